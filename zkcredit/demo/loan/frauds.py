"""Attempts to cheat: each attempt is real, and is refused with a typed error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zkcredit.bn254.limbs import g1_from_limbs, g2_from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.outcome import Refusal, expect_refusal
from zkcredit.demo.stage import PASSWORD
from zkcredit.errors import (
    ExpiredCredential,
    InvalidProof,
    NotEligible,
    RevokedCredential,
    TransactionReverted,
    UnsatisfiedWitness,
)
from zkcredit.groth16 import Proof, prove
from zkcredit.presentation import Presentation, verify
from zkcredit.record import CreditRecord
from zkcredit.wallet import Seed
from zkcredit.wallet.proving import eligibility_witness, public_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.demo.loan.world import Borrower, World
    from zkcredit.demo.narrator import Narrator
    from zkcredit.registry import RegistrySnapshot
    from zkcredit.request import LoanRequest

__all__ = [
    "default_and_return",
    "expired_credential",
    "forged_witness",
    "replayed_proof",
    "revoked_credential",
    "stolen_proof",
]


def forged_witness(world: World, cheat: Borrower, narrator: Narrator) -> list[Refusal]:
    """Let a borrower who does not qualify raise their own score inside the witness."""
    request = world.request(cheat)
    market = world.market
    values = _forged_values(world, cheat, request)
    circuit = get_circuit("eligibility")
    refusals = [
        expect_refusal(
            "ask the wallet to prove without qualifying",
            "wallet",
            NotEligible,
            lambda: world.prove(cheat, request),
            narrator,
        ),
        expect_refusal(
            f"write a score of {_FORGED_SCORE} into the witness",
            "prover",
            UnsatisfiedWitness,
            lambda: circuit.witness(values),
            narrator,
        ),
    ]
    witness = circuit.witness_unchecked(values)
    refusals.append(
        expect_refusal(
            "prove with the unchecked witness",
            "prover",
            UnsatisfiedWitness,
            lambda: prove(world.proving_key, witness),
            narrator,
        )
    )
    public = public_inputs(request.statement, values)
    forged = Presentation(request.statement, public, _forced_proof(world, witness))
    refusals += [
        expect_refusal(
            "force the kernel to prove, and show the result to a verifier",
            "verifier",
            InvalidProof,
            lambda: verify(forged, request, world.proving_key.verifying_key, now=world.now()),
            narrator,
        ),
        expect_refusal(
            "apply with the forced proof",
            "contract",
            TransactionReverted,
            lambda: market.apply(request, forged, by=world.give_gas(cheat.sender)),
            narrator,
            contract_error="ProofInvalid",
        ),
    ]
    return refusals


def stolen_proof(
    world: World, request: LoanRequest, presentation: Presentation, narrator: Narrator
) -> Refusal:
    """Let somebody copy a proof from a waiting transaction and send it first, as their own."""
    thief = world.stranger()
    return expect_refusal(
        "send a copied proof from another account",
        "contract",
        TransactionReverted,
        lambda: world.send_unchecked(request, presentation, thief),
        narrator,
        contract_error="ProofInvalid",
    )


def replayed_proof(
    world: World,
    borrower: Borrower,
    used: tuple[LoanRequest, Presentation],
    asked: LoanState,
    narrator: Narrator,
) -> list[Refusal]:
    """Let a borrower apply twice, and use one proof again after its application is cancelled.

    The application ``asked`` with the proof ``used`` must be open; this function cancels it.
    """
    market = world.market

    second = world.request(borrower)
    fresh = world.prove(borrower, second)
    refusals = [
        expect_refusal(
            "apply a second time, with a new proof",
            "contract",
            TransactionReverted,
            lambda: market.apply(second, fresh, by=borrower.sender),
            narrator,
            contract_error="PseudonymTaken",
        )
    ]
    market.cancel(asked.loan_id, by=borrower.sender)
    refusals.append(
        expect_refusal(
            "cancel the application and replay its proof",
            "contract",
            TransactionReverted,
            lambda: market.apply(*used, by=borrower.sender),
            narrator,
            contract_error="ProofInvalid",
        )
    )
    return refusals


def expired_credential(world: World, borrower: Borrower, narrator: Narrator) -> list[Refusal]:
    """Let a borrower prove after the credential's last day, and then claim that it is that day."""
    request = world.request(borrower)
    credential = borrower.wallet.credential(borrower.credential_id)
    then = credential.expires_at - 1
    policy = world.market.book.terms(world.product).policy_for(request.principal, then)
    backdated = replace(request, policy=policy)
    presentation = world.prove(borrower, backdated)
    return [
        expect_refusal(
            "prove with an expired credential",
            "wallet",
            ExpiredCredential,
            lambda: world.prove(borrower, request),
            narrator,
        ),
        expect_refusal(
            "prove as of the credential's last day",
            "contract",
            TransactionReverted,
            lambda: world.market.apply(backdated, presentation, by=borrower.sender),
            narrator,
            contract_error="ClockNotFresh",
        ),
    ]


def revoked_credential(
    world: World, borrower: Borrower, before: RegistrySnapshot, narrator: Narrator
) -> list[Refusal]:
    """Let a borrower use a revoked credential, first with the present registry, then with an old
    one.
    """
    request = world.request(borrower)
    outdated = replace(request, registry_root=before.root)
    presentation = world.prove(borrower, outdated, before)
    return [
        expect_refusal(
            "prove with a revoked credential",
            "wallet",
            RevokedCredential,
            lambda: world.prove(borrower, request),
            narrator,
        ),
        expect_refusal(
            "prove with the registry from before the revocation",
            "contract",
            TransactionReverted,
            lambda: world.market.apply(outdated, presentation, by=borrower.sender),
            narrator,
            contract_error="RootNotFresh",
        ),
    ]


def default_and_return(world: World, defaulter: Borrower, narrator: Narrator) -> Refusal:
    """Let a defaulter come back with a new account and a genuine proof."""
    account = world.stranger()
    request = world.market.request(world.product, defaulter.applicant.principal, account.address)
    presentation = world.prove(defaulter, request)
    return expect_refusal(
        "apply again after default, from a new account",
        "contract",
        TransactionReverted,
        lambda: world.market.apply(request, presentation, by=account),
        narrator,
        contract_error="PseudonymTaken",
    )


_FORGED_SCORE = 800


def _forged_values(
    world: World, cheat: Borrower, request: LoanRequest
) -> dict[str, int | Sequence[int]]:
    # A cheat knows their own secret: it follows from the wallet's backup words.
    secret = Seed.from_words(cheat.wallet.words(PASSWORD)).holder_secret
    credential = cheat.wallet.credential(cheat.credential_id)
    signed = credential.record
    if not isinstance(signed, CreditRecord):
        raise StoryFailed("the bureau of this story signs scores")
    record = replace(signed, score=_FORGED_SCORE)
    membership = world.registry.membership(credential)
    witness = eligibility_witness(secret, credential, membership, record)
    return witness.inputs(**request.expected())


def _forced_proof(world: World, witness: NDArray[np.uint64]) -> Proof:
    # The public prover verifies each proof before it returns it; a cheat omits that, as here.
    a, b, c = world.proving_key.resident.prove(witness, 1)
    return Proof(
        g1_from_limbs(a.reshape(1, 8))[0],
        g2_from_limbs(b.reshape(1, 16))[0],
        g1_from_limbs(c.reshape(1, 8))[0],
    )
