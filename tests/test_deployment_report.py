"""The deployment chapter as people read it: every exhibit, every sentence, in every state of the data."""

import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from test_deployment import LIKELY, make_rates, make_tables

from apstra.deployment import assess_deployment
from apstra.report import assessment as front
from apstra.report import deployment as shown
from apstra.report.deployment.words import between, chance, points, ranges, rarely
from apstra.report.deployment.workload import hours_words
from apstra.report.exhibit import Exhibit, percent

EXHIBITS = [name for name in shown.__all__ if name != "findings"]
PLAYED = ("confirmation", "moving", "simulation")
SIMULATED = pd.DataFrame(
    {
        "case": ["exact model", "simulated, same assumptions", "crews do not leave routine work"],
        "share": [0.634, 0.631, 0.512], "share_low": [np.nan, 0.623, 0.504], "share_high": [np.nan, 0.639, 0.520],
        "unmet": [0.013, 0.0131, 0.110], "unmet_low": [np.nan, 0.012, 0.10], "unmet_high": [np.nan, 0.014, 0.12],
        "neighbour": [np.nan, 0.0, 0.0], "fully_crewed": [0.9, 0.9, 0.7], "calls": [np.nan, 18000.0, 18000.0],
        "years": [np.nan, 400.0, 400.0], "quotable": [np.nan, False, True],
    }
)  # fmt: skip
CONFIRMATION = pd.DataFrame(
    [
        ("current", "all", 0.634, 0.631, 0.62, 0.64, np.nan, np.nan, np.nan),
        ("current", "N", 0.64, 0.631, 0.62, 0.64, np.nan, np.nan, np.nan),
        ("best", "all", 0.66, 0.655, 0.65, 0.66, 0.024, 0.02, 0.028),
        ("best", "N", 0.6, 0.6, 0.59, 0.61, -0.031, -0.04, -0.022),
        ("no area worse", "all", 0.64, 0.635, 0.62, 0.64, 0.004, -0.001, 0.009),
    ],
    columns=["roster", "place", "exact_share", "share", "share_low", "share_high", "gain", "gain_low", "gain_high"],
)
MOVING = pd.DataFrame(
    [(place, scene, 15 * (scene - 1), share, share - 0.03, share + 0.03, 0.9, 31.4, 1.0 + scene)
     for place in ("all", "N") for scene, share in ((1, 0.63), (2, 0.5), (3, 0.4))],
    columns=["place", "scene", "minutes", "within", "within_low", "within_high", "met", "mean_minutes", "crews"],
)  # fmt: skip
MOVES = pd.DataFrame(
    [(roster, "night-weekend-winter", 1, "B1", "B2", place, calls, before, after, 0.30, 0.29)
     for roster, last in (("best", 0.05), ("no area worse", 0.45))
     for place, calls, before, after in (("all", 5.0, 0.32, 0.44), ("N", 3.0, 0.35, last), ("S", 2.0, 0.2, 0.6))],
    columns=["roster", "block", "step", "from_base", "to_base", "place", "calls_a_year", "share_before", "share_after",
             "unmet_before", "unmet_after"],
)  # fmt: skip


def as_shown(tables=None, rates=None, **frames):
    """Return what the exhibits need of an assessment, some frames of the chapter replaced."""
    tables = make_tables() if tables is None else tables
    bases = tables["bases"].assign(name=[f"Base {number}" for number in range(1, len(tables["bases"]) + 1)])
    outlines = pd.DataFrame(columns=["zone_id", "ring", "lon", "lat"])
    chapter = assess_deployment(tables, make_rates() if rates is None else rates, LIKELY, make_scenario())
    return SimpleNamespace(
        deployment=replace(chapter, **frames),
        scenario=make_scenario(),
        tables={**tables, "bases": bases, "boundaries": outlines},
        illustrative=("crews",),
    )


@cache
def full():
    """Return the small force with the simulation and the moves filled by hand."""
    return as_shown(simulated=SIMULATED, confirmation=CONFIRMATION, moving=MOVING, moves=MOVES)


@cache
def plain():
    """Return the small force as the chapter leaves it."""
    nothing = {name: getattr(full().deployment, name).iloc[:0] for name in ("simulated", "confirmation", "moving")}
    return as_shown(**nothing)


