"""What lenders do: fund an application, leave it, withdraw what came in."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    ActionOptions,
    Address,
    Amount,
    LoanNumber,
    MarketOptions,
    Recipient,
    WalletOptions,
    recipient,
)
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.loan.group import app
from zkcredit.cli.loan.record import described, identity, same_loan
from zkcredit.cli.loan.rules import require_leaving
from zkcredit.cli.options import command
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient

PositionNumber = Annotated[int, typer.Argument(metavar="POSITION", min=1)]


@command(app)
def fund(
    lender: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    amount: Amount,
    *,
    borrower: Annotated[
        str | None,
        typer.Option(
            "--borrower", metavar="ADDRESS", help="Whose loan it is; another one is not funded."
        ),
    ] = None,
) -> None:
    """Fund an application; the last part releases the loan, and the borrower draws it."""
    from zkcredit._internal.evm import checksum_address

    expected = None if borrower is None else checksum_address("the borrower", borrower)
    with lender.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            found = market.loan(loan)
            if expected not in (None, found.borrower):
                raise InvalidInput(f"loan {loan} is that of {found.borrower}, not of {expected}")
            return identity(found)

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            by, asked = actor.sender, same_loan(market.loan(loan), seen)
            market.allow_payment(asked, amount, by=by, idempotency_key=f"{name}/allow")
            position = market.fund(asked, amount, by=by, idempotency_key=f"{name}/fund")
            made = {"position": position.position_id, "accepted": position.amount}
            return made | described(market, loan)

        wanted: dict[str, Any] = {"loan": loan, "amount": amount}
        if expected is not None:
            wanted["borrower"] = expected
        wish = Wish("loan fund", market.address, wanted)
        perform(actor, wish, carry_out, resolve=resolve)


@command(app, "take-back")
def take_back(
    lender: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    position: PositionNumber,
    *,
    to: Recipient = None,
) -> None:
    """Leave an application that is not full, a day or more after you funded it."""
    where = recipient(to)
    with lender.acting(at, how) as actor:
        market = at.open(actor.node)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            by, step, state = actor.sender, f"{name}/take-back", market.position(position)
            if not by.knows(step):
                require_leaving(market, state)
            market.take_back(position, by=by, to=where, idempotency_key=step)
            return {"position": position, "paid": state.amount, **described(market, state.loan_id)}

        once = "A position is taken back only once"
        wish = Wish("loan take-back", market.address, _of_position(position, where), once)
        perform(actor, wish, carry_out)


@command(app)
def withdraw(
    lender: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    position: PositionNumber,
    *,
    to: Recipient = None,
) -> None:
    """Withdraw what your share of a loan can claim now; use --again for later repayments."""
    where = recipient(to)
    with lender.acting(at, how) as actor:
        market = at.open(actor.node)
        loan = market.position(position).loan_id

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step = f"{name}/withdraw"
            receipt = market.withdraw(position, by=actor.sender, to=where, idempotency_key=step)
            tokens = market.drawn_in(receipt)
            return {"position": position, "tokens": str(tokens), **_token_of(market, loan)}

        wish = Wish("loan withdraw", market.address, _of_position(position, where))
        perform(actor, wish, carry_out)


@command(app, "withdraw-fees")
def withdraw_fees(
    collector: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    token: Address,
    *,
    to: Recipient = None,
) -> None:
    """Withdraw the origination fees that wait for you in a token; --again for later ones."""
    from zkcredit._internal.evm import checksum_address

    where, address = recipient(to), checksum_address("the token", token)
    with collector.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            waiting = market.fees(actor.sender.address, address)
            if not waiting:
                raise InvalidInput(
                    f"no origination fees in the token {address} wait for {actor.sender.address}"
                )
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            from zkcredit.chain.loans.loan_events import FeesWithdrawn

            step = f"{name}/withdraw"
            receipt = market.withdraw_fees(address, by=actor.sender, to=where, idempotency_key=step)
            events = market.events_of(receipt)
            tokens = sum(event.tokens for event in events if isinstance(event, FeesWithdrawn))
            return {"token": address, "tokens": str(tokens)}

        wanted = {"token": address} | ({} if where is None else {"to": where})
        wish = Wish("loan withdraw-fees", market.address, wanted)
        perform(actor, wish, carry_out, resolve=resolve)


def _of_position(position: int, where: str | None) -> dict[str, Any]:
    return {"position": position} | ({} if where is None else {"to": where})


def _token_of(market: "LoanMarketClient", loan: int) -> dict[str, Any]:
    product = market.loan(loan).product
    return {"loan": loan, "currency": product.currency, "unit": product.token_unit}
