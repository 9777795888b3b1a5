from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_vectors import failing_gadget, point, registers, vectors

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.signed_windows import MAX_WINDOWS, signed_windows
from zkcredit.gadgets.table_point import select_point
from zkcredit.r1cs import compile_gadget
from zkcredit.r1cs.tape import LOOKUP

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Circuit, Inputs


@lru_cache
def circuit(windows: int, base: Point = BASE8) -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        half = (x.n + (8**windows - 1)) * pow(2, -1, R)
        result = signed_windows(api, base, half.bits(3 * windows))
        api.assert_equal(result.product.u, x.r[0])
        api.assert_equal(result.product.v, x.r[1])
        weighted = ((8**i, digit) for i, digit in enumerate(result.digits))
        api.assert_equal(api.linear(weighted), x.scalar)

    return compile_gadget(define, public={"r": 2, "scalar": 1}, advice={"n": 1})


def inputs(n: int, base: Point = BASE8) -> list[int]:
    return [*babyjub.to_montgomery(babyjub.mul(n, base)), n % R, n % R]


@pytest.mark.parametrize("windows", [1, 2, 80, 83])
def test_count(windows: int) -> None:
    assert circuit(windows).system.n_constraints == 8 * windows - 3 + 3


@pytest.mark.parametrize("windows", [1, 2])
def test_every_odd_scalar_of_short_expansions(windows: int) -> None:
    for n in range(1 - 8**windows, 8**windows, 2):
        assert failing_gadget(circuit(windows), inputs(n)) is None


@pytest.mark.parametrize("windows", [1, 2])
def test_even_and_overlong_scalars_have_no_digits(windows: int) -> None:
    for n in (2, -2, 8**windows + 1, -(8**windows) - 1, 8**windows + 7, SUBGROUP_ORDER + 2, R // 2):
        assert failing_gadget(circuit(windows), inputs(n)) is not None


@given(st.integers(min_value=0, max_value=2**249 - 1))
@settings(max_examples=8, deadline=None)
def test_random_scalars_of_the_longest_expansion(c: int) -> None:
    assert failing_gadget(circuit(83), inputs(2 * c + 1 - 2**249)) is None


@pytest.mark.parametrize("n", [1, -1, 7, 9, 2**249 - 1, 1 - 2**249, 2**248 + 1])
def test_edge_scalars(n: int) -> None:
    assert failing_gadget(circuit(83), inputs(n)) is None


def test_a_scalar_and_its_alias_are_not_both_provable() -> None:
    n = 2**200 + 1
    good = inputs(n)
    for alias in (n + SUBGROUP_ORDER, n - SUBGROUP_ORDER):
        assert failing_gadget(circuit(83), [*good[:2], alias % R, alias % R]) is not None


def test_another_base() -> None:
    base = babyjub.mul(99, BASE8)
    assert failing_gadget(circuit(5, base), inputs(12345, base)) is None
    assert failing_gadget(circuit(5, base), inputs(12345)) is not None


@pytest.mark.parametrize("case", vectors()["elgamal"][1:], ids=lambda c: c["m"])
def test_shared_vectors_of_messages(case: dict[str, object]) -> None:
    # Σ dᵢ·8ⁱ = 2m - (2^240 - 1) over B8/2 is m·B8 but for a constant.
    m = int(case["m"])
    n = 2 * m - (2**240 - 1)
    half = babyjub.mul(pow(2, -1, SUBGROUP_ORDER), BASE8)
    mask = babyjub.mul(int(case["sk"]), point(case["c1"]))
    message = babyjub.add(point(case["c2"]), babyjub.neg(mask))
    expected = babyjub.add(message, babyjub.neg(babyjub.mul(2**240 - 1, half)))
    given = [*babyjub.to_montgomery(expected), n % R, n % R]
    assert failing_gadget(circuit(80, half), given) is None


def test_the_product_and_the_scalar_are_bound_to_each_other() -> None:
    good = inputs(12345)
    for other in (12343, 12347, -12345):
        wrong = inputs(other)
        assert failing_gadget(circuit(5), [*good[:2], *wrong[2:]]) is not None
        assert failing_gadget(circuit(5), [*wrong[:2], *good[2:]]) is not None
        assert failing_gadget(circuit(5), [*good[:3], wrong[3]]) is not None
    assert failing_gadget(circuit(5), [good[0], R - good[1], *good[2:]]) is not None


def test_every_wire_is_determined() -> None:
    built = circuit(5)
    assert unnoticed_wires(built.system, built.tape.run_python(inputs(12345))) == []


def test_points_outside_the_tables_are_refused() -> None:
    built = circuit(5)
    tables = registers(built, LOOKUP)
    assert len(tables) == 2 * 5  # abscissa and ordinate of each window
    even = babyjub.to_montgomery(babyjub.mul(2 * 8**3, BASE8))
    foreign = babyjub.to_montgomery(babyjub.mul(3 * 8**4, BASE8))
    (u,), (v,) = tables[2 * 3], tables[2 * 3 + 1]
    for lie in (even, foreign, (0, 0), (R - 1, 5), (5, 0)):
        assert "windows" in str(failing_gadget(built, inputs(777), {u: lie[0], v: lie[1]}))
    for single in ({u: 7}, {v: 0}, {v: 5}):
        assert "windows" in str(failing_gadget(built, inputs(777), single))


@pytest.mark.parametrize("bits", [0, 1, 2, 4, 250, 252])
def test_lengths_outside_the_proof_are_refused(bits: int) -> None:
    with pytest.raises(CircuitError):
        compile_gadget(
            lambda api, x: signed_windows(api, BASE8, [api.shadow(0)] * bits), private={"x": 1}
        )


@pytest.mark.parametrize("base", [*TORSION, babyjub.add(BASE8, TORSION[4])])
def test_bases_that_are_not_of_prime_order_are_refused(base: Point) -> None:
    with pytest.raises(CircuitError):
        compile_gadget(
            lambda api, x: signed_windows(api, base, [api.shadow(0)] * 3), private={"x": 1}
        )


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_tables_of_other_sizes_are_refused(size: int) -> None:
    table = [babyjub.to_montgomery(babyjub.mul(k, BASE8)) for k in range(1, size + 1)]
    with pytest.raises(CircuitError):
        compile_gadget(
            lambda api, x: select_point(api, api.shadow(0), api.shadow(1), table),
            private={"x": 1},
        )


def collisions(order: int, windows: int) -> bool:
    """Whether some choice of digits makes two points of an addition equal or opposite."""
    for digits in product(range(-7, 8, 2), repeat=windows):
        k = digits[0]
        for i, digit in enumerate(digits[1:], 1):
            term = digit * 8**i
            if (k - term) % order == 0 or (k + term) % order == 0:
                return True
            k += term
        if k % order == 0:
            return True
    return False


def test_no_addition_is_exceptional_up_to_the_bound_and_one_is_beyond() -> None:
    for order in (65, 67, 101, 257, 509, 511):  # 8² <= order < 8³
        assert not collisions(order, 2)
        assert collisions(order, 3)
    assert 8**MAX_WINDOWS <= SUBGROUP_ORDER < 8 ** (MAX_WINDOWS + 1)


def test_expansions_are_unique() -> None:
    sums = [a + 8 * b + 64 * c for a, b, c in product(range(-7, 8, 2), repeat=3)]
    assert sorted(sums) == list(range(1 - 8**3, 8**3, 2))
    assert IDENTITY not in {babyjub.mul(n, BASE8) for n in sums}
