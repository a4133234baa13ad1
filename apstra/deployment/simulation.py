"""How the crews fare in a year that is played through call by call, with what the exact model leaves out.

Operations that hold several crews for different times, shifts that begin and end, crews that leave routine work for a
firearms call, summer and events, and calls that a neighbouring force answers. In: ``Work``, a posting of crews by block
and base, a ``Timeline`` and ``Rules``. Out: ``Simulated``, counts by replication, block and zone; from them shares and
means with their intervals (``estimate``) and what a posting changes (``difference``). No tactics: planning arithmetic.

Reported to STRESS-DES (Monks et al. 2019). Purpose: shares of calls met, and the difference between two postings.
Calls: Poisson in each zone, at the block's rate times the timeline's factor. Probes: see what a firearms call would see
but take no crew, for firearms calls are rare (Poisson arrivals see time averages). Streams: ``gaps``, ``places``,
``durations`` and ``neighbours``, one of each for each replication; all draws are made before anybody is sent, so that
postings share their calls. Warm-up: hours in the conditions of the first, not counted, from all crews free.
Replications: independent; intervals are Student's t on them. A share is quotable from 100 rare events on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from apstra.deployment.dispatcher import CALLS, FIELDS, UNMET, add_up, answer
from apstra.deployment.replication import JOBS, SEEN, Neighbours, Rules, count, draw_run, hours_of, set_stage
from apstra.deployment.timeline import FloatArray, Numbers, Timeline
from apstra.deployment.work import Crews, Work
from apstra.queueing.arguments import whole

__all__ = ["Estimate", "Neighbours", "Rules", "Simulated", "difference", "estimate", "ratio", "simulate"]

JOB_FIELDS: Final = ("asked", "put_off", "dropped")
PLAIN: Final = Rules()
FEWEST: Final = 2
ENOUGH: Final = 100
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """What was counted: R replications, B blocks, Z zones, and N crews in the order of their bases.

    Attributes
    ----------
    tally
        Of firearms calls and probes (R, B, Z, fields), in the order of ``FIELDS``: all; those that own crews met and
        those they did not; met within the standard (none where there is no standard); met by as many crews as asked;
        the sum of minutes from call to the first crew's arrival; not met but answered by a neighbour, and the sum of
        its minutes.
    busy
        Share of its time on duty each crew was committed to work it cannot leave, and to work it can (R, 2, N).
    base
        Number of the base of each crew (N,).
    jobs
        Of work that cannot be left and of work that can (R, 2, fields), in the order of ``JOB_FIELDS``: jobs asked for,
        put off because no crew was idle, dropped for a firearms call.
    streams
        Seed and names of the streams.
    """

    tally: FloatArray
    busy: FloatArray
    base: Numbers
    jobs: FloatArray
    streams: tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share, a mean or a difference, with its interval and standard error; blank when it is of nothing.

    ``events`` is how many were seen of the rarer of a share's two outcomes, or of how many a mean is the mean;
    ``quotable`` whether that is enough. Of a difference it is the fewer of the two.
    """

    value: float
    low: float
    high: float
    error: float
    events: int
    quotable: bool


def simulate(
    work: Work,
    posting: Crews,
    timeline: Timeline,
    *,
    replications: int,
    seed: int,
    rules: Rules = PLAIN,
    names: Sequence[str] = ("simulation",),
) -> Simulated:
    """Return what is counted when the timeline is played through again and again.

    Parameters
    ----------
    posting
        Crews at each base in each block (blocks, bases) [crews].
    replications
        How often, at least twice.
    seed, names
        Root of the streams, and the first part of their names.

    Raises
    ------
    ValueError
        If the posting does not fit the work, a rate is not known, or there are too few replications.

    Notes
    -----
    A firearms call takes the nearest crews, of those equally near an idle one first, and no more than are free: each
    for turnout, journey and a time on scene of its own. Other work takes an idle crew or is put off. A commitment
    outlasts the end of a shift: it passes to the crew that relieves; where none does, a crew is off when it is done.

    References
    ----------
    Law, *Simulation Modeling and Analysis*, 5th ed., sections 9.4 (terminating simulations) and 11.2 (common random
    numbers); Wolff 1982 (Poisson arrivals see time averages); Walker 1977 (alias tables).
    """
    whole("replications", replications, FEWEST)
    stage, start, root = set_stage(work, posting, timeline, rules), rules.warm_up_hours, (seed, tuple(names))
    hours = hours_of(stage, np.concatenate([np.repeat(timeline.profile[:1], start), timeline.profile]))
    counts = np.arange(len(hours[1]))[:, np.newaxis] >= start
    on_duty = np.pad(np.cumsum(stage.crews[2][hours[2][:-1]] & counts, axis=0, dtype=float), ((1, 0), (0, 0)))
    tally = np.zeros((replications, *work.firearms.shape, len(FIELDS)))
    busy, jobs = np.zeros((replications, 2, len(stage.base))), np.zeros((replications, len(JOBS), len(JOB_FIELDS)))
    for number in range(replications):
        run = draw_run(stage, hours, rules, root, number)
        answer(run.calls, hours[2], stage.kinds, stage.hours, stage.crews, run.state, run.sent, run.log)
        counted = count(stage, hours, rules, run, (start, np.inf))
        tally[number] = counted[SEEN]
        jobs[number, :, :-1] = counted[SEEN + 1 :, ..., (CALLS, UNMET)].sum(axis=(1, 2))
        ends = np.zeros_like(busy[number])
        jobs[number, -1, -1] = add_up(run.log, run.state[1][1], on_duty, start, ends, busy[number])
    share = np.divide(busy, on_duty[-1], out=np.full_like(busy, np.nan), where=on_duty[-1] > 0)
    return Simulated(tally, share, stage.base, jobs, root)


