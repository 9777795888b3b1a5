"""The movements of a loan's money, read from the market's events alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from zkcredit.chain.loans import loan_events as ev
from zkcredit.loan import Action
from zkcredit.loan.words import LOAN_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.chain.contracts.events import Event
    from zkcredit.chain.loans.loan_market import LoanMarketClient

__all__ = ["PAYMENTS", "FlowOfFunds", "Movement", "flow_of_funds"]

Kind = Literal[
    "funding",
    "taken back",
    "fee",
    "drawing",
    "repayment",
    "settlement",
    "prepayment",
    "withdrawal",
]

PAYMENTS: Final[Mapping[Action, Kind]] = {
    Action.REPAY: "repayment",
    Action.SETTLE: "settlement",
    Action.PREPAY: "prepayment",
}
"""The steps of a loan that pay, and what their movements are called."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a loan's tokens.

    Attributes:
        kind: the reason of the movement.
        party: the other account.
        tokens: base units; positive into the market, negative out of it. An origination fee counts
            as out of it at the release, although its recipient draws it later.
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
    market: LoanMarketClient, loan_id: int, events: Sequence[Event] | None = None
) -> FlowOfFunds:
    """Return the movements of one loan.

    What the borrower never drew pays the debt first at a default: it moves nothing, and is left
    out.

    Args:
        market: the loan's market.
        loan_id: its number.
        events: all events of the market, if the caller has them already.

    Raises:
        InvalidInput: if the loan does not exist.
    """
    product = market.loan(loan_id).product
    unit, recipient = product.token_unit, product.fee_recipient
    positions: set[int] = set()
    movements: list[Movement] = []
    defaulting = ""

    def add(kind: Kind, party: str, tokens: int, event: Event) -> None:
        movements.append(Movement(kind, party, tokens, event.block, event.transaction))

    for event in market.events() if events is None else events:
        match event:
            case ev.Withdrawn() if event.position_id in positions:
                add("withdrawal", event.to, -event.tokens, event)
            case ev.LoanFunded() if event.loan_id == loan_id:
                positions.add(event.position_id)
                add("funding", event.lender, event.amount * unit, event)
            case ev.FundingLeft() if event.loan_id == loan_id:
                add("taken back", event.lender, -event.amount * unit, event)
            case ev.LoanReleased(fee=fee) if event.loan_id == loan_id and fee:
                add("fee", recipient, -fee * unit, event)
            case ev.ProceedsDrawn() if event.loan_id == loan_id:
                add("drawing", event.to, -event.amount * unit, event)
            case ev.LoanStepped() if event.loan_id == loan_id:
                action = LOAN_ACTIONS[event.action]
                if action is Action.DEFAULT:
                    defaulting = event.transaction
                elif action in PAYMENTS and event.paid and event.transaction != defaulting:
                    add(PAYMENTS[action], event.caller, event.paid * unit, event)
            case _:
                pass
    return FlowOfFunds(loan_id, tuple(movements))
