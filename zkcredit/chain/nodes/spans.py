"""How many blocks to ask for at once, when a node refuses what it finds too much.

Nodes refuse a request for events for two reasons, which their words do not tell apart reliably:
the range has too many blocks, or there is too much in it. A span that only shrinks makes a million
requests of twenty; one that doubles after each success is refused at every second request. So:

- inside a range that was refused and whose first part was empty, the rest was refused too: halve
  it, and find the crowded place in as many steps as the range has binary digits;
- a success after that lets the span grow at once, as far as the density of events just read allows
  it by the largest number of events that a request ever brought;
- a range that was refused though its parts together brought no more than another request did, was
  too long: its length is a ceiling, tried again after a while and more and more rarely.
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
    """The number of blocks to ask for next; told what became of each request.

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
        """Note that the node refused ``length`` blocks from ``since`` on."""
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
        """Note that the node returned ``count`` events of ``length`` blocks from ``since`` on."""
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
        # Everything of the range that was refused last has been read.
        if self._inside <= self._best_count:
            near = 10 * self._refused_length < 13 * self._longest
            middle = isqrt(self._refused_length * self._longest)
            self._ceiling = max(1, self._refused_length - 1 if near else middle)
        self._refused_until = self._longest = self._successes = 0
        self._crowded = False

    def _likely(self) -> int:
        # A length that brings as many events as ever were accepted, where they are as dense as in
        # the range that was accepted last.
        return self._best_count * self._length // self._count if self._count else 0
