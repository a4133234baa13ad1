"""How many operations are to be expected in the coming years, and how sure that is.

In: yearly counts, with years that are missing. Out: a predictive distribution for each year ahead that carries both the
chance of a single year and the doubt about the rate. Older years count for less; how much less is chosen by how well
each choice would have forecast the past, one year ahead.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from apstra.scenario import year_label
from apstra.uncertainty import JEFFREYS_SHAPE

FloatArray = NDArray[np.float64]
DISCOUNTS: Final = tuple(round(1.0 - 0.05 * step, 2) for step in range(15))  # 1.00 first: it wins when nothing decides
INTERVALS: Final = {
    "p2_5": 0.025, "p5": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50,
    "p75": 0.75, "p90": 0.90, "p95": 0.95, "p97_5": 0.975,
}  # fmt: skip
RATE_RANGE: Final = {"rate_low": 0.05, "rate_high": 0.95}


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """A predictive distribution of the count in each year ahead: negative binomial, a Poisson count of a gamma rate.

    Attributes
    ----------
    shape, exposure
        Of the gamma distribution of the rate, by step (horizon,).
    discount
        Weight that a year keeps with each further year of age.
    """

    shape: FloatArray
    exposure: FloatArray
    discount: float

    @property
    def mean(self) -> FloatArray:
        """Return the mean count of each step (horizon,)."""
        return np.asarray(self.shape / self.exposure)

    def pmf(self, step: int, values: ArrayLike) -> FloatArray:
        """Return the probability of each count in ``values`` at ``step`` (from 1)."""
        shape, exposure = self._rate(step)
        counts = np.asarray(values, float)
        possible = (counts >= 0) & (counts == np.floor(counts))
        return np.where(possible, np.exp(log_score(np.where(possible, counts, 0.0), shape, exposure)), 0.0)

    def cdf(self, step: int, values: ArrayLike) -> FloatArray:
        """Return the probability of at most each count in ``values`` at ``step`` (from 1)."""
        shape, exposure = self._rate(step)
        counts = np.floor(np.asarray(values, float))
        below = special.betainc(shape, np.maximum(counts, 0.0) + 1.0, exposure / (1.0 + exposure))
        return np.where(counts >= 0, below, 0.0)

    def quantile(self, step: int, probability: ArrayLike) -> FloatArray:
        """Return the smallest count that is not exceeded with ``probability`` at ``step`` (from 1)."""
        wanted = np.asarray(probability, float)
        if wrong := [value for value in np.ravel(wanted).tolist() if not 0.0 <= value < 1.0]:
            raise ValueError(f"probability must lie in [0, 1), not {wrong[0]}")
        top = 1
        while self.cdf(step, top) < wanted.max(initial=0.0):
            top *= 2
        return np.asarray(np.searchsorted(self.cdf(step, np.arange(top + 1)), wanted), float)

    def rate_quantile(self, step: int, probability: ArrayLike) -> FloatArray:
        """Return quantiles of the rate [operations a year] at ``step``, without the chance of a single year's count."""
        shape, exposure = self._rate(step)
        return np.asarray(special.gammaincinv(shape, np.asarray(probability, float)) / exposure)

    def scaled(self, factor: float) -> "Forecast":
        """Return the forecast with every rate ``factor`` times as high."""
        if not 0 < factor < np.inf:
            raise ValueError(f"factor must be positive and finite, not {factor}")
        return replace(self, exposure=self.exposure / factor)

    def _rate(self, step: int) -> tuple[float, float]:
        """Return shape and exposure of a step, refusing one that was not forecast."""
        if not 1 <= step <= self.shape.size:
            raise ValueError(f"step must lie in 1 to {self.shape.size}, not {step}")
        return float(self.shape[step - 1]), float(self.exposure[step - 1])


