"""``zkcredit loan``: apply with a proof, fund, repay, look."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    Amount,
    DeploymentFile,
    LoanNumber,
    NodeUrl,
    OnLedger,
    connect_node,
    open_account,
    open_market,
    open_system,
)
from zkcredit.cli.agreement import Yes, agree
from zkcredit.cli.options import ProvingKeyFile, RegistryFile, WalletFile, load_key, read_text
from zkcredit.cli.output import AsJson, emit, note
from zkcredit.cli.secret import PasswordFd, PasswordFile

if TYPE_CHECKING:
    from zkcredit.chain import LoanMarketClient

app = typer.Typer(help="Loans at a market on chain.", no_args_is_help=True)


@app.command()
def apply(
    *,
    wallet: WalletFile,
    credential: Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Its id in the wallet.")],
    product: Annotated[int, typer.Option("--product", min=1, help="The product's number.")],
    amount: Annotated[int, typer.Option("--amount", min=1, help="Minor currency units.")],
    registry: RegistryFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    key: ProvingKeyFile = None,
    yes: Yes = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Prove that you qualify and apply; exits with 6 if you do not, and says why to you alone."""
    from zkcredit.registry import RegistrySnapshot

    snapshot = RegistrySnapshot.from_json(read_text(registry))
    with open_account(wallet, node, password_file, password_fd) as account:
        market = open_system(account.node, deployment).market
        request = market.application_request(product, amount, account.sender.address)
        agree(request.consent, request.policy, yes)
        presentation = account.wallet.prove(
            credential,
            request.policy,
            consent=request.consent,
            scope=request.scope,
            registry=snapshot,
            key=load_key(key),
        )
        note("proved; applying")
        loan = market.apply(request, presentation, by=account.sender)
        emit(_described(market, loan.loan_id), as_json)


@app.command()
def fund(
    *,
    wallet: WalletFile,
    loan: LoanNumber,
    amount: Amount,
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Fund an application; the last of it releases the loan to the borrower."""
    with open_account(wallet, node, password_file, password_fd) as account:
        market = open_market(account.node, deployment, ledger)
        market.allow_payment(loan, amount, by=account.sender)
        position = market.fund(loan, amount, by=account.sender)
        emit(
            {
                "position": position.position_id,
                "accepted": position.amount,
                **_described(market, loan),
            },
            as_json,
        )


@app.command()
def repay(
    *,
    wallet: WalletFile,
    loan: LoanNumber,
    amount: Amount,
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Pay on a loan; no more is taken than what is owed. Anybody may pay for a borrower."""
    with open_account(wallet, node, password_file, password_fd) as account:
        market = open_market(account.node, deployment, ledger)
        before = market.loan(loan).received
        market.allow_payment(loan, amount, by=account.sender)
        market.repay(loan, amount, by=account.sender)
        described = _described(market, loan)
        emit({"paid": described["received"] - before, **described}, as_json)


@app.command()
def default(
    *,
    wallet: WalletFile,
    loan: LoanNumber,
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Declare default on a loan that is due for it. Anybody may."""
    with open_account(wallet, node, password_file, password_fd) as account:
        market = open_market(account.node, deployment, ledger)
        market.mark_default(loan, by=account.sender)
        emit(_described(market, loan), as_json)


@app.command()
def withdraw(
    *,
    wallet: WalletFile,
    position: Annotated[int, typer.Argument(metavar="POSITION", min=1)],
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Draw what your funding of a loan can claim now."""
    with open_account(wallet, node, password_file, password_fd) as account:
        market = open_market(account.node, deployment, ledger)
        before = market.position(position).withdrawn_tokens
        market.withdraw(position, by=account.sender)
        drawn = market.position(position).withdrawn_tokens - before
        emit({"position": position, "tokens": str(drawn)}, as_json)


@app.command()
def status(
    *,
    loan: LoanNumber,
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    as_json: AsJson = False,
) -> None:
    """Show where a loan stands and what it costs now."""
    with connect_node(node) as connected:
        market = open_market(connected, deployment, ledger)
        emit(_described(market, loan), as_json)


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
