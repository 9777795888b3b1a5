"""Credit history: what a credit bureau counts about a pseudonym, and what can be proved about it.

A bureau's contract keeps a ``HistoryRecord`` for each pseudonym. A ``HistoryTree`` contains all
records; its root advances by proofs of ``history_update``. A lender's ``HistoryTerms`` say what a
record must show, and a borrower proves in the statement ``history`` that it does, without showing
which record it is.
"""

from __future__ import annotations

from zkcredit.history.attestation import attested_record, attested_until
from zkcredit.history.claim import RecordClaim
from zkcredit.history.record import NEVER_EXPIRES, HistoryRecord, bureau_word, read_bureau_word
from zkcredit.history.reputation import MAX_REPUTATION, reputation
from zkcredit.history.terms import HistoryTerms
from zkcredit.history.tree import HistoryTree

__all__ = [
    "MAX_REPUTATION",
    "NEVER_EXPIRES",
    "HistoryRecord",
    "HistoryTerms",
    "HistoryTree",
    "RecordClaim",
    "attested_record",
    "attested_until",
    "bureau_word",
    "read_bureau_word",
    "reputation",
]
