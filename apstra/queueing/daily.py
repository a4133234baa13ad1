"""How many incidents are in progress at each hour of a day of changing demand, and how many calls are lost.

In: the arrival rate by hour, as rates in equal steps over the day or as a function of the hour, and the mean duration.
Out: the mean number in progress at any hour if nobody has to wait, or, with a given number of units and no queue, the
probability at each hour that all are taken and the share of the day's calls that are lost. The day repeats itself.
"""

from collections.abc import Callable
from functools import reduce
from itertools import accumulate
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm, solve

from apstra.queueing.arguments import FloatArray, positive, rates, whole

RateByHour = Callable[[FloatArray], ArrayLike] | ArrayLike
DAY: Final = 24.0
STEPS: Final = 240  # at which the probability of being full is told
SUBSTEPS: Final = 6  # of each of these for a rate given as a function
PANELS: Final = STEPS * SUBSTEPS
GAUSS_POINTS, GAUSS_WEIGHTS = (np.polynomial.legendre.leggauss(4) + np.array([[1.0], [0.0]])) / 2.0
MAGNUS_POINTS = (np.polynomial.legendre.leggauss(2)[0] + 1.0) / 2.0
MAGNUS_WEIGHT: Final = sqrt(3.0) / 12.0


def simultaneous_incidents(
    arrival_rate: RateByHour, mean_duration: float, *, period: float = DAY
) -> Callable[[ArrayLike], float | FloatArray]:
    """Return the mean number of incidents in progress as a function of the hour: Mt/M/inf, day after day the same.

    Parameters
    ----------
    arrival_rate
        Rates in equal steps over the period, or a function from an array of hours to rates [1 / h].
    mean_duration
        Mean duration of an incident [h].
    period
        After how long the arrival rate repeats itself [h].

    Returns
    -------
    callable
        From an hour or an array of hours, of any day, to the mean number in progress, a float or an array.

    Raises
    ------
    ValueError
        If a rate is negative or not finite, or ``mean_duration`` or ``period`` not above 0.

    Notes
    -----
    Exact for rates in steps. A function is integrated over 1440 panels by Gauss's rule: a rate that jumps is better
    given in steps, and for durations far shorter than a panel (seconds in a day) about 1e-5 of the number is lost.

    References
    ----------
    Eick, Massey & Whitt 1993.

    Examples
    --------
    >>> simultaneous_incidents([1.5, 1.5], 2.0)(7.0)
    3.0
    """
    mean_duration, period = positive("mean_duration", mean_duration), positive("period", period)
    panels, mean_rate = _rate_in_panels(arrival_rate, mean_duration, period)
    step = period / panels

    def later(number: float | FloatArray, panel: NDArray[np.int_], past: FloatArray) -> FloatArray:
        ended = -np.expm1(-past / mean_duration)
        return number * (1.0 - ended) + mean_duration * ended * mean_rate(panel, past)

    def next_start(number: float, arrived: float) -> float:
        return number * np.exp(-step / mean_duration) + arrived

    arrived = later(0.0, np.arange(panels), np.full(panels, step))
    first = reduce(next_start, arrived, 0.0) / -np.expm1(-period / mean_duration)
    starts = np.fromiter(accumulate(arrived[:-1], next_start, initial=first), float)

    def mean_number(hour: ArrayLike) -> float | FloatArray:
        hours = np.mod(_finite_hours(hour), period)
        panel = np.minimum((hours / step).astype(int), panels - 1)
        number = later(starts[panel], panel, hours - panel * step)
        return number if number.ndim else float(number)

    return mean_number


def loss_over_day(
    arrival_rate: RateByHour, mean_duration: float, servers: int, *, period: float = DAY
) -> tuple[FloatArray, float]:
    """Return when all servers are busy and what share of calls is lost: Mt/M/c/c, day after day the same.

    Parameters
    ----------
    arrival_rate
        Rates in equal steps over the period, or a function from an array of hours to rates [1 / h].
    mean_duration
        Mean time a call holds a server [h].
    servers
        Number of servers; with none every call is lost.
    period
        After how long the arrival rate repeats itself [h].

    Returns
    -------
    full : array
        Probability that every server is busy, at 240 equal steps of the period from its start on.
    lost_share : float
        Share of the calls of a period that are lost; 0 when there are none.

    Raises
    ------
    ValueError
        If a rate is negative or not finite, ``mean_duration`` or ``period`` not above 0, or ``servers`` no whole
        number >= 0.

    Notes
    -----
    Kolmogorov's equations are carried over the period, exactly for rates in steps, for a function by Magnus's expansion
    of fourth order on 1440 panels; the day starts from the distribution that comes back after a period.

    References
    ----------
    Blanes, Casas, Oteo & Ros 2009 (Magnus's expansion).
    """
    servers = whole("servers", servers)
    mean_duration, period = positive("mean_duration", mean_duration), positive("period", period)
    lengths, early, late, told = _pieces(arrival_rate, period)
    moves = _moves(servers, mean_duration, lengths, early, late)
    over_period = reduce(lambda before, move: move @ before, moves)[:-1, :-1]
    begin = np.append(_returning(over_period), 0.0)
    path = np.array(list(accumulate(moves, lambda state, move: move @ state, initial=begin)))
    full = np.clip(path[:-1][told, servers], 0.0, 1.0)
    arrivals = lengths @ (early + late) / 2.0
    return full, float(np.clip(path[-1, -1] / arrivals, 0.0, 1.0)) if arrivals else 0.0


