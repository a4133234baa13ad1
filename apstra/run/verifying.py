"""Proof that a run is what it says: everything is worked out again, and the first thing that does not match is named.

In: the folder of a finished run and the desk of its force. Out: what was looked at, in order, each with what was found.
It proves that nothing was changed; it is no qualified electronic signature, and whoever can rewrite the ledger, every
run and this workbook together can make them agree again.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from apstra import data, ledger, risk
from apstra.data import cache, signing, store

LIMIT: Final = "This proves that nothing was changed since it was recorded. It is not a qualified electronic signature."


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked at, and in words what does not match; empty words when everything does."""

    what: str
    fault: str


def verify(run: Path, desk: data.Desk) -> Iterator[Found]:
    """Give what was looked at in a finished run, in order; it ends after the first thing that does not match.

    Raises
    ------
    ValueError
        If it is no folder of a finished run, or of another force.
    """
    record = signing.run_record(run)
    if record["force"] != desk.scenario.force.slug:
        raise ValueError(f"run {record['run_id']} is of {record['force']}, not of {desk.scenario.force.slug}")
    for what, look in LOOKS.items():
        found = Found(what, look(run, record, desk))
        yield found
        if found.fault:
            return


def _chain(_run: Path, _record: dict[str, Any], desk: data.Desk) -> str:
    """Return what does not match in the history of the register."""
    return ledger.fault(desk.place)


def _products(run: Path, record: dict[str, Any], _desk: data.Desk) -> str:
    """Return the first file of a run that is not what it wrote, is missing, or was put there since."""
    there = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()} - {signing.MANIFEST}
    for name, recorded in sorted(record["outputs"].items()):
        if name not in there:
            return f"{name} is missing"
        if cache.sha256(run / name) != recorded:
            return f"{name} was changed after the run"
    extra = sorted(there - set(record["outputs"]))
    return f"{extra[0]} was put there after the run" if extra else ""


def _inputs(_run: Path, record: dict[str, Any], desk: data.Desk) -> str:
    """Return the first input that is no longer what the run read."""
    now = {
        name: cache.sha256(path)
        for name, path in store.input_files(desk.folder, record["parameters"]["scenario"]).items()
    }
    for name, recorded in sorted(record["inputs"].items()):
        if now.get(name) != recorded:
            return f"{name} {'is missing' if name not in now else 'was changed since the run'}"
    new = sorted(set(now) - set(record["inputs"]))
    return f"{new[0]} was added since the run" if new else ""


def _content(_run: Path, record: dict[str, Any], desk: data.Desk) -> str:
    """Return whether the code or the register up to the run's day is no longer what the run was made from."""
    asked = record["parameters"]
    now = store.content_parts(desk.folder, asked["scenario"], asked["year"], date.fromisoformat(asked["as_at"]))
    changed = [risk.PARTS[part] for part, value in now.items() if record["content"][part] != value]
    return f"{changed[0]} changed since the run" if changed else ""


def _results(run: Path, record: dict[str, Any], desk: data.Desk) -> str:
    """Return whether the results, worked out anew from the tables, are other than the run's."""
    asked, product = record["parameters"], record["product"]
    year, day, scenario = asked["year"], asked["as_at"], asked["scenario"]
    this = store.compute(desk.folder, year, date.fromisoformat(day), scenario)
    if product == "review":
        anew = data.canonical(data.review(str(desk.folder), year, day, scenario, assessment=this, anew=True))
    else:
        anew = data.assessment_json(this)
    name = signing.RESULTS[product]
    return "" if anew == (run / name).read_bytes() else f"{name} is not what the tables and the code give"


def _signature(run: Path, record: dict[str, Any], desk: data.Desk) -> str:
    """Return what is wrong with the run's last signature; nothing where it is good or there is none."""
    events = ledger.events(desk.place)
    signed = [event for event in events if event.kind == risk.SIGNED and event.subject == record["run_id"]]
    if not signed:
        return ""
    last, content = signed[-1], signed[-1].content
    results = hashlib.sha256((run / signing.RESULTS[record["product"]]).read_bytes()).hexdigest()
    if content["results"] != results:
        return f"the signature of {last.role} covers other results"
    before = [event for event in events if event.number < last.number]
    if risk.register_digest(risk.fold(before)) != content["register"]:
        return f"the signature of {last.role} covers another register than the one of its day"
    prepared = [event for event in before if event.kind == risk.PREPARED and event.subject == record["run_id"]]
    approved = content["decision"] in risk.APPROVALS
    if approved and (not prepared or prepared[-1].account == last.account or prepared[-1].role == last.role):
        return f"the run was not prepared by somebody other than {last.role}"
    worth = signing.standing_of(desk, run)
    return worth.words if worth.state == "superseded" else ""


_Look = Callable[[Path, dict[str, Any], data.Desk], str]
LOOKS: Final[dict[str, _Look]] = {
    "the history of the register": _chain,
    "the files of the run": _products,
    "the tables and settings": _inputs,
    "the code, and the register up to the run's day": _content,
    "the results, worked out anew": _results,
    "the signature": _signature,
}
