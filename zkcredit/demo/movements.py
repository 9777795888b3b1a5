"""Every movement of money to or from a market, from its events alone.

In the stories one base unit of the token is one minor unit, so amounts and tokens are equal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zkcredit.chain.loans import loan_events as ev
from zkcredit.chain.loans.loan_flow import PAYMENTS
from zkcredit.loan.words import LOAN_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.chain.contracts.events import Event

__all__ = ["Movements"]


@dataclass
class Movements:
    """Sums by kind of movement, in minor units.

    Attributes:
        paid_in: what came to the market.
        paid_out: what left it.
    """

    paid_in: Counter[str] = field(default_factory=Counter)
    paid_out: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Movements:
        """Return the movements that the events of one market tell of."""
        found = cls()
        for event in events:
            match event:
                case ev.LoanFunded():
                    found.paid_in["funding"] += event.amount
                case ev.LoanStepped() if LOAN_ACTIONS[event.action] in PAYMENTS:
                    found.paid_in[PAYMENTS[LOAN_ACTIONS[event.action]]] += event.paid
                case ev.FundingLeft():
                    found.paid_out["taken back"] += event.amount
                case ev.ProceedsDrawn():
                    found.paid_out["drawing"] += event.amount
                case ev.FeesWithdrawn():
                    found.paid_out["fee"] += event.tokens
                case ev.Withdrawn():
                    found.paid_out["withdrawal"] += event.tokens
                case _:
                    pass
        return found

    def __add__(self, other: Movements) -> Movements:
        """Return the movements of two markets together."""
        return Movements(self.paid_in + other.paid_in, self.paid_out + other.paid_out)

    @property
    def held(self) -> int:
        """What the market holds after all movements."""
        return self.paid_in.total() - self.paid_out.total()

    def sums(self) -> dict[str, int]:
        """Return each kind's sum, sorted by name; kinds without a movement are left out."""
        return dict(sorted((self.paid_in + self.paid_out).items()))
