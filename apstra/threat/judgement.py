"""What the scorers say of each threat, how far they agree, and what they most need to discuss.

In: each scorer's scores and three points, and the scoring scheme. Out: mean scores, impact with its range over
scorers, the spread by dimension, and one list of what is in need of discussion, scores and frequencies together.
Whoever left a cell blank abstained: means are over those who scored, and the abstention is counted.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.scenario import Scheme
from apstra.threat.pooling import JUDGEMENT, POINTS, POOLED, SLIGHTEST_RATE
from apstra.uncertainty import FloatArray

PHYSICAL: Final = "physical"
POSITION: Final = ("capability_gap", "capacity_gap")
FREQUENCY_SUBJECT: Final = "frequency"
SILENCE: Final = 0.5  # of a full contradiction: nobody disagrees with an abstention
DISCUSSION: Final = ["threat_id", "subject", "lowest", "middle", "highest", "given", "asked", "dispute", "why"]


def mean_scores(threat_scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score over those who scored, threats in rows and dimensions in columns [score]."""
    return threat_scores.pivot_table(index="threat_id", columns="dimension", values="score", aggfunc="mean")


def impact(scores: pd.DataFrame, scheme: Scheme) -> pd.Series:
    """Return the impact of each row of ``scores`` (dimensions in columns) [score].

    It is the larger of the physical score and the weighted mean over the impact dimensions, so that a death is never
    averaged away. Dimensions of organisational position never enter; a dimension nobody scored drops out of the mean.
    """
    weights = scheme.dimensions.loc[scheme.dimensions["axis"] == "impact", "weight"]
    # Row by row in memory, so that no last digit depends on how the table was made.
    given = np.ascontiguousarray(scores.reindex(columns=weights.index), dtype=float)
    scored, weight = ~np.isnan(given), weights.to_numpy(float)
    total = scored @ weight
    mean = np.where(scored, given, 0.0) @ weight / np.where(total > 0, total, np.nan)
    physical = np.fmax.reduce(given[:, weights.index == PHYSICAL], axis=1, initial=np.nan)
    return pd.Series(np.fmax(mean, physical), index=scores.index, name="impact")


