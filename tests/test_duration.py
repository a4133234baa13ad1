"""The law of committed time: maximum likelihood against scipy's, the number of parts, and the tail."""

import numpy as np
import pytest
from scipy import stats

from apstra import data
from apstra.demand.duration import fit_duration
from apstra.uncertainty import random_stream

PLAIN = stats.lognorm(0.9, scale=40)
PARTS = ((0.3, 6.0, 0.5), (0.7, 45.0, 0.4))


def draws(size=3000):
    """Return committed times of a known lognormal."""
    return PLAIN.rvs(size, random_state=random_stream(2026, "test_duration", "lognormal"))


def mixed(size=4000):
    """Return committed times of a known mixture of two lognormals."""
    rng = random_stream(2026, "test_duration", "mixture")
    part = (rng.random(size) > PARTS[0][0]).astype(int)
    scale, spread = np.array([one[1] for one in PARTS]), np.array([one[2] for one in PARTS])
    return scale[part] * np.exp(spread[part] * rng.standard_normal(size))


def known_survival(times):
    return sum(weight * stats.lognorm(spread, scale=scale).sf(times) for weight, scale, spread in PARTS)


def test_a_single_lognormal_is_fitted_as_scipy_fits_it():
    minutes = draws(400)
    duration = fit_duration(minutes)
    spread, _, scale = stats.lognorm.fit(minutes, floc=0)
    assert duration.law == "lognormal"
    assert (duration.spread[0], np.exp(duration.centre[0])) == pytest.approx((spread, scale), rel=1e-4)
    fit = duration.fits.set_index("parts").loc[1]
    assert fit["log_likelihood"] == pytest.approx(stats.lognorm(spread, 0, scale).logpdf(minutes).sum(), rel=1e-6)
    assert fit["bic"] == pytest.approx(2 * np.log(400) - 2 * fit["log_likelihood"])


def test_a_single_lognormal_is_described_as_scipy_describes_it():
    duration = fit_duration(draws())
    known = stats.lognorm(duration.spread[0], 0, np.exp(duration.centre[0]))
    assert duration.mean == pytest.approx(known.mean())
    times, shares = np.array([1.0, 30.0, 200.0, 900.0]), np.array([0.0, 0.1, 0.5, 0.999])
    assert duration.survival(times) == pytest.approx(known.sf(times), abs=1e-12)
    assert duration.quantile(shares) == pytest.approx(known.ppf(shares))


def test_calls_of_two_kinds_are_told_apart():
    duration = fit_duration(mixed())
    assert duration.law == "mixture of 2 lognormals"
    order = np.argsort(duration.centre)
    assert duration.weight[order] == pytest.approx([0.3, 0.7], abs=4 * np.sqrt(0.21 / 4000))
    assert np.exp(duration.centre[order]) == pytest.approx([6.0, 45.0], rel=0.06)
    assert duration.spread[order] == pytest.approx([0.5, 0.4], abs=0.05)
    times = np.array([3.0, 10.0, 45.0, 120.0])
    assert duration.survival(times) == pytest.approx(known_survival(times), abs=4 * 0.5 / np.sqrt(4000))
    assert duration.survival(duration.quantile([0.2, 0.8, 0.99])) == pytest.approx([0.8, 0.2, 0.01])


def test_the_likelihood_of_a_mixture_is_the_sum_of_its_densities():
    minutes = mixed(500)
    duration = fit_duration(minutes)
    law = [
        stats.lognorm(spread, scale=np.exp(centre))
        for centre, spread in zip(duration.centre, duration.spread, strict=True)
    ]
    density = sum(weight * one.pdf(minutes) for weight, one in zip(duration.weight, law, strict=True))
    told = duration.fits.set_index("parts")["log_likelihood"][duration.weight.size]
    assert told == pytest.approx(np.log(density).sum())


def test_draws_follow_the_law():
    duration = fit_duration(mixed())
    drawn = duration.draw(random_stream(2026, "test_duration", "draw"), (200, 500))
    assert drawn.shape == (200, 500)
    assert stats.kstest(drawn.ravel()[:5000], lambda times: 1 - duration.survival(times)).pvalue > 0.001
    assert drawn.mean() == pytest.approx(duration.mean, abs=4 * drawn.std() / np.sqrt(drawn.size))


def test_many_times_taken_together_in_bins_give_the_law_of_single_ones():
    few, many = fit_duration(mixed(490)), fit_duration(np.repeat(mixed(490), 20))
    assert many.survival([10.0, 40.0, 90.0]) == pytest.approx(few.survival([10.0, 40.0, 90.0]), abs=0.01)


def test_the_tail_sets_what_was_seen_with_exact_limits_beside_what_is_fitted():
    minutes = draws(800)
    duration = fit_duration(minutes)
    tail = duration.tail.set_index("minutes")
    assert {60.0, 120.0, 240.0, 480.0} <= set(tail.index)
    assert {0.5, 0.25, 0.1, 0.05, 0.01} <= set(tail["fitted"].round(9))
    beyond = int((minutes > 120).sum())
    limits = stats.binomtest(beyond, 800).proportion_ci(0.95, method="exact")
    assert tail.loc[120.0, ["observed", "low", "high"]].tolist() == pytest.approx([beyond / 800, *limits])
    assert ((tail["low"] <= tail["fitted"]) & (tail["fitted"] <= tail["high"])).mean() > 0.6


def test_on_the_real_log_the_law_holds_down_to_one_call_in_a_hundred():
    log = data.real_incidents()
    duration = fit_duration(log["minutes"])
    often = duration.tail.query("observed >= 0.01")
    assert len(often) >= 7
    assert (often["fitted"] / often["observed"]).to_numpy() == pytest.approx(1.0, abs=0.08)
    assert duration.mean == pytest.approx(log["minutes"].mean(), rel=0.02)


def test_times_that_are_none_are_left_out_and_counted():
    duration = fit_duration([30, 40, np.nan, -3, 0, np.inf, 55])
    assert (duration.n, duration.dropped) == (3, 4)
    assert duration.survival([-1, 0]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("minutes", [[45.0], [30.0, 30.0, 30.0]])
def test_times_that_are_all_alike_still_have_a_law(minutes):
    duration = fit_duration(minutes)
    assert duration.mean == pytest.approx(minutes[0], rel=1e-4)
    assert duration.quantile(0.5) == pytest.approx(minutes[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_duration([]), "minutes must hold at least one time above 0; all 0 are"),
        (lambda: fit_duration([np.nan, -1.0]), "all 2 are missing or not above 0"),
        (lambda: fit_duration([5.0, 6.0]).quantile(1.0), r"probability must lie in \[0, 1\), not 1.0"),
    ],
)
def test_what_has_no_law_is_refused_by_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
