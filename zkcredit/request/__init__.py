"""What a verifier asks for, and the book that a verifier keeps of it.

A request says everything that a borrower answers to: the policy, who asks, what for, until when,
and what the statement needs beside them. A verifier without a chain makes a ``ProofRequest``; at a
market the gate computes the context of a ``LoanRequest`` from its own storage. A wallet answers
either, and ``zkcredit.verify`` checks the answer against either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.request.base import Arbiters, Request
    from zkcredit.request.book import Answer, RequestBook
    from zkcredit.request.loan_request import LoanRequest, bureau_scope, proof_context
    from zkcredit.request.proof_request import ProofRequest
    from zkcredit.request.signing import RequestKey

__all__ = [
    "Answer",
    "Arbiters",
    "LoanRequest",
    "ProofRequest",
    "Request",
    "RequestBook",
    "RequestKey",
    "bureau_scope",
    "proof_context",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Answer": "book",
        "Arbiters": "base",
        "LoanRequest": "loan_request",
        "ProofRequest": "proof_request",
        "Request": "base",
        "RequestBook": "book",
        "RequestKey": "signing",
        "bureau_scope": "loan_request",
        "proof_context": "loan_request",
    },
)
