"""What an attestor signs about a record: an ordinary credential, for lenders of other bureaus."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import zkcredit.units as units
from zkcredit._internal.checks import require_uint
from zkcredit.errors import InvalidInput
from zkcredit.history.reputation import reputation
from zkcredit.record import CreditRecord
from zkcredit.schema import COUNT_BITS, DAY_BITS
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.history.record import HistoryRecord

__all__ = ["attested_record", "attested_until"]

_MOST: Final = (1 << COUNT_BITS) - 1
_DEFAULT: Final = 4  # a default weighs as much as so many late rows


def attested_record(record: HistoryRecord, *, today: int, currency: int) -> CreditRecord:
    """Return the credential's content that an attestor signs for the holder of a record.

    The score is the reputation, a default counts as four delinquencies, and the history begins at
    the first loan. A bureau does not know incomes, so these are 0.

    Args:
        record: what the bureau keeps of the holder's pseudonym, of which the holder proved in
            ``same_holder`` that it is theirs.
        today: day of the attestation, days since 1970-01-01 UTC.
        currency: ISO 4217 number of the bureau's amounts.

    Raises:
        InvalidInput: if the record has no loan, begins after today or expired, or the currency is
            not one.
        OutOfRange: if the day is outside its range.
    """
    require_uint("today", today, DAY_BITS)
    if record.opened == 0:
        raise InvalidInput("there is nothing to attest: no loan was started under this pseudonym")
    if record.first_day > today:
        raise InvalidInput("the record begins after the day of the attestation")
    if record.open and 0 < record.good_until < today:
        day = units.format_time(record.good_until * DAY)[:10]
        raise InvalidInput(
            f"the record expired on {day}, because a row is due and its grace has ended: what it "
            "counts is no longer the truth; pay what is due, and ask again"
        )
    return CreditRecord(
        score=reputation(record),
        monthly_income=0,
        monthly_expenses=0,
        monthly_debt_service=0,
        delinquencies_24m=min(record.late + _DEFAULT * record.defaults, _MOST),
        history_months=_months(_date(record.first_day), _date(today)),
        currency=currency,
    )


def attested_until(record: HistoryRecord) -> int | None:
    """Return the last second (Unix) at which a credential about a record may be valid.

    None if nothing limits it. While a loan runs, it is the end of the day until which the record is
    good: a credential that is valid for longer could hide a lateness.
    """
    if not record.open or not record.good_until:
        return None
    return (record.good_until + 1) * DAY - 1


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * DAY, UTC).date()


def _months(first: date, last: date) -> int:
    """Return the number of whole calendar months between two days."""
    months = 12 * (last.year - first.year) + last.month - first.month
    return months - (last.day < first.day)
