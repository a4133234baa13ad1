"""How high the level of calls stands, week by week, and how sure that is some weeks ahead.

In: calls of each week and what the regression expects of it. Out: a gamma distribution of their ratio. What is known
fades with age at a rate, and towards a spread, that would have forecast the log's own past best.
"""

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.demand.counts import joint_size, log_likelihood
from apstra.scenario import DAYS_A_WEEK

FloatArray = NDArray[np.float64]
Span = tuple[pd.Timestamp, pd.Timestamp]
DISCOUNTS: Final = np.array([1.0, 0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5])  # 1 first: it wins when nothing decides
PRIOR_SHAPES: Final = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0])
HORIZON: Final = 4
DECIDES: Final = 1e-9  # a smaller difference of log scores decides nothing


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
        return _leant(seen, due, self.prior, self.long_run)


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
    paths = _discounted(np.stack([counts * worth, expected * worth]))
    long_run = float(1.0 / (expected * worth).sum())
    score = np.zeros((len(DISCOUNTS), len(PRIOR_SHAPES)))
    for steps in range(1, min(HORIZON, len(counts)) + 1):
        kept, later = DISCOUNTS[:, None] ** steps, slice(steps - 1, None)
        seen, due = (path[:, None, :-steps] * kept[..., None] for path in paths)
        mean, doubt = _leant(seen, due, PRIOR_SHAPES[:, None], long_run)
        score += log_likelihood(counts[later], expected[later] * mean, joint_size(doubt, burst[later]))
    row, column = np.unravel_index(int(np.argmax(score > score.max() - DECIDES)), score.shape)
    observed, due = paths[:, row, 1:]
    return Level(observed, due, float(DISCOUNTS[row]), float(PRIOR_SHAPES[column]), long_run)


def _leant(
    seen: FloatArray, due: FloatArray, prior: float | FloatArray, long_run: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean and relative variance of a level of which calls were seen and due, leaning on its long run."""
    shape, rate = prior + seen, prior + due
    return shape / rate, 1.0 / shape + long_run * (prior / rate) ** 2


def _discounted(series: FloatArray) -> FloatArray:
    """Return the sum of the weeks before each week and before the next, by age (series, discounts, weeks + 1)."""
    start = np.zeros((len(series), len(DISCOUNTS)))
    path = accumulate(series.T[..., None], lambda total, week: DISCOUNTS * total + week, initial=start)
    return np.array(list(path)).transpose(1, 2, 0).copy()


def week_of(day: pd.DatetimeIndex, span: Span) -> NDArray[np.int_]:
    """Return the week of each day; weeks end with the period, and the first that holds a day of it is 0."""
    weeks = -(-((span[1] - span[0]).days + 1) // DAYS_A_WEEK)
    return np.asarray((day - span[1] - pd.Timedelta(days=1)).days // DAYS_A_WEEK + weeks)
