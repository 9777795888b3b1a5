"""Where an index reads from: block headers, and the events of some contracts.

``Node`` has no method for a header, so ``NodeSource`` reads it through the node's web3 object, in
``Node.reaching``, as the node's own methods do.

The book of products says in an event where a product is, and the hash of its bytes. The bytes are
read with the event and kept with it (``RawEvent.attached``), so that whatever follows from a
product follows from the events of the index, without a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from zkcredit._internal.evm import keccak256
from zkcredit.chain.contracts.abi import signature_hash
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Log

__all__ = ["Header", "NodeSource", "RawEvent", "Source"]

_HIGHEST: Final = 1 << 40  # 35 years at a thousand blocks a second
_LATEST_TIME: Final = 1 << 40
_PUBLISHED: Final = signature_hash("ProductPublished", ("address", "address", "bytes32"))


@dataclass(frozen=True, slots=True)
class Header:
    """What names a block, and what it follows.

    Attributes:
        number: block number.
        hash: its hash, 32 bytes.
        parent: the hash of the block before it.
        time: its timestamp, Unix seconds.
    """

    number: int
    hash: bytes
    parent: bytes
    time: int


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An undecoded event.

    Attributes:
        block: block number.
        block_hash: the hash of this block.
        index: position among the block's events.
        address: the contract that emitted it, EIP-55.
        topics: up to four words of 32 bytes.
        data: the rest of its arguments.
        transaction: hash of the transaction, 0x-prefixed.
        attached: the bytes of which the event gives the hash: of a product, header and rows.
    """

    block: int
    block_hash: bytes
    index: int
    address: str
    topics: tuple[bytes, ...]
    data: bytes
    transaction: str
    attached: bytes = b""


class Source(Protocol):
    """A chain as an index sees it.

    Attributes:
        network: chain id and genesis hash.
        name: what errors call it.
    """

    @property
    def network(self) -> str:
        """See above."""

    @property
    def name(self) -> str:
        """See above."""

    def head(self) -> int:
        """Return the number of the latest block."""

    def header(self, number: int) -> Header | None:
        """Return the header of a block on the chain; None if the chain has no such block."""

    def events(self, since: int, until: int) -> Sequence[RawEvent]:
        """Return the events of all contracts in blocks since..until, in order."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class NodeSource:
    """The blocks and events that a node reports.

    Args:
        node: the node.
        addresses: the contracts.
    """

    def __init__(self, node: Node, addresses: Sequence[str]) -> None:
        self._node = node
        self._addresses = tuple(checksum(address) for address in addresses)

    @property
    def network(self) -> str:
        """Chain id and genesis hash."""
        return self._node.network

    @property
    def name(self) -> str:
        """The node's name."""
        return self._node.name

    def head(self) -> int:
        """Return the number of the node's latest block.

        Raises:
            NodeUnavailable: if the node does not answer, or names a number that cannot be right.
        """
        number = self._node.block_number()
        if not 0 <= number <= _HIGHEST:
            raise NodeUnavailable(f"{self.name} names a block number that no chain can have yet")
        return number

    def header(self, number: int) -> Header | None:
        """Return the header of a block on the node's chain; None if it has no such block.

        Raises:
            NodeUnavailable: if the node does not answer, or returns another block.
        """
        from web3.exceptions import BlockNotFound

        try:
            with self._node.reaching():
                found = self._node.w3.eth.get_block(number)
                header = Header(
                    int(found["number"]),
                    bytes(found["hash"]),
                    bytes(found["parentHash"]),
                    int(found["timestamp"]),
                )
        except ChainError as error:
            if isinstance(error.__cause__, BlockNotFound):
                return None
            raise
        lengths = len(header.hash), len(header.parent)
        if header.number != number or lengths != (32, 32) or not 0 <= header.time < _LATEST_TIME:
            raise NodeUnavailable(f"{self.name} returns another block than {number}")
        return header

    def events(self, since: int, until: int) -> list[RawEvent]:
        """Return the events of all contracts in blocks since..until, in order.

        Raises:
            ChainError: if ``Node.logs`` raises it.
            NodeUnavailable: if the code of a product is not what its event says.
        """
        found = [
            RawEvent(
                log.block,
                bytes(log.raw["blockHash"]),
                log.index,
                log.address,
                log.topics,
                log.data,
                log.transaction,
                self._attached(log),
            )
            for address in self._addresses
            for log in self._node.logs(address, since=since, until=until)
        ]
        return sorted(found, key=lambda event: (event.block, event.index))

    def _attached(self, log: Log) -> bytes:
        """Return the bytes of a product that an event publishes; nothing for other events."""
        if len(log.topics) != 4 or log.topics[0] != _PUBLISHED:
            return b""
        address = f"0x{log.topics[1][-20:].hex()}"
        # a data contract is a STOP byte and the data; nobody can change it
        data = self._node.code(address)[1:]
        if keccak256(data) != log.topics[3]:
            raise NodeUnavailable(
                f"{self.name} does not have the product at {address} that block {log.block} "
                "publishes: it changed its chain, or it is behind; ask again"
            )
        return data

    def sleep(self, seconds: float) -> None:
        """Wait, by the node's own clock."""
        self._node.sleep(seconds)
