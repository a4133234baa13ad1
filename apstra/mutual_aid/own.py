"""How many of the force's own officers are on the scene, and how soon?

In: which crews are free together at the bases within reach (the exact hypercube), how many crews can be formed at all,
travel from each base, the command rota and the officers of other roles. Out: for a set of roles, by block of the week,
the distribution of own officers at every set of bases, and which bases are within reach of each zone by each moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from apstra.mutual_aid.assembly import capped, summed
from apstra.queueing import poisson_binomial
from apstra.scenario import HOURS_A_WEEK, Scenario
from apstra.schema import LIST_SEPARATOR
from apstra.schema.duty import ON_CALL, crew_role

FloatArray = NDArray[np.float64]
Tables = Mapping[str, pd.DataFrame]
AVAILABLE: Final = "deployable"


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
    bases = list(tables["bases"]["base_id"])
    blocks = scenario.force.blocks.hours_a_year()
    waits = scenario.value("turnout_minutes"), scenario.value("on_call_turnout_minutes")
    (sets, called_sets), place = bases_in_reach(minutes, *(moments - wait for wait in waits))
    rota = tables["command_cover"].pivot_table(index="cadre", columns="block", values="on_call", aggfunc="sum")
    rota = rota.reindex(columns=blocks.index).fillna(0).astype(int)
    return OwnForce(
        crew_role=crew_role(tables),
        share=(blocks / blocks.sum()).to_numpy(float),
        crews=crews_ready(sets, bases, tables["crews"], free, formed, list(blocks.index)),
        per_crew=officers_per_crew(tables["crews"], list(blocks.index)),
        sets=sets,
        called_sets=called_sets,
        place=place,
        standby=standby(tables, bases, scenario),
        called=frozenset(tables["roles"].loc[tables["roles"]["duty"] == ON_CALL, "role"]),
        cadre_homes=_cadre_homes(tables, bases),
        on_call={str(cadre): rota.loc[cadre].to_numpy(np.int64) for cadre in rota.index},
    )


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
    total = np.broadcast_to(_standing_by(force, sorted(able), most), (force.share.size, len(force.sets), most + 1))
    if force.crew_role in able:
        total = summed(in_officers(force.crews, force.per_crew, most), total)
    if role in force.on_call:
        home = force.cadre_homes.get(role)
        there = np.ones(len(force.sets), bool) if home is None else force.called_sets[:, home]
        seats = np.eye(most + 1)[np.minimum(there * force.on_call[role][:, np.newaxis], most)]
        total = summed(seats, total)
    return np.concatenate([np.broadcast_to(np.eye(most + 1)[0], total[:, :1].shape), total[:, 1:]], axis=1)


def _standing_by(force: OwnForce, able: list[str], most: int) -> FloatArray:
    """Return the distribution of officers of other roles than the crews' who have come, by set (S, most + 1)."""
    parts = []
    for sets, called in ((force.sets, False), (force.called_sets, True)):
        people = [person for role in able if (role in force.called) == called for person in force.standby.get(role, ())]
        homes = np.unique([base for base, _ in people]).astype(int)
        known, which = np.unique(sets[:, homes], axis=0, return_inverse=True)
        there = [dict(zip(homes.tolist(), inside.tolist(), strict=True)) for inside in known]
        chances = [capped(poisson_binomial([p for base, p in people if at[base]]), most) for at in there]
        parts.append(np.array(chances)[which.ravel()])
    return summed(*parts)


def in_officers(crews: FloatArray, per_crew: NDArray[np.int64], most: int) -> FloatArray:
    """Return the distribution of crews (B, S, crews + 1) as one of their officers, 0 to ``most`` or more."""
    officers = np.zeros((*crews.shape[:2], most + 1))
    for block, each in enumerate(per_crew):
        for number in range(crews.shape[2]):
            officers[block, :, min(number * int(each), most)] += crews[block, :, number]
    return officers


def crews_ready(
    sets: NDArray[np.bool_],
    bases: list[str],
    crews: pd.DataFrame,
    free: pd.DataFrame,
    formed: pd.DataFrame,
    blocks: list[str],
) -> FloatArray:
    """Return P(0, 1, ... crews formed and free) at each set of bases, by block: (B, S, crews + 1).

    Free means free or on work that they can leave; where no load is known, crews on duty are free. Which of the crews
    rostered cannot be formed is equally likely, and independent of which are busy.
    """
    rostered = crews.groupby("block")["crews"].sum().reindex(blocks).fillna(0).to_numpy(int)
    labels = [LIST_SEPARATOR.join(base for base, there in zip(bases, inside, strict=True) if there) for inside in sets]
    names = pd.Index(sorted(set(labels)))
    shape = (len(blocks), len(names), int(rostered.max(initial=0)) + 1)
    at_hand = _spread(shape, pd.Index(blocks).get_indexer(free["block"]), names.get_indexer(free["bases"]), free)
    whole = _spread((shape[0], 1, shape[2]), pd.Index(blocks).get_indexer(formed["block"]), 0, formed)[:, 0]
    whole[~whole.any(axis=1), rostered[~whole.any(axis=1)]] = 1.0
    kept = np.array([formed_of_free(chances, number) for chances, number in zip(whole, rostered, strict=True)])
    ready = np.einsum("bsf,bfk->bsk", at_hand, kept)[:, names.get_indexer(labels)]
    ready[:, 0] = np.eye(shape[2])[0]
    return ready


