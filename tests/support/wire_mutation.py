"""Change every wire of a satisfied circuit, one at a time, and see which changes go unnoticed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import ConstraintSystem


def unnoticed_wires(system: ConstraintSystem, witness: Sequence[int], seed: int = 1) -> list[int]:
    """The wires that can take another value (v ± 1, 0, r-1, -v, random) with all else fixed."""
    generator = random.Random(seed)
    wires = list(witness)
    assert system.first_unsatisfied(wires) == -1
    free = []
    for wire in range(1, system.n_wires):
        value = wires[wire]
        others = {value + 1, value - 1, 0, -1, -value, generator.randrange(R)}
        for other in {v % R for v in others} - {value}:
            wires[wire] = other
            if all(system.holds(index, wires) for index in system.wire_uses[wire]):
                free.append(wire)
                break
        wires[wire] = value
    return free
