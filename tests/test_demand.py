"""Volume, trend, pattern, record and forecast of firearms operations."""

from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import AS_AT, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra.demand import assess_demand, forecast_annual
from apstra.demand.pattern import rates
from apstra.demand.volume import exact_share, log_covers, rate_ratio, season, trends, yearly_volume
from apstra.report import demand as shown
from apstra.uncertainty import random_stream

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "demand.yaml").read_text())
counts_of_years = st.lists(st.integers(0, 300), min_size=1, max_size=15)
ZONES = pd.DataFrame(
    {
        "zone_id": ["Z1", "Z2", "Z3"],
        "area_id": ["N", "N", "S"],
        "population": [1000.0, 3000.0, 4000.0],
        "demand_weight": [1.0, 1.0, 2.0],
    }
)
AREAS = pd.DataFrame(
    {"area_id": ["N", "S"], "name": ["North", "South"], "population": [4000, 4000], "visitors_a_year": [1e6, np.nan]}
)
OTHER_WORK = pd.DataFrame(
    {
        "zone_id": ["Z1", "Z2", "Z1"],
        "block": ["early-weekday-summer", "early-weekday-summer", "night-weekend-winter"],
        "kind": ["roads", "roads", "planned"],
        "rate_per_hour": [1.0, 0.5, 0.1],
        "mean_minutes": [30.0, 30.0, 120.0],
        "releasable_share": [1.0, 0.5, 0.0],
    }
)


def make_operations(by_year, *, zones=("Z1", "Z2", "Z3"), reasons=("firearm", "domestic")) -> pd.DataFrame:
    """Return a log with so many operations in each financial year, spread evenly over it."""
    called = [
        pd.Timestamp(year, 4, 1) + (step + 0.5) / max(number, 1) * pd.Timedelta(days=365)
        for year, number in by_year.items()
        for step in range(number)
    ]
    size = len(called)
    times = pd.Series(called, dtype="datetime64[us]").dt.floor("min")
    later = [times + pd.Timedelta(minutes=minutes) for minutes in (2, 20, 80)]
    return pd.DataFrame(
        {
            "operation_id": [f"O{number}" for number in range(size)],
            "called_at": times,
            "authorised_at": times,
            "assigned_at": later[0],
            "arrived_at": later[1],
            "cleared_at": later[2],
            "zone_id": pd.Series([zones[i % len(zones)] for i in range(size)], dtype="str"),
            "kind": pd.Series(["spontaneous" if i % 4 else "planned" for i in range(size)], dtype="str"),
            "reason": pd.Series([reasons[i % len(reasons)] for i in range(size)], dtype="str"),
            "arv": pd.Series([True] * size, dtype=bool),
            "log_reference": pd.Series(["L"] * size, dtype="str"),
            "signed_off": pd.Series([True] * size, dtype="boolean"),
            "debriefed": pd.Series([True] * size, dtype="boolean"),
        }
    )


NOTHING_PUBLISHED = {
    "calendar": pd.DataFrame(columns=["event_id", "name", "starts_on", "ends_on", "zone_id", "demand_factor"]),
    "published_firearms": pd.DataFrame(columns=["series", "force", "year", "metric", "value"], dtype="str"),
    "series_breaks": pd.DataFrame(columns=["force", "metric", "from_year"], dtype="str"),
    "police_forces": pd.DataFrame(
        columns=["pfa_code", "force", "region", "population_census2011", "population_mid2018"], dtype="str"
    ),
}
LOG = make_operations({2018: 60, 2019: 55, 2020: 48, 2021: 50, 2022: 52, 2023: 58, 2024: 61, 2025: 57, 2026: 33})


def assess(operations=LOG, other_work=OTHER_WORK, zones=ZONES, areas=AREAS, calendar=None, **changes):
    """Return the chapter for frames that differ where a test says so."""
    tables = {"operations": operations, "other_work": other_work, "zones": zones, "areas": areas}
    tables |= {} if calendar is None else {"calendar": calendar}
    return assess_demand(NOTHING_PUBLISHED | tables, make_scenario(**changes))


# --------------------------------------------------------------------------------------------------------------- volume


