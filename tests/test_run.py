"""The bell: strict, whole or not at all, the same everywhere, and done once."""

import fcntl
import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from small_force import code, markdown, notebook, stand_in, write_small_force

from apstra import data, run
from apstra.data import store
from apstra.run import manifest
from apstra.run.job import job_of
from apstra.run.notebooks import check_parameters, source_hash, without_traces

PARAMETERS = (
    'force: str = "x"\nyear: int = 2026\nas_at: str = "2026-11-01"\nscenario: str = "baseline"\nrun_dir: str = ""'
)
ASKED = (2026, "2026-11-01", "baseline")
SHOWN = "print(scenario, year, as_at, run_dir[-8:])"


def put_notebooks(folder, *, assessment=SHOWN, register="print('fine')", parameters=PARAMETERS):
    folder.mkdir(exist_ok=True)
    for name, source in {"09_assessment": assessment, "10_register": register}.items():
        cells = (
            markdown(f"# {name}"),
            code(parameters, tags=["parameters"], name="parameters"),
            code(source, name="finding"),
            code("'last'", name="last"),
        )
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook(*cells)))
    return folder


def everything(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def forces(tmp_path_factory):
    return write_small_force(tmp_path_factory.mktemp("forces") / "small")


@pytest.fixture(autouse=True, scope="module")
def steady_code(tmp_path_factory):
    """Code that nobody edits while these tests run: its hash is part of every run's id."""
    place = tmp_path_factory.mktemp("package")
    (place / "threat.py").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "PACKAGE", place)
        yield place


@contextmanager
def model(breaches=()):
    """Stand in for the model, and count how often it is asked."""
    calls = []

    def assess(tables, scenario, _events=()):
        calls.append(scenario.name)
        return stand_in(tables, scenario, breaches)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "assess", assess)
        yield calls


@pytest.fixture(scope="module")
def done(forces, tmp_path_factory):
    """One run done, asked for again, and done again elsewhere from copies, with all that was on disk before."""
    place = tmp_path_factory.mktemp("run")
    notebooks = put_notebooks(place / "notebooks")
    lines = []
    before = everything(forces), everything(notebooks)
    with model([("gap", "one\nrequirement"), ("register", "an error")]) as calls:
        first = run.run(forces, *ASKED, place / "out", notebooks=notebooks, progress=lines.append)
        files = everything(first.folder)
        second = run.run(forces, *ASKED, place / "out", notebooks=notebooks)
        elsewhere = shutil.copytree(forces, place / "elsewhere" / "small")
        copied = shutil.copytree(notebooks, place / "elsewhere" / "notebooks")
        other = run.run(elsewhere, *ASKED, place / "elsewhere" / "out", notebooks=copied)
    return SimpleNamespace(
        place=place, first=first, second=second, other=other, files=files, lines=lines, calls=calls,
        unchanged=before == (everything(forces), everything(notebooks)),
    )  # fmt: skip


def test_a_run_stands_under_force_year_day_and_id_with_every_product(done):
    folder = done.first.folder
    assert folder.relative_to(done.place).parts[:-1] == ("out", "small", "2026", "2026-11-01")
    assert re.fullmatch("[0-9a-f]{12}", folder.name)
    expected = {"assessment.html", "register.html", "register.xlsx", "register.csv", "assessment.json", "manifest.json"}
    expected |= {"notebooks/09_assessment.ipynb", "notebooks/10_register.ipynb"}
    assert expected <= set(done.files)
    assert set(done.files) - expected == {name for name in done.files if re.fullmatch(r"tables/\w+\.csv", name)}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_the_same_run_twice_is_done_once_and_ends_alike(done):
    assert (done.first.executed, done.second.executed) == (True, False)
    assert (done.first.exit_code, done.second.exit_code) == (run.BREACHED, run.BREACHED)
    assert done.first.folder == done.second.folder
    assert done.second.breaches == ("gap: one requirement", "register: an error")
    assert len(done.calls) == 2
    assert everything(done.first.folder) == done.files


def test_a_run_elsewhere_has_the_same_id_and_every_file_but_the_manifest_to_the_last_byte(done):
    assert done.other.run_id == done.first.run_id
    other = everything(done.other.folder)
    other.pop("manifest.json")
    assert other == {name: content for name, content in done.files.items() if name != "manifest.json"}


