"""The pairing against py_ecc's value and against its own laws."""

from __future__ import annotations

import pytest
from py_ecc import optimized_bn128 as ecc
from support.kernel.kernel_cases import R, g1, g2, numbers

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import from_limbs, to_limbs

ONE = [1] + [0] * 11


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b"), [(1, 1), (R - 1, 5), tuple(numbers(R, 2, 1))])
def test_value_equals_py_ecc(a: int, b: int) -> None:
    want = ecc.pairing(ecc.multiply(ecc.G2, b), ecc.multiply(ecc.G1, a))
    value = k.pairing(g1([a])[0], g2([b])[0])
    assert value.shape == (12, 4)
    assert from_limbs(value) == [int(c) for c in want.coeffs]
    assert (k.pairing_naive(g1([a])[0], g2([b])[0]) == value).all()


def test_pairing_with_infinity_is_one() -> None:
    for a, b in ((0, 1), (1, 0), (0, 0)):
        assert from_limbs(k.pairing(g1([a])[0], g2([b])[0])) == ONE


def test_pairing_is_bilinear() -> None:
    a, b = numbers(R, 2, 2)
    both = k.pairing(g1([a])[0], g2([b])[0])
    assert (k.pairing(g1([a * b])[0], g2([1])[0]) == both).all()
    assert (k.pairing(g1([1])[0], g2([a * b])[0]) == both).all()


def test_values_are_in_the_cyclotomic_subgroup() -> None:
    value = k.pairing(g1([3])[0], g2([4])[0]).reshape(1, 48)
    assert (k.fq12_cyclotomic_square(value) == k.fq12_square(value)).all()
    assert (k.fq12_frobenius(value, 3) != value).any()


@pytest.mark.parametrize("n", [0, 1, 2, 4, 9])
def test_product_is_one_exactly_when_the_logarithms_cancel(n: int) -> None:
    a, b = numbers(R, n, 3), numbers(R, n, 4)
    if n:
        a.append(-sum(x * y for x, y in zip(a, b, strict=True)) % R)
        b.append(1)
    left = g1(a) if a else g1([1])[:0]
    right = g2(b) if b else g2([1])[:0]
    assert k.pairing_product_is_one(left, right)
    for i in range(len(a)):
        spoiled = [*a[:i], (a[i] + 1) % R, *a[i + 1 :]]
        assert not k.pairing_product_is_one(g1(spoiled), right)


def test_infinity_counts_as_one_in_a_product() -> None:
    assert k.pairing_product_is_one(g1([0, 5, 2, R - 6]), g2([7, 0, 3, 1]))
    assert not k.pairing_product_is_one(g1([0, 5, 2, R - 5]), g2([7, 0, 3, 1]))


def test_malformed_products_are_refused() -> None:
    with pytest.raises(ValueError, match="as many rows"):
        k.pairing_product_is_one(g1([1, 2]), g2([1]))
    off = g1([1, 2])
    off[1, 0] ^= 1
    with pytest.raises(ValueError, match="g1: point 1"):
        k.pairing_product_is_one(off, g2([1, 2]))
    with pytest.raises(ValueError, match="g2: point 0"):
        k.pairing_product_is_one(g1([1]), to_limbs([1, 2, 3, 4]).reshape(1, 16))


def test_malformed_arguments_of_the_pairing_are_refused() -> None:
    with pytest.raises(ValueError, match="p: not canonical or not on the curve"):
        k.pairing(to_limbs([1, 3]).reshape(8), g2([1])[0])
    with pytest.raises(ValueError, match="q: not canonical or not on the curve"):
        k.pairing(g1([1])[0], to_limbs([1, 3, 0, 0]).reshape(16))
    with pytest.raises(ValueError, match=r"p: expected shape \(n,\)"):
        k.pairing(g1([1]), g2([1])[0])
    with pytest.raises(ValueError, match=r"q: expected shape \(16,\)"):
        k.pairing(g1([1])[0], g2([1])[0][:8])
