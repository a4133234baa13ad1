"""How far each crew has to go, and how much of the force is within the standard.

In: zones, bases, crews by block, measured travel times where the force has them. Out: travel time of every base and
zone, the nearest crew of each zone, and the share of population and of past demand within the standard, with none, one
and two crews already committed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from apstra.scenario import Scenario

FloatArray = NDArray[np.float64]
EARTH_RADIUS_KM: Final = 6371.0088
MINUTES_AN_HOUR: Final = 60.0
COMMITTED: Final = (0, 1, 2)
ALL: Final = "all"
_SLOWEST: Final = {
    "circuity": "high", "speed_urban": "low", "speed_rural": "low", "speed_upland": "low", "turnout_minutes": "high",
}  # fmt: skip
_OTHER_END: Final = {"low": "high", "high": "low"}


def great_circle(lat: pd.Series, lon: pd.Series, to_lat: pd.Series, to_lon: pd.Series) -> pd.Series:
    """Return the distance over the earth's surface [km] between points [degrees] (haversine formula)."""
    lat, lon, to_lat, to_lon = (np.radians(values) for values in (lat, lon, to_lat, to_lon))
    chord = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord))


def travel_times(bases: pd.DataFrame, zones: pd.DataFrame, travel: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the travel time of every base and zone.

    Measured where the force has measured it; else great circle x circuity / speed of the zone's terrain (rural where
    the terrain is not given).

    Returns
    -------
    frame
        ``base_id``, ``zone_id``, ``minutes`` [minutes under response conditions], ``basis`` (table or computed).
    """
    columns = ["base_id", "zone_id", "lat", "lon"]
    pairs = bases.reindex(columns=["base_id", "lat", "lon"]).merge(zones, how="cross", suffixes=("_base", ""))
    distance = great_circle(pairs["lat_base"], pairs["lon_base"], pairs["lat"], pairs["lon"])
    speeds = {terrain: scenario.value(f"speed_{terrain}") for terrain in ("urban", "rural", "upland")}
    terrain = pairs["terrain"] if "terrain" in pairs else pd.Series("rural", index=pairs.index)
    speed = terrain.fillna("rural").map(speeds).astype(float)
    computed = distance * scenario.value("circuity") / speed * MINUTES_AN_HOUR
    measured = pairs[columns[:2]].merge(travel[["base_id", "zone_id", "minutes"]], how="left")["minutes"].astype(float)
    return pd.DataFrame(
        {
            "base_id": pairs["base_id"],
            "zone_id": pairs["zone_id"],
            "minutes": measured.fillna(computed),
            "basis": np.where(measured.notna(), "table", "computed"),
        }
    )


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Who reaches each zone, by block, crews committed (0, 1, 2) and zone, in that order of the arrays' dimensions.

    Attributes
    ----------
    base
        Number of the base in the table of bases; -1 when no crew is left.
    minutes
        From call to arrival: turnout and travel [minutes]; infinite when no crew is left.
    within
        1 when that is within the standard, else 0; NaN where there is no standard. The crews committed are those
        nearest to the zone: the worst case for it.
    likely
        Probability that a crew within the standard is left when any crews on duty may as well be the committed ones.
    """

    base: NDArray[np.int64]
    minutes: FloatArray
    within: FloatArray
    likely: FloatArray


