"""What a loan costs, as the borrower is told before consenting.

Effective annual rate (EAR), by the formula of Directive 2008/48/EC, annex I, part I, which
Directive (EU) 2023/2225 keeps: the X with

    net amount paid out = Σ payment · (1 + X)^(−t),   t in years of 365 days.

Annual percentage rate (APR), by appendix J to 12 CFR part 1026 (Regulation Z): w·i, with w
unit-periods in a year and the i with

    net amount paid out = Σ payment / ((1 + f·i)·(1 + i)^t),

t whole unit-periods and the fraction f of another. The unit-period is the interval between payments
that is most frequent, the shorter if two are. Equal intervals of whole weeks count in weeks, of
which a year has 52. Intervals that can be calendar months (30k − 2 to 30.5k + 1 days for k months)
count in months, of which a year has 12. Others count in days, of which it has 365. With a single
payment the unit-period is the time to it, at most a year. An odd first period of a loan in months
counts in months of 30 days.

Numbers. Both equations are solved for v = 1/(1 + rate), in which they are increasing, by bisection
in whole multiples of 2^-192. Powers are rounded down to such multiples, so that a power of e steps
is too low by less than 2e·2^-192 of the amounts. With e below 2^32 steps that leaves more than 40
correct decimals, and rates are rounded half up to 10^-8 at the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit._internal.checks import require_instance, require_int
from zkcredit._internal.text import html_table
from zkcredit.errors import InvalidInput, LoanError, OutOfRange
from zkcredit.language import tr
from zkcredit.loan.life import Action, run
from zkcredit.loan.payment_words import days_in_words, payments_in_words
from zkcredit.loan.running import release, walk
from zkcredit.loan.table_product import Burden, TableProduct, burden_of
from zkcredit.units import DAY, money_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.loan.running import RunningLoan

__all__ = [
    "Disclosure",
    "Payment",
    "UnitPayment",
    "annual_percentage_rate",
    "disclose",
    "effective_annual_rate",
    "rate_in_words",
    "unit_periods",
]

YEAR: Final = 365 * DAY
RATE_UNIT: Final = 10**8
"""Rates are stated in 10^-8: 12 682 503 is 12.682503 %."""
_BITS: Final = 192
_ONE: Final = 1 << _BITS
_MOST: Final = 10**6  # rates above 10^6 (100 million per cent) are not stated
_WEEK: Final = 7 * DAY


class Payment(NamedTuple):
    """One payment: seconds after release, and minor units."""

    due: int
    amount: int


class UnitPayment(NamedTuple):
    """One payment: whole unit-periods after release, the fraction of another, minor units."""

    periods: int
    fraction: Fraction
    amount: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a borrower is told. Amounts are minor units, rates are in 10^-8.

    Attributes:
        principal: the amount that is lent.
        net: what is paid out: the principal less the origination fee.
        payments: every row that asks for something, at its due.
        total: the sum of the payments.
        cost: ``total − net``: what the credit costs on time.
        level: the level instalment, 0 without LEVEL rows.
        peak: the largest payment.
        average: the total for 30 days of its time, rounded up.
        ear: effective annual rate by the European formula.
        apr: annual percentage rate by Regulation Z.
        worst_total: the total if every late fee is charged and holidays are taken as early as the
            rules allow.
        worst_due: seconds from release to the last due in that case.
        currency: ISO 4217 number of the amounts; 0 if it is not said.
    """

    principal: int
    net: int
    payments: tuple[Payment, ...]
    total: int
    cost: int
    level: int
    peak: int
    average: int
    ear: int
    apr: int
    worst_total: int
    worst_due: int
    currency: int

    def in_words(self) -> tuple[str, ...]:
        """Return the figures as sentences, for a person who consents."""

        def money(amount: int) -> str:
            return money_in_words(amount, self.currency)

        first, last = self.payments[0], self.payments[-1]
        ear, apr = rate_in_words(self.ear), rate_in_words(self.apr)
        begins, ends, worst = map(days_in_words, (first.due, last.due, self.worst_due))
        return (
            tr(
                "You receive {net} of a loan of {principal}.",
                net=money(self.net),
                principal=money(self.principal),
            ),
            tr(
                "You pay {total} in {count} payments: the first is {first} after {begins}, the "
                "last {last} after {ends}, and the largest {peak}.",
                total=money(self.total),
                count=len(self.payments),
                first=money(first.amount),
                begins=begins,
                last=money(last.amount),
                ends=ends,
                peak=money(self.peak),
            ),
            tr(
                "The credit costs {cost}: {ear} a year (effective annual rate), or {apr} (annual "
                "percentage rate of Regulation Z).",
                cost=money(self.cost),
                ear=ear,
                apr=apr,
            ),
            tr(
                "With every late fee and holiday you would pay {total}, the last after {worst}.",
                total=money(self.worst_total),
                worst=worst,
            ),
        )

    def payments_in_words(self) -> tuple[str, ...]:
        """Return lines that together name each payment with its due, in order."""
        return payments_in_words(self.payments, self.currency)

    def _repr_html_(self) -> str:
        rows = [
            (days_in_words(payment.due), money_in_words(payment.amount, self.currency))
            for payment in self.payments
        ]
        return html_table("What the loan costs", ("after", "payment"), rows, note=self._told())

    def _told(self) -> str:
        return " ".join(self.in_words())


