"""What can be known of a day in advance: its length, weekday, season, bank holidays and the events of the calendar.

In: days, the force's calendar of events. Out: the exposure of hours and days by the clock, groups of columns that a
regression of daily counts may use, and by how much events raise the rate, anywhere or in one zone.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.scenario import DAYS_A_WEEK, DAYS_A_YEAR, HOURS_A_DAY

FloatArray = NDArray[np.float64]
Groups = dict[str, dict[str, FloatArray]]
ANYWHERE: Final = ""
DAY: Final = pd.Timedelta(days=1)
HOUR: Final = pd.Timedelta(hours=1)
COUNTRY: Final = "GB-ENG"
NEEDED: Final = ("starts_on", "ends_on", "demand_factor")
EVENT_COLUMNS: Final = ("event", "starts_on", "ends_on", "zone", "stated", "factor", "variance")
HALF, LEAST, OPEN = 0.5, 0.1, 1.0  # relative doubt of a stated effect; least and, where none is stated, whole doubt
WEEKEND: Final = 5
WEEKDAYS: Final = {"Tuesday": 1, "Wednesday": 2, "Thursday": 3, "Friday": 4, "Sunday": 6}  # against Monday, Saturday
SPRING, AUTUMN, LAST_WEEK, CHANGED_HOUR = 3, 10, 25, 1
SEASONAL_YEARS: Final = 1.0
YEAR: Final = r"\s*\b(?:19|20)\d\d(?:-\d\d)?\b"


def hours_of(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the 24 local hours of each day, one day after the other."""
    return days.repeat(HOURS_A_DAY) + pd.to_timedelta(np.tile(np.arange(HOURS_A_DAY), len(days)), unit="h")


def local_times(name: str, times: Any) -> pd.DatetimeIndex:
    """Return local times as an index, refusing what is none, is missing or has a time zone."""
    values = pd.Index(np.atleast_1d(times) if np.ndim(times) == 0 else times)
    if pd.api.types.is_numeric_dtype(values) and len(values):
        raise ValueError(f"{name} must be timestamps, not numbers such as {values[0]}")
    try:
        when = pd.DatetimeIndex(values)
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"{name} must be timestamps: {wrong}") from wrong
    if when.tz is not None:
        raise ValueError(f"{name} must be local times without zone, not in {when.tz}")
    if when.hasnans:
        raise ValueError(f"{name} must not be missing; number {int(np.argmax(when.isna()))} is NaT")
    return when


def clock_hours(times: pd.DatetimeIndex) -> FloatArray:
    """Return how often the local hour of each time occurs: 0 for the hour skipped in spring, 2 for the repeated one.

    Clocks change on the last Sunday of March and October; the hour is 01:00 to 02:00 [hours].
    """
    sunday = (times.day_of_week == DAYS_A_WEEK - 1) & (times.day >= LAST_WEEK) & (times.hour == CHANGED_HOUR)
    return 1.0 - (sunday & (times.month == SPRING)) + (sunday & (times.month == AUTUMN))


def day_clock(days: pd.DatetimeIndex) -> FloatArray:
    """Return how often each local hour of each day occurs (days, 24) [hours]."""
    every = np.ones((len(days), HOURS_A_DAY))
    every[:, CHANGED_HOUR] = clock_hours(days + CHANGED_HOUR * HOUR)
    return every


def day_groups(days: pd.DatetimeIndex, country: str, years: float = np.inf) -> Groups:
    """Return the groups of columns (n,) by name that may enter the regression of daily counts.

    Parameters
    ----------
    days
        The days (n,).
    country
        Whose bank holidays count, as ISO code with subdivision: ``GB-ENG``, ``IE``.
    years
        Length of the log [years]; a season is no candidate where the log has not seen each.
    """
    import holidays  # noqa: PLC0415  (a quarter of a second, for this function alone)

    weekday = days.day_of_week
    state, _, part = country.partition("-")
    years_of = range(days.min().year, days.max().year + 1)
    bank = holidays.country_holidays(state, subdiv=part or None, years=years_of)
    groups: dict[str, dict[str, ArrayLike]] = {
        "weekend": {"weekend": weekday >= WEEKEND},
        "day of week": {name: weekday == number for name, number in WEEKDAYS.items()},
        "bank holiday": {"bank holiday": days.isin(pd.DatetimeIndex(list(bank)))},
    }
    for wave in (1, 2) if years >= SEASONAL_YEARS else ():
        angle = 2.0 * np.pi * wave * days.day_of_year / DAYS_A_YEAR
        groups[f"season {wave}"] = {f"cosine {wave} a year": np.cos(angle), f"sine {wave} a year": np.sin(angle)}
    return {name: {one: np.asarray(columns[one], float) for one in columns} for name, columns in groups.items()}


