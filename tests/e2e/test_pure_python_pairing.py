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
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.wallet.proving import prove_eligibility


@pytest.mark.slow
def test_the_pure_python_pairing_comes_to_the_same_verdicts():
    key = load_or_create_dev_key(get_circuit("eligibility"))
    registry = RegistrySnapshot.of(RevocationList.sign(signing_key(), [7], NOW))
    signed = credential()
    presentation = prove_eligibility(
        seed().holder_secret, signed, registry.membership(signed),
        policy=Policy.score_range(650).at(NOW), context=1, scope=2, key=key,
    )  # fmt: skip
    with EmbeddedNode(pairing="python") as node:
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        verifier = deploy_verifier(node, key.verifying_key, by=operator)
        verifier.verify(presentation.proof, presentation.public_inputs)
        wrong = (*presentation.public_inputs[:4], presentation.nullifier + 1)
        with pytest.raises(TransactionReverted) as caught:
            verifier.verify(presentation.proof, wrong)
        assert caught.value.error == "ProofInvalid"
