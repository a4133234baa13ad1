"""A force's tables through a spreadsheet: what an edited workbook says, and taking it into the force's folder.

In: a workbook that ``apstra template`` made, whoever filled it in and saved it last, and the folder of a force. Out:
the CSVs it changes, moved in together once everything is sound; or every fault by sheet, row and column, and no file
touched. What a program only writes in another way (dates as days since 1900, whole numbers with a point) is no change:
such a cell keeps the text of its CSV, and a table without any change keeps its bytes.
"""

import codecs
import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from apstra.data.cells import parsed
from apstra.data.faults import FIRST_ROW, HEADER_ROW, WHOLE_FILE, Fault, InvalidTables, fault_frame
from apstra.data.reading import validate
from apstra.data.register_book import FIRST_DAY, LAST_SERIAL, cell_text, plain, read_sheets
from apstra.data.tables import Cells, read_cells
from apstra.schema import TABLES, Kind, Table

COLUMNS_SHEET: Final = "Columns"
FRONT: Final = ("Cover", "Contents", "Notes", COLUMNS_SHEET)
DAY_SECONDS: Final = 86_400
NOT_COPIED: Final = shutil.ignore_patterns("*.sqlite*", ".*")
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet says of its table: headings, rows of text, and the numbers of both as the spreadsheet counts."""

    header: Sequence[str]
    rows: Rows
    header_row: int
    numbers: Sequence[int]


def force_cells(folder: Path) -> dict[str, Cells]:
    """Return the cells of a force's tables as text; a table that cannot be read is left out."""
    read = {name: read_cells(folder / table.file, table.file)[0] for name, table in TABLES.items()}
    return {name: cells for name, cells in read.items() if cells is not None}


def row_count(cells: Cells) -> int:
    """Return how many rows a table has."""
    return len(next(iter(cells.values()), ()))


def import_book(path: Path, folder: Path, *, may_empty: bool = False) -> tuple[list[str], list[str]]:
    """Take the tables of a workbook into a force's folder; return the files changed, and those without a sheet.

    Parameters
    ----------
    may_empty
        A sheet without rows empties a table that has some; else it is a fault, for most such sheets were never filled.

    Raises
    ------
    InvalidTables
        If the workbook, or the folder with the workbook's tables in it, has a fault: all of them, nothing written.
    ValueError
        If there is no such folder, or the workbook cannot be read or holds no table.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    cells, formulas = read_sheets(path, TABLES)
    if not set(cells) & set(TABLES):
        raise ValueError(f"{path.name} holds no table: no sheet has the name of one, such as {next(iter(TABLES))}")
    sheets, faults = _sheets(cells)
    before = force_cells(folder)
    changed = _changed(sheets, before, folder)
    faults += [] if may_empty else _emptied(sheets, before)
    found = [*map(_of_sheet, formulas), *faults, *faults_within(folder, changed, sheets)]
    if found:
        raise InvalidTables(fault_frame(found))
    move_in(folder, changed)
    return sorted(changed), [table.file for name, table in TABLES.items() if name not in cells]


def _emptied(sheets: Mapping[str, Sheet], before: Mapping[str, Cells]) -> Iterator[Fault]:
    """Give the sheets without rows whose tables have some."""
    for name, sheet in sheets.items():
        if (rows := row_count(before.get(name, {}))) and not sheet.rows:
            words = f"rows, or no such sheet: {TABLES[name].file} has {rows}; --empty takes them out"
            yield _of_sheet(Fault(name, WHOLE_FILE, "", "no rows", words))


def _of_sheet(fault: Fault) -> Fault:
    """Return a fault that says its place is a sheet."""
    return replace(fault, file=f"sheet {fault.file}")


def _sheets(cells: Mapping[str, Rows]) -> tuple[dict[str, Sheet], list[Fault]]:
    """Return what the sheets say by table, and the sheets that are no table or have no headings."""
    sheets: dict[str, Sheet] = {}
    faults = []
    for name, rows in cells.items():
        if name in TABLES:
            sheet = _sheet(TABLES[name], rows)
            words = f"a row of headings with {', '.join(TABLES[name].key)} among them"
            faults += [] if sheet else [Fault(name, WHOLE_FILE, "", "", words)]
            sheets |= {name: sheet} if sheet else {}
        elif name not in FRONT:
            near = get_close_matches(name, TABLES, 1) or [f"one of {COLUMNS_SHEET}"]
            faults.append(Fault(name, WHOLE_FILE, "", name, f"the name of a table; nearest is {near[0]}"))
    return sheets, [_of_sheet(fault) for fault in faults]


def _sheet(table: Table, rows: Sequence[Sequence[Any]]) -> Sheet | None:
    """Return what a sheet says of its table; nothing where it has no headings. Rows of blanks say nothing."""
    top = next((at for at, row in enumerate(rows) if set(table.key) <= {cell_text(cell).strip() for cell in row}), None)
    if top is None:
        return None
    names = [cell_text(cell).strip() for cell in rows[top]]
    kinds = {column.name: column.kind for column in table.columns}
    below = [[_said(cell, kinds.get(name, Kind.TEXT)) for name, cell in zip(names, row, strict=True)] for row in rows]
    kept = [at for at in range(top + 1, len(rows)) if any(text.strip() for text in below[at])]
    used = [place for place, name in enumerate(names) if name or any(below[at][place] for at in kept)]
    body = [[below[at][place] for place in used] for at in kept]
    return Sheet([names[place] for place in used], body, top + 1, [at + 1 for at in kept])


def _said(value: Any, kind: Kind) -> str:
    """Return a cell as the text a CSV would hold."""
    if isinstance(value, bool) and kind is Kind.FLAG:
        return "yes" if value else "no"
    if kind is Kind.TIME:
        if isinstance(value, int | float) and 0 < value <= LAST_SERIAL:
            value = datetime.combine(FIRST_DAY, time()) + timedelta(seconds=round(value * DAY_SECONDS))
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if isinstance(value, datetime):
            return (value + timedelta(seconds=0.5)).replace(microsecond=0).isoformat().removesuffix(":00")
    return cell_text(value, kind)


def _same(kind: Kind, text: str) -> Any:
    """Return what a cell says however it is written: numbers to the 15 digits that a spreadsheet keeps."""
    value = parsed(kind, text)
    if value is None or isinstance(value, str):
        return plain(text)
    return f"{value:.15g}" if isinstance(value, float) else value


def _changed(sheets: Mapping[str, Sheet], kept: Mapping[str, Cells], folder: Path) -> dict[str, bytes]:
    """Return the new bytes of the files that a workbook changes, by the file's name within the folder."""
    changed = {}
    for name, sheet in sheets.items():
        table, before = TABLES[name], kept.get(name)
        header, rows = _merged(table, sheet, before or {})
        as_it_was = before is not None and header == list(before) and rows == list(zip(*before.values(), strict=True))
        if not as_it_was and (rows or before is not None or not table.optional):
            changed[table.file] = _written(folder / table.file, [header, *rows])
    return changed


