"""Which requirement is met in time, by whom, and what stands in the way of the others?

In: requirements, the force's own officers, agreements as they are counted. Out: for every requirement and policing area
the probability that the officers called for have arrived in time: with own officers alone, with home and regional
donors (collaboration), with national aid too; the curve over time; and for a gap what binds: the role (nobody offers
it), the number (all together are too few), time (enough would come, but late) or availability (they may not be
released).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.mutual_aid.agreements import donor_travel
from apstra.mutual_aid.assembly import NoticeAndTravel, capped, joined
from apstra.mutual_aid.own import own_arrived, own_force
from apstra.scenario import Scenario
from apstra.schema import LIST_SEPARATOR
from apstra.uncertainty import ThreePoint

FloatArray = NDArray[np.float64]
SOURCES: Final = ("own", "collaboration", "all")
MET_BY: Final = {"own": "own", "collaboration": "with collaboration", "all": "with national aid"}
GAP: Final = "gap"
COLLABORATION: Final = ("home", "regional")
CURVE_MINUTES: Final = np.arange(0.0, 481.0, 10.0)
NEVER: Final = 1e-12  # below this a probability is nothing but rounding


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What arrives for one requirement in one area.

    Attributes
    ----------
    need
        Row of the requirement, with the area.
    moments
        Times since the call [minutes], the last one infinite.
    enough
        Source to P(at least the officers called for have arrived) at each moment.
    nobody_ever
        P(no officer able to fill the role ever arrives), with all aid.
    """

    need: Any
    moments: FloatArray
    enough: Mapping[str, FloatArray]
    nobody_ever: float


def stand_ins(role: str, roles: pd.DataFrame) -> frozenset[str]:
    """Return the roles that may stand in for ``role``."""
    fills = roles.set_index("role")["stands_in_for"].fillna("").str.split(LIST_SEPARATOR, regex=False)
    return frozenset(other for other, listed in fills.items() if role in [name.strip() for name in listed])


def spare_stand_ins(needs: pd.DataFrame, roles: pd.DataFrame) -> list[frozenset[str]]:
    """Return for each requirement the roles left to stand in for its own, so that an officer counts once.

    A role that the same threat calls for in the same area is needed for itself.
    """
    may = {role: stand_ins(role, roles) for role in needs["role"].unique()}
    called = {key: frozenset(rows["role"]) for key, rows in needs.groupby(["threat_id", "area_id"])}
    return [may[row.role] - called[row.threat_id, row.area_id] for row in needs.itertuples()]


