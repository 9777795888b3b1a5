"""Tables: a loan's schedule as rows of (due, rate, kind, share), in whole numbers.

Every formula is stated to the unit, so that a contract can agree with it. A table has 1 to 120
rows and does not depend on the amount that is lent. A row is due a number of
seconds after release, charges interest on the balance at its own rate, and asks for an amount by
its kind. For a balance B before the row, a base P (the principal), i the interest and L the level:

========  ==============================  =====================
kind      amount                          balance after
========  ==============================  =====================
LEVEL     min(L, B + i)                   B + i − amount
SHARE     i + part, part ≤ B              B − part
INTEREST  i                               B
DEFER     0                               B + i
REST      B + i                           0
========  ==============================  =====================

- Interest is ``i = (B·rate + 5·10^8) // 10^9``: half up, with the rate in 10^-9.
- A share is ``part = min(B, P·share // 10^9)``: down, with the share in 10^-9.
- The level is computed when the first LEVEL row is reached, so that interest deferred before it is
  in B. With V = 10^36, let d begin as V. In order from that row to the last, LEVEL, DEFER and REST
  replace d by ``d·10^9 // (10^9 + rate)``; INTEREST and SHARE leave it, because they pay their own
  interest. S is the sum of d over LEVEL and REST rows, and N is B·V less the sum of d·part over
  SHARE rows, at least 0. Then L = N/S, rounded up or half up as the table says.

Widths. Every amount and balance is below 2^48 and every rate below 2^48; a share is at most 10^9 <
2^30 and V < 2^120. Hence:

- B·rate + 5·10^8 < 2^97, so an interest is below 2^68; it is compared with 2^48 before it is used;
- P·share < 2^78;
- d ≤ V, so d·10^9 < 2^150, and 10^9 + rate < 2^49;
- S ≤ 120·V < 2^127, and S > 0, because a divisor below 2^49 leaves d above 10^45 / 2^49 after the
  first of its steps, and a step that takes d to 0 comes after a row that counted;
- B·V < 2^168, and the sum of d·part ≤ 120·2^168 < 2^175; 2N + S < 2^170.

So 256 bits hold every intermediate, and a contract needs no check but those of 2^48.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit._internal.checks import require_instance, require_int, require_uint
from zkcredit._internal.derived import Derived
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.loan.schedule import Instalment, Schedule
from zkcredit.schema import AMOUNT_BITS, ROW_BYTES, ROW_FIELDS
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Kind",
    "Rounding",
    "Row",
    "RowResult",
    "Table",
    "level_from",
    "row_interest",
    "run_row",
    "run_rows",
]

MAX_ROWS: Final = 120
RATE_ONE: Final = 10**9
"""One whole, in the unit of rates and shares."""
RATE_BITS: Final = 48
DUE_BITS: Final = 32
"""Dues stay below 2^32 seconds (136 years), so that 40 bits hold a date after every holiday."""
MIN_GAP: Final = DAY
"""The shortest time between two dues, and from release to the first."""
_V: Final = 10**36


class Kind(IntEnum):
    """What a row asks for; the numbers are those of the encoding."""

    LEVEL = 1
    SHARE = 2
    INTEREST = 3
    DEFER = 4
    REST = 5


class Rounding(IntEnum):
    """How the level is rounded to minor units; the numbers are those of the encoding."""

    UP = 1
    HALF_UP = 2


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        due: seconds after release.
        rate: interest from the due before to this one, in 10^-9 of the balance.
        kind: what the row asks for.
        share: of a SHARE row, the part of the principal that it repays, in 10^-9; otherwise 0.
    """

    due: int
    rate: int
    kind: Kind
    share: int = 0


class RowResult(NamedTuple):
    """What one row does: the amount that it asks for, its interest, and the balance after it."""

    amount: int
    interest: int
    balance: int


def row_interest(balance: int, rate: int) -> int:
    """Return the interest of one row in minor units, rounded half up.

    Args:
        balance: minor units, below 2^48.
        rate: in 10^-9 of the balance, below 2^48.

    Raises:
        InvalidInput: if an argument is not an int.
        OutOfRange: if an argument is outside its range.
    """
    require_uint("balance", balance, AMOUNT_BITS)
    return _interest(balance, require_uint("rate", rate, RATE_BITS))