def disclose(product: TableProduct, principal: int) -> Disclosure:
    """Return what a loan of a product costs.

    Raises:
        InvalidInput: if an argument has the wrong type, or the loan is degenerate.
        OutOfRange: if the principal is outside the product's range, or a rate is above 10^6.
    """
    require_instance("product", product, TableProduct)
    schedule = product.schedule(principal)
    payments = tuple(
        Payment(row.due, entry.amount)
        for row, entry in zip(product.table.rows, schedule.instalments, strict=True)
        if entry.amount
    )
    net = principal - product.origination_fee(principal)
    worst_total, worst_due = _worst(product, principal)
    return Disclosure(
        principal=principal,
        net=net,
        payments=payments,
        total=schedule.total,
        cost=schedule.total - net,
        level=schedule.level,
        peak=burden_of(Burden.PEAK, product.table, schedule),
        average=burden_of(Burden.AVERAGE, product.table, schedule),
        ear=effective_annual_rate(net, payments),
        apr=annual_percentage_rate(net, *unit_periods(payments)),
        worst_total=worst_total + product.most_late_fees,
        worst_due=worst_due,
        currency=product.currency,
    )


def effective_annual_rate(net: int, payments: Sequence[Payment], year: int = YEAR) -> int:
    """Return the effective annual rate in 10^-8, rounded half up; the module says the formula.

    Args:
        net: what is paid out at release, minor units.
        payments: what is paid back, in the order of the dues.
        year: the length of a year in the unit of the dues; 12 if the dues count months.

    Raises:
        InvalidInput: if an argument is malformed, or less is paid back than was paid out.
        OutOfRange: if the rate is above 10^6.
    """
    flows = [UnitPayment(due, Fraction(0), amount) for due, amount in payments]
    _require_flows(net, flows)
    # dues in the largest unit that divides them all and the year, so that powers are few
    unit = gcd(year, *(flow.periods for flow in flows))
    flows = [flow._replace(periods=flow.periods // unit) for flow in flows]
    steps = year // unit
    v = _root(net, flows)
    return _rounded(Fraction(_ONE, max(_power(v, steps), 1)) - 1)


def annual_percentage_rate(net: int, flows: Sequence[UnitPayment], in_a_year: Fraction) -> int:
    """Return the annual percentage rate in 10^-8, rounded half up; the module says the formula.

    Args:
        net: what is paid out at release, minor units.
        flows: what is paid back, in order, in unit-periods.
        in_a_year: number of unit-periods in a year.

    Raises:
        InvalidInput: if an argument is malformed, or less is paid back than was paid out.
        OutOfRange: if the rate is above 10^6.
    """
    _require_flows(net, flows)
    v = _root(net, flows)
    return _rounded(in_a_year * (Fraction(_ONE, max(v, 1)) - 1))


def unit_periods(payments: Sequence[Payment]) -> tuple[list[UnitPayment], Fraction]:
    """Return payments in unit-periods, and how many of them a year has; see the module.

    Args:
        payments: what is paid back, in the order of the dues.

    Raises:
        InvalidInput: if there are no payments, or dues do not rise.
    """
    if not payments:
        raise InvalidInput("a loan has at least one payment")
    dues = [payment.due for payment in payments]
    if any(late <= early for early, late in pairwise([0, *dues])):
        raise InvalidInput("order the payments by their dues, which are above 0")
    if len(dues) == 1:
        unit = min(dues[0], YEAR)
        return _in_units(payments, unit), Fraction(YEAR, unit)
    gaps = [late - early for early, late in pairwise(dues)]
    if len(set(gaps)) == 1 and not gaps[0] % _WEEK:
        return _in_units(payments, gaps[0]), Fraction(52, gaps[0] // _WEEK)
    months = [_month_of(gap) for gap in gaps]
    if all(months):
        unit = _most_frequent(months)
        if all(not count % unit for count in months):
            return _in_months(payments, [count // unit for count in months], unit)
    unit = _most_frequent(gaps)
    return _in_units(payments, unit), Fraction(YEAR, unit)


# --- the two equations ----------------------------------------------------------------------------


def _root(net: int, flows: Sequence[UnitPayment]) -> int:
    """Return v = 1/(1 + i) in 2^-192, rounded down, at which the flows are worth ``net``."""
    low, high = 0, _ONE + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _worth(flows, middle) <= net << _BITS:
            low = middle
        else:
            high = middle
    return low


def _worth(flows: Sequence[UnitPayment], v: int) -> int:
    """Return the present value of the flows in 2^-192 minor units."""
    powers: dict[int, int] = {}
    worth, discount, before = 0, _ONE, 0
    for periods, fraction, amount in flows:
        step = periods - before
        if step not in powers:
            powers[step] = _power(v, step)
        discount = discount * powers[step] >> _BITS
        before = periods
        here = discount
        if fraction:  # 1/(1 + f·i) = v/(v + f·(1 − v))
            p, q = fraction.as_integer_ratio()
            here = discount * v * q // (v * q + p * (_ONE - v))
        worth += amount * here
    return worth


def _power(v: int, exponent: int) -> int:
    result = _ONE
    while exponent:
        if exponent & 1:
            result = result * v >> _BITS
        v = v * v >> _BITS
        exponent >>= 1
    return result


def _rounded(rate: Fraction) -> int:
    if rate > _MOST:
        raise OutOfRange("the credit costs more than 100 million per cent a year: lower the rates")
    return int((2 * rate * RATE_UNIT + 1) // 2)


def _require_flows(net: int, flows: Sequence[UnitPayment]) -> None:
    if require_int("net", net) < 1:
        raise InvalidInput("the amount paid out must be above 0")
    if any(require_int("an amount", flow.amount) < 0 for flow in flows):
        raise InvalidInput("a payment must not be negative")
    places = [flow.periods + flow.fraction for flow in flows]
    if any(late < early for early, late in pairwise([Fraction(0), *places])):
        raise InvalidInput("order the payments by their time, which is not before release")
    if any(late.periods < early.periods for early, late in pairwise(flows)):
        raise InvalidInput("order the payments by their time, which is not before release")
    if sum(flow.amount for flow in flows) < net:
        raise InvalidInput("less is paid back than was paid out: there is no rate of 0 or above")
    if not places or not places[-1]:
        raise InvalidInput("at least one payment must come after release")


# --- unit-periods ---------------------------------------------------------------------------------


def _month_of(gap: int) -> int:
    """Return how many months a time is, or 0: k calendar months have 30k − 2 to 30.5k + 1 days."""
    count = (24 * gap + YEAR) // (2 * YEAR)
    return count if (30 * count - 2) * DAY <= gap and 2 * gap <= (61 * count + 2) * DAY else 0


def _in_months(
    payments: Sequence[Payment], gaps: Sequence[int], unit: int
) -> tuple[list[UnitPayment], Fraction]:
    """Return payments in units of so many months; an odd first period counts months of 30 days."""
    first = payments[0].due
    count, fraction = _month_of(first), Fraction(0)
    if count % unit or not count:
        count, rest = divmod(first, 30 * DAY * unit)
        fraction = Fraction(rest, 30 * DAY * unit)
    else:
        count //= unit
    flows = [UnitPayment(count, fraction, payments[0].amount)]
    for payment, gap in zip(payments[1:], gaps, strict=True):
        count += gap
        flows.append(UnitPayment(count, fraction, payment.amount))
    return flows, Fraction(12, unit)


def _most_frequent(values: Sequence[int]) -> int:
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value))


def _in_units(payments: Sequence[Payment], unit: int) -> list[UnitPayment]:
    return [
        UnitPayment(due // unit, Fraction(due % unit, unit), amount) for due, amount in payments
    ]


# --- the worst case, and words --------------------------------------------------------------------


def _worst(product: TableProduct, principal: int) -> tuple[int, int]:
    """Return total and last due when every holiday is taken as early as the rules allow."""
    loan = release(product, principal, 0)
    while step := next((step for step in walk(loan) if step.open), None):
        held = _held(loan, loan.begins_at(step.number))
        if held is not None:
            loan = held
            continue
        due = loan.due_at(step.number)
        loan, _ = run(Action.REPAY, loan, step.open, due)
    return loan.received, loan.due_at(len(product.table.rows) - 1)


def _held(loan: RunningLoan, now: int) -> RunningLoan | None:
    if loan.holidays == loan.product.holidays:
        return None
    try:
        return run(Action.HOLIDAY, loan, 0, now)[0]
    except (LoanError, OutOfRange):
        return None


def rate_in_words(rate: int) -> str:
    """Return a rate of 10^-8 as people write it, rounded half up: ``"12.87 %"``."""
    hundredths = (rate + 5_000) // 10_000
    return f"{hundredths // 100}.{hundredths % 100:02d} %"
