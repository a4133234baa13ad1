"""How counts depend on what is known beforehand: negative binomial regression, term by term as far as it pays.

In: counts, groups of columns, an offset. Out: the terms kept with their coefficients, and the overdispersion that
counts show beyond Poisson, with the test of it.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from apstra.demand.counts import joint_size, log_probability

FloatArray = NDArray[np.float64]
SHOWN: Final = 0.05
CONSTANT: Final = "constant"
ALPHAS: Final = (1e-6, 1e3)
LEAST_PRICE: Final = 3.841459  # the 95 % point of chi-squared with one degree of freedom
ROUNDS: Final = 50
SETTLED: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class CountFit:
    """A log-linear regression of counts.

    Attributes
    ----------
    coefficients, errors
        On the log scale, by term, the constant first.
    alpha, p_value
        Overdispersion: variance ``mean + alpha * mean**2``; 0 where it is not shown at 5 %. The p value is of the
        likelihood ratio against Poisson, halved since alpha lies on the edge of what is possible.
    log_likelihood
        At the maximum.
    """

    coefficients: pd.Series
    errors: pd.Series
    alpha: float
    p_value: float
    log_likelihood: float

    @property
    def aic(self) -> float:
        """Return Akaike's criterion, alpha counted as a parameter."""
        return 2.0 * (len(self.coefficients) + 1.0 - self.log_likelihood)


def overdispersion(counts: ArrayLike, mean: ArrayLike, doubt: ArrayLike = 0.0) -> tuple[float, float]:
    """Return alpha by maximum likelihood and the p value of there being none.

    Parameters
    ----------
    counts, mean
        Counts and their expectation (n,).
    doubt
        Relative variance that the expectation has in any case (n,) or one for all.
    """
    y, m = np.asarray(counts, float), np.asarray(mean, float)
    spread = np.broadcast_to(np.asarray(doubt, float), y.shape)
    y, m, spread = y[m > 0], m[m > 0], spread[m > 0]
    some = y > 0  # most hours hold no call, and their probability needs no gamma function

    def cost(log_alpha: float) -> float:
        size = joint_size(spread, np.exp(log_alpha))
        none = -size[~some] @ np.log1p(m[~some] / size[~some])
        return -float(none + log_probability(y[some], m[some], size[some]).sum())

    least, most = np.log(ALPHAS)
    plain = cost(-np.inf)
    if cost(least) >= plain:  # bursts that the first step away from none makes less likely
        return (0.0, 1.0)
    best = optimize.minimize_scalar(cost, bounds=(least, most), method="bounded", options={"xatol": 1e-5})
    return (float(np.exp(best.x)), float(special.chdtrc(1, max(2.0 * (plain - best.fun), 0.0))) / 2.0)


def shown(alpha: float, p_value: float) -> tuple[float, float]:
    """Return an overdispersion and its p value, the overdispersion 0 where it is not shown at 5 %."""
    return (alpha if p_value < SHOWN else 0.0, p_value)


def fit_counts(counts: ArrayLike, design: pd.DataFrame, offset: ArrayLike = 0.0) -> CountFit:
    """Return the NB2 regression of counts by maximum likelihood; Poisson where no overdispersion is shown.

    Parameters
    ----------
    counts
        What was counted (n,).
    design
        One column a term, the constant among them (n, terms).
    offset
        Log of the exposure (n,).

    Notes
    -----
    Coefficients and alpha are found in turn, which climbs to the joint maximum.

    References
    ----------
    Cameron & Trivedi 2013, *Regression Analysis of Count Data*, 2nd ed., sections 3.3 and 3.4.
    """
    y, alpha, reached = np.asarray(counts, float), 0.0, -np.inf
    for _ in range(ROUNDS):
        fit = _glm(y, design, offset, alpha)
        found, p_value = overdispersion(y, fit.fittedvalues)
        alpha = found if p_value < SHOWN else 0.0
        likelihood = float(log_probability(y, fit.fittedvalues, joint_size(alpha)).sum())
        if likelihood - reached < SETTLED * abs(likelihood):
            break
        reached = likelihood
    coefficients, errors = (pd.Series(one, index=design.columns) for one in (fit.params, fit.bse))
    return CountFit(coefficients, errors, alpha, p_value, likelihood)


