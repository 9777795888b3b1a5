"""What a constraint system shows at once: unused wires, and repeated constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.audit.terms import Key, direction
from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import plus, scaled

if TYPE_CHECKING:
    from zkcredit.r1cs.system import ConstraintSystem
    from zkcredit.r1cs.terms import Terms

__all__ = ["canonical", "repeated_constraints", "unused_wires"]


def unused_wires(system: ConstraintSystem) -> list[int]:
    """Return the wires that no constraint contains, ascending."""
    return [wire for wire in range(1, system.n_wires) if not system.wire_uses[wire]]


def repeated_constraints(system: ConstraintSystem) -> list[tuple[int, int]]:
    """Return (constraint, earlier constraint) for each constraint that repeats an earlier one.

    Linear constraints are compared up to a factor, and products up to factors and order. So every
    listed constraint is redundant; others may be redundant for deeper reasons.
    """
    seen: dict[tuple[Key, ...], int] = {}
    found = []
    for index in range(system.n_constraints):
        name = canonical(*system.row(index))
        if name in seen:
            found.append((index, seen[name]))
        else:
            seen[name] = index
    return found


def canonical(a: Terms, b: Terms, c: Terms) -> tuple[Key, ...]:
    """Return the same form for constraints that differ only in factors or the order of A and B."""
    for constant, other in ((a, b), (b, a)):
        if not constant.keys() - {0}:
            return (direction(plus(c, other, -constant.get(0, 0))),)
    if not a or not b:
        return (direction(c),)
    factor = a[min(a)] * b[min(b)] % R
    result = scaled(c, pow(factor, -1, R))
    first, second = sorted((direction(a), direction(b)))
    return first, second, tuple(sorted(result.items()))
