"""Which threats matter most, how sure that is, and whether the order would survive a different judgement.

In go the threat table, the scores each scorer gave, the log of firearms operations and the scoring scheme. Out come,
for each threat, how often it occurs (from history where there is one, else from a three-point judgement), how likely
its reasonable worst case is to come at least once in its window, how much harm that does, and its rank by the two
together. The organisational position (gaps in capability and capacity) is kept apart and never multiplied in, and
confidence stands beside the score and never changes it. Every score is then moved one step either way, and every
frequency to the ends of its range, to see whether the rank holds.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from apstra.scenario import DAYS_A_YEAR, YEAR_STARTS_IN, Scenario, Scheme, first_year_not_complete
from apstra.uncertainty import REPORTED, FloatArray, GammaRate, ThreePoint, posterior_rate

Rate = GammaRate | ThreePoint
PHYSICAL: Final = "physical"
POSITION: Final = ("capability_gap", "capacity_gap")
STEP: Final = 1.0
NO_CHANGE: Final = (1.0, 1.0)
WEAKER: Final = {"high": "moderate", "moderate": "low", "low": "low"}
POINTS: Final = ["frequency_low", "frequency_mode", "frequency_high"]
FREQUENCY: Final = ["frequency_low", "frequency", "frequency_high", "frequency_mean"]
LIKELIHOOD: Final = ["likelihood_low", "likelihood", "likelihood_high"]


@dataclass(frozen=True, slots=True)
class ThreatChapter:
    """``ranking`` by threat, ``scores`` by threat and dimension, ``stability`` by threat and rank."""

    ranking: pd.DataFrame
    scores: pd.DataFrame
    stability: pd.DataFrame


def assess_threats(
    threats: pd.DataFrame, threat_scores: pd.DataFrame, operations: pd.DataFrame, scenario: Scenario
) -> ThreatChapter:
    """Return the threats ranked by expected impact, the spread between scorers and the stability of each rank.

    The tables hold nothing later than *as at*.
    """
    scheme = scenario.scheme
    factors = (scenario.value("malicious_frequency_factor"), scenario.value("demand_factor"))
    table = frequency(threats, operations, scenario.as_at, factors)
    table = table.join(_likelihoods(threats, rates(threats, operations, scenario.as_at, factors), scenario))
    table = table.join(_impacts(threats, threat_scores, scheme)).join(_evidence(threats, scenario))
    table["likelihood_score"] = band(table["likelihood"], scheme.likelihood)
    table["impact_score"] = band(table["impact"], scheme.impact)
    table["likelihood_label"] = scheme.likelihood.set_index("score")["label"].reindex(table["likelihood_score"]).array
    table["expected_impact"] = table["likelihood"] * table["impact"]
    table["level"] = level(table["likelihood_score"], table["impact_score"], scheme)
    ordered = table.sort_values(["expected_impact", "impact", "threat_id"], ascending=[False, False, True])
    stability = rank_stability(ordered, mean_scores(threat_scores), scheme)
    ranks = stability.groupby("threat_id")["rank"].agg(rank_best="min", rank_worst="max")
    ranking = ordered.join(ranks).reset_index()
    ranking.insert(0, "rank", np.arange(1, len(ranking) + 1))
    ranking["rank_holds"] = (ranking["rank_best"] == ranking["rank_worst"]) & ranking["expected_impact"].notna()
    return ThreatChapter(ranking, score_spread(threat_scores), stability)


def exposure_years(operations: pd.DataFrame, as_at: date) -> float:
    """Return the years the log of operations covers [years]: from 1 April of its first financial year to *as at*."""
    called = operations["called_at"].dropna()
    if called.empty:
        return 0.0
    first = first_year_not_complete(called.min().date())
    covered = pd.Timestamp(as_at) - pd.Timestamp(year=first, month=YEAR_STARTS_IN, day=1) + pd.Timedelta(days=1)
    return max(covered.days, 0) / DAYS_A_YEAR


def history(threats: pd.DataFrame, operations: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return what the frequency of each threat rests on: basis, occurrences and exposure [years], by threat.

    A three-point judgement rules where one is given; history speaks where its cells are blank.
    """
    table = threats.set_index("threat_id")[["category", "title", "malicious"]].copy()
    judged = threats.set_index("threat_id")[POINTS].notna().all(axis="columns")
    seen = operations.loc[operations["called_at"] < pd.Timestamp(as_at) + pd.Timedelta(days=1), "threat_id"]
    table["basis"] = pd.Series(np.where(judged, "judgement", "history"), index=table.index, dtype="str")
    table["occurrences"] = seen.value_counts().reindex(table.index).fillna(0).astype("int64")
    table["exposure_years"] = exposure_years(operations, as_at)
    return table