def test_no_file_of_a_run_holds_a_path_of_the_machine(done):
    for name, content in done.files.items():
        for trace in (str(done.place), str(data.PROJECT), f"{Path.home()}/", f"{done.first.run_id}.partial"):
            assert trace.encode() not in content, f"{name} holds {trace}"


def test_a_run_changes_neither_tables_nor_notebooks(done):
    assert done.unchanged


def test_every_notebook_is_given_the_parameters_and_the_runs_own_assessment(done):
    executed = nbformat.reads(done.files["notebooks/09_assessment.ipynb"].decode(), 4)
    nbformat.validate(executed)
    assert executed.cells[3].outputs[0].text == "baseline 2026 2026-11-01 .partial\n"
    injected = executed.cells[2]
    assert injected.id == "injected-parameters"
    assert 'force = "small"' in injected.source
    assert 'run_dir = ""' in injected.source
    assert "papermill" not in json.dumps(executed)


def test_the_manifest_lists_every_input_and_output_by_hash_and_how_it_went(done):
    content = json.loads(done.files["manifest.json"])
    assert content["outputs"].keys() == done.files.keys() - {"manifest.json"}
    assert all(store.sha256(done.first.folder / name) == digest for name, digest in content["outputs"].items())
    assert {"force/areas.csv", "force/force.toml", "force/scenarios/baseline.yaml"} <= content["inputs"].keys()
    assert "reference/police_forces.csv" in content["inputs"]
    assert "force/scenarios/fast.yaml" not in content["inputs"]
    assert content["run_id"] == done.first.run_id
    assert content["parameters"] == {
        "force": "small", "year": 2026, "as_at": "2026-11-01", "scenario": "baseline", "run_dir": "",
    }  # fmt: skip
    assert content["exit_code"] == run.BREACHED
    assert content["marking"] == "OFFICIAL-SENSITIVE"
    assert content["scheme"] == {"name": "Test scale", "version": "1"}
    assert content["notebooks"].keys() == {"09_assessment", "10_register"}
    assert all(entry["status"] == "done" and entry["seconds"] > 0 for entry in content["notebooks"].values())
    assert content["previous_run_id"] is None
    assert content["versions"]["python"].startswith("3.")


def test_progress_is_told_step_by_step(done):
    assert done.lines[0].endswith("Small Constabulary")
    assert {line.split(":")[0] for line in done.lines[1:-1]} == {"09_assessment", "10_register"}
    assert done.lines[-1] == "publishing"


def test_finished_runs_are_listed_and_the_next_run_names_the_last(done):
    found = run.runs(done.place / "out")
    assert found[["force", "year", "as_at", "scenario", "run_id", "exit_code"]].to_dict("records") == [
        {"force": "small", "year": 2026, "as_at": "2026-11-01", "scenario": "baseline"}
        | {"run_id": done.first.run_id, "exit_code": run.BREACHED}
    ]
    assert manifest.previous_run(done.place / "out", "small") == done.first.run_id
    assert manifest.previous_run(done.place / "out", "other") is None
    for suffix in ("partial", "failed"):
        shutil.copytree(done.first.folder, done.place / "runs" / "small" / "2026" / "2026-11-01" / f"x.{suffix}")
    assert run.runs(done.place / "runs").empty


def fail(forces, tmp_path, **cells):
    notebooks = put_notebooks(tmp_path / "notebooks", **cells)
    with model() as calls, pytest.raises(run.RunFailed) as info:
        run.run(forces, *ASKED, tmp_path / "out", notebooks=notebooks)
    left = [path.name for path in (tmp_path / "out" / "small" / "2026" / "2026-11-01").iterdir()]
    return SimpleNamespace(message=str(info.value), left=left, calls=calls)


def test_a_failing_notebook_and_one_that_ends_itself_leave_nothing_under_the_final_name(forces, tmp_path):
    failed = fail(forces, tmp_path, assessment="1 / 0", register="import sys\nsys.exit(0)")
    assert "09_assessment: PapermillExecutionError" in failed.message
    assert "ZeroDivisionError" in failed.message
    assert "10_register: cells 5 did not run" in failed.message
    (left,) = failed.left
    assert left.endswith(".failed")
    place = tmp_path / "out" / "small" / "2026" / "2026-11-01" / left
    assert (place / "notebooks" / "09_assessment.ipynb").is_file()
    assert not list(place.glob("*.html"))


