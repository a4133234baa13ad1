"""Can the force put its crews, its commanders and its means on duty?

In: crews rostered by block, deployable strength, the command rota, equipment and training estate. Out: the probability
that the rostered crews can be crewed, with events that take several officers at once (an operation, a course, sickness)
counted as such; who is on call to command in each block; which means are approved, serviceable and enough, less lethal
options beside conventional; which training facilities need attention.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from apstra.capability.requirement import crew_role, relief_steps
from apstra.scenario import Blocks, Scenario
from apstra.schema import LIST_SEPARATOR

ROUNDING: Final = 1e-9  # 100 items at 0.29 are 29 serviceable, not 28
WORN: Final = ("poor", "closed")
UNLICENSED: Final = ("conditional", "expired")
UNPLANNED: Final = ("sickness", "court and other duties")


def crewing_probability(
    officers: int, probability: float, crews: int, *, per_crew: int = 2, shared_shocks: Sequence[tuple[float, int]] = ()
) -> float:
    """Return the probability that at least ``crews`` crews can be formed from the officers rostered.

    Parameters
    ----------
    officers
        Officers rostered.
    probability
        Probability that each is present, independently of the others.
    crews
        Crews wanted.
    per_crew
        Officers in a crew.
    shared_shocks
        Independent events ``(probability, officers_removed)``, each of which takes that many officers off the roster at
        once.

    Raises
    ------
    ValueError
        If a probability lies outside 0 to 1, or a count is negative or not whole.

    Notes
    -----
    Exact: every combination of shocks is weighed, and the officers left are binomial. Treating a shock as so much more
    independent absence would flatter the answer.
    """
    wanted = _whole("crews", crews) * _whole("per_crew", per_crew)
    rostered, chance = _whole("officers", officers), _share("probability", probability)
    shocks = [(_share("shared_shocks", p), _whole("shared_shocks", removed)) for p, removed in shared_shocks]
    total = 0.0
    for happened in product((False, True), repeat=len(shocks)):
        weight = np.prod([p if hit else 1.0 - p for hit, (p, _) in zip(happened, shocks, strict=True)])
        removed = sum(size for hit, (_, size) in zip(happened, shocks, strict=True) if hit)
        total += float(weight) * _at_least(wanted, max(rostered - removed, 0), chance)
    return total


def _at_least(wanted: int, officers: int, chance: float) -> float:
    """Return P(at least ``wanted`` of ``officers`` present)."""
    if wanted > officers:
        return 0.0
    return 1.0 if wanted == 0 else float(special.bdtrc(wanted - 1, officers, chance))


def _whole(name: str, value: float) -> int:
    """Return a count, refusing what is negative or not whole."""
    if not (value >= 0 and float(value).is_integer()):
        raise ValueError(f"{name} must be a whole number of at least 0, not {value}")
    return int(value)


def _share(name: str, value: float) -> float:
    """Return a probability, refusing what is none."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must lie in [0, 1], not {value}")
    return float(value)