@pytest.mark.parametrize("case", CASES["exact_share"])
def test_exact_limits_of_a_share_follow_clopper_and_pearson(case):
    assert exact_share(case["count"], case["of"]) == pytest.approx(case["limits"])


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_exact_limits_of_a_share_agree_with_scipy(count, rest):
    if count + rest:
        interval = stats.binomtest(count, count + rest).proportion_ci(0.95, method="exact")
        assert exact_share(count, count + rest) == pytest.approx(tuple(interval), abs=1e-9)
    else:
        assert exact_share(0, 0) == (0.0, 1.0)


@settings(deadline=None)
@given(st.integers(0, 80), st.integers(1, 80), st.floats(0.5, 9))
def test_a_ratio_of_rates_differs_from_one_just_when_the_exact_test_says_so(count, before, years):
    _, low, high = rate_ratio(count, 1, before, years)
    limits = stats.binomtest(count, count + before).proportion_ci(0.95, method="exact")
    expected = 1 / (1 + years)
    assert (low > 1) == (limits.low > expected + 1e-12) or low == pytest.approx(1)
    assert (high < 1) == (limits.high < expected - 1e-12) or high == pytest.approx(1)


def test_a_ratio_with_nothing_before_is_open_above_and_with_nothing_at_all_is_unknown():
    assert rate_ratio(5, 1, 0, 1)[2] == np.inf
    assert np.isnan(rate_ratio(0, 1, 0, 1)[0])
    with pytest.raises(ValueError, match="exposures must be positive, not 0 and 2"):
        rate_ratio(1, 0, 1, 2)


def test_counts_of_years_are_those_of_the_log_with_exact_poisson_limits():
    yearly = assess().yearly
    assert yearly["operations"].tolist() == [60, 55, 48, 50, 52, 58, 61, 57, 33]
    assert yearly["operations"].equals(yearly["spontaneous"] + yearly["planned"] + yearly["self_authorised"])
    low, high = stats.chi2.ppf(0.025, 2 * 60) / 2, stats.chi2.ppf(0.975, 2 * 61) / 2
    assert yearly.loc[0, ["low", "high"]].tolist() == pytest.approx([low, high])


def test_the_current_year_is_not_complete_and_those_before_are():
    yearly = assess().yearly
    assert yearly["complete"].tolist() == [True] * 8 + [False]


def test_a_log_that_starts_in_autumn_has_an_incomplete_first_year():
    late = LOG.loc[LOG["called_at"] >= "2018-09-01"]
    yearly = yearly_volume(late, AS_AT)
    assert yearly.set_index("year")["complete"].to_dict()[2018] is False
    assert yearly["complete"].sum() == 7


def test_a_log_that_falls_silent_ends_there_and_its_years_after_are_not_listed():
    yearly = yearly_volume(LOG.loc[LOG["called_at"] < "2023-08-01"], AS_AT)
    assert yearly["year"].max() == 2023
    assert not yearly["complete"].iloc[-1]


def test_a_log_of_one_operation_covers_nothing():
    assert log_covers(LOG["called_at"].iloc[:1], AS_AT) is None
    chapter = assess(LOG.iloc[:1])
    assert not chapter.yearly["complete"].any()
    assert chapter.forecast.empty
    assert chapter.rates["rate_per_hour"].isna().all()


def yearly_of(*counts):
    """Return complete years with these counts, all spontaneous."""
    size = len(counts)
    nothing = [0] * size
    return pd.DataFrame(
        {
            "year": range(2010, 2010 + size),
            "complete": [True] * size,
            "operations": counts,
            "spontaneous": counts,
            "planned": nothing,
            "self_authorised": nothing,
        }
    )


@pytest.mark.parametrize(
    ("counts", "direction"),
    [
        ((40, 42, 41, 80, 85, 90), "rising"),
        ((90, 85, 80, 40, 42, 41), "falling"),
        ((60, 55, 58, 61, 57, 60), "not shown"),
        ((20, 100, 30, 90, 40, 120), "not shown"),
        ((1, 2, 1, 7, 8, 9), "too few to say"),
        ((40, 41, 90), "too few to say"),
    ],
)
def test_a_trend_is_stated_only_where_counts_support_it(counts, direction):
    assert trends(yearly_of(*counts)).set_index("measure").loc["operations", "direction"] == direction


def test_steady_counts_show_a_trend_no_more_often_than_the_test_allows():
    rng = random_stream(2026, "test_demand", "trend")
    shown = [trends(yearly_of(*rng.poisson(55, 8)))["direction"].iloc[0] in {"rising", "falling"} for _ in range(300)]
    assert np.mean(shown) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(shown))


