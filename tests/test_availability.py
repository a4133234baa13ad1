"""Who is free, who answers, how soon, and where crews would serve best: the exact model of the deployment chapter."""

from dataclasses import replace
from importlib import import_module
from itertools import product
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from test_deployment import BLOCKS, LIKELY, ZONES, assess, make_rates, make_tables

from apstra import deployment
from apstra.deployment import assess_deployment, locate
from apstra.deployment.availability import availability, calls_of
from apstra.deployment.posting import BEST, CURRENT, SPARING
from apstra.deployment.reach import committed_sets, reach
from apstra.deployment.travel import travel_check
from apstra.deployment.work import Work, crews_asked, scene_hours, without_far_end
from apstra.deployment.workload import area_load, crews_per_operation
from apstra.queueing import committed, erlang_b, hypercube, simultaneous_incidents
from apstra.uncertainty import random_stream

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "location.yaml").read_text(encoding="utf-8"))
MODEL = import_module("apstra.deployment.availability")  # the function of that name hides the module
HOURS = 8766.0


def make_work(**changes) -> Work:
    """Return three zones and two bases in one block; base 0 is near zones 0 and 1, base 1 near zone 2."""
    zeros = np.zeros((1, 3))
    work = Work(
        firearms=np.array([[0.2, 0.1, 0.3]]),
        fixed=zeros,
        releasable=zeros,
        crews_asked=np.ones(1),
        scene_hours=np.array([1.0]),
        fixed_hours=zeros + 1.0,
        releasable_hours=zeros + 1.0,
        minutes=np.array([[5.0, 60.0], [20.0, 40.0], [70.0, 8.0]]),
        turnout=3.0,
        standard=np.array([30.0, 30.0, 25.0]),
        hours=np.array([HOURS]),
    )
    return replace(work, **changes)


def crews_at(*numbers: int) -> np.ndarray:
    """Return the crews at each base."""
    return np.array(numbers, dtype=np.int64)


# ----------------------------------------------------------------------------------------------------------------- work


def test_crews_asked_is_the_share_of_operations_by_their_crews():
    went = pd.DataFrame({"operation_id": ["A", "B", "B", "C", "C", "C"], "crew": list("112123")})
    assert crews_asked(went).tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert crews_asked(went.iloc[:0]).tolist() == [1.0]


def test_time_on_scene_is_from_arrival_to_clearance_by_order_of_crew():
    start = pd.Timestamp("2026-01-01 10:00")
    went = pd.DataFrame(
        {
            "operation_id": ["A", "A", "B", "B", "C"],
            "arrived_at": [start, start, start, pd.NaT, start],
            "cleared_at": start + pd.to_timedelta([60, 30, 120, 45, 180], unit="min"),
        }
    )
    assert scene_hours(went, 9.0).tolist() == pytest.approx([2.0, 0.5])
    assert scene_hours(went.iloc[:0], 9.0).tolist() == [9.0]
    assert scene_hours(went.assign(arrived_at=pd.NaT), 9.0).tolist() == [9.0, 9.0]


def test_crews_committed_elsewhere_are_those_nearest_to_the_far_end():
    crews = np.array([[2, 1, 1], [1, 0, 3]])
    minutes = np.array([[5.0, 30.0, 60.0], [40.0, 35.0, 90.0]])
    assert without_far_end(crews, minutes, 0).tolist() == crews.tolist()
    assert without_far_end(crews, minutes, 2).tolist() == [[1, 0, 1], [0, 0, 2]]
    assert without_far_end(crews, minutes, 9).tolist() == [[0, 0, 0], [0, 0, 0]]


# --------------------------------------------------------------------------------------------------------- availability


def test_one_crew_is_free_as_erlang_says_and_its_committed_time_holds_the_journey():
    found = availability(make_work(), 0, crews_at(1, 0))
    rate = np.array([0.2, 0.1, 0.3])
    hours = 1.0 + (3.0 + np.array([5.0, 20.0, 70.0])) / 60.0
    assert found.committed_hours.tolist() == pytest.approx([rate @ hours / rate.sum(), 0.0], rel=1e-5)
    assert found.none_free == pytest.approx(erlang_b(1, float(rate @ hours)), rel=1e-5)
    assert found.first[:, 0] == pytest.approx(1 - found.none_free)


