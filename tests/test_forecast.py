"""Yearly forecasts: the ladder of models, the predictive distribution, and the back test on published series."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scoringrules
import statsmodels.api as sm
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra import data
from apstra.data.reference import reference_frames
from apstra.demand import Forecast, forecast_annual
from apstra.demand.backtest import BASELINES, LADDER, backtest
from apstra.demand.ladder import SIZES, USUAL_SIZE, climb, trends
from apstra.demand.published import HISTORIC, yearly_counts
from apstra.demand.scores import count_scores, inside, mixture_scores, paired_difference, pit_histogram
from apstra.uncertainty import posterior_rate, random_stream

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "demand.yaml").read_text())
CUMBRIA = np.array(CASES["cumbria"], float)
counts_of_years = st.lists(st.integers(0, 300), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def published():
    frames = reference_frames()
    return frames["published_firearms"], frames["series_breaks"]


@pytest.fixture(scope="module")
def operations(published):
    return yearly_counts(published[0], breaks=published[1])


@pytest.fixture(scope="module")
def record(evidence):
    return evidence.years["operations"]


@pytest.fixture(scope="module")
def arv_record(evidence):
    return evidence.years["operations_arv"]


# -------------------------------------------------------------------------------------------- predictive distribution


def mixture(forecast, step, numbers):
    """Return the distribution function from scipy's negative binomial, component by component."""
    parts = zip(forecast.weights[step - 1], forecast.means[step - 1], forecast.sizes[step - 1], strict=True)
    return sum(weight * stats.nbinom(size, size / (size + mean)).cdf(numbers) for weight, mean, size in parts)


