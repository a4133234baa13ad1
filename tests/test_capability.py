"""How many officers are needed, how many there are: worked cases, directions, extremes, inputs unchanged."""

import copy
import re
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import AS_AT, BLOCKS, PROJECT, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra import capability
from apstra.capability import cover, requirement, strength
from apstra.queueing import erlang_b
from apstra.report import capability as report
from apstra.report.exhibit import TO_BE_SUPPLIED, Exhibit, Prose
from apstra.schema import TABLES, Kind
from apstra.uncertainty import random_stream

CASES = yaml.safe_load((PROJECT / "tests" / "cases" / "capability.yaml").read_text(encoding="utf-8"))
DTYPES = {Kind.TEXT: "str", Kind.INTEGER: "float64", Kind.NUMBER: "float64", Kind.FLAG: "boolean"}
NAMES = ("areas", "zones", "bases", "roles", "modules", "posts", "officers", "currency", "command_cover", "equipment")
NAMES += ("training_estate", "crews", "requirements")
FLAT = (1.0, 1.0, 1.0)


def make_table(name: str, /, **columns: list[object]) -> pd.DataFrame:
    """Return a table of the force as it is read: every column, in its type."""
    rows = len(next(iter(columns.values()), []))
    return pd.DataFrame(
        {
            c.name: pd.Series(columns.get(c.name, [None] * rows)).astype(DTYPES.get(c.kind, "datetime64[us]"))
            for c in TABLES[name].columns
        }
    )


