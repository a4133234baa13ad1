"""The work of an analyst that is not saved yet: kept after every change, so that nothing is lost with the page.

A draft is a scenario, the scenarios it was before each change, and the hash of the file it was loaded from. Where two
pages write the same draft, the second goes on in a file of its own: neither loses anything.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from apstra.data.cache import CACHE
from apstra.data.edits import unfit
from apstra.data.faults import Fault
from apstra.data.scenarios import stated_edit, write_whole
from apstra.data.settings import variant_of
from apstra.scenario import Scenario

DRAFTS: Final = CACHE.parent / ".drafts"
MOST_STEPS: Final = 50
DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved work.

    Attributes
    ----------
    scenario
        As it is now.
    past
        As it was before each change, the oldest first.
    loaded
        Hash of the file of each scenario that was loaded or saved on the way, by its name.
    """

    scenario: Scenario
    past: tuple[Scenario, ...] = ()
    loaded: Mapping[str, str] = field(default_factory=dict)

    def changed(self, scenario: Scenario) -> "Draft":
        """Return the draft with another scenario, from which there is a way back."""
        return self if scenario == self.scenario else replace(self, scenario=scenario, past=(*self.past, self.scenario))

    def undone(self) -> "Draft":
        """Return the draft as it was before the last change; itself where there was none."""
        return replace(self, scenario=self.past[-1], past=self.past[:-1]) if self.past else self

    def worded(self, **words: Any) -> "Draft":
        """Return the draft with another name, title, author or note, which are no steps: its past has them too."""
        steps = (*self.past, self.scenario)
        *past, scenario = (replace(one, **words) if one.name == self.scenario.name else one for one in steps)
        return replace(self, scenario=scenario, past=tuple(past))

    def with_file(self, name: str, digest: str) -> "Draft":
        """Return the draft with the hash of a scenario's file as it was just loaded or saved."""
        return replace(self, loaded={**self.loaded, name: digest})


def draft_place(scenario: Scenario, drafts: Path | None = None) -> Path:
    """Return the file in which drafts of a force, a year and an *as at* are kept first; ``DRAFTS`` holds them."""
    return (drafts or DRAFTS) / scenario.force.slug / f"{scenario.year}-{scenario.as_at}-1.json"


def keep_draft(place: Path, draft: Draft, expected: str) -> tuple[Path, str]:
    """Keep a draft and return its file and its hash; where another page wrote the file since, in the next free one.

    Parameters
    ----------
    expected
        Hash of the file as this page read or wrote it; blank when it did neither.
    """
    steps = [*draft.past[-MOST_STEPS:], draft.scenario]
    content = {"loaded": dict(draft.loaded), "steps": [_content(one) for one in steps]}
    text = json.dumps(content, ensure_ascii=False).encode()
    place.parent.mkdir(parents=True, exist_ok=True)
    if _hash(place) != expected:
        stem, number = place.stem.rsplit("-", 1)[0], 1
        while (place := place.with_name(f"{stem}-{number}.json")).exists():
            number += 1
    write_whole(place, text)
    return place, hashlib.sha256(text).hexdigest()


def _content(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario changes, and its name, title, note and author."""
    words = {name: getattr(scenario, name) for name in ("name", "title", "author", "note")}
    edits = [stated_edit(edit) for edit in scenario.edits]
    return {**words, "changes": {name: float(value) for name, value in scenario.changes.items()}, "tables": edits}


def _hash(place: Path) -> str:
    """Return the hash of a file; blank when there is none."""
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def kept_draft(
    first: Path, base: Scenario, tables: Mapping[str, pd.DataFrame]
) -> tuple[Draft | None, Path, str, list[Fault]]:
    """Return the newest draft kept, its file and hash, and what in it no longer fits: then there is no draft.

    Parameters
    ----------
    first
        What ``draft_place`` returns.
    base
        Any scenario of the force, the year and the day.
    tables
        Tables of the force as they are.
    """
    stem = first.stem.rsplit("-", 1)[0]
    there = sorted(first.parent.glob(f"{stem}-*.json"), key=lambda one: one.stat().st_mtime_ns)
    if not there:
        return None, first, "", []
    place, known = there[-1], _hash(there[-1])
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        loaded, steps = dict(content["loaded"]), [_scenario(dict(step), base) for step in content["steps"]]
        scenario, faults = steps.pop()
    except (LookupError, TypeError, ValueError) as error:
        return None, place, known, [Fault(place.name, 0, "", str(error), "a draft kept by the workbench")]
    faults = faults or (unfit(tables, scenario) if scenario else [])
    if scenario is None or faults:
        return None, place, known, faults
    past = [one for one, wrong in steps if one is not None and not wrong]
    return Draft(scenario, tuple(past), loaded), place, known, []


def _scenario(stated: Mapping[str, Any], base: Scenario) -> tuple[Scenario | None, list[Fault]]:
    """Return the scenario that a step of a draft states, or what is wrong with it."""
    name = str(stated.get("name", ""))
    # What is typed as a name while it is not saved yet is free: saving refuses what is none.
    variant, faults = variant_of({**stated, "name": DRAFT}, DRAFT, base.assumptions)
    if variant is None or faults:
        return None, faults
    words: dict[str, Any] = {"name": name, "title": variant.title, "author": variant.author, "note": variant.note}
    return replace(base, **words, changes=dict(variant.changes), edits=variant.tables), []
