"""Every table of a force as one workbook to be filled in: the way in for people who work in spreadsheets.

In: the declarations of the tables, examples, and the cells of a force's tables where there are some. Out: bytes of a
workbook with a sheet for each table: headings locked and explained in a note, cells free, with drop-downs and ranges
from the declarations. Examples stand on a sheet of their own, so that no example is ever read as data. Text stands in
cells of text exactly as it was written; no spreadsheet works it out.
"""

from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

import pandas as pd

from apstra.data.cells import allowed_words, parsed
from apstra.data.table_book import COLUMNS_SHEET, row_count
from apstra.data.tables import Cells
from apstra.publish.book import FIRST_DATE, FIRST_ROW
from apstra.publish.register import FORMULA_STARTS, NOT_APPLICABLE, _safe, marked_workbook
from apstra.publish.stamp import Stamp
from apstra.scenario import Force
from apstra.schema import TABLES, Column, Kind, Marking, Provenance, Table

SPARE: Final = 20
RULED_ROWS: Final = 5_000
MOST: Final = 10**15
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255  # of what a spreadsheet says of a cell refused
MADE_ON: Final = date(2000, 1, 1)  # fixed: the same tables make the same bytes
WIDTHS: Final = {Kind.TEXT: 28, Kind.DATE: 14, Kind.TIME: 18, Kind.FLAG: 14, Kind.INTEGER: 16, Kind.NUMBER: 16}
FORMATS: Final = {
    Kind.TEXT: "@", Kind.DATE: "yyyy-mm-dd", Kind.TIME: "yyyy-mm-dd hh:mm:ss", Kind.INTEGER: "0",
    Kind.NUMBER: "General", Kind.FLAG: "@",
}  # fmt: skip
ALLOWED_KEYS: Final = (
    "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter",
)  # fmt: skip
NOTE_SIZE: Final = {"author": "", "x_scale": 2.2, "y_scale": 1.6}
HOW: Final = "Fill in rows below the headings of each sheet; the sheet Notes says how."
NOTES: Final = {
    "fill": "Fill in rows below the headings; all cells below them are free. A blank cell says that nothing is "
    "recorded: it is never read as zero. Rows of blanks are left out. Dates are such as 2026-11-01, lists in a cell "
    "are parted by |. Values, no formulas. The headings are locked without a password: it guards against slips.",
    "columns": f"The sheet {COLUMNS_SHEET} says of each column what it means, what is allowed, and an example. The "
    "note on each heading says the same. Examples are illustrative and stand nowhere else.",
    "take": "apstra import BOOK.xlsx FOLDER checks the whole workbook and takes it in only when nothing is at fault. A "
    "table whose sheet is taken out of the workbook stays as it is in the folder.",
}


def template_book(cells: Mapping[str, Cells], examples: Mapping[str, Cells], force: Force | None = None) -> bytes:
    """Return the workbook; the same bytes for the same arguments.

    Parameters
    ----------
    cells
        Table to its columns of text, to be filled in; sound. Tables left out are empty.
    examples
        The same of the worked force: the first cell of a column that says something is its example.
    force
        Settings of the force the cells are of: its name, marking and handling.

    Raises
    ------
    ValueError
        If a text is longer than a cell of a spreadsheet holds, or a table longer than a sheet.
    """
    stamp, stream = _stamp(force, cells), BytesIO()
    lines = [stamp.line, stamp.banner, HOW]
    sheets = {COLUMNS_SHEET: _columns_sheet(examples)}
    sheets |= {name: _table_sheet(table, row_count(cells.get(name, {}))) for name, table in TABLES.items()}
    workbook = marked_workbook(stream, sheets, NOTES, lines, stamp, "Tables of the assessment")
    workbook.get_worksheet_by_name(COLUMNS_SHEET).set_column(0, len(_HEADINGS) - 1, WIDTHS[Kind.TEXT])
    for name, table in TABLES.items():
        _fill(workbook, table, cells.get(name, {}))
    for sheet in workbook.worksheets():
        sheet.protect("", dict.fromkeys(ALLOWED_KEYS, True))
    workbook.close()
    return stream.getvalue()


def _stamp(force: Force | None, cells: Mapping[str, Cells]) -> Stamp:
    """Return what every sheet carries."""
    made_up = any(Provenance.ILLUSTRATIVE in columns.get("provenance", ()) for columns in cells.values())
    banner = "Illustrative: rows made up and labelled so; nothing here is a record of the force." * made_up
    marking, handling, name = Marking.OFFICIAL_SENSITIVE, "once filled in", "to be filled in"
    if force is not None:
        marking, handling, name = force.marking, force.handling, force.name
    return Stamp(marking, handling, name, "", MADE_ON, "", "", "apstra template", banner)


_HEADINGS: Final = ("Table", "Column", "Kind", "Unit", "Allowed", "Meaning", "Example (illustrative)")


