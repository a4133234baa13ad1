"""The fewest crews that meet every area's standard: against Erlang's formula, every posting tried, and their frames."""

import copy
from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from test_deployment import BLOCKS, LIKELY, make_rates, make_tables

from apstra import deployment
from apstra.deployment import aim as scores
from apstra.deployment import fewest as search
from apstra.deployment.aim import Aim, Places, aims_of
from apstra.deployment.availability import answered
from apstra.deployment.fewest import demand_factors, fewest
from apstra.deployment.work import Work
from apstra.queueing import erlang_b
from apstra.uncertainty import random_stream

CASES = yaml.safe_load((PROJECT / "tests" / "cases" / "fewest.yaml").read_text(encoding="utf-8"))
MOST_TRIED = 7


def make_work(minutes, firearms, standard, *, fixed=0.0, asked=(1.0,), scene=(1.0,)) -> Work:
    """Return calls to zones and journeys from bases in one block, other work of an hour a job."""
    minutes, firearms = np.array(minutes, float), np.atleast_2d(np.array(firearms, float))
    zeros = np.zeros(firearms.shape)
    return Work(
        firearms=firearms, fixed=zeros + fixed, releasable=zeros, crews_asked=np.array(asked, float),
        scene_hours=np.array(scene, float), fixed_hours=zeros + 1.0, releasable_hours=zeros + 1.0, minutes=minutes,
        turnout=0.0, standard=np.array(standard, float), hours=np.array([8766.0]),
    )  # fmt: skip


def make_aim(work: Work, zones, bases, *, share=np.nan, level=0.9, least=1, factor=1.0) -> Aim:
    """Return what crews are to achieve when ``zones`` and ``bases`` lie in areas 0, 1, ..."""
    zones, bases = np.array(zones), np.array(bases)
    names = np.arange(zones.max() + 1)[:, np.newaxis]
    at_home = names == bases
    places = Places(
        zones=names == zones,
        bases=at_home,
        near=~(work.turnout + work.minutes > work.standard[:, np.newaxis]),
        minutes=work.standard[[int(np.argmax(zones == name)) for name in names.ravel()]],
        share=np.full(len(names), share),
        level=level,
        least=at_home.any(axis=1) * least,
    )
    return aims_of(work, places, factor)[0]


def make_random(number: int, *, share: float | None = None, factor: float = 1.0) -> Aim:
    """Return the aim of a small force made by chance: 2 to 4 bases, 1 to 3 areas, 8 zones on a square of an hour."""
    rng = random_stream(2026, "test", "fewest", str(number))
    bases, areas, zones = int(rng.integers(2, 5)), int(rng.integers(1, 4)), 8
    at, homes = rng.random((zones, 2)) * 60, rng.random((bases, 2)) * 60
    area = np.concatenate([np.arange(areas), rng.integers(0, areas, zones - areas)])
    work = make_work(
        np.hypot(*(at[:, np.newaxis] - homes).transpose(2, 0, 1)),
        rng.gamma(1.0, 0.05, zones) * rng.choice([0.2, 1.0, 3.0]),
        rng.uniform(15, 40, areas)[area],
        fixed=rng.gamma(1.0, 0.1, zones),
        asked=rng.dirichlet(np.ones(3)),
        scene=rng.uniform(0.5, 3.0, 3),
    )
    home, asked, level = rng.integers(0, areas, bases), rng.uniform(0.5, 0.95), rng.uniform(0.6, 0.95)
    return make_aim(work, area, home, share=asked if share is None else share, level=level, factor=factor)


def crews_of(aim: Aim) -> np.ndarray:
    """Return the fewest crews found, checked to fail no area."""
    crews = fewest(aim)
    assert not aim.failed(crews).any()
    return crews


def least_of_all(aim: Aim, most: int) -> int:
    """Return the fewest crews of all postings of up to ``most`` crews that fail no area, every one of them tried."""
    postings = product(range(most + 1), repeat=aim.places.bases.shape[1])
    for crews in sorted(postings, key=sum):
        if sum(crews) <= most and not aim.failed(np.array(crews, np.int64)).any():
            return sum(crews)
    return most + 1


# --------------------------------------------------------------------------------------------------------------- search


