"""Travel, cover, observed response and workload of a force of three zones and two bases."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra.deployment import assess_deployment
from apstra.deployment.cover import great_circle, left_when_random, nearest_crew, travel_times, without_far_end
from apstra.deployment.response import call_standards, observed_response, verdict, wilson
from apstra.deployment.workload import all_busy, crews_per_operation
from apstra.queueing import erlang_b
from apstra.report import deployment as shown

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
        "operation_crews": pd.DataFrame({"operation_id": ["O1", "O1", "O2", "O2", "O3", "O3"], "crew": list("121212")}),
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


def make_rates(rate=0.01) -> pd.DataFrame:
    """Return the same rate of one-hour operations in every zone and block."""
    grid = pd.MultiIndex.from_product([ZONES["zone_id"], BLOCKS], names=["zone_id", "block"])
    return pd.DataFrame({"rate_per_hour": rate, "mean_minutes": 60.0}, index=grid).reset_index()


def assess(tables=None, rates=None, **changes):
    """Return the chapter for tables and assumptions that differ where a test says so."""
    return assess_deployment(
        make_tables() if tables is None else tables, make_rates() if rates is None else rates, make_scenario(**changes)
    )


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


# ---------------------------------------------------------------------------------------------------------------- cover


@settings(deadline=None)
@given(
    st.lists(st.lists(st.floats(1, 90), min_size=3, max_size=3), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
    st.integers(0, 4),
)
def test_the_nearest_crew_left_is_the_next_in_the_sorted_list_of_crews(minutes, crews, gone):
    base, taken = nearest_crew(np.array(minutes), np.array(crews), gone)
    for zone, times in enumerate(minutes):
        queue = sorted(time for time, number in zip(times, crews, strict=True) for _ in range(number))
        assert taken[zone] == (queue[gone] if gone < len(queue) else np.inf)
        assert (base[zone] == -1) == (gone >= len(queue))


@settings(deadline=None)
@given(st.integers(0, 4), st.integers(0, 3), st.integers(0, 5))
def test_the_chance_of_a_crew_left_agrees_with_listing_which_crews_are_away(in_reach, further, gone):
    crews = in_reach + further
    away = list(combinations(range(crews), gone)) if gone < crews else []
    left = [any(one not in these for one in range(in_reach)) for these in away]
    chance = left_when_random(np.array([in_reach]), np.array([crews]), gone).item()
    assert chance == pytest.approx(np.mean(left) if left else 0.0)


def test_each_zone_has_its_nearest_crew_in_the_block_that_is_worst_for_it():
    zones = assess().zones.set_index("zone_id")
    assert zones["minutes"].to_dict() == {"Z1": 8.0, "Z2": 23.0, "Z3": 73.0}
    assert zones["base_id"].to_dict() == {"Z1": "B1", "Z2": "B1", "Z3": "B1"}
    assert zones.loc["Z3", "block"].startswith("night")
    assert zones["minutes_median"].to_dict() == {"Z1": 8.0, "Z2": 23.0, "Z3": 11.0}
    assert zones["within"].to_dict() == {"Z1": True, "Z2": True, "Z3": False}
    assert zones["standard"].to_dict() == {"Z1": 30.0, "Z2": 30.0, "Z3": 25.0}


def test_a_zone_with_no_crew_left_has_blank_minutes_and_is_not_within():
    chapter = assess()
    assert chapter.zones["minutes_one_committed"].isna().all()
    day_only = make_tables(crews=make_tables()["crews"].query("crews > 0 and not block.str.startswith('night')"))
    alone = assess(day_only).zones
    assert alone["minutes"].isna().all()
    assert not alone["within"].any()
    assert alone["base_id"].isna().all()


def test_reach_is_weighted_by_hours_population_and_past_demand():
    chapter = assess()
    reach = chapter.reach.set_index(["area_id", "committed"])
    night = chapter.workload.set_index("block")["hours_a_year"].filter(like="night").sum() / 8766
    assert reach.loc[("all", 0), "population_share"] == pytest.approx(0.4 + 0.6 * (1 - night))
    assert reach.loc[("all", 0), "demand_share"] == pytest.approx(2 / 3 + (1 - night) / 3)
    assert reach.loc[("N", 0), "population_share"] == 1.0
    assert reach.loc[("all", 0), "worst_share"] == pytest.approx(0.4)
    assert reach.loc[("all", 0), "worst_block"].startswith("night")
    assert reach.loc[("all", 1), "population_share"] == 0.0


def test_the_likely_share_with_one_crew_committed_is_between_the_worst_case_and_none_committed():
    reach = assess().reach.set_index(["area_id", "committed"])
    night = 1 / 3
    assert reach.loc[("all", 1), "likely_share"] == pytest.approx(0.5 * (1 - night))
    assert (reach["population_share"] <= reach["likely_share"] + 1e-12).all()


def test_reach_has_a_range_from_the_assumptions_that_travel_depends_on():
    scenario = make_scenario()
    speed = scenario.assumptions["speed_upland"][0]
    assumptions = {
        **scenario.assumptions,
        "speed_upland": (replace(speed, low=10.0, high=500.0),),
        "turnout_minutes": (replace(scenario.assumptions["turnout_minutes"][0], low=1.0, high=30.0),),
    }
    tables = make_tables(travel=make_tables()["travel"].iloc[:0])
    chapter = assess_deployment(tables, make_rates(), replace(scenario, assumptions=assumptions))
    row = chapter.reach.set_index(["area_id", "committed"]).loc[("all", 0)]
    assert row["low"] < row["population_share"] <= row["high"]


def test_crews_committed_elsewhere_are_those_nearest_to_the_far_end():
    crews = np.array([[2, 1, 1], [1, 0, 3]])
    minutes = np.array([[5.0, 30.0, 60.0], [40.0, 35.0, 90.0]])
    assert without_far_end(crews, minutes, 0).tolist() == crews.tolist()
    assert without_far_end(crews, minutes, 2).tolist() == [[1, 0, 1], [0, 0, 2]]
    assert without_far_end(crews, minutes, 9).tolist() == [[0, 0, 0], [0, 0, 0]]
    reach = assess(crews_committed_elsewhere=1).reach.set_index(["area_id", "committed"])
    night = 1 / 3
    assert reach.loc[("all", 0), "population_share"] == pytest.approx(0.6 * (1 - night))


@pytest.mark.parametrize("change", [{"crews_committed_elsewhere": 1}, {"turnout_minutes": 20}])
def test_less_to_send_or_a_later_start_never_widens_reach(change):
    less, now = assess(**change).reach, assess().reach
    assert (less["population_share"] <= now["population_share"] + 1e-12).all()
    assert less["population_share"].sum() < now["population_share"].sum()


def test_another_crew_never_lengthens_the_time_to_any_zone():
    crews = make_tables()["crews"]
    more = assess(make_tables(crews=crews.assign(crews=crews["crews"] + 1)))
    assert (more.zones["minutes"] <= assess().zones["minutes"]).all()
    assert (more.workload["none_free"] < assess().workload["none_free"]).all()


def test_a_zone_without_a_standard_takes_no_part_in_reach():
    standards = make_tables()["response_standards"].query("area_id == 'N'")
    chapter = assess(make_tables(response_standards=standards))
    assert chapter.zones.set_index("zone_id")["within"].isna().to_dict() == {"Z1": False, "Z2": False, "Z3": True}
    reach = chapter.reach.set_index(["area_id", "committed"])["population_share"]
    assert reach[("all", 0)] == 1.0
    assert np.isnan(reach[("S", 0)])


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


# ------------------------------------------------------------------------------------------------------------- workload


def test_load_counts_every_crew_of_an_operation_and_other_work():
    load = assess().workload.set_index("block").loc["early-weekday-summer"]
    assert load["firearms_load"] == pytest.approx(3 * 0.01 * 1.0 * 2)
    assert load["other_load"] == pytest.approx(0.5)
    assert load["offered_load"] == pytest.approx(0.56)
    assert load["crews"] == 2
    assert load["calls_a_year"] == pytest.approx(0.03 * load["hours_a_year"])


def test_work_that_can_be_left_yields_to_a_firearms_call():
    load = assess().workload.set_index("block").loc["early-weekday-summer"]
    fixed = 0.06 + 0.5 * 0.4
    assert load["none_free"] == pytest.approx(erlang_b(2, fixed))
    assert load["none_free_one_committed"] == pytest.approx(erlang_b(1, fixed))
    assert load["none_free_two_committed"] == 1.0
    assert load["expected_free"] == pytest.approx(2 - fixed * (1 - erlang_b(2, fixed)))
    assert load["unmet_a_year"] == pytest.approx(0.03 * load["hours_a_year"] * erlang_b(2, fixed))
    assert load["busy_share"] == pytest.approx(0.56 * (1 - erlang_b(2, 0.56)) / 2)


def test_crews_committed_elsewhere_are_gone_from_the_start():
    one_away, now = assess(crews_committed_elsewhere=1).workload, assess().workload
    assert one_away["crews"].tolist() == (now["crews"] - 1).tolist()
    assert one_away["none_free"].to_numpy() == pytest.approx(now["none_free_one_committed"].to_numpy())
    all_away = assess(crews_committed_elsewhere=5).workload
    assert all_away["none_free"].eq(1.0).all()
    assert all_away["expected_free"].eq(0.0).all()


def test_the_chance_that_none_is_free_rises_with_each_crew_committed():
    load = assess().workload
    steps = load[["none_free", "none_free_one_committed", "none_free_two_committed"]].to_numpy()
    assert (np.diff(steps, axis=1) >= 0).all()


def test_area_loads_sum_to_the_load_that_does_not_yield():
    chapter = assess()
    by_block = chapter.area_load.groupby("block")[["firearms_load", "other_load", "crews"]].sum()
    whole = chapter.workload.set_index("block").loc[by_block.index]
    assert by_block["firearms_load"].to_numpy() == pytest.approx(whole["firearms_load"].to_numpy())
    assert by_block["other_load"].to_numpy() == pytest.approx(0.2)
    assert by_block["crews"].tolist() == whole["crews"].tolist()
    assert len(chapter.area_load) == 2 * len(BLOCKS)


def test_demand_that_is_not_known_leaves_the_chance_blank_and_no_crew_is_certain():
    unknown = assess(rates=make_rates(np.nan)).workload
    assert unknown.loc[unknown["crews"] > 0, "none_free"].isna().all()
    assert all_busy(0, np.nan) == 1.0


def test_an_operation_without_crews_on_record_counts_as_one():
    assert crews_per_operation(make_tables()["operation_crews"].iloc[:0]) == 1.0
    assert crews_per_operation(make_tables()["operation_crews"]) == 2.0


# -------------------------------------------------------------------------------------------------------------- chapter


@pytest.mark.parametrize("name", sorted(make_tables()))
def test_a_table_with_no_row_gives_a_chapter_all_the_same(name):
    tables = make_tables()
    tables[name] = tables[name].iloc[:0]
    rates = make_rates().iloc[:0] if name == "zones" else make_rates()
    chapter = assess(tables, rates)
    assert len(chapter.travel) == len(tables["bases"]) * len(tables["zones"])
    assert chapter.reach["area_id"].nunique() == len(tables["areas"]) + 1
    assert len(chapter.workload) == len(BLOCKS)


def test_a_chapter_leaves_its_inputs_as_they_were():
    tables, rates = make_tables(), make_rates()
    before = {name: frame.copy() for name, frame in tables.items()}
    assess(tables, rates)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(tables[name], frame)
    pd.testing.assert_frame_equal(rates, make_rates())


# ------------------------------------------------------------------------------------------------------------- exhibits


def as_shown(tables=None, rates=None, **changes):
    """Return what the exhibits need of an assessment."""
    tables = make_tables() if tables is None else tables
    bases = tables["bases"].assign(name="Base")
    outlines = pd.DataFrame(columns=["zone_id", "ring", "lon", "lat"])
    return SimpleNamespace(
        deployment=assess(tables, rates, **changes),
        scenario=make_scenario(**changes),
        tables={**tables, "bases": bases, "boundaries": outlines},
        illustrative=("crews",),
    )


@pytest.mark.parametrize("name", ["cover", "reach", "response", "workload"])
def test_every_exhibit_has_a_headline_a_source_a_table_and_alt_text(name):
    exhibit = getattr(shown, name)(as_shown())
    assert exhibit.headline in exhibit.alt or name == "workload"
    assert "Force tables" in exhibit.source
    assert not exhibit.table.empty
    assert "nan" not in exhibit.table.to_string().lower()
    assert exhibit._repr_html_().startswith("<figure")


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("cover", "crews"), ("cover", "zones"), ("reach", "response_standards"), ("response", "operations"),
        ("workload", "crews"), ("findings", "crews"),
    ],
)  # fmt: skip
def test_a_table_without_rows_says_to_be_supplied(name, empty):
    tables = make_tables()
    tables[empty] = tables[empty].iloc[:0]
    rates = make_rates().iloc[:0] if empty == "zones" else None
    assert "To be supplied" in repr(getattr(shown, name)(as_shown(tables, rates)))


def test_findings_name_the_worst_block_and_how_travel_is_known():
    said = repr(shown.findings(as_shown()))
    assert "in the worst block (summer weekday night) 40%" in said
    assert "Every travel time is the force's own measurement." in said
    some = make_tables(travel=make_tables()["travel"].iloc[:2])
    assert "4 of 6 travel times are computed" in repr(shown.findings(as_shown(some)))
    assert "no crew free in 21% of cases in the worst block" in said
    none = make_tables(travel=make_tables()["travel"].iloc[:0])
    assert "No travel time is measured: all 6" in repr(shown.findings(as_shown(none)))


def test_a_rare_chance_is_told_as_once_in_so_many_times():
    crews = make_tables()["crews"].assign(crews=2)
    said = repr(shown.findings(as_shown(make_tables(crews=crews))))
    assert f"once in {1 / erlang_b(4, 0.26):,.0f} times in the worst block" in said


def test_findings_stay_true_without_standards_and_without_a_log():
    bare = make_tables()
    bare["response_standards"] = bare["response_standards"].iloc[:0]
    said = repr(shown.findings(as_shown(bare, make_rates(np.nan))))
    assert "Cover cannot be told" in said
    assert "Response cannot be judged" in said
    assert "Whether a crew is free cannot be told" in said


def test_the_same_cover_in_every_block_is_said_so():
    crews = make_tables()["crews"].assign(crews=1)
    assert "the same in every block" in shown.reach(as_shown(make_tables(crews=crews))).headline


def test_zones_without_a_crew_left_are_counted_in_the_headline_of_cover():
    assert "Three waits longest, 73 minutes" in shown.cover(as_shown()).headline
    gone = shown.cover(as_shown(crews_committed_elsewhere=1)).headline
    assert gone.startswith("No crew is left for 3 of 3 zones")


def test_the_response_headline_says_where_the_target_is_missed_and_where_numbers_do_not_decide():
    tables = make_tables()
    late = tables["operations"].query("zone_id == 'Z3'")
    many = pd.concat(
        [tables["operations"], *[late.assign(arrived_at=late["called_at"] + pd.Timedelta(minutes=50))] * 9]
    )
    headline = shown.response(as_shown(make_tables(operations=many.reset_index(drop=True)))).headline
    assert "missed in South, not to be judged in North" in headline