@settings(deadline=None, max_examples=15)
@given(counts_of_years, st.integers(1, 5))
def test_the_predictive_distribution_is_a_mixture_of_scipys_negative_binomials(counts, step):
    forecast = forecast_annual(counts, 5)
    numbers = np.arange(0, 2000)
    assert forecast.cdf(step, numbers) == pytest.approx(mixture(forecast, step, numbers), rel=1e-8, abs=1e-10)
    assert forecast.pmf(step, numbers).cumsum() == pytest.approx(forecast.cdf(step, numbers), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(counts_of_years, st.floats(0, 0.999))
def test_a_quantile_is_the_smallest_count_that_reaches_its_probability(counts, probability):
    forecast = forecast_annual(counts, 2)
    value = forecast.quantile(2, probability)
    assert forecast.cdf(2, value) >= probability
    assert value == 0 or forecast.cdf(2, value - 1) < probability


def test_quantiles_of_the_rate_are_those_of_the_mixture_of_gammas():
    forecast = forecast_annual(CUMBRIA, 3)
    rng = random_stream(2026, "test_forecast", "rate")
    part = rng.choice(forecast.weights[1].size, 200_000, p=forecast.weights[1])
    size, mean = forecast.sizes[1][part], forecast.means[1][part]
    drawn = rng.gamma(size, mean / size)
    for probability in (0.05, 0.5, 0.95):
        below = (drawn <= forecast.rate_quantile(2, probability)).mean()
        assert below == pytest.approx(probability, abs=4 * np.sqrt(probability * (1 - probability) / drawn.size))


def test_the_years_beyond_are_wider_for_every_published_force(operations):
    for counts in operations.to_numpy():
        forecast = forecast_annual(counts[np.isfinite(counts)], 4, peers=operations.to_numpy())
        widths = [np.diff(np.log1p(forecast.quantile(step, [0.1, 0.9]))).item() for step in (1, 4)]
        assert widths[1] > widths[0]


def test_one_or_two_years_give_a_forecast_wider_than_the_conjugate_one_and_than_ten_steady_years():
    conjugate = stats.nbinom(50.5, 0.5).ppf([0.025, 0.975])
    widths = [np.diff(forecast_annual([50] * years, 1).quantile(1, [0.025, 0.975])).item() for years in (1, 2, 3, 10)]
    assert widths == sorted(widths, reverse=True)
    assert widths[1] > np.diff(conjugate).item()


@pytest.mark.parametrize("case", CASES["conjugate"])
def test_where_all_years_are_alike_the_forecast_is_the_conjugate_one_and_ours_from_one_year_holds_it(case):
    known = posterior_rate(case["count"], case["years"])
    alike = Forecast((np.ones(1),), (np.array([known.mean]),), (np.array([known.shape]),), ("conjugate",))
    assert alike.quantile(1, [0.025, 0.975]).tolist() == case["interval_95"]
    low, high = forecast_annual([case["count"]], 1).quantile(1, [0.025, 0.975])
    assert low < case["interval_95"][0]
    assert high > case["interval_95"][1]


def test_a_missing_year_is_never_a_zero():
    whole, gap = forecast_annual([60, 58, 61, 59, 62], 1), forecast_annual([60, 58, np.nan, 59, 62], 1)
    zero = forecast_annual([60, 58, 0, 59, 62], 1)
    assert gap.mean[0] == pytest.approx(whole.mean[0], rel=0.03)
    assert zero.mean[0] < 0.95 * whole.mean[0]


def test_years_missing_at_the_end_lengthen_the_way_to_the_target():
    counts = CUMBRIA[:12]
    late = forecast_annual([*counts, np.nan, np.nan], 2)
    far = forecast_annual(counts, 4)
    assert late.quantile(1, [0.1, 0.5, 0.9]).tolist() == far.quantile(3, [0.1, 0.5, 0.9]).tolist()
    assert late.mean == pytest.approx(far.mean[2:])


def test_years_missing_before_the_first_count_change_nothing():
    assert forecast_annual([np.nan, np.nan, 10, 14], 2).mean == pytest.approx(forecast_annual([10, 14], 2).mean)


def test_a_series_of_zeros_still_allows_for_some():
    forecast = forecast_annual([0, 0, 0], 1)
    assert 0 < forecast.mean[0] < 1
    assert forecast.quantile(1, 0.975) >= 1


def test_peers_teach_how_much_years_differ_but_never_the_level():
    wild = np.array([[20, 60, 25, 90, 30, 120, 40, 15], [300, 40, 500, 90, 700, 20, 300, 90]] * 4, float)
    calm = np.array([[500, 505, 498, 502, 500, 497, 503, 499], [80, 82, 79, 81, 80, 78, 83, 80]] * 4, float)
    ranges = [forecast_annual([50, 52, 49], 1, peers=peers).quantile(1, [0.1, 0.9]) for peers in (wild, calm)]
    assert np.diff(ranges[0]) > 1.5 * np.diff(ranges[1])
    for peers in (wild, calm):
        assert forecast_annual([50, 52, 49], 1, peers=peers).mean[0] == pytest.approx(50, abs=2)
    nobody = forecast_annual([50, 52, 49], 1, peers=np.full((2, 4), np.nan))
    assert nobody.mean == pytest.approx(forecast_annual([50, 52, 49], 1).mean)


def test_peers_may_start_earlier_or_later_and_end_together():
    longer = [[np.nan, *range(20, 40, 2)], [30.0, 20.0]]
    padded = np.full((2, 11), np.nan)
    padded[0], padded[1, -2:] = longer[0], longer[1]
    ragged = forecast_annual([50, 52, 49], 2, peers=longer)
    assert ragged.mean == pytest.approx(forecast_annual([50, 52, 49], 2, peers=padded).mean)
    assert forecast_annual([50, 52, 49], 2, peers=pd.DataFrame(padded)).mean == pytest.approx(ragged.mean)
    alone = forecast_annual([50, 52, 49], 2, peers=[longer[1]])
    assert forecast_annual([50, 52, 49], 2, peers=longer[1]).mean == pytest.approx(alone.mean)


def test_a_scaled_forecast_has_scaled_rates():
    forecast = forecast_annual([50, 60, 55], 3)
    assert forecast.scaled(1.5).mean == pytest.approx(1.5 * forecast.mean)
    assert forecast.scaled(1.5).rate_quantile(2, 0.9) == pytest.approx(1.5 * forecast.rate_quantile(2, 0.9))


def test_what_part_of_the_year_brought_moves_the_forecast_as_a_simulation_says():
    forecast = forecast_annual([40, 50, 60], 2)
    given_half = forecast.given(20, 0.5)
    rng = random_stream(2026, "test_forecast", "part of a year")
    part = rng.choice(forecast.weights[0].size, 1_000_000, p=forecast.weights[0])
    rate = rng.gamma(forecast.sizes[0][part], forecast.means[0][part] / forecast.sizes[0][part])
    first, rest = rng.poisson(0.5 * rate), rng.poisson(0.5 * rate)
    years = (first + rest)[first == 20]
    assert given_half.mean[0] == pytest.approx(years.mean(), abs=4 * years.std() / np.sqrt(years.size))
    assert given_half.cdf(1, 42) == pytest.approx((years <= 42).mean(), abs=4 * 0.5 / np.sqrt(years.size))
    assert given_half.pmf(1, np.arange(20)).sum() == 0.0
    assert given_half.quantile(1, 1e-9) >= 20
    assert given_half.mean[1] == forecast.mean[1]


def test_a_year_of_which_nothing_is_past_is_forecast_as_before():
    forecast = forecast_annual([40, 50, 60], 1)
    assert forecast.given(0, 0.0).mean == pytest.approx(forecast.mean)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([3, -1], r"counts must be whole numbers >= 0, not -1.0"),
        ([3.5], r"counts must be whole numbers >= 0, not 3.5"),
        ([np.inf], "counts must be whole numbers >= 0, not inf"),
        (["many"], "counts must be numbers"),
        ([], "counts must hold at least one year"),
        ([np.nan], "counts must hold at least one year"),
        ([[1, 2], [3, 4]], "counts must be one series"),
    ],
)
def test_counts_that_are_none_are_refused_by_value(counts, message):
    with pytest.raises(ValueError, match=message):
        forecast_annual(counts, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forecast_annual([3], 0), "horizon must be a whole number >= 1, not 0"),
        (lambda: forecast_annual([3], 1, peers=[[-2.0]]), r"peers must be whole numbers >= 0, not -2\.0"),
        (lambda: forecast_annual([3], 1, peers=[["x", 1]]), "peers must be numbers"),
        (lambda: forecast_annual([3], 2).pmf(3, 1), "step must lie in 1 to 2, not 3"),
        (lambda: forecast_annual([3], 2).quantile(0, 0.5), "step must lie in 1 to 2, not 0"),
        (lambda: forecast_annual([3], 1).quantile(1, 1.0), r"probability must lie in \[0, 1\), not 1.0"),
        (lambda: forecast_annual([3], 1).rate_quantile(1, 0.0), r"probability must lie in \(0, 1\), not 0.0"),
        (lambda: forecast_annual([3], 1).scaled(0.0), "factor must be positive and finite, not 0.0"),
        (lambda: forecast_annual([3], 1).given(2, 1.0), r"elapsed must lie in \[0, 1\), not 1.0"),
        (lambda: forecast_annual([3], 1).given(-2, 0.5), "counted must be a whole number >= 0, not -2"),
    ],
)
def test_what_was_not_forecast_is_refused_by_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_impossible_counts_have_no_probability():
    forecast = forecast_annual([5], 1)
    assert forecast.pmf(1, [-1, 2.5]).tolist() == [0.0, 0.0]
    assert forecast.cdf(1, -1) == 0.0


