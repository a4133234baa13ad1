"""The verbs about the register: each says what it did, and refuses in one line with exit code 3."""

import json

import pytest
from small_force import write_small_force
from test_run import ASKED, model, put_notebooks

from apstra import data, ledger, run
from apstra.__main__ import main
from apstra.data import signing
from apstra.verbs import arguments

REVIEW = ["register", "say", "reviewed", "K1", "--set", "review_on=2099-01-01"]
WHO = ["--role", "Inspector", "--account", "i-01", "--reason", "Agreed at the meeting."]


@pytest.fixture
def force(tmp_path, monkeypatch):
    for name in (arguments.ROLE, arguments.ACCOUNT):
        monkeypatch.delenv(name, raising=False)
    return write_small_force(tmp_path / "small")


@pytest.fixture
def begun(force, capsys):
    assert main(["register", "begin", "--force", str(force), *WHO]) == 0
    assert "has begun with 1 events in ledger.sqlite" in capsys.readouterr().out
    return force


def events(force):
    return data.said(force)


def test_a_ledger_begins_once(begun, capsys):
    assert main(["register", "begin", "--force", str(begun), *WHO]) == 3
    assert "has begun already" in capsys.readouterr().err
    assert [event.kind for event in events(begun)] == ["carried"]


def test_before_a_ledger_has_begun_nothing_can_be_said_and_the_register_is_the_tables(force, capsys):
    assert main([*REVIEW, "--force", str(force), *WHO]) == 3
    assert "begin it with apstra register begin" in capsys.readouterr().err
    assert main(["register", "list", "--force", str(force), "--as-at", "2026-11-01"]) == 0
    assert "No cover" in capsys.readouterr().out
    assert not (force / "ledger").exists()


def test_what_is_said_is_kept_with_who_and_why_and_shown(begun, capsys):
    said = ["register", "say", "changed", "K1", "--set", "owner=Inspector", "--set", "current_likelihood=2"]
    assert main([*said, "--force", str(begun), *WHO]) == 0
    assert capsys.readouterr().out == "E000002: changed K1\n"
    last = events(begun)[-1]
    assert (last.role, last.account, last.reason) == ("Inspector", "i-01", "Agreed at the meeting.")
    assert last.content == {"owner": "Inspector", "current_likelihood": 2}
    assert main(["register", "show", "K1", "--force", str(begun)]) == 0
    shown = capsys.readouterr().out
    assert "current likelihood: blank to 2; owner: blank to Inspector" in shown
    assert "Agreed at the meeting." in shown


def test_a_field_left_empty_is_made_blank(begun, capsys):
    say = ["register", "say", "changed", "K1", "--force", str(begun), *WHO, "--set"]
    assert main([*say, "owner=Inspector"]) == main([*say, "owner="]) == 0
    assert events(begun)[-1].content == {"owner": None}


def test_a_dismissal_keeps_the_number_the_finding_had(begun):
    say = [
        "register",
        "say",
        "moved",
        "K1",
        "--set",
        "to=dismissed",
        "--set",
        "number=7.5",
        "--force",
        str(begun),
        *WHO,
    ]
    assert main(say) == 0
    assert events(begun)[-1].content == {"to": "dismissed", "number": 7.5}


def test_a_new_entry_takes_the_next_free_id(begun, capsys):
    fields = ["kind=observation", "title=Noted", "cause=Seen", "consequence=Unknown", "state=open"]
    sets = [part for field in fields for part in ("--set", field)]
    assert main(["register", "say", "opened", "new", *sets, "--force", str(begun), *WHO]) == 0
    assert capsys.readouterr().out == "E000002: opened R02\n"


