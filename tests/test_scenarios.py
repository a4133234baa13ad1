"""Scenarios as small files of differences: every fault told, edits that do what they say and no more, safe saving."""

import csv
import json
import multiprocessing
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from conftest import AS_AT, WORKED
from small_force import _whole, stand_in, write_small_force

import apstra.assessment
from apstra import data, report, run
from apstra.__main__ import main
from apstra.assessment.differences import edited, risks_proposed, side_by_side, told
from apstra.data import store
from apstra.run.job import job_of
from apstra.schema import TABLES
from apstra.schema.edit import EDITABLE, FIXED_ROWS, Edit

CREW = {"base_id": "B1", "block": "early-weekday-summer"}
AGREED = {"agreement_id": "AG1", "donor_id": "D1", "basis": "s24", "role": "ARV", "officers": 4, "availability": 0.5}
AGREED |= {"notice_low": 5, "notice_mode": 10, "notice_high": 20, "signed_on": "2025-01-01", "interoperable": "yes"}
MORE = {
    "donors": [{"donor_id": "D1", "kind": "force", "tier": "home", "lat": 54, "lon": -2.5, "armed_officers": ""}],
    "agreements": [AGREED, AGREED | {"agreement_id": "AG2"}],
    "aid_responses": [
        {"response_id": "X1", "agreement_id": "AG1", "on": "2026-01-01", "kind": "test"},
        {"response_id": "X2", "agreement_id": "AG2", "on": "2026-01-01", "kind": "test"},
    ],
    "posts": [{"role": "ARV", "base_id": "B1", "established": 9, "required_last_year": 8}],
    "officers": [{"officer_id": "P1", "base_id": "B1", "in_post_on": "2020-01-01", "status": "deployable"}],
    "travel": [{"base_id": "B1", "zone_id": "Z1", "minutes": 7}],
    "response_standards": [{"area_id": "N", "kind": "spontaneous", "minutes": 30, "share": 0.8}],
}
POST = {"officer_id": "P1"}
SET = {"table": "crews", "key": CREW, "set": {"crews": 2}}
REMOVE = {"table": "agreements", "key": {"agreement_id": "AG1"}, "remove": True}
ADD = {"table": "crews", "add": {"base_id": "B1", "block": "late-weekday-summer", "crews": 1, "officers_per_crew": 2}}


@pytest.fixture
def force(tmp_path):
    folder = write_small_force(tmp_path / "small")
    for name, rows in MORE.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [column.name for column in TABLES[name].columns], lineterminator="\n")
            writer.writeheader()
            writer.writerows(_whole(TABLES[name], row) for row in rows)
    assert data.validate(folder).empty
    return folder


