"""How long the simulation takes beside a bare compiled loop and beside SimPy, and to compile at first use.

One zone, four crews, three calls an hour, one hour each: the plain loss case. The full rules play as many calls, in the
worked force's 64 zones, shifts, seasons and calendar: one to four crews, other work, probes, neighbours. They take
turns, so that whatever else the machine does slows all. A table is printed and nothing asserted: a time is no test.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numba
import numpy as np

from apstra import data
from apstra.deployment.simulation import Neighbours, Rules, simulate
from apstra.deployment.timeline import steady_timeline, year_timeline
from apstra.deployment.work import Work

PROJECT = Path(__file__).parents[2]
FORCE = PROJECT / "data" / "cumbria"
YEAR = 8766
CALLS_AN_HOUR = 3.0
FIREARMS_AN_HOUR = 100 / YEAR
CREWS = 4
SEED = 1
FEWEST = 2
AIMS = (("plain", "bare loop", "at most 3"), ("full", "bare loop", "at most 10"), ("SimPy", "plain", "at least 100"))
SIMPY = """
import random, sys, time, simpy
years = float(sys.argv[1])
def arrive(env, crews, draw, seen):
    while True:
        yield env.timeout(draw.expovariate(3.0))
        seen[0] += 1
        if crews.count < crews.capacity:
            env.process(serve(env, crews, draw))
        else:
            seen[1] += 1
def serve(env, crews, draw):
    with crews.request() as crew:
        yield crew
        yield env.timeout(draw.expovariate(1.0))
env, seen = simpy.Environment(), [0, 0]
start = time.perf_counter()
env.process(arrive(env, simpy.Resource(env, 4), random.Random(1), seen))
env.run(until=8766.0 * years)
print(time.perf_counter() - start, seen[1] / seen[0])
"""
FIRST_USE = """
import time, numba
from bench_simulation import plain
start = time.perf_counter()
plain(2, hours=24)
print(time.perf_counter() - start)
"""


@numba.njit
def bare_loop(calls: int) -> float:
    """Return the share lost of calls to four crews."""
    np.random.seed(SEED)  # noqa: NPY002 - numba's own generator: what the loop would be without arrays
    free, now, lost = np.zeros(CREWS), 0.0, 0
    for _ in range(calls):
        now += np.random.exponential(1.0 / CALLS_AN_HOUR)  # noqa: NPY002
        duration = np.random.exponential(1.0)  # noqa: NPY002
        sent = False
        for crew in range(CREWS):
            if free[crew] <= now:
                free[crew] = now + duration
                sent = True
                break
        lost += not sent
    return lost / calls


def grid(shape: tuple[int, ...], a_year: float) -> np.ndarray:
    """Return rates that sum to so many an hour in each block."""
    return np.full(shape, a_year / shape[1])


def plain(years: int, hours: int = YEAR) -> float:
    """Return the share lost of the plain loss case."""
    one = np.ones((1, 1))
    work = Work(
        firearms=CALLS_AN_HOUR * one, fixed=0 * one, releasable=0 * one, crews_asked=np.ones(1),
        scene_hours=np.ones(1), fixed_hours=one, releasable_hours=one, minutes=0 * one, turnout=0.0,
        standard=np.full(1, 30.0), hours=np.full(1, float(YEAR)),
    )  # fmt: skip
    timeline, rules = steady_timeline(0, 1, hours), Rules(probes=0.0, warm_up_hours=0)
    done = simulate(work, np.array([[CREWS]]), timeline, replications=years, seed=SEED, rules=rules)
    return float(done.tally[..., 2].sum() / done.tally[..., 0].sum())


def full(years: int) -> float:
    """Return the share of firearms calls and probes not met under the full rules."""
    tables = data.read_tables(FORCE)
    scenario = data.read_scenario(FORCE, "baseline", 2026, date(2026, 11, 1))
    timeline = year_timeline(scenario, tables["zones"], tables["calendar"])
    shape, bases = (len(scenario.force.blocks.names), len(tables["zones"])), 5
    other = CALLS_AN_HOUR - FIREARMS_AN_HOUR
    travel = np.random.default_rng(SEED).uniform(5.0, 60.0, (shape[1], bases))
    work = Work(
        firearms=grid(shape, FIREARMS_AN_HOUR), fixed=grid(shape, 0.3 * other), releasable=grid(shape, 0.7 * other),
        crews_asked=np.array([0.4, 0.4, 0.1, 0.1]), scene_hours=np.array([2.5, 2.0, 1.5, 1.5]),
        fixed_hours=np.ones(shape), releasable_hours=np.ones(shape), minutes=travel, turnout=3.0,
        standard=np.full(shape[1], 30.0), hours=scenario.force.blocks.hours_a_year().to_numpy(),
    )  # fmt: skip
    posting = np.ones((shape[0], bases), np.int64)
    posting[1::3, :2] += 1
    near = Neighbours(np.full((shape[1], 3), 75.0), np.full(3, 0.8))
    done = simulate(work, posting, timeline, replications=years, seed=SEED, rules=Rules(neighbours=near))
    return float(done.tally[..., 2].sum() / done.tally[..., 0].sum())


def first_use(cache: str) -> float:
    """Return how long the first use takes in a new process with this cache of compiled code [seconds]."""
    paths = os.pathsep.join([str(Path(__file__).parent), str(PROJECT)])
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": paths}
    told = subprocess.run(
        [sys.executable, "-c", FIRST_USE], env=environment, capture_output=True, text=True, check=True
    )
    return float(told.stdout)


def python_with_simpy(folder: str) -> str | None:
    """Return a Python with SimPy in an environment of its own; nothing when it cannot be had."""
    venv.create(folder, with_pip=True)
    python = str(Path(folder) / "bin" / "python")
    asked = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "simpy"]
    return None if subprocess.run(asked, capture_output=True, check=False).returncode else python


def seconds(job: Callable[[], object]) -> float:
    """Return how long a job takes [seconds]."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def measure(repeats: int, years: int, simpy_years: float, python: str | None) -> dict[str, list[float]]:
    """Return what each takes, turn by turn [seconds]; SimPy scaled up from fewer years."""
    calls = int(CALLS_AN_HOUR * YEAR * years)
    jobs = {
        "bare loop": lambda: seconds(lambda: bare_loop(calls)),
        "plain": lambda: seconds(lambda: plain(years)),
        "full": lambda: seconds(lambda: full(years)),
    }
    if python:
        command = [python, "-c", SIMPY, str(simpy_years)]
        run = partial(subprocess.run, command, capture_output=True, text=True, check=True)
        jobs["SimPy"] = lambda: float(run().stdout.split()[0]) * years / simpy_years
    bare_loop(1)
    plain(FEWEST, hours=24)
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            times[name].append(job())
    return times


