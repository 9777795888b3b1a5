"""``zkcredit product`` for lines: the next product of a line is announced, with notice."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit.cli.account import ActionOptions, MarketOptions, WalletOptions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import command
from zkcredit.cli.output import emit, note
from zkcredit.cli.product import ProductAddress, app
from zkcredit.cli.words import span
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.loans.products import Line, ProductBookClient

LineNumber = Annotated[int, typer.Argument(metavar="LINE", min=1, help="The line's number.")]
_SLACK: Final = 3_600


@command(app, "begin-line")
def begin_line(
    lender: WalletOptions, at: MarketOptions, how: ActionOptions, product: ProductAddress
) -> None:
    """Begin a line with a product of yours; its next products come with notice."""
    from zkcredit._internal.evm import checksum_address

    address = checksum_address("the product", product)
    with lender.acting(at, how) as actor:
        book = at.open(actor.node).book

        def resolve() -> Details:
            _require_free(book, address)
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            made = book.begin_line(address, by=actor.sender, idempotency_key=f"{name}/begin")
            return _told(made)

        wish = Wish("product begin-line", book.address, {"product": address})
        perform(actor, wish, carry_out, resolve=resolve)


@command(app)
def announce(
    lender: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    line: LineNumber,
    product: ProductAddress,
    *,
    days: Annotated[
        int | None,
        typer.Option(
            "--days", min=1, max=3650, help="Days until it begins; the notice by default."
        ),
    ] = None,
) -> None:
    """Announce the next product of your line. The product before it is closed from then on.

    Proofs for the product before it are refused from that second on; its running loans stay as they
    are. Nothing is announced while another announcement waits: withdraw that one first.
    """
    import zkcredit.units as units
    from zkcredit._internal.evm import checksum_address

    address = checksum_address("the product", product)
    with lender.acting(at, how) as actor:
        book = at.open(actor.node).book

        def resolve() -> Details:
            found, notice = book.line(line), book.notice()
            _require_own(found, actor.sender.address)
            if found.announced is not None:
                raise InvalidInput(f"line {line} waits for {found.announced}; withdraw that first")
            _require_free(book, address)
            # the block comes later than this moment
            least = notice + _SLACK
            wait = least if days is None else days * units.DAY
            if wait < least:
                raise InvalidInput(
                    f"the notice here is {span(notice)}: name more days, or leave out --days"
                )
            return {"starts_at": actor.node.now() + wait}

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            step = f"{name}/announce"
            book.announce(line, address, seen["starts_at"], by=actor.sender, idempotency_key=step)
            note(f"it begins at {units.format_time(seen['starts_at'])}")
            return _told(book.line(line))

        wish = Wish("product announce", book.address, {"line": line, "product": address})
        perform(actor, wish, carry_out, resolve=resolve)


@command(app, "withdraw-announcement")
def withdraw_announcement(
    lender: WalletOptions, at: MarketOptions, how: ActionOptions, line: LineNumber
) -> None:
    """Take the announcement of your line back before its time; the line keeps its product."""
    with lender.acting(at, how) as actor:
        book = at.open(actor.node).book

        def resolve() -> Details:
            found = book.line(line)
            _require_own(found, actor.sender.address)
            if found.announced is None:
                raise InvalidInput(f"nothing is announced in line {line}")
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step = f"{name}/withdraw"
            book.withdraw_announcement(line, by=actor.sender, idempotency_key=step)
            return _told(book.line(line))

        wish = Wish("product withdraw-announcement", book.address, {"line": line})
        perform(actor, wish, carry_out, resolve=resolve)


@command(app, "line")
def show_line(at: MarketOptions, line: LineNumber) -> None:
    """Show which product a line has, which one is announced, and when that begins."""
    import zkcredit.units as units

    with at.connect() as node:
        found = at.open(node).book.line(line)
    lines = [f"line {found.line_id} of {found.creator} has the product {found.product}"]
    if found.announced is not None and found.starts_at is not None:
        lines.append(f"{found.announced} takes its place at {units.format_time(found.starts_at)}")
    emit(_told(found), "\n".join(lines))


def _told(line: "Line") -> dict[str, Any]:
    return {
        "line": line.line_id,
        "creator": line.creator,
        "product": line.product,
        "announced": line.announced,
        "starts_at": line.starts_at,
    }


def _require_own(line: "Line", who: str) -> None:
    if line.creator != who:
        raise InvalidInput(f"only {line.creator}, who began line {line.line_id}, changes it")


def _require_free(book: "ProductBookClient", product: str) -> None:
    found = book.product(product)
    if found.line_id is not None:
        raise InvalidInput(f"the product {product} is in line {found.line_id} already")