def put(folder, *edits, name="tried", **more):
    content = {"name": name, "title": "Tried", "note": "n", "changes": {}, **more, "tables": list(edits)}
    (folder / "scenarios" / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def read(folder, name="tried"):
    return data.read_scenario(folder, name, 2026, AS_AT)


def changed(folder):
    """Return the names of the tables a scenario changes, and all tables under it."""
    before, after = data.read_tables(folder), data.read_tables_under(folder, read(folder))
    assert all((before[name].dtypes == after[name].dtypes).all() for name in TABLES)
    return {name for name in before if not before[name].equals(after[name])}, after


# --- faults ---------------------------------------------------------------------------------------------------------

FAULTS = [
    ("x", "tables.0", "x", "a list of edits"),
    ({**SET, "tabel": 1}, "tables.0.tabel", "tabel", "one of: table, key, add, remove, set"),
    ({**SET, "table": "crew"}, "tables.0.table", "crew", "nearest is crews"),
    ({**SET, "table": "operations"}, "tables.0.table", "operations", "one of: agreements, bases"),
    ({**SET, "table": "risks"}, "tables.0.table", "risks", "one of: agreements, bases"),
    ({"table": "crews", "key": CREW}, "tables.0", "", "one of add, remove, set"),
    ({**SET, "remove": True}, "tables.0", "remove and set", "one of add, remove, set"),
    ({**SET, "key": {"base_id": "B1"}}, "tables.0.key.block", "", "the column must be there"),
    ({**SET, "key": {**CREW, "season": "summer"}}, "tables.0.key.season", "season", "one of: base_id, block"),
    ({"table": "crews", "set": {"crews": 2}}, "tables.0.key", "", "columns with their values, of: base_id, block"),
    ({**SET, "set": {}}, "tables.0.set", "{}", "columns with their values"),
    ({**SET, "set": {"crew": 2}}, "tables.0.set.crew", "crew", "one of: crews"),
    ({**SET, "set": {"base_id": "B1"}}, "tables.0.set.base_id", "base_id", "one of: crews, officers_per_crew"),
    ({**SET, "set": {"source": "me"}}, "tables.0.set.source", "source", "one of: crews, officers_per_crew"),
    ({**SET, "set": {"crews": -1}}, "tables.0.set.crews", "-1", "a whole number without separators; 0 or more"),
    ({**SET, "set": {"crews": 1.5}}, "tables.0.set.crews", "1.5", "a whole number"),
    ({**SET, "set": {"crews": None}}, "tables.0.set.crews", "", "not blank"),
    ({**SET, "set": {"crews": [2]}}, "tables.0.set.crews", "[2]", "a single value"),
    ({**SET, "set": {"crews": float("inf")}}, "tables.0.set.crews", "inf", "a whole number"),
    ({**REMOVE, "remove": False}, "tables.0.remove", "False", "true"),
    ({**ADD, "key": CREW}, "tables.0.key", str(CREW), "no key beside add"),
    ({"table": "crews", "add": {**CREW, "crews": 1}}, "tables.0.add.officers_per_crew", "", "must be there"),
    ({"table": "bases", "key": {"base_id": "B1"}, "remove": True}, "tables.0.remove", "bases", "set: rows"),
    ({"table": "officers", "key": POST, "set": {"role": "A"}}, "tables.0.set.role", "role", "base_id"),
    ({"table": "officers", "key": POST, "set": {"status": "ill"}}, "tables.0.set.status", "ill", "sick"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "column", "value", "allowed"), FAULTS)
def test_an_edit_that_is_wrong_in_itself_is_a_fault_in_the_shape_of_all_faults(force, edit, column, value, allowed):
    put(force, edit)
    faults = data.validate(force)
    assert faults[["file", "row", "column", "value"]].to_numpy().tolist() == [
        ["scenarios/tried.yaml", 0, column, value]
    ]
    assert allowed in faults["allowed"].iloc[0]
    with pytest.raises(data.InvalidTables, match=r"scenarios/tried.yaml"):
        read(force)


STALE = [
    ({**SET, "key": {**CREW, "base_id": "B2"}}, "tables.0.key.base_id", "B2", "bases, which has no B2; nearest is B1"),
    ({**SET, "key": {**CREW, "block": "late"}}, "tables.0.key.block", "late", "a key of blocks, which has no late"),
    (
        {**SET, "key": {**CREW, "block": "late-weekday-summer"}}, "tables.0.key", "B1, late-weekday-summer",
        "a row of crews, which no longer has it; nearest is B1, early-weekday-summer",
    ),
    ({**REMOVE, "key": {"agreement_id": "AG9"}}, "tables.0.key", "AG9", "nearest is AG"),
    ({"table": "command_cover", "key": {"cadre": "TFC", "block": "early-weekday-summer"}, "remove": True},
     "tables.0.key", "TFC, early-weekday-summer", "it has no rows"),
    ({**ADD, "add": {**ADD["add"], **CREW}}, "tables.0.add", "B1, early-weekday-summer", "set changes a row"),
    ({**ADD, "add": {**ADD["add"], "base_id": "B9"}}, "tables.0.add.base_id", "B9", "bases, which has no B9"),
    ({**SET, "set": {"crews": 9_999_999}}, "tables.0.set.crews", "9999999", "combinations"),
    (
        {"table": "agreements", "key": {"agreement_id": "AG1"}, "set": {"notice_low": 15}}, "tables.0.set.notice_mode",
        "10", "notice_low 15 or more",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "column", "value", "allowed"), STALE)
def test_an_edit_that_does_not_fit_the_tables_says_what_is_gone_and_the_nearest(
    force, capsys, edit, column, value, allowed
):
    put(force, edit)
    faults = data.validate(force)
    assert faults[["file", "row", "column", "value"]].to_numpy().tolist() == [
        ["scenarios/tried.yaml", 0, column, value]
    ]
    assert allowed in faults["allowed"].iloc[0]
    with pytest.raises(data.InvalidTables, match="1 fault"):
        data.read_tables_under(force, read(force))
    assert main(["scenario", "show", "--force", str(force), "--year", "2026", "--as-at", "2026-11-01", "tried"]) == 3
    assert allowed in capsys.readouterr().err


def test_a_stale_scenario_cannot_be_run_and_leaves_nothing_and_keeps_no_other_from_use(force, tmp_path, capsys):
    put(force, {**SET, "key": {**CREW, "base_id": "B2"}})
    asked = ["run", "--force", str(force), "--year", "2026", "--as-at", "2026-11-01", "--out", str(tmp_path / "out")]
    assert main([*asked, "--scenario", "tried"]) == 3
    assert "which has no B2" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert len(data.read_tables_under(force, read(force, "baseline"))["crews"]) == 1
    listed = data.list_scenarios(force).set_index("name")["problem"]
    assert "which has no B2" in listed["tried"]
    assert listed[["baseline", "fast"]].tolist() == ["", ""]


def test_a_row_is_edited_once_and_all_faults_are_told_at_once(force):
    put(force, SET, SET, {**SET, "set": {"crews": -1}})
    assert data.validate(force)["column"].tolist() == ["tables.1", "tables.2.set.crews"]


def test_the_baseline_edits_nothing_and_a_list_is_a_list(force):
    put(force, SET, name="baseline")
    assert data.validate(force)["column"].tolist() == ["tables"]
    put(force, name="baseline")
    (force / "scenarios" / "fast.yaml").write_text("name: fast\ntitle: F\nnote: n\ntables: 3\n")
    assert data.validate(force)["value"].tolist() == ["3"]


def test_every_table_that_may_be_edited_is_one_and_no_record_of_what_happened_is_among_them():
    assert set(EDITABLE) <= set(TABLES)
    assert set(FIXED_ROWS) <= set(EDITABLE)
    assert not set(EDITABLE) & {"operations", "incident_reviews", "risks", "obligations", "forecasts", "aid_responses"}
    for name, columns in EDITABLE.items():
        assert set(columns) <= {column.name for column in TABLES[name].columns} - {*TABLES[name].key, "source"}


# --- edits ----------------------------------------------------------------------------------------------------------


def test_a_row_set_changes_its_value_and_source_and_nothing_else(force):
    put(force, SET)
    names, after = changed(force)
    assert names == {"crews"}
    row = after["crews"].iloc[0]
    assert (row["crews"], row["officers_per_crew"]) == (2, 2)
    assert (row["source"], row["provenance"]) == ("Scenario tried", "illustrative")
    kept = data.read_tables(force)["crews"].drop(columns=["crews", "source"])
    pd.testing.assert_frame_equal(after["crews"].drop(columns=["crews", "source"]), kept)


def test_a_row_set_keeps_its_provenance(force):
    path = force / "crews.csv"
    path.write_text(path.read_text().replace("illustrative", "force"))
    put(force, SET)
    assert changed(force)[1]["crews"]["provenance"].tolist() == ["force"]


def test_a_row_removed_takes_with_it_what_refers_to_it_and_nothing_else(force):
    put(force, REMOVE)
    names, after = changed(force)
    assert names == {"agreements", "aid_responses"}
    assert after["agreements"]["agreement_id"].tolist() == ["AG2"]
    assert after["aid_responses"]["agreement_id"].tolist() == ["AG2"]


def test_a_row_added_is_illustrative_whatever_else_the_table_holds(force):
    put(force, ADD)
    names, after = changed(force)
    assert names == {"crews"}
    assert after["crews"].iloc[-1].to_dict() == {
        "base_id": "B1", "block": "late-weekday-summer", "crews": 1, "officers_per_crew": 2,
        "source": "Scenario tried", "provenance": "illustrative",
    }  # fmt: skip
    assert len(after["crews"]) == 2


def test_a_base_that_is_moved_loses_its_measured_travel(force):
    put(force, {"table": "bases", "key": {"base_id": "B1"}, "set": {"lat": 54.55}})
    names, after = changed(force)
    assert names == {"bases", "travel"}
    assert after["bases"]["lat"].tolist() == [54.55]
    assert after["travel"].empty


def test_dates_flags_and_blanks_keep_the_types_of_their_columns(force):
    put(
        force,
        {"table": "agreements", "key": {"agreement_id": "AG1"}}
        | {"set": {"tested_on": date(2026, 10, 1), "test_result": "met", "interoperable": False}},
        {"table": "agreements", "key": {"agreement_id": "AG2"}, "set": {"expires_on": None, "notice_high": 30}},
    )
    after = changed(force)[1]["agreements"].set_index("agreement_id")
    assert after.loc["AG1", "tested_on"] == pd.Timestamp(2026, 10, 1)
    assert not after.loc["AG1", "interoperable"]
    assert after.loc["AG2", "interoperable"]
    assert pd.isna(after.loc["AG2", "expires_on"])
    assert after["notice_high"].tolist() == [20, 30]


def test_edits_leave_the_tables_they_were_given_alone_and_refuse_a_row_that_is_not_there(force):
    tables = data.read_tables(force)
    before = {name: tables[name].copy() for name in TABLES}
    put(force, SET, REMOVE, ADD)
    edited(tables, read(force))
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, tables[name])
    stale = replace(read(force), edits=(Edit("crews", {**CREW, "base_id": "B7"}, {"crews": 1}),))
    with pytest.raises(ValueError, match="crews has no row B7, early-weekday-summer; nearest is B1"):
        edited(tables, stale)


