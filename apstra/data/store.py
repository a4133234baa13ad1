"""One door to an assessment: computed once for the same content, then handed to every notebook that asks.

In: the five parameters of a notebook. Out: the frozen ``Assessment``. It is kept under the hash of everything it was
made from - tables, settings, public figures, code and parameters - so a stale one can never be handed out.
"""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apstra.data.cache import CACHE, keep, kept, load, sha256
from apstra.data.reading import read_scenario
from apstra.data.reference import PROJECT, REFERENCE, force_folder
from apstra.data.register import said
from apstra.data.scenarios import read_tables_under
from apstra.data.settings import SLUG
from apstra.risk import covered_of, of_register, standing
from apstra.schema import TABLES

if TYPE_CHECKING:
    from apstra.assessment import Assessment

PACKAGE: Final = Path(__file__).resolve().parents[1]
MARKER: Final = ".assessing"
POLL_SECONDS: Final = 0.05
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
READ: Final = (".csv", ".toml", ".yaml", ".geojson")
FOLDERS: Final = ("", "scales", "scenarios")


def portable(path: Path) -> str:
    """Return a path as it may be printed or recorded: relative to the project, else its last part alone."""
    resolved = path.resolve()
    return resolved.relative_to(PROJECT).as_posix() if resolved.is_relative_to(PROJECT) else resolved.name


def input_files(folder: Path, scenario: str) -> dict[str, Path]:
    """Return the files an assessment is made from, by a name that holds no machine's path.

    The force's tables, settings, scoring schemes, the one scenario, the record of past forecasts; the public figures.
    Outputs and the rest of the ledger are no inputs, and another scenario's file changes nothing.
    """
    own = {
        f"force/{path.relative_to(folder).as_posix()}": path
        for part in FOLDERS
        for path in (folder / part).glob("*")
        if path.suffix in READ and path.is_file() and (part != "scenarios" or path.stem == scenario)
    }
    kept_apart = {f"force/{table.file}": folder / table.file for table in TABLES.values() if table.folder}
    own |= {name: path for name, path in kept_apart.items() if path.is_file()}
    public = {f"reference/{path.name}": path for path in REFERENCE.glob("*") if path.suffix in READ}
    return dict(sorted({**own, **public}.items()))


def code_files() -> dict[str, Path]:
    """Return the files of the package, by name."""
    return {f"apstra/{path.relative_to(PACKAGE).as_posix()}": path for path in sorted(PACKAGE.rglob("*.py"))}


def content_parts(folder: Path, scenario: str, year: int, as_at: date) -> dict[str, str]:
    """Return the hashes of what an assessment is made from: ``inputs``, ``code`` and ``recorded``.

    ``recorded`` is the hash of the last event said of the register up to *as at*; empty where nothing was said.
    """
    inputs = [f"{name} {sha256(path)}" for name, path in input_files(folder, scenario).items()]
    code = [f"{name} {sha256(path)}" for name, path in code_files().items()]
    last = of_register(said(folder, as_at))[-1:]
    asked = [f"scenario {scenario}", f"year {year}", f"as_at {as_at.isoformat()}"]
    return {"inputs": _hash([*inputs, *asked]), "code": _hash(code), "recorded": last[0].hash if last else ""}


def content_hash(folder: Path, scenario: str, year: int, as_at: date) -> str:
    """Return the hash of everything an assessment depends on: inputs, code and parameters, not machine or clock."""
    return _hash(content_parts(folder, scenario, year, as_at).values())