@pytest.mark.parametrize("case", CASES["fewest_crews"], ids=str)
def test_with_every_zone_in_reach_of_one_base_the_fewest_crews_are_those_of_the_printed_traffic_tables(case):
    def crews(load):
        work = make_work([[0.0], [0.0]], [0.3 * load, 0.7 * load], [np.nan, np.nan])
        return int(crews_of(make_aim(work, [0, 0], [0], level=1 - case["loss"])).sum())

    assert crews(case["load"] * 0.995) == case["servers"]
    assert crews(case["load"] * 1.005) == case["servers"] + 1


@settings(max_examples=30)
@given(st.floats(0.01, 6), st.floats(0.5, 0.99), st.integers(0, 3))
def test_the_fewest_crews_leave_a_call_unmet_no_more_often_than_erlang_says_and_one_fewer_would(load, level, least):
    work = make_work([[0.0]], [load], [np.nan])
    crews = int(crews_of(make_aim(work, [0], [0], level=level, least=least)).sum())
    assert crews >= least
    assert erlang_b(crews, load) <= 1 - level + 1e-9
    assert crews == least or erlang_b(crews - 1, load) > 1 - level - 1e-9


def test_the_target_is_the_standard_or_what_the_assurance_level_makes_of_what_a_base_can_reach():
    # Area 0 has 1 call in 4 beyond its 20 minutes, area 1 none.
    work = make_work([[5, 90], [25, 90], [90, 10]], [0.3, 0.1, 0.2], [20, 20, 30])
    aim = make_aim(work, [0, 0, 1], [0, 1], share=0.8)
    assert aim.attainable == pytest.approx([0.75, 1.0])
    assert aim.target == pytest.approx([0.9 * 0.75, 0.8])
    assert make_aim(work, [0, 0, 1], [0, 1], share=0.6).target == pytest.approx([0.6, 0.6])


def test_calls_that_no_base_can_reach_ask_for_no_crews():
    near = make_work([[5.0], [90.0]], [0.2, 0.0], [20, 20])
    far = make_work([[5.0], [90.0]], [0.2, 0.2], [20, 20])
    assert make_aim(far, [0, 1], [0], share=0.8).target.tolist() == pytest.approx([0.8, 0.0])
    assert crews_of(make_aim(far, [0, 1], [0], share=0.8, least=0)).tolist() == [2]
    assert crews_of(make_aim(near, [0, 1], [0], share=0.8, least=0)).tolist() == [1]
    nobody = make_work([[90.0]], [0.5], [20])
    assert crews_of(make_aim(nobody, [0], [0], share=0.8, least=0)).tolist() == [0]
    assert crews_of(make_aim(nobody, [0], [0], share=0.8, least=2)).tolist() == [2]


def test_crews_stand_where_the_calls_are():
    work = make_work([[5, 40], [40, 5]], [0.05, 1.5], [15, 15], scene=(2.0,))
    crews = crews_of(make_aim(work, [0, 1], [0, 1], share=0.8))
    assert crews[1] > crews[0] >= 1


def test_no_posting_of_a_small_force_has_fewer_crews_than_the_search_finds():
    aims = [aim for aim in map(make_random, range(60)) if fewest(aim).sum() <= MOST_TRIED]
    assert len(aims) >= 40
    for aim in aims:
        found = int(crews_of(aim).sum())
        assert least_of_all(aim, found - 1) == found


@settings(max_examples=40)
@given(st.integers(100, 10_000))
def test_no_single_crew_of_the_answer_can_go(number):
    aim = make_random(number)
    crews = crews_of(aim)
    for base in np.flatnonzero(crews):
        fewer = crews.copy()
        fewer[base] -= 1
        assert aim.failed(fewer).any()


@settings(max_examples=25, derandomize=True)
@given(st.integers(100, 10_000), st.floats(1.0, 4.0), st.floats(0.3, 0.9), st.floats(0.0, 0.09))
def test_more_demand_or_a_stricter_standard_never_needs_fewer_crews(number, factor, share, more):
    plain = int(crews_of(make_random(number, share=share)).sum())
    assert int(crews_of(make_random(number, share=share, factor=factor)).sum()) >= plain
    assert int(crews_of(make_random(number, share=share + more)).sum()) >= plain


