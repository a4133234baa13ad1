"""Whether the pattern forecasts calls that it has not seen, and how often such calls find no crew free.

In: a log, with committed times where known, and the calendar. Out: scores of forecasts made every fourth week for the
four weeks that follow, from the log before them alone, by hour and by day, against simpler forecasts; and the share of
held-back calls that find no crew free against the share predicted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.demand.counts import count_cdf, count_quantile, joint_size
from apstra.demand.days import COUNTRY, DAY, clock_hours, hours_of, local_times
from apstra.demand.duration import fit_duration
from apstra.demand.intensity import Pattern, fit_pattern
from apstra.demand.regression import overdispersion
from apstra.demand.replay import replay, share_none_free
from apstra.demand.scores import LEVELS, count_scores, paired_difference, pit_histogram, summary
from apstra.scenario import DAYS_A_WEEK, HOURS_A_DAY
from apstra.uncertainty import random_stream

FloatArray = NDArray[np.float64]
Forecasts = dict[str, tuple[FloatArray, FloatArray]]
WEEKS: Final = 4
FIRST: Final = 52
CREWS: Final = (2, 3, 4, 5, 6)
MODEL: Final = "pattern"
SCALES: Final[dict[str, Callable[[pd.DatetimeIndex], pd.DatetimeIndex]]] = {
    "hour": lambda days: (hours := hours_of(days))[clock_hours(hours) > 0],
    "day": lambda days: days,
}


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """How good forecasts of held-back calls were.

    Attributes
    ----------
    scores
        ``scale``, ``model``, ``n``, ``log_score``, ``crps``, the share of counts ``within_50`` to ``within_95``, and
        ``expected_50`` to ``expected_95``: what these intervals of whole numbers should have held.
    differences
        Pattern less rival, below 0 where the pattern is better: ``scale``, ``rival``, ``score``, ``difference`` with
        ``low`` and ``high`` (95 %, bootstrap of whole windows).
    pit
        ``scale``, ``bin``, ``share`` of the pattern's forecasts in each tenth.
    lost
        ``crews``, ``windows``, ``calls``, ``seen`` and predicted ``share`` of calls that found no crew free,
        ``average`` (Erlang's at the mean rate), and in how many windows the share seen lay ``within_80`` and
        ``within_95`` of the prediction.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    pit: pd.DataFrame
    lost: pd.DataFrame


def score_log(
    incidents: pd.DataFrame, calendar: pd.DataFrame | None, *, weeks: int = WEEKS, first: int = FIRST,
    country: str = COUNTRY, crews: Sequence[int] = CREWS, seed: int = 0,
) -> Proof:  # fmt: skip
    """Return how well the pattern would have forecast a log.

    Parameters
    ----------
    incidents
        ``called_at`` and, for calls that find no crew free, ``minutes`` of committed time. A call whose minutes are
        missing or not above 0 stays and takes a time drawn from the others' law.
    calendar, country
        As in ``fit_pattern``: what is known in advance.
    weeks, first
        Weeks forecast from each origin, and weeks of log before the first origin.
    crews
        Numbers of crews to try.
    seed
        Of the random streams.

    Raises
    ------
    ValueError
        If the log is too short for one forecast.
    """
    log = incidents.assign(called_at=local_times("incidents: called_at", incidents["called_at"]))
    log = log.sort_values("called_at", ignore_index=True)
    opens, closes = log["called_at"].iloc[[0, -1]].dt.normalize()
    starts = pd.date_range(
        opens + first * DAYS_A_WEEK * DAY, closes + DAY - weeks * DAYS_A_WEEK * DAY, freq=weeks * DAYS_A_WEEK * DAY
    )
    if starts.empty:
        raise ValueError(f"incidents must cover at least {first + weeks} weeks, not {(closes - opens).days + 1} days")
    windows = [pd.date_range(start, periods=weeks * DAYS_A_WEEK) for start in starts]
    patterns = [
        fit_pattern(log[log["called_at"] < days[0]], calendar, period=(opens, days[0] - DAY), country=country)
        for days in windows
    ]
    every = pd.concat(
        [
            _forecast(log, pattern, days, scale)
            for pattern, days in zip(patterns, windows, strict=True)
            for scale in SCALES
        ],
        ignore_index=True,
    )
    lost = _lost(log, patterns, windows, crews, seed) if "minutes" in log else pd.DataFrame()
    return Proof(_scores(every), _differences(every, seed), _pit(every), lost)


def _forecast(log: pd.DataFrame, pattern: Pattern, days: pd.DatetimeIndex, scale: str) -> pd.DataFrame:
    """Return the scored forecasts of all models for the hours or days of one window."""
    when, times = pd.DatetimeIndex(log["called_at"]), SCALES[scale](days)
    mean, size = (pattern.hours if scale == "hour" else pattern.days)(times)
    usual, spread = _climatology(when[when < days[0]], pattern.period, times, scale)
    plain = np.full(len(times), np.inf)
    models = {
        MODEL: (mean, size), "pattern, Poisson": (mean, plain), "climatology": (usual, spread),
        "climatology, Poisson": (usual, plain),
    }  # fmt: skip
    counts = _count(when, times, scale)
    frames = [
        count_scores(counts, *one).assign(scale=scale, model=model, window=days[0], mean=one[0], size=one[1])
        for model, one in models.items()
    ]
    return pd.concat(frames)


def _climatology(
    past: pd.DatetimeIndex, period: tuple[pd.Timestamp, pd.Timestamp], times: pd.DatetimeIndex, scale: str
) -> tuple[FloatArray, FloatArray]:
    """Return mean and size of the count in the same hour of the week, or on the same weekday, over all the past.

    One week at the mean of all is added, so that an hour without a call is not impossible.
    """
    before = SCALES[scale](pd.date_range(*period))
    counts = _count(past, before, scale)
    cell, later = (when.day_of_week * HOURS_A_DAY + when.hour for when in (before, times))
    rate = (np.bincount(cell, counts) + counts.mean()) / (np.bincount(cell) + 1.0)
    return rate[later], np.full(len(times), joint_size(overdispersion(counts, rate[cell])[0]))


def _count(when: pd.DatetimeIndex, times: pd.DatetimeIndex, scale: str) -> FloatArray:
    """Return the calls in each hour or on each day."""
    calls = when.floor("h" if scale == "hour" else "D").value_counts()
    return calls.reindex(times, fill_value=0).to_numpy(float)


def _scores(every: pd.DataFrame) -> pd.DataFrame:
    """Return the scores by scale and model."""
    rows = []
    for (scale, model), one in every.groupby(["scale", "model"], sort=False):
        mean, size = one["mean"].to_numpy(), one["size"].to_numpy()
        due = {}
        for level in LEVELS:
            low, high = (count_quantile(mean, size, np.array(p)) for p in ((1.0 - level) / 2.0, (1.0 + level) / 2.0))
            below = np.where(low > 0, count_cdf(low - 1.0, mean, size), 0.0)
            due[f"expected_{level * 100:.0f}"] = float((count_cdf(high, mean, size) - below).mean())
        rows.append({"scale": scale, "model": model, **summary(one), **due})
    return pd.DataFrame(rows)


def _differences(every: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the differences between the pattern's scores and each rival's."""
    rows = []
    for (scale, rival), other in every[every["model"] != MODEL].groupby(["scale", "model"], sort=False):
        own = every[(every["scale"] == scale) & (every["model"] == MODEL)]
        for score in ("log_score", "crps"):
            name = f"{scale}, {rival}, {score}"
            rows.append(
                (scale, rival, score, *paired_difference(own[score], other[score], own["window"], seed=seed, name=name))
            )
    return pd.DataFrame(rows, columns=["scale", "rival", "score", "difference", "low", "high"])


def _pit(every: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of the pattern's forecasts in each tenth of the probability integral transform."""
    shares = {scale: pit_histogram(one) for scale, one in every[every["model"] == MODEL].groupby("scale", sort=False)}
    return (
        pd.DataFrame(shares)
        .rename_axis("bin")
        .melt(var_name="scale", value_name="share", ignore_index=False)
        .reset_index()
    )


def _lost(
    log: pd.DataFrame, patterns: list[Pattern], windows: list[pd.DatetimeIndex], crews: Sequence[int], seed: int
) -> pd.DataFrame:
    """Return the share of held-back calls that found no crew free, seen and predicted."""
    when, minutes = log["called_at"], log["minutes"].to_numpy(float)
    whole = fit_duration(minutes)
    drawn = whole.draw(random_stream(seed, "score_log", "minutes"), minutes.shape)
    lost = replay(when, np.where(minutes > 0, minutes, drawn), crews)
    rows = []
    for pattern, days in zip(patterns, windows, strict=True):
        here = ((when >= days[0]) & (when < days[-1] + DAY)).to_numpy()
        duration = fit_duration(minutes[(when < days[0]).to_numpy()])
        rows.append(
            share_none_free(pattern, duration, hours_of(days), crews, seed=seed).assign(
                seen=lost[:, here].mean(axis=1), calls=here.sum(), windows=1
            )
        )
    every = pd.concat(rows)
    for level, (low, high) in {"within_80": ("p10", "p90"), "within_95": ("p2_5", "p97_5")}.items():
        every[level] = (every["seen"] >= every[low]) & (every["seen"] <= every[high])
    means = ["seen", "share", "average"]
    every[means] = every[means].mul(every["calls"], axis=0)
    table = every.groupby("crews")[["windows", "calls", *means, "within_80", "within_95"]].sum()
    table[means] = table[means].div(table["calls"], axis=0)
    return table.reset_index()
