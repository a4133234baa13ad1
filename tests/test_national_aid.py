"""What donors keep when forces call on the nation: worked cases, an officer-by-officer check, conservation, chances."""

import copy
import re
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import PROJECT, make_scenario
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from apstra.data.reference import reference_frames
from apstra.mutual_aid.allocation import allocate, mobilise, nation, worst_case
from apstra.mutual_aid.forces import ROW_OF, TOGETHER, drive_minutes, force_strengths
from apstra.mutual_aid.national import SCENARIOS, WITHIN, national_aid
from apstra.report import mutual_aid as report
from apstra.report.exhibit import TO_BE_SUPPLIED, Exhibit, Prose

CASES = yaml.safe_load((PROJECT / "tests" / "cases" / "national_aid.yaml").read_text(encoding="utf-8"))
PUBLIC = reference_frames()
DRAWS = 2_000
PRESSED = {"aid_host_officers": 180}  # so many that three hosts cannot all be met
OWN = ("requirements", "areas", "roles", "posts", "command_cover")


def own_tables(rows=()) -> dict[str, pd.DataFrame]:
    """Return what a force says of its own worst case: rows of threat, area, role, officers."""
    asked = pd.DataFrame(rows, columns=["threat_id", "area_id", "role", "officers"]).astype({"officers": "int64"})
    return {
        "requirements": asked,
        "areas": pd.DataFrame({"area_id": ["N", "S"]}),
        "roles": pd.DataFrame(
            {"role": ["ARV", "SFO", "DOG"], "stands_in_for": [None, "ARV", None], "duty": ["shift", "on_call", "shift"]}
        ),
        "posts": pd.DataFrame({"role": ["ARV", "DOG"], "established": [40, 4]}),
        "command_cover": pd.DataFrame({"cadre": pd.Series(dtype="str")}),
    }


def real(rows=()) -> dict[str, pd.DataFrame]:
    """Return the public figures with a force that states so much of its own worst case."""
    return {**PUBLIC, **own_tables(rows)}


