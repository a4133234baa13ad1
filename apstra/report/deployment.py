"""What the notebook and the document show of deployment: cover, reach, response and workload."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import MINUTE_NAMES, MINUTES, made_of, when
from apstra.report.exhibit import (
    COLOURS,
    Exhibit,
    Prose,
    bars,
    bullets,
    canvas,
    count,
    heat,
    listed,
    percent,
    to_be_supplied,
    zones_map,
)

ALL: Final = "all"
COMMITTED_NAMES: Final = ("all crews free", "one crew committed", "two crews committed")
NEARLY_ALL: Final = 0.9
OFTEN: Final = 0.1
MAPS: Final = {"In half of the year's hours": "minutes_median", "In each zone's worst block": "minutes"}
TRAVEL_TABLES: Final = ("zones", "bases", "crews", "travel", "response_standards")


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    load = a.deployment.workload
    if not load["crews"].any():
        return to_be_supplied("Crews on duty")
    return bullets(f"{_reach_headline(a)}.", f"{_response_headline(a)}.", *_workload_sentences(a), _travel_sentence(a))


def _reach_headline(a: Assessment) -> str:
    """Return the share of people within the standard, and in the worst block, in words."""
    row = a.deployment.reach.query("area_id == 'all' and committed == 0").iloc[0]
    if pd.isna(row.population_share):
        return "Cover cannot be told until zones, crews and response standards are supplied"
    share = f"Of all people {percent(row.population_share)} live within the response standard of a free crew"
    bounds = f"{percent(row.low)} to {percent(row.high)} over the range of the travel assumptions"
    if row.worst_share == row.population_share:
        return f"{share} ({bounds}), the same in every block"
    return f"{share} ({bounds}); in the worst block ({_block(row.worst_block)}) {percent(row.worst_share)}"


def _response_headline(a: Assessment) -> str:
    """Return the observed share within the standard, and where it is met or missed, in words."""
    rows = a.deployment.response.set_index("area_id")
    whole = rows.loc[ALL]
    if pd.isna(whole.within):
        return "Response cannot be judged until arrivals and standards are on record"
    share = (
        f"{percent(whole.within)} of {count(whole.n, 'timed response')} were within the standard (95% range "
        f"{percent(whole.within_low)} to {percent(whole.within_high)})"
    )
    names = a.tables["areas"].set_index("area_id")["name"]
    told = [
        f"{words} {listed([names[area] for area in rows.index[rows['met'] == met] if area != ALL])}"
        for met, words in (("no", "missed in"), ("yes", "met in"), ("cannot tell", "not to be judged in"))
        if (rows["met"].drop(ALL) == met).any()
    ]
    return f"{share}; the target is {', '.join(told)}" if told else share


def _workload_sentences(a: Assessment) -> tuple[str, ...]:
    """Return what keeps crews busy and how often none is free, in words."""
    load = a.deployment.workload
    if load["none_free"].isna().all():
        return ("Whether a crew is free cannot be told until the log of operations is supplied.",)
    worst = load.loc[load["none_free"].idxmax()]
    busiest = load.loc[load["busy_share"].idxmax()]
    chance = (
        f"A firearms call would find no crew free {_chance(worst.none_free)} in the worst block "
        f"({_block(worst.block)}), and {_chance(worst.none_free_one_committed)} once one crew is committed there."
    )
    busy = f"Crews are busiest in one block ({_block(busiest.block)}): {percent(busiest.busy_share)} of their time"
    mostly = ", nearly all of it other work." if busiest.other_load > NEARLY_ALL * busiest.offered_load else "."
    return chance, busy + mostly


def _travel_sentence(a: Assessment) -> str:
    """Return how many of the travel times are measured."""
    basis = a.deployment.travel["basis"]
    measured = int((basis == "table").sum())
    if measured == len(basis):
        return "Every travel time is the force's own measurement."
    if not measured:
        return f"No travel time is measured: all {len(basis):,} are computed from distance, circuity and speed."
    return (
        f"{len(basis) - measured:,} of {len(basis):,} travel times are computed from distance, circuity and speed, not "
        "measured."
    )


def _chance(probability: float) -> str:
    """Return a probability as once in so many times, as words."""
    if probability >= OFTEN:
        return f"in {percent(probability)} of cases"
    return f"once in {1 / probability:,.0f} times" if probability > 0 else "never"


def _block(name: str) -> str:
    """Return a block such as night-weekend-winter in words: winter weekend night."""
    return " ".join(reversed(str(name).split("-")))


def cover(a: Assessment) -> Exhibit | Prose:
    """Return maps of minutes from call to arrival of the nearest crew: half of the hours, and the worst block."""
    zones = a.deployment.zones
    if zones.empty or not a.deployment.workload["crews"].any():
        return to_be_supplied("Cover by crews")
    bands = {name: _bands(zones[column]) for name, column in MAPS.items()}
    with canvas(8.6, 4.6, columns=2) as (figure, axes):
        for plot, (name, band) in zip(axes, bands.items(), strict=True):
            zones_map(plot, a.tables["boundaries"], zones, band, a.tables["bases"])
            plot.set_title(name, fontsize=11)
            for shape in plot.collections:
                shape.set_hatch_linewidth(0.5)
        axes[0].get_legend().remove()
    table = pd.DataFrame({"Call to arrival": list(MINUTE_NAMES)})
    for name, band in bands.items():
        people = zones.groupby(band, observed=False)["population"].sum()
        table[f"People, {name.lower()}"] = people.map("{:,.0f}".format).to_numpy()
    outside = zones.loc[zones["within"].eq(other=False).fillna(value=False), "population"].sum()
    headline = f"{_longest_wait(zones)}; zones then outside the standard hold {count(outside, 'person', 'people')}"
    worst = (table["Call to arrival"] + ": " + table.iloc[:, -1]).tolist()
    return Exhibit(
        headline,
        f"Minutes from call to arrival of the nearest crew, all crews free, {when(a)}",
        f"Two maps, half of the year's hours and each zone's worst block. {headline}. People by minutes in the worst "
        f"block: {listed(worst, len(worst))}.",
        made_of(a, *TRAVEL_TABLES),
        table,
        figure,
    )


def _longest_wait(zones: pd.DataFrame) -> str:
    """Return which zone waits longest in its worst block, or how many have no crew left then, in words."""
    none_left = int(zones["minutes"].isna().sum())
    if none_left:
        return f"In its worst block {none_left} of {count(len(zones), 'zone')} {'has' if none_left == 1 else 'have'} no crew"
    farthest = zones.loc[zones["minutes"].idxmax()]
    return f"{farthest['name']} waits longest, {farthest['minutes']:.0f} minutes in its worst block"


def _bands(minutes: pd.Series) -> pd.Series:
    """Return the band of each time; the slowest where no crew is left."""
    return pd.cut(minutes.fillna(MINUTES[-1] - 1), MINUTES, labels=list(MINUTE_NAMES), right=False)


def reach(a: Assessment) -> Exhibit | Prose:
    """Return the share of people within the standard with none, one and two crews committed, by area."""
    rows = a.deployment.reach
    if rows["population_share"].isna().all():
        return to_be_supplied("Reach by crews")
    with canvas(7.6, 0.9 + 0.34 * len(rows)) as (figure, axes):
        _draw_reach(axes, rows, _area_names(a))
    one = rows.query("area_id == 'all' and committed == 1").iloc[0]
    headline = (
        f"{_reach_headline(a)}. With any one crew committed it is {percent(one.likely_share)}, with the nearest one "
        f"{percent(one.population_share)}"
    )
    return Exhibit(
        headline,
        "Share of people within the response standard, mean over the year. Bar: any crews may be the committed ones; "
        f"diamond: those nearest to each zone are. {when(a)}",
        f"Bar chart of the share of people within the standard by area. {headline}.",
        made_of(a, *TRAVEL_TABLES),
        _reach_table(rows, _area_names(a)),
        figure,
    )


def _draw_reach(axes: Axes, rows: pd.DataFrame, names: dict[str, str]) -> None:
    """Draw the likely share as bars and the worst case as diamonds, areas set apart by a line."""
    labels, texts = [], []
    for row in rows.itertuples():
        crews = COMMITTED_NAMES[row.committed]
        labels.append(crews if row.committed else f"{names[row.area_id]}: {crews}")
        worst = f" ({percent(row.population_share)} if the nearest)" if row.committed else ""
        texts.append(percent(row.likely_share) + worst)
    bars(axes, labels, rows["likely_share"], texts=texts)
    gone = rows.reset_index(drop=True).query("committed > 0")
    axes.plot(gone["population_share"], gone.index, "D", color=COLOURS["orange"], markeredgecolor="black")
    for place in range(len(COMMITTED_NAMES), len(rows), len(COMMITTED_NAMES)):
        axes.axhline(place - 0.5, color=COLOURS["grey"], linewidth=0.8)
    axes.set_xlim(0, 1.6)


def _reach_table(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return reach as a table for people."""
    return pd.DataFrame(
        {
            "Area": rows["area_id"].map(names),
            "Crews": [COMMITTED_NAMES[number] for number in rows["committed"]],
            "People within, any crews committed": rows["likely_share"].map(percent),
            "People within, nearest crews committed": rows["population_share"].map(percent),
            "Range over travel assumptions": [f"{percent(r.low)} to {percent(r.high)}" for r in rows.itertuples()],
            "Past operations within, nearest committed": rows["demand_share"].map(percent),
            "Worst block": rows["worst_block"].map(_block),
            "People within in it": rows["worst_share"].map(percent),
        }
    )


