"""The ledger: folding, verifying and reading 20,000 events, and adding one to histories of ever more.

The floor of the fold is reading the same payloads as JSON, that of verification hashing the same text once an event,
that of reading and adding the bare driver of SQLite on the same file or one like it. Each is timed in this process, in
turns, the median of several; run it by ``make bench``.
"""

import hashlib
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from apstra import ledger, risk
from apstra.ledger import Place
from apstra.risk import Actor, Draft, Event

EVENTS = 20_000
LENGTHS = (200, 2_000, EVENTS)
ENTRIES, BATCH = 400, 200
TURNS, ADDED = 3, 41
ACTOR = Actor("Armed policing inspector", "a-17")
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def seconds(work: Callable[[], object], turns: int = TURNS) -> float:
    """Return the median seconds of a few turns, after one that is not counted."""
    work()
    taken = []
    for _ in range(turns):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def drafts() -> list[Draft]:
    """Return what a register of some hundred entries hears in years."""
    said = []
    for number in range(EVENTS):
        entry, turn = f"R{number % ENTRIES:03d}", number // ENTRIES
        fields = {"kind": "risk", "title": f"Too few crews {number}", "cause": "Vacancies", "consequence": "Late",
                  "state": "open", "current_likelihood": 3, "current_impact": 4}  # fmt: skip
        kind, payload = [
            ("changed", {"owner": f"Role {number % 9}", "current_impact": 1 + number % 5}),
            ("reviewed", {"review_on": "2027-03-01"}),
            ("control_added", {"risk_id": entry, "title": "Recruit", "status": "planned", "effect": "More crews"}),
            ("moved", {"to": "closed", "evidence": "Exercise, report 4"}),
            ("moved", {"to": "reopened"}),
        ][turn % 5]
        if not turn:
            kind, payload = "opened", fields
        subject = f"C{number:05d}" if kind == "control_added" else entry
        said.append(Draft(kind, subject, payload, f"Because of what was found on day {number}"))
    return said


def place_of(folder: Path, length: int) -> Place:
    """Return a ledger with so many events."""
    place, said = Place("test", file=folder / str(length) / "ledger.sqlite"), drafts()[:length]
    ledger.create(place)
    for start in range(0, length, BATCH):
        ledger.append(place, ACTOR, said[start : start + BATCH], START + timedelta(hours=start))
    return place


def bare_reading(place: Place) -> list[tuple[object, ...]]:
    """Return the same rows by the driver alone."""
    connection = sqlite3.connect(place.file)
    rows = connection.execute("SELECT * FROM ledger_events ORDER BY chain, number").fetchall()
    connection.close()
    return rows


def bare_adding(file: Path) -> None:
    """Add one row like an event's to a table and commit, by the driver alone and as safely."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS said (number INTEGER PRIMARY KEY, payload TEXT)")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO said (payload) VALUES (?)", ("x" * 400,))
    connection.execute("COMMIT")
    connection.close()


def hashed(events: tuple[Event, ...]) -> None:
    """Hash the text of every event."""
    for event in events:
        said = f"{event.at}{event.role}{event.account}{event.subject}{event.payload}{event.reason}{event.previous}"
        hashlib.sha256(said.encode()).hexdigest()


def compared(what: str, taken: float, floor: float, of_floor: str) -> None:
    """Print a time beside its floor."""
    print(f"{what}: {1000 * taken:.1f} ms; {of_floor}: {1000 * floor:.1f} ms; ratio {taken / floor:.1f}")


def main() -> None:
    """Print what each takes and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = {length: place_of(folder, length) for length in LENGTHS}
        longest = places[EVENTS]
        events = ledger.whole(longest)
        fold, verify = seconds(lambda: risk.fold(events)), seconds(lambda: risk.first_fault(events, "test"))
        as_json = seconds(lambda: [json.loads(event.payload) for event in events])
        compared(f"fold of {EVENTS:,} events", fold, as_json, "their payloads as JSON")
        compared(f"verification of {EVENTS:,} events", verify, seconds(lambda: hashed(events)), "one hash an event")
        read, bare = seconds(lambda: ledger.events(longest)), seconds(lambda: bare_reading(longest))
        compared(f"reading {EVENTS:,} events", read, bare, "the driver alone")
        floor, one = seconds(lambda: bare_adding(folder / "bare.sqlite"), ADDED), drafts()[:1]
        add = partial(ledger.append, actor=ACTOR, drafts=one, at=START)
        taken = {length: seconds(partial(add, place), ADDED) for length, place in places.items()}
        for length, value in taken.items():
            compared(f"adding an event to {length:,}", value, floor, "a bare insert and commit")
        print(f"adding to {EVENTS:,} beside adding to {LENGTHS[0]}: ratio {taken[EVENTS] / taken[LENGTHS[0]]:.2f}")


if __name__ == "__main__":
    main()
