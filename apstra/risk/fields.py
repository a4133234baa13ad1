"""What the fields of an entry or a control may hold, as their columns declare it.

In: what somebody wants to say. Out: nothing, or a refusal naming the entry, the field, the value and what is allowed.
"""

from datetime import date
from typing import Any

from apstra.risk.event import LONGEST, Draft
from apstra.schema import TABLES, Column, Kind


def sound(column: Column, value: Any, subject: str) -> None:
    """Refuse a value that the declaration of its column does not allow."""
    where = f"{subject}, {column.name}:"
    if value is None:
        if not column.blank:
            raise ValueError(f"{where} must not be blank")
        return
    if column.kind in (Kind.INTEGER, Kind.NUMBER):
        whole = column.kind is Kind.INTEGER
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not right or not (column.low or 0) <= value <= (column.high or value):
            raise ValueError(f"{where} a {'whole ' * whole}number {column.unit or ''}, not {value!r}")
        return
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise ValueError(f"{where} text of at most {LONGEST:,} characters, not {value!r:.60}")
    if column.allowed and value not in column.allowed:
        raise ValueError(f"{where} one of {', '.join(column.allowed)}, not {value!r}")
    if column.kind is Kind.DATE:
        day_of(value, where)


def day_of(value: Any, where: str) -> date:
    """Return an ISO date, refusing anything else."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"{where} a date such as 2026-11-01, not {value!r}")
    return day


def set_by(draft: Draft, table: str, allowed: tuple[str, ...]) -> None:
    """Refuse fields that this kind of event may not set, and values their columns do not allow."""
    for name, value in draft.payload.items():
        if name not in allowed:
            raise ValueError(f"{draft.subject}: {name} cannot be set by {draft.kind}; it may set {', '.join(allowed)}")
        sound(TABLES[table].column(name), value, draft.subject)
    if draft.payload.get("treatment") == "tolerate" and draft.kind not in ("carried", "moved"):
        raise ValueError(f"{draft.subject}: tolerating is a decision with a last day: move it to tolerated")


def filled(draft: Draft, needed: tuple[str, ...]) -> None:
    """Refuse what leaves out a field it needs."""
    for name in needed:
        if draft.payload.get(name) is None:
            raise ValueError(f"{draft.subject}: {draft.kind} needs {name}")


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table but its id."""
    return tuple(column.name for column in TABLES[table].columns if column.name not in TABLES[table].key)
