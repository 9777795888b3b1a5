"""The front door: these names and no more, sorted, real, and free to open."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zkcredit
from zkcredit import groth16, loan, request, scoring, unsafe_dev_key, wallet
from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.errors import InvalidInput
from zkcredit.formats import r1cs


def test_all_is_sorted_and_complete():
    assert zkcredit.__all__ == sorted(
        zkcredit.__all__, key=lambda name: (name[0].islower(), name.casefold())
    )
    assert zkcredit.__all__ == [
        "Arbiters",
        "Consent",
        "Credential",
        "CreditRecord",
        "Envelope",
        "HolderCard",
        "Issuer",
        "Policy",
        "Presentation",
        "ProofRequest",
        "RegistrySnapshot",
        "RequestBook",
        "RevocationList",
        "Scorecard",
        "ScoredRecord",
        "VerifyingKey",
        "Wallet",
        "ZkCreditError",
        "unsafe_dev_key",
        "verify",
    ]


def test_a_type_is_the_same_at_every_door():
    for package in (request, scoring, groth16, wallet, loan):
        for name in set(package.__all__) & set(zkcredit.__all__) - {"verify"}:
            assert getattr(package, name) is getattr(zkcredit, name)
    assert "Scorecard" in scoring.__all__


@pytest.mark.parametrize("name", zkcredit.__all__)
def test_every_name_is_there_and_documented(name):
    value = getattr(zkcredit, name)
    assert value.__name__ == name
    assert value.__doc__
    assert name in dir(zkcredit)


def test_other_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = zkcredit.nonsense


def test_no_public_name_hides_a_module():
    for name in zkcredit.__all__:
        with pytest.raises(ModuleNotFoundError):
            __import__(f"zkcredit.{name}")


def test_importing_the_package_loads_nothing_heavy():
    script = (
        "import sys, zkcredit; "
        "heavy = {'numpy', 'Crypto', 'py_ecc', 'web3', 'sqlite3', 'zkcredit._kernel'}; "
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_policies_and_loans_need_no_native_code():
    script = (
        "import sys; from zkcredit import CreditRecord, Policy; "
        "from zkcredit.loan import TableProduct; "
        "print(*sorted({'numpy', 'web3', 'py_ecc', 'zkcredit._kernel'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("statement", circuit_names())
def test_the_dev_key_of_a_statement_says_what_it_is(statement):
    key = unsafe_dev_key(statement)
    assert (key.origin, key.verifying_key.origin) == ("dev", "dev")
    assert key.circuit_digest == r1cs.digest(get_circuit(statement).system)


@pytest.mark.parametrize("statement", ["", "Eligibility", "eligibility_escrow", None, 5, b"x"])
def test_there_is_no_dev_key_of_another_statement(statement):
    with pytest.raises(InvalidInput):
        unsafe_dev_key(statement)
