"""Reading a force's tables: everything is checked before anything is used, and every fault is told at once.

In: the folder of a force, one CSV for each table of ``schema.TABLES``. Out: frames in the types the model works with,
or the faults: file, row, column, value and what is allowed.
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pandas as pd

from apstra.data.cells import allowed_words, is_sound, parsed, typed
from apstra.data.faults import FIRST_ROW, HEADER_ROW, WHOLE_FILE, Fault
from apstra.schema import LIST_SEPARATOR, TABLES, Kind, Table

Cells = Mapping[str, Sequence[str]]
AUTUMN_MONTH: Final = 10
LAST_WEEK_FROM: Final = 25
SUNDAY: Final = 6
REPEATED_HOUR: Final = 1


def read_text(path: Path, name: str) -> tuple[str, list[Fault]]:
    """Return the text of a file, or the fault that keeps it from being read."""
    if not path.is_file():
        return "", [Fault(name, WHOLE_FILE, "", "", "the file must be there, with at least its header")]
    content = path.read_bytes()
    if not content.strip():
        return "", [Fault(name, WHOLE_FILE, "", "", "at least a header; the file is empty")]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        found = repr(content[error.start : error.start + 1])[2:-1]
        return "", [Fault(name, row, "", found, "UTF-8 text (in a spreadsheet: save as CSV UTF-8)")]


def read_cells(path: Path, name: str) -> tuple[Cells | None, list[Fault]]:
    """Return the cells of a CSV as text, column by column; ``None`` when it cannot be read."""
    text, faults = read_text(path, name)
    if faults:
        return None, faults
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return None, [Fault(name, len(rows) + 1, "", "", f"well-formed CSV ({error})")]
    header, *body = rows
    faults = [
        Fault(name, row, "", f"{len(cells)} cells", f"{len(header)} cells, as in the header")
        for row, cells in enumerate(body, FIRST_ROW)
        if len(cells) != len(header)
    ]
    repeated = [column for place, column in enumerate(header) if column in header[:place]]
    faults += [Fault(name, HEADER_ROW, column, column, "each column once") for column in repeated]
    padded = [cells + [""] * len(header) for cells in body]
    return {column: [cells[header.index(column)] for cells in padded] for column in header}, faults


def table_faults(table: Table, cells: Cells, name: str) -> list[Fault]:
    """Return the faults of one table in itself: columns, types, ranges, words, keys and sequences."""
    return [
        *_column_faults(table, cells, name),
        *_cell_faults(table, cells, name),
        *_repeated_keys(table, cells, name),
        *(fault for sequence in table.ascending for fault in _descents(table, sequence, cells, name)),
        *(fault for limit in table.at_most for fault in _beyond(*limit, table, cells, name)),
        *(fault for group in table.together for fault in _half_given(group, cells, name)),
        *(fault for asked in table.filled for fault in _left_blank(*asked, cells, name)),
        *(fault for asked in table.shares for fault in _above_one(*asked, cells, name)),
    ]


def _column_faults(table: Table, cells: Cells, name: str) -> Iterator[Fault]:
    """Give the columns that are unknown and those that are missing."""
    known = [column.name for column in table.columns]
    for column in cells:
        if column not in known:
            near = get_close_matches(column, known, 1)
            yield Fault(name, HEADER_ROW, column, column, f"one of: {', '.join(near or known)}")
    for declared in table.columns:
        if declared.name not in cells and not declared.absent:
            yield Fault(name, HEADER_ROW, declared.name, "", "the column must be there")


def _cell_faults(table: Table, cells: Cells, name: str) -> Iterator[Fault]:
    """Give the cells that break the declaration of their column."""
    for column in table.columns:
        values = cells.get(column.name, ())
        wrong = {value for value in set(values) if not is_sound(column, value)}
        for row, value in enumerate(values, FIRST_ROW):
            if value in wrong:
                yield Fault(name, row, column.name, value, allowed_words(column))


def _repeated_keys(table: Table, cells: Cells, name: str) -> Iterator[Fault]:
    """Give the keys that an earlier row has already."""
    if not set(table.key) <= set(cells):
        return
    seen: set[tuple[str, ...]] = set()
    for row, key in enumerate(zip(*(cells[column] for column in table.key), strict=True), FIRST_ROW):
        if key in seen:
            yield Fault(name, row, ", ".join(table.key), ", ".join(key), "a key that no other row has")
        seen.add(key)


def _descents(table: Table, sequence: Sequence[str], cells: Cells, name: str) -> Iterator[Fault]:
    """Give the cells that lie before (or below) the last known column of their ascending sequence."""
    columns = [table.column(each) for each in sequence if each in cells]
    for row, texts in enumerate(zip(*(cells[column.name] for column in columns), strict=True), FIRST_ROW):
        last: Any = None
        limit = ""
        for column, text in zip(columns, texts, strict=True):
            value: Any = parsed(column.kind, text)
            if value is None:
                continue
            if last is not None and _latest(column.kind, value) < last:
                yield Fault(name, row, column.name, text, limit)
            last = value
            more = "or more" if column.kind in (Kind.INTEGER, Kind.NUMBER) else "or later"
            limit = f"{column.name} {text} {more}"


def _beyond(column: str, by: str, most: int, table: Table, cells: Cells, name: str) -> Iterator[Fault]:
    """Give the cell that brings the combinations of its group above what they may be."""
    combinations: dict[str, int] = {}
    if {column, by} <= set(cells):
        for row, (text, group) in enumerate(zip(cells[column], cells[by], strict=True), FIRST_ROW):
            value: Any = parsed(table.column(column).kind, text)
            before = combinations.get(group, 1)
            combinations[group] = before * (1 + max(int(value or 0), 0))
            if before <= most < combinations[group]:
                words = f"at most {most:,} combinations of {column} for {by} {group}; {table.column(column).meaning}"
                yield Fault(name, row, column, text, words)


def _half_given(group: Sequence[str], cells: Cells, name: str) -> Iterator[Fault]:
    """Give the blank cells of rows that fill some columns of a group and leave others blank."""
    there = [column for column in group if column in cells]
    for row, texts in enumerate(zip(*(cells[column] for column in there), strict=True), FIRST_ROW):
        given = dict.fromkeys(group, "") | dict(zip(there, texts, strict=True))
        for column, text in given.items() if any(texts) else ():
            if not text:
                yield Fault(name, row, column, text, f"not blank, or {', '.join(group)} blank together")


def _left_blank(column: str, word: str, others: Sequence[str], cells: Cells, name: str) -> Iterator[Fault]:
    """Give the blank cells that a row with ``word`` in ``column`` must fill."""
    for row, said in enumerate(cells.get(column, ()), FIRST_ROW):
        for other in others if said == word else ():
            if not cells.get(other, [""] * row)[row - FIRST_ROW]:
                yield Fault(name, row, other, "", f"not blank where {column} is {word}")


def _above_one(column: str, word: str, others: Sequence[str], cells: Cells, name: str) -> Iterator[Fault]:
    """Give the cells above 1 that are shares in a row with ``word`` in ``column``."""
    for row, said in enumerate(cells.get(column, ()), FIRST_ROW):
        for other in others if said == word else ():
            text = cells.get(other, [""] * row)[row - FIRST_ROW]
            value: Any = parsed(Kind.NUMBER, text)
            if value is not None and value > 1:
                yield Fault(name, row, other, text, f"a share, 0 to 1, where {column} is {word}")


def _latest(kind: Kind, value: Any) -> Any:
    """Return a value, a local time as late as it may be read: an hour on in the hour repeated at the autumn change."""
    if kind is not Kind.TIME or not isinstance(value, datetime):
        return value
    autumn = value.month == AUTUMN_MONTH and value.day >= LAST_WEEK_FROM and value.weekday() == SUNDAY
    return value + timedelta(hours=1) if autumn and value.hour == REPEATED_HOUR else value


def reference_faults(table: Table, cells: Cells, name: str, keys: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """Give the cells that name a key that is not there; ``keys`` holds the keys of each table or setting."""
    for column in table.columns:
        if column.refers not in keys:
            continue
        allowed = f"a key of {column.refers}; {column.meaning}"
        for row, cell in enumerate(cells.get(column.name, ()), FIRST_ROW):
            for word in cell.split(LIST_SEPARATOR) if column.many else (cell,):
                if word.strip() and word not in keys[column.refers]:
                    yield Fault(name, row, column.name, word, allowed)


def read_force_tables(
    folder: Path, settings_keys: Mapping[str, Collection[str]]
) -> tuple[dict[str, Cells], list[Fault]]:
    """Return the cells of every table with the faults of all of them."""
    raw: dict[str, Cells] = {}
    faults = list(_unknown_files(folder))
    for table in TABLES.values():
        if table.optional and not (folder / table.file).exists():
            raw[table.name] = {column.name: [] for column in table.columns}
            continue
        cells, found = read_cells(folder / table.file, table.file)
        faults += found
        if cells is not None:
            faults += table_faults(table, cells, table.file)
            raw[table.name] = cells
    first_keys = {name: TABLES[name].key[0] for name in raw}
    table_keys = {name: set(raw[name][key]) for name, key in first_keys.items() if key in raw[name]}
    for name, cells in raw.items():
        faults += reference_faults(TABLES[name], cells, TABLES[name].file, {**settings_keys, **table_keys})
    return raw, _without_echoes(faults)


def _without_echoes(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults less those of cells in rows that have too few or too many cells."""
    ragged = {(fault.file, fault.row) for fault in faults if not fault.column}
    return [fault for fault in faults if not fault.column or (fault.file, fault.row) not in ragged]


def _unknown_files(folder: Path) -> Iterator[Fault]:
    """Give the CSV files that are no table, with the table the name may have been meant for."""
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in TABLES or TABLES[path.stem].folder:
            near = get_close_matches(path.stem, TABLES, 1) or ["a table of the data dictionary"]
            yield Fault(path.name, WHOLE_FILE, "", path.stem, f"the name of a table; nearest is {near[0]}")


def typed_table(table: Table, cells: Cells) -> pd.DataFrame:
    """Return a sound table in the model's types, its declared columns in their order; a column left out is blank."""
    blank = [""] * len(next(iter(cells.values())))
    return pd.DataFrame({column.name: typed(column, cells.get(column.name, blank)) for column in table.columns})
