"""Decision and signature: who may sign what, what a signature covers, and the first thing that no longer matches."""

import hashlib
import json
import shutil
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from small_force import stand_in_of, write_small_force
from test_run import ASKED, model, put_notebooks

from apstra import data, ledger, run
from apstra.data import signing, store
from apstra.risk import APPROVALS, Actor, Draft
from apstra.run.verifying import LIMIT, LOOKS, verify

ANALYST = Actor("Analyst", "a-01")
CHIEF = Actor("Chief constable", "c-01")
INSPECTOR = Actor("Inspector", "i-01")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
UNTIL = "2027-05-31"
CURED = {
    "owner": "Inspector", "current_likelihood": 1, "current_impact": 1, "inherent_likelihood": 1, "inherent_impact": 1,
    "target_likelihood": 1, "target_impact": 1, "confidence": "high", "treatment": "treat",
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def steady_code(tmp_path_factory):
    """Code that the tests may change: its hash is part of what is signed."""
    place = tmp_path_factory.mktemp("package")
    (place / "threat.py").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "PACKAGE", place)
        yield place


@pytest.fixture
def signable(tmp_path, monkeypatch):
    """A force whose register has no errors, a finished run of it, and how to run it again."""
    folder = write_small_force(tmp_path / "small")
    desk = data.desk(folder, NOW.date())
    data.begin(desk, ANALYST, NOW, "The register moves to the ledger.")
    drafts = [
        Draft("changed", "K1", CURED, "Scored."),
        Draft("moved", "K1", {"to": "treating"}, "A plan stands."),
        Draft("control_added", "C01", {"risk_id": "K1", "title": "Course", "status": "planned", "effect": "More crews",
                                       "owner": "Inspector", "due_on": "2027-03-01"}, "The plan."),
        Draft("reviewed", "K1", {"review_on": "2027-05-01"}, "Looked at."),
    ]  # fmt: skip
    data.say(desk, ANALYST, drafts, NOW)
    notebooks = put_notebooks(tmp_path / "notebooks")
    monkeypatch.setattr(store, "compute", lambda *_asked: stand_in_of(folder))

    def again():
        with model():
            return run.run(folder, *ASKED, tmp_path / "out", notebooks=notebooks).folder

    return SimpleNamespace(folder=folder, desk=desk, run=again(), again=again)


def prepare(s):
    return signing.prepare(s.desk, s.run, ANALYST, "Complete and moderated.", NOW)


def sign(s, actor=CHIEF, decision="approve", expires=UNTIL, reason="Agreed."):
    return signing.sign(s.desk, s.run, actor, decision, reason, expires, NOW)


def look(s):
    return list(verify(s.run, s.desk))


def test_the_register_of_the_fixture_has_no_errors(signable):
    assert list(signing.register_errors(signable.desk, ledger.events(signable.desk.place))) == []


def test_a_signature_covers_exactly_the_results_and_the_register_and_leaves_the_run_as_it_was(signable):
    before = {path: path.read_bytes() for path in signable.run.rglob("*") if path.is_file()}
    prepare(signable)
    event = sign(signable)
    assert event.content["results"] == hashlib.sha256((signable.run / "assessment.json").read_bytes()).hexdigest()
    assert (event.subject, event.role, event.reason) == (signable.run.name, CHIEF.role, "Agreed.")
    assert event.content["expires_on"] == UNTIL
    assert {path: path.read_bytes() for path in signable.run.rglob("*") if path.is_file()} == before
    assert signing.standing_of(signable.desk, signable.run).state == "signed"
    assert [found.fault for found in look(signable)] == [""] * len(LOOKS)


@pytest.mark.parametrize("actor", [ANALYST, Actor("Chief constable", "a-01"), Actor("Analyst", "z-99")])
def test_whoever_prepared_a_run_cannot_approve_it_in_account_or_in_role(signable, actor):
    prepare(signable)
    with pytest.raises(ValueError, match="somebody else must sign"):
        sign(signable, actor)
    assert signing.standing_of(signable.desk, signable.run).state == "prepared"


