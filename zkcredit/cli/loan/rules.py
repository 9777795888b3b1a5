"""What a loan does not allow now, told before anything is signed: the rule, and from when it does.

The contract refuses the same things; here the refusal has words and a date.
"""

from typing import TYPE_CHECKING, Any

from zkcredit.cli.words import when
from zkcredit.errors import LoanError

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState, PositionState
    from zkcredit.loan import Action, TableProduct

__all__ = ["refused_until", "require_leaving", "require_step"]


def require_step(
    market: "LoanMarketClient",
    loan: "LoanState",
    action: "Action",
    amount: int = 0,
    product: "TableProduct | None" = None,
) -> None:
    """Require that a running loan allows a step now.

    Args:
        market: the loan's market.
        loan: the loan.
        action: the step.
        amount: minor units that the step takes; 0 if it takes none.
        product: of a restructuring the product that replaces the present one.

    Raises:
        LoanError: if it does not; the text says the rule, and from when it does.
        InvalidInput: if the loan is not running, or the amount is not acceptable.
    """
    from zkcredit.loan import run

    clock = market.clock(loan.product.token)
    running: Any = loan.require_running()
    try:
        run(action, running, amount, clock.now, product)
    except LoanError as error:
        if error.possible_at is None:
            raise
        raise refused_until(str(error), error.possible_at + clock.lost, market) from None


def require_leaving(market: "LoanMarketClient", position: "PositionState") -> None:
    """Require that a lender's money can be taken back from an application now.

    Raises:
        LoanError: if less than a day passed since the funding.
    """
    from zkcredit.units import DAY

    possible_at = position.funded_at + DAY
    if market.node.now() < possible_at:
        raise refused_until(
            "a lender leaves an application a day after the funding", possible_at, market
        )


def refused_until(rule: str, possible_at: int, market: "LoanMarketClient") -> LoanError:
    """Return the refusal with the rule and the time from which the step is possible."""
    return LoanError(f"{rule}; possible from {when(possible_at, market.node.now())}", possible_at)
