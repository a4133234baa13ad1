"""How many units are in use when calls take different numbers of them, and how many of several things are present.

In: loads, sizes and probabilities. Out: the distribution of a number, or how often too few units are free for a call of
each size.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft

from apstra.queueing.arguments import FloatArray, finite, rates, whole

LOG_TAIL: Final = 40.0  # the mass left beyond the last unit returned by busy_distribution is below exp(-40)
SUM_TOLERANCE: Final = 1e-9


def busy_distribution(offered_load: float, sizes: Mapping[int, float]) -> FloatArray:
    """Return P(k units in use), k = 0, 1, ..., when units are unlimited: compound Poisson.

    Parameters
    ----------
    offered_load
        Mean number of calls in progress at once [erlangs].
    sizes
        Units a call takes to its probability.

    Raises
    ------
    ValueError
        If ``offered_load`` is negative or not finite, a size no whole number >= 0, or the chances do not sum to 1.

    Notes
    -----
    The generating function exp(a (F(z) - 1)) is inverted by the fast Fourier transform; the array is cut where, by
    Bernstein's inequality, less than exp(-40) of the mass remains.
    """
    offered_load, law = finite("offered_load", offered_load), _law(sizes)
    size = np.arange(law.size)
    largest, variance = law.size - 1, offered_load * float(law @ size**2)
    slack = LOG_TAIL * largest / 3.0
    length = offered_load * float(law @ size) + slack + np.sqrt(slack**2 + 2.0 * LOG_TAIL * variance)
    points = fft.next_fast_len(max(int(length), law.size) + 1, real=True)
    transform = np.exp(offered_load * (fft.rfft(law, points) - 1.0))
    return np.clip(np.asarray(fft.irfft(transform, points), float), 0.0, 1.0)


def kaufman_roberts(units: int, loads: ArrayLike, sizes: ArrayLike) -> FloatArray:
    """Return the blocking of each class when a call takes all its units together or is lost.

    Parameters
    ----------
    units
        Number of units.
    loads
        Offered load of each class: arrival rate x mean holding time [erlangs].
    sizes
        Units a call of each class takes, whole numbers >= 0.

    Returns
    -------
    array
        Probability that a call is lost, for each class; 1 for a class that takes more than there are.

    Raises
    ------
    ValueError
        If an argument is out of range or ``sizes`` are not as many as ``loads``.

    References
    ----------
    Kaufman 1981; Roberts 1981. Holds for any law of the holding times.

    Examples
    --------
    >>> kaufman_roberts(2, [1.0], [1]).tolist()
    [0.2]
    """
    units, loads = whole("units", units), rates("loads", loads)
    taken = np.array([whole("sizes", size) for size in rates("sizes", sizes)], int)
    if taken.size != loads.size:
        raise ValueError(f"sizes must be as many as loads, {loads.size}, not {taken.size}")
    in_use = np.append(1.0, np.zeros(units))
    for number in range(1, units + 1):
        fits = taken <= number
        in_use[number] = (loads * taken)[fits] @ in_use[number - taken[fits]] / number
        in_use /= in_use.sum()  # or a great load would overflow
    return np.array([in_use[max(units + 1 - size, 0) :].sum() / in_use.sum() for size in taken])


def poisson_binomial(probabilities: ArrayLike, sizes: ArrayLike | None = None) -> FloatArray:
    """Return the distribution of the number present of several independent things, each with its own probability.

    Parameters
    ----------
    probabilities
        Probability that each is present.
    sizes
        What each counts for, whole numbers >= 0; 1 each when not given.

    Returns
    -------
    array
        P(total = k) for k = 0 ... sum of sizes.

    Raises
    ------
    ValueError
        If a probability lies outside 0 to 1, or sizes are negative, fractional or of another length.

    Examples
    --------
    >>> poisson_binomial([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    """
    chances = np.atleast_1d(np.asarray(probabilities, float))
    weights = np.ones(chances.size) if sizes is None else np.atleast_1d(np.asarray(sizes, float))
    if wrong := [value for value in chances.tolist() if not 0.0 <= value <= 1.0]:
        raise ValueError(f"probabilities must lie in [0, 1], not {wrong[0]}")
    if weights.shape != chances.shape:
        raise ValueError(f"sizes must be as many as probabilities, {chances.size}, not {weights.size}")
    total = np.ones(1)
    for chance, weight in zip(chances, (whole("sizes", value) for value in weights), strict=True):
        total = np.pad(total * (1.0 - chance), (0, weight)) + np.pad(total * chance, (weight, 0))
    return total


def _law(sizes: Mapping[int, float]) -> FloatArray:
    """Return the probabilities of sizes 0, 1, ... up to the largest."""
    chances = {whole("sizes", size): float(chance) for size, chance in sizes.items()}
    if any(not 0.0 <= chance <= 1.0 for chance in chances.values()) or abs(sum(chances.values()) - 1) > SUM_TOLERANCE:
        raise ValueError(f"sizes must have probabilities in [0, 1] that sum to 1, not {dict(sizes)}")
    law = np.zeros(max(chances) + 1)
    law[list(chances)] = list(chances.values())
    return law
