"""Given inputs and digits, every wire of the signature gadget has one value.

What the analysis is told, and where it is argued: that the denominators of slopes and
conversions are not 0 (the gadgets' docstrings on exceptional cases). What it is not told, and
so proves: everything that follows from there.
"""

from __future__ import annotations

import pytest
from support.gadgets.signature_case import circuit

from zkcredit.audit.determinism import undetermined

DOUBLINGS = 3 + 3 + 1  # to A = 8T, to 8A, to the start of the chain
SLOPES = 2 * 251 + 1 + 61 + 1  # chain, parity, fixed base
CONVERSIONS = 2  # A to Edwards form; R8 is given


def given_wires() -> set[int]:
    """Inputs, the bits of q and parity, the signs of the chain, the points of the fixed base."""
    built = circuit()
    given = set(range(sum(built.inputs.values())))  # wire 0 and the inputs; advice has no wire
    for index, label in enumerate(built.constraint_labels):
        a, b, c = built.system.row(index)
        boolean = label == "eddsa.challenge" and not c
        sign = label == "eddsa.challenge.chain" and not c
        if boolean or sign:
            given.add(max(a))
        if label == "eddsa.nonce.fixed_base" and a == b and len(a) == 1:
            given |= set(a)  # u² and v²; slopes are squared too and taken out again
    return given - {wire for wire, _ in divisions()}


def divisions() -> list[tuple[int, dict[int, int]]]:
    """(quotient, divisor) of every constraint whose first factor is a wire that first occurs there.

    An honest builder writes quotient · divisor = dividend in this order.
    """
    built = circuit()
    inputs = sum(built.inputs.values())
    found = []
    for index, label in enumerate(built.constraint_labels):
        a, b, c = built.system.row(index)
        wire = max(a)
        if not label.startswith("eddsa") or wire < inputs or wire in c or c in ({}, {0: 1}):
            continue
        if wire not in b and built.system.wire_uses[wire][0] == index:
            found.append((wire, b))
    return found


def idle(wire: int) -> bool:
    """Whether a wire is a hint of the window, which nothing else reads."""
    labels = [circuit().constraint_labels[index] for index in circuit().system.wire_uses[wire]]
    return labels == ["eddsa.challenge.window"]


def test_the_divisors_are_those_of_the_docstrings() -> None:
    assert len(divisions()) == DOUBLINGS + SLOPES + CONVERSIONS
    assert len(given_wires()) == 1 + 7 + 4 + 251 + 2 * 63


def test_every_wire_but_the_hints_of_the_window_is_unique() -> None:
    free = undetermined(circuit().system, given_wires(), [divisor for _, divisor in divisions()])
    assert len(free) == 51
    assert all(idle(wire) for wire in free)


@pytest.mark.slow
@pytest.mark.parametrize("forgotten", [0, 10, 300, 500, 560])
def test_a_divisor_that_may_vanish_leaves_wires_free(forgotten: int) -> None:
    divisors = [divisor for _, divisor in divisions()]
    del divisors[forgotten]
    free = undetermined(circuit().system, given_wires(), divisors)
    assert not all(idle(wire) for wire in free)
