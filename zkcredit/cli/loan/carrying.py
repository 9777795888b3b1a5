"""Carries what somebody without a coin for gas signed; the carrier pays for gas, and no more."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import ActionOptions, MarketOptions, WalletOptions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.loan.group import app
from zkcredit.cli.loan.record import described, identity, same_loan
from zkcredit.cli.loan.rules import require_step
from zkcredit.cli.options import command, read_as
from zkcredit.cli.words import when
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.signed_steps import SignedStep

_MOST_BYTES = 1 << 16


@command(app)
def carry(
    anybody: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="STEP.json",
            help="A file of loan sign-application, sign-holiday or sign-payment.",
        ),
    ],
) -> None:
    """Send an application, a holiday or a payment that a borrower signed without a coin for gas.

    The loan, the holiday or the payment is the borrower's; you pay for gas and nothing else. What
    is signed serves once, whoever carries it.
    """
    from zkcredit.chain.loans.signed_steps import SignedApplication, SignedHoliday, SignedStep

    signed = read_as(file, SignedStep.from_json, _MOST_BYTES)
    step = signed.step
    with anybody.acting(at, how) as actor:
        system = at.open_system(actor.node)
        market = system.market
        if (signed.chain_id, signed.market) != (actor.node.chain_id, market.address):
            raise InvalidInput(
                f"this was signed for the market {signed.market} of chain {signed.chain_id}, not "
                "for this one"
            )

        def resolve() -> Details:
            _require_current(market, signed)
            if isinstance(step, SignedApplication):
                return {}
            found = market.loan(step.loan_id)
            if found.borrower != step.signer:
                raise InvalidInput(
                    f"loan {step.loan_id} is that of {found.borrower}, not of {step.signer}, who "
                    "signed"
                )
            if isinstance(step, SignedHoliday):
                from zkcredit.loan import Action

                require_step(market, found, Action.HOLIDAY)
            return identity(found)

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            by, key = actor.sender, f"{name}/carry"
            if isinstance(step, SignedApplication):
                made = market.carry_application(step, by=by, idempotency_key=key)
                return described(market, made.loan_id)
            owing = same_loan(market.loan(step.loan_id), seen)
            if isinstance(step, SignedHoliday):
                market.take_holiday_for(step.consent, owing, by=by, idempotency_key=key)
                return described(market, step.loan_id)
            done = system.relay.repay(owing, step.permit, by=by, idempotency_key=key)
            return {"paid": market.paid_in(done), **described(market, step.loan_id)}

        wanted = {"kind": signed.kind, "signer": step.signer, "digest": signed.digest[:32]}
        once = "What was signed serves only once"
        wish = Wish("loan carry", market.address, wanted, once)
        perform(actor, wish, carry_out, resolve=resolve)


def _require_current(market: "LoanMarketClient", signed: "SignedStep") -> None:
    """Require that what was signed can still be carried.

    Raises:
        InvalidInput: if its time is over, or its consent was used or revoked.
    """
    from zkcredit.chain.loans.signed_steps import SignedPayment

    step, now = signed.step, market.node.now()
    if now > step.deadline:
        raise InvalidInput(
            f"this could be carried until {when(step.deadline, now)}; {step.signer} has to sign "
            "again"
        )
    if not isinstance(step, SignedPayment) and market.consents.is_used(
        step.signer, step.consent.nonce
    ):
        raise InvalidInput(f"{step.signer} signed this once, and it was carried or revoked")
