"""An index of a deployment's events: it catches up with a chain, follows it, and goes back with it.

::

    contracts = loans_watched(node, deployment.market, deployment.block)
    with ChainIndex.open("index.sqlite", node, contracts) as index:
        for progress in index.follow():
            print(progress.block, held_of(index, deployment.market))

Far from the head, events are read for thousands of blocks at once. Near it, every block is read,
and must name the block before it. If the chain no longer has the last block, the index goes back
to the last one that both have, and deletes what came after.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.index.chain_source import NodeSource
from zkcredit.chain.index.loans import LOANS
from zkcredit.chain.index.postgres import PostgresStore, is_postgres
from zkcredit.chain.index.store import Identity, Store
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import DeepReorganisation, InvalidInput, NodeBehind, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from zkcredit.chain.index.chain_source import Header, RawEvent, Source
    from zkcredit.chain.index.projection import Projection
    from zkcredit.chain.nodes.node import Node

__all__ = ["KEPT", "ChainIndex", "Progress", "Watched"]

KEPT: Final = 64
"""Blocks by which a chain may be reorganised, by default: two epochs of Ethereum."""

_AT_ONCE: Final = 5_000  # blocks in one transaction, far from the head
_TRIES: Final = 8  # in a row that find the chain changed meanwhile
_PAUSE: Final = 0.25  # seconds between two of these


@dataclass(frozen=True, slots=True)
class Watched:
    """The contracts of an index.

    Attributes:
        since: the first block whose events count.
        contracts: the name of each contract, such as "LoanMarket", by its address.
    """

    since: int
    contracts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """What a call of ``ChainIndex.catch_up`` did.

    Attributes:
        block: number of the last block that was read.
        time: its timestamp, Unix seconds.
        taken: number of blocks that were read.
        taken_back: number of blocks that the chain no longer has.
        events: number of events in the blocks that were read.
    """

    block: int
    time: int
    taken: int
    taken_back: int
    events: int


class _Moved(Exception):  # private: the chain, or the file, changed between two questions
    pass


class ChainIndex:
    """An open index; make one with ``open``. Threads may share it.

    Use it as a context manager, or call ``close``.
    """

    def __init__(self, source: Source, store: Store, kept: int) -> None:
        self._source = source
        self._store = store
        self._kept = kept

    @classmethod
    def open(
        cls,
        path: Path | str | None,
        node: Node,
        contracts: Watched,
        *,
        projections: Sequence[Projection] = (LOANS,),
        kept: int = KEPT,
    ) -> Self:
        """Open an index, or make a new one if the file does not exist.

        If the file has other projections than these, or other versions of them, they are computed
        from the events in the file.

        Args:
            path: SQLite file, made with mode 0600, or the URL of a PostgreSQL database,
                ``postgresql://user@host/database``; None keeps the index in memory.
            node: the node to read from.
            contracts: the contracts whose events are read.
            projections: what is computed from the events.
            kept: number of blocks by which the chain may be reorganised.

        Raises:
            InvalidInput: if the path cannot be opened or made, or a projection is not acceptable.
            OtherIndex: if the file belongs to another chain, other contracts or another version.
            DamagedFile: if the file is not an index, or it is corrupted.
            WalletError: if another process keeps the file locked.
            NodeUnavailable: if the node does not answer, or ends before the first block.
        """
        require_instance("the contracts", contracts, Watched)
        return cls.over(
            path,
            NodeSource(node, tuple(contracts.contracts)),
            contracts,
            projections=projections,
            kept=kept,
        )

    @classmethod
    def over(
        cls,
        path: Path | str | None,
        source: Source,
        contracts: Watched,
        *,
        projections: Sequence[Projection] = (LOANS,),
        kept: int = KEPT,
    ) -> Self:
        """Open an index over another source than a node; see ``open``."""
        require_uint("kept", kept, 20, minimum=1)
        # Block 0 never has events, and every block that has some needs one before it.
        since = max(require_uint("since", contracts.since, 40), 1)
        if not contracts.contracts:
            raise InvalidInput("an index needs a contract to watch")
        names = {checksum(address): name for address, name in contracts.contracts.items()}
        for name in names.values():
            abi_of(name)  # known to the library

        def base() -> Header:
            found = source.header(since - 1)
            if found is None:
                raise NodeBehind(
                    f"{source.name} does not have block {since - 1}, before the first of the index",
                    source.head(),
                    since - 1,
                )
            return found

        identity = Identity(source.network, since, names)
        if isinstance(path, str) and is_postgres(path):
            return cls(source, PostgresStore(path, identity, projections, base), kept)
        return cls(source, Store(path, identity, projections, base), kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ChainIndex of {self._source.network} up to block {self.block}>"

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._store.close()

    @property
    def block(self) -> int:
        """The number of the last block that was read."""
        return self._store.last().number

    @property
    def time(self) -> int:
        """The timestamp of the last block that was read, Unix seconds."""
        return self._store.last().time

    def catch_up(self) -> Progress:
        """Read everything up to the node's latest block.

        Whatever ends it, the index is in the state after some block, and a next call goes on.

        Raises:
            NodeUnavailable: if the node does not answer, or its answers do not fit each other.
            NodeBehind: if the node's chain ends before a block that was read.
            DeepReorganisation: if the chain was reorganised further back than the index keeps.
            ChainError: if an event does not have the type that the contract gives it.
            WalletError: if another process keeps the file locked, or the index is closed.
        """
        taken = taken_back = events = failed = 0
        while True:
            try:
                step = self._step()
            except _Moved as moved:
                failed += 1
                if failed == _TRIES:
                    raise NodeUnavailable(
                        f"{self._source.name} gives blocks that do not fit each other: {moved}"
                    ) from None
                self._source.sleep(_PAUSE)
                continue
            if step is None:
                break
            failed = 0
            taken, taken_back, events = taken + step[0], taken_back + step[1], events + step[2]
        last = self._store.last()
        return Progress(last.number, last.time, taken, taken_back, events)

    def follow(self, *, every: float = 1.0) -> Iterator[Progress]:
        """Catch up again and again, and yield what was done each time, without an end.

        After an error, call it again: nothing that was read is lost.

        Args:
            every: seconds between two questions for a new block.

        Raises:
            ChainError, WalletError: if ``catch_up`` raises it.
        """
        while True:
            yield self.catch_up()
            self._source.sleep(every)

    def rewind(self, block: int) -> None:
        """Take back all blocks after ``block``, or after the newest kept block before it.

        ``catch_up`` reads them again. This is the answer to ``DeepReorganisation``, once it is
        certain that the node is right.
        """
        last = self._store.last()
        number = self._store.newest(require_uint("the block", block, 40)).number
        if not self._store.rewind(last, number):
            raise InvalidInput("another process changed the index at the same time; try again")

    def replay(self) -> None:
        """Compute all projections again from the kept events."""
        self._store.replay()

    def ask(self, query: str, *values: str | int | bytes) -> list[tuple[Any, ...]]:
        """Return the result of a query of the projections' tables.

        Raises:
            InvalidInput: if the query does anything else.
            WalletError: if the index is closed.
        """
        return self._store.ask(query, values)

    # --- one step ---------------------------------------------------------------------------------

    def _step(self) -> tuple[int, int, int] | None:
        """Go back, or go on by one piece; return blocks taken, taken back, and events, or None."""
        head, last = self._source.head(), self._store.last()
        where = last if last.number <= head else self._store.newest(head)
        found = self._source.header(where.number)
        if found is not None and found.hash != where.hash:
            return self._back(last, where.number)
        if last.number > head or found is None:
            raise NodeBehind(
                f"{self._source.name} is behind: it has block {head}, and block {last.number} "
                "was read before; ask a node that has it, or wait",
                head,
                last.number,
            )
        if head == last.number:
            return None
        if head - last.number > self._kept:
            return self._far(last, min(last.number + _AT_ONCE, head - self._kept))
        return self._near(last, head)

    def _back(self, last: Header, highest: int) -> tuple[int, int, int]:
        """Go back to the newest kept block that is on the chain."""
        ancestor = self._newest_on_chain(highest, last.number - self._kept)
        if ancestor is None:
            raise self._too_deep(last)
        if not self._store.rewind(last, ancestor):
            raise _Moved("the file changed")
        return 0, last.number - ancestor, 0

    def _newest_on_chain(self, highest: int, lowest: int) -> int | None:
        for kept in self._store.down_from(highest, lowest):
            if self._is_on_chain(kept):
                return kept.number
        return None

    def _is_on_chain(self, kept: Header) -> bool:
        found = self._source.header(kept.number)
        return found is not None and found.hash == kept.hash

    def _too_deep(self, last: Header) -> DeepReorganisation:
        # If a block is on the chain, all before it are, so a bisection finds the last one.
        older = self._store.down_from(last.number - self._kept - 1, 0)[::-1]
        below, above = 0, len(older)
        while below < above:
            middle = (below + above) // 2
            if self._is_on_chain(older[middle]):
                below = middle + 1
            else:
                above = middle
        ancestor = older[below - 1].number if below else -1
        depth = last.number - max(ancestor, 0)
        advice = (
            f"rewind({ancestor}) takes them back, and the next call reads the chain from there"
            if below
            else "not even the first block is on it; remove the file, and the chain is read again"
        )
        return DeepReorganisation(
            f"the chain of {self._source.name} no longer has the last {depth} blocks that were "
            f"read, and the index goes back {self._kept} by itself; make sure that the node is "
            f"right: {advice}",
            depth,
            self._kept,
            ancestor,
        )

    def _far(self, last: Header, end: int) -> tuple[int, int, int]:
        """Take the blocks that have events, and the last one, of a range that has settled."""
        first, edge = self._header(last.number + 1), self._header(end)
        _require_next(last, first)
        events = self._events(last.number + 1, end)
        numbers = sorted({event.block for event in events} | {end})
        blocks = [edge if number == end else self._header(number) for number in numbers]
        if not self._is_on_chain(edge):
            raise _Moved(f"block {end} was replaced")
        by_block = {block.number: block for block in blocks}
        for event in events:
            _require_of(by_block[event.block], event)
        self._advance(last, blocks, events)
        return end - last.number, 0, len(events)

    def _near(self, last: Header, head: int) -> tuple[int, int, int]:
        """Take every block up to the head, each in a transaction of its own."""
        blocks, before = [], last
        for number in range(last.number + 1, head + 1):
            block = self._header(number)
            _require_next(before, block)
            blocks.append(block)
            before = block
        events = self._events(last.number + 1, head)
        if not self._is_on_chain(before):
            raise _Moved(f"block {head} was replaced")
        several = {
            number: list(group) for number, group in groupby(events, key=lambda event: event.block)
        }
        before = last
        for block in blocks:
            own = several.get(block.number, [])
            for event in own:
                _require_of(block, event)
            self._advance(before, [block], own)
            before = block
        return len(blocks), 0, len(events)

    def _advance(self, last: Header, blocks: Sequence[Header], events: Sequence[RawEvent]) -> None:
        if not self._store.advance(last, blocks, events, self._kept):
            raise _Moved("the file changed")

    def _header(self, number: int) -> Header:
        found = self._source.header(number)
        if found is None:
            raise _Moved(f"block {number} is missing")
        return found

    def _events(self, since: int, until: int) -> Sequence[RawEvent]:
        events = self._source.events(since, until)
        places = [(event.block, event.index) for event in events]
        if any(not since <= block <= until for block, _ in places) or any(
            later <= one for one, later in pairwise(places)
        ):
            raise _Moved("events are repeated or out of order")
        return events


def _require_next(before: Header, block: Header) -> None:
    if block.parent != before.hash:
        raise _Moved(f"block {block.number} does not follow block {before.number}")


def _require_of(block: Header, event: RawEvent) -> None:
    if event.block_hash != block.hash:
        raise _Moved(f"an event belongs to another block {block.number}")
