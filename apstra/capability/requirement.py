"""How many officers of each role are needed, and why?

Two questions are asked of each role and the larger answer rules. *Demand*: the fewest crews in each area and block such
that a call finds none free no more often than the assurance level allows. *Scenario*: the officers that the most
demanding threat's reasonable worst case calls for at once. Seats become posts by a relief factor built from contract
hours less leave, sickness, training and court; on-call seats by the depth of the rota. In: requirements, roles, posts,
crews, the load by area and block. Out: posts by role with a range and a sentence that anyone can check.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from apstra.queueing import erlang_b
from apstra.scenario import DAYS_A_WEEK, DAYS_A_YEAR, HOURS_A_YEAR, Scenario

ON_CALL: Final = "on_call"
USUAL_CREW: Final = 2
ROUNDING: Final = 1e-9  # a sum that is whole but for floating point is not rounded up to the next post
Tables = Mapping[str, pd.DataFrame]


def relief_steps(scenario: Scenario) -> pd.DataFrame:
    """Return how contract hours become productive hours, one officer, one year.

    Returns
    -------
    DataFrame
        ``quantity``, ``hours`` [hours/year]; what is lost is negative, the last row is the sum. A day lost is a shift;
        sickness takes its share of what leave leaves.
    """
    shift = scenario.value("shift_hours")
    contract = scenario.value("contract_hours_week") * DAYS_A_YEAR / DAYS_A_WEEK
    leave = scenario.value("annual_leave_days") * shift
    lost = {
        "annual leave": leave,
        "sickness": scenario.value("sickness_share") * (contract - leave),
        "training": scenario.value("training_days") * shift,
        "court and other duties": scenario.value("court_and_other_days") * shift,
    }
    rows = [("contract", contract), *((name, -hours) for name, hours in lost.items())]
    rows.append(("productive", contract - sum(lost.values())))
    return pd.DataFrame(rows, columns=["quantity", "hours"])


def productive_hours(scenario: Scenario) -> float:
    """Return the hours an officer is there to work armed duty [hours/year].

    Raises
    ------
    ValueError
        If the assumptions leave no hours.
    """
    hours = float(relief_steps(scenario)["hours"].iloc[-1])
    if hours <= 0:
        raise ValueError(f"productive hours must be positive, not {hours:.0f}: absence takes them all")
    return hours


def relief_factor(scenario: Scenario) -> float:
    """Return the posts needed to keep one seat filled at every hour of the year [posts/seat]."""
    return HOURS_A_YEAR / productive_hours(scenario)


def fewest_crews(offered_loads: ArrayLike, assurance_level: float, minimum: int = 0) -> int:
    """Return the fewest crews such that a call finds none free with probability at most 1 - ``assurance_level``.

    Parameters
    ----------
    offered_loads
        Crews busy at once if there were always one to send [erlangs], equally likely: the call finds none free with the
        mean of what each would give.
    minimum
        Crews kept whatever the load.

    References
    ----------
    Erlang's loss formula: calls that find no crew free are met from elsewhere, they do not wait.
    """
    crews = minimum
    while np.mean([erlang_b(crews, load) for load in np.ravel(offered_loads)]) > 1.0 - assurance_level:
        crews += 1
    return crews


def crews_needed(
    area_load: pd.DataFrame, crews: pd.DataFrame, bases: pd.DataFrame, demand_factors: ArrayLike, scenario: Scenario
) -> pd.DataFrame:
    """Return the crews each area needs in each block, on its own, and those rostered there.

    ``demand_factors`` are equally likely, lowest first: the crews needed serve all of them together, the range is what
    the lowest and the highest alone would need.

    Returns
    -------
    DataFrame
        ``area_id``, ``block``, ``offered_load`` [erlangs], ``crews_needed`` with ``_low`` and ``_high``,
        ``crews_rostered``.
    """
    minimum = round(scenario.value("required_crews_minimum"))
    firearms, other = area_load["firearms_load"].fillna(0.0), area_load["other_load"].fillna(0.0)
    factors = np.asarray(demand_factors, float)
    factors = factors if factors.size else np.ones(1)
    needed = [
        [fewest_crews(part * load + rest, scenario.force.assurance_level, minimum)
         for load, rest in zip(firearms, other, strict=True)]
        for part in (factors, factors[:1], factors[-1:])
    ]  # fmt: skip
    posted = crews.merge(bases[["base_id", "area_id"]], on="base_id").groupby(["area_id", "block"])["crews"].sum()
    keys = pd.MultiIndex.from_frame(area_load[["area_id", "block"]])
    return area_load[["area_id", "block"]].assign(
        offered_load=firearms + other,
        crews_needed=pd.array(needed[0], "int64"),
        crews_needed_low=pd.array(needed[1], "int64"),
        crews_needed_high=pd.array(needed[2], "int64"),
        crews_rostered=posted.reindex(keys).fillna(0).astype(int).to_numpy(),
    )


def on_call(tables: Tables) -> pd.Series:
    """Return whether each role is held ready on call, indexed by role; where unsaid, a cadre of the command rota is."""
    duty = tables["roles"].set_index("role")["duty"]
    rota = pd.Series(duty.index.isin(tables["command_cover"]["cadre"]), index=duty.index)
    return (duty == ON_CALL).where(duty.notna(), rota)


def crew_role(tables: Tables) -> str:
    """Return the role whose officers crew armed response vehicles: the shift role with the most posts; "" if none."""
    away = on_call(tables)
    held = tables["posts"].groupby("role")["established"].sum().reindex(away.index[~away]).fillna(0)
    return str(held.idxmax()) if len(held) and held.max() > 0 else ""


def officers_per_crew(crews: pd.DataFrame) -> int:
    """Return the officers of a crew: the largest rostered, or two where none is."""
    return int(crews["officers_per_crew"].max()) if len(crews) else USUAL_CREW


def crew_hours(needed: pd.Series, blocks: pd.Series, scenario: Scenario) -> float:
    """Return the crew-hours a year that ``needed`` crews in ``blocks`` come to [hours/year]."""
    hours = scenario.force.blocks.hours_a_year()
    return float((needed.to_numpy() * blocks.map(hours).to_numpy(float)).sum())


def called_at_once(requirements: pd.DataFrame) -> pd.DataFrame:
    """Return the officers of each role that each threat's reasonable worst case calls for at one time.

    Returns
    -------
    DataFrame
        ``threat_id``, ``role``, ``officers``; rows for anywhere in the force add to those of the area that asks most,
        for one incident is in one area.
    """
    by_area = requirements.assign(area_id=requirements["area_id"].fillna("")).groupby(["threat_id", "role", "area_id"])
    officers = by_area["officers"].sum().reset_index()
    anywhere = officers.loc[officers["area_id"] == ""].groupby(["threat_id", "role"])["officers"].sum()
    somewhere = officers.loc[officers["area_id"] != ""].groupby(["threat_id", "role"])["officers"].max()
    return anywhere.add(somewhere, fill_value=0).rename("officers").reset_index()


def scenario_seats(requirements: pd.DataFrame, incidents: int) -> pd.DataFrame:
    """Return the officers of each role that the most demanding ``incidents`` threats call for together.

    Returns
    -------
    DataFrame
        Indexed by ``role``: ``called`` [officers at once] and ``threats`` (their ids).
    """
    ranked = called_at_once(requirements).sort_values(["officers", "threat_id"], ascending=[False, True])
    top = ranked.groupby("role").head(incidents).groupby("role")
    return pd.DataFrame({"called": top["officers"].sum(), "threats": top["threat_id"].agg(" and ".join)})


def requirement_by_role(
    tables: Tables, area_load: pd.DataFrame, demand_factors: ArrayLike, scenario: Scenario
) -> pd.DataFrame:
    """Return the posts each role needs: both legs, which rules, the range and the reasoning.

    Only roles in which the force keeps posts have a requirement; what other roles bring is aid.

    Returns
    -------
    DataFrame
        ``role``, ``title``, ``demand_leg``, ``scenario_leg`` [posts, unrounded], ``required``, ``required_low``,
        ``required_high`` [posts], ``rules`` (demand, scenario, none), ``required_last_year``, ``reasoning``.
    """
    crews = crews_needed(area_load, tables["crews"], tables["bases"], demand_factors, scenario)
    low, mid, high = (
        demand_leg(crews[column], crews["block"], tables, scenario)
        for column in ("crews_needed_low", "crews_needed", "crews_needed_high")
    )
    worst = scenario_leg(tables, scenario)
    required = whole_posts(np.maximum(mid, worst["posts"]))
    frame = worst[["title"]].assign(
        demand_leg=mid,
        scenario_leg=worst["posts"],
        required=required,
        required_low=np.minimum(whole_posts(np.maximum(low, worst["posts"])), required),
        required_high=np.maximum(whole_posts(np.maximum(high, worst["posts"])), required),
        rules=_ruling_leg(mid, worst["posts"]),
        required_last_year=tables["posts"].groupby("role")["required_last_year"].sum(min_count=1),
        reasoning=[
            _reasoning(leg, mid[leg.Index], total, crews, tables, scenario)
            for leg, total in zip(worst.itertuples(), required, strict=True)
        ],
    )
    return frame.rename_axis("role").reset_index()


def required_posts(tables: Tables, area_load: pd.DataFrame, demand_factors: ArrayLike, scenario: Scenario) -> pd.Series:
    """Return the posts each role needs [posts], indexed by role."""
    frame = requirement_by_role(tables, area_load, demand_factors, scenario)
    return frame.set_index("role")["required"]


def demand_leg(needed: pd.Series, blocks: pd.Series, tables: Tables, scenario: Scenario) -> pd.Series:
    """Return by role the posts that keep ``needed`` crews on duty in ``blocks`` [posts]: 0 but for the crews' role."""
    legs = pd.Series(0.0, index=pd.Index(tables["roles"]["role"], name="role"))
    role = crew_role(tables)
    if role:
        officers = crew_hours(needed, blocks, scenario) * officers_per_crew(tables["crews"])
        legs[role] = officers / productive_hours(scenario)
    return legs


