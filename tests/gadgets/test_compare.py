from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.gadget_ladder import Ladder

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets.compare import (
    assert_at_least,
    assert_at_most_constant,
    assert_between,
    assert_less,
    is_zero,
)
from zkcredit.gadgets.range import range_check, to_bits
from zkcredit.gadgets.select import gate, select
from zkcredit.r1cs import Builder, UInt

K = 5
AT_LEAST = Ladder(
    lambda api, x: assert_at_least(api, range_check(api, x.a, K), range_check(api, x.b, K)),
    a=1,
    b=1,
)
LESS = Ladder(
    lambda api, x: assert_less(api, range_check(api, x.a, K), range_check(api, x.b, K)), a=1, b=1
)
BETWEEN = Ladder(
    lambda api, x: assert_between(
        api, range_check(api, x.low, K), x.v, range_check(api, x.high, K)
    ),
    low=1,
    v=1,
    high=1,
)
IS_ZERO = Ladder(lambda api, x: api.assert_equal(is_zero(api, x.v).value, x.z), v=1, z=1)
EDGES = [0, 1, 15, 16, 30, 31, 32, 33, R - 1, R - 2, R - 31, R - 32]


def test_a_comparison_costs_its_width() -> None:
    assert AT_LEAST.constraints == 3 * K
    assert LESS.constraints == 3 * K
    assert BETWEEN.constraints == 4 * K
    assert IS_ZERO.constraints == 3


@pytest.mark.parametrize(("a", "b"), itertools.product(EDGES, EDGES))
def test_comparisons_hold_exactly_for_typed_operands(a: int, b: int) -> None:
    typed = a < 2**K and b < 2**K
    assert AT_LEAST.accepts(a=a, b=b) == (typed and a >= b)
    assert LESS.accepts(a=a, b=b) == (typed and a < b)


@given(st.integers(0, 31), st.sampled_from([*range(34), R - 1, R - 16]), st.integers(0, 31))
@settings(max_examples=80, deadline=None)
def test_between_needs_no_width_of_the_value(low: int, value: int, high: int) -> None:
    assert BETWEEN.accepts(low=low, v=value, high=high) == (low <= value <= high)


def test_untyped_and_too_wide_operands_are_refused_while_building() -> None:
    builder = Builder(2)
    a, b = builder.input(), builder.input()
    typed = UInt.unchecked(a, 8)
    wide = UInt.unchecked(b, 253)
    for bad in (b, wide, 7, None):
        for compare in (assert_at_least, assert_less):
            with pytest.raises(CircuitError):
                compare(builder, typed, bad)
            with pytest.raises(CircuitError):
                compare(builder, bad, typed)
        with pytest.raises(CircuitError):
            assert_between(builder, bad, a, typed)
        with pytest.raises(CircuitError):
            select(builder, bad, a, b)
        with pytest.raises(CircuitError):
            gate(builder, bad, a)
    with pytest.raises(CircuitError):
        select(builder, typed, a, b)
    with pytest.raises(CircuitError):
        gate(builder, UInt.unchecked(a, 2), b)


@pytest.mark.parametrize("value", [0, 1, 2, R - 1, (R + 1) // 2])
def test_is_zero_has_one_answer(value: int) -> None:
    for answer in (0, 1, 2, R - 1):
        assert IS_ZERO.accepts(v=value, z=answer) == (answer == int(value == 0))


def test_is_zero_cannot_be_talked_round_by_its_hint() -> None:
    # Internal wires: 0 is the inverse hint, 1 the product v·hint, so z = 1 − product.
    for hint in (0, 1, R - 1, 77):
        for value, claimed in ((5, 1), (0, 0)):
            forged = {0: hint, 1: (1 - claimed) % R}
            assert not IS_ZERO.accepts_forged(forged, v=value, z=claimed)


@pytest.mark.slow
def test_a_constant_bound_is_exact_for_every_seven_bit_bound_and_value() -> None:
    for bound in range(128):
        ladder = Ladder(
            lambda api, x, bound=bound: assert_at_most_constant(api, to_bits(api, x.v, 7), bound),
            v=1,
        )
        runs = len(list(filter(None, f"{bound:07b}".replace("1", " ").split())))
        assert ladder.constraints == 7 + runs
        accepted = [v for v in range(128) if ladder.evaluates({"v": v})]
        assert accepted == list(range(bound + 1))


@pytest.mark.parametrize("bound", [0, 1, 0b1010101, 0b1100110, 127])
def test_a_constant_bound_agrees_on_wires(bound: int) -> None:
    ladder = Ladder(lambda api, x: assert_at_most_constant(api, to_bits(api, x.v, 7), bound), v=1)
    for value in {0, 1, max(bound - 1, 0), bound, min(bound + 1, 127), 127}:
        assert ladder.accepts(v=value) == (value <= bound)


def test_a_constant_bound_must_fit_and_needs_bits() -> None:
    builder = Builder(1)
    x = builder.input()
    bits = [UInt.unchecked(x, 1)] * 3
    for bound in (-1, 8):
        with pytest.raises(CircuitError):
            assert_at_most_constant(builder, bits, bound)
    with pytest.raises(CircuitError):
        assert_at_most_constant(builder, [UInt.unchecked(x, 2)], 1)


def test_select_and_gate_choose() -> None:
    ladder = Ladder(
        lambda api, x: (
            api.assert_equal(select(api, range_check(api, x.c, 1), x.yes, x.no), x.out),
            api.assert_equal(gate(api, range_check(api, x.c, 1), x.yes), x.gated),
        ),
        c=1,
        yes=1,
        no=1,
        out=1,
        gated=1,
    )
    assert ladder.constraints == 6
    assert ladder.accepts(c=1, yes=10, no=20, out=10, gated=10)
    assert ladder.accepts(c=0, yes=10, no=20, out=20, gated=0)
    assert not ladder.accepts(c=0, yes=10, no=20, out=10, gated=0)
    assert not ladder.accepts(c=1, yes=10, no=20, out=10, gated=0)
    assert not ladder.accepts(c=2, yes=10, no=20, out=0, gated=20)
