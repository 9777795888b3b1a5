"""Every payment of a loan in words, each with its due, in few lines.

Equal payments at equal intervals are one line; a loan of 120 equal rows is one or two.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from zkcredit.units import DAY, money_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["days_in_words", "payments_in_words"]


def payments_in_words(payments: Sequence[tuple[int, int]], currency: int) -> tuple[str, ...]:
    """Return lines that together name each payment with its due, in order.

    Args:
        payments: what is paid back, in order: seconds after release, and minor units.
        currency: ISO 4217 number of the amounts; 0 leaves minor units.
    """
    lines = []
    for amount, group in groupby(payments, key=itemgetter(1)):
        dues = [due for due, _ in group]
        lines.append(f"{_times(len(dues), money_in_words(amount, currency))} {_when(dues)}")
    return tuple(lines)


def days_in_words(seconds: int) -> str:
    """Return a time as days, rounded down: ``"30 days"``."""
    days = seconds // DAY
    return f"{days} day{'' if days == 1 else 's'}"


def _times(count: int, money: str) -> str:
    return money if count == 1 else f"{count} payments of {money}:"


def _when(dues: Sequence[int]) -> str:
    if len(dues) == 1:
        return f"after {days_in_words(dues[0])}"
    gaps = {late - early for early, late in pairwise(dues)}
    if len(dues) == 2 or len(gaps) > 1:
        earlier = ", ".join(str(due // DAY) for due in dues[:-1])
        return f"after {earlier} and {days_in_words(dues[-1])}"
    gap = gaps.pop()
    if dues[0] == gap:
        return f"every {days_in_words(gap)}"
    return f"first after {days_in_words(dues[0])}, then every {days_in_words(gap)}"
