"""How many crews are free together at the bases that are within reach of a place.

In: who is free in each block (the exact hypercube) and the journeys from every base. Out: for every set of bases that
is nearest to some zone, the probability of each number of crews free there. Crews share their work, so the chance for a
set of bases is no product of chances base by base.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.deployment.availability import Availability
from apstra.deployment.reach import areas, share, within
from apstra.deployment.work import FloatArray, Work
from apstra.schema import LIST_SEPARATOR


def crews_free(
    found: Sequence[Availability], journeys: Sequence[FloatArray], bases: pd.DataFrame, blocks: Sequence[str]
) -> pd.DataFrame:
    """Return how many crews are free at the bases nearest to each zone, whatever the time allowed.

    Parameters
    ----------
    found
        The answer of each block.
    journeys
        Minutes of each zone and base (Z, A), as they are and at the ends of the travel assumptions.

    Returns
    -------
    frame
        ``block``, ``bases`` (a set: their ids in the order of the table, separated by ``|``), ``crews`` free there,
        ``probability``. Blank probabilities where demand is not known.
    """
    names = bases["base_id"].to_numpy(object)
    frames = []
    for inside in nearest_sets(journeys):
        label = LIST_SEPARATOR.join(names[inside])
        for block, one in zip(blocks, found, strict=True):
            chances = one.free_at(inside)
            frames.append((block, label, np.arange(chances.size), chances))
    sizes = [chances.size for *_, chances in frames]
    return pd.DataFrame(
        {
            "block": np.repeat(np.array([block for block, *_ in frames], object), sizes),
            "bases": np.repeat(np.array([label for _, label, *_ in frames], object), sizes),
            "crews": np.concatenate([np.empty(0, np.int64), *(crews for *_, crews, _ in frames)]),
            "probability": np.concatenate([np.empty(0), *(chances for *_, chances in frames)]),
        }
    )


def nearest_sets(journeys: Sequence[FloatArray]) -> NDArray[np.bool_]:
    """Return every set of bases (sets, A) that are the ones within some time of some zone, the empty one among them."""
    width = journeys[0].shape[1]
    if not width:
        return np.zeros((1, 0), bool)
    near = [minutes[:, np.newaxis, :] <= minutes[:, :, np.newaxis] for minutes in journeys]
    return np.unique(np.concatenate([np.zeros((1, width), bool), *(sets.reshape(-1, width) for sets in near)]), axis=0)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the rest of an assessment needs of a posting.

    Attributes
    ----------
    travel
        ``base_id``, ``zone_id``, ``minutes``.
    free
        What ``crews_free`` returns.
    within
        Share of a year's calls answered within the standard, by area and for the force (``all``).
    work, found
        What it follows from: calls and journeys, and the answer of each block.
    """

    travel: pd.DataFrame
    free: pd.DataFrame
    within: pd.Series
    work: Work
    found: Sequence[Availability]


def within_by_area(work: Work, found: Sequence[Availability], tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Return the share of a year's calls answered within the standard, by area and for the force (``all``)."""
    calls = work.firearms * work.hours[:, np.newaxis]
    met = within(work, np.array([one.first for one in found]))
    return pd.Series({place: share(met, calls * inside) for place, inside in areas(tables)}, dtype=float)
