"""Periods of a loan: when each row is due, and for what part of a year it charges interest.

No contract knows a calendar. Dates, day counts and working days become seconds after release and
fractions of a year here, once, when a product is built. A product that is built for a start date
keeps the same distances for a loan that is released on another day.

Day counts, from a start to an end, neither of which has a time of day:

- ``ACT_365``: days / 365;
- ``ACT_360``: days / 360;
- ``ACT_ACT``: days of leap years / 366 and of other years / 365; the start counts and the end does
  not (ISDA 2006 definitions, 4.16(b));
- ``THIRTY_360``: ``360·years + 30·months + days``, over 360, where a day 31 counts as day 30 at
  both ends, and the last day of February stays what it is (30E/360; ISDA 2006 definitions,
  4.16(g)).

Months. A loan that starts on day d is due on day d of each month, or on the last day of a month
that is too short; day d returns in the next month that has it.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit._internal.checks import require_instance, require_int
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan.table import MAX_ROWS
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DayCount",
    "Period",
    "Shift",
    "WorkingDays",
    "calendar_months",
    "days_apart",
    "months",
    "on_dates",
    "year_fraction",
]

_MONTHS: Final = 12


class DayCount(Enum):
    """How many years lie between two dates; the module gives the rules."""

    THIRTY_360 = "30/360"
    ACT_365 = "act/365"
    ACT_360 = "act/360"
    ACT_ACT = "act/act"


class Shift(Enum):
    """Where a due date moves that is not a working day."""

    NONE = "none"
    """Nowhere."""
    FOLLOWING = "following"
    """To the next working day."""
    MODIFIED_FOLLOWING = "modified following"
    """To the next working day, or to the one before if the next is in another month."""
    PRECEDING = "preceding"
    """To the working day before."""


class Period(NamedTuple):
    """One period.

    Attributes:
        due: seconds after release at which it ends.
        years: the part of a year for which it charges interest.
    """

    due: int
    years: Fraction


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days people work on, and where a due date moves that is not one.

    Attributes:
        shift: where it moves.
        weekend: days of the week without work, Monday is 0.
        holidays: other days without work.

    Raises:
        InvalidInput: if a field has the wrong type, or no day of the week is left.
    """

    shift: Shift = Shift.FOLLOWING
    weekend: frozenset[int] = frozenset((5, 6))
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        require_instance("shift", self.shift, Shift)
        require_instance("weekend", self.weekend, frozenset)
        require_instance("holidays", self.holidays, frozenset)
        if not self.weekend < frozenset(range(7)):
            raise InvalidInput("the weekend is days of the week, 0 to 6, and leaves one to work on")

    def is_one(self, day: date) -> bool:
        """Return whether people work on this day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def shifted(self, day: date) -> date:
        """Return the day to which a due date moves; the day itself if people work on it.

        Raises:
            InvalidInput: if there is no working day within a year.
        """
        if self.shift is Shift.NONE or self.is_one(day):
            return day
        if self.shift is Shift.PRECEDING:
            return self._next(day, -1)
        later = self._next(day, 1)
        if self.shift is Shift.MODIFIED_FOLLOWING and later.month != day.month:
            return self._next(day, -1)
        return later

    def _next(self, day: date, step: int) -> date:
        for distance in range(1, 367):
            other = day + timedelta(step * distance)
            if self.is_one(other):
                return other
        raise InvalidInput("there is no working day within a year: check the list of holidays")


def year_fraction(day_count: DayCount, start: date, end: date) -> Fraction:
    """Return how many years lie between two dates, exactly.

    Raises:
        InvalidInput: if an argument has the wrong type, or the end is before the start.
    """
    require_instance("day_count", day_count, DayCount)
    if _date("end", end) < _date("start", start):
        raise InvalidInput("the end of a period is before its start")
    if day_count is DayCount.THIRTY_360:
        first, last = min(start.day, 30), min(end.day, 30)
        months = (end.year - start.year) * _MONTHS + end.month - start.month
        return Fraction(30 * months + last - first, 360)
    if day_count is DayCount.ACT_ACT:
        years = Fraction(0)
        while start < end:
            stop = min(end, date(start.year + 1, 1, 1))
            years += Fraction((stop - start).days, 365 + isleap(start.year))
            start = stop
        return years
    return Fraction((end - start).days, 365 if day_count is DayCount.ACT_365 else 360)


def months(count: int) -> tuple[Period, ...]:
    """Return months of 30 days, each of which charges a twelfth of a year's interest.

    Raises:
        OutOfRange: if the count is not 1 to 120.
    """
    _require_count(count)
    return tuple(Period(30 * DAY * (k + 1), Fraction(1, _MONTHS)) for k in range(count))


def days_apart(count: int, days: int) -> tuple[Period, ...]:
    """Return periods of so many days, each of which charges days/365 of a year's interest.

    Args:
        count: number of periods, 1 to 120.
        days: length of each: 7 for weeks, 14 for fortnights.

    Raises:
        InvalidInput: if an argument is not an int.
        OutOfRange: if the count is not 1 to 120, or there are no days.
    """
    _require_count(count)
    if require_int("days", days) < 1:
        raise OutOfRange("a period has at least one day")
    return tuple(Period(days * DAY * (k + 1), Fraction(days, 365)) for k in range(count))


def calendar_months(
    start: date,
    count: int,
    day_count: DayCount = DayCount.THIRTY_360,
    working_days: WorkingDays | None = None,
    every: int = 1,
) -> tuple[Period, ...]:
    """Return periods of calendar months from a start date.

    Interest runs from each due date to the next, as they are after they moved to working days.

    Args:
        start: day of release.
        count: number of periods, 1 to 120.
        day_count: how parts of a year are counted.
        working_days: which days are worked on; None leaves dates where they are.
        every: months in one period, at least 1.

    Raises:
        InvalidInput: if an argument has the wrong type, or two dates coincide after they moved.
        OutOfRange: if the count is not 1 to 120, or a period has less than one month.
    """
    _require_count(count)
    if require_int("every", every) < 1:
        raise OutOfRange("a period has at least one month")
    dues = (_months_after(_date("start", start), every * (k + 1)) for k in range(count))
    return on_dates(start, dues, day_count, working_days)


def on_dates(
    start: date,
    dues: Iterable[date],
    day_count: DayCount = DayCount.ACT_365,
    working_days: WorkingDays | None = None,
) -> tuple[Period, ...]:
    """Return the periods that end on these dates.

    Args:
        start: day of release.
        dues: the due dates, in order.
        day_count: how parts of a year are counted.
        working_days: which days are worked on; None leaves dates where they are.

    Raises:
        InvalidInput: if an argument has the wrong type, or the dates do not rise.
        OutOfRange: if the number of dates is not 1 to 120.
    """
    found, before = [], _date("start", start)
    for due in dues:
        day = _date("a due date", due)
        if working_days is not None:
            day = require_instance("working_days", working_days, WorkingDays).shifted(day)
        if day <= before:
            raise InvalidInput(
                f"the due date {day} is not after {before}: order the dates, and leave working "
                "days between them"
            )
        years = year_fraction(day_count, before, day)
        found.append(Period((day - start).days * DAY, years))
        before = day
    _require_count(len(found))
    return tuple(found)


def _months_after(start: date, count: int) -> date:
    years, month = divmod(start.year * _MONTHS + start.month - 1 + count, _MONTHS)
    return date(years, month + 1, min(start.day, monthrange(years, month + 1)[1]))


def _require_count(count: int) -> None:
    if not 1 <= require_int("the number of periods", count) <= MAX_ROWS:
        raise OutOfRange(f"a loan has 1 to {MAX_ROWS} periods; use longer ones")


def _date(name: str, value: date) -> date:
    if type(value) is not date:  # a datetime is a date too, and would be off by its time of day
        raise InvalidInput(f"{name} must be a date without a time of day")
    return value