def test_committed_times_agree_with_the_journeys_the_answer_makes():
    work = make_work(crews_asked=np.array([0.5, 0.5]), scene_hours=np.array([1.0, 2.0]))
    found = availability(work, 0, crews_at(1, 2))
    scene = (0.5 * 1.0 + 0.5 * (1.0 + 2.0)) / 1.5
    minutes = work.turnout + work.minutes
    orders = np.argsort(minutes, axis=1, kind="stable")
    result = hypercube(
        np.repeat(work.firearms[0] / 2, 2), np.repeat(orders, 2, axis=0), 1 / found.committed_hours,
        units_required=[1, 2] * 3, units_at=[1, 2],
    )  # fmt: skip
    hours = np.repeat(minutes / 60 + scene, 2, axis=0)
    again = (result.dispatch * hours).sum(axis=0) / result.dispatch.sum(axis=0)
    assert found.committed_hours == pytest.approx(again, rel=2e-5)
    assert found.workload == pytest.approx(result.workload, rel=1e-6)


def test_who_is_first_and_that_none_is_free_sum_to_one_in_every_zone():
    found = availability(make_work(fixed=np.full((1, 3), 0.3)), 0, crews_at(2, 1))
    assert found.first.sum(axis=1) + found.none_free == pytest.approx(np.ones(3))
    assert found.free.sum() == pytest.approx(1.0)
    assert found.free @ np.arange(4) == pytest.approx(3 - found.workload @ [2, 1])
    assert (found.first > 0).all()


def test_work_that_can_be_left_yields_and_work_that_cannot_does_not():
    light = availability(make_work(), 0, crews_at(1, 1))
    leaving = availability(make_work(releasable=np.full((1, 3), 0.4)), 0, crews_at(1, 1))
    staying = availability(make_work(fixed=np.full((1, 3), 0.4)), 0, crews_at(1, 1))
    assert leaving.none_free == pytest.approx(light.none_free)
    assert staying.none_free > light.none_free
    busy = availability(make_work(releasable=np.full((1, 3), 0.4)), 0, crews_at(1, 1), leaving=False)
    assert busy.workload == pytest.approx(staying.workload)


def test_without_crews_nobody_is_free_and_without_known_demand_nothing_is_known():
    none = availability(make_work(), 0, crews_at(0, 0))
    assert none.none_free == 1.0
    assert not none.first.any()
    unknown = availability(make_work(firearms=np.full((1, 3), np.nan)), 0, crews_at(1, 1))
    assert np.isnan(unknown.none_free)
    assert np.isnan(unknown.first).all()


def test_without_calls_every_crew_is_free_and_the_nearest_answers():
    found = availability(make_work(firearms=np.zeros((1, 3))), 0, crews_at(1, 1))
    assert found.none_free == 0.0
    assert found.first.tolist() == [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 2), min_size=2, max_size=2),
    st.integers(0, 1),
    st.lists(st.floats(0, 2), min_size=3, max_size=3),
)
def test_one_more_crew_never_leaves_fewer_free(numbers, base, rates):
    work = make_work(firearms=np.array([rates]))
    more = crews_at(*numbers)
    more[base] += 1
    assert availability(work, 0, more).none_free <= availability(work, 0, crews_at(*numbers)).none_free + 1e-9


def make_busy(seed: int, bases: int) -> Work:
    """Return twelve zones at random places with operations of up to four crews and work that can and cannot be left."""
    rng = random_stream(2026, "test", "availability", str(seed))
    rates = rng.gamma(1.0, 0.05, (3, 1, 12)) * np.array([2.0, 1.0, 1.0])[:, np.newaxis, np.newaxis]
    return make_work(
        firearms=rates[0], fixed=rates[1], releasable=rates[2], crews_asked=rng.dirichlet(np.ones(4)),
        scene_hours=rng.uniform(0.5, 3.0, 4), fixed_hours=rng.uniform(0.5, 2.0, (1, 12)),
        releasable_hours=rng.uniform(0.5, 2.0, (1, 12)), minutes=rng.uniform(2, 90, (12, bases)),
    )  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 3), min_size=2, max_size=4).filter(any), st.booleans())
