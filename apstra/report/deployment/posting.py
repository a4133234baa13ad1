"""What moving a crew would buy, who loses by it, and whether the simulation says the same."""

from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import block_words
from apstra.report.chart import canvas, changes
from apstra.report.deployment.words import ALL, base_names, exhibit, known, place_names, points, table_of
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, prose, to_be_supplied

CURRENT, BEST, SPARING = "current", "best", "no area worse"
STEP: Final = ["roster", "block", "step", "from_base", "to_base"]
LEAST: Final = 0.0005  # of a share; a change that rounds to no tenth of a percentage point is none
PLAYED: Final = {
    "Posting": "roster", "Place": "place place", "Exact model": "exact_share share",
    "Simulated (95% range)": "share ranged", "Gain, points (95% range)": "told",
}  # fmt: skip


def posting(a: Assessment) -> Exhibit | Prose:
    """Return what each move of a crew would change, by block and area."""
    moves, names, bases = a.deployment.moves, place_names(a), base_names(a)
    if not known(a):
        return to_be_supplied("The posting of crews")
    if moves.empty:
        return prose(f"{posting_sentence(a)}.")
    steps = moves.loc[(moves["roster"] == BEST) & (moves["place"] == ALL)]
    told = (bases[move.from_base] + " to\n" + bases[move.to_base] for move in steps.itertuples())
    labels = steps.assign(told=list(told)).groupby("block", sort=False)["told"].agg(",\n".join)
    change = _by_block(moves, BEST).pivot_table(
        index="block", columns="place", values="change", sort=False, dropna=False
    )
    extent = (min(change.min(axis=None), 0.0), max(change.max(axis=None), 0.0))
    with canvas(9.4, 0.8 + 0.62 * len(change), columns=len(change.columns)) as (figure, axes):
        for plot, place in zip(np.atleast_1d(axes), change, strict=True):
            changes(plot, change[place], change[place].map(points).tolist(), extent)
            plot.set_title(names[place], fontsize=11, loc="center")
        ticks = [f"{block_words(block)}:\n{labels[block]}" for block in change.index]
        np.atleast_1d(axes)[0].set_yticks(range(len(change)), ticks, fontsize=9)
    subtitle = (
        "Change in the share of calls answered within the standard, percentage points, where a crew moves in the best "
        "posting found of the crews on duty; crossed and bold: loses"
    )
    return exhibit(a, posting_sentence(a), subtitle, "Bars of the change by block, for the force and each area",
                   _moves_table(a), figure)  # fmt: skip


def _by_block(moves: pd.DataFrame, roster: str) -> pd.DataFrame:
    """Return the share before the first and after the last move of each block, and the change, by place."""
    ends = moves.loc[moves["roster"] == roster].groupby(["block", "place"], sort=False)
    shares = ends.agg(before=("share_before", "first"), after=("share_after", "last")).reset_index()
    return shares.assign(change=shares["after"] - shares["before"])


def _moves_table(a: Assessment) -> pd.DataFrame:
    """Return the moves of both postings as a table for people."""
    rows = []
    for (roster, block, _, leave, join), step in a.deployment.moves.groupby(STEP, sort=False):
        names, bases, force = place_names(a), base_names(a), step.iloc[0]
        shares = {names[r.place]: f"{percent(r.share_before)} to {percent(r.share_after)}" for r in step.itertuples()}
        rows.append(
            {"Posting": roster, "Block": block_words(block), "From": bases[leave], "To": bases[join], **shares,
             "Calls a year in the block": f"{force.calls_a_year:.1f}",
             "Of these, no crew free": f"{force.unmet_before:.2f} to {force.unmet_after:.2f}"}
        )  # fmt: skip
    return pd.DataFrame(rows)


