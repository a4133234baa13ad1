"""How the force's rate of firearms operations stands beside its region's, its peers' and other forces'."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.demand.national import LEVELS, OTHERS, adjusted_limits, chance_limits
from apstra.demand.pattern import PER_PEOPLE
from apstra.report.chart import COLOURS, LABEL_GAP, canvas, dots
from apstra.report.exhibit import Exhibit, Prose, count, listed, span, to_be_supplied

RATE: Final = "Operations for every 100,000 residents"
NOTE: Final = "forces whose count was found, not a sample, none with fewer than 100,000 residents"
CHANCE: Final = "by chance alone"
MARKS: Final = {"other": ("o", COLOURS["dark"]), "peer": ("s", COLOURS["blue"]), "force": ("D", COLOURS["orange"])}
SIZE: Final = (7.4, 4.8)  # inches
INSIDE: Final = (0.77, 0.84)  # share of the picture within the axes
LETTER: Final = (0.078, 0.16)  # inches a letter of a name takes, across and up
BOLDER: Final = 1.15
BESIDE: Final = (
    (1, 0), (-1, 0), (1, 0.8), (1, -0.8), (-1, 0.8), (-1, -0.8), (0, 1), (0, -1), (1, 1.8), (1, -1.8), (0, 2), (0, -2),
)  # fmt: skip
COVERED: Final = (1, 5, 9)  # what it costs a name to cover a point, another name, the frame


def comparison(a: Assessment) -> Exhibit | Prose:
    """Return the rates of the force, its region, its peers and all forces with a count, and the latest printed."""
    rows = a.demand.national
    if rows.empty:
        return to_be_supplied("The force's rate beside other forces'")
    printed = int((rows["group"] == "printed").sum())
    with canvas(7.6, 1.0 + 0.42 * len(rows)) as (figure, axes):
        axes.hlines(range(len(rows)), rows["least"], rows["most"], color=COLOURS["grey"], linewidth=9, zorder=0)
        dots(axes, [_label(row) for row in rows.itertuples()], rows["rate"], rows["low"], rows["high"],
             [_told(row) for row in rows.itertuples()])  # fmt: skip
        if 0 < printed < len(rows):
            axes.axhline(len(rows) - printed - 0.5, color=COLOURS["dark"], linewidth=0.8, linestyle=":")
        axes.set_xlim(left=0)
        axes.set_xlabel(RATE)
    headline = comparison_headline(a)
    return Exhibit(
        headline,
        f"{RATE}, each line of one year and one release: dot with exact 95% limits, grey from the lowest to the "
        "highest force counted; under the dotted line, what other releases print",
        f"Dot chart of rates. {headline}.",
        _source(rows),
        _comparison_table(rows),
        figure,
    )


def comparison_headline(a: Assessment) -> str:
    """Return the force's rate beside the others', and the latest that is printed."""
    rows = a.demand.national.set_index("group")
    latest = [
        f"{row.name} {row.rate:.{0 if pd.isna(row.operations) else 1}f} in {row.year}"
        for row in a.demand.national.query("group == 'printed' and rate.notna()").head(1).itertuples()
    ]
    after = f"; latest printed elsewhere: {latest[0]}" if latest else ""
    if "force" not in rows.index:
        return f"No release counts the force and {OTHERS} others in one year{after}"
    own = rows.loc["force"]
    beside = [f"{row.rate:.1f} for {_words(row)}" for row in rows.drop("printed", errors="ignore").iloc[1:].itertuples()
              if row.counted]  # fmt: skip
    return (
        f"{own['name']} had {own.rate:.1f} firearms operations for every 100,000 residents in {own.year} (95% range "
        f"{span(own.low, own.high, '{:.1f}')}), beside {listed(beside)}{after}"
    )


def _words(row: Any) -> str:
    """Return a group of forces in a sentence, with how many of them are counted."""
    name = {"region": row.name, "peers": "the peer group", "all": "all forces with a count"}[row.Index]
    return f"{name} ({row.counted} of {row.of})"


def _label(row: Any) -> str:
    """Return a line's name with its year, and how many forces are counted where not all are."""
    part = f" ({row.counted} of {row.of})" if row.counted < row.of else ""
    return f"{row.name}{part}, {row.year}"