def make_tables(**changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return a small force: two areas, armed response officers on shift, tactical commanders on call."""
    tables = {name: make_table(name) for name in NAMES}
    tables |= {
        "areas": make_table("areas", area_id=["N", "S"], name=["North", "South"]),
        "bases": make_table("bases", base_id=["B1", "B2"], area_id=["N", "S"]),
        "roles": make_table(
            "roles", role=["TFC", "ARV", "SFO"], title=["Tactical commander", "Armed response officer", "Specialist"],
            duty=["on_call", "shift", None], stands_in_for=[None, None, "ARV"],
        ),
        "modules": make_table("modules", module=["A1", "A2", "T1"], role=["ARV", "ARV", "TFC"]),
        "posts": make_table(
            "posts", role=["ARV", "ARV", "TFC"], base_id=["B1", "B2", "B1"], established=[20, 15, 6],
            required_last_year=[22, None, 6],
        ),
        "officers": make_table(
            "officers", officer_id=list("abcdefg"), base_id=["B1"] * 7, role=["ARV"] * 6 + [None],
            status=["deployable", "deployable", "course", "sick", "deployable", "deployable", "deployable"],
        ),
        "currency": make_table(
            "currency",
            officer_id=["a", "a", "b", "b", "c", "c", "d", "d", "e", "f", "f", "g", "a"],
            module=["A1", "A2", "A1", "A2", "A1", "A2", "A1", "A2", "A1", "A1", "A2", "T1", "T1"],
            passed_on=["2025-06-01"] * 13,
            valid_until=["2027-06-01", "2027-03-01", "2026-11-01", "2027-06-01", "2027-06-01", "2027-06-01",
                         "2027-06-01", "2027-06-01", "2027-06-01", "2026-10-31", "2027-06-01", "2027-01-15",
                         "2027-06-01"],
        ),
        "crews": make_table(
            "crews", base_id=["B1"] * 12 + ["B2"] * 12, block=list(BLOCKS.names) * 2, crews=[2] * 12 + [1] * 12,
            officers_per_crew=[2] * 24,
        ),
        "requirements": make_table(
            "requirements", requirement_id=["R1", "R2", "R3", "R4", "R5"], threat_id=["T1", "T1", "T2", "T2", "T1"],
            area_id=[None, "N", "N", "S", None], role=["ARV", "ARV", "ARV", "ARV", "TFC"], officers=[4, 2, 7, 6, 1],
            within_minutes=[30] * 5, means=["taser|shield", None, "taser", None, None],
        ),
        "command_cover": make_table(
            "command_cover", cadre=["TFC"] * 2, block=list(BLOCKS.names[:2]), on_call=[1, 0], specialist=[1, 0]
        ),
    }  # fmt: skip
    return tables | changed


def make_load(firearms: float = 0.1, other: float = 0.2, areas: tuple[str, ...] = ("N", "S")) -> pd.DataFrame:
    """Return the same load in every area and block."""
    rows = [(area, block, firearms, other, firearms + other, 2) for area in areas for block in BLOCKS.names]
    return pd.DataFrame(rows, columns=["area_id", "block", "firearms_load", "other_load", "offered_load", "crews"])


def make_people(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return who holds which role in ``tables``."""
    return strength.holders(tables["officers"], tables["currency"], tables["modules"], tables["roles"])


@pytest.mark.parametrize("case", CASES["crewing"], ids=str)
def test_crewing_probability_gives_the_worked_values(case: dict) -> None:
    found = capability.crewing_probability(
        case["officers"], case["probability"], case["crews"], shared_shocks=[tuple(s) for s in case["shocks"]]
    )
    assert found == pytest.approx(case["expected"], abs=case["tolerance"])


def test_two_shocks_are_weighed_in_every_combination() -> None:
    shocks = [(0.5, 1), (0.25, 2)]
    expected = sum(
        0.5 * (0.25 if two else 0.75) * stats.binom.sf(3, 9 - one - 2 * two, 0.7) for one in (0, 1) for two in (0, 1)
    )
    assert capability.crewing_probability(9, 0.7, 2, shared_shocks=shocks) == pytest.approx(expected, abs=1e-12)


def test_crewing_agrees_with_simulation_within_three_standard_errors() -> None:
    rng = random_stream(2026, "test", "crewing")
    draws = 200_000
    shocks = [(0.1, 3), (0.3, 1)]
    left = 12 - sum(size * (rng.random(draws) < p) for p, size in shocks)
    share = (rng.binomial(left, 0.85) // 2 >= 4).mean()
    exact = capability.crewing_probability(12, 0.85, 4, shared_shocks=shocks)
    assert abs(share - exact) < 3 * np.sqrt(exact * (1 - exact) / draws)


@given(st.integers(0, 30), st.floats(0, 1), st.integers(0, 10), st.integers(1, 3), st.floats(0, 1), st.integers(0, 8))
def test_crewing_falls_with_more_crews_and_shocks_and_rises_with_more_officers(officers, p, crews, each, hit, removed):
    def chance(**changed):
        arguments = {"officers": officers, "probability": p, "crews": crews, "per_crew": each} | changed
        return capability.crewing_probability(**arguments)

    plain = chance()
    assert 0 <= plain <= 1 + 1e-12
    assert chance(crews=crews + 1) <= plain + 1e-12
    assert chance(officers=officers + 1) >= plain - 1e-12
    assert chance(shared_shocks=[(hit, removed)]) <= plain + 1e-12
    assert chance(crews=0) == 1.0


def test_a_shock_beyond_the_roster_leaves_nobody() -> None:
    assert capability.crewing_probability(4, 1.0, 1, shared_shocks=[(0.3, 9)]) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((10, 1.2, 4), "probability"),
        ((-1, 0.5, 4), "officers"),
        ((10, 0.5, 1.5), "crews"),
        ((10, np.nan, 4), "probability"),
    ],
)
def test_crewing_refuses_what_is_no_count_or_probability_by_name(arguments: tuple, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        capability.crewing_probability(*arguments)


def test_crewing_refuses_a_shock_that_is_no_probability() -> None:
    with pytest.raises(ValueError, match="shared_shocks"):
        capability.crewing_probability(4, 0.5, 1, shared_shocks=[(1.5, 1)])


@pytest.mark.parametrize("case", CASES["fewest_crews"], ids=str)
def test_the_fewest_crews_are_those_of_the_printed_traffic_tables(case: dict) -> None:
    assert requirement.fewest_crews(case["load"] * 0.995, 1 - case["loss"]) == case["servers"]
    assert requirement.fewest_crews(case["load"] * 1.005, 1 - case["loss"]) == case["servers"] + 1


def test_crews_for_a_load_in_doubt_are_those_that_serve_the_mean_of_what_each_load_would_lose() -> None:
    loads = [0.5, 1.0, 4.5]
    crews = requirement.fewest_crews(loads, 0.9)
    assert np.mean([erlang_b(crews, load) for load in loads]) <= 0.1
    assert np.mean([erlang_b(crews - 1, load) for load in loads]) > 0.1
    assert crews > requirement.fewest_crews(np.mean(loads), 0.9)


def test_the_range_of_crews_is_what_the_least_and_the_most_demand_alone_would_need(scenario) -> None:
    tables = make_tables()
    load = make_load(0.8, 0.3)
    needed = requirement.crews_needed(load, tables["crews"], tables["bases"], (0.4, 1.0, 1.1, 3.0), scenario)
    for column, factors in (("_low", (0.4,)), ("_high", (3.0,)), ("", (0.4, 1.0, 1.1, 3.0))):
        loads = [factor * load["firearms_load"].iloc[0] + load["other_load"].iloc[0] for factor in factors]
        expected = requirement.fewest_crews(loads, scenario.force.assurance_level, 1)
        assert (needed[f"crews_needed{column}"] == expected).all()


@given(st.floats(0, 12), st.floats(0.5, 0.999), st.integers(0, 4))
def test_the_fewest_crews_meet_the_assurance_level_and_one_fewer_would_not(load, level, minimum):
    crews = requirement.fewest_crews(load, level, minimum)
    assert crews >= minimum
    assert erlang_b(crews, load) <= 1 - level
    assert crews == minimum or erlang_b(crews - 1, load) > 1 - level


def test_relief_steps_add_up_to_the_hours_worked_by_hand(scenario) -> None:
    steps = requirement.relief_steps(scenario).set_index("quantity")["hours"]
    for quantity in steps.index:
        assert steps[quantity] == pytest.approx(CASES["relief"][quantity], abs=1e-5), quantity
    assert steps.drop("productive").sum() == pytest.approx(steps["productive"])
    assert capability.relief_factor(scenario) == pytest.approx(CASES["relief"]["factor"], abs=1e-6)
    assert cover.rostered_hours(scenario) == pytest.approx(2087.142857 - 216 - 200, abs=1e-5)


def test_absence_that_takes_every_hour_is_refused() -> None:
    with pytest.raises(ValueError, match="productive hours"):
        capability.relief_factor(make_scenario(annual_leave_days=300))


@pytest.mark.parametrize("name", ["annual_leave_days", "training_days", "court_and_other_days", "sickness_share"])
def test_more_absence_asks_for_more_posts(name: str, scenario) -> None:
    more = make_scenario(**{name: scenario.value(name) * 1.5})
    assert capability.relief_factor(more) > capability.relief_factor(scenario)


def test_each_step_from_post_to_deployable_counts_whom_it_should() -> None:
    tables = make_tables()
    steps = strength.strength_steps(make_people(tables), tables["posts"], tables["roles"], AS_AT).set_index("role")
    # e never passed A2; f's A1 ended the day before; b's A1 ends on the day and still holds; d is sick; c on a course.
    assert steps.loc["ARV", list(strength.STEPS)].tolist() == [35, 6, 5, 4, 3, 2]
    assert steps.loc["TFC", list(strength.STEPS)].tolist() == [6, 1, 1, 1, 1, 1]
    assert steps.loc["SFO", list(strength.STEPS)].tolist() == [0, 0, 0, 0, 0, 0]
    assert list(steps.index) == ["TFC", "ARV", "SFO"]


def test_a_blank_role_is_read_from_the_modules_passed() -> None:
    people = make_people(make_tables()).set_index("officer_id")
    assert people.loc["g", "role"] == "TFC"
    assert people.loc["a", "role"] == "ARV"


def test_losses_give_the_first_reason_and_account_for_everybody() -> None:
    tables = make_tables()
    people = make_people(tables)
    lost = strength.losses(people, AS_AT)
    reasons = lost.loc[lost["role"] == "ARV"].set_index("reason")["officers"].to_dict()
    assert reasons == {strength.NEVER_PASSED: 1, strength.LAPSED: 1, "course": 1, "sick": 1}
    steps = strength.strength_steps(people, tables["posts"], tables["roles"], AS_AT)
    assert lost["officers"].sum() == (steps["in_post"] - steps["available"]).sum()


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(TABLES["officers"].column("status").allowed), st.integers(-900, 900),
                          st.integers(0, 2)), max_size=20))  # fmt: skip