def test_two_crews_give_way_to_one_between_them():
    # A crew at either end reaches its own zone only, one in the middle both.
    work = make_work([[5, 50, 15], [50, 5, 15]], [0.001, 0.001], [20, 20])
    aim = make_aim(work, [0, 0], [0, 0, 0], share=0.9, level=0.95)
    assert search.exchanged(aim, np.array([1, 1, 0])).tolist() == [0, 0, 1]
    assert search.exchanged(aim, np.array([0, 0, 1])) is None
    assert crews_of(aim).tolist() == [0, 0, 1]


def test_the_search_ends_where_the_exact_model_can_hold_no_more(monkeypatch):
    work = make_work([[5.0, 6.0]], [4.0], [20])
    aim = make_aim(work, [0], [0, 0], share=0.8)
    assert fewest(aim).sum() > 4
    monkeypatch.setattr(search, "MOST_COMBINATIONS", 5)
    crews = fewest(make_aim(work, [0], [0, 0], share=0.8))
    assert np.prod(crews + 1) <= 5
    assert aim.failed(crews).all()


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_crews_meet_the_aim_where_they_fail_no_area(number, crews):
    aim = make_random(number)
    crews = np.array(crews[: aim.places.bases.shape[1]], np.int64)
    assert aim.meets(crews[np.newaxis]).tolist() == [not aim.failed(crews).any()]
    assert aim.total(crews) == pytest.approx(np.nansum(aim.shares(crews)))


def test_another_standard_or_assurance_level_asks_for_nothing_to_be_solved_again(monkeypatch):
    solved = []
    monkeypatch.setattr(scores, "answered", lambda *given: solved.append(given) or answered(*given))
    monkeypatch.setattr(scores, "who_answers", lru_cache(9)(scores.who_answers.__wrapped__))
    crews, work = np.array([1, 2]), make_work([[5, 50], [30, 12]], [0.3, 0.2], [20, 20])
    shares = [make_aim(work, [0, 1], [0, 1], level=level).shares(crews) for level in (0.9, 0.5)]
    longer = replace(work, standard=np.array([60.0, 60.0]))
    wider = make_aim(longer, [0, 1], [0, 1]).shares(crews)
    assert len(solved) == 1
    assert (shares[0] == shares[1]).all()
    assert (wider > shares[0]).all()
    make_aim(work, [0, 1], [0, 1], factor=1.1).shares(crews)
    make_aim(work, [0, 1], [0, 1]).shares(np.array([2, 1]))
    assert len(solved) == 3


def test_postings_of_a_force_of_many_zones_and_bases_are_not_remembered(monkeypatch):
    work, crews = make_work([[5, 50], [30, 12]], [0.3, 0.2], [20, 20]), np.array([1, 2])
    remembered = make_aim(work, [0, 1], [0, 1]).shares(crews)
    monkeypatch.setattr(scores, "REMEMBERED", 3)
    before = scores.who_answers.cache_info()
    assert (make_aim(work, [0, 1], [0, 1]).shares(crews) == remembered).all()
    assert scores.who_answers.cache_info() == before


# --------------------------------------------------------------------------------------------------------------- frames


def required(tables=None, rates=None, slices=LIKELY, **options):
    """Return both frames for the small force of the deployment chapter."""
    tables, rates = make_tables() if tables is None else tables, make_rates(0.1) if rates is None else rates
    return deployment.crews_required(tables, rates, slices, make_scenario(), **options)


def test_crews_by_base_add_up_to_those_of_the_areas_and_stand_beside_the_roster():
    bases, areas = required()
    assert len(bases) == 2 * len(BLOCKS) == len(areas)
    homes = bases.merge(make_tables()["bases"][["base_id", "area_id"]], on="base_id")
    for end in ("", "_low", "_high"):
        by_area = homes.groupby(["area_id", "block"])[f"crews_required{end}"].sum()
        assert areas.set_index(["area_id", "block"])[f"crews_needed{end}"].to_dict() == by_area.to_dict()
    rostered = make_tables()["crews"].set_index(["block", "base_id"])["crews"]
    assert bases.set_index(["block", "base_id"])["crews_rostered"].to_dict() == rostered.to_dict()
    assert (areas["expected"] >= areas["target"] - 1e-9).all()
    short = areas.loc[areas["crews_rostered"] == 0]
    assert len(short) > 0
    assert (short["expected_rostered"] < short["target"]).all()


