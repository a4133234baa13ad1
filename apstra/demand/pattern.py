"""For what, where and when armed crews are called.

In: the log, zones, areas and the calendar. Out: reasons, the pattern over hour, weekday, month, season and area, and
the rate of calls in every zone and block, in which a zone with three operations borrows from what is expected of it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.demand.days import event_span
from apstra.demand.intensity import Pattern, fit_pattern
from apstra.demand.record import committed_minutes
from apstra.demand.volume import SMALL_COUNT, direction, exact_share, log_covers, rate_ratio
from apstra.recall import Recaller, plain
from apstra.scenario import DAYS_A_YEAR, HOURS_A_DAY, Scenario, financial_year, first_year_not_complete
from apstra.uncertainty import poisson_limits

STRETCH_HOURS: Final = 3
PER_PEOPLE: Final = 100_000
PER_VISITORS: Final = 1_000_000
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "April", "May", "June", "July", "August", "September", "October", "November", "December", "January", "February",
    "March",
)  # fmt: skip


def reasons(operations: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """Return operations by recorded reason, and the last year against the mean of the years before.

    Parameters
    ----------
    operations
        Operations of the complete years, or of the whole log while none is complete.
    years
        The complete financial years, oldest first.

    Returns
    -------
    frame
        ``reason``, ``operations``, ``share`` with exact 95 % limits, ``last_year``, ``before`` [operations a year],
        ``ratio``, ``low``, ``high``, ``change``: more, fewer, no clear change, or too few to say; most frequent first.
    """
    year = financial_year(operations["called_at"])
    years_before = max(len(years) - 1, 0)
    shares = _shares(operations["reason"], sorted(operations["reason"].unique()))
    shares = shares.rename(columns={"value": "reason", "low": "share_low", "high": "share_high"})
    now = operations.loc[year == (years[-1] if years else year.max()), "reason"].value_counts()
    rows = []
    for reason, total in zip(shares["reason"], shares["operations"], strict=True):
        latest, earlier = int(now.get(reason, 0)), int(total - now.get(reason, 0))
        before = earlier / years_before if years_before else np.nan
        ratio, low, high = rate_ratio(latest, 1, earlier, years_before) if years_before else (np.nan, np.nan, np.nan)
        few = not years_before or max(latest, before) < SMALL_COUNT
        change = "too few to say" if few else direction(low, high, ("more", "fewer", "no clear change"))
        rows.append((latest, before, ratio, low, high, change))
    columns = ["last_year", "before", "ratio", "low", "high", "change"]
    table = pd.concat([shares, pd.DataFrame(rows, columns=columns)], axis=1)
    return table.sort_values(["operations", "reason"], ascending=[False, True], ignore_index=True)


def _shares(values: pd.Series, order: Sequence[object]) -> pd.DataFrame:
    """Return how many of ``values`` are each of ``order``, with share and exact 95 % limits."""
    counts = values.value_counts().reindex(list(order), fill_value=0).astype(int)
    of = int(counts.sum())
    limits = [exact_share(int(count), of) for count in counts]
    return pd.DataFrame(
        {
            "value": [str(value) for value in order],
            "operations": counts.to_numpy(),
            "share": counts.to_numpy() / of if of else np.full(len(counts), np.nan),
            "low": [low for low, _ in limits],
            "high": [high for _, high in limits],
        }
    )


def patterns(operations: pd.DataFrame, zones: pd.DataFrame, areas: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the share of operations by hour, shift, weekday, month, season and area, with exact 95 % limits.

    Returns
    -------
    frame
        ``dimension``, ``value`` (as text), ``operations``, ``share``, ``low``, ``high``, ``even``: the share if
        operations fell evenly over time, or over residents for areas.
    """
    called, blocks = operations["called_at"].dt, scenario.force.blocks
    block, hours = blocks.of(operations["called_at"]), blocks.hours_a_year()
    month = pd.date_range("2001-01-01", "2001-12-31").month_name().value_counts()
    people = _people(zones, areas).set_axis(areas["area_id"])
    kinds: dict[str, tuple[pd.Series, pd.Series]] = {
        "hour": (called.hour, pd.Series(1.0, index=range(HOURS_A_DAY))),
        "shift": (_part(block, 0), hours.groupby(_part(hours.index.to_series(), 0), sort=False).sum()),
        "weekday": (called.day_name(), pd.Series(1.0, index=WEEKDAYS)),
        "month": (called.month_name(), month.reindex(MONTHS)),
        "season": (_part(block, -1), hours.groupby(_part(hours.index.to_series(), -1), sort=False).sum()),
        "area": (_area_of(operations, zones), people),
    }
    frames = [
        _shares(values, list(even.index)).assign(dimension=name, even=(even / even.sum()).to_numpy(float))
        for name, (values, even) in kinds.items()
    ]
    columns = ["dimension", "value", "operations", "share", "low", "high", "even"]
    return pd.concat(frames, ignore_index=True)[columns]


