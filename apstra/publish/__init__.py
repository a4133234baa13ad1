"""From an assessment and its executed notebooks to the products people open: HTML pages, the register as XLSX and CSV.

In: an ``Assessment``, executed notebooks, the protective marking and the run id. Out: files that load nothing from
anywhere, carry the marking at top and bottom and are the same bytes on every machine. Computes nothing.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apstra.publish.page import html_page
from apstra.publish.register import register_csv, register_xlsx
from apstra.publish.stamp import Stamp, stamp_of
from apstra.schema import Marking

if TYPE_CHECKING:
    from apstra.assessment import Assessment

PAGES: Final = {"09_assessment": "assessment.html", "10_register": "register.html"}

__all__ = ["PAGES", "Stamp", "html_page", "register_csv", "register_xlsx", "stamp_of", "write_pages", "write_register"]


def write_pages(stamp: Stamp, notebooks: Path, folder: Path, pages: Mapping[str, str] = PAGES) -> None:
    """Write the HTML products of a run into ``folder``.

    Parameters
    ----------
    stamp
        What every product carries (``stamp_of``).
    notebooks
        Folder of the executed notebooks.
    pages
        Name of a notebook to the page made from it.

    Raises
    ------
    ValueError
        If a picture has no text alternative, or a page would load something from outside.
    """
    for notebook, product in pages.items():
        content = json.loads((notebooks / f"{notebook}.ipynb").read_text(encoding="utf-8"))
        (folder / product).write_text(html_page(content, stamp), encoding="utf-8")


def write_register(assessment: "Assessment", folder: Path, marking: Marking, run_id: str) -> None:
    """Write the register as CSV and XLSX into ``folder``; it needs no notebook.

    Raises
    ------
    ValueError
        If there is no marking.
    """
    stamp = stamp_of(assessment, marking, run_id)
    (folder / "register.csv").write_bytes(register_csv(assessment, stamp))
    (folder / "register.xlsx").write_bytes(register_xlsx(assessment, stamp))
