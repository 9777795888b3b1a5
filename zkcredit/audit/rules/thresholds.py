"""Comparisons of bits with a constant, by a sum of weights in which one bit is 0.

circomlib's CompConstant, in the alias check of a full-length decomposition, is such a comparison.
Each pair of bits adds 0 to a sum if it equals the constant's pair, 2^i if it is less, and
2^128 - 2^i if it is greater; the bit 2^127 of the sum says which difference is in the highest
place. The rule assumes none of this. It reads from the constraints

* an integer N = Σ 2^i·b_i of booleans in a linear constraint;
* summands: wires that a constraint makes a function of a few neighbouring b_i, tabulated over all
  values of these, so that the groups together contain all bits of N;
* a linear constraint Σ summands = Σ m_k·o_k over bounded wires o_k. Its sides are integers that
  differ by less than r, so they are equal as integers.

**The bound.** Let M divide the m_k of some of the o_k, and let the others amount to a number in
[X, Y] with X ≥ 0. Then Σ summands is one of X .. Y modulo M. Reduce each tabulated value modulo M
to q_i(v) in [-M/2, M/2). Let t_i be the greatest value of group i with q_i(t_i) ≥ 0, and let
q_i(t_i) = 0. Take an N above t = Σ t_i·(place of group i). From the top, it first differs from t in
a group j with v_j > t_j: the higher groups add 0, and q_j(v_j) < 0. If for every v_j > t_j the sum
of q_j(v_j) and the greatest values of all lower groups is negative, the sum of all q is in
[-B, -1], where -B is the sum of the least values. So it is one of M - B .. M - 1 modulo M. If
Y < M - B, none of these is one of X .. Y. Then such an N does not exist, and N ≤ t.

**The use.** If t < r, an integer in 0 .. t that is known modulo r is known, and so are its bits.
Two decompositions into 254 bits that differ by r cannot both satisfy this.
"""

from __future__ import annotations

from itertools import chain, count, pairwise, takewhile
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from zkcredit.audit.terms import signed
from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import Terms, plus, scaled, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zkcredit.audit.determinism import Determinism

__all__ = ["ThresholdRule", "limits"]

_GROUP = 3
"""The most bits that one summand depends on."""


class Summand(NamedTuple):
    """A number that depends on neighbouring bits: it is ``values[v]`` if the bits make up v.

    Attributes:
        first: the place of the lowest bit.
        values: the number for each value of the bits.
    """

    first: int
    values: list[int]

    @property
    def end(self) -> int:
        """The place after the highest bit."""
        return self.first + len(self.values).bit_length() - 1


class ThresholdRule:
    """Bounds integers that the radix rule leaves ambiguous; then a known one gives its bits."""

    def __init__(self, analysis: Determinism) -> None:
        self._analysis = analysis
        self._bounded: dict[tuple[int, ...], int] = {}
        self._by_wire: dict[int, list[tuple[Terms, Terms, Terms]]] = {}
        for a, b, c, _ in analysis.rows:
            for wire in a.keys() | b.keys() | c.keys():
                self._by_wire.setdefault(wire, []).append((a, b, c))

    def apply(self) -> bool:
        """Return whether an integer was bounded, or bits became known."""
        found = False
        for terms in list(self._analysis.linear):
            order = self._binary(terms)
            name = tuple(order)
            if 1 << len(order) < R or name in self._bounded:
                continue
            top = self._limit(order)
            if top is None or top >= R:
                continue
            weights = {wire: 1 << i for i, wire in enumerate(order)}
            integer = self._bounded[name] = self._analysis.add_sum(weights, 0, top)
            factor = terms[order[0]]
            rest = plus(terms, scaled(weights, factor), -1)
            self._analysis.add_linear(plus(rest, {integer: factor}))
            found = True
        unique = self._analysis.unique
        before = len(unique)
        for bits, integer in self._bounded.items():
            if integer in unique:
                unique.update(bits)
        return found or len(unique) > before

    def _binary(self, terms: Terms) -> list[int]:
        """Return the longest run of booleans whose coefficients double, lowest first."""
        wires = {k: wire for wire, k in terms.items() if self._is_boolean(wire)}
        best: list[int] = []
        half = pow(2, -1, R)
        for first in wires:
            if first * half % R not in wires:
                run = list(takewhile(wires.__contains__, (first * 2**i % R for i in count())))
                best = max(best, [wires[k] for k in run], key=len)
        return best

    def _is_boolean(self, wire: int) -> bool:
        return wire != 0 and self._analysis.bounds.get(wire) == (0, 1)

    def _limit(self, order: list[int]) -> int | None:
        """Return the least bound that a linear constraint gives for the integer."""
        place = {wire: i for i, wire in enumerate(order)}
        summands = {wire: Summand(i, [0, 1]) for wire, i in place.items()}
        for row in self._about(order):
            if (made := _summand(row, place)) is not None:
                summands.setdefault(*made)
        found: list[int] = []
        for equation in list(self._analysis.linear):
            if not _tile([summands[w] for w in equation.keys() & summands.keys()], len(order)):
                continue
            for whole in self._without_total(equation, summands):
                known = {w: k for w, k in whole.items() if w in summands}
                parts = [(k, summands[w]) for w, k in known.items()]
                if _tile([part for _, part in parts], len(order)):
                    others = {w: k for w, k in whole.items() if w not in known}
                    found += self._limits(parts, others)
        return min(found, default=None)

    def _about(self, order: Iterable[int]) -> Iterator[tuple[Terms, Terms, Terms]]:
        rows = chain.from_iterable(self._by_wire.get(wire, []) for wire in order)
        yield from rows
        for terms in self._analysis.linear:
            if len(terms) <= _GROUP + 2:
                yield {}, {}, terms

    def _without_total(self, equation: Terms, summands: dict[int, Summand]) -> Iterator[Terms]:
        """Yield the equation, and variants in which other equations replace the total."""
        yield equation
        totals = equation.keys() - summands.keys() - {0}
        if len(totals) == 1:
            (total,) = totals
            for other in self._analysis.linear:
                if total in other and other is not equation:
                    factor = -equation[total] * pow(other[total], -1, R)
                    yield plus(equation, other, factor)

    def _limits(self, known: Sequence[tuple[int, Summand]], others: Terms) -> Iterator[int]:
        """Yield bounds from Σ k·summand + others = 0, scaled so that its integers are small."""
        bounds = self._analysis.bounds
        wires = [wire for wire in others if wire]
        if not all(wire in bounds and bounds[wire][0] >= 0 for wire in wires):
            return
        for k in {others[wire] for wire in wires}:
            scale = -pow(k, -1, R) % R
            weights = sorted((signed(-others[w] * scale), bounds[w][1]) for w in wires)
            if weights[0][0] <= 0 or sum(m * high for m, high in weights) >= R:
                continue
            parts = [
                Summand(part.first, [signed(factor * scale * value) for value in part.values])
                for factor, part in known
            ]
            yield from limits(parts, signed(others.get(0, 0) * scale), weights)