def test_no_step_exceeds_the_one_before(people):
    ids = [f"o{number}" for number in range(len(people))]
    passed = [(name, f"A{module + 1}", offset) for name, (_, offset, modules) in zip(ids, people, strict=True)
              for module in range(modules)]  # fmt: skip
    ends = [(pd.Timestamp(AS_AT) + pd.Timedelta(days=offset)).isoformat() for _, _, offset in passed]
    tables = make_tables(
        officers=make_table("officers", officer_id=ids, role=["ARV"] * len(ids), status=[s for s, _, _ in people]),
        currency=make_table(
            "currency", officer_id=[p[0] for p in passed], module=[p[1] for p in passed], valid_until=ends
        ),
    )
    steps = strength.strength_steps(make_people(tables), tables["posts"], tables["roles"], AS_AT)
    counts = steps.set_index("role").loc["ARV", list(strength.STEPS)[1:]]
    assert all(later <= earlier for earlier, later in pairwise(counts))


def test_currency_only_falls_when_nobody_is_refreshed() -> None:
    tables = make_tables()
    ahead = strength.currency_ahead(make_people(tables), tables["roles"], AS_AT)
    arv = ahead.loc[ahead["role"] == "ARV"]
    assert arv["months_ahead"].tolist() == [0, 3, 6, 12]
    # b goes at 3 months, a (A2 to 1 March) at 6, all at 12.
    assert arv["current"].tolist() == [4, 3, 2, 0]
    assert (arv["of"] == 6).all()
    assert "SFO" not in set(ahead["role"])


