"""The cast of the ledger's story: the same 24 real applicants, each known to three issuers.

In the loan story, one bureau signs a whole record. Here each issuer knows only a part: an employer
pays most of the income; a mobile-money operator sees the rest of it, and a tenth of the expenses; a
bank knows the other expenses, the debts, and the score.

Amounts are converted to Indonesian rupiah at a fixed rate. A household's income and debts are then
numbers of eight to ten digits, which do not occur on a chain by chance, so that a search for them
means something (``plaintext_scan``). The requested amounts are round and public.
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
    from zkcredit.loan import TableProduct

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
_SIDE_INCOME: Final = 8  # one part of eight comes by mobile money
_SIDE_EXPENSES: Final = 10


class Institution(StrEnum):
    """The issuers, who make entries."""

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
        applicant: the applicant of the data.
        entries: each issuer's entry.
        role: what the household does after qualifying.
    """

    applicant: Applicant
    entries: dict[Institution, LedgerEntry]
    role: Role

    @property
    def principal(self) -> int:
        """The requested amount, minor units."""
        return self.applicant.principal * _RATE // _ROUND * _ROUND

    @property
    def number(self) -> int:
        """The row of the data."""
        return self.applicant.number

    @property
    def name(self) -> str:
        """The household's name in the story."""
        return self.applicant.name

    def totals(self) -> LedgerTotals:
        """Return the sums of the three entries."""
        return LedgerTotals.of(list(self.entries.values()))

    def hidden_debt(self) -> LedgerEntry:
        """Return the bank's entry after it has given the credit."""
        entry = self.entries[Institution.BANK]
        return replace(entry, monthly_debt_service=entry.monthly_debt_service + HIDDEN_DEBT)


def households() -> list[Household]:
    """Return the cast, in the order of the data."""
    return [
        Household(member, _parts(member), _ROLES.get(member.number, Role.PAYS))
        for member in applicants()
    ]


def ledger_product(token: str) -> TableProduct:
    """Return the loan story's product in rupiah, with only the conditions that a ledger has."""
    offered = product(token)
    judged = replace(offered.policy, min_history_months=0, currency=0)
    return replace(
        offered,
        currency=CURRENCY.number,
        late_fee=offered.late_fee * _RATE,
        late_fee_cap=offered.late_fee_cap * _RATE,
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
