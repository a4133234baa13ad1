"""What share of calls a crew answers within the standard, how long they wait, and what is left with crews committed.

In: ``Work`` and the crews on duty by block. Out: response by zone and block, and shares and times for the force, its
policing areas and its districts, over the year and in the worst block, with none, one, two and three crews already
committed. The crews committed are those an operation would take: the nearest to where it is, wherever calls come from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.deployment.availability import Availability, availability
from apstra.deployment.work import Crews, FloatArray, Work

COMMITTED: Final = (0, 1, 2, 3)
ALL: Final = "all"
FORCE, AREA, DISTRICT = "force", "area", "district"
MEDIAN, TAIL = 0.5, 0.9
MOMENTS: Final = tuple(range(5, 125, 5))  # minutes since the call
TIE: Final = 1e-6  # of two blocks with the same share within the standard, that with more calls unmet is worse
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Who answers, by block (B), crews committed (K: 0, 1, 2, 3), zone (Z) and base (A).

    Attributes
    ----------
    free
        The answer with none committed, by block.
    first
        Probability that the first crew comes from each base (B, K, Z, A), the mean over which crews are committed, by
        where calls come from; what is missing to 1 finds no crew free.
    within, worst
        Probability that it comes within the standard (B, K, Z), that mean and the least over which crews are committed;
        NaN where there is no standard.
    unmet
        Probability that no crew is free (B, K).
    """

    free: Sequence[Availability]
    first: FloatArray
    within: FloatArray
    worst: FloatArray
    unmet: FloatArray


def reach(work: Work, posting: Crews, committed: Sequence[int] = COMMITTED) -> Reach:
    """Return who answers in every block with none, one, two and three crews committed."""
    zones, bases = work.minutes.shape
    first = np.zeros((len(posting), len(committed), zones, bases))
    worst, unmet = np.zeros(first.shape[:3]), np.zeros(first.shape[:2])
    free = [availability(work, block, crews) for block, crews in enumerate(posting)]
    for block, crews in enumerate(posting):
        for number, gone in enumerate(committed):
            sets = committed_sets(work, block, crews, gone) if gone else [(np.zeros_like(crews), 1.0)]
            left = [
                free[block] if not gone else availability(work, block, crews - taken, near=free[block])
                for taken, _ in sets
            ]
            come = np.array([one.first for one in left])
            first[block, number] = np.tensordot([weight for _, weight in sets], come, 1)
            worst[block, number] = within(work, come).min(axis=0)
            unmet[block, number] = sum(weight * one.none_free for one, (_, weight) in zip(left, sets, strict=True))
    return Reach(free, first, within(work, first), worst, unmet)


def committed_sets(work: Work, block: int, crews: Crews, gone: int) -> list[tuple[Crews, float]]:
    """Return the crews (bases,) that an operation asking for ``gone`` takes, and how likely, by where calls come from.

    All crews go where fewer than ``gone`` are on duty.
    """
    homes = np.repeat(np.arange(crews.size), crews)
    nearest = np.argsort(work.minutes[:, homes], axis=1, kind="stable")[:, :gone]
    taken = np.zeros((len(nearest), crews.size), np.int64)
    np.add.at(taken, (np.arange(len(nearest))[:, np.newaxis], homes[nearest]), 1)
    rate = np.nan_to_num(work.firearms[block])
    share = rate / rate.sum() if rate.any() else np.full(rate.size, 1.0 / max(rate.size, 1))
    sets, place = np.unique(taken, axis=0, return_inverse=True)
    likely = np.bincount(place.ravel(), share, minlength=len(sets))
    return [(one, float(weight)) for one, weight in zip(sets, likely, strict=True) if weight > 0] or [(crews, 1.0)]


def within(work: Work, first: FloatArray) -> FloatArray:
    """Return the probability that a crew answers within the zone's standard; blank where there is none."""
    near = work.turnout + work.minutes <= work.standard[:, np.newaxis]
    return np.where(np.isnan(work.standard), np.nan, (first * near).sum(axis=-1))


def areas(tables: Tables) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Give name and zones (Z,) of the force and of each policing area."""
    yield from ((place, inside) for kind, place, inside in places(tables) if kind != DISTRICT)


def places(tables: Tables) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Give kind, name and zones (Z,) of the force, of each policing area and of each district."""
    zones = tables["zones"]
    area_of, district_of = (zones[name].to_numpy(object) for name in ("area_id", "district"))
    yield FORCE, ALL, np.ones(len(zones), bool)
    for area in tables["areas"]["area_id"]:
        yield AREA, str(area), np.equal(area_of, area).astype(bool)
    for district in zones["district"].dropna().unique():
        yield DISTRICT, str(district), np.equal(district_of, district).astype(bool)


