"""The analysts' workbench: change crews, the standard or demand, and see cover and the gap beside the baseline.

In: an assessment. Out: labelled controls that work by keyboard, and a view that repaints at each change. The figures
come from the same functions as the assessment; nothing is computed here and nothing is saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from apstra.assessment import Assessment, assess, compare
from apstra.assessment.what_if import vary
from apstra.report import assessment as report
from apstra.report.exhibit import Exhibit, Page, prose
from apstra.scenario import Scenario

MOST_CREWS: Final = 5
LONGEST_STANDARD: Final = 180
DEMAND_STEP: Final = 0.05
MOST_DEMAND: Final = 3.0
_SHOWN: Final[Any] = {"layout": widgets.Layout(width="32em"), "style": {"description_width": "22em"}}


@dataclass(frozen=True, slots=True)
class Workbench:
    """Controls by name, the view they repaint, and the box that holds both; the box shows itself."""

    controls: Mapping[str, Any]
    view: widgets.HTML
    box: widgets.VBox

    def _ipython_display_(self) -> None:
        """Show the box."""
        display(self.box)  # type: ignore[no-untyped-call]  # IPython states no types


def workbench(baseline: Assessment) -> Workbench:
    """Return the workbench of ``baseline``: every change of a control repaints cover, strength and the comparison."""
    controls = {
        f"crews_{base.base_id}": widgets.BoundedIntText(
            value=0, min=-MOST_CREWS, max=MOST_CREWS, description=f"Crews added at {base.name}", **_SHOWN
        )
        for base in baseline.tables["bases"].itertuples()
    }
    minutes = baseline.tables["response_standards"]["minutes"]
    median = int(minutes.median()) if len(minutes) else 0
    controls["standard"] = widgets.BoundedIntText(
        value=median, min=0, max=LONGEST_STANDARD, description="Response standard (minutes)", **_SHOWN
    )
    controls["demand"] = widgets.BoundedFloatText(
        value=1.0, min=0.0, max=MOST_DEMAND, step=DEMAND_STEP, description="Demand (1 = as forecast)", **_SHOWN
    )
    controls["reset"] = widgets.Button(description="Back to the baseline", layout=_SHOWN["layout"])
    bench = Workbench(controls, widgets.HTML(), widgets.VBox())
    bench.box.children = (widgets.VBox(list(controls.values())), bench.view)
    _listen(bench, baseline, {name: control.value for name, control in controls.items() if name != "reset"})
    return bench


def _listen(bench: Workbench, baseline: Assessment, start: Mapping[str, float]) -> None:
    """Repaint at every change; the button puts every control back."""

    def repaint(_change: object = None) -> None:
        now = {name: bench.controls[name].value for name in start}
        altered = [f"{bench.controls[name].description}: {now[name]:g}" for name in start if now[name] != start[name]]
        words = f"Changed: {'; '.join(altered)}." if altered else "Nothing is changed: this is the baseline."
        bench.view.value = _painted(baseline, now, start, words)

    def reset(_button: object) -> None:
        for name, value in start.items():
            bench.controls[name].value = value

    for name in start:
        bench.controls[name].observe(repaint, names="value")
    bench.controls["reset"].on_click(reset)
    repaint()


def _painted(baseline: Assessment, now: Mapping[str, float], start: Mapping[str, float], words: str) -> str:
    """Return the HTML of the changed assessment beside the baseline, after ``words`` that say what is changed."""
    changed = baseline if now == start else assess(*_varied(baseline, now, start), weighing=False)
    parts = (prose(words), _beside(changed, baseline), report.cover(changed), report.strength(changed))
    return Page("", parts)._repr_html_()


def _varied(
    baseline: Assessment, now: Mapping[str, float], start: Mapping[str, float]
) -> tuple[Mapping[str, pd.DataFrame], Scenario]:
    """Return the tables and the scenario as the controls have them."""
    crews = {name.removeprefix("crews_"): int(value) for name, value in now.items() if name.startswith("crews_")}
    standard = now["standard"] if now["standard"] != start["standard"] else None
    return vary(
        baseline.tables, baseline.scenario, crews_added=crews, standard_minutes=standard, demand_factor=now["demand"]
    )


def _beside(changed: Assessment, baseline: Assessment) -> Exhibit:
    """Return the headline figures that moved, beside the baseline."""
    rows = compare(changed, baseline)
    moved = rows.loc[rows["change"].abs() > 0]
    table = pd.DataFrame(
        {
            "Figure": moved["label"],
            "Baseline": moved["value_last"].map("{:.3g}".format),
            "Now": moved["value"].map("{:.3g}".format),
            "Range now": [f"{row.low:.3g} to {row.high:.3g}" for row in moved.itertuples()],
            "Change": moved["change"].map("{:+.3g}".format),
            "Unit": moved["unit"],
        }
    )
    return Exhibit(
        f"{len(moved)} headline figures differ from the baseline",
        f"What-if beside the baseline, {report.when(baseline)}",
        "",
        "this workbench; nothing is saved",
        table,
    )
