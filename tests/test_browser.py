"""The pages in a browser, by keyboard alone and without a network, in Voilà and in JupyterLab.

The chief officer reads, decides and signs; the analyst changes, undoes, saves, compares and finds unsaved work again.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from axe import violations
from browser import (
    AUTHOR,
    begun_force,
    chromium,
    cut_off,
    finished_run,
    playwright_or_skip,
    put_notebook,
    put_workbench,
    repaints,
    served,
    tab_to,
    type_into,
)
from conftest import PROJECT

from apstra import data, ledger
from apstra.assessment.live import live
from apstra.data import signing
from apstra.recall import Recall
from apstra.report.live import VIEWS
from apstra.workbench.bench import FIRST
from apstra.workbench.field import COVER

ASKED = (2026, "2026-11-01", "baseline")
DASHBOARD = re.search(r"^DASHBOARD := (.*)$", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.M)
DEMAND = "Firearms operations relative to the forecast [ratio], baseline 1"
CONCERNED = VIEWS[FIRST[COVER]][0]
LAB = ("lab", "--ip=127.0.0.1", "--IdentityProvider.token=", "--allow-root")
WIDTHS = (1280, 400)
REACHES = (
    500  # a choice reaches the kernel: the next waits for it, while a button does not and would overtake both [ms]
)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A force with one overdue review left, a finished run of it, assessed once, and the notebook that speaks of it."""
    playwright_or_skip()
    place = tmp_path_factory.mktemp("ready")
    at = datetime.now(UTC)
    folder = begun_force(place / "force", at, cured=True)
    data.assessment(str(folder), *ASKED)
    run = finished_run(folder, place / "out", at, ASKED)
    put_notebook(place / "notebooks", folder, place / "out")
    for name in ("workbench", "lab"):
        put_workbench(place / "notebooks" / f"{name}.ipynb", folder, place / f"drafts of {name}")
    tables = (PROJECT / "notebooks" / "tables.ipynb").read_text(encoding="utf-8")
    (place / "notebooks" / "tables.ipynb").write_text(tables.replace("data/cumbria", str(folder)), "utf-8")
    day = (at + timedelta(days=180)).date().isoformat()
    return SimpleNamespace(
        place=place / "notebooks", folder=folder, desk=data.desk(folder, at.date()), run=run, day=day
    )


@pytest.fixture(scope="module")
def voila(ready):
    """Where Voilà shows the notebooks, started as `make dashboard` starts it."""
    with served("voila", ready.place, *DASHBOARD[1].split(), ".") as address:
        yield f"{address}/voila/render"


def signatures(ready):
    return [event for event in ledger.events(ready.desk.place) if event.kind == "signed"]


def answered(page, words):
    """Wait for words; where they do not come, fail with what the page says instead."""
    try:
        page.get_by_text(words).first.wait_for(timeout=60_000)
    except Exception as late:
        if type(late).__name__ != "TimeoutError":
            raise
        said = page.locator("[role=alert], [role=status]").all_inner_texts()
        pytest.fail(f"the page does not say {words!r}, but {said}")


def fill(page, name, text):
    """Go to a control by Tab and type into it."""
    tab_to(page, name)
    page.keyboard.type(text)


def press(page, name, *, back=False):
    """Go to a button by Tab and press it."""
    tab_to(page, name, back=back)
    page.keyboard.press("Space")


def read_the_page(page):
    page.get_by_label("Your account").wait_for()
    for title in ("What is asked of you", "What is breached or overdue", "What your last decisions led to"):
        assert page.get_by_role("heading", name=title).is_visible()
    assert page.get_by_role("table", name=re.compile("^Officers by role")).is_visible()
    fill(page, "Your account", "c-01")
    page.keyboard.press("Tab")
    answered(page, "This is the page of Chief constable (c-01).")


