"""What every product carries: marking, force, period, scheme, run and, where due, the warning that rows are made up."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from apstra.scenario import year_label
from apstra.schema import Marking

if TYPE_CHECKING:
    from apstra.assessment import Assessment


@dataclass(frozen=True, slots=True)
class Stamp:
    """The words every product carries.

    Attributes
    ----------
    handling
        The force's handling text, printed after the marking.
    period
        Financial year assessed, as printed.
    scheme
        Name and version of the scoring scheme.
    banner
        Warning that illustrative rows were used; empty when none were.
    state
        What the signature of the assessment is worth: draft, signed, superseded.
    """

    marking: Marking
    handling: str
    force: str
    period: str
    as_at: date
    scenario: str
    scheme: str
    run_id: str
    banner: str
    state: str = ""

    def __post_init__(self) -> None:
        """Refuse a product without a protective marking."""
        if not isinstance(self.marking, Marking):
            raise ValueError(f"a product needs a protective marking: {', '.join(Marking)}; not {self.marking!r}")  # noqa: TRY004

    @property
    def line(self) -> str:
        """Return marking and handling as printed at top and bottom."""
        return " ".join(part for part in (self.marking.value, self.handling) if part)


def stamp_of(assessment: "Assessment", marking: Marking, run_id: str) -> Stamp:
    """Return the stamp of an assessment's products."""
    scenario = assessment.scenario
    count = len(assessment.illustrative)
    what = f"{count} tables hold rows" if count > 1 else "1 table holds rows"
    banner = f"Illustrative: {what} made up and labelled so; nothing here is a record of {scenario.force.name}."
    return Stamp(
        marking=marking,
        handling=scenario.force.handling,
        force=scenario.force.name,
        period=year_label(scenario.year),
        as_at=scenario.as_at,
        scenario=scenario.title,
        scheme=f"{scenario.scheme.name}, version {scenario.scheme.version}",
        run_id=run_id,
        banner=banner if count else "",
        state=assessment.standing,
    )