def test_what_lapses_is_listed_for_the_own_role_only_and_earliest_first() -> None:
    tables = make_tables()
    soon = strength.lapsing(make_people(tables), tables["currency"], tables["modules"], AS_AT)
    assert soon.iloc[0][["officer_id", "module", "lapsed"]].tolist() == ["f", "A1", True]
    assert soon["valid_until"].is_monotonic_increasing
    assert not ((soon["officer_id"] == "a") & (soon["module"] == "T1")).any()


def test_one_incident_is_in_one_area_so_areas_do_not_add() -> None:
    at_once = requirement.called_at_once(make_tables()["requirements"]).set_index(["threat_id", "role"])["officers"]
    assert at_once["T1", "ARV"] == 6
    assert at_once["T2", "ARV"] == 7


def test_two_incidents_at_once_add_the_two_largest_threats() -> None:
    seats = requirement.scenario_seats(make_tables()["requirements"], 2)
    assert seats.loc["ARV", "called"] == 13
    assert seats.loc["ARV", "threats"] == "T2 and T1"


def test_the_demand_leg_is_the_arithmetic_of_crews_and_hours(scenario) -> None:
    # 0.3 erlangs need 2 crews at 95 % (0.0335 lost; 0.2308 with one): 2 areas x 2 crews x 8,766 h x 2 / 1,529.59 h.
    frame = requirement.requirement_by_role(make_tables(), make_load(), FLAT, scenario).set_index("role")
    assert frame.loc["ARV", "demand_leg"] == pytest.approx(4 * 2 * 8766 / 1529.585714, rel=1e-8)
    assert frame.loc["ARV", "scenario_leg"] == pytest.approx(7 * 5.730963, rel=1e-6)
    assert frame.loc["ARV", ["required", "rules"]].tolist() == [46, "demand"]
    assert frame.loc["TFC", ["required", "rules", "scenario_leg"]].tolist() == [6, "scenario", 6.0]
    assert frame.loc["SFO", ["required", "rules"]].tolist() == [0, "none"]
    assert frame.loc["ARV", "required_last_year"] == 22
    assert np.isnan(frame.loc["SFO", "required_last_year"])


def test_the_worst_case_rules_where_it_is_larger() -> None:
    frame = requirement.requirement_by_role(
        make_tables(), make_load(), FLAT, make_scenario(simultaneous_incidents=2)
    ).set_index("role")
    assert frame.loc["ARV", "rules"] == "scenario"
    assert frame.loc["ARV", "required"] == np.ceil(13 * 5.730963)
    assert "The worst case rules." in frame.loc["ARV", "reasoning"]


