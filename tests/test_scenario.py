"""Settings: dated assumptions, what a scenario changes, the assurance level."""

from dataclasses import replace
from datetime import date

import pytest
from conftest import make_scenario

from apstra.scenario import LEVEL, Assumption


def dated(value, effective, **changes):
    fields = {
        "name": "training_days",
        "meaning": "m",
        "unit": "days",
        "value": value,
        "low": value,
        "high": value,
        "quality": "amber",
        "impact": "red",
        "effective": effective,
        "source": "s",
        "provenance": "force",
    }
    return Assumption(**{**fields, **changes})


def test_the_assumption_in_force_is_the_latest_not_after_as_at():
    entries = (dated(20, date(2024, 4, 1)), dated(24, date(2026, 4, 1)), dated(30, date(2026, 12, 1)))
    scenario = replace(make_scenario(), assumptions={"training_days": entries})
    assert scenario.value("training_days") == 24
    assert replace(scenario, as_at=date(2025, 11, 1)).value("training_days") == 20


def test_an_assumption_not_yet_in_force_is_refused_by_name():
    scenario = replace(make_scenario(), assumptions={"training_days": (dated(20, date(2030, 1, 1)),)})
    with pytest.raises(ValueError, match="training_days has no value in force at 2026-11-01"):
        scenario.value("training_days")


def test_a_change_replaces_the_value_and_says_so():
    changed = make_scenario().with_values(training_days=40.0)
    assert changed.value("training_days") == 40
    assert "otherwise 25" in changed.assumption("training_days").source
    assert make_scenario().value("training_days") == 25


def test_a_change_of_something_unknown_is_refused():
    with pytest.raises(ValueError, match="'trainig_days', which is not an assumption"):
        make_scenario(trainig_days=3)


def test_an_unordered_range_or_an_unknown_rating_is_refused():
    with pytest.raises(ValueError, match=r"training_days: 9 <= 5 <= 5"):
        dated(5, date(2024, 4, 1), low=9)
    with pytest.raises(ValueError, match="one of red, amber, green, not 'purple'"):
        dated(5, date(2024, 4, 1), quality="purple")


def test_an_assurance_level_that_is_no_probability_is_refused():
    with pytest.raises(ValueError, match=r"assurance_level must lie between 0 and 1, not 1\.2"):
        replace(make_scenario().force, assurance_level=1.2)


def test_a_scenario_may_change_the_assurance_level_and_says_what_it_was():
    plain = make_scenario()
    lower = plain.with_values(assurance_level=0.75)
    assert (plain.assurance_level, lower.assurance_level) == (plain.force.assurance_level, 0.75)
    assert (lower.value(LEVEL), plain.value(LEVEL)) == (0.75, plain.force.assurance_level)
    assert lower.assumption(LEVEL).source == f"scenario {plain.name}; otherwise {plain.force.assurance_level:g}"
    assert lower.force == plain.force


@pytest.mark.parametrize("level", [0.0, 1.0, 1.2, float("nan")])
def test_a_scenario_with_an_assurance_level_that_is_no_probability_is_refused(level):
    with pytest.raises(ValueError, match="assurance_level must lie between 0 and 1, not"):
        make_scenario().with_values(assurance_level=level)
