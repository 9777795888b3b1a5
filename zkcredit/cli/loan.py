"""``zkcredit loan``: apply with a proof, fund, repay, withdraw, and show a loan."""

import json
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    ActionOptions,
    Amount,
    LoanNumber,
    MarketOptions,
    WalletOptions,
    read_account,
)
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import command
from zkcredit.cli.output import emit, note
from zkcredit.cli.proof import ProofOptions
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain import LoanMarketClient
    from zkcredit.chain.sending.entries import Intention
    from zkcredit.cli.account import Actor

app = typer.Typer(help="Loans at a market on chain.", no_args_is_help=True)


@command(app)
def apply(
    borrower: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    what: ProofOptions,
    *,
    product: Annotated[int, typer.Option("--product", min=1, help="The product's number.")],
    amount: Annotated[int, typer.Option("--amount", min=1, help="Minor currency units.")],
    purpose: Annotated[
        int, typer.Option("--purpose", min=0, max=65535, help="Code of what the loan is for.")
    ] = 0,
) -> None:
    """Prove that you qualify and apply; exits with 6 if you do not, and tells only you why.

    Prints what the market learns, what the loan costs and until when you can apply, and asks
    before it proves. At the market of a credit ledger, leave out CREDENTIAL and --registry: the
    proof is about your account. If the market escrows your reference to arbiters, --group is their
    group. If a published scorecard makes the score, --model is that scorecard.
    """
    means = what.read()
    registry, group, scorecard = means.registry, means.group, means.scorecard
    with borrower.acting(at, how) as actor:
        market, wallet = at.open(actor.node), actor.wallet

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step = f"{name}/apply"
            if actor.sender.knows(step):  # an earlier run proved and signed, and was interrupted
                return _described(market, market.applied(actor.sender.wait(step)).loan_id)
            request = market.request(
                product,
                amount,
                actor.sender.address,
                purpose_code=purpose,
                registry_root=None if registry is None else registry.root,
                account=wallet.ledger.key if what.credential is None else None,
                arbiters=group,
                scorecard=None if scorecard is None else scorecard.digest,
            )
            named = None if what.credential is not None else market.issuers_for(product)
            presentation = means.answer(
                wallet, request, lambda: read_account(wallet, market.ledger, named)[0]
            )
            note("proved; applying")
            loan = market.apply(request, presentation, by=actor.sender, idempotency_key=step)
            return _described(market, loan.loan_id)

        wanted = {
            "product": product,
            "amount": amount,
            "purpose": purpose,
            "credential": what.credential,
            "group": None if group is None else f"{group.digest:064x}",
            "model": None if scorecard is None else scorecard.digest,
        }
        perform(actor, Wish("loan apply", market.address, wanted), carry_out)


@command(app)
def fund(
    lender: WalletOptions, at: MarketOptions, how: ActionOptions, loan: LoanNumber, amount: Amount
) -> None:
    """Fund an application; the last part releases the loan to the borrower."""
    with lender.acting(at, how) as actor:
        market = at.open(actor.node)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            by = actor.sender
            market.allow_payment(loan, amount, by=by, idempotency_key=f"{name}/allow")
            position = market.fund(loan, amount, by=by, idempotency_key=f"{name}/fund")
            made = {"position": position.position_id, "accepted": position.amount}
            return made | _described(market, loan)

        wanted = {"loan": loan, "amount": amount}
        perform(actor, Wish("loan fund", market.address, wanted), carry_out)


@command(app)
def repay(
    payer: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    amount: Annotated[
        int | None, typer.Argument(metavar="[AMOUNT]", min=1, help="Minor currency units.")
    ] = None,
    *,
    instalment: Annotated[
        int | None, typer.Option("--instalment", min=1, help="Pay this instalment, from 1 on.")
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Pay the instalment that is due, once a period.")
    ] = False,
) -> None:
    """Repay a loan; never more than what is owed. Anybody may pay for a borrower.

    Name an instalment: it is paid once, with the late fees that are owed, however often the command
    is run; use --again 2 if its payment failed. With --due the oldest unpaid instalment is paid, at
    most one in a period of the loan. Or give an AMOUNT: to pay the same amount a second time, use
    --again 2.
    """
    if (amount is not None) + (instalment is not None) + due != 1:
        raise InvalidInput("say what to pay with exactly one of AMOUNT, --instalment and --due")
    with payer.acting(at, how) as actor:
        market = at.open(actor.node)
        if amount is None:
            number = _due(actor, market, loan) if instalment is None else instalment
            wish = _instalment(market, loan, number)
            _require_unpaid(actor, wish)
        else:
            wish = Wish("loan repay", market.address, {"loan": loan, "amount": amount})

        def resolve() -> Details:
            if amount is not None:
                return {"amount": amount}
            owed = market.instalment_owed(loan, number)
            return {"amount": owed, "period": market.period(loan)} if due else {"amount": owed}

        def carry_out(name: str, details: Details) -> dict[str, Any]:
            by, most = actor.sender, int(details["amount"])
            if amount is None and not by.knows(f"{name}/repay"):
                market.instalment_owed(loan, number)  # somebody else may have paid it
            market.allow_payment(loan, most, by=by, idempotency_key=f"{name}/allow")
            receipt = market.repay(loan, most, by=by, idempotency_key=f"{name}/repay")
            return {"paid": market.paid_in(receipt), **_described(market, loan)}

        perform(actor, wish, carry_out, resolve=resolve)


