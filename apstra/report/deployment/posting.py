"""What moving a crew would buy, who loses by it, and whether the simulation says the same."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, when
from apstra.report.chart import COLOURS, canvas
from apstra.report.deployment.words import ALL, EXACT, POSTED, base_names, known, place_names, points, ranged
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, prose, to_be_supplied

CURRENT, BEST, SPARING = "current", "best", "no area worse"
STEP: Final = ["roster", "block", "step", "from_base", "to_base"]
LEAST: Final = 0.0005  # of a share; a change that rounds to no tenth of a percentage point is none


def posting(a: Assessment) -> Exhibit | Prose:
    """Return what each move of a crew would change, by block and area."""
    moves = a.deployment.moves
    if not known(a):
        return to_be_supplied("The posting of crews")
    if moves.empty:
        return prose(f"{posting_sentence(a)}.")
    blocks = _by_block(moves.loc[moves["roster"] == BEST])
    wide = blocks.pivot_table(index="block", columns="place", values="change", sort=False, dropna=False)
    labels = [f"{block_words(block)}:\n{_moves_words(a, block)}" for block in wide.index]
    with canvas(9.4, 1.0 + 0.62 * len(wide), columns=len(wide.columns)) as (figure, axes):
        for plot, place in zip(np.atleast_1d(axes), wide, strict=True):
            _draw_change(plot, wide[place], float(wide.abs().max(axis=None)), labels if place == ALL else [])
            plot.set_title(place_names(a)[place], fontsize=11)
    headline = posting_sentence(a)
    return Exhibit(
        headline,
        "Change in the share of calls answered within the standard, percentage points, by block where a crew moves in "
        f"the best posting found of the crews on duty; crossed orange: loses. {when(a)}",
        f"Bar charts of the change by block, for the force and each area. {headline}.",
        f"{made_of(a, *POSTED)}; {EXACT}",
        _moves_table(a, moves),
        figure,
    )


def _by_block(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the share before the first and after the last move of each block, and the change, by place."""
    ends = moves.groupby(["block", "place"], sort=False).agg(
        before=("share_before", "first"), after=("share_after", "last")
    )
    return ends.assign(change=ends["after"] - ends["before"]).reset_index()


def _moves_words(a: Assessment, block: str) -> str:
    """Return the moves of the best posting in a block, in words."""
    moves, names = a.deployment.moves, base_names(a)
    made = moves.loc[(moves["roster"] == BEST) & (moves["block"] == block) & (moves["place"] == ALL)]
    return ",\n".join(f"{names[move.from_base]} to {names[move.to_base]}" for move in made.itertuples())


