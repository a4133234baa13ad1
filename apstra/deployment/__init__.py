"""How soon an armed crew is there, whether one is free, and what is left when some are already committed.

In: zones, bases, crews by block of the week, travel times, response standards, the log, other work and the rate of
calls from the demand chapter. Out: travel times, cover of population and of past demand, observed response against the
standard, workload and the chance that no crew is free, block by block and again with one or two crews committed.

This is the first version: for the chance that none is free, crews count as alike and an operation with two crews as two
calls. Crews committed elsewhere are those nearest to the zone farthest from any base: the far end of the force. Crews
committed beside them are the nearest to each zone in turn, the worst case for that zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from apstra.deployment.cover import cover, reach, travel_times, zone_cover
from apstra.deployment.response import call_standards, observed_response
from apstra.deployment.workload import area_load, workload
from apstra.scenario import Scenario

__all__ = ["DeploymentChapter", "area_load", "assess_deployment"]


@dataclass(frozen=True, slots=True)
class DeploymentChapter:
    """The frames of the chapter; times in minutes, loads in erlangs, shares 0 to 1.

    Attributes
    ----------
    travel, zones, reach
        Travel by base and zone, the nearest crew of each zone, and shares within the standard (``cover``).
    response
        Observed time from call to arrival against the standard (``response``).
    workload, area_load
        Load and the chance that no crew is free, by block; load by area and block (``workload``).
    """

    travel: pd.DataFrame
    zones: pd.DataFrame
    reach: pd.DataFrame
    response: pd.DataFrame
    workload: pd.DataFrame
    area_load: pd.DataFrame


def assess_deployment(tables: Mapping[str, pd.DataFrame], rates: pd.DataFrame, scenario: Scenario) -> DeploymentChapter:
    """Return the deployment chapter.

    Parameters
    ----------
    tables
        ``zones``, ``areas``, ``bases``, ``travel``, ``crews``, ``response_standards``, ``operations``,
        ``operation_crews`` and ``other_work``.
    rates
        ``zone_id``, ``block``, ``rate_per_hour``, ``mean_minutes`` of firearms operations.
    scenario
        Settings; the assumptions used are ``circuity``, ``speed_urban``, ``speed_rural``, ``speed_upland``,
        ``turnout_minutes`` and ``crews_committed_elsewhere``.
    """
    standards = call_standards(tables["response_standards"])
    travel = travel_times(tables["bases"], tables["zones"], tables["travel"], scenario)
    covered = cover(tables, travel, standards, scenario)
    zones = zone_cover(covered, tables, standards, scenario.force.blocks.hours_a_year())
    return DeploymentChapter(
        travel=travel,
        zones=zones,
        reach=reach(tables, covered, standards, scenario),
        response=observed_response(tables["operations"], tables["zones"], tables["areas"], standards),
        workload=workload(tables, rates, scenario),
        area_load=area_load(tables, rates, scenario),
    )
