"""The vectors of the unit in use against Python integers: limb edges, carries, largest inputs."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from support.kernel.kernel_cases import Q, R, limb_edges, matrix

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import from_limbs, to_limbs

WITH_LANES = k.kernel_name() in {"ifma", "avx2"}
FIELDS = [(R, k.fr_lane_product), (Q, k.fq_lane_product)]
RADIX = 1 << 260


def expected(p: int, a: list[int], b: list[int]) -> list[int]:
    back = pow(RADIX, -1, p)
    return [x * y * back % p for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize(("p", "multiply"), FIELDS)
def test_products_of_limb_edges(p: int, multiply: Any) -> None:
    edges = limb_edges(p)
    rng = random.Random(1)
    left = [x for x in edges for _ in range(8)]
    for shift in (0, 5, 77):
        right = [edges[(i * 7 + shift + rng.randrange(3)) % len(edges)] for i in range(len(left))]
        if not WITH_LANES:
            with pytest.raises(RuntimeError, match="no lanes"):
                multiply(to_limbs(left), to_limbs(right))
            continue
        assert from_limbs(multiply(to_limbs(left), to_limbs(right))) == expected(p, left, right)


def random_rows(count: int, p: int, seed: int) -> Any:
    rows = np.random.default_rng(seed).integers(0, 2**64, (count, 4), dtype=np.uint64)
    rows[:, 3] &= np.uint64((1 << 61) - 1)  # below 2^253 < p
    return rows


def many(count: int) -> None:
    for p, multiply in FIELDS:
        mul = k.fr_mul if p == R else k.fq_mul
        back = to_limbs([pow(RADIX, -1, p)])
        a, b = random_rows(count, p, 1), random_rows(count, p, 2)
        wanted = mul(mul(a, b), np.repeat(back, count, axis=0))
        if WITH_LANES:
            assert np.array_equal(multiply(a, b), wanted)


def test_a_hundred_thousand_products() -> None:
    many(100_000)


@pytest.mark.slow
def test_a_million_products() -> None:
    many(1_000_000)


@pytest.mark.parametrize(("p", "multiply"), FIELDS)
def test_bad_lane_products_are_refused(p: int, multiply: Any) -> None:
    good = to_limbs([1] * 8)
    high = to_limbs([1] * 7 + [min(5 * p, 2**256 - 1)])
    for a, b in ((good[:7], good[:7]), (good, good[:0]), (high, good), (good, high)):
        with pytest.raises((ValueError, RuntimeError)):
            multiply(a, b)


def test_a_wrong_value_in_any_row_is_named() -> None:
    rng = random.Random(3)
    wires = [1] + [rng.randrange(R) for _ in range(40)]
    lengths = [0, 1, 2, 3, 7, 8, 63, 64, 65, 128, 129, 700, 1, 1, 2, 20, 64]
    a, b, c = [], [], []
    for length in lengths * 3:
        row = [(rng.randrange(41), rng.choice([1, R - 1, rng.randrange(R)])) for _ in range(length)]
        other = [(rng.randrange(41), rng.randrange(R)) for _ in range(rng.choice(lengths))]
        left = sum(wires[i] * x for i, x in row)
        right = sum(wires[i] * x for i, x in other)
        a.append(row)
        b.append(other)
        c.append([(0, left * right % R)])
    witness = to_limbs(wires)
    assert k.R1cs(41, 0, matrix(a), matrix(b), matrix(c)).first_unsatisfied(witness) == -1
    broken = sorted(rng.sample(range(len(c)), 12))
    for first, _ in pairwise([*broken, 0]):
        wrong = [*c]
        for i in broken[broken.index(first) :]:
            wrong[i] = [(0, c[i][0][1] + 1)]
        system = k.R1cs(41, 0, matrix(a), matrix(b), matrix(wrong))
        assert system.first_unsatisfied(witness) == first


def test_largest_coefficients_and_values_do_not_overflow() -> None:
    for length in (64, 65, 1000):
        row = [(1, R - 1)] * length
        total = length * (R - 1) * (R - 1) % R
        system = k.R1cs(2, 0, matrix([row]), matrix([row]), matrix([[(0, total * total)]]))
        assert system.first_unsatisfied(to_limbs([1, R - 1])) == -1
        assert system.first_unsatisfied(to_limbs([1, R - 2])) == 0
