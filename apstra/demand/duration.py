"""How long a call commits a crew.

In: committed times. Out: the law among lognormal, gamma and Weibull that describes them best, and how well its tail
agrees with what was seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from apstra.demand.volume import exact_share

FloatArray = NDArray[np.float64]
PERCENTILES: Final = (0.50, 0.75, 0.90, 0.95, 0.99)
TAIL_MINUTES: Final = (60.0, 120.0, 240.0, 480.0)
SHAPES: Final = (1e-3, 1e6)
LEAST_SPREAD: Final = 1e-3  # of the log: minutes that are all alike still have a law

Law = Callable[[FloatArray, float, float], FloatArray]
SURVIVAL: Final[dict[str, Law]] = {
    "lognormal": lambda t, shape, scale: special.ndtr(-np.log(t / scale) / shape),
    "gamma": lambda t, shape, scale: special.gammaincc(shape, t / scale),
    "Weibull": lambda t, shape, scale: np.exp(-((t / scale) ** shape)),
}
QUANTILE: Final[dict[str, Law]] = {
    "lognormal": lambda p, shape, scale: scale * np.exp(shape * special.ndtri(p)),
    "gamma": lambda p, shape, scale: scale * special.gammaincinv(shape, p),
    "Weibull": lambda p, shape, scale: scale * (-np.log1p(-p)) ** (1.0 / shape),
}
MEAN: Final[dict[str, Callable[[float, float], float]]] = {
    "lognormal": lambda shape, scale: scale * np.exp(shape**2 / 2.0),
    "gamma": lambda shape, scale: scale * shape,
    "Weibull": lambda shape, scale: scale * special.gamma(1.0 + 1.0 / shape),
}

DRAW: Final[dict[str, Callable[[np.random.Generator, float, float, tuple[int, ...]], FloatArray]]] = {
    "lognormal": lambda rng, shape, scale, size: scale * rng.lognormal(0.0, shape, size),
    "gamma": lambda rng, shape, scale, size: rng.gamma(shape, scale, size),
    "Weibull": lambda rng, shape, scale, size: scale * rng.weibull(shape, size),
}


@dataclass(frozen=True, slots=True, eq=False)
class Duration:
    """The law of committed time.

    Attributes
    ----------
    law, shape, scale
        The law kept, its shape (of the lognormal: standard deviation of the log) and scale [minutes].
    fits
        ``law``, ``shape``, ``scale``, ``log_likelihood``, ``aic``, best first.
    tail
        ``minutes``, ``observed`` share of times beyond them with exact 95 % limits ``low`` and ``high``, ``fitted``.
    n, dropped
        Times used; those left out because they are missing, not finite or not above 0.
    """

    law: str
    shape: float
    scale: float
    fits: pd.DataFrame
    tail: pd.DataFrame
    n: int
    dropped: int

    @property
    def mean(self) -> float:
        """Return the mean [minutes]."""
        return float(MEAN[self.law](self.shape, self.scale))

    def survival(self, minutes: ArrayLike) -> FloatArray:
        """Return the probability that a call holds its crew for longer than ``minutes``."""
        time = np.asarray(minutes, float)
        beyond = SURVIVAL[self.law](np.where(time > 0, time, 1.0), self.shape, self.scale)
        return np.where(time > 0, beyond, 1.0)

    def quantile(self, probability: ArrayLike) -> FloatArray:
        """Return the times not exceeded with each probability [minutes]."""
        wanted = np.asarray(probability, float)
        if wrong := [value for value in np.ravel(wanted).tolist() if not 0.0 <= value < 1.0]:
            raise ValueError(f"probability must lie in [0, 1), not {wrong[0]}")
        return np.asarray(QUANTILE[self.law](wanted, self.shape, self.scale))

    def draw(self, rng: np.random.Generator, size: tuple[int, ...]) -> FloatArray:
        """Return ``size`` draws from ``rng`` [minutes]."""
        return DRAW[self.law](rng, self.shape, self.scale, size)


def fit_duration(minutes: ArrayLike) -> Duration:
    """Return the law of committed time by maximum likelihood, chosen by Akaike's criterion.

    Parameters
    ----------
    minutes
        Committed times (n,). Missing, infinite, zero and negative ones are left out and counted.

    Raises
    ------
    ValueError
        If no time above 0 is left.
    """
    given = np.asarray(minutes, float).ravel()
    known = np.isfinite(given) & (given > 0)
    times = given[known]
    if not times.size:
        raise ValueError(f"minutes must hold at least one time above 0; all {given.size} are missing or not above 0")
    logs = np.log(times)
    alike = logs.std() < LEAST_SPREAD
    laws = [_lognormal(logs)] if alike else [_lognormal(logs), _gamma(times, logs), _weibull(logs)]
    fits = pd.DataFrame(laws, columns=["law", "shape", "scale", "log_likelihood"])
    fits = fits.assign(aic=4.0 - 2.0 * fits["log_likelihood"]).sort_values("aic", ignore_index=True)  # two parameters
    best = (str(fits["law"][0]), float(fits["shape"][0]), float(fits["scale"][0]))
    return Duration(*best, fits, _tail(times, *best), times.size, given.size - times.size)


def _lognormal(logs: FloatArray) -> tuple[str, float, float, float]:
    """Return name, shape, scale and log likelihood of the lognormal law."""
    spread = max(float(logs.std()), LEAST_SPREAD)
    squares = ((logs - logs.mean()) ** 2).sum() / (2.0 * spread**2)
    likelihood = -logs.sum() - squares - logs.size * np.log(spread * np.sqrt(2.0 * np.pi))
    return "lognormal", spread, float(np.exp(logs.mean())), float(likelihood)


def _gamma(times: FloatArray, logs: FloatArray) -> tuple[str, float, float, float]:
    """Return name, shape, scale and log likelihood of the gamma law."""
    gap = np.log(times.mean()) - logs.mean()
    shape = float(optimize.brentq(lambda k: np.log(k) - special.digamma(k) - gap, *SHAPES))
    scale = float(times.mean()) / shape
    likelihood = (shape - 1.0) * logs.sum() - times.size * (shape + special.gammaln(shape) + shape * np.log(scale))
    return "gamma", shape, scale, float(likelihood)


def _weibull(logs: FloatArray) -> tuple[str, float, float, float]:
    """Return name, shape, scale and log likelihood of the Weibull law."""
    above = logs - logs.max()  # the largest power is 1 whatever the shape

    def slope(shape: float) -> float:
        power = np.exp(shape * above)
        return float((power * above).sum() / power.sum() - above.mean() - 1.0 / shape)

    shape = float(optimize.brentq(slope, *SHAPES))
    log_scale = float(logs.max() + np.log(np.exp(shape * above).mean()) / shape)
    likelihood = logs.size * (np.log(shape) - shape * log_scale - 1.0) + (shape - 1.0) * logs.sum()
    return "Weibull", shape, float(np.exp(log_scale)), float(likelihood)


def _tail(times: FloatArray, law: str, shape: float, scale: float) -> pd.DataFrame:
    """Return the share beyond the law's percentiles and beyond round hours, observed and fitted."""
    points = np.sort(np.append(QUANTILE[law](np.array(PERCENTILES), shape, scale), TAIL_MINUTES))
    beyond = [int((times > point).sum()) for point in points]
    limits = np.array([exact_share(count, times.size) for count in beyond])
    columns = {"minutes": points, "observed": np.array(beyond) / times.size, "low": limits[:, 0], "high": limits[:, 1]}
    return pd.DataFrame({**columns, "fitted": SURVIVAL[law](points, shape, scale)})
