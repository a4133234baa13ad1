"""Who meets which requirement in time, what binds, and how the chance grows with time."""

from textwrap import fill
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from apstra.assessment import GAP, Assessment
from apstra.report.assessment import block_words, made_of, when
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
WEEKS: Final = 8
TITLE: Final = 34
AID_TABLES: Final = ("requirements", "agreements", "donors", "crews", "officers", "command_cover", "travel")


def assembly(a: Assessment) -> Exhibit | Prose:
    """Return for each requirement and area who first meets it in time, with the probability, or that it is a gap."""
    rows = a.mutual_aid.assembly
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    rows = rows.assign(area=rows["area_id"].map(_names(a)), need=[_need(r) for r in rows.itertuples()])
    headline = assembly_headline(a)
    return Exhibit(
        headline,
        f"First source that meets each requirement in time with at least {_level(a)} probability, or a gap with the "
        f"probability reached with all aid, {when(a)}",
        f"Table of requirements by area, darker where more aid is needed, darkest for a gap. {headline}.",
        made_of(a, *AID_TABLES),
        _assembly_table(rows),
        _status_table(rows, "need"),
    )


def threats(a: Assessment) -> Exhibit | Prose:
    """Return for each threat and area who first meets all that it asks for in time, or that it is a gap."""
    rows = a.mutual_aid.threats
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    titles = a.tables["threats"].set_index("threat_id")["title"]
    rows = rows.assign(
        area=rows["area_id"].map(_names(a)), threat=rows["threat_id"] + " " + rows["threat_id"].map(titles)
    )
    headline = threats_headline(a)
    return Exhibit(
        headline,
        f"First source with which all that a threat asks for is there in time with at least {_level(a)} probability, "
        f"or a gap with the probability reached with all aid, {when(a)}",
        f"Table of threats by area, darker where more aid is needed, darkest for a gap. {headline}.",
        made_of(a, *AID_TABLES),
        _threats_table(a, rows),
        _status_table(rows, "threat"),
    )


