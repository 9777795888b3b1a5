"""Which contracts an index of loans reads: a market of tables, and its book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.index.chain_index import Watched
from zkcredit.chain.index.loans import BOOK, MARKET
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import Node

__all__ = ["loans_watched"]


def loans_watched(node: Node, market: str, since: int) -> Watched:
    """Return a market of tables and its book, for an index with the projection ``LOANS``.

    Args:
        node: a node of the market's chain.
        market: address of the market.
        since: the first block whose events count, such as that of the market's creation. The book
            must not have published a product of the market's loans before it.

    Raises:
        InvalidInput: if there is another contract, or none, at the address.
        NodeUnavailable: if the node does not answer.
    """
    address, abi = checksum(market), abi_of(MARKET)
    try:
        (book,) = abi.decode("book", node.call(address, abi.encode("book")))
    except NodeUnavailable:
        raise
    except ChainError as error:
        raise InvalidInput(
            f"the contract at {address} is not a market of products that are tables: {error}"
        ) from error
    return Watched(since, {address: MARKET, checksum(book): BOOK})
