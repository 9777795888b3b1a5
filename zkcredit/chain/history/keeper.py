"""The keeper of a history tree: puts the records that wait into the tree, one proof at a time.

The keeper keeps nothing of its own. Its copy of the tree is computed from an index of the chain's
events, so it resumes where the chain is, whatever stopped it. Its transactions go through the
outbox with a key made of the batch, so an interrupted one is finished and none is sent twice.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit.chain.history.bureau import BATCH_SIZES, HistoryTreeClient
from zkcredit.chain.history.records import (
    BUREAU,
    TREE,
    batches_of,
    behind,
    last_stage,
    owners_of,
)
from zkcredit.chain.index.chain_index import ChainIndex, Watched
from zkcredit.errors import ChainError, InvalidInput, TransactionReverted
from zkcredit.history import HistoryTree, read_bureau_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.circuits.history_update import Update
    from zkcredit.groth16.keys import Proof, ProvingKey

__all__ = ["Keeper", "Outcome", "Step", "TreeCopy", "history_watched"]

_SMALL, _LARGE = BATCH_SIZES
_LOST: Final = frozenset(
    {"NotStaged", "NotTheOldest", "OpeningUnknown", "ProofInvalid", "StagePending"}
)
"""Refusals that say that the chain moved on since the batch was made."""

_TRIES: Final = 2  # batches that were lost before one is staged


class Outcome(Enum):
    """How a step of a keeper ended."""

    ADVANCED = "advanced"
    """The tree took a batch."""
    STAGED = "staged"
    """The oldest openings were written down; the next step proves them."""
    LOST = "lost"
    """The chain moved on in between; nothing changed, and the next step tries again."""
    IDLE = "idle"
    """Nothing waits."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a keeper did in one step.

    Attributes:
        outcome: how it ended.
        root: root of the tree afterwards, as the keeper knows it.
        openings: number of openings that the step took.
        records: number of records that it put in.
        receipt: the transaction, if one was sent and accepted.
    """

    outcome: Outcome
    root: int
    openings: int = 0
    records: int = 0
    receipt: Receipt | None = None


def history_watched(tree: HistoryTreeClient) -> Watched:
    """Return what an index for a tree watches: the tree and its bureau, from ``since`` on."""
    require_instance("the tree", tree, HistoryTreeClient)
    return Watched(tree.since, {tree.bureau.address: BUREAU, tree.address: TREE})


class TreeCopy:
    """A copy of a tree's records, computed from an index with the projection ``RECORDS``.

    Args:
        index: the index.
        bureau: address of the bureau.
        tree: address of the tree.
    """

    def __init__(self, index: ChainIndex, bureau: str, tree: str) -> None:
        self._index, self._bureau, self._tree_address = index, bureau, tree
        self._tree, self._head = HistoryTree(), 0
        self._last: tuple[int, int, int] | None = None  # block, log and root of the last batch

    @property
    def tree(self) -> HistoryTree:
        """The records as of the index's last block."""
        return self._tree

    @property
    def head(self) -> int:
        """Number of openings that the tree has taken."""
        return self._head

    def follow(self) -> None:
        """Take over what the index has read since; start again if the chain was reorganised.

        Raises:
            ChainError: if the events do not make the roots that they name.
        """
        if self._last is not None and not self._has(*self._last):
            self._forget()
        after = (-1, -1) if self._last is None else self._last[:2]
        batches = batches_of(self._index, self._tree_address, after)
        if not batches:
            return
        owners = owners_of(self._index, self._bureau)
        for batch in batches:
            for word in batch.words:
                record, place = read_bureau_word(word)
                if place not in owners:
                    raise ChainError(f"nobody was given place {place} of the tree")
                self._tree.replace(owners[place], record, place)
            if self._tree.root != batch.new_root:
                self._forget()
                raise ChainError(
                    f"the records in block {batch.block} do not make the tree's root: the index "
                    "begins after the bureau or the tree, or the node left events out"
                )
            self._head = batch.head
            self._last = (batch.block, batch.log_index, batch.new_root)

    def _has(self, block: int, log: int, root: int) -> bool:
        found = batches_of(self._index, self._tree_address, (block, log - 1))
        return bool(found) and (found[0].block, found[0].log_index, found[0].new_root) == (
            block,
            log,
            root,
        )

    def _forget(self) -> None:
        self._tree, self._head, self._last = HistoryTree(), 0, None


