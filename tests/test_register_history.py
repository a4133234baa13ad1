"""The life of an entry and the register as the fold of what was said: what may follow what, and what stood when."""

import copy
import random
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pandas as pd
import pytest
from conftest import WORKED, make_scenario

from apstra import data, risk
from apstra.ledger.place import VARIABLE
from apstra.risk import TRANSITIONS, Actor, Draft, check, fold, history, lineage, next_id, recorded, until
from apstra.risk.event import sealed
from apstra.risk.history import advance
from apstra.risk.lifecycle import CHECKS
from apstra.schema import TABLES
from apstra.schema.risk import STATES

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = START.date()
INSPECTOR = Actor("Armed policing inspector", "a-17")
ASSISTANT = Actor("Assistant chief constable", "b-2")
CHIEF = Actor("Chief constable", "c-3")
RISK = {"kind": "risk", "title": "Too few", "cause": "Vacancies", "consequence": "Late", "state": "open"}
LOW = {"current_likelihood": 1, "current_impact": 2}
PART = {"title": "One half"}
# What each state asks for, whichever way it is reached.
ASKED = {"closed": {"evidence": "Exercise Larch, report 4"}, "tolerated": {"accepted_until": "2026-09-30"}}


class Book:
    """A register to say things of, each on the day after the one before."""

    def __init__(self, **entries):
        self.events, self.entries, self.scenario, self.at = [], fold([]), make_scenario(), START
        for name, fields in entries.items():
            kind = "control_carried" if name.startswith("C") else "carried"
            self.say(kind, name, {} if kind == "control_carried" else RISK, **fields)

    def say(self, kind, subject, payload=None, actor=INSPECTOR, /, **fields):
        """Say something if it may be said, and return the entry it is of."""
        draft = Draft(kind, subject, {**(payload or {}), **fields}, "Because")
        check(self.entries, draft, actor, self.scenario, self.at.date())
        last = self.events[-1] if self.events else None
        self.events.append(sealed(draft, actor, self.at, last, "test"))
        advance(self.entries, self.events[-1])
        self.at += timedelta(days=1)
        return self.risk(subject)

    def risk(self, name):
        """Return an entry as it stands, without what is blank."""
        return {key: value for key, value in self.entries["risks"].get(name, {}).items() if value is not None}

    def refuse(self, words, kind, subject, payload=None, actor=INSPECTOR, /, **fields):
        """See that something may not be said, in one line, and that the register is as it was."""
        before, count = copy.deepcopy(self.entries), len(self.events)
        with pytest.raises(ValueError, match=words) as refusal:
            self.say(kind, subject, payload, actor, **fields)
        assert "\n" not in str(refusal.value)
        assert (self.entries, len(self.events)) == (before, count)


def control(of="R01", **fields):
    """Return a control of an entry."""
    return {"risk_id": of, "title": "Recruit", "status": "planned", "effect": "More crews", **fields}


# States


def test_the_states_of_the_table_are_the_states_of_the_transitions_and_none_is_a_dead_end():
    assert set(TRANSITIONS) == set(STATES)
    assert {to for ways in TRANSITIONS.values() for to in ways} == set(STATES) - {"proposed"}
    assert all(TRANSITIONS.values())


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("to", [*STATES, "deleted", None])
def test_every_transition_of_the_table_works_and_every_other_is_refused(before, to):
    book = Book(R01={**LOW, "state": before})
    asked = {"to": to, **ASKED.get(to, {})}
    if to not in TRANSITIONS[before]:
        book.refuse(f"R01 is {before}: it can become .*, not {to}", "moved", "R01", asked)
        return
    entry = book.say("moved", "R01", asked)
    assert entry["state"] == to
    expected = {
        "tolerated": {"treatment": "tolerate", "accepted_by": INSPECTOR.role, "accepted_until": "2026-09-30"},
        "treating": {"treatment": "treat"},
        "closed": {"evidence": "Exercise Larch, report 4"},
        "reopened": {"times_reopened": 1},
    }.get(to, {})
    assert expected.items() <= entry.items()
    assert set(entry) - {"state", *expected} == set(Book(R01=LOW).risk("R01")) - {"state"}


