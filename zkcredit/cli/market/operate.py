"""What operator, registrar and people with test tokens do at a market."""

from typing import Annotated, Any

import typer

from zkcredit.cli.account import (
    ActionOptions,
    Address,
    MarketOptions,
    NodeOptions,
    SystemOptions,
    WalletOptions,
)
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.market.group import app
from zkcredit.cli.options import RegistryFile, command, read_as
from zkcredit.errors import InvalidInput


@command(app, "post-root")
def post_root(
    registrar: WalletOptions,
    at: SystemOptions,
    how: ActionOptions,
    *,
    registry: RegistryFile,
    uri: Annotated[str, typer.Option("--uri", help="Where to download the registry.")] = "",
) -> None:
    """Post a registry's root. Registrar only."""
    from zkcredit.registry import RegistrySnapshot

    snapshot = read_as(registry, RegistrySnapshot.from_json)
    with registrar.acting(at, how) as actor:
        client = at.open(actor.node).registry

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            digest, step = snapshot.data_hash, f"{name}/post"
            client.post(snapshot.root, digest, uri, by=actor.sender, idempotency_key=step)
            return {"root": str(snapshot.root), "registry": client.address}

        wanted = {"root": str(snapshot.root), "data": snapshot.data_hash.hex(), "uri": uri}
        perform(actor, Wish("market post-root", client.address, wanted), carry_out)


@command(app, "allow-token")
def allow_token(
    operator: WalletOptions, at: MarketOptions, how: ActionOptions, token: Address
) -> None:
    """Allow applications and fundings of products in a token. Operator only."""
    _set_allowed(operator, at, how, token, "market allow-token", allowed=True)


@command(app, "disallow-token")
def disallow_token(
    operator: WalletOptions, at: MarketOptions, how: ActionOptions, token: Address
) -> None:
    """Stop applications and fundings of products in a token; loans go on. Operator only."""
    _set_allowed(operator, at, how, token, "market disallow-token", allowed=False)


@command(app)
def pause(
    operator: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    *,
    timelock: Annotated[
        str | None,
        typer.Option(
            "--timelock",
            metavar="ADDRESS",
            help="The timelock that is the market's operator; its guardian pauses through it.",
        ),
    ] = None,
) -> None:
    """Stop applications and fundings; loans go on. Operator only, or a guardian with --timelock."""
    if timelock is None:
        _set_paused(operator, at, how, "market pause", paused=True)
        return
    from zkcredit._internal.evm import checksum_address
    from zkcredit.chain.custody.timelock import TimelockClient

    address = checksum_address("the timelock", timelock)
    with operator.acting(at, how) as actor:
        market = at.open(actor.node)
        client = TimelockClient(actor.node, address)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step = f"{name}/pause"
            client.pause_new_loans(market.address, by=actor.sender, idempotency_key=step)
            return {"new_loans_paused": True, "timelock": address}

        wanted = {"timelock": address}
        perform(actor, Wish("market pause", market.address, wanted), carry_out)


@command(app)
def resume(operator: WalletOptions, at: MarketOptions, how: ActionOptions) -> None:
    """Let applications and fundings go on. Operator only."""
    _set_paused(operator, at, how, "market resume", paused=False)


@command(app)
def notice(
    operator: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    token: Address,
    *,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=30, help="Days from now, at most 30.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Or a time such as 2026-12-24T12:00:00Z.")
    ] = None,
) -> None:
    """Say that a token stands still: its loans' dues and defaults wait. Operator only.

    The clock of the token stops until the time. Another notice can lengthen the stop; nobody can
    take one back.
    """
    from zkcredit._internal.evm import checksum_address
    from zkcredit.units import DAY, parse_time

    if (days is None) == (until is None):
        raise InvalidInput("say until when the token stands still, with --days or --until")
    address = checksum_address("the token", token)
    end = None if until is None else parse_time(until)
    with operator.acting(at, how) as actor:
        market = at.open(actor.node)

        def resolve() -> Details:
            now = actor.node.now()
            stop = now + (days or 0) * DAY if end is None else end
            if not now < stop <= now + 30 * DAY:
                raise InvalidInput("a notice ends at most 30 days from now, and not in the past")
            return {"until": stop}

        def carry_out(name: str, details: Details) -> dict[str, Any]:
            stop = int(details["until"])
            market.give_notice(address, stop, by=actor.sender, idempotency_key=f"{name}/notice")
            return {"token": address, "clock_stops_until": stop}

        wanted = {"token": address} | ({"days": days} if end is None else {"until": end})
        wish = Wish("market notice", market.address, wanted)
        perform(actor, wish, carry_out, resolve=resolve)


@command(app)
def mint(
    anybody: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    token: Address,
    tokens: Annotated[int, typer.Argument(metavar="TOKENS", min=1, help="Base units.")],
) -> None:
    """Mint test tokens to your own account; real tokens refuse this."""
    with anybody.acting(at, how) as actor:
        from zkcredit.chain import TokenClient

        client, own = TokenClient(actor.node, token), actor.sender.address

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.mint(own, tokens, by=actor.sender, idempotency_key=f"{name}/mint")
            return {"token": token, "balance": str(client.balance_of(own))}

        wish = Wish("market mint", client.address, {"tokens": str(tokens)})
        perform(actor, wish, carry_out)


def _set_allowed(
    operator: WalletOptions,
    at: MarketOptions,
    how: ActionOptions,
    token: str,
    verb: str,
    *,
    allowed: bool,
) -> None:
    from zkcredit._internal.evm import checksum_address

    address = checksum_address("the token", token)
    with operator.acting(at, how) as actor:
        market = at.open(actor.node)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            step = f"{name}/allow"
            market.set_token_allowed(address, allowed, by=actor.sender, idempotency_key=step)
            return {"token": address, "allowed": allowed}

        perform(actor, Wish(verb, market.address, {"token": address}), carry_out)


def _set_paused(
    operator: WalletOptions, at: MarketOptions, how: ActionOptions, verb: str, *, paused: bool
) -> None:
    with operator.acting(at, how) as actor:
        market = at.open(actor.node)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            market.set_new_loans_paused(paused, by=actor.sender, idempotency_key=f"{name}/pause")
            return {"new_loans_paused": paused}

        perform(actor, Wish(verb, market.address, {}), carry_out)
