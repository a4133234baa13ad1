"""A force's start: a folder that validates, with that force's public figures in and everything else to be supplied.

In: the name of one of the 43 forces as ``police_forces.csv`` prints it, and a folder that is not there yet. Out: the
folder, and in words what it still needs. Settings, scales, scenarios and assumptions are those of the worked force and
stay labelled illustrative; no row of it is taken over but the obligations, which are public.
"""

import csv
import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pandas as pd

from apstra.data.faults import InvalidTables
from apstra.data.reading import validate
from apstra.data.reference import FRAMES, PROJECT, REFERENCE
from apstra.data.settings import ASSUMPTIONS_FILE, FORCE_FILE
from apstra.data.tables import read_cells
from apstra.schema import CHAPTERS, TABLES, Provenance

WORKED: Final = PROJECT / "data" / "cumbria"
WORKED_NAME: Final = "Cumbria"
FORCES_FILE: Final = FRAMES["police_forces"]
FIGURES_FILE: Final = FRAMES["published_firearms"]
ARMED: Final = "armed_officers_31mar"
WHOLE: Final = "whole"
HANDLING: Final = "Settings are illustrative until the force supplies its own."
OPENING: Final = f"""# Settings of {{name}}. Name and code are public (data/reference/{FORCES_FILE}). Everything else is
# illustrative: copied from the worked force, to be supplied by the force.
"""
SETTINGS_TO_SUPPLY: Final = (
    f"{FORCE_FILE}: name in full, marking, handling, assurance level, peers, blocks of the week, roles (illustrative)",
    f"{ASSUMPTIONS_FILE}: every value that is labelled illustrative, or whose source is of {WORKED_NAME} alone",
    "scales, scenarios: the force's own scheme and scenarios (illustrative)",
)
FILLED_TO_SUPPLY: Final = {
    "areas": "one area, the whole force, with its population of mid-2018: the force's own areas and visitors",
    "donors": "the other 42 forces at the centres of their areas, armed officers only where printed: which tier, how "
    "many officers now, what each needs for itself; donors that are no territorial force",
    "obligations": "paraphrased from public sources: which role answers for each (illustrative)",
}
Rows = list[dict[str, object]]


def new_force(name: str, folder: Path) -> list[str]:
    """Make the folder of a force, whole or not at all, and return what is to be supplied, a line each.

    Raises
    ------
    ValueError
        If there is no force of that name, or the folder is there and not empty, or cannot be made.
    """
    forces = pd.read_csv(REFERENCE / FORCES_FILE)
    _refuse_unknown(name, forces["force"].tolist())
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ValueError(f"{folder} is there already: name a folder that is not, or an empty one")
    try:
        with TemporaryDirectory(dir=folder.parent, prefix=".") as place:
            whole = Path(place) / folder.name
            _fill(whole, name, forces)
            if not (faults := validate(whole)).empty:
                raise InvalidTables(faults)
            whole.replace(folder)
    except OSError as error:
        raise ValueError(f"{folder} cannot be made: {error.strerror}") from error
    return list(_to_supply())


def _refuse_unknown(name: str, names: list[str]) -> None:
    """Refuse a name that is not printed, naming the nearest."""
    if name not in names:
        near = get_close_matches(name.title(), names, cutoff=0.4) or [
            n for n in names if name and n.startswith(name[0])
        ]
        words = " or ".join(near) or f"one of the {len(names)} of data/reference/{FORCES_FILE}"
        raise ValueError(f"no force is named {name!r}; nearest: {words}")


