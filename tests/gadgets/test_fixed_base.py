from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_vectors import failing_gadget, registers

from zkcredit.bn254.fields import R
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER
from zkcredit.gadgets.fixed_base import CONSTRAINTS, multiply_base8
from zkcredit.r1cs import compile_gadget
from zkcredit.r1cs.tape import LOOKUP

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Circuit, Inputs

TOP = 16**62
EDGES = [
    *(1, 2, 3, 15, 16, 17),
    *(SUBGROUP_ORDER - 1, SUBGROUP_ORDER - 2, SUBGROUP_ORDER // 2, SUBGROUP_ORDER // 2 + 1),
    *(TOP - 1, TOP, TOP + 1, 2 * TOP, 2 * TOP + 1, 4 * TOP - 1, 4 * TOP + 1),
    *(6 * TOP - 1, 6 * TOP, 6 * TOP + 1, SUBGROUP_ORDER - 6 * TOP, SUBGROUP_ORDER - 6 * TOP - 1),
    *(SUBGROUP_ORDER + 1, 2 * SUBGROUP_ORDER - 1, 2**252 - 1, R - 1),
]


@lru_cache
def circuit() -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        result = multiply_base8(api, x.s)
        api.assert_equal(result.u, x.r[0])
        api.assert_equal(result.v, x.r[1])

    return compile_gadget(define, public={"r": 2}, advice={"s": 1})


def inputs(s: int) -> list[int]:
    return [*babyjub.to_montgomery(babyjub.mul(s, BASE8)), s]


def test_count() -> None:
    assert CONSTRAINTS == 500
    assert circuit().system.n_constraints == CONSTRAINTS + 2


@pytest.mark.parametrize("s", EDGES)
def test_edge_scalars(s: int) -> None:
    assert failing_gadget(circuit(), inputs(s)) is None


@given(st.integers(min_value=1, max_value=SUBGROUP_ORDER - 1))
@settings(max_examples=30, deadline=None)
def test_random_scalars(s: int) -> None:
    assert failing_gadget(circuit(), inputs(s)) is None


@pytest.mark.parametrize("s", [1, 2, 12345, SUBGROUP_ORDER - 7])
def test_s_plus_l_is_the_same_witness(s: int) -> None:
    run = circuit().tape.run_python
    assert run(inputs(s)) == run([*inputs(s)[:2], s + SUBGROUP_ORDER])


@pytest.mark.parametrize("s", [0, SUBGROUP_ORDER])
def test_zero_has_no_witness(s: int) -> None:
    for claimed in (BASE8, babyjub.TORSION[4], babyjub.mul(17, BASE8)):
        assert failing_gadget(circuit(), [*babyjub.to_montgomery(claimed), s]) is not None


def test_another_multiple_is_refused() -> None:
    good = inputs(123456)
    for s in (123455, 123457, SUBGROUP_ORDER - 123456):
        assert failing_gadget(circuit(), [*good[:2], s]) is not None
    assert failing_gadget(circuit(), [good[0], R - good[1], good[2]]) is not None


def test_every_wire_is_determined() -> None:
    assert (
        unnoticed_wires(circuit().system, circuit().tape.run_python(inputs(2**249 + 12345))) == []
    )


def test_points_outside_the_tables_are_refused() -> None:
    # A dishonest prover puts another point of the subgroup into a window and goes on honestly.
    tables = registers(circuit(), LOOKUP)
    assert len(tables) == 1 + 2 * 63  # the taken term, then abscissa and ordinate of each window
    stranger = babyjub.to_montgomery(babyjub.mul(17 * 16**5, BASE8))
    for window in (0, 5, 61, 62):
        (u,), (v,) = tables[1 + 2 * window], tables[2 + 2 * window]
        for lie in ({u: stranger[0], v: stranger[1]}, {u: 0, v: 0}, {u: R - 1}, {v: 0}, {v: 5}):
            assert "fixed_base" in str(failing_gadget(circuit(), inputs(777), lie))


@pytest.mark.parametrize("order", range(97, 112, 2))
def test_toy_group_no_collision_and_every_scalar(order: int) -> None:
    # The same layout with digits ±1, ±3 of weight 4ⁱ, two windows and l between 6·16 and 7·16.
    top = 16
    wrap = order + top + 1
    reached = set()
    for d0, d1, last in product((-3, -1, 1, 3), (-3, -1, 1, 3), (top, 3 * top, 5 * top, wrap)):
        for sign in (1, -1):
            k = d0
            for term in (4 * d1, sign * last):
                assert (k - term) % order
                assert (k + term) % order
                k += term
            reached.add(k % order)
    assert reached == set(range(1, order))
