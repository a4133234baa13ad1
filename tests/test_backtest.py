"""Back test: the stored assessments of the worked force come out again, with every setting pinned in the case.

After a change of results that is meant, make the cases anew with `python tests/test_backtest.py`, read the difference
and say it in the changelog under "Results change".
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from apstra import data
from apstra.assessment import Assessment, assess

CASES = Path(__file__).parent / "cases"
WORKED = Path(__file__).parents[1] / "data" / "cumbria"
SCENARIOS = ("baseline", "heightened", "simultaneous")
KEPT = {
    "headlines": ["headline", "value", "low", "high", "unit"],
    "changes": ["role", "step", "posts"],
    "breaches": ["check", "message"],
    "matrix": ["requirement_id", "area_id", "own", "collaboration", "all", "status", "binding"],
    "obligations": ["obligation_id", "status"],
}


def stored(name: str) -> dict[str, Any]:
    return json.loads((CASES / f"backtest_{name}.json").read_text(encoding="utf-8"))


def assessed_with(name: str, pinned: dict[str, float]) -> Assessment:
    scenario = data.read_scenario(WORKED, name, 2026, date(2026, 11, 1))
    return assess(data.read_tables(WORKED), scenario.with_values(**pinned))


def kept(result: Assessment) -> dict[str, Any]:
    frames = {name: getattr(result, name)[columns] for name, columns in KEPT.items()}
    frames["ranking"] = result.threat.ranking[["rank", "threat_id", "frequency", "likelihood", "impact", "level"]]
    return json.loads(data.canonical(frames))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_stored_assessment_is_reproduced_with_its_settings_pinned(name: str) -> None:
    case = stored(name)
    result = kept(assessed_with(name, case["assumptions"]))
    assert set(result) == set(case["results"])
    for part, rows in case["results"].items():
        pd.testing.assert_frame_equal(pd.DataFrame(result[part]), pd.DataFrame(rows), rtol=1e-8, obj=f"{name} {part}")


def test_the_pinned_settings_are_what_decides_not_the_defaults() -> None:
    pinned = stored("baseline")["assumptions"]
    case = kept(assessed_with("baseline", {**pinned, "demand_factor": 2.0}))
    assert case["headlines"] != stored("baseline")["results"]["headlines"]


def store() -> None:
    for name in SCENARIOS:
        scenario = data.read_scenario(WORKED, name, 2026, date(2026, 11, 1))
        pinned = {each: scenario.value(each) for each in sorted(scenario.assumptions)}
        source = "this package's own result on data/cumbria as at 1 November 2026, stored to notice any change"
        case = {"source": source, "assumptions": pinned, "results": kept(assessed_with(name, pinned))}
        (CASES / f"backtest_{name}.json").write_bytes(data.canonical(case))


if __name__ == "__main__":
    store()
