"""Verbs about the register: begin its ledger, list and show entries, say something of one, propose, exchange."""

import argparse
from datetime import date
from typing import TYPE_CHECKING, Any

from apstra.verbs.arguments import HELP, Parser, actor, add_actor, add_force, iso_date, now, print_table
from apstra.verbs.exchange import add_exchange

if TYPE_CHECKING:
    from apstra.data import Desk
    from apstra.risk import Event

CODES = """exit codes:
  0  done
  3  refused: a rule of the register, a ledger that cannot be read or written, bad usage"""
KINDS = (
    "opened", "changed", "moved", "reviewed", "merged", "split", "control_added", "control_changed", "linked",
    "unlinked",
)  # fmt: skip
SAYING = """what may be set, by kind:
  opened           kind title cause consequence state (proposed or open), and scores, owner, treatment, review_on ...
  changed          any of those but state
  moved            to (open, treating, tolerated, closed, dismissed, reopened); tolerated: accepted_until;
                   closed: evidence; treating: treatment
  reviewed         review_on (the day of the next review)
  merged           into (the entry it goes on in)
  split            NEW_ID=TITLE, once for each new entry
  control_added    risk_id title status effect, owner due_on
  control_changed  title status owner due_on effect effect_seen
  linked, unlinked relation (threat, lesson, obligation, incident, observation) and to (its id)
A value left empty makes the field blank. Example:
  apstra register say moved R04 --set to=tolerated --set accepted_until=2027-06-30 --force F --reason "..."

"""


def add_verbs(verbs: "argparse._SubParsersAction[Parser]") -> None:
    """Add the verb and its parts."""
    register = verbs.add_parser(
        "register", help="the register: begin, list, show, say, propose, export, import", formatter_class=HELP,
        description="Read the register of a force, or say something of it that its ledger keeps for good.",
        epilog=CODES,
    )  # fmt: skip
    parts = register.add_subparsers(required=True, metavar="PART", parser_class=Parser)
    begin = _part(parts, "begin", _begin, "begin the ledger: the tables' entries become its first events")
    add_actor(begin)
    _part(parts, "upgrade", _upgrade, "bring a ledger of an earlier version to this one")
    for name, verb, words in (("list", _list, "the entries on a day"), ("show", _show, "one entry with its history")):
        part = _part(parts, name, verb, words)
        part.add_argument("--as-at", type=iso_date, help="day to read the register at, YYYY-MM-DD (default: today)")
        if name == "show":
            part.add_argument("entry", help="id of the entry")
    say = _part(parts, "say", _say, "say something of an entry or control", SAYING + CODES)
    say.add_argument("kind", choices=KINDS, help="what is said")
    say.add_argument("subject", help="id of the entry or control; 'new' takes the next free one")
    say.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="what is set; may be repeated")
    add_actor(say)
    propose = _part(parts, "propose", _propose, "record what the assessment proposes: new entries, closures, returns")
    propose.add_argument("--as-at", type=iso_date, required=True, help="the day the assessment speaks of, YYYY-MM-DD")
    propose.add_argument("--year", type=int, help="financial year assessed (default: that of the day)")
    add_actor(propose)
    add_exchange(parts)


def _part(
    parts: "argparse._SubParsersAction[Parser]", name: str, verb: Any, words: str, epilog: str = CODES
) -> argparse.ArgumentParser:
    """Add a part of the verb, which speaks of one force."""
    part = parts.add_parser(
        name, help=words, description=f"{words[0].upper()}{words[1:]}.", epilog=epilog, formatter_class=HELP
    )
    add_force(part)
    part.set_defaults(verb=verb)
    return part


def _desk(arguments: argparse.Namespace, on: date) -> "Desk":
    """Return the desk of the force asked for."""
    from apstra import data  # noqa: PLC0415 - so that --help and usage errors answer at once

    return data.desk(arguments.force, on)


def _begin(arguments: argparse.Namespace) -> int:
    """Begin the ledger."""
    from apstra import data  # noqa: PLC0415

    who, at = actor(arguments), now()
    desk = _desk(arguments, at.date())
    events = data.begin(desk, who, at, arguments.reason)
    print(f"the ledger of {desk.scenario.force.name} has begun with {len(events)} events in {desk.place.words}")
    return 0