@pytest.mark.parametrize("name", ["baseline", "heightened", "simultaneous"])
def test_the_scenarios_that_were_there_change_no_table(name):
    scenario = data.read_scenario(WORKED, name, 2026, AS_AT)
    assert (scenario.edits, scenario.author) == ((), "")
    tables = data.read_tables(WORKED)
    for key, frame in data.read_tables_under(WORKED, scenario).items():
        assert frame.equals(tables[key])


def test_an_assessment_of_a_scenario_is_made_of_the_edited_tables_and_of_that_file_alone(force, tmp_path, monkeypatch):
    seen = []
    assess = lambda tables, scenario, _events=(): seen.append(tables) or stand_in(tables, scenario)  # noqa: E731
    monkeypatch.setattr(apstra.assessment, "assess", assess)
    monkeypatch.setattr(store, "CACHE", tmp_path / "cache")
    put(force, SET, author="Analyst")
    first = store.content_hash(force, "tried", 2026, AS_AT), store.content_hash(force, "baseline", 2026, AS_AT)
    found = data.assessment(str(force), 2026, "2026-11-01", "tried")
    assert found.tables["crews"]["crews"].tolist() == [2]
    assert found.scenario.author == "Analyst"
    data.assessment(str(force), 2026, "2026-11-01", "tried")
    assert len(seen) == 1
    put(force, {**SET, "set": {"crews": 3}}, author="Analyst")
    assert data.assessment(str(force), 2026, "2026-11-01", "tried").tables["crews"]["crews"].tolist() == [3]
    assert store.content_hash(force, "tried", 2026, AS_AT) != first[0]
    assert store.content_hash(force, "baseline", 2026, AS_AT) == first[1]