def _told(row: Any) -> str:
    """Return a rate with its range, or that there is no count, or that it is as printed."""
    if pd.isna(row.rate):
        return "no count"
    if pd.isna(row.operations):
        return f"{row.rate:.0f}, as printed"
    return f"{row.rate:.1f} ({span(row.low, row.high, '{:.1f}')})"


def _comparison_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rates as a table for people."""
    return pd.DataFrame(
        {
            "Whose rate": rows["name"],
            "Year": rows["year"],
            "Operations": rows["operations"].map("{:,.0f}".format).replace("nan", "not known"),
            "Residents": rows["residents"].map("{:,.0f}".format).replace("nan", "not known"),
            "Population of": rows["population"],
            RATE: [_told(row).split(" (")[0] for row in rows.itertuples()],
            "Exact 95% limits": [span(row.low, row.high, "{:.1f}") for row in rows.itertuples()],
            "Forces counted": [f"{row.counted} of {row.of}" for row in rows.itertuples()],
            "Lowest and highest force": [span(row.least, row.most, "{:.1f}") for row in rows.itertuples()],
            "Not counted": [listed(row.without.split("; ")) if row.without else "none" for row in rows.itertuples()],
            "Release": rows["release"],
        }
    )


def _source(rows: pd.DataFrame) -> str:
    """Return the releases with their years, the populations, and which forces are compared."""
    releases = [f"{release}, {listed(sorted(same.unique()))}"
                for release, same in rows.groupby("release", sort=False)["year"]]  # fmt: skip
    people = sorted(set(rows["population"]) - {"as printed"})
    return f"{'; '.join(releases)}; residents: ONS, {listed(people)}; {NOTE}; peers as the force's settings name them"


def funnel(a: Assessment) -> Exhibit | Prose:
    """Return every force's rate against its residents, with the limits outside which a force stands out."""
    rows = a.demand.funnel
    if rows.empty:
        return to_be_supplied(f"The funnel of forces: a year with a count of the force and {OTHERS} others")
    with canvas(*SIZE) as (figure, axes):
        _draw_limits(axes, rows)
        _draw_forces(axes, rows)
    headline = funnel_headline(a)
    first = rows.iloc[0]
    return Exhibit(
        headline,
        f"{RATE} against residents, {first.year}, {count(len(rows), 'force')} with a count; limits given how much "
        "forces differ (95% dashed, 99.8% solid) and by chance alone (95%, shaded); diamond: the force, squares: its "
        "peers",
        f"Funnel plot. {headline}.",
        _source(rows) + "; limits after Spiegelhalter (2005)",
        _funnel_table(rows),
        figure,
    )


def funnel_headline(a: Assessment) -> str:
    """Return where the force lies in the funnel, and who lies outside."""
    rows = a.demand.funnel
    own = rows.loc[rows["group"] == "force"].iloc[0]
    outside = rows.loc[rows["place"] != "inside"]
    stand = own.place.replace("above", "above the").replace("below", "below the").replace("inside", "inside the 95%")
    vary = f"{own.phi:.0f} times as much as" if own.tau > 0 else "no more than"
    told = [f"{row.force} ({row.place})" for row in outside.loc[outside["group"] != "force"].itertuples()]
    return (
        f"Allowing for how much forces differ, {own.force} lies {stand} limits of {own.year} (z {own.z_adjusted:+.1f})"
        f"; forces vary {vary} chance alone would make them; others outside: {listed(told)}"
    )


