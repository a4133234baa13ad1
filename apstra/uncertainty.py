"""How a number that is not known exactly is written, combined and drawn.

Three-point judgements (modified PERT) and their linear pool, counts with their gamma posterior, gammas of given
moments and their logarithmic pool, exact Poisson limits, named random streams and percentile summaries. In: points,
counts, moments. Out: distributions. Nothing here knows of policing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]
PERT_WEIGHT: Final = 4.0
JEFFREYS_SHAPE: Final = 0.5
REPORTED: Final = (0.05, 0.50, 0.95)
HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class ThreePoint:
    """A three-point judgement as a modified PERT distribution (Vose): a beta stretched over ``low`` to ``high``.

    >>> round(ThreePoint(2, 5, 12).mean, 6)
    5.666667
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        """Refuse points that are not finite or not in order."""
        points = (self.low, self.mode, self.high)
        if not all(np.isfinite(points)) or not self.low <= self.mode <= self.high:
            raise ValueError(f"three points must be finite and ascend, not {points}")

    @property
    def shape(self) -> tuple[float, float]:
        """Return alpha and beta of the beta distribution."""
        width = self.high - self.low
        if width == 0:
            return (1.0, 1.0)
        rise = PERT_WEIGHT * (self.mode - self.low) / width
        return (1.0 + rise, 1.0 + PERT_WEIGHT - rise)

    @property
    def mean(self) -> float:
        """Return the mean."""
        alpha, beta = self.shape
        return self.low + (self.high - self.low) * alpha / (alpha + beta)

    @property
    def variance(self) -> float:
        """Return the variance."""
        alpha, beta = self.shape
        total = alpha + beta
        return float((self.high - self.low) ** 2 * alpha * beta / (total**2 * (total + 1.0)))

    def quantile(self, p: ArrayLike) -> FloatArray:
        """Return the values below which the judgement falls with probability ``p``."""
        alpha, beta = self.shape
        return np.asarray(self.low + (self.high - self.low) * special.betaincinv(alpha, beta, np.asarray(p, float)))

    def cdf(self, value: ArrayLike) -> FloatArray:
        """Return the probability of a value of at most ``value``."""
        value = np.asarray(value, float)
        if self.high == self.low:
            return np.asarray((value >= self.low).astype(float))
        alpha, beta = self.shape
        unit = np.clip((value - self.low) / (self.high - self.low), 0.0, 1.0)
        return np.asarray(special.betainc(alpha, beta, unit))

    def quadrature(self, points: int) -> tuple[FloatArray, FloatArray]:
        """Return the values and weights of Gauss-Jacobi quadrature: sums of weight x f(value) for the mean of f.

        Exact for polynomials of degree 2 ``points`` - 1; one point where the judgement is certain.
        """
        if self.high == self.low:
            return np.array([self.mode]), np.ones(1)
        alpha, beta = self.shape
        roots, weights = special.roots_jacobi(points, beta - 1.0, alpha - 1.0)
        return self.low + (self.high - self.low) * (1.0 + roots) / 2.0, weights / weights.sum()

    def draw(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Return ``size`` draws from ``rng``."""
        alpha, beta = self.shape
        return np.asarray(self.low + (self.high - self.low) * rng.beta(alpha, beta, size))


@dataclass(frozen=True, slots=True)
class LinearPool:
    """Judgements of one quantity by several people, each as likely to be right: their equal-weight mixture.

    References
    ----------
    Clemen and Winkler (1999), "Combining probability distributions from experts in risk analysis", Risk Analysis
    19(2), 187-203.

    Examples
    --------
    >>> LinearPool((ThreePoint(0, 1, 2), ThreePoint(4, 5, 6))).mean
    3.0
    """

    judgements: tuple[ThreePoint, ...]

    def __post_init__(self) -> None:
        """Refuse a pool of nobody."""
        if not self.judgements:
            raise ValueError("a linear pool needs at least one judgement")

    @property
    def mean(self) -> float:
        """Return the mean."""
        return float(np.mean([each.mean for each in self.judgements]))

    @property
    def variance(self) -> float:
        """Return the variance: the mean within the judgements and that between their means."""
        within = np.mean([each.variance for each in self.judgements])
        return float(within + np.var([each.mean for each in self.judgements]))

    def cdf(self, value: ArrayLike) -> FloatArray:
        """Return the probability of a value of at most ``value``."""
        return np.asarray(np.mean([each.cdf(value) for each in self.judgements], axis=0))

    def quantile(self, p: ArrayLike) -> FloatArray:
        """Return the least values that the pool does not exceed with probability ``p``, by bisection."""
        wanted = np.asarray(p, float)
        return np.reshape(_pool_quantiles(self, tuple(wanted.ravel())), wanted.shape)

    def draw(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Return ``size`` draws from ``rng``."""
        drawn = np.stack([each.draw(rng, size) for each in self.judgements])
        chosen = rng.integers(len(self.judgements), size=size)
        return np.asarray(np.take_along_axis(drawn, chosen[np.newaxis], axis=0)[0])


@lru_cache(maxsize=512)
def _pool_quantiles(pool: LinearPool, wanted: tuple[float, ...]) -> tuple[float, ...]:
    """Return quantiles of a pool by bisection; the same few are asked for again and again."""
    low = np.full(len(wanted), min(each.low for each in pool.judgements))
    high = np.full(len(wanted), max(each.high for each in pool.judgements))
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        below = pool.cdf(middle) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return tuple(high.tolist())


@dataclass(frozen=True, slots=True)
class GammaRate:
    """A rate known through a count: gamma with ``shape`` and ``exposure`` (its rate parameter)."""

    shape: float
    exposure: float

    @property
    def mean(self) -> float:
        """Return the mean rate [per unit of exposure]."""
        return self.shape / self.exposure

    def quantile(self, p: ArrayLike) -> FloatArray:
        """Return the rates below which the true rate lies with probability ``p``."""
        return np.asarray(special.gammaincinv(self.shape, np.asarray(p, float)) / self.exposure)

    def draw(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Return ``size`` draws from ``rng``."""
        return np.asarray(rng.gamma(self.shape, 1.0 / self.exposure, size))

    def some(self, window: float) -> float:
        """Return P(at least one event within ``window``), the rate's own uncertainty integrated out."""
        return float(-np.expm1(-self.shape * np.log1p(window / self.exposure)))


JEFFREYS: Final = GammaRate(JEFFREYS_SHAPE, 0.0)


def posterior_rate(count: float, exposure: float, prior: GammaRate = JEFFREYS) -> GammaRate:
    """Return what ``count`` events over ``exposure`` and the ``prior`` say of the rate together.

    Raises
    ------
    ValueError
        If the count or the exposure is negative, or there is no exposure in either.

    References
    ----------
    Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 2.6.
    """
    if not count >= 0:
        raise ValueError(f"count must not be negative, not {count}")
    if not (exposure >= 0 and exposure + prior.exposure > 0):
        raise ValueError(f"exposure must be positive, not {exposure}")
    return GammaRate(prior.shape + count, prior.exposure + exposure)


def gamma_of_moments(mean: float, variance: float) -> GammaRate:
    """Return the gamma rate of a given mean and variance.

    Raises
    ------
    ValueError
        If either is not positive.

    Examples
    --------
    >>> gamma_of_moments(2.0, 1.0)
    GammaRate(shape=4.0, exposure=2.0)
    """
    if not (mean > 0 and variance > 0):
        raise ValueError(f"mean and variance must be positive, not {mean} and {variance}")
    return GammaRate(mean**2 / variance, mean / variance)


def logarithmic_pool(rates: Sequence[GammaRate]) -> GammaRate:
    """Return the equal-weight logarithmic pool: the gamma whose parameters are the means of theirs.

    The weights sum to one, so that sources which know of the same things are not counted as independent data; and the
    pool may be updated before or after pooling with the same result (external Bayesianity).

    Raises
    ------
    ValueError
        If there is no rate to pool.

    References
    ----------
    Genest and Zidek (1986), "Combining probability distributions: a critique and an annotated bibliography",
    Statistical Science 1(1), 114-135.
    """
    if not rates:
        raise ValueError("a logarithmic pool needs at least one rate")
    return GammaRate(sum(each.shape for each in rates) / len(rates), sum(each.exposure for each in rates) / len(rates))


def poisson_limits(count: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact limits of a Poisson mean of which ``count`` was seen (Garwood 1936).

    >>> [round(limit, 6) for limit in poisson_limits(3)]
    [0.618672, 8.767273]
    """
    if count < 0:
        raise ValueError(f"count must not be negative, not {count}")
    tail = (1.0 - level) / 2.0
    lower = 0.0 if count == 0 else float(special.gammaincinv(count, tail))
    return (lower, float(special.gammaincinv(count + 1.0, 1.0 - tail)))


def random_stream(seed: int, *names: str) -> np.random.Generator:
    """Return the generator that belongs to ``names``: the same names, the same draws, whatever else is drawn.

    Streams are keyed by what they drive, so that adding a threat leaves every other draw alone and scenarios share
    common random numbers.
    """
    digest = sha256("\x1f".join(names).encode()).digest()
    key = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, len(digest), 4)]
    return np.random.default_rng(np.random.SeedSequence([seed, *key]))