@command(app)
def default(
    anybody: WalletOptions, at: MarketOptions, how: ActionOptions, loan: LoanNumber
) -> None:
    """Declare a loan in default that has been overdue for long enough. Anybody may do this."""
    with anybody.acting(at, how) as actor:
        market = at.open(actor.node)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            market.mark_default(loan, by=actor.sender, idempotency_key=f"{name}/default")
            return _described(market, loan)

        once = "A loan is declared in default only once"
        perform(actor, Wish("loan default", market.address, {"loan": loan}, once), carry_out)


@command(app)
def withdraw(
    lender: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    position: Annotated[int, typer.Argument(metavar="POSITION", min=1)],
) -> None:
    """Withdraw what your share of a loan can claim now; use --again for later repayments."""
    with lender.acting(at, how) as actor:
        market = at.open(actor.node)
        market.position(position)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            receipt = market.withdraw(position, by=actor.sender, idempotency_key=f"{name}/withdraw")
            return {"position": position, "tokens": str(market.drawn_in(receipt))}

        wish = Wish("loan withdraw", market.address, {"position": position})
        perform(actor, wish, carry_out)


@command(app)
def status(at: MarketOptions, loan: LoanNumber) -> None:
    """Show where a loan stands and what it costs now."""
    with at.connect() as node:
        emit(_described(at.open(node), loan))


def _instalment(market: "LoanMarketClient", loan: int, number: int) -> Wish:
    return Wish(
        "loan repay",
        market.address,
        {"loan": loan, "instalment": number},
        once=f"An instalment is paid once; the next is --instalment {number + 1}",
    )


def _require_unpaid(actor: "Actor", wish: Wish) -> None:
    """Check that an instalment for which ``--again`` is given was not paid the time before."""
    if actor.again > 1:
        sender = actor.sender
        name, before = wish.name, actor.again - 1
        earlier = actor.outbox.intention(sender.node.network, sender.address, name, before)
        if earlier is None or "failed" not in json.loads(earlier.outcome or "{}"):
            raise InvalidInput(
                "an instalment is paid only once; use --again only if its payment failed"
            )


def _due(actor: "Actor", market: "LoanMarketClient", loan: int) -> int:
    """Return the instalment that ``--due`` means.

    It is an instalment whose payment began, unless the user was told how it ended; otherwise the
    one that ``--due`` paid in the period that the loan is in; otherwise the oldest unpaid one, if
    its period has begun; otherwise the last paid one.
    """
    due, period = market.instalment_due(loan), market.period(loan)
    for number in range(1, due + 1):
        for begun in _payments(actor, _instalment(market, loan, number)):
            outcome = json.loads(begun.outcome or "{}")
            paid_now = "result" in outcome and json.loads(begun.details).get("period") == period
            if not outcome.get("told", bool(outcome)) or paid_now:
                return number
    return due


def _payments(actor: "Actor", wish: Wish) -> "Iterator[Intention]":
    """Yield the intentions to pay an instalment for which something was signed, in order."""
    outbox, sender = actor.outbox, actor.sender
    for ordinal in count(1):
        begun = outbox.intention(sender.node.network, sender.address, wish.name, ordinal)
        if begun is None:
            return
        if outbox.transactions(begun):
            yield begun


def _described(market: "LoanMarketClient", loan_id: int) -> dict[str, Any]:
    from zkcredit.chain import LoanStatus

    loan = market.loan(loan_id)
    described: dict[str, Any] = {
        "loan": loan_id,
        "status": loan.status.name.lower(),
        "borrower": loan.borrower,
        "product": loan.product_id,
        "principal": loan.principal,
        "instalment": loan.instalment,
        "funded": loan.funded,
        "paid_instalments": loan.paid_instalments,
        "received": loan.received,
    }
    if loan.status in (LoanStatus.ACTIVE, LoanStatus.DEFAULTED):
        described |= asdict(market.quote(loan_id))
    return described
