"""How often no unit is free, how long a call then waits, and what urgency or a reserve changes.

Erlang's loss and delay formulas, the waits of calls of several urgencies, and a reserve kept for the urgent. In: the
number of servers, and rates and times in one consistent unit. Out: probabilities and mean waits.
"""

from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from apstra.queueing.arguments import FloatArray, finite, positive, rates, whole

Discipline = Literal["non-preemptive", "preemptive-resume"]
DISCIPLINES: Final = ("non-preemptive", "preemptive-resume")
CLASSES_OF_A_RESERVE: Final = 2


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
    servers, offered_load = whole("servers", servers), finite("offered_load", offered_load)
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
    servers, offered_load = whole("servers", servers), finite("offered_load", offered_load)
    if offered_load >= servers:
        raise ValueError(f"offered_load must be below servers = {servers}, not {offered_load}")
    blocking = erlang_b(servers, offered_load)
    return servers * blocking / (servers - offered_load * (1.0 - blocking))


def priority_waits(
    servers: int, arrival_rates: ArrayLike, mean_duration: float, *, discipline: Discipline
) -> FloatArray:
    """Return the mean wait of each class in M/M/c with priorities; within a class, first come first served.

    Parameters
    ----------
    servers
        Number of servers, 1 or more.
    arrival_rates
        Arrival rate of each class, the most urgent first [1 / time].
    mean_duration
        Mean time a call holds a server, the same for every class [time].
    discipline
        "non-preemptive": a call once begun is finished. "preemptive-resume": a more urgent call interrupts a less
        urgent one, which later goes on from where it stopped.

    Returns
    -------
    array
        Mean time not in service, interruptions included [time], one for each class; for a class without arrivals, what
        a rare call of that class would wait.

    Raises
    ------
    ValueError
        If an argument is out of range, or the load of all classes together is ``servers`` or more.

    References
    ----------
    Non-preemptive: Cobham 1954. Preemptive: Buzen & Bondi 1983; classes 0 to k together are M/M/c, whoever is served.

    Examples
    --------
    >>> (priority_waits(1, [0.2, 0.6], 1.0, discipline="non-preemptive") + 1).round(9).tolist()
    [2.0, 6.0]
    """
    servers, mean_duration = whole("servers", servers, 1), positive("mean_duration", mean_duration)
    loads = np.append(0.0, np.cumsum(rates("arrival_rates", arrival_rates))) * mean_duration
    if discipline not in DISCIPLINES:
        raise ValueError(f"discipline must be one of {DISCIPLINES}, not {discipline!r}")
    if loads[-1] >= servers:
        raise ValueError(f"arrival_rates x mean_duration must sum to less than servers = {servers}, not {loads[-1]}")
    if discipline == "preemptive-resume":
        return mean_duration * np.array([_queue_slope(servers, low, high) for low, high in pairwise(loads.tolist())])
    idle = 1.0 - loads / servers
    return erlang_c(servers, loads[-1]) * mean_duration / servers / (idle[:-1] * idle[1:])


def reserved_blocking(servers: int, loads: ArrayLike, reserve: int) -> FloatArray:
    """Return the blocking of two classes when the last ``reserve`` free servers are kept for the first of them.

    Parameters
    ----------
    servers
        Number of servers.
    loads
        Offered loads of the class that may use every server and of the class that may not [erlangs].
    reserve
        A call of the second class is refused when this many servers or fewer are free.

    Returns
    -------
    array
        Probability that a call is refused, for each of the two classes.

    Raises
    ------
    ValueError
        If an argument is out of range, ``loads`` are not two, or ``reserve`` is more than ``servers``.

    References
    ----------
    Trunk reservation, a birth-death chain when the mean durations are equal: Kelly 1991 (loss networks).

    Examples
    --------
    >>> reserved_blocking(2, [0.5, 0.5], 0).tolist()
    [0.2, 0.2]
    """
    servers, reserve, loads = whole("servers", servers), whole("reserve", reserve), rates("loads", loads)
    if loads.size != CLASSES_OF_A_RESERVE:
        raise ValueError(f"loads must be two, not {loads.tolist()}")
    if reserve > servers:
        raise ValueError(f"reserve must be at most servers = {servers}, not {reserve}")
    open_to_both = servers - reserve
    # The chain cut off at 0, 1, ... busy servers: the chance of its last state, and of all from open_to_both up.
    last, refused = 1.0, float(open_to_both == 0)
    for busy in range(1, servers + 1):
        inflow = last * float(loads.sum() if busy <= open_to_both else loads[0])
        last = inflow / (busy + inflow)
        refused = last + (1.0 - last) * refused if busy >= open_to_both else 0.0
    return np.array([last, refused])


def _queue_slope(servers: int, low: float, high: float) -> float:
    """Return how much the mean number waiting in M/M/c grows per erlang from load ``low`` to ``high``.

    Divided differences are carried through Erlang's recursion: nothing cancels, and ``low == high`` gives the slope.
    """
    lost_low, lost_high, lost_slope = low, high, 1.0  # load x blocking with one server fewer
    for server in range(1, servers):
        blocking = lost_low / (server + lost_low)
        slope = server * lost_slope / ((server + lost_low) * (server + lost_high))
        lost_low, lost_high = low * blocking, high * lost_high / (server + lost_high)
        lost_slope = blocking + high * slope
    spare_low, spare_high = servers - low, servers - high
    # The number waiting is load x lost over this.
    under_low, under_high = spare_low * (spare_low + lost_low), spare_high * (spare_high + lost_high)
    under_slope = spare_high * (lost_slope - 1.0) - (spare_low + lost_low)
    over_slope = lost_low + high * lost_slope
    return (over_slope * under_low - low * lost_low * under_slope) / (under_low * under_high)
