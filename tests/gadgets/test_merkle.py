from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.gadget_ladder import Ladder
from support.gadgets.tree_paths import flat, levels

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, InvalidInput, OutOfRange
from zkcredit.gadgets.merkle import Tree8, assert_member, member_root, verify_path
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.r1cs import Builder

TAG = domain_tag("test-node")


MEMBER = Ladder(
    lambda api, x: assert_member(api, x.leaf, levels(x.path), x.root, TAG), leaf=1, path=16, root=1
)
ROOT = Ladder(
    lambda api, x: api.assert_equal(member_root(api, x.leaf, levels(x.path), TAG), x.root),
    leaf=1,
    path=16,
    root=1,
)
LEAVES = [poseidon([i], 9) for i in range(20)]
TREE = Tree8(2, LEAVES, TAG)


def _naive_root(depth: int, leaves: list[int]) -> int:
    level = leaves + [0] * (8**depth - len(leaves))
    while len(level) > 1:
        level = [poseidon(level[i : i + 8], TAG) for i in range(0, len(level), 8)]
    return level[0]


def test_a_level_costs_409() -> None:
    assert MEMBER.constraints == 2 * 409
    assert ROOT.constraints == 2 * 409 + 1


@given(st.integers(1, 3), st.lists(st.integers(0, R - 1), max_size=8))
@settings(max_examples=10, deadline=None)
def test_a_sparse_tree_has_the_root_of_the_full_one(depth: int, leaves: list[int]) -> None:
    assert Tree8(depth, leaves, TAG).root == _naive_root(depth, leaves)


def test_a_tree_of_two_full_groups_has_the_naive_root() -> None:
    assert TREE.root == _naive_root(2, LEAVES)
    assert len(TREE) == 20


@pytest.mark.parametrize("place", [0, 7, 8, 19, 20, 63])
def test_every_place_has_a_path(place: int) -> None:
    leaf = LEAVES[place] if place < 20 else 0
    path = TREE.path(place)
    assert verify_path(leaf, path, TREE.root, TAG)
    assert MEMBER.accepts(leaf=leaf, path=flat(path), root=TREE.root)
    assert ROOT.accepts(leaf=leaf, path=flat(path), root=TREE.root)


@pytest.mark.parametrize("wrong", [1, LEAVES[9], R - 1, TREE.root])
def test_another_leaf_is_refused(wrong: int) -> None:
    path = TREE.path(3)
    assert not verify_path(wrong, path, TREE.root, TAG)
    assert not MEMBER.accepts(leaf=wrong, path=flat(path), root=TREE.root)


def test_an_inner_node_does_not_pass_as_a_leaf() -> None:
    node = TREE.path(3)[1][0]
    top = [TREE.path(3)[1]]
    assert verify_path(node, top, TREE.root, TAG)  # true of a tree of depth 1,
    deep = [[node, *[0] * 7], TREE.path(3)[1]]  # but the depth is fixed, and
    assert not verify_path(node, deep, TREE.root, TAG)
    assert not MEMBER.accepts(leaf=node, path=flat(deep), root=TREE.root)
    # a leaf hashed under a leaf tag never equals the hash of eight children under the node tag.
    assert poseidon(TREE.path(3)[0], domain_tag("test-leaf")) != node


def test_a_path_through_another_node_is_refused() -> None:
    for forged in ([TREE.path(3)[0], TREE.path(3)[1][::-1]], [TREE.path(9)[0], TREE.path(3)[1]]):
        assert not verify_path(LEAVES[3], forged, TREE.root, TAG)
        assert not MEMBER.accepts(leaf=LEAVES[3], path=flat(forged), root=TREE.root)
    path = flat(TREE.path(3))
    for place in range(16):
        changed = [*path[:place], (path[place] + 1) % R, *path[place + 1 :]]
        assert not MEMBER.accepts(leaf=LEAVES[3], path=changed, root=TREE.root)


def test_another_root_or_tag_is_refused() -> None:
    path = TREE.path(3)
    assert not MEMBER.accepts(leaf=LEAVES[3], path=flat(path), root=(TREE.root + 1) % R)
    other = Tree8(2, LEAVES, 5)
    assert not MEMBER.accepts(leaf=LEAVES[3], path=flat(other.path(3)), root=other.root)
    assert not verify_path(LEAVES[3], [level[:7] for level in path], TREE.root, TAG)


def test_malformed_trees_and_paths_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Tree8(0, [], TAG)
    with pytest.raises(InvalidInput):
        Tree8(1, [1] * 9, TAG)
    for leaf in (R, -1):
        with pytest.raises(OutOfRange):
            Tree8(1, [leaf], TAG)
    for place in (-1, 64):
        with pytest.raises(OutOfRange):
            TREE.path(place)
    builder = Builder(1)
    x = builder.input()
    for path in ([], [[x] * 7], [[x] * 8, [x] * 9]):
        with pytest.raises(CircuitError):
            member_root(builder, x, path, TAG)
