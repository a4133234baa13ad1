"""How many posts does each role need at each base, and why?

In: the requirement by role, the crews required by base and block, the established posts. Out: whole posts by base that
add up to the role's requirement, each with the sentence that leads to it. Posts follow the crews that must stand at the
base; those of roles that crew no vehicles follow the posts established there.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.capability.reasoning import crews_words, demand_hours, posts_words, target_words, worst_case_words
from apstra.capability.relief import productive_hours
from apstra.capability.requirement import ROUNDING, crew_hours, officers_per_crew
from apstra.capability.strength import deficit
from apstra.capability.worst_case import scenario_leg
from apstra.scenario import Scenario
from apstra.schema.duty import crew_role

COLUMNS: Final = ("role", "base_id", "demand_posts", "required", "established", "deficit", "reasoning")
Tables = Mapping[str, pd.DataFrame]


def posts_by_base(
    tables: Tables, requirement: pd.DataFrame, crews: pd.DataFrame, areas: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Return the posts each role needs at each base, with the sentence behind each number.

    Parameters
    ----------
    requirement
        From ``requirement_by_role``.
    crews, areas
        As for ``requirement_by_role``.

    Returns
    -------
    DataFrame
        ``role``, ``base_id``, ``demand_posts`` [posts, unrounded], ``required`` (whole posts that add up to the role's
        requirement), ``established``, ``deficit`` [posts], ``reasoning``; bases where a role has and needs no post are
        left out. A deficit at one base may stand beside posts to spare at another.
    """
    bases = pd.Index(tables["bases"]["base_id"])
    hours = crew_hours(crews, scenario)["crews_required"].reindex(bases, fill_value=0.0)
    demand = hours * officers_per_crew(tables["crews"]) / productive_hours(scenario)
    held = tables["posts"].pivot_table(index="base_id", columns="role", values="established", aggfunc="sum")
    held = held.reindex(index=bases, columns=requirement["role"]).fillna(0).astype(int)
    worst, frames = scenario_leg(tables, scenario), [pd.DataFrame(columns=list(COLUMNS))]
    for row in requirement.itertuples():
        posts = demand * float(row.role == crew_role(tables))
        frame = pd.DataFrame({"role": row.role, "demand_posts": posts, "established": held[row.role]})
        frame["required"] = apportioned(row.required, _quota(row, posts if posts.any() else held[row.role]))
        frame["deficit"] = deficit(frame["required"], frame["established"])
        frame = frame.loc[(frame["required"] > 0) | (frame["established"] > 0)].rename_axis("base_id").reset_index()
        words = _crew_words(frame, row, crews, areas, tables, scenario) if posts.any() else []
        frame["reasoning"] = words or _rota_words(frame, row, worst.loc[row.role], tables, scenario)
        frames.append(frame[list(COLUMNS)])
    return pd.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)


def _quota(role: Any, weights: pd.Series) -> pd.Series:
    """Return each base's share of a role's posts, unrounded: what its demand comes to, else in proportion to it."""
    if role.rules == "demand":
        return weights
    return role.required * weights / (weights.sum() or 1.0)


def apportioned(posts: int, quota: pd.Series) -> pd.Series:
    """Return ``quota`` in whole posts that add up to ``posts``: the largest remainders are rounded up.

    >>> apportioned(10, pd.Series([4.4, 3.5, 1.6])).tolist()
    [4, 4, 2]
    """
    whole = np.floor(quota.to_numpy(float) + ROUNDING).astype(int)
    whole[np.argsort(whole - quota.to_numpy(float), kind="stable")[: posts - whole.sum()]] += 1
    return pd.Series(whole, index=quota.index)


def _crew_words(
    rows: pd.DataFrame, role: Any, crews: pd.DataFrame, areas: pd.DataFrame, tables: Tables, scenario: Scenario
) -> list[str]:
    """Return the sentences behind the posts of the crews' role, base by base."""
    bases, names = tables["bases"].set_index("base_id"), tables["areas"].set_index("area_id")["name"]
    level, per_crew = scenario.assurance_level, officers_per_crew(tables["crews"])
    said = []
    for row in rows.itertuples():
        base, there = bases.loc[row.base_id], crews.loc[crews["base_id"] == row.base_id]
        start, number = f"{posts_words(row.required)} at {base['name']}", there["crews_required"]
        if not number.any():
            said.append(f"{start}: the standards are met without a crew there.")
            continue
        asked = target_words(areas.loc[areas["area_id"] == base["area_id"]], names[base["area_id"]], level)
        hours = demand_hours(float(crew_hours(there, scenario)["crews_required"].sum()), per_crew, scenario)
        because = f"{crews_words(number)} for {asked} at {level:.0%} assurance"
        said.append(f"{start} because {because}: {hours} = {row.demand_posts:.1f}.{_shared_words(row, role)}")
    return said


def _shared_words(row: Any, role: Any) -> str:
    """Return why a base's posts differ from what its crews come to, in words; nothing where they do not."""
    if role.rules == "scenario":
        return f" The worst case rules: the {role.required} posts of the role are shared out in proportion to demand."
    if row.required == round(row.demand_posts):
        return ""
    return f" Rounded so that the bases add up to the {role.required} posts of the role."


def _rota_words(rows: pd.DataFrame, role: Any, leg: pd.Series, tables: Tables, scenario: Scenario) -> list[str]:
    """Return the sentences behind the posts of a role that crews no vehicles, base by base."""
    names = tables["bases"].set_index("base_id")["name"]
    if role.required == 0:
        return [f"No posts at {names[row.base_id]}: no threat calls for the role." for row in rows.itertuples()]
    because, total = worst_case_words(leg, tables, scenario), rows["established"].sum()
    return [
        f"{posts_words(row.required)} at {names[row.base_id]} because {because}; of the {total} posts established"
        f" {row.established} are there."
        for row in rows.itertuples()
    ]
