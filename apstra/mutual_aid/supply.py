"""Who can come anywhere in the force by when, for every role that threats call for?

In: requirements by area, zones and travel, the force's own officers by set of bases, agreements as they are counted.
Out: ``Ground``, from which the probability follows that so many officers of a role have come to a zone by a moment:
with own officers, with home donors, with regional ones too, with national ones too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.mutual_aid.agreements import centre
from apstra.mutual_aid.aid import TIERS, aid_arrived, aid_chances, shared_delay
from apstra.mutual_aid.needs import Need
from apstra.mutual_aid.own import OwnForce, own_force, own_officers
from apstra.queueing.compiled import compiled
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SOURCES: Final = ("own", "home", "collaboration", "all")


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Who fills a role: ``own`` officers (B, S, n + 1) and, by tier, P(at least 0, 1, ... n of aid) (3, Z, T, n + 1).

    At moments at which the role is not followed aid is not a number.
    """

    own: FloatArray
    aid: FloatArray

    def nobody_ever(self, force: OwnForce) -> FloatArray:
        """Return P(no officer of the role ever comes) to each zone (Z,), with all aid."""
        return np.asarray((force.share @ self.own[:, force.place[:, -1], 0]) * (1.0 - self.aid[-1, :, -1, 1]))


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What arrives anywhere in the force: B blocks, Z zones, T moments [minutes].

    ``zones`` are those of the force, and for an area without any the middle of the force, out of reach of every base;
    ``areas`` the zones of each area (by position) and the weight of each, its share of the area's demand.
    """

    needs: list[Need]
    zones: pd.DataFrame
    areas: Mapping[str, tuple[IntArray, FloatArray]]
    moments: FloatArray
    force: OwnForce
    supplies: Mapping[tuple[str, frozenset[str]], Supply]

    def enough(self, need: Need, zones: IntArray, moments: IntArray, *, last: bool = False) -> FloatArray:
        """Return P(the officers needed have arrived), by source, block, zone and moment listed (4, B, z, t).

        With ``last``, those with own officers and with all aid alone (2, B, z, t).
        """
        supply = self.supplies[need.role, need.helpers]
        aid = supply.aid[-1:] if last else supply.aid
        return _enough(supply.own, aid, self.force.place, zones, moments, need.needed)


@compiled
def _enough(
    own: FloatArray, aid: FloatArray, place: IntArray, zones: IntArray, moments: IntArray, needed: int
) -> FloatArray:
    """Return P(own officers and aid are ``needed`` or more), by source, block, zone and moment of those listed."""
    found = np.zeros((1 + len(aid), len(own), zones.size, moments.size))
    for one, zone in enumerate(zones):
        for at, moment in enumerate(moments):
            for block in range(len(own)):
                alone, many = own[block, place[zone, moment]], 0.0
                for officers in range(needed, alone.size):
                    many += alone[officers]
                found[0, block, one, at] = many
                for tier in range(len(aid)):
                    come, total = aid[tier, zone, moment], many
                    for officers in range(needed):
                        total += alone[officers] * come[needed - officers]
                    found[1 + tier, block, one, at] = total
    return found


def moments_of(wanted: list[Need], others: ArrayLike = ()) -> FloatArray:
    """Return the times at which arrivals are worked out [minutes]: the times required, others asked for, and ever."""
    return np.unique([*(need.within_minutes for need in wanted), *np.asarray(others, float), np.inf])


def ground(
    tables: Mapping[str, pd.DataFrame],
    wanted: list[Need],
    agreements: pd.DataFrame,
    ready: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    moments: FloatArray,
    scenario: Scenario,
    *,
    every: bool = True,
    recall: Recaller = plain,
) -> Ground:
    """Return what arrives anywhere in the force by each of ``moments``.

    Parameters
    ----------
    wanted
        As ``needs_by_area`` returns them.
    agreements
        As ``agreement_position`` returns them.
    ready
        Journeys (``base_id``, ``zone_id``, ``minutes``), crews free together (``block``, ``bases``, ``crews``,
        ``probability``), and crews that can be formed (``block``, ``crews``, ``probability``).
    every
        Whether each role is followed at every moment, or at those when it is required and ever.
    """
    zones = recall(_with_middles, tables["zones"], tables["areas"])
    minutes = recall(_journeys, ready[0], zones, tables["bases"])
    force = recall(own_force, tables, minutes, *ready[1:], moments, scenario, recall)
    aid = recall(_aid, wanted, agreements, tables, zones, moments, scenario, every)
    supplies = {
        (role, helpers): Supply(own_officers(force, role, helpers, number), come)
        for (role, helpers), (number, come) in aid.items()
    }
    return Ground(wanted, zones, recall(zones_of, zones), moments, force, supplies)


def _aid(
    wanted: list[Need],
    agreements: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    zones: pd.DataFrame,
    moments: FloatArray,
    scenario: Scenario,
    every: bool,  # noqa: FBT001  (asked through ``recall``, which takes no keywords)
) -> dict[tuple[str, frozenset[str]], tuple[int, FloatArray]]:
    """Return by role, and those that may stand in, the most officers needed and what of aid comes (see ``Supply``)."""
    most = dict[tuple[str, frozenset[str]], int]()
    times: dict[tuple[str, frozenset[str]], set[float]] = {}
    for need in wanted:
        key = need.role, need.helpers
        most[key] = max(most.get(key, 0), need.needed)
        times.setdefault(key, {np.inf}).add(need.within_minutes)
    due = {key: np.full(moments.size, every) | np.isin(moments, list(within)) for key, within in times.items()}
    role, tier = (agreements[name].to_numpy(object) for name in ("role", "tier"))
    sizes, (_, weights) = agreements["officers"].to_numpy(np.int64), shared_delay(scenario)
    offers = {key: np.array([one == key[0] or one in key[1] for one in role], bool) for key in most}
    asked = np.zeros((len(agreements), moments.size), bool)
    for key in most:
        asked |= np.outer(offers[key], due[key])
    chances = aid_chances(agreements, tables, zones, moments, asked, scenario)
    tiers = [tier == one for one in TIERS]
    found = {}
    for key, number in most.items():
        called = [np.flatnonzero(offers[key] & of_tier) for of_tier in tiers]
        found[key] = number, aid_arrived(called, sizes, chances, number, weights, np.flatnonzero(due[key]))
    return found


def _with_middles(zones: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the zones, and after them the middle of the force for each area without any."""
    bare = sorted(set(areas["area_id"]) - set(zones["area_id"]))
    middle = [centre(zones).assign(area_id=area, demand_weight=1.0) for area in bare]
    return pd.concat([zones, *middle], ignore_index=True) if bare else zones.reset_index(drop=True)


