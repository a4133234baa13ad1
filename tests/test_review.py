"""The review: what came, went and moved since the last one and why, steps that add up, and the days to come."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from small_force import write_small_force
from test_run import model, put_notebooks

from apstra import data, risk, run
from apstra.__main__ import main
from apstra.assessment import STEPS, changes
from apstra.assessment.review import ANNUAL, ON_TRIGGER, SIX_MONTHLY, last_review, next_dates, review
from apstra.data import signing, store
from apstra.report import review as report
from apstra.risk import Actor, Draft
from apstra.run.checking import check
from apstra.run.verifying import LOOKS, verify

ACTOR = Actor("Chief constable", "c-01")
ENTRY = {"kind": "risk", "title": "Crews", "cause": "x", "consequence": "y", "state": "open", "owner": "Inspector",
         "current_likelihood": 2, "current_impact": 2, "opened_on": "2025-01-01"}  # fmt: skip
SINCE = date(2026, 5, 1)
CURE = (
    Draft("changed", "K1", {"owner": "Inspector", "current_likelihood": 1, "current_impact": 1, "target_likelihood": 1,
                            "inherent_likelihood": 1, "inherent_impact": 1, "target_impact": 1}, "Scored."),
    Draft("moved", "K1", {"to": "treating"}, "A plan stands."),
    Draft("control_added", "C01", {"risk_id": "K1", "title": "Course", "status": "planned", "effect": "More crews",
                                   "owner": "Inspector", "due_on": "2027-03-01"}, "The plan."),
    Draft("reviewed", "K1", {"review_on": "2027-05-01"}, "Looked at."),
)  # fmt: skip


def said(*drafts):
    events = []
    for day, draft in drafts:
        at = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC)
        events.append(risk.sealed(draft, ACTOR, at, events[-1] if events else None, "test"))
    return events


def register_at(assessed, events, day):
    """The worked assessment as at a day with the register that its history gives then."""
    known = risk.until(events, day)
    now = risk.register_tables(risk.fold(known))
    scenario = replace(assessed.scenario, as_at=day)
    chapter = risk.assess_register(now.risks, now.controls, assessed.risk.findings, scenario, events=known)
    return replace(assessed, scenario=scenario, risk=chapter)


@pytest.fixture
def changed(assessed):
    """A review over half a year in which one entry each was added, closed, moved and changed, and one was left."""
    events = said(
        *(("2026-01-01", Draft("carried", name, {**ENTRY, "title": name}, "Carried over.")) for name in
          ("R01", "R02", "R03", "R04")),
        ("2026-06-01", Draft("moved", "R01", {"to": "closed", "evidence": "Posts filled"}, "Recruitment is done.")),
        ("2026-06-02", Draft("changed", "R02", {"current_impact": 4}, "The range failed twice.")),
        ("2026-06-03", Draft("changed", "R02", {"current_likelihood": 3}, "And is old.")),
        ("2026-06-04", Draft("changed", "R03", {"title": "R03 renamed"}, "Clearer.")),
        ("2026-06-05", Draft("opened", "R05", {**ENTRY, "opened_on": None, "title": "New"}, "Seen at an exercise.")),
        ("2026-12-01", Draft("moved", "R04", {"to": "closed", "evidence": "x"}, "Later than the review.")),
    )  # fmt: skip
    this, last = (register_at(assessed, events, day) for day in (date(2026, 11, 1), SINCE))
    return this, review(this, last, risk.until(events, date(2026, 11, 1)))


def test_every_entry_that_came_went_or_moved_is_told_with_how_much_and_why_and_no_other(changed):
    rows = changed[1].entries.set_index("risk_id")
    assert rows["change"].to_dict() == {"R01": "closed", "R02": "moved", "R03": "changed", "R05": "added"}
    assert rows.loc["R02", ["before", "after", "score_change", "why"]].tolist() == [
        f"open, {changed[0].risk.register.set_index('risk_id')['current_level']['R04']} (4)",
        f"open, {changed[0].risk.register.set_index('risk_id')['current_level']['R02']} (12)",
        8.0,
        "The range failed twice.; And is old.",
    ]
    assert rows.loc["R05", "before"] == "not entered"
    assert rows.loc["R01", "why"] == "Recruitment is done."


def test_faults_that_came_and_went_are_told(changed):
    faults = changed[1].faults
    assert ("no-inherent-score", "R05", "new") in [
        tuple(row) for row in faults[["rule", "risk_id", "change"]].to_numpy()
    ]
    assert "R01" in faults.query("change == 'gone'")["risk_id"].tolist()


def test_no_change_is_said_as_plainly_as_a_change(assessed, changed):
    events = said(("2026-01-01", Draft("carried", "R01", ENTRY, "Carried over.")))
    this = register_at(assessed, events, date(2026, 11, 1))
    same = review(this, replace(this, scenario=replace(this.scenario, as_at=date(2026, 10, 1))), events)
    assert same.unchanged
    assert "No change" in repr(report.summary(same))
    assert "No entry of the register" in repr(report.entries(this, same))
    assert not changed[1].unchanged
    assert "1 added, 1 closed, 1 moved and 1 changed" in repr(report.summary(changed[1]))


def test_headline_figures_that_moved_stand_side_by_side(assessed):
    last = replace(assessed, scenario=replace(assessed.scenario, as_at=SINCE),
                   headlines=assessed.headlines.assign(value=assessed.headlines["value"].where(
                       assessed.headlines["headline"] != "reviewed", 0.5)))  # fmt: skip
    moved = review(assessed, last, []).headlines
    assert moved["headline"].tolist() == ["reviewed"]
    now = assessed.headlines.set_index("headline")["value"]["reviewed"]
    assert (moved["before"].iloc[0], moved["after"].iloc[0]) == (0.5, now)
    assert moved["change"].iloc[0] == pytest.approx(now - 0.5)


def signed(day, as_at, product="assessment", decision="approve"):
    content = {"product": product, "as_at": as_at, "decision": decision}
    return day, Draft("signed", "run", content, "Agreed.")


NO_LOG = pd.DataFrame({"on": pd.to_datetime([]), "decision": pd.Series([], dtype="str")})


def dates_at(scenario, day, *events, log=NO_LOG):
    table = next_dates(said(*events), log, replace(scenario, as_at=date.fromisoformat(day)))
    return table.set_index("what")[["due", "overdue"]].apply(
        lambda row: (row.due.date().isoformat(), row.overdue), axis=1
    )


def test_the_next_assessment_is_due_in_a_year_and_the_next_review_in_six_months(scenario):
    found = dates_at(scenario, "2026-11-01", signed("2026-08-31", "2026-08-01"))
    assert found.to_dict() == {ANNUAL: ("2027-08-31", False), SIX_MONTHLY: ("2027-02-28", False)}


def test_a_signed_review_moves_the_next_review_and_not_the_next_assessment(scenario):
    events = (signed("2026-01-15", "2026-01-01"), signed("2026-07-15", "2026-07-01", product="review"))
    found = dates_at(scenario, "2026-11-01", *events)
    assert found.to_dict() == {ANNUAL: ("2027-01-15", False), SIX_MONTHLY: ("2027-01-15", False)}


def test_what_was_returned_or_signed_later_moves_nothing(scenario):
    events = (signed("2025-06-01", "2025-06-01"), signed("2026-09-01", "2026-09-01", decision="return"),
              signed("2026-11-02", "2026-11-01"))  # fmt: skip
    assert dates_at(scenario, "2026-11-01", *events)[ANNUAL] == ("2026-06-01", True)


def test_what_was_never_approved_is_due_now(scenario):
    assert set(dates_at(scenario, "2026-11-01")) == {("2026-11-01", True)}


def test_before_a_ledger_the_decision_log_tells(scenario):
    words = ["Assessment approved for 2025-26", "Six-month review: two scores raised"]
    log = pd.DataFrame({"on": pd.to_datetime(["2025-11-24", "2026-05-05"]), "decision": words})
    assert dates_at(scenario, "2026-11-01", log=log).to_dict() == {
        ANNUAL: ("2026-11-24", False), SIX_MONTHLY: ("2026-11-05", False),
    }  # fmt: skip
    assert last_review([], log, scenario) == date(2026, 5, 5)


def test_a_review_looks_back_to_the_day_the_last_approval_spoke_of_else_half_a_year(scenario):
    assert last_review(said(signed("2026-06-20", "2026-06-01")), NO_LOG, scenario) == date(2026, 6, 1)
    assert last_review([], NO_LOG, scenario) == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([signed("2025-11-20", "2025-11-01")], ANNUAL),
        ([signed("2026-03-20", "2026-03-01")], SIX_MONTHLY),
        ([signed("2026-09-20", "2026-09-01")], ON_TRIGGER),
    ],
)
def test_a_review_is_annual_six_monthly_or_on_trigger_by_what_is_due(assessed, events, kind):
    last = replace(assessed, scenario=replace(assessed.scenario, as_at=SINCE))
    quiet = replace(assessed, tables={**assessed.tables, "decisions": assessed.tables["decisions"][:0]})
    assert review(quiet, last, said(*events)).kind == kind


def test_the_steps_of_the_requirement_add_up_with_their_interaction(assessed):
    totals = assessed.changes.groupby("role")["posts"].sum(min_count=len(STEPS)).dropna()
    required = assessed.capability.requirement.set_index("role")
    assert len(totals)
    for role, moved in totals.items():
        assert moved == pytest.approx(required.loc[role, "required"] - required.loc[role, "required_last_year"])


def test_no_interaction_is_told_where_each_change_adds_to_the_other(worked, assessed, monkeypatch):
    """Posts that are a sum of what demand and the rest of the tables ask for have nothing to share."""
    tables, scenario = worked

    asked = []

    def posts(then, rates, slices, scenario):
        asked.append(
            (len(then["operations"]), rates.equals(assessed.demand.rates), slices, scenario and scenario.as_at)
        )
        roles = assessed.capability.requirement["role"]
        return pd.Series(float(len(then["operations"]) + len(rates)), index=pd.Index(roles, name="role"))

    monkeypatch.setattr(changes, "_posts", posts)
    whole = posts(assessed.tables, assessed.demand.rates, None, None)
    now = replace(assessed.capability, requirement=assessed.capability.requirement.assign(required=whole.to_numpy()))
    asked.clear()
    steps = changes.requirement_changes(tables, replace(assessed, capability=now))
    # Last year's tables with last year's demand, with today's alone, and today's tables with last year's demand alone.
    last_year, today = date(2025, 11, 1), date(2026, 11, 1)
    assert [(is_now, as_at) for _, is_now, _, as_at in asked] == [(False, last_year), (True, last_year), (False, today)]
    assert asked[1][2].equals(assessed.demand.slices)
    assert asked[0][2].equals(asked[2][2])
    assert asked[0][0] == asked[1][0] < asked[2][0] == len(assessed.tables["operations"])
    assert (steps.query("step == 'interaction'")["posts"].dropna() == 0).all()
    assert (steps.query("step == @STEPS[2]")["posts"].dropna() != 0).all()
    assert scenario.as_at == date(2026, 11, 1)


@pytest.fixture
def small(tmp_path):
    folder = write_small_force(tmp_path / "small")
    desk = data.desk(folder, date(2026, 10, 1))
    data.begin(desk, ACTOR, datetime(2026, 10, 1, tzinfo=UTC), "The register moves to the ledger.")
    return folder, desk


def test_the_check_says_what_is_late_lapsed_or_at_fault_and_what_comes_next(small, capsys):
    folder, desk = small
    drafts = [
        Draft("changed", "K1", {"current_likelihood": 1, "current_impact": 1}, "Scored."),
        Draft("moved", "K1", {"to": "tolerated", "accepted_until": "2026-11-20"}, "Accepted."),
    ]
    data.say(desk, ACTOR, drafts, datetime(2026, 10, 2, tzinfo=UTC))
    assert main(["check", "--force", str(folder), "--as-at", "2026-11-01"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("breached: acceptance: K1") and "20 November 2026" in line for line in lines)
    assert any(line.startswith("breached: register: K1") for line in lines)
    assert any(line.startswith("breached: review: the annual assessment was due on") for line in lines)
    assert any(line.startswith("next annual: due on") for line in lines)
    assert lines[-1] == "state as at 2026-11-01: draft, not signed"


def test_the_check_finds_a_history_that_was_tampered_with(small):
    import sqlite3  # noqa: PLC0415

    folder, desk = small
    with sqlite3.connect(desk.place.file) as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        connection.execute("UPDATE ledger_events SET reason = 'Another reason.'")
    assert any(line.startswith("ledger: event 1") for line in check(str(folder), date(2026, 11, 1)).breaches)


def test_a_check_of_a_day_before_a_fault_does_not_know_of_it(small):
    folder, desk = small
    for day, owner in ((2, "Inspector"), (20, None)):
        at = datetime(2026, 10, day, tzinfo=UTC)
        data.say(desk, ACTOR, [Draft("changed", "K1", {"owner": owner}, "Agreed.")], at)
    words = "register: K1 no-owner"
    assert not any(line.startswith(words) for line in check(str(folder), date(2026, 10, 19)).breaches)
    assert any(line.startswith(words) for line in check(str(folder), date(2026, 10, 20)).breaches)


@pytest.mark.parametrize("verb", ["check", "review"])
def test_a_day_that_is_none_is_refused(small, verb, capsys):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--force", str(small[0]), "--as-at", "1 November"])
    assert ended.value.code == 3
    assert "--as-at" in capsys.readouterr().err


def test_a_review_is_made_whole_with_its_own_product_and_once(small, tmp_path, monkeypatch, assessed):
    folder, _ = small
    notebooks = put_notebooks(tmp_path / "notebooks")
    (notebooks / "review.ipynb").write_text((notebooks / "10_register.ipynb").read_text())
    found = review(assessed, replace(assessed, scenario=replace(assessed.scenario, as_at=SINCE)), [])
    monkeypatch.setattr(data, "review", lambda *_, **__: found)
    with model([("gap", "one")]) as calls:
        first = run.review(folder, 2026, "2026-11-01", "baseline", tmp_path / "out", notebooks=notebooks)
        second = run.review(folder, 2026, "2026-11-01", "baseline", tmp_path / "out", notebooks=notebooks)
        other = run.run(folder, 2026, "2026-11-01", "baseline", tmp_path / "out", notebooks=notebooks)
    names = {path.relative_to(first.folder).as_posix() for path in first.folder.rglob("*") if path.is_file()}
    assert {"review.html", "review.json", "manifest.json", "notebooks/review.ipynb", "tables/entries.csv"} <= names
    assert not names & {"assessment.html", "register.csv"}
    assert (first.executed, second.executed, first.folder) == (True, False, second.folder)
    assert other.run_id != first.run_id
    assert len(calls) == 2
    assert first.exit_code == run.BREACHED
    assert signing.covered(first.folder).product == "review"


def test_no_change_is_signed_and_verified_like_any_review(small, tmp_path, monkeypatch, assessed):
    folder, desk = small
    for day, draft in enumerate(CURE, start=2):
        data.say(desk, ACTOR, [draft], datetime(2026, 10, day, tzinfo=UTC))
    notebooks = put_notebooks(tmp_path / "notebooks")
    (notebooks / "review.ipynb").write_text((notebooks / "10_register.ipynb").read_text())
    same = review(assessed, replace(assessed, scenario=replace(assessed.scenario, as_at=SINCE)), [])
    monkeypatch.setattr(data, "review", lambda *_, **__: same)
    monkeypatch.setattr(store, "compute", lambda *_: None)
    with model():
        made = run.review(folder, 2026, "2026-11-01", "baseline", tmp_path / "out", notebooks=notebooks).folder
    at = datetime(2026, 11, 2, tzinfo=UTC)
    signing.prepare(desk, made, Actor("Analyst", "a-01"), "Nothing has changed.", at)
    event = signing.sign(desk, made, ACTOR, "approve", "No change.", "2027-05-01", at)
    assert (same.unchanged, event.content["product"]) == (True, "review")
    assert [found.fault for found in verify(made, desk)] == [""] * len(LOOKS)
    dates = check(str(folder), date(2026, 11, 2)).dates.set_index("what")
    assert dates.loc[SIX_MONTHLY, "due"] == pd.Timestamp("2027-05-02")
    assert dates.loc[ANNUAL, "last"] is pd.NaT
    monkeypatch.setattr(data, "review", lambda *_, **__: replace(same, kind="other"))
    assert [found.fault for found in verify(made, desk)][-1] == "review.json is not what the tables and the code give"


def test_an_approval_that_has_ended_shows_behind_a_later_return_and_a_later_review(small):
    folder, desk = small
    rows = [
        ("assessment", "approve", "2026-10-05"),
        ("review", "approve", "2027-03-01"),
        ("assessment", "return", None),
    ]
    for day, (product, decision, until) in enumerate(rows, start=2):
        said_of = {
            "product": product,
            "decision": decision,
            "year": 2026,
            "as_at": "2026-10-01",
            "scenario": "baseline",
        }
        hashes = dict.fromkeys(("inputs", "code", "recorded", "results", "register"), "x")
        content = {**said_of, **hashes, "expires_on": until} if until else {**said_of, **hashes}
        at = datetime(2026, 10, day, tzinfo=UTC)
        data.say(desk, ACTOR, [Draft("signed", f"run{day}", content, "Agreed.")], at)
    ended = [line for line in check(str(folder), date(2026, 11, 1)).breaches if line.startswith("signature:")]
    assert ended == ["signature: the approval of the assessment by Chief constable ended on 05 October 2026"]
