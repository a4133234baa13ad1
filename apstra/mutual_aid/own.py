"""How many of the force's own officers are on the scene, and how soon?

In: crews by base and block, how busy they are, travel from each base, the command rota and the officers of other roles.
Out: for a policing area and a set of roles, the distribution of own officers arrived by each time since the call. Crews
share their workload, so the number free is taken from its joint distribution (the exact hypercube's), and which of
them are free is equally likely; where in the area the call comes from follows its zones' demand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from apstra.mutual_aid.assembly import capped, joined
from apstra.queueing import poisson_binomial
from apstra.scenario import HOURS_A_WEEK, Scenario

FloatArray = NDArray[np.float64]
Tables = Mapping[str, pd.DataFrame]
Reach = tuple[NDArray[np.bool_], FloatArray]
ON_CALL: Final = "on_call"
AVAILABLE: Final = "deployable"


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty in a block of the week.

    Attributes
    ----------
    share
        Share of the hours of the year.
    homes, sizes
        Base (by position) and officers of each crew.
    free
        P(0, 1, ... crews free).
    on_call
        Cadre to people on call.
    """

    share: float
    homes: tuple[int, ...]
    sizes: tuple[int, ...]
    free: FloatArray
    on_call: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OwnForce:
    """All that the force itself can send.

    Attributes
    ----------
    crew_role
        Role of the officers in crews.
    duties
        Who is on duty in each block.
    standby
        Other role to its deployable officers, each as base (by position) and probability of being at hand.
    cadre_homes
        Cadre needed at the scene in person to the base (by position) its people set out from.
    ready
        Whether people who take up their function from where they are have done so by each moment, 0 or 1.
    reach
        Area to which bases can be on the scene by each moment, of ``bases_in_reach``.
    """

    crew_role: str
    duties: Sequence[Duty]
    standby: Mapping[str, Sequence[tuple[int, float]]]
    cadre_homes: Mapping[str, int]
    ready: FloatArray
    reach: Mapping[str, Reach]


def own_force(
    tables: Tables, travel: pd.DataFrame, free: pd.DataFrame, moments: FloatArray, scenario: Scenario
) -> OwnForce:
    """Return all that the force itself can send.

    Parameters
    ----------
    tables
        Tables of the force.
    travel, free
        Minutes by base and zone; probability of each number of crews free by block, from the deployment chapter.
    moments
        Times since the call [minutes].

    Notes
    -----
    A crew, an officer of another role and a cadre that may stand in for armed officers arrive ``turnout_minutes`` after
    the call plus the journey from their base; other cadres of the command rota take up their function after
    ``turnout_minutes`` from where they are.
    """
    bases = list(tables["bases"]["base_id"])
    turnout = scenario.value("turnout_minutes")
    return OwnForce(
        crew_role=crew_role(tables),
        duties=on_duty(tables, free, scenario),
        standby=standby(tables, bases, scenario),
        cadre_homes=_cadre_homes(tables, bases),
        ready=(moments >= turnout).astype(float),
        reach={
            area: bases_in_reach(area, moments - turnout, bases, tables["zones"], travel)
            for area in tables["areas"]["area_id"]
        },
    )


def own_arrived(area_id: str, role: str, stand_ins: frozenset[str], most: int, force: OwnForce) -> FloatArray:
    """Return the distribution of own officers able to fill ``role`` who have arrived in an area by each moment.

    Parameters
    ----------
    stand_ins
        Other roles whose officers may fill it; people on the command rota command, and stand in for nobody.
    most
        Officers beyond this number are not told apart.

    Returns
    -------
    array
        P(0, 1, ... ``most`` or more officers arrived), (moments, most + 1), averaged over the hours of the year.
    """
    patterns, weights = force.reach[area_id]
    able = {role, *stand_ins}
    people = [person for name in sorted(able) for person in force.standby.get(name, ())]
    others = [poisson_binomial([chance for home, chance in people if seen[home]]) for seen in patterns]
    home = force.cadre_homes.get(role)
    there = np.zeros(len(patterns)) if home is None else patterns[:, home].astype(float)
    total = np.zeros((len(weights), most + 1))
    for duty in force.duties:
        homes, sizes, free = (duty.homes, duty.sizes, duty.free) if force.crew_role in able else ((), (), np.ones(1))
        crews = [crew_officers(sizes, tuple(bool(seen[base]) for base in homes), free) for seen in patterns]
        both = np.array([capped(np.convolve(one, two), most) for one, two in zip(crews, others, strict=True)])
        on_call = duty.on_call.get(role, 0)
        arrived = weights @ joined(both, on_call, there)
        total += duty.share * (joined(arrived, on_call, force.ready) if home is None else arrived)
    return total


def crew_role(tables: Tables) -> str:
    """Return the role whose officers crew armed response vehicles: the shift role with the most posts; "" if none."""
    roles = tables["roles"]
    rota = roles["role"].isin(tables["command_cover"]["cadre"])
    on_shift = roles.loc[(roles["duty"] != ON_CALL) & ~(roles["duty"].isna() & rota), "role"]
    held = tables["posts"].groupby("role")["established"].sum().reindex(on_shift).fillna(0)
    return str(held.idxmax()) if len(held) and held.max() > 0 else ""


