"""How soon crews arrived by the log, beside what the model expects, and how far computed travel can be trusted."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas
from apstra.report.deployment.words import ALL, between, known, minutes, number, place_names
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied


def response(a: Assessment) -> Exhibit | Prose:
    """Return observed response times by area against the standard, beside the share the model expects within it."""
    if not a.deployment.response["n"].any():
        return to_be_supplied("Observed response times")
    expected = a.deployment.reach.query("kind != 'district' and committed == 0").set_index("place")["demand_share"]
    rows = a.deployment.response.assign(expected=lambda seen: seen["area_id"].map(expected) if known(a) else np.nan)
    names = place_names(a)
    with canvas(8.2, 1.2 + 0.55 * len(rows)) as (figure, axes):
        _draw_response(axes, rows, [names[area] for area in rows["area_id"]])
    headline = response_sentence(a)
    return Exhibit(
        headline,
        "Minutes from call to arrival, spontaneous operations with both times, whole log; the model counts every "
        f"firearms call, planned ones among them, at the rate forecast. {when(a)}",
        f"Dot chart of median and 90th percentile by area against the standard. {headline}.",
        made_of(a, "operations", "response_standards", "zones"),
        _response_table(rows, names),
        figure,
    )


def _response_table(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return response as a table for people."""
    return pd.DataFrame(
        {
            "Area": rows["area_id"].map(names),
            "Timed": rows["n"],
            "No arrival on record": rows["missing"],
            "Median, minutes": rows["median"].map(minutes),
            "90th percentile, minutes": rows["p90"].map(minutes),
            "Standard, minutes": rows["standard"].map(minutes),
            "Observed within": rows["within"].map(percent),
            "95% range": [between(row.within_low, row.within_high) for row in rows.itertuples()],
            "Expected by the model, all firearms calls": rows["expected"].map(percent),
            "Target": rows["target"].map(percent),
            "Met": rows["met"],
        }
    )


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
    rows = a.deployment.response.set_index("area_id")
    whole = rows.loc[ALL]
    if pd.isna(whole.within):
        return "Response cannot be judged until arrivals and standards are on record"
    share = (
        f"{percent(whole.within)} of {count(whole.n, 'timed response')} were within the standard (95% range "
        f"{between(whole.within_low, whole.within_high)})"
    )
    if known(a):
        expected = a.deployment.reach.query("kind == 'force' and committed == 0")["demand_share"].item()
        share += f"; the model expects {percent(expected)} of all firearms calls"
    names = place_names(a)
    told = [
        f"{words} {listed([names[area] for area in rows.index[rows['met'] == met] if area != ALL])}"
        for met, words in (("no", "missed in"), ("yes", "met in"), ("cannot tell", "not to be judged in"))
        if (rows["met"].drop(ALL) == met).any()
    ]
    return f"{share}; the target is {', '.join(told)}" if told else share


def travel(a: Assessment) -> Exhibit | Prose:
    """Return what is assumed of roads and speeds against published journeys, by distance."""
    rows = a.deployment.travel_check.query("journeys > 0")
    if rows.empty or a.deployment.travel.empty:
        return to_be_supplied("Travel times")
    table = pd.DataFrame(
        {
            "Straight-line distance": rows["distance"],
            "Assumption": rows["assumption"].str.replace("_", " ") + ", " + rows["unit"],
            "Journeys": rows["journeys"],
            "Assumed": rows["value"].map("{:.2f}".format),
            "Known, median": rows["known"].map("{:.2f}".format),
            "5% to 95%": [f"{row.known_low:.2f} to {row.known_high:.2f}" for row in rows.itertuples()],
            "Error of what is computed, median": rows["error"].map("{:+.0%}".format),
            "Error, 5% to 95%": [f"{row.error_low:+.0%} to {row.error_high:+.0%}" for row in rows.itertuples()],
        }
    )
    return Exhibit(
        travel_sentence(a),
        "Published journeys by road between the middles of police force areas. The long ones are mostly by motorway, at "
        f"ordinary speeds: no evidence for mountain roads or for response driving. {when(a)}",
        "",
        f"{made_of(a, 'bases', 'zones', 'travel')}; published drive times between police forces",
        table,
    )


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
    error = f"{percent(abs(road.error))} too {'short' if road.error < 0 else 'long'}"
    return (
        f"{said}; on published journeys of {road.distance} circuity is {number(road.known, '{:.2f}')} at the median where "
        f"{number(road.value, '{:.2f}')} is assumed, so that distances computed there are {error}"
    )
