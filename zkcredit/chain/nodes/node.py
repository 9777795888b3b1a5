"""A node of an Ethereum chain, as the rest of ``zkcredit.chain`` sees it.

``connect(url)`` opens a remote one; ``EmbeddedNode`` and ``AnvilNode`` are chains for tests and
demonstrations that can also travel in time. Everything that can go wrong on the way to a node
becomes ``NodeUnavailable``; everything that a contract refuses becomes ``TransactionReverted``.
"""

from __future__ import annotations

import re
import time
from abc import abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import address_word
from zkcredit.chain.contracts.reverts import revert_from
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

__all__ = ["LocalNode", "Node", "checksum"]

_BLOCKS_AT_ONCE = 50_000  # in one request for events
_MOST_REQUESTS = 20_000  # for the events of one range
_TRIES = 3  # of a request for events that a node refuses without naming its size
_HIGHEST = 1 << 40  # at a thousand blocks a second, 35 years
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0  # seconds between two questions to a node that lags
_TOO_MUCH = re.compile(r"range|limit|exceed|too (many|large|much|big)|more than|result|size", re.I)
_UNKNOWN_BLOCK = re.compile(r"header not found|(unknown|no such) block|block.*not found", re.I)
_TIP: Any = "eth_maxPriorityFeePerGas"
_STRANGE_REPLY = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def checksum(address: str) -> str:
    """Return the EIP-55 spelling of an address.

    Raises:
        InvalidInput: if it is not an address, or its capital letters are not EIP-55's.
    """
    from eth_utils import to_checksum_address

    return to_checksum_address(address_word("the account", address)[-20:])


