"""How many calls find no crew free: replayed from a log, and predicted from pattern and duration.

In: times of calls and how long each takes a crew, or the pattern and the law they follow. Out: which calls are lost by
a number of crews without a queue, and the share of lost calls to expect over a stretch, with its range.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.demand.days import local_times
from apstra.demand.duration import Duration
from apstra.demand.intensity import Pattern
from apstra.queueing import erlang_b
from apstra.uncertainty import random_stream

FloatArray = NDArray[np.float64]
MINUTES_AN_HOUR: Final = 60.0
DRAWS: Final = 400
RANGE: Final = {"p2_5": 0.025, "p5": 0.05, "p10": 0.10, "p50": 0.50, "p90": 0.90, "p95": 0.95, "p97_5": 0.975}


def replay(starts: Any, minutes: ArrayLike, crews: int | Sequence[int]) -> NDArray[np.bool_]:
    """Return which calls find no crew free when a free crew takes each call and nobody waits.

    Parameters
    ----------
    starts
        Local times of the calls, in order (n,).
    minutes
        How long each call holds its crew, should one be free [minutes] (n,).
    crews
        Number of crews, or several numbers to try.

    Returns
    -------
    array
        Whether each call is lost: (n,), or (numbers, n) for several numbers of crews.

    Raises
    ------
    ValueError
        If the times do not ascend, a duration is missing or negative, or a number of crews is no whole number >= 1.
    """
    when, length = local_times("starts", starts), np.asarray(minutes, float)
    if not when.is_monotonic_increasing:
        raise ValueError(f"starts must ascend; {when[int(np.argmin(np.diff(when))) + 1]} comes after a later one")
    if length.shape != when.shape or not (length >= 0).all():
        raise ValueError(f"minutes must be one number >= 0 for each of {len(when)} calls")
    clock = np.asarray((when - when.min()) / pd.Timedelta(minutes=1), float)
    lost = _lost(clock[None], length[None], _numbers(crews))[:, 0]
    return lost if np.ndim(crews) else lost[0]


def share_none_free(
    pattern: Pattern, duration: Duration, times: Any, crews: int | Sequence[int], *, seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the share of calls over the hours starting at ``times`` that is to be expected to find no crew free.

    Parameters
    ----------
    times
        The hours, in order and without gap.
    crews
        Number of crews, or several numbers to try.
    seed, draws
        Of the random stream; how often the stretch is simulated.

    Returns
    -------
    frame
        ``crews``, ``share`` (calls lost over calls, all draws together), percentiles ``p2_5`` to ``p97_5`` of the share
        within one such stretch, and ``average``: Erlang's share at the mean rate, without hours, doubt or bursts.

    Notes
    -----
    M(t)/G/c/c by simulation: each draw has its own level, each of its days and hours its own gamma burst, all draws and
    numbers of crews the same calls where they can. The stretch starts with every crew free.

    References
    ----------
    Davis, Massey & Whitt 1995, Management Science 41(6):1107 (the nonstationary Erlang loss model).
    """
    numbers, when = _numbers(crews), local_times("times", times)
    mean = pattern.expected(when)
    rng = random_stream(seed, "share_none_free", str(when[0]))
    clock = _call_times(_rates(pattern, when, mean, draws, rng), rng)
    real = np.isfinite(clock)
    length = duration.draw(rng, clock.shape)
    lost = (_lost(clock, length, numbers) & real).sum(axis=2)
    calls = real.sum(axis=1)
    shares = lost / np.maximum(calls, 1)
    rows = [
        (c, lost[i].sum() / max(calls.sum(), 1), *np.quantile(shares[i], list(RANGE.values())))
        for i, c in enumerate(numbers)
    ]
    load = float(mean.mean()) * duration.mean / MINUTES_AN_HOUR
    return pd.DataFrame(rows, columns=["crews", "share", *RANGE]).assign(average=[erlang_b(c, load) for c in numbers])


def _rates(
    pattern: Pattern, when: pd.DatetimeIndex, mean: FloatArray, draws: int, rng: np.random.Generator
) -> FloatArray:
    """Return rates of every hour in every draw: the mean, times a gamma factor of the draw, the day and the hour."""
    day, days = when.normalize().factorize()
    by_day = pattern.alpha("day")
    by_hour = (1.0 + pattern.alpha("hour")) / (1.0 + by_day) - 1.0
    doubt = float(np.average(pattern.doubt(when), weights=mean))
    level = _factors(doubt, (draws, 1), rng)
    return mean * level * _factors(by_day, (draws, len(days)), rng)[:, day] * _factors(by_hour, (draws, len(when)), rng)


def _factors(variance: float, size: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """Return gamma factors of mean 1 and this variance."""
    return rng.gamma(1.0 / variance, variance, size) if variance > 0 else np.ones(size)


def _call_times(rates: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the times of the calls of each draw in order, padded with infinity [minutes] (draws, most calls)."""
    draws, hours = rates.shape
    number = rng.poisson(rates)
    calls = number.sum(axis=1)
    clock = np.full((draws, max(int(calls.max()), 1)), np.inf)
    hour = np.repeat(np.tile(np.arange(hours), draws), number.ravel())
    clock[np.arange(clock.shape[1]) < calls[:, None]] = (hour + rng.random(hour.size)) * MINUTES_AN_HOUR
    return np.sort(clock, axis=1)


def _lost(clock: FloatArray, minutes: FloatArray, numbers: NDArray[np.int_]) -> NDArray[np.bool_]:
    """Return which calls are lost, by number of crews and row (numbers, rows, calls); calls ascend in each row."""
    rows, calls = clock.shape
    crew, here = np.arange(numbers.max())[:, None], np.repeat(numbers, rows)
    free_from = np.where(crew < here, -np.inf, np.inf)  # ascending: crew by crew, the soonest free first
    starts, ends = (np.tile(one.T, len(numbers)) for one in (clock, clock + minutes))
    lost = np.empty(starts.shape, bool)
    for call in range(calls):
        soonest = free_from[0]
        np.greater(soonest, starts[call], out=lost[call])
        moved = np.where(lost[call], soonest, ends[call])
        for place in range(len(free_from) - 1):
            later = free_from[place + 1]
            free_from[place], moved = np.minimum(later, moved), np.maximum(later, moved)
        free_from[-1] = moved
    return lost.T.reshape(len(numbers), rows, calls)


def _numbers(crews: int | Sequence[int]) -> NDArray[np.int_]:
    """Return numbers of crews, refusing what is none."""
    numbers = np.atleast_1d(np.asarray(crews, float))
    if wrong := [value for value in numbers.tolist() if not (value >= 1 and value.is_integer())]:
        raise ValueError(f"crews must be a whole number >= 1, not {wrong[0]:g}")
    return numbers.astype(int)
