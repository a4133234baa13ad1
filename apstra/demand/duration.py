"""How long a call commits a crew.

In: committed times. Out: the mixture of one, two or three lognormal laws that describes them best - calls that come to
nothing, ordinary ones, long ones - and how well its tail agrees with what was seen.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from apstra.demand.volume import exact_share

FloatArray = NDArray[np.float64]
Parts = tuple[FloatArray, FloatArray, FloatArray]
PERCENTILES: Final = (0.50, 0.75, 0.90, 0.95, 0.99)
TAIL_MINUTES: Final = (60.0, 120.0, 240.0, 480.0)
MOST_PARTS: Final = 3
LEAST_OF_PART: Final = 30  # times for each part, or it describes chance
NARROWEST: Final = 0.1  # of the spread of all: times told in round minutes are no part of their own
LEAST_SPREAD: Final = 1e-3  # of the log: minutes that are all alike still have a law
BINS: Final = 500
ROUNDS: Final = 2000
SETTLED: Final = 1e-9
HALVINGS: Final = 60
WIDE: Final = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Duration:
    """The law of committed time: a mixture of lognormals.

    Attributes
    ----------
    weight, centre, spread
        Of its parts (parts,): share, median of the logarithm of minutes, and standard deviation of it.
    fits
        ``parts``, ``log_likelihood``, ``bic``, best first.
    tail
        ``minutes``, ``observed`` share of times beyond them with exact 95 % limits ``low`` and ``high``, ``fitted``.
    n, dropped
        Times used; those left out because they are missing, not finite or not above 0.
    """

    weight: FloatArray
    centre: FloatArray
    spread: FloatArray
    fits: pd.DataFrame
    tail: pd.DataFrame
    n: int
    dropped: int

    @property
    def law(self) -> str:
        """Return the law in words."""
        return "lognormal" if self.weight.size == 1 else f"mixture of {self.weight.size} lognormals"

    @property
    def mean(self) -> float:
        """Return the mean [minutes]."""
        return float(self.weight @ np.exp(self.centre + self.spread**2 / 2.0))

    def survival(self, minutes: ArrayLike) -> FloatArray:
        """Return the probability that a call holds its crew for longer than ``minutes``."""
        return _beyond((self.weight, self.centre, self.spread), np.asarray(minutes, float))

    def quantile(self, probability: ArrayLike) -> FloatArray:
        """Return the times not exceeded with each probability [minutes].

        Raises
        ------
        ValueError
            If a probability lies outside [0, 1).
        """
        wanted = np.asarray(probability, float)
        if wrong := [value for value in np.ravel(wanted).tolist() if not 0.0 <= value < 1.0]:
            raise ValueError(f"probability must lie in [0, 1), not {wrong[0]}")
        return _not_beyond((self.weight, self.centre, self.spread), wanted)

    def draw(self, rng: np.random.Generator, size: tuple[int, ...]) -> FloatArray:
        """Return ``size`` draws from ``rng`` [minutes]."""
        part = np.searchsorted(self.weight.cumsum()[:-1], rng.random(size), side="right")
        return np.asarray(np.exp(self.centre[part] + self.spread[part] * rng.standard_normal(size)))


def fit_duration(minutes: ArrayLike) -> Duration:
    """Return the law of committed time by maximum likelihood, its number of parts chosen by Schwarz's criterion.

    Parameters
    ----------
    minutes
        Committed times (n,). Missing, infinite, zero and negative ones are left out and counted.

    Raises
    ------
    ValueError
        If no time above 0 is left.

    References
    ----------
    McLachlan & Peel 2000, *Finite Mixture Models*, sections 2.8 (expectation and maximisation) and 6.9 (BIC).
    """
    given = np.asarray(minutes, float).ravel()
    known = np.isfinite(given) & (given > 0)
    logs = np.sort(np.log(given[known]))
    if not logs.size:
        raise ValueError(f"minutes must hold at least one time above 0; all {given.size} are missing or not above 0")
    most = min(MOST_PARTS, max(logs.size // LEAST_OF_PART, 1)) if logs.std() > LEAST_SPREAD else 1
    found = {number: _mixture(logs, number) for number in range(1, most + 1)}
    rows = [(number, _log_likelihood(parts, logs)) for number, parts in found.items()]
    fits = pd.DataFrame(rows, columns=["parts", "log_likelihood"])
    fits["bic"] = (3 * fits["parts"] - 1) * np.log(logs.size) - 2.0 * fits["log_likelihood"]
    fits = fits.sort_values("bic", ignore_index=True)
    parts = found[int(fits["parts"].iloc[0])]
    return Duration(*parts, fits, _tail(np.exp(logs), parts), logs.size, given.size - logs.size)


def _mixture(logs: FloatArray, number: int) -> Parts:
    """Return weight, centre and spread of the likeliest mixture of ``number`` normals of sorted logs.

    Many times are taken together in narrow bins of equal width, which moves nothing that is shown.
    """
    value, times = _binned(logs)
    least = max(NARROWEST * float(logs.std()), LEAST_SPREAD)
    groups = np.array_split(logs, number)
    weight, centre = np.full(number, 1.0 / number), np.array([group.mean() for group in groups])
    spread = np.full(number, max(float(logs.std()) / number, least))
    before = -np.inf
    for _ in range(ROUNDS):
        share = weight * np.exp(-0.5 * ((value[:, None] - centre) / spread) ** 2) / spread
        total = share.sum(axis=1) + np.finfo(float).tiny
        counted = share / total[:, None] * times[:, None]
        held = counted.sum(axis=0) + np.finfo(float).tiny
        weight, centre = held / held.sum(), counted.T @ value / held
        spread = np.maximum(np.sqrt((counted * (value[:, None] - centre) ** 2).sum(axis=0) / held), least)
        likelihood = float(times @ np.log(total))
        if likelihood - before < SETTLED * logs.size:
            break
        before = likelihood
    return weight, centre, spread


def _binned(logs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return logs and how many times each stands for: themselves when few, else the means of narrow bins."""
    if logs.size <= BINS:
        return logs, np.ones(logs.size)
    place = np.digitize(logs, np.linspace(logs[0], logs[-1], BINS))
    times = np.bincount(place).astype(float)
    sums = np.bincount(place, logs)
    return sums[times > 0] / times[times > 0], times[times > 0]


