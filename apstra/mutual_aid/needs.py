"""What does each threat's reasonable worst case ask for in each policing area, and who may stand in for whom?

In: requirements, threats, areas and roles. Out: the requirements one row for each area they hold in, with the officers
needed by that time (what the same threat asks for earlier of the same role included, for officers cannot be in two
places), the roles that may stand in, each counted once, and the share of the threat's occurrences at which the
requirement arises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
import pandas as pd

from apstra.schema import LIST_SEPARATOR


@dataclass(frozen=True, slots=True)
class Need:
    """What one requirement asks for in one area.

    Attributes
    ----------
    officers, needed
        Officers of the role that the row asks for, and those needed by then, earlier ones of the threat included.
    within_minutes
        Time by which they are needed [minutes].
    helpers
        Roles that may stand in.
    arises
        Share of the threat's occurrences at which the requirement arises.
    """

    requirement_id: str
    threat_id: str
    area_id: str
    role: str
    helpers: frozenset[str]
    officers: int
    needed: int
    within_minutes: float
    arises: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of the requirements."""

    requirement_id: str
    threat_id: str
    area_id: str
    role: str
    officers: int
    within_minutes: float
    arises_share: float


def needs_by_area(tables: Mapping[str, pd.DataFrame]) -> list[Need]:
    """Return the requirements by area, threat by threat and area by area.

    A requirement arises at the share of occurrences its row says (``arises_share``), else at those that reach the
    worst case (``worst_case_share`` of the threat), else at all.
    """
    rows = sorted(by_area(tables["requirements"], tables["areas"]), key=_place)
    worst = dict(zip(tables["threats"]["threat_id"], tables["threats"]["worst_case_share"], strict=True))
    helpers, needed = spare_stand_ins(rows, tables["roles"]), dict[tuple[str, str, str], int]()
    found = []
    for row, area in rows:
        key = (row.threat_id, area, row.role)
        needed[key] = needed.get(key, 0) + int(row.officers)
        said = [share for share in (row.arises_share, worst.get(row.threat_id, np.nan)) if pd.notna(share)]
        arises = said[0] if said else 1.0
        asked = (int(row.officers), needed[key], float(row.within_minutes), float(arises))
        found.append(Need(row.requirement_id, row.threat_id, area, row.role, helpers[key], *asked))
    return found


def _place(asked: tuple[Asked, str]) -> tuple[str, str, str, float, str]:
    """Return by what a requirement in an area is put in order: staged needs of one role follow one another."""
    row, area = asked
    return row.threat_id, area, row.role, row.within_minutes, row.requirement_id


def by_threat(wanted: list[Need]) -> list[list[Need]]:
    """Return the needs in groups, one for each threat and area."""
    return [list(group) for _, group in groupby(wanted, key=attrgetter("threat_id", "area_id"))]


def by_area(requirements: pd.DataFrame, areas: pd.DataFrame) -> list[tuple[Asked, str]]:
    """Return each requirement with each area it holds in: one for anywhere in the force holds in each."""
    every = [str(area) for area in areas["area_id"]]
    return [
        (row, area)
        for row in map(Asked, *(requirements[name].tolist() for name in Asked.__dataclass_fields__))
        for area in (every if pd.isna(row.area_id) else [str(row.area_id)])
    ]


def stand_ins(role: str, roles: pd.DataFrame) -> frozenset[str]:
    """Return the roles that may stand in for ``role``."""
    return frozenset(other for other, fills in _fills(roles) if role in fills)


def _fills(roles: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Return each role with those it may stand in for."""
    named = zip(roles["role"], roles["stands_in_for"].fillna(""), strict=True)
    return [(role, [one.strip() for one in listed.split(LIST_SEPARATOR)]) for role, listed in named]


def spare_stand_ins(rows: list[tuple[Asked, str]], roles: pd.DataFrame) -> dict[tuple[str, str, str], frozenset[str]]:
    """Return for each threat, area and role the roles left to stand in for it, so that an officer counts once.

    A role that the same threat calls for in the same area is needed for itself; one that could stand in for two helps
    the role needed first (then the one listed first).
    """
    fills = _fills(roles)
    may = {row.role: frozenset(other for other, filled in fills if row.role in filled) for row, _ in rows}
    taken: dict[tuple[str, str], frozenset[str]] = {}
    for row, area in rows:
        taken[row.threat_id, area] = taken.get((row.threat_id, area), frozenset()) | {row.role}
    left: dict[tuple[str, str, str], frozenset[str]] = {}
    for row, area in sorted(rows, key=lambda asked: (asked[0].within_minutes, asked[0].requirement_id)):
        if (row.threat_id, area, row.role) not in left:
            left[row.threat_id, area, row.role] = may[row.role] - taken[row.threat_id, area]
            taken[row.threat_id, area] |= may[row.role]
    return left
