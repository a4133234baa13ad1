"""The door to a force's register: what its ledger holds, and how something is said of it.

In: the folder of a force. Out: the events of its ledger, wherever it lies. Before a ledger has begun there are none,
and the register is what the tables say; beginning it carries the tables over as its first events.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from apstra import ledger
from apstra.data.cache import CACHE, keep, kept, sha256
from apstra.data.reading import read_scenario, read_tables
from apstra.data.reference import force_folder
from apstra.risk import Actor, Draft, Event, until
from apstra.scenario import Scenario, first_year_not_complete

SETTINGS: Final = "force.toml"
CARRIED: Final = {"risks": ("carried", "risk_id"), "controls": ("control_carried", "control_id")}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where something is said of a force's register: its folder, its settings on a day, and the place of its ledger."""

    folder: Path
    scenario: Scenario
    place: ledger.Place


def desk(force: str | Path, on: date, scenario: str = "baseline") -> Desk:
    """Return the desk of a force on a day.

    Raises
    ------
    ValueError
        If there is no such force, its settings are at fault, or its ledger would lie where it cannot be kept.
    """
    folder = force_folder(force)
    settings = read_scenario(folder, scenario, first_year_not_complete(on), on)
    return Desk(folder, settings, ledger.ledger_place(folder, settings.force.slug))


def said(folder: Path, as_at: date | None = None) -> tuple[Event, ...]:
    """Return what was said of a force's register, up to the end of a day if one is given.

    Raises
    ------
    LedgerFault
        If there is a ledger and it cannot be read or is not whole.
    """
    try:
        slug = str(tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))["slug"])
    except (OSError, KeyError, ValueError):
        return ()  # settings at fault are told where they are read
    place = ledger.ledger_place(folder, slug)
    events = () if place.bare else _whole(place)
    return events if as_at is None else tuple(until(events, as_at))


def _whole(place: ledger.Place) -> tuple[Event, ...]:
    """Return the whole history of a force, kept under the hash of its file where it lies in one.

    Importing what is behind the ledger takes a fifth of a second, which every notebook would pay.
    """
    # Beside a writer's journal the file alone does not tell how the ledger stands.
    if place.file is None or place.file.with_name(f"{place.file.name}-journal").exists():
        return ledger.whole(place)
    digest = sha256(place.file)
    kept_at = CACHE / f"ledger-{place.chain}-{digest}.pickle"
    events: tuple[Event, ...] | None = kept(kept_at)
    if events is None:
        events = ledger.whole(place)
        if sha256(place.file) == digest:
            keep(events, kept_at, like="ledger-*.pickle")
    return events


def say(at_desk: Desk, actor: Actor, drafts: Sequence[Draft], at: datetime) -> tuple[Event, ...]:
    """Say something of a force's register (``ledger.record``)."""
    return ledger.record(at_desk.place, actor, drafts, at_desk.scenario, at)


def begin(at_desk: Desk, actor: Actor, at: datetime, reason: str) -> tuple[Event, ...]:
    """Begin the ledger of a force and carry its entries, controls and links over as the first events.

    Raises
    ------
    LedgerFault
        If the force has a history already.
    """
    if ledger.events(at_desk.place):
        raise ledger.LedgerFault(f"the register of {at_desk.scenario.force.name} has begun already")
    drafts = list(_carried(read_tables(at_desk.folder), reason))
    if not ledger.exists(at_desk.place):
        ledger.create(at_desk.place)
    return say(at_desk, actor, drafts, at)


def _carried(tables: dict[str, pd.DataFrame], reason: str) -> Iterator[Draft]:
    """Give the entries of the tables as what is said first."""
    for name, (kind, key) in CARRIED.items():
        for row in tables[name].to_dict("records"):
            fields = {str(column): _plain(value) for column, value in row.items() if pd.notna(value)}
            yield Draft(kind, str(fields.pop(key)), fields, reason)
    for row in tables["links"].itertuples():
        tie = {"relation": row.relation, "to": row.linked_id, "source": row.source, "provenance": row.provenance}
        yield Draft("linked", str(row.risk_id), tie, reason)


def _plain(value: Any) -> str | int | float:
    """Return a cell in JSON's own types: dates in ISO, whole numbers whole."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value if isinstance(value, str) else int(value)
