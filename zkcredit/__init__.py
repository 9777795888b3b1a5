"""Zero-knowledge credit: signed data, eligibility proofs, loans by contract.

An issuer signs a record about a borrower; the borrower's wallet proves that a lender's policy
holds over it; a verifier checks the proof and learns nothing else::

    envelope = issuer.issue(record, person="customer 17", to=wallet.card)
    credential_id = wallet.receive(envelope)
    consent = Consent.ask("the verifier", "the purpose", valid_for=600)
    presentation = wallet.prove(credential_id, policy, consent=consent, scope=..., ...)
    verify(presentation, policy=policy, consent=consent, scope=..., ...)

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.credential import Credential
    from zkcredit.envelope import Envelope, HolderCard
    from zkcredit.errors import ZkCreditError
    from zkcredit.groth16.keys import ProvingKey, VerifyingKey
    from zkcredit.issuer import Issuer
    from zkcredit.loan import Product, Terms
    from zkcredit.policy import Policy
    from zkcredit.presentation import Presentation, verify
    from zkcredit.record import CreditRecord
    from zkcredit.registry import RegistrySnapshot, RevocationList
    from zkcredit.request import (
        Arbiters,
        LoanRequest,
        ProofRequest,
        RequestBook,
        market_scope,
        proof_context,
    )
    from zkcredit.scoring.scored_record import ScoredRecord
    from zkcredit.wallet import Consent, Wallet

__all__ = [
    "Arbiters",
    "Consent",
    "Credential",
    "CreditRecord",
    "Envelope",
    "HolderCard",
    "Issuer",
    "LoanRequest",
    "Policy",
    "Presentation",
    "Product",
    "ProofRequest",
    "ProvingKey",
    "RegistrySnapshot",
    "RequestBook",
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

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Arbiters": "request.base",
        "Consent": "wallet.log",
        "LoanRequest": "request.loan_request",
        "ProofRequest": "request.proof_request",
        "RequestBook": "request.book",
        "CreditRecord": "record",
        "Credential": "credential",
        "Envelope": "envelope",
        "HolderCard": "envelope",
        "Issuer": "issuer",
        "Policy": "policy",
        "Presentation": "presentation",
        "Product": "loan",
        "ProvingKey": "groth16.keys",
        "RegistrySnapshot": "registry",
        "RevocationList": "registry",
        "ScoredRecord": "scoring.scored_record",
        "Terms": "loan",
        "VerifyingKey": "groth16.keys",
        "Wallet": "wallet",
        "ZkCreditError": "errors",
        "market_scope": "request.loan_request",
        "proof_context": "request.loan_request",
        "verify": "presentation",
    },
)
