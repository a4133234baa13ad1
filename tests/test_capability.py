"""How many officers are needed, how many there are: worked cases, directions, extremes, inputs unchanged."""

import copy
import re
from dataclasses import replace
from itertools import pairwise, product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import AS_AT, BLOCKS, PROJECT, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from apstra import capability
from apstra.capability import posts, relief, requirement, strength, worst_case
from apstra.report import capability as report
from apstra.report.exhibit import TO_BE_SUPPLIED, Exhibit, Prose
from apstra.schema import TABLES, Kind, duty

CASES = yaml.safe_load((PROJECT / "tests" / "cases" / "capability.yaml").read_text(encoding="utf-8"))
DTYPES = {Kind.TEXT: "str", Kind.INTEGER: "float64", Kind.NUMBER: "float64", Kind.FLAG: "boolean"}
NAMES = ("areas", "zones", "bases", "roles", "modules", "posts", "officers", "currency", "command_cover", "equipment")
NAMES += ("training_estate", "crews", "requirements", "workforce_flows")


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
        "bases": make_table("bases", base_id=["B1", "B2"], area_id=["N", "S"], name=["Northtown", "Southtown"]),
        "roles": make_table(
            "roles", role=["TFC", "ARV", "SFO"], title=["Tactical commander", "Armed response officer", "Specialist"],
            duty=["on_call", "shift", None], stands_in_for=[None, None, "ARV"],
        ),
        "modules": make_table(
            "modules", module=["A1", "A2", "T1"], role=["ARV", "ARV", "TFC"], valid_months=[12] * 3,
            refresher_hours=[40.0, 8.0, 16.0],
        ),
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
            within_minutes=[30, 60, 30, 30, 30], for_hours=[4, 20, 4, 4, 24],
            rationale=["One crew at each end", "A relief", "Two crews and a reserve", None, None],
            means=["taser|shield", None, "taser", None, None],
        ),
        "command_cover": make_table(
            "command_cover", cadre=["TFC"] * 2, block=list(BLOCKS.names[:2]), on_call=[1, 0], specialist=[1, 0]
        ),
    }  # fmt: skip
    return tables | changed


