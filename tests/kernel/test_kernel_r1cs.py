"""The constraint check against sums over Python integers; malformed systems."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.kernel.kernel_cases import R, Toy, chain, matrix

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs


def first_unsatisfied(toy: Toy, w: list[int]) -> int:
    def dot(row: list[tuple[int, int]]) -> int:
        return sum(c * w[i] for i, c in row)

    for i, (a, b, c) in enumerate(zip(toy.a, toy.b, toy.c, strict=True)):
        if (dot(a) * dot(b) - dot(c)) % R:
            return i
    return -1


def test_a_satisfied_system_has_no_failing_constraint() -> None:
    toy = chain(200, 5)
    assert toy.r1cs().first_unsatisfied(to_limbs(toy.witness)) == -1


def test_shape_is_reported() -> None:
    r1cs = chain(20, 3).r1cs()
    assert (r1cs.n_wires, r1cs.n_public, r1cs.n_constraints) == (26, 3, 20)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 65), st.sampled_from([1, 2, R - 1, 2**64, 2**253]))
def test_any_changed_wire_fails_where_the_integers_say(wire: int, delta: int) -> None:
    toy = chain(60, 3)
    w = list(toy.witness)
    w[wire] = (w[wire] + delta) % R
    want = first_unsatisfied(toy, w)
    assert toy.r1cs().first_unsatisfied(to_limbs(w)) == want


def test_a_system_without_constraints_is_satisfied() -> None:
    toy = Toy([1, 7], 1, [], [], [])
    assert toy.r1cs().first_unsatisfied(to_limbs([1, 7])) == -1


@pytest.mark.parametrize("bad", [[0, 5, 9], [2, 5, 9], [1, 5], [1, 5, 9, 9], [1, 5, R], []])
def test_malformed_witnesses_are_refused(bad: list[int]) -> None:
    row = [[(1, 1)]]
    r1cs = Toy([1, 5, 9], 0, row, row, row).r1cs()
    with pytest.raises(ValueError, match="witness"):
        r1cs.first_unsatisfied(to_limbs(bad))


GOOD = matrix([[(1, 1)], [(2, 3)]])


def altered(index: int, value: Any) -> tuple[Any, ...]:
    parts: list[Any] = list(GOOD)
    parts[index] = value
    return tuple(parts)


MALFORMED = {
    "empty indptr": altered(0, np.array([], dtype=np.uint32)),
    "indptr not from zero": altered(0, np.array([1, 1, 2], dtype=np.uint32)),
    "indptr decreases": altered(0, np.array([0, 3, 2], dtype=np.uint32)),
    "indptr too short": altered(0, np.array([0, 1, 1], dtype=np.uint32)),
    "indptr too long": altered(0, np.array([0, 1, 3], dtype=np.uint32)),
    "indptr of 64 bits": altered(0, np.array([0, 1, 2], dtype=np.uint64)),
    "indptr huge": altered(0, np.array([0, 1, 2**32 - 1], dtype=np.uint32)),
    "wire out of range": altered(1, np.array([1, 3], dtype=np.uint32)),
    "wire count": altered(1, np.array([1], dtype=np.uint32)),
    "signed wires": altered(1, np.array([1, 2], dtype=np.int32)),
    "coefficient count": altered(2, to_limbs([1])),
    "coefficient not canonical": altered(2, to_limbs([1, R])),
    "coefficient shape": altered(2, to_limbs([1, 3]).reshape(1, 8)),
    "two parts": GOOD[:2],
    "another number of rows": matrix([[(1, 1)]]),
}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_matrices_are_refused(name: str, position: int) -> None:
    parts = [GOOD, GOOD, GOOD]
    parts[position] = MALFORMED[name]
    with pytest.raises(ValueError, match=r"a:|b:|c:"):
        k.R1cs(3, 1, *parts)


@pytest.mark.parametrize(
    ("wires", "public"), [(0, 0), (-1, 0), (3, 3), (3, -1), (2**32, 0), (3, 2**40)]
)
def test_impossible_counts_are_refused(wires: int, public: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        k.R1cs(wires, public, GOOD, GOOD, GOOD)
