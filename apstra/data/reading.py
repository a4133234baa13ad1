"""Reading a force whole: tables, settings and outlines together, so that every fault is told at once.

In: the folder of a force. Out: validated frames and a frozen ``Scenario``; or ``InvalidTables`` with every fault.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from apstra.data.edits import unfit
from apstra.data.faults import Fault, InvalidTables, fault_frame
from apstra.data.reference import force_folder, read_boundaries, reference_frames
from apstra.data.settings import read_settings, scenario_of
from apstra.data.tables import Cells, read_force_tables, typed_table
from apstra.scenario import Scenario
from apstra.schema import TABLES


def validate(folder: Path | str) -> pd.DataFrame:
    """Return every fault of a force's tables and settings: ``file, row, column, value, allowed``; empty when sound.

    Raises
    ------
    ValueError
        If there is no such folder.
    """
    raw, _, faults = _read(force_folder(folder))
    return fault_frame(faults or _stale(force_folder(folder), raw))


def _stale(folder: Path, raw: Mapping[str, Cells]) -> list[Fault]:
    """Return what in the scenarios of a sound force no longer fits its tables; it keeps no other scenario from use."""
    settings, _ = read_settings(folder)
    tables = {name: typed_table(TABLES[name], cells) for name, cells in raw.items()}
    last = date.max  # edits of rows do not depend on the day
    found = [scenario_of(settings, name, last.year, last)[0] for name in settings.variants or {}]
    return [fault for one in found if one for fault in unfit(tables, one)]


def read_tables(folder: Path | str) -> dict[str, pd.DataFrame]:
    """Return every table of a force, with the public figures it is read against and the outlines of its zones.

    Raises
    ------
    InvalidTables
        If anything in the folder is at fault; nothing is half read.
    """
    raw, boundaries, faults = _read(force_folder(folder))
    if faults:
        raise InvalidTables(fault_frame(faults))
    tables = {name: typed_table(TABLES[name], cells) for name, cells in raw.items()}
    return {**tables, **reference_frames(), "boundaries": boundaries}


def read_scenario(folder: Path | str, name: str, year: int, as_at: date) -> Scenario:
    """Return a scenario of a force: its settings, scheme and assumptions for one year as at one day.

    Raises
    ------
    InvalidTables
        If a setting is at fault or there is no scenario of that name; the tables' faults are told with it.
    """
    settings, faults = read_settings(_existing(force_folder(folder)))
    scenario = None
    if not faults:
        scenario, faults = scenario_of(settings, name, year, as_at)
    if scenario is None:
        raise InvalidTables(fault_frame([*faults, *_read(force_folder(folder))[2]]))
    return scenario


def _read(folder: Path) -> tuple[dict[str, Cells], pd.DataFrame, list[Fault]]:
    """Return the cells of every table, the outlines of the zones, and every fault of tables and settings."""
    settings, faults = read_settings(_existing(folder))
    raw, found = read_force_tables(folder, settings.keys())
    zones = raw.get("zones", {}).get("zone_id", ())
    boundaries, outline_faults = read_boundaries(folder, zones)
    return raw, boundaries, [*faults, *found, *outline_faults]


def _existing(folder: Path) -> Path:
    """Return the folder, refusing one that is not there."""
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    return folder
