"""Four years ahead: hand-worked paths, exact recursions, a simulation written apart, directions, conservation."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra import assurance
from apstra.capability.intake import PLANS, PROJECTION, chance_deployable, workforce_ahead
from apstra.capability.projection import FUTURES, MONTHS, members, movements, prospects, starters, strength_ahead
from apstra.report.capability import ahead
from apstra.report.exhibit import TO_BE_SUPPLIED, Exhibit
from apstra.uncertainty import random_stream

SCENARIO = make_scenario()
LEVEL = SCENARIO.force.assurance_level
LEADS = {"intake": 9, "transfers_in": 4}
ERRORS = 3.0  # standard errors
KNOWN = {"leavers": 6, "promotions": 2, "intake": 8, "transfers_in": 3, "pass_rate": 0.75}
JUDGED = {"leavers": (3, 5, 9), "promotions": (1, 2, 4), "intake": 8, "transfers_in": (0, 1, 2),
          "pass_rate": (0.6, 0.75, 0.85)}  # fmt: skip
numbers = st.floats(0, 12)
forces = st.builds(
    dict, leavers=numbers, promotions=numbers, intake=numbers, transfers_in=st.floats(0, 4), pass_rate=st.floats(0, 1)
)
small = settings(max_examples=20)


def make_flows(role: str = "ARV", leads: dict[str, int] = LEADS, period: str | None = None, **stated) -> pd.DataFrame:
    """Return the flows of one role, each one number or low, mode and high."""
    rows = [
        (role, flow, *(value if isinstance(value, tuple) else (value,) * 3), leads.get(flow, 0), period)
        for flow, value in stated.items()
    ]
    columns = ["role", "flow", "low", "mode", "high", "lead_months", "period"]
    return pd.DataFrame(rows, columns=columns).astype({"period": "str", "role": "str", "flow": "str"})


def make_strength(*rows: tuple[str, int, int, int, int]) -> pd.DataFrame:
    """Return strength steps of roles: established, in post, authorised, available."""
    frame = pd.DataFrame(rows, columns=["role", "established", "in_post", "authorised", "available"])
    return frame.assign(title=frame["role"] + " officer")


def make_requirement(**required: int) -> pd.DataFrame:
    """Return the requirement of each role, known to within two officers."""
    frame = pd.DataFrame({"role": list(required), "required": list(required.values())})
    return frame.assign(required_low=frame["required"] - 1, required_high=frame["required"] + 1)


ARV = ("ARV", 66, 60, 58, 51)


def start(flows: pd.DataFrame, row: tuple[str, int, int, int, int] = ARV, seed: int = SCENARIO.seed):
    """Return what a role starts from."""
    role = next(make_strength(row).itertuples())
    return prospects(role, flows, replace(SCENARIO, seed=seed))


def path(flows: pd.DataFrame, row: tuple[str, int, int, int, int] = ARV, posts: int = 1000) -> np.ndarray:
    """Return strength in each month and future at the intake stated."""
    p = start(flows, row)
    a_year = p.flows["intake"]
    return strength_ahead(members(p, a_year.max()), starters(p, a_year), posts)


def plans_of(flows: pd.DataFrame, required: int = 60, row: tuple[str, int, int, int, int] = ARV):
    """Return projection and plans of one role."""
    return workforce_ahead(flows, make_strength(row), make_requirement(**{row[0]: required}), SCENARIO)


def test_officers_on_their_course_and_starters_qualify_when_the_hand_worked_case_says():
    flows = make_flows(leavers=0, intake=4)
    joined = np.diff(path(flows, ("ARV", 20, 13, 10, 10)), axis=0)
    month = {2: 1, 5: 1, 8: 1} | dict.fromkeys(range(9, MONTHS + 1, 6), 2)
    assert (joined == np.array([month.get(number, 0) for number in range(1, MONTHS + 1)])[:, np.newaxis]).all()


def test_nothing_that_moves_leaves_the_line_flat():
    projection, plans = plans_of(make_flows(leavers=0, intake=0), 50, ("ARV", 66, 58, 58, 51))
    assert (projection[[f"qualified_{name}" for name in ("p5", "p50", "p95", "mean")]] == 58).all(axis=None)
    later = projection.query("months_ahead > 0")
    assert later[["deployable_p5", "deployable_p95", "p_met"]].nunique().tolist() == [1, 1, 1]
    assert later["deployable_mean"].iloc[0] == pytest.approx(58 * (51 + 10 * 51.5 / 59) / 68)
    assert plans["p_met_48"].iloc[:2].tolist() == later["p_met"].iloc[:2].tolist()


def test_today_is_as_counted():
    today = plans_of(make_flows(**KNOWN))[0].query("months_ahead == 0").iloc[0]
    assert set(today[[f"deployable_{name}" for name in ("p5", "p25", "p50", "p75", "p95", "mean")]]) == {51}
    assert (today["qualified_mean"], today["p_met"], today["month"]) == (58, 0, pd.Timestamp(SCENARIO.as_at))


def recursion(flows: dict[str, float], qualified: int, on_course: int) -> np.ndarray:
    """Return the exact mean strength month by month, two courses a year decided on in months 0, 6, 12, …"""
    stays = np.exp(-(flows["leavers"] + flows["promotions"]) / qualified / 12)
    joins = np.zeros(MONTHS + 1)
    joins[LEADS["transfers_in"] + 1 :] += flows["transfers_in"] / 12
    joins[LEADS["intake"] :: 6] += flows["intake"] / 2 * flows["pass_rate"]
    for number in range(on_course):
        joins[int(np.ceil(LEADS["intake"] * (number + 0.5) / on_course))] += flows["pass_rate"]
    mean = [float(qualified)]
    for joined in joins[1:]:
        mean.append(mean[-1] * stays + joined)
    return np.array(mean)


@pytest.mark.parametrize("pass_rate", [0, 0.75, 1])
def test_the_mean_of_known_flows_is_that_of_the_exact_recursion(pass_rate):
    flows = KNOWN | {"pass_rate": pass_rate}
    found = path(make_flows(**flows))
    error = found.std(axis=1, ddof=1) / np.sqrt(FUTURES)
    assert (np.abs(found.mean(axis=1) - recursion(flows, 58, 2)) <= ERRORS * error).all()


def test_who_leaves_is_binomial():
    found = path(make_flows(leavers=6, intake=0), ("ARV", 58, 58, 58, 51))
    for month in (1, 12, 48):
        stay = np.exp(-6 / 58 / 12) ** month
        spread = 58 * stay * (1 - stay)
        assert abs(found[month].mean() - 58 * stay) <= ERRORS * np.sqrt(spread / FUTURES)
        kurtosis = stats.binom.stats(58, stay, moments="k") + 3
        assert abs(found[month].var(ddof=1) - spread) <= ERRORS * spread * np.sqrt((kurtosis - 1) / FUTURES)


def simulated(draws: int, posts: int, required: int) -> np.ndarray:
    """Return P(deployable >= required) in each month of the judged role, simulated by thinning month by month."""
    rng = random_stream(1, "test", "projection")

    def judged(flow: str) -> np.ndarray:
        low, mode, high = JUDGED[flow]
        shape = 1 + 4 * (mode - low) / (high - low)
        return stats.beta.rvs(shape, 6 - shape, low, high - low, draws, random_state=rng)

    stays = np.exp(-(judged("leavers") + judged("promotions")) / 58 / 12)
    passes, transfers = judged("pass_rate"), judged("transfers_in")
    share = rng.beta(51 + 10 * 51.5 / 59, 7 + 10 * 7.5 / 59, draws)
    there, met = np.full(draws, 58), [1.0]
    for month in range(1, MONTHS + 1):
        there = rng.binomial(there, stays)
        on_course = (month in {3, 7}) + (4 if month >= 9 and (month - 9) % 6 == 0 else 0)
        there = there + rng.binomial(on_course, passes) + (rng.poisson(transfers / 12) if month > 4 else 0)
        met.append((rng.binomial(np.minimum(there, posts), share) >= required).mean())
    return np.array(met)


def test_the_probability_agrees_with_a_simulation_written_apart_within_three_standard_errors():
    draws = 20_000
    expected = simulated(draws, 66, 50)
    found = plans_of(make_flows(**JUDGED), 50)[0]["p_met"].to_numpy()
    error = np.sqrt(expected * (1 - expected) * (1 / draws + 1 / FUTURES))
    assert (np.abs(found - expected) <= ERRORS * error).all()
    assert 0.2 < expected[-1] < 0.8, "a probability near none or all would prove little"


@pytest.mark.parametrize(("here", "away"), [(51.0, 7.0), (0.4, 3.1), (14.0, 0.2)])
def test_officers_deployable_of_those_qualified_are_beta_binomial(here, away):
    for qualified in (0, 1, 7, 20):
        found = chance_deployable(qualified, np.arange(21), here, away)
        np.testing.assert_allclose(found, stats.betabinom.pmf(np.arange(21), qualified, here, away), atol=1e-12)


@given(forces, st.floats(0, 10), st.integers(0, 80))
@small
def test_more_starters_never_leave_fewer_officers_in_any_future(flows, more, posts):
    p = start(make_flows(**flows))
    m = members(p, p.flows["intake"].max() + more)
    fewer, greater = (strength_ahead(m, starters(p, p.flows["intake"] + extra), posts) for extra in (0, more))
    assert (greater >= fewer).all()


@given(forces, st.floats(0.1, 10), st.sampled_from(["leavers", "promotions"]))
@small
def test_more_leavers_or_promotions_never_leave_more_officers_in_any_future(flows, more, flow):
    assert (path(make_flows(**flows | {flow: flows[flow] + more})) <= path(make_flows(**flows))).all()


@given(forces, st.integers(1, 90))
@settings(max_examples=8)
def test_more_intake_never_lowers_and_more_leavers_never_raise_the_probability(flows, required):
    met = [f"p_met_{months}" for months in (12, 24, 36, 48)]
    plans = plans_of(make_flows(**flows), required)[1].set_index("plan")
    order = plans.loc[["no intake", "as planned", "1.5 x as planned", "2 x as planned"], met]
    assert (order.diff().iloc[1:] >= -1e-12).all(axis=None)
    worse = plans_of(make_flows(**flows | {"leavers": flows["leavers"] + 2}), required)[1].set_index("plan")
    assert (worse.loc[order.index, met] <= order + 1e-12).all(axis=None)


@given(forces, st.integers(0, 90))
@small
def test_officers_are_conserved_and_strength_stays_between_none_and_the_posts(flows, posts):
    p = start(make_flows(**flows))
    m = members(p, p.flows["intake"].max())
    begun = starters(p, p.flows["intake"])
    moved = movements(m, begun)
    left = moved["leavers"] + moved["promotions"]
    whole = 58 + moved["newly_qualified"] + moved["transfers_in"] - left
    found = strength_ahead(m, begun, posts)
    assert (found == np.minimum(whole, posts)).all()
    assert (found >= 0).all()
    assert all((np.diff(total, axis=0) >= 0).all() for total in moved.values())


def test_the_mean_movements_add_up_to_the_mean_strength_where_posts_are_never_filled():
    projection = plans_of(make_flows(**KNOWN), row=("ARV", 300, 60, 58, 51))[0]
    joined = projection["newly_qualified"] + projection["transfers_in"]
    gone = projection["leavers"] + projection["promotions"]
    np.testing.assert_allclose(58 + joined - gone, projection["qualified_mean"])


def test_every_kind_of_movement_has_its_stated_size_in_the_first_year():
    year = plans_of(make_flows(leads={"intake": 6}, **KNOWN))[0].query("months_ahead == 12").iloc[0]
    assert year["leavers"] == pytest.approx(3 * year["promotions"], rel=0.1)
    assert year["leavers"] == pytest.approx(6, rel=0.05)
    assert year["transfers_in"] == pytest.approx(3, rel=0.06)
    assert year["newly_qualified"] == pytest.approx(0.75 * (2 + 8), rel=0.02)


def test_a_flow_stated_by_month_is_twelve_times_that_by_year():
    by_year, by_month = (
        plans_of(make_flows(period=period, **flows))[0]
        for period, flows in (
            (None, KNOWN),
            ("month", {k: v if k == "pass_rate" else v / 12 for k, v in KNOWN.items()}),
        )
    )
    pd.testing.assert_frame_equal(by_year, by_month)


@pytest.mark.parametrize("courses", [1, 2, 3, 5, 12])
@pytest.mark.parametrize("a_year", [0, 1, 7, 10])
def test_a_whole_number_of_starters_is_met_in_each_year(courses, a_year):
    p = replace(start(make_flows(**KNOWN)), courses=courses)
    by_year = starters(p, float(a_year))[:, 0].reshape(4, courses)
    assert by_year.sum(axis=1).tolist() == [a_year] * 4
    assert np.ptp(by_year) <= 1


def test_half_a_starter_a_year_is_one_every_other_year():
    p = replace(start(make_flows(**KNOWN)), courses=1)
    assert starters(p, 0.5)[:, 0].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(("required", "row"), [(5, ("TA", 6, 5, 5, 4)), (60, ARV), (20, ("DOG", 10, 4, 4, 3))])
def test_the_fewest_starters_are_enough_and_one_fewer_is_not(required, row):
    def after(a_year: int) -> pd.Series:
        flows = make_flows(row[0], leavers=(1, 2, 4), intake=a_year, pass_rate=0.9)
        plans = plans_of(flows, required, (row[0], int(raised), *row[2:]))[1]
        return plans.set_index("plan").loc["as planned"]

    plans = plans_of(make_flows(row[0], leavers=(1, 2, 4), intake=1, pass_rate=0.9), required, row)[1]
    fewest, raised = plans.set_index("plan").loc["enough", ["starters_a_year", "posts"]]
    assert fewest == int(fewest) > 0
    assert pd.notna(after(int(fewest))["met_from"])
    assert pd.isna(after(int(fewest) - 1)["met_from"])


def test_the_posts_raised_leave_half_the_risk_to_those_not_filled():
    plans = plans_of(make_flows(**KNOWN))[1].set_index("plan")
    assert plans["posts"].tolist() == [66, 66, *[plans.loc["enough", "posts"]] * 3]
    share = (51 + 10 * 51.5 / 59, 7 + 10 * 7.5 / 59)
    needed = int(plans.loc["enough", "posts"])
    met = [stats.betabinom.sf(59, posts, *share) for posts in (needed - 1, needed)]
    assert met[0] < 1 - (1 - LEVEL) / 2 <= met[1]


def test_posts_that_cannot_carry_the_requirement_leave_it_unmet_whatever_the_intake():
    plans = plans_of(make_flows(**KNOWN | {"intake": 60}), 67)[1].set_index("plan")
    assert plans.loc["as planned", "p_met_48"] == 0
    assert plans.loc["2 x as planned", "p_met_48"] > 0


def test_met_from_is_the_first_month_after_which_the_requirement_is_never_missed():
    projection, plans = plans_of(make_flows(**KNOWN | {"intake": 20}), 46)
    of = plans.set_index("plan").loc["as planned", "met_from"]
    met = projection.set_index("month")["p_met"] >= LEVEL
    assert met[of:].all()
    assert not met[:of].iloc[-2]


def test_a_requirement_met_today_and_lost_later_is_not_met():
    plans = plans_of(make_flows(leavers=(3, 5, 9), intake=0), 45)[1].set_index("plan")
    assert plans.loc["no intake", "p_met_12"] < LEVEL
    assert pd.isna(plans.loc["no intake", "met_from"])
    assert plans.loc["no intake", "short"] > 0


def test_where_no_intake_is_enough_no_figures_stand():
    enough = plans_of(make_flows(leads={"intake": MONTHS + 1}, leavers=6, intake=4))[1].set_index("plan").loc["enough"]
    assert enough.drop(["role", "required"]).isna().all()


def test_a_role_without_a_requirement_needs_no_starters():
    plans = plans_of(make_flows(**KNOWN), 0)[1].set_index("plan")
    assert plans.loc["enough", "starters_a_year"] == 0
    assert (plans["met_from"] == pd.Timestamp(SCENARIO.as_at)).all()


def test_percentiles_ascend_and_the_frames_hold_what_they_promise():
    projection, plans = plans_of(make_flows(**JUDGED))
    assert list(projection.columns) == PROJECTION
    assert list(plans.columns) == PLANS
    assert projection["months_ahead"].tolist() == list(range(MONTHS + 1))
    assert projection["month"].iloc[12] == pd.Timestamp(SCENARIO.as_at) + pd.DateOffset(years=1)
    for measure in ("deployable", "qualified"):
        fan = projection[[f"{measure}_{name}" for name in ("p5", "p25", "p50", "p75", "p95")]]
        assert (fan.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
        assert (fan <= 66).all(axis=None)
    assert projection["p_met"].between(0, 1).all()
    assert (projection["required_high"] == 61).all()


def test_the_same_seed_gives_the_same_futures_and_another_gives_others():
    flows = make_flows(**JUDGED)
    pd.testing.assert_frame_equal(plans_of(flows)[0], plans_of(flows)[0])
    p, q = (start(flows, seed=seed) for seed in (1, 2))
    assert (p.flows["leavers"] != q.flows["leavers"]).any()


def test_another_role_leaves_the_draws_of_the_others_alone():
    flows = pd.concat([make_flows("DOG", **KNOWN), make_flows(**JUDGED)], ignore_index=True)
    both = make_strength(("DOG", 5, 0, 0, 0), ARV)
    alone = plans_of(make_flows(**JUDGED))
    together = workforce_ahead(flows, both, make_requirement(DOG=5, ARV=60), SCENARIO)
    for one, all_of in zip(alone, together, strict=True):
        rest = all_of.query("role == 'ARV'").reset_index(drop=True)
        pd.testing.assert_frame_equal(rest, one, check_dtype=False)


def test_room_for_more_starters_leaves_the_chances_of_the_first_alone():
    p = start(make_flows(**JUDGED))
    few, many = (members(p, most) for most in (8, 40))
    rows = len(few.joins)
    assert (few.leaves == many.leaves[:rows]).all()
    assert (few.qualifies == many.qualifies[:rows]).all()


def test_a_role_is_projected_only_where_leavers_and_intake_are_stated():
    flows = pd.concat([make_flows("ARV", **KNOWN), make_flows("DOG", leavers=1), make_flows("TA", intake=1)])
    strength = make_strength(ARV, ("DOG", 5, 4, 4, 4), ("TA", 5, 5, 5, 5), ("PIM", 5, 3, 3, 3))
    projection, plans = workforce_ahead(flows, strength, make_requirement(ARV=60, DOG=5, TA=5, PIM=5), SCENARIO)
    assert set(projection["role"]) == set(plans["role"]) == {"ARV"}


def test_a_role_with_neither_posts_nor_officers_is_left_out_and_one_with_posts_alone_can_be_filled():
    flows = make_flows(leavers=2, intake=6)
    assert plans_of(flows, 0, ("ARV", 0, 0, 0, 0))[0].empty
    projection = plans_of(flows, 4, ("ARV", 10, 0, 0, 0))[0]
    assert projection["qualified_mean"].iloc[0] == 0
    assert projection["qualified_mean"].iloc[-1] > 4


def test_empty_tables_give_empty_frames():
    empty = (make_flows().iloc[:0], make_strength().iloc[:0], make_requirement())
    projection, plans = workforce_ahead(*empty, SCENARIO)
    assert (len(projection), len(plans)) == (0, 0)
    assert list(projection.columns) == PROJECTION
    assert list(plans.columns) == PLANS


def test_a_pass_rate_above_one_and_a_weight_of_nothing_are_refused_by_name():
    with pytest.raises(ValueError, match=r"the pass_rate of ARV must lie in \[0, 1\], not 75"):
        plans_of(make_flows(leavers=1, intake=1, pass_rate=75))
    with pytest.raises(ValueError, match="share_deployable_weight must be positive, not 0"):
        workforce_ahead(
            make_flows(**KNOWN), make_strength(ARV), make_requirement(ARV=60), make_scenario(share_deployable_weight=0)
        )


def test_what_it_is_given_stays_as_it_was():
    given_ = (make_flows(**JUDGED), make_strength(ARV), make_requirement(ARV=60))
    before = copy.deepcopy(given_)
    workforce_ahead(*given_, SCENARIO)
    for now, then in zip(given_, before, strict=True):
        pd.testing.assert_frame_equal(now, then)


def make_assessment(flows: pd.DataFrame, *rows: tuple[str, int, int, int, int], **required: int) -> SimpleNamespace:
    """Return as much of an assessment as the exhibits look at."""
    strength = make_strength(*rows)
    projection, plans = workforce_ahead(flows, strength, make_requirement(**required), SCENARIO)
    capability = SimpleNamespace(strength=strength, projection=projection, intake_plans=plans)
    return SimpleNamespace(scenario=SCENARIO, illustrative=(), capability=capability)


def test_the_exhibits_answer_when_with_what_probability_and_under_which_intake():
    a = make_assessment(make_flows(**JUDGED), ARV, ("PIM", 5, 3, 3, 3), ARV=60, PIM=5)
    fans, plans = ahead.projection(a), ahead.intake_plans(a)
    assert isinstance(fans, Exhibit)
    assert isinstance(plans, Exhibit)
    assert fans.headline.startswith("ARV officer: 51 deployable today, ")
    assert "of 60 required; none of 1 role projected then meets the requirement with 95% probability" in fans.headline
    assert fans.subtitle.endswith("; to be supplied: leavers and intake of PIM officer")
    assert fans.table.set_index("Role").loc["PIM officer"].eq("to be supplied").all()
    enough = a.capability.intake_plans.query("plan == 'enough'").iloc[0]
    assert (
        f"; {enough['starters_a_year']:.0f} starters a year and {enough['posts']:.0f} posts reach them from "
        f"{enough['met_from']:%B %Y} on with 95%"
    ) in plans.headline
    assert "at today's intake of 8 starters a year and 66 posts the 60 required are deployable" in plans.headline
    assert "nan" not in " ".join(plans.table.astype(str).to_numpy().ravel())


def test_the_headline_says_when_no_number_is_enough_and_when_today_s_is():
    never = make_assessment(make_flows(leads={"intake": 60}, leavers=9, intake=4), ARV, ARV=60)
    assert ahead.plans_headline(never).endswith("; no number of starters reaches 95%")
    assert "no number reaches it" in ahead.intake_plans(never).figure.axes[0].get_yticklabels()[-1].get_text()
    always = make_assessment(make_flows(leavers=0, intake=0), ARV, ARV=30)
    assert ahead.plans_headline(always).endswith(", and from November 2026 on with at least 95%")


def test_without_flows_the_exhibits_are_to_be_supplied():
    a = make_assessment(make_flows().iloc[:0], ARV, ARV=60)
    for exhibit in (ahead.projection, ahead.intake_plans):
        assert TO_BE_SUPPLIED in exhibit(a).sentences[0]


@pytest.mark.parametrize(
    ("kept", "status"), [(["ARV", "PIM"], "met"), (["ARV"], "partly"), ([], "not met"), (None, "cannot tell")]
)
def test_the_obligation_is_judged_by_the_roles_projected(kept, status):
    posts = pd.DataFrame({"role": ["ARV", "PIM", "SFO"], "established": [66, 5, 0]})
    posts = posts if kept is not None else posts.iloc[:0]
    capability = SimpleNamespace(position=posts, projection=pd.DataFrame({"role": (kept or []) * 2}, dtype="str"))
    assert assurance.RULES["workforce_projected"](SimpleNamespace(capability=capability))[0] == status
