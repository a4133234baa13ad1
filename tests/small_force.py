"""A force of two zones for tests that need files: every table is there, a few hold a row or two."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from apstra import data
from apstra.scenario import Scenario
from apstra.schema import TABLES, Table
from apstra.schema.assumptions import ASSUMPTIONS as NEEDED

ROWS: dict[str, list[dict[str, object]]] = {
    "areas": [
        {"area_id": "N", "name": "North", "population": 1000},
        {"area_id": "S", "name": "South", "population": 2000, "visitors_a_year": 5000, "provenance": "public"},
    ],
    "zones": [
        {"zone_id": "Z1", "name": "One", "area_id": "N", "lat": 54.6, "lon": -2.7, "population": 1000},
        {"zone_id": "Z2", "name": "Two", "area_id": "S", "lat": 54.5, "lon": -2.8, "population": 2, "terrain": "rural"},
    ],
    "bases": [{"base_id": "B1", "name": "Base", "area_id": "N", "lat": 54.6, "lon": -2.7}],
    "roles": [
        {"role": "ARV", "title": "Armed response officer"},
        {"role": "TFC", "title": "Tactical commander", "stands_in_for": "ARV|TFC", "duty": "on_call"},
    ],
    "threats": [
        {"threat_id": "T1", "title": "Gun, loaded", "malicious": "yes", "frequency_low": 0.1, "frequency_mode": 0.5}
        | {"frequency_high": 2, "trend": "steady", "horizon_1y": "rising", "horizon_4y": "unknown"}
        | {"evidence_on": "2026-01-01", "confidence": "low"}
    ],
    "threat_scores": [{"threat_id": "T1", "scorer": "a", "dimension": "physical", "score": 3}],
    "requirements": [
        {"requirement_id": "R1", "threat_id": "T1", "role": "ARV", "officers": 4, "within_minutes": 15, "for_hours": 2}
    ],
    "operations": [
        {"operation_id": "O1", "called_at": "2026-01-01T10:00", "assigned_at": "2026-01-01T10:02"}
        | {"arrived_at": "2026-01-01T10:12", "cleared_at": "2026-01-01T11:00", "zone_id": "Z1", "kind": "spontaneous"}
        | {"threat_id": "T1", "arv": "yes", "outcome": "quoted\nover two lines", "signed_off": "TRUE"},
        {"operation_id": "O2", "called_at": "2026-01-02T10:00", "zone_id": "Z2", "kind": "planned", "arv": "no"},
    ],
    "incident_reviews": [{"operation_id": "O1", "reviewed_on": "2026-02-01", "lessons": "L1|L2"}],
    "lessons": [{"lesson_id": "L1", "changed": "training"}, {"lesson_id": "L2", "changed": "none"}],
    "crews": [{"base_id": "B1", "block": "early-weekday-summer", "crews": 1, "officers_per_crew": 2}],
    "risks": [
        {"risk_id": "K1", "kind": "risk", "threat_id": "T1", "opened_on": "2026-01-01", "inherent_likelihood": 3}
        | {"state": "open", "title": "No cover"}
    ],
}
FORCE = """
slug = "small"
name = "Small Constabulary"
code = "E23000002"
marking = "OFFICIAL-SENSITIVE"
handling = "Force use only"
scheme = "test-1"
assurance_level = 0.9
seed = 7
[blocks.shifts]
early = 7
late = 15
night = 23
[blocks.days]
weekday = [0, 1, 2, 3, 4]
weekend = [5, 6]
[blocks.seasons]
summer = [5, 6, 7, 8, 9, 10]
winter = [11, 12, 1, 2, 3, 4]
[authority]
low = "Inspector"
high = "Chief constable"
[sections]
1 = "Purpose"
[responsible]
author = "Analyst"
"""
ASSUMPTIONS = """
speed:
  meaning: Speed of a crew.
  unit: km/h
  quality: amber
  impact: red
  values:
    2020-04-01: {value: 60, low: 50, high: 70, source: s, provenance: illustrative}
    2025-04-01: {value: 65.5, source: s, provenance: force}
