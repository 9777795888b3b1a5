"""``zkcredit admin``: who grants the roles of a contract, and the two steps that change it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import ActionOptions, LedgerOptions, SystemOptions, WalletOptions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import command
from zkcredit.cli.output import emit

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain import AdminTransfer, Node
    from zkcredit.chain.contracts.contract import AdministeredClient

    Step = Callable[[AdministeredClient, dict[str, Any]], AdminTransfer | None]

app = typer.Typer(
    help="The admin of a contract, and its change in two steps.", no_args_is_help=True
)


class Administered(StrEnum):
    """The contracts of a deployment that have an admin."""

    MARKET = "market"
    REGISTRY = "registry"
    LEDGER = "ledger"
    LEDGER_MARKET = "ledger-market"


Which = Annotated[
    Administered,
    typer.Argument(metavar="CONTRACT", help="market, registry, ledger or ledger-market"),
]


@command(app)
def status(at: SystemOptions, which: Which) -> None:
    """Show who is admin of a contract, and who is to become it."""
    with at.connect() as node:
        client = _client(at, node, which)
        pending = client.pending_admin()
        emit(
            {
                "contract": client.address,
                "admin": client.admin(),
                "pending": None if pending is None else pending.account,
                "acceptable_after": None if pending is None else pending.after,
                "delay": client.admin_delay(),
            }
        )


@command(app)
def begin(
    admin: WalletOptions,
    at: SystemOptions,
    how: ActionOptions,
    which: Which,
    account: Annotated[str, typer.Argument(metavar="ADDRESS", help="The new admin.")],
) -> None:
    """Name the account that may become admin once the delay has passed. Admin only.

    The admin stays admin until that account runs "admin accept"; "admin status" says from when it
    can. A transfer that waits already is replaced.
    """
    from zkcredit._internal.evm import checksum_address

    who = checksum_address("the account", account)

    def step(client: "AdministeredClient", sent: dict[str, Any]) -> "AdminTransfer":
        return client.begin_admin_transfer(who, **sent)

    _act(admin, at, how, which, verb="begin", step=step, account=who)


@command(app)
def accept(new: WalletOptions, at: SystemOptions, how: ActionOptions, which: Which) -> None:
    """Become admin. Only the account that "admin begin" named, after the delay."""

    def step(client: "AdministeredClient", sent: dict[str, Any]) -> None:
        client.accept_admin_transfer(**sent)

    _act(new, at, how, which, verb="accept", step=step)


@command(app)
def cancel(admin: WalletOptions, at: SystemOptions, how: ActionOptions, which: Which) -> None:
    """Take back what "admin begin" began, as long as nobody accepted it. Admin only."""

    def step(client: "AdministeredClient", sent: dict[str, Any]) -> None:
        client.cancel_admin_transfer(**sent)

    _act(admin, at, how, which, verb="cancel", step=step)


def _act(
    wallet: WalletOptions,
    at: SystemOptions,
    how: ActionOptions,
    which: Administered,
    *,
    verb: str,
    step: "Step",
    **arguments: str,
) -> None:
    with wallet.acting(at, how) as actor:
        client = _client(at, actor.node, which)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            sent = {"by": actor.sender, "idempotency_key": f"{name}/{verb}"}
            pending = step(client, sent)
            return {
                "contract": client.address,
                "admin": client.admin(),
                "pending": None if pending is None else pending.account,
                "delay": client.admin_delay(),
            }

        perform(actor, Wish(f"admin {verb}", client.address, arguments), carry_out)


def _client(at: SystemOptions, node: "Node", which: Administered) -> "AdministeredClient":
    if which is Administered.MARKET:
        return at.open(node)
    if which is Administered.REGISTRY:
        return at.open(node).registry
    market = LedgerOptions(node=at.node, deployment=at.deployment).open(node)
    return market.ledger if which is Administered.LEDGER else market
