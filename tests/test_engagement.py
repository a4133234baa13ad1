"""Engagement: advisory groups, their meetings, their advice and what they were told."""

from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from apstra import engagement
from apstra.report import engagement as report


def dates(*days):
    return pd.to_datetime(pd.Series(days, dtype="object")).astype("datetime64[us]")


def words(*texts):
    return pd.Series(texts, dtype="str")


@pytest.fixture
def tables():
    return {
        "advisory_groups": pd.DataFrame(
            {"group_id": ["G1", "G2"], "name": ["Central", "North"], "area_id": words(None, "north")}
        ),
        "meetings": pd.DataFrame(
            {
                "meeting_id": [f"M{i}" for i in range(1, 8)],
                "group_id": ["G1"] * 5 + ["G2"] * 2,
                "due_on": dates(
                    "2025-11-01", "2025-12-01", "2026-03-01", "2026-06-01", "2026-11-01", "2026-05-01", "2026-12-01"
                ),
                "held_on": dates("2025-11-01", "2025-12-03", None, "2026-06-01", "2026-11-01", "2026-05-01", None),
            }
        ),
        "advice": pd.DataFrame(
            {
                "advice_id": [f"A{i}" for i in range(1, 6)],
                "meeting_id": ["M1", "M2", "M4", "M6", "M6"],
                "received_on": dates("2025-11-01", "2025-12-03", "2026-06-01", "2026-05-01", "2026-10-20"),
                "theme": "communication",
                "advice": "Say sooner what happened",
                "response": ["accepted", "declined", "partly", "pending", "accepted"],
                "action": words("Done", None, "Half done", None, None),
                "reason": words("Agreed", "Not lawful", None, None, "Agreed"),
                "told_on": dates("2025-12-31", "2026-06-01", None, None, None),
                "threat_id": words(None, None, None, None, None),
            }
        ),
    }


def test_meetings_are_counted_over_the_twelve_months_to_the_day_of_the_assessment(tables, scenario):
    groups = engagement.assess_engagement(tables, scenario).groups.set_index("group_id")
    assert groups["held"].to_dict() == {"G1": 3, "G2": 1}
    assert groups["last_held_on"].to_dict() == {"G1": pd.Timestamp("2026-11-01"), "G2": pd.Timestamp("2026-05-01")}


def test_a_meeting_nobody_planned_is_missed_as_surely_as_one_cancelled(tables, scenario):
    groups = engagement.assess_engagement(tables, scenario).groups.set_index("group_id")
    assert groups["due"].to_dict() == {"G1": 4, "G2": 4}
    assert groups["share"].to_dict() == {"G1": 0.75, "G2": 0.25}
    one = engagement.assess_engagement(tables, scenario.with_values(meetings_a_year=1)).groups.set_index("group_id")
    assert one["due"].to_dict() == {"G1": 4, "G2": 1}


def test_advice_stands_at_the_first_step_that_is_missing(tables, scenario):
    advice = engagement.assess_engagement(tables, scenario).advice.set_index("advice_id")
    assert advice["stage"].to_dict() == {
        "A1": "complete",
        "A2": "complete",
        "A3": "no reason given",
        "A4": "awaiting response",
        "A5": "not yet told",
    }
    assert set(advice["stage"]) <= set(engagement.STAGES)


def test_advice_is_late_when_the_group_waits_longer_than_promised(tables, scenario):
    advice = engagement.assess_engagement(tables, scenario).advice.set_index("advice_id")
    assert advice["late"].to_dict() == {"A1": False, "A2": True, "A3": True, "A4": True, "A5": False}
    assert advice["days_to_told"].dropna().to_dict() == {"A1": 60, "A2": 180}


def test_advice_carries_the_name_of_its_group_and_the_latest_comes_first(tables, scenario):
    advice = engagement.assess_engagement(tables, scenario).advice
    assert advice["advice_id"].tolist() == ["A5", "A3", "A4", "A2", "A1"]
    assert advice["group"].tolist() == ["North", "Central", "North", "Central", "Central"]


