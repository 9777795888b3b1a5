"""A page over a market that grows while it is served, in a process of its own."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from support.chain.loan_chains import MARKET_AT, WATCHED
from support.chain.many_loans import ManyLoans

from zkcredit.chain.index.chain_index import ChainIndex
from zkcredit.chain.index.loans import LOANS
from zkcredit.page import serving

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def serve_growing(told: Connection, loans: int, apart: float, every: float) -> None:
    """Serve a page until something is told; a target for a process.

    It tells the page's address, and then each new block with its time on the monotonic clock, which
    all processes share.

    Args:
        told: the other end of a pipe.
        loans: how many the market has at the start.
        apart: seconds from block to block; each has loans, payments and movements.
        every: seconds between two questions of the page for a new block.
    """
    chain = ManyLoans(10**9)
    chain.last = chain.block_of(loans)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "loans.sqlite"
        with ChainIndex.over(file, chain, WATCHED, projections=[LOANS]) as index:
            index.catch_up()
            with serving(index, chain, MARKET_AT, port=0, every=every) as page:  # type: ignore[arg-type]
                told.send(page.url)
                while not told.poll(apart):
                    chain.last += 1
                    told.send((chain.last, time.monotonic()))
                told.recv()
                told.send((page.status.compared, page.status.unequal))
