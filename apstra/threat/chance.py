"""How likely each threat's reasonable worst case is, as a probability and in the words of the yardstick.

In: rates of occurrence, windows and the scheme's bands. Out: the probability of at least one worst case within the
window with its range, the words of the PHIA probability yardstick for it, and the scheme's bands and level.
"""

from bisect import bisect_left
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from apstra.scenario import Scenario, Scheme
from apstra.threat.pooling import thinned
from apstra.uncertainty import REPORTED, GammaRate

LIKELIHOOD: Final = ["likelihood_low", "likelihood", "likelihood_high"]
WORST_CASE: Final = ["worst_case_low", "worst_case_mean", "worst_case_high"]
YARDSTICK: Final = {
    "remote chance": (0.0, 0.05),
    "highly unlikely": (0.10, 0.20),
    "unlikely": (0.25, 0.35),
    "realistic possibility": (0.40, 0.50),
    "likely": (0.55, 0.75),
    "highly likely": (0.80, 0.90),
    "almost certain": (0.95, 1.0),
}
HARM: Final = ["harm_low", "harm_mode", "harm_high", "harm_unit"]
PLACES: Final = 12
MIDDLES: Final = [round((high + low) / 2, PLACES) for (_, high), (low, _) in pairwise(YARDSTICK.values())]
LEVEL: Final = ["likelihood", "impact", "level"]


def likelihood(rate: GammaRate, window: float) -> tuple[float, float, float]:
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
    return (float(low), rate.some(window), float(high))


def words(probability: float) -> str:
    """Return the words of the probability yardstick for a probability [0 to 1].

    The yardstick leaves gaps between its bands on purpose; a probability in a gap has the words of the nearer band, of
    the lower one when both are as near.

    Raises
    ------
    ValueError
        If it is no probability.

    References
    ----------
    Professional Head of Intelligence Assessment, probability yardstick; *Explaining Uncertainty in UK Intelligence
    Assessment*, gov.uk, 24 March 2025. The upper limits of the first four bands were seen in print; the other edges
    were not, and are to be checked against the published table.

    Examples
    --------
    >>> words(0.3), words(0.375), words(0.93)
    ('unlikely', 'unlikely', 'almost certain')
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability lies between 0 and 1, not {probability}")
    return list(YARDSTICK)[bisect_left(MIDDLES, round(probability, PLACES))]


def ranged_words(low: float, central: float, high: float) -> str:
    """Return the yardstick's words for a probability, and for the ends of its range where they differ.

    >>> ranged_words(0.15, 0.3, 0.6), ranged_words(0.01, 0.02, 0.03)
    ('unlikely, between highly unlikely and likely', 'remote chance')
    >>> ranged_words(0.01, 0.02, 0.1), ranged_words(0.3, 0.4, 0.5)
    ('remote chance, up to highly unlikely', 'realistic possibility, down to unlikely')
    """
    least, said, most = words(low), words(central), words(high)
    if least != said != most:
        return f"{said}, between {least} and {most}"
    return said + (f", up to {most}" if most != said else f", down to {least}" if least != said else "")


def likelihoods(threats: pd.DataFrame, rate_of: dict[str, GammaRate], scenario: Scenario) -> pd.DataFrame:
    """Return what is to be expected of each reasonable worst case, by threat.

    Returns
    -------
    pandas.DataFrame
        ``worst_case_low``, ``_mean``, ``_high`` [per year], ``window_years`` [years], ``likelihood`` with ``_low`` and
        ``_high`` [probability] and ``likelihood_words``; missing where no frequency is known.
    """
    table = threats.reindex(columns=["threat_id", "malicious", "worst_case_share"])
    short, long = scenario.value("likelihood_window_malicious"), scenario.value("likelihood_window_other")
    rows, said = [], []
    for threat, malicious, share in table.itertuples(index=False, name=None):
        window = short if malicious else long
        numbers, name = [np.nan] * (len(WORST_CASE) + len(LIKELIHOOD)), None
        if threat in rate_of:
            rate = thinned(rate_of[threat], float(share))
            low, _, high = map(float, rate.quantile(REPORTED))
            chance = likelihood(rate, window)
            numbers, name = [low, rate.mean, high, *chance], ranged_words(*chance)
        rows.append([window, *numbers])
        said.append(name)
    index = pd.Index(threats["threat_id"])
    found = pd.DataFrame(rows, index=index, columns=["window_years", *WORST_CASE, *LIKELIHOOD], dtype="float64")
    return found.assign(likelihood_words=pd.Series(said, index=index, dtype="str"))


def worst_case_harm(threats: pd.DataFrame, rate_of: dict[str, GammaRate]) -> pd.DataFrame:
    """Return harm and frequency of the worst cases whose harm is judged and whose frequency is known.

    Returns
    -------
    pandas.DataFrame
        ``threat_id``, ``title``, ``harm_low``, ``harm_mode``, ``harm_high`` and ``harm_unit`` of one worst case,
        ``shape`` and ``exposure`` [years] of the gamma distribution of its frequency.
    """
    table = threats.reindex(columns=["threat_id", "title", *HARM, "worst_case_share"])
    table = table.loc[table["harm_unit"].notna() & table["threat_id"].isin(list(rate_of))]
    kept = zip(table["threat_id"], table.pop("worst_case_share").astype("float64"), strict=True)
    rates = [thinned(rate_of[threat], share) for threat, share in kept]
    return table.assign(shape=[rate.shape for rate in rates], exposure=[rate.exposure for rate in rates])


def band(values: pd.Series, bands: pd.DataFrame) -> pd.Series:
    """Return the score of the band each value falls in: the last band whose lower end it reaches."""
    lows = bands["low"].to_numpy(float)
    place = np.clip(np.searchsorted(lows, values.to_numpy(float), side="right") - 1, 0, len(lows) - 1)
    return pd.Series(bands["score"].to_numpy(float)[place], index=values.index).where(values.notna())


def level(likelihood_score: pd.Series, impact_score: pd.Series, scheme: Scheme) -> pd.Series:
    """Return the level of the scheme's matrix for each pair of scores; missing where a score is."""
    named = {(likely, severe): name for likely, severe, name in scheme.levels[LEVEL].itertuples(index=False, name=None)}
    pairs = zip(likelihood_score.tolist(), impact_score.tolist(), strict=True)
    return pd.Series([named.get(pair) for pair in pairs], index=likelihood_score.index, dtype="str")
