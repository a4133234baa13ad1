"""What is said today of the years to come, and whether what was said before came true.

In: an ``Assessment``. Out: exhibits.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.demand import LEVELS
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, SEQUENTIAL, canvas, dots
from apstra.report.demand.backtest import capital
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

SUBJECTS: Final = {"operations": "yearly operations", "threat": "occurrences of a threat"}
HINDCAST: Final = "hindcast"
NO_RECORD: Final = "A record of earlier statements whose time is past"
SHOWN: Final = 30  # the latest statements that fit a picture
MADE_OF: Final = ("operations", "threats", "threat_judgements")


def statements_said(a: Assessment) -> Exhibit | Prose:
    """Return what this assessment says will be counted."""
    rows = a.statements
    if rows.empty:
        return to_be_supplied("Statements about the years to come")
    first = rows.iloc[0]
    told = f"{first['title']}, {span(first['p10'], first['p90'])} ({percent(first['held_80'])} sure)"
    return Exhibit(
        f"{count(len(rows), 'statement')} of today will be scored once the log covers their time, such as: {told}",
        f"What this assessment says will be counted, behind each range the chance that it holds, {when(a)}",
        "",
        made_of(a, *MADE_OF),
        _table(rows),
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return statements as a table for people."""
    said = {
        "Statement": rows["title"],
        "From": rows["starts_on"],
        "To": rows["ends_on"],
        "Mean": rows["mean"].map("{:,.3g}".format),
        **{
            f"{level}% range": [
                f"{span(row[low], row[high])} ({percent(row[f'held_{level}'])})" for _, row in rows.iterrows()
            ]
            for level, (low, high) in LEVELS.items()
        },
        "At least one": rows["some"].map(percent),
    }
    if "counted" in rows:
        said |= {"Counted": rows["counted"].map("{:.0f}".format), "Said on": rows["as_at"], "Said by": rows["run"]}
    return pd.DataFrame(said)


def came_true(a: Assessment) -> Exhibit | Prose:
    """Return what was said of yearly operations beside what was counted."""
    rows = a.track.query("kind == 'operations'").sort_values(["as_at", "starts_on"]).tail(SHOWN)
    if rows.empty:
        return to_be_supplied(NO_RECORD)
    with canvas(8.0, 1.0 + 0.27 * len(rows)) as (figure, axes):
        _draw_statements(axes, rows)
    headline = came_true_headline(a)
    return Exhibit(
        headline,
        "Yearly operations by the day they were spoken of: dot: counted; line: 95% range; band: 80% range; statements "
        f"about one year are not independent, {when(a)}",
        f"Dot chart of statements and counts. {headline}.",
        _record_source(a),
        _table(rows),
        figure,
    )


def _draw_statements(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw each statement's ranges and what was counted, those of one day together."""
    place = np.arange(len(rows))
    axes.hlines(place, rows["p10"], rows["p90"], color=SEQUENTIAL[0], linewidth=10, zorder=0.5)
    dots(axes, [f"{row.subject}, said {row.as_at:%b %Y}" for row in rows.itertuples()], rows["counted"], rows["p2_5"],
         rows["p97_5"], [f"{row.counted:.0f}{_missed(row)}" for row in rows.itertuples()])  # fmt: skip
    for start in np.flatnonzero(rows["as_at"].diff().dt.days.to_numpy() > 0):
        axes.axhline(start - 0.5, color=COLOURS["dark"], linewidth=0.6, linestyle=":")
    axes.tick_params(axis="y", labelsize=9)
    axes.set_xlim(left=0)
    axes.set_xlabel("Operations a year")


def _missed(row: Any) -> str:
    """Return beyond which range a count lay, if any."""
    return "" if row.inside_80 else ", outside 80%" if row.inside_95 else ", outside 95%"


def came_true_headline(a: Assessment) -> str:
    """Return how many of the statements given as 80 % came true beside how many should have, and what they are."""
    rows = a.came_true.query("level == 80")
    told = [
        f"of {count(row.statements, 'statement')} about {SUBJECTS[row.kind]} given as 80%, {row.came_true} came true "
        f"({row.expected:.1f} expected)"
        for row in rows.itertuples()
    ]
    after = int((a.track["run"] == HINDCAST).sum())
    every = "all" if after == len(a.track) else f"{after} of {len(a.track)}"
    note = f"; {every} are hindcasts, worked out afterwards" if after else ""
    return capital(f"{'; '.join(told)}{note}")


def tally(a: Assessment) -> Exhibit | Prose:
    """Return how many statements of each kind and level came true beside how many should have."""
    rows = a.came_true
    if rows.empty:
        return to_be_supplied(NO_RECORD)
    table = pd.DataFrame(
        {
            "Statements about": rows["kind"].map(SUBJECTS),
            "Given as": rows["level"].map("{}%".format),
            "Statements": rows["statements"],
            "Came true": rows["came_true"],
            "Expected": rows["expected"].map("{:.1f}".format),
            "Mean interval score, counts": rows["interval_score"].map("{:.1f}".format),
        }
    )
    return Exhibit(
        came_true_headline(a),
        f"Statements whose time is past; expected: the sum of the chances given; interval score: lower is better, "
        f"{when(a)}",
        "",
        _record_source(a),
        table,
    )


def _record_source(a: Assessment) -> str:
    """Return the tables of the record and what it says of itself."""
    return "; ".join([made_of(a, "forecasts", "operations"), *a.track["source"].dropna().unique()])


def missed(a: Assessment) -> Exhibit | Prose:
    """Return the statements whose 95 % range did not hold."""
    if a.track.empty:
        return to_be_supplied(NO_RECORD)
    rows = a.track.loc[~a.track["inside_95"]]
    share = f"{len(rows)} of {count(len(a.track), 'statement')} fell outside the 95% range"
    seen = [f"{row.title}, {row.counted:.0f} counted ({row.as_at:%Y})" for row in rows.itertuples()]
    return Exhibit(
        f"{share}: {listed(seen, 3)}" if len(rows) else share,
        f"Statements whose 95% range did not hold, {when(a)}",
        "",
        _record_source(a),
        _table(rows),
    )
