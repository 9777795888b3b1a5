"""What the tests of the protocol's nouns share: one ordinary borrower, one ordinary time."""

from __future__ import annotations

from typing import Any

from zkcredit.credential import Credential, holder_of
from zkcredit.envelope import HolderCard
from zkcredit.gadgets.eddsa import SigningKey
from zkcredit.record import CreditRecord
from zkcredit.wallet.seed import Seed

NOW = 1_790_000_000
ISSUED = NOW - 1_000
EXPIRES = NOW + 86_400 * 30
PASSWORD = "correct horse battery staple"


def record(**changes: int) -> CreditRecord:
    """An ordinary borrower with some attributes changed."""
    values = {
        "score": 720,
        "monthly_income": 300_000,
        "monthly_expenses": 120_000,
        "monthly_debt_service": 30_000,
        "delinquencies_24m": 1,
        "history_months": 36,
        "currency": 978,
        "employment_months": 20,
        "dependants": 2,
        "open_accounts": 3,
        "subject_ref": 77,
    }
    return CreditRecord(**{**values, **changes})


def signing_key(number: int = 1) -> SigningKey:
    """A fixed issuer's key for each number."""
    return SigningKey(number.to_bytes(32, "big"))


def seed(number: int = 1) -> Seed:
    """A fixed borrower for each number."""
    return Seed(number.to_bytes(32, "big"))


def card(number: int = 1) -> HolderCard:
    """The card of that borrower."""
    public = seed(number).envelope_key.public_key().export_key(format="raw")
    return HolderCard(holder_of(seed(number).holder_secret), public)


def credential(issuer: int = 1, holder: int = 1, **changes: Any) -> Credential:
    """A properly signed credential of an ordinary borrower."""
    fields: dict[str, Any] = {
        "record": record(person_tag=99),
        "holder": card(holder).holder,
        "revocation_id": 4242,
        "issued_at": ISSUED,
        "expires_at": EXPIRES,
    }
    return Credential.sign(signing_key(issuer), **{**fields, **changes})
