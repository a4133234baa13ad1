"""The pattern of calls: what it learns from simulated logs, where it stays simple, and how it forecasts a real one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from apstra.assessment import as_known
from apstra.demand.calls import read_calls
from apstra.demand.counts import count_quantile, joint_size, log_likelihood, log_probability
from apstra.demand.days import clock_hours, day_groups, event_factors, force_factor, read_events
from apstra.demand.intensity import fit_pattern
from apstra.demand.level import fit_level
from apstra.demand.pattern import learnt, learnt_for_rates, seen_events
from apstra.demand.proof import score_log
from apstra.demand.regression import choose, fit_counts, overdispersion
from apstra.demand.shares import zone_shares
from apstra.recall import Recall
from apstra.uncertainty import random_stream

TIDE = 1.0 + 0.8 * np.sin(2 * np.pi * (np.arange(24) - 12) / 24)  # busiest at 18:00


def simulate(name, *, first="2022-01-01", last="2023-12-31", a_day=20.0, burst=0.0, factor=None, weekend=1.0):
    """Return a log of known rate: a tide over the day, busier weekends, days that burst, and a factor by day."""
    rng = random_stream(2026, "test_intensity", name)
    days = pd.date_range(first, last)
    mean = a_day * np.where(days.day_of_week >= 5, weekend, 1.0) * (1.0 if factor is None else factor(days))
    daily = mean * (rng.gamma(1 / burst, burst, len(days)) if burst else 1.0)
    hours = days.repeat(24) + pd.to_timedelta(np.tile(np.arange(24), len(days)), unit="h")
    rate = np.repeat(daily, 24) * np.tile(TIDE, len(days)) / 24
    counts = rng.poisson(rate)
    called = hours.repeat(counts) + pd.to_timedelta(rng.integers(0, 3600, counts.sum()), unit="s")
    return pd.DataFrame({"called_at": called.sort_values()}), hours, np.repeat(mean, 24) * np.tile(TIDE, len(days)) / 24


def event(name, starts_on, ends_on=None, factor=np.nan, zone=np.nan):
    """Return one row of the calendar."""
    return {"name": name, "starts_on": starts_on, "ends_on": ends_on, "demand_factor": factor, "zone_id": zone}


# ------------------------------------------------------------------------------------------- regression, overdispersion


def test_the_regression_gives_the_published_coefficients_of_the_health_insurance_experiment():
    data = sm.datasets.randhie.load_pandas()
    design = sm.add_constant(data.exog, prepend=False)
    fit = fit_counts(data.endog.to_numpy(), design)
    assert fit.alpha == pytest.approx(1.292953339909746, rel=1e-5)
    assert fit.aic == pytest.approx(86789.32415307, rel=1e-9)
    published = sm.NegativeBinomial(data.endog, design).fit(disp=0, maxiter=200)
    assert fit.coefficients.to_numpy() == pytest.approx(published.params.to_numpy()[:-1], abs=1e-4)


@pytest.mark.parametrize("size", [0.5, 8.0, np.inf])
def test_the_probability_of_a_count_is_scipys(size):
    counts, mean = np.arange(30), 4.2
    law = stats.poisson(mean) if np.isinf(size) else stats.nbinom(size, size / (size + mean))
    assert log_probability(counts, mean, size) == pytest.approx(law.logpmf(counts), abs=1e-4)


def test_the_log_likelihood_of_counts_is_the_sum_of_their_log_probabilities():
    counts, mean, size = np.array([0.0, 3.0, 0.0, 1.0]), np.array([0.5, 2.0, 1.0, 1.0]), np.array([[0.5], [8.0], [1e7]])
    each = log_probability(counts, mean, size)
    assert log_likelihood(counts, mean, size) == pytest.approx(each.sum(axis=1), rel=1e-12)


def test_the_factors_of_a_rate_multiply_to_the_variance_of_the_count():
    rng = random_stream(2026, "test_intensity", "factors")
    rate = 6.0 * rng.gamma(1 / 0.2, 0.2, 400_000) * rng.gamma(1 / 0.1, 0.1, 400_000)
    size = joint_size(0.2, 0.1)
    assert rng.poisson(rate).var() == pytest.approx(6.0 + 36.0 / size, rel=0.02)


def test_overdispersion_is_found_where_it_is_and_nearly_never_where_it_is_not():
    rng = random_stream(2026, "test_intensity", "overdispersion")
    mean = np.full(700, 5.0)
    found = [overdispersion(rng.poisson(mean * rng.gamma(5, 0.2, 700)), mean)[0] for _ in range(40)]
    assert np.mean(found) == pytest.approx(0.2, abs=3 * np.std(found) / np.sqrt(40) + 0.005)
    wrongly = np.mean([overdispersion(rng.poisson(mean), mean)[1] < 0.05 for _ in range(300)])
    assert wrongly < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_doubt_that_is_accounted_for_is_not_counted_as_overdispersion_again():
    rng = random_stream(2026, "test_intensity", "doubt")
    counts = rng.poisson(8 * rng.gamma(10, 0.1, 2000))
    assert overdispersion(counts, np.full(2000, 8.0))[1] < 0.001
    assert overdispersion(counts, np.full(2000, 8.0), 0.1)[0] < 0.03


def test_a_term_enters_where_it_pays_and_chance_seldom_passes_for_one():
    days = pd.date_range("2021-01-01", "2022-12-31")
    groups = day_groups(days, "GB-ENG", 2.0)
    rng = random_stream(2026, "test_intensity", "terms")
    busy = rng.poisson(20 * np.where(days.day_of_week >= 5, 1.5, 1.0))
    assert "weekend" in choose(busy, groups, np.zeros(len(days)))
    plain = [choose(rng.poisson(4.0, len(days)), groups, np.zeros(len(days))).shape[1] for _ in range(30)]
    assert np.mean(np.array(plain) > 1) <= 0.1


def test_the_kept_terms_have_their_ratio_and_its_limits():
    log, _, _ = simulate("weekend", a_day=30.0, weekend=1.5)
    terms = fit_pattern(log, None).terms.set_index("term")
    assert terms.loc["weekend", "low"] < 1.5 < terms.loc["weekend", "high"]
    assert terms.loc["weekend", "high"] / terms.loc["weekend", "low"] < 1.12
    assert terms.loc["constant", "ratio"] == pytest.approx(30.0, rel=0.03)


# ------------------------------------------------------------------------------------------------------- what it learns


def test_the_rate_of_every_hour_of_the_week_is_recovered():
    log, hours, _ = simulate("recovery", a_day=30.0, weekend=1.4)
    pattern = fit_pattern(log, None)
    later = pd.date_range("2024-01-08", periods=168, freq="h")
    truth = 30.0 * np.where(later.day_of_week >= 5, 1.4, 1.0) * TIDE[later.hour] / 24
    error = np.sqrt(truth / 104)
    assert np.mean(np.abs(pattern.expected(later) - truth) < 3 * error) > 0.98
    assert pattern.expected(hours).sum() == pytest.approx(len(log), rel=0.01)


def test_the_days_forecast_is_the_sum_of_its_hours():
    pattern = fit_pattern(simulate("sum")[0], None)
    day = pd.date_range("2024-05-06 09:30", periods=3)
    hours = pd.date_range("2024-05-06", periods=72, freq="h")
    assert pattern.days(day)[0] == pytest.approx(pattern.expected(hours).reshape(3, 24).sum(axis=1))


def test_an_hour_that_starts_late_takes_its_part_of_both():
    pattern = fit_pattern(simulate("part")[0], None)
    whole = pattern.expected(["2024-05-06 10:00", "2024-05-06 11:00"])
    assert pattern.expected(pd.Timestamp("2024-05-06 10:15")) == pytest.approx(0.75 * whole[0] + 0.25 * whole[1])


def test_an_unstated_event_is_learnt_from_its_past_and_expected_when_it_comes_back():
    fair = ("2022-06-10", "2023-06-10", "2024-06-10")
    calendar = pd.DataFrame([event(f"Fair {day[:4]}", day, pd.Timestamp(day) + pd.Timedelta(days=6)) for day in fair])
    log, _, _ = simulate("event", factor=lambda days: np.where((days.month == 6) & (days.day // 7 == 1), 1.0, 1.0)
                         * np.where((days.month == 6) & (days.day >= 10) & (days.day <= 16), 2.5, 1.0))  # fmt: skip
    pattern = fit_pattern(log, calendar)
    error = 2.5 / np.sqrt(2.5 * 20 * 14)
    assert pattern.events["factor"].to_numpy() == pytest.approx(2.5, abs=4 * error)
    usual, raised = pattern.expected(["2024-06-03 18:00", "2024-06-10 18:00"])
    assert raised / usual == pytest.approx(2.5, abs=4 * error)


def test_a_stated_factor_holds_where_the_log_says_nothing_and_gives_way_where_it_says_much():
    log, _, _ = simulate("stated", factor=lambda days: np.where(days.month == 8, 2.0, 1.0))
    august = [event(f"August {year}", f"{year}-08-01", f"{year}-08-31", 1.2) for year in (2022, 2023)]
    pattern = fit_pattern(log, pd.DataFrame([*august, event("Visit 2024", "2024-03-05", None, 3.0)]))
    corrected = pattern.events.set_index("event")["factor"]
    assert corrected["August"].to_numpy() == pytest.approx(2.0, abs=0.2)
    assert corrected["Visit"] == 3.0
    assert pattern.expected("2024-03-05 18:00") == pytest.approx(3 * pattern.expected("2024-03-12 18:00"), rel=0.05)


def test_an_event_in_one_zone_raises_the_force_by_its_share_alone():
    log = simulate("local")[0]
    log["zone_id"] = np.where(np.arange(len(log)) % 4 == 0, "A", "B")
    calendar = pd.DataFrame([event("Show 2024", "2024-03-05", None, 3.0, "A")])
    pattern = fit_pattern(log, calendar)
    times = ["2024-03-05 18:00", "2024-03-12 18:00"]
    force, first, second = (pattern.expected(times, zone) for zone in (None, "A", "B"))
    assert first[0] / first[1] == pytest.approx(3.0, rel=0.02)
    assert second[0] == pytest.approx(second[1], rel=0.02)
    assert force[0] / force[1] == pytest.approx(1 + 0.25 * 2.0, rel=0.02)
    assert force == pytest.approx(first + second)
    assert pattern.ordinary(times) == pytest.approx([force[1], force[1]], rel=0.02)


def test_events_that_meet_multiply_and_local_ones_count_by_share():
    calendar = [event("a", "2024-01-02", "2024-01-03", 2.0), event("b", "2024-01-03", None, 3.0, "Z")]
    factors = event_factors(pd.date_range("2024-01-01", periods=3), read_events(pd.DataFrame(calendar)))
    assert force_factor(factors, {"Z": 0.5}).tolist() == [1.0, 2.0, 4.0]


def test_a_level_that_has_risen_is_where_the_forecast_starts():
    log, _, _ = simulate("level", factor=lambda days: np.where(days >= "2023-07-01", 1.6, 1.0))
    pattern = fit_pattern(log, None)
    assert pattern.days("2024-01-03")[0] == pytest.approx(32.0, rel=0.1)
    assert pattern.level.discount < 1


def test_a_steady_level_is_the_mean_of_the_whole_log():
    rng = random_stream(2026, "test_intensity", "steady")
    expected = np.full(150, 140.0)
    kept = [fit_level(rng.poisson(expected).astype(float), expected, np.zeros(150)) for _ in range(20)]
    assert [abs(level.at(150)[0] - 1.0) < 0.05 for level in kept].count(True) >= 19
    assert np.median([level.discount for level in kept]) > 0.9


def test_the_further_ahead_the_surer_the_forecast_returns_to_the_long_run_level():
    log, _, _ = simulate("return", factor=lambda days: 1.0 + 0.5 * np.sin(np.arange(len(days)) / 40.0))
    level = fit_pattern(log, None).level
    ahead = [abs(level.at(105 + weeks)[0] - 1.0) for weeks in (0, 8, 60, 500)]
    assert ahead[-1] == pytest.approx(0.0, abs=1e-3)
    assert ahead == sorted(ahead, reverse=True)
    assert level.at(500)[1] >= level.at(105)[1]


# ---------------------------------------------------------------------------------------------------------- calibration


@pytest.mark.parametrize("burst", [0.0, 0.15])
def test_quantiles_hold_what_they_say_on_hours_and_days_not_seen(burst):
    held = {"hour": [], "day": []}
    for number in range(6):
        log, hours, _ = simulate(f"calibration {burst} {number}", last="2023-06-30", burst=burst, weekend=1.3)
        past, later = log[log["called_at"] < "2023-04-01"], hours[hours >= "2023-04-01"]
        pattern = fit_pattern(past, None, period=("2022-01-01", "2023-03-31"))
        when = pd.DatetimeIndex(log["called_at"])
        for scale, times in (("hour", later), ("day", later[::24])):
            seen = (
                when.floor(scale[0] if scale == "hour" else "D").value_counts().reindex(times, fill_value=0).to_numpy()
            )
            mean, size = pattern.hours(times) if scale == "hour" else pattern.days(times)
            chance = size / (size + mean)
            below, up_to = stats.nbinom.cdf(seen - 1, size, chance), stats.nbinom.cdf(seen, size, chance)
            rng = random_stream(2026, "test_intensity", f"place {scale} {number}")
            held[scale].append(below + rng.random(len(seen)) * (up_to - below))
    for scale, tolerance in (("hour", 0.02), ("day", 0.04)):
        place = np.concatenate(held[scale])
        for level in (0.5, 0.8, 0.95):
            assert np.mean(np.abs(place - 0.5) < level / 2) == pytest.approx(level, abs=tolerance), (scale, level)


def test_bursts_widen_days_and_their_absence_does_not():
    bursting, plain = (fit_pattern(simulate(f"burst {one}", burst=one)[0], None) for one in (0.15, 0.0))
    assert bursting.alpha("day") == pytest.approx(0.15, abs=0.05)
    assert bursting.alpha("hour") >= bursting.alpha("day")
    assert plain.alpha("day") < 0.01
    assert bursting.dispersion["p_value"].max() < 0.001


@pytest.mark.parametrize(("mean", "size"), [(0.4, 2.0), (30.0, 5.0), (3.0, np.inf), (0.0, 1.0), (2000.0, 50.0)])
def test_a_quantile_is_the_smallest_count_that_reaches_its_probability(mean, size):
    wanted = np.array([1e-6, 0.05, 0.5, 0.95, 1 - 1e-6])
    law = stats.poisson(mean) if np.isinf(size) else stats.nbinom(size, size / (size + mean))
    expected = np.maximum(law.ppf(wanted), 0) if mean else np.zeros(5)
    assert count_quantile(np.array(mean), np.array(size), wanted).tolist() == expected.tolist()


# ---------------------------------------------------------------------------------------------------------- thin, zones


@pytest.mark.parametrize("calls", [1, 2, 20])
def test_a_thin_log_keeps_to_the_simplest_model(calls):
    rng = random_stream(2026, "test_intensity", f"thin {calls}")
    log = pd.DataFrame(
        {"called_at": pd.Timestamp("2018-01-01") + pd.to_timedelta(rng.integers(0, 8 * 365 * 24, calls), unit="h")}
    )
    pattern = fit_pattern(log, None, period=("2018-01-01", "2025-12-31"))
    assert pattern.terms["term"].tolist() == ["constant"]
    year = pd.date_range("2026-01-01", periods=8760, freq="h")
    assert pattern.expected(year).sum() == pytest.approx(calls / 8, rel=0.35 if calls > 2 else 1.0)
    assert (pattern.quantiles(year[:5], [0.01, 0.5]) == 0).all()
    assert np.isfinite(pattern.days(year[:1])[1]).all()


def test_weekends_that_happened_to_see_no_call_are_not_held_impossible():
    days = pd.bdate_range("2024-01-01", periods=30)
    pattern = fit_pattern(pd.DataFrame({"called_at": days + pd.Timedelta(hours=14)}), None)
    saturday, monday = pattern.days(["2024-02-17", "2024-02-19"])[0]
    assert 0.01 * monday < saturday < monday
    weekends = pd.date_range("2024-01-06", periods=10, freq="W-SAT")
    assert fit_pattern(pd.DataFrame({"called_at": weekends}), None).days("2024-03-13")[0] > 0.01


@pytest.mark.parametrize("span", [1, 20, 24 * 9])
def test_a_log_of_hours_or_days_is_no_reason_to_fail(span):
    rng = random_stream(2026, "test_intensity", f"span {span}")
    called = pd.Timestamp("2024-05-06") + pd.to_timedelta(rng.integers(0, span * 60, 40), unit="min")
    pattern = fit_pattern(pd.DataFrame({"called_at": called, "zone": "A"}), None)
    mean, size = pattern.days(pd.date_range("2024-05-01", periods=400))
    assert np.isfinite(mean).all()
    assert (size > 0).all()
    assert np.isfinite(pattern.terms[["ratio", "low", "high"]]).all(axis=None)


def test_the_rate_of_a_thin_log_lies_within_its_doubt():
    rng = random_stream(2026, "test_intensity", "thin years")
    outside, logs = 0, 30
    for _ in range(logs):
        hours = rng.integers(0, 2 * 8760, rng.poisson(20) + 1)
        log = pd.DataFrame({"called_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h")})
        pattern = fit_pattern(log, None, period=("2024-01-01", "2025-12-30"))
        day = pd.DatetimeIndex(["2026-01-10"])
        outside += abs(pattern.days(day)[0][0] * 365 - 10) > 1.96 * 10 * np.sqrt(pattern.doubt(day)[0])
    assert outside <= 0.05 * logs + 3 * np.sqrt(logs * 0.05 * 0.95)


def zones_of(*names, **columns):
    """Return a frame of zones."""
    return pd.DataFrame({"zone_id": names, **columns})


def test_a_zone_with_three_calls_of_several_hundred_stays_close_to_its_prior():
    rng = random_stream(2026, "test_intensity", "zones")
    log = simulate("zones", a_day=1.0, last="2022-12-31")[0]
    names = [f"Z{number:02}" for number in range(64)]
    weight = rng.uniform(0.5, 1.5, 64)
    log["zone_id"] = rng.choice(names, len(log), p=weight / weight.sum())
    zones = fit_pattern(log, None, zones=zones_of(*names, population=weight)).zones
    assert zones["share"].sum() == pytest.approx(1)
    few = zones[zones["observed"] <= 3]
    assert len(few) > 3
    assert few["share"].to_numpy() == pytest.approx(few["prior"].to_numpy(), rel=0.35)
    raw = np.abs(zones["observed"] / len(log) - weight / weight.sum()).sum()
    assert np.abs(zones["share"] - weight / weight.sum()).sum() < raw / 2


def test_zones_that_differ_from_their_prior_by_much_are_believed():
    counts = pd.Series([300.0, 20.0, 80.0], index=["a", "b", "c"])
    even = pd.Series(1.0, index=counts.index)
    frame, weight, _ = zone_shares(counts, even, 0.0 * even)
    assert weight < 20
    assert frame["share"].to_numpy() == pytest.approx([0.75, 0.05, 0.2], abs=0.02)


def test_visitors_count_where_calls_follow_them_and_not_where_nothing_decides():
    rng = random_stream(2026, "test_intensity", "visitors")
    residents, visitors = pd.Series(rng.uniform(0.5, 1.5, 40)), pd.Series(rng.gamma(0.5, 2.0, 40))
    load = residents / residents.sum() + visitors / visitors.sum()
    followed = pd.Series(rng.multinomial(800, load / load.sum())).astype(float)
    assert zone_shares(followed, residents, visitors)[2] in {0.5, 1.0, 2.0}
    apart = pd.Series(rng.multinomial(800, residents / residents.sum())).astype(float)
    assert zone_shares(apart, residents, visitors)[2] == 0.0
    assert zone_shares(0.0 * apart, residents, visitors)[2] == 0.0


def test_the_zones_add_up_to_the_force_and_calls_without_zone_count_in_it():
    log = simulate("places")[0]
    log["zone"] = pd.Series(np.where(np.arange(len(log)) % 3 == 0, "A", "B")).where(np.arange(len(log)) % 5 > 0)
    pattern = fit_pattern(log, pd.DataFrame())
    times = pd.date_range("2024-02-01", periods=30, freq="h")
    assert pattern.n == len(log)
    assert sum(pattern.expected(times, zone) for zone in ("A", "B")) == pytest.approx(pattern.expected(times))
    assert pattern.zones.set_index("zone").loc["A", "share"] == pytest.approx(1 / 3, abs=0.03)


# ------------------------------------------------------------------------------------------------------------ the clock


def test_the_repeated_hour_has_twice_the_exposure_and_the_skipped_one_none():
    pattern = fit_pattern(simulate("clock")[0], None)
    spring, autumn = pattern.expected(["2024-03-31 01:00", "2024-10-27 01:00"])
    before, after = pattern.expected(["2024-03-24 01:00", "2024-10-20 01:00"])
    assert spring == 0
    assert pattern.quantiles("2024-03-31 01:00", [0.999]).tolist() == [[0.0]]
    assert autumn == pytest.approx(2 * after, rel=0.02)
    assert before > 0
    assert clock_hours(pd.date_range("2024-01-01", "2024-12-31 23:00", freq="h")).sum() == 8784


def test_the_changed_hours_agree_with_the_time_zone_itself():
    for year in range(2018, 2031):
        local = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="h", tz="Europe/London", inclusive="left")
        counted = local.tz_localize(None).value_counts()
        hours = pd.date_range(f"{year}-01-01", f"{year}-12-31 23:00", freq="h")
        assert clock_hours(hours).tolist() == counted.reindex(hours, fill_value=0).astype(float).tolist()


# ------------------------------------------------------------------------------------------------------------ bad input

LOG = simulate("input", last="2022-06-30", a_day=5.0)[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"incidents": LOG.iloc[:0]}, "incidents must hold at least one call, not none"),
        ({"incidents": pd.DataFrame({"called_at": [LOG["called_at"][0], pd.NaT]})}, "must not be missing; number 1"),
        ({"incidents": pd.DataFrame({"called_at": [1, 2]})}, "called_at must be timestamps, not numbers such as 1"),
        ({"incidents": pd.DataFrame({"called_at": ["soon"]})}, "called_at must be timestamps"),
        ({"incidents": LOG.assign(called_at=LOG["called_at"].dt.tz_localize("UTC"))}, "without zone, not in UTC"),
        ({"incidents": LOG.assign(zone="X"), "zones": zones_of("A")}, "zone must be one of zones' zone_id, not 'X'"),
        ({"calendar": pd.DataFrame([event("a", "2022-01-01", None, -1.0)])}, "demand_factor must be >= 0 .*-1.0"),
        ({"calendar": pd.DataFrame([event("a", "2022-01-02", "2022-01-01", 1.0)])}, "a must have a first day and"),
        ({"calendar": pd.DataFrame({"name": ["a"]})}, "missing: starts_on, ends_on, demand_factor"),
        ({"period": ("2030-01-01", "2030-12-31")}, "at least one call from 2030-01-01 to 2030-12-31"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_read_is_refused_by_value(change, message):
    with pytest.raises(ValueError, match=message):
        fit_pattern(**{"incidents": LOG, "calendar": None, **change})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.expected(pd.NaT), "times must not be missing"),
        (lambda p: p.expected([5.0]), "times must be timestamps, not numbers such as 5.0"),
        (
            lambda p: p.expected(pd.date_range("2022-01-01", periods=2, tz="UTC")),
            "times must be local times without zone",
        ),
        (lambda p: p.expected("2022-01-01", "Q"), "zone must be one of the 0 zones of the pattern, not 'Q'"),
        (lambda p: p.quantiles("2022-01-01", [0.5, 1.0]), r"probabilities must lie between 0 and 1, not 1\.0"),
        (lambda p: p.quantiles("2022-01-01", 0.0), r"probabilities must lie between 0 and 1, not 0\.0"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_value(call, message):
    pattern = fit_pattern(LOG, None)
    with pytest.raises(ValueError, match=message):
        call(pattern)


def test_inputs_are_left_as_they_were_and_nothing_asked_gives_nothing():
    calendar = pd.DataFrame([event("a", "2022-02-01", None, 2.0)])
    frames = [LOG.copy(), calendar.copy()]
    pattern = fit_pattern(LOG, calendar)
    for frame, copy in zip((LOG, calendar), frames, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
    assert pattern.quantiles(["2022-03-01"] * 3, [0.1, 0.9]).shape == (3, 2)
    assert fit_pattern(LOG.sample(frac=1.0, random_state=1), calendar).terms["ratio"][0] == pattern.terms["ratio"][0]


def test_a_day_on_which_nothing_is_called_stays_empty():
    calendar = pd.DataFrame([event("Closed", "2022-03-05", None, 0.0)])
    log = LOG[LOG["called_at"].dt.normalize() != "2022-03-05"]
    pattern = fit_pattern(log, calendar)
    assert pattern.days("2022-03-05")[0] == 0


# --------------------------------------------------------------------------------------------------------- the real log


@pytest.fixture(scope="module")
def proof(evidence):
    """Return the proof on the Dublin log: three years of a fire service, Hallowe'en known to be coming."""
    return evidence.incidents