def small(police=(0.0, 100.0), deployable=40, residents=(1000, 1000), apart=30.0) -> dict[str, pd.DataFrame]:
    """Return public figures of a few forces A, B, C of one region, all as far from one another."""
    names = list("ABCDE"[: len(police)])
    pairs = [(one, other) for one in names for other in names]
    return {
        **own_tables(),
        "police_forces": pd.DataFrame(
            {"force": names, "pfa_code": names, "region": "R", "population_mid2018": residents,
             "centroid_lat": 54.0, "centroid_lon": -2.0}
        ),
        "national_firearms": pd.DataFrame(
            {"year": ["2019-20", "2023-24"], "metric": ["armed_officers_31mar", "operationally_deployable_31mar"],
             "value": [800, deployable]}
        ),
        "published_firearms": PUBLIC["published_firearms"].iloc[:0],
        "police_officers": pd.DataFrame({"force": names, "as_at": "March 2019", "officers_fte": police}),
        "inter_force_travel": pd.DataFrame(pairs, columns=["from_force", "to_force"]).assign(
            drive_time_min=[0.0 if one == other else apart for one, other in pairs]
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def forces() -> pd.DataFrame:
    return force_strengths(PUBLIC, make_scenario().as_at)


@pytest.fixture(scope="module")
def whole():
    """Return the nation and what three hosts at once leave it."""
    scenario = make_scenario(**PRESSED)
    of = nation(real(), scenario, DRAWS)
    return of, mobilise(of, 3, 1.0, scenario)


@pytest.fixture(scope="module")
def frames():
    return national_aid(real(), make_scenario(**PRESSED), DRAWS)


# ------------------------------------------------------------------------------------------------------- public figures


def test_every_force_goes_by_one_name_in_every_public_table(forces):
    names = set(PUBLIC["police_forces"]["force"])
    assert len(names) == 43
    assert {"City of London", "Metropolitan Police"} <= names
    assert set(PUBLIC["police_officers"]["force"]) == names
    travel = PUBLIC["inter_force_travel"]
    assert set(travel["from_force"]) == set(travel["to_force"]) == {ROW_OF.get(name, name) for name in names}
    assert sum(len(members) for members in TOGETHER.values()) == 5
    published = PUBLIC["published_firearms"].query("metric == 'armed_officers_31mar'")["force"]
    assert {name for name in published if not name.endswith("(region)")} <= names
    assert set(forces["force"]) == names
    assert forces["officers"].gt(0).all()


def test_forces_share_the_latest_count_of_the_deployable(forces):
    assert forces["nation"].eq(5861).all()
    assert forces["nation_on"].eq("2023-24").all()
    assert abs(forces["officers"].sum() - 5861) <= 0.5 * len(forces)
    others = forces.loc[forces["basis"] == "police officers"]
    assert others["figure_on"].eq("September 2019").all()
    ratio = (
        others["figure"] / others["figure"].sum() * (5861 - forces.loc[forces["basis"] == "printed", "officers"].sum())
    )
    np.testing.assert_allclose(others["officers"], ratio, atol=0.6)


def test_a_printed_figure_is_taken_relative_to_the_nations_of_its_year(forces):
    printed = forces.loc[forces["basis"] == "printed"].set_index("force")
    assert set(printed.index) == {"Cumbria", "Lancashire", "Northumbria", "Nottinghamshire", "West Mercia"}
    assert (printed.loc["Cumbria", "figure"], printed.loc["Cumbria", "figure_on"]) == (80, "2019-20")
    assert printed.loc["Cumbria", "officers"] == round(80 / 6518 * 5861)
    assert printed.loc["Lancashire", "officers"] == round(102 / 6653 * 5861)


def test_the_shares_are_those_worked_by_hand():
    tables = small(police=(500.0, 100.0, 300.0), deployable=1000, residents=(1, 1, 1))
    tables["published_firearms"] = pd.DataFrame(
        {"force": ["A", "A"], "year": ["2018-19", "2019-20"], "metric": "armed_officers_31mar", "value": [99, 40]}
    )
    found = force_strengths(tables, make_scenario().as_at).set_index("force")["officers"]
    assert found.to_dict() == CASES["strength"]["expected"]


def test_figures_later_than_the_day_are_not_used(forces):
    early = force_strengths(PUBLIC, pd.Timestamp("2019-06-30").date())
    assert early["nation_on"].eq("2018-19").all()
    assert early.loc[early["basis"] == "police officers", "figure_on"].eq("March 2019").all()
    assert early.set_index("force").loc["Cumbria", "figure_on"] == "2018-19"


def test_drives_are_those_printed_from_donor_to_host(forces):
    minutes = drive_minutes(forces, PUBLIC["inter_force_travel"], make_scenario())
    place = {name: number for number, name in enumerate(forces["force"])}
    printed = PUBLIC["inter_force_travel"].set_index(["from_force", "to_force"])["drive_time_min"]
    for donor, host in (("Durham", "Cumbria"), ("Cumbria", "Durham"), ("Metropolitan Police", "City of London")):
        assert minutes[place[host], place[donor]] == printed[donor, host]
    for donor in ("Bedfordshire", "Cambridgeshire", "Hertfordshire"):
        assert minutes[place["Cumbria"], place[donor]] == printed["Beds Cambs Herts", "Cumbria"]
        assert minutes[place["West Mercia"], place[donor]] == printed["Beds Cambs Herts", "W Midlands W Mercia"]
    assert np.isfinite(minutes).all()
    assert (np.diag(minutes) == 0).all()


def test_members_of_a_shared_row_are_as_far_apart_as_their_centres(forces):
    scenario = make_scenario(circuity=1.0, donor_speed=60.0)
    minutes = drive_minutes(forces, PUBLIC["inter_force_travel"], scenario)
    rows = forces.set_index("force")
    at = np.radians(rows.loc[["West Midlands", "West Mercia"], ["lat", "lon"]].to_numpy(float))
    cosine = np.sin(at[:, 0]).prod() + np.cos(at[:, 0]).prod() * np.cos(np.diff(at[:, 1])[0])
    first, second = (list(forces["force"]).index(name) for name in ("West Midlands", "West Mercia"))
    assert minutes[first, second] == pytest.approx(6371.0088 * np.arccos(cosine), rel=1e-6)
    assert minutes[first, second] == minutes[second, first]


# ----------------------------------------------------------------------------------------------------------- allocation


def arrays(case: dict) -> tuple[np.ndarray, ...]:
    """Return a case of one draw as ``allocate`` takes it."""
    draw = [np.array([case[name]]) for name in ("hosts", "shortfall", "available")]
    return (*draw, np.array(case["keeps"]), np.array(case["tier"]), np.array(case["minutes"], float))


@pytest.mark.parametrize("case", CASES["allocate"], ids=lambda case: case["words"].split(":")[0])
def test_the_allocation_is_that_worked_by_hand(case):
    assert allocate(*arrays(case))[0].tolist() == case["given"]


@st.composite
def calls(draw):
    """Return a few draws of up to six forces and three hosts; few different drives, so that ties are common."""
    forces = draw(st.integers(2, 6))
    hosts = draw(st.integers(1, min(3, forces)))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    draws = draw(st.integers(1, 4))
    who = np.array([rng.permutation(forces)[:hosts] for _ in range(draws)])
    tier, minutes = rng.integers(0, 3, (forces, forces)), rng.integers(1, 5, (forces, forces)) * 10.0
    keeps, available = rng.integers(0, 6, (3, forces)), rng.integers(0, 12, (draws, forces))
    return who, rng.integers(0, 15, (draws, hosts)), available, keeps, tier, minutes


def officer_by_officer(hosts, shortfall, available, keeps, tier, minutes):
    """Return who gives what when officers set off one at a time, each from the best pair that still can."""
    left = [0 if force in hosts else int(number) for force, number in enumerate(available)]
    missing = [int(number) for number in shortfall]
    given = [[0] * len(left) for _ in missing]
    while True:
        able = [
            (tier[host][donor], minutes[host][donor], host, donor, slot)
            for slot, host in enumerate(hosts)
            for donor in range(len(left))
            if missing[slot] > 0 and left[donor] > keeps[tier[host][donor]][donor]
        ]
        if not able:
            return given
        *_, donor, slot = min(able)
        left[donor] -= 1
        missing[slot] -= 1
        given[slot][donor] += 1


@given(calls())
def test_officers_sent_one_at_a_time_come_to_the_same_in_every_draw(call):
    hosts, shortfall, available, *rest = call
    found = allocate(*call)
    for draw in range(len(hosts)):
        assert found[draw].tolist() == officer_by_officer(hosts[draw], shortfall[draw], available[draw], *rest)


@given(calls())
def test_officers_are_conserved_in_every_draw(call):
    hosts, shortfall, available, keeps, tier, _ = call
    given_by = allocate(*call)
    received = given_by.sum(axis=2)
    assert given_by.dtype == np.int64
    assert (given_by >= 0).all()
    assert (received <= shortfall).all()
    assert (np.take_along_axis(given_by.sum(axis=1), hosts, axis=1) == 0).all()
    left = available - given_by.sum(axis=1)
    assert (left >= 0).all()
    lowest = np.where(given_by > 0, keeps[tier[hosts], np.arange(keeps.shape[1])], 99).min(axis=1)
    assert (left >= lowest)[given_by.sum(axis=1) > 0].all()


@given(calls(), st.integers(0, 5), st.integers(1, 9))
def test_more_officers_at_a_donor_never_lower_what_any_host_receives(call, donor, more):
    hosts, shortfall, available, *rest = call
    raised = available.copy()
    raised[:, donor % available.shape[1]] += more
    before, after = (allocate(hosts, shortfall, on_duty, *rest).sum(axis=2) for on_duty in (available, raised))
    assert (after >= before).all()


@given(calls())
def test_the_order_in_which_hosts_are_listed_changes_nothing(call):
    hosts, shortfall, *rest = call
    swapped = allocate(hosts[:, ::-1], shortfall[:, ::-1], *rest)
    assert (swapped[:, ::-1] == allocate(*call)).all()


@given(calls())
def test_another_host_never_raises_what_the_first_receives(call):
    hosts, shortfall, *rest = call
    alone = allocate(hosts[:, :1], shortfall[:, :1], *rest)
    assert (allocate(*call)[:, 0].sum(axis=1) <= alone[:, 0].sum(axis=1)).all()


def test_nobody_asking_takes_nothing():
    case = dict(CASES["allocate"][0], shortfall=[0])
    assert allocate(*arrays(case)).sum() == 0
    none = [np.zeros((0, 1), int), np.zeros((0, 1), int), np.zeros((0, 3), int), *arrays(case)[3:]]
    assert allocate(*none).shape == (0, 1, 3)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"hosts": [1, 1], "shortfall": [2, 2]}, r"the hosts of a draw must be different forces, not [1, 1]"),
        ({"shortfall": [-1]}, "shortfall must not be negative, not -1"),
        ({"available": [1, -2, 3]}, "available must not be negative, not -2"),
        ({"keeps": [[0, 0, 0], [0, -3, 0], [0, 0, 0]]}, "keeps must not be negative, not -3"),
    ],
)
def test_an_impossible_call_is_refused_by_name(change, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        allocate(*arrays(CASES["allocate"][0] | change))


# ------------------------------------------------------------------------------------------------------------- the call


def test_the_national_allocation_conserves_officers_in_every_draw(whole):
    of, found = whole
    shortfall = found.asked - found.own
    assert (found.given.sum(axis=2) + found.unmet == shortfall).all()
    assert (shortfall >= 0).all()
    assert (found.unmet >= 0).all()
    assert 0 < (found.unmet > 0).mean() < 1
    assert (found.given >= 0).all()
    assert (found.kept + found.given.sum(axis=1) == of.on_duty).all()
    usual = of.forces["officers"].to_numpy(float) * 0.25
    deepest = np.ceil(0.5 * usual - 1e-9)
    gave = found.given.sum(axis=1) > 0
    assert (found.kept >= deepest)[gave].all()
    assert (np.take_along_axis(gave, found.hosts, axis=1) == 0).all()
    nationally = (np.where(of.tier[found.hosts] == 2, found.given, 0) > 0).any(axis=1)
    only = nationally & ~(np.where(of.tier[found.hosts] < 2, found.given, 0) > 0).any(axis=1)
    assert only.any()
    assert (found.kept >= np.ceil(0.7 * usual - 1e-9))[only].all()


def test_a_host_counts_its_own_spare_officers_first(whole):
    of, found = whole
    on_duty = np.take_along_axis(of.on_duty, found.hosts, axis=1)
    spare = np.maximum(on_duty - found.need[found.hosts], 0)
    assert (found.own == np.minimum(spare, found.asked)).all()
    assert found.need.tolist() == np.ceil(0.6 * 0.25 * of.forces["officers"] - 1e-9).astype(int).tolist()


def test_a_donor_is_exposed_when_it_gives_and_keeps_fewer_than_it_needs(whole):
    _, found = whole
    gave = found.given.sum(axis=1)
    assert (found.exposed == ((gave > 0) & (found.kept < found.need))).all()
    assert found.exposed.any()
    assert not found.exposed[gave == 0].any()


def test_the_last_to_come_is_the_farthest_donor_and_nobody_comes_last_where_officers_are_missing(whole):
    of, found = whole
    for draw in range(0, DRAWS, 97):
        for slot, host in enumerate(found.hosts[draw]):
            givers = np.flatnonzero(found.given[draw, slot])
            farthest = max((of.minutes[host, donor] for donor in givers), default=0.0)
            assert found.last[draw, slot] == (np.inf if found.unmet[draw, slot] else farthest)


def test_one_donor_of_binomial_strength_meets_a_host_as_often_as_the_binomial_says():
    scenario, draws = make_scenario(aid_host_officers=5), 20_000
    of = nation(small(), scenario, draws)
    assert of.forces["officers"].tolist() == [0, 40]
    found = mobilise(of, 1, 1.0, scenario, first=0)
    keeps = 5  # half of the 10 usually on duty
    exact = stats.binom.sf(5 + keeps - 1, 40, 0.25)
    assert (found.unmet == 0).mean() == pytest.approx(exact, abs=3 * np.sqrt(exact * (1 - exact) / draws))
    assert (found.own == 0).all()


def test_officers_on_duty_are_binomial_about_their_mean_and_move_together_over_the_range_of_the_share():
    draws = 20_000
    steady = nation(real(), make_scenario(), draws).on_duty
    officers = force_strengths(PUBLIC, make_scenario().as_at)["officers"].to_numpy(float)
    error = np.sqrt(officers * 0.25 * 0.75 / draws)
    assert (np.abs(steady.mean(axis=0) - 0.25 * officers) < 4 * error).all()
    assert steady.var(axis=0) == pytest.approx(officers * 0.25 * 0.75, rel=0.06)
    assert abs(np.corrcoef(steady[:, 12], steady[:, 38])[0, 1]) < 4 / np.sqrt(draws)
    wide = make_scenario()
    (one,) = wide.assumptions["aid_duty_share"]
    wide = replace(wide, assumptions={**wide.assumptions, "aid_duty_share": (replace(one, low=0.15, high=0.35),)})
    moved = nation(real(), wide, draws).on_duty
    spread = 0.2**2 * 9 / (36 * 7)  # variance of a symmetric modified PERT: range^2 x 3 x 3 / (6^2 x 7)
    assert moved[:, 12].var() == pytest.approx(officers[12] * (0.1875 - spread) + officers[12] ** 2 * spread, rel=0.06)
    assert np.corrcoef(moved[:, 12], moved[:, 38])[0, 1] > 0.8


def test_forces_become_hosts_in_proportion_to_residents_without_replacement():
    weights, draws = np.array([1000, 3000, 6000]), 20_000
    of = nation(small(police=(1.0, 1.0, 1.0), residents=weights), make_scenario(), draws)
    share = weights / weights.sum()
    pairs = pd.Series(list(map(tuple, of.hosts[:, :2].tolist()))).value_counts(normalize=True)
    for (first, second), seen in pairs.items():
        exact = share[first] * share[second] / (1 - share[first])
        assert seen == pytest.approx(exact, abs=3.5 * np.sqrt(exact * (1 - exact) / draws))
    assert len(pairs) == 6


def test_a_force_named_first_is_a_host_in_every_draw_and_the_others_keep_their_order(whole):
    of, _ = whole
    found = mobilise(of, 3, 1.0, make_scenario(), first=17)
    assert (found.hosts[:, 0] == 17).all()
    drawn = [[force for force in row if force != 17][:2] for row in of.hosts.tolist()]
    assert found.hosts[:, 1:].tolist() == drawn


def test_more_hosts_and_a_heightened_threat_never_leave_a_host_better_off_in_any_draw(whole):
    of, _ = whole
    unmet = [
        mobilise(of, hosts, factor, make_scenario(), first=17).unmet[:, 0]
        for hosts, factor in ((1, 1.0), (2, 1.0), (3, 1.0), (3, 1.3))
    ]
    assert all((more >= fewer).all() for fewer, more in pairwise(unmet))
    assert unmet[-1].sum() > unmet[0].sum()


@pytest.mark.parametrize("case", CASES["worst_case"], ids=lambda case: case["words"])
def test_the_forces_own_worst_case_is_the_most_one_threat_asks_for_in_one_area(case):
    assert worst_case(own_tables(case["rows"])) == case["expected"]


def test_this_force_asks_for_its_own_worst_case_and_the_others_are_as_they_were():
    scenario, tables = make_scenario(), real([("T1", "N", "ARV", 33)])
    stated, unstated = nation(tables, scenario, 50), nation(real(), scenario, 50)
    own = stated.forces["pfa_code"].to_numpy() == scenario.force.code
    assert (stated.asked[:, own] == 33).all()
    assert (stated.asked[:, ~own] == unstated.asked[:, ~own]).all()
    assert (stated.on_duty == unstated.on_duty).all()
    assert (stated.hosts == unstated.hosts).all()


# --------------------------------------------------------------------------------------------------------------- frames


def test_every_scenario_is_told_for_any_force_and_for_this_one(frames):
    rows, left, coming = frames
    assert list(rows["scenario"]) == [name for name in SCENARIOS for _ in range(2)]
    assert list(rows["host"]) == ["any force", "this force"] * len(SCENARIOS)
    assert len(left) == 43 * len(SCENARIOS)
    assert set(coming["scenario"]) == set(SCENARIOS)


def test_what_is_told_adds_up(frames):
    rows, left, coming = frames
    np.testing.assert_allclose(rows["asked"], rows["own"] + rows["received"] + rows["unmet"])
    here = rows.loc[rows["host"] == "this force"].set_index("scenario")
    np.testing.assert_allclose(
        coming.groupby("scenario")["officers"].sum(), (here["own"] + here["received"]).sort_index()
    )
    np.testing.assert_allclose(
        coming.groupby("scenario")["arrived"].last(), coming.groupby("scenario")["officers"].sum()
    )
    any_force = rows.loc[rows["host"] == "any force"].set_index("scenario")
    np.testing.assert_allclose(left.groupby("scenario")["p_exposed"].sum(), any_force["exposed"].sort_index())
    given_away = (left["p_gives"] * left["given"].fillna(0)).groupby(left["scenario"]).sum()
    np.testing.assert_allclose(given_away, (any_force["received"] * any_force["hosts"]).sort_index())


def test_chances_rise_with_the_drive_and_fall_with_hosts_and_threat(frames):
    rows, _, _ = frames
    ahead = rows[[f"p_met_{minutes:.0f}" for minutes in WITHIN] + ["p_met"]].to_numpy(float)
    assert (np.diff(ahead, axis=1) >= 0).all()
    assert (rows["p_all_met"] <= rows["p_met"]).all()
    here = rows.loc[rows["host"] == "this force"].set_index("scenario")["p_met"]
    assert here["one host"] >= here["two hosts"] >= here["three hosts"] >= here["heightened, three hosts"]
    assert here["heightened, one host"] >= here["heightened, three hosts"]


def test_a_host_that_needs_nobody_is_met_without_a_drive():
    scenario = make_scenario(aid_host_officers=12)
    rows, _, _ = national_aid(real(), scenario, 200)
    alone = mobilise(nation(real(), scenario, 200), 1, 1.0, scenario)
    assert rows["p_met_0"].iloc[0] == (alone.own == alone.asked).mean()
    assert 0 < rows["p_met_0"].iloc[0] < 1


def test_this_forces_own_officers_come_first_and_donors_by_their_drive(frames):
    _, _, coming = frames
    for _, rows in coming.groupby("scenario"):
        assert (rows["donor"].iloc[0], rows["tier"].iloc[0], rows["minutes"].iloc[0]) == ("Cumbria", "own", 0.0)
        assert rows["minutes"].is_monotonic_increasing
        assert "Cumbria" not in set(rows["donor"].iloc[1:])


def test_the_same_seed_gives_the_same_and_another_seed_another_result(frames):
    again = national_aid(real(), make_scenario(**PRESSED), DRAWS)
    for one, other in zip(frames, again, strict=True):
        pd.testing.assert_frame_equal(one, other)
    other, _, _ = national_aid(real(), replace(make_scenario(**PRESSED), seed=1), DRAWS)
    assert not np.allclose(other["unmet"], frames[0]["unmet"])


def test_nothing_changes_what_it_was_given():
    tables = real([("T1", "N", "ARV", 33)])
    before = copy.deepcopy(tables)
    national_aid(tables, make_scenario(), 20)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


@pytest.mark.parametrize(
    "empty", ["police_forces", "national_firearms", "police_officers", "inter_force_travel", "published_firearms", *OWN]
)
def test_an_empty_table_leaves_nothing_to_tell_and_no_fault(empty):
    tables = real()
    rows, left, coming = national_aid({**tables, empty: tables[empty].iloc[:0]}, make_scenario(), 20)
    told = empty in {*OWN, "published_firearms"}
    assert (len(rows), len(left), len(coming) > 0) == ((10, 215, True) if told else (0, 0, False))
    assert {"scenario", "p_met"} <= set(rows)
    assert {"scenario", "p_exposed"} <= set(left)
    assert {"scenario", "arrived"} <= set(coming)


def test_a_force_that_is_none_of_the_43_is_told_of_the_nation_alone():
    scenario = make_scenario()
    elsewhere = replace(scenario, force=replace(scenario.force, code="X"))
    rows, left, coming = national_aid(real(), elsewhere, 20)
    assert set(rows["host"]) == {"any force"}
    assert (len(left), len(coming)) == (215, 0)


def test_with_too_few_forces_only_the_scenarios_they_are_enough_for_are_told():
    rows, _, _ = national_aid(small(), make_scenario(), 20)
    assert set(rows["hosts"]) == {1, 2}


# --------------------------------------------------------------------------------------------------------------- report


def shown(frames, **changes) -> SimpleNamespace:
    """Return what the report needs of an assessment."""
    parts = dict(zip(("national", "exposed", "incoming"), frames, strict=True)) | changes
    return SimpleNamespace(mutual_aid=SimpleNamespace(**parts), scenario=make_scenario(), illustrative=())


@pytest.mark.parametrize("part", [report.national, report.exposed, report.incoming])
def test_an_exhibit_says_that_strength_is_derived_and_reserves_are_illustrative(frames, part):
    exhibit = part(shown(frames))
    assert isinstance(exhibit, Exhibit)
    html = exhibit._repr_html_()
    assert "derived from the nation" in exhibit.subtitle
    assert "illustrative" in exhibit.subtitle
    assert "5,861 operationally deployable" in exhibit.source
    assert exhibit.headline in exhibit.alt
    assert "nan" not in re.sub("<[^>]+>", " ", html).split()


@pytest.mark.parametrize("part", [report.national, report.exposed, report.incoming])
def test_an_exhibit_without_rows_is_to_be_supplied(frames, part):
    nothing = part(shown(tuple(frame.iloc[:0] for frame in frames)))
    assert isinstance(nothing, Prose)
    assert TO_BE_SUPPLIED in repr(nothing)


def test_headlines_are_written_from_the_numbers(frames):
    rows, left, coming = frames
    changed = rows.assign(p_met=[0.5, 0.25] * len(SCENARIOS), exposed=3.0, asked=40.0, own=4.0, received=20.0)
    a = shown((changed, left.assign(p_exposed=np.where(left["force"] == "Kent", 0.5, 0.1)), coming))
    assert report.national(a).headline == (
        "A host gets all that it is short of in 50% of calls with one host, 50% with three at once and 50% with three "
        "at once and heightened threat everywhere; Test Constabulary in 25%, 25% and 25%"
    )
    assert "on average 3.0 with one host" in report.exposed(a).headline
    assert "most often Kent (50%)" in report.exposed(a).headline
    assert report.exposed(a).table["Force"].iloc[0] in set(left["force"])
    assert report.incoming(a).headline.startswith("With one host the force asks for 40 armed officers, finds 4 itself")
    assert "that is all in 25% of calls" in report.incoming(a).headline


def test_a_force_that_is_none_of_the_43_has_the_national_exhibits(frames):
    rows, left, coming = frames
    a = shown((rows.loc[rows["host"] == "any force"], left, coming.iloc[:0]))
    assert "Test Constabulary" not in report.national(a).headline
    assert isinstance(report.incoming(a), Prose)


def test_names_of_forces_are_escaped(frames):
    rows, left, coming = frames
    hostile = {"Durham": "<script>x</script>"}
    a = shown((rows, left.replace({"force": hostile}), coming.replace({"donor": hostile})))
    html = report.exposed(a)._repr_html_() + report.incoming(a)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