# -------------------------------------------------------------------------------------------------------------- ladder


def test_the_trend_is_that_of_statsmodels_negative_binomial_regression():
    level, slope = trends(CUMBRIA[None], 5.0)
    year = np.arange(CUMBRIA.size)
    family = sm.families.NegativeBinomial(alpha=1 / 5.0)
    fit = sm.GLM(CUMBRIA, sm.add_constant(year - year[-1]), family=family).fit()
    assert [level[0, -1], slope[0, -1]] == pytest.approx(fit.params, rel=1e-6)


def test_the_sizes_are_weighed_by_how_likely_they_made_the_pairs_of_known_years():
    history = np.array([[40.0, 80.0, 50.0]])
    rung = climb(history, 1)[0]["last year"]
    log = np.log(SIZES)
    prior = -0.5 * (log - np.log(USUAL_SIZE)) ** 2
    total = prior.copy()
    for known, target in ((40.0, 80.0), (80.0, 50.0)):
        size = 1 / (1 / SIZES + 1 / (known + 0.5))
        total += stats.nbinom(size, size / (size + known + 0.5)).logpmf(target)
    best = SIZES[total.argmax()]
    assert rung.weight.tolist() == [1.0]
    assert rung.mean.tolist() == [50.5]
    assert rung.size == pytest.approx([1 / (1 / best + 1 / 50.5)])


