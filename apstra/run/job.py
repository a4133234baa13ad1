"""What a run is asked for, after every parameter was checked: of which tables, with which notebooks, into which folder.

In: the parameters. Out: a ``Job`` with the id its folder will bear, the hash of everything the run depends on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from apstra import data, publish
from apstra.data import store
from apstra.risk import covered_of, standing
from apstra.run.notebooks import source_hash
from apstra.scenario import Scenario

RUN_ID_LENGTH: Final = 12
CHAINS: Final = {"assessment": "[0-9][0-9]_*.ipynb", "review": "review.ipynb"}
PAGES: Final[Mapping[str, Mapping[str, str]]] = {"assessment": publish.PAGES, "review": {"review": "review.html"}}


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be done: what is asked, of which tables, with which notebooks, into which folder.

    Attributes
    ----------
    digest
        Hash of the content the assessment is made from; a notebook refuses an assessment of any other.
    run_id
        Start of the hash of that content, of the standing and of the notebooks.
    parts
        The hashes that content is made of (``store.content_parts``).
    standing
        What the signature of what is asked for is worth, in words.
    product
        What is made: ``assessment`` or ``review``.
    """

    force: Path
    scenario: Scenario
    notebooks: tuple[Path, ...]
    digest: str
    run_id: str
    out: Path
    parts: Mapping[str, str]
    standing: str
    product: str = "assessment"

    @property
    def final(self) -> Path:
        """Return the folder the run will stand in."""
        asked = self.scenario
        return self.out / asked.force.slug / str(asked.year) / asked.as_at.isoformat() / self.run_id

    def beside(self, suffix: str) -> Path:
        """Return the path of the run's folder with a suffix."""
        return self.final.with_name(f"{self.run_id}.{suffix}")

    @property
    def asked(self) -> tuple[int, str, str]:
        """Return financial year, *as at* and scenario as they are asked for."""
        return self.scenario.year, self.scenario.as_at.isoformat(), self.scenario.name

    def parameters(self, force: str, run_dir: str) -> dict[str, str | int]:
        """Return the notebooks' parameters as plain JSON values."""
        year, as_at, scenario = self.asked
        return {"force": force, "year": year, "as_at": as_at, "scenario": scenario, "run_dir": run_dir}


def job_of(
    force: str | Path, asked: tuple[int, str | date, str], out: Path, notebooks: Path, product: str = "assessment"
) -> Job:
    """Return what is asked after checking every parameter.

    Parameters
    ----------
    asked
        Financial year, *as at* and scenario.
    notebooks
        Folder of the notebooks.

    Raises
    ------
    ValueError
        If a parameter or setting is at fault, or the notebooks do not hold what the product is made from.
    """
    year, as_at, scenario = asked
    day = store.checked_date(year, as_at, scenario)
    folder = data.force_folder(force)
    settings = data.read_scenario(folder, scenario, year, day)
    chain = tuple(sorted(notebooks.glob(CHAINS[product])))
    missing = sorted(set(PAGES[product]) - {path.stem for path in chain})
    if missing:
        raise ValueError(f"notebooks must hold {', '.join(missing)}, not only {[path.stem for path in chain]}")
    parts = store.content_parts(folder, scenario, year, day)
    digest = store.content_hash(folder, scenario, year, day)
    state = standing(covered_of((product, year, day.isoformat(), scenario), parts), data.said(folder)).words
    # What a product says of its signature is part of it: once signed, the same run is another, with the same results.
    content = [digest, state, *(f"{path.stem} {source_hash(path)}" for path in chain)]
    run_id = hashlib.sha256("\n".join(content).encode()).hexdigest()[:RUN_ID_LENGTH]
    return Job(folder, settings, chain, digest, run_id, out, parts, state, product)
