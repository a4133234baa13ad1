"""How long the deployment chapter of the worked force takes: exact model, best posting, years played through.

Each turn is a process of its own that reads the tables, makes the chapter once as a person would meet it, then again;
the first turn starts from an empty cache of compiled code. A table is printed and nothing asserted: a time is no test.
"""

import os
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[2]
AIM = 3.0
TURNS = 5


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


if __name__ == "__main__":
    one_turn() if sys.argv[1:] == ["turn"] else main()
