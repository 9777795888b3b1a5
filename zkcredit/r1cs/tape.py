"""The witness program: a straight line of field operations that fills every wire.

Building a circuit records it once; the kernel runs it for every proof. Registers are field
elements: register 0 is 1, registers 1 .. n_inputs are the inputs, and each instruction ``(op, x, y,
z)`` appends its results as the next registers.

== ======= ======================================== =====================================
op name    operands                                 appends
== ======= ======================================== =====================================
0  MUL     x, y registers                           x·y
1  LC      x first index into ``terms``, y count    Σ constants[term[1]] · reg[term[0]]
2  INV     x register                               1/x, and 0 for 0
3  BITS    x register, y = n ≤ 254                  n registers: bits of the integer
4  DIVMOD  x register, y constant index (m > 0)     quotient and remainder of the integer
5  LOOKUP  x register, y first constant, z count    constants[y + x]; fails if x ≥ z
6  ISZERO  x register                               1 if x = 0, else 0
== ======= ======================================== =====================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zkcredit._internal.derived import Derived
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, from_limbs, to_limbs
from zkcredit.errors import CircuitError, UnsatisfiedWitness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from zkcredit._kernel import Tape

__all__ = ["BITS", "DIVMOD", "INV", "ISZERO", "LC", "LOOKUP", "MUL", "Recorder", "TapeProgram"]

MUL, LC, INV, BITS, DIVMOD, LOOKUP, ISZERO = range(7)
_LOOKUP_FAILED = "a look-up in the witness program is outside its table"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class TapeProgram:
    """A finished witness program.

    Attributes:
        n_inputs: how many field elements it reads.
        instructions: uint32 (k, 4), rows ``(op, x, y, z)``.
        terms: uint32 (t, 2), rows ``(register, constant index)``.
        constants: uint64 (c, 4), canonical little-endian limbs.
        wires: uint32 (n_wires,), the register that holds each wire.
    """

    n_inputs: int
    instructions: NDArray[np.uint32]
    terms: NDArray[np.uint32]
    constants: Limbs
    wires: NDArray[np.uint32]

    def run(self, inputs: Limbs) -> Limbs:
        """Return the witness (n_wires, 4) for inputs (n_inputs, 4), by the native kernel.

        Raises:
            UnsatisfiedWitness: if a look-up is outside its table.
        """
        try:
            return self._native.run(inputs)
        except ValueError as error:
            if "lookup" not in str(error):
                raise
            raise UnsatisfiedWitness(_LOOKUP_FAILED) from None

    def run_python(
        self, inputs: Sequence[int], overrides: Mapping[int, int] | None = None
    ) -> list[int]:
        """Return the same as ``run``, slowly and on integers.

        Args:
            inputs: ``n_inputs`` integers below r.
            overrides: register → value that replaces the computed one; everything after it is
                computed from the replacement. So tests play a prover who lies in a hint.

        Raises:
            UnsatisfiedWitness: if a look-up is outside its table.
            CircuitError: if the number of inputs is wrong.
        """
        if len(inputs) != self.n_inputs:
            raise CircuitError(f"the tape reads {self.n_inputs} inputs, not {len(inputs)}")
        lies = overrides or {}
        constants = from_limbs(self.constants)
        terms: list[tuple[int, int]] = self.terms.tolist()
        registers: list[int] = []

        def push(values: Iterable[int]) -> None:
            for value in values:
                registers.append(lies.get(len(registers), value) % R)

        push((1, *inputs))
        for op, x, y, z in self.instructions.tolist():
            if op == MUL:
                push([registers[x] * registers[y]])
            elif op == LC:
                push([sum(constants[k] * registers[i] for i, k in terms[x : x + y])])
            elif op == LOOKUP:
                if registers[x] >= z:
                    raise UnsatisfiedWitness(_LOOKUP_FAILED)
                push([constants[y + registers[x]]])
            else:
                push(_unary(op, registers[x], y, constants))
        return [registers[register] for register in self.wires.tolist()]

    @Derived
    def _native(self) -> Tape:
        from zkcredit._kernel import Tape

        return Tape(self.n_inputs, self.instructions, self.terms, self.constants, self.wires)


def _unary(op: int, value: int, y: int, constants: Sequence[int]) -> list[int]:
    if op == INV:
        return [pow(value, -1, R) if value else 0]
    if op == BITS:
        return [value >> i & 1 for i in range(y)]
    if op == DIVMOD:
        return list(divmod(value, constants[y]))
    return [int(value == 0)]


class Recorder:
    """Appends instructions. Every method returns the register, or registers, of its result."""

    def __init__(self, n_inputs: int) -> None:
        self._n_inputs = n_inputs
        self._next = n_inputs + 1
        self._instructions: list[tuple[int, int, int, int]] = []
        self._terms: list[tuple[int, int]] = []
        self._constants: list[int] = []
        self._constant_index: dict[int, int] = {}
        self._table_index: dict[tuple[int, ...], int] = {}

    def mul(self, x: int, y: int) -> int:
        """Multiply two registers."""
        return self._emit(MUL, x, y)

    def combination(self, terms: Mapping[int, int]) -> int:
        """Sum up register → coefficient; a bare register is returned as it is."""
        if len(terms) == 1:
            ((register, coefficient),) = terms.items()
            if coefficient == 1:
                return register
        start = len(self._terms)
        self._terms.extend((register, self._constant(k)) for register, k in terms.items())
        return self._emit(LC, start, len(terms))

    def inverse(self, x: int) -> int:
        """Invert a register; 0 stays 0."""
        return self._emit(INV, x)

    def bits(self, x: int, count: int) -> range:
        """Take the lowest ``count`` bits of a register's integer."""
        return self._emit_many(count, BITS, x, count)

    def divmod(self, x: int, modulus: int) -> range:
        """Divide a register's integer: quotient and remainder."""
        return self._emit_many(2, DIVMOD, x, self._constant(modulus))

    def lookup(self, x: int, table: Sequence[int]) -> int:
        """Take an entry of a constant table."""
        entries = tuple(value % R for value in table)
        start = self._table_index.get(entries)
        if start is None:
            start = self._table_index[entries] = len(self._constants)
            self._constants.extend(entries)
        return self._emit(LOOKUP, x, start, len(entries))

    def is_zero(self, x: int) -> int:
        """Compute 1 if the register is 0, else 0."""
        return self._emit(ISZERO, x)

    def finish(self, wires: Sequence[int]) -> TapeProgram:
        """Return the program, given the register that holds each wire."""
        return TapeProgram(
            n_inputs=self._n_inputs,
            instructions=np.array(self._instructions, dtype=np.uint32).reshape(-1, 4),
            terms=np.array(self._terms, dtype=np.uint32).reshape(-1, 2),
            constants=to_limbs(self._constants),
            wires=np.array(wires, dtype=np.uint32),
        )

    def _constant(self, value: int) -> int:
        index = self._constant_index.get(value)
        if index is None:
            index = self._constant_index[value] = len(self._constants)
            self._constants.append(value)
        return index

    def _emit(self, op: int, x: int, y: int = 0, z: int = 0) -> int:
        return self._emit_many(1, op, x, y, z)[0]

    def _emit_many(self, count: int, op: int, x: int, y: int = 0, z: int = 0) -> range:
        self._instructions.append((op, x, y, z))
        first = self._next
        self._next += count
        return range(first, self._next)
