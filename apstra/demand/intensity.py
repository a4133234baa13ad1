"""How many calls to expect in any hour, day and zone, and how sure that is.

In: the times of past calls, with their zones where known, and the calendar of events. Out: a ``Pattern``: expected
calls and their negative binomial distribution for any hour or day, after the log too. What makes days differ (``days``,
``regression``), how high the level stands (``level``), how a day's calls fall over its hours and the force's over its
zones (``shares``) are learnt one after the other; each stays simple where the log is thin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from apstra.demand.calls import Calls, read_calls
from apstra.demand.counts import count_quantile, joint_size
from apstra.demand.days import (
    ANYWHERE,
    COUNTRY,
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
    rows_of,
)
from apstra.demand.level import Level, Span, fit_level, week_of
from apstra.demand.regression import CountFit, fit_terms, overdispersion, shown
from apstra.demand.shares import hour_profile, zone_shares
from apstra.recall import Recaller, plain
from apstra.scenario import DAYS_A_WEEK, HOURS_A_DAY, HOURS_A_WEEK

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
        mean = (1.0 - part) * self._hour(start, zone, self.events) + part * self._hour(start + HOUR, zone, self.events)
        return mean, joint_size(self.doubt(when), self.alpha("hour"))

    def days(self, days: Any, zone: str | None = None) -> tuple[FloatArray, FloatArray]:
        """Return mean and size of the negative binomial number of calls on the day of each time."""
        day = local_times("days", days).normalize()
        mean = self._hour(hours_of(day), zone, self.events).reshape(-1, HOURS_A_DAY).sum(axis=1)
        return mean, joint_size(self.doubt(day), self.alpha("day"))

    def ordinary(self, times: Any) -> FloatArray:
        """Return the calls to expect in all in the hours that start at ``times``, on the hour, events left out."""
        return self._hour(local_times("times", times), ANYWHERE, self.events.iloc[:0])

    def alpha(self, scale: str) -> float:
        """Return the overdispersion of a ``day`` or an ``hour``."""
        return float(self.dispersion.set_index("scale")["alpha"][scale])

    def doubt(self, times: pd.DatetimeIndex) -> FloatArray:
        """Return the relative variance of the rate at each time: of the level and of the day's events."""
        day = times.normalize()
        return (1.0 + self.level.at(week_of(day, self.period))[1]) * (1.0 + event_doubt(day, self.events)) - 1.0

    def _hour(self, hours: pd.DatetimeIndex, zone: str | None, events: pd.DataFrame) -> FloatArray:
        """Return the expected calls in whole hours; for ``ANYWHERE``, in all without the events of single zones."""
        number, distinct = hours.normalize().factorize()
        days, shares = pd.DatetimeIndex(distinct), self.zones.set_index("zone")["share"]
        factors = event_factors(days, events)
        if zone is None:
            raised = force_factor(factors, shares)
        elif zone == ANYWHERE:
            raised = factors[ANYWHERE]
        elif zone in shares.index:
            raised = factors[ANYWHERE] * factors.get(zone, 1.0) * shares[zone]
        else:
            raise ValueError(f"zone must be one of the {len(shares)} zones of the pattern, not {zone!r}")
        columns = columns_of(day_groups(days, self.country), self.terms["term"])
        usual = np.exp(columns @ np.log(self.terms["ratio"].to_numpy()))
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
    recall: Recaller = plain,
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
    recall
        Remembers what the events do not alter.

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
    calls = recall(read_calls, incidents, period, country)
    events = read_events(calendar)
    prior = recall(_places, zones, calls.place, events["zone"])
    events = events if len(prior) else events.assign(zone=ANYWHERE)
    shares, weight, visitor_worth = recall(_shares, calls, prior, events.loc[events["zone"] != ANYWHERE])
    fit, mean, events = _regress(calls, events, dict(zip(shares["zone"], shares["share"], strict=True)))
    unsure = event_doubt(calls.days, events)
    level, day_spread = _level(calls, mean, fit.alpha, unsure)
    pace, drift = level.at(calls.week)
    doubt = (1.0 + drift) * (1.0 + unsure) - 1.0 if hourly else None
    profile, hour_spread = _hours(calls, mean * pace, doubt, day_spread)
    ratio, error = np.exp(fit.coefficients), np.exp(np.minimum(LIMIT * fit.errors, UNKNOWN))
    terms = {"term": ratio.index, "ratio": ratio, "low": ratio / error, "high": ratio * error}
    dispersion = pd.DataFrame([day_spread, hour_spread], columns=["alpha", "p_value"]).assign(scale=["day", "hour"])
    return Pattern(
        pd.DataFrame(terms).reset_index(drop=True), events, level, dispersion, profile, shares, weight, visitor_worth,
        country, len(calls.when), calls.span,
    )  # fmt: skip