def _interest(balance: int, rate: int) -> int:
    return (balance * rate + RATE_ONE // 2) // RATE_ONE


def run_row(row: Row, balance: int, base: int, level: int) -> RowResult:
    """Return what a row asks for, its interest, and the balance after it.

    Args:
        row: the row.
        balance: the balance before it, minor units.
        base: the amount that shares refer to, minor units: the principal until a prepayment.
        level: the level in force; only LEVEL rows use it.

    Raises:
        OutOfRange: if balance and interest together reach 2^48.
    """
    interest = _interest(balance, row.rate)
    owed = balance + interest
    if owed >> AMOUNT_BITS:
        raise OutOfRange(
            "balance and interest reach 2^48 minor units: lend less, or lower the rates"
        )
    if row.kind is Kind.LEVEL:
        amount = min(level, owed)
    elif row.kind is Kind.SHARE:
        amount = interest + min(balance, base * row.share // RATE_ONE)
    elif row.kind is Kind.INTEREST:
        amount = interest
    elif row.kind is Kind.DEFER:
        amount = 0
    else:
        amount = owed
    return RowResult(amount, interest, owed - amount)


def level_from(rows: Sequence[Row], balance: int, base: int, rounding: Rounding) -> int:
    """Return the level for the rows that remain, in minor units; the module says the formula.

    Args:
        rows: the rows from the first LEVEL row on, up to and with the last of the table.
        balance: the balance before them, minor units below 2^48.
        base: the amount that shares refer to, minor units below 2^48.
        rounding: how the quotient is rounded.
    """
    discount, weights, shares = _V, 0, 0
    for row in rows:
        if row.kind is Kind.SHARE:
            shares += discount * (base * row.share // RATE_ONE)
        elif row.kind is not Kind.INTEREST:
            discount = discount * RATE_ONE // (RATE_ONE + row.rate)
            if row.kind is not Kind.DEFER:
                weights += discount
    value = max(balance * _V - shares, 0)
    if rounding is Rounding.UP:
        return (value + weights - 1) // weights
    return (2 * value + weights) // (2 * weights)


def run_rows(rows: Sequence[Row], principal: int, rounding: Rounding) -> Schedule:
    """Return what rows ask for, whether or not they make a table that anybody would want.

    Args:
        rows: the rows.
        principal: minor units, 1 to 2^48 − 1.
        rounding: how the level is rounded.

    Raises:
        InvalidInput: if the principal is not an int.
        OutOfRange: if the principal, or balance and interest of a row, reach 2^48.
    """
    require_uint("principal", principal, AMOUNT_BITS, minimum=1)
    first = next((k for k, row in enumerate(rows) if row.kind is Kind.LEVEL), -1)
    level, balance, entries = 0, principal, []
    for number, row in enumerate(rows):
        if number == first:
            level = level_from(rows[number:], balance, principal, rounding)
        amount, interest, after = run_row(row, balance, principal, level)
        entries.append(Instalment(number, amount, interest, amount - interest, after))
        balance = after
    return Schedule(level, tuple(entries))


@dataclass(frozen=True)
class Table:
    """Rows in the order of their dues, and the rounding of the level.

    Attributes:
        rows: 1 to 120 rows. The last, and only the last, is REST.
        rounding: how the level is rounded.

    Raises:
        InvalidInput: if a field has the wrong type, the rows are out of order, two are REST or the
            last is not, a share stands in a row of another kind, or shares add up to more than one.
        OutOfRange: if there are no rows or more than 120, or a number is outside its range.
    """

    rows: tuple[Row, ...]
    rounding: Rounding = Rounding.UP

    def __post_init__(self) -> None:
        rows = require_instance("the rows", self.rows, tuple)
        require_instance("rounding", self.rounding, Rounding)
        if not 1 <= len(rows) <= MAX_ROWS:
            raise OutOfRange(
                f"a table has 1 to {MAX_ROWS} rows, not {len(rows)}: use fewer or longer periods"
            )
        before = 0
        for number, row in enumerate(rows):
            _require_row(number, row, before)
            before = row.due
        _require_one_rest(rows)
        if sum(row.share for row in rows) > RATE_ONE:
            raise InvalidInput(
                "the shares add up to more than one: lower them, or leave the last to REST"
            )

    @classmethod
    def of(cls, rows: Iterable[Row], rounding: Rounding = Rounding.UP) -> Table:
        """Build a table from any sequence of rows.

        Raises:
            InvalidInput: if the rows do not make a table, see the class.
            OutOfRange: if a number is outside its range.
        """
        return cls(tuple(rows), rounding)

    @Derived
    def first_level(self) -> int:
        """The index of the first LEVEL row, or -1 if there are none."""
        return next((k for k, row in enumerate(self.rows) if row.kind is Kind.LEVEL), -1)

    @property
    def dues(self) -> tuple[int, ...]:
        """The rows' dues, in seconds after release."""
        return tuple(row.due for row in self.rows)

    def level(self, principal: int) -> int:
        """Return the level of an untouched loan in minor units, or 0 without a LEVEL row.

        Raises:
            InvalidInput: if the principal is not an int, or the loan is degenerate.
            OutOfRange: if the principal, or a balance, is outside 1 to 2^48 − 1.
        """
        return self.schedule(principal).level

    def schedule(self, principal: int) -> Schedule:
        """Return every row of a loan of ``principal`` minor units, numbered from 0.

        A row that defers has the amount 0 and a negative part of principal.

        Raises:
            InvalidInput: if the loan is degenerate: the last row asks for nothing; LEVEL rows ask
                for nothing; with LEVEL rows alone, the last asks for more than twice the level; or
                the amounts add up to 2^48 or more.
            OutOfRange: if the principal, or balance and interest of a row, reach 2^48.
        """
        schedule = run_rows(self.rows, principal, self.rounding)
        self._require_sensible(schedule)
        return schedule

    def _require_sensible(self, schedule: Schedule) -> None:
        last = schedule.instalments[-1].amount
        if not last:
            raise InvalidInput(
                "the last row would ask for nothing: lend more, use fewer rows, or leave a share "
                "to the REST row"
            )
        if self.first_level >= 0 and not schedule.level:
            raise InvalidInput(
                "the level instalment would be 0: lend more, or lower the shares after it"
            )
        kinds = {row.kind for row in self.rows[:-1]}
        if kinds == {Kind.LEVEL} and last > 2 * schedule.level:
            raise InvalidInput(
                "the last row would ask for more than twice the level instalment, by rounding "
                "alone: lend more, or use fewer rows"
            )
        if schedule.total >> AMOUNT_BITS:
            raise InvalidInput(
                "the amounts add up to 2^48 minor units or more: lend less, or lower the rates"
            )

    # --- encoding -----------------------------------------------------------------------------

    def encode(self) -> bytes:
        """Return the rows as a product's data contract holds them, 16 bytes each."""
        return b"".join(
            value.to_bytes(width, "big")
            for row in self.rows
            for value, width in zip(row, ROW_FIELDS.values(), strict=True)
        )

    @classmethod
    def decode(cls, data: bytes, rounding: Rounding = Rounding.UP) -> Table:
        """Read the rows that ``encode`` wrote.

        Raises:
            MalformedFile: if the length is not a multiple of 16, or a kind is unknown.
            InvalidInput: if the rows do not make a table, see the class.
            OutOfRange: if a number is outside its range.
        """
        require_instance("the rows' bytes", data, bytes)
        if len(data) % ROW_BYTES:
            raise MalformedFile(f"rows are {ROW_BYTES} bytes each; {len(data)} bytes are not rows")
        return cls(tuple(_decoded(data)), rounding)


def _decoded(data: bytes) -> Iterator[Row]:
    for start in range(0, len(data), ROW_BYTES):
        values, at = [], start
        for width in ROW_FIELDS.values():
            values.append(int.from_bytes(data[at : at + width], "big"))
            at += width
        due, rate, kind, share = values
        if kind not in Kind.__members__.values():
            raise MalformedFile(f"row {start // ROW_BYTES} has the unknown kind {kind}")
        yield Row(due, rate, Kind(kind), share)


def _require_row(number: int, row: Row, before: int) -> None:
    if not isinstance(row, Row) or not isinstance(row.kind, Kind):
        raise InvalidInput(f"row {number} must be a Row with a Kind")
    require_uint(f"due of row {number}", row.due, DUE_BITS, minimum=1)
    if row.due <= before:
        raise InvalidInput(
            f"row {number} is not due after the row before it: order the rows by their dues"
        )
    if row.due - before < MIN_GAP:
        raise OutOfRange(
            f"row {number} is due less than a day after the row before it, or after release: leave "
            "at least 86400 seconds, so that people can act"
        )
    require_uint(f"rate of row {number}", row.rate, RATE_BITS)
    if not 0 <= require_int(f"share of row {number}", row.share) <= RATE_ONE:
        raise OutOfRange(f"share of row {number} must be 0 to {RATE_ONE}, in 10^-9")
    if (row.kind is Kind.SHARE) != (row.share > 0):
        raise InvalidInput(
            f"row {number}: a SHARE row has a share above 0, and no other row has a share"
        )


def _require_one_rest(rows: tuple[Row, ...]) -> None:
    rests = [number for number, row in enumerate(rows) if row.kind is Kind.REST]
    if rests != [len(rows) - 1]:
        raise InvalidInput(
            "the last row, and no other, must be REST: it closes the loan and takes the rounding"
        )
