"""The hours of a week and of a year: blocks of the week, financial years.

In: local times and dates. Out: the block or the financial year each falls in, and how many hours there are of each.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import pandas as pd

HOURS_A_DAY: Final = 24
DAYS_A_WEEK: Final = 7
MONTHS_A_YEAR: Final = 12
HOURS_A_WEEK: Final = HOURS_A_DAY * DAYS_A_WEEK
DAYS_A_YEAR: Final = 365.25
HOURS_A_YEAR: Final = HOURS_A_DAY * DAYS_A_YEAR
YEAR_STARTS_IN: Final = 4
ORDINARY_YEAR: Final = 2001
KEPT: Final = 8  # forces at hand


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of the week: the cross of shift, day group and season.

    Attributes
    ----------
    shifts
        Name of the shift to the hour it starts; a shift lasts until the next one starts.
    days
        Name of the group of days to its weekdays, Monday 0.
    seasons
        Name of the season to its months, January 1.
    """

    shifts: Mapping[str, int]
    days: Mapping[str, tuple[int, ...]]
    seasons: Mapping[str, tuple[int, ...]]

    def __post_init__(self) -> None:
        """Refuse a definition that leaves an hour, a day or a month out, or counts it twice."""
        if sorted(day for group in self.days.values() for day in group) != list(range(DAYS_A_WEEK)):
            raise ValueError(f"blocks: days must hold each weekday 0-6 once, not {dict(self.days)}")
        if sorted(m for group in self.seasons.values() for m in group) != list(range(1, MONTHS_A_YEAR + 1)):
            raise ValueError(f"blocks: seasons must hold each month 1-12 once, not {dict(self.seasons)}")
        starts = list(self.shifts.values())
        if not starts or len(set(starts)) != len(starts) or not all(0 <= hour < HOURS_A_DAY for hour in starts):
            raise ValueError(f"blocks: shifts must start at different hours 0-23, not {dict(self.shifts)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Return every block as ``shift-days-season``."""
        return tuple(f"{s}-{d}-{y}" for y in self.seasons for d in self.days for s in self.shifts)

    def of(self, times: pd.Series) -> pd.Series:
        """Return the block each local time falls in, index kept; blank times give blank blocks."""
        shift = _lookup(_shift_of_hour(self.shifts), times.dt.hour)
        days = _lookup({day: name for name, group in self.days.items() for day in group}, times.dt.day_of_week)
        season = _lookup({month: name for name, group in self.seasons.items() for month in group}, times.dt.month)
        return (shift + "-" + days + "-" + season).rename("block")

    def shifts_a_year(self) -> pd.Series:
        """Return the shifts of each block in an average year [shifts/year], one on each of its days, by block."""
        days_in = [monthrange(ORDINARY_YEAR, month)[1] for month in range(1, MONTHS_A_YEAR + 1)]
        stretch = DAYS_A_YEAR / sum(days_in) / DAYS_A_WEEK
        of_block = {
            f"{s}-{d}-{y}": len(self.days[d]) * stretch * sum(days_in[m - 1] for m in self.seasons[y])
            for y in self.seasons
            for d in self.days
            for s in self.shifts
        }
        return pd.Series(of_block, name="shifts_a_year").rename_axis("block")

    def hours_a_year(self) -> pd.Series:
        """Return the hours of each block in an average year [hours/year], indexed by block; they sum to 8,766."""
        parts = (self.shifts, self.days, self.seasons)
        return _hours_a_year(*(tuple((name, part[name]) for name in part) for part in parts)).copy()

    def week(self, season: str) -> pd.Series:
        """Return the block of each hour of the week of ``season``, indexed 0 (Monday midnight) to 167."""
        day_of = {day: name for name, group in self.days.items() for day in group}
        shift_of = _shift_of_hour(self.shifts)
        names = [f"{shift_of[h % HOURS_A_DAY]}-{day_of[h // HOURS_A_DAY]}-{season}" for h in range(HOURS_A_WEEK)]
        return pd.Series(names, index=pd.RangeIndex(HOURS_A_WEEK, name="hour_of_week"), name="block")


def _shift_of_hour(shifts: Mapping[str, int]) -> dict[int, str]:
    """Return the shift of each hour of the day."""
    starts = sorted((hour, name) for name, hour in shifts.items())
    last = starts[-1][1]
    return {h: next((name for start, name in reversed(starts) if start <= h), last) for h in range(HOURS_A_DAY)}


@lru_cache(maxsize=KEPT)
def _hours_a_year(*parts: tuple[tuple[str, Any], ...]) -> pd.Series:
    """Return the hours of each block in an average year, given shifts, days and seasons by name: all chapters ask."""
    blocks = Blocks(*map(dict, parts))
    of_hour = list(_shift_of_hour(blocks.shifts).values())
    lengths = [of_hour.count(s) for s in blocks.shifts] * (len(blocks.days) * len(blocks.seasons))
    return (blocks.shifts_a_year() * lengths).rename("hours_a_year")


def _lookup(names: Mapping[int, str], values: pd.Series) -> pd.Series:
    """Return the name of each value as text, missing where the value is."""
    return values.map(names).astype("str").where(values.notna())


def financial_year(times: pd.Series) -> pd.Series:
    """Return the financial year each time falls in: 2026 for 1 April 2026 to 31 March 2027."""
    return (times.dt.year - (times.dt.month < YEAR_STARTS_IN)).rename("year")


def year_label(year: int) -> str:
    """Return a financial year as printed.

    >>> year_label(2026)
    '2026-27'
    """
    return f"{year}-{(year + 1) % 100:02d}"


def first_year_not_complete(as_at: date) -> int:
    """Return the first financial year that is not complete at *as at*: the first step of a forecast.

    >>> first_year_not_complete(date(2026, 11, 1)), first_year_not_complete(date(2027, 3, 31))
    (2026, 2026)
    """
    return as_at.year if as_at.month >= YEAR_STARTS_IN else as_at.year - 1
