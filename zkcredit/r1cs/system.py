"""A finished constraint system: for every constraint i, (A·w)ᵢ · (B·w)ᵢ = (C·w)ᵢ."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from zkcredit._internal.derived import Derived
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, from_limbs, to_limbs
from zkcredit.errors import InvalidInput
from zkcredit.r1cs.terms import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from zkcredit._kernel import R1cs

__all__ = ["ConstraintSystem", "Matrix"]


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Matrix:
    """A sparse matrix by rows (CSR). Row i has the entries indptr[i] .. indptr[i+1].

    Attributes:
        indptr: uint32 (n_rows + 1,).
        wires: uint32 (nnz,), the column of each entry, ascending within a row.
        coefficients: uint64 (nnz, 4), canonical little-endian limbs, never 0.
    """

    indptr: NDArray[np.uint32]
    wires: NDArray[np.uint32]
    coefficients: Limbs

    @classmethod
    def from_rows(cls, rows: Iterable[dict[int, int]]) -> Matrix:
        """Return the matrix of rows that are given as wire → coefficient."""
        lengths: list[int] = [0]
        wires: list[int] = []
        coefficients: list[int] = []
        for row in rows:
            ordered = sorted(row)
            wires.extend(ordered)
            coefficients.extend(row[wire] for wire in ordered)
            lengths.append(len(ordered))
        return cls(
            indptr=np.cumsum(lengths, dtype=np.uint32),
            wires=np.array(wires, dtype=np.uint32),
            coefficients=to_limbs(coefficients),
        )

    @property
    def nnz(self) -> int:
        """Number of entries."""
        return len(self.wires)

    @property
    def row_lengths(self) -> NDArray[np.int64]:
        """Number of entries of each row."""
        return (self.indptr[1:] - self.indptr[:-1]).astype(np.int64)

    @property
    def row_of_entry(self) -> NDArray[np.int64]:
        """Row of each entry, beside ``wires``."""
        lengths = self.row_lengths
        return np.repeat(np.arange(len(lengths)), lengths)

    @Derived
    def rows(self) -> list[dict[int, int]]:
        """The rows as wire → coefficient."""
        wires, coefficients = self.wires.tolist(), from_limbs(self.coefficients)
        bounds = self.indptr.tolist()
        return [
            dict(zip(wires[start:end], coefficients[start:end], strict=True))
            for start, end in pairwise(bounds)
        ]


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class ConstraintSystem:
    """The three matrices. Wire 0 is one, and wires 1 .. n_public are the public inputs."""

    n_wires: int
    n_public: int
    a: Matrix
    b: Matrix
    c: Matrix

    @property
    def n_constraints(self) -> int:
        """Number of constraints."""
        return len(self.a.indptr) - 1

    def row(self, index: int) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
        """Return constraint ``index`` as three linear combinations wire → coefficient."""
        return self.a.rows[index], self.b.rows[index], self.c.rows[index]

    def holds(self, index: int, witness: Sequence[int]) -> bool:
        """Return whether one constraint holds for integers below r, one for each wire."""
        a, b, c = (value_of(row, witness) for row in self.row(index))
        return (a * b - c) % R == 0

    def first_unsatisfied(self, witness: Sequence[int]) -> int:
        """Return the index of the first constraint that fails, or -1.

        This is the slow twin of the kernel's check.

        Raises:
            InvalidInput: if the number of integers is not that of the wires, or wire 0 is not 1.
        """
        if len(witness) != self.n_wires or witness[0] != 1:
            raise InvalidInput(f"a witness must have {self.n_wires} values and begin with 1")
        failing = (i for i in range(self.n_constraints) if not self.holds(i, witness))
        return next(failing, -1)

    @Derived
    def resident(self) -> R1cs:
        """The constraints inside the kernel."""
        from zkcredit._kernel import R1cs

        a, b, c = ((m.indptr, m.wires, m.coefficients) for m in (self.a, self.b, self.c))
        return R1cs(self.n_wires, self.n_public, a, b, c)

    @Derived
    def wire_uses(self) -> list[list[int]]:
        """For each wire, the constraints that contain it, ascending."""
        uses: list[list[int]] = [[] for _ in range(self.n_wires)]
        for index in range(self.n_constraints):
            for wire in sorted(set().union(*self.row(index))):
                uses[wire].append(index)
        return uses
