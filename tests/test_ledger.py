"""The store of the ledger: one chain, all or nothing, whoever writes, whatever breaks, in SQLite and in PostgreSQL."""
# ruff: noqa: S608 - statements are put together from names that stand in this file

import multiprocessing
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import postgresql
import pytest
import sqlalchemy as sa
from conftest import PROJECT, make_scenario
from small_force import write_small_force

from apstra import data, ledger
from apstra.__main__ import main
from apstra.ledger import connection
from apstra.ledger.place import NETWORK, VARIABLE, Place, ledger_place, network_kind, sound_file
from apstra.risk import Actor, Draft, Event, sealed
from apstra.risk.event import first_link

CHAIN = "test"
ACTOR = Actor("Armed policing inspector", "a-17")
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOBODY = 65534
PROCESSES = multiprocessing.get_context("fork")
# Two writers keep a file busy; a server is made for more.
WRITERS = {"sqlite": 2, "postgresql": 8}
COPIED = "at, role, account, kind, subject, payload, reason"
RISK = {"kind": "risk", "title": "Too few", "cause": "Vacancies", "consequence": "Late", "state": "open"}


def draft(number: int, **said: object) -> Draft:
    """Return something to be said, unlike anything else."""
    return Draft("changed", f"R{number:02d}", {"title": f"Zu später Beginn {number}", **said}, f"Because of {number}")


def said(place: Place, *numbers: int, account: str = "a-17") -> tuple:
    """Say things one batch at a time."""
    at = START + timedelta(minutes=numbers[0] if numbers else 0)
    return ledger.append(place, Actor("Risk manager", account), [draft(number) for number in numbers], at)


def raw(place: Place) -> sa.Engine:
    """Return a way past the store to what it keeps."""
    return sa.create_engine(f"sqlite:///{place.file}" if place.file else place.url, poolclass=sa.pool.NullPool)


def edit(place: Place, statement: str, **values: object) -> None:
    """Edit what the store keeps as one can who may do anything: the database is told to let it pass."""
    with raw(place).begin() as there:
        if place.file:
            for (name,) in there.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                there.execute(sa.text(f"DROP TRIGGER {name}"))
        else:
            there.execute(sa.text("SET session_replication_role = replica"))
        assert there.execute(sa.text(statement), values).rowcount


@contextmanager
def listening(target: object, name: str, heard) -> Iterator[None]:
    """Hear what SQLAlchemy does while this lasts."""
    sa.event.listen(target, name, heard)
    try:
        yield
    finally:
        sa.event.remove(target, name, heard)


def refused(work, *words: str) -> str:
    """Return the one line in which something is refused, and see that it says what it should."""
    with pytest.raises(ledger.LedgerFault) as refusal:
        work()
    line = str(refusal.value)
    assert "\n" not in line
    assert all(word in line for word in words), line
    assert not {"Traceback", "sqlalche", "psycopg", "SELECT"} & set(line.split())
    return line


@pytest.fixture(scope="session")
def database():
    """Return a function that makes an empty PostgreSQL database."""
    with postgresql.server() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request, tmp_path, monkeypatch):
    """Return a place that has no ledger yet."""
    if request.param == "postgresql":
        monkeypatch.setenv(VARIABLE, request.getfixturevalue("database")())
    else:
        monkeypatch.delenv(VARIABLE, raising=False)
    return ledger_place(tmp_path, CHAIN)


@pytest.fixture
def place(bare):
    """Return a place with an empty ledger."""
    ledger.create(bare)
    return bare


@pytest.fixture
def file(tmp_path):
    """Return a SQLite ledger with a few events."""
    found = Place(CHAIN, file=tmp_path / "ledger" / "ledger.sqlite")
    ledger.create(found)
    said(found, 1, 2)
    said(found, 3)
    return found


@pytest.fixture
def impatient(monkeypatch):
    """Wait for nobody."""
    monkeypatch.setattr(connection, "PATIENCE", 0.05)


@pytest.fixture
def unprivileged():
    """Return a folder and do the rest as a user who owns nothing, whom a file's rights bind."""
    folder = Path(tempfile.mkdtemp(prefix="apstra-rights-"))
    folder.chmod(0o755)
    try:
        yield folder, _as_nobody
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Be a user who owns nothing; as such a user already, be that one."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(("gate", "told"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_without_a_server_its_tests_are_left_out_with_the_reason_and_in_the_gate_they_fail(gate, told, monkeypatch):
    monkeypatch.setenv("APSTRA_CI", gate)
    monkeypatch.setattr(postgresql, "programs", lambda: None)
    with pytest.raises(told, match="no PostgreSQL on this machine"), postgresql.server():
        pass


