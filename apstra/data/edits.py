"""Reading the edits of a scenario: what is wrong with one in itself, and what in it no longer fits the tables.

In: the list under ``tables`` in a scenario's file, and the tables of the force. Out: ``Edit`` by ``Edit``, or faults in
the shape of all faults; the column is the dotted name of the setting: ``tables.0.set.crews`` is of the first edit.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Final

import pandas as pd

from apstra.data.cells import allowed_words, is_sound, parsed
from apstra.data.faults import FIRST_ROW, WHOLE_FILE, Fault
from apstra.data.tables import table_faults
from apstra.scenario import LEVEL, Scenario
from apstra.schema import TABLES, Column, Kind, Table
from apstra.schema.edit import EDITABLE, FIXED_ROWS, Edit, Value

FORMS: Final = ("add", "remove", "set")
MEMBERS: Final = ("table", "key", *FORMS)
SAID_ELSEWHERE: Final = ("source", "provenance")
BASELINE: Final = "baseline"
_SHAPE: Final = "a list of edits, each with table and add, or table, key and set, or table, key and remove: true"


def read_edits(stated: object, stem: str) -> tuple[tuple[Edit, ...], list[Fault]]:
    """Return the edits a scenario's file ``stem`` states, with every fault that shows without the tables."""
    file = file_of(stem)
    if not isinstance(stated, list):
        return (), [Fault(file, WHOLE_FILE, "tables", str(stated), _SHAPE)]
    if stated and stem == BASELINE:
        words = "none: the baseline is the tables as they are; other scenarios differ from it"
        return (), [Fault(file, WHOLE_FILE, "tables", str(len(stated)), words)]
    faults: list[Fault] = []
    edits: dict[tuple[str, ...], Edit] = {}
    for place, entry in enumerate(stated):
        at = f"tables.{place}"
        found = [Fault(file, WHOLE_FILE, f"{at}{column}", value, allowed) for column, value, allowed in _wrong(entry)]
        faults += found
        if not found:
            edit = _edit(entry)
            row = edit.row(TABLES[edit.table].key)
            if row in edits:
                faults.append(Fault(file, WHOLE_FILE, at, ", ".join(row), "each row in one edit only"))
            edits[row] = edit
    return tuple(edits.values()), faults


def wrong_changes(changes: Mapping[str, float], known: Collection[str], file: str) -> Iterator[Fault]:
    """Give the changes of no assumption there is, and those to no finite number."""
    for name, value in changes.items():
        if name == LEVEL:
            if not 0 < value < 1:
                yield Fault(file, WHOLE_FILE, f"changes.{name}", str(value), "a probability above 0 and below 1")
        elif name not in known:
            near = get_close_matches(name, known, 1) or ["a name in assumptions.yaml"]
            yield Fault(file, WHOLE_FILE, f"changes.{name}", name, f"an assumption; nearest is {near[0]}")
        elif not math.isfinite(value):
            yield Fault(file, WHOLE_FILE, f"changes.{name}", str(value), "a finite number")


def file_of(stem: str) -> str:
    """Return the file of a scenario as faults name it."""
    return f"scenarios/{stem}.yaml"


def _wrong(entry: object) -> Iterator[tuple[str, str, str]]:
    """Give what is wrong with one edit in itself: place in it, value, what is allowed."""
    if not isinstance(entry, Mapping):
        yield "", str(entry), _SHAPE
        return
    for name in set(map(str, entry)) - set(MEMBERS):
        yield f".{name}", name, f"one of: {', '.join(MEMBERS)}"
    name, forms = str(entry.get("table", "")), [form for form in FORMS if form in entry]
    if name not in EDITABLE:
        near = get_close_matches(name, EDITABLE, 1)
        yield ".table", name, f"one of: {', '.join(EDITABLE)}" + (f"; nearest is {near[0]}" if near else "")
    elif len(forms) != 1:
        yield "", " and ".join(forms), f"one of {', '.join(FORMS)}"
    elif name in FIXED_ROWS and forms != ["set"]:
        yield f".{forms[0]}", name, "set: rows of this table are neither added nor removed by a scenario"
    else:
        yield from _wrong_form(TABLES[name], forms[0], entry)


