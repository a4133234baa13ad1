"""The loops of the hypercube over its states.

A state is a number whose digits say how many units of each column are busy; where each column is one unit, its bits. So
every call leads to a higher state and every clearance to a lower one. In: arrays in machine types. Out: arrays filled
in place. Unsigned indices spare a test at every access.
"""

from typing import Any

import numpy as np

from apstra.queueing.compiled import compiled


@compiled
def fill_transitions(calls: Any, free: Any, stride: Any, start: Any, target: Any, rate: Any) -> None:
    """Fill in where calls lead from each state: of ``state``, entries ``start[state]`` to ``start[state + 1]``.

    Parameters
    ----------
    calls
        Order of columns (classes, columns), units asked for and rate of each class of calls.
    free, stride
        Free units of each column in each state (states, columns), and what one more busy adds to the state.
    start, target, rate
        To fill: first entry of each state (states + 1,), state reached and rate of each entry.
    """
    orders, required, rates = calls
    one = np.uint32(1)
    full = np.uint32(len(free) - 1)
    filled = np.uint32(0)
    for state in range(full):
        first = filled
        start[state] = first
        for kind in range(len(rates)):
            left = required[kind]
            to = state
            for column in orders[kind]:
                taken = min(left, free[state, column])
                to += taken * stride[column]
                left -= taken
                if left == 0:
                    break
            entry = first
            while entry < filled and target[entry] != to:
                entry += one
            if entry == filled:
                target[entry] = to
                rate[entry] = 0.0
                filled += one
            rate[entry] += rates[kind]
    start[full] = filled
    start[full + one] = filled


@compiled
def sweep(p: Any, transitions: Any, columns: Any, busy: Any, total: float, level: Any, sums: Any) -> None:
    """Bring every state into balance with its neighbours once, lowest first (Gauss-Seidel), in place.

    Parameters
    ----------
    p
        Probability of each state (states,).
    transitions
        What ``fill_transitions`` filled in; ``total`` is the rate of all calls.
    columns
        Service rate of one unit, number of units and stride of each column.
    busy, level
        Rate at which each state's busy units come free, and how many they are.
    sums
        To fill (2, levels): probability of each number busy, and the rate at which it is left downwards.
    """
    start, target, rate = transitions
    service, most, stride = columns
    one = np.uint32(1)
    full = np.uint32(len(p) - 1)
    held, above, gained = np.zeros_like(most), stride.copy(), service.copy()
    inflow = np.zeros(len(p))
    sums[:] = 0.0
    entry = np.uint32(0)
    for state in range(full + one):
        gain = inflow[state]
        for column in range(np.uint32(len(most))):
            gain += gained[column] * p[state + above[column]]
        now = gain / (busy[state] + total if state < full else busy[state])
        p[state] = now
        sums[0, level[state]] += now
        sums[1, level[state]] += now * busy[state]
        end = start[state + one]
        while entry < end:
            inflow[target[entry]] += rate[entry] * now
            entry += one
        for column in range(np.uint32(len(most))):
            held[column] = 0 if held[column] == most[column] else held[column] + one
            gained[column] = (held[column] + 1) * service[column] if held[column] < most[column] else 0.0
            above[column] = stride[column] if held[column] < most[column] else 0
            if held[column] > 0:
                break


@compiled
def fill_masses(drain: Any, passing: Any, masses: Any) -> None:
    """Fill in the probability of each number busy: what passes a level upwards comes back down at the rate ``drain``.

    ``passing`` (lower, upper) is the rate of calls that lead from ``lower`` busy to more than ``upper``.
    """
    masses[0] = 1.0
    total = 1.0
    for upper in range(len(drain) - 1):
        flow = 0.0
        for lower in range(upper + 1):
            flow += masses[lower] * passing[lower, upper]
        masses[upper + 1] = flow / drain[upper + 1]
        total += masses[upper + 1]
    for number in range(len(drain)):
        masses[number] /= total


@compiled
def fill_sent(p: Any, orders: Any, required: Any, free: Any, sent: Any) -> None:
    """Add to ``sent`` (classes, columns) the mean number of units of each column that a call of each class is sent."""
    for state in range(np.uint32(len(p) - 1)):
        for kind in range(len(required)):
            left = required[kind]
            for column in orders[kind]:
                taken = min(left, free[state, column])
                sent[kind, column] += p[state] * taken
                left -= taken
                if left == 0:
                    break
