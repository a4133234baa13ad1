"""The words in which a table is declared: column, type, unit, range, key, meaning, protective marking.

Every table of a force is declared once with these words, in the module named after its chapter. Validation, the data
dictionary, the spreadsheet template and redaction are derived from the declaration and from nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LIST_SEPARATOR: Final = "|"


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    DATE = "date"
    TIME = "date and time"
    FLAG = "yes or no"


TYPES: Final = {  # of the cells of a column in a frame; text and dates may be blank
    Kind.TEXT: "str",
    Kind.INTEGER: "float64",
    Kind.NUMBER: "float64",
    Kind.DATE: "datetime64[us]",
    Kind.TIME: "datetime64[us]",
    Kind.FLAG: "boolean",
}


class Marking(StrEnum):
    """Protective marking, in ascending order of care (Government Security Classifications Policy, August 2024)."""

    PUBLIC = "PUBLIC"
    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"


class Provenance(StrEnum):
    """Where a row comes from; ``illustrative`` rows put a banner on every product that used them."""

    PUBLIC = "public"
    FORCE = "force"
    ILLUSTRATIVE = "illustrative"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what its cells mean and which values are allowed.

    Attributes
    ----------
    blank
        A cell may be blank (missing is never zero).
    absent
        The whole column may be missing from the file; it is then read as blank.
    low, high
        Inclusive range of a number [``unit``].
    allowed
        Closed vocabulary; empty when any value of the kind will do.
    refers
        Table (or ``blocks``, ``dimensions``: settings of the force) whose key the cell must name.
    many
        The cell is a list separated by ``|``.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    blank: bool = False
    absent: bool = False
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    refers: str = ""
    many: bool = False
    marking: Marking | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, key, the sequences of columns that may only ascend along a row, and limits to groups.

    ``at_most`` holds a column, a column to group by and the most combinations of 0 to the column's value that the rows
    of a group may have between them; ``together`` the columns of which a row fills all or none; ``filled`` a column, a
    word in it, and the columns that a row with that word must fill; ``shares`` a column, a word in it, and the columns
    that are at most 1 in a row with that word. An ``optional`` table's file may be missing; it is then read as empty.
    ``folder`` is where the file lies within the force's.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    marking: Marking = Marking.OFFICIAL_SENSITIVE
    ascending: tuple[tuple[str, ...], ...] = ()
    at_most: tuple[tuple[str, str, int], ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    filled: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    shares: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    optional: bool = False
    folder: str = ""

    @property
    def file(self) -> str:
        """Return the name of the table's file within the force's folder."""
        return f"{self.folder}/{self.name}.csv" if self.folder else f"{self.name}.csv"

    def column(self, name: str) -> Column:
        """Return the declaration of column ``name``; ``KeyError`` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    def marking_of(self, name: str) -> Marking:
        """Return the protective marking of column ``name``: its own, else the table's."""
        return self.column(name).marking or self.marking


def text(
    name: str,
    meaning: str,
    *,
    blank: bool = False,
    absent: bool = False,
    allowed: Sequence[str] = (),
    refers: str = "",
    many: bool = False,
    marking: Marking | None = None,
) -> Column:
    """Declare a column of text: an id, a name, a sentence, a word of a closed vocabulary or a list of ids."""
    return Column(
        name,
        Kind.TEXT,
        meaning,
        blank=blank or absent,
        absent=absent,
        allowed=tuple(allowed),
        refers=refers,
        many=many,
        marking=marking,
    )


def number(
    name: str,
    meaning: str,
    unit: str,
    *,
    low: float | None = 0.0,
    high: float | None = None,
    blank: bool = False,
    absent: bool = False,
    marking: Marking | None = None,
) -> Column:
    """Declare a column of real numbers, by default not negative."""
    return Column(name, Kind.NUMBER, meaning, unit, blank or absent, absent, low, high, marking=marking)


def share(name: str, meaning: str, *, blank: bool = False, absent: bool = False) -> Column:
    """Declare a column of shares, 0 to 1."""
    return number(name, meaning, "share", high=1.0, blank=blank, absent=absent)


def integer(
    name: str,
    meaning: str,
    unit: str,
    *,
    low: int | None = 0,
    high: int | None = None,
    blank: bool = False,
    absent: bool = False,
    marking: Marking | None = None,
) -> Column:
    """Declare a column of whole numbers, by default not negative."""
    return Column(name, Kind.INTEGER, meaning, unit, blank or absent, absent, low, high, marking=marking)


def date(name: str, meaning: str, *, blank: bool = False, absent: bool = False) -> Column:
    """Declare a column of ISO dates."""
    return Column(name, Kind.DATE, meaning, blank=blank or absent, absent=absent)


def time(name: str, meaning: str, *, blank: bool = False) -> Column:
    """Declare a column of ISO local times (Europe/London, no zone)."""
    return Column(name, Kind.TIME, meaning, blank=blank)


def flag(name: str, meaning: str, *, blank: bool = False, absent: bool = False) -> Column:
    """Declare a column of yes or no."""
    return Column(name, Kind.FLAG, meaning, blank=blank or absent, absent=absent)


SOURCE: Final = text("source", "Where the row comes from: publication, system or decision.", marking=Marking.OFFICIAL)
PROVENANCE: Final = text(
    "provenance",
    "public (printed figure), force (the force's own record), illustrative (made up and labelled), derived (arithmetic "
    "on printed figures).",
    allowed=tuple(Provenance),
    marking=Marking.OFFICIAL,
)


def table(
    name: str,
    meaning: str,
    *columns: Column,
    key: Sequence[str],
    marking: Marking = Marking.OFFICIAL_SENSITIVE,
    ascending: Sequence[Sequence[str]] = (),
    at_most: Sequence[tuple[str, str, int]] = (),
    together: Sequence[Sequence[str]] = (),
    optional: bool = False,
) -> Table:
    """Declare a table; ``source`` and ``provenance`` are added where it does not declare them itself.

    Raises
    ------
    ValueError
        If a key, a sequence, a limit or a group names a column that is not declared.
    """
    known = {column.name for column in columns}
    limited = [name for column, by, _ in at_most for name in (column, by)]
    for named in (*key, *(name for group in (*ascending, *together) for name in group), *limited):
        if named not in known:
            raise ValueError(f"table {name}: {named} is not among its columns")
    sequences, groups = (tuple(tuple(group) for group in each) for each in (ascending, together))
    everywhere = tuple(column for column in (SOURCE, PROVENANCE) if column.name not in known)
    whole = (*columns, *everywhere)
    return Table(name, meaning, whole, tuple(key), marking, sequences, tuple(at_most), groups, optional=optional)
