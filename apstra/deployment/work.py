"""What armed crews are called to, where, how often and for how long, and how far it is.

In: zones, bases, travel times, the rate of firearms operations, the crews they take and the other work of armed crews.
Out: ``Work``, the same numbers as arrays, which the exact model and the simulation share.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Posting = NDArray[np.int64]


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
