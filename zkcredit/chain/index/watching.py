"""Which contracts an index of loans reads, and which tree a page watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.index.chain_index import Watched
from zkcredit.chain.index.loans import BOOK, MARKET
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable

if TYPE_CHECKING:
    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.chain.nodes.node import Node

__all__ = ["loans_watched", "tree_watched"]


def loans_watched(node: Node, market: str, since: int) -> Watched:
    """Return a market and its book, for an index with the projection ``LOANS``.

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
        raise InvalidInput(f"the contract at {address} is not a loan market: {error}") from error
    return Watched(since, {address: MARKET, checksum(book): BOOK})


def tree_watched(node: Node, tree: str) -> HistoryTreeClient:
    """Return the client of a history tree, whose lag a page shows.

    Args:
        node: a node of the tree's chain.
        tree: its address.

    Raises:
        InvalidInput: if there is another contract, or none, at the address.
        NodeUnavailable: if the node does not answer.
    """
    from zkcredit.chain.history.bureau import HistoryTreeClient

    client = HistoryTreeClient(node, tree)
    try:
        _ = client.max_lag
    except NodeUnavailable:
        raise
    except ChainError as error:
        raise InvalidInput(
            f"the contract at {client.address} is not a history tree: {error}"
        ) from error
    return client
