"""How likely a number of calls is, when its rate is not known exactly: the negative binomial distribution.

In: a mean and a size, variance ``mean + mean**2 / size``; an infinite size is a Poisson count. Out: probabilities and
quantiles, all broadcast.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]
PLAIN_SIZE: Final = 1e7  # a negative binomial of this size is a Poisson count to six digits


def log_probability(count: ArrayLike, mean: ArrayLike, size: ArrayLike) -> FloatArray:
    """Return the log probability of a count."""
    number, middle, scatter = np.asarray(count, float), np.asarray(mean, float), np.asarray(size, float)
    plain = np.isinf(scatter)
    known = np.where(plain, 1.0, scatter)
    ways = special.gammaln(number + known) - special.gammaln(known) - special.gammaln(number + 1.0)
    found = ways - known * np.log1p(middle / known) + special.xlogy(number, middle / (known + middle))
    if not plain.any():
        return np.asarray(found)
    return np.where(plain, special.xlogy(number, middle) - middle - special.gammaln(number + 1.0), found)


def log_likelihood(counts: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Return the log probability of all counts (n,) together, under each row of means and finite sizes (..., n)."""
    some, (middle, scatter) = counts > 0, np.broadcast_arrays(mean, size)
    idle, known = middle[..., ~some], scatter[..., ~some]  # the probability of no call needs no gamma function
    found = log_probability(counts[some], middle[..., some], scatter[..., some])
    return np.asarray(found.sum(axis=-1) - (known * np.log1p(idle / known)).sum(axis=-1))


def count_cdf(count: ArrayLike, mean: ArrayLike, size: ArrayLike) -> FloatArray:
    """Return the probability of at most ``count`` under a negative binomial (Poisson where ``size`` is infinite).

    Between whole numbers it rises smoothly, which is how a range of counts is taken at its middle.
    """
    number = np.maximum(np.asarray(count, float), 0.0)
    middle, scatter = np.asarray(mean, float), np.asarray(size, float)
    plain = np.isinf(scatter)
    known = np.where(plain, 1.0, scatter)
    reached = special.betainc(known, number + 1.0, known / (known + middle))
    return np.where(plain, special.gammaincc(number + 1.0, middle), reached) if plain.any() else reached


def count_quantile(mean: FloatArray, size: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Return the smallest count not exceeded with each probability, by halving; arguments are broadcast."""
    if wrong := [value for value in probabilities.ravel().tolist() if not 0.0 < value < 1.0]:
        raise ValueError(f"probabilities must lie between 0 and 1, not {wrong[0]}")
    middle, spread, wanted = np.broadcast_arrays(mean, size, probabilities)
    high = np.ceil(middle + np.sqrt((middle + middle**2 / spread) / (1.0 - wanted)))  # Cantelli's inequality
    low = np.full(middle.shape, -1.0)
    while (high - low > 1.0).any():
        between = np.floor((low + high) / 2.0)
        enough = count_cdf(between, middle, spread) >= wanted
        low, high = np.where(enough, low, between), np.where(enough, between, high)
    return np.maximum(high, 0.0)


def joint_size(*variances: ArrayLike) -> FloatArray:
    """Return the negative binomial size of a Poisson count whose mean is multiplied by independent unit-mean factors.

    ``variances`` are those of the factors; their product has the variance that the size stands for.
    """
    total = math.prod(1.0 + np.asarray(one, float) for one in variances) - 1.0
    return np.asarray(1.0 / np.maximum(total, 1.0 / PLAIN_SIZE))