def test_the_score_of_a_rung_is_what_it_would_have_given_with_the_past_alone():
    rungs = climb(CUMBRIA[None], 1)[0]
    for name, rung in rungs.items():
        total = 0.0
        for end in range(1, CUMBRIA.size):
            before = climb(CUMBRIA[None, :end], 1)[0][name]
            law = stats.nbinom(before.size, before.size / (before.size + before.mean))
            total += np.log((before.weight * law.pmf(CUMBRIA[end])).sum())
        assert rung.score == pytest.approx(total, rel=1e-4)


def test_a_simple_rung_is_taken_where_it_clearly_won():
    steady_walk = np.round(100 * np.exp(np.cumsum(np.tile([0.35, -0.3, 0.4, -0.35], 5)))) // 1
    rising = np.round(20 * 1.25 ** np.arange(14))
    assert forecast_annual(rising, 1).rungs == ("trend",)
    assert forecast_annual(rising, 1).mean[0] == pytest.approx(20 * 1.25**14, rel=0.05)
    assert forecast_annual(steady_walk[:3], 1).rungs == ("averaged",)


# ------------------------------------------------------------------------------------------------------------- scoring


def test_the_scores_are_those_of_scoringrules_where_its_factorials_hold():
    rng = random_stream(2026, "test_forecast", "scores")
    mean, size = rng.gamma(2, 4, 500) + 0.1, rng.integers(1, 12, 500).astype(float)
    count = rng.negative_binomial(size, size / (size + mean)).clip(max=60)
    scores = count_scores(count, mean, size)
    chance = size / (size + mean)
    assert scores["crps"].to_numpy() == pytest.approx(scoringrules.crps_negbinom(count, size, chance), rel=5e-3)
    assert scores["log_score"].to_numpy() == pytest.approx(scoringrules.logs_negbinom(count, size, chance))
    plain = count_scores(count, mean, np.inf)
    assert plain["crps"].to_numpy() == pytest.approx(scoringrules.crps_poisson(count, mean), rel=5e-3)
    assert plain["log_score"].to_numpy() == pytest.approx(scoringrules.logs_poisson(count, mean))


@pytest.mark.parametrize(
    ("count", "mean", "size", "crps"),
    [(0, 2.0, np.inf, 1.228494478547156), (2, 7 * 0.2 / 0.8, 7.0, 0.3834322)],
    ids=["Poisson, direct sum", "negative binomial, tests of scoringrules"],
)
def test_published_values_of_the_crps(count, mean, size, crps):
    assert count_scores([count], [mean], [size])["crps"].item() == pytest.approx(crps, abs=5e-7)