def frame(chapter_frame, **changes):
    """Return the full small force with columns of one frame set to other values."""
    (name,) = changes
    return SimpleNamespace(
        **{**vars(full()), "deployment": replace(full().deployment, **{chapter_frame: changes[name]})}
    )


def force(a, committed=0):
    """Return the force's row of reach."""
    return a.deployment.reach.query("kind == 'force'").set_index("committed").loc[committed]


# ------------------------------------------------------------------------------------------------------------- exhibits


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_exhibit_has_a_headline_a_source_a_table_and_alt_text(name):
    exhibit = getattr(shown, name)(full())
    assert isinstance(exhibit, Exhibit)
    assert exhibit.headline in exhibit.alt or exhibit.figure is None
    assert "Force tables" in exhibit.source
    assert not exhibit.table.empty
    assert not re.search(r"\bnan\b", f"{exhibit.headline} {exhibit.table.to_string()}")
    assert not exhibit.headline.endswith(".")
    assert exhibit._repr_html_().startswith("<figure")


@pytest.mark.parametrize("name", [*EXHIBITS, "findings"])
@pytest.mark.parametrize("empty", ["crews", "zones", "operations", "response_standards", "bases", "areas"])
def test_a_table_without_rows_breaks_no_exhibit_and_leaves_no_number_blank(name, empty):
    part = getattr(shown, name)(bare(empty))
    words = re.sub(r"<[^>]+>", " ", part._repr_html_())
    assert words.strip()
    assert not {"nan", "nan%", "inf"} & set(words.split())


@cache
def bare(empty):
    """Return the small force with one table empty."""
    tables = make_tables()
    tables[empty] = tables[empty].iloc[:0]
    rates = make_rates().iloc[:0] if empty == "zones" else make_rates(np.nan) if empty == "operations" else None
    return as_shown(tables, rates)


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        *((name, "crews") for name in (*EXHIBITS, "findings") if name not in {"response", "travel"}),
        *((name, "zones") for name in ("cover", "reach", "districts", "times", "week", "posting", "travel")),
        ("reach", "response_standards"), ("response", "operations"), ("workload", "operations"),
        ("simultaneous", "operations"), ("crews", "operations"),
    ],
)  # fmt: skip
def test_what_the_tables_say_nothing_of_is_to_be_supplied(name, empty):
    assert "To be supplied" in repr(getattr(shown, name)(bare(empty)))


@pytest.mark.parametrize("name", PLAYED)
def test_what_was_not_simulated_is_to_be_supplied(name):
    assert "To be supplied" in repr(getattr(shown, name)(plain()))


# ------------------------------------------------------------------------------------------------------------- cover


def test_cover_names_the_area_worst_served_and_the_zones_never_reached():
    a = full()
    assert shown.cover(a).headline.startswith(f"{percent(force(a).demand_share)} of firearms calls are answered")
    areas = a.deployment.reach.query("kind == 'area' and committed == 0").set_index("place")["demand_share"]
    name = {"N": "North", "S": "South"}[areas.idxmin()]
    zone = a.deployment.zones.loc[a.deployment.zones["within"].idxmin()]
    assert shown.cover(a).headline.endswith(
        f"{name} is the area worst served ({percent(areas.min())}); {zone['name']} is the zone worst served "
        f"({percent(zone.within)})"
    )
    never = a.deployment.zones.assign(within=[0.0, 0.5, 0.5])
    assert (
        "1 of 3 zones is never reached within the standard from any base"
        in shown.cover(frame("zones", zones=never)).headline
    )
    assert shown.cover(a).table["Zone"].iloc[0] == zone["name"]


def test_the_maps_show_the_shares_in_bands_the_best_first():
    bands = front.share_bands(pd.Series([0.8, 0.79, 0.2, 0.1999, 0.0, 1.0, np.nan]))
    assert bands.astype(object).tolist()[:6] == [
        "80% and more", "60% to 80%", "20% to 40%", "under 20%", "under 20%", "80% and more",
    ]  # fmt: skip
    assert list(bands.cat.categories) == list(front.SHARE_NAMES)
    assert bands.isna().tolist() == [False] * 6 + [True]


