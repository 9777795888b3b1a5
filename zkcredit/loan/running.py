"""The state of a running loan, and what it owes at a time.

A loan is a value: nothing here changes it. Its unpaid rows move together when a holiday postpones
them, so one number, ``shift``, is enough for the dates. Row k has begun when the row before it has
fallen due (the due second counts), and row 0 at release.

What a row asks for follows from the balance before it. To see later rows, ``walk`` runs the table
on from the present balance as if every row were paid in full. The level is computed when the first
LEVEL row is reached, and is kept until a relief sets it back to 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.loan.table import Kind, RowResult, level_from, run_row
from zkcredit.loan.table_product import TableProduct
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Quote", "RunningLoan", "Standing", "Step", "quote_of", "release", "walk"]


class Standing(Enum):
    """Where a released loan stands. Repaid and recovered are final."""

    ACTIVE = "active"
    REPAID = "repaid"
    DEFAULTED = "defaulted"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class RunningLoan:
    """A released loan. Amounts are minor units, times are Unix seconds.

    Attributes:
        product: what was promised; another one after a restructuring.
        principal: the amount lent, on which lenders' claims stand; it never changes.
        base: the amount that shares refer to: the principal until a prepayment lowers it.
        balance: principal outstanding after the rows that are paid, with deferred interest.
        started_at: time of release, or of the last restructuring.
        standing: where the loan stands.
        paid: number of rows behind the loan: paid in full, or passed because they ask for nothing.
        credit: amount paid towards the next row that asks for something.
        level: the level in force; 0 until the first LEVEL row is reached.
        shift: seconds by which holidays have postponed the unpaid rows.
        holidays: number of holidays taken.
        held: value of ``paid`` when the last holiday was taken, or -1.
        assessed: number of rows whose lateness has been judged.
        fees_charged: late fees charged so far.
        fees_owed: late fees charged and not paid.
        received: everything paid in; it never falls.
        recovery_owed: what is left of the debt after a default.
        restructured: number of restructurings.
        recovered_at: time at which a defaulted debt was paid in full; 0 before.
    """

    product: TableProduct
    principal: int
    base: int
    balance: int
    started_at: int
    standing: Standing = Standing.ACTIVE
    paid: int = 0
    credit: int = 0
    level: int = 0
    shift: int = 0
    holidays: int = 0
    held: int = -1
    assessed: int = 0
    fees_charged: int = 0
    fees_owed: int = 0
    received: int = 0
    recovery_owed: int = 0
    restructured: int = 0
    recovered_at: int = 0

    def due_at(self, number: int) -> int:
        """Return when an unpaid row falls due, in Unix seconds."""
        return self.started_at + self.product.table.rows[number].due + self.shift

    def begins_at(self, number: int) -> int:
        """Return when an unpaid row begins: when the row before it falls due, or at release."""
        if not number:
            return self.started_at + self.shift
        return self.due_at(number - 1)

    def begun(self, now: int) -> int:
        """Return the number of rows that have begun, and of those that are paid already."""
        count = self.paid
        while count < len(self.product.table.rows) and self.begins_at(count) <= now:
            count += 1
        return count


class Step(NamedTuple):
    """A row ahead of the loan: its number, what it does, what of it is unpaid, and the level."""

    number: int
    result: RowResult
    open: int
    level: int


class Quote(NamedTuple):
    """What a loan costs at a time, in minor units.

    Attributes:
        overdue: the unpaid part of the rows that have fallen due.
        fees: late fees owed.
        remaining: everything left of the schedule and the fees; paying it closes the loan.
        settlement: what closing the loan costs now: interest of rows that have not begun is saved.
        next_due_at: when the next row falls due that asks for something, Unix seconds; 0 if none.
        defaultable: whether default can be declared.
    """

    overdue: int
    fees: int
    remaining: int
    settlement: int
    next_due_at: int
    defaultable: bool


def release(product: TableProduct, principal: int, now: int) -> RunningLoan:
    """Return the loan that begins when the money is paid out.

    Raises:
        InvalidInput: if an argument has the wrong type, or the loan is degenerate.
        OutOfRange: if the principal is outside the product's range, or the time is.
    """
    require_instance("product", product, TableProduct).schedule(principal)
    require_uint("now", now, TIME_BITS)
    return RunningLoan(product, principal, principal, principal, now)


def walk(loan: RunningLoan) -> Iterator[Step]:
    """Run the unpaid rows on from the present balance, each as if those before it were paid."""
    table, balance, credit, level = loan.product.table, loan.balance, loan.credit, loan.level
    for number in range(loan.paid, len(table.rows)):
        row = table.rows[number]
        if row.kind is Kind.LEVEL and not level:
            level = level_from(table.rows[number:], balance, loan.base, table.rounding)
        result = run_row(row, balance, loan.base, level)
        used = min(credit, result.amount)
        yield Step(number, result, result.amount - used, level)
        credit -= used
        balance = result.balance


def settlement(loan: RunningLoan, now: int) -> int:
    """Return what closes an active loan, once late fees are assessed.

    The balance and the interest of unpaid rows that have begun, as the schedule would charge it,
    less the credit, and the fees owed. A credit above balance and interest is not paid back.
    """
    begun = loan.begun(now)
    interest = sum(step.result.interest for step in walk(loan) if step.number < begun)
    return max(loan.balance + interest - loan.credit, 0) + loan.fees_owed


def overdue(loan: RunningLoan, now: int, delay: int = -1) -> list[Step]:
    """Return unpaid rows that fell due more than ``delay`` seconds ago and ask for something."""
    # rows are in the order of their days
    due = takewhile(lambda step: loan.due_at(step.number) + delay < now, walk(loan))
    return [step for step in due if step.open]


def is_defaultable(loan: RunningLoan, now: int) -> bool:
    """Return whether default can be declared for an active loan whose fees are assessed."""
    delay = loan.product.default_after
    last = len(loan.product.table.rows) - 1
    return bool(overdue(loan, now, delay) or (loan.fees_owed and loan.due_at(last) + delay < now))


def quote_of(loan: RunningLoan, now: int) -> Quote:
    """Return what a loan costs, once late fees are assessed (see ``zkcredit.loan.life.quote``)."""
    if loan.standing is Standing.DEFAULTED:
        return Quote(0, 0, loan.recovery_owed, loan.recovery_owed, 0, defaultable=False)
    if loan.standing is not Standing.ACTIVE:
        return Quote(0, 0, 0, 0, 0, defaultable=False)
    ahead = [step for step in walk(loan) if step.open]
    return Quote(
        sum(step.open for step in overdue(loan, now)),
        loan.fees_owed,
        sum(step.open for step in ahead) + loan.fees_owed,
        settlement(loan, now),
        loan.due_at(ahead[0].number) if ahead else 0,
        is_defaultable(loan, now),
    )