def on_duty(tables: Tables, free: pd.DataFrame, scenario: Scenario) -> list[Duty]:
    """Return who is on duty in each block of the week."""
    hours = scenario.force.blocks.hours_a_year()
    place = {base: number for number, base in enumerate(tables["bases"]["base_id"])}
    crews, cover = dict(list(tables["crews"].groupby("block"))), dict(list(tables["command_cover"].groupby("block")))
    duties = []
    for block, share in (hours / hours.sum()).items():
        rows, rota = crews.get(block, tables["crews"][:0]), cover.get(block, tables["command_cover"][:0])
        homes = np.repeat(rows["base_id"].map(place).to_numpy(int), rows["crews"].to_numpy(int))
        sizes = np.repeat(rows["officers_per_crew"].to_numpy(int), rows["crews"].to_numpy(int))
        duties.append(
            Duty(
                share=float(share),
                homes=tuple(homes.tolist()),
                sizes=tuple(sizes.tolist()),
                free=crews_free(len(sizes), free.loc[free["block"] == block]),
                on_call={str(cadre): int(people) for cadre, people in zip(rota["cadre"], rota["on_call"], strict=True)},
            )
        )
    return duties


def crews_free(crews: int, free: pd.DataFrame) -> FloatArray:
    """Return P(0, 1, ... ``crews`` crews free) for an armed call: free, or on work that they can leave.

    ``free`` holds the block's rows of ``free`` crews and their ``probability``; crews committed elsewhere are in none.
    Where no load is known, crews on duty are free.
    """
    chances = np.zeros(crews + 1)
    if free["probability"].notna().any():
        chances[free["free"].to_numpy(int)] = free["probability"]
    else:
        chances[min(int(free["free"].max()), crews) if len(free) else crews] = 1.0
    return chances


def crew_officers(sizes: tuple[int, ...], in_reach: tuple[bool, ...], free: FloatArray) -> FloatArray:
    """Return the distribution of officers in crews that are free and in reach.

    Parameters
    ----------
    sizes
        Officers of each crew.
    in_reach
        Whether each crew can be there.
    free
        P(k crews free); every choice of k crews is equally likely.
    """
    return (free / special.comb(len(sizes), np.arange(len(sizes) + 1))) @ _choices(sizes, in_reach)


@lru_cache(maxsize=4096)
def _choices(sizes: tuple[int, ...], in_reach: tuple[bool, ...]) -> FloatArray:
    """Return in how many ways k free crews bring so many officers within reach: (crews + 1, officers + 1)."""
    ways = np.zeros((len(sizes) + 1, sum(sizes) + 1))
    ways[0, 0] = 1.0
    for size, there in zip(sizes, in_reach, strict=True):
        brought = size if there else 0
        ways[1:, brought:] += ways[:-1, : ways.shape[1] - brought].copy()
    ways.flags.writeable = False
    return ways


def bases_in_reach(
    area_id: str, journeys: FloatArray, bases: list[str], zones: pd.DataFrame, travel: pd.DataFrame
) -> Reach:
    """Return which bases are within each journey time of a call in the area, as patterns and how likely each is.

    Returns
    -------
    patterns, weights
        (patterns, bases) base is in reach; (journeys, patterns) probability over the zones of the area, by their
        ``demand_weight``.
    """
    inside = zones.loc[zones["area_id"] == area_id]
    if inside.empty or not bases:
        return np.zeros((1, len(bases)), bool), np.ones((journeys.size, 1))
    local = travel.loc[travel["zone_id"].isin(inside["zone_id"])]
    minutes = local.pivot_table(index="zone_id", columns="base_id", values="minutes")
    minutes = minutes.reindex(index=inside["zone_id"], columns=bases).to_numpy(float)
    demand = inside["demand_weight"].to_numpy(float)
    share = demand / demand.sum() if demand.sum() > 0 else np.full(len(inside), 1.0 / len(inside))
    there = minutes[None, :, :] <= journeys[:, None, None]
    patterns, which = np.unique(there.reshape(-1, len(bases)), axis=0, return_inverse=True)
    weights = np.zeros((journeys.size, len(patterns)))
    np.add.at(weights, (np.repeat(np.arange(journeys.size), len(inside)), which.ravel()), np.tile(share, journeys.size))
    return patterns, weights


def standby(tables: Tables, bases: list[str], scenario: Scenario) -> dict[str, list[tuple[int, float]]]:
    """Return the deployable officers of roles other than the crews' and the command rota's, and how likely to be there.

    Counted are officers whose post is of the role, deployable, with no module of it lapsed. Those of on-call roles
    keep a rota at their base: one of every ``on_call_rota_depth`` is on call, the last, incomplete place for its share
    of the time. Others are on duty for the share of the week that their contract covers, x ``presence_share``.
    """
    passed = tables["currency"].merge(tables["modules"][["module", "role"]], on="module")
    lapsed = passed.loc[passed["valid_until"] < pd.Timestamp(scenario.as_at), ["officer_id", "role"]]
    officers = tables["officers"].loc[tables["officers"]["status"] == AVAILABLE]
    officers = officers.merge(lapsed.drop_duplicates(), on=["officer_id", "role"], how="left", indicator=True)
    elsewhere = {crew_role(tables), *tables["command_cover"]["cadre"]}
    counted = (officers["_merge"] == "left_only") & ~officers["role"].isin(elsewhere)
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
