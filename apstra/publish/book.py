"""The register as a book that people edit in a spreadsheet and give back to ``apstra register import``.

In: what was said of a register up to a day, and the settings of the force. Out: bytes of a workbook: what may be edited
is unlocked, with drop-downs where words are few; ids, states and everything else decided elsewhere is locked. Text
stands in its cells exactly as it was said, in cells of text that no spreadsheet works out.
"""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

import pandas as pd

from apstra.data.register_book import FORM, ITEMS, ORIGIN
from apstra.publish.register import FORMULA_STARTS, marked_workbook
from apstra.publish.stamp import Stamp
from apstra.risk import Event, fold
from apstra.risk.difference import NEW, REASON, SHEETS, Sheet, columns, is_over
from apstra.risk.lifecycle import Entries, Entry
from apstra.scenario import Scenario
from apstra.schema import TABLES, Column, Kind, Provenance

SPARE: Final = 20
FIRST_ROW: Final = 4  # after title, note, instructions and headings
FIRST_DATE: Final = date(1901, 1, 1)  # spreadsheets disagree on days before March 1900
WIDTHS: Final = {Kind.TEXT: 32, Kind.DATE: 14, Kind.INTEGER: 14}
FORMATS: Final = {Kind.TEXT: "@", Kind.DATE: "yyyy-mm-dd", Kind.INTEGER: "0"}
OPENING: Final = ("proposed", "open")
NOTES: Final = {
    "edit": "Cells that may be edited are unlocked: the fields of live entries, of controls, and of the rows that say "
    f"{NEW} at the end of each sheet, which become new entries and controls. A blank cell says that nothing is "
    "recorded. Reason says why a row was changed. Dates are such as 2026-11-01; lists in a cell are parted by |. "
    "The protection has no password: it guards against slips.",
    "locked": "Ids, states and acceptances are locked: a change of state is a decision, made with apstra register say. "
    "A row taken out of the book takes nothing out of the register. A control for a new entry is added once that "
    "entry has an id.",
    "origin": "The sheet Origin says what the book was exported from; without it the book cannot be imported. What was "
    "said of the register since is kept: a field changed on both sides is shown and left to people.",
}
TITLES: Final = {"Register": "Risks and other observations, to be edited", "Controls": "Controls, to be edited"}


def register_book(events: Sequence[Event], scenario: Scenario, as_at: date) -> bytes:
    """Return the register as a book to be edited; the same bytes for the same events.

    Parameters
    ----------
    events
        What was said of the register up to the end of ``as_at``, at least one event.
    scenario
        Settings of the force: its name, marking and handling.
    """
    entries, head = fold(events), events[-1]
    stamp = _stamp(entries, head, scenario, as_at)
    lines = [stamp.line, f"The register as at {as_at.isoformat()}, after event {head.id}.", stamp.banner]
    origin = pd.DataFrame(
        {"Item": ITEMS, "Value": (FORM, scenario.force.slug, str(head.number), head.hash)}, dtype=object
    )
    stream = BytesIO()
    sheets = {ORIGIN: _gptable(ORIGIN, origin, "Where this book comes from $$origin$$", [])}
    for name, sheet in SHEETS.items():
        rows = len(entries[sheet.table]) + SPARE
        # Only its shape: the cells are written over, exactly as they were said.
        shape = pd.DataFrame({_heading(column): ["cell"] * rows for column in columns(sheet)}, dtype=object)
        sheets[name] = _gptable(name, shape, f"{TITLES[name]} $$edit$$", ["What is locked stays as it is $$locked$$"])
    workbook = marked_workbook(stream, sheets, NOTES, lines, stamp)
    for name in SHEETS:
        _fill(workbook, name, entries)
    for sheet in workbook.worksheets():
        sheet.protect("", {"format_columns": True, "format_rows": True})
    workbook.get_worksheet_by_name(ORIGIN).set_column(0, 1, 2 * WIDTHS[Kind.TEXT])
    workbook.close()
    return stream.getvalue()


