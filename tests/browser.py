"""What tests in a browser need: Chromium without a network, servers of notebooks, a force ready to be signed."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import PROJECT, WORKED

from apstra import data
from apstra.data import signing, store
from apstra.risk import Actor, Draft

AUTHOR = Actor("Author of the assessment", "a-01")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
HERE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
STARTS_WITHIN = 60
NAME = """() => { const e = document.activeElement, labels = e.labels || [];
  return (labels.length ? labels[0].innerText : e.getAttribute("aria-label") || e.innerText || "").trim() }"""
# When each part of a page was painted after the last key was pressed: its title and milliseconds.
WATCHED = """within => {
  window.repaints = []
  if (window.watched) return
  window.watched = true
  document.addEventListener("keydown", () => { window.pressed = performance.now() }, true)
  const seen = changes => {
    const titles = new Set(changes.map(({target}) => {
      const part = target.parentElement.closest(".widget-html-content") || target
      return ((part.querySelector && part.querySelector("h3")) || {}).innerText || ""
    }))
    requestAnimationFrame(() => setTimeout(() => titles.forEach(
      title => window.repaints.push([title, performance.now() - window.pressed]))))
  }
  for (const each of document.querySelectorAll(within))
    new MutationObserver(seen).observe(each, {subtree: true, childList: true, characterData: true})
}"""
STILL = """least => { const all = window.repaints
  return performance.now() - window.pressed > least && all.length && performance.now() - window.pressed
    - all[all.length - 1][1] > least }"""
PAINTED_WITHIN = 30_000
STILL_FOR = 400
CURES = [
    Draft("changed", "R08", {"owner": "Superintendent, operations"}, "Named."),
    Draft("changed", "R09", {"target_likelihood": 2}, "Scored again."),
    Draft("changed", "R07", {"target_likelihood": 2, "target_impact": 4}, "Nothing more is planned."),
    Draft("changed", "R10", {"target_likelihood": 3, "target_impact": 3}, "Nothing more is planned."),
    Draft("control_changed", "C03", {"due_on": "2027-06-01"}, "Planned anew."),
    Draft("control_changed", "C11", {"due_on": "2027-06-01"}, "Planned anew."),
    Draft("reviewed", "R03", {"review_on": "2027-05-01"}, "Looked at."),
    Draft("moved", "R07", {"to": "treating"}, "The acceptance has ended."),
    Draft("moved", "R11", {"to": "reopened"}, "It was closed without evidence."),
    Draft("moved", "R11", {"to": "closed", "evidence": "One system since April."}, "Shown."),
]


def begun_force(folder: Path, at: datetime, *, cured: bool) -> Path:
    """Return a copy of the worked force with a ledger begun; ``cured`` of every error but one overdue review (R06)."""
    shutil.copytree(WORKED, folder)
    (folder / "ledger" / "ledger.sqlite").unlink(missing_ok=True)
    desk = data.desk(folder, at.date())
    data.begin(desk, AUTHOR, at, "The register moves to the ledger.")
    if cured:
        data.say(desk, AUTHOR, CURES, at)
    return folder


def finished_run(folder: Path, out: Path, at: datetime, asked: tuple[int, str, str]) -> Path:
    """Write what a signature needs of a finished run, without the model, and return its folder."""
    year, as_at, scenario = asked
    parts = store.content_parts(folder, scenario, year, date.fromisoformat(as_at))
    slug = data.desk(folder, at.date()).scenario.force.slug
    place = out / slug / str(year) / as_at / "run-for-tests"
    place.mkdir(parents=True)
    (place / "assessment.json").write_text('{"cover":0.5}', encoding="utf-8")
    record = {
        "run_id": place.name, "force": slug, "product": "assessment", "content": parts, "finished_at": at.isoformat(),
        "parameters": {"year": year, "as_at": as_at, "scenario": scenario},
        "outputs": {"assessment.json": hashlib.sha256((place / "assessment.json").read_bytes()).hexdigest()},
    }  # fmt: skip
    (place / signing.MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    return place


def put_notebook(folder: Path, force: Path, out: Path) -> Path:
    """Write the chief officer's notebook as for another force, whose runs are kept elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (PROJECT / "notebooks" / "chief_officer.ipynb").read_text(encoding="utf-8")
    asked = text.replace(r"\"data/cumbria\"", rf"\"{force}\"").replace("office(a, force)", f"office(a, force, '{out}')")
    assert asked.count(str(force)) == asked.count(str(out)) == 1
    place = folder / "chief_officer.ipynb"
    place.write_text(asked, encoding="utf-8")
    return place


