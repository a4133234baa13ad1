"""How fast the exact hypercube is: beside morie, at its largest, how much memory it takes, and what compiling costs.

Every figure comes from a process of its own, started by this one. A table is printed and nothing asserted: a time is
no test. morie is under the AGPL and so never a dependency: it is installed into a throwaway environment in a temporary
folder and called there. Where it cannot be had, one line says so and the rest goes on.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

ZONES, LOAD, SEED = 50, 0.5, 1974
WARM_CALLS = 30
KIBIBYTE, BYTES_A_RSS = 1024, 1 if sys.platform == "darwin" else 1024
PROJECT = Path(__file__).parents[2]
SECONDS_AIMED = {15: 0.5, 20: 30.0}
MEGABYTES_AIMED, IMBALANCE_AIMED, COMPILING_AIMED, TIMES_FASTER_AIMED = 300, 1e-10, 3.0, 1000
MORIE = """
import json, sys, time
from morie.fn.policeops import hypercube_queue
rates, orders = json.load(sys.stdin)
start = time.perf_counter()
result = hypercube_queue(rates, orders, service_rate=1.0, queue="zero")
print(json.dumps({"seconds": time.perf_counter() - start, "workload": list(result["workload"])}))
"""


def city(units: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rates and preferences of zones at random places, the nearest unit first, at half load."""
    rng = np.random.default_rng(SEED)
    posts, homes, rates = rng.random((units, 2)), rng.random((ZONES, 2)), rng.random(ZONES)
    orders = ((homes[:, np.newaxis] - posts) ** 2).sum(axis=2).argsort(axis=1)
    return rates * LOAD * units / rates.sum(), orders


def imbalance(p: np.ndarray, rates: np.ndarray, orders: np.ndarray) -> float:
    """Return the greatest difference of flow in and flow out of a state, from the definition; service at rate 1."""
    states = np.arange(p.size)
    surplus = np.zeros(p.size)
    for rate, order in zip(rates, orders, strict=True):
        looking = states[:-1]
        for unit in order:
            free = looking >> unit & 1 == 0
            surplus[looking[free]] -= rate * p[looking[free]]
            surplus[looking[free] | 1 << unit] += rate * p[looking[free]]
            looking = looking[~free]
    for unit in range(orders.shape[1]):
        busy = states[states >> unit & 1 == 1]
        surplus[busy] -= p[busy]
        surplus[busy ^ 1 << unit] += p[busy]
    return float(np.abs(surplus).max())


def peak() -> float:
    """Return the most memory this process has held so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_A_RSS / KIBIBYTE**2


def seconds_of(call: Any) -> tuple[float, Any]:
    """Return the wall time of a call [seconds] and what it returns."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def measured(job: str, units: int) -> dict[str, Any]:
    """Return what a child of this process measures: "first" use and the next, many "warm" ones, or one "large" one."""
    hypercube = import_module("apstra.queueing").hypercube
    rates, orders = city(units)
    importing, _ = seconds_of(lambda: import_module("numba"))
    before = peak()
    if job == "first":
        times = [seconds_of(lambda: hypercube(rates, orders, 1.0))[0] for _ in range(2)]
        return {"importing": importing, "first": times[0], "warm": times[1]}
    hypercube(*city(10), 1.0)
    if job == "warm":
        times = [seconds_of(lambda: hypercube(rates, orders, 1.0))[0] for _ in range(WARM_CALLS)]
        return {"seconds": median(times), "workload": hypercube(rates, orders, 1.0).workload.tolist()}
    seconds, result = seconds_of(lambda: hypercube(rates, orders, 1.0))
    memory = peak() - before
    return {"seconds": seconds, "memory": memory, "imbalance": imbalance(result.state_probability, rates, orders)}


