"""What a cell of a declared column may hold, said once: as a test, as a value of the right type and as words.

In: a column of text as it stands in the file, and its declaration. Out: which cells are sound, their parsed values,
and the plain English of what is allowed. Nothing is stripped or guessed: ``1,000`` is no number and ``01/02/2026`` no
date.
"""

from typing import Final

import numpy as np
import pandas as pd

from apstra.schema import LIST_SEPARATOR, Column, Kind

NUMBER: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
PATTERNS: Final = {
    Kind.INTEGER: r"[+-]?[0-9]{1,15}",
    Kind.NUMBER: NUMBER,
    Kind.DATE: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    Kind.TIME: r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?",
}
FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}
INSTANT: Final = "datetime64[us]"
WORDS: Final = {
    Kind.TEXT: "text",
    Kind.INTEGER: "a whole number without separators",
    Kind.NUMBER: "a number such as 1000.5, without separators",
    Kind.DATE: "a date such as 2026-11-01",
    Kind.TIME: "a date and time such as 2026-11-01T14:30",
    Kind.FLAG: "yes or no (or true, false)",
}


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


def is_blank(values: pd.Series) -> pd.Series:
    """Return which cells are blank; white space alone is blank."""
    return values.str.strip() == ""


def is_sound(column: Column, values: pd.Series) -> pd.Series:
    """Return which cells keep the declaration of their column."""
    sound = _is_sound_text(column, values) if column.kind is Kind.TEXT else parsed(column, values).notna()
    if column.kind in (Kind.INTEGER, Kind.NUMBER):
        numbers = parsed(column, values)
        above = numbers >= (-np.inf if column.low is None else column.low)
        sound = above & (numbers <= (np.inf if column.high is None else column.high)) & np.isfinite(numbers)
    blank = is_blank(values)
    return sound.where(~blank, (values == "") & column.blank).astype(bool)


def _is_sound_text(column: Column, values: pd.Series) -> pd.Series:
    """Return which cells of text hold allowed words, or list items none of which is blank."""
    words = values.str.split(LIST_SEPARATOR).explode() if column.many else values
    good = words.isin(column.allowed) if column.allowed else ~is_blank(words)
    return good.groupby(level=0).all() if column.many else good


def parsed(column: Column, values: pd.Series) -> pd.Series:
    """Return the cells as numbers, times or flags; missing where blank or not of the kind."""
    if column.kind is Kind.FLAG:
        return values.str.lower().map(FLAGS).astype("boolean")
    text = values.where(values.str.fullmatch(PATTERNS[column.kind]))
    if column.kind in (Kind.INTEGER, Kind.NUMBER):
        return pd.to_numeric(text, errors="coerce").astype("float64")
    return pd.to_datetime(text, format="ISO8601", errors="coerce").astype(INSTANT)


def typed(column: Column, values: pd.Series) -> pd.Series:
    """Return sound cells in the type the model works with; blank is missing, never zero."""
    if column.kind is Kind.TEXT:
        return values.where(~is_blank(values)).astype("str")
    result = parsed(column, values)
    if column.blank or column.kind in (Kind.NUMBER, Kind.DATE, Kind.TIME):
        return result
    return result.astype("int64" if column.kind is Kind.INTEGER else "bool")
