"""The ladder of models for yearly counts: from last year's count to an average over how fast the past fades.

In: the counts of a force and of others, one row a series, one column a year, NaN where missing. Out: for a number of
years ahead, what each rung would forecast and how well it would have forecast the years that are known. Every rung says
negative binomial: its mean comes from the series alone, its size (how much years differ) from all series together, the
force's own years counting ten times as much as another's. A pair of years, an origin and a target, teaches a forecast
only once its target is past.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apstra.demand.counts import log_probability
from apstra.uncertainty import JEFFREYS_SHAPE

FloatArray = NDArray[np.float64]
DISCOUNTS: Final = np.array([0.0, 0.25, 0.5, 0.75, 1.0])  # 0 is last year, 1 the mean
SIZES: Final = np.geomspace(0.5, 500.0, 16)
USUAL_SIZE: Final = 9.0  # a year's rate usually lies within a third of the year's before
USUAL_SPREAD: Final = 1.0  # of the log size, so that a few years' evidence overrules it
OTHERS_COUNT: Final = 0.1  # forces share their years: a bad forecast for one is a bad forecast for many
TREND_SIZE: Final = 5.0
TREND_YEARS: Final = 3
TREND_ROUNDS: Final = 25
STEEPEST: Final = 1.0
BEYOND: Final = 10.0
NEGLIGIBLE: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """A mixture of negative binomials: ``weight``, ``mean``, ``size`` (components,), and its ``score`` on the past.

    ``score`` is the sum of log probabilities it gave to the targets that are known.
    """

    weight: FloatArray
    mean: FloatArray
    size: FloatArray
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Known origins and targets, and the log probability of each target by level (rows) and size (columns)."""

    series: NDArray[np.intp]
    origin: NDArray[np.intp]
    target: NDArray[np.intp]
    gain: FloatArray


def climb(history: FloatArray, horizon: int) -> list[Mapping[str, Rung]]:
    """Return what every rung forecasts for the first series, for each of ``horizon`` years after the last column.

    Parameters
    ----------
    history
        Counts (series, years), the force's own first, NaN where missing; the first row holds at least one year.
    horizon
        Years ahead, at least 1.

    Notes
    -----
    Years without a count at the end lengthen the way to the target; within a series they age what is known. Where no
    pair of years tells how much years differ, the size is the usual one over the years between: a force with a single
    year gets a wider range than the conjugate 3 to 21 for ten in one year, which takes all years to be alike.
    """
    levels = (*_levels(history), *trends(history, TREND_SIZE))
    idle = history.shape[1] - 1 - int(np.flatnonzero(np.isfinite(history[0]))[-1])
    return [_rungs(history, levels, step + idle) for step in range(1, horizon + 1)]


def climbed(history: FloatArray, step: int) -> Iterator[tuple[int, int, Mapping[str, Rung]]]:
    """Give what every rung would have forecast for every series at every year from which the target is now known.

    Each is what ``climb`` returns for that series and the others as they stood then, worked out for all at once, since
    nothing in the ladder looks ahead: the place of the series, that of the year forecast from, and the rungs.
    """
    levels = (*_levels(history), *trends(history, TREND_SIZE))
    pairs, mean, size, before, _ = _judged(history, levels, step)
    weights = {name: choose(before) for name, choose in _CHOICES.items()}
    scores = {name: _log_of_mixture(weight, pairs.gain) for name, weight in weights.items()}
    years = history.shape[1]
    told = {name: np.bincount(pairs.target, score, years).cumsum() for name, score in scores.items()}
    for place, (series, origin) in enumerate(zip(pairs.series, pairs.origin, strict=True)):
        here = mean[series, origin], size[series, origin]
        yield (
            int(series),
            int(origin),
            {name: _rung(weight[place], *here, float(told[name][origin])) for name, weight in weights.items()},
        )


