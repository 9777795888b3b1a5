"""How many blocks to ask for at once, if a node refuses requests that are too large.

Nodes refuse a request for events for two reasons, which their words do not distinguish reliably:
the range has too many blocks, or too many events. A span that only shrinks turns twenty requests
into a million; a span that doubles after each success is refused at every second request. So:

- If a range was refused and its first part was empty, the rest was refused, too: halve it, and find
  the crowded place in as many steps as the range has binary digits.
- After a success, let the span grow at once, to the length that would bring as many events as any
  request ever brought, by the density of the last events.
- If a range was refused although its parts together brought no more events than another request,
  it was too long: its length is a ceiling, which is tried again after a while, ever more rarely.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

__all__ = ["Spans"]

_GROWTH: Final = 256
_MOST_PATIENCE: Final = 32


@dataclass(slots=True)
class Spans:
    """The number of blocks to ask for next, given the outcome of each request.

    Attributes:
        most: never ask for more blocks than this.
        size: blocks to ask for next.
    """

    most: int
    size: int = 0
    _best_count: int = 0
    _count: int = 0
    _length: int = 1
    _refused_until: int = 0
    _refused_length: int = 0
    _inside: int = 0
    _refusals: int = 0
    _longest: int = 0
    _crowded: bool = False
    _ceiling: int = 0
    _successes: int = 0
    _patience: int = 2

    def __post_init__(self) -> None:
        self.size = self.most
        self._ceiling = 2 * self.most

    def refused(self, since: int, length: int) -> None:
        """Record that the node refused ``length`` blocks from ``since``."""
        self._refusals += 1
        if self._refused_until and length <= self._longest:
            self._crowded = True  # a longer range was accepted a moment ago
        self._refused_until, self._refused_length, self._inside = since + length, length, 0
        if 2 * length > self._ceiling and not self._successes:
            self._patience = min(_MOST_PATIENCE, 2 * self._patience)
        self._successes = 0
        likely = self._likely()
        if self._refusals == 1 and 3 * length <= 10 * likely and 10 * likely < 9 * length:
            self.size = likely
        else:
            self.size = length // (2 if self._refusals <= 3 else 4)
        self.size = max(1, self.size)

    def accepted(self, since: int, length: int, count: int) -> None:
        """Record that the node returned ``count`` events of ``length`` blocks from ``since``."""
        self._refusals = 0
        self._best_count = max(self._best_count, count)
        self._count, self._length = count, length
        if 3 * length > 2 * self._ceiling and not self._successes:
            self._patience = 1
        self._successes += 1
        self._longest = max(self._longest, length)
        if self._refused_until:
            self._inside += count
            rest = self._refused_until - (since + length)
            if rest > 0 and not count:
                self.size = max(1, (rest + 1) // 2 if self._crowded else min(rest, length))
                return
            if rest <= 0:
                self._passed()
        if self._successes >= self._patience:
            self._ceiling, self._successes = min(2 * self._ceiling, 2 * self.most), 0
        wanted = min(self._likely(), length * _GROWTH) if count else length * _GROWTH
        self.size = max(1, min(self.most, self._ceiling, max(length, wanted)))

    def _passed(self) -> None:
        # The whole range that was last refused has been read.
        if self._inside <= self._best_count:
            near = 10 * self._refused_length < 13 * self._longest
            middle = isqrt(self._refused_length * self._longest)
            self._ceiling = max(1, self._refused_length - 1 if near else middle)
        self._refused_until = self._longest = self._successes = 0
        self._crowded = False

    def _likely(self) -> int:
        # The length that would bring as many events as were ever accepted, if they are as dense as
        # in the range that was last accepted.
        return self._best_count * self._length // self._count if self._count else 0