def test_a_run_nobody_prepared_is_not_approved(signable):
    with pytest.raises(ValueError, match="Nobody has prepared"):
        sign(signable)


def test_authority_by_level_is_the_force_s_setting(signable):
    prepare(signable)
    sign(signable, INSPECTOR)  # may accept "low", the level of the only live risk


def test_a_role_without_authority_over_the_most_severe_risk_may_not_sign(signable):
    data.say(signable.desk, ANALYST, [Draft("changed", "K1", {"current_likelihood": 2, "inherent_likelihood": 2},
                                            "Worse.")], NOW)  # fmt: skip
    prepare(signable)
    with pytest.raises(ValueError, match="Inspector has no authority"):
        sign(signable, INSPECTOR)
    sign(signable, CHIEF)


def test_errors_of_the_register_block_an_approval_and_not_a_return(signable):
    data.say(signable.desk, ANALYST, [Draft("changed", "K1", {"owner": None}, "Left.")], NOW)
    prepare(signable)
    for decision in APPROVALS:
        with pytest.raises(ValueError, match="1 error: K1: No role owns it"):
            sign(signable, decision=decision)
    sign(signable, decision="return", expires=None, reason="Name an owner.")
    words = signing.standing_of(signable.desk, signable.run).words
    assert words == "draft, returned by Chief constable on 25 November 2026: Name an owner."


@pytest.mark.parametrize(("expires", "words"), [(None, "a date such as"), ("2026-11-25", "a day after"), ("x", "date")])
def test_an_approval_ends_on_a_day_to_come(signable, expires, words):
    prepare(signable)
    with pytest.raises(ValueError, match=words):
        sign(signable, expires=expires)


def test_a_decision_is_one_of_three(signable):
    prepare(signable)
    with pytest.raises(ValueError, match="one of approve, approve with conditions, return, not 'maybe'"):
        sign(signable, decision="maybe")


def test_a_signed_run_is_not_signed_twice_and_never_overwritten(signable):
    prepare(signable)
    sign(signable)
    with pytest.raises(ValueError, match="signed already"):
        sign(signable)
    files = {path: path.read_bytes() for path in signable.run.rglob("*") if path.is_file()}
    second = signable.again()
    assert second != signable.run
    assert {path: path.read_bytes() for path in signable.run.rglob("*") if path.is_file()} == files


def products(folder):
    return {
        "page": (folder / "assessment.html").read_text(encoding="utf-8"),
        "register": (folder / "register.html").read_text(encoding="utf-8"),
        "csv": (folder / "register.csv").read_text(encoding="utf-8-sig"),
        "manifest": json.loads((folder / "manifest.json").read_text())["standing"],
    }


def test_the_next_run_makes_products_that_say_they_are_signed_with_the_same_results(signable):
    prepare(signable)
    sign(signable, decision="approve with conditions", reason="Until the range is repaired.")
    words = "signed with conditions by Chief constable on 25 November 2026, until 31 May 2027"
    second = signable.again()
    assert all(words in text for text in products(second).values())
    assert (second / "assessment.json").read_bytes() == (signable.run / "assessment.json").read_bytes()
    assert all("draft, not signed" in text for text in products(signable.run).values())


def change_input(s, _code):
    place = s.folder / "areas.csv"
    place.write_text(place.read_text().replace("2000", "2001"))


def change_code(_s, code):
    (code / "threat.py").write_text("changed = True\n")


def change_risk(s, _code):
    data.say(s.desk, INSPECTOR, [Draft("changed", "K1", {"title": "Other"}, "Renamed.")], NOW)


@pytest.mark.parametrize(
    ("change", "words"),
    [(change_input, "a table or setting"), (change_code, "the code"), (change_risk, "the register")],
)
def test_any_later_change_shows_the_signature_as_superseded_on_every_product(signable, steady_code, change, words):
    prepare(signable)
    sign(signable)
    code = (steady_code / "threat.py").read_text()
    change(signable, steady_code)
    try:
        worth = signing.standing_of(signable.desk, signable.run)
        assert (worth.state, words in worth.words) == ("superseded", True)
        assert all(worth.words in text for text in products(signable.again()).values())
        assert next(found for found in look(signable) if found.fault)
    finally:
        (steady_code / "threat.py").write_text(code)


