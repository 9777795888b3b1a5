"""The tree of a bureau's records: what a keeper keeps, and what a borrower proves in."""

from __future__ import annotations

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.bn254.fields import R
from zkcredit.circuits.history_hashes import HISTORY_NODE_TAG, history_leaf
from zkcredit.circuits.history_update import Update
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets.tree_update import SparseTree8
from zkcredit.history.record import HistoryRecord, bureau_word
from zkcredit.schema import HISTORY_DEPTH

__all__ = ["HistoryTree"]


class HistoryTree:
    """A tree of 2^18 places that takes records one by one; a place belongs to one pseudonym."""

    def __init__(self) -> None:
        self._tree = SparseTree8(HISTORY_DEPTH, HISTORY_NODE_TAG)
        self._owners: dict[int, int] = {}  # place → pseudonym
        self._places: dict[int, int] = {}  # and back
        self._records: dict[int, HistoryRecord] = {}

    def __len__(self) -> int:
        return len(self._owners)

    @property
    def root(self) -> int:
        """The hash at the top."""
        return self._tree.root

    def place(self, nullifier: int) -> int | None:
        """Return the place of a pseudonym; None if it has none."""
        return self._places.get(nullifier)

    def record(self, nullifier: int) -> HistoryRecord | None:
        """Return the record of a pseudonym, as the tree has it; None if it has none."""
        return self._records.get(nullifier)

    def path(self, nullifier: int) -> list[list[int]]:
        """Return the path of a pseudonym's leaf, bottom up, eight children a level.

        Raises:
            InvalidInput: if the pseudonym has no leaf.
        """
        place = self.place(nullifier)
        if place is None:
            raise InvalidInput("the pseudonym has no leaf in this tree")
        return self._tree.path(place)

    def replace(self, nullifier: int, record: HistoryRecord, place: int) -> Update:
        """Put a record at the place of its pseudonym, and return what a proof of this step takes.

        Args:
            nullifier: the pseudonym, a field element other than 0.
            record: its present record.
            place: the place that the bureau gave it.

        Raises:
            InvalidInput: if an argument has the wrong type, the place belongs to another pseudonym,
                or the pseudonym has another place.
            OutOfRange: if the tree has no such place, or the pseudonym is not a field element.
        """
        require_instance("the record", record, HistoryRecord)
        if not 0 < require_uint("the pseudonym", nullifier, 254) < R:
            raise OutOfRange("a pseudonym must be a field element other than 0")
        word = bureau_word(record, place)
        if self._owners.get(place, nullifier) != nullifier:
            raise InvalidInput(f"place {place} belongs to another pseudonym")
        if self._places.get(nullifier, place) != place:
            raise InvalidInput(f"the pseudonym has place {self._places[nullifier]}, not {place}")
        path = self._tree.replace(place, history_leaf(nullifier, record.pack()))
        self._owners[place], self._places[nullifier] = nullifier, place
        self._records[nullifier] = record
        return Update(nullifier, word, path)
