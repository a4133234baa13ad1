"""How many calls to expect in any hour, day and zone, and how sure that is.

In: the times of past calls, with their zones where known, and the calendar of events. Out: a ``Pattern``: expected
calls and their negative binomial distribution for any hour or day, after the log too. What makes days differ (``days``,
``regression``), how high the level stands (``level``), how a day's calls fall over its hours and the force's over its
zones (``shares``) are learnt one after the other; each stays simple where the log is thin.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.demand.counts import count_quantile, joint_size
from apstra.demand.days import (
    ANYWHERE,
    COUNTRY,
    DAY,
    HOUR,
    clock_hours,
    columns_of,
    correct_events,
    day_groups,
    event_doubt,
    event_factors,
    force_factor,
    hours_of,
    local_times,
    read_events,
)
from apstra.demand.level import Level, Span, fit_level, week_of
from apstra.demand.regression import CountFit, fit_terms, overdispersion, shown
from apstra.demand.shares import hour_profile, zone_shares
from apstra.scenario import DAYS_A_WEEK, DAYS_A_YEAR, HOURS_A_DAY, HOURS_A_WEEK

FloatArray = NDArray[np.float64]
PASSES: Final = 2
ROUNDS: Final = 8
SETTLED: Final = 0.01  # relative change of an event's factor
LIMIT: Final = 1.959964  # standard errors to either side hold 95 %
UNKNOWN: Final = 100.0  # log of a limit so wide that the term says nothing
WEIGHTS: Final = ("weight", "demand_weight", "population")


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The rate of calls over time and zones, with its doubt.

    Attributes
    ----------
    terms
        What was kept of weekday, season and bank holidays: ``term``, ``ratio`` of the daily rate, ``low``, ``high``
        (95 %); the first row is the usual rate [calls a day].
    events
        The calendar's: ``event``, ``starts_on``, ``ends_on``, ``zone``, ``stated``, ``factor`` (corrected by what the
        log shows of it) and ``variance`` (relative, of the factor).
    level
        Level by week relative to what the terms say.
    dispersion
        ``scale`` (day, hour), ``alpha`` (variance beyond Poisson, the level being known), ``p_value``.
    profile
        Rate of each hour relative to its day, by weekday (7, 24).
    zones
        ``zone``, ``observed``, ``prior`` and ``share``; no row where no zone is known.
    prior_weight, visitor_worth
        Calls' worth of the prior shares; calls that visitors bring for each one that residents bring.
    country, n, period
        Of the bank holidays; calls used; first and last day.
    """

    terms: pd.DataFrame
    events: pd.DataFrame
    level: Level
    dispersion: pd.DataFrame
    profile: FloatArray
    zones: pd.DataFrame
    prior_weight: float
    visitor_worth: float
    country: str
    n: int
    period: Span

    def expected(self, times: Any, zone: str | None = None) -> FloatArray:
        """Return the calls to expect in the hour that starts at each time, in all or in one zone (times,)."""
        return self.hours(times, zone)[0]

    def quantiles(self, times: Any, probabilities: ArrayLike, zone: str | None = None) -> FloatArray:
        """Return the smallest number of calls in the hour not exceeded with each probability (times, probabilities)."""
        mean, size = self.hours(times, zone)
        return count_quantile(mean[:, None], size[:, None], np.atleast_1d(np.asarray(probabilities, float)))

    def hours(self, times: Any, zone: str | None = None) -> tuple[FloatArray, FloatArray]:
        """Return mean and size of the negative binomial number of calls in the hour that starts at each time."""
        when = local_times("times", times)
        start = when.floor("h")
        part = np.asarray((when - start) / HOUR)
        mean = (1.0 - part) * self._hour(start, zone) + part * self._hour(start + HOUR, zone)
        return mean, joint_size(self.doubt(when), self.alpha("hour"))

    def days(self, days: Any, zone: str | None = None) -> tuple[FloatArray, FloatArray]:
        """Return mean and size of the negative binomial number of calls on the day of each time."""
        day = local_times("days", days).normalize()
        mean = self._hour(hours_of(day), zone).reshape(-1, HOURS_A_DAY).sum(axis=1)
        return mean, joint_size(self.doubt(day), self.alpha("day"))

    def by_zone(self, times: Any) -> pd.DataFrame:
        """Return the calls to expect in every zone in the hours that start at ``times``, on the hour (zones, times)."""
        hours, shares = local_times("times", times), self.zones.set_index("zone")["share"]
        factors, usual = event_factors(hours.normalize(), self.events), self._hour(hours, ANYWHERE)
        local = [share * usual * factors.get(zone, 1.0) for zone, share in shares.items()]
        return pd.DataFrame(np.reshape(local, (len(shares), len(hours))), shares.index, hours)

    def alpha(self, scale: str) -> float:
        """Return the overdispersion of a ``day`` or an ``hour``."""
        return float(self.dispersion.set_index("scale")["alpha"][scale])

    def doubt(self, times: pd.DatetimeIndex) -> FloatArray:
        """Return the relative variance of the rate at each time: of the level and of the day's events."""
        day = times.normalize()
        return (1.0 + self.level.at(week_of(day, self.period))[1]) * (1.0 + event_doubt(day, self.events)) - 1.0

    def _hour(self, hours: pd.DatetimeIndex, zone: str | None) -> FloatArray:
        """Return the expected calls in whole hours; for ``ANYWHERE``, in all without the events of single zones."""
        number, distinct = hours.normalize().factorize()
        days, shares = pd.DatetimeIndex(distinct), self.zones.set_index("zone")["share"]
        factors = event_factors(days, self.events)
        if zone is None:
            raised = force_factor(factors, shares)
        elif zone == ANYWHERE:
            raised = factors[ANYWHERE]
        elif zone in shares.index:
            raised = factors[ANYWHERE] * factors.get(zone, 1.0) * shares[zone]
        else:
            raise ValueError(f"zone must be one of the {len(shares)} zones of the pattern, not {zone!r}")
        columns = columns_of(day_groups(days, self.country), self.terms["term"])
        usual = np.exp(columns.to_numpy() @ np.log(self.terms["ratio"].to_numpy()))
        daily = usual * raised * self.level.at(week_of(days, self.period))[0]
        return daily[number] * self.profile[hours.day_of_week, hours.hour] * clock_hours(hours) / HOURS_A_DAY


