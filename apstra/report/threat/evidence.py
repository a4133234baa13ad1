"""How sure the judgement of the threats is and what could change it, as the chapter shows it.

In: an ``Assessment``. Out: exhibits and the sentences their headlines are made of; nothing is computed but what is
needed to choose and word.
"""

from textwrap import shorten
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, to_be_supplied
from apstra.report.threat.order import WIDE_LABEL, names, titles, wrapped

MARKS: Final = {"rising": "^", "steady": "s", "falling": "v", "unknown": "$?$"}
COLOUR_OF: Final = {"rising": "plum", "steady": "grey", "falling": "teal", "unknown": "dark"}
APART: Final = 0.2
OWN: Final = {"Last three years": ("trend",), "Stated outlook": ("horizon_1y", "horizon_4y")}
READ: Final = {"3x5x2": "3x5x2", "letter first": "older form", "own": "the force's own, not read"}


def evidence(a: Assessment) -> Exhibit | Prose:
    """Return the age and grade of the evidence behind each threat and the confidence they leave."""
    rows = a.threat.ranking.sort_values("evidence_age_days", ascending=False)
    if rows.empty:
        return to_be_supplied("Evidence behind the threats")
    given = a.tables["threats"].set_index("threat_id").reindex(rows["threat_id"])
    stated = given["confidence"].to_numpy()
    words = [
        f"{r.confidence}, was {was}" if r.confidence != was else str(r.confidence)
        for r, was in zip(rows.itertuples(), stated, strict=True)
    ]
    forms = rows["grade_form"].map(READ).to_numpy() + pd.Series(rows["evidence_weak"]).map({True: ", weak", False: ""})
    table = pd.DataFrame(
        {
            "Threat": names(rows),
            "Newest evidence": given["evidence_on"].to_numpy(),
            "Age in days": rows["evidence_age_days"],
            "Grade": given["evidence_grade"].to_numpy(),
            "Read as": forms,
            "Confidence": words,
            "Not known": given["intelligence_gap"].fillna("no gap recorded").to_numpy(),
        }
    )
    return Exhibit(
        stale(a),
        f"Age of the newest evidence and confidence, oldest first, {when(a)}; stale or weakly graded evidence lowers "
        "confidence a step each, never a score; a grade of the force's own changes nothing",
        f"Bar chart of the age of evidence by threat. {stale(a)}.",
        made_of(a, "threats"),
        table,
        _draw_ages(rows, words),
    )


def _draw_ages(rows: pd.DataFrame, words: list[str]) -> Figure:
    """Draw the age of the evidence behind each threat with the confidence it leaves."""
    with canvas(8.4, 0.8 + 0.3 * len(rows)) as (figure, axes):
        ages = rows["evidence_age_days"].tolist()
        texts = [
            f"{age:,.0f} days; {word}{'; weak grade' if weak else ''}"
            for age, word, weak in zip(ages, words, rows["evidence_weak"], strict=True)
        ]
        bars(axes, titles(rows, WIDE_LABEL), ages, texts=texts)
        axes.set_xlim(0, max(*ages, 1.0) * 2.0)
    return figure


def horizon(a: Assessment) -> Exhibit | Prose:
    """Return trend and outlook of each threat over one and four years, beside where each driver pushes it."""
    rows = a.threat.ranking
    if rows.empty:
        return to_be_supplied("Outlook of the threats")
    against = a.threat.contradictions.groupby("threat_id")["years"].agg(list).to_dict()
    pushed = a.threat.horizon.groupby("threat_id")["title"].agg(list).to_dict()
    table = pd.DataFrame(
        {
            "Threat": names(rows),
            "Last three years": rows["trend"],
            "Coming year": rows["horizon_1y"],
            "Four years": rows["horizon_4y"],
            "Confidence": rows["confidence"],
            "Drivers": [listed(pushed.get(threat, []), 3) for threat in rows["threat_id"]],
            "No driver supports the outlook over": [
                listed([f"{years} year{'s' * (years > 1)}" for years in against.get(threat, [])])
                for threat in rows["threat_id"]
            ],
        }
    )
    return Exhibit(
        outlook(a),
        f"Judged direction of each threat, and where each driver pushes it: the coming year (left mark) and four years "
        f"(right mark); triangle up rising, square steady, triangle down falling, ? unknown, {when(a)}",
        f"Grid of threats by driver with marks of direction. {outlook(a)}.",
        made_of(a, "threats", "horizon"),
        table,
        _draw_horizon(a, rows),
    )