def _draw_change(axes: Axes, change: pd.Series, widest: float, labels: list[str]) -> None:
    """Draw the change of one place in each block as a bar from the middle: plain where it gains, crossed where not."""
    rows = np.arange(len(change))
    for sign, colour, hatch in ((1, COLOURS["blue"], ""), (-1, COLOURS["orange"], "xx")):
        axes.barh(rows, (sign * change).clip(lower=0) * sign, color=colour, hatch=hatch, edgecolor="white", height=0.6)
    for row, value in zip(rows, change, strict=True):
        side = "right" if value < 0 else "left"
        axes.text(np.nan_to_num(value), row, f" {points(0.0, value)} ", ha=side, va="center", fontsize=10)
    axes.axvline(0, color=COLOURS["dark"], linewidth=0.8)
    axes.set_xlim(-2 * widest, 2 * widest)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(rows if labels else [], labels, fontsize=10)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _moves_table(a: Assessment, moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves of both postings as a table for people."""
    names, bases = place_names(a), base_names(a)
    rows = []
    for (roster, block, _, leave, join), step in moves.groupby(STEP, sort=False):
        shares = {names[r.place]: f"{percent(r.share_before)} to {percent(r.share_after)}" for r in step.itertuples()}
        force = step.loc[step["place"] == ALL].iloc[0]
        unmet = f"{force.unmet_before:.2f} to {force.unmet_after:.2f}"
        rows.append(
            {"Posting": roster, "Block": block_words(block), "From": bases[leave], "To": bases[join], **shares,
             "Calls a year in the block": f"{force.calls_a_year:.1f}", "Of these, no crew free": unmet}
        )  # fmt: skip
    return pd.DataFrame(rows)


def posting_sentence(a: Assessment) -> str:
    """Return what the best posting found would gain, who loses by it, and what is to be had without, in words."""
    moves, names = a.deployment.moves, place_names(a)
    if moves.empty:
        return "No move of a crew was found that would answer more calls within the standard"
    best, sparing = (_by_block(moves.loc[moves["roster"] == roster]) for roster in (BEST, SPARING))
    steps = int(((moves["roster"] == BEST) & (moves["place"] == ALL)).sum())
    most = best.loc[best.loc[best["place"] == ALL, "change"].idxmax()]
    said = (
        f"The best posting found makes {count(steps, 'move')} in {count(best['block'].nunique(), 'block')}{_overall(a)}; "
        f"it gains most in the {_change_words(most)}"
    )
    worst = best.loc[best["change"].idxmin()]
    if worst.change < -LEAST:
        losing = [names[place] for place in best.loc[best["change"] < -LEAST, "place"].unique()]
        said += f". In some block {listed(losing)} {'loses' if len(losing) == 1 else 'lose'} by it, most {names[worst.place]} in the {_change_words(worst)}"
    if sparing.empty:
        return f"{said}; no move was found that gains without an area losing" if worst.change < -LEAST else said
    fair = sparing.loc[sparing.loc[sparing["place"] == ALL, "change"].idxmax()]
    return f"{said}; without any area losing, most is gained in the {_change_words(fair)}"


def _change_words(row: pd.Series) -> str:
    """Return the change of one block in words."""
    return f"{block_words(row.block)} ({percent(row.before)} to {percent(row.after)})"


def _overall(a: Assessment) -> str:
    """Return what the best posting gains over the year, in words; nothing where it is not known."""
    exact = a.deployment.confirmation.query("place == @ALL").set_index("roster")["exact_share"]
    if not {CURRENT, BEST} <= set(exact.index):
        return ""
    change = f"{percent(exact[CURRENT])} to {percent(exact[BEST])}, {points(exact[CURRENT], exact[BEST])} points"
    return f" and moves the share of calls answered within the standard from {change}"


def confirmation(a: Assessment) -> Exhibit | Prose:
    """Return each posting played on the same calls in the simulation, beside the exact model."""
    rows = a.deployment.confirmation
    if rows.empty:
        return to_be_supplied("The simulation of each posting")
    table = pd.DataFrame(
        {
            "Posting": rows["roster"],
            "Place": rows["place"].map(place_names(a)),
            "Within the standard, exact model": rows["exact_share"].map(percent),
            "Simulated (95% range)": [ranged(row.share, row.share_low, row.share_high) for row in rows.itertuples()],
            "Gain, points (95% range)": [
                "compared with" if row.roster == CURRENT else _gain_words(row) for row in rows.itertuples()
            ],
        }
    )
    return Exhibit(
        confirmation_sentence(a),
        "Each posting played call by call on the same calls; gain from the current posting in percentage points, paired. "
        f"{when(a)}",
        "",
        f"{made_of(a, *POSTED)}; {EXACT}; simulation with common random numbers",
        table,
    )


def confirmation_sentence(a: Assessment) -> str:
    """Return whether the simulation finds the gain of the best posting too, in words."""
    rows = a.deployment.confirmation.query("place == @ALL").set_index("roster")
    if BEST not in rows.index:
        return "Only the current posting was played: no other was found to serve better"
    best = rows.loc[BEST]
    told = f"the best posting found gains {_gain_words(best)} percentage points"
    if best.gain_low > 0:
        return f"The simulation confirms it: {told}"
    return f"The simulation shows {'a loss' if best.gain_high < 0 else 'no clear gain'}: {told}"


def _gain_words(row: pd.Series) -> str:
    """Return a gain with its range, in percentage points."""
    return f"{points(0.0, row.gain)} ({points(0.0, row.gain_low)} to {points(0.0, row.gain_high)})"
