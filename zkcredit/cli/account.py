"""What commands on a chain share: the node, the deployment, the account that acts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.output import note
from zkcredit.cli.secret import read_password
from zkcredit.errors import ChainError

if TYPE_CHECKING:
    from zkcredit.chain import LedgerSystem, LoanMarketClient, Node, System, TransactionSender
    from zkcredit.wallet import Wallet

NodeUrl = Annotated[str, typer.Option("--node", help="URL of the node, http(s).")]
DeploymentFile = Annotated[
    Path, typer.Option("--deployment", help="The file that says where the contracts are.")
]
LoanNumber = Annotated[int, typer.Argument(metavar="LOAN", min=1)]
OnLedger = Annotated[
    bool, typer.Option("--ledger", help="At the market of the deployment's credit ledger.")
]
Amount = Annotated[int, typer.Argument(metavar="AMOUNT", min=1, help="Minor currency units.")]


@dataclass(frozen=True)
class Account:
    """An open wallet and its account on a chain."""

    wallet: "Wallet"
    node: "Node"
    sender: "TransactionSender"


def connect_node(url: str) -> "Node":
    """Connect. NodeUnavailable: no node; ChainError: the extra is not installed."""
    try:
        from zkcredit.chain import connect

        return connect(url)
    except ImportError:
        raise ChainError("this needs the extra: pip install 'zkcredit[chain]'") from None


def open_system(node: "Node", deployment: Path) -> "System":
    """The clients of a deployed system. Raises as ``Deployment.load`` and ``open``."""
    from zkcredit.chain import Deployment

    return Deployment.load(deployment).open(node)


def open_ledger(node: "Node", deployment: Path) -> "LedgerSystem":
    """The clients of a deployment's ledger. Raises as ``Deployment.load`` and ``open_ledger``."""
    from zkcredit.chain import Deployment

    return Deployment.load(deployment).open_ledger(node)


def open_market(node: "Node", deployment: Path, ledger: bool) -> "LoanMarketClient":
    """A deployment's market, or the one of its ledger. Raises as :func:`open_system`."""
    opened = open_ledger(node, deployment) if ledger else open_system(node, deployment)
    return opened.market


@contextmanager
def open_account(
    wallet: Path, url: str, password_file: Path | None, password_fd: int | None
) -> Iterator[Account]:
    """Open a wallet and connect its account.

    Transactions are kept beside the wallet before they are sent, so that a command that was
    interrupted is finished by the next one and nothing is sent twice.
    """
    from zkcredit.wallet import Wallet

    password = read_password(password_file, password_fd)
    with ExitStack() as stack:
        opened = stack.enter_context(Wallet.open(wallet, password))
        node = stack.enter_context(connect_node(url))
        from zkcredit.chain import Outbox, Signer, TransactionSender

        outbox = stack.enter_context(Outbox(wallet.with_name(wallet.name + ".outbox")))
        sender = TransactionSender(node, Signer(opened.evm_key()), outbox)
        for receipt in sender.resume():
            note(f"finished an earlier transaction: {receipt.transaction}")
        yield Account(opened, node, sender)
