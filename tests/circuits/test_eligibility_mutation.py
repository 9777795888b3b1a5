"""Every wire of an honest witness, changed alone: some constraint must notice.

Wires that are free by design are listed with the reason; nothing else may be.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from support.circuits import wire_rounds
from support.circuits.eligibility_case import NEUTRAL, Case
from support.circuits.wire_mutation import lies_that_pass
from support.circuits.wire_rounds import FREE_UNDER_ANY_POLICY, borrower, free_gadgets

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.r1cs import ConstraintSystem

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit

ZERO_TEST = "the inverse hint of a zero test, where the value is 0; the result is bound"
FREE_BY_DESIGN: dict[str, str] = {
    "conditions.coverage.is_zero": ZERO_TEST,
    "conditions.debt_to_income.is_zero": ZERO_TEST,
    "eddsa.challenge.window": "the factor u of zeros = missing·u, where both are 0: `assert_run`",
}


def test_under_a_strict_policy_every_wire_of_the_policy_is_bound(
    circuit: Circuit, honest: dict
) -> None:
    assert free_gadgets(circuit, honest) <= FREE_UNDER_ANY_POLICY


@pytest.mark.slow
def test_under_a_neutral_policy_only_listed_wires_are_free(circuit: Circuit) -> None:
    free = free_gadgets(circuit, Case(terms=NEUTRAL).values())
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


@pytest.mark.slow
def test_a_lie_in_a_hint_is_noticed(circuit: Circuit, honest: dict) -> None:
    assert set(lies_that_pass(circuit, honest, 25, 1)) <= FREE_UNDER_ANY_POLICY


@pytest.mark.slow
def test_the_wires_of_another_borrower_are_bound(circuit: Circuit) -> None:
    """`make long PART=wires-eligibility` takes twenty borrowers, and lies in a thousand hints."""
    assert free_gadgets(circuit, borrower(1).values()) <= FREE_UNDER_ANY_POLICY


@pytest.mark.slow
def test_a_round_notices_wires_that_nothing_binds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_rounds, "LIES", 1)
    monkeypatch.setattr(ConstraintSystem, "holds", lambda *_: True)
    with pytest.raises(AssertionError):
        wire_rounds.eligibility(1)
