"""What does it take to stay current, and can the training estate carry it?

In: passes with the day on which they end, modules, the training estate. Out: the refreshers that fall due in the coming
twelve months, the fewest courses that meet them, in which month, and the days they take of officers and instructors;
which training facilities need attention. Counted are refreshers of officers in post: initial courses come on top, and
who leaves needs no refresher.
"""

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Final

import numpy as np
import pandas as pd

from apstra.capability.currency import months_later
from apstra.capability.relief import productive_hours
from apstra.scenario import MONTHS_A_YEAR, Scenario

WORN: Final = ("poor", "closed")
UNLICENSED: Final = ("conditional", "expired")


def refreshers_due(held: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return each refresher that falls due within twelve months, on the last day that keeps its officer current.

    A module valid for less than a year falls due several times; one that has lapsed is due at once.

    Parameters
    ----------
    held
        From ``currency.passes_of_role``.

    Returns
    -------
    DataFrame
        ``role``, ``module``, ``due_on``; earliest first.
    """
    first = held[["role", "module", "valid_months"]].assign(due_on=held["valid_until"].clip(lower=pd.Timestamp(as_at)))
    again = [
        rows.assign(due_on=rows["due_on"] + pd.DateOffset(months=later))
        for months, rows in first.groupby("valid_months")
        for later in range(0, MONTHS_A_YEAR, int(months))
    ]
    due = pd.concat([first.iloc[:0], *again])[["role", "module", "due_on"]]
    due = due.loc[due["due_on"] < months_later(as_at, MONTHS_A_YEAR)]
    return due.sort_values(["due_on", "module"], ignore_index=True)


def fewest_courses(due_on: Sequence[pd.Timestamp], places: int, window: int) -> list[tuple[pd.Timestamp, int]]:
    """Return the fewest courses that refresh everybody in time: the day of each and the places taken.

    Parameters
    ----------
    due_on
        Day by which each refresher must be taken.
    places
        Places on a course.
    window
        How long before it is due a refresher may be taken [months].

    Raises
    ------
    ValueError
        If a course has no place.

    Notes
    -----
    Each course is held on the last day that serves whoever is due first, and takes who is due next: no plan has fewer
    courses, for every refresher may be taken over the same length of time.
    """
    if places < 1:
        raise ValueError(f"places must be at least 1, not {places}")
    left, courses = sorted(due_on), []
    while left:
        latest = left[0] + pd.DateOffset(months=window)
        taken = sum(day <= latest for day in left[:places])
        courses.append((left[0], taken))
        left = left[taken:]
    return courses


def training_load(due: pd.DataFrame, modules: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return by module and month what the refreshers of the coming twelve months take.

    No refresher is taken so early that it would fall together with the one before.

    Parameters
    ----------
    due
        From ``refreshers_due``.

    Returns
    -------
    DataFrame
        ``role``, ``module``, ``month`` (its first day; twelve from *as at*), ``due`` [refreshers], ``courses``,
        ``places`` (taken on them), ``officer_days``, ``course_days``, ``instructor_days`` [days of a shift's length],
        ``instructor_years`` (of productive hours); modules of which nothing falls due are left out.
    """
    months = pd.DatetimeIndex([months_later(scenario.as_at, number) for number in range(MONTHS_A_YEAR)])
    places, window = round(scenario.value("refresher_places")), round(scenario.value("refresher_window_months"))
    rows = []
    valid = modules.set_index("module")["valid_months"]
    for module, days in due.groupby("module", sort=False)["due_on"]:
        held = fewest_courses(days.tolist(), places, min(window, int(valid[module]) - 1))
        at = months.searchsorted([day for day, _ in held], side="right") - 1
        counted = pd.DataFrame({"module": module, "month": months})
        counted["due"] = np.bincount(months.searchsorted(days, side="right") - 1, minlength=len(months))
        counted["courses"] = np.bincount(at, minlength=len(months))
        counted["places"] = np.bincount(at, [taken for _, taken in held], len(months)).astype(int)
        rows.append(counted)
    columns = ["module", "month", "due", "courses", "places"]
    frame = pd.concat(rows) if rows else pd.DataFrame(columns=columns).astype({"month": months.dtype})
    return _days_taken(modules[["role", "module", "refresher_hours"]].merge(frame, on="module"), scenario)


def _days_taken(counted: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the counts with the days they take of officers and instructors."""
    shift = scenario.value("shift_hours")
    days = counted["refresher_hours"] / shift
    course_days = counted["courses"] * [ceil(each) for each in days]
    instructor_days = course_days * scenario.value("refresher_instructors")
    return counted.drop(columns="refresher_hours").assign(
        officer_days=counted["places"] * days,
        course_days=course_days,
        instructor_days=instructor_days,
        instructor_years=instructor_days * shift / productive_hours(scenario),
    )


def estate_position(estate: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return the state of each training facility and whether it needs attention.

    Returns
    -------
    DataFrame
        ``facility``, ``kind``, ``condition``, ``days_lost`` [days in twelve months], ``licence_status``,
        ``licence_until``, ``attention`` (worn or closed, or the licence is conditional, expired or out of date).
    """
    attention = (
        estate["condition"].isin(WORN)
        | estate["licence_status"].isin(UNLICENSED)
        | (estate["licence_until"] < pd.Timestamp(as_at))
    )
    columns = ["facility", "kind", "condition", "days_lost", "licence_status", "licence_until"]
    return estate[columns].assign(attention=attention)
