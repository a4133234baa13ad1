"""Three-point judgements, conjugate counts, exact limits, named streams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from apstra.uncertainty import GammaRate, ThreePoint, poisson_limits, posterior_rate, random_stream, summarise

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


def test_a_summary_puts_the_percentiles_last():
    draws = np.stack([np.arange(101.0), np.arange(101.0) * 2])
    assert summarise(draws).tolist() == [[5.0, 50.0, 95.0], [10.0, 100.0, 190.0]]
