"""What is said today of the years to come, and whether what was said before came true.

In: the forecast, the frequencies of threats, and the record of what earlier assessments said. Out: today's statements,
each a range of outcomes that a log will one day confirm or not; those of the record whose time is past, with what
happened; and how many of the statements given as 50, 80 or 95 % came true, beside how many should have.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from apstra.demand import LEVELS, Forecast, log_covers
from apstra.scenario import DAYS_A_YEAR, YEAR_STARTS_IN, Scenario
from apstra.schema import TABLES
from apstra.threat import rates

OPERATIONS, THREAT = "operations", "threat"
ONE_DAY: Final = pd.Timedelta(days=1)
COLUMNS: Final = [column.name for column in TABLES["forecasts"].columns][:-3]


def statements(forecast: pd.DataFrame, found: pd.DataFrame, threats: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return what the assessment says will be counted, in the columns of the table ``forecasts``.

    Operations of each financial year forecast, and occurrences of each threat in the twelve months after *as at*.

    Parameters
    ----------
    forecast
        The demand chapter's forecast by financial year.
    found
        Sources of the frequency of each threat (``threat.sources``).
    threats
        Table of threats; what the log of operations does not show (``logged`` is no) could never be scored.
    """
    day = pd.Timestamp(scenario.as_at)
    said = [*_of_years(forecast), *_of_threats(found, threats, day)]
    table = pd.DataFrame([{"as_at": day, **one} for one in said], columns=COLUMNS)
    kinds = {"as_at": "datetime64[us]", "starts_on": "datetime64[us]", "ends_on": "datetime64[us]"}
    kinds |= dict.fromkeys(["kind", "subject", "title"], "str")
    return table.astype({name: kinds.get(name, "float64") for name in COLUMNS})


def _of_years(forecast: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Give what is said of the operations of each financial year."""
    for row in forecast.to_dict("records"):
        opens, closed = (pd.Timestamp(int(row["year"]) + later, YEAR_STARTS_IN, 1) for later in (0, 1))
        yield row | {
            "kind": OPERATIONS, "subject": row["label"], "title": f"Operations in {row['label']}", "starts_on": opens,
            "ends_on": closed - ONE_DAY,
        }  # fmt: skip


def _of_threats(found: pd.DataFrame, threats: pd.DataFrame, day: pd.Timestamp) -> Iterator[dict[str, object]]:
    """Give what is said of the occurrences of each threat that the log shows."""
    known = threats.set_index("threat_id").reindex(columns=["title", "logged"])
    logged = known["logged"].astype("boolean").fillna(value=True)
    ends = day + pd.DateOffset(years=1)
    years = (ends - day).days / DAYS_A_YEAR
    for threat, rate in rates(found).items():
        if logged[threat]:
            parts = (np.ones(1),), (np.array([years * rate.mean]),), (np.array([rate.shape]),)
            yield Forecast(*parts, rungs=("pooled",)).told(1) | {
                "kind": THREAT, "subject": threat, "title": str(known.loc[threat, "title"]), "starts_on": day + ONE_DAY,
                "ends_on": ends,
            }  # fmt: skip


def track_record(record: pd.DataFrame, operations: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return the statements of the record whose time is past, with what was counted.

    Parameters
    ----------
    record
        Statements kept by earlier assessments: the columns of ``statements``.
    operations
        The log as known; a statement is scored once the log covers all of its time.

    Returns
    -------
    frame
        The record's columns, ``counted`` [operations], ``inside_50``, ``inside_80``, ``inside_95`` and ``came`` (at
        least one did), oldest first.
    """
    covered = log_covers(operations["called_at"], as_at)
    opens, closes = covered or (pd.Timestamp.max, pd.Timestamp.min)
    past = record.loc[(record["starts_on"] >= opens) & (record["ends_on"] <= closes)]
    past = past.sort_values(["as_at", "kind", "subject"], ignore_index=True)
    said = zip(*(past[name] for name in ("kind", "subject", "starts_on", "ends_on")), strict=True)
    counted = [_counted(operations, *one) for one in said]
    table = past.assign(counted=np.array(counted, float))
    for level, (low, high) in LEVELS.items():
        table[f"inside_{level}"] = (table["counted"] >= table[low]) & (table["counted"] <= table[high])
    return table.assign(came=table["counted"] > 0)


def _counted(operations: pd.DataFrame, kind: str, subject: str, opens: pd.Timestamp, ends: pd.Timestamp) -> int:
    """Return what the log shows for one statement."""
    here = (operations["called_at"] >= opens) & (operations["called_at"] < ends + ONE_DAY)
    return int((here & (operations["threat_id"] == subject) if kind == THREAT else here).sum())


def came_true(track: pd.DataFrame) -> pd.DataFrame:
    """Return how many statements came true, beside how many should have.

    Returns
    -------
    frame
        ``kind``, ``level`` [%], ``statements``, ``came_true``, ``expected`` (the sum of the probabilities that they
        would), ``interval_score`` (mean over the statements [counts]: width, and what missed by 2 / (1 - level) times).

    References
    ----------
    Gneiting & Raftery 2007, JASA 102(477):359, section 6.2 (interval score).
    """
    rows = []
    for kind, said in track.groupby("kind", sort=False):
        for level, (low, high) in LEVELS.items():
            missed = (said[low] - said["counted"]).clip(lower=0) + (said["counted"] - said[high]).clip(lower=0)
            score = said[high] - said[low] + 2.0 / (1.0 - level / 100.0) * missed
            held, expected = int(said[f"inside_{level}"].sum()), float(said[f"held_{level}"].sum())
            rows.append((kind, level, len(said), held, expected, float(score.mean())))
    columns = ["kind", "level", "statements", "came_true", "expected", "interval_score"]
    return pd.DataFrame(rows, columns=columns)
