"""Every payment of a loan in words, each with its due, in few lines.

Equal payments at equal intervals are one line; a loan of 120 equal rows is one or two.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from zkcredit.language import tr, tr_many
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
        lines.append(_line(len(dues), money_in_words(amount, currency), _when(dues)))
    return tuple(lines)


def days_in_words(seconds: int) -> str:
    """Return a time as days, rounded down: ``"30 days"``."""
    return tr_many("{number} day", "{number} days", seconds // DAY)


def _line(count: int, money: str, when: str) -> str:
    if count == 1:
        return tr("{money} {when}", money=money, when=when)
    return tr("{count} payments of {money}: {when}", count=count, money=money, when=when)


def _when(dues: Sequence[int]) -> str:
    if len(dues) == 1:
        return tr("after {days}", days=days_in_words(dues[0]))
    gaps = {late - early for early, late in pairwise(dues)}
    if len(dues) == 2 or len(gaps) > 1:
        earlier = ", ".join(str(due // DAY) for due in dues[:-1])
        return tr("after {earlier} and {days}", earlier=earlier, days=days_in_words(dues[-1]))
    gap = gaps.pop()
    if dues[0] == gap:
        return tr("every {days}", days=days_in_words(gap))
    first, then = days_in_words(dues[0]), days_in_words(gap)
    return tr("first after {first}, then every {then}", first=first, then=then)
