"""Wires as polynomials of the wires from which they are computed.

A constraint a·b = k·w with k ≠ 0 says that w is a·b/k, and a linear constraint says that w is a
combination. Expanding such wires turns two ways of writing a formula into the same polynomial.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import plus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from zkcredit.audit.determinism import Row
    from zkcredit.r1cs.terms import Terms

__all__ = ["Expansion", "Poly", "product_of"]

Poly = dict[tuple[int, ...], int]
"""Monomial → coefficient in 1 .. r-1; a monomial is its wires, ascending; () is the constant."""

_DEPTH = 3
_MONOMIALS = 12
_DEGREE = 4
_TERMS = 4


class Expansion:
    """The wires that constraints define as products, with their factors, and linear constraints."""

    def __init__(self, rows: Iterable[Row], linear: Iterable[Terms]) -> None:
        self.factors: dict[int, tuple[Terms, Terms]] = {}
        self._linear: dict[int, list[Terms]] = {}
        for terms in linear:
            if 2 < len(terms) <= _TERMS:  # shorter ones are substituted already
                for wire in terms:
                    self._linear.setdefault(wire, []).append(terms)
        for a, b, c, _ in rows:
            if len(c) == 1 and 0 not in c:
                ((wire, k),) = c.items()
                inverse = pow(k, -1, R)
                scaled = {w: f * inverse % R for w, f in a.items()}
                self.factors.setdefault(wire, (scaled, b))

    def of(self, terms: Terms, atoms: Collection[int] = (), depth: int = _DEPTH) -> Poly | None:
        """Return the combination as a polynomial; None if it has too many terms for any formula.

        Args:
            terms: the combination.
            atoms: wires that are not expanded.
            depth: how deep products may be nested.
        """
        total: Poly = {}
        for wire, k in terms.items():
            part = self._wire(wire, atoms, depth)
            if part is None:
                return None
            total = plus(total, part, k)
            if len(total) > _MONOMIALS:
                return None
        return total

    def _wire(self, wire: int, atoms: Collection[int], depth: int) -> Poly | None:
        if not wire:
            return {(): 1}
        if not depth or wire in atoms:
            return {(wire,): 1}
        if wire in self.factors:
            left, right = (self.of(t, atoms, depth - 1) for t in self.factors[wire])
            return None if left is None or right is None else product_of(left, right)
        for terms in self._linear.get(wire, []):
            others = {w: -k * pow(terms[wire], -1, R) % R for w, k in terms.items() if w != wire}
            if all(other in atoms for other in others if other):
                return {(other,) if other else (): k for other, k in others.items()}
        return {(wire,): 1}


def product_of(left: Poly, right: Poly) -> Poly | None:
    """Return left·right; None if its degree is too large."""
    total: Poly = {}
    for one, k in left.items():
        for other, m in right.items():
            if len(one) + len(other) > _DEGREE:
                return None
            total = plus(total, {tuple(sorted(one + other)): k * m % R})
    return total
