"""Tables of well-known products, from periods and a nominal rate a year.

Each builder takes the rate in 10^-9 of the principal a year (``units.parts_per_billion("14.07")``
is 140 700 000) and the periods (``zkcredit.loan.periods``). A row's rate is the year's rate times
the period's part of a year, rounded half up to 10^-9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from zkcredit._internal.checks import require_int, require_uint
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan.periods import days_apart
from zkcredit.loan.table import RATE_BITS, RATE_ONE, Kind, Rounding, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.loan.periods import Period

__all__ = [
    "bullet",
    "consumer",
    "education",
    "equal_principal",
    "fortnightly",
    "season",
    "weekly",
]

_DEFERRED: Final = {"capitalise": Kind.DEFER, "pay": Kind.INTEREST, "free": Kind.DEFER}


def consumer(
    annual_rate: int, periods: Sequence[Period], rounding: Rounding = Rounding.UP
) -> Table:
    """Return level instalments: an annuity.

    Args:
        annual_rate: nominal rate a year, in 10^-9.
        periods: one for each instalment.
        rounding: how the level is rounded.

    Raises:
        InvalidInput: if an argument has the wrong type, or the rows do not make a table.
        OutOfRange: if a number is outside its range.
    """
    return _table(annual_rate, periods, [Kind.LEVEL] * (len(periods) - 1), rounding=rounding)


def weekly(annual_rate: int, count: int, rounding: Rounding = Rounding.UP) -> Table:
    """Return ``count`` level instalments, one a week, with 7/365 of a year's interest each.

    Raises:
        InvalidInput: if an argument is not an int.
        OutOfRange: if a number is outside its range.
    """
    return consumer(annual_rate, days_apart(count, 7), rounding)


def fortnightly(annual_rate: int, count: int, rounding: Rounding = Rounding.UP) -> Table:
    """Return ``count`` level instalments, one in two weeks, with 14/365 of a year's interest each.

    Raises:
        InvalidInput: if an argument is not an int.
        OutOfRange: if a number is outside its range.
    """
    return consumer(annual_rate, days_apart(count, 14), rounding)


def equal_principal(annual_rate: int, periods: Sequence[Period]) -> Table:
    """Return equal parts of principal with the interest of each period, so that amounts fall.

    Each part is ``10^9 // n`` of the principal; the last takes what is left.

    Raises:
        InvalidInput: if an argument has the wrong type, or the rows do not make a table.
        OutOfRange: if a number is outside its range.
    """
    _require_periods(periods)
    count = len(periods)
    return _table(
        annual_rate, periods, [Kind.SHARE] * (count - 1), [RATE_ONE // count] * (count - 1)
    )


def bullet(annual_rate: int, periods: Sequence[Period]) -> Table:
    """Return the interest of each period, and the whole principal with the last.

    Raises:
        InvalidInput: if an argument has the wrong type, or the rows do not make a table.
        OutOfRange: if a number is outside its range.
    """
    return _table(annual_rate, periods, [Kind.INTEREST] * (len(periods) - 1))


def season(annual_rate: int, periods: Sequence[Period], shares: Sequence[int]) -> Table:
    """Return a part of the principal after each harvest, and the rest with the last.

    Args:
        annual_rate: nominal rate a year, in 10^-9.
        periods: one for each due date; the last takes what is left.
        shares: parts of the principal for all periods but the last, in 10^-9; 0 asks for nothing
            and defers the interest.

    Raises:
        InvalidInput: if an argument has the wrong type, or shares do not fit the periods, or add up
            to more than one.
        OutOfRange: if a number is outside its range.
    """
    _require_periods(periods)
    if len(shares) != len(periods) - 1:
        raise InvalidInput("give a share for every period but the last, which takes the rest")
    kinds = [Kind.SHARE if share else Kind.DEFER for share in shares]
    return _table(annual_rate, periods, kinds, shares)


def education(
    annual_rate: int,
    periods: Sequence[Period],
    moratorium: int,
    interest: Literal["capitalise", "pay", "free"] = "capitalise",
    rounding: Rounding = Rounding.UP,
) -> Table:
    """Return level instalments that begin after the studies.

    Args:
        annual_rate: nominal rate a year, in 10^-9.
        periods: all periods, those of the moratorium first.
        moratorium: number of periods without an instalment, at least 1.
        interest: what happens to the interest of those periods: it is added to the balance, paid
            when it falls due, or not charged.
        rounding: how the level is rounded.

    Raises:
        InvalidInput: if an argument has the wrong type, or the rows do not make a table.
        OutOfRange: if a number is outside its range.
    """
    _require_periods(periods)
    if not 1 <= require_int("moratorium", moratorium) < len(periods):
        raise OutOfRange("the moratorium has at least one period, and leaves one to repay in")
    if interest not in _DEFERRED:
        raise InvalidInput("interest in the moratorium is 'capitalise', 'pay' or 'free'")
    kinds = [_DEFERRED[interest]] * moratorium
    kinds += [Kind.LEVEL] * (len(periods) - moratorium - 1)
    table = _table(annual_rate, periods, kinds, rounding=rounding)
    if interest != "free":
        return table
    free = (row._replace(rate=0) for row in table.rows[:moratorium])
    return Table.of((*free, *table.rows[moratorium:]), rounding)


def _table(
    annual_rate: int,
    periods: Sequence[Period],
    kinds: Sequence[Kind],
    shares: Sequence[int] = (),
    rounding: Rounding = Rounding.UP,
) -> Table:
    require_uint("annual_rate", annual_rate, RATE_BITS)
    _require_periods(periods)
    rows = []
    for number, (due, years) in enumerate(periods):
        kind = kinds[number] if number < len(kinds) else Kind.REST
        share = shares[number] if number < len(shares) else 0
        rows.append(Row(due, int((2 * annual_rate * years + 1) // 2), kind, share))
    return Table.of(rows, rounding)


def _require_periods(periods: Sequence[Period]) -> None:
    if not periods:
        raise OutOfRange("a loan has at least one period")
