from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zkcredit.audit.determinism import undetermined
from zkcredit.circuits.eligibility import Eligibility

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit


@pytest.mark.slow
def test_outside_the_curve_gadgets_only_zero_test_hints_are_free(circuit: Circuit) -> None:
    """Given the inputs and the wires of the signature gadget, every other wire has one value.

    The signature gadget divides by differences of points; that they are not 0 is argued in the
    gadgets' docstrings and is beyond the rules.
    """
    system = circuit.system
    n_inputs = sum(Eligibility.public.values()) + sum(Eligibility.private.values())
    first_use = [circuit.constraint_labels[i[0]] if i else "" for i in system.wire_uses]
    signature = {w for w, gadget in enumerate(first_use) if gadget.split(".")[0] == "eddsa"}
    free = undetermined(system, {*range(n_inputs + 1), *signature})
    assert sorted(first_use[wire] for wire in free) == [
        "conditions.coverage.is_zero",
        "conditions.debt_to_income.is_zero",
    ]
    assert len(signature) < 2500


def test_every_input_is_in_a_constraint(circuit: Circuit) -> None:
    assert all(circuit.system.wire_uses)
