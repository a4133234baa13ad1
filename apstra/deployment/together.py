"""Many postings solved at once, in loops of machine code on two cores.

In: calls, and postings of crews. Out: who is free with each, in the memory of ``availability``: what asks for it then
finds it there. An answer is the same whether it was found alone or together with others.
"""

from collections.abc import Iterable, Sequence
from threading import Thread
from typing import Any, Final

import numpy as np

from apstra.deployment.availability import (
    AGREEMENT,
    DIRECT,
    REMEMBERED,
    ROUNDS,
    Availability,
    BlockCalls,
    fixed,
    known_of,
)
from apstra.deployment.work import Crews, FloatArray
from apstra.queueing.committed import settle_each

FEWEST: Final = 8  # fewer are found as soon one by one


def solve_together(asked: Iterable[tuple[BlockCalls, Crews]]) -> None:
    """Find what ``availability.remembered`` returns of postings (A,): of those that one dense system can hold.

    Calls must be of as many zones, bases and sizes of operation.
    """
    new = {
        (calls, crews.tobytes()): int(np.prod(crews + 1))
        for calls, crews in asked
        if 0 < calls.journey.size <= REMEMBERED and not known_of(calls, crews.tobytes())
    }
    dense = (row for row, states in new.items() if 1 < states <= DIRECT and not np.isnan(row[0].firearms.sum()))
    rows = sorted(dense, key=new.__getitem__)
    if len(rows) < FEWEST:
        return
    rows, half = rows[::2] + rows[1::2], (len(rows) + 1) // 2
    calls = list(dict.fromkeys(each for each, _ in rows))
    place = {each: number for number, each in enumerate(calls)}
    units, of = as_units([key for _, key in rows], calls), np.array([place[each] for each, _ in rows])
    found, stacked = room(units, len(calls[0].journey)), stack(calls)
    beside = Thread(target=fill, args=(stacked, of[half:], units[half:], tuple(part[half:] for part in found)))
    beside.start()
    fill(stacked, of[:half], units[:half], tuple(part[:half] for part in found))
    beside.join()
    for (each, key), crews, answer in zip(rows, units, zip(*found, strict=True), strict=True):
        joint, first, workload, committed, free, change = answer
        if change < AGREEMENT and not (known := known_of(each, key)):
            shown = free[: crews.sum() + 1], joint[: np.prod(crews + 1)]
            known.append(fixed(Availability(crews, first, workload, committed, *shown)))


def fill(calls: tuple[FloatArray, ...], of: Crews, units: Crews, found: tuple[Any, ...]) -> None:
    """Fill in the answers ``found`` to postings ``units`` (n, A), each with the calls of its place ``of`` (n,)."""
    settle_each(calls, of, units, AGREEMENT, ROUNDS, found)


def as_units(postings: Sequence[bytes], calls: Sequence[BlockCalls]) -> Crews:
    """Return postings, told by the bytes of their crews, as an array (n, A)."""
    bases = calls[0].journey.shape[1] if calls else 1
    return np.frombuffer(b"".join(postings), np.int64).reshape(-1, bases).copy()


def stack(calls: Sequence[BlockCalls]) -> tuple[FloatArray, ...]:
    """Return the calls as ``settle_each`` takes them."""
    parts = ("journey", "scene", "firearms", "other", "other_load")
    return tuple(np.array([getattr(one, name) for one in calls]) for name in parts)


def room(units: Crews, zones: int) -> tuple[FloatArray, ...]:
    """Return arrays for the answers to postings ``units`` (n, A), as ``settle_each`` fills them in."""
    number, bases = units.shape
    states, most = int((units + 1).prod(axis=1).max()), int(units.sum(axis=1).max())
    shapes = ((states,), (zones, bases), (bases,), (bases,), (most + 1,), ())
    return tuple(np.zeros((number, *shape)) for shape in shapes)