def place_reach(
    work: Work, found: Reach, ends: tuple[Reach, Reach], tables: Tables, blocks: Sequence[str]
) -> pd.DataFrame:
    """Return shares within the standard and times to the first crew, by place and crews committed.

    Parameters
    ----------
    ends
        The same with every travel assumption at the unfavourable, the favourable end of its range, none committed.

    Returns
    -------
    frame
        ``kind`` (force, area, district), ``place``, ``committed``, ``demand_share`` and ``population_share`` of calls
        (of people) answered within the standard, over the year; ``low``, ``high`` of ``demand_share`` over the range of
        the travel assumptions (none committed); ``worst_share`` (each zone's worst crews committed), ``unmet_share``
        that find no crew free; ``mean_minutes``, ``median``, ``p90`` of the calls answered [minutes]; ``calls_a_year``,
        ``late_a_year`` (not answered within the standard, unmet ones among them), ``worst_block`` and
        ``worst_block_share`` of calls.
    """
    columns = ["kind", "place", "committed", "demand_share", "population_share", "low", "high", "worst_share",
               "unmet_share", "mean_minutes", "median", "p90", "calls_a_year", "late_a_year", "worst_block",
               "worst_block_share"]  # fmt: skip
    rows = []
    for kind, place, inside in places(tables):
        calls = work.firearms * work.hours[:, np.newaxis] * inside
        people = tables["zones"]["population"].to_numpy(float) * work.hours[:, np.newaxis] * inside
        extent = [share(one.within[:, 0], calls) for one in ends]
        for number, gone in enumerate(COMMITTED[: found.first.shape[1]]):
            within, first = found.within[:, number], found.first[:, number]
            met = share(within, calls)
            by_block = shares(within, calls)
            worst = int(np.nanargmin(by_block)) if np.isfinite(by_block).any() else 0
            rows.append(
                (kind, place, gone, met, share(within, people), *((np.nan, np.nan) if gone else extent),
                 share(found.worst[:, number], calls), 1.0 - share(first.sum(axis=-1), calls),
                 *_times(work.turnout + work.minutes, calls[:, :, np.newaxis] * first), calls.sum(),
                 calls.sum() * (1.0 - met), blocks[worst], by_block[worst])
            )  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def share(values: FloatArray, weights: FloatArray) -> float:
    """Return the weighted mean of ``values`` where they are known; blank where nothing with weight is."""
    known = ~np.isnan(values)
    total = float(weights[known].sum())
    return float((values[known] * weights[known]).sum() / total) if total > 0 else np.nan