def _upgrade(arguments: argparse.Namespace) -> int:
    """Upgrade the ledger."""
    from apstra import ledger  # noqa: PLC0415

    before = ledger.upgrade(_desk(arguments, now().date()).place)
    print(f"version {before} is now version {ledger.VERSION}" if before < ledger.VERSION else f"is of version {before}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    """Print the entries on a day."""
    from apstra import data, risk  # noqa: PLC0415

    day = arguments.as_at or now().date()
    desk = _desk(arguments, day)
    tables = data.read_tables(desk.folder) | risk.recorded(data.said(desk.folder, day))
    table = risk.register(tables["risks"], tables["controls"], desk.scenario)
    columns = ["risk_id", "kind", "title", "current_level", "state", "owner", "review_on", "overdue"]
    print_table(f"Register of {desk.scenario.force.name} on {day.isoformat()}", table[columns])
    return 0


def _show(arguments: argparse.Namespace) -> int:
    """Print one entry: what it says, its controls and links, its history."""
    from apstra import data, risk  # noqa: PLC0415

    day = arguments.as_at or now().date()
    desk = _desk(arguments, day)
    events = data.said(desk.folder, day)
    tables = data.read_tables(desk.folder) | risk.recorded(events)
    entry = tables["risks"].query("risk_id == @arguments.entry")
    if entry.empty:
        raise ValueError(f"there is no entry {arguments.entry} in the register on {day.isoformat()}")
    print(f"{entry.iloc[0].dropna().to_string()}\n")
    for name in ("controls", "links"):
        rows = tables[name].query("risk_id == @arguments.entry")
        if len(rows):
            print_table(name.capitalize(), rows.drop(columns=["risk_id", "source", "provenance"]))
    family = risk.lineage(events, arguments.entry)
    told = risk.history(events)
    if len(told):
        print_table("History", told.loc[told["risk_id"].isin(family)])
    return 0


def _say(arguments: argparse.Namespace) -> int:
    """Say something of an entry or control."""
    from apstra import data, risk  # noqa: PLC0415

    who, at = actor(arguments), now()
    desk = _desk(arguments, at.date())
    subject = arguments.subject
    if subject == "new":
        table = "controls" if arguments.kind == "control_added" else "risks"
        subject = risk.next_id(risk.fold(data.said(desk.folder)), table)
    draft = risk.Draft(arguments.kind, subject, _payload(arguments.kind, arguments.set), arguments.reason)
    _told(data.say(desk, who, [draft], at))
    return 0


def _payload(kind: str, pairs: list[str]) -> dict[str, Any]:
    """Return what is set, as the fields of an event."""
    said: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise ValueError(f"--set takes FIELD=VALUE, not {pair!r}")
        said[name] = _value(name, text) if text else None
    return {"into": {name: {"title": title} for name, title in said.items()}} if kind == "split" else said


def _value(name: str, text: str) -> str | int | float:
    """Return what a field is set to, as a number where its column holds one and it is one."""
    from apstra.schema import TABLES, Kind  # noqa: PLC0415

    kinds = {column.name: column.kind for column in TABLES["risks"].columns}
    numeric, plain = kinds.get(name) in (Kind.INTEGER, Kind.NUMBER), text.replace(".", "", 1)
    if not numeric or not plain.isdecimal():
        return text
    return int(text) if text.isdecimal() else float(text)


def _propose(arguments: argparse.Namespace) -> int:
    """Record what the assessment proposes and the register does not answer yet."""
    from apstra import data, risk  # noqa: PLC0415
    from apstra.scenario import first_year_not_complete  # noqa: PLC0415

    who, at = actor(arguments), now()
    day = arguments.as_at
    desk = _desk(arguments, at.date())
    year = arguments.year or first_year_not_complete(day)
    found = data.assessment(arguments.force, year, day.isoformat())
    entries, made_up = risk.fold(data.said(desk.folder)), bool(found.illustrative)
    drafts = risk.proposal_drafts(found.risk.findings, entries, desk.scenario, illustrative=made_up)
    if not drafts:
        print("nothing is proposed: the register answers everything the assessment found")
        return 0
    _told(data.say(desk, who, drafts, at))
    return 0


def _told(events: tuple["Event", ...]) -> None:
    """Print what was said."""
    for event in events:
        print(f"{event.id}: {event.kind} {event.subject}")
