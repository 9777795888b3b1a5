from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.curve_vectors import point, vectors

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import (
    BASE8,
    EDWARDS_A,
    EDWARDS_D,
    IDENTITY,
    MONTGOMERY_A,
    SUBGROUP_ORDER,
    TORSION,
    Point,
)

OFF_CURVE = [
    Point(0, 0),
    Point(1, 1),
    Point(BASE8.x, BASE8.y + 1),
    Point(BASE8.x + R, BASE8.y),
    Point(BASE8.x, BASE8.y - R),
    Point(BASE8.y, BASE8.x),
]

scalars = st.integers(min_value=-(2**260), max_value=2**260)


def is_square(value: int) -> bool:
    return pow(value % R, (R - 1) // 2, R) in (0, 1)


def test_parameters() -> None:
    assert is_square(EDWARDS_A)
    assert not is_square(EDWARDS_D)
    assert MONTGOMERY_A == 2 * (EDWARDS_A + EDWARDS_D) // (EDWARDS_A - EDWARDS_D)
    assert EDWARDS_A - EDWARDS_D == 4  # the Montgomery form's B is 1
    assert not is_square(MONTGOMERY_A**2 - 4)
    assert not is_square(MONTGOMERY_A - 2)
    assert babyjub.mul(SUBGROUP_ORDER, BASE8) == IDENTITY
    # Primality, by a Fermat test to several bases.
    assert all(pow(b, SUBGROUP_ORDER - 1, SUBGROUP_ORDER) == 1 for b in (2, 3, 5, 7, 11))


@pytest.mark.parametrize("case", vectors()["babyjub_mul"], ids=lambda c: c["k"][:12])
def test_multiplication_and_encoding_agree_with_circomlibjs(case: dict[str, object]) -> None:
    result = babyjub.mul(int(case["k"]), point(case["base"]))
    assert result == point(case["out"])
    assert int.from_bytes(babyjub.encode(result), "little") == int(case["packed"])
    assert babyjub.decode(babyjub.encode(result)) == result


@pytest.mark.parametrize("case", vectors()["babyjub_add"])
def test_addition_agrees_with_circomlibjs(case: dict[str, object]) -> None:
    assert babyjub.add(point(case["p"]), point(case["q"])) == point(case["out"])


def test_torsion_is_the_cyclic_group_of_order_eight() -> None:
    assert list(TORSION) == [point(p) for p in vectors()["babyjub_torsion"]]
    for i, p in enumerate(TORSION):
        assert babyjub.is_on_curve(p)
        assert babyjub.mul(8, p) == IDENTITY
        assert babyjub.in_subgroup(p) == (i == 0)
        for j, q in enumerate(TORSION):
            assert babyjub.add(p, q) == TORSION[(i + j) % 8]
    assert TORSION[4] == Point(0, R - 1)


@given(scalars, scalars)
@settings(max_examples=25, deadline=None)
def test_multiplication_is_a_homomorphism(m: int, n: int) -> None:
    p = babyjub.add(BASE8, TORSION[1])
    assert babyjub.mul(m + n, p) == babyjub.add(babyjub.mul(m, p), babyjub.mul(n, p))
    assert babyjub.mul(m, babyjub.mul(n, p)) == babyjub.mul(m * n, p)
    assert babyjub.mul(m, p) == babyjub.mul(m % (8 * SUBGROUP_ORDER), p)


@given(scalars)
@settings(max_examples=25, deadline=None)
def test_forms_round_trip(k: int) -> None:
    p = babyjub.mul(k, babyjub.add(BASE8, TORSION[3]))
    assert babyjub.double(p) == babyjub.add(p, p)
    assert babyjub.add(p, babyjub.neg(p)) == IDENTITY
    assert babyjub.decode(babyjub.encode(p)) == p
    if p != IDENTITY:
        assert babyjub.from_montgomery(*babyjub.to_montgomery(p)) == p


@pytest.mark.parametrize("bad", OFF_CURVE)
def test_points_off_the_curve_are_refused(bad: Point) -> None:
    assert not babyjub.is_on_curve(bad)
    assert not babyjub.in_subgroup(bad)
    for attempt in (
        lambda: babyjub.add(bad, BASE8),
        lambda: babyjub.add(BASE8, bad),
        lambda: babyjub.double(bad),
        lambda: babyjub.mul(3, bad),
        lambda: babyjub.encode(bad),
        lambda: babyjub.to_montgomery(bad),
        lambda: babyjub.eighth(bad),
    ):
        with pytest.raises(InvalidInput):
            attempt()


def test_an_eighth_exists_in_the_subgroup_only() -> None:
    p = babyjub.mul(123456789, BASE8)
    assert babyjub.mul(8, babyjub.eighth(p)) == p
    for torsion in TORSION[1:]:
        with pytest.raises(InvalidInput):
            babyjub.eighth(babyjub.add(p, torsion))


def test_the_identity_has_no_montgomery_form() -> None:
    with pytest.raises(InvalidInput):
        babyjub.to_montgomery(IDENTITY)
    for pair in ((1, 1), (R, 0), (0, R), (0, 1)):
        with pytest.raises(InvalidInput):
            babyjub.from_montgomery(*pair)


def test_decoding_is_strict() -> None:
    good = int.from_bytes(babyjub.encode(BASE8), "little")
    no_point = next(
        y
        for y in range(2, 100)
        if not is_square((1 - y * y) * pow(EDWARDS_A - EDWARDS_D * y * y, -1, R))
    )
    for number in (
        good + R,  # y not reduced
        good % 2**255 + R,
        1 | 1 << 255,  # the identity with a sign
        (R - 1) | 1 << 255,  # (0, -1) with a sign
        no_point,
        2**256 - 1,
    ):
        with pytest.raises(InvalidInput):
            babyjub.decode(number.to_bytes(32, "little"))
    for data in (b"", bytes(31), bytes(33)):
        with pytest.raises(InvalidInput):
            babyjub.decode(data)
    assert babyjub.decode((good ^ 1 << 255).to_bytes(32, "little")) == babyjub.neg(BASE8)
