"""How many officers does the force need in each armed role, how many has it, and who can deploy today?

In: roles, modules, posts, officers and their currency, crews, requirements, command rotas, equipment and training
estate, and the crews that the deployment chapter found to be required. Out, role by role: the steps from established
posts to officers available, the requirement with the reasoning from threat to number, in posts by base and in officers
by area and block, shortfall and deficit, currency today and in the coming year; block by block: the crews needed,
whether they can be crewed, who commands; the state of equipment and training facilities; and four years ahead, month
by month: the officers of each role, and from when which intake meets the requirement.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from apstra.capability.command import cadre_cover, command_cover
from apstra.capability.crewing import below_floor, crewing_by_block, crewing_probability, formed, roster
from apstra.capability.currency import currency_ahead, lapsing, module_currency, passes_of_role
from apstra.capability.intake import workforce_ahead
from apstra.capability.means import equipment_position
from apstra.capability.posts import posts_by_base
from apstra.capability.relief import productive_hours, relief_factor, relief_steps
from apstra.capability.requirement import required_posts, required_range, requirement_by_role, requirement_detail
from apstra.capability.strength import deficit, holders, losses, shortfall, strength_steps, waterfall
from apstra.capability.training import estate_position, refreshers_due, training_load
from apstra.capability.worst_case import scenario_leg
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario

__all__ = [
    "CapabilityChapter",
    "assess_capability",
    "crewing_probability",
    "deficit",
    "formed_crews",
    "live",
    "productive_hours",
    "relief_factor",
    "required_posts",
    "shortfall",
    "strength_of",
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
    waterfall
        By role: each step from established posts down to available officers, with what it takes away and leaves.
    requirement
        By role: the demand and the scenario leg, which rules, the range, last year's figure and the ``reasoning``.
    requirement_detail
        By role, area and block: officers on duty by both legs, which rules, the requirements behind the worst case.
    posts_by_base
        By role and base: posts required and established, and the ``reasoning``; they add up to the requirement.
    position
        By role: required, established, deployable, ``shortfall`` and ``deficit``, each with its range.
    relief
        From contract hours to productive hours of one officer [hours/year].
    crews_needed
        By area and block: offered load [erlangs], target and what is expected [shares of calls], crews needed with
        range, crews rostered.
    crews_required
        By block and base: crews required with range, crews rostered.
    currency, module_currency
        Officers current in every module of their role, and in each, now and later.
    lapsing
        Which officer's module lapses when (restricted).
    training_load
        By module and month: refreshers due, courses that meet them, days of officers and instructors.
    crewing
        By block: the probability that all rostered crews, and all but one, can be crewed.
    formed
        By block and number of crews: the probability that exactly so many can be formed.
    floor
        By block: how many shifts a year fall below the crews needed.
    command, cadres
        By cadre and block: people and specialists on call, and whether the block is covered; by cadre: its cover over
        the year.
    projection
        By role and month for four years: officers qualified and deployable with their ranges, the requirement, and the
        probability that it is met, at the intake and posts as they are.
    intake_plans
        By role and plan of intake: the probability that the requirement is met after each year, and from when.
    equipment, estate
        State of the means, what is required of each and why; state of the training facilities.
    """

    strength: pd.DataFrame
    losses: pd.DataFrame
    waterfall: pd.DataFrame
    requirement: pd.DataFrame
    requirement_detail: pd.DataFrame
    posts_by_base: pd.DataFrame
    position: pd.DataFrame
    relief: pd.DataFrame
    crews_needed: pd.DataFrame
    crews_required: pd.DataFrame
    currency: pd.DataFrame
    module_currency: pd.DataFrame
    lapsing: pd.DataFrame
    training_load: pd.DataFrame
    crewing: pd.DataFrame
    formed: pd.DataFrame
    floor: pd.DataFrame
    command: pd.DataFrame
    cadres: pd.DataFrame
    projection: pd.DataFrame
    intake_plans: pd.DataFrame
    equipment: pd.DataFrame
    estate: pd.DataFrame


