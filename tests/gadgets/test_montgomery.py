from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_vectors import failing_gadget

from zkcredit.bn254.fields import R
from zkcredit.gadgets import babyjub, edwards, montgomery
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, TORSION, Point
from zkcredit.gadgets.edwards import EdwardsSignals
from zkcredit.gadgets.montgomery import MontgomeryPoint
from zkcredit.r1cs import compile_gadget

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Circuit, Inputs

P = babyjub.mul(987654321, BASE8)
Q = babyjub.mul(-55555, BASE8)


@lru_cache
def binary(name: str) -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        result = getattr(montgomery, name)(api, MontgomeryPoint(*x.p), MontgomeryPoint(*x.q))
        api.assert_equal(result.u, x.r[0])
        api.assert_equal(result.v, x.r[1])

    return compile_gadget(define, public={"r": 2}, private={"p": 2, "q": 2})


@lru_cache
def unary(name: str) -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        result = getattr(montgomery, name)(api, MontgomeryPoint(*x.p))
        api.assert_equal(result[0], x.r[0])
        api.assert_equal(result[1], x.r[1])

    return compile_gadget(define, public={"r": 2}, private={"p": 2})


@lru_cache
def edwards_sum() -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        edwards.assert_on_curve(api, EdwardsSignals(*x.p))
        edwards.assert_on_curve(api, EdwardsSignals(*x.q))
        edwards.assert_sum(api, EdwardsSignals(*x.p), EdwardsSignals(*x.q), EdwardsSignals(*x.r))

    return compile_gadget(define, public={"r": 2}, private={"p": 2, "q": 2})


def uv(point: Point) -> tuple[int, int]:
    return babyjub.to_montgomery(point)


@pytest.mark.parametrize(
    ("circuit", "constraints"),
    [
        (binary("add_incomplete"), 3),
        (binary("add_distinct"), 4),
        (unary("double"), 4),
        (unary("prime_order_point"), 14),
        (unary("to_edwards"), 2),
    ],
)
def test_constraint_counts(circuit: Circuit, constraints: int) -> None:
    assert circuit.system.n_constraints == constraints + 2


def test_edwards_counts() -> None:
    assert edwards_sum().system.n_constraints == 3 + 3 + 6


@pytest.mark.parametrize("name", ["add_incomplete", "add_distinct"])
def test_addition_of_different_points(name: str) -> None:
    total = babyjub.add(P, Q)
    inputs = [*uv(total), *uv(P), *uv(Q)]
    assert failing_gadget(binary(name), inputs) is None
    assert unnoticed_wires(binary(name).system, binary(name).tape.run_python(inputs)) == []
    wrong = [*uv(babyjub.neg(total)), *uv(P), *uv(Q)]
    assert failing_gadget(binary(name), wrong) is not None


@pytest.mark.parametrize("name", ["add_incomplete", "add_distinct"])
def test_opposite_points_are_unsatisfiable(name: str) -> None:
    inputs = [*uv(P), *uv(P), *uv(babyjub.neg(P))]
    assert failing_gadget(binary(name), inputs) is not None


def test_equal_points_are_forgeable_in_the_incomplete_addition_only() -> None:
    # λ = 7 is as good as the tangent: the gadget's docstring says so, and this keeps it honest.
    u, v = uv(P)
    slope = 7
    u3 = (slope**2 - babyjub.MONTGOMERY_A - 2 * u) % R
    v3 = (slope * (u - u3) - v) % R
    circuit = binary("add_incomplete")
    assert circuit.system.first_unsatisfied([1, u3, v3, u, v, u, v, slope, u3, v3]) == -1
    assert failing_gadget(binary("add_distinct"), [u3, v3, u, v, u, v]) is not None


def test_doubling_and_its_only_exception() -> None:
    circuit = unary("double")
    inputs = [*uv(babyjub.double(P)), *uv(P)]
    assert failing_gadget(circuit, inputs) is None
    assert unnoticed_wires(circuit.system, circuit.tape.run_python(inputs)) == []
    assert failing_gadget(circuit, [*uv(P), 0, 0]) is not None