def test_one_dense_system_and_sweeps_give_the_same_answer(seed, numbers, leaving):
    work, crews = make_busy(seed, len(numbers)), crews_at(*numbers)
    near = availability(work, 0, np.minimum(crews, 1))
    for start in (None, near):
        dense = availability(work, 0, crews, leaving=leaving, near=start)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MODEL, "DIRECT", 0)
            swept = availability(work, 0, crews, leaving=leaving, near=start)
        for name in ("first", "workload", "committed_hours", "free", "joint"):
            assert getattr(dense, name) == pytest.approx(getattr(swept, name), rel=1e-9, abs=1e-10), name


def test_what_is_compiled_for_few_states_does_what_is_written(monkeypatch):
    work, crews = make_busy(3, 3), crews_at(2, 0, 1)
    compiled = availability(work, 0, crews)
    for name in vars(committed):
        if hasattr(written := getattr(committed, name), "machine_code"):
            monkeypatch.setattr(committed, name, written.__wrapped__)
    monkeypatch.setattr(MODEL, "settle", committed.settle)
    found = availability(work, 0, crews)
    for name in ("first", "workload", "committed_hours", "free", "joint"):
        assert getattr(found, name) == pytest.approx(getattr(compiled, name), rel=1e-12), name


@given(st.floats(1e-6, 1e-2), st.integers(2, 9))
def test_the_rarest_state_is_right_relative_to_itself(load, crews):
    work = make_work(firearms=np.array([[load, 0, 0]]), minutes=np.full((3, 1), 57.0))
    found = availability(work, 0, crews_at(crews))
    # An hour there and an hour on scene.
    chances = np.array([(2 * load) ** busy / factorial(busy) for busy in range(crews + 1)])
    assert found.joint == pytest.approx(chances / chances.sum(), rel=1e-12)


def test_committed_times_that_do_not_settle_say_so(monkeypatch):
    monkeypatch.setattr(MODEL, "ROUNDS", 1)
    for direct in (400, 0):
        monkeypatch.setattr(MODEL, "DIRECT", direct)
        with pytest.raises(RuntimeError, match="did not agree in 1 rounds"):
            availability(make_busy(1, 2), 0, crews_at(2, 1))