@pytest.mark.parametrize("scale", ["hour", "day"])
def test_forecasts_of_the_real_log_hold_what_they_say(proof, scale):
    own = proof.scores[(proof.scores["scale"] == scale) & (proof.scores["model"] == "pattern")].iloc[0]
    for level in (80, 95):
        assert own[f"within_{level}"] == pytest.approx(own[f"expected_{level}"], abs=0.02)
    assert own["within_50"] == pytest.approx(own["expected_50"], abs=0.04)
    shares = proof.pit.loc[proof.pit["scale"] == scale, "share"].to_numpy()
    assert shares == pytest.approx(0.1, abs=0.02 if scale == "day" else 0.005)


def test_forecasts_of_the_real_log_beat_every_rival_by_intervals_clear_of_zero(proof):
    assert len(proof.differences) == 12
    assert (proof.differences["high"] < 0).all()


def test_the_share_of_real_calls_that_find_no_crew_free_is_foreseen(proof):
    lost = proof.lost.set_index("crews")
    assert lost["seen"].between(0.005, 0.3).all()
    ratio = lost["share"] / lost["seen"]
    assert ratio.loc[[2, 3]].between(0.95, 1.15).all()
    assert ratio.between(0.95, 1.4).all()
    assert (lost["average"] < 0.8 * lost["seen"]).all(), "the average rate foresees far too few"
    windows = lost["windows"].iloc[0]
    for name, level in (("within_80", 0.8), ("within_95", 0.95)):
        assert (lost[name] >= windows * level - 3 * np.sqrt(windows * level * (1 - level))).all(), name


