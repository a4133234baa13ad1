"""Postings that a search is likely to try, solved beside other work.

An answer is the same whenever it is found: whether it was foreseen alters how long a search takes and nothing else. In:
aims, and the postings that a search will most likely try for each, those of the search before. Out: aims that have
scored them. All are solved in one loop of machine code, which leaves the interpreter to the work beside it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

import numpy as np

from apstra.deployment.aim import Aim, who_answers
from apstra.deployment.availability import AGREEMENT, DIRECT, REMEMBERED, ROUNDS, BlockCalls
from apstra.deployment.work import Crews, FloatArray
from apstra.queueing.committed import settle_each


@contextmanager
def foreseen(asked: Sequence[tuple[Aim, Sequence[Crews]]]) -> Iterator[None]:
    """Solve postings (A,) of aims while the body runs; at its end all are scored.

    Aims must be of the same journeys and sizes of operation. What is not remembered, and what one dense system
    cannot hold, is left out.
    """
    asked = [(aim, postings) for aim, postings in asked if aim.calls.journey.size <= REMEMBERED]
    calls, units, of = _open([(aim.calls, postings) for aim, postings in asked])
    if not len(units):
        yield
    else:
        found = _room(units, len(calls[0].journey))
        beside = Thread(target=settle_each, args=(_stacked(calls), of, units, AGREEMENT, ROUNDS, found))
        beside.start()
        try:
            yield
        finally:
            beside.join()
        for place, crews, first, change in zip(of.tolist(), units, found[1], found[-1], strict=True):
            if change < AGREEMENT:
                who_answers(calls[place])[crews.tobytes()] = first
    for aim, postings in asked:
        known = who_answers(aim.calls)
        keys = [key for key in (crews.tobytes() for crews in postings) if key in known]
        if keys:
            aim.learn(keys, np.array([known[key] for key in keys]))


def _open(asked: Sequence[tuple[BlockCalls, Sequence[Crews]]]) -> tuple[list[BlockCalls], Crews, Crews]:
    """Return the calls, the postings (n, A) of which it is not known who answers, and the calls of each (n,)."""
    calls = list(dict.fromkeys(each for each, _ in asked))
    rows, known = [], [who_answers(each) for each in calls]
    for each, postings in asked:
        place = calls.index(each)
        rows += [(place, crews) for crews in postings if crews.tobytes() not in known[place]]
    of, units = map(np.array, zip(*rows, strict=True)) if rows else (np.empty(0), np.empty((0, 0)))
    states = (units + 1).prod(axis=1)
    dense = (states > 1) & (states <= DIRECT)
    return calls, units[dense], of[dense]


def _stacked(calls: Sequence[BlockCalls]) -> tuple[FloatArray, ...]:
    """Return the calls as ``settle_each`` takes them."""
    parts = ("scene", "firearms", "other", "other_load")
    return (calls[0].journey, *(np.array([getattr(one, name) for one in calls]) for name in parts))


def _room(units: Crews, zones: int) -> tuple[FloatArray, ...]:
    """Return arrays for the answers to postings ``units`` (n, A), as ``settle_each`` fills them in."""
    number, bases = units.shape
    states, most = int((units + 1).prod(axis=1).max()), int(units.sum(axis=1).max())
    shapes = ((states,), (zones, bases), (bases,), (bases,), (most + 1,), ())
    return tuple(np.zeros((number, *shape)) for shape in shapes)
