"""Trees of arity 8 that change: the replacement of one leaf, at a place that is bound.

``merkle`` proves that a leaf is somewhere in a tree. Here the place is given, and nothing but the
leaf at that place changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.errors import CircuitError, OutOfRange
from zkcredit.gadgets.compare import typed
from zkcredit.gadgets.merkle import ARITY, Tree8
from zkcredit.gadgets.poseidon import assert_poseidon, poseidon, poseidon_gadget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Signal, UInt

__all__ = ["DIGIT_BITS", "SparseTree8", "replace_leaf", "replaced_root"]

DIGIT_BITS = 3
"""Bits of the place of a child among the eight of its node."""


class SparseTree8:
    """A tree of arity 8 that takes leaves one by one, at any place; the other places hold 0.

    Args:
        depth: number of levels of hashing, at least 1; the tree has 8^depth places.
        node_tag: Poseidon domain of the nodes.

    Raises:
        InvalidInput: if the depth is below 1.
    """

    def __init__(self, depth: int, node_tag: int) -> None:
        empty = Tree8(depth, (), node_tag)
        self.depth = depth
        self.node_tag = node_tag
        self._root = empty.root
        self._empty = [children[0] for children in empty.path(0)]
        self._nodes: list[dict[int, int]] = [{} for _ in range(depth)]

    @property
    def root(self) -> int:
        """The hash at the top."""
        return self._root

    def path(self, index: int) -> list[list[int]]:
        """Return, for each level from the leaves up, the eight children that hold the path's node.

        Raises:
            OutOfRange: if the tree has no such place.
        """
        if not 0 <= index < ARITY**self.depth:
            raise OutOfRange("the tree has no such place")
        path = []
        for nodes, empty in zip(self._nodes, self._empty, strict=True):
            first = index - index % ARITY
            path.append([nodes.get(first + i, empty) for i in range(ARITY)])
            index //= ARITY
        return path

    def replace(self, index: int, leaf: int) -> list[list[int]]:
        """Put a leaf at a place, and return the path of that place before.

        Raises:
            OutOfRange: if the tree has no such place, or the leaf is not a field element.
        """
        path, node = self.path(index), leaf
        changed = []
        for children in path:
            changed.append((index, node))
            index, digit = divmod(index, ARITY)
            node = poseidon([*children[:digit], node, *children[digit + 1 :]], self.node_tag)
        for nodes, (place, value) in zip(self._nodes, changed, strict=True):
            nodes[place] = value
        self._root = node
        return path


def replaced_root(
    leaf: int, index: int, path: Sequence[Sequence[int]], *, root: int, node_tag: int
) -> int:
    """Return the root of a tree after the leaf at an index is replaced: what the circuit computes.

    Args:
        leaf: the new leaf.
        index: the place of the leaf.
        path: for each level from the leaves up, the eight children that hold the path's node.
        root: the root before.
        node_tag: Poseidon domain of the nodes.

    Raises:
        CircuitError: if the path has no level, is not of this place, or does not lead to the root.
    """
    before, after = None, leaf
    for children in path:
        index, digit = divmod(index, ARITY)
        if before not in (None, children[digit]):
            raise CircuitError("the path does not hold what its lower levels hash to")
        before = poseidon(children, node_tag)
        after = poseidon([*children[:digit], after, *children[digit + 1 :]], node_tag)
    if before != root or index:
        raise CircuitError("the path does not lead from this place to the root")
    return after


def replace_leaf(
    api: Api,
    leaf: Signal,
    index_bits: Sequence[UInt],
    path: Sequence[Sequence[Signal]],
    *,
    root: Signal,
    node_tag: int,
) -> Signal:
    """Return the root of a tree after the leaf at an index is replaced.

    Adds 818·d constraints for d levels: two hashes of 402, a choice of 7 and a placing of 7.

    Each level takes eight witnessed children. The bits of its digit choose one; from the second
    level on, it must be the hash of the level below, and the hash at the top must be the root. So
    the eight are the children of the old tree. The new children are the old ones, plus the
    difference of new and old at the chosen place, and 0 elsewhere. So old and new tree agree at
    every other place. What the old leaf was is free: any leaf may be replaced.

    Args:
        leaf: the new leaf.
        index_bits: three bits a level, the lowest first, as ``range.to_bits`` returns them.
        path: for each level from the leaves up, the eight children that hold the path's node.
        root: the root before.
        node_tag: Poseidon domain of the nodes.

    Raises:
        CircuitError: if the path has no level, or a level without exactly eight children, or there
            are not three bits for each.
    """
    if not path or any(len(children) != ARITY for children in path):
        raise CircuitError(f"a path must have at least one level, and {ARITY} children in each")
    if len(index_bits) != DIGIT_BITS * len(path):
        raise CircuitError(f"an index must have {DIGIT_BITS} bits for each of {len(path)} levels")
    bits = [typed(bit, 1).value for bit in index_bits]
    with api.gadget("replace"):
        before: Signal | None = None
        after = leaf
        for level, children in enumerate(path):
            digit = bits[DIGIT_BITS * level : DIGIT_BITS * (level + 1)]
            old = _chosen(api, digit, children, before)
            placed = _placed(digit, after - old)
            changed = [child + move for child, move in zip(children, placed, strict=True)]
            if level == len(path) - 1:
                assert_poseidon(api, children, root, node_tag)
            else:
                before = poseidon_gadget(api, children, node_tag)
            after = poseidon_gadget(api, changed, node_tag)
        return after


def _chosen(
    api: Api, digit: Sequence[Signal], children: Sequence[Signal], known: Signal | None
) -> Signal:
    """Return the child at a digit, which must be ``known`` if that is given.

    Adds 7 constraints: four choices by the lowest bit, two by the next, one by the last.
    """
    rest = list(children)
    for bit in digit[:-1]:
        rest = [low + bit * (high - low) for low, high in zip(rest[::2], rest[1::2], strict=True)]
    low, high = rest
    if known is None:
        return low + digit[-1] * (high - low)
    api.assert_product(digit[-1], high - low, known - low)
    return known


def _placed(digit: Sequence[Signal], value: Signal) -> list[Signal]:
    """Return eight signals: the value at a digit, and 0 elsewhere.

    Adds 7 constraints: each bit, the highest first, sends a value one way or the other.
    """
    found = [value]
    for bit in reversed(digit):
        upper = [bit * part for part in found]
        found = [
            side for part, high in zip(found, upper, strict=True) for side in (part - high, high)
        ]
    return found
