"""Work out again only what depends on a change.

The functions of an assessment are pure: what one returned stays right for as long as everything it read is the same.
In: a function and what it is given. Out: its answer, from memory where one fits. Tables and scenario are given whole
and watched while they are read, so that a function that reads crews alone is not asked again when an agreement changes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar, cast

import numpy as np
import pandas as pd

from apstra.scenario import Assumption, Force, Scenario
from apstra.schema.edit import Edit
from apstra.uncertainty import ThreePoint

MOST: Final = 24  # answers kept of each function
PAIRS: Final = 512  # of tables compared, of which it is kept whether they are equal
COMPARED: Final = 3  # newest answers whose inputs are compared by content too, not by identity alone

_GONE: Final = object()  # equal to nothing else
T = TypeVar("T")
Recaller = Callable[..., Any]
Log = dict[tuple[int, str, str], object]


def plain(function: Callable[..., T], *given: Any) -> T:
    """Return what ``function`` returns: a ``Recall`` that remembers nothing."""
    return function(*given)


@dataclass(frozen=True, slots=True, eq=False)
class Recall:
    """Answers of pure functions, kept with what they were made from.

    Called with a function and its arguments. A scenario and a mapping of tables count by what the function read of
    them; all other arguments count whole: the same object, or in the newest answers an equal one. Nothing given or
    returned may be altered afterwards, and an answer must not hold on to the scenario it was given.
    """

    kept: dict[Callable[..., Any], list[tuple[Log, Any]]] = field(default_factory=dict)
    compared: dict[tuple[int, int], tuple[object, object, bool]] = field(default_factory=dict)

    def latest(self, function: Callable[..., T]) -> T | None:
        """Return the answer of ``function`` given last, None where it was never asked."""
        answers = self.kept.get(function)
        return cast("T", answers[0][1]) if answers else None

    def __call__(self, function: Callable[..., T], *given: Any) -> T:
        """Return ``function(*given)``, worked out only where no answer kept fits."""
        answers, bare = self.kept.setdefault(function, []), tuple(map(_bare, given))
        place = _found(answers, bare, self._alike)
        if place is None:
            made: Log = {(0, "number", ""): len(bare)}
            value = function(*(_watched(one, number, made) for number, one in enumerate(bare)))
            answers.insert(0, (made, value))
            del answers[MOST:]
        else:
            answers.insert(0, answers.pop(place))
        log, value = answers[0]
        for number, kind, name in log:
            # Within a function that is watched itself: what it read through this one, it read.
            if kind != "number" and isinstance(given[number], _Tables | _Scenario):
                given[number].note(kind, name)
        return cast("T", value)

    def _alike(self, one: object, other: object) -> bool:
        """Return whether two inputs are equal; many functions ask this of the same two tables."""
        if not isinstance(one, pd.DataFrame | pd.Series) or type(one) is not type(other):
            return _equal(one, other)
        pair = id(one), id(other)
        if pair not in self.compared:
            # Both are held, so that their identities come to nothing else.
            self.compared[pair] = one, other, cast("pd.DataFrame", one).equals(other)
            if len(self.compared) > PAIRS:
                del self.compared[next(iter(self.compared))]
        return self.compared[pair][2]


def _found(
    answers: list[tuple[Log, Any]], given: tuple[Any, ...], alike: Callable[[object, object], bool]
) -> int | None:
    """Return which answer was made from what is given now."""
    tests: list[tuple[int, Callable[[object, object], bool]]] = [(MOST, _is), (COMPARED, alike)]
    for most, same in tests:
        for place, (log, _) in enumerate(answers[:most]):
            if _fits(log, given, same):
                return place
    return None


def _fits(log: Log, given: tuple[Any, ...], same: Callable[[object, object], bool]) -> bool:
    """Return whether all that was read is the same in what is given now; what was not is looked at first next time."""
    for key in reversed(log):
        (number, kind, name), was = key, log[key]
        now = _read(given, number, kind, name)
        if now is not was and not same(was, now):
            log[key] = log.pop(key)
            return False
    return True


def _is(one: object, other: object) -> bool:
    """Return whether two inputs are the same object, or equal where that is quickly told."""
    if one is other:
        return True
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_is, one, other))
    quick = (str, int, float, date, Assumption, Edit)
    return isinstance(one, quick) and isinstance(other, quick) and bool(one == other)


def _equal(one: object, other: object) -> bool:
    """Return whether two inputs are equal."""
    if _is(one, other) or type(one) is not type(other):
        return one is other or _is(one, other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, cast("np.ndarray", other), equal_nan=one.dtype.kind == "f")
    return False


def _read(given: tuple[Any, ...], number: int, kind: str, name: str) -> object:
    """Return what stands now where a function read before; a thing that nothing else is where it is gone."""
    if kind == "number":
        return len(given)
    one = given[number] if number < len(given) else _GONE
    if kind == "whole":
        return one
    if kind == "table":
        return one.get(name, _GONE) if isinstance(one, Mapping) else _GONE
    return _standing(one, kind, name) if isinstance(one, Scenario) else _GONE


def _standing(scenario: Scenario, kind: str, name: str) -> object:
    """Return a setting or an assumption of a scenario as it stands."""
    if kind == "assumption":
        return scenario.assumption(name) if name in scenario.assumptions else _GONE
    return getattr(scenario.force if kind == "force" else scenario, name)


def _bare(given: object) -> object:
    """Return what is watched, itself where nothing is."""
    return given.bare if isinstance(given, _Tables | _Scenario) else given


def _watched(given: object, number: int, log: Log) -> object:
    """Return a scenario or tables so that what is read of them is noted; note anything else whole."""
    if isinstance(given, Scenario):
        return _Scenario(given, given, number, log)
    if isinstance(given, Mapping) and all(isinstance(frame, pd.DataFrame) for frame in given.values()):
        return _Tables(given, number, log)
    log[number, "whole", ""] = given
    return given


@dataclass(frozen=True, eq=False)
class _Tables(Mapping[str, pd.DataFrame]):
    """Tables that note which of them are read."""

    bare: Mapping[str, pd.DataFrame]
    number: int
    log: Log

    def __getitem__(self, name: str) -> pd.DataFrame:
        frame = self.bare[name]
        self.log[self.number, "table", name] = frame
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self.bare)

    def __len__(self) -> int:
        return len(self.bare)

    def note(self, _kind: str, name: str) -> None:
        """Note that a table was read."""
        self.get(name)


@dataclass(frozen=True, slots=True, eq=False)
class _Scenario:
    """A scenario that notes which settings and assumptions are read: those of ``whole``, from which it was made."""

    bare: Scenario
    whole: Scenario
    number: int
    log: Log

    def __getattr__(self, name: str) -> Any:
        if name == "force":
            return _Force(self.whole.force, self.number, self.log)
        value = getattr(self.bare, name)
        self.log[self.number, "scenario", name] = getattr(self.whole, name)
        return value

    def assumption(self, name: str) -> Assumption:
        """Return an assumption, noted as it stands in the whole scenario."""
        found = self.bare.assumption(name)
        self.log[self.number, "assumption", name] = self.whole.assumption(name)
        return found

    def value(self, name: str) -> float:
        """Return the value in force of an assumption [its unit]."""
        return self.assumption(name).value

    def three_point(self, name: str) -> ThreePoint:
        """Return an assumption as a distribution [its unit]."""
        found = self.assumption(name)
        return ThreePoint(found.low, found.value, found.high)

    def with_values(self, **changes: float) -> "_Scenario":
        """Return the same with some assumptions changed, its readings noted in the same place."""
        return _Scenario(self.bare.with_values(**changes), self.whole, self.number, self.log)

    def note(self, kind: str, name: str) -> None:
        """Note that a setting or an assumption was read."""
        self.log[self.number, kind, name] = _standing(self.whole, kind, name)


@dataclass(frozen=True, slots=True, eq=False)
class _Force:
    """A force that notes which of its settings are read."""

    bare: Force
    number: int
    log: Log

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.bare, name)
        self.log[self.number, "force", name] = value
        return value
