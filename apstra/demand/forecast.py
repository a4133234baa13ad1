"""How many operations are to be expected in the coming years, and how sure that is.

In: yearly counts, with years that are missing, and those of other forces. Out: a predictive distribution for each year
ahead that carries the chance of a single year, the doubt about the rate, and how much years have differed. It comes
from the rung of the ladder (``ladder``) that forecast the known years best: a simple one where it clearly won, else the
average over how fast the past fades.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.demand.ladder import climb
from apstra.demand.predictive import LEVELS, POINTS, Forecast
from apstra.scenario import year_label

FloatArray = NDArray[np.float64]
AVERAGED: Final = "averaged"
CLEARLY: Final = 2.0  # log units by which a rung must have beaten the average on the known years
RATE_RANGE: Final = {"rate_low": 0.05, "rate_high": 0.95}
SLICES: Final = np.linspace(0.05, 0.95, 10)


def forecast_annual(counts: ArrayLike, horizon: int, *, peers: ArrayLike | None = None) -> Forecast:
    """Return the forecast of the next ``horizon`` years from yearly counts.

    Parameters
    ----------
    counts
        Operations of each year, oldest first; NaN where the year is missing, which is never taken for none.
    horizon
        Years ahead, at least 1.
    peers
        Counts of other series (series, years), aligned at the last year, NaN where missing. They tell how much years
        differ and how fast the past fades; the level always comes from the series itself.

    Returns
    -------
    Forecast
        Each step from the rung that gave the known years the highest probability: last year, mean, discounted
        gamma-Poisson, log-linear NB2 trend, or the average over discounts and sizes. A single rung is taken only where
        it beat the average by more than ``CLEARLY``.

    Raises
    ------
    ValueError
        If counts are negative, fractional, not numbers or all missing, or ``horizon`` is no whole number from 1.

    References
    ----------
    West & Harrison 1997, *Bayesian Forecasting and Dynamic Models*, sections 6.3 and 10.8 (practical discounting);
    Hoeting et al. 1999, Statistical Science 14(4):382 (averaging over models); Ibrahim & Chen 2000, Statistical
    Science 15(1):46 (power prior: other forces count, but for less).

    Examples
    --------
    >>> forecast_annual([10], 1).quantile(1, [0.025, 0.975]).tolist()
    [1.0, 26.0]
    """
    history = aligned(counts, peers)
    if not (horizon >= 1 and float(horizon).is_integer()):
        raise ValueError(f"horizon must be a whole number >= 1, not {horizon}")
    steps = climb(history, int(horizon))
    taken = tuple(chosen({name: rung.score for name, rung in step.items()}) for step in steps)
    rungs = [step[name] for step, name in zip(steps, taken, strict=True)]
    return Forecast(
        tuple(rung.weight for rung in rungs),
        tuple(rung.mean for rung in rungs),
        tuple(rung.size for rung in rungs),
        taken,
    )


def chosen(scores: Mapping[str, float]) -> str:
    """Return the rung with the best score on the known years, the average unless another beat it clearly."""
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > scores[AVERAGED] + CLEARLY else AVERAGED


def aligned(counts: ArrayLike, peers: ArrayLike | None) -> FloatArray:
    """Return the series and its peers as rows that end in the same year, NaN where missing.

    Raises
    ------
    ValueError
        If a series holds what cannot be a count, or the first none at all.
    """
    series = _counts("counts", counts)
    if not np.isfinite(series).any():
        raise ValueError(f"counts must hold at least one year, not {series.tolist()}")
    others = [] if peers is None else [_counts("peers", one) for one in _series(peers)]
    rows = [series, *(other for other in others if np.isfinite(other).any())]
    years = max(row.size for row in rows)
    return np.array([np.concatenate([np.full(years - row.size, np.nan), row]) for row in rows])


def _series(peers: ArrayLike) -> Iterable[ArrayLike]:
    """Return the series of peers one by one, of one length or not; a single series is one."""
    try:
        return np.atleast_2d(np.asarray(peers, float))
    except ValueError:
        return list(peers)  # type: ignore[arg-type]  # lists of different lengths, or words that are refused later


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


def coming_years(
    yearly: pd.DataFrame, first: int, horizon: int, factor: float, peers: ArrayLike | None = None
) -> Forecast | None:
    """Return the forecast from the complete years and what the first year has brought; nothing without a complete year.

    Parameters
    ----------
    yearly
        ``year``, ``complete``, ``elapsed`` (share of the year the log covers from its start), ``operations``.
    first
        First financial year to forecast; years between the last complete one and it make the way longer.
    factor
        Demand relative to the baseline [ratio].
    peers
        Published counts of forces (series, years), as ``forecast_annual`` takes them.
    """
    whole = yearly.loc[yearly["complete"]].set_index("year")["operations"]
    if whole.empty:
        return None
    counts = whole.reindex(range(int(whole.index.min()), first)).to_numpy(float)
    forecast = forecast_annual(counts, horizon, peers=peers)
    begun = yearly.loc[yearly["year"] == first]
    if len(begun) and begun["elapsed"].iloc[0] > 0:
        forecast = forecast.given(int(begun["operations"].iloc[0]), float(begun["elapsed"].iloc[0]))
    return forecast.scaled(factor)


def rate_slices(forecast: Forecast | None, factor: float = 1.0) -> pd.DataFrame:
    """Return the coming year's rate in ten equally likely slices, for what follows from it to be worked out in each.

    Parameters
    ----------
    factor
        By how much every rate of the forecast is to be multiplied.

    Returns
    -------
    frame
        ``probability`` (the middle of each slice: 0.05 to 0.95), ``operations`` [operations a year], ``factor``
        (relative to its mean); no row without a forecast.
    """
    columns = ["probability", "operations", "factor"]
    if forecast is None:
        return pd.DataFrame(columns=columns, dtype=float)
    rate = forecast.rate_quantile(1, SLICES)
    return pd.DataFrame(dict(zip(columns, (SLICES, factor * rate, rate / forecast.rate[0]), strict=True)))


def forecast_table(forecast: Forecast | None, first: int) -> pd.DataFrame:
    """Return the forecast by financial year.

    Returns
    -------
    frame
        ``year``, ``label``, what ``Forecast.told`` says, ``rate_low`` and ``rate_high`` (5 and 95 % of the rate)
        [operations a year], ``rung`` (of the ladder); no row without a forecast.
    """
    held = [f"held_{level}" for level in LEVELS]
    columns = ["year", "label", "mean", *POINTS, *held, "some", *RATE_RANGE, "rung"]
    if forecast is None:
        return pd.DataFrame(columns=columns)
    rows = [
        {
            "year": first + step - 1,
            "label": year_label(first + step - 1),
            **forecast.told(step),
            **dict(zip(RATE_RANGE, forecast.rate_quantile(step, list(RATE_RANGE.values())), strict=True)),
            "rung": forecast.rungs[step - 1],
        }
        for step in range(1, forecast.horizon + 1)
    ]
    return pd.DataFrame(rows, columns=columns)
