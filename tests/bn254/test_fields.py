from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcredit.bn254.fields import TWO_ADICITY, Fr, Q, R

elements = st.integers(min_value=0, max_value=R - 1)


def test_moduli_are_the_bn_polynomials_at_the_curve_parameter() -> None:
    t = 4965661367192848881
    assert 36 * t**4 + 36 * t**3 + 24 * t**2 + 6 * t + 1 == Q
    assert 36 * t**4 + 36 * t**3 + 18 * t**2 + 6 * t + 1 == R
    assert (R - 1) % 2**TWO_ADICITY == 0
    assert (R - 1) % 2 ** (TWO_ADICITY + 1)


@given(elements, elements, elements)
def test_field_laws(a: int, b: int, c: int) -> None:
    x, y, z = Fr(a), Fr(b), Fr(c)
    assert (x + y) + z == x + (y + z)
    assert x * (y + z) == x * y + x * z
    assert x - y == -(y - x)
    assert int(x * y) == a * b % R
    if b:
        assert x / y * y == x
        assert y**-2 == y.inverse() * y.inverse()


@given(elements)
def test_ints_act_from_both_sides(a: int) -> None:
    x = Fr(a)
    assert x + 1 == 1 + x
    assert 5 - x == -(x - 5)
    assert x * 3 == 3 * x == x + x + x
    if a:
        assert 1 / x == x.inverse()
    assert x == a
    assert hash(x) == hash(a)


def test_only_the_canonical_int_is_equal() -> None:
    assert Fr(R + 5) == 5
    assert Fr(5) != R + 5
    assert Fr(-1) == R - 1
    assert Fr(5) != "5"


def test_zero_has_no_inverse() -> None:
    for attempt in (
        lambda: Fr(0).inverse(),
        lambda: 1 / Fr(R),
        lambda: Fr(3) / 0,
        lambda: Fr(0) ** -1,
    ):
        with pytest.raises(ZeroDivisionError):
            attempt()


@pytest.mark.parametrize("value", ["1", 1.0, None, b"\x01"])
def test_an_element_is_made_from_an_int_only(value: object) -> None:
    with pytest.raises(TypeError):
        Fr(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Fr(1) + value  # type: ignore[operator]


def test_an_element_is_immutable() -> None:
    with pytest.raises(AttributeError):
        Fr(1)._value = 2