def test_crews_free_at_some_bases_are_counted_over_every_combination():
    found = availability(make_busy(2, 3), 0, crews_at(2, 0, 1))
    busy = np.array([[state % 3, 0, state // 3] for state in range(6)])
    for inside in product([True, False], repeat=3):
        free = (crews_at(2, 0, 1) - busy) @ np.array(inside)
        number = int(crews_at(2, 0, 1) @ np.array(inside))
        counted = [found.joint[free == one].sum() for one in range(number + 1)]
        assert found.free_at(np.array(inside)) == pytest.approx(counted)


@pytest.mark.parametrize(
    "name", ["firearms", "fixed", "crews_asked", "scene_hours", "fixed_hours", "minutes", "turnout", "releasable"]
)
def test_calls_are_the_same_where_all_that_is_asked_of_crews_is_the_same(name):
    work = make_busy(1, 2)
    calls = calls_of(work, 0)
    assert calls == calls_of(replace(work, standard=work.standard + 1, hours=work.hours / 2), 0)
    changed = replace(work, **{name: getattr(work, name) * 1.0001})
    asked = (calls_of(changed, 0), calls) if name != "releasable" else (calls_of(changed, 0, leaving=False), calls)
    assert asked[0] != asked[1]
    assert (calls_of(changed, 0) == calls) == (name == "releasable")


# ---------------------------------------------------------------------------------------------------------------- reach


def test_the_crews_committed_are_the_nearest_to_where_calls_come_from():
    sets = {tuple(taken): weight for taken, weight in committed_sets(make_work(), 0, crews_at(2, 1), 1)}
    assert sets == {(1, 0): pytest.approx(0.5), (0, 1): pytest.approx(0.5)}
    sets = {tuple(taken): weight for taken, weight in committed_sets(make_work(), 0, crews_at(2, 1), 2)}
    assert sets == {(2, 0): pytest.approx(0.5), (1, 1): pytest.approx(0.5)}
    assert [taken.tolist() for taken, _ in committed_sets(make_work(), 0, crews_at(1, 1), 3)] == [[1, 1]]


def test_with_crews_committed_the_rest_answer_by_the_same_exact_model():
    work, posting = make_work(), np.array([[2, 1]])
    found = reach(work, posting)
    one_left, other = (availability(work, 0, crews_at(*crews)) for crews in ((1, 1), (2, 0)))
    assert found.unmet[0, 1] == pytest.approx((one_left.none_free + other.none_free) / 2, rel=1e-4)
    near = np.array([[1, 0], [1, 0], [0, 1]])
    with_base = [one.first for one in (one_left, other)]
    expected = np.mean([(first * near).sum(axis=1) for first in with_base], axis=0)
    assert found.within[0, 1] == pytest.approx(expected, rel=1e-4)
    assert found.worst[0, 1] == pytest.approx(np.min([(f * near).sum(axis=1) for f in with_base], axis=0), rel=1e-4)
    assert found.unmet[0, 3] == pytest.approx(1.0)
    assert found.within[0, 3].tolist() == [0.0, 0.0, 0.0]


def test_each_zone_hears_from_whom_it_is_answered_and_how_soon():
    chapter = assess()
    zones = chapter.zones.set_index("zone_id")
    assert zones["base_id"].to_dict() == {"Z1": "B1", "Z2": "B1", "Z3": "B2"}
    assert zones["standard"].to_dict() == {"Z1": 30.0, "Z2": 30.0, "Z3": 25.0}
    assert zones.loc["Z3", "worst_block"].startswith("night")
    assert zones.loc["Z3", "worst_within"] == 0.0
    assert zones.loc["Z3", "worst_minutes"] == pytest.approx(73.0)
    rows = chapter.arrival.merge(chapter.workload[["block", "hours_a_year"]], on="block").query("zone_id == 'Z1'")
    answered = (rows["probability"] * rows["hours_a_year"]).sum()
    mean = (rows["probability"] * rows["hours_a_year"] * rows["minutes"]).sum() / answered
    assert zones.loc["Z1", "minutes"] == pytest.approx(mean)
    assert zones.loc["Z1", "unmet"] == pytest.approx(1 - answered / HOURS)
    steps = zones[["within", "within_1", "within_2", "within_3"]].to_numpy()
    assert (np.diff(steps, axis=1) <= 1e-12).all()


def test_the_distribution_of_each_zone_and_block_misses_only_the_unserved_share():
    chapter = assess()
    total = chapter.arrival.groupby(["block", "zone_id"])["probability"].sum()
    unmet = chapter.workload.set_index("block")["none_free"].reindex(total.index, level="block")
    assert total.to_numpy() == pytest.approx(1 - unmet.to_numpy(), abs=1e-12)


def test_places_are_the_mean_of_their_zones_calls_and_the_unserved_are_late_but_not_in_the_mean():
    chapter = assess()
    rows = chapter.reach.set_index(["kind", "place", "committed"])
    zones = chapter.zones.set_index("zone_id")
    assert rows.loc[("force", "all", 0), "demand_share"] == pytest.approx(zones["within"].mean())
    people = np.average(zones["within"], weights=[1000, 3000, 6000])
    assert rows.loc[("force", "all", 0), "population_share"] == pytest.approx(people)
    assert rows.loc[("area", "N", 0), "demand_share"] == pytest.approx(zones.loc[["Z1", "Z2"], "within"].mean())
    assert rows.loc[("district", "B", 0), "demand_share"] == pytest.approx(zones.loc["Z3", "within"])
    whole = rows.loc[("force", "all", 0)]
    assert whole["calls_a_year"] == pytest.approx(0.03 * HOURS)
    assert whole["late_a_year"] == pytest.approx(whole["calls_a_year"] * (1 - whole["demand_share"]))
    assert 8.0 < whole["mean_minutes"] < 73.0
    assert whole["median"] in {8.0, 11.0, 23.0}
    assert whole["p90"] == 73.0
    assert whole["worst_block"].startswith("night")


def test_each_crew_committed_lowers_the_share_and_the_worst_case_is_no_better():
    rows = assess().reach.query("kind == 'force'").sort_values("committed")
    assert rows["demand_share"].iloc[0] > rows["demand_share"].iloc[1] > 0
    assert rows["demand_share"].iloc[2:].tolist() == [0.0, 0.0]
    assert (np.diff(rows["unmet_share"]) >= 0).all()
    assert (rows["worst_share"] <= rows["demand_share"] + 1e-12).all()


def test_the_share_answered_by_a_time_rises_to_all_but_the_unserved():
    chapter = assess()
    answered = chapter.answered.query("place == 'all' and committed == 0").set_index("minutes")["share"]
    assert answered.is_monotonic_increasing
    unmet = chapter.reach.query("kind == 'force' and committed == 0")["unmet_share"].item()
    assert answered[120] == pytest.approx(1 - unmet)
    assert answered[5] == 0.0
    at_eight = chapter.arrival.merge(chapter.workload[["block", "hours_a_year"]], on="block").query("minutes <= 10")
    share = (at_eight["probability"] * at_eight["hours_a_year"]).sum() / HOURS / 3
    assert answered[10] == pytest.approx(share)


def test_reach_has_a_range_from_the_assumptions_that_travel_depends_on():
    scenario = make_scenario()
    speed = scenario.assumptions["speed_upland"][0]
    assumptions = {
        **scenario.assumptions,
        "speed_upland": (replace(speed, low=10.0, high=500.0),),
        "turnout_minutes": (replace(scenario.assumptions["turnout_minutes"][0], low=1.0, high=30.0),),
    }
    tables = make_tables(travel=make_tables()["travel"].iloc[:0])
    chapter = assess_deployment(tables, make_rates(), LIKELY, replace(scenario, assumptions=assumptions))
    row = chapter.reach.query("kind == 'force' and committed == 0").iloc[0]
    assert row["low"] < row["demand_share"] <= row["high"]


def test_a_zone_without_a_standard_takes_no_part_in_the_share_within():
    standards = make_tables()["response_standards"].query("area_id == 'N'")
    chapter = assess(make_tables(response_standards=standards))
    assert chapter.zones.set_index("zone_id")["within"].isna().to_dict() == {"Z1": False, "Z2": False, "Z3": True}
    rows = chapter.reach.query("committed == 0").set_index("place")["demand_share"]
    assert rows["all"] == pytest.approx(rows["N"])
    assert np.isnan(rows["S"])


@pytest.mark.parametrize("change", [{"crews_committed_elsewhere": 1}, {"turnout_minutes": 20}])
def test_less_to_send_or_a_later_start_never_widens_reach(change):
    less, now = assess(**change).reach, assess().reach
    assert (less["demand_share"] <= now["demand_share"] + 1e-12).all()
    assert less["demand_share"].sum() < now["demand_share"].sum()


def test_a_force_with_its_own_travel_matrix_uses_it():
    slower = make_tables()["travel"].assign(minutes=lambda rows: rows["minutes"] + 10)
    before, after = assess().zones, assess(make_tables(travel=slower)).zones
    assert (after["minutes"] - before["minutes"]).to_numpy() == pytest.approx(10.0, abs=0.5)


# ------------------------------------------------------------------------------------------------------------- workload


def test_load_counts_every_crew_of_an_operation_and_other_work():
    load = assess().workload.set_index("block").loc["early-weekday-summer"]
    assert load["firearms_load"] == pytest.approx(3 * 0.01 * 1.0 * 2)
    assert load["other_load"] == pytest.approx(0.5)
    assert load["offered_load"] == pytest.approx(0.56)
    assert load["crews"] == 2
    assert load["calls_a_year"] == pytest.approx(0.03 * load["hours_a_year"])
    assert load["unmet_a_year"] == pytest.approx(load["calls_a_year"] * load["none_free"])


def test_fully_crewed_is_the_chance_that_as_many_are_free_as_are_asked():
    whole = "|".join(make_tables()["bases"]["base_id"])
    free = assess().free.query("bases == @whole", local_dict={"whole": whole}).set_index(["block", "crews"])
    load = assess().workload.set_index("block")
    known = free.loc[("early-weekday-summer", 2), "probability"]
    assert load.loc["early-weekday-summer", "fully_crewed"] == pytest.approx(known)
    assert load.loc["night-weekday-summer", "fully_crewed"] == 0.0


def test_crews_committed_elsewhere_are_gone_from_the_start():
    one_away, now = assess(crews_committed_elsewhere=1).workload, assess().workload
    assert one_away["crews"].tolist() == (now["crews"] - 1).tolist()
    all_away = assess(crews_committed_elsewhere=5).workload
    assert all_away["none_free"].eq(1.0).all()
    assert all_away["expected_free"].eq(0.0).all()


def test_the_chance_that_none_is_free_rises_with_each_crew_committed():
    names = ["none_free", "none_free_one_committed", "none_free_two_committed", "none_free_three_committed"]
    assert (np.diff(assess().workload[names].to_numpy(), axis=1) >= 0).all()


def test_each_crew_is_listed_with_its_workload_and_all_its_work():
    chapter = assess(make_tables(crews=make_tables()["crews"].assign(crews=2)))
    rows = chapter.crews.query("block == 'early-weekday-summer'")
    assert rows[["base_id", "crews"]].to_numpy().tolist() == [["B1", 2], ["B2", 2]]
    assert (rows["busy_share"] > rows["workload"]).all()
    load = chapter.workload.set_index("block").loc["early-weekday-summer"]
    assert rows["workload"] @ rows["crews"] == pytest.approx(4 - load["expected_free"])


def test_operations_in_progress_follow_the_week_as_an_infinite_server_queue():
    rates = make_rates()
    rates.loc[rates["block"].str.startswith("late"), "rate_per_hour"] *= 5
    table = assess(rates=rates).simultaneous.query("season == 'summer'").reset_index(drop=True)
    hourly = np.where(table["block"].str.startswith("late"), 0.15, 0.03)
    mean = simultaneous_incidents(hourly, 1.0, period=168)(np.arange(168) + 0.5)
    assert table["in_progress"].to_numpy() == pytest.approx(mean)
    assert table["one_or_more"].to_numpy() == pytest.approx(1 - np.exp(-mean))
    assert table["two_or_more"].to_numpy() == pytest.approx(1 - np.exp(-mean) * (1 + mean))
    nights = table.loc[table["block"].str.startswith("night")]
    assert nights["beyond_crews"].to_numpy() == pytest.approx(nights["one_or_more"].to_numpy())


def test_area_loads_sum_to_the_load_that_does_not_yield():
    loads = area_load(make_tables(), make_rates(), make_scenario())
    by_block = loads.groupby("block")[["firearms_load", "other_load"]].sum()
    whole = assess().workload.set_index("block").loc[by_block.index]
    assert by_block["firearms_load"].to_numpy() == pytest.approx(whole["firearms_load"].to_numpy())
    assert by_block["other_load"].to_numpy() == pytest.approx(0.2)
    assert len(loads) == 2 * len(BLOCKS)


def test_demand_that_is_not_known_leaves_every_chance_blank():
    chapter = assess(rates=make_rates(np.nan))
    assert chapter.workload["none_free"].isna().all()
    assert chapter.reach["demand_share"].isna().all()
    assert chapter.simultaneous["one_or_more"].isna().all()
    assert chapter.moves.empty


def test_an_operation_without_crews_on_record_counts_as_one():
    assert crews_per_operation(make_tables()["operation_crews"].iloc[:0]) == 1.0
    assert crews_per_operation(make_tables()["operation_crews"]) == 2.0


# ------------------------------------------------------------------------------------------------------------- location


def test_published_covering_problems_have_their_published_objectives():
    city = pd.read_csv(PROJECT / "tests" / "cases" / "san_francisco.csv")
    distance = city.drop(columns=["tract", "population"]).to_numpy()
    covered = locate(city["population"], distance, CASES["standard"], CASES["maximal"]["sites"], 0.0)
    assert covered.objective == CASES["maximal"]["population"]
    assert (distance[:, covered.sites > 0] <= CASES["standard"]).any(axis=1).sum() == CASES["maximal"]["tracts"]
    needed = CASES["all"]["sites"]
    everywhere = [
        locate(np.ones(len(city)), distance, CASES["standard"], number, 0.0) for number in (needed - 1, needed)
    ]
    assert everywhere[0].objective < len(city)
    assert everywhere[1].objective == len(city)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0, 0.9))
def test_the_posting_is_the_best_of_all_postings(seed, crews, busy):
    rng = np.random.default_rng(seed)
    weights, time = rng.uniform(0, 5, 6), rng.uniform(0, 60, (6, 3))
    found = locate(weights, time, 30.0, crews, busy)
    values = [
        float(weights @ (1 - busy ** ((time <= 30.0) @ np.array(sites))))
        for sites in product(range(crews + 1), repeat=3)
        if sum(sites) == crews
    ]
    assert found.objective == pytest.approx(max(values), abs=1e-7)
    assert found.sites.sum() == crews
    assert found.objective == pytest.approx(float(weights @ (1 - busy ** ((time <= 30.0) @ found.sites))))


def test_no_crews_cover_nothing():
    assert locate([1.0, 2.0], [[1.0], [2.0]], 5.0, 0, 0.3).objective == 0.0
    assert locate([1.0, 2.0], [[1.0], [2.0]], [5.0, 1.0], 2, 0.0).objective == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([-1.0], [[1.0]], 5.0, 1, 0.1), "weights must be known and not negative, not -1.0"),
        (([1.0], [[np.nan]], 5.0, 1, 0.1), "travel_time must be known and not negative, not nan"),
        (
            ([1.0, 2.0], [[1.0]], 5.0, 1, 0.1),
            r"travel_time must be \(zones, sites\) for 2 weights, not of shape \(1, 1\)",
        ),
        (([1.0], [[1.0]], 5.0, 1.5, 0.1), "crews must be a whole number >= 0, not 1.5"),
        (([1.0], [[1.0]], 5.0, 1, 1.0), r"busy_share must lie in \[0, 1\), not 1.0"),
    ],
)
def test_locate_refuses_by_name_and_value(arguments, message):
    with pytest.raises(ValueError, match=message):
        locate(*arguments)