@pytest.mark.parametrize(("mean", "size", "count"), [(2500.0, 5.0, 3500), (2500.0, 1.5, 200), (4000.0, 80.0, 4100)])
def test_the_crps_of_large_counts_is_within_a_thousandth_of_the_sum_over_every_number(mean, size, count):
    number = np.arange(200_000)
    exact = ((stats.nbinom(size, size / (size + mean)).cdf(number) - (number >= count)) ** 2).sum()
    assert count_scores([count], [mean], [size])["crps"].item() == pytest.approx(exact, rel=1e-3)


def test_a_mixture_is_scored_by_its_own_distribution():
    parts = np.array([0.3, 0.7]), np.array([10.0, 30.0]), np.array([4.0, 9.0])
    log_score, crps, below, up_to = mixture_scores(parts, 17)
    number = np.arange(2000)
    laws = [stats.nbinom(size, size / (size + mean)) for mean, size in zip(*parts[1:], strict=True)]
    reached = 0.3 * laws[0].cdf(number) + 0.7 * laws[1].cdf(number)
    assert log_score == pytest.approx(-np.log(reached[17] - reached[16]))
    assert (below, up_to) == pytest.approx((reached[16], reached[17]))
    assert crps == pytest.approx(((reached - (number >= 17)) ** 2).sum(), rel=2e-3)


def test_intervals_and_the_pit_of_true_forecasts_are_even():
    rng = random_stream(2026, "test_forecast", "pit")
    scores = count_scores(rng.negative_binomial(5, 5 / 45, 20_000), np.full(20_000, 40.0), np.full(20_000, 5.0))
    assert pit_histogram(scores) == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 20_000))
    assert pit_histogram(scores).sum() == pytest.approx(1.0)
    law = stats.nbinom(5, 5 / 45)
    low, high = law.ppf([0.1, 0.9])
    assert inside(scores, 0.8).mean() == pytest.approx(law.cdf(high) - law.cdf(low - 1), abs=4 * 0.4 / np.sqrt(20_000))


def test_the_bootstrap_draws_whole_series():
    rng = random_stream(2026, "test_forecast", "blocks")
    series = np.repeat(np.arange(60), 10)
    shared = np.repeat(rng.normal(0, 1, 60), 10)
    mean, low, high = paired_difference(shared, 0 * shared, series, seed=1, name="test")
    assert mean == pytest.approx(shared.mean())
    assert (high - low) / 2 / 1.96 == pytest.approx(shared[::10].std(ddof=1) / np.sqrt(60), rel=0.1)


@pytest.mark.parametrize(("mean", "size"), [(0.0, 1.0), (1.0, 0.0)])
def test_a_forecast_that_is_none_is_refused(mean, size):
    with pytest.raises(ValueError, match="mean and size of every forecast must be positive"):
        count_scores([1], [mean], [size])


# ------------------------------------------------------------------------------------------------------------ back test


def test_every_force_and_year_with_history_is_forecast_one_to_four_years_ahead(record, operations):
    values = operations.to_numpy()
    pairs = sum(
        np.isfinite(row[year]) and year + step < row.size and np.isfinite(row[year + step])
        for row in values for year in range(row.size) for step in (1, 2, 3, 4)
    )  # fmt: skip
    ladder = record.forecasts.query("model == @LADDER")
    assert len(ladder) == pairs
    assert set(ladder["series"]) == set(operations.index)
    assert set(record.summary["n"]) == {(ladder["known"] >= 3).sum()}
    assert record.summary["n"].min() > 800


