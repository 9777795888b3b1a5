"""Replace wires that linear constraints make multiples of another wire, or constants.

Before elimination, circom passes every signal from template to template by a constraint x = y, and
constants by x = k. A rule that looks for constraints about the same wire would not find any. If a
constraint says x = k·y or x = k, alone or after earlier substitutions, x is replaced everywhere by
k·y or k. Each such equation holds for every witness and is kept, so the rewritten constraints have
the same solutions.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import Terms, add_into, plus

if TYPE_CHECKING:
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["Substitution", "linear_form"]


def linear_form(a: Terms, b: Terms, c: Terms) -> Terms | None:
    """Return the combination that a·b = c sets to 0 if a or b is a constant; otherwise None."""
    for constant, other in ((a, b), (b, a)):
        if not constant.keys() - {0}:
            return plus(c, other, -constant.get(0, 0))
    return None


class Substitution:
    """The replacement of each wire of a system."""

    def __init__(self, system: ConstraintSystem) -> None:
        self._system = system
        # wire → (a wire of less weight, factor): the wire is that wire times the factor
        self._put: dict[int, tuple[int, int]] = {}
        self._members: dict[int, list[int]] = {}
        self._waiting = deque(range(system.n_constraints))
        self._queued = set(self._waiting)
        while self._waiting:
            index = self._waiting.popleft()
            self._queued.discard(index)
            self._learn(index)

    def row(self, index: int) -> tuple[Terms, Terms, Terms]:
        """Return a constraint after substitution."""
        a, b, c = self._system.row(index)
        return self.terms(a), self.terms(b), self.terms(c)

    def terms(self, terms: Terms) -> Terms:
        """Return a combination after substitution."""
        if not self._put or self._put.keys().isdisjoint(terms):
            return terms
        total: Terms = {}
        for wire, k in terms.items():
            other, factor = self._found(wire)
            add_into(total, {other: factor}, k)
        return total

    def equations(self) -> list[Terms]:
        """Return wire - factor·replacement for each wire that was replaced."""
        found = []
        for wire in self._put:
            other, factor = self._found(wire)
            found.append(plus({wire: 1}, {other: factor} if factor else {}, -1))
        return found

    def _found(self, wire: int) -> tuple[int, int]:
        other, factor = wire, 1
        while other in self._put:
            other, more = self._put[other]
            factor = factor * more % R
        if other != wire:
            self._put[wire] = (other, factor)
        return other, factor

    def _learn(self, index: int) -> None:
        linear = linear_form(*self.row(index))
        if linear is None:
            return
        moving = sorted(linear.keys() - {0})
        if len(moving) == 1:
            (wire,) = moving
            self._replace(wire, 0, -linear.get(0, 0) * pow(linear[wire], -1, R) % R)
        elif len(moving) == 2 and 0 not in linear:
            kept, wire = moving
            self._replace(wire, kept, -linear[kept] * pow(linear[wire], -1, R) % R)

    def _replace(self, wire: int, other: int, factor: int) -> None:
        self._put[wire] = (other, factor)
        moved = [wire, *self._members.pop(wire, [])]
        if other:
            self._members.setdefault(other, []).extend(moved)
        for member in moved:
            for index in self._system.wire_uses[member]:
                if index not in self._queued:
                    self._queued.add(index)
                    self._waiting.append(index)
