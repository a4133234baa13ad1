"""Where would the crews on duty do most good, what does each move buy, and who loses by it?

In: ``Work`` and the crews on duty by block. Out: block by block the posting with the largest share of calls answered
within the standard, the best that leaves no policing area worse off, and the moves that lead there, each with what it
changes in every area. The search starts from the present posting and from the maximal expected covering location, and
every posting tried is scored by the exact hypercube.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from apstra.deployment.availability import Availability, availability
from apstra.deployment.location import locate
from apstra.deployment.reach import Reach, areas, within
from apstra.deployment.work import Crews, FloatArray, Work

GAIN: Final = 5e-4  # of the share within the standard; less is no reason to move a crew, nor any loss to an area
CURRENT, BEST, SPARING = "current", "best", "no area worse"
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What a posting gives in one block.

    Attributes
    ----------
    crews
        Crews at each base (A,).
    shares
        Share of calls answered within the standard, of the force and of each policing area (places,).
    none_free
        Probability that no crew is free.
    """

    crews: Crews
    shares: FloatArray
    none_free: float


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The postings tried in one block, all with the crews on duty there now.

    Attributes
    ----------
    weights
        Calls of each place by zone (places, Z).
    now
        The answer as crews stand now, to start from.
    tried
        Every posting scored.
    """

    work: Work
    block: int
    weights: FloatArray
    now: Availability
    tried: dict[bytes, Score]

    def score(self, crews: Crews) -> Score:
        """Return what ``crews`` (A,) give, solved once."""
        key = crews.tobytes()
        if key not in self.tried:
            found = availability(self.work, self.block, crews, near=self.now)
            met, total = np.nan_to_num(within(self.work, found.first)), self.weights.sum(axis=1)
            shares = np.divide(self.weights @ met, total, out=np.full(total.size, np.nan), where=total > 0)
            self.tried[key] = Score(crews, shares, found.none_free)
        return self.tried[key]


def postings(
    work: Work, posting: Crews, found: Reach, tables: Tables, blocks: Sequence[str]
) -> tuple[dict[str, Crews], pd.DataFrame]:
    """Return the postings to compare, each (B, A), and the moves that lead from the current one to each of the others.

    Returns
    -------
    rosters
        ``current``, ``best`` and ``no area worse``.
    moves
        ``roster``, ``block``, ``step``, ``from_base``, ``to_base``, ``place`` (all, or an area), ``calls_a_year`` in
        that block, ``share_before``, ``share_after`` of them answered within the standard, ``unmet_before``,
        ``unmet_after`` [calls a year that find no crew free]: what the step changes when those before it are made.
    """
    rosters = {name: posting.copy() for name in (CURRENT, BEST, SPARING)}
    named = list(areas(tables))
    rows: list[tuple[object, ...]] = []
    for block, crews in enumerate(posting):
        weights = np.array([work.firearms[block] * inside * ~np.isnan(work.standard) for _, inside in named])
        if not (crews.any() and np.nansum(weights) > 0):
            continue
        search = Search(work, block, weights, found.free[block], {})
        for name, one in _chosen(search, crews, float(np.average(found.free[block].workload, weights=crews))).items():
            rosters[name][block] = one.crews
            for step, (leave, join, before, after) in enumerate(_moves(search, crews, one.crews), start=1):
                ends = [tables["bases"]["base_id"].iloc[base] for base in (leave, join)]
                for place, (label, _) in enumerate(named):
                    calls = float(weights[place].sum() * work.hours[block])
                    unmet = (calls * before.none_free, calls * after.none_free)
                    shares = (before.shares[place], after.shares[place])
                    rows.append((name, blocks[block], step, *ends, label, calls, *shares, *unmet))
    columns = ["roster", "block", "step", "from_base", "to_base", "place", "calls_a_year", "share_before",
               "share_after", "unmet_before", "unmet_after"]  # fmt: skip
    return rosters, pd.DataFrame(rows, columns=columns)


def _chosen(search: Search, crews: Crews, busy_share: float) -> dict[str, Score]:
    """Return the best posting of one block, and the best that leaves no area worse, by steepest ascent."""
    work = search.work
    known = np.nan_to_num(work.standard, nan=-1.0)
    placed = locate(search.weights[0], work.turnout + work.minutes, known, int(crews.sum()), min(busy_share, 0.99))
    now = search.score(crews)
    top = _climbed(search, now)
    if _whole(search.score(placed.sites)) > _whole(top) + GAIN:
        _climbed(search, search.score(placed.sites))
    fair = [one for one in search.tried.values() if np.all(~(one.shares < now.shares - GAIN))]
    return {name: _worth(max(ones, key=_whole), now) for name, ones in ((BEST, search.tried.values()), (SPARING, fair))}


def _climbed(search: Search, top: Score) -> Score:
    """Return the best posting that single moves lead to, each better than the one before."""
    while _whole(better := max(map(search.score, _neighbours(top.crews)), key=_whole)) > _whole(top) + GAIN:
        top = better
    return top


def _whole(score: Score) -> float:
    """Return the share of the force's calls answered within the standard."""
    return float(score.shares[0])


def _worth(best: Score, now: Score) -> Score:
    """Return the better posting where it is worth a move, else the present one."""
    return best if best.shares[0] > now.shares[0] + GAIN else now


def _neighbours(crews: Crews) -> Iterator[Crews]:
    """Give the postings that one crew's move leads to, and ``crews`` itself."""
    yield crews
    for leave in np.flatnonzero(crews):
        for join in range(crews.size):
            if join != leave:
                yield _moved(crews, int(leave), join)


def _moved(crews: Crews, leave: int, join: int) -> Crews:
    """Return the posting when a crew leaves one base and joins another."""
    moved = crews.copy()
    moved[leave] -= 1
    moved[join] += 1
    return moved


def _moves(search: Search, crews: Crews, goal: Crews) -> Iterator[tuple[int, int, Score, Score]]:
    """Give the moves from ``crews`` to ``goal``, at each step the one that gains most, with the scores around it."""
    while (crews != goal).any():
        steps = [
            (int(leave), int(join)) for leave in np.flatnonzero(crews > goal) for join in np.flatnonzero(crews < goal)
        ]
        gains = [_whole(search.score(_moved(crews, *step))) for step in steps]
        leave, join = steps[int(np.argmax(gains))]
        before, crews = search.score(crews), _moved(crews, leave, join)
        yield leave, join, before, search.score(crews)


def roster_table(rosters: Mapping[str, Crews], bases: pd.DataFrame, blocks: Sequence[str]) -> pd.DataFrame:
    """Return the rosters as one table: ``roster``, ``block``, ``base_id``, ``crews``."""
    keys = pd.MultiIndex.from_product([rosters, blocks, bases["base_id"]], names=["roster", "block", "base_id"])
    return pd.DataFrame(
        {"crews": np.concatenate([crews.ravel() for crews in rosters.values()])}, index=keys
    ).reset_index()
