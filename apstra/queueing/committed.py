"""How long units are committed where that depends on where they are sent, and where they are sent on who is free.

In: the calls of each zone by the number of units they ask for, the time on each, the journeys, and the units at each
place. Out: the committed times that agree with the journeys made, and the exact hypercube's answer with them. For few
states, which one dense system holds: all of it is one loop of machine code, for a search over hundreds of postings.
States are numbered as in ``kernels``; time is in one unit.
"""

from typing import Any, Final

import numpy as np

from apstra.queueing.compiled import compiled

TINY: Final = 1e-12  # of all units sent; a place sent fewer is not asked how long


@compiled
def settle(calls: Any, units: Any, near: Any, agreement: float, rounds: int) -> Any:
    """Return what the units at each place do when committed times and journeys agree.

    Parameters
    ----------
    calls
        As ``list_calls`` takes them.
    units, near
        Units at each place (places,), and the mean time to start from that each is committed, 0 where not known.
    agreement, rounds
        Relative change of all mean times below which they agree, and the most rounds to it.

    Returns
    -------
    tuple
        Probability of each state; probability that each place is the first with a unit free (zones, places); share of
        time a unit of each place is busy, and mean time it is committed (places,), 0 where there is none; probability
        of 0, 1, ... units free; the last change.
    """
    here = np.flatnonzero(units)
    most, lengths = np.empty(len(here), np.uint32), np.empty(len(here))
    for column in range(len(here)):
        most[column], lengths[column] = units[here[column]], near[here[column]]
    orders, place, rates, loads = list_calls(calls, here)
    begin(lengths, rates, loads)
    rank = ranked(most)
    rising, sent, lead = follow((orders, rates, loads), most, rank)
    flow, p, change = np.empty_like(rising), np.empty(len(rising)), np.inf
    for _ in range(rounds):
        clear(most, rank, lengths, rising, flow)
        eliminate(flow)
        bring_back(flow, rank, p)
        change = agree(p, sent, lengths, agreement)
        if change < agreement:
            break
    working, by_list, free = np.zeros(len(here)), np.zeros(orders.shape), np.zeros(units.sum() + 1)
    first, busy, committed = np.zeros((len(place), len(units))), np.zeros(len(units)), np.zeros(len(units))
    tell(p, lead, most, working, by_list, free)
    for column in range(len(here)):
        busy[here[column]], committed[here[column]] = working[column], lengths[column]
        for zone in range(len(place)):
            first[zone, here[column]] = by_list[place[zone], column]
    return p, first, busy, committed, free, change


@compiled
def settle_each(calls: Any, block: Any, units: Any, agreement: float, rounds: int, found: Any) -> None:
    """Fill in, stacked, what ``settle`` returns of postings ``units`` (n, places) with the calls of ``block`` (n,)."""
    (journey, scene, asking, further, load), (joint, first, busy, committed, free, change) = calls, found
    for one in range(len(units)):
        of, near = block[one], np.zeros(units.shape[1])
        own = journey[of], scene[of], asking[of], further[of], load[of]
        found_of = settle(own, units[one], near, agreement, rounds)
        p, first[one], busy[one], committed[one], by_number, change[one] = found_of
        joint[one, : len(p)], free[one, : len(by_number)] = p, by_number


