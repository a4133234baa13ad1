"""The store of the ledger: written in one transaction at a time, never changed.

In: a place, drafts and who says them. Out: sealed events. The last event of each force is kept beside them, so that a
history cut short shows.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa

from apstra.ledger.connection import connected, plainly
from apstra.ledger.place import LedgerFault, Place
from apstra.ledger.tables import EVENTS, FIELDS, HEADS, VERSION, bring_up, make, version_of
from apstra.risk.event import Actor, Draft, Event, first_fault, first_link, sealed

_NONE = "there is no ledger at {}: begin it with apstra register begin"
_UPGRADE = "apstra register upgrade"
Judge = Callable[[Sequence[Event], Sequence[Event]], None]


def create(place: Place) -> None:
    """Make an empty ledger at a place that has none.

    Raises
    ------
    LedgerFault
        If there is one already, or it cannot be made.
    """
    if place.file is not None:
        with plainly(place):
            place.file.parent.mkdir(exist_ok=True)
    with connected(place, writing=True, making=True) as connection:
        if _version(connection, place):
            raise LedgerFault(f"there is a ledger at {place.words} already")
        make(connection)


def exists(place: Place) -> bool:
    """Return whether there is a ledger at a place, of whatever version; a database of something else is refused."""
    if place.bare:
        return False
    with connected(place) as connection:
        return _version(connection, place) > 0


def upgrade(place: Place) -> int:
    """Bring a ledger of an earlier version to this one, in one transaction, and return the version it had."""
    _refuse_bare(place)
    with connected(place, writing=True) as connection:
        version = _begun(connection, place)
        bring_up(connection, version)
    return version


def events(place: Place) -> tuple[Event, ...]:
    """Return the events of a force in order, as they stand; none where there is no ledger."""
    return _read(place)[0]


def head(place: Place) -> tuple[int, str]:
    """Return number and hash of the last event as kept beside the events; where there is none, 0 and the first link."""
    return _read(place)[1]


def fault(place: Place) -> str:
    """Return in words the first thing that does not match in a force's history; empty when it is whole."""
    known, kept = _read(place)
    return first_fault(known, place.chain, kept)


def whole(place: Place) -> tuple[Event, ...]:
    """Return the events of a force in order, refusing a history that is not whole.

    Raises
    ------
    LedgerFault
        If something in it does not match, or it cannot be read.
    """
    known, kept = _read(place)
    _refuse_broken(place, known, kept)
    return known


def append(
    place: Place, actor: Actor, drafts: Sequence[Draft], at: datetime, judge: Judge | None = None
) -> tuple[Event, ...]:
    """Add events at the end of a force's history, all or none, and return them sealed.

    Parameters
    ----------
    at
        When it is said, with its zone.
    judge
        Looks at the whole history and at what is to follow it, while every other writer is kept out; what it raises
        leaves nothing written. Without it only the end of the history is looked at.

    Raises
    ------
    LedgerFault
        If there is no ledger, it is of another version or not whole, or it cannot be written.
    """
    _refuse_bare(place)
    with connected(place, writing=True) as connection:
        _of_this_version(connection, place)
        last = _last(connection, place)
        added: list[Event] = []
        for draft in drafts:
            last = sealed(draft, actor, at, last, place.chain)
            added.append(last)
        if judge is not None:
            known = _events(connection, place)
            _refuse_broken(place, known, _head(connection, place))
            judge(known, added)
        if added:
            _add(connection, place, added)
    return tuple(added)


def _add(connection: sa.Connection, place: Place, added: Sequence[Event]) -> None:
    """Write events and which of them is now the last."""
    rows = [
        {"chain": place.chain, **{column.name: getattr(event, column.name) for column in FIELDS}} for event in added
    ]
    connection.execute(sa.insert(EVENTS), rows)
    said = {"number": added[-1].number, "hash": added[-1].hash}
    done = connection.execute(sa.update(HEADS).where(HEADS.c.chain == place.chain).values(**said))
    if not done.rowcount:
        connection.execute(sa.insert(HEADS).values(chain=place.chain, **said))


def _read(place: Place) -> tuple[tuple[Event, ...], tuple[int, str]]:
    """Return events and head of a force as they are at one moment."""
    nothing = (), (0, first_link(place.chain))
    if place.bare:
        return nothing
    with connected(place) as connection:
        if not _version(connection, place):
            return nothing
        _of_this_version(connection, place)
        return _events(connection, place), _head(connection, place)


def _events(connection: sa.Connection, place: Place) -> tuple[Event, ...]:
    """Return the events of a force in order."""
    chosen = sa.select(*FIELDS).where(EVENTS.c.chain == place.chain).order_by(EVENTS.c.number)
    return tuple(Event(*row) for row in connection.execute(chosen))


def _head(connection: sa.Connection, place: Place) -> tuple[int, str]:
    """Return number and hash of the last event as kept beside the events; where there is none, 0 and the first link."""
    row = connection.execute(sa.select(HEADS.c.number, HEADS.c.hash).where(HEADS.c.chain == place.chain)).first()
    return (row.number, row.hash) if row else (0, first_link(place.chain))


def _last(connection: sa.Connection, place: Place) -> Event | None:
    """Return the last event, refusing a history whose end is not the one kept beside it."""
    chosen = sa.select(*FIELDS).where(EVENTS.c.chain == place.chain).order_by(EVENTS.c.number.desc()).limit(1)
    row = connection.execute(chosen).first()
    last = Event(*row) if row else None
    if _head(connection, place) != ((last.number, last.hash) if last else (0, first_link(place.chain))):
        raise LedgerFault(f"the history in {place.words} does not end where it was left: nothing is added; verify it")
    return last


def _refuse_broken(place: Place, known: Sequence[Event], kept: tuple[int, str]) -> None:
    """Refuse a history that is not whole."""
    if found := first_fault(known, place.chain, kept):
        raise LedgerFault(f"the history in {place.words} is not whole: {found}")


def _refuse_bare(place: Place) -> None:
    """Refuse a place where there is no file."""
    if place.bare:
        raise LedgerFault(_NONE.format(place.words))


def _version(connection: sa.Connection, place: Place) -> int:
    """Return the version of a ledger, 0 where there is none, refusing the file of something else."""
    version = version_of(connection)
    if not version and place.file is not None and sa.inspect(connection).get_table_names():
        raise LedgerFault(f"the ledger at {place.words}: it is a database of something else")
    return version


def _begun(connection: sa.Connection, place: Place) -> int:
    """Return the version of a ledger, refusing none at all and one of a later version than this code knows."""
    version = _version(connection, place)
    if not version:
        raise LedgerFault(_NONE.format(place.words))
    if version > VERSION:
        raise LedgerFault(
            f"the ledger at {place.words} is of version {version}, newer than this workbook knows ({VERSION}): "
            "update the workbook"
        )
    return version


def _of_this_version(connection: sa.Connection, place: Place) -> None:
    """Refuse a ledger of any other version than this code's."""
    if _begun(connection, place) < VERSION:
        raise LedgerFault(f"the ledger at {place.words} is of an earlier version: bring it up with {_UPGRADE}")