def _wrong_form(table: Table, form: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give what is wrong with the parts of an edit of one form."""
    known = [column.name for column in table.columns if column.name not in SAID_ELSEWHERE]
    if form == "add":
        if "key" in entry:
            yield ".key", str(entry["key"]), "no key beside add: the row holds it"
        needed = [name for name in known if not table.column(name).blank]
        yield from _wrong_cells(table, ".add", entry["add"], known, needed)
        return
    yield from _wrong_cells(table, ".key", entry.get("key"), table.key, table.key)
    if form == "set":
        open_to = EDITABLE[table.name] or [name for name in known if name not in table.key]
        yield from _wrong_cells(table, ".set", entry["set"], open_to, ())
    elif entry["remove"] is not True:
        yield ".remove", str(entry["remove"]), "true"


def _wrong_cells(
    table: Table, at: str, cells: object, known: Collection[str], needed: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """Give what is wrong with some cells of a row: none, unknown or missing columns, values not allowed."""
    if not isinstance(cells, Mapping) or not cells:
        yield at, "" if cells is None else str(cells), f"columns with their values, of: {', '.join(known)}"
        return
    for name in needed:
        if name not in cells:
            yield f"{at}.{name}", "", f"{allowed_words(table.column(name))}; the column must be there"
    for name, value in cells.items():
        if name not in known:
            near = get_close_matches(str(name), known, 1)
            yield f"{at}.{name}", str(name), f"one of: {', '.join(near or known)}"
        elif isinstance(value, Mapping | Sequence) and not isinstance(value, str):
            yield f"{at}.{name}", str(value), "a single value"
        elif not is_sound(table.column(name), cell_text(value)):
            yield f"{at}.{name}", cell_text(value), allowed_words(table.column(name))


def cell_text(value: object) -> str:
    """Return a value as it would stand in a cell of a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _edit(entry: Mapping[str, Any]) -> Edit:
    """Return a sound edit, its values in the plainest form of their column."""
    table = TABLES[entry["table"]]
    cells = {
        part: {
            column.name: _plain(column, cell_text(entry[part][column.name]))
            for column in table.columns
            if column.name in entry.get(part, {})
        }
        for part in ("key", "set", "add")
    }
    return Edit(table.name, cells["key"], cells["set"], cells["add"], remove="remove" in entry)


def _plain(column: Column, cell: str) -> Value:
    """Return a sound cell as a value: whole numbers without a point, dates in ISO, nothing where it is blank."""
    value = parsed(column.kind, cell)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value if isinstance(value, bool) or value is None else cell


def unfit(tables: Mapping[str, pd.DataFrame], scenario: Scenario) -> list[Fault]:
    """Return the edits of a scenario that do not fit the tables: rows, bases and other keys that are not there.

    What keeps its columns but breaks a rule of the table as a whole, such as the order of three points, is told too.
    """
    if not scenario.edits:
        return []
    settings = {"blocks": scenario.force.blocks.names, "dimensions": tuple(scenario.scheme.dimensions.index)}
    added = [(edit.table, str(edit.add[TABLES[edit.table].key[0]])) for edit in scenario.edits if edit.add]
    keys = settings | {
        name: {*tables[name][TABLES[name].key[0]].astype("str"), *(key for table, key in added if table == name)}
        for name in _asked_for(scenario.edits)
    }
    file = file_of(scenario.name)
    faults = [
        Fault(file, WHOLE_FILE, f"tables.{place}{column}", value, allowed)
        for place, edit in enumerate(scenario.edits)
        for column, value, allowed in _stale(tables, edit, keys)
    ]
    if faults:
        return faults
    from apstra.assessment.differences import edited  # noqa: PLC0415 - most scenarios have no edits to be made

    whole = edited(tables, scenario)
    names = sorted({edit.table for edit in scenario.edits})
    return [fault for name in names for fault in _broken(whole[name], TABLES[name], scenario)]


def _asked_for(edits: Sequence[Edit]) -> set[str]:
    """Return the tables to which columns of the edits refer."""
    refers = {column.refers for edit in edits for column in TABLES[edit.table].columns}
    return refers & set(TABLES)


def _stale(
    tables: Mapping[str, pd.DataFrame], edit: Edit, keys: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str, str]]:
    """Give what an edit names that is not there: place in it, value, what is allowed."""
    from apstra.assessment.differences import nearest, rows_of  # noqa: PLC0415

    table = TABLES[edit.table]
    gone = list(_gone(table, edit, keys))
    yield from gone
    key = edit.key or {name: edit.add[name] for name in table.key}
    said, there = ", ".join(map(str, key.values())), rows_of(tables[edit.table], key).any()
    if edit.add and there:
        yield ".add", said, f"a key that no row of {edit.table} has; set changes a row that is there"
    elif not edit.add and not there and not gone:
        yield ".key", said, f"a row of {edit.table}, which no longer has it; {nearest(tables[edit.table], key)}"


def _gone(table: Table, edit: Edit, keys: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, str]]:
    """Give the words of an edit that name a key of another table or a setting that is not there."""
    for part, cells in (("key", edit.key), ("set", edit.set), ("add", edit.add)):
        for name, value in cells.items():
            column = table.column(name)
            there = keys.get(column.refers)
            if there is not None and value is not None and str(value) not in there:
                near = get_close_matches(str(value), there, 1, cutoff=0.0)
                words = f"a key of {column.refers}, which has no {value}" + (f"; nearest is {near[0]}" if near else "")
                yield f".{part}.{name}", str(value), words


def _broken(frame: pd.DataFrame, table: Table, scenario: Scenario) -> Iterator[Fault]:
    """Give the rules of a table that its rows break once the edits are made, each at the edit of its row."""
    places = {edit.row(table.key): place for place, edit in enumerate(scenario.edits) if edit.table == table.name}
    cells = {column.name: _cells(frame[column.name], column.kind) for column in table.columns}
    for fault in table_faults(table, cells, file_of(scenario.name)):
        key = (table.name, *(cells[name][fault.row - FIRST_ROW] for name in table.key))
        place = places.get(key, min(places.values()))
        part = "add" if scenario.edits[place].add else "set"
        yield replace(fault, row=WHOLE_FILE, column=f"tables.{place}.{part}.{fault.column}")


def _cells(column: pd.Series, kind: Kind) -> list[str]:
    """Return a column of a frame as the cells of its file."""
    values = column.dt.date if kind is Kind.DATE else column
    return ["" if pd.isna(value) else cell_text(value) for value in values.tolist()]
