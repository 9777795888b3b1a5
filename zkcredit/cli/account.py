"""Options that say who acts and where: a wallet or an issuer, a node, a market or a ledger."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.options import OptionGroup
from zkcredit.cli.output import note
from zkcredit.cli.secret import PasswordOptions
from zkcredit.errors import ChainError, InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain import (
        CreditLedgerClient,
        Node,
        Outbox,
        TransactionSender,
    )
    from zkcredit.chain.deployment import Deployment, System
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.issuer import Issuer
    from zkcredit.ledger import LedgerAccount, PostedEntry
    from zkcredit.wallet import Wallet

NodeUrls = Annotated[
    list[str],
    typer.Option(
        "--node",
        help="URL of a node, http(s), or of several that must agree; ZKCREDIT_NODE by default.",
    ),
]
DeploymentFile = Annotated[
    Path,
    typer.Option(
        "--deployment",
        help="The file that says where the contracts are; ZKCREDIT_DEPLOYMENT by default.",
    ),
]
_CONFIRMATIONS = 3
_TIMEOUT = 120.0  # seconds to wait for one transaction
_CALL_SECONDS = 300.0  # for all requests of a call; each of them has 30

OnLedger = Annotated[
    bool, typer.Option("--ledger", help="Use the market of the deployment's credit ledger.")
]
LoanNumber = Annotated[int, typer.Argument(metavar="LOAN", min=1)]
Amount = Annotated[int, typer.Argument(metavar="AMOUNT", min=1, help="Minor currency units.")]
SomeAmount = Annotated[
    int | None, typer.Argument(metavar="[AMOUNT]", min=1, help="Minor currency units.")
]
SomeRow = Annotated[
    int | None, typer.Option("--row", min=1, help="Pay this row of the schedule, from 1 on.")
]
Address = Annotated[str, typer.Argument(metavar="ADDRESS")]
Recipient = Annotated[
    str | None,
    typer.Option("--to", metavar="ADDRESS", help="Where the money goes; your own by default."),
]
Signers = Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="The signers' accounts.")]
Threshold = Annotated[int, typer.Option("--threshold", min=2, help="How many of them must sign.")]


@dataclass(frozen=True)
class Reader:
    """An open wallet and a node, for commands that only read the chain."""

    wallet: "Wallet"
    node: "Node"


@dataclass(frozen=True)
class Actor:
    """An open wallet and its account on a chain; ``zkcredit.cli.intent.perform`` makes it act."""

    wallet: "Wallet"
    node: "Node"
    sender: "TransactionSender"
    outbox: "Outbox"
    again: int


@dataclass(frozen=True, kw_only=True)
class ConfirmationOptions(OptionGroup):
    """How long a command waits for its transactions."""

    confirmations: Annotated[
        int | None,
        typer.Option(
            "--confirmations",
            min=0,
            max=1000,
            help=f"Blocks to wait for after the transaction's block; {_CONFIRMATIONS} by default, "
            "0 on a local chain.",
        ),
    ] = None

    def on(self, node: "Node") -> int:
        """Return how many blocks a command waits for on a chain."""
        from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS

        if self.confirmations is not None:
            return self.confirmations
        return 0 if node.chain_id in LOCAL_CHAIN_IDS else _CONFIRMATIONS


@dataclass(frozen=True, kw_only=True)
class ActionOptions(ConfirmationOptions):
    """The options of every command that changes a chain."""

    again: Annotated[
        int,
        typer.Option(
            "--again", min=1, max=1 << 31, help="2 does the same a second time, and so on."
        ),
    ] = 1


@dataclass(frozen=True, kw_only=True)
class NodeOptions(OptionGroup):
    """A node of a chain."""

    node: NodeUrls

    def connect(self) -> "Node":
        """Connect to the node, or to several that must agree.

        Raises:
            NodeUnavailable: if a node does not answer, or nodes disagree.
            ChainError: if ``zkcredit[chain]`` is not installed.
        """
        return _connect(self.node)


@dataclass(frozen=True, kw_only=True)
class SystemOptions(NodeOptions):
    """A node, and a deployment on its chain."""

    deployment: DeploymentFile

    def check(self) -> None:
        """Read the deployment's file.

        Raises:
            InvalidInput: if it cannot be read.
            MalformedFile: if it does not name a deployment.
        """
        _deployment(self.deployment)

    def open(self, node: "Node") -> "LoanMarketClient":
        """Return the deployment's market.

        Raises:
            MalformedFile: if the file does not name a deployment.
            NodeUnavailable: if the node belongs to another chain.
            ChainError: if the contracts do not belong together.
        """
        return _deployment(self.deployment).open(node).market


@dataclass(frozen=True, kw_only=True)
class LedgerOptions(SystemOptions):
    """A node, and a deployment with a credit ledger on its chain."""

    def open(self, node: "Node") -> "LoanMarketClient":
        """Return the market of the ledger, which has the ledger as ``ledger``.

        Raises:
            InvalidInput: if the deployment has no ledger.
            MalformedFile: if the file does not name a deployment.
            NodeUnavailable: if the node belongs to another chain.
            ChainError: if the contracts do not belong together.
        """
        return _deployment(self.deployment).open_ledger(node).market


@dataclass(frozen=True, kw_only=True)
class MarketOptions(SystemOptions):
    """A node, and a deployment: its market, or with ``--ledger`` the market of its ledger."""

    ledger: OnLedger = False

    def open(self, node: "Node") -> "LoanMarketClient":
        """Return the market that the options select; errors are as in ``open_system``."""
        return self.open_system(node).market

    def open_system(self, node: "Node") -> "System":
        """Return the market that the options select, and its relay.

        Raises:
            InvalidInput: if the deployment has no ledger.
            MalformedFile: if the file does not name a deployment.
            NodeUnavailable: if the node belongs to another chain.
            ChainError: if the contracts do not belong together.
        """
        found = _deployment(self.deployment)
        return found.open_ledger(node) if self.ledger else found.open(node)


@dataclass(frozen=True, kw_only=True)
class SomeMarketOptions(OptionGroup):
    """The node and deployment of a market, for a product that is published there."""

    deployment: Annotated[
        Path | None,
        typer.Option("--deployment", help="The market's deployment, for a published product."),
    ] = None
    node: Annotated[
        list[str] | None,
        typer.Option("--node", help="URL of a node, for a published product; repeatable."),
    ] = None
    ledger: OnLedger = False

    def check(self) -> None:
        """Read the deployment's file, if one is named, as ``SystemOptions`` does."""
        if self.deployment is not None:
            _deployment(self.deployment)

    @contextmanager
    def open_market(self) -> "Iterator[LoanMarketClient]":
        """Connect to the market.

        Raises:
            InvalidInput: if an option is missing, or the deployment has no ledger.
            MalformedFile: if the file does not name a deployment.
            NodeUnavailable: if the node does not answer, or belongs to another chain.
            ChainError: if the contracts do not belong together.
        """
        if self.deployment is None or not self.node:
            raise InvalidInput("a published product needs --deployment and --node")
        with _connect(self.node) as node:
            found = _deployment(self.deployment)
            yield (found.open_ledger(node) if self.ledger else found.open(node)).market


