"""Is what a threat asks for met in time, by whom, and what stands in the way where it is not?

In: the needs of each threat and area, the force's own officers by set of bases, aid by zone and moment. Out: for every
requirement and for every threat as a whole, area by area, the probability that all the officers called for have come
in time: with own officers, with home donors, with collaboration (regional donors too), with national aid; and the curve
over time.

Given the block, the zone and who is free, what arrives for different roles is independent; so the requirements of one
threat are multiplied block by block and zone by zone, and averaged after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apstra.mutual_aid.needs import Need, by_threat
from apstra.mutual_aid.supply import SOURCES, Ground

FloatArray = NDArray[np.float64]
CURVE_MINUTES: Final = np.arange(0.0, 481.0, 10.0)
DIGITS: Final = 12
NEVER: Final = 1e-12  # below this a probability is nothing but rounding


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """How far one threat is met in one area: R requirements, sources as in ``SOURCES``, B blocks, z zones.

    Attributes
    ----------
    needs
        What it asks for there.
    each, ever, nobody
        P(met in time) of each requirement (R, 4); P(met however late) and P(nobody ever comes), with all aid (R,).
    together
        P(all met in time) by source, block and zone (4, B, z).
    curve
        P(all officers of all requirements have arrived) by source and moment (4, T); no moment where not followed.
    not_met
        P(an occurrence finds what it calls for not met in time) by source (4,): requirements that arise at fewer
        occurrences than others count at those alone.
    """

    needs: list[Need]
    each: FloatArray
    ever: FloatArray
    nobody: FloatArray
    together: FloatArray
    curve: FloatArray
    not_met: FloatArray


def arrivals(found: Ground) -> Iterator[tuple[list[Need], list[FloatArray]]]:
    """Give the needs of every threat and area, and of each P(enough have come) by source, block, zone and moment."""
    worked_out: dict[tuple[object, ...], FloatArray] = {}
    every = np.arange(found.moments.size)
    for wanted in by_threat(found.needs):
        keys = [(need.role, need.helpers, need.needed, need.area_id) for need in wanted]
        for key, need in zip(keys, wanted, strict=True):
            if key not in worked_out:
                worked_out[key] = found.enough(need, found.areas[need.area_id][0], every)
        yield wanted, [worked_out[key] for key in keys]


@dataclass(frozen=True, slots=True, eq=False)
class InTime:
    """How likely officers are in time, each number of a role and time once: K of them, S sources, A areas.

    Attributes
    ----------
    row
        Role, roles that may stand in, officers needed and minutes to the position among the K.
    chances
        P(in time) by source, block and zone of the force (K, S, B, Z).
    weights
        Weight of each zone in each area (Z, A).
    """

    row: Mapping[tuple[object, ...], int]
    chances: FloatArray
    weights: FloatArray


def in_time(found: Ground, *, all_aid: bool = False) -> InTime:
    """Return how likely the officers of all needs are in time, anywhere in the force: by source, or with all aid."""
    asked, zones = _asked(found), np.arange(len(found.zones))
    due = np.searchsorted(found.moments, [need.within_minutes for need in asked.values()])
    chances = np.zeros((len(asked), 1 if all_aid else len(SOURCES), found.force.share.size, zones.size))
    for number, need in enumerate(asked.values()):
        come = found.enough(need, zones, due[number : number + 1], last=all_aid)
        chances[number] = come[-len(chances[number]) :, ..., 0]
    weights = np.zeros((zones.size, len(found.areas)))
    for area, (places, weight) in enumerate(found.areas.values()):
        weights[places, area] = weight
    return InTime({key: number for number, key in enumerate(asked)}, chances, weights)


def _asked(found: Ground) -> dict[tuple[object, ...], Need]:
    """Return one need of each number of a role and time, wherever it arises."""
    return {_asks(need): need for need in found.needs}


def _asks(need: Need) -> tuple[object, ...]:
    """Return what tells needs apart, wherever they arise."""
    return need.role, need.helpers, need.needed, need.within_minutes


def each_threat(found: Ground, *, curve: bool = False) -> Iterator[Met]:
    """Give how far every threat is met in every area where it has a requirement, in the order of the needs.

    Parameters
    ----------
    curve
        Follow arrivals over time.
    """
    timely = in_time(found)
    each = np.round(found.force.share @ timely.chances @ timely.weights, DIGITS)
    ever, nobody = _however_late(found, timely.weights)
    over_time = _curves(found) if curve else repeat(np.empty((len(SOURCES), 0)))
    for (wanted, rows, area, together, lost), followed in zip(_called_for(found, timely), over_time, strict=False):
        yield Met(
            wanted,
            each=each[rows, :, area],
            ever=ever[rows, area],
            nobody=nobody[rows, area],
            together=together[..., found.areas[wanted[0].area_id][0]],
            curve=followed,
            not_met=lost[:, area],
        )


def missed(found: Ground) -> Iterator[tuple[list[Need], float]]:
    """Give ``Met.needs`` and, with all aid, ``Met.not_met`` of every threat and area, and nothing else."""
    each = _called_for(found, in_time(found, all_aid=True))
    yield from ((wanted, float(lost[-1, area])) for wanted, _, area, _, lost in each)


def _however_late(found: Ground, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return P(met however late) and P(nobody ever comes), with all aid, of what is asked by area (K, A)."""
    zones, last, asked = np.arange(len(found.zones)), np.array([found.moments.size - 1]), _asked(found).values()
    shape = (len(asked), found.force.share.size, zones.size)
    ever = np.reshape([found.enough(need, zones, last, last=True)[-1, ..., 0] for need in asked], shape)
    supplies = [found.supplies[need.role, need.helpers] for need in asked]
    nobody = np.reshape([supply.nobody_ever(found.force) for supply in supplies], (len(asked), zones.size))
    return np.round(found.force.share @ ever @ weights, DIGITS), nobody @ weights


