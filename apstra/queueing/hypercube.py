"""Which units are busy, who is sent where, and how often nobody can be: the exact hypercube queueing model.

Units are told apart, each zone has its own order of preference, and calls may take several units. In: the rate of
calls of each zone, its preferences, the units' service rates. Out: the probability of every set of busy units and what
follows from it. With N units there are 2**N states, hence the limit to 22 units.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apstra.queueing.arguments import FloatArray
from apstra.queueing.calls import Calls, Indices, alike, checked
from apstra.queueing.kernels import fill_masses, fill_sent, fill_transitions, sweep

Transitions = tuple[Indices, Indices, FloatArray]
DIRECT: Final = 7  # up to here one dense system is faster than sweeps
CHANGE: Final = 1e-11  # of a state's share of its level, in one sweep
SWEEPS: Final = 4  # between two extrapolations
KEPT: Final = 4
ROUNDS: Final = 2000


@dataclass(frozen=True, slots=True, eq=False)
class HypercubeApproximation:
    """What follows from which units are busy.

    Attributes
    ----------
    workload
        Share of time each unit is busy (units,).
    dispatch
        Share of all units sent that go from each unit to each zone (zones, units); sums to 1, or to 0 without calls.
        Where a call takes one unit this is the share of all dispatched calls.
    all_busy
        Probability that no unit is free.
    lost_share
        Share of calls lost: 0 where they wait.
    """

    workload: FloatArray
    dispatch: FloatArray
    all_busy: float
    lost_share: float


@dataclass(frozen=True, slots=True, eq=False)
class HypercubeResult(HypercubeApproximation):
    """The exact model's answer.

    Attributes
    ----------
    state_probability
        Probability of each set of busy units (2**units,), bit i set = unit i busy; where calls wait, the last is that
        of all busy and none waiting, and the rest of ``all_busy`` is the line.
    """

    state_probability: FloatArray


def hypercube(
    arrival_rates: ArrayLike,
    preferences: ArrayLike,
    service_rates: ArrayLike,
    *,
    queue: str = "loss",
    units_required: ArrayLike | None = None,
) -> HypercubeResult:
    """Return the stationary state of distinguishable units that serve calls by order of preference, exactly.

    Parameters
    ----------
    arrival_rates
        Rate of calls of each zone (zones,) [per unit of time], Poisson.
    preferences
        Units in the order in which each zone would have them (zones, units), from 0; each row a permutation.
    service_rates
        Rate at which a busy unit comes free [per unit of time]: one for all or one each (units,); exponential.
    queue
        "loss": a call that finds no unit free is lost (met from elsewhere). "infinite": it waits, first come first
        served, and takes the one unit that comes free.
    units_required
        Units a call of each zone asks for (zones,), 1 when not given; it is sent that many or as many as are free
        (partial dispatch), and they come free independently.

    Raises
    ------
    ValueError
        If an argument is out of range, a row of preferences is no permutation, an infinite line is overloaded, or there
        are more units than 2**N states can be held for.

    References
    ----------
    Larson 1974, Computers & Operations Research 1(1):67; Larson & Odoni, *Urban Operations Research*, ch. 5; partial
    dispatch after Chelst & Barlach 1981, Management Science 27(12):1390. Solved by Gauss-Seidel sweeps in which the
    numbers busy are brought into balance exactly each time (aggregation), with Anderson's extrapolation.
    """
    calls = checked(arrival_rates, preferences, service_rates, queue, units_required)
    p = _stationary(calls)
    load = float(calls.rates.sum() / calls.service.sum()) if queue == "infinite" else 0.0
    tail = float(p[-1]) * load / (1.0 - load)
    p, tail = p / (1.0 + tail), tail / (1.0 + tail)
    all_busy = float(p[-1]) + tail
    sent = _sent(p, calls.orders, calls.required)[calls.zone_class]
    if queue == "infinite":
        sent += all_busy * calls.service / calls.service.sum()
    flow = sent * calls.zone_rates[:, np.newaxis]
    workload = np.array([p.reshape(-1, 2, 1 << unit)[:, 1].sum() for unit in range(calls.units)]) + tail
    lost = all_busy if queue == "loss" and flow.any() else 0.0
    return HypercubeResult(workload, flow / (flow.sum() or 1.0), all_busy, lost, p)


def first_free(state_probability: FloatArray, preferences: ArrayLike) -> FloatArray:
    """Return the probability that each unit is the first free one in each order of ``preferences`` (zones, units).

    Parameters
    ----------
    state_probability
        Probability of each set of busy units (2**units,), as ``hypercube`` returns it.
    """
    orders, place = alike(np.asarray(preferences, np.uint32))
    return _sent(state_probability, orders, np.ones(len(orders), np.uint32))[place]


def _sent(p: FloatArray, orders: Indices, required: Indices) -> FloatArray:
    """Return the probability that a call of each class is sent each unit, in a state with one free (classes, units)."""
    sent = np.zeros(orders.shape)
    fill_sent(p, orders, required, sent)
    return sent


def _stationary(calls: Calls) -> FloatArray:
    """Return the probability of each state, without a line."""
    units, states = calls.units, 1 << calls.units
    if not calls.rates.any():
        return np.eye(1, states)[0]
    level, busy = np.zeros(states, np.uint8), np.zeros(states)
    for unit, rate in enumerate(calls.service):
        below, above = slice(0, 1 << unit), slice(1 << unit, 2 << unit)
        level[above], busy[above] = level[below] + 1, busy[below] + rate
    transitions = _transitions(calls)
    if units <= DIRECT:
        return _direct(transitions, calls, busy)
    return _swept(transitions, calls, busy, level)


def _transitions(calls: Calls) -> Transitions:
    """Return where calls lead from each state (see ``fill_transitions``)."""
    used = calls.rates > 0
    units, kinds = calls.units, int(used.sum())
    single = bool((calls.required[used] == 1).all())
    room = min(kinds << units, units << units - 1) if single else kinds << units
    start, target, rate = np.empty((1 << units) + 1, np.uint32), np.empty(room, np.uint32), np.empty(room)
    fill_transitions(calls.orders[used], calls.required[used], calls.rates[used], start, target, rate)
    return start, target[: start[-1]], rate[: start[-1]]


def _direct(transitions: Transitions, calls: Calls, busy: FloatArray) -> FloatArray:
    """Return the probability of each state from one dense system of balance equations."""
    start, target, rate = transitions
    states = np.arange(busy.size)
    balance = np.zeros((busy.size, busy.size))
    np.add.at(balance, (target, np.repeat(states, start[1:] - start[:-1])), rate)
    for unit, service in enumerate(calls.service):
        free = states[states >> unit & 1 == 0]
        balance[free, free | 1 << unit] += service
    balance[states, states] -= balance.sum(axis=0)
    balance[0] = 1.0
    p = np.linalg.solve(balance, np.eye(1, busy.size)[0])
    return np.asarray(np.maximum(p, 0.0) / np.maximum(p, 0.0).sum())


def _swept(transitions: Transitions, calls: Calls, busy: FloatArray, level: NDArray[np.uint8]) -> FloatArray:
    """Return the probability of each state by sweeps, the numbers busy brought into balance before each.

    Kept is each state's share of its level, so that rare levels are found as exactly as common ones.
    """
    passing, sums = _passing(calls), np.empty((2, calls.units + 1))
    share = 1.0 / np.bincount(level)[level]
    drain = calls.service.mean() * np.arange(calls.units + 1.0)
    found: list[FloatArray] = []
    changes: list[FloatArray] = []
    for _ in range(ROUNDS):
        before = share
        for _ in range(SWEEPS):
            p = share * _masses(drain, passing)[level]
            sweep(p, transitions, calls.service, busy, calls.rates.sum(), level, sums)
            share, drain = p / sums[0][level], sums[1] / sums[0]
        found, changes = [*found[1 - KEPT :], share], [*changes[1 - KEPT :], share - before]
        if np.abs(changes[-1]).max() < CHANGE:
            return share * _masses(drain, passing)[level]
        share = _extrapolated(found, changes)
    raise RuntimeError(f"the hypercube of {calls.units} units did not settle in {ROUNDS * SWEEPS} sweeps")


def _passing(calls: Calls) -> FloatArray:
    """Return the rate of calls that lead from each number busy (rows) to more than each number (columns)."""
    number = np.arange(calls.units)
    taken = np.minimum(calls.required, calls.units - number[:, np.newaxis])
    beyond = taken[:, np.newaxis] + number[:, np.newaxis, np.newaxis] > number[:, np.newaxis]
    return np.where(number >= number[:, np.newaxis], beyond @ calls.rates, 0.0)


def _masses(drain: FloatArray, passing: FloatArray) -> FloatArray:
    """Return the probability of each number busy (see ``fill_masses``)."""
    masses = np.empty(drain.size)
    fill_masses(drain, passing, masses)
    return masses


def _extrapolated(found: list[FloatArray], changes: list[FloatArray]) -> FloatArray:
    """Return the mixture of the last answers whose change is least (Anderson 1965), the last itself if that is none."""
    products = np.einsum("is,js->ij", changes, changes)
    weights = np.linalg.lstsq(products, np.ones(len(changes)), rcond=1e-14)[0]
    mixed = sum(weight * answer for weight, answer in zip(weights / weights.sum(), found, strict=True))
    if np.min(mixed) > 0:
        return np.asarray(mixed)
    del found[:-1], changes[:-1]
    return found[-1]
