"""The bell: one command that executes every notebook of an assessment and leaves its products, whole or not at all.

In: the five parameters. Out: a folder named by the hash of everything the run depends on, with the executed notebooks,
the products, the results and a manifest. The same run twice does nothing the second time. A scheduled run speaks
through its exit code: 0 done, 1 failed, 2 done and a check is breached, 3 refused.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from apstra import data, publish
from apstra.assessment import Assessment, Tables, assess
from apstra.data import cache, store
from apstra.data.reference import PROJECT
from apstra.run.job import PAGES, Job, job_of
from apstra.run.keeping import keep_forecasts
from apstra.run.manifest import previous_run, read_manifest, runs, write_manifest
from apstra.run.notebooks import Executed, check_parameters, execute, without_traces

DONE, FAILED, BREACHED, REFUSED = range(4)
NOTEBOOKS: Final = PROJECT / "notebooks"
CELL_TIMEOUT = 600.0
Progress = Callable[[str], None]

__all__ = ["BREACHED", "DONE", "FAILED", "REFUSED", "Outcome", "RunFailed", "keep_forecasts", "review", "run", "runs"]


class RunFailed(RuntimeError):  # noqa: N818 - the name says what happened
    """A run that was started and could not be finished; nothing stands under its final name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes
    ----------
    breaches
        Each breached check in one line.
    executed
        False when the same run already stood there and nothing was done.
    """

    folder: Path
    run_id: str
    exit_code: int
    breaches: tuple[str, ...]
    executed: bool


def run(
    force: str | Path,
    year: int,
    as_at: str | date,
    scenario: str,
    out: str | Path,
    *,
    workers: int | None = None,
    notebooks: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Do a run, or find that it was done already.

    Parameters
    ----------
    force
        Folder of the force's tables, relative to the project or absolute.
    year
        Financial year assessed: 2026 is 2026-27.
    as_at
        The day the assessment speaks of, in ISO.
    scenario
        Name of a file in the force's ``scenarios`` folder.
    out
        Folder the run's folder is made in: ``out/<slug>/<year>/<as_at>/<run_id>``.
    workers
        Notebooks executed at once; as many as there are cores when not given.
    notebooks
        Folder of the notebooks; the project's when not given.
    progress
        Called with a line at each step.

    Raises
    ------
    ValueError
        If the run is refused: a parameter, table or setting at fault (``InvalidTables``), a notebook's parameters not
        the five, or the same run under way. A refused run leaves nothing in ``out``.
    RunFailed
        If a notebook or a product failed; what was made lies under ``<run_id>.failed``.
    """
    job = job_of(force, (year, as_at, scenario), Path(out).resolve(), notebooks or NOTEBOOKS)
    return _done(job, workers, progress or (lambda _: None))