@compiled
def list_calls(calls: Any, here: Any) -> Any:
    """Return the calls by their order of preference among the places ``here``, the nearest first.

    Parameters
    ----------
    calls
        Journey to each zone from each place (zones, places); time on scene; rate of calls that ask for 1, 2, ... units
        (zones, sizes); rate and load of further calls of each zone, which ask for one unit and are as long from
        wherever it comes (zones,).

    Returns
    -------
    tuple
        Orders (lists, here); the one of each zone (zones,); rate of calls that ask for 1, 2, ... units (lists, sizes);
        the load they would make, were a unit of the place sent to all of them (lists, here, sizes).
    """
    journey, scene, asking, further, load_of_further = calls
    (zones, sizes), bases = asking.shape, len(here)
    orders, place, found = np.empty((zones, bases), np.uint32), np.empty(zones, np.int64), 0
    rates, loads = np.zeros((zones, sizes)), np.zeros((zones, bases, sizes))
    for zone in range(zones):
        for base in range(bases):
            at = base
            while at > 0 and journey[zone, here[orders[found, at - 1]]] > journey[zone, here[base]]:
                orders[found, at] = orders[found, at - 1]
                at -= 1
            orders[found, at] = base
        known, same = 0, 0
        while same < bases:
            known, same = (known, same + 1) if orders[known, same] == orders[found, same] else (known + 1, 0)
        found += known == found
        place[zone] = known
        rates[known, 0] += further[zone]
        for base in range(bases):
            loads[known, base, 0] += load_of_further[zone]
        for size in range(sizes):
            rates[known, size] += asking[zone, size]
            for base in range(bases if asking[zone, size] > 0 else 0):
                loads[known, base, size] += asking[zone, size] * (journey[zone, here[base]] + scene)
    return orders[:found].copy(), place, rates[:found].copy(), loads[:found].copy()


@compiled
def begin(lengths: Any, rates: Any, loads: Any) -> None:
    """Fill in the times to start from (here,) that are not known, and so 0: the mean were all places sent alike."""
    mean = loads.sum() / max(rates.sum() * len(lengths), TINY)
    for column in range(len(lengths)):
        lengths[column] = max(lengths[column] if lengths[column] > 0 else mean, TINY)


@compiled
def step(held: Any, most: Any) -> None:
    """Make the number busy of each column that of the next state; the first column's runs fastest."""
    for column in range(len(most)):
        held[column] = 0 if held[column] == most[column] else held[column] + np.uint32(1)
        if held[column] > 0:
            break


@compiled
def ranked(most: Any) -> Any:
    """Return the place of each state (states,) when those with fewer units busy come first.

    In that order a unit that comes free leads but a short way back, and little is left to do for ``eliminate``.
    """
    number, held, before = 1, np.zeros_like(most), np.zeros(most.sum() + 2, np.uint32)
    for column in range(len(most)):
        number *= most[column] + 1
    rank = np.empty(number, np.uint32)
    for turn in range(2):
        for state in range(number):
            level = held.sum()
            if turn:
                rank[state] = before[level]
            before[level + 1 - turn] += np.uint32(1)
            step(held, most)
        for level in range(len(before) - 1 if not turn else 0):
            before[level + 1] += before[level]
    return rank


@compiled
def strides(most: Any) -> Any:
    """Return what one more unit busy of each column adds to a state's number (columns,)."""
    stride = np.ones_like(most)
    for column in range(1, len(most)):
        stride[column] = stride[column - 1] * (most[column - 1] + np.uint32(1))
    return stride


@compiled
def follow(calls: Any, most: Any, rank: Any) -> Any:
    """Return where calls lead from each state.

    Parameters
    ----------
    calls
        Orders, rates and loads as ``list_calls`` returns them.
    most, rank
        Units of each column (columns,), and the place of each state.

    Returns
    -------
    tuple
        Rate at which calls lead from place to place; the rate at which each state sends units of each column, and their
        load (2, states, columns); and the first column of each list with a unit free (states, lists).
    """
    (orders, rates, loads), stride, number = calls, strides(most), len(rank)
    rising, sent, held = np.zeros((number, number)), np.zeros((2, number, len(most))), np.zeros_like(most)
    lead, one, sizes = np.zeros((number, len(orders)), np.uint32), np.uint32(1), np.uint32(rates.shape[1])
    rest, load = rates.copy(), loads.copy()
    add_up(rest, load)
    for state in range(np.uint32(number - 1)):
        for kind in range(np.uint32(len(orders))):
            to, size, place = state, one - one, rank[state]
            for column in orders[kind]:
                left = most[column] - held[column]
                if size == 0:
                    lead[state, kind] = column
                while left > 0 and size < sizes:
                    to += stride[column]
                    sent[0, state, column] += rest[kind, size]
                    sent[1, state, column] += load[kind, column, size]
                    rising[place, rank[to]] += rates[kind, size]
                    size, left = size + one, left - one
                if size == sizes:
                    break
            if size < sizes:
                rising[place, rank[to]] += rest[kind, size]
        step(held, most)
    return rising, sent, lead