def test_an_entry_is_split_into_named_parts(begun, capsys):
    split = ["register", "say", "split", "K1", "--set", "K2=By day", "--set", "K3=By night"]
    assert main([*split, "--force", str(begun), *WHO]) == 0
    assert main(["register", "list", "--force", str(begun)]) == 0
    shown = capsys.readouterr().out
    assert "By day" in shown
    assert "By night" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["moved", "K1", "--set", "to=closed"], "it closes only with its evidence"),
        (["moved", "K9", "--set", "to=open"], "there is no entry K9"),
        (["changed", "K1", "--set", "owner"], "--set takes FIELD=VALUE"),
        (["changed", "K1", "--set", "current_impact=9"], "current_impact"),
        (["moved", "K1", "--set", "to=tolerated", "--set", "accepted_until=2099-01-01"], "not scored"),
    ],
)
def test_what_may_not_be_said_is_refused_in_one_line_and_nothing_is_kept(begun, capsys, words, said):
    assert main(["register", "say", *words, "--force", str(begun), *WHO]) == 3
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert len(events(begun)) == 1


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (["--reason", "x"], "say who you are: --role"),
        (["--role", "Inspector", "--reason", "x"], "say who you are: --account"),
        (["--role", "Inspector", "--account", "Jo Smith", "--reason", "x"], "account must be pseudonymous"),
        (["--role", "Inspector", "--account", "i-01", "--reason", " "], "a reason must be given"),
    ],
)
def test_nobody_says_anything_without_role_pseudonymous_account_and_reason(begun, capsys, who, said):
    assert main([*REVIEW, "--force", str(begun), *who]) == 3
    assert said in capsys.readouterr().err


def test_role_and_account_may_stand_in_the_environment(begun, capsys, monkeypatch):
    monkeypatch.setenv(arguments.ROLE, "Chief constable")
    monkeypatch.setenv(arguments.ACCOUNT, "c-01")
    assert main([*REVIEW, "--force", str(begun), "--reason", "Looked at."]) == 0
    assert (events(begun)[-1].role, events(begun)[-1].account) == ("Chief constable", "c-01")


def test_an_entry_that_is_not_there_is_not_shown(begun, capsys):
    assert main(["register", "show", "R99", "--force", str(begun)]) == 3
    assert "there is no entry R99" in capsys.readouterr().err


def test_a_ledger_of_this_version_needs_no_upgrade(begun, capsys):
    assert main(["register", "upgrade", "--force", str(begun)]) == 0
    assert capsys.readouterr().out == f"is of version {ledger.VERSION}\n"


@pytest.fixture
def done(begun, tmp_path):
    with model():
        return run.run(begun, *ASKED, tmp_path / "out", notebooks=put_notebooks(tmp_path / "notebooks")).folder


def test_a_run_is_prepared_and_returned_with_its_digest_confirmed(begun, done, capsys):
    sign = ["sign", str(done), "--force", str(begun), "--reason", "As agreed.", "--decision"]
    assert main([*sign, "prepared", "--role", "Analyst", "--account", "a-01"]) == 0
    assert "draft, prepared by Analyst" in capsys.readouterr().out
    chief = ["--role", "Chief constable", "--account", "c-01"]
    digest = json.loads((done / "manifest.json").read_text())["outputs"]["assessment.json"]
    for wrong in ([], ["--confirm", digest[: signing.CONFIRMED - 1]], ["--confirm", "0" * signing.CONFIRMED]):
        assert main([*sign, "return", *chief, *wrong]) == 3
        assert "not signed: --confirm" in capsys.readouterr().err
    assert [event.kind for event in events(begun)] == ["carried", "prepared"]
    assert main([*sign, "approve", *chief, "--confirm", digest, "--expires", "2099-01-01"]) == 3
    assert "The register has" in capsys.readouterr().err
    assert main([*sign, "return", *chief, "--confirm", digest[: signing.CONFIRMED]]) == 0
    said = capsys.readouterr().out
    assert digest in said
    assert "returned by Chief constable" in said


def test_a_run_is_verified_and_the_first_thing_that_does_not_match_named(begun, done, capsys, monkeypatch):
    from small_force import stand_in_of  # noqa: PLC0415

    monkeypatch.setattr("apstra.data.store.compute", lambda *_: stand_in_of(begun))
    assert main(["verify", str(done), "--force", str(begun)]) == 0
    said = capsys.readouterr().out
    assert said.count("matches:") == 6
    assert "not a qualified electronic signature" in said
    (done / "register.csv").write_text("other")
    assert main(["verify", str(done), "--force", str(begun)]) == 2
    assert "does not match: the files of the run: register.csv was changed after the run" in capsys.readouterr().out


def test_what_is_no_run_is_refused(begun, tmp_path, capsys):
    assert main(["verify", str(tmp_path), "--force", str(begun)]) == 3
    assert "no folder of a finished run" in capsys.readouterr().err
