"""Learning: review of incidents, exercises, lessons, actions and proof of change."""

import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import WORKED
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra import data, learning
from apstra.report import learning as report
from apstra.schema import TABLES


def frame(name, *rows):
    columns = [column.name for column in TABLES[name].columns]
    table = pd.DataFrame([{**dict.fromkeys(columns), **row} for row in rows], columns=columns)
    for column in TABLES[name].columns:
        if column.kind in {"date", "date and time"}:
            table[column.name] = pd.to_datetime(table[column.name]).astype("datetime64[us]")
        elif column.kind == "yes or no":
            table[column.name] = table[column.name].fillna(value=False).astype("bool")
        elif column.kind == "text":
            blank = table[column.name].isna()
            table[column.name] = table[column.name].astype("str").where(~blank)
    return table


@pytest.fixture
def tables():
    called = {"OP1": "2024-05-01", "OP2": "2025-03-31", "OP3": "2025-04-01", "OP4": "2026-10-20", "OP5": "2026-05-02"}
    return {
        "operations": frame("operations", *({"operation_id": key, "called_at": on} for key, on in called.items())),
        "incident_reviews": frame(
            "incident_reviews",
            {"operation_id": "OP1", "reviewed_on": "2024-05-11"},
            {"operation_id": "OP3", "reviewed_on": "2025-04-21"},
        ),
        "exercises": frame(
            "exercises",
            {
                "exercise_id": "E1",
                "on": "2025-11-01",
                "neighbours": "Lancashire|D2",
                "reviewed_on": "2025-12-01",
                "control_room": True,
            },
            {"exercise_id": "E2", "on": "2026-10-22", "neighbours": "Lancashire"},
            {"exercise_id": "E3", "on": "2026-09-01"},
        ),
        "lessons": frame(
            "lessons",
            {"lesson_id": "L1", "origin": "E1", "changed": "none"},
            {"lesson_id": "L2", "origin": "E1", "action_id": "A1", "changed": "none"},
            {"lesson_id": "L3", "origin": "OP1", "action_id": "A2", "changed": "none"},
            {"lesson_id": "L4", "origin": "OP1", "action_id": "A2", "changed": "training"},
            {
                "lesson_id": "L5",
                "origin": "OP1",
                "action_id": "A3",
                "changed": "procedure",
                "evidence_on": "2026-01-01",
            },
            {"lesson_id": "L6", "origin": "E1", "action_id": "A4", "changed": "equipment", "evidence_on": "2026-01-01"},
        ),
        "actions": frame(
            "actions",
            {"action_id": "A1", "state": "open", "due_on": "2026-10-31"},
            {"action_id": "A2", "state": "done", "due_on": "2025-01-01"},
            {"action_id": "A3", "state": "overtaken", "due_on": "2025-01-01"},
            {"action_id": "A4", "state": "open", "due_on": "2026-11-01"},
        ),
        "recommendations": frame(
            "recommendations",
            {"recommendation_id": "1", "state": "done", "due_on": "2020-01-01"},
            {"recommendation_id": "2", "state": "open", "due_on": "2026-10-31"},
            {"recommendation_id": "3", "state": "open", "due_on": "2024-07-31"},
            {"recommendation_id": "4", "state": "open"},
        ),
        "donors": frame(
            "donors",
            {"donor_id": "D1", "name": "Lancashire Constabulary", "kind": "force", "tier": "home"},
            {"donor_id": "D2", "name": "Durham", "kind": "force", "tier": "regional"},
            {"donor_id": "D3", "name": "Northumbria", "kind": "force", "tier": "regional"},
            {"donor_id": "D4", "name": "Network", "kind": "network", "tier": "national"},
        ),
    }


def test_coverage_counts_each_operation_once_in_the_financial_year_of_its_call(tables, scenario):
    coverage = learning.assess_learning(tables, scenario).coverage.set_index("year")
    assert coverage["operations"].to_dict() == {2024: 2, 2025: 1, 2026: 2}
    assert coverage["reviewed"].to_dict() == {2024: 1, 2025: 1, 2026: 0}
    assert coverage["share"].to_dict() == {2024: 0.5, 2025: 1.0, 2026: 0.0}
    assert coverage["median_days"].dropna().to_dict() == {2024: 10, 2025: 20}


def test_an_operation_is_overdue_for_review_only_after_the_target(tables, scenario):
    coverage = learning.assess_learning(tables, scenario).coverage.set_index("year")
    assert coverage["overdue"].to_dict() == {2024: 1, 2025: 0, 2026: 1}
    patient = learning.assess_learning(tables, scenario.with_values(review_target_days=10_000)).coverage
    assert patient["overdue"].sum() == 0


