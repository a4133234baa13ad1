"""What a signature covers, who may give it, and what it is worth now.

In: what a run was made from and what it found, by hash; the history of the register; a role. Out: what is recorded when
a run is prepared or signed, the reasons why it may not be, and its standing today. A signature covers exactly what it
names: once anything beneath it changes, it is superseded. It proves integrity; it is no qualified electronic signature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from apstra.risk.event import Actor, Draft, Event
from apstra.risk.fields import day_of
from apstra.risk.history import fold, of_register, register_digest
from apstra.risk.lifecycle import CLOSED, covers, level_of
from apstra.scenario import Scenario

PREPARED, SIGNED = "prepared", "signed"
APPROVALS: Final = ("approve", "approve with conditions")
DECISIONS: Final = (*APPROVALS, "return")
PARTS: Final = {"inputs": "a table or setting", "code": "the code", "recorded": "the register up to its day"}


@dataclass(frozen=True, slots=True)
class Covered:
    """What a signature covers, by hash.

    Attributes
    ----------
    product
        ``assessment`` or ``review``.
    inputs, code, recorded
        What the run was made from: tables and settings, the package, the last event of the register up to *as at*.
    results
        The run's canonical results.
    """

    product: str
    year: int
    as_at: str
    scenario: str
    inputs: str
    code: str
    recorded: str
    results: str

    @property
    def asked(self) -> tuple[str, int, str, str]:
        """Return what was asked for, whatever came of it."""
        return self.product, self.year, self.as_at, self.scenario


def covered_of(asked: tuple[str, int, str, str], parts: Mapping[str, str], results: str = "") -> Covered:
    """Return what a signature would cover of what is asked for, made from content of these hashes by part."""
    return Covered(*asked, parts["inputs"], parts["code"], parts["recorded"], results)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a product's signature is worth: ``draft``, ``prepared``, ``returned``, ``signed`` or ``superseded``."""

    state: str
    words: str


def draft_of(
    covered: Covered, events: Sequence[Event], run_id: str, decision: str, reason: str, expires_on: str | None
) -> Draft:
    """Return what is recorded when a run is prepared (``decision`` is ``prepared``) or signed."""
    register = {"register": register_digest(fold(events)), "events": len(of_register(events))}
    said: dict[str, Any] = {**asdict(covered), **register, "decision": decision}
    if expires_on:
        said["expires_on"] = expires_on
    return Draft(PREPARED if decision == PREPARED else SIGNED, run_id, said, reason)


def standing(covered: Covered, events: Sequence[Event]) -> Standing:
    """Return what the last preparation or signature of a product is worth, given all of the history."""
    said = [event for event in events if event.kind in (PREPARED, SIGNED) and _asked(event) == covered.asked]
    if not said:
        return Standing("draft", "draft, not signed")
    last, content = said[-1], said[-1].content
    who = f"by {last.role} on {last.day:%d %B %Y}"
    if last.kind == PREPARED:
        return Standing("prepared", f"draft, prepared {who}, not signed")
    if content["decision"] not in APPROVALS:
        return Standing("returned", f"draft, returned {who}: {last.reason}")
    changed = changes_since(covered, content, events)
    if changed:
        return Standing("superseded", f"superseded: signed {who}, but since then {' and '.join(changed)} changed")
    how = "signed with conditions" if content["decision"] != APPROVALS[0] else "signed"
    return Standing("signed", f"{how} {who}, until {date.fromisoformat(content['expires_on']):%d %B %Y}")


def _asked(event: Event) -> tuple[str, int, str, str]:
    """Return what the run that an event speaks of was asked for."""
    said = event.content
    return said["product"], said["year"], said["as_at"], said["scenario"]


def changes_since(covered: Covered, signed: Mapping[str, Any], events: Sequence[Event]) -> list[str]:
    """Return in words what is no longer as it was signed: inputs, code, results, or an entry of the register."""
    changed = [words for part, words in PARTS.items() if getattr(covered, part) != signed[part]]
    if not changed and covered.results and covered.results != signed["results"]:
        changed.append("the results")
    if register_digest(fold(events)) != signed["register"]:
        changed.append("the register")
    return changed


def may_sign(role: str, events: Sequence[Event], scenario: Scenario) -> bool:
    """Return whether a role may sign: the force's approver, or one whose authority covers every live risk.

    Where no live risk is scored it must cover the most severe level there is.
    """
    if role == scenario.force.responsible.get("approver"):
        return True
    live = [entry for entry in fold(events)["risks"].values() if entry["state"] not in CLOSED]
    levels = {level_of(entry, scenario) for entry in live} - {None} or {scenario.scheme.order[-1]}
    return all(covers(role, level, scenario) for level in levels)


def obstacles(
    covered: Covered, events: Sequence[Event], run_id: str, actor: Actor, scenario: Scenario, errors: Sequence[str]
) -> list[str]:
    """Return why a run may not be approved by somebody, in sentences; none when it may.

    Parameters
    ----------
    errors
        Errors of the register as it stands now.
    """
    of_run = [event for event in events if event.subject == run_id]
    prepared = next((event for event in reversed(of_run) if event.kind == PREPARED), None)
    found = []
    if prepared is None:
        found.append("Nobody has prepared this run for signature yet.")
    else:
        if changed := changes_since(covered, prepared.content, events):
            found.append(f"Since it was prepared {' and '.join(changed)} changed: run it and prepare it again.")
        if actor.account == prepared.account or actor.role == prepared.role:
            found.append(f"{prepared.role} ({prepared.account}) prepared it: somebody else must sign, in another role.")
    if not may_sign(actor.role, events, scenario):
        found.append(f"{actor.role} has no authority over the most severe live risk and is not the force's approver.")
    if errors:
        found.append(f"The register has {len(errors)} {'error' if len(errors) == 1 else 'errors'}: {errors[0]}")
    if of_run and of_run[-1].kind == SIGNED and standing(covered, events).state == "signed":
        found.append("It is signed already, and nothing beneath the signature has changed.")
    return found


def checked_expiry(expires_on: str | None, on: date) -> str:
    """Return the last day of a signature, refusing one that does not lie ahead."""
    until = day_of(expires_on, "expires_on:")
    if until <= on:
        raise ValueError(f"expires_on: a day after {on}, not {until}")
    return until.isoformat()
