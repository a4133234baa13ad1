"""How far crews have to go, and how many people they reach within the standard."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import MINUTE_NAMES, MINUTES, made_of, when
from apstra.report.chart import COLOURS, bars, canvas, zones_map
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

ALL: Final = "all"
COMMITTED_NAMES: Final = ("all crews free", "one crew committed", "two crews committed")
TRAVEL_TABLES: Final = ("zones", "bases", "crews", "travel", "response_standards")
MAPS: Final = {"In half of the year's hours": "minutes_median", "In each zone's worst block": "minutes"}


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
        f"Minutes from call to arrival of the nearest crew, all crews free; no crew counts as the slowest, {when(a)}",
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
        return f"No crew is left for {none_left} of {count(len(zones), 'zone')} in the worst block"
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
        _draw_reach(axes, rows, area_names(a))
    one = rows.query("area_id == 'all' and committed == 1").iloc[0]
    headline = (
        f"{reach_headline(a)}. With any one crew committed it is {percent(one.likely_share)}, with the nearest one "
        f"{percent(one.population_share)}"
    )
    return Exhibit(
        headline,
        "Share of people within the response standard, mean over the year. Bar: any crews may be the committed ones; "
        f"diamond: those nearest to each zone are. {when(a)}",
        f"Bar chart of the share of people within the standard by area. {headline}.",
        made_of(a, *TRAVEL_TABLES),
        _reach_table(rows, area_names(a)),
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
            "Worst block": rows["worst_block"].map(block_words),
            "People within in it": rows["worst_share"].map(percent),
        }
    )


def reach_headline(a: Assessment) -> str:
    """Return the share of people within the standard, and in the worst block, in words."""
    row = a.deployment.reach.query("area_id == 'all' and committed == 0").iloc[0]
    if pd.isna(row.population_share):
        return "Cover cannot be told until zones, crews and response standards are supplied"
    share = f"Of all people {percent(row.population_share)} live within the response standard of a free crew"
    extent = "the same" if row.low == row.high else f"{percent(row.low)} to {percent(row.high)}"
    bounds = f"{extent} over the range of the travel assumptions"
    if row.worst_share == row.population_share:
        return f"{share} ({bounds}), the same in every block"
    return f"{share} ({bounds}); in the worst block ({block_words(row.worst_block)}) {percent(row.worst_share)}"


def travel_sentence(a: Assessment) -> str:
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


def area_names(a: Assessment) -> dict[str, str]:
    """Return the name of each area, and of the whole force."""
    return {ALL: "Whole force", **dict(zip(a.tables["areas"]["area_id"], a.tables["areas"]["name"], strict=True))}


def block_words(name: str) -> str:
    """Return a block such as night-weekend-winter in words: winter weekend night."""
    return " ".join(reversed(str(name).split("-")))
