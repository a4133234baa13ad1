"""How busy the crews are, and how often none is free for a firearms call.

In: crews by base and block, the rate and length of firearms operations, the crews they take, and the other work of
armed crews. Out: load and the chance that no crew is free, by block of the week, and again with one or two crews
already committed; and the load of each policing area.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from apstra.queueing import erlang_b
from apstra.scenario import Scenario

MINUTES_AN_HOUR: Final = 60.0


def workload(tables: Mapping[str, pd.DataFrame], rates: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the load on the crews and the chance that none is free for a firearms call, by block.

    Parameters
    ----------
    tables
        ``crews``, ``operation_crews``, ``other_work``.
    rates
        ``zone_id``, ``block``, ``rate_per_hour``, ``mean_minutes`` of firearms operations.

    Returns
    -------
    frame
        ``block``, ``crews`` (on duty, less those committed elsewhere), ``hours_a_year``, ``calls_a_year``,
        ``firearms_load``, ``other_load``, ``offered_load`` [erlangs: crews needed at once on average], ``busy_share``
        of the crews' time, ``none_free``, ``none_free_one_committed``, ``none_free_two_committed`` [probability],
        ``expected_free`` [crews free or on work they can leave], ``unmet_a_year`` [firearms operations that find no
        crew free].

    Notes
    -----
    Work that can be left yields to a firearms call, the rest does not: ``none_free`` is Erlang's loss formula for the
    crews and the load that does not yield. It takes crews for alike and each crew of an operation for its own call.
    """
    hours = scenario.force.blocks.hours_a_year()
    crews = tables["crews"].groupby("block")["crews"].sum().reindex(hours.index, fill_value=0)
    crews = (crews - round(scenario.value("crews_committed_elsewhere"))).clip(lower=0)
    firearms = _firearms(rates, tables["operation_crews"]).groupby("block")["load"].sum(min_count=1)
    other = _other(tables["other_work"]).groupby("block")[["load", "fixed"]].sum()
    calls = rates.groupby("block")["rate_per_hour"].sum(min_count=1)
    table = pd.DataFrame(
        {
            "crews": crews.astype(int),
            "hours_a_year": hours,
            "calls_a_year": calls.reindex(hours.index) * hours,
            "firearms_load": firearms.reindex(hours.index),
            "other_load": other["load"].reindex(hours.index, fill_value=0.0),
        }
    )
    table["offered_load"] = table["firearms_load"] + table["other_load"]
    fixed = table["firearms_load"] + other["fixed"].reindex(hours.index, fill_value=0.0)
    table["busy_share"] = carried(table["crews"], table["offered_load"]) / table["crews"].where(table["crews"] > 0)
    for gone, name in enumerate(("none_free", "none_free_one_committed", "none_free_two_committed")):
        table[name] = [all_busy(crews - gone, load) for crews, load in zip(table["crews"], fixed, strict=True)]
    table["expected_free"] = table["crews"] - carried(table["crews"], fixed)
    table["unmet_a_year"] = table["calls_a_year"] * table["none_free"]
    return table.rename_axis("block").reset_index()


def all_busy(crews: int, load: float) -> float:
    """Return P(no crew is free) with ``crews`` left and ``load`` that does not yield [erlangs]; blank if not known."""
    if crews <= 0:
        return 1.0
    return np.nan if np.isnan(load) else erlang_b(crews, load)


def carried(crews: pd.Series, load: pd.Series) -> pd.Series:
    """Return the mean number of crews in use of those on duty [crews]: none where none is on duty."""
    blocked = [all_busy(int(number), one) for number, one in zip(crews, load, strict=True)]
    return (load * (1.0 - np.array(blocked))).where(crews > 0, 0.0)


def area_load(tables: Mapping[str, pd.DataFrame], rates: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the load of each policing area and block that does not yield: what the area's crews must be able to carry.

    Returns
    -------
    frame
        ``area_id``, ``block``, ``firearms_load``, ``other_load`` (that cannot be left), ``offered_load`` [erlangs],
        ``crews`` rostered at the area's bases.
    """
    keys = ["area_id", "block"]
    area_of = tables["zones"].set_index("zone_id")["area_id"]
    firearms = _firearms(rates, tables["operation_crews"])
    firearms = firearms.assign(area_id=firearms["zone_id"].map(area_of)).groupby(keys)["load"].sum(min_count=1)
    other = _other(tables["other_work"])
    fixed = other.assign(area_id=other["zone_id"].map(area_of)).groupby(keys)["fixed"].sum()
    crews = tables["crews"].merge(tables["bases"][["base_id", "area_id"]], on="base_id")
    every = pd.MultiIndex.from_product([tables["areas"]["area_id"], scenario.force.blocks.names], names=keys)
    table = pd.DataFrame(
        {
            "firearms_load": firearms.reindex(every),
            "other_load": fixed.reindex(every, fill_value=0.0),
            "crews": crews.groupby(keys)["crews"].sum().reindex(every, fill_value=0).astype(int),
        }
    )
    table["offered_load"] = table["firearms_load"] + table["other_load"]
    return table.reset_index()[[*keys, "firearms_load", "other_load", "offered_load", "crews"]]


def crews_per_operation(operation_crews: pd.DataFrame) -> float:
    """Return the mean number of crews an operation takes [crews]; one where no crew is on record."""
    return float(operation_crews.groupby("operation_id").size().mean()) if len(operation_crews) else 1.0


def _firearms(rates: pd.DataFrame, operation_crews: pd.DataFrame) -> pd.DataFrame:
    """Return the rates with ``load``: crews in use at once for firearms operations [erlangs]."""
    length = rates["mean_minutes"] / MINUTES_AN_HOUR
    return rates.assign(load=rates["rate_per_hour"] * length * crews_per_operation(operation_crews))


def _other(other_work: pd.DataFrame) -> pd.DataFrame:
    """Return the other work with ``load`` and ``fixed``, the part that cannot be left [erlangs]."""
    load = other_work["rate_per_hour"] * other_work["mean_minutes"] / MINUTES_AN_HOUR
    return other_work.assign(load=load, fixed=load * (1.0 - other_work["releasable_share"]))
