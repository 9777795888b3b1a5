"""A loan as commands show it, and the check that a number still stands for the same loan."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState

__all__ = ["described", "described_loan", "identity", "same_loan"]


def described(market: "LoanMarketClient", loan_id: int) -> dict[str, Any]:
    """Return where a loan stands and what it costs now, as JSON values.

    Raises:
        InvalidInput: if the loan does not exist.
    """
    return described_loan(market, market.loan(loan_id))


def described_loan(market: "LoanMarketClient", loan: "LoanState") -> dict[str, Any]:
    """Return the same of a loan that was read already; ``zkcredit.cli.words`` has the units."""
    from zkcredit.chain import LoanStatus

    product, running = loan.product, loan.running
    shown: dict[str, Any] = {
        "loan": loan.loan_id,
        "status": loan.status.name.lower(),
        "borrower": loan.borrower,
        "product": loan.product_address,
        "purpose": loan.purpose,
        "principal": loan.principal,
        "currency": product.currency,
        "funded": loan.funded,
    }
    if loan.status is LoanStatus.REQUESTED and loan.proved_at is not None:
        shown |= {
            "funding_deadline": loan.funding_deadline,
            "proof_until": loan.proved_at + product.proof_age,
        }
    if running is None:
        return shown
    shown |= {
        "undrawn": loan.undrawn,
        "received": loan.received,
        "rows": loan.rows,
        "paid_rows": loan.paid_rows,
        "balance": loan.balance,
        "holidays_left": product.holidays - running.holidays,
    }
    if loan.status in (LoanStatus.ACTIVE, LoanStatus.DEFAULTED):
        costs = market.quote(loan.loan_id)
        shown |= {**costs._asdict(), "next_due_at": costs.next_due_at or None}
    return shown


def identity(loan: "LoanState") -> dict[str, Any]:
    """Return what a loan is besides its number, which may stand for another one later."""
    return {"borrower": loan.borrower, "product": loan.product_address}


def same_loan(loan: "LoanState", seen: Mapping[str, Any]) -> "LoanState":
    """Return the loan if it still is the one that a command began with.

    Args:
        loan: the loan that has the number now.
        seen: the result of ``identity`` when the command began.

    Raises:
        InvalidInput: if the chain was reorganised, and another loan has the number.
    """
    if loan.borrower != seen["borrower"]:
        raise InvalidInput(
            f"loan {loan.loan_id} is that of {loan.borrower} now, and was that of "
            f"{seen['borrower']} when the command began; look at it again before you pay"
        )
    return loan
