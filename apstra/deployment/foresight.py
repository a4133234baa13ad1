"""Postings that a search is likely to try, solved beside other work.

An answer is the same whenever it is found: whether it was foreseen alters how long a search takes and nothing else. In:
aims, and the postings that a search will most likely try for each, those of the search before. Out: aims that have
scored them. All are solved in one loop of machine code, which leaves the interpreter to the work beside it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from threading import Thread

import numpy as np

from apstra.deployment.aim import Aim, who_answers
from apstra.deployment.availability import AGREEMENT, DIRECT, REMEMBERED, BlockCalls
from apstra.deployment.together import as_units, fill, room, stack
from apstra.deployment.work import Crews


@contextmanager
def foreseen(asked: Sequence[tuple[Aim, Sequence[bytes]]]) -> Iterator[None]:
    """Solve postings of aims, told as ``Aim.scored`` keeps them, while the body runs; at its end all are scored.

    Aims must be of as many zones, bases and sizes of operation. What is not remembered is left out, and so is what one
    dense system cannot hold.
    """
    asked = [(aim, postings) for aim, postings in asked if postings and 0 < aim.calls.journey.size <= REMEMBERED]
    calls = list(dict.fromkeys(aim.calls for aim, _ in asked))
    units, of = _unknown(calls, asked)
    if not len(units):
        yield
    else:
        found = room(units, len(calls[0].journey))
        beside = Thread(target=fill, args=(stack(calls), of, units, found))
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
        solved = [posting for posting in postings if posting in known]
        if solved:
            aim.learn(solved, np.array([known[posting] for posting in solved]))


def _unknown(calls: list[BlockCalls], asked: Sequence[tuple[Aim, Sequence[bytes]]]) -> tuple[Crews, Crews]:
    """Return the postings (n, A) to solve, of which it is not known who answers, and the calls of each (n,)."""
    wanted: list[dict[bytes, None]] = [{} for _ in calls]
    for aim, postings in asked:
        place = calls.index(aim.calls)
        known = who_answers(aim.calls)
        wanted[place].update((posting, None) for posting in postings if posting not in known)
    units = as_units([*chain.from_iterable(wanted)], calls)
    states = (units + 1).prod(axis=1)
    dense = (states > 1) & (states <= DIRECT)
    return units[dense], np.repeat(np.arange(len(calls)), list(map(len, wanted)))[dense]