def test_the_range_lies_around_the_crews_required_and_can_be_left_out():
    wide = pd.DataFrame({"probability": [0.05, 0.95], "operations": [1.0, 1.0], "factor": [0.05, 4.0]})
    bases, areas = required(rates=make_rates(0.3), slices=wide)
    assert (bases["crews_required_low"] <= bases["crews_required"]).all()
    assert (bases["crews_required"] <= bases["crews_required_high"]).all()
    assert areas["crews_needed_low"].sum() < areas["crews_needed"].sum() <= areas["crews_needed_high"].sum()
    only, _ = required(rates=make_rates(0.3), slices=wide, ranged=False)
    for end in ("", "_low", "_high"):
        assert only[f"crews_required{end}"].tolist() == bases["crews_required"].tolist()


def test_demand_is_the_forecasts_at_the_assurance_level_and_as_expected_without_one():
    assert demand_factors(LIKELY, (0.05, 0.5, 0.95)) == pytest.approx([0.5, 1.0, 1.5])
    assert demand_factors(LIKELY.iloc[:0], (0.05, 0.95)) == [1.0, 1.0]
    _, areas = required(slices=LIKELY)
    _, plain = required(slices=LIKELY.iloc[:0])
    # 0.1 an hour of one-hour operations of two crews in each zone; 0.5 x 0.4 of other work in the first.
    assert plain.groupby("area_id")["offered_load"].first().to_dict() == pytest.approx({"N": 0.6, "S": 0.2})
    assert areas.groupby("area_id")["offered_load"].first().to_dict() == pytest.approx({"N": 0.8, "S": 0.3})


def test_demand_that_is_not_known_counts_as_nought():
    bases, areas = required(rates=make_rates(np.nan))
    nought, _ = required(rates=make_rates(0.0))
    assert bases["crews_required"].tolist() == nought["crews_required"].tolist()
    assert areas[["target", "expected", "offered_load"]].notna().all(axis=None)


def test_an_area_without_a_standard_asks_that_a_call_finds_a_crew_free():
    _, areas = required(make_tables(response_standards=make_tables()["response_standards"].iloc[:0]))
    assert areas[["standard", "standard_share"]].isna().all(axis=None)
    assert areas["target"].tolist() == pytest.approx([0.95] * len(areas))
    assert (areas["expected"] >= 0.95).all()


@pytest.mark.parametrize("name", ["areas", "zones", "bases", "crews", "response_standards", "other_work", "travel"])
def test_a_table_with_only_its_header_leaves_frames_with_their_columns(name):
    tables = make_tables()
    full = required(tables)
    rates = make_rates().iloc[:0] if name == "zones" else make_rates()
    for frame, other in zip(required({**tables, name: tables[name].iloc[:0]}, rates), full, strict=True):
        assert list(frame.columns) == list(other.columns)
    bases, areas = required({key: table.iloc[:0] for key, table in tables.items()}, make_rates().iloc[:0])
    assert bases.empty
    assert areas.empty


def test_what_was_given_is_left_as_it_was():
    given_ = (make_tables(), make_rates(0.1), LIKELY)
    before = copy.deepcopy(given_)
    required(*given_)
    for name, table in before[0].items():
        pd.testing.assert_frame_equal(given_[0][name], table)
    pd.testing.assert_frame_equal(given_[1], before[1])
    aim = make_random(1)
    crews = np.array([3] * aim.places.bases.shape[1])
    search.spared(aim, crews)
    search.enough(replace(aim, scored={}), crews)
    assert (crews == 3).all()


def test_the_worked_force_would_meet_every_target_with_the_crews_required_and_does_not_with_its_roster(assessed):
    areas = assessed.deployment.area_crews
    assert (areas["expected"] >= areas["target"] - 1e-9).all()
    assert (areas["target"] <= areas["standard_share"]).all()
    assert (areas["expected_rostered"] < areas["target"]).any()
    assert areas["crews_needed"].sum() == assessed.deployment.crews_required["crews_required"].sum()
