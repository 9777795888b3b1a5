"""What the tests of the protocol's nouns share: one ordinary borrower, one ordinary time."""

from __future__ import annotations

from zkcredit.record import CreditRecord

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