# What is kept


def test_a_place_without_a_ledger_has_nothing_said_and_nothing_can_be(bare):
    assert not ledger.exists(bare)
    assert ledger.events(bare) == ledger.whole(bare) == ()
    assert ledger.head(bare) == (0, first_link(CHAIN))
    assert ledger.fault(bare) == ""
    refused(lambda: said(bare, 1), "there is no ledger at", "apstra register begin")
    refused(lambda: ledger.upgrade(bare), "there is no ledger at")


def test_what_is_said_comes_back_in_order_sealed_as_the_rules_of_events_seal_it(place):
    assert said(place, 1, 2) + said(place, 3) == ledger.events(place)
    last = None
    for number, event in enumerate(ledger.events(place), start=1):
        at = START + timedelta(minutes=1 if number < 3 else 3)
        last = sealed(draft(number), Actor("Risk manager", "a-17"), at, last, CHAIN)
        assert event == last
    assert ledger.head(place) == (3, last.hash)
    assert ledger.fault(place) == ""
    assert ledger.whole(place) == ledger.events(place)


def test_every_character_that_may_be_said_is_kept(place):
    reason = "Tab\tline\nquotes ' \" \\ ; DROP TABLE ledger_events; -- {x} %s :y \u2028 \U0001f46e é"
    ledger.append(place, ACTOR, [Draft("changed", "R'1\"", {"note": "\x00\x07" + reason}, reason)], START)
    (event,) = ledger.whole(place)
    assert (event.subject, event.content, event.reason) == ("R'1\"", {"note": "\x00\x07" + reason}, reason)


def test_a_second_ledger_is_not_made_over_the_first(place):
    said(place, 1)
    refused(lambda: ledger.create(place), "there is a ledger at", "already")
    assert len(ledger.whole(place)) == 1


def test_forces_in_one_database_have_histories_of_their_own(place):
    other = replace(place, chain="elsewhere")
    said(place, 1, 2)
    said(other, 3)
    said(place, 4)
    assert [event.subject for event in ledger.whole(place)] == ["R01", "R02", "R04"]
    assert [event.subject for event in ledger.whole(other)] == ["R03"]
    edit(place, "UPDATE ledger_events SET chain = 'third' WHERE chain = 'elsewhere'")
    assert ledger.fault(other) == "the history ends at event 0, but 1 events were recorded"
    assert ledger.fault(replace(place, chain="third")).startswith("event 1 does not follow")


def test_what_a_judge_refuses_leaves_nothing_written(place):
    said(place, 1)
    seen = []

    def judge(known, added):
        seen.append(([event.number for event in known], [event.number for event in added]))
        raise ValueError("no")

    with pytest.raises(ValueError, match=r"^no$"):
        ledger.append(place, ACTOR, [draft(2), draft(3)], START, judge)
    with pytest.raises(ValueError, match="cannot be kept as text"):
        ledger.append(place, ACTOR, [draft(2), draft(3, wrong={1})], START)
    assert seen == [([1], [2, 3])]
    assert len(ledger.whole(place)) == 1
    assert ledger.append(place, ACTOR, [], START) == ()
    assert len(ledger.whole(place)) == 1


def test_the_register_is_asked_before_anything_is_said_and_all_of_it_or_nothing_is(place, scenario):
    first = Draft("carried", "R01", RISK, "Carried over")
    ledger.record(place, ACTOR, [first, Draft("changed", "R01", {"owner": "Inspector"}, "Owner")], scenario, START)
    late = Draft("carried", "R09", {**RISK, "state": "closed"}, "Carried over")
    for batch, words in (
        ([Draft("changed", "R01", {"owner": "Chief"}, "x"), Draft("changed", "R77", {"owner": "x"}, "x")], "R77"),
        ([Draft("opened", "R02", RISK, "x"), Draft("opened", "R02", RISK, "x")], "R02 was used before"),
        ([late], "only when a ledger begins"),
    ):
        with pytest.raises(ValueError, match=words):
            ledger.record(place, ACTOR, batch, scenario, START)
    assert [event.kind for event in ledger.whole(place)] == ["carried", "changed"]


def test_the_path_of_a_file_may_hold_any_character(tmp_path):
    folder = tmp_path / "a b?c#d%20é&mode=memory"
    folder.mkdir()
    there = Place(CHAIN, file=folder / "ledger" / "ledger.sqlite")
    ledger.create(there)
    said(there, 1)
    assert len(ledger.whole(there)) == 1
    assert there.file.is_file()


# Edits


