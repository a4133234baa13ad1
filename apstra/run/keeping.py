"""Keeping what a run said will be counted, so that later runs can score it.

In: a finished baseline run and the folder of its force. Out: more rows in the force's ``ledger/forecasts.csv``; those
that stand there are never changed. A run itself never writes to the force's folder.
"""

import tempfile
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from apstra import data
from apstra.data.cache import sha256
from apstra.data.signing import MANIFEST
from apstra.run.manifest import read_manifest
from apstra.schema import TABLES, Provenance

SAID: Final = "tables/statements.csv"
BASELINE: Final = "baseline"


def keep_forecasts(run: Path, force: str | Path) -> int:
    """Add the statements of a run to the record of its force, and return how many.

    Raises
    ------
    ValueError
        If there is no finished run, it is another force's or another scenario's, its statements were changed since, or
        statements of its day are kept already (``InvalidTables`` if the force's tables are at fault).
    """
    if not (run / MANIFEST).is_file():
        raise ValueError(f"{run.name} is no folder of a finished run: it holds no {MANIFEST}")
    manifest = read_manifest(run)
    asked, folder = manifest["parameters"], data.force_folder(force)
    tables = data.read_tables(folder)
    settings = data.read_scenario(folder, BASELINE, asked["year"], date.fromisoformat(asked["as_at"]))
    if manifest["force"] != settings.force.slug:
        raise ValueError(f"run {manifest['run_id']} is of {manifest['force']}, not of {settings.force.slug}")
    if asked["scenario"] != BASELINE:
        raise ValueError(f"run {manifest['run_id']} is of the scenario {asked['scenario']}: only {BASELINE} is scored")
    if not (run / SAID).is_file() or sha256(run / SAID) != manifest["outputs"].get(SAID):
        raise ValueError(f"{SAID} of run {manifest['run_id']} is not what the run wrote")
    if (tables["forecasts"]["as_at"] == pd.Timestamp(asked["as_at"])).any():
        raise ValueError(f"statements of {asked['as_at']} are kept already; what was said is never changed")
    made_up = any((tables[name]["provenance"] == Provenance.ILLUSTRATIVE).any() for name in TABLES)
    said = pd.read_csv(run / SAID, dtype="str").assign(
        run=manifest["run_id"],
        source=f"Run {manifest['run_id']} of this workbook, as at {asked['as_at']}",
        provenance=(Provenance.ILLUSTRATIVE if made_up else Provenance.FORCE).value,
    )
    _append(said[[column.name for column in TABLES["forecasts"].columns]], folder / TABLES["forecasts"].file)
    return len(said)


def _append(rows: pd.DataFrame, place: Path) -> None:
    """Add rows to a file, seen whole or not at all; what stands in it stays byte for byte."""
    place.parent.mkdir(exist_ok=True)
    before = place.read_bytes() if place.is_file() else b""
    more = rows.to_csv(index=False, header=not before, lineterminator="\n").encode()
    gap = b"\n" if before and not before.endswith(b"\n") else b""
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".partial", delete=False) as stream:
        stream.write(before + gap + more)
    Path(stream.name).replace(place)
