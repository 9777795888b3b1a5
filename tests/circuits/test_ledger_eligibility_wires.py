"""Every wire of `ledger_eligibility`: one value given the inputs, and no change goes unnoticed."""

from __future__ import annotations

import pytest
from support.circuits.eligibility_case import NEUTRAL
from support.circuits.ledger_case import LedgerCase
from support.circuits.wire_mutation import lies_that_pass
from support.circuits.wire_rounds import free_gadgets

from zkcredit.audit.determinism import undetermined
from zkcredit.circuits.ledger_eligibility import LedgerEligibility
from zkcredit.gadgets.elgamal import AccountKey
from zkcredit.r1cs import Circuit, compile_statement

FREE_BY_DESIGN = {"conditions.coverage.is_zero", "conditions.debt_to_income.is_zero"}
"""The inverse hint of a zero test, where the value is 0; the result is bound."""


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return compile_statement(LedgerEligibility())


def test_under_a_strict_policy_no_wire_is_free(circuit: Circuit) -> None:
    assert free_gadgets(circuit, LedgerCase().values()) == set()


def test_under_a_neutral_policy_only_zero_tests_are_free(circuit: Circuit) -> None:
    assert free_gadgets(circuit, LedgerCase(terms=NEUTRAL).values()) == FREE_BY_DESIGN


@pytest.mark.slow
def test_a_lie_in_a_hint_is_noticed(circuit: Circuit) -> None:
    assert lies_that_pass(circuit, LedgerCase().values(), 25, 1) == []


@pytest.mark.slow
def test_no_wire_of_another_account_is_free(circuit: Circuit) -> None:
    """`make long PART=wires-ledger` takes twenty accounts, and lies in a thousand hints."""
    case = LedgerCase(AccountKey(bytes(31) + b"\1"), randomness=10**70).but(delinquencies_24m=2)
    assert free_gadgets(circuit, case.values()) == set()


def test_outside_the_opening_only_zero_test_hints_are_free(circuit: Circuit) -> None:
    """The opening has its own analysis, which is told which divisors are not 0."""
    system = circuit.system
    n_inputs = sum(LedgerEligibility.public.values()) + sum(LedgerEligibility.private.values())
    first_use = [circuit.constraint_labels[i[0]] if i else "" for i in system.wire_uses]
    opening = {w for w, gadget in enumerate(first_use) if gadget.split(".")[0] == "opening"}
    free = undetermined(system, {*range(n_inputs + 1), *opening})
    assert sorted(first_use[wire] for wire in free) == sorted(FREE_BY_DESIGN)
    assert len(opening) < 2900


def test_every_input_is_in_a_constraint(circuit: Circuit) -> None:
    assert all(circuit.system.wire_uses)