def _spread(
    shape: tuple[int, int, int], block: NDArray[np.int64], row: NDArray[np.int64] | int, rows: pd.DataFrame
) -> FloatArray:
    """Return the probabilities of ``rows`` as an array over block, row and number of crews.

    Where the demand on them is not known (blank), all the crews there are count.
    """
    chances, number = rows["probability"].to_numpy(float), rows["crews"].to_numpy(int)
    if np.isnan(chances).any():
        most = rows.groupby([name for name in ("block", "bases") if name in rows])["crews"].transform("max")
        chances = np.where(np.isnan(chances), number == most.to_numpy(int), chances)
    spread = np.zeros(shape)
    known = (block >= 0) & (np.asarray(row) >= 0)
    rows_at = np.broadcast_to(row, known.shape)[known]
    np.add.at(spread, (block[known], rows_at, np.minimum(number[known], shape[2] - 1)), chances[known])
    return spread


def formed_of_free(formed: FloatArray, rostered: int) -> FloatArray:
    """Return P(k formed | so many free), as square as ``formed``, when each crew is as likely to be formed.

    Parameters
    ----------
    formed
        P(0, 1, ... of the crews ``rostered`` can be formed), longer than the roster if need be.

    Notes
    -----
    Of F free crews, k are among the c formed of n with hypergeometric probability C(F, k) C(n - F, c - k) / C(n, c).
    """
    free, kept, made = np.ogrid[: formed.size, : formed.size, : rostered + 1]
    ways = special.comb(free, kept) * special.comb(rostered - free, made - kept) / special.comb(rostered, made)
    return np.asarray(ways @ formed[: rostered + 1])


def officers_per_crew(crews: pd.DataFrame, blocks: list[str]) -> NDArray[np.int64]:
    """Return the officers of a crew by block (B,): where crews on duty differ, the fewest."""
    on_duty = crews.loc[crews["crews"] > 0]
    fewest = on_duty.groupby("block")["officers_per_crew"].min().reindex(blocks)
    return np.asarray(fewest.fillna(0).to_numpy(np.int64))


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
    sets, place = np.unique(np.concatenate([nobody, coded]), axis=0, return_inverse=True)
    return (sets[:, 1 : width + 1], sets[:, width + 1 :]), place.ravel()[1:].reshape(shape)


def standby(tables: Tables, bases: list[str], scenario: Scenario) -> dict[str, list[tuple[int, float]]]:
    """Return the deployable officers of roles other than the crews' and the command rota's, and how likely to be there.

    Counted are officers whose post is of the role, deployable, with no module of it lapsed. Those of on-call roles
    keep a rota at their base: one of every ``on_call_rota_depth`` is on call, the last, incomplete place for its share
    of the time. Others are on duty for the share of the week that their contract covers, x ``presence_share``.
    """
    late = tables["currency"]["valid_until"] < pd.Timestamp(scenario.as_at)
    of_module = dict(zip(tables["modules"]["module"], tables["modules"]["role"], strict=True))
    passed = tables["currency"].loc[late, ["officer_id", "module"]].itertuples(index=False)
    lapsed = {(officer, of_module[module]) for officer, module in passed}
    officers, elsewhere = tables["officers"], {crew_role(tables), *tables["command_cover"]["cadre"]}
    own = [pair not in lapsed for pair in zip(officers["officer_id"], officers["role"], strict=True)]
    counted = np.array(own, bool) & (officers["status"] == AVAILABLE) & ~officers["role"].isin(elsewhere)
    present = scenario.value("contract_hours_week") / HOURS_A_WEEK * scenario.value("presence_share")
    depth = scenario.value("on_call_rota_depth")
    duty = tables["roles"].set_index("role")["duty"]
    people: dict[str, list[tuple[int, float]]] = {}
    for (role, base), number in officers.loc[counted].groupby(["role", "base_id"]).size().items():
        seats = [1.0] * int(number // depth) + [number % depth / depth]
        chances = seats if duty.get(role) == ON_CALL else [present] * number
        people.setdefault(str(role), []).extend((bases.index(base), chance) for chance in chances)
    return people


def _cadre_homes(tables: Tables, bases: list[str]) -> dict[str, int]:
    """Return the base with most posts of each cadre that may stand in for armed officers, and so goes in person."""
    roles = tables["roles"]
    cadres = roles.loc[roles["role"].isin(tables["command_cover"]["cadre"])]
    in_person = cadres.loc[cadres["stands_in_for"].notna(), "role"]
    posts = tables["posts"].loc[tables["posts"]["role"].isin(in_person)].sort_values("established", kind="stable")
    return {role: bases.index(base) for role, base in zip(posts["role"], posts["base_id"], strict=True)}
