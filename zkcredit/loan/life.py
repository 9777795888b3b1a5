"""The life of a loan: pure steps from one state to the next.

``run(action, loan, amount, now)`` takes a state and returns the next one; it never changes what it
is given, and a step that is refused changes nothing. Before every step the loan is brought up to
the time: rows that ask for nothing are passed when they fall due, and late fees are charged.

- Repay. A payment goes to rows that have begun, oldest first, then to late fees, then to later
  rows; what is more than the whole debt is not taken. What does not cover a row stays as credit. A
  payment passes rows that ask for nothing only if it covers the row after them; until then their
  interest is not added to the balance.
- Late fee. A row that is not paid in full when its grace is over costs the fee, once, until all
  fees of the loan reach the cap. Fees carry no interest.
- Settle. It closes the loan for the balance, the interest of rows that have begun, and the fees.
- Prepay. The interest of the row that has begun is paid, and the rest lowers the balance. The level
  is computed again for the rows that remain; shares refer to what is left: the base is multiplied
  by the new balance over the old one, rounded down.
- Holiday. The interest of the row that runs, less what was paid towards it, is added to the
  balance, every unpaid row moves by the time from the due before to this one, and the level is
  computed again.
- Restructure. The settlement becomes the balance of another product's table, from now on.
- Default. The settlement becomes the debt, and no more interest or fee is charged.

The market decides who may ask for a step and moves the money; here are only the numbers.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.errors import InvalidInput, LoanError, OutOfRange
from zkcredit.loan.running import (
    Quote,
    RunningLoan,
    Standing,
    is_defaultable,
    overdue,
    quote_of,
    settlement,
    walk,
)
from zkcredit.loan.table import Kind, row_interest
from zkcredit.loan.table_product import TableProduct
from zkcredit.schema import AMOUNT_BITS, TIME_BITS
from zkcredit.units import DAY

__all__ = ["Action", "Outcome", "quote", "rehabilitated_at", "run"]


class Action(Enum):
    """A step of a loan."""

    REPAY = "repay"
    SETTLE = "settle"
    PREPAY = "prepay"
    HOLIDAY = "holiday"
    RESTRUCTURE = "restructure"
    DEFAULT = "default"


class Outcome(NamedTuple):
    """What a step did besides changing the state.

    Attributes:
        taken: money that is paid in, minor units.
        late: number of rows found late.
        charged: late fees charged for them, minor units.
    """

    taken: int
    late: int
    charged: int


def run(
    action: Action, loan: RunningLoan, amount: int, now: int, product: TableProduct | None = None
) -> tuple[RunningLoan, Outcome]:
    """Take one step, and return the next state with what happened.

    Args:
        action: the step.
        loan: the state before it.
        amount: minor units: of REPAY and PREPAY what is offered, of SETTLE the most that may be
            taken; 0 for the others.
        now: Unix seconds, not before the loan's start.
        product: of RESTRUCTURE the product that replaces the present one.

    Raises:
        InvalidInput: if an argument has the wrong type, an amount is missing or given in vain, or a
            restructured loan is degenerate.
        OutOfRange: if a number is outside its range.
        LoanError: if the loan does not allow the step now.
    """
    require_instance("action", action, Action)
    require_uint("amount", amount, AMOUNT_BITS)
    if (product is not None) != (action is Action.RESTRUCTURE):
        raise InvalidInput("a restructuring, and no other step, needs a product")
    if action in (Action.REPAY, Action.PREPAY, Action.SETTLE):
        if not amount:
            raise InvalidInput(f"{action.value} needs an amount above 0")
    elif amount:
        raise InvalidInput(f"{action.value} takes no money: leave the amount 0")
    if action is Action.REPAY and loan.standing is Standing.DEFAULTED:
        return _recovered(loan, amount, now)
    loan, late, charged = _brought_up(loan, now)
    if action is Action.REPAY:
        loan, taken = _repaid(loan, amount, now)
    elif action is Action.PREPAY:
        loan, taken = _prepaid(loan, amount, now), amount
    elif action is Action.SETTLE:
        loan, taken = _settled(loan, amount, now)
    else:
        taken = 0
        if action is Action.HOLIDAY:
            loan = _with_holiday(loan, now)
        elif product is not None:
            loan = _restructured(loan, product, now)
        else:
            loan = _defaulted(loan, now)
    return loan, Outcome(taken, late, charged)


def quote(loan: RunningLoan, now: int) -> Quote:
    """Return what a loan costs at a time, with the late fees that are due by then.

    Raises:
        InvalidInput: if an argument has the wrong type.
        OutOfRange: if the time is before the loan's start, or not below 2^40.
    """
    if loan.standing is Standing.ACTIVE:
        loan = _brought_up(loan, now)[0]
    return quote_of(loan, now)


def rehabilitated_at(loan: RunningLoan, rehabilitation: int) -> int | None:
    """Return when a borrower who defaulted may borrow again, in Unix seconds; None if never.

    Args:
        loan: the loan.
        rehabilitation: seconds after the recovery; 0 means that a default is never forgotten.

    Raises:
        InvalidInput: if the loan did not default, or the time is not an int.
        OutOfRange: if the time is not below 2^40.
    """
    require_uint("rehabilitation", rehabilitation, TIME_BITS)
    if loan.standing not in (Standing.DEFAULTED, Standing.RECOVERED):
        raise InvalidInput("only a loan that defaulted is rehabilitated")
    if loan.standing is Standing.DEFAULTED or not rehabilitation:
        return None
    return loan.recovered_at + rehabilitation


# --- before every step ----------------------------------------------------------------------------


def _brought_up(loan: RunningLoan, now: int) -> tuple[RunningLoan, int, int]:
    """Pass rows that ask for nothing and have fallen due; judge lateness; charge its fees."""
    require_uint("now", now, TIME_BITS, minimum=loan.started_at)
    if loan.standing is not Standing.ACTIVE:
        raise LoanError(f"the loan is {loan.standing.value}: only an active loan allows this step")
    for step in walk(loan):
        if step.result.amount or loan.due_at(step.number) > now:
            break
        loan = replace(loan, paid=step.number + 1, balance=step.result.balance)
    found = overdue(loan, now, loan.product.grace)
    late = sum(step.number >= loan.assessed for step in found)
    fees = min(late * loan.product.late_fee, loan.product.late_fee_cap - loan.fees_charged)
    loan = replace(
        loan,
        assessed=max(loan.assessed, found[-1].number + 1 if found else 0),
        fees_charged=loan.fees_charged + fees,
        fees_owed=loan.fees_owed + fees,
    )
    return loan, late, fees


# --- money ----------------------------------------------------------------------------------------


def _pay_rows(loan: RunningLoan, end: int, budget: int) -> tuple[RunningLoan, int]:
    """Pay rows before ``end`` in order, and return what was spent."""
    left = budget
    for step in walk(loan):
        if step.number >= end:
            break
        if not step.result.amount:
            continue  # passed with the next row that asks for something
        if step.open > left:
            return replace(loan, credit=loan.credit + left), budget
        left -= step.open
        loan = replace(
            loan,
            paid=step.number + 1,
            balance=step.result.balance,
            credit=loan.credit - (step.result.amount - step.open),
            level=step.level,
        )
    return loan, budget - left


def _repaid(loan: RunningLoan, amount: int, now: int) -> tuple[RunningLoan, int]:
    loan, spent = _pay_rows(loan, loan.begun(now), amount)
    fees = min(loan.fees_owed, amount - spent)
    loan = replace(loan, fees_owed=loan.fees_owed - fees)
    loan, more = _pay_rows(loan, len(loan.product.table.rows), amount - spent - fees)
    taken = spent + fees + more
    return _closed_if_paid(replace(loan, received=loan.received + taken)), taken


def _closed_if_paid(loan: RunningLoan) -> RunningLoan:
    rows = len(loan.product.table.rows)
    if loan.fees_owed or (loan.balance and loan.paid < rows):
        return loan
    return replace(loan, standing=Standing.REPAID, paid=rows)


def _settled(loan: RunningLoan, limit: int, now: int) -> tuple[RunningLoan, int]:
    cost = settlement(loan, now)
    if cost > limit:
        raise LoanError(f"settling costs {cost} minor units, more than the limit: raise the limit")
    loan = replace(loan, balance=0, credit=0, fees_owed=0, received=loan.received + cost)
    return _closed_if_paid(loan), cost


def _prepaid(loan: RunningLoan, amount: int, now: int) -> RunningLoan:
    _require_no_arrears(loan, now, "a prepayment")
    row = loan.product.table.rows[loan.paid]
    running = loan.begins_at(loan.paid) <= now
    interest = row_interest(loan.balance, row.rate) if running else 0
    money = amount + loan.credit
    if money <= interest:
        raise LoanError(
            f"the interest of the row that runs comes first: pay more than {interest - loan.credit}"
        )
    if money - interest >= loan.balance:
        raise LoanError("this pays the whole balance: settle the loan")
    balance = loan.balance - (money - interest)
    loan = replace(
        loan,
        base=loan.base * balance // loan.balance,
        balance=balance,
        # the interest of the row that runs is paid, on what is left of the balance too
        credit=row_interest(balance, row.rate) if running else 0,
        level=0,
        received=loan.received + amount,
    )
    return _pay_rows(loan, loan.begun(now), 0)[0]


def _recovered(loan: RunningLoan, amount: int, now: int) -> tuple[RunningLoan, Outcome]:
    require_uint("now", now, TIME_BITS, minimum=loan.started_at)
    taken = min(amount, loan.recovery_owed)
    owed = loan.recovery_owed - taken
    loan = replace(loan, recovery_owed=owed, received=loan.received + taken)
    if not owed:
        loan = replace(loan, standing=Standing.RECOVERED, recovered_at=now)
    return loan, Outcome(taken, 0, 0)


# --- relief and default ---------------------------------------------------------------------------


def _require_no_arrears(loan: RunningLoan, now: int, what: str) -> None:
    if overdue(loan, now) or loan.fees_owed:
        raise LoanError(f"{what} needs a loan without arrears: pay what is overdue, and its fees")


def _with_holiday(loan: RunningLoan, now: int) -> RunningLoan:
    if loan.holidays >= loan.product.holidays:
        raise LoanError(f"the product gives {loan.product.holidays} holidays, and all are taken")
    _require_no_arrears(loan, now, "a holiday")
    number = loan.paid
    row = loan.product.table.rows[number]
    if loan.held == number:
        raise LoanError("two holidays in a row are not given: pay the next row first")
    if loan.begins_at(number) > now:
        raise LoanError(
            "the next row is not running yet: a holiday postpones the row that runs",
            loan.begins_at(number),
        )
    if row.kind is Kind.DEFER:
        raise LoanError("the row that runs asks for nothing", loan.due_at(number))
    if now + DAY > loan.due_at(number):
        raise LoanError(
            "a holiday is taken at least a day before the due: pay this row, and take the holiday "
            "in the next"
        )
    balance = loan.balance + row_interest(loan.balance, row.rate) - loan.credit
    loan = replace(
        loan,
        balance=balance,
        credit=0,
        level=0,
        shift=loan.shift + loan.due_at(number) - loan.begins_at(number),
        holidays=loan.holidays + 1,
        held=number,
    )
    _require_bounded(loan)
    return loan


def _restructured(loan: RunningLoan, product: TableProduct, now: int) -> RunningLoan:
    require_instance("product", product, TableProduct)
    if (product.token, product.token_unit) != (loan.product.token, loan.product.token_unit):
        raise InvalidInput("a restructured loan keeps its token and its unit")
    debt = settlement(loan, now)
    if not product.min_principal <= debt <= product.max_principal:
        raise OutOfRange(
            f"the debt is {debt} minor units: the new product lends {product.min_principal} to "
            f"{product.max_principal}"
        )
    product.schedule(debt)
    loan = RunningLoan(
        product,
        principal=loan.principal,
        base=debt,
        balance=debt,
        started_at=now,
        received=loan.received,
        restructured=loan.restructured + 1,
    )
    _require_bounded(loan)
    return loan


def _defaulted(loan: RunningLoan, now: int) -> RunningLoan:
    if not is_defaultable(loan, now):
        first = next((step.number for step in walk(loan) if step.open), None)
        last = len(loan.product.table.rows) - 1
        due = loan.due_at(last if first is None else first)
        raise LoanError(
            "no row, and no fee after the last, is unpaid for longer than default_after",
            due + loan.product.default_after + 1,
        )
    return replace(
        loan,
        standing=Standing.DEFAULTED,
        recovery_owed=settlement(loan, now),
        credit=0,
        fees_owed=0,
    )


def _require_bounded(loan: RunningLoan) -> None:
    ahead = sum(step.open for step in walk(loan))
    if (loan.received + ahead + loan.product.most_late_fees) >> AMOUNT_BITS:
        raise OutOfRange("the loan would ask for 2^48 minor units or more in all")