def decide(page, ready):
    """Review R06, first with a day that is none: the refusal loses nothing typed."""
    tab_to(page, "Decision on R06")
    page.keyboard.press("ArrowDown")  # "Reviewed", the first after "Choose a decision"
    fill(page, "Next review, or last day, R06", "soon")
    fill(page, "Reason or evidence, R06", "Discussed at the board.")
    press(page, "Record decision on R06")
    answered(page, "Day of the next review: a date such as")
    assert violations(page) == []
    assert page.get_by_label("Reason or evidence, R06").input_value() == "Discussed at the board."
    tab_to(page, "Next review, or last day, R06", back=True)
    page.keyboard.press("Control+A")
    page.keyboard.type(ready.day)
    press(page, "Record decision on R06")
    answered(page, "It waits for no decision now.")
    last = ledger.events(ready.desk.place)[-1]
    assert (last.kind, last.subject, last.content) == ("reviewed", "R06", {"review_on": ready.day})
    assert last.reason == "Discussed at the board."


def sign(page, ready):
    """Sign, first without the digest: nothing is signed."""
    tab_to(page, "Approve this run")
    page.keyboard.press("Space")
    fill(page, "Note, or the conditions", "Agreed.")
    fill(page, "Last day of an approval", ready.day)
    press(page, "Sign")
    answered(page, "type the first 8 characters of the digest; nothing is signed")
    assert signatures(ready) == []
    tab_to(page, "First 8 characters of the digest", back=True)
    page.keyboard.type(signing.covered(ready.run).results[: signing.CONFIRMED])
    press(page, "Sign")
    answered(page, "“Approve this run” is recorded of run")


def test_a_chief_officer_reads_decides_and_signs_by_keyboard_alone_and_without_a_network(ready, voila):
    with chromium() as browser:
        page = browser.page
        page.goto(f"{voila}/chief_officer.ipynb")
        read_the_page(page)
        decide(page, ready)
        signing.prepare(ready.desk, ready.run, AUTHOR, "Complete.", datetime.now(UTC))
        press(page, "Read the register again", back=True)
        answered(page, "Nothing stands in the way of an approval.")
        sign(page, ready)
        (signed,) = signatures(ready)
        assert (signed.subject, signed.role, signed.account) == (ready.run.name, "Chief constable", "c-01")
        assert (signed.content["decision"], signed.content["expires_on"]) == ("approve", ready.day)

        page.reload()
        answered(page, re.compile("^Run.*: signed by Chief constable"))
        assert "State: signed by Chief constable" in page.locator("body").inner_text()
        assert len(signatures(ready)) == 1
        assert violations(page) == []
        assert browser.elsewhere == []


@pytest.mark.parametrize("name", ["chief_officer", "workbench", "tables"])
def test_a_page_has_no_serious_or_critical_fault_of_accessibility_and_asks_for_nothing_elsewhere(voila, name):
    with chromium() as browser:
        page = browser.page
        page.goto(f"{voila}/{name}.ipynb")
        page.locator(".jupyter-widgets input").first.wait_for()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 3
            assert cut_off(page) == []
        assert browser.elsewhere == []


def what_is_changed(page):
    return page.locator(".changed li").all_inner_texts()


def figure(page, title):
    """Return what a figure of the workbench says, heading, sentence and table."""
    there = page.locator(".figures .widget-html-content").filter(has=page.get_by_role("heading", name=title))
    return there.inner_text()


def unmet(ready, factor):
    """Return the sentence's numbers, unmet requirement now and in the baseline, as the assessment itself has them."""
    a = data.assessment(str(ready.folder), *ASKED)
    tables = data.read_tables(ready.folder)
    both = (replace(a.scenario, changes=changes) for changes in ({"demand_factor": factor}, {}))
    return [
        live(a, tables, each, Recall()).headlines.set_index("headline")["value"]["unmet_requirement"] for each in both
    ]


def open_workbench(page, address):
    page.goto(address)
    page.get_by_label("What to change").wait_for()
    page.get_by_text("All figures are painted").wait_for()


def set_demand(page, value):
    """Type a factor of demand, say what was painted when, and return the titles painted."""
    painted = repaints(page, lambda: type_into(page, DEMAND, value))
    at = [after for title, after in painted if title == CONCERNED]
    computing = page.get_by_text("worked out in").inner_text().split()[-2]
    words = f"{CONCERNED} after {min(at):.0f} ms, all figures after {painted[-1][1]:.0f} ms, computing {computing} ms"
    print(f"demand x {value}: {words}")  # noqa: T201 - times are told (-s), not asserted
    return [title for title, _ in painted]