def impacts(threats: pd.DataFrame, threat_scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return impact with its range over scorers, organisational position, scorers and widest spread, by threat."""
    names = scheme.dimensions.index
    given = _by_scorer(threat_scores, threats["threat_id"], names)
    scored = ~np.isnan(given)
    number, (lowest, highest) = scored.sum(axis=1), _ends(given)
    mean = np.where(scored, given, 0.0).sum(axis=1) / np.where(number > 0, number, np.nan)
    means = pd.DataFrame(mean, index=threats["threat_id"], columns=names)
    each = impact(pd.DataFrame(given.reshape(-1, len(names)), columns=names), scheme).to_numpy()
    together, (low, high) = impact(means, scheme), _ends(each.reshape(given.shape[:2]))
    return pd.DataFrame(
        {
            "impact": together,
            "impact_low": np.fmin(low, together),
            "impact_high": np.fmax(high, together),
            **means.reindex(columns=list(POSITION)),
            "scorers": scored.any(axis=2).sum(axis=1),
            "spread": np.fmax.reduce(highest - lowest, axis=1, initial=np.nan),
        }
    )


def _by_scorer(threat_scores: pd.DataFrame, threats: pd.Series, dimensions: pd.Index) -> FloatArray:
    """Return the scores (threats, scorers, dimensions) [score], missing where none was given."""
    scorer, scorers = pd.factorize(threat_scores["scorer"])
    places = (
        pd.Index(threats).get_indexer(threat_scores["threat_id"]),
        scorer,
        dimensions.get_indexer(threat_scores["dimension"]),
    )
    # One place more than there are: what is not asked for has place -1 and is dropped with it.
    given = np.full((len(threats) + 1, len(scorers) + 1, len(dimensions) + 1), np.nan)
    given[places] = threat_scores["score"]
    return given[:-1, :-1, :-1]


def _ends(given: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and the highest over scorers (the second axis), missing where nobody gave any."""
    return np.fmin.reduce(given, axis=1, initial=np.nan), np.fmax.reduce(given, axis=1, initial=np.nan)


def score_spread(threat_scores: pd.DataFrame) -> pd.DataFrame:
    """Return mean, lowest, highest and spread (highest - lowest) [score] by threat and dimension.

    ``scorers`` gave a score, ``asked`` had the row; those between them abstained.
    """
    table = threat_scores.groupby(["threat_id", "dimension"], as_index=False).agg(
        mean=("score", "mean"),
        lowest=("score", "min"),
        highest=("score", "max"),
        scorers=("score", "count"),
        asked=("scorer", "nunique"),
    )
    return table.assign(spread=table["highest"] - table["lowest"])


def discussion(
    spread: pd.DataFrame, judgements: pd.DataFrame, sources: pd.DataFrame, ranking: pd.DataFrame, scheme: Scheme
) -> pd.DataFrame:
    """Return what is most in need of discussion between scorers, scores and frequencies in one order.

    ``dispute`` runs from 0 to 1. Of a score it is the scorers' spread over the dimension's scale; of a frequency, the
    ratio of their most likely values over the ratio of the ends of the pooled 90 % range, both in logarithms, and 1
    where two sources contradict each other. The share that abstained counts half. What nobody disputes is left out.

    Parameters
    ----------
    spread, sources, ranking
        What ``score_spread``, ``pooling.sources`` and ``pooling.frequency`` return; the ranking gives the order of
        what is disputed alike.

    Returns
    -------
    pandas.DataFrame
        ``threat_id``, ``subject`` (a dimension or ``frequency``), ``lowest``, ``middle``, ``highest``, ``given`` and
        ``asked`` [scorers], ``dispute``, ``why``.
    """
    rows = [*_disputed_scores(spread, ranking, scheme), *_disputed_frequencies(judgements, sources, ranking)]
    table = pd.DataFrame(rows, columns=DISCUSSION)
    place = pd.Series(range(len(ranking)), index=ranking["threat_id"])
    disputed = table.assign(place=table["threat_id"].map(place)).loc[table["dispute"] > 0]
    return disputed.sort_values(["dispute", "place", "subject"], ascending=[False, True, True], ignore_index=True)[
        DISCUSSION
    ]


def _disputed_scores(spread: pd.DataFrame, ranking: pd.DataFrame, scheme: Scheme) -> Iterator[list[object]]:
    """Give a row for each threat and dimension; those nobody scored have no numbers."""
    keys = ["threat_id", "dimension"]
    pairs = pd.MultiIndex.from_product([ranking["threat_id"], scheme.dimensions.index], names=keys)
    whole = spread.set_index(keys).reindex(pairs).fillna({"scorers": 0, "asked": 0})
    scale = whole.index.get_level_values("dimension").map(scheme.dimensions["highest"])
    whole["dispute"] = whole["spread"].to_numpy() / scale
    for row in whole.reset_index().itertuples():
        silent = row.asked - row.scorers
        said = f"scored from {row.lowest:g} to {row.highest:g}" if row.dispute > 0 else ""
        why = "; ".join(filter(None, [said, _abstained(silent, row.asked)])) if row.scorers else "nobody scored it"
        share = silent / row.asked if row.scorers else 1.0
        dispute = max(np.nan_to_num(row.dispute), SILENCE * share)
        yield [row.threat_id, row.dimension, row.lowest, row.mean, row.highest, row.scorers, row.asked, dispute, why]


def _disputed_frequencies(
    judgements: pd.DataFrame, sources: pd.DataFrame, ranking: pd.DataFrame
) -> Iterator[list[object]]:
    """Give a row for each threat whose frequency several people judged or whose sources contradict each other."""
    pools = sources.loc[sources["source"] == JUDGEMENT].set_index("threat_id")
    asked = dict(list(judgements.groupby("threat_id")))
    for row in ranking.itertuples():
        all_rows = asked.get(row.threat_id, judgements.iloc[:0])
        modes = all_rows["frequency_mode"].dropna().astype(float)
        silent = len(all_rows) - len(modes)
        apart, said = 0.0, ""
        if len(modes) > 1:
            pool = pools.loc[row.threat_id]
            width = max(_decades(pool["low"], pool["high"]), SLIGHTEST_RATE)
            apart = min(_decades(modes.min(), modes.max()) / width, 1.0)
            said = f"most likely from {modes.min():g} to {modes.max():g} a year" if apart > 0 else ""
        against = _contradiction(sources, row.threat_id) if row.sources_disagree else ""
        why = "; ".join(filter(None, [against, said, _abstained(silent, len(all_rows))]))
        dispute = 1.0 if against else max(apart, SILENCE * silent / max(len(all_rows), 1))
        ends = [modes.min(), modes.median(), modes.max()] if len(modes) else [np.nan] * len(POINTS)
        yield [row.threat_id, FREQUENCY_SUBJECT, *ends, len(modes), len(all_rows), dispute, why]


def _decades(low: float, high: float) -> float:
    """Return how many powers of ten lie between two rates."""
    return float(np.log10(max(high, SLIGHTEST_RATE) / max(low, SLIGHTEST_RATE)))


def _abstained(silent: float, asked: float) -> str:
    """Say how many abstained."""
    return f"{silent:.0f} of {asked:.0f} abstained" if silent else ""


def _contradiction(sources: pd.DataFrame, threat: Any) -> str:
    """Say which source lies wholly above which."""
    own = sources.loc[(sources["threat_id"] == threat) & (sources["source"] != POOLED)].set_index("source")
    return f"{own['low'].idxmax()} lies above {own['high'].idxmin()}"
