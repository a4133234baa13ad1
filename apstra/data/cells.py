"""What a cell of a declared column may hold, said once: as a test, as a value of the right type and as words.

In: a cell of text as it stands in the file, and the declaration of its column. Out: whether it is sound, its value, and
the plain English of what is allowed. Nothing is stripped or guessed: ``1,000`` is no number and ``01/02/2026`` no date.
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pandas as pd

from apstra.schema import LIST_SEPARATOR, TYPES, Column, Kind

PATTERNS: Final = {
    Kind.INTEGER: re.compile(r"[+-]?[0-9]{1,15}"),
    Kind.NUMBER: re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    Kind.DATE: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    Kind.TIME: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?"),
    Kind.FLAG: re.compile("yes|no|true|false", re.IGNORECASE),
}
AFFIRMED: Final = ("yes", "true")
WORDS: Final = {
    Kind.TEXT: "text",
    Kind.INTEGER: "a whole number without separators",
    Kind.NUMBER: "a number such as 1000.5, without separators",
    Kind.DATE: "a date such as 2026-11-01",
    Kind.TIME: "a date and time such as 2026-11-01T14:30",
    Kind.FLAG: "yes or no (or true, false)",
}
NEVER_BLANK_TYPES: Final = {Kind.INTEGER: "int64", Kind.FLAG: "bool"}
Value = float | datetime | bool | str


def allowed_words(column: Column) -> str:
    """Return in plain English what the cells of a column may hold."""
    what = f"one of: {', '.join(column.allowed)}" if column.allowed else WORDS[column.kind]
    if column.many:
        what = f"a list of {'ids' if column.refers else 'words'} separated by {LIST_SEPARATOR}"
    bounds = [f"{column.low:g} or more" if column.low is not None else ""]
    bounds.append(f"{column.high:g} or less" if column.high is not None else "")
    unit = f"[{column.unit}]" if column.unit else ""
    limits = " ".join(part for part in (" and ".join(bound for bound in bounds if bound), unit) if part)
    return "; ".join(part for part in (what, limits, "may be blank" if column.blank else "not blank") if part)


def parsed(kind: Kind, cell: str) -> Value | None:
    """Return the value of a cell, nothing when it is blank or not of the kind."""
    if kind is Kind.TEXT:
        return cell or None
    if not PATTERNS[kind].fullmatch(cell):
        return None
    if kind is Kind.FLAG:
        return cell.lower() in AFFIRMED
    if kind in (Kind.INTEGER, Kind.NUMBER):
        return float(cell)
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def is_sound(column: Column, cell: str) -> bool:
    """Return whether a cell keeps the declaration of its column; white space alone is no way to leave it blank."""
    if not cell.strip():
        return column.blank and not cell
    if column.kind is Kind.TEXT:
        words = cell.split(LIST_SEPARATOR) if column.many else [cell]
        return all(word.strip() and (not column.allowed or word in column.allowed) for word in words)
    value = parsed(column.kind, cell)
    return value is not None and (not isinstance(value, float) or _within(column, value))


def _within(column: Column, value: float) -> bool:
    """Return whether a number is finite and lies in its column's range."""
    low = -math.inf if column.low is None else column.low
    high = math.inf if column.high is None else column.high
    return low <= value <= high and math.isfinite(value)


def typed(column: Column, cells: Sequence[str]) -> pd.Series:
    """Return sound cells in the type the model works with; blank is missing, never zero."""
    values = pd.Series([parsed(column.kind, cell) for cell in cells], dtype=TYPES[column.kind])
    return values if column.blank else values.astype(NEVER_BLANK_TYPES.get(column.kind, TYPES[column.kind]))
