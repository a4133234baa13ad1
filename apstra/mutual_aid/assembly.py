"""What is the probability that enough officers have arrived by a given time?

In: responders, each so many officers that come together with a probability of coming at all and a distribution of
delay; and the force's own crews by joint state, for crews are not independent of one another. Out: the probability
that at least the number needed has arrived by each time, exact. It need not rise to 1: officers who are never released
never arrive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apstra.uncertainty import ThreePoint

FloatArray = NDArray[np.float64]
SUM_TOLERANCE: Final = 1e-9
SHARED_DELAYS: Final = 7  # points of the quadrature: the error is below 1e-3 for delays as steep as these


class Delay(Protocol):
    """Anything that knows with which probability a delay is over by ``t``; a frozen scipy distribution will do."""

    def cdf(self, t: Any, /) -> Any:
        """Return P(delay <= t)."""
        ...


@dataclass(frozen=True, slots=True)
class Observed:
    """A delay known from how long it took before: every time seen is as likely.

    >>> Observed((10.0, 20.0, 40.0)).cdf(20.0).item()
    0.6666666666666666
    """

    minutes: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a record without a time, or with one that is none."""
        if not self.minutes or not all(minutes >= 0 for minutes in self.minutes):
            raise ValueError(f"minutes must hold at least one time of 0 or more, not {self.minutes}")

    def cdf(self, t: ArrayLike, /) -> FloatArray:
        """Return P(delay <= t)."""
        passed = np.searchsorted(np.sort(self.minutes), np.asarray(t, float), side="right")
        return np.asarray(passed / len(self.minutes))


@dataclass(frozen=True, slots=True)
class NoticeAndTravel:
    """A delay of notice to move, judged by three points or observed, followed by a known journey [both minutes]."""

    notice: ThreePoint | Observed
    travel: float

    def cdf(self, t: ArrayLike, /) -> FloatArray:
        """Return P(arrived by ``t`` minutes after the call)."""
        return self.notice.cdf(np.asarray(t, float) - self.travel)


@dataclass(frozen=True, slots=True)
class Responder:
    """Officers who come together or not at all.

    Attributes
    ----------
    size
        Officers.
    availability
        Probability that they come at all when asked.
    delay
        Distribution of the time from the call to their arrival, given that they come.
    """

    size: int
    availability: float
    delay: Delay

    def __post_init__(self) -> None:
        """Refuse a size that is no count and an availability that is no probability."""
        if not (self.size >= 0 and float(self.size).is_integer()):
            raise ValueError(f"size must be a whole number of at least 0, not {self.size}")
        if not 0.0 <= self.availability <= 1.0:
            raise ValueError(f"availability must lie in [0, 1], not {self.availability}")


def time_to_assemble(
    responders: Sequence[Responder],
    needed: int,
    times: ArrayLike,
    *,
    own: tuple[ArrayLike, ArrayLike] | None = None,
    mobilisation: ThreePoint | None = None,
) -> FloatArray:
    """Return the probability that at least ``needed`` officers have arrived by each time.

    Parameters
    ----------
    responders
        Independent responders.
    needed
        Officers needed; with 0 the answer is 1.
    times
        Times since the call, in the unit of the delays; ``inf`` asks whether enough ever arrive.
    own
        The force's own officers, who are not independent of one another: the probabilities of their joint states
        (states,), and the officers arrived in each state by each time (states, times). Responders are independent of
        the state.
    mobilisation
        A delay that all responders share before their own begins (the request has to be made and passed on); none where
        not given. The force's own officers do not wait for it.

    Returns
    -------
    array
        One probability for each time, never falling with time.

    Raises
    ------
    ValueError
        If ``needed`` is no count, or ``own`` does not fit or holds no distribution.

    Notes
    -----
    ``P(T_(n) <= t) = P(sum of Bernoulli(a_i F_i(t)) x size_i >= n)``, by convolution; a defective distribution whose
    limit is the probability of enough officers ever. A shared delay makes responders late together: it is conditioned
    on and integrated (Gauss-Jacobi quadrature), for independent delays would flatter the answer.
    """
    if not (needed >= 0 and float(needed).is_integer()):
        raise ValueError(f"needed must be a whole number of at least 0, not {needed}")
    moments = np.atleast_1d(np.asarray(times, float))
    alone = nobody(moments.size, int(needed)) if own is None else _own_arrived(*own, moments.size, int(needed))
    waits = mobilisation or ThreePoint(0.0, 0.0, 0.0)
    enough = np.zeros(moments.size)
    for wait, weight in zip(*waits.quadrature(SHARED_DELAYS), strict=True):
        arrived = alone
        for one in responders:
            arrived = joined(arrived, one.size, one.availability * np.asarray(one.delay.cdf(moments - wait)))
        enough += weight * arrived[:, -1]
    return enough


def nobody(moments: int, needed: int) -> FloatArray:
    """Return the distribution of officers arrived, 0 to ``needed`` or more, when nobody has: (moments, needed + 1)."""
    arrived = np.zeros((moments, needed + 1))
    arrived[:, 0] = 1.0
    return arrived


def joined(arrived: FloatArray, size: int, chance: FloatArray) -> FloatArray:
    """Return the distribution after ``size`` more officers arrive together with probability ``chance`` at each time.

    The last column is ``needed`` or more: officers beyond the need are not told apart.
    """
    came = np.zeros_like(arrived)
    needed = arrived.shape[-1] - 1
    moved = min(size, needed)
    came[..., moved:] = arrived[..., : needed + 1 - moved]
    came[..., -1] += arrived[..., needed + 1 - moved :].sum(axis=-1)
    return arrived * (1.0 - chance[..., None]) + came * chance[..., None]


def summed(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the distribution of the sum of two independent counts along the last axis, its last place "or more"."""
    most = one.shape[-1] - 1
    total = np.zeros(np.broadcast_shapes(one.shape, other.shape))
    for number in range(most + 1):
        chance = other[..., number, np.newaxis]
        if chance.any():
            total[..., number:] += one[..., : most + 1 - number] * chance
            total[..., -1] += one[..., most + 1 - number :].sum(axis=-1) * chance[..., 0]
    return total


def capped(chances: FloatArray, most: int) -> FloatArray:
    """Return a distribution of counts, along the last axis, as one over 0 to ``most`` or more."""
    wide = np.zeros((*chances.shape[:-1], most + 1))
    kept = min(most, chances.shape[-1] - 1)
    wide[..., : kept + 1] = chances[..., : kept + 1]
    wide[..., kept] += chances[..., kept + 1 :].sum(axis=-1)
    return wide


def _own_arrived(probabilities: ArrayLike, arrivals: ArrayLike, moments: int, needed: int) -> FloatArray:
    """Return the distribution of own officers arrived by each time, capped at ``needed``."""
    weights, officers = np.asarray(probabilities, float), np.asarray(arrivals)
    if weights.ndim != 1 or (weights < 0).any() or abs(weights.sum() - 1.0) > SUM_TOLERANCE:
        raise ValueError(f"own: state probabilities must be a distribution, not of sum {weights.sum()}")
    if officers.shape != (weights.size, moments):
        raise ValueError(f"own: arrivals must be {(weights.size, moments)}, states by times, not {officers.shape}")
    capped = np.clip(officers, 0, needed).astype(int)
    arrived = np.zeros((moments, needed + 1))
    np.add.at(arrived, (np.arange(moments)[None, :], capped), weights[:, None])
    return arrived