def test_the_database_itself_refuses_to_change_remove_or_replace_an_event(place):
    said(place, 1, 2, 3)
    again = "INSERT {} INTO ledger_events SELECT chain, {}, at, role, account, kind, subject, '{{}}', reason, {}, hash"
    again += " FROM ledger_events WHERE number = 2 {}"
    statements = ["UPDATE ledger_events SET payload = '{}' WHERE number = 2", "DELETE FROM ledger_events"]
    if place.file:
        statements += [
            again.format("OR REPLACE", "number", "previous", ""),
            again.format("OR REPLACE", "9", "previous", ""),
            again.format("OR REPLACE", "number", "'elsewhere'", ""),
        ]
    else:
        over = "ON CONFLICT (chain, number) DO UPDATE SET payload = '{}'"
        statements += [again.format("", "number", "previous", over), "TRUNCATE ledger_events"]
    for statement in statements:
        with pytest.raises(sa.exc.DBAPIError, match="the ledger is append-only"), raw(place).begin() as there:
            there.exec_driver_sql(statement)
        assert ledger.fault(place) == ""
    assert len(ledger.whole(place)) == 3


@pytest.mark.parametrize("name", ["chain", *(field.name for field in fields(Event) if field.name != "number")])
def test_no_byte_of_anything_kept_of_an_event_can_be_edited_unseen(name, file):
    with closing(sqlite3.connect(file.file)) as there:
        for trigger in ("update", "delete", "replace"):
            there.execute(f"DROP TRIGGER ledger_no_{trigger}")
        kept = there.execute(f"SELECT number, CAST({name} AS BLOB) FROM ledger_events").fetchall()
        put = f"UPDATE ledger_events SET {name} = CAST(? AS TEXT) WHERE number = ?"
        for number, whole in kept:
            for at in range(len(whole)):
                there.execute(put, (bytes([*whole[:at], whole[at] ^ 1 << at % 8, *whole[at + 1 :]]), number))
                there.commit()
                assert ledger.fault(file), (number, at)
                refused(lambda: ledger.whole(file), "is not whole")
            there.execute(put, (whole, number))
            there.commit()
            assert ledger.fault(file) == ""


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ('UPDATE ledger_events SET payload = \'{"title":"X"}\' WHERE number = 2', "event 2 was changed"),
        ("UPDATE ledger_events SET reason = reason || ' ' WHERE number = 5", "event 5 was changed"),
        ("UPDATE ledger_events SET account = 'b-2' WHERE number = 1", "event 1 was changed"),
        ("DELETE FROM ledger_events WHERE number = 1", "event 1 is missing"),
        ("DELETE FROM ledger_events WHERE number = 3", "event 3 is missing"),
        ("DELETE FROM ledger_events WHERE number = 5", "ends at event 4, but 5"),
        ("DELETE FROM ledger_events", "ends at event 0, but 5"),
        ("DELETE FROM ledger_heads", "ends at event 5, but 0"),
        ("UPDATE ledger_heads SET number = 4", "ends at event 5, but 4"),
        ("UPDATE ledger_heads SET hash = 'other'", "event 5, the last, is not the one"),
        ("UPDATE ledger_events SET number = 9 - number WHERE number = 4", "event 4 does not follow"),
        (
            f"INSERT INTO ledger_events SELECT chain, 6, {COPIED}, hash, hash FROM ledger_events WHERE number = 5",
            "event 6 was",
        ),
        ("UPDATE ledger_events SET number = 0 WHERE number = 1", "event 1 is missing: event 0"),
        ("UPDATE ledger_events SET number = 7 WHERE number = 2", "event 2 is missing: event 3"),
    ],
)
def test_every_edit_of_what_is_kept_is_named_and_nothing_is_read_or_added_after_it(place, scenario, statement, words):
    said(place, 1, 2)
    said(place, 3, 4, 5)
    if "9 - number" in statement:  # two that change places
        edit(place, "UPDATE ledger_events SET number = 99 WHERE number = 5")
        edit(place, "UPDATE ledger_events SET number = 5 WHERE number = 4")
        statement = "UPDATE ledger_events SET number = 4 WHERE number = 99"
    edit(place, statement)
    assert words in ledger.fault(place)
    refused(lambda: ledger.whole(place), "is not whole", words)
    with pytest.raises(ledger.LedgerFault, match=r"not whole|does not end where it was left"):
        ledger.record(place, ACTOR, [draft(6)], scenario, START)


def test_an_event_that_is_no_text_at_all_is_named(file):
    for kept in ("X'fffe'", "CAST(X'fffe' AS TEXT)", "CAST(payload AS BLOB)"):
        edit(file, f"UPDATE ledger_events SET payload = {kept} WHERE number = 2")
        assert ledger.fault(file) == "event 2 was changed after it was sealed"


