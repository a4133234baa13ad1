"""The tables of the ledger, by version, and what the database itself refuses to do to them.

In: a connection. Out: the tables of this version, made anew or brought up from an earlier one within the transaction
of whoever asks.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa

from apstra.risk.event import Event

VERSION: Final = 2
METADATA: Final = sa.MetaData()
SCHEMA: Final = sa.Table("ledger_schema", METADATA, sa.Column("version", sa.Integer, nullable=False))
EVENTS: Final = sa.Table(
    "ledger_events",
    METADATA,
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in
      ("at", "role", "account", "kind", "subject", "payload", "reason", "previous", "hash")),
    sa.UniqueConstraint("chain", "previous"),
    sqlite_with_rowid=False,  # no second key by which a row could be replaced
)  # fmt: skip
HEADS: Final = sa.Table(
    "ledger_heads",
    METADATA,
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
FIELDS: Final = [EVENTS.c[name] for name in Event.__dataclass_fields__]
_ON_FILE: Final = "CREATE TRIGGER ledger_no_{} BEFORE {} BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
# INSERT OR REPLACE removes a row without asking the trigger on DELETE.
_TAKEN: Final = "EXISTS (SELECT 1 FROM ledger_events WHERE chain = NEW.chain AND {0} = NEW.{0})"
_REPLACED: Final = f"{_TAKEN.format('number')} OR {_TAKEN.format('previous')}"
_FUNCTION: Final = """CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"""
_TRIGGER: Final = """CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_events
    EXECUTE FUNCTION ledger_refuse()"""
APPEND_ONLY: Final = {
    "sqlite": (
        _ON_FILE.format("update", "UPDATE ON ledger_events"),
        _ON_FILE.format("delete", "DELETE ON ledger_events"),
        _ON_FILE.format("replace", f"INSERT ON ledger_events WHEN {_REPLACED}"),
    ),
    "postgresql": (_FUNCTION, _TRIGGER),
}


def version_of(connection: sa.Connection) -> int:
    """Return the version of the ledger in a database; 0 where there is none."""
    if not sa.inspect(connection).has_table(SCHEMA.name):
        return 0
    return int(connection.execute(sa.select(SCHEMA.c.version)).scalar_one())


def make(connection: sa.Connection) -> None:
    """Make the tables of an empty ledger."""
    METADATA.create_all(connection)
    _append_only(connection)
    connection.execute(sa.insert(SCHEMA).values(version=VERSION))


def bring_up(connection: sa.Connection, version: int) -> None:
    """Bring the tables of an earlier version to this one, a version at a time."""
    for step in range(version, VERSION):
        _UPGRADES[step](connection)
    connection.execute(sa.update(SCHEMA).values(version=VERSION))


def _append_only(connection: sa.Connection) -> None:
    """Let the database itself refuse to change, remove or replace an event."""
    for statement in APPEND_ONLY[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def _keep_heads(connection: sa.Connection) -> None:
    """Bring version 1, which kept events only, to 2: the last event is kept beside them, and none can be changed."""
    HEADS.create(connection)
    newest = sa.select(EVENTS.c.chain, sa.func.max(EVENTS.c.number).label("number")).group_by(EVENTS.c.chain).subquery()
    ends = sa.select(EVENTS.c.chain, EVENTS.c.number, EVENTS.c.hash).join(
        newest, (EVENTS.c.chain == newest.c.chain) & (EVENTS.c.number == newest.c.number)
    )
    connection.execute(sa.insert(HEADS).from_select(["chain", "number", "hash"], ends))
    _append_only(connection)


_UPGRADES: Final[Mapping[int, Callable[[sa.Connection], None]]] = MappingProxyType({1: _keep_heads})
