"""How often each threat occurs, by pooling what the force saw, what the nation saw and what people judge.

In go the threats, the scorers' three points and the log of firearms operations; out come every source with its range
and its weight in the pooled rate, and the pooled rate itself. The rule: judgement and national series, which know of
the same things, make one prior by their equal-weight logarithmic pool, so that neither counts as data twice; the
force's own log then updates it as a count. So a common threat follows its log and a rare one stays near what is known
of it elsewhere, each as far as its information goes. Where there is no prior, the log speaks from the Jeffreys prior.
"""

from collections.abc import Hashable, Iterator
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.recall import Recaller, plain
from apstra.scenario import DAYS_A_YEAR, YEAR_STARTS_IN, Scenario, first_year_not_complete
from apstra.uncertainty import (
    JEFFREYS,
    REPORTED,
    FloatArray,
    GammaRate,
    LinearPool,
    ThreePoint,
    gamma_of_moments,
    logarithmic_pool,
    posterior_rate,
)

HISTORY: Final = "force history"
NATIONAL: Final = "national series"
JUDGEMENT: Final = "judgement"
POOLED: Final = "pooled"
POINTS: Final = ["frequency_low", "frequency_mode", "frequency_high"]
FREQUENCY: Final = ["frequency_low", "frequency", "frequency_high", "frequency_mean"]
SOURCES: Final = ["threat_id", "source", "low", "mid", "high", "mean", "weight", "shape", "exposure", "note"]
TYPES: Final = dict.fromkeys(SOURCES, "float64") | dict.fromkeys(["threat_id", "source", "note"], "str")
USED: Final = ["category", "title", "malicious", "logged", "national_count", "national_years", "national_share",
               *POINTS]  # fmt: skip
Source = tuple[str, LinearPool | GammaRate | None, GammaRate | None, str]
SLIGHTEST_RATE: Final = 1e-6
SLIGHTEST_SPREAD: Final = 0.01


def exposure_years(operations: pd.DataFrame, as_at: date) -> float:
    """Return the years the log of operations covers [years]: from 1 April of its first financial year to *as at*."""
    called = operations["called_at"].dropna()
    if called.empty:
        return 0.0
    first = first_year_not_complete(called.min().date())
    covered = pd.Timestamp(as_at) - pd.Timestamp(year=first, month=YEAR_STARTS_IN, day=1) + pd.Timedelta(days=1)
    return max(covered.days, 0) / DAYS_A_YEAR


