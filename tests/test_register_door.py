"""The door to the register: a history is read once for the same file, and never a stale one handed out."""

from datetime import UTC, date, datetime

import pytest
from small_force import write_small_force

from apstra import data, ledger
from apstra.data import register
from apstra.risk import Actor, Draft

ACTOR = Actor("Inspector", "i-01")
AT = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def begun(tmp_path, monkeypatch):
    monkeypatch.setattr(register, "CACHE", tmp_path / "cache")
    desk = data.desk(write_small_force(tmp_path / "small"), date(2026, 10, 1))
    data.begin(desk, ACTOR, AT, "Moved.")
    return desk


@pytest.fixture
def reads(monkeypatch):
    """How often the ledger itself was read."""
    counted, whole = [], ledger.whole
    monkeypatch.setattr(ledger, "whole", lambda place: counted.append(place) or whole(place), raising=False)
    return counted


def rename(desk, title):
    data.say(desk, ACTOR, [Draft("changed", "K1", {"title": title}, "Renamed.")], AT)


def test_a_history_is_read_once_for_the_same_file_and_anew_once_it_has_changed(begun, reads):
    assert data.said(begun.folder) == data.said(begun.folder)
    assert len(reads) == 1
    rename(begun, "Other")
    assert [event.kind for event in data.said(begun.folder)] == ["carried", "changed"]
    assert len(reads) == 2


def test_beside_a_writers_journal_the_ledger_itself_is_asked(begun, reads):
    data.said(begun.folder)
    begun.place.file.with_name(f"{begun.place.file.name}-journal").touch()
    data.said(begun.folder)
    assert len(reads) == 2


def test_a_spoilt_copy_is_made_anew(begun, reads):
    first = data.said(begun.folder)
    (copy,) = (begun.folder.parent / "cache").glob("ledger-*.pickle")
    copy.write_bytes(b"spoilt")
    assert data.said(begun.folder) == first
    assert len(reads) == 2


def test_only_the_newest_copies_are_kept(begun):
    for number in range(12):
        rename(begun, f"Title {number}")
        data.said(begun.folder)
    assert len(list((begun.folder.parent / "cache").glob("ledger-*.pickle"))) == 8


def test_a_ledger_that_was_tampered_with_is_refused_though_a_copy_is_kept(begun):
    import sqlite3  # noqa: PLC0415

    data.said(begun.folder)
    with sqlite3.connect(begun.place.file) as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        connection.execute("UPDATE ledger_events SET reason = 'Another.'")
    with pytest.raises(ledger.LedgerFault, match="not whole: event 1 was changed"):
        data.said(begun.folder)
