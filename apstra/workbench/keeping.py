"""Scenarios in the workbench: name, save, load and compare them.

In: a workbench. Out: controls. A scenario is saved as the smallest YAML of its differences; where somebody else saved
it since it was loaded, the second is told and nothing is overwritten. One that no longer fits the tables says why.
"""

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from apstra import data
from apstra.assessment.live import Live, live
from apstra.data.edits import BASELINE, unfit
from apstra.data.scenarios import fault_words
from apstra.report.scenarios import compared
from apstra.scenario import Scenario
from apstra.workbench.look import TYPED, WIDE, button, said

if TYPE_CHECKING:
    from apstra.workbench.bench import Workbench

TOLD: Final = ("scenarios", "saved", "loaded", "compared", "comparison")
WORDS: Final = ("name", "title", "author", "note")
THIS: Final = "this page"
COMPARED: Final = (2, 4)
TALL: Final = 6


def build(bench: "Workbench") -> list[Any]:
    """Return the controls that save, load and compare, wired."""
    known = bench.start.scenario.force
    roles = list(dict.fromkeys(["", *known.responsible.values(), *known.authority.values()]))
    asked = bench.draft.scenario
    controls = {
        "name": widgets.Text(value=asked.name, description="Name: small letters, digits, - and _", **TYPED),
        "title": widgets.Text(value=asked.title, description="Title", **TYPED),
        "author": widgets.Dropdown(options=[(role or "not said", role) for role in roles], description="Author's role",
                                   value=asked.author if asked.author in roles else "", **WIDE),
        "note": widgets.Textarea(value=asked.note, description="Note", rows=2, **TYPED),
        "save": widgets.Button(description="Save the scenario", **button()),
        "scenario": widgets.Dropdown(description="Saved scenario", **WIDE),
        "load": widgets.Button(description="Load the scenario", **button()),
        "several": widgets.SelectMultiple(description="To compare, two to four", rows=TALL, **WIDE),
        "compare": widgets.Button(description="Compare side by side", **button()),
    }  # fmt: skip
    bench.controls.update(controls)
    for name, place, does in (("save", "saved", save), ("load", "loaded", load), ("compare", "compared", compare)):
        controls[name].on_click(lambda _button, place=place, does=does: _tell(bench, place, does))
    for word in WORDS:
        controls[word].observe(lambda change, word=word: _word(bench, word, change.new.strip()), names="value")
    offer(bench)
    told = bench.told
    return [
        *(controls[name] for name in ("name", "title", "author", "note", "save")), told["saved"],
        controls["scenario"], controls["load"], told["loaded"], told["scenarios"],
        controls["several"], controls["compare"], told["compared"], told["comparison"],
    ]  # fmt: skip


def _tell(bench: "Workbench", place: str, does: Any) -> None:
    """Do what a button is for and say beside it what came of it."""
    bench.told[place].value = ""  # so that the same words said twice are announced twice
    bench.told[place].value = said(lambda: does(bench))


def offer(bench: "Workbench") -> None:
    """Offer the scenarios there are, and say what is wrong with those that do not fit."""
    rows = data.list_scenarios(bench.folder)
    sound = rows.loc[rows["problem"] == ""]
    named = [(f"{row.title} ({row.name})", row.name) for row in sound.rename_axis("at").itertuples(index=False)]
    bench.controls["scenario"].options = named
    bench.controls["several"].options = [("As on this page", THIS), *named]
    wrong = [f"{row.name}: {row.problem}" for row in rows.loc[rows["problem"] != ""].itertuples(index=False)]
    items = "".join(f"<li>{escape(words)}</li>" for words in wrong)
    bench.told["scenarios"].value = f"<p>Cannot be loaded as they stand:</p><ul>{items}</ul>" if wrong else ""


def _word(bench: "Workbench", word: str, text: str) -> None:
    """Take a name, title, author or note into the draft, so that it is kept too."""
    if text != getattr(bench.draft.scenario, word):
        bench.move(bench.draft.worded(**{word: text}))


def follow(bench: "Workbench") -> None:
    """Show name, title, author and note of the draft."""
    scenario, author = bench.draft.scenario, bench.controls["author"]
    if scenario.author not in [role for _, role in author.options]:
        author.options = (*author.options, (scenario.author, scenario.author))
    for word in WORDS:
        bench.controls[word].value = getattr(scenario, word)


def save(bench: "Workbench") -> str:
    """Save the scenario and return what was saved."""
    scenario = bench.draft.scenario
    digest = data.save_scenario(bench.folder, scenario, bench.draft.loaded.get(scenario.name))
    bench.move(bench.draft.with_file(scenario.name, digest))
    offer(bench)
    run = f"apstra run --scenario {scenario.name}"
    return f"Scenario {scenario.name} is saved as scenarios/{scenario.name}.yaml; {run} assesses it."


def load(bench: "Workbench") -> str:
    """Load the scenario chosen, and return what was loaded; the way back leads to what was on the page."""
    name = bench.controls["scenario"].value
    if name is None:
        raise ValueError("there is no saved scenario to load")
    if name == BASELINE:
        bench.reset()
        return "The page is back at the baseline."
    digest, scenario = data.scenario_hash(bench.folder, name), _read(bench, name)
    bench.move(bench.draft.changed(scenario).with_file(name, digest))
    return f"Scenario {name} is on the page."


def _read(bench: "Workbench", name: str) -> Scenario:
    """Return a saved scenario; refuse one that no longer fits the tables."""
    asked = bench.start.scenario
    found = data.read_scenario(bench.folder, name, asked.year, asked.as_at)
    words = {word: getattr(found, word) for word in WORDS}
    scenario = replace(asked, **words, changes=found.changes, edits=found.edits)  # all else is that of the page
    if faults := unfit(bench.tables, scenario):
        raise ValueError(f"scenario {name} no longer fits the tables: {'; '.join(map(fault_words, faults))}")
    return scenario


def compare(bench: "Workbench") -> str:
    """Compare the scenarios chosen, and return how many they are."""
    names = bench.controls["several"].value
    if not COMPARED[0] <= len(names) <= COMPARED[1]:
        raise ValueError(f"choose two to four scenarios to compare, not {len(names)}")
    found = [_found(bench, name) for name in names]
    bench.told["comparison"].value = compared(found)._repr_html_()
    return f"{len(found)} scenarios are compared below."


def _found(bench: "Workbench", name: str) -> Live:
    """Return the live figures of a scenario by name; those of the page carry a name of their own."""
    here = name == THIS
    scenario = replace(bench.draft.scenario, name=THIS, title="As on this page") if here else _read(bench, name)
    return live(bench.start, bench.tables, scenario, bench.recall)
