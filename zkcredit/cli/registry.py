"""``zkcredit registry``: accepted issuers under one root, and the roots on chain."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit.cli.account import ActionOptions, SystemOptions, WalletOptions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import Out, RegistryFile, command, read_as, write_text
from zkcredit.cli.output import emit
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain import IssuerRegistryClient
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.nodes.replies import Receipt

    Send = Callable[..., Receipt]

app = typer.Typer(help="The registry of accepted issuers.", no_args_is_help=True)

_ROOT_DIGITS: Final = 77  # of the largest root


class RegistryOffice(StrEnum):
    """The roles at a registry on chain."""

    REGISTRAR = "registrar"
    GUARDIAN = "guardian"


Root = Annotated[str, typer.Argument(metavar="ROOT", help="A root, in decimal digits.")]
Role = Annotated[RegistryOffice, typer.Argument(metavar="ROLE", help="registrar or guardian")]
Account = Annotated[str, typer.Argument(metavar="ADDRESS", help="The account.")]


# --- files --------------------------------------------------------------------------------------


@command(app)
def build(
    lists: Annotated[list[Path], typer.Argument(metavar="LIST.json...")], *, out: Out
) -> None:
    """Combine issuers' signed lists, in the given order, into one registry."""
    from zkcredit.registry import RegistrySnapshot, RevocationList

    read = [read_as(path, RevocationList.from_json) for path in lists]
    snapshot = RegistrySnapshot.of(*read)
    for entry in snapshot.lists:
        _ = entry.tree  # the ids must be those that the issuer signed
    write_text(out, snapshot.to_json())
    emit({"registry": str(out), "issuers": len(snapshot.lists), "root": str(snapshot.root)})


@command(app)
def show(registry: Annotated[Path, typer.Argument(metavar="REGISTRY.json")]) -> None:
    """Verify a published registry and show its root."""
    from zkcredit.gadgets.babyjub import to_text
    from zkcredit.registry import RegistrySnapshot

    snapshot = read_as(registry, RegistrySnapshot.from_json)
    emit(
        {
            "root": str(snapshot.root),
            "issuers": [
                {
                    "public_key": to_text(entry.issuer),
                    "revoked": len(entry.revoked),
                    "published_at": entry.published_at,
                }
                for entry in snapshot.lists
            ],
        }
    )


# --- on chain -----------------------------------------------------------------------------------


@command(app)
def status(at: SystemOptions) -> None:
    """Show the roots on chain: the current one, those that are pending, those still accepted.

    A guardian runs this more often than the delay is long, fetches the registry of each pending
    root, checks it with "registry show", and cancels what is wrong.
    """
    with at.connect() as node:
        market = at.open(node)
        client, most = market.registry, _max_root_age(market)
        current, pending = client.current_root(), client.pending_roots()
        usable = client.usable_roots(most)
        emit(
            {
                "registry": client.address,
                "current": _described(client, current) if current else None,
                "accepted": current in usable,
                "pending": [_described(client, root) for root in pending],
                "replaced": [str(root) for root in usable if root not in (current, *pending)],
                "delay": client.delay(),
                "max_current_age": client.max_current_age(),
                "max_root_age": most,
            }
        )


@command(app, "post-after-removal")
def post_after_removal(
    registrar: WalletOptions,
    at: SystemOptions,
    how: ActionOptions,
    *,
    registry: RegistryFile,
    uri: Annotated[str, typer.Option("--uri", help="Where to download the registry.")] = "",
    clean: Annotated[
        str | None,
        typer.Option(
            "--clean",
            metavar="ROOT",
            help="The newest root in effect that has none of the removed issuers, if there is one.",
        ),
    ] = None,
) -> None:
    """Post the root of a registry from which issuers were removed. Registrar only.

    If a root is withdrawn later, no root from before this one becomes current again, except that of
    --clean. "market post-root" posts a registry from which no issuer was removed.
    """
    from zkcredit.registry import RegistrySnapshot

    snapshot = read_as(registry, RegistrySnapshot.from_json)
    fallback = None if clean is None else _root(clean)
    wanted = {
        "root": str(snapshot.root),
        "data": snapshot.data_hash.hex(),
        "uri": uri,
        "clean": None if fallback is None else str(fallback),
    }
    with registrar.acting(at, how) as actor:
        client = at.open(actor.node).registry

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.post_after_removal(
                snapshot.root,
                snapshot.data_hash,
                uri,
                clean=fallback,
                by=actor.sender,
                idempotency_key=f"{name}/post",
            )
            return {**wanted, "registry": client.address}

        perform(actor, Wish("registry post-after-removal", client.address, wanted), carry_out)