def change_and_undo(page, ready):
    """Choose a section, change a field, see it everywhere, be refused, go back."""
    tab_to(page, "What to change")
    page.keyboard.type("Demand")
    page.get_by_label(DEMAND).wait_for()
    before = {title: figure(page, title) for title, _ in VIEWS.values()}
    titles = set_demand(page, 1.1)
    assert titles[0] == CONCERNED
    assert set(titles) >= {CONCERNED, VIEWS["unmet"][0]}
    assert what_is_changed(page) == ["Firearms operations relative to the forecast: 1.1 ratio (was 1)"]
    assert all(figure(page, VIEWS[name][0]) != before[VIEWS[name][0]] for name in ("cover", "week", "unmet"))
    now, was = unmet(ready, 1.1)
    assert f"{now:.1f} occurrences a year go unmet, {was:.1f} in the baseline" in figure(page, VIEWS["unmet"][0])
    refused(page, 99)
    repaints(page, lambda: press(page, "Undo the last change", back=True))
    answered(page, "Nothing is changed: this is the baseline.")
    assert {title: figure(page, title) for title, _ in VIEWS.values()} == before


def refused(page, value):
    """Type what may not be: the range is said beside the field, which goes back, and nothing else changes."""
    type_into(page, DEMAND, value)
    page.get_by_role("alert").wait_for()
    words = f"Firearms operations relative to the forecast: a number from 0.05 to 10 ratio, not {value:.1f}"
    assert page.get_by_role("alert").inner_text() == words
    beside = page.locator(".widget-text", has=page.get_by_label(DEMAND)).locator("xpath=following-sibling::*[1]")
    assert beside.get_by_role("alert").count() == 1
    assert page.get_by_label(DEMAND).input_value() == "1.1"
    assert what_is_changed(page) == ["Firearms operations relative to the forecast: 1.1 ratio (was 1)"]
    assert violations(page) == []


