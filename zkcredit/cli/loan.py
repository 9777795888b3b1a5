"""``zkcredit loan``: apply with a proof, fund, repay, look."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    Amount,
    LoanNumber,
    MarketOptions,
    WalletOptions,
    read_account,
)
from zkcredit.cli.options import (
    ModelFile,
    ProvingKeyFile,
    SomeCredential,
    SomeGroup,
    SomeRegistry,
    Yes,
    command,
    load_key,
    read_group,
    read_model,
    read_registry,
)
from zkcredit.cli.output import agree, emit, note

if TYPE_CHECKING:
    from zkcredit.chain import LoanMarketClient

app = typer.Typer(help="Loans at a market on chain.", no_args_is_help=True)


@command(app)
def apply(
    borrower: WalletOptions,
    at: MarketOptions,
    credential: SomeCredential = None,
    *,
    product: Annotated[int, typer.Option("--product", min=1, help="The product's number.")],
    amount: Annotated[int, typer.Option("--amount", min=1, help="Minor currency units.")],
    registry: SomeRegistry = None,
    group: SomeGroup = None,
    model: ModelFile = None,
    key: ProvingKeyFile = None,
    yes: Yes = False,
) -> None:
    """Prove that you qualify and apply; exits with 6 if you do not, and tells you alone why.

    Prints what the market learns, what the loan costs and until when you can apply, and asks
    before it proves. At the market of a credit ledger, leave out CREDENTIAL and --registry: the
    proof is about your account. At one that escrows your reference to arbiters, --group names
    them. At one where a published scorecard makes the score, --model is that scorecard.
    """
    snapshot, scorecard = read_registry(registry), read_model(model)
    arbiters = None if group is None else read_group(group)
    with borrower.on(at) as account:
        market = at.open(account.node)
        request = market.request(
            product,
            amount,
            account.sender.address,
            registry_root=None if snapshot is None else snapshot.root,
            account=account.wallet.ledger.key if credential is None else None,
            arbiters=arbiters,
            scorecard=None if scorecard is None else scorecard.digest,
        )
        agree(request, yes)
        if credential is None:
            source, _ = read_account(account.wallet, market.ledger)
        presentation = account.wallet.prove(
            request,
            source if credential is None else credential,
            registry=snapshot,
            proving_key=load_key(key, request, scorecard),
            scorecard=scorecard,
        )
        note("proved; applying")
        loan = market.apply(request, presentation, by=account.sender)
        emit(_described(market, loan.loan_id))


@command(app)
def fund(lender: WalletOptions, at: MarketOptions, loan: LoanNumber, amount: Amount) -> None:
    """Fund an application; the last of it releases the loan to the borrower."""
    with lender.on(at) as account:
        market = at.open(account.node)
        market.allow_payment(loan, amount, by=account.sender)
        position = market.fund(loan, amount, by=account.sender)
        made = {"position": position.position_id, "accepted": position.amount}
        emit(made | _described(market, loan))


@command(app)
def repay(payer: WalletOptions, at: MarketOptions, loan: LoanNumber, amount: Amount) -> None:
    """Pay on a loan; no more is taken than what is owed. Anybody may pay for a borrower."""
    with payer.on(at) as account:
        market = at.open(account.node)
        before = market.loan(loan).received
        market.allow_payment(loan, amount, by=account.sender)
        market.repay(loan, amount, by=account.sender)
        described = _described(market, loan)
        emit({"paid": described["received"] - before} | described)


@command(app)
def default(anybody: WalletOptions, at: MarketOptions, loan: LoanNumber) -> None:
    """Declare default on a loan that is due for it. Anybody may."""
    with anybody.on(at) as account:
        market = at.open(account.node)
        market.mark_default(loan, by=account.sender)
        emit(_described(market, loan))


@command(app)
def withdraw(
    lender: WalletOptions,
    at: MarketOptions,
    position: Annotated[int, typer.Argument(metavar="POSITION", min=1)],
) -> None:
    """Draw what your funding of a loan can claim now."""
    with lender.on(at) as account:
        market = at.open(account.node)
        before = market.position(position).withdrawn_tokens
        market.withdraw(position, by=account.sender)
        drawn = market.position(position).withdrawn_tokens - before
        emit({"position": position, "tokens": str(drawn)})


@command(app)
def status(at: MarketOptions, loan: LoanNumber) -> None:
    """Show where a loan stands and what it costs now."""
    with at.connect() as node:
        emit(_described(at.open(node), loan))


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
        quote = market.quote(loan_id)
        described |= {
            "overdue": quote.overdue,
            "fees": quote.fees,
            "remaining": quote.remaining,
            "settlement": quote.settlement,
            "next_due_at": quote.next_due_at,
            "defaultable": quote.defaultable,
        }
    return described
