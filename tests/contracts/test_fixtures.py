"""The fixtures of the Solidity tests are what their generators write."""

from __future__ import annotations

import json

import pytest
from py_ecc.bn128 import curve_order, field_modulus
from support.contracts import eligibility_proofs, history_proofs, toy_groth16
from support.gadgets import babyjub_sums
from support.loan import loan_reference
from support.loan.table_cases import monthly

from zkcredit.loan import Rounding


@pytest.mark.slow
def test_the_toy_setup_is_fresh() -> None:
    assert toy_groth16.FIXTURE.read_text() == toy_groth16.fixture()


def test_the_loan_schedules_are_fresh() -> None:
    assert loan_reference.FIXTURE.read_text() == loan_reference.fixture()


def test_the_sums_of_points_are_fresh() -> None:
    assert babyjub_sums.FIXTURE.read_text() == babyjub_sums.fixture()


def test_tables_of_one_rate_have_the_schedules_of_the_fixture() -> None:
    for principal, rate, count, *expected in json.loads(loan_reference.fixture())["cases"]:
        kinds = "L" * (count - 1) + "R"
        found = monthly(kinds, rate=rate * 10**5, rounding=Rounding.HALF_UP).schedule(principal)
        level = found.level if count > 1 else found.amounts[0]  # one row alone has no level
        assert [level, *found.amounts] == expected


@pytest.mark.slow
def test_a_toy_key_has_the_documented_length() -> None:
    for inputs in (1, 5):
        assert len(toy_groth16.toy_key(inputs)) == 32 * (16 + 2 * inputs)


@pytest.mark.slow
@pytest.mark.parametrize("inputs", [[0], [1, 2, 3, 4, 5], [curve_order - 1] * 5])
def test_a_toy_proof_is_eight_canonical_words(inputs: list[int]) -> None:
    proof = toy_groth16.toy_proof(inputs)
    assert len(proof) == 8
    assert all(0 < word < field_modulus for word in proof)


def test_the_proofs_of_eligibility_are_of_the_published_circuit_and_key() -> None:
    fixture = json.loads(eligibility_proofs.FIXTURE.read_text())
    proofs = fixture.pop("proofs")
    assert fixture == eligibility_proofs.published(), "run support.contracts.eligibility_proofs"
    assert len(proofs) == 2 + 2 * 8 * 64


def test_the_proofs_of_a_history_are_of_the_published_circuits_and_keys() -> None:
    fixture = json.loads(history_proofs.FIXTURE.read_text())
    proofs = fixture.pop("proofs")
    assert fixture == history_proofs.expected(), "run support.contracts.history_proofs"
    assert len(proofs) == 2 + 2 * 8 * 64
