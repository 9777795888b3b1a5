"""Day counts, months and working days: stated rules, worked examples, refusals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan.periods import (
    DayCount,
    Shift,
    WorkingDays,
    calendar_months,
    days_apart,
    months,
    on_dates,
    year_fraction,
)
from zkcredit.units import DAY

days = st.dates(date(1999, 1, 1), date(2060, 1, 1))


@pytest.mark.parametrize(
    ("day_count", "start", "end", "years"),
    [
        # 30E/360: a day 31 counts as day 30 at both ends
        ("30/360", date(2024, 1, 31), date(2024, 2, 29), Fraction(29, 360)),
        ("30/360", date(2024, 1, 30), date(2024, 3, 31), Fraction(60, 360)),
        ("30/360", date(2024, 1, 1), date(2025, 1, 1), Fraction(1)),
        ("30/360", date(2023, 2, 28), date(2023, 3, 31), Fraction(32, 360)),
        ("act/365", date(2024, 1, 1), date(2025, 1, 1), Fraction(366, 365)),
        ("act/360", date(2024, 1, 1), date(2024, 3, 1), Fraction(60, 360)),
        # ISDA's example for act/act: 1 November 2003 to 1 May 2004, 61 days of 365, 121 of 366
        ("act/act", date(2003, 11, 1), date(2004, 5, 1), Fraction(61, 365) + Fraction(121, 366)),
        ("act/act", date(2023, 7, 1), date(2026, 7, 1), Fraction(3)),
    ],
)  # fmt: skip
def test_day_counts(day_count, start, end, years):
    assert year_fraction(DayCount(day_count), start, end) == years


@given(days, days, st.sampled_from(DayCount))
def test_a_year_fraction_is_not_negative_and_near_the_days(one, other, day_count):
    start, end = sorted((one, other))
    years = year_fraction(day_count, start, end)
    assert years >= 0
    assert abs(years * 365 - (end - start).days) <= 5 + (end - start).days / 60


@given(days, days, days)
def test_actual_days_add_up(one, two, three):
    first, middle, last = sorted((one, two, three))
    for day_count in (DayCount.ACT_365, DayCount.ACT_360, DayCount.ACT_ACT):
        parts = year_fraction(day_count, first, middle) + year_fraction(day_count, middle, last)
        assert parts == year_fraction(day_count, first, last)


def test_day_31_is_the_last_day_of_shorter_months():
    start = date(2023, 12, 31)
    dues = [start + timedelta(seconds=period.due) for period in calendar_months(start, 5)]
    assert dues == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 30),
        date(2024, 5, 31),
    ]


def test_a_year_of_months_is_a_year():
    periods = calendar_months(date(2024, 5, 17), 12)
    assert sum(period.years for period in periods) == 1
    assert {period.years for period in periods} == {Fraction(1, 12)}
    assert calendar_months(date(2024, 5, 17), 4, every=3)[-1].due == periods[-1].due


@pytest.mark.parametrize(
    ("shift", "day"),
    [
        (Shift.NONE, date(2026, 5, 31)),
        (Shift.FOLLOWING, date(2026, 6, 2)),
        (Shift.MODIFIED_FOLLOWING, date(2026, 5, 29)),
        (Shift.PRECEDING, date(2026, 5, 29)),
    ],
)
def test_a_sunday_at_the_end_of_a_month_moves(shift, day):
    working = WorkingDays(shift, holidays=frozenset({date(2026, 6, 1)}))
    assert working.shifted(date(2026, 5, 31)) == day
    assert working.shifted(date(2026, 5, 27)) == date(2026, 5, 27)


def test_interest_runs_to_the_day_that_a_due_date_moved_to():
    start = date(2026, 1, 3)
    moved = calendar_months(start, 2, DayCount.ACT_365, WorkingDays())
    # 3 February 2026 is a Tuesday and 3 March too; 3 January is a Saturday, and does not move
    assert [period.due // DAY for period in moved] == [31, 59]
    moved = calendar_months(date(2026, 1, 31), 2, DayCount.ACT_365, WorkingDays())
    assert [period.due // DAY for period in moved] == [30, 59]  # 2 March, 31 March
    assert [period.years for period in moved] == [Fraction(30, 365), Fraction(29, 365)]


def test_fixed_periods():
    assert months(2)[1] == (60 * DAY, Fraction(1, 12))
    assert days_apart(3, 7)[2] == (21 * DAY, Fraction(7, 365))


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: months(0), OutOfRange, "1 to 120 periods"),
        (lambda: months(121), OutOfRange, "1 to 120 periods"),
        (lambda: days_apart(5, 0), OutOfRange, "at least one day"),
        (lambda: days_apart(5, 7.0), InvalidInput, "int"),
        (lambda: calendar_months(date(2026, 1, 1), 121), OutOfRange, "1 to 120"),
        (lambda: calendar_months(date(2026, 1, 1), 5, every=0), OutOfRange, "one month"),
        (lambda: calendar_months(datetime(2026, 1, 1), 5), InvalidInput, "without a time of day"),
        (lambda: on_dates(date(2026, 1, 1), []), OutOfRange, "1 to 120"),
        (lambda: on_dates(date(2026, 1, 1), [date(2026, 1, 1)]), InvalidInput, "is not after"),
        (lambda: on_dates(date(2026, 1, 1), [date(2026, 3, 1), date(2026, 2, 1)]),
         InvalidInput, "order the dates"),
        (lambda: on_dates(date(2026, 1, 1), ["2026-02-01"]), InvalidInput, "date"),
        (lambda: on_dates(date(2026, 1, 1), [date(2026, 5, 2), date(2026, 5, 3)],
                          working_days=WorkingDays()), InvalidInput, "leave working days"),
        (lambda: on_dates(date(2026, 1, 1), [date(2026, 5, 2)], working_days=5),
         InvalidInput, "working_days"),
        (lambda: year_fraction("act/365", date(2026, 1, 1), date(2026, 2, 1)),
         InvalidInput, "day_count"),
        (lambda: year_fraction(DayCount.ACT_365, date(2026, 2, 1), date(2026, 1, 1)),
         InvalidInput, "before its start"),
        (lambda: WorkingDays(weekend=frozenset(range(7))), InvalidInput, "leaves one to work on"),
        (lambda: WorkingDays(weekend=frozenset({7})), InvalidInput, "0 to 6"),
        (lambda: WorkingDays(shift="following"), InvalidInput, "shift"),
        (lambda: WorkingDays(holidays=[]), InvalidInput, "holidays"),
        (lambda: WorkingDays(
            holidays=frozenset(date(2026, 1, 1) + timedelta(k) for k in range(500))
        ).shifted(date(2026, 1, 1)), InvalidInput, "no working day within a year"),
    ],
)  # fmt: skip
def test_periods_that_cannot_be_are_refused(make, error, says):
    with pytest.raises(error, match=says):
        make()
