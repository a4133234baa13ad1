"""Who comes, how soon, and what they keep: worked cases, simulation, directions, inputs unchanged."""

import copy
import math
import re
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import BLOCKS, PROJECT, make_scenario
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from apstra import mutual_aid
from apstra.data.reference import reference_frames
from apstra.mutual_aid import (
    NoticeAndTravel,
    Ready,
    Responder,
    agreements,
    aid,
    needs,
    own,
    supply,
    time_to_assemble,
    verdict,
)
from apstra.mutual_aid.assembly import capped, joined, summed
from apstra.queueing import erlang_b
from apstra.report import mutual_aid as report
from apstra.report.exhibit import TO_BE_SUPPLIED, Exhibit, Prose
from apstra.report.mutual_aid.assembly import in_time
from apstra.schema import TABLES, Kind
from apstra.schema.duty import crew_role
from apstra.uncertainty import ThreePoint, random_stream

CASES = yaml.safe_load((PROJECT / "tests" / "cases" / "mutual_aid.yaml").read_text(encoding="utf-8"))
DTYPES = {Kind.TEXT: "str", Kind.INTEGER: "float64", Kind.NUMBER: "float64", Kind.FLAG: "boolean"}
WHOLE = {("agreements", "officers"), ("requirements", "officers"), ("crews", "crews"), ("crews", "officers_per_crew")}
WHOLE |= {("command_cover", "on_call"), ("posts", "established")}
NAMES = ("areas", "zones", "bases", "crews", "donors", "agreements", "requirements", "roles", "posts", "officers")
NAMES += ("modules", "currency", "command_cover", "threats", "aid_responses")
NOTHING_PUBLIC = {name: frame.iloc[:0] for name, frame in reference_frames().items()}
MOMENTS = np.array([0.0, 3.0, 10.0, 18.0, 28.0, 60.0, np.inf])


def make_table(name: str, /, **columns: list[object]) -> pd.DataFrame:
    """Return a table of the force as it is read: every column, in its type."""
    rows = len(next(iter(columns.values()), []))

    def kind(column):
        return "int64" if (name, column.name) in WHOLE else DTYPES.get(column.kind, "datetime64[us]")

    return pd.DataFrame(
        {c.name: pd.Series(columns.get(c.name, [None] * rows)).astype(kind(c)) for c in TABLES[name].columns}
    )


def make_agreements(**changed: list[object]) -> pd.DataFrame:
    """Return one agreement with each of three donors, all tested and in force."""
    columns = {
        "agreement_id": ["G1", "G2", "G3"], "donor_id": ["D1", "D2", "D3"], "basis": ["s22A", "s24", "s24"],
        "role": ["ARV", "SFO", "SFO"], "officers": [4, 4, 6], "notice_low": [5.0, 20.0, 60.0],
        "notice_mode": [10.0, 30.0, 90.0], "notice_high": [20.0, 60.0, 180.0], "availability": [0.9, 0.95, 1.0],
        "signed_on": ["2024-01-01"] * 3, "tested_on": ["2026-01-01"] * 3, "test_result": ["met"] * 3,
        "expires_on": ["2028-01-01", None, "2028-01-01"], "interoperable": [True] * 3,
    }  # fmt: skip
    return make_table("agreements", **(columns | changed))


