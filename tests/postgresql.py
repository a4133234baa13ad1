"""A PostgreSQL server of the tests' own, from the system's programs, and empty databases in it."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

PATIENCE = 60  # seconds for the server to start or stop
OWNER = "postgres"


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL of this machine; nothing where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def _missing(reason: str) -> None:
    """Leave the test out and say why; in the gate nothing may be left out."""
    if os.environ.get("APSTRA_CI"):
        pytest.fail(f"{reason}, and in the gate no test is left out")
    pytest.skip(reason)


@contextmanager
def server() -> Iterator[Callable[[], str]]:
    """Give a function that makes an empty database and returns its URL, in a server that ends with this."""
    found = programs()
    if found is None:
        _missing("no PostgreSQL on this machine (Debian: apt-get install postgresql)")
    try:
        psycopg = import_module("psycopg")
    except ImportError:
        _missing("no psycopg in this environment (pip install 'apstra[ledger]')")
    # PostgreSQL refuses to run as root.
    owner = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="apstra-pg-"))
    if owner:
        shutil.chown(folder, OWNER, OWNER)
    where = {"cwd": folder, "stdin": subprocess.DEVNULL, **owner}
    kept = f"--pgdata={folder}/data"
    made = [found / "initdb", kept, "--username=apstra", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **where)
    # On a socket of its own folder no two servers are in each other's way.
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off"]
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [found / "postgres", "-D", folder / "data", *(word for one in settings for word in ("-c", one))],
            stdout=log, stderr=log, **where,
        )  # fmt: skip
    try:
        yield _databases(psycopg, folder, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        shutil.rmtree(folder)
        Path(log.name).unlink()


def _databases(psycopg, folder: Path, process: subprocess.Popen) -> Callable[[], str]:
    """Wait until the server answers and return the function that makes databases in it."""
    given_up = time.monotonic() + PATIENCE
    while True:
        try:
            connection = psycopg.connect(host=str(folder), user="apstra", dbname="postgres", autocommit=True)
            break
        except psycopg.OperationalError:
            assert process.poll() is None, "the server ended at once"
            assert time.monotonic() < given_up, "the server does not answer"
            time.sleep(0.05)
    numbers = itertools.count()

    def database() -> str:
        name = f"ledger_{next(numbers)}"
        connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://apstra@/{name}?host={folder}"

    return database