def test_incomplete_years_take_no_part_in_the_trend():
    yearly = yearly_of(50, 52, 51, 53, 50)
    yearly.loc[4, ["complete", "operations"]] = [False, 500]
    assert trends(yearly).set_index("measure").loc["operations", "after"] == pytest.approx(52)


def test_the_season_ratio_is_a_ratio_of_weekly_rates():
    year = pd.date_range("2024-04-01", "2025-03-31", freq="D")
    summer = year[year.month.isin(range(5, 11))]
    operations = pd.DataFrame({"called_at": pd.Series([*year, *summer]).astype("datetime64[us]")})
    ratio = season(operations, [2024])
    assert ratio["ratio"].item() == pytest.approx(2.0)
    assert ratio["low"].item() < 2.0 < ratio["high"].item()


# -------------------------------------------------------------------------------------------------------------- pattern


def test_a_reason_that_grew_is_called_more_and_small_ones_too_few():
    log = make_operations(dict.fromkeys(range(2018, 2026), 30), reasons=("firearm",))
    extra = make_operations({2025: 40, 2024: 6}, reasons=("mental_health",))
    rare = make_operations({2025: 3}, reasons=("animal",))
    reasons = assess(pd.concat([log, extra, rare], ignore_index=True)).reasons.set_index("reason")
    assert reasons["change"].to_dict() == {
        "firearm": "no clear change",
        "mental_health": "more",
        "animal": "too few to say",
    }
    assert reasons.loc["mental_health", "last_year"] == 40
    assert reasons.loc["mental_health", "before"] == pytest.approx(6 / 7)
    assert reasons["operations"].is_monotonic_decreasing


def test_patterns_share_out_every_operation_of_the_complete_years_in_each_dimension():
    patterns = assess().patterns
    assert patterns.groupby("dimension")["operations"].sum().eq(441).all()
    assert patterns.groupby("dimension")["share"].sum().to_numpy() == pytest.approx(1)
    assert patterns["dimension"].value_counts().to_dict() == {
        "hour": 24, "month": 12, "weekday": 7, "shift": 3, "season": 2, "area": 2,
    }  # fmt: skip
    assert ((patterns["low"] <= patterns["share"]) & (patterns["share"] <= patterns["high"])).all()
    even = patterns.set_index(["dimension", "value"])["even"]
    assert even.groupby("dimension").sum().to_numpy() == pytest.approx(1)
    assert even[("shift", "night")] == pytest.approx(1 / 3)
    assert even[("season", "summer")] == pytest.approx(184 / 365)
    assert even[("area", "S")] == pytest.approx(0.5)


def test_the_week_counts_every_operation_of_the_log_once():
    week = assess().week
    assert len(week) == 56
    assert week["operations"].sum() == len(LOG)
    first = LOG["called_at"].dt
    mondays = ((first.day_of_week == 0) & first.hour.between(3, 5)).sum()
    assert week.query("weekday == 'Monday' and from_hour == 3")["operations"].item() == mondays


def test_areas_have_rates_by_residents_and_by_visitors_where_known():
    by_area = assess().by_area.set_index("area_id")
    north = LOG.iloc[:441]["zone_id"].isin(["Z1", "Z2"]).sum()
    assert by_area.loc["N", "per_year"] == pytest.approx(north / 8)
    assert by_area.loc["N", "per_100k"] == pytest.approx(north / 8 / 4000 * 100_000)
    assert by_area.loc["N", "per_million_visitors"] == pytest.approx(north / 8)
    assert np.isnan(by_area.loc["S", "per_million_visitors"])


def test_an_area_without_population_takes_it_from_its_zones():
    areas = AREAS.assign(population=[np.nan, np.nan])
    assert assess(areas=areas).by_area["per_100k"].tolist() == pytest.approx(assess().by_area["per_100k"].tolist())


