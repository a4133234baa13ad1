"""Long work beside the page: in a process of its own, with its progress, to be cancelled at any time.

In: which work, of which force and scenario. Out: HTML, or why it failed. The page never waits for it, and what becomes
of the process touches nothing that is saved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, Final

from apstra import data
from apstra.assessment import Tables, assess, weighed
from apstra.assessment.differences import edited
from apstra.assessment.explain import drivers, tornado
from apstra.assessment.live import live
from apstra.assessment.sobol import sobol
from apstra.deployment import assess_deployment
from apstra.recall import Recall
from apstra.report import options as options_report
from apstra.report import scenarios as scenarios_report
from apstra.report.deployment.simulation import simulation
from apstra.report.exhibit import Page
from apstra.scenario import Scenario

SIMULATION_STEPS: Final = 3
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be worked out.

    Attributes
    ----------
    work
        A key of ``WORK``.
    folder
        Folder of the force.
    baseline, scenario
        The scenario it is compared with, and the one it is about.
    figure
        Headline figure that is to be explained; of no account to options and simulation.
    """

    work: str
    folder: str
    baseline: Scenario
    scenario: Scenario
    figure: str


def quickly(task: Task) -> Callable[[Tables, Scenario], float]:
    """Return what works out the figure of a task from edited tables and a scenario, only what depends on a change."""
    asked = task.baseline
    start, recall = data.assessment(task.folder, asked.year, str(asked.as_at), asked.name, ""), Recall()

    def measured(tables: Tables, scenario: Scenario) -> float:
        found = live(start, tables, replace(scenario, edits=()), recall).headlines.set_index("headline")["value"]
        if task.figure not in found.index:
            raise ValueError(f"figure must be one of {', '.join(found.index)}, not {task.figure!r}")
        return float(found[task.figure])

    return measured


def _drivers(task: Task, tables: Tables, progress: Progress) -> Page:
    """Explain the difference between scenario and baseline."""
    found = drivers(tables, task.baseline, task.scenario, task.figure, measured=quickly(task), progress=progress)
    return Page("", (scenarios_report.drivers(_assessed(task), found),) if found else ())


def _tornado(task: Task, tables: Tables, progress: Progress) -> Page:
    """Find the assumptions that matter most to the figure."""
    found = tornado(tables, task.scenario, task.figure, measured=quickly(task), progress=progress)
    return Page("", (scenarios_report.tornado(_assessed(task), found),) if found else ())


def _sobol(task: Task, tables: Tables, progress: Progress) -> Page:
    """Find how much of the figure's variance each of the assumptions that matter most explains."""
    found = sobol(tables, task.scenario, task.figure, measured=quickly(task), progress=progress)
    return Page("", (scenarios_report.sobol(_assessed(task), found),) if found else ())


def _options(task: Task, tables: Tables, progress: Progress) -> Page:
    """Rank the options under the scenario."""
    found = assess(edited(tables, task.scenario), task.scenario, weighing=False)
    found = replace(found, options=weighed(found, progress=progress))
    return Page("", (options_report.options(found), options_report.pairs(found)))


def _simulation(task: Task, tables: Tables, progress: Progress) -> Page:
    """Play years through under the scenario."""
    start = _assessed(task)
    progress(1, SIMULATION_STEPS)
    demand = live(start, tables, task.scenario, Recall()).chapters
    progress(2, SIMULATION_STEPS)
    played = assess_deployment(demand.tables, demand.demand.rates, demand.demand.slices, task.scenario)
    return Page("", (simulation(replace(start, scenario=task.scenario, deployment=played)),))


def _assessed(task: Task) -> Any:
    """Return the assessment whose words and labels the exhibits use."""
    asked = task.baseline
    return data.assessment(task.folder, asked.year, str(asked.as_at), asked.name, "")


WORK: Final[Mapping[str, tuple[str, Callable[[Task, Tables, Progress], Page]]]] = {
    "drivers": ("What drives the difference", _drivers),
    "tornado": ("The ten assumptions that matter most", _tornado),
    "sobol": ("How much of the variance each explains (Sobol)", _sobol),
    "options": ("Options ranked", _options),
    "simulation": ("Years played through", _simulation),
}


def work(task: Task, line: Connection) -> None:
    """Work a task out and tell down the line: ``progress`` with done and of, then ``done`` with HTML, or ``failed``."""
    try:
        found = WORK[task.work][1](task, data.read_tables(task.folder), lambda *steps: line.send(("progress", *steps)))
        line.send(("done", found._repr_html_()))
    except Exception as error:  # noqa: BLE001 - whatever it is, the page is told
        line.send(("failed", f"{type(error).__name__}: {escape(str(error))}"))


@dataclass(frozen=True, slots=True)
class Job:
    """A task under way: its process, which is its own, and who listens to it. ``process.terminate()`` cancels it."""

    process: Any
    listener: Thread


def begun(task: Task, told: Callable[[tuple[Any, ...]], None]) -> Job:
    """Begin a task; ``told`` is called from another thread with what comes down the line, last ``("cancelled",)``."""
    context = get_context("spawn")
    line, there = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(task, there), daemon=True)
    process.start()
    there.close()
    listener = Thread(target=_listen, args=(line, told), daemon=True)
    listener.start()
    return Job(process, listener)


def _listen(line: Connection, told: Callable[[tuple[Any, ...]], None]) -> None:
    """Pass on what is told until the line ends; a line that ends too soon belongs to a process that was stopped."""
    last: tuple[Any, ...] = ()
    try:
        while True:
            last = line.recv()
            told(last)
    except (EOFError, OSError):
        if not last or last[0] == "progress":
            told(("cancelled",))
