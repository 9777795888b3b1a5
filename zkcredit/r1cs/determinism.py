"""Which wires have one value only, once the inputs are fixed.

A circuit that leaves a wire undetermined by accident is the commonest forgery. The analysis
proves wires unique by rules that look at the constraints alone, never at the witness program; it
is sound, not complete: a wire it lists may be unique for a reason that the rules do not know.

Rules, until nothing new follows (the names are those of Picus and Ecne, whose ideas these are):

* *forward*: A and B are known and C has one unknown; or a linear constraint has one unknown;
* *division*: A·B = C with one unknown, in B alone, where A is known and proved non-zero by some
  constraint A'·B' = k ≠ 0 with A' proportional to A, or by the caller;
* *domain*: (X − d₀)·(X − d₁) = 0 for a combination X is a linear constraint with a new boolean;
* *bounds*: a linear constraint with one unbounded wire bounds it;
* *radix*: a linear constraint over bounded unknowns whose coefficients are superincreasing, and
  whose sum stays below r, determines all of them. This is what refuses 254 bits;
* *zero test*: a·u = C(z) and a·B(z) = 0 determine z, whatever u is.

What it cannot see: a missing assertion on inputs, which are taken as given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["undetermined"]

Terms = dict[int, int]
_Key = tuple[tuple[int, int], ...]


def undetermined(
    system: ConstraintSystem, known: Iterable[int], nonzero: Iterable[Terms] = ()
) -> list[int]:
    """The wires that are not proved unique, ascending.

    Args:
        system: the constraints.
        known: the wires that are given: inputs, and wires proved unique by other means. Wire 0
            is always given.
        nonzero: combinations wire → coefficient that are proved non-zero by other means, such as
            the differences of points that an argument about orders keeps apart.
    """
    analysis = _Analysis(system, known, nonzero)
    while analysis.one_pass():
        pass
    return [wire for wire in range(system.n_wires) if wire not in analysis.unique]


class _Analysis:
    def __init__(
        self, system: ConstraintSystem, known: Iterable[int], nonzero: Iterable[Terms]
    ) -> None:
        self.unique = {0, *known}
        self._bounds: dict[int, tuple[int, int]] = {}
        self._linear: list[Terms] = []
        self._products: list[tuple[Terms, Terms, Terms]] = []
        self._nonzero: set[_Key] = {_direction(terms) for terms in nonzero}
        self._by_factor: dict[_Key, list[tuple[Terms, Terms]]] = {}
        fresh = system.n_wires
        for index in range(system.n_constraints):
            a, b, c = system.row(index)
            for constant, other in ((a, b), (b, a)):
                if not constant.keys() - {0}:
                    self._linear.append(_plus(c, other, -constant.get(0, 0)))
                    break
            else:
                if (domain := _domain(a, b, c)) is not None:
                    combination, low, high = domain
                    self._bounds[fresh] = (0, 1)
                    self._linear.append(_plus(combination, {0: low, fresh: high - low}, -1))
                    fresh += 1
                    continue
                if c.keys() == {0}:
                    self._nonzero |= {_direction(a), _direction(b)}
                self._products.append((a, b, c))
                self._by_factor.setdefault(_direction(a), []).append((b, c))

    def one_pass(self) -> bool:
        """Applies every rule everywhere once; whether anything was learnt."""
        before = len(self.unique), len(self._bounds)
        self._linear = [terms for terms in self._linear if self._linear_rules(terms)]
        self._products = [row for row in self._products if self._product_rules(*row)]
        return before != (len(self.unique), len(self._bounds))

    def _unknown(self, terms: Terms) -> list[int]:
        return [wire for wire in terms if wire not in self.unique]

    def _linear_rules(self, terms: Terms) -> bool:
        """Learns what a linear constraint tells; whether it may tell more later."""
        unknown = self._unknown(terms)
        if len(unknown) == 1 or self._radix(terms, unknown):
            self.unique.update(unknown)
            return False
        unbounded = [wire for wire in terms if wire not in self._bounds and wire != 0]
        if len(unbounded) == 1:
            self._bound(terms, unbounded[0])
        return bool(unknown)

    def _bound(self, terms: Terms, wire: int) -> None:
        scale = -pow(terms[wire], -1, R)
        low = high = _signed(terms.get(0, 0) * scale)
        for other, k in terms.items():
            if other not in (0, wire):
                ends = [_signed(k * scale) * end for end in self._bounds[other]]
                low, high = low + min(ends), high + max(ends)
        if high - low < R // 2 and low > -R // 2 and high < R // 2:
            self._bounds[wire] = (low, high)

    def _radix(self, terms: Terms, unknown: list[int]) -> bool:
        """Whether two solutions must agree: Σ cᵢ·δᵢ = 0 mod r with |δᵢ| ≤ widthᵢ has only δ = 0."""
        if not all(wire in self._bounds for wire in unknown):
            return False
        widths = {wire: self._bounds[wire][1] - self._bounds[wire][0] for wire in unknown}
        for pivot in unknown:
            scale = pow(terms[pivot], -1, R)
            sized = sorted((abs(_signed(terms[wire] * scale)), widths[wire]) for wire in unknown)
            total = 0
            for coefficient, width in sized:
                if total >= coefficient:
                    break
                total += coefficient * width
            else:
                if total < R:
                    return True
        return False

    def _product_rules(self, a: Terms, b: Terms, c: Terms) -> bool:
        unknown = {*self._unknown(a), *self._unknown(b), *self._unknown(c)}
        if not unknown:
            return False
        if len(unknown) == 1:
            (wire,) = unknown
            in_a, in_b, in_c = (wire in part for part in (a, b, c))
            other = b if in_a else a
            divides = in_a != in_b and not in_c and _direction(other) in self._nonzero
            if divides or not (in_a or in_b):
                self.unique.add(wire)
                return False
        elif not self._unknown(a):
            self._zero_test(a, b, c)
        return True

    def _zero_test(self, a: Terms, b: Terms, c: Terms) -> None:
        # Where a = 0 this constraint gives C(z) = 0, and where a ≠ 0 the other one gives z.
        results = self._unknown(c)
        if len(results) != 1 or results[0] in b:
            return
        for other, product in self._by_factor.get(_direction(a), []):
            if not product and self._unknown(other) == results:
                self.unique.update(results)
                return


def _plus(left: Terms, right: Terms, factor: int) -> Terms:
    total = dict(left)
    for wire, k in right.items():
        total[wire] = (total.get(wire, 0) + factor * k) % R
    return {wire: k for wire, k in total.items() if k}


def _signed(value: int) -> int:
    value %= R
    return value - R if value > R // 2 else value


def _direction(terms: Terms) -> _Key:
    """The combination up to a factor."""
    if not terms:
        return ()
    scale = pow(terms[min(terms)], -1, R)
    return tuple(sorted((wire, k * scale % R) for wire, k in terms.items()))


def _domain(a: Terms, b: Terms, c: Terms) -> tuple[Terms, int, int] | None:
    """(X, d₀, d₁) where the constraint reads (X − d₀)·(X − d₁) = 0 up to a factor, X not
    constant."""
    left = {wire: k for wire, k in a.items() if wire}
    right = {wire: k for wire, k in b.items() if wire}
    if c or left.keys() != right.keys():
        return None
    first = min(left)
    ratio = right[first] * pow(left[first], -1, R) % R
    if any(right[wire] != ratio * k % R for wire, k in left.items()):
        return None
    return left, -a.get(0, 0) % R, -b.get(0, 0) * pow(ratio, -1, R) % R
