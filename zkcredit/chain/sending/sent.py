"""Where the transactions stand that an account signed: in a block, final, cancelled or lost.

Only receipts and the count of nonces decide; no other answer of a node says that a transaction was
not executed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from zkcredit._internal.checks import require_text
from zkcredit.chain.sending.answers import is_refusal
from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.entries import Entry
    from zkcredit.chain.sending.outbox import Outbox

__all__ = ["SentTransactions", "was_refused"]

_LONGEST_KEY: Final = 1 << 15  # characters; a key may contain a path
_SAFE, _FINAL = 32, 64  # blocks on top, if the node does not say what is safe and final
_IN_BLOCK: Final = ("mined", "safe", "final")


class SentTransactions:
    """The transactions of one account in an outbox, looked up on a chain.

    Args:
        node: a node of the chain.
        address: the account.
        outbox: the store of its signed transactions.
        confirmations: blocks on top of a transaction before it counts.
        tell: a function that gets a sentence for the user if something unexpected happens.
    """

    def __init__(
        self,
        node: Node,
        address: str,
        outbox: Outbox,
        confirmations: int,
        tell: Callable[[str], None] | None,
    ) -> None:
        self.node = node
        self.address = address
        self._outbox = outbox
        self._confirmations = confirmations
        self._tell = (lambda _: None) if tell is None else tell
        self._local = node.chain_id in LOCAL_CHAIN_IDS

    def knows(self, idempotency_key: str) -> bool:
        """Return whether a transaction of this intention was signed, by this process or another."""
        return self._find(idempotency_key) is not None

    def unfinished(self) -> list[Entry]:
        """Return the transactions that ``resume`` would finish: sent, and not in a block.

        A transaction that is not final is looked up again, because a reorganisation may have taken
        it out of its block.
        """
        found = []
        for entry in self._outbox.open(self.node.network, self.address):
            if entry.state == "pending":
                if not was_refused(entry) and not self._overtaken(entry):
                    found.append(entry)
            elif not self._in_block(entry):
                found.append(self._outbox.entry(entry.id))
        return [entry for entry in found if self._cancelling(entry) is None]

    def look_up(self) -> None:
        """Write down where every transaction stands that is not final, and send nothing."""
        for entry in self._outbox.open(self.node.network, self.address):
            self._in_block(entry)

    def _find(self, idempotency_key: str) -> Entry | None:
        require_text("the idempotency key", idempotency_key, _LONGEST_KEY)
        return self._outbox.find(self.node.network, self.address, idempotency_key)

    def _mined(self, entry: Entry) -> Receipt | None:
        receipt = self._in_block(entry)
        if receipt is None or self._unconfirmed(receipt.block):
            return None
        return receipt

    def _in_block(self, entry: Entry) -> Receipt | None:
        """Look for the intention's receipt, and record its state."""
        for twin in self._twins(entry):
            receipt = self.node.receipt(twin.hash)
            if receipt is not None:
                state = self._state(receipt.block)
                self._outbox.finish(twin.id, state, block=receipt.block_hash)
                return receipt
            if twin.state in _IN_BLOCK and self._count() <= twin.nonce:
                # The nonce is free again, so the receipt is not merely late.
                self._outbox.finish(twin.id, "pending")
                self._tell(
                    f"the node no longer shows transaction {twin.hash} in a block: a "
                    "reorganisation took it out, or this node is behind; the same bytes will be "
                    "sent again"
                )
        return None

    def _overtaken(self, entry: Entry) -> bool:
        """Return whether another transaction of the outbox is in a block with the entry's nonce.

        What waits then is not this entry: it goes on if a reorganisation takes the other one out.
        """
        if self._count() <= entry.nonce:
            return False
        rivals = [
            one
            for one in self._outbox.at_nonce(entry)
            if one.idempotency_key != entry.idempotency_key and one.state != "superseded"
        ]
        return any(self._in_block(one) is not None for one in rivals)

    def _cancelling(self, entry: Entry) -> Entry | None:
        """Return the last transfer that was signed to cancel an entry, unless it is superseded.

        While there is one, the bytes that were cancelled are not sent again.
        """
        cancels = self._cancels(entry)
        return next((one for one in cancels if one.state != "superseded"), None)

    def _cancels(self, entry: Entry) -> list[Entry]:
        every = self._outbox.at_nonce(entry)
        return [one for one in every if one.cancelled_key == entry.idempotency_key]

    def _unconfirmed(self, block: int) -> bool:
        needed = self._confirmations
        return needed > 0 and self.node.block_number() < block + needed

    def _state(self, block: int) -> str:
        if self._reached("finalized", block, _FINAL):
            return "final"
        return "safe" if self._reached("safe", block, _SAFE) else "mined"

    def _reached(self, tag: Literal["safe", "finalized"], block: int, depth: int) -> bool:
        number = None if self._local else self.node.tagged_block(tag)
        return block <= (self.node.block_number() - depth if number is None else number)

    def _settled(self, block: int) -> bool:
        """Return whether a block will stay in the chain.

        Only its owner reorganises a local chain, and its blocks may never get deep, so a confirmed
        block is enough there.
        """
        if self._local:
            return not self._unconfirmed(block)
        return self._state(block) == "final"

    def _count(self) -> int:
        return self.node.transaction_count(self.address)

    def _twins(self, entry: Entry) -> list[Entry]:
        every = self._outbox.at_nonce(entry)
        return [one for one in every if one.idempotency_key == entry.idempotency_key]

    def _receipt(self, entry: Entry) -> Receipt | None:
        found = (self.node.receipt(digest) for digest in self._outbox.hashes(entry))
        return next((receipt for receipt in found if receipt is not None), None)


def was_refused(entry: Entry) -> bool:
    """Return whether a node certainly refused a transaction that waits."""
    return entry.state == "pending" and is_refusal(entry.refusal)