def test_reach_tells_what_is_left_and_marks_the_nearest_crews_committed():
    exhibit = shown.reach(full())
    shares = [percent(force(full(), gone).demand_share) for gone in range(4)]
    assert f"one crew committed {shares[1]} of calls are answered within the standard instead of {shares[0]}" in (
        exhibit.headline
    )
    diamonds = exhibit.figure.axes[0].lines[0].get_xdata()
    worst = full().deployment.reach.query("kind != 'district' and committed > 0")["worst_share"]
    assert diamonds.tolist() == pytest.approx(worst.tolist())
    assert len(exhibit.table) == 12


def test_the_first_page_shows_the_year_and_the_worst_block():
    headline = front.cover(full()).headline
    row = force(full())
    assert percent(row.demand_share) in headline
    assert headline.endswith(percent(row.worst_block_share))
    assert front.block_words(row.worst_block) in headline
    assert "To be supplied" in repr(front.cover(bare("crews")))


def test_districts_stand_in_order_the_worst_first():
    exhibit = shown.districts(full())
    labels = [text.get_text() for text in exhibit.figure.axes[0].get_yticklabels()]
    shares = full().deployment.reach.query("kind == 'district' and committed == 0").sort_values("demand_share")
    assert labels == shares["place"].tolist()
    assert exhibit.headline.startswith(f"{labels[0]} is the district worst served")


def test_times_have_a_step_line_for_each_number_of_crews_committed():
    exhibit = shown.times(full())
    drawn = [line for line in exhibit.figure.axes[0].lines if line.get_drawstyle() == "steps-post"]
    assert len(drawn) == 4
    assert f"half have a crew within {force(full())['median']:.0f} minutes" in exhibit.headline
    row = exhibit.table.iloc[0]
    assert row["By 30 minutes"] == percent(
        full().deployment.answered.query("place == 'all' and committed == 0 and minutes == 30")["share"].item()
    )


# ------------------------------------------------------------------------------------------------- response and travel


def test_the_response_headline_says_where_the_target_is_missed_and_where_numbers_do_not_decide():
    tables = make_tables()
    late = tables["operations"].query("zone_id == 'Z3'")
    many = pd.concat(
        [tables["operations"], *[late.assign(arrived_at=late["called_at"] + pd.Timedelta(minutes=50))] * 9]
    )
    headline = shown.response(as_shown(make_tables(operations=many.reset_index(drop=True)))).headline
    assert "missed in South, not to be judged in North" in headline


def test_response_stands_beside_what_the_model_expects_of_all_calls():
    exhibit = shown.response(full())
    expected = full().deployment.reach.query("kind != 'district' and committed == 0")["demand_share"].map(percent)
    assert exhibit.table["Expected by the model, all firearms calls"].tolist() == expected.tolist()
    assert f"the model expects {percent(force(full()).demand_share)} of all firearms calls" in exhibit.headline
    assert exhibit.table["Standard"].tolist() == ["by area", "30", "25"]
    assert "the model counts every firearms call" in exhibit.subtitle


def test_travel_says_how_many_times_are_measured_and_how_far_the_rest_are_off():
    assert shown.travel(full()).headline == "Every travel time is the force's own measurement"
    some = as_shown(make_tables(travel=make_tables()["travel"].iloc[:2]))
    assert "4 of 6 travel times are computed" in shown.travel(some).headline
    none = as_shown(make_tables(travel=make_tables()["travel"].iloc[:0]))
    road = none.deployment.travel_check.query("assumption == 'circuity' and journeys > 0").iloc[0]
    assert shown.travel(none).headline == (
        f"No travel time is measured: all 6 are computed; on published journeys of 0 to 50 km the circuity is "
        f"{road.known:.2f} at the median where 1.30 is assumed, so that distances computed there are "
        f"{percent(abs(road.error))} too {'short' if road.error < 0 else 'long'}"
    )
    unknown = as_shown(make_tables(inter_force_travel=make_tables()["inter_force_travel"].iloc[:0],
                                   travel=make_tables()["travel"].iloc[:0]))  # fmt: skip
    assert "No travel time is measured: all 6 are computed." in repr(shown.findings(unknown))


# ----------------------------------------------------------------------------------------------------------- workload