def limits(
    parts: Sequence[Summand], constant: int, weights: Sequence[tuple[int, int]]
) -> Iterator[int]:
    """Yield bounds of the integer of the bits if Σ parts + constant = Σ m·o modulo r.

    Args:
        parts: summands with integer values, in any order; their bits are all bits of the integer.
        constant: an integer.
        weights: (m > 0, the greatest value of o ≥ 0), ascending.

    Yields:
        t of the module's text, for every M for which its premises hold.
    """
    parts = sorted(parts)
    low, high = (sum(pick(part.values) for part in parts) + constant for pick in (min, max))
    if high >= R or sum(m * most for m, most in weights) - low >= R:
        return
    below = 0
    for index, (weight, most) in enumerate([*weights, (0, 0)]):
        modulus = gcd(*(m for m, _ in weights[index:])) if weight else 4 * R
        if constant <= 0 and below - constant < modulus:
            reduced = [
                Summand(p.first, [(v + modulus // 2) % modulus - modulus // 2 for v in p.values])
                for p in parts
            ]
            least = -sum(min(part.values) for part in reduced)
            top = _first_difference(reduced)
            if top is not None and below - constant < modulus - least:
                yield top
        below += weight * most


def _first_difference(parts: Sequence[Summand]) -> int | None:
    """Return t of the module's text."""
    top = lower = 0
    for part in parts:
        allowed = [v for v, value in enumerate(part.values) if value >= 0]
        if not allowed or part.values[allowed[-1]]:
            return None
        if any(value + lower >= 0 for value in part.values[allowed[-1] + 1 :]):
            return None
        top += allowed[-1] << part.first
        lower += max(part.values)
    return top


def _tile(parts: Sequence[Summand], count: int) -> bool:
    """Return whether each of the places 0 .. count-1 belongs to one part."""
    ordered = sorted(parts)
    return (
        len(ordered) > 1
        and ordered[0].first == 0
        and ordered[-1].end == count
        and all(one.end == other.first for one, other in pairwise(ordered))
    )


def _summand(row: tuple[Terms, Terms, Terms], place: dict[int, int]) -> tuple[int, Summand] | None:
    """Return the wire that a·b = c makes a function of neighbouring bits, and its table."""
    a, b, c = row
    wires = (a.keys() | b.keys() | c.keys()) - {0}
    bits = sorted(wires & place.keys(), key=place.__getitem__)
    made = wires - place.keys()
    if len(made) != 1 or not 1 <= len(bits) <= _GROUP:
        return None
    (wire,) = made
    first = place[bits[0]]
    if wire in a or wire in b or [place[bit] for bit in bits] != [*range(first, first + len(bits))]:
        return None
    factor = pow(c[wire], -1, R)
    values = []
    for v in range(1 << len(bits)):
        at = {0: 1, wire: 0, **{bit: v >> i & 1 for i, bit in enumerate(bits)}}
        left, right, rest = (value_of(part, at) for part in (a, b, c))
        values.append((left * right - rest) * factor % R)
    return wire, Summand(first, values)
