"""Three-point judgements, conjugate counts, exact limits, named streams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from apstra.uncertainty import (
    GammaRate,
    LinearPool,
    ThreePoint,
    gamma_of_moments,
    logarithmic_pool,
    poisson_limits,
    posterior_rate,
    random_stream,
)

points = st.lists(st.floats(0, 1000, allow_nan=False), min_size=3, max_size=3).map(sorted)


def test_modified_pert_agrees_with_the_published_case():
    judgement = ThreePoint(2, 5, 12)  # Vose; models.md section 5
    assert judgement.shape == pytest.approx((2.2, 3.8))
    assert judgement.mean == pytest.approx(17 / 3)
    assert judgement.variance == pytest.approx(3.317460317460317)
    assert judgement.quantile([0.05, 0.5, 0.95]) == pytest.approx([2.957042835, 5.509994849, 8.915510177])


@given(points)
def test_modified_pert_agrees_with_scipy_beta(three):
    low, mode, high = three
    judgement = ThreePoint(low, mode, high)
    if high - low < 1e-6:
        assert judgement.mean == pytest.approx(low, abs=1e-6)
        return
    alpha, beta = judgement.shape
    peer = stats.beta(alpha, beta, loc=low, scale=high - low)
    assert judgement.mean == pytest.approx(peer.mean())
    assert judgement.variance == pytest.approx(peer.var())
    assert judgement.quantile([0.1, 0.9]) == pytest.approx(peer.ppf([0.1, 0.9]), rel=1e-6, abs=1e-6)
    middle = low + 0.4 * (high - low)
    assert float(judgement.cdf(middle)) == pytest.approx(peer.cdf(middle), abs=1e-9)


def test_a_three_point_judgement_without_spread_is_certain():
    judgement = ThreePoint(3, 3, 3)
    assert list(judgement.cdf([2.9, 3.0])) == [0.0, 1.0]
    assert float(judgement.quantile(0.05)) == 3.0
    assert judgement.variance == 0.0


@pytest.mark.parametrize("bad", [(3, 2, 4), (1, 5, 4), (0, float("nan"), 1), (0, 1, float("inf"))])
def test_points_out_of_order_are_refused_with_their_values(bad):
    with pytest.raises(ValueError, match="three points must be finite and ascend"):
        ThreePoint(*bad)


def test_draws_of_a_judgement_have_its_mean_within_four_standard_errors():
    judgement = ThreePoint(1, 4, 20)
    draws = judgement.draw(random_stream(1, "test", "pert"), 20_000)
    error = np.sqrt(judgement.variance / len(draws))
    assert abs(draws.mean() - judgement.mean) < 4 * error
    assert draws.min() >= 1
    assert draws.max() <= 20


POOL = LinearPool((ThreePoint(0, 1, 4), ThreePoint(2, 5, 12), ThreePoint(20, 21, 30)))


def test_a_linear_pool_has_the_moments_of_its_mixture_by_quadrature():
    parts = [stats.beta(*each.shape, loc=each.low, scale=each.high - each.low) for each in POOL.judgements]
    ends = [(each.low, each.high) for each in POOL.judgements]
    first, second = (
        np.mean([integrate.quad(lambda x, d=d, k=k: x**k * d.pdf(x), *e)[0] for d, e in zip(parts, ends, strict=True)])
        for k in (1, 2)
    )
    assert POOL.mean == pytest.approx(first)
    assert POOL.variance == pytest.approx(second - first**2)
    assert POOL.variance > max(each.variance for each in POOL.judgements), "disagreement adds to the spread"


def test_quantiles_of_a_linear_pool_invert_its_distribution_and_agree_with_simulation():
    p = np.array([0.01, 0.05, 0.5, 0.95, 0.99])
    assert POOL.cdf(POOL.quantile(p)) == pytest.approx(p, abs=1e-9)
    draws = POOL.draw(random_stream(1, "test", "pool"), 200_000)
    assert POOL.quantile(p[1:4]) == pytest.approx(np.quantile(draws, p[1:4]), rel=0.02)
    assert abs(draws.mean() - POOL.mean) < 4 * np.sqrt(POOL.variance / draws.size)
    assert POOL.draw(random_stream(1, "test", "pool"), (3, 4)).shape == (3, 4)


def test_a_quantile_that_falls_between_two_judgements_is_the_least_value_that_reaches_it():
    pool = LinearPool((ThreePoint(0, 1, 2), ThreePoint(10, 11, 12)))
    assert float(pool.quantile(0.5)) == pytest.approx(2, abs=1e-4)  # where the beta's upper tail is lost in rounding


@given(points)
def test_a_pool_of_one_is_the_judgement_itself(three):
    judgement = ThreePoint(*three)
    pool = LinearPool((judgement,))
    width = max(three[2] - three[0], 1e-9)
    assert pool.quantile([0.05, 0.5, 0.95]) == pytest.approx(judgement.quantile([0.05, 0.5, 0.95]), abs=1e-6 * width)
    assert (pool.mean, pool.variance) == (judgement.mean, judgement.variance)


@given(st.lists(points, min_size=1, max_size=5), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_of_a_pool_ascend_and_stay_within_the_widest_points(threes, one, other):
    pool = LinearPool(tuple(ThreePoint(*three) for three in threes))
    low, high = pool.quantile(sorted([one, other]))
    assert min(three[0] for three in threes) <= low <= high <= max(three[2] for three in threes)


def test_a_pool_of_nobody_is_refused():
    with pytest.raises(ValueError, match="at least one judgement"):
        LinearPool(())
    with pytest.raises(ValueError, match="at least one rate"):
        logarithmic_pool([])


def test_the_logarithmic_pool_is_the_normalised_geometric_mean_of_the_densities():
    rates = [GammaRate(2.0, 8.0), GammaRate(6.0, 3.0), GammaRate(1.5, 1.0)]
    densities = [stats.gamma(rate.shape, scale=1 / rate.exposure).pdf for rate in rates]
    whole, _ = integrate.quad(lambda x: np.prod([f(x) for f in densities]) ** (1 / 3), 0, 30)
    pooled = logarithmic_pool(rates)
    for x in (0.1, 0.7, 1.5, 3.0):
        expected = np.prod([f(x) for f in densities]) ** (1 / 3) / whole
        assert stats.gamma(pooled.shape, scale=1 / pooled.exposure).pdf(x) == pytest.approx(expected)


def test_data_may_enter_a_logarithmic_pool_before_or_after_pooling():
    rates = [GammaRate(2.0, 8.0), GammaRate(6.0, 3.0)]
    after = posterior_rate(5, 4.0, logarithmic_pool(rates))
    assert logarithmic_pool([posterior_rate(5, 4.0, rate) for rate in rates]) == after


def test_a_gamma_has_the_moments_it_is_made_of_and_impossible_ones_are_refused():
    rate = gamma_of_moments(0.3, 0.02)
    peer = stats.gamma(rate.shape, scale=1 / rate.exposure)
    assert (peer.mean(), peer.var()) == pytest.approx((0.3, 0.02))
    for bad in ((0.0, 1.0), (1.0, 0.0), (1.0, float("nan"))):
        with pytest.raises(ValueError, match="must be positive"):
            gamma_of_moments(*bad)


def test_a_rate_without_end_of_exposure_never_brings_an_event():
    never = GammaRate(2.0, float("inf"))
    assert (never.mean, never.some(5.0)) == (0.0, 0.0)


def test_a_prior_is_updated_by_a_count_as_by_bayes_rule_on_a_grid():
    prior = GammaRate(3.0, 2.0)
    grid = np.linspace(1e-6, 15, 200_001)
    weight = stats.gamma(3.0, scale=1 / 2.0).pdf(grid) * stats.poisson(grid * 4.0).pmf(7)
    mean = np.trapezoid(grid * weight, grid) / np.trapezoid(weight, grid)
    assert posterior_rate(7, 4.0, prior).mean == pytest.approx(mean, rel=1e-6)
    assert posterior_rate(0, 0.0, prior) == prior


def test_the_posterior_rate_is_the_jeffreys_gamma():
    rate = posterior_rate(10, 4.0)
    peer = stats.gamma(10.5, scale=1 / 4.0)
    assert rate.mean == pytest.approx(peer.mean())
    assert rate.quantile([0.05, 0.5, 0.95]) == pytest.approx(peer.ppf([0.05, 0.5, 0.95]))


def test_the_chance_of_some_event_integrates_the_rate():
    rate = GammaRate(2.5, 8.0)
    grid = np.linspace(1e-9, 6, 400_001)
    density = stats.gamma(2.5, scale=1 / 8.0).pdf(grid)
    assert rate.some(5.0) == pytest.approx(np.trapezoid((1 - np.exp(-grid * 5)) * density, grid), abs=1e-6)


def test_draws_of_a_rate_have_its_mean_within_four_standard_errors():
    rate = posterior_rate(3, 2.0)
    draws = rate.draw(random_stream(1, "test", "gamma"), 20_000)
    assert abs(draws.mean() - rate.mean) < 4 * np.sqrt(rate.shape) / rate.exposure / np.sqrt(len(draws))


@pytest.mark.parametrize(("count", "exposure", "named"), [(-1, 1, "count"), (1, 0, "exposure"), (1, -2, "exposure")])
def test_impossible_counts_and_exposures_are_refused_by_name(count, exposure, named):
    with pytest.raises(ValueError, match=named):
        posterior_rate(count, exposure)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (0, 0, 3.68887945),
        (1, 0.02531781, 5.57164339),
        (3, 0.61867212, 8.76727307),
        (10, 4.7953887, 18.39035604),
        (25, 16.17868185, 36.9049317),
    ],
)
def test_exact_poisson_limits_agree_with_the_standard_tables(count, low, high):
    assert poisson_limits(count) == pytest.approx((low, high), abs=1e-7)


def test_a_negative_count_has_no_limits():
    with pytest.raises(ValueError, match="not -1"):
        poisson_limits(-1)


def test_a_stream_depends_on_its_names_alone():
    first = random_stream(7, "threat", "T1").random(5)
    random_stream(7, "threat", "T2").random(100)
    assert random_stream(7, "threat", "T1").random(5).tolist() == first.tolist()
    assert random_stream(7, "threat", "T2").random(5).tolist() != first.tolist()
    assert random_stream(8, "threat", "T1").random(5).tolist() != first.tolist()
    assert random_stream(7, "threatT", "1").random(5).tolist() != first.tolist()
