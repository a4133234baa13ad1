"""What is forecast: not a number but how likely each number is, for each year ahead.

In: mixtures of negative binomials, one a year. Out: probabilities, quantiles, rates; the same with every rate scaled;
and the same once part of the first year is past.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from apstra.demand.counts import count_cdf, log_probability

FloatArray = NDArray[np.float64]
HALVINGS: Final = 60
POINTS: Final = {
    "p2_5": 0.025, "p5": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50,
    "p75": 0.75, "p90": 0.90, "p95": 0.95, "p97_5": 0.975,
}  # fmt: skip
LEVELS: Final = {50: ("p25", "p75"), 80: ("p10", "p90"), 95: ("p2_5", "p97_5")}


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """A predictive distribution of the count in each year ahead: a mixture of negative binomials.

    Attributes
    ----------
    weights, means, sizes
        Of the components of each step, a tuple of arrays: a Poisson count whose rate is gamma with that mean and shape
        ``size``, so that a year's variance is ``mean + mean**2 / size``.
    rungs
        The rung of the ladder each step comes from.
    counted, elapsed
        What the first year has brought already [operations], and the share of that year it was counted in.
    """

    weights: tuple[FloatArray, ...]
    means: tuple[FloatArray, ...]
    sizes: tuple[FloatArray, ...]
    rungs: tuple[str, ...]
    counted: float = 0.0
    elapsed: float = 0.0

    @property
    def horizon(self) -> int:
        """Return the number of years forecast."""
        return len(self.rungs)

    @property
    def mean(self) -> FloatArray:
        """Return the mean count of each step (horizon,)."""
        steps = range(1, self.horizon + 1)
        return np.array(
            [self._counted(step) + weight @ mean for step in steps for weight, mean, _ in [self.rest(step)]]
        )

    @property
    def rate(self) -> FloatArray:
        """Return the mean rate of each step (horizon,) [operations a year]."""
        return np.array([weight @ mean for weight, mean in zip(self.weights, self.means, strict=True)])

    def pmf(self, step: int, values: ArrayLike) -> FloatArray:
        """Return the probability of each count in ``values`` at ``step`` (from 1)."""
        weight, mean, size = self.rest(step)
        counts = np.asarray(values, float) - self._counted(step)
        possible = (counts >= 0) & (counts == np.floor(counts))
        chance = np.exp(log_probability(np.where(possible, counts, 0.0)[..., None], mean, size)) @ weight
        return np.where(possible, chance, 0.0)

    def cdf(self, step: int, values: ArrayLike) -> FloatArray:
        """Return the probability of at most each count in ``values`` at ``step`` (from 1)."""
        weight, mean, size = self.rest(step)
        counts = np.floor(np.asarray(values, float)) - self._counted(step)
        return np.where(counts >= 0, count_cdf(counts[..., None], mean, size) @ weight, 0.0)

    def quantile(self, step: int, probability: ArrayLike) -> FloatArray:
        """Return the smallest count that is not exceeded with ``probability`` at ``step`` (from 1).

        Raises
        ------
        ValueError
            If the step was not forecast or a probability lies outside [0, 1).
        """
        wanted = np.asarray(probability, float)
        if wrong := [value for value in np.ravel(wanted).tolist() if not 0.0 <= value < 1.0]:
            raise ValueError(f"probability must lie in [0, 1), not {wrong[0]}")
        low, high = np.full(wanted.shape, -1.0), np.full(wanted.shape, 1.0)
        while (short := self.cdf(step, high) < wanted).any():
            high = np.where(short, 2.0 * high, high)
        while (high - low > 1.0).any():
            middle = np.floor((low + high) / 2.0)
            enough = self.cdf(step, middle) >= wanted
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high

    def rate_quantile(self, step: int, probability: ArrayLike) -> FloatArray:
        """Return quantiles of the year's rate [operations a year] at ``step``, without the chance of the count itself.

        Raises
        ------
        ValueError
            If the step was not forecast or a probability lies outside (0, 1).
        """
        weight, mean, size = self._at(step)
        wanted = np.asarray(probability, float)
        if wrong := [value for value in np.ravel(wanted).tolist() if not 0.0 < value < 1.0]:
            raise ValueError(f"probability must lie in (0, 1), not {wrong[0]}")
        ends = special.gammaincinv(size, wanted[..., None]) * mean / size
        low, high = ends.min(axis=-1), ends.max(axis=-1)
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            enough = special.gammainc(size, middle[..., None] * size / mean) @ weight >= wanted
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high

    def told(self, step: int) -> dict[str, float]:
        """Return what is said of ``step`` (from 1).

        ``mean``, percentiles ``p2_5`` to ``p97_5`` [counts], ``held_50``, ``held_80``, ``held_95`` (probability that
        the interval of whole numbers holds: more than its name where counts are small), ``some`` (of at least one).
        """
        points = dict(zip(POINTS, self.quantile(step, list(POINTS.values())).tolist(), strict=True))
        held = {
            f"held_{level}": float(self.cdf(step, points[high]) - self.cdf(step, points[low] - 1.0))
            for level, (low, high) in LEVELS.items()
        }
        return {"mean": float(self.mean[step - 1]), **points, **held, "some": 1.0 - float(self.cdf(step, 0))}

    def scaled(self, factor: float) -> "Forecast":
        """Return the forecast with every rate ``factor`` times as high."""
        if not 0 < factor < np.inf:
            raise ValueError(f"factor must be positive and finite, not {factor}")
        return replace(self, means=tuple(factor * mean for mean in self.means))

    def given(self, counted: int, elapsed: float) -> "Forecast":
        """Return the forecast once part of the first year is past.

        Parameters
        ----------
        counted
            Operations of that part.
        elapsed
            The part's share of the year's operations, below 1 [share].

        Notes
        -----
        Each component is a gamma rate: what was counted moves it by conjugacy, and weighs the components by how likely
        they made it. Later years stay as they are.

        Raises
        ------
        ValueError
            If ``elapsed`` lies outside [0, 1) or ``counted`` is no whole number >= 0.
        """
        if not 0.0 <= elapsed < 1.0:
            raise ValueError(f"elapsed must lie in [0, 1), not {elapsed}")
        seen = float(counted)
        if not (seen >= 0.0 and seen.is_integer()):
            raise ValueError(f"counted must be a whole number >= 0, not {counted}")
        if elapsed == 0.0:
            return self
        weight, mean, size = self._at(1)
        likely = np.log(weight) + log_probability(np.asarray(seen), mean * elapsed, size)
        moved = np.exp(likely - likely.max())
        return replace(
            self,
            weights=(moved / moved.sum(), *self.weights[1:]),
            means=((size + seen) / (size / mean + elapsed), *self.means[1:]),
            sizes=(size + seen, *self.sizes[1:]),
            counted=seen,
            elapsed=elapsed,
        )

    def rest(self, step: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return weight, mean and size of the components of what is still to come in ``step`` (from 1) [operations]."""
        weight, mean, size = self._at(step)
        return weight, mean * (1.0 - self.elapsed * (step == 1)), size

    def _counted(self, step: int) -> float:
        """Return what a step has brought already [operations]."""
        return self.counted * (step == 1)

    def _at(self, step: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return weight, mean and size of a step's rate, refusing one that was not forecast."""
        if not 1 <= step <= self.horizon:
            raise ValueError(f"step must lie in 1 to {self.horizon}, not {step}")
        return self.weights[step - 1], self.means[step - 1], self.sizes[step - 1]
