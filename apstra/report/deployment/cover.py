"""What share of calls a crew answers within the standard, where, how soon, and what is left with crews committed."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, share_bands, when
from apstra.report.chart import COLOURS, bars, canvas, lines, zones_map
from apstra.report.deployment.words import (
    ALL,
    COMMITTED,
    EXACT,
    NONE,
    ONE,
    POSTED,
    between,
    known,
    minutes,
    number,
    place_names,
)
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

MAPS: Final = {"Crews at their usual work": "within", "One crew already committed": "within_1"}
READ_AT: Final = (15, 30, 45, 60, 90, 120)  # minutes since the call


def cover(a: Assessment) -> Exhibit | Prose:
    """Return maps of the share of calls answered within the standard: crews at their usual work, and one committed."""
    zones = a.deployment.zones.sort_values(["within", "within_1"], ignore_index=True)
    if not known(a):
        return to_be_supplied("Cover by crews")
    with canvas(9.2, 4.7, columns=2) as (figure, axes):
        for plot, (name, column) in zip(axes, MAPS.items(), strict=True):
            zones_map(plot, a.tables["boundaries"], zones, share_bands(zones[column]), a.tables["bases"])
            plot.set_title(name, fontsize=11)
        axes[0].get_legend().remove()
    headline = (
        f"{percent(_force(a, NONE).demand_share)} of firearms calls are answered within the response standard, "
        f"{percent(_force(a, ONE).demand_share)} with one crew committed; {where_sentence(a)}"
    )
    return Exhibit(
        headline,
        f"Share of firearms calls answered within the standard, by zone, over the year; darker is worse, {when(a)}",
        f"Two maps by zone. {headline}.",
        f"{made_of(a, *POSTED)}; {EXACT}",
        _zone_table(a, zones),
        figure,
    )


def _zone_table(a: Assessment, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the zones as a table for people, worst first."""
    names, bases = place_names(a), a.tables["bases"].set_index("base_id")["name"]
    return pd.DataFrame(
        {
            "Zone": zones["name"],
            "Area": zones["area_id"].map(names),
            "Standard, minutes": zones["standard"].map(minutes),
            "Calls a year": zones["calls_a_year"].map(number),
            "Most often first": zones["base_id"].map(bases),
            "Mean minutes when answered": zones["minutes"].map(minutes),
            **{f"Within: {words}": zones[f"within{end}"].map(percent)
               for words, end in zip(COMMITTED, ("", "_1", "_2", "_3"), strict=True)},
            "No crew free": zones["unmet"].map(percent),
            "Worst block": zones["worst_block"].map(block_words),
            "Within in it": zones["worst_within"].map(percent),
        }
    )  # fmt: skip


def where_sentence(a: Assessment) -> str:
    """Return which area is worst served, and how many zones no crew on duty ever reaches in time, in words."""
    areas = a.deployment.reach.query("kind == 'area' and committed == 0").dropna(subset="demand_share")
    zones = a.deployment.zones
    worst = areas.loc[areas["demand_share"].idxmin()]
    never = int(zones["within"].eq(0.0).sum())
    lowest = zones.loc[zones["within"].idxmin()]
    said = f"{place_names(a)[worst.place]} is the area worst served ({percent(worst.demand_share)})"
    if not never:
        return f"{said}, {lowest['name']} the zone ({percent(lowest['within'])})"
    return f"{said}, and {never} of {count(len(zones), 'zone')} {'is' if never == 1 else 'are'} never reached within it"


