"""Which units are busy, who is sent where, and how often nobody can be: the exact hypercube queueing model.

Units are told apart, each zone has its own order of preference, and calls may take several units. In: the rate of
calls of each zone, its preferences, the units' service rates. Out: the probability of every set of busy units and what
follows from it. With N units there are 2**N states, hence the limit to 22 units; units that stand together and are
alike may be counted instead of told apart, which needs far fewer.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apstra.queueing.arguments import FloatArray, rates
from apstra.queueing.calls import Calls, Indices, checked
from apstra.queueing.kernels import fill_masses, fill_sent, fill_transitions, sweep

Transitions = tuple[Indices, Indices, FloatArray]
DIRECT: Final = 64  # up to so many states one dense system is faster than sweeps
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
        of all busy and none waiting, and the rest of ``all_busy`` is the line. With ``units_at``, of each combination
        of numbers busy, digit i of the state's number (lowest first, to the base ``units_at[i]`` + 1) that of column i.
    """

    state_probability: FloatArray


def hypercube(
    arrival_rates: ArrayLike,
    preferences: ArrayLike,
    service_rates: ArrayLike,
    *,
    queue: str = "loss",
    units_required: ArrayLike | None = None,
    units_at: ArrayLike | None = None,
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
    units_at
        How many units each column stands for (units,), 1 when not given: alike, so that which of them are busy does not
        matter, only how many. Workload is then that of one of them.

    Raises
    ------
    ValueError
        If an argument is out of range, a row of preferences is no permutation, an infinite line is overloaded, or there
        are more than 2**22 states.

    References
    ----------
    Larson 1974, Computers & Operations Research 1(1):67; Larson & Odoni, *Urban Operations Research*, ch. 5; partial
    dispatch after Chelst & Barlach 1981, Management Science 27(12):1390. Solved by Gauss-Seidel sweeps in which the
    numbers busy are brought into balance exactly each time (aggregation), with Anderson's extrapolation.
    """
    return solved(checked(arrival_rates, preferences, service_rates, queue, units_required, units_at), queue)


def solved(calls: Calls, queue: str = "loss") -> HypercubeResult:
    """Return the answer for calls that have been checked: what a search changes need not be checked again."""
    p, free = _stationary(calls), free_units(calls)
    load = float(calls.rates.sum()) / calls.capacity if queue == "infinite" else 0.0
    tail = float(p[-1]) * load / (1.0 - load)
    p, tail = p / (1.0 + tail), tail / (1.0 + tail)
    all_busy = float(p[-1]) + tail
    sent = _sent(p, calls, free)[calls.zone_class]
    if queue == "infinite":
        sent += all_busy * calls.service * calls.most / calls.capacity
    flow = sent * calls.zone_rates[:, np.newaxis]
    workload = np.array([1.0 - p @ one / most for one, most in zip(free.T, calls.most, strict=True)])
    lost = all_busy if queue == "loss" and flow.any() else 0.0
    return HypercubeResult(workload, flow / (flow.sum() or 1.0), all_busy, lost, p)


def first_free(state_probability: ArrayLike, preferences: ArrayLike, units_at: ArrayLike | None = None) -> FloatArray:
    """Return the probability that each unit is the first free one in each order of ``preferences`` (zones, units).

    Parameters
    ----------
    state_probability
        Probability of each state, as ``hypercube`` returns it for the same ``units_at``.

    Raises
    ------
    ValueError
        If a row of preferences is no permutation or the probabilities are not one for each state.
    """
    calls = checked(np.zeros(np.shape(preferences)[:1] or 1), preferences, 1.0, "loss", None, units_at)
    p, free = rates("state_probability", state_probability), free_units(calls)
    if p.size != len(free):
        raise ValueError(f"state_probability must be one for each of {len(free)} states, not of shape {p.shape}")
    return _sent(p, calls, free)[calls.zone_class]


def free_units(calls: Calls) -> NDArray[np.uint8]:
    """Return how many units of each column are free in each state (states, columns)."""
    small = float(np.prod(calls.most + 1.0)) <= DIRECT
    return (_free_units if small else _free_units.__wrapped__)(calls.most.tobytes())


@lru_cache(maxsize=256)
def _free_units(most_of: bytes) -> NDArray[np.uint8]:
    """Return how many units are free in each state; a search asks for the same small tables again and again."""
    most = np.frombuffer(most_of, np.uint32)
    states, stride = np.arange(np.prod(most + 1), dtype=np.uint32), 1
    free = np.empty((states.size, most.size), np.uint8)
    for column, number in enumerate(most):
        free[:, column] = number - states // np.uint32(stride) % (number + 1)
        stride *= int(number) + 1
    return free


def _sent(p: FloatArray, calls: Calls, free: NDArray[np.uint8]) -> FloatArray:
    """Return the mean number of units of each column that a call of each class is sent (classes, columns)."""
    sent = np.zeros(calls.orders.shape)
    fill_sent(p, calls.orders, calls.required, free, sent)
    return sent


def _stationary(calls: Calls) -> FloatArray:
    """Return the probability of each state, without a line."""
    free = free_units(calls)
    if not calls.rates.any():
        return np.eye(1, len(free))[0]
    busy = sum(
        rate * (most - one.astype(float)) for rate, most, one in zip(calls.service, calls.most, free.T, strict=True)
    )
    if len(free) <= DIRECT:
        return _direct(_transitions(calls, free), calls, busy, free)
    level = (calls.units - free.sum(axis=1)).astype(np.uint8)
    transitions = _transitions(calls, free)
    del free  # room for the sweeps
    return _swept(transitions, calls, busy, level)


def _transitions(calls: Calls, free: NDArray[np.uint8]) -> Transitions:
    """Return where calls lead from each state (see ``fill_transitions``)."""
    used = calls.rates > 0
    asked = (calls.orders[used], calls.required[used], calls.rates[used])
    single = bool((asked[1] == 1).all())
    room = int(np.minimum((free > 0).sum(axis=1), len(asked[2])).sum()) if single else len(asked[2]) * len(free)
    start, target, rate = np.empty(len(free) + 1, np.uint32), np.empty(room, np.uint32), np.empty(room)
    fill_transitions(asked, free, calls.stride, start, target, rate)
    return start, target[: start[-1]], rate[: start[-1]]


def _direct(transitions: Transitions, calls: Calls, busy: FloatArray, free: NDArray[np.uint8]) -> FloatArray:
    """Return the probability of each state from one dense system of balance equations."""
    start, target, rate = transitions
    states = np.arange(busy.size)
    entry = target.astype(np.int64) * busy.size + np.repeat(states, start[1:] - start[:-1])
    balance = np.bincount(entry, rate, busy.size**2).reshape(busy.size, -1)
    for column, (service, stride) in enumerate(zip(calls.service, calls.stride, strict=True)):
        fewer = states[free[:, column] > 0]
        balance[fewer, fewer + stride] += service * (calls.most[column] - free[fewer, column] + 1.0)
    balance[states, states] -= balance.sum(axis=0)
    balance[0] = 1.0
    p = np.linalg.solve(balance, np.eye(1, busy.size)[0])
    return np.asarray(np.maximum(p, 0.0) / np.maximum(p, 0.0).sum())


def _swept(transitions: Transitions, calls: Calls, busy: FloatArray, level: NDArray[np.uint8]) -> FloatArray:
    """Return the probability of each state by sweeps, the numbers busy brought into balance before each.

    Kept is each state's share of its level, so that rare levels are found as exactly as common ones.
    """
    passing, sums = _passing(calls), np.empty((2, calls.units + 1))
    columns, total = (calls.service, calls.most, calls.stride), float(calls.rates.sum())
    share = 1.0 / np.bincount(level)[level]
    drain = calls.capacity / calls.units * np.arange(calls.units + 1.0)
    found: list[FloatArray] = []
    changes: list[FloatArray] = []
    for _ in range(ROUNDS):
        before = share
        for _ in range(SWEEPS):
            p = share * _masses(drain, passing)[level]
            sweep(p, transitions, columns, busy, total, level, sums)
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
    products = np.array([[np.einsum("s,s->", one, other) for other in changes] for one in changes])
    weights = np.linalg.lstsq(products, np.ones(len(changes)), rcond=1e-14)[0]
    mixed = sum(weight * answer for weight, answer in zip(weights / weights.sum(), found, strict=True))
    if np.min(mixed) > 0:
        return np.asarray(mixed)
    del found[:-1], changes[:-1]
    return found[-1]