def spoil(name, old, new):
    def change(s, _code):
        place = s.run / name
        place.write_text(place.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    return change


def forge_results(s, _code):
    """Change the results and the manifest together, as somebody would who knows how a run records itself."""
    place, record = s.run / "assessment.json", s.run / "manifest.json"
    before = hashlib.sha256(place.read_bytes()).hexdigest()
    place.write_bytes(place.read_bytes().replace(b"0.333333333", b"0.333333334"))
    record.write_text(record.read_text().replace(before, hashlib.sha256(place.read_bytes()).hexdigest()))


@pytest.mark.parametrize(
    ("change", "what", "words"),
    [
        (spoil("register.csv", "K1", "K2"), "the files of the run", "register.csv was changed after the run"),
        (lambda s, _: (s.run / "register.xlsx").unlink(), "the files of the run", "register.xlsx is missing"),
        (lambda s, _: (s.run / "more.txt").write_text("x"), "the files of the run", "more.txt was put there"),
        (change_input, "the tables and settings", "force/areas.csv was changed since the run"),
        (lambda s, _: (s.folder / "areas.csv").unlink(), "the tables and settings", "force/areas.csv is missing"),
        (change_code, "the code, and the register up to the run's day", "the code changed"),
        (forge_results, "the results, worked out anew", "assessment.json is not what the tables and the code give"),
        (change_risk, "the signature", "superseded"),
    ],
)
def test_verify_names_the_first_thing_that_does_not_match(signable, steady_code, change, what, words):
    prepare(signable)
    sign(signable)
    code = (steady_code / "threat.py").read_text()
    change(signable, steady_code)
    try:
        *sound, last = look(signable)
    finally:
        (steady_code / "threat.py").write_text(code)
    assert [found.fault for found in sound] == [""] * len(sound)
    assert (last.what, words in last.fault) == (what, True), last


def test_verify_finds_a_history_that_was_cut_short(signable):
    import sqlite3  # noqa: PLC0415

    prepare(signable)
    sign(signable)
    with sqlite3.connect(signable.desk.place.file) as connection:
        connection.execute("DROP TRIGGER ledger_no_delete")
        connection.execute("DELETE FROM ledger_events WHERE number = (SELECT MAX(number) FROM ledger_events)")
    first = look(signable)[0]
    assert (first.what, "ends at event" in first.fault) == ("the history of the register", True)


def test_a_run_of_another_force_is_neither_signed_nor_verified(signable, tmp_path):
    other = shutil.copytree(signable.folder, tmp_path / "other")
    (other / "force.toml").write_text((other / "force.toml").read_text().replace('slug = "small"', 'slug = "other"'))
    desk = data.desk(other, NOW.date())
    with pytest.raises(ValueError, match="is of small, not of other"):
        signing.prepare(desk, signable.run, ANALYST, "x", NOW)
    with pytest.raises(ValueError, match="is of small, not of other"):
        list(verify(signable.run, desk))


def test_what_is_no_finished_run_is_refused(signable, tmp_path):
    with pytest.raises(ValueError, match="no folder of a finished run"):
        signing.covered(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ValueError, match="run it again"):
        signing.covered(tmp_path)


def test_the_run_of_the_present_content_is_found(signable):
    asked = signing.asked_of(signable.desk, 2026, NOW.date().replace(month=11, day=1), "baseline")
    assert signing.find_run(signable.desk, asked, signable.run.parents[3]) == signable.run
    change_input(signable, None)
    asked = signing.asked_of(signable.desk, 2026, NOW.date().replace(month=11, day=1), "baseline")
    assert signing.find_run(signable.desk, asked, signable.run.parents[3]) is None


def test_it_says_plainly_what_it_proves():
    assert "not a qualified electronic signature" in LIMIT
