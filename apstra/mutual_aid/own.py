"""How many of the force's own officers are on the scene, and how soon?

In: which crews are free together at the bases within reach (the exact hypercube), how many crews can be formed at all,
travel from each base, the command rota and the officers of other roles. Out: for a set of roles, by block of the week,
the distribution of own officers at every set of bases, and which bases are within reach of each zone by each moment.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.mutual_aid.assembly import capped, summed
from apstra.mutual_aid.crews import crews_ready, in_officers, officers_per_crew
from apstra.queueing import poisson_binomial
from apstra.recall import Recaller, plain
from apstra.scenario import HOURS_A_WEEK, Scenario
from apstra.schema.duty import ON_CALL, crew_role

FloatArray = NDArray[np.float64]
Tables = Mapping[str, pd.DataFrame]
AVAILABLE: Final = "deployable"
KEPT: Final = 64  # rotas at hand, of which there are few


@dataclass(frozen=True, slots=True, eq=False)
class OwnForce:
    """All that the force itself can send: B blocks, S sets of bases, Z zones, T moments.

    Attributes
    ----------
    crew_role
        Role of the officers in crews.
    share
        Share of the hours of the year (B,).
    crews
        P(0, 1, ... crews that are formed and free) at each set of bases (B, S, crews + 1).
    per_crew
        Officers of a crew (B,).
    sets, called_sets
        Bases that crews, and people on call, have come from (S, bases); the first set is the time before turnout.
    place
        Set of each zone by each moment (Z, T).
    standby
        Other role to its deployable officers, each as base (by position) and probability of being at hand.
    called
        Roles and cadres that are on call, and so set out later than crews.
    cadre_homes
        Cadre needed at the scene in person to the base (by position) its people set out from.
    on_call
        Cadre to people on call (B,).
    """

    crew_role: str
    share: FloatArray
    crews: FloatArray
    per_crew: NDArray[np.int64]
    sets: NDArray[np.bool_]
    called_sets: NDArray[np.bool_]
    place: NDArray[np.int64]
    standby: Mapping[str, Sequence[tuple[int, float]]]
    called: frozenset[str]
    cadre_homes: Mapping[str, int]
    on_call: Mapping[str, NDArray[np.int64]]


def own_force(
    tables: Tables,
    minutes: FloatArray,
    free: pd.DataFrame,
    formed: pd.DataFrame,
    moments: FloatArray,
    scenario: Scenario,
    recall: Recaller = plain,
) -> OwnForce:
    """Return all that the force itself can send.

    Parameters
    ----------
    tables
        Tables of the force.
    minutes
        Journey from each base to each zone (Z, bases) [minutes].
    free
        ``block``, ``bases``, ``crews``, ``probability``: how many are free together at each set of bases.
    formed
        ``block``, ``crews``, ``probability``: how many of the crews rostered can be formed; all where it says nothing.
    moments
        Times since the call [minutes] (T,).

    Notes
    -----
    Crews and officers on shift arrive ``turnout_minutes`` after the call plus the journey from their base; people on
    call, ``on_call_turnout_minutes`` plus the journey. Cadres of the command rota that stand in for nobody take up
    their function from where they are, after ``turnout_minutes``.
    """
    bases, blocks = tuple(tables["bases"]["base_id"]), scenario.force.blocks.hours_a_year()
    waits = scenario.value("turnout_minutes"), scenario.value("on_call_turnout_minutes")
    (sets, called_sets), place = recall(bases_in_reach, minutes, *(moments - wait for wait in waits))
    crewed, roles, names = crew_role(tables), tables["roles"], tuple(blocks.index)
    return OwnForce(
        crew_role=crewed,
        share=(blocks / blocks.sum()).to_numpy(float),
        crews=crews_ready(sets, bases, tables["crews"], free, formed, names),
        per_crew=recall(officers_per_crew, tables["crews"], names),
        sets=sets,
        called_sets=called_sets,
        place=place,
        standby=recall(standby, tables, bases, scenario, crewed),
        called=frozenset(role for role, duty in zip(roles["role"], roles["duty"], strict=True) if duty == ON_CALL),
        cadre_homes=recall(_cadre_homes, tables, bases),
        on_call=recall(_rota, tables["command_cover"], names),
    )


def _rota(cover: pd.DataFrame, blocks: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Return cadre to people on call (B,)."""
    place = {block: number for number, block in enumerate(blocks)}
    called = {str(cadre): np.zeros(len(blocks), np.int64) for cadre in cover["cadre"].unique()}
    for cadre, block, people in zip(cover["cadre"], cover["block"], cover["on_call"], strict=True):
        if block in place:
            called[cadre][place[block]] += int(people)
    return called


def own_officers(force: OwnForce, role: str, helpers: frozenset[str], most: int) -> FloatArray:
    """Return the distribution of own officers able to fill ``role`` at each set of bases, by block.

    Parameters
    ----------
    helpers
        Other roles whose officers may fill it; people on the command rota command, and stand in for nobody.
    most
        Officers beyond this number are not told apart.

    Returns
    -------
    array
        P(0, 1, ... ``most`` or more officers) (B, S, most + 1); nobody before turnout.
    """
    able = {role, *helpers}
    alone = np.eye(most + 1)[0]
    total = np.broadcast_to(_standing_by(force, sorted(able), most), (force.share.size, len(force.sets), most + 1))
    if force.crew_role in able:
        crews = in_officers(force.crews, force.per_crew, most)
        total = crews if (total == alone).all() else summed(crews, total)
    if role in force.on_call:
        home = force.cadre_homes.get(role)
        there = np.ones(len(force.sets), bool) if home is None else force.called_sets[:, home]
        seats = np.eye(most + 1)[np.minimum(there * force.on_call[role][:, np.newaxis], most)]
        total = seats if (total == alone).all() else summed(seats, total)
    total = np.array(total)
    total[:, 0] = alone
    return total


