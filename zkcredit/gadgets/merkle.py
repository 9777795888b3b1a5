"""Trees of arity 8, and membership without an index.

A node is the Poseidon hash of its eight children under the tree's own node tag. So neither a leaf,
which is hashed under another tag, nor a node of another tree can stand for it. Empty places are
leaves with the value 0. Of the arities 2, 4, 8 and 16, eight is the cheapest for each bit of depth:
136 constraints against 241 for a binary tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, InvalidInput, OutOfRange
from zkcredit.gadgets.poseidon import assert_poseidon, poseidon, poseidon_gadget

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkcredit.r1cs import Api, Signal

__all__ = ["ARITY", "Tree8", "assert_member", "member_root", "verify_path"]

ARITY = 8


class Tree8:
    """A sparse tree of arity 8 over field elements.

    Args:
        depth: number of levels of hashing, at least 1; the tree has 8^depth places.
        leaves: the leaves from index 0 on; the other places hold 0.
        node_tag: Poseidon domain of the nodes.

    Raises:
        InvalidInput: if the depth is below 1, or there are more leaves than places.
        OutOfRange: if a leaf is not a field element.
    """

    def __init__(self, depth: int, leaves: Iterable[int], node_tag: int) -> None:
        level = list(leaves)
        if depth < 1:
            raise InvalidInput("a tree must have at least one level")
        if len(level) > ARITY**depth:
            raise InvalidInput(f"a tree of {ARITY**depth} places cannot hold {len(level)} leaves")
        if not all(0 <= leaf < R for leaf in level):
            raise OutOfRange("a leaf must be a field element")
        self.depth = depth
        self.node_tag = node_tag
        self._levels: list[list[int]] = [level]
        self._empty = [0]
        for height in range(depth):
            below, empty = self._levels[height], self._empty[height]
            groups = [below[i : i + ARITY] for i in range(0, len(below), ARITY)]
            padded = [group + [empty] * (ARITY - len(group)) for group in groups]
            self._levels.append([poseidon(group, node_tag) for group in padded])
            self._empty.append(poseidon([empty] * ARITY, node_tag))

    def __len__(self) -> int:
        return len(self._levels[0])

    @property
    def root(self) -> int:
        """The hash at the top."""
        return self._levels[-1][0] if self._levels[-1] else self._empty[-1]

    def path(self, index: int) -> list[list[int]]:
        """Return, for each level from the leaves up, the eight siblings that hold the path's node.

        Raises:
            OutOfRange: if the tree has no such place.
        """
        if not 0 <= index < ARITY**self.depth:
            raise OutOfRange("the tree has no such place")
        path = []
        for height in range(self.depth):
            first = index - index % ARITY
            group = self._levels[height][first : first + ARITY]
            path.append(group + [self._empty[height]] * (ARITY - len(group)))
            index //= ARITY
        return path


def verify_path(leaf: int, path: Sequence[Sequence[int]], root: int, node_tag: int) -> bool:
    """Return whether the leaf stands under the root: what ``assert_member`` proves."""
    current = leaf
    for children in path:
        if len(children) != ARITY or current not in children:
            return False
        current = poseidon(children, node_tag)
    return current == root


def member_root(api: Api, leaf: Signal, path: Sequence[Sequence[Signal]], node_tag: int) -> Signal:
    """Return the root of a tree that holds the leaf.

    Adds 409·d constraints for d levels.

    Each level proves that the current value is one of eight witnessed children, Π
    (childᵢ − current) = 0, and goes on with their hash. The place is not bound: this proves that a
    leaf is in the tree, never where. The caller fixes the number of levels; tags keep a node from
    passing as a leaf.

    Raises:
        CircuitError: if the path has no level, or a level without exactly eight children.
    """
    return _climb(api, leaf, path, node_tag, None)


def assert_member(
    api: Api, leaf: Signal, path: Sequence[Sequence[Signal]], root: Signal, node_tag: int
) -> None:
    """Prove that the leaf stands under the given root.

    Adds 409·d constraints for d levels: the equality of the roots folds into the last hash.
    Otherwise this is ``member_root``.

    Raises:
        CircuitError: if the path has no level, or a level without exactly eight children.
    """
    _climb(api, leaf, path, node_tag, root)


def _climb(
    api: Api,
    leaf: Signal,
    path: Sequence[Sequence[Signal]],
    node_tag: int,
    root: Signal | None,
) -> Signal:
    if not path or any(len(children) != ARITY for children in path):
        raise CircuitError(f"a path must have at least one level, and {ARITY} children in each")
    with api.gadget("member"):
        current = leaf
        for level, children in enumerate(path):
            _assert_one_of(api, current, children)
            if root is not None and level == len(path) - 1:
                assert_poseidon(api, children, root, node_tag)
                return root
            current = poseidon_gadget(api, children, node_tag)
        return current


def _assert_one_of(api: Api, current: Signal, children: Sequence[Signal]) -> None:
    """Constrain Π (childᵢ − current) = 0. Adds n - 1 constraints for n children."""
    first, *middle, last = (child - current for child in children)
    product = first
    for difference in middle:
        product = product * difference
    api.assert_product(product, last, api.constant(0))