def test_rates_over_the_year_sum_to_the_forecast():
    chapter = assess()
    hours = make_scenario().force.blocks.hours_a_year()
    total = (chapter.rates["rate_per_hour"] * chapter.rates["block"].map(hours)).sum()
    assert total == pytest.approx((chapter.slices["operations"] / chapter.slices["factor"]).iloc[0])
    assert chapter.rates["mean_minutes"].unique() == pytest.approx([78.0])


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.5])
def test_the_demand_factor_scales_forecast_and_rates_alike(factor):
    plain, scaled = assess(), assess(demand_factor=factor)
    assert scaled.forecast["mean"].to_numpy()[1:] == pytest.approx(factor * plain.forecast["mean"].to_numpy()[1:])
    assert scaled.slices["operations"].to_numpy() == pytest.approx(factor * plain.slices["operations"].to_numpy())
    assert scaled.slices["factor"].to_numpy() == pytest.approx(plain.slices["factor"].to_numpy())
    assert scaled.rates["rate_per_hour"].to_numpy() == pytest.approx(factor * plain.rates["rate_per_hour"].to_numpy())


def test_without_demand_weights_population_decides_and_without_either_all_zones_are_equal():
    nobody = ZONES.assign(demand_weight=0.0)
    for zones, expected in ((nobody, [0.125, 0.375, 0.5]), (nobody.assign(population=0.0), [1 / 3] * 3)):
        table = rates(LOG, zones, 50.0, None, make_scenario())
        by_zone = table.groupby("zone_id")["rate_per_hour"].sum()
        assert (by_zone / by_zone.sum()).to_numpy() == pytest.approx(expected)


def test_the_log_learns_where_and_when_calls_fall_and_a_handful_is_no_pattern():
    nights = make_operations(dict.fromkeys(range(2018, 2026), 60), zones=("Z1", "Z1", "Z3"))
    nights["called_at"] = nights["called_at"].dt.normalize() + pd.Timedelta(hours=2)
    table = assess(nights).rates.assign(shift=lambda frame: frame["block"].str.split("-").str[0])
    of_shift = table.groupby("shift")["rate_per_hour"].sum()
    assert of_shift["night"] > 5 * of_shift[["early", "late"]].max()
    of_zone = table.groupby("zone_id")["rate_per_hour"].sum()
    assert of_zone["Z1"] > 1.4 * of_zone["Z3"] > 1.4 * of_zone["Z2"]
    shares = assess(LOG.iloc[:9]).shares.set_index("zone")
    assert shares["share"].to_numpy() == pytest.approx([0.25, 0.25, 0.5], abs=0.1)


def test_what_is_on_the_calendar_is_left_to_the_year_played_through():
    fair = pd.DataFrame(
        {"event_id": ["E"], "name": ["Fair"], "starts_on": pd.to_datetime(["2026-06-01"]),
         "ends_on": pd.to_datetime(["2026-06-30"]), "zone_id": ["Z1"], "demand_factor": [3.0]}
    )  # fmt: skip
    plain, held = assess().rates, assess(calendar=fair).rates
    assert held["rate_per_hour"].to_numpy() == pytest.approx(plain["rate_per_hour"].to_numpy(), rel=0.02)


def test_a_log_without_a_complete_year_still_gives_rates_from_the_time_it_covers():
    recent = make_operations({2026: 30}).loc[lambda frame: frame["called_at"] < "2026-11-01"]
    chapter = assess(recent)
    hours = make_scenario().force.blocks.hours_a_year()
    total = (chapter.rates["rate_per_hour"] * chapter.rates["block"].map(hours)).sum()
    assert chapter.forecast.empty
    assert 20 < total < 45


# --------------------------------------------------------------------------------------------------------------- record


def test_committed_time_runs_from_assigned_else_called_to_cleared():
    log = LOG.copy()
    log.loc[1, "assigned_at"] = pd.NaT
    log.loc[2, "cleared_at"] = pd.NaT
    committed = assess(log).committed.set_index("kind")
    assert committed.loc["all", ["n", "missing"]].tolist() == [len(log) - 1, 1]
    assert committed.loc["all", "mean"] == pytest.approx((78 * (len(log) - 2) + 80) / (len(log) - 1))
    assert committed.loc["self_authorised", "n"] == 0
    assert np.isnan(committed.loc["self_authorised", "mean"])