@pytest.mark.parametrize("state", ["closed", "dismissed"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("changed", {"owner": "Inspector"}),
        ("reviewed", {"review_on": "2027-01-01"}),
        ("merged", {"into": "R02"}),
        ("split", {"into": {"R09": PART}}),
        ("closing_proposed", {"keys": "shortfall:ARV"}),
    ],
)
def test_an_entry_that_is_over_is_reopened_before_anything_else_is_said_of_it(state, kind, said):
    book = Book(R01={"state": state}, R02={})
    book.refuse(f"R01 is {state}: reopen it first", kind, "R01", said)
    book.refuse(f"R01 is {state}: reopen it first", "control_added", "C01", control())
    book.refuse("R01 is .*: reopen it first", "merged", "R02", {"into": "R01"})
    book.say("moved", "R01", {"to": "reopened"})
    book.say(kind, "R01", said)


def test_nothing_closes_without_its_evidence_and_what_comes_back_needs_new_evidence():
    book = Book(R01={})
    for evidence in ({}, {"evidence": None}, {"evidence": " "}, {"evidence": ""}):
        book.refuse("evidence", "moved", "R01", {"to": "closed", **evidence})
    book.say("moved", "R01", {"to": "closed", "evidence": "Report 4"})
    back = book.say("moved", "R01", {"to": "reopened"})
    assert (back["times_reopened"], "evidence" in back) == (1, False)
    book.refuse("evidence", "moved", "R01", {"to": "closed"})
    book.say("moved", "R01", {"to": "closed", "evidence": "Report 5"})
    assert book.say("moved", "R01", {"to": "reopened"})["times_reopened"] == 2


# Tolerating

LEVELS = {"low": (1, 2), "medium": (3, 2), "high": (3, 4), "very high": (5, 5)}
MAY = {
    INSPECTOR: {"low", "medium"},
    ASSISTANT: {"low", "medium", "high"},
    CHIEF: {"low", "medium", "high", "very high"},
    Actor("Analyst", "d-4"): set(),
}


@pytest.mark.parametrize("actor", MAY, ids=lambda actor: actor.account)
@pytest.mark.parametrize("level", LEVELS)
def test_a_risk_is_tolerated_only_by_a_role_whose_authority_covers_its_level(level, actor):
    likelihood, impact = LEVELS[level]
    book = Book(R01={"current_likelihood": likelihood, "current_impact": impact})
    asked = {"to": "tolerated", "accepted_until": "2026-12-31"}
    if level in MAY[actor]:
        assert book.say("moved", "R01", asked, actor)["accepted_by"] == actor.role
    else:
        book.refuse(f"R01 is {level}: .* may accept it, {actor.role} may not", "moved", "R01", asked, actor)


@pytest.mark.parametrize("until", [None, "", "2026-03-03", "2026-03-01", "31/12/2026", "20261231", "soon", 20261231])
def test_a_risk_is_tolerated_only_until_a_day_to_come(until):
    Book(R01=LOW).refuse("R01", "moved", "R01", {"to": "tolerated", "accepted_until": until})


def test_nobody_tolerates_a_risk_without_a_score_but_an_observation_needs_none():
    asked = {"to": "tolerated", "accepted_until": "2026-12-31"}
    Book(R01={}).refuse("not scored", "moved", "R01", asked, CHIEF)
    Book(R01={"current_likelihood": 2}).refuse("not scored", "moved", "R01", asked, CHIEF)
    assert Book(R01={"kind": "observation"}).say("moved", "R01", asked)["state"] == "tolerated"


@pytest.mark.parametrize("to", TRANSITIONS["tolerated"])
def test_an_acceptance_lasts_no_longer_than_the_state_it_belongs_to(to):
    book = Book(R01=LOW)
    book.say("moved", "R01", {"to": "tolerated", "accepted_until": "2026-12-31"})
    entry = book.say("moved", "R01", {"to": to, **ASKED.get(to, {})})
    assert not {"accepted_by", "accepted_until"} & set(entry)
    assert entry.get("treatment") == ("treat" if to == "treating" else None)


def test_the_treatment_of_a_tolerated_risk_is_not_changed_beneath_its_acceptance():
    book = Book(R01=LOW)
    book.say("moved", "R01", {"to": "tolerated", "accepted_until": "2026-12-31"})
    book.refuse("its treatment changes when it is moved", "changed", "R01", {"treatment": "treat"})
    assert book.say("moved", "R01", {"to": "treating"}).get("accepted_by") is None


