"""The analysts' workbench: change something, see beside the baseline what it does, go back, keep it.

In: an assessment and the folder of its force. Out: one page of labelled controls, all worked by keyboard, and the
figures that a change moves, the one it is about first. Whatever is changed is kept as a draft at once, so that a page
opened again goes on where it was left. Nothing is computed here.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import ipywidgets as widgets
from IPython.display import display

from apstra import data
from apstra.assessment import Assessment
from apstra.assessment.differences import told
from apstra.assessment.live import Live, live
from apstra.data.drafts import Draft, draft_place, keep_draft, kept_draft
from apstra.data.edits import BASELINE
from apstra.data.scenarios import fault_words
from apstra.recall import Recall
from apstra.report import live as report
from apstra.report.live.words import summary
from apstra.scenario import Scenario
from apstra.workbench import explaining, form, keeping
from apstra.workbench.field import AID, COVER, DAYS, STRENGTH, THREATS, Field, Section
from apstra.workbench.levers import sections
from apstra.workbench.look import button, style

PAGE: Final = "workbench"
UNNAMED: Final = "what-if"
TRIED: Final = 1.01  # times the demand: a change that reaches nearly everything
# The figure that is painted first, by what a change is about; the others follow.
FIRST: Final = {COVER: "cover", STRENGTH: "strength", AID: "aid", THREATS: "threats", DAYS: "days"}
_RULES: Final = """.PAGE { display: grid !important; gap: 0 2em;
  grid-template-columns: minmax(20em, 1fr) minmax(0, 2fr); }