def test_a_byte_that_is_no_text_is_not_taken_for_the_character_shown_in_its_place(file):
    ledger.append(file, ACTOR, [draft(4, note="\ufffd")], START)
    edit(file, "UPDATE ledger_events SET payload = CAST(:edited AS TEXT) WHERE number = 4",
         edited=ledger.events(file)[3].payload.encode().replace(b"\xef\xbf\xbd", b"\xff"))  # fmt: skip
    assert ledger.fault(file) == "event 4 was changed after it was sealed"


def test_a_connection_that_reads_cannot_write(place):
    said(place, 1)

    def write():
        with connection.connected(place) as there:
            there.exec_driver_sql("UPDATE ledger_heads SET number = 9")

    refused(write, "it may only be read here; nothing was written")
    assert ledger.fault(place) == ""


# Versions


def first_version(place: Place, chains: tuple[str, ...]) -> None:
    """Make a ledger as version 1 made it: events and no more."""
    names = ("at", "role", "account", "kind", "subject", "payload", "reason", "previous", "hash")
    columns = ", ".join(f"{name} TEXT NOT NULL" for name in names)
    if place.file:
        place.file.parent.mkdir()
    with raw(place).begin() as there:
        there.exec_driver_sql("CREATE TABLE ledger_schema (version INTEGER NOT NULL)")
        there.exec_driver_sql("INSERT INTO ledger_schema VALUES (1)")
        there.exec_driver_sql(
            f"CREATE TABLE ledger_events (chain TEXT NOT NULL, number INTEGER NOT NULL, {columns}, "
            "PRIMARY KEY (chain, number), UNIQUE (chain, previous))"
        )
        for chain in chains:
            last = None
            for number in range(1, 4):
                last = sealed(draft(number), ACTOR, START, last, chain)
                row = {"chain": chain, "number": number, **{name: getattr(last, name) for name in names}}
                into = f"INSERT INTO ledger_events VALUES ({', '.join(f':{name}' for name in row)})"
                there.execute(sa.text(into), row)


def test_a_ledger_of_version_1_is_read_only_after_it_is_brought_up_and_is_then_whole(bare):
    first_version(bare, (CHAIN, "elsewhere"))
    assert ledger.exists(bare)
    for work in (lambda: ledger.events(bare), lambda: said(bare, 4), lambda: ledger.fault(bare)):
        refused(work, "of an earlier version", "apstra register upgrade")
    assert ledger.upgrade(bare) == 1
    other = replace(bare, chain="elsewhere")
    assert ledger.fault(bare) == ledger.fault(other) == ""
    said(bare, 4)
    assert [event.number for event in ledger.whole(bare)] == [1, 2, 3, 4]
    assert ledger.head(other) == (3, ledger.whole(other)[-1].hash)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), raw(bare).begin() as there:
        there.exec_driver_sql("DELETE FROM ledger_events")
    assert ledger.upgrade(bare) == ledger.VERSION
    assert ledger.fault(bare) == ""


def test_an_upgrade_that_fails_leaves_the_earlier_version_as_it_was(bare):
    first_version(bare, (CHAIN,))

    def stop(there, cursor, statement, *_):
        if "UPDATE ledger_schema" in statement:
            raise OSError(5, "the power failed")

    with listening(sa.Engine, "before_cursor_execute", stop):
        refused(lambda: ledger.upgrade(bare), "the power failed")
    with raw(bare).connect() as there:
        assert sa.inspect(there).get_table_names() in (
            ["ledger_events", "ledger_schema"],
            ["ledger_schema", "ledger_events"],
        )
    assert ledger.upgrade(bare) == 1


def test_a_ledger_of_a_newer_version_is_refused_and_left_as_it_is(place):
    said(place, 1)
    edit(place, "UPDATE ledger_schema SET version = 3")
    for work in (lambda: ledger.whole(place), lambda: said(place, 2), lambda: ledger.upgrade(place)):
        refused(work, "of version 3, newer than this workbook knows (2): update the workbook")
    edit(place, "UPDATE ledger_schema SET version = 2")
    assert len(ledger.whole(place)) == 1


def test_a_ledger_that_does_not_say_its_version_is_refused(place):
    edit(place, "DELETE FROM ledger_schema")
    refused(lambda: ledger.events(place), "No row was found")