def save_and_compare(page, ready):
    """Save what is on the page under a name, and compare it with the baseline."""
    tab_to(page, DEMAND)
    set_demand(page, 1.2)
    type_into(page, "Name: small letters, digits, - and _", "busier")
    page.keyboard.type("A busier year")
    press(page, "Save the scenario")
    answered(page, "Scenario busier is saved as scenarios/busier.yaml")
    saved = data.read_scenario(ready.folder, "busier", ASKED[0], ready.desk.scenario.as_at)
    assert (saved.title, dict(saved.changes), saved.edits) == ("A busier year", {"demand_factor": 1.2}, ())
    tab_to(page, "To compare, two to four")
    for key in ("Home", "Shift+ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(REACHES)
    press(page, "Compare side by side")
    answered(page, "2 scenarios are compared below.")
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert cut_off(page) == []


def work_long_and_cancel(page):
    """Start long work, change something meanwhile, cancel it."""
    tab_to(page, "What to work out")
    page.keyboard.type("How much")
    press(page, "Start")
    answered(page, re.compile(r"^How much of the variance each explains \(Sobol\): \d+ of \d+"))
    tab_to(page, DEMAND, back=True)
    assert CONCERNED in set_demand(page, 1.3)
    assert page.get_by_role("button", name="Cancel", exact=True).is_enabled()  # it still goes on
    press(page, "Cancel")
    answered(page, "How much of the variance each explains (Sobol): cancelled.")
    assert page.get_by_role("button", name="Start", exact=True).is_enabled()


def test_an_analyst_changes_saves_and_finds_unsaved_work_again_by_keyboard_alone_and_without_a_network(ready, voila):
    with chromium() as browser:
        page = browser.page
        open_workbench(page, f"{voila}/workbench.ipynb")
        assert violations(page) == []
        change_and_undo(page, ready)
        save_and_compare(page, ready)
        work_long_and_cancel(page)
        seen = figure(page, VIEWS["unmet"][0])

        page.reload()  # Voilà begins a new kernel
        answered(page, "Unsaved work was found and is open again.")
        page.get_by_text("All figures are painted").wait_for()
        assert what_is_changed(page) == ["Firearms operations relative to the forecast: 1.3 ratio (was 1)"]
        assert figure(page, VIEWS["unmet"][0]) == seen
        assert page.get_by_label("Title", exact=True).input_value() == "A busier year"
        assert violations(page) == []
        assert browser.elsewhere == []


def test_the_tables_refuse_a_wrong_cell_beside_its_field_by_keyboard_alone_and_stay_accessible(ready, voila):
    place = ready.folder / "threat_scores.csv"
    before = place.read_bytes()
    with chromium() as browser:
        page = browser.page
        page.goto(f"{voila}/tables.ipynb")
        page.get_by_label("Table", exact=True).wait_for()
        tab_to(page, "Table")
        page.keyboard.type("Threat scores")
        score = page.get_by_label(re.compile("^Score( |$)"))
        score.wait_for()
        type_into(page, score.evaluate("each => each.labels[0].innerText.trim()"), 99)
        answered(page, "Refused: '99' - allowed:")
        assert violations(page) == []
        press(page, "Undo what is not saved")
        page.get_by_role("alert").wait_for(state="detached")
        assert violations(page) == []
        assert browser.elsewhere == []
    assert place.read_bytes() == before


@pytest.mark.parametrize(("gate", "outcome"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_chromium_these_tests_skip_and_in_the_gate_they_fail(monkeypatch, gate, outcome):
    monkeypatch.setenv("APSTRA_CI", gate)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(outcome, match="need Chromium on the PATH"):
        playwright_or_skip()


def test_the_notebook_opens_in_jupyterlab_and_its_cells_run(ready):
    with served("jupyter", ready.place, *LAB) as address, chromium() as browser:
        page = browser.page
        page.goto(f"{address}/lab/tree/chief_officer.ipynb")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # until then its menus close again
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.get_by_label("Your account").wait_for()
        page.get_by_label("Decision on R05").wait_for()
        assert page.get_by_role("button", name="Sign", exact=True).is_enabled()
        before = len(ledger.events(ready.desk.place))
        page.get_by_label("Decision on R05").focus()
        press(page, "Record decision on R05")
        answered(page, "Not done: account must be pseudonymous")
        assert len(ledger.events(ready.desk.place)) == before
        assert violations(page, ".chief-officer") == []  # what JupyterLab puts around it is not ours
        assert browser.elsewhere == []


def choose(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item).click()


def run_all(page, label):
    """Run all cells until a control is there; the menu may close again before it is chosen from."""
    for _ in range(3):
        choose(page, "Run", re.compile("^Run All Cells$"))
        try:
            return page.get_by_label(label).wait_for(timeout=45_000)
        except Exception as late:
            if type(late).__name__ != "TimeoutError":
                raise
    return pytest.fail(f"no control {label!r} after all cells were run")


def test_the_workbench_runs_in_jupyterlab_and_unsaved_work_survives_a_new_kernel(ready):
    with served("jupyter", ready.place, *LAB) as address, chromium() as browser:
        page = browser.page
        page.goto(f"{address}/lab/tree/lab.ipynb")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        run_all(page, "What to change")
        page.get_by_label("What to change").select_option(label="Demand growth and crews")
        page.get_by_label(DEMAND).focus()
        assert CONCERNED in set_demand(page, 1.15)
        changed = ["Firearms operations relative to the forecast: 1.15 ratio (was 1)"]
        assert what_is_changed(page) == changed

        choose(page, "Kernel", re.compile("^Restart Kernel and Run All Cells"))
        page.get_by_role("button", name="Confirm Kernel Restart").click()
        answered(page, "Unsaved work was found and is open again.")
        page.get_by_text("All figures are painted").wait_for()
        assert what_is_changed(page) == changed
        assert violations(page, ".workbench") == []  # what JupyterLab puts around it is not ours
        assert browser.elsewhere == []
