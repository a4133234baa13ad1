"""How many officers of each role have donors brought to a zone by each moment?

In: agreements as they are counted, donors, zones and the roles called for. Out: the probability that at least so many
officers have come, with home donors, with regional ones too, with national ones too. The request reaches all donors
after one shared delay, so that all are late together when it is long.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.mutual_aid.agreements import journeys
from apstra.mutual_aid.assembly import SHARED_DELAYS, Observed
from apstra.queueing.compiled import compiled
from apstra.scenario import Scenario
from apstra.uncertainty import ThreePoint

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
TIERS: Final = ("home", "regional", "national")
KEPT: Final = 256  # agreements at hand whose notice and journey may come again: a change seldom alters them all


def notices(agreements: pd.DataFrame, responses: pd.DataFrame, scenario: Scenario) -> list[ThreePoint | Observed]:
    """Return the notice of each agreement [minutes]: as observed, once often enough, else by the three points agreed.

    Parameters
    ----------
    responses
        ``agreement_id``, ``notice_minutes`` of tests and real calls; enough are ``observed_notice_minimum``.
    """
    seen: dict[str, tuple[float, ...]] = {}
    for agreement, minutes in zip(responses["agreement_id"], responses["notice_minutes"], strict=True):
        seen[agreement] = (*seen.get(agreement, ()), minutes)
    enough = scenario.value("observed_notice_minimum")
    points = zip(*(agreements[name] for name in ("notice_low", "notice_mode", "notice_high")), strict=True)
    return [
        Observed(seen[agreement]) if len(seen.get(agreement, ())) >= enough else ThreePoint(*each)
        for agreement, each in zip(agreements["agreement_id"], points, strict=True)
    ]


def shared_delay(scenario: Scenario) -> tuple[FloatArray, FloatArray]:
    """Return the delays that all donors share [minutes] and the weight of each (W,)."""
    return scenario.three_point("mobilisation_minutes").quadrature(SHARED_DELAYS)


def aid_chances(
    agreements: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    zones: pd.DataFrame,
    moments: FloatArray,
    due: NDArray[np.bool_],
    scenario: Scenario,
) -> FloatArray:
    """Return P(the officers of each agreement have arrived) by shared delay, agreement, zone and moment (W, G, Z, T).

    Parameters
    ----------
    agreements
        As ``agreement_position`` returns them.
    tables
        ``donors`` and ``aid_responses``.
    zones
        ``lat``, ``lon`` of where they are wanted.
    moments, due
        Times since the call [minutes] (T,), and those at which each agreement is looked at (G, T): 0 at others.
    """
    waits, _ = shared_delay(scenario)
    donors = tables["donors"]
    minutes = journeys(donors, zones[["lat", "lon"]].to_numpy(float), scenario)
    place = {donor: number for number, donor in enumerate(donors["donor_id"])}
    minutes = minutes[[place[donor] for donor in agreements["donor_id"]]]
    chances = np.zeros((waits.size, len(agreements), len(zones), moments.size))
    counted = agreements["counted_availability"].to_numpy(float)
    for number, notice in enumerate(notices(agreements, tables["aid_responses"], scenario)):
        others, at = np.add.outer(waits, minutes[number]).tobytes(), tuple(moments[due[number]].tolist())
        come = _come_by(notice, others, at).reshape(len(at), waits.size, len(zones))
        chances[:, number, :, due[number]] = counted[number] * come
    return np.nan_to_num(chances, copy=False)


@lru_cache(maxsize=KEPT)
def _come_by(notice: ThreePoint | Observed, others: bytes, moments: tuple[float, ...]) -> FloatArray:
    """Return P(arrived by each moment), by moment and what comes to the notice (T, others).

    Parameters
    ----------
    others
        Delay before the notice and journey after it, together [minutes]: the bytes of an array of floats.
    """
    found = np.array(notice.cdf(np.subtract.outer(np.array(moments, float), np.frombuffer(others))), float)
    found.setflags(write=False)
    return found


def aid_arrived(
    called: Sequence[IntArray], sizes: IntArray, chances: FloatArray, most: int, weights: FloatArray, due: IntArray
) -> FloatArray:
    """Return P(at least 0, 1, ... ``most`` officers have come) by tier, nearer ones included (tiers, Z, T, most + 1).

    Parameters
    ----------
    called
        Agreements of each tier whose officers can fill the role.
    sizes
        Officers of each agreement (G,).
    chances
        As ``aid_chances`` returns them.
    weights
        Weight of each shared delay (W,).
    due
        Positions of the moments looked at; at others the answer is not a number.
    """
    until = np.array([each.size for each in called]).cumsum()
    return _come(np.concatenate(called), until, np.minimum(sizes, most), chances, weights, due, most)


@compiled
def _join(came: FloatArray, size: int, chance: float) -> None:
    """Let ``size`` more officers, as many as are told apart at most, come together with probability ``chance``."""
    most, stay = came.size - 1, 1.0 - chance
    if chance > 0.0:
        enough = 0.0
        for officers in range(most - size, most + 1):
            enough += came[officers]
        came[most] = came[most] * stay + enough * chance
        for officers in range(most - 1, size - 1, -1):
            came[officers] = came[officers] * stay + came[officers - size] * chance
        for officers in range(min(size, most)):
            came[officers] *= stay


@compiled
def _come(
    called: IntArray,
    until: IntArray,
    sizes: IntArray,
    chances: FloatArray,
    weights: FloatArray,
    due: IntArray,
    most: int,
) -> FloatArray:
    """Return what ``aid_arrived`` returns: as ``joined``, one agreement after another, place by place.

    Parameters
    ----------
    called, until
        Agreements in order of their tier, and how many are called up to each tier.
    sizes
        Officers of each agreement (G,), ``most`` at most.
    """
    found = np.full((until.size, chances.shape[2], chances.shape[3], most + 1), np.nan)
    found[:, :, due] = 0.0
    came = np.zeros(most + 1)
    for zone in range(chances.shape[2]):
        for moment in due:
            for wait in range(weights.size):
                came[:] = 0.0
                came[0] = 1.0
                for tier in range(until.size):
                    for one in called[until[tier - 1] if tier else 0 : until[tier]]:
                        _join(came, sizes[one], chances[wait, one, zone, moment])
                    for officers in range(most + 1):
                        found[tier, zone, moment, officers] += weights[wait] * came[officers]
    for officers in range(most - 1, -1, -1):
        found[..., officers] += found[..., officers + 1]
    return found
