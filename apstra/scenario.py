"""Under which settings and assumptions an assessment is made.

A ``Scenario`` is everything that is not a table: the force's own settings, the scoring scheme, the dated assumptions
with their unit, source, quality and impact, and the date the assessment speaks of. It is frozen; a variant is made
with ``dataclasses.replace`` or ``Scenario.with_values``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import pandas as pd

from apstra.hours import (
    DAYS_A_WEEK,
    DAYS_A_YEAR,
    HOURS_A_DAY,
    HOURS_A_WEEK,
    HOURS_A_YEAR,
    MONTHS_A_YEAR,
    YEAR_STARTS_IN,
    Blocks,
    financial_year,
    first_year_not_complete,
    year_label,
)
from apstra.schema import Marking
from apstra.schema.edit import Edit
from apstra.uncertainty import ThreePoint

__all__ = [
    "DAYS_A_WEEK", "DAYS_A_YEAR", "HOURS_A_DAY", "HOURS_A_WEEK", "HOURS_A_YEAR", "LEVEL", "MONTHS_A_YEAR", "RATINGS",
    "YEAR_STARTS_IN", "Assumption", "Blocks", "Force", "Scenario", "Scheme", "financial_year",
    "first_year_not_complete", "year_label",
]  # fmt: skip

LEVEL: Final = "assurance_level"
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
            if name not in (*self.assumptions, LEVEL):
                raise ValueError(f"scenario {self.name} changes {name!r}, which is not an assumption")
        if not 0 < self.assurance_level < 1:
            raise ValueError(f"{LEVEL} must lie between 0 and 1, not {self.assurance_level}")

    @property
    def assurance_level(self) -> float:
        """Return the probability with which standards and requirements are to be met: the force's, unless changed."""
        return self.changes.get(LEVEL, self.force.assurance_level)

    def assumption(self, name: str) -> Assumption:
        """Return the assumption in force at *as at*, with the scenario's change applied.

        Raises
        ------
        KeyError
            If there is no such assumption.
        ValueError
            If none of its values is in force yet.
        """
        latest = self._level() if name == LEVEL else self._latest(name)
        if name not in self.changes:
            return latest
        value, note = self.changes[name], f"scenario {self.name}; otherwise {latest.value:g}"
        return replace(latest, value=value, low=value, high=value, source=note)

    def _latest(self, name: str) -> Assumption:
        """Return the value of an assumption that is in force, unchanged."""
        dated = [entry for entry in self.assumptions[name] if entry.effective <= self.as_at]
        if not dated:
            raise ValueError(f"assumption {name} has no value in force at {self.as_at}")
        return max(dated, key=lambda entry: entry.effective)

    def _level(self) -> Assumption:
        """Return the force's assurance level, told like an assumption."""
        level = self.force.assurance_level
        return Assumption(
            name=LEVEL,
            meaning="Probability with which standards and requirements are to be met",
            unit="probability",
            value=level,
            low=level,
            high=level,
            quality="green",
            impact="red",
            effective=self.as_at,
            source="force.toml",
            provenance="force",
        )

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
