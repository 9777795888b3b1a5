"""Read and check the replies of nodes, any of which may be wrong.

A reply that cannot be read, contradicts itself, or was not asked for raises ``NodeUnavailable``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from zkcredit._internal.evm import checksum_address
from zkcredit.errors import InvalidInput, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3.types import LogReceipt, TxReceipt

__all__ = [
    "Log",
    "Receipt",
    "in_order",
    "log_of",
    "number_of",
    "receipt_of",
    "reported_address",
    "require_fitting",
    "said",
]

_LONGEST = 500  # characters of a node's own words in an error


@dataclass(frozen=True, slots=True)
class Log:
    """One raw event: who emitted it, where, and its undecoded topics and data."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    index: int
    transaction: str
    raw: LogReceipt


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction that is in a block.

    Attributes:
        transaction: hash, 0x-prefixed.
        block: block number.
        succeeded: False if the contract reverted (the gas is paid in both cases).
        gas_used: gas units.
        contract: address of the contract that this transaction created, or None.
        logs: its events, in order.
        block_hash: hash of the block, 0x-prefixed.
    """

    transaction: str
    block: int
    succeeded: bool
    gas_used: int
    contract: str | None
    logs: tuple[Log, ...]
    block_hash: str = ""


def said(error: Exception) -> str:
    """Return the node's own words from a web3 error, cut to a length that can be shown."""
    reply = getattr(error, "rpc_response", None)
    if isinstance(reply, dict) and isinstance(reply.get("error"), dict):
        return str(reply["error"].get("message", "no reason given"))[:_LONGEST]
    return str(error)[:_LONGEST]


def number_of(value: object) -> int:
    """Read a number: nodes write hexadecimal digits, and test chains integers."""
    return int(value, 16) if isinstance(value, str) else int(value)  # type: ignore[call-overload]


def reported_address(address: object) -> str:
    """Return the EIP-55 spelling of an address in a reply.

    Raises:
        NodeUnavailable: if it is not an address, which is not the caller's mistake.
    """
    try:
        return checksum_address("the address", str(address))
    except InvalidInput:
        raise NodeUnavailable("the node returns something that is not an address") from None


def in_order(logs: Sequence[Log]) -> list[Log]:
    """Return the events in the order of the chain.

    Raises:
        NodeUnavailable: if two events have the same place, or a block has two hashes.
    """
    ordered = sorted(logs, key=lambda log: (log.block, log.index))
    for one, other in pairwise(ordered):
        same_block = one.block == other.block
        if (same_block and one.index == other.index) or (
            same_block != (bytes(one.raw["blockHash"]) == bytes(other.raw["blockHash"]))
        ):
            raise NodeUnavailable(
                f"the node returns events of block {one.block} that contradict each other; "
                "the chain may have been reorganised meanwhile: try again"
            )
    return ordered


def require_fitting(
    logs: Sequence[Log], address: str, since: int, until: int, topics: Sequence[bytes | None]
) -> None:
    """Check that events are those that were asked for.

    Raises:
        NodeUnavailable: if an event has another contract, block range or kind.
    """
    for log in logs:
        wanted = len(log.topics) >= len(topics) and all(
            topic is None or topic == found
            for topic, found in zip(topics, log.topics, strict=False)
        )
        elsewhere = log.address != checksum_address("the contract", address)
        if elsewhere or not since <= log.block <= until or not wanted:
            raise NodeUnavailable(
                f"the node returns an event of block {log.block} that was not asked for"
            )


def log_of(entry: LogReceipt) -> Log:
    """Read one event.

    Raises:
        NodeUnavailable: if its block is no longer in the chain, or has no hash.
    """
    if entry.get("removed"):
        raise NodeUnavailable("the node returns an event that is no longer in a block: try again")
    if len(bytes(entry["blockHash"])) != 32:
        raise NodeUnavailable("the node returns an event of a block without a hash")
    return Log(
        address=reported_address(entry["address"]),
        topics=tuple(bytes(topic) for topic in entry["topics"]),
        data=bytes(entry["data"]),
        block=int(entry["blockNumber"]),
        index=int(entry["logIndex"]),
        transaction="0x" + bytes(entry["transactionHash"]).hex(),
        raw=entry,
    )


def receipt_of(found: TxReceipt, transaction: str) -> Receipt:
    """Read the receipt that a node returns for a transaction hash.

    Raises:
        NodeUnavailable: if the receipt or its events belong to another transaction.
    """
    from hexbytes import HexBytes

    logs = tuple(log_of(entry) for entry in found["logs"])
    block, block_hash = int(found["blockNumber"]), bytes(found["blockHash"])
    strange = bytes(found["transactionHash"]) != bytes(HexBytes(transaction)) or any(
        (log.transaction, log.block) != (HexBytes(transaction).to_0x_hex(), block)
        or bytes(log.raw["blockHash"]) != block_hash
        for log in logs
    )
    if strange:
        raise NodeUnavailable(f"the node returns another receipt than that of {transaction}")
    created = found.get("contractAddress")
    return Receipt(
        transaction=transaction,
        block=block,
        succeeded=int(found["status"]) == 1,
        gas_used=int(found["gasUsed"]),
        contract=reported_address(created) if created else None,
        logs=tuple(in_order(logs)),
        block_hash="0x" + block_hash.hex(),
    )
