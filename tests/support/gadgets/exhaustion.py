"""All satisfying assignments of a circuit over a small field, by brute force and propagation.

Constraints are taken in order. A wire that a constraint determines is computed; any other wire is
given every value of the field that the constraint admits. Nothing is assumed about hints: the
result is the set of everything that any prover can have accepted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zkcredit.r1cs import Builder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from zkcredit.r1cs import Signal

    Column = NDArray[np.int32]
    Terms = dict[int, int]
    Constraint = tuple[Terms, Terms, Terms]

MAX_ROWS = 40_000_000
_NEAR = 12
"""How many constraints ahead one looks for what a wire can be."""


@dataclass(frozen=True)
class Study:
    """What a gadget accepts.

    Attributes:
        rows: the distinct (inputs, outputs) of all satisfying assignments, sorted; (n, columns).
        unique: whether each of them has one assignment, so that no internal wire has a choice.
    """

    rows: NDArray[np.int32]
    unique: bool


def study(
    define: Callable[..., Sequence[Signal] | None],
    n_inputs: int,
    modulus: int,
    given: NDArray[np.int32] | None = None,
) -> Study:
    """The relation that `define(api, *inputs)` proves between its inputs and what it returns.

    Call it inside `small_field(modulus)`.

    Args:
        given: rows of values for the first inputs, where not all of the field is of interest;
            the other inputs take every value.
    """
    builder = Builder(n_inputs)
    signals = [builder.input() for _ in range(n_inputs)]
    outputs = [builder.own(signal).terms for signal in define(builder, *signals) or ()]
    kept = {*range(1, n_inputs + 1), *(wire for terms in outputs for wire in terms)}
    search = _Search(modulus, given, builder.constraints, kept)
    search.run()
    for wire in {*range(1, len(builder.wire_registers))} - search.mentioned:
        search.every(wire)
    inputs = [search.columns[wire] for wire in range(1, n_inputs + 1)]
    table = np.stack([*inputs, *(search.value(terms) for terms in outputs)], axis=1)
    rows = np.unique(table, axis=0)
    return Study(rows, search.unique and len(rows) == len(table))


def relation(
    reference: Callable[..., Any],
    n_inputs: int,
    modulus: int,
    given: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """The rows that `study` must find: for every input, `reference(*ints)` is None or the outputs.

    True and False stand for a relation without outputs.
    """
    head = [()] if given is None else [tuple(row) for row in given.tolist()]
    free = n_inputs - (0 if given is None else given.shape[1])
    grid = np.indices((modulus,) * free).reshape(free, -1).T.tolist() if free else [[]]
    rows = []
    for first in head:
        for rest in grid:
            inputs = (*first, *rest)
            outputs = reference(*inputs)
            if outputs is not None and outputs is not False:
                rows.append((*inputs, *(() if outputs is True else outputs)))
    return np.unique(np.array(rows, np.int32).reshape(len(rows), -1), axis=0)


def same(found: NDArray[np.int32], expected: NDArray[np.int32]) -> bool:
    """Whether two sets of rows are equal, empty ones of any width included."""
    return len(found) == len(expected) == 0 or np.array_equal(found, expected)


class _Search:
    def __init__(
        self,
        modulus: int,
        given: NDArray[np.int32] | None,
        constraints: Sequence[Constraint],
        kept: set[int],
    ) -> None:
        self.p = modulus
        rows = np.zeros((1, 0), np.int32) if given is None else given.astype(np.int32)
        self.columns: dict[int, Column] = {i + 1: rows[:, i] for i in range(rows.shape[1])}
        self.count = len(rows)
        self.unique = True
        self.kept = kept
        self.pending = list(constraints)
        self.uses = Counter(wire for constraint in constraints for wire in _wires(constraint))
        self.mentioned = {*self.uses}
        self.inverses = np.array([0, *(pow(k, -1, modulus) for k in range(1, modulus))], np.int32)
        self.roots = np.full(modulus, -1, np.int32)
        for k in range(modulus):
            self.roots[k * k % modulus] = k

    def value(self, terms: Terms) -> Column:
        total = np.full(self.count, terms.get(0, 0), np.int32)
        for wire, k in terms.items():
            if wire:
                total += self.columns[wire] * np.int32(k) % self.p
        return total % self.p

    def run(self) -> None:
        """Applies every constraint."""
        while self.pending:
            index = self._next()
            wires = _wires(self.pending[index])
            unknown = sorted(wires - self.columns.keys())
            if len(unknown) > 1:
                self.every(unknown[0])
                continue
            constraint = self.pending.pop(index)
            self.uses.subtract(wires)
            if unknown:
                self._solve(unknown[-1], constraint)
            else:
                a, b, c = map(self.value, constraint)
                self.keep(a * b % self.p == c)
            for wire in wires - self.kept:
                if not self.uses[wire]:
                    del self.columns[wire]

    def _next(self) -> int:
        # The first, unless another says more about a wire that it would have to guess.
        unknown = _wires(self.pending[0]) - self.columns.keys()
        if len(unknown) > 1:
            for index, constraint in enumerate(self.pending):
                single = _wires(constraint) - self.columns.keys()
                if len(single) == 1 and single <= unknown:
                    return index
        return 0

    def every(self, wire: int) -> None:
        """Every value for a wire about which nothing is known yet."""
        domain = self._domain(wire)
        if len(domain) == self.p:
            self.columns[wire] = np.zeros(self.count, np.int32)
            self._free(wire, np.ones(self.count, bool))
        else:
            place = self._repeat(np.full(self.count, len(domain)))
            self.columns[wire] = domain[place]

    def _domain(self, wire: int) -> Column:
        # The values that the constraints leave which speak about this wire alone, or about wires
        # that are computed from it alone.
        alone = _Search.__new__(_Search)
        alone.p, alone.count = self.p, self.p
        alone.columns = {wire: np.arange(self.p, dtype=np.int32)}
        for a, b, c in self.pending[:_NEAR]:
            (*others,) = _wires((a, b, c)) - alone.columns.keys()
            if not others:
                alone.keep(alone.value(a) * alone.value(b) % self.p == alone.value(c))
            elif c.keys() == {*others}:
                k = self.inverses[c[others[0]]]
                alone.columns[others[0]] = alone.value(a) * alone.value(b) % self.p * k % self.p
        return alone.columns[wire]

    def keep(self, mask: NDArray[np.bool_]) -> None:
        if not mask.all():
            self.columns = {w: column[mask] for w, column in self.columns.items()}
            self.count = int(mask.sum())

    def _repeat(self, times: NDArray[np.int64]) -> Column:
        """Repeats each row; returns the place of each copy among its own."""
        first = np.repeat(np.cumsum(times) - times, times)
        self.columns = {w: np.repeat(column, times) for w, column in self.columns.items()}
        self.count = int(times.sum())
        assert self.count <= MAX_ROWS, "too many assignments to try"
        return (np.arange(self.count) - first).astype(np.int32)

    def _free(self, wire: int, free: NDArray[np.bool_]) -> None:
        """All values for the wire in the rows where it is free; one stands for all where nothing
        speaks about the wire any more."""
        if not free.any():
            return
        if wire not in self.kept and not self.uses[wire]:
            self.unique = False
            return
        steps = self._repeat(np.where(free, self.p, 1))
        self.columns[wire] = (self.columns[wire] + steps) % self.p

    def _solve(self, wire: int, constraint: Constraint) -> None:
        # q₂·w² + q₁·w + q₀ = 0 with q₂ a constant, and q₁, q₀ known in each row.
        p = self.p
        ka, kb, kc = (part.get(wire, 0) for part in constraint)
        a, b, c = (self.value({w: k for w, k in part.items() if w != wire}) for part in constraint)
        q2, q1, q0 = ka * kb % p, (ka * b + kb * a - kc) % p, (a * b - c) % p
        if q2:
            half = pow(2 * q2, -1, p)
            root = self.roots[(q1 * q1 - 4 * q2 * q0) % p]
            solvable = root >= 0
            pair = np.stack([(root - q1) * half % p, (-root - q1) * half % p])[:, solvable]
            self.keep(solvable)
            second = self._repeat(np.where(pair[0] != pair[1], 2, 1))
            rows = np.cumsum(second == 0) - 1
            self.columns[wire] = pair[second, rows]
            return
        solvable = (q1 != 0) | (q0 == 0)
        self.columns[wire] = -q0 * self.inverses[q1] % p
        self.keep(solvable)
        self._free(wire, (q1 == 0)[solvable])


def _wires(constraint: Constraint) -> set[int]:
    return {wire for part in constraint for wire in part if wire}