def make_required(crews: dict[str, int] | int = 2, *, low: int = 0, high: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the deployment chapter gives: the same crews in all blocks, ``low`` fewer and ``high`` more at B1."""
    at = crews if isinstance(crews, dict) else {"B1": crews, "B2": crews}
    bases = pd.DataFrame(product(BLOCKS.names, at), columns=["block", "base_id"])
    number, first = bases["base_id"].map(at), bases["base_id"] == "B1"
    bases = bases.assign(
        crews_required=number, crews_required_low=number - low * first, crews_required_high=number + high * first,
        crews_rostered=bases["base_id"].map({"B1": 2, "B2": 1}),
    )  # fmt: skip
    areas = bases.rename(columns={name: name.replace("required", "needed") for name in bases})
    areas = areas.assign(area_id=areas.pop("base_id").map({"B1": "N", "B2": "S"}), offered_load=0.3, standard=30.0)
    south = areas["area_id"] == "S"
    areas = areas.assign(
        standard_share=0.8, attainable=np.where(south, 0.7, 1.0), target=np.where(south, 0.665, 0.8),
        expected=0.85, expected_rostered=0.6,
    )  # fmt: skip
    return bases, areas


def nothing_required() -> list[pd.DataFrame]:
    """Return the same frames of a force with no bases."""
    return [frame.iloc[:0] for frame in make_required()]


def by_role(tables=None, required=None, **changes) -> pd.DataFrame:
    """Return the requirement of the small force, indexed by role."""
    frames = required or make_required()
    return requirement.requirement_by_role(tables or make_tables(), *frames, make_scenario(**changes)).set_index("role")


def make_people(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return who holds which role in ``tables``."""
    return strength.holders(tables["officers"], tables["currency"], tables["modules"], tables["roles"])


def test_relief_steps_add_up_to_the_hours_worked_by_hand(scenario) -> None:
    steps = relief.relief_steps(scenario).set_index("quantity")["hours"]
    for quantity in steps.index:
        assert steps[quantity] == pytest.approx(CASES["relief"][quantity], abs=1e-5), quantity
    assert steps.drop("productive").sum() == pytest.approx(steps["productive"])
    assert capability.relief_factor(scenario) == pytest.approx(CASES["relief"]["factor"], abs=1e-6)


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


def test_one_incident_is_in_one_area_so_areas_do_not_add() -> None:
    at_once = worst_case.called_at_once(make_tables()["requirements"]).set_index(["threat_id", "role"])["officers"]
    assert at_once["T1", "ARV"] == 6
    assert at_once["T2", "ARV"] == 7


def test_what_is_called_for_anywhere_counts_in_every_area_and_stages_add_up() -> None:
    called = worst_case.called_by_area(make_tables()["requirements"], 8.0, ["N", "S"])
    arv = called.query("role == 'ARV'").set_index(["threat_id", "area_id"])
    assert arv["officers"].to_dict() == {("T1", "N"): 6, ("T1", "S"): 4, ("T2", "N"): 7, ("T2", "S"): 6}
    first = arv.loc["T1", "N"]
    assert first["requirement_ids"] == "R1 and R2"
    # Four for 4 hours in one turn of 8, two for 20 hours in three; the last by 60 minutes.
    assert first[["people", "within_minutes", "for_hours"]].tolist() == [4 + 2 * 3, 60.0, 20.0]
    assert first["rationale"] == "One crew at each end; A relief"


def test_two_incidents_at_once_add_the_two_largest_threats(scenario) -> None:
    two = worst_case.scenario_leg(make_tables(), make_scenario(simultaneous_incidents=2)).loc["ARV"]
    assert two["called"] == 13
    assert two[["threats", "requirement_ids"]].tolist() == ["T2 and T1", "R3 and R1 and R2"]
    assert worst_case.scenario_leg(make_tables(), scenario).loc["ARV", "called"] == 7


def test_an_incident_that_outlasts_a_shift_takes_people_in_turns_where_they_are_more_than_the_rota() -> None:
    # One commander for 24 hours in turns of 8 is 3 people; a rota of 6 holds them, one of 2 does not.
    deep, shallow = (by_role(on_call_rota_depth=depth).loc["TFC"] for depth in (6, 2))
    assert [deep["required"], shallow["required"]] == [6, 3]
    assert "held in turns of 8 hours by 3 people = 3.0" in shallow["reasoning"]
    assert "in turns" not in deep["reasoning"]
    long = by_role(on_call_rota_depth=2, shift_hours=12).loc["TFC"]
    assert long["required"] == 2


def test_the_demand_leg_is_the_arithmetic_of_crews_and_hours(scenario) -> None:
    # 2 bases x 2 crews x 8,766 h x 2 officers / 1,529.59 h.
    frame = by_role()
    assert frame.loc["ARV", "demand_leg"] == pytest.approx(4 * 2 * 8766 / 1529.585714, rel=1e-8)
    assert frame.loc["ARV", "scenario_leg"] == pytest.approx(7 * 5.730963, rel=1e-6)
    assert frame.loc["ARV", ["required", "rules"]].tolist() == [46, "demand"]
    assert frame.loc["TFC", ["required", "rules", "scenario_leg"]].tolist() == [6, "scenario", 6.0]
    assert frame.loc["SFO", ["required", "rules"]].tolist() == [0, "none"]
    assert frame.loc["ARV", "required_last_year"] == 22
    assert np.isnan(frame.loc["SFO", "required_last_year"])
    posts = capability.required_posts(make_tables(), make_required()[0], scenario)
    assert posts.to_dict() == frame["required"].to_dict()


def test_the_worst_case_rules_where_it_is_larger() -> None:
    arv = by_role(simultaneous_incidents=2).loc["ARV"]
    assert arv["rules"] == "scenario"
    assert arv["required"] == np.ceil(13 * 5.730963)
    assert "The worst case rules." in arv["reasoning"]


def test_the_reasoning_carries_the_numbers_it_rests_on_and_names_its_rows() -> None:
    frame = by_role()
    words = frame.loc["ARV", "reasoning"]
    for part in (
        "46 posts of Armed response officer", "North 2, South 2 crews on duty", "80% of North's calls to be answered",
        "66% of South's calls (95% of the 70% that some base can reach) to be answered within 30 minutes at 95%",
        "35,064 crew-hours a year x 2 officers / 1,530 productive hours of an officer = 45.8",
        "Beyond the standard from every base", "South 30% of calls",
        'T2 calls for 7 at once (R3, 7 in North within 30 minutes for 4 hours: "Two crews and a reserve")',
        "x 5.73 posts to keep each on duty = 40.1", "Demand rules.",
    ):  # fmt: skip
        assert part in words, words
    assert "T1 calls for 1 at once (R5, 1 within 30 minutes for 24 hours)" in frame.loc["TFC", "reasoning"]
    assert "x 6 people on the rota for each = 6.0" in frame.loc["TFC", "reasoning"]
    assert "no threat calls for the role" in frame.loc["SFO", "reasoning"]


def test_the_reasoning_of_an_area_without_a_standard_speaks_of_free_crews() -> None:
    bases, areas = make_required()
    words = by_role(required=(bases, areas.assign(standard=np.nan, standard_share=np.nan, target=0.95))).loc["ARV"]
    assert "a call from North to find a crew free 95% of the time" in words["reasoning"]


def test_a_role_without_posts_is_left_to_aid(scenario) -> None:
    called = make_table(
        "requirements", requirement_id=["R1"], threat_id=["T1"], role=["SFO"], officers=[5], within_minutes=[60]
    )
    row = by_role(make_tables(requirements=called)).loc["SFO"]
    assert row["required"] == 0
    assert "aid is to bring the 5 called for" in row["reasoning"]
    detail = requirement.requirement_detail(make_tables(requirements=called), make_required()[0], scenario)
    assert (detail.loc[detail["role"] == "SFO", "officers"] == 5).all()


def test_the_range_is_that_of_the_crews_and_holds_the_middle() -> None:
    arv = by_role(required=make_required(3, low=1, high=2)).loc["ARV"]
    assert arv[["required_low", "required", "required_high"]].tolist() == [
        np.ceil(crews * 2 * 8766 / 1529.585714) for crews in (5, 6, 8)
    ]
    still = by_role().loc["ARV"]
    assert still["required_low"] == still["required"] == still["required_high"]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 3))