def test_the_back_test_is_what_forecasting_at_each_year_with_the_past_alone_gives(record, operations):
    ladder = record.forecasts.query("model == @LADDER").set_index(["series", "origin", "step"])
    for series, origin in (("Cumbria", 1996), ("Cumbria", 2005), ("Cleveland", 2000), ("West Yorkshire", 1998)):
        past = operations.loc[:, :origin]
        forecast = forecast_annual(past.loc[series], 4, peers=past.drop(index=series).to_numpy())
        for step in (1, 2, 3, 4):
            count = operations.loc[series].get(origin + step, np.nan)
            if np.isfinite(count):
                row = ladder.loc[(series, origin, step)]
                assert row["log_score"] == pytest.approx(-np.log(forecast.pmf(step, count)), rel=1e-6)
                assert row["up_to"] == pytest.approx(forecast.cdf(step, count), abs=1e-8)
                assert row["rung"] == forecast.rungs[step - 1]


def test_the_ladder_beats_every_baseline_on_operations_and_the_poisson_ones_clear_of_zero(record):
    differences = record.differences.query("score == 'log_score'").set_index("model")
    assert (differences.loc[list(BASELINES), "mean"] < 0).all()
    assert (differences.loc[["Poisson, last year", "Poisson, mean"], "high"] < 0).all()
    crps = record.differences.query("score == 'crps'").set_index("model")
    assert (crps.loc[list(BASELINES), "high"] < 0).all()


def test_eighty_and_ninety_five_percent_intervals_hold_within_five_points(record, arv_record):
    for one in (record, arv_record):
        assert one.summary.set_index("model").loc[LADDER, "within_95"] == pytest.approx(0.95, abs=0.05)
    assert record.summary.set_index("model").loc[LADDER, "within_80"] == pytest.approx(0.80, abs=0.05)
    both = pd.concat([one.forecasts.query("model == @LADDER and known >= 3") for one in (record, arv_record)])
    assert inside(both, 0.80).mean() == pytest.approx(0.80, abs=0.05)


def test_the_shorter_calmer_series_of_arv_operations_gets_ranges_that_are_too_wide(arv_record):
    # The goal of five points is missed here, on the safe side; the table and the headline say so.
    assert 0.85 < arv_record.summary.set_index("model").loc[LADDER, "within_80"] < 0.87


def test_where_the_simple_model_wins_the_table_says_so(arv_record):
    assert arv_record.summary["model"].iloc[0] == "last year"
    rungs = arv_record.rungs.set_index(["step", "rung"])["forecasts"]
    assert rungs.get((2, "last year"), 0) > 0


def test_the_random_walk_of_the_baseline_has_the_likeliest_size_of_the_past(record, operations):
    row = record.forecasts.query("model == 'random walk, pooled size' and series == 'Cumbria' and origin == 2005")
    values = operations.loc[:, :2005].to_numpy()
    last, target = values[:, :-2].ravel(), values[:, 2:].ravel()
    known = np.isfinite(last) & np.isfinite(target)
    grid = np.exp(np.linspace(-3, 5, 4001))[:, None]
    start = last[known].clip(0.5)
    size = grid[stats.nbinom(grid, grid / (grid + start)).logpmf(target[known]).sum(axis=1).argmax(), 0]
    expected = -stats.nbinom(size, size / (size + 112.0)).logpmf(92)
    assert operations.loc["Cumbria", [2005, 2007]].tolist() == [112.0, 92.0]
    assert row.loc[row["step"] == 2, "log_score"].item() == pytest.approx(expected, rel=1e-3)


def test_short_histories_are_told_apart(record):
    assert record.by_history["history"].tolist() == [1, 2, 3]
    assert record.by_history["n"].sum() == len(record.forecasts.query("model == @LADDER"))


def test_series_that_cannot_be_scored_are_refused():
    for row in ([1.0, np.nan, np.nan, np.nan], [1.0, 2.0, 3.0, np.nan], [np.nan] * 4):
        with pytest.raises(ValueError, match="no series has a count after 3 or more known years"):
            backtest(pd.DataFrame([row], columns=range(2000, 2004)))
    for wrong in (-1.0, 2.5):
        with pytest.raises(ValueError, match=f"counts must be whole numbers >= 0, not {wrong}"):
            backtest(pd.DataFrame([[1.0, 2.0, 3.0, wrong]], columns=range(2000, 2004)))
    with pytest.raises(ValueError, match=r"years must ascend one by one, not \[\]"):
        backtest(pd.DataFrame())
    with pytest.raises(ValueError, match="years must ascend one by one, not \\[2001, 2000\\]"):
        backtest(pd.DataFrame([[1.0, 2.0]], columns=[2001, 2000]))


