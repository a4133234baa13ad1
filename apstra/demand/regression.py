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
Groups = Mapping[str, Mapping[str, FloatArray]]
Step = tuple[Any, tuple[float, float]]  # a regression by statsmodels; the overdispersion it leaves, with its p value
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
    y, m, spread = np.asarray(counts, float), np.asarray(mean, float), np.asarray(doubt, float)
    some, none = (y > 0) & (m > 0), (y == 0) & (m > 0)
    seen, due, idle = y[some], m[some], m[none]  # most hours are idle, and their probability needs no gamma function
    unsure, idle_unsure = (spread[here] if spread.ndim else spread for here in (some, none))

    def cost(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        size = np.full_like(idle, joint_size(idle_unsure, alpha))
        found = log_probability(seen, due, joint_size(unsure, alpha)).sum()
        return -float(found - size @ np.log1p(idle / size))

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
    y = np.asarray(counts, float)
    return _climbed(y, design, offset, _step(y, design, offset, 0.0))


def _climbed(counts: FloatArray, design: pd.DataFrame, offset: ArrayLike, step: Step) -> CountFit:
    """Return the regression at the joint maximum, from the Poisson regression and what it leaves."""
    alpha, reached = 0.0, -np.inf
    for _ in range(ROUNDS):
        (fit, spread), was = step, alpha
        alpha, p_value = shown(*spread)
        likelihood = float(log_probability(counts, fit.fittedvalues, joint_size(alpha)).sum())
        if alpha == was or likelihood - reached < SETTLED * abs(likelihood):
            break
        reached, step = likelihood, _step(counts, design, offset, alpha)
    coefficients, errors = (pd.Series(one, index=design.columns) for one in (fit.params, fit.bse))
    return CountFit(coefficients, errors, alpha, p_value, likelihood)


def fit_terms(counts: ArrayLike, groups: Groups, offset: ArrayLike) -> CountFit:
    """Return the regression on the groups worth their place, none of its terms held surer than the calls make it.

    Each term but the constant leans on 0 as a standard normal prior asks, so that weekends that happened to see no call
    are not held impossible; the constant keeps the total.
    """
    y = np.asarray(counts, float)
    design, step = _chosen(y, groups, offset)
    fit = _climbed(y, design, offset, step)
    constant = design.columns == CONSTANT
    kept = np.where(constant, 1.0, 1.0 / (1.0 + fit.errors.to_numpy() ** 2))
    leant = np.where(constant, 0.0, fit.coefficients.to_numpy() * kept)
    leant[constant] = np.log(y.sum() / np.exp(design.to_numpy() @ leant + offset).sum())
    return replace(fit, coefficients=pd.Series(leant, design.columns), errors=fit.errors * np.sqrt(kept))


def choose(counts: ArrayLike, groups: Groups, offset: ArrayLike) -> pd.DataFrame:
    """Return the columns worth their place, the constant first: groups come in one by one while they pay.

    Parameters
    ----------
    counts, offset
        As in ``fit_counts``.
    groups
        Columns (n,) by name that come in together.

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
    return _chosen(np.asarray(counts, float), groups, offset)[0]


def _chosen(counts: FloatArray, groups: Groups, offset: ArrayLike) -> tuple[pd.DataFrame, Step]:
    """Return the columns worth their place, the Poisson regression on them and the overdispersion it leaves."""
    left, chosen = dict(groups), pd.DataFrame({CONSTANT: np.ones(len(counts))})
    price = max(np.log(counts.sum()), LEAST_PRICE)
    while True:
        step = _step(counts, chosen, offset, 0.0)
        fit, (alpha, _) = step
        gain = {
            name: _score_statistic(counts, fit.fittedvalues, alpha, chosen, more) - price * len(more)
            for name, more in left.items()
        }
        if max(gain.values(), default=0.0) <= 0:
            return chosen, step
        chosen = chosen.assign(**left.pop(max(gain, key=gain.__getitem__)))


def _step(counts: FloatArray, design: pd.DataFrame, offset: ArrayLike, alpha: float) -> Step:
    """Return the regression, alpha given, and the overdispersion that it leaves with its p value."""
    fit = _glm(counts, design, offset, alpha)
    return fit, overdispersion(counts, fit.fittedvalues)


def _glm(counts: FloatArray, design: pd.DataFrame, offset: ArrayLike, alpha: float) -> Any:
    """Return the generalised linear model with a log link, alpha given."""
    from statsmodels import api  # noqa: PLC0415  (two seconds)

    family = api.families.NegativeBinomial(alpha=alpha) if alpha else api.families.Poisson()
    model = api.GLM(counts, design.to_numpy(), family=family, offset=np.broadcast_to(offset, counts.shape))
    # A log of a day or two leaves no degree of freedom, which is nothing to warn of.
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings(action="ignore"):
        return model.fit()


def _score_statistic(
    counts: FloatArray, mean: FloatArray, alpha: float, design: pd.DataFrame, more: Mapping[str, FloatArray]
) -> float:
    """Return Rao's score statistic of adding columns to a design."""
    x, z, weight = design.to_numpy(), np.array(list(more.values())).T, (mean / (1.0 + alpha * mean))[:, None]
    slope = z.T @ ((counts - mean) / (1.0 + alpha * mean))
    shared = np.linalg.lstsq(x.T @ (weight * x), x.T @ (weight * z), rcond=None)[0]
    information = z.T @ (weight * (z - x @ shared))
    return float(slope @ np.linalg.lstsq(information, slope, rcond=None)[0])
