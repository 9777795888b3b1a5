"""Change every wire of a witness, one at a time, to every other value, and see what goes unnoticed.

If one wire changes by δ, a constraint A·B = C is a polynomial of degree at most 2 in δ. With the
wire's coefficients a, b, c it holds again if and only if δ = 0 or a·b·δ = c - a·B - b·A. So nothing
has to be tried: the one change that a constraint overlooks, if any, is computed, and the wire is
free only if all its constraints overlook the same change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["unnoticed_changes"]


def unnoticed_changes(system: ConstraintSystem, witness: Sequence[int]) -> dict[int, int]:
    """Return wire → another value, for wires that can change while all others stay the same.

    Args:
        system: the constraints.
        witness: an integer below r for each wire; it satisfies the system.
    """
    values = [
        tuple(value_of(part, witness) for part in system.row(index))
        for index in range(system.n_constraints)
    ]
    free = {}
    for wire in range(1, system.n_wires):
        change = 1  # every constraint overlooks every change
        fixed = False
        for index in system.wire_uses[wire]:
            a, b, c = (part.get(wire, 0) for part in system.row(index))
            left, right, _ = values[index]
            rest = (c - a * right - b * left) % R
            if a * b % R == 0:
                if rest:
                    break
                continue
            only = rest * pow(a * b, -1, R) % R
            if not only or (fixed and only != change):
                break
            change, fixed = only, True
        else:
            free[wire] = (witness[wire] + change) % R
    return free
