"""What does each threat's reasonable worst case call for: how many officers of which role, where, how soon, how long?

In: requirements, roles, posts and assumptions. Out: the officers of each role that one incident of each threat calls
for in each policing area, with the requirements they add up from; and by role the posts that the most demanding threats
take, the scenario leg of the requirement. Officers who are needed for longer than a shift are relieved.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from apstra.capability.relief import posts_per_seat
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario
from apstra.schema.duty import on_call

ANYWHERE: Final = ""
AND: Final = " and "  # between the ids of threats or requirements
Tables = Mapping[str, pd.DataFrame]


def called_by_area(requirements: pd.DataFrame, shift_hours: float, areas: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the officers of each role that one incident of each threat calls for, by the area it is in.

    Parameters
    ----------
    requirements
        A row for anywhere in the force counts in every area.
    shift_hours
        How long officers stay before they are relieved [hours].
    areas
        The areas asked about; when not given, those named, and ``ANYWHERE`` for all others.

    Returns
    -------
    DataFrame
        ``threat_id``, ``role``, ``area_id``, ``officers`` at once, ``people`` who hold it in turns of a shift,
        ``within_minutes`` by which all are needed, ``for_hours`` of the longest stay, ``requirement_ids`` of the rows
        it adds up from and their ``rationale``.
    """
    named = requirements["area_id"].fillna(ANYWHERE)
    places = [ANYWHERE, *named[named != ANYWHERE].unique()] if areas is None else list(areas)
    turns = np.ceil(requirements["for_hours"] / shift_hours).fillna(1.0).clip(lower=1.0)
    rows = requirements.assign(
        area_id=[places if area == ANYWHERE else [area] for area in named],
        people=requirements["officers"] * turns,
        rationale=requirements["rationale"].fillna(""),
    ).explode("area_id")
    by_incident = rows.groupby(["threat_id", "role", "area_id"]).agg(
        officers=("officers", "sum"),
        people=("people", "sum"),
        within_minutes=("within_minutes", "max"),
        for_hours=("for_hours", "max"),
        requirement_ids=("requirement_id", AND.join),
        rationale=("rationale", "; ".join),
    )
    return by_incident.reset_index()


def called_at_once(requirements: pd.DataFrame) -> pd.DataFrame:
    """Return the officers of each role that each threat's reasonable worst case calls for at one time.

    Returns
    -------
    DataFrame
        ``threat_id``, ``role``, ``officers``; rows for anywhere in the force add to those of the area that asks most,
        for one incident is in one area.
    """
    by_area = called_by_area(requirements, np.inf)
    return by_area.groupby(["threat_id", "role"])["officers"].max().reset_index()


def scenario_leg(tables: Tables, scenario: Scenario, recall: Recaller = plain) -> pd.DataFrame:
    """Return by role the officers its reasonable worst case calls for and the posts that takes.

    The most demanding ``simultaneous_incidents`` threats count together, each in the area where it asks most.

    Returns
    -------
    DataFrame
        Indexed by ``role``: ``title``, ``called`` [officers at once], ``people`` who hold it in turns, ``threats``,
        ``requirement_ids``, ``kept`` (the force has posts), ``on_call``, ``factor`` [posts/officer], ``posts``: the
        larger of what keeps the officers ready at every hour and of the people who hold it in turns; 0 where the force
        keeps none.
    """
    roles, factor = tables["roles"].set_index("role"), posts_per_seat(tables, scenario)
    asked = recall(called_by_area, tables["requirements"], scenario.value("shift_hours"))
    asked = asked.assign(posts=np.maximum(asked["officers"] * asked["role"].map(factor).astype(float), asked["people"]))
    ranked = asked.sort_values(
        ["posts", "officers", "threat_id", "area_id"], ascending=[False, False, True, True]
    ).drop_duplicates(["threat_id", "role"])
    top = ranked.groupby("role").head(round(scenario.value("simultaneous_incidents"))).groupby("role")
    numbers = top[["officers", "people"]].sum().reindex(roles.index).fillna(0.0).astype(float)
    ids = top[["threat_id", "requirement_ids"]].agg(AND.join).reindex(roles.index).fillna("")
    leg = roles[["title"]].assign(
        called=numbers["officers"],
        people=numbers["people"],
        threats=ids["threat_id"],
        requirement_ids=ids["requirement_ids"],
        kept=tables["posts"].groupby("role")["established"].sum().reindex(roles.index).fillna(0) > 0,
        on_call=on_call(tables),
        factor=factor,
    )
    return leg.assign(posts=np.maximum(leg["called"] * leg["factor"], leg["people"]) * leg["kept"])