def _rungs(history: FloatArray, levels: tuple[FloatArray, ...], gap: int) -> Mapping[str, Rung]:
    """Return what every rung forecasts ``gap`` years after the last known year of the first series."""
    own = np.flatnonzero(np.isfinite(history[0]))[-1]
    pairs, mean, size, before, now = _judged(history, levels, gap)
    return {
        name: _rung(
            choose(now[None])[0], mean[0, own], size[0, own], float(_log_of_mixture(choose(before), pairs.gain).sum())
        )
        for name, choose in _CHOICES.items()
    }


def _rung(weight: FloatArray, mean: FloatArray, size: FloatArray, score: float) -> Rung:
    """Return a rung from weights over levels and sizes, what weighs next to nothing left out."""
    kept = np.nonzero(weight > NEGLIGIBLE)
    return Rung(weight[kept] / weight[kept].sum(), mean[kept[0]], size[kept], score)


def _judged(
    history: FloatArray, levels: tuple[FloatArray, ...], gap: int
) -> tuple[_Pairs, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the known pairs ``gap`` years apart, mean and size at every year, the evidence then and the evidence now.

    Mean is (series, years, levels), size (series, years, levels, sizes), evidence [log weight] (pairs, levels, sizes)
    and (levels, sizes) for the first series.
    """
    shape, years, middle, slope = levels
    mean = np.concatenate(
        [shape / np.maximum(years, NEGLIGIBLE), _ahead(history, middle, slope, gap)[..., None]], axis=-1
    )
    size = np.concatenate(
        [1.0 / (1.0 / SIZES + 1.0 / shape[..., None]), np.broadcast_to(SIZES, (*middle.shape, 1, SIZES.size))], axis=-2
    )
    pairs = _pairs(history, mean, size, gap)
    usual = -0.5 * ((np.log(SIZES) - np.log(USUAL_SIZE / gap)) / USUAL_SPREAD) ** 2
    return pairs, mean, size, *_evidence(pairs, history.shape, usual)


def _levels(history: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return discounted counts (with the Jeffreys half) and discounted years, each (series, years, discounts)."""
    count = np.zeros((len(history), DISCOUNTS.size))
    years = np.zeros_like(count)
    counts, exposures = [], []
    for column in history.T:
        there = np.isfinite(column)[:, None]
        count = DISCOUNTS * count + np.where(there, column[:, None], 0.0)
        years = DISCOUNTS * years + there
        counts.append(count)
        exposures.append(years)
    return np.stack(counts, axis=1) + JEFFREYS_SHAPE, np.stack(exposures, axis=1)


def trends(history: FloatArray, size: float) -> tuple[FloatArray, FloatArray]:
    """Return a log-linear trend through every stretch of years from the first: log level at its end, and slope a year.

    Parameters
    ----------
    history
        Counts (series, years), NaN where missing.
    size
        Of the negative binomial (NB2) whose likelihood is maximised.

    Returns
    -------
    arrays
        Both (series, years); the slope is 0 where fewer than three years are known.

    References
    ----------
    Hilbe 2011, *Negative Binomial Regression*, section 8.2 (NB2 by iteratively reweighted least squares).
    """
    number = history.shape[1]
    when = np.arange(number)[None, None, :] - np.arange(number)[None, :, None]
    used = (when <= 0) & np.isfinite(history)[:, None, :]
    count = np.nan_to_num(history)[:, None, :] + np.zeros((1, number, 1))
    known = used.sum(axis=-1)
    level = np.log((used * count).sum(axis=-1) / np.maximum(known, 1) + JEFFREYS_SHAPE)
    slope = np.zeros_like(level)
    for _ in range(TREND_ROUNDS):
        mean = np.exp(np.clip(level[..., None] + slope[..., None] * when, -20.0, 20.0))
        weight = used * mean / (1.0 + mean / size)
        away = (count - mean) / mean
        flat, first, second = ((weight * when**power).sum(axis=-1) + NEGLIGIBLE**3 for power in range(3))
        off, tilted = ((weight * away * when**power).sum(axis=-1) for power in range(2))
        free = np.where(known >= TREND_YEARS, flat * second - first**2, np.inf)
        turn = (flat * tilted - first * off) / np.maximum(free, NEGLIGIBLE**3)
        level = level + np.clip((off - first * turn) / flat, -1.0, 1.0)
        slope = np.clip(slope + np.clip(turn, -0.5, 0.5), -STEEPEST, STEEPEST)
    return level, slope


def _ahead(history: FloatArray, middle: FloatArray, slope: FloatArray, gap: int) -> FloatArray:
    """Return the mean a trend leads to, kept within ten times what the series had ever counted."""
    most = np.maximum.accumulate(np.nan_to_num(history), axis=1)
    return np.exp(np.clip(middle + slope * gap, -1.0, np.log(BEYOND * most + BEYOND)))


def _pairs(history: FloatArray, mean: FloatArray, size: FloatArray, gap: int) -> _Pairs:
    """Return every pair of known years ``gap`` apart, with what each level and size would have given the later one."""
    known = np.isfinite(history)
    apart = known[:, :-gap] & known[:, gap:] if gap < history.shape[1] else np.zeros((0, 0), bool)
    series, origin = np.nonzero(apart)
    count = history[series, origin + gap][:, None, None]
    gain = log_probability(count, mean[series, origin][..., None], size[series, origin])
    return _Pairs(series, origin, origin + gap, gain)


def _log_of_mixture(weight: FloatArray, gain: FloatArray) -> FloatArray:
    """Return the log of the weighted sum of probabilities given by their logs, for each row."""
    highest = np.max(gain, axis=(1, 2), where=weight > 0, initial=-np.inf)
    shifted = np.exp(np.minimum(gain - highest[:, None, None], 0.0))
    return np.asarray(highest + np.log((weight * shifted).sum(axis=(1, 2))))


def _evidence(pairs: _Pairs, form: tuple[int, int], usual: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what was known of level and size at the origin of every pair, and what is known now [log weight]."""
    told = np.zeros((*form, DISCOUNTS.size + 1, SIZES.size))
    np.add.at(told, (pairs.series, pairs.target), pairs.gain)
    told = told.cumsum(axis=1)
    everyone = OTHERS_COUNT * told.sum(axis=0)
    before = usual + everyone[pairs.origin] + (1.0 - OTHERS_COUNT) * told[pairs.series, pairs.origin]
    return before, usual + everyone[-1] + (1.0 - OTHERS_COUNT) * told[0, -1]


def _averaged(evidence: FloatArray) -> FloatArray:
    """Return weights over levels and sizes in proportion to the evidence, the trend left out."""
    weight = np.zeros_like(evidence)
    flat = evidence[:, :-1]
    weight[:, :-1] = np.exp(flat - flat.max(axis=(1, 2), keepdims=True, initial=-np.inf))
    return weight / weight.sum(axis=(1, 2), keepdims=True)


def _best(evidence: FloatArray) -> FloatArray:
    """Return all weight on the level and size with most evidence, the trend left out."""
    flat = evidence[:, :-1].reshape(len(evidence), DISCOUNTS.size * SIZES.size)
    weight = np.zeros((len(evidence), (DISCOUNTS.size + 1) * SIZES.size))
    weight[np.arange(len(evidence)), flat.argmax(axis=1)] = 1.0
    return weight.reshape(evidence.shape)


def _at(place: int) -> Callable[[FloatArray], FloatArray]:
    """Return a choice of the size with most evidence at one level, all weight on it."""

    def choose(evidence: FloatArray) -> FloatArray:
        weight = np.zeros_like(evidence)
        weight[np.arange(len(evidence)), place, evidence[:, place].argmax(axis=1)] = 1.0
        return weight

    return choose


_CHOICES: Final[Mapping[str, Callable[[FloatArray], FloatArray]]] = {
    "averaged": _averaged, "last year": _at(0), "mean": _at(DISCOUNTS.size - 1), "discounted": _best,
    "trend": _at(DISCOUNTS.size),
}  # fmt: skip
