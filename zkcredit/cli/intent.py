"""What a command wants from a chain; a command that is run again finds it and does it only once.

A command that changes a chain says what it wants (``Wish``) and how to carry it out. ``perform``
stores the wish before anything is signed. If the command is run again, a wish that has not ended
continues, and a wish that has ended sends nothing. A wish consists of the account, the network, the
contract, the verb, its arguments, and the ordinal that the user gives with ``--again``. It does not
contain any number that the program counts.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zkcredit.cli.output import emit, note
from zkcredit.cli.words import in_words
from zkcredit.errors import ChainError, InternalError, TransactionReverted

if TYPE_CHECKING:
    from zkcredit.chain import Outbox, TransactionSender
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.entries import Entry, Intention
    from zkcredit.cli.account import Actor

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a command wants.

    Attributes:
        verb: the command's group and name.
        contract: address of the contract that it is about, or "".
        arguments: JSON values by name: everything that distinguishes this wish from others.
        once: a sentence for the user if this can be done only once; "" otherwise.
    """

    verb: str
    contract: str
    arguments: Mapping[str, Any]
    once: str = ""

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
) -> "Receipt":
    """Carry out a wish exactly once, print the result, and return its last transaction.

    Args:
        actor: the wallet, its account and the chain.
        wish: what the command wants.
        carry_out: a function that sends the transactions and returns the result to print. Its
            idempotency keys must begin with the text that it gets and a slash. After an
            interruption it is called again with the same text and details.
        resolve: a function that makes details which the arguments leave open. They are stored
            before anything is signed, and do not change afterwards.

    Raises:
        InvalidInput: if the same wish with the previous ordinal has not ended.
    """
    outbox, sender = actor.outbox, actor.sender
    known = outbox.intention(sender.node.network, sender.address, wish.name, actor.again)
    _resume_others(actor, known)
    if known is not None and known.outcome:
        outcome = json.loads(known.outcome)
        if "result" in outcome:
            try:
                receipt = sender.wait(_last(outbox, known).idempotency_key)
            except ChainError as error:
                _conclude_failure(actor, known, error)  # after a reorganisation
                raise
            then = wish.once or f"To do it again, use --again {actor.again + 1}"
            note(f"done before; nothing was sent. {then}")
            _show(sender, receipt, {**outcome["result"], "executed": False})
            if not outcome.get("told", True):
                outbox.conclude(known.id, json.dumps({**outcome, "told": True}))
            return receipt
    if known is not None and (begun := outbox.transactions(known)):
        details: Details = json.loads(known.details)
        note(f"continuing {described(known)}: {begun[-1].hash}")
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
    outbox.conclude(intention.id, json.dumps({"result": result, "told": False}))
    if begun:
        note(f"finished {described(intention)}: {receipt.transaction}")
    _show(sender, receipt, {**result, "executed": True})
    outbox.conclude(intention.id, json.dumps({"result": result, "told": True}))
    return receipt


def described(intention: "Intention") -> str:
    """Return an intention in words: its verb, its arguments, and its ordinal if it is above 1."""
    name = json.loads(intention.name)
    listed = ", ".join(f"{key} {value}" for key, value in name["arguments"].items())
    again = "" if intention.ordinal == 1 else f", number {intention.ordinal}"
    return f"`{name['verb']}` ({listed}{again})"


def purpose(outbox: "Outbox", entry: "Entry") -> str:
    """Return in words what a transaction is for."""
    key = entry.cancelled_key
    meant = entry if key is None else replace(entry, idempotency_key=key)
    of = "" if key is None else "the cancellation of "
    for intention in outbox.intentions(entry.network, entry.sender):
        if intention.owns(meant):
            step = meant.idempotency_key.rpartition("/")[2]
            return f"{of}{described(intention)}, {step.split(' ')[0]}"
    return f"{of}`{meant.idempotency_key}`"


def _resume_others(actor: "Actor", own: "Intention | None") -> None:
    for entry in actor.sender.unfinished():
        if own is None or not own.owns(entry):
            resume(actor, entry)


def resume(actor: "Actor", entry: "Entry") -> "Receipt | None":
    """Finish a transaction, and name it before and after; return None if it had no effect."""
    what = purpose(actor.outbox, entry)
    note(f"resuming an earlier transaction, {what}: {entry.hash}")
    try:
        receipt = actor.sender.wait(entry.idempotency_key)
    except TransactionReverted as error:
        note(f"the earlier transaction, {what}, was refused: {error}")
        return None
    except ChainError as error:
        if actor.outbox.entry(entry.id).state != "superseded":
            raise
        note(f"the earlier transaction, {what}, did not happen: {error}")
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
    note(f"this attempt has ended. To try again, use --again {actor.again + 1}")
    actor.outbox.conclude(intention.id, json.dumps({"failed": str(error)}))


def _show(sender: "TransactionSender", receipt: "Receipt", result: dict[str, Any]) -> None:
    """Print a result; in text, its times are seen from the block of the transaction."""
    place = where(sender, receipt)
    then = int(datetime.fromisoformat(place["date"]).timestamp())
    emit({**result, **place}, shown={**in_words(result, then), **place})


def where(sender: "TransactionSender", receipt: "Receipt") -> dict[str, Any]:
    """Return where a transaction is: its hash, its block, and the block's date."""
    at = datetime.fromtimestamp(sender.node.time_of(receipt.block), UTC)
    return {
        "transaction": receipt.transaction,
        "block": receipt.block,
        "date": at.isoformat().replace("+00:00", "Z"),
    }
