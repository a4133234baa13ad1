"""The chief officer's notebook in a browser: read, decide, sign by keyboard alone in Voilà; it runs in JupyterLab."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from axe import violations
from browser import AUTHOR, begun_force, chromium, finished_run, playwright_or_skip, put_notebook, served, tab_to
from conftest import PROJECT

from apstra import data, ledger
from apstra.data import signing

ASKED = (2026, "2026-11-01", "baseline")
DASHBOARD = re.search(r"^DASHBOARD := (.*)$", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.M)
LAB = ("lab", "--ip=127.0.0.1", "--IdentityProvider.token=", "--allow-root")
WIDTHS = (1280, 400)


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
    workbench = (PROJECT / "notebooks" / "workbench.ipynb").read_text(encoding="utf-8")
    (place / "notebooks" / "workbench.ipynb").write_text(workbench.replace("data/cumbria", str(folder)), "utf-8")
    day = (at + timedelta(days=180)).date().isoformat()
    return SimpleNamespace(place=place / "notebooks", desk=data.desk(folder, at.date()), run=run, day=day)


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


@pytest.mark.parametrize("name", ["chief_officer", "workbench"])
def test_a_page_has_no_serious_or_critical_fault_of_accessibility_and_asks_for_nothing_elsewhere(voila, name):
    with chromium() as browser:
        page = browser.page
        page.goto(f"{voila}/{name}.ipynb")
        page.locator(".jupyter-widgets input").first.wait_for()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == []
        assert browser.elsewhere == []


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
