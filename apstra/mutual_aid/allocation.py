"""When forces ask for armed officers at once, who gives what to whom, and what has each left?

In: armed officers of the forces and the drives between them, and assumptions of how many are on duty, what a host asks
and what a donor keeps. Out, draw by draw: who is on duty, who becomes a host and asks for how many; what each donor
gives to each host; what is missing, and what each force has left. A host's own spare officers count first. Then donors
are called nearest tier first (home, regional, national) and by drive time within it; a nearer donor goes deeper into
what it has.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.mutual_aid.aid import TIERS
from apstra.mutual_aid.forces import drive_minutes, force_strengths
from apstra.mutual_aid.needs import stand_ins
from apstra.queueing.compiled import compiled
from apstra.scenario import Scenario
from apstra.schema.duty import crew_role
from apstra.uncertainty import ThreePoint, random_stream

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ROUNDING: Final = 1e-9  # a product of shares that should be whole is not rounded up
KEPT: Final = 4  # draws kept at hand: they stay the same whatever donors keep, and however far they drive


@dataclass(frozen=True, slots=True)
class Nation:
    """The forces, and draw by draw who is on duty, who asks and for how many; positions are those of ``forces``.

    Attributes
    ----------
    forces
        ``force``, ``region``, ``officers`` and the rest of ``force_strengths``.
    minutes, tier
        (forces, forces), host in rows, donor in columns: drive [minutes] and tier, 0 the nearest.
    on_duty, asked, hosts
        (draws, forces): officers on duty or recallable within the hour, officers that the force asks for if it is a
        host, and the order in which forces become hosts.
    """

    forces: pd.DataFrame
    minutes: FloatArray
    tier: IntArray
    on_duty: IntArray
    asked: IntArray
    hosts: IntArray


@dataclass(frozen=True, slots=True)
class Mobilisation:
    """What a mobilisation brought, draw by draw.

    Attributes
    ----------
    hosts
        (draws, hosts): positions of the hosts.
    asked, own, unmet
        (draws, hosts): officers asked for, found at the host itself, and missing in the end.
    last
        (draws, hosts): drive of the farthest donor that gave [minutes]; infinite where officers are missing.
    given, kept
        (draws, hosts, forces) officers given; (draws, forces) officers each force has left on duty.
    need
        (forces,): officers each force needs for itself.
    exposed
        (draws, forces): whether a force gave and is left with fewer than it needs.
    """

    hosts: IntArray
    asked: IntArray
    own: IntArray
    unmet: IntArray
    last: FloatArray
    given: IntArray
    kept: IntArray
    need: IntArray
    exposed: NDArray[np.bool_]


def allocate(
    hosts: IntArray, shortfall: IntArray, available: IntArray, keeps: IntArray, tier: IntArray, minutes: FloatArray
) -> IntArray:
    """Return what each donor gives each host [officers]: (draws, hosts, forces).

    Parameters
    ----------
    hosts, shortfall
        (draws, hosts): positions of the forces that ask, and the officers each is short of.
    available
        (draws, forces): officers on duty. A host gives nothing.
    keeps
        (tiers, forces): officers a donor keeps when asked from so far.
    tier, minutes
        (forces, forces), host in rows: tier of each donor, 0 the nearest, and its drive.

    Raises
    ------
    ValueError
        If a force is host twice in a draw, or a number of officers is negative.

    Notes
    -----
    Pairs of host and donor are served in the order of tier, then drive; ties by the positions of host and donor, so
    that the order in which hosts are listed changes nothing. Each pair gets the smaller of what is missing and what the
    donor may still give.
    """
    return _served(hosts, shortfall, available, keeps, tier, minutes)[0]


def _served(
    hosts: IntArray, shortfall: IntArray, available: IntArray, keeps: IntArray, tier: IntArray, minutes: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return what ``allocate`` returns, and the drive of the farthest donor that gave each host [minutes]."""
    _refuse(hosts, shortfall, available, keeps)
    asking, missing, left = (np.array(each, np.int64) for each in (hosts, shortfall, available))
    np.put_along_axis(left, asking, 0, axis=1)
    rank = np.lexsort((minutes.ravel(), tier.ravel())).argsort().reshape(tier.shape)
    floor = keeps[tier, np.arange(left.shape[1])]
    return _serve(asking, missing, left, floor, rank, rank.argsort(axis=1), minutes.astype(float))


