"""Lies in hints and changed wires of each statement, in rounds of other borrowers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from support.circuits.eligibility_case import Case
from support.circuits.entry_case import EntryCase
from support.circuits.escrow_case import SCALAR, sealed_case
from support.circuits.ledger_case import LedgerCase
from support.circuits.scored_case import POINTS, scored_case
from support.circuits.wire_mutation import lies_that_pass, unnoticed_wires

from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.eligibility import Eligibility
from zkcredit.circuits.escrow_eligibility import EscrowEligibility
from zkcredit.circuits.ledger_eligibility import LedgerEligibility
from zkcredit.circuits.ledger_entry import LedgerEntryStatement
from zkcredit.circuits.scored_eligibility import ScoredEligibility
from zkcredit.gadgets.elgamal import AccountKey
from zkcredit.r1cs import compile_statement

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit, Statement

LIES = 50
"""Hints in which a prover lies, a round."""

FREE_UNDER_ANY_POLICY = frozenset({"eddsa.challenge.window"})
"""The factor u of zeros = missing·u, where both are 0."""


@cache
def compiled(statement: type[Statement]) -> Circuit:
    """The statement, compiled afresh: no cache between the source and the test."""
    return compile_statement(statement())


def free_gadgets(circuit: Circuit, values: dict[str, Any]) -> set[str]:
    """The gadgets of the wires that can change alone. Each is a hint that decides nothing else."""
    free = unnoticed_wires(circuit.system, from_limbs(circuit.witness(values)))
    uses = [circuit.system.wire_uses[wire] for wire in free]
    assert all(len(indices) == 1 for indices in uses)
    return {circuit.constraint_labels[indices[0]] for indices in uses}


def round_of(
    statement: type[Statement],
    number: int,
    values: dict[str, Any],
    free: frozenset[str] = FREE_UNDER_ANY_POLICY,
) -> dict[str, int]:
    """Lie in hints, then change every wire, of one borrower; only gadgets in ``free`` may pass."""
    circuit = compiled(statement)
    assert {*lies_that_pass(circuit, values, LIES, number)} <= free
    assert free_gadgets(circuit, values) <= free
    return {"lies": LIES, "wires": circuit.system.n_wires - 1}


def borrower(number: int) -> Case:
    """Another borrower and issuer for each round."""
    seed = number.to_bytes(32, "big")
    return Case(secret=10**60 + number, revocation_id=6 + number, seed=seed)


def eligibility(number: int) -> dict[str, int]:
    """A round of ``eligibility``."""
    return round_of(Eligibility, number, borrower(number).values())


def scored_eligibility(number: int) -> dict[str, int]:
    """A round of ``scored_eligibility``."""
    case = borrower(number).but(min_score=POINTS, max_score=POINTS)
    return round_of(ScoredEligibility, number, scored_case(case))


def escrow_eligibility(number: int) -> dict[str, int]:
    """A round of ``escrow_eligibility``."""
    values = sealed_case(borrower(number), SCALAR + 2 * number)
    return round_of(EscrowEligibility, number, values)


def ledger_eligibility(number: int) -> dict[str, int]:
    """A round of ``ledger_eligibility``, where no wire is free."""
    key = AccountKey(number.to_bytes(32, "big"))
    case = LedgerCase(key, randomness=10**70 + number).but(delinquencies_24m=number % 3)
    return round_of(LedgerEligibility, number, case.values(), frozenset())


def ledger_entry(number: int) -> dict[str, int]:
    """A round of ``ledger_entry``, where no wire is free."""
    key = AccountKey(number.to_bytes(32, "big"))
    case = EntryCase(key.public, randomness=2**249 + 10**70 + 2 * number + 1)
    return round_of(LedgerEntryStatement, number, case.values(), frozenset())