def _part(block: pd.Series, place: int) -> pd.Series:
    """Return the shift (0) or the season (-1) of blocks named ``shift-days-season``."""
    return block.str.rsplit("-", n=2).str[place]


def week(operations: pd.DataFrame) -> pd.DataFrame:
    """Return operations by weekday and three-hour stretch of the call, every stretch of the week listed.

    Returns
    -------
    frame
        ``weekday``, ``from_hour``, ``to_hour``, ``operations``.
    """
    called = operations["called_at"].dt
    starts = range(0, HOURS_A_DAY, STRETCH_HOURS)
    every = pd.MultiIndex.from_product([WEEKDAYS, starts], names=["weekday", "from_hour"])
    when = pd.MultiIndex.from_arrays([called.day_name(), called.hour // STRETCH_HOURS * STRETCH_HOURS])
    counts = when.value_counts().reindex(every, fill_value=0).astype(int).rename("operations").reset_index()
    return counts.assign(to_hour=counts["from_hour"] + STRETCH_HOURS)[["weekday", "from_hour", "to_hour", "operations"]]


def by_area(operations: pd.DataFrame, zones: pd.DataFrame, areas: pd.DataFrame, years: int) -> pd.DataFrame:
    """Return operations by policing area, a year and for every 100,000 residents.

    Returns
    -------
    frame
        ``area_id``, ``name``, ``operations``, ``per_year``, ``per_100k`` with ``low`` and ``high`` (exact 95 % limits)
        [operations a year for every 100,000 residents], ``visitors_a_year``, ``per_million_visitors``; blank where no
        year is complete or the area's population or visitors are not known.
    """
    count = _area_of(operations, zones).value_counts().reindex(areas["area_id"], fill_value=0).to_numpy(int)
    people = _people(zones, areas)
    person_years = people.where(people > 0).to_numpy(float) * (years or np.nan) / PER_PEOPLE
    visits = areas["visitors_a_year"].where(areas["visitors_a_year"] > 0).to_numpy(float) / PER_VISITORS
    limits = np.array([poisson_limits(int(one)) for one in count]).reshape(-1, 2)
    return pd.DataFrame(
        {
            "area_id": areas["area_id"].to_numpy(),
            "name": areas["name"].to_numpy(),
            "operations": count,
            "per_year": count / (years or np.nan),
            "per_100k": count / person_years,
            "low": limits[:, 0] / person_years,
            "high": limits[:, 1] / person_years,
            "visitors_a_year": areas["visitors_a_year"].to_numpy(float),
            "per_million_visitors": count / (years or np.nan) / visits,
        }
    )


def _people(zones: pd.DataFrame, areas: pd.DataFrame) -> pd.Series:
    """Return the residents of each area [persons]: as stated, else those of its zones."""
    return areas["population"].fillna(areas["area_id"].map(zones.groupby("area_id")["population"].sum())).astype(float)


def _area_of(operations: pd.DataFrame, zones: pd.DataFrame) -> pd.Series:
    """Return the policing area of each operation."""
    return operations["zone_id"].map(zones.set_index("zone_id")["area_id"])


def learnt(
    operations: pd.DataFrame,
    calendar: pd.DataFrame,
    zones: pd.DataFrame,
    areas: pd.DataFrame,
    scenario: Scenario,
    recall: Recaller = plain,
    *,
    hourly: bool = True,
) -> Pattern | None:
    """Return the pattern in time and place that the log supports; nothing without an operation.

    Parameters
    ----------
    operations
        The whole log: every stretch it covers says something of the pattern.
    zones, areas
        Residents and demand weight of each zone; visitors of each area, shared over its zones by residents, as further
        exposure.
    recall, hourly
        As for ``fit_pattern``.
    """
    covered = log_covers(operations["called_at"], scenario.as_at)
    if covered is None:
        return None
    exposed = recall(_exposed, zones, areas)
    return fit_pattern(operations, calendar, zones=exposed, period=covered, hourly=hourly, recall=recall)


def _exposed(zones: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return zones with ``visitors`` present on a mean day."""
    people = zones.groupby("area_id")["population"].transform("sum")
    visitors = zones["area_id"].map(areas.set_index("area_id")["visitors_a_year"]) / DAYS_A_YEAR
    present = (visitors * zones["population"] / people.where(people > 0)).fillna(0.0)
    return zones.assign(visitors=present)


def learnt_for_rates(
    operations: pd.DataFrame,
    calendar: pd.DataFrame,
    zones: pd.DataFrame,
    areas: pd.DataFrame,
    scenario: Scenario,
    recall: Recaller = plain,
) -> Pattern | None:
    """Return the pattern as far as rates depend on it."""
    return learnt(operations, calendar, zones, areas, scenario, recall, hourly=False)


def seen_events(calendar: pd.DataFrame, operations: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the events that have a day in what the log covers: of the calendar, rates depend on these alone."""
    covered = log_covers(operations["called_at"], scenario.as_at)
    if covered is None or calendar.empty:
        return calendar
    start, end = event_span(calendar)
    return calendar.loc[(start <= covered[1]) & (end >= covered[0])]


def kept(pattern: Pattern | None) -> dict[str, pd.DataFrame]:
    """Return what the pattern kept: ``terms``, ``dispersion`` and ``shares`` of zones; no row without a pattern."""
    if pattern is None:
        columns = {"terms": ["term", "ratio", "low", "high"], "dispersion": ["scale", "alpha", "p_value"],
                   "shares": ["zone", "observed", "prior", "share"]}  # fmt: skip
        return {name: pd.DataFrame(columns=names) for name, names in columns.items()}
    return {"terms": pattern.terms, "dispersion": pattern.dispersion, "shares": pattern.zones}


def rates(
    operations: pd.DataFrame,
    zones: pd.DataFrame,
    annual: float,
    pattern: Pattern | None,
    scenario: Scenario,
    recall: Recaller = plain,
) -> pd.DataFrame:
    """Return the rate of firearms operations in every zone and block, and how long one lasts.

    Parameters
    ----------
    operations
        Operations the length is learnt from.
    annual
        Operations to expect in the coming year [per year]; NaN when nothing is known.
    pattern
        When and where they fall, the calendar's events left out, which a year played through adds day by day; without
        one, evenly over time and by demand weight over zones.

    Returns
    -------
    frame
        ``zone_id``, ``block``, ``rate_per_hour`` [operations an hour of that block], ``mean_minutes`` [minutes from
        assigned, else called, to cleared]. Over the hours of a year the rates sum to ``annual``.
    """
    of_year = scenario.force.blocks.hours_a_year()
    calls = recall(_calls, zones, pattern, scenario, recall)
    rate = annual * calls / (calls.sum() or np.nan) / of_year.to_numpy()
    grid = pd.MultiIndex.from_product([zones["zone_id"], of_year.index], names=["zone_id", "block"])
    length = recall(_mean_length, operations)
    return pd.DataFrame({"rate_per_hour": rate.ravel(), "mean_minutes": length}, index=grid).reset_index()


def _mean_length(operations: pd.DataFrame) -> float:
    """Return how long an operation lasts on average [minutes]."""
    return float(committed_minutes(operations).mean())


def _calls(zones: pd.DataFrame, pattern: Pattern | None, scenario: Scenario, recall: Recaller) -> NDArray[np.float64]:
    """Return how the calls of a year fall on zones and blocks (Z, B), in any unit."""
    if pattern is None:
        return np.outer(_expected_shares(zones), scenario.force.blocks.hours_a_year())
    (hours, block), shares = recall(_coming_hours, scenario), pattern.zones.set_index("zone")["share"]
    of_block = np.bincount(block, pattern.ordinary(hours), len(scenario.force.blocks.names))
    return np.outer(shares.reindex(zones["zone_id"]), of_block)


def _coming_hours(scenario: Scenario) -> tuple[pd.DatetimeIndex, NDArray[np.int_]]:
    """Return the hours of the coming year, and the block of each, by its place among the blocks."""
    first, blocks = first_year_not_complete(scenario.as_at), scenario.force.blocks
    hours = pd.date_range(f"{first}-04-01", f"{first + 1}-04-01", freq="h", inclusive="left")
    return hours, pd.Index(blocks.names).get_indexer(blocks.of(pd.Series(hours)))


def _expected_shares(zones: pd.DataFrame) -> pd.Series:
    """Return the share of demand expected of each zone: by demand weight, else population, else equal."""
    for name in ("demand_weight", "population"):
        weights = zones.set_index("zone_id")[name].fillna(0.0)
        if weights.sum() > 0:
            return weights / weights.sum()
    return pd.Series(1.0 / max(len(zones), 1), index=zones["zone_id"])
