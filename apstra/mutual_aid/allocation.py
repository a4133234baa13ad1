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
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.mutual_aid.aid import TIERS
from apstra.mutual_aid.forces import drive_minutes, force_strengths
from apstra.mutual_aid.needs import by_area, stand_ins
from apstra.scenario import Scenario
from apstra.schema.duty import crew_role
from apstra.uncertainty import random_stream

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ROUNDING: Final = 1e-9  # a product of shares that should be whole is not rounded up


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
    _refuse(hosts, shortfall, available, keeps)
    draws, forces = available.shape
    left, missing, row = available.copy(), shortfall.copy(), np.arange(draws)
    np.put_along_axis(left, hosts, 0, axis=1)
    given = np.zeros((*hosts.shape, forces), dtype=np.int64)
    rank = np.lexsort((minutes.ravel(), tier.ravel())).argsort().reshape(tier.shape)
    for pair in rank[hosts].reshape(draws, hosts.shape[1] * forces).argsort(axis=1).T:
        if not missing.any():
            break
        slot, by = np.divmod(pair, forces)
        spare = left[row, by] - keeps[tier[hosts[row, slot], by], by]
        gives = np.minimum(missing[row, slot], spare).clip(0)
        missing[row, slot] -= gives
        left[row, by] -= gives
        given[row, slot, by] = gives
    return given


def _refuse(hosts: IntArray, shortfall: IntArray, available: IntArray, keeps: IntArray) -> None:
    """Refuse hosts that are not different forces, and negative officers."""
    for name, officers in (("shortfall", shortfall), ("available", available), ("keeps", keeps)):
        if officers.min(initial=0) < 0:
            raise ValueError(f"{name} must not be negative, not {officers.min()}")
    twice = (np.diff(np.sort(hosts, axis=1), axis=1) == 0).any(axis=1)
    if twice.any():
        raise ValueError(f"the hosts of a draw must be different forces, not {hosts[twice][0].tolist()}")


def nation(tables: Mapping[str, pd.DataFrame], scenario: Scenario, draws: int) -> Nation:
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
    share = duty.draw(random_stream(scenario.seed, "mutual_aid", "nation"), draws)
    on_duty, asked, order = (np.zeros((draws, len(forces))) for _ in range(3))
    for place, one in enumerate(forces.itertuples()):
        rng = random_stream(scenario.seed, "mutual_aid", "nation", str(one.force))
        order[:, place] = np.log(max(one.residents, 1)) + rng.gumbel(size=draws)
        asked[:, place] = np.rint(ask.draw(rng, draws))
        on_duty[:, place] = rng.binomial(one.officers, share)
    if worst := worst_case(tables):
        asked[:, forces["pfa_code"] == scenario.force.code] = worst
    hosts = np.argsort(-order, axis=1)
    return Nation(forces, minutes, tier, on_duty.astype(np.int64), asked.astype(np.int64), hosts)


def worst_case(tables: Mapping[str, pd.DataFrame]) -> int:
    """Return the most armed officers that one threat calls for in one area, 0 where the force states none.

    Armed officers are those of the crews' role and of roles that may stand in for it.
    """
    role = crew_role(tables)
    armed, called = {role, *stand_ins(role, tables["roles"])}, Counter[tuple[str, str]]()
    for row, area in by_area(tables["requirements"], tables["areas"]):
        called[row.threat_id, area] += int(row.officers) if row.role in armed else 0
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
    order = of.hosts
    if first is not None:
        others = order[order != first].reshape(len(order), -1)
        order = np.insert(others, 0, first, axis=1)
    asking = order[:, :hosts]
    asked = _whole(np.take_along_axis(of.asked, asking, axis=1) * factor)
    own = np.minimum(np.take_along_axis(of.on_duty, asking, axis=1) - need[asking], asked).clip(0)
    given = allocate(asking, asked - own, of.on_duty, keeps, of.tier, of.minutes)
    unmet = asked - own - given.sum(axis=2)
    last = np.where(given > 0, of.minutes[asking], 0.0).max(axis=2, initial=0.0)
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
