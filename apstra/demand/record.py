"""How long crews were committed, whether anyone was late, and how well the log is kept.

In: the log and the other work of armed crews. Out: committed time, unmet or delayed calls, completeness of the log and
the hours that other work takes.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from apstra.demand.duration import Duration, fit_duration
from apstra.demand.volume import KINDS
from apstra.scenario import Scenario, financial_year

MINUTES_AN_HOUR: Final = 60.0
FLAGS: Final = ("signed_off", "debriefed")
KEPT: Final = ("log_reference", *FLAGS, "authorised_at", "assigned_at", "arrived_at", "cleared_at")
TAIL: Final = 0.9
FEWEST_TIMES: Final = 10
KNOWN_BY: Final = (0.5, 0.9, 0.99)


def committed(operations: pd.DataFrame) -> pd.DataFrame:
    """Return how long crews were committed, in all and by kind [minutes from assigned, else called, to cleared].

    Returns
    -------
    frame
        ``kind``, ``n`` (operations with both times), ``missing``, ``mean``, ``median``, ``p90``.
    """
    minutes = committed_minutes(operations)
    rows = []
    for kind in ("all", *KINDS):
        these = minutes if kind == "all" else minutes[operations["kind"] == kind]
        known = (float(these.mean()), float(these.median()), float(these.quantile(TAIL)))
        rows.append((kind, int(these.notna().sum()), int(these.isna().sum()), *known))
    return pd.DataFrame(rows, columns=["kind", "n", "missing", "mean", "median", "p90"])


def committed_minutes(operations: pd.DataFrame) -> pd.Series:
    """Return how long each operation held its crews [minutes from assigned, else called, to cleared], else blank."""
    return _minutes(operations["assigned_at"].fillna(operations["called_at"]), operations["cleared_at"])


def _laws(operations: pd.DataFrame) -> Iterator[tuple[str, Duration]]:
    """Give the law of committed time of operations that were not planned and of those that were, where it shows."""
    minutes = committed_minutes(operations)
    planned = operations["kind"] == "planned"
    for kind, these in (("not planned", minutes[~planned]), ("planned", minutes[planned])):
        if (these > 0).sum() >= FEWEST_TIMES:
            yield kind, fit_duration(these.to_numpy())


def durations(operations: pd.DataFrame) -> pd.DataFrame:
    """Return the law fitted to committed time, planned operations apart from the rest.

    Returns
    -------
    frame
        ``kind``, ``law`` with the best AIC, ``n``, ``dropped`` (no time, or none above 0), ``mean``, ``median``,
        ``p90``, ``p99`` of the law [minutes].
    """
    rows = [
        (kind, law.law, law.n, law.dropped, law.mean, *law.quantile(KNOWN_BY).tolist())
        for kind, law in _laws(operations)
    ]
    return pd.DataFrame(rows, columns=["kind", "law", "n", "dropped", "mean", "median", "p90", "p99"])


def tail(operations: pd.DataFrame) -> pd.DataFrame:
    """Return how often committed time goes beyond given lengths, seen and fitted.

    Returns
    -------
    frame
        ``kind``, ``minutes``, ``observed`` share of times beyond with exact 95 % limits ``low`` and ``high``,
        ``fitted``.
    """
    found = [law.tail.assign(kind=kind) for kind, law in _laws(operations)]
    columns = ["kind", "minutes", "observed", "low", "high", "fitted"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _minutes(start: pd.Series, end: pd.Series) -> pd.Series:
    """Return the minutes from one time to another, blank where either is."""
    return (end - start).dt.total_seconds() / MINUTES_AN_HOUR


def unmet(operations: pd.DataFrame, turnout_minutes: float) -> pd.DataFrame:
    """Return spontaneous operations for which no crew, or a late one, is on record.

    A crew is late to be assigned when that took longer than the turnout time the model assumes [minutes]. A blank
    arrival may mean that none arrived or that nobody wrote it down: the log cannot tell.

    Returns
    -------
    frame
        ``measure``, ``operations``, ``of``, ``share``.
    """
    calls = operations.loc[operations["kind"] == "spontaneous"]
    wait = _minutes(calls["called_at"], calls["assigned_at"])
    measures = {
        "no crew assigned on record": (wait.isna(), len(calls)),
        "crew assigned later than the turnout time": (wait > turnout_minutes, int(wait.notna().sum())),
        "no arrival on record": (calls["arrived_at"].isna(), len(calls)),
    }
    rows = [(name, int(hit.sum()), of, hit.sum() / of if of else np.nan) for name, (hit, of) in measures.items()]
    return pd.DataFrame(rows, columns=["measure", "operations", "of", "share"])


def completeness(operations: pd.DataFrame, last_year: int | None) -> pd.DataFrame:
    """Return how completely the log is kept, in all and in the last complete year.

    Returns
    -------
    frame
        ``measure``, ``complete``, ``of``, ``share``, ``last_complete``, ``last_of``, ``last_share``.
    """
    recent = financial_year(operations["called_at"]) == (-1 if last_year is None else last_year)
    kept = {
        name: operations[name].fillna(value=False).astype(bool) if name in FLAGS else operations[name].notna()
        for name in KEPT
    }
    table = pd.DataFrame({"measure": list(kept), "complete": [int(there.sum()) for there in kept.values()]})
    table["of"] = len(operations)
    table["share"] = table["complete"] / (len(operations) or np.nan)
    table["last_complete"] = [int(there[recent].sum()) for there in kept.values()]
    table["last_of"] = int(recent.sum())
    table["last_share"] = table["last_complete"] / (int(recent.sum()) or np.nan)
    return table


def other_demand(other_work: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return what armed crews do besides firearms operations, over an average year: in all, then most hours first.

    Returns
    -------
    frame
        ``kind`` (and ``all``), ``jobs_a_year``, ``hours_a_year`` [crew-hours], ``releasable_share`` (of the hours).
    """
    hours = other_work["block"].map(scenario.force.blocks.hours_a_year())
    jobs = other_work["rate_per_hour"] * hours
    time = jobs * other_work["mean_minutes"] / MINUTES_AN_HOUR
    columns = {
        "kind": other_work["kind"],
        "jobs_a_year": jobs,
        "hours_a_year": time,
        "releasable_share": time * other_work["releasable_share"],
    }
    table = pd.DataFrame(columns).groupby("kind", as_index=False).sum()
    table = table.sort_values(["hours_a_year", "kind"], ascending=[False, True])
    if len(table):
        whole = table.drop(columns="kind").sum().to_frame().T.assign(kind="all")
        table = pd.concat([whole, table], ignore_index=True)[list(columns)]
    table["releasable_share"] /= table["hours_a_year"].where(table["hours_a_year"] > 0)
    return table
