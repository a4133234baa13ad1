"""How the crews fare in a year that is played through call by call, with what the exact model leaves out.

Operations that hold several crews for different times, shifts that begin and end, crews that leave routine work for a
firearms call, summer and events, and calls that a neighbouring force answers. In: ``Work``, a posting of crews by block
and base, a ``Timeline`` and ``Rules``. Out: ``Simulated``, counts by replication, block and zone, and ``estimate`` and
``difference``, shares and means with their intervals. This is planning arithmetic and says nothing of tactics.

Reported to STRESS-DES (Monks et al. 2019). Purpose: shares of calls met, and the difference a posting makes. Calls:
Poisson in each zone, at the block's rate times the timeline's factor, in hours of constant rate. Probes: calls that see
what a firearms call would see but take no crew (Poisson arrivals see time averages), for firearms calls are rare.
Streams: ``gaps``, ``places``, ``durations`` and ``neighbours``, each named with the replication; every draw is made
before anybody is sent, so that postings share their calls. Warm-up: the first hour's conditions for some hours that are
not counted, from all crews free. Replications: independent; intervals are Student's t on them. A share is quotable once
100 of the rarer of its two outcomes were seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from apstra.deployment.dispatcher import (
    CALLS,
    FIELDS,
    IDLE,
    NEIGHBOUR,
    NEIGHBOUR_MINUTES,
    READY,
    UNMET,
    add_up,
    answer,
    fill_calls,
    tell,
)
from apstra.deployment.timeline import Timeline
from apstra.deployment.travel import MINUTES_AN_HOUR
from apstra.deployment.work import Posting, Work
from apstra.queueing.arguments import finite, whole
from apstra.uncertainty import random_stream

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int64]
JOBS: Final = ("fixed", "releasable")
JOB_FIELDS: Final = ("asked", "put_off", "dropped")
DROPPED: Final = JOB_FIELDS.index("dropped")
SEEN: Final = 0
GROUPS: Final = 1 + len(JOBS)
FEWEST: Final = 2
ENOUGH: Final = 100
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Forces that answer when none of the own crews can.

    Attributes
    ----------
    minutes
        From call to arrival in each zone, notice included (zones, neighbours) [minutes]; infinite where none would go.
    availability
        Probability that a neighbour can send a crew to a call (neighbours,).
    """

    minutes: FloatArray
    availability: FloatArray


@dataclass(frozen=True, slots=True)
class Rules:
    """By which rules calls are answered.

    Attributes
    ----------
    release
        Whether a crew leaves releasable work for a firearms call; the job is then dropped.
    variation
        Coefficient of variation of every duration: 1 exponential, 0 none, else gamma.
    probes
        Probes for each firearms call.
    neighbours
        Who answers when none of the own crews can.
    warm_up_hours
        Hours played before any is counted [hours].
    """

    release: bool = True
    variation: float = 1.0
    probes: float = 20.0
    neighbours: Neighbours | None = None
    warm_up_hours: int = 24

    def __post_init__(self) -> None:
        """Refuse what is negative."""
        finite("variation", self.variation)
        finite("probes", self.probes)
        whole("warm_up_hours", self.warm_up_hours)


PLAIN: Final = Rules()


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """What was counted: R replications, B blocks, Z zones, and N crews in the order of their bases.

    Attributes
    ----------
    tally
        Of firearms calls and probes (R, B, Z, fields), in the order of ``FIELDS``: calls; those met by own crews and
        those not; met within the standard (none where there is no standard); met by as many crews as asked; the sum of
        minutes from call to the first arrival; those not met that a neighbour answered, and the sum of its minutes.
    busy
        Share of its time on duty each crew was committed to work it cannot leave, and that it can (R, 2, N).
    base
        Number of the base of each crew (N,).
    jobs
        Of other work that cannot be left and that can (R, 2, fields), in the order of ``JOB_FIELDS``: jobs asked for,
        put off because no crew was idle, and dropped for a firearms call.
    streams
        Seed and names of the streams.
    """

    tally: FloatArray
    busy: FloatArray
    base: Numbers
    jobs: FloatArray
    streams: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or mean with the limits of its interval and its standard error.

    ``events`` is how many of the rarer of its two outcomes were seen (for a mean, of how many it is the mean);
    ``quotable`` tells whether that is enough. Blank when there was nothing to take a share of.
    """

    value: float
    low: float
    high: float
    error: float
    events: int
    quotable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all replications have in common, as the loops of the dispatcher take it (which see)."""

    rate: FloatArray
    tables: tuple[Any, ...]
    block: Numbers
    kinds: tuple[Any, ...]
    group: NDArray[np.uint8]
    hours: tuple[FloatArray, FloatArray]
    crews: tuple[Any, ...]
    base: Numbers
    standards: tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One replication: its calls, the state of the crews, who was sent to each call, and the log of commitments."""

    calls: tuple[Any, ...]
    state: tuple[FloatArray, Numbers]
    sent: tuple[Any, ...]
    log: tuple[Any, ...]


def simulate(
    work: Work,
    posting: Posting,
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
        Crews at each base in each block (blocks, bases). A commitment outlasts the end of a shift: it passes to the
        crew that relieves, and where none does the crew is off only when it is done.
    replications
        How often, at least twice.
    seed, names
        Root of the streams, and the first part of their names.

    Raises
    ------
    ValueError
        If arrays do not fit each other, a rate is not known, or there are too few replications.

    Notes
    -----
    A call takes the nearest crews, of those equally near the idle before those on work they can leave, and no more than
    are free; each for turnout, journey and a time on scene of its own. Other work takes one idle crew or is put off.

    References
    ----------
    Law, *Simulation Modeling and Analysis*, 5th ed., sections 9.4 (terminating simulations), 11.2 (common random
    numbers); Wolff 1982 (Poisson arrivals see time averages); Walker 1977 (alias method).
    """
    whole("replications", replications, FEWEST)
    stage, start = set_stage(work, posting, timeline, rules), rules.warm_up_hours
    profile = np.concatenate([np.repeat(timeline.profile[:1], start), timeline.profile])
    block_of = blocks_of(stage, profile)
    counts = np.arange(len(profile))[:, np.newaxis] >= start
    on_duty = np.pad(np.cumsum(stage.crews[2][block_of[:-1]] & counts, axis=0, dtype=float), ((1, 0), (0, 0)))
    tally = np.zeros((replications, *work.firearms.shape, len(FIELDS)))
    busy, jobs = np.zeros((replications, 2, len(stage.base))), np.zeros((replications, len(JOBS), len(JOB_FIELDS)))
    for number in range(replications):
        run = draw_run(stage, profile, rules, (seed, *names), number)
        answer(run.calls, block_of, stage.kinds, stage.hours, stage.crews, run.state, run.sent, run.log)
        counted = count(stage, run, block_of, start)
        if rules.neighbours is not None:
            ask_neighbours(...)
        tally[number] = counted[SEEN]
        jobs[number, :, :DROPPED] = counted[1:, ..., (CALLS, UNMET)].sum(axis=(1, 2))
        jobs[number, 1, DROPPED] = add_up(run.log, run.state[1][1], on_duty, start, np.zeros_like(busy[0]), busy[number])
    busy = np.divide(busy, on_duty[-1], out=np.full_like(busy, np.nan), where=on_duty[-1] > 0)
    return Simulated(tally, busy, stage.base, jobs, (seed, *names))
