"""How the chapter names places, blocks and crews committed, and tells shares, times and chances."""

from typing import Final

import numpy as np
import pandas as pd

from apstra.assessment import Assessment
from apstra.report.exhibit import MISSING, percent

ALL: Final = "all"
NONE, ONE = 0, 1
COMMITTED: Final = ("none committed", "one committed", "two committed", "three committed")
POSTED: Final = ("zones", "bases", "crews", "travel", "response_standards", "operations", "operation_crews",
                 "other_work")  # fmt: skip
EXACT: Final = "exact hypercube"
OFTEN: Final = 0.1


def known(a: Assessment) -> bool:
    """Tell whether crews are rostered and what share of calls they answer is known."""
    return bool(a.tables["crews"]["crews"].any() and a.deployment.reach["demand_share"].notna().any())


def place_names(a: Assessment) -> dict[str, str]:
    """Return the name of each area, and of the whole force."""
    return {ALL: "Whole force", **dict(zip(a.tables["areas"]["area_id"], a.tables["areas"]["name"], strict=True))}


def base_names(a: Assessment) -> dict[str, str]:
    """Return the name of each base."""
    return dict(zip(a.tables["bases"]["base_id"], a.tables["bases"]["name"], strict=True))


def between(low: float, high: float) -> str:
    """Return a range of shares in words."""
    ends = percent(low), percent(high)
    return MISSING if pd.isna(low) or pd.isna(high) else ends[0] if ends[0] == ends[1] else " to ".join(ends)


def ranged(share: float, low: float, high: float) -> str:
    """Return a share with its range, where it has one."""
    return percent(share) if pd.isna(low) else f"{percent(share)} ({between(low, high)})"


def minutes(value: float) -> str:
    """Return minutes as a whole number."""
    return MISSING if pd.isna(value) else f"{value:.0f}"


def number(value: float, form: str = "{:.1f}") -> str:
    """Return a number, or that it is not known."""
    return MISSING if pd.isna(value) else form.format(value)


def points(before: float, after: float) -> str:
    """Return the change of a share in percentage points, with its sign."""
    change = f"{100 * (after - before):+.1f}"
    return MISSING if np.isnan(after - before) else "0" if float(change) == 0 else change.replace("-", "\N{MINUS SIGN}")


def chance(probability: float) -> str:
    """Return a probability as once in so many times, as words."""
    if probability >= OFTEN:
        return f"in {percent(probability)} of cases"
    return f"once in {1 / probability:,.0f} times" if probability > 0 else "never"