def child(job: str, units: int, **environment: str) -> dict[str, Any]:
    """Return what ``measured`` finds in a fresh process; this one stays small, for a child's peak starts at its own."""
    command = [sys.executable, __file__, "--job", job, "--units", str(units)]
    here = {**os.environ, "PYTHONPATH": str(PROJECT), **environment}
    return json.loads(subprocess.run(command, env=here, capture_output=True, text=True, check=True).stdout)


def with_morie(folder: str) -> list[str] | None:
    """Return the command that runs morie in an environment made in ``folder``; None if it cannot be installed."""
    python = str(Path(folder, "morie", "bin", "python"))
    for command in (
        [sys.executable, "-m", "venv", str(Path(folder, "morie"))],
        [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "morie"],
    ):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
    return [python, "-c", MORIE]


def show_beside_morie(turns: int, units: int = 10) -> None:
    """Print the times of both models of the same city, and how far their workloads differ."""
    with TemporaryDirectory() as folder:
        command = with_morie(folder)
        asked = json.dumps([part.tolist() for part in city(units)])
        home = {**os.environ, "HOME": folder, "XDG_CACHE_HOME": folder}  # morie unpacks itself into a cache there
        ours, theirs = [], []
        for _ in range(turns):
            ours.append(child("warm", units))
            if command:
                ended = subprocess.run(command, input=asked, env=home, capture_output=True, text=True, check=True)
                theirs.append(json.loads(ended.stdout))
    print(f"{units} units, {ZONES} zones: apstra {median(one['seconds'] for one in ours) * 1000:.1f} ms (warm)")
    if not theirs:
        print("  morie could not be installed: no comparison")
        return
    ratios = [other["seconds"] / own["seconds"] for own, other in zip(ours, theirs, strict=True)]
    apart = np.abs(np.subtract(ours[0]["workload"], theirs[0]["workload"])).max()
    each = ", ".join(f"{one:,.0f}" for one in ratios)
    print(f"  morie {median(one['seconds'] for one in theirs):.1f} s; workloads differ by at most {apart:.1e}")
    print(f"  {median(ratios):,.0f} times faster ({each}); aim {TIMES_FASTER_AIMED:,}")


def show_large(turns: int, units: int) -> None:
    """Print time, memory and balance of one solution in a fresh process, the machine code loaded beforehand."""
    runs = [child("large", units) for _ in range(turns)]
    times = [run["seconds"] for run in runs]
    print(f"{units} units, {ZONES} zones: {median(times):.2f} s ({', '.join(f'{one:.2f}' for one in times)}); ", end="")
    print(f"aim {SECONDS_AIMED[units]} s")
    print(f"  memory above imports {max(run['memory'] for run in runs):.0f} MB; aim {MEGABYTES_AIMED} MB")
    print(f"  flow in - flow out at most {max(run['imbalance'] for run in runs):.1e}; aim {IMBALANCE_AIMED:.0e}")


def show_first_use(turns: int, units: int = 10) -> None:
    """Print what the first use costs with an empty and with a filled cache of machine code, in fresh processes."""
    for cache in ("empty", "filled"):
        runs = []
        for _ in range(turns):
            with TemporaryDirectory() as folder:
                if cache == "filled":
                    child("first", units, NUMBA_CACHE_DIR=folder)
                runs.append(child("first", units, NUMBA_CACHE_DIR=folder))
        beyond = median(run["first"] - run["warm"] for run in runs)
        importing = median(run["importing"] for run in runs)
        aim = f"; aim {COMPILING_AIMED} s" if cache == "empty" else ""
        print(f"first use, {cache} cache: {beyond:.2f} s more than warm, after {importing:.2f} s importing numba{aim}")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3, help="fresh processes for each figure (default %(default)s)")
    parser.add_argument("--job", choices=["first", "warm", "large"], help=argparse.SUPPRESS)
    parser.add_argument("--units", type=int, default=10, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        print(json.dumps(measured(asked.job, asked.units)))
        return
    show_beside_morie(asked.turns)
    for units in SECONDS_AIMED:
        show_large(asked.turns, units)
    show_first_use(asked.turns)


if __name__ == "__main__":
    main()
