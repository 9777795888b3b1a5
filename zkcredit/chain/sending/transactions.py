"""The one way in which this library sends transactions.

Order of events: try the call without a transaction (a refusal costs nothing and says why), sign,
store durably, send, wait for the receipt, decode a revert. Gas is always stated by the caller:
an estimate would run the proof's pairing several times, and on contracts that swallow failures it
finds an amount at which the pairing starves.

Sending again is always safe: the stored bytes keep their nonce, and a nonce executes once. No
answer of a node frees a nonce or an intention. Only when another transaction is final on the nonce
is the intention signed again with the next one.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from zkcredit._internal.checks import require_instance, require_text
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    NodeUnavailable,
    TransactionReverted,
    TransactionTimeout,
)
from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.outbox import Entry, Outbox

__all__ = ["Call", "TransactionSender", "is_refusal", "step"]

_POLL_FIRST, _POLL_MOST = 0.02, 2.0  # seconds between two looks for a receipt
_LONGEST_KEY = 1 << 15  # characters; a key may hold a path
_RESEND = 15.0  # seconds after which an unmined transaction is handed to the node again
_SAFE, _FINAL = 32, 64  # blocks on top, if the node does not tell what is safe and final
_IN_BLOCK = ("mined", "safe", "final")
_CANCEL = "cancel "  # with an intention's idempotency key behind it
_TRANSFER_GAS = 21_000

_REFUSALS = re.compile(
    r"insufficient (funds|balance)|insufficientfunds|not have enough balance"
    r"|upfront cost exceeds|cost exceeds account balance"
    r"|(?<!replacement )transaction underpriced|fee ?too ?low|less than (the )?block base ?fee"
    r"|base ?fee exceeds|below (the )?base ?fee|gas ?price too low|higher than max ?fee per gas"
    r"|intrinsic gas|gas ?limit|out of gas|gas too (low|high)"
    r"|chain ?id|another chain|wrong chain",
    re.IGNORECASE,
)


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
    """Return the idempotency key of one step of something that takes several transactions."""
    return None if idempotency_key is None else f"{idempotency_key}/{name}"


def is_refusal(answer: str) -> bool:
    """Return whether a node's answer says for sure that it did not take a transaction, and why.

    Funds, fee, gas limit and chain id are such reasons. After any other answer, also one that
    nobody knows, the node may have the transaction.
    """
    return _REFUSALS.search(answer) is not None


class _Superseded(ChainError):
    """Another transaction is final on the nonce, and the intention is not signed again."""


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
        tell: takes a sentence for the user if something unexpected happens, for example a
            reorganisation.
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
        tell: Callable[[str], None] | None = None,
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
        self._tell = (lambda _: None) if tell is None else tell
        self._local = node.chain_id in LOCAL_CHAIN_IDS

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
            TransactionReverted: if the contract refused, in the trial or in the block.
            TransactionTimeout: if what became of it is not known yet; ``resume``, or the same
                idempotency key, waits on.
            NodeUnavailable: if the node was not reached; nothing or everything may have happened,
                ``resume``, or the same idempotency key, finds out.
            ChainError: if the node refused the transaction (the same idempotency key tries again,
                with the same nonce) or asks for too high a fee, or a transaction that is not in
                the outbox is final on the nonce.
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
        elif entry.refusal and entry.state == "pending":
            entry = self._signed_again(entry, call.gas)
        return self._finish(entry)

    def knows(self, idempotency_key: str) -> bool:
        """Return whether a transaction of this intention was signed, by this process or another."""
        return self._find(idempotency_key) is not None

    def wait(self, idempotency_key: str) -> Receipt:
        """Bring what was signed for an intention to its end, and return its receipt.

        Raises:
            InvalidInput: if nothing was signed with this idempotency key.
            ChainError: if ``send`` raises it.
        """
        entry = self._find(idempotency_key)
        if entry is None:
            raise InvalidInput(f"nothing was signed under the idempotency key {idempotency_key!r}")
        if entry.refusal and entry.state == "pending":
            entry = self._signed_again(entry, int(_fields(entry)["gas"]))
        return self._finish(entry)

    def resume(self) -> list[Receipt]:
        """Bring every transaction of this account that is in no block to its end, by nonce.

        For the start of a program that may have been killed. A transaction that reverted counts
        as ended. One that a reorganisation took out of its block is sent again, and one that the
        node refused whenever it was sent is left alone. Raises as ``send`` does, except for
        reverts.
        """
        finished = []
        for entry in self.unfinished():
            try:
                finished.append(self._finish(entry))
            except TransactionReverted:
                continue
        return finished

    def unfinished(self) -> list[Entry]:
        """Return what ``resume`` would bring to its end: transactions that left and are in no
        block.

        A transaction that is not final is looked up again, because a reorganisation may have taken
        it out of its block.
        """
        found = []
        for entry in self._outbox.open(self.node.network, self.address):
            if entry.state == "pending":
                if not entry.refusal:
                    found.append(entry)
            elif not self._in_block(entry):
                found.append(self._outbox.entry(entry.id))
        return found

    def speed_up(self, idempotency_key: str) -> Receipt:
        """Offer a higher fee for a transaction that does not get into a block, and wait for it.

        The same call is signed again with the same nonce, so one of the two executes, not both.

        Args:
            idempotency_key: the intention, as given to ``send``.

        Raises:
            InvalidInput: if nothing with this idempotency key is waiting.
        """
        entry = self._waiting(idempotency_key)
        if self._receipt(entry) is None:
            fields = self._dearer(_fields(entry))
            entry = self._outbox.replace(entry.id, *self._signer.sign_transaction(fields))
        return self._finish(entry)

    def cancel(self, idempotency_key: str) -> Receipt:
        """Use up the nonce of a transaction that is in no block, with a transfer of nothing.

        Whether it came in time is seen in the returned receipt: it is that of the transfer, or that
        of the transaction itself, which then has executed.

        Args:
            idempotency_key: the intention, as given to ``send``.

        Raises:
            InvalidInput: if nothing with this idempotency key is waiting.
        """
        entry = self._waiting(idempotency_key)
        if self._receipt(entry) is None:
            fields = self._dearer(_fields(entry))
            fields |= {"to": self.address, "data": b"", "value": 0, "gas": _TRANSFER_GAS}
            rival = self._outbox.replace(
                entry.id,
                *self._signer.sign_transaction(fields),
                idempotency_key=_CANCEL + idempotency_key,
            )
            with suppress(_Superseded):
                return self._finish(rival)
        return self._finish(entry)

    def _waiting(self, idempotency_key: str) -> Entry:
        entry = self._find(idempotency_key)
        if entry is None or entry.state != "pending":
            raise InvalidInput(f"nothing waits under the idempotency key {idempotency_key!r}")
        return entry

    def _find(self, idempotency_key: str) -> Entry | None:
        require_text("the idempotency key", idempotency_key, _LONGEST_KEY)
        return self._outbox.find(self.node.network, self.address, idempotency_key)

    def _store(self, call: Call, to: str | None, idempotency_key: str) -> Entry:
        fields: dict[str, Any] = {"gas": call.gas, "value": call.value, "data": call.data}
        if to is not None:
            fields["to"] = to
        return self._add(fields, idempotency_key)

    def _add(
        self, fields: dict[str, Any], idempotency_key: str, *, lost: Entry | None = None
    ) -> Entry:
        priced = self._priced(fields)

        def sign(nonce: int) -> tuple[bytes, str]:
            return self._signer.sign_transaction({**priced, "nonce": nonce})

        nonce = self.node.transaction_count(self.address)
        return self._outbox.add(
            self.node.network, self.address, idempotency_key, nonce, sign, lost=lost
        )

    def _signed_again(self, entry: Entry, gas: int) -> Entry:
        # The node's reason may be gone: sign with today's fee and gas limit, and the same nonce.
        if self._receipt(entry) is not None:
            return entry
        fields = self._priced({**_fields(entry), "gas": gas})
        return self._outbox.replace(entry.id, *self._signer.sign_transaction(fields))

    def _priced(self, fields: dict[str, Any]) -> dict[str, Any]:
        fee, tip = self.node.fees()
        self._check_fee(fields["gas"], fee, tip)
        own = {"type": 2, "chainId": self.node.chain_id}
        return {**fields, **own, "maxFeePerGas": fee, "maxPriorityFeePerGas": tip}

    def _dearer(self, fields: dict[str, Any]) -> dict[str, Any]:
        fee, tip = self.node.fees()
        fee = max(fee, _raised(fields["maxFeePerGas"]))
        tip = max(tip, _raised(fields["maxPriorityFeePerGas"]))
        self._check_fee(fields["gas"], fee, tip)
        return {**fields, "maxFeePerGas": fee, "maxPriorityFeePerGas": tip}

    def _check_fee(self, gas: int, fee: int, tip: int) -> None:
        if not 0 <= tip <= fee or gas * fee > self._most_fee:
            raise ChainError(
                f"the node asks for up to {gas * fee} wei of fees, and {self._most_fee} are the "
                "limit; ask another node, or raise most_fee"
            )

    def _finish(self, entry: Entry) -> Receipt:
        started = time.monotonic()
        pause, sent_at = _POLL_FIRST, None
        trouble: ChainError | None = None
        while True:
            receipt = None
            try:
                receipt = self._mined(entry)
                entry, trouble = (entry if receipt else self._still(entry)), None
            except _Superseded:
                raise
            except ChainError as error:
                trouble = error  # one look without an answer is not an answer
            if receipt is not None:
                return self._judged(entry, receipt)
            now = time.monotonic()
            if sent_at is None or now - sent_at >= _RESEND:
                try:
                    self._send_up_to(entry)
                except NodeUnavailable as error:
                    if sent_at is None:
                        raise
                    trouble = error
                sent_at = time.monotonic()
                continue
            if now - started >= self._timeout:
                said = "" if trouble is None else f"; the node's last answer: {trouble}"
                raise TransactionTimeout(
                    f"transaction {entry.hash} is in no block that counts after "
                    f"{self._timeout:g} s, and what becomes of it is not known yet{said}"
                )
            time.sleep(pause)
            pause = min(2 * pause, _POLL_MOST)

    def _mined(self, entry: Entry) -> Receipt | None:
        receipt = self._in_block(entry)
        if receipt is None or self._unconfirmed(receipt.block):
            return None
        return receipt

    def _in_block(self, entry: Entry) -> Receipt | None:
        """Look for the intention's receipt, and write down where it stands."""
        for twin in self._twins(entry):
            receipt = self.node.receipt(twin.hash)
            if receipt is not None:
                state = self._state(receipt.block)
                self._outbox.finish(twin.id, state, block=receipt.block_hash)
                return receipt
            if twin.state in _IN_BLOCK and self._count() <= twin.nonce:
                # The nonce is free again, so this is not a receipt that comes late.
                self._outbox.finish(twin.id, "pending")
                self._tell(
                    f"a reorganisation took transaction {twin.hash} out of its block; "
                    "it will be sent again"
                )
        return None

    def _still(self, entry: Entry) -> Entry:
        """Return the intention's entry to wait for: a new one if another transaction has the nonce.

        Raises:
            _Superseded: a transaction that is not in the outbox, or the one that cancels this
                intention, is final on the nonce.
        """
        if self._count() <= entry.nonce:
            return self._outbox.entry(entry.id)
        twins = self._twins(entry)
        for rival in self._outbox.at_nonce(entry):
            if rival.idempotency_key != entry.idempotency_key:
                receipt = self.node.receipt(rival.hash)
                if receipt is not None:
                    state = self._state(receipt.block)
                    self._outbox.finish(rival.id, state, block=receipt.block_hash)
                    if not self._settled(receipt.block):
                        return entry
                    if rival.idempotency_key == _CANCEL + entry.idempotency_key:
                        self._lose(twins, f"transaction {rival.hash} cancelled it")
                    if entry.idempotency_key == _CANCEL + rival.idempotency_key:
                        self._lose(twins, "what it should cancel was executed")
                    self._tell(
                        f"transaction {rival.hash} took nonce {entry.nonce} from "
                        f"{entry.idempotency_key!r}, which is signed again with the next one"
                    )
                    return self._add(_fields(entry), entry.idempotency_key, lost=entry)
        found = self.node.transaction_with(self.address, entry.nonce)
        if found is None or not self._settled(found[1]):
            return entry
        if found[0] not in {one.hash for one in self._outbox.at_nonce(entry)}:
            self._lose(
                twins,
                f"nonce {entry.nonce} of {self.address} was used by transaction {found[0]}, which "
                "is not in this outbox",
            )
        return entry

    def _lose(self, twins: list[Entry], why: str) -> NoReturn:
        for twin in twins:
            self._outbox.finish(twin.id, "superseded")
        raise _Superseded(f"{why}; {twins[0].hash} did not and will not execute")

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
        """Return whether nothing will take a block out of the chain any more.

        Nobody but its owner reorganises a local chain, and its blocks may never get deep, so there
        a confirmed block counts.
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

    def _send_up_to(self, entry: Entry) -> None:
        # An earlier transaction of ours that got lost, or that a reorg took out of its block,
        # would hold this one back (nonce gap).
        try:
            count = self._count()
        except ChainError:
            count = entry.nonce  # not known now; then only this one is sent
        for earlier in self._outbox.live(self.node.network, self.address, since=count):
            if earlier.nonce < entry.nonce:
                self._send(earlier)
        refusal = self._send(entry)
        if refusal is not None:
            raise ChainError(
                f"the transaction was not accepted: {refusal}; the same intention can be sent "
                "again, and keeps its nonce"
            ) from refusal

    def _send(self, entry: Entry) -> ChainError | None:
        """Hand the bytes to the node; returns the answer if it is a refusal that it lists."""
        may_be_there = self._outbox.count_send(entry.id)
        try:
            self.node.broadcast(entry.raw)
        except NodeUnavailable:
            raise
        except ChainError as error:
            # What is not a refusal for sure says nothing; neither does one of bytes that left
            # before. Then only the chain tells.
            if not may_be_there and is_refusal(str(error)):
                self._outbox.refuse(entry.id, str(error))
                return error
        return None

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
    """Return what was signed, as ``Signer.sign_transaction`` takes it."""
    from eth_account.typed_transactions import TypedTransaction
    from hexbytes import HexBytes

    signed = TypedTransaction.from_bytes(HexBytes(entry.raw)).as_dict()
    names = ("chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas", "value")
    fields: dict[str, Any] = {"type": 2, **{name: int(signed[name]) for name in names}}
    fields["data"] = bytes(signed["data"])
    if bytes(signed["to"]):
        fields["to"] = checksum("0x" + bytes(signed["to"]).hex())
    return fields
