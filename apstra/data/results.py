"""What an assessment leaves on disk: its frames as CSV and one canonical JSON that two machines write alike.

In: any frozen result. Out: bytes. Canonical means sorted keys, ISO dates, nothing for what is missing, and numbers
rounded to nine significant digits, so that the last bits of a processor do not change a signature.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

SCHEMA_VERSION: Final = 1
SIGNIFICANT_DIGITS: Final = 9
NUMBER_FORMAT: Final = f"%.{SIGNIFICANT_DIGITS}g"
INPUTS: Final = ("scenario", "standing", "tables")


def canonical(value: object) -> bytes:
    r"""Return a result as canonical JSON: the same bytes for the same numbers on every machine.

    >>> canonical({"b": 1 / 3, "a": float("nan")})
    b'{"a":null,"b":0.333333333}\n'
    """
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return f"{text}\n".encode()


def _plain(value: Any) -> Any:
    """Return a value in JSON's own types."""
    if isinstance(value, str | int | float):
        return _plain_scalar(value)
    if isinstance(value, pd.DataFrame | pd.Series | Mapping) or is_dataclass(value):
        return _plain_mapping(value)
    if isinstance(value, np.ndarray | Sequence | AbstractSet) and not isinstance(value, str | bytes):
        items = sorted(value) if isinstance(value, AbstractSet) else value
        return [_plain(item) for item in items]
    return _plain_scalar(value)


def _plain_mapping(value: Any) -> Any:
    """Return a frame as its rows, a series or mapping by its keys, a dataclass by its fields."""
    if isinstance(value, pd.DataFrame):
        frame = _flat(value)
        return [dict(zip(map(str, frame.columns), map(_plain, row), strict=True)) for row in _rows(frame)]
    if isinstance(value, pd.Series | Mapping):
        return {str(_plain_scalar(key)): _plain(item) for key, item in value.items()}
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain_scalar(value: Any) -> Any:
    """Return one value: dates in ISO, numbers rounded, missing as nothing, infinity in words."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_ | Enum):
        return value.value if isinstance(value, Enum) else bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return rounded(float(value))
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    return value.isoformat() if isinstance(value, date) else str(value)


def rounded(value: float) -> float | str | None:
    """Return a number to nine significant digits; nothing for a missing one, words for an infinite one."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return float(NUMBER_FORMAT % value) + 0.0


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose named index has become columns."""
    named = any(name is not None for name in frame.index.names)
    return frame.reset_index() if named else frame.reset_index(drop=True)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a frame."""
    return iter(frame.itertuples(index=False, name=None))


def result_frames(result: Any, prefix: str = "") -> dict[str, pd.DataFrame]:
    """Return every frame of an assessment by name: ``threat.ranking`` is ``threat_ranking``; inputs left out."""
    frames: dict[str, pd.DataFrame] = {}
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, pd.DataFrame):
            frames[f"{prefix}{field.name}"] = _flat(value)
        elif is_dataclass(value) and field.name not in INPUTS:
            frames |= result_frames(value, f"{prefix}{field.name}_")
    return frames


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame as CSV for machines: numbers to nine significant digits, cells as they are."""
    return frame.to_csv(index=False, float_format=NUMBER_FORMAT, lineterminator="\n").encode()


def assessment_json(assessment: Any) -> bytes:
    """Return an assessment as canonical JSON: the settings it was made under and every result."""
    scenario = assessment.scenario
    settings = {
        "force": {"slug": scenario.force.slug, "name": scenario.force.name, "code": scenario.force.code},
        "marking": scenario.force.marking,
        "year": scenario.year,
        "as_at": scenario.as_at,
        "scenario": scenario.name,
        "changes": scenario.changes,
        **({"edits": scenario.edits} if scenario.edits else {}),
        "scheme": {"name": scenario.scheme.name, "version": scenario.scheme.version},
        "assumptions": {name: scenario.assumption(name) for name in scenario.assumptions},
    }
    results = {field.name: getattr(assessment, field.name) for field in fields(assessment) if field.name not in INPUTS}
    return canonical({"schema_version": SCHEMA_VERSION, "settings": settings, "results": results})


def write_results(assessment: Any, folder: Path) -> None:
    """Write ``assessment.json`` and ``tables/*.csv`` of an assessment into a folder."""
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    for name, frame in result_frames(assessment).items():
        (tables / f"{name}.csv").write_bytes(csv_bytes(frame))
    (folder / "assessment.json").write_bytes(assessment_json(assessment))
