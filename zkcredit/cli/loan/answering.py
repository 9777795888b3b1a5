"""How a borrower answers a market: what an application is for, and the proof that it needs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import Actor, Reader, read_account
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.cli.proof import Means
    from zkcredit.cli.records import IndexOptions
    from zkcredit.ledger import LedgerAccount
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

__all__ = [
    "Principal",
    "Purpose",
    "SomeLine",
    "SomeProduct",
    "answered",
    "asked_about",
    "named",
    "named_product",
    "product_of",
]

SomeProduct = Annotated[
    str | None, typer.Option("--product", metavar="ADDRESS", help="The product's address.")
]
SomeLine = Annotated[
    int | None,
    typer.Option("--line", min=1, help="Instead of --product: the line whose product it is."),
]
Principal = Annotated[int, typer.Option("--amount", min=1, help="Minor currency units.")]
Purpose = Annotated[
    int, typer.Option("--purpose", min=0, max=65535, help="Code of what the loan is for.")
]


def named_product(product: str | None, line: int | None) -> str | None:
    """Return the product that an application names, or None if it names a line.

    Raises:
        InvalidInput: if it names neither or both, or the product is not an address.
    """
    from zkcredit._internal.evm import checksum_address

    if (product is None) == (line is None):
        raise InvalidInput("name the product with --product, or its line with --line")
    return None if product is None else checksum_address("the product", product)


def product_of(market: "LoanMarketClient", product: str | None, line: int | None) -> str:
    """Return the address of the product that is named, or that the line has now."""
    return market.book.line(line).product if product is None else product  # type: ignore[arg-type]


def asked_about(
    actor: Actor | Reader, market: "LoanMarketClient", means: "Means"
) -> dict[str, Any]:
    """Return what a request needs to know about the means of its answer."""
    about_account = _asks_a_ledger(market) and means.options.credential is None
    return {
        "registry_root": None if means.registry is None else means.registry.root,
        "account": actor.wallet.ledger.key if about_account else None,
        "arbiters": means.group,
        "scorecard": None if means.scorecard is None else means.scorecard.digest,
    }


def named(means: "Means") -> dict[str, Any]:
    """Return the means as the arguments of a wish."""
    return {
        "credential": means.options.credential,
        "group": None if means.group is None else f"{means.group.digest:064x}",
        "model": None if means.scorecard is None else means.scorecard.digest,
    }


def answered(
    actor: Actor | Reader,
    market: "LoanMarketClient",
    means: "Means",
    records: "IndexOptions",
    request: "LoanRequest",
) -> "Presentation":
    """Let the borrower agree, and prove; at a ledger's market about the account."""
    product = request.product_address
    named = market.issuers_for(product) if request.account is not None else None
    history = records.to_prove(actor.wallet, actor.node, request)

    def account() -> "LedgerAccount":
        return read_account(actor.wallet, market.ledger, named)[0]

    return means.answer(actor.wallet, request, account, history=history)


def _asks_a_ledger(market: "LoanMarketClient") -> bool:
    from zkcredit.chain import LedgerGateClient

    return isinstance(market.gate, LedgerGateClient)
