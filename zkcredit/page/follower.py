"""Follows the chain for a page, and knows what the page waits for.

One thread reads the chain and writes the index. Readers of the page never make it ask the node.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.chain.contracts.abi import signature_hash
from zkcredit.chain.index.loan_lists import running_sums, sums_after_blocks
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import (
    ChainError,
    DeepReorganisation,
    NodeBehind,
    NodeUnavailable,
    TransactionTimeout,
    ZkCreditError,
)
from zkcredit.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Event

    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.chain.index.chain_index import ChainIndex, Progress
    from zkcredit.chain.nodes.node import Node

__all__ = ["Check", "Compared", "Follower", "Lag", "Status", "Waiting"]

_MOST_COMPARED: Final = 256
_BALANCE_OF: Final = signature_hash("balanceOf", ("address",))[:4]


@dataclass(frozen=True, slots=True)
class Check:
    """What the events of a market sum up to, beside what its token says.

    Attributes:
        held: the sum of all movements, base units.
        balance: the market's balance after the same block; None if the node does not know.
    """

    held: int
    balance: int | None

    @property
    def agrees(self) -> bool | None:
        """Whether both are equal; None if the balance is not known."""
        return None if self.balance is None else self.balance == self.held


class Compared(NamedTuple):
    """A comparison after one block.

    Attributes:
        block: number of the block.
        token: address of the token.
        check: the sum of all movements up to the block, and the balance after it.
    """

    block: int
    token: str
    check: Check


class Lag(NamedTuple):
    """How far a history tree is behind its bureau.

    Attributes:
        waiting: number of openings that the tree has not taken.
        seconds: for how long the oldest of them has waited; 0 if none waits.
        most: for how long one may wait before no record can be proved.
    """

    waiting: int
    seconds: int
    most: int


class Waiting(NamedTuple):
    """What a page waits for.

    Attributes:
        text: in English, with ``{number}`` for the number.
        number: a number of the text.
    """

    text: str
    number: int = 0

    def in_words(self) -> str:
        """Return it in the present language."""
        return tr(self.text, number=self.number)


@dataclass(frozen=True, slots=True)
class Status:
    """How far a page has read.

    Attributes:
        version: a number that grows whenever something changed.
        block: the last block that was read.
        time: its time, Unix seconds; 0 if none was read yet.
        checks: by token, what the market holds after that block.
        waiting: what the page waits for; None if it follows the chain.
        taken_back: number of blocks that were replaced since the page was started.
        lag: how far the history tree is behind; None if the page does not watch one.
        compared: number of comparisons of a sum with a balance: one for each token when the page
            was started, and one after each block for each token that moved in it.
        unequal: how many of them found another balance.
        unknown: how many of them the node could not answer.
    """

    version: int = 0
    block: int = 0
    time: int = 0
    checks: Mapping[str, Check] = field(default_factory=dict)
    waiting: Waiting | None = None
    taken_back: int = 0
    lag: Lag | None = None
    compared: int = 0
    unequal: int = 0
    unknown: int = 0


class Follower:
    """Reads a market's chain into an index.

    Args:
        index: an index with the projection ``LOANS``.
        node: the node that it reads.
        market: address of the market.
        report: called with an error's text, for whoever runs the page; readers see ``waiting``.
        tree: the history tree of the market's bureau, whose lag the page shows; None for none.

    Attributes:
        status: how far the page has read.
        comparisons: the newest comparisons of sums with balances, the oldest first.
        report: see above.
    """

    def __init__(
        self,
        index: ChainIndex,
        node: Node,
        market: str,
        *,
        report: Callable[[str], None],
        tree: HistoryTreeClient | None = None,
    ) -> None:
        self._tree = tree
        self.status = Status(block=index.block, time=index.time)
        self.comparisons: tuple[Compared, ...] = ()
        self._compared_to: int | None = None  # the last block whose sums were compared
        self._index = index
        self._node = node
        self._market = checksum(market)
        self.report = report

    def step(self) -> Status:
        """Read what is new, and return the status; an error becomes what the page waits for."""
        before = self.status
        try:
            progress = self._index.catch_up()
            now = before
            if progress.taken or progress.taken_back or self._compared_to != progress.block:
                now = self._look(before, progress)
        except ZkCreditError as error:
            now = replace(before, waiting=_reason(error))
            if now.waiting != before.waiting:
                self.report(f"{type(error).__name__}: {error}")
        else:
            now = replace(
                now,
                block=progress.block,
                time=progress.time,
                waiting=None,
                taken_back=before.taken_back + progress.taken_back,
            )
        if now != before:
            self.status = replace(now, version=before.version + 1)
        return self.status

    def run(self, stop: Event, every: float) -> None:
        """Read again and again until ``stop`` is set.

        Args:
            stop: ends it.
            every: seconds between two questions for a new block.
        """
        while not stop.is_set():
            self.step()
            stop.wait(every)

    def _lag(self) -> Lag | None:
        if self._tree is None:
            return None
        return Lag(self._tree.waiting(), self._tree.lag(), self._tree.max_lag)

    def _look(self, before: Status, progress: Progress) -> Status:
        """Compare sums with balances after each new block that moved tokens; return the status."""
        last = progress.block
        checks = {
            token: Check(held, self._balance(token, last))
            for token, held in running_sums(self._index, self._market).items()
        }
        if self._compared_to is None:
            kept: tuple[Compared, ...] = ()
            made = [Compared(last, token, check) for token, check in checks.items()]
        else:
            agreed = min(self._compared_to, last - progress.taken)
            kept = tuple(one for one in self.comparisons if one.block <= agreed)
            moved = sums_after_blocks(self._index, self._market, agreed + 1, last, _MOST_COMPARED)
            made = [
                Compared(
                    block, token,
                    checks[token] if block == last else Check(held, self._balance(token, block)),
                )
                for block, token, held in moved
            ]  # fmt: skip
        lag = self._lag()
        self.comparisons = (*kept, *made)[-_MOST_COMPARED:]
        self._compared_to = last
        answers = [one.check.agrees for one in made]
        return replace(
            before,
            checks=checks,
            lag=lag,
            compared=before.compared + len(answers),
            unequal=before.unequal + answers.count(False),
            unknown=before.unknown + answers.count(None),
        )

    def _balance(self, token: str, block: int) -> int | None:
        """Return the market's balance after a block; None if the node does not know it any more."""
        data = _BALANCE_OF + bytes(12) + bytes.fromhex(self._market[2:])
        try:
            return int.from_bytes(self._node.call(token, data, block=block)[:32])
        except NodeUnavailable:
            raise
        except (ChainError, TransactionTimeout):
            return None


def _reason(error: ZkCreditError) -> Waiting:
    """Return what the page waits for; never the error's text, which may name the node."""
    if isinstance(error, NodeBehind):
        text = marked("The node is behind: it does not have block {number} yet.")
        return Waiting(text, error.indexed)
    if isinstance(error, DeepReorganisation):
        text = marked(
            "The node's chain no longer has the last {number} blocks that were read here. Whoever "
            "runs this page must say whether the node is right."
        )
        return Waiting(text, error.depth)
    if isinstance(error, NodeUnavailable):
        return Waiting(
            marked(
                "The node does not answer. What was read stays, and reading goes on when it does."
            )
        )
    if isinstance(error, ChainError):
        return Waiting(
            marked(
                "The events do not follow from each other. Whoever runs this page sees the reason."
            )
        )
    return Waiting(marked("The database cannot be used. Whoever runs this page sees the reason."))