def test_summary_counts_what_was_promised_and_kept(tables, scenario):
    summary = engagement.assess_engagement(tables, scenario).summary
    assert summary[["value", "of"]].to_numpy().tolist() == [[4, 8], [4, 5], [3, 5], [2, 5], [1, 5]]
    assert summary["share"].tolist() == pytest.approx([0.5, 0.8, 0.6, 0.4, 0.2])


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(-500, 60)), max_size=12))
def test_meetings_held_never_exceed_meetings_due(rows):
    due = pd.Timestamp("2026-11-01") + pd.to_timedelta([day for _, day in rows], unit="D")
    meetings = pd.DataFrame({"meeting_id": [str(i) for i in range(len(rows))], "group_id": "G1"})
    meetings["due_on"] = pd.Series(due, dtype="datetime64[us]")
    meetings["held_on"] = meetings["due_on"].where([held for held, _ in rows])
    groups = pd.DataFrame({"group_id": ["G1"], "name": ["Central"], "area_id": words(None)})
    kept = engagement.meetings_kept(groups, meetings, make_scenario())
    assert (kept["held"] <= kept["due"]).all()
    assert kept["share"].between(0, 1).all()


def test_empty_tables_give_empty_frames_and_a_summary_without_shares(tables, scenario):
    full = engagement.assess_engagement(tables, scenario)
    empty = engagement.assess_engagement({name: table.iloc[:0] for name, table in tables.items()}, scenario)
    assert empty.groups.empty
    assert list(empty.groups.columns) == list(full.groups.columns)
    assert empty.advice.empty
    assert list(empty.advice.columns) == list(full.advice.columns)
    assert empty.summary["value"].tolist() == [0] * 5
    assert empty.summary["share"].isna().all()


def test_a_group_that_never_met_is_shown_with_nothing_held(tables, scenario):
    without = {**tables, "meetings": tables["meetings"].iloc[:0], "advice": tables["advice"].iloc[:0]}
    groups = engagement.assess_engagement(without, scenario).groups
    assert groups["held"].tolist() == [0, 0]
    assert groups["last_held_on"].isna().all()


def test_assessing_engagement_leaves_the_tables_as_they_were(tables, scenario):
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    engagement.assess_engagement(tables, scenario)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])


EXHIBITS = ("meetings", "advice", "promises")


def shown(tables, scenario):
    chapter = engagement.assess_engagement(tables, scenario)
    return SimpleNamespace(scenario=scenario, tables=tables, illustrative=(), engagement=chapter)


def test_every_exhibit_of_engagement_has_a_picture_with_words_and_a_table(tables, scenario):
    a = shown(tables, scenario)
    for name in EXHIBITS:
        html = getattr(report, name)(a)._repr_html_()
        assert '<img class="chart" alt="Bar chart' in html, name
        assert "<table>" in html


def test_findings_of_engagement_are_counted_from_the_tables(tables, scenario):
    assert report.findings(shown(tables, scenario)).sentences == (
        "4 of 8 meetings due over the past year were held.",
        "Met less often than due: Central and North.",
        (
            "2 of 5 pieces of advice answered, with the reason told; awaiting response: 1; no reason given: 1; "
            "not yet told: 1."
        ),
        "Not told after 60 days: 2 of 5 pieces of advice; told, but later than that: 1.",
    )


def test_groups_that_met_as_often_as_due_are_said_to_have(tables, scenario):
    meetings = tables["meetings"].assign(held_on=tables["meetings"]["due_on"])
    a = shown({**tables, "meetings": meetings}, scenario.with_values(meetings_a_year=1))
    assert "Every group met as often as due." in report.findings(a).sentences


def test_a_force_without_groups_or_advice_says_so(tables, scenario):
    nothing = shown({name: table.iloc[:0] for name, table in tables.items()}, scenario)
    assert all("To be supplied" in repr(getattr(report, name)(nothing)) for name in ("findings", *EXHIBITS))
    silent = shown({**tables, "advice": tables["advice"].iloc[:0]}, scenario)
    assert report.findings(silent).sentences[2:] == ("No advice is recorded.", "No group waits for an answer.")


def test_what_advisers_wrote_is_escaped(tables, scenario):
    hostile = "<script>alert(1)</script>"
    a = shown({**tables, "advice": tables["advice"].assign(advice=hostile, reason=hostile)}, scenario)
    assert all("<script" not in getattr(report, name)(a)._repr_html_() for name in EXHIBITS)