@command(app)
def renew(
    registrar: WalletOptions, at: SystemOptions, how: ActionOptions, *, registry: RegistryFile
) -> None:
    """State that the current registry still holds, so that its age starts again. Registrar only.

    Use this if nothing was revoked for so long that the current root comes near its highest age.
    """
    from zkcredit.registry import RegistrySnapshot

    root = read_as(registry, RegistrySnapshot.from_json).root
    wanted = {"root": str(root)}
    _act(
        registrar, at, how, "renew", wanted=wanted, send=lambda client: partial(client.renew, root)
    )


@command(app)
def cancel(guardian: WalletOptions, at: SystemOptions, how: ActionOptions, root: Root) -> None:
    """Remove a pending root before it takes effect; it may be posted again. Guardian only."""
    _judge(guardian, at, how, root, verb="cancel")


@command(app)
def withdraw(
    guardian: WalletOptions,
    at: SystemOptions,
    how: ActionOptions,
    roots: Annotated[list[str], typer.Argument(metavar="ROOT...", help="Roots that were posted.")],
) -> None:
    """Refuse roots at once and for good. Guardian only.

    If an issuer's key was stolen, withdraw every root that has the issuer: "registry status" lists
    those that are current, pending or still accepted.
    """
    numbers = sorted({_root(root) for root in roots})
    wanted = {"roots": [str(number) for number in numbers]}
    _act(
        guardian,
        at,
        how,
        "withdraw",
        wanted=wanted,
        send=lambda client: partial(client.withdraw_roots, numbers),
    )


@command(app)
def ban(guardian: WalletOptions, at: SystemOptions, how: ActionOptions, root: Root) -> None:
    """Refuse a root that was not posted, so that it can never be. Guardian only."""
    _judge(guardian, at, how, root, verb="ban")


@command(app)
def appoint(
    admin: WalletOptions, at: SystemOptions, how: ActionOptions, role: Role, account: Account
) -> None:
    """Give an account the role of registrar or guardian. Admin only."""
    _decide(admin, at, how, role, account, appointed=True)


@command(app)
def dismiss(
    admin: WalletOptions, at: SystemOptions, how: ActionOptions, role: Role, account: Account
) -> None:
    """Take the role of registrar or guardian from an account. Admin only."""
    _decide(admin, at, how, role, account, appointed=False)


def _judge(
    guardian: WalletOptions, at: SystemOptions, how: ActionOptions, root: str, *, verb: str
) -> None:
    number = _root(root)

    def send(client: "IssuerRegistryClient") -> "Send":
        return partial(client.cancel_root if verb == "cancel" else client.ban_root, number)

    _act(guardian, at, how, verb, wanted={"root": str(number)}, send=send)


def _decide(
    admin: WalletOptions,
    at: SystemOptions,
    how: ActionOptions,
    role: RegistryOffice,
    account: str,
    *,
    appointed: bool,
) -> None:
    from zkcredit._internal.evm import checksum_address

    who = checksum_address("the account", account)
    verb = "appoint" if appointed else "dismiss"

    def send(client: "IssuerRegistryClient") -> "Send":
        decide = client.appoint if appointed else client.dismiss
        return partial(decide, role.value, who)

    wanted = {"role": role.value, "account": who}
    _act(admin, at, how, verb, wanted=wanted, send=send)


def _act(
    wallet: WalletOptions,
    at: SystemOptions,
    how: ActionOptions,
    verb: str,
    *,
    wanted: dict[str, Any],
    send: "Callable[[IssuerRegistryClient], Send]",
) -> None:
    with wallet.acting(at, how) as actor:
        client = at.open(actor.node).registry

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            send(client)(by=actor.sender, idempotency_key=f"{name}/{verb}")
            return {**wanted, "current": str(client.current_root())}

        perform(actor, Wish(f"registry {verb}", client.address, wanted), carry_out)


def _described(client: "IssuerRegistryClient", root: int) -> dict[str, Any]:
    record, posting = client.record(root), client.posting_of(root)
    return {
        "root": str(root),
        "effective_at": record.effective_at,
        "confirmed_at": record.confirmed_at,
        "data": None if posting is None else posting.data_hash.hex(),
        "uri": None if posting is None else posting.uri,
    }


def _max_root_age(market: "LoanMarketClient") -> int:
    from zkcredit.chain import EligibilityGateClient

    gate = market.gate
    if not isinstance(gate, EligibilityGateClient):
        raise InvalidInput("the market's gate asks about a ledger, and has no registry")
    return gate.max_root_age()


def _root(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _ROOT_DIGITS):
        raise InvalidInput("a root is a number in decimal digits, as the commands print it")
    return int(text)
