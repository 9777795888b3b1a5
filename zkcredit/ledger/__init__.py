"""Credit data on a ledger: issuers make encrypted entries, and the borrower proves about their sum.

An issuer makes and proves an entry for a borrower's account with ``prove_entry`` (through
``zkcredit.Issuer.ledger``, which also keeps one account for each person) and posts it; the
borrower's wallet reads all entries back from the chain (``zkcredit.Wallet.ledger``) and proves
policies about their encrypted sum (``zkcredit.Wallet.prove``).

The chain itself is in ``zkcredit.chain``; nothing here talks to it.
"""

from __future__ import annotations

from zkcredit.ledger.account import LedgerAccount, PostedEntry, open_entry, read_account
from zkcredit.ledger.book import LedgerBook
from zkcredit.ledger.card import LedgerCard, account_number
from zkcredit.ledger.entry import LedgerEntry, LedgerTotals, require_eligible
from zkcredit.ledger.proved import EntryPlace, ProvedEntry, issuers_hash, prove_entry
from zkcredit.ledger.sealed import SealedEntry, seal_entry

__all__ = [
    "EntryPlace",
    "LedgerAccount",
    "LedgerBook",
    "LedgerCard",
    "LedgerEntry",
    "LedgerTotals",
    "PostedEntry",
    "ProvedEntry",
    "SealedEntry",
    "account_number",
    "issuers_hash",
    "open_entry",
    "prove_entry",
    "read_account",
    "require_eligible",
    "seal_entry",
]