def _columns_sheet(examples: Mapping[str, Cells]) -> Any:
    """Return the sheet that explains every column."""
    from gptables import GPTable  # noqa: PLC0415 - the library costs time every other door would pay

    rows = [
        (name, column.name, str(column.kind), column.unit, _allowed(column), column.meaning, _example(column, cells))
        for name, table in TABLES.items()
        for column in table.columns
        for cells in (examples.get(name, {}),)
    ]
    return GPTable(
        table=pd.DataFrame(rows, columns=list(_HEADINGS), dtype=object).map(lambda text: _safe(text) or NOT_APPLICABLE),
        table_name="columns_table",
        title="What each column means, what is allowed, and an example $$columns$$",
        subtitles=[f"{NOT_APPLICABLE} says that there is none"],
        instructions="This worksheet contains one table. It is never imported.",
        index_columns={2: 1},
        additional_formatting=[{"column": {"columns": list(_HEADINGS), "format": {"text_wrap": 1, "valign": "top"}}}],
    )


def _allowed(column: Column) -> str:
    """Return what a cell may hold in words, with the table a reference names a row of."""
    refers = f"; {column.refers}" if column.refers else ""
    return allowed_words(column) + refers.replace("; ", "; names a row of ")


def _example(column: Column, cells: Cells) -> str:
    """Return an example of a column."""
    first = next((cell for cell in cells.get(column.name, ()) if cell), "")
    return first or (column.allowed[0] if column.allowed else "")


def _table_sheet(table: Table, rows: int) -> Any:
    """Return the shape of a table's sheet; its cells are written over, exactly as they were said."""
    from gptables import GPTable  # noqa: PLC0415

    shape = pd.DataFrame({column.name: ["cell"] * (rows + SPARE) for column in table.columns}, dtype=object)
    rules = [f"{' <= '.join(names)}" for names in table.ascending]
    rules += [f"all or none of {', '.join(names)}" for names in table.together]
    return GPTable(
        table=shape,
        table_name=f"{table.name}_table",
        title=f"{table.meaning} $$fill$$",
        subtitles=[f"Key: {', '.join(table.key)}. {'; '.join(rules)} $$columns$$".replace(".  $$", ". $$")],
        instructions="This worksheet contains one table. A blank cell says that nothing is recorded. $$take$$",
        index_columns={2: 0},
    )


def _fill(workbook: Any, table: Table, cells: Cells) -> None:
    """Write the cells of a sheet, free below the headings, and offer what each may hold."""
    page, rows = workbook.get_worksheet_by_name(table.name), row_count(cells)
    page.freeze_panes(FIRST_ROW, 0)
    for place, column in enumerate(table.columns):
        look = {**workbook.theme.data_format, "text_wrap": True, "valign": "top", "align": "left", "locked": False}
        look["num_format"] = FORMATS[column.kind]
        free = workbook.add_format(look)
        quoted = workbook.add_format(look | {"quote_prefix": True})
        page.set_column(place, place, max(WIDTHS[column.kind], len(column.name) + 2), free)
        page.write_comment(FIRST_ROW - 1, place, f"{column.meaning} {_allowed(column)}", NOTE_SIZE)
        texts = [*cells.get(column.name, [""] * rows), *[""] * SPARE]
        for number, text in enumerate(texts, FIRST_ROW):
            if _write(page, number, place, column.kind, text, quoted if text.startswith(FORMULA_STARTS) else free):
                raise ValueError(f"row {number + 1} of {table.name}, {column.name}: more than a spreadsheet holds")
        if rule := _rule(column):
            page.data_validation(FIRST_ROW, place, FIRST_ROW + rows + RULED_ROWS, place, rule)


def _write(page: Any, row: int, column: int, kind: Kind, text: str, look: Any) -> int:
    """Write a cell as what it says, a day before 1901 as its text; return 0, or less where it does not fit."""
    value = parsed(kind, text)
    if not text:
        code = page.write_blank(row, column, None, look)
    elif isinstance(value, bool):
        code = page.write_string(row, column, "yes" if value else "no", look)
    elif isinstance(value, float):
        code = page.write_number(row, column, value, look)
    elif isinstance(value, datetime) and value.date() >= FIRST_DATE:
        code = page.write_datetime(row, column, value, look)
    else:
        code = page.write_string(row, column, text, look)
    return int(code)


def _rule(column: Column) -> dict[str, Any]:
    """Return what a spreadsheet offers and accepts in the cells of a column."""
    said = {"error_title": column.name[:LONGEST_TITLE], "error_message": allowed_words(column)[:LONGEST_MESSAGE]}
    words = ["yes", "no"] if column.kind is Kind.FLAG else list(column.allowed)
    if words and not column.many:
        return {"validate": "list", "source": words, **said}
    if column.refers in TABLES and not column.many:
        other = TABLES[column.refers]
        letter = chr(ord("A") + [each.name for each in other.columns].index(other.key[0]))
        first = FIRST_ROW + 1
        return {"validate": "list", "source": f"={other.name}!${letter}${first}:${letter}${first + RULED_ROWS}", **said}
    if column.kind in (Kind.DATE, Kind.TIME):
        return {"validate": "date", "criteria": ">=", "value": FIRST_DATE, **said}
    if column.kind in (Kind.INTEGER, Kind.NUMBER):
        kind = "integer" if column.kind is Kind.INTEGER else "decimal"
        low = -MOST if column.low is None else column.low
        high = MOST if column.high is None else column.high
        return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high, **said}
    return {}
