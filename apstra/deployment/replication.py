"""One replication: the calls that come, drawn before anybody is sent, and the count of how they were answered.

In: ``Work``, a posting, a ``Timeline`` and the ``Rules`` by which crews are sent. Out: ``Stage``, what all replications
have in common as the loops of the dispatcher take it, and ``Run``, the calls and answers of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from apstra.deployment.dispatcher import (
    CALLS,
    FIELDS,
    IDLE,
    MET,
    NEIGHBOUR,
    NEIGHBOUR_MINUTES,
    READY,
    UNMET,
    fill_calls,
    tell,
)
from apstra.deployment.timeline import FloatArray, Numbers, Timeline
from apstra.deployment.travel import MINUTES_AN_HOUR
from apstra.deployment.work import Crews, Work
from apstra.queueing.arguments import finite, whole
from apstra.uncertainty import random_stream

SEEN: Final = 0
JOBS: Final = ("fixed", "releasable")
STREAMS: Final = ("gaps", "places", "durations")
Hours = tuple[FloatArray, NDArray[np.uint32], NDArray[np.uint32]]


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


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all replications have in common; every attribute but the last four is an argument of ``dispatcher``.

    A category of calls is a zone and a kind: firearms calls by crews asked, probes likewise, fixed jobs, releasable
    jobs. ``rate`` is that of all calls together in each profile [per hour], ``base`` the base of each crew.
    """

    tables: tuple[FloatArray, NDArray[np.uint32]]
    kinds: tuple[NDArray[Any], ...]
    hours: tuple[FloatArray, FloatArray]
    crews: tuple[NDArray[Any], ...]
    standards: tuple[FloatArray, FloatArray]
    group: NDArray[np.uint8]
    rate: FloatArray
    block: NDArray[np.uint32]
    base: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One replication, as ``dispatcher.answer`` takes it: its calls, the state of the crews, who was sent, the log."""

    calls: tuple[NDArray[Any], ...]
    chances: FloatArray
    state: tuple[FloatArray, Numbers]
    sent: tuple[NDArray[Any], ...]
    log: tuple[NDArray[Any], ...]


def set_stage(work: Work, posting: Crews, timeline: Timeline, rules: Rules) -> Stage:
    """Return what all replications have in common.

    Raises
    ------
    ValueError
        If the posting does not fit the work, or a rate of calls is not known.
    """
    shape = (len(work.firearms), work.minutes.shape[1])
    if posting.shape != shape or (posting < 0).any():
        raise ValueError(f"posting must hold crews >= 0 by block and base {shape}, not {posting.tolist()}")
    rates = (_rates(work, rules.probes)[timeline.block] * timeline.factor[..., np.newaxis]).reshape(
        len(timeline.block), -1
    )
    if not (np.isfinite(rates) & (rates >= 0)).all():
        raise ValueError("rates of calls must be finite and not negative in every block and zone of the timeline")
    most = posting.max(axis=0)
    base = np.repeat(np.arange(len(most)), most)
    place = np.arange(len(base)) - np.repeat(np.cumsum(most) - most, most)
    minutes = work.turnout + work.minutes[:, base]
    times = [IDLE, READY] if rules.release and work.releasable.any() else [IDLE]
    crew, time = np.tile(np.arange(len(base)), len(times)), np.repeat(times, len(base))
    turn = np.argsort(minutes[:, crew], axis=1, kind="stable")
    *kinds, group = _kinds(work)
    return Stage(
        tables=_alias_tables(rates.tobytes(), rates.shape[1]),
        kinds=tuple(kinds),
        hours=(_mean_hours(work), minutes / MINUTES_AN_HOUR),
        crews=(crew[turn].astype(np.uint32), time[turn].astype(np.uint8), place < posting[:, base]),
        standards=(minutes, work.standard),
        group=group,
        rate=rates.sum(axis=1),
        block=timeline.block.astype(np.uint32),
        base=base,
    )


def _rates(work: Work, probes: float) -> FloatArray:
    """Return the rate of each category (blocks, zones, kinds) [per hour]."""
    firearms = work.firearms[..., np.newaxis] * work.crews_asked
    other = np.stack([work.fixed, work.releasable], axis=-1)
    return np.concatenate([firearms, probes * firearms, other], axis=-1)


def _kinds(work: Work) -> tuple[NDArray[Any], ...]:
    """Return ``kinds`` as ``dispatcher.answer`` takes it, and the group of each category: ``SEEN``, then the jobs."""
    zones, most = len(work.standard), len(work.crews_asked)
    sizes, none = np.arange(1, most + 1), np.zeros(most)
    by_kind = (  # firearms calls, probes, fixed jobs, releasable jobs
        (sizes, sizes, 1, 1),
        (none, none, 1, 1),
        (none + READY, none + READY, READY, IDLE),
        (sizes, none, 1, 1),
        (none + 1, none, 0, 0),
        (none + SEEN, none + SEEN, 1, 2),
    )
    numbers = [np.tile(np.hstack(values), zones).astype(np.uint8) for values in by_kind]
    return (np.repeat(np.arange(zones, dtype=np.uint32), len(np.hstack(by_kind[0]))), *numbers)


def _mean_hours(work: Work) -> FloatArray:
    """Return how long a crew is committed, but for the journey to a firearms call (blocks, categories, positions)."""
    most = len(work.crews_asked)
    mean = np.zeros((*work.firearms.shape, 2 * most + len(JOBS), most))
    mean[:, :, :most] = work.scene_hours[:most]
    mean[:, :, -2, 0] = work.fixed_hours
    mean[:, :, -1, 0] = work.releasable_hours
    return mean.reshape(len(mean), -1, most)


@lru_cache(maxsize=4)
def _alias_tables(rates_of: bytes, categories: int) -> tuple[FloatArray, NDArray[np.uint32]]:
    """Return Walker's tables for each row of rates: the chance to keep a category, and which one to take instead.

    Postings are compared on the same calls, so that the same tables are asked for again and again.
    """
    rates = np.frombuffer(rates_of).reshape(-1, categories)
    keep, instead = np.ones(rates.shape), np.zeros(rates.shape, np.uint32)
    for row, given in enumerate(rates):
        share = (given * given.size / (given.sum() or 1.0)).tolist()
        poor = [category for category, value in enumerate(share) if value < 1.0]
        rich = [category for category, value in enumerate(share) if value >= 1.0]
        while poor and rich:
            taker, giver = poor.pop(), rich[-1]
            keep[row, taker], instead[row, taker] = share[taker], giver
            share[giver] -= 1.0 - share[taker]
            if share[giver] < 1.0:
                poor.append(rich.pop())
    return keep, instead


def hours_of(stage: Stage, profile: Numbers) -> Hours:
    """Return the calls expected by each hour and by the end, profiles by hour, and blocks with one more at the end."""
    expected = np.append(0.0, np.cumsum(stage.rate[profile]))
    return expected, profile.astype(np.uint32), stage.block[np.append(profile, profile[-1])]


def draw_run(stage: Stage, hours: Hours, rules: Rules, root: tuple[int, Sequence[str]], number: int) -> Run:
    """Return the calls of one replication with nobody sent yet: the same for every posting."""
    (seed, names), (expected, profile, _), (*_, used_by, _) = root, hours, stage.kinds
    gaps, places, durations = (random_stream(seed, *names, name, str(number)) for name in STREAMS)
    calls = int(gaps.poisson(expected[-1]))
    steps = gaps.standard_exponential(calls + 1)
    steps *= expected[-1] / steps.sum()
    when, what = np.empty(calls), np.empty(calls, np.uint32)
    used = fill_calls(steps, places.random(calls), (expected, profile), stage.tables, used_by, when, what)
    lengths = _durations(durations, used, rules.variation)
    chances = np.zeros((0, 0))
    if rules.neighbours is not None:
        asked = (int((stage.group[what] == SEEN).sum()), len(rules.neighbours.availability))
        chances = random_stream(seed, *names, "neighbours", str(number)).random(asked)
    return Run(
        calls=(when, what, lengths),
        chances=chances,
        state=(np.zeros((2, len(stage.base))), np.zeros(2, np.int64)),
        sent=(np.empty(calls, np.uint32), np.empty(calls, np.uint8)),
        log=(*np.empty((2, len(lengths)), np.uint32), *np.empty((2, len(lengths)))),
    )


def _durations(stream: np.random.Generator, number: int, variation: float) -> FloatArray:
    """Return durations of unit mean."""
    if variation == 0.0:
        return np.ones(number)
    shape = variation**-2
    return stream.standard_exponential(number) if shape == 1.0 else stream.standard_gamma(shape, number) / shape


def count(stage: Stage, hours: Hours, rules: Rules, run: Run, span: tuple[float, float]) -> FloatArray:
    """Return how the calls from the start to the end of ``span`` were answered (groups, blocks, zones, fields)."""
    when, what, _ = run.calls
    first, last = np.searchsorted(when, span)
    these = slice(first, last)
    tally = np.zeros((1 + len(JOBS), len(stage.hours[0]), len(stage.standards[1]), len(FIELDS)))
    kinds = (stage.kinds[0], stage.kinds[1], stage.group)
    sent = (run.sent[0][these], run.sent[1][these])
    tell((when[these], what[these]), hours[2], kinds, sent, stage.standards, tally)
    tally[..., MET] = tally[..., CALLS] - tally[..., UNMET]
    if rules.neighbours is not None:
        seen = stage.group[what] == SEEN
        alone = np.flatnonzero(seen & (run.sent[1] == 0))
        zone, block = stage.kinds[0][what[alone]], hours[2][when[alone].astype(int)]
        can_come = run.chances[np.cumsum(seen)[alone] - 1] < rules.neighbours.availability
        minutes = np.where(can_come, rules.neighbours.minutes[zone], np.inf).min(axis=1, initial=np.inf)
        came = np.isfinite(minutes) & (alone >= first) & (alone < last)
        np.add.at(tally, (SEEN, block[came], zone[came], NEIGHBOUR), 1.0)
        np.add.at(tally, (SEEN, block[came], zone[came], NEIGHBOUR_MINUTES), minutes[came])
    return tally
