"""The chain's algebra on real points, and its exceptional cases on every small group."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_vectors import failing_gadget

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER
from zkcredit.gadgets.montgomery import MontgomeryPoint
from zkcredit.gadgets.variable_base import MAX_DIGITS, signed_chain
from zkcredit.r1cs import compile_gadget

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Circuit, Inputs

BASE = babyjub.mul(31415926535, BASE8)


@lru_cache
def chain(digits: int) -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        bits = api.shadow(x.c).bits(digits)
        result = signed_chain(api, MontgomeryPoint(*x.base), bits, 2 * x.c)
        api.assert_equal(result.product.u, x.r[0])
        api.assert_equal(result.product.v, x.r[1])

    return compile_gadget(define, public={"r": 2}, private={"base": 2, "c": 1})


def inputs(digits: int, c: int) -> list[int]:
    e = 2 * c + 2**digits + 1
    result = babyjub.to_montgomery(babyjub.mul(e, BASE))
    return [*result, *babyjub.to_montgomery(BASE), c]


@pytest.mark.parametrize("digits", [1, 2, 8, 250, 251])
def test_counts(digits: int) -> None:
    assert chain(digits).system.n_constraints == 4 + 6 * digits + 1 + 2


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_all_scalars_of_short_chains(digits: int) -> None:
    for c in range(2**digits):
        assert failing_gadget(chain(digits), inputs(digits, c)) is None


@pytest.mark.slow
@given(st.integers(min_value=0, max_value=2**251 - 1))
@settings(max_examples=8, deadline=None)
def test_long_chains(c: int) -> None:
    assert failing_gadget(chain(251), inputs(251, c)) is None


@pytest.mark.parametrize("c", [0, 1, 2**251 - 1, 2**250, 2**250 - 1])
def test_edge_scalars(c: int) -> None:
    assert failing_gadget(chain(251), inputs(251, c)) is None


@pytest.mark.parametrize("e", [2 * SUBGROUP_ORDER - 1, 2 * SUBGROUP_ORDER + 1, 3 * SUBGROUP_ORDER])
def test_a_partial_sum_that_is_the_identity_is_unsatisfiable(e: int) -> None:
    c = (e - 2**251 - 1) // 2
    target = babyjub.mul(e, BASE)
    claimed = babyjub.to_montgomery(target if target != babyjub.IDENTITY else BASE)
    witness = [*claimed, *babyjub.to_montgomery(BASE), c]
    assert "chain" in str(failing_gadget(chain(251), witness))


def test_the_digits_are_bound_to_the_scalar() -> None:
    good = inputs(8, 77)
    for c in (76, 78, 77 + 2**8, 77 - 2**8, R - 77):
        assert failing_gadget(chain(8), [*good[:4], c % R]) is not None
    for c in (2**8, 2**8 + 5, R - 1, (R + 1) // 2):  # does not fit the digits
        assert failing_gadget(chain(8), [*good[:4], c]) == "binding"


def test_every_wire_is_determined() -> None:
    circuit = chain(24)
    assert unnoticed_wires(circuit.system, circuit.tape.run_python(inputs(24, 0xABCDEF))) == []


@pytest.mark.parametrize("digits", [0, 252, 253])
def test_lengths_outside_the_proof_are_refused(digits: int) -> None:
    def define(api: Api, x: Inputs) -> None:
        signed_chain(api, MontgomeryPoint(*x.base), [api.shadow(0)] * digits, x.c)

    with pytest.raises(CircuitError):
        compile_gadget(define, private={"base": 2, "c": 1})


def exceptions(order: int, digits: int) -> set[str]:
    """What can go wrong in a group of this order, over all digit strings."""
    found = set()
    for signs in product((1, -1), repeat=digits):
        k = 2
        for sign in signs:
            if (k - sign) % order == 0:
                found.add("free slope")
            k = 2 * k + sign
            if k % order == 0:
                found.add("identity")
    return found


@pytest.mark.parametrize("bits", [3, 4, 5, 6])
def test_no_slope_is_free_up_to_the_parity_bound_and_one_is_beyond(bits: int) -> None:
    # l between 2^bits and 2^(bits+1) plays the subgroup order; the real one has bits = 250.
    for order in range(2**bits + 1, 2 ** (bits + 1), 2):
        if 3 * 2**bits < 2 * order - 1:
            assert "free slope" not in exceptions(order, bits + 1)
            assert "free slope" in exceptions(order, bits + 2)
    assert SUBGROUP_ORDER.bit_length() == MAX_DIGITS
