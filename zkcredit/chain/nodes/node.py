"""The interface of ``zkcredit.chain`` to a node of an Ethereum chain.

``connect(url)`` opens a remote node. ``RevmNode``, ``EmbeddedNode`` and ``AnvilNode`` are chains
for tests and demonstrations, which can also move forward in time. If a node cannot be reached, the
error is ``NodeUnavailable``; if a contract refuses a call, it is ``TransactionReverted``.
"""

from __future__ import annotations

import re
import time
from abc import abstractmethod
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import checksum_address
from zkcredit.chain.contracts.reverts import revert_from
from zkcredit.chain.nodes.deadline import left, within
from zkcredit.chain.nodes.refusals import Refusals, offered
from zkcredit.chain.nodes.replies import (
    Log,
    Receipt,
    in_order,
    log_of,
    number_of,
    receipt_of,
    require_fitting,
    said,
)
from zkcredit.chain.nodes.spans import Spans
from zkcredit.errors import ChainError, NodeUnavailable, TransactionTimeout, ZkCreditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from web3 import Web3
    from web3.types import FilterParams, TxParams

    from zkcredit.chain.sending.accounts import Signer

__all__ = ["EmbeddedChain", "LocalNode", "Node", "checksum"]

_BLOCKS_AT_ONCE = 50_000  # in one request for events
_MOST_REQUESTS = 20_000  # for the events of one range
_HIGHEST = 1 << 40  # 35 years at a thousand blocks a second
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0  # seconds between two requests to a node that lags
_UNKNOWN_BLOCK = re.compile(
    r"header\b.*not found|(unknown|no such) block|block.*not found|not find (the )?(block|header)",
    re.I,
)
_TIP: Any = "eth_maxPriorityFeePerGas"
_STRANGE_REPLY = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def checksum(address: str) -> str:
    """Return the EIP-55 spelling of an address.

    Raises:
        InvalidInput: if it is not an address, or its capital letters are not EIP-55's.
    """
    return checksum_address("the account", address)


