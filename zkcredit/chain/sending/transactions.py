"""The one way in which this library sends transactions.

Order of events: try the call without a transaction (a refusal costs nothing and says why), sign,
store durably, send, wait for the receipt, decode a revert. Gas is always stated by the caller:
an estimate would run the proof's pairing several times, and on contracts that swallow failures it
finds an amount at which the pairing starves.

Sending again is always safe: the stored bytes keep their nonce, and a nonce executes once.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkcredit._internal.checks import require_instance, require_text
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    NodeUnavailable,
    TransactionReverted,
    TransactionTimeout,
)

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import Node, Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.outbox import Entry, Outbox

__all__ = ["Call", "TransactionSender", "step"]

_POLL_FIRST, _POLL_MOST = 0.02, 2.0  # seconds between two looks for a receipt
_LOOKS = 20  # for a receipt whose nonce is used up, a tenth of a second apart
_LONGEST_KEY = 1 << 15  # characters; a key may hold a path
_RESEND = 15.0  # seconds after which an unmined transaction is handed to the node again


@dataclass(frozen=True, slots=True)
class Call:
    """What a transaction should do.

    Attributes:
        to: contract, or None to create one from ``data``.
        data: encoded call, or creation code with constructor arguments.
        gas: gas limit; see ``zkcredit.chain.sending.gas``.
        value: wei to send along.
    """

    to: str | None
    data: bytes
    gas: int
    value: int = 0


def step(idempotency_key: str | None, name: str) -> str | None:
    """The idempotency key of one step of something that takes several transactions."""
    return None if idempotency_key is None else f"{idempotency_key}/{name}"


class TransactionSender:
    """An account that acts on one chain: signer, node and outbox together.

    Args:
        node: where to send.
        signer: who signs and pays.
        outbox: where signed transactions are kept. Use a file for real chains.
        timeout: seconds to wait for a transaction to get into a block.
        confirmations: blocks on top of it before it counts; 0 where the chain has no reorgs.
        most_fee: wei that one transaction may cost in gas. The price comes from the node, which
            could otherwise talk an account into giving all it has to the block's producer.
    """

    def __init__(
        self,
        node: Node,
        signer: Signer,
        outbox: Outbox,
        *,
        timeout: float = 120.0,
        confirmations: int = 0,
        most_fee: int = 10**18,
    ) -> None:
        if timeout <= 0 or confirmations < 0 or most_fee < 0:
            raise InvalidInput("the timeout is positive, confirmations and fee are not negative")
        self.node = node
        self.address = signer.address
        self._signer = signer
        self._outbox = outbox
        self._timeout = timeout
        self._confirmations = confirmations
        self._most_fee = most_fee

    def __repr__(self) -> str:
        return f"TransactionSender({self.address} on {self.node!r})"

    def send(
        self, call: Call, *, idempotency_key: str | None = None, preflight: bool = True
    ) -> Receipt:
        """Execute ``call`` exactly once and return its receipt.

        Args:
            call: what to do.
            idempotency_key: names the intention. Called again with the same one, by this process
                or the next, this returns the first call's receipt, or raises its revert. By
                default every call is an intention of its own.
            preflight: try it without a transaction first.

        Raises:
            TransactionReverted: the contract refused, in the trial or in the block.
            TransactionTimeout: not in a block in time; ``resume``, or the same idempotency key,
                waits on.
            NodeUnavailable: the node was not reached; nothing or everything may have happened,
                ``resume``, or the same idempotency key, finds out.
            ChainError: the node refused the transaction or asks for too high a fee, or the nonce
                was used elsewhere.
        """
        require_instance("the call", call, Call)
        if idempotency_key is None:
            idempotency_key = f"once-{secrets.token_hex(16)}"
        entry = self._find(idempotency_key)
        if entry is None:
            to = None if call.to is None else checksum(call.to)
            if preflight:
                self.node.call(to, call.data, sender=self.address, gas=call.gas)
            entry = self._store(call, to, idempotency_key)
        return self._finish(entry)

    def knows(self, idempotency_key: str) -> bool:
        """Whether a transaction of this intention was signed, by this process or another."""
        return self._find(idempotency_key) is not None

    def resume(self) -> list[Receipt]:
        """Bring every transaction of this account whose fate is open to its end, by nonce.

        For the start of a program that may have been killed. A transaction that reverted counts
        as ended. Raises as ``send`` does, except for reverts.
        """
        finished = []
        for entry in self._outbox.pending(self.node.network, self.address):
            try:
                finished.append(self._finish(entry))
            except TransactionReverted:
                continue
        return finished

    def speed_up(self, idempotency_key: str) -> Receipt:
        """Offer a higher fee for a transaction that does not get into a block, and wait for it.

        The same call is signed again with the same nonce, so one of the two executes, not both.

        Args:
            idempotency_key: the intention, as given to ``send``.

        Raises:
            InvalidInput: nothing with this idempotency key is waiting.
        """
        entry = self._find(idempotency_key)
        if entry is None or entry.state != "signed":
            raise InvalidInput(f"nothing waits under the idempotency key {idempotency_key!r}")
        if self._receipt(entry) is None:
            fields = _fields(entry)
            fee, tip = self.node.fees()
            fields["maxFeePerGas"] = max(fee, _raised(fields["maxFeePerGas"]))
            fields["maxPriorityFeePerGas"] = max(tip, _raised(fields["maxPriorityFeePerGas"]))
            self._check_fee(fields["gas"], fields["maxFeePerGas"], fields["maxPriorityFeePerGas"])
            entry = self._outbox.replace(entry.id, *self._signer.sign_transaction(fields))
        return self._finish(entry)

    def _find(self, idempotency_key: str) -> Entry | None:
        require_text("the idempotency key", idempotency_key, _LONGEST_KEY)
        return self._outbox.find(self.node.network, self.address, idempotency_key)

    def _store(self, call: Call, to: str | None, idempotency_key: str) -> Entry:
        fee, tip = self.node.fees()
        self._check_fee(call.gas, fee, tip)

        def sign(nonce: int) -> tuple[bytes, str]:
            fields = {
                "type": 2,
                "chainId": self.node.chain_id,
                "nonce": nonce,
                "gas": call.gas,
                "maxFeePerGas": fee,
                "maxPriorityFeePerGas": tip,
                "value": call.value,
                "data": call.data,
            }
            if to is not None:
                fields["to"] = to
            return self._signer.sign_transaction(fields)

        nonce = self.node.transaction_count(self.address)
        return self._outbox.add(self.node.network, self.address, idempotency_key, nonce, sign)

    def _check_fee(self, gas: int, fee: int, tip: int) -> None:
        if not 0 <= tip <= fee or gas * fee > self._most_fee:
            raise ChainError(
                f"the node asks for up to {gas * fee} wei of fees, and {self._most_fee} are the "
                "limit; ask another node, or raise most_fee"
            )

    def _finish(self, entry: Entry) -> Receipt:
        started = time.monotonic()
        pause, sent_at = _POLL_FIRST, None
        while True:
            receipt = self._mined(entry)
            if receipt is not None:
                return self._judged(entry, receipt)
            now = time.monotonic()
            if sent_at is None or now - sent_at >= _RESEND:
                self._send_up_to(entry)
                sent_at = time.monotonic()
                continue
            if now - started >= self._timeout:
                raise TransactionTimeout(
                    f"transaction {entry.hash} is in no block after {self._timeout:g} s; "
                    "it may still get there"
                )
            time.sleep(pause)
            pause = min(2 * pause, _POLL_MOST)

    def _mined(self, entry: Entry) -> Receipt | None:
        receipt = self._receipt(entry)
        if receipt is None and self.node.transaction_count(self.address) > entry.nonce:
            # Look again: it may have been mined between the two questions, and a node may count
            # a block's transactions a moment before it finds their receipts.
            for _ in range(_LOOKS):
                receipt = self._receipt(entry)
                if receipt is not None:
                    break
                time.sleep(0.1)
            else:
                self._outbox.finish(entry.id, "superseded")
                raise ChainError(
                    f"nonce {entry.nonce} of {self.address} was used by a transaction that is not "
                    "in this outbox; this one did not and will not execute"
                )
        if receipt is None or self._unconfirmed(receipt):
            return None
        self._outbox.finish(entry.id, "mined")
        return receipt

    def _unconfirmed(self, receipt: Receipt) -> bool:
        needed = self._confirmations
        return needed > 0 and self.node.block_number() < receipt.block + needed

    def _receipt(self, entry: Entry) -> Receipt | None:
        found = (self.node.receipt(digest) for digest in self._outbox.hashes(entry))
        return next((receipt for receipt in found if receipt is not None), None)

    def _send_up_to(self, entry: Entry) -> None:
        # An earlier transaction of ours that got lost, or that a reorg took out of its block,
        # would hold this one back (nonce gap).
        count = self.node.transaction_count(self.address)
        for earlier in self._outbox.live(self.node.network, self.address, since=count):
            if earlier.nonce < entry.nonce:
                self._send(earlier)
        self._send(entry)

    def _send(self, entry: Entry) -> None:
        sent_before = self._outbox.count_send(entry.id)
        try:
            self.node.broadcast(entry.raw)
        except NodeUnavailable:
            raise
        except ChainError as error:
            # Repeating what the node has already gets answers like "already known" or "nonce too
            # low"; only what the receipt and the nonce say counts then.
            if sent_before or self._receipt(entry) is not None:
                return
            if self.node.transaction_count(self.address) > entry.nonce:
                return
            self._outbox.finish(entry.id, "refused")
            raise ChainError(f"the transaction was not accepted: {error}") from error

    def _judged(self, entry: Entry, receipt: Receipt) -> Receipt:
        if receipt.succeeded:
            return receipt
        raise self._reason(entry, receipt)

    def _reason(self, entry: Entry, receipt: Receipt) -> TransactionReverted:
        # A receipt has no revert data: run the same call on the state before its block.
        fields = _fields(entry)
        try:
            self.node.call(
                fields.get("to"),
                fields["data"],
                sender=self.address,
                gas=fields["gas"],
                block=receipt.block - 1,
            )
        except TransactionReverted as reason:
            return TransactionReverted(
                f"transaction {receipt.transaction}: {reason}", reason.error, reason.arguments
            )
        except ChainError:
            pass  # a node without old states cannot tell; the revert itself is certain
        return TransactionReverted(
            f"transaction {receipt.transaction} reverted without a known reason"
        )


def _raised(fee: int) -> int:
    # Nodes take a replacement from 10 % more on (geth's default price bump); 12.5 % for safety.
    return fee * 9 // 8 + 1


def _fields(entry: Entry) -> dict[str, Any]:
    """What was signed, as ``Signer.sign_transaction`` takes it."""
    from eth_account.typed_transactions import TypedTransaction
    from hexbytes import HexBytes

    signed = TypedTransaction.from_bytes(HexBytes(entry.raw)).as_dict()
    names = ("chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas", "value")
    fields: dict[str, Any] = {"type": 2, **{name: int(signed[name]) for name in names}}
    fields["data"] = bytes(signed["data"])
    if bytes(signed["to"]):
        fields["to"] = checksum("0x" + bytes(signed["to"]).hex())
    return fields
