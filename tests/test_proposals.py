"""What the assessment proposes for the register: once, by stable keys, and again only when something has changed."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from test_risk import make_findings, make_risks

from apstra.risk import Actor, Draft, check, closures, fold, history, proposal_drafts, proposals, sealed
from apstra.risk import register_tables as tables_of

ACTOR = Actor("Armed policing inspector", "a-01")
START = datetime(2026, 9, 1, 9, tzinfo=UTC)
ENTRY = {"kind": "risk", "title": "Old", "cause": "Vacancies", "consequence": "Late", "state": "open",
         "current_likelihood": 1, "current_impact": 1}  # fmt: skip


@pytest.fixture
def told(scenario):
    """Say things of a register in memory, each checked, and return every event so far."""
    events = []

    def tell(*drafts):
        for draft in drafts:
            at = START + timedelta(days=len(events))
            check(fold(events), draft, ACTOR, scenario, at.date())
            events.append(sealed(draft, ACTOR, at, events[-1] if events else None, "test"))
        return events

    return tell


def drafts(events, found, scenario):
    return proposal_drafts(found, fold(events), scenario)


def test_a_second_run_proposes_nothing_new(told, scenario):
    found = make_findings("shortfall:ARV", "unmet:T1", threat_id=[None, "T1"])
    first = drafts(told(), found, scenario)
    assert [(one.kind, one.payload["origin"], one.payload["state"]) for one in first] == [
        ("opened", "shortfall:ARV", "proposed"),
        ("opened", "unmet:T1", "proposed"),
    ]
    assert len({one.subject for one in first}) == 2
    events = told(*first)
    assert drafts(events, found, scenario) == []
    assert drafts(told(Draft("moved", first[0].subject, {"to": "open"}, "Adopted.")), found, scenario) == []


def test_a_proposal_carries_the_number_and_the_evidence_it_rests_on(told, scenario):
    draft = drafts(told(), make_findings("shortfall:ARV", number=[7.25], evidence=["7 short"]), scenario)[0]
    assert draft.payload["number"] == 7.25
    assert (draft.payload["current_likelihood"], draft.payload["inherent_impact"]) == (5, 4)
    assert draft.reason == "Proposed by the assessment: 7 short"


def dismissed(told, scenario, number=8.0):
    first = drafts(told(), make_findings("shortfall:ARV", number=[number]), scenario)[0]
    return first.subject, told(first, Draft("moved", first.subject, {"to": "dismissed"}, "Carried by overtime."))


@pytest.mark.parametrize(
    ("now", "returns"), [(8.0, False), (10.0, False), (10.01, True), (4.0, False), (float("nan"), False)]
)
def test_a_dismissed_proposal_returns_only_beyond_the_threshold_and_says_so(told, scenario, now, returns):
    subject, events = dismissed(told, scenario)
    found = make_findings("shortfall:ARV", number=[now])
    again = drafts(events, found, scenario)
    assert bool(again) == returns
    if returns:
        assert (again[0].kind, again[0].subject, again[0].payload) == (
            "moved",
            subject,
            {"to": "reopened", "number": now},
        )
        assert again[0].reason == "Dismissed when it stood at 8; it stands at 10.01 now, more than 25% above"
        assert drafts(told(*again), found, scenario) == []
        assert tables_of(fold(events)).risks["state"].tolist() == ["reopened"]


def test_the_threshold_is_the_force_s_own(told, scenario):
    _, events = dismissed(told, scenario)
    found = make_findings("shortfall:ARV", number=[9.0])
    assert drafts(events, found, scenario) == []
    assert len(drafts(events, found, scenario.with_values(proposal_return_share=0.1))) == 1


def test_a_finding_dismissed_again_is_measured_from_then_on(told, scenario):
    subject, events = dismissed(told, scenario)
    events = told(*drafts(events, make_findings("shortfall:ARV", number=[11.0]), scenario))
    events = told(Draft("moved", subject, {"to": "dismissed"}, "Still carried."))
    assert drafts(events, make_findings("shortfall:ARV", number=[13.0]), scenario) == []
    assert len(drafts(events, make_findings("shortfall:ARV", number=[14.0]), scenario)) == 1


def test_a_risk_whose_cause_has_gone_is_proposed_for_closure_once(told, scenario):
    found = make_findings("shortfall:ARV", "unmet:T1")
    first = drafts(told(), found, scenario)
    events = told(*first)
    fewer = make_findings("unmet:T1")
    assert closures(fewer, tables_of(fold(events)).risks)["risk_id"].tolist() == [first[0].subject]
    gone = drafts(events, fewer, scenario)
    assert [(one.kind, one.subject, one.payload) for one in gone] == [
        ("closing_proposed", first[0].subject, {"keys": "shortfall:ARV"})
    ]
    events = told(*gone)
    assert drafts(events, fewer, scenario) == []
    kept = told(Draft("reviewed", first[0].subject, {"review_on": "2027-01-01"}, "It will be back in spring."))
    assert tables_of(fold(kept)).risks["closing_proposed"].isna().all()
    assert drafts(kept, fewer, scenario) == []


def test_an_entry_is_kept_while_any_of_its_findings_is_made(told, scenario):
    events = told(Draft("opened", "R01", {**ENTRY, "origin": "shortfall:ARV|unmet:T1"}, "Both."))
    assert closures(make_findings("unmet:T1"), tables_of(fold(events)).risks).empty
    assert len(closures(make_findings("unmet:T2"), tables_of(fold(events)).risks)) == 1


def test_an_entry_without_a_finding_is_never_proposed_for_closure(told, scenario):
    events = told(Draft("opened", "R01", ENTRY, "Seen by a person."))
    assert closures(make_findings("unmet:T1"), tables_of(fold(events)).risks).empty


def test_a_closed_risk_that_comes_back_reopens_its_own_entry(told, scenario):
    events = told(
        Draft("opened", "R01", {**ENTRY, "origin": "shortfall:ARV"}, "Found."),
        Draft("moved", "R01", {"to": "closed", "evidence": "Posts filled, June"}, "Done."),
    )
    again = drafts(events, make_findings("shortfall:ARV"), scenario)
    assert [(one.kind, one.subject, one.payload["to"]) for one in again] == [("moved", "R01", "reopened")]
    assert again[0].reason == "It was closed, and the assessment finds it again"
    entry = tables_of(fold(told(*again))).risks.iloc[0]
    assert (entry["state"], entry["times_reopened"]) == ("reopened", 1)
    assert pd.isna(entry["evidence"])


def test_an_entry_merged_into_another_is_answered_by_that_one(told, scenario):
    found = make_findings("shortfall:ARV", "unmet:T1")
    first = drafts(told(), found, scenario)
    events = told(
        *first,
        *(Draft("moved", one.subject, {"to": "open"}, "Adopted.") for one in first),
        Draft("merged", first[0].subject, {"into": first[1].subject}, "One matter."),
    )
    assert drafts(events, found, scenario) == []


def test_an_entry_of_two_findings_that_both_come_back_is_reopened_once(told, scenario):
    events = told(
        Draft("opened", "R01", {**ENTRY, "origin": "shortfall:ARV|unmet:T1", "number": 3.0}, "Both."),
        Draft("moved", "R01", {"to": "closed", "evidence": "Posts filled, June"}, "Done."),
    )
    found = make_findings("unmet:T1", "shortfall:ARV", number=[0.5, 7.0], likelihood=[5, 1])
    again = drafts(events, found, scenario)
    # The number of the entry is officers short; occurrences a year do not take its place.
    assert [(one.subject, dict(one.payload)) for one in again] == [("R01", {"to": "reopened"})]
    assert drafts(told(*again), found, scenario) == []
    assert tables_of(fold(told())).risks["number"].tolist() == [3.0]


@pytest.mark.parametrize("end", ["closed", "dismissed"])
def test_what_was_merged_comes_back_in_the_entry_it_went_on_in(told, scenario, end):
    events = told(
        Draft("opened", "R01", {**ENTRY, "origin": "shortfall:ARV", "number": 3.0}, "Found."),
        Draft("opened", "R02", {**ENTRY, "origin": "unmet:T1", "number": 0.5}, "Found."),
        Draft("merged", "R02", {"into": "R01"}, "One matter."),
        Draft("moved", "R01", {"to": end, "evidence": "Posts filled, June"}, "Done."),
    )
    again = drafts(events, make_findings("unmet:T1", number=[40.0]), scenario)
    assert [one.subject for one in again] == (["R01"] if end == "closed" else [])
    told(*again)


def test_a_dismissed_entry_is_measured_by_its_own_number_and_no_other(told, scenario):
    events = told(
        Draft("opened", "R01", {**ENTRY, "origin": "unmet:T1|shortfall:ARV", "number": 0.5}, "Both."),
        Draft("moved", "R01", {"to": "dismissed"}, "Carried by overtime."),
    )
    found = ("unmet:T1", "shortfall:ARV")
    assert drafts(events, make_findings(*found, number=[0.5, 40.0]), scenario) == []
    again = drafts(events, make_findings(*found, number=[0.7, 40.0]), scenario)
    assert [dict(one.payload) for one in again] == [{"to": "reopened", "number": 0.7}]


@pytest.mark.parametrize(("illustrative", "provenance"), [(True, "illustrative"), (False, "force")])
def test_a_proposal_made_of_illustrative_rows_says_so(told, scenario, illustrative, provenance):
    first = proposal_drafts(make_findings("shortfall:ARV"), fold(told()), scenario, illustrative=illustrative)
    entry = tables_of(fold(told(*first))).risks.iloc[0]
    assert (entry["provenance"], entry["source"]) == (provenance, "Finding of the assessment")


def test_what_is_told_of_a_proposal_is_read_in_the_history(told, scenario):
    _, events = dismissed(told, scenario)
    assert history(events)["said"].tolist() == [
        "risk proposed: Fewer deployable than required",
        "proposed to dismissed",
    ]


def test_a_table_kept_by_hand_proposes_as_before_when_numbers_are_not_known(scenario):
    risks = make_risks({"state": "dismissed", "origin": "shortfall:ARV"})
    assert proposals(make_findings("shortfall:ARV", number=[99.0]), risks, scenario.scheme, threshold=0.25).empty