def test_tolerating_is_never_a_mere_change_of_a_field():
    book = Book(R01=LOW)
    words = "tolerating is a decision with a last day"
    book.refuse(words, "changed", "R01", {"treatment": "tolerate"})
    book.refuse(words, "opened", "R02", {**RISK, "treatment": "tolerate"})
    book.refuse(words, "split", "R01", {"into": {"R02": {**PART, "treatment": "tolerate"}}})
    book.refuse("treated, transferred or terminated", "moved", "R01", {"to": "treating", "treatment": "tolerate"})
    for treatment in ("transfer", "terminate"):
        assert Book(R01={}).say("moved", "R01", {"to": "treating", "treatment": treatment})["treatment"] == treatment


# Ids, merging, splitting

MERGED = ["linked", "moved", "merged"]


@pytest.mark.parametrize("state", STATES)
def test_an_id_is_never_used_again_whatever_became_of_its_entry(state):
    book = Book(R07={"state": state}, R03={}, C02=control("R03"))
    words = "was used before: ids are never used again"
    book.refuse(words, "opened", "R07", RISK)
    book.refuse(words, "carried", "R07", RISK)
    book.refuse(words, "split", "R03", {"into": {"R07": PART}})
    book.refuse(words, "control_added", "C02", control("R03"))
    assert (next_id(book.entries), next_id(book.entries, "controls")) == ("R08", "C03")
    assert next_id(fold([])) == "R01"
    assert next_id({"risks": {"R2026-04": {}, "R²": {}, "X": {}}}) == "R202605"


def test_merging_keeps_both_histories_and_hands_on_the_controls_and_the_findings():
    book = Book(
        R01={"origin": "shortfall:ARV|shortfall:TFC", "number": 3.5}, R02={**LOW, "origin": "shortfall:TFC|late:N"},
        C01=control("R02"), C02=control("R01"),
    )  # fmt: skip
    book.say("linked", "R02", {"relation": "incident", "to": "O-7"})
    book.say("moved", "R02", {"to": "tolerated", "accepted_until": "2026-12-31"})
    merged = book.say("merged", "R02", {"into": "R01"})
    assert (merged["state"], merged["merged_into"], merged["evidence"]) == ("closed", "R01", "Merged into R01")
    assert not {"accepted_by", "accepted_until"} & set(merged)
    assert book.risk("R01")["origin"] == "shortfall:ARV|shortfall:TFC|late:N"
    assert [found["risk_id"] for found in book.entries["controls"].values()] == ["R01", "R01"]
    said = history(book.events)
    assert list(said.loc[said["risk_id"] == "R02", "kind"]) == ["carried", "control_carried", *MERGED]
    assert list(said.loc[said["risk_id"] == "R01", "kind"]) == ["carried", "control_carried"]
    assert (lineage(book.events, "R01"), lineage(book.events, "R02")) == (["R01", "R02"], ["R02"])
    book.refuse("merged into R01: its history goes on there", "moved", "R02", {"to": "reopened"})
    for into in ("R01", "R09", None, ["R02"], 3):
        book.refuse("R0", "merged", "R01", {"into": into})
    book.refuse("R0", "merged", "R01", {"into": "R02", "note": "more"})


def test_splitting_keeps_the_whole_and_starts_the_parts_as_it_stands_with_nothing_of_its_decisions():
    book = Book(R01={**LOW, "owner": "Inspector", "origin": "shortfall:ARV", "number": 2.0}, C01=control())
    book.say("moved", "R01", {"to": "tolerated", "accepted_until": "2026-12-31"})
    parts = {"R02": {"title": "By day"}, "R03": {"title": "By night", "owner": "Sergeant", "current_impact": 4}}
    on = book.at.date().isoformat()
    book.say("split", "R01", {"into": parts})
    start = {**RISK, **LOW, "opened_on": on, "owner": "Inspector", "split_from": "R01"}
    start |= {"source": "Ledger of the register", "provenance": "force"}
    assert book.risk("R02") == {**start, "risk_id": "R02", "title": "By day"}
    assert book.risk("R03") == {**start, "risk_id": "R03", **parts["R03"]}
    assert (book.risk("R01")["state"], book.entries["controls"]["C01"]["risk_id"]) == ("tolerated", "R01")
    book.say("split", "R03", {"into": {"R04": PART}})
    book.say("merged", "R02", {"into": "R04"})
    assert lineage(book.events, "R04") == ["R04", "R02", "R03", "R01"]
    for into in (None, {}, ["R05"], {"R05": {}}, {"R05": "By day"}, {"R05": {**PART, "state": "closed"}},
                 {"R06|R07": PART}, {" ": PART}):  # fmt: skip
        book.refuse("R0|an event", "split", "R01", {"into": into})


