"""A borrower's wallet and issuers' entries for it, without a chain."""

from __future__ import annotations

from support.groth16.groth16_toy import PROOF
from support.protocol.nouns import seed

from zkcredit._internal.evm import checksum_address
from zkcredit.gadgets.elgamal import EMPTY, Ciphertext, add
from zkcredit.ledger import (
    EntryPlace,
    LedgerCard,
    LedgerEntry,
    PostedEntry,
    ProvedEntry,
    SealedEntry,
    seal_entry,
)

EMPLOYER, BANK, OPERATOR = (
    checksum_address("the issuer", f"0x{digits * 10}") for digits in ("e3f1", "ba2c", "c0de")
)
SALARY = LedgerEntry(monthly_income=287_654)
ACCOUNT = LedgerEntry(
    score_points=612, monthly_expenses=101_203, monthly_debt_service=30_405, delinquencies_24m=1
)
AIRTIME = LedgerEntry(score_points=51, monthly_income=20_321, monthly_expenses=9_876)
EPOCH = 20_000
PLACE = EntryPlace(31337, checksum_address("the ledger", "0x" + "1ed6" * 10), 3)


def ledger_card(issuer: str = BANK, borrower: int = 1) -> LedgerCard:
    """The card of a fixed borrower for an issuer."""
    keys = seed(borrower)
    public = keys.envelope_key.public_key().export_key(format="raw")
    return LedgerCard.make(keys.account_key, bytes(public), issuer)


def sealed_for(issuer: str = BANK, entry: LedgerEntry = ACCOUNT, borrower: int = 1) -> SealedEntry:
    """A fresh entry of an issuer."""
    return seal_entry(entry, ledger_card(issuer, borrower))


def posted(sealed: SealedEntry, epoch: int = EPOCH) -> PostedEntry:
    """The entry as the ledger's event has it."""
    return PostedEntry(sealed.issuer, epoch, sealed.ciphertext, sealed.envelope)


def three_entries() -> list[PostedEntry]:
    """One entry of each issuer."""
    pairs = ((EMPLOYER, SALARY), (BANK, ACCOUNT), (OPERATOR, AIRTIME))
    return [posted(sealed_for(issuer, entry)) for issuer, entry in pairs]


def sum_of(entries: list[PostedEntry]) -> Ciphertext:
    """What the ledger holds after them."""
    total = EMPTY
    for entry in entries:
        total = add(total, entry.ciphertext)
    return total


def toy_proved() -> ProvedEntry:
    """A sealed entry with a place, and a proof of something else."""
    return ProvedEntry(sealed_for(), PLACE, PROOF)
