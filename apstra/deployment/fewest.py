"""How many crews does each block of the week need, and where, so that every policing area's standard is met?

In: the tables, the rate of firearms operations with its uncertainty, and a scenario. Out: by base and block the fewest
crews found, with what the least and the most likely demand alone would need; by area and block the share of calls
answered within the standard with those crews and with the roster. Every posting tried is scored by the exact hypercube
(``aim``).
"""

from collections.abc import Mapping
from itertools import chain
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.deployment.aim import Aim, Places, aims_of, places_of
from apstra.deployment.response import call_standards
from apstra.deployment.travel import travel_times
from apstra.deployment.work import Crews, FloatArray, Work, crews_on_duty, gather_work
from apstra.deployment.workload import area_load
from apstra.recall import Recall, Recaller, plain
from apstra.scenario import Scenario
from apstra.schema.deployment import MOST_COMBINATIONS

LEAST, MOST = 0.05, 0.95  # of the coming year's demand: the ends of the range
REQUIRED: Final = ("crews_required", "crews_required_low", "crews_required_high", "crews_rostered")
NEEDED: Final = ("crews_needed", "crews_needed_low", "crews_needed_high", "crews_rostered")
Tables = Mapping[str, pd.DataFrame]


def crews_required(
    tables: Tables,
    rates: pd.DataFrame,
    slices: pd.DataFrame,
    scenario: Scenario,
    *,
    ranged: bool = True,
    recall: Recaller = plain,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the fewest crews found by base and block, and what they achieve by policing area and block.

    Parameters
    ----------
    tables, rates, slices, scenario
        As in ``assess_deployment``; demand is the ``assurance_level`` quantile of ``slices``, the ends of the range are
        what its 5 and its 95 % alone would need. Firearms demand that is not known counts as nought.
    ranged
        Whether to look for the ends of the range too; else they equal the middle.

    Returns
    -------
    required
        ``block``, ``base_id``, ``crews_required`` with ``_low`` and ``_high``, ``crews_rostered``.
    areas
        ``area_id``, ``block``, ``offered_load`` [erlangs, work that yields left out], ``standard`` [minutes] and
        ``standard_share`` (blank where there is none), ``attainable`` (share of calls that some base can reach within
        it), ``target``, ``expected`` with the crews required, ``expected_rostered`` with the roster [shares of calls],
        ``crews_needed`` at the area's bases with ``_low`` and ``_high``, ``crews_rostered``.

    Notes
    -----
    Without a standard the target is that a call finds a crew free anywhere. The minimum is found by search, not by
    trying every posting: see ``fewest``. Where the exact model can hold no more crews the search ends short of the
    target, and ``expected`` says so.
    """
    blocks, (places, levels) = scenario.force.blocks.names, _levels(tables, rates, slices, scenario, recall)
    found, aims = recall(_searched, levels, ranged), [aims[0] for aims in levels]
    crews = np.concatenate([np.swapaxes(found, 0, 1), recall(crews_on_duty, tables, blocks)[np.newaxis]])
    keys = pd.MultiIndex.from_product([blocks, tables["bases"]["base_id"]], names=["block", "base_id"])
    required = pd.DataFrame(crews.reshape(len(crews), -1).T, index=keys, columns=REQUIRED).reset_index()
    load = recall(area_load, tables, rates, scenario, recall).copy()
    (asked,) = demand_factors(slices, (scenario.assurance_level,))
    load["offered_load"] = load.pop("firearms_load").fillna(0.0) * asked + load.pop("other_load")
    return required, _area_view(load, aims, places, crews)


def likely_tried(
    tables: Tables, rates: pd.DataFrame, slices: pd.DataFrame, scenario: Scenario, recall: Recall
) -> list[tuple[Aim, list[bytes]]]:
    """Return what ``crews_required`` will try most likely: the postings of the last search, with the aims of this one.

    Nothing where no search was made before, or this one was.
    """
    last = recall.latest(_aims)
    _, levels = _levels(tables, rates, slices, scenario, recall)
    if last is None or levels[0][0].scored:
        return []
    pairs = zip(chain.from_iterable(levels), chain.from_iterable(last[1]), strict=False)
    return [(new, list(old.scored)) for new, old in pairs if new.calls.journey.shape == old.calls.journey.shape]


def _levels(
    tables: Tables, rates: pd.DataFrame, slices: pd.DataFrame, scenario: Scenario, recall: Recaller
) -> tuple[Places, list[list[Aim]]]:
    """Return what ``_aims`` does of the work that the tables and rates tell of."""
    travel = recall(travel_times, tables["bases"], tables["zones"], tables["travel"], scenario)
    standards = recall(call_standards, tables["response_standards"])
    work = recall(gather_work, tables, rates, travel, standards, scenario, recall)
    factors = demand_factors(slices, (scenario.assurance_level, LEAST, MOST))
    return recall(_aims, tables, work, standards, tuple(factors), scenario)


def _aims(
    tables: Tables, work: Work, standards: pd.DataFrame, factors: tuple[float, ...], scenario: Scenario
) -> tuple[Places, list[list[Aim]]]:
    """Return what areas ask, and what crews are to achieve by block at each of ``factors``."""
    places = places_of(tables, work, standards, scenario)
    return places, list(map(list, zip(*(aims_of(work, places, factor) for factor in factors), strict=True)))


def _searched(levels: list[list[Aim]], ranged: bool) -> list[tuple[Crews, ...]]:  # noqa: FBT001  (``recall`` takes no keywords)
    """Return the fewest crews found by block and factor (B, factors, A), whatever the roster."""
    return [_ranged(*aims) if ranged else (fewest(aims[0]),) * len(aims) for aims in levels]


def demand_factors(slices: pd.DataFrame, probabilities: tuple[float, ...]) -> list[float]:
    """Return the coming year's demand relative to its mean at each probability; 1 where no forecast is known."""
    if slices.empty:
        return [1.0] * len(probabilities)
    return [float(np.interp(one, slices["probability"], slices["factor"])) for one in probabilities]


def _ranged(aim: Aim, least: Aim, most: Aim) -> tuple[Crews, Crews, Crews]:
    """Return the fewest crews found, what the least demand leaves of them, and what the most adds to them."""
    crews = fewest(aim)
    return crews, spared(least, crews), spared(most, enough(most, crews), crews)


def fewest(aim: Aim) -> Crews:
    """Return the fewest crews found at each base (A,) that fail no area.

    Crews are added one at a time where they close most of the areas' gaps, then taken away where they can be spared,
    then two exchanged for one while that holds. No single crew of the answer can go. It is a minimum by search: on
    small forces it is the least of all postings, on large ones one crew fewer may exist.
    """
    crews = spared(aim, enough(aim, np.zeros(aim.places.bases.shape[1], np.int64)))
    while (fewer := exchanged(aim, crews)) is not None:
        crews = spared(aim, fewer)
    return crews


def enough(aim: Aim, crews: Crews) -> Crews:
    """Return ``crews`` (A,) with as many more as it takes to fail no area, or as the exact model can hold."""
    short = np.zeros(len(aim.target)) if aim.bare(crews).any() else aim.gaps(crews)
    while (joins := np.flatnonzero(_wanted(aim, crews, short))).size:
        tried = crews + _one_at(joins, crews.size)
        shares = aim.shares(tried)
        gaps = aim.short(shares)
        best = np.lexsort((-np.nan_to_num(shares).sum(axis=1), gaps.sum(axis=1)))[0]
        crews, short = tried[best], gaps[best]
    return crews


def _wanted(aim: Aim, crews: Crews, short: FloatArray) -> NDArray[np.bool_]:
    """Return the bases at which one more crew helps an area that ``crews`` fail, given what they are short (A,)."""
    bare, more = aim.bare(crews), crews + 1.0
    bases = aim.places.bases[bare].any(axis=0) if bare.any() else aim.helps[short > 0].any(axis=0)
    return np.asarray(bases & (more.prod() * (more + 1.0) <= MOST_COMBINATIONS * more))


def spared(aim: Aim, crews: Crews, floor: Crews | int = 0) -> Crews:
    """Return ``crews`` (A,) less those above ``floor`` that can go one by one with no area failed."""
    while True:
        tried = crews - _one_at(np.flatnonzero(crews > floor), crews.size)
        fewer = tried[aim.meets(tried)]
        if not len(fewer):
            return crews
        crews = fewer[np.argmax(aim.total(fewer))]


def exchanged(aim: Aim, crews: Crews) -> Crews | None:
    """Return a posting that fails no area when two of ``crews`` (A,) go and one comes, if there is one.

    It comes where it can help every area that would miss either of the two.
    """
    leaves = np.flatnonzero(crews)
    missed = aim.failed(crews - _one_at(leaves, crews.size))
    one, other = np.triu_indices(leaves.size)
    left = crews - _one_at(leaves[one], crews.size) - _one_at(leaves[other], crews.size)
    harms = (missed[one] | missed[other])[:, :, np.newaxis] & ~(aim.helps | aim.places.bases)
    pair, join = np.nonzero(~harms.any(axis=1) & (left >= 0).all(axis=1, keepdims=True))
    tried = left[pair] + _one_at(join, crews.size)
    for fewer in tried[~aim.bare(tried).any(axis=1)]:
        if not aim.gaps(fewer).any():
            return np.asarray(fewer)
    return None


def _one_at(places: NDArray[np.intp], bases: int) -> Crews:
    """Return one crew at each of ``places``, a posting for each (n, A)."""
    return np.eye(bases, dtype=np.int64)[places]


def _area_view(load: pd.DataFrame, aims: list[Aim], places: Places, crews: Crews) -> pd.DataFrame:
    """Return the second frame of ``crews_required``; ``crews`` are the middle, least, most and rostered (4, B, A)."""
    shares = {
        "attainable": [aim.attainable for aim in aims],
        "target": [aim.target for aim in aims],
        "expected": [aim.shares(posted) for aim, posted in zip(aims, crews[0], strict=True)],
        "expected_rostered": [aim.shares(posted) for aim, posted in zip(aims, crews[-1], strict=True)],
    }
    at_home = dict(zip(NEEDED, crews @ places.bases.T, strict=True))
    return load.assign(
        standard=np.repeat(places.minutes, len(aims)),
        standard_share=np.repeat(places.share, len(aims)),
        **{name: np.transpose(by_block).ravel() for name, by_block in (shares | at_home).items()},
    )
