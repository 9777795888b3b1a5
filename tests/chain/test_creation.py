"""Gas limits of creations; ``tests/contracts/test_gas.py`` compares them with what is used."""

from __future__ import annotations

import pytest

from zkcredit.chain.contracts.artifacts import all_artifacts, artifact
from zkcredit.chain.creation import creation_gas, opening_work, verifier_work

CAP = 1 << 24


def test_a_limit_grows_with_every_argument() -> None:
    least = creation_gas(1_000, 500)
    assert least < creation_gas(1_001, 500)
    assert least < creation_gas(1_000, 501)
    assert least < creation_gas(1_000, 500, 1_000)


def test_code_costs_200_gas_a_byte_and_what_is_sent_at_least_16() -> None:
    assert creation_gas(0, 24_576) - creation_gas(0, 0) >= 200 * 24_576
    assert creation_gas(24_576, 0) - creation_gas(0, 0) >= 16 * 24_576


def test_no_limit_is_above_that_of_a_transaction() -> None:
    assert creation_gas(10**6, 10**6) == CAP
    assert creation_gas(13_000, 6_000, opening_work(32, 32)) <= CAP


@pytest.mark.parametrize("threshold", [2, 8, 16])
def test_what_is_far_from_the_cap_keeps_its_margin(threshold: int) -> None:
    kept = len(artifact("OpeningVerifier").runtime)
    assert creation_gas(9_000 + kept, kept, opening_work(threshold, 32)) < CAP


def test_work_grows_with_keys_and_groups() -> None:
    assert verifier_work(576) < verifier_work(640) < verifier_work(24_512) < CAP
    assert opening_work(2, 2) < opening_work(2, 3) < opening_work(3, 3) < opening_work(32, 32)


def test_every_contract_can_be_created() -> None:
    for compiled in all_artifacts():
        assert creation_gas(len(compiled.bytecode), len(compiled.runtime)) < CAP, compiled.name
