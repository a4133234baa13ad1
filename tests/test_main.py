"""The command line: exit codes are its contract, and every refusal says what is allowed."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_force import write_small_force

from apstra import data, run
from apstra.__main__ import main
from apstra.demand import Proof, backtest

VERBS = ("validate", "run", "options", "backtest", "keep", "runs")
ASKED = ["run", "--force", "data/cumbria", "--year", "2026", "--as-at", "2026-11-01", "--scenario", "baseline"]


def usage(arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return left.value.code


def test_a_sound_folder_is_one_line_and_exit_code_0(tmp_path, capsys):
    folder = write_small_force(tmp_path / "small")
    assert main(["validate", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}: no faults\n"


def test_a_folder_is_found_from_where_the_command_is_given(tmp_path, capsys, monkeypatch):
    folder = write_small_force(tmp_path / "small")
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "small"]) == 0
    assert capsys.readouterr().out == f"{folder}: no faults\n"


def test_every_fault_is_a_line_with_place_value_and_what_is_allowed_and_exit_code_3(tmp_path, capsys):
    folder = write_small_force(tmp_path / "small")
    (folder / "travel.csv").write_text("")
    areas = folder / "areas.csv"
    areas.write_text(areas.read_text().replace("1000", "x"))
    assert main(["validate", str(folder)]) == 3
    *lines, count = capsys.readouterr().out.splitlines()
    words = [" ".join(line.split()) for line in lines]
    whole = "a whole number without separators; 0 or more [persons]; may be blank"
    assert words[0] == f"areas.csv:2 population 'x' - allowed: {whole}"
    assert words[1] == "travel.csv '' - allowed: at least a header; the file is empty"
    assert lines[0].index("'x'") == lines[1].index("''")
    assert count == "2 faults"


def test_an_assumption_that_is_not_there_is_refused_by_name_before_anything_is_made(tmp_path, capsys):
    folder = write_small_force(tmp_path / "small")
    place = folder / "assumptions.yaml"
    place.write_text(place.read_text().replace("circuity:", "roads:").replace("speed_rural:", "rural:"))
    said = "an assumption that must be there"
    assert main(["validate", str(folder)]) == 3
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith(f"assumptions.yaml circuity '' - allowed: {said}: Road distance")
    assert lines[1].startswith(f"assumptions.yaml speed_rural '' - allowed: {said}: Speed to a rural zone")
    asked = ["--force", str(folder), "--year", "2026", "--as-at", "2026-11-01", "--out", str(tmp_path / "out")]
    assert main(["run", *asked]) == 3
    out, err = capsys.readouterr()
    assert (out, [" ".join(line.split()) for line in err.splitlines()]) == (
        "",
        ["2 faults in the force's files", *lines[:2]],
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_there_is_refused_in_one_line(tmp_path, capsys):
    assert main(["validate", str(tmp_path / "nowhere")]) == 3
    assert capsys.readouterr().err == f"there is no folder {tmp_path / 'nowhere'}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["validate"],
        ["run"],
        [*ASKED, "--region", "x"],
        ["run", "--force", "x", "--year", "soon"],
        ["runs", "x"],
    ],
)
def test_bad_usage_is_refused_with_exit_code_3_and_the_usage(arguments, capsys):
    assert usage(arguments) == 3
    assert "usage: apstra" in capsys.readouterr().err


def test_options_are_printed_best_first_with_their_range_areas_and_pairs(assessed, capsys, monkeypatch):
    asked = []

    def assessment(*parameters):
        asked.append(parameters)
        return assessed

    monkeypatch.setattr(data, "assessment", assessment)
    assert main(["options", "--force", "data/cumbria", "--year", "2026", "--as-at", "2026-11-01"]) == 0
    assert [(Path(force).name, *rest) for force, *rest in asked] == [("cumbria", 2026, "2026-11-01", "baseline")]
    printed = capsys.readouterr().out
    best = assessed.options.ranking.iloc[0]
    lines = printed.splitlines()
    assert lines[2].split()[:2] == ["1", best["option_id"]]
    assert f"{best['removed']:.3f}" in lines[2]
    assert "north" in printed
    assert all(pair in printed for pair in assessed.options.pairs["first"])


def test_options_of_a_folder_at_fault_are_refused(tmp_path, capsys):
    folder = write_small_force(tmp_path / "small")
    (folder / "options.csv").write_text("option_id,title\n")
    assert main(["options", "--force", str(folder), "--year", "2026", "--as-at", "2026-11-01"]) == 3
    assert "options.csv" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb_says_its_exit_codes(verb, capsys):
    assert usage([verb, "--help"]) == 0
    words = capsys.readouterr().out
    assert "exit codes:\n  0  " in words
    assert "\n  3  " in words


def test_help_of_run_says_units_and_defaults(capsys):
    usage(["run", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    for phrase in (
        "2026 is 2026-27",
        "YYYY-MM-DD",
        "(default baseline)",
        "(default outputs)",
        "2 done, and a check is breached",
    ):
        assert phrase in words


def test_help_answers_without_loading_the_model():
    script = "import sys; from apstra.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    script += "sys.exit(any(name in sys.modules for name in ('pandas', 'numpy', 'papermill', 'matplotlib')))"
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[1], check=False, capture_output=True
    )
    assert ended.returncode == 0
    assert b"validate" in ended.stdout


@pytest.fixture
def rung(monkeypatch):
    """The command line with a bell that only remembers how it was rung."""
    calls = []

    def ring(outcome, *lines):
        def fake(*asked, **how):
            calls.append((asked, how))
            for line in lines:
                if how["progress"]:
                    how["progress"](line)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(run, "run", fake)
        return calls

    return ring


def outcome(code, *breaches, executed=True):
    return run.Outcome(Path("outputs/x"), "abc123", code, breaches, executed)


def test_run_hands_on_what_is_asked_and_its_exit_code(rung, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    calls = rung(outcome(0))
    assert main([*ASKED, "--out", "there", "--workers", "3"]) == 0
    assert calls == [(("data/cumbria", 2026, "2026-11-01", "baseline", "there"), {"workers": 3, "progress": None})]
    assert capsys.readouterr() == ("", "")


def test_each_breach_is_one_line_and_exit_code_2(rung, capsys):
    rung(outcome(2, "gap: one", "register: two"))
    assert main(ASKED) == 2
    assert capsys.readouterr() == ("breached: gap: one\nbreached: register: two\n", "")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (run.RunFailed("09: gone"), 1, "failed: 09: gone\n"),
        (ValueError("as_at must be a date"), 3, "as_at must be a date\n"),
    ],
)
def test_a_failed_and_a_refused_run_say_so_and_differ_in_exit_code(rung, capsys, error, code, said):
    rung(error)
    assert main(ASKED) == code
    assert capsys.readouterr() == ("", said)


def test_progress_is_shown_on_a_terminal_only(rung, capsys, monkeypatch):
    rung(outcome(0), "09_assessment: done")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(ASKED) == 0
    assert capsys.readouterr().err == "09_assessment: done\ndone: outputs/x\n"
    rung(outcome(0, executed=False))
    main(ASKED)
    assert capsys.readouterr().err == "already done: outputs/x\n"


def test_runs_lists_what_was_run(monkeypatch, capsys, tmp_path):
    assert main(["runs", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "no runs\n"
    found = pd.DataFrame([SimpleNamespace(force="small", run_id="abc123").__dict__])
    monkeypatch.setattr(run, "runs", lambda _: found)
    assert main(["runs"]) == 0
    assert capsys.readouterr().out.split() == ["force", "run_id", "small", "abc123"]


def test_the_package_runs_as_a_module():
    command = [sys.executable, "-m", "apstra", "validate", "nowhere"]
    ended = subprocess.run(command, cwd=Path(__file__).parents[1], check=False, capture_output=True)
    assert ended.returncode == 3
    assert b"there is no folder" in ended.stderr


SERIES = "force,year,value\n" + "".join(
    f"{force},{year}-{(year + 1) % 100:02d},{40 + 7 * ((year * number) % 5)}\n"
    for number, force in enumerate("ABC", 1)
    for year in range(1999, 2008)
)


def test_other_forces_series_are_put_through_the_back_test(tmp_path, capsys):
    (tmp_path / "ours.csv").write_text(SERIES)
    assert main(["backtest", "--series", str(tmp_path / "ours.csv")]) == 0
    out = capsys.readouterr().out
    assert "Yearly forecasts on ours, one to four years ahead, best first" in out
    for model in ("ladder", "last year", "Poisson, mean", "random walk, pooled size"):
        assert f"{model} 54" in " ".join(out.split())
    assert "Best on ours: " in out


def test_a_series_at_fault_is_refused_with_place_and_value(tmp_path, capsys):
    (tmp_path / "ours.csv").write_text(SERIES.replace("2003-04,", "2003-04,-"))
    assert main(["backtest", "--series", str(tmp_path / "ours.csv")]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "ours.csv:6 value '-" in err
    assert "allowed: a whole number without separators; 0 or more [operations]; not blank" in err


def test_the_record_of_the_methods_is_printed_whole(capsys, monkeypatch):
    record = backtest(pd.DataFrame(np.arange(24.0).reshape(2, 12) + 20, columns=range(2000, 2012), index=["A", "B"]))
    proof = Proof(*(pd.DataFrame({"scale": [name], "n": [number]}) for number, name in enumerate(("s", "d", "p", "l"))))
    monkeypatch.setattr(data, "evidence", lambda: data.Evidence({"operations": record}, proof, proof, proof.pit))
    assert main(["backtest"]) == 0
    out = capsys.readouterr().out
    assert out.count("four weeks ahead") == 2
    assert "Held-back calls that found no crew free, seen and predicted" in out
    assert "Yearly forecasts on operations" in out


def test_what_cannot_be_kept_is_refused(tmp_path, capsys):
    assert main(["keep", str(tmp_path), "--force", "data/cumbria"]) == 3
    assert "is no folder of a finished run: it holds no manifest.json" in capsys.readouterr().err