def test_a_run_of_a_scenario_is_made_of_the_edited_tables(force, tmp_path, monkeypatch):
    seen = []

    def fill(_job, partial, tables, *_rest):
        seen.append(tables)
        partial.mkdir(parents=True)
        (partial / "manifest.json").write_text(json.dumps({"exit_code": 0, "breaches": []}))

    monkeypatch.setattr(run, "_fill", fill)
    put(force, SET)
    run.run(force, 2026, "2026-11-01", "tried", tmp_path / "out")
    run.run(force, 2026, "2026-11-01", "baseline", tmp_path / "out")
    assert [tables["crews"]["crews"].tolist() for tables in seen] == [[2], [1]]
    assert job_of(force, (2026, AS_AT, "tried"), tmp_path, run.NOTEBOOKS).scenario.edits[0].set == {"crews": 2}


def test_canonical_results_name_the_edits_only_where_there_are_some(force):
    put(force, SET)
    stated = json.loads(data.assessment_json(stand_in(data.read_tables(force), read(force))))["settings"]
    assert stated["edits"][0]["set"] == {"crews": 2}
    plain = json.loads(data.assessment_json(stand_in(data.read_tables(force), read(force, "fast"))))["settings"]
    assert "edits" not in plain


# --- saving ---------------------------------------------------------------------------------------------------------


