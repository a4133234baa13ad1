"""How many officers of each role are needed, where and when, and which question rules?

Two questions are asked of each role and the larger answer rules. *Demand*: the fewest crews in each block of the week
such that every area's response standard is met, as the deployment chapter found them. *Scenario*: the officers that the
most demanding threat's reasonable worst case calls for at once. Seats become posts by the relief factor; on-call seats
by the depth of the rota. In: requirements, roles, posts, and the crews required by base and block. Out: posts by role
with a range and a sentence that anyone can check; officers by role, area and block, each linked to its rows.
"""

from collections.abc import Mapping
from math import ceil
from typing import Final

import numpy as np
import pandas as pd

from apstra.capability.reasoning import reasoning
from apstra.capability.relief import productive_hours
from apstra.capability.worst_case import called_by_area, scenario_leg
from apstra.scenario import Scenario
from apstra.schema.duty import crew_role

USUAL_CREW: Final = 2
ROUNDING: Final = 1e-9  # a sum that is whole but for floating point is not rounded up to the next post
ENDS: Final = ("", "_low", "_high")
Tables = Mapping[str, pd.DataFrame]


def officers_per_crew(crews: pd.DataFrame) -> int:
    """Return the officers of a crew: the largest rostered, or two where none is."""
    return int(crews["officers_per_crew"].max()) if len(crews) else USUAL_CREW


def crew_hours(crews: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the crew-hours a year that the crews required come to, by base [hours/year].

    Parameters
    ----------
    crews
        ``block``, ``base_id``, ``crews_required`` with ``_low`` and ``_high``.

    Returns
    -------
    DataFrame
        Indexed by ``base_id``: the columns of crews.
    """
    hours = crews["block"].map(scenario.force.blocks.hours_a_year()).to_numpy(float)
    columns = [f"crews_required{end}" for end in ENDS]
    return crews[columns].mul(hours, axis=0).groupby(crews["base_id"], sort=False).sum()


def demand_legs(tables: Tables, crews: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return by role the posts that keep the crews required on duty [posts]: 0 but for the crews' role.

    Returns
    -------
    DataFrame
        Indexed by ``role``: the middle, low and high end under the names of ``crews``.
    """
    posts = crew_hours(crews, scenario).sum() * officers_per_crew(tables["crews"]) / productive_hours(scenario)
    crewing = tables["roles"]["role"] == crew_role(tables)
    return pd.DataFrame(np.outer(crewing, posts), index=pd.Index(tables["roles"]["role"]), columns=posts.index)


def requirement_by_role(tables: Tables, crews: pd.DataFrame, areas: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the posts each role needs: both legs, which rules, the range and the reasoning.

    Only roles in which the force keeps posts have a requirement; what other roles bring is aid.

    Parameters
    ----------
    crews
        ``block``, ``base_id``, ``crews_required`` with ``_low`` and ``_high``.
    areas
        The same by area and block, with the target: for the reasoning.

    Returns
    -------
    DataFrame
        ``role``, ``title``, ``demand_leg``, ``scenario_leg`` [posts, unrounded], ``required``, ``required_low``,
        ``required_high`` [posts], ``rules`` (demand, scenario, none), ``required_last_year``, ``reasoning``.
    """
    worst = scenario_leg(tables, scenario)
    frame = required_range(tables, crews, worst, scenario)
    hours = float(crew_hours(crews, scenario)["crews_required"].sum())
    frame["reasoning"] = reasoning(frame, worst, areas, (hours, officers_per_crew(tables["crews"])), tables, scenario)
    return frame.rename_axis("role").reset_index()


def required_range(tables: Tables, crews: pd.DataFrame, worst: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the posts each role needs, indexed by ``role``: ``requirement_by_role`` without its reasoning.

    Parameters
    ----------
    worst
        What ``scenario_leg`` returns.
    """
    legs = demand_legs(tables, crews, scenario)
    mid, low, high = (whole_posts(np.maximum(legs[f"crews_required{end}"], worst["posts"])) for end in ENDS)
    return worst[["title"]].assign(
        demand_leg=legs["crews_required"],
        scenario_leg=worst["posts"],
        required=mid,
        required_low=low,
        required_high=high,
        rules=ruling(legs["crews_required"], worst["posts"]),
        required_last_year=tables["posts"].groupby("role")["required_last_year"].sum(min_count=1),
    )


def required_posts(tables: Tables, crews: pd.DataFrame, scenario: Scenario) -> pd.Series:
    """Return the posts each role needs [posts], indexed by role; ``crews`` as for ``requirement_by_role``."""
    demand = demand_legs(tables, crews, scenario)["crews_required"]
    return whole_posts(np.maximum(demand, scenario_leg(tables, scenario)["posts"]))


def requirement_detail(tables: Tables, crews: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the officers each role needs on duty by area and block, both legs, each linked to its rows.

    The demand leg counts the crews at the area's bases. The worst case is that of one incident in the area, which crews
    of other areas may join: rows of different areas do not add up. Roles that aid brings are there too.

    Returns
    -------
    DataFrame
        ``role``, ``area_id``, ``block``, ``crews`` (0 but for the crews' role), ``demand_officers``,
        ``scenario_officers``, ``officers`` (the larger), ``rules`` (demand, scenario, none); behind the worst case:
        ``requirement_ids``, ``threats``, ``within_minutes`` by which all are needed, ``for_hours``, ``rationale``.
    """
    names, blocks = tables["areas"]["area_id"], scenario.force.blocks.names
    asked = called_by_area(tables["requirements"], scenario.value("shift_hours"), names)
    worst = asked.sort_values(["officers", "people", "threat_id"], ascending=[False, False, True])
    worst = worst.drop_duplicates(["role", "area_id"]).set_index(["role", "area_id"])
    every = pd.MultiIndex.from_product([tables["roles"]["role"], names, blocks], names=["role", "area_id", "block"])
    duty = crews.merge(tables["bases"][["base_id", "area_id"]], on="base_id")
    duty = duty.groupby(["area_id", "block"])["crews_required"].sum()
    frame = every.to_frame(index=False)
    rows = worst.reindex(every.droplevel("block")).reset_index(drop=True)
    crewed = duty.reindex(every.droplevel("role")).reset_index(drop=True)
    crewed = crewed.where(frame["role"] == crew_role(tables)).fillna(0).astype(int)
    demand, called = crewed * officers_per_crew(tables["crews"]), rows["officers"].fillna(0).astype(int)
    return frame.assign(
        crews=crewed,
        demand_officers=demand,
        scenario_officers=called,
        officers=np.maximum(demand, called),
        rules=ruling(demand, called),
        requirement_ids=rows["requirement_ids"].fillna(""),
        threats=rows["threat_id"].fillna(""),
        within_minutes=rows["within_minutes"].astype(float),
        for_hours=rows["for_hours"].astype(float),
        rationale=rows["rationale"].fillna(""),
    )


def whole_posts(posts: pd.Series) -> pd.Series:
    """Return posts rounded up to whole ones."""
    return pd.Series([ceil(value - ROUNDING) for value in posts], index=posts.index, dtype="int64")


def ruling(demand: pd.Series, worst: pd.Series) -> pd.Series:
    """Return which leg is the larger: demand, scenario, or none where both are nothing."""
    rules = pd.Series("demand", index=demand.index).mask(worst > demand, "scenario")
    return rules.mask(np.maximum(demand, worst) <= 0, "none")
