"""Learning as the chapter shows it: review of incidents, exercises, lessons and proof of change, recommendations.

In: an ``Assessment``. Out: exhibits and sentences; nothing is computed but what is needed to choose and word.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.learning import STAGES
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, SEQUENTIAL, bars, canvas
from apstra.report.exhibit import Exhibit, Prose, bullets, count, listed, percent, to_be_supplied
from apstra.scenario import first_year_not_complete, year_label

NEVER: Final = "never in the record"
RECENT_DAYS: Final = 365


def findings(a: Assessment) -> Prose:
    """Return what the learning chapter found, in sentences."""
    said = (_reviewed(a), _overdue_reviews(a), _exercised(a), _neighbours(a), _lessons(a), _recommended(a))
    return bullets(*(f"{sentence}." for sentence in said))


def coverage(a: Assessment) -> Exhibit | Prose:
    """Return the share of firearms operations whose outcome was reviewed, year by year."""
    rows = a.learning.coverage
    if rows.empty:
        return to_be_supplied("Review of firearms operations")
    labels = [_year(a, year) for year in rows["year"]]
    with canvas(7.8, 0.7 + 0.42 * len(rows)) as (figure, axes):
        _draw_coverage(axes, labels, rows)
    table = pd.DataFrame(
        {
            "Year": labels,
            "Operations": rows["operations"],
            "Reviewed": rows["reviewed"],
            "Share": rows["share"].map(percent),
            "95% range": [f"{percent(r.share_low)} to {percent(r.share_high)}" for r in rows.itertuples()],
            "Overdue for review": rows["overdue"],
            "Median days to review": rows["median_days"],
        }
    )
    days = a.scenario.value("review_target_days")
    return Exhibit(
        _reviewed(a),
        f"Firearms operations reviewed, by financial year of the call, {when(a)}; whisker: 95% range of the share; "
        f"dashed line: every operation; overdue after {days:.0f} days",
        f"Bar chart of the share of operations reviewed by year against the target of all. {_reviewed(a)}.",
        made_of(a, "operations", "incident_reviews"),
        table,
        figure,
    )


def exercises(a: Assessment) -> Exhibit | Prose:
    """Return the exercises held, with who took part, whether reviewed and what they yielded."""
    rows = a.learning.exercises
    if rows.empty:
        return to_be_supplied("Exercises")
    table = pd.DataFrame(
        {
            "Exercise": rows["exercise_id"] + " " + rows["kind"],
            "Held on": rows["on"],
            "Objectives": rows["objectives"],
            "Threats": _members(rows["threats"]),
            "Partners": _members(rows["partners"]),
            "Neighbouring forces": _members(rows["neighbours"]),
            "Control room": rows["control_room"],
            "Reviewed": rows["reviewed"],
            "Lessons": rows["lessons_n"],
        }
    )
    return Exhibit(_exercised(a), f"Exercises, latest first, {when(a)}", "", made_of(a, "exercises", "lessons"), table)


def neighbours(a: Assessment) -> Exhibit | Prose:
    """Return how long ago each neighbouring force last took part in an exercise."""
    rows = a.learning.neighbours
    if rows.empty:
        return to_be_supplied("Exercises with neighbouring forces")
    days = (pd.Timestamp(a.scenario.as_at) - rows["last_exercised_on"]).dt.days
    words = [NEVER if pd.isna(day) else f"{day:,.0f} days ago" for day in days]
    with canvas(7.4, 0.7 + 0.36 * len(rows)) as (figure, axes):
        bars(axes, rows["neighbour"].tolist(), days.fillna(0).tolist(), texts=words, colour=COLOURS["teal"])
    table = pd.DataFrame(
        {
            "Neighbouring force": rows["neighbour"],
            "Exercises": rows["exercises"],
            "Last on": rows["last_exercised_on"],
            "How long ago": words,
        }
    )
    return Exhibit(
        _neighbours(a),
        f"Days since each neighbouring force last took part in an exercise, {when(a)}",
        f"Bar chart of days since the last exercise with each neighbour. {_neighbours(a)}.",
        made_of(a, "exercises", "donors"),
        table,
        figure,
    )


def chain(a: Assessment) -> Exhibit | Prose:
    """Return how far lessons have come on the way to proof of change."""
    rows = a.learning.chain
    if rows.empty:
        return to_be_supplied("Lessons and what they changed")
    reached = rows["stage"].value_counts().reindex(STAGES).fillna(0).astype(int)
    with canvas(7.0, 2.7) as (figure, axes):
        bars(axes, list(STAGES), reached.tolist(), texts=[count(number, "lesson") for number in reached])
    table = pd.DataFrame(
        {
            "Lesson": rows["lesson_id"] + " " + rows["cause"],
            "Theme": rows["theme"],
            "From": rows["origin"],
            "Action": rows["action_id"].fillna("none"),
            "Due": rows["due_on"],
            "Changed": rows["changed"],
            "Evidence of": rows["evidence_on"],
            "Stage": rows["stage"],
            "Overdue": rows["overdue"],
        }
    )
    return Exhibit(
        _lessons(a),
        f"Lessons by the stage reached, from lesson to action to change to evidence, {when(a)}",
        f"Bar chart of lessons by stage. {_lessons(a)}.",
        made_of(a, "lessons", "actions"),
        table,
        figure,
    )


def recommendations(a: Assessment) -> Exhibit | Prose:
    """Return the recommendations of inspectors and inquiries, open ones first."""
    rows = a.learning.recommendations
    if rows.empty:
        return to_be_supplied("Recommendations of inspectors, inquiries and other bodies")
    table = pd.DataFrame(
        {
            "Recommendation": rows["recommendation_id"] + " " + rows["title"],
            "Body": rows["body"],
            "State": rows["state"],
            "Due": rows["due_on"],
            "Overdue": rows["overdue"],
            "Owner": rows["owner"],
            "Evidence": rows["evidence"].fillna("none yet"),
        }
    )
    return Exhibit(_recommended(a), f"Recommendations, {when(a)}", "", made_of(a, "recommendations"), table)


def _draw_coverage(axes: Axes, labels: Sequence[str], rows: pd.DataFrame) -> None:
    """Draw the share reviewed with its range beside the line at which every operation has been."""
    bars(axes, labels, rows["share"].tolist(), low=rows["share_low"].tolist(), high=rows["share_high"].tolist(),
         texts=[""] * len(rows), colour=SEQUENTIAL[0])  # fmt: skip
    for bar in axes.patches:
        bar.set_edgecolor(COLOURS["blue"])
    for place, row in enumerate(rows.itertuples()):
        axes.text(1.03, place, f"{row.reviewed} of {row.operations}, {percent(row.share)}", va="center", fontsize=10)
    axes.set_xlim(0, 1.35)
    axes.axvline(1.0, color=COLOURS["orange"], linestyle="--", linewidth=1.4)


def _year(a: Assessment, year: int) -> str:
    """Return a financial year as printed, marked while it runs."""
    return f"{year_label(year)}{' to date' if year == first_year_not_complete(a.scenario.as_at) else ''}"


def _members(cells: pd.Series) -> list[str]:
    """Return lists kept in cells as words."""
    return [cell.replace("|", ", ") if isinstance(cell, str) else "none" for cell in cells]


def _reviewed(a: Assessment) -> str:
    """Say how many operations have been reviewed."""
    rows = a.learning.coverage
    done, total = rows["reviewed"].sum(), rows["operations"].sum()
    if not total:
        return "No firearms operation is recorded yet"
    return f"{done:,} of {count(total, 'firearms operation')} reviewed ({percent(done / total)})"


def _overdue_reviews(a: Assessment) -> str:
    """Say how many operations wait for a review for too long."""
    late = a.learning.coverage["overdue"].sum()
    days = a.scenario.value("review_target_days")
    waiting = count(late, "operation has waited", "operations have waited") if late else "No operation has waited"
    return f"{waiting} more than {days:.0f} days for a review"


def _exercised(a: Assessment) -> str:
    """Say what was exercised over the past year, and what the exercises left out."""
    rows = a.learning.exercises
    recent = rows.loc[rows["days_since"] <= RECENT_DAYS]
    if recent.empty:
        return "No exercise is recorded over the past year"
    without = int((~recent["control_room"].astype(bool)).sum())
    unreviewed = int((~recent["reviewed"]).sum())
    return (
        f"{count(len(recent), 'exercise')} over the past year: {without} without the control room, "
        f"{unreviewed} not reviewed yet"
    )


def _neighbours(a: Assessment) -> str:
    """Say which neighbouring forces have not taken part in an exercise."""
    rows = a.learning.neighbours
    if rows.empty:
        return "No neighbouring force is recorded"
    never = rows.loc[rows["last_exercised_on"].isna(), "neighbour"].tolist()
    if never:
        return f"No exercise is recorded with {listed(never)}"
    oldest = rows.iloc[0]
    return f"Every neighbouring force has taken part in an exercise; longest ago {oldest.neighbour}"


def _lessons(a: Assessment) -> str:
    """Say how many lessons have led to proven change and where the others stand."""
    rows = a.learning.chain
    if rows.empty:
        return "No lesson is recorded"
    reached = rows["stage"].value_counts()
    others = [f"; {stage}: {reached[stage]}" for stage in STAGES[:-1] if stage in reached]
    late = f"; overdue: {rows['overdue'].sum()}" if rows["overdue"].any() else ""
    return f"{reached.get(STAGES[-1], 0)} of {count(len(rows), 'lesson')} led to proven change{''.join(others)}{late}"


def _recommended(a: Assessment) -> str:
    """Say how many recommendations are open and overdue."""
    rows = a.learning.recommendations
    if rows.empty:
        return "No recommendation is recorded"
    waiting = int((rows["state"] == "open").sum())
    return f"{waiting} of {count(len(rows), 'recommendation')} open, {int(rows['overdue'].sum())} overdue"