def _draw_limits(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the centre and the limits over the range of residents, each named at its right end."""
    people = np.geomspace(rows["residents"].min() / 1.25, rows["residents"].max() * 1.25, 200)
    across, centre, tau = people / PER_PEOPLE, float(rows["centre"].iloc[0]), float(rows["tau"].iloc[0])
    low, high = chance_limits(across, centre, LEVELS["95"])
    axes.fill_between(people, low, high, color=COLOURS["grey"], alpha=0.6, linewidth=0)
    axes.plot(people, np.full(len(people), centre), color=COLOURS["dark"], linewidth=1.2, zorder=1.5)
    ends = {CHANCE: float(low[-1]), f"all, {centre:.1f}": centre}
    for (name, level), style in zip(LEVELS.items(), ("--", "-"), strict=True):
        low, high = adjusted_limits(across, centre, tau, level)
        axes.plot(people, low, people, high, color=COLOURS["teal"], linewidth=1.6, linestyle=style, zorder=1.5)
        ends["95%" if name == "95" else "99.8%"] = float(high[-1])
    axes.set_xscale("log")
    axes.set_xlim(people[0], people[-1])
    axes.set_ylim(0, 1.05 * max(rows["rate"].max(), *ends.values()))
    gap, place = LABEL_GAP / SIZE[1] * axes.get_ylim()[1] * 1.3, -np.inf
    for name, end in sorted(ends.items(), key=lambda pair: pair[1]):
        place = max(end, place + gap)
        axes.annotate(name, (people[-1], place), (5, 0), textcoords="offset points", va="center", fontsize=9,
                      annotation_clip=False)  # fmt: skip
    ticks = [step * PER_PEOPLE for step in (1, 2, 5, 10, 20, 50, 100) if people[0] <= step * PER_PEOPLE <= people[-1]]
    axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("Residents")
    axes.set_ylabel(RATE)


def _draw_forces(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw each force, and name the force, its peers and who lies outside, no name over another."""
    for kind, (mark, colour) in MARKS.items():
        part = rows.loc[rows["group"] == kind]
        axes.plot(part["residents"], part["rate"], mark, color=colour, markersize=9 if kind == "force" else 6)
    left, right = np.log(axes.get_xlim())
    places = np.column_stack(
        [
            (np.log(rows["residents"]) - left) / (right - left) * SIZE[0] * INSIDE[0],
            rows["rate"] / axes.get_ylim()[1] * SIZE[1] * INSIDE[1],
        ]
    )
    named = rows.loc[(rows["group"] != "other") | (rows["place"] != "inside")].sort_values("group", kind="stable")
    taken = [(x - 0.06, y - 0.06, x + 0.06, y + 0.06, COVERED[0]) for x, y in places]
    for place, row in zip(places[named.index], named.itertuples(), strict=True):
        bold = row.group == "force"
        side, box = _free_side(place, len(row.force) * (BOLDER if bold else 1.0), taken)
        taken.append(box)
        axes.annotate(
            row.force, (row.residents, row.rate), (8 * side[0], 13 * side[1]), textcoords="offset points", va="center",
            ha=("center", "left", "right")[int(side[0])], fontsize=9, zorder=1.9,
            fontweight="bold" if bold else None,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
            arrowprops={"arrowstyle": "-", "linewidth": 0.6} if abs(side[1]) > 1 else None,
        )  # fmt: skip


def _free_side(place: Any, letters: float, taken: list[Any]) -> tuple[tuple[float, float], Any]:
    """Return the side of a point [inches] where a name of so many letters covers least, and the box it takes."""
    wide, tall = letters * LETTER[0], LETTER[1]
    found = []
    for across, up in BESIDE:
        x = place[0] + across * 0.11 + (min(across, 0) if across else -0.5) * wide
        y = place[1] + up * 0.18 - tall / 2
        cost = sum(b[4] for b in taken if x < b[2] and b[0] < x + wide and y < b[3] and b[1] < y + tall)
        cost += COVERED[2] * (x < 0 or x + wide > SIZE[0] * INSIDE[0] or y < 0)
        found.append((cost, (across, up), (x, y, x + wide, y + tall, COVERED[1])))
    return min(found, key=lambda each: each[0])[1:]


def _funnel_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the forces as a table for people, highest rate first."""
    rows = rows.sort_values("rate", ascending=False)
    return pd.DataFrame(
        {
            "Force": rows["force"],
            "Group": rows["group"].map({"force": "the force", "peer": "peer", "other": "other"}),
            "Operations": rows["operations"].map("{:,.0f}".format),
            "Residents": rows["residents"].map("{:,.0f}".format),
            RATE: rows["rate"].map("{:.1f}".format),
            "Exact 95% limits": [span(row.low, row.high, "{:.1f}") for row in rows.itertuples()],
            "95% by chance alone": [span(row.chance_low_95, row.chance_high_95, "{:.1f}") for row in rows.itertuples()],
            "95% limits": [span(row.low_95, row.high_95, "{:.1f}") for row in rows.itertuples()],
            "99.8% limits": [span(row.low_998, row.high_998, "{:.1f}") for row in rows.itertuples()],
            "z": rows["z_adjusted"].map("{:+.1f}".format),
            "Where": rows["place"],
        }
    )
