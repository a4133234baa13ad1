"""How the chapter names places, blocks and crews committed, and tells shares, times and chances in words and tables."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, when
from apstra.report.chart import MISSING
from apstra.report.exhibit import Exhibit, percent

ALL: Final = "all"
COMMITTED: Final = ("none committed", "one committed", "two committed", "three committed")
POSTED: Final = ("zones", "bases", "crews", "travel", "response_standards", "operations", "operation_crews",
                 "other_work")  # fmt: skip
OFTEN: Final = 0.1


def known(a: Assessment) -> bool:
    """Tell whether crews are on duty and what share of calls they answer is known."""
    return bool(a.deployment.workload["crews"].any() and a.deployment.reach["demand_share"].notna().any())


def place_names(a: Assessment) -> dict[str, str]:
    """Return the name of each area, and of the whole force."""
    return {ALL: "Whole force", **dict(zip(a.tables["areas"]["area_id"], a.tables["areas"]["name"], strict=True))}


def base_names(a: Assessment) -> dict[str, str]:
    """Return the name of each base."""
    return dict(zip(a.tables["bases"]["base_id"], a.tables["bases"]["name"], strict=True))


def exhibit(
    a: Assessment, headline: str, subtitle: str, picture: str, table: pd.DataFrame, figure: Figure | None, *,
    source: str = "exact hypercube", tables: tuple[str, ...] = POSTED,
) -> Exhibit:  # fmt: skip
    """Return an exhibit whose text alternative names the picture and says what it shows."""
    alt = f"{picture}. {headline}." if figure else ""
    return Exhibit(headline, f"{subtitle}. {when(a)}", alt, f"{made_of(a, *tables)}; {source}", table, figure)


def table_of(a: Assessment, rows: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return ``rows`` as a table for people: under each heading a column, told in the form named behind it."""
    return pd.DataFrame({heading: _cells(a, rows, *told.split()) for heading, told in columns.items()})


def _cells(a: Assessment, rows: pd.DataFrame, column: str, form: str = "") -> list[Any]:
    """Return the cells of a column as people read them."""
    if form == "ranged":
        return ranges(rows, column)
    if form.startswith("ranged"):
        return ranges(rows, column, form.removeprefix("ranged").format)
    names = {"place": place_names(a), "base": base_names(a)}.get(form, {})
    words: dict[str, Callable[[Any], Any]] = {
        "share": percent, "block": block_words, "committed": COMMITTED.__getitem__,
    }  # fmt: skip
    if form.startswith("{"):
        return [MISSING if pd.isna(value) else form.format(value) for value in rows[column]]
    return [words[form](value) if form in words else names.get(value, value) for value in rows[column]]


def between(low: float, high: float, told: Callable[[float], str] = percent) -> str:
    """Return a range in words."""
    return told(low) if told(low) == told(high) else f"{told(low)} to {told(high)}"


def ranges(rows: pd.DataFrame, name: str, told: Callable[[float], str] = percent) -> list[str]:
    """Return a number of each row with its range, where it has one, in words."""
    ends = zip(rows[name], rows[f"{name}_low"], rows[f"{name}_high"], strict=True)
    return [told(one) if pd.isna(low) else f"{told(one)} ({between(low, high, told)})" for one, low, high in ends]


def points(change: float) -> str:
    """Return the change of a share in percentage points, with its sign."""
    told = f"{100 * change:+.1f}"
    return MISSING if pd.isna(change) else "0" if float(told) == 0 else told.replace("-", "\N{MINUS SIGN}")


def chance(probability: float) -> str:
    """Return a probability as once in so many times, as words."""
    if probability >= OFTEN:
        return f"in {percent(probability)} of cases"
    return f"once in {1 / probability:,.0f} times" if probability > 0 else "never"


def rarely(probability: float) -> str:
    """Return a share of time as one hour in so many."""
    return f"one hour in {1 / probability:,.0f}" if probability > 0 else "no hour"
