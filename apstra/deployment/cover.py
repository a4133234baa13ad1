"""Cover and nothing else, for a change to be seen at once: who is free, where, when, and on the days of events.

The same functions as the whole chapter, less what takes long (postings, simulation, crews committed), each asked again
only where what it reads has changed. In: the tables, the rates of calls and a scenario. Out: ``Cover``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.deployment.availability import Availability, availability, calls_of
from apstra.deployment.fewest import LEAST, MOST, demand_factors
from apstra.deployment.reach import Reach, place_reach, reach, share, within, zone_reach
from apstra.deployment.ready import crews_free
from apstra.deployment.response import call_standards, observed_response
from apstra.deployment.together import solve_together
from apstra.deployment.travel import travel_times, with_travel_at
from apstra.deployment.work import Crews, Work, crews_on_duty, gather_work, without_far_end
from apstra.deployment.workload import workload
from apstra.recall import Recaller, plain
from apstra.scenario import HOURS_A_DAY, YEAR_STARTS_IN, Blocks, Scenario

NONE_COMMITTED: Final = (0,)
Tables = Mapping[str, pd.DataFrame]
Busy = tuple[str, str, NDArray[np.float64], Work]


@dataclass(frozen=True, slots=True)
class Cover:
    """What crews on duty give, none committed.

    Attributes
    ----------
    travel
        Journeys as they are, with every travel assumption slow, and fast.
    zones, reach, workload, free, response
        As in ``DeploymentChapter``; no columns or rows with crews committed.
    by_demand
        ``block``, ``none_free`` (the chance that no crew is free) and the same with the coming year's demand at the 5
        and the 95 % of its forecast: ``low``, ``high``.
    days
        What ``by_day`` returns.
    """

    travel: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
    zones: pd.DataFrame
    reach: pd.DataFrame
    workload: pd.DataFrame
    free: pd.DataFrame
    response: pd.DataFrame
    by_demand: pd.DataFrame
    days: pd.DataFrame


def cover(
    tables: Tables, rates: pd.DataFrame, slices: pd.DataFrame, scenario: Scenario, recall: Recaller = plain
) -> Cover:
    """Return the cover that crews on duty give; arguments as in ``assess_deployment``.

    Raises
    ------
    ValueError
        If more crews are on duty in a block than the exact model can hold.
    """
    blocks, standards = scenario.force.blocks.names, recall(call_standards, tables["response_standards"])
    at = [scenario, *(with_travel_at(scenario, slow=slow) for slow in (True, False))]
    travel = [recall(travel_times, tables["bases"], tables["zones"], tables["travel"], one) for one in at]
    works = [recall(gather_work, tables, rates, trip, standards, one, recall)
             for trip, one in zip(travel, at, strict=True)]  # fmt: skip
    duty, *_ = on_duty = [recall(rostered, tables, work, scenario, recall) for work in works]
    ahead = [recall(_busier, works[0], factor) for factor in demand_factors(slices, (LEAST, MOST))]
    days = recall(busy_days, works[0], tables, scenario, recall)
    recall(_solved, (*works, *ahead), (*on_duty, duty, duty), days)
    found, *ends = (recall(_reached, work, crews) for work, crews in zip(works, on_duty, strict=True))
    least, most = (recall(_none_free, work, duty) for work in ahead)
    now = np.array([one.none_free for one in found.free])
    return Cover(
        travel=(travel[0], travel[1], travel[2]),
        zones=recall(zone_reach, works[0], found, tables, blocks),
        reach=recall(place_reach, works[0], found, (ends[0], ends[1]), tables, blocks),
        workload=recall(workload, tables, rates, works[0], found, scenario, recall),
        free=recall(_free, found.free, tuple(works), tables["bases"], blocks),
        response=recall(observed_response, tables["operations"], tables["zones"], tables["areas"], standards),
        by_demand=pd.DataFrame({"block": blocks, "none_free": now, "low": least, "high": most}),
        days=recall(by_day, works[0], found.free, days, scenario.force.blocks),
    )


def rostered(tables: Tables, work: Work, scenario: Scenario, recall: Recaller = plain) -> Crews:
    """Return the crews on duty (blocks, bases), less those committed at the far end of the force."""
    away = round(scenario.value("crews_committed_elsewhere"))
    return without_far_end(recall(crews_on_duty, tables, scenario.force.blocks.names), work.minutes, away)


def _reached(work: Work, duty: Crews) -> Reach:
    """Return who answers with no crew committed."""
    return reach(work, duty, committed=NONE_COMMITTED)


def _free(
    found: Sequence[Availability], works: tuple[Work, ...], bases: pd.DataFrame, blocks: Sequence[str]
) -> pd.DataFrame:
    """Return how many crews are free together at the bases nearest to each zone."""
    return crews_free(found, [work.minutes for work in works], bases, blocks)


def _busier(work: Work, factor: float) -> Work:
    """Return the work with so many times the calls."""
    return replace(work, firearms=work.firearms * factor)


def _solved(works: tuple[Work, ...], duties: tuple[Crews, ...], days: tuple[Busy, ...]) -> None:
    """Find at once who is free with the crews on duty for each work, and on the days of events."""
    asked = [(calls_of(work, block), crews) for work, duty in zip(works, duties, strict=True)
             for block, crews in enumerate(duty)]  # fmt: skip
    asked += [(calls_of(busier, block), duties[0][block]) for *_, hours, busier in days
              for block in np.flatnonzero(hours).tolist()]  # fmt: skip
    solve_together(asked)


def _none_free(work: Work, duty: Crews) -> list[float]:
    """Return the chance that no crew is free in each block."""
    return [availability(work, block, crews).none_free for block, crews in enumerate(duty)]


def busy_days(work: Work, tables: Tables, scenario: Scenario, recall: Recaller = plain) -> tuple[Busy, ...]:
    """Return each event with a day in the year assessed or the next: id, name, hours of each block (B,) and the work.

    Events that fall on one day are told one by one, not together.
    """
    zones, found = tables["zones"]["zone_id"].to_numpy(object), []
    for event in tables["calendar"].itertuples():
        hours = recall(_hours_of, event.starts_on, event.ends_on, scenario.year, scenario.force.blocks)
        if hours.any():
            near = pd.isna(event.zone_id) | (zones == event.zone_id)
            busier = replace(work, firearms=work.firearms * np.where(near, event.demand_factor, 1.0))
            found.append((event.event_id, event.name, hours, busier))
    return tuple(found)


def by_day(work: Work, found: Sequence[Availability], days: Sequence[Busy], blocks: Blocks) -> pd.DataFrame:
    """Return cover in each season, events left out, and on the days of each event that ``busy_days`` returns.

    Returns
    -------
    frame
        ``event_id`` (blank for a season), ``name``, ``days``, ``calls`` [operations a day], ``within`` the standard
        [share of calls], ``none_free`` [probability, mean over the hours].
    """
    rows: list[tuple[object, ...]] = []
    for season in blocks.seasons:
        hours = np.array([name.endswith(f"-{season}") for name in blocks.names]) * work.hours
        rows.append((None, season, hours.sum() / HOURS_A_DAY, *_cover_of(work, found, hours)))
    for event_id, name, hours, busier in days:
        there = [availability(busier, n, one.crews) if hours[n] else one for n, one in enumerate(found)]
        rows.append((event_id, name, hours.sum() / HOURS_A_DAY, *_cover_of(busier, there, hours)))
    return pd.DataFrame(rows, columns=["event_id", "name", "days", "calls", "within", "none_free"])


def _days_of(first: pd.Timestamp, last: pd.Timestamp, year: int) -> pd.DatetimeIndex:
    """Return the days of an event that lie in a financial year or the next."""
    days = pd.date_range(first, last)
    begins, ends = pd.Timestamp(year, YEAR_STARTS_IN, 1), pd.Timestamp(year + 2, YEAR_STARTS_IN, 1)
    return days[(days >= begins) & (days < ends)]


def _hours_of(first: pd.Timestamp, last: pd.Timestamp, year: int, blocks: Blocks) -> np.ndarray:
    """Return how many hours of an event's days within the two years fall in each block (B,) [hours]."""
    days = _days_of(first, last, year)
    hours = pd.Series((days.to_numpy()[:, np.newaxis] + np.arange(HOURS_A_DAY).astype("timedelta64[h]")).ravel())
    return blocks.of(hours).value_counts().reindex(list(blocks.names), fill_value=0).to_numpy(float)


def _cover_of(work: Work, found: Sequence[Availability], hours: np.ndarray) -> tuple[float, float, float]:
    """Return calls a day, the share of them within the standard and the chance that no crew is free, over hours."""
    calls = work.firearms * hours[:, np.newaxis]
    met = within(work, np.array([one.first for one in found]))
    none_free = float(np.average([one.none_free for one in found], weights=hours)) if hours.any() else np.nan
    return float(calls.sum() / hours.sum() * HOURS_A_DAY) if hours.any() else np.nan, share(met, calls), none_free
