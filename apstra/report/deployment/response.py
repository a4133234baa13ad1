"""How soon crews arrived by the log, beside what the model expects, and how far computed travel can be trusted."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.chart import COLOURS, bars, canvas, dots
from apstra.report.deployment.words import ALL, exhibit, known, place_names, ranges, table_of
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

SEEN: Final = {
    "Area": "area_id place", "Timed": "n", "No arrival on record": "missing", "Median, minutes": "median {:.0f}",
    "90th percentile": "p90 {:.0f}", "Standard": "standard {:.0f}", "Observed within it (95% range)": "within ranged",
    "Expected by the model, all firearms calls": "expected share", "Target": "target share", "Met": "met",
}  # fmt: skip
STANDARDS: Final = {
    "Area": "area_id place", "Kind of operation": "kind", "Standard, minutes": "minutes {:.0f}",
    "Target": "target share", "Expected within it": "expected share", "Worst block": "worst_block block",
    "Expected in it": "worst_expected share",
}  # fmt: skip
ROADS: Final = {
    "Straight-line distance": "distance", "Assumption": "assumption", "Unit": "unit", "Journeys": "journeys",
    "Assumed": "value {:.2f}", "Known, median (5% to 95%)": "known ranged{:.2f}",
    "Error of what is computed": "error ranged{:+.0%}",
}  # fmt: skip


def response(a: Assessment) -> Exhibit | Prose:
    """Return observed response times by area against the standard, beside the share the model expects within it."""
    if not a.deployment.response["n"].any():
        return to_be_supplied("Observed response times")
    expected = a.deployment.reach.query("kind != 'district' and committed == 0").set_index("place")["demand_share"]
    rows = a.deployment.response.assign(expected=lambda seen: seen["area_id"].map(expected))
    with canvas(8.6, 1.2 + 0.55 * len(rows)) as (figure, axes):
        _draw_response(axes, rows, rows["area_id"].map(place_names(a)).tolist())
    subtitle = (
        "Minutes from call to arrival, spontaneous operations with both times, whole log; the model counts every "
        "firearms call, planned ones among them, at the rate forecast"
    )
    table = table_of(a, rows, SEEN)
    table.loc[rows["area_id"].eq(ALL) & rows["standard"].isna(), "Standard"] = "by area"
    return exhibit(a, response_sentence(a), subtitle, "Dot chart of median and 90th percentile by area", table, figure)


def standards(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls expected within each of the force's standards, beside its target."""
    rows = a.deployment.standards
    if rows["expected"].isna().all() or not known(a):
        return to_be_supplied("Response standards")
    names = [place_names(a).get(area, area) for area in rows["area_id"]]
    short = pd.Series(names)[(rows["expected"] < rows["target"]).to_numpy()]
    headline = f"{len(rows) - len(short)} of {count(len(rows), 'standard')} would be met on the year's mean"
    if len(short):
        headline += f"; not those of {listed(sorted(set(short)))}"
    with canvas(7.6, 0.9 + 0.45 * len(rows)) as (figure, axes):
        labels = [f"{area}, {row.kind}, {row.minutes:.0f} minutes"
                  for area, row in zip(names, rows.itertuples(), strict=True)]  # fmt: skip
        bars(axes, labels, rows["expected"], texts=rows["expected"].map(percent).tolist())
        for place, target in enumerate(rows["target"]):
            axes.plot(target, place, "|", color=COLOURS["orange"], markersize=26, markeredgewidth=3)
            axes.annotate(f"target {percent(target)}", (1.02, place), va="center", fontsize=10)
        axes.set_xlim(0, 1.3)
    subtitle = "Share of all firearms calls expected within each standard of the force; orange bar: its target"
    return exhibit(a, headline, subtitle, "Bar chart by standard", table_of(a, rows, STANDARDS), figure)


