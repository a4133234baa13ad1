"""Threats: frequency, likelihood, impact, rank and whether the rank holds."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import make_scheme
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from apstra import threat
from apstra.report import threat as report
from apstra.schema import TABLES
from apstra.uncertainty import GammaRate, ThreePoint, posterior_rate, random_stream

AS_AT = date(2026, 11, 1)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "threat.yaml").read_text(encoding="utf-8"))
IMPACT = ["physical", "psychological", "financial", "community", "environment", "organisational"]


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
        "confidence": "high",
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


@pytest.fixture
def tables():
    threats = make_threats(
        threat_id=["TA", "TB", "TC"],
        malicious=[True, False, False],
        frequency_low=[0.01, np.nan, 0.1],
        frequency_mode=[0.02, np.nan, 0.2],
        frequency_high=[0.1, np.nan, 0.5],
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


@pytest.mark.parametrize("case", CASES["likelihood_of_a_judgement"])
def test_likelihood_of_a_judgement_agrees_with_the_case(case):
    central = threat.likelihood(ThreePoint(case["low"], case["mode"], case["high"]), case["window"])[1]
    assert central == pytest.approx(case["expected"], abs=1e-9)


@pytest.mark.parametrize("case", CASES["judgement"])
def test_frequency_of_a_judgement_is_the_modified_pert(case):
    threats = make_threats(frequency_low=[case["low"]], frequency_mode=[case["mode"]], frequency_high=[case["high"]])
    row = threat.frequency(threats, make_operations([], []), AS_AT).iloc[0]
    found = row[["frequency_low", "frequency", "frequency_high", "frequency_mean"]].tolist()
    assert found == pytest.approx([case["p5"], case["p50"], case["p95"], case["mean"]], rel=1e-9)
    assert row["basis"] == "judgement"


@pytest.mark.parametrize("case", CASES["impact"])
def test_impact_agrees_with_the_case_worked_by_hand(case, scenario):
    scores = pd.DataFrame([case["scores"]], columns=IMPACT).astype("float64")
    expected = np.nan if case["expected"] is None else case["expected"]
    assert threat.impact(scores, scenario.scheme).iloc[0] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("case", CASES["likelihood_bands"])
def test_likelihood_falls_in_the_band_of_the_national_risk_register(case, scenario):
    assert threat.band(pd.Series([case["probability"]]), scenario.scheme.likelihood).iloc[0] == case["score"]


def test_a_band_of_something_unknown_is_unknown(scenario):
    assert threat.band(pd.Series([np.nan]), scenario.scheme.impact).isna().all()


@settings(deadline=None)
@given(low=st.floats(0, 3), rise=st.floats(0, 3), fall=st.floats(0.01, 6), window=st.floats(0.1, 6))
def test_likelihood_of_a_judgement_integrates_over_the_rate(low, rise, fall, window):
    rate = ThreePoint(low, low + rise, low + rise + fall)
    beta = stats.beta(*rate.shape, loc=low, scale=rise + fall)
    expected, _ = integrate.quad(lambda r: -np.expm1(-r * window) * beta.pdf(r), low, low + rise + fall)
    bottom, central, top = threat.likelihood(rate, window)
    assert central == pytest.approx(expected, abs=1e-6)
    assert 0 <= bottom <= central <= top <= 1


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


@pytest.mark.parametrize("factors", [(0.0, 1.0), (1.0, -2.0)])
def test_a_factor_that_is_not_positive_is_refused_by_name(tables, factors):
    threats, _, operations = tables
    with pytest.raises(ValueError, match=re.escape(f"factors must be positive, not {factors}")):
        threat.rates(threats, operations, AS_AT, factors)


def test_exposure_runs_from_april_of_the_first_year_to_the_day_of_the_assessment():
    operations = make_operations(["2019-02-01"], ["TB"])
    assert threat.exposure_years(operations, date(2019, 3, 31)) == pytest.approx(365 / 365.25)
    assert threat.exposure_years(make_operations([], []), AS_AT) == 0.0


def test_history_speaks_only_where_the_judgement_is_blank(tables):
    threats, _, operations = tables
    table = threat.frequency(threats, operations, AS_AT)
    assert table["basis"].tolist() == ["judgement", "history", "judgement"]
    assert table.loc["TB", "occurrences"] == 3
    years = table.loc["TB", "exposure_years"]
    assert years == pytest.approx(((pd.Timestamp("2026-11-01") - pd.Timestamp("2019-04-01")).days + 1) / 365.25)
    expected = stats.gamma(3.5, scale=1 / years).ppf([0.05, 0.5, 0.95])
    assert table.loc["TB", ["frequency_low", "frequency", "frequency_high"]].tolist() == pytest.approx(list(expected))


def test_operations_after_the_day_of_the_assessment_do_not_count(tables):
    threats, _, operations = tables
    assert threat.history(threats, operations, date(2026, 10, 30)).loc["TB", "occurrences"] == 2
    assert threat.history(threats, operations, date(2026, 10, 31)).loc["TB", "occurrences"] == 3


def test_nothing_is_said_of_a_threat_without_judgement_and_without_a_log(scenario):
    chapter = threat.assess_threats(make_threats(title=["A"]), make_scores({}), make_operations([], []), scenario)
    row = chapter.ranking.iloc[0]
    assert row[["frequency", "likelihood", "impact", "expected_impact", "level"]].isna().all()
    assert row["scorers"] == 0
    assert not row["rank_holds"]


def test_factors_scale_malicious_threats_and_history_apart(tables):
    threats, _, operations = tables
    base = threat.frequency(threats, operations, AS_AT)["frequency_mean"]
    raised = threat.frequency(threats, operations, AS_AT, (2.0, 1.5))["frequency_mean"]
    assert (raised / base).tolist() == pytest.approx([2.0, 1.5, 1.0])


def test_scenario_with_the_national_threat_up_raises_malicious_likelihood_only(tables, scenario):
    def at(factor):
        settings = scenario.with_values(malicious_frequency_factor=factor)
        return threat.assess_threats(*tables, settings).ranking.set_index("threat_id")["likelihood"]

    assert at(3.0)["TA"] > at(1.0)["TA"]
    assert at(3.0)[["TB", "TC"]].equals(at(1.0)[["TB", "TC"]])


def test_only_occurrences_that_reach_the_worst_case_count_towards_its_likelihood(tables, scenario):
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


@pytest.mark.parametrize("rate", [GammaRate(2.0, 4.0), ThreePoint(0.1, 0.2, 0.9)])
def test_a_worst_case_that_is_never_reached_has_no_likelihood_and_one_always_reached_keeps_it(rate):
    assert threat.likelihood(threat.thinned(rate, 0.0), 5.0) == (0.0, 0.0, 0.0)
    assert threat.thinned(rate, 1.0) == rate
    assert threat.thinned(rate, float("nan")) == rate


@settings(deadline=None)
@given(share=st.floats(0.01, 1.0), window=st.floats(0.1, 10))
def test_keeping_a_share_of_occurrences_is_the_same_as_a_shorter_window(share, window):
    for rate in (GammaRate(2.0, 4.0), ThreePoint(0.1, 0.2, 0.9)):
        expected = threat.likelihood(rate, window * share)
        assert threat.likelihood(threat.thinned(rate, share), window) == pytest.approx(expected, abs=1e-9)


def test_malicious_threats_have_the_shorter_window(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking.set_index("threat_id")
    assert ranking["window_years"].to_dict() == {"TA": 2, "TB": 5, "TC": 5}


def test_rank_is_by_likelihood_times_impact(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking
    assert ranking["rank"].tolist() == [1, 2, 3]
    assert ranking["expected_impact"].is_monotonic_decreasing
    assert ranking["expected_impact"].tolist() == pytest.approx((ranking["likelihood"] * ranking["impact"]).tolist())


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
    assert before[["threat_id", "impact", "expected_impact"]].equals(after[["threat_id", "impact", "expected_impact"]])
    assert after.set_index("threat_id").loc["TC", ["capability_gap", "capacity_gap"]].tolist() == [3, 3]


def test_confidence_falls_one_step_when_the_evidence_is_stale_and_never_changes_the_score(tables, scenario):
    fresh = threat.assess_threats(*tables, scenario.with_values(evidence_stale_months=60)).ranking
    stale = threat.assess_threats(*tables, scenario).ranking
    assert stale.set_index("threat_id")["confidence"].to_dict() == {"TA": "high", "TB": "moderate", "TC": "low"}
    assert fresh.set_index("threat_id").loc["TB", "confidence"] == "high"
    assert stale["expected_impact"].equals(fresh["expected_impact"])
    assert stale.set_index("threat_id")["evidence_age_days"].to_dict()["TB"] == 366


def test_evidence_exactly_as_old_as_allowed_is_not_stale(scenario):
    threats = make_threats(evidence_on=pd.to_datetime(["2025-11-01", "2025-10-31"]))
    ranking = threat.assess_threats(threats, make_scores({}), make_operations([], []), scenario).ranking
    assert ranking.set_index("threat_id")["evidence_stale"].to_dict() == {"TH0": False, "TH1": True}


def test_spread_between_scorers_is_the_widest_over_dimensions(tables, scenario):
    chapter = threat.assess_threats(*tables, scenario)
    assert chapter.ranking.set_index("threat_id")["spread"].to_dict() == {"TA": 1, "TB": 3, "TC": 0}
    row = chapter.scores.set_index(["threat_id", "dimension"]).loc[("TB", "financial")]
    assert row[["mean", "lowest", "highest", "scorers", "spread"]].tolist() == [3.5, 2, 5, 2, 3]


def test_impact_of_the_scorers_spans_the_impact(tables, scenario):
    ranking = threat.assess_threats(*tables, scenario).ranking
    assert (ranking["impact_low"] <= ranking["impact"]).all()
    assert (ranking["impact"] <= ranking["impact_high"]).all()


def test_two_threats_far_apart_keep_their_ranks():
    ordered = pd.DataFrame(
        {"likelihood_low": [0.9, 0.001], "likelihood": [0.95, 0.002], "likelihood_high": [1, 0.004], "impact": [4, 4]},
        index=pd.Index(["A", "B"], name="threat_id"),
    )
    scores = pd.DataFrame({"physical": [4.0, 4.0]}, index=ordered.index)
    stability = threat.rank_stability(ordered, scores, make_scheme())
    assert stability.to_dict("list") == {"threat_id": ["A", "B"], "rank": [1, 2], "share": [1.0, 1.0]}


def test_two_threats_one_step_apart_change_places():
    ordered = pd.DataFrame(
        {"likelihood_low": [0.5, 0.5], "likelihood": [0.5, 0.5], "likelihood_high": [0.5, 0.5], "impact": [3.0, 2.5]},
        index=pd.Index(["A", "B"], name="threat_id"),
    )
    scores = pd.DataFrame({"physical": [3.0, 2.5]}, index=ordered.index)
    stability = threat.rank_stability(ordered, scores, make_scheme()).set_index(["threat_id", "rank"])["share"]
    # A down one step and B up one step, two of the 28 changes (two threats, six scores twice, frequency twice).
    assert stability[("A", 2)] == pytest.approx(2 / 28)
    assert stability[("B", 1)] == pytest.approx(2 / 28)


values = st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 5)), min_size=1, max_size=6)


@settings(deadline=None)
@given(values)
def test_shares_of_the_rank_distribution_sum_to_one_for_every_threat_and_every_rank(rows):
    likelihood = np.array([a for a, _, _ in rows])
    ordered = pd.DataFrame(
        {
            "likelihood_low": likelihood / 2,
            "likelihood": likelihood,
            "likelihood_high": likelihood + [b for _, b, _ in rows],
            "impact": [c for _, _, c in rows],
        },
        index=pd.Index([f"T{i}" for i in range(len(rows))], name="threat_id"),
    )
    ordered = ordered.loc[(ordered["likelihood"] * ordered["impact"]).sort_values(ascending=False).index]
    scores = pd.DataFrame({"physical": ordered["impact"]})
    stability = threat.rank_stability(ordered, scores, make_scheme())
    assert np.allclose(stability.groupby("threat_id")["share"].sum(), 1.0)
    assert np.allclose(stability.groupby("rank")["share"].sum(), 1.0)


def test_rank_holds_only_when_best_and_worst_agree(tables, scenario):
    chapter = threat.assess_threats(*tables, scenario)
    ranking = chapter.ranking
    assert (ranking["rank_holds"] == (ranking["rank_best"] == ranking["rank_worst"])).all()
    assert (ranking["rank_best"] <= ranking["rank"]).all()
    assert (ranking["rank"] <= ranking["rank_worst"]).all()
    assert not ranking["rank_holds"].all()


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
    full = threat.assess_threats(threats, scores, operations, scenario)
    empty = threat.assess_threats(threats.iloc[:0], scores.iloc[:0], operations.iloc[:0], scenario)
    assert empty.ranking.empty
    assert list(empty.ranking.columns) == list(full.ranking.columns)
    assert list(empty.scores.columns) == list(full.scores.columns)
    assert list(empty.stability.columns) == list(full.stability.columns)


def test_assessing_threats_leaves_the_tables_as_they_were(tables, scenario):
    before = [table.copy(deep=True) for table in tables]
    threat.assess_threats(*tables, scenario)
    for table, copy in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_the_columns_used_here_are_declared_in_the_schema():
    declared = {column.name for column in TABLES["threats"].columns}
    assert set(make_threats(title=["A"]).columns) <= declared


EXHIBITS = ("ranking", "stability", "agreement", "position", "evidence", "horizon")


def shown(threats, scores, operations, scenario):
    known = threats.assign(
        evidence_grade="A1", intelligence_gap=None, worst_case_share=threats.get("worst_case_share", np.nan)
    )
    chapter = threat.assess_threats(known, scores, operations, scenario)
    tables = {"threats": known, "threat_scores": scores, "operations": operations}
    return SimpleNamespace(scenario=scenario, tables=tables, illustrative=("threats",), threat=chapter)


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_exhibit_has_a_picture_with_words_a_table_and_the_table_it_is_made_of(name, tables, scenario):
    html = getattr(report, name)(shown(*tables, scenario))._repr_html_()
    assert re.search(r'<img class="chart" alt="[^"]{20,}', html)
    assert html.count("<th scope=") > 3
    assert "illustrative rows in threats" in html or name == "agreement"


def test_headline_of_the_ranking_names_who_leads_and_changes_when_the_numbers_do(tables, scenario):
    threats, scores, operations = tables
    before = report.ranking(shown(threats, scores, operations, scenario)).headline
    rare = threats.assign(worst_case_share=[np.nan, np.nan, 0.0001])
    after = report.ranking(shown(rare, scores, operations, scenario)).headline
    assert before.startswith("Threat 2 ranks first of 3 threats")
    assert after.startswith("Threat 1 ranks first of 3 threats")


def test_a_rare_threat_with_the_gravest_worst_case_stays_in_sight(tables, scenario):
    sentences = report.findings(shown(*tables, scenario)).sentences
    assert any(s.startswith("The gravest worst case is Threat 0 (impact 4.8); it ranks 3 of 3") for s in sentences)


def test_findings_say_which_evidence_is_stale_and_when_none_is(tables, scenario):
    stale = repr(report.findings(shown(*tables, scenario)))
    fresh = repr(report.findings(shown(*tables, scenario.with_values(evidence_stale_months=60))))
    assert "The evidence behind 2 threats is older than 12 months" in stale
    assert "The evidence behind every threat is at most 60 months old" in fresh


def test_the_score_most_in_need_of_discussion_is_named(tables, scenario):
    headline = report.agreement(shown(*tables, scenario)).headline
    assert headline == "Most in need of discussion: financial of Threat 1, scored from 2 to 5 by 2 scorers"


def test_scorers_who_agree_leave_nothing_to_discuss(tables, scenario):
    threats, scores, operations = tables
    one = scores.loc[scores["scorer"] == "S1"]
    assert "agree on every score" in repr(report.agreement(shown(threats, one, operations, scenario)))


def test_a_chapter_without_threats_says_so_instead_of_drawing(tables, scenario):
    threats, scores, operations = tables
    empty = shown(threats.iloc[:0], scores.iloc[:0], operations, scenario)
    assert all("To be supplied" in repr(getattr(report, name)(empty)) for name in ("findings", *EXHIBITS))


def test_threats_that_nobody_scored_are_shown_as_not_ranked(tables, scenario):
    threats, scores, operations = tables
    unscored = shown(threats, scores.iloc[:0], operations, scenario)
    assert report.ranking(unscored).headline == "No threat can be ranked yet: frequency or scores are missing"
    assert "cannot be told yet" in report.stability(unscored).headline
    assert "To be supplied" in repr(report.agreement(unscored))
    assert "not known" in report.ranking(unscored)._repr_html_()
    assert "Nobody has scored a threat yet" in repr(report.findings(unscored))


def test_one_threat_alone_is_drawn(tables, scenario):
    threats, scores, operations = tables
    alone = shown(threats.iloc[:1], scores.loc[scores["threat_id"] == "TA"], operations, scenario)
    assert "ranks first of 1 threat " in report.ranking(alone).headline
    assert report.stability(alone).headline.endswith("1 of 1")


def test_what_people_wrote_is_escaped_in_every_exhibit(tables, scenario):
    threats, scores, operations = tables
    hostile = threats.assign(title="<script>alert(1)</script>", confidence="<b>high</b>")
    a = shown(hostile, scores, operations, scenario)
    assert all("<script" not in getattr(report, name)(a)._repr_html_() for name in ("findings", *EXHIBITS))
