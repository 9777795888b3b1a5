"""Given inputs, table points and signs, every wire of the opening has one value.

As for the signature gadget: the analysis is told that the divisors of slopes and conversions are
not 0, which the gadgets' docstrings argue, and proves everything that follows from there.
"""

from __future__ import annotations

import pytest
from opening_case import circuit

from zkcredit.r1cs.determinism import undetermined

WINDOWS = 83 + 80
DOUBLINGS = 3 + 1  # to C1 = 8T, to the start of the chain
SLOPES = 2 * 249 + 82 + 1 + 79  # chain, key windows and offset, message windows
CONVERSIONS = 2 + 2  # of the mask and of the message's windows; pk and C1 are given
SUMS = 2  # of the message and its constant; C2 is given


def divisions() -> list[tuple[int, dict[int, int]]]:
    """(quotient, divisor) of every constraint whose first factor is a wire that first occurs there.

    An honest builder writes quotient · divisor = dividend in this order.
    """
    built = circuit()
    inputs = sum(built.inputs.values())
    found = []
    for index in range(built.system.n_constraints):
        a, b, c = built.system.row(index)
        wire = max(a)
        if wire <= inputs or wire in b or wire in c or not c.keys() - {0}:
            continue
        if built.system.wire_uses[wire][0] == index:
            found.append((wire, b))
    return found


def given_wires() -> set[int]:
    """Inputs, the signs of the chain, the points of the windows."""
    built = circuit()
    given = set(range(sum(built.inputs.values()) + 1))
    for index, label in enumerate(built.constraint_labels):
        a, b, c = built.system.row(index)
        if label == "opening.mask.chain" and not c:
            given.add(max(a))
        if label.endswith(".windows") and a == b and len(a) == 1:
            given |= set(a)  # u² and v²; slopes are squared too and taken out again
    return given - {wire for wire, _ in divisions()}


def test_the_divisors_are_those_of_the_docstrings() -> None:
    assert len(divisions()) == DOUBLINGS + SLOPES + CONVERSIONS + SUMS
    assert len(given_wires()) == 1 + 6 + 8 + 249 + 2 * WINDOWS


def test_every_wire_is_unique() -> None:
    divisors = [divisor for _, divisor in divisions()]
    assert undetermined(circuit().system, given_wires(), divisors) == []


@pytest.mark.parametrize("forgotten", [0, 3, 50, 400, 600, -1, -3])
def test_a_divisor_that_may_vanish_leaves_wires_free(forgotten: int) -> None:
    divisors = [divisor for _, divisor in divisions()]
    del divisors[forgotten]
    assert undetermined(circuit().system, given_wires(), divisors)