def put_workbench(place: Path, force: Path | str, drafts: Path) -> Path:
    """Write the workbench's notebook as for another force, whose unsaved work is kept elsewhere."""
    text = (PROJECT / "notebooks" / "workbench.ipynb").read_text(encoding="utf-8")
    asked = text.replace(r"\"data/cumbria\"", rf"\"{force}\"")
    asked = asked.replace("workbench(a, force)", f"workbench(a, force, __import__('pathlib').Path('{drafts}'))")
    assert asked.count(str(force)) == asked.count(str(drafts)) == 1
    place.write_text(asked, encoding="utf-8")
    return place


def playwright_or_skip():
    """Return playwright's door and Chromium's path; without them skip, or fail where nothing may be left out."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        sync_playwright = None
    if sync_playwright and browser:
        return sync_playwright, browser
    words = "browser tests need Chromium on the PATH and the extra 'browser' (playwright)"
    return pytest.fail(words) if os.environ.get("APSTRA_CI") == "1" else pytest.skip(words)


@contextmanager
def chromium(width: int = 1280) -> Iterator[SimpleNamespace]:
    """Give a page of Chromium that reaches this machine alone, and what it asked for elsewhere."""
    start, browser = playwright_or_skip()
    with start() as door:
        running = door.chromium.launch(executable_path=browser, args=FLAGS)
        page = running.new_page(viewport={"width": width, "height": 900})
        elsewhere: list[str] = []

        def only_here(route):
            if route.request.url.startswith(HERE):
                route.continue_()
            else:
                elsewhere.append(route.request.url)
                route.abort()

        page.route("**/*", only_here)
        page.set_default_timeout(120_000)
        try:
            yield SimpleNamespace(page=page, elsewhere=elsewhere)
        finally:
            running.close()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        return there.getsockname()[1]


@contextmanager
def served(module: str, folder: Path, *options: str) -> Iterator[str]:
    """Serve a folder on this machine by ``python -m module`` until done; give its address."""
    port, log = free_port(), folder / "server.log"
    shutil.copy(PROJECT / "notebooks" / "voila.json", folder)  # Voilà reads it where it is started
    own = {f"JUPYTER_{name}_DIR": str(folder / f".{name}") for name in ("CONFIG", "DATA", "RUNTIME")}
    settings = folder / ".settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('{"windowingMode": "none"}', encoding="utf-8")  # else a cell out of sight is not on the page
    own["JUPYTERLAB_SETTINGS_DIR"] = str(folder / ".settings")
    env = {**os.environ, **own, "IPYTHONDIR": str(folder / ".ipython"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", module, *options, f"--port={port}", "--no-browser"]
    with log.open("w") as stream:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=stream, stderr=stream)
    try:
        _await(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await(port: int, server: subprocess.Popen, log: Path) -> None:
    """Wait until a server listens, and fail with what it wrote if it does not."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")


def tab_to(page, name: str, most: int = 120, *, back: bool = False) -> None:
    """Press Tab until the control of a name has the focus."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        seen.append(page.evaluate(NAME))
        if seen[-1] == name:
            return
    pytest.fail(f"no way by Tab to {name!r}; on the way: {seen}")


def repaints(page, change, within: str = ".figures") -> list[tuple[str, float]]:
    """Make a change by keyboard and return what was painted: its title and when, in ms after the last key was pressed.

    A part is painted when the browser has drawn the frame after its content changed; it is over when nothing has
    changed for a while.
    """
    page.evaluate(WATCHED, within)
    change()
    page.wait_for_function(STILL, arg=STILL_FOR, timeout=PAINTED_WITHIN)
    return [(title, after) for title, after in page.evaluate("window.repaints")]


def type_into(page, label: str, value: object) -> None:
    """Type a value into the field that has the focus or, by Tab, into the one of a label, and leave it."""
    if page.evaluate(NAME) != label:
        tab_to(page, label)
    page.keyboard.press("Control+A")
    page.keyboard.type(str(value))
    page.keyboard.press("Tab")


def cut_off(page) -> list[str]:
    """Return what reaches beyond the page's right edge and cannot be scrolled to in a frame made for it."""
    return page.evaluate("""() => [...document.querySelectorAll("body *")].filter(each => {
      const box = each.getBoundingClientRect()
      return box.width > 0 && box.right > document.documentElement.clientWidth + 3
        && !each.parentElement.closest(".scroll")
    }).map(each => `${each.tagName} ${(each.innerText || "").slice(0, 60)}`)""")
