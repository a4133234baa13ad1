"""Scenarios of a force: read with the tables they change, listed with what is wrong, saved whole or not at all.

A scenario is kept as the smallest YAML of its differences from the baseline. Who saves over one says which content it
was made from; where somebody else has changed it since, nothing is overwritten. The baseline is never saved.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from apstra.data.edits import BASELINE, file_of, unfit
from apstra.data.faults import Fault, InvalidTables, fault_frame
from apstra.data.reading import read_tables
from apstra.data.reference import force_folder
from apstra.data.settings import SLUG, Settings, read_settings, scenario_of, variant_of
from apstra.data.tables import read_force_tables, typed_table
from apstra.scenario import Scenario
from apstra.schema import TABLES
from apstra.schema.edit import Edit

WIDTH = 120


def read_tables_under(folder: Path | str, scenario: Scenario) -> dict[str, pd.DataFrame]:
    """Return every table of a force with the edits of a scenario made.

    Raises
    ------
    InvalidTables
        If anything in the folder is at fault, or an edit no longer fits the tables.
    """
    tables = read_tables(folder)
    if not scenario.edits:
        return tables
    if faults := unfit(tables, scenario):
        raise InvalidTables(fault_frame(faults))
    from apstra.assessment.differences import edited  # noqa: PLC0415 - most scenarios have no edits to be made

    return edited(tables, scenario)


def list_scenarios(folder: Path | str) -> pd.DataFrame:
    """Return the scenarios of a force: ``name``, ``title``, ``author``, ``assumptions``, ``rows``, ``problem``.

    ``assumptions`` and ``rows`` count what it changes; ``problem`` says what is wrong with it, blank where nothing is.

    Raises
    ------
    InvalidTables
        If a table is at fault: whether a scenario fits it cannot be told.
    """
    folder = force_folder(folder)
    settings, faults = read_settings(folder)
    raw, found = read_force_tables(folder, settings.keys())
    if found:
        raise InvalidTables(fault_frame(found))
    tables = {name: typed_table(TABLES[name], cells) for name, cells in raw.items()}
    rows = []
    for path in sorted((folder / "scenarios").glob("*.yaml")):
        wrong = [fault for fault in faults if fault.file == file_of(path.stem)]
        variant = (settings.variants or {}).get(path.stem)
        if variant and not faults:
            wrong = unfit(tables, _scenario(settings, path.stem))
        sizes = (len(variant.changes), len(variant.tables)) if variant else (0, 0)
        title, author = (variant.title, variant.author) if variant else ("", "")
        rows.append((path.stem, title, author, *sizes, "; ".join(fault_words(fault) for fault in wrong)))
    return pd.DataFrame(rows, columns=["name", "title", "author", "assumptions", "rows", "problem"])


def fault_words(fault: Fault) -> str:
    """Return a fault without its file."""
    return f"{fault.column} {fault.value!r} - allowed: {fault.allowed}"


def _scenario(settings: Settings, name: str) -> Scenario:
    """Return a scenario of sound settings, on the last day there is: its edits do not depend on the day."""
    found, faults = scenario_of(settings, name, date.max.year, date.max)
    if found is None:
        raise InvalidTables(fault_frame(faults))
    return found


def scenario_hash(folder: Path | str, name: str) -> str:
    """Return the SHA-256 of a scenario's file; blank when there is none. Ask before reading it, and give it to save."""
    place = _place(force_folder(folder), name)
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _place(folder: Path, name: str) -> Path:
    """Return the file of a scenario; refuse what is no name of one."""
    if not re.fullmatch(SLUG, name):
        raise ValueError(f"a scenario's name must be small letters, digits, - and _, not {name!r}")
    return folder / file_of(name)


def save_scenario(folder: Path | str, scenario: Scenario, expected: str | None = None) -> str:
    """Save a scenario as the smallest YAML of its differences and return the hash of the file.

    Parameters
    ----------
    scenario
        Its name, title, note, author, changes and edits are kept.
    expected
        Hash of the file it was made from (``scenario_hash``); not given, the scenario is new.

    Raises
    ------
    InvalidTables
        If the scenario is at fault or does not fit the tables.
    ValueError
        If the name is none or the baseline's, or the file is not the expected one: somebody else has saved it since.
    """
    folder = force_folder(folder)
    place = _place(folder, scenario.name)
    if scenario.name == BASELINE:
        raise ValueError("the baseline is never overwritten: save under another name")
    content = _content(scenario, read_tables(folder))
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=WIDTH).encode()
    with alone(place.parent):
        there = scenario_hash(folder, scenario.name)
        if there and not expected:
            raise ValueError(f"there is a scenario {scenario.name} already: load it first, or save under another name")
        if there != (expected or ""):
            raise ValueError(
                f"scenario {scenario.name} was changed by somebody since it was loaded; nothing was overwritten: load"
                " it again, or save under another name"
            )
        write_whole(place, text)
    return hashlib.sha256(text).hexdigest()


def _content(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return what a scenario's file states: sorted, and no cell that changes nothing; refuse what is at fault."""
    whole = {
        "name": scenario.name,
        "title": scenario.title,
        "author": scenario.author,
        "note": scenario.note,
        "changes": {name: _number(scenario.changes[name]) for name in sorted(scenario.changes)},
        "tables": [stated_edit(edit) for edit in scenario.edits],
    }
    variant, faults = variant_of(whole, scenario.name, scenario.assumptions)
    edits = variant.tables if variant else ()
    faults = faults or unfit(tables, replace(scenario, edits=edits))
    if faults:
        raise InvalidTables(fault_frame(faults))
    kept = [smaller for edit in edits if (smaller := _smallest(edit, tables[edit.table]))]
    whole["tables"] = [stated_edit(edit) for edit in sorted(kept, key=lambda edit: edit.row(TABLES[edit.table].key))]
    return {name: value for name, value in whole.items() if value or name not in ("author", "tables")}


def _number(value: float) -> float:
    """Return a number, without a point where it is whole."""
    return int(value) if float(value).is_integer() else float(value)


def stated_edit(edit: Edit) -> dict[str, Any]:
    """Return an edit as its file states it."""
    parts = {part: dict(cells) for part in ("key", "set", "add") if (cells := getattr(edit, part))}
    return {"table": edit.table, **parts, **({"remove": True} if edit.remove else {})}


def _smallest(edit: Edit, table: pd.DataFrame) -> Edit | None:
    """Return an edit without the values that its table holds already; nothing when none is left."""
    from apstra.assessment.differences import rows_of, typed  # noqa: PLC0415

    if not edit.set:
        return edit
    here = table.loc[rows_of(table, edit.key)].reset_index(drop=True)
    kept = {name: value for name, value in edit.set.items() if not here[name].equals(typed(here[name], value))}
    return replace(edit, set=kept) if kept else None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one at a time save in a folder; freed by the system when a saver dies."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # on Windows the comparison of hashes stands alone
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_whole(place: Path, text: bytes) -> None:
    """Write a file so that a reader sees it whole or not at all."""
    partial = place.with_suffix(".partial")
    try:
        with partial.open("wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(place)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ValueError(f"scenario {place.stem} cannot be saved: {error.strerror}") from error
