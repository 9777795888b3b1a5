"""One proof checked on an EVM that shares no code with our kernel: py-evm with py_ecc's pairing."""

from __future__ import annotations

import pytest
from support.protocol.nouns import NOW, credential, seed, signing_key

from zkcredit.chain.contracts.verifier import deploy_verifier
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.circuits import get_circuit
from zkcredit.errors import TransactionReverted
from zkcredit.groth16 import load_or_create_dev_key, prove
from zkcredit.policy import Policy
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest
from zkcredit.schema import PUBLIC_INPUTS
from zkcredit.wallet.proving import credential_witness


@pytest.mark.slow
def test_the_pure_python_pairing_comes_to_the_same_verdicts():
    key = load_or_create_dev_key(get_circuit("eligibility"))
    registry = RegistrySnapshot.of(RevocationList.sign(signing_key(), [7], NOW))
    request = ProofRequest.new(
        verifier="an EVM", purpose="a test", policy=Policy.score_range(650), scope=2,
        registry_root=registry.root, valid_for=600, now=NOW,
    )  # fmt: skip
    circuit, values = credential_witness(
        request, seed().holder_secret, credential(), registry, None
    )
    proof = prove(key, circuit.witness(values))
    inputs = tuple(values[name] for name in PUBLIC_INPUTS["eligibility"])
    with EmbeddedNode(pairing="python") as node:
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        verifier = deploy_verifier(node, key.verifying_key, by=operator)
        verifier.verify(proof, inputs)
        wrong = (*inputs[:4], inputs[4] + 1)
        with pytest.raises(TransactionReverted) as caught:
            verifier.verify(proof, wrong)
        assert caught.value.error == "ProofInvalid"
