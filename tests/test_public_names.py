"""The front door: these names and no more, sorted, real, and free to open."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zkcredit


def test_all_is_sorted_and_complete():
    assert zkcredit.__all__ == sorted(
        zkcredit.__all__, key=lambda name: (name[0].islower(), name.casefold())
    )
    assert zkcredit.__all__ == [
        "Consent",
        "Credential",
        "CreditRecord",
        "Envelope",
        "HolderCard",
        "Issuer",
        "Policy",
        "Presentation",
        "Product",
        "ProvingKey",
        "RegistrySnapshot",
        "RevocationList",
        "ScoredRecord",
        "Terms",
        "VerifyingKey",
        "Wallet",
        "ZkCreditError",
        "market_scope",
        "proof_context",
        "verify",
    ]


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
        "import sys; from zkcredit import CreditRecord, Policy, Terms, Product; "
        "print(*sorted({'numpy', 'web3', 'py_ecc', 'zkcredit._kernel'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