def mine(folder, **more):
    return replace(read(folder, "baseline"), **{"name": "mine", "title": "Mine", "note": "", **more})


def test_a_saved_scenario_is_small_sorted_and_read_again_as_it_was(force):
    edits = (
        Edit("crews", CREW, {"officers_per_crew": 2, "crews": 2}),
        Edit("agreements", {"agreement_id": "AG1"}, remove=True),
    )
    hash_ = data.save_scenario(
        force, mine(force, changes={"speed": 90.0, "circuity": 1.25}, edits=edits, author="Analyst")
    )
    assert (force / "scenarios" / "mine.yaml").read_text() == (
        "name: mine\ntitle: Mine\nauthor: Analyst\nnote: ''\nchanges:\n  circuity: 1.25\n  speed: 90\n"
        "tables:\n- table: agreements\n  key:\n    agreement_id: AG1\n  remove: true\n"
        "- table: crews\n  key:\n    base_id: B1\n    block: early-weekday-summer\n  set:\n    crews: 2\n"
    )
    assert hash_ == data.scenario_hash(force, "mine")
    again = read(force, "mine")
    assert (again.changes, again.author) == ({"speed": 90, "circuity": 1.25}, "Analyst")
    assert data.save_scenario(force, again, hash_) == hash_


def test_what_changes_nothing_is_not_kept(force):
    data.save_scenario(force, mine(force, edits=(Edit("crews", CREW, {"crews": 1}),)))
    assert "tables" not in (force / "scenarios" / "mine.yaml").read_text()


def test_the_second_of_two_who_save_is_told_and_nothing_is_overwritten(force):
    loaded = data.save_scenario(force, mine(force))
    theirs = data.save_scenario(force, mine(force, title="Theirs"), loaded)
    before = (force / "scenarios" / "mine.yaml").read_bytes()
    with pytest.raises(ValueError, match="changed by somebody since it was loaded; nothing was overwritten"):
        data.save_scenario(force, mine(force, title="Mine again"), loaded)
    with pytest.raises(ValueError, match="there is a scenario mine already"):
        data.save_scenario(force, mine(force, title="Mine again"))
    assert (force / "scenarios" / "mine.yaml").read_bytes() == before
    (force / "scenarios" / "mine.yaml").unlink()
    with pytest.raises(ValueError, match="changed by somebody"):
        data.save_scenario(force, mine(force), theirs)


def _save(folder, title, answers):
    try:
        data.save_scenario(Path(folder), mine(Path(folder), title=title))
        answers.put(title)
    except ValueError:
        answers.put("told")