def test_a_crew_assigned_after_the_turnout_time_counts_as_delayed():
    log = LOG.copy()
    log.loc[[1, 2, 3], "assigned_at"] = log.loc[[1, 2, 3], "called_at"] + pd.Timedelta(minutes=9)
    log.loc[5, "assigned_at"] = pd.NaT
    log.loc[[6, 7], "arrived_at"] = pd.NaT
    unmet = assess(log).unmet.set_index("measure")["operations"]
    assert unmet["crew assigned later than the turnout time"] == 3
    assert unmet["no crew assigned on record"] == 1
    assert unmet["no arrival on record"] == 2


def test_completeness_counts_what_is_on_record_in_all_and_in_the_last_complete_year():
    log = LOG.copy()
    log.loc[0, "log_reference"] = np.nan
    log["debriefed"] = log["called_at"] < "2025-04-01"
    log.loc[3, "signed_off"] = pd.NA
    kept = assess(log).completeness.set_index("measure")
    assert kept.loc["log_reference", "complete"] == len(log) - 1
    assert kept.loc["signed_off", "complete"] == len(log) - 1
    assert kept.loc["debriefed", ["last_complete", "last_of"]].tolist() == [0, 57]
    assert kept.loc["arrived_at", "share"] == 1.0


def test_other_work_is_hours_over_the_year_with_the_share_that_can_be_left():
    other = assess().other.set_index("kind")
    hours = make_scenario().force.blocks.hours_a_year()
    assert other.loc["roads", "hours_a_year"] == pytest.approx(0.75 * hours["early-weekday-summer"])
    assert other.loc["roads", "releasable_share"] == pytest.approx((0.5 + 0.125) / 0.75)
    assert other.loc["planned", "releasable_share"] == 0
    assert other.loc["all", "hours_a_year"] == pytest.approx(other["hours_a_year"].drop("all").sum())


# -------------------------------------------------------------------------------------------------------------- chapter


def test_the_forecast_starts_with_the_first_year_not_complete_and_its_intervals_nest():
    forecast = assess().forecast
    assert forecast["label"].tolist() == ["2026-27", "2027-28", "2028-29", "2029-30", "2030-31"]
    points = ["p2_5", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p97_5"]
    assert (np.diff(forecast[points].to_numpy(), axis=1) >= 0).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 25), min_size=9, max_size=9))
def test_any_log_gives_a_chapter_whose_counts_add_up(numbers):
    chapter = assess(
        make_operations(dict(zip(range(2018, 2027), numbers, strict=True))).query("called_at < '2026-11-01'")
    )
    assert chapter.by_area["operations"].sum() == chapter.reasons["operations"].sum()
    assert chapter.committed.set_index("kind").loc["all", "n"] == chapter.week["operations"].sum()
    assert chapter.yearly["operations"].sum() == chapter.week["operations"].sum()


def test_empty_tables_give_empty_frames_with_their_columns():
    chapter = assess(LOG.iloc[:0], OTHER_WORK.iloc[:0])
    assert chapter.yearly.empty
    assert "complete" in chapter.yearly
    assert chapter.forecast.columns[:3].tolist() == ["year", "label", "mean"]
    assert chapter.season["ratio"].isna().all()
    assert chapter.rates["rate_per_hour"].isna().all()
    assert assess(LOG.iloc[:0], OTHER_WORK.iloc[:0], ZONES.iloc[:0], AREAS.iloc[:0]).rates.empty


def test_a_chapter_leaves_its_inputs_as_they_were():
    inputs = [frame.copy() for frame in (LOG, OTHER_WORK, ZONES, AREAS)]
    chapter = assess(*inputs)
    for frame, original in zip(inputs, (LOG, OTHER_WORK, ZONES, AREAS), strict=True):
        pd.testing.assert_frame_equal(frame, original)
    counts = np.array([3.0, np.nan, 5.0])
    forecast_annual(counts, 2)
    assert counts[[0, 2]].tolist() == [3.0, 5.0]
    assert all(isinstance(getattr(chapter, one.name), pd.DataFrame) for one in fields(chapter))


def test_a_first_of_april_belongs_to_the_new_year():
    log = make_operations({2024: 30, 2025: 30})
    log.loc[29, "called_at"] = pd.Timestamp("2025-04-01 00:00")
    yearly = yearly_volume(log, date(2026, 4, 1)).set_index("year")["operations"]
    assert yearly.to_dict() == {2024: 29, 2025: 31, 2026: 0}


# ------------------------------------------------------------------------------------------------------------- exhibits

