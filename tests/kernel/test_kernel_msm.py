"""Sums of multiples: closed forms over known discrete logarithms, and the naive twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.kernel.kernel_cases import R, g1, g2, numbers

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs

GROUPS: dict[str, Any] = {"g1": g1, "g2": g2}


def check(group: str, logs: list[int], scalars: list[int], naive: bool = False) -> None:
    points = GROUPS[group](logs) if logs else np.zeros((0, 8 if group == "g1" else 16), np.uint64)
    want = GROUPS[group]([sum(p * s for p, s in zip(logs, scalars, strict=True))])[0]
    factors = to_limbs(scalars)
    for threads in (1, 2, 3):
        assert (getattr(k, f"{group}_msm")(points, factors, threads) == want).all()
    if naive:
        assert (getattr(k, f"{group}_msm_naive")(points, factors) == want).all()


# Every signed digit of width c at its limit 2^(c-1).
DIGIT_EDGES = [sum(1 << c * i + c - 1 for i in range(253 // c)) for c in range(2, 17)]

SPECIAL = {
    "nothing": ([], []),
    "one": ([7], [R - 1]),
    "all scalars zero": ([1, 2, 3], [0, 0, 0]),
    "all points at infinity": ([0, 0, 0], [1, R - 1, 5]),
    "repeated point and scalar": ([5] * 40, [12345] * 40),
    "repeated point, scalar -1": ([5] * 41, [R - 1] * 41),
    "opposite points": ([9, -9] * 20, [77] * 40),
    "opposite points, full scalars": ([9, -9] * 20, [R // 3] * 40),
    "opposite scalars": ([9] * 40, [R // 5, R - R // 5] * 20),
    "cancels to infinity": ([1, 2, -3], [R // 7] * 3),
    "infinity among others": ([0, 1, 0, 2, 0], [5, 6, 7, 8, R - 9]),
    "doubling inside a bucket": ([3, 3, 6, 6, 12], [1, 1, 1, 1, 1]),
    "middle of the field": ([1, 1, 1, 1], [R >> 1, (R >> 1) + 1, (R >> 1) - 1, (R >> 1) + 2]),
    "powers of two": ([1] * 254, [2**i for i in range(254)]),
    "minus powers of two": ([1] * 254, [R - 2**i for i in range(254)]),
    "all digits at the edge": ([3] * 15, list(DIGIT_EDGES)),
    "one above the edge": ([3] * 15, [e + 1 for e in DIGIT_EDGES]),
}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", SPECIAL)
def test_special_cases(group: str, name: str) -> None:
    logs, scalars = SPECIAL[name]
    check(group, list(logs), [s % R for s in scalars], naive=len(logs) < 50)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("n", [2, 10, 100, 1000])
def test_full_size_scalars(group: str, n: int) -> None:
    check(group, numbers(R, n, n), numbers(R, n, n + 1), naive=n <= 10)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("bits", [1, 2, 16, 48, 64, 128, 253])
def test_small_scalars_of_both_signs(group: str, bits: int) -> None:
    n = 300
    small = [s % 2**bits * (-1) ** (s >> 250 & 1) % R for s in numbers(R, n, bits)]
    check(group, numbers(R, n, 5), small)


def test_mostly_bits_with_some_full_scalars() -> None:
    n = 3000
    scalars = [s if i % 10 == 0 else s & 1 for i, s in enumerate(numbers(R, n, 8))]
    check("g1", numbers(R, n, 9), scalars)


def test_arithmetic_progressions_of_points_collide_and_still_sum() -> None:
    """Structured bases make equal and opposite partial sums, where incomplete formulas go wrong."""
    n = 500
    check("g1", [1 + 3 * i for i in range(n)], [1 + i for i in range(n)])
    check("g1", [1 + 3 * i for i in range(n)], numbers(R, n, 2))


pool = st.one_of(st.sampled_from([0, 1, 2, R - 1, R - 2, R >> 1]), st.integers(0, R - 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(pool, pool), max_size=12))
def test_any_few_terms(terms: list[tuple[int, int]]) -> None:
    check("g1", [p for p, _ in terms], [s for _, s in terms])


@pytest.mark.parametrize("group", GROUPS)
def test_malformed_arguments_are_refused(group: str) -> None:
    points = GROUPS[group]([1, 2])
    for name in (f"{group}_msm", f"{group}_msm_naive"):
        for scalars in ([1], [1, 2, 3], [1, R], [1, 2**256 - 1]):
            with pytest.raises(ValueError, match="scalars"):
                getattr(k, name)(points, to_limbs(scalars))
    for threads in (0, -2, 5000):
        with pytest.raises(ValueError, match="threads"):
            getattr(k, f"{group}_msm")(points, to_limbs([1, 2]), threads)