@dataclass(frozen=True, kw_only=True)
class SomeLedgerOptions(OptionGroup):
    """The node and deployment of a credit ledger, for a request about one of its accounts."""

    deployment: Annotated[
        Path | None,
        typer.Option("--deployment", help="The ledger's deployment, for an account on a ledger."),
    ] = None
    node: Annotated[
        list[str] | None,
        typer.Option("--node", help="URL of a node, for an account on a ledger; repeatable."),
    ] = None

    def check(self) -> None:
        """Read the deployment's file, if one is named, as ``SystemOptions`` does."""
        if self.deployment is not None:
            _deployment(self.deployment)

    @contextmanager
    def open_ledger(self) -> "Iterator[CreditLedgerClient]":
        """Connect to the ledger.

        Raises:
            InvalidInput: if an option is missing, or the deployment has no ledger.
            MalformedFile: if the file does not name a deployment.
            NodeUnavailable: if the node does not answer, or belongs to another chain.
            ChainError: if the contracts do not belong together.
        """
        if self.deployment is None or not self.node:
            raise InvalidInput("an account on a ledger needs --deployment and --node")
        with _connect(self.node) as node:
            yield _deployment(self.deployment).open_ledger(node).market.ledger


@dataclass(frozen=True, kw_only=True)
class WalletOptions(PasswordOptions):
    """A wallet, and its password."""

    wallet: Annotated[Path, typer.Argument(metavar="WALLET", help="The wallet's file.")]

    def open(self) -> "Wallet":
        """Open the wallet.

        Raises:
            WrongPassword: if the password is wrong.
            DamagedFile: if the file is not a wallet, or it is corrupted.
            InvalidInput: if there is no such file.
        """
        from zkcredit.wallet import Wallet

        return Wallet.open(self.wallet, self.password())

    @contextmanager
    def on(self, chain: NodeOptions) -> Iterator[Reader]:
        """Open the wallet, and connect to a chain to read from it."""
        with self.open() as opened, chain.connect() as node:
            yield Reader(opened, node)

    @contextmanager
    def acting(self, chain: NodeOptions, how: ConfirmationOptions) -> Iterator[Actor]:
        """Open the wallet, and connect its account to a chain to act on it.

        Transactions are stored in a file beside the wallet before they are sent, so that the next
        command finishes what an interrupted one began, and nothing is sent twice.
        """
        with ExitStack() as stack:
            opened = stack.enter_context(self.open())
            node = stack.enter_context(chain.connect())
            from zkcredit.chain import Outbox, Signer, TransactionSender

            outbox = stack.enter_context(
                Outbox(self.wallet.with_name(f"{self.wallet.name}.outbox"))
            )
            sender = TransactionSender(
                node,
                Signer(opened.evm_key()),
                outbox,
                timeout=_TIMEOUT,
                confirmations=how.on(node),
                tell=note,
            )
            again = how.again if isinstance(how, ActionOptions) else 1
            yield Actor(opened, node, sender, outbox, again)