@media (max-width: 70em) { .PAGE { grid-template-columns: minmax(0, 1fr); } }
.PAGE .changed { position: sticky; top: 0; z-index: 1; background: white; border-bottom: 2px solid #505a5f; }
.PAGE .changed ul { max-height: 12em; overflow-y: auto; margin: .3em 0; }
.PAGE .changed .jupyter-button { margin: .3em .6em .5em 0 !important; }
.PAGE .figures { display: block; columns: 2 33em; column-gap: 2em; overflow: visible; }
.PAGE .figures > * { break-inside: avoid; min-width: 0; overflow: visible; }
.PAGE .figures h3 { margin: 0 0 .3em; }
.PAGE .figures figure { margin: 0 0 1.2em; max-width: 100%; }
.PAGE .figures table { font-size: .92em; }
.PAGE .widget-vbox, .PAGE .widget-hbox { overflow: visible; min-width: 0; }
.PAGE img.chart { max-width: 100%; height: auto; }
"""


@dataclass(frozen=True, slots=True, eq=False)
class Workbench:
    """What the page is made of, and where it stands.

    Attributes
    ----------
    folder, start, tables
        Folder of the force; the baseline assessed; the tables as they are.
    was, recall
        The live figures of the baseline, and what was worked out before.
    sections, fields
        What can be changed; the fields shown now, each with its control and the words beside it, by name.
    controls, told, views
        Controls, what is told, and the figures, by name.
    state
        What moves: the unsaved scenario (``draft``; ``begun`` at first), its figures (``now``), the file it is kept in
        and the file's hash as this page left it (``place``, ``known``), how long the last change took to work out
        (``seconds``) and long work under way, if there is any (``job``).
    """

    folder: str
    start: Assessment
    tables: Any
    was: Live
    recall: Recall
    sections: list[Section]
    fields: dict[str, tuple[Field, Any, widgets.HTML]]
    controls: dict[str, Any]
    told: dict[str, widgets.HTML]
    views: dict[str, widgets.HTML]
    state: dict[str, Any]
    box: widgets.VBox

    @property
    def draft(self) -> Draft:
        """Return the unsaved scenario."""
        return self.state["draft"]

    @property
    def now(self) -> Live:
        """Return the figures of the draft."""
        return self.state["now"]

    def _ipython_display_(self) -> None:
        """Show the box."""
        display(self.box)  # type: ignore[no-untyped-call]  # IPython states no types

    def move(self, draft: Draft, about: str = COVER) -> None:
        """Go to another draft: work out what depends on the change, paint it, the figure it is about first, keep it.

        Raises
        ------
        ValueError
            If the model cannot hold the draft; then nothing has changed.
        """
        with _unswept():
            began = perf_counter()
            now = live(self.start, self.tables, draft.scenario, self.recall)
            self.state.update(draft=draft, now=now, seconds=perf_counter() - began)
            self._paint(FIRST[about])
        form.refresh(self)
        keeping.follow(self)
        self._keep()

    def undo(self) -> None:
        """Go back to what was before the last change; leave that step out where it no longer fits the tables."""
        try:
            self.move(self.draft.undone())
        except ValueError as refused:
            self.state["draft"] = replace(self.draft, past=self.draft.past[:-1])
            self.told["summary"].value = f'<p role="alert">{escape(str(refused))}</p>'

    def reset(self) -> None:
        """Go back to the baseline; from that too there is a way back."""
        scenario = replace(self.draft.scenario, changes={}, edits=())
        self.move(self.draft.changed(scenario))

    def _paint(self, first: str) -> None:
        """Paint one figure, then what has changed, then the others."""
        for name in (first, *(other for other in report.VIEWS if other != first)):
            title, view = report.VIEWS[name]
            self.views[name].value = f"<h3>{title}</h3>{view(self.now, self.was)._repr_html_()}"
            if name == first:
                self.told["changed"].value = report.told(told(self.draft.scenario, self.tables))
                self.told["summary"].value = f'<p role="status">{escape(summary(self.now, self.was))}</p>'
        for name, picture in report.pictures(self.now, self.recall).items():
            self.views[f"picture {name}"].value = picture
        milliseconds = self.state["seconds"] * 1000
        self.told["done"].value = f"<p>All figures are painted; worked out in {milliseconds:.0f} ms.</p>"

    def _keep(self) -> None:
        """Keep the draft; say where that fails, for then it is lost with the page."""
        if self.draft == self.state["begun"] and not self.state["known"]:
            return  # nothing was changed yet
        try:
            self.state["place"], self.state["known"] = keep_draft(self.state["place"], self.draft, self.state["known"])
        except (OSError, ValueError) as error:
            words = f"Unsaved work is not kept, so it is lost with this page: {error}"
            self.told["opened"].value = f'<p role="alert">{escape(words)}</p>'


@contextmanager
def _unswept() -> Iterator[None]:
    """Leave garbage where it lies until all is painted: a search for it in the midst of a change would hold it up."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def workbench(a: Assessment, force: str, drafts: Path | None = None) -> Workbench:
    """Return the workbench of a force, opened on the draft kept last, else on the scenario of ``a``.

    Parameters
    ----------
    force
        Folder of the force's tables, relative to the project (or absolute).
    drafts
        Folder in which unsaved work is kept; ``data.drafts.DRAFTS`` when not given.
    """
    asked = a.scenario
    start = a if asked.name == BASELINE else data.assessment(force, asked.year, str(asked.as_at), BASELINE, "")
    tables, recall = data.read_tables(force), Recall()
    draft, place, known, words = _begun(a, start.scenario, tables, force, drafts)
    was = live(start, tables, start.scenario, recall)
    names = ("opened", "changed", "summary", "done", *keeping.TOLD, *explaining.TOLD)
    views = (*report.VIEWS, *(f"picture {name}" for name in report.PICTURES))
    state = {"begun": draft, "draft": draft, "now": was, "place": place, "known": known, "seconds": 0.0, "job": None}
    state["stopped"] = False
    told_of, shown = ({name: widgets.HTML() for name in each} for each in (names, views))
    offered = sections(tables, start.scenario)
    bench = Workbench(force, start, tables, was, recall, offered, {}, {}, told_of, shown, state, widgets.VBox())
    bench.told["opened"].value = words
    _build(bench)
    _first_change(bench)
    bench.move(draft)
    gc.freeze()  # what is loaded stays; searched again and again for garbage, it would hold up a change now and then
    return bench


def _first_change(bench: Workbench) -> None:
    """Try a change of which nothing is kept or shown, so that the first of the analyst's finds all code loaded."""
    baseline = bench.start.scenario
    busier = baseline.with_values(demand_factor=TRIED * baseline.value("demand_factor"))
    for scenario in (busier, baseline):
        live(bench.start, bench.tables, scenario, bench.recall)


def _begun(
    a: Assessment, baseline: Scenario, tables: Any, force: str, drafts: Path | None
) -> tuple[Draft, Path, str, str]:
    """Return the draft to begin with, its file and hash, and what is to be said of it."""
    fresh = Draft(replace(baseline, name=UNNAMED, title="What if", note="", author=""))
    kept, place, known, faults = kept_draft(draft_place(baseline, drafts), baseline, tables)
    if kept is not None and kept != fresh:
        return kept, place, known, '<p role="status">Unsaved work was found and is open again.</p>'
    said = ""
    if faults:
        words = f"Unsaved work no longer fits the tables and is left aside in {place.name}: "
        said = f'<p role="alert">{escape(words + "; ".join(map(fault_words, faults)))}</p>'
        known = ""  # the next draft goes into a file of its own
    if a.scenario.name == BASELINE:
        return fresh, place, known, said
    opened = replace(baseline, **{name: getattr(a.scenario, name) for name in (*keeping.WORDS, "changes", "edits")})
    return Draft(opened).with_file(opened.name, data.scenario_hash(force, opened.name)), place, known, said


def _build(bench: Workbench) -> None:
    """Make the controls and lay the page out; children are set once, so that nobody is thrown out of a control."""
    bench.controls.update(
        {
            "undo": widgets.Button(description="Undo the last change", **button()),
            "reset": widgets.Button(description="Back to the baseline", **button()),
        }
    )
    undo, back = bench.controls["undo"], bench.controls["reset"]
    undo.on_click(lambda _button: bench.undo())
    back.on_click(lambda _button: bench.reset())
    changed = widgets.VBox([bench.told["changed"], bench.told["summary"], widgets.HBox([undo, back])])
    changed.add_class("changed")
    left = widgets.VBox([
        widgets.HTML(style(PAGE, _RULES)), bench.told["opened"], _heading("What is changed"), changed,
        _heading("Change"), *form.build(bench), _heading("Keep and compare"), *keeping.build(bench),
        _heading("Explain"), *explaining.build(bench),
    ])  # fmt: skip
    figures = widgets.VBox([widgets.VBox(_parts(bench, name)) for name in report.VIEWS])
    figures.add_class("figures")
    bench.box.children = (left, widgets.VBox([_heading("What it does"), bench.told["done"], figures]))
    bench.box.add_class(PAGE)


def _parts(bench: Workbench, name: str) -> list[widgets.HTML]:
    """Return a figure and the picture that belongs to it."""
    return [bench.views[one] for one in (name, f"picture {name}") if one in bench.views]


def _heading(words: str) -> widgets.HTML:
    """Return a heading."""
    return widgets.HTML(f"<h2>{words}</h2>")
