"""One deadline for all requests of a call.

A limit for each request does not bound a call: if a node answers each of a thousand requests just
in time, the call takes a thousand times as long. So a call opens a deadline, calls inside it share
it, and every request and every wait may take only what is left.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["left", "within"]

_ENDS: Final[ContextVar[tuple[Callable[[], float], ...]]] = ContextVar("ends", default=())


@contextmanager
def within(seconds: float, clock: Callable[[], float]) -> Iterator[None]:
    """Limit the time inside this context, also by the deadlines of outer contexts.

    Args:
        seconds: the limit, which may be infinite.
        clock: a monotonic clock, in seconds.
    """
    if seconds == inf:
        yield
        return
    end = clock() + seconds
    token = _ENDS.set((*_ENDS.get(), lambda: end - clock()))
    try:
        yield
    finally:
        _ENDS.reset(token)


def left() -> float:
    """Return how many seconds the innermost deadlines leave; infinite if there are none."""
    return min((one() for one in _ENDS.get()), default=inf)