def _log_likelihood(parts: Parts, logs: FloatArray) -> float:
    """Return the log likelihood of times whose logs are given."""
    weight, centre, spread = parts
    density = (weight * np.exp(-0.5 * ((logs[:, None] - centre) / spread) ** 2) / spread).sum(axis=1)
    return float((np.log(density) - 0.5 * np.log(2.0 * np.pi) - logs).sum())


def _beyond(parts: Parts, minutes: FloatArray) -> FloatArray:
    """Return the probability of more than ``minutes``."""
    weight, centre, spread = parts
    logs = np.log(np.where(minutes > 0, minutes, 1.0))
    return np.where(minutes > 0, special.ndtr((centre - logs[..., None]) / spread) @ weight, 1.0)


def _not_beyond(parts: Parts, probability: FloatArray) -> FloatArray:
    """Return the times not exceeded with each probability, by halving [minutes]."""
    _, centre, spread = parts
    low = np.full(probability.shape, float((centre - WIDE * spread).min()))
    high = np.full(probability.shape, float((centre + WIDE * spread).max()))
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        enough = 1.0 - _beyond(parts, np.exp(middle)) >= probability
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(probability > 0, np.exp(high), 0.0)


def _tail(times: FloatArray, parts: Parts) -> pd.DataFrame:
    """Return the share beyond the law's percentiles and beyond round hours, observed and fitted."""
    points = np.sort(np.append(_not_beyond(parts, np.array(PERCENTILES)), TAIL_MINUTES))
    beyond = [int((times > point).sum()) for point in points]
    limits = np.array([exact_share(count, times.size) for count in beyond])
    columns = {"minutes": points, "observed": np.array(beyond) / times.size, "low": limits[:, 0], "high": limits[:, 1]}
    return pd.DataFrame({**columns, "fitted": _beyond(parts, points)})
