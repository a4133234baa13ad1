"""Which conditions hold in each hour that is simulated: block of the week, season, and the events of the calendar.

In: the force's blocks, its zones and its calendar of events. Out: ``Timeline``, for each hour a profile, and for each
profile the block that lends it shifts and rates and the factor by which demand differs from an ordinary day's.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.scenario import YEAR_STARTS_IN, Scenario

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The hours of one replication.

    Attributes
    ----------
    profile
        Number of the profile that holds in each hour (hours,).
    block
        Number of the block of each profile (profiles,).
    factor
        Demand in each zone relative to that of the block (profiles, zones) [ratio].
    """

    profile: Numbers
    block: Numbers
    factor: FloatArray


def year_timeline(scenario: Scenario, zones: pd.DataFrame, calendar: pd.DataFrame) -> Timeline:
    """Return the hours of the financial year assessed, 1 April 00:00 to 31 March 24:00 by a clock without summer time.

    Profiles are the distinct combinations of a block and the events on at once. The factors of events multiply; one
    without a zone holds for the whole force, one of a zone not among ``zones`` for none.

    Parameters
    ----------
    zones
        ``zone_id``.
    calendar
        ``starts_on``, ``ends_on`` (first and last day), ``zone_id``, ``demand_factor``.
    """
    first, end = (pd.Timestamp(year, YEAR_STARTS_IN, 1) for year in (scenario.year, scenario.year + 1))
    hours = pd.Series(pd.date_range(first, end, freq="h", inclusive="left"))
    blocks = scenario.force.blocks
    block = pd.Index(blocks.names).get_indexer(blocks.of(hours))
    day = hours.dt.normalize().to_numpy()
    starts, ends = (calendar[name].to_numpy("datetime64[s]")[:, np.newaxis] for name in ("starts_on", "ends_on"))
    conditions, profile = np.unique(np.vstack([block, (day >= starts) & (day <= ends)]), axis=1, return_inverse=True)
    here = calendar["zone_id"].isna().to_numpy()[:, np.newaxis] | np.equal.outer(
        calendar["zone_id"].to_numpy(object), zones["zone_id"].to_numpy(object)
    )
    effect = np.where(here, calendar["demand_factor"].to_numpy(float)[:, np.newaxis], 1.0)
    factor = np.where(conditions[1:, :, np.newaxis] > 0, effect[:, np.newaxis], 1.0).prod(axis=0)
    return Timeline(profile, conditions[0], factor)


def steady_timeline(block: int, zones: int, hours: int) -> Timeline:
    """Return ``hours`` of one block without events, for ``zones`` zones."""
    return Timeline(np.zeros(hours, np.int64), np.array([block]), np.ones((1, zones)))
