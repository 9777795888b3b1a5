"""Receipts of payments as files: written when a loan is paid, shown, and checked on the chain."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.account import MarketOptions
from zkcredit.cli.loan.group import app
from zkcredit.cli.options import Out, command, read_as, require_replaceable, write_text
from zkcredit.cli.output import emit, note

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.receipts import PaymentReceipt
    from zkcredit.chain.nodes.replies import Receipt

__all__ = ["ReceiptFile", "checked", "write_receipt"]

ReceiptFile = Annotated[
    Path | None,
    typer.Option("--receipt", help="Also write a receipt of the payment into this file."),
]
_MOST_BYTES = 1 << 14


def checked(path: Path | None) -> None:
    """Refuse a receipt's file that could not be written, before anything is paid.

    Raises:
        InvalidInput: if the path has a file of another kind.
    """
    if path is not None:
        require_replaceable(path)


def write_receipt(
    path: Path | None, market: "LoanMarketClient", sent: "Receipt", loan: int
) -> None:
    """Write the receipt of a payment, if a file is named.

    Raises:
        InvalidInput: if the file cannot be written.
        NodeUnavailable: if the node does not answer, or does not keep the loan's former state. The
            payment stands; ``loan receipt`` writes its receipt at any time.
    """
    if path is None:
        return
    from zkcredit.chain.loans.receipts import receipt_of

    write_text(path, receipt_of(market, sent.transaction, loan).to_json())
    note(f"the receipt is in {path}")


@command(app)
def receipt(
    at: MarketOptions,
    transaction: Annotated[str, typer.Argument(metavar="TX", help="The payment's transaction.")],
    *,
    out: Out,
    loan: Annotated[
        int | None,
        typer.Option("--loan", min=1, help="The loan, if the transaction paid on several."),
    ] = None,
) -> None:
    """Write the receipt of a payment that was made, by you or by anybody."""
    from zkcredit.chain.loans.receipts import receipt_of

    require_replaceable(out)
    with at.connect() as node:
        found = receipt_of(at.open(node), transaction, loan)
    write_text(out, found.to_json())
    _show(found)


@command(app, "check-receipt")
def compare_receipt(
    at: MarketOptions,
    file: Annotated[Path, typer.Argument(metavar="RECEIPT.json", help="The receipt.")],
) -> None:
    """Show a receipt, and check every part of it on the chain; exits with 3 if one differs."""
    from zkcredit.chain.loans.receipts import PaymentReceipt

    given = read_as(file, PaymentReceipt.from_json, _MOST_BYTES)
    with at.connect() as node:
        given.require_on(at.open(node))
    _show(given)


def _show(found: "PaymentReceipt") -> None:
    emit({"paid": found.amounts.total, **found.content()}, "\n".join(found.in_words()))
