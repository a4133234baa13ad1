"""A few rows of a force's table edited by hand: checked cell by cell, then saved whole or not at all.

In: a table as it was read, and its rows set, added or removed, cells as text. Out: its CSV, in which only the lines of
those rows differ; or, once a ledger has begun, what is said in it of the register, whose CSVs then stay as they are.
Nothing is written over what somebody else has saved since, or while anything of the force would be at fault.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from apstra.data.cells import parsed
from apstra.data.csv_lines import edited, key_of
from apstra.data.faults import FIRST_ROW, Fault, InvalidTables, fault_frame
from apstra.data.reference import force_folder
from apstra.data.register import desk, said, say
from apstra.data.register_book import cell_text
from apstra.data.scenarios import alone
from apstra.data.settings import read_settings
from apstra.data.table_book import faults_within, move_in
from apstra.data.tables import Cells, read_cells, read_force_tables, reference_faults, table_faults
from apstra.risk import CLOSED, LOCAL, Actor, Draft, Event, fold, next_id, of_register
from apstra.risk.difference import SHEETS
from apstra.risk.history import SOURCE
from apstra.risk.lifecycle import OF_MOVES, Entries
from apstra.schema import TABLES, Column, Table
from apstra.schema.edit import Edit

REGISTER: Final = {sheet.table: sheet for sheet in SHEETS.values()}
LINKS: Final = "links"
BEGUN: Final = (*REGISTER, LINKS)
NAMES: Final = ("title", "name")
SAID_ELSEWHERE: Final = ("source", "provenance")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A table as it was read.

    Attributes
    ----------
    version
        Hash of its CSV then, or of the last event of the ledger that took its place; blank where there is no file.
    begun
        It is a table of the register, and the ledger has begun.
    keys
        Table or setting to the keys that references may name, each with its words.
    """

    folder: Path
    table: Table
    cells: Cells
    version: str
    begun: bool
    keys: Mapping[str, Mapping[str, str]]

    @property
    def rows(self) -> list[Key]:
        """Return the key of each row."""
        return list(zip(*(self.cells[name] for name in self.table.key), strict=True))

    def row(self, key: Key) -> dict[str, str]:
        """Return the cells of a row; ``ValueError`` when it is not there."""
        place = self.rows.index(key)
        return {name: values[place] for name, values in self.cells.items()}


def read_table(force: str | Path, name: str) -> Reading:
    """Return a table of a force: from its CSV, or a table of the register from the ledger once that has begun.

    Raises
    ------
    InvalidTables
        If the CSV is not well-formed; a fault in a cell keeps nobody from putting it right.
    """
    folder, table = force_folder(force), TABLES[name]
    version, events = _standing(folder, table)
    settings, _ = read_settings(folder)
    raw, _ = read_force_tables(folder, settings.keys())
    if version and not events:
        cells, faults = read_cells(folder / table.file, table.file)
        if cells is None or faults or not set(table.key) <= set(cells):
            words = f"a header with {', '.join(table.key)}"
            raise InvalidTables(fault_frame(faults or [Fault(table.file, 1, "", "", words)]))
    if events:
        raw |= {each: _told(TABLES[each], events) for each in BEGUN}
    keys = {each: {key: key for key in found} for each, found in settings.keys().items()}
    keys |= {each: _labels(TABLES[each], cells) for each, cells in raw.items() if TABLES[each].key[0] in cells}
    cells = raw.get(name) or {column.name: [] for column in table.columns}
    return Reading(folder, table, cells, version, bool(events), keys)


def _standing(folder: Path, table: Table) -> tuple[str, Sequence[Event]]:
    """Return the hash of a table as it is now, and the events of its ledger if it is kept in one that has begun."""
    events = of_register(said(folder)) if table.name in BEGUN else []
    path = folder / table.file
    if events:
        return events[-1].hash, events
    return (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""), ()


def _told(table: Table, events: Sequence[Event]) -> Cells:
    """Return the cells of a table of the register as its ledger has them."""
    entries = fold(events)[table.name].values()
    return {each.name: [cell_text(entry.get(each.name), each.kind) for entry in entries] for each in table.columns}


def _labels(table: Table, cells: Cells) -> dict[str, str]:
    """Return the keys of a table, each with the title or name of its row where it has one."""
    keys = cells[table.key[0]]
    named = next((cells[name] for name in NAMES if name in cells), keys)
    return {key: key if key == words else f"{key} {words}" for key, words in zip(keys, named, strict=True)}


def may_set(reading: Reading, *, new: bool) -> Collection[str]:
    """Return the columns that may be set in a row that is ``new`` or was there; a key is never changed."""
    name, key = reading.table.name, reading.table.key
    if not reading.begun:
        return [column for column in reading.cells if new or column not in key]
    if name == LINKS:
        return list(reading.cells) if new else []
    first, moves = (*REGISTER[name].at_first, *SAID_ELSEWHERE), ("state", *OF_MOVES) if name == "risks" else ()
    return {*REGISTER[name].editable, *(first if new else moves)}