def forecast_annual(counts: ArrayLike, horizon: int, *, peers: ArrayLike | None = None) -> Forecast:
    """Return the forecast of the next ``horizon`` years from yearly counts: a discounted gamma-Poisson model.

    Parameters
    ----------
    counts
        Operations of each year, oldest first; NaN where the year is missing, which ages what is known and adds nothing.
    horizon
        Years ahead, at least 1.
    peers
        Counts of other series (series, years), NaN where missing; they help to choose the discount and nothing else.

    Returns
    -------
    Forecast
        From the Jeffreys prior. The discount is the one of 0.30, 0.35 ... 1.00 whose one-year-ahead forecasts of the
        past have the best log score; with a single year nothing decides and it is 1. Further ahead the rate's relative
        variance grows by the same amount with each year and its mean stays.

    Raises
    ------
    ValueError
        If counts are negative, fractional, not numbers or all missing, or ``horizon`` is below 1.

    References
    ----------
    West & Harrison 1997, *Bayesian Forecasting and Dynamic Models*, sections 6.3 and 10.8 (practical discounting).

    Examples
    --------
    >>> forecast_annual([10], 1).quantile(1, [0.025, 0.975]).tolist()
    [3.0, 21.0]
    """
    series = _counts("counts", counts)
    if not np.isfinite(series).any():
        raise ValueError(f"counts must hold at least one year, not {series.tolist()}")
    if not (horizon >= 1 and float(horizon).is_integer()):
        raise ValueError(f"horizon must be a whole number >= 1, not {horizon}")
    others = () if peers is None else [_counts("peers", one) for one in np.atleast_2d(np.asarray(peers, float))]
    grid = np.array(DISCOUNTS)
    scores = np.sum([_learn(one, grid)[2] for one in (series, *others)], axis=0)
    best = int(np.argmax(scores))
    discounted, exposure, _ = _learn(series, grid)
    spread = 1.0 + np.arange(1, int(horizon) + 1) * (1.0 / grid[best] - 1.0)
    return Forecast((JEFFREYS_SHAPE + discounted[best]) / spread, exposure[best] / spread, float(grid[best]))


def _counts(name: str, counts: ArrayLike) -> FloatArray:
    """Return yearly counts as numbers, refusing what cannot be counts."""
    try:
        series = np.atleast_1d(np.asarray(counts, float))
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"{name} must be numbers, not {counts!r}") from wrong
    if series.ndim != 1:
        raise ValueError(f"{name} must be one series of years, not of shape {series.shape}")
    known = series[~np.isnan(series)]
    if bad := [value for value in known.tolist() if not (value >= 0 and float(value).is_integer())]:
        raise ValueError(f"{name} must be whole numbers >= 0, not {bad[0]}")
    return series


def _learn(series: FloatArray, discounts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return discounted count, discounted years and the sum of one-step log scores, for each discount."""
    count, exposure, score = (np.zeros_like(discounts) for _ in range(3))
    for value in series:
        if not np.isnan(value):
            if exposure[0] > 0:
                score += log_score(value, discounts * (JEFFREYS_SHAPE + count), discounts * exposure)
            count, exposure = discounts * count + value, discounts * exposure + 1.0
        else:
            count, exposure = discounts * count, discounts * exposure
    return count, exposure, score


def log_score(count: ArrayLike, shape: ArrayLike, exposure: ArrayLike) -> FloatArray:
    """Return the log probability of a Poisson count whose rate is gamma with ``shape`` and ``exposure``."""
    number, form, years = (np.asarray(value, float) for value in (count, shape, exposure))
    ways = special.gammaln(number + form) - special.gammaln(form) - special.gammaln(number + 1.0)
    return np.asarray(ways + form * np.log(years / (1.0 + years)) - number * np.log1p(years))


def coming_years(yearly: pd.DataFrame, first: int, horizon: int, factor: float) -> Forecast | None:
    """Return the forecast from the complete years; nothing when there is none.

    Parameters
    ----------
    yearly
        ``year``, ``complete``, ``operations``.
    first
        First financial year to forecast; years between the last complete one and it only age what is known.
    factor
        Demand relative to the baseline [ratio].
    """
    whole = yearly.loc[yearly["complete"]].set_index("year")["operations"]
    if whole.empty:
        return None
    counts = whole.reindex(range(int(whole.index.min()), first)).to_numpy(float)
    return forecast_annual(counts, horizon).scaled(factor)


def forecast_table(forecast: Forecast | None, first: int) -> pd.DataFrame:
    """Return the forecast by financial year.

    Returns
    -------
    frame
        ``year``, ``label``, ``mean``, percentiles ``p2_5`` to ``p97_5`` of the count, ``rate_low`` and ``rate_high`` (5
        and 95 % of the rate) [operations a year]; no row without a forecast.
    """
    columns = ["year", "label", "mean", *INTERVALS, *RATE_RANGE]
    if forecast is None:
        return pd.DataFrame(columns=columns)
    rows = [
        (
            first + step - 1,
            year_label(first + step - 1),
            forecast.mean[step - 1],
            *forecast.quantile(step, list(INTERVALS.values())),
            *forecast.rate_quantile(step, list(RATE_RANGE.values())),
        )
        for step in range(1, forecast.shape.size + 1)
    ]
    return pd.DataFrame(rows, columns=columns)