def _area_names(a: Assessment) -> dict[str, str]:
    """Return the name of each area, and of the whole force."""
    return {ALL: "Whole force", **dict(zip(a.tables["areas"]["area_id"], a.tables["areas"]["name"], strict=True))}


def response(a: Assessment) -> Exhibit | Prose:
    """Return observed response times by area against the standard."""
    rows, names = a.deployment.response, _area_names(a)
    if not rows["n"].any():
        return to_be_supplied("Observed response times")
    with canvas(7.6, 1.2 + 0.55 * len(rows)) as (figure, axes):
        _draw_response(axes, rows, [names[area] for area in rows["area_id"]])
    headline = _response_headline(a)
    return Exhibit(
        headline,
        f"Minutes from call to arrival, spontaneous operations with both times, whole log, {when(a)}",
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
            "Median, minutes": rows["median"].map(_minutes),
            "90th percentile, minutes": rows["p90"].map(_minutes),
            "Standard, minutes": rows["standard"].map(_minutes),
            "Within": rows["within"].map(percent),
            "95% range": [f"{percent(row.within_low)} to {percent(row.within_high)}" for row in rows.itertuples()],
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
        words = "no arrival on record" if not row.n else f"{percent(row.within)} within, target {percent(row.target)}"
        axes.annotate(words, (1.0, y), xycoords=("axes fraction", "data"), va="center", fontsize=10)
    axes.set_yticks(place, labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, float(np.nanmax(rows[["p90", "standard"]].to_numpy(float), initial=1.0)) * 1.08)
    axes.set_xlabel("Minutes. Filled: median; hollow: 90th percentile; orange bar: standard", fontsize=10)
    axes.grid(visible=False, axis="y")


def _minutes(value: float) -> str:
    """Return minutes as a whole number."""
    return "not known" if pd.isna(value) else f"{value:.0f}"


def workload(a: Assessment) -> Exhibit | Prose:
    """Return how busy crews are and how often none is free, by block of the week."""
    rows = a.deployment.workload
    if not rows["crews"].any() or rows["none_free"].isna().all():
        return to_be_supplied("Workload by block")
    labels = [
        f"{_block(row.block)}: {count(row.crews, 'crew')}, {percent(row.busy_share)} busy" for row in rows.itertuples()
    ]
    grid = rows[["none_free", "none_free_one_committed", "none_free_two_committed"]].set_axis(labels, axis=0)
    with canvas(7.4, 1.0 + 0.34 * len(rows)) as (figure, axes):
        heat(axes, grid.set_axis(["all free", "one\ncommitted", "two\ncommitted"], axis=1), "{:.1%}")
        axes.xaxis.tick_top()
    sentences = _workload_sentences(a)
    return Exhibit(
        sentences[0].rstrip("."),
        f"Chance that a firearms call finds no crew free, by block, with none, one and two crews committed, {when(a)}",
        f"Heat table by block of the week. {' '.join(sentences)}",
        f"{made_of(a, 'crews', 'operations', 'operation_crews', 'other_work')}; Erlang's loss formula",
        _workload_table(rows),
        figure,
    )


def _workload_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return workload as a table for people."""
    return pd.DataFrame(
        {
            "Block": rows["block"].map(_block),
            "Crews": rows["crews"],
            "Hours a year": rows["hours_a_year"].map("{:,.0f}".format),
            "Firearms load, crews at once": rows["firearms_load"].map("{:.3f}".format),
            "Other load, crews at once": rows["other_load"].map("{:.2f}".format),
            "Busy": rows["busy_share"].map(percent),
            "No crew free": rows["none_free"].map("{:.2%}".format),
            "None free, one committed": rows["none_free_one_committed"].map("{:.2%}".format),
            "None free, two committed": rows["none_free_two_committed"].map("{:.2%}".format),
            "Crews free on average": rows["expected_free"].map("{:.1f}".format),
            "Operations a year": rows["calls_a_year"].map("{:.1f}".format),
            "Of these, no crew free": rows["unmet_a_year"].map("{:.2f}".format),
        }
    )