def _merged(table: Table, sheet: Sheet, before: Cells) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return header and rows of a table: columns in the order of its CSV, cells that say the same as they stand there.

    A column that the CSV leaves out stays out while nothing is in it.
    """
    kinds = {column.name: column.kind for column in table.columns}
    absent = {column.name for column in table.columns if column.absent and column.name not in before}
    places = [
        place for place, name in enumerate(sheet.header) if name not in absent or any(row[place] for row in sheet.rows)
    ]
    order = {name: place for place, name in enumerate(before)}
    places.sort(key=lambda place: order.get(sheet.header[place], len(order)))
    columns = [[_same(table.column(name).kind, cell) for cell in before[name]] for name in table.key if name in before]
    row_of = {key: number for number, key in enumerate(zip(*columns, strict=True))}
    at = [sheet.header.index(name) for name in table.key]

    def cell(row: Sequence[str], place: int, number: int | None) -> str:
        name, text = sheet.header[place], row[place]
        was = before[name][number] if number is not None and name in before else text
        kind = kinds.get(name, Kind.TEXT)
        return was if _same(kind, was) == _same(kind, text) else text

    rows = []
    for row in sheet.rows:
        number = row_of.get(tuple(_same(kinds[name], row[place]) for name, place in zip(table.key, at, strict=True)))
        rows.append(tuple(cell(row, place, number) for place in places))
    return [sheet.header[place] for place in places], rows


def _written(path: Path, rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as the bytes of a CSV, with the line ends and the byte order mark of the file that is there."""
    before = path.read_bytes() if path.is_file() else b""
    stream = StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n" if b"\r\n" in before[: before.find(b"\n") + 1] else "\n").writerows(rows)
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + stream.getvalue().encode()


def faults_within(folder: Path, changed: Mapping[str, bytes], sheets: Mapping[str, Sheet]) -> Iterator[Fault]:
    """Give the faults that a folder would have with the changed files in it, by sheet where they lie in one."""
    sheet_of = {table.file: name for name, table in TABLES.items() if name in sheets}
    with TemporaryDirectory() as place:
        whole = Path(place) / "force"
        shutil.copytree(folder, whole, ignore=NOT_COPIED)
        for file, content in changed.items():
            (whole / file).parent.mkdir(exist_ok=True)
            (whole / file).write_bytes(content)
        faults = [Fault(*row) for row in validate(whole).itertuples(index=False, name=None)]
    for fault in faults:
        name = sheet_of.get(fault.file)
        yield _of_sheet(replace(fault, file=name, row=_number(sheets[name], fault.row))) if name else fault


def _number(sheet: Sheet, row: int) -> int:
    """Return the row of a sheet that became a row of a CSV."""
    if row < FIRST_ROW:
        return sheet.header_row if row == HEADER_ROW else row
    return sheet.numbers[row - FIRST_ROW]


def move_in(folder: Path, changed: Mapping[str, bytes]) -> None:
    """Write files beside those they replace, then put all of them in their place."""
    partial = {folder / file: folder / f"{file}.partial" for file in changed}
    try:
        for (path, beside), content in zip(partial.items(), changed.values(), strict=True):
            path.parent.mkdir(exist_ok=True)
            beside.write_bytes(content)
        for path, beside in partial.items():
            beside.replace(path)
    except OSError as error:
        raise ValueError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        for beside in partial.values():
            if beside.is_file():
                beside.unlink()
