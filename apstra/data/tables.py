"""Reading a force's tables: everything is checked before anything is used, and every fault is told at once.

In: the folder of a force, one CSV for each table of ``schema.TABLES``. Out: frames in the types the model works with,
or the faults: file, row, column, value and what is allowed.
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Final

import pandas as pd

from apstra.data.cells import allowed_words, is_blank, is_sound, parsed, typed
from apstra.data.faults import FIRST_ROW, HEADER_ROW, WHOLE_FILE, Fault
from apstra.schema import LIST_SEPARATOR, TABLES, Kind, Table

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


def read_rows(path: Path, name: str) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Return the cells of a CSV as text, indexed by the row a spreadsheet shows; ``None`` when it cannot be read."""
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
    padded = [(cells + [""] * len(header))[: len(header)] for cells in body]
    index = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(body))
    frame = pd.DataFrame(padded, columns=pd.Index(header, dtype="str"), index=index, dtype="str")
    repeated = frame.columns.duplicated()
    faults += [Fault(name, HEADER_ROW, column, column, "each column once") for column in frame.columns[repeated]]
    return frame.loc[:, ~repeated], faults


def table_faults(table: Table, frame: pd.DataFrame, name: str) -> list[Fault]:
    """Return the faults of one table in itself: columns, types, ranges, words, keys and sequences."""
    return [
        *_column_faults(table, frame, name),
        *_cell_faults(table, frame, name),
        *(fault for sequence in table.ascending for fault in _descents(table, sequence, frame, name)),
    ]


def _column_faults(table: Table, frame: pd.DataFrame, name: str) -> Iterator[Fault]:
    """Give the columns that are unknown and those that are missing."""
    known = [column.name for column in table.columns]
    for column in frame.columns.difference(known, sort=False):
        near = get_close_matches(column, known, 1)
        yield Fault(name, HEADER_ROW, column, column, f"one of: {', '.join(near or known)}")
    for declared in table.columns:
        if declared.name not in frame and not declared.absent:
            yield Fault(name, HEADER_ROW, declared.name, "", "the column must be there")


def _cell_faults(table: Table, frame: pd.DataFrame, name: str) -> Iterator[Fault]:
    """Give the cells that break the declaration of their column and the keys that occur twice."""
    for column in table.columns:
        if column.name in frame:
            cells = frame[column.name]
            for row, value in cells[~is_sound(column, cells)].items():
                yield Fault(name, int(str(row)), column.name, value, allowed_words(column))
    if set(table.key) <= set(frame):
        keys = frame[list(table.key)]
        for row in frame.index[keys.duplicated()]:
            value = ", ".join(keys.loc[row])
            yield Fault(name, int(row), ", ".join(table.key), value, "a key that no other row has")


def _descents(table: Table, sequence: Sequence[str], frame: pd.DataFrame, name: str) -> Iterator[Fault]:
    """Give the cells that lie before (or below) an earlier column of their ascending sequence."""
    last: pd.DataFrame | None = None
    for column in (table.column(each) for each in sequence if each in frame):
        values = parsed(column, frame[column.name])
        current = pd.DataFrame({"value": values, "cell": frame[column.name], "column": column.name})
        if last is not None:
            latest = _latest(values) if column.kind is Kind.TIME else values
            beneath = latest < last["value"]
            comparison = "or more" if column.kind in (Kind.INTEGER, Kind.NUMBER) else "or later"
            for row in frame.index[beneath]:
                limit = f"{last.loc[row, 'column']} {last.loc[row, 'cell']} {comparison}"
                yield Fault(name, int(row), column.name, str(frame.loc[row, column.name]), limit)
            current = current.where(values.notna(), last)
        last = current


def _latest(times: pd.Series) -> pd.Series:
    """Return local times as late as they may be read: an hour later in the repeated hour of the autumn clock change."""
    autumn = (times.dt.month == AUTUMN_MONTH) & (times.dt.day >= LAST_WEEK_FROM) & (times.dt.day_of_week == SUNDAY)
    return times + pd.to_timedelta((autumn & (times.dt.hour == REPEATED_HOUR)).astype("int64"), unit="h")


def reference_faults(
    table: Table, frame: pd.DataFrame, name: str, keys: Mapping[str, Collection[str]]
) -> Iterator[Fault]:
    """Give the cells that name a key that is not there; ``keys`` holds the keys of each table or setting."""
    for column in table.columns:
        if column.name not in frame or column.refers not in keys:
            continue
        named = frame.loc[~is_blank(frame[column.name]), column.name]
        named = named.str.split(LIST_SEPARATOR).explode() if column.many else named
        named = named[named != ""]
        for row, value in named[~named.isin(keys[column.refers])].items():
            yield Fault(name, int(str(row)), column.name, value, f"a key of {column.refers}; {column.meaning.lower()}")


def read_force_tables(
    folder: Path, settings_keys: Mapping[str, Collection[str]]
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Return every table as text with the faults of all of them."""
    raw: dict[str, pd.DataFrame] = {}
    faults = list(_unknown_files(folder))
    for table in TABLES.values():
        frame, found = read_rows(folder / f"{table.name}.csv", f"{table.name}.csv")
        faults += found
        if frame is not None:
            faults += table_faults(table, frame, f"{table.name}.csv")
            raw[table.name] = frame
    first_keys = {name: TABLES[name].key[0] for name in raw}
    table_keys = {name: set(raw[name][key]) for name, key in first_keys.items() if key in raw[name]}
    for name, frame in raw.items():
        faults += reference_faults(TABLES[name], frame, f"{name}.csv", {**settings_keys, **table_keys})
    return raw, _without_echoes(faults)


def _without_echoes(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults less those of cells in rows that have too few or too many cells."""
    ragged = {(fault.file, fault.row) for fault in faults if not fault.column}
    return [fault for fault in faults if not fault.column or (fault.file, fault.row) not in ragged]


def _unknown_files(folder: Path) -> Iterator[Fault]:
    """Give the CSV files that are no table, with the table the name may have been meant for."""
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in TABLES:
            near = get_close_matches(path.stem, TABLES, 1) or ["a table of the data dictionary"]
            yield Fault(path.name, WHOLE_FILE, "", path.stem, f"the name of a table; nearest is {near[0]}")


def typed_table(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a sound table in the model's types, with its declared columns in their order and rows numbered from 0."""
    blank = pd.Series("", index=frame.index, dtype="str")
    columns = {column.name: typed(column, frame.get(column.name, blank)) for column in table.columns}
    return pd.DataFrame(columns).reset_index(drop=True)
