"""Keeping what a run said: appended once, never changed, and scored by the next assessment."""

import json

import pandas as pd
import pytest
from small_force import write_small_force

from apstra import data, run
from apstra.assessment.track import COLUMNS
from apstra.data import proof
from apstra.data.cache import sha256
from apstra.schema import TABLES

ROW = dict.fromkeys(COLUMNS, 5.0) | {
    "as_at": "2026-11-01", "kind": "operations", "subject": "2026-27", "title": "Operations in 2026-27",
    "starts_on": "2026-04-01", "ends_on": "2027-03-31", "held_50": 0.5, "held_80": 0.8, "held_95": 0.95, "some": 1.0,
}  # fmt: skip


@pytest.fixture
def force(tmp_path):
    return write_small_force(tmp_path / "small")


@pytest.fixture
def finished(tmp_path):
    """Return a function that makes the folder of a finished run."""

    def make(*, force="small", scenario="baseline", as_at="2026-11-01"):
        folder = tmp_path / f"run-{as_at}-{scenario}"
        (folder / "tables").mkdir(parents=True)
        said = folder / "tables" / "statements.csv"
        pd.DataFrame([ROW | {"as_at": as_at}]).to_csv(said, index=False)
        parameters = {"force": force, "year": 2026, "as_at": as_at, "scenario": scenario}
        manifest = {"force": force, "run_id": "abc123", "parameters": parameters,
                    "outputs": {"tables/statements.csv": sha256(said)}}  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder

    return make


def test_statements_are_kept_with_the_run_that_said_them_and_read_again(force, finished):
    assert run.keep_forecasts(finished(), force) == 1
    record = data.read_tables(force)["forecasts"]
    assert record["run"].tolist() == ["abc123"]
    assert record["provenance"].tolist() == ["illustrative"]
    assert record["source"].str.contains("abc123").all()
    assert data.validate(force).empty


def test_what_stands_in_the_record_stays_byte_for_byte(force, finished):
    run.keep_forecasts(finished(), force)
    place = force / TABLES["forecasts"].file
    before = place.read_bytes()
    run.keep_forecasts(finished(as_at="2026-12-01"), force)
    assert place.read_bytes().startswith(before)
    assert len(data.read_tables(force)["forecasts"]) == 2
    assert sorted(path.name for path in place.parent.iterdir()) == ["forecasts.csv"]


def test_the_same_day_is_never_kept_twice(force, finished):
    folder = finished()
    run.keep_forecasts(folder, force)
    with pytest.raises(ValueError, match="statements of 2026-11-01 are kept already"):
        run.keep_forecasts(folder, force)


def test_another_force_another_scenario_or_changed_statements_are_refused(force, finished):
    with pytest.raises(ValueError, match="run abc123 is of other, not of small"):
        run.keep_forecasts(finished(force="other"), force)
    with pytest.raises(ValueError, match="only baseline is scored"):
        run.keep_forecasts(finished(scenario="fast"), force)
    changed = finished(as_at="2026-12-02")
    (changed / "tables" / "statements.csv").write_text("as_at\n")
    with pytest.raises(ValueError, match="is not what the run wrote"):
        run.keep_forecasts(changed, force)
    assert not (force / TABLES["forecasts"].file).exists()


def test_a_record_at_fault_is_named_with_its_folder(force):
    place = force / TABLES["forecasts"].file
    place.parent.mkdir()
    place.write_text("as_at,kind\n2026-11-01,guess\n")
    faults = data.validate(force)
    assert set(faults["file"]) == {"ledger/forecasts.csv"}
    assert "guess" in faults["value"].tolist()


def test_the_track_record_of_the_methods_is_worked_out_once_for_the_same_code(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(proof, "CACHE", tmp_path)
    monkeypatch.setattr(proof, "worked_out", lambda: calls.append(1) or "found")
    assert [proof.evidence(), proof.evidence()] == ["found", "found"]
    monkeypatch.setattr(proof, "code_files", dict)
    proof.evidence()
    assert len(calls) == 2


def test_impossible_durations_of_the_real_log_are_blank_and_no_call_is_lost():
    log = data.real_incidents()
    assert len(log) == 35_163
    assert log["minutes"].min() > 0
    assert log["minutes"].max() <= 300
    assert 0 < log["minutes"].isna().sum() < 200
    assert log["called_at"].notna().all()