# -------------------------------------------------------------------------------------------------------------- posting


def test_the_best_posting_is_the_best_of_all_by_the_exact_model():
    chapter, tables = assess(), make_tables()
    best = chapter.rosters.pivot_table(index=["roster", "block"], columns="base_id", values="crews")
    night, day = "night-weekday-summer", "early-weekday-summer"
    assert best.loc[(CURRENT, night)].tolist() == [1, 0]
    tried = {}
    for numbers in ((1, 0), (0, 1)):
        crews = tables["crews"].copy()
        at_night = crews["block"] == night
        crews.loc[at_night, "crews"] = numbers
        tried[numbers] = assess(make_tables(crews=crews)).workload.set_index("block").loc[night, "within"]
    assert tuple(best.loc[(BEST, night)].astype(int)) == max(tried, key=tried.get)
    assert best.loc[(BEST, day)].sum() == best.loc[(CURRENT, day)].sum()


def test_moves_lead_from_the_current_posting_to_the_best_and_their_gains_add_up():
    crews = make_tables()["crews"].assign(crews=lambda rows: np.where(rows["base_id"] == "B1", 3, 0))
    chapter = assess(make_tables(crews=crews))
    block = "early-weekday-summer"
    rosters = chapter.rosters.query("block == @block").pivot_table(index="roster", columns="base_id", values="crews")
    moves = chapter.moves.query("block == @block and roster == @BEST and place == 'all'")
    assert len(moves) > 0
    assert rosters.loc[CURRENT, "B1"] - rosters.loc[BEST, "B1"] == len(moves)
    assert (moves["share_after"] > moves["share_before"]).all()
    assert moves["share_before"].to_numpy()[1:] == pytest.approx(moves["share_after"].to_numpy()[:-1])
    now = chapter.workload.set_index("block").loc[block]
    assert moves["share_before"].iloc[0] == pytest.approx(now["within"], rel=1e-4)
    assert moves["unmet_before"].iloc[0] == pytest.approx(now["unmet_a_year"], rel=1e-3)


