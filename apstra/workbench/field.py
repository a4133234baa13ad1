"""A field of the workbench: one thing that can be changed, its range, and how it reads and writes a scenario.

In: the tables as they are and a scenario. Out: fields. One set back to what the tables and assumptions say leaves no
trace: a scenario holds differences from the baseline and nothing else. Nothing is shown here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from apstra.assessment.differences import rows_of
from apstra.assurance import Tables
from apstra.scenario import Scenario
from apstra.schema import TABLES, Kind
from apstra.schema.edit import Edit, Value

# The figures that a change is about; the page paints them first.
COVER, STRENGTH, AID, THREATS, DAYS = "cover", "strength", "aid", "threats", "days"
MOST_CREWS: Final = 9
LONGEST: Final = 24 * 60.0  # minutes
# What an assumption may be set to, by its unit: wider than what is credible of it, for a what-if asks beyond that.
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "share": (0.0, 1.0),
    "probability": (0.01, 0.999),
    "ratio": (0.05, 10.0),
    "days/year": (0.0, 120.0),
    "minutes": (0.0, LONGEST),
    "crews": (0.0, 10.0),
    "crews/area": (0.0, 5.0),
    "incidents": (1.0, 5.0),
}
WHOLE: Final = ("crews", "crews/area", "incidents")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be changed.

    Attributes
    ----------
    name, label, unit
        Its name among all fields, and in words.
    kind, low, high
        What it holds and its inclusive range.
    about
        The figure that a change of it is about.
    was
        What the tables or the assumptions say.
    now, put
        Its value under a scenario, and the scenario with another value of it.
    blank
        It may be left blank.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    low: float | None
    high: float | None
    about: str
    was: Value
    now: Callable[[Scenario], Value]
    put: Callable[[Scenario, Value], Scenario]
    blank: bool = False

    @property
    def allowed(self) -> str:
        """Return in words what it may be."""
        if self.kind is Kind.DATE:
            return "a date such as 2027-05-31"
        if self.kind is Kind.FLAG:
            return "yes or no"
        number = "a whole number" if self.kind is Kind.INTEGER else "a number"
        return f"{number} from {self.low:g} to {self.high:g}{f' {self.unit}' if self.unit else ''}"

    def checked(self, value: Value) -> Value:
        """Return a value it may have; refuse another, saying what is allowed."""
        said = f"{value:g}" if self.kind is Kind.INTEGER and isinstance(value, float) else value
        wrong = ValueError(f"{self.label}: {self.allowed}, not {said}")
        if value is None and self.blank:
            return None
        if self.kind is Kind.FLAG:
            return bool(value)
        if self.kind is Kind.DATE:
            day = pd.to_datetime(str(value), format="%Y-%m-%d", errors="coerce")
            if pd.isna(day):
                raise wrong
            return str(day.date())
        try:
            number = float(str(value))
        except (TypeError, ValueError):
            raise wrong from None
        low, high = self.low, self.high
        if not (low is not None and high is not None and low <= number <= high):
            raise wrong
        if self.kind is Kind.INTEGER and not number.is_integer():
            raise wrong
        return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together.

    Attributes
    ----------
    picks
        What is chosen first, in words: its label, and the choices with their keys.
    fields
        The fields of what is chosen, a key for each pick.
    """

    name: str
    title: str
    picks: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    fields: Callable[[Sequence[str]], list[Field]]


def assumption_field(name: str, about: str, scenario: Scenario) -> Field:
    """Return the field of an assumption."""
    plain = replace(scenario, changes={}).assumption(name)
    low, high = RANGES[plain.unit]

    def put(to: Scenario, value: Value) -> Scenario:
        changes = {key: one for key, one in to.changes.items() if key != name}
        return replace(to, changes=changes if value == plain.value else {**changes, name: float(str(value))})

    kind = Kind.INTEGER if plain.unit in WHOLE else Kind.NUMBER
    return Field(name, plain.meaning, plain.unit, kind, low, high, about, plain_number(plain.value),
                 lambda to: plain_number(to.value(name)), put)  # fmt: skip


def plain_number(value: float) -> Value:
    """Return a number, whole where it is."""
    return int(value) if float(value).is_integer() else float(value)


def cell_field(
    tables: Tables, table: str, key: Mapping[str, Value], column: str, about: str, label: str = "",
    most: float | None = None, otherwise: Mapping[str, Value] | None = None,
) -> Field:  # fmt: skip
    """Return the field of a cell of a table.

    Parameters
    ----------
    label
        In words; the column's meaning when not given.
    most
        Largest value where the column has none; what the table holds is never too large.
    otherwise
        The whole row as it would be added, where there is none of that key.
    """
    declared = TABLES[table].column(column)
    here = tables[table].loc[rows_of(tables[table], key), column]
    was = value_of(here.iloc[0]) if len(here) else (otherwise or {}).get(column)

    def now(scenario: Scenario) -> Value:
        edit = edit_of(scenario, table, key)
        return edit.add.get(column, edit.set.get(column, was)) if edit else was

    def put(scenario: Scenario, value: Value) -> Scenario:
        edit = edit_of(scenario, table, key)
        if edit is not None and edit.remove:
            raise ValueError(f"{label or column}: the row is taken out by this scenario; bring it back first")
        if len(here):
            cells = {**(edit.set if edit else {}), column: value}
            kept = {name: one for name, one in cells.items() if name != column or one != was}
            return with_edit(scenario, Edit(table, key, set=kept) if kept else None, table, key)
        added = Edit(table, add={**(otherwise or {}), **key, column: value})
        return with_edit(scenario, None if value == was else added, table, key)

    low = declared.low if declared.low is not None else 0.0
    high = declared.high if declared.high is not None else most
    if high is not None and isinstance(was, int | float):
        high = max(high, was)
    name = "|".join([table, *map(str, key.values()), column])
    words = label or declared.meaning.rstrip(".")
    return Field(name, words, declared.unit, declared.kind, low, high, about, was, now, put, declared.blank)


def value_of(cell: object) -> Value:
    """Return a cell of a frame in its plainest form."""
    if pd.isna(cell):
        return None
    if isinstance(cell, pd.Timestamp):
        return str(cell.date())
    if isinstance(cell, str | bool):
        return cell
    return plain_number(float(str(cell)))


def edit_of(scenario: Scenario, table: str, key: Mapping[str, Value]) -> Edit | None:
    """Return the edit of a row, if there is one."""
    row = Edit(table, key).row(tuple(key))
    return next((one for one in scenario.edits if one.table == table and one.row(tuple(key)) == row), None)


def with_edit(scenario: Scenario, edit: Edit | None, table: str, key: Mapping[str, Value]) -> Scenario:
    """Return the scenario with another edit of a row, or with none; edits stay in order of table and row."""
    row = Edit(table, key).row(tuple(key))
    kept = [one for one in scenario.edits if one.table != table or one.row(tuple(key)) != row]
    edits = [*kept, *([edit] if edit else [])]
    return replace(scenario, edits=tuple(sorted(edits, key=lambda one: one.row(TABLES[one.table].key))))


def choices_of(words: Iterable[object], keys: Iterable[object]) -> tuple[tuple[str, str], ...]:
    """Return choices in words with their keys."""
    return tuple((str(word), str(key)) for word, key in zip(words, keys, strict=True))


def whole(value: Value) -> int:
    """Return a whole number; none counts as nought."""
    return int(float(str(value))) if value is not None else 0
