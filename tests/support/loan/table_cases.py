"""Tables for tests, and their slow twins on fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from zkcredit.loan import Kind, Rounding, Row, Table

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

DAY = 86_400
MONTH = 30 * DAY
LETTERS = {
    "L": Kind.LEVEL,
    "S": Kind.SHARE,
    "I": Kind.INTEREST,
    "D": Kind.DEFER,
    "R": Kind.REST,
}


def monthly(
    kinds: str,
    rate: int = 10**7,
    shares: Sequence[int] = (),
    rounding: Rounding = Rounding.UP,
    gap: int = MONTH,
) -> Table:
    """A table with a row for each letter, ``gap`` seconds apart, 1 % each unless said otherwise."""
    given = dict(enumerate(shares))
    return Table.of(
        [Row((k + 1) * gap, rate, LETTERS[kind], given.get(k, 0)) for k, kind in enumerate(kinds)],
        rounding,
    )


def random_table(draw: random.Random, longest: int = 24) -> Table:
    """A table of any kinds, rates and gaps."""
    rows, due, left = [], 0, 10**9
    for _ in range(draw.randrange(longest)):
        due += draw.randrange(DAY, 60 * DAY)
        kind = draw.choice((Kind.LEVEL, Kind.LEVEL, Kind.SHARE, Kind.INTEREST, Kind.DEFER))
        share = draw.randrange(1, max(left // 2, 2)) if kind is Kind.SHARE else 0
        left -= share
        rows.append(Row(due, draw.choice((0, draw.randrange(1, 5 * 10**7))), kind, share))
    due += draw.randrange(DAY, 60 * DAY)
    rows.append(Row(due, draw.randrange(5 * 10**7), Kind.REST))
    return Table.of(rows, draw.choice(tuple(Rounding)))


def half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)


def level_exactly(rows: Sequence[Row], balance: int, base: int) -> Fraction:
    """The level that pays the balance off: present values in exact fractions."""
    present, weights, shares = Fraction(1), Fraction(0), Fraction(0)
    for row in rows:
        if row.kind is Kind.SHARE:
            shares += present * (base * row.share // 10**9)
        if row.kind in (Kind.LEVEL, Kind.DEFER, Kind.REST):
            present /= 1 + Fraction(row.rate, 10**9)
        if row.kind in (Kind.LEVEL, Kind.REST):
            weights += present
    return (balance - shares) / weights


def rows_exactly(table: Table, principal: int, level: int) -> list[tuple[int, int, int, int]]:
    """Amount, interest, principal and balance of each row, written a second time."""
    balance, found = principal, []
    for row in table.rows:
        interest = half_up(balance * Fraction(row.rate, 10**9))
        lowered = {
            Kind.LEVEL: min(level, balance + interest) - interest,
            Kind.SHARE: min(balance, int(principal * Fraction(row.share, 10**9))),
            Kind.INTEREST: 0,
            Kind.DEFER: -interest,
            Kind.REST: balance,
        }[row.kind]
        balance -= lowered
        found.append((interest + lowered, interest, lowered, balance))
    return found
