"""Is a crew free, which one, and how soon is it there: the exact answer for the crews on duty in one block.

In: ``Work`` and where the crews stand. Out: who is first to answer in each zone, how busy each crew is, and how many
are free, from the exact hypercube. Operations take the crews they ask for, or as many as are free; work that can be
left yields to a firearms call and so leaves a crew free for one, the rest does not. What a crew is committed for
depends on how far it is sent, and how far it is sent on who is free: the two are brought into agreement.
"""

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from apstra.deployment.travel import MINUTES_AN_HOUR
from apstra.deployment.work import Crews, FloatArray, Work
from apstra.queueing import first_free
from apstra.queueing.calls import checked
from apstra.queueing.committed import TINY, begin, list_calls, settle
from apstra.queueing.hypercube import solved

REMEMBERED: Final = 2**12  # zones times bases, so that what is remembered of postings stays below 80 MiB
AGREEMENT: Final = 1e-4  # relative change of the committed times at which they agree with the journeys made
ROUNDS: Final = 60
DIRECT: Final = 400  # up to so many states one dense system at a time is faster than sweeps


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
        if np.isnan(self.joint[0]):
            return np.full(int(self.crews[bases].sum()) + 1, np.nan)
        tell = _number_free if self.joint.size <= DIRECT else _number_free.__wrapped__
        return np.bincount(tell(self.crews.tobytes(), bases.tobytes()), self.joint).astype(float)


