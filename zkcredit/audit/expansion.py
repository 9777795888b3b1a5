"""Wires as polynomials of the wires that they are products of.

A constraint a·b = k·w with k ≠ 0 says that w is a·b/k. Expanding such wires turns two ways of
writing the same formula into the same polynomial.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from zkcredit.r1cs.determinism import Row
    from zkcredit.r1cs.terms import Terms

__all__ = ["Expansion", "Poly", "poly_sum", "product_of"]

Poly = dict[tuple[int, ...], int]
"""Monomial → coefficient in 1 .. r-1; a monomial is its wires, ascending, () for the constant."""

_DEPTH = 3
_MONOMIALS = 12
_DEGREE = 4


class Expansion:
    """The wires that constraints make products, by their factors."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.factors: dict[int, tuple[Terms, Terms]] = {}
        for a, b, c, _ in rows:
            if len(c) == 1 and 0 not in c:
                ((wire, k),) = c.items()
                inverse = pow(k, -1, R)
                scaled = {w: f * inverse % R for w, f in a.items()}
                self.factors.setdefault(wire, (scaled, b))

    def of(
        self, terms: Terms, atoms: Collection[int] = (), depth: int = _DEPTH
    ) -> Poly | None:
        """The combination as a polynomial; None where it is larger than the formulas here.

        Args:
            terms: the combination.
            atoms: wires that stay as they are.
            depth: how many products may be within each other.
        """
        total: Poly = {}
        for wire, k in terms.items():
            part: Poly | None = {(wire,) if wire else (): 1}
            if depth and wire in self.factors and wire not in atoms:
                left, right = (self.of(t, atoms, depth - 1) for t in self.factors[wire])
                part = product_of(left, right) if left is not None and right is not None else None
            if part is None:
                return None
            total = poly_sum(total, part, k)
            if len(total) > _MONOMIALS:
                return None
        return total


def poly_sum(left: Poly, right: Poly, factor: int = 1) -> Poly:
    """left + factor·right."""
    total = dict(left)
    for monomial, k in right.items():
        value = (total.get(monomial, 0) + factor * k) % R
        if value:
            total[monomial] = value
        else:
            total.pop(monomial, None)
    return total


def product_of(left: Poly, right: Poly) -> Poly | None:
    """left·right; None where its degree is too large."""
    total: Poly = {}
    for one, k in left.items():
        for other, m in right.items():
            if len(one) + len(other) > _DEGREE:
                return None
            total = poly_sum(total, {tuple(sorted(one + other)): k * m % R})
    return total
