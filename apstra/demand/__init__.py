"""How often armed crews are called, for what, where and when, and how often they will be.

In: the log of firearms operations, the other work of armed crews, the zones and areas. Out: yearly counts with their
uncertainty, reasons, patterns, committed time, how complete the log is, a forecast for the coming year and the next
four with 50, 80 and 95 % intervals, and the rate of calls in every zone and block of the week that other chapters use.

Counts are small, so a change is stated only when an exact test supports it, and a year that the log does not cover
whole takes no part in any statement about change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.demand.backtest import Backtest, backtest
from apstra.demand.duration import fit_duration
from apstra.demand.forecast import coming_years, forecast_annual, forecast_table, rate_slices
from apstra.demand.intensity import Pattern, fit_pattern
from apstra.demand.national import compare_rates
from apstra.demand.pattern import by_area, kept, learnt, learnt_for_rates, patterns, rates, reasons, seen_events, week
from apstra.demand.predictive import LEVELS, Forecast
from apstra.demand.proof import Proof, score_log
from apstra.demand.published import yearly_counts
from apstra.demand.record import committed, completeness, durations, other_demand, tail, unmet
from apstra.demand.volume import log_covers, season, trends, yearly_volume
from apstra.recall import Recaller, plain
from apstra.scenario import DAYS_A_YEAR, Scenario, financial_year, first_year_not_complete
from apstra.uncertainty import posterior_rate

HORIZON: Final = 5
Tables = Mapping[str, pd.DataFrame]

__all__ = [
    "LEVELS",
    "Backtest",
    "DemandChapter",
    "Forecast",
    "Pattern",
    "Proof",
    "ahead",
    "assess_demand",
    "backtest",
    "fit_duration",
    "fit_pattern",
    "forecast_annual",
    "log_covers",
    "score_log",
    "yearly_counts",
]


@dataclass(frozen=True, slots=True)
class DemandChapter:
    """The frames of the chapter; counts are operations, times minutes, shares 0 to 1.

    Attributes
    ----------
    yearly, trends, season
        Volume by financial year, first half against second, May to October against November to April (``volume``).
    reasons, patterns, week, by_area, rates
        For what, when and where, and the rate by zone and block (``pattern``).
    terms, dispersion, shares
        What the regression kept of weekday, season and holidays, its overdispersion, and the share of calls of each
        zone, observed, expected and between the two (``intensity``).
    committed, durations, tail, unmet, completeness, other
        Committed time, the law fitted to it and its tail, late or missing response on record, the state of the log,
        other work (``record``).
    forecast, slices
        The coming year and the next four; the coming year's rate in ten equally likely slices (``forecast``).
    national, funnel
        The force's rate beside its region, peers and all forces, and every force's within limits (``national``).
    """

    yearly: pd.DataFrame
    trends: pd.DataFrame
    season: pd.DataFrame
    reasons: pd.DataFrame
    patterns: pd.DataFrame
    week: pd.DataFrame
    by_area: pd.DataFrame
    rates: pd.DataFrame
    terms: pd.DataFrame
    dispersion: pd.DataFrame
    shares: pd.DataFrame
    committed: pd.DataFrame
    durations: pd.DataFrame
    tail: pd.DataFrame
    unmet: pd.DataFrame
    completeness: pd.DataFrame
    other: pd.DataFrame
    forecast: pd.DataFrame
    slices: pd.DataFrame
    national: pd.DataFrame
    funnel: pd.DataFrame


def assess_demand(tables: Tables, scenario: Scenario) -> DemandChapter:
    """Return the demand chapter: what the log says of the past and what it lets one expect.

    Parameters
    ----------
    tables
        ``operations``, ``other_work``, ``zones``, ``areas``, ``calendar`` of the force, nothing in them later than *as
        at*, and the
        ``published_firearms`` of all ``police_forces`` with their ``series_breaks``.
    scenario
        Settings; the assumptions used are ``demand_factor`` and ``turnout_minutes``.

    Returns
    -------
    DemandChapter
        Reasons, seasons, areas and rates come from the complete years, or from the whole log while none is complete.
    """
    operations, zones, areas = tables["operations"], tables["zones"], tables["areas"]
    yearly = yearly_volume(operations, scenario.as_at)
    years = [int(year) for year in yearly.loc[yearly["complete"], "year"]]
    whole = operations.loc[financial_year(operations["called_at"]).isin(years)] if years else operations
    coming, factor = _coming(yearly, tables, scenario), scenario.value("demand_factor")
    forecast = None if coming is None else coming.scaled(factor)
    force, pattern = scenario.force, learnt(operations, tables["calendar"], zones, areas, scenario)
    beside = compare_rates(
        tables["published_firearms"], tables["police_forces"], force.code, force.peers, scenario.as_at
    )
    return DemandChapter(
        yearly=yearly,
        trends=trends(yearly),
        season=season(whole, years),
        reasons=reasons(whole, years),
        patterns=patterns(whole, zones, areas, scenario),
        week=week(operations),
        by_area=by_area(whole, zones, areas, len(years)),
        rates=rates(whole, zones, annual_rate(forecast, operations, scenario), pattern, scenario),
        **kept(pattern),
        durations=durations(operations),
        tail=tail(operations),
        committed=committed(operations),
        unmet=unmet(operations, scenario.value("turnout_minutes")),
        completeness=completeness(operations, years[-1] if years else None),
        other=other_demand(tables["other_work"], scenario),
        forecast=forecast_table(forecast, first_year_not_complete(scenario.as_at)),
        slices=rate_slices(coming, factor),
        **dict(zip(("national", "funnel"), beside, strict=True)),
    )


def ahead(tables: Tables, scenario: Scenario, recall: Recaller = plain) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``DemandChapter.rates`` and ``slices`` and nothing else: what the chapters after this one need."""
    operations, zones = tables["operations"], tables["zones"]
    calendar = recall(seen_events, tables["calendar"], operations, scenario)
    pattern = recall(learnt_for_rates, operations, calendar, zones, tables["areas"], scenario, recall)
    coming = _coming(recall(yearly_volume, operations, scenario.as_at), tables, scenario, recall)
    factor = scenario.value("demand_factor")
    annual = annual_rate(None if coming is None else coming.scaled(factor), operations, scenario)
    slices = recall(rate_slices, coming)
    slices = slices.assign(operations=factor * slices["operations"])
    return rates(operations, zones, annual, pattern, scenario, recall), slices


def _coming(yearly: pd.DataFrame, tables: Tables, scenario: Scenario, recall: Recaller = plain) -> Forecast | None:
    """Return the forecast from the log, with the published series of all forces to tell how much years differ."""
    peers = recall(_peers, tables)
    return recall(coming_years, yearly, first_year_not_complete(scenario.as_at), HORIZON, 1.0, peers)


def _peers(tables: Tables) -> NDArray[np.float64]:
    """Return the published yearly counts of all forces (series, years)."""
    return yearly_counts(tables["published_firearms"], breaks=tables["series_breaks"]).to_numpy()


def annual_rate(forecast: Forecast | None, operations: pd.DataFrame, scenario: Scenario) -> float:
    """Return the operations to expect in the coming year [per year].

    The mean rate forecast; without a complete year, what the stretch that the log covers says of the rate; NaN when
    it says nothing.
    """
    if forecast is not None:
        return float(forecast.rate[0])
    covered = log_covers(operations["called_at"], scenario.as_at)
    if covered is None:
        return np.nan
    years = ((covered[1] - covered[0]).days + 1) / DAYS_A_YEAR
    return posterior_rate(len(operations), years).mean * scenario.value("demand_factor")
