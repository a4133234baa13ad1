"""How a day's calls fall over its hours and the force's calls over its zones.

In: calls by hour of the week or by zone, and what is expected of each without looking closer. Out: shares that lean on
the expectation as far as the log, taken as a whole, says they should: a zone with three calls of several hundred stays
close to what was expected of it.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from apstra.demand.counts import joint_size, log_likelihood
from apstra.demand.days import columns_of, hour_groups, rows_of
from apstra.demand.regression import fit_terms
from apstra.scenario import DAYS_A_WEEK, HOURS_A_DAY

FloatArray = NDArray[np.float64]
STRENGTHS: Final = np.append(1e6, np.geomspace(1e4, 1.0, 33))  # the strongest first: it wins when nothing decides
VISITOR_WORTH: Final = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
DECIDES: Final = 1.92  # half the 95 % point of chi-squared with one degree of freedom


def hour_profile(counts: FloatArray, expected: FloatArray, burst: float) -> FloatArray:
    """Return the rate of each hour relative to its day, by weekday (7, 24); the mean of a day is 1.

    Parameters
    ----------
    counts, expected
        Calls in each hour of the week, and those expected if a day's calls fell evenly over it (168,).
    burst
        Relative variance of such a count beyond Poisson.

    Notes
    -----
    Waves of the day, and others for the weekend, as far as they pay; each hour of the week is then moved from the wave
    towards what it saw, by the posterior of a gamma factor whose shape has the best marginal likelihood.
    """
    seen, groups = expected > 0, hour_groups()
    fit = fit_terms(counts[seen], rows_of(groups, seen), np.log(expected[seen]))
    wave = np.exp(columns_of(groups, fit.coefficients.index) @ fit.coefficients.to_numpy())
    smooth = expected * wave
    score = log_likelihood(counts, smooth, joint_size(1.0 / STRENGTHS[:, None], burst))
    strength = STRENGTHS[int(np.argmax(score))]
    worth = 1.0 / (1.0 + burst * smooth)
    rate = wave * (strength + counts * worth) / (strength + smooth * worth)
    week = rate.reshape(DAYS_A_WEEK, HOURS_A_DAY)
    return np.asarray(week / week.mean(axis=1, keepdims=True))


def zone_shares(counts: pd.Series, residents: pd.Series, visitors: pd.Series) -> tuple[pd.DataFrame, float, float]:
    """Return the share of each zone, the calls' worth of the prior shares, and what a visitor counts for.

    Parameters
    ----------
    counts
        Calls by zone, divided by what events added.
    residents, visitors
        What calls are expected to follow, and visitors present on a mean day, by zone like ``counts``.

    Returns
    -------
    frame
        ``zone``, ``observed``, ``prior`` and ``share``.

    Notes
    -----
    Dirichlet-multinomial; the prior's worth, and the visitors' where a likelihood ratio test at 5 % finds any, have the
    best marginal likelihood.
    """
    candidates, seen = [], counts.to_numpy()
    for worth in VISITOR_WORTH if visitors.any() else VISITOR_WORTH[:1]:
        load = (residents + worth * visitors).to_numpy()
        prior = load / load.sum()
        reached = _dirichlet(seen[prior > 0], STRENGTHS[:, None] * prior[prior > 0])
        candidates.append((reached.max(), worth, float(STRENGTHS[int(np.argmax(reached))]), prior))
    best = max(candidates, key=lambda one: one[0])
    _, visitor_worth, weight, prior = best if best[0] > candidates[0][0] + DECIDES else candidates[0]
    share = (seen + weight * prior) / (seen.sum() + weight)
    frame = {"zone": counts.index, "observed": seen, "prior": prior, "share": share}
    return pd.DataFrame(frame), weight, visitor_worth


def _dirichlet(counts: FloatArray, pseudo: FloatArray) -> FloatArray:
    """Return the log probability of a sequence of calls in zones (zones,) under Dirichlet shares (..., zones)."""
    if not counts.sum() > 0:
        return np.zeros(pseudo.shape[:-1])
    some, total = counts > 0, pseudo.sum(axis=-1)
    each = special.gammaln(counts[some] + pseudo[..., some]) - special.gammaln(pseudo[..., some])
    return np.asarray(each.sum(axis=-1) + special.gammaln(total) - special.gammaln(total + counts.sum()))
