"""Reports over all loans: made anew with each block if that is quick, and less often if it is not.

A report of a large market takes seconds or minutes. It is made in the background then, by one
thread, and readers see the one before, which says as of when it is.
"""

from __future__ import annotations

import time
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final

from zkcredit.errors import ZkCreditError
from zkcredit.language import marked
from zkcredit.page.verdicts import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Report"]

_QUICK: Final = 0.1  # seconds for which a reader may wait
_SHARE: Final = 40  # one part of the time at most is spent on a report that takes long
_PATIENCE: Final = 2.0  # seconds to wait for another reader who makes the first one


class Report:
    """One report, for all readers. Threads may share it.

    Args:
        make: makes it, and may take long.
        report: called with an error's text, for whoever runs the page.
        clock: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        make: Callable[[], dict[str, Any]],
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._report = report
        self._clock = clock
        self._making = Lock()
        self._value: dict[str, Any] | None = None
        self._version = -1
        self._at = 0.0  # when it was made
        self._took = 0.0

    @property
    def made_at(self) -> float:
        """When the present report was made, on the clock; 0 before the first one."""
        return self._at

    def get(self, version: int) -> dict[str, Any]:
        """Return the report: that of this version, or an earlier one while it takes long.

        Args:
            version: the present version of the page's status.

        Raises:
            Busy: if there is none yet, and another reader has it made.
            ZkCreditError: if it cannot be made.
        """
        value = self._value
        if value is None:
            return self._first(version)
        quick = self._took <= _QUICK
        rests = not quick and self._clock() < self._at + _SHARE * self._took
        if self._version == version or rests:
            return value
        if not self._making.acquire(timeout=_PATIENCE if quick else 0):
            return value
        if not quick:
            Thread(target=self._aside, args=(version,), name="report", daemon=True).start()
            return value
        try:
            return self._made(version)
        finally:
            self._making.release()

    def _first(self, version: int) -> dict[str, Any]:
        if not self._making.acquire(timeout=_PATIENCE):
            raise Busy(marked("This report is being made. Try again in a minute."))
        try:
            return self._made(version)
        finally:
            self._making.release()

    def _aside(self, version: int) -> None:
        try:
            self._made(version)
        except ZkCreditError as error:
            self._report(f"{type(error).__name__}: {error}")
        finally:
            self._making.release()

    def _made(self, version: int) -> dict[str, Any]:
        if self._value is not None and self._version == version:
            return self._value  # by another reader meanwhile
        started = self._clock()
        value = self._make()
        # the value first: whoever sees the new time finds the new value
        self._version, self._value = version, value
        self._took, self._at = self._clock() - started, self._clock()
        return value
