"""How often armed crews are called, for what, where and when, and how often they will be.

In: the log of firearms operations, the other work of armed crews, the zones and areas. Out: yearly counts with their
uncertainty, reasons, patterns, committed time, how complete the log is, a forecast for the coming year and the next
four with 50, 80 and 95 % intervals, and the rate of calls in every zone and block of the week that other chapters use.

Counts are small, so a change is stated only when an exact test supports it, and a year that the log does not cover
whole takes no part in any statement about change.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from apstra.demand.forecast import Forecast, coming_years, forecast_annual, forecast_table
from apstra.demand.pattern import by_area, patterns, rates, reasons, week
from apstra.demand.record import committed, completeness, other_demand, unmet
from apstra.demand.volume import log_covers, season, trends, yearly_volume
from apstra.scenario import DAYS_A_YEAR, Scenario, financial_year, first_year_not_complete
from apstra.uncertainty import posterior_rate

HORIZON: Final = 5

__all__ = ["DemandChapter", "Forecast", "assess_demand", "forecast_annual"]


@dataclass(frozen=True, slots=True)
class DemandChapter:
    """The frames of the chapter; counts are operations, times minutes, shares 0 to 1.

    Attributes
    ----------
    yearly, trends, season
        Volume by financial year, first half against second, May to October against November to April (``volume``).
    reasons, patterns, week, by_area, rates
        For what, when and where, and the rate by zone and block (``pattern``).
    committed, unmet, completeness, other
        Committed time, late or missing response on record, the state of the log, other work (``record``).
    forecast
        The coming year and the next four (``forecast``).
    """

    yearly: pd.DataFrame
    trends: pd.DataFrame
    season: pd.DataFrame
    reasons: pd.DataFrame
    patterns: pd.DataFrame
    week: pd.DataFrame
    by_area: pd.DataFrame
    rates: pd.DataFrame
    committed: pd.DataFrame
    unmet: pd.DataFrame
    completeness: pd.DataFrame
    other: pd.DataFrame
    forecast: pd.DataFrame


def assess_demand(
    operations: pd.DataFrame, other_work: pd.DataFrame, zones: pd.DataFrame, areas: pd.DataFrame, scenario: Scenario
) -> DemandChapter:
    """Return the demand chapter: what the log says of the past and what it lets one expect.

    Parameters
    ----------
    operations, other_work, zones, areas
        Tables of the force, nothing in them later than *as at*.
    scenario
        Settings; the assumptions used are ``demand_factor``, ``zone_history_weight`` and ``turnout_minutes``.

    Returns
    -------
    DemandChapter
        Reasons, seasons, areas and rates come from the complete years, or from the whole log while none is complete.
    """
    yearly = yearly_volume(operations, scenario.as_at)
    years = [int(year) for year in yearly.loc[yearly["complete"], "year"]]
    whole = operations.loc[financial_year(operations["called_at"]).isin(years)] if years else operations
    coming = first_year_not_complete(scenario.as_at)
    forecast = coming_years(yearly, coming, HORIZON, scenario.value("demand_factor"))
    return DemandChapter(
        yearly=yearly,
        trends=trends(yearly),
        season=season(whole, years),
        reasons=reasons(whole, years),
        patterns=patterns(whole, zones, areas, scenario),
        week=week(operations),
        by_area=by_area(whole, zones, areas, len(years)),
        rates=rates(whole, zones, annual_rate(forecast, operations, scenario), scenario),
        committed=committed(operations),
        unmet=unmet(operations, scenario.value("turnout_minutes")),
        completeness=completeness(operations, years[-1] if years else None),
        other=other_demand(other_work, scenario),
        forecast=forecast_table(forecast, coming),
    )


def annual_rate(forecast: Forecast | None, operations: pd.DataFrame, scenario: Scenario) -> float:
    """Return the operations to expect in the coming year [per year].

    The mean of the forecast; without a complete year, what the stretch that the log covers says of the rate; NaN when
    it says nothing.
    """
    if forecast is not None:
        return float(forecast.mean[0])
    covered = log_covers(operations["called_at"], scenario.as_at)
    if covered is None:
        return np.nan
    years = ((covered[1] - covered[0]).days + 1) / DAYS_A_YEAR
    return posterior_rate(len(operations), years).mean * scenario.value("demand_factor")
