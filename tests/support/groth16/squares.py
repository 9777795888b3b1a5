"""Circuits of any size: a chain of squares, one public input for its end."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from zkcredit.bn254 import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.r1cs.system import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs


@cache
def system(constraints: int) -> ConstraintSystem:
    """Wire 2 squared `constraints` times; the end is wire 1, the public input."""
    start = np.arange(2, constraints + 2)
    end = np.append(np.arange(3, constraints + 2), 1)
    indptr = np.arange(constraints + 1, dtype=np.uint32)
    ones = np.zeros((constraints, 4), dtype=np.uint64)
    ones[:, 0] = 1
    left = Matrix(indptr, start.astype(np.uint32), ones)
    right = Matrix(indptr, end.astype(np.uint32), ones)
    return ConstraintSystem(constraints + 2, 1, left, left, right)


def witness(constraints: int, start: int) -> Limbs:
    """The values for a start: full-size after the eighth square."""
    values = [start % R]
    for _ in range(constraints):
        values.append(values[-1] * values[-1] % R)
    return to_limbs([1, values[-1], *values[:-1]])
