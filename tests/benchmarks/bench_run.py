"""How long the whole run takes beside its floor: as many notebooks that only start a kernel and import the package.

Each is a process of its own that executes its notebooks through ``apstra.run`` with as many workers. They take turns,
so that whatever else the machine does slows both. A table is printed and nothing asserted: a time is no test.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from apstra.run import BREACHED, CHAIN, DONE, NOTEBOOKS
from apstra.run.notebooks import execute

ASKED = {"force": "data/cumbria", "year": 2026, "as_at": "2026-11-01", "scenario": "baseline"}
AIM = 1.5
TIMEOUT = 600.0
START_ONLY = "from apstra import data, report"


def floor(count: int, workers: int, folder: Path) -> None:
    """Execute ``count`` notebooks that do nothing but what every notebook must: take parameters, import the package."""
    notebook = nbformat.read(next(NOTEBOOKS.glob(CHAIN)), as_version=4)
    parameters = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    notebook.cells = [*parameters, nbformat.v4.new_code_cell(START_ONLY)]
    sources = [folder / f"{number:02d}.ipynb" for number in range(count)]
    for source in sources:
        nbformat.write(notebook, source)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        done = [
            pool.submit(execute, source, source.with_suffix(".out.ipynb"), {**ASKED, "run_dir": ""}, TIMEOUT)
            for source in sources
        ]
    problems = [each.result().problem for each in done if each.result().problem]
    if problems:
        sys.exit(f"floor: {problems[0]}")


def seconds(command: list[str]) -> float:
    """Return the wall time of a command [seconds]; it must end as a run may end."""
    start = time.perf_counter()
    ended = subprocess.run(command, cwd=NOTEBOOKS.parent, capture_output=True, text=True, check=False)
    if ended.returncode not in {DONE, BREACHED}:
        sys.exit(f"{' '.join(command[1:])}: exit code {ended.returncode}\n{ended.stderr}")
    return time.perf_counter() - start


def whole_run(workers: int) -> float:
    """Return the time of `apstra run` into an empty folder, the assessment computed anew [seconds]."""
    with TemporaryDirectory() as out:
        asked = [part for name, value in ASKED.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        return seconds([sys.executable, "-m", "apstra", "run", *asked, "--out", out, "--workers", str(workers)])


def bare_start(count: int, workers: int) -> float:
    """Return the time of the floor in a process of its own [seconds]."""
    return seconds([sys.executable, __file__, "--floor", "--notebooks", str(count), "--workers", str(workers)])


def show(repeats: int, count: int, workers: int) -> None:
    """Take turns and print the table."""
    times: dict[str, list[float]] = {"whole run": [], "floor": []}
    for number in range(repeats):
        turns = [("floor", lambda: bare_start(count, workers)), ("whole run", lambda: whole_run(workers))]
        for name, measure in turns if number % 2 == 0 else reversed(turns):
            times[name].append(measure())
    ratios = [whole / bare for whole, bare in zip(times["whole run"], times["floor"], strict=True)]
    print(f"{count} notebooks, {workers} workers          median   each turn")
    for name, taken in {f"{name} [s]": taken for name, taken in times.items()}.items():
        print(f"  {name:<26}{statistics.median(taken):>8.1f}   {' '.join(f'{one:6.1f}' for one in taken)}")
    print(f"  {'whole run / floor':<26}{statistics.median(ratios):>8.2f}   {' '.join(f'{one:6.2f}' for one in ratios)}")
    print(f"  aim: at most {AIM}")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="turns of each (default %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="notebooks at once (default: cores)")
    parser.add_argument("--notebooks", type=int, default=len(list(NOTEBOOKS.glob(CHAIN))), help=argparse.SUPPRESS)
    parser.add_argument("--floor", action="store_true", help="only the floor, once, untimed")
    asked = parser.parse_args()
    if asked.floor:
        with TemporaryDirectory() as folder:
            floor(asked.notebooks, asked.workers, Path(folder))
    else:
        show(asked.repeats, asked.notebooks, asked.workers)


if __name__ == "__main__":
    main()
