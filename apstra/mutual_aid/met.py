"""Is what a threat asks for met in time, by whom, and what stands in the way where it is not?

In: the needs of each threat and area, the force's own officers by set of bases, aid by zone and moment. Out: for every
requirement and for every threat as a whole, area by area, the probability that all the officers called for have come
in time: with own officers, with home donors, with collaboration (regional donors too), with national aid; and the curve
over time.

Given the block, the zone and who is free, what arrives for different roles is independent; so the requirements of one
threat are multiplied block by block and zone by zone, and averaged after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.mutual_aid.agreements import centre
from apstra.mutual_aid.aid import TIERS, aid_arrived, aid_chances
from apstra.mutual_aid.assembly import capped
from apstra.mutual_aid.needs import Need, by_threat
from apstra.mutual_aid.own import OwnForce, own_force, own_officers
from apstra.scenario import Scenario

FloatArray = NDArray[np.float64]
SOURCES: Final = ("own", "home", "collaboration", "all")
CURVE_MINUTES: Final = np.arange(0.0, 481.0, 10.0)
DIGITS: Final = 12
NEVER: Final = 1e-12  # below this a probability is nothing but rounding


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Who fills a role: ``own`` officers (B, S, n + 1) and, by tier, P(at least 0, 1, ... n of aid) (Z, T, n + 1)."""

    own: FloatArray
    aid: Mapping[str, FloatArray]

    def nobody_ever(self, force: OwnForce, zones: NDArray[np.int64], weight: FloatArray) -> float:
        """Return P(no officer of the role ever comes) in an area's ``zones`` of so much ``weight``, with all aid."""
        own = force.share @ self.own[:, force.place[zones, -1], 0]
        return float((own * (1.0 - self.aid[TIERS[-1]][zones, -1, 1])) @ weight)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What arrives anywhere in the force: B blocks, Z zones, T moments [minutes].

    ``zones`` are those of the force, and for an area without any the middle of the force, out of reach of every base;
    ``areas`` the zones of each area (by position) and the weight of each, its share of the area's demand.
    """

    needs: list[Need]
    zones: pd.DataFrame
    areas: Mapping[str, tuple[NDArray[np.int64], FloatArray]]
    moments: FloatArray
    force: OwnForce
    supplies: Mapping[tuple[str, frozenset[str]], Supply]

    def enough(self, need: Need) -> FloatArray:
        """Return P(the officers needed have arrived), by source, block, zone of the area and moment (4, B, z, T)."""
        supply, number = self.supplies[need.role, need.helpers], need.needed
        zones, _ = self.areas[need.area_id]
        own, place = capped(supply.own, number), self.force.place[zones]
        found = np.zeros((len(SOURCES), len(own), *place.shape))
        for one in np.unique(place):
            zone, moment = np.nonzero(place == one)
            found[0][:, zone, moment] = own[:, one, -1:]
            for source, aid in enumerate(supply.aid.values(), start=1):
                still = aid[zones[zone], moment, number::-1]
                found[source][:, zone, moment] = own[:, one] @ still.T
        return found


def moments_of(wanted: list[Need], others: ArrayLike = ()) -> FloatArray:
    """Return the times at which arrivals are worked out [minutes]: the times required, others asked for, and ever."""
    return np.unique([*(need.within_minutes for need in wanted), *np.asarray(others, float), np.inf])


def ground(
    tables: Mapping[str, pd.DataFrame],
    wanted: list[Need],
    agreements: pd.DataFrame,
    travel: pd.DataFrame,
    ready: tuple[pd.DataFrame, pd.DataFrame],
    moments: FloatArray,
    scenario: Scenario,
) -> Ground:
    """Return what arrives anywhere in the force by each of ``moments``.

    Parameters
    ----------
    wanted
        As ``needs_by_area`` returns them.
    agreements
        As ``agreement_position`` returns them.
    ready
        Crews free together (``block``, ``bases``, ``crews``, ``probability``), and crews that can be formed (``block``,
        ``crews``, ``probability``).
    """
    bare = sorted(set(tables["areas"]["area_id"]) - set(tables["zones"]["area_id"]))
    middle = [centre(tables["zones"]).assign(area_id=area, demand_weight=1.0) for area in bare]
    zones = pd.concat([tables["zones"], *middle], ignore_index=True)
    minutes = travel.pivot_table(index="zone_id", columns="base_id", values="minutes")
    minutes = minutes.reindex(index=zones["zone_id"], columns=tables["bases"]["base_id"]).to_numpy(float)
    force = own_force(tables, np.nan_to_num(minutes, nan=np.inf), *ready, moments, scenario)
    chances = aid_chances(agreements, tables, zones, moments, scenario)
    most: dict[tuple[str, frozenset[str]], int] = {}
    for need in wanted:
        most[need.role, need.helpers] = max(most.get((need.role, need.helpers), 0), need.needed)
    supplies = {
        (role, helpers): Supply(
            own_officers(force, role, helpers, number),
            aid_arrived(agreements["role"].isin({role, *helpers}).to_numpy(), agreements, chances, number, scenario),
        )
        for (role, helpers), number in most.items()
    }
    return Ground(wanted, zones, zones_of(zones), moments, force, supplies)


def zones_of(zones: pd.DataFrame) -> dict[str, tuple[NDArray[np.int64], FloatArray]]:
    """Return the zones of each area (by position), and the weight of each: its share of the area's demand."""
    demand, of = zones["demand_weight"].to_numpy(float), zones["area_id"].to_numpy(object)
    places = {str(area): np.flatnonzero(of == area) for area in zones["area_id"].unique()}
    whole = {area: demand[place].sum() for area, place in places.items()}
    return {
        area: (place, demand[place] / whole[area] if whole[area] > 0 else np.full(place.size, 1.0 / place.size))
        for area, place in places.items()
    }


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """How far one threat is met in one area: R requirements, sources as in ``SOURCES``, B blocks, z zones.

    Attributes
    ----------
    needs
        What it asks for there.
    each, ever, nobody
        P(met in time) of each requirement (R, 4); P(met however late) and P(nobody ever comes), with all aid (R,).
    together
        P(all met in time) by source, block and zone (4, B, z).
    curve
        P(all officers of all requirements have arrived) by source and moment (4, T).
    not_met
        P(an occurrence finds what it calls for not met in time) by source (4,): requirements that arise at fewer
        occurrences than others count at those alone.
    """

    needs: list[Need]
    each: FloatArray
    ever: FloatArray
    nobody: FloatArray
    together: FloatArray
    curve: FloatArray
    not_met: FloatArray