def _draw_horizon(a: Assessment, rows: pd.DataFrame) -> Figure:
    """Draw the stated directions of each threat and those of its drivers, one column for each driver."""
    scan = a.threat.horizon
    named = scan.drop_duplicates("driver_id").set_index("driver_id")["title"]
    place = dict(zip(rows["threat_id"], range(len(rows)), strict=True))
    marks = [(column, place[row.threat_id], [getattr(row, name) for name in columns])
             for column, columns in enumerate(OWN.values()) for row in rows.itertuples()]  # fmt: skip
    across = dict(zip(named.index, range(len(OWN), len(OWN) + len(named)), strict=True))
    marks += [(across[r.driver_id], place[r.threat_id], [r.outlook_1y, r.outlook_4y]) for r in scan.itertuples()]
    with canvas(6.0 + 0.45 * len(named), 3.4 + 0.3 * len(rows)) as (figure, axes):
        for x, y, directions in marks:
            for shift, direction in zip((-APART, APART) if len(directions) > 1 else (0.0,), directions, strict=True):
                colour = COLOURS[COLOUR_OF.get(direction, "dark")]
                axes.plot([x + shift], [y], marker=MARKS.get(direction, MARKS["unknown"]), color=colour, markersize=7)
        axes.axvline(len(OWN) - 0.5, color=COLOURS["dark"], linewidth=0.8)
        labels = [wrapped(shorten(str(label), WIDE_LABEL, placeholder=" ..."), WIDE_LABEL) for label in (*OWN, *named)]
        axes.set_xticks(range(len(labels)), labels, rotation=60, ha="left", rotation_mode="anchor", fontsize=8)
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(rows)), titles(rows, WIDE_LABEL), fontsize=9)
        axes.set_xlim(-0.6, len(labels) - 0.4)
        axes.set_ylim(len(rows) - 0.4, -0.6)
    return figure


def drivers(a: Assessment) -> Exhibit | Prose:
    """Return the drivers of the horizon scan with the threats they bear on."""
    scan = a.threat.horizon
    if scan.empty:
        return to_be_supplied("Drivers of change for the horizon scan")
    rows = scan.groupby("driver_id", as_index=False).agg(
        **{name: (name, "first") for name in ("driver", "title", "outlook_1y", "outlook_4y", "confidence", "note")},
        threats=("title_threat", lambda titles: listed(list(titles), 4)),
    )
    columns = ["Kind", "Driver", "Coming year", "Four years", "Confidence", "Note", "Threats"]
    table = rows.drop(columns="driver_id").set_axis(columns, axis="columns")
    table["Note"] = table["Note"].fillna("no note")
    rising = rows.loc[rows["outlook_4y"] == "rising", "title"].tolist()
    return Exhibit(
        f"{count(len(rows), 'driver')} watched; over four years {len(rising)} push threats up: {listed(rising, 3)}",
        f"Drivers of the horizon scan, {when(a)}",
        "",
        made_of(a, "horizon"),
        table[["Kind", "Driver", "Threats", "Coming year", "Four years", "Confidence", "Note"]],
    )


def stale(a: Assessment) -> str:
    """Say how much of the evidence is stale or weak."""
    rows = a.threat.ranking
    months = a.scenario.value("evidence_stale_months")
    old = rows.loc[rows["evidence_stale"], "title"].tolist()
    weak = rows.loc[rows["evidence_weak"], "title"].tolist()
    graded = f"; that behind {listed(weak, 3)} is weakly graded" if weak else ""
    if not old:
        return f"The evidence behind every threat is at most {months:.0f} months old{graded}"
    return (
        f"The evidence behind {count(len(old), 'threat')} is older than {months:.0f} months, which lowers confidence"
        f": {listed(old, 3)}{graded}"
    )


def outlook(a: Assessment) -> str:
    """Say which threats are judged to rise, and whose stated outlook no driver supports."""
    rows = a.threat.ranking
    coming = rows.loc[rows["horizon_1y"] == "rising", "title"].tolist()
    later = int((rows["horizon_4y"] == "rising").sum())
    named = f" ({listed(coming, 3)})" if coming else ""
    found = rows.loc[rows["threat_id"].isin(a.threat.contradictions["threat_id"]), "title"].tolist()
    against = f"; no driver supports the stated outlook of {listed(found, 3)}" if found else ""
    judged = f"Judged to rise over the coming year: {len(coming)} of {len(rows)} threats{named}"
    return f"{judged}; over four years: {later}{against}"