def test_a_move_that_costs_an_area_is_seen_and_the_sparing_posting_makes_none():
    chapter = assess(
        rates=make_rates().assign(rate_per_hour=lambda rows: np.where(rows["zone_id"] == "Z3", 0.05, 0.01))
    )
    night = chapter.moves.query("block == 'night-weekday-summer' and roster == @BEST").set_index("place")
    assert night.loc["S", "share_after"] > night.loc["S", "share_before"]
    assert night.loc["N", "share_after"] < night.loc["N", "share_before"]
    assert night.loc["all", "share_after"] > night.loc["all", "share_before"]
    sparing = chapter.moves.loc[chapter.moves["roster"] == SPARING]
    assert (sparing["share_after"] >= sparing["share_before"] - 1e-6).all()


# --------------------------------------------------------------------------------------------------------------- travel


def test_assumptions_are_checked_against_journeys_that_are_known():
    table = travel_check(make_tables()["inter_force_travel"], make_scenario()).set_index(["assumption", "distance"])
    near = table.loc[("circuity", "0 to 50 km")]
    assert near[["journeys", "known", "error"]].tolist() == pytest.approx([1, 1.3, 0.0])
    speed = table.loc[("speed_rural", "100 to 200 km")]
    assert speed["journeys"] == 2
    assert speed["known"] == pytest.approx((90 + 78) / 2)
    assert speed["error"] == pytest.approx((90 / 70 + 78 / 70) / 2 - 1)
    assert table.loc[("circuity", "200 km and more"), "journeys"] == 0


