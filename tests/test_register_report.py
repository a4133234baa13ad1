"""What people read of the register's history: every event with who and why, and what came back, as text only."""

from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from apstra import risk
from apstra.report import risk as report
from apstra.report.risk.history import NAMED, NOT_BEGUN
from apstra.risk import RULES, WHOLE_REGISTER, Actor, Draft
from apstra.schema.risk import RELATIONS

AT = datetime(2026, 10, 20, 9, tzinfo=UTC)
ACTOR = Actor("Chief constable", "c-01")
HOSTILE = "<script>alert(1)</script>"
ENTRY = {"kind": "risk", "title": HOSTILE, "cause": "x", "consequence": "y", "state": "open",
         "current_likelihood": 2, "current_impact": 2}  # fmt: skip


def events(*drafts):
    said = []
    for draft in drafts:
        said.append(risk.sealed(draft, ACTOR, AT, said[-1] if said else None, "test"))
    return said


@pytest.fixture
def told(assessed):
    """The worked assessment with a history of its own."""
    said = events(
        Draft("carried", "R01", {**ENTRY, "opened_on": "2024-01-01"}, "Carried over."),
        Draft("changed", "R01", {"owner": "Inspector"}, f"Why: {HOSTILE}"),
        Draft("moved", "R01", {"to": "tolerated", "accepted_until": "2026-12-01"}, "Accepted."),
        Draft("opened", "R02", {**ENTRY, "title": "Again", "origin": "shortfall:ARV"}, "Found."),
        Draft("moved", "R02", {"to": "closed", "evidence": "Posts filled"}, "Done."),
        Draft("moved", "R02", {"to": "reopened"}, "It was closed, and the assessment finds it again"),
    )
    now = risk.register_tables(risk.fold(said))
    chapter = risk.assess_register(now.risks, now.controls, assessed.risk.findings, assessed.scenario, events=said)
    return replace(assessed, risk=chapter)


def test_the_history_says_what_who_when_and_why_latest_first(told):
    table = report.history(told).table
    assert table["Event"].tolist() == ["E000006", "E000005", "E000004", "E000003", "E000002"]
    assert table["What was said"].iloc[1] == "open to closed, evidence: Posts filled"
    assert table["Who"].unique().tolist() == ["Chief constable (c-01)"]
    assert table["Why"].iloc[3] == "Accepted."
    assert "5 events about 2 entries" in report.history(told).headline


def test_what_people_wrote_is_shown_as_text(told):
    for exhibit in (report.history(told), report.acceptances(told)):
        assert HOSTILE not in exhibit._repr_html_()
        assert "&lt;script&gt;" in exhibit._repr_html_()


def test_before_a_ledger_has_begun_the_page_says_how_to_begin_one(told):
    silent = replace(told, risk=replace(told.risk, history=told.risk.history[:0]))
    assert repr(report.history(silent)) == NOT_BEGUN


def test_what_came_back_names_the_entry_and_how(told):
    table = report.came_back(told).table
    assert ("R02", "Again", "reopened 1 time") in [tuple(row) for row in table.to_numpy()]
    quiet = replace(told, risk=replace(told.risk, register=told.risk.register.assign(times_reopened=float("nan")),
                                       proposals=told.risk.proposals[:0]))  # fmt: skip
    assert repr(report.came_back(quiet)) == "Nothing that was closed has come back."


def test_an_acceptance_shows_by_whom_until_when_and_what_is_left(told):
    row = report.acceptances(told).table.iloc[0]
    assert (row["Accepted by"], row["Until"], row["Standing"]) == (
        "Chief constable", pd.Timestamp("2026-12-01"), "30 days left",
    )  # fmt: skip


def test_every_rule_is_published_with_its_level_its_reason_and_who_breaks_it(told):
    table = report.rules(told).table
    assert table["Why"].tolist() == [*(rule.reason for rule in RULES), *(why for _, why in WHOLE_REGISTER.values())]
    counts = told.risk.lint["rule"].value_counts()
    assert table["Broken by"].tolist() == [counts.get(name, 0) for name in [*(r.id for r in RULES), *WHOLE_REGISTER]]
    assert table["Broken by"].sum() == len(told.risk.lint)
    assert report.lint(told).table["Why it matters"].isin(table["Why"]).all()


def test_an_entry_whose_finding_is_gone_is_shown_for_closure(told):
    gone = replace(told, risk=replace(told.risk, closures=risk.closures(told.risk.findings[:0], told.risk.register)))
    assert report.closures(gone).table["No longer found"].tolist() == ["shortfall:ARV"]
    assert "none is proposed for closure" in repr(report.closures(told))


def test_what_an_entry_is_tied_to_is_named_in_its_own_words(told, assessed):
    rows = [("R01", "lesson", "L01"), ("R02", "incident", "OP0001"), ("R02", "obligation", "OB99")]
    ties = pd.DataFrame(rows, columns=["risk_id", "relation", "linked_id"])
    tied = replace(told, tables={**told.tables, "links": ties})
    cause = assessed.tables["lessons"].set_index("lesson_id")["cause"]["L01"]
    reason = assessed.tables["operations"].set_index("operation_id")["reason"]["OP0001"]
    assert report.links(tied).table["Which is"].tolist() == [cause, reason, "not in the tables"]
    assert "3 ties to other things; 1 incident realised a risk" in report.links(tied).headline
    assert "No entry is tied" in repr(report.links(replace(told, tables={**told.tables, "links": ties[:0]})))


def test_every_relation_a_link_may_have_can_be_named(assessed):
    assert set(NAMED) == set(RELATIONS)
    assert all({key, words} <= set(assessed.tables[table].columns) for table, key, words in NAMED.values())