def _draw_response(axes: Axes, rows: pd.DataFrame, labels: list[str]) -> None:
    """Draw median and 90th percentile of each area as two dots on a line, and its standard as a mark."""
    place = np.arange(len(rows))
    axes.hlines(place, rows["median"], rows["p90"], color=COLOURS["grey"], linewidth=5)
    axes.plot(rows["median"], place, "o", color=COLOURS["blue"], markersize=9)
    axes.plot(rows["p90"], place, "o", color=COLOURS["blue"], fillstyle="none", markersize=9)
    axes.vlines(rows["standard"], place - 0.34, place + 0.34, color=COLOURS["orange"], linewidth=3)
    for y, row in zip(place, rows.itertuples(), strict=True):
        words = f"{percent(row.within)} within, model {percent(row.expected)}, target {percent(row.target)}"
        words = words if row.n else "no arrival on record"
        axes.annotate(words, (1.0, y), xycoords=("axes fraction", "data"), va="center", fontsize=10)
    axes.set_yticks(place, labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, float(np.nanmax(rows[["p90", "standard"]].to_numpy(float), initial=1.0)) * 1.08)
    axes.set_xlabel("Minutes. Filled: median; hollow: 90th percentile; orange bar: standard", fontsize=10)
    axes.grid(visible=False, axis="y")


def response_sentence(a: Assessment) -> str:
    """Return the observed share within the standard, the model's, and where it is met or missed, in words."""
    rows, names = a.deployment.response.set_index("area_id"), place_names(a)
    whole = rows.loc[[ALL]]
    if whole["within"].isna().all():
        return "Response cannot be judged until arrivals and standards are on record"
    told = [f"{ranges(whole, 'within')[0]} of {count(whole['n'].item(), 'timed response')} were within the standard"]
    if known(a):
        expected = a.deployment.reach.query("kind == 'force' and committed == 0")["demand_share"].item()
        told.append(f"the model expects {percent(expected)} of all firearms calls")
    areas = rows["met"].drop(ALL).rename(names)
    verdicts = {"no": "missed in", "yes": "met in", "cannot tell": "not to be judged in"}
    judged = [f"{words} {listed(areas.index[areas == met])}" for met, words in verdicts.items() if (areas == met).any()]
    return "; ".join([*told, *([f"the target is {', '.join(judged)}"] if judged else [])])


def travel(a: Assessment) -> Exhibit | Prose:
    """Return what is assumed of roads and speeds against published journeys, by distance."""
    rows = a.deployment.travel_check.query("journeys > 0")
    if rows.empty or a.deployment.travel.empty:
        return to_be_supplied("Travel times")
    subtitle = (
        "Error of what is computed, median and 5% to 95%, against published journeys between the middles of police "
        "force areas; the long ones are mostly by motorway: no evidence for mountain roads or for response driving"
    )
    rows = rows.assign(assumption=rows["assumption"].str.replace("_", " "))
    table = table_of(a, rows, ROADS)
    with canvas(8.6, 0.9 + 0.3 * len(rows)) as (figure, axes):
        axes.axvline(0, color=COLOURS["grey"], linewidth=1.6)
        labels = (rows["distance"] + ": " + rows["assumption"]).tolist()
        dots(axes, labels, rows["error"], rows["error_low"], rows["error_high"], table["Error of what is computed"])
        axes.xaxis.set_major_formatter("{x:+.0%}")
    return exhibit(a, travel_sentence(a), subtitle, "Dot chart of the error by distance", table, figure,
                   tables=("zones", "bases", "travel"), source="published drive times between forces")  # fmt: skip


def travel_sentence(a: Assessment) -> str:
    """Return how many of the travel times are measured, and how far the rest can be off, in words."""
    basis, check = a.deployment.travel["basis"], a.deployment.travel_check.query("journeys > 0")
    computed = int((basis != "table").sum())
    if not computed:
        return "Every travel time is the force's own measurement"
    said = f"{computed:,} of {len(basis):,} travel times are computed from distance, circuity and speed, not measured"
    said = said if computed < len(basis) else f"No travel time is measured: all {computed:,} are computed"
    if check.empty:
        return said
    road = check.loc[check["assumption"] == "circuity"].iloc[0]
    return (
        f"{said}; on published journeys of {road.distance} the circuity is {road.known:.2f} at the median where "
        f"{road.value:.2f} is assumed, so that distances computed there are {percent(abs(road.error))} too "
        f"{'short' if road.error < 0 else 'long'}"
    )
