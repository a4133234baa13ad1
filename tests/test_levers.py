"""What an analyst can change: every field of the worked force takes another value, tells it, and leaves no trace."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pandas as pd
import pytest
from conftest import make_scenario

from apstra.assessment.differences import edited, told
from apstra.assessment.live import live
from apstra.data.edits import unfit
from apstra.recall import Recall
from apstra.schema import Kind
from apstra.schema.edit import Edit
from apstra.workbench import field as fields_of
from apstra.workbench.field import Field, assumption_field, cell_field, edit_of
from apstra.workbench.levers import sections

CREWS = {"base_id": "carlisle", "block": "early-weekday-summer"}
ROLES = ("ARV", "OFC", "RO", "DOG", "TFC")


@pytest.fixture(scope="module")
def offered(worked):
    """Every field of every section, whatever is picked, by its name."""
    made = {}
    for section in sections(*worked):
        for chosen in product(*([key for _, key in choices] for _, choices in section.picks)):
            made |= {one.name: one for one in section.fields(chosen)}
    return made


@pytest.fixture(scope="module")
def figures(worked, assessed):
    """Return what works out the live figures of a scenario, with one memory."""
    recall = Recall()
    return lambda scenario: live(assessed, worked[0], scenario, recall)


def others(field):
    """Give values of a field other than that of the baseline: its ends, and one in between."""
    if field.kind is Kind.FLAG:
        return [not field.was]
    if field.kind is Kind.DATE:
        way = -1 if field.name.endswith("starts_on") else 1  # an event must not end before it starts
        return [str(date.fromisoformat(field.was) + timedelta(days=way * days)) for days in (1, 40)]
    middle = (field.low + field.high) / 2
    ends = [field.low, field.high, int(middle) if field.kind is Kind.INTEGER else middle]
    return [one for one in [*ends, *([None] if field.blank else [])] if one != field.was]


def test_the_worked_force_has_every_section_and_hundreds_of_fields(worked, offered):
    assert [one.name for one in sections(*worked)] == [
        "crews", "people", "abstraction", "standards", "demand", "events", "heightened", "agreements", "delays",
        "scores",
    ]  # fmt: skip
    bases, scores = len(worked[0]["bases"]), len(worked[0]["threat_scores"])
    assert sum(name.startswith("crews|") for name in offered) == 13 * bases
    assert sum(name.startswith("threat_scores|") for name in offered) == scores
    assert all(one.label and one.allowed and one.about for one in offered.values())


def test_an_event_that_is_over_is_a_fact_and_is_not_offered(worked, offered):
    calendar = worked[0]["calendar"]
    ahead = calendar.loc[calendar["ends_on"] >= pd.Timestamp(worked[1].as_at), "event_id"]
    assert 0 < len(ahead) < len(calendar)
    assert {name.split("|")[1] for name in offered if name.startswith("calendar|")} == set(ahead)


def test_every_field_takes_its_ends_says_so_and_set_back_leaves_the_scenario_as_it_was(worked, offered):
    tables, start = worked
    for field in offered.values():
        assert field.now(start) == field.was, field.name
        scenario = start
        for value in others(field):
            scenario = field.put(scenario, field.checked(value))
            assert field.now(scenario) == value, field.name
            assert len(told(scenario, tables)) > 0
        assert field.put(scenario, field.checked(field.was)) == start, field.name


def test_whatever_a_field_changes_fits_the_tables_and_can_be_made_in_them(worked, offered):
    tables, start = worked
    tried = set()
    for field in offered.values():
        kind = (field.name.split("|")[0], field.name.split("|")[-1])
        if kind not in tried and field.kind is not Kind.DATE and others(field):
            tried.add(kind)
            scenario = field.put(start, field.checked(others(field)[-1]))
            assert unfit(tables, scenario) == [], field.name
            edited(tables, scenario)
    assert len(tried) > 20


def test_fields_changed_one_after_the_other_keep_each_others_values(worked, offered):
    _, start = worked
    some = [offered[name] for name in (
        "crews|carlisle|every", "officers|ARV", "currency|ARV", "posts|ARV|carlisle|established", "assurance_level",
        "response_standards|north|spontaneous|minutes", "response_standards|north|spontaneous|share",
        "agreements|AG01|notice", "agreements|AG01|officers", "calendar|EV10|demand_factor", "demand_factor",
    )]  # fmt: skip
    scenario, values = start, {}
    for field in some:
        values[field.name] = others(field)[-1]
        scenario = field.put(scenario, field.checked(values[field.name]))
    assert {field.name: field.now(scenario) for field in some} == values
    for field in some:
        scenario = field.put(scenario, field.was)
    assert scenario == start


REFUSED = [
    ("crews|carlisle|early-weekday-summer|crews", 10, "a whole number from 0 to 9 crews, not 10"),
    ("crews|carlisle|early-weekday-summer|crews", 1.5, "a whole number from 0 to 9 crews, not 1.5"),
    ("crews|carlisle|early-weekday-summer|crews", "two", "a whole number from 0 to 9 crews, not two"),
    ("crews|carlisle|early-weekday-summer|crews", None, "a whole number from 0 to 9 crews, not None"),
    ("demand_factor", float("nan"), "a number from 0.05 to 10 ratio, not nan"),
    ("demand_factor", float("inf"), "a number from 0.05 to 10 ratio, not inf"),
    ("demand_factor", True, "a number from 0.05 to 10 ratio, not True"),
    ("assurance_level", 1, "a number from 0.01 to 0.999 probability, not 1"),
    ("response_standards|north|spontaneous|share", -0.1, "a number from 0 to 1 share, not -0.1"),
    ("threat_scores|TH01|S1|physical|score", 6, "a number from 0 to 5 score, not 6"),
    ("calendar|EV10|ends_on", "31/05/2027", "a date such as 2027-05-31, not 31/05/2027"),
    ("calendar|EV10|ends_on", "2027-02-30", "a date such as 2027-05-31, not 2027-02-30"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "words"), REFUSED)
def test_a_value_it_may_not_have_is_refused_with_what_is_allowed(offered, name, value, words):
    with pytest.raises(ValueError, match=r"from|such as") as refused:
        offered[name].checked(value)
    assert str(refused.value) == f"{offered[name].label}: {words}"


def test_what_a_table_holds_already_is_never_out_of_range(worked):
    tables, scenario = worked
    rows = tables["crews"].copy()
    rows.loc[rows["base_id"] == "carlisle", "crews"] = 12
    (section,) = (one for one in sections({**tables, "crews": rows}, scenario) if one.name == "crews")
    every, first, *_ = section.fields(["carlisle"])
    assert (first.was, first.high, first.checked(12)) == (12, 12, 12)
    assert (every.low, every.high) == (-12, 0)


def test_crews_are_added_in_every_block_and_never_below_none(worked, offered):
    tables, start = worked
    here = tables["crews"].loc[tables["crews"]["base_id"] == "carlisle"].set_index("block")["crews"]
    every = offered["crews|carlisle|every"]
    for value in (2, -1, -2, 8):
        rows = edited(tables, every.put(start, value))["crews"]
        now = rows.loc[rows["base_id"] == "carlisle"].set_index("block")["crews"]
        assert now.to_dict() == (here + value).clip(0, 9).to_dict()
    one = offered["crews|carlisle|early-weekday-summer|crews"].put(start, 7)
    assert every.now(one) == 0  # uneven: not that many in every block


def test_a_base_without_a_row_of_crews_gets_one_and_loses_it_again(worked):
    tables, start = worked
    rows = tables["crews"]
    bare = {**tables, "crews": rows.loc[rows["base_id"] != "kendal"].reset_index(drop=True)}
    (section,) = (one for one in sections(bare, start) if one.name == "crews")
    field = section.fields(["kendal"])[1]
    scenario = field.put(start, 2)
    assert (field.was, field.now(scenario)) == (0, 2)
    (edit,) = scenario.edits
    assert edit.add == {"base_id": "kendal", "block": "early-weekday-summer", "crews": 2, "officers_per_crew": 2}
    assert unfit(bare, scenario) == []
    assert field.put(scenario, 0) == start


def strength(figures, scenario, role):
    position = figures(scenario).chapters.capability.position.set_index("role")
    return position.loc[role, "deployable"]


@pytest.mark.parametrize("role", ROLES)
def test_officers_added_taken_away_or_lapsed_change_the_strength_by_exactly_so_many(worked, offered, figures, role):
    tables, start = worked
    before = strength(figures, start, role)
    officers, lapses = offered[f"officers|{role}"], offered[f"currency|{role}"]
    assert -officers.low == lapses.high == before
    for field, value, change in ((officers, 3, 3), (officers, -2, -2), (lapses, 2, -2)):
        scenario = field.put(start, value)
        assert unfit(tables, scenario) == []
        assert strength(figures, scenario, role) == before + change


def test_an_officer_added_is_made_up_and_current_in_every_module_of_the_role(worked, offered):
    tables, start = worked
    scenario = offered["officers|ARV"].put(start, 2)
    asked = set(tables["modules"].loc[tables["modules"]["role"] == "ARV", "module"])
    people = edited(tables, scenario)
    new = people["officers"].loc[people["officers"]["officer_id"].str.startswith("NEW-")]
    assert new["officer_id"].tolist() == ["NEW-ARV-01", "NEW-ARV-02"]
    assert set(new["provenance"]) == {"illustrative"}
    held = people["currency"].loc[people["currency"]["officer_id"] == "NEW-ARV-01"]
    assert set(held["module"]) == asked
    assert (held["valid_until"].dt.date > start.as_at).all()


def test_lapses_and_officers_of_two_roles_do_not_touch_each_other(worked, offered, figures):
    tables, start = worked
    scenario = start
    asked = {"officers|ARV": 3, "currency|ARV": 2, "officers|RO": -1, "currency|RO": 1}
    for name, value in asked.items():
        scenario = offered[name].put(scenario, value)
    assert {name: offered[name].now(scenario) for name in asked} == asked
    assert unfit(tables, scenario) == []
    assert strength(figures, scenario, "ARV") == strength(figures, start, "ARV") + 1
    assert strength(figures, scenario, "RO") == strength(figures, start, "RO") - 2


def test_shortest_and_longest_notice_move_with_the_most_likely(worked, offered):
    tables, start = worked
    was = tables["agreements"].set_index("agreement_id").loc["AG01", ["notice_low", "notice_mode", "notice_high"]]
    scenario = offered["agreements|AG01|notice"].put(start, 3 * was["notice_mode"])
    (edit,) = scenario.edits
    assert edit.set == {name: 3 * value for name, value in was.items()}
    rows = tables["agreements"].copy()
    rows.loc[rows["agreement_id"] == "AG01", ["notice_low", "notice_mode"]] = 0.0
    (section,) = (one for one in sections({**tables, "agreements": rows}, start) if one.name == "agreements")
    field = section.fields(["AG01"])[1]
    (edit,) = field.put(start, 10).edits
    assert edit.set == {"notice_low": 10, "notice_mode": 10, "notice_high": was["notice_high"] + 10}


@pytest.mark.parametrize("name", ["agreements|AG01|notice", "agreements|AG01|officers"])
def test_an_agreement_that_does_not_count_is_brought_back_before_it_is_changed(worked, offered, name):
    start = worked[1]
    off = offered["agreements|AG01|on"].put(start, value=False)
    assert edit_of(off, "agreements", {"agreement_id": "AG01"}).remove
    with pytest.raises(ValueError, match=r"let it count first|bring it back first"):
        offered[name].put(off, 5)
    assert offered["agreements|AG01|on"].put(off, value=True) == start


def test_a_force_that_has_entered_nothing_is_offered_assumptions_alone(worked):
    tables, scenario = worked
    nothing = {name: frame.iloc[:0] for name, frame in tables.items()}
    assert [one.name for one in sections(nothing, scenario)] == ["abstraction", "demand", "heightened", "delays"]


def test_a_change_of_an_assumption_is_a_difference_and_nothing_else():
    start = make_scenario()
    field = assumption_field("sickness_share", fields_of.STRENGTH, start)
    assert field.put(start, 0.1) == replace(start, changes={"sickness_share": 0.1})
    assert field.put(field.put(start, 0.1), 0.05).changes == {}
    assert isinstance(field, Field)


def test_the_field_of_a_cell_says_what_the_table_declares(worked):
    field = cell_field(worked[0], "crews", CREWS, "crews", fields_of.COVER, most=9)
    assert (field.label, field.unit, field.low, field.high) == ("Crews on duty", "crews", 0, 9)


def test_an_officer_a_scenario_only_moves_counts_as_there_and_is_still_moved_when_taken_away(worked, offered):
    start, field = worked[1], offered["officers|ARV"]
    last = next(iter(field.put(start, -1).edits)).key
    moved = replace(start, edits=(Edit("officers", last, set={"base_id": "kendal"}),))
    assert field.now(moved) == 0
    away = field.put(moved, -1)
    assert [(one.key, one.set) for one in away.edits] == [(last, {"base_id": "kendal", "status": "other"})]
    assert field.put(away, 0) == moved
