"""How high the level of calls stands, week by week, and how sure that is some weeks ahead.

In: calls of each week and what the regression expects of it. Out: a gamma distribution of their ratio. What is known
fades with age at a rate, and towards a spread, that would have forecast the log's own past best.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.demand.counts import joint_size, log_probability
from apstra.scenario import DAYS_A_WEEK

FloatArray = NDArray[np.float64]
Span = tuple[pd.Timestamp, pd.Timestamp]
DISCOUNTS: Final = np.array([1.0, 0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5])  # 1 first: it wins when nothing decides
PRIOR_SHAPES: Final = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0])
HORIZON: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The level relative to what the regression expects, gamma distributed around the long-run level 1.

    Attributes
    ----------
    observed, expected
        Discounted calls up to the end of each week, and what was expected of them, in calls' worth (weeks,).
    discount
        Weight that what is known keeps with each week of age.
    prior
        Calls' worth of the long-run level: 1 / ``prior`` is the variance that the level comes back to.
    long_run
        Relative variance of the long-run level itself.
    """

    observed: FloatArray
    expected: FloatArray
    discount: float
    prior: float
    long_run: float

    def at(self, week: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return mean and relative variance of the level in weeks counted from the first, from the weeks before each.

        Beyond the last week the level goes back towards 1, the faster the less is known.
        """
        known = np.clip(np.asarray(week, int), 0, len(self.observed))
        return self.ahead(known, np.asarray(week, float) - known + 1.0)

    def ahead(self, known: ArrayLike, steps: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return mean and relative variance of the level ``steps`` weeks on, the first ``known`` weeks being known."""
        weeks, kept = np.asarray(known, int), self.discount ** np.asarray(steps, float)
        seen, due = (np.append(0.0, series)[weeks] * kept for series in (self.observed, self.expected))
        shape, rate = self.prior + seen, self.prior + due
        return shape / rate, 1.0 / shape + self.long_run * (self.prior / rate) ** 2


def fit_level(counts: FloatArray, expected: FloatArray, burst: FloatArray) -> Level:
    """Return the level of weekly counts.

    Parameters
    ----------
    counts, expected
        Calls, and their expectation, of each week, oldest first (weeks,).
    burst
        Relative variance of each week's count beyond Poisson, the level being known (weeks,).

    Notes
    -----
    A gamma-Poisson filter; a week counts for fewer calls the more its bursts scatter. Discount and prior have the best
    log score of the weeks one to four ahead of each week of the log.

    References
    ----------
    West & Harrison 1997, *Bayesian Forecasting and Dynamic Models*, sections 6.3 and 10.8; Harvey & Fernandes 1989,
    JBES 7(4):407.
    """
    worth = 1.0 / (1.0 + burst * expected)
    observed, due = (_discounted(series * worth) for series in (counts, expected))
    long_run = float(1.0 / (expected * worth).sum())
    best, score = (1.0, float(PRIOR_SHAPES[0])), -np.inf
    for column, discount in enumerate(DISCOUNTS):
        for prior in PRIOR_SHAPES:
            level = Level(observed[:, column], due[:, column], float(discount), float(prior), long_run)
            reached = _score(level, counts, expected, burst)
            if reached > score + 1e-9:
                best, score = (float(discount), float(prior)), reached
    column = int(np.flatnonzero(best[0] == DISCOUNTS)[0])
    return Level(observed[:, column], due[:, column], *best, long_run)


def _discounted(series: FloatArray) -> FloatArray:
    """Return the sum of each week and those before it, discounted by age (weeks, discounts)."""
    total, path = np.zeros_like(DISCOUNTS), []
    for value in series:
        total = DISCOUNTS * total + value
        path.append(total)
    return np.array(path)


def _score(level: Level, counts: FloatArray, expected: FloatArray, burst: FloatArray) -> float:
    """Return the log score of the weeks one to four ahead, each forecast from all weeks before."""
    total, weeks = 0.0, len(counts)
    for steps in range(1, min(HORIZON, weeks) + 1):
        mean, doubt = level.ahead(np.arange(weeks - steps + 1), steps)
        later = slice(steps - 1, None)
        size = joint_size(doubt, burst[later])
        total += float(log_probability(counts[later], expected[later] * mean, size).sum())
    return total


def week_of(day: pd.DatetimeIndex, span: Span) -> NDArray[np.int_]:
    """Return the week of each day; weeks end with the period, and the first that holds a day of it is 0."""
    weeks = -(-((span[1] - span[0]).days + 1) // DAYS_A_WEEK)
    return np.asarray((day - span[1] - pd.Timedelta(days=1)).days // DAYS_A_WEEK + weeks)
