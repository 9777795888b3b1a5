"""The search for a second witness with the same inputs, which proves that a wire is free.

A wire that the analysis does not prove unique may still be unique. Two witnesses decide the
question. One is given. The search makes the other by changing one wire and repairing what breaks,
one linear repair after another, or by the second decomposition of a number into too many bits. If
it finds nothing, nothing is claimed.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from zkcredit.audit.roots import combination, product, roots
from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import plus, scaled, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from zkcredit.r1cs.system import ConstraintSystem
    from zkcredit.r1cs.terms import Terms

__all__ = ["second_witness"]

_MAX_REPAIRS: Final = 2000
_MAX_STARTS: Final = 200


def second_witness(
    system: ConstraintSystem,
    witness: Sequence[int],
    free: Iterable[int],
    told: Collection[int] = (),
) -> dict[int, int] | None:
    """Search other values for some wires in ``free`` with which every constraint holds.

    Args:
        system: the constraints.
        witness: an integer below r for each wire; it satisfies the system.
        free: the wires that may change; all others, including the inputs, keep their values.
        told: wires in ``free`` with which no search begins: those known to be free, and hints that
            decide nothing.

    Returns:
        wire → other value, or None if nothing was found.
    """
    search = _Search(system, witness, set(free), told)
    for start in search.starts():
        for loose_first in (True, False):
            found = search.repaired(start, loose_first)
            if found is not None:
                return found
    return None


class _Search:
    def __init__(
        self,
        system: ConstraintSystem,
        witness: Sequence[int],
        free: set[int],
        told: Collection[int],
    ) -> None:
        self._system = system
        self._witness = list(witness)
        self._free = free
        self._starts = sorted(free.difference(told), reverse=True)
        self._confined = {wire for wire in free if self._allowed(wire)}

    def starts(self) -> Iterator[dict[int, int]]:
        """Yield the changes with which a search begins."""
        for index in {i for wire in self._free for i in self._system.wire_uses[wire]}:
            yield from self._other_bits(index)
        for wire in self._starts[:_MAX_STARTS]:
            value = self._witness[wire]
            tried = self._allowed(wire) or {(value + 1) % R, 0, 1, *self._other_roots(wire)}
            for other in sorted(tried - {value}):
                yield {wire: other}

    def _allowed(self, wire: int) -> set[int]:
        """Return the other values that the constraints on this wire alone allow; empty for any."""
        found: set[int] | None = None
        for index in self._system.wire_uses[wire]:
            parts = self._system.row(index)
            if any(part.keys() - {0, wire} for part in parts):
                continue
            a, b, c = ((part.get(0, 0), part.get(wire, 0)) for part in parts)
            polynomial = combination([(1, product(a, b)), (-1, c)])
            if polynomial:
                own = set(roots(polynomial))
                found = own if found is None else found & own
        return (found or set()) - {self._witness[wire]}

    def _other_roots(self, wire: int) -> Iterator[int]:
        """Yield the other solution of each constraint that is quadratic in the wire."""
        for index in self._system.wire_uses[wire]:
            parts = self._system.row(index)
            a, b, c = (part.get(wire, 0) for part in parts)
            if a * b % R:
                left, right, _ = (value_of(part, self._witness) for part in parts)
                change = (c - a * right - b * left) * pow(a * b, -1, R)
                yield (self._witness[wire] + change) % R

    def _other_bits(self, index: int) -> Iterator[dict[int, int]]:
        """Yield the bits of a sum of powers of two plus or minus r, if the sum can exceed r."""
        a, b, c = self._system.row(index)
        for constant, other in ((a, b), (b, a)):
            if constant.keys() - {0}:
                continue
            terms = combination_of(other, constant.get(0, 0), c)
            moving = {wire: k for wire, k in terms.items() if wire in self._free}
            for sign in (1, -1):
                weights = {sign * k % R: wire for wire, k in moving.items()}
                order = [weights.get(pow(2, i, R)) for i in range(len(moving))]
                bits = [wire for wire in order if wire is not None]
                if len(bits) != len(moving) or len(bits) < 254:
                    continue
                value = sum(self._witness[wire] << i for i, wire in enumerate(bits))
                for alias in (value + R, value - R):
                    if 0 <= alias < 1 << len(bits):
                        yield {wire: alias >> i & 1 for i, wire in enumerate(bits)}

    def repaired(self, start: dict[int, int], loose_first: bool) -> dict[int, int] | None:
        """Return the start with a further change for each constraint that breaks.

        Args:
            start: wire → other value.
            loose_first: whether wires that have no constraint of their own change first.

        Returns:
            wire → other value, or None if the repair fails.
        """
        changed = {w: v for w, v in start.items() if v != self._witness[w]}
        values = list(self._witness)
        for wire, value in changed.items():
            values[wire] = value
        # in the order of the constraints, which is the order of the computation
        waiting = [i for wire in changed for i in self._system.wire_uses[wire]]
        heapify(waiting)
        for _ in range(_MAX_REPAIRS):
            while waiting and self._system.holds(waiting[0], values):
                heappop(waiting)
            if not waiting:
                return changed if changed else None
            repair = self._repair(waiting[0], values, changed, loose_first)
            if repair is None:
                return None
            wire, value = repair
            changed[wire] = values[wire] = value
            for index in self._system.wire_uses[wire]:
                heappush(waiting, index)
        return None

    def _repair(
        self, index: int, values: list[int], changed: dict[int, int], loose_first: bool
    ) -> tuple[int, int] | None:
        """Return a wire that did not change yet, and the value that repairs the constraint."""
        parts = self._system.row(index)
        left, right, result = (value_of(part, values) for part in parts)
        candidates = {w for part in parts for w in part} & self._free - changed.keys()
        tight = self._confined if loose_first else set()
        for wire in sorted(candidates, key=lambda wire: (wire in tight, -wire)):
            a, b, c = (part.get(wire, 0) for part in parts)
            slope = (a * right + b * left - c) % R
            if a * b % R == 0 and slope:
                change = (result - left * right) * pow(slope, -1, R)
                return wire, (values[wire] + change) % R
        return None


def combination_of(other: Terms, factor: int, result: Terms) -> Terms:
    """Return factor·other - result."""
    return plus(scaled(other, factor), result, -1)
