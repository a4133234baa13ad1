"""What armed crews are called to, where, how often and for how long, and how far it is.

In: zones, bases, travel times, the rate of firearms operations, the crews they take and the other work of armed crews.
Out: ``Work``, the same numbers as arrays, which the exact model and the simulation share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.deployment.travel import MINUTES_AN_HOUR
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario

FloatArray = NDArray[np.float64]
Crews = NDArray[np.int64]
Cells = tuple[NDArray[np.intp], NDArray[np.intp], tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Calls and journeys: B blocks, Z zones, A bases, in the order of the scenario's blocks and of the tables.

    Attributes
    ----------
    firearms, fixed, releasable
        Rate of firearms operations, of other work that cannot be left and of other work that can (B, Z) [per hour].
    crews_asked
        Probability that a firearms operation asks for 1, 2, ... crews (sizes,).
    scene_hours
        Mean time on scene of the first, second, ... crew of an operation (sizes,) [hours].
    fixed_hours, releasable_hours
        Mean time a crew is committed to one job of other work, journey included (B, Z) [hours].
    minutes
        Travel from base to zone (Z, A) [minutes].
    turnout
        From call to a crew on the move [minutes].
    standard
        The zone's response standard from call to arrival (Z,) [minutes]; NaN where there is none.
    hours
        Hours of each block in a year (B,) [hours/year].
    """

    firearms: FloatArray
    fixed: FloatArray
    releasable: FloatArray
    crews_asked: FloatArray
    scene_hours: FloatArray
    fixed_hours: FloatArray
    releasable_hours: FloatArray
    minutes: FloatArray
    turnout: float
    standard: FloatArray
    hours: FloatArray


def gather_work(
    tables: Mapping[str, pd.DataFrame],
    rates: pd.DataFrame,
    travel: pd.DataFrame,
    standards: pd.DataFrame,
    scenario: Scenario,
    recall: Recaller = plain,
) -> Work:
    """Return what crews are called to and how far it is, as arrays.

    Parameters
    ----------
    tables
        ``zones``, ``bases``, ``operations``, ``operation_crews``, ``other_work``.
    rates
        ``zone_id``, ``block``, ``rate_per_hour``, ``mean_minutes`` of firearms operations.
    travel
        Every zone for the first base, then for the second, as ``travel_times`` returns it.
    standards
        ``minutes`` by area.

    Notes
    -----
    Time on scene is what the log says lies between a crew's arrival and its being free again; where no crew has both,
    it is what remains of the operations' length after turnout and the mean journey.
    """
    blocks = scenario.force.blocks.hours_a_year()
    minutes = travel["minutes"].to_numpy(float).reshape(len(tables["bases"]), len(tables["zones"])).T
    other = recall(_other_work, tables["other_work"], tables["zones"], tuple(blocks.index))
    (fixed, fixed_hours), (releasable, releasable_hours) = other
    turnout = scenario.value("turnout_minutes")
    longest = float(rates["mean_minutes"].mean()) if len(rates) else np.nan
    journey = turnout + (float(minutes.min(axis=1).mean()) if minutes.size else 0.0)
    sent, seen = tables["operation_crews"], max(longest - journey, 0.0) / MINUTES_AN_HOUR
    on_scene = recall(scene_hours, sent, np.nan)
    return Work(
        firearms=recall(_firearms, rates, tables["zones"], tuple(blocks.index)),
        fixed=fixed,
        releasable=releasable,
        crews_asked=recall(crews_asked, sent),
        scene_hours=np.where(np.isnan(on_scene), seen, on_scene),
        fixed_hours=fixed_hours,
        releasable_hours=releasable_hours,
        minutes=minutes,
        turnout=turnout,
        standard=recall(_standard, tables["zones"], standards),
        hours=blocks.to_numpy(float),
    )


def _standard(zones: pd.DataFrame, standards: pd.DataFrame) -> FloatArray:
    """Return the standard of each zone, that of its area (Z,) [minutes]; NaN where there is none."""
    return zones["area_id"].map(standards["minutes"]).to_numpy(float)


