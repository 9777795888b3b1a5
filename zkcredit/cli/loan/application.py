"""What a borrower does until the money is there: apply, renew the evidence, cancel, draw."""

from typing import TYPE_CHECKING, Any

from zkcredit.cli.account import (
    ActionOptions,
    LoanNumber,
    MarketOptions,
    Recipient,
    WalletOptions,
    recipient,
)
from zkcredit.cli.fx import SomeQuote, read_quote
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.loan.answering import (
    Principal,
    Purpose,
    SomeLine,
    SomeProduct,
    answered,
    asked_about,
    named,
    named_product,
    product_of,
)
from zkcredit.cli.loan.group import app
from zkcredit.cli.loan.record import described, identity, same_loan
from zkcredit.cli.loan.rules import refused_until
from zkcredit.cli.options import command
from zkcredit.cli.output import note
from zkcredit.cli.proof import ProofOptions
from zkcredit.cli.records import IndexOptions
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient


@command(app)
def apply(
    borrower: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    what: ProofOptions,
    *,
    records: IndexOptions,
    product: SomeProduct = None,
    line: SomeLine = None,
    amount: Principal,
    purpose: Purpose = 0,
    quote: SomeQuote = None,
) -> None:
    """Prove that you qualify and apply; exits with 6 if you do not, and tells only you why.

    Prints what the market learns, what the loan costs with every payment, and until when you can
    apply, and asks before it proves; it refuses what costs more than your wallet's limits. At the
    market of a credit ledger, leave out CREDENTIAL and --registry: the proof is about your account.
    If the market escrows your reference to arbiters, --group is their group. If a published
    scorecard makes the score, --model is that scorecard. If the product asks for a record of repaid
    loans, the record is read from the chain and shown to you first; leave out CREDENTIAL and
    --registry where nothing else is asked for. --since and --database make that fast. If the
    conditions are in another currency than the loan, --quote is the signed exchange rate. --line
    takes the product that a line has now, and the question names it.
    """
    wanted_product = named_product(product, line)
    means = what.read()
    told = None if quote is None else read_quote(quote)
    with borrower.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            return {"product": product_of(market, wanted_product, line)}

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            step = f"{name}/apply"
            if actor.sender.knows(step):  # an earlier run proved and signed, and was interrupted
                return described(market, market.applied(actor.sender.wait(step)).loan_id)
            request = market.request(
                seen["product"],
                amount,
                actor.sender.address,
                purpose_code=purpose,
                quote=told,
                **asked_about(actor, market, means),
            )
            presentation = answered(actor, market, means, records, request)
            note("proved; applying")
            loan = market.apply(request, presentation, by=actor.sender, idempotency_key=step)
            return described(market, loan.loan_id)

        wanted = {
            **({"line": line} if wanted_product is None else {"product": wanted_product}),
            "amount": amount,
            "purpose": purpose,
            **({} if told is None else {"quote": told.digest.hex()}),
            **named(means),
        }
        wish = Wish("loan apply", market.address, wanted)
        perform(actor, wish, carry_out, resolve=resolve)


@command(app)
def renew(
    borrower: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    what: ProofOptions,
    *,
    records: IndexOptions,
    quote: SomeQuote = None,
) -> None:
    """Bring a newer proof for your application, so that it can be funded for longer.

    An application is not funded once its proof is older than the product allows, or the registry's
    root of the proof was withdrawn. Its deadline stays the same.
    """
    means, told = what.read(), None if quote is None else read_quote(quote)
    with borrower.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            return identity(market.loan(loan))

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            step, asked = f"{name}/renew", same_loan(market.loan(loan), seen)
            if actor.sender.knows(step):
                actor.sender.wait(step)
                return described(market, loan)
            if asked.borrower != actor.sender.address:
                raise InvalidInput(f"loan {loan} is that of {asked.borrower}, not this wallet's")
            request = market.request_renewal(asked, quote=told, **asked_about(actor, market, means))
            presentation = answered(actor, market, means, records, request)
            note("proved; renewing")
            market.renew(asked, request, presentation, by=actor.sender, idempotency_key=step)
            return described(market, loan)

        root = None if means.registry is None else str(means.registry.root)
        rate = {} if told is None else {"quote": told.digest.hex()}
        wanted = {"loan": loan, "root": root, **rate, **named(means)}
        perform(actor, Wish("loan renew", market.address, wanted), carry_out, resolve=resolve)


@command(app)
def cancel(anybody: WalletOptions, at: MarketOptions, how: ActionOptions, loan: LoanNumber) -> None:
    """End an application: its borrower at any time before it is full, others after its deadline.

    Anybody may also end it when the registry's root of its proof was withdrawn. Lenders then
    withdraw what they paid in.
    """
    with anybody.acting(at, how) as actor:
        market = at.open(actor.node)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step, by = f"{name}/cancel", actor.sender
            if not by.knows(step):
                _require_cancellable(market, loan, by.address)
            market.cancel(loan, by=by, idempotency_key=step)
            return described(market, loan)

        once = "An application is cancelled only once"
        perform(actor, Wish("loan cancel", market.address, {"loan": loan}, once), carry_out)


@command(app)
def draw(
    borrower: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    *,
    to: Recipient = None,
) -> None:
    """Draw the money of your released loan; anybody may have it sent to the borrower's account."""
    where = recipient(to)
    with borrower.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            found = market.loan(loan)
            if where not in (None, found.borrower) and actor.sender.address != found.borrower:
                raise InvalidInput(
                    f"only the borrower, {found.borrower}, names another address; leave out --to"
                )
            return identity(found)

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            from zkcredit.chain.loans.loan_events import ProceedsDrawn

            released = same_loan(market.loan(loan), seen)
            receipt = market.draw(
                released, by=actor.sender, to=where, idempotency_key=f"{name}/draw"
            )
            events = market.events_of(receipt)
            drawn = sum(event.amount for event in events if isinstance(event, ProceedsDrawn))
            return {"drawn": drawn, "to": where or released.borrower, **described(market, loan)}

        wanted = {"loan": loan} | ({} if where is None else {"to": where})
        once = "The money of a release is drawn only once"
        wish = Wish("loan draw", market.address, wanted, once)
        perform(actor, wish, carry_out, resolve=resolve)


def _require_cancellable(market: "LoanMarketClient", loan: int, who: str) -> None:
    found = market.loan(loan)
    if found.borrower == who or found.funding_deadline is None or found.root is None:
        return
    if market.node.now() > found.funding_deadline or _withdrawn(market, found.root):
        return
    raise refused_until(
        f"only the borrower, {found.borrower}, cancels loan {loan} before its deadline",
        found.funding_deadline + 1,
        market,
    )


def _withdrawn(market: "LoanMarketClient", root: int) -> bool:
    from zkcredit.chain.contracts.gates import EligibilityGateClient

    gate = market.gate
    return isinstance(gate, EligibilityGateClient) and gate.registry.record(root).withdrawn
