"""The sentences that lead from threat and demand to a number of posts, so that anyone can check it.

In: both legs of a requirement, the crews needed by area and block with their target, the requirements, the settings.
Out: words that carry every number they rest on and name the rows it comes from.
"""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from apstra.capability.relief import productive_hours
from apstra.capability.worst_case import AND
from apstra.scenario import Scenario

WHOLE: Final = 0.995  # of an area's calls within reach of a base: what is missing would be printed as none
Tables = Mapping[str, pd.DataFrame]


def reasoning(
    required: pd.DataFrame,
    worst: pd.DataFrame,
    areas: pd.DataFrame,
    crewing: tuple[float, int],
    tables: Tables,
    scenario: Scenario,
) -> list[str]:
    """Return the sentences behind the posts of each role.

    Parameters
    ----------
    required
        By role: ``title``, ``required``, ``demand_leg``, in the order of ``worst`` (``scenario_leg``).
    areas
        By area and block: ``crews_needed``, ``target``, ``attainable``.
    crewing
        Crew-hours a year [hours/year], officers of a crew.
    """
    return [
        _role_words(leg, row, areas, crewing, tables, scenario)
        for leg, row in zip(worst.itertuples(), required.itertuples(), strict=True)
    ]


def _role_words(
    leg: Any, row: Any, areas: pd.DataFrame, crewing: tuple[float, int], tables: Tables, scenario: Scenario
) -> str:
    """Return the sentences behind the posts of one role."""
    if row.required == 0 and leg.called > 0:
        return f"No posts of {leg.title}: the force keeps none, and aid is to bring the {leg.called:.0f} called for."
    if row.required == 0:
        return f"No posts of {leg.title}: no threat calls for the role and it crews no vehicles."
    parts = [f"{posts_words(row.required)} of {leg.title}."]
    if row.demand_leg > 0:
        hours = f"{demand_hours(*crewing, scenario)} = {row.demand_leg:.1f}"
        parts.append(f"Demand: {_areas_words(areas, tables, scenario)}; {hours}.{_beyond_words(areas, tables)}")
    if leg.posts > 0:
        parts.append(f"Worst case: {worst_case_words(leg, tables, scenario)}.")
    if row.demand_leg > 0 and leg.posts > 0:
        parts.append(f"{'Demand' if row.demand_leg >= leg.posts else 'The worst case'} rules.")
    return " ".join(parts)


def posts_words(posts: int) -> str:
    """Return a number of posts in words."""
    return "No posts" if posts == 0 else f"{posts} {'post' if posts == 1 else 'posts'}"


def demand_hours(hours: float, per_crew: int, scenario: Scenario) -> str:
    """Return the sum that leads from crew-hours a year to posts, in words."""
    return (
        f"{hours:,.0f} crew-hours a year x {per_crew} officers / {productive_hours(scenario):,.0f} productive hours of"
        " an officer"
    )


def crews_words(crews: pd.Series) -> str:
    """Return how many crews are needed at a place over the blocks of the week, in words."""
    least, most = int(crews.min()), int(crews.max())
    if least == most:
        return f"{most} {'crew is' if most == 1 else 'crews are'} needed there in every block of the week"
    return f"{least} to {most} crews by block of the week are needed there"


def spread(values: pd.Series, form: str = "{:.0f}") -> str:
    """Return the least and the most of ``values`` in words, one number where they are alike."""
    least, most = form.format(values.min()), form.format(values.max())
    return least if least == most else f"{least} to {most}"


def target_words(area: pd.DataFrame, name: str, level: float) -> str:
    """Return what is asked for the calls of one area, ``area`` its blocks, in words."""
    target, standard = spread(area["target"], "{:.0%}"), area["standard"].iloc[0]
    if pd.isna(standard):
        return f"a call from {name} to find a crew free {target} of the time"
    lowered = (area["target"] < area["standard_share"]).any()
    reach = f" ({level:.0%} of the {spread(area['attainable'], '{:.0%}')} that some base can reach)" if lowered else ""
    return f"{target} of {name}'s calls{reach} to be answered within {standard:.0f} minutes"


def area_names(tables: Tables) -> dict[str, str]:
    """Return the name of each policing area."""
    return dict(zip(tables["areas"]["area_id"], tables["areas"]["name"], strict=True))


def _areas_words(areas: pd.DataFrame, tables: Tables, scenario: Scenario) -> str:
    """Return the crews needed in each area and what for, in words."""
    names, by_area = area_names(tables), areas.groupby("area_id", sort=False)
    needed = ", ".join(f"{names[area]} {spread(rows['crews_needed'])}" for area, rows in by_area)
    level = scenario.assurance_level
    asked = ", ".join(target_words(rows, names[area], level) for area, rows in by_area)
    return f"{needed} crews on duty by block of the week, for {asked} at {level:.0%} assurance"


def _beyond_words(areas: pd.DataFrame, tables: Tables) -> str:
    """Return which areas have calls beyond the standard from every base, in words; nothing where none has."""
    names, reach = area_names(tables), areas.groupby("area_id", sort=False)["attainable"].mean()
    beyond = [f"{names[area]} {1.0 - share:.0%}" for area, share in reach.items() if share < WHOLE]
    if not beyond:
        return ""
    return (
        f" Beyond the standard from every base, so that more crews do not help but a base or another standard would:"
        f" {', '.join(beyond)} of calls."
    )


def worst_case_words(leg: Any, tables: Tables, scenario: Scenario) -> str:
    """Return what the most demanding threats call for of one role and the posts it takes, in words.

    ``leg`` is a row of ``scenario_leg``.
    """
    names, rows = area_names(tables), tables["requirements"].set_index("requirement_id")
    needs = "; ".join(_need_words(rows.loc[one], one, names) for one in leg.requirement_ids.split(AND))
    calls = "call" if AND in leg.threats else "calls"
    said = f"{leg.threats} {calls} for {leg.called:.0f} at once ({needs})"
    if leg.people > leg.called * leg.factor:
        shift = scenario.value("shift_hours")
        return f"{said}, held in turns of {shift:g} hours by {leg.people:.0f} people = {leg.posts:.1f}"
    each = "people on the rota for each" if leg.on_call else "posts to keep each on duty"
    return f"{said}, x {leg.factor:.3g} {each} = {leg.posts:.1f}"


def _need_words(row: pd.Series, requirement_id: str, names: Mapping[str, str]) -> str:
    """Return one requirement in words."""
    area = "" if pd.isna(row["area_id"]) else f" in {names.get(row['area_id'], row['area_id'])}"
    reason = "" if pd.isna(row["rationale"]) else f': "{row["rationale"]}"'
    return (
        f"{requirement_id}, {row['officers']:.0f}{area} within {row['within_minutes']:g} minutes for"
        f" {row['for_hours']:g} hours{reason}"
    )