def _journeys(travel: pd.DataFrame, zones: pd.DataFrame, bases: pd.DataFrame) -> FloatArray:
    """Return the journey from each base to each zone (Z, bases) [minutes], infinite where none is known."""
    row, column = pd.Index(zones["zone_id"].dropna()), pd.Index(bases["base_id"])  # the middle of a force has no name
    found = np.full((len(zones), len(column)), np.inf)
    at, home = row.get_indexer(travel["zone_id"]), column.get_indexer(travel["base_id"])
    known = (at >= 0) & (home >= 0)
    found[at[known], home[known]] = travel["minutes"].to_numpy(float)[known]
    return np.nan_to_num(found, nan=np.inf, posinf=np.inf)


def zones_of(zones: pd.DataFrame) -> dict[str, tuple[IntArray, FloatArray]]:
    """Return the zones of each area (by position), and the weight of each: its share of the area's demand."""
    demand, of = zones["demand_weight"].to_numpy(float), zones["area_id"].to_numpy(object)
    places = {str(area): np.flatnonzero(of == area) for area in zones["area_id"].unique()}
    whole = {area: demand[place].sum() for area, place in places.items()}
    return {
        area: (place, demand[place] / whole[area] if whole[area] > 0 else np.full(place.size, 1.0 / place.size))
        for area, place in places.items()
    }