def test_more_crews_never_ask_for_fewer_posts(north, south, more):
    few = capability.required_posts(make_tables(), make_required({"B1": north, "B2": south})[0], make_scenario())
    many = capability.required_posts(
        make_tables(), make_required({"B1": north, "B2": south + more})[0], make_scenario()
    )
    assert (many >= few).all()


def test_officers_by_area_and_block_show_both_legs_and_the_rows_behind_them(scenario) -> None:
    detail = requirement.requirement_detail(make_tables(), make_required({"B1": 4, "B2": 1})[0], scenario)
    assert len(detail) == 3 * 2 * 12
    arv = detail.query("role == 'ARV'").set_index("area_id")
    assert arv.loc["N", ["crews", "demand_officers", "scenario_officers", "officers"]].iloc[0].tolist() == [4, 8, 7, 8]
    assert arv.loc["S", ["crews", "demand_officers", "scenario_officers", "officers"]].iloc[0].tolist() == [1, 2, 6, 6]
    assert set(arv.loc["N", "rules"]) == {"demand"}
    assert set(arv.loc["S", "rules"]) == {"scenario"}
    assert set(arv.loc["N", "requirement_ids"]) == {"R3"}
    assert set(arv.loc["S", "threats"]) == {"T2"}
    known = set(make_tables()["requirements"]["requirement_id"])
    assert {one for ids in detail["requirement_ids"] if ids for one in ids.split(" and ")} <= known
    assert (detail.loc[detail["role"] != "ARV", "crews"] == 0).all()
    assert (detail.loc[detail["role"] == "SFO", "rules"] == "none").all()


def test_posts_are_shared_out_by_the_largest_remainders() -> None:
    # The textbook case of the method with Hare's quota: 100,000 votes, 10 seats.
    votes = pd.Series([47_000, 16_000, 15_900, 12_000, 6_000, 3_100], index=list("abcdef"))
    assert posts.apportioned(10, votes / 10_000).tolist() == [5, 2, 1, 1, 1, 0]
    assert posts.apportioned(0, votes * 0.0).tolist() == [0] * 6


@given(st.lists(st.floats(0.01, 50), min_size=1, max_size=8))
def test_posts_shared_out_add_up_and_lie_within_one_of_their_share(quota):
    total = int(np.ceil(sum(quota) - 1e-9))
    shares = posts.apportioned(total, pd.Series(quota))
    assert shares.sum() == total
    assert (np.abs(shares - quota) <= 1 + 1e-6).all()


@pytest.mark.parametrize("incidents", [1, 2])
@pytest.mark.parametrize("crews", [{"B1": 2, "B2": 2}, {"B1": 3, "B2": 1}, {"B1": 2, "B2": 0}, {"B1": 0, "B2": 0}])
def test_posts_by_base_add_up_to_the_requirement_of_each_role(crews: dict, incidents: int) -> None:
    tables, required, now = make_tables(), make_required(crews), make_scenario(simultaneous_incidents=incidents)
    whole = requirement.requirement_by_role(tables, *required, now)
    by_base = posts.posts_by_base(tables, whole, *required, now)
    assert by_base.groupby("role")["required"].sum().to_dict() == (
        whole.loc[whole["required"] > 0].set_index("role")["required"].to_dict()
    )
    held = tables["posts"].groupby(["role", "base_id"])["established"].sum()
    found = by_base.set_index(["role", "base_id"])
    assert found["established"].to_dict() == {key: held.get(key, 0) for key in found.index}
    assert (by_base["deficit"] == (by_base["required"] - by_base["established"]).clip(lower=0)).all()
    demand = by_base.groupby("role")["demand_posts"].sum()
    assert demand["ARV"] == pytest.approx(whole.set_index("role").loc["ARV", "demand_leg"])