@dataclass(frozen=True, kw_only=True)
class IssuerOptions(PasswordOptions):
    """An issuer's file, and its password."""

    issuer: Annotated[Path, typer.Argument(metavar="ISSUER", help="The issuer's file.")]

    def open(self) -> "Issuer":
        """Open the issuer's file.

        Raises:
            WrongPassword: if the password is wrong.
            DamagedFile: if the file is not an issuer's, or it is corrupted.
            InvalidInput: if there is no such file.
        """
        from zkcredit.issuer import Issuer

        return Issuer.open(self.issuer, self.password())


def recipient(to: str | None) -> str | None:
    """Return the address that ``--to`` names, with its checksum; None if there is none.

    Raises:
        InvalidInput: if it is not an address.
    """
    from zkcredit._internal.evm import checksum_address

    return None if to is None else checksum_address("the address of --to", to)


def read_account(
    wallet: "Wallet", ledger: "CreditLedgerClient", issuers: Sequence[str] | None = None
) -> "tuple[LedgerAccount, list[PostedEntry]]":
    """Read the wallet's account, and return it with all entries ever posted to it.

    If issuers are named, the account is of their entries alone.

    Raises:
        ChainError: if the node reports other entries than the contract has.
    """
    posted, _, epoch = ledger.read(wallet.ledger.key)
    account = wallet.ledger.read(posted, epoch=epoch)
    return account if issuers is None else account.of_issuers(issuers), posted


def _connect(urls: list[str]) -> "Node":
    try:
        from zkcredit.chain import connect, connect_quorum

        node = connect(urls[0]) if len(urls) == 1 else connect_quorum(urls)
    except ImportError:
        raise ChainError("this needs the extra: pip install 'zkcredit[chain]'") from None
    node.timeout = _CALL_SECONDS
    return node


def _deployment(path: Path) -> "Deployment":
    from zkcredit.chain.deployment import Deployment

    return Deployment.load(path)
