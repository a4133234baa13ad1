"""The law of committed time: maximum likelihood against scipy's, the choice among laws, and the tail."""

import numpy as np
import pytest
from scipy import stats

from apstra.demand.duration import fit_duration
from apstra.uncertainty import random_stream

LAWS = {
    "lognormal": stats.lognorm(0.9, scale=40),
    "gamma": stats.gamma(1.7, scale=22),
    "Weibull": stats.weibull_min(0.6, scale=41),
}
SCIPY = {"lognormal": stats.lognorm, "gamma": stats.gamma, "Weibull": stats.weibull_min}


def draws(law, size=3000):
    """Return committed times of a known law."""
    return LAWS[law].rvs(size, random_state=random_stream(2026, "test_duration", law))


@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_fitted_as_scipy_fits_it(law):
    minutes = draws("gamma", 400)
    fit = fit_duration(minutes).fits.set_index("law").loc[law]
    shape, _, scale = SCIPY[law].fit(minutes, floc=0)
    assert (fit["shape"], fit["scale"]) == pytest.approx((shape, scale), rel=2e-3)
    assert fit["log_likelihood"] == pytest.approx(SCIPY[law](shape, 0, scale).logpdf(minutes).sum(), rel=1e-6)
    assert fit["aic"] == pytest.approx(4 - 2 * fit["log_likelihood"])


@pytest.mark.parametrize("law", LAWS)
def test_the_law_that_made_the_times_is_chosen_and_described(law):
    duration = fit_duration(draws(law))
    assert duration.law == law
    known = SCIPY[law](duration.shape, 0, duration.scale)
    assert duration.mean == pytest.approx(known.mean())
    assert duration.mean == pytest.approx(LAWS[law].mean(), rel=0.06)
    times, shares = np.array([1.0, 30.0, 200.0, 900.0]), np.array([0.0, 0.1, 0.5, 0.999])
    assert duration.survival(times) == pytest.approx(known.sf(times), abs=1e-12)
    assert duration.quantile(shares) == pytest.approx(known.ppf(shares))
    drawn = duration.draw(random_stream(2026, "test_duration", "draw"), (200, 500))
    assert drawn.shape == (200, 500)
    assert stats.kstest(drawn.ravel()[:5000], known.cdf).pvalue > 0.001


def test_the_tail_sets_what_was_seen_with_exact_limits_beside_what_is_fitted():
    minutes = draws("lognormal", 800)
    duration = fit_duration(minutes)
    tail = duration.tail.set_index("minutes")
    assert {60.0, 120.0, 240.0, 480.0} <= set(tail.index)
    assert tail["fitted"].sort_values().to_numpy()[[-1]] < 1
    assert {0.5, 0.25, 0.1, 0.05, 0.01} <= set(tail["fitted"].round(9))
    beyond = int((minutes > 120).sum())
    limits = stats.binomtest(beyond, 800).proportion_ci(0.95, method="exact")
    assert tail.loc[120.0, ["observed", "low", "high"]].tolist() == pytest.approx([beyond / 800, *limits])
    assert ((tail["low"] <= tail["fitted"]) & (tail["fitted"] <= tail["high"])).mean() > 0.6


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
