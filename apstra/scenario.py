"""Under which settings and assumptions an assessment is made.

A ``Scenario`` is everything that is not a table: the force's own settings, the scoring scheme, the dated assumptions
with their unit, source, quality and impact, and the date the assessment speaks of. It is frozen; a variant is made
with ``dataclasses.replace`` or ``Scenario.with_values``.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import pandas as pd

from apstra.schema import Marking
from apstra.schema.edit import Edit
from apstra.uncertainty import ThreePoint

HOURS_A_DAY: Final = 24
DAYS_A_WEEK: Final = 7
MONTHS_A_YEAR: Final = 12
HOURS_A_WEEK: Final = HOURS_A_DAY * DAYS_A_WEEK
DAYS_A_YEAR: Final = 365.25
HOURS_A_YEAR: Final = HOURS_A_DAY * DAYS_A_YEAR
YEAR_STARTS_IN: Final = 4
ORDINARY_YEAR: Final = 2001
RATINGS: Final = ("red", "amber", "green")


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that is not data: its value in force and how far it can be relied on.

    Attributes
    ----------
    value, low, high
        Most likely value and credible range [``unit``]; ``low == high == value`` when none is stated.
    quality, impact
        Red, amber or green: how good the evidence is, and how much the result depends on it (Home Office AQA wording).
    effective
        Day from which the value is in force.
    """

    name: str
    meaning: str
    unit: str
    value: float
    low: float
    high: float
    quality: str
    impact: str
    effective: date
    source: str
    provenance: str

    def __post_init__(self) -> None:
        """Refuse an unordered range or an unknown rating."""
        if not self.low <= self.value <= self.high:
            raise ValueError(f"assumption {self.name}: {self.low} <= {self.value} <= {self.high} does not hold")
        for rating in (self.quality, self.impact):
            if rating not in RATINGS:
                raise ValueError(f"assumption {self.name}: rating must be one of {', '.join(RATINGS)}, not {rating!r}")


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
        shift = _lookup(self._shift_of_hour(), times.dt.hour)
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
        of_hour = list(self._shift_of_hour().values())
        lengths = [of_hour.count(s) for s in self.shifts] * (len(self.days) * len(self.seasons))
        return (self.shifts_a_year() * lengths).rename("hours_a_year")

    def week(self, season: str) -> pd.Series:
        """Return the block of each hour of the week of ``season``, indexed 0 (Monday midnight) to 167."""
        day_of = {day: name for name, group in self.days.items() for day in group}
        shift_of = self._shift_of_hour()
        names = [f"{shift_of[h % HOURS_A_DAY]}-{day_of[h // HOURS_A_DAY]}-{season}" for h in range(HOURS_A_WEEK)]
        return pd.Series(names, index=pd.RangeIndex(HOURS_A_WEEK, name="hour_of_week"), name="block")

    def _shift_of_hour(self) -> dict[int, str]:
        """Return the shift of each hour of the day."""
        starts = sorted((hour, name) for name, hour in self.shifts.items())
        last = starts[-1][1]
        return {h: next((name for start, name in reversed(starts) if start <= h), last) for h in range(HOURS_A_DAY)}


def _lookup(names: Mapping[int, str], values: pd.Series) -> pd.Series:
    """Return the name of each value as text, missing where the value is."""
    return values.map(names).astype("str").where(values.notna())


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scoring scheme: data, not code; its name and version stand on every product.

    Attributes
    ----------
    dimensions
        Indexed by ``dimension``: ``label``, ``weight``, ``axis`` (``impact`` or ``position``), ``highest`` score.
    anchors
        ``dimension``, ``score``, ``label``: what each score means.
    likelihood
        Bands ``score``, ``label``, ``low``, ``high`` [probability], ascending.
    impact
        Bands ``score``, ``label``, ``low``, ``high`` [impact score], ascending.
    levels
        Matrix cells ``likelihood``, ``impact``, ``level``.
    order
        Levels from least to most severe.
    """

    name: str
    version: str
    dimensions: pd.DataFrame
    anchors: pd.DataFrame
    likelihood: pd.DataFrame
    impact: pd.DataFrame
    levels: pd.DataFrame
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Force:
    """What a force settles for itself.

    Attributes
    ----------
    slug, name, code
        Folder name, name in print, ONS code of the police force area.
    assurance_level
        Probability with which standards and requirements are to be met.
    authority
        Level of risk to the role that may accept it.
    sections
        Number of a document section to its title.
    responsible
        Responsibility (portfolio_holder, chief_firearms_instructor, author, assurer, approver) to role title.
    peers
        Forces it compares its rate of operations with, by the names of ``police_forces.csv``.
    """

    slug: str
    name: str
    code: str
    marking: Marking
    handling: str
    scheme: str
    assurance_level: float
    blocks: Blocks
    authority: Mapping[str, str]
    sections: Mapping[str, str]
    responsible: Mapping[str, str]
    peers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an assurance level that is no probability."""
        if not 0 < self.assurance_level < 1:
            raise ValueError(f"assurance_level must lie between 0 and 1, not {self.assurance_level}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """All settings of one assessment.

    Attributes
    ----------
    year
        Financial year assessed: 2026 is 1 April 2026 to 31 March 2027.
    as_at
        The day the assessment speaks of; nothing later is used.
    seed
        Root of every named random stream.
    edits
        What it changes in the tables (``assessment.differences``); ``author`` is a role.
    """

    name: str
    title: str
    note: str
    force: Force
    year: int
    as_at: date
    seed: int
    scheme: Scheme
    assumptions: Mapping[str, tuple[Assumption, ...]]
    changes: Mapping[str, float] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    author: str = ""

    def __post_init__(self) -> None:
        """Refuse a change of an assumption that does not exist."""
        for name in self.changes:
            if name not in self.assumptions:
                raise ValueError(f"scenario {self.name} changes {name!r}, which is not an assumption")

    def assumption(self, name: str) -> Assumption:
        """Return the assumption in force at *as at*, with the scenario's change applied.

        Raises
        ------
        KeyError
            If there is no such assumption.
        ValueError
            If none of its values is in force yet.
        """
        dated = [entry for entry in self.assumptions[name] if entry.effective <= self.as_at]
        if not dated:
            raise ValueError(f"assumption {name} has no value in force at {self.as_at}")
        latest = max(dated, key=lambda entry: entry.effective)
        if name not in self.changes:
            return latest
        value, note = self.changes[name], f"scenario {self.name}; otherwise {latest.value:g}"
        return replace(latest, value=value, low=value, high=value, source=note)

    def value(self, name: str) -> float:
        """Return the value in force of assumption ``name`` [its unit]."""
        return self.assumption(name).value

    def three_point(self, name: str) -> ThreePoint:
        """Return assumption ``name`` with its credible range as a distribution [its unit]."""
        found = self.assumption(name)
        return ThreePoint(found.low, found.value, found.high)

    def with_values(self, **changes: float) -> "Scenario":
        """Return the same scenario with some assumptions changed."""
        return replace(self, changes={**self.changes, **changes})


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