class Keeper:
    """Advances one tree. ``step`` does one thing, or nothing, and can be stopped at any point.

    Args:
        tree: the tree.
        index: an index of ``history_watched(tree)`` with the projection ``RECORDS``.
        keys: for each size of batch the proving keys, one for each verifier, in their order. Those
            of twelve may be left out: such a keeper takes three records at a time, and waits
            while somebody has staged twelve.
        by: who pays.

    Raises:
        InvalidInput: if a key is missing.
    """

    def __init__(
        self,
        tree: HistoryTreeClient,
        index: ChainIndex,
        keys: Mapping[int, Sequence[ProvingKey]],
        *,
        by: TransactionSender,
    ) -> None:
        self._client = require_instance("the tree", tree, HistoryTreeClient)
        self._index = require_instance("the index", index, ChainIndex)
        for size, verifiers in tree.verifiers.items():
            if size == _LARGE and size not in keys:
                continue
            if len(keys.get(size, ())) != len(verifiers):
                raise InvalidInput(
                    f"the tree demands {len(verifiers)} proofs of history_update_{size}: give as "
                    "many proving keys"
                )
        self._keys, self._by = keys, by
        self._copy = TreeCopy(index, tree.bureau.address, tree.address)
        self._lost = 0

    def step(self, wanted: Sequence[int] = ()) -> Step:
        """Put what waits into the tree: openings first, then records that changed.

        Args:
            wanted: pseudonyms whose records are put in at any rate, if there is room.

        Raises:
            ChainError, NodeUnavailable: if the chain cannot be read, or does not fit its events.
            TransactionReverted: if the contract refused for another reason than that the chain
                moved on.
        """
        self._index.catch_up()
        self._copy.follow()
        block, tree = self._index.block, self._copy.tree
        if self._client.root(block=block) != tree.root:
            raise ChainError("the node's tree has another root than its events make")
        staged = self._pending()
        if staged is not None and _LARGE not in self._keys:
            return Step(Outcome.IDLE, tree.root)
        if staged is not None:
            return self._finish(*staged)
        bureau = self._client.bureau
        openings = bureau.openings(self._copy.head, _LARGE, block=block).places
        owners = owners_of(self._index, bureau.address)
        if self._lost >= _TRIES and openings and _LARGE in self._keys:
            return self._stage([owners[place] for place in openings])
        people = self._batch(openings, owners, wanted)
        if not people:
            return Step(Outcome.IDLE, tree.root)
        words = bureau.words(people, block=block)
        updates, after = self._updated(people, words)
        if after.root == tree.root and not openings:
            return Step(Outcome.IDLE, tree.root)
        taken = min(len(people) - 1, len(openings))
        return self._send(people, updates, after.root, taken, words=None)

    def _batch(
        self, openings: Sequence[int], owners: Mapping[int, int], wanted: Sequence[int]
    ) -> list[int]:
        """Return the pseudonyms of a batch, made up to its size by repetition."""
        places = {who: place for place, who in owners.items()}
        unknown = [who for who in wanted if who not in places]
        if unknown:
            raise InvalidInput("a pseudonym has no place in the tree: it never had a loan")
        more = [places[who] for who in wanted]
        more += behind(self._index, self._client.bureau.address, self._client.address, _LARGE)
        rest = [place for place in dict.fromkeys(more) if place not in openings]
        few = len(openings) < _SMALL and len(openings) + len(rest) <= _SMALL
        size = _SMALL if few or _LARGE not in self._keys else _LARGE
        chosen = [*openings[: size - 1], *rest][:size]
        if not chosen:
            return []
        chosen += [chosen[-1]] * (size - len(chosen))
        return [owners[place] for place in chosen]

    def _pending(self) -> tuple[tuple[int, ...], tuple[int, ...], int] | None:
        """Return what is staged and must come next: pseudonyms, words, number of openings."""
        stage = self._client.staged()
        known = None if stage is None else last_stage(self._index, self._client.address)
        if stage is None or known is None or known.root != self._copy.tree.root:
            return None
        return known.pseudonyms, known.words, stage.count

    def _finish(self, people: Sequence[int], words: Sequence[int], taken: int) -> Step:
        updates, after = self._updated(people, words)
        return self._send(people, updates, after.root, taken, words=words)

    def _updated(
        self, people: Sequence[int], words: Sequence[int]
    ) -> tuple[list[Update], HistoryTree]:
        """Return the updates of a batch, and a copy of the tree after them."""
        after = deepcopy(self._copy.tree)
        pairs = zip(people, map(read_bureau_word, words), strict=True)
        return [after.replace(who, record, place) for who, (record, place) in pairs], after

    def _stage(self, people: Sequence[int]) -> Step:
        key = f"{self._client.address} stage {self._copy.tree.root:064x} {self._copy.head}"
        try:
            receipt = self._client.stage(people, by=self._by, idempotency_key=key)
        except TransactionReverted as refusal:
            return self._moved_on(refusal)
        return Step(Outcome.STAGED, self._copy.tree.root, receipt=receipt)

    def _send(
        self,
        people: Sequence[int],
        updates: Sequence[Update],
        new_root: int,
        taken: int,
        *,
        words: Sequence[int] | None,
    ) -> Step:
        old_root = self._copy.tree.root
        proofs = _proofs(self._keys[len(people)], updates, old_root, new_root)
        key = f"{self._client.address} {old_root:064x} {new_root:064x} {self._copy.head}"
        try:
            if words is None:
                receipt = self._client.advance(
                    people, new_root, proofs, by=self._by, idempotency_key=key
                )
            else:
                receipt = self._client.advance_staged(
                    people, words, new_root, proofs, by=self._by, idempotency_key=f"{key} staged"
                )
        except TransactionReverted as refusal:
            return self._moved_on(refusal)
        self._lost = 0
        return Step(Outcome.ADVANCED, new_root, taken, len({*people}), receipt)

    def _moved_on(self, refusal: TransactionReverted) -> Step:
        if refusal.error not in _LOST:
            raise refusal
        self._lost += 1
        return Step(Outcome.LOST, self._copy.tree.root)


def _proofs(
    keys: Sequence[ProvingKey], updates: Sequence[Update], old_root: int, new_root: int
) -> list[Proof]:
    # numpy and the kernel are loaded by the first proof
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.history_update import update_inputs
    from zkcredit.groth16 import prove

    circuit = get_circuit(f"history_update_{len(updates)}")
    witness = circuit.witness(update_inputs(updates, old_root=old_root, new_root=new_root))
    return [prove(key, witness, system=circuit.system) for key in keys]