def crewing(tables: Mapping[str, pd.DataFrame], strength: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return by block the probability that the rostered crews can be crewed from deployable strength.

    The hours for which deployable officers of the crews' role can be rostered (contract less leave and training) are
    spread over the blocks in proportion to the seats in them; ``presence_share`` stands for what cannot be planned, and
    one shared shock of ``shock_officers`` for events that take several at once.

    Returns
    -------
    DataFrame
        ``block``, ``crews``, ``officers_rostered``, ``officers_needed``, ``probability`` (all crews),
        ``probability_less_one`` (all but one); blocks without crews are left out.
    """
    seats = tables["crews"].assign(officers=tables["crews"]["crews"] * tables["crews"]["officers_per_crew"])
    duty = seats.groupby("block")[["crews", "officers"]].sum().reindex(list(scenario.force.blocks.names)).dropna()
    duty = duty.loc[duty["crews"] > 0].astype(int)
    hours = float((duty["officers"] * scenario.force.blocks.hours_a_year()).sum())
    deployable = strength.set_index("role")["available"].get(crew_role(tables), 0)
    share = deployable * rostered_hours(scenario) / hours if hours > 0 else 0.0
    rows = []
    for row in duty.itertuples():
        rostered, each = int(row.officers * share + ROUNDING), -(-row.officers // row.crews)
        chances = [_crewed(rostered, row.crews - less, each, scenario) for less in (0, 1)]
        rows.append((row.Index, row.crews, rostered, row.officers, *chances))
    columns = ["block", "crews", "officers_rostered", "officers_needed", "probability", "probability_less_one"]
    return pd.DataFrame(rows, columns=columns)


def rostered_hours(scenario: Scenario) -> float:
    """Return the hours for which an officer can be rostered: contract less what is planned away [hours/year]."""
    steps = relief_steps(scenario).set_index("quantity")["hours"]
    return float(steps.drop(["productive", *UNPLANNED]).sum())


def _crewed(rostered: int, crews: int, per_crew: int, scenario: Scenario) -> float:
    """Return the probability of ``crews`` crews under the scenario's presence and shared shock."""
    shock = (scenario.value("shock_probability"), round(scenario.value("shock_officers")))
    presence = scenario.value("presence_share")
    return crewing_probability(rostered, presence, crews, per_crew=per_crew, shared_shocks=[shock])


def command_cover(cover: pd.DataFrame, roles: pd.DataFrame, blocks: Blocks) -> pd.DataFrame:
    """Return who is on call to command or advise in every block of the week.

    Returns
    -------
    DataFrame
        ``cadre``, ``title``, ``block``, ``hours_a_year``, ``on_call``, ``specialist`` [people], ``covered``; a block
        without a row in the rota has nobody on call.
    """
    cadres = roles.loc[roles["role"].isin(cover["cadre"]), ["role", "title"]].rename(columns={"role": "cadre"})
    every = cadres.merge(blocks.hours_a_year().reset_index(), how="cross")
    rota = every.merge(cover[["cadre", "block", "on_call", "specialist"]], on=["cadre", "block"], how="left")
    people = rota[["on_call", "specialist"]].fillna(0).astype(int)
    return rota.assign(on_call=people["on_call"], specialist=people["specialist"], covered=people["on_call"] >= 1)


def equipment_position(equipment: pd.DataFrame, requirements: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the state of each of the means: approval, what is serviceable, what is short.

    Returns
    -------
    DataFrame
        ``item``, ``family``, ``approval``, ``serviceable_share``, ``held``, ``required``, ``serviceable``, ``short``
        (blank where held or required is not stated), ``review_overdue``, ``called_for`` (threats that name it).
    """
    oldest = pd.Timestamp(scenario.as_at) - pd.DateOffset(months=round(scenario.value("equipment_review_months")))
    serviceable = np.floor(equipment["held"] * equipment["serviceable_share"] + ROUNDING)
    named = requirements.assign(item=requirements["means"].str.split(LIST_SEPARATOR, regex=False)).explode("item")
    threats = named.assign(item=named["item"].str.strip()).groupby("item")["threat_id"].nunique()
    columns = ["item", "family", "approval", "serviceable_share", "held", "required"]
    return equipment[columns].assign(
        serviceable=serviceable,
        short=np.maximum(equipment["required"] - serviceable, 0),
        review_overdue=~(equipment["reviewed_on"] >= oldest),
        called_for=equipment["item"].map(threats).fillna(0).astype(int),
    )


def estate_position(estate: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return the state of each training facility and whether it needs attention.

    Returns
    -------
    DataFrame
        ``facility``, ``kind``, ``condition``, ``days_lost`` [days in twelve months], ``licence_status``,
        ``licence_until``, ``attention`` (worn or closed, or the licence is conditional, expired or out of date).
    """
    attention = (
        estate["condition"].isin(WORN)
        | estate["licence_status"].isin(UNLICENSED)
        | (estate["licence_until"] < pd.Timestamp(as_at))
    )
    columns = ["facility", "kind", "condition", "days_lost", "licence_status", "licence_until"]
    return estate[columns].assign(attention=attention)