def posting_sentence(a: Assessment) -> str:
    """Return what the best posting found would gain, who loses by it, and what is to be had without, in words."""
    moves = a.deployment.moves
    if moves.empty:
        return "No move of a crew was found that would answer more calls within the standard"
    best, sparing = (_by_block(moves, roster) for roster in (BEST, SPARING))
    worst, names = best.loc[best["change"].idxmin()], place_names(a)
    steps = count(len(moves.loc[(moves["roster"] == BEST) & (moves["place"] == ALL)]), "move")
    said = f"The best posting found ({steps}) gains{_overall(a, BEST)} most in {_change_words(_most(best))}"
    losing = [name for place, name in names.items() if (best.loc[best["place"] == place, "change"] < -LEAST).any()]
    if not losing:
        return f"{said}, and no area loses by it"
    said += f"; in some block {listed(losing)} would lose by it, most {names[worst.place]} in {_change_words(worst)}"
    said += _losing_over_the_year(a)
    if sparing.empty:
        return f"{said}; no move was found that gains without an area losing"
    return f"{said}; without any area losing one gains{_overall(a, SPARING)} most in {_change_words(_most(sparing))}"


def _most(blocks: pd.DataFrame) -> pd.Series:
    """Return the block in which the whole force gains most."""
    return blocks.loc[blocks.loc[blocks["place"] == ALL, "change"].idxmax()]


def _change_words(row: pd.Series) -> str:
    """Return the change of one block in words."""
    return f"{block_words(row.block)} ({percent(row.before)} to {percent(row.after)})"


def _overall(a: Assessment, roster: str) -> str:
    """Return what a posting gains over the year, in words; nothing where it is not known."""
    shares = _exact(a)
    if not {CURRENT, roster} <= set(shares) or ALL not in shares.index:
        return ""
    now, then = shares.loc[ALL, [CURRENT, roster]]
    ends = f"{percent(now)} to {percent(then)} of calls within the standard"
    return f" {points(then - now)} percentage points over the year ({ends}),"


def _losing_over_the_year(a: Assessment) -> str:
    """Return which areas the best posting costs something over the year, in words; nothing where it is not known."""
    shares, names = _exact(a), place_names(a)
    if not {CURRENT, BEST} <= set(shares):
        return ""
    lost = shares.loc[shares[BEST] < shares[CURRENT] - LEAST]
    told = [f"{names[row.Index]} ({percent(row.current)} to {percent(row.best)})" for row in lost.itertuples()]
    return f", over the year {listed(told) if told else 'no area'}"


def _exact(a: Assessment) -> pd.DataFrame:
    """Return the exact share of calls within the standard over the year, by place and posting."""
    return a.deployment.confirmation.pivot_table(index="place", columns="roster", values="exact_share", aggfunc="first")


def confirmation(a: Assessment) -> Exhibit | Prose:
    """Return each posting played on the same calls in the simulation, beside the exact model."""
    rows = a.deployment.confirmation
    if rows.empty or not known(a):
        return to_be_supplied("The simulation of each posting")
    told = ["the comparison" if row.roster == CURRENT else _gain_words(row) for row in rows.itertuples()]
    subtitle = (
        "Share of calls answered within the standard, each posting played call by call on the same calls; gain from "
        "the current posting, in pairs"
    )
    return exhibit(a, confirmation_sentence(a), subtitle, "", table_of(a, rows.assign(told=told), PLAYED), None,
                   source="exact hypercube; simulation with common random numbers")  # fmt: skip


def confirmation_sentence(a: Assessment) -> str:
    """Return whether the simulation finds the gain of the best posting too, in words."""
    rows = a.deployment.confirmation.query("place == 'all'").set_index("roster")
    if BEST not in rows.index:
        return "Only the current posting was played: none was found to serve better"
    best = rows.loc[BEST]
    clear = "a clear gain" if best.gain_low > 0 else "a loss" if best.gain_high < 0 else "no clear gain"
    return f"Simulated on the same calls the best posting found gains {_gain_words(best)} percentage points: {clear}"


def _gain_words(row: Any) -> str:
    """Return a gain with its range, in percentage points."""
    return f"{points(row.gain)} ({points(row.gain_low)} to {points(row.gain_high)})"