def test_the_posts_of_a_base_come_with_a_sentence_anyone_can_check(scenario) -> None:
    tables, required = make_tables(), make_required({"B1": 3, "B2": 1})
    whole = requirement.requirement_by_role(tables, *required, scenario)
    said = posts.posts_by_base(tables, whole, *required, scenario).set_index(["role", "base_id"])["reasoning"]
    # 3 crews x 8,766 h x 2 / 1,529.59 h = 34.4; a third of that 11.5; together 45.8, so 46 posts.
    assert said["ARV", "B1"] == (
        "34 posts at Northtown because 3 crews are needed there in every block of the week for 80% of North's calls to"
        " be answered within 30 minutes at 95% assurance: 26,298 crew-hours a year x 2 officers / 1,530 productive"
        " hours of an officer = 34.4."
    )
    assert said["ARV", "B2"].startswith("12 posts at Southtown because 1 crew is needed there in every block")
    assert said["ARV", "B2"].endswith("= 11.5. Rounded so that the bases add up to the 46 posts of the role.")
    assert said["TFC", "B1"].startswith("6 posts at Northtown because T1 calls for 1 at once (R5, 1 within 30 minutes")
    assert said["TFC", "B1"].endswith("of the 6 posts established 6 are there.")


def test_the_posts_of_a_base_follow_demand_where_the_worst_case_rules_and_none_stand_where_no_crew_does() -> None:
    tables, now = make_tables(), make_scenario(simultaneous_incidents=2)
    for crews, expected in (({"B1": 3, "B2": 1}, [56, 19]), ({"B1": 2, "B2": 0}, [75, 0])):
        required = make_required(crews)
        whole = requirement.requirement_by_role(tables, *required, now)
        arv = posts.posts_by_base(tables, whole, *required, now).query("role == 'ARV'").set_index("base_id")
        assert arv["required"].tolist() == expected
        assert arv.loc["B1", "reasoning"].endswith(
            "The worst case rules: the 75 posts of the role are shared out in proportion to demand."
        )
    assert arv.loc["B2", "reasoning"] == "No posts at Southtown: the standards are met without a crew there."


def test_a_cadre_of_the_rota_is_on_call_where_the_role_does_not_say() -> None:
    tables = make_tables()
    unsaid = tables | {"roles": tables["roles"].assign(duty=pd.Series([None] * 3, dtype="str"))}
    assert duty.on_call(unsaid).to_dict() == {"TFC": True, "ARV": False, "SFO": False}
    assert duty.crew_role(unsaid) == "ARV"


@pytest.mark.parametrize(("required", "held", "missing"), [(20, 17, 3), (20, 20, 0), (20, 23, 0), (0, 0, 0)])
def test_shortfall_and_deficit_never_fall_below_nothing(required: int, held: int, missing: int) -> None:
    assert capability.shortfall(required, held) == missing
    assert capability.deficit(required, held) == missing


def test_position_sets_required_established_and_deployable_side_by_side(scenario) -> None:
    chapter = capability.assess_capability(make_tables(), *make_required(low=1, high=1), scenario)
    arv = chapter.position.set_index("role").loc["ARV"]
    assert arv[["required", "established", "deployable", "shortfall", "deficit"]].tolist() == [46, 35, 2, 44, 11]
    assert arv["shortfall_low"] <= arv["shortfall"] <= arv["shortfall_high"]


def test_a_force_with_nothing_to_say_yet_gets_empty_frames_with_their_columns(scenario) -> None:
    empty = {name: make_table(name) for name in NAMES}
    chapter = capability.assess_capability(empty, *nothing_required(), scenario)
    full = capability.assess_capability(make_tables(), *make_required(), scenario)
    for name in chapter.__dataclass_fields__:
        assert list(getattr(chapter, name).columns) == list(getattr(full, name).columns), name
    assert chapter.position.empty