def history(threats: pd.DataFrame, operations: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return occurrences in the log and the years it covers [years] by threat; no years where it would not show them.

    A threat whose occurrences are no firearms operations (a theft, the loss of a range) is not made rarer by its
    absence from their log.
    """
    table = threats.set_index("threat_id").reindex(columns=USED)
    seen = operations.loc[operations["called_at"] < pd.Timestamp(as_at) + pd.Timedelta(days=1), "threat_id"]
    logged = table["logged"].astype("boolean").fillna(value=True).astype(bool)
    table["occurrences"] = seen.value_counts().reindex(table.index).fillna(0).astype("int64")
    table["exposure_years"] = logged * exposure_years(operations, as_at)
    return table


def judged(threats: pd.DataFrame, judgements: pd.DataFrame) -> dict[str, LinearPool]:
    """Return the linear pool of the scorers' three points by threat [per year]; of the agreed ones where none gave any.

    A scorer who left all three blank abstained and has no part in the pool.
    """
    agreed = threats.dropna(subset=POINTS)
    given = judgements.dropna(subset=POINTS)
    standing_in = agreed.loc[~agreed["threat_id"].isin(given["threat_id"])]
    rows = pd.concat([each[["threat_id", *POINTS]] for each in (given, standing_in)])
    points: dict[str, list[ThreePoint]] = {}
    for threat, *three in rows.itertuples(index=False, name=None):
        points.setdefault(str(threat), []).append(ThreePoint(*map(float, three)))
    return {threat: LinearPool(tuple(each)) for threat, each in points.items()}


def expected_here(count: float, years: float, share: float, likeness: float) -> GammaRate:
    """Return what a national count says of the rate in one force [per year], as a gamma of the same moments.

    The nation's rate (a Jeffreys posterior) times the share times a factor for how far one force may differ from its
    share, gamma with mean 1 and shape ``likeness``: squared coefficients of variation combine as (1 + a)(1 + b) - 1.

    Raises
    ------
    ValueError
        If ``likeness`` is not positive, or count and years are impossible.

    References
    ----------
    Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 2.6 (rates of small populations).

    Examples
    --------
    >>> expected_here(9.5, 10.0, 0.01, 1e12).mean
    0.01
    """
    if not likeness > 0:
        raise ValueError(f"force_likeness_shape must be positive, not {likeness}")
    nation = posterior_rate(count, years)
    mean = max(nation.mean * share, SLIGHTEST_RATE)
    return gamma_of_moments(mean, mean**2 * ((1 + 1 / nation.shape) * (1 + 1 / likeness) - 1))


def sources(
    threats: pd.DataFrame,
    judgements: pd.DataFrame,
    operations: pd.DataFrame,
    scenario: Scenario,
    recall: Recaller = plain,
) -> pd.DataFrame:
    """Return every source of each threat's frequency and what they make together.

    ``weight`` is the share of a source's mean in the pooled mean: information in years of observation it is worth,
    over that of all. The log's mean is its occurrences a year, its range that of the Jeffreys posterior.

    Parameters
    ----------
    scenario
        ``malicious_frequency_factor`` multiplies every source of a malicious threat, ``demand_factor`` what the log
        says, as it says it of a year of ordinary demand; ``force_likeness_shape`` widens the national series.

    Returns
    -------
    pandas.DataFrame
        ``threat_id``, ``source``, ``low``, ``mid``, ``high`` (5, 50, 95 %) and ``mean`` [per year], ``weight`` [share],
        ``shape`` and ``exposure`` [years] of the gamma it enters as, ``note``.

    Raises
    ------
    ValueError
        If a factor is not positive or a judgement's points do not ascend.

    References
    ----------
    Genest and Zidek (1986), Statistical Science 1(1): logarithmic pools; Clemen and Winkler (1999), Risk Analysis
    19(2): linear pools; Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 2.6: counts and their gamma prior.
    """
    factors = (scenario.value("malicious_frequency_factor"), scenario.value("demand_factor"))
    if not all(factor > 0 for factor in factors):
        raise ValueError(f"malicious_frequency_factor and demand_factor must be positive, not {factors}")
    known = recall(history, threats, operations, scenario.as_at)
    beside = recall(_beside, known, threats, judgements, scenario.value("force_likeness_shape"))
    rows = [
        row
        for threat in known[["malicious", "occurrences", "exposure_years"]].itertuples()
        for row in _of_one(
            threat, beside[threat.Index], factors[0] if threat.malicious else 1.0, threat.exposure_years / factors[1]
        )
    ]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(SOURCES)}
    return pd.DataFrame({name: pd.Series(values, dtype=TYPES[name]) for name, values in columns.items()})


def _beside(
    known: pd.DataFrame, threats: pd.DataFrame, judgements: pd.DataFrame, likeness: float
) -> dict[Hashable, list[Source]]:
    """Return the sources beside the log by threat."""
    pools = judged(threats, judgements)
    scorers = judgements.groupby("threat_id")[POINTS[1]].agg(["count", "size"])
    return {
        threat.Index: list(_elsewhere(threat, pools.get(threat.Index), _scorers(scorers, threat.Index), likeness))
        for threat in known.itertuples()
    }


def _elsewhere(threat: Any, pool: LinearPool | None, scorers: str, likeness: float) -> Iterator[Source]:
    """Give the sources beside the log: name, distribution, gamma it enters as (none when not used) and note."""
    if pd.notna(threat.national_count):
        seen = f"{threat.national_count:.0f} in the nation in {threat.national_years:g} years"
        if pd.isna(threat.national_share):
            yield NATIONAL, None, None, f"{seen}; the share to expect here is not known, so it is not used"
        else:
            rate = expected_here(threat.national_count, threat.national_years, threat.national_share, likeness)
            yield NATIONAL, rate, rate, f"{seen}, {threat.national_share:.2%} of them to expect here"
    if pool:
        mean = max(pool.mean, SLIGHTEST_RATE)
        gamma = gamma_of_moments(mean, max(pool.variance, (SLIGHTEST_SPREAD * mean) ** 2))
        yield JUDGEMENT, pool, gamma, scorers


def _scorers(counts: pd.DataFrame, threat: Any) -> str:
    """Say whose judgement it is: how many of the scorers asked gave one, or that the agreed points stand in."""
    given, asked = counts.loc[threat] if threat in counts.index else (0, 0)
    if given:
        return f"{given} of {asked} scorers"
    return "agreed points" + (f"; all {asked} scorers abstained" if asked else "")


def _of_one(threat: Any, elsewhere: list[Source], factor: float, years: float) -> Iterator[list[object]]:
    """Give one threat's rows: the log, the other sources and the pool."""
    gammas = [gamma for _, _, gamma, _ in elsewhere if gamma]
    prior = logarithmic_pool(gammas) if gammas else JEFFREYS
    worth = prior.exposure + years
    if years > 0:
        words = f"{threat.occurrences} in {threat.exposure_years:.1f} years"
        alone = _described(posterior_rate(threat.occurrences, years).quantile(REPORTED), factor)
        mean = factor * threat.occurrences / years
        yield [threat.Index, HISTORY, *alone, mean, years / worth, threat.occurrences, years / factor, words]
    for name, spread, gamma, words in elsewhere:
        if spread is None or gamma is None:
            yield [threat.Index, name, *[np.nan] * 4, 0.0, np.nan, np.nan, words]
            continue
        weight = gamma.exposure / len(gammas) / worth
        range_ = _described(spread.quantile(REPORTED), factor)
        yield [threat.Index, name, *range_, factor * spread.mean, weight, gamma.shape, gamma.exposure / factor, words]
    if worth > 0:
        pooled = posterior_rate(threat.occurrences if years > 0 else 0, years, prior)
        range_ = _described(pooled.quantile(REPORTED), factor)
        words = "" if gammas else "Jeffreys prior"
        yield [threat.Index, POOLED, *range_, factor * pooled.mean, 1.0, pooled.shape, pooled.exposure / factor, words]


def _described(quantiles: FloatArray, factor: float) -> list[float]:
    """Return the percentiles of a rate, scaled [per year]."""
    return [factor * float(value) for value in quantiles]


def rates(found: pd.DataFrame) -> dict[str, GammaRate]:
    """Return the pooled frequency of each threat as a distribution [per year]; none where nothing is known.

    Parameters
    ----------
    found
        What ``sources`` returns.
    """
    pooled = found.loc[found["source"] == POOLED, ["threat_id", "shape", "exposure"]]
    return {str(threat): GammaRate(*gamma) for threat, *gamma in pooled.itertuples(index=False, name=None)}


def frequency(known: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the frequency of each threat [per year]: 5, 50, 95 percentiles, mean, and what it rests on.

    ``sources_disagree`` says that the 90 % ranges of two sources do not overlap.

    Parameters
    ----------
    known, found
        What ``history`` and ``sources`` return.
    """
    single: dict[Hashable, list[tuple[str, float, float]]] = {threat: [] for threat in known.index}
    pooled: dict[Hashable, list[float]] = dict.fromkeys(known.index, [np.nan] * len(FREQUENCY))
    rows = found[["threat_id", "source", "weight", "low", "mid", "high", "mean"]]
    for threat, source, weight, *numbers in rows.itertuples(index=False, name=None):
        if source == POOLED:
            pooled[threat] = numbers
        elif weight > 0:
            single[threat].append((source, numbers[0], numbers[2]))
    table = known[["category", "title", "malicious", "occurrences", "exposure_years"]].copy()
    basis = [" and ".join(source for source, _, _ in each) or None for each in single.values()]
    table.insert(3, "basis", pd.Series(basis, index=table.index, dtype="str"))
    table[FREQUENCY] = np.array([*pooled.values()], float).reshape(-1, len(FREQUENCY))
    apart = [max((low for _, low, _ in each), default=0.0) > min((high for _, _, high in each), default=0.0)
             for each in single.values()]  # fmt: skip
    return table.assign(sources_disagree=np.array(apart, bool))


def thinned(rate: GammaRate, share: float) -> GammaRate:
    """Return the rate of those occurrences that reach the reasonable worst case; all of them where no share is given.

    A Poisson stream of which each event is kept with probability ``share`` is Poisson at ``share`` times the rate.
    """
    if np.isnan(share):
        return rate
    return GammaRate(rate.shape, rate.exposure / share if share > 0 else np.inf)