def test_an_observation_can_become_a_risk_and_a_risk_never_an_observation():
    book = Book(R01={"kind": "observation"}, R02={}, R03={"kind": "observation"})
    assert book.say("changed", "R01", {"kind": "risk", **LOW})["kind"] == "risk"
    book.refuse("a risk never an observation", "changed", "R01", {"kind": "observation"})
    book.refuse("a risk never an observation", "changed", "R02", {"kind": "observation"})
    # Whoever accepted an observation had no risk before them, and perhaps no authority over its level.
    book.say("moved", "R03", {"to": "tolerated", "accepted_until": "2026-12-31"})
    book.refuse("tolerated as an observation", "changed", "R03", {"kind": "risk"})


# Everything else that may be said, and what may not


def test_a_review_sets_the_day_of_the_next_and_answers_a_proposal_to_close():
    book = Book(R01={})
    assert book.say("closing_proposed", "R01", {"keys": "shortfall:ARV"})["closing_proposed"] == "shortfall:ARV"
    on = book.at.date().isoformat()
    entry = book.say("reviewed", "R01", {"review_on": "2026-09-01"})
    assert (entry["reviewed_on"], entry["review_on"], entry.get("closing_proposed")) == (on, "2026-09-01", None)
    today = book.at.date().isoformat()
    for said in ({}, {"review_on": today}, {"review_on": "soon"}, {"review_on": "2027-01-01", "owner": "x"}):
        book.refuse("R01", "reviewed", "R01", said)


def test_a_control_is_added_to_a_live_entry_and_changed_in_what_it_is_not_in_whose_it_is():
    book = Book(R01={}, R02={})
    book.say("control_added", "C01", control(due_on="2026-12-01"))
    book.say("control_changed", "C01", {"status": "existing", "effect_seen": "Two crews more"})
    kept = book.entries["controls"]["C01"]
    assert (kept["status"], kept["effect"], kept["effect_seen"]) == ("existing", "More crews", "Two crews more")
    book.refuse("risk_id cannot be set", "control_changed", "C01", {"risk_id": "R02"})
    book.refuse("nothing would change", "control_changed", "C01", {"status": "existing"})
    book.refuse("no control C09", "control_changed", "C09", {"status": "existing"})
    for said in (control("R09"), control(["R01"]), control(status="done"), {"risk_id": "R01"}, control(due_on="soon")):
        book.refuse("R0|C02", "control_added", "C02", said)
        book.refuse("R0|C02", "control_carried", "C02", said)
    assert list(history(book.events)["risk_id"]) == ["R01", "R02", "R01", "R01"]


def test_an_entry_is_tied_to_what_realised_it_once_and_the_tie_is_undone():
    book = Book(R01={})
    tie = {"relation": "incident", "to": "O-7"}
    book.refuse("not there", "unlinked", "R01", tie)
    book.say("linked", "R01", tie)
    book.refuse("there already", "linked", "R01", tie)
    links = recorded(book.events)["links"]
    assert links[["risk_id", "relation", "linked_id"]].to_numpy().tolist() == [["R01", "incident", "O-7"]]
    book.say("unlinked", "R01", tie)
    assert recorded(book.events)["links"].empty
    wrong = [
        {"relation": "friend"},
        {"to": None},
        {"to": ["x"]},
        {"to": " "},
        {"colour": "red"},
        {"provenance": "rumour"},
    ]
    for said in ({**tie, **part} for part in wrong):
        book.refuse("R01", "linked", "R01", said)
    book.refuse("no entry R09", "linked", "R09", tie)


