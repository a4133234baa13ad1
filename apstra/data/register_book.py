"""The register in a spreadsheet, read back: what its cells say, whoever saved it last.

In: a workbook that ``apstra register export`` made and people edited in whatever program, and the entries as exported.
Out: its rows in the types of the ledger, with every fault of its cells. A cell nobody touched gives back exactly what
was exported, though programs write dates as days since 1900, whole numbers with a point and line ends in their own way.
"""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from apstra.data.cells import allowed_words, is_sound
from apstra.data.faults import WHOLE_FILE, Fault
from apstra.risk import Event
from apstra.risk.difference import NEW, REASON, SHEETS, Row, Sheet, columns
from apstra.risk.lifecycle import Entries, Entry
from apstra.schema import TABLES, Column, Kind

ORIGIN: Final = "Origin"
FORM: Final = "register book 1"
ITEMS: Final = ("Form", "Force", "Event", "Hash")
FIRST_DAY: Final = date(1899, 12, 30)  # day 0 of a spreadsheet
LAST_SERIAL: Final = (date.max - FIRST_DAY).days
ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")  # how XLSX writes what XML cannot
FORMULA: Final = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>\s*<(?:\w+:)?f[\s/>]')
PLACE: Final = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


@dataclass(frozen=True, slots=True)
class Book:
    """The cells of a book by sheet, where it says it comes from, and the formulas found in it."""

    name: str
    origin: Mapping[str, str]
    sheets: Mapping[str, Sequence[Sequence[Any]]]
    formulas: tuple[Fault, ...]


def read_book(path: Path) -> Book:
    """Return what a book holds.

    Raises
    ------
    ValueError
        If it cannot be read, or is no book that was exported from a register.
    """
    sheets, formulas = read_sheets(path, SHEETS)
    origin = {cell_text(row[0]): cell_text(row[1]) for row in sheets.get(ORIGIN, ()) if len(row) > 1}
    if origin.get("Form") != FORM or not set(ITEMS) <= set(origin) or not origin["Event"].isdecimal():
        raise ValueError(f"{path.name} is no book of this version of apstra register export: no sheet {ORIGIN} says so")
    return Book(path.name, origin, sheets, formulas)


def read_sheets(path: Path, wanted: Collection[str]) -> tuple[dict[str, list[list[Any]]], tuple[Fault, ...]]:
    """Return the cells of a workbook by sheet, and the formulas of the sheets wanted.

    Raises
    ------
    ValueError
        If it cannot be read as a spreadsheet.
    """
    from python_calamine import CalamineError, load_workbook  # noqa: PLC0415 - only this door waits for its import

    if not path.is_file():
        raise ValueError(f"there is no file {path.name}")
    try:
        book = load_workbook(path)
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        return sheets, tuple(_formulas(path, book.sheet_names, wanted))
    except (CalamineError, OSError, ValueError, KeyError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} cannot be read as a spreadsheet: {' '.join(str(error).split())}") from error