@compiled
def _serve(
    hosts: IntArray,
    missing: IntArray,
    left: IntArray,
    floor: IntArray,
    rank: IntArray,
    nearest: IntArray,
    minutes: FloatArray,
) -> tuple[IntArray, FloatArray]:
    """Serve pairs of host and donor in order of ``rank``; ``missing`` and ``left`` are used up.

    Parameters
    ----------
    floor, rank
        (forces, forces), host in rows: officers the donor keeps, and when the pair is served.
    nearest
        (forces, forces): donors of each host in the order in which they are served.
    """
    draws, many, forces = hosts.shape[0], hosts.shape[1], left.shape[1]
    given, last = np.zeros((draws, many, forces), np.int64), np.zeros((draws, many))
    for draw in range(draws):
        called = np.zeros(many, np.int64)
        while True:
            slot, soonest = -1, rank.size
            for each in range(many):
                if missing[draw, each] > 0 and called[each] < forces:
                    host = hosts[draw, each]
                    turn = rank[host, nearest[host, called[each]]]
                    if turn < soonest:
                        slot, soonest = each, turn
            if slot < 0:
                break
            host = hosts[draw, slot]
            donor = nearest[host, called[slot]]
            called[slot] += 1
            gives = min(missing[draw, slot], left[draw, donor] - floor[host, donor])
            if gives > 0:
                missing[draw, slot] -= gives
                left[draw, donor] -= gives
                given[draw, slot, donor] = gives
                last[draw, slot] = np.maximum(last[draw, slot], minutes[host, donor])
    return given, last


def _refuse(hosts: IntArray, shortfall: IntArray, available: IntArray, keeps: IntArray) -> None:
    """Refuse hosts that are not different forces, and negative officers."""
    for name, officers in (("shortfall", shortfall), ("available", available), ("keeps", keeps)):
        if officers.min(initial=0) < 0:
            raise ValueError(f"{name} must not be negative, not {officers.min()}")
    twice = (np.diff(np.sort(hosts, axis=1), axis=1) == 0).any(axis=1)
    if twice.any():
        raise ValueError(f"the hosts of a draw must be different forces, not {hosts[twice][0].tolist()}")


def nation(tables: Mapping[str, pd.DataFrame], scenario: Scenario, draws: int, worst: int | None = None) -> Nation:
    """Return the forces with draws of who is on duty, who becomes a host, and what it asks for.

    Notes
    -----
    In each draw one share of officers is on duty in all forces, from the range of ``aid_duty_share`` (hours and days
    move all forces together), and each force's number is binomial. Forces become hosts in proportion to residents,
    without replacement (the order of independent Gumbel variables added to the logarithm of the residents). A host asks
    for a draw from the range of ``aid_host_officers``; this force for what its own worst case calls for, where stated.
    """
    forces = force_strengths(tables, scenario.as_at)
    minutes = drive_minutes(forces, tables["inter_force_travel"], scenario)
    same = forces["region"].to_numpy(str)[:, None] == forces["region"].to_numpy(str)
    tier = np.where(minutes <= scenario.value("aid_home_minutes"), 0, np.where(same, 1, 2))
    duty, ask = (scenario.three_point(name) for name in ("aid_duty_share", "aid_host_officers"))
    each = tuple(zip(*(forces[name].tolist() for name in ("force", "residents", "officers")), strict=True))
    on_duty, asked, hosts = _drawn(scenario.seed, draws, each, duty, ask)
    asked = asked.copy()
    if most := worst_case(tables) if worst is None else worst:
        asked[:, forces["pfa_code"] == scenario.force.code] = most
    return Nation(forces, minutes, tier, on_duty, asked, hosts)


