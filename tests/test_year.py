"""A year played through beside the exact model, rosters on the same calls, and an incident that moves."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from test_deployment import ZONES, assess, make_rates, make_tables

from apstra.deployment.availability import availability
from apstra.deployment.response import call_standards
from apstra.deployment.simulation import Rules, estimate, simulate
from apstra.deployment.timeline import steady_timeline
from apstra.deployment.travel import travel_times
from apstra.deployment.work import crews_on_duty, gather_work
from apstra.deployment.year import neighbours

TIMES = 3.0  # standard errors within which two ways to the same number must agree


@pytest.fixture(scope="module")
def busy():
    """Return the chapter of the small force with ten times the usual calls."""
    return assess(rates=make_rates(0.1))


def of_worked_force(worked, assessed):
    """Return the worked force's work without what crews can leave, and its crews."""
    tables, scenario = assessed.tables, worked[1]
    travel = travel_times(tables["bases"], tables["zones"], tables["travel"], scenario)
    standards = call_standards(tables["response_standards"])
    work = gather_work(tables, assessed.demand.rates, travel, standards, scenario)
    crews = crews_on_duty(tables, scenario.force.blocks.names)
    return replace(work, releasable=np.zeros_like(work.releasable)), crews


@pytest.mark.parametrize("block", [0, 7, 8])
def test_the_worked_force_played_through_agrees_with_the_exact_model_where_its_assumptions_hold(
    worked, assessed, block
):
    work, crews = of_worked_force(worked, assessed)
    exact = availability(work, block, crews[block])
    minutes = work.turnout + work.minutes
    within = (exact.first * (minutes <= work.standard[:, np.newaxis])).sum(axis=1)
    steady = steady_timeline(block, len(work.standard), 1500)
    run = simulate(work, crews, steady, replications=40, seed=20261121, rules=Rules(probes=50), names=("agreement",))
    share, unmet = (estimate(run, field, blocks=[block]) for field in ("within", "unmet"))
    assert abs(share.value - np.average(within, weights=work.firearms[block])) < TIMES * share.error
    assert abs(unmet.value - exact.none_free) < TIMES * unmet.error
    mean = estimate(run, "minutes", "met", blocks=[block])
    answered = exact.first * work.firearms[block][:, np.newaxis]
    assert abs(mean.value - (answered * minutes).sum() / answered.sum()) < TIMES * mean.error


def test_the_exact_model_stands_first_and_each_case_says_what_it_adds(busy):
    cases = busy.simulated
    assert cases["case"].iloc[0].startswith("exact model")
    exact = busy.reach.query("kind == 'force' and committed == 0").iloc[0]
    assert cases["share"].iloc[0] == pytest.approx(exact["demand_share"])
    assert cases["unmet"].iloc[0] == pytest.approx(exact["unmet_share"])
    assert len(cases) == 5
    assert (cases["share_low"].iloc[1:] < cases["share_high"].iloc[1:]).all()


def test_crews_that_stay_on_routine_work_leave_more_calls_unmet(busy):
    cases = busy.simulated.set_index(busy.simulated["case"].str.split(",").str[-1].str.strip())
    leaving, staying = cases["unmet"].iloc[2], cases.loc["crews staying on routine work", "unmet"]
    assert staying > leaving


def test_a_neighbour_answers_at_most_what_own_crews_leave_unmet(busy):
    row = busy.simulated.loc[busy.simulated["case"].str.contains("neighbours")].iloc[0]
    assert 0.0 < row["neighbour"] <= row["unmet"]
    assert row["neighbour"] == pytest.approx(0.8 * row["unmet"], rel=0.1)
    assert row["unmet"] == busy.simulated["unmet"].iloc[2]


def test_neighbours_are_forces_with_an_agreement_in_force_by_their_largest():
    found = neighbours(make_tables(), make_scenario())
    assert found.availability.tolist() == [0.8]
    degrees = 6371.0088 * np.pi / 180
    assert found.minutes[:, 0] == pytest.approx(10 + np.abs(ZONES["lat"] - 54.5) * degrees * 1.3 / 80 * 60)
    ended = make_tables()["agreements"].assign(expires_on=pd.Timestamp("2026-01-01"))
    assert neighbours(make_tables(agreements=ended), make_scenario()).availability.size == 0
    assert neighbours(make_tables(), make_scenario(donor_availability_factor=0.5)).availability.tolist() == [0.4]


def test_rosters_are_compared_on_the_same_calls(busy):
    table = busy.confirmation.set_index(["roster", "place"])
    assert table.loc["current", "gain"].isna().all()
    assert set(table.loc["current"].index) == {"all", "N", "S"}
    best = table.loc[("best", "all")]
    assert best["gain"] == pytest.approx(best["share"] - table.loc[("current", "all"), "share"])
    assert best["gain_low"] <= best["gain"] <= best["gain_high"]
    assert best["exact_share"] >= table.loc[("current", "all"), "exact_share"]
    assert best["gain_high"] - best["gain_low"] <= best["share_high"] - best["share_low"]


def test_scenes_follow_one_another_and_an_incident_engages_more_and_more_crews(busy):
    whole = busy.moving.query("place == 'all'")
    assert whole["scene"].tolist() == [1, 2, 3, 4, 5]
    assert whole["minutes"].tolist() == pytest.approx([0, 25, 50, 75, 100])
    assert whole["crews"].is_monotonic_increasing
    assert whole[["within", "met"]].ge(0).all(axis=None)
    assert whole[["within", "met"]].le(1).all(axis=None)
    assert (whole["within"] <= whole["met"] + 1e-12).all()
    parts = busy.moving.query("place != 'all' and scene == 1")
    assert parts["incidents"].sum() == whole["incidents"].iloc[0]
    assert np.average(parts["within"], weights=parts["incidents"]) == pytest.approx(whole["within"].iloc[0])


def test_the_same_tables_give_the_same_years():
    once, again = assess(), assess()
    for name in ("simulated", "confirmation", "moving"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(again, name))


def test_what_cannot_be_played_is_left_out():
    unknown = assess(rates=make_rates(np.nan))
    assert unknown.confirmation.empty
    assert unknown.moving.empty
    assert len(unknown.simulated) == 1
    alone = assess(make_tables(zones=ZONES.iloc[:1]), make_rates().query("zone_id == 'Z1'"))
    assert alone.moving.empty
    assert len(alone.simulated) == 5
