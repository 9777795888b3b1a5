"""The coefficients of a circuit's A and B, as a key stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from zkcredit.bn254.limbs import Limbs, to_limbs
from zkcredit.errors import InvalidInput
from zkcredit.formats import r1cs

if TYPE_CHECKING:
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["Coefficients"]


class Coefficients(NamedTuple):
    """Parallel columns, one entry for each coefficient.

    Attributes:
        matrix: (k,) uint32, 0 for A and 1 for B.
        row: (k,) uint32.
        wire: (k,) uint32.
        value: (k, 4) uint64, canonical.
    """

    matrix: npt.NDArray[np.uint32]
    row: npt.NDArray[np.uint32]
    wire: npt.NDArray[np.uint32]
    value: Limbs

    @classmethod
    def of(cls, system: ConstraintSystem) -> Coefficients:
        """Return the coefficients of a circuit, sorted by matrix, row and wire.

        After the constraints, A has one more row for each public wire and the constant one. Without
        it, a public wire that is not in A would be free (iden3's convention).
        """
        public = np.arange(system.n_public + 1)
        parts = []
        for number, matrix in enumerate((system.a, system.b)):
            rows, wires, values = matrix.row_of_entry, matrix.wires, matrix.coefficients
            if number == 0:
                rows = np.concatenate([rows, system.n_constraints + public])
                wires = np.concatenate([wires, public])
                values = np.concatenate([values, to_limbs([1] * len(public))])
            parts.append((np.full(len(rows), number), rows, wires, values))
        matrix_column, row, wire, value = (np.concatenate(c) for c in zip(*parts, strict=True))
        return cls(
            matrix_column.astype(np.uint32),
            row.astype(np.uint32),
            wire.astype(np.uint32),
            value.astype(np.uint64),
        )

    @classmethod
    def as_written(cls, system: ConstraintSystem, file: bytes) -> Coefficients:
        """Return the coefficients of a circuit in the order in which snarkjs reads its ``.r1cs``.

        The order is by row, and within a row A before B, each in the order of the file and with
        zeros; then the further rows of A. ``snarkjs zkey verify`` compares them byte for byte.

        Raises:
            MalformedFile: if the file is not an ``.r1cs``.
            InvalidInput: if the file belongs to another circuit.
        """
        parts = r1cs.written_terms(file)[:2]
        n_constraints = system.n_constraints
        expected = cls.of(system)
        extra = np.flatnonzero(expected.row >= n_constraints)
        rows = np.concatenate([part.rows for part in parts])
        matrix = np.repeat([0, 1], [len(part.rows) for part in parts])
        order = np.lexsort((matrix, rows))
        made = cls(
            np.concatenate([matrix[order], expected.matrix[extra]]).astype(np.uint32),
            np.concatenate([rows[order], expected.row[extra]]).astype(np.uint32),
            np.concatenate([np.concatenate([p.wires for p in parts])[order], expected.wire[extra]]),
            np.concatenate(
                [np.concatenate([p.values for p in parts])[order], expected.value[extra]]
            ),
        )
        if not made.same_as(expected):
            raise InvalidInput("the .r1cs file belongs to another circuit")
        return made

    def canonical(self) -> Coefficients:
        """Return the same coefficients without zeros, sorted by matrix, row and wire."""
        kept = np.flatnonzero(self.value.any(axis=1))
        order = kept[np.lexsort((self.wire[kept], self.row[kept], self.matrix[kept]))]
        return Coefficients(
            self.matrix[order], self.row[order], self.wire[order], self.value[order]
        )

    def same_as(self, other: Coefficients) -> bool:
        """Return whether both have the same coefficients in any order."""
        # Our own keys are in canonical order already, and sorting is slow.
        return _equal(self, other) or _equal(self.canonical(), other.canonical())


def _equal(one: Coefficients, other: Coefficients) -> bool:
    return (
        np.array_equal(one.matrix, other.matrix)
        and np.array_equal(one.row, other.row)
        and np.array_equal(one.wire, other.wire)
        and np.array_equal(one.value, other.value)
    )
