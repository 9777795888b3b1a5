"""The search for a second witness with the same inputs, which proves that a wire is free.

A wire that the analysis does not prove unique may still be unique. Two witnesses decide the
question. One is given. The search makes the other by changing one wire and repairing what breaks,
one linear repair after another, or by the second decomposition of a number into too many bits. If
it finds nothing, nothing is claimed.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from zkcredit.audit.roots import (
    Polynomial,
    combination,
    common,
    product,
    roots,
    trimmed,
    value_at,
)
from zkcredit.audit.substitution import linear_form
from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import plus, scaled, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from zkcredit.r1cs.system import ConstraintSystem
    from zkcredit.r1cs.terms import Terms

__all__ = ["second_witness", "witness_where_any_value_fits", "witness_where_bits_wrap"]

_MAX_REPAIRS: Final = 2000
_MAX_STARTS: Final = 200
_MAX_MOVES: Final = 20
_MAX_CHANGES: Final = 3
_MAX_DEGREE: Final = 12


def second_witness(
    system: ConstraintSystem,
    witness: Sequence[int],
    free: Iterable[int],
    told: Collection[int] = (),
    wanted: Collection[int] = (),
) -> dict[int, int] | None:
    """Search other values for some wires in ``free`` with which every constraint holds.

    Args:
        system: the constraints.
        witness: an integer below r for each wire; it satisfies the system.
        free: the wires that may change; all others, including the inputs, keep their values.
        told: wires in ``free`` with which no search begins: those known to be free, and hints that
            decide nothing.
        wanted: wires of which one should change; another change is returned only if none does.

    Returns:
        wire → other value, or None if nothing was found.
    """
    search = _Search(system, witness, set(free), told, wanted)
    first: dict[int, int] | None = None
    for found in search.changes():
        if first is None:
            first = found
        if not wanted or not found.keys().isdisjoint(wanted):
            return found
    return first


def witness_where_any_value_fits(
    system: ConstraintSystem, witness: Sequence[int], wire: int
) -> Iterator[list[int]]:
    """Yield witnesses with other inputs, at which a constraint holds for every value of the wire.

    A quotient is free where divisor and dividend are both 0, and an ordinary witness does not show
    it. For each constraint with the wire in one factor alone, its other factor and what remains
    are set to 0, and what breaks is repaired; inputs may change.

    Args:
        system: the constraints.
        witness: an integer below r for each wire; it satisfies the system.
        wire: the wire that one of its constraints should not bind.
    """
    others = set(range(1, system.n_wires)) - {wire}
    for index in system.wire_uses[wire]:
        a, b, c = system.row(index)
        own, other = (a, b) if wire in a else (b, a)
        if wire not in own or wire in other:
            continue
        ratio = c.get(wire, 0) * pow(own[wire], -1, R) % R
        zero = (plus(other, {0: ratio}, -1), plus(scaled(plus(own, {wire: own[wire]}, -1), ratio),
                plus(c, {wire: c.get(wire, 0)}, -1), -1))  # fmt: skip
        search = _Search(system, witness, others, extra=zero)
        for order in _ORDERS:
            found = search.repaired({}, order, squares=True)
            if found is not None:
                yield [found.get(w, value) for w, value in enumerate(witness)]


def witness_where_bits_wrap(
    system: ConstraintSystem, witness: Sequence[int], free: Iterable[int]
) -> Iterator[list[int]]:
    """Yield witnesses with other inputs, at which 254 bits or more add up to 0.

    254 bits have two readings of a value below 2^254 - r only, some 0.32·r. An ordinary witness may
    hold a larger value, and does not show it. All bits are set to 0, and what breaks is repaired;
    inputs may change.

    Args:
        system: the constraints.
        witness: an integer below r for each wire; it satisfies the system.
        free: the wires that may be such bits.
    """
    wires = set(free)
    sums, seen = _Search(system, witness, wires), set[tuple[int, ...]]()
    for index in sorted({i for wire in wires for i in system.wire_uses[wire]}):
        for bits in sums.wide_sums(index):
            if tuple(bits) in seen:
                continue
            seen.add(tuple(bits))
            search = _Search(system, witness, set(range(1, system.n_wires)).difference(bits))
            for order in _ORDERS:
                found = search.repaired(dict.fromkeys(bits, 0), order)
                if found is not None:
                    yield [found.get(w, value) for w, value in enumerate(witness)]


_ORDERS: Final = ((True, -1), (False, -1), (True, 1))
"""Whether wires without a constraint of their own change first, and in which order wires do."""


class _Search:
    def __init__(
        self,
        system: ConstraintSystem,
        witness: Sequence[int],
        free: set[int],
        told: Collection[int] = (),
        wanted: Collection[int] = (),
        *,
        extra: Sequence[Terms] = (),
    ) -> None:
        self._system = system
        self._witness = list(witness)
        self._free = free
        # combinations that must be 0, besides the constraints
        self._extra = extra
        self._extra_uses: dict[int, list[int]] = {}
        for index, terms in enumerate(extra, system.n_constraints):
            for wire in terms:
                self._extra_uses.setdefault(wire, []).append(index)
        starts = free.difference(told)
        self._starts = [*sorted(starts.intersection(wanted)),
                        *sorted(starts.difference(wanted), reverse=True)]  # fmt: skip
        self._confined = {wire for wire in free if self._allowed(wire)}

    def changes(self) -> Iterator[dict[int, int]]:
        """Yield the changes with which every constraint holds, as far as the search finds any."""
        for start in self.starts():
            for order in _ORDERS:
                found = self.repaired(start, order)
                if found is not None:
                    yield found
                    break
        for wire in self._starts[:_MAX_MOVES]:
            for order in _ORDERS:
                found = self.moved(wire, order)
                if found is not None:
                    yield found
                    break

    def starts(self) -> Iterator[dict[int, int]]:
        """Yield the changes with which a search begins."""
        for index in {i for wire in self._free for i in self._system.wire_uses[wire]}:
            yield from self._other_bits(index)
        for wire in self._starts[:_MAX_STARTS]:
            value = self._witness[wire]
            tried = self._allowed(wire) or {(value + 1) % R, 0, 1, *self._other_roots(wire)}
            for other in sorted(tried - {value}):
                yield {wire: other}

    def _allowed(self, wire: int) -> set[int]:
        """Return the other values that the constraints on this wire alone allow; empty for any."""
        found: set[int] | None = None
        for index in self._system.wire_uses[wire]:
            parts = self._system.row(index)
            if any(part.keys() - {0, wire} for part in parts):
                continue
            a, b, c = ((part.get(0, 0), part.get(wire, 0)) for part in parts)
            polynomial = combination([(1, product(a, b)), (-1, c)])
            if polynomial:
                own = set(roots(polynomial))
                found = own if found is None else found & own
        return (found or set()) - {self._witness[wire]}

    def _other_roots(self, wire: int) -> Iterator[int]:
        """Yield the other solution of each constraint that is quadratic in the wire."""
        for index in self._system.wire_uses[wire]:
            parts = self._system.row(index)
            a, b, c = (part.get(wire, 0) for part in parts)
            if a * b % R:
                left, right, _ = (value_of(part, self._witness) for part in parts)
                change = (c - a * right - b * left) * pow(a * b, -1, R)
                yield (self._witness[wire] + change) % R

    def _other_bits(self, index: int) -> Iterator[dict[int, int]]:
        """Yield the bits of a sum of powers of two plus or minus r, if the sum can exceed r."""
        for bits in self.wide_sums(index):
            value = sum(self._witness[wire] << i for i, wire in enumerate(bits))
            for alias in (value + R, value - R):
                if 0 <= alias < 1 << len(bits):
                    yield {wire: alias >> i & 1 for i, wire in enumerate(bits)}

    def wide_sums(self, index: int) -> Iterator[list[int]]:
        """Yield the wires that a constraint adds up as bits, the lowest first, if 254 or more.

        The sum may be cut in limbs, each with constraints of its own.
        """
        terms, seen = self._linear(index), {index}
        limbs = [wire for wire in terms if wire in self._free and wire not in self._confined]
        while limbs:
            wire = limbs.pop()
            uses = (i for i in self._system.wire_uses[wire] if i not in seen)
            for use in uses if wire in terms else ():
                limb = self._linear(use)
                if limb.keys() & terms.keys() - {0} == {wire}:
                    seen.add(use)
                    limbs += [w for w in limb if w in self._free and w not in self._confined]
                    terms = plus(terms, limb, -terms[wire] * pow(limb[wire], -1, R))
                    break
        moving = {wire: k for wire, k in terms.items() if wire in self._free}
        if len(moving) < 254:
            return
        for sign in (1, -1):
            weights = {sign * k % R: wire for wire, k in moving.items()}
            order = [weights.get(pow(2, i, R)) for i in range(len(moving))]
            bits = [wire for wire in order if wire is not None]
            if len(bits) == len(moving):
                yield bits

    def _linear(self, index: int) -> Terms:
        """Return the combination that a linear constraint sets to 0; nothing for a product."""
        return linear_form(*self._system.row(index)) or {}

    def repaired(
        self, start: dict[int, int], order: tuple[bool, int], *, squares: bool = False
    ) -> dict[int, int] | None:
        """Return the start with a further change for each constraint that breaks.

        Args:
            start: wire → other value.
            order: which wires change first, see ``_ORDERS``.
            squares: whether a repair may take a root of a quadratic equation.

        Returns:
            wire → other value, or None if the repair fails.
        """
        changed = {w: v for w, v in start.items() if v != self._witness[w]}
        times = dict.fromkeys(changed, _MAX_CHANGES)
        values = list(self._witness)
        for wire, value in changed.items():
            values[wire] = value
        # in the order of the constraints, which is the order of the computation
        waiting = [i for wire in changed for i in self._uses(wire)]
        waiting += range(self._system.n_constraints, self._system.n_constraints + len(self._extra))
        heapify(waiting)
        for _ in range(_MAX_REPAIRS):
            while waiting and self._holds(waiting[0], values):
                heappop(waiting)
            if not waiting:
                return {w: v for w, v in changed.items() if v != self._witness[w]} or None
            repair = self._repair(waiting[0], values, times, order, squares=squares)
            if repair is None:
                return None
            wire, value = repair
            changed[wire] = values[wire] = value
            times[wire] = times.get(wire, 0) + 1
            for index in self._uses(wire):
                heappush(waiting, index)
        return None

    def moved(self, start: int, order: tuple[bool, int]) -> dict[int, int] | None:
        """Return a change in which the first wire moves by t, and each other by a polynomial in t.

        A constraint that no further wire repairs is an equation in t. The change is its root
        besides 0, or any t if there is none such.
        """
        values: dict[int, Polynomial] = {start: trimmed((self._witness[start], 1))}
        touched = set(self._uses(start))
        waiting = sorted(touched)
        while waiting:
            index = heappop(waiting)
            left, right, result = (self._polynomial(part, values) for part in self._parts(index))
            rest = combination([(1, product(left, right)), (-1, result)])
            if len(rest) > _MAX_DEGREE + 1:
                return None
            step = self._step(index, values, (left, right), order) if rest else None
            if step is None:
                continue
            wire, factor = step
            values[wire] = combination([(1, trimmed((self._witness[wire],))), (factor, rest)])
            for use in self._uses(wire):
                touched.add(use)
                heappush(waiting, use)
            if len(values) > _MAX_REPAIRS:
                return None
        equation: Polynomial = ()
        for index in touched:
            left, right, result = (self._polynomial(part, values) for part in self._parts(index))
            equation = common(combination([(1, product(left, right)), (-1, result)]), equation)
        for t in (root for root in (roots(equation) if equation else (1,)) if root):
            found = {wire: value_at(polynomial, t) for wire, polynomial in values.items()}
            return {w: v for w, v in found.items() if v != self._witness[w]}
        return None

    def _step(
        self,
        index: int,
        values: dict[int, Polynomial],
        factors: tuple[Polynomial, Polynomial],
        order: tuple[bool, int],
    ) -> tuple[int, int] | None:
        """Return a wire that did not move yet, and by which multiple of the rest it has to."""
        parts = self._parts(index)
        left, right = factors
        for wire in self._candidates(parts, values, order):
            a, b, c = (part.get(wire, 0) for part in parts)
            slope = combination([(a, right), (b, left), (-c, (1,))])
            if a * b % R == 0 and len(slope) == 1:
                return wire, -pow(slope[0], -1, R) % R
        return None

    def _repair(
        self,
        index: int,
        values: list[int],
        times: dict[int, int],
        order: tuple[bool, int],
        *,
        squares: bool,
    ) -> tuple[int, int] | None:
        """Return a wire and the value that repairs the constraint.

        A wire that did not change yet is preferred to one that changed before.
        """
        parts = self._parts(index)
        left, right, result = (value_of(part, values) for part in parts)
        fresh = self._candidates(parts, times, order)
        again = [w for part in parts for w in part if 0 < times.get(w, 0) < _MAX_CHANGES]
        for wire in (*fresh, *again):
            a, b, c = (part.get(wire, 0) for part in parts)
            slope = (a * right + b * left - c) % R
            if a * b % R == 0 and slope:
                change = (result - left * right) * pow(slope, -1, R)
                return wire, (values[wire] + change) % R
            if squares and a * b % R:
                for change in roots(trimmed((left * right - result, slope, a * b))):
                    return wire, (values[wire] + change) % R
        return None

    def _candidates(
        self, parts: Iterable[Terms], changed: Collection[int], order: tuple[bool, int]
    ) -> list[int]:
        """Return the wires of a constraint that may still change, the best first."""
        loose_first, sign = order
        tight = self._confined if loose_first else ()
        wires = {w for part in parts for w in part if w in self._free and w not in changed}
        return sorted(wires, key=lambda wire: (wire in tight, sign * wire))

    def _uses(self, wire: int) -> list[int]:
        return [*self._system.wire_uses[wire], *self._extra_uses.get(wire, ())]

    def _parts(self, index: int) -> tuple[Terms, Terms, Terms]:
        if index < self._system.n_constraints:
            return self._system.row(index)
        return {}, {}, self._extra[index - self._system.n_constraints]

    def _holds(self, index: int, values: Sequence[int]) -> bool:
        left, right, result = (value_of(part, values) for part in self._parts(index))
        return (left * right - result) % R == 0

    def _polynomial(self, terms: Terms, values: dict[int, Polynomial]) -> Polynomial:
        still = sum(k * self._witness[w] for w, k in terms.items() if w not in values)
        moving = [(k, values[w]) for w, k in terms.items() if w in values]
        return combination([(1, (still,)), *moving])
