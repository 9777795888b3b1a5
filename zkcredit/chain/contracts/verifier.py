"""The Groth16 verifier contract, which stores one verification key in a data contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.evm import keccak256
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.creation import verifier_work
from zkcredit.groth16.deployable import require_deployable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16.ceremony.verified import Endorsement
    from zkcredit.groth16.keys import Proof, VerifyingKey

__all__ = ["VerifierClient", "deploy_verifier", "verifying_key_bytes"]


class VerifierClient(ContractClient):
    """A ``Groth16Verifier`` contract."""

    contract = "Groth16Verifier"

    def input_count(self) -> int:
        """Return the number of public inputs of the statement."""
        return int(self._read("inputCount"))

    def key_digest(self) -> bytes:
        """Return keccak256 of the key's bytes; see ``verifying_key_bytes``."""
        digest: bytes = self._read("keyDigest")
        return digest

    def holds(self, verifying_key: VerifyingKey) -> bool:
        """Return whether the contract has this key."""
        return self.key_digest() == keccak256(verifying_key_bytes(verifying_key))

    def verify(self, proof: Proof, public_inputs: Sequence[int]) -> None:
        """Verify on chain, without a transaction.

        Raises:
            TransactionReverted: if the proof is invalid (ProofInvalid), or a point or an input is
                malformed (ProofPointInvalid, InputOutOfField, …).
        """
        self._read("verify", tuple(proof.to_words()), tuple(public_inputs))

    def verify_batch(self, proofs: Sequence[Proof], public_inputs: Sequence[Sequence[int]]) -> None:
        """Verify several proofs together, without a transaction.

        Raises:
            TransactionReverted: if any proof is invalid, or there are none (BatchEmpty).
        """
        flat = tuple(value for inputs in public_inputs for value in inputs)
        self._read("verifyBatch", tuple(tuple(proof.to_words()) for proof in proofs), flat)


def verifying_key_bytes(verifying_key: VerifyingKey) -> bytes:
    """Return a key in the contract's form: α, β, γ, δ, IC; points of G2 have c1 before c0."""
    words = [verifying_key.alpha1.x, verifying_key.alpha1.y]
    for point in (verifying_key.beta2, verifying_key.gamma2, verifying_key.delta2):
        words += [point.x[1], point.x[0], point.y[1], point.y[0]]
    for element in verifying_key.ic:
        words += [element.x, element.y]
    return b"".join(int(word).to_bytes(32, "big") for word in words)


def deploy_verifier(
    node: Node,
    verifying_key: VerifyingKey,
    *,
    by: TransactionSender,
    endorsement: Endorsement | None = None,
    idempotency_key: str | None = None,
) -> VerifierClient:
    """Deploy a verifier for one key.

    Args:
        node: the chain.
        verifying_key: the verification key.
        by: the account that pays.
        endorsement: the key's verified ceremony, and the contributions to it that the deployer
            vouches for; only known local chains do not need it.
        idempotency_key: see ``TransactionSender.send``.

    Raises:
        UnsafeKey: if the key is forgeable, or ``require_deployable`` refuses it on this chain.
        TransactionReverted: if the contract refuses the key.
    """
    require_deployable(verifying_key, node.chain_id, endorsement)
    key = verifying_key_bytes(verifying_key)
    address, _ = deploy_contract(
        "Groth16Verifier",
        key,
        by=by,
        idempotency_key=idempotency_key,
        work=verifier_work(len(key)),
    )
    return VerifierClient(node, address)
