"""Travel, cover, observed response and workload of a force of three zones and two bases."""

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra.deployment import assess_deployment
from apstra.deployment.response import call_standards, observed_response, verdict, wilson
from apstra.deployment.travel import great_circle, travel_times

BLOCKS = make_scenario().force.blocks.names
ZONES = pd.DataFrame(
    {
        "zone_id": ["Z1", "Z2", "Z3"],
        "name": ["One", "Two", "Three"],
        "area_id": ["N", "N", "S"],
        "district": ["A", "A", "B"],
        "lat": [54.0, 54.2, 54.9],
        "lon": [-3.0, -3.0, -3.0],
        "population": [1000.0, 3000.0, 6000.0],
        "demand_weight": [1.0, 1.0, 1.0],
        "terrain": ["urban", np.nan, "upland"],
    }
)
MINUTES = {("B1", "Z1"): 5.0, ("B1", "Z2"): 20.0, ("B1", "Z3"): 70.0,
           ("B2", "Z1"): 60.0, ("B2", "Z2"): 40.0, ("B2", "Z3"): 8.0}  # fmt: skip
CALLED = pd.Series(pd.date_range("2025-01-06 10:00", periods=12, freq="7h")).astype("datetime64[us]")


def make_tables(**changes) -> dict[str, pd.DataFrame]:
    """Return the tables of the chapter, some replaced."""
    waits = [10, 20, 30, 40, np.nan, 12, 14, 16, 18, 50, 60, 5]
    operations = pd.DataFrame(
        {
            "operation_id": [f"O{number}" for number in range(12)],
            "called_at": CALLED,
            "arrived_at": CALLED + pd.to_timedelta(pd.Series(waits), unit="min"),
            "zone_id": ["Z1", "Z2", "Z3"] * 4,
            "kind": ["spontaneous"] * 11 + ["planned"],
        }
    )
    tables = {
        "zones": ZONES,
        "areas": pd.DataFrame({"area_id": ["N", "S"], "name": ["North", "South"]}),
        "bases": pd.DataFrame(
            {"base_id": ["B1", "B2"], "area_id": ["N", "S"], "lat": [54.0, 54.9], "lon": [-3.0, -3.0]}
        ),
        "travel": pd.DataFrame(
            [(base, zone, minutes) for (base, zone), minutes in MINUTES.items()],
            columns=["base_id", "zone_id", "minutes"],
        ),
        "crews": pd.DataFrame(
            [
                (base, block, 1 if base == "B1" or "night" not in block else 0, 2)
                for base in ("B1", "B2")
                for block in BLOCKS
            ],
            columns=["base_id", "block", "crews", "officers_per_crew"],
        ),
        "response_standards": pd.DataFrame(
            {
                "area_id": ["N", "N", "S"],
                "kind": ["planned", "spontaneous", "spontaneous"],
                "minutes": [15.0, 30.0, 25.0],
                "share": [0.9, 0.8, 0.8],
            }
        ),
        "operations": operations,
        "operation_crews": pd.DataFrame(
            {
                "operation_id": ["O1", "O1", "O2", "O2", "O3", "O3"],
                "crew": list("121212"),
                "arrived_at": CALLED.loc[[1, 1, 2, 2, 3, 3]].to_numpy(),
                "cleared_at": CALLED.loc[[1, 1, 2, 2, 3, 3]].to_numpy() + pd.Timedelta(hours=1),
            }
        ),
        "calendar": pd.DataFrame(
            {
                "event_id": ["E1"],
                "starts_on": pd.to_datetime(["2026-07-01"]),
                "ends_on": pd.to_datetime(["2026-07-07"]),
                "zone_id": pd.Series([None], dtype="object"),
                "demand_factor": [2.0],
            }
        ),
        "donors": pd.DataFrame(
            {"donor_id": ["D1", "D2"], "kind": ["force", "network"], "lat": [54.5, 52.0], "lon": [-3.0, -1.0]}
        ),
        "agreements": pd.DataFrame(
            {
                "agreement_id": ["A1", "A2", "A3"],
                "donor_id": ["D1", "D1", "D2"],
                "officers": [4, 2, 20],
                "notice_mode": [10.0, 5.0, 60.0],
                "availability": [0.8, 1.0, 1.0],
                "expires_on": pd.to_datetime([None, None, None]),
            }
        ),
        "inter_force_travel": pd.DataFrame(
            {
                "great_circle_km": [0.0, 40.0, 150.0, 160.0],
                "road_distance_km": [0.0, 52.0, 195.0, 208.0],
                "drive_time_min": [0.0, 52.0, 130.0, 160.0],
            }
        ),
        "other_work": pd.DataFrame(
            {
                "zone_id": ["Z1"] * len(BLOCKS),
                "block": BLOCKS,
                "kind": "roads",
                "rate_per_hour": 0.5,
                "mean_minutes": 60.0,
                "releasable_share": 0.6,
            }
        ),
    }
    return {**tables, **changes}


