"""Points of BabyJubJub that the constraints form, so that their divisors are proved non-zero.

A slope equation determines its slope only if two points never coincide. The rule follows points
from the constraints that put them on the curve. Each has a scalar: a combination of bounded
integers times a base. Two points of one base do not coincide if no multiple of the group order l
lies between the bounds of the difference of their scalars.

Names of gadgets are never used: something is a point because equations say so.

* *on the curve*: v·v = u³ + A·u² + u, with u² and u³ from products;
* *tangent*: λ·2v = 3u² + 2A·u + 1, followed by λ² and λ(u - u'). v = 0 would be (0, 0), for which
  the equation reads 0 = 1. So v ≠ 0, and the double is not the identity. The curve has order 8·l
  with l prime: after three doublings a point has order l;
* *chord*: λ(u₂ - u₁) = v₂ - v₁ for points that are proved different, or (u₂ - u₁)·w = 1 and
  λ = w·(v₂ - v₁). For opposite points the first reads 0·λ = -2v₁, but v ≠ 0 for a point of order
  l, so that no witness has opposite points;
* *double and add*: 2P + Q by two chords without the ordinate between them. The second chord joins
  P and P + Q, and excludes opposite points in the same way;
* *choice*: (u₁ + t(u₂ - u₁), v₁ + t(v₂ - v₁)) for a boolean t;
* *window*: two functions of a few booleans whose values are constant points, all multiples of the
  first (``zkcredit.audit.rules.windows``).

For a point of order l, u, v and u + 1 are not 0: (0, 0) is the only point with v = 0, and A - 2 is
not a square. tests/gadgets/test_montgomery.py recomputes these facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from zkcredit.audit.rules.multiples import Multiples, Scalar, combined, never_same
from zkcredit.audit.rules.windows import windows
from zkcredit.audit.terms import Key, direction, key, only_wire
from zkcredit.bn254.fields import R
from zkcredit.gadgets.babyjub import MONTGOMERY_A
from zkcredit.r1cs.terms import Terms, plus, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.audit.determinism import Determinism
    from zkcredit.audit.rules.signs import SignRule
    from zkcredit.audit.rules.tables import TableRule

__all__ = ["CurvePoint", "PointRule"]

Place = tuple[Key, Key]


@dataclass(frozen=True)
class CurvePoint:
    """An affine Montgomery point.

    Attributes:
        u: the point's u-coordinate.
        v: the point's v-coordinate.
        base: the base of which the point is a multiple; -1 if nothing is known about it.
        scalar: the multiple of the base, a combination of bounded integers.
        doublings: how often a point of the curve was doubled to get this point.
        prime: whether the point's order is l.
    """

    u: Terms
    v: Terms
    base: int = -1
    scalar: Scalar | None = None
    doublings: int = 0
    prime: bool = False

    @property
    def place(self) -> Place:
        """The key under which the point is found."""
        return key(self.u), key(self.v)


class PointRule:
    """Finds points, and proves that their divisors are not 0."""

    def __init__(self, analysis: Determinism, tables: TableRule, signs: SignRule) -> None:
        self._analysis = analysis
        self._signs = signs
        self._points: dict[Place, CurvePoint] = {}
        self._by_u: dict[Key, list[CurvePoint]] = {}
        self._by_wire: dict[int, list[CurvePoint]] = {}
        self._by_wire_of_v: dict[int, list[CurvePoint]] = {}
        self._products: dict[tuple[Key, Key], Terms] = {}
        self._rows_of: dict[int, list[tuple[Terms, Terms]]] = {}
        self._square_of: dict[Key, Terms] = {}
        self._made_by: dict[int, tuple[Terms, Terms]] = {}
        self._by_left: dict[Key, list[tuple[Terms, Terms]]] = {}
        self._inverse_of: dict[int, Terms] = {}
        self._done: set[int] = set()
        self._next_base = 0
        self._multiples = Multiples()
        for a, b, c, _ in analysis.rows:
            self._index(a, b, c)
        self._add_tables(tables)

    def _index(self, a: Terms, b: Terms, c: Terms) -> None:
        self._products[key(a), key(b)] = c
        self._by_left.setdefault(key(a), []).append((b, c))
        if (made := only_wire(c)) is not None:
            self._made_by.setdefault(made, (a, b))
        for wire in a:
            if wire and len(a) <= 2:
                self._rows_of.setdefault(wire, []).append((a, b))
        if a == b:
            self._square_of[key(a)] = c
        if c == {0: 1}:
            for one, other in ((a, b), (b, a)):
                if (inverse := only_wire(one)) is not None:
                    self._inverse_of[inverse] = other

    @property
    def points(self) -> list[CurvePoint]:
        """The points that were found, in that order."""
        return list(self._points.values())

    def apply(self) -> bool:
        """Return whether a point was found."""
        before = len(self._points)
        self._on_curve()
        for wire in list(self._rows_of):
            if wire not in self._done and self._slope(wire):
                self._done.add(wire)
        return len(self._points) > before

    def _add(self, point: CurvePoint) -> CurvePoint:
        known = self._points.get(point.place)
        if known is not None and (known.prime or not point.prime):
            return known
        self._points[point.place] = point
        self._by_u.setdefault(key(point.u), []).append(point)
        for part, index in ((point.u, self._by_wire), (point.v, self._by_wire_of_v)):
            for wire in part.keys() - {0}:
                index.setdefault(wire, []).append(point)
        self._analysis.learn_nonzero(plus(point.u, {0: 1}))
        if point.prime:
            self._analysis.learn_nonzero(point.u)
            self._analysis.learn_nonzero(point.v)
        return point

    def _add_tables(self, tables: TableRule) -> None:
        for table in tables.tables:
            self._add_table(table.u, table.v, self._multiples.number(table.points))
        for window in windows(self._analysis):
            self._add_table(window.u, window.v, self._multiples.chosen(window.points))

    def _add_table(self, u: int, v: int, numbered: tuple[int, list[int]] | None) -> None:
        """Add a point that is one of several multiples of a base, if these are known."""
        if numbered is None:
            return
        base, scalars = numbered
        unit = gcd(*scalars)
        digits = sorted(scalar // unit for scalar in scalars)
        integer = self._analysis.virtual(digits[0], digits[-1])
        self._multiples.values[integer] = tuple(digits)
        self._add(CurvePoint({u: 1}, {v: 1}, -2 - base, {integer: unit}, 0, True))

    # --- points that equations put on the curve ----------------------------------------------

    def _product(self, a: Terms, b: Terms) -> Terms | None:
        for sign in (1, -1):
            part = scaled(b, sign)
            for factors in ((key(a), key(part)), (key(part), key(a))):
                if (found := self._products.get(factors)) is not None:
                    return scaled(found, sign)
        return None

    def _square(self, terms: Terms) -> Terms | None:
        return self._square_of.get(key(terms))

    def _on_curve(self) -> None:
        for v_key, right in self._square_of.items():
            for u in [wire for wire, k in right.items() if k == 1 and wire]:
                square = self._square({u: 1})
                cube = self._product(square, {u: 1}) if square else None
                if square and cube:
                    curve = plus(plus(cube, square, MONTGOMERY_A), {u: 1})
                    if curve == right:
                        self._add(CurvePoint({u: 1}, dict(v_key)))

    def _slope(self, wire: int) -> bool:
        """Return whether a sum or a double with this wire as its slope was found."""
        square = self._square({wire: 1})
        if square is None:
            return False
        for a, b in self._rows_of[wire]:
            if only_wire(a) != wire:
                continue
            right = self._products[key(a), key(b)]
            if self._tangent(wire, square, b, right):
                return True
            for p, q in self._ends(b, right):
                if self._differ(p, q) and (
                    self._third(wire, square, p, q) or self._double_and_add(wire, square, p, q)
                ):
                    self._analysis.learn_nonzero(b)
                    return True
        return self._inverted_chord(wire, square)

    def _tangent(self, wire: int, square: Terms, run: Terms, rise: Terms) -> bool:
        for point in [p for w in run for p in self._by_wire_of_v.get(w, [])]:
            if direction(point.v) != direction(run):
                continue
            uu = self._square(point.u)
            if uu is None:
                continue
            curve = plus(plus(scaled(uu, 3), point.u, 2 * MONTGOMERY_A), {0: 1})
            first = min(run)
            half = run[first] * pow(2 * point.v[first], -1, R)
            if rise != scaled(curve, half):
                continue
            self._analysis.learn_nonzero(run)
            return self._third(wire, square, point, point)
        return False

    def _third(self, wire: int, square: Terms, p: CurvePoint, q: CurvePoint) -> bool:
        """Find p + q from λ² = u₃ + A + u₁ + u₂ and λ(u₁ - u₃) = v₃ + v₁."""
        u = plus(plus(plus(square, {0: MONTGOMERY_A}, -1), p.u, -1), q.u, -1)
        for first in (p, q):
            right = self._product({wire: 1}, plus(first.u, u, -1))
            if right is not None:
                self._add(self._sum(p, q, u, plus(right, first.v, -1)))
                return True
        return False

    def _sum(self, p: CurvePoint, q: CurvePoint, u: Terms, v: Terms) -> CurvePoint:
        if p is q:
            doublings = p.doublings + 1
            prime = p.prime or doublings >= 3
            if p.scalar is not None:
                return CurvePoint(u, v, p.base, combined({}, p.scalar, 2), doublings, prime)
            base = self._new_base() if prime else -1
            return CurvePoint(u, v, base, {0: 1} if prime else None, doublings, prime)
        if p.base == q.base and p.scalar is not None and q.scalar is not None:
            return CurvePoint(u, v, p.base, combined(p.scalar, q.scalar), 0, True)
        return CurvePoint(u, v, self._new_base(), {0: 1}, 0, p.prime and q.prime)

    def _new_base(self) -> int:
        self._next_base += 1
        return self._next_base

    def _double_and_add(self, wire: int, square: Terms, p: CurvePoint, q: CurvePoint) -> bool:
        if not (p.prime and p.base == q.base and p.scalar is not None and q.scalar is not None):
            return False
        between = plus(plus(plus(square, {0: MONTGOMERY_A}, -1), p.u, -1), q.u, -1)
        run = plus(p.u, between, -1)
        for a, b in self._rows_of[wire]:
            second = next((w for w in a if w != wire), 0)
            if a != {wire: 1, second: 1} or b != run:
                continue
            right = self._products[key(a), key(b)]
            square2 = self._square({second: 1})
            if right != scaled(p.v, 2) or square2 is None:
                continue
            u = plus(plus(plus(square2, {0: MONTGOMERY_A}, -1), p.u, -1), between, -1)
            last = self._product({second: 1}, plus(p.u, u, -1))
            if last is None:
                continue
            scalar = combined(q.scalar, p.scalar, 2)
            self._analysis.learn_nonzero(run)
            self._add(CurvePoint(u, plus(last, p.v, -1), p.base, scalar, 0, True))
            return True
        return False

    # --- pairs of points ------------------------------------------------------------------------

    def _ends(self, run: Terms, rise: Terms) -> Iterator[tuple[CurvePoint, CurvePoint]]:
        """Yield the pairs (p, q) with u_q - u_p = run and v_q - v_p = rise."""
        for sign in (1, -1):
            for wire in run:
                for p in self._by_wire.get(wire, []):
                    q = self._at(plus(p.u, run, sign), plus(p.v, rise, sign), p.base)
                    if q is not None:
                        yield (p, q) if sign == 1 else (q, p)

    def _at(self, u: Terms, v: Terms, base: int) -> CurvePoint | None:
        """Return the point with these coordinates: a known point, its opposite, or a derived one.

        The scalar of a constant point counts the given base.
        """
        if (found := self._points.get((key(u), key(v)))) is not None:
            return found
        if (opposite := self._points.get((key(u), key(scaled(v, -1))))) is not None:
            scalar = None if opposite.scalar is None else combined({}, opposite.scalar, -1)
            return CurvePoint(u, v, opposite.base, scalar, 0, opposite.prime)
        if not (u.keys() | v.keys()) - {0}:
            multiple = self._multiples.constant(u.get(0, 0), v.get(0, 0), -2 - base)
            return None if multiple is None else CurvePoint(u, v, base, {0: multiple}, 0, True)
        return self._signed(u, v) or self._chosen(u, v)

    def _signed(self, u: Terms, v: Terms) -> CurvePoint | None:
        """Return ±P if v is a digit ±v_P."""
        digit = only_wire(v)
        if digit is None or digit not in self._signs.boolean_of:
            return None
        unit, boolean = self._signs.boolean_of[digit]
        point = self._points.get((key(u), key({unit: 1})))
        if point is None or point.scalar is None or point.scalar.keys() != {0}:
            return None
        k = point.scalar[0]
        return CurvePoint(u, v, point.base, {boolean: 2 * k, 0: -k}, 0, point.prime)

    def _chosen(self, u: Terms, v: Terms) -> CurvePoint | None:
        """Return P or Q, chosen by a boolean t: u = u_P + t·(u_Q - u_P), and the same for v."""
        for wire in [w for w in u if w in self._made_by]:
            left, right = self._made_by[wire]
            t = only_wire(left)
            if t is None or self._analysis.bounds.get(t) != (0, 1):
                continue
            for p in self._by_u.get(key(plus(u, {wire: 1}, -u[wire])), []):
                moved = plus(v, p.v, -1)
                for other, result in self._by_left.get(key(left), []):
                    q = self._points.get((key(plus(p.u, right)), key(plus(p.v, other))))
                    if result != moved or q is None or u[wire] != 1:
                        continue
                    if p.scalar is None or q.scalar is None or q.base != p.base:
                        continue
                    if (p.scalar.keys() | q.scalar.keys()) == {0}:
                        scalar = combined(p.scalar, {t: q.scalar[0] - p.scalar[0]})
                        return CurvePoint(u, v, p.base, scalar, 0, p.prime and q.prime)
        return None

    def _differ(self, p: CurvePoint, q: CurvePoint) -> bool:
        return (
            p.base == q.base
            and p.scalar is not None
            and q.scalar is not None
            and p.prime
            and never_same(self._analysis, self._multiples.values, p.scalar, q.scalar, (1,))
        )

    def _inverted_chord(self, wire: int, square: Terms) -> bool:
        """Return whether λ = w·(v₂ - v₁) with (u₂ - u₁)·w = 1 gave a point."""
        if wire not in self._made_by:
            return False
        left, right = self._made_by[wire]
        run = self._inverse_of.get(only_wire(left) or 0)
        if run is None:
            return False
        return any(
            p.prime and q.prime and self._third(wire, square, p, q)
            for p, q in self._ends(run, right)
        )
