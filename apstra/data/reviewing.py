"""The door to a review: what changed since the last one, for notebooks and for the run that makes it.

In: the parameters of a notebook. Out: a ``Review``. The assessment of the earlier day is made by today's method from
what was known then, and kept like any other.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from apstra.data.reference import force_folder
from apstra.data.register import said
from apstra.data.results import canonical, csv_bytes, result_frames
from apstra.data.store import assessment as asked_assessment
from apstra.data.store import compute
from apstra.scenario import first_year_not_complete

if TYPE_CHECKING:
    from apstra.assessment import Assessment
    from apstra.assessment.review import Review


def review(
    force: str,
    year: int,
    as_at: str,
    scenario: str = "baseline",
    run_dir: str = "",
    *,
    assessment: "Assessment | None" = None,
    anew: bool = False,
) -> "Review":
    """Return what changed since the last approved assessment or review.

    Parameters
    ----------
    assessment
        The assessment of *as at*, where it is at hand; else it is asked for.
    anew
        Compute the assessment of the earlier day again, whether it is kept or not.

    Raises
    ------
    ValueError
        As ``assessment`` does.
    """
    from apstra.assessment.review import last_review, review  # noqa: PLC0415 - most notebooks need no review

    this = assessment or asked_assessment(force, year, as_at, scenario, run_dir)
    folder = force_folder(force)
    events = said(folder, this.scenario.as_at)
    since = last_review(events, this.tables["decisions"], this.scenario)
    earlier = first_year_not_complete(since)
    kept = None if anew else asked_assessment(force, earlier, since.isoformat(), scenario)
    return review(this, kept or compute(folder, earlier, since, scenario), events)


def write_review(found: "Review", folder: Path) -> None:
    """Write ``review.json`` and ``tables/*.csv`` of a review into a folder."""
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    for name, frame in result_frames(found).items():
        (tables / f"{name}.csv").write_bytes(csv_bytes(frame))
    (folder / "review.json").write_bytes(canonical(found))
