"""What a command wants from a chain, once: found again when the command is run again.

A command that changes a chain says what it wants (``Wish``) and how it is carried out; ``perform``
stores the wish before anything is signed. If the command is run again, a wish that has not ended
goes on, and one that has ended sends nothing. A wish is made of the account, the network, the
contract, the verb, its arguments, and the ordinal that the user gives with ``--again``; nothing
that the program counts is part of it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zkcredit.cli.output import emit, note
from zkcredit.errors import ChainError, InternalError, TransactionReverted

if TYPE_CHECKING:
    from zkcredit.chain import Outbox, TransactionSender
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.outbox import Entry, Intention
    from zkcredit.cli.account import Actor

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a command wants.

    Attributes:
        verb: the command's group and name.
        contract: address of the contract that it is about, or "".
        arguments: JSON values by name: everything that makes this wish another than the next.
    """

    verb: str
    contract: str
    arguments: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The canonical text under which the outbox knows the wish."""
        parts = {"verb": self.verb, "contract": self.contract, "arguments": self.arguments}
        return json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def perform(
    actor: "Actor",
    wish: Wish,
    carry_out: Callable[[str, Details], Mapping[str, Any]],
    *,
    resolve: Callable[[], Details] = dict,
) -> None:
    """Carry out a wish exactly once, and print what came of it.

    Args:
        actor: who wants it.
        wish: what is wanted.
        carry_out: sends the transactions, with idempotency keys that begin with the text that it
            gets and a slash, and returns the result to print. It is called again after an
            interruption, and gets the same text and details then.
        resolve: makes details that the arguments leave open. They are stored before anything is
            signed, and stay as they are from then on.

    Raises:
        InvalidInput: the same wish with the ordinal before has not ended.
    """
    outbox, sender = actor.outbox, actor.sender
    known = outbox.intention(sender.node.network, sender.address, wish.name, actor.again)
    _resume_others(actor, known)
    if known is not None and known.outcome:
        outcome = json.loads(known.outcome)
        if "result" in outcome:
            receipt = sender.wait(_last(outbox, known).idempotency_key)
            note(f"done before; nothing was sent. To do it once more: --again {actor.again + 1}")
            emit({**outcome["result"], "executed": False, **where(sender, receipt)})
            return
    if known is not None and (begun := outbox.transactions(known)):
        details: Details = json.loads(known.details)
        note(f"going on with {described(known)}: {begun[-1].hash}")
    else:
        begun, details = [], resolve()
    stored = json.dumps(dict(details))
    intention = outbox.intend(sender.node.network, sender.address, wish.name, actor.again, stored)
    try:
        result = dict(carry_out(intention.idempotency_key, details))
    except ChainError as error:
        if outbox.transactions(intention):
            _conclude_failure(actor, intention, error)
        raise
    finally:
        outbox.forget(intention)
    receipt = sender.wait(_last(outbox, intention).idempotency_key)
    outbox.conclude(intention.id, json.dumps({"result": result}))
    if begun:
        note(f"finished {described(intention)}: {receipt.transaction}")
    emit({**result, "executed": True, **where(sender, receipt)})


def described(intention: "Intention") -> str:
    """An intention in words: its verb, its arguments, and its ordinal from 2 on."""
    name = json.loads(intention.name)
    listed = ", ".join(f"{key} {value}" for key, value in name["arguments"].items())
    again = "" if intention.ordinal == 1 else f", number {intention.ordinal}"
    return f"`{name['verb']}` ({listed}{again})"


def purpose(outbox: "Outbox", entry: "Entry") -> str:
    """What a transaction is for, in words."""
    for intention in outbox.intentions(entry.network, entry.sender):
        if intention.owns(entry):
            step = entry.idempotency_key.rpartition("/")[2]
            return f"{described(intention)}, {step.split(' ')[0]}"
    return f"`{entry.idempotency_key}`"


def _resume_others(actor: "Actor", own: "Intention | None") -> None:
    for entry in actor.sender.unfinished():
        if own is None or not own.owns(entry):
            resume(actor, entry)


def resume(actor: "Actor", entry: "Entry") -> "Receipt | None":
    """Bring a transaction to its end, and name it before and after; None if it reverted."""
    what = purpose(actor.outbox, entry)
    note(f"resuming an earlier transaction, {what}: {entry.hash}")
    try:
        receipt = actor.sender.wait(entry.idempotency_key)
    except TransactionReverted as error:
        note(f"the earlier transaction, {what}, was refused: {error}")
        return None
    note(f"finished the earlier transaction, {what}: {receipt.transaction}")
    return receipt


def _last(outbox: "Outbox", intention: "Intention") -> "Entry":
    signed = outbox.transactions(intention)
    if not signed:
        raise InternalError(f"{described(intention)} ended without a transaction")
    return max(signed, key=lambda entry: (entry.nonce, entry.id))


def _conclude_failure(actor: "Actor", intention: "Intention", error: ChainError) -> None:
    # An intention whose transaction reverted in a block, or can never execute, has ended.
    last = _last(actor.outbox, intention)
    standing = actor.outbox.find(last.network, last.sender, last.idempotency_key)
    if standing is None or standing.state == "pending":
        return
    if standing.state != "superseded":
        receipt = actor.node.receipt(standing.hash)
        if receipt is None or receipt.succeeded:
            return
    note(f"this has ended. To do it once more: --again {actor.again + 1}")
    actor.outbox.conclude(intention.id, json.dumps({"failed": str(error)}))


def where(sender: "TransactionSender", receipt: "Receipt") -> dict[str, Any]:
    """Where a transaction is: its hash, block, and the block's date."""
    at = datetime.fromtimestamp(sender.node.time_of(receipt.block), UTC)
    return {
        "transaction": receipt.transaction,
        "block": receipt.block,
        "date": at.isoformat().replace("+00:00", "Z"),
    }