def estimate(
    simulated: Simulated,
    field: str,
    of: str = "calls",
    *,
    blocks: ArrayLike | None = None,
    zones: ArrayLike | None = None,
) -> Estimate:
    """Return one field of the tally over another: ``unmet``, ``within`` and so on of ``calls``, ``minutes`` of ``met``.

    Parameters
    ----------
    blocks, zones
        Which to take together: numbers, or true and false; all unless given. Where there is no standard nothing is
        within it: leave such zones out.
    """
    return ratio(*_sums(simulated, field, of, blocks, zones), share=not field.endswith("minutes"))


def difference(
    a: Simulated,
    b: Simulated,
    field: str,
    of: str = "calls",
    *,
    blocks: ArrayLike | None = None,
    zones: ArrayLike | None = None,
) -> Estimate:
    """Return the ``estimate`` of ``a`` less that of ``b``, paired by replication: what both have in common cancels out.

    Raises
    ------
    ValueError
        If the two were not drawn from the same streams equally often.
    """
    if a.streams != b.streams or len(a.tally) != len(b.tally):
        raise ValueError(f"only runs on the same streams can be paired, not {a.streams} and {b.streams}")
    one, other = (_sums(each, field, of, blocks, zones) for each in (a, b))
    share = not field.endswith("minutes")
    (value, parts), (less, fewer) = _ratio(*one), _ratio(*other)
    return _estimate(value - less, parts - fewer, min(_events(*one, share=share), _events(*other, share=share)))


def ratio(counted: FloatArray, of: FloatArray, *, share: bool = True) -> Estimate:
    """Return the sum of one count of each replication over that of another, as a share or as a mean.

    References
    ----------
    Cochran, *Sampling Techniques*, 3rd ed., section 6.4 (error of a ratio).
    """
    found = _estimate(*_ratio(counted, of), _events(counted, of, share=share))
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0) if share else found.high)


def _sums(
    simulated: Simulated, field: str, of: str, blocks: ArrayLike | None, zones: ArrayLike | None
) -> tuple[FloatArray, FloatArray]:
    """Return two fields of each replication, summed over blocks and zones."""
    part = simulated.tally if blocks is None else simulated.tally[:, np.asarray(blocks)]
    part = part if zones is None else part[:, :, np.asarray(zones)]
    sums = part.sum(axis=(1, 2))
    return sums[:, FIELDS.index(field)], sums[:, FIELDS.index(of)]


def _ratio(counted: FloatArray, of: FloatArray) -> tuple[float, FloatArray]:
    """Return the ratio of two sums, and by how much each replication's own differs from it."""
    total = float(of.sum()) or np.nan
    value = float(counted.sum()) / total
    return value, (counted - value * of) * len(of) / total


def _events(counted: FloatArray, of: FloatArray, *, share: bool) -> int:
    """Return of how many a mean is the mean, or how many were seen of the rarer outcome."""
    return int(min(counted.sum(), (of - counted).sum()) if share else of.sum())


def _estimate(value: float, parts: FloatArray, events: int) -> Estimate:
    """Return a value with its t interval from the parts that replications differ by."""
    error = float(parts.std(ddof=1)) / math.sqrt(len(parts)) if len(parts) >= FEWEST else np.nan
    half = float(special.stdtrit(len(parts) - 1, (1.0 + LEVEL) / 2.0)) * error
    return Estimate(value, value - half, value + half, error, events, events >= ENOUGH)