def test_a_notebook_that_hangs_or_dies_is_ended(forces, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CELL_TIMEOUT", 2.0)
    slow = "import time\ntime.sleep(60)"
    failed = fail(forces, tmp_path, assessment=slow, register="import os\nos._exit(1)")
    assert "09_assessment: CellTimeoutError" in failed.message
    assert "10_register: DeadKernelError" in failed.message
    assert len(failed.left) == 1


def test_a_product_that_cannot_be_made_fails_the_run_and_its_wreck_replaces_an_older(forces, tmp_path):
    picture = "from IPython.display import HTML\nHTML('<img src=\"data:image/png;base64,AA\">')"
    put_notebooks(tmp_path / "notebooks", assessment=picture)
    wreck = job_of(forces, ASKED, tmp_path / "out", tmp_path / "notebooks").beside("failed")
    wreck.mkdir(parents=True)
    (wreck / "older").write_text("x")
    failed = fail(forces, tmp_path, assessment=picture)
    assert "no text alternative" in failed.message
    assert failed.left == [wreck.name]
    assert not (wreck / "older").exists()


def test_a_model_that_fails_ends_the_run_and_the_notebooks_that_wait_for_it(forces, tmp_path, monkeypatch):
    notebooks = put_notebooks(tmp_path / "notebooks")

    def broken(tables, scenario, _events=()):
        raise KeyError("no such role")

    monkeypatch.setattr(run, "assess", broken)
    with pytest.raises(run.RunFailed, match="no such role"):
        run.run(forces, *ASKED, tmp_path / "out", notebooks=notebooks, workers=1)
    (wreck,) = (tmp_path / "out" / "small" / "2026" / "2026-11-01").iterdir()
    assert wreck.suffix == ".failed"
    assert not (wreck / store.MARKER).exists()
    assert len(list(wreck.rglob("*.ipynb"))) < 2


def test_a_file_changed_while_a_run_is_under_way_fails_it_at_once(forces, tmp_path, monkeypatch):
    folder = shutil.copytree(forces, tmp_path / "small")
    asks = "from apstra import data\ndata.assessment(force, year, as_at, scenario, run_dir)"
    notebooks = put_notebooks(tmp_path / "notebooks", register=asks)

    def changing(tables, scenario, _events=()):
        (folder / "areas.csv").write_text((folder / "areas.csv").read_text().replace("1000", "1001"))
        return stand_in(tables, scenario)

    monkeypatch.setattr(run, "assess", changing)
    monkeypatch.setenv("PYTHONPATH", str(data.PROJECT))
    with pytest.raises(run.RunFailed, match=r"10_register.*run_dir holds no assessment of this content"):
        run.run(folder, *ASKED, tmp_path / "out", notebooks=notebooks)


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        (PARAMETERS.replace("year: int = 2026\n", ""), "year: missing"),
        (PARAMETERS + "\nregion: str = 'x'", "region: str"),
        (PARAMETERS.replace("year: int = 2026", "year: str = '2026'"), "year: str"),
        (PARAMETERS.replace("year: int = 2026", "year = 2026"), "year: None"),
    ],
)
def test_a_notebook_whose_parameters_are_not_the_five_is_refused_before_it_starts(tmp_path, parameters, fault):
    notebooks = put_notebooks(tmp_path / "notebooks", parameters=parameters)
    with pytest.raises(ValueError, match=f"must declare exactly the parameters.*{fault}"):
        check_parameters(notebooks / "09_assessment.ipynb")


