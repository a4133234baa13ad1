"""How soon an armed crew is there, whether one is free, and what is left when some are already committed.

In: zones, bases, crews by block of the week, travel times, response standards, the log, other work and the rate of
calls from the demand chapter. Out: travel times and how far they can be trusted; who answers where and how soon, from
the exact hypercube, with none, one, two and three crews committed; observed response against the standard; workload and
the chance that no crew is free; operations in progress by hour; the posting that would serve best; and the fewest crews
that meet every area's standard.

Crews committed elsewhere (an assumption of the scenario) are gone from the start: those nearest to the far end of the
force, the zone farthest from any base.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from apstra.deployment.availability import availability
from apstra.deployment.cover import Cover, cover, rostered
from apstra.deployment.fewest import crews_required, likely_tried
from apstra.deployment.foresight import foreseen
from apstra.deployment.location import Posting, locate
from apstra.deployment.posting import BEST, CURRENT, SPARING, postings, roster_table
from apstra.deployment.reach import answered, arrival, place_reach, reach, standard_reach, zone_reach
from apstra.deployment.ready import Readiness, crews_free, within_by_area
from apstra.deployment.response import call_standards, observed_response
from apstra.deployment.travel import travel_check, travel_times, with_travel_at
from apstra.deployment.work import Crews, Work, gather_work
from apstra.deployment.workload import crew_workload, outlook, simultaneous, workload
from apstra.deployment.year import moving_incident, play_years
from apstra.scenario import Scenario

__all__ = [
    "BEST", "CURRENT", "SPARING", "Cover", "DeploymentChapter", "Posting", "Readiness", "assess_deployment", "cover",
    "crews_required", "foreseen", "likely_tried", "locate", "readiness", "travel_times", "with_travel_at",
]  # fmt: skip
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class DeploymentChapter:
    """The frames of the chapter; times in minutes, loads in erlangs, shares 0 to 1.

    Attributes
    ----------
    travel, travel_check
        Travel by base and zone, and the error of the assumptions behind computed times (``travel``).
    zones, reach, answered, arrival
        Who answers and how soon: by zone; by force, area and district with crews committed; the distribution of the
        time to the first crew, by place and crews committed, and by block and zone (``reach``).
    standards, response
        Share of calls expected within each of the force's standards (``reach``), and the observed time from call
        to arrival against the standard (``response``).
    workload, crews, free, simultaneous, outlook
        Load and the chance that no crew is free, by block; how busy each crew is; how many are free together at the
        bases within reach of a zone (``ready``); operations in progress by hour of the week; what each likely level
        of demand means (``workload``).
    crews_required, area_crews
        The fewest crews found that meet every area's standard, by base and block, and what they achieve by area and
        block (``fewest``).
    rosters, moves
        Crews by base and block as they stand and as they would serve best, and what each move changes (``posting``).
    simulated, confirmation, moving
        What the exact model leaves out, by case; each roster simulated on the same calls; an incident that moves from
        scene to scene (``year``).
    """

    travel: pd.DataFrame
    travel_check: pd.DataFrame
    zones: pd.DataFrame
    reach: pd.DataFrame
    answered: pd.DataFrame
    arrival: pd.DataFrame
    standards: pd.DataFrame
    response: pd.DataFrame
    workload: pd.DataFrame
    crews: pd.DataFrame
    free: pd.DataFrame
    simultaneous: pd.DataFrame
    outlook: pd.DataFrame
    crews_required: pd.DataFrame
    area_crews: pd.DataFrame
    rosters: pd.DataFrame
    moves: pd.DataFrame
    simulated: pd.DataFrame
    confirmation: pd.DataFrame
    moving: pd.DataFrame


def assess_deployment(
    tables: Tables, rates: pd.DataFrame, slices: pd.DataFrame, scenario: Scenario
) -> DeploymentChapter:
    """Return the deployment chapter.

    Parameters
    ----------
    tables
        ``zones``, ``areas``, ``bases``, ``travel``, ``calendar``, ``crews``, ``response_standards``, ``operations``,
        ``operation_crews``, ``other_work``, ``donors``, ``agreements`` and the published ``inter_force_travel``.
    rates
        ``zone_id``, ``block``, ``rate_per_hour``, ``mean_minutes`` of firearms operations.
    slices
        ``probability``, ``operations``, ``factor``: how far the coming year's demand may lie from those rates, equally
        likely.
    scenario
        Settings; the assumptions used are ``circuity``, ``speed_urban``, ``speed_rural``, ``speed_upland``,
        ``turnout_minutes``, ``crews_committed_elsewhere``, ``required_crews_minimum``, ``donor_speed``,
        ``donor_availability_factor`` and those of the ``moving_incident``.

    Raises
    ------
    ValueError
        If more crews are on duty in a block than the exact model can hold.
    """
    blocks = scenario.force.blocks.names
    standards = call_standards(tables["response_standards"])
    travel, work, crews = _posted(tables, rates, standards, scenario)
    ends = [_posted(tables, rates, standards, with_travel_at(scenario, slow=slow)) for slow in (True, False)]
    found = reach(work, crews)
    slow, fast = (reach(at_end, posted, committed=(0,)) for _, at_end, posted in ends)
    rosters, moves = postings(work, crews, found, tables, blocks)
    simulated, confirmation = play_years(work, rosters, found, tables, scenario)
    return DeploymentChapter(
        travel=travel,
        travel_check=travel_check(tables["inter_force_travel"], scenario),
        zones=zone_reach(work, found, tables, blocks),
        reach=place_reach(work, found, (slow, fast), tables, blocks),
        answered=answered(work, found, tables),
        arrival=arrival(work, found, tables, blocks),
        standards=standard_reach(work, found, tables, blocks),
        response=observed_response(tables["operations"], tables["zones"], tables["areas"], standards),
        workload=workload(tables, rates, work, found, scenario),
        crews=crew_workload(work, crews, found, tables["bases"], blocks),
        free=crews_free(found.free, [one.minutes for one in (work, ends[0][1], ends[1][1])], tables["bases"], blocks),
        simultaneous=simultaneous(rates, work, found, scenario),
        outlook=outlook(work, crews, slices),
        **dict(zip(("crews_required", "area_crews"), crews_required(tables, rates, slices, scenario), strict=True)),
        rosters=roster_table(rosters, tables["bases"], blocks),
        moves=moves,
        simulated=simulated,
        confirmation=confirmation,
        moving=moving_incident(work, crews, tables, scenario),
    )


def _posted(
    tables: Tables, rates: pd.DataFrame, standards: pd.DataFrame, scenario: Scenario
) -> tuple[pd.DataFrame, Work, Crews]:
    """Return travel times, what crews are called to, and the crews on duty (blocks, bases)."""
    travel = travel_times(tables["bases"], tables["zones"], tables["travel"], scenario)
    work = gather_work(tables, rates, travel, standards, scenario)
    return travel, work, rostered(tables, work, scenario)


def readiness(
    tables: Tables, rates: pd.DataFrame, scenario: Scenario, but_for_crews: Readiness | None = None
) -> Readiness:
    """Return travel, the crews free together and the share of calls in time, and nothing else: to compare options.

    Parameters
    ----------
    tables, rates, scenario
        As in ``assess_deployment``.
    but_for_crews
        The same for tables that differ in their crews alone, where it is known: blocks as they were are taken from it.
    """
    if but_for_crews is None:
        travel, work, crews = _posted(tables, rates, call_standards(tables["response_standards"]), scenario)
        found = [availability(work, block, posted) for block, posted in enumerate(crews)]
    else:
        travel, work, before = but_for_crews.travel, but_for_crews.work, but_for_crews.found
        found = [
            then if (then.crews == posted).all() else availability(work, block, posted)
            for block, (then, posted) in enumerate(zip(before, rostered(tables, work, scenario), strict=True))
        ]
    free = crews_free(found, [work.minutes], tables["bases"], scenario.force.blocks.names)
    return Readiness(travel, free, within_by_area(work, found, tables), work, found)
