"""What every formula of the package asks of its arguments.

In: the name of an argument and its value. Out: the value as a number or an array. A value out of range is refused in
words that name the argument and the value.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def whole(name: str, value: float, least: int = 0) -> int:
    """Return ``value`` as an int, refusing what is below ``least`` or fractional."""
    if not (np.isfinite(value) and value >= least and float(value).is_integer()):
        raise ValueError(f"{name} must be a whole number >= {least}, not {value}")
    return int(value)


def finite(name: str, value: float) -> float:
    """Return ``value`` as a float, refusing what is negative or not finite."""
    if not (np.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be finite and not negative, not {value}")
    return float(value)


def positive(name: str, value: float) -> float:
    """Return ``value`` as a float, refusing what is not above 0 or not finite."""
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be finite and above 0, not {value}")
    return float(value)


def rates(name: str, values: ArrayLike) -> FloatArray:
    """Return ``values`` as a one-dimensional array, refusing another shape and what is negative or not finite."""
    given = np.array(values, float)
    if given.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not {given.tolist()}")
    if wrong := given[~(np.isfinite(given) & (given >= 0))].tolist():
        raise ValueError(f"{name} must be finite and not negative, not {wrong[0]}")
    return given
