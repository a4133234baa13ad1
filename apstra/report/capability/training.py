"""What it takes to stay current: refreshers, courses and days by module and by month, and the training estate."""

import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.capability.means import plain
from apstra.report.chart import bars, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, to_be_supplied

NUMBERS = ["due", "courses", "officer_days", "course_days", "instructor_days", "instructor_years"]
SOURCE = "assumptions refresher_places, refresher_instructors, refresher_window_months"


def training_load(a: Assessment) -> Exhibit | Prose:
    """Return by module the refreshers due in the coming twelve months and what they take."""
    if a.capability.training_load.empty:
        return to_be_supplied("Refreshers due")
    rows = a.capability.training_load.groupby("module", sort=False)[NUMBERS].sum()
    texts = [
        f"{r.due:,.0f} due, {count(r.courses, 'course')}: {count(r.officer_days, 'officer day')}, "
        f"{count(r.instructor_days, 'instructor day')}"
        for r in rows.itertuples()
    ]
    with canvas(8.6, 0.6 + 0.34 * len(rows)) as (figure, axes):
        bars(axes, rows.index.tolist(), rows["officer_days"].tolist(), texts=texts)
        axes.set_xlim(0, 2.8 * max(float(rows["officer_days"].max()), 1.0))
    headline = training_headline(a)
    return Exhibit(
        headline,
        f"Officer days of the refreshers due within twelve months, by module, on the fewest courses, {when(a)}",
        f"Bar chart of officer days. {headline}.",
        f"{made_of(a, 'currency', 'modules', 'officers')}; {SOURCE}",
        _load_table(rows, "Module"),
        figure,
    )


def training_months(a: Assessment) -> Exhibit | Prose:
    """Return by month the refreshers due in the coming twelve months and what they take."""
    if a.capability.training_load.empty:
        return to_be_supplied("Refreshers due")
    rows = a.capability.training_load.groupby("month")[NUMBERS].sum()
    rows = rows.set_axis([f"{month:%d %b %Y}".lstrip("0") for month in rows.index])
    busiest, days = rows["instructor_days"].idxmax(), rows["instructor_days"]
    return Exhibit(
        f"Courses take most in the month from {busiest}: {count(days.max(), 'instructor day')} of {days.sum():,.0f} in "
        "twelve months",
        f"Courses held as late as keeps everybody current, by month, {when(a)}",
        "",
        f"{made_of(a, 'currency', 'modules', 'officers')}; {SOURCE}",
        _load_table(rows, "Month from"),
    )


def _load_table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return what refreshers take as a table for people."""
    names = ["Refreshers due", "Courses", "Officer days", "Course days", "Instructor days", "Instructor years"]
    return rows.set_axis(names, axis=1).rename_axis(name).reset_index()


def training_headline(a: Assessment) -> str:
    """Return what it takes to stay current for a year, beside the days the estate lost, in words."""
    total = a.capability.training_load[NUMBERS].sum()
    said = (
        f"To stay current {count(total['due'], 'refresher')} fall due within twelve months: at least "
        f"{count(total['courses'], 'course')}, {count(total['officer_days'], 'officer day')} and "
        f"{count(total['instructor_days'], 'instructor day')}, the working year of "
        f"{total['instructor_years']:.1f} instructors"
    )
    lost = a.capability.estate["days_lost"].sum()
    return f"{said}; courses take {count(total['course_days'], 'day')} of an estate that lost {lost:,.0f} last year"


def estate(a: Assessment) -> Exhibit | Prose:
    """Return the training facilities: condition, licence and days lost."""
    rows = a.capability.estate.sort_values("days_lost", ascending=False, kind="stable")
    if rows.empty:
        return to_be_supplied("The training estate")
    texts = [
        f"{count(r.days_lost, 'day')}, {r.condition}{', needs attention' if r.attention else ''}"
        for r in rows.itertuples()
    ]
    with canvas(7.6, 0.6 + 0.4 * len(rows)) as (figure, axes):
        bars(axes, rows["facility"].tolist(), rows["days_lost"].tolist(), texts=texts)
    table = rows.assign(licence_status=rows["licence_status"].map(plain))
    columns = ["Facility", "Kind", "Condition", "Days lost", "Licence", "Licence until", "Needs attention"]
    headline = estate_headline(a)
    return Exhibit(
        headline,
        f"Training days lost in the last twelve months, {when(a)}",
        f"Bar chart of training days lost by facility. {headline}.",
        made_of(a, "training_estate"),
        table.set_axis(columns, axis=1),
        figure,
    )


def estate_headline(a: Assessment) -> str:
    """Return the days lost and which facilities need attention, in words."""
    rows = a.capability.estate
    wanting = rows.loc[rows["attention"], "facility"].tolist()
    need = (
        f"{listed(wanting)} {'needs' if len(wanting) == 1 else 'need'} attention" if wanting else "none needs attention"
    )
    return f"{count(rows['days_lost'].sum(), 'training day')} lost in the last twelve months; {need}"