def test_the_reasoning_carries_the_numbers_it_rests_on(scenario) -> None:
    frame = requirement.requirement_by_role(make_tables(), make_load(), FLAT, scenario).set_index("role")
    words = frame.loc["ARV", "reasoning"]
    for part in ("46 posts of Armed response officer", "North 2, South 2 crews", "35,064 crew-hours", "= 45.8", "T2",
                 "Demand rules."):  # fmt: skip
        assert part in words, words
    assert "calls for 1 at once, x 6 people on the rota for each = 6.0" in frame.loc["TFC", "reasoning"]
    assert "no threat calls for the role" in frame.loc["SFO", "reasoning"]


def test_a_role_without_posts_is_left_to_aid(scenario) -> None:
    called = make_table(
        "requirements", requirement_id=["R1"], threat_id=["T1"], role=["SFO"], officers=[5], within_minutes=[60]
    )
    frame = requirement.requirement_by_role(make_tables(requirements=called), make_load(), FLAT, scenario)
    row = frame.set_index("role").loc["SFO"]
    assert row["required"] == 0
    assert "aid is to bring the 5 called for" in row["reasoning"]


def test_the_range_moves_firearms_demand_alone_and_holds_the_middle(scenario) -> None:
    frame = requirement.requirement_by_role(make_tables(), make_load(0.3, 0.2), (0.2, 1.0, 4.0), scenario)
    arv = frame.set_index("role").loc["ARV"]
    assert arv["required_low"] <= arv["required"] < arv["required_high"]
    still = requirement.requirement_by_role(make_tables(), make_load(0.0, 0.5), (0.2, 1.0, 4.0), scenario)
    still = still.set_index("role").loc["ARV"]
    assert still["required_low"] == still["required"] == still["required_high"]


@settings(deadline=None, max_examples=8)
@given(st.floats(0, 3), st.floats(0, 3))
def test_more_load_never_asks_for_fewer_posts(less, more):
    less, more = sorted((less, more))
    few = capability.required_posts(make_tables(), make_load(less), FLAT, make_scenario())
    many = capability.required_posts(make_tables(), make_load(more), FLAT, make_scenario())
    assert (many >= few).all()


def test_crews_needed_stand_beside_those_rostered(scenario) -> None:
    tables = make_tables()
    needed = requirement.crews_needed(make_load(), tables["crews"], tables["bases"], FLAT, scenario)
    assert needed.groupby("area_id")["crews_rostered"].first().to_dict() == {"N": 2, "S": 1}
    assert (needed["crews_needed"] == 2).all()


def test_a_cadre_of_the_rota_is_on_call_where_the_role_does_not_say() -> None:
    tables = make_tables()
    unsaid = tables | {"roles": tables["roles"].assign(duty=pd.Series([None] * 3, dtype="str"))}
    assert requirement.on_call(unsaid).to_dict() == {"TFC": True, "ARV": False, "SFO": False}
    assert requirement.crew_role(unsaid) == "ARV"


def test_rostered_officers_follow_the_seats_and_deployable_strength(scenario) -> None:
    tables = make_tables()
    held = pd.DataFrame({"role": ["ARV"], "available": [40]})
    found = cover.crewing(tables, held, scenario)
    # 40 officers x 1,671.14 h over 6 seats x 8,766 h: 7.6 a block.
    assert (found["officers_rostered"] == 7).all()
    assert (found["officers_needed"] == 6).all()
    expected = capability.crewing_probability(7, 0.8, 3, shared_shocks=[(0.1, 3)])
    assert found["probability"].tolist() == pytest.approx([expected] * 12)
    assert (found["probability_less_one"] > found["probability"]).all()


def test_command_cover_shows_every_block_and_a_gap_where_nobody_is_on_call(scenario) -> None:
    tables = make_tables()
    rota = cover.command_cover(tables["command_cover"], tables["roles"], BLOCKS)
    assert len(rota) == len(BLOCKS.names)
    assert rota["covered"].sum() == 1
    assert rota["hours_a_year"].sum() == pytest.approx(8766)


def test_equipment_counts_only_what_is_serviceable_and_is_silent_where_it_does_not_know(scenario) -> None:
    items = make_table(
        "equipment", item=["taser", "shield", "baton"], family=["less_lethal", "protective", "less_lethal"],
        approval=["approved"] * 3, reviewed_on=["2026-01-01", "2024-10-31", None],
        serviceable_share=[0.29, 0.9, 1.0], held=[100, 10, None], required=[30, 8, 5],
    )  # fmt: skip
    found = cover.equipment_position(items, make_tables()["requirements"], scenario).set_index("item")
    assert found.loc["taser", ["serviceable", "short", "called_for"]].tolist() == [29, 1, 2]
    assert found.loc["shield", ["short", "called_for"]].tolist() == [0, 1]
    assert np.isnan(found.loc["baton", "short"])
    assert found["review_overdue"].tolist() == [False, True, True]


