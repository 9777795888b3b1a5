"""Builders: golden tables of a thousand at 12 % a year, and what they refuse."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan import Kind, Rounding, Table
from zkcredit.loan.builders import (
    bullet,
    consumer,
    education,
    equal_principal,
    fortnightly,
    season,
    weekly,
)
from zkcredit.loan.periods import DayCount, calendar_months, months, on_dates
from zkcredit.units import parts_per_billion

TWELVE = parts_per_billion("12")
HARVESTS = on_dates(date(2026, 3, 1), [date(2026, 9, 1), date(2026, 11, 1)], DayCount.ACT_365)


def kinds(table):
    return "".join(row.kind.name[0] for row in table.rows)


@pytest.mark.parametrize(
    ("table", "shape", "first", "last", "level"),
    [
        (consumer(TWELVE, months(12)), "L" * 11 + "R", 8_885, 8_884, 8_885),
        (consumer(TWELVE, months(12), Rounding.HALF_UP), "L" * 11 + "R", 8_885, 8_884, 8_885),
        (equal_principal(TWELVE, months(12)), "S" * 11 + "R", 9_333, 8_420, 0),
        (bullet(TWELVE, months(6)), "I" * 5 + "R", 1_000, 101_000, 0),
        (season(TWELVE, HARVESTS, [600_000_000]), "SR", 66_049, 40_802, 0),
        (season(TWELVE, HARVESTS, [0]), "DR", 0, 108_176, 0),
        (education(TWELVE, months(18), 6), "D" * 6 + "L" * 11 + "R", 0, 9_427, 9_432),
        (education(TWELVE, months(18), 6, "pay"), "I" * 6 + "L" * 11 + "R", 1_000, 8_884, 8_885),
        (education(TWELVE, months(18), 6, "free"), "D" * 6 + "L" * 11 + "R", 0, 8_884, 8_885),
        (weekly(TWELVE, 52), "L" * 51 + "R", 2_043, 2_024, 2_043),
        (fortnightly(TWELVE, 26), "L" * 25 + "R", 4_090, 4_082, 4_090),
    ],
)  # fmt: skip
def test_golden_tables(table, shape, first, last, level):
    schedule = table.schedule(100_000)
    assert kinds(table) == shape
    assert (schedule.amounts[0], schedule.amounts[-1], schedule.level) == (first, last, level)


def test_the_rate_of_a_row_is_the_years_rate_for_its_period():
    table = consumer(parts_per_billion("14.07"), months(3))
    assert {row.rate for row in table.rows} == {11_725_000}
    dated = consumer(TWELVE, calendar_months(date(2024, 1, 31), 3, DayCount.ACT_ACT))
    assert [row.rate for row in dated.rows] == [9_508_197, 10_163_934, 9_836_066]


@given(st.integers(0, 10**9), st.integers(1, 120))
def test_every_builder_makes_a_table(rate, count):
    for build in (consumer, equal_principal, bullet):
        table = build(rate, months(count))
        assert Table.decode(table.encode(), table.rounding) == table
        assert table.rows[-1].kind is Kind.REST


@pytest.mark.parametrize("text", ["14.12345678", "1,5", "", "abc", "1e3", None, 1.5])
def test_per_cent_are_exact(text):
    with pytest.raises(InvalidInput):
        parts_per_billion(text)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: consumer(TWELVE, ()), OutOfRange, "at least one period"),
        (lambda: equal_principal(TWELVE, ()), OutOfRange, "at least one period"),
        (lambda: bullet(TWELVE, ()), OutOfRange, "at least one period"),
        (lambda: consumer(-1, months(5)), OutOfRange, "annual_rate"),
        (lambda: consumer(2**48, months(5)), OutOfRange, "annual_rate"),
        (lambda: consumer(0.12, months(5)), InvalidInput, "annual_rate"),
        (lambda: consumer("12", months(5)), InvalidInput, "annual_rate"),
        (lambda: consumer(TWELVE, months(5), 1), InvalidInput, "rounding"),
        (lambda: season(TWELVE, HARVESTS, []), InvalidInput, "a share for every period"),
        (lambda: season(TWELVE, HARVESTS, [5, 5]), InvalidInput, "a share for every period"),
        (lambda: season(TWELVE, HARVESTS, [10**9 + 1]), OutOfRange, "share of row 0"),
        (lambda: season(TWELVE, HARVESTS, [-1]), OutOfRange, "share of row 0"),
        (lambda: season(TWELVE, months(3), [6 * 10**8] * 2), InvalidInput, "more than one"),
        (lambda: season(TWELVE, (), []), OutOfRange, "at least one period"),
        (lambda: education(TWELVE, months(6), 0), OutOfRange, "moratorium"),
        (lambda: education(TWELVE, months(6), 6), OutOfRange, "leaves one to repay in"),
        (lambda: education(TWELVE, months(6), 2, "forget"), InvalidInput, "'capitalise', 'pay'"),
        (lambda: weekly(TWELVE, 121), OutOfRange, "1 to 120"),
        (lambda: fortnightly(TWELVE, 0), OutOfRange, "1 to 120"),
    ],
)  # fmt: skip
def test_products_that_cannot_be_are_refused(make, error, says):
    with pytest.raises(error, match=says):
        make()