def cover(
    tables: Mapping[str, pd.DataFrame], travel: pd.DataFrame, standards: pd.DataFrame, scenario: Scenario
) -> Cover:
    """Return who reaches each zone in every block with none, one or two crews committed.

    ``travel`` holds every zone for the first base, then for the second, as ``travel_times`` returns it. Crews committed
    elsewhere (``crews_committed_elsewhere``) are gone from the start: those nearest to the far end of the force.
    """
    standard = tables["zones"]["area_id"].map(standards["minutes"]).to_numpy(float)
    travelled = travel["minutes"].to_numpy(float).reshape(len(tables["bases"]), len(standard)).T
    minutes = travelled + scenario.value("turnout_minutes")
    rostered = crews_on_duty(tables, scenario.force.blocks.names)
    crews = without_far_end(rostered, minutes, round(scenario.value("crews_committed_elsewhere")))
    near = [[nearest_crew(minutes, row, gone) for gone in COMMITTED] for row in crews]
    base = np.array([[number for number, _ in row] for row in near])
    first = np.array([[taken for _, taken in row] for row in near])
    in_reach = crews @ (minutes <= standard[:, np.newaxis]).T.astype(int)
    likely = [left_when_random(in_reach, crews.sum(axis=1, keepdims=True), gone) for gone in COMMITTED]
    unknown = np.isnan(standard)
    within = np.where(unknown, np.nan, first <= standard)
    return Cover(base, first, within, np.where(unknown, np.nan, np.stack(likely, axis=1)))


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


def nearest_crew(minutes: FloatArray, crews: NDArray[np.int64], gone: int) -> tuple[NDArray[np.int64], FloatArray]:
    """Return the base that sends the nearest crew left when the ``gone`` nearest crews of a zone are away.

    Parameters
    ----------
    minutes
        Time to arrival (zones, bases) [minutes].
    crews
        Crews on duty (bases,).

    Returns
    -------
    arrays
        Number of the base (-1 when no crew is left) and time (infinite then) [minutes], by zone.
    """
    if not minutes.size:
        return np.full(len(minutes), -1), np.full(len(minutes), np.inf)
    order = np.argsort(minutes, axis=1, kind="stable")
    left = np.cumsum(crews[order], axis=1) > gone
    rows, first = np.arange(len(minutes)), left.argmax(axis=1)
    base = np.where(left.any(axis=1), order[rows, first], -1)
    return base, np.where(base >= 0, minutes[rows, base], np.inf)


def left_when_random(in_reach: NDArray[np.int64], crews: NDArray[np.int64], gone: int) -> FloatArray:
    """Return P(one of ``in_reach`` crews is left) when any ``gone`` of all ``crews`` are as likely to be away."""
    every = special.comb(crews, in_reach)
    none_left = special.comb(gone, in_reach) / np.where(every > 0, every, 1.0)
    return np.where(crews > gone, 1.0 - none_left, 0.0)


def zone_cover(
    covered: Cover, tables: Mapping[str, pd.DataFrame], standards: pd.DataFrame, hours: pd.Series
) -> pd.DataFrame:
    """Return the nearest crew of each zone in the block that is worst for it, and the time it takes as a rule.

    Parameters
    ----------
    hours
        Hours of each block in a year [hours/year], in the order of the blocks.

    Returns
    -------
    frame
        ``zone_id``, ``name``, ``area_id``, ``district``, ``lat``, ``lon``, ``population``, ``demand_weight``, ``block``
        (the worst), ``base_id``, ``minutes`` and ``standard`` from call to arrival [minutes], ``within``,
        ``minutes_median`` (not exceeded in half of the year's hours), ``minutes_one_committed``,
        ``minutes_two_committed`` (in their worst block); blank minutes: no crew is left.
    """
    columns = ["zone_id", "name", "area_id", "district", "lat", "lon", "population", "demand_weight"]
    zones = tables["zones"]
    table = zones[columns].assign(standard=zones["area_id"].map(standards["minutes"]).astype(float))
    worst = covered.minutes[:, 0].argmax(axis=0)
    at = (worst, 0, np.arange(len(zones)))
    longest = np.where(np.isinf(covered.minutes), np.nan, covered.minutes)
    none_left: NDArray[np.bool_] = np.asarray(np.isinf(covered.minutes).any(axis=0))
    table["block"] = hours.index.to_numpy()[worst]
    table["base_id"] = tables["bases"]["base_id"].reindex(covered.base[at]).to_numpy()
    table["minutes"] = longest[at]
    table["within"] = pd.array(covered.within[at], dtype="Float64").astype("boolean")
    table["minutes_median"] = _median_over_hours(longest[:, 0], hours.to_numpy(float))
    for gone, name in ((1, "minutes_one_committed"), (2, "minutes_two_committed")):
        table[name] = np.where(none_left[gone], np.nan, longest[:, gone].max(axis=0, initial=0.0))
    return table