def test_every_slope_fails_to_double_the_point_of_order_two() -> None:
    system = unary("double").system
    for slope in (0, 1, R - 1, 12345):
        assert not system.holds(1, [1, 0, 0, 0, 0, 0, slope, 0, 0])


def test_prime_order_point_is_eight_times_its_root() -> None:
    circuit = unary("prime_order_point")
    root = babyjub.eighth(P)
    inputs = [*uv(P), *uv(root)]
    assert failing_gadget(circuit, inputs) is None
    assert unnoticed_wires(circuit.system, circuit.tape.run_python(inputs)) == []
    for torsion in TORSION:  # eight roots, one key
        assert failing_gadget(circuit, [*uv(P), *uv(babyjub.add(root, torsion))]) is None


@pytest.mark.parametrize("torsion", TORSION[1:])
def test_no_root_of_a_torsion_point_is_accepted(torsion: Point) -> None:
    circuit = unary("prime_order_point")
    for claimed in (P, *TORSION[1:]):
        assert failing_gadget(circuit, [*uv(claimed), *uv(torsion)]) is not None


@pytest.mark.parametrize("pair", [(0, 0), (0, 1), (1, 0), (1, 1), (R - 1, 5), (5, R - 1)])
def test_roots_off_the_curve_are_refused(pair: tuple[int, int]) -> None:
    assert failing_gadget(unary("prime_order_point"), [*uv(P), *pair]) is not None


@pytest.mark.parametrize("torsion", TORSION[1:])
def test_a_key_with_torsion_has_no_root(torsion: Point) -> None:
    mixed = babyjub.add(P, torsion)
    root = babyjub.eighth(P)
    for shift in TORSION:
        inputs = [*uv(mixed), *uv(babyjub.add(root, shift))]
        assert failing_gadget(unary("prime_order_point"), inputs) is not None


def test_conversion_to_edwards_form() -> None:
    circuit = unary("to_edwards")
    inputs = [*P, *uv(P)]
    assert failing_gadget(circuit, inputs) is None
    assert unnoticed_wires(circuit.system, circuit.tape.run_python(inputs)) == []
    assert failing_gadget(circuit, [*babyjub.neg(P), *uv(P)]) is not None
    assert failing_gadget(circuit, [R - P.x, R - P.y, *uv(P)]) is not None


EDGES = [IDENTITY, *TORSION[1:], P, babyjub.neg(P), Q, babyjub.add(P, TORSION[1])]


@pytest.mark.parametrize("p", EDGES)
def test_edwards_addition_is_complete_and_unique(p: Point) -> None:
    for q in EDGES:
        total = babyjub.add(p, q)
        assert failing_gadget(edwards_sum(), [*total, *p, *q]) is None
        for wrong in (babyjub.neg(total), babyjub.add(total, BASE8), Point(total.x, -total.y % R)):
            if wrong != total:
                assert failing_gadget(edwards_sum(), [*wrong, *p, *q]) is not None


def test_edwards_curve_check_refuses_points_off_the_curve() -> None:
    for bad in (Point(1, 1), Point(0, 0), Point(P.x, P.y + 1), Point(P.y, P.x)):
        assert failing_gadget(edwards_sum(), [*BASE8, *bad, *P]) == "on_curve"
        assert failing_gadget(edwards_sum(), [*BASE8, *P, *bad]) == "on_curve"


def test_edwards_sum_wires() -> None:
    system = edwards_sum().system
    witness = edwards_sum().tape.run_python([*babyjub.add(P, Q), *P, *Q])
    assert unnoticed_wires(system, witness) == []


def test_edwards_add_computes_what_it_asserts() -> None:
    from zkcredit.r1cs import Evaluator

    api = Evaluator()
    for p in EDGES:
        signals = [EdwardsSignals(*map(api.value, point)) for point in (p, Q)]
        total = edwards.add(api, *signals)
        assert (int(total.x), int(total.y)) == babyjub.add(p, Q)