def test_of_many_who_save_at_the_same_time_one_does_and_all_others_are_told(force):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    savers = [context.Process(target=_save, args=(str(force), f"T{each}", answers)) for each in range(4)]
    for saver in savers:
        saver.start()
    said = [answers.get(timeout=60) for _ in savers]
    for saver in savers:
        saver.join()
    (winner,) = [title for title in said if title != "told"]
    assert read(force, "mine").title == winner


@pytest.mark.parametrize("name", ["../up", "Mine", "", "a b", "-a", "a\n"])
def test_a_name_that_is_none_is_refused(force, name):
    with pytest.raises(ValueError, match="small letters, digits"):
        data.save_scenario(force, mine(force, name=name))


def test_the_baseline_is_never_overwritten_even_by_who_loaded_it(force):
    with pytest.raises(ValueError, match="the baseline is never overwritten"):
        data.save_scenario(force, read(force, "baseline"), data.scenario_hash(force, "baseline"))


@pytest.mark.parametrize(
    "more",
    [
        {"edits": (Edit("crews", {**CREW, "base_id": "B2"}, {"crews": 2}),)},
        {"edits": (Edit("crews", CREW, {"crews": "many"}),)},
        {"edits": (Edit("operations", {"operation_id": "O1"}, remove=True),)},
        {"changes": {"speed": float("nan")}},
    ],
)
def test_a_scenario_at_fault_is_not_saved(force, more):
    before = sorted((force / "scenarios").iterdir())
    with pytest.raises(data.InvalidTables):
        data.save_scenario(force, mine(force, **more))
    assert sorted((force / "scenarios").iterdir()) == before


def test_a_saver_who_dies_leaves_the_saved_scenario_whole(force, monkeypatch):
    loaded = data.save_scenario(force, mine(force))
    before = (force / "scenarios" / "mine.yaml").read_bytes()

    def dies(_self, _to):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        data.save_scenario(force, mine(force, title="Lost"), loaded)
    assert (force / "scenarios" / "mine.yaml").read_bytes() == before
    assert data.list_scenarios(force)["name"].tolist() == ["baseline", "fast", "mine"]


def test_a_place_that_cannot_be_written_is_told(force, monkeypatch):
    def full(_self, _to):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ValueError, match="scenario mine cannot be saved: No space left"):
        data.save_scenario(force, mine(force))
    assert sorted(path.name for path in (force / "scenarios").iterdir()) == ["baseline.yaml", "fast.yaml"]


# --- told, compared and printed -------------------------------------------------------------------------------------


def compared_of(name, unmet, keys):
    rows = {"headline": ["unmet_requirement", "established_ARV"], "label": ["Unmet", "Established"]}
    rows |= {"unit": ["a year", "officers"], "value": [unmet, 9.0], "low": [unmet / 2, 9.0], "high": [2 * unmet, 9.0]}
    proposals = pd.DataFrame({"key": keys, "title": [f"Title of {key}" for key in keys]})
    scenario = SimpleNamespace(name=name, title=name.title(), force=SimpleNamespace(name="F"), as_at=AS_AT)
    return SimpleNamespace(
        scenario=scenario, headlines=pd.DataFrame(rows), risk=SimpleNamespace(proposals=proposals), illustrative=()
    )


TWO = [compared_of("baseline", 1.0, ["a", "b"]), compared_of("worse", 4.0, ["b", "<c>"])]


def test_scenarios_are_compared_figure_by_figure_with_ranges():
    rows = side_by_side(TWO)
    assert rows[["headline", "scenario", "value", "high"]].to_numpy().tolist() == [
        ["unmet_requirement", "baseline", 1, 2], ["unmet_requirement", "worse", 4, 8],
        ["established_ARV", "baseline", 9, 9], ["established_ARV", "worse", 9, 9],
    ]  # fmt: skip


def test_risks_that_appear_or_go_are_those_proposed_by_some_and_not_by_all():
    assert risks_proposed(TWO).to_numpy().tolist() == [
        ["a", "Title of a", True, False],
        ["<c>", "Title of <c>", False, True],
    ]


