"""The door to signatures: what a finished run holds to be signed, who signs it, and what came of it.

In: the folder of a finished run, the desk of its force, who signs. Out: an event of the ledger that covers exactly the
run's canonical results, what they were made from and the register as it stands; nothing in the run's folder is touched.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from apstra import ledger, risk
from apstra.data.register import Desk, say
from apstra.data.store import content_parts
from apstra.risk import Actor, Covered, Event, Standing

MANIFEST: Final = "manifest.json"
CONFIRMED: Final = 8  # characters of the digest that whoever signs must type
RESULTS: Final = {"assessment": "assessment.json", "review": "review.json"}


def run_record(run: Path) -> dict[str, Any]:
    """Return what a finished run recorded of itself.

    Raises
    ------
    ValueError
        If it is no folder of a finished run, or of one made by an earlier version.
    """
    place = run / MANIFEST
    if not place.is_file():
        raise ValueError(f"{run.name} is no folder of a finished run: it holds no {MANIFEST}")
    try:
        record: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except ValueError:
        record = {}
    if not {"product", "content", "parameters", "outputs"} <= set(record):
        raise ValueError(f"{MANIFEST} of {run.name} does not say what the run was made from: run it again")
    return record


def covered(run: Path) -> Covered:
    """Return what a signature of a finished run covers.

    Raises
    ------
    ValueError
        If it is no finished run, or its results are not what it recorded.
    """
    record = run_record(run)
    asked, name = record["parameters"], RESULTS[record["product"]]
    results = hashlib.sha256((run / name).read_bytes()).hexdigest() if (run / name).is_file() else ""
    if results != record["outputs"].get(name):
        raise ValueError(f"{name} of run {record['run_id']} is not what the run wrote: nothing can be signed")
    what = (record["product"], asked["year"], asked["as_at"], asked["scenario"])
    return risk.covered_of(what, record["content"], results)


def find_run(at_desk: Desk, asked: Covered, out: Path) -> Path | None:
    """Return the folder of the newest finished run of what is asked for, made from the same content; else nothing."""
    found = []
    for place in out.glob(f"{at_desk.scenario.force.slug}/{asked.year}/{asked.as_at}/*/{MANIFEST}"):
        record = json.loads(place.read_text(encoding="utf-8"))
        parts = {"inputs": asked.inputs, "code": asked.code, "recorded": asked.recorded}
        same = record.get("content") == parts and record.get("product") == asked.product
        if same and record["parameters"]["scenario"] == asked.scenario:
            found.append((record["finished_at"], place.parent))
    return max(found)[1] if found else None


def asked_of(at_desk: Desk, year: int, as_at: date, scenario: str, product: str = "assessment") -> Covered:
    """Return what would be signed of an assessment as the inputs, the code and the register are now."""
    parts = content_parts(at_desk.folder, scenario, year, as_at)
    return risk.covered_of((product, year, as_at.isoformat(), scenario), parts)


def standing_of(at_desk: Desk, run: Path) -> Standing:
    """Return what the signature of a run is worth now."""
    return risk.standing(_as_now(at_desk, covered(run)), ledger.whole(at_desk.place))


def _as_now(at_desk: Desk, of_run: Covered) -> Covered:
    """Return a run's coverage with what it was made from as it is now."""
    parts = content_parts(at_desk.folder, of_run.scenario, of_run.year, date.fromisoformat(of_run.as_at))
    return risk.covered_of(of_run.asked, parts, of_run.results)


def prepare(at_desk: Desk, run: Path, actor: Actor, reason: str, at: datetime) -> Event:
    """Record that somebody has prepared a run for signature; somebody else signs it.

    Raises
    ------
    ValueError
        If it is no finished run of this force, or what it was made from has changed since.
    """
    run_id, events = _of_force(at_desk, run), ledger.whole(at_desk.place)
    of_run = covered(run)
    now = _as_now(at_desk, of_run)
    if now != of_run:
        raise ValueError(f"since run {run_id} {' and '.join(_differences(of_run, now))} changed: run it again")
    draft = risk.draft_of(of_run, events, run_id, risk.PREPARED, reason, None)
    return say(at_desk, actor, [draft], at)[0]


def sign(
    at_desk: Desk, run: Path, actor: Actor, decision: str, reason: str, expires_on: str | None, at: datetime
) -> Event:
    """Record a decision on a run: approve, approve with conditions, or return.

    Parameters
    ----------
    reason
        The note that goes with it; of an approval with conditions, the conditions.
    expires_on
        Last day of an approval; a return has none.

    Raises
    ------
    ValueError
        If the run may not be approved by this actor (``risk.obstacles``), or something given is not what it must be.
    """
    if decision not in risk.DECISIONS:
        raise ValueError(f"decision: one of {', '.join(risk.DECISIONS)}, not {decision!r}")
    approving = decision in risk.APPROVALS
    until = risk.checked_expiry(expires_on, at.astimezone(risk.LOCAL).date()) if approving else None
    in_the_way = obstacles(at_desk, run, actor)
    if approving and in_the_way:
        raise ValueError(f"run {run.name} cannot be approved: {' '.join(in_the_way)}")
    if not risk.may_sign(actor.role, ledger.whole(at_desk.place), at_desk.scenario):
        raise ValueError(f"{actor.role} has no authority to decide on this run")
    draft = risk.draft_of(covered(run), ledger.whole(at_desk.place), run.name, decision, reason, until)
    return say(at_desk, actor, [draft], at)[0]


def obstacles(at_desk: Desk, run: Path, actor: Actor) -> list[str]:
    """Return why somebody may not approve a run, in sentences; none when they may."""
    run_id, events = _of_force(at_desk, run), ledger.whole(at_desk.place)
    errors = [f"{row.risk_id}: {row.message}" for row in register_errors(at_desk, events)]
    of_run = covered(run)
    now = _as_now(at_desk, of_run)
    return risk.obstacles(now, events, run_id, actor, at_desk.scenario, errors)


def register_errors(at_desk: Desk, events: tuple[Event, ...]) -> Iterator[Any]:
    """Give the errors of the register as it stands now, which block a signature."""
    now = risk.register_tables(risk.fold(events))
    table = risk.register(now.risks, now.controls, at_desk.scenario)
    yield from risk.lint(table, now.controls, at_desk.scenario).query("severity == 'error'").itertuples()


def _of_force(at_desk: Desk, run: Path) -> str:
    """Return the id of a run, refusing one of another force."""
    record = run_record(run)
    if record["force"] != at_desk.scenario.force.slug:
        raise ValueError(f"run {record['run_id']} is of {record['force']}, not of {at_desk.scenario.force.slug}")
    return str(record["run_id"])


def _differences(before: Covered, now: Covered) -> list[str]:
    """Return in words what a run was made from and is no longer."""
    return [words for part, words in risk.PARTS.items() if getattr(before, part) != getattr(now, part)]
