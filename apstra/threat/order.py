"""In which order the threats stand, whether it would survive a different judgement, and what a matrix alone would say.

In: for each threat the frequency of its worst case and its impact. Out: expected harm, the share of changes that leave
each threat at each rank, and how many pairs of threats the scheme's matrix orders the other way.
"""

from typing import Final

import numpy as np
import pandas as pd

from apstra.scenario import Scheme
from apstra.threat.chance import WORST_CASE
from apstra.threat.judgement import impact
from apstra.uncertainty import FloatArray

STEP: Final = 1.0
HARM: Final = ["expected_harm_low", "expected_harm", "expected_harm_high"]


def harm(impacts: pd.Series, ratio: float) -> pd.Series:
    """Return the harm of worst cases [harm of an impact-1 event]: each step of impact is ``ratio`` times the last.

    Raises
    ------
    ValueError
        If the ratio is not above 1: more impact would not be more harm.
    """
    if not ratio > 1:
        raise ValueError(f"harm_ratio_per_step must be above 1, not {ratio}")
    return ratio ** (impacts - 1.0)


def expected_harm(table: pd.DataFrame, ratio: float) -> pd.DataFrame:
    """Return the expected harm a year of each threat and its value at the ends of the frequency's range.

    Mean frequency of the worst case x its harm [harm of an impact-1 event, per year]; what is wrongly ordered by a
    product of scores is ordered by the quantities behind them.
    """
    each = harm(table["impact"], ratio)
    return pd.DataFrame({name: table[rate] * each for name, rate in zip(HARM, WORST_CASE, strict=True)})


def rank_stability(
    ordered: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme, ratios: tuple[float, float, float]
) -> pd.DataFrame:
    """Return the share of changes that leave each threat at each rank.

    One change at a time: a mean score one step up or down (clipped to its scale), a frequency to its 5 or 95
    percentile, or the scale relabelled for all threats at once with the lowest or highest ratio of harm per step.
    Every threat's rank is read again after every change, whichever threat was changed.

    Parameters
    ----------
    ordered
        ``worst_case_low``, ``_mean``, ``_high`` and ``impact`` by threat in rank order.
    scores
        Mean scores, dimensions in columns.
    ratios
        Ratio of harm per step: lowest, in use, highest.

    References
    ----------
    Cox (2008), "What's wrong with risk matrices?", Risk Analysis 28(2): ordinal scores can reverse an order.
    """
    base = expected_harm(ordered, ratios[1])["expected_harm"].fillna(-1.0).to_numpy()
    own = _one_step_changes(ordered, scores, scheme, ratios[1])
    own = np.where(np.isnan(own), base, own)
    changed = np.broadcast_to(base, (own.shape[0], len(base), len(base))).copy()
    threat = np.arange(len(base))
    changed[:, threat, threat] = own
    relabelled = [expected_harm(ordered, ratio)["expected_harm"].fillna(-1.0) for ratio in (ratios[0], ratios[2])]
    single = changed.reshape(own.size, len(base))
    every = np.concatenate([single, *(each.to_numpy()[np.newaxis] for each in relabelled)])
    place = np.argsort(np.argsort(-every, axis=-1, kind="stable"), axis=-1, kind="stable") + 1
    ranks = pd.DataFrame(place, columns=ordered.index).melt(var_name="threat_id", value_name="rank")
    shares = ranks.groupby("threat_id", sort=False)["rank"].value_counts(normalize=True, sort=False)
    return shares.rename("share").reset_index().sort_values(["threat_id", "rank"], ignore_index=True)


def _one_step_changes(ordered: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme, ratio: float) -> FloatArray:
    """Return the expected harm of each threat (columns) after each change of its own (rows)."""
    scored = scheme.dimensions.loc[scheme.dimensions["axis"] == "impact", "highest"]
    given = scores.reindex(index=ordered.index, columns=scored.index)
    moved = [
        impact(given.assign(**{name: (given[name] + step).clip(0.0, highest)}), scheme)
        for name, highest in scored.items()
        for step in (-STEP, STEP)
    ]
    rows = [ordered["worst_case_mean"] * harm(each, ratio) for each in moved]
    ends = expected_harm(ordered, ratio)
    return np.array([row.to_numpy(float) for row in (*rows, ends[HARM[0]], ends[HARM[2]])])


def matrix_disagreement(quantity: pd.Series, score: pd.Series) -> pd.DataFrame:
    """Return of how many pairs the score says otherwise than the quantity: one row ``pairs``, ``backwards``, ``tied``.

    A pair is backwards when score and quantity order it in opposite ways, tied when equal scores hide different
    quantities. Pairs with a missing value are not counted.

    References
    ----------
    Cox (2008), "What's wrong with risk matrices?", Risk Analysis 28(2).

    Examples
    --------
    >>> matrix_disagreement(pd.Series([3.0, 2.0, 1.0]), pd.Series([4, 4, 6])).to_dict("list")
    {'pairs': [3], 'backwards': [2], 'tied': [1]}
    """
    known = quantity.notna() & score.notna()
    first, second = np.triu_indices(int(known.sum()), k=1)
    by_quantity, by_score = (np.sign(each[first] - each[second])
                             for each in (quantity[known].to_numpy(float), score[known].to_numpy(float)))  # fmt: skip
    backwards, tied = int((by_quantity * by_score < 0).sum()), int(((by_score == 0) & (by_quantity != 0)).sum())
    return pd.DataFrame({"pairs": [len(first)], "backwards": [backwards], "tied": [tied]})
