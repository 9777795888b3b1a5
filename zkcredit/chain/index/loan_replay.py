"""The steps of a loan, computed again from a market's events by the library's own engine.

An event says which step was done, what it took and what it charged. From the loan before it, the
product and the time, the library computes the loan after it, and compares: an index never shows a
loan that the chain does not have.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from zkcredit.errors import ChainError, ZkCreditError
from zkcredit.loan.life import Action, Outcome, run
from zkcredit.loan.running import RunningLoan
from zkcredit.loan.table_product import TableProduct

__all__ = ["Clock", "Reported", "begun", "next_loan", "product_of"]


class Clock(NamedTuple):
    """The clock of a token, which notices stop.

    Attributes:
        until: end of the last notice, Unix seconds; 0 without one.
        lost: what all notices took out of the clock, seconds.
    """

    until: int = 0
    lost: int = 0

    def at(self, time: int) -> int:
        """Return what the clock shows at a time (Unix seconds), if no other notice is given."""
        return max(time, self.until) - self.lost


class Reported(NamedTuple):
    """What an event says of a step, in minor units and numbers of rows."""

    action: Action
    paid: int
    late: int
    fees: int


@lru_cache(maxsize=256)
def product_of(data: bytes) -> TableProduct:
    """Return the product that these bytes hold; the book refuses others.

    Raises:
        ChainError: if they are not a product.
    """
    try:
        return TableProduct.decode(data)
    except ZkCreditError as error:
        raise ChainError(f"the book published what is not a product: {error}") from error


def begun(product: TableProduct, principal: int, clock: int) -> RunningLoan:
    """Return a loan at its release; the market released it, so its schedule is acceptable."""
    return RunningLoan(product, principal, principal, principal, clock)


def next_loan(
    loan: RunningLoan, reported: Reported, clock: int, product: TableProduct | None = None
) -> RunningLoan:
    """Return the loan after a step.

    Args:
        loan: the loan before it.
        reported: what the event says of the step.
        clock: the time of the step on the token's clock.
        product: of a restructuring the product that replaces the present one.

    Raises:
        ChainError: if the loan does not allow this step, or the step does something else.
    """
    action = reported.action
    pays = action in (Action.REPAY, Action.SETTLE, Action.PREPAY)
    try:
        # what was taken of an offer gives the same loan as the offer; a step is never offered 0
        after, outcome = run(action, loan, max(reported.paid, 1) if pays else 0, clock, product)
    except ZkCreditError as error:
        raise ChainError(
            f"the market reports a step that the loan does not allow: {error}"
        ) from error
    told = Outcome(reported.paid, reported.late, reported.fees)
    if action is Action.RESTRUCTURE and told.late == 1:
        # the market counts one row late that was due, if it was not found late before
        outcome = outcome._replace(late=outcome.late or 1)
    if outcome != told:
        raise ChainError(
            f"the market reports {reported} and by its rules it would be {outcome}: the index "
            "lacks an event, or the contract is another version"
        )
    return after
