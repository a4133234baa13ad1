"""The register: positions and levels, its faults, and the risks it lacks."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from apstra import risk
from apstra.report import risk as report
from apstra.schema import TABLES

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "risk.yaml").read_text(encoding="utf-8"))
SOUND = {
    "risk_id": "R1",
    "kind": "risk",
    "title": "Too few crews at night",
    "cause": "Vacancies",
    "consequence": "Late response",
    "threat_id": None,
    "owner": "Head of armed policing",
    "opened_on": "2024-01-01",
    "inherent_likelihood": 4,
    "inherent_impact": 3,
    "current_likelihood": 3,
    "current_impact": 3,
    "target_likelihood": 2,
    "target_impact": 3,
    "confidence": "moderate",
    "treatment": "treat",
    "state": "treating",
    "review_on": "2026-12-01",
    "reviewed_on": "2026-09-01",
    "accepted_by": None,
    "accepted_until": None,
    "origin": None,
    "number": None,
    "evidence": None,
    "merged_into": None,
    "split_from": None,
    "times_reopened": None,
    "closing_proposed": None,
}
CONTROL = {"owner": "Planning officer", "title": "Recruit", "due_on": "2027-03-31", "effect": "More crews"}
DATES = ("opened_on", "review_on", "reviewed_on", "accepted_until", "due_on")
SCORES = [f"{position}_{axis}" for position in risk.POSITIONS for axis in ("likelihood", "impact")]
COUNTS = ("number", "times_reopened")


def typed(frame):
    for column in frame.columns.intersection([*DATES]):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    for column in frame.columns.intersection([*SCORES, *COUNTS]):
        frame[column] = frame[column].astype("float64")
    text = frame.columns.difference([*DATES, *SCORES, *COUNTS])
    return frame.astype(dict.fromkeys(text, "str")).where(frame.notna())


def make_risks(*changes):
    rows = [{**SOUND, "risk_id": f"R{i}", "title": f"Title {i}", **change} for i, change in enumerate(changes, 1)]
    return typed(pd.DataFrame(rows, columns=list(SOUND)))


def make_controls(*changes):
    rows = [{"control_id": f"C{i}", "risk_id": "R1", **CONTROL, **change} for i, change in enumerate(changes, 1)]
    return typed(pd.DataFrame(rows, columns=["control_id", "risk_id", "title", "status", "owner", "due_on", "effect"]))


def make_findings(*keys, **columns):
    defaults = {
        "key": list(keys),
        "title": "Fewer deployable than required",
        "cause": "cause",
        "consequence": "consequence",
        "threat_id": None,
        "likelihood": 5,
        "impact": 4,
        "number": 1.0,
        "evidence": "evidence",
    }
    return pd.DataFrame({**defaults, **columns})


PLANS = ({"status": "existing", "title": "Overtime"}, {"status": "planned"})


@pytest.mark.parametrize("case", CASES["levels"])
def test_level_agrees_with_the_matrix_worked_by_hand(case, scenario):
    pair = [pd.Series([case[axis]], dtype="float64") for axis in ("likelihood", "impact")]
    found = risk.level(*pair, scenario.scheme).iloc[0]
    assert found == case["level"] if case["level"] else pd.isna(found)


@pytest.mark.parametrize("case", CASES["lint"], ids=lambda case: case["name"])
def test_an_entry_breaks_exactly_the_rules_it_should(case, scenario):
    risks = make_risks(case.get("risk", {}))
    controls = make_controls(*case.get("controls", PLANS))
    chapter = risk.assess_register(risks, controls, make_findings(), scenario)
    assert chapter.lint["rule"].tolist() == case["expected"]


def test_every_rule_has_a_case_that_breaks_it():
    broken = {name for case in CASES["lint"] for name in case["expected"]}
    assert {rule.id for rule in risk.RULES} - broken == {"duplicate-title"}


def test_there_are_at_least_five_and_twenty_rules_of_all_three_levels():
    assert len(risk.RULES) >= 25
    assert {rule.severity for rule in risk.RULES} == set(risk.SEVERITIES)


def test_every_rule_has_an_id_of_its_own_a_known_severity_and_a_reason():
    ids = [rule.id for rule in risk.RULES]
    assert len(set(ids)) == len(ids)
    assert {rule.severity for rule in risk.RULES} <= set(risk.SEVERITIES)
    assert all(rule.reason.endswith(".") and rule.message.endswith(".") for rule in risk.RULES)


def test_two_live_entries_of_one_name_are_a_fault_of_both_but_not_of_a_closed_one(scenario):
    risks = make_risks({"title": "Same"}, {"title": "same"}, {"title": "Same", "state": "closed"})
    table = risk.register(risks, make_controls(), scenario)
    faults = risk.lint(table, make_controls(), scenario).query("rule == 'duplicate-title'")
    assert faults["risk_id"].tolist() == ["R1", "R2"]


def test_a_message_names_what_is_late(scenario):
    controls = make_controls({"status": "planned", "due_on": "2026-01-01"}, {"status": "planned", "title": "Other"})
    message = risk.assess_register(make_risks({}), controls, make_findings(), scenario).lint["message"].iloc[0]
    assert "C1" in message
    assert "C2" not in message


def test_braces_in_a_title_are_only_text(scenario):
    risks = make_risks({"title": "{0} {owner}", "owner": None}, {"title": "{0} {owner}"})
    lint = risk.assess_register(risks, make_controls(), make_findings(), scenario).lint
    assert lint["message"].str.contains("{0} {owner}", regex=False).any()


def test_an_empty_register_is_an_error_of_the_whole_register(scenario):
    chapter = risk.assess_register(make_risks(), make_controls(), make_findings(), scenario)
    assert chapter.register.empty
    assert chapter.lint[["rule", "severity"]].to_numpy().tolist() == [["register-empty", "error"]]
    assert chapter.lint["risk_id"].isna().all()


def test_a_severe_threat_without_a_live_entry_is_a_fault_when_threats_are_given(scenario):
    threats = pd.DataFrame(
        {"threat_id": ["T1", "T2", "T3"], "title": ["A", "B", "C"], "level": ["very high", "high", "medium"]}
    )
    risks = make_risks({"threat_id": "T1"}, {"threat_id": "T2", "state": "closed"})
    chapter = risk.assess_register(risks, make_controls(*PLANS), make_findings(), scenario, threats)
    faults = chapter.lint.query("rule == 'threat-without-risk'")
    assert len(faults) == 1
    assert "T2" in faults["message"].iloc[0]


def test_an_entry_merged_on_is_carried_by_the_last_one_it_went_on_in(scenario):
    merged = {"state": "closed", "evidence": "Merged"}
    for last, broken in (("treating", []), ("dismissed", ["R2"])):
        risks = make_risks({"state": last}, merged | {"merged_into": "R1"}, merged | {"merged_into": "R2"})
        lint = risk.assess_register(risks, make_controls(), make_findings(), scenario).lint
        assert lint.query("rule == 'merged-into-nothing-live'")["risk_id"].tolist() == broken


def test_faults_come_errors_first(scenario):
    risks = make_risks({"owner": None, "confidence": None, "inherent_impact": None})
    severities = risk.assess_register(risks, make_controls(*PLANS), make_findings(), scenario).lint["severity"]
    assert severities.tolist() == ["error", "warning", "note"]


def test_register_holds_scores_levels_controls_and_dates(scenario):
    row = risk.register(make_risks({"review_on": "2026-10-22"}), make_controls(*PLANS), scenario).iloc[0]
    assert row[["inherent_score", "current_score", "target_score"]].tolist() == [12, 9, 6]
    assert row[["inherent_level", "current_level", "target_level"]].tolist() == ["high", "medium", "medium"]
    assert row[["controls_existing", "controls_planned"]].tolist() == [1, 1]
    assert row["next_control_due"] == pd.Timestamp("2027-03-31")
    assert row["days_to_review"] == -10
    assert row["overdue"]


def test_a_closed_entry_is_never_overdue(scenario):
    table = risk.register(make_risks({"review_on": "2020-01-01", "state": "closed"}), make_controls(), scenario)
    assert not table["overdue"].any()


def test_register_is_sorted_live_first_then_most_severe(scenario):
    risks = make_risks(
        {"current_likelihood": 1, "current_impact": 1},
        {"current_likelihood": 5, "current_impact": 5, "state": "closed"},
        {"current_likelihood": 5, "current_impact": 4},
        {"current_likelihood": None},
        {"current_likelihood": 4, "current_impact": 5},
    )
    assert risk.register(risks, make_controls(), scenario)["risk_id"].tolist() == ["R3", "R5", "R1", "R4", "R2"]


scores = st.one_of(st.none(), st.integers(1, 5))


@settings(deadline=None)
@given(st.lists(st.tuples(scores, scores), max_size=8))
def test_register_keeps_every_entry_and_a_score_is_a_product_or_unknown(pairs):
    risks = make_risks(*({"current_likelihood": a, "current_impact": b} for a, b in pairs))
    table = risk.register(risks, make_controls(), make_scenario())
    assert sorted(table["risk_id"]) == sorted(risks["risk_id"])
    product = table["current_likelihood"] * table["current_impact"]
    assert table["current_score"].equals(product)
    assert table["current_level"].isna().equals(product.isna())


def test_order_of_rows_does_not_matter(scenario):
    risks = make_risks({}, {"owner": None}, {"current_likelihood": 1}, {"state": "closed"})
    controls = make_controls(*PLANS, {"status": "planned", "risk_id": "R3", "due_on": "2020-01-01"})
    forward = risk.assess_register(risks, controls, make_findings("a", "b"), scenario)
    backward = risk.assess_register(risks[::-1], controls[::-1], make_findings("b", "a"), scenario)
    for name in ("register", "lint", "proposals"):
        pd.testing.assert_frame_equal(getattr(forward, name), getattr(backward, name))


def test_a_finding_answered_by_an_entry_is_not_proposed_again(scenario):
    findings = make_findings("shortfall:ARVO", "currency:ARVO", "unmet:T1")
    risks = make_risks({"origin": "shortfall:ARVO | unmet:T1"})
    proposals = risk.assess_register(risks, make_controls(), findings, scenario).proposals
    assert proposals["key"].tolist() == ["currency:ARVO"]


@pytest.mark.parametrize(("state", "proposed"), [("open", 0), ("tolerated", 0), ("dismissed", 0), ("closed", 1)])
def test_a_dismissed_finding_stays_dismissed_and_a_closed_one_that_comes_back_is_proposed(state, proposed, scenario):
    risks = make_risks({"origin": "shortfall:ARVO", "state": state})
    assert len(risk.proposals(make_findings("shortfall:ARVO"), risks, scenario.scheme)) == proposed


def test_entering_every_proposal_leaves_nothing_to_propose(scenario):
    findings = make_findings("a", "b", "c", likelihood=[1, 5, 3])
    first = risk.proposals(findings, make_risks(), scenario.scheme)
    entered = make_risks(*({"origin": key} for key in first["key"]))
    assert len(first) == 3
    assert risk.proposals(findings, entered, scenario.scheme).empty


def test_proposals_come_most_severe_first_with_their_level_and_no_key_twice(scenario):
    findings = make_findings("b", "a", "c", "c", likelihood=[1, 5, 5, 5], impact=[1, 5, 2, 2])
    proposals = risk.proposals(findings, make_risks(), scenario.scheme)
    assert proposals["key"].tolist() == ["a", "c", "b"]
    assert proposals["level"].tolist() == ["very high", "high", "low"]
    assert list(proposals.columns) == risk.PROPOSAL_COLUMNS


def test_a_force_without_authorities_lets_nobody_accept(scenario):
    nobody = replace(scenario, force=replace(scenario.force, authority={}))
    risks = make_risks({"accepted_by": "Chief constable", "accepted_until": "2027-01-01", "treatment": "tolerate"})
    lint = risk.assess_register(risks, make_controls(*PLANS), make_findings(), nobody).lint
    assert "accepted-without-authority" in lint["rule"].tolist()


def test_assessing_the_register_leaves_the_tables_as_they_were(scenario):
    tables = [make_risks({}, {"owner": None}), make_controls(*PLANS), make_findings("a")]
    before = [table.copy(deep=True) for table in tables]
    risk.assess_register(*tables, scenario)
    for table, copy in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_the_columns_used_here_are_declared_in_the_schema():
    assert set(SOUND) == {column.name for column in TABLES["risks"].columns} - {"source", "provenance"}
    assert np.isnan(make_risks({"current_impact": None})["current_impact"].iloc[0])


EXHIBITS = ("matrix", "movement", "register", "decisions", "lint", "proposals", "due")
ACTION = {"origin": "L1", "title": "Train", "owner": "Head of training", "due_on": "2026-10-01", "state": "open"}


def make_actions(*changes):
    rows = [{"action_id": f"A{i}", **ACTION, **change} for i, change in enumerate(changes, 1)]
    return typed(pd.DataFrame(rows, columns=["action_id", *ACTION]))


def shown(scenario, risks, controls=None, findings=None, actions=None):
    tables = {
        "risks": risks,
        "controls": make_controls(*PLANS) if controls is None else controls,
        "actions": make_actions() if actions is None else actions,
    }
    given = make_findings() if findings is None else findings
    chapter = risk.assess_register(tables["risks"], tables["controls"], given, scenario)
    return SimpleNamespace(scenario=scenario, tables=tables, illustrative=(), risk=chapter)


def test_every_exhibit_of_a_faulty_register_is_shown_with_its_table(scenario):
    risks = make_risks({"opened_on": "2020-01-01", "treatment": None}, {"owner": None}, {"kind": "observation"})
    a = shown(scenario, risks, findings=make_findings("a"), actions=make_actions({}))
    for name in EXHIBITS:
        html = getattr(report, name)(a)._repr_html_()
        assert "<table>" in html, name
        assert ('<img class="chart" alt="' in html) == (name in {"matrix", "movement", "lint"})


def test_matrix_counts_live_risks_only_and_each_once_in_every_position(scenario):
    a = shown(scenario, make_risks({}, {}, {"state": "closed"}, {"kind": "observation"}, {"current_likelihood": None}))
    table = report.matrix(a).table
    assert table["Level"].tolist() == ["very high", "high", "medium", "low"]
    assert table[["Inherent", "Current", "Target"]].sum().tolist() == [2, 2, 2]
    assert report.matrix(a).headline == "High or very high: 3 of 3 live risks without controls, 0 now, 0 as intended"


def test_cells_of_the_matrix_show_the_count_and_the_level_in_words(scenario):
    figure = report.matrix(shown(scenario, make_risks({}, {}))).figure
    words = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert words == [["2", "high"], ["2", "medium"], ["2", "medium"]]


def test_movement_names_the_risk_furthest_from_its_target(scenario):
    a = shown(scenario, make_risks({}, {"current_likelihood": 5, "title": "Furthest"}))
    assert report.movement(a).headline == "Above their target: 2 of 2; furthest is Furthest (15 against 6)"
    reached = shown(scenario, make_risks({"target_likelihood": 3}))
    assert report.movement(reached).headline == "No risk shown is above its target"


def test_an_entry_waits_for_a_decision_when_its_acceptance_has_expired(scenario):
    role = "Armed policing inspector"
    expired = {"treatment": "tolerate", "state": "tolerated", "accepted_by": role, "accepted_until": "2026-10-01"}
    exhibit = report.decisions(shown(scenario, make_risks(expired, {"opened_on": "2026-09-01"})))
    assert exhibit.headline.startswith("1 entry of the register waits for a decision, 1 of them")
    assert exhibit.table["May accept this level"].tolist() == [role]
    assert "No entry of the register waits" in repr(report.decisions(shown(scenario, make_risks({}))))


def test_controls_and_actions_due_are_listed_oldest_first_and_done_ones_left_out(scenario):
    controls = make_controls(
        {"status": "planned", "due_on": "2026-12-01"}, {"status": "planned", "due_on": "2028-01-01"}
    )
    actions = make_actions({}, {"state": "done"}, {"due_on": "2027-01-15"})
    exhibit = report.due(shown(scenario, make_risks({}), controls, actions=actions))
    assert exhibit.table["What"].str[:2].tolist() == ["A1", "C1", "A3"]
    assert exhibit.headline == "1 control or action is overdue, 2 more due within 90 days or undated"
    nothing = shown(scenario, make_risks({}), make_controls())
    assert "No control or action is overdue" in repr(report.due(nothing))


def test_a_sound_register_says_that_it_keeps_its_rules_and_that_nothing_is_proposed(scenario):
    a = shown(scenario, make_risks({}))
    assert repr(report.lint(a)) == f"The register keeps all of its {len(risk.RULES) + len(risk.WHOLE_REGISTER)} rules."
    assert "nothing is proposed" in repr(report.proposals(a))
    assert "No review is overdue." in report.findings(a).sentences


def test_findings_count_what_is_overdue_and_proposed(scenario):
    a = shown(scenario, make_risks({"review_on": "2026-01-01"}), findings=make_findings("a", "b"))
    sentences = report.findings(a).sentences
    assert "1 review is overdue: Title 1." in sentences
    assert any(sentence.startswith("The assessment proposes 2 new risks") for sentence in sentences)


def test_an_empty_register_is_to_be_supplied(scenario):
    a = shown(scenario, make_risks(), make_controls())
    for name in ("findings", "matrix", "movement", "register", "decisions"):
        assert "To be supplied" in repr(getattr(report, name)(a))
    assert "1 error" in report.lint(a).headline


def test_a_register_of_observations_alone_has_no_matrix_and_says_so(scenario):
    a = shown(scenario, make_risks({"kind": "observation"}))
    assert "To be supplied" in repr(report.matrix(a))
    assert "The register holds no live risk." in report.findings(a).sentences


def test_what_people_wrote_in_the_register_is_escaped(scenario):
    hostile = "<img src=x onerror=alert(1)>"
    risks = make_risks({"title": hostile, "owner": hostile, "cause": hostile, "treatment": None, "state": "open"})
    a = shown(scenario, risks, findings=make_findings("a", title=hostile), actions=make_actions({"title": hostile}))
    assert all("<img src=x" not in getattr(report, name)(a)._repr_html_() for name in ("findings", *EXHIBITS))
