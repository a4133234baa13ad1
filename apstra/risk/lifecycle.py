"""The life of an entry: which states follow which, and what may be said of an entry at all.

In: the entries as they stand, what somebody wants to say, who they are and the settings of the force. Out: nothing, or
a refusal in one sentence. One table says which state may follow which; a risk is tolerated only by a role whose
authority covers its level and only until a day, and nothing is closed without its evidence.
"""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from apstra.risk.event import Actor, Draft
from apstra.risk.fields import columns_of, day_of, filled, set_by, sound
from apstra.scenario import Scenario
from apstra.schema import TABLES
from apstra.schema.risk import RELATIONS

TRANSITIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "proposed": ("open", "dismissed"),
        "open": ("treating", "tolerated", "closed", "dismissed"),
        "treating": ("open", "tolerated", "closed"),
        "tolerated": ("open", "treating", "closed"),
        "closed": ("reopened",),
        "dismissed": ("reopened",),
        "reopened": ("treating", "tolerated", "closed", "dismissed"),
    }
)
CLOSED: Final = ("closed", "dismissed")
SCORES: Final = tuple(f"{of}_{part}" for of in ("inherent", "current", "target") for part in ("likelihood", "impact"))
NEEDED: Final = ("kind", "title", "cause", "consequence", "state")
EDITABLE: Final = (
    "kind", "title", "cause", "consequence", "threat_id", "owner", *SCORES, "confidence", "treatment", "review_on",
    "origin",
)  # fmt: skip
OF_MOVES: Final = ("evidence", "accepted_until", "treatment", "number")
CONTROL_EDITABLE: Final = ("title", "status", "owner", "due_on", "effect", "effect_seen")
CONTROL_NEEDED: Final = ("risk_id", "title", "status", "effect")
Entry = dict[str, Any]
Entries = Mapping[str, Mapping[str, Entry]]


def check(entries: Entries, draft: Draft, actor: Actor, scenario: Scenario, on: date) -> None:
    """Refuse what may not be said of the register as it stands.

    Parameters
    ----------
    entries
        As ``history.fold`` returns them.
    scenario
        Settings of the force: authority by level and the scheme the levels are read from.
    on
        Day on which it is said.

    Raises
    ------
    ValueError
        If there is no such kind of event, or this one breaks a rule of it.
    """
    if draft.kind not in CHECKS:
        raise ValueError(f"an event is one of {', '.join(CHECKS)}, not {draft.kind!r}")
    CHECKS[draft.kind](entries, draft, actor, scenario, on)


def covers(role: str, level: str | None, scenario: Scenario) -> bool:
    """Return whether a role may accept a risk of a level: its own level's role, or that of a more severe one."""
    order = list(scenario.scheme.order)
    if level not in order:
        return False
    return role in {scenario.force.authority.get(name) for name in order[order.index(level) :]}


def level_of(entry: Entry, scenario: Scenario, position: str = "current") -> str | None:
    """Return the level of an entry's position; nothing where it is not scored."""
    levels = scenario.scheme.levels
    likelihood, impact = entry.get(f"{position}_likelihood"), entry.get(f"{position}_impact")
    found = levels.loc[(levels["likelihood"] == likelihood) & (levels["impact"] == impact), "level"]
    return None if found.empty else str(found.iloc[0])


def next_id(entries: Entries, table: str = "risks") -> str:
    """Return an id that was never used: R after the highest number among entries, C among controls."""
    taken = [int(digits) for name in entries[table] if (digits := "".join(filter(str.isdecimal, name)))]
    return f"{'R' if table == 'risks' else 'C'}{max(taken, default=0) + 1:02d}"


def _known(entries: Entries, name: str, table: str = "risks") -> Entry:
    """Return an entry or control, refusing one that is not there."""
    if name not in entries[table]:
        raise ValueError(f"there is no {'entry' if table == 'risks' else 'control'} {name} in the register")
    return entries[table][name]


