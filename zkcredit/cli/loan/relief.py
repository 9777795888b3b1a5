"""What changes a running loan's terms, or ends it without a payment: reliefs and default."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    ActionOptions,
    LoanNumber,
    MarketOptions,
    WalletOptions,
)
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.loan.consent_file import BORROWER, Agreement, combined
from zkcredit.cli.loan.group import app
from zkcredit.cli.loan.record import described, identity, same_loan
from zkcredit.cli.loan.rules import require_step
from zkcredit.cli.options import Out, command, read_as, require_replaceable, write_text
from zkcredit.cli.output import confirm_terms, emit
from zkcredit.cli.words import in_words, money, when
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.loans.consents import SignedConsent
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.loan import Disclosure

_DAY = 86_400
_MOST_BYTES = 1 << 16


@command(app)
def holiday(
    borrower: WalletOptions, at: MarketOptions, how: ActionOptions, loan: LoanNumber
) -> None:
    """Postpone the row that runs, and all after it, if your product gives holidays.

    The row's interest is added to the balance. Use --again 2 for the second holiday of a loan.
    """
    from zkcredit.loan import Action

    with borrower.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            found = market.loan(loan)
            if found.borrower != actor.sender.address:
                raise InvalidInput(f"loan {loan} is that of {found.borrower}, not this wallet's")
            require_step(market, found, Action.HOLIDAY)
            return identity(found)

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            own = same_loan(market.loan(loan), seen)
            market.take_holiday(own, by=actor.sender, idempotency_key=f"{name}/holiday")
            return described(market, loan)

        wish = Wish("loan holiday", market.address, {"loan": loan})
        perform(actor, wish, carry_out, resolve=resolve)


@command(app, "sign-restructuring")
def sign_restructuring(
    party: WalletOptions,
    at: MarketOptions,
    loan: LoanNumber,
    *,
    product: Annotated[
        str, typer.Option("--product", metavar="ADDRESS", help="The product that the loan gets.")
    ],
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="The most that it may owe then, minor units.")
    ],
    out: Out,
    days: Annotated[
        int, typer.Option("--days", min=1, max=365, help="Days for which the consent is good.")
    ] = 7,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to what is printed; for scripts.")] = (
        False
    ),
) -> None:
    """Agree that a running loan goes on under another product; writes your consents into a file.

    The borrower and the lender of every position sign; whoever has all files carries them with
    ``loan restructure``. Nothing is sent. A consent serves once, until its last day, and dies when
    you revoke it (``loan revoke-consents``).
    """
    from zkcredit._internal.evm import checksum_address
    from zkcredit.chain import Signer
    from zkcredit.loan import Action

    address = checksum_address("the product", product)
    require_replaceable(out)
    with party.on(at) as reader:
        market, signer = at.open(reader.node), Signer(reader.wallet.evm_key())
        found = market.loan(loan)
        parts = _parts_of(market, found, signer.address)
        offered = market.book.product(address).product
        require_step(market, found, Action.RESTRUCTURE, product=offered)
        costs = _costs_of(market, found, address)
        now = market.node.now()
        deadline = now + days * _DAY
        if BORROWER in parts:
            reader.wallet.limits.require_within(costs)
        currency = found.product.currency
        lines = [
            f"Loan {loan} owes {money(costs.principal, currency)} now; it may owe at most "
            f"{money(limit, currency)} when it goes on under product {address}. "
            "For what it owes now:",
            *costs.in_words()[1:],
            *costs.payments_in_words(),
            f"Your consent is good until {when(deadline, now)}.",
        ]
        confirm_terms("\n".join(lines), yes)
        consents = {
            part: market.consents.sign_restructuring(
                market.address, loan, address, limit, by=signer, deadline=deadline
            )
            for part in parts
        }
    signed = Agreement(reader.node.chain_id, market.address, loan, address, limit, consents)
    write_text(out, signed.to_json())
    result = {
        "consents": str(out),
        "signer": signer.address,
        "as": ["borrower" if part == BORROWER else f"lender of position {part}" for part in parts],
        "limit": limit,
        "currency": currency,
        "deadline": deadline,
    }
    emit(result, shown=in_words(result, now))


@command(app)
def restructure(
    anybody: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    loan: LoanNumber,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="CONSENTS.json...", help="Files of loan sign-restructuring."),
    ],
) -> None:
    """Carry the consents of the borrower and of all lenders: the loan gets the other product."""
    from zkcredit.loan import Action

    signed = combined([read_as(file, Agreement.from_json, _MOST_BYTES) for file in files])
    if signed.loan != loan:
        raise InvalidInput(f"the consents are for loan {signed.loan}, not for loan {loan}")
    with anybody.acting(at, how) as actor:
        market = at.open(actor.node)
        if (signed.chain_id, signed.market) != (actor.node.chain_id, market.address):
            raise InvalidInput(f"the consents are for the market {signed.market}, not this one")

        def resolve() -> Details:
            found = market.loan(loan)
            _require_all(market, found, signed.consents)
            offered = market.book.product(signed.product).product
            require_step(market, found, Action.RESTRUCTURE, product=offered)
            return identity(found)

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            lenders = dict(signed.consents)
            own, found = lenders.pop(BORROWER), market.loan(loan)
            market.restructure(
                same_loan(found, seen),
                signed.product,
                signed.limit,
                own,
                lenders,
                by=actor.sender,
                idempotency_key=f"{name}/restructure",
            )
            return described(market, loan)

        wanted = {
            "loan": loan,
            "product": signed.product,
            "limit": signed.limit,
            "nonces": [str(signed.consents[part].nonce) for part in sorted(signed.consents)],
        }
        once = "Consents serve only once"
        wish = Wish("loan restructure", market.address, wanted, once)
        perform(actor, wish, carry_out, resolve=resolve)


@command(app, "revoke-consents")
def revoke_consents(signer: WalletOptions, at: MarketOptions, how: ActionOptions) -> None:
    """Revoke every application, holiday and restructuring that you signed and nobody carried.

    A payment that you signed stays good until its last day: it can only pay your own loan.
    """
    with signer.acting(at, how) as actor:
        consents = at.open(actor.node).consents

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            consents.revoke_all(by=actor.sender, idempotency_key=f"{name}/revoke")
            return {"signer": actor.sender.address, "revoked": True}

        perform(actor, Wish("loan revoke-consents", consents.address, {}), carry_out)


@command(app, "mark-default")
def mark_default(
    anybody: WalletOptions, at: MarketOptions, how: ActionOptions, loan: LoanNumber
) -> None:
    """Declare a loan in default that has been overdue for long enough. Anybody may do this."""
    from zkcredit.loan import Action

    with anybody.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            found = market.loan(loan)
            require_step(market, found, Action.DEFAULT)
            return identity(found)

        def carry_out(name: str, seen: Details) -> dict[str, Any]:
            late = same_loan(market.loan(loan), seen)
            market.mark_default(late, by=actor.sender, idempotency_key=f"{name}/default")
            return described(market, loan)

        once = "A loan is declared in default only once"
        wish = Wish("loan mark-default", market.address, {"loan": loan}, once)
        perform(actor, wish, carry_out, resolve=resolve)


def _parts_of(market: "LoanMarketClient", loan: "LoanState", who: str) -> list[int]:
    """Return as what somebody signs: the borrower, and the lender of positions.

    Raises:
        InvalidInput: if the account is neither.
    """
    parts = [BORROWER] if loan.borrower == who else []
    parts += [one.position_id for one in market.positions_of(loan.loan_id) if one.lender == who]
    if not parts:
        raise InvalidInput(f"{who} is neither the borrower nor a lender of loan {loan.loan_id}")
    return parts


def _costs_of(market: "LoanMarketClient", loan: "LoanState", address: str) -> "Disclosure":
    """Return what the loan costs from now on, if it gets another product now."""
    from zkcredit.loan import disclose

    # nothing is paid out, so no fee is kept back
    offered = market.book.terms(address)
    kept = replace(offered, origination_bps=0, fee_recipient="")
    return disclose(kept, market.quote(loan.loan_id).settlement)


def _require_all(
    market: "LoanMarketClient", loan: "LoanState", signed: "dict[int, SignedConsent]"
) -> None:
    """Require the consents of the borrower and of every position, by those who own them."""
    positions = market.positions_of(loan.loan_id)
    owners = {BORROWER: loan.borrower, **{one.position_id: one.lender for one in positions}}
    if unknown := sorted(signed.keys() - owners.keys()):
        raise InvalidInput(f"position {unknown[0]} is not one of loan {loan.loan_id}")
    missing = [_named(part, owners[part]) for part in sorted(owners.keys() - signed.keys())]
    if missing:
        raise InvalidInput(f"these consents are missing: {_listed(missing)}")
    for part, owner in sorted(owners.items()):
        if signed[part].signer != owner:
            raise InvalidInput(
                f"{signed[part].signer} signed in the place of {_named(part, owner)}"
            )


def _named(part: int, who: str | None) -> str:
    return f"the borrower, {who}" if part == BORROWER else f"the lender of position {part}, {who}"


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names)