def scenario_leg(tables: Tables, scenario: Scenario) -> pd.DataFrame:
    """Return by role the officers its reasonable worst case calls for, what one takes in posts, and their product.

    Returns
    -------
    DataFrame
        Indexed by ``role``: ``title``, ``called`` [officers at once], ``threats`` (their ids), ``kept`` (the force has
        posts), ``on_call``, ``factor`` [posts/officer], ``posts``: 0 where the force keeps none.
    """
    roles = tables["roles"].set_index("role")
    called = scenario_seats(tables["requirements"], round(scenario.value("simultaneous_incidents")))
    leg = roles[["title"]].assign(
        called=called["called"].reindex(roles.index).fillna(0).astype(float),
        threats=called["threats"].reindex(roles.index).fillna(""),
        kept=tables["posts"].groupby("role")["established"].sum().reindex(roles.index).fillna(0) > 0,
        on_call=on_call(tables),
    )
    depth = scenario.value("on_call_rota_depth")
    leg = leg.assign(factor=np.where(leg["on_call"], depth, relief_factor(scenario)))
    return leg.assign(posts=leg["called"] * leg["factor"] * leg["kept"])


def whole_posts(posts: pd.Series) -> pd.Series:
    """Return posts rounded up to whole ones."""
    return pd.Series([ceil(value - ROUNDING) for value in posts], index=posts.index, dtype="int64")


