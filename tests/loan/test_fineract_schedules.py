"""Schedules that Apache Fineract publishes in its end-to-end tests, and where ours differ, and why.

The figures are those of the scenarios in ``fineract-e2e-tests-runner/src/test/resources/features``
of apache/fineract: C… in ``EMICalculation-Part1.feature`` (commit 80821e8a6890), BL01 in
``LoanBulletBalloon.feature`` (60d645f9ef6a), RS… in ``LoanRepayment.feature`` and the re-aged loans
in ``LoanReAging.feature`` (4198b0bcf9a9). Amounts are cents.

Where a schedule differs, a test shows that the reason is the whole difference: with the one change
that it names, every amount is equal.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import NamedTuple

import pytest
from support.loan.table_cases import DAY

from zkcredit.loan import Kind, Period, Rounding, Row, Table, TableProduct
from zkcredit.loan.builders import bullet, consumer, education, season
from zkcredit.loan.life import Action, quote, run
from zkcredit.loan.periods import DayCount, calendar_months, days_apart
from zkcredit.loan.running import release, walk
from zkcredit.loan.table import run_row
from zkcredit.policy import Policy
from zkcredit.units import parts_per_billion

HALF_UP = Rounding.HALF_UP
DECEMBER, JANUARY, NOVEMBER = date(2023, 12, 12), date(2024, 1, 1), date(2022, 11, 1)


def rate(text):
    return parts_per_billion(text)


# a fortnight under 30/360, where its 14 days are 14/360 of a year
FORTNIGHTS = [Period(due, Fraction(14, 360)) for due, _ in days_apart(6, 14)]
# no interest for three months, then that of four, then that of one
FREE_FOR_THREE = Table.of(
    [
        *(Row(due, charged, Kind.INTEREST) for due, charged in zip(
            [period.due for period in calendar_months(NOVEMBER, 6)],
            [0, 0, 0, 4 * 10**7, 10**7, 10**7], strict=True)),
        *(row for row in education(rate("12"), calendar_months(NOVEMBER, 18), 6).rows[6:]),
    ],
    HALF_UP,
)  # fmt: skip


class Published(NamedTuple):
    """A scenario: its name, our table for it, the principal, and the amounts that are published."""

    name: str
    table: Table
    principal: int
    amounts: list[int]


EQUAL = [
    Published("C3154", consumer(rate("12"), calendar_months(JANUARY, 6), HALF_UP), 10_000,
              [1_725] * 5 + [1_728]),
    Published("C3155", consumer(rate("9.4822"), calendar_months(JANUARY, 6), HALF_UP), 10_000,
              [1_713] * 6),
    Published("C3157", consumer(rate("12"), calendar_months(JANUARY, 3, every=2), HALF_UP), 10_000,
              [3_468, 3_468, 3_467]),
    Published("C3158", consumer(rate("9.4822"), FORTNIGHTS, HALF_UP), 10_000,
              [1_688] * 5 + [1_690]),
    Published("C3159", consumer(rate("12"), calendar_months(JANUARY, 6, DayCount.ACT_365), HALF_UP),
              10_000, [1_725] * 5 + [1_728]),
    # the level that makes the last amount nearest is searched; here it is the one rounded up
    Published("C3164", consumer(rate("10.65"), calendar_months(DECEMBER, 5, DayCount.ACT_ACT)),
              33_177, [6_814] * 4 + [6_812]),
    Published("C3165", consumer(rate("12.3"), calendar_months(JANUARY, 5)), 7_500,
              [1_547] * 4 + [1_545]),
    Published("BL01", bullet(rate("30"), calendar_months(JANUARY, 8)), 10_000,
              [250] * 7 + [10_250]),
    # each part of principal is rounded half up there, so the share is that of 277.78
    Published("RS04", season(rate("12"), calendar_months(NOVEMBER, 18), [55_556_000] * 17), 500_000,
              [32_778, 32_500, 32_222, 31_945, 31_667, 31_389, 31_111, 30_834, 30_556, 30_278,
               30_000, 29_722, 29_445, 29_167, 28_889, 28_611, 28_334, 28_052]),
    Published("down payment, without interest",
              consumer(0, calendar_months(date(2022, 1, 1), 3), HALF_UP), 75_000, [25_000] * 3),
]  # fmt: skip

WHOLE_UNITS = [
    Published("RS02", consumer(rate("12"), calendar_months(NOVEMBER, 18), HALF_UP), 500_000,
              [30_500] * 17 + [30_322]),
    Published("RS03",
              consumer(rate("12"), calendar_months(NOVEMBER, 18, DayCount.ACT_365), HALF_UP),
              500_000, [30_500] * 17 + [30_233]),
    Published("RS05", education(rate("12"), calendar_months(NOVEMBER, 18), 3, "pay", HALF_UP),
              500_000, [5_000] * 3 + [36_100] * 14 + [35_487]),
    Published("RS06", education(rate("12"), calendar_months(NOVEMBER, 18), 6, "pay", HALF_UP),
              500_000, [5_000] * 6 + [44_400] * 11 + [44_709]),
    Published("RS07", FREE_FOR_THREE, 500_000,
              [0, 0, 0, 20_000, 5_000, 5_000] + [44_400] * 11 + [44_709]),
]  # fmt: skip

SPLIT_YEARS = [
    Published("C3152",
              consumer(rate("12"), calendar_months(DECEMBER, 6, DayCount.ACT_ACT), HALF_UP),
              1_000_000, [172_556] * 5 + [172_559]),
    Published("C3153",
              consumer(rate("9.4822"), calendar_months(DECEMBER, 6, DayCount.ACT_ACT), HALF_UP),
              1_000_000, [171_312] * 5 + [171_315]),
]  # fmt: skip


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def amounts_at(table, principal, level):
    balance, found = principal, []
    for row in table.rows:
        result = run_row(row, balance, principal, level)
        found.append(result.amount)
        balance = result.balance
    return found


def test_there_are_enough_of_them():
    assert len(EQUAL) + len(WHOLE_UNITS) + len(SPLIT_YEARS) >= 12


@named(EQUAL)
def test_schedules_are_equal_to_the_cent(case):
    assert list(case.table.schedule(case.principal).amounts) == case.amounts


@named(WHOLE_UNITS)
def test_instalments_differ_where_that_product_rounds_them_to_whole_euros(case):
    """The product rounds an instalment to a multiple of 1.00; a table rounds it to the cent."""
    schedule = case.table.schedule(case.principal)
    level = max(set(case.amounts), key=case.amounts.count)
    assert list(schedule.amounts) != case.amounts
    assert level == (schedule.level + 50) // 100 * 100
    assert amounts_at(case.table, case.principal, level) == case.amounts


@named(SPLIT_YEARS)
def test_instalments_differ_where_a_period_crosses_a_year(case):
    """There a period counts its last day and not its first; ISDA's rule counts the first.

    So 12 December to 12 January has 19 days of 2023 and 12 of 2024 there, and 20 and 11 here.
    """
    schedule = case.table.schedule(case.principal)
    assert list(schedule.amounts) != case.amounts
    assert max(abs(a - b) for a, b in zip(schedule.amounts, case.amounts, strict=True)) <= 4
    annual = {"C3152": rate("12"), "C3153": rate("9.4822")}[case.name]
    first = (2 * annual * (Fraction(19, 365) + Fraction(12, 366)) + 1) // 2
    rows = (case.table.rows[0]._replace(rate=int(first)), *case.table.rows[1:])
    assert list(Table(rows, HALF_UP).schedule(case.principal).amounts) == case.amounts


# --- re-aged loans --------------------------------------------------------------------------------


def offer(table):
    return TableProduct(table, Policy(), 1_000, 10**9, "0x" + "ab" * 20)


@pytest.mark.parametrize(
    ("dues", "amounts"),
    [
        ([10, 41, 71, 102, 132, 163], [12_500] * 6),
        ([19, 49], [37_500] * 2),
    ],
    ids=["six months", "two periods of 30 days"],
)
def test_a_loan_without_interest_is_re_aged(dues, amounts):
    """750.00 in three rows of 15 days; on 20 February 2024 nothing is paid, and it is re-aged."""
    start = 1_704_067_200  # 1 January 2024
    loan = release(offer(consumer(0, days_apart(3, 15), HALF_UP)), 75_000, start)
    rows = [Row(day * DAY, 0, Kind.LEVEL) for day in dues[:-1]] + [
        Row(dues[-1] * DAY, 0, Kind.REST)
    ]
    now = start + 50 * DAY
    assert quote(loan, now).overdue == 75_000
    loan, _ = run(Action.RESTRUCTURE, loan, 0, now, offer(Table.of(rows, HALF_UP)))
    assert [step.open for step in walk(loan)] == amounts
    # finding 35: a re-aged loan closes when its rows are paid
    assert run(Action.REPAY, loan, sum(amounts), now)[0].standing.value == "repaid"