def test_a_facility_needs_attention_when_worn_or_not_fully_licensed() -> None:
    estate = make_table(
        "training_estate", facility=list("abcd"), kind=["range"] * 4, condition=["good", "poor", "good", "fair"],
        days_lost=[0.0] * 4, licence_status=["licensed", "licensed", "conditional", "licensed"],
        licence_until=["2027-01-01", "2027-01-01", "2027-01-01", "2026-10-31"],
    )  # fmt: skip
    assert cover.estate_position(estate, AS_AT)["attention"].tolist() == [False, True, True, True]


@pytest.mark.parametrize(("required", "held", "missing"), [(20, 17, 3), (20, 20, 0), (20, 23, 0), (0, 0, 0)])
def test_shortfall_and_deficit_never_fall_below_nothing(required: int, held: int, missing: int) -> None:
    assert capability.shortfall(required, held) == missing
    assert capability.deficit(required, held) == missing


def test_position_sets_required_established_and_deployable_side_by_side(scenario) -> None:
    chapter = capability.assess_capability(make_tables(), make_load(), (0.5, 1.0, 2.0), scenario)
    arv = chapter.position.set_index("role").loc["ARV"]
    assert arv[["required", "established", "deployable", "shortfall", "deficit"]].tolist() == [46, 35, 2, 44, 11]
    assert arv["shortfall_low"] <= arv["shortfall"] <= arv["shortfall_high"]


def test_a_force_with_nothing_to_say_yet_gets_empty_frames_with_their_columns(scenario) -> None:
    empty = {name: make_table(name) for name in NAMES}
    chapter = capability.assess_capability(empty, make_load().iloc[:0], FLAT, scenario)
    full = capability.assess_capability(make_tables(), make_load(), FLAT, scenario)
    for name in chapter.__dataclass_fields__:
        assert list(getattr(chapter, name).columns) == list(getattr(full, name).columns), name
    assert chapter.position.empty


def test_the_tables_given_are_left_as_they_were(scenario) -> None:
    tables, load = make_tables(), make_load()
    before = copy.deepcopy((tables, load))
    capability.assess_capability(tables, load, (0.5, 1.0, 2.0), scenario)
    capability.required_posts(tables, load, FLAT, scenario)
    for name, frame in before[0].items():
        pd.testing.assert_frame_equal(tables[name], frame)
    pd.testing.assert_frame_equal(load, before[1])


def shown(tables=None, load=None, **changes) -> SimpleNamespace:
    """Return what the report needs of an assessment of the small force."""
    tables, scenario = tables or make_tables(), make_scenario(**changes)
    load = make_load() if load is None else load
    chapter = capability.assess_capability(tables, load, (0.5, 1.0, 2.0), scenario)
    return SimpleNamespace(tables=tables, scenario=scenario, capability=chapter, illustrative=("officers",))


def test_every_exhibit_of_the_worked_force_says_its_finding_in_picture_text_and_table(assessed) -> None:
    for name in report.__all__:
        made = getattr(report, name)(assessed)
        html = made._repr_html_()
        assert "nan" not in re.sub(r'src="[^"]*"', "", html), name
        if isinstance(made, Exhibit):
            assert len(made.table), name
            assert made.headline.split(";")[0] in html.replace("&#x27;", "'")
    assert len(report.findings(assessed).sentences) == 8


def words(made) -> str:
    """Return an exhibit's or sentences' HTML without the picture, which takes long to draw."""
    return (replace(made, figure=None) if isinstance(made, Exhibit) else made)._repr_html_()


def test_no_exhibit_shows_who_an_officer_is(assessed) -> None:
    ids = set(assessed.tables["officers"]["officer_id"])
    html = " ".join(words(getattr(report, name)(assessed)) for name in report.__all__)
    assert not [one for one in ids if re.search(rf"\b{re.escape(one)}\b", html)]