def show(repeats: int, years: int, simpy_years: float) -> None:
    """Take turns and print the table."""
    with TemporaryDirectory() as folder:
        python = python_with_simpy(folder)
        times = measure(repeats, years, simpy_years, python)
    print(f"{years} years, {CALLS_AN_HOUR * YEAR * years / 1e6:.1f} million calls   median   each turn")
    for name, taken in times.items():
        print(f"  {name + ' [s]':<32}{statistics.median(taken):>8.2f}   {' '.join(f'{one:7.2f}' for one in taken)}")
    for name, of, aim in AIMS:
        if name in times:
            ratios = [one / other for one, other in zip(times[name], times[of], strict=True)]
            print(f"  {f'{name} / {of}':<32}{statistics.median(ratios):>8.2f}   aim: {aim}")
    print(f"  SimPy played {simpy_years:g} years, scaled" if python else "  SimPy left out: it could not be installed")
    with TemporaryDirectory() as cache:
        cold, again = first_use(cache), first_use(cache)
    print(f"  {'first use, compiling [s]':<32}{cold:>8.2f}   aim: at most 2.5; the next process {again:.2f}")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="turns of each (default %(default)s)")
    parser.add_argument("--years", type=int, default=1000, help="years played (default %(default)s)")
    parser.add_argument("--simpy-years", type=float, default=5.0, help="years SimPy plays (default %(default)s)")
    asked = parser.parse_args()
    show(asked.repeats, asked.years, asked.simpy_years)


if __name__ == "__main__":
    main()
