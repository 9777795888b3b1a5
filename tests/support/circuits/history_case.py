"""One borrower with a history, the oracle of what may be proved about it, and its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.history.records import EXACT, RECORD

from zkcredit.bn254.fields import R
from zkcredit.circuits.hashes import nullifier
from zkcredit.circuits.history import HistoryWitness
from zkcredit.circuits.history_hashes import HISTORY_NODE_TAG, HISTORY_TAG, history_leaf
from zkcredit.circuits.history_update import Update, update_inputs
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.gadgets.tree_update import SparseTree8
from zkcredit.history import HistoryTree
from zkcredit.schema import HISTORY_DEPTH, HISTORY_RECORD, HISTORY_TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.history import HistoryRecord, HistoryTerms


@dataclass(frozen=True)
class HistoryCase:
    """Everything that decides one proof about a record."""

    record: HistoryRecord = RECORD
    terms: HistoryTerms = EXACT
    secret: int = 2**251 + 9
    scope: int = 2**246 + 5
    history_scope: int = 2**246 + 6
    place: int = 77
    context: int = 2**247 + 13

    def values(self) -> dict[str, int | Sequence[int]]:
        """The inputs of ``history``."""
        return self.values_of(self.record.pack())

    def values_of(self, word: int) -> dict[str, int | Sequence[int]]:
        """The inputs with any word in place of the record, which stands in the tree."""
        tree = SparseTree8(HISTORY_DEPTH, HISTORY_NODE_TAG)
        tree.replace(self.place ^ 1, history_leaf(4, RECORD.pack()))
        pseudonym = nullifier(self.secret, self.history_scope)
        tree.replace(self.place, history_leaf(pseudonym, word))
        return HistoryWitness(self.secret, word, tree.path(self.place)).inputs(
            terms=self.terms.pack(),
            context=self.context,
            history_root=tree.root,
            history_scope=self.history_scope,
            scope=self.scope,
        )


def history_relation_holds(v: Mapping[str, Any]) -> bool:
    """Whether the values satisfy ``history``, by hashes and comparisons of integers."""
    if v["nullifier"] != nullifier(v["secret"], v["scope"]):
        return False
    return record_relation_holds(v)


def record_relation_holds(v: Mapping[str, Any]) -> bool:
    """Whether the record stands in the tree and meets the terms."""
    pseudonym = nullifier(v["secret"], v["history_scope"])
    node = poseidon([pseudonym, v["record"]], HISTORY_TAG)
    for i in range(0, 48, 8):
        children = v["history_path"][i : i + 8]
        if node not in children:
            return False
        node = poseidon(children, HISTORY_NODE_TAG)
    if node != v["history_root"] or v["record"] >= 2**188 or v["terms"] >= 2**164:
        return False
    own, asked = (
        unpacked(v["record"], HISTORY_RECORD),
        unpacked(v["terms"], HISTORY_TERMS),
    )
    return (
        own["repaid"] >= asked["min_repaid"]
        and own["on_time"] >= asked["min_on_time"]
        and own["late"] <= asked["max_late"]
        and own["defaults"] <= asked["max_defaults"]
        and own["open"] <= asked["max_open"]
        and own["good_until"] >= asked["today"]
        and own["largest"] >= asked["min_largest"]
        and own["first_day"] <= asked["first_day_limit"]
        and own["last_bad_day"] <= asked["last_bad_day_limit"]
    )


def unpacked(word: int, widths: Mapping[str, int]) -> dict[str, int]:
    """The fields of a word, unpacked independently of the library."""
    found, shift = {}, 0
    for name, bits in widths.items():
        found[name] = word >> shift & ((1 << bits) - 1)
        shift += bits
    return found


# --- updates --------------------------------------------------------------------------------------


def updates(steps: Sequence[tuple[int, HistoryRecord, int]]) -> dict[str, int | Sequence[int]]:
    """The inputs of ``history_update`` for (pseudonym, record, place) after two old records."""
    tree = HistoryTree()
    tree.replace(1, RECORD, 0)
    tree.replace(2, RECORD, 70)
    before = tree.root
    done: list[Update] = [tree.replace(*step) for step in steps]
    return update_inputs(done, old_root=before, new_root=tree.root)


def update_relation_holds(v: Mapping[str, Any], count: int) -> bool:
    """Whether the values satisfy ``history_update``, by hashes of integers."""
    root = v["old_root"]
    for number in range(1, count + 1):
        word, pseudonym = v[f"record_{number}"], v[f"nullifier_{number}"]
        path = v["paths"][48 * (number - 1) : 48 * number]
        if word >= 2**206:
            return False
        index, old, new = word >> 188, None, poseidon([pseudonym, word % 2**188], HISTORY_TAG)
        for i in range(0, 48, 8):
            children = list(path[i : i + 8])
            index, digit = divmod(index, 8)
            if old not in (None, children[digit]):
                return False
            old = poseidon(children, HISTORY_NODE_TAG)
            children[digit] = new
            new = poseidon(children, HISTORY_NODE_TAG)
        if old != root:
            return False
        root = new
    return root == v["new_root"] and 0 <= root < R
