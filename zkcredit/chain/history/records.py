"""What an index knows about bureaus and their trees: places, openings, changes, batches.

Numbers of pseudonyms and roots are text of 64 hexadecimal digits, because they have 254 bits and
SQLite's integers 63. The tables follow from the events alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.chain.history import bureau_events as ev
from zkcredit.chain.nodes.node import checksum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.index.chain_source import Header
    from zkcredit.chain.index.projection import Answers, Emitted, Rows

__all__ = [
    "BUREAU",
    "RECORDS",
    "TREE",
    "Batch",
    "Records",
    "StagedBatch",
    "batches_of",
    "behind",
    "last_stage",
    "opening_places",
    "owners_of",
]

BUREAU: Final = "CreditBureau"
TREE: Final = "HistoryTree"

_AT: Final = "block INTEGER NOT NULL, log_index INTEGER NOT NULL"


class Batch(NamedTuple):
    """Records that a tree took.

    Attributes:
        block, log_index: where.
        new_root: root afterwards.
        head: number of openings that the tree has taken.
        words: the bureau's words, each with its place.
    """

    block: int
    log_index: int
    new_root: int
    head: int
    words: tuple[int, ...]


class StagedBatch(NamedTuple):
    """A batch that was written down for a proof.

    Attributes:
        root: root that it is for.
        until: last second at which it counts, Unix.
        pseudonyms: twelve pseudonyms.
        words: their words.
    """

    root: int
    until: int
    pseudonyms: tuple[int, ...]
    words: tuple[int, ...]


class Records:
    """The projection."""

    name = "records"
    version = 1
    tables = (
        f"CREATE TABLE records_leaves ({_AT}, bureau TEXT NOT NULL, place INTEGER NOT NULL, "
        "nullifier TEXT NOT NULL) STRICT",
        f"CREATE TABLE records_openings ({_AT}, bureau TEXT NOT NULL, number INTEGER NOT NULL, "
        "place INTEGER NOT NULL) STRICT",
        f"CREATE TABLE records_changes ({_AT}, bureau TEXT NOT NULL, place INTEGER NOT NULL) "
        "STRICT",
        f"CREATE TABLE records_batches ({_AT}, tree TEXT NOT NULL, new_root TEXT NOT NULL, "
        "head INTEGER NOT NULL, words TEXT NOT NULL) STRICT",
        f"CREATE TABLE records_taken ({_AT}, tree TEXT NOT NULL, place INTEGER NOT NULL) STRICT",
        f"CREATE TABLE records_stages ({_AT}, tree TEXT NOT NULL, root TEXT NOT NULL, "
        "until INTEGER NOT NULL, pseudonyms TEXT NOT NULL, words TEXT NOT NULL) STRICT",
        "CREATE INDEX records_leaf ON records_leaves (bureau, nullifier)",
        "CREATE INDEX records_opening ON records_openings (bureau, number)",
        "CREATE INDEX records_change ON records_changes (bureau, place, block, log_index)",
        "CREATE INDEX records_batch ON records_batches (tree, block, log_index)",
        "CREATE INDEX records_of_place ON records_taken (tree, place, block, log_index)",
        "CREATE INDEX records_stage ON records_stages (tree, block, log_index)",
    )

    def take(self, rows: Rows, block: Header, events: Sequence[Emitted]) -> None:
        """See ``Projection.take``."""
        del block  # every row has its number
        for one in events:
            match one.event:
                case ev.LeafAssigned(nullifier=who, index=place):
                    owner = _text(who)
                    rows.add(
                        "records_leaves", one, bureau=one.address, place=place, nullifier=owner
                    )
                case ev.LoanStarted(nullifier=who):
                    self._opened(rows, one, who)
                case ev.LoanProgressed(nullifier=who) | ev.LoanClosed(nullifier=who):
                    self._changed(rows, one, who)
                case ev.Advanced() as batch:
                    self._taken(rows, one, batch)
                case ev.Staged() as stage:
                    rows.add(
                        "records_stages",
                        one,
                        tree=one.address,
                        root=_text(stage.root),
                        until=stage.until,
                        pseudonyms=_texts(stage.pseudonyms),
                        words=_texts(stage.words),
                    )
                case _:
                    pass

    def _opened(self, rows: Rows, one: Emitted, who: int) -> None:
        place = self._changed(rows, one, who)
        if place is None:  # a pseudonym without a leaf does not enter the queue
            return
        last = rows.ask(
            "SELECT number FROM records_openings WHERE bureau = ? ORDER BY number DESC LIMIT 1",
            one.address,
        )
        number = last[0][0] + 1 if last else 0
        rows.add("records_openings", one, bureau=one.address, number=number, place=place)

    def _changed(self, rows: Rows, one: Emitted, who: int) -> int | None:
        query = "SELECT place FROM records_leaves WHERE bureau = ? AND nullifier = ?"
        found = rows.ask(query, one.address, _text(who))
        if not found:
            return None
        place = int(found[0][0])
        rows.add("records_changes", one, bureau=one.address, place=place)
        return place

    def _taken(self, rows: Rows, one: Emitted, batch: ev.Advanced) -> None:
        rows.add(
            "records_batches",
            one,
            tree=one.address,
            new_root=_text(batch.new_root),
            head=batch.head,
            words=_texts(batch.words),
        )
        for place in {word >> _RECORD_BITS for word in batch.words}:
            rows.add("records_taken", one, tree=one.address, place=place)


_RECORD_BITS: Final = 188

RECORDS: Final = Records()
"""The projection of bureaus and trees."""


def owners_of(index: Answers, bureau: str) -> dict[int, int]:
    """Return the places of a bureau's tree, and the pseudonym of each."""
    found = index.ask(
        "SELECT place, nullifier FROM records_leaves WHERE bureau = ?", checksum(bureau)
    )
    return {place: int(who, 16) for place, who in found}