def test_two_reviews_of_one_operation_count_once(tables, scenario):
    twice = pd.concat([tables["incident_reviews"]] * 2, ignore_index=True)
    coverage = learning.review_coverage(tables["operations"], twice, scenario)
    assert coverage["operations"].sum() == 5
    assert coverage["reviewed"].sum() == 2


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_limits_agree_with_scipy(found, more):
    of = found + more - 1
    low, high = learning.wilson_limits(pd.Series([found]), pd.Series([of]))
    if of == 0:
        assert low.isna().all()
        assert high.isna().all()
        return
    expected = stats.binomtest(found, of).proportion_ci(0.95, method="wilson")
    assert (low.iloc[0], high.iloc[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_each_lesson_stands_at_the_first_link_that_is_missing(tables, scenario):
    chain = learning.assess_learning(tables, scenario).chain.set_index("lesson_id")
    assert chain["stage"].to_dict() == {
        "L1": "no action",
        "L2": "action open",
        "L3": "action done, no change",
        "L4": "changed, no evidence",
        "L5": "complete",
        "L6": "action open",
    }
    assert set(chain["stage"]) <= set(learning.STAGES)


def test_a_lesson_is_overdue_when_its_action_is_open_past_its_day(tables, scenario):
    chain = learning.assess_learning(tables, scenario).chain
    assert chain.loc[chain["overdue"], "lesson_id"].tolist() == ["L2"]


def test_a_lesson_whose_action_does_not_exist_has_no_action(tables, scenario):
    lessons = tables["lessons"].assign(action_id="nowhere")
    assert set(learning.chain(lessons, tables["actions"], scenario)["stage"]) == {"no action"}


def test_exercises_tell_how_long_ago_whether_reviewed_and_what_they_yielded(tables, scenario):
    exercises = learning.assess_learning(tables, scenario).exercises.set_index("exercise_id")
    assert list(exercises.index) == ["E2", "E3", "E1"]
    assert exercises["days_since"].to_dict() == {"E2": 10, "E3": 61, "E1": 365}
    assert exercises["reviewed"].to_dict() == {"E2": False, "E3": False, "E1": True}
    assert exercises["neighbours_n"].to_dict() == {"E2": 1, "E3": 0, "E1": 2}
    assert exercises["lessons_n"].to_dict() == {"E2": 0, "E3": 0, "E1": 3}


def test_open_recommendations_come_first_and_the_longest_overdue_first(tables, scenario):
    table = learning.assess_learning(tables, scenario).recommendations
    assert table["recommendation_id"].tolist() == ["3", "2", "4", "1"]
    assert table["overdue"].tolist() == [True, True, False, False]


def test_a_neighbour_that_never_took_part_comes_first(tables, scenario):
    neighbours = learning.assess_learning(tables, scenario).neighbours
    assert neighbours["neighbour"].tolist() == ["Northumbria", "Durham", "Lancashire Constabulary"]
    assert neighbours["exercises"].tolist() == [0, 1, 2]
    assert neighbours["last_exercised_on"].isna().tolist() == [True, False, False]


def test_a_neighbour_that_gives_no_aid_keeps_the_name_the_exercise_gives_it(tables, scenario):
    exercises = tables["exercises"].assign(neighbours="Lanc|lancashire")
    neighbours = learning.neighbours_exercised(exercises, tables["donors"]).set_index("neighbour")["exercises"]
    assert neighbours["Lanc"] == 3
    assert neighbours["Lancashire Constabulary"] == 3


def test_every_operation_of_the_log_is_in_exactly_one_year(tables, scenario):
    coverage = learning.assess_learning(tables, scenario).coverage
    assert coverage["operations"].sum() == len(tables["operations"])
    assert (coverage["reviewed"] + coverage["overdue"] <= coverage["operations"]).all()
    assert (coverage["share_low"] <= coverage["share"]).all()
    assert (coverage["share"] <= coverage["share_high"]).all()


def test_empty_tables_give_empty_frames_with_their_columns(tables, scenario):
    full = learning.assess_learning(tables, scenario)
    empty = learning.assess_learning({name: table.iloc[:0] for name, table in tables.items()}, scenario)
    for name in ("coverage", "exercises", "chain", "recommendations", "neighbours"):
        assert getattr(empty, name).empty
        assert list(getattr(empty, name).columns) == list(getattr(full, name).columns)


def test_assessing_learning_leaves_the_tables_as_they_were(tables, scenario):
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    learning.assess_learning(tables, scenario)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_a_review_on_the_day_of_the_call_took_no_days(scenario):
    operations = frame("operations", {"operation_id": "OP1", "called_at": "2026-05-01 23:50"})
    reviews = frame("incident_reviews", {"operation_id": "OP1", "reviewed_on": "2026-05-01"})
    days = learning.review_coverage(operations, reviews, scenario)["median_days"]
    assert np.allclose(days, 0)


EXHIBITS = ("coverage", "exercises", "neighbours", "chain", "recommendations")


def shown(tables, scenario):
    chapter = learning.assess_learning(tables, scenario)
    return SimpleNamespace(scenario=scenario, tables=tables, illustrative=("lessons",), learning=chapter)


def test_every_exhibit_of_learning_is_shown_with_its_table(tables, scenario):
    a = shown(tables, scenario)
    for name in EXHIBITS:
        html = getattr(report, name)(a)._repr_html_()
        assert "<table>" in html, name
        assert ('<img class="chart" alt="' in html) == (name in {"coverage", "neighbours", "chain"})


def test_findings_of_learning_are_counted_from_the_tables(tables, scenario):
    assert report.findings(shown(tables, scenario)).sentences == (
        "2 of 5 firearms operations reviewed (40%).",
        "2 operations have waited more than 28 days for a review.",
        "3 exercises over the past year: 2 without the control room, 2 not reviewed yet.",
        "No exercise is recorded with Northumbria.",
        (
            "1 of 6 lessons led to proven change; no action: 1; action open: 2; action done, no change: 1; "
            "changed, no evidence: 1; overdue: 1."
        ),
        "3 of 4 recommendations open, 2 overdue.",
    )


def test_the_year_that_runs_is_marked(tables, scenario):
    assert report.coverage(shown(tables, scenario)).table["Year"].tolist() == ["2024-25", "2025-26", "2026-27 to date"]


def test_a_neighbour_never_exercised_with_is_said_and_none_is_said_when_all_were(tables, scenario):
    exhibit = report.neighbours(shown(tables, scenario))
    assert exhibit.table["How long ago"].tolist() == ["never in the record", "365 days ago", "10 days ago"]
    everyone = {**tables, "exercises": tables["exercises"].assign(neighbours="D1|D2|D3")}
    assert "Every neighbouring force has taken part" in report.neighbours(shown(everyone, scenario)).headline


def test_learning_without_any_record_says_so(tables, scenario):
    a = shown({name: table.iloc[:0] for name, table in tables.items()}, scenario)
    assert all("To be supplied" in repr(getattr(report, name)(a)) for name in EXHIBITS)
    assert report.findings(a).sentences == (
        "No firearms operation is recorded yet.",
        "No operation has waited more than 28 days for a review.",
        "No exercise is recorded over the past year.",
        "No neighbouring force is recorded.",
        "No lesson is recorded.",
        "No recommendation is recorded.",
    )


def test_what_people_wrote_in_lessons_and_exercises_is_escaped(tables, scenario):
    hostile = "<script>alert(1)</script>"
    a = shown(
        {
            **tables,
            "lessons": tables["lessons"].assign(cause=hostile, theme=hostile),
            "exercises": tables["exercises"].assign(objectives=hostile, neighbours=hostile),
            "recommendations": tables["recommendations"].assign(title=hostile),
        },
        scenario,
    )
    assert all("<script" not in getattr(report, name)(a)._repr_html_() for name in ("findings", *EXHIBITS))


def test_a_lesson_met_again_after_its_evidence_is_named_with_what_it_came_back_as(tables, scenario):
    lessons = tables["lessons"].assign(
        theme=["radio", "radio", "radio", "command", "radio", "radio"], cause=["x", "X", "y", "x", "x", "x"]
    )
    # L5 has its evidence on 1 January 2026; L7 comes from an exercise of September 2026, L8 from one before it.
    later = lessons.iloc[[0]].assign(lesson_id="L7", origin="E3", theme="radio", cause="X")
    earlier = lessons.iloc[[0]].assign(lesson_id="L8", origin="E1", theme="radio", cause="x")
    changed = {**tables, "lessons": pd.concat([lessons, later, earlier], ignore_index=True)}
    chain = learning.assess_learning(changed, scenario).chain.set_index("lesson_id")["came_back"]
    assert chain.to_dict() == {**dict.fromkeys(chain.index, ""), "L5": "L7", "L6": "L7"}


@pytest.mark.parametrize(("name", "key"), [("lessons", "L01"), ("recommendations", "RC02")])
def test_nothing_is_read_as_done_or_proven_without_its_evidence(tmp_path, name, key):
    folder = shutil.copytree(WORKED, tmp_path / "force")
    rows = pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False)
    rows.loc[rows.iloc[:, 0] == key, "evidence"] = ""
    rows.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    faults = data.validate(folder)
    assert faults[["file", "column"]].to_numpy().tolist() == [[f"{name}.csv", "evidence"]]
