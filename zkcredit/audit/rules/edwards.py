"""Edwards points in the constraints: their complete addition never divides by 0.

(x, y) is on the curve if a constraint says a·x² + y² = 1 + d·x²·y², if x·v = u and
y·(u + 1) = u - 1 for a Montgomery point (u, v) with v ≠ 0, if it is a constant that satisfies the
equation, or if it is the sum of two points of the curve. For two points of the curve d·x₁x₂y₁y₂ is
never ±1, because a is a square and d is not (Bernstein and others 2008, §6). So a denominator
1 ± d·x₁x₂y₁y₂ is never 0, and with

    x₃·(1 + d·x₁x₂y₁y₂) = x₁y₂ + y₁x₂    and    y₃·(1 - d·x₁x₂y₁y₂) = y₁y₂ - a·x₁x₂

(x₃, y₃) is their sum, which is on the curve too. The opposite of (x, y) is (-x, y), so each
abscissa may have either sign. It does not matter how a constraint writes these formulas: wires that
are products are expanded, and polynomials are compared.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from zkcredit.audit.rules.expansion import Expansion, Poly, product_of
from zkcredit.audit.terms import Key, key, only_wire
from zkcredit.bn254.fields import R
from zkcredit.gadgets.babyjub import EDWARDS_A, EDWARDS_D, Point, is_on_curve
from zkcredit.r1cs.terms import Terms, plus, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.audit.determinism import Determinism
    from zkcredit.audit.rules.points import PointRule

__all__ = ["EdwardsRule"]

Wires = tuple[int, int]


class Quotient(NamedTuple):
    """An equation wire·(1 + ratio·product) = result."""

    wire: int
    product: int
    ratio: int
    result: Terms


class EdwardsRule:
    """Finds Edwards points, and proves that denominators of their sums are not 0."""

    def __init__(self, analysis: Determinism, points: PointRule) -> None:
        self._analysis = analysis
        self._points = points
        self._expansion = Expansion(analysis.rows, analysis.linear)
        self._on_curve: dict[Wires, None] = {}
        self._sums: dict[tuple[object, ...], tuple[set[int], set[int]]] = {}
        self._quotients = [
            quotient for a, b, c, _ in analysis.rows if (quotient := _quotient(a, b, c))
        ]
        self._divided: set[Key] = set()
        for a, b, c, _ in analysis.rows:
            if (point := self._equation(a, b, c)) is not None:
                self._on_curve[point] = None

    def apply(self) -> bool:
        """Return whether a point of the curve, or a denominator, was found."""
        before = len(self._on_curve), len(self._divided)
        self._convert()
        atoms = {wire for point in self._on_curve for wire in point}
        by_wire: dict[int, list[Wires]] = {}
        for point in self._on_curve:
            for wire in point:
                by_wire.setdefault(wire, []).append(point)
        for quotient in self._quotients:
            self._divide(quotient, atoms, by_wire)
        for abscissas, ordinates in self._sums.values():
            for x in abscissas:
                for y in ordinates:
                    self._on_curve[x, y] = None
        return before != (len(self._on_curve), len(self._divided))

    def _convert(self) -> None:
        """Find the Edwards form of Montgomery points."""
        rows: dict[tuple[Key, Key], int] = {}
        for a, b, c, _ in self._analysis.rows:
            for one, other in ((a, b), (b, a)):
                if (wire := only_wire(one)) is not None:
                    rows.setdefault((key(other), key(c)), wire)
        for point in self._points.points:
            if not point.prime:
                continue
            u, v = point.place
            above, below = plus(point.u, {0: 1}), plus(point.u, {0: 1}, -1)
            x = rows.get((v, u))
            y = rows.get((key(above), key(below)))
            if x is not None and y is not None:
                self._on_curve[x, y] = None

    def _equation(self, a: Terms, b: Terms, c: Terms) -> Wires | None:
        """Return (x, y) if a·b = c is a multiple of a·x² + y² = 1 + d·x²·y²."""
        if len(a) != 1 or len(b) != 1 or len(c) != 3 or 0 not in c:
            return None
        left, right, result = (self._expansion.of(terms, depth=1) for terms in (a, b, c))
        if left is None or right is None or result is None:
            return None
        whole = product_of(left, right)
        if whole is None:
            return None
        whole = plus(whole, result, -1)
        factor = whole.get((), 0)
        squares = [wires[0] for wires in whole if len(wires) == 2 and wires[0] == wires[1]]
        for x, y in (squares, squares[::-1]) if len(squares) == 2 else ():
            wanted = {(): 1, (x, x): -EDWARDS_A, (y, y): -1, tuple(sorted((x, x, y, y))): EDWARDS_D}
            if whole == {wires: k * factor % R for wires, k in wanted.items()}:
                return x, y
        return None

    def _divide(self, quotient: Quotient, atoms: set[int], by_wire: dict[int, list[Wires]]) -> None:
        product = self._expansion.of({quotient.product: quotient.ratio}, atoms)
        if product is None or len(product) != 1:
            return
        for p, q in self._pairs(quotient.product, next(iter(product)), by_wire):
            quartic = _times(p[0], p[1], q[0], q[1])
            for sign in (1, -1):
                if product == _scaled(quartic, sign * EDWARDS_D):
                    denominator = {0: 1, quotient.product: quotient.ratio}
                    self._divided.add(key(denominator))
                    self._analysis.learn_nonzero(denominator)
                    self._note(quotient, atoms, (p, q), sign)

    def _pairs(
        self, wire: int, monomial: tuple[int, ...], by_wire: dict[int, list[Wires]]
    ) -> Iterator[tuple[tuple[Poly, Poly], tuple[Poly, Poly]]]:
        """Yield points (x, y) of the curve, as polynomials, whose coordinates form a product."""
        for x, y in by_wire.get(monomial[0], []) if monomial else ():
            rest = Counter(monomial)
            rest.subtract((x, y))
            if min(rest.values()) < 0:
                continue
            p: tuple[Poly, Poly] = ({(x,): 1}, {(y,): 1})
            others = sorted(rest.elements())
            if not others:
                yield from ((p, constant) for constant in self._constants(wire, x))
            for point in by_wire.get(others[0], []) if others else ():
                if sorted(point) == others:
                    yield p, ({(point[0],): 1}, {(point[1],): 1})

    def _constants(self, wire: int, x: int) -> Iterator[tuple[Poly, Poly]]:
        """Yield the constant point (p, q) of a product (x·q)·(y·p), if it is on the curve."""
        factors = self._expansion.factors.get(wire, ({}, {}))
        if not all(len(part) == 1 and 0 not in part for part in factors):
            return
        ((first, k),), ((_, other),) = (part.items() for part in factors)
        p, q = (other, k) if first == x else (k, other)
        if is_on_curve(Point(p, q)):
            yield {(): p}, {(): q}

    def _note(
        self,
        quotient: Quotient,
        atoms: set[int],
        pair: tuple[tuple[Poly, Poly], tuple[Poly, Poly]],
        sign: int,
    ) -> None:
        """Record the quotient if it is a coordinate of ±P ± Q; ``sign`` is that of d·x₁x₂y₁y₂."""
        result = self._expansion.of(quotient.result, atoms)
        (x1, y1), (x2, y2) = pair
        for one, other in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            name = (*(tuple(part.items()) for point in pair for part in point), one, other)
            if sign == one * other:
                wanted = plus(_scaled(_times(x1, y2), one), _times(y1, x2), other)
                if result == wanted:
                    self._sums.setdefault(name, (set(), set()))[0].add(quotient.wire)
            else:
                wanted = plus(_times(y1, y2), _times(x1, x2), -EDWARDS_A * one * other)
                if result == wanted:
                    self._sums.setdefault(name, (set(), set()))[1].add(quotient.wire)


def _quotient(a: Terms, b: Terms, c: Terms) -> Quotient | None:
    for own, other in ((a, b), (b, a)):
        wire = only_wire(own)
        if wire is None or len(other) != 2 or 0 not in other or wire in other or wire in c:
            continue
        inverse = pow(other[0], -1, R)
        product = max(other)
        return Quotient(wire, product, other[product] * inverse % R, scaled(c, inverse))
    return None


def _times(*parts: Poly) -> Poly:
    total: Poly = {(): 1}
    for part in parts:
        total = product_of(total, part) or {}
    return total


def _scaled(poly: Poly, factor: int) -> Poly:
    return plus({}, poly, factor)
