"""How likely it is that the harm of a whole year exceeds a given amount.

In go how often a year something happens, how much harm one occurrence does (a distribution), and the amounts asked
about. Out comes the exceedance curve: the probability that all of a year's occurrences together do more harm than each
amount. Occurrences are independent and their number is Poisson, so the year's total is a compound Poisson sum, and not
the frequency times one draw of the harm. Nothing here knows of policing.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from apstra.risk.rounding import SETTLED, Distribution, beyond, compound, exactly, integral, poisson
from apstra.uncertainty import FloatArray

NEGLIGIBLE: Final = 1e-12
HALVINGS: Final = 64
LEAST: Final = -600.0  # logarithm of the least harm told from 0
UNITS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 100, 1000)
MOST_UNITS: Final = 2**23
NARROW: Final = 285  # times the spread: further out a grid would need too many cells


class Severity(Protocol):
    """The harm of one occurrence: anything that knows how likely it is not to exceed a value."""

    def cdf(self, x: FloatArray, /) -> ArrayLike:
        """Return the probability of a harm of at most ``x``."""


def annual_loss(frequency: float, severity: Severity, exceed: ArrayLike) -> FloatArray:
    """Return P(total > x) of a Poisson number of independent harms, for each ``x`` in ``exceed``, to 1e-6.

    A harm beyond ``x`` makes the total exceed it at once, so only harms up to ``x`` are ever added up and the tail may
    be as heavy as it likes. Harms that are all multiples of a unit (1, or 1 over a small number) are added up exactly.
    Others are rounded ever more finely (``rounding``); where they all lie close together, number by number.

    Parameters
    ----------
    frequency
        Mean number of occurrences [per year].
    severity
        Harm of one occurrence [any unit], not negative; nothing is asked of it but ``cdf``, so that a frozen
        distribution of scipy will do. Single values of positive probability other than 0 are multiples of a unit.
    exceed
        Amounts asked about [the same unit], of any shape and in any order.

    Returns
    -------
    numpy.ndarray
        Probabilities in the shape of ``exceed``; 1 for an amount below 0.

    Raises
    ------
    ValueError
        If the frequency is negative or not finite, the severity puts mass below 0 or gives no probability, an amount is
        no number, or so much harm is of nearly one size, or so frequent, that 1e-6 cannot be reached.

    References
    ----------
    Klugman, Panjer and Willmot, *Loss Models*, ch. 9 (aggregate loss models); Panjer (1981), "Recursive evaluation of a
    family of compound distributions", ASTIN Bulletin 12(1), 22-26; Grübel and Hermesmeier (1999), "Computation of
    compound distributions I: aliasing errors and exponential tilting", ASTIN Bulletin 29(2), 197-214.

    Examples
    --------
    >>> from apstra.uncertainty import ThreePoint
    >>> annual_loss(0.5, ThreePoint(1, 2, 6), [0, 2, 10]).round(6).tolist()
    [0.393469, 0.292912, 0.001647]
    """
    amounts = np.asarray(exceed, float)
    if not 0 <= frequency < np.inf:
        raise ValueError(f"frequency must be finite and not negative, not {frequency}")
    if np.isnan(amounts).any():
        raise ValueError(f"exceed must hold numbers, not {exceed!r}")
    rate, harm = _positive(severity, frequency)
    some = -np.expm1(-rate)
    asked, place = np.unique(amounts, return_inverse=True)
    chances = np.where(asked < 0, 1.0, np.where(asked == 0, some, 0.0))
    within = (asked > 0) & (asked < np.inf)
    if rate > 0 and within.any():
        chances[within] = np.clip(_exceedance(rate, harm, asked[within]), 0.0, some)
    return chances[place].reshape(amounts.shape)


def _positive(severity: Severity, frequency: float) -> tuple[float, Distribution]:
    """Return the frequency of harms that are not 0 [per year], and their distribution function."""
    if not hasattr(severity, "cdf"):
        raise ValueError(f"severity must have a distribution function cdf, not {severity!r}")
    below, none = np.asarray(severity.cdf(np.array([-NEGLIGIBLE, 0.0])), float)
    if not below <= NEGLIGIBLE:
        raise ValueError(f"severity must put no mass below 0, not {below}")
    some = 1.0 - none

    def harm(x: FloatArray) -> FloatArray:
        return np.clip((np.asarray(severity.cdf(x), float) - none) / some, 0.0, 1.0)

    return frequency * some, harm


def _exceedance(rate: float, harm: Distribution, amounts: FloatArray) -> FloatArray:
    """Return P(total > x) for positive finite amounts in ascending order; 1 where every harm exceeds ``x``."""
    middle = float(harm(amounts[-1])) / 2.0
    wanted = np.array([NEGLIGIBLE, 0.01, middle, 0.99, 1.0 - NEGLIGIBLE])
    low, left, middle, right, high = _quantiles(harm, wanted, amounts[-1])
    most = np.ceil(np.nan_to_num(special.pdtrik(1.0 - NEGLIGIBLE, rate))) + 1.0
    first, last = np.searchsorted(amounts, low * (1.0 - SETTLED)), np.searchsorted(amounts, most * high)
    chances = np.repeat([1.0, 0.0], [last, len(amounts) - last])
    near = amounts[first:last]
    unit = _unit(harm, low, min(high, near[-1])) if len(near) and _jump(harm, middle) > SETTLED else 0
    if unit:
        chances[first:last] = _in_units(rate, harm, near, unit)
    else:
        close = (near < 2.0 * low) | (near > NARROW * (right - left if high < 2.0 * low else np.inf))
        numbered = [_by_number(rate, harm, float(x), low, high) for x in near[close]]
        chances[first:last][close] = numbered
        chances[first:last][~close] = _of_any_size(rate, harm, near[~close])
    return chances


def _quantiles(harm: Distribution, wanted: FloatArray, top: float) -> FloatArray:
    """Return the least values not exceeded with the probabilities wanted, none above ``top``, by halving.

    Nothing is asked about larger harms: they make no difference, and some distributions are slow to tell.
    """
    low, high = (np.full(len(wanted), end) for end in (min(LEAST, np.log(top) - 1.0), np.log(top)))
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        short = harm(np.exp(middle)) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(harm(np.full(len(wanted), top)) < wanted, np.inf, np.exp(high))


def _whole(x: ArrayLike) -> NDArray[np.int64]:
    """Return the whole numbers not above ``x``; what is whole but for rounding stays."""
    return np.floor(np.multiply(x, 1.0 + NEGLIGIBLE)).astype(np.int64)


def _jump(harm: Distribution, x: FloatArray) -> FloatArray:
    """Return the probability of a harm of ``x``."""
    return harm(x * (1.0 + NEGLIGIBLE)) - harm(x * (1.0 - NEGLIGIBLE))


def _unit(harm: Distribution, low: float, top: float) -> int:
    """Return how many units make 1, if all harms between ``low`` and ``top`` are multiples of one; else 0."""
    for unit in UNITS:
        first, last = int(low * unit), int(_whole(top * unit))
        if last - first < MOST_UNITS:
            within = _jump(harm, np.arange(first, last + 1) / unit).sum()
            if within > harm(top) - SETTLED:
                return unit
    return 0


def _in_units(rate: float, harm: Distribution, amounts: FloatArray, unit: int) -> FloatArray:
    """Return P(total > x) where all harms are multiples of a unit."""
    units = _whole(amounts * unit)
    if units[-1] > MOST_UNITS:
        raise ValueError(f"exceed must be at most {MOST_UNITS / unit:,.0f} where harms are multiples of 1/{unit}")
    masses = _jump(harm, np.arange(units[-1] + 1) / unit)
    return 1.0 - np.cumsum(compound(poisson(rate).generating, masses))[units]


def _of_any_size(rate: float, harm: Distribution, amounts: FloatArray) -> FloatArray:
    """Return P(total > x) where harms may be of any size."""
    if not len(amounts):
        return amounts
    area = integral(harm, amounts[0], amounts[-1])
    return np.array([beyond(poisson(rate), harm, area, float(x)) for x in amounts])


def _by_number(rate: float, harm: Distribution, x: float, low: float, high: float) -> float:
    """Return P(total > x) where all harms lie close together, between ``low`` and ``high``."""
    sure, last = (int(_whole(x / end)) for end in (high, low))
    numbers = np.arange(sure + 1, last + 1)
    weights = np.exp(special.xlogy(numbers, rate) - rate - special.gammaln(numbers + 1.0))
    chance = float(special.pdtrc(last, rate))

    def above_low(y: FloatArray) -> FloatArray:
        return harm(low + y)

    for number, weight in zip(numbers.tolist(), weights.tolist(), strict=True):
        rest = x - number * low
        if number == 1 or rest <= 0:
            chance += weight * (1.0 - float(harm(x)) if number == 1 else 1.0)
        elif weight > NEGLIGIBLE:
            chance += weight * beyond(exactly(number), above_low, integral(above_low, rest, rest), rest)
    return chance
