"""Prime fields and the tower against Python integers, on edges and at random."""

from __future__ import annotations

import pytest
from support.kernel.kernel_cases import Q, R, edges, numbers

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import from_limbs, to_limbs

FIELDS = {"fr": R, "fq": Q}


def call(field: str, operation: str, *arguments: list[int]) -> list[int]:
    function = getattr(k, f"{field}_{operation}")
    return from_limbs(function(*(to_limbs(a) for a in arguments)))


@pytest.mark.parametrize("field", FIELDS)
def test_add_sub_mul_equal_the_integers_on_all_pairs_of_edges(field: str) -> None:
    p = FIELDS[field]
    values = edges(p) + numbers(p, 20, 1)
    a = [x for x in values for _ in values]
    b = [y for _ in values for y in values]
    assert call(field, "add", a, b) == [(x + y) % p for x, y in zip(a, b, strict=True)]
    assert call(field, "sub", a, b) == [(x - y) % p for x, y in zip(a, b, strict=True)]
    assert call(field, "mul", a, b) == [x * y % p for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize("field", FIELDS)
def test_negation_and_inverse_equal_the_integers_and_the_naive_twin(field: str) -> None:
    p = FIELDS[field]
    values = edges(p) + numbers(p, 2000, 2)
    assert call(field, "neg", values) == [-x % p for x in values]
    inverse = call(field, "inv", values)
    assert inverse == [pow(x, -1, p) if x else 0 for x in values]
    assert call(field, "inv_naive", values) == inverse


@pytest.mark.parametrize("field", FIELDS)
def test_inverse_of_powers_of_two_and_their_neighbours(field: str) -> None:
    p = FIELDS[field]
    values = [(s * 2**n + d) % p for n in range(254) for d in (-1, 0, 1) for s in (1, -1)]
    assert call(field, "inv", values) == [pow(x, -1, p) if x else 0 for x in values]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("excess", [0, 1, 2**254, None])
def test_values_not_below_the_modulus_are_refused(field: str, excess: int | None) -> None:
    p = FIELDS[field]
    bad = to_limbs([0, 2**256 - 1 if excess is None else p + excess])
    good = to_limbs([0, 1])
    for operation in ("add", "sub", "mul"):
        with pytest.raises(ValueError, match="a: element 1 is not below the modulus"):
            getattr(k, f"{field}_{operation}")(bad, good)
        with pytest.raises(ValueError, match="b: element 1 is not below the modulus"):
            getattr(k, f"{field}_{operation}")(good, bad)
    for operation in ("neg", "inv", "inv_naive", "to_mont", "from_mont"):
        if field == "fr" or not operation.endswith("mont"):
            with pytest.raises(ValueError, match="not below the modulus"):
                getattr(k, f"{field}_{operation}")(bad)


def test_vectors_of_different_lengths_are_refused() -> None:
    for name in ("fr_add", "fr_sub", "fr_mul", "fq_add", "fq_sub", "fq_mul"):
        with pytest.raises(ValueError, match="as many rows"):
            getattr(k, name)(to_limbs([1, 2]), to_limbs([1]))


def test_montgomery_forms_are_multiples_of_two_to_the_256() -> None:
    values = edges(R)
    assert call("fr", "to_mont", values) == [x * 2**256 % R for x in values]
    assert call("fr", "from_mont", values) == [x * pow(2, -256, R) % R for x in values]


# F_q2 = F_q[u] / (u^2 + 1)


def mul2(a: list[int], b: list[int]) -> list[int]:
    return [(a[0] * b[0] - a[1] * b[1]) % Q, (a[0] * b[1] + a[1] * b[0]) % Q]


def test_quadratic_extension_equals_the_integers() -> None:
    values = edges(Q)[::4]
    pairs = [[x, y] for x in values for y in values]
    pairs += [numbers(Q, 2, seed) for seed in range(50)]
    a = to_limbs([c for pair in pairs for c in pair]).reshape(-1, 8)
    b = a[::-1].copy()
    flat = [mul2(x, y) for x, y in zip(pairs, pairs[::-1], strict=True)]
    assert from_limbs(k.fq2_mul(a, b)) == [c for pair in flat for c in pair]
    assert from_limbs(k.fq2_square(a)) == [c for pair in pairs for c in mul2(pair, pair)]
    product = from_limbs(k.fq2_mul(a, k.fq2_inv(a)))
    assert product == [c for pair in pairs for c in ((1, 0) if any(pair) else (0, 0))]


# F_q12 = F_q[w] / (w^12 - 18 w^6 + 82), the representation of py_ecc


def mul12(a: list[int], b: list[int]) -> list[int]:
    out = [0] * 23
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    for i in range(22, 11, -1):
        out[i - 6] += 18 * out[i]
        out[i - 12] -= 82 * out[i]
    return [v % Q for v in out[:12]]


def twelve(count: int) -> list[list[int]]:
    special = [[0] * i + [c] + [0] * (11 - i) for i in range(12) for c in (1, Q - 1)]
    return [*special, [Q - 1] * 12, *(numbers(Q, 12, seed) for seed in range(count))]


def test_twelfth_extension_equals_polynomials_over_the_integers() -> None:
    values = twelve(30)
    a = to_limbs([c for v in values for c in v]).reshape(-1, 48)
    b = a[::-1].copy()
    want = [mul12(x, y) for x, y in zip(values, values[::-1], strict=True)]
    assert from_limbs(k.fq12_mul(a, b)) == [c for v in want for c in v]
    assert from_limbs(k.fq12_square(a)) == [c for v in values for c in mul12(v, v)]
    one = [1] + [0] * 11
    assert from_limbs(k.fq12_mul(a, k.fq12_inv(a))) == one * len(values)


def test_frobenius_is_the_q_power() -> None:
    values = twelve(3)[-4:]
    a = to_limbs([c for v in values for c in v]).reshape(-1, 48)
    power = to_limbs([c for _ in values for c in [1] + [0] * 11]).reshape(-1, 48)
    for bit in bin(Q)[2:]:
        power = k.fq12_square(power)
        if bit == "1":
            power = k.fq12_mul(power, a)
    first = k.fq12_frobenius(a, 1)
    assert (first == power).all()
    assert (k.fq12_frobenius(a, 2) == k.fq12_frobenius(first, 1)).all()
    assert (k.fq12_frobenius(a, 3) == k.fq12_frobenius(k.fq12_frobenius(first, 1), 1)).all()


@pytest.mark.parametrize("power", [-1, 0, 4, 12])
def test_other_frobenius_powers_are_refused(power: int) -> None:
    one = to_limbs([1] + [0] * 11).reshape(1, 48)
    with pytest.raises(ValueError, match="power"):
        k.fq12_frobenius(one, power)
