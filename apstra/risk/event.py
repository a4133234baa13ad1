"""What is said of a register, by whom and why: events, each sealed to the one before it.

In: who says what, and the last event. Out: the next one, with a hash over everything in it and over the hash before it,
so that no event can be changed, left out or put elsewhere without every later one showing it. It proves that a history
is whole; it is no qualified electronic signature, and whoever can rewrite the whole history can seal it anew: what
shows that is a copy of its last hash kept elsewhere, as every run's manifest and every signature keeps one.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

LOCAL: Final = ZoneInfo("Europe/London")
ACCOUNT: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")
LONGEST: Final = 4_000
LONGEST_LINE: Final = 120
# What no store keeps and no product shows: control characters other than tab and new line, and halves of characters.
UNKEPT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who says something: a role, never a person's name, and a pseudonymous account such as ``a-17``."""

    role: str
    account: str

    def __post_init__(self) -> None:
        """Refuse a role that is blank or longer than a line, and an account that may be a name or an address."""
        if not _one_line(self.role):
            raise ValueError(f"role must be the title of a role in one line, not {self.role!r}")
        if not ACCOUNT.fullmatch(self.account):
            raise ValueError(
                f"account must be pseudonymous, 2 to 32 small letters, digits or -, such as a-17, not {self.account!r}"
            )


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said: its kind, the entry, control or run it is said of, its content in JSON's types, and why."""

    kind: str
    subject: str
    payload: Mapping[str, Any]
    reason: str

    def __post_init__(self) -> None:
        """Refuse what nobody could read back: no subject, no reason, text without end or that cannot be kept."""
        # The bar parts the ids of a list and of a link.
        if not _one_line(self.subject) or "|" in self.subject:
            raise ValueError(
                f"an event ({self.kind}) must name what it is said of, in at most {LONGEST_LINE} characters without |, "
                f"not {self.subject!r:.60}"
            )
        if not self.reason.strip():
            raise ValueError(f"a reason must be given for what is said of {self.subject} ({self.kind})")
        if len(self.reason) > LONGEST:
            raise ValueError(f"a reason has at most {LONGEST:,} characters, not {len(self.reason):,}")
        if found := UNKEPT.search(self.reason):
            raise ValueError(f"a reason is plain text: {found.group()!r} cannot be kept")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing said of the register.

    Attributes
    ----------
    number
        Its place in the history, from 1.
    at
        When it was said, in ISO, UTC.
    role, account
        Who said it.
    payload
        Its content as canonical JSON: the very text that is hashed.
    previous, hash
        Hash of the event before it, and its own over everything else here (SHA-256).
    """

    number: int
    at: str
    role: str
    account: str
    kind: str
    subject: str
    payload: str
    reason: str
    previous: str
    hash: str

    @property
    def id(self) -> str:
        """Return the id of the event."""
        return f"E{self.number:06d}"

    @property
    def day(self) -> date:
        """Return the local day on which it was said."""
        return datetime.fromisoformat(self.at).astimezone(LOCAL).date()

    @property
    def content(self) -> dict[str, Any]:
        """Return its content."""
        said: dict[str, Any] = json.loads(self.payload)
        return said


def _one_line(text: str) -> bool:
    """Return whether text fits in a line of a table and can be read there."""
    return bool(text.strip()) and len(text) <= LONGEST_LINE and text.isprintable()


def plain(value: object) -> str:
    """Return JSON with sorted keys and no spaces: one text for one content."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)


def first_link(chain: str) -> str:
    """Return what the first event of a force's history is sealed to, so that no other force's can take its place."""
    return hashlib.sha256(f"register of {chain}".encode()).hexdigest()


def sealed(draft: Draft, actor: Actor, at: datetime, last: Event | None, chain: str) -> Event:
    """Return the event that follows ``last`` in the history of force ``chain``.

    Raises
    ------
    ValueError
        If ``at`` has no time zone, or the content cannot be written as JSON in UTF-8.
    """
    if at.tzinfo is None:
        raise ValueError(f"an event needs a time with its zone, not {at.isoformat()}")
    # A clock set back must not put an event before the one it answers.
    said = max(at.astimezone(UTC).isoformat(timespec="microseconds"), last.at if last else "")
    number, previous = (last.number + 1, last.hash) if last else (1, first_link(chain))
    try:
        payload = plain(dict(draft.payload))
        payload.encode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"what is said of {draft.subject} ({draft.kind}) cannot be kept as text: {error}") from error
    parts = (number, said, actor.role, actor.account, draft.kind, draft.subject, payload, draft.reason, previous)
    return Event(*parts, hash=_hash(parts))


def _hash(parts: Sequence[object]) -> str:
    """Return the hash of everything an event says and of the hash before it."""
    return hashlib.sha256(plain(list(parts)).encode(errors="surrogatepass")).hexdigest()


def first_fault(events: Sequence[Event], chain: str, head: tuple[int, str] | None = None) -> str:
    """Return in words the first thing that does not match in a history; empty when it is whole.

    Parameters
    ----------
    chain
        Force whose history it is.
    head
        Number and hash of the last event as kept elsewhere; without it a history cut short at its end looks whole.
    """
    previous, at = first_link(chain), ""
    for place, event in enumerate(events, start=1):
        if fault := _fault(event, place, previous, at):
            return fault
        previous, at = event.hash, event.at
    last = (len(events), previous)
    if head is None or last == head:
        return ""
    if last[0] == head[0]:
        return f"event {last[0]}, the last, is not the one that was recorded as the last"
    return f"the history ends at event {last[0]}, but {head[0]} events were recorded"


def _fault(event: Event, place: int, previous: str, at: str) -> str:
    """Return what does not match in the event at a place, given hash and time of the one before it."""
    if event.number != place:
        return f"event {place} is missing: event {event.number} stands in its place"
    if event.previous != previous:
        return f"event {place} does not follow the event before it: one was changed, removed, added or moved"
    parts = (event.number, event.at, event.role, event.account, event.kind, event.subject, event.payload,
             event.reason, event.previous)  # fmt: skip
    # A store may hand back what is no text at all where its file was edited.
    if not all(isinstance(part, str) for part in parts[1:]) or _hash(parts) != event.hash:
        return f"event {place} was changed after it was sealed"
    return f"event {place} is dated before the event it follows" if event.at < at else ""
