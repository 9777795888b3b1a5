"""Zero-knowledge credit: signed data, eligibility proofs, loans by contract.

An issuer signs a record about a borrower. A verifier asks for a proof of its policy, the borrower's
wallet answers, and the verifier checks the answer and learns nothing else::

    credential = wallet.receive(issuer.issue(record, person="customer 17", to=wallet.card))
    request = ProofRequest.new(
        verifier="the village bank", purpose="a loan of 800.00 EUR", policy=policy,
        scope=5678, registry_root=registry.root, valid_for=600,
    )
    presentation = wallet.prove(request, credential, registry=registry, proving_key=key)
    verify(presentation, request, key.verifying_key)

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.credential import Credential
    from zkcredit.envelope import Envelope, HolderCard
    from zkcredit.errors import ZkCreditError
    from zkcredit.groth16.keys import VerifyingKey
    from zkcredit.issuer import Issuer
    from zkcredit.policy import Policy
    from zkcredit.presentation import Presentation, verify
    from zkcredit.published.dev_keys import unsafe_dev_key
    from zkcredit.record import CreditRecord
    from zkcredit.registry import RegistrySnapshot, RevocationList
    from zkcredit.request import Arbiters, ProofRequest, RequestBook
    from zkcredit.scoring.scorecard import Scorecard
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

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Arbiters": "request.base",
        "Consent": "wallet.log",
        "Credential": "credential",
        "CreditRecord": "record",
        "Envelope": "envelope",
        "HolderCard": "envelope",
        "Issuer": "issuer",
        "Policy": "policy",
        "Presentation": "presentation",
        "ProofRequest": "request.proof_request",
        "RegistrySnapshot": "registry",
        "RequestBook": "request.book",
        "RevocationList": "registry",
        "Scorecard": "scoring.scorecard",
        "ScoredRecord": "scoring.scored_record",
        "VerifyingKey": "groth16.keys",
        "Wallet": "wallet",
        "ZkCreditError": "errors",
        "unsafe_dev_key": "published.dev_keys",
        "verify": "presentation",
    },
)
