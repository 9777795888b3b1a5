"""``zkcredit tx``: list, resume, speed up and cancel transactions, and sign some elsewhere."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli import cold
from zkcredit.cli.account import Actor, ConfirmationOptions, NodeOptions, WalletOptions
from zkcredit.cli.intent import purpose, resume, where
from zkcredit.cli.options import command
from zkcredit.cli.output import emit, note
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.sending.entries import Entry

app = typer.Typer(help="Transactions that were sent, or still wait.", no_args_is_help=True)

for _cold in (cold.keygen, cold.prepare, cold.sign, cold.send):
    command(app)(_cold)

Transaction = Annotated[
    str, typer.Argument(metavar="TX", help="Its number in the list, or its hash.")
]


@command(app, "list")
def list_(owner: WalletOptions, at: NodeOptions, how: ConfirmationOptions) -> None:
    """List the transactions of your account on a chain, oldest first. Sends nothing."""
    with owner.acting(at, how) as actor:
        actor.sender.look_up()
        history = actor.outbox.history(actor.node.network, actor.sender.address)
        emit({"transactions": [_described(actor, entry) for entry in history]})


@command(app)
def show(owner: WalletOptions, at: NodeOptions, how: ConfirmationOptions, tx: Transaction) -> None:
    """Show one transaction, and others that were signed with its nonce. Sends nothing."""
    with owner.acting(at, how) as actor:
        actor.sender.look_up()
        entry = _found(actor, tx)
        rivals = [one for one in actor.outbox.at_nonce(entry) if one.id != entry.id]
        emit(
            {
                **_described(actor, entry),
                "sends": entry.sends,
                "block_hash": entry.block or None,
                "refusal": entry.refusal or None,
                "same_nonce": [_described(actor, one) for one in rivals],
            }
        )


@command(app, "resume")
def resume_(
    owner: WalletOptions,
    at: NodeOptions,
    how: ConfirmationOptions,
    tx: Annotated[str | None, typer.Argument(metavar="[TX]", help="One; all by default.")] = None,
) -> None:
    """Send waiting transactions again, with the same bytes, until they are in a block.

    A transaction that a node refused is sent again only if you name it.
    """
    with owner.acting(at, how) as actor:
        waiting = actor.sender.unfinished() if tx is None else [_found(actor, tx)]
        for entry in waiting:
            resume(actor, entry)
        emit({"resumed": [_described(actor, actor.outbox.entry(entry.id)) for entry in waiting]})


@command(app, "speed-up")
def speed_up(
    owner: WalletOptions, at: NodeOptions, how: ConfirmationOptions, tx: Transaction
) -> None:
    """Sign a waiting transaction again, with the same nonce and a higher fee."""
    with owner.acting(at, how) as actor:
        entry = _found(actor, tx)
        waits = _waits(actor, entry)
        if waits:
            note(f"offering a higher fee for {purpose(actor.outbox, entry)}: {entry.hash}")
            receipt = actor.sender.speed_up(entry.idempotency_key)
        else:
            receipt = actor.sender.wait(entry.idempotency_key)
        emit({"executed": waits, **where(actor.sender, receipt)})


@command(app)
def cancel(
    owner: WalletOptions, at: NodeOptions, how: ConfirmationOptions, tx: Transaction
) -> None:
    """Cancel a waiting transaction by a transfer of nothing with the same nonce.

    If this comes too late, the transaction was executed, and the command says so.
    """
    with owner.acting(at, how) as actor:
        entry = _found(actor, tx)
        signed = actor.outbox.at_nonce(entry)
        own = {one.hash for one in signed if _same(one, entry)}
        if _waits(actor, entry):
            begun = any(one.cancelled_key == entry.idempotency_key for one in signed)
            how_now = "offering a higher fee for the cancellation of" if begun else "cancelling"
            note(f"{how_now} {purpose(actor.outbox, entry)}: {entry.hash}")
            receipt = actor.sender.cancel(entry.idempotency_key)
            cancelled = receipt.transaction not in own
            emit({"cancelled": cancelled, **where(actor.sender, receipt)})
            return
        found = actor.outbox.find(entry.network, entry.sender, entry.idempotency_key)
        emit({"cancelled": found is not None and found.state == "superseded", "executed": False})


def _same(one: "Entry", other: "Entry") -> bool:
    return one.idempotency_key == other.idempotency_key


def _waits(actor: Actor, entry: "Entry") -> bool:
    found = actor.outbox.find(entry.network, entry.sender, entry.idempotency_key)
    return found is not None and found.state == "pending"


def _found(actor: Actor, text: str) -> "Entry":
    for entry in actor.outbox.history(actor.node.network, actor.sender.address):
        if text in (str(entry.id), entry.hash):
            return entry
    raise InvalidInput("your account has no such transaction on this chain; see `tx list`")


def _described(actor: Actor, entry: "Entry") -> dict[str, Any]:
    return {
        "tx": entry.id,
        "purpose": purpose(actor.outbox, entry),
        "state": entry.state,
        "refused": bool(entry.refusal),
        "nonce": entry.nonce,
        "hash": entry.hash,
    }
