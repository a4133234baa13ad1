"""Why this year's requirement differs from last year's, as named steps that add up.

In: the tables and today's chapters. Out: posts by role and step. The same method is run on what was known a year
before, on today's demand alone, and on everything else of today alone; what both do together beyond what each does
alone is the interaction, so that no step depends on the order in which they are told.
"""

from dataclasses import replace
from typing import Final

import pandas as pd

from apstra import capability, demand, deployment
from apstra.assessment.chapters import as_known
from apstra.assurance import Chapters, Tables
from apstra.scenario import Scenario

STEPS: Final = ("method and corrected data", "demand", "standards, posting and assumptions", "interaction")


def requirement_changes(tables: Tables, now: Chapters) -> pd.DataFrame:
    """Return by role the steps from the posts required last year to the posts required now; the steps add up.

    The first step is what today's method makes of last year's data and assumptions; the second what the demand known
    since adds to that alone; the third what everything else entered since adds to it alone: requirements of threats,
    standards, crews and assumptions. The interaction is what the two add together beyond that.

    Parameters
    ----------
    tables
        Tables of the force, from which last year's are told.
    now
        The chapters of today.
    """
    scenario = now.scenario
    last_year = (pd.Timestamp(scenario.as_at) - pd.DateOffset(years=1)).date()
    before = replace(scenario, as_at=last_year, year=scenario.year - 1)
    then = as_known(tables, before)
    volume = demand.assess_demand(then, before)
    demand_then, demand_now = (volume.rates, volume.slices), (now.demand.rates, now.demand.slices)
    last = tables["posts"].groupby("role")["required_last_year"].sum(min_count=1)
    base, whole = _posts(then, *demand_then, before), now.capability.requirement.set_index("role")["required"]
    alone = _posts(then, *demand_now, before), _posts(now.tables, *demand_then, scenario)
    parts = (base - last, alone[0] - base, alone[1] - base, whole - alone[0] - alone[1] + base)
    steps = pd.DataFrame(dict(zip(STEPS, parts, strict=True))).rename_axis("role").reset_index()
    steps = steps.melt(id_vars="role", var_name="step", value_name="posts")
    return steps.sort_values("role", kind="stable", ignore_index=True)


def _posts(tables: Tables, rates: pd.DataFrame, slices: pd.DataFrame, scenario: Scenario) -> pd.Series:
    """Return the posts that each role needs, found from the start by the method of today."""
    crews, _ = deployment.crews_required(tables, rates, slices, scenario, ranged=False)
    return capability.required_posts(tables, crews, scenario)
