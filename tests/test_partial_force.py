"""A force that has not entered everything yet: every notebook says what is to be supplied, and none breaks."""

import json
from dataclasses import replace
from datetime import date

import pytest
from conftest import PROJECT

from apstra import data, report
from apstra.assessment import Assessment, assess
from apstra.assessment.review import Review, review
from apstra.schema import TABLES

EVERYTHING = set(TABLES)
ENTERED = {
    "nothing": set(),
    "threats and requirements": {"areas", "zones", "roles", "threats", "requirements"},
    "no donors": EVERYTHING - {"donors", "agreements", "options", "aid_responses"},
    "no officers and flows": EVERYTHING - {"officers", "currency", "workforce_flows", "options"},
}


def exhibits() -> list[str]:
    """Return the expression of every cell of every notebook that shows something of an assessment alone."""
    cells = [
        "".join(cell["source"])
        for path in sorted((PROJECT / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code" and "keep_output" not in cell["metadata"].get("tags", ())
    ]
    shown = [cell for cell in cells if cell.startswith("report.")]
    return [cell for cell in shown if "(e)" not in cell and "evidence" not in cell]


def reviewed(found: Assessment) -> Review:
    """Return the review of an assessment since half a year before, when it was the same."""
    earlier = replace(found.scenario, as_at=date(2026, 5, 1))
    return review(found, replace(found, scenario=earlier), [])


@pytest.mark.parametrize("entered", ENTERED, ids=str)
def test_every_cell_of_every_notebook_shows_a_force_that_has_entered(entered: str, worked) -> None:
    tables, scenario = worked
    kept = {
        name: frame if name in ENTERED[entered] or name not in TABLES else frame.iloc[:0]
        for name, frame in tables.items()
    }
    found = assess(kept, scenario)
    known = {"report": report, "data": data, "a": found, "assessment": found, "found": reviewed(found)}
    pages = [eval(cell, known)._repr_html_() for cell in exhibits()]  # noqa: S307 - our own notebooks
    assert len(pages) > 60
    assert any("To be supplied" in page for page in pages)
    assert not [page for page in pages if ">nan<" in page or "None<" in page]


def test_what_nobody_has_entered_is_not_known_rather_than_nought(worked) -> None:
    tables, scenario = worked
    nothing = {name: frame.iloc[:0] if name in TABLES else frame for name, frame in tables.items()}
    values = assess(nothing, scenario).headlines.set_index("headline")["value"]
    told = ["unmet_requirement", *(name for name in values.index if name.startswith("requirements_"))]
    assert len(told) > 3
    assert values[told].isna().all()
    kept = {"areas", "zones", "bases", "operations", "response_standards", "travel"}
    some = {name: frame if name in kept or name not in TABLES else frame.iloc[:0] for name, frame in tables.items()}
    assert assess(some, scenario).headlines.set_index("headline")["value"].reindex(["none_free"]).isna().all()