PUBLISHED = pd.DataFrame(
    {"force": ["Small", "Small", "Other"], "metric": "operations", "year": ["2019-20", "1999-00", "2019-20"],
     "value": [55.0, 20.0, 700.0]}
)  # fmt: skip
EXHIBITS = (
    "yearly",
    "forecast",
    "reasons",
    "pattern",
    "season",
    "areas",
    "committed",
    "other_work",
    "unmet",
    "completeness",
)


def as_shown(chapter=None, **changes):
    """Return what the exhibits need of an assessment."""
    scenario = make_scenario()
    forces = pd.DataFrame({"pfa_code": [scenario.force.code], "force": ["Small"]})
    return SimpleNamespace(
        demand=replace(chapter or assess(), **changes),
        scenario=scenario,
        tables={"published_firearms": PUBLISHED, "police_forces": forces},
        illustrative=("operations",),
    )


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_exhibit_has_a_headline_a_source_and_a_table_and_alt_text_where_it_has_a_picture(name):
    exhibit = getattr(shown, name)(as_shown())
    assert exhibit.headline
    assert "illustrative rows" in exhibit.source or name == "other_work"
    assert not exhibit.table.empty
    assert "nan" not in exhibit.table.to_string().lower()
    assert (exhibit.figure is None) or exhibit.headline in exhibit.alt
    assert exhibit._repr_html_().startswith("<figure")


@pytest.mark.parametrize("name", [*EXHIBITS, "findings"])
def test_an_empty_log_says_to_be_supplied(name):
    exhibit = getattr(shown, name)(as_shown(assess(LOG.iloc[:0], OTHER_WORK.iloc[:0])))
    assert "To be supplied" in repr(exhibit)


@pytest.mark.parametrize("number", [1, 2, 40])
def test_exhibits_of_a_log_without_a_complete_year_are_still_true(number):
    a = as_shown(assess(make_operations({2026: 80}).iloc[:number]))
    assert "no complete year yet" in shown.yearly(a).headline
    assert shown.yearly(a).headline.startswith(f"{number} operation{'s' if number > 1 else ''} on record")
    assert "To be supplied" in repr(shown.forecast(a))
    assert "too few complete years" in repr(shown.findings(a))


def test_the_yearly_table_shows_published_counts_of_this_force_only():
    table = shown.yearly(as_shown()).table.set_index("Year")
    assert table.loc["2019-20", "Published"] == "55"
    assert table.loc["2018-19", "Published"] == "not known"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({year: 30 if year < 2022 else 70 for year in range(2018, 2026)}, "Operations are rising"),
        ({year: 70 if year < 2022 else 30 for year in range(2018, 2026)}, "Operations are falling"),
        (dict.fromkeys(range(2018, 2026), 50), "No trend is shown"),
    ],
)
def test_findings_state_a_trend_just_when_the_counts_show_it(counts, words):
    assert words in repr(shown.findings(as_shown(assess(make_operations({**counts, 2026: 30})))))


@pytest.mark.parametrize(
    ("ratio", "words"),
    [((1.4, 1.2, 1.6), "is busier"), ((0.6, 0.5, 0.8), "is quieter"), ((1.1, 0.9, 1.3), "shows no clear difference")],
)
def test_the_season_headline_follows_its_interval(ratio, words):
    season = pd.DataFrame([ratio], columns=["ratio", "low", "high"])
    assert words in shown.season(as_shown(season=season)).headline


def test_a_reason_that_changed_is_named_with_both_numbers():
    log = pd.concat(
        [
            make_operations(dict.fromkeys(range(2018, 2026), 20)),
            make_operations({2025: 30}, reasons=("mental_health",)),
        ],
        ignore_index=True,
    )
    assert "mental health 30 against 0.0 a year before" in shown.reasons(as_shown(assess(log))).headline


def test_an_area_clearly_above_the_others_is_said_to_be():
    log = make_operations(dict.fromkeys(range(2018, 2026), 60), zones=("Z1", "Z1", "Z1", "Z3"))
    assert shown.areas(as_shown(assess(log))).headline.startswith("North is called on most")
    assert (
        "do not differ clearly" in shown.areas(as_shown()).headline
        or "called on most" in shown.areas(as_shown()).headline
    )


def test_a_log_kept_in_full_is_said_to_be_complete():
    assert shown.completeness(as_shown()).headline.startswith("The log is not complete") is False