def _rate_in_panels(
    arrival_rate: RateByHour, mean_duration: float, period: float
) -> tuple[int, Callable[[NDArray[np.int_], FloatArray], FloatArray]]:
    """Return the number of panels and the mean rate from a panel's start on, weighted by who is still there."""
    if not callable(arrival_rate):
        given = _steps(arrival_rate)
        return given.size, lambda panel, _: given[panel]

    def mean_rate(panel: NDArray[np.int_], past: FloatArray) -> FloatArray:
        # Integrated over the share that has ended, not over time: exact for a constant rate, however short a duration.
        ended = -np.expm1(-past / mean_duration)[..., np.newaxis] * GAUSS_POINTS
        now = (panel * (period / PANELS) + past)[..., np.newaxis]
        return _rates_at(arrival_rate, now + mean_duration * np.log1p(-ended)) @ GAUSS_WEIGHTS

    return PANELS, mean_rate


def _pieces(arrival_rate: RateByHour, period: float) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return of each piece of the period its length, two rates, and whether one of the 240 steps starts with it."""
    if callable(arrival_rate):
        number, step = np.arange(PANELS), period / PANELS
        early, late = _rates_at(arrival_rate, (number + MAGNUS_POINTS[:, np.newaxis]) * step)
        return np.full(PANELS, step), early, late, number % SUBSTEPS == 0
    given = _steps(arrival_rate)
    edges = np.union1d(np.arange(STEPS + 1) * given.size, np.arange(given.size + 1) * STEPS)
    rate = given[edges[:-1] // STEPS]
    return np.diff(edges) * (period / (STEPS * given.size)), rate, rate, edges[:-1] % given.size == 0


def _moves(servers: int, mean_duration: float, lengths: FloatArray, early: FloatArray, late: FloatArray) -> FloatArray:
    """Return the matrix of each piece that carries the chances of 0 ... c busy, and the calls lost so far, over it."""
    size = servers + 2
    ending = (np.eye(size, k=1) - np.eye(size)) * np.append(np.arange(servers + 1), 0) / mean_duration
    arriving = np.eye(size, k=-1) - np.diag(np.arange(size) < servers)  # from c busy a call goes to those lost
    commutator = ending @ arriving - arriving @ ending
    length, early, late = (values[:, np.newaxis, np.newaxis] for values in (lengths, early, late))
    plain = length * (ending + (early + late) / 2.0 * arriving)
    return expm(plain - MAGNUS_WEIGHT * length**2 * (late - early) * commutator)


def _returning(over_period: FloatArray) -> FloatArray:
    """Return the distribution that is the same again after a period."""
    equations = over_period - np.eye(len(over_period))
    equations[-1] = 1.0  # one equation follows from the others: instead, the chances sum to 1
    return solve(equations, np.eye(len(over_period))[-1])


def _steps(arrival_rate: ArrayLike) -> FloatArray:
    """Return rates in steps, refusing none at all."""
    given = rates("arrival_rate", arrival_rate)
    if not given.size:
        raise ValueError("arrival_rate must hold one rate or more, not []")
    return given


def _rates_at(arrival_rate: Callable[[FloatArray], ArrayLike], hours: FloatArray) -> FloatArray:
    """Return the rates that a function gives for ``hours``; one rate for all of them is taken for each."""
    given = np.asarray(arrival_rate(hours.ravel()), float)
    if given.shape not in {(), (hours.size,)}:
        raise ValueError(f"arrival_rate must give one rate for each of {hours.size} hours, not an array {given.shape}")
    return np.broadcast_to(rates("arrival_rate", given.ravel()), hours.size).reshape(hours.shape)


def _finite_hours(hour: ArrayLike) -> FloatArray:
    """Return ``hour`` as an array, refusing what is not finite."""
    hours = np.asarray(hour, float)
    if wrong := hours[~np.isfinite(hours)].tolist():
        raise ValueError(f"hour must be finite, not {wrong[0]}")
    return hours
