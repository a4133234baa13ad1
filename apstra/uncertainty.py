"""How a number that is not known exactly is written, combined and drawn.

Three-point judgements (modified PERT), counts with their conjugate gamma posterior, exact Poisson limits, named random
streams and percentile summaries. Nothing here knows of policing.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]
PERT_WEIGHT: Final = 4.0
JEFFREYS_SHAPE: Final = 0.5
REPORTED: Final = (0.05, 0.50, 0.95)


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

    def draw(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Return ``size`` draws from ``rng``."""
        alpha, beta = self.shape
        return np.asarray(self.low + (self.high - self.low) * rng.beta(alpha, beta, size))


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
        return float(1.0 - (self.exposure / (self.exposure + window)) ** self.shape)


def posterior_rate(count: float, exposure: float) -> GammaRate:
    """Return what ``count`` events over ``exposure`` say of the rate, from the Jeffreys prior.

    Raises
    ------
    ValueError
        If the count is negative or the exposure is not positive.

    References
    ----------
    Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 2.6.
    """
    if not count >= 0:
        raise ValueError(f"count must not be negative, not {count}")
    if not exposure > 0:
        raise ValueError(f"exposure must be positive, not {exposure}")
    return GammaRate(count + JEFFREYS_SHAPE, exposure)


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


def summarise(draws: ArrayLike, probabilities: tuple[float, ...] = REPORTED) -> FloatArray:
    """Return the reported percentiles (5, 50, 95 %) of draws along the last axis, percentiles last."""
    return np.moveaxis(np.quantile(np.asarray(draws, float), probabilities, axis=-1), 0, -1)
