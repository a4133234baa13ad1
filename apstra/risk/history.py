"""The register as the fold of everything said of it.

In: the events of a force's ledger and a day. Out: the entries, controls and links as they stood at the end of that day,
as tables of the contract, and the history of each entry in words. An entry that was merged or split keeps its history
under its own id; the links between them say where it went on.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from apstra.risk.event import Event, plain
from apstra.risk.lifecycle import Entries, Entry, link_key
from apstra.schema import LIST_SEPARATOR, TABLES, TYPES, Kind

SOURCE: Final = "Ledger of the register"
OF_RUNS: Final = ("prepared", "signed")
HISTORY: Final = ("event", "on", "role", "account", "kind", "risk_id", "said", "reason")
State = dict[str, dict[str, Entry]]


@dataclass(frozen=True, slots=True)
class Register:
    """The tables ``risks``, ``controls`` and ``links`` as they stood at the end of a day."""

    risks: pd.DataFrame
    controls: pd.DataFrame
    links: pd.DataFrame


def until(events: Sequence[Event], day: date) -> list[Event]:
    """Return the events said up to the end of a day."""
    return [event for event in events if event.day <= day]


def of_register(events: Iterable[Event]) -> list[Event]:
    """Return the events said of the register itself: all but those of runs, which are prepared and signed."""
    return [event for event in events if event.kind not in OF_RUNS]


def fold(events: Iterable[Event]) -> State:
    """Return ``risks``, ``controls`` and ``links`` by id after all of ``events``, in order."""
    state: State = {"risks": {}, "controls": {}, "links": {}}
    for event in events:
        advance(state, event)
    return state


def advance(state: State, event: Event) -> None:
    """Bring the entries one event further; an event of a run leaves them as they are."""
    if event.kind not in OF_RUNS:
        _FOLDS[event.kind](state, event, event.content)


def _open(state: State, event: Event, said: Entry) -> None:
    """Add an entry."""
    new = {"opened_on": event.day.isoformat(), "source": SOURCE, "provenance": "force"}
    state["risks"][event.subject] = {**new, **said, "risk_id": event.subject}


def _change(state: State, event: Event, said: Entry) -> None:
    """Set fields of an entry."""
    state["risks"][event.subject].update(said)


def _move(state: State, event: Event, said: Entry) -> None:
    """Put an entry into its next state."""
    entry = state["risks"][event.subject]
    _lapse(entry)
    entry["state"] = said["to"]
    if said["to"] == "tolerated":
        entry.update(treatment="tolerate", accepted_by=event.role, accepted_until=said["accepted_until"])
    elif said["to"] == "treating":
        entry["treatment"] = said.get("treatment") or "treat"
    elif said["to"] == "reopened":
        entry.update(evidence=None, times_reopened=int(entry.get("times_reopened") or 0) + 1)
    for name in ("evidence", "number"):
        if said.get(name) is not None:
            entry[name] = said[name]


def _lapse(entry: Entry) -> None:
    """End what was decided of an entry in the state it leaves: its acceptance, and a proposal to close it."""
    entry.update(accepted_by=None, accepted_until=None, closing_proposed=None)
    if entry.get("treatment") == "tolerate":
        entry["treatment"] = None


def _review(state: State, event: Event, said: Entry) -> None:
    """Record a review; a person who keeps an entry has answered the proposal to close it."""
    entry = state["risks"][event.subject]
    kept = entry.get("closing_proposed") or entry.get("closing_kept")
    entry.update(
        reviewed_on=event.day.isoformat(), review_on=said["review_on"], closing_proposed=None, closing_kept=kept
    )


def _merge(state: State, event: Event, said: Entry) -> None:
    """Close an entry into another, which takes over its controls and the findings it answers."""
    entry, other = state["risks"][event.subject], state["risks"][said["into"]]
    _lapse(entry)
    entry.update(state="closed", merged_into=said["into"], evidence=f"Merged into {said['into']}")
    keys = [key for each in (other, entry) for key in str(each.get("origin") or "").split(LIST_SEPARATOR) if key]
    other["origin"] = LIST_SEPARATOR.join(dict.fromkeys(keys)) or None
    for control in state["controls"].values():
        if control["risk_id"] == event.subject:
            control["risk_id"] = said["into"]


def _split(state: State, event: Event, said: Entry) -> None:
    """Open entries that start from another as it stands."""
    whole = state["risks"][event.subject]
    left = ("origin", "evidence", "times_reopened", "number")
    for name, fields in said["into"].items():
        part = {key: value for key, value in whole.items() if key not in left}
        part.update(state="open", opened_on=event.day.isoformat(), reviewed_on=None, split_from=event.subject)
        _lapse(part)
        state["risks"][name] = {**part, **fields, "risk_id": name}


def _propose_closing(state: State, event: Event, said: Entry) -> None:
    """Mark an entry whose cause the assessment no longer finds."""
    state["risks"][event.subject]["closing_proposed"] = said["keys"]


def _add_control(state: State, event: Event, said: Entry) -> None:
    """Add a control."""
    new = {"source": SOURCE, "provenance": "force"}
    state["controls"][event.subject] = {**new, **said, "control_id": event.subject}


def _change_control(state: State, event: Event, said: Entry) -> None:
    """Set fields of a control."""
    state["controls"][event.subject].update(said)


def _link(state: State, event: Event, said: Entry) -> None:
    """Tie an entry to something."""
    row = {"risk_id": event.subject, "linked_id": said["to"], "source": SOURCE, "provenance": "force"}
    state["links"][link_key(event)] = {**row, **{name: value for name, value in said.items() if name != "to"}}


def _unlink(state: State, event: Event, _said: Entry) -> None:
    """Undo a tie."""
    state["links"].pop(link_key(event), None)


_FOLDS: Final[Mapping[str, Callable[[State, Event, Entry], None]]] = MappingProxyType(
    {
        "carried": _open,
        "opened": _open,
        "changed": _change,
        "moved": _move,
        "reviewed": _review,
        "merged": _merge,
        "split": _split,
        "closing_proposed": _propose_closing,
        "control_carried": _add_control,
        "control_added": _add_control,
        "control_changed": _change_control,
        "linked": _link,
        "unlinked": _unlink,
    }
)


def register_tables(entries: Entries) -> Register:
    """Return entries as the tables of the contract, in the types the model works with."""
    return Register(*(_frame(list(entries[name].values()), name) for name in ("risks", "controls", "links")))


def _frame(rows: Sequence[Mapping[str, Any]], name: str) -> pd.DataFrame:
    """Return rows as a table of the contract, in the types the model works with."""
    columns = {}
    for column in TABLES[name].columns:
        values = pd.Series([row.get(column.name) for row in rows], dtype=object)
        kind: Any = TYPES[column.kind]
        columns[column.name] = pd.to_datetime(values).astype(kind) if column.kind is Kind.DATE else values.astype(kind)
    return pd.DataFrame(columns)


def recorded(events: Sequence[Event]) -> dict[str, pd.DataFrame]:
    """Return the tables of the register that a history stands for; none where nothing was said."""
    if not of_register(events):
        return {}
    now = register_tables(fold(events))
    return {"risks": now.risks, "controls": now.controls, "links": now.links}


def register_digest(entries: Entries) -> str:
    """Return the hash of the register in one canonical text: what a signature covers (SHA-256)."""
    whole = plain({name: dict(entries[name]) for name in ("risks", "controls", "links")})
    return hashlib.sha256(whole.encode()).hexdigest()


def history(events: Sequence[Event]) -> pd.DataFrame:
    """Return what was said of the register, oldest first: ``event``, ``on``, who, ``kind``, ``risk_id``, ``said``, why.

    ``risk_id`` is the entry it bears on: of a control that of its entry.
    """
    state: State = {"risks": {}, "controls": {}, "links": {}}
    rows = []
    for event in of_register(events):
        said = event.content
        of_control = event.kind.startswith("control_")
        words = _words(event.kind, said, state["controls" if of_control else "risks"].get(event.subject, {}))
        advance(state, event)
        entry = str(state["controls"][event.subject]["risk_id"]) if of_control else event.subject
        rows.append((event.id, event.day, event.role, event.account, event.kind, entry, words, event.reason))
    table = pd.DataFrame(rows, columns=list(HISTORY))
    text = {name: "str" for name in HISTORY if name != "on"}
    return table.assign(on=pd.to_datetime(table["on"]).astype("datetime64[us]")).astype(text)


def lineage(events: Iterable[Event], risk_id: str) -> list[str]:
    """Return the ids whose history an entry carries on: its own, those merged into it, those it was split from."""
    found = [risk_id]
    for event in reversed(list(events)):
        said = event.content
        if (event.kind == "merged" and said["into"] in found and event.subject not in found) or (
            event.kind == "split" and set(said["into"]) & set(found) and event.subject not in found
        ):
            found.append(event.subject)
    return found


def _words(kind: str, said: Entry, before: Entry) -> str:
    """Return what an event says, in words."""
    if kind in ("carried", "opened"):
        return f"{said['kind']} {said['state']}: {said['title']}"
    if kind in ("control_carried", "control_added"):
        return f"control {said['status']}: {said['title']}"
    if kind in ("changed", "control_changed"):
        return "; ".join(f"{name.replace('_', ' ')}: {_shown(before.get(name))} to {_shown(value)}"
                         for name, value in said.items())  # fmt: skip
    if kind == "moved":
        more = [f"until {said['accepted_until']}" if said.get("accepted_until") else "",
                f"evidence: {said['evidence']}" if said.get("evidence") else ""]  # fmt: skip
        return ", ".join([f"{before.get('state')} to {said['to']}", *filter(None, more)])
    return _other_words(kind, said)


def _other_words(kind: str, said: Entry) -> str:
    """Return what an event of the rarer kinds says, in words."""
    if kind == "reviewed":
        return f"reviewed; next by {said['review_on']}"
    if kind == "merged":
        return f"merged into {said['into']}"
    if kind == "split":
        return f"split into {', '.join(said['into'])}"
    if kind == "closing_proposed":
        return f"closure proposed: the assessment no longer finds {said['keys']}"
    return f"{kind} to {said['relation']} {said['to']}"


def _shown(value: Any) -> str:
    """Return a value as it is read."""
    return "blank" if value is None else str(value)
