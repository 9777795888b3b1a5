"""Several calls of one contract in one request (a batch of JSON-RPC 2.0, section 6).

A provider that can send a batch has a method ``batch``. Nodes may refuse batches, in any words. So
whatever is wrong with a batch, each call is made by itself, with the errors of ``Node.call``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.node import Node

__all__ = ["call_all"]

_AT_ONCE: Final = 50  # calls in one request


def call_all(node: Node, to: str, several: Sequence[bytes]) -> list[bytes]:
    """Execute several calls without a transaction, and return their outputs in order.

    The calls of a batch see the state after one block, which is not older than ``node.seen``.

    Args:
        node: the node.
        to: the contract.
        several: the encoded calls.

    Raises:
        TransactionReverted: if the contract refused one of them.
        ChainError: if ``Node.call`` raises it.
    """
    batch = getattr(node.w3.provider, "batch", None)
    with node.within(node.timeout):
        outputs = None
        if batch is not None and len(several) > 1:
            outputs = _in_batches(node, batch, to, several)
        return [node.call(to, data) for data in several] if outputs is None else outputs


def _in_batches(node: Node, batch: Any, to: str, several: Sequence[bytes]) -> list[bytes] | None:
    where, address = node.newest_place(), checksum(to)
    at = hex(where) if isinstance(where, int) else where
    outputs: list[bytes] = []
    for start in range(0, len(several), _AT_ONCE):
        requests = [
            ("eth_call", [{"to": address, "data": "0x" + data.hex()}, at])
            for data in several[start : start + _AT_ONCE]
        ]
        try:
            with node.reaching():
                replies = batch(requests)
                outputs += [_bytes(reply["result"]) for reply in replies]
        except ChainError:
            return None
    return outputs


def _bytes(result: object) -> bytes:
    if not isinstance(result, str) or not result.startswith("0x"):
        raise ValueError("the output of a call must be 0x and hexadecimal digits")
    return bytes.fromhex(result[2:])