def test_workload_shades_by_block_and_says_what_is_sent_short():
    exhibit = shown.workload(full())
    rows = full().deployment.workload
    texts = [text.get_text() for text in exhibit.figure.axes[0].texts]
    assert texts[0] == f"{rows['none_free'].iloc[0]:.1%}"
    assert texts[4] == f"{1 - rows['fully_crewed'].iloc[0]:.1%}"
    assert "exact hypercube" in exhibit.source
    worst = rows.loc[rows["none_free"].idxmax()]
    assert exhibit.headline.startswith(f"A firearms call would find no crew free {chance(worst.none_free)}")


def test_crews_are_the_mean_of_a_base_and_a_base_without_a_crew_says_so():
    exhibit = shown.crews(full())
    texts = [text.get_text() for text in exhibit.figure.axes[0].texts]
    assert "no crew" in texts
    assert "not known" not in texts
    assert len(exhibit.table) == len(full().deployment.crews)


def test_the_week_has_a_cell_for_each_hour_of_each_season():
    exhibit = shown.week(full())
    assert [len(axes.texts) for axes in exhibit.figure.axes] == [168, 168]
    within = full().deployment.workload.set_index("block")["within"]
    assert exhibit.figure.axes[0].texts[8].get_text() == f"{100 * within['early-weekday-summer']:.0f}"
    assert percent(within.min()) in exhibit.headline


def test_the_hours_of_a_block_are_told_in_words():
    blocks = make_scenario().force.blocks
    assert hours_words(blocks, "night-weekend-winter") == "winter, Saturday to Sunday, 23:00 to 07:00"
    assert hours_words(blocks, "early-weekday-summer") == "summer, Monday to Friday, 07:00 to 15:00"
    one = replace(blocks, shifts={"all": 6}, days={"mon": (0,), "rest": (1, 2, 3, 4, 5, 6)})
    assert hours_words(one, "all-mon-winter") == "winter, Monday, 06:00 to 06:00"


def test_operations_in_progress_at_once_are_told_as_hours_and_drawn_by_season():
    exhibit = shown.simultaneous(full())
    rows = full().deployment.simultaneous
    assert f"two at once at most {rarely(rows['two_or_more'].max())}" in exhibit.headline
    assert [len(axes.lines) for axes in exhibit.figure.axes] == [2, 2, 2]
    assert rarely(0.0) == "no hour"


# ---------------------------------------------------------------------------------------- posting and simulation


def test_the_posting_says_what_is_gained_who_loses_and_what_costs_nobody_anything():
    assert shown.posting(full()).headline == (
        "The best posting found (1 move) gains +2.6 percentage points over the year (63% to 66% of calls within the "
        "standard), most in winter weekend night (32% to 44%); in some block North would lose by it, most North in "
        "winter weekend night (35% to 5%), over the year North (64% to 60%); without any area losing one "
        "gains +0.6 percentage points over the year (63% to 64% of calls within the standard), most in winter weekend "
        "night (32% to 44%)"
    )
    table = shown.posting(full()).table
    assert table["North"].tolist() == ["35% to 5%", "35% to 45%"]
    assert table["From"].tolist() == ["Base 1"] * 2


def test_a_posting_that_costs_nobody_anything_says_so_and_no_move_too():
    fair = MOVES.loc[MOVES["roster"] == "no area worse"].assign(roster="best")
    assert shown.posting(frame("moves", moves=fair)).headline.endswith("and no area loses by it")
    only = frame("moves", moves=MOVES.query("roster == 'best'"))
    assert shown.posting(only).headline.endswith("no move was found that gains without an area losing")
    none = frame("moves", moves=MOVES.iloc[:0])
    assert "No move of a crew was found" in repr(shown.posting(none))
    kept = frame("confirmation", confirmation=CONFIRMATION.query("place == 'all'"))
    assert "(35% to 5%), over the year no area; without" in shown.posting(kept).headline
    alone = as_shown(moves=MOVES, confirmation=CONFIRMATION.iloc[:0])
    assert "(1 move) gains most in winter weekend night" in shown.posting(alone).headline