def review(
    force: str | Path,
    year: int,
    as_at: str | date,
    scenario: str,
    out: str | Path,
    *,
    notebooks: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Make the review of what changed since the last approved assessment or review, or find that it was made already.

    Its parameters, what it raises and where it lies are those of ``run``; it is signed like one.
    """
    job = job_of(force, (year, as_at, scenario), Path(out).resolve(), notebooks or NOTEBOOKS, "review")
    return _done(job, 1, progress or (lambda _: None))


def _done(job: Job, workers: int | None, say: Progress) -> Outcome:
    """Do what is asked, whole or not at all, unless it was done already."""
    if job.final.exists():
        return _recorded(job)
    tables = data.read_tables_under(job.force, job.scenario)
    for notebook in job.notebooks:
        check_parameters(notebook)
    with _locked(job):
        if job.final.exists():
            return _recorded(job)
        say(f"run {job.run_id}: {job.scenario.force.name}")
        partial = job.beside("partial")
        shutil.rmtree(partial, ignore_errors=True)
        try:
            _fill(job, partial, tables, workers or os.cpu_count() or 1, say)
        except Exception as error:
            _set_aside(job, partial)
            raise RunFailed(f"{error}; what was made lies in {job.beside('failed').name}") from error
        partial.rename(job.final)
    return _recorded(job, executed=True)


@contextmanager
def _locked(job: Job) -> Iterator[None]:
    """Hold the run's lock; the operating system frees it when a run dies, so a dead run never blocks the next."""
    import fcntl  # noqa: PLC0415 - absent on Windows, where everything but a run works

    job.final.parent.mkdir(parents=True, exist_ok=True)
    place = job.beside("lock")
    with place.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = os.fstat(handle.fileno()).st_nlink > 0
        except BlockingIOError:
            held = False
        if not held:
            raise ValueError(f"run {job.run_id} is under way in another process; wait for it to end")
        try:
            yield
        finally:
            place.unlink(missing_ok=True)


def _fill(job: Job, partial: Path, tables: Tables, workers: int, say: Progress) -> None:
    """Make everything a run's folder holds."""
    # Notebooks start while the assessment is made, which keeps one core busy; they wait for it at the door. What needs
    # no notebook is written while they work.
    marking = job.scenario.force.marking
    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            with store.being_assessed(partial):
                under_way = _start(job, partial, pool)
                found = assess(tables, job.scenario, data.said(job.force, job.scenario.as_at))
                assessment = replace(found, standing=job.standing)
                cache.keep(assessment, store.run_pickle(partial, job.digest))
            if job.product == "review":
                data.write_review(data.review(str(job.force), *job.asked, assessment=assessment), partial)
            else:
                data.write_results(assessment, partial)
                publish.write_register(assessment, partial, marking, job.run_id)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        executed = _ended(under_way, say)
    store.run_pickle(partial, job.digest).unlink()
    shown = job.parameters(store.portable(job.force), "")
    for path in (partial / "notebooks").glob("*.ipynb"):
        without_traces(path, shown)
    failed = [f"{each.name}: {each.problem}" for each in executed if each.problem]
    if failed:
        raise RunFailed("; ".join(failed))
    say("publishing")
    stamp = publish.stamp_of(assessment, marking, job.run_id)
    publish.write_pages(stamp, partial / "notebooks", partial, PAGES[job.product])
    write_manifest(partial, _facts(job, assessment, executed), store.input_files(job.force, job.scenario.name))


def _start(job: Job, partial: Path, pool: ThreadPoolExecutor) -> list[Future[Executed]]:
    """Start every notebook, several at once, the longest first so that none is left running alone at the end."""
    folder = partial / "notebooks"
    folder.mkdir()
    given = job.parameters(_relative(job.force), _relative(partial))
    longest_first = sorted(job.notebooks, key=lambda path: -path.stat().st_size)
    return [pool.submit(execute, path, folder / path.name, given, CELL_TIMEOUT) for path in longest_first]


def _ended(under_way: Sequence[Future[Executed]], say: Progress) -> list[Executed]:
    """Return how each notebook went, in their order, telling each as it ends."""
    executed = []
    for done in as_completed(under_way):
        each = done.result()
        say(f"{each.name}: {each.problem or 'done'} ({each.seconds:.1f} s)")
        executed.append(each)
    return sorted(executed, key=lambda each: each.name)


def _relative(path: Path) -> str:
    """Return a path as a notebook is given it: relative to the project where it lies inside."""
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else str(path)


def _facts(job: Job, assessment: Assessment, executed: Sequence[Executed]) -> dict[str, object]:
    """Return what the manifest says of the run beside its files."""
    breaches = _lines(assessment.breaches.to_dict("list"))
    scheme = job.scenario.scheme
    return {
        "run_id": job.run_id,
        "product": job.product,
        "content": dict(job.parts),
        "standing": job.standing,
        "force": job.scenario.force.slug,
        "parameters": {**job.parameters(store.portable(job.force), ""), "force": job.scenario.force.slug},
        "marking": job.scenario.force.marking.value,
        "scheme": {"name": scheme.name, "version": scheme.version},
        "notebooks": {each.name: {"status": "done", "seconds": round(each.seconds, 2)} for each in executed},
        "breaches": breaches,
        "exit_code": BREACHED if breaches else DONE,
        "previous_run_id": previous_run(job.out, job.scenario.force.slug),
    }


def _lines(breaches: Mapping[object, Sequence[object]]) -> list[str]:
    """Return each breach in one line."""
    pairs = zip(breaches["check"], breaches["message"], strict=True)
    return [" ".join(f"{check}: {message}".split()) for check, message in pairs]


def _set_aside(job: Job, partial: Path) -> None:
    """Keep what a failed run made, for inspection, in place of an older one."""
    failed = job.beside("failed")
    shutil.rmtree(failed, ignore_errors=True)
    if partial.exists():
        partial.rename(failed)


def _recorded(job: Job, *, executed: bool = False) -> Outcome:
    """Return the outcome a finished run recorded."""
    record = read_manifest(job.final)
    return Outcome(job.final, job.run_id, record["exit_code"], tuple(record["breaches"]), executed)
