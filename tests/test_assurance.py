"""Obligations: each rule answers from evidence, and what the tables do not hold reads "cannot tell"."""

from dataclasses import replace

import pandas as pd
import pytest

from apstra import assurance
from apstra.assessment import assess_chapters


@pytest.fixture(scope="session")
def chapters(worked):
    return assess_chapters(*worked)


def verdict(chapters, rule):
    return assurance.RULES[rule](chapters)


@pytest.mark.parametrize(
    ("done", "of", "status"), [(0, 0, "cannot tell"), (0, 5, "not met"), (2, 5, "partly"), (5, 5, "met")]
)
def test_all_is_met_some_is_partly_none_is_not_met_and_of_nothing_cannot_be_told(done, of, status):
    assert assurance.graded(done, of, "things")[0] == status


def test_every_obligation_gets_a_status_and_its_evidence(chapters):
    obligations = chapters.tables["obligations"]
    answered = assurance.assess_obligations(obligations, chapters)
    assert len(answered) == len(obligations) >= 26
    assert set(answered["status"]) <= set(assurance.STATUSES)
    assert (answered["evidence"].str.len() > 10).all()
    assert "status" not in obligations.columns


def test_an_unknown_rule_is_refused_by_name(chapters):
    wrong = chapters.tables["obligations"].assign(rule="no_such_rule")
    with pytest.raises(ValueError, match="not 'no_such_rule'"):
        assurance.assess_obligations(wrong, chapters)


def emptied(chapters, table):
    return replace(chapters, tables={**chapters.tables, table: chapters.tables[table].iloc[:0]})


@pytest.mark.parametrize(
    ("rule", "table"),
    [
        ("reviewed_six_monthly", "risks"),
        ("monitored_continually", "triggers"),
        ("requirement_traced", "threats"),
        ("evidence_graded", "threats"),
    ],
)
def test_without_rows_a_rule_cannot_tell(chapters, rule, table):
    assert verdict(chapters, rule)[0] != "cannot tell"
    assert verdict(emptied(chapters, table), rule)[0] == "cannot tell"


def with_frame(chapters, chapter, name, frame):
    return replace(chapters, **{chapter: replace(getattr(chapters, chapter), **{name: frame})})


@pytest.mark.parametrize(
    ("rule", "chapter", "name"),
    [
        ("equipment_approved", "capability", "equipment"),
        ("less_lethal_assessed", "capability", "equipment"),
        ("engagement_done", "engagement", "advice"),
        ("lessons_closed", "learning", "chain"),
        ("licence_current", "capability", "estate"),
        ("requirement_covered", "capability", "position"),
        ("specialist_command_cover", "capability", "command"),
        ("recommendations_answered", "learning", "recommendations"),
        ("incidents_reviewed", "learning", "coverage"),
        ("exercises_held", "learning", "exercises"),
        ("training_current", "capability", "currency"),
        ("operations_logged", "demand", "completeness"),
        ("arv_tracking", "demand", "completeness"),
    ],
)
def test_a_chapter_without_rows_leaves_its_rule_unable_to_tell(chapters, rule, chapter, name):
    frame = getattr(getattr(chapters, chapter), name)
    assert verdict(chapters, rule)[0] != "cannot tell"
    assert verdict(with_frame(chapters, chapter, name, frame.iloc[:0]), rule)[0] == "cannot tell"


def test_less_lethal_options_without_a_requirement_are_not_assessed(chapters):
    items = chapters.capability.equipment.assign(required=float("nan"))
    assert verdict(with_frame(chapters, "capability", "equipment", items), "less_lethal_assessed")[0] == "not met"


def test_a_shortfall_in_one_role_leaves_the_requirement_covered_in_part_only(chapters):
    position = chapters.capability.position.assign(shortfall=0.0)
    assert verdict(with_frame(chapters, "capability", "position", position), "requirement_covered")[0] == "met"
    position.loc[position.query("required > 0").index[0], "shortfall"] = 3.0
    assert verdict(with_frame(chapters, "capability", "position", position), "requirement_covered")[0] in {
        "partly",
        "not met",
    }


def test_a_departure_without_a_threat_as_evidence_is_not_justified(chapters):
    bare = pd.DataFrame({"threat_id": [None], "review_on": [pd.Timestamp("2027-01-01")]})
    departed = replace(chapters, tables={**chapters.tables, "departures": bare})
    assert verdict(departed, "departures_justified")[0] == "not met"
    assert verdict(emptied(chapters, "departures"), "departures_justified")[0] == "met"


def test_the_checklist_of_the_code_is_the_forces_to_answer(chapters):
    assert verdict(chapters, "code_checklist")[0] == "cannot tell"


def test_stale_evidence_is_no_evidence(chapters):
    old = chapters.tables["threats"].assign(evidence_on=pd.Timestamp("2001-01-01"))
    assert verdict(replace(chapters, tables={**chapters.tables, "threats": old}), "evidence_graded")[0] == "not met"


def test_a_responsibility_left_open_is_noticed(chapters):
    force = replace(chapters.scenario.force, responsible={"author": "Analyst"})
    alone = replace(chapters, scenario=replace(chapters.scenario, force=force))
    assert verdict(alone, "roles_named") == ("partly", "1 of 5 responsibilities are given to a role.")