# ----------------------------------------------------------------------------------------------------- published series


def test_totals_and_regions_and_other_releases_are_left_out_and_gaps_stay_gaps(operations):
    assert operations.shape == (30, 17)
    assert "England and Wales" not in operations.index
    assert not operations.index.str.contains("region").any()
    assert operations.loc["Cumbria"].tolist() == CUMBRIA.tolist()
    assert operations.loc["Suffolk"].notna().sum() == 4
    assert operations.columns[-1] == 2012


def test_a_series_that_breaks_is_two_series(published):
    table = yearly_counts(published[0], "operations_arv", breaks=published[1])
    spliced = yearly_counts(published[0], "operations_arv")
    assert np.isnan(table.loc["Metropolitan Police", 2008])
    assert np.isnan(table.loc["Metropolitan Police from 2008-09", 2007])
    assert table.loc["Metropolitan Police from 2008-09", 2008] == spliced.loc["Metropolitan Police", 2008] == 7374


def rows(*cells):
    return pd.DataFrame(cells, columns=["force", "year", "value"]).assign(series=HISTORIC, metric="operations")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (rows(("A", "2001-02", -1)), "A 2001-02: value must be a whole number >= 0, not -1"),
        (rows(("A", "2001-02", 1.5)), "A 2001-02: value must be a whole number >= 0, not 1.5"),
        (rows(("A", "2001-02", "some")), "A 2001-02: value must be a whole number >= 0, not some"),
        (rows(("A", "2001", 1)), "year must be printed as 2004-05, not '2001'"),
        (rows(("A", "2001-03", 1)), "year must be printed as 2004-05, not '2001-03'"),
        (rows(("A", "2001-02", 1), ("A", "2001-02", 2)), "A 2001-02: .* gives both 1 and 2 for operations"),
    ],
)
def test_figures_at_fault_are_refused_by_name(frame, message):
    with pytest.raises(ValueError, match=message):
        yearly_counts(frame)


def test_the_same_figure_printed_twice_is_one_and_rows_may_come_in_any_order():
    table = yearly_counts(rows(("A", "2002-03", 4), ("A", "1999-00", 3), ("A", "2002-03", 4)))
    assert table.loc["A"].tolist()[0::3] == [3.0, 4.0]
    assert table.loc["A"].isna().sum() == 2


def test_a_file_of_series_is_read_or_every_fault_is_told(tmp_path):
    good = tmp_path / "series.csv"
    good.write_text("force,year,value\nA,2001-02,5\nA,2002-03,7\nB,2002-03,0\n")
    table = data.read_series(good)
    assert table.loc["A"].tolist() == [5.0, 7.0]
    assert np.isnan(table.loc["B", 2001])
    bad = tmp_path / "bad.csv"
    bad.write_text("force,year,value,metric\nA,2001-02,-5,x\nA,2001-02,7,x\nB,2002,seven,x\nB,2003-04,1.5,y\n")
    with pytest.raises(data.InvalidTables) as refused:
        data.read_series(bad)
    faults = refused.value.faults.set_index(["row", "column"])["value"]
    assert faults.to_dict() == {
        (2, "value"): "-5", (3, "force, year"): "A, 2001-02", (4, "value"): "seven", (4, "year"): "2002",
        (5, "value"): "1.5", (5, "metric"): "y",
    }  # fmt: skip
    with pytest.raises(data.InvalidTables, match="the file must be there"):
        data.read_series(tmp_path / "none.csv")
