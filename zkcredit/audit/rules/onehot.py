"""Groups of bits of which at most one is set, if equations about known values say which one.

Bits b₁ .. bₙ and 1 - Σ bᵢ are booleans, so at most one bᵢ is set: there are n + 1 alternatives. In
an equation K + Σ kᵢ·bᵢ + (bounded wires) = 0 with K known, each alternative confines K to an
interval. If the intervals of any two alternatives are disjoint, K determines the bits.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from zkcredit.audit.terms import Key, direction, key, only_wire, signed
from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import Terms, plus, scaled

if TYPE_CHECKING:
    from zkcredit.audit.determinism import Determinism

__all__ = ["OneHotRule"]

Interval = tuple[int, int]


class OneHotRule:
    """Finds the groups of bits once, and then tries the equations about them."""

    def __init__(self, analysis: Determinism) -> None:
        self._analysis = analysis
        booleans: set[int] = set()
        sums: list[frozenset[int]] = []
        for a, b, c, _ in analysis.rows:
            if c:
                continue
            for x, y in ((a, b), (b, a)):
                wire = only_wire(x)
                if wire is not None and direction(y) == direction({wire: 1, 0: R - 1}):
                    booleans.add(wire)
                if x.get(0) == 1 and direction(y) == direction(plus(x, {0: 1}, -1)):
                    bits = x.keys() - {0}
                    if len(bits) > 1 and all(x[wire] == R - 1 for wire in bits):
                        sums.append(frozenset(bits))
        self._groups = [bits for bits in sums if bits <= booleans]

    def apply(self) -> bool:
        """Return whether the bits of a group became known."""
        before = len(self._analysis.unique)
        for bits in self._groups:
            if not bits <= self._analysis.unique and self._decided(bits):
                self._analysis.unique |= bits
        return len(self._analysis.unique) > before

    def _decided(self, bits: frozenset[int]) -> bool:
        alternatives: list[int] = [0, *sorted(bits)]
        about: dict[Key, list[list[Interval]]] = {}
        for terms in self._analysis.linear:
            if bits & terms.keys() and (found := self._confines(terms, bits, alternatives)):
                about.setdefault(found[0], []).append(found[1])
        return any(
            all(
                _apart(_common(equations, i), _common(equations, j))
                for i, j in combinations(range(len(alternatives)), 2)
            )
            for equations in about.values()
        )

    def _confines(
        self, terms: Terms, bits: frozenset[int], alternatives: list[int]
    ) -> tuple[Key, list[Interval]] | None:
        """Return K, scaled to begin with 1, and the interval of K for each alternative."""
        unique, bounds = self._analysis.unique, self._analysis.bounds
        known = {w: k for w, k in terms.items() if w in unique and w}
        others = {w: k for w, k in terms.items() if w not in unique and w not in bits}
        if not known or not others.keys() <= bounds.keys():
            return None
        scale = pow(known[min(known)], -1, R)
        low, high = self._analysis.interval(scaled(others, -scale))
        shifts = [
            signed(-scale * (terms.get(0, 0) + (terms.get(bit, 0) if bit else 0)))
            for bit in alternatives
        ]
        intervals = [(low + shift, high + shift) for shift in shifts]
        if min(low for low, _ in intervals) <= -R // 2 or max(h for _, h in intervals) >= R // 2:
            return None
        return key(scaled(known, scale)), intervals


def _common(equations: list[list[Interval]], index: int) -> Interval:
    return max(of[index][0] for of in equations), min(of[index][1] for of in equations)


def _apart(one: Interval, other: Interval) -> bool:
    """Return whether two intervals within (-r/2, r/2) are disjoint, as an empty one always is."""
    return max(one[0], other[0]) > min(one[1], other[1])
