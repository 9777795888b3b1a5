"""``zkcredit product``: what a loan of an offer costs, and the products of a market."""

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit.cli.account import ActionOptions, MarketOptions, SomeMarketOptions, WalletOptions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import command, read_object
from zkcredit.cli.output import draw_lines, emit, note
from zkcredit.cli.words import money, span
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.language import marked, tr, tr_many

if TYPE_CHECKING:
    from zkcredit.chain.loans.products import PublishedProduct
    from zkcredit.loan import TableProduct

app = typer.Typer(help="Products as tables: costs, publishing, lists.", no_args_is_help=True)

OfferFile = Annotated[Path, typer.Argument(metavar="OFFER.json", help="An offer with a schedule.")]
ProductAddress = Annotated[str, typer.Argument(metavar="PRODUCT", help="The product's address.")]
_ADDRESS: Final = re.compile("0x[0-9a-fA-F]{40}")


@command(app)
def show(
    at: SomeMarketOptions,
    product: Annotated[
        str,
        typer.Argument(
            metavar="PRODUCT", help="An offer's file, or the address of a published product."
        ),
    ],
    *,
    amount: Annotated[
        int | None,
        typer.Option("--amount", min=1, help="Minor currency units; the most by default."),
    ] = None,
    width: Annotated[
        int, typer.Option("--width", min=10, max=200, help="Characters of the longest bar.")
    ] = 40,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", help="Also draw the schedule, as .svg or .png; needs [charts]."),
    ] = None,
) -> None:
    """Show what a loan costs: every payment, the yearly rates, the worst case, and a picture.

    Also shows what a borrower must prove, and what the borrower and the lender may do on the way.
    """
    from zkcredit.loan import disclose, picture_in_text

    offered, published = _found(product, at)
    principal = offered.max_principal if amount is None else amount
    costs = disclose(offered, principal)
    picture = picture_in_text(offered, principal, width)
    if chart is not None:
        from zkcredit.plots import draw_schedule

        draw_schedule(offered, principal, chart)
    result: dict[str, Any] = {
        **asdict(costs),
        "payments": [{"due": due, "amount": paid} for due, paid in costs.payments],
        "digest": offered.digest.hex(),
        "bytes": offered.encode().hex(),
        "conditions": offered.policy.conditions(),
    }
    lines = [
        *costs.in_words(),
        *costs.payments_in_words(),
        *_rules_of(offered, principal),
        "",
        picture,
    ]
    if published is not None:
        result |= _place_of(published)
        lines.insert(0, _line(published))
    emit(result, "\n".join(lines))


@command(app)
def publish(lender: WalletOptions, at: MarketOptions, how: ActionOptions, offer: OfferFile) -> None:
    """Publish an offer; it takes applications from then on, and nobody can change it.

    First says what its largest loan costs the borrower. An offer that somebody would regret is
    refused before anything is signed.
    """
    from zkcredit.loan import disclose

    offered = _read(offer)
    for line in disclose(offered, offered.max_principal).in_words():
        note(line)
    with lender.acting(at, how) as actor:
        market = at.open(actor.node)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step = f"{name}/publish"
            made = market.book.publish(offered, by=actor.sender, idempotency_key=step)
            return {**_place_of(made), "digest": offered.digest.hex()}

        wish = Wish("product publish", market.book.address, {"digest": offered.digest.hex()})
        perform(actor, wish, carry_out)


@command(app, "open")
def open_product(
    lender: WalletOptions, at: MarketOptions, how: ActionOptions, product: ProductAddress
) -> None:
    """Let a product take applications again. Its creator only."""
    _set_open(lender, at, how, product, "product open", is_open=True)


@command(app)
def close(
    lender: WalletOptions, at: MarketOptions, how: ActionOptions, product: ProductAddress
) -> None:
    """Let a product take no more applications; its loans go on. Its creator only."""
    _set_open(lender, at, how, product, "product close", is_open=False)


