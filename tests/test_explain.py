"""What drives a difference, and what a figure rests on: known functions told right, and the real ones add up."""

import math
from dataclasses import replace
from datetime import date

import pytest
from conftest import WORKED, make_scenario

from apstra import data, report
from apstra.assessment import explain
from apstra.assessment.differences import edited
from apstra.schema.edit import Edit

EDIT = Edit("crews", {"base_id": "penrith", "block": "night-weekday-summer"}, {"crews": 2})


@pytest.fixture(scope="module")
def tables():
    return data.read_tables(WORKED)


def ranged(**ranges):
    """Return the small scenario with credible ranges for some assumptions."""
    scenario = make_scenario()
    known = dict(scenario.assumptions)
    for name, (low, high) in ranges.items():
        known[name] = (replace(known[name][0], low=low, high=high),)
    return replace(scenario, assumptions=known)


def worked_out(tables, scenario):
    """A figure whose parts and interaction are known: crews x demand factor + speed."""
    here = (tables["crews"]["base_id"] == "penrith") & (tables["crews"]["block"] == "night-weekday-summer")
    crews = tables["crews"].loc[here, "crews"].sum()
    return float((crews + 1) * scenario.value("demand_factor") + scenario.value("donor_speed"))


def test_each_change_alone_and_the_interaction_add_up_to_the_whole(tables):
    scenario = replace(make_scenario(demand_factor=3.0, donor_speed=85.0), name="other", edits=(EDIT,))
    found = explain.drivers(tables, make_scenario(), scenario, "any", measured=worked_out)
    assert (found.before, found.after) == (81, 94)
    changes = dict(zip(found.parts["driver"], found.parts["change"], strict=True))
    assert changes == {
        "donor_speed": 5, "demand_factor": 2, "Crews, penrith, night-weekday-summer": 2, explain.INTERACTION: 4,
    }  # fmt: skip
    assert math.fsum(found.parts["change"]) == found.after - found.before
    assert found.parts["driver"].iloc[0] == "donor_speed"


def test_one_change_is_the_whole_difference_and_is_worked_out_once(tables):
    asked = []
    measured = lambda tables, scenario: asked.append(1) or worked_out(tables, scenario)  # noqa: E731
    found = explain.drivers(tables, make_scenario(), make_scenario(demand_factor=2.0), "any", measured=measured)
    assert found.parts["change"].tolist() == [1, 0]
    assert len(asked) == 2


def test_a_change_that_both_make_drives_nothing_and_one_undone_counts(tables):
    first = replace(make_scenario(demand_factor=3.0, donor_speed=85.0), edits=(EDIT,))
    second = replace(make_scenario(demand_factor=3.0), edits=(replace(EDIT, set={"crews": 1}),))
    found = explain.drivers(tables, first, second, "any", measured=worked_out)
    assert found.parts[["driver", "change"]].to_numpy().tolist() == [
        ["donor_speed", -5], ["Crews, penrith, night-weekday-summer", -3], [explain.INTERACTION, 0],
    ]  # fmt: skip


def test_scenarios_of_different_days_are_not_explained(tables):
    with pytest.raises(ValueError, match="differ in more than their changes"):
        explain.drivers(tables, make_scenario(), replace(make_scenario(), as_at=date(2026, 10, 1)), "any")


def test_a_tornado_ranks_a_known_function_by_its_swing():
    scenario = ranged(circuity=(1, 2), donor_speed=(70, 90), turnout_minutes=(1, 9), presence_share=(0.7, 0.9))

    def measured(_tables, scenario):
        return 100 * scenario.value("circuity") - 2 * scenario.value("donor_speed") + scenario.value("turnout_minutes")

    found = explain.tornado({}, scenario, "any", measured=measured)
    assert found.swings["name"].tolist() == ["circuity", "donor_speed", "turnout_minutes", "presence_share"]
    assert found.swings["swing"].tolist() == pytest.approx([100, 40, 8, 0])
    assert found.now == pytest.approx(130 - 160 + 3)
    first = found.swings.iloc[0]
    assert (first["at_low"], first["at_high"]) == pytest.approx((found.now - 30, found.now + 70))
    assert found.tried == 4
    assert explain.tornado({}, scenario, "any", measured=measured, most=2).swings["name"].tolist() == [
        "circuity", "donor_speed",
    ]  # fmt: skip


