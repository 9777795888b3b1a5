"""Who takes part in the ledger's story: the same 24 real applicants, known to three issuers each.

What the other story's bureau signs in one record is here known in parts, and nobody knows all of
it: an employer pays most of the income; a mobile-money operator sees the rest of it, and a tenth of
the expenses; a bank knows the other expenses, the debts, and the score.

Amounts are in Indonesian rupiah, at a fixed rate from the record's: what a household earns and owes
is then a number of eight to ten digits, which stands nowhere on a chain by chance, so that looking
for it there means something (``plaintext_scan``). Sums that are asked for are round, as people ask,
and public.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from zkcredit.demo.loan.cast import applicants, product
from zkcredit.ledger import LedgerEntry, LedgerTotals
from zkcredit.units import currency

if TYPE_CHECKING:
    from zkcredit.demo.loan.cast import Applicant
    from zkcredit.loan import Product

__all__ = [
    "CURRENCY",
    "HIDDEN_DEBT",
    "Household",
    "Institution",
    "Role",
    "households",
    "ledger_product",
]

CURRENCY: Final = currency("IDR")
HIDDEN_DEBT: Final = 11_578_234_57
"""Monthly instalments of the credit that one borrower would rather not mention, minor units."""

_RATE: Final = 17_893
_ROUND: Final = 100_000_00
_SIDE_INCOME: Final = 8  # one part in so many comes by mobile money
_SIDE_EXPENSES: Final = 10


class Institution(StrEnum):
    """Who makes entries."""

    EMPLOYER = "the employer"
    BANK = "the bank"
    OPERATOR = "the mobile-money operator"


class Role(StrEnum):
    """What a household does after qualifying."""

    PAYS = "pays on time"
    SETTLES = "settles early"
    DEFAULTS = "stops paying"
    HIDES = "has a debt that it would rather not mention"
    LOSES = "loses the wallet and has the words"


_ROLES: Final = {
    14: Role.DEFAULTS,  # the real credit went bad
    21: Role.SETTLES,
    22: Role.HIDES,
    23: Role.LOSES,
}


@dataclass(frozen=True)
class Household:
    """One borrower as the three issuers know it.

    Attributes:
        applicant: the row of the data.
        entries: what each issuer says.
        role: what happens after qualifying.
    """

    applicant: Applicant
    entries: dict[Institution, LedgerEntry]
    role: Role

    @property
    def principal(self) -> int:
        """What is asked for, minor units."""
        return self.applicant.principal * _RATE // _ROUND * _ROUND

    @property
    def number(self) -> int:
        """Row of the data."""
        return self.applicant.number

    @property
    def name(self) -> str:
        """How the story calls the household."""
        return self.applicant.name

    def totals(self) -> LedgerTotals:
        """Return what the three entries add up to."""
        return LedgerTotals.of(list(self.entries.values()))

    def hidden_debt(self) -> LedgerEntry:
        """Return what the bank says once it has given the credit."""
        entry = self.entries[Institution.BANK]
        return replace(entry, monthly_debt_service=entry.monthly_debt_service + HIDDEN_DEBT)


def households() -> list[Household]:
    """Return the cast, in the order of the data."""
    return [
        Household(member, _parts(member), _ROLES.get(member.number, Role.PAYS))
        for member in applicants()
    ]


def ledger_product(token: str) -> Product:
    """Return the other story's product in rupiah, without what a ledger does not know."""
    offered = product(token)
    judged = replace(offered.policy, min_history_months=0, currency=0)
    return replace(
        offered,
        terms=replace(offered.terms, late_fee=offered.terms.late_fee * _RATE),
        policy=judged,
        min_principal=_ROUND,
        max_principal=offered.max_principal * _RATE,
        max_credential_age=0,
    )


def _parts(member: Applicant) -> dict[Institution, LedgerEntry]:
    record = member.record
    income, expenses = record.monthly_income * _RATE, record.monthly_expenses * _RATE
    side, airtime = income // _SIDE_INCOME, expenses // _SIDE_EXPENSES
    return {
        Institution.EMPLOYER: LedgerEntry(monthly_income=income - side),
        Institution.BANK: LedgerEntry(
            score_points=record.score,
            monthly_expenses=expenses - airtime,
            monthly_debt_service=record.monthly_debt_service * _RATE,
            delinquencies_24m=record.delinquencies_24m,
        ),
        Institution.OPERATOR: LedgerEntry(monthly_income=side, monthly_expenses=airtime),
    }
