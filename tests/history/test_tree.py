"""The tree of a bureau's records: a place for each pseudonym, and a step for each proof."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.history.records import RECORD

from zkcredit.bn254.fields import R
from zkcredit.circuits.history_hashes import HISTORY_NODE_TAG, history_leaf
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets.merkle import Tree8, verify_path
from zkcredit.history import HistoryTree, bureau_word


def test_a_tree_takes_records_and_replaces_them() -> None:
    tree = HistoryTree()
    assert len(tree) == 0
    first = tree.replace(5, RECORD, 0)
    before = tree.root
    step = tree.replace(6, RECORD, 1)
    assert (step.nullifier, step.word) == (6, bureau_word(RECORD, 1))
    assert verify_path(0, step.path, before, HISTORY_NODE_TAG)
    later = replace(RECORD, on_time=36)
    tree.replace(5, later, 0)
    leaves = [history_leaf(5, later.pack()), history_leaf(6, RECORD.pack())]
    assert tree.root == Tree8(6, leaves, HISTORY_NODE_TAG).root
    assert (tree.place(5), tree.place(6), tree.place(7), len(tree)) == (0, 1, None, 2)
    assert verify_path(leaves[1], tree.path(6), tree.root, HISTORY_NODE_TAG)
    assert first.path != tree.path(5)


def test_the_same_record_again_changes_nothing() -> None:
    tree = HistoryTree()
    tree.replace(5, RECORD, 9)
    root = tree.root
    tree.replace(5, RECORD, 9)
    assert tree.root == root


def test_the_last_place_is_a_place() -> None:
    tree = HistoryTree()
    tree.replace(5, RECORD, 8**6 - 1)
    leaf = history_leaf(5, RECORD.pack())
    assert verify_path(leaf, tree.path(5), tree.root, HISTORY_NODE_TAG)


@pytest.mark.parametrize(
    ("pseudonym", "place", "error"),
    [
        (6, 3, InvalidInput),  # the place of another
        (5, 4, InvalidInput),  # two leaves of one
        (7, -1, OutOfRange),
        (7, 8**6, OutOfRange),
        (7, None, InvalidInput),
        (0, 4, OutOfRange),
        (R, 4, OutOfRange),
        (-1, 4, OutOfRange),
        (None, 4, InvalidInput),
        ("7", 4, InvalidInput),
    ],
)
def test_a_step_that_breaks_a_rule_changes_nothing(
    pseudonym: int, place: int, error: type[Exception]
) -> None:
    tree = HistoryTree()
    tree.replace(5, RECORD, 3)
    root = tree.root
    with pytest.raises(error):
        tree.replace(pseudonym, RECORD, place)
    assert (tree.root, len(tree), tree.place(5)) == (root, 1, 3)


def test_what_is_no_record_is_refused() -> None:
    tree = HistoryTree()
    for wrong in (None, 5, RECORD.pack(), {}):
        with pytest.raises(InvalidInput):
            tree.replace(5, wrong, 0)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="no leaf"):
        tree.path(5)