def _ruling_leg(demand: pd.Series, worst: pd.Series) -> pd.Series:
    """Return which leg sets the requirement of each role."""
    rules = pd.Series("demand", index=demand.index).mask(worst > demand, "scenario")
    return rules.mask(np.maximum(demand, worst) <= 0, "none")


def _reasoning(leg: Any, demand: float, required: int, crews: pd.DataFrame, tables: Tables, scenario: Scenario) -> str:
    """Return the sentences that lead from threat and demand to the posts of one role, ``leg`` of ``scenario_leg``."""
    if required == 0 and leg.called > 0:
        return f"No posts of {leg.title}: the force keeps none, and aid is to bring the {leg.called:.0f} called for."
    if required == 0:
        return f"No posts of {leg.title}: no threat calls for the role and it crews no vehicles."
    parts = [f"{required} {'post' if required == 1 else 'posts'} of {leg.title}."]
    if demand > 0:
        parts.append(_demand_words(crews, demand, tables, scenario))
    if leg.posts > 0:
        each = "people on the rota for each" if leg.on_call else "posts to keep each on duty"
        parts.append(
            f"Worst case: {leg.threats} {'call' if ' and ' in leg.threats else 'calls'} for {leg.called:.0f} at once,"
            f" x {leg.factor:.3g} {each} = {leg.posts:.1f}."
        )
    if demand > 0 and leg.posts > 0:
        parts.append(f"{'Demand' if demand >= leg.posts else 'The worst case'} rules.")
    return " ".join(parts)


def _demand_words(crews: pd.DataFrame, demand: float, tables: Tables, scenario: Scenario) -> str:
    """Return the sentence that leads from the load of each area to the posts of the demand leg."""
    names = tables["areas"].set_index("area_id")["name"]
    ranges = crews.groupby("area_id", sort=False)["crews_needed"].agg(["min", "max"])
    areas = ", ".join(
        f"{names.get(row.Index, row.Index)} {row.min}" + (f" to {row.max}" if row.max > row.min else "")
        for row in ranges.itertuples()
    )
    hours = crew_hours(crews["crews_needed"], crews["block"], scenario)
    return (
        f"Demand: {areas} crews on duty, by block of the week, so that a call finds one free at least"
        f" {scenario.force.assurance_level:.0%} of the time; {hours:,.0f} crew-hours a year x"
        f" {officers_per_crew(tables['crews'])} officers / {productive_hours(scenario):,.0f} productive hours of an"
        f" officer = {demand:.1f}."
    )
