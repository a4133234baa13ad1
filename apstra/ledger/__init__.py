"""The ledger of the register: an append-only, hash-chained store of what was said, in SQLite or, by URL, PostgreSQL.

In: where it lies, whose it is, who says what. Out: the events in order, whole or with one clear refusal. A run reads it
and never writes it; nothing in it is ever changed or removed.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from apstra.ledger.place import LedgerFault, Place, ledger_place

if TYPE_CHECKING:
    from apstra.ledger.recording import record
    from apstra.ledger.store import append, create, events, exists, fault, head, upgrade, whole
    from apstra.ledger.tables import VERSION

__all__ = [
    "VERSION",
    "LedgerFault",
    "Place",
    "append",
    "create",
    "events",
    "exists",
    "fault",
    "head",
    "ledger_place",
    "record",
    "upgrade",
    "whole",
]


def __getattr__(name: str) -> object:
    """Give what needs SQLAlchemy when it is first asked for: a force without a ledger need not wait for its import."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = {"record": "recording", "VERSION": "tables"}.get(name, "store")
    return getattr(import_module(f"apstra.ledger.{home}"), name)
