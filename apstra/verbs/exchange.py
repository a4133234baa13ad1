"""Verbs that take the register to a spreadsheet and back."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from apstra.verbs.arguments import HELP, Parser, actor, add_actor, add_force, iso_date, now

if TYPE_CHECKING:
    from apstra.data import Desk
    from apstra.risk import Actor, Draft, Event
    from apstra.risk.difference import Difference

NO_LEDGER = "nothing was said of the register{}: begin its ledger with apstra register begin"
EXPORT_CODES = """exit codes:
  0  written
  3  refused: no ledger, a file of that name, a place that cannot be written"""
IMPORT_CODES = """exit codes:
  0  applied, or nothing changed, or not confirmed
  3  refused, and nothing applied: faults in the book, conflicts, a rule of the register, another force's book"""


def add_exchange(parts: "argparse._SubParsersAction[Parser]") -> None:
    """Add the parts of the verb."""
    export = parts.add_parser(
        "export", help="the register as a spreadsheet to be edited", epilog=EXPORT_CODES, formatter_class=HELP,
        description="Write the register as a workbook in which people edit entries and controls and add new ones.",
    )  # fmt: skip
    export.add_argument("out", type=Path, help="the workbook to write, a new file that ends in .xlsx")
    add_force(export)
    export.add_argument("--as-at", type=iso_date, help="day to read the register at, YYYY-MM-DD (default: today)")
    export.set_defaults(verb=_export)

    taken = parts.add_parser(
        "import", help="apply what was edited in a spreadsheet", epilog=IMPORT_CODES, formatter_class=HELP,
        description="Show row by row what an edited workbook changes against the register as exported and as it is"
        " now, ask, and apply it. What was changed on both sides is shown and never guessed.",
    )  # fmt: skip
    taken.add_argument("book", type=Path, help="the edited workbook")
    add_force(taken)
    add_actor(taken)
    taken.add_argument("--yes", action="store_true", help="apply without asking; needed where there is no terminal")
    taken.add_argument(
        "--except-conflicts", action="store_true", help="leave rows with a conflict as they are now and apply the rest"
    )
    taken.set_defaults(verb=_import)


def _export(arguments: argparse.Namespace) -> int:
    """Write the register as a workbook."""
    from apstra import data  # noqa: PLC0415 - so that --help and usage errors answer at once
    from apstra.publish.book import register_book  # noqa: PLC0415

    out: Path = arguments.out
    if out.suffix.lower() != ".xlsx":
        raise ValueError(f"the workbook's name must end in .xlsx, not {out.name!r}")
    desk = data.desk(arguments.force, now().date())
    events = data.said(desk.folder, arguments.as_at)
    if not events:
        raise ValueError(NO_LEDGER.format(f" up to {arguments.as_at}" if arguments.as_at else ""))
    book = register_book(events, desk.scenario, arguments.as_at or events[-1].day)
    write_new(out, book)
    print(f"{out}: the register of {desk.scenario.force.name} after event {events[-1].id}")
    return 0


def write_new(out: Path, book: bytes) -> None:
    """Write a file that was not there, whole or not at all: another of its name may hold somebody's edits."""
    begun = False
    try:
        with out.open("xb") as stream:
            begun = True
            stream.write(book)
    except FileExistsError as error:
        raise ValueError(f"{out} is there already: name a file that is not") from error
    except OSError as error:
        if begun:
            out.unlink(missing_ok=True)
        raise ValueError(f"{out} cannot be written: {error.strerror}") from error


def _import(arguments: argparse.Namespace) -> int:
    """Apply what was edited in a workbook, once it was shown and confirmed."""
    from apstra import data, ledger  # noqa: PLC0415

    who, at = actor(arguments), now()
    desk = data.desk(arguments.force, at.date())
    events = data.said(desk.folder)
    drafts = _changes(arguments, desk, events, who, at)
    if not drafts:
        print("nothing changed: nothing is applied")
        return 0
    if not (arguments.yes or _confirmed(len(drafts))):
        print("nothing was applied; --yes applies it")
        return 0
    if ledger.head(desk.place) != (events[-1].number, events[-1].hash):
        raise ValueError("something was said of the register meanwhile: nothing was applied; import the book again")
    for event in data.say(desk, who, drafts, at):
        print(f"{event.id}: {event.kind} {event.subject}")
    return 0


def _changes(
    arguments: argparse.Namespace, desk: "Desk", events: Sequence["Event"], who: "Actor", at: datetime
) -> "list[Draft]":
    """Show what a book changes and return what is to be said; refuse all of it for any fault or conflict."""
    from apstra import data, risk  # noqa: PLC0415
    from apstra.data.register_book import exported_events, read_book, rows_of  # noqa: PLC0415
    from apstra.risk import difference  # noqa: PLC0415

    book = read_book(arguments.book)
    before = exported_events(book, desk.scenario.force.slug, events)
    exported, present = risk.fold(before), risk.fold(events)
    threats = set(data.read_tables(desk.folder)["threats"]["threat_id"])
    rows, faults = rows_of(book, exported, {"threats": threats, "risks": set(present["risks"])})
    found = difference.differences(rows, exported, present, events[len(before) :])
    day = at.astimezone(risk.LOCAL).date()
    drafts, refused = difference.drafts(found, present, who, desk.scenario, day, arguments.reason)
    for line in map(_line, found):
        print(line)
    conflicts = [_line(one) for one in found if one.outcome in (difference.CONFLICT, difference.OVER_NOW)]
    _refuse([*map(str, faults), *refused], [] if arguments.except_conflicts else conflicts)
    for line in difference.absences(rows, exported, present):
        print(line)
    return drafts


def _line(one: "Difference") -> str:
    """Return a difference as a line; whatever its text holds, it stays one."""
    was, book, here = ("blank" if value is None else repr(value) for value in (one.was, one.book, one.now))
    return (
        f"{one.row.sheet}:{one.row.number} {one.row.id} {one.field}: was {was}; book {book}; now {here} - {one.outcome}"
    )


def _refuse(faults: Sequence[str], conflicts: Sequence[str]) -> None:
    """Refuse a book that has faults or conflicts, naming all of them."""
    lines = [f"{len(faults)} fault{'s' * (len(faults) > 1)} in the book: nothing is applied"] * bool(faults)
    lines += faults
    if conflicts:
        said = f"{len(conflicts)} conflict{'s' * (len(conflicts) > 1)}: nothing is applied"
        lines += [f"{said}; --except-conflicts leaves their rows as they are now", *conflicts]
    if lines:
        raise ValueError("\n".join(lines))


def _confirmed(count: int) -> bool:
    """Ask on a terminal whether to apply the changes; anywhere else nobody confirms."""
    try:
        said = input(f"Apply {count} change{'s' * (count > 1)}? [y/N] ") if sys.stdin.isatty() else ""
    except EOFError:
        said = ""
    return said.strip().lower() in ("y", "yes")
