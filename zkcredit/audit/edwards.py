"""Edwards points of the constraints, whose complete addition never divides by 0.

(x, y) is on the curve where (d·x²)·y² = a·x² + y² - 1 with x² and y² from products, where x·v = u
and y·(u + 1) = u - 1 for a Montgomery point (u, v) with v ≠ 0, or where it is a constant that
satisfies the equation. For two points of the curve d·x₁x₂y₁y₂ is never ±1, because a is a square
and d is not (Bernstein and others 2008, §6): so 1 + dγ and 1 - dγ are not 0 for a wire
γ = x₁y₂·y₁x₂.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.gadgets.babyjub import EDWARDS_A, EDWARDS_D, Point, is_on_curve
from zkcredit.r1cs.terms import Key, Terms, key, only_wire, plus

if TYPE_CHECKING:
    from zkcredit.audit.points import PointRule
    from zkcredit.r1cs.determinism import Determinism

__all__ = ["EdwardsRule"]


class EdwardsRule:
    """Finds Edwards points, and learns that denominators of their sums are not 0."""

    def __init__(self, analysis: Determinism, points: PointRule) -> None:
        self._analysis = analysis
        self._points = points
        self._converted: set[tuple[int, int]] = set()
        self._made_by: dict[int, tuple[Terms, Terms]] = {}
        for a, b, c, _ in analysis.rows:
            if (made := only_wire(c)) is not None:
                self._made_by.setdefault(made, (a, b))
        for a, b, c, _ in analysis.rows:
            self._on_curve(a, b, c)
        self._fresh = bool(self._converted)

    def apply(self) -> bool:
        """Whether a point of the curve was found."""
        before = len(self._converted)
        rows: dict[tuple[Key, Key], int] = {}
        for a, b, c, _ in self._analysis.rows:
            if (wire := only_wire(a)) is not None:
                rows.setdefault((key(b), key(c)), wire)
        for point in self._points.points:
            if not point.prime:
                continue
            u, v = point.place
            above, below = plus(point.u, {0: 1}), plus(point.u, {0: 1}, -1)
            x = rows.get((v, u))
            y = rows.get((key(above), key(below)))
            if x is not None and y is not None:
                self._converted.add((x, y))
        found, self._fresh = len(self._converted) > before or self._fresh, False
        if found:
            for wire in self._made_by:
                self._denominators(wire)
        return found

    def _on_curve(self, a: Terms, b: Terms, c: Terms) -> None:
        """Reads (d·x²)·y² = a·x² + y² - 1."""
        xx, yy = min(a, default=0), only_wire(b)
        if not yy or a != {xx: EDWARDS_D} or c != {0: R - 1, xx: EDWARDS_A, yy: 1}:
            return
        squares = [self._made_by.get(wire, ({}, {})) for wire in (xx, yy)]
        x, y = (only_wire(left) if left == right else None for left, right in squares)
        if x is not None and y is not None:
            self._converted.add((x, y))

    def _denominators(self, gamma: int) -> None:
        alpha, beta = (self._monomial(part) for part in self._made_by[gamma])
        if alpha is None or beta is None:
            return
        wires = [w for w, _ in (alpha, beta)]
        for pair in (wires, wires[::-1]):
            if tuple(pair) in self._converted:
                # α = x·q and β = y·p with a constant point (p, q)
                (_, q), (_, p) = (alpha, beta) if pair is wires else (beta, alpha)
                if is_on_curve(Point(p, q)):
                    for sign in (1, -1):
                        self._analysis.learn_nonzero({0: 1, gamma: sign * EDWARDS_D % R})
        for first in self._converted:
            for second in self._converted:
                products = (self._made_by.get(w) for w in wires)
                crossed = [({first[0]: 1}, {second[1]: 1}), ({first[1]: 1}, {second[0]: 1})]
                if [k for _, k in (alpha, beta)] == [1, 1] and list(products) == crossed:
                    for sign in (1, -1):
                        self._analysis.learn_nonzero({0: 1, gamma: sign * EDWARDS_D % R})

    @staticmethod
    def _monomial(terms: Terms) -> tuple[int, int] | None:
        """(wire, coefficient) of a combination of one wire."""
        if len(terms) != 1 or 0 in terms:
            return None
        ((wire, k),) = terms.items()
        return wire, k