def _called_for(found: Ground, timely: InTime) -> Iterator[tuple[list[Need], list[int], int, FloatArray, FloatArray]]:
    """Give what every threat calls for in every area, where it stands in ``timely``, and what ``_all_in_time`` says."""
    area_of = {area: number for number, area in enumerate(found.areas)}
    worst: dict[tuple[tuple[int, float], ...], tuple[FloatArray, FloatArray]] = {}
    for wanted in by_threat(found.needs):
        rows = [timely.row[_asks(need)] for need in wanted]
        called = tuple(zip(rows, (need.arises for need in wanted), strict=True))
        if called not in worst:
            worst[called] = _all_in_time(timely, called, found.force.share)
        yield wanted, rows, area_of[wanted[0].area_id], *worst[called]


def _all_in_time(
    timely: InTime, called: Sequence[tuple[int, float]], share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return P(all that is called for is in time) (4, B, Z) and P(an occurrence finds it not met) by area (4, A).

    Parameters
    ----------
    called
        Each need: its position among the K, and the share of occurrences at which it arises.
    """
    chances, arises = timely.chances[[row for row, _ in called]], np.array([share for _, share in called])
    together, steps = chances.prod(axis=0), np.unique(arises)[::-1]
    lost = np.zeros((chances.shape[1], timely.weights.shape[1]))
    for upper, lower in pairwise([*steps, 0.0]):
        met = together if upper == steps[-1] else chances[arises >= upper].prod(axis=0)
        lost += (upper - lower) * (1.0 - np.round(share @ met @ timely.weights, DIGITS))
    return together, np.clip(lost, 0.0, 1.0)


def _curves(found: Ground) -> Iterator[FloatArray]:
    """Give for every threat and area P(all officers of all requirements have arrived) by source and moment (4, T)."""
    for wanted, arrived in arrivals(found):
        _, weight = found.areas[wanted[0].area_id]
        yield np.einsum("sbzt,b,z->st", np.prod(arrived, axis=0), found.force.share, weight)


def mean(values: FloatArray, share: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the mean of values (..., B, z) over the hours of the year and the area's zones, less rounding."""
    return np.asarray(np.round((values @ weight) @ share, DIGITS))
