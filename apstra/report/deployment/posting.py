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