def fit_terms(counts: ArrayLike, groups: Mapping[str, pd.DataFrame], offset: ArrayLike) -> CountFit:
    """Return the regression on the groups worth their place, none of its terms held surer than the calls make it.

    Each term but the constant leans on 0 as a standard normal prior asks, so that weekends that happened to see no call
    are not held impossible; the constant keeps the total.
    """
    y, design = np.asarray(counts, float), choose(counts, groups, offset)
    fit = fit_counts(y, design, offset)
    kept = (1.0 / (1.0 + fit.errors**2)).where(fit.errors.index != CONSTANT, 1.0)
    leant = (fit.coefficients * kept).where(kept.index != CONSTANT, 0.0)
    total = np.exp(design.to_numpy() @ leant.to_numpy() + offset).sum()
    leant[CONSTANT] = np.log(y.sum() / total)
    return replace(fit, coefficients=leant, errors=fit.errors * np.sqrt(kept))


def choose(counts: ArrayLike, groups: Mapping[str, pd.DataFrame], offset: ArrayLike) -> pd.DataFrame:
    """Return the columns worth their place, the constant first: groups come in one by one while they pay.

    Parameters
    ----------
    counts, offset
        As in ``fit_counts``.
    groups
        Columns that come in together.

    Notes
    -----
    A group pays when its score statistic, the gain in twice the log likelihood to be had from it, exceeds the log of
    the number of calls for each column (the Bayesian criterion, counting calls since they, not empty hours, carry what
    is known) and what a test at 5 % would ask: a thin log keeps the constant alone. The overdispersion is the one left
    by the terms before, so that a burst does not pass for a term.

    References
    ----------
    Kass & Raftery 1995, JASA 90(430):773; Dean 1992, JASA 87(418):451 (score tests of counts).
    """
    y, left = np.asarray(counts, float), dict(groups)
    price = max(np.log(y.sum()), LEAST_PRICE)
    chosen = pd.DataFrame({CONSTANT: np.ones(len(y))})
    while left:
        mean = _glm(y, chosen, offset, 0.0).fittedvalues
        alpha = overdispersion(y, mean)[0]
        gain = {
            name: _score_statistic(y, mean, alpha, chosen, frame) - price * frame.shape[1]
            for name, frame in left.items()
        }
        best = max(gain, key=gain.__getitem__)
        if gain[best] <= 0:
            break
        chosen = pd.concat([chosen, left.pop(best).set_axis(chosen.index)], axis=1)
    return chosen


def _glm(counts: FloatArray, design: pd.DataFrame, offset: ArrayLike, alpha: float) -> Any:
    """Return the generalised linear model with a log link, alpha given."""
    from statsmodels import api  # noqa: PLC0415  (two seconds)

    family = api.families.NegativeBinomial(alpha=alpha) if alpha else api.families.Poisson()
    model = api.GLM(counts, design.to_numpy(), family=family, offset=np.broadcast_to(offset, counts.shape))
    # A log of a day or two leaves no degree of freedom, which is nothing to warn of.
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings(action="ignore"):
        return model.fit()


def _score_statistic(
    counts: FloatArray, mean: FloatArray, alpha: float, design: pd.DataFrame, more: pd.DataFrame
) -> float:
    """Return Rao's score statistic of adding columns to a design."""
    x, z, weight = design.to_numpy(), more.to_numpy(), (mean / (1.0 + alpha * mean))[:, None]
    slope = z.T @ ((counts - mean) / (1.0 + alpha * mean))
    shared = np.linalg.lstsq(x.T @ (weight * x), x.T @ (weight * z), rcond=None)[0]
    information = z.T @ (weight * (z - x @ shared))
    return float(slope @ np.linalg.lstsq(information, slope, rcond=None)[0])
