from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.gadget_ladder import Ladder

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets.range import assert_bool, range_check, to_bits
from zkcredit.r1cs import Builder, UInt

WIDTHS = [1, 2, 3, 8, 16, 32, 48, 64, 253]
RANGES = {n: Ladder(lambda api, x, n=n: range_check(api, x.v, n), v=1) for n in WIDTHS}
BITS = Ladder(
    lambda api, x: [
        api.assert_equal(bit.value, expected)
        for bit, expected in zip(to_bits(api, x.v, 5), x.bits, strict=True)
    ],
    v=1,
    bits=5,
)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_range_costs_one_constraint_a_bit_and_one_wire_less(width: int) -> None:
    assert RANGES[width].constraints == width
    assert RANGES[width].internal_wires == width - 1


@pytest.mark.parametrize("width", WIDTHS)
def test_a_range_ends_where_it_says(width: int) -> None:
    ladder = RANGES[width]
    for value in (0, 1, 2**width - 1):
        assert ladder.accepts(v=value)
    for value in (2**width, 2**width + 1, R - 1, R - 2, R - 2**width + 1, (R + 1) // 2):
        assert ladder.accepts(v=value) == (value < 2**width)


@pytest.mark.parametrize("width", [2, 3])
def test_no_choice_of_bits_admits_a_value_outside_a_small_range(width: int) -> None:
    ladder = RANGES[width]
    candidates = [0, 1, 2, R - 1, (R + 1) // 2, pow(4, -1, R)]
    for value in [*range(2**width, 2**width + 9), R - 1, R - 2]:
        for low in candidates:
            for high in candidates:
                forged = {0: low, 1: high} if width == 3 else {0: low}
                assert not ladder.accepts_forged(forged, v=value)


@given(st.integers(0, R - 1), st.sampled_from(WIDTHS))
@settings(max_examples=60, deadline=None)
def test_a_value_is_in_range_exactly_when_it_is_small(value: int, width: int) -> None:
    assert RANGES[width].accepts(v=value) == (value < 2**width)


@given(st.integers(0, 31), st.integers(0, 31))
@settings(max_examples=40, deadline=None)
def test_bits_are_the_bits(value: int, other: int) -> None:
    assert BITS.accepts(v=value, bits=[other >> i & 1 for i in range(5)]) == (value == other)


def test_the_second_decomposition_of_a_small_value_is_out_of_reach() -> None:
    # With 254 bits, 5 + r would be another decomposition of 5; with 253 it does not fit.
    alias = 5 + R
    bits = {i: alias >> i & 1 for i in range(252)}
    assert alias < 2**254
    assert not RANGES[253].accepts_forged(bits, v=5)


@pytest.mark.parametrize("width", [0, -1, 254, 255, 1000])
def test_widths_whose_bits_are_not_unique_are_refused(width: int) -> None:
    builder = Builder(1)
    with pytest.raises(CircuitError):
        to_bits(builder, builder.input(), width)


def test_booleans_are_zero_or_one() -> None:
    ladder = Ladder(lambda api, x: assert_bool(api, x.v), v=1)
    assert ladder.constraints == 1
    assert [v for v in (0, 1, 2, R - 1, (R + 1) // 2) if ladder.accepts(v=v)] == [0, 1]


def test_uint_refuses_widths_and_constants_that_do_not_fit() -> None:
    builder = Builder(1)
    x = builder.input()
    for bits in (0, 254):
        with pytest.raises(CircuitError):
            UInt.unchecked(x, bits)
    for value, bits in ((-1, 4), (16, 4)):
        with pytest.raises(CircuitError):
            UInt.constant(builder, value, bits)
    with pytest.raises(CircuitError):
        UInt.unchecked(x, 8).widen(7)
    assert UInt.unchecked(x, 8).widen(9).bits == 9
    assert UInt.constant(builder, 0).bits == 1
    assert UInt.constant(builder, 15).bits == 4