def test_a_log_too_short_to_hold_anything_back_is_refused_by_length():
    with pytest.raises(ValueError, match="incidents must cover at least 56 weeks, not 181 days"):
        score_log(LOG, None)


def learnings(pattern):
    """Return what is learnt of the log itself, events of the calendar left out."""
    level = (pattern.level.observed, pattern.level.expected, pattern.level.discount, pattern.level.prior)
    return [np.asarray(one).tolist() for one in (*level, pattern.profile, pattern.terms, pattern.zones)]


def test_rates_need_no_overdispersion_of_hours_and_no_event_the_log_never_saw(worked):
    tables, scenario = as_known(*worked), worked[1]
    given = (tables["operations"], tables["calendar"], tables["zones"], tables["areas"], scenario)
    whole, needed = learnt(*given), learnt_for_rates(given[0], seen_events(given[1], given[0], scenario), *given[2:])
    hours = pd.date_range("2026-04-01", "2026-04-15", freq="h", inclusive="left")
    assert (whole.ordinary(hours) == needed.ordinary(hours)).all()
    assert needed.ordinary(hours) == pytest.approx(replace(whole, events=whole.events.iloc[:0]).expected(hours))
    assert len(needed.events) < len(whole.events)
    assert whole.terms.equals(needed.terms)
    assert learnings(whole) == learnings(needed)
    days, hours = needed.dispersion["alpha"]
    assert days == hours


