"""Blocks of the week and financial years."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from conftest import BLOCKS
from hypothesis import given
from hypothesis import strategies as st

from apstra.hours import Blocks, financial_year, first_year_not_complete


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