def _threats_table(a: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    """Return threats by area as a table for people."""
    zones = a.tables["zones"].set_index("zone_id")["name"]
    sources = zip(*(rows[f"p_{source}"] for source in ("own", "home", "collaboration", "all")), strict=True)
    worst = [
        f"{block_words(r.worst_block)} {in_time(r.worst_block_p)}; {zones.get(r.worst_zone, 'no zone')} "
        f"{in_time(r.worst_zone_p)}"
        for r in rows.itertuples()
    ]
    return pd.DataFrame(
        {
            "Threat": rows["threat"],
            "Area": rows["area"],
            "In time: own / home donors / collaboration / all aid": [
                " / ".join(map(in_time, each)) for each in sources
            ],
            "Met": rows["status"],
            "Weakest requirement": rows["weakest"],
            "Held back by": rows["binding"].map(BINDINGS).fillna("nothing"),
            "Least likely in": worst,
        }
    )


def _status_table(rows: pd.DataFrame, down: str) -> Figure:
    """Return a picture of who meets each row's need by area, darker where more aid is needed."""
    rows = rows.assign(
        depth=rows["status"].map(DEPTH),
        words=[f"{SHORT[r.status]} {in_time(getattr(r, FIRST[r.status]))}" for r in rows.itertuples()],
    )
    depth, words = (rows.pivot_table(index=down, columns="area", values=value, aggfunc="first", sort=False)
                    for value in ("depth", "words"))  # fmt: skip
    with canvas(7.4, 0.9 + 0.27 * len(depth)) as (figure, axes):
        heat(axes, depth.fillna(0.0), high=1.0)
        for text, cell in zip(axes.texts, words.to_numpy().ravel(), strict=True):
            text.set_text(NOT_ASKED if pd.isna(cell) else str(cell))
        axes.xaxis.tick_top()
    return figure


def weeks(a: Assessment) -> Exhibit | Prose:
    """Return when in the week all that a threat asks for is least likely to be there, for the largest gaps."""
    rows = _by_unmet(a)
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    top = rows.drop_duplicates("threat_id").head(WEEKS)
    titles, names = a.tables["threats"].set_index("threat_id")["title"], _names(a)
    chances = a.mutual_aid.by_block.pivot_table(index=["threat_id", "area_id"], columns="block", values="probability")
    chances = chances.loc[list(zip(top["threat_id"], top["area_id"], strict=True)), list(a.scenario.force.blocks.names)]
    frame = chances.set_axis([f"{titles[r.threat_id]}, {names[r.area_id]}" for r in top.itertuples()])
    frame.columns = [block_words(block) for block in frame.columns]
    worst = top.iloc[0]
    headline = (
        f"{titles[worst.threat_id]} in {names[worst.area_id]} is least likely to be met in time on "
        f"{block_words(worst.worst_block)}s: {in_time(worst.worst_block_p)}, {in_time(worst.p_all)} over the year"
    )
    return Exhibit(
        headline,
        f"Probability that all a threat asks for is there in time with all aid, by block of the week, darker where it "
        f"is less likely: the threats with most unmet requirement, {when(a)}",
        f"Heat table of threats by block of the week. {headline}.",
        made_of(a, *AID_TABLES),
        frame.map(in_time).rename_axis("Threat and area").reset_index(),
        _week_table(frame),
    )


def _week_table(frame: pd.DataFrame) -> Figure:
    """Return a picture of the chances of each row by block of the week, darker for less."""
    narrow = frame.set_axis([fill(str(name), TITLE) for name in frame.index])
    narrow.columns = [fill(str(block), 9) for block in frame.columns]
    with canvas(2.6 + 0.76 * len(frame.columns), 1.2 + 0.5 * len(frame)) as (figure, axes):
        heat(axes, narrow, high=1.0, falling=True)
        axes.xaxis.tick_top()
        axes.tick_params(axis="x", labelsize=9)
    return figure


def _by_unmet(a: Assessment) -> pd.DataFrame:
    """Return threats by area, most unmet requirement first."""
    order = a.unmet.assign(place=range(len(a.unmet))).set_index(["threat_id", "area_id"])["place"]
    rows = a.mutual_aid.threats.join(order, on=["threat_id", "area_id"])
    return rows.sort_values("place", kind="stable", ignore_index=True)


def _names(a: Assessment) -> pd.Series:
    """Return the name of each area."""
    return a.tables["areas"].set_index("area_id")["name"]


def _level(a: Assessment) -> str:
    """Return the assurance level in words."""
    return percent(a.scenario.assurance_level)


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
            "With home donors": rows["p_home"].map(in_time),
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


def threats_headline(a: Assessment) -> str:
    """Return how many threats are met in time by whom, area by area, in words."""
    tally = a.mutual_aid.threats["status"].value_counts()
    said = [f"{tally[status]} {words}" for status, words in MET.items() if status in tally]
    asked = count(tally.sum(), "threat and area", "threats by area")
    return f"All that a threat asks for is there in time, of {asked}: {listed(said)}"


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
    """Return how the chance that all a threat asks for has come grows with time, for the largest gap of each threat."""
    rows = _by_unmet(a)
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    gaps = rows.loc[rows["status"] == GAP].drop_duplicates("threat_id").head(WORST)
    titles = a.tables["threats"].set_index("threat_id")["title"]
    table = pd.DataFrame(
        {
            "Threat": gaps["threat_id"] + " " + gaps["threat_id"].map(titles),
            "Area": gaps["area_id"].map(_names(a)),
            "Own": gaps["p_own"].map(in_time),
            "With collaboration": gaps["p_collaboration"].map(in_time),
            "With all aid": gaps["p_all"].map(in_time),
            "Held back by": gaps["binding"].map(BINDINGS),
        }
    )
    headline = binding_headline(a)
    return Exhibit(
        headline,
        f"Probability that all officers a threat asks for have come, by minutes since the call: the gaps with most "
        f"unmet requirement, {when(a)}. Dotted: own officers; thick: with collaboration; thin: with all aid; vertical "
        "lines: times required",
        f"Small charts of the chance of enough officers over time. {headline}." if len(gaps) else "",
        made_of(a, *AID_TABLES),
        table,
        _curve_charts(a, gaps, titles) if len(gaps) else None,
    )


def _curve_charts(a: Assessment, gaps: pd.DataFrame, titles: pd.Series) -> Figure:
    """Return a small chart of the three curves of each gap."""
    across = min(len(gaps), 3)
    down = -(-len(gaps) // across)
    with canvas(9.2, 0.6 + 2.4 * down, rows=down, columns=across) as (figure, axes):
        for plot, row in zip(np.atleast_1d(axes).ravel(), gaps.itertuples(), strict=False):
            _draw_curve(plot, a, row, titles[row.threat_id])
        for plot in np.atleast_1d(axes).ravel()[len(gaps) :]:
            plot.set_axis_off()
    return figure


def _draw_curve(axes: Axes, a: Assessment, row: Any, title: str) -> None:
    """Draw the three curves of one threat in one area."""
    key = {"threat": row.threat_id, "area": row.area_id}
    frame = a.mutual_aid.curves.query("threat_id == @threat and area_id == @area", local_dict=key)
    for source, (colour, style, width) in SOURCES.items():
        one = frame.loc[frame["source"] == source]
        axes.plot(one["minutes"], one["probability"], color=COLOURS[colour], linestyle=style, linewidth=width)
    due = a.mutual_aid.assembly.query("threat_id == @threat and area_id == @area", local_dict=key)["within_minutes"]
    for minutes in sorted(set(due)):
        axes.axvline(minutes, color=COLOURS["orange"], linewidth=1.2)
    axes.set_ylim(-0.03, 1.05)
    axes.set_xlim(0, frame["minutes"].max())
    axes.set_title(
        f"{fill(title, TITLE)}\n{_names(a)[row.area_id]}: {in_time(row.p_all)} in time", fontsize=9, loc="left"
    )
    axes.set_yticks([0, 0.5, 1.0], ["0%", "50%", "100%"], fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel("minutes", fontsize=8)
