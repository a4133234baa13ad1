"""Which means are approved, serviceable and enough, less lethal options beside conventional?

In: the table of means with what each is issued to, the crews needed, the posts required, and the means that
requirements name. Out: for each of the means how many must be serviceable, and why: the larger of what the force
states itself, what its posts or its crews on duty carry, and what the most demanding threats' officers carry; and how
many are short.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.capability.requirement import officers_per_crew
from apstra.capability.worst_case import AND, called_at_once
from apstra.scenario import Scenario
from apstra.schema import LIST_SEPARATOR
from apstra.schema.duty import crew_role

ROUNDING: Final = 1e-9  # 100 items at 0.29 are 29 serviceable, not 28
RULES: Final = ("typed", "posts", "demand", "scenario")
CREW: Final = "crew"
POST: Final = "post"


def equipment_position(
    tables: Mapping[str, pd.DataFrame], crews_needed: pd.DataFrame, requirement: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Return the state of each of the means: approval, what is required and serviceable, what is short.

    Parameters
    ----------
    tables
        Tables of the force.
    crews_needed
        By area and block, with ``crews_needed``.
    requirement
        By role, with ``required`` [posts].

    Returns
    -------
    DataFrame
        ``item``, ``family``, ``approval``, ``serviceable_share``, ``held``, ``required``, ``serviceable``, ``short``
        [items] (blank where held or required is not known), ``review_overdue``, ``called_for`` (threats that name it),
        ``required_derived`` [items] (blank where the table does not say what it is issued to), ``rules`` (typed, posts,
        demand, scenario; blank where nothing is required) and ``why``.
    """
    equipment = tables["equipment"]
    oldest = pd.Timestamp(scenario.as_at) - pd.DateOffset(months=round(scenario.value("equipment_review_months")))
    legs = required_items(tables, crews_needed, requirement, scenario)
    required = legs[list(RULES)].max(axis=1)
    serviceable = np.floor(equipment["held"] * equipment["serviceable_share"] + ROUNDING)
    return equipment[["item", "family", "approval", "serviceable_share", "held"]].assign(
        required=required,
        serviceable=serviceable,
        short=np.maximum(required - serviceable, 0),
        review_overdue=~(equipment["reviewed_on"] >= oldest),
        called_for=legs["called_for"],
        required_derived=legs[list(RULES[1:])].max(axis=1),
        rules=ruling(legs),
        why=[_why(row) for row in legs.assign(rules=ruling(legs)).itertuples()],
    )


def ruling(legs: pd.DataFrame) -> pd.Series:
    """Return which number sets what is required of each of the means: the first that is largest; blank if none is."""
    amounts = legs[list(RULES)].fillna(0.0)
    return amounts.idxmax(axis=1).where(amounts.max(axis=1) > 0, "").astype("str")