def columns_of(groups: Groups, names: Iterable[str]) -> FloatArray:
    """Return the columns of these names, in their order, the constant among them (n, names)."""
    every = {name: column for columns in groups.values() for name, column in columns.items()}
    every["constant"] = np.ones_like(next(iter(every.values())))
    return np.array([every[name] for name in names]).T


def rows_of(groups: Groups, kept: NDArray[np.bool_]) -> Groups:
    """Return the groups with the rows that are kept (n,)."""
    return {name: {one: column[kept] for one, column in columns.items()} for name, columns in groups.items()}


def hour_groups() -> Groups:
    """Return the groups of columns (168,) by name that may enter the regression over the hours of the week."""
    number = np.arange(DAYS_A_WEEK * HOURS_A_DAY)
    weekend, groups = number >= WEEKEND * HOURS_A_DAY, {}
    for wave in (1, 2, 3, 4):
        angle = 2.0 * np.pi * wave * (number + 0.5) / HOURS_A_DAY
        groups[f"day {wave}"] = {f"cosine {wave} a day": np.cos(angle), f"sine {wave} a day": np.sin(angle)}
    for name in list(groups)[:2]:
        groups[f"weekend {name}"] = {f"weekend {one}": weekend * column for one, column in groups[name].items()}
    return groups


def read_events(calendar: pd.DataFrame | None) -> pd.DataFrame:
    """Return the calendar's events: name, days, zone, stated factor, and factor with relative variance to start from.

    An event that comes back is one event: its name is read without the year. A blank zone is anywhere, a blank end the
    first day, a blank factor 1 until the log shows another.

    Raises
    ------
    ValueError
        If a column is missing, a first day is blank, an event ends before it starts or a factor is negative.
    """
    if calendar is None or calendar.empty:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in EVENT_COLUMNS})
    if missing := [name for name in NEEDED if name not in calendar]:
        raise ValueError(f"calendar must have the columns {', '.join(NEEDED)}; missing: {', '.join(missing)}")
    blank = pd.Series(np.nan, index=calendar.index, dtype=object)
    named = calendar.get("name", blank).fillna(calendar.get("event_id", blank)).fillna("event").astype(str)
    start, end = event_span(calendar)
    if not (end >= start).all():
        raise ValueError(f"calendar: {named[~(end >= start)].iloc[0]} must have a first day and not end before it")
    stated = calendar["demand_factor"].astype(float)
    factor = stated.fillna(1.0)
    if wrong := [value for value in factor.tolist() if not 0 <= value < np.inf]:
        raise ValueError(f"calendar: demand_factor must be >= 0 and finite, not {wrong[0]}")
    events = {
        "event": named.str.replace(YEAR, "", regex=True).str.strip(),
        "starts_on": start,
        "ends_on": end,
        "zone": calendar.get("zone_id", blank).astype(object).fillna(ANYWHERE).astype(str).str.strip(),
        "stated": stated,
        "factor": factor,
        "variance": stated_variance(stated),
    }
    return pd.DataFrame(events).reset_index(drop=True)


