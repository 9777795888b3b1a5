"""``history_update_3`` and ``history_update_12``: a history tree takes records from the bureau.

The public inputs, in this order, are old_root, new_root, and for each update the pseudonym
``nullifier_i`` and the word ``record_i``. The relation, for a chain of roots that begins with
old_root and ends with new_root:

1. ``record_i`` is below 2^206: a record of 188 bits, and above it an index of 18;
2. the next tree has the leaf H(nullifier_i, record) at this index, and agrees with the tree before
   it at every other place.

**What it prevents.** Whoever advances a tree chooses neither the records nor their places: the
contract reads both from the bureau's own storage, where an index belongs to one pseudonym for ever.
So no update can touch a second leaf, drop a loan, or give somebody two leaves. What stood at the
place is free, because the bureau's word replaces it whole.

An update that repeats the one before it changes nothing, so a batch that is not full repeats its
last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from zkcredit.circuits.history_hashes import HISTORY_NODE_TAG, HISTORY_TAG, history_inputs
from zkcredit.gadgets.merkle import ARITY
from zkcredit.gadgets.poseidon import poseidon_gadget
from zkcredit.gadgets.range import to_bits
from zkcredit.gadgets.tree_update import DIGIT_BITS, replace_leaf
from zkcredit.r1cs import Statement
from zkcredit.schema import HISTORY_DEPTH, PUBLIC_INPUTS, RECORD_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.r1cs import Api, Inputs, Signal

__all__ = ["HistoryUpdate3", "HistoryUpdate12", "Update", "update_inputs"]

_INDEX_BITS: Final = DIGIT_BITS * HISTORY_DEPTH
_PATH: Final = HISTORY_DEPTH * ARITY


class _HistoryUpdate(Statement):
    """What the two sizes share.

    Attributes:
        updates: number of updates in a proof.
    """

    updates: ClassVar[int]

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of the module's text, update by update."""
        root: Signal = x.old_root
        for number in range(1, self.updates + 1):
            path: Sequence[Signal] = x.paths[_PATH * (number - 1) : _PATH * number]
            pseudonym = getattr(x, f"nullifier_{number}")
            with api.gadget("update"):
                with api.gadget("record"):
                    bits = to_bits(api, getattr(x, f"record_{number}"), RECORD_BITS + _INDEX_BITS)
                weighted = ((1 << i, bit.value) for i, bit in enumerate(bits[:RECORD_BITS]))
                record = api.linear(weighted)
                leaf = poseidon_gadget(api, history_inputs(pseudonym, record), HISTORY_TAG)
                levels = [path[i : i + ARITY] for i in range(0, _PATH, ARITY)]
                index = bits[RECORD_BITS:]
                root = replace_leaf(api, leaf, index, levels, root=root, node_tag=HISTORY_NODE_TAG)
        with api.gadget("new_root"):
            api.assert_equal(root, x.new_root)


class HistoryUpdate3(_HistoryUpdate):
    """Three updates: what a borrower can prove alone."""

    name = "history_update_3"
    updates: ClassVar[int] = 3
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {"paths": 3 * _PATH}


class HistoryUpdate12(_HistoryUpdate):
    """Twelve updates: what a keeper proves."""

    name = "history_update_12"
    updates: ClassVar[int] = 12
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {"paths": 12 * _PATH}


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a history tree.

    Attributes:
        nullifier: the pseudonym.
        word: its record, and above it its index: the word that the bureau keeps.
        path: the path of the index in the tree before this update, bottom up.
    """

    nullifier: int
    word: int
    path: Sequence[Sequence[int]]


def update_inputs(
    updates: Sequence[Update], *, old_root: int, new_root: int
) -> dict[str, int | Sequence[int]]:
    """Return the values for ``Circuit.witness`` of the statement with as many updates."""
    values: dict[str, int | Sequence[int]] = {"old_root": old_root, "new_root": new_root}
    for number, update in enumerate(updates, 1):
        values |= {f"nullifier_{number}": update.nullifier, f"record_{number}": update.word}
    paths = (child for update in updates for level in update.path for child in level)
    return {**values, "paths": tuple(paths)}