@command(app, "list")
def list_products(
    at: MarketOptions,
    *,
    creator: Annotated[
        str | None, typer.Option("--creator", metavar="ADDRESS", help="Only this lender's.")
    ] = None,
    only_open: Annotated[
        bool, typer.Option("--open", help="Only those that take applications.")
    ] = False,
) -> None:
    """List the products of a market's book, the oldest first."""
    from zkcredit._internal.evm import checksum_address

    who = None if creator is None else checksum_address("the creator", creator)
    with at.connect() as node:
        found = [one for one in at.open(node).book.products(who) if one.open or not only_open]
    listed = [
        {
            **_place_of(one),
            "min_principal": one.product.min_principal,
            "max_principal": one.product.max_principal,
            "currency": one.product.currency,
            "rows": len(one.product.table.rows),
            "conditions": one.product.policy.conditions(),
        }
        for one in found
    ]
    emit({"products": listed}, "\n".join(map(_line, found)) or "no products")


def _set_open(
    lender: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    product: str,
    verb: str,
    *,
    is_open: bool,
) -> None:
    from zkcredit._internal.evm import checksum_address

    address = checksum_address("the product", product)
    with lender.acting(at, how) as actor:
        book = at.open(actor.node).book

        def resolve() -> Details:
            book.product(address)
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            book.set_open(address, is_open, by=actor.sender, idempotency_key=f"{name}/open")
            return {"product": address, "open": is_open}

        perform(actor, Wish(verb, book.address, {"product": address}), carry_out, resolve=resolve)


def _found(text: str, at: SomeMarketOptions) -> "tuple[TableProduct, PublishedProduct | None]":
    if _ADDRESS.fullmatch(text) is None:
        return _read(Path(text)), None
    with at.open_market() as market:
        published = market.book.product(text)
    return published.product, published


def _read(offer: Path) -> "TableProduct":
    """Read an offer; if it is refused, first show what its rows would ask of a borrower."""
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.loan import picture_of_offer, read_offer

    values = read_object(offer, "offer")
    try:
        with in_file(offer):
            return read_offer(values)
    except MalformedFile:
        raise
    except InvalidInput:
        if (picture := picture_of_offer(values)) is not None:
            draw_lines(picture.splitlines())
        raise


def _place_of(published: "PublishedProduct") -> dict[str, Any]:
    return {
        "product": published.address,
        "creator": published.creator,
        "open": published.open,
        "line": published.line_id,
    }


def _line(published: "PublishedProduct") -> str:
    from zkcredit.loan import disclose, rate_in_words

    product = published.product
    least, most = (
        money(amount, product.currency) for amount in (product.min_principal, product.max_principal)
    )
    rate = rate_in_words(disclose(product, product.max_principal).ear)
    rows = len(product.table.rows)
    state = marked("open") if published.open else marked("closed")
    return tr(
        "{product}: {state}, {least} to {most}, {rows}, {rate} a year, by {creator}",
        product=published.address,
        state=tr(state),
        least=least,
        most=most,
        rows=tr_many("{number} row", "{number} rows", rows),
        rate=rate,
        creator=published.creator,
    )


def _rules_of(product: "TableProduct", principal: int) -> list[str]:
    """Return what a borrower must prove, and what may happen on the way, as sentences."""
    from zkcredit.policy import policy_words

    fee = money(product.late_fee, product.currency)
    cap = money(product.late_fee_cap, product.currency)
    lines = [
        tr(
            "A row that is not paid {grace} after its due costs a late fee of {fee}, at most {cap} "
            "in all.",
            grace=span(product.grace),
            fee=fee,
            cap=cap,
        )
        if product.late_fee
        else tr("There is no late fee."),
        tr("Default can be declared {span} after a due.", span=span(product.default_after)),
        tr_many(
            "{number} payment holiday can be taken, and every prepayment is free.",
            "{number} payment holidays can be taken, and every prepayment is free.",
            product.holidays,
        ),
        tr(
            "An application can be funded for {window}; its proof is good for {age}.",
            window=span(product.funding_window),
            age=span(product.proof_age),
        ),
        tr("To get it you prove that:"),
    ]
    judged = replace(product.policy_for(principal, 1), now=0, min_issued_at=0)
    proved = policy_words(judged, product.currency, owed_in=product.currency) or [
        "you hold a valid credential, and nothing else"
    ]
    if product.policy.currency not in (0, product.currency):
        proved.append(
            "the amounts of the loan, at the exchange rate of the day, are judged in your currency"
        )
    return [*lines, *(f"- {fact}" for fact in proved)]
