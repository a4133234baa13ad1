"""Whether crews can be formed and who commands them: worked cases, enumeration, simulation, directions, edges."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import BLOCKS, PROJECT, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from test_capability import make_table, make_tables

from apstra import capability
from apstra.capability import command, crewing
from apstra.report import capability as report
from apstra.report.exhibit import TO_BE_SUPPLIED
from apstra.scenario import Blocks
from apstra.uncertainty import random_stream

CASES = yaml.safe_load((PROJECT / "tests" / "cases" / "capability.yaml").read_text(encoding="utf-8"))
SHOCKS = [(0.1, 3), (0.3, 1)]
SHIFTS = 3 * 365.25


def make_needed(crews: list[int] | int, area: str = "N") -> pd.DataFrame:
    """Return crews needed in each block of one area."""
    return pd.DataFrame({"area_id": area, "block": BLOCKS.names, "crews_needed": crews})


def chances(available: int = 40, tables: dict[str, pd.DataFrame] | None = None, **changes: float) -> pd.DataFrame:
    """Return the distribution of crews formed by block, three crews rostered unless ``tables`` say otherwise."""
    scenario, held = make_scenario(**changes), pd.DataFrame({"role": ["ARV"], "available": [available]})
    return crewing.formed(crewing.roster(tables or make_tables(), held, scenario), scenario)


def at_least(crews: int) -> float:
    """Return P(so many crews) where 40 deployable officers give 40 x 1,671.14 / 8,766 = 7.63 of them to 6 seats."""
    odd = 40 * (2087.142857 - 216 - 200) / 8766 - 7
    seven, eight = (
        capability.crewing_probability(officers, 0.8, crews, shared_shocks=[(0.1, 3)]) for officers in (7, 8)
    )
    return (1 - odd) * seven + odd * eight


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


def test_crews_formed_agree_with_enumeration_of_everybody_present_or_not() -> None:
    officers, presence, crews = 7, 0.8, 3
    expected = np.zeros(crews + 1)
    for here in product((False, True), repeat=officers):
        for hit in product((False, True), repeat=len(SHOCKS)):
            removed = sum(size for struck, (_, size) in zip(hit, SHOCKS, strict=True) if struck)
            weight = np.prod([p if struck else 1 - p for struck, (p, _) in zip(hit, SHOCKS, strict=True)])
            weight *= np.prod([presence if one else 1 - presence for one in here])
            # The shock takes the first of the roster, whoever they are: presence is alike for all.
            expected[min(sum(here[removed:]) // 2, crews)] += weight
    found = crewing.crews_formed(officers, presence, crews, shared_shocks=SHOCKS)
    assert found == pytest.approx(expected, abs=1e-12)


def test_crews_formed_agree_with_simulation_within_three_standard_errors() -> None:
    rng, draws = random_stream(2026, "test", "formed"), 200_000
    left = 12 - sum(size * (rng.random(draws) < p) for p, size in SHOCKS)
    seen = np.bincount(np.minimum(rng.binomial(left, 0.85) // 2, 5), minlength=6) / draws
    exact = crewing.crews_formed(12, 0.85, 5, shared_shocks=SHOCKS)
    assert (np.abs(seen - exact) < 3 * np.sqrt(exact * (1 - exact) / draws)).all()


@given(st.integers(0, 24), st.floats(0, 1), st.integers(0, 8), st.integers(1, 3), st.floats(0, 1), st.integers(0, 6))
def test_the_crews_formed_sum_to_one_and_give_the_crewing_probability_of_each_number(n, p, crews, each, hit, removed):
    found = crewing.crews_formed(n, p, crews, per_crew=each, shared_shocks=[(hit, removed)])
    assert found.shape == (crews + 1,)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1, abs=1e-12)
    for k in range(crews + 1):
        at_least = capability.crewing_probability(n, p, k, per_crew=each, shared_shocks=[(hit, removed)])
        assert found[k:].sum() == pytest.approx(at_least, abs=1e-12)


@given(st.integers(0, 20), st.floats(0, 1), st.integers(1, 6), st.integers(0, 5), st.floats(0, 1), st.floats(0, 1))
def test_a_likelier_or_larger_shock_never_helps(officers, p, crews, removed, one, other):
    less, more = sorted((one, other))

    def chance(shock):
        return capability.crewing_probability(officers, p, crews, shared_shocks=[shock])

    assert chance((more, removed)) <= chance((less, removed)) + 1e-12
    assert chance((more, removed + 1)) <= chance((more, removed)) + 1e-12


def test_rostered_officers_follow_the_seats_and_deployable_strength(scenario) -> None:
    duty = crewing.roster(make_tables(), pd.DataFrame({"role": ["ARV"], "available": [40]}), scenario)
    assert crewing.rostered_hours(scenario) == pytest.approx(2087.142857 - 216 - 200, abs=1e-5)
    # 40 officers x 1,671.14 h over 6 seats x 8,766 h: 7.63 a block, seven and on 63 % of shifts an eighth.
    assert (duty["rostered"] == 7).all()
    assert duty["part"].tolist() == pytest.approx([0.6256] * 12, abs=1e-4)
    assert (duty["seats"] == 6).all()
    found = crewing.crewing_by_block(duty, crewing.formed(duty, scenario))
    for column, crews in (("probability", 3), ("probability_less_one", 2)):
        assert found[column].tolist() == pytest.approx([at_least(crews)] * 12)


def test_every_block_with_crews_has_a_whole_distribution_and_others_none() -> None:
    tables = make_tables()
    idle = tables["crews"].assign(crews=tables["crews"]["crews"].mask(tables["crews"]["block"] == BLOCKS.names[2], 0))
    found = chances(tables=tables | {"crews": idle})
    assert found.groupby("block")["probability"].sum().tolist() == pytest.approx([1.0] * 11)
    assert BLOCKS.names[2] not in set(found["block"])
    assert found.groupby("block")["crews"].agg(list).map(tuple).unique().tolist() == [(0, 1, 2, 3)]
    assert list(found.columns) == ["block", "crews", "probability"]


def test_shifts_of_a_year_are_one_a_day_whatever_their_length() -> None:
    uneven = Blocks({"day": 7, "night": 19, "small": 2}, BLOCKS.days, BLOCKS.seasons)
    for blocks in (BLOCKS, uneven):
        assert blocks.shifts_a_year().sum() == pytest.approx(SHIFTS)
        lengths = (blocks.hours_a_year() / blocks.shifts_a_year()).groupby(lambda block: block.split("-")[0]).first()
        assert lengths.sum() == pytest.approx(24)
    assert lengths.to_dict() == pytest.approx({"day": 12, "night": 7, "small": 5})


def test_shifts_below_the_floor_are_the_worked_ones(scenario) -> None:
    needed = pd.concat([make_needed(2), make_needed([1] + [0] * 11, "S")])
    found = crewing.below_floor(chances(), needed, BLOCKS).set_index("block")
    # Needed are 3 of 3 rostered crews in the first block, 2 in the others; 184 days of summer in 365, 5 of 7 weekdays.
    first, second = (found.loc[BLOCKS.names[at]] for at in (0, 1))
    assert first[["crews", "floor"]].tolist() == [3, 3]
    assert first["p_below_floor"] == pytest.approx(1 - at_least(3))
    assert second["p_below_floor"] == pytest.approx(1 - at_least(2))
    assert first["shifts_a_year"] == pytest.approx(365.25 * 5 / 7 * 184 / 365)
    assert first["shifts_below_floor"] == pytest.approx(first["shifts_a_year"] * (1 - at_least(3)))
    assert first["crews_short"] == pytest.approx(3 - sum(map(at_least, (1, 2, 3))))
    assert second["crews_short"] == pytest.approx(2 - sum(map(at_least, (1, 2))))


def test_a_roster_below_the_floor_is_below_it_on_every_shift_and_so_is_a_block_without_crews() -> None:
    tables = make_tables()
    bare = tables["crews"].assign(crews=tables["crews"]["crews"].mask(tables["crews"]["block"] == BLOCKS.names[0], 0))
    found = crewing.below_floor(chances(tables=tables | {"crews": bare}), make_needed(4), BLOCKS)
    assert found["p_below_floor"].tolist() == pytest.approx([1.0] * 12)
    assert found["shifts_below_floor"].sum() == pytest.approx(SHIFTS)
    assert found.loc[0, ["crews", "floor", "crews_short"]].tolist() == [0, 4, 4.0]
    assert (found["crews_short"].iloc[1:] > 1).all()


def test_a_block_in_which_nothing_is_needed_has_no_floor() -> None:
    found = crewing.below_floor(chances(), make_needed([0, 3] + [1] * 10), BLOCKS)
    assert BLOCKS.names[0] not in set(found["block"])
    assert len(found) == 11


@settings(max_examples=25)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 5), st.integers(0, 5))
def test_more_officers_never_mean_more_shifts_below_the_floor_and_a_higher_floor_never_fewer(one, other, low, high):
    few, many = sorted((one, other))
    low, high = sorted((low, high))

    def below(available, floor):
        return crewing.below_floor(chances(available), make_needed(floor), BLOCKS)["shifts_below_floor"].sum()

    assert below(many, high) <= below(few, high) + 1e-9
    assert below(few, low) <= below(few, high) + 1e-9
    assert below(few, high) <= SHIFTS + 1e-9


def shown_floor(needed: pd.DataFrame, **changes: object) -> SimpleNamespace:
    """Return what the exhibit of shifts below the floor needs."""
    formed = chances()
    frames = {"formed": formed, "floor": crewing.below_floor(formed, needed, BLOCKS)} | changes
    return SimpleNamespace(
        tables=make_tables(), scenario=make_scenario(), capability=SimpleNamespace(**frames), illustrative=()
    )


def test_the_exhibit_says_on_how_many_shifts_too_few_crews_can_be_formed() -> None:
    made = report.floor(shown_floor(make_needed([3, 2] + [1] * 10)))
    assert made.headline == (
        "On 56 of 1,096 shifts a year fewer crews than needed can be formed, 0.0 to 0.4 short on average by block, "
        "most often in summer weekday early (36% of shifts)"
    )
    assert made.table.loc[0, ["Crews rostered", "Crews needed", "Shifts a year", "Shifts below, a year"]].tolist() == [
        3, 3, "132", "47",
    ]  # fmt: skip
    short = report.floor(shown_floor(make_needed([4] * 6 + [1] * 6)))
    assert "the roster itself holds fewer" in short.headline
    assert TO_BE_SUPPLIED in repr(report.floor(shown_floor(make_needed([0] * 12))))


def test_command_cover_shows_every_block_and_a_gap_where_nobody_is_on_call(scenario) -> None:
    tables = make_tables()
    rota = command.command_cover(tables["command_cover"], tables["roles"], BLOCKS)
    assert len(rota) == len(BLOCKS.names)
    assert rota["covered"].sum() == 1
    assert rota["hours_a_year"].sum() == pytest.approx(8766)


def make_rota(people: dict[str, list[int]], specialist: dict[str, list[int]]) -> pd.DataFrame:
    """Return the command frame of cadres with so many people and specialists in each block."""
    rows = [
        (cadre, block, on_call, expert)
        for cadre, numbers in people.items()
        for block, on_call, expert in zip(BLOCKS.names, numbers, specialist.get(cadre, [0] * 12), strict=True)
    ]
    cadres, blocks, on_call, experts = (list(column) for column in zip(*rows, strict=True))
    cover = make_table("command_cover", cadre=cadres, block=blocks, on_call=on_call, specialist=experts)
    roles = make_table("roles", role=["TFC", "FIM", "PIM"], title=["Tactical", "Control room", "Post-incident"])
    return command.command_cover(cover, roles, BLOCKS)


def test_the_cover_of_a_cadre_is_its_share_of_the_hours_of_the_year() -> None:
    rota = make_rota({"TFC": [1] * 12, "FIM": [1, 2, 0] * 4}, {"TFC": [1, 1, 0] * 4})
    found = command.cadre_cover(rota).set_index("cadre")
    assert found.loc["TFC", ["fewest", "most", "hours_uncovered", "covered_share"]].tolist() == [1, 1, 0.0, 1.0]
    assert found.loc["TFC", "specialist_share"] == pytest.approx(2 / 3)
    assert found.loc["FIM", ["fewest", "most", "specialist_share"]].tolist() == [0, 2, 0.0]
    assert found.loc["FIM", "covered_share"] == pytest.approx(2 / 3)
    assert found.loc["FIM", "hours_uncovered"] == pytest.approx(8766 / 3)
    assert "PIM" not in found.index


def test_the_week_of_command_shows_each_cadre_and_specialists_apart() -> None:
    rota = make_rota({"TFC": [1] * 12, "FIM": [1, 2, 0] * 4}, {"TFC": [1, 1, 0] * 4})
    frames = SimpleNamespace(command=rota, cadres=command.cadre_cover(rota))
    a = SimpleNamespace(tables=make_tables(), scenario=make_scenario(), capability=frames, illustrative=())
    made = report.command(a)
    assert made.headline == (
        "Nobody is on call as FIM for 2,922 hours a year; a specialist is on call 67% of hours as TFC"
    )
    for axes in made.figure.axes:
        assert [label.get_text() for label in axes.get_yticklabels()] == ["TFC", "FIM", "TFC specialist"]
        words = [text.get_text() for text in axes.texts]
        assert {"1", "2"} == set(words)


def test_the_worked_force_seats_initial_command_in_the_control_room_at_every_hour(assessed) -> None:
    cadres = assessed.capability.cadres.set_index("cadre")
    assert {"SFC", "TFC", "OFC", "TA", "PIM", "FIM"} == set(cadres.index)
    assert cadres.loc["FIM", "covered_share"] == 1.0
    assert cadres.loc["FIM", ["fewest", "most"]].tolist() == [1, 2]
    assert cadres.loc["PIM", "covered_share"] < 1.0