def _firearms(rates: pd.DataFrame, zones: pd.DataFrame, blocks: tuple[str, ...]) -> FloatArray:
    """Return the rate of firearms operations (B, Z) [per hour]."""
    return _grid(rates["rate_per_hour"].to_numpy(float), _cells(rates, pd.Index(blocks), pd.Index(zones["zone_id"])))


def crews_asked(operation_crews: pd.DataFrame) -> FloatArray:
    """Return the probability that an operation asks for 1, 2, ... crews; one where no crew is on record."""
    sizes = operation_crews.groupby("operation_id").size()
    return np.bincount(sizes)[1:] / len(sizes) if len(sizes) else np.ones(1)


def scene_hours(operation_crews: pd.DataFrame, otherwise: float) -> FloatArray:
    """Return the mean time on scene of the first, second, ... crew [hours]; ``otherwise`` where none is on record."""
    known = operation_crews.assign(
        place=operation_crews.groupby("operation_id").cumcount(),
        hours=(operation_crews["cleared_at"] - operation_crews["arrived_at"]) / pd.Timedelta(hours=1),
    )
    by_place = known.groupby("place")["hours"].mean()
    overall = float(known["hours"].mean()) if known["hours"].notna().any() else otherwise
    return by_place.fillna(overall).to_numpy(float) if len(by_place) else np.array([overall])


def _other_work(
    other: pd.DataFrame, zones: pd.DataFrame, blocks: tuple[str, ...]
) -> list[tuple[FloatArray, FloatArray]]:
    """Return rate and length of other work that cannot be left, and of that which can (see ``_jobs``)."""
    share, cells = (
        other["releasable_share"].to_numpy(float),
        _cells(other, pd.Index(blocks), pd.Index(zones["zone_id"])),
    )
    return [_jobs(other, part, cells) for part in (1.0 - share, share)]


def _jobs(other: pd.DataFrame, share: FloatArray, cells: Cells) -> tuple[FloatArray, FloatArray]:
    """Return the rate of jobs of other work [per hour], of each the given share, and their mean length [hours]."""
    jobs = other["rate_per_hour"].to_numpy(float) * share
    rate = _grid(jobs, cells)
    load = _grid(jobs * other["mean_minutes"].to_numpy(float) / MINUTES_AN_HOUR, cells)
    return rate, np.divide(load, rate, out=np.zeros_like(load), where=rate > 0)


def _cells(rows: pd.DataFrame, blocks: pd.Index, zones: pd.Index) -> Cells:
    """Return the block and zone of each row, -1 for another one, and the shape of their grid."""
    return blocks.get_indexer(rows["block"]), zones.get_indexer(rows["zone_id"]), (len(blocks), len(zones))


def _grid(values: FloatArray, cells: Cells) -> FloatArray:
    """Return the sums of ``values`` (blocks, zones); rows of another block or zone are left out."""
    block, zone, shape = cells
    known = (block >= 0) & (zone >= 0)
    grid = np.zeros(shape)
    np.add.at(grid, (block[known], zone[known]), values[known])
    return grid


def crews_on_duty(tables: Mapping[str, pd.DataFrame], blocks: Sequence[str]) -> NDArray[np.int64]:
    """Return the crews on duty (blocks, bases) [crews]; rows of another block or base are left out."""
    crews = np.zeros((len(blocks), len(tables["bases"])), dtype=np.int64)
    block = pd.Index(blocks).get_indexer(tables["crews"]["block"])
    base = pd.Index(tables["bases"]["base_id"]).get_indexer(tables["crews"]["base_id"])
    known = (block >= 0) & (base >= 0)
    np.add.at(crews, (block[known], base[known]), tables["crews"].loc[known, "crews"].to_numpy(np.int64))
    return crews


def without_far_end(crews: NDArray[np.int64], minutes: FloatArray, gone: int) -> NDArray[np.int64]:
    """Return the crews left (blocks, bases) when the ``gone`` nearest to the far end of the force are committed there.

    The far end is the zone whose nearest base is farthest away; ``minutes`` is by zone and base.
    """
    if not minutes.size:
        return crews
    order = np.argsort(minutes[minutes.min(axis=1).argmax()], kind="stable")
    before = np.cumsum(crews[:, order], axis=1) - crews[:, order]
    left = crews.copy()
    left[:, order] -= np.clip(gone - before, 0, crews[:, order])
    return left
