"""Present values enclosed between two fractions, by another way than bisection on fixed point."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.loan.disclosure import Payment, UnitPayment

SCALE = 10**30


def root_below(number: int, degree: int) -> int:
    """The greatest integer whose power is not above the number, by Newton's method."""
    guess = 1 << -(-number.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + number // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


def worth_between(
    payments: Sequence[Payment], rate: Fraction, year: int = 12
) -> tuple[Fraction, Fraction]:
    """Bounds of Σ amount·(1 + rate)^(−due/year): the root of 1 + rate is between two integers."""
    grown = (1 + rate) * SCALE**year
    below = root_below(int(grown), year)
    low, high = Fraction(0), Fraction(0)
    for due, amount in payments:
        low += amount * Fraction(SCALE, below + 1) ** due
        high += amount * Fraction(SCALE, below) ** due
    return low, high


def worth_exactly(flows: Sequence[UnitPayment], rate: Fraction) -> Fraction:
    """Σ amount / ((1 + f·i)(1 + i)^t), for a rate i of one unit-period."""
    return sum(
        (flow.amount / ((1 + flow.fraction * rate) * (1 + rate) ** flow.periods) for flow in flows),
        Fraction(0),
    )
