"""Chains of made-up blocks with a market's events, which branch; and the rounds of the index.

The events are those of a market, encoded as the contract does. What the market holds is counted
here, in plain numbers, and each block keeps the count, so a branch has its own.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from eth_abi import encode
from support.chain.market_world import POLICY, TERMS

from zkcredit.chain.contracts.abi import canonical_type, signature_hash
from zkcredit.chain.contracts.artifacts import artifact
from zkcredit.chain.contracts.market_state import product_to_tuple
from zkcredit.chain.index.chain_index import ChainIndex, Watched
from zkcredit.chain.index.chain_source import Header, RawEvent
from zkcredit.chain.index.funds import Funds, held_by
from zkcredit.loan import Product

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DEEPEST",
    "MARKET",
    "TOKENS",
    "WATCHED",
    "MadeChain",
    "contents",
    "kills",
    "require_books",
    "round_of",
]

MARKET = "0x00000000000000000000000000000000000000A1"
TOKENS = (
    "0x00000000000000000000000000000000000000B1",
    "0x00000000000000000000000000000000000000B2",
)
UNITS = (10_000, 10**16)
PEOPLE = tuple(f"0x00000000000000000000000000000000000000c{number}" for number in range(6))
WATCHED = Watched(3, {MARKET: "LoanMarket"})
DEEPEST = 12  # blocks of a reorganisation
KEPT = 16


@dataclass(frozen=True)
class Loan:
    """What the events so far say about a loan, as far as a next event depends on it."""

    product: int
    principal: int
    funded: int = 0
    released: bool = False
    held: int = 0  # base units
    positions: tuple[int, ...] = ()


@dataclass(frozen=True)
class Books:
    """What the events so far say."""

    products: int = 0
    positions: int = 0
    loans: tuple[Loan, ...] = ()

    def held(self, token: int) -> int:
        """Base units of a token that the market holds; products take turns with the tokens."""
        return sum(loan.held for loan in self.loans if (loan.product - 1) % 2 == token)


@dataclass(frozen=True)
class Block:
    """A block, its events, and the books after it."""

    header: Header
    events: tuple[RawEvent, ...] = ()
    books: Books = field(default_factory=Books)


class MadeChain:
    """A source of blocks for an index, which a test extends and reorganises.

    Attributes:
        blocks: the chain, from block 0 on.
        asked: called before each answer, for tests that change the chain meanwhile.
        slept: seconds that the index waited.
    """

    network = "1:" + 64 * "0"
    name = "the made chain"

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.blocks = [Block(Header(0, _digest(b"", 0, 0), bytes(32), 1_790_000_000))]
        self.asked: Callable[[str], None] = lambda _: None
        self.slept = 0.0

    def extend(self, number: int = 1) -> None:
        """Add blocks with random events."""
        for _ in range(number):
            last = self.blocks[-1]
            height, salt = last.header.number + 1, self.random.getrandbits(64)
            digest = _digest(last.header.hash, height, salt)
            header = Header(height, digest, last.header.hash, last.header.time + 12)
            books, events = last.books, []
            if height >= WATCHED.since:
                for _ in range(self.random.choice((0, 0, 0, 0, 1, 1, 3))):
                    books = self._happen(books, events)
            placed = tuple(
                RawEvent(height, digest, index, MARKET, topics, data, "0x" + _hex(digest, index))
                for index, (topics, data) in enumerate(events)
            )
            self.blocks.append(Block(header, placed, books))

    def reorganise(self, depth: int, length: int) -> None:
        """Replace the last ``depth`` blocks by ``length`` others."""
        del self.blocks[len(self.blocks) - depth :]
        self.extend(length)

    # --- what an index asks ---

    def head(self) -> int:
        """The number of the last block."""
        self.asked("head")
        return len(self.blocks) - 1

    def header(self, number: int) -> Header | None:
        """The header of a block, or None."""
        self.asked("header")
        return self.blocks[number].header if 0 <= number < len(self.blocks) else None

    def events(self, since: int, until: int) -> list[RawEvent]:
        """The events of some blocks."""
        self.asked("events")
        return [event for block in self.blocks[since : until + 1] for event in block.events]

    def sleep(self, seconds: float) -> None:
        """Count the seconds."""
        self.slept += seconds

    # --- what happens in a market ---

    def _happen(self, books: Books, events: list[tuple[tuple[bytes, ...], bytes]]) -> Books:
        """One random event that can follow; or none, if the choice does not fit."""
        choice = self.random.random()
        if choice > 0.95:
            events.append(((b"\x11" * 32,), b"an event of a later version"))
            return books
        if not books.products or choice < 0.03:
            events.append(_product(books.products + 1))
            return replace(books, products=books.products + 1)
        if not books.loans or choice < 0.1:
            return self._request(books, events)
        at = self.random.randrange(len(books.loans))
        loan, number = books.loans[at], at + 1
        who, unit = self.random.choice(PEOPLE), UNITS[(loan.product - 1) % 2]
        if not loan.released:
            amount = self.random.randint(1, loan.principal - loan.funded)
            position = books.positions + 1
            events.append(_encoded("LoanFunded", number, position, who, amount))
            loan = replace(
                loan,
                funded=loan.funded + amount,
                held=loan.held + amount * unit,
                positions=(*loan.positions, position),
            )
            if loan.funded == loan.principal:
                events.append(_encoded("LoanReleased", number, who, loan.principal))
                loan = replace(loan, released=True, held=loan.held - loan.principal * unit)
            books = replace(books, positions=position)
        elif choice < 0.7:
            amount = self.random.randint(1, 50_000)
            kind = self.random.choice(("LoanRepayment", "LoanSettled", "LoanRecovery"))
            fees = self.random.randint(0, amount)
            rest = {
                "LoanRepayment": (amount - fees, fees, 1),
                "LoanSettled": (amount,),
                "LoanRecovery": (amount, 7),
            }
            events.append(_encoded(kind, number, who, *rest[kind]))
            loan = replace(loan, held=loan.held + amount * unit)
        elif loan.held:
            tokens = self.random.randint(1, loan.held)
            position = self.random.choice(loan.positions)
            events.append(_encoded("Withdrawn", position, who, who, tokens))
            loan = replace(loan, held=loan.held - tokens)
        return replace(books, loans=(*books.loans[:at], loan, *books.loans[at + 1 :]))

    def _request(self, books: Books, events: list[tuple[tuple[bytes, ...], bytes]]) -> Books:
        product = self.random.randint(1, books.products)
        principal = self.random.randint(1, 500_000)
        number, who = len(books.loans) + 1, self.random.choice(PEOPLE)
        events.append(_encoded("LoanRequested", number, product, who, 7, principal, 0, 1, 1))
        return replace(books, loans=(*books.loans, Loan(product, principal)))


def contents(index: ChainIndex) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in an index, by table."""
    connection = index._store._connection
    names = [n for (n,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
    return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names}


def require_books(index: ChainIndex, chain: MadeChain, blocks: range) -> None:
    """Check what the market holds after each of some blocks.

    Raises:
        AssertionError: if the index says something else than the books.
    """
    for number in blocks:
        for which, token in enumerate(TOKENS):
            expected = chain.blocks[number].books.held(which)
            found = held_by(index, MARKET, token, number)
            assert found == expected, f"block {number}: {found} instead of {expected}"


def round_of(number: int, blocks: int = 1_000) -> dict[str, int]:
    """Follow a chain through random reorganisations; the index is what a new one computes.

    Raises:
        AssertionError: if it is not, or the books of any block differ.
    """
    chain = MadeChain(number)
    chain.extend(chain.random.randint(WATCHED.since, 3 * KEPT))
    reorganised = taken_back = 0
    with ChainIndex.over(None, chain, WATCHED, kept=KEPT) as index:
        index.catch_up()
        while index.block < blocks:
            if chain.random.random() < 0.25:
                depth = chain.random.randint(1, min(DEEPEST, index.block - WATCHED.since))
                chain.reorganise(depth, depth + chain.random.randint(0, 3))
                reorganised += 1
            else:
                chain.extend(chain.random.choice((1, 1, 1, 2, 5, KEPT, 2 * KEPT)))
            progress = index.catch_up()
            taken_back += progress.taken_back
            assert progress.taken_back <= DEEPEST
            assert progress.block == chain.head()
            require_books(index, chain, range(max(0, index.block - DEEPEST), index.block + 1))
        require_books(index, chain, range(index.block + 1))
        before = contents(index)
        with ChainIndex.over(None, chain, WATCHED, kept=KEPT) as again:
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


def _product(number: int) -> tuple[tuple[bytes, ...], bytes]:
    which = (number - 1) % 2
    product = Product(
        terms=TERMS, policy=POLICY, min_principal=10_000, max_principal=500_000,
        token=TOKENS[which], token_unit=UNITS[which],
    )  # fmt: skip
    return _encoded("ProductCreated", number, PEOPLE[0], bytes(32), product_to_tuple(product))


def _encoded(name: str, *arguments: Any) -> tuple[tuple[bytes, ...], bytes]:
    """Topics and data of an event, as the contract emits it."""
    entry = next(
        e for e in artifact("LoanMarket").abi if (e["type"], e.get("name")) == ("event", name)
    )
    fields = entry["inputs"]
    types = [canonical_type(one) for one in fields]
    pairs = list(zip(fields, types, arguments, strict=True))
    topics = [encode([kind], [value]) for one, kind, value in pairs if one["indexed"]]
    others = [(kind, value) for one, kind, value in pairs if not one["indexed"]]
    data = encode([kind for kind, _ in others], [value for _, value in others])
    return (signature_hash(name, types), *topics), data


def _digest(parent: bytes, height: int, salt: int) -> bytes:
    return sha256(parent + height.to_bytes(8, "big") + salt.to_bytes(8, "big")).digest()


def _hex(digest: bytes, index: int) -> str:
    return sha256(digest + index.to_bytes(4)).hexdigest()


def kills(number: int, blocks: int = 30, step: int = 1) -> dict[str, int]:
    """Kill an index before its statements, one by one, and let another one go on with the file.

    Args:
        number: the number of the round.
        blocks: length of the chain.
        step: kill it before every so many statements only.

    Raises:
        AssertionError: if what the file holds is not the state after some block.
    """
    chain = MadeChain(number)
    chain.extend(blocks)
    first = list(chain.blocks)
    chain.reorganise(min(DEEPEST, blocks - 5), DEEPEST + 2)
    with ChainIndex.over(None, chain, WATCHED, kept=KEPT) as index:
        index.catch_up()
        whole = contents(index)
    stops, at = 0, 1 + number % step
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "index.sqlite"
        while _is_killed(path, chain, first, at):
            stops += 1
            with ChainIndex.over(path, chain, WATCHED, kept=KEPT) as index:
                found = contents(index)
                assert {row[0] for row in found["events"]} <= {row[0] for row in found["blocks"]}
                index.replay()
                assert contents(index) == found, f"half a block after a kill at {at}"
                index.catch_up()
                assert contents(index) == whole, f"another state after a kill at {at}"
            at += step
            path.unlink()
    return {"kills": stops, "blocks": len(chain.blocks)}


def _is_killed(path: Path, chain: MadeChain, first: list[Block], at: int) -> bool:
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
        with ChainIndex.over(path, chain, WATCHED, kept=KEPT) as index:
            index.catch_up()
            chain.blocks = last
            index.catch_up()
        later = type("Later", (Funds,), {"version": 2})()
        ChainIndex.over(path, chain, WATCHED, kept=KEPT, projections=[later]).close()
        code = 0
    finally:
        os._exit(code)