def fit_pattern(
    incidents: pd.DataFrame,
    calendar: pd.DataFrame | None,
    *,
    zones: pd.DataFrame | None = None,
    period: tuple[Any, Any] | None = None,
    country: str = COUNTRY,
    hourly: bool = True,
) -> Pattern:
    """Return the pattern of calls that a log shows.

    Parameters
    ----------
    incidents
        ``called_at`` (local time without zone) and ``zone_id`` or ``zone`` where known.
    calendar
        ``starts_on``, ``ends_on``, ``demand_factor`` and, where known, ``name`` and ``zone_id`` (blank: anywhere); may
        be empty or None. A factor is corrected by the calls seen on days of events of that name; a blank one is learnt.
    zones
        ``zone_id``, what calls are expected to follow (``weight``, else ``demand_weight``, ``population``, all alike)
        and ``visitors`` present on a mean day where known. Without it: the zones of log and calendar, all alike.
    period
        First and last day that the log covers, else those of its first and last call; calls outside are left out.
    country
        Whose bank holidays count: ISO code with subdivision.
    hourly
        Look for the overdispersion of hours too, which no rate depends on; else it is that of days.

    Raises
    ------
    ValueError
        If there is no call, a time is missing, no timestamp or has a zone, a zone is not among ``zones``, or the
        calendar cannot be read.

    Notes
    -----
    Times are taken as the clock shows them: the hour repeated in autumn has twice the exposure and the hour skipped in
    spring none.
    """
    when, place, span = _log(incidents, period)
    days = pd.date_range(*span)
    events = read_events(calendar)
    prior = _places(zones, place, events)
    events = events if len(prior) else events.assign(zone=ANYWHERE)
    shares, weight, visitor_worth = _shares(when, place, prior, events)
    codes, names = place.factorize()
    calls = pd.DataFrame(np.zeros((len(days), len(names))), columns=names)
    np.add.at(calls.to_numpy(), ((when - span[0]) // DAY, codes), 1.0)
    fit, mean, events = _regress(days, calls, events, shares.set_index("zone")["share"], country)
    daily = calls.sum(axis=1).to_numpy(float)
    week, unsure = week_of(days, span), event_doubt(days, events)
    level, day_spread = _level(daily, mean, fit.alpha, week, unsure)
    pace, drift = level.at(week)
    doubt = (1.0 + drift) * (1.0 + unsure) - 1.0 if hourly else None
    profile, hour_spread = _hours(when, days, mean * pace, doubt, day_spread)
    ratio, error = np.exp(fit.coefficients), np.exp(np.minimum(LIMIT * fit.errors, UNKNOWN))
    terms = {"term": ratio.index, "ratio": ratio, "low": ratio / error, "high": ratio * error}
    dispersion = pd.DataFrame([day_spread, hour_spread], columns=["alpha", "p_value"]).assign(scale=["day", "hour"])
    return Pattern(
        pd.DataFrame(terms).reset_index(drop=True), events, level, dispersion, profile, shares, weight, visitor_worth,
        country, len(when), span,
    )  # fmt: skip


def _log(incidents: pd.DataFrame, period: tuple[Any, Any] | None) -> tuple[pd.DatetimeIndex, pd.Series, Span]:
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
    return when[within], place[within].reset_index(drop=True), (first, last)


def _places(zones: pd.DataFrame | None, place: pd.Series, events: pd.DataFrame) -> pd.DataFrame:
    """Return residents (or what stands for them) and visitors by zone, refusing a zone that is not among ``zones``."""
    seen, named = (sorted({*zone.unique()} - {ANYWHERE}) for zone in (place, events["zone"]))
    if zones is None:
        known = sorted({*seen, *named}) if seen else []
        return pd.DataFrame({"residents": 1.0, "visitors": 0.0}, index=pd.Index(known, dtype=object))
    table = zones.set_index(zones["zone_id"].astype(str))
    if unknown := [name for name in (*seen, *named) if name not in table.index]:
        raise ValueError(f"zone must be one of zones' zone_id, not {unknown[0]!r}")
    weights = [table[name].astype(float).fillna(0.0) for name in WEIGHTS if name in table]
    residents = next((one for one in weights if one.sum() > 0), pd.Series(1.0, index=table.index))
    visitors = table["visitors"].astype(float).fillna(0.0) if "visitors" in table else 0.0 * residents
    return pd.DataFrame({"residents": residents, "visitors": visitors})


def _shares(
    when: pd.DatetimeIndex, place: pd.Series, prior: pd.DataFrame, events: pd.DataFrame
) -> tuple[pd.DataFrame, float, float]:
    """Return the shares of zones from the calls, each divided by what an event in its zone added."""
    factors = event_factors(when.normalize(), events)
    added = np.ones(len(when))
    for zone, factor in factors.items():
        added = np.where((place == zone) & (zone != ANYWHERE) & (factor > 0), factor, added)
    counts = pd.Series(1.0 / added).groupby(place.to_numpy()).sum().reindex(prior.index, fill_value=0.0)
    return zone_shares(counts, prior["residents"], prior["visitors"])


def _regress(
    days: pd.DatetimeIndex, calls: pd.DataFrame, events: pd.DataFrame, shares: pd.Series, country: str
) -> tuple[CountFit, FloatArray, pd.DataFrame]:
    """Return the regression of daily counts, their expectation by it and the events as the log corrects them."""
    daily = calls.sum(axis=1).to_numpy(float)
    groups = day_groups(days, country, len(days) / DAYS_A_YEAR)
    length = 1.0 + (clock_hours(days + HOUR) - 1.0) / HOURS_A_DAY
    for _ in range(ROUNDS):
        raised = force_factor(event_factors(days, events), shares)
        kept = raised > 0
        here = {name: frame[kept] for name, frame in groups.items()}
        fit = fit_terms(daily[kept], here, np.log((raised * length)[kept]))
        usual = length * np.exp(columns_of(groups, fit.coefficients.index).to_numpy() @ fit.coefficients.to_numpy())
        before, events = events["factor"], correct_events(days, calls, usual, events, shares, fit.alpha)
        if np.allclose(events["factor"], before, rtol=SETTLED):
            break
    return fit, usual * force_factor(event_factors(days, events), shares), events


def _level(
    daily: FloatArray, mean: FloatArray, alpha: float, week: NDArray[np.int_], doubt: FloatArray
) -> tuple[Level, tuple[float, float]]:
    """Return the level and the overdispersion of days that it leaves, with its p value."""
    counts, expected, squares = (np.bincount(week, one).astype(float) for one in (daily, mean, mean**2))
    spread = (alpha, 1.0)
    for _ in range(PASSES):
        level = fit_level(counts, expected, spread[0] * squares / np.maximum(expected, np.finfo(float).tiny) ** 2)
        pace, unsure = level.at(week)
        spread = shown(*overdispersion(daily, mean * pace, (1.0 + unsure) * (1.0 + doubt) - 1.0))
    return level, spread


def _hours(
    when: pd.DatetimeIndex,
    days: pd.DatetimeIndex,
    mean: FloatArray,
    doubt: FloatArray | None,
    day_spread: tuple[float, float],
) -> tuple[FloatArray, tuple[float, float]]:
    """Return the profile of the day and the overdispersion of hours with its p value (of days without ``doubt``)."""
    hours = hours_of(days)
    counts = np.bincount((when - days[0]) // HOUR, minlength=len(hours)).astype(float)
    even = np.repeat(mean, HOURS_A_DAY) * clock_hours(hours) / HOURS_A_DAY
    number = hours.day_of_week * HOURS_A_DAY + hours.hour
    seen, due = (np.bincount(number, one, HOURS_A_WEEK).astype(float) for one in (counts, even))
    profile = hour_profile(seen, due, day_spread[0] * DAYS_A_WEEK / len(days))
    if doubt is None:
        return profile, day_spread
    found, p_value = shown(*overdispersion(counts, even * profile.ravel()[number], np.repeat(doubt, HOURS_A_DAY)))
    return profile, (max(found, day_spread[0]), p_value)
