"""Postings solved beside other work have the scores they would have had, and a search finds them solved."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from test_deployment import LIKELY, make_rates, make_tables
from test_fewest import make_random

from apstra.deployment import aim as scores
from apstra.deployment import foresight, together
from apstra.deployment.aim import Aim, who_answers
from apstra.deployment.availability import AGREEMENT, ROUNDS, Availability, answered, known_of, remembered
from apstra.deployment.fewest import crews_required, fewest, likely_tried
from apstra.queueing.committed import settle, settle_each
from apstra.recall import Recall
from apstra.uncertainty import random_stream

AGAIN = ("weights", "attainable", "target", "helps")


@pytest.fixture
def refused(monkeypatch):
    """Let nothing be solved from now on but what is foreseen."""

    def refuse():
        def fail(_calls, crews):
            pytest.fail(f"{crews} was solved again")

        monkeypatch.setattr(scores, "answered", fail)

    who_answers.cache_clear()
    return refuse


def unscored(aim: Aim) -> Aim:
    """Return the same aim, nothing scored."""
    return Aim(**{one.name: getattr(aim, one.name) for one in fields(Aim)} | {"scored": {}})


def postings(aim: Aim, number: int) -> list[bytes]:
    """Return postings of up to three crews at each base, drawn at random."""
    rng = random_stream(2026, "test", "foresight")
    return [crews.tobytes() for crews in rng.integers(0, 4, (number, aim.places.bases.shape[1]))]


def crews_of(posting: bytes) -> np.ndarray:
    return np.frombuffer(posting, np.int64)


def test_several_postings_are_settled_together_to_the_last_digit_as_one_by_one():
    aims = [make_random(7), make_random(7, factor=1.5)]
    units = np.array([crews_of(one) for one in postings(aims[0], 12)]) + 1
    of = np.arange(len(units)) % 2
    found = together.room(units, len(aims[0].calls.journey))
    settle_each(together.stack([aim.calls for aim in aims]), of, units, AGREEMENT, ROUNDS, found)
    for number, crews in enumerate(units):
        alone = settle(aims[of[number]].calls.arrays, crews, np.zeros(crews.size), AGREEMENT, ROUNDS)
        for every, one in zip(found, alone, strict=True):
            assert (every[number][tuple(slice(n) for n in np.shape(one))] == one).all()


@pytest.mark.parametrize("number", range(8))
def test_a_search_that_was_foreseen_solves_nothing_and_finds_the_same(number, refused):
    aim = make_random(number)
    crews = fewest(aim)
    then, before = unscored(aim), dict(aim.scored)
    who_answers.cache_clear()
    refused()
    with foresight.foreseen([(then, list(before))]):
        assert not then.scored
    assert (fewest(then) == crews).all()
    assert then.scored.keys() == before.keys()
    assert all((then.scored[key] == shares).all() for key, shares in before.items())


def test_what_is_known_of_the_same_calls_is_not_solved_again(monkeypatch, refused):
    aim, crews = make_random(3), postings(make_random(3), 5)
    with foresight.foreseen([(aim, crews)]):
        pass
    refused()
    monkeypatch.setattr(foresight, "Thread", lambda **_: pytest.fail("a thread for nothing"))
    other = unscored(aim)
    with foresight.foreseen([(other, crews)]):
        pass
    assert other.scored.keys() == aim.scored.keys()
    with foresight.foreseen([]):
        pass


def test_what_takes_too_many_states_or_does_not_agree_is_left_to_the_search(monkeypatch, refused):
    aim, crews = make_random(3), postings(make_random(3), 12)
    monkeypatch.setattr(foresight, "DIRECT", 8)
    with foresight.foreseen([(aim, crews)]):
        pass
    small = {one for one in crews if 1 < np.prod(crews_of(one) + 1) <= 8}
    assert small
    assert small < set(crews)
    assert aim.scored.keys() == small
    who_answers.cache_clear()
    monkeypatch.setattr(foresight, "AGREEMENT", 0.0)
    never = unscored(aim)
    with foresight.foreseen([(never, crews)]):
        pass
    assert not never.scored
    assert (never.shares(crews_of(crews[0])) == unscored(aim).shares(crews_of(crews[0]))).all()


def test_work_that_fails_meanwhile_fails_as_it_would_alone(refused):
    aim = make_random(3)
    with pytest.raises(ZeroDivisionError), foresight.foreseen([(aim, postings(aim, 5))]):
        raise ZeroDivisionError
    refused()
    assert not aim.scored


def test_a_page_foresees_what_the_last_search_tried_and_nothing_else():
    recall, scenario, tables = Recall(), make_scenario(), make_tables()
    now, then = make_rates(0.1), make_rates(0.11)
    assert not likely_tried(tables, now, LIKELY, scenario, recall)
    crews_required(tables, now, LIKELY, scenario, recall=recall)
    assert not likely_tried(tables, now, LIKELY, scenario, recall)
    asked = likely_tried(tables, then, LIKELY, scenario, recall)
    assert sum(len(each) for _, each in asked) > len(asked) > 0
    assert not any(aim.scored for aim, _ in asked)
    with foresight.foreseen(asked):
        pass
    assert all(aim.scored for aim, each in asked if each)
    for found, alone in zip(
        crews_required(tables, then, LIKELY, scenario, recall=recall),
        crews_required(tables, then, LIKELY, scenario),
        strict=True,
    ):
        pd.testing.assert_frame_equal(found, alone, check_exact=True)


def test_another_number_of_bases_foresees_nothing():
    recall, scenario, tables = Recall(), make_scenario(), make_tables()
    crews_required(tables, make_rates(0.1), LIKELY, scenario, recall=recall)
    fewer = tables | {"bases": tables["bases"].iloc[:1], "crews": tables["crews"].iloc[:0]}
    assert not likely_tried(fewer, make_rates(0.11), LIKELY, scenario, recall)


def test_the_first_of_a_posting_is_what_the_exact_model_says():
    aim, crews = make_random(5), np.array([2, 1, 1, 1][: make_random(5).places.bases.shape[1]])
    with foresight.foreseen([(aim, [crews.tobytes()])]):
        pass
    assert (who_answers(aim.calls)[crews.tobytes()] == answered(aim.calls, crews).first).all()


def test_a_force_without_bases_or_with_too_many_foresees_nothing(monkeypatch):
    aim, crews = make_random(3), postings(make_random(3), 5)
    monkeypatch.setattr(foresight, "Thread", lambda **_: pytest.fail("a thread for nothing"))
    nowhere = replace(aim, calls=replace(aim.calls, journey=np.zeros((0, 0))))
    with foresight.foreseen([(nowhere, [b""])]):
        pass
    monkeypatch.setattr(foresight, "REMEMBERED", aim.calls.journey.size - 1)
    with foresight.foreseen([(aim, crews)]):
        pass
    assert not aim.scored
    assert not nowhere.scored


# ------------------------------------------------------------------------------------------------- found together


@pytest.fixture
def asked():
    """Return calls of two levels of demand with several postings of each, none remembered."""
    known_of.cache_clear()
    aims = [make_random(7), make_random(7, factor=1.5)]
    return [(aim.calls, crews_of(one)) for aim in aims for one in postings(aims[0], 12)]


def test_postings_found_together_are_those_found_alone_to_the_last_digit(asked):
    together.solve_together(asked)
    for calls, crews in asked:
        alone = answered(calls, crews)
        known = known_of(calls, crews.tobytes())
        assert len(known) == (1 if crews.any() else 0)
        for found in known:
            for one in fields(Availability):
                assert np.array_equal(getattr(found, one.name), getattr(alone, one.name)), one.name
                assert one.name == "crews" or not getattr(found, one.name).flags.writeable


def test_what_is_known_unknown_demand_or_too_large_is_not_found_together(asked, monkeypatch):
    remembered(*asked[0])
    blank = replace(asked[1][0], content=b"blank", firearms=asked[1][0].firearms * np.nan)
    monkeypatch.setattr(together, "DIRECT", 16)
    filled = []
    fill = together.fill
    monkeypatch.setattr(together, "fill", lambda *given: filled.append(len(given[2])) or fill(*given))
    together.solve_together([*asked, (blank, asked[1][1])])
    dense = {(calls, crews.tobytes()) for calls, crews in asked[1:] if 1 < np.prod(crews + 1) <= 16}
    assert sum(filled) == len(dense - {(asked[0][0], asked[0][1].tobytes())}) >= together.FEWEST
    assert not known_of(blank, asked[1][1].tobytes())


def test_a_few_postings_are_left_to_be_found_one_by_one(asked, monkeypatch):
    monkeypatch.setattr(together, "fill", lambda *_: pytest.fail("a loop for a few"))
    together.solve_together(asked[: together.FEWEST - 1])
    together.solve_together([])
