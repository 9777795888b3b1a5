"""The cast: 24 real applicants, who were not selected, and the product that they apply for.

The applicants are the first 24 rows of the German Credit data. Each asks for a quarter of the
credit in the row: a small loan over six months. Score, income and obligations come from the row by
the rules of ``zkcredit.scoring``; we did not choose who is eligible. We chose only what applicants
do *after* the decision, and where possible by the data: of the two who qualify although their real
credit went bad, one pays late and one defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from zkcredit.loan import Burden, TableProduct, consumer, months
from zkcredit.policy import Policy
from zkcredit.scoring import applicant, derive_record, load_scorecard
from zkcredit.units import DAY, currency, parts_per_billion

if TYPE_CHECKING:
    from zkcredit.record import CreditRecord

__all__ = ["CURRENCY", "PERIOD", "Applicant", "Part", "applicants", "product"]

CURRENCY: Final = currency("EUR")
COUNT: Final = 24
PERIOD: Final = 30 * DAY
_SHARE: Final = 4
_MIN_PRINCIPAL: Final = 200_00
_MAX_PRINCIPAL: Final = 3_000_00


class Part(StrEnum):
    """What an applicant does after qualifying."""

    PAYS = "pays on time"
    SETTLES = "settles early"
    LATE = "pays one instalment late"
    DEFAULTS = "stops paying"
    EXPIRES = "lets the credential expire"
    REVOKED = "has the credential revoked"


_PARTS: Final = {
    14: Part.DEFAULTS,  # the real credit went bad
    16: Part.LATE,  # the real credit went bad
    21: Part.SETTLES,
    22: Part.REVOKED,
    23: Part.EXPIRES,
}


@dataclass(frozen=True)
class Applicant:
    """One applicant.

    Attributes:
        number: row of the data, 1 to 1,000.
        record: the record that the issuer will sign.
        principal: the requested amount, minor units.
        part: what the applicant does after qualifying.
        really_good: whether the real credit ended well, by the data.
    """

    number: int
    record: CreditRecord
    principal: int
    part: Part
    really_good: bool

    @property
    def name(self) -> str:
        """The applicant's name in the story; the data do not contain names."""
        return f"applicant {self.number}"

    @property
    def free_income(self) -> int:
        """What a month leaves of the income, in minor units."""
        record = self.record
        return record.monthly_income - record.monthly_expenses - record.monthly_debt_service


def applicants() -> list[Applicant]:
    """Return the cast, in the order of the data."""
    scorecard = load_scorecard()
    cast = []
    for number in range(1, COUNT + 1):
        row = applicant(number)
        wanted = row.amount_dm * 10**CURRENCY.exponent // _SHARE
        cast.append(
            Applicant(
                number=number,
                record=derive_record(row, scorecard, CURRENCY.code),
                principal=min(max(wanted, _MIN_PRINCIPAL), _MAX_PRINCIPAL),
                part=_PARTS.get(number, Part.PAYS),
                really_good=row.outcome == "good",
            )
        )
    return cast


def product(token: str) -> TableProduct:
    """Return the lenders' product: six level instalments of 30 days at 18 % a year.

    A borrower must prove a score of at least 540, free income of at least one and a quarter
    instalments a month, debts of at most 40 % of income, at most one delinquency, and six months of
    history, all in euro, by a credential that is at most 30 days old.
    """
    return TableProduct(
        table=consumer(parts_per_billion("18"), months(6)),
        policy=Policy(
            min_score=540,
            coverage_bps=12_500,
            max_dti_bps=4_000,
            max_delinquencies=1,
            min_history_months=6,
            currency=CURRENCY.number,
        ),
        min_principal=_MIN_PRINCIPAL,
        max_principal=_MAX_PRINCIPAL,
        token=token,
        currency=CURRENCY.number,
        burden=Burden.LEVEL,
        grace=5 * DAY,
        late_fee=5_00,
        late_fee_cap=20_00,
        default_after=60 * DAY,
        max_credential_age=30 * DAY,
    )
