"""One real presentation for all tests of this folder; making it takes a second."""

from __future__ import annotations

import pytest
from support.protocol.nouns import EXPIRES, ISSUED, NOW, credential, record, seed, signing_key

from zkcredit.circuits import get_circuit
from zkcredit.groth16.setup import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.wallet.proving import prove_eligibility

assert ISSUED < NOW < EXPIRES
POLICY = (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(NOW)


@pytest.fixture(scope="session")
def key():
    return load_or_create_dev_key(get_circuit("eligibility"))


@pytest.fixture(scope="session")
def registry():
    return RegistrySnapshot.of(RevocationList.sign(signing_key(), [7], NOW))


@pytest.fixture(scope="session")
def make(key, registry):
    """Prove with some things changed."""

    def prove(*, holder=1, policy=POLICY, context=1234, scope=5678, **attributes):
        signed = credential(holder=holder, record=record(**attributes))
        return prove_eligibility(
            seed(holder).holder_secret,
            signed,
            registry.membership(signed),
            policy=policy,
            context=context,
            scope=scope,
            key=key,
        )

    return prove


@pytest.fixture(scope="session")
def good(make):
    return make()


@pytest.fixture(scope="session")
def expected(registry, key):
    """What the verifier of `good` expects."""
    return {
        "policy": POLICY,
        "context": 1234,
        "scope": 5678,
        "registry_root": registry.root,
        "key": key.verifying_key,
    }
