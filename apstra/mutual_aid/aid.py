"""How many officers of each role have donors brought to a zone by each moment?

In: agreements as they are counted, donors, zones and the roles called for. Out: the probability that at least so many
officers have come, with home donors, with regional ones too, with national ones too. The request reaches all donors
after one shared delay, so that all are late together when it is long.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.mutual_aid.agreements import donor_journeys
from apstra.mutual_aid.assembly import SHARED_DELAYS, Observed, joined, nobody
from apstra.scenario import Scenario
from apstra.uncertainty import ThreePoint

FloatArray = NDArray[np.float64]
TIERS: Final = ("home", "regional", "national")


def notices(agreements: pd.DataFrame, responses: pd.DataFrame, scenario: Scenario) -> list[ThreePoint | Observed]:
    """Return the notice of each agreement [minutes]: as observed, once often enough, else by the three points agreed.

    Parameters
    ----------
    responses
        ``agreement_id``, ``notice_minutes`` of tests and real calls; enough are ``observed_notice_minimum``.
    """
    seen = responses.groupby("agreement_id")["notice_minutes"].agg(tuple).to_dict()
    enough = scenario.value("observed_notice_minimum")
    return [
        Observed(seen[row.agreement_id])
        if len(seen.get(row.agreement_id, ())) >= enough
        else ThreePoint(row.notice_low, row.notice_mode, row.notice_high)
        for row in agreements.itertuples()
    ]


def aid_chances(
    agreements: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    zones: pd.DataFrame,
    moments: FloatArray,
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
    """
    waits, _ = scenario.three_point("mobilisation_minutes").quadrature(SHARED_DELAYS)
    minutes = donor_journeys(tables["donors"], zones, scenario).reindex(agreements["donor_id"]).to_numpy(float)
    left = moments - waits[:, np.newaxis]
    chances = np.zeros((waits.size, len(agreements), len(zones), moments.size))
    counted = agreements["counted_availability"].to_numpy(float)
    for number, notice in enumerate(notices(agreements, tables["aid_responses"], scenario)):
        since = left[:, np.newaxis, :] - minutes[number][:, np.newaxis]
        chances[:, number] = counted[number] * notice.cdf(since)
    return np.nan_to_num(chances)


def aid_arrived(
    offers: NDArray[np.bool_], agreements: pd.DataFrame, chances: FloatArray, most: int, scenario: Scenario
) -> Mapping[str, FloatArray]:
    """Return tier to P(at least 0, 1, ... ``most`` officers have come), nearer tiers included (Z, T, most + 1).

    Parameters
    ----------
    offers
        Agreements whose officers can fill the role (G,).
    chances
        As ``aid_chances`` returns them.
    """
    _, weights = scenario.three_point("mobilisation_minutes").quadrature(SHARED_DELAYS)
    arrived = np.stack([np.broadcast_to(nobody(1, most), (*chances.shape[2:], most + 1))] * weights.size)
    sizes, tiers = agreements["officers"].to_numpy(int), agreements["tier"].to_numpy(object)
    found = {}
    for tier in TIERS:
        for number in np.flatnonzero(offers & (tiers == tier)):
            arrived = joined(arrived, int(sizes[number]), chances[:, number])
        mixed = np.tensordot(weights, arrived, 1)
        found[tier] = mixed[..., ::-1].cumsum(axis=-1)[..., ::-1]
    return found
