"""How long the deployment chapter of the worked force takes: exact model, best posting, years played through.

Each turn is a process of its own that reads the tables, makes the chapter once as a person would meet it, then again;
the first turn starts from an empty cache of compiled code. What a person waits for who tries something out is measured
in one more process, beside a floor of the same run: one bare dense system of the same states for who is free, what
lies between the tables and the search for the crews required. A table is printed and nothing asserted: a time is no
test.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[2]
AIM = 3.0
TURNS = 5
TRIES = 30


def one_turn() -> None:
    """Print the seconds of the first and of the second making of the chapter in this process."""
    from apstra import data, demand, deployment  # noqa: PLC0415 only the processes measured need them
    from apstra.assessment.chapters import as_known  # noqa: PLC0415

    folder = PROJECT / "data" / "cumbria"
    scenario = data.read_scenario(folder, "baseline", 2026, date(2026, 11, 1))
    known = as_known(data.read_tables(folder), scenario)
    volume = demand.assess_demand(known, scenario)
    for _ in range(2):
        start = time.perf_counter()
        deployment.assess_deployment(known, volume.rates, volume.slices, scenario)
        print(time.perf_counter() - start)


def tried_out() -> None:
    """Print what it takes to try out other crews, other demand and another standard, the least of many, and floors."""
    import numpy as np  # noqa: PLC0415

    from apstra import data, deployment  # noqa: PLC0415
    from apstra.deployment.availability import availability  # noqa: PLC0415
    from apstra.deployment.workload import area_load  # noqa: PLC0415

    known = data.assessment(str(PROJECT / "data" / "cumbria"), 2026, "2026-11-01", "baseline", "")
    tables, rates, slices, scenario = known.tables, known.demand.rates, known.demand.slices, known.scenario
    ready = deployment.readiness(tables, rates, scenario)
    bare = [np.eye(one.joint.size) + 1.0 for one in ready.found]
    factors = iter(np.linspace(0.9, 1.1, 2 * TRIES))
    standards = iter(np.linspace(15.0, 45.0, 2 * TRIES))

    def gathered() -> None:
        travel = deployment.travel_times(tables["bases"], tables["zones"], tables["travel"], scenario)
        standards = deployment.call_standards(tables["response_standards"])
        deployment.gather_work(tables, rates, travel, standards, scenario)

    def with_demand() -> None:
        factor = next(factors)
        scaled = rates.assign(rate_per_hour=rates["rate_per_hour"] * factor)
        deployment.crews_required(tables, scaled, slices, scenario)

    def with_standard() -> None:
        asked = tables["response_standards"].assign(minutes=next(standards))
        deployment.crews_required({**tables, "response_standards": asked}, rates, slices, scenario)

    floor = least(gathered)
    around = floor + least(lambda: area_load(tables, rates, scenario))
    free = least(lambda: [availability(ready.work, block, one.crews) for block, one in enumerate(ready.found)])
    for what, taken, beside in (
        ("who is free, twelve blocks", free, least(lambda: [np.linalg.solve(one, one[0]) for one in bare])),
        ("readiness", least(lambda: deployment.readiness(tables, rates, scenario)), floor),
        ("crews required, other demand", least(with_demand), around),
        ("crews required, another standard", least(with_standard), around),
    ):
        print(f"  {what:33s} {1000 * taken:6.2f} ms; floor {1000 * beside:6.2f} ms; ratio {taken / beside:.1f}")


def least(call: Callable[[], object]) -> float:
    """Return the least time of many that a call takes [seconds]."""
    call()
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def turn(cache: str) -> list[float]:
    """Return what a turn printed, with its compiled code kept in ``cache``."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run(
        [sys.executable, __file__, "turn"], capture_output=True, text=True, check=True, env=environment
    )
    return [float(line) for line in done.stdout.split()]


def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as cache:
        cold, *warm = [turn(cache) for _ in range(TURNS + 1)]
    first, second = (statistics.median(times) for times in zip(*warm, strict=True))
    print("deployment chapter of the worked force [seconds]")
    print(f"  code not yet compiled     {cold[0]:6.2f}   of which compiling about {cold[0] - first:.2f}")
    print(f"  first in a process        {first:6.2f}   median of {TURNS}; aim {AIM:g}")
    print(f"  again in the same process {second:6.2f}")
    print("something tried out")
    tried_out()


if __name__ == "__main__":
    one_turn() if sys.argv[1:] == ["turn"] else main()