def _median_over_hours(minutes: FloatArray, hours: FloatArray) -> FloatArray:
    """Return the minutes (blocks, zones) not exceeded in half of the ``hours``, by zone; blank counts as longest."""
    order = np.argsort(minutes, axis=0)
    half = (np.cumsum(hours[order], axis=0) >= hours.sum() / 2.0).argmax(axis=0)
    return np.asarray(np.take_along_axis(minutes, order, axis=0)[half, np.arange(minutes.shape[1])])


def reach(
    tables: Mapping[str, pd.DataFrame], covered: Cover, standards: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Return the share of population and of past demand within the standard, over the year and in the worst block.

    Returns
    -------
    frame
        ``area_id`` (and ``all``), ``committed``, ``population_share`` when the crews committed are those nearest to
        each zone, with ``low`` and ``high`` (every travel assumption at the unfavourable, the favourable end of its
        range), ``likely_share`` (of population, when any crews on duty may as well be the committed ones),
        ``demand_share`` (of past operations), ``worst_block``, ``worst_share`` (of population). Zones without a
        standard take no part.
    """
    hours = scenario.force.blocks.hours_a_year()
    table = _shares_within(tables, covered, hours)
    for name, slow in (("low", True), ("high", False)):
        end = _with_travel_at(scenario, slow=slow)
        travel = travel_times(tables["bases"], tables["zones"], tables["travel"], end)
        table[name] = _shares_within(tables, cover(tables, travel, standards, end), hours)["population_share"]
    order = ["area_id", "committed", "population_share", "low", "high", "likely_share", "demand_share"]
    return table[[*order, "worst_block", "worst_share"]]


def _with_travel_at(scenario: Scenario, *, slow: bool) -> Scenario:
    """Return the scenario with every travel assumption at the end of its range that makes travel slow, or fast."""
    ends = {name: end if slow else _OTHER_END[end] for name, end in _SLOWEST.items()}
    return scenario.with_values(**{name: getattr(scenario.assumption(name), end) for name, end in ends.items()})


def _shares_within(tables: Mapping[str, pd.DataFrame], covered: Cover, hours: pd.Series) -> pd.DataFrame:
    """Return shares within the standard by area and crews committed, hours-weighted, and the worst block."""
    zones = tables["zones"]
    past = tables["operations"]["zone_id"].value_counts()
    people, demand = zones["population"].to_numpy(float), zones["zone_id"].map(past).fillna(0.0).to_numpy(float)
    rows = []
    for area in (ALL, *tables["areas"]["area_id"]):
        inside = np.ones(len(zones)) if area == ALL else (zones["area_id"] == area).to_numpy(float)
        for gone in COMMITTED:
            share = _weighted_share(covered.within[:, gone], people * inside)
            likely = _weighted_share(covered.likely[:, gone], people * inside)
            seen = _weighted_share(covered.within[:, gone], demand * inside)
            worst = None if np.isnan(share).any() else hours.index[share.argmin()]
            means = [float(np.average(values, weights=hours)) for values in (share, likely, seen)]
            rows.append((area, gone, *means, worst, float(share.min())))
    columns = ["area_id", "committed", "population_share", "likely_share", "demand_share", "worst_block", "worst_share"]
    return pd.DataFrame(rows, columns=columns)


def _weighted_share(within: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the weighted mean over zones, by block; blank when no zone with a standard has weight."""
    known = ~np.isnan(within)
    total = (known * weight).sum(axis=1)
    return np.where(total > 0, np.nansum(within * weight, axis=1) / np.where(total > 0, total, 1.0), np.nan)
