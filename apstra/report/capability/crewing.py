"""Whether crews can be crewed: the chance of all of them, and the shifts on which fewer than needed can be formed."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, when
from apstra.report.chart import COLOURS, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, percent, span, to_be_supplied

PRESENCE = "assumptions presence_share, shock_probability, shock_officers"


def crewing_headline(a: Assessment) -> str:
    """Return the lowest and highest chance of crewing every vehicle, in words."""
    rows = a.capability.crewing
    worst, best = rows.loc[rows["probability"].idxmin()], rows.loc[rows["probability"].idxmax()]
    if worst.probability == best.probability:
        return f"All rostered crews can be crewed with probability {percent(worst.probability)} in every block"
    return (
        f"All rostered crews can be crewed with probability {percent(worst.probability)} in the worst block "
        f"({block_words(worst.block)}) and {percent(best.probability)} in the best ({block_words(best.block)})"
    )


def floor(a: Assessment) -> Exhibit | Prose:
    """Return by block how likely each number of crews is, and the shifts a year on which it is below the floor."""
    rows, formed = a.capability.floor, a.capability.formed
    if rows.empty:
        return to_be_supplied("Crews needed by block")
    chances = formed.pivot_table(index="block", columns="crews", values="probability", aggfunc="first")
    most = int(max(rows["crews"].max(), rows["floor"].max()))
    chances = chances.reindex(index=rows["block"], columns=range(most + 1)).astype(float)
    with canvas(8.6, 1.0 + 0.36 * len(rows)) as (figure, axes):
        _draw_floor(axes, chances, rows)
    headline = floor_headline(a)
    return Exhibit(
        headline,
        "Probability that exactly so many crews can be formed, by block; left of the bar fewer than the areas need "
        f"together, a dash where no more are rostered, {when(a)}",
        f"Heat table of the probability of each number of crews by block. {headline}.",
        f"{made_of(a, 'crews', 'officers', 'currency', 'operations', 'other_work')}; {PRESENCE}",
        _floor_table(rows),
        figure,
    )


def _draw_floor(axes: Axes, chances: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Draw the chance of each number of crews, a mark where enough crews begin, the shifts below it on the right."""
    named = chances.set_axis([block_words(block) for block in rows["block"]])
    heat(axes, named, lambda chance: percent(chance).replace("under ", "<"))
    for text, chance in zip(axes.texts, chances.to_numpy().ravel(), strict=True):
        if np.isnan(chance):
            text.set_text("-")
    place = np.arange(len(rows))
    axes.vlines(rows["floor"] - 0.5, place - 0.5, place + 0.5, color=COLOURS["orange"], linewidth=5)
    for y, row in enumerate(rows.itertuples()):
        words = f"{row.shifts_below_floor:,.0f} of {row.shifts_a_year:,.0f} shifts below {row.floor}"
        axes.annotate(words, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=10)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("Crews formed; bar: where the crews needed begin", fontsize=10)


def _floor_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the shifts below the floor as a table for people."""
    return pd.DataFrame(
        {
            "Block": rows["block"].map(block_words),
            "Crews rostered": rows["crews"],
            "Crews needed": rows["floor"],
            "Shifts a year": rows["shifts_a_year"].map("{:,.0f}".format),
            "Probability of fewer than needed": rows["p_below_floor"].map(percent),
            "Shifts below, a year": rows["shifts_below_floor"].map("{:,.0f}".format),
            "Crews short, mean": rows["crews_short"].map("{:.1f}".format),
        }
    )


def floor_headline(a: Assessment) -> str:
    """Return on how many shifts a year fewer crews than needed can be formed, and why, in words."""
    rows = a.capability.floor
    shifts, below = rows["shifts_a_year"].sum(), rows["shifts_below_floor"].sum()
    said = f"On {below:,.0f} of {count(shifts, 'shift')} a year fewer crews than needed can be formed"
    if not below:
        return said
    short = span(rows["crews_short"].min(), rows["crews_short"].max(), "{:.1f}")
    said = f"{said}, {short} short on average by block"
    bare = rows.loc[rows["crews"] < rows["floor"], "shifts_a_year"].sum()
    if bare:
        which = "all" if bare >= below else f"{bare:,.0f}"
        return f"{said}; on {which} of them the roster itself holds fewer"
    worst = rows.loc[rows["p_below_floor"].idxmax()]
    return f"{said}, most often in {block_words(worst.block)} ({percent(worst.p_below_floor)} of shifts)"
