"""What share of calls a crew answers within the standard, where, how soon, and what is left with crews committed."""

from typing import Final

import numpy as np
import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, share_bands
from apstra.report.chart import COLOURS, bars, canvas, lines, zones_map
from apstra.report.deployment.words import COMMITTED, between, exhibit, known, place_names, table_of
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

MAPS: Final = {"Crews at their usual work": "within", "One crew already committed": "within_1"}
READ_AT: Final = (15, 30, 45, 60, 90, 120)  # minutes since the call
ZONES: Final = {
    "Zone": "name", "Area": "area_id place", "Standard, minutes": "standard {:.0f}", "Calls a year":
    "calls_a_year {:.1f}", "Most often first": "base_id base", "Mean minutes when answered": "minutes {:.0f}",
    "Within": "within share", "One committed": "within_1 share", "Two": "within_2 share", "Three": "within_3 share",
    "No crew free": "unmet share", "Worst block": "worst_block block", "Within then": "worst_within share",
}  # fmt: skip
PLACES: Final = {
    "Place": "place place", "Crews": "committed committed", "Within the standard (travel range)": "demand_share ranged",
    "Nearest crews committed": "worst_share share", "People within": "population_share share",
    "No crew free": "unmet_share share", "Mean minutes when answered": "mean_minutes {:.0f}", "Median": "median {:.0f}",
    "90th percentile": "p90 {:.0f}", "Calls a year": "calls_a_year {:.1f}", "Late or unanswered": "late_a_year {:.1f}",
    "Worst block": "worst_block block", "Within then": "worst_block_share share",
}  # fmt: skip


def cover(a: Assessment) -> Exhibit | Prose:
    """Return maps of the share of calls answered within the standard: crews at their usual work, and one committed."""
    if not known(a):
        return to_be_supplied("Cover by crews")
    zones = a.deployment.zones.sort_values(["within", "within_1"], ignore_index=True)
    with canvas(9.2, 4.7, columns=2) as (figure, axes):
        for plot, (name, column) in zip(axes, MAPS.items(), strict=True):
            zones_map(plot, a.tables["boundaries"], zones, share_bands(zones[column]), a.tables["bases"])
            plot.set_title(name, fontsize=11)
        axes[0].get_legend().remove()
    free, one = (percent(row.demand_share) for row in _force(a)[:2])
    headline = (
        f"{free} of firearms calls are answered within the response standard, {one} with one crew committed; "
        f"{where_sentence(a)}"
    )
    subtitle = "Share of firearms calls answered within the standard, by zone, over the year; darker is worse"
    return exhibit(a, headline, subtitle, "Two maps by zone", table_of(a, zones, ZONES), figure)


def where_sentence(a: Assessment) -> str:
    """Return which area is worst served, and how many zones no crew on duty ever reaches in time, in words."""
    areas, zones = a.deployment.reach.query("kind == 'area' and committed == 0"), a.deployment.zones
    lowest, never = zones.loc[zones["within"].idxmin()], int(zones["within"].eq(0.0).sum())
    zone = f"{lowest['name']} is the zone worst served ({percent(lowest['within'])})"
    if never:
        verb = "is" if never == 1 else "are"
        zone = f"{never} of {count(len(zones), 'zone')} {verb} never reached within the standard from any base"
    if areas["demand_share"].count() <= 1:
        return zone
    worst = areas.loc[areas["demand_share"].idxmin()]
    return f"{place_names(a)[worst.place]} is the area worst served ({percent(worst.demand_share)}); {zone}"


