"""What must the crews on duty in one block achieve in each policing area, and what does a posting achieve?

In: policing areas, their zones, bases and standards, the assurance level, and ``Work``. Out: each area's target and,
from the exact hypercube, the share of its calls that a posting answers within the standard. The target is the area's
standard, but never more than the assurance level of what some base can reach: places beyond the standard from every
base are for a base or a standard to mend, not for crews.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.deployment.availability import REMEMBERED, BlockCalls, answered, calls_of
from apstra.deployment.work import Crews, FloatArray, Work
from apstra.scenario import Scenario

CALLS_KEPT: Final = 48  # of which postings are remembered: some 50 each, so that they stay below 80 MiB
TINY: Final = 1e-9  # of a share; less short of a target than that is rounding
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What the policing areas ask of crews: R areas, Z zones, A bases.

    Attributes
    ----------
    zones, bases
        Whether a zone (R, Z), a base (R, A) lies in an area.
    near
        Whether a crew of the base is in the zone within its standard (Z, A); of any base where there is no standard.
    minutes, share
        Each area's standard (R,) [minutes], [share of calls]; NaN where there is none.
    level
        The assurance level.
    least
        Crews to stand at an area's bases whatever its load (R,).
    """

    zones: NDArray[np.bool_]
    bases: NDArray[np.bool_]
    near: NDArray[np.bool_]
    minutes: FloatArray
    share: FloatArray
    level: float
    least: Crews


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """What the crews of one block are to achieve at one level of demand, and every posting scored for it.

    Attributes
    ----------
    calls
        The calls to answer, at that level of demand.
    weights
        Share of each area's calls by zone (R, Z), zones alike where nobody calls; NaN for an area without zones.
    attainable, target
        Share of each area's calls that some base can reach within the standard, and that are to be so answered (R,).
    helps
        Whether a crew of the base answers calls of the area within the standard (R, A).
    scored
        The shares of each posting, by the bytes of its crews.
    """

    calls: BlockCalls
    places: Places
    weights: FloatArray
    attainable: FloatArray
    target: FloatArray
    helps: NDArray[np.bool_]
    scored: dict[bytes, FloatArray]

    def shares(self, crews: Crews) -> FloatArray:
        """Return the share of each area's calls that ``crews`` (A,) answer within the standard (R,), solved once.

        Of several postings (n, A), and so all that follows: those of each, one after the other (n, R).
        """
        if crews.ndim > 1:
            return np.reshape([self.shares(one) for one in crews], (len(crews), len(self.weights)))
        key = crews.tobytes()
        if key not in self.scored:
            self.learn([key], first_of(self.calls, crews)[np.newaxis])
        return self.scored[key]

    def learn(self, postings: list[bytes], first: FloatArray) -> None:
        """Score postings, given who answers first with each (n, Z, A)."""
        near = (first * self.places.near).sum(axis=-1)
        # Row by row, so that a posting has the same score to the last digit whichever others it is scored with.
        self.scored.update(zip(postings, (near[:, np.newaxis] * self.weights).sum(axis=-1), strict=True))

    def total(self, crews: Crews) -> FloatArray:
        """Return the sum of the areas' shares, those without zones left out."""
        return np.asarray(np.nan_to_num(self.shares(crews)).sum(axis=-1))

    def gaps(self, crews: Crews) -> FloatArray:
        """Return by how much ``crews`` fall short of each area's target (R,)."""
        return self.short(self.shares(crews))

    def short(self, shares: FloatArray) -> FloatArray:
        """Return by how much ``shares`` are below each area's target (..., R)."""
        return np.fmax(self.target - shares - TINY, 0.0)

    def bare(self, crews: Crews) -> NDArray[np.bool_]:
        """Return the areas with fewer crews than they are to have whatever their load (R,)."""
        return crews @ self.places.bases.T < self.places.least

    def failed(self, crews: Crews) -> NDArray[np.bool_]:
        """Return the areas that ``crews`` fail (R,)."""
        return self.bare(crews) | (self.gaps(crews) > 0)

    def meets(self, crews: Crews) -> NDArray[np.bool_]:
        """Tell which of ``crews`` (n, A) fail no area (n,); who answers is not asked where an area is bare."""
        enough = np.asarray(~self.bare(crews).any(axis=-1))
        enough[enough] = ~self.gaps(crews[enough]).any(axis=-1)
        return enough


@lru_cache(maxsize=CALLS_KEPT)
def who_answers(_calls: BlockCalls) -> dict[bytes, FloatArray]:
    """Return who answers first (Z, A), by posting, as far as it was found: another standard asks the same again."""
    return {}


def first_of(calls: BlockCalls, crews: Crews) -> FloatArray:
    """Return the probability that the nearest free crew is from each base (Z, A)."""
    if calls.journey.size > REMEMBERED:
        return answered(calls, crews).first
    known, key = who_answers(calls), crews.tobytes()
    if key not in known:
        known[key] = answered(calls, crews).first
    return known[key]


def places_of(tables: Tables, work: Work, standards: pd.DataFrame, scenario: Scenario) -> Places:
    """Return what the policing areas ask of crews."""
    names = tables["areas"]["area_id"].to_numpy()[:, np.newaxis]
    zones, bases = (names == tables[table]["area_id"].to_numpy() for table in ("zones", "bases"))
    asked = standards.reindex(tables["areas"]["area_id"])
    return Places(
        zones=zones,
        bases=bases,
        near=~(work.turnout + work.minutes > work.standard[:, np.newaxis]),
        minutes=asked["minutes"].to_numpy(float),
        share=asked["share"].to_numpy(float),
        level=scenario.assurance_level,
        least=bases.any(axis=1) * round(scenario.value("required_crews_minimum")),
    )


def aims_of(work: Work, places: Places, factor: float) -> list[Aim]:
    """Return what crews are to achieve by block when firearms demand is ``factor`` times what is expected."""
    known = np.nan_to_num(work.firearms) * factor
    busier = replace(work, firearms=known, scene_hours=np.nan_to_num(work.scene_hours))
    return [_aim(places, known[block], calls_of(busier, block)) for block in range(len(known))]


def _aim(places: Places, known: FloatArray, asked: BlockCalls) -> Aim:
    """Return what crews are to achieve in a block, given the rate of calls of each zone (Z,)."""
    calls = places.zones * known
    calls = np.where(calls.any(axis=1, keepdims=True), calls, places.zones)
    total = calls.sum(axis=1, keepdims=True)
    weights = np.divide(calls, total, out=np.full(calls.shape, np.nan), where=total > 0)
    attainable = weights @ places.near.any(axis=1)
    return Aim(
        calls=asked,
        places=places,
        weights=weights,
        attainable=attainable,
        target=np.fmin(places.share, places.level * attainable),
        helps=(calls > 0) @ places.near,
        scored={},
    )
