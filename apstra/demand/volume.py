"""How many operations there were, year by year, and whether that has changed.

In: the log. Out: yearly counts with exact limits, which years the log covers whole, and changes between periods, stated
only where an exact test supports them.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from apstra.scenario import DAYS_A_WEEK, YEAR_STARTS_IN, financial_year, first_year_not_complete, year_label
from apstra.uncertainty import JEFFREYS_SHAPE, poisson_limits

FloatArray = NDArray[np.float64]
KINDS: Final = ("spontaneous", "planned", "self_authorised")
LEVEL: Final = 0.95
UNLIKELY: Final = 0.05
TREND_YEARS: Final = 4
SMALL_COUNT: Final = 10
VISITOR_SEASON: Final = (5, 6, 7, 8, 9, 10)


def log_covers(called_at: pd.Series, as_at: date) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first and last day the log can be taken to cover; nothing when it says too little.

    The log is taken back to the start of its first financial year, and on to *as at* or else the end of its last
    financial year, unless the silence there would be seen less than once in twenty times at the log's own rate.
    """
    if len(called_at) < 2:  # noqa: PLR2004  (a rate needs two calls)
        return None
    first, last = called_at.min().normalize(), called_at.max().normalize()
    longest = -np.log(UNLIKELY) * max((last - first).days, 1) / (len(called_at) - 1)
    opens = pd.Timestamp(first.year - (first.month < YEAR_STARTS_IN), YEAR_STARTS_IN, 1)
    year_ends = pd.Timestamp(last.year + (last.month >= YEAR_STARTS_IN), YEAR_STARTS_IN, 1) - pd.Timedelta(days=1)
    closes = [day for day in (pd.Timestamp(as_at), year_ends) if 0 <= (day - last).days <= longest]
    return (opens if (first - opens).days <= longest else first, closes[0] if closes else last)