def _hash(lines: Iterable[str]) -> str:
    """Return the SHA-256 of lines in hexadecimal."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def checked_date(year: object, as_at: object, scenario: object) -> date:
    """Return *as at* as a date after checking the types and the sense of the parameters.

    Raises
    ------
    ValueError
        If a parameter is of the wrong type, *as at* is no ISO date or lies outside the year assessed and the year
        before it, or the scenario's name is not one.
    """
    if not isinstance(year, int) or isinstance(year, bool):
        # A ValueError for types too: whatever is wrong with a parameter is refused in one way.
        raise ValueError(f"year must be a whole number such as 2026, not {year!r}")  # noqa: TRY004
    if not isinstance(scenario, str) or not re.fullmatch(SLUG, scenario):
        raise ValueError(f"scenario must be small letters, digits, - and _, not {scenario!r}")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"year must lie between {FIRST_YEAR} and {LAST_YEAR}, not {year}")
    try:
        day = date.fromisoformat(str(as_at))
    except ValueError:
        day = None
    if day is None or day.isoformat() != str(as_at):
        raise ValueError(f"as_at must be a date such as 2026-11-01, not {as_at!r}")
    if not date(year - 1, 4, 1) <= day <= date(year + 1, 3, 31):
        raise ValueError(f"as_at must lie between 1 April {year - 1} and 31 March {year + 1} for {year}, not {day}")
    return day


def assessment(force: str, year: int, as_at: str, scenario: str = "baseline", run_dir: str = "") -> "Assessment":
    """Return the assessment of a force, from the run, from the cache, or computed and kept.

    Parameters
    ----------
    force
        Folder of the force's tables, relative to the project (or absolute).
    year
        Financial year assessed: 2026 is 2026-27.
    as_at
        The day the assessment speaks of, in ISO.
    scenario
        Name of a file in the force's ``scenarios`` folder.
    run_dir
        Folder of the run; empty outside a run.

    Raises
    ------
    ValueError
        If a parameter is not what it must be, a table or setting is at fault (``InvalidTables``), or the run's stored
        assessment was made from other content.
    """
    if not isinstance(force, str) or not isinstance(run_dir, str) or not force:
        raise ValueError(f"force and run_dir must be text, not {force!r} and {run_dir!r}")
    day = checked_date(year, as_at, scenario)
    folder = force_folder(force)
    parts = content_parts(folder, scenario, year, day)
    digest = _hash(parts.values())
    if run_dir:
        return load(_in_run(PROJECT / run_dir, digest))
    place = CACHE / f"{digest}.pickle"
    result = kept(place)
    if result is None:
        result = compute(folder, year, day, scenario)
        keep(result, place, like="[0-9a-f]*.pickle")
    asked = covered_of(("assessment", year, day.isoformat(), scenario), parts)
    return replace(result, standing=standing(asked, said(folder)).words)


def compute(folder: Path, year: int, as_at: date, scenario: str) -> "Assessment":
    """Return the assessment of a force's folder, validated and computed anew."""
    from apstra.assessment import assess  # noqa: PLC0415 - a notebook that is handed a result need not load the model

    asked = read_scenario(folder, scenario, year, as_at)
    return assess(read_tables_under(folder, asked), asked, said(folder, as_at))


@contextmanager
def being_assessed(run_dir: Path) -> Iterator[None]:
    """Let notebooks of a run that are already starting wait for its assessment while this lasts."""
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / MARKER).touch()
    try:
        yield
    finally:
        (run_dir / MARKER).unlink()


def run_pickle(run_dir: Path, digest: str) -> Path:
    """Return the place of a run's stored assessment."""
    return run_dir / f".assessment-{digest}.pickle"


def _in_run(run_dir: Path, digest: str) -> Path:
    """Return the place of the run's assessment, waiting while it is made; it must be of this very content."""
    place = run_pickle(run_dir, digest)
    while (run_dir / MARKER).exists() and not place.is_file():
        time.sleep(POLL_SECONDS)
    if not place.is_file():
        found = ", ".join(path.name for path in run_dir.glob(".assessment-*.pickle")) or "none"
        why = "tables, settings or code changed since the run began"
        raise ValueError(f"run_dir holds no assessment of this content ({digest[:12]}) but {found}: {why}")
    return place
