"""How many officers does the force need in each armed role, how many has it, and who can deploy today?

In: roles, modules, posts, officers and their currency, crews, requirements, command rotas, equipment and training
estate, and the load that the deployment chapter expects in each area. Out, role by role: the steps from established
posts to officers available, the requirement with the reasoning from threat to number, shortfall and deficit, currency
today and in the coming year; block by block: the crews needed, whether they can be crewed, who commands; and the state
of equipment and training facilities.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike

from apstra.capability.cover import command_cover, crewing, crewing_probability, equipment_position, estate_position
from apstra.capability.requirement import (
    crews_needed,
    productive_hours,
    relief_factor,
    relief_steps,
    required_posts,
    requirement_by_role,
)
from apstra.capability.strength import currency_ahead, deficit, holders, lapsing, losses, shortfall, strength_steps
from apstra.scenario import Scenario

__all__ = [
    "CapabilityChapter",
    "assess_capability",
    "crewing_probability",
    "deficit",
    "productive_hours",
    "relief_factor",
    "required_posts",
    "shortfall",
]


@dataclass(frozen=True, slots=True)
class CapabilityChapter:
    """The frames of the chapter; counts are officers or posts unless said, shares and probabilities 0 to 1.

    Attributes
    ----------
    strength
        By role: ``established``, ``in_post``, ``authorised``, ``current``, ``fit``, ``available``.
    losses
        By role and reason: officers in post who are not available.
    requirement
        By role: the demand and the scenario leg, which rules, the range, last year's figure and the ``reasoning``.
    position
        By role: required, established, deployable, ``shortfall`` and ``deficit``, each with its range.
    relief
        From contract hours to productive hours of one officer [hours/year].
    crews_needed
        By area and block: offered load [erlangs], crews needed with range, crews rostered.
    currency, lapsing
        Officers current in every module of their role now and later; which module lapses when (restricted).
    crewing
        By block: the probability that all rostered crews, and all but one, can be crewed.
    command
        By cadre and block: people and specialists on call, and whether the block is covered.
    equipment, estate
        State of the means and of the training facilities.
    """

    strength: pd.DataFrame
    losses: pd.DataFrame
    requirement: pd.DataFrame
    position: pd.DataFrame
    relief: pd.DataFrame
    crews_needed: pd.DataFrame
    currency: pd.DataFrame
    lapsing: pd.DataFrame
    crewing: pd.DataFrame
    command: pd.DataFrame
    equipment: pd.DataFrame
    estate: pd.DataFrame


def assess_capability(
    tables: Mapping[str, pd.DataFrame], area_load: pd.DataFrame, demand_factors: ArrayLike, scenario: Scenario
) -> CapabilityChapter:
    """Return the capability chapter: strength, requirement, position and cover.

    Parameters
    ----------
    tables
        Tables of the force, nothing in them later than *as at*.
    area_load
        Load by area and block: ``firearms_load``, ``other_load`` (work that cannot be left) [erlangs].
    demand_factors
        Firearms demand relative to the mean forecast, equally likely values, lowest first [ratio].
    scenario
        Settings and assumptions.
    """
    people = holders(tables["officers"], tables["currency"], tables["modules"], tables["roles"])
    strength = strength_steps(people, tables["posts"], tables["roles"], scenario.as_at)
    requirement = requirement_by_role(tables, area_load, demand_factors, scenario)
    return CapabilityChapter(
        strength=strength,
        losses=losses(people, scenario.as_at),
        requirement=requirement,
        position=position(requirement, strength),
        relief=relief_steps(scenario),
        crews_needed=crews_needed(area_load, tables["crews"], tables["bases"], demand_factors, scenario),
        currency=currency_ahead(people, tables["roles"], scenario.as_at),
        lapsing=lapsing(people, tables["currency"], tables["modules"], scenario.as_at),
        crewing=crewing(tables, strength, scenario),
        command=command_cover(tables["command_cover"], tables["roles"], scenario.force.blocks),
        equipment=equipment_position(tables["equipment"], tables["requirements"], scenario),
        estate=estate_position(tables["training_estate"], scenario.as_at),
    )


def position(requirement: pd.DataFrame, strength: pd.DataFrame) -> pd.DataFrame:
    """Return required, established and deployable officers of each role side by side, with what is missing."""
    needed = requirement[["role", "title", "required", "required_low", "required_high"]]
    held = strength[["role", "established", "available"]].rename(columns={"available": "deployable"})
    both = needed.merge(held, on="role", how="left")
    return both.assign(
        shortfall=shortfall(both["required"], both["deployable"]),
        deficit=deficit(both["required"], both["established"]),
        shortfall_low=shortfall(both["required_low"], both["deployable"]),
        shortfall_high=shortfall(both["required_high"], both["deployable"]),
    )
