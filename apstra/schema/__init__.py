"""Which tables a force keeps, and what may stand in them.

Each table of the contract is declared once, in the module of its chapter; this package gathers them. In: nothing.
Out: ``TABLES`` (name to declaration) and ``CHAPTERS`` (chapter to its table names). The data dictionary, validation,
the spreadsheet template and redaction derive from these and from nothing else.
"""

from typing import Final

from apstra.schema import (
    assurance,
    capability,
    demand,
    deployment,
    engagement,
    force,
    learning,
    mutual_aid,
    risk,
    threat,
)
from apstra.schema.declare import LIST_SEPARATOR, TYPES, Column, Kind, Marking, Provenance, Table

_MODULES: Final = {
    "force": force,
    "threat": threat,
    "demand": demand,
    "deployment": deployment,
    "capability": capability,
    "mutual_aid": mutual_aid,
    "risk": risk,
    "learning": learning,
    "engagement": engagement,
    "assurance": assurance,
}
CHAPTERS: Final[dict[str, tuple[str, ...]]] = {
    chapter: tuple(table.name for table in module.TABLES) for chapter, module in _MODULES.items()
}
TABLES: Final[dict[str, Table]] = {table.name: table for module in _MODULES.values() for table in module.TABLES}

__all__ = ["CHAPTERS", "LIST_SEPARATOR", "TABLES", "TYPES", "Column", "Kind", "Marking", "Provenance", "Table"]
