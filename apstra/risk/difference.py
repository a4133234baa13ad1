"""What a spreadsheet of the register would change: the book against the register as exported and as it is now.

In: the rows of an edited book, the entries when it was exported and as they stand. Out: every field that differs and
what becomes of it, and what is to be said so that it does. A field changed on both sides to different values is a
conflict; nobody guesses which side is right, and nothing else of its row applies: what was edited together stands
together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from apstra.risk.event import Actor, Draft, Event
from apstra.risk.lifecycle import CLOSED, CONTROL_EDITABLE, EDITABLE, Entries, Entry, check, next_id
from apstra.scenario import Scenario

NEW: Final = "new"
REASON: Final = "reason"
APPLIED: Final = "applied"
LEFT: Final = "changed in the ledger since the export: left as it is now"
CONFLICT: Final = "conflict: changed in the book and in the ledger"
OVER_NOW: Final = "conflict: changed in the book, closed or dismissed in the ledger"
HELD: Final = "not applied: its row has a conflict"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the book: its table and key, what may be edited, what only a new row says, what is only shown."""

    table: str
    key: str
    at_first: tuple[str, ...]
    editable: tuple[str, ...]
    locked: tuple[str, ...]
    changed: str
    added: str


SHEETS: Final[Mapping[str, Sheet]] = MappingProxyType(
    {
        "Register": Sheet(
            "risks", "risk_id", ("state",), EDITABLE,
            ("opened_on", "reviewed_on", "accepted_by", "accepted_until", "evidence", "merged_into"),
            "changed", "opened",
        ),
        "Controls": Sheet(
            "controls", "control_id", ("risk_id",), CONTROL_EDITABLE, (), "control_changed", "control_added"
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet of the book: its number there, the id it is of (``new`` for another), its values, and why."""

    sheet: str
    number: int
    id: str
    values: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not the same as exported, in the book and now, and what becomes of it (``outcome``)."""

    row: Row
    field: str
    was: Any
    book: Any
    now: Any
    outcome: str


def columns(sheet: Sheet) -> tuple[str, ...]:
    """Return the columns of a sheet in their order."""
    return (sheet.key, *sheet.at_first, *sheet.editable, REASON, *sheet.locked)


def is_over(entry: Entry) -> bool:
    """Return whether an entry is closed or dismissed, so that none of its fields can be changed."""
    return entry.get("state") in CLOSED


def differences(rows: Sequence[Row], exported: Entries, now: Entries, since: Sequence[Event]) -> list[Difference]:
    """Return every field in which the book, the register as exported and the register now are not all the same.

    Parameters
    ----------
    exported, now
        Entries by table and id (``history.fold``).
    since
        What was said after the export: a new row that was imported already is not new again.
    """
    said = [(event.kind, event.content) for event in since]
    found: list[Difference] = []
    for row in rows:
        sheet = SHEETS[row.sheet]
        if row.id != NEW:
            found += _of_row(row, exported[sheet.table][row.id], now[sheet.table][row.id])
        elif (new := (sheet.added, {name: value for name, value in row.values.items() if value is not None})) in said:
            said.remove(new)
        else:
            found += [Difference(row, name, None, value, None, APPLIED) for name, value in new[1].items()]
    return found


def _of_row(row: Row, then: Entry, here: Entry) -> list[Difference]:
    """Return the fields of an entry or control that differ."""
    found = []
    for name in SHEETS[row.sheet].editable:
        was, book, now = then.get(name), row.values.get(name), here.get(name)
        if book == was != now:
            outcome = LEFT
        elif book in (was, now):
            continue
        elif now != was:
            outcome = CONFLICT
        else:
            outcome = OVER_NOW if is_over(here) and not is_over(then) else APPLIED
        found.append(Difference(row, name, was, book, now, outcome))
    if any(one.outcome == CONFLICT for one in found):
        return [replace(one, outcome=HELD) if one.outcome == APPLIED else one for one in found]
    return found


def absences(rows: Sequence[Row], exported: Entries, now: Entries) -> list[str]:
    """Return in sentences what the book does not have: rows taken out of it, and what is newer than it."""
    told = []
    for name, sheet in SHEETS.items():
        there = {row.id for row in rows if row.sheet == name}
        then = exported[sheet.table]
        told += [f"{name}: {one} is missing from the book; nothing is done" for one in then if one not in there]
        told += [f"{name}: {one} is newer than the book" for one in now[sheet.table] if one not in then]
    return told


def drafts(
    found: Sequence[Difference], now: Entries, actor: Actor, scenario: Scenario, on: date, reason: str
) -> tuple[list[Draft], list[str]]:
    """Return what is to be said so that the book's changes apply, and in words what of it may not be said.

    Parameters
    ----------
    reason
        Why, for rows that do not say it themselves.
    """
    taken = {name: dict(entries) for name, entries in now.items()}
    said, refused = [], []
    applied = [one for one in found if one.outcome == APPLIED]
    for (name, number), group in groupby(applied, lambda one: (one.row.sheet, one.row.number)):
        fields = list(group)
        row, sheet = fields[0].row, SHEETS[name]
        new = row.id == NEW
        subject = next_id(taken, sheet.table) if new else row.id
        taken[sheet.table].setdefault(subject, {})
        try:
            payload = {one.field: one.book for one in fields}
            draft = Draft(sheet.added if new else sheet.changed, subject, payload, row.reason or reason)
            check(now, draft, actor, scenario, on)
        except ValueError as error:
            refused.append(f"{name}:{number} {error}")
        else:
            said.append(draft)
    return said, refused
