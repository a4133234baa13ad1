"""Is a crew free, which one, and how soon is it there: the exact answer for the crews on duty in one block.

In: ``Work`` and where the crews stand. Out: who is first to answer in each zone, how busy each crew is, and how many
are free, from the exact hypercube. Operations take the crews they ask for, or as many as are free; work that can be
left yields to a firearms call and so leaves a crew free for one, the rest does not. What a crew is committed for
depends on how far it is sent, and how far it is sent on who is free: the two are brought into agreement.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from apstra.deployment.travel import MINUTES_AN_HOUR
from apstra.deployment.work import FloatArray, Posting, Work
from apstra.queueing import HypercubeResult, first_free, hypercube

TINY: Final = 1e-12
AGREEMENT: Final = 1e-5  # relative change of the committed times at which they agree with the journeys made
ROUNDS: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class Availability:
    """Whether a crew is free, by zone: C crews on duty, Z zones.

    Attributes
    ----------
    homes
        Base of each crew (C,).
    first
        Probability that each crew is the nearest free one (Z, C); what is missing to 1 is that none is free.
    minutes
        From call to its arrival (Z, C) [minutes].
    workload
        Share of time each crew is committed to work it cannot leave (C,).
    committed_hours
        Mean time it is committed to a call (C,) [hours].
    free
        Probability of 0, 1, ... C crews free (C + 1,).
    """

    homes: Posting
    first: FloatArray
    minutes: FloatArray
    workload: FloatArray
    committed_hours: FloatArray
    free: FloatArray

    @property
    def none_free(self) -> float:
        """Return the probability that no crew is free."""
        return float(self.free[0])


def availability(
    work: Work, block: int, crews: Posting, *, leaving: bool = True, near: float | None = None
) -> Availability:
    """Return who is free in ``block`` when ``crews`` (bases,) are on duty; all blank where demand is not known.

    Parameters
    ----------
    leaving
        Work that can be left yields; if not, it counts like work that cannot, and a crew's workload is the share of
        time it does anything at all.
    near
        Committed time to start from [hours], where an answer like this one is known.

    Raises
    ------
    ValueError
        If there are more crews than the exact model can hold.
    """
    homes = np.repeat(np.arange(crews.size), crews)
    minutes = work.turnout + work.minutes[:, homes]
    if not homes.size:
        return Availability(homes, minutes, minutes, np.zeros(0), np.zeros(0), np.ones(1))
    if np.isnan(work.firearms[block]).any():
        blank = np.full(homes.size + 1, np.nan)
        return Availability(homes, minutes * np.nan, minutes, blank[1:], blank[1:], blank)
    rate, hours, asked = _kinds(work, block, minutes, leaving=leaving)
    every = np.argsort(minutes, axis=1, kind="stable")
    orders, place = np.unique(every, axis=0, return_inverse=True)
    rate, hours = _by_order(rate, hours, place.ravel().astype(np.int64), len(orders))
    lengths, result = _settled(rate, hours, orders, asked, near)
    number = np.bitwise_count(np.arange(result.state_probability.size))
    free = np.zeros(homes.size + 1)
    np.add.at(free, homes.size - number.astype(int), result.state_probability)
    first = first_free(result.state_probability, orders)[place.ravel()]
    return Availability(homes, first, minutes, result.workload, lengths, free)


def _kinds(work: Work, block: int, minutes: FloatArray, *, leaving: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return rate (K, Z) [per hour], committed time by crew (K, Z, C) [hours] and crews asked (K,), by kind of call.

    An operation's crews are taken to be on scene for the same mean time, whichever of them they are.
    """
    asked = np.arange(1, work.crews_asked.size + 1)
    sent = work.crews_asked * asked
    scene = float(np.cumsum(work.scene_hours) / asked @ sent / sent.sum())
    other = [(work.fixed[block], work.fixed_hours[block])]
    if not leaving:
        other.append((work.releasable[block], work.releasable_hours[block]))
    rate = np.vstack([work.crews_asked[:, np.newaxis] * work.firearms[block], *(rates for rates, _ in other)])
    operation = np.broadcast_to(minutes / MINUTES_AN_HOUR + scene, (asked.size, *minutes.shape))
    jobs = [np.broadcast_to(length[:, np.newaxis], (1, *minutes.shape)) for _, length in other]
    return rate, np.concatenate([operation, *jobs]), np.append(asked, np.ones(len(other))).astype(float)


def _by_order(rate: FloatArray, hours: FloatArray, place: Posting, orders: int) -> tuple[FloatArray, FloatArray]:
    """Return rate (K, orders) and mean committed time (K, orders, C) of the zones that share an order of preference."""
    member = np.eye(orders)[place]
    total, load = rate @ member, np.einsum("kz,kzc,zo->koc", rate, hours, member)
    weight = total[:, :, np.newaxis]
    return total, np.divide(load, weight, out=np.zeros_like(load), where=weight > 0)


def _settled(
    rate: FloatArray, hours: FloatArray, orders: Posting, asked: FloatArray, near: float | None
) -> tuple[FloatArray, HypercubeResult]:
    """Return the mean time each crew is committed to a call (C,) [hours], and the answer that sends it there."""
    mean = (rate[:, :, np.newaxis] * hours).sum() / max(rate.sum() * orders.shape[1], TINY)
    lengths = np.full(orders.shape[1], max(near or mean, TINY))
    for _ in range(ROUNDS):
        result = _solved(rate, lengths, orders, asked)
        sent = result.dispatch.reshape(hours.shape)
        known = (sent * hours).sum(axis=(0, 1)) / np.maximum(sent.sum(axis=(0, 1)), TINY)
        change = np.abs(known / lengths - 1.0)[known > 0].max(initial=0.0)
        if change < AGREEMENT:
            return lengths, result
        lengths = np.where(known > 0, known, lengths)
    raise RuntimeError(f"committed times and journeys did not agree in {ROUNDS} rounds, but for a share of {change:g}")


def _solved(rate: FloatArray, lengths: FloatArray, orders: Posting, asked: FloatArray) -> HypercubeResult:
    """Return the hypercube of calls by kind and order of preference."""
    every, units = np.tile(orders, (len(rate), 1)), np.repeat(asked, len(orders))
    return hypercube(rate.ravel(), every, 1.0 / lengths, units_required=units)


def within(found: Availability, standard: FloatArray) -> FloatArray:
    """Return P(a crew answers within ``standard`` (Z,) [minutes]), by zone; blank where there is no standard."""
    inside = (found.first * (found.minutes <= standard[:, np.newaxis])).sum(axis=1)
    return np.where(np.isnan(standard), np.nan, inside)
