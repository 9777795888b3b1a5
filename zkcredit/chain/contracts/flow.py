"""The movements of a loan's money, read from the market's events alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zkcredit.chain.contracts import events as ev

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.contracts.market import LoanMarketClient

__all__ = ["FlowOfFunds", "Movement", "flow_of_funds"]

Kind = Literal["funding", "release", "repayment", "settlement", "recovery", "withdrawal"]


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer of tokens to or from the market.

    Attributes:
        kind: the reason of the transfer.
        party: the other account.
        tokens: base units; positive into the market, negative out of it.
        block: block number.
        transaction: transaction hash.
    """

    kind: Kind
    party: str
    tokens: int
    block: int
    transaction: str


@dataclass(frozen=True, slots=True)
class FlowOfFunds:
    """All movements of one loan, in order."""

    loan_id: int
    movements: tuple[Movement, ...]

    @property
    def held(self) -> int:
        """Base units of this loan that the market now holds."""
        return sum(movement.tokens for movement in self.movements)

    def total(self, kind: Kind) -> int:
        """Return the base units that moved for one reason, without sign."""
        return abs(sum(m.tokens for m in self.movements if m.kind == kind))


def flow_of_funds(
    market: LoanMarketClient, loan_id: int, events: Sequence[ev.Event] | None = None
) -> FlowOfFunds:
    """Return the movements of one loan.

    Args:
        market: the loan's market.
        loan_id: its number.
        events: all events of the market, if the caller has them already.

    Raises:
        InvalidInput: if the loan does not exist.
    """
    unit = market.product(market.loan(loan_id).product_id).product.token_unit
    positions: set[int] = set()
    movements: list[Movement] = []

    def add(kind: Kind, party: str, tokens: int, event: ev.Event) -> None:
        movements.append(Movement(kind, party, tokens, event.block, event.transaction))

    for event in market.events() if events is None else events:
        match event:
            case ev.Withdrawn() if event.position_id in positions:
                add("withdrawal", event.to, -event.tokens, event)
            case ev.LoanFunded() if event.loan_id == loan_id:
                positions.add(event.position_id)
                add("funding", event.lender, event.amount * unit, event)
            case ev.LoanReleased() if event.loan_id == loan_id:
                add("release", event.borrower, -event.principal * unit, event)
            case ev.LoanRepayment() if event.loan_id == loan_id:
                paid = event.to_instalments + event.to_fees
                add("repayment", event.payer, paid * unit, event)
            case ev.LoanSettled() if event.loan_id == loan_id:
                add("settlement", event.payer, event.amount * unit, event)
            case ev.LoanRecovery() if event.loan_id == loan_id:
                add("recovery", event.payer, event.amount * unit, event)
            case _:
                pass
    return FlowOfFunds(loan_id, tuple(movements))