def test_a_proposal_keeps_the_size_of_its_finding():
    book = Book()
    entry = book.say("opened", "R01", {**RISK, "state": "proposed", "origin": "shortfall:ARV", "number": 3.25})
    assert (entry["number"], entry["opened_on"], entry["provenance"]) == (3.25, "2026-03-02", "force")
    assert book.say("moved", "R01", {"to": "dismissed", "number": 4})["number"] == 4
    for number in ("4", True, float("inf"), float("nan"), [4]):
        book.refuse("R02", "opened", "R02", {**RISK, "state": "proposed", "number": number})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", None),
        ("title", "x" * 4_001),
        ("title", ["a"]),
        ("current_impact", 0),
        ("current_impact", 6),
        ("current_impact", 2.5),
        ("current_impact", "3"),
        ("current_impact", True),
        ("review_on", "2026-02-30"),
        ("confidence", "certain"),
        ("treatment", "ignore"),
        ("state", "closed"),
        ("risk_id", "R09"),
        ("merged_into", "R09"),
        ("accepted_by", "Chief constable"),
        ("no_such_field", 1),
    ],
)
def test_a_field_takes_what_its_column_declares_and_no_other_field_can_be_set(field, value):
    book = Book(R01={})
    book.refuse("R01", "changed", "R01", {field: value})
    book.refuse("R02", "opened", "R02", {**RISK, field: value})


@pytest.mark.parametrize("said", [{"treatment": "ignore"}, {"number": "many"}, {"evidence": 4}, {"owner": "Chief"},
                                  {"accepted_until": "soon"}])  # fmt: skip
def test_a_move_takes_nothing_that_the_table_could_not_hold(said):
    Book(R01={}).refuse("R01", "moved", "R01", {"to": "treating", **said})


@pytest.mark.parametrize(
    "said", [{"state": "gone"}, {"opened_on": "soon"}, {"times_reopened": "twice"}, {"title": None}, {"colour": "red"}]
)
def test_what_is_carried_over_is_what_the_table_can_hold(said):
    Book().refuse("R01", "carried", "R01", {**RISK, **said})


def test_a_kind_of_event_that_is_none_is_refused_and_a_change_of_nothing_too():
    book = Book(R01={"owner": "Inspector"})
    book.refuse("an event is one of carried, opened", "deleted", "R01")
    book.refuse("nothing would change", "changed", "R01", {"owner": "Inspector"})
    book.refuse("no entry R09", "changed", "R09", {"owner": "Inspector"})


# The register at a day


@cache
def random_history(seed, attempts=700):
    """Return a history at random, what stood after each event, and the states that the test itself reckons."""
    draw, book, snapshots, states = random.Random(seed), Book(), [], {}  # noqa: S311
    for _ in range(attempts):
        known = list(book.entries["risks"])
        one, other = (draw.choice(known or ["R01"]) for _ in range(2))
        new, kind = next_id(book.entries), draw.choice([kind for kind in CHECKS if kind not in ("prepared", "signed")])
        said = {
            "opened": {**RISK, **LOW, "state": draw.choice(["open", "proposed"]), "origin": f"key:{draw.randrange(9)}"},
            "changed": {"owner": f"Role {draw.randrange(4)}", "kind": draw.choice(["risk", "observation"])},
            "moved": {"to": (to := draw.choice(STATES)), **ASKED.get(to, {})},
            "reviewed": {"review_on": "2030-01-01"},
            "merged": {"into": other},
            "split": {"into": {new: PART, f"{new}b": PART}},
            "closing_proposed": {"keys": "key:1"},
            "control_added": control(one),
            "control_changed": {"effect_seen": f"Seen {draw.randrange(9)}"},
            "linked": (tie := {"relation": "threat", "to": f"T{draw.randrange(3)}"}),
            "unlinked": tie,
        }.get(kind, {**RISK, **LOW})
        controls = next_id(book.entries, "controls")
        subject = {"opened": new, "carried": new, "control_added": controls}.get(kind, one)
        if kind == "control_changed":
            subject = draw.choice([*book.entries["controls"], "C00"])
        book.at -= timedelta(days=1) - timedelta(hours=draw.choice([0, 1, 30]))
        try:
            book.say(kind, subject, said, draw.choice([INSPECTOR, CHIEF]))
        except ValueError:
            book.at += timedelta(days=1)
            continue
        if kind in ("opened", "carried"):
            states[subject] = said["state"]
        elif kind == "moved":
            states[subject] = said["to"]
        elif kind == "merged":
            states[subject] = "closed"
        elif kind == "split":
            states.update(dict.fromkeys(said["into"], "open"))
        snapshots.append((book.events[-1].day, copy.deepcopy(book.entries), dict(states)))
    return book.events, snapshots