def _standing_by(force: OwnForce, able: list[str], most: int) -> FloatArray:
    """Return the distribution of officers of other roles than the crews' who have come, by set (S, most + 1)."""
    total = np.broadcast_to(np.eye(most + 1)[0], (len(force.sets), most + 1))
    for sets, called in ((force.sets, False), (force.called_sets, True)):
        people = [person for role in able if (role in force.called) == called for person in force.standby.get(role, ())]
        if people:
            total = summed(_of_people(people, sets, most), total)
    return total


def _of_people(people: list[tuple[int, float]], sets: NDArray[np.bool_], most: int) -> FloatArray:
    """Return the distribution of people who have come from their base, by set of bases (S, most + 1)."""
    known: dict[tuple[bool, ...], FloatArray] = {}
    for inside in set(there := [tuple(each) for each in sets[:, [base for base, _ in people]].tolist()]):
        chances = tuple(chance for (_, chance), at in zip(people, inside, strict=True) if at)
        known[inside] = capped(_present(chances), most)
    return np.array([known[inside] for inside in there])


@lru_cache(maxsize=KEPT)
def _present(chances: tuple[float, ...]) -> FloatArray:
    """Return the distribution of how many are there, each with a chance of its own."""
    return poisson_binomial(chances)


def bases_in_reach(
    minutes: FloatArray, journeys: FloatArray, called: FloatArray
) -> tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.int64]]:
    """Return the sets of bases crews and people on call have come from (S, bases), and that of each zone and moment.

    Parameters
    ----------
    minutes
        Journeys (Z, bases).
    journeys, called
        Time since crews, and people on call, set out (T,) [minutes]; the first set is nobody, before crews do.
    """
    width, shape = minutes.shape[1], (len(minutes), journeys.size)
    there = np.concatenate([minutes[:, np.newaxis] <= since[:, np.newaxis] for since in (journeys, called)], axis=2)
    started = np.broadcast_to(journeys >= 0, shape)[..., np.newaxis]
    coded = np.concatenate([started, there & started], axis=2).reshape(-1, 2 * width + 1)
    nobody = np.zeros((1, 2 * width + 1), bool)
    packed = np.packbits(np.concatenate([nobody, coded]), axis=1)
    seen, place = np.unique(packed, axis=0, return_inverse=True)
    sets = np.unpackbits(seen, axis=1, count=2 * width + 1).astype(bool)
    return (sets[:, 1 : width + 1], sets[:, width + 1 :]), place.ravel()[1:].reshape(shape)


def standby(
    tables: Tables, bases: Sequence[str], scenario: Scenario, crewed: str | None = None
) -> dict[str, list[tuple[int, float]]]:
    """Return the deployable officers of roles other than the crews' and the command rota's, and how likely to be there.

    Counted are officers whose post is of the role, deployable, with no module of it lapsed. Those of on-call roles
    keep a rota at their base: one of every ``on_call_rota_depth`` is on call, the last, incomplete place for its share
    of the time. Others are on duty for the share of the week that their contract covers, x ``presence_share``.
    """
    currency, officers = tables["currency"], tables["officers"]
    late = (currency["valid_until"] < pd.Timestamp(scenario.as_at)).to_numpy(bool)
    of_module = dict(zip(tables["modules"]["module"], tables["modules"]["role"], strict=True))
    passed = zip(currency["officer_id"].to_numpy(object)[late], currency["module"].to_numpy(object)[late], strict=True)
    lapsed = {(officer, of_module[module]) for officer, module in passed}
    elsewhere = {crew_role(tables) if crewed is None else crewed, *tables["command_cover"]["cadre"]}
    each = zip(*(officers[name].tolist() for name in ("officer_id", "role", "base_id", "status")), strict=True)
    counted = Counter(
        (role, base)
        for officer, role, base, state in each
        if state == AVAILABLE and role not in elsewhere and (officer, role) not in lapsed and isinstance(role, str)
    )
    present = scenario.value("contract_hours_week") / HOURS_A_WEEK * scenario.value("presence_share")
    depth = scenario.value("on_call_rota_depth")
    duty = dict(zip(tables["roles"]["role"], tables["roles"]["duty"], strict=True))
    people: dict[str, list[tuple[int, float]]] = {}
    for (role, base), number in sorted(counted.items()):
        seats = [1.0] * int(number // depth) + [number % depth / depth]
        chances = seats if duty.get(role) == ON_CALL else [present] * number
        people.setdefault(str(role), []).extend((bases.index(base), chance) for chance in chances)
    return people


def _cadre_homes(tables: Tables, bases: Sequence[str]) -> dict[str, int]:
    """Return the base with most posts of each cadre that may stand in for armed officers, and so goes in person."""
    roles, posts, cadres = tables["roles"], tables["posts"], set(tables["command_cover"]["cadre"])
    stands_in = zip(roles["role"], roles["stands_in_for"].notna(), strict=True)
    in_person = {role for role, helps in stands_in if helps and role in cadres}
    posts = posts.iloc[np.argsort(posts["established"].to_numpy(float), kind="stable")]
    held = zip(posts["role"], posts["base_id"], strict=True)
    return {role: bases.index(base) for role, base in held if role in in_person}