def by_area(requirements: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the requirements one row for each area they hold in: one for anywhere in the force holds in each."""
    every = requirements["area_id"].isna()
    anywhere = requirements.loc[every].drop(columns="area_id").merge(areas[["area_id"]], how="cross")
    rows = pd.concat([requirements.loc[~every], anywhere], ignore_index=True)
    return rows.sort_values(["requirement_id", "area_id"], ignore_index=True)


def moments_of(requirements: pd.DataFrame) -> FloatArray:
    """Return the times at which arrivals are worked out [minutes]: of the curves, of the requirements, and ever."""
    return np.unique([*CURVE_MINUTES, *requirements["within_minutes"].to_numpy(float), np.inf])


def arrivals(
    tables: Mapping[str, pd.DataFrame],
    agreements: pd.DataFrame,
    travel: pd.DataFrame,
    free: pd.DataFrame,
    scenario: Scenario,
) -> list[Arrivals]:
    """Return what arrives by when for each requirement and area."""
    needs = by_area(tables["requirements"], tables["areas"])
    if needs.empty:
        return []
    moments, most = moments_of(needs), int(needs["officers"].max())
    force = own_force(tables, travel, free, moments, scenario)
    helpers = spare_stand_ins(needs, tables["roles"])
    own = {
        key: own_arrived(*key, most, force) for key in set(zip(needs["area_id"], needs["role"], helpers, strict=True))
    }
    aid = {
        area: aid_chances(agreements, tables["donors"], tables["zones"], area, moments, scenario)
        for area in needs["area_id"].unique()
    }
    return [
        _arrivals_of(row, others, own[row.area_id, row.role, others], aid[row.area_id], agreements, moments)
        for row, others in zip(needs.itertuples(), helpers, strict=True)
    ]


def aid_chances(
    agreements: pd.DataFrame,
    donors: pd.DataFrame,
    zones: pd.DataFrame,
    area_id: str,
    moments: FloatArray,
    scenario: Scenario,
) -> FloatArray:
    """Return P(officers of each agreement have arrived in an area by each moment): (agreements, moments).

    The journey ends at the centre of the area's population, or of the force's where the area has no zones.
    """
    inside = zones.loc[zones["area_id"] == area_id]
    minutes = agreements["donor_id"].map(donor_travel(donors, zones if inside.empty else inside, scenario))
    chances = np.zeros((len(agreements), moments.size))
    for number, row in enumerate(agreements.assign(travel_minutes=minutes).itertuples()):
        notice = ThreePoint(row.notice_low, row.notice_mode, row.notice_high)
        chances[number] = row.counted_availability * NoticeAndTravel(notice, row.travel_minutes).cdf(moments)
    return np.nan_to_num(chances)


def _arrivals_of(
    row: Any, helpers: frozenset[str], own: FloatArray, aid: FloatArray, agreements: pd.DataFrame, moments: FloatArray
) -> Arrivals:
    """Return what arrives for one requirement in one area, tier upon tier."""
    arrived = capped(own, int(row.officers))
    enough = {"own": arrived[:, -1]}
    offers = agreements["role"].isin({row.role, *helpers}).to_numpy()
    near = agreements["tier"].isin(COLLABORATION).to_numpy()
    sizes = agreements["officers"].to_numpy(int)
    for source, tier in (("collaboration", near), ("all", ~near)):
        for number in np.flatnonzero(offers & tier):
            arrived = joined(arrived, int(sizes[number]), aid[number])
        enough[source] = arrived[:, -1]
    return Arrivals(row, moments, enough, nobody_ever=float(arrived[-1, 0]))


def assembly(found: Sequence[Arrivals], assurance_level: float) -> pd.DataFrame:
    """Return for each requirement and area who meets it in time, and what binds where nobody does.

    Returns
    -------
    DataFrame
        ``requirement_id``, ``threat_id``, ``area_id``, ``role``, ``officers``, ``within_minutes``, ``p_own``,
        ``p_collaboration``, ``p_all`` [probability in time], ``p_ever`` (with all aid, however late), ``status`` (own,
        with collaboration, with national aid, gap: the first that reaches the assurance level) and ``binding`` (none,
        role, number, time, availability).
    """
    rows = []
    for one in found:
        at = int(np.searchsorted(one.moments, one.need.within_minutes))
        in_time = [float(one.enough[source][at]) for source in SOURCES]
        ever = float(one.enough["all"][-1])
        reached = [MET_BY[source] for source, p in zip(SOURCES, in_time, strict=True) if p >= assurance_level - NEVER]
        status = reached[0] if reached else GAP
        binds = "none" if reached else binding(one.nobody_ever, ever, assurance_level)
        need = one.need
        rows.append(
            (need.requirement_id, need.threat_id, need.area_id, need.role, need.officers, need.within_minutes,
             *in_time, ever, status, binds)
        )  # fmt: skip
    columns = ["requirement_id", "threat_id", "area_id", "role", "officers", "within_minutes"]
    columns += ["p_own", "p_collaboration", "p_all", "p_ever", "status", "binding"]
    return pd.DataFrame(rows, columns=columns)


def binding(nobody_ever: float, enough_ever: float, assurance_level: float) -> str:
    """Return what stands in the way of a requirement that is not met in time.

    Parameters
    ----------
    nobody_ever, enough_ever
        P(no officer able to fill the role ever comes), P(enough do, however late), with all aid.

    Returns
    -------
    str
        ``role`` if nobody offers it, ``number`` if all together are too few, ``time`` if enough would come but late,
        else ``availability``.
    """
    if nobody_ever >= 1.0 - NEVER:
        return "role"
    if enough_ever <= NEVER:
        return "number"
    return "time" if enough_ever >= assurance_level else "availability"


def curves(found: Sequence[Arrivals]) -> pd.DataFrame:
    """Return ``requirement_id``, ``area_id``, ``source``, ``minutes``, ``probability``: the curves over eight hours."""
    keys = pd.DataFrame(
        [(one.need.requirement_id, one.need.area_id, source) for one in found for source in SOURCES],
        columns=["requirement_id", "area_id", "source"],
    )
    shown = [one.enough[source][np.searchsorted(one.moments, CURVE_MINUTES)] for one in found for source in SOURCES]
    frame = keys.loc[keys.index.repeat(CURVE_MINUTES.size)].reset_index(drop=True)
    return frame.assign(minutes=np.tile(CURVE_MINUTES, len(keys)), probability=np.concatenate([*shown, np.empty(0)]))
