"""What a borrower, or anybody for one, pays: rows, amounts, a settlement, a prepayment."""

import json
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    ActionOptions,
    Amount,
    LoanNumber,
    MarketOptions,
    SomeAmount,
    SomeRow,
    WalletOptions,
)
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.loan.group import app
from zkcredit.cli.loan.receipts import ReceiptFile, checked, write_receipt
from zkcredit.cli.loan.record import described, identity, same_loan
from zkcredit.cli.loan.rules import require_step
from zkcredit.cli.options import command
from zkcredit.cli.words import money
from zkcredit.errors import InvalidInput, LoanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.sending.entries import Intention
    from zkcredit.cli.account import Actor


@command(app)
def repay(
    payer: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    amount: SomeAmount = None,
    *,
    row: SomeRow = None,
    due: Annotated[bool, typer.Option("--due", help="Pay the row that is due, once a row.")] = (
        False
    ),
    receipt: ReceiptFile = None,
) -> None:
    """Repay a loan; never more than what is owed. Anybody may pay for a borrower.

    Name a row of the schedule: it is paid once, with the late fees that are owed, however often the
    command is run; use --again 2 if its payment failed. With --due the oldest unpaid row that asks
    for money is paid, at most one in the time of a row. Or give an AMOUNT: to pay the same amount a
    second time, use --again 2.
    """
    if (amount is not None) + (row is not None) + due != 1:
        raise InvalidInput("say what to pay with exactly one of AMOUNT, --row and --due")
    checked(receipt)
    with payer.acting(at, how) as actor:
        market = at.open(actor.node)
        if amount is None:
            number = _due(actor, market, loan) if row is None else row
            wish = _row(market, loan, number)
            _require_unpaid(actor, wish)
        else:
            wish = Wish("loan repay", market.address, {"loan": loan, "amount": amount})

        def resolve() -> Details:
            whose = identity(market.loan(loan))
            if amount is not None:
                return {"amount": amount, **whose}
            owed = {"amount": market.row_owed(loan, number), **whose}
            return owed | {"period": _period(market, loan)} if due else owed

        def carry_out(name: str, details: Details) -> dict[str, Any]:
            by, most = actor.sender, int(details["amount"])
            owing = same_loan(market.loan(loan), details)
            if amount is None and not by.knows(f"{name}/repay"):
                market.row_owed(loan, number)  # somebody else may have paid it
            market.allow_payment(owing, most, by=by, idempotency_key=f"{name}/allow")
            done = market.repay(owing, most, by=by, idempotency_key=f"{name}/repay")
            return {"paid": market.paid_in(done), **described(market, loan)}

        sent = perform(actor, wish, carry_out, resolve=resolve)
        write_receipt(receipt, market, sent, loan)


@command(app)
def settle(
    payer: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    *,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, help="The most to pay, minor units; what it costs now by default."
        ),
    ] = None,
    receipt: ReceiptFile = None,
) -> None:
    """Close a running loan now; the interest of rows that have not begun is saved."""
    checked(receipt)
    with payer.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            found = market.loan(loan)
            found.require_running()
            cost = market.quote(loan).settlement
            if limit is not None and cost > limit:
                paid, most = (money(sum_, found.product.currency) for sum_ in (cost, limit))
                raise LoanError(f"settling costs {paid} now, more than --limit {most}")
            least = max(cost, 1)  # a credit may cover the loan; the contract wants a limit still
            return {"amount": least if limit is None else limit, **identity(found)}

        def carry_out(name: str, details: Details) -> dict[str, Any]:
            by, most = actor.sender, int(details["amount"])
            owing = same_loan(market.loan(loan), details)
            market.allow_payment(owing, most, by=by, idempotency_key=f"{name}/allow")
            done = market.settle(owing, most, by=by, idempotency_key=f"{name}/settle")
            return {"paid": market.paid_in(done), **described(market, loan)}

        wanted = {"loan": loan} | ({} if limit is None else {"limit": limit})
        wish = Wish("loan settle", market.address, wanted, "A loan is settled only once")
        sent = perform(actor, wish, carry_out, resolve=resolve)
        write_receipt(receipt, market, sent, loan)


@command(app)
def prepay(
    payer: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    amount: Amount,
    *,
    receipt: ReceiptFile = None,
) -> None:
    """Pay a part of the principal before its time, so that later rows ask for less.

    The interest of the row that has begun is paid first. A loan in arrears is repaid, not prepaid.
    """
    from zkcredit.loan import Action

    checked(receipt)
    with payer.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            found = market.loan(loan)
            require_step(market, found, Action.PREPAY, amount)
            return identity(found)

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            by, owing = actor.sender, same_loan(market.loan(loan), seen)
            market.allow_payment(owing, amount, by=by, idempotency_key=f"{name}/allow")
            done = market.prepay(owing, amount, by=by, idempotency_key=f"{name}/prepay")
            return {"paid": market.paid_in(done), **described(market, loan)}

        wish = Wish("loan prepay", market.address, {"loan": loan, "amount": amount})
        sent = perform(actor, wish, carry_out, resolve=resolve)
        write_receipt(receipt, market, sent, loan)


def _row(market: "LoanMarketClient", loan: int, number: int) -> Wish:
    return Wish(
        "loan repay",
        market.address,
        {"loan": loan, "row": number},
        once=f"A row is paid once; the next is --row {number + 1}",
    )


def _require_unpaid(actor: "Actor", wish: Wish) -> None:
    """Check that a row for which ``--again`` is given was not paid the time before."""
    if actor.again > 1:
        sender = actor.sender
        name, before = wish.name, actor.again - 1
        earlier = actor.outbox.intention(sender.node.network, sender.address, name, before)
        if earlier is None or "failed" not in json.loads(earlier.outcome or "{}"):
            raise InvalidInput("a row is paid only once; use --again only if its payment failed")


def _due(actor: "Actor", market: "LoanMarketClient", loan: int) -> int:
    """Return the row that ``--due`` means.

    It is a row whose payment began, unless the user was told how it ended; otherwise the one that
    ``--due`` paid in the time that the loan is in; otherwise the oldest unpaid one, if it has
    begun; otherwise the last paid one.
    """
    due, period = market.row_due(loan), _period(market, loan)
    for number in range(1, due + 1):
        for begun in _payments(actor, _row(market, loan, number)):
            outcome = json.loads(begun.outcome or "{}")
            paid_now = "result" in outcome and json.loads(begun.details).get("period") == period
            if not outcome.get("told", bool(outcome)) or paid_now:
                return number
    return due


def _period(market: "LoanMarketClient", loan: int) -> int:
    """Return the number, from 1, of the row whose time it is.

    After the last due the numbers go on, each for as long as the last row's time, so that what is
    overdue then can be paid row by row, too.
    """
    running, number = market.loan(loan).running, market.period(loan)
    if running is None or number <= len(running.product.table.rows):
        return number
    dues = (0, *running.product.table.dues)
    late = market.clock(running.product.token).now - running.due_at(len(dues) - 2)
    return number + max(late, 0) // (dues[-1] - dues[-2])


def _payments(actor: "Actor", wish: Wish) -> "Iterator[Intention]":
    """Yield the intentions to pay a row for which something was signed, in order."""
    outbox, sender = actor.outbox, actor.sender
    for ordinal in count(1):
        begun = outbox.intention(sender.node.network, sender.address, wish.name, ordinal)
        if begun is None:
            return
        if outbox.transactions(begun):
            yield begun