@pytest.mark.parametrize("seed", range(4))
def test_the_register_at_any_past_day_is_the_fold_of_what_was_said_up_to_it(seed):
    events, snapshots = random_history(seed)
    assert len({event.kind for event in events}) >= 11, "the history is not varied enough"
    day, last = events[0].day - timedelta(days=1), events[-1].day
    stood, states = fold([]), {}
    while day <= last:
        for on, entries, reckoned in snapshots:
            if on == day:
                stood, states = entries, reckoned
        then = fold(until(events, day))
        assert then == stood
        assert {name: entry["state"] for name, entry in then["risks"].items()} == states
        assert [event for event in events if event.day <= day] == until(events, day)
        day += timedelta(days=1)
    assert fold(events) == stood


@pytest.mark.parametrize("seed", range(4))
def test_whatever_may_be_said_leaves_a_register_the_tables_can_hold(seed):
    events, _ = random_history(seed)
    tables = recorded(events)
    for name, table in tables.items():
        assert list(table.columns) == [column.name for column in TABLES[name].columns]
        assert not table.duplicated(list(TABLES[name].key)).any()
        for column in TABLES[name].columns:
            values = table[column.name].dropna()
            assert column.blank or column.absent or len(values) == len(table), column.name
            assert not column.allowed or values.isin(column.allowed).all(), column.name
    assert set(tables["controls"]["risk_id"]) <= set(tables["risks"]["risk_id"])
    tolerated = tables["risks"]["state"] == "tolerated"
    assert (tables["risks"]["accepted_by"].notna() == tolerated).all()
    assert ((tables["risks"]["treatment"] == "tolerate") == tolerated).all()
    said = history(events)
    assert len(said) == len(events)
    assert said["said"].str.len().min() > 0
    assert set(said["risk_id"]) <= set(tables["risks"]["risk_id"])


def test_nothing_is_recorded_where_nothing_was_said():
    assert recorded([]) == {}
    assert history([]).empty


# The worked force


@pytest.fixture(scope="module")
def worked_copy(tmp_path_factory):
    """Return a copy of the worked force that has begun a ledger, and its desk."""
    folder = tmp_path_factory.mktemp("forces") / "cumbria"
    shutil.copytree(WORKED, folder)
    (folder / "ledger" / "ledger.sqlite").unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        desk = data.desk(folder, date(2026, 11, 1))
    events = data.begin(desk, INSPECTOR, START, "Carried over from the tables")
    return desk, events


@pytest.mark.parametrize("name", ["risks", "controls", "links"])
def test_a_ledger_begins_with_the_tables_as_they_stand_to_the_last_cell_and_type(name, worked_copy):
    desk, events = worked_copy
    assert data.said(desk.folder) == events
    pd.testing.assert_frame_equal(recorded(events)[name], data.read_tables(desk.folder)[name])


def test_a_register_that_has_begun_does_not_begin_again_and_keeps_what_it_said_before_a_day(worked_copy):
    desk, events = worked_copy
    with pytest.raises(ValueError, match="has begun already"):
        data.begin(desk, INSPECTOR, START, "Again")
    later = START + timedelta(days=30)
    data.say(desk, INSPECTOR, [Draft("changed", "R01", {"owner": "Superintendent"}, "Moved")], later)
    assert data.said(desk.folder, later.date() - timedelta(days=1)) == events
    assert len(data.said(desk.folder, later.date())) == len(events) + 1
    assert data.said(desk.folder, TODAY - timedelta(days=1)) == ()


def test_the_first_link_of_a_register_is_its_force_s_own(worked_copy):
    desk, events = worked_copy
    assert risk.first_fault(events, desk.scenario.force.slug) == ""
    assert risk.first_fault(events, "elsewhere").startswith("event 1 does not follow")
