"""Proof that a credential is not revoked: its id lies strictly inside a published gap.

The sorted revoked ids r₁ < r₂ < … cut the ids into gaps (0, r₁), (r₁, r₂), …, (rₙ, 2³²). The issuer
publishes the root of a tree over H(lo, hi). An id is inside a gap exactly if it is not revoked. Ids
are 1 .. 2³² − 1.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit.errors import InvalidInput, OutOfRange, RevokedCredential
from zkcredit.gadgets.compare import typed
from zkcredit.gadgets.merkle import ARITY, Tree8, member_root
from zkcredit.gadgets.poseidon import domain_tag, poseidon, poseidon_gadget
from zkcredit.gadgets.range import range_check
from zkcredit.schema import ID_BITS, REVOCATION_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkcredit.r1cs import Api, Signal, UInt

__all__ = ["GAP_NODE_TAG", "GAP_TAG", "Gap", "GapTree", "gap_root"]

GAP_TAG = domain_tag("gap")
GAP_NODE_TAG = domain_tag("gap-node")


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap around one id, with its path: eight children for each level, bottom up."""

    lo: int
    hi: int
    path: list[list[int]]


class GapTree:
    """The gaps between revoked ids.

    Args:
        revoked: the revoked ids, in any order, each in 1 .. 2^32 − 1; repeats count once.

    Raises:
        OutOfRange: if an id is out of range.
        InvalidInput: if there are more gaps than the tree has places.
    """

    def __init__(self, revoked: Iterable[int]) -> None:
        ids = sorted(set(revoked))
        if ids and not (ids[0] >= 1 and ids[-1] < 1 << ID_BITS):
            raise OutOfRange(f"a revocation id must be between 1 and 2^{ID_BITS} - 1")
        if len(ids) >= ARITY**REVOCATION_DEPTH:
            raise InvalidInput(
                f"a list must have at most {ARITY**REVOCATION_DEPTH - 1} revoked ids"
            )
        self._edges = [0, *ids, 1 << ID_BITS]
        gaps = zip(self._edges, self._edges[1:], strict=False)
        leaves = [poseidon([lo, hi], GAP_TAG) for lo, hi in gaps]
        self._tree = Tree8(REVOCATION_DEPTH, leaves, GAP_NODE_TAG)

    @property
    def root(self) -> int:
        """The revocation root that the issuer publishes."""
        return self._tree.root

    def gap_for(self, revocation_id: int) -> Gap:
        """Return the gap that holds the id.

        Raises:
            OutOfRange: if the id is not in 1 .. 2^32 − 1.
            RevokedCredential: if the id is revoked.
        """
        if not 1 <= revocation_id < 1 << ID_BITS:
            raise OutOfRange(f"a revocation id must be between 1 and 2^{ID_BITS} - 1")
        above = bisect_left(self._edges, revocation_id)
        if self._edges[above] == revocation_id:
            raise RevokedCredential("the issuer revoked this credential")
        return Gap(self._edges[above - 1], self._edges[above], self._tree.path(above - 1))


def gap_root(
    api: Api, revocation_id: UInt, lo: Signal, hi: Signal, path: Sequence[Sequence[Signal]]
) -> Signal:
    """Return the root of a gap tree in which (lo, hi) is a gap and lo < revocation_id < hi.

    Adds 2·32 + 240 + 409·d constraints for d levels.

    id − lo − 1 and hi − id − 1 lie in 0 .. 2^32 − 1, so lo and hi are within 2^32 of an id below
    2^32, and both inequalities hold as integers. An empty place holds the leaf 0, which is not a
    hash that anybody can open.

    Raises:
        CircuitError: if the id is not a ``UInt`` of at most 32 bits, or the path is not a path of
            ``merkle``.
    """
    with api.gadget("gap"):
        value = typed(revocation_id, ID_BITS).value
        range_check(api, value - lo - 1, ID_BITS)
        range_check(api, hi - value - 1, ID_BITS)
        leaf = poseidon_gadget(api, [lo, hi], GAP_TAG)
        return member_root(api, leaf, path, GAP_NODE_TAG)
