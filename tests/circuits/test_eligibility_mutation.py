"""Every wire of an honest witness, changed alone: some constraint must notice.

Wires that are free by design are listed with the reason; nothing else may be.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from support.circuits.eligibility_case import NEUTRAL, Case
from support.circuits.wire_mutation import lies_that_pass, unnoticed_wires

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit

ZERO_TEST = "the inverse hint of a zero test, where the value is 0; the result is bound"
FREE_BY_DESIGN: dict[str, str] = {
    "conditions.coverage.is_zero": ZERO_TEST,
    "conditions.debt_to_income.is_zero": ZERO_TEST,
    "eddsa.challenge.window": "the factor u of zeros = missing·u, where both are 0: `assert_run`",
}


def _free_gadgets(circuit: Circuit, values: dict) -> set[str]:
    wires = from_limbs(circuit.witness(values))
    free = unnoticed_wires(circuit.system, wires)
    uses = [circuit.system.wire_uses[wire] for wire in free]
    assert all(len(indices) == 1 for indices in uses)  # a hint that decides nothing else
    return {circuit.constraint_labels[indices[0]] for indices in uses}


def test_under_a_strict_policy_every_wire_of_the_policy_is_bound(
    circuit: Circuit, honest: dict
) -> None:
    assert _free_gadgets(circuit, honest) <= {"eddsa.challenge.window"}


def test_under_a_neutral_policy_only_listed_wires_are_free(circuit: Circuit) -> None:
    free = _free_gadgets(circuit, Case(terms=NEUTRAL).values())
    assert "conditions.coverage.is_zero" in free  # or this test would test nothing
    assert free <= set(FREE_BY_DESIGN)


def test_two_wires_changed_together_are_noticed(circuit: Circuit, honest: dict) -> None:
    """Pairs of one constraint, changed so that this constraint still holds where it is linear."""
    generator = random.Random(3)
    system = circuit.system
    wires = from_limbs(circuit.witness(honest))
    tried = 0
    for index in generator.sample(range(system.n_constraints), 1500):
        _, _, c = system.row(index)
        candidates = [wire for wire in c if wire]
        if len(candidates) < 2:
            continue
        first, second = generator.sample(candidates, 2)
        changed = list(wires)
        delta = generator.randrange(1, R)
        changed[first] = (changed[first] + delta * c[second]) % R
        changed[second] = (changed[second] - delta * c[first]) % R
        touched = {*system.wire_uses[first], *system.wire_uses[second]}
        assert not all(system.holds(i, changed) for i in touched)
        tried += 1
    assert tried > 10


def test_a_lie_in_a_hint_is_noticed(circuit: Circuit, honest: dict) -> None:
    assert set(lies_that_pass(circuit, honest, 25, 1)) <= {"eddsa.challenge.window"}


@pytest.mark.slow
def test_many_lies_and_mutations_are_noticed(circuit: Circuit, honest: dict) -> None:
    assert set(lies_that_pass(circuit, honest, 300, 2)) <= {"eddsa.challenge.window"}
    for seed in range(3):
        case = Case(secret=10**60 + seed, revocation_id=2 + seed, seed=bytes([seed]) * 32)
        assert _free_gadgets(circuit, case.values()) <= {"eddsa.challenge.window"}