def event_span(calendar: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the first and last day of each event of the calendar, the first alone where no last one is stated."""
    start, end = (pd.to_datetime(calendar[name]).dt.normalize() for name in ("starts_on", "ends_on"))
    return start, end.fillna(start)


def stated_variance(stated: pd.Series) -> FloatArray:
    """Return the relative variance of stated factors: the effect is known to within a half of itself, or not at all."""
    factor = stated.to_numpy(float)
    effect = np.abs(np.log(np.where(factor > 0, factor, 1.0)))
    return np.where(np.isnan(factor), OPEN, np.maximum(HALF * effect, LEAST)) ** 2


def correct_events(
    days: pd.DatetimeIndex,
    calls: pd.DataFrame,
    usual: FloatArray,
    events: pd.DataFrame,
    shares: Mapping[str, float],
    alpha: float,
) -> pd.DataFrame:
    """Return events with ``factor`` and ``variance`` after what the log shows of each name in each zone.

    What is learnt of a name comes from its events with a day in the log alone, and holds for those to come as well.

    Parameters
    ----------
    days
        Of the log (n,).
    calls
        Calls by day and zone, ``ANYWHERE`` for those without one (n, zones).
    usual
        Calls expected on each day without any event (n,).
    events, shares
        From ``read_events``, or corrected before; share of calls by zone.
    alpha
        Overdispersion of days: the more calls come in bursts, the less each tells.
    """
    factors, held = event_factors(days, events), event_days(days, events)
    daily, there = calls.to_numpy().sum(axis=1), np.asarray(held.any(axis=1))
    placed = 1.0 if ANYWHERE not in calls else (daily.sum() - calls[ANYWHERE].sum()) / daily.sum()
    before, stated = events["stated"].fillna(1.0).to_numpy(), stated_variance(events["stated"])
    # Corrected so far; by nothing where a factor of 0 was stated.
    ratio = np.divide(events["factor"].to_numpy(), before, out=np.ones_like(before), where=before > 0)
    factor, variance, force = np.empty_like(before), np.empty_like(before), force_factor(factors, shares)
    for (_, zone), every in _alike(events).items():
        rows = every[there[every]] if there[every].any() else every
        on = held[rows].any(axis=0)
        if zone == ANYWHERE:
            seen, raised = daily[on], force[on]
        else:
            seen = calls[zone].to_numpy()[on] if zone in calls else np.zeros(1)
            raised = placed * shares[zone] * factors[ANYWHERE][on] * factors[zone][on]
        due = float((usual[on] * raised).sum()) / ratio[rows[0]]
        worth = 1.0 / (1.0 + alpha * due / max(on.sum(), 1))
        prior = 1.0 / stated[rows].mean()
        known = prior + worth * float(seen.sum())
        factor[every] = before[every] * known / (prior + worth * due)
        variance[every] = 1.0 / known
    return events.assign(factor=factor, variance=variance)


def _alike(events: pd.DataFrame) -> dict[tuple[str, str], NDArray[np.intp]]:
    """Return the rows of the events of each name in each zone."""
    rows: dict[tuple[str, str], list[int]] = {}
    for row, alike in enumerate(zip(events["event"], events["zone"], strict=True)):
        rows.setdefault(alike, []).append(row)
    return {alike: np.array(numbers) for alike, numbers in rows.items()}


def event_days(days: pd.DatetimeIndex, events: pd.DataFrame) -> NDArray[np.bool_]:
    """Return on which days each event takes place (events, days)."""
    first, last = (events[name].to_numpy("datetime64[ns]")[:, None] for name in ("starts_on", "ends_on"))
    when = days.to_numpy("datetime64[ns]")
    return np.asarray((first <= when) & (when <= last))


def event_factors(days: pd.DatetimeIndex, events: pd.DataFrame) -> dict[str, FloatArray]:
    """Return how many times the usual rate each day has, by zone of the event, ``ANYWHERE`` always among them."""
    raised = np.where(event_days(days, events), events["factor"].to_numpy(float)[:, None], 1.0)
    zones = events["zone"].to_numpy(str)
    return {zone: raised[zones == zone].prod(axis=0) for zone in (ANYWHERE, *sorted({*zones} - {ANYWHERE}))}


def force_factor(factors: Mapping[str, FloatArray], shares: Mapping[str, float]) -> FloatArray:
    """Return by how much events raise the rate of the whole force: an event in one zone by its share alone."""
    local = [shares[zone] * (factor - 1.0) for zone, factor in factors.items() if zone != ANYWHERE]
    return factors[ANYWHERE] * (1.0 + np.sum(local, axis=0) if local else 1.0)


def event_doubt(days: pd.DatetimeIndex, events: pd.DataFrame) -> FloatArray:
    """Return the relative variance of each day's rate for what is not known of its events."""
    unsure = np.where(event_days(days, events), events["variance"].to_numpy(float)[:, None], 0.0)
    return np.asarray((1.0 + unsure).prod(axis=0) - 1.0)
