"""Sending of transactions; the library sends every transaction in this way.

The steps are: try the call without a transaction (a refusal costs nothing and says why), sign,
store durably, send, wait for the receipt, decode a revert. The caller always states the gas: an
estimate would run the proof's pairing several times, and on contracts that ignore failures it would
find an amount that is too small for the pairing.

Sending again is always safe: the stored bytes keep their nonce, and a nonce executes once. No
answer of a node frees a nonce or an intention. The intention is signed again with the next nonce
only if another transaction is final with its nonce.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from zkcredit._internal.checks import require_instance
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending.accounts import ColdAccount
from zkcredit.chain.sending.answers import is_refusal, says_used
from zkcredit.chain.sending.entries import CANCEL
from zkcredit.chain.sending.sent import SentTransactions, was_refused
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    NodeUnavailable,
    TransactionReverted,
    TransactionTimeout,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.entries import Entry
    from zkcredit.chain.sending.outbox import Outbox

__all__ = ["Call", "TransactionSender", "signed_fields", "step"]

_POLL_FIRST, _POLL_MOST = 0.02, 2.0  # seconds between two requests for a receipt
_RESEND = 15.0  # seconds after which an unmined transaction is sent to the node again
_TRANSFER_GAS = 21_000


@dataclass(frozen=True, slots=True)
class Call:
    """The content of a transaction.

    Attributes:
        to: the contract; None creates one from ``data``.
        data: encoded call, or creation code with constructor arguments.
        gas: gas limit; see ``zkcredit.chain.sending.gas``.
        value: wei to send along.
    """

    to: str | None
    data: bytes
    gas: int
    value: int = 0


def step(idempotency_key: str | None, name: str) -> str | None:
    """Return the idempotency key of one step of an action that takes several transactions."""
    return None if idempotency_key is None else f"{idempotency_key}/{name}"


class _Superseded(ChainError):
    """Another transaction is final with the nonce, and the intention is not signed again."""


class TransactionSender(SentTransactions):
    """An account that acts on one chain: signer, node and outbox together.

    Args:
        node: the node to send to.
        signer: the account that signs and pays; a ``ColdAccount`` only sends what was signed
            elsewhere.
        outbox: the store of signed transactions. Use a file for real chains.
        timeout: seconds to wait for a transaction to get into a block.
        confirmations: blocks on top of it before it counts; 0 if the chain has no reorganisations.
        most_fee: the most wei that the gas of one transaction may cost. The node names the price,
            and could otherwise make an account pay all it has to the block's producer.
        tell: a function that gets a sentence for the user if something unexpected happens, for
            example a reorganisation.
    """

    def __init__(
        self,
        node: Node,
        signer: Signer | ColdAccount,
        outbox: Outbox,
        *,
        timeout: float = 120.0,
        confirmations: int = 0,
        most_fee: int = 10**18,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        if timeout <= 0 or confirmations < 0 or most_fee < 0:
            raise InvalidInput(
                "the timeout must be positive, and confirmations and fee must not be negative"
            )
        super().__init__(node, signer.address, outbox, confirmations, tell)
        self._signer = signer
        self._timeout = timeout
        self._most_fee = most_fee

    def __repr__(self) -> str:
        return f"TransactionSender({self.address} on {self.node!r})"

    def send(
        self, call: Call, *, idempotency_key: str | None = None, preflight: bool = True
    ) -> Receipt:
        """Execute ``call`` exactly once and return its receipt.

        Args:
            call: the content of the transaction.
            idempotency_key: the name of the intention. A second call with the same key, by this or
                another process, returns the receipt of the first, or raises its revert. By default
                every call is a separate intention.
            preflight: whether to try the call without a transaction first.

        Raises:
            TransactionReverted: if the contract refused, in the trial or in the block.
            TransactionTimeout: if the outcome is not known yet; ``resume``, or the same idempotency
                key, continues to wait.
            NodeUnavailable: if the node was not reached. The transaction may or may not have been
                executed; ``resume``, or the same idempotency key, finds out.
            ChainError: if the node refused the transaction (the same idempotency key tries again
                with the same nonce) or asks for too high a fee, or a transaction that is not in the
                outbox is final with the nonce.
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
        elif self._to_sign_again(entry):
            entry = self._signed_again(entry, call.gas)
        return self._finish(entry)

    def send_signed(self, raw: bytes, digest: str, *, idempotency_key: str) -> Receipt:
        """Send bytes that the account signed elsewhere, exactly once, and return their receipt.

        They are tried first, and stored before they are sent, like those of ``send``.

        Args:
            raw: the signed bytes of an EIP-1559 transaction of this account.
            digest: their hash, 0x-prefixed.
            idempotency_key: the name of the intention.

        Raises:
            InvalidInput: if their nonce is not the account's next one.
            TransactionReverted, TransactionTimeout, NodeUnavailable, ChainError: if ``send``
                raises it.
        """
        entry = self._find(idempotency_key)
        if entry is None:
            fields = signed_fields(raw)
            if self._outbox.others(
                self.node.network, self.address, fields["nonce"], idempotency_key
            ) & {digest}:
                raise InvalidInput("the same transaction was sent before, from another file")
            count = self.node.transaction_count(self.address)
            if count <= fields["nonce"]:
                self.node.call(
                    fields.get("to"), fields["data"], sender=self.address, gas=fields["gas"]
                )

            def signed(nonce: int) -> tuple[bytes, str]:
                _require_nonce(fields["nonce"], nonce)
                return raw, digest

            entry = self._outbox.add(
                self.node.network, self.address, idempotency_key, count, signed
            )
        return self._finish(entry)

    def wait(self, idempotency_key: str) -> Receipt:
        """Finish the transaction that was signed for an intention, and return its receipt.

        Raises:
            InvalidInput: if nothing was signed with this idempotency key.
            ChainError: if ``send`` raises it.
        """
        entry = self._find(idempotency_key)
        if entry is None:
            raise InvalidInput(f"nothing was signed under the idempotency key {idempotency_key!r}")
        if self._to_sign_again(entry):
            entry = self._signed_again(entry, int(_fields(entry)["gas"]))
        return self._finish(entry)

    def resume(self) -> list[Receipt]:
        """Finish every transaction of this account that is not in a block, by nonce.

        Call this when a program starts that may have been killed. A transaction that reverted
        counts as finished, and so does one whose nonce another transaction took for good. A
        transaction that a reorganisation took out of its block is sent again. A transaction that
        the node refused each time is not sent, and neither is one that was cancelled: the transfer
        that cancels it is sent instead.

        Raises:
            TransactionTimeout, NodeUnavailable, ChainError: if ``send`` would raise it.
        """
        finished = []
        for entry in self.unfinished():
            try:
                finished.append(self._finish(entry))
            except (TransactionReverted, _Superseded):
                continue
        return finished

    def speed_up(self, idempotency_key: str) -> Receipt:
        """Offer a higher fee for a transaction that does not get into a block, and wait for it.

        The same call is signed again with the same nonce, so only one of the two executes.

        Args:
            idempotency_key: the intention, as given to ``send``.

        Raises:
            InvalidInput: if no transaction with this idempotency key is waiting, or it was
                cancelled.
        """
        entry = self._waiting(idempotency_key)
        if self._cancelling(entry) is not None:
            raise InvalidInput(f"transaction {entry.hash} was cancelled; cancel it again instead")
        if self._receipt(entry) is None:
            fields = self._dearer(_fields(entry))
            signed = self._signed(fields, entry.idempotency_key)
            entry = self._outbox.replace(entry.id, *signed)
        return self._finish(entry)

    def cancel(self, idempotency_key: str) -> Receipt:
        """Cancel a transaction that is not in a block by a transfer of nothing with its nonce.

        The returned receipt shows whether this came in time: it belongs to the transfer, or to the
        transaction itself, which was then executed.

        Args:
            idempotency_key: the intention, as given to ``send``.

        Raises:
            InvalidInput: if no transaction with this idempotency key is waiting.
        """
        entry = self._waiting(idempotency_key)
        if self._receipt(entry) is None:
            fields = self._dearer(_fields(entry))
            fields |= {"to": self.address, "data": b"", "value": 0, "gas": _TRANSFER_GAS}
            rival = self._outbox.replace(
                entry.id,
                *self._signed(fields, CANCEL + idempotency_key),
                idempotency_key=CANCEL + idempotency_key,
            )
            with suppress(_Superseded):
                return self._finish(rival)
        return self._finish(entry)

    def _waiting(self, idempotency_key: str) -> Entry:
        entry = self._find(idempotency_key)
        if entry is None or entry.state != "pending":
            raise InvalidInput(f"nothing waits under the idempotency key {idempotency_key!r}")
        return entry

    def _store(self, call: Call, to: str | None, idempotency_key: str) -> Entry:
        fields: dict[str, Any] = {"gas": call.gas, "value": call.value, "data": call.data}
        if to is not None:
            fields["to"] = to
        return self._add(fields, idempotency_key)

    def _add(
        self, fields: dict[str, Any], idempotency_key: str, *, lost: Entry | None = None
    ) -> Entry:
        if lost is not None and isinstance(self._signer, ColdAccount):
            self._lose(self._twins(lost), "another transaction has its nonce")
        priced = self._priced(fields)

        def sign(nonce: int) -> tuple[bytes, str]:
            return self._signed({**priced, "nonce": nonce}, idempotency_key)

        nonce = self.node.transaction_count(self.address)
        return self._outbox.add(
            self.node.network, self.address, idempotency_key, nonce, sign, lost=lost
        )

    def _to_sign_again(self, entry: Entry) -> bool:
        return was_refused(entry) and self._cancelling(entry) is None

    def _signed_again(self, entry: Entry, gas: int) -> Entry:
        # The node's reason may no longer hold: sign with the present fee and gas, and the same
        # nonce.
        if self._receipt(entry) is not None:
            return entry
        fields = self._priced({**_fields(entry), "gas": gas})
        return self._outbox.replace(entry.id, *self._signed(fields, entry.idempotency_key))

    def _signed(self, fields: dict[str, Any], idempotency_key: str) -> tuple[bytes, str]:
        """Sign bytes that are those of no other intention, if need be for a wei more."""
        others = self._outbox.others(
            self.node.network, self.address, fields["nonce"], idempotency_key
        )
        while True:
            raw, digest = self._signer.sign_transaction(fields)
            if digest not in others:
                return raw, digest
            fields = {**fields, "maxFeePerGas": fields["maxFeePerGas"] + 1}

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
                f"the node asks for up to {gas * fee} wei of fees, and the limit is "
                f"{self._most_fee}; use another node, or raise most_fee"
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
                trouble = error  # one request without an answer decides nothing
            if receipt is not None:
                return self._judged(entry, receipt)
            now = time.monotonic()
            if sent_at is None or now - sent_at >= _RESEND:
                try:
                    self._send_up_to(self._cancelling(entry) or entry)
                except NodeUnavailable as error:
                    if sent_at is None:
                        raise
                    trouble = error
                sent_at = time.monotonic()
                continue
            if now - started >= self._timeout:
                said = "" if trouble is None else f"; the node's last answer: {trouble}"
                raise TransactionTimeout(
                    f"transaction {entry.hash} is not confirmed after {self._timeout:g} s, and its "
                    f"outcome is not known yet; run the same again to wait on{said}"
                )
            time.sleep(pause)
            pause = min(2 * pause, _POLL_MOST)

    def _still(self, entry: Entry) -> Entry:
        """Return the intention's entry to wait for: a new one if another transaction has the nonce.

        Raises:
            ChainError: if a transaction that is not in the outbox, or the one that cancels this
                intention, is final with the nonce.
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
                    if rival.cancelled_key == entry.idempotency_key:
                        self._lose(twins, f"transaction {rival.hash} cancelled it")
                    if entry.cancelled_key == rival.idempotency_key:
                        self._lose(twins, "the transaction to cancel was executed")
                    self._lose_if_cancelled(entry, rival.hash)
                    self._tell(
                        f"transaction {rival.hash} took nonce {entry.nonce} from "
                        f"{entry.idempotency_key!r}, which is signed again with the next nonce"
                    )
                    return self._add(_fields(entry), entry.idempotency_key, lost=entry)
        found = self.node.transaction_with(self.address, entry.nonce)
        if found is None or not self._settled(found[1]):
            return entry
        if found[0] not in {one.hash for one in self._outbox.at_nonce(entry)}:
            cancels = entry.cancelled_key is not None
            if not cancels and all(one.refusal or not one.sends for one in twins):
                # A machine that lags named the nonce: nobody can have replaced bytes of ours.
                self._lose_if_cancelled(entry, found[0])
                self._tell(
                    f"nonce {entry.nonce} was used before {entry.idempotency_key!r} was sent, by "
                    f"transaction {found[0]}; it is signed again with the next one"
                )
                return self._add(_fields(entry), entry.idempotency_key, lost=entry)
            self._lose(
                twins,
                f"nonce {entry.nonce} of {self.address} was used by transaction {found[0]}, which "
                "is not in this outbox",
            )
        return entry

    def _lose_if_cancelled(self, entry: Entry, rival: str) -> None:
        """Give a cancelled intention up whose nonce another transaction has: it is not renewed."""
        if cancels := self._cancels(entry):
            self._lose(
                [*self._twins(entry), *cancels],
                f"it was cancelled, and transaction {rival} has its nonce",
            )

    def _lose(self, twins: list[Entry], why: str) -> NoReturn:
        for twin in twins:
            self._outbox.finish(twin.id, "superseded")
        raise _Superseded(f"{why}; {twins[0].hash} did not and will not execute")

    def _send_up_to(self, entry: Entry) -> None:
        # An earlier transaction of ours that was lost, or that a reorganisation took out of its
        # block, would delay this one (nonce gap).
        try:
            count = self._count()
        except ChainError:
            count = entry.nonce  # unknown now, so only this one is sent
        for earlier in self._outbox.live(self.node.network, self.address, since=count):
            if earlier.nonce < entry.nonce and self._cancelling(earlier) is None:
                self._tell(
                    f"sending transaction {earlier.hash} again, which comes before {entry.hash}"
                )
                self._send(earlier)
        refusal = self._send(entry)
        if refusal is not None:
            raise ChainError(
                f"the transaction was not accepted: {refusal}; it can be sent again, and keeps its "
                "nonce"
            ) from refusal

    def _send(self, entry: Entry) -> ChainError | None:
        """Send the bytes to the node, and return its answer if that is a certain refusal."""
        may_be_there = self._outbox.count_send(entry.id)
        try:
            self.node.broadcast(entry.raw)
        except NodeUnavailable:
            raise
        except ChainError as error:
            # An answer that is not a certain refusal says nothing, and neither does a refusal of
            # bytes that were sent before. Then only the chain knows.
            if may_be_there:
                return None
            if is_refusal(str(error)):
                self._outbox.refuse(entry.id, str(error))
                return error
            if says_used(str(error)):
                # Not used by these bytes, unless they were delivered twice; the chain decides.
                self._outbox.refuse(entry.id, str(error))
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
            pass  # a node without old states does not know why; the revert itself is certain
        return TransactionReverted(
            f"transaction {receipt.transaction} reverted without a known reason"
        )


def _require_nonce(signed: int, free: int) -> None:
    if signed < free:
        raise InvalidInput(
            f"nonce {signed} of the account was used already; prepare and sign a new file"
        )
    if signed > free:
        raise InvalidInput(
            f"the transaction has nonce {signed}, and the account's next one is {free}: send what "
            "was signed for the earlier ones first"
        )


def _raised(fee: int) -> int:
    # Nodes accept a replacement with a 10 % higher fee (geth's default); 12.5 % is for safety.
    return fee * 9 // 8 + 1


def _fields(entry: Entry) -> dict[str, Any]:
    return signed_fields(entry.raw)


def signed_fields(raw: bytes) -> dict[str, Any]:
    """Return the fields of an EIP-1559 transaction, in the form of ``Signer.sign_transaction``."""
    from eth_account.typed_transactions import TypedTransaction
    from hexbytes import HexBytes

    signed = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    names = ("chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas", "value")
    fields: dict[str, Any] = {"type": 2, **{name: int(signed[name]) for name in names}}
    fields["data"] = bytes(signed["data"])
    if bytes(signed["to"]):
        fields["to"] = checksum("0x" + bytes(signed["to"]).hex())
    return fields
