"""A holder's claim of a record, and its entry in the wallet's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zkcredit.units as units
from zkcredit.circuits import get_circuit
from zkcredit.circuits.same_holder import same_holder_inputs
from zkcredit.gadgets.babyjub import to_text
from zkcredit.groth16.prover import prove, require_circuit
from zkcredit.history.claim import SAME_HOLDER, RecordClaim, attestor_scope
from zkcredit.request.loan_request import bureau_scope
from zkcredit.wallet.log import Consent

if TYPE_CHECKING:
    from zkcredit.envelope import HolderCard
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.groth16.keys import ProvingKey

__all__ = ["claim_of", "entry_of"]


def claim_of(
    secret: int,
    card: HolderCard,
    *,
    bureau: str,
    chain_id: int,
    attestor: Point,
    expires_at: int,
    proving_key: ProvingKey,
) -> RecordClaim:
    """Prove that a record is the holder's; see ``Wallet.claim_record``.

    Args:
        secret: the holder's secret. This function neither keeps nor shows it.
        card: the holder's card.
        bureau, chain_id, attestor, expires_at: parts of the claim.
        proving_key: the key of ``same_holder``.

    Raises:
        InvalidInput, OutOfRange: if a part is not acceptable.
        UnsafeKey: if the key is broken, or belongs to another statement.
    """
    circuit = get_circuit(SAME_HOLDER)
    require_circuit(proving_key, circuit.system)
    own, theirs = attestor_scope(attestor), bureau_scope(chain_id=chain_id, bureau=bureau)
    context = RecordClaim.context_of(
        chain_id=chain_id, bureau=bureau, attestor=attestor, card=card, expires_at=expires_at
    )
    values = same_holder_inputs(secret, context=context, scope=own, other_scope=theirs)
    return RecordClaim(
        chain_id=chain_id,
        bureau=bureau,
        attestor=attestor,
        card=card,
        expires_at=expires_at,
        nullifier=values["nullifier"],
        pseudonym=values["other_nullifier"],
        proof=prove(proving_key, circuit.witness(values)),
    )


def entry_of(claim: RecordClaim) -> Consent:
    """Return what the wallet's log keeps of a claim."""
    return Consent(
        time=units.now(),
        verifier=to_text(claim.attestor),
        purpose=f"a credential about the record at {claim.bureau}",
        credential_id="record",
        conditions={},
        context=claim.context,
        scope=attestor_scope(claim.attestor),
        nullifier=claim.nullifier,
        expires_at=claim.expires_at,
    )
