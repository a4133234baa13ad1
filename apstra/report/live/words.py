"""Differences in words: what a figure is, what it was, and by how much it moved, with its range.

A difference is taken end by end (both with travel slow, both with high demand), for what is not known is alike in both.
"""

from html import escape
from typing import Final

import numpy as np
import pandas as pd

from apstra.assessment.live import Live
from apstra.report.chart import MISSING
from apstra.report.exhibit import count, span

SLIGHT: Final = 1e-9
UNCHANGED, SLIGHTLY = "no change", "hardly any change"
LIVE: Final = "this workbench, from the functions of the assessment"
Triple = tuple[float, float, float]


def difference(now: Triple, was: Triple, form: str = "{:+,.3g}") -> str:
    """Return a difference in words with its range, taken end by end.

    >>> difference((5, 4, 7), (3, 3, 3)), difference((3, 3, 3), (3, 3, 3))
    ('+2 (+1 to +4)', 'no change')
    """
    middle, *ends = (one - other for one, other in zip(now, was, strict=True))
    if np.isnan(middle):
        return MISSING
    low, high = min(middle, *ends), max(middle, *ends)
    if max(abs(low), abs(high)) < SLIGHT:
        return UNCHANGED
    words, first, last = (form.format(one) for one in (middle, low, high))
    if not any(set(one) & set("123456789") for one in (words, first, last)):
        return SLIGHTLY
    return words if first == last else f"{words} ({first} to {last})"


def beside(figure: str, change: str, unit: str = "") -> str:
    """Return a figure in words with its change, where there is one."""
    if change in {UNCHANGED, MISSING}:
        return figure
    return f"{figure}, {change}" if change == SLIGHTLY else f"{figure}, {change}{unit}"


def points(now: Triple, was: Triple) -> str:
    """Return the difference of two shares in percentage points, with its range."""
    mine, theirs = ((100.0 * one[0], 100.0 * one[1], 100.0 * one[2]) for one in (now, was))
    return difference(mine, theirs, "{:+.1f}")


def ranged(value: float, low: float, high: float, *, share: bool = False) -> str:
    """Return a figure with its range behind it, where it has one."""
    if pd.isna(value):
        return MISSING
    if share:
        return f"{value:.1%} ({low:.1%} to {high:.1%})" if high - low > SLIGHT else f"{value:.1%}"
    return f"{value:,.3g} ({span(low, high, '{:,.3g}')})" if high - low > SLIGHT else f"{value:,.3g}"


def moved(now: float, was: float, form: str = "{:.0f}") -> str:
    """Return a number, and what it was where that differs."""
    return form.format(now) if abs(now - was) < SLIGHT else f"{form.format(now)} (was {form.format(was)})"


def told(rows: pd.DataFrame) -> str:
    """Return what a scenario changes as a list, as HTML; that nothing is changed where nothing is."""
    if rows.empty:
        return "<p>Nothing is changed: this is the baseline.</p>"
    items = "".join(
        f"<li>{escape(row.what)}: <strong>{escape(row.after)}</strong>{f' {escape(row.unit)}' if row.unit else ''}"
        f"{f' (was {escape(row.before)})' if row.before else ''}</li>"
        for row in rows.itertuples()
    )
    return f"<p>{count(len(rows), 'change')} from the baseline:</p><ul>{items}</ul>"


def summary(now: Live, was: Live) -> str:
    """Return the figures in one sentence, each beside that of the baseline."""
    mine, theirs = (one.headlines.set_index("headline")["value"] for one in (now, was))
    short = [float(one[one.index.str.startswith("shortfall_")].sum()) for one in (mine, theirs)]
    words = [f"{short[0]:.0f} officers short (baseline {short[1]:.0f})"]
    for name, label in (("cover_0", "of calls within the standard"), ("none_free", "of the time no crew free")):
        if pd.notna(mine.get(name, np.nan)):
            words.append(f"{mine[name]:.1%} {label} ({theirs[name]:.1%})")
    if pd.notna(mine["unmet_requirement"]):
        words.append(f"{mine['unmet_requirement']:.2g} occurrences a year unmet ({theirs['unmet_requirement']:.2g})")
    return "; ".join(words) + "."
