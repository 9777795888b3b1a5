"""The schedule of one loan: what each instalment asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from zkcredit._internal.text import html_table

__all__ = ["Instalment", "Schedule"]


class Instalment(NamedTuple):
    """One instalment: ``amount = interest + principal``; ``balance`` remains after it."""

    number: int
    amount: int
    interest: int
    principal: int
    balance: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """All instalments of one loan.

    Attributes:
        level: the level instalment, on which the policy decides.
        instalments: the instalments in order, numbered from 0.
    """

    level: int
    instalments: tuple[Instalment, ...]

    @property
    def total(self) -> int:
        """The sum of all instalments, which is exactly principal plus all interest."""
        return sum(entry.amount for entry in self.instalments)

    @property
    def amounts(self) -> tuple[int, ...]:
        """The instalments' amounts, in order."""
        return tuple(entry.amount for entry in self.instalments)

    def _repr_html_(self) -> str:
        rows = [
            (number, entry.amount, entry.interest, entry.principal, entry.balance)
            for number, entry in enumerate(self.instalments, 1)
        ]
        heads = ("instalment", "amount", "interest", "principal", "balance")
        return html_table("Schedule, in minor units", heads, rows, note=f"Total: {self.total:,}")