def _formulas(path: Path, names: Sequence[str], wanted: Collection[str]) -> Iterator[Fault]:
    """Give the formulas of a workbook: where no program worked one out, its cell reads as if it were blank."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as parts:
        if "xl/workbook.xml" not in parts.namelist():
            return
        relations = RELATION.findall(parts.read("xl/_rels/workbook.xml.rels"))
        target = {_attribute(one, b"Id"): _attribute(one, b"Target").removeprefix("/xl/") for one in relations}
        places = [target[_attribute(one, b"id")] for one in PLACE.findall(parts.read("xl/workbook.xml"))]
        for name, place in zip(names, places, strict=True):
            for column, row in FORMULA.findall(parts.read(f"xl/{place}")) if name in wanted else ():
                yield Fault(name, int(row), column.decode(), "a formula", "a value")


def _attribute(tag: bytes, name: bytes) -> str:
    """Return an attribute of an XML tag, whatever its prefix."""
    return next((found.decode() for found in re.findall(rb'\b%s="([^"]*)"' % name, tag)), "")


def exported_events(book: Book, slug: str, events: Sequence[Event]) -> Sequence[Event]:
    """Return the events the book was exported from.

    Raises
    ------
    ValueError
        If the book is of another force, or its last event is not in this history.
    """
    if book.origin["Force"] != slug:
        raise ValueError(f"{book.name} is the register of {book.origin['Force']}, not of {slug}")
    number = int(book.origin["Event"])
    if not 0 < number <= len(events) or events[number - 1].hash != book.origin["Hash"]:
        raise ValueError(f"{book.name} was exported after event {number} of a history that is not this ledger's")
    return events[:number]


def rows_of(book: Book, exported: Entries, keys: Mapping[str, Collection[str]]) -> tuple[list[Row], list[Fault]]:
    """Return the rows of a book, and every fault of its cells; a row at fault says what was exported.

    Parameters
    ----------
    exported
        Entries by table and id when the book was exported: what nobody touched is given back as it was.
    keys
        Table to the ids that references to it may name.
    """
    rows: list[Row] = []
    faults = list(book.formulas)
    for name, sheet in SHEETS.items():
        lines, wrong = _lines(book, name, sheet)
        faults += wrong
        for number, cells in lines:
            row, wrong = _row(name, number, cells, exported, keys)
            rows += [row] if row else []
            faults += wrong
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if row.id != NEW and (row.sheet, row.id) in seen:
            faults.append(Fault(row.sheet, row.number, SHEETS[row.sheet].key, row.id, "an id that no other row has"))
        seen.add((row.sheet, row.id))
    wrong_rows = {(fault.file, fault.row) for fault in faults}
    return [_as_exported(row, exported) if (row.sheet, row.number) in wrong_rows else row for row in rows], faults


def _as_exported(row: Row, exported: Entries) -> Row:
    """Return a row that changes nothing."""
    return replace(row, values=exported[SHEETS[row.sheet].table].get(row.id, {}))


def _lines(book: Book, name: str, sheet: Sheet) -> tuple[list[tuple[int, dict[str, Any]]], list[Fault]]:
    """Return the rows of a sheet by number, each column to cell; none where the headings are at fault."""
    cells = book.sheets.get(name, ())
    names = [[cell_text(cell).strip().lower().replace(" ", "_") for cell in row] for row in cells]
    top = next((place for place, row in enumerate(names) if sheet.key in row), None)
    if top is None:
        words = f"a row of headings with {sheet.key} among them" if cells else "the sheet must be there"
        return [], [Fault(name, WHOLE_FILE, "", "", words)]
    known, found = columns(sheet), [one for one in names[top] if one]
    faults = [Fault(name, top + 1, one, "", "the column must be there") for one in known if one not in found]
    faults += [Fault(name, top + 1, one, one, f"one of: {', '.join(known)}") for one in found if one not in known]
    faults += [Fault(name, top + 1, one, one, "each column once") for one in set(known) if found.count(one) > 1]
    lines = [(number, dict(zip(names[top], row, strict=True))) for number, row in enumerate(cells[top + 1 :], top + 2)]
    return [] if faults else lines, faults


def _row(
    name: str, number: int, cells: Mapping[str, Any], exported: Entries, keys: Mapping[str, Collection[str]]
) -> tuple[Row | None, list[Fault]]:
    """Return a row of a sheet, nothing where it is a blank one, and the faults of its cells."""
    sheet = SHEETS[name]
    one = cell_text(cells[sheet.key]).strip()
    new = one.lower() in ("", NEW)
    if new and not any(cell_text(cell) for column, cell in cells.items() if column != sheet.key):
        return None, []
    if not new and one not in exported[sheet.table]:
        return None, [Fault(name, number, sheet.key, one, f"an id of the register as exported, or {NEW}")]
    values: dict[str, Any] = {}
    faults = []
    for column in (TABLES[sheet.table].column(each) for each in columns(sheet) if each not in (sheet.key, REASON)):
        free = column.name in sheet.editable or (new and column.name in sheet.at_first)
        then: Entry = {} if new else exported[sheet.table][one]
        values[column.name], allowed = _value(column, cells[column.name], then, keys, free=free, new=new)
        if allowed:
            faults.append(Fault(name, number, column.name, cell_text(cells[column.name], column.kind), allowed))
    return Row(name, number, NEW if new else one, values, cell_text(cells[REASON]).strip()), faults


def _value(
    column: Column, cell: Any, then: Entry, keys: Mapping[str, Collection[str]], *, free: bool, new: bool
) -> tuple[Any, str]:
    """Return the value of a cell, and where it may not stand there what is allowed instead."""
    said, was = cell_text(cell, column.kind), then.get(column.name)
    if plain(said) == plain(cell_text(was)) and not (new and free):
        return was, ""
    if not free:
        return was, f"{cell_text(was)!r}, as exported: this cell is locked"
    if not is_sound(column, said):
        return was, allowed_words(column)
    if said and column.refers in keys and said not in keys[column.refers]:
        return was, f"a key of {column.refers}; {column.meaning}"
    return (int(said) if column.kind is Kind.INTEGER else said) if said else None, ""


def cell_text(value: Any, kind: Kind = Kind.TEXT) -> str:
    """Return a cell or a value of the ledger as text: dates in ISO, whole numbers whole, line ends as new lines."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if kind is Kind.DATE and 0 < value <= LAST_SERIAL and float(value).is_integer():
            return (FIRST_DAY + timedelta(days=int(value))).isoformat()
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, date):
        return value.isoformat().removesuffix("T00:00:00")
    return re.sub("\r\n?", "\n", str(value))


def plain(text: str) -> str:
    """Return text with what XLSX writes as escapes read back, so that text differs only where somebody changed it."""
    while (plain := ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)) != text:
        text = plain
    return re.sub("\r\n?", "\n", text)