def rates(
    threats: pd.DataFrame, operations: pd.DataFrame, as_at: date, factors: tuple[float, float] = NO_CHANGE
) -> dict[str, Rate | None]:
    """Return the frequency of each threat as a distribution [per year]; None where nothing is known of it.

    Parameters
    ----------
    factors
        Multiply the rates of malicious threats, and the rates that come from history [ratio].

    Raises
    ------
    ValueError
        If a factor is not positive or a judgement's points do not ascend.
    """
    if not all(factor > 0 for factor in factors):
        raise ValueError(f"factors must be positive, not {factors}")
    known = history(threats, operations, as_at)
    known[POINTS] = threats.set_index("threat_id")[POINTS]
    result: dict[str, Rate | None] = {}
    for row in known.itertuples():
        factor = factors[0] if row.malicious else 1.0
        if row.basis == "judgement":
            result[row.Index] = ThreePoint(*(factor * getattr(row, point) for point in POINTS))
        elif row.exposure_years > 0:
            result[row.Index] = posterior_rate(row.occurrences, row.exposure_years / (factor * factors[1]))
        else:
            result[row.Index] = None
    return result


def frequency(
    threats: pd.DataFrame, operations: pd.DataFrame, as_at: date, factors: tuple[float, float] = NO_CHANGE
) -> pd.DataFrame:
    """Return the frequency of each threat [per year]: basis, 5, 50 and 95 percentiles, and mean, by threat."""
    rows = {
        threat: [np.nan] * len(FREQUENCY) if rate is None else [*rate.quantile(REPORTED), rate.mean]
        for threat, rate in rates(threats, operations, as_at, factors).items()
    }
    described = _by_threat(rows, FREQUENCY)
    return history(threats, operations, as_at).join(described)


def thinned(rate: Rate, share: float) -> Rate:
    """Return the rate of those occurrences that reach the reasonable worst case; all of them where no share is given.

    A Poisson stream of which each event is kept with probability ``share`` is Poisson at ``share`` times the rate.
    """
    if np.isnan(share):
        return rate
    if share == 0:
        return ThreePoint(0.0, 0.0, 0.0)
    if isinstance(rate, GammaRate):
        return GammaRate(rate.shape, rate.exposure / share)
    return ThreePoint(rate.low * share, rate.mode * share, rate.high * share)


def likelihood(rate: Rate, window: float) -> tuple[float, float, float]:
    """Return P(at least one occurrence within ``window`` years): low, central and high [probability].

    Low and high take the rate at its 5 and 95 percentiles; the central value integrates over the rate, in closed form.

    Raises
    ------
    ValueError
        If the window is not positive.

    References
    ----------
    National Risk Register, risk methodology (window of 2 years for malicious risks, 5 otherwise).

    Examples
    --------
    >>> [round(p, 4) for p in likelihood(GammaRate(1.0, 1.0), 1.0)]
    [0.05, 0.5, 0.95]
    """
    if not window > 0:
        raise ValueError(f"window must be positive, not {window}")
    low, _, high = -np.expm1(-rate.quantile(REPORTED) * window)
    if isinstance(rate, GammaRate):
        return (float(low), rate.some(window), float(high))
    alpha, beta = rate.shape
    none = np.exp(-rate.low * window) * special.hyp1f1(alpha, alpha + beta, -(rate.high - rate.low) * window)
    return (float(low), float(np.clip(1.0 - none, 0.0, 1.0)), float(high))


