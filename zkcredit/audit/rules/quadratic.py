"""A quadratic equation of which only one root is within the bounds.

(α·x + A)·(β·x + B) = C + γ·x with known A, B and C has at most two solutions, and their sum S is
known: S = (γ - α·B - β·A)/(α·β). Let D = 2·x - S. The two solutions have opposite D. If D is proved
to be an integer in [low, high] with 0 ≤ low and 2·high < r, both D are 0 and the solutions equal;
likewise with the signs exchanged. If S is a constant, no D is needed: two different integers in
[low, high] have a sum in [2·low + 1, 2·high - 1], and if no such sum is S mod r, x has one value.

Two factors x and y with a known product and a known sum are the two roots of one such equation,
with D = x - y. A comparison of x with y leaves only one order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import plus, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.audit.determinism import Determinism, Row
    from zkcredit.r1cs.terms import Terms

__all__ = ["QuadraticRule"]


class QuadraticRule:
    """Applies the rule to the constraints whose factors both have an unknown wire."""

    def __init__(self, analysis: Determinism) -> None:
        self._analysis = analysis

    def apply(self) -> bool:
        """Return whether a wire became known."""
        before = len(self._analysis.unique)
        for row in self._analysis.rows:
            unknown = {wire for part in row[:3] for wire in self._analysis.unknown(part)}
            if len(unknown) == 1:
                self._one(row, *unknown)
            elif len(unknown) == 2:
                self._pair(row, *sorted(unknown))
        return len(self._analysis.unique) > before

    def _one(self, row: Row, wire: int) -> None:
        alpha, beta, gamma = (part.get(wire, 0) for part in row[:3])
        if not alpha or not beta:
            return
        a, b, _ = (_without(wire, part) for part in row[:3])
        crossed = plus(scaled(b, alpha), a, beta)
        total = scaled(plus({0: gamma} if gamma else {}, crossed, -1), pow(alpha * beta, -1, R))
        apart = not total.keys() - {0} and self._apart(wire, total.get(0, 0))
        if apart or self._ordered(plus({wire: 2}, total, -1)):
            self._analysis.unique.add(wire)

    def _pair(self, row: Row, x: int, y: int) -> None:
        a, b, c, _ = row
        left, right = (a, b) if x in a else (b, a)
        if x not in left or y not in right or x in right or y in left or {x, y} & c.keys():
            return
        sums = (
            terms
            for terms in self._analysis.linear
            if set(self._analysis.unknown(terms)) == {x, y}
            and (terms[x] * right[y] - terms[y] * left[x]) % R == 0
        )
        if any(sums) and self._ordered(plus(left, right, -1)):
            self._analysis.unique |= {x, y}

    def _apart(self, wire: int, total: int) -> bool:
        """Return whether two different values of a wire never have the sum, mod r."""
        if wire not in self._analysis.bounds:
            return False
        low, high = self._analysis.bounds[wire]
        least = 2 * low + 1
        return least + (total - least) % R > 2 * high - 1

    def _ordered(self, difference: Terms) -> bool:
        """Return whether a multiple of it is an integer whose opposite it never is, unless 0."""
        return any(
            (low >= 0 or high <= 0) and 2 * max(high, -low) < R
            for low, high in self._intervals(difference)
        )

    def _intervals(self, terms: Terms) -> Iterator[tuple[int, int]]:
        """Yield bounds of multiples of a combination, as it is and less a linear constraint."""
        bounds = self._analysis.bounds
        if all(wire in bounds for wire in terms if wire):
            yield self._analysis.interval(terms)
        first = next((wire for wire in terms if wire), 0)
        for linear in self._analysis.linear if first else ():
            if first in linear:
                # in the scale of the constraint, whose coefficients may be small integers
                factor = linear[first] * pow(terms[first], -1, R)
                rest = plus(scaled(terms, factor), linear, -1)
                if all(wire in bounds for wire in rest if wire):
                    yield self._analysis.interval(rest)


def _without(wire: int, terms: Terms) -> Terms:
    return {other: k for other, k in terms.items() if other != wire}
