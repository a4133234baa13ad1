"""How many units are in use, and how often none is free.

Textbook formulas under their textbook names: Erlang's loss and delay formulas, the number of units in use when calls
take different numbers of them, and how many of several unlike things are present. In: rates and times in one consistent
unit, probabilities. Out: probabilities. Nothing here knows of policing.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

FloatArray = NDArray[np.float64]
LOG_TAIL: Final = 40.0  # the mass left beyond the last unit returned by busy_distribution is below exp(-40)
SUM_TOLERANCE: Final = 1e-9


def erlang_b(servers: int, offered_load: float) -> float:
    """Return the blocking probability of M/M/c/c: the share of calls that find every server busy.

    Parameters
    ----------
    servers
        Number of servers; with none every call is lost.
    offered_load
        Arrival rate x mean holding time [erlangs].

    Raises
    ------
    ValueError
        If ``servers`` is no whole number >= 0 or ``offered_load`` is negative or not finite.

    References
    ----------
    Erlang 1917. Holds for any law of the holding time (M/G/c/c).

    Examples
    --------
    >>> erlang_b(2, 1.0)
    0.2
    """
    servers, offered_load = _whole("servers", servers), _load(offered_load)
    blocking = 1.0
    for server in range(1, servers + 1):
        blocking = offered_load * blocking / (server + offered_load * blocking)
    return blocking


def erlang_c(servers: int, offered_load: float) -> float:
    """Return the probability of waiting in M/M/c: the share of calls that find every server busy and queue.

    Raises
    ------
    ValueError
        If an argument is out of range, or ``offered_load >= servers`` [erlangs]: the queue would grow without end.

    References
    ----------
    Erlang 1917.
    """
    servers, offered_load = _whole("servers", servers), _load(offered_load)
    if offered_load >= servers:
        raise ValueError(f"offered_load must be below servers = {servers}, not {offered_load}")
    blocking = erlang_b(servers, offered_load)
    return servers * blocking / (servers - offered_load * (1.0 - blocking))


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
    offered_load, law = _load(offered_load), _law(sizes)
    size = np.arange(law.size)
    largest, variance = law.size - 1, offered_load * float(law @ size**2)
    slack = LOG_TAIL * largest / 3.0
    length = offered_load * float(law @ size) + slack + np.sqrt(slack**2 + 2.0 * LOG_TAIL * variance)
    points = fft.next_fast_len(max(int(length), law.size) + 1, real=True)
    transform = np.exp(offered_load * (fft.rfft(law, points) - 1.0))
    return np.clip(np.asarray(fft.irfft(transform, points), float), 0.0, 1.0)


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
    for chance, weight in zip(chances, (_whole("sizes", value) for value in weights), strict=True):
        total = np.pad(total * (1.0 - chance), (0, weight)) + np.pad(total * chance, (weight, 0))
    return total


def _whole(name: str, value: float) -> int:
    """Return ``value`` as an int, refusing what is negative or fractional."""
    if not (np.isfinite(value) and value >= 0 and float(value).is_integer()):
        raise ValueError(f"{name} must be a whole number >= 0, not {value}")
    return int(value)


def _load(value: float) -> float:
    """Return ``value``, refusing what is negative or not finite."""
    if not (np.isfinite(value) and value >= 0):
        raise ValueError(f"offered_load must be finite and not negative, not {value}")
    return float(value)


def _law(sizes: Mapping[int, float]) -> FloatArray:
    """Return the probabilities of sizes 0, 1, ... up to the largest."""
    chances = {_whole("sizes", size): float(chance) for size, chance in sizes.items()}
    if any(not 0.0 <= chance <= 1.0 for chance in chances.values()) or abs(sum(chances.values()) - 1) > SUM_TOLERANCE:
        raise ValueError(f"sizes must have probabilities in [0, 1] that sum to 1, not {dict(sizes)}")
    law = np.zeros(max(chances) + 1)
    law[list(chances)] = list(chances.values())
    return law