def test_a_losing_area_is_drawn_crossed_and_to_the_left():
    north = shown.posting(full()).figure.axes[1]
    assert north.get_title() == "North"
    assert any(bar.get_hatch() == "xx" and bar.get_width() < 0 for bar in north.patches)
    assert north.texts[0].get_text().strip() == "\N{MINUS SIGN}30.0"


def test_moves_of_one_block_add_up_in_the_picture():
    second = MOVES.query("roster == 'best'").assign(step=2, share_before=MOVES["share_after"], share_after=0.7)
    twice = frame("moves", moves=pd.concat([MOVES.query("roster == 'best'"), second]))
    assert shown.posting(twice).figure.axes[0].texts[0].get_text().strip() == "+38.0"
    assert "(2 moves)" in shown.posting(twice).headline


@pytest.mark.parametrize(
    ("low", "high", "words"), [(0.01, 0.03, "a clear gain"), (-0.01, 0.03, "no clear gain"), (-0.03, -0.01, "a loss")]
)
def test_the_simulation_of_the_best_posting_is_judged_by_its_interval(low, high, words):
    judged = CONFIRMATION.assign(gain_low=low, gain_high=high)
    assert shown.confirmation(frame("confirmation", confirmation=judged)).headline.endswith(words)
    current = CONFIRMATION.query("roster == 'current'")
    assert "Only the current posting" in shown.confirmation(frame("confirmation", confirmation=current)).headline


def test_each_case_simulated_stands_beside_the_exact_model():
    exhibit = shown.simulation(full())
    assert exhibit.headline == (
        "By the exact model 63% of calls are within the standard; simulated, same assumptions: 63% (62% to 64%); crews "
        "do not leave routine work: 51% (50% to 52%)"
    )
    assert exhibit.table["No own crew free (95% range)"].tolist() == ["1.3%", "too few seen", "11.0% (10.0% to 12.0%)"]
    assert exhibit.table["Years played"].tolist() == ["not simulated", "400", "400"]
    alone = shown.simulation(frame("simulated", simulated=SIMULATED.iloc[:1]))
    assert "no case was simulated" in alone.headline


def test_an_incident_that_moves_is_told_from_its_first_to_its_last_scene():
    exhibit = shown.moving(full())
    assert exhibit.headline == (
        "When an incident moves, the first scene is reached within the standard in 63% (60% to 66%) of cases and "
        "scene 3, 30 minutes on, in 40% (37% to 43%); by then 4.0 crews are engaged on average and follow it"
    )
    assert len(exhibit.table) == 6
    once = shown.moving(frame("moving", moving=MOVING.query("scene == 1")))
    assert once.headline.endswith("63% (60% to 66%) of cases")


# ------------------------------------------------------------------------------------------------------------ findings


def test_findings_are_at_most_eight_and_hold_the_headlines():
    said = shown.findings(full()).sentences
    assert len(said) == 8
    assert len(shown.findings(plain()).sentences) == 6
    assert "over the range of the travel assumptions" in said[0]
    assert said[-1] == "Every travel time is the force's own measurement."


def test_findings_stay_true_without_standards_and_without_a_log():
    tables = make_tables()
    tables["response_standards"] = tables["response_standards"].iloc[:0]
    said = repr(shown.findings(as_shown(tables, make_rates(np.nan))))
    assert "Cover cannot be told" in said
    assert "Response cannot be judged" in said
    assert "Whether a crew is free cannot be told" in said


def test_the_same_cover_in_every_block_is_said_so():
    level = full().deployment.reach.assign(demand_share=0.5, worst_block_share=0.5, low=0.4, high=0.4)
    assert "(the same over the range of the travel assumptions), the same in every block" in repr(
        shown.findings(frame("reach", reach=level))
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (chance(0.28), "in 28% of cases"),
        (chance(0.05), "once in 20 times"),
        (chance(0.0), "never"),
        (points(0.023), "+2.3"),
        (points(-0.0004), "0"),
        (points(-0.02), "\N{MINUS SIGN}2.0"),
        (points(np.nan), "not known"),
        (between(0.551, 0.554), "55%"),
        (ranges(pd.DataFrame({"x": [0.5], "x_low": [0.4], "x_high": [0.6]}), "x"), ["50% (40% to 60%)"]),
    ],
)
def test_words_agree_with_their_numbers(words, expected):
    assert words == expected