def test_a_report_of_nothing_asks_for_what_is_missing(scenario) -> None:
    empty = shown({name: make_table(name) for name in NAMES}, make_load().iloc[:0])
    for name in report.__all__:
        made = getattr(report, name)(empty)
        assert isinstance(made, Prose) or name in {"relief"}, name
        assert TO_BE_SUPPLIED in repr(made) or name == "relief", name


def test_the_findings_hold_for_a_small_force_with_many_gaps() -> None:
    said = repr(report.findings(shown()))
    assert "2 of 2 roles are short: Armed response officer by 44 of 46 and Tactical commander by 5 of 6" in said
    assert "4 of 7 officers in post are not available" in said
    assert "In 12 of 24 areas and blocks fewer crews are rostered than needed, most often in South (12 of 12)" in said
    assert "with probability 0% in every block" in said
    assert "Nobody is on call as TFC" in said
    assert "as last year" not in said
    assert "a specialist is on call 12% of hours as TFC" in said


def test_the_findings_hold_when_nothing_is_wrong() -> None:
    tables = make_tables()
    many = [f"o{n}" for n in range(60)]
    good = tables | {
        "officers": make_table(
            "officers", officer_id=many, base_id=["B1"] * 60, role=["ARV"] * 50 + ["TFC"] * 10,
            status=["deployable"] * 60,
        ),
        "currency": make_table(
            "currency", officer_id=[o for o in many for _ in range(3)], module=["A1", "A2", "T1"] * 60,
            passed_on=["2026-10-01"] * 180, valid_until=["2028-10-01"] * 180,
        ),
        "command_cover": make_table(
            "command_cover", cadre=["TFC"] * 12, block=list(BLOCKS.names), on_call=[1] * 12, specialist=[0] * 12
        ),
        "crews": tables["crews"].assign(crews=2.0),
        "equipment": make_table(
            "equipment", item=["ced"], family=["less_lethal"], approval=["approved"], reviewed_on=["2026-09-01"],
            serviceable_share=[1.0], held=[40], required=[40],
        ),
        "training_estate": make_table(
            "training_estate", facility=["range"], kind=["range"], condition=["good"], days_lost=[1.0],
            licence_status=["licensed"], licence_until=["2028-01-01"],
        ),
    }  # fmt: skip
    a = shown(good)
    said = repr(report.findings(a))
    assert "Deployable strength meets the requirement in each of 2 roles" in said
    assert "Every one of 60 officers in post is available" in said
    assert "Every area has the crews it needs in each of its 12 blocks of the week" in said
    assert "Somebody is on call at every hour in each of 1 cadre; no cadre has a specialist on call" in said
    assert "No item with a stated requirement is short; 0 not approved; 0 overdue for review" in said
    assert "1 training day lost in the last twelve months; none needs attention" in said
    assert report.losses(a).figure is None
    assert "0 modules have lapsed; none ends within twelve months" in report.lapsing(a).headline
    arv_only = shown(good | {"posts": make_table("posts", role=["ARV"], base_id=["B1"], established=[35]),
                             "officers": good["officers"].iloc[:50]})  # fmt: skip
    assert list(report.steps(arv_only).table["Role"]) == ["Armed response officer"]
    assert report.steps(a).headline.startswith("41 posts established, 60 officers available")


def test_the_requirement_says_when_nothing_is_required_and_when_nothing_changed() -> None:
    idle = make_tables(posts=make_table("posts", role=["SFO"], base_id=["B1"], established=[0]))
    assert report.requirement(shown(idle)).headline.startswith("No posts are required")
    assert "No role has a requirement yet" in repr(report.findings(shown(idle)))
    same = make_tables(
        posts=make_table(
            "posts", role=["ARV", "TFC"], base_id=["B1", "B1"], established=[35, 6], required_last_year=[46, 6]
        )
    )
    assert "52 posts required in all, as last year" in report.requirement(shown(same)).headline
    assert "24 more than last year" in report.requirement(shown()).headline


def test_hostile_words_in_the_tables_stay_words() -> None:
    tables = make_tables()
    a = shown(tables | {"roles": tables["roles"].assign(title="<script>alert(1)</script>")})
    html = " ".join(words(getattr(report, name)(a)) for name in report.__all__)
    assert "<script>" not in html
