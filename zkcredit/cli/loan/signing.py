"""What a borrower without a coin for gas signs, for anybody to carry: writes files, sends nothing.

``loan carry`` sends what these commands write.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import LoanNumber, MarketOptions, SomeAmount, SomeRow, WalletOptions
from zkcredit.cli.fx import SomeQuote, read_quote
from zkcredit.cli.loan.answering import (
    Principal,
    Purpose,
    SomeLine,
    SomeProduct,
    answered,
    asked_about,
    named_product,
    product_of,
)
from zkcredit.cli.loan.group import app
from zkcredit.cli.loan.rules import require_step
from zkcredit.cli.options import Out, command, require_replaceable, write_text
from zkcredit.cli.output import confirm_terms, emit, note
from zkcredit.cli.proof import ProofOptions
from zkcredit.cli.records import IndexOptions
from zkcredit.cli.words import in_words, money, when
from zkcredit.errors import InvalidInput
from zkcredit.units import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.chain.loans.signed_steps import SignedStep

_Days = Annotated[
    int, typer.Option("--days", min=1, max=365, help="Days for which it can be carried.")
]
_Yes = Annotated[bool, typer.Option("--yes", help="Agree to what is printed; for scripts.")]


@command(app, "sign-application")
def sign_application(
    borrower: WalletOptions,
    at: MarketOptions,
    what: ProofOptions,
    *,
    records: IndexOptions,
    product: SomeProduct = None,
    line: SomeLine = None,
    amount: Principal,
    purpose: Purpose = 0,
    quote: SomeQuote = None,
    out: Out,
) -> None:
    """Prove that you qualify and sign an application, without a coin for gas; others carry it.

    Asks and proves as ``loan apply`` does, and writes what somebody else sends with ``loan carry``:
    the loan is yours, and the money goes to your account. It must be carried within minutes, as
    long as the market takes a proof for a new one; the command prints until when. Where your
    reference is escrowed to arbiters, your own account must apply: use ``loan apply``.
    """
    from zkcredit.chain import Signer
    from zkcredit.chain.loans.signed_steps import SignedStep

    wanted, means = named_product(product, line), what.read()
    told = None if quote is None else read_quote(quote)
    require_replaceable(out)
    with borrower.on(at) as reader:
        market, signer = at.open(reader.node), Signer(reader.wallet.evm_key())
        request = market.request(
            product_of(market, wanted, line),
            amount,
            signer.address,
            purpose_code=purpose,
            lifetime=market.gate.max_clock_age(),
            quote=told,
            **asked_about(reader, market, means),
        )
        presentation = answered(reader, market, means, records, request)
        note("proved; signing")
        consent = market.consents.sign_application(
            market.address,
            request.product_address,
            amount,
            by=signer,
            deadline=request.deadline,
            purpose_code=purpose,
        )
        signed = market.signed_application(consent, request, presentation)
        step = SignedStep(reader.node.chain_id, market.address, signed)
        shown = {"principal": amount, "currency": request.product.currency}
        _write(out, step, shown, market)


@command(app, "sign-holiday")
def sign_holiday(
    borrower: WalletOptions,
    at: MarketOptions,
    loan: LoanNumber,
    *,
    out: Out,
    days: _Days = 7,
) -> None:
    """Sign a payment holiday of your loan, without a coin for gas; others carry it.

    The row that runs, and all after it, are postponed once it is carried, if the product still
    gives the holiday then. It serves once; ``loan revoke-consents`` takes it back.
    """
    from zkcredit.chain import Signer
    from zkcredit.chain.loans.signed_steps import SignedHoliday, SignedStep
    from zkcredit.loan import Action

    require_replaceable(out)
    with borrower.on(at) as reader:
        market, signer = at.open(reader.node), Signer(reader.wallet.evm_key())
        found = _own(market, loan, signer.address)
        require_step(market, found, Action.HOLIDAY)
        deadline = market.node.now() + days * DAY
        consent = market.consents.sign_holiday(market.address, loan, by=signer, deadline=deadline)
        step = SignedStep(reader.node.chain_id, market.address, SignedHoliday(loan, consent))
        _write(out, step, {"loan": loan}, market)


@command(app, "sign-payment")
def sign_payment(
    borrower: WalletOptions,
    at: MarketOptions,
    loan: LoanNumber,
    amount: SomeAmount = None,
    *,
    row: SomeRow = None,
    out: Out,
    days: _Days = 7,
    yes: _Yes = False,
) -> None:
    """Sign a payment on your own loan, without a coin for gas; others carry it.

    Name a row of the schedule, for what it asks for now with the late fees that are owed, or give
    an AMOUNT. The market's relay takes exactly this, pays, and gives back what was not owed. Of
    several payments that you sign before one is carried, only the first to be carried counts.
    """
    from zkcredit.chain import Signer
    from zkcredit.chain.contracts.token import TokenClient
    from zkcredit.chain.loans.signed_steps import SignedPayment, SignedStep

    if (amount is None) == (row is None):
        raise InvalidInput("say what to pay with exactly one of AMOUNT and --row")
    require_replaceable(out)
    with borrower.on(at) as reader:
        system, signer = at.open_system(reader.node), Signer(reader.wallet.evm_key())
        market = system.market
        found = _own(market, loan, signer.address)
        found.require_running()
        paid = market.row_owed(loan, row) if amount is None else amount  # type: ignore[arg-type]
        currency, token = found.product.currency, found.product.token
        held = TokenClient(reader.node, token).balance_of(signer.address)
        if held < paid * found.product.token_unit:
            has = money(held // found.product.token_unit, currency)
            raise InvalidInput(f"{signer.address} has {has}, less than {money(paid, currency)}")
        now = market.node.now()
        deadline = now + days * DAY
        text = (
            f"Whoever carries it pays {money(paid, currency)} of yours on loan {loan}, until "
            f"{when(deadline, now)}."
        )
        confirm_terms(text, yes)
        permit = system.relay.sign_payment(found, paid, by=signer, deadline=deadline)
        step = SignedStep(reader.node.chain_id, market.address, SignedPayment(loan, permit))
        _write(out, step, {"loan": loan, "amount": paid, "currency": currency}, market)


def _own(market: "LoanMarketClient", loan: int, who: str) -> "LoanState":
    """Return a loan of the borrower who signs.

    Raises:
        InvalidInput: if the loan does not exist, or is somebody else's.
    """
    found = market.loan(loan)
    if found.borrower != who:
        raise InvalidInput(f"loan {loan} is that of {found.borrower}, not this wallet's")
    return found


def _write(
    out: "Path", step: "SignedStep", shown: dict[str, Any], market: "LoanMarketClient"
) -> None:
    write_text(out, step.to_json())
    result = {
        "signed": str(out),
        "kind": step.kind,
        "signer": step.step.signer,
        **shown,
        "deadline": step.step.deadline,
    }
    emit(result, shown=in_words(result, market.node.now()))