LIKELY = pd.DataFrame({"probability": [0.25, 0.75], "operations": [50.0, 150.0], "factor": [0.5, 1.5]})


def make_rates(rate=0.01) -> pd.DataFrame:
    """Return the same rate of one-hour operations in every zone and block."""
    grid = pd.MultiIndex.from_product([ZONES["zone_id"], BLOCKS], names=["zone_id", "block"])
    return pd.DataFrame({"rate_per_hour": rate, "mean_minutes": 60.0}, index=grid).reset_index()


def assess(tables=None, rates=None, **changes):
    """Return the chapter for tables and assumptions that differ where a test says so."""
    tables, rates = make_tables() if tables is None else tables, make_rates() if rates is None else rates
    return assess_deployment(tables, rates, LIKELY, make_scenario(**changes))


# --------------------------------------------------------------------------------------------------------------- travel


def test_a_degree_of_latitude_is_111_kilometres_and_london_to_paris_344():
    places = pd.DataFrame(
        {"lat": [54.0, 51.5074], "lon": [-3.0, -0.1278], "to_lat": [55.0, 48.8566], "to_lon": [-3.0, 2.3522]}
    )
    distance = great_circle(places["lat"], places["lon"], places["to_lat"], places["to_lon"])
    assert distance.tolist() == pytest.approx([111.195, 343.56], abs=0.01)


def test_measured_travel_is_used_and_the_rest_is_computed_by_terrain():
    measured = make_tables()["travel"].iloc[:1]
    tables = make_tables()
    travel = travel_times(tables["bases"], tables["zones"], measured, make_scenario()).set_index(["base_id", "zone_id"])
    assert travel.loc[("B1", "Z1")].tolist() == [5.0, "table"]
    degrees = 6371.0088 * np.pi / 180
    assert travel.loc[("B1", "Z3"), "minutes"] == pytest.approx(0.9 * degrees * 1.3 / 55 * 60, rel=1e-9)
    assert travel.loc[("B1", "Z2"), "minutes"] == pytest.approx(0.2 * degrees * 1.3 / 70 * 60, rel=1e-9)
    assert travel.loc[("B2", "Z1"), "basis"] == "computed"
    assert len(travel) == 6


def test_zones_without_a_terrain_column_are_reached_at_rural_speed():
    tables = make_tables()
    plain = travel_times(tables["bases"], ZONES.drop(columns="terrain"), tables["travel"].iloc[:0], make_scenario())
    rural = travel_times(tables["bases"], ZONES.assign(terrain="rural"), tables["travel"].iloc[:0], make_scenario())
    assert plain["minutes"].tolist() == rural["minutes"].tolist()


# ------------------------------------------------------------------------------------------------------------- response


def test_the_standard_for_spontaneous_operations_is_used_else_the_shortest():
    standards = call_standards(make_tables()["response_standards"])
    assert standards.loc["N"].tolist() == [30.0, 0.8]
    other = pd.DataFrame(
        {"area_id": ["N", "N"], "kind": ["grade_2", "grade_1"], "minutes": [40.0, 20.0], "share": [0.5, 0.9]}
    )
    assert call_standards(other).loc["N"].tolist() == [20.0, 0.9]