def test_what_is_no_ledger_is_refused_and_left_as_it_is(tmp_path):
    there = Place(CHAIN, file=tmp_path / "ledger.sqlite")
    with closing(sqlite3.connect(there.file)) as other:
        other.execute("CREATE TABLE accounts (name TEXT)")
        other.commit()
    before = there.file.read_bytes()
    for work in (ledger.events, ledger.exists, ledger.create, ledger.upgrade, lambda at: said(at, 1)):
        refused(lambda work=work: work(there), "ledger.sqlite: it is a database of something else")
    assert there.file.read_bytes() == before
    there.file.write_bytes(b"Minutes of the meeting\n" * 100)
    before = there.file.read_bytes()
    for work in (ledger.events, ledger.exists, ledger.create, ledger.upgrade, lambda at: said(at, 1)):
        refused(lambda work=work: work(there), "ledger.sqlite: it is no ledger, or it is damaged")
    assert there.file.read_bytes() == before


def test_a_file_cut_short_is_refused_and_an_empty_one_is_no_ledger_yet(file):
    whole = file.file.read_bytes()
    file.file.write_bytes(whole[: len(whole) // 2])
    refused(lambda: ledger.whole(file), "damaged")
    file.file.write_bytes(b"")
    assert not ledger.exists(file)
    ledger.create(file)
    assert ledger.fault(file) == ""


# Several writers


def in_processes(count: int, work) -> list:
    """Start processes that begin their work together."""
    gate = PROCESSES.Barrier(count)

    def begin(number: int) -> None:
        gate.wait()
        work(number)

    started = [PROCESSES.Process(target=begin, args=(number,)) for number in range(count)]
    for process in started:
        process.start()
    return started


def test_processes_that_write_at_once_lose_nothing_and_keep_one_chain_that_is_whole_all_the_while(place):
    count, batches = WRITERS["sqlite" if place.file else "postgresql"], 15

    def work(number):
        for batch in range(batches):
            said(place, 3 * batch, 3 * batch + 1, 3 * batch + 2, account=f"w-{number}")

    started = in_processes(count, work)
    while any(process.is_alive() for process in started):
        assert ledger.fault(place) == ""
    assert [process.exitcode for process in started] == [0] * count
    events = ledger.whole(place)
    assert len(events) == 3 * batches * count
    for number in range(count):
        own = [event.subject for event in events if event.account == f"w-{number}"]
        assert own == [f"R{entry:02d}" for entry in range(3 * batches)]
    batch = [{event.account for event in events[at : at + 3]} for at in range(0, len(events), 3)]
    assert all(len(accounts) == 1 for accounts in batch), "a batch was torn apart"


def test_of_several_who_open_an_entry_under_one_id_at_once_one_does_and_the_others_are_told(place):
    count, entries, scenario = WRITERS["sqlite" if place.file else "postgresql"], 10, make_scenario()
    told = PROCESSES.Value("i", 0)

    def work(number):
        for entry in range(entries):
            try:
                opened = [Draft("opened", f"R{entry}", RISK, "Found")]
                ledger.record(place, Actor("Risk manager", f"w-{number}"), opened, scenario, START)
            except ValueError as error:
                assert str(error) == f"R{entry} was used before: ids are never used again"  # noqa: PT017
                with told.get_lock():
                    told.value += 1

    started = in_processes(count, work)
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * count
    assert sorted(event.subject for event in ledger.whole(place)) == [f"R{entry}" for entry in range(entries)]
    assert told.value == (count - 1) * entries


# Writers that die


def test_a_writer_killed_at_any_moment_leaves_whole_batches_and_a_chain_that_holds(place):
    generator, kills = random.Random(6), 25  # noqa: S311

    def work():
        while True:
            said(place, 1, 2, 3, 4, 5)

    lengths = [0]
    for _ in range(kills):
        process = PROCESSES.Process(target=work)
        process.start()
        time.sleep(generator.uniform(0.01, 0.12))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert ledger.fault(place) == ""
        lengths.append(len(ledger.whole(place)))
    assert all(length % 5 == 0 for length in lengths)
    assert lengths == sorted(lengths)
    assert lengths[-1] > 0
    said(place, 6)
    assert ledger.fault(place) == ""


def dies(work, hook) -> int:
    """Do work in a process that may end without a word, with a hook installed; return its exit code."""

    def begin():
        hook()
        work()

    process = PROCESSES.Process(target=begin)
    process.start()
    process.join()
    return process.exitcode


@pytest.mark.parametrize("moment", ["begin", "before_cursor_execute", "after_cursor_execute", "commit"])
def test_a_writer_that_dies_before_its_transaction_ends_leaves_what_was_there(place, moment):
    said(place, 1)
    # A writer asks a few times and writes twice: it dies at each.
    for step in range(1, 12):
        seen = iter(range(step))

        def die(*_, seen=seen):
            if next(seen, None) is None:
                os._exit(9)

        before = len(ledger.whole(place))
        code = dies(lambda: said(place, 2, 3), lambda die=die: sa.event.listen(sa.Engine, moment, die))
        assert code in (0, 9)
        assert ledger.fault(place) == ""
        assert len(ledger.whole(place)) == before + (2 if code == 0 else 0)
        if code == 0:
            break
    assert code == 0 or step == 11
    code = dies(lambda: said(place, 2, 3), lambda: sa.event.listen(sa.Engine, moment, lambda *_: os._exit(9)))
    assert code == 9


def test_a_writer_that_dies_at_any_instruction_of_the_file_s_engine_leaves_what_was_there(file):
    steps = [0]

    def count(there, _record):
        there.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), 1)

    with listening(sa.pool.Pool, "connect", count):
        said(file, 4, 5)
    before, total = len(ledger.whole(file)), steps[0]
    for last in range(1, total, max(total // 40, 1)):

        def die(there, _record, last=last):
            left = iter(range(last))
            there.set_progress_handler(lambda: os._exit(9) if next(left, None) is None else None, 1)

        code = dies(lambda: said(file, 6, 7), lambda die=die: sa.event.listen(sa.pool.Pool, "connect", die))
        assert code == 9
        assert ledger.fault(file) == ""
        assert len(ledger.whole(file)) == before


def test_what_a_writer_left_half_done_in_the_file_is_undone_by_whoever_reads_it_next(file):
    before = ledger.events(file)

    def hook():
        # Pages go to the file before the transaction ends where the memory for them is short.
        sa.event.listen(sa.pool.Pool, "connect", lambda there, _: there.execute("PRAGMA cache_size = 1"))
        sa.event.listen(sa.Engine, "commit", lambda _: os._exit(9))

    size = file.file.stat().st_size
    assert dies(lambda: said(file, *range(10, 400)), hook) == 9
    assert file.file.stat().st_size > size, "the file is half written"
    assert file.file.with_name("ledger.sqlite-journal").is_file()
    assert ledger.fault(file) == ""
    assert ledger.events(file) == before
    assert file.file.stat().st_size == size


# Disks, rights, locks, servers


def test_a_full_disk_is_one_line_and_nothing_is_half_written(file):
    before = ledger.events(file)

    def full(there, _record):
        there.execute(f"PRAGMA max_page_count = {there.execute('PRAGMA page_count').fetchone()[0]}")

    with listening(sa.pool.Pool, "connect", full):
        refused(lambda: said(file, *range(10, 60)), "ledger.sqlite: the disk is full; nothing was written")
    assert ledger.whole(file) == before
    said(file, 4)
    assert len(ledger.whole(file)) == len(before) + 1


def test_a_file_that_may_not_grow_is_one_line_and_nothing_is_half_written(file):
    before = ledger.events(file)
    told = PROCESSES.SimpleQueue()

    def work():
        size = file.file.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            said(file, *range(10, 400))
        except ledger.LedgerFault as error:
            told.put(str(error))

    assert dies(work, lambda: None) == 0
    assert told.get() == "the ledger at ledger.sqlite: the disk is full or at fault; nothing was written"
    assert ledger.whole(file) == before


@pytest.mark.parametrize(("rights", "of_folder"), [(0o444, 0o555), (0o666, 0o555), (0o444, 0o777)])
def test_a_file_or_folder_that_may_only_be_read_is_read_and_refuses_to_be_written(unprivileged, rights, of_folder):
    folder, as_nobody = unprivileged
    there = Place(CHAIN, file=folder / "ledger" / "ledger.sqlite")
    ledger.create(there)
    said(there, 1)
    before = there.file.read_bytes()
    there.file.chmod(rights)
    there.file.parent.chmod(of_folder)
    with as_nobody():
        assert len(ledger.whole(there)) == 1
        refused(lambda: said(there, 2), "ledger.sqlite: it", "may")
    there.file.parent.chmod(0o755)
    assert there.file.read_bytes() == before


def test_a_ledger_that_may_not_be_read_or_made_is_one_line(unprivileged):
    folder, as_nobody = unprivileged
    there = Place(CHAIN, file=folder / "ledger" / "ledger.sqlite")
    folder.chmod(0o555)
    with as_nobody():
        line = refused(lambda: ledger.create(there), "ledger.sqlite: it may not be read or written here")
    assert str(folder) not in line
    folder.chmod(0o755)
    ledger.create(there)
    there.file.chmod(0o000)
    with as_nobody():
        refused(lambda: ledger.events(there), "may not be read or written here")


def test_a_ledger_that_another_program_keeps_locked_is_one_line_after_some_patience(place, impatient):
    said(place, 1)
    with raw(place).connect() as other:
        other.exec_driver_sql("BEGIN EXCLUSIVE" if place.file else "LOCK TABLE ledger_events IN ACCESS EXCLUSIVE MODE")
        for work in (lambda: ledger.events(place), lambda: said(place, 2)):
            refused(work, "another program keeps it locked; try again when it is done")
        other.rollback()
    assert len(ledger.whole(place)) == 1


def test_whoever_reads_is_not_kept_waiting_by_whoever_is_about_to_write(place, impatient):
    said(place, 1)
    seen = []

    def judge(known, added):
        seen.append(len(ledger.whole(place)))
        refused(lambda: said(place, 9), "another program keeps it locked")

    ledger.append(place, ACTOR, [draft(2)], START, judge)
    assert (seen, len(ledger.whole(place))) == ([1], 2)


def test_a_server_that_cannot_be_reached_or_has_no_such_database_is_one_line(database, impatient, monkeypatch):
    secret = "hunter2"  # noqa: S105
    monkeypatch.setenv(VARIABLE, f"postgresql://someone:{secret}@127.0.0.1:1/ledger")
    there = ledger_place(PROJECT, CHAIN)
    for work in (ledger.events, ledger.create, ledger.upgrade, lambda at: said(at, 1)):
        line = refused(lambda work=work: work(there), "postgresql://127.0.0.1:1/ledger: the database cannot be reached")
        assert secret not in line
    monkeypatch.setenv(VARIABLE, database().replace("/ledger_", "/nothing_"))
    refused(lambda: ledger.events(ledger_place(PROJECT, CHAIN)), "the server has no such database")


def test_a_server_that_ends_the_connection_before_the_end_leaves_nothing_written(database, monkeypatch):
    monkeypatch.setenv(VARIABLE, database())
    there = ledger_place(PROJECT, CHAIN)
    ledger.create(there)
    said(there, 1)

    def end(connection):
        number = connection.connection.dbapi_connection.info.backend_pid
        with raw(there).connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({number})")

    with listening(sa.Engine, "commit", end):
        refused(lambda: said(there, 2, 3), "the database cannot be reached")
    assert len(ledger.whole(there)) == 1


def test_without_its_driver_a_server_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv(VARIABLE, "postgresql://someone@127.0.0.1/ledger")
    refused(lambda: ledger.events(ledger_place(PROJECT, CHAIN)), "pip install 'apstra[ledger]'")


# Where a ledger may lie

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
//files/share /mnt/share cifs rw 0 0
files:/export /srv/force\\040data nfs4 rw 0 0
/dev/sdb1 /srv/force\\040data/local ext4 rw 0 0
systemd-1 /mnt/later autofs rw 0 0
files:/later /mnt/later nfs rw 0 0
files:/over /mnt/over nfs rw 0 0
/dev/sdc1 /mnt/over ext4 rw 0 0
user@host: /home/someone/remote fuse.sshfs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/cumbria/ledger/ledger.sqlite", ""),
        ("/mnt/shared/ledger.sqlite", ""),
        ("/mnt/share/cumbria/ledger.sqlite", "cifs"),
        ("/srv/force data/cumbria/ledger.sqlite", "nfs4"),
        ("/srv/force data/local/cumbria/ledger.sqlite", ""),
        ("/mnt/later/ledger.sqlite", "nfs"),
        ("/mnt/over/ledger.sqlite", ""),
        ("/home/someone/remote/ledger.sqlite", "fuse.sshfs"),
        ("//files/share/ledger.sqlite", "network path"),
        ("\\\\files\\share\\ledger.sqlite", "network path"),
    ],
)
def test_a_network_share_is_told_from_a_disk_by_the_innermost_mount(path, kind):
    assert network_kind(Path(path), MOUNTS) == kind


