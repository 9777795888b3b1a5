"""One real presentation for all tests of this folder; making it takes a second."""

from __future__ import annotations

import pytest
from support.protocol.nouns import EXPIRES, ISSUED, NOW, credential, record, seed, signing_key

from zkcredit.circuits import get_circuit
from zkcredit.groth16.prover import prove
from zkcredit.groth16.setup import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest
from zkcredit.schema import PUBLIC_INPUTS
from zkcredit.wallet.proving import credential_witness

assert ISSUED < NOW < EXPIRES
POLICY = (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(NOW)


@pytest.fixture(scope="session")
def proving_key():
    return load_or_create_dev_key(get_circuit("eligibility"))


@pytest.fixture(scope="session")
def key(proving_key):
    return proving_key.verifying_key


@pytest.fixture(scope="session")
def registry():
    return RegistrySnapshot.of(RevocationList.sign(signing_key(), [7], NOW))


@pytest.fixture(scope="session")
def request_(registry):
    """What the verifier of `good` asks."""
    return ProofRequest(
        "Farm Credit Union",
        "a seed loan",
        NOW + 600,
        7,
        policy=POLICY,
        scope=5678,
        registry_root=registry.root,
    )


@pytest.fixture(scope="session")
def make(proving_key, registry):
    """Answer a request from a credential."""

    def answer(request, *, holder=1, **attributes):
        signed = credential(holder=holder, record=record(**attributes))
        secret = seed(holder).holder_secret
        circuit, values = credential_witness(request, secret, signed, registry, None)
        inputs = tuple(values[name] for name in PUBLIC_INPUTS[request.statement])
        return Presentation(request.statement, inputs, prove(proving_key, circuit.witness(values)))

    return answer


@pytest.fixture(scope="session")
def good(make, request_):
    return make(request_)