def test_a_figure_one_scenario_does_not_have_is_told_as_not_known():
    less = compared_of("less", 1.0, [])
    less.headlines = less.headlines.iloc[:1]
    assert side_by_side([TWO[0], less])["value"].isna().tolist() == [False, False, False, True]
    assert report.scenarios.compared([TWO[0], less]).table["less"].tolist()[1] == "not known"


@pytest.mark.parametrize("several", [[], TWO[:1], [TWO[0], TWO[0]], TWO + [compared_of(n, 1, []) for n in "xyz"]])
def test_fewer_than_two_more_than_four_or_one_twice_are_not_compared(several):
    with pytest.raises(ValueError, match="two to four different scenarios"):
        side_by_side(several)


def test_the_comparison_has_a_picture_a_table_and_escapes_what_people_wrote():
    shown = report.scenarios.compared(TWO)
    html = shown._repr_html_()
    assert "Most goes unmet under Worse, 4 occurrences a year; least under Baseline, 1" in html
    assert shown.table.iloc[0].tolist() == ["Unmet [a year]", "1 (0.5 to 2)", "4 (2 to 8)"]
    assert shown.table.iloc[-1].tolist() == ["Risk: Title of <c>", "no", "proposed"]
    assert "<c>" not in html
    assert "&lt;c&gt;" in html
    assert "<img" in html


def test_what_a_scenario_changes_is_told_with_before_after_and_unit(force):
    put(force, SET, REMOVE, ADD, changes={"speed": 90})
    rows = told(read(force), data.read_tables(force)).to_numpy().tolist()
    assert rows == [
        ["Speed of a crew.", "65.5", "90", "km/h"],
        ["Crews, B1, early-weekday-summer: crews", "1", "2", "crews"],
        ["Agreements, AG1", "there", "removed", ""],
        ["Crews, B1, late-weekday-summer", "not there", "added: crews 1, officers_per_crew 2", ""],
    ]
    assert told(read(force))["before"].tolist() == ["65.5", "", "there", "not there"]


def test_the_annex_tells_what_differs_and_that_the_baseline_is_the_baseline(force):
    tables = data.read_tables(force)
    put(force, SET, changes={"speed": 90}, title="<b>Bold", author="Analyst")
    html = report.scenarios.annex(stand_in(tables, read(force)))._repr_html_()
    assert "<h2" in html
    assert "Annex: what this scenario changes" in html
    assert "&lt;b&gt;Bold differs from the baseline in 1 assumption and 1 row of the tables" in html
    assert "65.5" in html
    assert "km/h" in html
    assert "by Analyst" in html
    assert "<b>" not in html
    plain = report.scenarios.annex(stand_in(tables, read(force, "baseline")))._repr_html_()
    assert "This is the baseline" in plain
    put(force)
    assert "changes nothing from the baseline" in report.scenarios.annex(stand_in(tables, read(force)))._repr_html_()


def test_the_verb_lists_shows_and_compares(force, capsys, monkeypatch):
    put(force, SET, author="Analyst")
    asked = ["--force", str(force), "--year", "2026", "--as-at", "2026-11-01"]
    assert main(["scenario", "list", "--force", str(force)]) == 0
    assert "Analyst" in capsys.readouterr().out
    assert main(["scenario", "show", *asked, "tried"]) == 0
    assert "Crews, B1, early-weekday-summer: crews      1     2 crews" in capsys.readouterr().out
    assert main(["scenario", "show", *asked, "baseline"]) == 0
    assert "changes nothing from the baseline" in capsys.readouterr().out
    made = {one.scenario.name: one for one in TWO}
    monkeypatch.setattr(data, "assessment", lambda _force, _year, _as_at, name: made[name])
    assert main(["scenario", "compare", *asked, "baseline", "worse"]) == 0
    assert "4 (2 to 8)" in capsys.readouterr().out
    for wrong in (["baseline"], ["baseline", "baseline"]):
        assert main(["scenario", "compare", *asked, *wrong]) == 3
        assert "two to four different scenarios" in capsys.readouterr().err
    assert main(["scenario", "show", *asked, "absent"]) == 3
