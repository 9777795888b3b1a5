"""Digits ±w, which carry a common factor w ≠ 0 instead of being booleans.

(x - w)(x + w) = 0 says x = (2t - 1)·w for a boolean t. A combination of such wires and w is w
times a combination of booleans. If w is proved non-zero, it can be divided out, and an ordinary
equation remains.

Comparisons with a constant take a similar form: constraints A·u = C whose u occurs nowhere else.
They say that A = 0 implies C = 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.audit.determinism import Row
from zkcredit.audit.terms import only_wire, signed
from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import Terms, plus, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.audit.determinism import Determinism

__all__ = ["SignRule"]


class SignRule:
    """Finds the digits once, and divides their factor out if it is proved non-zero.

    Attributes:
        boolean_of: digit → (w, t).
    """

    def __init__(self, analysis: Determinism) -> None:
        self._analysis = analysis
        self.boolean_of: dict[int, tuple[int, int]] = {}
        self._compared: dict[tuple[int, int], tuple[int, int]] = {}
        for a, b, c, _ in analysis.rows:
            if c or len(a) != 2 or a.keys() != b.keys() or 0 in a:
                continue
            unit, digit = sorted(a)
            ratios = {part[unit] * pow(part[digit], -1, R) % R for part in (a, b)}
            if ratios == {1, R - 1}:
                self.boolean_of[digit] = (unit, analysis.virtual(0, 1))
        for digit, (unit, boolean) in self.boolean_of.items():
            analysis.add_row(Row({unit: 1}, {boolean: 2, 0: R - 1}, {digit: 1}, -1))
        self._booleans = {boolean for _, boolean in self.boolean_of.values()}
        self._hints = set(idle_hints(analysis))

    def apply(self) -> bool:
        """Return whether an equation was found."""
        found = False
        for terms in list(self._analysis.linear):
            unit = self._unit(terms)
            if unit and (divided := self._divided(terms, unit)):
                found |= self._analysis.add_linear(divided)
        for a, b, c, _ in self._analysis.rows:
            for unit_terms, other in ((a, b), (b, a)):
                unit = self._only_unit(unit_terms)
                divided = self._divided(c, unit) if unit and c else None
                if divided is not None:
                    factor = unit_terms[unit]
                    found |= self._analysis.add_linear(plus(scaled(other, factor), divided, -1))
        return self._compare() or found

    def _only_unit(self, terms: Terms) -> int:
        ((wire, _),) = terms.items() if len(terms) == 1 else ((0, 0),)
        return wire if wire and self._analysis.is_nonzero({wire: 1}) else 0

    def _unit(self, terms: Terms) -> int:
        """Return the common factor of a combination of digits, proved non-zero; otherwise 0."""
        for wire in terms:
            if wire in self.boolean_of:
                unit = self.boolean_of[wire][0]
                return unit if self._analysis.is_nonzero({unit: 1}) else 0
        return 0

    def _divided(self, terms: Terms, unit: int) -> Terms | None:
        total: Terms = {}
        for wire, k in terms.items():
            if wire == unit:
                total = plus(total, {0: k})
            elif self.boolean_of.get(wire, (0, 0))[0] == unit:
                total = plus(total, {self.boolean_of[wire][1]: 2 * k % R, 0: -k % R})
            else:
                return None
        return total

    def _compare(self) -> bool:
        """Return whether implications about bits bounded an integer Σ 2ⁱ·tᵢ."""
        implications = list(self._implications())
        found = False
        for terms in list(self._analysis.linear):
            bits = sorted((signed(k), wire) for wire, k in terms.items() if wire in self._booleans)
            if len(bits) < 2 or not implications:
                continue
            if bits[-1][0] < 0:
                bits = [(-k, wire) for k, wire in reversed(bits)]
            unit = bits[0][0]
            if unit <= 0 or [k for k, _ in bits] != [unit << i for i in range(len(bits))]:
                continue
            order = [wire for _, wire in bits]
            name = (order[0], len(order))
            limits = _limits(order, implications)
            if self._compared.get(name) == limits or limits == (0, (1 << len(order)) - 1):
                continue
            self._compared[name] = limits
            weights = {wire: 1 << i for i, wire in enumerate(order)}
            integer = self._analysis.add_sum(weights, *limits)
            factor = terms[order[0]]
            rest = plus(terms, scaled(weights, factor), -1)
            found |= self._analysis.add_linear(plus(rest, {integer: factor}))
        return found

    def _implications(self) -> Iterator[tuple[Terms, Terms]]:
        """Yield (A, C) over booleans if a constraint says that A = 0 implies C = 0."""
        for a, b, c, _ in self._analysis.rows:
            for hint, condition in ((b, a), (a, b)):
                if only_wire(hint) in self._hints and c:
                    unit = self._unit(condition) or self._unit(c)
                    parts = [self._divided(t, unit) if unit else t for t in (condition, c)]
                    if parts[0] is not None and parts[1] is not None:
                        yield parts[0], parts[1]
                    break
        for terms in self._analysis.linear:
            if terms.keys() - {0} and terms.keys() - {0} <= self._booleans:
                yield {}, terms


def idle_hints(analysis: Determinism) -> Iterator[int]:
    """Yield the wires that are one factor of one constraint and occur nowhere else."""
    uses = analysis.system.wire_uses
    for a, b, c, number in analysis.rows:
        for part, other in ((a, b), (b, a)):
            wire = only_wire(part)
            if wire and uses[wire] == [number] and wire not in other and wire not in c:
                yield wire


def _limits(order: list[int], implications: list[tuple[Terms, Terms]]) -> tuple[int, int]:
    """Return the bounds of Σ 2ⁱ·order[i].

    An implication bounds from above if it says that the bits Z are 0 whenever the bits M are all
    1, and every bit of M is above every bit of Z. Let B have 0 in the Zs and 1 elsewhere. An
    integer above B first differs from it in a bit of some Z. All higher bits of that M, if none of
    them is in a Z, are 1 as in B, so the implication fails. For bounds from below, exchange 0 and
    1.
    """
    place = {wire: i for i, wire in enumerate(order)}
    full = (1 << len(order)) - 1
    limits = []
    for ones in (True, False):
        runs: list[tuple[set[int], set[int]]] = []
        for condition, result in implications:
            seen, forced = _places(condition, place, not ones), _places(result, place, ones)
            if seen is not None and forced and all(m > max(forced) for m in seen):
                runs.append((seen, forced))
        while True:
            covered: set[int] = set().union(*(forced for _, forced in runs))
            kept = [(seen, forced) for seen, forced in runs if not seen & covered]
            if len(kept) == len(runs):
                break
            runs = kept
        bound = full - sum(1 << i for i in covered)
        limits.append(bound if ones else full - bound)
    upper, lower = limits
    return lower, upper


def _places(terms: Terms, place: dict[int, int], plain: bool) -> set[int] | None:
    """Return the places of the bits whose sum, or whose number of zeros, the terms give."""
    wires = terms.keys() - {0}
    if not wires <= place.keys():
        return None
    factor = terms[min(wires)] if wires else 1
    inverse = pow(factor, -1, R)
    if any(terms[wire] != factor for wire in wires):
        return None
    constant = signed(terms.get(0, 0) * inverse)
    if constant != (0 if plain else -len(wires)):
        return None
    return {place[wire] for wire in wires}
