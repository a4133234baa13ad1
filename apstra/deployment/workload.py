"""How busy the crews are, and how often none is free for a firearms call.

In: who answers in each block (the exact model), the rate and length of firearms operations, and the other work of armed
crews. Out: load and the chance that no crew is free, by block of the week, and again with one, two and three crews
already committed; how busy each crew is; operations in progress at each hour of the week; the load of each policing
area.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from apstra.deployment.availability import Availability, availability
from apstra.deployment.reach import Reach, share, shares, within
from apstra.deployment.travel import MINUTES_AN_HOUR
from apstra.deployment.work import Crews, Work
from apstra.queueing import busy_distribution, simultaneous_incidents
from apstra.recall import Recaller, plain
from apstra.scenario import HOURS_A_WEEK, Scenario

COMMITTED_WORDS: Final = ("", "_one_committed", "_two_committed", "_three_committed")
HALF: Final = 0.5  # an hour is told by its middle


def workload(
    tables: Mapping[str, pd.DataFrame],
    rates: pd.DataFrame,
    work: Work,
    found: Reach,
    scenario: Scenario,
    recall: Recaller = plain,
) -> pd.DataFrame:
    """Return the load on the crews and the chance that none is free for a firearms call, by block.

    Parameters
    ----------
    tables
        ``operation_crews``, ``other_work``.
    rates
        ``zone_id``, ``block``, ``rate_per_hour``, ``mean_minutes`` of firearms operations.

    Returns
    -------
    frame
        ``block``, ``crews`` (on duty, less those committed elsewhere), ``hours_a_year``, ``calls_a_year``, ``within``
        (share of them answered within the standard), ``firearms_load``, ``other_load``, ``offered_load`` [erlangs:
        crews needed at once on average], ``none_free``,
        ``none_free_one_committed``, ``none_free_two_committed``, ``none_free_three_committed`` [probability],
        ``expected_free`` [crews free or on work they can leave], ``fully_crewed`` [share of operations sent all the
        crews they ask for], ``unmet_a_year`` [firearms operations that find no crew free].
    """
    hours = scenario.force.blocks.hours_a_year()
    firearms, calls = recall(_by_block, rates, recall(crews_per_operation, tables["operation_crews"]))
    other = recall(_other_by_block, tables["other_work"])
    table = pd.DataFrame(
        {
            "crews": [one.crews.sum() for one in found.free],
            "hours_a_year": hours,
            "calls_a_year": calls.reindex(hours.index) * hours,
            "within": shares(found.within[:, 0], work.firearms),
            "firearms_load": firearms.reindex(hours.index),
            "other_load": other.reindex(hours.index, fill_value=0.0),
        }
    )
    table["offered_load"] = table["firearms_load"] + table["other_load"]
    table[[f"none_free{words}" for words in COMMITTED_WORDS[: found.unmet.shape[1]]]] = found.unmet
    table["expected_free"] = [float(one.free @ np.arange(one.free.size)) for one in found.free]
    table["fully_crewed"] = [fully_crewed(one, work) for one in found.free]
    table["unmet_a_year"] = table["calls_a_year"] * table["none_free"]
    return table.rename_axis("block").reset_index()


def _by_block(rates: pd.DataFrame, crews: float) -> tuple[pd.Series, pd.Series]:
    """Return the load of firearms operations [erlangs] and their rate [per hour] by block."""
    loads = _firearms(rates, crews).groupby("block")
    return loads["load"].sum(min_count=1), loads["rate_per_hour"].sum(min_count=1)


def _other_by_block(other_work: pd.DataFrame) -> pd.Series:
    """Return the load of other work by block [erlangs]."""
    return _other(other_work).groupby("block")["load"].sum()


def outlook(work: Work, posting: Crews, slices: pd.DataFrame) -> pd.DataFrame:
    """Return what each likely level of the coming year's demand would mean for those who call.

    Parameters
    ----------
    posting
        Crews on duty (blocks, bases).
    slices
        ``probability``, ``operations``, ``factor``: equally likely levels of demand, relative to the rates in ``work``.

    Returns
    -------
    frame
        ``probability``, ``operations`` [a year], ``within`` (share of calls answered within the standard),
        ``none_free`` (share of calls that find no crew free), ``unmet_a_year`` [operations]. The rows are equally
        likely: their mean is what to expect.
    """
    calls = work.firearms.sum(axis=1) * work.hours
    weight = calls / (calls.sum() or np.nan)
    rows = []
    for row in slices.itertuples():
        busier = replace(work, firearms=work.firearms * row.factor)
        found = [availability(busier, block, posted) for block, posted in enumerate(posting)]
        answered = [share(within(work, one.first), rate) for one, rate in zip(found, work.firearms, strict=True)]
        unmet = float(weight @ [one.none_free for one in found])
        rows.append((row.probability, row.operations, float(weight @ answered), unmet, row.operations * unmet))
    columns = ["probability", "operations", "within", "none_free", "unmet_a_year"]
    return pd.DataFrame(rows, columns=columns, dtype=float)


def fully_crewed(found: Availability, work: Work) -> float:
    """Return the share of operations that are sent all the crews they ask for."""
    at_least = found.free[::-1].cumsum()[::-1]
    asked = np.arange(1, work.crews_asked.size + 1)
    return float(work.crews_asked @ np.append(at_least, np.zeros(asked.size))[asked])


def crew_workload(work: Work, posting: Crews, found: Reach, bases: pd.DataFrame, blocks: Sequence[str]) -> pd.DataFrame:
    """Return how busy the crews of each base are.

    Returns
    -------
    frame
        ``block``, ``base_id``, ``crews``; of each crew there: ``workload`` (share of time on work it cannot leave),
        ``busy_share`` (on any work), ``committed_minutes`` (mean for a call it cannot leave, journey included).

    Notes
    -----
    For ``busy_share`` no work yields; what finds no crew free is put off.
    """
    frames = []
    for block, (name, crews) in enumerate(zip(blocks, posting, strict=True)):
        one, any_work = found.free[block], availability(work, block, crews, leaving=False)
        values = {"workload": one.workload, "busy_share": any_work.workload}
        minutes = one.committed_hours * MINUTES_AN_HOUR
        frame = pd.DataFrame({"block": name, "base_id": bases["base_id"], "crews": crews, **values})
        frames.append(frame.assign(committed_minutes=minutes).loc[crews > 0])
    return pd.concat(frames, ignore_index=True)


def simultaneous(rates: pd.DataFrame, work: Work, found: Reach, scenario: Scenario) -> pd.DataFrame:
    """Return how many firearms operations are in progress at each hour of the week.

    Returns
    -------
    frame
        ``season``, ``hour_of_week`` (0 is Monday midnight), ``block``, ``in_progress`` [mean operations],
        ``one_or_more``, ``two_or_more``, ``three_or_more`` [probability], ``beyond_crews`` [probability that they ask
        for more crews than are on duty].

    Notes
    -----
    Operations in progress at an hour are Poisson with the mean of an Mt/M/infinity queue; the crews they ask for,
    compound Poisson.
    """
    blocks = scenario.force.blocks
    known = rates.groupby("block")["rate_per_hour"].sum(min_count=1)
    length = float(rates["mean_minutes"].mean()) / MINUTES_AN_HOUR
    crews = dict(zip(blocks.names, (int(one.crews.sum()) for one in found.free), strict=True))
    sizes = dict(enumerate(work.crews_asked.tolist(), start=1))
    frames = []
    for season in blocks.seasons:
        week = blocks.week(season)
        hourly = week.map(known).to_numpy(float)
        middle = week.index.to_numpy(float) + HALF
        mean = hourly * np.nan
        if np.isfinite(hourly).all() and length > 0:
            mean = np.asarray(simultaneous_incidents(hourly, length, period=HOURS_A_WEEK)(middle))
        table = pd.DataFrame({"season": season, "hour_of_week": week.index, "block": week, "in_progress": mean})
        for number, words in enumerate(("one", "two", "three")):
            table[f"{words}_or_more"] = special.pdtrc(number, mean)
        table["beyond_crews"] = [
            np.nan if np.isnan(load) else 1.0 - busy_distribution(load, sizes)[: crews[block] + 1].sum()
            for load, block in zip(mean, week, strict=True)
        ]
        frames.append(table)
    return pd.concat(frames, ignore_index=True)


def area_load(
    tables: Mapping[str, pd.DataFrame], rates: pd.DataFrame, scenario: Scenario, recall: Recaller = plain
) -> pd.DataFrame:
    """Return the load of each policing area and block that does not yield: what the area's crews must be able to carry.

    Returns
    -------
    frame
        ``area_id``, ``block``, ``firearms_load``, ``other_load`` (that cannot be left) [erlangs].
    """
    areas, blocks = tables["areas"]["area_id"], list(scenario.force.blocks.names)
    fixed = recall(_fixed_by_area, tables["other_work"], tables["zones"])
    every = pd.MultiIndex.from_product([areas, blocks], names=["area_id", "block"])
    load = _firearms(rates, recall(crews_per_operation, tables["operation_crews"]))["load"].to_numpy(float)
    zone = pd.Index(tables["zones"]["zone_id"]).get_indexer(rates["zone_id"])
    home = np.append(pd.Index(areas).get_indexer(tables["zones"]["area_id"]), -1)[zone]  # the last is no zone's
    block = pd.Index(blocks).get_indexer(rates["block"])
    known = (home >= 0) & (block >= 0) & ~np.isnan(load)
    cell, size = home[known] * len(blocks) + block[known], len(every)
    firearms = np.where(np.bincount(cell, minlength=size) > 0, np.bincount(cell, load[known], size), np.nan)
    loads = {"firearms_load": firearms, "other_load": fixed.reindex(every, fill_value=0.0).to_numpy()}
    return pd.DataFrame(loads, index=every).reset_index()


def _fixed_by_area(other_work: pd.DataFrame, zones: pd.DataFrame) -> pd.Series:
    """Return the load of other work that cannot be left, by area and block [erlangs]."""
    other = _other(other_work)
    area = other["zone_id"].map(zones.set_index("zone_id")["area_id"])
    return other.assign(area_id=area).groupby(["area_id", "block"])["fixed"].sum()


def crews_per_operation(operation_crews: pd.DataFrame) -> float:
    """Return the mean number of crews an operation takes [crews]; one where no crew is on record."""
    return float(operation_crews.groupby("operation_id").size().mean()) if len(operation_crews) else 1.0


def _firearms(rates: pd.DataFrame, crews: float) -> pd.DataFrame:
    """Return the rates with ``load``: crews in use at once for operations that take so many on average [erlangs]."""
    length = rates["mean_minutes"] / MINUTES_AN_HOUR
    return rates.assign(load=rates["rate_per_hour"] * length * crews)


def _other(other_work: pd.DataFrame) -> pd.DataFrame:
    """Return the other work with ``load`` and ``fixed``, the part that cannot be left [erlangs]."""
    load = other_work["rate_per_hour"] * other_work["mean_minutes"] / MINUTES_AN_HOUR
    return other_work.assign(load=load, fixed=load * (1.0 - other_work["releasable_share"]))
