"""Settings: dated assumptions, blocks of the week, financial years."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from conftest import BLOCKS, make_scenario
from hypothesis import given
from hypothesis import strategies as st

from apstra.scenario import Assumption, Blocks, financial_year, first_year_not_complete


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


def test_the_default_blocks_are_twelve_and_fill_the_year():
    assert len(BLOCKS.names) == 12
    hours = BLOCKS.hours_a_year()
    assert list(hours.index) == list(BLOCKS.names)
    assert hours.sum() == pytest.approx(8766)
    assert hours["early-weekday-summer"] == pytest.approx(8 * 5 / 7 * 184 * 365.25 / 365)


def test_a_force_may_set_168_blocks():
    hours = {f"h{hour:02d}": hour for hour in range(24)}
    days = {name: (number,) for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
    blocks = Blocks(hours, days, {"year": tuple(range(1, 13))})
    assert len(blocks.names) == 168
    assert blocks.week("year").nunique() == 168
    assert blocks.hours_a_year().sum() == pytest.approx(8766)


def test_times_fall_in_the_block_of_their_hour_day_and_month():
    times = pd.Series(pd.to_datetime(["2026-05-01 06:59", "2026-05-02 07:00", "2026-11-01 23:00", None]))
    assert BLOCKS.of(times).tolist()[:3] == ["night-weekday-summer", "early-weekend-summer", "night-weekend-winter"]
    assert BLOCKS.of(times).isna().tolist() == [False, False, False, True]


@given(st.datetimes(min_value=pd.Timestamp("2000-01-01"), max_value=pd.Timestamp("2050-01-01")))
def test_every_time_falls_in_a_declared_block_and_the_week_agrees(moment):
    block = BLOCKS.of(pd.Series([pd.Timestamp(moment)])).iloc[0]
    assert block in BLOCKS.names
    season = block.rsplit("-", 1)[1]
    assert BLOCKS.week(season)[moment.weekday() * 24 + moment.hour] == block


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("days", {"weekday": (0, 1, 2, 3, 4), "weekend": (5,)}),
        ("days", {"all": (0, 1, 2, 3, 4, 5, 6, 6)}),
        ("seasons", {"summer": (5, 6)}),
        ("shifts", {"early": 7, "late": 7}),
        ("shifts", {"early": 24}),
        ("shifts", {}),
    ],
)
def test_blocks_that_leave_time_out_or_count_it_twice_are_refused(field, value):
    with pytest.raises(ValueError, match=f"blocks: {field}"):
        replace(BLOCKS, **{field: value})


def test_financial_years_run_from_april():
    times = pd.Series(pd.to_datetime(["2026-03-31 23:59", "2026-04-01 00:00", "2027-01-01 00:00"]))
    assert financial_year(times).tolist() == [2025, 2026, 2026]
    assert first_year_not_complete(date(2026, 4, 1)) == 2026
    assert first_year_not_complete(date(2026, 3, 31)) == 2025
