"""The rounds of the index: random reorganisations, and kills between two statements."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from support.chain.loan_chains import (
    DEEPEST,
    MARKET_AT,
    TOKENS,
    WATCHED,
    Books,
    LoanChain,
    branches,
    opened,
)

from zkcredit.chain.index.loan_records import held_of, loans_of, movements_of
from zkcredit.chain.index.loans import Loans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.chain.made_chain import Block

    from zkcredit.chain.index.chain_index import ChainIndex

__all__ = ["contents", "kills", "require_books", "require_loans", "round_of"]


def contents(index: ChainIndex) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in an index, by table."""
    connection = index._store._connection
    names = [n for (n,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
    return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names}


def require_books(index: ChainIndex, chain: LoanChain, blocks: Iterable[int]) -> None:
    """Check what the market holds after each of some blocks: re-summed, and as each row says.

    Raises:
        AssertionError: if the index says something else than the books.
    """
    moved = movements_of(index, MARKET_AT)
    for number in blocks:
        books = chain.blocks[number].books
        summed = {one.token: one.held for one in held_of(index, MARKET_AT, number)}
        said = {one.token: one.held for one in moved if one.block <= number}
        for which, token in enumerate(TOKENS):
            found = summed.get(token, 0), said.get(token, 0)
            expected = books.held[which]
            assert found == (expected, expected), f"block {number}: {found} instead of {expected}"


def require_loans(index: ChainIndex, chain: LoanChain) -> None:
    """Check every loan after the last block.

    Raises:
        AssertionError: if the index says something else than the books.
    """
    books = chain.blocks[index.block].books
    for one, loan in zip(loans_of(index, MARKET_AT), books.loans, strict=True):
        applied = one.applied
        assert (one.stage, one.funded, one.undrawn) == (loan.stage, loan.funded, loan.undrawn)
        assert (one.running, one.product_address) == (loan.running, loan.product)
        assert (applied.borrower, applied.principal) == (loan.borrower, loan.principal)


def round_of(number: int, blocks: int = 1_000) -> dict[str, int]:
    """Follow a chain through random reorganisations; the index is what a new one computes.

    Raises:
        AssertionError: if it is not, or the books of any block differ.
    """
    reorganised = taken_back = 0
    for chain, index, progress in branches(number, blocks):
        assert progress.taken_back <= DEEPEST
        assert progress.block == chain.head()
        reorganised += progress.taken_back > 0
        taken_back += progress.taken_back
        require_books(index, chain, range(max(0, index.block - DEEPEST), index.block + 1))
        if reorganised % 10 == 1:
            require_loans(index, chain)
        if index.block >= blocks:
            require_books(index, chain, range(index.block + 1))
            require_loans(index, chain)
            before = contents(index)
            with opened(chain) as again:
                again.catch_up()
                assert contents(again) == before
            index.replay()
            assert contents(index) == before
    events = sum(len(block.events) for block in chain.blocks)
    assert len(before["events"]) == events
    return {
        "blocks": len(chain.blocks) - WATCHED.since,
        "events": events,
        "reorganisations": reorganised,
        "blocks taken back": taken_back,
    }


def kills(number: int, blocks: int = 30, step: int = 1) -> dict[str, int]:
    """Kill an index before its statements, one by one, and let another one go on with the file.

    Args:
        number: the number of the round.
        blocks: length of the chain.
        step: kill it before every so many statements only.

    Raises:
        AssertionError: if what the file holds is not the state after some block.
    """
    chain = LoanChain(number)
    chain.extend(blocks)
    first = list(chain.blocks)
    chain.reorganise(min(DEEPEST, blocks - 5), DEEPEST + 2)
    with opened(chain) as index:
        index.catch_up()
        whole = contents(index)
    stops, at = 0, 1 + number % step
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "index.sqlite"
        while _is_killed(path, chain, first, at):
            stops += 1
            with opened(chain, path) as index:
                found = contents(index)
                assert {row[0] for row in found["events"]} <= {row[0] for row in found["blocks"]}
                index.replay()
                assert contents(index) == found, f"half a block after a kill at {at}"
                index.catch_up()
                assert contents(index) == whole, f"another state after a kill at {at}"
            at += step
            path.unlink()
    return {"kills": stops, "blocks": len(chain.blocks)}


def _is_killed(path: Path, chain: LoanChain, first: list[Block[Books]], at: int) -> bool:
    """Index a chain before and after a reorganisation in a child, which dies at a statement.

    Returns:
        False if it came to its end.
    """
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    code = 1
    try:
        left = at
        connect = sqlite3.connect

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **options)
            connection.set_trace_callback(count)
            return connection

        sqlite3.connect = watched
        last, chain.blocks = chain.blocks, first
        with opened(chain, path) as index:
            index.catch_up()
            chain.blocks = last
            index.catch_up()
        later = type("Later", (Loans,), {"version": 2})()
        opened(chain, path, projections=[later]).close()
        code = 0
    finally:
        os._exit(code)