@pytest.mark.parametrize("kind", sorted(NETWORK))
def test_a_file_on_a_network_share_is_refused_with_the_reason(kind, tmp_path):
    mounts = f"/dev/sda1 / ext4 rw 0 0\nfiles:/export {tmp_path} {kind} rw 0 0\n"
    with pytest.raises(ValueError, match="cannot keep two writers apart") as refusal:
        sound_file(tmp_path / "ledger.sqlite", mounts)
    assert all(word in str(refusal.value) for word in (f"network share ({kind})", VARIABLE))
    assert str(tmp_path) not in str(refusal.value)
    assert sound_file(tmp_path / "ledger.sqlite", "/dev/sda1 / ext4 rw 0 0\n") == tmp_path / "ledger.sqlite"


def test_a_place_is_a_file_beside_the_tables_unless_the_environment_names_a_server(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "  ")
    assert ledger_place(tmp_path, CHAIN) == Place(CHAIN, file=tmp_path / "ledger" / "ledger.sqlite")
    monkeypatch.setenv(VARIABLE, "postgres://reviewer:secret@db.example:6432/ledger?sslmode=require")
    there = ledger_place(tmp_path, CHAIN)
    assert there.url == "postgresql+psycopg://reviewer:secret@db.example:6432/ledger?sslmode=require"
    assert there.words == "postgresql://db.example:6432/ledger"
    assert "secret" not in repr(there)


