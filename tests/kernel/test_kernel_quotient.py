"""The quotient's values against transforms written out, and products repeated."""

from __future__ import annotations

import numpy as np
import pytest
from support.groth16 import squares
from support.kernel.kernel_cases import R, edges, numbers

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.groth16 import dev_setup


def shifted(values: list[int]) -> list[int]:
    """From values at the n-th roots of unity to those at the odd 2n-th ones."""
    n = len(values)
    root = pow(5, (R - 1) // (2 * n), R)
    terms = from_limbs(k.ntt_naive(to_limbs(values), True))
    moved = [term * pow(root, i, R) % R for i, term in enumerate(terms)]
    return from_limbs(k.ntt_naive(to_limbs(moved)))


@pytest.mark.parametrize("constraints", [5, 61, 126, 250])  # the vectors begin at a domain of 2^7
@pytest.mark.parametrize("threads", [1, 3])
def test_the_quotient_is_the_product_less_the_third_on_the_odd_roots(
    constraints: int, threads: int
) -> None:
    key = dev_setup(squares.system(constraints))
    witness = squares.witness(constraints, 12345)
    wires = from_limbs(witness)
    a = [wires[i + 2] for i in range(constraints)] + [1, wires[1]]
    a += [0] * (key.domain_size - len(a))
    b = [wires[i + 2] for i in range(constraints)]
    b += [0] * (key.domain_size - len(b))
    c = [x * y % R for x, y in zip(a, b, strict=True)]
    want = [(x * y - z) % R for x, y, z in zip(shifted(a), shifted(b), shifted(c), strict=True)]
    assert from_limbs(key.resident.quotient(witness, threads)) == want


def test_a_quotient_of_another_size_is_refused() -> None:
    key = dev_setup(squares.system(5))
    with pytest.raises(ValueError, match="witness"):
        key.resident.quotient(squares.witness(6, 2))


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 100])
@pytest.mark.parametrize("times", [0, 1, 2, 5])
def test_repeated_products_equal_the_integers(rows: int, times: int) -> None:
    a = (edges(R) + numbers(R, 100, 1))[:rows]
    b = (numbers(R, 40, 2) + edges(R) + numbers(R, 100, 3))[:rows]
    got = from_limbs(k.fr_mul_repeated(to_limbs(a), to_limbs(b), times))
    assert got == [x * pow(y, times, R) % R for x, y in zip(a, b, strict=True)]


def test_repeated_products_of_nothing_are_nothing() -> None:
    nothing = np.zeros((0, 4), dtype=np.uint64)
    assert k.fr_mul_repeated(nothing, nothing, 3).shape == (0, 4)


@pytest.mark.parametrize("times", [-1, (1 << 20) + 1])
def test_too_many_repetitions_are_refused(times: int) -> None:
    one = to_limbs([1])
    with pytest.raises(ValueError, match="times"):
        k.fr_mul_repeated(one, one, times)


def test_repeated_products_take_canonical_rows_in_pairs() -> None:
    one = to_limbs([1])
    with pytest.raises(ValueError, match="rows"):
        k.fr_mul_repeated(one, to_limbs([1, 2]), 1)
    with pytest.raises(ValueError, match="modulus"):
        k.fr_mul_repeated(to_limbs([R]), one, 1)
