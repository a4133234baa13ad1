"""National public figures and geography kept with the project, and the outlines of a force's zones.

In: ``data/reference`` of the project and, where a force has one, its ``zones.geojson``. Out: frames. Public figures are
read as they were printed, each row with its source.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd

from apstra.data.faults import WHOLE_FILE, Fault
from apstra.data.tables import read_text

PROJECT: Final = Path(__file__).resolve().parents[2]
REFERENCE: Final = PROJECT / "data" / "reference"
OUTLINES: Final = "zones.geojson"
FRAMES: Final = {
    "published_firearms": "firearms_by_force_long.csv",
    "series_breaks": "series_breaks.csv",
    "police_forces": "police_forces.csv",
    "inter_force_travel": "inter_force_drive_matrix.csv",
    "national_firearms": "firearms_national_long.csv",
    "police_officers": "police_officers_fte_by_force.csv",
}


def force_folder(force: str | Path) -> Path:
    """Return the folder of a force's tables; a relative one is relative to the project, whatever the current folder."""
    return (PROJECT / force).resolve()


def reference_frames() -> dict[str, pd.DataFrame]:
    """Return the public figures every force is read with."""
    return {name: pd.read_csv(REFERENCE / file) for name, file in FRAMES.items()}


def read_boundaries(folder: Path, zones: Collection[str]) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the outer rings of the zones: ``zone_id, ring, lon, lat`` [degrees], in order along each."""
    rows: list[tuple[str, int, float, float]] = []
    faults: list[Fault] = []
    if (folder / OUTLINES).exists():
        text, faults = read_text(folder / OUTLINES, OUTLINES)
        try:
            rows = list(_points(json.loads(text))) if not faults else []
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            words = "GeoJSON features with zone_id and polygons of longitude, latitude"
            faults = [Fault(OUTLINES, WHOLE_FILE, "", f"{type(error).__name__}: {error}", words)]
    strangers = sorted({row[0] for row in rows} - set(zones))
    faults += [Fault(OUTLINES, WHOLE_FILE, "zone_id", zone, "a key of zones") for zone in strangers]
    frame = pd.DataFrame(rows, columns=["zone_id", "ring", "lon", "lat"])
    return frame.astype({"zone_id": "str", "ring": "int64", "lon": "float64", "lat": "float64"}), faults


def _points(collection: dict[str, Any]) -> Iterator[tuple[str, int, float, float]]:
    """Give each point of each zone's outer rings."""
    for feature in collection["features"]:
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for ring, polygon in enumerate(polygons):
            for lon, lat, *_ in polygon[0]:
                yield str(feature["properties"]["zone_id"]), ring, float(lon), float(lat)
