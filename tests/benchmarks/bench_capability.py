"""Capability and mutual aid: assembly curves, the ranking of options, the allocation of aid over the 43 forces.

Curves stand beside the public function called for each zone and hour, options beside whole assessments of the changed
tables, the allocation beside a plain loop that serves the same pairs of host and donor one draw at a time; each must
give the same answer. Everything is timed in this process, in turns, the median of three; run it by ``make bench``.
"""

import statistics
import time
import tracemalloc
from collections.abc import Callable
from datetime import date

import numpy as np

from apstra import capability, data, demand, deployment, mutual_aid
from apstra.assessment import Candidate, as_known, assess, changed, options
from apstra.assessment.chapters import formed_crews
from apstra.mutual_aid import met
from apstra.mutual_aid.allocation import allocate, nation
from apstra.mutual_aid.national import SCENARIOS, national_aid
from apstra.uncertainty import ThreePoint

TURNS = 3
DRAWS = 10_000
HOSTS = 3
ASKED = 60
THREATS = 15
SAMPLE = 50
AIM = "aim 5 s and 1 GB"
MEBIBYTE = 2**20


def seconds(work: Callable[[], object]) -> float:
    """Return the median seconds of a few turns."""
    taken = []
    for _ in range(TURNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def peak(work: Callable[[], object]) -> float:
    """Return the most memory that work holds at a time beyond what was held before [MiB]."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / MEBIBYTE


def plain_loop(hosts, shortfall, available, keeps, tier, minutes):
    """Return what ``allocate`` returns, draw by draw and pair by pair."""
    given = np.zeros((*hosts.shape, available.shape[1]), dtype=np.int64)
    tiers, drives, floors = tier.tolist(), minutes.tolist(), keeps.tolist()
    for draw, (asking, missing, left) in enumerate(
        zip(hosts.tolist(), shortfall.tolist(), available.tolist(), strict=True)
    ):
        pairs = sorted(
            (tiers[host][donor], drives[host][donor], host, donor, slot)
            for slot, host in enumerate(asking)
            for donor in range(len(left))
            if donor not in asking
        )
        for near, _, _, donor, slot in pairs:
            if not any(missing):
                break
            gives = max(min(missing[slot], left[donor] - floors[near][donor]), 0)
            missing[slot] -= gives
            left[donor] -= gives
            given[draw, slot, donor] = gives
    return given


def assembly_curves(tables, scenario) -> None:
    """Print what the curves of 15 threats over 64 zones and 168 hours of the week take."""
    known = as_known(tables, scenario)
    found = deployment.readiness(known, demand.assess_demand(known, scenario).rates, scenario)
    ready = mutual_aid.Ready(
        found.travel, found.free, formed_crews(known, capability.strength_of(known, scenario), scenario)
    )
    hours = scenario.force.blocks.week("winter")
    place = [scenario.force.blocks.names.index(block) for block in hours]
    asked = sorted(set(known["requirements"]["threat_id"]))[:THREATS]
    known["requirements"] = known["requirements"].query("threat_id in @asked").assign(area_id=None)

    def curves() -> tuple[int, int]:
        _, ground, _ = mutual_aid.how_met(known, ready, scenario, curve=True)
        made = [np.prod([one[-1] for one in arrived], axis=0)[place] for _, arrived in met.arrivals(ground)]
        return sum(one.size for one in made), made[0].shape[-1]

    (number, points), taken = curves(), seconds(curves)
    plain = one_by_one()
    print(
        f"assembly curves, {len(asked)} threats x {len(known['zones'])} zones x {len(hours)} hours, {number:,} values: "
        f"{taken:.2f} s; aim 2 s"
    )
    each = number / points
    print(
        f"  the public function for each of {each:,.0f} curves: {plain * each:.0f} s ({SAMPLE} of them, scaled); ratio "
        f"{taken / (plain * each):.5f}"
    )


def one_by_one() -> float:
    """Return the seconds that the public function takes for one curve of eight hours, four agreements and own crews."""
    notice = ThreePoint(10.0, 20.0, 40.0)
    some = [mutual_aid.Responder(4, 0.8, mutual_aid.NoticeAndTravel(notice, 30.0 + 10 * k)) for k in range(4)]
    moments = met.CURVE_MINUTES
    own = (np.full(6, 1 / 6), np.repeat(2 * np.arange(6)[:, np.newaxis], moments.size, axis=1))

    def work() -> None:
        for _ in range(SAMPLE):
            mutual_aid.time_to_assemble(some, 12, moments, own=own)

    return seconds(work) / SAMPLE


def options_ranking(tables, scenario) -> None:
    """Print what the ranking of 20 candidates takes, and what whole assessments of each would."""
    bases = list(tables["bases"]["base_id"])
    listed = [Candidate(f"night-{base}", "crew", base, 1.0, "night-weekday-winter") for base in bases]
    listed += [Candidate(f"always-{base}", "crew", base) for base in bases]
    listed += [Candidate(f"test-{name}", "test", name) for name in ("AG04", "AG09", "AG10", "AG11", "AG13")]
    listed += [Candidate("renew-AG10", "renew", "AG10"), Candidate("arv", "courses", "ARV", 12.0)]
    listed += [Candidate("rifle", "courses", "RO", 5.0), Candidate("later", "standard", "RQ02", 300.0)]
    listed += [Candidate("moved", "base", "kendal", zone_id="E02004015")]
    taken = seconds(lambda: options(tables, scenario, listed))
    found = options(tables, scenario, listed)
    start = time.perf_counter()
    now = assess(tables, scenario, weighing=False).unmet["unmet"].sum()
    then = assess(changed(tables, scenario, listed[0]), scenario, weighing=False).unmet["unmet"].sum()
    whole = (time.perf_counter() - start) / 2
    said = found.ranking.set_index("option_id").loc[listed[0].option_id, "removed"]
    if abs(now - then - said) > 1e-9:
        raise SystemExit("whole assessments say otherwise")
    print(f"options ranking, {len(listed)} candidates and {len(found.pairs)} pairs: {taken:.2f} s; aim 10 s")
    print(f"  whole assessments of the same: {whole * (len(listed) + len(found.pairs)):.0f} s (two, scaled); ratio "
          f"{taken / whole / (len(listed) + len(found.pairs)):.3f}")  # fmt: skip


def national_allocation(tables, scenario) -> None:
    """Print what the 43-force allocation takes, alone and with everything the chapter makes of it."""
    of = nation(tables, scenario, DRAWS)
    usual = of.forces["officers"].to_numpy(float) * scenario.value("aid_duty_share")
    keeps = np.array([np.ceil(share * usual) for share in (0.45, 0.55, 0.7)]).astype(np.int64)
    asked = np.full((DRAWS, HOSTS), ASKED)
    call = (of.hosts[:, :HOSTS], asked, of.on_duty, keeps, of.tier, of.minutes)
    if not (allocate(*call) == plain_loop(*call)).all():
        raise SystemExit("the plain loop gives other officers")
    fast, plain = seconds(lambda: allocate(*call)), seconds(lambda: plain_loop(*call))
    whole = seconds(lambda: national_aid(tables, scenario, DRAWS))
    memory = peak(lambda: national_aid(tables, scenario, DRAWS))
    print(f"allocation over {len(of.forces)} forces, {HOSTS} hosts, {DRAWS:,} draws: {fast:.2f} s; plain loop: "
          f"{plain:.2f} s; ratio {fast / plain:.3f}")  # fmt: skip
    print(f"  {len(SCENARIOS)} scenarios, any force and this one as host, with draws and frames: {whole:.2f} s, peak "
          f"{memory:.0f} MiB; {AIM}")  # fmt: skip


def main() -> None:
    """Print every part."""
    folder = data.force_folder("data/cumbria")
    tables = data.read_tables(folder)
    scenario = data.read_scenario(folder, "baseline", 2026, date(2026, 11, 1))
    for part in (assembly_curves, options_ranking, national_allocation):
        part(tables, scenario)


if __name__ == "__main__":
    main()