@dataclass(frozen=True, slots=True)
class BlockCalls:
    """The calls of one block, equal where their content is: Z zones, A bases.

    Attributes
    ----------
    content
        A digest of the rest.
    journey
        From call to arrival (Z, A) [hours].
    scene
        Time on scene of an operation [hours].
    firearms
        Rate of operations that ask for 1, 2, ... crews (Z, sizes) [per hour].
    other, other_load
        Rate of other work, which takes one crew [per hour], and its load [erlangs] (Z,).
    """

    content: bytes
    journey: FloatArray = field(compare=False)
    scene: float = field(compare=False)
    firearms: FloatArray = field(compare=False)
    other: FloatArray = field(compare=False)
    other_load: FloatArray = field(compare=False)

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Return the calls as the loops take them."""
        return self.journey, self.scene, self.firearms, self.other, self.other_load


def availability(
    work: Work, block: int, crews: Crews, *, leaving: bool = True, near: Availability | None = None
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
    calls = calls_of(work, block, leaving=leaving)
    return remembered(calls, crews) if near is None else answered(calls, crews, near)


def remembered(calls: BlockCalls, crews: Crews) -> Availability:
    """Return what ``answered`` does, from memory where it was asked before: another standard asks the same again."""
    if calls.journey.size > REMEMBERED:
        return answered(calls, crews)
    known = known_of(calls, crews.astype(np.int64).tobytes())
    if not known:
        known.append(fixed(answered(calls, crews)))
    return known[0]


@lru_cache(maxsize=2048)
def known_of(_calls: BlockCalls, _crews: bytes) -> list[Availability]:
    """Return the list that holds the answer to a posting once it is found."""
    return []


def fixed(found: Availability) -> Availability:
    """Return an answer that nobody may write to."""
    for array in (found.first, found.workload, found.committed_hours, found.free, found.joint):
        array.setflags(write=False)
    return found


@lru_cache(maxsize=256)
def calls_of(work: Work, block: int, *, leaving: bool = True) -> BlockCalls:
    """Return the calls of ``block``; those that can be left among them if they do not yield.

    An operation's crews are taken to be on scene for the same mean time, whichever of them they are.
    """
    journey, scene, content = _alike_in_all_blocks(work)
    other, load = work.fixed[block].copy(), work.fixed[block] * work.fixed_hours[block]
    if not leaving:
        other += work.releasable[block]
        load += work.releasable[block] * work.releasable_hours[block]
    firearms = work.firearms[block]
    told = blake2b(content + b"".join(part.tobytes() for part in (firearms, other, load))).digest()
    return BlockCalls(told, journey, scene, np.outer(firearms, work.crews_asked), other, load)


@lru_cache(maxsize=64)
def _alike_in_all_blocks(work: Work) -> tuple[FloatArray, float, bytes]:
    """Return journey (Z, A) and time on scene [hours] of the calls of any block, and a digest of what they rest on."""
    sizes = np.arange(1, work.crews_asked.size + 1)
    sent = work.crews_asked * sizes
    scene = float(np.cumsum(work.scene_hours) / sizes @ sent / sent.sum())
    journey = np.array((work.turnout + work.minutes) / MINUTES_AN_HOUR, order="C")
    shapes = np.array([*journey.shape, sizes.size])
    parts = (shapes, journey, np.float64(scene), work.crews_asked)
    return journey, scene, blake2b(b"".join(part.tobytes() for part in parts)).digest()


def answered(calls: BlockCalls, crews: Crews, near: Availability | None = None) -> Availability:
    """Return who is free when ``crews`` (A,) answer ``calls``, as ``availability`` does."""
    each = crews.tolist()
    if not any(each):
        nought = np.zeros(crews.size)
        return Availability(crews, np.zeros(calls.journey.shape), nought, nought, np.ones(1), np.ones(1))
    if np.isnan(calls.firearms.sum()):
        blank, unknown = np.full(crews.sum() + 1, np.nan), np.full(crews.size, np.nan)
        return Availability(crews, np.full(calls.journey.shape, np.nan), unknown, unknown, blank, blank)
    start = near.committed_hours if near else np.zeros(crews.size)
    answer = _settled if math.prod(number + 1 for number in each) <= DIRECT else _swept
    joint, first, workload, committed, free, change = answer(calls, crews, start)
    if not change < AGREEMENT:
        raise RuntimeError(
            f"committed times and journeys did not agree in {ROUNDS} rounds, but for a share of {change:g}"
        )
    return Availability(crews, first, workload, committed, free, joint)


@lru_cache(maxsize=1024)
def _number_free(crews: bytes, counted: bytes) -> Crews:
    """Return how many crews (of the bases ``counted``) are free in each state of the hypercube with so many at each."""
    free = np.zeros(1, np.int64)
    for number, told in zip(np.frombuffer(crews, np.int64), np.frombuffer(counted, np.bool_), strict=True):
        free = (told * np.arange(number, -1, -1)[:, np.newaxis] + free).ravel()
    return free


def _settled(calls: BlockCalls, crews: Crews, near: FloatArray) -> tuple[Any, ...]:
    """Return what ``settle`` does of few states; ``near`` (A,) is where to start from [hours], 0 where not known."""
    # Copies, for arrays that must not be written to are compiled for again.
    return cast("tuple[Any, ...]", settle(calls.arrays, crews.copy(), near.copy(), AGREEMENT, ROUNDS))


def _swept(calls: BlockCalls, crews: Crews, near: FloatArray) -> tuple[Any, ...]:
    """Return the same of more states than one dense system can hold."""
    here = np.flatnonzero(crews)
    orders, place, rate, load = list_calls(calls.arrays, here)
    (number, sizes), there, start = rate.shape, crews[here], near[here]
    begin(start, rate, load)
    lists, asked = np.repeat(orders, sizes, axis=0), np.tile(np.arange(1.0, sizes + 1), number)
    asking = checked(rate.ravel(), lists, 1.0, "loss", asked, there)
    hours = np.divide(load, rate[:, np.newaxis], out=np.zeros_like(load), where=rate[:, np.newaxis] > 0)
    for _ in range(ROUNDS):
        result = solved(replace(asking, service=1.0 / start))
        sent = result.dispatch.reshape(number, sizes, -1)
        known = np.einsum("lsa,las->a", sent, hours) / np.maximum(sent.sum(axis=(0, 1)), TINY)
        change = np.abs(known / start - 1.0)[known > 0].max(initial=0.0)
        if change < AGREEMENT:
            break
        start = np.where(known > 0, known, start)
    first, workload, committed = np.zeros(calls.journey.shape), np.zeros(crews.size), np.zeros(crews.size)
    first[:, here] = first_free(result.state_probability, orders, there)[place]
    workload[here], committed[here] = result.workload, start
    every = np.ones(crews.size, bool).tobytes()
    free = np.bincount(_number_free.__wrapped__(crews.tobytes(), every), result.state_probability)
    return result.state_probability, first, workload, committed, free, change