def opening_places(index: Answers, bureau: str, first: int, most: int) -> tuple[int, ...]:
    """Return the places of at most ``most`` openings, from the number ``first`` on."""
    found = index.ask(
        "SELECT place FROM records_openings WHERE bureau = ? AND number >= ? "
        "ORDER BY number LIMIT ?",
        checksum(bureau),
        first,
        most,
    )
    return tuple(place for (place,) in found)


def batches_of(index: Answers, tree: str, after: tuple[int, int] = (-1, -1)) -> list[Batch]:
    """Return the batches that a tree took after a place in the chain (block and log)."""
    found = index.ask(
        "SELECT block, log_index, new_root, head, words FROM records_batches "
        "WHERE tree = ? AND (block > ? OR block = ? AND log_index > ?) "
        "ORDER BY block, log_index",
        checksum(tree),
        after[0],
        *after,
    )
    return [
        Batch(block, log, int(root, 16), head, _numbers(words))
        for block, log, root, head, words in found
    ]


def last_stage(index: Answers, tree: str) -> StagedBatch | None:
    """Return the batch that was staged last, whether it still counts or not."""
    found = index.ask(
        "SELECT root, until, pseudonyms, words FROM records_stages WHERE tree = ? "
        "ORDER BY block DESC, log_index DESC LIMIT 1",
        checksum(tree),
    )
    if not found:
        return None
    root, until, people, words = found[0]
    return StagedBatch(int(root, 16), until, _numbers(people), _numbers(words))


def behind(index: Answers, bureau: str, tree: str, most: int) -> tuple[int, ...]:
    """Return places whose record changed since the tree took it, those that wait longest first."""
    found = index.ask(
        "SELECT place, MIN(c.block * 1000000 + c.log_index) AS since FROM records_changes AS c "
        "WHERE bureau = ? AND NOT EXISTS (SELECT 1 FROM records_taken AS t WHERE t.tree = ? "
        "AND t.place = c.place AND (t.block > c.block OR t.block = c.block "
        "AND t.log_index > c.log_index)) GROUP BY place ORDER BY since LIMIT ?",
        checksum(bureau),
        checksum(tree),
        most,
    )
    return tuple(place for place, _ in found)


def _text(number: int) -> str:
    return f"{number:064x}"


def _texts(numbers: Sequence[int]) -> str:
    return json.dumps([f"{number:x}" for number in numbers])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in json.loads(text))
