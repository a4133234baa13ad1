"""Threats by capability: who meets what each calls for, threats without cover, capabilities without a threat.

In: an ``Assessment``. Out: exhibits and sentences; nothing is computed but what is needed to choose and word.
"""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from apstra.assessment import GAP, Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import MISSING, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, prose, to_be_supplied

STATUS: Final = {"own": "own", "with collaboration": "collaboration", "with national aid": "national aid", GAP: "gap"}
DEPTH: Final = {"own": 0.15, "with collaboration": 0.35, "with national aid": 0.55, GAP: 0.95}
NOT_CALLED: Final = "-"


def alignment(a: Assessment) -> Exhibit | Prose:
    """Return threats by capability with who meets it, or that nobody does."""
    rows = a.alignment
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    figure = _matrix(rows.loc[rows["kind"] == "role"])
    headline = alignment_headline(a)
    return Exhibit(
        headline,
        f"Officers called for by threat and role, and who meets it in the area where that is hardest; means in the "
        f"table, {when(a)}",
        f"Table of threats by role, darker where more aid is needed, darkest for a gap. {headline}." if figure else "",
        made_of(a, "threats", "requirements", "agreements", "posts", "officers", "equipment"),
        _alignment_table(rows),
        figure,
    )


def _matrix(roles: pd.DataFrame) -> Figure | None:
    """Return a picture of officers called for by threat and role, and who meets it; none without any."""
    if roles.empty:
        return None
    roles = roles.assign(
        threat=lambda r: r["threat_id"] + " " + r["title"],
        words=lambda r: [f"{row.called:.0f}: {STATUS[row.status]}" for row in r.itertuples()],
        depth=lambda r: r["status"].map(DEPTH),
    )
    depth, words = (
        roles.pivot_table(index="threat", columns="capability", values=value, aggfunc="first", sort=False)
        for value in ("depth", "words")
    )
    with canvas(3.2 + 1.25 * len(depth.columns), 0.9 + 0.33 * len(depth)) as (figure, axes):
        heat(axes, depth.fillna(0.0), high=1.0)
        for text, cell in zip(axes.texts, words.to_numpy().ravel(), strict=True):
            text.set_text(NOT_CALLED if pd.isna(cell) else str(cell))
        axes.xaxis.tick_top()
    return figure


def _alignment_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return threats by capability as a table for people."""
    held = [(r.own, r.collaboration, r.aid) if r.kind == "role" else (r.own,) for r in rows.itertuples()]
    in_time = [(r.p_own, r.p_collaboration, r.p_all) if r.kind == "role" else () for r in rows.itertuples()]
    return pd.DataFrame(
        {
            "Threat": rows["threat_id"] + " " + rows["title"],
            "Capability": rows["capability"].str.replace("_", " "),
            "Called for": rows["called"].map("{:.0f}".format, na_action="ignore"),
            "Own / collaboration / aid": [" / ".join(map(_whole, each)) for each in held],
            "In time: own / collaboration / all aid": [
                " / ".join(map(percent, each)) or NOT_CALLED for each in in_time
            ],
            "Met": rows["status"],
            "Rests on": rows["evidence"],
        }
    )


def _whole(number: float) -> str:
    """Return a number of officers or items, or that it is not known."""
    return MISSING if pd.isna(number) else f"{number:.0f}"


def alignment_headline(a: Assessment) -> str:
    """Return how many threats have no cover and how many capabilities no threat, in words."""
    tally = a.misaligned["kind"].value_counts()
    bare, idle = int(tally.get("threat without cover", 0)), int(tally.get("capability without threat", 0))
    none = int(tally.get("threat without requirement", 0))
    said = (
        f"{bare} of {count(len(a.threat.ranking), 'threat')} call for what nobody brings in time, or for what is short"
    )
    said += f"; {none} call for nothing yet" if none else ""
    return f"{said}; {count(idle, 'capability', 'capabilities')} no threat calls for"


def misaligned(a: Assessment) -> Exhibit | Prose:
    """Return every threat without cover and every capability without a threat."""
    rows = a.misaligned
    if rows.empty:
        return prose("Every threat is covered and every capability answers a threat.")
    table = rows.assign(id=rows["id"] + " " + np.where(rows["id"] == rows["title"], "", rows["title"]))
    table = table[["kind", "id", "why"]].set_axis(["What", "Which", "Why"], axis=1)
    unused = rows.loc[rows["kind"] == "capability without threat", "title"].tolist()
    headline = f"Without cover or without use: {count(len(rows), 'entry', 'entries')}"
    headline += f"; no threat calls for {listed(unused)}" if unused else ""
    return Exhibit(headline, f"Threats without cover and capabilities without a threat, {when(a)}", "",
                   made_of(a, "threats", "requirements", "posts", "agreements", "equipment"), table)  # fmt: skip