@pytest.mark.parametrize("factor", [0.0, 0.2, 1.0, 5.0, np.nan])
def test_an_event_to_come_alters_nothing_that_is_learnt_even_where_its_name_came_before(worked, factor):
    tables, scenario = as_known(*worked), worked[1]
    calendar, events = tables["calendar"], read_events(tables["calendar"])
    later = (events["starts_on"] > pd.Timestamp(scenario.as_at)) & events.duplicated(["event", "zone"])
    assert {"Easter weekend", "Appleby Horse Fair"} <= set(events.loc[later, "event"])
    # First in the calendar, where the order of its rows could tell.
    moved = pd.concat([calendar[later.to_numpy()].assign(demand_factor=factor), calendar[~later.to_numpy()]])
    patterns = [
        learnt(tables["operations"], one, tables["zones"], tables["areas"], scenario, hourly=False)
        for one in (calendar, moved, seen_events(moved, tables["operations"], scenario))
    ]
    stated, changed, needed = map(learnings, patterns)
    assert stated == changed == needed
    before, after = (one.events.set_index(["event", "starts_on"]) for one in patterns[:2])
    gone = [name for name in before.index if name[1] <= pd.Timestamp(scenario.as_at)]
    assert before.loc[gone, ["factor", "variance"]].equals(after.loc[gone, ["factor", "variance"]])
    for name in before.index.difference(gone):
        ratio = before.loc[name, "factor"] / before.loc[name, "stated"]
        stated = 1.0 if np.isnan(after.loc[name, "stated"]) else after.loc[name, "stated"]
        assert after.loc[name, "factor"] == pytest.approx(ratio * stated)


def test_what_is_remembered_of_a_log_gives_what_is_learnt_anew(worked):
    tables, scenario = as_known(*worked), worked[1]
    recall = Recall()
    for factor in (0.5, 1.4, 3.0):
        calendar = tables["calendar"].assign(demand_factor=factor)
        given = (tables["operations"], calendar, tables["zones"], tables["areas"], scenario)
        assert learnings(learnt_for_rates(*given)) == learnings(recall(learnt_for_rates, *given, recall))
    assert len(recall.kept[read_calls]) == 1