def reach(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls answered within the standard with none to three crews committed, by area."""
    if not known(a):
        return to_be_supplied("Reach by crews")
    rows, names = _with_range(a, "kind != 'district'"), place_names(a)
    labels = [f"{'' if r.committed else names[r.place] + ': '}{COMMITTED[r.committed]}" for r in rows.itertuples()]
    texts = [f"{percent(r.demand_share)} ({percent(r.unmet_share)} no crew free)" for r in rows.itertuples()]
    with canvas(8.2, 0.9 + 0.3 * len(rows)) as (figure, axes):
        bars(axes, labels, rows["demand_share"], texts=texts)
        gone = rows.query("committed > 0")
        axes.plot(gone["worst_share"], gone.index, "D", color=COLOURS["orange"], markeredgecolor="black", clip_on=False)
        axes.hlines(gone.index[2::3][:-1] + 0.5, 0, 1.2, color=COLOURS["grey"], linewidth=0.8)
        axes.set_xlim(0, 1.2)
    subtitle = (
        "Share of calls answered within the standard over the year. Bar: the crews an operation takes are committed, "
        "wherever calls come from; diamond: those nearest to each zone are"
    )
    return exhibit(a, committed_sentence(a), subtitle, "Bar chart by area", table_of(a, rows, PLACES), figure)


def reach_sentence(a: Assessment) -> str:
    """Return the share of calls answered within the standard, over the year and in the worst block, in words."""
    row = _force(a)[0]
    if not known(a):
        return "Cover cannot be told until zones, crews, response standards and the log of operations are supplied"
    extent = "the same" if row.low == row.high else between(row.low, row.high)
    share = (
        f"{percent(row.demand_share)} of firearms calls are answered within the response standard ({extent} over the "
        "range of the travel assumptions)"
    )
    if np.isclose(row.worst_block_share, row.demand_share):
        return f"{share}, the same in every block"
    return f"{share}; in the worst block ({block_words(row.worst_block)}) {percent(row.worst_block_share)}"


def committed_sentence(a: Assessment) -> str:
    """Return what is left with one, two and three crews committed, in words."""
    rows = _force(a)
    free, one, two, three = (percent(row.demand_share) for row in rows)
    return (
        f"With one crew committed {one} of calls are answered within the standard instead of {free}, with two {two} "
        f"and with three {three}; {listed([percent(row.unmet_share) for row in rows[1:]])} then find no crew free"
    )


def districts(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls answered within the standard by district."""
    every = _with_range(a, "kind == 'district' and committed <= 1").dropna(subset="demand_share")
    if every.empty or not known(a):
        return to_be_supplied("Reach by district")
    rows = every.query("committed == 0").sort_values("demand_share")
    texts = [f"{percent(r.demand_share)}: {r.late_a_year:.1f} of {r.calls_a_year:.1f} calls a year late or unanswered"
             for r in rows.itertuples()]  # fmt: skip
    with canvas(8.2, 0.8 + 0.36 * len(rows)) as (figure, axes):
        bars(axes, rows["place"].tolist(), rows["demand_share"], texts=texts)
        axes.set_xlim(0, 2.4 * rows["demand_share"].max() or 1)
    last, first = rows.iloc[0], rows.iloc[-1]
    headline = f"{last.place} is the district worst served: {percent(last.demand_share)} of calls within the standard"
    headline += f", against {percent(first.demand_share)} in {first.place}" if len(rows) > 1 else ""
    subtitle = "Share of calls answered within the standard by district, crews at their usual work"
    return exhibit(a, headline, subtitle, "Bar chart by district", table_of(a, every, PLACES), figure)


def times(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls that have a crew by so many minutes, with none to three crews committed."""
    if not known(a):
        return to_be_supplied("Times to the first crew")
    wide = a.deployment.answered.pivot_table(
        index=["place", "committed"], columns="minutes", values="share", sort=False
    )
    force = wide.loc["all"]
    with canvas(8.2, 4.2) as (figure, axes):
        lines(axes, wide.columns, {COMMITTED[gone]: force.loc[gone].to_numpy() for gone in force.index}, steps=True)
        for standard in a.deployment.zones["standard"].dropna().unique():
            axes.axvline(standard, color=COLOURS["dark"], linewidth=0.8, linestyle=(0, (1, 2)))
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.set(xlim=(0, wide.columns.max()), ylim=(0, 1), xlabel="Minutes since the call; dotted: response standards")
    free, one = _force(a)[:2]
    headline = (
        f"Of the calls answered, half have a crew within {free['median']:.0f} minutes and nine in ten within "
        f"{free.p90:.0f}; with one crew committed within {one['median']:.0f} and {one.p90:.0f}"
    )
    subtitle = (
        "Share of all firearms calls with a crew by minutes since the call; the rest wait longer or find none free"
    )
    unmet = a.deployment.reach.set_index(["place", "committed"])["unmet_share"]
    table = wide.rename(columns=str).join(unmet).reset_index()
    columns = {f"By {by} minutes": f"{by} share" for by in READ_AT} | {"No crew free": "unmet_share share"}
    columns = {"Area": "place place", "Crews": "committed committed"} | columns
    return exhibit(a, headline, subtitle, "Step chart by crews committed", table_of(a, table, columns), figure)


def _force(a: Assessment) -> list[pd.Series]:
    """Return the force's rows of reach with none, one, two and three crews committed."""
    return [row for _, row in a.deployment.reach.query("kind == 'force'").iterrows()]


def _with_range(a: Assessment, which: str) -> pd.DataFrame:
    """Return rows of reach with the ends of the share named after it."""
    rows = a.deployment.reach.query(which).reset_index(drop=True)
    return rows.rename(columns={"low": "demand_share_low", "high": "demand_share_high"})
