"""The documents people open have no serious or critical fault of accessibility, and a fault would be seen."""

import json

import pytest
from axe import ANY, violations
from browser import chromium
from conftest import PROJECT
from small_force import code, markdown, notebook, shown

from apstra import data, publish, report
from apstra.publish.page import DIGEST
from apstra.run.job import PAGES

ASKED = ("data/cumbria", 2026, "2026-11-01", "baseline")
DOCUMENTS = [name for pages in PAGES.values() for name in pages]
FAULTS = {
    "image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "label": '<input type="text">',
    "color-contrast": '<p style="color: #999; background: #fff">pale</p>',
    "button-name": "<button></button>",
    "html-has-lang": "",
    "document-title": "",
}


@pytest.fixture(scope="module")
def page():
    with chromium() as browser:
        yield browser.page
        assert browser.elsewhere == []


@pytest.fixture(scope="module")
def known():
    """What the notebooks speak of: the worked force's assessment and review, with its ledger."""
    return {"report": report, "data": data, "a": data.assessment(*ASKED), "found": data.review(*ASKED)}


def document(name, known):
    """Return the document that a notebook makes, without the kernel it is run in."""
    cells = []
    for cell in json.loads((PROJECT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        asked = source[source.find("report.") :]
        if cell["cell_type"] == "markdown":
            cells.append(markdown(source))
        elif asked.startswith("report.") and not source.startswith(DIGEST):
            cells.append(code(asked, shown(eval(asked, known)._repr_html_())))  # noqa: S307 - our own notebooks
    a = known["a"]
    return publish.html_page(notebook(*cells), publish.stamp_of(a, a.scenario.force.marking, "example"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_breaks_no_rule_of_accessibility_not_even_a_minor_one(page, known, name):
    text = document(name, known)
    assert text.count("<table") > 5
    page.set_content(text)
    # Every row of a table is written alike; the contrast of seven thousand cells takes longer than all the rest.
    page.evaluate("document.querySelectorAll('tbody tr:nth-child(n+5)').forEach(row => row.remove())")
    assert violations(page, impacts=ANY) == []


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_of_a_page_is_seen_with_its_rule_its_place_and_what_is_wrong(page, rule):
    head = "" if rule == "document-title" else "<title>Page</title>"
    language = "" if rule == "html-has-lang" else ' lang="en"'
    page.set_content(f"<!DOCTYPE html><html{language}><head>{head}</head><body><main><h1>Page</h1>{FAULTS[rule]}")
    (found,) = violations(page)
    assert found.rule == rule
    assert found.impact in ("serious", "critical")
    assert found.element
    assert found.summary.startswith("Fix ")


def test_a_fault_in_a_folded_part_is_seen_and_one_outside_what_is_asked_is_not(page):
    folded = "<details><summary>More</summary><button></button></details>"
    page.set_content(f'<html lang="en"><title>Page</title><main id="ours"><h1>Page</h1>{folded}</main><input></html>')
    assert [each.rule for each in violations(page, "#ours")] == ["button-name"]
    assert sorted(each.rule for each in violations(page)) == ["button-name", "label"]
    with pytest.raises(AssertionError, match="nothing to check: #none"):
        violations(page, "#none")
