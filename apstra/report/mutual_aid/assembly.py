"""Who meets which requirement in time, what binds, and how the chance grows with time."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import GAP, Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

SHORT: Final = {"own": "own", "with collaboration": "collab", "with national aid": "national", GAP: "gap"}
FIRST: Final = {"own": "p_own", "with collaboration": "p_collaboration", "with national aid": "p_all", GAP: "p_all"}
DEPTH: Final = {"own": 0.0, "with collaboration": 0.3, "with national aid": 0.5, GAP: 0.9}
SOURCES: Final = {"own": ("blue", ":", 2.2), "collaboration": ("teal", "-", 4.5), "all": ("plum", "-", 1.4)}
ROUNDING: Final = 1e-9
MET: Final = {
    "own": "by own officers",
    "with collaboration": "with collaboration",
    "with national aid": "with national aid",
    GAP: "by nobody",
}
BINDINGS: Final = {
    "role": "nobody offers the role",
    "number": "all together are too few",
    "time": "enough would come, but late",
    "availability": "officers may not be released",
}
NOT_ASKED: Final = "not asked"
WORST: Final = 6
AID_TABLES: Final = ("requirements", "agreements", "donors", "crews", "officers", "command_cover", "travel")


def assembly(a: Assessment) -> Exhibit | Prose:
    """Return for each requirement and area who first meets it in time, with the probability, or that it is a gap."""
    rows = a.mutual_aid.assembly
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    rows = rows.assign(area=rows["area_id"].map(_names(a)), need=[_need(r) for r in rows.itertuples()])
    rows = rows.assign(
        depth=rows["status"].map(DEPTH),
        words=[f"{SHORT[r.status]} {in_time(getattr(r, FIRST[r.status]))}" for r in rows.itertuples()],
    )
    depth, words = (rows.pivot_table(index="need", columns="area", values=value, aggfunc="first", sort=False)
                    for value in ("depth", "words"))  # fmt: skip
    with canvas(7.4, 0.9 + 0.27 * len(depth)) as (figure, axes):
        heat(axes, depth.fillna(0.0), high=1.0)
        for text, cell in zip(axes.texts, words.to_numpy().ravel(), strict=True):
            text.set_text(NOT_ASKED if pd.isna(cell) else str(cell))
        axes.xaxis.tick_top()
    headline = assembly_headline(a)
    level = percent(a.scenario.force.assurance_level)
    return Exhibit(
        headline,
        f"First source that meets each requirement in time with at least {level} probability, or a gap with the "
        f"probability reached with all aid, {when(a)}",
        f"Table of requirements by area, darker where more aid is needed, darkest for a gap. {headline}.",
        made_of(a, *AID_TABLES),
        _assembly_table(rows),
        figure,
    )


def _names(a: Assessment) -> pd.Series:
    """Return the name of each area."""
    return a.tables["areas"].set_index("area_id")["name"]


def _need(row: Any) -> str:
    """Return a requirement in words."""
    return f"{row.requirement_id} {row.officers:.0f} {row.role} in {row.within_minutes:.0f} min"


def in_time(probability: float) -> str:
    """Return a probability rounded down to whole per cent, so that a gap never reads as if it reached the level."""
    return percent(np.floor(100 * probability + ROUNDING) / 100) if probability >= 0.01 else percent(probability)  # noqa: PLR2004


def _assembly_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return requirements by area as a table for people."""
    return pd.DataFrame(
        {
            "Requirement": rows["need"],
            "Threat": rows["threat_id"],
            "Area": rows["area"],
            "Own": rows["p_own"].map(in_time),
            "With collaboration": rows["p_collaboration"].map(in_time),
            "With all aid": rows["p_all"].map(in_time),
            "However late": rows["p_ever"].map(in_time),
            "Met": rows["status"],
            "Held back by": rows["binding"].map(BINDINGS).fillna("nothing"),
        }
    )


def assembly_headline(a: Assessment) -> str:
    """Return how many requirements are met in time by whom, in words."""
    tally = a.mutual_aid.assembly["status"].value_counts()
    said = [f"{tally[status]} {words}" for status, words in MET.items() if status in tally]
    return f"Met in time, of {count(tally.sum(), 'requirement')} by area: {listed(said)}"


def binding_headline(a: Assessment) -> str:
    """Return what stands in the way of the requirements nobody meets, in words."""
    gaps = a.mutual_aid.assembly.query("status == @GAP", local_dict={"GAP": GAP})
    if gaps.empty:
        return "No requirement is left unmet with all aid"
    tally = gaps["binding"].value_counts()
    worst = gaps.loc[gaps["p_all"].idxmin()]
    why = listed([f"{BINDINGS[name]} ({number})" for name, number in tally.items()])
    return (
        f"What stands in the way of the {count(len(gaps), 'gap')}: {why}; the widest is {_need(worst)} in "
        f"{_names(a)[worst.area_id]}, {in_time(worst.p_all)} in time"
    )


def curves(a: Assessment) -> Exhibit | Prose:
    """Return how the probability of enough officers grows with time, for the widest gaps, one of each requirement."""
    rows = a.mutual_aid.assembly
    gaps = (
        rows.loc[rows["status"] == GAP]
        .sort_values("p_all", kind="stable")
        .drop_duplicates("requirement_id")
        .head(WORST)
    )
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    table = rows.loc[gaps.index]
    table = table.assign(area=table["area_id"].map(_names(a)), need=[_need(r) for r in table.itertuples()])
    headline = binding_headline(a)
    figure = None
    if len(gaps):
        across = min(len(gaps), 3)
        down = -(-len(gaps) // across)
        with canvas(8.8, 0.6 + 2.3 * down, rows=down, columns=across) as (figure, axes):
            for plot, row in zip(np.atleast_1d(axes).ravel(), gaps.itertuples(), strict=False):
                _draw_curve(plot, a, row)
            for plot in np.atleast_1d(axes).ravel()[len(gaps) :]:
                plot.set_axis_off()
    return Exhibit(
        headline,
        f"Probability that enough officers have arrived, by minutes since the call, widest gaps, {when(a)}. Dotted: "
        "own officers; thick: with collaboration; thin: with all aid; vertical line: time required",
        f"Small charts of the chance of enough officers over time. {headline}." if figure else "",
        made_of(a, *AID_TABLES),
        _assembly_table(table),
        figure,
    )


def _draw_curve(axes: Axes, a: Assessment, row: Any) -> None:
    """Draw the three curves of one requirement in one area."""
    frame = a.mutual_aid.curves.query(
        "requirement_id == @row.requirement_id and area_id == @row.area_id", local_dict={"row": row}
    )
    for source, (colour, style, width) in SOURCES.items():
        one = frame.loc[frame["source"] == source]
        axes.plot(one["minutes"], one["probability"], color=COLOURS[colour], linestyle=style, linewidth=width)
    axes.axvline(row.within_minutes, color=COLOURS["orange"], linewidth=1.6)
    axes.set_ylim(-0.03, 1.05)
    axes.set_title(f"{_need(row)}\n{_names(a)[row.area_id]}: {in_time(row.p_all)} in time", fontsize=9, loc="left")
    axes.set_yticks([0, 0.5, 1.0], ["0%", "50%", "100%"], fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel("minutes", fontsize=8)