def arrivals(found: Ground) -> Iterator[tuple[list[Need], list[FloatArray]]]:
    """Give the needs of every threat and area, and of each P(enough have come) by source, block, zone and moment."""
    worked_out: dict[tuple[object, ...], FloatArray] = {}
    for wanted in by_threat(found.needs):
        keys = [(need.role, need.helpers, need.needed, need.area_id) for need in wanted]
        for key, need in zip(keys, wanted, strict=True):
            if key not in worked_out:
                worked_out[key] = found.enough(need)
        yield wanted, [worked_out[key] for key in keys]


def each_threat(found: Ground) -> Iterator[Met]:
    """Give how far every threat is met in every area where it has a requirement, in the order of the needs."""
    for wanted, arrived in arrivals(found):
        yield _met(wanted, arrived, found)


def _met(wanted: list[Need], arrived: Sequence[FloatArray], found: Ground) -> Met:
    """Return how far one threat is met in one area, from what has arrived for each of its needs (4, B, z, T)."""
    share, (zones, weight) = found.force.share, found.areas[wanted[0].area_id]
    due = np.searchsorted(found.moments, [need.within_minutes for need in wanted])
    in_time = np.stack([one[..., moment] for one, moment in zip(arrived, due, strict=True)])
    arises = np.array([need.arises for need in wanted])
    steps = np.unique(arises)[::-1]
    lost = [
        (upper - lower) * (1.0 - mean(in_time[arises >= upper].prod(axis=0), share, weight))
        for upper, lower in zip(steps, [*steps[1:], 0.0], strict=True)
    ]
    return Met(
        wanted,
        each=mean(in_time, share, weight),
        ever=np.array([mean(one[-1, ..., -1], share, weight) for one in arrived]),
        nobody=np.array([found.supplies[n.role, n.helpers].nobody_ever(found.force, zones, weight) for n in wanted]),
        together=in_time.prod(axis=0),
        curve=np.einsum("sbzt,b,z->st", np.prod(arrived, axis=0), share, weight),
        not_met=np.clip(np.sum(lost, axis=0), 0.0, 1.0),
    )


def mean(values: FloatArray, share: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the mean of values (..., B, z) over the hours of the year and the area's zones, less rounding."""
    return np.asarray(np.round((values @ weight) @ share, DIGITS))
