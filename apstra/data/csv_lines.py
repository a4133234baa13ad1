"""The smallest difference of a CSV: rows set, added or removed, and not a byte of any other line touched.

In: the bytes of a CSV and the rows to be changed, cells as text. Out: its bytes afterwards, in the style of the file
(line ends, quotes, byte order mark, order of columns), and the difference in lines with - and +.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import StringIO
from typing import Final

from apstra.data.edits import cell_text
from apstra.data.faults import HEADER_ROW, WHOLE_FILE, Fault, InvalidTables, fault_frame
from apstra.schema import Table
from apstra.schema.edit import Edit

RAW_CELL: Final = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\r|\n|\Z)')
MUST_QUOTE: Final = re.compile('[,"\r\n]')
ENDS: Final = "\r\n"


def edited(content: bytes, table: Table, edits: Sequence[Edit]) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a CSV with some rows set, added or removed, and its difference: lines with - and +.

    Parameters
    ----------
    content
        The file as it is, well-formed; empty where there is none yet.

    Raises
    ------
    InvalidTables
        If a row to be set or removed is not there, or a column is not in the file.
    """
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    text = content[len(mark) :].decode()
    rows = list(_rows(text or ",".join(column.name for column in table.columns) + "\n"))
    header = rows[0][0]
    place_of = {tuple(cells[header.index(name)] for name in table.key): at for at, (cells, _) in enumerate(rows) if at}
    raw = [line for _, line in rows]
    quoted = [all(cell[:1] == '"' for cell in column) for column in zip(*map(_raw_cells, raw), strict=True)]
    after = list(raw)
    for edit in edits:
        _refuse_unfit(table, edit, header, place_of)
        cells = {**edit.add, **edit.set}
        given = {at: cell_text(cells[name]) for at, name in enumerate(header) if name in cells}
        if edit.add:
            _append(after, ",".join(_cell(given.get(at, ""), quote=quote) for at, quote in enumerate(quoted)), raw[0])
        else:
            place = place_of[key_of(table, edit)]
            after[place] = "" if edit.remove else _set(rows[place], given, quoted)
    before = [*(raw if text else [""]), *[""] * (len(after) - len(raw))]
    return mark + "".join(after).encode(), tuple(_difference(before, after))


def key_of(table: Table, edit: Edit) -> tuple[str, ...]:
    """Return the key of the row an edit is of."""
    return edit.row(table.key)[1:]


def _rows(text: str) -> Iterator[tuple[list[str], str]]:
    """Give each row of a CSV: its cells, and its line or lines as they stand."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in StringIO(text, newline=""):
            taken.append(line)
            yield line

    for cells in csv.reader(lines(), strict=True):
        yield cells, "".join(taken)
        taken.clear()


def _raw_cells(line: str) -> list[str]:
    """Return the cells of a row as they stand, quotes and all."""
    found: list[str] = []
    for cell in RAW_CELL.finditer(line):
        found.append(cell[1])
        if cell[2] != ",":
            break
    return found


def _cell(text: str, *, quote: bool) -> str:
    """Return a cell as it is written."""
    return '"' + text.replace('"', '""') + '"' if quote or MUST_QUOTE.search(text) else text


def _set(row: tuple[list[str], str], given: Mapping[int, str], quoted: Sequence[bool]) -> str:
    """Return the line of a row with some cells written anew, the rest as they stand."""
    cells, line = row
    parts = _raw_cells(line)
    end = line[len(",".join(parts)) :]
    parts = [
        _cell(given[at], quote=quoted[at]) if given.get(at, cell) != cell else part
        for at, (cell, part) in enumerate(zip(cells, parts, strict=True))
    ]
    return ",".join(parts) + end


def _append(lines: list[str], row: str, header: str) -> None:
    """Add a row after the last line; the file ends as it did, with a line end or without."""
    end = header[len(header.rstrip(ENDS)) :] or "\n"
    last = max(at for at, line in enumerate(lines) if line)
    whole = lines[last].endswith(tuple(ENDS))
    lines[last] += "" if whole else end
    lines.append(row + (end if whole else ""))


def _refuse_unfit(table: Table, edit: Edit, header: Sequence[str], rows: Collection[tuple[str, ...]]) -> None:
    """Refuse an edit of a row that is not there, or of a column that is not in the file."""
    faults = [
        Fault(table.file, HEADER_ROW, name, cell_text(cell), f"one of: {', '.join(header)}")
        for name, cell in {**edit.add, **edit.set}.items()
        if name not in header and cell
    ]
    if not edit.add and key_of(table, edit) not in rows:
        faults.append(
            Fault(table.file, WHOLE_FILE, ", ".join(table.key), ", ".join(key_of(table, edit)), "a row's key")
        )
    if faults:
        raise InvalidTables(fault_frame(faults))


def _difference(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Give the lines that differ, with - as they were and with + as they are."""
    for old, new in zip(before, after, strict=True):
        if old.rstrip(ENDS) != new.rstrip(ENDS):
            yield from (f"-{line}" for line in old.splitlines())
            yield from (f"+{line}" for line in new.splitlines())
