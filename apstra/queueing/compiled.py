"""Loops over many states or calls, compiled to machine code the first time they are needed.

In: a function of numbers and arrays. Out: the same function, compiled by numba at its first call and kept on disk for
the next process. Whoever only reads results never waits for the compiler, nor even for its import.
"""

from collections.abc import Callable
from functools import cache, wraps
from types import FunctionType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return ``function`` compiled at its first call; as it was written it stays within reach as ``__wrapped__``.

    It may call other compiled functions of its own module: what is kept on disk is renewed with that module alone.
    """

    @cache
    def machine_code() -> Callable[..., Any]:
        import numba  # noqa: PLC0415 its import alone takes as long as all the rest of the package

        known = function.__globals__
        within = {name: known[name].machine_code() for name in function.__code__.co_names if _is_compiled(known, name)}
        written = FunctionType(function.__code__, known | within, function.__name__)
        return cast("Callable[..., Any]", numba.njit(cache=True, nogil=True)(written))

    @wraps(function)
    def call(*arguments: Any) -> Any:
        return machine_code()(*arguments)

    vars(call)["machine_code"] = machine_code
    return cast("F", call)


def _is_compiled(known: dict[str, Any], name: str) -> bool:
    """Tell whether ``name`` is known as a function that is compiled when it is called."""
    return hasattr(known.get(name), "machine_code")
