"""Which threats matter most, how sure that is, and whether the order would survive a different judgement.

In go the threats, what each scorer said of them, the log of firearms operations, the horizon scan and the scoring
scheme. Out come, for each threat, how often it occurs with every source visible (``pooling``), how likely its
reasonable worst case is, in probability and in words (``chance``), what the scorers say and dispute (``judgement``),
how sure it is and what could change it (``evidence``), and its rank by expected harm with the scheme's score beside it
(``order``). The organisational position is kept apart and never multiplied in; confidence never changes a score.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from apstra.recall import Recaller, plain
from apstra.scenario import Scenario
from apstra.schema import TABLES
from apstra.threat.chance import YARDSTICK, band, level, likelihood, likelihoods, ranged_words, words, worst_case_harm
from apstra.threat.evidence import confidence, contradictions, drivers, graded
from apstra.threat.judgement import discussion, impact, impacts, mean_scores, score_spread
from apstra.threat.order import expected_harm, harm, matrix_disagreement, rank_stability
from apstra.threat.pooling import expected_here, exposure_years, frequency, history, judged, rates, sources, thinned

__all__ = [
    "YARDSTICK",
    "ThreatChapter",
    "assess_threats",
    "band",
    "expected_here",
    "exposure_years",
    "frequency",
    "graded",
    "harm",
    "history",
    "impact",
    "judged",
    "level",
    "likelihood",
    "matrix_disagreement",
    "mean_scores",
    "ranged_words",
    "rank_stability",
    "ranked",
    "rates",
    "sources",
    "thinned",
    "words",
    "worst_case_harm",
]


@dataclass(frozen=True, slots=True)
class ThreatChapter:
    """The frames of the chapter; frequencies are per year.

    Attributes
    ----------
    ranking
        One row for each threat in rank order.
    sources
        Every source of each frequency and the pool (``pooling.sources``).
    scores, judgements, discussion
        Scores by threat and dimension, each scorer's three points, and what is most in need of discussion.
    stability, matrix
        Share of changes by threat and rank; pairs that the scheme's matrix orders otherwise (``order``).
    horizon, contradictions
        Drivers by threat, and outlooks no driver supports (``evidence``).
    """

    ranking: pd.DataFrame
    sources: pd.DataFrame
    scores: pd.DataFrame
    judgements: pd.DataFrame
    discussion: pd.DataFrame
    stability: pd.DataFrame
    matrix: pd.DataFrame
    horizon: pd.DataFrame
    contradictions: pd.DataFrame


def assess_threats(
    threats: pd.DataFrame,
    threat_scores: pd.DataFrame,
    operations: pd.DataFrame,
    scenario: Scenario,
    judgements: pd.DataFrame | None = None,
    horizon: pd.DataFrame | None = None,
) -> ThreatChapter:
    """Return the threats ranked by expected harm now, with what the rank rests on and whether it holds.

    Expected harm ranks them until the unmet requirement of each threat is known: occurrences whose requirement is not
    met in time are then what counts, and take its place in the order. The tables hold nothing later than *as at*.

    Parameters
    ----------
    judgements, horizon
        Tables ``threat_judgements`` and ``horizon``; a force may keep neither.
    """
    scheme, ratio = scenario.scheme, scenario.assumption("harm_ratio_per_step")
    judgements = _or_empty(judgements, "threat_judgements")
    found = sources(threats, judgements, operations, scenario)
    ordered = ranked(threats, threat_scores, operations, found, scenario)
    stability = rank_stability(ordered, mean_scores(threat_scores), scheme, (ratio.low, ratio.value, ratio.high))
    ranks = stability.groupby("threat_id")["rank"].agg(rank_best="min", rank_worst="max")
    ranking = ordered.join(ranks).reset_index()
    ranking.insert(0, "rank", np.arange(1, len(ranking) + 1))
    ranking["rank_holds"] = (ranking["rank_best"] == ranking["rank_worst"]) & ranking["expected_harm"].notna()
    spread = score_spread(threat_scores)
    disputed = discussion(spread, judgements, found, ranking, scheme)
    moderation = threats.set_index("threat_id").reindex(columns=["moderation"])["moderation"]
    scan = drivers(_or_empty(horizon, "horizon"), threats)
    return ThreatChapter(
        ranking=ranking,
        sources=found,
        scores=spread,
        judgements=judgements.drop(columns=["source", "provenance"], errors="ignore"),
        discussion=disputed.assign(moderation=disputed["threat_id"].map(moderation).astype("str")),
        stability=stability,
        matrix=matrix_disagreement(ranking["expected_harm"], ranking["scheme_score"]),
        horizon=scan,
        contradictions=contradictions(scan),
    )


def ranked(
    threats: pd.DataFrame,
    threat_scores: pd.DataFrame,
    operations: pd.DataFrame,
    found: pd.DataFrame,
    scenario: Scenario,
    recall: Recaller = plain,
) -> pd.DataFrame:
    """Return the threats by ``threat_id`` in the order of their expected harm, with all that the order rests on.

    Parameters
    ----------
    found
        What ``sources`` returns.
    """
    occurs = recall(frequency, recall(history, threats, operations, scenario.as_at), found)
    scored = recall(impacts, threats, threat_scores, scenario.scheme)
    table = pd.concat([occurs, recall(_likelihoods, threats, found, scenario, recall), scored], axis=1)
    harms = expected_harm(table, scenario.value("harm_ratio_per_step"))
    table = _scored(pd.concat([table, harms, recall(confidence, threats, scenario)], axis=1), scenario)
    return table.sort_values(["expected_harm", "impact", "threat_id"], ascending=[False, False, True])


def _likelihoods(threats: pd.DataFrame, found: pd.DataFrame, scenario: Scenario, recall: Recaller) -> pd.DataFrame:
    """Return what is to be expected of each reasonable worst case, from the sources of its frequency."""
    return likelihoods(threats, recall(rates, found), scenario)


def _scored(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the table with the scheme's bands, score (their product), rank by it (ties shared) and level."""
    scheme = scenario.scheme
    likely, severe = band(table["likelihood"], scheme.likelihood), band(table["impact"], scheme.impact)
    score = likely * severe
    return table.assign(
        likelihood_score=likely,
        impact_score=severe,
        likelihood_label=likely.map(scheme.likelihood.set_index("score")["label"]),
        scheme_score=score,
        scheme_rank=score.rank(method="min", ascending=False),
        level=level(likely, severe, scheme),
    )


def _or_empty(table: pd.DataFrame | None, name: str) -> pd.DataFrame:
    """Return a table, empty where the force keeps none."""
    return pd.DataFrame(columns=[column.name for column in TABLES[name].columns]) if table is None else table