@lru_cache(maxsize=KEPT)
def _drawn(
    seed: int, draws: int, forces: tuple[tuple[str, float, int], ...], duty: ThreePoint, ask: ThreePoint
) -> tuple[IntArray, IntArray, IntArray]:
    """Return who is on duty, what each asks for, and the order of hosts (draws, forces), not to be altered.

    Parameters
    ----------
    forces
        Name, residents and armed officers of each.
    """
    share = duty.draw(random_stream(seed, "mutual_aid", "nation"), draws)
    on_duty, asked, order = (np.zeros((draws, len(forces))) for _ in range(3))
    for place, (force, residents, officers) in enumerate(forces):
        rng = random_stream(seed, "mutual_aid", "nation", str(force))
        order[:, place] = np.log(max(residents, 1)) + rng.gumbel(size=draws)
        asked[:, place] = np.rint(ask.draw(rng, draws))
        on_duty[:, place] = rng.binomial(officers, share)
    found = on_duty.astype(np.int64), asked.astype(np.int64), np.argsort(-order, axis=1)
    for array in found:
        array.setflags(write=False)
    return found


def worst_case(tables: Mapping[str, pd.DataFrame]) -> int:
    """Return the most armed officers that one threat calls for in one area, 0 where the force states none.

    Armed officers are those of the crews' role and of roles that may stand in for it.
    """
    role, asked = crew_role(tables), tables["requirements"]
    armed, called = {role, *stand_ins(role, tables["roles"])}, Counter[tuple[str, str]]()
    rows = zip(*(asked[name].tolist() for name in ("threat_id", "area_id", "role", "officers")), strict=True)
    every = tables["areas"]["area_id"].tolist()
    for threat, area, one, officers in rows:
        for place in [area] if isinstance(area, str) else every:
            called[threat, place] += int(officers) if one in armed else 0
    return max(called.values(), default=0)


def mobilise(of: Nation, hosts: int, factor: float, scenario: Scenario, first: int | None = None) -> Mobilisation:
    """Return what so many hosts at once receive, and what it leaves the others.

    Parameters
    ----------
    hosts
        Hosts at once, at most the number of forces.
    factor
        By how much what forces ask, need and keep is raised; 1 as usual.
    first
        Position of the force that is a host in every draw, named first; else hosts are drawn.
    """
    usual = of.forces["officers"].to_numpy(float) * scenario.value("aid_duty_share") * factor
    need = _whole(scenario.value("aid_own_need_share") * usual)
    keeps = np.array([_whole(scenario.value(f"aid_reserve_{tier}") * usual) for tier in TIERS])
    asking = of.hosts[:, :hosts]
    if first is not None:
        others = np.take_along_axis(asking, np.argsort(asking == first, axis=1, kind="stable"), axis=1)
        asking = np.insert(others[:, : hosts - 1], 0, first, axis=1)
    asked = _whole(np.take_along_axis(of.asked, asking, axis=1) * factor)
    own = np.minimum(np.take_along_axis(of.on_duty, asking, axis=1) - need[asking], asked).clip(0)
    given, last = _served(asking, asked - own, of.on_duty, keeps, of.tier, of.minutes)
    unmet = asked - own - given.sum(axis=2)
    gave = given.sum(axis=1)
    kept = of.on_duty - gave
    return Mobilisation(
        hosts=asking,
        asked=asked,
        own=own,
        unmet=unmet,
        last=np.where(unmet > 0, np.inf, last),
        given=given,
        kept=kept,
        need=need,
        exposed=(gave > 0) & (kept < need),
    )


def _whole(officers: NDArray[np.floating[Any]]) -> IntArray:
    """Return whole officers, rounded up."""
    return np.ceil(officers - ROUNDING).astype(np.int64)