class Node:
    """A chain reached through web3.

    Attributes:
        w3: the web3 object, for what this layer does not cover.
        name: what executes the contracts, for reports.
        chain_id: EIP-155 chain id, read once.
        network: chain id and genesis hash; tells a restarted test chain from its predecessor.
        patience: seconds to wait for a machine behind the node that lags.
        seen: the highest block that a receipt was in, for ``call``; 0 if there is none.
        clock: a clock that never goes back, in seconds.
        sleep: waits for a number of seconds.
    """

    patience = 20.0
    seen = 0
    clock: Callable[[], float] = staticmethod(time.monotonic)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    def __init__(self, w3: Web3, name: str) -> None:
        self.w3 = w3
        self.name = name
        with self.reaching():
            chain_id = w3.eth.chain_id
            genesis = bytes(w3.eth.get_block(0).get("hash", b""))
        if type(chain_id) is not int or not 0 < chain_id < 1 << 63:  # EIP-2294
            raise NodeUnavailable(f"{name} names no chain id")
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
        """Give up the connection; a second call does nothing."""

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Turn what web3 and its transports raise into ChainError and NodeUnavailable.

        A reply is read inside of it too: web3 meets a reply of an unexpected form with whatever
        Python raises there.
        """
        import requests
        from urllib3.exceptions import HTTPError
        from web3.exceptions import Web3Exception

        try:
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
        """Timestamp of the latest block, Unix seconds: the time that contracts saw last."""
        with self.reaching():
            return int(self.w3.eth.get_block("latest")["timestamp"])

    def time_of(self, block: int) -> int:
        """Timestamp of a block, Unix seconds."""
        with self.reaching():
            return int(self.w3.eth.get_block(block)["timestamp"])

    def block_number(self) -> int:
        """Return the number of the latest block."""
        with self.reaching():
            return int(self.w3.eth.block_number)

    def balance(self, address: str) -> int:
        """Native currency of ``address``, in wei."""
        with self.reaching():
            return int(self.w3.eth.get_balance(self.w3.to_checksum_address(checksum(address))))

    def code(self, address: str) -> bytes:
        """Runtime code at ``address``; empty if no contract lives there."""
        with self.reaching():
            return bytes(self.w3.eth.get_code(self.w3.to_checksum_address(checksum(address))))

    def tagged_block(self, tag: Literal["safe", "finalized"]) -> int | None:
        """Return the number of the newest block that counts as safe or final; None if unknown."""
        try:
            with self.reaching():
                return int(self.w3.eth.get_block(tag)["number"])
        except NodeUnavailable:
            raise
        except ChainError:
            return None

    def transaction_count(self, address: str, block: int | None = None) -> int:
        """Return the number of transactions of ``address`` in blocks: the next nonce the chain
        accepts.

        Args:
            address: whose.
            block: number of the block after which to count; the latest by default.
        """
        with self.reaching():
            where = self.w3.to_checksum_address(checksum(address))
            which: Any = "latest" if block is None else block
            return int(self.w3.eth.get_transaction_count(where, which))

    def transaction_with(self, address: str, nonce: int) -> tuple[str, int] | None:
        """Hash and block of the transaction of ``address`` in a block with a nonce.

        None if there is none, or if the node does not have the states to search.
        """
        try:
            block = self._first_with_more(checksum(address), nonce)
            if block is None:
                return None
            with self.reaching():
                inside: Any = self.w3.eth.get_block(block, full_transactions=True)["transactions"]
                for one in inside:
                    if one["nonce"] == nonce and checksum(str(one["from"])) == checksum(address):
                        return "0x" + bytes(one["hash"]).hex(), block
        except NodeUnavailable:
            raise
        except ChainError:
            pass  # a node without old states
        return None

    def _first_with_more(self, address: str, nonce: int) -> int | None:
        # Most are near the head, where every node has states: step back in ever larger steps.
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
        """(max fee, priority fee) per gas in wei for a transaction that should go through soon."""
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
        """Hand a signed transaction to the node.

        Raises:
            NodeUnavailable: if the node does not answer; it may have accepted it all the same.
            ChainError: if the node refused it, with its reason.
        """
        with self.reaching():
            self.w3.eth.send_raw_transaction(require_instance("the transaction", raw, bytes))

    def receipt(self, transaction: str) -> Receipt | None:
        """Return the receipt of a transaction by hash, or None while it is in no block.

        Raises:
            NodeUnavailable: if the node does not answer, or with another transaction's receipt.
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
            to: the contract, or None to run ``data`` as creation code.
            data: encoded call.
            sender: ``msg.sender``; the node's choice by default.
            gas: gas limit; the node's choice by default.
            block: number of the block after which to run; the latest by default.

        Raises:
            TransactionReverted: if the contract refused, with its typed error decoded.
            TransactionTimeout: if the node does not know the block yet.
        """
        from web3.exceptions import ContractLogicError

        transaction: TxParams = {"data": self.w3.to_hex(require_instance("the data", data, bytes))}
        if to is not None:
            transaction["to"] = self.w3.to_checksum_address(checksum(to))
        if sender is not None:
            transaction["from"] = self.w3.to_checksum_address(checksum(sender))
        if gas is not None:
            transaction["gas"] = gas
        if block is None and self.seen:
            # By its number: a machine that lags then says so, and does not answer from the past.
            block = max(self.seen, self.block_number())
        where: Any = "latest" if block is None else block
        output = b""

        def ask() -> bool:
            nonlocal output
            try:
                with self.reaching():
                    output = bytes(self.w3.eth.call(transaction, where))
            except ChainError as error:
                if isinstance(error.__cause__, ContractLogicError):
                    raise revert_from(error.__cause__.data, str(error.__cause__)) from None
                if block is not None and _UNKNOWN_BLOCK.search(str(error)):
                    return False
                raise
            return True

        self._await(ask, f"block {block}")
        return output

    def has_seen(self, receipt: Receipt) -> None:
        """Read nothing from now on that is older than the block of this receipt."""
        self.seen = max(self.seen, receipt.block)

    def logs(
        self,
        address: str,
        *,
        since: int = 0,
        until: int | None = None,
        topics: Sequence[bytes | None] = (),
    ) -> Sequence[Log]:
        """Events of one contract in blocks since..until (the latest by default), in order.

        Nodes refuse ranges that they find too large, so this asks for one range after the other,
        for smaller ones where a node refuses, and for larger ones again after that. What a node
        returns is checked: whose events they are, where they are, and that each is there once.

        Args:
            address: the contract.
            since, until: block numbers, both included.
            topics: what an event's first topics have to be, 32 bytes each; None fits any.

        Raises:
            NodeUnavailable: if the node does not answer, or it returns what was not asked for.
            TransactionTimeout: if the node does not know the last block yet.
            ChainError: if the node refuses every request, or needs too many of them.
        """
        last = self.block_number() if until is None else until
        if since <= last:
            self._require_block(last)
        found: list[Log] = []
        spans, tries = Spans(_BLOCKS_AT_ONCE), 0
        for _ in range(_MOST_REQUESTS):
            if since > last:
                return in_order(found)
            end = min(since + spans.size - 1, last)
            try:
                part = self._logs(address, since, end, topics)
            except NodeUnavailable:
                raise
            except ChainError as error:
                tries += 1
                if tries < _TRIES and (end == since or not _TOO_MUCH.search(str(error))):
                    continue  # it may pass
                if end == since:
                    raise
                tries = 0
                spans.refused(since, end - since + 1)
            else:
                tries = 0
                require_fitting(part, address, since, end, topics)
                spans.accepted(since, end - since + 1, len(part))
                found += part
                since = end + 1
        raise ChainError(
            f"{self.name} did not give the events up to block {last} in {_MOST_REQUESTS} requests; "
            "read a shorter range"
        )

    def _require_block(self, number: int) -> None:
        """Check that the node has a block: a head that it makes up would be read for ever."""
        from web3.exceptions import BlockNotFound

        if number > _HIGHEST:
            raise NodeUnavailable(f"{self.name} names a block that no chain can have yet")

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
        # A node that has several machines behind it may answer from one that lags.
        deadline, pause = self.clock() + self.patience, _FIRST_PAUSE
        while not question():
            if self.clock() + pause > deadline:
                raise TransactionTimeout(
                    f"{self.name} does not know {what} yet, {self.patience:g} s after it was named"
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


class LocalNode(Node):
    """A chain of one's own for tests and demonstrations: prefunded accounts, time travel."""

    accounts: tuple[Signer, ...]

    def has_seen(self, receipt: Receipt) -> None:
        """Do nothing: one's own chain never lags, and it may go back to a snapshot."""

    @abstractmethod
    def advance(self, seconds: int) -> int:
        """Mine a block that is ``seconds`` later than the latest one; returns its timestamp."""

    @abstractmethod
    def snapshot(self) -> int:
        """Remember the state of the chain; for ``restore``."""

    @abstractmethod
    def restore(self, snapshot: int) -> None:
        """Go back to a snapshot; it and all later ones are gone afterwards."""
