"""Given inputs, table points and signs, every wire of the opening has one value.

As for the signature gadget: the analysis is told that the divisors of slopes and conversions are
not 0, which the gadgets' docstrings argue, and proves everything that follows from there.
"""

from __future__ import annotations

import pytest
from support.gadgets.curve_determinism import choices, divisions
from support.gadgets.opening_case import circuit

from zkcredit.audit.determinism import undetermined

WINDOWS = 83 + 80
DOUBLINGS = 3 + 1  # to C1 = 8T, to the start of the chain
SLOPES = 2 * 249 + 82 + 1 + 79  # chain, key windows and offset, message windows
CONVERSIONS = 2 + 2  # of the mask and of the message's windows; pk and C1 are given
SUMS = 2  # of the message and its constant; C2 is given


def given_wires() -> set[int]:
    return set(range(sum(circuit().inputs.values()) + 1)) | choices(circuit(), "opening")


def test_the_divisors_are_those_of_the_docstrings() -> None:
    assert len(divisions(circuit(), "opening")) == DOUBLINGS + SLOPES + CONVERSIONS + SUMS
    assert len(given_wires()) == 1 + 6 + 8 + 249 + 2 * WINDOWS


def test_every_wire_is_unique() -> None:
    divisors = [divisor for _, divisor in divisions(circuit(), "opening")]
    assert undetermined(circuit().system, given_wires(), divisors) == []


@pytest.mark.slow
@pytest.mark.parametrize("forgotten", [0, 3, 50, 400, 600, -1, -3])
def test_a_divisor_that_may_vanish_leaves_wires_free(forgotten: int) -> None:
    divisors = [divisor for _, divisor in divisions(circuit(), "opening")]
    del divisors[forgotten]
    assert undetermined(circuit().system, given_wires(), divisors)