@pytest.mark.parametrize("url", ["mysql://user@host/db", "ledger.sqlite", "postgresql://", "postgresql://h:port/db"])
def test_an_address_that_is_no_server_s_is_refused_without_repeating_it(url, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, url)
    with pytest.raises(ValueError, match=VARIABLE):
        ledger_place(tmp_path, CHAIN)


# From the command line


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """Return the small force with a ledger of its own."""
    monkeypatch.delenv(VARIABLE, raising=False)
    folder = write_small_force(tmp_path / "small")
    desk = data.desk(folder, date(2026, 11, 1))
    data.begin(desk, ACTOR, START, "Begun")
    return desk


def options(folder: Path) -> list[str]:
    """Return a command that reads the register."""
    return ["options", "--force", str(folder), "--year", "2026", "--as-at", "2026-11-01"]


@pytest.mark.parametrize("fault", ["newer", "locked", "edited", "no ledger", "unreachable"])
def test_whatever_is_wrong_with_a_ledger_the_command_line_says_so_in_one_line_and_ends_with_3(
    fault, begun, impatient, monkeypatch, capsys
):
    before = begun.place.file.read_bytes()
    with closing(sqlite3.connect(begun.place.file, isolation_level=None)) as other:
        if fault == "newer":
            other.execute("UPDATE ledger_schema SET version = 99")
        elif fault == "locked":
            other.execute("BEGIN EXCLUSIVE")
        elif fault == "edited":
            edit(begun.place, "UPDATE ledger_events SET reason = 'Other'")
        elif fault == "no ledger":
            begun.place.file.write_bytes(b"x" * 5_000)
        else:
            monkeypatch.setenv(VARIABLE, "postgresql://someone@127.0.0.1:1/ledger")
        assert main(options(begun.folder)) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    words = {"newer": "of version 99", "locked": "keeps it locked", "edited": "event 1 was changed",
             "no ledger": "no ledger, or it is damaged", "unreachable": "cannot be reached"}  # fmt: skip
    assert words[fault] in told.err
    if fault in ("locked", "unreachable"):
        assert begun.place.file.read_bytes() == before