def reach(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls answered within the standard with none to three crews committed, by area."""
    rows = a.deployment.reach.query("kind != 'district'").reset_index(drop=True)
    if not known(a):
        return to_be_supplied("Reach by crews")
    with canvas(8.2, 0.9 + 0.3 * len(rows)) as (figure, axes):
        _draw_reach(axes, rows, place_names(a))
    headline = committed_sentence(a)
    return Exhibit(
        headline,
        "Share of calls answered within the standard over the year. Bar: the crews an operation takes are committed, "
        f"wherever calls come from; diamond: those nearest to each zone are. {when(a)}",
        f"Bar chart of the share of calls answered within the standard by area. {reach_sentence(a)}. {headline}.",
        f"{made_of(a, *POSTED)}; {EXACT}",
        _reach_table(rows, place_names(a)),
        figure,
    )


def _draw_reach(axes: Axes, rows: pd.DataFrame, names: dict[str, str]) -> None:
    """Draw the shares as bars and the worst case as diamonds, areas set apart by a line."""
    labels = [f"{'' if r.committed else names[r.place] + ': '}{COMMITTED[r.committed]}" for r in rows.itertuples()]
    texts = [f"{percent(r.demand_share)} ({percent(r.unmet_share)} no crew free)" for r in rows.itertuples()]
    bars(axes, labels, rows["demand_share"], texts=texts)
    gone = rows.query("committed > 0")
    axes.plot(gone["worst_share"], gone.index, "D", color=COLOURS["orange"], markeredgecolor="black", clip_on=False)
    for place in range(len(COMMITTED), len(rows), len(COMMITTED)):
        axes.axhline(place - 0.5, color=COLOURS["grey"], linewidth=0.8)
    axes.set_xlim(0, 1.35)


def _reach_table(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return reach as a table for people."""
    return pd.DataFrame(
        {
            "Place": rows["place"].map(names).fillna(rows["place"]),
            "Crews": [COMMITTED[number] for number in rows["committed"]],
            "Within the standard": rows["demand_share"].map(percent),
            "Range over travel assumptions": [between(r.low, r.high) if not r.committed else "not computed"
                                              for r in rows.itertuples()],
            "Nearest crews committed": rows["worst_share"].map(percent),
            "People within it": rows["population_share"].map(percent),
            "No crew free": rows["unmet_share"].map(percent),
            "Mean minutes when answered": rows["mean_minutes"].map(minutes),
            "Median": rows["median"].map(minutes),
            "90th percentile": rows["p90"].map(minutes),
            "Calls a year": rows["calls_a_year"].map(number),
            "Of these late or unanswered": rows["late_a_year"].map(number),
            "Worst block": rows["worst_block"].map(block_words),
            "Within in it": rows["worst_block_share"].map(percent),
        }
    )  # fmt: skip


def reach_sentence(a: Assessment) -> str:
    """Return the share of calls answered within the standard, over the year and in the worst block, in words."""
    row = _force(a, NONE)
    if pd.isna(row.demand_share):
        return "Cover cannot be told until zones, crews, response standards and the log of operations are supplied"
    extent = "the same" if row.low == row.high else between(row.low, row.high)
    share = (
        f"{percent(row.demand_share)} of firearms calls are answered within the response standard "
        f"({extent} over the range of the travel assumptions)"
    )
    if np.isclose(row.worst_block_share, row.demand_share):
        return f"{share}, the same in every block"
    return f"{share}; in the worst block ({block_words(row.worst_block)}) {percent(row.worst_block_share)}"


def committed_sentence(a: Assessment) -> str:
    """Return what is left with one, two and three crews committed, in words."""
    rows = [_force(a, gone) for gone in range(len(COMMITTED))]
    within, unmet = ([percent(row[name]) for row in rows[1:]] for name in ("demand_share", "unmet_share"))
    return (
        f"With one crew committed {within[0]} of calls are answered within the standard instead of "
        f"{percent(rows[0].demand_share)}, with two {within[1]} and with three {within[2]}; {listed(unmet)} then find no "
        "crew free"
    )


def districts(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls answered within the standard by district."""
    every = a.deployment.reach.query("kind == 'district' and committed <= 1").dropna(subset="demand_share")
    rows = every.query("committed == 0").sort_values("demand_share")
    if rows.empty or not known(a):
        return to_be_supplied("Reach by district")
    texts = [f"{percent(r.demand_share)}, {r.late_a_year:.1f} of {r.calls_a_year:.1f} calls a year late or unanswered"
             for r in rows.itertuples()]  # fmt: skip
    with canvas(7.8, 0.8 + 0.36 * len(rows)) as (figure, axes):
        bars(axes, rows["place"].tolist(), rows["demand_share"], texts=texts)
        axes.set_xlim(0, 2 * rows["demand_share"].max() or 1)
    last, first = rows.iloc[0], rows.iloc[-1]
    headline = f"{last.place} is the district worst served: {percent(last.demand_share)} of calls within the standard"
    if len(rows) > 1:
        headline += f", against {percent(first.demand_share)} in {first.place}"
    return Exhibit(
        headline,
        f"Share of calls answered within the standard by district, crews at their usual work, {when(a)}",
        f"Bar chart by district. {headline}.",
        f"{made_of(a, *POSTED)}; {EXACT}",
        _reach_table(every, {}),
        figure,
    )


def times(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls that have a crew by so many minutes, with none to three crews committed."""
    rows = a.deployment.answered
    if not known(a):
        return to_be_supplied("Times to the first crew")
    force = rows.query("place == @ALL").pivot_table(index="minutes", columns="committed", values="share")
    with canvas(8.2, 4.2) as (figure, axes):
        lines(axes, force.index, {COMMITTED[gone]: force[gone].to_numpy() for gone in force}, steps=True)
        for standard in a.deployment.zones["standard"].dropna().unique():
            axes.axvline(standard, color=COLOURS["dark"], linewidth=0.8, linestyle=(0, (1, 2)))
            axes.annotate(f"{standard:.0f}", (standard, 1.01), xycoords=("data", "axes fraction"), ha="center")
        axes.yaxis.set_major_formatter("{x:.0%}".format)
        axes.set(xlim=(0, force.index.max()), ylim=(0, 1), xlabel="Minutes since the call; dotted: response standards")
    free, one = _force(a, NONE), _force(a, ONE)
    headline = (
        f"Of the calls answered, half have a crew within {minutes(free['median'])} minutes and nine in ten within "
        f"{minutes(free.p90)}; with one crew committed within {minutes(one['median'])} and {minutes(one.p90)}"
    )
    return Exhibit(
        headline,
        f"Share of all firearms calls with a crew by minutes since the call; what is missing to 100% in the end is later "
        f"or finds no crew free, {when(a)}",
        f"Step chart for none to three crews committed. {headline}.",
        f"{made_of(a, *POSTED)}; {EXACT}",
        _times_table(a, rows),
        figure,
    )


def _times_table(a: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the share of calls with a crew by certain minutes, by area and crews committed, as a table for people."""
    wide = rows.pivot_table(index=["place", "committed"], columns="minutes", values="share", sort=False).reset_index()
    unmet = a.deployment.reach.query("kind != 'district'").set_index(["place", "committed"])["unmet_share"]
    return pd.DataFrame(
        {
            "Area": wide["place"].map(place_names(a)),
            "Crews": [COMMITTED[number] for number in wide["committed"]],
            **{f"By {by} minutes": wide[by].map(percent) for by in READ_AT},
            "No crew free": unmet.loc[list(zip(wide["place"], wide["committed"], strict=True))].map(percent).to_numpy(),
        }
    )


def _force(a: Assessment, committed: int) -> pd.Series:
    """Return the force's row of reach with so many crews committed."""
    return a.deployment.reach.query("kind == 'force' and committed == @committed").iloc[0]