def blank_row(reading: Reading, at: datetime) -> dict[str, str]:
    """Return what a new row says before anybody fills it in: what the ledger would say itself, else provenance."""
    row = dict.fromkeys(reading.cells, "") | {"provenance": "force"}
    if reading.begun:
        own = {"source": SOURCE, "opened_on": at.astimezone(LOCAL).date().isoformat(), "state": "open"}
        row |= {name: text for name, text in own.items() if name in row}
        if reading.table.name in REGISTER:
            there: Entries = {reading.table.name: {key[0]: {} for key in reading.rows}}
            row[reading.table.key[0]] = next_id(there, reading.table.name)
    return row


def row_faults(reading: Reading, edit: Edit) -> dict[str, Fault]:
    """Return column by column what is wrong with a row as an edit would leave it, seen within its whole table."""
    table, rows = reading.table, reading.rows
    place = len(rows) if edit.add else rows.index(key_of(table, edit))
    given = edit.add or {**reading.row(rows[place]), **edit.set}
    cells = {
        name: [*values[:place], str(given.get(name, "")), *values[place + 1 :]]
        for name, values in reading.cells.items()
    }
    keys: dict[str, Collection[str]] = {**reading.keys, table.name: set(cells[table.key[0]])}
    faults = [*table_faults(table, cells, table.file), *reference_faults(table, cells, table.file, keys)]
    here = [fault for fault in faults if fault.row == place + FIRST_ROW]
    return {name: fault for fault in reversed(here) for name in fault.column.split(", ")}


def save_edits(
    reading: Reading, edits: Sequence[Edit], role: str, account: str, reason: str, at: datetime
) -> tuple[str, ...]:
    """Save edits of a table whole or not at all; return the lines of the CSV with - and +, or the events said.

    Parameters
    ----------
    role, account, reason
        Who says it and why: asked for where a ledger has begun, else left aside.

    Raises
    ------
    InvalidTables
        If anything of the force would be at fault.
    ValueError
        If somebody has saved since the table was read, or the ledger refuses what is said.
    """
    folder, table = reading.folder, reading.table
    with alone(folder):
        version, events = _standing(folder, table)
        if version != reading.version:
            where = "the ledger" if events else table.file
            raise ValueError(f"somebody else saved to {where} since it was read; nothing is overwritten: read it again")
        if reading.begun:
            who, on = Actor(role, account), at.astimezone(LOCAL).date()
            drafts = [draft for edit in edits for draft in _drafts(reading, edit, reason)]
            events = say(desk(folder, on), who, drafts, at)
            return tuple(f"{event.id} {event.kind} {event.subject} {event.payload}" for event in events)
        path = folder / table.file
        content, difference = edited(path.read_bytes() if version else b"", table, edits)
        if faults := list(faults_within(folder, {table.file: content}, {})):
            raise InvalidTables(fault_frame(faults))
        move_in(folder, {table.file: content})
        return difference


def _drafts(reading: Reading, edit: Edit, reason: str) -> Iterator[Draft]:
    """Give what the ledger is told so that a row of the register is as an edit leaves it."""
    table, key = reading.table, key_of(reading.table, edit)
    cells = {name: _json(table.column(name), str(text)) for name, text in {**edit.set, **edit.add}.items()}
    if table.name == LINKS and not edit.set:
        row = edit.add or edit.key
        more = {name: cells[name] for name in SAID_ELSEWHERE if cells.get(name)}
        tie = {"relation": row["relation"], "to": row["linked_id"], **more}
        yield Draft("linked" if edit.add else "unlinked", key[0], tie, reason)
    elif edit.remove or table.name == LINKS:
        raise ValueError(f"{', '.join(key)}: the ledger keeps every row of {table.name}; say what it is now instead")
    elif edit.add:
        may = may_set(reading, new=True)
        payload = {name: value for name, value in cells.items() if name in may and value is not None}
        yield Draft(REGISTER[table.name].added, key[0], payload, reason)
    else:
        yield from _of_entry(reading.table.name, key[0], reading.row(key).get("state", ""), cells, reason)


def _of_entry(table: str, name: str, state: str, cells: Mapping[str, object], reason: str) -> list[Draft]:
    """Return what is said of an entry or control: fields changed, and the entry moved to another state."""
    moves = {field: cells[field] for field in OF_MOVES if field in cells} if "state" in cells else {}
    if cells.get("state") != "treating":
        moves.pop("treatment", None)  # tolerating sets it, and other states take it as a change
    rest = {field: value for field, value in cells.items() if field != "state" and field not in moves}
    if cells.get("state") == "tolerated":
        rest.pop("treatment", None)
    changed = [Draft(REGISTER[table].changed, name, rest, reason)] if rest else []
    moved = [Draft("moved", name, {"to": cells["state"], **moves}, reason)] if "state" in cells else []
    # An entry is changed while it is neither closed nor tolerated, before it moves or after.
    return [*moved, *changed] if state in (*CLOSED, "tolerated") else [*changed, *moved]


def _json(column: Column, text: str) -> str | int | float | None:
    """Return a cell as the ledger holds it: a number as one, blank as nothing."""
    value = parsed(column.kind, text)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return text or None
