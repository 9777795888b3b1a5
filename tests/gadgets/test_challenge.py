from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_vectors import failing_gadget, registers

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, UnsatisfiedWitness
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER as L
from zkcredit.gadgets.challenge import (
    DIGITS,
    LARGEST,
    SMALLEST,
    assert_at_most,
    is_provable,
    multiply_by_challenge,
)
from zkcredit.gadgets.montgomery import MontgomeryPoint
from zkcredit.r1cs import Evaluator, compile_gadget
from zkcredit.r1cs.tape import DIVMOD

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Circuit, Inputs

BASE = babyjub.mul(2718281828, BASE8)
GAP = 8 * L - R
LOWEST = 2 * SMALLEST - (2 * L - 2**DIGITS - 2)
HIGHEST = 2 * LARGEST + 1 - (2 * L - 2**DIGITS - 2)


@lru_cache
def circuit() -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        result = multiply_by_challenge(api, MontgomeryPoint(*x.base), x.h)
        api.assert_equal(result.u, x.r[0])
        api.assert_equal(result.v, x.r[1])

    return compile_gadget(define, public={"r": 2}, private={"base": 2, "h": 1})


def inputs(h: int, multiple: int | None = None) -> list[int]:
    target = babyjub.mul(h if multiple is None else multiple, BASE)
    known = babyjub.to_montgomery(target) if target != babyjub.IDENTITY else (0, 0)
    return [*known, *babyjub.to_montgomery(BASE), h]


def test_count() -> None:
    assert circuit().system.n_constraints == 1571 + 2
    counts = circuit().gadget_counts
    assert counts["challenge.window"] == 51
    assert counts["challenge.chain"] == 1510


def test_the_window_loses_one_challenge_in_two_to_the_98() -> None:
    lost = L - (HIGHEST - LOWEST + 1)
    assert 2**98 < L // lost < 2**99
    assert LOWEST >= 5
    assert HIGHEST <= L - GAP - 5


@pytest.mark.parametrize("seed", range(12))
def test_random_challenges(seed: int) -> None:
    h = random.Random(seed).randrange(R)
    assert is_provable(h)
    assert failing_gadget(circuit(), inputs(h)) is None


@pytest.mark.slow
@pytest.mark.parametrize("q", range(8))
def test_edges_of_the_window(q: int) -> None:
    for residue in (LOWEST, LOWEST + 1, HIGHEST - 1, HIGHEST):
        assert is_provable(q * L + residue)
        assert failing_gadget(circuit(), inputs(q * L + residue)) is None
    for residue in (0, 1, 2, 3, 4, LOWEST - 1, HIGHEST + 1, L - GAP - 1):
        h = q * L + residue
        assert not is_provable(h)
        assert failing_gadget(circuit(), inputs(h)) is not None
    if q < 7:
        for residue in (L - GAP, L - 1):
            assert not is_provable(q * L + residue)
            assert failing_gadget(circuit(), inputs(q * L + residue)) is not None


def test_not_a_field_element_is_not_provable() -> None:
    assert not is_provable(-1)
    assert not is_provable(R + 2**200)


def shifted(h: int, quotient: int, residue: int) -> str | None:
    """The first failure of a prover who claims h = residue + quotient·l (mod r)."""
    assert (residue + quotient * L - h) % R == 0
    ((q, e),) = registers(circuit(), DIVMOD, L)
    return failing_gadget(circuit(), inputs(h, residue), {q: quotient, e: residue})


def test_a_shifted_quotient_fails_in_the_window() -> None:
    h = 3 * L + 2**249
    assert shifted(h, 3, 2**249) is None
    for quotient, residue in ((2, 2**249 + L), (4, 2**249 - L)):
        assert "challenge" in str(shifted(h, quotient, residue))
    high = 3 * L + L - GAP - 2**200
    assert "challenge" in str(shifted(high, 4, -GAP - 2**200))


@pytest.mark.parametrize("h", [0, 1, 5, GAP // 2, GAP - 1])
def test_a_small_hash_taken_as_h_plus_r_fails_in_the_window(h: int) -> None:
    # h + r = 8l - δ + h is below 8l, so q = 7 and a residue just under l would fit in bits.
    assert "challenge" in str(shifted(h, 7, h + R - 7 * L))


def test_another_multiple_is_refused() -> None:
    h = 5 * L + 2**248 + 17
    for multiple in (h + 1, h - 1, -h, 2 * h):
        assert failing_gadget(circuit(), inputs(h, multiple)) is not None


def test_every_wire_but_idle_comparison_hints_is_determined() -> None:
    # Where D = Z = 0 a comparison's hint multiplies zero: free by design, and nothing reads it.
    built = circuit()
    system = built.system
    witness = built.tape.run_python(inputs(6 * L + 2**249 + 99))
    for wire in unnoticed_wires(system, witness):
        (index,) = system.wire_uses[wire]
        assert built.constraint_labels[index] == "challenge.window"
        missing, hint, ones = system.row(index)
        assert list(hint) == [wire]
        for side in (missing, ones):
            assert sum(k * witness[w] for w, k in side.items()) % R == 0


@pytest.mark.parametrize("unit", [1, 7, R - 3])
@pytest.mark.parametrize("bits", [1, 2, 5])
def test_comparison_is_exact_for_every_bound_and_value(bits: int, unit: int) -> None:
    for bound in range(2**bits):
        for value in range(2**bits):
            api = Evaluator()
            digits = [api.value((value >> i & 1) * unit) for i in range(bits)]
            try:
                assert_at_most(api, digits, api.value(unit), bound)
            except UnsatisfiedWitness:
                assert value > bound
            else:
                assert value <= bound


def test_a_bound_wider_than_the_digits_is_refused() -> None:
    api = Evaluator()
    for bound, digits in ((4, 2), (-1, 2), (1, 254)):
        with pytest.raises(CircuitError):
            assert_at_most(api, [api.value(0)] * digits, api.value(1), bound)
