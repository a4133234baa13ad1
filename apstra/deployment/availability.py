"""Is a crew free, which one, and how soon is it there: the exact answer for the crews on duty in one block.

In: ``Work`` and where the crews stand. Out: who is first to answer in each zone, how busy each crew is, and how many
are free, from the exact hypercube. Operations take the crews they ask for, or as many as are free; work that can be
left yields to a firearms call and so leaves a crew free for one, the rest does not. What a crew is committed for
depends on how far it is sent, and how far it is sent on who is free: the two are brought into agreement.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apstra.deployment.travel import MINUTES_AN_HOUR
from apstra.deployment.work import Crews, FloatArray, Work
from apstra.queueing import HypercubeResult, first_free
from apstra.queueing.calls import checked
from apstra.queueing.hypercube import solved

TINY: Final = 1e-12
AGREEMENT: Final = 1e-4  # relative change of the committed times at which they agree with the journeys made
ROUNDS: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class Availability:
    """Whether a crew is free, by zone (Z) and base (A); crews at one base take turns.

    Attributes
    ----------
    crews
        Crews at each base (A,).
    first
        Probability that the nearest free crew is from each base (Z, A); what is missing to 1 is that none is free.
    workload
        Share of time that each crew of a base is committed to work it cannot leave (A,); 0 where there is no crew.
    committed_hours
        Mean time it is committed to a call (A,) [hours]; 0 where there is no crew.
    free
        Probability of 0, 1, ... crews free (crews in all + 1,).
    joint
        Probability of every combination of busy crews, by their number at each base that has crews, the first base's
        number running fastest (combinations,).
    """

    crews: Crews
    first: FloatArray
    workload: FloatArray
    committed_hours: FloatArray
    free: FloatArray
    joint: FloatArray

    @property
    def none_free(self) -> float:
        """Return the probability that no crew is free."""
        return float(self.free[0])

    def free_at(self, bases: NDArray[np.bool_]) -> FloatArray:
        """Return the probability of 0, 1, ... crews free at ``bases`` (A,) together (their crews + 1,)."""
        number = int(self.crews[bases].sum())
        if np.isnan(self.joint).any():
            return np.full(number + 1, np.nan)
        there = self.crews[self.crews > 0]
        busy = _number_busy(there, bases[self.crews > 0])
        return np.bincount(number - busy, self.joint, minlength=number + 1).astype(float)


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """K kinds of calls by order of preference: ``rate`` (K, orders), committed ``hours`` (K, orders, A).

    ``orders`` of preference (orders, A), crews ``asked`` for (K,), ``crews`` at each base (A,).
    """

    rate: FloatArray
    hours: FloatArray
    orders: Crews
    asked: FloatArray
    crews: Crews


def availability(
    work: Work, block: int, crews: Crews, *, leaving: bool = True, near: "Availability | None" = None
) -> Availability:
    """Return who is free in ``block`` when ``crews`` (bases,) are on duty; all blank where demand is not known.

    Parameters
    ----------
    leaving
        Work that can be left yields; if not, it counts like work that cannot, and a crew's workload is the share of
        time it does anything at all.
    near
        An answer like this one, where one is known, to start from.

    Raises
    ------
    ValueError
        If there are more crews than the exact model can hold.
    """
    here = np.flatnonzero(crews)
    first, workload, committed = np.zeros(work.minutes.shape), np.zeros(crews.size), np.zeros(crews.size)
    if not here.size:
        return Availability(crews, first, workload, committed, np.ones(1), np.ones(1))
    if np.isnan(work.firearms[block]).any():
        blank = np.full(crews.sum() + 1, np.nan)
        return Availability(crews, first * np.nan, workload * np.nan, committed * np.nan, blank, blank)
    minutes = work.turnout + work.minutes[:, here]
    rate, hours, asked = _kinds(work, block, minutes, leaving=leaving)
    orders, place = np.unique(np.argsort(minutes, axis=1, kind="stable"), axis=0, return_inverse=True)
    rate, hours = _by_order(rate, hours, place.ravel().astype(np.int64), len(orders))
    kinds = Kinds(rate, hours, orders, asked, crews[here])
    committed[here], result = _settled(kinds, near.committed_hours[here] if near else np.zeros(here.size))
    workload[here] = result.workload
    first[:, here] = first_free(result.state_probability, orders, crews[here])[place.ravel()]
    free = np.bincount(crews.sum() - _number_busy(crews[here]), result.state_probability).astype(float)
    return Availability(crews, first, workload, committed, free, result.state_probability)


def _number_busy(crews: Crews, counted: NDArray[np.bool_] | None = None) -> Crews:
    """Return how many crews (of the bases ``counted``) are busy in each state of the hypercube with so many at each."""
    busy = np.zeros(1, np.int64)
    for number, told in zip(crews, np.ones(crews.size, bool) if counted is None else counted, strict=True):
        busy = (told * np.arange(number + 1)[:, np.newaxis] + busy).ravel()
    return busy


def _kinds(work: Work, block: int, minutes: FloatArray, *, leaving: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return rate (K, Z) [per hour], committed time by base (K, Z, A) [hours] and crews asked (K,), by kind of call.

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


def _by_order(rate: FloatArray, hours: FloatArray, place: Crews, orders: int) -> tuple[FloatArray, FloatArray]:
    """Return rate (K, orders) and mean committed time (K, orders, A) of the zones that share an order of preference."""
    member = np.eye(orders)[place]
    total, load = rate @ member, np.einsum("kz,kzc,zo->koc", rate, hours, member)
    weight = total[:, :, np.newaxis]
    return total, np.divide(load, weight, out=np.zeros_like(load), where=weight > 0)


def _settled(kinds: Kinds, near: FloatArray) -> tuple[FloatArray, HypercubeResult]:
    """Return the mean time a crew of each base is committed (A,) [hours], and the answer that sends it there.

    ``near`` (A,) is where to start from [hours], 0 where that is not known.
    """
    total = kinds.rate.sum() * kinds.crews.size
    mean = float((kinds.rate[:, :, np.newaxis] * kinds.hours).sum() / max(total, TINY))
    lengths = np.maximum(np.where(near > 0, near, mean), TINY)
    every, asked = np.tile(kinds.orders, (len(kinds.asked), 1)), np.repeat(kinds.asked, len(kinds.orders))
    calls = checked(kinds.rate.ravel(), every, 1.0, "loss", asked, kinds.crews)
    for _ in range(ROUNDS):
        result = solved(replace(calls, service=1.0 / lengths))
        sent = result.dispatch.reshape(kinds.hours.shape)
        known = (sent * kinds.hours).sum(axis=(0, 1)) / np.maximum(sent.sum(axis=(0, 1)), TINY)
        change = np.abs(known / lengths - 1.0)[known > 0].max(initial=0.0)
        if change < AGREEMENT:
            return lengths, result
        lengths = np.where(known > 0, known, lengths)
    raise RuntimeError(f"committed times and journeys did not agree in {ROUNDS} rounds, but for a share of {change:g}")
