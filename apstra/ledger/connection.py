"""A connection to the ledger in one transaction, which ends whole or not at all; every fault of it is one line.

In: a place. Out: a connection that only reads, or one that keeps every other writer out from its start to its end.
"""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from apstra.ledger.place import LedgerFault, Place
from apstra.risk.event import first_link

PATIENCE: float = 20.0  # seconds to wait for another writer, or for an answer
LOCK_BITS: Final = 60


@contextmanager
def connected(place: Place, *, writing: bool = False, making: bool = False) -> Iterator[sa.Connection]:
    """Give a connection in one transaction; what is raised within it undoes all of it.

    Parameters
    ----------
    writing
        The transaction keeps every other writer out from its start.
    making
        The file is made where there is none.

    Raises
    ------
    LedgerFault
        Whatever the database or the disk finds at fault.
    """
    with plainly(place):
        engine = _file_engine(place.file, writing, making) if place.file else _server_engine(place, writing)
        try:
            with engine.begin() as connection:
                if writing and place.file is None:
                    # One writer of a force at a time: the lock ends with the transaction, whatever becomes of it.
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number(place))))
                yield connection
        finally:
            engine.dispose()


def _lock_number(place: Place) -> int:
    """Return the number of the lock that keeps the writers of a force apart."""
    return int(first_link(place.chain), 16) >> (256 - LOCK_BITS)


def _server_engine(place: Place, writing: bool) -> sa.Engine:  # noqa: FBT001 - what the connection is for
    """Return the engine of a PostgreSQL database; a reader sees one moment from its first question to its last."""
    settings = {"lock_timeout": round(1000 * PATIENCE), "default_transaction_read_only": "off" if writing else "on"}
    return sa.create_engine(
        place.url,
        poolclass=NullPool,
        isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
        connect_args={
            "connect_timeout": max(math.ceil(PATIENCE), 2),
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
    )


def _file_engine(file: Path, writing: bool, making: bool) -> sa.Engine:  # noqa: FBT001 - what the connection is for
    """Return the engine of a SQLite file."""
    engine = sa.create_engine("sqlite://", poolclass=NullPool, creator=partial(_open, file, writing, making))

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _open(file: Path, writing: bool, making: bool) -> sqlite3.Connection:  # noqa: FBT001 - what the connection is for
    """Open a SQLite file; a reader cannot change it, yet undoes what a writer that was killed left half done."""
    mode = "rwc" if making else "rw"
    # The driver's own transactions begin too late to keep writers apart: it is told to begin none.
    address = f"{file.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL" if writing else "PRAGMA query_only=ON")
    # Bytes that are no text are read as what they are, so that the event they stand in is named.
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    return connection


@contextmanager
def plainly(place: Place) -> Iterator[None]:
    """Turn every fault of a database or disk into one line that says what to do."""
    try:
        yield
    except DBAPIError as error:
        raise LedgerFault(_said(place, str(error.orig))) from error
    except OSError as error:
        raise LedgerFault(_said(place, error.strerror or str(error))) from error
    except ImportError as error:
        words = "PostgreSQL needs the ledger extra: pip install 'apstra[ledger]'"
        raise LedgerFault(f"the ledger at {place.words}: {words}") from error
    except SQLAlchemyError as error:
        raise LedgerFault(_said(place, str(error))) from error


_LOCKED: Final = "another program keeps it locked; try again when it is done"
_FULL: Final = "the disk is full; nothing was written"
_READ_ONLY: Final = "it may only be read here; nothing was written"
_CAUSES: Final = (
    ("is locked", _LOCKED),
    ("lock timeout", _LOCKED),
    ("disk is full", _FULL),
    ("No space left", _FULL),
    ("disk I/O error", "the disk is full or at fault; nothing was written"),
    ("readonly", _READ_ONLY),
    ("read-only", _READ_ONLY),
    ("Read-only", _READ_ONLY),
    ("ermission denied", "it may not be read or written here"),
    ("append-only", "what was said is never changed or removed"),
    ("not a database", "it is no ledger, or it is damaged"),
    ("malformed", "it is damaged"),
    ("authentication failed", "the database refuses this user or password"),
    ("FATAL:  database", "the server has no such database"),
    ("connect", "the database cannot be reached"),
    ("unable to open", "it, or the folder it lies in, may not be read or written here"),
)


def _said(place: Place, message: str) -> str:
    """Return a fault in one line, with its cause in plain words where it is known."""
    cause = next((words for mark, words in _CAUSES if mark in message), "")
    return f"the ledger at {place.words}: {cause or ' '.join(message.split())[:200]}"
