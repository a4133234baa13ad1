"""Loops over many states or calls, compiled to machine code the first time they are needed.

In: a function of numbers and arrays. Out: the same function, compiled by numba at its first call and kept on disk for
the next process. Whoever only reads results never waits for the compiler, nor even for its import.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return ``function`` compiled at its first call; as it was written it stays within reach as ``__wrapped__``."""

    @cache
    def machine_code() -> Callable[..., Any]:
        import numba  # noqa: PLC0415 its import alone takes as long as all the rest of the package

        return cast("Callable[..., Any]", numba.njit(cache=True, nogil=True)(function))

    @wraps(function)
    def call(*arguments: Any) -> Any:
        return machine_code()(*arguments)

    return cast("F", call)