""" + "".join(
    f"{name}:\n  meaning: {json.dumps(meaning)}\n  unit: {unit}\n  quality: red\n  impact: red\n"
    "  values: {2020-04-01: {value: 1, source: s, provenance: illustrative}}\n"
    for name, (meaning, unit) in NEEDED.items()
)
SCENARIOS = {"baseline": "name: baseline\ntitle: Baseline\nnote: As it is.\nchanges: {}\n"}
SCENARIOS["fast"] = "name: fast\ntitle: Fast\nnote: Faster crews.\nchanges: {speed: 90}\n"
SCALE = """kind,code,label,score,low,high,weight,axis,highest,likelihood,impact,version,source,provenance
scheme,,Test scale,,,,,,,,,1,s,illustrative
dimension,physical,Physical,,,,1,impact,5,,,,s,illustrative
anchor,physical,One hurt,1,,,,,,,,,s,illustrative
likelihood,,Rare,1,0,0.5,,,,,,,s,illustrative
likelihood,,Likely,2,0.5,1,,,,,,,s,illustrative
impact,,Any,1,0,5,,,,,,,s,illustrative
level,,low,,,,,,,1,1,,s,illustrative
level,,high,,,,,,,2,1,,s,illustrative
order,,low,1,,,,,,,,,s,illustrative
order,,high,2,,,,,,,,,s,illustrative
"""


def _whole(table: Table, row: dict[str, object]) -> dict[str, object]:
    """Return a row with something sound in every cell that must not be blank."""
    always = {column.name: "1" for column in table.columns if not column.blank}
    return {**always, "source": "s", "provenance": "illustrative", **row}


def write_small_force(folder: Path) -> Path:
    """Write the small force's files into ``folder`` and return it."""
    (folder / "scales").mkdir(parents=True)
    (folder / "scenarios").mkdir()
    for table in TABLES.values():
        if table.folder:
            continue
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [column.name for column in table.columns], lineterminator="\n")
            writer.writeheader()
            writer.writerows(_whole(table, row) for row in ROWS.get(table.name, ()))
    (folder / "force.toml").write_text(FORCE, encoding="utf-8")
    (folder / "assumptions.yaml").write_text(ASSUMPTIONS, encoding="utf-8")
    (folder / "scales" / "test-1.csv").write_text(SCALE, encoding="utf-8")
    for name, content in SCENARIOS.items():
        (folder / "scenarios" / f"{name}.yaml").write_text(content, encoding="utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class StandInRisk:
    """The register of a stand-in assessment."""

    register: pd.DataFrame
    lint: pd.DataFrame
    proposals: pd.DataFrame


@dataclass(frozen=True, slots=True)
class StandIn:
    """What the doors need of an assessment, made without the model."""

    scenario: Scenario
    tables: dict[str, pd.DataFrame]
    risk: StandInRisk
    headlines: pd.DataFrame
    breaches: pd.DataFrame
    illustrative: tuple[str, ...] = ("zones",)
    standing: str = "draft, not signed"


def stand_in_of(folder: Path) -> StandIn:
    """Return a stand-in assessment of a force's folder."""
    return stand_in(data.read_tables(folder), data.read_scenario(folder, "baseline", 2026, date(2026, 11, 1)))


def stand_in(tables: dict[str, pd.DataFrame], scenario: Scenario, breaches: Sequence[tuple[str, str]] = ()) -> StandIn:
    """Return a stand-in assessment of tables and a scenario."""
    return StandIn(
        scenario=scenario,
        tables=tables,
        risk=StandInRisk(
            register=tables["risks"].assign(current_score=12.0, overdue=True),
            lint=pd.DataFrame({"rule": ["no-owner"], "severity": ["error"], "message": ["K1"], "risk_id": ["K1"]}),
            proposals=pd.DataFrame(columns=["key", "title", "level"]),
        ),
        headlines=pd.DataFrame({"headline": ["gap"], "value": [1 / 3], "low": [float("nan")]}),
        breaches=pd.DataFrame(list(breaches), columns=["check", "message"]),
    )


def notebook(*cells: dict[str, object]) -> dict[str, object]:
    """Return a notebook of ready cells."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": list(cells), "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


def markdown(source: str) -> dict[str, object]:
    """Return a cell of words."""
    return {"cell_type": "markdown", "id": "words", "metadata": {}, "source": source}


def code(source: str, *outputs: dict[str, object], tags: Sequence[str] = (), name: str = "code") -> dict[str, object]:
    """Return a cell of code with its outputs."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {"tags": list(tags)},
        "outputs": list(outputs),
        "source": source,
    }


def shown(html: str) -> dict[str, object]:
    """Return an output that shows HTML."""
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": html, "text/plain": "Exhibit"}}
