"""One deadline for all requests of a call, however many it takes.

A limit for each request does not bound a call: a node that answers each of a thousand requests a
moment before its time is over holds the caller a thousand times as long. So a call opens a
deadline, calls inside of it share it, and every request and every wait asks how much is left.
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
    """Give what is inside at most so many seconds, and no more than what is around it has left.

    Args:
        seconds: may be infinite.
        clock: a clock that never goes back, in seconds.
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
