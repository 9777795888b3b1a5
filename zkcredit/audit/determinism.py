"""Which wires have only one value once the inputs are fixed.

Most forgeries come from a circuit that leaves a wire undetermined by accident. The analysis proves
that wires are unique by rules that use the constraints alone, never the witness program. It is
sound but not complete: a wire that it lists may be unique for a reason that the rules do not know.

First, every wire that a linear constraint makes a constant or a multiple of another wire is
replaced (``zkcredit.audit.substitution``). Then these rules are applied until nothing new follows.
The ideas and the names are those of Picus and Ecne:

* *forward*: A and B are known and C has one unknown; or a linear constraint has one unknown;
* *division*: A·B = C with one unknown, in one of A and B with coefficient β and perhaps in C with
  coefficient γ, where β·(the other factor) − γ is proved non-zero by some constraint
  A'·B' = k ≠ 0, or by the caller;
* *domain*: a constraint that is quadratic in one combination X alone and has roots d₀, d₁ is a
  linear constraint with a new boolean, X = d₀ + (d₁ − d₀)·t;
* *products of booleans* are booleans;
* *bounds*: a linear constraint with one unbounded wire bounds it;
* *radix*: a linear constraint over bounded unknowns whose coefficients are superincreasing, and
  whose sum stays below r, determines all of them. This rule does not hold for 254 bits;
* *zero test*: a·u = C(z) and a·B(z) = 0 determine z, whatever u is;
* *all but one zero*: if (x − rᵢ)·yᵢ = 0 with x known and different rᵢ, at most one yᵢ is not 0, so
  a known Σ kᵢ·yᵢ determines all of them;
* *elimination*: linear constraints are solved together.

The analysis takes the inputs as given, so it cannot see a missing assertion on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zkcredit.audit.roots import roots
from zkcredit.audit.substitution import Substitution, linear_form
from zkcredit.audit.terms import Key, direction, only_wire, signed
from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import Terms, plus, scaled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["Determinism", "Row", "undetermined"]

_LARGEST_ELIMINATION = 400


class Row(NamedTuple):
    """A constraint a·b = c that is not linear; its number is -1 if a rule derived it."""

    a: Terms
    b: Terms
    c: Terms
    number: int


def undetermined(
    system: ConstraintSystem, known: Iterable[int], nonzero: Iterable[Terms] = ()
) -> list[int]:
    """Return the wires that are not proved unique, ascending.

    Args:
        system: the constraints.
        known: the given wires: inputs, and wires that are proved unique by other means. Wire 0 is
            always given.
        nonzero: combinations, wire → coefficient, that are proved non-zero by other means: for
            example differences of points that an argument about orders proves different.
    """
    analysis = Determinism(system, known)
    for terms in nonzero:
        analysis.learn_nonzero(terms)
    analysis.run()
    return analysis.undetermined()


class Determinism:
    """The state of an analysis: what is known, and what rules of other modules add to it.

    Wires from ``system.n_wires`` on are virtual: they are integers that only the rules use. Rows
    and linear combinations are those after substitution.

    Attributes:
        system: the constraints.
        unique: the wires that are given or proved unique.
        bounds: wire → (low, high): the wire's value is an integer between them, mod r.
        steps: wire → s: any two values of the wire differ by a multiple of s; if the wire is
            absent, s is 1.
        rows: the constraints that are not linear, including those of two-valued combinations.
        linear: the combinations that are 0.
        sums: wires of a combination → virtual integers that are sums of these wires, with the
            weights.
    """

    def __init__(self, system: ConstraintSystem, known: Iterable[int]) -> None:
        self.system = system
        self.unique = {0, *known}
        self.bounds: dict[int, tuple[int, int]] = {}
        self.steps: dict[int, int] = {}
        self.rows: list[Row] = []
        self.linear: list[Terms] = []
        self.sums: dict[frozenset[int], list[tuple[int, Terms]]] = {}
        self._nonzero: set[Key] = set()
        self._waiting_linear: list[Terms] = []
        self._waiting_rows: list[Row] = []
        self._by_factor: dict[Key, list[tuple[Terms, Terms]]] = {}
        self._derived: set[Key] = set()
        self._next = system.n_wires
        self._substitution = Substitution(system)
        for index in range(system.n_constraints):
            self._read(_oriented(Row(*self._substitution.row(index), index)))
        for terms in self._substitution.equations():
            self.add_linear(terms)

    def _read(self, row: Row) -> None:
        a, b, c, _ = row
        if (linear := linear_form(a, b, c)) is not None:
            if linear:
                self.add_linear(linear)
            return
        self.rows.append(row)
        if (domain := _domain(a, b, c)) is not None:
            combination, low, high = domain
            choice = self.virtual(0, 1)
            self.add_linear(plus(combination, {0: low, choice: (high - low) % R}, -1))
            return
        if c.keys() == {0}:
            self.learn_nonzero(a)
            self.learn_nonzero(b)
        self.add_row(row)

    def virtual(self, low: int, high: int) -> int:
        """Return a new virtual wire: an integer between the bounds."""
        wire, self._next = self._next, self._next + 1
        self.bounds[wire] = (low, high)
        return wire

    def add_sum(self, weights: Terms, low: int, high: int) -> int:
        """Return a virtual wire for Σ weight·wire, an integer proved to be in [low, high]."""
        integer = self.virtual(low, high)
        self.sums.setdefault(frozenset(weights), []).append((integer, weights))
        self.add_linear(plus({integer: 1}, weights, -1))
        return integer

    def add_linear(self, terms: Terms) -> bool:
        """Add ``terms`` = 0, and return whether it is new."""
        direct = direction(terms)
        if direct in self._derived:
            return False
        self._derived.add(direct)
        self.linear.append(terms)
        self._waiting_linear.append(terms)
        return True

    def add_row(self, row: Row) -> None:
        """Add a derived constraint a·b = c for the rules on products."""
        self._waiting_rows.append(row)
        self._by_factor.setdefault(direction(row.a), []).append((row.b, row.c))
        self._by_factor.setdefault(direction(row.b), []).append((row.a, row.c))

    def learn_nonzero(self, terms: Terms) -> None:
        """Record that a combination is never 0."""
        self._nonzero.add(direction(self._substitution.terms(terms)))

    def is_nonzero(self, terms: Terms) -> bool:
        """Return whether a combination is proved to be never 0."""
        resolved = self._substitution.terms(terms)
        return resolved.keys() == {0} or direction(resolved) in self._nonzero

    def undetermined(self) -> list[int]:
        """Return the wires of the system that are not proved unique, ascending."""
        return [wire for wire in range(self.system.n_wires) if wire not in self.unique]

    def run(self) -> None:
        """Apply the rules until nothing new follows."""
        while self._one_pass() or self._eliminate():
            pass

    def unknown(self, terms: Terms) -> list[int]:
        """Return the wires of a combination that are not proved unique."""
        return [wire for wire in terms if wire not in self.unique]

    def _one_pass(self) -> bool:
        before = len(self.unique), len(self.bounds)
        self._waiting_linear = [t for t in self._waiting_linear if self._linear_rules(t)]
        self._waiting_rows = [row for row in self._waiting_rows if self._product_rules(row)]
        return before != (len(self.unique), len(self.bounds))

    def _linear_rules(self, terms: Terms) -> bool:
        """Apply the rules to a linear constraint, and return whether it may tell more later."""
        unknown = self.unknown(terms)
        if len(unknown) == 1 or self._radix(terms, unknown) or self._one_nonzero(terms, unknown):
            self.unique.update(unknown)
        unbounded = [wire for wire in terms if wire not in self.bounds and wire != 0]
        if len(unbounded) == 1:
            self._bound(terms, unbounded[0])
        return bool(self.unknown(terms)) or len(unbounded) > 1

    def _bound(self, terms: Terms, wire: int) -> None:
        others = {other: k for other, k in terms.items() if other != wire}
        low, high = self.interval(scaled(others, -pow(terms[wire], -1, R)))
        if high - low < R // 2 and low > -R // 2 and high < R // 2:
            self.bounds[wire] = (low, high)

    def interval(self, terms: Terms) -> tuple[int, int]:
        """Return the interval of a combination of bounded wires.

        Each coefficient is taken as the integer that is nearest to 0.
        """
        low = high = signed(terms.get(0, 0))
        for wire, k in terms.items():
            if wire:
                ends = [signed(k) * end for end in self.bounds[wire]]
                low, high = low + min(ends), high + max(ends)
        return low, high

    def _radix(self, terms: Terms, unknown: list[int]) -> bool:
        """Return whether Σ cᵢ·δᵢ = 0 mod r with |δᵢ| ≤ widthᵢ forces δ = 0.

        If it does, any two solutions are equal.
        """
        if not unknown or not all(wire in self.bounds for wire in unknown):
            return False
        parts = []
        for wire in unknown:
            low, high = self.bounds[wire]
            step = self.steps.get(wire, 1)
            parts.append((terms[wire] * step % R, (high - low) // step))
        for pivot, _ in parts:
            scale = pow(pivot, -1, R)
            total = 0
            for coefficient, width in sorted((abs(signed(k * scale)), w) for k, w in parts):
                if total >= coefficient:
                    break
                total += coefficient * width
            else:
                if total < R:
                    return True
        return False

    def _one_nonzero(self, terms: Terms, unknown: list[int]) -> bool:
        """Return whether each unknown yᵢ has (x - rᵢ)·yᵢ = 0, with different rᵢ and x known."""
        if len(unknown) < 2:
            return False
        found: dict[Key, set[int]] = {}
        for wire in unknown:
            factors = [
                factor
                for factor, result in self._by_factor.get(((wire, 1),), [])
                if not result and not self.unknown(factor)
            ]
            for factor in factors:
                moving = {w: k for w, k in factor.items() if w}
                if moving:
                    scale = pow(moving[min(moving)], -1, R)
                    root = factor.get(0, 0) * scale % R
                    found.setdefault(direction(moving), set()).add(root)
                    break
            else:
                return False
        return len(found) == 1 and len(next(iter(found.values()))) == len(unknown)

    def _product_rules(self, row: Row) -> bool:
        a, b, c, _ = row
        unknown = {*self.unknown(a), *self.unknown(b), *self.unknown(c)}
        self._boolean_product(a, b, c)
        if not unknown:
            return False
        if len(unknown) == 1:
            (wire,) = unknown
            in_a, in_b = wire in a, wire in b
            if not (in_a or in_b) or (in_a != in_b and self._divides(row, wire)):
                self.unique.add(wire)
                return False
        for factor, other in ((a, b), (b, a)):
            if not self.unknown(factor):
                self._zero_test(factor, other, c)
        return True

    def _divides(self, row: Row, wire: int) -> bool:
        own, other = (row.a, row.b) if wire in row.a else (row.b, row.a)
        divisor = scaled(other, own[wire])
        return self.is_nonzero(plus(divisor, {0: row.c.get(wire, 0)}, -1))

    def _boolean_product(self, a: Terms, b: Terms, c: Terms) -> None:
        if len(c) != 1 or 0 in c:
            return
        ((wire, k),) = c.items()
        if wire in self.bounds or k != 1:
            return
        if all(
            part.keys() - {0} <= self.bounds.keys() and self.interval(part) in {(0, 1), (0, 0)}
            for part in (a, b)
        ):
            self.bounds[wire] = (0, 1)

    def _zero_test(self, a: Terms, b: Terms, c: Terms) -> None:
        # If a = 0, this constraint gives C(z) = 0; if a ≠ 0, the other constraint gives z.
        results = self.unknown(c)
        if len(results) != 1 or results[0] in b:
            return
        for other, result in self._by_factor.get(direction(a), []):
            if not result and self.unknown(other) == results:
                self.unique.update(results)
                return

    def _eliminate(self) -> bool:
        """Solve the linear constraints together, and return whether a wire became known."""
        rows = [{w: t[w] for w in self.unknown(t)} for t in self._waiting_linear]
        rows = [row for row in rows if row]
        if not 1 < len(rows) <= _LARGEST_ELIMINATION:
            return False
        if len({wire for row in rows for wire in row}) > 4 * _LARGEST_ELIMINATION:
            return False
        solved: dict[int, Terms] = {}
        for row in rows:
            rest = row
            for wire in [w for w in solved if w in rest]:
                if wire in rest:
                    rest = plus(rest, solved[wire], -rest[wire])
            if not rest:
                continue
            pivot = max(rest)
            rest = scaled(rest, pow(rest[pivot], -1, R))
            for wire, other in solved.items():
                if pivot in other:
                    solved[wire] = plus(other, rest, -other[pivot])
            solved[pivot] = rest
        learnt = {wire for wire, row in solved.items() if len(row) == 1}
        self.unique |= learnt
        return bool(learnt)


def _oriented(row: Row) -> Row:
    """Return the constraint with the factor -wire replaced by wire, and a plain wire first."""
    a, b, c, number = row
    if only_wire(scaled(a, -1)) is not None:
        a, c = scaled(a, -1), scaled(c, -1)
    if only_wire(scaled(b, -1)) is not None:
        b, c = scaled(b, -1), scaled(c, -1)
    if only_wire(a) is None and only_wire(b) is not None:
        a, b = b, a
    return Row(a, b, c, number)


def _domain(a: Terms, b: Terms, c: Terms) -> tuple[Terms, int, int] | None:
    """Return (X, d₀, d₁) if the constraint says X = d₀ or X = d₁ with X not constant."""
    x = {wire: k for wire, k in a.items() if wire}
    first = min(x)
    ratios = []
    for part in (b, c):
        moving = {wire: k for wire, k in part.items() if wire}
        ratio = moving.get(first, 0) * pow(x[first], -1, R) % R
        if moving != scaled(x, ratio):
            return None
        ratios.append(ratio)
    beta, gamma = ratios
    if not beta:
        return None
    low, high = a.get(0, 0), b.get(0, 0)
    if not c:
        return x, -low % R, -high * pow(beta, -1, R) % R
    # (X + a)(βX + b) = γX + c
    found = roots((low * high - c.get(0, 0), beta * low + high - gamma, beta))
    return (x, found[0], found[-1]) if found else None
