"""Make the README's pictures from real output: `make pictures` (the first one needs Chromium on the PATH)."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib import rc_context

from apstra import data, publish, report
from apstra.assessment import Assessment, assess
from apstra.report.exhibit import Exhibit

HERE = Path(__file__).parent
WORKED = data.PROJECT / "data" / "cumbria"
WINDOW = "1480,1250"


def main() -> None:
    """Write the five pictures beside this file."""
    tables = data.read_tables(WORKED)
    assessment = assess(tables, data.read_scenario(WORKED, "baseline", 2026, date(2026, 11, 1)))
    for name, exhibit in {
        "cover": report.assessment.cover(assessment),
        "matrix": report.alignment.alignment(assessment),
        "options": report.options.options(assessment),
        "coverage": report.demand.coverage(data.evidence()),
    }.items():
        assert isinstance(exhibit, Exhibit)
        assert exhibit.figure is not None
        with rc_context({"font.family": "DejaVu Sans"}):
            exhibit.figure.savefig(HERE / f"{name}.png", dpi=110)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("first_page.png was not made: Chromium is not on the PATH")
    photograph(assessment, browser)


def photograph(assessment: Assessment, browser: str) -> None:
    """Write the chief officer's page as a browser shows it."""
    shown = report.assessment.first_page(assessment)._repr_html_()
    output = {"output_type": "display_data", "data": {"text/html": shown}, "metadata": {}}
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": [output]}
    title = {"cell_type": "markdown", "source": "# Armed Policing Strategic Threat and Risk Assessment", "metadata": {}}
    stamp = publish.stamp_of(assessment, assessment.scenario.force.marking, "example")
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(publish.html_page({"cells": [title, cell]}, stamp), encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        asked = [f"--user-data-dir={folder}/profile", f"--window-size={WINDOW}", f"--screenshot={HERE}/first_page.png"]
        subprocess.run([browser, *flags, *asked, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