def _places(zones: pd.DataFrame | None, place: NDArray[np.object_], eventful: pd.Series) -> pd.DataFrame:
    """Return residents (or what stands for them) and visitors by zone, refusing a zone that is not among ``zones``."""
    seen, named = (sorted({*zone} - {ANYWHERE}) for zone in (place, eventful))
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


def _shares(calls: Calls, prior: pd.DataFrame, events: pd.DataFrame) -> tuple[pd.DataFrame, float, float]:
    """Return the shares of zones from the calls, each divided by what an event in its zone added."""
    added = np.ones(len(calls.when))
    for zone, factor in event_factors(calls.when.normalize(), events).items():
        added = np.where((calls.place == zone) & (zone != ANYWHERE) & (factor > 0), factor, added)
    counts = pd.Series(1.0 / added).groupby(calls.place).sum().reindex(prior.index, fill_value=0.0)
    return zone_shares(counts, prior["residents"], prior["visitors"])


def _regress(
    calls: Calls, events: pd.DataFrame, shares: Mapping[str, float]
) -> tuple[CountFit, FloatArray, pd.DataFrame]:
    """Return the regression of daily counts, their expectation by it and the events as the log corrects them."""
    days, daily = calls.days, calls.daily
    length = 1.0 + (calls.clock - 1.0).sum(axis=1) / HOURS_A_DAY
    for _ in range(ROUNDS):
        raised = force_factor(event_factors(days, events), shares)
        kept = raised > 0
        fit = fit_terms(daily[kept], rows_of(calls.groups, kept), np.log((raised * length)[kept]))
        usual = length * np.exp(columns_of(calls.groups, fit.coefficients.index) @ fit.coefficients.to_numpy())
        before, events = events["factor"], correct_events(days, calls.by_zone, usual, events, shares, fit.alpha)
        if np.allclose(events["factor"], before, rtol=SETTLED, atol=0.0):
            break
    return fit, usual * force_factor(event_factors(days, events), shares), events


def _level(calls: Calls, mean: FloatArray, alpha: float, doubt: FloatArray) -> tuple[Level, tuple[float, float]]:
    """Return the level and the overdispersion of days that it leaves, with its p value."""
    daily, week = calls.daily, calls.week
    counts, expected, squares = (np.bincount(week, one).astype(float) for one in (daily, mean, mean**2))
    spread = (alpha, 1.0)
    for _ in range(PASSES):
        before = spread[0]
        level = fit_level(counts, expected, before * squares / np.maximum(expected, np.finfo(float).tiny) ** 2)
        pace, unsure = level.at(week)
        spread = shown(*overdispersion(daily, mean * pace, (1.0 + unsure) * (1.0 + doubt) - 1.0))
        if spread[0] == before:
            break
    return level, spread


def _hours(
    calls: Calls, mean: FloatArray, doubt: FloatArray | None, day_spread: tuple[float, float]
) -> tuple[FloatArray, tuple[float, float]]:
    """Return the profile of the day and the overdispersion of hours with its p value (of days without ``doubt``)."""
    even = (mean[:, None] * calls.clock / HOURS_A_DAY).ravel()
    number = (calls.days.day_of_week.to_numpy()[:, None] * HOURS_A_DAY + np.arange(HOURS_A_DAY)).ravel()
    due, seen = np.bincount(number, even, HOURS_A_WEEK).astype(float), calls.by_hour_of_week()
    profile = hour_profile(seen, due, day_spread[0] * DAYS_A_WEEK / len(calls.days))
    if doubt is None:
        return profile, day_spread
    rate = even * profile.ravel()[number]
    found, p_value = shown(*overdispersion(calls.hourly(), rate, np.repeat(doubt, HOURS_A_DAY)))
    return profile, (max(found, day_spread[0]), p_value)
