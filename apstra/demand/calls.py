"""The calls of a log as a pattern is learnt from them: by day, zone and hour, and what is known of its days.

In: the log and the period that it covers. Out: ``Calls``, which no event of the calendar alters: when what is stated of
an event changes, all of it stays as it is.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.demand.days import ANYWHERE, DAY, HOUR, Groups, day_clock, day_groups, local_times
from apstra.demand.level import Span, week_of
from apstra.scenario import DAYS_A_YEAR, HOURS_A_DAY, HOURS_A_WEEK

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The calls of a log and the days that it covers.

    Attributes
    ----------
    when, place
        Time and zone of each call, ``ANYWHERE`` where the zone is not known (calls,).
    span
        First and last day.
    days
        Every day from the first to the last (n,).
    by_zone, daily
        Calls by day and zone (n, zones), and in all (n,).
    groups
        Columns that may enter the regression of daily counts (``day_groups``).
    clock
        How often each local hour of each day occurs (n, 24) [hours].
    week
        Week of each day (``week_of``) (n,).
    """

    when: pd.DatetimeIndex
    place: NDArray[np.object_]
    span: Span
    days: pd.DatetimeIndex
    by_zone: pd.DataFrame
    daily: FloatArray
    groups: Groups
    clock: FloatArray
    week: NDArray[np.int_]

    def hourly(self) -> FloatArray:
        """Return the calls in each local hour of each day (n * 24,)."""
        hours = len(self.days) * HOURS_A_DAY
        return np.bincount((self.when - self.days[0]) // HOUR, minlength=hours).astype(float)

    def by_hour_of_week(self) -> FloatArray:
        """Return the calls in each hour of the week, from Monday 00:00 (168,)."""
        hour = self.when.day_of_week * HOURS_A_DAY + self.when.hour
        return np.bincount(hour, minlength=HOURS_A_WEEK).astype(float)


def read_calls(incidents: pd.DataFrame, period: tuple[Any, Any] | None, country: str) -> Calls:
    """Return the calls of a log in a period.

    Parameters
    ----------
    incidents, period, country
        As for ``fit_pattern``.

    Raises
    ------
    ValueError
        If there is no call in the period, or a time is missing, no timestamp or has a zone.
    """
    when, place, span = _log(incidents, period)
    days = pd.date_range(*span)
    codes, names = pd.factorize(place)
    by_zone = np.zeros((len(days), len(names)))
    np.add.at(by_zone, ((when - span[0]) // DAY, codes), 1.0)
    groups = day_groups(days, country, len(days) / DAYS_A_YEAR)
    frame, daily = pd.DataFrame(by_zone, columns=names), by_zone.sum(axis=1)
    return Calls(when, place, span, days, frame, daily, groups, day_clock(days), week_of(days, span))


def _log(incidents: pd.DataFrame, period: tuple[Any, Any] | None) -> tuple[pd.DatetimeIndex, NDArray[np.object_], Span]:
    """Return times and zones of the calls in the period, and its first and last day."""
    if "called_at" not in incidents:
        raise ValueError(f"incidents must have a column called_at, not only {', '.join(map(str, incidents.columns))}")
    when = local_times("incidents: called_at", incidents["called_at"])
    names = [name for name in ("zone_id", "zone") if name in incidents]
    zone = incidents[names[0]] if names else pd.Series(ANYWHERE, index=incidents.index)
    place = zone.astype(object).where(zone.notna(), ANYWHERE).astype(str)
    if not len(when):
        raise ValueError("incidents must hold at least one call, not none")
    first, last = local_times("period", list(period) if period else [when.min(), when.max()]).normalize()
    within = (when >= first) & (when < last + DAY)
    if not within.any():
        raise ValueError(f"incidents must hold at least one call from {first.date()} to {last.date()}")
    return when[within], place.to_numpy(object)[within], (first, last)
