from __future__ import annotations

import random

import numpy as np
import pytest

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, from_limbs, to_limbs
from zkcredit.groth16.ceremony.sparse_sums import SparseTerms, sparse_sums

SCALARS = [random.Random(1).randrange(R) for _ in range(40)]
G1 = _kernel.g1_mul_generator(to_limbs(SCALARS))
G2 = _kernel.g2_mul_generator(to_limbs(SCALARS))
EDGES = [0, 1, 2, R - 1, R - 2, 2**64, 2**128 - 1, R // 2]
BOTH = pytest.mark.parametrize("points", [G1, G2], ids=["G1", "G2"])


def terms(entries: list[tuple[int, int, int]]) -> SparseTerms:
    rows, wires, values = ([entry[i] for entry in entries] for i in range(3))
    return SparseTerms(
        np.array(rows, dtype=np.int64), np.array(wires, dtype=np.int64), to_limbs(values)
    )


def expected(entries: list[tuple[int, int, int]], n_wires: int, points: Limbs) -> Limbs:
    """The sums in the scalars' field, times the generator."""
    sums = [0] * n_wires
    for row, wire, value in entries:
        sums[wire] += SCALARS[row] * value
    times = _kernel.g1_mul_generator if points is G1 else _kernel.g2_mul_generator
    return times(to_limbs([s % R for s in sums]))


@BOTH
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_sums_are_those_of_the_scalars(points: Limbs, threads: int) -> None:
    rng = random.Random(threads)
    entries = [
        (
            rng.randrange(40),
            min(rng.randrange(30), rng.randrange(30)),
            rng.choice([*EDGES, rng.randrange(R)]),
        )
        for _ in range(300)
    ]
    made = sparse_sums(points, terms(entries), 33, threads)
    assert (made == expected(entries, 33, points)).all()
    assert not made[30:].any()  # wires without terms


@BOTH
@pytest.mark.parametrize("count", range(8))
def test_terms_that_cancel_give_infinity(points: Limbs, count: int) -> None:
    entries = [(i, 1, v) for i in range(count) for v in (5, R - 5)]
    entries += [(i, 2, 0) for i in range(count)]
    assert not sparse_sums(points, terms(entries), 3, 2).any()


@BOTH
@pytest.mark.parametrize("count", range(1, 8))
def test_the_same_term_again_and_again(points: Limbs, count: int) -> None:
    entries = [(7, 0, 1)] * count + [(7, 1, R - 1)] * count
    assert (sparse_sums(points, terms(entries), 2, 1) == expected(entries, 2, points)).all()


@BOTH
def test_no_terms_and_no_wires(points: Limbs) -> None:
    assert not sparse_sums(points, terms([]), 4, 2).any()
    assert sparse_sums(points, terms([]), 0, 2).shape == (0, points.shape[1])


def test_parts_are_stacked_over_the_points_of_each() -> None:
    one, other = terms([(3, 0, 5)]), terms([(2, 1, 7), (0, 1, 9)])
    stacked = SparseTerms.stacked([one, other], 20)
    assert stacked.rows.tolist() == [3, 22, 20]
    assert stacked.wires.tolist() == [0, 1, 1]
    assert from_limbs(stacked.values) == [5, 7, 9]