@compiled
def add_up(rates: Any, loads: Any) -> None:
    """Make of what asks for 1, 2, ... units what asks for so many or more."""
    for size in range(rates.shape[1] - 1, 0, -1):
        for kind in range(len(rates)):
            rates[kind, size - 1] += rates[kind, size]
            for column in range(loads.shape[1]):
                loads[kind, column, size - 1] += loads[kind, column, size]


@compiled
def clear(most: Any, rank: Any, lengths: Any, rising: Any, flow: Any) -> None:
    """Make ``flow`` (states, states) ``rising`` and the rate at which units committed for ``lengths`` come free."""
    held, stride = np.zeros_like(most), strides(most)
    for state in range(len(flow)):
        for to in range(len(flow)):
            flow[rank[state], to] = rising[rank[state], to]
        for column in range(len(most)):
            if held[column] > 0:
                flow[rank[state], rank[state - np.int64(stride[column])]] += held[column] / lengths[column]
        step(held, most)


@compiled
def eliminate(flow: Any) -> None:
    """Take out state after state, the highest place first: what passes through it goes directly instead, in place.

    Nothing is subtracted, so the rarest state is as exact as the most common one (Grassmann, Taksar & Heyman 1985,
    Operations Research 33(5):1107). Left above the diagonal of ``flow`` is what ``bring_back`` takes.
    """
    for last in range(len(flow) - 1, 0, -1):
        least, end, out = np.uint64(0), np.uint64(last), 0.0
        while least < end and flow[last, least] == 0.0:
            least += np.uint64(1)
        for to in range(least, end):
            out += flow[last, to]
        for state in range(end):
            share = flow[state, end] / out
            flow[state, end] = share
            if share > 0.0:
                for to in range(least, end):
                    flow[state, to] += share * flow[end, to]


@compiled
def bring_back(flow: Any, rank: Any, p: Any) -> None:
    """Fill in the stationary probability of each state once all but the first place are taken out of ``flow``."""
    placed = np.zeros(len(p))
    placed[0] = total = 1.0
    for state in range(1, len(p)):
        for lower in range(state):
            placed[state] += placed[lower] * flow[lower, state]
        total += placed[state]
    for state in range(len(p)):
        p[state] = placed[rank[state]] / total


@compiled
def agree(p: Any, sent: Any, lengths: Any, agreement: float) -> float:
    """Return the greatest change from ``lengths`` to what units sent so are committed for; make it if not below."""
    rate, load = np.zeros(len(lengths)), np.zeros(len(lengths))
    for state in range(len(p)):
        for column in range(len(lengths)):
            rate[column] += p[state] * sent[0, state, column]
            load[column] += p[state] * sent[1, state, column]
    change, least = 0.0, TINY * rate.sum()
    for column in range(len(lengths)):
        if load[column] > 0.0:
            rate[column] = max(rate[column], least)
            change = max(change, abs(load[column] / rate[column] / lengths[column] - 1.0))
    for column in range(len(lengths)):
        if load[column] > 0.0 and change >= agreement:
            lengths[column] = load[column] / rate[column]
    return change


@compiled
def tell(p: Any, lead: Any, most: Any, busy: Any, first: Any, free: Any) -> None:
    """Add up how busy each column is, who is first by list and how many units are free."""
    held = np.zeros_like(most)
    for state in range(len(p)):
        units = 0
        for column in range(len(most)):
            busy[column] += p[state] * held[column] / most[column]
            units += most[column] - held[column]
        free[units] += p[state]
        for kind in range(len(first) if units > 0 else 0):
            first[kind, lead[state, kind]] += p[state]
        step(held, most)
