"""The transform over F_r against its defining sum."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from support.kernel.kernel_cases import R, edges, numbers

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import from_limbs, to_limbs


@pytest.mark.parametrize("log_size", range(9))
@pytest.mark.parametrize("inverse", [False, True])
def test_transform_equals_the_naive_twin(log_size: int, inverse: bool) -> None:
    n = 1 << log_size
    for values in (numbers(R, n, log_size), (edges(R) * n)[:n], [0] * n, [R - 1] * n):
        a = to_limbs(values)
        assert (k.ntt(a, inverse) == k.ntt_naive(a, inverse)).all()


def test_transform_is_evaluation_at_iden3s_roots_of_unity() -> None:
    values = numbers(R, 8, 1)
    root = pow(5, (R - 1) // 8, R)
    want = [sum(v * pow(root, i * j, R) for j, v in enumerate(values)) % R for i in range(8)]
    assert from_limbs(k.ntt(to_limbs(values))) == want


@pytest.mark.parametrize("log_size", [10, 12, 13, 14])
def test_inverse_undoes_the_transform_and_threads_agree(log_size: int) -> None:
    a = to_limbs(numbers(R, 1 << log_size, 3))
    for inverse in (False, True):
        there = k.ntt(a, inverse)
        assert (k.ntt(there, not inverse) == a).all()
        for threads in (2, 3, 4, 7):
            assert (k.ntt(a, inverse, threads) == there).all()


def test_transform_of_a_delta_is_the_powers_of_the_root() -> None:
    n = 1 << 12
    root = pow(5, (R - 1) // n, R)
    out = from_limbs(k.ntt(to_limbs([0, 1] + [0] * (n - 2))))
    assert out[0] == 1
    assert all(y == x * root % R for x, y in pairwise(out))


@pytest.mark.parametrize("rows", [0, 3, 5, 6, 7, 1023])
def test_sizes_that_are_no_power_of_two_are_refused(rows: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        k.ntt(np.zeros((rows, 4), dtype=np.uint64))


@pytest.mark.parametrize("threads", [0, -1, 1025])
def test_thread_counts_out_of_range_are_refused(threads: int) -> None:
    with pytest.raises(ValueError, match="threads"):
        k.ntt(to_limbs([1, 2]), False, threads)
