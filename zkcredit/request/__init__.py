"""What a verifier asks for, and the book in which a verifier keeps its requests.

A request says everything that a borrower answers: the policy, who asks, what for, until when, and
the further parts of its statement. A verifier without a chain makes a ``ProofRequest``. At a market
the gate computes the context of a ``LoanRequest`` from its own storage. A wallet answers both
kinds, and ``zkcredit.verify`` checks the answers to both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.request.asked_history import AskedHistory
    from zkcredit.request.base import Arbiters, Request
    from zkcredit.request.book import Answer, RequestBook
    from zkcredit.request.exchange import ExchangeRate, convert_up
    from zkcredit.request.loan_request import LoanRequest, bureau_scope, proof_context
    from zkcredit.request.proof_request import ProofRequest
    from zkcredit.request.signing import RequestKey

__all__ = [
    "Answer",
    "Arbiters",
    "AskedHistory",
    "ExchangeRate",
    "LoanRequest",
    "ProofRequest",
    "Request",
    "RequestBook",
    "RequestKey",
    "bureau_scope",
    "convert_up",
    "proof_context",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Answer": "book",
        "Arbiters": "base",
        "AskedHistory": "asked_history",
        "ExchangeRate": "exchange",
        "LoanRequest": "loan_request",
        "ProofRequest": "proof_request",
        "Request": "base",
        "RequestBook": "book",
        "RequestKey": "signing",
        "bureau_scope": "loan_request",
        "convert_up": "exchange",
        "proof_context": "loan_request",
    },
)
