"""A force of one zone for tests that need files: every table is there, a few hold a row or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from apstra import data
from apstra.scenario import Scenario
from apstra.schema import TABLES

ROWS = {
    "areas": ["N,North,1000,,s,illustrative", "S,South,2000,5000,s,public"],
    "zones": ["Z1,One,N,Eden,54.6,-2.7,1000,1,,s,illustrative", "Z2,Two,S,Eden,54.5,-2.8,2000,2.5,rural,s,public"],
    "bases": ["B1,Base,N,54.6,-2.7,s,illustrative"],
    "roles": ["ARV,Armed response officer,,,s,force", "TFC,Tactical commander,ARV|TFC,on_call,s,force"],
    "threats": ['T1,T1,"Gun, loaded",Worst,yes,0.1,0.5,2,steady,rising,unknown,e,A,2026-01-01,low,,,s,force'],
    "threat_scores": ["T1,a,physical,3,s,force"],
    "requirements": ["R1,T1,,ARV,4,15,2,why,,s,force"],
    "operations": [
        "O1,2026-01-01T10:00,,2026-01-01T10:02,2026-01-01T10:12,2026-01-01T11:00,Z1,spontaneous,T1,domestic,yes,"
        + '"quoted\nover two lines",L1,yes,,,s,illustrative',
        "O2,2026-01-02T10:00,,,,,Z2,planned,,other,no,,,,,,s,illustrative",
    ],
    "incident_reviews": ["O1,2026-02-01,Inspector,sound,L1|L2,s,force"],
    "lessons": ["L1,O1,radio,c,,training,,,s,force", "L2,O1,radio,c,,none,,,s,force"],
    "crews": ["B1,early-weekday-summer,1,2,s,force"],
    "currency": [],
    "risks": ["K1,risk,t,c,q,T1,,2026-01-01,3,4,,,,,low,treat,open,,,,,,s,force"],
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
"""
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


def write_small_force(folder: Path) -> Path:
    """Write the small force's files into ``folder`` and return it."""
    (folder / "scales").mkdir(parents=True)
    (folder / "scenarios").mkdir()
    for name, table in TABLES.items():
        header = ",".join(column.name for column in table.columns)
        (folder / f"{name}.csv").write_text("\n".join([header, *ROWS.get(name, [])]) + "\n", encoding="utf-8")
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


def stand_in(folder: Path, breaches: Sequence[tuple[str, str]] = ()) -> StandIn:
    """Return a stand-in assessment of a force's folder."""
    tables = data.read_tables(folder)
    return StandIn(
        scenario=data.read_scenario(folder, "baseline", 2026, date(2026, 11, 1)),
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