def _live(entries: Entries, name: str) -> Entry:
    """Return an entry that is neither closed nor dismissed."""
    entry = _known(entries, name)
    if entry["state"] in CLOSED:
        raise ValueError(f"{name} is {entry['state']}: reopen it first")
    return entry


def _new(entries: Entries, name: str, table: str) -> None:
    """Refuse an id that was used before."""
    if name in entries[table]:
        raise ValueError(f"{name} was used before: ids are never used again")


def _carried(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check an entry carried over from the tables when the ledger begins, in whatever state it is."""
    _new(entries, draft.subject, "risks")
    filled(draft, NEEDED)
    set_by(draft, "risks", columns_of("risks"))


def _opened(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a new entry, proposed or open."""
    _new(entries, draft.subject, "risks")
    filled(draft, NEEDED)
    set_by(draft, "risks", (*EDITABLE, "state", "source", "provenance", "number"))
    if draft.payload["state"] not in ("proposed", "open"):
        raise ValueError(f"{draft.subject}: a new entry is proposed or open, not {draft.payload['state']}")


def _changed(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check fields of a live entry set anew."""
    entry = _live(entries, draft.subject)
    set_by(draft, "risks", EDITABLE)
    if draft.payload.get("kind", entry["kind"]) != entry["kind"] and entry["kind"] != "observation":
        raise ValueError(f"{draft.subject}: an observation can become a risk, a risk never an observation")
    if draft.payload.get("kind", entry["kind"]) != entry["kind"] and entry["state"] == "tolerated":
        raise ValueError(f"{draft.subject} is tolerated as an {entry['kind']}: open it again first")
    if "treatment" in draft.payload and entry["state"] == "tolerated":
        raise ValueError(
            f"{draft.subject} is tolerated: its treatment changes when it is moved, and the acceptance ends"
        )
    if all(entry.get(name) == value for name, value in draft.payload.items()):
        raise ValueError(f"{draft.subject}: nothing would change")


def _moved(entries: Entries, draft: Draft, actor: Actor, scenario: Scenario, on: date) -> None:
    """Check an entry in its next state, with what that state asks for."""
    entry, to = _known(entries, draft.subject), draft.payload.get("to")
    if to not in TRANSITIONS.get(entry["state"], ()):
        ways = ", ".join(TRANSITIONS.get(entry["state"], ())) or "nothing"
        raise ValueError(f"{draft.subject} is {entry['state']}: it can become {ways}, not {to}")
    if entry.get("merged_into"):
        raise ValueError(f"{draft.subject} was merged into {entry['merged_into']}: its history goes on there")
    said = {name: value for name, value in draft.payload.items() if name != "to" and value is not None}
    set_by(Draft(draft.kind, draft.subject, said, draft.reason), "risks", OF_MOVES)
    if to == "treating" and said.get("treatment") == "tolerate":
        raise ValueError(f"{draft.subject}: it is treated, transferred or terminated, or moves to tolerated")
    if to == "closed" and not said.get("evidence"):
        raise ValueError(f"{draft.subject}: it closes only with its evidence")
    if to == "tolerated":
        _acceptance(entry, draft, actor, scenario, on)


def _acceptance(entry: Entry, draft: Draft, actor: Actor, scenario: Scenario, on: date) -> None:
    """Refuse an acceptance by a role without authority, or without a last day that lies ahead."""
    until = day_of(draft.payload.get("accepted_until"), f"{draft.subject}, accepted_until:")
    if until <= on:
        raise ValueError(f"{draft.subject}: an acceptance ends on a day to come, not {until}")
    level = level_of(entry, scenario)
    if entry["kind"] == "risk" and level is None:
        raise ValueError(f"{draft.subject} is not scored: nobody can tell who may accept it")
    if level is not None and not covers(actor.role, level, scenario):
        may = scenario.force.authority.get(level, "nobody")
        raise ValueError(f"{draft.subject} is {level}: {may} may accept it, {actor.role} may not")


def _reviewed(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, on: date) -> None:
    """Check a review of a live entry, with the day of the next."""
    _live(entries, draft.subject)
    following = day_of(draft.payload.get("review_on"), f"{draft.subject}, review_on:")
    if set(draft.payload) != {"review_on"} or following <= on:
        raise ValueError(f"{draft.subject}: a review sets the day of the next, after {on}, and nothing else")


def _merged(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a live entry that goes on as part of another."""
    _live(entries, draft.subject)
    into = draft.payload.get("into")
    if not isinstance(into, str) or into == draft.subject or len(draft.payload) > 1:
        raise ValueError(f"{draft.subject}: it is merged into another entry, not {into!r}")
    _live(entries, into)


def _split(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a live entry from which others come, each with an id and a title of its own."""
    _live(entries, draft.subject)
    parts = draft.payload.get("into")
    if not isinstance(parts, Mapping) or not parts:
        raise ValueError(f"{draft.subject}: a split names the new entries and their titles")
    for name, fields in parts.items():
        part = Draft(draft.kind, name, fields if isinstance(fields, Mapping) else {}, draft.reason)
        _new(entries, name, "risks")
        filled(part, ("title",))
        set_by(part, "risks", EDITABLE)


def _closing_proposed(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a live entry whose cause the assessment no longer finds."""
    _live(entries, draft.subject)
    filled(draft, ("keys",))
    sound(TABLES["risks"].column("closing_proposed"), draft.payload["keys"], draft.subject)


def _control_carried(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a control carried over from the tables when the ledger begins."""
    _new(entries, draft.subject, "controls")
    filled(draft, CONTROL_NEEDED)
    set_by(draft, "controls", columns_of("controls"))
    _known(entries, draft.payload["risk_id"])


def _control_added(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a new control of a live entry."""
    _new(entries, draft.subject, "controls")
    filled(draft, CONTROL_NEEDED)
    set_by(draft, "controls", ("risk_id", *CONTROL_EDITABLE, "source", "provenance"))
    _live(entries, draft.payload["risk_id"])


def _control_changed(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check fields of a control set anew."""
    control = _known(entries, draft.subject, "controls")
    set_by(draft, "controls", CONTROL_EDITABLE)
    if all(control.get(name) == value for name, value in draft.payload.items()):
        raise ValueError(f"{draft.subject}: nothing would change")


def _linked(entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a tie between an entry and a threat, lesson, obligation, incident or observation, made or undone."""
    _known(entries, draft.subject)
    filled(draft, ("relation", "to"))
    if draft.payload["relation"] not in RELATIONS:
        raise ValueError(
            f"{draft.subject}: a link is to one of {', '.join(RELATIONS)}, not {draft.payload['relation']}"
        )
    sound(TABLES["links"].column("linked_id"), draft.payload["to"], draft.subject)
    more = {name: value for name, value in draft.payload.items() if name not in ("relation", "to")}
    set_by(Draft(draft.kind, draft.subject, more, draft.reason), "links", ("source", "provenance"))
    there = link_key(draft) in entries["links"]
    if there != (draft.kind == "unlinked"):
        found = "there already" if there else "not there"
        raise ValueError(f"{draft.subject}: the link to {draft.payload['to']} is {found}")


def link_key(draft: Any) -> str:
    """Return the key of a link: entry, relation and what it leads to."""
    said = draft.content if hasattr(draft, "content") else draft.payload
    return f"{draft.subject}|{said['relation']}|{said['to']}"


def _of_a_run(_entries: Entries, draft: Draft, _actor: Actor, _scenario: Scenario, _on: date) -> None:
    """Check a preparation or signature of a run; ``signature`` checks what it covers."""
    filled(draft, ("decision", "product", "results", "register"))


Check = Callable[[Entries, Draft, Actor, Scenario, date], None]
CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "carried": _carried,
        "opened": _opened,
        "changed": _changed,
        "moved": _moved,
        "reviewed": _reviewed,
        "merged": _merged,
        "split": _split,
        "closing_proposed": _closing_proposed,
        "control_carried": _control_carried,
        "control_added": _control_added,
        "control_changed": _control_changed,
        "linked": _linked,
        "unlinked": _linked,
        "prepared": _of_a_run,
        "signed": _of_a_run,
    }
)