def yearly_volume(operations: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return operations by financial year with exact 95 % Poisson limits, and how much of the year the log covers.

    Returns
    -------
    frame
        ``year``, ``complete``, ``elapsed`` (share of the year covered from its start; 0 when its start is not),
        ``operations``, one column a kind, ``arv``, ``low``, ``high`` [operations].
    """
    covered = log_covers(operations["called_at"], as_at)
    year = financial_year(operations["called_at"])
    last = financial_year(pd.Series([covered[1]])).iloc[0] if covered else year.max()
    years = range(int(year.min()), int(last) + 1) if len(year) else range(0)
    counts = pd.crosstab(year, operations["kind"]).reindex(index=years, columns=KINDS, fill_value=0)
    total = counts.sum(axis=1).astype(int)
    limits = [poisson_limits(int(count)) for count in total]
    return pd.DataFrame(
        {
            "year": list(years),
            "complete": [_complete(one, covered, as_at) for one in years],
            "elapsed": [_elapsed(one, covered, as_at) for one in years],
            "operations": total.to_numpy(),
            **{kind: counts[kind].to_numpy(int) for kind in KINDS},
            "arv": year[operations["arv"].astype(bool)].value_counts().reindex(years, fill_value=0).to_numpy(int),
            "low": [low for low, _ in limits],
            "high": [high for _, high in limits],
        }
    ).astype({"complete": bool, "elapsed": float})


def _complete(year: int, covered: tuple[pd.Timestamp, pd.Timestamp] | None, as_at: date) -> bool:
    """Return whether a financial year is over and the log covers all of it."""
    if covered is None or year >= first_year_not_complete(as_at):
        return False
    opens, closes = pd.Timestamp(year, YEAR_STARTS_IN, 1), pd.Timestamp(year + 1, YEAR_STARTS_IN, 1)
    return covered[0] <= opens and covered[1] >= closes - pd.Timedelta(days=1)


def _elapsed(year: int, covered: tuple[pd.Timestamp, pd.Timestamp] | None, as_at: date) -> float:
    """Return the share of a financial year's days that the log covers from its start; before it is over, never all."""
    opens, closes = pd.Timestamp(year, YEAR_STARTS_IN, 1), pd.Timestamp(year + 1, YEAR_STARTS_IN, 1)
    if covered is None or covered[0] > opens:
        return 0.0
    total = (closes - opens).days
    passed = max((min(covered[1], pd.Timestamp(as_at)) - opens).days + 1, 0)
    return min(passed, total - (year >= first_year_not_complete(as_at))) / total


def trends(yearly: pd.DataFrame) -> pd.DataFrame:
    """Return the first half of the complete years against the second, in all and by kind.

    Returns
    -------
    frame
        ``measure``, ``from_years``, ``to_years``, ``before``, ``after`` [operations a year], ``ratio`` with ``low`` and
        ``high`` (95 %), ``direction``: rising, falling, not shown, or too few to say.

    Notes
    -----
    Years scatter more than Poisson counts do: counts are divided by their scatter about the mean of their half (Pearson
    dispersion, at least 1) before the exact test. With an odd number of years the middle one is left out.
    """
    whole = yearly.loc[yearly["complete"]]
    half = len(whole) // 2
    labels = [year_label(int(year)) for year in whole["year"]]
    stretches = (_stretch(labels[:half]), _stretch(labels[-half:])) if half else ()
    rows = []
    for measure in ("operations", *KINDS) if half else ():
        first, second = whole[measure].to_numpy(float)[:half], whole[measure].to_numpy(float)[-half:]
        scatter = _dispersion(first, second)
        ratio, low, high = rate_ratio(second.sum() / scatter, half, first.sum() / scatter, half)
        few = len(whole) < TREND_YEARS or max(first.mean(), second.mean()) < SMALL_COUNT
        word = "too few to say" if few else direction(low, high, ("rising", "falling", "not shown"))
        rows.append((measure, *stretches, first.mean(), second.mean(), ratio, low, high, word))
    columns = ["measure", "from_years", "to_years", "before", "after", "ratio", "low", "high", "direction"]
    return pd.DataFrame(rows, columns=columns)


def _dispersion(*halves: FloatArray) -> float:
    """Return the Pearson dispersion of counts about the mean of their half, at least 1."""
    free = sum(half.size - 1 for half in halves)
    scatter = sum(float(((half - half.mean()) ** 2).sum()) / max(half.mean(), JEFFREYS_SHAPE) for half in halves)
    return max(1.0, scatter / free) if free else 1.0


def _stretch(labels: Sequence[str]) -> str:
    """Return years as printed: one, or the first to the last."""
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def season(operations: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """Return the weekly rate of May to October relative to November to April: ``ratio``, ``low``, ``high`` (95 %).

    The force itself states calls for service 12 % higher each week in May to October (HMICFRS PEEL 2017).
    """
    if not years:
        return pd.DataFrame({"ratio": [np.nan], "low": [np.nan], "high": [np.nan]})
    summer = int(operations["called_at"].dt.month.isin(VISITOR_SEASON).sum())
    days = pd.Series(np.concatenate([pd.date_range(f"{y}-04-01", f"{y + 1}-03-31").month.to_numpy() for y in years]))
    weeks = float(days.isin(VISITOR_SEASON).sum()) / DAYS_A_WEEK
    rest = len(days) / DAYS_A_WEEK - weeks
    ratio, low, high = rate_ratio(summer, weeks, len(operations) - summer, rest)
    return pd.DataFrame({"ratio": [ratio], "low": [low], "high": [high]})


def rate_ratio(
    count: float, exposure: float, count_before: float, exposure_before: float
) -> tuple[float, float, float]:
    """Return how many times the rate before a rate is, with exact 95 % limits.

    Given both counts together the later one is binomial (Przyborowski & Wilenski 1940); the two rates differ at 5 %
    when the limits leave 1 out. Exposures are in one unit [any].
    """
    if not (exposure > 0 and exposure_before > 0):
        raise ValueError(f"exposures must be positive, not {exposure} and {exposure_before}")
    scale = exposure_before / exposure
    low, high = exact_share(count, count + count_before)
    middle = scale * count / count_before if count_before else np.nan if not count else np.inf
    return (middle, scale * low / (1.0 - low), scale * high / (1.0 - high) if high < 1.0 else np.inf)


def exact_share(count: float, of: float) -> tuple[float, float]:
    """Return the exact 95 % limits of a share of which ``count`` in ``of`` was seen (Clopper & Pearson 1934)."""
    tail = (1.0 - LEVEL) / 2.0
    if not of > 0:
        return (0.0, 1.0)
    low = 0.0 if count <= 0 else float(special.betaincinv(count, of - count + 1.0, tail))
    high = 1.0 if count >= of else float(special.betaincinv(count + 1.0, of - count, 1.0 - tail))
    return (low, high)


def direction(low: float, high: float, words: tuple[str, str, str]) -> str:
    """Return the word for a ratio above 1, below 1, or neither shown."""
    more, fewer, neither = words
    return more if low > 1.0 else fewer if high < 1.0 else neither