def shares(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return ``share`` of each row of ``values`` (rows, columns): (rows,)."""
    counted = np.where(np.isnan(values), 0.0, weights)
    total = counted.sum(axis=1)
    return np.divide(
        (np.nan_to_num(values) * counted).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0
    )


def _times(minutes: FloatArray, weights: FloatArray) -> tuple[float, float, float]:
    """Return mean, median and 90th percentile of ``minutes`` (Z, A) with ``weights`` (B, Z, A) [minutes]."""
    weight = weights.sum(axis=0).ravel()
    if not weight.sum() > 0:
        return (np.nan, np.nan, np.nan)
    order = np.argsort(minutes, axis=None)
    passed = np.cumsum(weight[order]) / weight.sum()
    at = np.minimum(np.searchsorted(passed, (MEDIAN, TAIL)), order.size - 1)
    median, tail = minutes.ravel()[order][at].tolist()
    return (float((minutes.ravel() * weight).sum() / weight.sum()), median, tail)


def standard_reach(work: Work, found: Reach, tables: Tables, blocks: Sequence[str]) -> pd.DataFrame:
    """Return what share of calls a crew answers within each of the force's standards, none committed.

    Returns
    -------
    frame
        ``area_id``, ``kind``, ``minutes`` and ``target`` share of the standard, ``expected`` share of the area's calls
        over the year, ``worst_block`` and ``worst_expected`` in it.
    """
    calls, minutes = work.firearms * work.hours[:, np.newaxis], work.turnout + work.minutes
    rows = []
    for row in tables["response_standards"].itertuples():
        inside = (tables["zones"]["area_id"] == row.area_id).to_numpy(bool)
        within, here = (found.first[:, 0] * (minutes <= row.minutes)).sum(axis=-1), calls * inside
        by_block = shares(within, here)
        worst = int(np.nanargmin(by_block)) if np.isfinite(by_block).any() else 0
        rows.append(
            (row.area_id, row.kind, row.minutes, row.share, share(within, here), blocks[worst], by_block[worst])
        )
    columns = ["area_id", "kind", "minutes", "target", "expected", "worst_block", "worst_expected"]
    return pd.DataFrame(rows, columns=columns)


def zone_reach(work: Work, found: Reach, tables: Tables, blocks: Sequence[str]) -> pd.DataFrame:
    """Return who answers in each zone, and how soon, over the year's calls and in the block that is worst for it.

    Returns
    -------
    frame
        ``zone_id``, ``name``, ``area_id``, ``district``, ``lat``, ``lon``, ``population``, ``demand_weight``,
        ``standard`` [minutes], ``calls_a_year``, ``base_id`` (most often first), ``minutes`` to the first crew of the
        calls answered [minutes], ``within`` the standard, ``within_1``, ``within_2``, ``within_3`` with crews
        committed, ``unmet`` [shares], ``worst_block``, ``worst_within`` and ``worst_minutes`` in it.
    """
    columns = ["zone_id", "name", "area_id", "district", "lat", "lon", "population", "demand_weight"]
    bases, minutes = tables["bases"]["base_id"].to_numpy(object), work.turnout + work.minutes
    weight = work.firearms * work.hours[:, np.newaxis]
    weight = np.where(np.isnan(weight) | (weight.sum(axis=0) == 0), work.hours[:, np.newaxis], weight)
    weight = weight / weight.sum(axis=0)
    first = np.einsum("bz,bkza->kza", weight, found.first)
    worst = np.argmin(np.nan_to_num(found.within[:, 0], nan=np.inf) - found.first[:, 0].sum(axis=-1) * TIE, axis=0)
    at_worst = found.first[worst, 0, np.arange(len(worst))]
    table = tables["zones"][columns].assign(
        standard=work.standard, calls_a_year=work.hours @ work.firearms, minutes=_mean(first[0], minutes)
    )
    table["base_id"] = bases[first[0].argmax(axis=1)] if bases.size else None
    for number, name in enumerate(("within", "within_1", "within_2", "within_3")[: len(first)]):
        table[name] = (weight * found.within[:, number]).sum(axis=0)
    table["unmet"] = 1.0 - first[0].sum(axis=-1)
    table["worst_block"] = np.array(blocks, dtype=object)[worst]
    return table.assign(
        worst_within=found.within[worst, 0, np.arange(len(worst))], worst_minutes=_mean(at_worst, minutes)
    )


def _mean(first: FloatArray, minutes: FloatArray) -> FloatArray:
    """Return the mean minutes to the first crew of the calls answered, by zone; blank where none is."""
    answered = first.sum(axis=1)
    return np.divide((first * minutes).sum(axis=1), answered, out=np.full(len(answered), np.nan), where=answered > 0)


def answered(work: Work, found: Reach, tables: Tables) -> pd.DataFrame:
    """Return the share of a year's calls that have a crew by so many minutes, for the force and each policing area.

    Returns
    -------
    frame
        ``place`` (all, or an area), ``committed``, ``minutes`` since the call, ``share`` of all calls, those that find
        no crew free among them.
    """
    minutes = work.turnout + work.minutes
    rows = []
    for place, inside in areas(tables):
        calls = work.firearms * work.hours[:, np.newaxis] * inside
        for number, gone in enumerate(COMMITTED):
            weight = (calls[:, :, np.newaxis] * found.first[:, number]).sum(axis=0)
            shares = [weight[minutes <= by].sum() / calls.sum() if calls.sum() > 0 else np.nan for by in MOMENTS]
            rows += [(place, gone, by, one) for by, one in zip(MOMENTS, shares, strict=True)]
    return pd.DataFrame(rows, columns=["place", "committed", "minutes", "share"])


def arrival(work: Work, found: Reach, tables: Tables, blocks: Sequence[str]) -> pd.DataFrame:
    """Return the distribution of the time to the first crew, none committed, by block and zone.

    Returns
    -------
    frame
        ``block``, ``zone_id``, ``base_id``, ``minutes`` from call to arrival, ``probability``; what is missing to 1
        finds no crew free.
    """
    block, zone, base = np.nonzero(np.nan_to_num(found.first[:, 0]))
    return pd.DataFrame(
        {
            "block": np.array(blocks, dtype=object)[block],
            "zone_id": tables["zones"]["zone_id"].to_numpy()[zone],
            "base_id": tables["bases"]["base_id"].to_numpy()[base],
            "minutes": work.turnout + work.minutes[zone, base],
            "probability": found.first[block, 0, zone, base],
        }
    )