def test_a_run_is_refused_when_a_notebook_parameter_table_or_scenario_is_at_fault(forces, tmp_path):
    notebooks = put_notebooks(tmp_path / "notebooks", parameters=PARAMETERS.replace("year: int", "years: int"))
    out = tmp_path / "out"
    with model(), pytest.raises(ValueError, match="09_assessment must declare exactly"):
        run.run(forces, *ASKED, out, notebooks=notebooks)
    with pytest.raises(ValueError, match="as_at must be a date"):
        run.run(forces, 2026, "soon", "baseline", out)
    with pytest.raises(data.InvalidTables, match="baseline, fast"):
        run.run(forces, 2026, "2026-11-01", "slow", out)
    with pytest.raises(ValueError, match="notebooks must hold 09_assessment, 10_register"):
        run.run(forces, *ASKED, out, notebooks=tmp_path)
    spoilt = shutil.copytree(forces, tmp_path / "spoilt")
    (spoilt / "areas.csv").write_text("")
    with pytest.raises(data.InvalidTables, match="the file is empty"):
        run.run(spoilt, *ASKED, out, notebooks=put_notebooks(tmp_path / "notebooks"))
    assert not out.exists(), "a refused run leaves nothing it made"


def test_a_run_under_way_is_refused_and_a_dead_ones_leavings_are_replaced(forces, tmp_path):
    notebooks = put_notebooks(tmp_path / "notebooks")
    day = tmp_path / "out" / "small" / "2026" / "2026-11-01"
    digest = job_of(forces, ASKED, tmp_path / "out", notebooks).run_id
    day.mkdir(parents=True)
    dead = day / f"{digest}.partial"
    dead.mkdir()
    (dead / "leavings").write_text("x")
    with (day / f"{digest}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with model() as calls, pytest.raises(ValueError, match="is under way in another process"):
            run.run(forces, *ASKED, tmp_path / "out", notebooks=notebooks)
        assert calls == []
        assert (dead / "leavings").exists()
    with model():
        outcome = run.run(forces, *ASKED, tmp_path / "out", notebooks=notebooks)
    assert outcome.exit_code == run.DONE
    assert [path.name for path in day.iterdir()] == [digest]
    assert not (outcome.folder / "leavings").exists()


def test_the_run_id_follows_cells_and_not_the_traces_of_opening_a_notebook(forces, tmp_path):
    notebooks = put_notebooks(tmp_path / "notebooks")
    place = notebooks / "09_assessment.ipynb"
    first = source_hash(place)
    content = json.loads(place.read_text())
    content["cells"][2] |= {"execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]}
    content["metadata"]["widgets"] = {"state": {}}
    place.write_text(json.dumps(content))
    assert source_hash(place) == first
    ids = [job_of(forces, ASKED, tmp_path, notebooks).run_id]
    put_notebooks(notebooks, assessment="print('changed')")
    ids.append(job_of(forces, ASKED, tmp_path, notebooks).run_id)
    ids.append(job_of(forces, (2026, "2026-11-02", "baseline"), tmp_path, notebooks).run_id)
    assert len(set(ids)) == 3


def test_an_executed_notebook_keeps_its_outputs_but_no_warning_or_time(tmp_path):
    place = tmp_path / "x.ipynb"
    warned = {"output_type": "stream", "name": "stderr", "text": "/home/someone"}
    kept = {"output_type": "stream", "name": "stdout", "text": "kept"}
    cell = code("x", warned, kept)
    cell["metadata"] |= {"execution": {"iopub.status.busy": "2026-11-21"}, "papermill": {"duration": 1}}
    place.write_text(json.dumps(notebook(cell) | {"metadata": {"papermill": {"input_path": "/home/someone"}}}))
    without_traces(place, {})
    content = json.loads(place.read_text())
    assert content["metadata"] == {}
    assert content["cells"][0]["metadata"] == {"tags": []}
    assert content["cells"][0]["outputs"] == [kept]


def test_the_commit_is_named_with_a_mark_when_files_differ_and_nothing_outside_a_repository(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "PROJECT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert manifest.git_commit() is None
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    (tmp_path / "a").write_text("1")
    for words in (("init", "-q"), ("add", "a"), (*who, "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    clean = manifest.git_commit()
    assert re.fullmatch("[0-9a-f]{40}", clean)
    (tmp_path / "a").write_text("2")
    assert manifest.git_commit() == f"{clean}+"


def test_the_manifest_names_the_versions_of_what_the_project_needs(monkeypatch):
    lines = ["pandas>=3.1,<4", "nowhere-to-be-found>=1", 'pytest>=9; extra == "tests"']
    monkeypatch.setattr(manifest, "requires", lambda _: lines)
    found = manifest.versions()
    assert {"python", "pandas"} <= set(found)
    assert not {"nowhere-to-be-found", "pytest"} & set(found)
