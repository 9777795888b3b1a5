"""A chain of made-up blocks, which a test extends and reorganises, as the source of an index."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, TypeVar

from zkcredit.chain.index.chain_source import Header

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.index.chain_source import RawEvent

__all__ = ["Block", "MadeChain", "transaction_of"]

Books = TypeVar("Books")


@dataclass(frozen=True)
class Block(Generic[Books]):
    """A block, its events, and the books after it."""

    header: Header
    events: tuple[RawEvent, ...]
    books: Books


class MadeChain(ABC, Generic[Books]):
    """A source of blocks for an index; each block keeps its books, so a branch has its own.

    Attributes:
        blocks: the chain, from block 0 on.
        asked: called before each answer, for tests that change the chain meanwhile.
        slept: seconds that the index waited.
    """

    network = "1:" + 64 * "0"
    name = "the made chain"

    def __init__(self, seed: int, books: Books) -> None:
        self.random = random.Random(seed)
        first = Header(0, _digest(b"", 0, 0), bytes(32), 1_790_000_000)
        self.blocks = [Block(first, (), books)]
        self.asked: Callable[[str], None] = lambda _: None
        self.slept = 0.0

    @abstractmethod
    def extend(self, number: int = 1) -> None:
        """Add blocks with random events."""

    def reorganise(self, depth: int, length: int) -> None:
        """Replace the last ``depth`` blocks by ``length`` others."""
        del self.blocks[len(self.blocks) - depth :]
        self.extend(length)

    def next_header(self, seconds: int) -> Header:
        """Return the header of a new block, so many seconds after the last one."""
        last = self.blocks[-1].header
        digest = _digest(last.hash, last.number + 1, self.random.getrandbits(64))
        return Header(last.number + 1, digest, last.hash, last.time + seconds)

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


def transaction_of(block: Header, index: int) -> str:
    """Return the hash of the transaction that emitted a block's event."""
    return "0x" + sha256(block.hash + index.to_bytes(4)).hexdigest()


def _digest(parent: bytes, height: int, salt: int) -> bytes:
    return sha256(parent + height.to_bytes(8, "big") + salt.to_bytes(8, "big")).digest()
