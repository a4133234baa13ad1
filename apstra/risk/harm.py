"""How much harm the worst cases of one year could do together, and how sure that is.

In go the threats whose harm is judged: how often each one's reasonable worst case occurs (a distribution, for the
number is not known exactly) and the harm of one as three points. Out comes, for each threat and for all that share a
unit of harm, the probability that a year does at least so much harm. What chance does is in the curve; how far the
frequency itself is unknown is in the band around it. Harm is counted in whole units, so that ten people are ten.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from apstra.risk.rounding import compound
from apstra.uncertainty import FloatArray, GammaRate, ThreePoint, random_stream

ALL: Final = "all"
CHANCE: Final = ["probability_low", "probability", "probability_high"]
LOSS: Final = ["harm_unit", "threat_id", "title", "at_least", "exceed", *CHANCE]
POINTS: Final = ["harm_low", "harm_mode", "harm_high"]
HARMS: Final = ["threat_id", "title", *POINTS, "harm_unit", "shape", "exposure"]
OUTER: Final = (0.05, 0.95)
RATES: Final = 200
ROUND_NUMBERS: Final = (1, 2, 3, 5, 7)
MOST_COUNTED: Final = 1000
PLACES: Final = 9  # beyond them two machines need not agree


def losses(harms: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the exceedance curve of a year's harm, by unit of harm for all threats together and for each.

    The number of worst cases is Poisson at each of 200 equally likely frequencies; those of different threats are
    combined at random, as nothing ties what is unknown of one to what is unknown of another.

    Parameters
    ----------
    harms
        ``threat_id``, ``title``, ``harm_low``, ``harm_mode``, ``harm_high`` and ``harm_unit`` of one worst case,
        ``shape`` and ``exposure`` [years] of the gamma distribution of its frequency.
    seed
        Seed of the named streams by which frequencies are combined.

    Returns
    -------
    pandas.DataFrame
        ``harm_unit``, ``threat_id`` ("all": together), ``title``, ``at_least`` [unit], ``exceed`` [unit] (the next
        lower amount counted: the year's harm exceeds it), ``probability`` (the mean over the frequencies) with ``_low``
        and ``_high`` (their 5 and 95 percentiles).

    References
    ----------
    ``loss.annual_loss``, which each curve is at a known frequency; Helton and Oberkampf (2004), "Alternative
    representations of epistemic uncertainty", Reliability Engineering & System Safety 85, 1-10: bands on curves.
    """
    units = harms.groupby("harm_unit", sort=True)
    rows = [row for unit, group in units for row in _of_unit(str(unit), group, seed)]
    table = pd.DataFrame(rows, columns=LOSS)
    return table.astype(dict.fromkeys(LOSS[:3], "str") | dict.fromkeys(LOSS[3:], "float64"))


def _of_unit(unit: str, harms: pd.DataFrame, seed: int) -> Iterator[list[object]]:
    """Give the rows of one unit of harm."""
    step, at_least = _amounts(float(harms["harm_high"].max()))
    edges = (np.arange(at_least[-1] + 1) + 0.5) * step
    points = harms[POINTS].to_numpy(float)
    masses = np.array([np.diff(ThreePoint(*each).cdf(edges), prepend=0.0) for each in points])
    rates = np.stack([_rates(r.shape, r.exposure, seed, r.threat_id) for r in harms.itertuples()], axis=1)
    single = [(r.threat_id, r.title, [place]) for place, r in enumerate(harms.itertuples())]
    for threat_id, title, chosen in [(ALL, "All of them", list(range(len(harms)))), *single]:
        below = np.cumsum(_totals(rates[:, chosen], masses[chosen]), axis=1)[:, at_least - 1]
        chances = np.round(1.0 - below, PLACES) + 0.0
        low, high = np.quantile(chances, OUTER, axis=0, method="hazen")
        for amount, *chance in zip(at_least * step, low, chances.mean(axis=0).round(PLACES), high, strict=True):
            yield [unit, threat_id, title, amount, amount - step, *chance]


def _amounts(most: float) -> tuple[int, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the unit counted in (1, or a power of ten where harms are great) and round numbers of it, up to 2 most."""
    top = max(2.0 * most, 1.0)
    step = 10 ** max(int(np.ceil(np.log10(top / MOST_COUNTED))), 0)
    tens = 10 ** np.arange(int(np.log10(top / step)) + 1)
    amounts = np.outer(tens, ROUND_NUMBERS).ravel()
    return step, amounts[amounts <= top / step]


def _rates(shape: float, exposure: float, seed: int, threat: str) -> FloatArray:
    """Return equally likely frequencies of a threat's worst case [per year], in an order of its own."""
    levels = random_stream(seed, "annual loss", threat).permutation((np.arange(RATES) + 0.5) / RATES)
    return GammaRate(shape, exposure).quantile(levels)


def _totals(rates: FloatArray, masses: FloatArray) -> FloatArray:
    """Return the distribution of a year's harm, in units counted, at each set of frequencies."""
    return compound(lambda z: np.exp(rates @ (z - 1.0)), masses)