def required_items(
    tables: Mapping[str, pd.DataFrame], crews_needed: pd.DataFrame, requirement: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Return how many of each of the means must be serviceable, by each of the questions asked, and what they rest on.

    Personal issue goes by the posts required of the roles that carry it; what goes with a crew or an officer on duty by
    the crews needed in the busiest block, if the crews' role carries it; and either by the officers that the most
    demanding threats call for at once in rows that name it.

    Returns
    -------
    DataFrame
        In the order of the table: ``typed``, ``posts``, ``demand``, ``scenario`` [items], blank where not known;
        ``item``, ``issued_per``, ``issue``, ``carriers`` (roles), ``held_by`` [posts], ``crews`` (busiest block),
        ``block``, ``officers`` [on duty], ``called`` [officers], ``threats`` (their ids), ``called_crews``,
        ``called_for`` [threats].
    """
    equipment, each = tables["equipment"], officers_per_crew(tables["crews"])
    duty = crews_needed.groupby("block", sort=False)["crews_needed"].sum()
    posts, crewed = requirement.set_index("role")["required"], crew_role(tables)
    named = means_called(tables["requirements"], round(scenario.value("simultaneous_incidents")))
    carriers = [
        [role.strip() for role in cell.split(LIST_SEPARATOR)] for cell in equipment["carried_by"].fillna(crewed)
    ]
    crews = [int(duty.max()) if len(duty) and crewed and crewed in roles else 0 for roles in carriers]
    legs = equipment[["item", "issued_per", "issue"]].assign(
        typed=equipment["required"],
        carriers=[_and(roles) for roles in carriers],
        held_by=[float(posts.reindex(roles).sum()) for roles in carriers],
        crews=crews,
        block=duty.idxmax() if len(duty) else "",
        officers=[each * number for number in crews],
        called=equipment["item"].map(named["called"]).fillna(0.0),
        threats=[str(named["threats"].get(item, "")) for item in equipment["item"]],
        called_for=equipment["item"].map(named["called_for"]).fillna(0).astype(int),
    )
    legs = legs.assign(called_crews=np.ceil(legs["called"] / each))
    personal, by_crew = legs["issued_per"] == POST, legs["issued_per"] == CREW
    return legs.assign(
        posts=_whole(legs["held_by"].where(personal) * legs["issue"]),
        demand=_whole(legs["crews"].where(by_crew, legs["officers"]).mask(personal) * legs["issue"]),
        scenario=_whole(legs["called_crews"].where(by_crew, legs["called"]) * legs["issue"]),
    )


def _whole(items: pd.Series) -> pd.Series:
    """Return items rounded up to whole ones."""
    return np.ceil(items.astype(float) - ROUNDING)


def means_called(requirements: pd.DataFrame, incidents: int) -> pd.DataFrame:
    """Return the officers that the most demanding ``incidents`` threats call for, of the rows that name each means.

    Returns
    -------
    DataFrame
        Indexed by ``item``: ``called`` [officers at once, of any role], ``threats`` (their ids), ``called_for``
        [threats that name it].
    """
    named = requirements.assign(role=requirements["means"].str.split(LIST_SEPARATOR, regex=False))
    named = named.explode("role", ignore_index=True)
    named = named.assign(role=named["role"].str.strip()).dropna(subset="role")
    asked = called_at_once(named).rename(columns={"role": "item"})
    asked = asked.sort_values(["officers", "threat_id"], ascending=[False, True])
    top = asked.groupby("item").head(incidents).groupby("item")
    return pd.DataFrame(
        {
            "called": top["officers"].sum().astype(float),
            "threats": top["threat_id"].agg(AND.join),
            "called_for": asked.groupby("item").size(),
        }
    )


def _and(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _why(leg: Any) -> str:
    """Return the sentences that lead to the number required of one of the means, ``leg`` of ``required_items``."""
    said = [f"The force states {leg.typed:.0f}."] if leg.typed > 0 else []
    if leg.posts > 0:
        said.append(f"{leg.held_by:.0f} required posts of {leg.carriers} x {leg.issue:g} = {leg.posts:.0f}.")
    if leg.demand > 0:
        officers = "" if leg.issued_per == CREW else f"{leg.officers} officers in "
        on_duty = f"{officers}{leg.crews} crews needed in the busiest block ({leg.block})"
        said.append(f"Demand: {on_duty} x {leg.issue:g} = {leg.demand:.0f}.")
    if leg.scenario > 0:
        officers = f"{leg.called:.0f} {'officer' if leg.called == 1 else 'officers'}"
        crews = f" in {leg.called_crews:.0f} crews" if leg.issued_per == CREW else ""
        said.append(f"Worst case: {leg.threats} with {officers}{crews} x {leg.issue:g} = {leg.scenario:.0f}.")
    if len(said) > 1:
        rules = {"typed": "The force's own number", "posts": "Personal issue", "demand": "Demand"}
        said.append(f"{rules.get(leg.rules, 'The worst case')} rules.")
    return " ".join(said) or "Nothing says how many are required."
