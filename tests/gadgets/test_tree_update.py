"""One leaf is replaced, at the place that is given, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.gadget_ladder import Ladder
from support.gadgets.tree_paths import flat, levels

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, InvalidInput, OutOfRange
from zkcredit.gadgets.merkle import Tree8
from zkcredit.gadgets.poseidon import domain_tag
from zkcredit.gadgets.range import to_bits
from zkcredit.gadgets.tree_update import SparseTree8, replace_leaf, replaced_root
from zkcredit.r1cs import Builder, UInt

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Inputs

TAG = domain_tag("test-node")
DEPTH = 2
LEAVES = [7, 11, 0, 13, 0, 0, 0, 17, 19, 23]
PLACES = [0, 2, 7, 8, 9, 10, 63]


def replace(api: Api, x: Inputs) -> None:
    bits = to_bits(api, x.index, 3 * DEPTH)
    after = replace_leaf(api, x.leaf, bits, levels(x.path), root=x.root, node_tag=TAG)
    api.assert_equal(after, x.after)


REPLACE = Ladder(replace, leaf=1, index=1, path=8 * DEPTH, root=1, after=1)


def tree() -> SparseTree8:
    found = SparseTree8(DEPTH, TAG)
    for place, leaf in enumerate(LEAVES):
        found.replace(place, leaf)
    return found


def values(place: int, leaf: int = 99) -> dict[str, Any]:
    """Honest inputs that put a leaf at a place."""
    found = tree()
    root = found.root
    path = found.replace(place, leaf)
    return {"leaf": leaf, "index": place, "path": flat(path), "root": root, "after": found.root}


def reference(honest: dict[str, Any], place: int) -> int | None:
    """The root after the leaf is put at a place, if the path is of this place."""
    try:
        return replaced_root(
            honest["leaf"], place, levels(honest["path"]), root=honest["root"], node_tag=TAG
        )
    except CircuitError:
        return None


@given(st.integers(1, 3), st.lists(st.tuples(st.integers(0, 511), st.integers(0, R - 1))))
@settings(max_examples=10, deadline=None)
def test_a_tree_that_changes_has_the_root_of_the_one_made_at_once(
    depth: int, steps: list[tuple[int, int]]
) -> None:
    grown, leaves = SparseTree8(depth, TAG), [0] * 8**depth
    for place, leaf in steps:
        before = grown.root
        path = grown.path(place % 8**depth)
        assert grown.replace(place % 8**depth, leaf) == path
        leaves[place % 8**depth] = leaf
        after = replaced_root(leaf, place % 8**depth, path, root=before, node_tag=TAG)
        assert after == grown.root
    while leaves and not leaves[-1]:
        leaves.pop()
    whole = Tree8(depth, leaves, TAG)
    assert grown.root == whole.root
    for place in {0, len(leaves) // 2, 8**depth - 1}:
        assert grown.path(place) == whole.path(place)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("leaf", [0, R - 1])
def test_any_leaf_is_replaced_by_any_other(place: int, leaf: int) -> None:
    honest = values(place, leaf)
    assert REPLACE.accepts(**honest)
    assert reference(honest, place) == honest["after"]


@pytest.mark.parametrize("place", [0, 10, 63])
@pytest.mark.parametrize("name", ["leaf", "root", "after"])
@pytest.mark.parametrize("change", [1, -1])
def test_another_leaf_or_root_is_refused(place: int, name: str, change: int) -> None:
    honest = values(place)
    assert not REPLACE.accepts(**{**honest, name: (honest[name] + change) % R})


@pytest.mark.parametrize("place", [0, 9, 63])
def test_another_place_is_refused(place: int) -> None:
    honest = values(place)
    for bit in range(3 * DEPTH):
        other = place ^ 1 << bit
        assert not REPLACE.accepts(**{**honest, "index": other})
        assert reference(honest, other) != honest["after"]
    for beyond in (place + 64, R - 1):
        assert not REPLACE.accepts(**{**honest, "index": beyond})


@pytest.mark.parametrize("place", [0, 9])
def test_a_change_of_any_child_is_refused(place: int) -> None:
    honest = values(place)
    path = honest["path"]
    for child in range(len(path)):
        changed = [*path[:child], (path[child] + 1) % R, *path[child + 1 :]]
        assert not REPLACE.accepts(**{**honest, "path": changed})


def test_two_leaves_do_not_change_in_one_step() -> None:
    """The root after two changes, with the path of one of them."""
    found = tree()
    root, path = found.root, found.path(3)
    found.replace(4, 55)
    honest = {"leaf": 99, "index": 3, "path": flat(path), "root": root}
    after_both = found.replace(3, 99) and found.root
    assert not REPLACE.accepts(**honest, after=after_both)
    assert not REPLACE.accepts(**{**honest, "path": flat(found.path(3))}, after=after_both)


def test_paths_that_lead_elsewhere_have_no_root() -> None:
    honest = values(9)
    low, top = levels(honest["path"])
    for path in ([low], [top, low], [low, top, top], [low, top[::-1]], []):
        with pytest.raises(CircuitError):
            replaced_root(99, 9, path, root=honest["root"], node_tag=TAG)


def test_malformed_paths_and_indices_are_refused() -> None:
    builder = Builder(1)
    x = builder.input()
    bit = UInt.unchecked(x, 1)
    for bits, path in (
        ([], []),
        ([bit] * 3, [[x] * 7]),
        ([bit] * 6, [[x] * 8, [x] * 9]),
        ([bit] * 2, [[x] * 8]),
        ([bit] * 6, [[x] * 8]),
        ([x] * 3, [[x] * 8]),
        ([UInt.unchecked(x, 2)] * 3, [[x] * 8]),
    ):
        with pytest.raises(CircuitError):
            replace_leaf(builder, x, bits, path, root=x, node_tag=TAG)


def test_malformed_trees_are_refused() -> None:
    with pytest.raises(InvalidInput):
        SparseTree8(0, TAG)
    found = tree()
    root = found.root
    for place in (-1, 64):
        with pytest.raises(OutOfRange):
            found.path(place)
        with pytest.raises(OutOfRange):
            found.replace(place, 1)
    for leaf in (-1, R):
        with pytest.raises(OutOfRange):
            found.replace(0, leaf)
    assert found.root == root
    assert found.path(0)[0] == LEAVES[:8]