def _stamp(entries: Entries, head: Event, scenario: Scenario, as_at: date) -> Stamp:
    """Return what every sheet carries."""
    force = scenario.force
    made_up = any(
        row.get("provenance") == Provenance.ILLUSTRATIVE for table in entries.values() for row in table.values()
    )
    banner = f"Illustrative: rows made up and labelled so; nothing here is a record of {force.name}." * made_up
    scheme = f"{scenario.scheme.name}, version {scenario.scheme.version}"
    return Stamp(
        force.marking, force.handling, force.name, as_at.isoformat(), as_at, scenario.title, scheme, head.id, banner
    )


def _gptable(name: str, table: pd.DataFrame, title: str, subtitles: list[str]) -> Any:
    """Return a sheet's table with its title and how to read it."""
    from gptables import GPTable  # noqa: PLC0415

    return GPTable(
        table=table,
        table_name=f"{name.lower()}_table",
        title=title,
        subtitles=subtitles,
        instructions="This worksheet contains one table. A blank cell says that nothing is recorded.",
        index_columns={2: 0},
    )


def _heading(column: str) -> str:
    """Return a column as its heading."""
    return column.replace("_", " ").capitalize()


def _fill(workbook: Any, name: str, entries: Entries) -> None:
    """Write the cells of a sheet, lock what may not be edited, and offer what a cell may hold."""
    sheet, page = SHEETS[name], workbook.get_worksheet_by_name(name)
    rows: list[tuple[str, Entry]] = [*entries[sheet.table].items(), *[(NEW, {})] * SPARE]
    last = FIRST_ROW + len(rows) - 1
    for place, column in enumerate(columns(sheet)):
        declared = TABLES[sheet.table].column(column) if column != REASON else Column(REASON, Kind.TEXT, "Why.")
        page.set_column(place, place, WIDTHS[declared.kind])
        for number, (one, entry) in enumerate(rows, FIRST_ROW):
            value = one if column == sheet.key else entry.get(column)
            look = _look(workbook, declared.kind, value, free=_free(sheet, column, one, entry))
            _write(page, number, place, value, look)
        first = last - SPARE + 1 if column in sheet.at_first else FIRST_ROW
        if (rule := _rule(declared)) and column in (*sheet.editable, *sheet.at_first):
            page.data_validation(first, place, last, place, rule)


def _free(sheet: Sheet, column: str, one: str, entry: Entry) -> bool:
    """Return whether a cell may be edited: fields of what is live, and of what is new."""
    if column in sheet.at_first:
        return one == NEW
    return column in (*sheet.editable, REASON) and not is_over(entry)


def _look(workbook: Any, kind: Kind, value: Any, *, free: bool) -> Any:
    """Return the format of a cell; text that begins as a formula would is marked as quoted."""
    look = {**workbook.theme.data_format, "text_wrap": True, "valign": "top", "align": "left"}
    quoted = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return workbook.add_format(look | {"num_format": FORMATS[kind], "locked": not free, "quote_prefix": quoted})


def _write(page: Any, row: int, column: int, value: Any, look: Any) -> None:
    """Write a cell: nothing, a day as a day, a number, or text exactly as it is."""
    if value is None:
        page.write_blank(row, column, None, look)
    elif not isinstance(value, str):
        page.write_number(row, column, value, look)
    elif look.num_format == FORMATS[Kind.DATE] and value >= FIRST_DATE.isoformat():
        page.write_datetime(row, column, datetime.fromisoformat(value), look)
    else:
        page.write_string(row, column, value, look)


def _rule(column: Column) -> dict[str, Any]:
    """Return what a spreadsheet offers and accepts in the cells of a column."""
    if words := [word for word in column.allowed if word != "tolerate" and (column.name != "state" or word in OPENING)]:
        return {"validate": "list", "source": words, "error_message": f"One of: {', '.join(words)}"}
    if column.kind is Kind.INTEGER:
        limits = {"minimum": column.low, "maximum": column.high}
        said = f"A whole number from {column.low} to {column.high}"
        return {"validate": "integer", "criteria": "between", **limits, "error_message": said}
    if column.kind is Kind.DATE:
        return {
            "validate": "date", "criteria": ">=", "value": FIRST_DATE, "error_message": "A date such as 2026-11-01",
        }  # fmt: skip
    return {}
