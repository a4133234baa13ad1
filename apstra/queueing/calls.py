"""Calls for units told apart: what may be asked of the hypercube, checked and put together.

In: rates, orders of preference, service rates and units asked for, as given. Out: ``Calls``, like calls in one class;
or a refusal that names the argument and its value.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from apstra.queueing.arguments import FloatArray, rates

Indices = NDArray[np.uint32]
LARGEST: Final = 22
MOST_COUNTED: Final = 255  # numbers of units are kept in one byte for each state
BYTES_A_TRANSITION: Final = 12
BYTES_A_STATE: Final = 150
GIBIBYTE: Final = 2.0**30
QUEUES: Final = ("loss", "infinite")


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Checked arguments: one row of ``orders``, ``required`` and ``rates`` for each class of like calls.

    Attributes
    ----------
    zone_rates, zone_class
        Rate of each zone, and the class it belongs to.
    service, most, stride
        Service rate of a unit of each column, the units it stands for, and what one more busy adds to a state's number.
    """

    zone_rates: FloatArray
    zone_class: NDArray[np.int64]
    orders: Indices
    required: Indices
    rates: FloatArray
    service: FloatArray
    most: Indices
    stride: Indices

    @property
    def units(self) -> int:
        """Return the number of units."""
        return int(self.most.sum())

    @property
    def capacity(self) -> float:
        """Return the service rate of all units together."""
        return float(self.service @ self.most)


def checked(
    arrival_rates: ArrayLike,
    preferences: ArrayLike,
    service_rates: ArrayLike,
    queue: str,
    units_required: ArrayLike | None = None,
    units_at: ArrayLike | None = None,
    *,
    largest: float = LARGEST,
) -> Calls:
    """Return the arguments for at most 2**largest states, like calls put together, or refuse them by name and value."""
    zone_rates = rates("arrival_rates", arrival_rates)
    orders = _orders(preferences, zone_rates.size)
    most = _most(units_at, orders.shape[1], largest)
    service = _service(service_rates, orders.shape[1])
    required = _required(units_required, zone_rates.size, most.sum())
    if queue not in QUEUES:
        raise ValueError(f"queue must be one of {', '.join(QUEUES)}, not {queue!r}")
    if queue == "infinite" and zone_rates.sum() >= service @ most:
        raise ValueError(
            f"arrival_rates must sum to less than the units' service rates, {service @ most:g}, for a line that does "
            f"not grow without end, not to {zone_rates.sum():g}"
        )
    kinds, zone_class = alike(np.column_stack([orders, required]))
    stride = np.cumprod(np.append(1, most[:-1] + 1)).astype(np.uint32)
    class_rates = np.zeros(len(kinds))
    np.add.at(class_rates, zone_class, zone_rates)
    return Calls(zone_rates, zone_class, kinds[:, :-1].copy(), kinds[:, -1].copy(), class_rates, service, most, stride)


def alike(rows: Indices) -> tuple[Indices, NDArray[np.int64]]:
    """Return the distinct rows in the order they come, and which of them each row is."""
    known: dict[bytes, int] = {}
    which = np.array([known.setdefault(row.tobytes(), len(known)) for row in rows], np.int64)
    first = np.zeros(len(known), np.int64)
    first[which[::-1]] = np.arange(len(rows))[::-1]
    return rows[first], which


def _orders(preferences: ArrayLike, zones: int) -> Indices:
    """Return the preferences as indices, refusing what is no permutation of the units."""
    given = np.asarray(preferences)
    if given.ndim != 2 or len(given) != zones or not given.shape[1]:  # noqa: PLR2004 zones and units
        raise ValueError(f"preferences must be a row of units for each of {zones} zones, not of shape {given.shape}")
    units = given.shape[1]
    wrong = (np.sort(given, axis=1) != np.arange(units)).any(axis=1)
    if wrong.any():
        zone = int(wrong.argmax())
        raise ValueError(
            f"preferences of zone {zone} must be a permutation of 0 to {units - 1}, not {given[zone].tolist()}"
        )
    return given.astype(np.uint32)


def _most(units_at: ArrayLike | None, columns: int, largest: float) -> Indices:
    """Return the units that each column stands for, refusing more combinations than can be held."""
    given = np.ones(columns) if units_at is None else np.asarray(units_at, float)
    if given.shape != (columns,) or not np.all((given >= 1) & (given % 1 == 0)):
        raise ValueError(f"units_at must be a whole number >= 1 for each of {columns} units, not {given.tolist()}")
    states = float(np.prod(given + 1))
    if states > 2.0**largest:
        needed = states * (columns / 2 * BYTES_A_TRANSITION + BYTES_A_STATE) / GIBIBYTE
        most = f"preferences must name at most {largest} units, not {columns}"
        if units_at is not None:
            most = f"units_at must lead to at most 2**{largest} states, not {given.tolist()}"
        raise ValueError(f"{most}: {states:.3g} states need {needed:,.1f} GiB")
    if units_at is not None and given.sum() > MOST_COUNTED:
        raise ValueError(f"units_at must sum to at most {MOST_COUNTED}, not {given.sum():.0f}")
    return given.astype(np.uint32)


def _service(service_rates: ArrayLike, units: int) -> FloatArray:
    """Return the service rate of each unit, refusing another number of them and what is not above 0."""
    given = np.asarray(service_rates, float)
    service = rates("service_rates", np.full(units, given) if given.ndim == 0 else given)
    if service.size != units or not service.all():
        raise ValueError(
            f"service_rates must be above 0, one for all or one for each of {units} units, not {given.tolist()}"
        )
    return service


def _required(units_required: ArrayLike | None, zones: int, units: int) -> Indices:
    """Return the units that calls of each zone ask for, refusing none, fractions and another number of zones."""
    given = np.ones(zones) if units_required is None else np.asarray(units_required, float)
    if given.shape != (zones,):
        raise ValueError(f"units_required must be one for each of {zones} zones, not of shape {given.shape}")
    wrong = given[~((given >= 1) & np.isfinite(given) & (np.floor(given) == given))]
    if wrong.size:
        raise ValueError(f"units_required must be whole numbers >= 1, not {wrong[0]:g}")
    return np.minimum(given, units).astype(np.uint32)
