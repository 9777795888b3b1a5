"""How many blocks to ask for at once, when a node refuses what it finds too much.

Nodes refuse a request for events for two reasons, which their words do not tell apart reliably:
the range has too many blocks, or there is too much in it. Neither limit is known, nor where the
events are. A span that only shrinks makes a million requests of twenty; one that doubles after
each success is refused at every second request. So each answer is used for two estimates:

- the limits: an accepted range is below both. A refused range was above one of them: once its parts
  have been read, the number of its blocks and events often tells which one;
- the events ahead: three guesses (as lately, as all along, as in the last range) that count as
  much as they were right before, and a chance that a crowded place begins anywhere.

The next span is the one that promises the most blocks. If the events are spread over the blocks,
even if their density drifts, this takes at most twice the smallest possible number of requests.
A crowded place that nothing announces must be searched for, and each request gives one bit of
information: this costs as many further requests as the span has binary digits. No method needs
fewer, unless the node names a range that it would accept.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import groupby
from math import inf, isqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Spans"]

_KEPT: Final = 96  # accepted ranges that are remembered
_SAMPLES: Final = 12  # places of the past at which a span is tried
_LATELY: Final = 8  # spans that count as the recent past
_CROWD: Final = 0.3  # chance that something unannounced lies in the longest span
_MEMORY: Final = 0.93  # how much of a guess's merit is left after one more answer
_LEAST: Final = 0.02  # no guess is ever ruled out
_CAUTION: Final = 2.0  # a refusal costs more than its request: what is left is harder to guess
_CAUTION_INSIDE: Final = 1.3
_FASTEST: Final = 8  # doublings from one span to the next while next to nothing is found


@dataclass(slots=True)
class _Range:
    since: int
    end: int
    count: int = 0  # events that were found in it so far

    @property
    def length(self) -> int:
        return self.end - self.since


@dataclass(slots=True)
class _Limits:
    """What one request may ask for: blocks and events, between what is known of each."""

    length: int = 0  # the most blocks that were accepted
    count: int = 0  # the most events
    too_long: float = inf
    too_many: float = inf
    _refused: list[tuple[int, int]] = field(default_factory=list)
    _unclear: list[tuple[int, int]] = field(default_factory=list)

    def accept(self, length: int, count: int) -> None:
        self.length, self.count = max(self.length, length), max(self.count, count)
        self._sort()

    def refuse(self, length: int, count: int) -> None:
        self._refused.append((length, count))
        self._sort()

    def _sort(self) -> None:
        # What is within both limits was refused for another reason.
        self._refused = [
            one for one in self._refused[-_KEPT:] if one[0] > self.length or one[1] > self.count
        ]
        long = [length for length, count in self._refused if count <= self.count]
        many = [count for length, count in self._refused if length <= self.length]
        self.too_long, self.too_many = min(long, default=inf), min(many, default=inf)
        self._unclear = [
            one for one in self._refused if one[0] > self.length and one[1] > self.count
        ]

    def chance(self, length: int, count: float) -> float:
        """Return the chance that so many blocks with so many events are not too much."""
        if length >= self.too_long or count >= self.too_many:
            return 0.0
        chance = 1.0
        if length > self.length and self.too_long < inf:
            chance *= (self.too_long - length) / (self.too_long - self.length)
        if count > self.count:
            if self.too_many < inf:
                chance *= (self.too_many - count) / (self.too_many - self.count)
            elif self.count:
                chance *= self.count / count
        for refused_length, refused_count in self._unclear:
            if length >= refused_length and count >= refused_count:
                return 0.0
            if length >= refused_length or count >= refused_count:
                chance /= 2
        return chance

    def middle(self) -> int:
        """Return a length to try between one that was accepted and one that was too long."""
        if self.too_long == inf:
            return 1 << 62
        near = 10 * self.too_long < 12 * self.length
        return self.length if near else isqrt(int(self.too_long) * max(1, self.length))


@dataclass(slots=True)
class _Past:
    """The ranges that were accepted last, and how many events had come up to each block."""

    ranges: list[_Range] = field(default_factory=list)
    _blocks: list[int] = field(default_factory=list)
    _totals: list[int] = field(default_factory=lambda: [0])

    def add(self, since: int, length: int, blocks: Iterable[int]) -> int:
        """Add a range with the block of each event, and return their number."""
        before = self._totals[-1]
        for block, events in groupby(blocks):
            self._blocks.append(block)
            self._totals.append(self._totals[-1] + sum(1 for _ in events))
        self.ranges.append(_Range(since, since + length, self._totals[-1] - before))
        if len(self.ranges) > _KEPT:
            del self.ranges[: _KEPT // 2]
            gone = bisect_left(self._blocks, self.ranges[0].since)
            del self._blocks[:gone], self._totals[:gone]
        return self._totals[-1] - before

    def guesses(self, since: int, length: int) -> Iterator[list[float]]:
        """Yield numbers of events that ``length`` blocks may have, after each of three guesses."""
        if not self.ranges:
            yield from ([0.0], [0.0], [0.0])
            return
        last, total = self.ranges[-1], since - self.ranges[0].since
        for back in (min(total, max(_LATELY * length, last.length)), total):
            start = since - back
            if length >= back:
                yield [self._count(start, since) * length / back]
                continue
            starts = (start + (back - length) * i // (_SAMPLES - 1) for i in range(_SAMPLES))
            yield [float(self._count(one, one + length)) for one in starts]
        yield [last.count * length / last.length]

    def _count(self, since: int, end: int) -> int:
        first, beyond = bisect_left(self._blocks, since), bisect_left(self._blocks, end)
        return self._totals[beyond] - self._totals[first]


@dataclass(slots=True)
class Spans:
    """The number of blocks to ask for next, given the outcome of each request.

    Attributes:
        most: never ask for more blocks than this.
        size: blocks to ask for next.
    """

    most: int
    size: int = 0
    _limits: _Limits = field(default_factory=_Limits)
    _past: _Past = field(default_factory=_Past)
    _refused: list[_Range] = field(default_factory=list)
    _merits: tuple[float, ...] = (1.0, 1.0, 1.0)
    _growth: float = 0.0

    def __post_init__(self) -> None:
        self.size = self.most

    def refused(self, since: int, length: int, *, most: int = 0) -> None:
        """Note that the node refused ``length`` blocks from ``since`` on.

        Args:
            since: the first block.
            length: the number of blocks.
            most: the number of blocks from ``since`` that the node offers instead, if any.
        """
        self._judge(since, length, accepted=False)
        self._refused.append(_Range(since, since + length))
        self._growth = 0.0
        self._choose(since)
        if 0 < most < length:
            self.size = min(most, self.most)

    def accepted(self, since: int, length: int, blocks: Iterable[int]) -> None:
        """Note that the node answered for ``length`` blocks from ``since`` on.

        Args:
            since: the first block.
            length: the number of blocks.
            blocks: the block of each event, in order.
        """
        self._judge(since, length, accepted=True)
        count = self._past.add(since, length, blocks)
        end = since + length
        self._limits.accept(length, count)
        for one in self._refused:
            one.count += count
            if one.end <= end:
                self._limits.refuse(one.length, one.count)
        self._refused = [one for one in self._refused if one.end > end]
        few = count <= self._limits.count / 4
        self._growth = min(2 * self._growth or 1.0, _FASTEST) if few else 0.0
        self._choose(end)

    def _choose(self, since: int) -> None:
        inside = next((one for one in self._refused[::-1] if one.count <= self._limits.count), None)
        outlook = _Outlook(self, since, inside)
        best, promise, length = 1, -1.0, outlook.most
        while True:
            expected = outlook.promise(length)
            if expected > promise:
                best, promise = length, expected
            if length == 1:
                break
            length = max(1, min(length - 1, length * 5 // 6))
        if self._growth and self._past.ranges:
            last = self._past.ranges[-1]
            faster = min(outlook.most, int(last.length * 2**self._growth), self._limits.middle())
            if outlook.crowd:
                faster = min(faster, max(1, outlook.rest // 2))
            best = max(best, faster)
        self.size = max(1, min(best, self.most))

    def _judge(self, since: int, length: int, *, accepted: bool) -> None:
        unforeseen = 1 - _CROWD * length / self.most
        judged = []
        for merit, guess in zip(self._merits, self.guesses(since, length), strict=True):
            right = guess * unforeseen if accepted else 1 - guess * unforeseen
            judged.append(merit**_MEMORY * max(right, _LEAST))
        self._merits = tuple(merit / sum(judged) for merit in judged)

    def guesses(self, since: int, length: int) -> Iterator[float]:
        """Yield what each guess says about the chance that a range will be accepted."""
        for counts in self._past.guesses(since, length):
            yield sum(self._limits.chance(length, count) for count in counts) / len(counts)

    def chance(self, since: int, length: int) -> float:
        """Return the chance that a range will be accepted, after all guesses."""
        guesses = self.guesses(since, length)
        weighed = sum(merit * one for merit, one in zip(self._merits, guesses, strict=True))
        return weighed / sum(self._merits)

    def span_is_limit(self, length: int) -> float:
        """Return the chance that a range of this length was refused for its length."""
        if length <= self._limits.length:
            return 0.0
        return 1.0 if length >= self._limits.too_long else 0.5

    def beyond(self, length: int, refused: int) -> float:
        """Return the chance that a length is permitted, if a longer one was refused for it."""
        known = self._limits.length
        return 1.0 if length <= known else max(0, refused - length) / max(1, refused - known)

    def filled(self, count: int) -> float:
        """Return how much of the largest answer so far a number of events is."""
        return min(1.0, count / self._limits.count) if count else 0.0


class _Outlook:
    """What spans from one block on promise, inside a range that was refused or outside of any."""

    def __init__(self, spans: Spans, since: int, inside: _Range | None) -> None:
        self._spans, self._since, self._inside = spans, since, inside
        self.most, self.rest, self.crowd = spans.most, 0, 0.0
        self._by_length = 0.0
        if inside is not None:
            self.rest = inside.end - since
            self.crowd = 1 - spans.filled(inside.count)  # the excess may all lie in the rest
            self._by_length = spans.span_is_limit(inside.length)
            if not inside.count and (since == inside.since or not self._by_length):
                self.most = max(1, min(self.most, self.rest - 1))
            self._all = spans.chance(since, self.rest) * (1 - _CROWD)

    def promise(self, length: int) -> float:
        """Return how many blocks a request for this many is expected to bring."""
        chance = self._spans.chance(self._since, length)
        if self._inside is None:
            chance *= 1 - _CROWD * length / self._spans.most
            return length * float(chance**_CAUTION)
        chance *= 1 - _CROWD * min(1.0, length / self.rest)
        # Given that the rest would be refused, what is left of the chance.
        given = max(0.0, chance - self._all) / (1 - self._all) if length < self.rest else 0.0
        by_count = self.crowd * given + (1 - self.crowd) * chance
        by_length = chance * self._spans.beyond(length, self._inside.length)
        chance = self._by_length * by_length + (1 - self._by_length) * by_count
        caution = _CAUTION + (_CAUTION_INSIDE - _CAUTION) * self.crowd
        return length * float(chance**caution)
