"""How many times a year does a threat call for more than can be there in time?

The unmet requirement: how often a threat occurs times the probability that an occurrence finds what it calls for not
met in time. It ranks threats, risks and options. In: the frequency of each threat, how far it is met in each area, the
zones. Out: one row for each threat and area with its range, and the same draws for the comparison of options.

A threat's occurrences fall on the areas in which it calls for anything as demand does.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.assurance import Chapters, Tables
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario
from apstra.threat import rates
from apstra.uncertainty import REPORTED, GammaRate, random_stream

FloatArray = NDArray[np.float64]
DRAWS: Final = 2_000
HALF: Final = 0.5
KEYS: Final = ["threat_id", "area_id"]


def occurrences(
    met: pd.DataFrame, zones: pd.DataFrame, found: pd.DataFrame, scenario: Scenario, recall: Recaller = plain
) -> FloatArray:
    """Return draws of how often each row's threat occurs in its area (rows, draws) [per year], their mean exact.

    Parameters
    ----------
    met
        ``threat_id``, ``area_id``.
    found
        What ``threat.sources`` returns; a threat of which nothing is known gives blanks.
    """
    known, drawn = recall(rates, found), {}
    unscaled = recall(_unscaled, tuple((threat, rate.shape) for threat, rate in known.items()), scenario.seed)
    for threat, rate in known.items():
        draws = unscaled[threat] * (1.0 / rate.exposure)
        drawn[threat] = draws * rate.mean / draws.mean()
    blank = np.full(DRAWS, np.nan)
    every = np.array([drawn.get(threat, blank) for threat in met["threat_id"]]).reshape(len(met), DRAWS)
    return every * recall(area_shares, met, zones).to_numpy(float)[:, np.newaxis]


def _unscaled(shapes: tuple[tuple[str, float], ...], seed: int) -> dict[str, FloatArray]:
    """Return draws for each threat and the shape of its gamma at an exposure of 1: demand alters the exposure alone."""
    streams = {threat: random_stream(seed, "unmet requirement", threat) for threat, _ in shapes}
    return {threat: GammaRate(shape, 1.0).draw(streams[threat], DRAWS) for threat, shape in shapes}


def area_shares(met: pd.DataFrame, zones: pd.DataFrame) -> pd.Series:
    """Return the share of a threat's occurrences that falls on each row's area, by the demand of its zones."""
    demand = met["area_id"].map(zones.groupby("area_id")["demand_weight"].sum()).astype(float).fillna(0.0)
    whole, number = (demand.groupby(met["threat_id"]).transform(name) for name in ("sum", "size"))
    return (demand / whole).where(whole > 0, 1.0 / number)


def unmet_draws(chapters: Chapters, recall: Recaller = plain) -> FloatArray:
    """Return draws of the unmet requirement of each threat and area (rows, draws) [occurrences a year].

    Those of two assessments of one force may be taken from each other one by one: what is not known is alike in both.
    """
    c = chapters
    return np.asarray(recall(_draws, c.mutual_aid.threats, c.threat.sources, c.tables, c.scenario, recall))


def _draws(met: pd.DataFrame, found: pd.DataFrame, tables: Tables, scenario: Scenario, recall: Recaller) -> FloatArray:
    """Return draws of the unmet requirement from what is met and the sources of frequency."""
    occurs = recall(occurrences, met[KEYS], tables["zones"], found, scenario, recall)
    return occurs * not_met_draws(met, scenario, recall)


def unmet_requirement(chapters: Chapters, recall: Recaller = plain, draws: FloatArray | None = None) -> pd.DataFrame:
    """Return the unmet requirement of each threat and area, the largest first.

    Parameters
    ----------
    draws
        What ``unmet_draws`` returns, where it is known.

    Returns
    -------
    DataFrame
        ``threat_id``, ``area_id``, ``title``, ``frequency`` [occurrences a year in the area], ``arises`` (of which call
        for what is required), ``not_met`` (P, with all aid, per occurrence), ``unmet``, ``low``, ``high`` (mean, 5 and
        95 %), ``unmet_own``, ``unmet_collaboration`` (with those sources alone) [occurrences a year], ``status``,
        ``weakest``, ``binding``.

    Notes
    -----
    The range holds what is not known of the frequency and of travel and mobilisation (independent of it, and the same
    for all threats); the mean is exact.
    """
    c, every = chapters, unmet_draws(chapters, recall) if draws is None else draws
    return recall(_requirement, c.mutual_aid.threats, c.threat.sources, c.tables, every, recall)


def _requirement(
    met: pd.DataFrame, found: pd.DataFrame, tables: Tables, draws: FloatArray, recall: Recaller
) -> pd.DataFrame:
    """Return the unmet requirement from what is met, the sources of frequency and its draws."""
    mean = pd.Series({threat: rate.mean for threat, rate in recall(rates, found).items()}, dtype=float)
    frequency = met["threat_id"].map(mean).astype(float) * recall(area_shares, met[KEYS], tables["zones"])
    low, _, high = np.quantile(np.sort(draws), REPORTED, axis=1)  # sorting is several times as fast as picking out
    table = met[KEYS].assign(
        title=met["threat_id"].map(dict(tables["threats"][["threat_id", "title"]].itertuples(index=False, name=None))),
        frequency=frequency,
        not_met=met["not_met_all"],
        unmet=frequency * met["not_met_all"],
        low=low,
        high=high,
        unmet_own=frequency * met["not_met_own"],
        unmet_collaboration=frequency * met["not_met_collaboration"],
        **{name: met[name] for name in ("status", "weakest", "binding")},
    )
    return table.sort_values(["unmet", *KEYS], ascending=[False, True, True], ignore_index=True)


def not_met_draws(met: pd.DataFrame, scenario: Scenario, recall: Recaller = plain) -> FloatArray:
    """Return draws of P(not met) over the assumptions of travel and mobilisation (rows, draws), alike for all rows.

    Uniform from the value with everything fast to the middle one, and from there to that with everything slow, so that
    the middle one is the median.
    """
    at = recall(_slowness, scenario.seed)
    low, middle, high = (met[f"not_met_{name}"].to_numpy(float)[:, np.newaxis] for name in ("low", "all", "high"))
    slow = at >= HALF
    start, end = np.where(slow, middle, low), np.where(slow, high, middle)
    return np.asarray(start + (end - start) * (at % HALF / HALF))


def _slowness(seed: int) -> FloatArray:
    """Return draws of how slow travel and mobilisation are: 0 all fast, 1 all slow."""
    return random_stream(seed, "unmet requirement", "travel and mobilisation").random(DRAWS)


def total_unmet(chapters: Chapters) -> tuple[float, float, float]:
    """Return the unmet requirement of all threats together: 5 %, mean, 95 % [occurrences a year]."""
    draws = unmet_draws(chapters)
    low, _, high = np.quantile(np.nansum(draws, axis=0), REPORTED)
    return float(low), float(unmet_requirement(chapters, draws=draws)["unmet"].sum()), float(high)


def by_threat(unmet: pd.DataFrame) -> Mapping[str, float]:
    """Return the unmet requirement of each threat over all areas [occurrences a year]."""
    return {str(threat): float(each) for threat, each in unmet.groupby("threat_id")["unmet"].sum(min_count=1).items()}
