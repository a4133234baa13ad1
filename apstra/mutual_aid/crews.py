"""How many of the crews at each set of bases are formed and free, and how many officers is that?

In: crews rostered, which of them are free together, how many can be formed. Out: by block of the week, the distribution
of crews ready at a set of bases.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from apstra.schema import LIST_SEPARATOR

FloatArray = NDArray[np.float64]
KEPT: Final = 64  # rosters at hand at which the free are told from the formed


def in_officers(crews: FloatArray, per_crew: NDArray[np.int64], most: int) -> FloatArray:
    """Return the distribution of crews (B, S, crews + 1) as one of their officers, 0 to ``most`` or more."""
    officers = np.zeros((*crews.shape[:2], most + 1))
    for each in np.unique(per_crew):
        blocks = np.flatnonzero(per_crew == each)
        for number in range(crews.shape[2]):
            officers[blocks, :, min(number * int(each), most)] += crews[blocks, :, number]
    return officers


def crews_ready(
    sets: NDArray[np.bool_],
    bases: Sequence[str],
    crews: pd.DataFrame,
    free: pd.DataFrame,
    formed: pd.DataFrame,
    blocks: Sequence[str],
) -> FloatArray:
    """Return P(0, 1, ... crews formed and free) at each set of bases, by block: (B, S, crews + 1).

    Free means free or on work that they can leave; where no load is known, crews on duty are free. Which of the crews
    rostered cannot be formed is equally likely, and independent of which are busy.
    """
    rostered = _by_block(crews, blocks)
    labels = [LIST_SEPARATOR.join(base for base, there in zip(bases, inside, strict=True) if there) for inside in sets]
    names = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    shape = (len(blocks), len(names), int(rostered.max(initial=0)) + 1)
    at_hand = _spread(shape, _places(free["block"], blocks), _places(free["bases"], names), free)
    whole = _spread((shape[0], 1, shape[2]), _places(formed["block"], blocks), 0, formed)[:, 0]
    unsaid = ~whole.any(axis=1)
    whole[unsaid, rostered[unsaid]] = 1.0
    kept = np.array([formed_of_free(chances, number) for chances, number in zip(whole, rostered, strict=True)])
    ready = (at_hand @ kept)[:, [names[label] for label in labels]]
    ready[:, 0] = np.eye(shape[2])[0]
    return ready


def _by_block(crews: pd.DataFrame, blocks: Sequence[str]) -> NDArray[np.int64]:
    """Return the crews rostered in each block (B,)."""
    number, place = crews["crews"].to_numpy(float), _places(crews["block"], blocks)
    counted = (place >= 0) & ~np.isnan(number)
    return np.bincount(place[counted], number[counted], len(blocks)).astype(np.int64)


def _places(labels: pd.Series, known: Iterable[str]) -> NDArray[np.int64]:
    """Return the position of each label among those ``known``, -1 for any other."""
    place = {label: number for number, label in enumerate(known)}
    return np.array([place.get(label, -1) for label in labels.tolist()], np.int64)


def _spread(
    shape: tuple[int, int, int], block: NDArray[np.int64], row: NDArray[np.int64] | int, rows: pd.DataFrame
) -> FloatArray:
    """Return the probabilities of ``rows`` as an array over block, row and number of crews.

    Where the demand on them is not known (blank), all the crews there are count.
    """
    chances, number = rows["probability"].to_numpy(float), rows["crews"].to_numpy(int)
    if np.isnan(chances).any():
        most = rows.groupby([name for name in ("block", "bases") if name in rows])["crews"].transform("max")
        chances = np.where(np.isnan(chances), number == most.to_numpy(int), chances)
    spread = np.zeros(shape)
    known = (block >= 0) & (np.asarray(row) >= 0)
    rows_at = np.broadcast_to(row, known.shape)[known]
    np.add.at(spread, (block[known], rows_at, np.minimum(number[known], shape[2] - 1)), chances[known])
    return spread


def formed_of_free(formed: FloatArray, rostered: int) -> FloatArray:
    """Return P(k formed | so many free), as square as ``formed``, when each crew is as likely to be formed.

    Parameters
    ----------
    formed
        P(0, 1, ... of the crews ``rostered`` can be formed), longer than the roster if need be.

    Notes
    -----
    Of F free crews, k are among the c formed of n with hypergeometric probability C(F, k) C(n - F, c - k) / C(n, c).
    """
    return np.asarray(_ways(formed.size, rostered) @ formed[: rostered + 1])


@lru_cache(maxsize=KEPT)
def _ways(size: int, rostered: int) -> FloatArray:
    """Return P(k formed | so many free, so many formed of those rostered): (size, size, rostered + 1)."""
    free, kept, made = np.ogrid[:size, :size, : rostered + 1]
    ways = special.comb(free, kept) * special.comb(rostered - free, made - kept) / special.comb(rostered, made)
    ways.setflags(write=False)
    return np.asarray(ways)


def officers_per_crew(crews: pd.DataFrame, blocks: Sequence[str]) -> NDArray[np.int64]:
    """Return the officers of a crew by block (B,): where crews on duty differ, the fewest."""
    on_duty, place = crews["crews"].to_numpy(float) > 0, _places(crews["block"], blocks)
    on_duty &= place >= 0
    fewest = np.full(len(blocks), np.inf)
    np.fmin.at(fewest, place[on_duty], crews["officers_per_crew"].to_numpy(float)[on_duty])
    return np.where(np.isinf(fewest), 0, fewest).astype(np.int64)
