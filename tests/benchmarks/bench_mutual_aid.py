"""Mutual aid for a live what-if: who meets what, and the nation's aid, beside their floors.

The floor of who meets what is one matrix product for each number asked of a role (own officers by aid, over blocks,
zones, sources), that of the nation drawing who is on duty and who asks. Both are timed in this process, in turns, the
least of several, for others may use the machine; run it by ``python tests/benchmarks/bench_mutual_aid.py``.
"""

import time
from collections.abc import Callable
from datetime import date

from apstra import capability, data, demand, deployment, mutual_aid
from apstra.assessment import as_known
from apstra.assessment.chapters import formed_crews
from apstra.mutual_aid import allocation
from apstra.mutual_aid.met import in_time
from apstra.mutual_aid.national import DRAWS, national_aid
from apstra.uncertainty import random_stream

TURNS = 15
AIM, AIM_NATION = 12.0, 60.0


def milliseconds(work: Callable[[], object]) -> float:
    """Return the least milliseconds of several turns, after one that is not counted."""
    work()
    taken = []
    for _ in range(TURNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return 1000.0 * min(taken)


def say(name: str, taken: float, floor: float, aim: float) -> None:
    """Print a time beside its floor."""
    print(f"{name:<28}{taken:8.1f} ms; aim {aim:.0f} ms; floor {floor:6.2f} ms, ratio {taken / floor:6.1f}")


def products(ground) -> Callable[[], object]:
    """Return the bare matrix products: each number asked of a role, its own officers by aid at every zone."""
    place, share = ground.force.place[:, -1], len(ground.force.share)
    sizes = [ground.supplies[key[0], key[1]].own.shape[-1] for key in in_time(ground).row]
    rng = random_stream(2026, "bench", "mutual_aid")
    pairs = [(rng.random((place.size, share, size)), rng.random((place.size, size, 3))) for size in sizes]
    return lambda: [own @ aid for own, aid in pairs]


def draws(of, scenario) -> Callable[[], object]:
    """Return the bare draws of who is on duty and asks."""
    officers, rng = of.forces["officers"].to_numpy(), random_stream(2026, "bench", "nation")
    share = scenario.three_point("aid_duty_share").draw(rng, DRAWS)
    return lambda: [(rng.binomial(each, share), rng.gumbel(size=DRAWS), rng.beta(2, 2, DRAWS)) for each in officers]


def main() -> None:
    """Print every part."""
    folder = data.force_folder("data/cumbria")
    scenario = data.read_scenario(folder, "baseline", 2026, date(2026, 11, 1))
    known = as_known(data.read_tables(folder), scenario)
    found = deployment.readiness(known, demand.assess_demand(known, scenario).rates, scenario)
    formed = formed_crews(known, capability.strength_of(known, scenario), scenario)
    ready = mutual_aid.Ready(found.travel, found.free, formed)
    _, ground, _ = mutual_aid.how_met(known, ready, scenario)
    floor = milliseconds(products(ground))
    say("who meets what", milliseconds(lambda: mutual_aid.how_met(known, ready, scenario)), floor, AIM)
    say("what is not met", milliseconds(lambda: mutual_aid.not_met(known, ready, scenario)), floor, AIM)
    floor = milliseconds(draws(allocation.nation(known, scenario, DRAWS), scenario))
    say("the nation's aid, drawn", milliseconds(lambda: national_aid(known, scenario)), floor, AIM_NATION)


if __name__ == "__main__":
    main()
