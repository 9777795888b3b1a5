from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.gadget_ladder import Ladder

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, InvalidInput, OutOfRange, RevokedCredential
from zkcredit.gadgets import gaps as module
from zkcredit.gadgets.gaps import GAP_NODE_TAG, GAP_TAG, GapTree, gap_root
from zkcredit.gadgets.merkle import Tree8, verify_path
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import Builder
from zkcredit.schema import REVOCATION_DEPTH

TOP = 2**32
REVOKED = [10, 11, 500, TOP - 1]
TREE = GapTree(REVOKED)


def _relation(api, x):
    path = [x.path[i : i + 8] for i in range(0, len(x.path), 8)]
    root = gap_root(api, range_check(api, x.id, 32), x.lo, x.hi, path)
    api.assert_equal(root, x.root)


GAP = Ladder(_relation, id=1, lo=1, hi=1, path=8 * REVOCATION_DEPTH, root=1)


def _flat(path: list[list[int]]) -> list[int]:
    return [child for level in path for child in level]


def _accepts(number: int, lo: int, hi: int, path: list[list[int]]) -> bool:
    return GAP.accepts(id=number % R, lo=lo % R, hi=hi % R, path=_flat(path), root=TREE.root)


def test_the_cost_is_that_of_the_notes() -> None:
    assert GAP.constraints == 32 + 64 + 240 + REVOCATION_DEPTH * 409 + 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 9, 12, 499, 501, TOP - 2])
def test_an_id_that_is_not_revoked_has_a_gap(number: int) -> None:
    gap = TREE.gap_for(number)
    assert gap.lo < number < gap.hi
    assert verify_path(poseidon([gap.lo, gap.hi], GAP_TAG), gap.path, TREE.root, GAP_NODE_TAG)
    assert _accepts(number, gap.lo, gap.hi, gap.path)


@pytest.mark.parametrize("number", REVOKED)
def test_a_revoked_id_has_none(number: int) -> None:
    with pytest.raises(RevokedCredential) as caught:
        TREE.gap_for(number)
    assert str(number) not in str(caught.value)
    for neighbour in (number - 1, number + 1):
        if 0 < neighbour < TOP and neighbour not in REVOKED:
            gap = TREE.gap_for(neighbour)
            assert number in (gap.lo, gap.hi)
            assert not _accepts(number, gap.lo, gap.hi, gap.path)


def test_an_id_outside_the_gap_or_the_ids_is_refused() -> None:
    gap = TREE.gap_for(100)
    for number in (gap.lo, gap.hi, gap.lo - 1, gap.hi + 1, 0, TOP, -1, 100 + TOP, 100 - TOP):
        assert not _accepts(number, gap.lo, gap.hi, gap.path)


def test_a_gap_that_was_not_published_is_refused() -> None:
    gap = TREE.gap_for(100)
    for lo, hi in (
        (gap.lo - 1, gap.hi),
        (gap.lo, gap.hi + 1),
        (0, TOP),
        (gap.hi, gap.lo),
        (99, 101),
    ):
        assert not _accepts(100, lo, hi, gap.path)
    # A gap may not be read the other way round mod r either.
    assert not _accepts(5, gap.hi - R, gap.lo, gap.path)


def test_a_node_is_no_gap() -> None:
    gap = TREE.gap_for(100)
    shifted = [[gap.path[1][0], *[0] * 7], *gap.path[1:]]
    assert not _accepts(100, gap.lo, gap.hi, shifted)


@given(st.sets(st.integers(1, 60), max_size=12), st.integers(1, 70))
@settings(max_examples=15, deadline=None)
def test_an_id_has_a_gap_exactly_when_it_is_not_revoked(revoked: set[int], number: int) -> None:
    tree = GapTree(revoked)
    if number in revoked:
        with pytest.raises(RevokedCredential):
            tree.gap_for(number)
        return
    gap = tree.gap_for(number)
    assert gap.lo == max((r for r in revoked if r < number), default=0)
    assert gap.hi == min((r for r in revoked if r > number), default=TOP)
    assert verify_path(poseidon([gap.lo, gap.hi], GAP_TAG), gap.path, tree.root, GAP_NODE_TAG)


def test_order_and_repeats_do_not_matter() -> None:
    assert GapTree([500, 10, 10, TOP - 1, 11]).root == TREE.root
    assert GapTree([]).root == Tree8(6, [poseidon([0, TOP], GAP_TAG)], GAP_NODE_TAG).root


def test_ids_out_of_range_and_overflow_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (0, -1, TOP):
        with pytest.raises(OutOfRange):
            GapTree([number])
        with pytest.raises(OutOfRange):
            TREE.gap_for(number)
    monkeypatch.setattr(module, "REVOCATION_DEPTH", 1)
    assert len(GapTree(range(1, 8)).gap_for(20).path) == 1
    with pytest.raises(InvalidInput):
        GapTree(range(1, 9))


def test_the_id_must_be_typed() -> None:
    builder = Builder(1)
    x = builder.input()
    with pytest.raises(CircuitError):
        gap_root(builder, x, x, x, [[x] * 8])