def test_the_program_itself_ends_with_3_and_one_line_for_a_ledger_it_cannot_read(begun):
    edit(begun.place, "UPDATE ledger_schema SET version = 99")
    done = subprocess.run(
        [sys.executable, "-m", "apstra", *options(begun.folder)],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "the ledger at ledger.sqlite is of version 99, newer than this workbook knows (2): update the workbook\n"
    )


# What it costs


def test_a_force_without_a_ledger_waits_for_no_database(tmp_path):
    folder = write_small_force(tmp_path / "small")
    lines = (
        "import sys; from datetime import date; from pathlib import Path",
        "from apstra import data, report",
        "assert 'sqlalchemy' not in sys.modules, 'imported at the start'",
        f"folder = Path({str(folder)!r})",
        "assert data.said(folder) == () and data.desk(folder, date(2026, 11, 1)).place.bare",
        "assert 'sqlalchemy' not in sys.modules, 'imported without a ledger'",
    )
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=environment,
    )
    assert done.returncode == 0, done.stderr


def test_the_ledger_offers_what_it_names_and_nothing_else():
    assert [name for name in ledger.__all__ if not hasattr(ledger, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'remove'"):
        _ = ledger.remove


def test_adding_an_event_takes_as_many_steps_to_a_long_history_as_to_a_short_one(tmp_path):
    taken = []
    for length in (10, 3_000):
        there = Place(CHAIN, file=tmp_path / str(length) / "ledger.sqlite")
        ledger.create(there)
        said(there, *range(length))
        steps = [0]

        def count(open_file, _record, steps=steps):
            open_file.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), 1)

        with listening(sa.pool.Pool, "connect", count):
            said(there, 1)
        taken.append(steps[0])
    assert taken[0] == taken[1] > 0