def make_tables(**changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return a small force of two areas and two bases, with a home, a regional and a national donor."""
    tables = {
        **NOTHING_PUBLIC,
        "areas": make_table("areas", area_id=["N", "S"], name=["North", "South"]),
        "zones": make_table(
            "zones", zone_id=["Z1", "Z2", "Z3"], area_id=["N", "N", "S"], lat=[54.8, 54.6, 54.2],
            lon=[-2.9, -2.8, -3.0], population=[3000.0, 1000.0, 2000.0], demand_weight=[3.0, 1.0, 2.0],
        ),
        "bases": make_table("bases", base_id=["B1", "B2"], area_id=["N", "S"]),
        "crews": make_table(
            "crews", base_id=["B1"] * 12 + ["B2"] * 12, block=list(BLOCKS.names) * 2, crews=[2] * 12 + [1] * 12,
            officers_per_crew=[2] * 24,
        ),
        "donors": make_table(
            "donors", donor_id=["D1", "D2", "D3"], name=["Home", "Near", "Far"], kind=["force"] * 3,
            tier=["home", "regional", "national"], lat=[54.3, 53.8, 52.5], lon=[-3.4, -2.6, -1.9],
            armed_officers=[100, 10, None], own_requirement=[80, 8, 50],
        ),
        "agreements": make_agreements(),
        "requirements": make_table(
            "requirements", requirement_id=["R1", "R2", "R3", "R4", "R5", "R6"],
            threat_id=["T1"] * 5 + ["T2"], area_id=["N", None, "N", "N", "N", "N"],
            role=["ARV", "ARV", "TFC", "DOG", "SFO", "SFO"], officers=[2, 6, 1, 1, 20, 6],
            within_minutes=[30.0, 60.0, 15.0, 60.0, 60.0, 60.0],
        ),
        "roles": make_table(
            "roles", role=["ARV", "SFO", "TFC", "DOG"], title=["Armed response", "Specialist", "Commander", "Dogs"],
            duty=["shift", "shift", "on_call", "shift"], stands_in_for=[None, "DOG2|ARV", None, None],
        ),
        "posts": make_table("posts", role=["ARV"], base_id=["B1"], established=[40]),
        "officers": make_table("officers"),
        "modules": make_table("modules", module=["M1"], role=["SFO"]),
        "currency": make_table("currency"),
        "aid_responses": make_table("aid_responses"),
        "threats": make_table("threats", threat_id=["T1", "T2"], title=["First", "Second"]),
        "command_cover": make_table(
            "command_cover", cadre=["TFC"] * 12, block=list(BLOCKS.names), on_call=[1] * 12, specialist=[0] * 12
        ),
    }  # fmt: skip
    return tables | changed


def make_travel() -> pd.DataFrame:
    """Return minutes from each base to each zone."""
    pairs = [("B1", "Z1", 5.0), ("B1", "Z2", 20.0), ("B1", "Z3", 50.0), ("B2", "Z1", 45.0), ("B2", "Z2", 25.0)]
    return pd.DataFrame([*pairs, ("B2", "Z3", 10.0)], columns=["base_id", "zone_id", "minutes"])


HOMES = ("B1", "B1", "B2")
NOT_FORMED = pd.DataFrame(columns=["block", "crews", "probability"])


def make_free(load: float = 0.6, crews: int = 3) -> pd.DataFrame:
    """Return crews free together at each set of bases: ``crews`` with ``load`` erlangs, each as likely to be busy."""
    busy = np.array([load**number / math.factorial(number) for number in range(crews + 1)])
    rows = []
    for bases in ([], ["B1"], ["B2"], ["B1", "B2"]):
        here = [crew for crew, home in enumerate(HOMES[:crews]) if home in bases]
        chances = np.zeros(len(here) + 1)
        for number, chance in enumerate(busy / busy.sum()):
            gone = list(combinations(range(crews), number))
            for away in gone:
                chances[len(set(here) - set(away))] += chance / len(gone)
        rows += [(b, "|".join(bases), k, p) for b in BLOCKS.names for k, p in enumerate(chances)]
    return pd.DataFrame(rows, columns=["block", "bases", "crews", "probability"])


def make_ready(load: float = 0.6, crews: int = 3, formed: pd.DataFrame = NOT_FORMED) -> Ready:
    """Return what the chapters before say of the small force."""
    return Ready(make_travel(), make_free(load, crews), formed)


def journeys(tables) -> np.ndarray:
    """Return minutes from each base to each zone as an array."""
    wide = make_travel().pivot_table(index="zone_id", columns="base_id", values="minutes")
    return wide.reindex(index=tables["zones"]["zone_id"], columns=tables["bases"]["base_id"]).to_numpy()


def arrived(role: str, moments, most: int, tables=None, *, others=(), ready=None, area: str = "N", **changes):
    """Return the distribution of own officers arrived in an area of the small force, by moment (moments, most + 1)."""
    tables, ready, moments = tables or make_tables(), ready or make_ready(), np.asarray(moments, float)
    force = own.own_force(tables, journeys(tables), ready.free, ready.formed, moments, make_scenario(**changes))
    found = own.own_officers(force, role, frozenset(others), most)
    zones, weight = supply.zones_of(tables["zones"])[area]
    return np.einsum("b,bztk,z->tk", force.share, found[:, force.place[zones]], weight)


def assess(scenario=None, *, load: float = 0.6, crews: int = 3, formed=NOT_FORMED, **changed: pd.DataFrame):
    """Return the chapter of the small force."""
    return mutual_aid.assess_mutual_aid(
        make_tables(**changed), make_ready(load, crews, formed), scenario or make_scenario()
    )


@pytest.mark.parametrize("case", CASES["assemble"], ids=str)
def test_time_to_assemble_gives_the_worked_values(case: dict) -> None:
    responders = [Responder(1, case["availability"], stats.expon(scale=case["mean_minutes"]))] * case["responders"]
    found = time_to_assemble(responders, case["needed"], [case["at"]])
    assert found[0] == pytest.approx(case["expected"], abs=1e-6)


def test_who_meets_what_is_the_same_whether_or_not_arrivals_are_followed_over_time() -> None:
    bare, followed = (
        mutual_aid.how_met(make_tables(), make_ready(), make_scenario(), curve=c)[2] for c in (False, True)
    )
    assert len(bare) == len(followed) > 0
    for one, other in zip(bare, followed, strict=True):
        assert (one.curve.size, other.curve.size > 0) == (0, True)
        for name in ("each", "ever", "nobody", "together", "not_met"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-12)


def test_aid_that_has_come_is_what_joining_agreement_after_agreement_gives() -> None:
    rng = random_stream(2026, "test", "joined")
    chances, weights, sizes = rng.random((3, 4, 2, 3)), np.array([0.2, 0.5, 0.3]), np.array([2, 0, 3, 9])
    called = [np.array([1, 0]), np.array([], int), np.array([2, 3])]
    found = aid.aid_arrived(called, sizes, chances, 5, weights, np.array([0, 2]))
    come = np.zeros((3, 2, 3, 6))
    come[..., 0] = 1.0
    for tier, agreements_of in enumerate(called):
        for number in agreements_of:
            come = joined(come, int(sizes[number]), chances[:, number])
        at_least = np.einsum("w,wztk->ztk", weights, come)[..., ::-1].cumsum(axis=-1)[..., ::-1]
        assert found[tier][:, [0, 2]] == pytest.approx(at_least[:, [0, 2]], abs=1e-12)
        assert np.isnan(found[tier][:, 1]).all()


def test_the_mean_time_to_assemble_is_that_of_the_order_statistic() -> None:
    case = CASES["mean_time"]
    grid = np.linspace(0, 200, 20_001)
    responders = [Responder(1, 1.0, stats.expon(scale=case["mean_minutes"]))] * case["responders"]
    late = 1 - time_to_assemble(responders, case["needed"], grid)
    assert integrate.simpson(late, x=grid) == pytest.approx(case["expected"], abs=1e-6)


def test_a_curve_that_nobody_is_sure_to_complete_ends_below_one() -> None:
    responders = [Responder(2, 0.5, stats.uniform(0, 30)), Responder(2, 0.5, stats.uniform(0, 30))]
    assert time_to_assemble(responders, 4, [1e9])[0] == pytest.approx(0.25)


def test_assembly_with_own_crews_agrees_with_simulation_within_three_standard_errors() -> None:
    rng = random_stream(2026, "test", "assemble")
    draws, needed, at = 200_000, 8, 40.0
    notice, travel = ThreePoint(5, 15, 60), 12.0
    states, officers = np.array([0.5, 0.3, 0.2]), np.array([6, 2, 0])
    sizes, released = np.array([2, 2, 4, 1]), np.array([0.9, 0.6, 0.8, 1.0])
    exact = time_to_assemble(
        [Responder(int(n), a, NoticeAndTravel(notice, travel)) for n, a in zip(sizes, released, strict=True)],
        needed, [at], own=(states, officers[:, None]),
    )[0]  # fmt: skip
    arrived = officers[rng.choice(3, draws, p=states)]
    for size, availability in zip(sizes, released, strict=True):
        here = (rng.random(draws) < availability) & (notice.draw(rng, draws) + travel <= at)
        arrived = arrived + size * here
    assert abs((arrived >= needed).mean() - exact) < 3 * np.sqrt(exact * (1 - exact) / draws)


def test_own_crews_agree_with_a_simulation_of_calls_busy_crews_and_zones() -> None:
    rng = random_stream(2026, "test", "own")
    draws, load, at = 100_000, 0.9, 30.0
    exact = arrived("ARV", [at], 7, ready=make_ready(load))[0]
    busy_law = np.array([load**k / math.factorial(k) for k in range(4)])
    busy = rng.choice(4, draws, p=busy_law / busy_law.sum())
    order = rng.random((draws, 3)).argsort(axis=1)
    free = order >= busy[:, None]
    zone = rng.random(draws) < 0.75
    minutes = np.where(zone[:, None], [5, 5, 45], [20, 20, 25]) + 3
    seen = np.bincount((free * (minutes <= at) * 2).sum(axis=1), minlength=8) / draws
    assert np.all(np.abs(seen - exact) <= 3 * np.sqrt(exact * (1 - exact) / draws) + 1e-12)


def test_crews_that_cannot_be_formed_are_taken_at_random_as_in_a_simulation() -> None:
    rng = random_stream(2026, "test", "formed")
    draws, load, at = 100_000, 0.9, 30.0
    chances = np.array([0.1, 0.2, 0.3, 0.4])
    formed = pd.DataFrame(
        [(b, k, p) for b in BLOCKS.names for k, p in enumerate(chances)], columns=["block", "crews", "probability"]
    )
    exact = arrived("ARV", [at], 7, ready=make_ready(load, formed=formed))[0]
    busy_law = np.array([load**k / math.factorial(k) for k in range(4)])
    busy, made = rng.choice(4, draws, p=busy_law / busy_law.sum()), rng.choice(4, draws, p=chances)
    there = (rng.random((draws, 3)).argsort(axis=1) >= busy[:, None]) & (
        rng.random((draws, 3)).argsort(axis=1) < made[:, None]
    )
    minutes = np.where((rng.random(draws) < 0.75)[:, None], [5, 5, 45], [20, 20, 25]) + 3
    seen = np.bincount((there * (minutes <= at) * 2).sum(axis=1), minlength=8) / draws
    assert np.all(np.abs(seen - exact) <= 3 * np.sqrt(exact * (1 - exact) / draws) + 1e-12)


def test_the_number_of_free_crews_is_what_the_deployment_chapter_found() -> None:
    found = arrived("ARV", [1e6], 6)[0]
    assert found[0] == pytest.approx(erlang_b(3, 0.6))
    expected = np.array([0.6**k / math.factorial(k) for k in range(4)])[::-1]
    assert found[::2] == pytest.approx(expected / expected.sum())


def test_which_crews_are_free_together_is_joint_and_not_a_product() -> None:
    # Either both crews of B1 are free or neither: of the pair, never one alone.
    pair = pd.DataFrame(
        [(b, bases, k, p) for b in BLOCKS.names
         for bases, law in {"": [1.0], "B1": [0.5, 0.0, 0.5], "B2": [0.0, 1.0], "B1|B2": [0, 0.5, 0, 0.5]}.items()
         for k, p in enumerate(law)], columns=["block", "bases", "crews", "probability"],
    )  # fmt: skip
    found = arrived("ARV", [10.0], 4, ready=Ready(make_travel(), pair, NOT_FORMED))[0]
    assert found == pytest.approx([0.25 + 0.75 * 0.5, 0, 0, 0, 0.75 * 0.5])


def test_crews_committed_elsewhere_are_never_free() -> None:
    assert arrived("ARV", [1e6], 6, ready=make_ready(0.0, crews=2))[0] == pytest.approx([0, 0, 0, 0, 1, 0, 0])
    assert arrived("ARV", [1e6], 6, ready=make_ready(0.4, crews=0))[0] == pytest.approx([1, 0, 0, 0, 0, 0, 0])


def test_crews_are_free_where_no_load_is_known() -> None:
    unknown = Ready(make_travel(), make_free().assign(probability=np.nan), NOT_FORMED)
    assert arrived("ARV", [1e6], 6, ready=unknown)[0] == pytest.approx([0, 0, 0, 0, 0, 0, 1])


def test_where_crews_differ_in_size_the_smallest_counts() -> None:
    crews = make_tables()["crews"].assign(officers_per_crew=[3] * 12 + [2] * 12)
    assert arrived("ARV", [1e6], 6, make_tables(crews=crews)) == pytest.approx(arrived("ARV", [1e6], 6))


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda p: sum(p) > 0), st.integers(0, 3))
def test_more_crews_formed_never_lower_the_chance_of_own_officers(weights, more):
    law = np.array(weights) / sum(weights)
    better = np.zeros(4)
    np.add.at(better, np.minimum(np.arange(4) + more, 3), law)
    at_least = []
    for chances in (law, better):
        formed = pd.DataFrame(
            [(b, k, p) for b in BLOCKS.names for k, p in enumerate(chances)], columns=["block", "crews", "probability"]
        )
        found = arrived("ARV", MOMENTS, 6, ready=make_ready(0.9, formed=formed))
        at_least.append(found[:, ::-1].cumsum(axis=1))
    assert (at_least[1] >= at_least[0] - 1e-12).all()


responder_lists = st.lists(
    st.builds(
        lambda size, a, low, wide: Responder(size, a, NoticeAndTravel(ThreePoint(low, low + wide / 3, low + wide), 5)),
        st.integers(0, 6), st.floats(0, 1), st.floats(0, 60), st.floats(0.001, 90),
    ),
    max_size=6,
)  # fmt: skip
TIMES = np.linspace(0, 200, 21)


@given(responder_lists, st.integers(0, 12), responder_lists.filter(len))
def test_another_responder_never_lowers_the_chance(some, needed, more):
    few, many = time_to_assemble(some, needed, TIMES), time_to_assemble([*some, more[0]], needed, TIMES)
    assert (many >= few - 1e-12).all()


@given(responder_lists, st.integers(0, 12))
def test_the_chance_rises_with_time_and_falls_with_the_number_needed(responders, needed):
    curve = time_to_assemble(responders, needed, TIMES)
    assert ((curve >= -1e-12) & (curve <= 1 + 1e-12)).all()
    assert (np.diff(curve) >= -1e-12).all()
    assert (time_to_assemble(responders, needed + 1, TIMES) <= curve + 1e-12).all()


@given(responder_lists.filter(len), st.integers(1, 12), st.floats(0, 1), st.floats(0, 40))
def test_more_availability_or_less_delay_never_lowers_the_chance(responders, needed, better, sooner):
    first, *rest = responders
    surer = Responder(first.size, max(first.availability, better), first.delay)
    faster = Responder(first.size, first.availability, NoticeAndTravel(first.delay.notice, first.delay.travel - sooner))
    plain = time_to_assemble(responders, needed, TIMES)
    assert (time_to_assemble([surer, *rest], needed, TIMES) >= plain - 1e-12).all()
    assert (time_to_assemble([faster, *rest], needed, TIMES) >= plain - 1e-12).all()


@given(responder_lists)
def test_with_nobody_needed_enough_are_always_there(responders):
    assert time_to_assemble(responders, 0, TIMES) == pytest.approx(1.0)


def test_the_order_of_responders_does_not_matter() -> None:
    responders = [Responder(n, 0.8, stats.expon(scale=10 * n)) for n in (1, 2, 3, 5)]
    assert time_to_assemble(responders, 6, TIMES) == pytest.approx(time_to_assemble(responders[::-1], 6, TIMES))


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Responder(1, 1.2, stats.expon()), "availability"),
        (lambda: Responder(-1, 0.5, stats.expon()), "size"),
        (lambda: time_to_assemble([], -1, [1.0]), "needed"),
        (lambda: time_to_assemble([], 1.5, [1.0]), "needed"),
        (lambda: time_to_assemble([], 1, [1.0], own=([0.5, 0.4], [[1], [2]])), "distribution"),
        (lambda: time_to_assemble([], 1, [1.0, 2.0], own=([1.0], [[1]])), "arrivals"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call()


@pytest.mark.parametrize("case", CASES["great_circle"], ids=str)
def test_journeys_follow_great_circles_of_the_sphere(case: dict) -> None:
    (lat, lon), (to_lat, to_lon) = case["from"], case["to"]
    donor = make_table("donors", donor_id=["D"], lat=[lat], lon=[lon])
    found = agreements.journeys(donor, np.array([[to_lat, to_lon]]), make_scenario(circuity=1.0, donor_speed=60.0))
    assert found[0, 0] == pytest.approx(case["expected"], abs=1e-3)


def test_half_of_the_journeys_from_donors_up_to_250_km_are_within_a_fifth_of_public_drive_times(scenario) -> None:
    folder = PROJECT / "data" / "reference"
    drives = pd.read_csv(folder / "inter_force_drive_matrix.csv").query(
        "0 < great_circle_km and road_distance_km < 250"
    )
    forces = pd.read_csv(folder / "police_forces.csv").set_index("force")
    drives = drives.loc[drives["from_force"].isin(forces.index) & drives["to_force"].isin(forces.index)]
    donors = make_table(
        "donors", donor_id=list(forces.index), lat=list(forces["centroid_lat"]), lon=list(forces["centroid_lon"])
    )
    errors = []
    for force, rows in drives.groupby("to_force"):
        there = forces.loc[force]
        place = np.array([[there["centroid_lat"], there["centroid_lon"]]])
        minutes = agreements.journeys(donors, place, scenario)[forces.index.get_indexer(rows["from_force"]), 0]
        errors.extend(minutes / rows["drive_time_min"].to_numpy() - 1)
    assert len(errors) > 500
    assert np.median(np.abs(errors)) < 0.2
    assert abs(np.mean(errors)) < 0.15


def test_the_centre_is_where_the_people_are() -> None:
    zones = make_tables()["zones"]
    assert agreements.centre(zones.iloc[:2]).to_numpy() == pytest.approx(np.array([[54.75, -2.875]]))
    nobody = zones.assign(population=0.0)
    assert agreements.centre(nobody)["lat"].item() == pytest.approx(zones["lat"].mean())
    assert np.isnan(agreements.centre(zones.iloc[:0])["lat"].item())


@pytest.mark.parametrize("case", CASES["standing"], ids=str)
def test_an_agreement_stands_and_counts_by_the_stated_rule(case: dict, scenario) -> None:
    dates = {name: [case[name]] for name in ("signed_on", "tested_on", "test_result", "expires_on")}
    one = make_table("agreements", agreement_id=["G"], donor_id=["D1"], officers=[4], availability=[0.8],
                     interoperable=[True], **dates)  # fmt: skip
    state = agreements.standing(one, scenario)
    assert state.tolist() == [case["expected"]]
    counted = agreements.counted_availability(one, state, scenario)
    assert counted.iloc[0] == pytest.approx(0.8 * case["factor"])
    apart = agreements.counted_availability(one.assign(interoperable=False), state, scenario)
    assert apart.iloc[0] == pytest.approx(0.8 * case["factor"] * scenario.value("not_interoperable_factor"))


def test_an_observed_delay_is_over_as_often_as_it_was_seen_to_be() -> None:
    seen = stats.ecdf([12.0, 8.0, 31.0, 12.0]).cdf
    times = np.linspace(0, 40, 81)
    assert mutual_aid.Observed((12.0, 8.0, 31.0, 12.0)).cdf(times) == pytest.approx(seen.evaluate(times))
    responders = [Responder(2, 0.9, NoticeAndTravel(mutual_aid.Observed((10.0, 30.0)), 15.0))] * 2
    assert time_to_assemble(responders, 4, [24.9, 25.0, 45.0]) == pytest.approx([0, 0.45**2, 0.9**2])
    for wrong in ((), (-1.0,), (np.nan,)):
        with pytest.raises(ValueError, match="minutes must hold"):
            mutual_aid.Observed(wrong)


def test_notice_follows_the_record_once_it_is_long_enough() -> None:
    short, long = (
        make_table(
            "aid_responses", response_id=[f"A{n}" for n in range(number)], agreement_id=["G1"] * number,
            on=["2026-01-01"] * number, kind=["test"] * number, notice_minutes=[600.0] * number,
        )
        for number in (4, 5)
    )  # fmt: skip
    plain, ignored, late = assess().assembly, assess(aid_responses=short).assembly, assess(aid_responses=long).assembly
    assert ignored["p_home"].tolist() == plain["p_home"].tolist()
    # Home aid that took ten hours five times over brings nothing within an hour.
    assert late["p_home"].tolist() == pytest.approx(plain["p_own"].tolist())
    assert late["p_ever"].tolist() == pytest.approx(plain["p_ever"].tolist())


def test_what_testing_or_renewing_an_agreement_would_remove_stands_beside_it() -> None:
    table = report.agreements(shown()).table.set_index("Agreement")
    assert table.loc["G2", "Unmet a year removed if"] == "tested: 0.25; renewed: 0"
    assert table.loc["G1", "Unmet a year removed if"] == "-"


def test_a_scenario_in_which_donors_keep_more_counts_every_agreement_for_less() -> None:
    plain, strained = assess(), assess(make_scenario(donor_availability_factor=0.5))
    counted = strained.agreements["counted_availability"]
    assert counted.tolist() == pytest.approx((plain.agreements["counted_availability"] * 0.5).tolist())
    assert (strained.assembly["p_all"] <= plain.assembly["p_all"] + 1e-12).all()


def test_donors_keep_what_they_have_not_promised_and_the_exposed_are_named(scenario) -> None:
    donors = assess().donors.set_index("donor_id")
    assert donors.loc["D1", ["promised", "remainder", "exposed"]].tolist() == [4, 96, False]
    assert donors.loc["D2", ["promised", "remainder", "exposed"]].tolist() == [4, 6, True]
    assert np.isnan(donors.loc["D3", "remainder"])
    assert not donors.loc["D3", "exposed"]


def test_an_expired_agreement_promises_and_brings_nothing() -> None:
    gone = assess(agreements=make_agreements(expires_on=["2026-10-31"] * 3))
    assert (gone.donors["promised"] == 0).all()
    assert (gone.agreements["counted_availability"] == 0).all()
    assert gone.assembly["p_all"].tolist() == pytest.approx(gone.assembly["p_own"].tolist())


def test_a_specialist_may_stand_as_armed_response_officer_never_the_reverse() -> None:
    roles = make_tables()["roles"]
    assert needs.stand_ins("ARV", roles) == {"SFO"}
    assert needs.stand_ins("SFO", roles) == frozenset()


def helpers_of(tables) -> dict[tuple[str, str], frozenset[str]]:
    """Return who may stand in for each requirement and area."""
    return {(need.requirement_id, need.area_id): need.helpers for need in needs.needs_by_area(tables)}


def test_a_role_that_the_same_threat_calls_for_there_does_not_stand_in_as_well() -> None:
    spare = helpers_of(make_tables())
    assert spare["R2", "N"] == frozenset()
    assert spare["R2", "S"] == {"SFO"}


def test_a_stand_in_for_two_roles_of_one_threat_helps_the_one_needed_first_and_no_other() -> None:
    roles = make_tables()["roles"].assign(stands_in_for=[None, "ARV|DOG", None, None])
    asked = make_table(
        "requirements", requirement_id=["A", "B"], threat_id=["T1", "T1"], area_id=["N", "N"], role=["ARV", "DOG"],
        officers=[2, 1], within_minutes=[60.0, 30.0],
    )  # fmt: skip
    spare = helpers_of(make_tables(roles=roles.astype({"stands_in_for": "str"}), requirements=asked))
    assert spare == {("A", "N"): frozenset(), ("B", "N"): {"SFO"}}


def test_what_one_threat_asks_for_in_stages_adds_up_by_role_and_area() -> None:
    asked = make_table(
        "requirements", requirement_id=["A", "B", "C"], threat_id=["T1"] * 3, area_id=["N", None, "N"],
        role=["ARV", "ARV", "SFO"], officers=[4, 2, 1], within_minutes=[60.0, 20.0, 60.0],
    )  # fmt: skip
    found = {
        (n.requirement_id, n.area_id): (n.officers, n.needed)
        for n in needs.needs_by_area(make_tables(requirements=asked))
    }
    assert found == {("A", "N"): (4, 6), ("B", "N"): (2, 2), ("B", "S"): (2, 2), ("C", "N"): (1, 1)}
    rows = assess(requirements=asked).assembly.set_index(["requirement_id", "area_id"])["p_own"]
    assert rows["A", "N"] == pytest.approx(arrived("ARV", [60.0], 6)[0, -1])


def test_a_requirement_for_anywhere_is_asked_of_every_area() -> None:
    rows = assess().assembly
    assert rows.loc[rows["requirement_id"] == "R2", "area_id"].tolist() == ["N", "S"]
    assert len(rows) == 7
    assert list(rows["requirement_id"]) == sorted(rows["requirement_id"])


def test_each_gap_is_laid_to_what_binds() -> None:
    rows = assess().assembly.query("area_id == 'N'").set_index("requirement_id")
    assert rows.loc["R3", ["status", "binding"]].tolist() == ["own", "none"]
    assert rows.loc["R4", ["status", "binding"]].tolist() == ["gap", "role"]
    assert rows.loc["R5", ["status", "binding"]].tolist() == ["gap", "number"]
    assert rows.loc["R6", ["status", "binding"]].tolist() == ["gap", "time"]


@pytest.mark.parametrize("case", CASES["binding"], ids=str)
def test_binding_tells_role_number_time_and_availability_apart(case: dict) -> None:
    assert verdict.binding(case["nobody_ever"], case["enough_ever"], 0.95) == case["expected"]


def test_tiers_only_add_and_the_status_is_the_first_that_suffices(scenario) -> None:
    rows = assess(load=2.0).assembly
    chances = rows[["p_own", "p_home", "p_collaboration", "p_all"]].to_numpy()
    assert (np.diff(chances, axis=1) >= -1e-12).all()
    assert (rows["p_ever"] >= rows["p_all"] - 1e-12).all()
    level = scenario.force.assurance_level
    for row in rows.itertuples():
        first = next(
            (words for words, p in zip(("own", "with collaboration", "with national aid"),
                                       (row.p_own, row.p_collaboration, row.p_all), strict=True) if p >= level),
            "gap",
        )  # fmt: skip
        assert row.status == first


@pytest.mark.parametrize("delays", [(0, 0), (4, 20)])
def test_own_crews_and_aid_together_are_what_time_to_assemble_says(delays) -> None:
    tables, scenario = make_tables(), make_scenario()
    wait = scenario.assumptions["mobilisation_minutes"][0]
    ranged = replace(wait, low=delays[0], value=sum(delays) / 3, high=delays[1])
    scenario = replace(scenario, assumptions={**scenario.assumptions, "mobilisation_minutes": (ranged,)})
    row = assess(scenario, load=0.9).assembly.query("requirement_id == 'R2' and area_id == 'S'").iloc[0]
    crews = arrived("ARV", [60.0], 6, ready=make_ready(0.9), area="S", others=["SFO"])
    position = agreements.agreement_position(tables["agreements"], tables["donors"], tables["zones"], scenario)
    places = tables["zones"].iloc[2:][["lat", "lon"]].to_numpy(float)
    minutes = pd.Series(agreements.journeys(tables["donors"], places, scenario)[:, 0], tables["donors"]["donor_id"])
    responders = [
        Responder(
            int(g.officers),
            g.counted_availability,
            NoticeAndTravel(ThreePoint(g.notice_low, g.notice_mode, g.notice_high), minutes[g.donor_id]),
        )
        for g in position.itertuples()
    ]
    together = time_to_assemble(
        responders, 6, [60.0], own=(crews[0], np.arange(7)[:, None]),
        mobilisation=ThreePoint(ranged.low, ranged.value, ranged.high),
    )  # fmt: skip
    assert row["p_all"] == pytest.approx(together[0])
    assert row["p_own"] == pytest.approx(crews[0, -1])


def test_a_shared_delay_makes_responders_late_together_as_in_a_simulation() -> None:
    rng = random_stream(2026, "test", "mobilisation")
    draws, at, needed = 200_000, 60.0, 5
    wait, notice = ThreePoint(2, 10, 40), ThreePoint(5, 15, 40)
    responders = [Responder(2, 0.9, NoticeAndTravel(notice, 10.0))] * 4
    exact = time_to_assemble(responders, needed, [at], mobilisation=wait)[0]
    shared = wait.draw(rng, draws)[:, None]
    came = (rng.random((draws, 4)) < 0.9) & (shared + notice.draw(rng, (draws, 4)) + 10.0 <= at)
    seen = (2 * came.sum(axis=1) >= needed).mean()
    assert abs(seen - exact) < 3 * np.sqrt(exact * (1 - exact) / draws)
    # Delays of their own, of the same law, would flatter: lateness together is what hurts.
    apart = (rng.random((draws, 4)) < 0.9) & (wait.draw(rng, (draws, 4)) + notice.draw(rng, (draws, 4)) + 10.0 <= at)
    assert (2 * apart.sum(axis=1) >= needed).mean() > exact + 0.005


def test_a_threat_is_met_when_all_it_asks_for_is_and_not_when_each_is_on_average() -> None:
    # In the day block both roles are there, at night neither: each is met half of the time, and so are both.
    blocks = list(BLOCKS.names)
    day = [block.startswith("early") for block in blocks]
    free = make_free(0.0)
    there = free["block"].map(dict(zip(blocks, day, strict=True)))
    whole = free.groupby(["block", "bases"])["crews"].transform("max")
    free = free.assign(probability=np.where(there, free["crews"] == whole, free["crews"] == 0).astype(float))
    rota = make_table(
        "command_cover", cadre=["TFC"] * 12, block=blocks, on_call=[int(d) for d in day], specialist=[0] * 12
    )
    asked = make_table(
        "requirements", requirement_id=["A", "B"], threat_id=["T1"] * 2, area_id=["N"] * 2, role=["ARV", "TFC"],
        officers=[2, 1], within_minutes=[30.0, 30.0],
    )  # fmt: skip
    tables = make_tables(command_cover=rota, requirements=asked)
    found = mutual_aid.assess_mutual_aid(tables, Ready(make_travel(), free, NOT_FORMED), make_scenario())
    each, whole = found.assembly["p_own"], found.threats["p_own"].item()
    assert whole == pytest.approx(each.min())
    assert whole > each.prod() + 0.1
    assert found.threats["worst_block_p"].item() == pytest.approx(found.threats["p_all"].item() * 0, abs=1)


@pytest.mark.parametrize(("arises", "expected"), [((1.0, 1.0), "both"), ((1.0, 0.1), "nested"), ((0.2, 0.2), "rare")])
def test_an_occurrence_goes_unmet_by_what_it_calls_for(arises, expected) -> None:
    asked = make_table(
        "requirements", requirement_id=["A", "B"], threat_id=["T1"] * 2, area_id=["N"] * 2, role=["ARV", "ARV"],
        officers=[2, 4], within_minutes=[30.0, 60.0], arises_share=list(arises),
    )  # fmt: skip
    found = assess(requirements=asked, load=1.2)
    both, first = found.threats["p_all"].item(), found.assembly.set_index("requirement_id").loc["A", "p_all"]
    wanted = {"both": 1 - both, "nested": 0.9 * (1 - first) + 0.1 * (1 - both), "rare": 0.2 * (1 - both)}[expected]
    assert found.threats["not_met_all"].item() == pytest.approx(wanted)


def test_a_requirement_arises_at_the_occurrences_that_reach_the_worst_case_unless_it_says_otherwise() -> None:
    threats = make_table("threats", threat_id=["T1", "T2"], worst_case_share=[0.25, None])
    asked = make_tables()["requirements"].assign(arises_share=[1.0, None, None, None, None, None])
    found = {n.requirement_id: n.arises for n in needs.needs_by_area(make_tables(threats=threats, requirements=asked))}
    assert found == {"R1": 1.0, "R2": 0.25, "R3": 0.25, "R4": 0.25, "R5": 0.25, "R6": 1.0}


def test_the_range_of_what_goes_unmet_holds_the_ends_of_travel_and_mobilisation() -> None:
    tables, ready, scenario = make_tables(), make_ready(1.0), make_scenario()
    slow, fast = (mutual_aid.with_aid_at(scenario, slow=slow) for slow in (True, False))
    assert (
        mutual_aid.assess_mutual_aid(tables, ready, scenario)
        .threats["not_met_low"]
        .equals(mutual_aid.assess_mutual_aid(tables, ready, scenario).threats["not_met_all"])
    )
    ends = [(ready, slow.with_values(donor_speed=40.0)), (ready, fast.with_values(donor_speed=160.0))]
    rows = mutual_aid.assess_mutual_aid(tables, ready, scenario, ends).threats
    assert (rows["not_met_low"] <= rows["not_met_all"] + 1e-12).all()
    assert (rows["not_met_high"] >= rows["not_met_all"] - 1e-12).all()
    assert (rows["not_met_high"] - rows["not_met_low"]).max() > 0.01


def test_busier_crews_never_raise_the_chance_of_own_officers_in_time() -> None:
    quiet, busy = assess(load=0.2).assembly, assess(load=1.5).assembly
    assert (busy["p_own"] <= quiet["p_own"] + 1e-12).all()
    assert (busy["p_own"] < quiet["p_own"] - 1e-6).any()


def test_officers_of_other_roles_count_when_deployable_and_not_lapsed(scenario) -> None:
    officers = make_table(
        "officers", officer_id=list("abcd"), base_id=["B1"] * 4, role=["SFO", "SFO", "SFO", "ARV"],
        status=["deployable", "deployable", "sick", "deployable"],
    )  # fmt: skip
    passed = make_table("currency", officer_id=["a", "b"], module=["M1"] * 2, valid_until=["2027-01-01", "2026-10-31"])
    tables = make_tables(officers=officers, currency=passed)
    # One officer, on duty 40 of 168 hours and then present with 0.8.
    assert own.standby(tables, ["B1", "B2"], scenario) == {"SFO": [(0, pytest.approx(40 / 168 * 0.8))]}
    counts = np.arange(9)
    more, less = arrived("ARV", MOMENTS, 8, tables, others=["SFO"]), arrived("ARV", MOMENTS, 8, tables)
    assert (more @ counts - less @ counts)[-1] == pytest.approx(40 / 168 * 0.8)
    assert arrived("ARV", MOMENTS, 8) == pytest.approx(less)


def test_an_on_call_role_without_a_command_rota_keeps_one_of_its_own(scenario) -> None:
    officers = make_table(
        "officers", officer_id=[f"d{n}" for n in range(9)], base_id=["B2"] * 9, role=["DOG"] * 9,
        status=["deployable"] * 9,
    )  # fmt: skip
    roles = make_tables()["roles"].assign(duty=["shift", "shift", "on_call", "on_call"])
    tables = make_tables(officers=officers, roles=roles)
    # Nine people, six to a place on the rota: one always, a second half of the time; from B2, 28 or 48 minutes away.
    assert own.standby(tables, ["B1", "B2"], scenario) == {"DOG": [(1, 1.0), (1, 0.5)]}
    assert arrived("DOG", [20.0, 60.0], 2, tables) == pytest.approx(np.array([[1, 0, 0], [0, 0.5, 0.5]]))


def test_commanders_on_call_take_up_their_function_after_turning_out() -> None:
    assert arrived("TFC", MOMENTS, 2)[:, 1].tolist() == pytest.approx([0, 1, 1, 1, 1, 1, 1])


def test_a_cadre_that_may_stand_in_for_armed_officers_goes_in_person_but_commands_only() -> None:
    roles = make_tables()["roles"].assign(stands_in_for=[None, None, "ARV", None])
    posts = make_table("posts", role=["ARV", "TFC", "TFC"], base_id=["B1", "B1", "B2"], established=[40, 2, 4])
    tables = make_tables(roles=roles.astype({"stands_in_for": "str"}), posts=posts)
    # From B2: Z2 (a quarter of the demand) after 28 minutes, Z1 after 48.
    assert arrived("TFC", MOMENTS, 1, tables)[:, 1].tolist() == pytest.approx([0, 0, 0, 0, 0.25, 1, 1])
    assert arrived("ARV", MOMENTS, 8, tables, others=["TFC"]) == pytest.approx(arrived("ARV", MOMENTS, 8, tables))


def test_own_officers_arrive_as_distributions_that_only_grow_with_time() -> None:
    found = arrived("ARV", MOMENTS, 5)
    assert found.sum(axis=1) == pytest.approx(np.ones(MOMENTS.size))
    at_least = found[:, ::-1].cumsum(axis=1)
    assert (np.diff(at_least, axis=0) >= -1e-12).all()


def test_an_area_without_zones_is_reached_by_no_crew_and_by_aid_at_the_centre_of_the_force(scenario) -> None:
    areas = make_table("areas", area_id=["N", "S", "E"], name=["North", "South", "East"])
    rows = assess(areas=areas).assembly.query("requirement_id == 'R2' and area_id == 'E'").iloc[0]
    assert rows["p_own"] == 0
    assert rows["p_ever"] > 0


def test_people_on_call_set_out_later_than_crews(scenario) -> None:
    officers = make_table(
        "officers", officer_id=["d"] * 6, base_id=["B2"] * 6, role=["DOG"] * 6, status=["deployable"] * 6
    )
    officers = officers.assign(officer_id=[f"d{n}" for n in range(6)])
    roles = make_tables()["roles"].assign(duty=["shift", "shift", "on_call", "on_call"])
    tables = make_tables(officers=officers, roles=roles)
    # From B2 25 minutes to a quarter of the demand, 45 to the rest; turnout 3 for crews, 30 for people on call.
    found = arrived("DOG", [28.0, 55.0, 75.0], 1, tables, on_call_turnout_minutes=30)[:, 1]
    assert found.tolist() == pytest.approx([0, 0.25, 1])
    assert arrived("ARV", MOMENTS, 6, tables, on_call_turnout_minutes=30) == pytest.approx(arrived("ARV", MOMENTS, 6))


def test_zones_without_stated_demand_are_equally_likely() -> None:
    zones = make_tables()["zones"].assign(demand_weight=0.0)
    places, weights = supply.zones_of(zones)["N"]
    assert places.tolist() == [0, 1]
    assert weights.tolist() == [0.5, 0.5]


def test_bases_are_within_reach_from_turnout_on_and_nobody_before() -> None:
    minutes = np.array([[0.0, 20.0], [40.0, 5.0]])
    moments = np.array([2.0, 3.0, 10.0, 50.0])
    (crews, called), place = own.bases_in_reach(minutes, moments - 3, moments - 10)
    assert not crews[0].any()
    assert (place[:, 0] == 0).all()
    assert crews[place[0]].tolist() == [[False, False], [True, False], [True, False], [True, True]]
    assert called[place[0]].tolist() == [[False, False], [False, False], [True, False], [True, True]]
    assert crews[place[1]].tolist() == [[False, False], [False, False], [False, True], [True, True]]


def test_without_shift_posts_no_role_crews_vehicles() -> None:
    bare = make_tables(posts=make_table("posts"))
    assert crew_role(bare) == ""
    assert arrived("ARV", MOMENTS, 3, bare)[:, 0] == pytest.approx(1.0)


def test_the_curve_of_a_threat_with_one_time_passes_through_its_probability() -> None:
    asked = make_tables()["requirements"].assign(within_minutes=60.0)
    found = assess(requirements=asked)
    joined = found.curves.merge(found.threats, on=["threat_id", "area_id"]).query("minutes == 60")
    for source in ("own", "home", "collaboration", "all"):
        rows = joined.loc[joined["source"] == source]
        assert len(rows) == 3
        assert rows["probability"].tolist() == pytest.approx(rows[f"p_{source}"].tolist())


def test_curves_only_rise() -> None:
    for _, rows in assess(load=1.0).curves.groupby(["threat_id", "area_id", "source"]):
        assert (np.diff(rows["probability"]) >= -1e-12).all()


@given(
    st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(any),
    st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(any),
)
def test_the_sum_of_two_counts_is_their_convolution_with_the_top_lumped(one, other):
    first, second = (np.array(each) / sum(each) for each in (one, other))
    assert summed(first, second) == pytest.approx(capped(np.convolve(first, second), 3))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).filter(lambda p: sum(p) > 0), st.integers(0, 9))
def test_capping_a_count_keeps_its_mass(weights, most):
    chances = np.array(weights) / sum(weights)
    shorter = capped(chances, most)
    assert shorter.size == most + 1
    assert shorter.sum() == pytest.approx(1.0)
    assert shorter[:most] == pytest.approx(np.pad(chances, (0, 9))[:most])


def test_a_force_with_nothing_to_say_yet_gets_empty_frames_with_their_columns(scenario) -> None:
    empty = NOTHING_PUBLIC | {name: make_table(name) for name in NAMES}
    nothing = Ready(make_travel().iloc[:0], make_free().iloc[:0], NOT_FORMED)
    blank = mutual_aid.assess_mutual_aid(empty, nothing, scenario)
    full = assess()
    for name in full.__dataclass_fields__:
        assert list(getattr(blank, name).columns) == list(getattr(full, name).columns), name
        assert getattr(blank, name).empty


def test_requirements_without_any_supply_are_gaps_of_role(scenario) -> None:
    bare = (
        NOTHING_PUBLIC
        | {name: make_table(name) for name in NAMES}
        | {name: make_tables()[name] for name in ("areas", "zones", "roles", "requirements")}
    )
    nothing = Ready(make_travel().iloc[:0], make_free().iloc[:0], NOT_FORMED)
    rows = mutual_aid.assess_mutual_aid(bare, nothing, scenario).assembly
    assert set(rows["binding"]) == {"role"}


def test_the_inputs_are_left_as_they_were(scenario) -> None:
    tables, ready = make_tables(), make_ready()
    before = copy.deepcopy((tables, ready))
    mutual_aid.assess_mutual_aid(tables, ready, scenario)
    for name, frame in before[0].items():
        pd.testing.assert_frame_equal(tables[name], frame)
    for name in ("travel", "free", "formed"):
        pd.testing.assert_frame_equal(getattr(ready, name), getattr(before[1], name))


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0]])
def test_the_order_of_agreements_does_not_matter(order: list[int]) -> None:
    table = make_agreements()
    plain, shuffled = assess(agreements=table), assess(agreements=table.iloc[order].reset_index(drop=True))
    assert shuffled.assembly["p_all"].tolist() == pytest.approx(plain.assembly["p_all"].tolist())


def shown(scenario=None, **changed: pd.DataFrame) -> SimpleNamespace:
    """Return what the report needs of an assessment of the small force."""
    tables, scenario = make_tables(**changed), scenario or make_scenario()
    chapter = mutual_aid.assess_mutual_aid(tables, make_ready(0.9), scenario)
    unmet = chapter.threats.sort_values("not_met_all", ascending=False, kind="stable")
    weighed = pd.DataFrame(
        {"kind": ["test", "renew", "test"], "subject": ["G2", "G2", "G9"], "removed": [0.25, 0.0, 9.0]}
    )
    return SimpleNamespace(
        tables=tables, scenario=scenario, mutual_aid=chapter, unmet=unmet, illustrative=("agreements",),
        options=SimpleNamespace(ranking=weighed),
    )  # fmt: skip


def test_every_exhibit_of_the_worked_force_says_its_finding_in_picture_text_and_table(assessed) -> None:
    for name in report.__all__:
        made = getattr(report, name)(assessed)
        html = made._repr_html_()
        assert "nan" not in re.sub(r'src="[^"]*"', "", html).replace("finance", ""), name
        if isinstance(made, Exhibit):
            assert len(made.table), name
            assert made.figure is not None
    assert len(report.findings(assessed).sentences) == 7


def test_a_report_of_nothing_asks_for_what_is_missing(scenario) -> None:
    empty = NOTHING_PUBLIC | {name: make_table(name) for name in NAMES}
    for name in report.__all__:
        made = getattr(report, name)(shown(scenario, **empty))
        assert isinstance(made, Prose), name
        assert TO_BE_SUPPLIED in repr(made), name


def test_the_findings_say_who_meets_what_and_what_binds() -> None:
    said = repr(report.findings(shown()))
    tally = shown().mutual_aid.assembly["status"].value_counts()
    assert f"Met in time, of 7 requirements by area: {tally['own']} by own officers" in said
    assert "nobody offers the role (1)" in said
    assert "all together are too few (1)" in said
    assert "3 of 3 agreements count in full: of 14 officers promised, 13 are expected to be released" in said
    assert "1 of 3 donors would fall below its own requirement: Near; the strength of 1 is not known" in said


def test_a_gap_never_reads_as_if_it_reached_the_level() -> None:
    assert in_time(0.8999) == "89%"
    assert in_time(0.9) == "90%"
    assert in_time(0.004) == "under 1%"


def test_the_findings_hold_when_every_requirement_is_met_and_nothing_is_promised() -> None:
    easy = make_table(
        "requirements", requirement_id=["R1"], threat_id=["T1"], area_id=["N"], role=["TFC"], officers=[1],
        within_minutes=[15.0],
    )  # fmt: skip
    a = shown(requirements=easy, agreements=make_table("agreements"))
    said = repr(report.findings(a))
    assert "Met in time, of 1 requirement by area: 1 by own officers" in said
    assert "No requirement is left unmet with all aid" in said
    assert "No donor would fall below its own requirement" in said
    assert report.curves(a).figure is None
    assert TO_BE_SUPPLIED in repr(report.agreements(a))


def test_standings_are_told_apart_in_words() -> None:
    a = shown(
        agreements=make_agreements(
            tested_on=[None, "2026-01-01", "2026-01-01"], test_result=[None, "not_met", "met"],
            expires_on=["2028-01-01", "2026-10-01", "2026-12-01"],
        )
    )  # fmt: skip
    made = report.agreements(a)
    assert made.headline.startswith(
        "1 of 3 agreements counts in full, 1 of them about to end; 1 expired and 1 untested"
    )
    assert list(made.table["Standing"]) == ["expired", "untested", "expiring"]
    assert list(made.table["Last tested"]) == ["01 Jan 2026", "never", "01 Jan 2026"]


def test_hostile_words_in_the_tables_stay_words() -> None:
    a = shown(donors=make_tables()["donors"].assign(name="<script>alert(1)</script>"))
    html = " ".join(getattr(report, name)(a)._repr_html_() for name in report.__all__)
    assert "<script>" not in html
