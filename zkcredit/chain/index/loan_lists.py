"""Counts, sums and pages of a market's loans, by queries that do not read every loan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.chain.nodes.node import checksum

if TYPE_CHECKING:
    from zkcredit.chain.index.projection import Answers

__all__ = ["numbers_of", "running_sums", "states_of", "sums_after_blocks"]

_NOW: Final = """
    FROM loans_applications a
    JOIN loans_states s ON s.market = a.market AND s.loan = a.loan + 0
        AND s.block * 1000000 + s.log_index = (
            SELECT MAX(l.block * 1000000 + l.log_index) FROM loans_states l
            WHERE l.market = a.market AND l.loan = a.loan
        )
    WHERE a.market = ?
"""
"""Every loan with its newest state, loan by loan.

Without ``+ 0`` SQLite concludes from ``a.loan < x`` that ``s.loan < x``, and reads all of these.
"""

_STATE: Final = (
    "CASE WHEN s.standing <> '' THEN s.standing "
    "WHEN s.stage = 'requested' AND a.deadline < ? THEN 'expired' ELSE s.stage END"
)


def states_of(index: Answers, market: str, time: int) -> list[tuple[str, str, int, int]]:
    """Return how many loans of each product are in each state, and the sum of their principals.

    Args:
        index: an index with the projection ``LOANS``.
        market: address of the market.
        time: the present, Unix seconds: an application that is past its deadline is expired.

    Returns:
        State (see ``LoanRecord.state_at``), the product's address, count and sum in minor units.
    """
    rows = index.ask(
        f"SELECT {_STATE} AS state, s.product, COUNT(*), SUM(a.principal) {_NOW} "
        "GROUP BY state, s.product ORDER BY state, s.product",
        time,
        checksum(market),
    )
    return [(state, product, count, int(total)) for state, product, count, total in rows]


def numbers_of(
    index: Answers, market: str, time: int, *, state: str = "", below: int, most: int
) -> list[int]:
    """Return numbers of loans, the newest first.

    Args:
        index: an index with the projection ``LOANS``.
        market: address of the market.
        time: the present, Unix seconds.
        state: only loans in this state; all if it is empty.
        below: only smaller numbers.
        most: at most so many.
    """
    values: tuple[str | int, ...] = (checksum(market), below, most)
    query = "SELECT a.loan FROM loans_applications a WHERE a.market = ? AND a.loan < ? "
    if state:
        values = (*values[:2], time, state, most)
        query = f"SELECT a.loan {_NOW} AND a.loan < ? AND {_STATE} = ? "
    rows = index.ask(f"{query}ORDER BY a.loan DESC LIMIT ?", *values)
    return [number for (number,) in rows]


def sums_after_blocks(
    index: Answers, market: str, since: int, until: int, most: int
) -> list[tuple[int, str, int]]:
    """Return what the market held of a token after each block in which some of it moved.

    Args:
        index: an index with the projection ``LOANS``.
        market: address of the market.
        since: the first block that counts.
        until: the last block that counts.
        most: how many movements are read, the newest.

    Returns:
        Block, token and base units, the oldest block first.
    """
    rows = index.ask(
        "SELECT block, token, held FROM loans_movements "
        "WHERE market = ? AND block >= ? AND block <= ? "
        "ORDER BY block DESC, log_index DESC LIMIT ?",
        checksum(market),
        since,
        until,
        most,
    )
    found: dict[tuple[int, str], int] = {}
    for block, token, held in rows:
        found.setdefault((block, token), int(held))  # the last movement of the block
    return [(block, token, held) for (block, token), held in reversed(found.items())]


def running_sums(index: Answers, market: str) -> dict[str, int]:
    """Return what the market holds of each token after the last block, in base units."""
    address = checksum(market)
    tokens = index.ask(
        "SELECT token, MAX(block * 1000000 + log_index) FROM loans_movements WHERE market = ? "
        "GROUP BY token",
        address,
    )
    found = {}
    for token, place in tokens:
        ((held,),) = index.ask(
            "SELECT held FROM loans_movements WHERE market = ? AND token = ? "
            "AND block * 1000000 + log_index = ?",
            address,
            token,
            place,
        )
        found[token] = int(held)
    return found
