"""Every table of the contract is declared once, with its key, its columns, their meaning and their marking."""

import re

import pytest

from apstra.queueing.calls import LARGEST
from apstra.schema import CHAPTERS, TABLES, Kind, Marking
from apstra.schema.declare import date, number, table, text
from apstra.schema.glossary import GLOSSARY

# The columns the contract names, written out again by hand; more may be declared, none may be missing.
CONTRACT = {
    "areas": "area_id name population visitors_a_year",
    "zones": "zone_id name area_id district lat lon population demand_weight",
    "bases": "base_id name area_id lat lon",
    "travel": "base_id zone_id minutes",
    "sites": "site_id kind zone_id plan_status plan_reviewed_on",
    "calendar": "event_id name starts_on ends_on zone_id demand_factor",
    "threats": "threat_id category title worst_case malicious frequency_low frequency_mode frequency_high trend "
    "horizon_1y horizon_4y evidence evidence_grade evidence_on confidence "
    "strategic_policing_requirement intelligence_gap",
    "threat_scores": "threat_id scorer dimension score",
    "requirements": "requirement_id threat_id area_id role officers within_minutes for_hours rationale",
    "operations": "operation_id called_at authorised_at assigned_at arrived_at cleared_at zone_id kind threat_id "
    "reason arv outcome log_reference signed_off debriefed",
    "operation_crews": "operation_id crew base_id officers arrived_at cleared_at",
    "other_work": "zone_id block kind rate_per_hour mean_minutes releasable_share",
    "crews": "base_id block crews officers_per_crew",
    "response_standards": "area_id kind minutes share",
    "roles": "role title stands_in_for",
    "modules": "module role valid_months hours refresher_hours",
    "posts": "role base_id established required_last_year",
    "officers": "officer_id base_id in_post_on status",
    "currency": "officer_id module passed_on valid_until",
    "command_cover": "cadre block on_call specialist",
    "workforce_flows": "role flow low mode high lead_months",
    "equipment": "item family approval approved_on reviewed_on serviceable_share",
    "training_estate": "facility kind condition days_lost licence_status licence_until",
    "donors": "donor_id name kind tier lat lon",
    "agreements": "agreement_id donor_id basis role officers notice_low notice_mode notice_high availability signed_on "
    "tested_on test_result expires_on interoperable",
    "risks": "risk_id kind title cause consequence threat_id owner opened_on inherent_likelihood inherent_impact "
    "current_likelihood current_impact target_likelihood target_impact confidence treatment state review_on",
    "controls": "control_id risk_id title status owner due_on effect",
    "actions": "action_id origin title owner due_on state evidence",
    "triggers": "trigger_id on what threats decision decided_by",
    "incident_reviews": "operation_id reviewed_on by outcome lessons",
    "exercises": "exercise_id on kind threats partners neighbours control_room objectives reviewed_on",
    "lessons": "lesson_id origin theme cause action_id changed evidence evidence_on",
    "recommendations": "recommendation_id body title due_on owner state evidence",
    "advisory_groups": "group_id name area_id",
    "meetings": "meeting_id group_id due_on held_on",
    "advice": "advice_id meeting_id received_on theme advice response action reason told_on threat_id",
    "obligations": "obligation_id source clause requirement decision rule owner",
    "departures": "departure_id clause departure threat_id approver approved_on review_on",
    "decisions": "",
    "quality_log": "",
    "data_log": "",
}


def test_every_table_of_the_contract_is_declared_and_no_other():
    assert set(TABLES) - set(CONTRACT) == {name for name, table in TABLES.items() if table.optional}
    assert set(CONTRACT) <= set(TABLES)
    assert {name for names in CHAPTERS.values() for name in names} == set(TABLES)


@pytest.mark.parametrize("name", CONTRACT)
def test_a_table_has_every_column_of_the_contract_and_none_of_them_may_be_absent(name):
    declared = {column.name: column for column in TABLES[name].columns}
    for column in CONTRACT[name].split():
        assert not declared[column].absent
    assert {"source", "provenance"} <= set(declared)
    assert len(declared) == len(TABLES[name].columns)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_says_what_it_means_and_every_number_its_unit(name):
    for column in TABLES[name].columns:
        assert column.meaning.endswith(".")
        if column.kind in (Kind.INTEGER, Kind.NUMBER):
            assert column.unit, f"{name}.{column.name}"


@pytest.mark.parametrize("name", TABLES)
def test_every_reference_names_a_table_with_a_single_key_or_a_setting(name):
    for column in TABLES[name].columns:
        if column.refers and column.refers not in {"blocks", "dimensions"}:
            assert column.refers in TABLES
            assert len(TABLES[column.refers].key) == 1
    keys = [TABLES[name].column(key) for key in TABLES[name].key]
    assert not any(key.blank for key in keys)


def test_people_places_and_agreements_are_never_marked_public():
    for name in ("officers", "currency", "crews", "agreements", "requirements", "bases", "risks"):
        table_ = TABLES[name]
        assert {table_.marking_of(column.name) for column in table_.columns} <= {
            Marking.OFFICIAL,
            Marking.OFFICIAL_SENSITIVE,
        }


def test_no_column_holds_a_persons_name_or_birth_date():
    forbidden = re.compile(r"surname|forename|first_name|last_name|birth|collar|warrant|email|phone")
    assert not [c.name for t in TABLES.values() for c in t.columns if forbidden.search(c.name)]


def test_a_key_or_a_sequence_that_names_no_column_is_refused():
    with pytest.raises(ValueError, match="table things: other is not among its columns"):
        table("things", "Things.", text("thing", "A thing."), key=["other"])
    with pytest.raises(ValueError, match="later is not among its columns"):
        table("things", "Things.", date("on", "A day."), key=["on"], ascending=[("on", "later")])
    with pytest.raises(ValueError, match="many is not among its columns"):
        table("things", "Things.", date("on", "A day."), key=["on"], at_most=[("many", "on", 3)])


def test_the_crews_allowed_at_once_are_those_the_exact_model_can_hold():
    assert TABLES["crews"].at_most == (("crews", "block", 2**LARGEST),)


def test_an_unknown_column_is_refused_by_name():
    with pytest.raises(KeyError, match="table areas has no column nowhere"):
        TABLES["areas"].column("nowhere")


def test_a_column_that_may_be_absent_may_be_blank():
    assert number("n", "N.", "units", absent=True).blank


def test_the_glossary_explains_the_terms_in_the_tables():
    assert {"APSTRA / STRA", "ARV, ARVO", "OFC / TFC / SFC", "shortfall", "deficit", "block"} <= set(GLOSSARY)
    assert all(meaning for meaning in GLOSSARY.values())
