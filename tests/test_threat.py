"""Threats: frequency by pooling, likelihood in words, judgement, evidence, rank and whether the rank holds."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import make_scheme
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from apstra import data, threat
from apstra.scenario import DAYS_A_YEAR
from apstra.schema import TABLES
from apstra.uncertainty import GammaRate, ThreePoint, posterior_rate, random_stream

AS_AT = date(2026, 11, 1)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "threat.yaml").read_text(encoding="utf-8"))
IMPACT = ["physical", "psychological", "financial", "community", "environment", "organisational"]
JUDGED = ["threat_id", "scorer", "frequency_low", "frequency_mode", "frequency_high"]
POINTS = JUDGED[2:]


def make_threats(**columns):
    rows = len(next(iter(columns.values())))
    defaults = {
        "threat_id": [f"TH{i}" for i in range(rows)],
        "category": "T1",
        "title": [f"Threat {i}" for i in range(rows)],
        "malicious": False,
        "frequency_low": np.nan,
        "frequency_mode": np.nan,
        "frequency_high": np.nan,
        "trend": "steady",
        "horizon_1y": "steady",
        "horizon_4y": "rising",
        "evidence_on": pd.Timestamp("2026-10-01"),
        "evidence_grade": "A1",
        "confidence": "high",
        "intelligence_gap": None,
        "worst_case_share": np.nan,
        "logged": None,
        "national_count": np.nan,
        "national_years": np.nan,
        "national_share": np.nan,
        "moderation": None,
    }
    return pd.DataFrame({**defaults, **columns})


def make_scores(values, scorers=("S1",)):
    rows = [
        (threat_id, scorer, dimension, float(score))
        for threat_id, by_dimension in values.items()
        for scorer in scorers
        for dimension, score in by_dimension.items()
    ]
    return pd.DataFrame(rows, columns=["threat_id", "scorer", "dimension", "score"])


def make_operations(times, threats):
    return pd.DataFrame({"called_at": pd.to_datetime(times), "threat_id": pd.Series(threats, dtype="str")})


def make_judgements(*rows):
    table = pd.DataFrame(rows, columns=JUDGED).astype(dict.fromkeys(POINTS, "float64"))
    return table.assign(rationale=None)


def make_horizon(*rows):
    columns = ["driver_id", "driver", "title", "threats", "outlook_1y", "outlook_4y"]
    return pd.DataFrame(rows, columns=columns).assign(confidence="low", note=None)


NOBODY = make_judgements()


def sources_of(threats, operations, scenario, judgements=NOBODY):
    return threat.sources(threats, judgements, operations, scenario).set_index(["threat_id", "source"])


def frequency_of(threats, operations, scenario, judgements=NOBODY):
    found = threat.sources(threats, judgements, operations, scenario)
    return threat.frequency(threat.history(threats, operations, scenario.as_at), found)


def years_of_log(occurrences, threat_id="TH0", years=8):
    first = AS_AT.year - years
    times = [f"{first}-04-01", *[f"{first + 1 + i % (years - 1)}-06-01" for i in range(occurrences)]]
    return make_operations(times, [None, *[threat_id] * occurrences])


@pytest.fixture
def tables():
    threats = make_threats(
        threat_id=["TA", "TB", "TC"],
        malicious=[True, False, False],
        frequency_low=[0.01, np.nan, 0.1],
        frequency_mode=[0.02, np.nan, 0.2],
        frequency_high=[0.1, np.nan, 0.5],
        logged=[True, None, False],
        evidence_on=pd.to_datetime(["2026-10-01", "2025-10-31", "2024-01-01"]),
        confidence=["high", "high", "low"],
    )
    scores = pd.concat(
        [
            make_scores({"TA": dict.fromkeys(IMPACT, 5), "TB": dict.fromkeys(IMPACT, 2), "TC": {"physical": 3}}),
            make_scores({"TA": {"physical": 4, "capability_gap": 2}, "TB": {"financial": 5}}, scorers=("S2",)),
        ],
        ignore_index=True,
    )
    times = ["2019-05-01", "2020-06-01", "2023-07-01", "2026-10-31"]
    return threats, scores, make_operations(times, ["TB", "TB", None, "TB"])


@pytest.mark.parametrize("case", CASES["likelihood_of_a_count"])
def test_likelihood_of_a_count_agrees_with_the_case_worked_by_hand(case):
    central = threat.likelihood(posterior_rate(case["count"], case["years"]), case["window"])[1]
    assert central == pytest.approx(case["expected"], abs=1e-9)


@pytest.mark.parametrize("case", CASES["judgement"])
def test_a_single_judgement_is_shown_as_the_modified_pert(case, scenario):
    threats = make_threats(frequency_low=[case["low"]], frequency_mode=[case["mode"]], frequency_high=[case["high"]])
    row = sources_of(threats, make_operations([], []), scenario).loc[("TH0", "judgement")]
    assert row[["low", "mid", "high", "mean"]].tolist() == pytest.approx(
        [case["p5"], case["p50"], case["p95"], case["mean"]], rel=1e-9
    )
    assert row["note"] == "agreed points"


def test_a_judgement_alone_enters_the_pool_as_the_gamma_of_its_mean_and_variance(scenario):
    threats = make_threats(frequency_low=[2.0], frequency_mode=[5.0], frequency_high=[12.0])
    row = frequency_of(threats, make_operations([], []), scenario).iloc[0]
    beta = stats.beta(2.2, 3.8, loc=2, scale=10)
    peer = stats.gamma(beta.mean() ** 2 / beta.var(), scale=beta.var() / beta.mean())
    assert row["basis"] == "judgement"
    assert row[["frequency_low", "frequency", "frequency_high"]].tolist() == pytest.approx(
        peer.ppf([0.05, 0.5, 0.95]).tolist()
    )
    assert row["frequency_mean"] == pytest.approx(17 / 3)


@pytest.mark.parametrize("case", CASES["impact"])
def test_impact_agrees_with_the_case_worked_by_hand(case, scenario):
    scores = pd.DataFrame([case["scores"]], columns=IMPACT).astype("float64")
    expected = np.nan if case["expected"] is None else case["expected"]
    assert threat.impact(scores, scenario.scheme).iloc[0] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("case", CASES["likelihood_bands"])
def test_likelihood_falls_in_the_band_of_the_national_risk_register(case, scenario):
    assert threat.band(pd.Series([case["probability"]]), scenario.scheme.likelihood).iloc[0] == case["score"]


def test_harm_of_worst_cases_comes_with_the_frequency_of_those_alone():
    judged = {"harm_low": [1.0, np.nan, 1.0], "harm_mode": [2.0, np.nan, 2.0], "harm_high": [9.0, np.nan, 5.0]}
    threats = make_threats(worst_case_share=[0.25, np.nan, np.nan], harm_unit=["people", None, "people"], **judged)
    rates = {"TH0": GammaRate(3.0, 10.0), "TH1": GammaRate(1.0, 1.0)}
    found = threat.worst_case_harm(threats, rates)
    assert found[["threat_id", "harm_high", "shape", "exposure"]].to_numpy().tolist() == [["TH0", 9.0, 3.0, 40.0]]
    assert threat.worst_case_harm(make_threats(category=["T1"]), rates).empty


def test_a_band_of_something_unknown_is_unknown(scenario):
    assert threat.band(pd.Series([np.nan]), scenario.scheme.impact).isna().all()


def test_likelihood_of_a_count_integrates_over_the_rate():
    rate = GammaRate(2.5, 8.0)
    draws = -np.expm1(-2.0 * rate.draw(random_stream(1, "threat", "likelihood"), 200_000))
    error = draws.std() / np.sqrt(draws.size)
    assert abs(draws.mean() - threat.likelihood(rate, 2.0)[1]) < 4 * error


@settings(deadline=None)
@given(count=st.integers(0, 50), years=st.floats(0.5, 30), window=st.floats(0.1, 10), longer=st.floats(0.1, 10))
def test_a_longer_window_never_makes_a_threat_less_likely(count, years, window, longer):
    rate = posterior_rate(count, years)
    short, long = threat.likelihood(rate, window), threat.likelihood(rate, window + longer)
    assert all(a <= b + 1e-12 for a, b in zip(short, long, strict=True))


@pytest.mark.parametrize("window", [0.0, -1.0, float("nan")])
def test_a_window_that_is_not_positive_is_refused_by_name(window):
    with pytest.raises(ValueError, match=f"window must be positive, not {window}"):
        threat.likelihood(GammaRate(1.0, 1.0), window)


@pytest.mark.parametrize("case", CASES["yardstick"])
def test_a_probability_has_the_words_of_the_yardstick_and_in_a_gap_those_of_the_nearer_band(case):
    assert threat.words(case["probability"]) == case["words"]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_never_has_the_words_of_a_lower_band(one, other):
    order = list(threat.YARDSTICK)
    low, high = sorted([one, other])
    assert order.index(threat.words(low)) <= order.index(threat.words(high))


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_has_no_words(bad):
    with pytest.raises(ValueError, match=f"not {bad}"):
        threat.words(bad)


def test_likelihood_is_stated_in_words_with_those_of_the_ends_of_its_range(tables, scenario):
    rows = threat.assess_threats(*tables, scenario).ranking.set_index("threat_id")
    for row in rows.itertuples():
        assert row.likelihood_words == threat.ranged_words(row.likelihood_low, row.likelihood, row.likelihood_high)
    assert rows.loc["TA", "likelihood_words"] == "remote chance, up to highly unlikely"


@pytest.mark.parametrize("factors", [(0.0, 1.0), (1.0, -2.0)])
def test_a_factor_that_is_not_positive_is_refused_by_name(tables, scenario, factors):
    threats, _, operations = tables
    changed = scenario.with_values(malicious_frequency_factor=factors[0], demand_factor=factors[1])
    with pytest.raises(ValueError, match=re.escape(f"must be positive, not {factors}")):
        threat.sources(threats, NOBODY, operations, changed)


def test_exposure_runs_from_april_of_the_first_year_to_the_day_of_the_assessment():
    operations = make_operations(["2019-02-01"], ["TB"])
    assert threat.exposure_years(operations, date(2019, 3, 31)) == pytest.approx(365 / 365.25)
    assert threat.exposure_years(make_operations([], []), AS_AT) == 0.0


def test_history_alone_speaks_from_the_jeffreys_prior(tables, scenario):
    threats, _, operations = tables
    table = frequency_of(threats, operations, scenario)
    assert table["basis"].tolist() == ["force history and judgement", "force history", "judgement"]
    assert table.loc["TB", "occurrences"] == 3
    years = table.loc["TB", "exposure_years"]
    assert years == pytest.approx(((pd.Timestamp("2026-11-01") - pd.Timestamp("2019-04-01")).days + 1) / 365.25)
    expected = stats.gamma(3.5, scale=1 / years).ppf([0.05, 0.5, 0.95])
    assert table.loc["TB", ["frequency_low", "frequency", "frequency_high"]].tolist() == pytest.approx(list(expected))


def test_operations_after_the_day_of_the_assessment_do_not_count(tables):
    threats, _, operations = tables
    assert threat.history(threats, operations, date(2026, 10, 30)).loc["TB", "occurrences"] == 2
    assert threat.history(threats, operations, date(2026, 10, 31)).loc["TB", "occurrences"] == 3


def test_a_threat_that_the_log_would_not_show_is_not_made_rarer_by_its_absence_from_it(tables, scenario):
    threats, _, operations = tables
    silent = sources_of(threats, operations, scenario)
    assert "force history" not in silent.loc["TC"].index
    heard = sources_of(threats.assign(logged=None), operations, scenario)
    assert heard.loc[("TC", "pooled"), "mean"] < silent.loc[("TC", "pooled"), "mean"]


def test_the_pool_is_the_prior_updated_by_the_log_as_worked_by_hand(scenario):
    threats = make_threats(frequency_low=[0.1], frequency_mode=[0.25], frequency_high=[0.6])
    operations = years_of_log(1)
    beta = ThreePoint(0.1, 0.25, 0.6)
    years = threat.exposure_years(operations, AS_AT)
    shape, exposure = beta.mean**2 / beta.variance + 1, beta.mean / beta.variance + years
    row = sources_of(threats, operations, scenario).loc[("TH0", "pooled")]
    assert row[["shape", "exposure", "mean"]].tolist() == pytest.approx([shape, exposure, shape / exposure])
    assert row[["low", "mid", "high"]].tolist() == pytest.approx(
        stats.gamma(shape, scale=1 / exposure).ppf([0.05, 0.5, 0.95]).tolist()
    )


def test_eight_years_without_one_lower_a_judged_quarter_a_year_visibly(scenario):
    threats = make_threats(frequency_low=[0.1], frequency_mode=[0.25], frequency_high=[0.6])
    found = sources_of(threats, years_of_log(0), scenario)
    assert found.loc[("TH0", "judgement"), "mean"] == pytest.approx(0.2833, abs=1e-4)
    assert found.loc[("TH0", "pooled"), "mean"] < 0.85 * found.loc[("TH0", "judgement"), "mean"]


def test_a_judgement_hardly_moves_a_common_threat(scenario):
    threats = make_threats(frequency_low=[5.0], frequency_mode=[12.0], frequency_high=[40.0])
    operations = years_of_log(160)
    observed = 160 / threat.exposure_years(operations, AS_AT)
    pooled = sources_of(threats, operations, scenario).loc[("TH0", "pooled")]
    assert pooled["mean"] == pytest.approx(observed, rel=0.02)
    assert pooled["low"] < observed < pooled["high"]


def test_a_rare_threat_stays_near_what_is_judged_of_it(scenario):
    threats = make_threats(frequency_low=[0.001], frequency_mode=[0.005], frequency_high=[0.02])
    found = sources_of(threats, years_of_log(0), scenario)
    assert found.loc[("TH0", "pooled"), "mean"] == pytest.approx(found.loc[("TH0", "judgement"), "mean"], rel=0.03)


SHARED = make_threats(
    frequency_low=[0.05], frequency_mode=[0.1], frequency_high=[0.3], national_count=[30], national_years=[10],
    national_share=[0.02],
)  # fmt: skip


def test_judgement_and_national_series_are_not_counted_twice(scenario):
    found = sources_of(SHARED, make_operations([], []), scenario)
    judged, nation = found.loc[("TH0", "judgement")], found.loc[("TH0", "national series")]
    pooled = found.loc[("TH0", "pooled")]
    assert pooled["shape"] == pytest.approx((judged["shape"] + nation["shape"]) / 2)
    assert pooled["exposure"] == pytest.approx((judged["exposure"] + nation["exposure"]) / 2)


def test_weights_sum_to_one_and_give_the_pooled_mean_back(scenario):
    found = sources_of(SHARED, years_of_log(2), scenario).loc["TH0"]
    single = found.drop(index="pooled")
    assert list(single.index) == ["force history", "national series", "judgement"]
    assert single["weight"].sum() == pytest.approx(1)
    assert (single["weight"] * single["mean"]).sum() == pytest.approx(found.loc["pooled", "mean"])


def test_what_the_nation_saw_is_widened_for_how_far_one_force_may_differ():
    rate = threat.expected_here(30, 10.0, 0.02, 4.0)
    rng = random_stream(1, "threat", "national")
    draws = rng.gamma(30.5, 1 / 10, 400_000) * 0.02 * rng.gamma(4.0, 1 / 4, 400_000)
    assert rate.mean == pytest.approx(draws.mean(), rel=0.01)
    assert rate.shape / rate.exposure**2 == pytest.approx(draws.var(), rel=0.03)
    assert rate.quantile([0.05, 0.5, 0.95]) == pytest.approx(np.quantile(draws, [0.05, 0.5, 0.95]), rel=0.06)


def test_forces_that_are_all_alike_leave_the_national_posterior_at_its_share():
    rate = threat.expected_here(30, 10.0, 0.02, 1e9)
    assert (rate.shape, rate.exposure) == pytest.approx((30.5, 10.0 / 0.02), rel=1e-6)
    with pytest.raises(ValueError, match="force_likeness_shape must be positive, not 0"):
        threat.expected_here(30, 10.0, 0.02, 0)


def test_a_national_count_without_a_share_is_shown_and_not_used(scenario):
    unknown = sources_of(SHARED.assign(national_share=np.nan), make_operations([], []), scenario).loc["TH0"]
    without = sources_of(SHARED.assign(national_count=np.nan), make_operations([], []), scenario).loc["TH0"]
    assert "not used" in unknown.loc["national series", "note"]
    assert unknown.loc["national series", "weight"] == 0
    numbers = ["low", "mid", "high", "mean", "shape", "exposure"]
    assert unknown.loc["pooled", numbers].tolist() == without.loc["pooled", numbers].tolist()


def test_sources_whose_ranges_do_not_meet_are_said_to_disagree(scenario):
    apart = SHARED.assign(national_count=3000)
    operations = make_operations([], [])
    assert frequency_of(apart, operations, scenario)["sources_disagree"].tolist() == [True]
    assert frequency_of(SHARED, operations, scenario)["sources_disagree"].tolist() == [False]


THREE = make_judgements(
    ("TH0", "S1", 0.1, 0.2, 0.6), ("TH0", "S2", 0.2, 0.5, 1.0), ("TH0", "S3", None, None, None)
)  # fmt: skip


def test_scorers_are_pooled_linearly_and_one_who_abstained_has_no_part(scenario):
    threats = make_threats(title=["A"])
    row = sources_of(threats, make_operations([], []), scenario, THREE).loc[("TH0", "judgement")]
    parts = [stats.beta(*ThreePoint(*p).shape, loc=p[0], scale=p[2] - p[0]) for p in ((0.1, 0.2, 0.6), (0.2, 0.5, 1))]
    for name, p in (("low", 0.05), ("mid", 0.5), ("high", 0.95)):
        assert np.mean([part.cdf(row[name]) for part in parts]) == pytest.approx(p, abs=1e-9)
    assert row["mean"] == pytest.approx(np.mean([part.mean() for part in parts]))
    assert row["note"] == "2 of 3 scorers"


def test_the_agreed_points_rule_only_where_no_scorer_gave_any(scenario):
    agreed = make_threats(frequency_low=[2.0], frequency_mode=[5.0], frequency_high=[12.0])
    operations = make_operations([], [])
    assert sources_of(agreed, operations, scenario, THREE).loc[("TH0", "judgement"), "high"] < 1
    silent = THREE.assign(**dict.fromkeys(POINTS, np.nan))
    row = sources_of(agreed, operations, scenario, silent).loc[("TH0", "judgement")]
    assert row["mean"] == pytest.approx(17 / 3)
    assert row["note"] == "agreed points; all 3 scorers abstained"


@pytest.mark.parametrize("points", [(0.0, 0.0, 0.0), (3.0, 3.0, 3.0)])
def test_a_judgement_without_spread_still_makes_a_pool(points, scenario):
    threats = make_threats(**{name: [point] for name, point in zip(POINTS, points, strict=True)})
    row = frequency_of(threats, make_operations([], []), scenario).iloc[0]
    assert row["frequency_mean"] == pytest.approx(points[1], abs=1e-5)
    assert row["frequency_low"] <= row["frequency"] <= row["frequency_high"]


def test_nothing_is_said_of_a_threat_without_judgement_and_without_a_log(scenario):
    chapter = threat.assess_threats(make_threats(title=["A"]), make_scores({}), make_operations([], []), scenario)
    row = chapter.ranking.iloc[0]
    unknown = ["basis", "frequency", "likelihood", "likelihood_words", "impact", "expected_harm", "level"]
    assert row[unknown].isna().all()
    assert row["scorers"] == 0
    assert not row["rank_holds"]
    assert chapter.sources.empty


def test_factors_scale_malicious_threats_and_what_the_log_says_apart(tables, scenario):
    threats, _, operations = tables
    base = frequency_of(threats, operations, scenario)["frequency_mean"]
    malicious = frequency_of(threats, operations, scenario.with_values(malicious_frequency_factor=2.0))
    demand = frequency_of(threats, operations, scenario.with_values(demand_factor=1.5))["frequency_mean"]
    assert (malicious["frequency_mean"] / base).tolist() == pytest.approx([2.0, 1.0, 1.0])
    assert (demand / base)[["TB", "TC"]].tolist() == pytest.approx([1.5, 1.0])
    assert 1 < (demand / base)["TA"] < 1.5


def test_scenario_with_the_national_threat_up_raises_malicious_likelihood_only(tables, scenario):
    def at(factor):
        settings = scenario.with_values(malicious_frequency_factor=factor)
        return threat.assess_threats(*tables, settings).ranking.set_index("threat_id")["likelihood"]

    assert at(3.0)["TA"] > at(1.0)["TA"]
    assert at(3.0)[["TB", "TC"]].equals(at(1.0)[["TB", "TC"]])


def test_only_occurrences_that_reach_the_worst_case_count_towards_its_likelihood_and_harm(tables, scenario):
    threats, scores, operations = tables
    shares = threats.assign(worst_case_share=[0.5, 0.1, np.nan])
    every = threat.assess_threats(threats, scores, operations, scenario).ranking.set_index("threat_id")
    some = threat.assess_threats(shares, scores, operations, scenario).ranking.set_index("threat_id")
    columns = ["likelihood_low", "likelihood", "likelihood_high"]
    assert (some.loc[["TA", "TB"], columns] < every.loc[["TA", "TB"], columns]).all(axis=None)
    assert some.loc["TC", columns].equals(every.loc["TC", columns])
    assert some["frequency"].equals(every["frequency"].reindex(some.index))
    years = every.loc["TB", "exposure_years"]
    assert some.loc["TB", "likelihood"] == pytest.approx(1 - (years / (years + 0.5)) ** 3.5)
    assert some.loc["TB", "expected_harm"] == pytest.approx(every.loc["TB", "expected_harm"] / 10)


def test_a_worst_case_that_is_never_reached_has_no_likelihood_and_one_always_reached_keeps_it():
    rate = GammaRate(2.0, 4.0)
    assert threat.likelihood(threat.thinned(rate, 0.0), 5.0) == (0.0, 0.0, 0.0)
    assert threat.thinned(rate, 0.0).mean == 0.0
    assert threat.thinned(rate, 1.0) == rate
    assert threat.thinned(rate, float("nan")) == rate


@settings(deadline=None)
@given(share=st.floats(0.01, 1.0), window=st.floats(0.1, 10))
def test_keeping_a_share_of_occurrences_is_the_same_as_a_shorter_window(share, window):
    rate = GammaRate(2.0, 4.0)
    expected = threat.likelihood(rate, window * share)
    assert threat.likelihood(threat.thinned(rate, share), window) == pytest.approx(expected, abs=1e-9)


def test_malicious_threats_have_the_shorter_window(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking.set_index("threat_id")
    assert ranking["window_years"].to_dict() == {"TA": 2, "TB": 5, "TC": 5}


def test_rank_is_by_mean_frequency_of_the_worst_case_times_its_harm(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking
    assert ranking["rank"].tolist() == [1, 2, 3]
    assert ranking["expected_harm"].is_monotonic_decreasing
    years = ((pd.Timestamp("2026-11-01") - pd.Timestamp("2019-04-01")).days + 1) / DAYS_A_YEAR
    row = ranking.set_index("threat_id").loc["TB"]
    # Impact of TB: 0.9 x 2 + 0.1 x 3.5 = 2.15, three times the harm for each step above 1.
    assert row["expected_harm"] == pytest.approx(3.5 / years * 3 ** (2.15 - 1))
    assert row["expected_harm_low"] == pytest.approx(stats.gamma(3.5, scale=1 / years).ppf(0.05) * 3**1.15)
    assert row["expected_harm_high"] == pytest.approx(stats.gamma(3.5, scale=1 / years).ppf(0.95) * 3**1.15)


def test_harm_grows_by_the_ratio_a_step_and_a_ratio_that_does_not_grow_is_refused():
    assert threat.harm(pd.Series([1.0, 2.0, 4.0]), 3.0).tolist() == [1, 3, 27]
    with pytest.raises(ValueError, match="harm_ratio_per_step must be above 1, not 1"):
        threat.harm(pd.Series([1.0]), 1.0)


def test_the_schemes_score_and_its_rank_stand_beside_with_ties_shared(tables, scenario):
    threats, scores, operations = tables
    half = threats.assign(worst_case_share=[0.5, np.nan, np.nan])
    ranking = threat.assess_threats(half, scores, operations, scenario).ranking.set_index("threat_id")
    # Likelihood 3 (3 %) x impact 5; likelihood 5 x impact 2; likelihood 5 x impact 3.
    assert ranking["scheme_score"].to_dict() == {"TA": 15, "TB": 10, "TC": 15}
    assert ranking["scheme_rank"].to_dict() == {"TA": 1, "TB": 3, "TC": 1}
    assert ranking["rank"].to_dict() != ranking["scheme_rank"].to_dict()


def test_level_comes_from_the_matrix_of_the_scheme(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking.set_index("threat_id")
    assert ranking.loc["TB", ["likelihood_score", "impact_score"]].tolist() == [5, 2]
    assert ranking.loc["TB", "level"] == "high"
    assert ranking.loc["TB", "likelihood_label"] == ">25%"


def test_organisational_position_never_enters_impact_or_rank(tables, scenario):
    threats, scores, operations = tables
    wider = pd.concat([scores, make_scores({"TC": {"capability_gap": 3, "capacity_gap": 3}})], ignore_index=True)
    before = threat.assess_threats(threats, scores, operations, scenario).ranking
    after = threat.assess_threats(threats, wider, operations, scenario).ranking
    assert before[["threat_id", "impact", "expected_harm"]].equals(after[["threat_id", "impact", "expected_harm"]])
    assert after.set_index("threat_id").loc["TC", ["capability_gap", "capacity_gap"]].tolist() == [3, 3]


def test_confidence_falls_one_step_when_the_evidence_is_stale_and_never_changes_the_score(tables, scenario):
    fresh = threat.assess_threats(*tables, scenario.with_values(evidence_stale_months=60)).ranking
    stale = threat.assess_threats(*tables, scenario).ranking
    assert stale.set_index("threat_id")["confidence"].to_dict() == {"TA": "high", "TB": "moderate", "TC": "low"}
    assert fresh.set_index("threat_id").loc["TB", "confidence"] == "high"
    assert stale["expected_harm"].equals(fresh["expected_harm"])
    assert stale.set_index("threat_id")["evidence_age_days"].to_dict()["TB"] == 366


def test_a_weak_grade_takes_one_step_more_and_never_changes_the_score(tables, scenario):
    threats, scores, operations = tables
    graded = threats.assign(evidence_grade=["3A", "1E", "C4"])
    weak = threat.assess_threats(graded, scores, operations, scenario).ranking.set_index("threat_id")
    assert weak["confidence"].to_dict() == {"TA": "moderate", "TB": "low", "TC": "low"}
    assert weak["evidence_weak"].all()
    plain = threat.assess_threats(threats, scores, operations, scenario).ranking.set_index("threat_id")
    numbers = ["rank", "expected_harm", "likelihood", "impact", "scheme_score"]
    assert weak[numbers].equals(plain[numbers])


@pytest.mark.parametrize("case", CASES["grades"])
def test_a_grade_is_read_by_its_form_and_the_forces_own_is_left_alone(case):
    assert threat.graded(case["grade"]) == (case["form"], case["weak"])


def test_evidence_exactly_as_old_as_allowed_is_not_stale(scenario):
    threats = make_threats(evidence_on=pd.to_datetime(["2025-11-01", "2025-10-31"]))
    ranking = threat.assess_threats(threats, make_scores({}), make_operations([], []), scenario).ranking
    assert ranking.set_index("threat_id")["evidence_stale"].to_dict() == {"TH0": False, "TH1": True}


def test_spread_between_scorers_is_the_widest_over_dimensions(tables, scenario):
    chapter = threat.assess_threats(*tables, scenario)
    assert chapter.ranking.set_index("threat_id")["spread"].to_dict() == {"TA": 1, "TB": 3, "TC": 0}
    row = chapter.scores.set_index(["threat_id", "dimension"]).loc[("TB", "financial")]
    assert row[["mean", "lowest", "highest", "scorers", "asked", "spread"]].tolist() == [3.5, 2, 5, 2, 2, 3]


def test_of_three_scorers_the_one_who_left_it_blank_abstained_and_the_mean_is_over_the_other_two(scenario):
    scores = make_scores({"TH0": {"physical": 2, "community": 1}}, scorers=("S1", "S2", "S3"))
    scores.loc[scores["scorer"] == "S2", "score"] = 3.0
    scores.loc[(scores["scorer"] == "S3") & (scores["dimension"] == "physical"), "score"] = np.nan
    chapter = threat.assess_threats(make_threats(title=["A"]), scores, years_of_log(1), scenario)
    row = chapter.scores.set_index("dimension").loc["physical"]
    assert row[["mean", "scorers", "asked"]].tolist() == [2.5, 2, 3]
    listed = chapter.discussion.set_index("subject")
    assert listed.loc["physical", "why"] == "scored from 2 to 3; 1 of 3 abstained"
    assert chapter.ranking["scorers"].tolist() == [3]


def test_a_dimension_nobody_scored_is_in_need_of_discussion_and_drops_out_of_the_mean(scenario):
    scores = make_scores({"TH0": {"physical": 1, "community": 4}}, scorers=("S1", "S2"))
    scores.loc[scores["dimension"] == "physical", "score"] = np.nan
    chapter = threat.assess_threats(make_threats(title=["A"]), scores, years_of_log(1), scenario)
    assert chapter.ranking["impact"].tolist() == [4]
    row = chapter.discussion.set_index("subject").loc["physical"]
    assert row[["given", "asked", "dispute", "why"]].tolist() == [0, 2, 0.5, "nobody scored it"]
    assert np.isnan(row["lowest"])


def test_scores_and_frequencies_are_discussed_in_one_order_and_what_nobody_disputes_is_left_out(scenario):
    threats = make_threats(title=["A", "B"], moderation=["Agreed on 1 May", None])
    whole = dict.fromkeys(scenario.scheme.dimensions.index, 2)
    scores = make_scores({"TH0": whole, "TH1": whole}, scorers=("S1", "S2"))
    scores.loc[(scores["threat_id"] == "TH1") & (scores["dimension"] == "physical") & (scores["scorer"] == "S2"),
               "score"] = 5  # fmt: skip
    judgements = make_judgements(("TH0", "S1", 0.01, 0.01, 0.02), ("TH0", "S2", 1.0, 1.0, 2.0))
    chapter = threat.assess_threats(threats, scores, make_operations([], []), scenario, judgements)
    rows = chapter.discussion
    assert rows[["threat_id", "subject"]].to_numpy().tolist() == [["TH0", "frequency"], ["TH1", "physical"]]
    assert rows["dispute"].tolist()[1] == pytest.approx(3 / 5)
    pool = chapter.sources.set_index(["threat_id", "source"]).loc[("TH0", "judgement")]
    assert rows["dispute"].tolist()[0] == pytest.approx(2 / np.log10(pool["high"] / pool["low"]))
    assert rows["why"].tolist() == ["most likely from 0.01 to 1 a year", "scored from 2 to 5"]
    assert rows["moderation"].tolist()[0] == "Agreed on 1 May"
    assert rows["moderation"].isna().tolist() == [False, True]


def test_sources_that_contradict_each_other_lead_the_discussion(scenario):
    chapter = threat.assess_threats(
        SHARED.assign(national_count=3000), make_scores({}), make_operations([], []), scenario
    )
    first = chapter.discussion.iloc[0]
    assert first[["subject", "dispute", "why"]].tolist() == ["frequency", 1, "national series lies above judgement"]


def test_an_abstention_from_a_frequency_is_listed(scenario):
    chapter = threat.assess_threats(make_threats(title=["A"]), make_scores({}), years_of_log(0), scenario, THREE)
    row = chapter.discussion.set_index("subject").loc["frequency"]
    assert row[["given", "asked"]].tolist() == [2, 3]
    assert row["why"].endswith("1 of 3 abstained")


def test_impact_of_the_scorers_spans_the_impact(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking
    assert (ranking["impact_low"] <= ranking["impact"]).all()
    assert (ranking["impact"] <= ranking["impact_high"]).all()


def make_ordered(low, mean, high, impact):
    index = pd.Index([chr(65 + i) for i in range(len(mean))], name="threat_id")
    columns = {"worst_case_low": low, "worst_case_mean": mean, "worst_case_high": high, "impact": impact}
    return pd.DataFrame(columns, index=index, dtype="float64")


RATIOS = (2.0, 3.0, 5.0)


def test_two_threats_far_apart_keep_their_ranks():
    ordered = make_ordered([9.0, 0.001], [10.0, 0.002], [12.0, 0.004], [4, 4])
    scores = pd.DataFrame({"physical": [4.0, 4.0]}, index=ordered.index)
    stability = threat.rank_stability(ordered, scores, make_scheme(), RATIOS)
    assert stability.to_dict("list") == {"threat_id": ["A", "B"], "rank": [1, 2], "share": [1.0, 1.0]}


def test_two_threats_one_step_apart_change_places():
    ordered = make_ordered([0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [3.0, 2.5])
    scores = pd.DataFrame({"physical": [3.0, 2.5]}, index=ordered.index)
    stability = threat.rank_stability(ordered, scores, make_scheme(), RATIOS).set_index(["threat_id", "rank"])["share"]
    # A down one step and B up one step, two of 30 changes (two threats, six scores and a frequency twice; two ratios).
    assert stability[("A", 2)] == pytest.approx(2 / 30)
    assert stability[("B", 1)] == pytest.approx(2 / 30)


def test_a_rank_that_only_the_labels_of_the_scale_hold_up_is_found():
    # Rare and grave against common and slight: 1 x 3^3 against 20 x 3^0; with 2 a step it is 8 against 20.
    ordered = make_ordered([1.0, 20.0], [1.0, 20.0], [1.0, 20.0], [4, 1])
    scores = pd.DataFrame(index=ordered.index)
    stability = threat.rank_stability(ordered, scores, make_scheme(), RATIOS).set_index(["threat_id", "rank"])["share"]
    assert stability[("A", 2)] == pytest.approx(1 / 30)


def test_the_ratios_of_the_assumption_are_those_the_labels_are_moved_to(tables, scenario):
    wide = replace(scenario.assumption("harm_ratio_per_step"), low=1.01, high=30.0)
    moved = replace(scenario, assumptions={**scenario.assumptions, "harm_ratio_per_step": (wide,)})
    still, restless = (threat.assess_threats(*tables, each) for each in (scenario, moved))
    assert still.ranking["expected_harm"].equals(restless.ranking["expected_harm"])
    assert not still.stability.equals(restless.stability)


values = st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 5)), min_size=1, max_size=6)


@settings(deadline=None, max_examples=30)
@given(values)
def test_shares_of_the_rank_distribution_sum_to_one_for_every_threat_and_every_rank(rows):
    means = np.array([a for a, _, _ in rows])
    ordered = make_ordered(means / 2, means, means + [b for _, b, _ in rows], [c for _, _, c in rows])
    ordered = ordered.loc[(ordered["worst_case_mean"] * 3 ** ordered["impact"]).sort_values(ascending=False).index]
    scores = pd.DataFrame({"physical": ordered["impact"]})
    stability = threat.rank_stability(ordered, scores, make_scheme(), RATIOS)
    assert np.allclose(stability.groupby("threat_id")["share"].sum(), 1.0)
    assert np.allclose(stability.groupby("rank")["share"].sum(), 1.0)


def test_rank_holds_only_when_best_and_worst_agree(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking
    assert (ranking["rank_holds"] == (ranking["rank_best"] == ranking["rank_worst"])).all()
    assert (ranking["rank_best"] <= ranking["rank"]).all()
    assert (ranking["rank"] <= ranking["rank_worst"]).all()
    assert not ranking["rank_holds"].all()


def test_pairs_that_the_matrix_orders_backwards_or_ties_are_counted():
    quantity = pd.Series([9.0, 5.0, 5.0, 1.0, np.nan])
    score = pd.Series([4.0, 6.0, 6.0, 4.0, 25.0])
    # First against second and third backwards; first and fourth tied; second and third equal in both, so not tied.
    assert threat.matrix_disagreement(quantity, score).iloc[0].to_dict() == {"pairs": 6, "backwards": 2, "tied": 1}
    assert threat.matrix_disagreement(quantity.iloc[:1], score.iloc[:1]).iloc[0].to_dict() == {
        "pairs": 0, "backwards": 0, "tied": 0,
    }  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 25)), max_size=12))
def test_disagreement_agrees_with_counting_every_pair(rows):
    quantity, score = [q for q, _ in rows], [s for _, s in rows]
    pairs = [(i, j) for j in range(len(rows)) for i in range(j)]
    backwards = sum(
        (quantity[i] < quantity[j] and score[i] > score[j]) or (quantity[i] > quantity[j] and score[i] < score[j])
        for i, j in pairs
    )
    tied = sum(score[i] == score[j] and quantity[i] != quantity[j] for i, j in pairs)
    found = threat.matrix_disagreement(pd.Series(quantity, dtype=float), pd.Series(score, dtype=float)).iloc[0]
    assert found.tolist() == [len(pairs), backwards, tied]


def test_a_product_of_five_equal_bands_misorders_one_random_pair_in_twenty_as_published():
    # Likelihood and impact uniform and independent, cut into five equal bands: 5 % backwards, 8 % tied (models.md 5).
    true = random_stream(1, "threat", "matrix").random((2000, 2))
    found = threat.matrix_disagreement(pd.Series(true.prod(axis=1)), pd.Series((np.floor(5 * true) + 1).prod(axis=1)))
    shares = found[["backwards", "tied"]].iloc[0] / found["pairs"].iloc[0]
    assert shares.tolist() == pytest.approx([0.05, 0.08], abs=0.006)


DRIVERS = make_horizon(
    ("D1", "social", "First", "TA|TB", "rising", "rising"),
    ("D2", "legal", "Second", "TA", "falling", "unknown"),
    ("D3", "economic", "Third", "TC", "unknown", "falling"),
)


def test_a_driver_stands_beside_every_threat_it_bears_on(tables, scenario):
    scan = threat.assess_threats(*tables, scenario, horizon=DRIVERS).horizon
    assert scan[["driver_id", "threat_id"]].to_numpy().tolist() == [
        ["D1", "TA"], ["D1", "TB"], ["D2", "TA"], ["D3", "TC"],
    ]  # fmt: skip
    assert scan["horizon_4y"].tolist() == ["rising"] * 4


def test_an_outlook_is_contradicted_only_when_it_lies_outside_all_its_known_drivers(tables, scenario):
    found = threat.assess_threats(*tables, scenario, horizon=DRIVERS).contradictions
    # Stated: steady in a year, rising in four. TA is pushed both ways in a year; TB only up; TC only down in four.
    assert found[["threat_id", "years", "stated", "drivers"]].to_numpy().tolist() == [
        ["TB", 1, "steady", "rising"], ["TC", 4, "rising", "falling"],
    ]  # fmt: skip


def test_a_threat_without_a_stated_outlook_contradicts_nothing(tables, scenario):
    threats, scores, operations = tables
    unknown = threats.assign(horizon_1y="unknown", horizon_4y="unknown")
    assert threat.assess_threats(unknown, scores, operations, scenario, horizon=DRIVERS).contradictions.empty


def test_order_of_rows_in_the_table_does_not_matter(tables, scenario):
    threats, scores, operations = tables
    forward = threat.assess_threats(threats, scores, operations, scenario).ranking
    shuffled = threat.assess_threats(threats.iloc[::-1], scores.sample(frac=1, random_state=1), operations, scenario)
    pd.testing.assert_frame_equal(forward, shuffled.ranking)


def test_a_scheme_without_a_physical_dimension_uses_the_weighted_mean(scenario):
    scheme = scenario.scheme
    plain = replace(scheme, dimensions=scheme.dimensions.drop(index="physical"))
    scores = pd.DataFrame([[5, 1, 1, 1, 1, 1]], columns=IMPACT, dtype="float64")
    assert threat.impact(scores, plain).iloc[0] == pytest.approx(1.0)


def test_an_empty_threat_table_gives_empty_frames_with_their_columns(tables, scenario):
    threats, scores, operations = tables
    full = threat.assess_threats(threats, scores, operations, scenario, THREE.assign(threat_id="TA"), DRIVERS)
    empty = threat.assess_threats(threats.iloc[:0], scores.iloc[:0], operations.iloc[:0], scenario)
    for name in ("ranking", "sources", "scores", "judgements", "discussion", "stability", "horizon", "contradictions"):
        assert getattr(empty, name).empty, name
        assert list(getattr(empty, name).columns) == list(getattr(full, name).columns), name
    assert empty.matrix["pairs"].tolist() == [0]


def test_assessing_threats_leaves_the_tables_as_they_were(tables, scenario):
    given = (*tables, THREE.assign(threat_id="TA"), DRIVERS)
    before = [table.copy(deep=True) for table in given]
    threat.assess_threats(*given[:3], scenario, *given[3:])
    for table, copy in zip(given, before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_the_columns_used_here_are_declared_in_the_schema():
    for name, frame in (("threats", make_threats(title=["A"])), ("threat_judgements", THREE), ("horizon", DRIVERS)):
        assert set(frame.columns) <= {column.name for column in TABLES[name].columns}


def test_a_force_folder_without_the_optional_tables_and_columns_reads_as_empty_ones(tmp_path):
    from small_force import write_small_force  # noqa: PLC0415

    folder = write_small_force(tmp_path / "small")
    for name in ("threat_judgements", "horizon"):
        (folder / f"{name}.csv").unlink()
    frame = pd.read_csv(folder / "threats.csv", dtype="str", keep_default_na=False)
    new = ["logged", "national_count", "national_years", "national_share", "moderation"]
    frame.drop(columns=new).to_csv(folder / "threats.csv", index=False)
    assert data.validate(folder).empty
    tables = data.read_tables(folder)
    for name in ("threat_judgements", "horizon"):
        assert tables[name].empty
        assert list(tables[name].columns) == [column.name for column in TABLES[name].columns]
    assert tables["threats"][new].isna().all(axis=None)


def test_half_a_judgement_and_half_a_national_count_are_faults_by_name_and_three_blanks_are_none(tmp_path):
    from small_force import write_small_force  # noqa: PLC0415

    folder = write_small_force(tmp_path / "small")
    header = "threat_id,scorer,frequency_low,frequency_mode,frequency_high,rationale,source,provenance\n"
    rows = "T1,a,0.1,,0.3,,s,force\nT1,b,,,,,s,force\nT1,c,0.1,0.2,0.3,,s,force\n"
    (folder / "threat_judgements.csv").write_text(header + rows, encoding="utf-8")
    threats = pd.read_csv(folder / "threats.csv", dtype="str", keep_default_na=False)
    threats.assign(national_count="4", national_years="", national_share="").to_csv(folder / "threats.csv", index=False)
    faults = data.validate(folder)
    assert faults[["file", "row", "column", "value"]].to_numpy().tolist() == [
        ["threat_judgements.csv", 2, "frequency_mode", ""], ["threats.csv", 2, "national_years", ""],
    ]  # fmt: skip
    assert faults["allowed"].str.contains("blank together").all()


@given(st.floats(0.01, 3), st.floats(0.01, 3), st.floats(0.01, 6), st.integers(0, 40))
def test_the_likelihood_of_a_pool_integrates_over_its_rate(low, rise, fall, count):
    beta = ThreePoint(low, low + rise, low + rise + fall)
    prior = GammaRate(beta.mean**2 / beta.variance, beta.mean / beta.variance)
    rate = posterior_rate(count, 8.0, prior)
    peer = stats.gamma(rate.shape, scale=1 / rate.exposure)
    none, _ = integrate.quad(lambda r: np.exp(-2 * r) * peer.pdf(r), 0, peer.ppf(1 - 1e-12), limit=200)
    assert threat.likelihood(rate, 2.0)[1] == pytest.approx(1 - none, abs=1e-6)
