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


def worded(bench: "Workbench") -> Scenario:
    """Return the scenario of the page under the name, title, author and note given."""
    words = {name: bench.controls[name].value.strip() for name in ("name", "title", "author", "note")}
    return replace(bench.draft.scenario, **words)


def save(bench: "Workbench") -> str:
    """Save the scenario and return what was saved."""
    scenario = worded(bench)
    same = scenario.name == bench.draft.scenario.name
    loaded = data.save_scenario(bench.folder, scenario, (bench.draft.loaded or None) if same else None)
    bench.move(replace(bench.draft, scenario=scenario, loaded=loaded))
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
    loaded, scenario = data.scenario_hash(bench.folder, name), _read(bench, name)
    bench.move(replace(bench.draft.changed(scenario), loaded=loaded))
    for part in ("name", "title", "note"):
        bench.controls[part].value = getattr(scenario, part)
    author = bench.controls["author"]
    author.options = list(dict.fromkeys([*author.options, (scenario.author or "not said", scenario.author)]))
    author.value = scenario.author
    return f"Scenario {name} is on the page."


def _read(bench: "Workbench", name: str) -> Scenario:
    """Return a saved scenario; refuse one that no longer fits the tables."""
    asked = bench.start.scenario
    scenario = data.read_scenario(bench.folder, name, asked.year, asked.as_at)
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
    scenario = replace(worded(bench), name=THIS, title="As on this page") if here else _read(bench, name)
    return live(bench.start, bench.tables, scenario, bench.recall)