def assess_capability(
    tables: Mapping[str, pd.DataFrame], crews: pd.DataFrame, areas: pd.DataFrame, scenario: Scenario
) -> CapabilityChapter:
    """Return the capability chapter: strength, requirement, position and cover.

    Parameters
    ----------
    tables
        Tables of the force, nothing in them later than *as at*.
    crews, areas
        The crews required by base and block, and what they achieve by area and block (``deployment.crews_required``).
    scenario
        Settings and assumptions.
    """
    people = holders(tables["officers"], tables["currency"], tables["modules"], tables["roles"])
    strength = strength_steps(people, tables["posts"], tables["roles"], scenario.as_at)
    requirement = requirement_by_role(tables, crews, areas, scenario)
    projection, intake_plans = workforce_ahead(tables["workforce_flows"], strength, requirement, scenario)
    return CapabilityChapter(
        strength=strength,
        requirement=requirement,
        requirement_detail=requirement_detail(tables, crews, scenario),
        posts_by_base=posts_by_base(tables, requirement, crews, areas, scenario),
        position=position(requirement, strength),
        relief=relief_steps(scenario),
        projection=projection,
        intake_plans=intake_plans,
        crews_needed=areas,
        crews_required=crews,
        equipment=equipment_position(tables, areas, requirement, scenario),
        **_people(people, strength, tables, scenario),
        **_duty(strength, areas, tables, scenario),
    )


def _people(
    people: pd.DataFrame, strength: pd.DataFrame, tables: Mapping[str, pd.DataFrame], scenario: Scenario
) -> dict[str, pd.DataFrame]:
    """Return the frames on who can deploy, who stays current and what training that takes."""
    modules, lost = tables["modules"], losses(people, scenario.as_at)
    held = passes_of_role(people, tables["currency"], modules)
    return {
        "losses": lost,
        "waterfall": waterfall(strength, lost),
        "currency": currency_ahead(people, tables["roles"], scenario.as_at),
        "module_currency": module_currency(people, held, modules, scenario.as_at),
        "lapsing": lapsing(held, scenario.as_at),
        "training_load": training_load(refreshers_due(held, scenario.as_at), modules, scenario),
        "estate": estate_position(tables["training_estate"], scenario.as_at),
    }


def _duty(
    strength: pd.DataFrame, needed: pd.DataFrame, tables: Mapping[str, pd.DataFrame], scenario: Scenario
) -> dict[str, pd.DataFrame]:
    """Return the frames on which crews can be formed and who commands them, by block of the week."""
    duty = roster(tables, strength, scenario)
    chances = formed(duty, scenario)
    command = command_cover(tables["command_cover"], tables["roles"], scenario.force.blocks)
    return {
        "formed": chances,
        "crewing": crewing_by_block(duty, chances),
        "floor": below_floor(chances, needed, scenario.force.blocks),
        "command": command,
        "cadres": cadre_cover(command),
    }


def strength_of(tables: Mapping[str, pd.DataFrame], scenario: Scenario) -> pd.DataFrame:
    """Return ``CapabilityChapter.strength`` and nothing else: to compare options."""
    people = holders(tables["officers"], tables["currency"], tables["modules"], tables["roles"])
    return strength_steps(people, tables["posts"], tables["roles"], scenario.as_at)


def live(
    tables: Mapping[str, pd.DataFrame], crews: pd.DataFrame, scenario: Scenario, recall: Recaller = plain
) -> dict[str, pd.DataFrame]:
    """Return strength, requirement (without its reasoning), position, currency, command and the crews formed.

    What a change is seen by at once: frames of ``CapabilityChapter`` by name, each worked out again only where what it
    reads has changed. ``crews`` are those required, as for ``assess_capability``.
    """
    people = recall(holders, tables["officers"], tables["currency"], tables["modules"], tables["roles"])
    strength = recall(strength_steps, people, tables["posts"], tables["roles"], scenario.as_at)
    worst = recall(scenario_leg, tables, scenario, recall)
    requirement = recall(required_range, tables, crews, worst, scenario).rename_axis("role").reset_index()
    return {
        "strength": strength,
        "requirement": requirement.assign(reasoning=""),
        "position": recall(position, requirement, strength),
        "currency": recall(currency_ahead, people, tables["roles"], scenario.as_at),
        "command": recall(command_cover, tables["command_cover"], tables["roles"], scenario.force.blocks),
        "formed": recall(formed_crews, tables, strength, scenario),
    }


def formed_crews(tables: Mapping[str, pd.DataFrame], strength: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return ``CapabilityChapter.formed`` and nothing else: to compare options."""
    return formed(roster(tables, strength, scenario), scenario)


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
