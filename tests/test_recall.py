"""What is worked out again, and what is not: answers kept under what was read of tables, scenario and the rest."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from apstra import recall as recall_of
from apstra.recall import COMPARED, MOST, Recall, plain


@pytest.fixture
def asked():
    """A recall and a list of what was worked out."""
    return Recall(), []


TABLES = {"crews": pd.DataFrame({"crews": [1, 2]}), "posts": pd.DataFrame({"posts": [3]})}


def test_an_answer_is_worked_out_once_and_is_the_same_object(asked):
    recall, done = asked
    double = lambda frame: done.append("x") or frame * 2  # noqa: E731
    first = recall(double, TABLES["crews"])
    assert recall(double, TABLES["crews"]) is first
    assert (len(done), first["crews"].tolist()) == (1, [2, 4])


def test_plain_remembers_nothing():
    done = []
    work = lambda one: done.append(one) or one  # noqa: E731
    assert (plain(work, 1), plain(work, 1), done) == (1, 1, [1, 1])


def test_only_a_table_that_was_read_makes_it_work_again(asked):
    recall, done = asked
    work = lambda tables: done.append("x") or int(tables["crews"]["crews"].sum())  # noqa: E731
    assert recall(work, TABLES) == 3
    assert recall(work, TABLES | {"posts": pd.DataFrame({"posts": [9]})}) == 3
    assert len(done) == 1
    assert recall(work, TABLES | {"crews": pd.DataFrame({"crews": [5]})}) == 5
    assert recall(work, TABLES) == 3
    assert len(done) == 2


def test_a_table_that_is_asked_for_and_then_is_there_counts_as_read(asked):
    recall, done = asked
    work = lambda tables: done.append("x") or len(dict(tables))  # noqa: E731
    assert recall(work, TABLES) == 2
    assert recall(work, {**TABLES, "posts": TABLES["posts"].assign(posts=4)}) == 2
    assert len(done) == 2


def test_an_equal_table_of_another_identity_counts_as_the_same(asked):
    recall, done = asked
    work = lambda frame: done.append("x") or len(frame)  # noqa: E731
    recall(work, TABLES["crews"])
    recall(work, TABLES["crews"].copy())
    assert len(done) == 1
    recall(work, TABLES["crews"].assign(crews=[1, 3]))
    assert len(done) == 2


def test_two_tables_are_compared_once_however_many_functions_ask(asked, monkeypatch):
    recall, done = asked
    compared, equals = [], pd.DataFrame.equals
    monkeypatch.setattr(pd.DataFrame, "equals", lambda one, other: compared.append(1) or equals(one, other))
    works = [lambda frame, n=n: done.append(n) or len(frame) for n in range(4)]
    again = TABLES["crews"].copy()
    for frame in (TABLES["crews"], again):
        for work in works:
            recall(work, frame)
    assert (len(done), len(compared)) == (4, 1)


def test_of_tables_compared_only_the_newest_are_kept(asked, monkeypatch):
    recall, done = asked
    monkeypatch.setattr(recall_of, "PAIRS", 2)
    work = lambda frame: done.append("x") or len(frame)  # noqa: E731
    for number in range(6):
        recall(work, pd.DataFrame({"n": [number]}))
    assert (len(done), len(recall.compared)) == (6, 2)
    recall(work, pd.DataFrame({"n": [5]}))
    assert len(done) == 6


def test_fewer_or_more_arguments_or_others_in_kind_are_another_question(asked, scenario):
    recall, _ = asked
    given = {"tables": TABLES, "scenario": scenario, "frame": TABLES["crews"], "number": 3.0, "words": "crews"}

    def kind(one):
        if isinstance(one, Mapping):
            return "tables" if len(one["crews"]) else ""
        return "scenario" if hasattr(one, "seed") else type(one).__name__

    def kinds(*all_of_it):
        return [kind(one) for one in all_of_it]

    said = {"tables": "tables", "scenario": "scenario", "frame": "DataFrame", "number": "float", "words": "str"}
    for _ in range(2):
        for names in [names for number in (3, 1, 2, 0) for names in permutations(given, number)]:
            assert recall(kinds, *(given[name] for name in names)) == [said[name] for name in names]


def test_the_latest_answer_can_be_told(asked):
    recall, _ = asked
    assert recall.latest(len) is None
    recall(len, (1, 2))
    recall(len, (1, 2, 3))
    assert recall.latest(len) == 3
    recall(len, (1, 2))
    assert recall.latest(len) == 2


def test_beyond_the_newest_answers_only_the_same_object_is_recognised(asked):
    recall, done = asked
    work = lambda frame: done.append("x") or len(frame)  # noqa: E731
    frames = [pd.DataFrame({"n": [number]}) for number in range(COMPARED + 1)]
    for frame in frames:
        recall(work, frame)
    recall(work, frames[0])
    assert len(done) == COMPARED + 1
    for frame in frames[1:]:
        recall(work, frame)
    recall(work, frames[0].copy())
    assert len(done) == COMPARED + 2


def test_no_more_answers_are_kept_than_it_says(asked):
    recall, done = asked
    work = lambda number: done.append(number) or number  # noqa: E731
    for number in range(MOST + 1):
        recall(work, number)
    recall(work, 0)
    assert done[-1] == 0
    recall(work, MOST)
    assert len(done) == MOST + 2


def test_only_an_assumption_that_was_read_makes_it_work_again(asked, scenario):
    recall, done = asked
    work = lambda scenario: done.append("x") or scenario.value("demand_factor") * 2  # noqa: E731
    assert recall(work, scenario) == 2
    assert recall(work, scenario.with_values(annual_leave_days=50)) == 2
    assert len(done) == 1
    assert recall(work, scenario.with_values(demand_factor=1.5)) == 3
    assert len(done) == 2


def test_the_range_of_an_assumption_counts_too(asked, scenario):
    recall, done = asked
    work = lambda scenario: done.append("x") or scenario.three_point("circuity").high  # noqa: E731
    (plain_one,) = scenario.assumptions["circuity"]
    wide = replace(scenario, assumptions={**scenario.assumptions, "circuity": (replace(plain_one, high=9.0),)})
    assert (recall(work, wide), recall(work, scenario)) == (9.0, plain_one.high)
    assert len(done) == 2


def test_what_is_read_of_a_scenario_made_within_counts_as_read_of_the_one_given(asked, scenario):
    recall, done = asked
    work = lambda given: done.append("x") or given.with_values(circuity=2.0).value("circuity")  # noqa: E731
    assert recall(work, scenario) == 2
    recall(work, scenario.with_values(circuity=1.3))
    assert len(done) == 2


def test_settings_of_the_force_and_the_assurance_level_count_one_by_one(asked, scenario):
    recall, done = asked
    blocks = lambda given: done.append("blocks") or given.force.blocks.names  # noqa: E731
    level = lambda given: done.append("level") or given.assurance_level  # noqa: E731
    lower = scenario.with_values(assurance_level=0.7)
    assert (recall(level, scenario), recall(level, lower)) == (scenario.force.assurance_level, 0.7)
    recall(blocks, scenario)
    recall(blocks, lower)
    recall(blocks, replace(scenario, force=replace(scenario.force, name="Another")))
    assert done == ["level", "level", "blocks"]


def test_what_a_function_reads_through_another_that_is_remembered_it_has_read(asked, scenario):
    recall, done = asked
    inner = lambda tables, given: int(tables["crews"]["crews"].sum()) + given.value("demand_factor")  # noqa: E731

    def outer(tables, given):
        done.append("x")
        return recall(inner, tables, given) * 10

    assert recall(outer, TABLES, scenario) == 40
    assert recall(outer, TABLES, scenario) == 40
    assert recall(outer, {**TABLES, "crews": pd.DataFrame({"crews": [7]})}, scenario) == 80
    assert recall(outer, TABLES, scenario.with_values(demand_factor=2.0)) == 50
    assert recall(outer, {**TABLES, "posts": pd.DataFrame()}, scenario) == 40
    assert len(done) == 3


def test_numbers_words_and_arrays_count_by_what_they_hold(asked):
    recall, done = asked
    work = lambda array, words, pair: done.append("x") or (array.sum(), words, pair)  # noqa: E731
    recall(work, np.array([1.0, np.nan]), "one", (1, "a"))
    recall(work, np.array([1.0, np.nan]), "one", (1, "a"))
    assert len(done) == 1
    recall(work, np.array([1.0, 2.0]), "one", (1, "a"))
    recall(work, np.array([1.0, np.nan]), "two", (1, "a"))
    recall(work, np.array([1.0, np.nan]), "one", (1, "b"))
    assert len(done) == 4


def test_what_fails_is_not_remembered(asked):
    recall, done = asked

    def fails(_one):
        done.append("x")
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            recall(fails, 1)
    assert len(done) == 2
