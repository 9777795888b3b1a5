"""Decide what a node's refusal of a request for events means: too much, or not now.

After "too much" a smaller range must be asked for, after "not now" the same range again. The words
do not always say which, so this module remembers what follows: words after which the same range was
answered mean "not now"; words after which only a smaller range was answered mean "too much".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Refusals", "offered"]

_TRIES: Final = 3  # of one range, unless the words say that it is too much
_MOST_TRIES: Final = 8  # of one range, if the same words passed before
_TOO_MUCH: Final = re.compile(
    r"range|limit|exceed|too (many|large|much|big|wide)|more than|result|size|blocks", re.I
)
_NOT_NOW: Final = re.compile(
    r"\brates?\b|too many requests|requests? (per|count|limit|rate)|per (second|minute|day)|quota"
    r"|throttl|compute units|capacity|busy|overload|temporar|unavailable|time(d )?.?out|deadline",
    re.I,
)
_NUMBER: Final = re.compile(r"0x[0-9a-f]+|\d+", re.I)
_RANGE: Final = re.compile(r"\[\s*(0x[0-9a-f]+|\d+)\s*,\s*(0x[0-9a-f]+|\d+)\s*\]", re.I)


@dataclass(slots=True)
class Refusals:
    """Learns the outcome of each request, and says what to do after an error.

    Attributes:
        tries: how often the next range was already asked for.
    """

    tries: int = 0
    _too_much: set[str] = field(default_factory=set)
    _not_now: set[str] = field(default_factory=set)
    _words: str = ""
    _suspect: str = ""

    def too_much(self, words: str) -> bool:
        """Return whether a range was refused for its size; if not, it should be asked for again."""
        self.tries += 1
        self._words = _NUMBER.sub("#", words)
        if self._words in self._not_now:
            known = self.tries >= _MOST_TRIES
        else:
            known = (
                self._words in self._too_much
                or self._words == self._suspect
                or (_TOO_MUCH.search(words) is not None and not _NOT_NOW.search(words))
                or self.tries >= _TRIES
            )
        if known:
            self._suspect, self.tries = self._words, 0
        return known

    def hopeless(self) -> bool:
        """Return whether a range that cannot be made smaller was asked for often enough."""
        return self.tries >= (_MOST_TRIES if self._words in self._not_now else _TRIES)

    def tried_alone(self, words: str) -> None:
        """Record an error of a range that cannot be made smaller."""
        self.tries += 1
        self._words = _NUMBER.sub("#", words)

    def answered(self) -> None:
        """Record that a range was answered."""
        if self.tries:
            self._not_now.add(self._words)
        elif self._suspect:
            self._too_much.add(self._suspect)
        self.tries, self._suspect = 0, ""


def offered(words: str, since: int, until: int) -> int:
    """Return how many blocks from ``since`` a node offers in its refusal, or 0."""
    for first, last in _RANGE.findall(words):
        begin, end = int(first, 0), int(last, 0)
        if begin == since and begin <= end < until:
            return end - begin + 1
    return 0
