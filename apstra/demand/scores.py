"""How good forecasts of counts were, judged by proper scores.

In: what was counted and the distribution forecast for it: negative binomial, Poisson where its size is infinite. Out:
log score and CRPS (lower is better), the place of the count in its forecast (PIT), how often intervals held it, and the
difference between two forecasters with a bootstrap interval that keeps forecasts made from one series together.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.demand.counts import count_cdf, log_probability
from apstra.uncertainty import random_stream

FloatArray = NDArray[np.float64]
LEVELS: Final = (0.50, 0.80, 0.95)
RESAMPLES: Final = 2000
BINS: Final = 10
CELLS: Final = 250
FAR: Final = 12.0


def count_scores(observed: ArrayLike, mean: ArrayLike, size: ArrayLike) -> pd.DataFrame:
    """Return the scores of forecasts of counts, one row each.

    Parameters
    ----------
    observed
        What was counted (n,).
    mean, size
        Of the negative binomial forecast (n,): variance ``mean + mean**2 / size``; an infinite size is a Poisson count.

    Returns
    -------
    frame
        ``log_score`` (minus the log probability), ``crps`` [counts], ``below`` (probability of fewer than observed) and
        ``up_to`` (of at most as many): the ends of the count's place in its forecast.

    Raises
    ------
    ValueError
        If a mean or size is not positive.

    References
    ----------
    Gneiting & Raftery 2007, JASA 102(477):359; Wei & Held 2014, TEST 23:787 (CRPS of the negative binomial).
    """
    count, middle, scatter = np.broadcast_arrays(*(np.asarray(one, float) for one in (observed, mean, size)))
    if not ((middle > 0).all() and (scatter > 0).all()):
        raise ValueError("mean and size of every forecast must be positive")
    scores = {
        "log_score": -log_probability(count, middle, scatter),
        "crps": _crps(count, middle, scatter),
        "below": np.where(count > 0, count_cdf(count - 1.0, middle, scatter), 0.0),
        "up_to": count_cdf(count, middle, scatter),
    }
    return pd.DataFrame(scores)


def _crps(count: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Return the CRPS of each forecast, all over one grid where none reaches far."""
    far = np.maximum(_far(mean, size), count)
    if far.max(initial=0.0) > CELLS:
        one = np.ones(1)
        rows = zip(count.tolist(), mean[:, None], size[:, None], strict=True)
        return np.array([_crps_of_mixture((one, middle, scatter), number) for number, middle, scatter in rows])
    grid = np.arange(far.max(initial=0.0) + 1.0)
    reached = count_cdf(grid, mean[:, None], size[:, None])
    return ((reached - (grid >= count[:, None])) ** 2).sum(axis=1)


def _far(mean: FloatArray, size: FloatArray) -> FloatArray:
    """Return a count that next to nothing lies beyond."""
    return np.ceil(mean + FAR * np.sqrt(mean + mean**2 / size)) + 1.0


def mixture_scores(components: tuple[FloatArray, FloatArray, FloatArray], observed: float) -> tuple[float, ...]:
    """Return log score, CRPS, ``below`` and ``up_to`` of one count under a mixture of negative binomials.

    Parameters
    ----------
    components
        ``weight``, ``mean`` and ``size`` of each component (components,).
    observed
        What was counted.
    """
    weight, mean, size = components
    up_to = float(count_cdf(observed, mean, size) @ weight)
    below = float(count_cdf(observed - 1.0, mean, size) @ weight) if observed > 0 else 0.0
    mass = log_probability(np.asarray(observed), mean, size)
    highest = float(mass.max())
    log_score = -highest - float(np.log(weight @ np.exp(mass - highest)))
    return log_score, _crps_of_mixture(components, observed), below, up_to


def _crps_of_mixture(components: tuple[FloatArray, FloatArray, FloatArray], observed: float) -> float:
    """Return the CRPS of one count: the summed squared distance of the forecast's distribution function from its step.

    Where counts run beyond ``CELLS``, whole numbers are taken together: a change of less than half of one per cent.
    """
    weight, mean, size = components
    far = max(float(observed), float(_far(mean, size).max())) + 1.0
    edges = np.unique(np.round(np.append(np.linspace(0.0, far, CELLS + 1), observed)))
    middle = (edges[:-1] + edges[1:] - 1.0) / 2.0
    reached = count_cdf(middle[:, None], mean, size) @ weight
    return float((np.diff(edges) * (reached - (edges[:-1] >= observed)) ** 2).sum())


def inside(scores: pd.DataFrame, level: float) -> pd.Series:
    """Return whether each count lay in the central interval of its forecast that holds ``level`` of outcomes."""
    tail = (1.0 - level) / 2.0
    return (scores["up_to"] >= tail) & (scores["below"] < 1.0 - tail)


def pit_histogram(scores: pd.DataFrame, bins: int = BINS) -> FloatArray:
    """Return the share of forecasts in each tenth of the probability integral transform; even when calibrated (bins,).

    Counts are discrete: each is spread evenly from ``below`` to ``up_to`` instead of drawn at random.

    References
    ----------
    Czado, Gneiting & Held 2009, Biometrics 65(4):1254.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    low, high = scores["below"].to_numpy()[:, None], scores["up_to"].to_numpy()[:, None]
    reached = np.clip((edges - low) / np.maximum(high - low, np.finfo(float).tiny), 0.0, 1.0)
    return np.asarray(np.diff(reached.mean(axis=0)))


def paired_difference(
    score: ArrayLike, other: ArrayLike, blocks: ArrayLike, *, seed: int, name: str
) -> tuple[float, float, float]:
    """Return the mean difference of two forecasters' scores and its 95 % range from a block bootstrap.

    Below zero the first is better. Whole blocks are drawn with replacement, since forecasts of one series err together.

    Parameters
    ----------
    score, other
        Scores of the two on the same forecasts (n,).
    blocks
        What belongs together, for example the series (n,).
    seed, name
        Of the random stream.
    """
    difference = pd.Series(np.asarray(score, float) - np.asarray(other, float))
    by_block = difference.groupby(np.asarray(blocks)).agg(["sum", "count"])
    sums, counts = by_block["sum"].to_numpy(), by_block["count"].to_numpy()
    rng = random_stream(seed, "paired_difference", name)
    drawn = rng.integers(len(sums), size=(RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def summary(scores: pd.DataFrame) -> dict[str, float]:
    """Return number of forecasts, mean log score, mean CRPS and the share that each interval held."""
    held = {f"within_{level * 100:.0f}": float(inside(scores, level).mean()) for level in LEVELS}
    means = {name: float(scores[name].mean()) for name in ("log_score", "crps")}
    return {"n": float(len(scores)), **means, **held}
