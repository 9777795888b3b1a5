"""Wires that the constraints confine to a list: roots of polynomials, and points chosen from them.

A window of a fixed-base multiplication has no booleans: u is a root of a polynomial, v is a root of
v² = g(u), and its digit is a product v·h(u). The rule reads all of this from the constraints and
enumerates it, so it sees a wrong root, a missing factor, or a digit that two points share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from zkcredit.audit.roots import Polynomial, combination, common, product, roots, value_at
from zkcredit.audit.terms import only_wire, signed
from zkcredit.bn254.fields import R

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.audit.determinism import Determinism, Row
    from zkcredit.r1cs.terms import Terms

__all__ = ["Table", "TableRule"]

_MAX_DEGREE = 40


@dataclass
class Table:
    """A pair of wires (u, v) that takes one of finitely many values.

    Attributes:
        u: a root of a polynomial.
        v: a square root of a function of u.
        points: the values of the pair.
        digits: wire → the wire's value for each point, for products of v and a function of u.
    """

    u: int
    v: int
    points: list[tuple[int, int]]
    digits: dict[int, list[int]] = field(default_factory=dict)


class TableRule:
    """Finds the tables once; then a known digit makes its point known."""

    def __init__(self, analysis: Determinism) -> None:
        self._analysis = analysis
        self.tables: list[Table] = []
        for found in _Polynomials(analysis.rows).tables():
            self.tables.append(found)
            for wire, values in found.digits.items():
                self._bound(wire, values)

    def _bound(self, wire: int, values: Iterable[int]) -> None:
        # An arithmetic progression is an integer with a step; other lists get no bounds.
        ordered = sorted({signed(value) for value in values})
        gaps = {high - low for low, high in pairwise(ordered)}
        if len(gaps) == 1 and ordered[-1] - ordered[0] < R // 2:
            self._analysis.bounds[wire] = (ordered[0], ordered[-1])
            self._analysis.steps[wire] = gaps.pop()

    def apply(self) -> bool:
        """Return whether a point became known by a known digit that belongs to this point only."""
        unique = self._analysis.unique
        before = len(unique)
        for table in self.tables:
            for wire, values in table.digits.items():
                if wire in unique and len(set(values)) == len(table.points):
                    unique |= {table.u, table.v}
        return len(unique) > before


class _Polynomials:
    """The wires that are polynomials of one other wire, which is called their seed."""

    def __init__(self, rows: list[Row]) -> None:
        self._of: dict[int, tuple[int, Polynomial]] = {}
        self._vanishing: dict[int, Polynomial] = {}
        self._rows = [row for row in rows if row.number >= 0]
        for a, b, _, _ in self._rows:
            if (seed := only_wire(a)) is not None and a == b:
                self._of.setdefault(seed, (seed, (0, 1)))
        for row in self._rows:
            self._read(row)

    def _read(self, row: Row) -> None:
        left, right = self._univariate(row.a), self._univariate(row.b)
        if left is None or right is None:
            return
        seeds = {seed for seed, _ in (left, right) if seed}
        if len(seeds) != 1 or len(left[1]) + len(right[1]) > _MAX_DEGREE:
            return
        (seed,) = seeds
        value = product(left[1], right[1])
        result = only_wire(row.c)
        if result is not None and (result not in self._of or self._of[result][0] == result):
            if result != seed:
                self._of[result] = (seed, value)
            return
        known = self._univariate(row.c)
        if known is not None and known[0] in (seed, 0):
            rest = combination([(1, value), (-1, known[1])])
            if rest:
                self._vanishing[seed] = common(self._vanishing.get(seed, ()), rest)

    def _univariate(self, terms: Terms) -> tuple[int, Polynomial] | None:
        """Return (seed, polynomial), with seed 0 for a constant; None without a single seed."""
        seed = 0
        parts: list[tuple[int, Polynomial]] = []
        for wire, k in terms.items():
            if not wire:
                parts.append((k, (1,)))
                continue
            if wire not in self._of:
                return None
            own, polynomial = self._of[wire]
            if seed and own != seed:
                return None
            seed = own
            parts.append((k, polynomial))
        return seed, combination(parts)

    def tables(self) -> list[Table]:
        roots_of = {seed: roots(f) for seed, f in self._vanishing.items() if len(f) > 2}
        found: dict[int, Table] = {}
        for a, b, c, _ in self._rows:
            v = only_wire(a)
            of_u = self._univariate(c) if v is not None and a == b else None
            if v is None or of_u is None or of_u[0] not in roots_of or of_u[0] == v:
                continue
            u, g = of_u
            points = [
                (root, ordinate)
                for root in roots_of[u]
                for ordinate in roots((-value_at(g, root), 0, 1))
            ]
            found[v] = Table(u, v, points)
        for a, b, c, _ in self._rows:
            for factor, other in ((a, b), (b, a)):
                table = found.get(only_wire(factor) or 0)
                of_u, digit = self._univariate(other), only_wire(c)
                if table and digit and of_u is not None and of_u[0] == table.u:
                    table.digits[digit] = [v * value_at(of_u[1], u) % R for u, v in table.points]
        return list(found.values())