def mean_scores(threat_scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score over scorers, threats in rows and dimensions in columns [score]."""
    return threat_scores.pivot_table(index="threat_id", columns="dimension", values="score", aggfunc="mean")


def impact(scores: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """Return the impact of each row of ``scores`` (dimensions in columns) [score].

    It is the larger of the physical score and the weighted mean over the impact dimensions, so that a death is never
    averaged away. Dimensions of organisational position never enter; a dimension nobody scored drops out of the mean.
    """
    weights = scheme.dimensions.loc[scheme.dimensions["axis"] == "impact", "weight"]
    given = scores.reindex(columns=weights.index)
    total = given.notna().astype(float) @ weights
    mean = (given.fillna(0.0) @ weights) / total.where(total > 0)
    return pd.concat([mean, given.get(PHYSICAL)], axis="columns").max(axis="columns").rename("impact")


def band(values: pd.Series, bands: pd.DataFrame) -> pd.Series:
    """Return the score of the band each value falls in: the last band whose lower end it reaches."""
    lows = bands["low"].to_numpy(float)
    place = np.clip(np.searchsorted(lows, values.to_numpy(float), side="right") - 1, 0, len(lows) - 1)
    return pd.Series(bands["score"].to_numpy(float)[place], index=values.index).where(values.notna())


def level(likelihood_score: pd.Series, impact_score: pd.Series, scheme: Scheme) -> pd.Series:
    """Return the level of the scheme's matrix for each pair of scores; missing where a score is."""
    matrix = scheme.levels.set_index(["likelihood", "impact"])["level"]
    pairs = pd.MultiIndex.from_arrays([likelihood_score, impact_score])
    return pd.Series(matrix.reindex(pairs).array, index=likelihood_score.index, dtype="str")


def score_spread(threat_scores: pd.DataFrame) -> pd.DataFrame:
    """Return mean, lowest, highest, number of scorers and spread (highest - lowest) by threat and dimension [score]."""
    table = threat_scores.groupby(["threat_id", "dimension"], as_index=False).agg(
        mean=("score", "mean"), lowest=("score", "min"), highest=("score", "max"), scorers=("scorer", "nunique")
    )
    return table.assign(spread=table["highest"] - table["lowest"])


def rank_stability(ordered: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return the share of one-step changes that leave each threat at each rank.

    One change at a time: a mean score one step up or down (clipped to its scale), or a frequency to its 5 or 95
    percentile. Every threat's rank is read again after every change, whichever threat was changed. ``ordered`` holds
    likelihood (``_low``, ``_high``) and impact by threat in rank order, ``scores`` the means, dimensions in columns.

    References
    ----------
    Cox (2008), "What's wrong with risk matrices?", Risk Analysis 28(2): ordinal scores can reverse an order.
    """
    base = (ordered["likelihood"] * ordered["impact"]).fillna(-1.0).to_numpy()
    own = _one_step_changes(ordered, scores, scheme)
    own = np.where(np.isnan(own), base, own)
    changed = np.broadcast_to(base, (own.shape[0], len(base), len(base))).copy()
    threat = np.arange(len(base))
    changed[:, threat, threat] = own
    place = np.argsort(np.argsort(-changed, axis=-1, kind="stable"), axis=-1, kind="stable") + 1
    ranks = pd.DataFrame(np.concatenate(place), columns=ordered.index).melt(var_name="threat_id", value_name="rank")
    shares = ranks.groupby("threat_id", sort=False)["rank"].value_counts(normalize=True, sort=False)
    return shares.rename("share").reset_index().sort_values(["threat_id", "rank"], ignore_index=True)


def _one_step_changes(ordered: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme) -> FloatArray:
    """Return the expected impact of each threat (columns) after each change of its own (rows)."""
    scored = scheme.dimensions.loc[scheme.dimensions["axis"] == "impact", "highest"]
    given = scores.reindex(index=ordered.index, columns=scored.index)
    changes = [
        ordered["likelihood"] * impact(given.assign(**{name: (given[name] + step).clip(0.0, highest)}), scheme)
        for name, highest in scored.items()
        for step in (-STEP, STEP)
    ]
    ends = [ordered[f"likelihood_{end}"] * ordered["impact"] for end in ("low", "high")]
    return np.array([change.to_numpy(float) for change in changes + ends])


def _likelihoods(threats: pd.DataFrame, rate_of: dict[str, Rate | None], scenario: Scenario) -> pd.DataFrame:
    """Return the window [years] and the likelihood of the reasonable worst case with its range, by threat."""
    malicious = threats.set_index("threat_id")["malicious"]
    reaching = threats.set_index("threat_id").get("worst_case_share", pd.Series(dtype=float)).reindex(malicious.index)
    short, long = scenario.value("likelihood_window_malicious"), scenario.value("likelihood_window_other")
    rows = {}
    for threat, rate in rate_of.items():
        window = short if malicious[threat] else long
        chance = [np.nan] * len(LIKELIHOOD) if rate is None else likelihood(thinned(rate, reaching[threat]), window)
        rows[threat] = [window, *chance]
    return _by_threat(rows, ["window_years", *LIKELIHOOD])


def _by_threat(rows: dict[str, list[float]], columns: list[str]) -> pd.DataFrame:
    """Return rows of numbers as a frame by threat, with its columns even when there are no rows."""
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype="float64")
    return table.rename_axis("threat_id")


def _impacts(threats: pd.DataFrame, threat_scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return impact with its range over scorers, organisational position, scorers and widest spread, by threat."""
    means = mean_scores(threat_scores).reindex(threats["threat_id"])
    each = threat_scores.pivot_table(index=["threat_id", "scorer"], columns="dimension", values="score")
    over_scorers = impact(each, scheme).groupby("threat_id")
    table = impact(means, scheme).to_frame("impact")
    table["impact_low"] = over_scorers.min().reindex(table.index).clip(upper=table["impact"])
    table["impact_high"] = over_scorers.max().reindex(table.index).clip(lower=table["impact"])
    table[list(POSITION)] = means.reindex(columns=list(POSITION))
    scorers = threat_scores.groupby("threat_id")["scorer"].nunique()
    table["scorers"] = scorers.reindex(table.index).fillna(0).astype("int64")
    table["spread"] = score_spread(threat_scores).groupby("threat_id")["spread"].max().reindex(table.index)
    return table


def _evidence(threats: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return age of the evidence [days], confidence (one step lower when stale) and outlook, by threat."""
    table = threats.set_index("threat_id")[["trend", "horizon_1y", "horizon_4y"]].copy()
    newest = threats.set_index("threat_id")["evidence_on"]
    stated = threats.set_index("threat_id")["confidence"]
    as_at = pd.Timestamp(scenario.as_at)
    stale = ~(newest + pd.DateOffset(months=int(scenario.value("evidence_stale_months"))) >= as_at)
    table["evidence_age_days"] = (as_at - newest).dt.days
    table["evidence_stale"] = stale
    table["confidence"] = stated.where(~stale, stated.map(WEAKER))
    return table
