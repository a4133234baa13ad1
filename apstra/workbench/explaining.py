"""Explanations and long work in the workbench: started, followed, cancelled, while the page goes on.

In: a workbench. Out: controls. Each is worked out in a process of its own (``jobs``); the page says how far it is, and
shows what came of it with the scenario it is of.
"""

from html import escape
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from apstra.workbench.jobs import WORK, Task, begun
from apstra.workbench.look import WIDE, button, said

if TYPE_CHECKING:
    from apstra.workbench.bench import Workbench

TOLD: Final = ("job", "explained")


def build(bench: "Workbench") -> list[Any]:
    """Return the controls that start and cancel long work, wired."""
    figures = list(zip(bench.was.headlines["label"], bench.was.headlines["headline"], strict=True))
    first = "unmet_requirement" if bench.was.headlines["value"].iloc[-1:].notna().all() else figures[0][1]
    controls = {
        "work": widgets.Dropdown(options=[(title, name) for name, (title, _) in WORK.items()],
                                 description="What to work out", **WIDE),
        "figure": widgets.Dropdown(options=figures, value=first, description="Figure to explain", **WIDE),
        "start": widgets.Button(description="Start", **button()),
        "cancel": widgets.Button(description="Cancel", disabled=True, **button()),
        "progress": widgets.IntProgress(description="Progress", max=1, **WIDE),
    }  # fmt: skip
    bench.controls.update(controls)
    controls["start"].on_click(lambda _button: _start(bench))
    controls["cancel"].on_click(lambda _button: cancel(bench))
    return [*controls.values(), bench.told["job"], bench.told["explained"]]


def _start(bench: "Workbench") -> None:
    """Start the work chosen, one at a time."""
    bench.told["job"].value = said(lambda: start(bench))


def start(bench: "Workbench") -> str:
    """Start the work chosen and return what was started."""
    if bench.state["job"] is not None:
        raise ValueError("one work is under way; cancel it first")
    work, figure = bench.controls["work"].value, bench.controls["figure"].value
    task = Task(work, bench.folder, bench.start.scenario, bench.draft.scenario, figure)
    _busy(bench, busy=True)
    bench.controls["progress"].value = 0
    bench.state.update(job=task, stopped=False)
    job = begun(task, lambda told: follow(bench, task, told))
    if bench.state["job"] is task:  # else it was over before it could be noted
        bench.state["job"] = job
    return f"{WORK[work][0]} is under way; the page goes on meanwhile"


def follow(bench: "Workbench", task: Task, told: tuple[Any, ...]) -> None:
    """Show what is told of a task: how far it is, what came of it, that it failed or was cancelled."""
    kind, title = told[0], WORK[task.work][0]
    if kind == "progress":
        done, of = told[1:]
        bench.controls["progress"].max, bench.controls["progress"].value = of, done
        bench.told["job"].value = f'<p role="status">{escape(title)}: {done} of {of}</p>'
        return
    bench.state["job"] = None
    _busy(bench, busy=False)
    if kind == "done":
        bench.controls["progress"].value = bench.controls["progress"].max
        bench.told["explained"].value = f"<h3>{escape(title)}: {escape(task.scenario.title)}</h3>{told[1]}"
    if kind == "cancelled" and not bench.state["stopped"]:
        kind, told = "failed", ("failed", "its process ended before it was done")
    words = {"done": "done", "cancelled": "cancelled", "failed": f"failed: {told[-1]}"}[kind]
    bench.told["job"].value = f'<p role="{"alert" if kind == "failed" else "status"}">{escape(title)}: {words}.</p>'


def cancel(bench: "Workbench") -> None:
    """Cancel the work under way."""
    if bench.state["job"] is not None:
        bench.state["stopped"] = True
        bench.state["job"].process.terminate()


def _busy(bench: "Workbench", *, busy: bool) -> None:
    """Offer to cancel while work is under way, to start while none is."""
    bench.controls["start"].disabled, bench.controls["cancel"].disabled = busy, not busy
