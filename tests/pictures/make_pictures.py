"""Make the README's pictures from real output: `make pictures` (three of them need Chromium on the PATH).

Beside them stands what each was made from, as a digest: `tests/test_pictures.py` fails where a picture shows what is no
longer so. Fonts and browsers draw alike nowhere, so pictures themselves are not compared.
"""

import hashlib
import json
import re
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib import rc_context

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from browser import begun_force, chromium, put_notebook, put_workbench, served, type_into  # noqa: E402

from apstra import data, publish, report, workbench  # noqa: E402
from apstra.assessment import Assessment  # noqa: E402
from apstra.report.exhibit import Exhibit  # noqa: E402

DIGESTS = HERE / "pictures.json"
WORKED = "data/cumbria"
ASKED = (2026, "2026-11-01", "baseline")
OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)  # the chief officer's page depends on the day
SIZE = {"width": 1400, "height": 1000}
# What is changed on the workbench: section, choice, field and value.
CHANGED = (
    ("Demand growth and crews", "", "Firearms operations relative to the forecast", 1.1),
    ("Crews by base and block", "Penrith base", "Crews, night weekday winter", 1),
)


@cache
def assessed() -> Assessment:
    """Return the worked force's assessment."""
    return data.assessment(WORKED, *ASKED, "")


EXHIBITS: Mapping[str, Callable[[], Any]] = {
    "cover": lambda: report.assessment.cover(assessed()),
    "matrix": lambda: report.alignment.alignment(assessed()),
    "options": lambda: report.options.options(assessed()),
    "coverage": lambda: report.demand.coverage(data.evidence()),
}


def first_page() -> str:
    """Return the chief officer's page as a document."""
    a = assessed()
    shown = report.assessment.first_page(a)._repr_html_()
    output = {"output_type": "display_data", "data": {"text/html": shown}, "metadata": {}}
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": [output]}
    title = {"cell_type": "markdown", "source": "# Armed Policing Strategic Threat and Risk Assessment", "metadata": {}}
    return publish.html_page({"cells": [title, cell]}, publish.stamp_of(a, a.scenario.force.marking, "example"))


def workbench_page() -> str:
    """Return what the workbench says once the changes of its picture are made, without a browser."""
    with TemporaryDirectory() as drafts:
        bench = workbench.workbench(assessed(), WORKED, Path(drafts))
        for section, choice, label, value in CHANGED:
            bench.controls["section"].label = section
            if choice:
                bench.controls["pick 0"].label = choice
            control = next(control for field, control, _ in bench.fields.values() if field.label == label)
            control.value = value
        return said(bench.box)


def chief_officer_page() -> str:
    """Return what the chief officer's page in the notebook says, without a browser."""
    with office() as (folder, out):
        return said(workbench.chief_officer.office(assessed(), str(folder), out, lambda: OPENED).box)


PAGES: Mapping[str, Callable[[], str]] = {
    "first_page": first_page, "workbench": workbench_page, "chief_officer": chief_officer_page,
}  # fmt: skip


@contextmanager
def office() -> Iterator[tuple[Path, Path]]:
    """Give a copy of the worked force with a ledger, and a folder without runs."""
    with TemporaryDirectory() as place:
        yield begun_force(Path(place) / "force", OPENED, cured=False), Path(place) / "out"


def said(box: Any) -> str:
    """Return what a page of widgets says, in order: words, labels, choices and values."""
    mine = [str(getattr(box, name)) for name in ("description", "options", "value") if hasattr(box, name)]
    return "\n".join([*mine, *map(said, getattr(box, "children", ()))])


def digest(html: str) -> str:
    """Return a digest of HTML as it is read: drawings by their words and rounded lines, no ids, hashes or times."""

    def drawing(found: re.Match[str]) -> str:
        lines = b64decode(found[1]).decode()
        return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}", lines)

    html = re.sub(r"data:image/svg\+xml;base64,([^\"]+)", drawing, html)
    html = re.sub(r"(?:\bid=|url\(|href=)[^\s)>]*|worked out in \d+ ms|\b[0-9a-f]{12,64}\b", "", html)
    return hashlib.sha256(html.encode()).hexdigest()


def sources() -> dict[str, str]:
    """Return a digest of what each picture is made from, as it is now."""
    return {name: digest(exhibit()._repr_html_()) for name, exhibit in EXHIBITS.items()} | {
        name: digest(page()) for name, page in PAGES.items()
    }


def photograph() -> None:
    """Take the pictures of pages, as a browser shows them."""
    with office() as (force, out), TemporaryDirectory() as name, chromium(SIZE["width"]) as browser:
        place, page = Path(name), browser.page
        page.set_viewport_size(SIZE)
        page.set_content(first_page())
        page.screenshot(path=HERE / "first_page.png")
        put_workbench(place / "workbench.ipynb", WORKED, place / "drafts")
        notebook = put_notebook(place, force, out)
        clock = f", lambda: __import__('datetime').datetime.fromisoformat('{OPENED.isoformat()}'))"
        notebook.write_text(notebook.read_text(encoding="utf-8").replace(f"'{out}')", f"'{out}'{clock}"), "utf-8")
        with served("voila", place, "--Voila.ip=127.0.0.1", ".") as address:
            page.goto(f"{address}/voila/render/workbench.ipynb")
            page.get_by_text("All figures are painted").wait_for()
            change(page)
            take(page, "workbench")
            page.goto(f"{address}/voila/render/chief_officer.ipynb")
            page.get_by_label("Your account").wait_for()
            take(page, "chief-officer")


def change(page: Any) -> None:
    """Make the changes of the workbench's picture as an analyst does."""
    for section, choice, label, value in CHANGED:
        page.get_by_label("What to change").select_option(label=section)
        if choice:
            page.get_by_label("Base", exact=True).select_option(label=choice)
            page.wait_for_timeout(1000)  # the fields of another base have the same labels
        control = page.get_by_label(label).first
        control.focus()
        name = control.evaluate("each => each.labels[0].innerText.trim()")
        type_into(page, name, value)
        page.locator(".changed li", has_text=label.rsplit(",", maxsplit=1)[-1].strip().split()[0]).wait_for()
    page.wait_for_timeout(1000)


def take(page: Any, name: str) -> None:
    """Take the picture of the part of a page of a class, from its top."""
    page.locator(f".{name}").first.evaluate("each => { each.scrollIntoView(); document.activeElement.blur() }")
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / f"{name.replace('-', '_')}.png")


def main() -> None:
    """Make the pictures beside this file and write what they were made from."""
    for name, exhibit in EXHIBITS.items():
        drawn = exhibit()
        assert isinstance(drawn, Exhibit)
        assert drawn.figure is not None
        with rc_context({"font.family": "DejaVu Sans"}):
            drawn.figure.savefig(HERE / f"{name}.png", dpi=110)
    photograph()
    kept = {
        name: {"source": source, "picture": hashlib.sha256((HERE / f"{name}.png").read_bytes()).hexdigest()}
        for name, source in sources().items()
    }
    DIGESTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
