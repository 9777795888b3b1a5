"""How old the arrears of a loan are, and the buckets by which reports count."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.language import marked
from zkcredit.loan.running import Standing, overdue
from zkcredit.units import DAY, currency_numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.index.loan_histories import Histories, LoanHistory

__all__ = ["MONTH", "PAR_DAYS", "Aged", "Bucket", "aged_at", "currency_of", "month_of"]

PAR_DAYS: Final = (1, 30, 60, 90)
"""Portfolio at risk is stated for arrears of more than so many days."""

MONTH: Final = 30 * DAY
"""The time between two looks at a portfolio, seconds."""


class Bucket(Enum):
    """Where a loan stands, by the oldest row that is unpaid."""

    CURRENT = marked("current")
    """Nothing is unpaid for longer than a day."""
    OVER_1 = marked("over 1 day")
    OVER_30 = marked("over 30 days")
    OVER_60 = marked("over 60 days")
    OVER_90 = marked("over 90 days")
    DEFAULTED = marked("defaulted")
    """Default was declared, and a debt is left."""
    RECOVERED = marked("recovered")
    REPAID = marked("repaid")

    @property
    def owes(self) -> bool:
        """Whether something is outstanding."""
        return self not in (Bucket.RECOVERED, Bucket.REPAID)


OWING: Final = tuple(bucket for bucket in Bucket if bucket.owes)
"""The buckets of loans on which something is outstanding, from the best to the worst."""

_LATE: Final = (Bucket.OVER_1, Bucket.OVER_30, Bucket.OVER_60, Bucket.OVER_90)
_ENDED: Final = {
    Standing.REPAID: Bucket.REPAID,
    Standing.RECOVERED: Bucket.RECOVERED,
    Standing.DEFAULTED: Bucket.DEFAULTED,
}


class Aged(NamedTuple):
    """A released loan at a time.

    Attributes:
        history: the loan.
        bucket: where it stands.
        outstanding: principal outstanding, minor units: as the market last stored it, so deferred
            interest counts from the next event on; after a default at most the debt.
        overdue_for: seconds since the oldest unpaid row was due, on the token's clock.
        restructured: whether it ever was.
        owed: what is left of the debt after a default, minor units.
    """

    history: LoanHistory
    bucket: Bucket
    outstanding: int
    overdue_for: int
    restructured: bool
    owed: int

    def at_risk(self, days: int) -> bool:
        """Return whether a row is overdue for more than so many days, or default was declared."""
        return self.bucket is Bucket.DEFAULTED or (
            self.bucket.owes and self.overdue_for > days * DAY
        )


def aged_at(histories: Histories, time: int) -> Iterator[Aged]:
    """Yield the released loans as they stood at a time (Unix seconds)."""
    for history in histories.loans:
        record = history.at(time)
        if record is None or record.running is None:
            continue
        running = record.running
        ended = _ENDED.get(running.standing)
        restructured = running.restructured > 0
        if ended is not None:
            yield Aged(history, ended, record.outstanding, 0, restructured, running.recovery_owed)
            continue
        clock = histories.clock(running.product.token, time)
        unpaid = overdue(running, clock)
        age = clock - running.due_at(unpaid[0].number) if unpaid else 0
        yield Aged(history, _bucket(age), record.outstanding, age, restructured, 0)


def _bucket(age: int) -> Bucket:
    late = sum(age > days * DAY for days in PAR_DAYS)
    return _LATE[late - 1] if late else Bucket.CURRENT


def currency_of(number: int) -> str:
    """Return a currency's letters; its number if it is unknown."""
    known = currency_numbered(number)
    return known.code if known else f"{number:03}"


def month_of(time: int) -> str:
    """Return the month of a time as text, in UTC: ``"2026-11"``."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m")