# ---------------------------------------------------------------------------------------------------------- whole force


def test_nothing_of_the_worked_force_is_in_the_code_of_the_chapter():
    text = "".join(path.read_text(encoding="utf-8") for path in Path(deployment.__file__).parent.glob("*.py")).lower()
    zones, bases = (pd.read_csv(PROJECT / "data" / "cumbria" / f"{name}.csv") for name in ("zones", "bases"))
    for name in {*zones["district"], *zones["zone_id"], *bases["base_id"]}:
        assert name.lower() not in text


def test_more_bases_than_the_exact_model_holds_are_refused_with_the_memory_it_would_need():
    rates = np.full((1, 3), 0.1)
    many = make_work(firearms=rates, minutes=np.ones((3, 30)))
    with pytest.raises(ValueError, match=r"at most 2\*\*22 states, not .* GiB"):
        availability(many, 0, np.ones(30, dtype=np.int64))


def test_crews_at_one_base_are_counted_rather_than_told_apart():
    work = make_work()
    found = availability(work, 0, crews_at(12, 12))
    assert found.workload @ [12, 12] == pytest.approx(24 - found.free @ np.arange(25))
    assert found.free.size == 25
    apart = make_work(minutes=np.repeat(work.minutes, 2, axis=1))
    together, told = availability(work, 0, crews_at(2, 2)), availability(apart, 0, np.ones(4, dtype=np.int64))
    # Told apart, each crew has a committed time of its own; those at one base share their mean.
    assert together.none_free == pytest.approx(told.none_free, rel=1e-2)
    assert together.first == pytest.approx(told.first.reshape(3, 2, 2).sum(axis=2), abs=1e-3)


def test_the_answer_does_not_depend_on_the_order_of_the_zones():
    tables = make_tables(zones=ZONES.iloc[::-1].reset_index(drop=True))
    a, b = assess().zones.set_index("zone_id"), assess(tables).zones.set_index("zone_id")
    assert b.loc[a.index, "within"].to_numpy() == pytest.approx(a["within"].to_numpy(), rel=1e-6)


def test_each_standard_of_the_force_has_the_share_it_is_expected_to_be_met_in():
    chapter = assess()
    standards = chapter.standards.set_index(["area_id", "kind"])
    reach_of = chapter.reach.query("kind == 'area' and committed == 0").set_index("place")
    assert standards.loc[("N", "spontaneous"), "expected"] == pytest.approx(reach_of.loc["N", "demand_share"])
    assert standards.loc[("N", "planned"), "expected"] < standards.loc[("N", "spontaneous"), "expected"]
    assert standards.loc[("N", "planned"), ["minutes", "target"]].tolist() == [15.0, 0.9]
    assert standards.loc[("S", "spontaneous"), "worst_block"].startswith("night")