def test_the_tables_given_are_left_as_they_were(scenario) -> None:
    tables, required = make_tables(), make_required()
    before = copy.deepcopy((tables, required))
    capability.assess_capability(tables, *required, scenario)
    capability.required_posts(tables, required[0], scenario)
    for name, frame in before[0].items():
        pd.testing.assert_frame_equal(tables[name], frame)
    for frame, was in zip(required, before[1], strict=True):
        pd.testing.assert_frame_equal(frame, was)


def shown(tables=None, required=None, **changes) -> SimpleNamespace:
    """Return what the report needs of an assessment of the small force."""
    tables, scenario = tables or make_tables(), make_scenario(**changes)
    chapter = capability.assess_capability(tables, *(required or make_required(low=1, high=1)), scenario)
    return SimpleNamespace(tables=tables, scenario=scenario, capability=chapter, illustrative=("officers",))


def test_every_exhibit_of_the_worked_force_says_its_finding_in_picture_text_and_table(assessed) -> None:
    for name in report.__all__:
        made = getattr(report, name)(assessed)
        html = made._repr_html_()
        assert "nan" not in re.sub(r'src="[^"]*"', "", html), name
        if isinstance(made, Exhibit):
            assert len(made.table), name
            assert made.headline.split(";")[0] in html.replace("&#x27;", "'")
    assert len(report.findings(assessed).sentences) == 12


def words(made) -> str:
    """Return an exhibit's or sentences' HTML without the picture, which takes long to draw."""
    return (replace(made, figure=None) if isinstance(made, Exhibit) else made)._repr_html_()


def test_no_exhibit_shows_who_an_officer_is(assessed) -> None:
    ids = set(assessed.tables["officers"]["officer_id"])
    html = " ".join(words(getattr(report, name)(assessed)) for name in report.__all__)
    assert not [one for one in ids if re.search(rf"\b{re.escape(one)}\b", html)]


def test_a_report_of_nothing_asks_for_what_is_missing(scenario) -> None:
    empty = shown({name: make_table(name) for name in NAMES}, nothing_required())
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
    a = shown(good, tuple(frame.assign(crews_rostered=2) for frame in make_required()))
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


def test_the_week_shows_crews_rostered_of_those_needed_hour_by_hour_and_what_is_missing() -> None:
    made = report.roster_week(shown())
    assert made.headline.startswith(
        "For 100% of the year's hours an area has fewer crews than it needs: 8,766 crew-hours"
    )
    assert made.table["Crews rostered"].tolist() == [3] * 12
    assert made.table["Crews needed"].tolist() == [4] * 12
    assert len(made.figure.axes) == len(BLOCKS.seasons)
    drawn = [text.get_text() for axes in made.figure.axes for text in axes.texts]
    assert drawn == ["3 of 4"] * (7 * len(BLOCKS.seasons))
    bases, areas = make_required()
    areas = areas.assign(crews_rostered=areas["crews_needed"])
    assert (
        "At every hour of the week each area has the crews"
        in report.roster_week(shown(required=(bases, areas))).headline
    )
    # A crew too many in the north makes up for none that is missing in the south.
    moved = areas.assign(crews_rostered=areas["area_id"].map({"N": 3, "S": 1}))
    assert report.roster_week(shown(required=(bases, moved))).table["Crews short in their area"].tolist() == [1] * 12


def test_what_lies_beyond_the_standard_from_every_base_is_said_to_be_no_matter_of_crews() -> None:
    assert "for a base or a standard to mend: 30% of South's calls," in report.crews(shown()).subtitle
    bases, areas = make_required()
    assert "to mend" not in report.crews(shown(required=(bases, areas.assign(attainable=1.0)))).subtitle


def test_posts_and_officers_are_told_by_base_and_area_with_their_rows() -> None:
    made = report.posts(shown())
    assert made.table["Posts required"].sum() == 52
    assert made.headline.startswith(
        "At 2 of 3 roles and bases fewer posts are established than required: Southtown by 8"
    )
    assert made.table["Because"].str.contains("because").all()
    table = report.officers(shown()).table.set_index("Role")
    assert table.loc["Tactical commander", "Area"] == "North and South"
    assert table.loc["Armed response officer", "Rows"].tolist() == ["R3", "R4"]
    assert table.loc["Armed response officer", "On duty for demand, by block"].tolist() == ["4", "4"]


def test_hostile_words_in_the_tables_stay_words() -> None:
    tables = make_tables()
    a = shown(tables | {"roles": tables["roles"].assign(title="<script>alert(1)</script>")})
    html = " ".join(words(getattr(report, name)(a)) for name in report.__all__)
    assert "<script>" not in html
