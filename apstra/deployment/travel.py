"""How far it is from each base to each zone, and how far a computed time can be trusted.

In: zones, bases, the travel times a force has measured, published drive times between forces, and dated assumptions of
circuity and speed. Out: minutes of every base and zone, and the error that the same computation makes on journeys whose
time is known.
"""

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from apstra.scenario import Scenario

EARTH_RADIUS_KM: Final = 6371.0088
MINUTES_AN_HOUR: Final = 60.0
BANDS_KM: Final = (0.0, 50.0, 100.0, 200.0, np.inf)
PERCENTILES: Final = [0.05, 0.5, 0.95]
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


def with_travel_at(scenario: Scenario, *, slow: bool) -> Scenario:
    """Return the scenario with every travel assumption at the end of its range that makes travel slow, or fast."""
    ends = {name: end if slow else _OTHER_END[end] for name, end in _SLOWEST.items()}
    return scenario.with_values(**{name: getattr(scenario.assumption(name), end) for name, end in ends.items()})


def travel_check(inter_force_travel: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return how far the assumptions of distance and speed are off where the journey by road is known.

    Parameters
    ----------
    inter_force_travel
        ``great_circle_km``, ``road_distance_km``, ``drive_time_min`` between the middles of police force areas.

    Returns
    -------
    frame
        ``assumption`` (circuity; speed on rural roads; both together), ``unit``, ``value``, ``distance`` (great circle
        of the journeys compared), ``journeys``, ``known_low``, ``known``, ``known_high``
        (5, 50, 95 % of the journeys), ``error_low``, ``error``, ``error_high`` (of the time or distance computed,
        relative to the known one, 5, 50, 95 %).

    Notes
    -----
    The journeys are long and mostly by motorway: a check of the order of magnitude, no evidence for mountain roads.
    """
    trips = inter_force_travel.loc[inter_force_travel["great_circle_km"] > 0]
    straight, road, minutes = (trips[name] for name in ("great_circle_km", "road_distance_km", "drive_time_min"))
    circuity, speed = scenario.value("circuity"), scenario.value("speed_rural")
    pace = circuity / speed * MINUTES_AN_HOUR
    checks = (
        ("circuity", "ratio", circuity, road / straight, circuity * straight / road),
        ("speed_rural", "km/h", speed, road / minutes * MINUTES_AN_HOUR, road / speed * MINUTES_AN_HOUR / minutes),
        ("circuity / speed_rural", "minutes/km", pace, minutes / straight, pace * straight / minutes),
    )
    rows = []
    for low, high in pairwise(BANDS_KM):
        inside = (straight >= low) & (straight < high)
        label = f"{low:.0f} km and more" if np.isinf(high) else f"{low:.0f} to {high:.0f} km"
        for name, unit, value, known, ratio in checks:
            seen = [*known[inside].quantile(PERCENTILES), *(ratio[inside] - 1.0).quantile(PERCENTILES)]
            rows.append((name, unit, value, label, int(inside.sum()), *seen))
    columns = ["assumption", "unit", "value", "distance", "journeys", "known_low", "known", "known_high", "error_low",
               "error", "error_high"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