class Node:
    """A chain reached through web3.

    Attributes:
        w3: the web3 object, for requests that this class does not have.
        name: the program that executes the contracts, for reports.
        chain_id: EIP-155 chain id, read once.
        network: chain id and genesis hash, which distinguishes a restarted test chain.
        patience: seconds to wait for a server that lags behind.
        seen: the receipt of the highest block, for ``call``; None before the first receipt.
        restored: how often the chain went back to a snapshot, which only a local chain does.
        clock: a monotonic clock, in seconds.
        sleep: a function that waits for a number of seconds.
        timeout: seconds for one call of a method, whatever number of requests it makes.
    """

    patience = 20.0
    timeout = inf
    seen: Receipt | None = None
    restored = 0
    _by_hash = True  # whether the node takes a block's hash for a state (EIP-1898)
    clock: Callable[[], float] = staticmethod(time.monotonic)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    def __init__(self, w3: Web3, name: str) -> None:
        self.w3 = w3
        self.name = name
        with self.reaching():
            chain_id = w3.eth.chain_id
            genesis = bytes(w3.eth.get_block(0).get("hash", b""))
        if type(chain_id) is not int or not 0 < chain_id < 1 << 63:  # EIP-2294
            raise NodeUnavailable(f"{name} does not give a valid chain id")
        self.chain_id = chain_id
        self.network = f"{self.chain_id}:{genesis.hex()}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} chain {self.chain_id}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        close = getattr(self.w3.provider, "close", None)
        if close is not None:
            close()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give all questions inside together so many seconds; the last of them fails in time.

        A question inside that makes several requests keeps its own ``timeout``, too.
        """
        with within(seconds, self.clock):
            yield

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Turn the exceptions of web3 and its transports into our own.

        Replies must be read inside this context, too, because web3 raises arbitrary exceptions of
        Python when a reply has an unexpected form. Everything inside has ``timeout`` seconds
        together.

        Raises:
            ChainError: if the node refuses the request.
            NodeUnavailable: if the node does not answer, or its answer cannot be read.
        """
        import requests
        from urllib3.exceptions import HTTPError
        from web3.exceptions import Web3Exception

        try:
            with self.within(self.timeout):
                yield
        except ZkCreditError:
            raise
        except (requests.RequestException, HTTPError, ConnectionError, TimeoutError) as error:
            reason = type(error).__name__
            raise NodeUnavailable(f"{self.name} cannot be reached ({reason})") from error
        except Web3Exception as error:
            raise ChainError(f"{self.name} refused the request: {said(error)}") from error
        except _STRANGE_REPLY as error:
            raise NodeUnavailable(f"{self.name} does not answer as a node does") from error

    def now(self) -> int:
        """Return the timestamp of the latest block, Unix seconds, which contracts saw last."""
        with self.reaching():
            return int(self.w3.eth.get_block("latest")["timestamp"])

    def time_of(self, block: int) -> int:
        """Return the timestamp of a block, Unix seconds."""
        with self.reaching():
            return int(self.w3.eth.get_block(block)["timestamp"])

    def block_number(self) -> int:
        """Return the number of the latest block."""
        with self.reaching():
            return int(self.w3.eth.block_number)

    def block_hash(self, number: int) -> bytes | None:
        """Return the hash of the block with this number on the node's chain; None without one."""
        from web3.exceptions import BlockNotFound

        try:
            with self.reaching():
                return bytes(self.w3.eth.get_block(number)["hash"])
        except ChainError as error:
            if isinstance(error.__cause__, BlockNotFound):
                return None
            raise

    def balance(self, address: str) -> int:
        """Return the native currency of ``address``, in wei."""
        with self.reaching():
            return int(self.w3.eth.get_balance(self.w3.to_checksum_address(checksum(address))))

    def code(self, address: str) -> bytes:
        """Return the runtime code at ``address``; empty if there is no contract."""
        with self.reaching():
            return bytes(self.w3.eth.get_code(self.w3.to_checksum_address(checksum(address))))

    def tagged_block(self, tag: Literal["safe", "finalized"]) -> int | None:
        """Return the number of the newest safe or finalized block; None if unknown."""
        try:
            with self.reaching():
                return int(self.w3.eth.get_block(tag)["number"])
        except NodeUnavailable:
            raise
        except ChainError:
            return None

    def transaction_count(self, address: str, block: int | None = None) -> int:
        """Return the number of transactions of ``address`` in blocks, which is its next nonce.

        Args:
            address: the account.
            block: number of the block after which to count; the latest by default.
        """
        with self.reaching():
            where = self.w3.to_checksum_address(checksum(address))
            which: Any = "latest" if block is None else block
            return int(self.w3.eth.get_transaction_count(where, which))

    def transaction_with(self, address: str, nonce: int) -> tuple[str, int] | None:
        """Return hash and block of the mined transaction of ``address`` with a nonce.

        Return None if there is no such transaction, or the node does not have the old states that
        the search needs.
        """
        try:
            with self.within(self.timeout):
                return self._transaction_with(checksum(address), nonce)
        except NodeUnavailable:
            raise
        except ChainError:
            return None  # a node without old states

    def _transaction_with(self, address: str, nonce: int) -> tuple[str, int] | None:
        block = self._first_with_more(address, nonce)
        if block is None:
            return None
        with self.reaching():
            inside: Any = self.w3.eth.get_block(block, full_transactions=True)["transactions"]
            for one in inside:
                if one["nonce"] == nonce and checksum(str(one["from"])) == address:
                    return "0x" + bytes(one["hash"]).hex(), block
        return None

    def _first_with_more(self, address: str, nonce: int) -> int | None:
        # Most are near the head, where every node has states: go back in ever larger steps.
        above, stride = self.block_number(), 1
        if self.transaction_count(address, above) <= nonce:
            return None
        below = above - stride
        while below >= 0 and self.transaction_count(address, below) > nonce:
            above, stride = below, 2 * stride
            below = max(above - stride, 0) if above else -1
        while above - below > 1:
            middle = (above + below) // 2
            if self.transaction_count(address, middle) > nonce:
                above = middle
            else:
                below = middle
        return above

    def fees(self) -> tuple[int, int]:
        """Return max fee and priority fee per gas, in wei, to get a transaction mined soon."""
        from web3.exceptions import Web3RPCError

        with self.reaching():
            # None or absent on chains before EIP-1559.
            base = int(self.w3.eth.get_block("latest").get("baseFeePerGas") or 0)
            try:
                tip = number_of(self.w3.manager.request_blocking(_TIP, []))
            except Web3RPCError:  # an optional method; the price of gas is base fee and tip
                tip = max(int(self.w3.eth.gas_price) - base, 0)
        return 2 * base + tip, tip

    def broadcast(self, raw: bytes) -> None:
        """Send a signed transaction to the node.

        Raises:
            NodeUnavailable: if the node does not answer. It may have accepted the transaction.
            ChainError: if the node refused the transaction; the message has its reason.
        """
        with self.reaching():
            self.w3.eth.send_raw_transaction(require_instance("the transaction", raw, bytes))

    def receipt(self, transaction: str) -> Receipt | None:
        """Return the receipt of a transaction by hash, or None while it is in no block.

        Raises:
            NodeUnavailable: if the node does not answer, or returns another transaction's receipt.
        """
        from hexbytes import HexBytes
        from web3.exceptions import TransactionNotFound

        with self.reaching():
            try:
                found = self.w3.eth.get_transaction_receipt(HexBytes(transaction))
            except TransactionNotFound:
                return None
            if found.get("blockNumber") is None:
                return None
            return receipt_of(found, transaction)

    def call(
        self,
        to: str | None,
        data: bytes,
        *,
        sender: str | None = None,
        gas: int | None = None,
        block: int | None = None,
    ) -> bytes:
        """Execute a call without a transaction and return its output.

        Args:
            to: the contract; None runs ``data`` as creation code.
            data: encoded call.
            sender: ``msg.sender``; the node's choice by default.
            gas: gas limit; the node's choice by default.
            block: number of the block after which to run; the latest by default.

        Raises:
            TransactionReverted: if the contract refused; it has the contract's typed error.
            TransactionTimeout: if the node does not have the block yet.
        """
        from web3.exceptions import ContractLogicError

        transaction: TxParams = {"data": self.w3.to_hex(require_instance("the data", data, bytes))}
        if to is not None:
            transaction["to"] = self.w3.to_checksum_address(checksum(to))
        if sender is not None:
            transaction["from"] = self.w3.to_checksum_address(checksum(sender))
        if gas is not None:
            transaction["gas"] = gas
        if block is None and self.seen is not None:
            places = self._places_since(self.seen)
        else:
            places = [("latest" if block is None else block, f"block {block}")]
        output = b""

        def ask() -> bool:
            nonlocal output
            for where, _ in places:
                try:
                    with self.reaching():
                        output = bytes(self.w3.eth.call(transaction, where))
                except NodeUnavailable:
                    raise
                except ChainError as error:
                    if isinstance(error.__cause__, ContractLogicError):
                        raise revert_from(error.__cause__.data, str(error.__cause__)) from None
                    if isinstance(where, dict) and not _UNKNOWN_BLOCK.search(str(error)):
                        self._by_hash = False  # what it does not take, it refuses in any words
                        places[-1] = self._by_number(require_instance("it", self.seen, Receipt))
                        return ask()
                    if where == "latest" or not _UNKNOWN_BLOCK.search(str(error)):
                        raise
                else:
                    return True
            return False

        with self.within(self.timeout):
            self._await(ask, places[-1][1])
        return output

    def newest_place(self) -> int | dict[str, str]:
        """Return the newest state that is not older than ``seen``: a block number or hash."""
        if self.seen is None:
            return self.block_number()
        place: int | dict[str, str] = self._places_since(self.seen)[0][0]
        return place

    def _places_since(self, receipt: Receipt) -> list[tuple[Any, str]]:
        """Return where to read a state that is not older than a receipt, the newest place first.

        A server that lags knows neither, or the receipt's block alone. A number could be another
        block there, after a reorganisation; a hash cannot.
        """
        head = self.block_number()
        newer: list[tuple[Any, str]] = [(head, f"block {head}")] if head > receipt.block else []
        if self._by_hash and receipt.block_hash:
            return [*newer, ({"blockHash": receipt.block_hash}, _named(receipt))]
        return [*newer, self._by_number(receipt)]

    def _by_number(self, receipt: Receipt) -> tuple[Any, str]:
        if receipt.block_hash:
            self._await(lambda: self._has(receipt), _named(receipt))
        return receipt.block, _named(receipt)

    def _has(self, receipt: Receipt) -> bool:
        from web3.exceptions import BlockNotFound

        try:
            with self.reaching():
                found = self.w3.eth.get_block(receipt.block)
                return "0x" + bytes(found.get("hash", b"")).hex() == receipt.block_hash
        except ChainError as error:
            if isinstance(error.__cause__, BlockNotFound):
                return False
            raise

    def has_seen(self, receipt: Receipt) -> None:
        """From now on, read only states that are at least as new as the block of this receipt."""
        if self.seen is None or receipt.block >= self.seen.block:
            self.seen = receipt

    def logs(
        self,
        address: str,
        *,
        since: int = 0,
        until: int | None = None,
        topics: Sequence[bytes | None] = (),
    ) -> Sequence[Log]:
        """Return the events of one contract in blocks since..until, in order.

        Nodes refuse ranges that are too large. So this method asks for one range after the other,
        for smaller ones if a node refuses, and then again for larger ones. It checks the contract,
        the block and the topics of each returned event, and that no event is repeated.

        Args:
            address: the contract.
            since, until: block numbers, both included; ``until`` is the latest by default.
            topics: the required first topics of an event, 32 bytes each; None matches any topic.

        Raises:
            NodeUnavailable: if the node does not answer, or returns other events.
            TransactionTimeout: if the node does not have the last block yet.
            ChainError: if the node refuses every request, or needs too many of them.
        """
        with self.within(self.timeout):
            return self._read(address, since, until, topics)

    def _read(
        self, address: str, since: int, until: int | None, topics: Sequence[bytes | None]
    ) -> Sequence[Log]:
        last = self.block_number() if until is None else until
        if since <= last:
            self._require_block(last)
        found: list[Log] = []
        spans, refusals, pause = Spans(_BLOCKS_AT_ONCE), Refusals(), _FIRST_PAUSE
        for _ in range(_MOST_REQUESTS):
            if since > last:
                return in_order(found)
            if left() <= 0:
                raise NodeUnavailable(
                    f"{self.name} gave the events up to block {since - 1} of {last} within "
                    f"{self.timeout:g} s; read a shorter range, or allow more time"
                )
            end = min(since + spans.size - 1, last)
            length = end - since + 1
            try:
                part = self._logs(address, since, end, topics)
            except NodeUnavailable:
                raise
            except ChainError as error:
                if length == 1:
                    refusals.tried_alone(str(error))
                    if refusals.hopeless():
                        raise
                elif refusals.too_much(str(error)):
                    spans.refused(since, length, most=offered(str(error), since, end))
                    continue
                self.sleep(min(pause, max(left(), 0)))  # it may pass
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                require_fitting(part, address, since, end, topics)
                part = in_order(part)
                refusals.answered()
                spans.accepted(since, length, (log.block for log in part))
                found += part
                since, pause = end + 1, _FIRST_PAUSE
        raise ChainError(
            f"{self.name} did not give the events up to block {last} in {_MOST_REQUESTS} requests; "
            "read a shorter range"
        )

    def _require_block(self, number: int) -> None:
        """Check that the node has a block: with an invented head, reading would never end."""
        from web3.exceptions import BlockNotFound

        if number > _HIGHEST:
            raise NodeUnavailable(f"{self.name} names a block number that no chain can have yet")

        def look() -> bool:
            try:
                with self.reaching():
                    return int(self.w3.eth.get_block(number)["number"]) == number
            except ChainError as error:
                if isinstance(error.__cause__, BlockNotFound):
                    return False
                raise

        self._await(look, f"block {number}")

    def _await(self, question: Callable[[], bool], what: str) -> None:
        # A node may consist of several servers, and the one that answers may lag.
        patience = min(self.patience, max(left(), 0))
        deadline, pause = self.clock() + patience, _FIRST_PAUSE
        while not question():
            if self.clock() + pause > deadline:
                raise TransactionTimeout(
                    f"{self.name} does not have {what} yet, {patience:g} s after it named it"
                )
            self.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _logs(
        self, address: str, since: int, until: int, topics: Sequence[bytes | None]
    ) -> list[Log]:
        from hexbytes import HexBytes

        wanted: FilterParams = {
            "address": self.w3.to_checksum_address(checksum(address)),
            "fromBlock": since,
            "toBlock": until,
        }
        if topics:
            wanted["topics"] = [None if t is None else HexBytes(t).to_0x_hex() for t in topics]
        with self.reaching():
            return [log_of(entry) for entry in self.w3.eth.get_logs(wanted)]


def _named(receipt: Receipt) -> str:
    return f"block {receipt.block} with transaction {receipt.transaction}"


class LocalNode(Node):
    """A private chain for tests and demonstrations, with funded accounts and a movable clock."""

    accounts: tuple[Signer, ...]

    def has_seen(self, receipt: Receipt) -> None:
        """Do nothing: a private chain never lags, and it may go back to a snapshot."""

    @abstractmethod
    def advance(self, seconds: int) -> int:
        """Mine a block that is ``seconds`` later than the latest one, and return its timestamp."""

    @abstractmethod
    def snapshot(self) -> int:
        """Save the state of the chain for ``restore``, and return its number."""

    @abstractmethod
    def restore(self, snapshot: int) -> None:
        """Go back to a snapshot, and count it in ``restored``.

        This deletes the snapshot and all later ones.
        """


class EmbeddedChain(LocalNode):
    """A private chain inside this process: no ports, no binaries, and all of it can be read."""

    @abstractmethod
    def storage_words(self) -> list[bytes]:
        """Return every word that was ever in a contract's storage, 32 bytes each, in no order."""