def test_observed_response_counts_spontaneous_calls_timed_missing_and_within():
    response = assess().response.set_index("area_id")
    assert response.loc["all", ["n", "missing"]].tolist() == [10, 1]
    assert response.loc["N", ["n", "missing"]].tolist() == [7, 1]
    assert response.loc["S", ["n", "missing"]].tolist() == [3, 0]
    assert response.loc["S", "within"] == pytest.approx(2 / 3)
    assert response.loc["N", "median"] == pytest.approx(np.median([10, 20, 40, 14, 16, 50, 60]))
    assert response.loc["N", "within"] == pytest.approx(4 / 7)
    assert response.loc["S", "standard"] == 25.0
    assert np.isnan(response.loc["all", "standard"])
    assert set(response["met"]) == {"cannot tell"}


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_wilson_limits_agree_with_scipy(count, rest):
    if count + rest:
        expected = stats.binomtest(count, count + rest).proportion_ci(0.95, method="wilson")
        assert wilson(count, count + rest) == pytest.approx((expected.low, expected.high), abs=1e-12)
    else:
        assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("low", "high", "word"), [(0.81, 0.9, "yes"), (0.8, 0.9, "yes"), (0.5, 0.79, "no"), (0.5, 0.8, "cannot tell")]
)
def test_a_standard_is_met_or_missed_only_when_the_whole_interval_says_so(low, high, word):
    assert verdict(low, high, 0.8) == word


def test_a_standard_nobody_set_cannot_be_judged():
    tables = make_tables(response_standards=make_tables()["response_standards"].iloc[:0])
    response = assess(tables).response
    assert set(response["met"]) == {"cannot tell"}
    assert response["n"].tolist() == [10, 7, 3]
    assert response["within"].isna().all()


def test_many_late_arrivals_break_the_standard():
    tables = make_tables()
    late = pd.concat([tables["operations"]] * 10, ignore_index=True)
    late["arrived_at"] = late["called_at"] + pd.Timedelta(minutes=45)
    response = observed_response(late, ZONES, tables["areas"], call_standards(tables["response_standards"]))
    assert set(response["met"]) == {"no"}


# -------------------------------------------------------------------------------------------------------------- chapter


@pytest.mark.parametrize("name", sorted(make_tables()))
def test_a_table_with_no_row_gives_a_chapter_all_the_same(name):
    tables = make_tables()
    tables[name] = tables[name].iloc[:0]
    rates = make_rates().iloc[:0] if name == "zones" else make_rates()
    chapter = assess(tables, rates)
    assert len(chapter.travel) == len(tables["bases"]) * len(tables["zones"])
    assert (chapter.reach["kind"] != "district").sum() == 4 * (len(tables["areas"]) + 1)
    assert len(chapter.workload) == len(BLOCKS)


def test_a_chapter_leaves_its_inputs_as_they_were():
    tables, rates = make_tables(), make_rates()
    before = {name: frame.copy() for name, frame in tables.items()}
    assess(tables, rates)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(tables[name], frame)
    pd.testing.assert_frame_equal(rates, make_rates())


def test_each_likely_level_of_demand_is_answered_as_that_demand_would_be():
    chapter, busier = assess(), assess(rates=make_rates(0.015))
    rows = chapter.outlook.set_index("probability")
    load = busier.workload
    assert rows.loc[0.75, "none_free"] == pytest.approx(np.average(load["none_free"], weights=load["calls_a_year"]))
    whole = busier.reach.query("kind == 'force' and committed == 0").iloc[0]
    assert rows.loc[0.75, "within"] == pytest.approx(whole["demand_share"])
    assert rows.loc[0.75, "unmet_a_year"] == pytest.approx(150.0 * rows.loc[0.75, "none_free"])
    assert rows["none_free"].is_monotonic_increasing


def test_without_a_forecast_nothing_is_said_of_what_its_doubt_means():
    chapter = assess_deployment(make_tables(), make_rates(), LIKELY.iloc[:0], make_scenario())
    assert chapter.outlook.empty
    assert "none_free" in chapter.outlook
