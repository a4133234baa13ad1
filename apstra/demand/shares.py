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

from apstra.demand.counts import joint_size, log_probability
from apstra.demand.days import columns_of, hour_groups
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
    fit = fit_terms(counts[seen], {name: frame[seen] for name, frame in groups.items()}, np.log(expected[seen]))
    wave = np.exp(columns_of(groups, fit.coefficients.index).to_numpy() @ fit.coefficients.to_numpy())
    smooth = expected * wave
    score = [log_probability(counts, smooth, joint_size(1.0 / one, burst)).sum() for one in STRENGTHS]
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
    candidates = []
    for worth in VISITOR_WORTH if visitors.any() else VISITOR_WORTH[:1]:
        load = residents + worth * visitors
        prior = load / load.sum()
        some = (prior > 0).to_numpy()
        reached = [_dirichlet(counts[some].to_numpy(), one * prior[some].to_numpy()) for one in STRENGTHS]
        candidates.append((max(reached), worth, float(STRENGTHS[int(np.argmax(reached))]), prior))
    best = max(candidates, key=lambda one: one[0])
    _, visitor_worth, weight, prior = best if best[0] > candidates[0][0] + DECIDES else candidates[0]
    share = (counts + weight * prior) / (counts.sum() + weight)
    frame = {"zone": counts.index, "observed": counts.to_numpy(), "prior": prior.to_numpy(), "share": share.to_numpy()}
    return pd.DataFrame(frame), weight, visitor_worth


def _dirichlet(counts: FloatArray, pseudo: FloatArray) -> float:
    """Return the log probability of a sequence of calls in zones under Dirichlet shares."""
    if not counts.sum() > 0:
        return 0.0
    each = special.gammaln(counts + pseudo) - special.gammaln(pseudo)
    return float(each.sum() + special.gammaln(pseudo.sum()) - special.gammaln(pseudo.sum() + counts.sum()))
