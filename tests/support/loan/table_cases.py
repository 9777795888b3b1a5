"""Tables for tests, and their slow twins on fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from zkcredit.loan import Kind, Rounding, Row, Table, TableProduct
from zkcredit.policy import Policy

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


def rows_exactly(
    rows: Sequence[Row], principal: int, level: int
) -> list[tuple[int, int, int, int]]:
    """Amount, interest, principal and balance of each row, written a second time."""
    balance, found = principal, []
    for row in rows:
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


def level_by_definition(rows: Sequence[Row], balance: int, base: int, rounding: Rounding) -> int:
    """The level as the definition says it, with fractions that are cut to 36 decimals."""
    discount, weights, shares = Fraction(1), Fraction(0), Fraction(0)
    for row in rows:
        if row.kind is Kind.SHARE:
            shares += discount * (base * row.share // 10**9)
        if row.kind in (Kind.LEVEL, Kind.DEFER, Kind.REST):
            discount = cut(discount / (1 + Fraction(row.rate, 10**9)))
        if row.kind in (Kind.LEVEL, Kind.REST):
            weights += discount
    exact = max(balance - shares, Fraction(0)) / weights
    return -int(-exact // 1) if rounding is Rounding.UP else half_up(exact)


def cut(value: Fraction) -> Fraction:
    return Fraction(int(value * 10**36), 10**36)


def rows_by_definition(table: Table, principal: int) -> tuple[int, list[tuple[int, int, int, int]]]:
    """Level, and rows as ``rows_exactly`` has them; rows may be larger than a contract allows."""
    first = next((k for k, row in enumerate(table.rows) if row.kind is Kind.LEVEL), None)
    if first is None:
        return 0, rows_exactly(table.rows, principal, 0)
    before = rows_exactly(table.rows[:first], principal, 0)
    balance = before[-1][3] if before else principal
    level = level_by_definition(table.rows[first:], balance, principal, table.rounding)
    return level, rows_exactly(table.rows, principal, level)


def fault_of(table: Table, level: int, rows: list[tuple[int, int, int, int]]) -> str:
    """Why a schedule is refused, as a flag of the vectors; empty if it is not."""
    balances = [rows[0][3] + rows[0][2], *(row[3] for row in rows)]
    owed = [balance + row[1] for balance, row in zip(balances, rows, strict=False)]
    kinds = {row.kind for row in table.rows[:-1]}
    if max(owed) >> 48:
        return "TooLarge"
    if not rows[-1][0]:
        return "LastIsZero"
    if Kind.LEVEL in kinds and not level:
        return "LevelIsZero"
    if kinds == {Kind.LEVEL} and rows[-1][0] > 2 * level:
        return "LastIsLarge"
    return "TooLarge" if sum(row[0] for row in rows) >> 48 else ""


def level_product(**more: Any) -> TableProduct:
    """Twelve level months at 1 % each, for whom every borrower is good enough."""
    limits = {"min_principal": 1_000, "max_principal": 10**9}
    given: dict[str, Any] = {**limits, "token": "0x" + "ab" * 20, **more}
    return TableProduct(table=monthly("L" * 11 + "R"), policy=Policy(), **given)
