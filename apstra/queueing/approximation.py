"""Roughly which units are busy and who is sent where, at once: for a search over many postings, and for nothing else.

The exact model holds 2**N states; this one keeps only N workloads, as if units were busy independently of one another,
and corrects for the fact that they are not. In: what ``hypercube`` takes, with any number of units. Out: the same
answer without the states, wrong by a few per cent; what the search finds is scored again with the exact model.
"""

from math import inf
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, logsumexp, xlogy

from apstra.queueing.arguments import FloatArray
from apstra.queueing.calls import Calls, checked
from apstra.queueing.erlang import erlang_b, erlang_c
from apstra.queueing.hypercube import HypercubeApproximation

CHANGE: Final = 1e-12  # of any workload in one round
ROUNDS: Final = 5000


def hypercube_approximation(
    arrival_rates: ArrayLike, preferences: ArrayLike, service_rates: ArrayLike, *, queue: str = "loss"
) -> HypercubeApproximation:
    """Return roughly what ``hypercube`` returns for calls that take one unit: for use inside a search only.

    Never publish it: score what the search finds again with the exact model. On random geography a unit's workload is
    wrong by 0.5 to 3 % on average, at worst by 6 % (4 units), 22 % (8) and 74 % (12, a unit that was little used).

    Parameters
    ----------
    arrival_rates
        Rate of calls of each zone (zones,) [per unit of time], Poisson.
    preferences
        Units in the order in which each zone would have them (zones, units), from 0; each row a permutation.
    service_rates
        Rate at which a busy unit comes free [per unit of time]: one for all or, for "loss", one each (units,).
    queue
        "loss": a call that finds no unit free is lost. "infinite": it waits for the unit that comes free.

    Raises
    ------
    ValueError
        If an argument is out of range, a row of preferences is no permutation, an infinite line is overloaded or its
        units differ in their rates.
    RuntimeError
        If the workloads do not settle.

    References
    ----------
    Infinite line: Larson 1975, Operations Research 23(5):845. Loss: Jarvis 1985, Management Science 31(2):235.
    """
    calls = checked(arrival_rates, preferences, service_rates, queue, None, most=inf)
    waits = queue == "infinite"
    if waits and np.ptp(calls.service):
        raise ValueError(f"service_rates must be the same for every unit where calls wait, not {calls.service}")
    workload, sent, all_busy = _settled(calls, waits=waits)
    if waits:
        sent = (1.0 - all_busy) * sent + all_busy / calls.units
    flow = sent[calls.zone_class] * calls.zone_rates[:, np.newaxis]
    return HypercubeApproximation(workload, flow / (flow.sum() or 1.0), all_busy, 0.0 if waits else all_busy)


def _settled(calls: Calls, *, waits: bool) -> tuple[FloatArray, FloatArray, float]:
    """Return workloads, how the calls of each class that find a unit free share among the units, and all busy."""
    durations = 1.0 / calls.service
    load = float(calls.rates.sum() * durations.mean())
    workload = np.zeros(calls.units)
    for round_ in range(ROUNDS):
        per_unit = load / calls.units
        all_busy = erlang_c(calls.units, load) if waits else erlang_b(calls.units, load)
        carried = per_unit if waits else per_unit * (1.0 - all_busy)
        before, workload = workload, workload if round_ else np.full(calls.units, carried)
        asked, sent = _shared(calls, _corrections(calls.units, load, waits=waits), workload)
        if waits:
            workload = (asked * durations + per_unit * all_busy) / (1.0 + asked * durations)
            workload *= load / (workload.sum() or 1.0)
        else:
            workload = asked * durations / (1.0 + asked * durations)
            load = float(calls.rates @ sent @ durations)
        if np.abs(workload - before).max() < CHANGE:
            return workload, sent, all_busy
    raise RuntimeError(f"the approximation for {calls.units} units did not settle in {ROUNDS} rounds")