def _fill(folder: Path, name: str, forces: pd.DataFrame) -> None:
    """Write settings and tables."""
    for each in ("scales", "scenarios"):
        shutil.copytree(WORKED / each, folder / each)
    shutil.copyfile(WORKED / ASSUMPTIONS_FILE, folder / ASSUMPTIONS_FILE)
    own = forces.set_index("force").loc[name]
    settings = tomllib.loads((WORKED / FORCE_FILE).read_text(encoding="utf-8"))
    settings |= {"slug": name.lower().replace(" ", "-"), "name": name, "code": own["pfa_code"], "handling": HANDLING}
    del settings["peers"]
    text = OPENING.format(name=name) + "\n".join(_toml(settings)) + "\n"
    (folder / FORCE_FILE).write_text(text, encoding="utf-8")
    rows = {"areas": _areas(own), "donors": _donors(name, forces), "obligations": _obligations(name)}
    for table in TABLES.values():
        if not table.folder:
            stream = StringIO(newline="")
            writer = csv.DictWriter(stream, [column.name for column in table.columns], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows.get(table.name, []))
            (folder / table.file).write_text(stream.getvalue(), encoding="utf-8", newline="")


def _toml(settings: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Give settings as lines of TOML, whose strings, numbers and lists are written as JSON writes them."""
    named = [(key if re.fullmatch(r"[\w-]+", key, re.ASCII) else json.dumps(key), key) for key in settings]
    for words, key in named:
        if not isinstance(settings[key], dict):
            yield f"{words} = {json.dumps(settings[key], ensure_ascii=False)}"
    for words, key in named:
        if isinstance(settings[key], dict):
            yield f"\n[{place}{words}]"
            yield from _toml(settings[key], f"{place}{words}.")


def _areas(own: "pd.Series[Any]") -> Rows:
    """Return one area, the whole force, with its residents as printed."""
    source = f"One area, the whole force, until its own are supplied; population of mid-2018: {own['source']}"
    printed = {"population": int(own["population_mid2018"]), "source": source, "provenance": Provenance.DERIVED}
    return [{"area_id": WHOLE, "name": "Whole force"} | printed]


def _donors(name: str, forces: pd.DataFrame) -> Rows:
    """Return the other forces at the centres of their areas, armed officers as last printed where they are."""
    figures = pd.read_csv(REFERENCE / FIGURES_FILE).query("metric == @ARMED").sort_values("year", kind="stable")
    last = figures.drop_duplicates("force", keep="last").set_index("force")
    region = forces.set_index("force").loc[name, "region"]
    rows: Rows = []
    for force in forces.loc[forces["force"] != name].itertuples():
        tier = "regional" if force.region == region else "national"
        row: dict[str, object] = {"donor_id": force.pfa_code, "name": force.force, "kind": "force", "tier": tier}
        row |= {"lat": force.centroid_lat, "lon": force.centroid_lon, "provenance": Provenance.DERIVED}
        row["source"] = f"Centre of its area: data/reference/{FORCES_FILE}; tier derived: regional in the same region"
        if force.force in last.index:
            printed = last.loc[force.force]
            row["armed_officers"] = int(printed["value"])
            row["source"] = f"{row['source']}; armed officers at the end of {printed['year']}: {printed['source']}"
        rows.append(row)
    return rows


def _obligations(name: str) -> Rows:
    """Return the public obligations, less those that inspectors found of the worked force alone."""
    cells, _ = read_cells(WORKED / TABLES["obligations"].file, TABLES["obligations"].file)
    rows = pd.DataFrame(cells)
    its_own = rows["source"].str.contains(WORKED_NAME) & (name != WORKED_NAME)
    return rows[(rows["provenance"] == Provenance.PUBLIC) & ~its_own].to_dict("records")


def _to_supply() -> Iterator[str]:
    """Give what is to be supplied, a line each: settings, what stands for more, and the tables that hold nothing."""
    yield from SETTINGS_TO_SUPPLY
    yield from (f"{TABLES[name].file}: {words}" for name, words in FILLED_TO_SUPPLY.items())
    for chapter, names in CHAPTERS.items():
        empty = [TABLES[name].file for name in names if name not in FILLED_TO_SUPPLY and not TABLES[name].folder]
        yield f"{chapter.replace('_', ' ')}: {', '.join(empty)} (headings only)"
