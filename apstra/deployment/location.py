"""Where should crews stand so that most calls have a crew in reach, allowing for crews that are busy?

In: demand, travel times, a standard, the number of crews and how busy they are. Out: the number of crews at each site.
A first answer in the search for a posting: it takes crews to be busy independently, so the exact model has the last
word.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, sparse

from apstra.deployment.work import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Posting:
    """Where crews stand.

    Attributes
    ----------
    objective
        Weight expected to have a crew free within the standard [unit of the weights].
    sites
        Crews at each site (sites,) [crews].
    """

    objective: float
    sites: NDArray[np.int64]


def locate(weights: ArrayLike, travel_time: ArrayLike, standard: ArrayLike, crews: int, busy_share: float) -> Posting:
    """Return the posting with the most weight expected to have a crew free within the standard.

    Parameters
    ----------
    weights
        Demand of each zone (zones,) [any unit].
    travel_time
        From each site to each zone (zones, sites) [minutes].
    standard
        Time within which a zone is covered [minutes], one for all or one each (zones,).
    crews
        Crews to place, several at one site allowed [crews].
    busy_share
        Share of time a crew is busy; 0 gives the maximal covering location problem.

    Raises
    ------
    ValueError
        If shapes do not agree, a weight or time is negative or not known, or ``busy_share`` is not in [0, 1).

    References
    ----------
    Daskin 1983, Transportation Science 17(1):48 (MEXCLP), solved as an integer programme by HiGHS.
    """
    weight, time = np.asarray(weights, float), np.asarray(travel_time, float)
    _refuse(weight, time, crews, busy_share)
    covers = sparse.csr_array(time <= np.broadcast_to(np.asarray(standard, float), weight.shape)[:, np.newaxis])
    zones, sites = time.shape
    if not (crews and sites and zones):
        return Posting(0.0, np.zeros(sites, np.int64))
    gains = np.concatenate([weight * (1.0 - busy_share) * busy_share**before for before in range(crews)])
    counted = sparse.hstack([sparse.eye_array(zones)] * crews)
    limits = sparse.vstack(
        [
            sparse.hstack([-covers.astype(float), counted]),
            sparse.hstack([np.ones((1, sites)), sparse.csr_array((1, zones * crews))]),
        ]
    )
    found = optimize.milp(
        -np.concatenate([np.zeros(sites), gains]),
        constraints=optimize.LinearConstraint(limits, -np.inf, np.append(np.zeros(zones), crews)),
        integrality=np.append(np.ones(sites), np.zeros(zones * crews)),
        bounds=optimize.Bounds(0, np.append(np.full(sites, crews), np.ones(zones * crews))),
        options={"mip_rel_gap": 0.0},
    )
    placed = np.round(found.x[:sites]).astype(np.int64)
    # Where further crews gain nothing the programme may leave them out; they stand where most weight is in reach.
    placed[(weight @ covers.toarray()).argmax()] += crews - placed.sum()
    reached = np.minimum(covers @ placed, crews).astype(int)
    return Posting(float(weight @ (1.0 - busy_share**reached)), placed)


def _refuse(weight: FloatArray, time: FloatArray, crews: int, busy_share: float) -> None:
    """Refuse arguments of ``locate`` that make no sense, by name and value."""
    if weight.ndim != 1 or time.ndim != 2 or len(time) != weight.size:  # noqa: PLR2004 zones and sites
        raise ValueError(f"travel_time must be (zones, sites) for {weight.size} weights, not of shape {time.shape}")
    for name, values in (("weights", weight), ("travel_time", time)):
        wrong = values[~(values >= 0)]
        if wrong.size:
            raise ValueError(f"{name} must be known and not negative, not {wrong[0]}")
    if not (crews >= 0 and float(crews).is_integer()):
        raise ValueError(f"crews must be a whole number >= 0, not {crews}")
    if not 0 <= busy_share < 1:
        raise ValueError(f"busy_share must lie in [0, 1), not {busy_share}")
