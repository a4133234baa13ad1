"""The chief officer's page: it shows what is due, decides through the ledger, and never signs by mistake."""

import json
import shutil
from datetime import UTC, datetime
from html import unescape
from types import SimpleNamespace

import pandas as pd
import pytest
from browser import AUTHOR, begun_force, finished_run

from apstra import data, ledger, risk
from apstra.data import signing, store
from apstra.risk import TRANSITIONS, Actor, Draft
from apstra.workbench import chief_officer
from apstra.workbench.chief_officer import RUN_DECISIONS, office, repaint
from apstra.workbench.due import choices, due

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
ASKED = (2026, "2026-11-01", "baseline")
NEXT = "2027-05-01"


@pytest.fixture(autouse=True, scope="module")
def steady_code(tmp_path_factory):
    """Code that nobody edits while these tests run: its hash is part of what is signed."""
    place = tmp_path_factory.mktemp("package")
    (place / "threat.py").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "PACKAGE", place)
        yield place


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A force with a ledger and one error left (the overdue review of R06), and a finished run of it."""
    place = tmp_path_factory.mktemp("begun")
    folder = begun_force(place / "force", NOW, cured=True)
    finished_run(folder, place / "out", NOW, ASKED)
    return place


@pytest.fixture
def room(begun, tmp_path, assessed):
    """The page of a copy of that force, its ledger and its clock."""
    place = shutil.copytree(begun, tmp_path / "copy")
    times = [NOW]
    page = office(assessed, str(place / "force"), place / "out", lambda: times[0])
    desk = data.desk(place / "force", NOW.date())
    page.controls["account"].value = "c-01"
    return SimpleNamespace(page=page, desk=desk, controls=page.controls, told=page.told, times=times, place=place)


def said(s):
    return ledger.events(s.desk.place)


def words(s, name):
    return unescape(s.told[name].value)


def decide(s, name, decision, *, day="", reason="Discussed at the board."):
    for part, value in (("decision", decision), ("day", day), ("reason", reason)):
        s.controls[f"{part} {name}"].value = value
    s.controls[f"record {name}"].click()


def entry(s, name):
    return risk.fold(said(s))["risks"][name]


def run_of(s):
    return next(s.place.glob("out/*/*/*/*"))


def prepared(s):
    """Review R06, so that no error is left, and prepare the run as its author does."""
    data.say(s.desk, AUTHOR, [Draft("reviewed", "R06", {"review_on": NEXT}, "Looked at.")], NOW)
    signing.prepare(s.desk, run_of(s), AUTHOR, "Complete.", NOW)
    s.controls["again"].click()


def sign(s, **values):
    given = {"decision": "approve", "note": "Agreed.", "expires": "2027-05-31"} | values
    for name, value in given.items():
        s.controls[name].value = value
    s.controls["sign"].click()


def test_it_opens_on_one_page_in_the_order_a_chief_officer_asks(room):
    page = words(room, "page")
    order = ("What is asked of you", "The risks that matter most", "What moved since your last decision",
             "Required, established, deployable", "What is breached or overdue",
             "What your last decisions led to")  # fmt: skip
    places = [page.index(f"<h3>{title}</h3>") for title in order]
    assert places == sorted(places)
    assert "Chief constable has decided nothing yet" in page


def test_every_control_is_of_a_kind_that_a_keyboard_and_a_screen_reader_know_and_has_a_name_of_its_own(room):
    kinds = {type(control).__name__ for control in room.controls.values()}
    assert kinds <= {"Dropdown", "RadioButtons", "Text", "Textarea", "Button"}
    names = [control.description for control in room.controls.values()]
    assert all(names)
    assert len(set(names)) == len(names)


def test_opening_it_and_choosing_records_nothing(room):
    before = said(room)
    room.controls["decision R06"].value = "closed"
    room.controls["role"].value = "Assistant chief constable"
    room.controls["again"].click()
    assert said(room) == before


def test_what_waits_for_a_decision_is_what_the_register_says_is_due(room):
    on = pd.Timestamp(NOW.date())
    live = {name: one for name, one in risk.fold(said(room))["risks"].items() if one["state"] not in risk.CLOSED}
    soon = {name for name, one in live.items() if pd.Timestamp(one["review_on"]) <= on + pd.Timedelta(days=30)}
    assert {name.removeprefix("decision ") for name in room.controls if name.startswith("decision ")} == soon
    assert "Its review was due on 30 September 2026." in words(room, "R06")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": "proposed"}, "The assessment proposes it."),
        ({"state": "reopened"}, "It came back"),
        ({"closing_proposed": "shortfall:ARV"}, "no longer finds shortfall:ARV"),
        ({"accepted_until": pd.Timestamp("2027-01-25")}, "Its acceptance ends on 25 January 2027."),
        ({"review_on": pd.Timestamp("2026-12-26")}, "Its review is due on 26 December 2026."),
        ({"accepted_until": pd.Timestamp("2027-01-26")}, None),
        ({"review_on": pd.Timestamp("2026-12-27")}, None),
        ({"state": "dismissed", "review_on": pd.Timestamp("2026-12-01")}, None),
    ],
)
def test_an_entry_waits_for_the_reasons_given_and_for_no_other(changed, reason):
    quiet = {"risk_id": "R1", "title": "t", "state": "open", "kind": "risk", "current_level": "low", "owner": "o"}
    blank = {"closing_proposed": None, "accepted_until": pd.NaT, "review_on": pd.Timestamp("2027-11-01")}
    register = pd.DataFrame([quiet | blank | changed])
    (found,) = due(register, pd.DataFrame(columns=["rule", "message", "risk_id"]), pd.Timestamp("2026-11-26"))
    assert bool(found.because) == (reason is not None)
    assert reason is None or reason in found.because[0]


@pytest.mark.parametrize("state", TRANSITIONS)
def test_the_decisions_offered_are_those_the_state_allows(state):
    names = [name for _, name in choices(state)]
    more = {"reviewed"} - ({"reviewed"} if state in ("proposed", "closed", "dismissed") else set())
    again = {"tolerated"} if state == "tolerated" else set()
    assert set(names) == set(TRANSITIONS[state]) | more | again
    assert len({label for label, _ in choices(state)}) == len(names)


def test_a_review_is_recorded_with_who_when_and_why_and_the_page_shows_it(room):
    decide(room, "R06", "reviewed", day=NEXT)
    last = said(room)[-1]
    assert (last.kind, last.subject, last.content) == ("reviewed", "R06", {"review_on": NEXT})
    assert (last.role, last.account, last.reason) == ("Chief constable", "c-01", "Discussed at the board.")
    assert datetime.fromisoformat(last.at) == NOW
    assert 'role="status"' in room.told["record R06"].value
    assert "It waits for no decision now." in words(room, "R06")
    assert "reviewed; next by 2027-05-01" in words(room, "page")
    assert (
        room.controls["reason R06"].value == room.controls["day R06"].value == room.controls["decision R06"].value == ""
    )


@pytest.mark.parametrize(
    ("decision", "given", "state"),
    [
        ("treating", {}, "treating"),
        ("tolerated", {"day": "2027-05-31"}, "tolerated"),
        ("closed", {"reason": "Renewed on 20 November."}, "closed"),
        ("dismissed", {}, "dismissed"),
    ],
)
def test_each_decision_puts_the_entry_where_it_says(room, decision, given, state):
    decide(room, "R05", decision, **given)
    now = entry(room, "R05")
    assert now["state"] == state
    assert now.get("accepted_until") == given.get("day")
    assert now.get("evidence") == (given["reason"] if state == "closed" else None)
    assert {name for _, name in room.controls["decision R05"].options} - {""} == {name for _, name in choices(state)}


def test_what_is_dismissed_by_mistake_can_be_reopened_on_the_spot(room):
    decide(room, "R05", "dismissed")
    decide(room, "R05", "reopened", reason="A mistake.")
    assert entry(room, "R05")["state"] == "reopened"
    assert "It came back" in words(room, "R05")


def test_an_acceptance_is_given_anew_and_not_prolonged(room):
    decide(room, "R05", "tolerated", day="2026-12-31")
    decide(room, "R05", "tolerated", day="2027-05-31", reason="Another half year.")
    assert [event.content for event in said(room)[-2:]] == [
        {"to": "open"}, {"accepted_until": "2027-05-31", "to": "tolerated"},
    ]  # fmt: skip
    assert entry(room, "R05")["accepted_until"] == "2027-05-31"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"decision": ""}, "choose a decision on R05 first"),
        ({"reason": " "}, "say why"),
        ({"decision": "closed", "reason": ""}, "say on what evidence it closes"),
        ({"day": "31/05/2027"}, "Last day of the acceptance: a date such as 2026-11-01, not '31/05/2027'"),
        ({"day": ""}, "Last day of the acceptance: a date"),
        ({"decision": "treating"}, "this decision has no day: leave '2027-05-31' out"),
        ({"day": "2026-11-26"}, "an acceptance ends on a day to come"),
        ({"role": "Author of the assessment"}, "R05 is medium: Superintendent, operations may accept it"),
        ({"account": "Jo Bloggs"}, "account must be pseudonymous"),
        ({"account": ""}, "account must be pseudonymous"),
    ],
)
def test_a_refusal_stands_beside_its_button_and_nothing_typed_is_lost(room, given, told):
    before = said(room)
    typed = {"decision": "tolerated", "day": "2027-05-31", "reason": "Legal opinion awaited."} | given
    for name in ("role", "account"):
        if name in given:
            room.controls[name].value = given[name]
    asked = {name: typed[name] for name in ("decision", "day", "reason")}
    decide(room, "R05", **asked)
    assert said(room) == before
    assert 'role="alert"' in room.told["record R05"].value
    assert told in words(room, "record R05")
    assert {name: room.controls[f"{name} R05"].value for name in asked} == asked


def test_a_decision_on_what_somebody_else_has_closed_meanwhile_is_refused_and_shown_as_it_is(room):
    data.say(room.desk, AUTHOR, [Draft("moved", "R05", {"to": "closed", "evidence": "Renewed."}, "Done.")], NOW)
    decide(room, "R05", "treating", reason="Still open.")
    assert "R05 is closed" in words(room, "record R05")
    assert [name for _, name in room.controls["decision R05"].options] == ["", "reopened"]
    assert room.controls["reason R05"].value == "Still open."


def test_what_moved_is_told_since_the_last_decision_before_today(room):
    decide(room, "R06", "reviewed", day=NEXT)
    room.times[0] = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    data.say(room.desk, AUTHOR, [Draft("changed", "R04", {"current_likelihood": 2}, "Repaired.")], room.times[0])
    repaint(room.page)
    page = words(room, "page")
    assert "R04 from high to medium moved since 26 November 2026; 1 thing was said of 1 entry" in page
    assert "The last 1 decision of Chief constable and where they stand" in page
    room.controls["role"].value = "Assistant chief constable"
    assert "Assistant chief constable has decided nothing yet" in words(room, "page")


def test_a_risk_that_became_due_gets_its_form_and_the_others_keep_theirs(room):
    kept = room.page.forms.children
    room.controls["reason R05"].value = "Half a sentence"
    data.say(room.desk, AUTHOR, [Draft("changed", "R02", {"review_on": "2026-12-02"}, "Sooner.")], NOW)
    room.controls["again"].click()
    assert room.page.forms.children[: len(kept)] == kept
    assert "Its review is due on 2 December 2026." in words(room, "R02")
    assert room.controls["reason R05"].value == "Half a sentence"


def test_hostile_text_from_the_register_and_the_form_is_shown_as_text(room):
    data.say(room.desk, AUTHOR, [Draft("changed", "R05", {"title": "<img src=x onerror=alert(1)>"}, "<b>x</b>")], NOW)
    room.controls["account"].value = "<script>"
    decide(room, "R05", "treating")
    shown = "".join(html.value for html in room.told.values())
    assert "<img src=x" not in shown
    assert "<b>x" not in shown
    assert "<script>" not in shown


def test_what_stands_in_the_way_of_an_approval_is_listed_with_every_error(room):
    assert "Nobody has prepared this run for signature yet." in words(room, "run")
    assert "R06: Its review was due on 30 September 2026." in words(room, "run")
    digest = json.loads((run_of(room) / "manifest.json").read_text())["outputs"]["assessment.json"]
    assert digest in room.told["run"].value
    assert f"<strong><code>{digest[:8]}</code></strong>" in room.told["run"].value


@pytest.mark.parametrize("typed", ["", "0000000", "zzzzzzzz", "first seven"])
def test_a_mistaken_click_cannot_sign(room, typed):
    prepared(room)
    digest = signing.covered(run_of(room)).results
    before = said(room)
    sign(room, confirm=digest[:7] if typed == "first seven" else typed)
    assert said(room) == before
    assert "type the first 8 characters of the digest; nothing is signed" in words(room, "sign")
    assert room.controls["note"].value == "Agreed."


def test_nothing_is_chosen_beforehand_and_a_digest_alone_signs_nothing(room):
    prepared(room)
    assert room.controls["decision"].value is None
    before = said(room)
    sign(room, decision=None, confirm=signing.covered(run_of(room)).results[:8])
    assert said(room) == before
    assert "choose a decision on the run first" in words(room, "sign")


def test_the_digest_typed_signs_once_and_the_page_says_so(room):
    prepared(room)
    assert "Nothing stands in the way of an approval." in words(room, "run")
    digest = signing.covered(run_of(room)).results
    sign(room, confirm=f" {digest[:8].upper()} ")
    last = said(room)[-1]
    assert (last.kind, last.content["decision"], last.content["results"]) == ("signed", "approve", digest)
    assert (last.content["expires_on"], last.role, last.account) == ("2027-05-31", "Chief constable", "c-01")
    assert "signed by Chief constable on 26 November 2026, until 31 May 2027" in words(room, "run")
    assert "signed by Chief constable" in words(room, "page")
    assert room.controls["confirm"].value == ""
    sign(room, confirm=digest[:8])
    assert said(room)[-1] == last
    assert "signed already" in words(room, "sign")


def test_an_approval_that_the_rules_refuse_is_told_and_a_return_still_goes(room):
    digest = signing.covered(run_of(room)).results
    sign(room, confirm=digest[:8])
    assert "Nobody has prepared" in words(room, "sign")
    sign(room, decision="return", expires="", note="Review R06 first.", confirm=digest[:8])
    assert said(room)[-1].content["decision"] == "return"


def test_the_decisions_on_a_run_are_those_of_a_signature():
    assert tuple(RUN_DECISIONS.values()) == risk.DECISIONS


def test_a_decision_after_the_preparation_stands_in_the_way_until_it_is_prepared_again(room):
    prepared(room)
    decide(room, "R05", "treating")
    assert "Since it was prepared the register changed" in words(room, "run")
    signing.prepare(room.desk, run_of(room), AUTHOR, "Again.", NOW)
    room.controls["again"].click()
    assert "Nothing stands in the way of an approval." in words(room, "run")


def test_where_there_is_no_run_the_page_says_which_command_makes_it(begun, tmp_path, assessed):
    page = office(assessed, str(begun / "force"), tmp_path, lambda: NOW)
    assert "apstra run --force force --year 2026 --as-at 2026-11-01 --scenario baseline" in page.told["run"].value
    assert page.controls["sign"].disabled
    assert not page.controls["decision R05"].disabled


def test_where_no_ledger_has_begun_everything_is_shown_and_nothing_can_be_said(begun, tmp_path, assessed):
    folder = shutil.copytree(begun / "force", tmp_path / "force", ignore=shutil.ignore_patterns("ledger.sqlite"))
    page = office(assessed, str(folder), begun / "out", lambda: NOW)
    assert "apstra register begin --force force" in page.told["page"].value
    assert "The risks that matter most" in page.told["page"].value
    free = {name for name, control in page.controls.items() if not control.disabled}
    assert free == {"role", "account", "again"}
    data.begin(data.desk(folder, NOW.date()), AUTHOR, NOW, "It begins.")
    page.controls["again"].click()
    assert not page.controls["record R06"].disabled


def test_a_ledger_that_breaks_while_the_page_is_open_is_told_in_one_line(room):
    room.desk.place.file.write_bytes(b"not a ledger")
    decide(room, "R05", "treating")
    assert words(room, "record R05").count('role="alert"') == 2
    assert "Traceback" not in words(room, "record R05")


def test_the_clock_is_read_with_its_zone():
    assert chief_officer.the_time().tzinfo is UTC


def test_the_first_role_offered_is_the_approver_of_the_force(room):
    assert room.controls["role"].options[0] == room.desk.scenario.force.responsible["approver"]
    assert Actor(room.controls["role"].value, "c-01")