def test_only_assumptions_with_a_range_that_the_scenario_leaves_open_are_tried():
    scenario = ranged(circuity=(1, 2), donor_speed=(70, 90)).with_values(circuity=1.5)
    found = explain.tornado({}, scenario, "any", measured=lambda _tables, given: given.value("donor_speed"))
    assert found.swings["name"].tolist() == ["donor_speed"]
    with pytest.raises(ValueError, match="names must be assumptions, not speeed"):
        explain.tornado({}, scenario, "any", names=["speeed"])


def test_a_tornado_tells_how_far_it_is_and_stops_when_asked():
    scenario, told = ranged(circuity=(1, 2), donor_speed=(70, 90)), []
    measured = lambda _tables, given: given.value("circuity")  # noqa: E731
    explain.tornado({}, scenario, "any", measured=measured, progress=lambda done, of: told.append((done, of)))
    assert told == [(step, 5) for step in range(1, 6)]
    told.clear()
    stop = lambda: len(told) == 2  # noqa: E731
    given = {"measured": measured, "progress": lambda done, of: told.append((done, of)), "cancelled": stop}
    assert explain.tornado({}, scenario, "any", **given) is None
    assert told == [(1, 5), (2, 5)]
    told.clear()
    other = scenario.with_values(circuity=2.0, donor_speed=75.0)
    assert explain.drivers({}, scenario, other, "any", **given) is None


def test_the_real_figure_is_that_of_the_assessment_and_follows_an_edit(worked, assessed):
    tables, scenario = worked
    key = {"role": "ARV", "base_id": "penrith"}
    changed = replace(scenario, name="less", edits=(Edit("posts", key, {"established": 3}),))
    posts = tables["posts"].query("role == 'ARV'")
    whole = posts["established"].sum()
    found = explain.drivers(tables, scenario, changed, "established_ARV")
    assert found.before == whole == assessed.headlines.set_index("headline").loc["established_ARV", "value"]
    there = posts.set_index("base_id").loc["penrith", "established"]
    assert found.after == whole - there + 3
    assert edited(tables, changed)["posts"]["established"].sum() == tables["posts"]["established"].sum() - there + 3


def test_a_figure_that_is_none_is_refused_by_name(worked):
    with pytest.raises(ValueError, match=r"figure must be one of operations, .*not 'happiness'"):
        explain.tornado(*worked, "happiness", names=["circuity"])


def test_drivers_and_tornado_are_shown_with_the_numbers_behind_them(assessed, tables):
    scenario = replace(make_scenario(demand_factor=3.0, donor_speed=60.0), name="other", edits=(EDIT,))
    found = explain.drivers(tables, make_scenario(), scenario, "none_free", measured=worked_out)
    shown = report.scenarios.drivers(assessed, found)
    assert shown.headline == "Probability that no crew is free: 81 becomes 69; most alone does donor_speed (-20)"
    assert shown.table.iloc[-1].tolist() == ["all of it", "-12"]
    assert shown._repr_html_().count("<img") == 1
    told = explain.tornado({}, ranged(circuity=(1, 2)), "gone", measured=lambda _tables, given: given.value("circuity"))
    shown = report.scenarios.tornado(assessed, told)
    assert shown.headline == "gone: 1.3, and it moves most with 'circuity', from 1 at 1 to 2 at 2 ratio"
    assert shown._repr_html_().count("<img") == 1
    still = explain.tornado({}, ranged(circuity=(1, 2)), "gone", measured=lambda *_: 1.0)
    assert "none of 1 assumption" in repr(report.scenarios.tornado(assessed, still))
    nothing = explain.drivers({}, make_scenario(), make_scenario(), "gone", measured=lambda *_: 1.0)
    assert "nothing differs" in repr(report.scenarios.drivers(assessed, nothing))
