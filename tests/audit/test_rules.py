"""Each rule of the analysis on a circuit of its own, with its premises and with one missing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from support.gadgets.circomlib_gadgets import (
    at_most_constant,
    baby_add,
    baby_check,
    bits_of,
    chosen,
    strict_bits,
)

from zkcredit.audit import audit_circuit
from zkcredit.audit.analysis import analyse
from zkcredit.audit.determinism import undetermined
from zkcredit.audit.mutation import unnoticed_changes
from zkcredit.audit.roots import product, roots
from zkcredit.audit.rules.thresholds import Summand, limits
from zkcredit.audit.second_witness import second_witness
from zkcredit.audit.structure import repeated_constraints, unused_wires
from zkcredit.bn254.fields import R, square_root
from zkcredit.bn254.limbs import from_limbs
from zkcredit.gadgets import edwards
from zkcredit.gadgets.babyjub import (
    BASE8,
    EDWARDS_A,
    EDWARDS_D,
    SUBGROUP_ORDER,
    TORSION,
    mul,
    to_montgomery,
)
from zkcredit.gadgets.montgomery import (
    EdwardsSignals,
    MontgomeryPoint,
    add_distinct,
    add_incomplete,
    double,
    prime_order_point,
    to_edwards,
)
from zkcredit.gadgets.range import assert_bool, range_check
from zkcredit.gadgets.scorecard import CodeColumn, NumberColumn, ScoreTable, evaluate_table
from zkcredit.gadgets.signed_windows import signed_windows
from zkcredit.gadgets.table_point import select_point
from zkcredit.gadgets.variable_base import signed_chain
from zkcredit.r1cs import Circuit, ConstraintSystem, Matrix, compile_gadget

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.r1cs import Api, Inputs


def built(define: Callable[[Api, Inputs], Any], inputs: int, name: str = "x") -> Circuit:
    def run(api: Api, x: Inputs) -> None:
        define(api, x)

    return compile_gadget(run, private={name: inputs})


def free(circuit: Circuit, drop: int | None = None) -> list[int]:
    system = circuit.system
    rows = [system.row(i) for i in range(system.n_constraints) if i != drop]
    matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
    given = range(1 + sum(circuit.inputs.values()))
    analysis = analyse(ConstraintSystem(system.n_wires, 0, *matrices), given)
    return analysis.unproved + analysis.idle  # a gadget's result may be read by nothing here


def prime(api: Api, pair: Any) -> MontgomeryPoint[Any]:
    return prime_order_point(api, MontgomeryPoint(*pair))


# --- points --------------------------------------------------------------------------------------


def test_an_incomplete_addition_needs_points_that_differ() -> None:
    base = built(lambda api, x: add_incomplete(api, prime(api, x.x[:2]), prime(api, x.x[2:])), 4)
    assert len(free(base)) == 3  # two unrelated points may coincide


def test_multiples_of_one_base_are_kept_apart() -> None:
    def three(api: Api, x: Inputs) -> None:
        point = prime(api, x.x)
        add_incomplete(api, point, double(api, point))

    circuit = built(three, 2)
    assert free(circuit) == []
    hidden = [drop for drop in range(circuit.system.n_constraints) if not free(circuit, drop)]
    # u³ and v² of the root: without one of them it may be off the curve, or any wire: no
    # derived wire hangs on the last one but v itself, which is given
    assert len(hidden) <= 2


def test_a_distinct_addition_is_free_of_premises_on_scalars() -> None:
    circuit = built(lambda api, x: add_distinct(api, prime(api, x.x[:2]), prime(api, x.x[2:])), 4)
    assert free(circuit) == []


def test_a_point_of_unknown_order_has_no_edwards_form() -> None:
    def convert(api: Api, x: Inputs) -> None:
        to_edwards(api, MontgomeryPoint(x.x[0], x.x[1]))

    assert len(free(built(convert, 2))) == 2
    assert free(built(lambda api, x: to_edwards(api, prime(api, x.x)), 2)) == []


def test_complete_addition_needs_points_of_the_curve() -> None:
    def total(api: Api, x: Inputs, checked: int) -> None:
        p, q = EdwardsSignals(*x.x[:2]), EdwardsSignals(*x.x[2:])
        for point in (p, q)[:checked]:
            edwards.assert_on_curve(api, point)
        edwards.add(api, p, q)

    assert free(built(lambda api, x: total(api, x, 2), 4)) == []
    for checked in (0, 1):
        assert len(free(built(lambda api, x, n=checked: total(api, x, n), 4))) == 2


def test_a_constant_off_the_curve_spoils_a_complete_addition() -> None:
    def total(api: Api, x: Inputs, y: int) -> None:
        point = to_edwards(api, prime(api, x.x))
        edwards.add(api, point, EdwardsSignals(api.constant(BASE8.x), api.constant(y)))

    assert free(built(lambda api, x: total(api, x, BASE8.y), 2)) == []
    assert len(free(built(lambda api, x: total(api, x, BASE8.y + 1), 2))) == 2


# --- signs and windows ---------------------------------------------------------------------------


def chain(api: Api, x: Inputs) -> None:
    signed_chain(api, prime(api, x.x[:2]), api.shadow(x.x[2]).bits(9), 2 * x.x[2])


def test_a_chain_of_signs_is_determined_by_its_integer() -> None:
    circuit = built(chain, 3)
    assert free(circuit) == []
    labels = circuit.constraint_labels
    for drop in range(circuit.system.n_constraints):
        if labels[drop] in {"chain", "binding"}:
            assert free(circuit, drop), drop


def test_a_chain_on_an_unchecked_base_is_not_determined() -> None:
    def unchecked(api: Api, x: Inputs) -> None:
        base = MontgomeryPoint(x.x[0], x.x[1])
        signed_chain(api, base, api.shadow(x.x[2]).bits(9), 2 * x.x[2])

    assert free(built(unchecked, 3))


def windows(api: Api, x: Inputs) -> None:
    found = signed_windows(api, BASE8, api.shadow(x.x).bits(9))
    total = api.linear((8**i, digit) for i, digit in enumerate(found.digits))
    api.assert_equal(2 * x.x, total + (8**3 - 1))


def test_windows_are_determined_by_their_integer() -> None:
    circuit = built(windows, 1)
    assert free(circuit) == []
    for drop in range(circuit.system.n_constraints):
        assert free(circuit, drop), drop


def test_a_table_that_is_no_table_of_multiples_proves_nothing_about_sums() -> None:
    def sums(api: Api, x: Inputs, last: int) -> None:
        points = [to_montgomery(mul(k, BASE8)) for k in (1, 3, 5, last)]
        one, two = (select_point(api, api.shadow(i), api.shadow(1), points).point for i in (0, 1))
        for point in (one, two):
            api.assert_equal(point.u, x.x[0])
            api.assert_equal(point.v, x.x[1])
        add_incomplete(api, one, two)

    assert len(free(built(lambda api, x: sums(api, x, 7), 2))) == 3  # the same table twice
    assert len(free(built(lambda api, x: sums(api, x, 8), 2))) == 3


# --- windows of bits -----------------------------------------------------------------------------


def windowed(
    api: Api, x: Inputs, *, start: int = 128, first: int = 1, boolean: bool = True
) -> None:
    """start·B8 + the multiple of B8 that the bits of x choose in each of two windows."""
    bits = bits_of(api, x.x, 6) if boolean else [api.witness(b) for b in api.shadow(x.x).bits(6)]
    if not boolean:
        api.assert_equal(api.linear((1 << i, bit) for i, bit in enumerate(bits)), x.x)
    point = MontgomeryPoint(*map(api.constant, to_montgomery(mul(start, BASE8))))
    for place in range(2):
        multiples = [mul((first + digit) << 3 * place, BASE8) for digit in range(8)]
        window = chosen(api, bits[3 * place : 3 * place + 3], list(map(to_montgomery, multiples)))
        point = add_incomplete(api, point, window)


@pytest.mark.slow
def test_a_point_that_bits_choose_has_their_multiple() -> None:
    circuit = built(windowed, 1)
    assert free(circuit) == []
    for drop in range(circuit.system.n_constraints):
        assert free(circuit, drop), drop


@pytest.mark.parametrize("start", [5, 8, 3 + 16, 2])
def test_a_start_that_a_window_may_meet_is_not_added(start: int) -> None:
    assert free(built(lambda api, x: windowed(api, x, start=start), 1))


@pytest.mark.parametrize("start", [-5, -8, 1 << 40])
def test_a_start_that_is_opposite_or_far_away_is(start: int) -> None:
    # opposite points have no slope, so no witness has them: refused, and no second value
    assert free(built(lambda api, x: windowed(api, x, start=start % SUBGROUP_ORDER), 1)) == []


def test_a_window_over_wires_that_are_no_booleans_proves_nothing() -> None:
    assert free(built(lambda api, x: windowed(api, x, boolean=False), 1))


@pytest.mark.parametrize("spoilt", range(8))
@pytest.mark.parametrize("kind", ["off", "torsion", "foreign"])
def test_a_window_with_one_other_point_proves_nothing(spoilt: int, kind: str) -> None:
    u, v = to_montgomery(mul(3, BASE8))
    low_order = to_montgomery(next(p for p in TORSION if p.x and p.y != 0))
    other = {"off": (u, v + 1), "torsion": low_order, "foreign": to_montgomery(mul(10**50, BASE8))}
    points = [to_montgomery(mul(digit + 1, BASE8)) for digit in range(8)]
    points[spoilt] = other[kind]

    def define(api: Api, x: Inputs) -> None:
        window = chosen(api, bits_of(api, x.x, 3), points)
        start = MontgomeryPoint(*map(api.constant, to_montgomery(mul(64, BASE8))))
        add_incomplete(api, start, window)

    assert free(built(define, 1))


# --- comparisons with a constant -----------------------------------------------------------------


def aliased(api: Api, x: Inputs, constant: int) -> None:
    strict_bits(api, x.x, 254, constant, 128)


@pytest.mark.slow
def test_full_length_bits_are_determined_below_r() -> None:
    assert free(built(lambda api, x: aliased(api, x, R - 1), 1)) == []
    assert free(built(lambda api, x: aliased(api, x, R // 3), 1)) == []


@pytest.mark.slow
@pytest.mark.parametrize("constant", [R, R + 1, (1 << 254) - 1])
def test_full_length_bits_are_not_determined_up_to_r(constant: int) -> None:
    assert len(free(built(lambda api, x: aliased(api, x, constant), 1))) >= 254


@pytest.mark.parametrize(
    "drop",
    [0, 1, 100, 253,  # booleans
     254,  # their sum
     255, 256, 300, 381,  # parts
     382, 390, 508, 515,  # the bits of the total
     516],  # the total
)  # fmt: skip
def test_a_comparison_needs_each_of_its_constraints(drop: int) -> None:
    circuit = built(lambda api, x: aliased(api, x, R - 1), 1)
    assert circuit.system.n_constraints == 517
    assert free(circuit, drop)


@pytest.mark.slow
def test_a_comparison_of_other_bits_bounds_nothing() -> None:
    def define(api: Api, x: Inputs) -> None:
        bits_of(api, x.x[0], 254)
        at_most_constant(api, bits_of(api, x.x[1], 254), R - 1, 128)

    assert len(free(built(define, 2))) == 254


def test_a_bound_needs_a_total_that_stays_below_r() -> None:
    parts = [Summand(0, [0, 3, 3, 3]), Summand(2, [0, 2, 2, 2])]
    weights = [(4, 2)]
    assert 0 in limits(parts, 0, weights)
    assert list(limits([Summand(0, [0, R - 1, 3, 3]), parts[1]], 0, weights)) == []
    assert list(limits(parts, 0, [*weights, (R - 4, 1)])) == []
    assert list(limits(parts, 1, weights)) == []  # 0 would have to be reached as -1


# --- Edwards sums --------------------------------------------------------------------------------


def summed(api: Api, x: Inputs, checked: int = 2) -> EdwardsSignals:
    p, q = EdwardsSignals(*x.x[:2]), EdwardsSignals(*x.x[2:4])
    for point in (p, q)[:checked]:
        baby_check(api, point)
    return baby_add(api, p, q)


def test_circomlibs_addition_is_understood_for_points_of_the_curve() -> None:
    circuit = built(summed, 4)
    assert free(circuit) == []
    for drop in range(circuit.system.n_constraints):
        assert free(circuit, drop), drop
    for checked in (0, 1):
        assert free(built(lambda api, x, n=checked: summed(api, x, n), 4))


def test_the_sum_of_points_of_the_curve_is_one() -> None:
    def twice(api: Api, x: Inputs, checked: int) -> None:
        total = summed(api, x, checked)
        opposite = EdwardsSignals(-total.x, total.y)
        baby_add(api, baby_add(api, total, opposite), EdwardsSignals(-x.x[0], x.x[1]))

    assert free(built(lambda api, x: twice(api, x, 2), 4)) == []
    assert len(free(built(lambda api, x: twice(api, x, 1), 4))) >= 6


@pytest.mark.parametrize("spoilt", ["x", "y", "both denominators"])
def test_a_sum_by_another_formula_is_no_point(spoilt: str) -> None:
    def define(api: Api, x: Inputs, spoilt: str) -> None:
        p, q = EdwardsSignals(*x.x[:2]), EdwardsSignals(*x.x[2:])
        for point in (p, q):
            baby_check(api, point)
        tau = (p.x * q.y) * (p.y * q.x) * EDWARDS_D
        above = p.x * q.y + p.y * q.x, p.y * q.y - EDWARDS_A * (p.x * q.x)
        above = above[0] + (spoilt == "x"), above[1] + (spoilt == "y")
        below = (1 + tau, 1 + tau if spoilt == "both denominators" else 1 - tau)
        total = []
        for a, b in zip(above, below, strict=True):
            total.append(api.witness(api.shadow(a) * api.shadow(b).inverse()))
            api.assert_product(b, total[-1], a)
        baby_add(api, EdwardsSignals(*total), q)

    assert free(built(lambda api, x: define(api, x, ""), 4)) == []
    assert len(free(built(lambda api, x: define(api, x, spoilt), 4))) == 2


# --- one bit of several --------------------------------------------------------------------------


def card(*columns: Any) -> ScoreTable:
    return ScoreTable(100, columns, "0" * 64)


def test_bins_are_determined_by_the_feature() -> None:
    table = card(NumberColumn("age", (20, 40), (5, 7, 9)), CodeColumn("work", ("a", "b"), (3, 2)))
    circuit = built(lambda api, x: evaluate_table(api, table, x.x), 2)
    assert free(circuit) == []


def test_bins_that_overlap_are_not_determined() -> None:
    def overlapping(api: Api, x: Inputs) -> None:
        bits = [api.witness(api.shadow(x.x)) for _ in range(2)]
        for bit in (*bits, 1 - api.sum(bits)):
            assert_bool(api, bit)
        lows, highs = (0, 10, 15), (9, 20, 30)
        chosen = [1 - api.sum(bits), *bits]
        range_check(api, x.x - api.linear(zip(lows, chosen, strict=True)), 8)
        range_check(api, api.linear(zip(highs, chosen, strict=True)) - x.x, 8)

    assert free(built(overlapping, 1))


# --- the engine's own ----------------------------------------------------------------------------


def test_all_but_one_zero_needs_different_roots() -> None:
    def select(api: Api, x: Inputs, places: tuple[int, ...]) -> None:
        hints = [api.witness(api.shadow(x.x[0])) for _ in places]
        for place, y in zip(places, hints, strict=True):
            api.assert_product(x.x[0] - place, y, api.constant(0))
        api.assert_equal(api.sum(hints), x.x[1])

    assert free(built(lambda api, x: select(api, x, (0, 1, 2)), 2)) == []
    assert len(free(built(lambda api, x: select(api, x, (0, 1, 1)), 2))) == 3


def test_linear_constraints_are_solved_together() -> None:
    def pair(api: Api, x: Inputs, factor: int) -> None:
        a, b = (api.witness(api.shadow(x.x[0])) for _ in range(2))
        api.assert_equal(a + b, x.x[0])
        api.assert_equal(a + factor * b, x.x[1])

    assert free(built(lambda api, x: pair(api, x, 2), 2)) == []
    assert len(free(built(lambda api, x: pair(api, x, 1), 2))) == 2


def test_division_by_a_difference_with_the_result() -> None:
    def solve(api: Api, x: Inputs, guarded: bool) -> None:
        divisor = 2 * x.x[0] - 3
        if guarded:
            api.assert_product(divisor, api.witness(api.shadow(divisor).inverse()), api.constant(1))
        y = api.witness(api.shadow(x.x[1]) * api.shadow(divisor).inverse())
        api.assert_product(2 * y, x.x[0], 3 * y + x.x[1])

    assert free(built(lambda api, x: solve(api, x, True), 2)) == []
    assert len(free(built(lambda api, x: solve(api, x, False), 2))) == 1


def test_a_square_that_equals_its_root_is_a_boolean() -> None:
    def bit(api: Api, x: Inputs) -> None:
        b, c = (api.witness(api.shadow(x.x)) for _ in range(2))
        api.assert_product(b, b, b)
        api.assert_product(c, c, c)
        api.assert_equal(b + 2 * c, x.x)

    assert free(built(bit, 1)) == []


@pytest.mark.parametrize("found", [(5,), (5, 7), (0, 1, R - 1), (3, 9, 27, 81, 243, 729, 2, 4)])
def test_roots_are_those_of_the_polynomial(found: tuple[int, ...]) -> None:
    polynomial: tuple[int, ...] = (11,)
    for root in found:
        polynomial = product(polynomial, (-root % R, 1))
    assert roots(polynomial) == tuple(sorted(found))
    assert roots(product(polynomial, (-5, 0, 1))) == tuple(sorted(found))  # 5 is no square
    assert roots(product(polynomial, polynomial)) == tuple(sorted(found))


def test_what_has_no_roots_and_what_has_all() -> None:
    assert roots((7,)) == ()
    with pytest.raises(ValueError, match="every number"):
        roots((0, 0))
    assert square_root(5) is None
    assert {square_root(49), R - 7} >= {R - 7}
    assert pow(square_root(49) or 0, 2, R) == 49


# --- witnesses ----------------------------------------------------------------------------------


def test_the_change_that_goes_unnoticed_is_found_without_trying_values() -> None:
    circuit = built(lambda api, x: api.assert_product(x.x[0], x.x[0], x.x[1]), 2)
    assert unnoticed_changes(circuit.system, [1, 7, 49]) == {1: R - 7}
    assert unnoticed_changes(circuit.system, [1, 0, 0]) == {}


def test_changes_are_those_that_a_trial_finds() -> None:
    generator = random.Random(5)
    system = built(
        lambda api, x: api.assert_product(x.x[0] - x.x[1], x.x[1] - 3, x.x[2] * x.x[0]), 3
    ).system
    for _ in range(50):
        a, b = generator.randrange(6), generator.randrange(6)
        witness = [1, a, b, 0, 0] if (a - b) * (b - 3) == 0 else None
        if witness is None:
            continue
        found = unnoticed_changes(system, witness)
        for wire, value in found.items():
            changed = [*witness[:wire], value, *witness[wire + 1 :]]
            assert value != witness[wire]
            assert system.first_unsatisfied(changed) == -1
        for wire in set(range(1, 5)) - found.keys():
            for value in (*range(8), R - 1):
                changed = [*witness[:wire], value, *witness[wire + 1 :]]
                assert value == witness[wire] or system.first_unsatisfied(changed) >= 0


def test_a_second_witness_satisfies_and_differs() -> None:
    def root(api: Api, x: Inputs) -> None:
        y = api.witness(api.shadow(x.x[1]))
        api.assert_product(y, y, x.x[0])
        y * x.x[0]

    circuit = built(root, 2)
    witness = from_limbs(circuit.witness({"x": (49, 7)}))
    found = second_witness(circuit.system, witness, undetermined(circuit.system, range(3)))
    assert found is not None
    changed = [found.get(wire, value) for wire, value in enumerate(witness)]
    assert changed != witness
    assert changed[:3] == witness[:3]
    assert circuit.system.first_unsatisfied(changed) == -1


def test_no_second_witness_is_claimed_where_there_is_none() -> None:
    circuit = built(lambda api, x: to_edwards(api, prime(api, x.x)), 2)
    witness = from_limbs(circuit.witness({"x": to_montgomery(mul(9, BASE8))}))
    assert second_witness(circuit.system, witness, range(3, circuit.system.n_wires)) is None


def test_structure_tells_unused_wires_and_repetitions() -> None:
    def define(api: Api, x: Inputs) -> None:
        api.assert_product(x.x[0], x.x[1] + 1, x.x[1])
        api.assert_product(2 * x.x[1] + 2, x.x[0], 2 * x.x[1])
        api.assert_equal(x.x[0], 3)
        api.assert_equal(5 * x.x[0], 15)
        api.assert_equal(x.x[0], 4)

    system = built(define, 3).system
    assert unused_wires(system) == [3]
    assert repeated_constraints(system) == [(1, 0), (3, 2)]


def test_torsion_is_no_base() -> None:
    assert len(TORSION) == 8
    circuit = built(chain, 3)
    for point in TORSION[1:]:
        values = {"x": (*to_montgomery(point), 5)}
        assert (
            circuit.system.first_unsatisfied(
                circuit.tape.run_python(from_limbs(circuit.assign(values)))
            )
            >= 0
        )


def test_a_hint_of_an_unproved_constraint_is_no_second_witness() -> None:
    def define(api: Api, x: Inputs) -> None:
        # 0 is the only root, which is not proved; nor is what a zero test says of it
        root = api.witness(api.shadow(x.x))
        api.assert_product(root, root, x.x)
        hint = api.witness(api.shadow(root).inverse())
        z = api.witness(api.shadow(root).is_zero())
        api.assert_product(root, hint, 1 - z)
        api.assert_product(root, z, api.constant(0))

    report = audit_circuit(built(define, 1), inputs=[{"x": 0}])
    assert (report.unproved, report.free) == (3, 0)
    assert {finding.kind for finding in report.findings} == {"unproved wire"}
    assert report.mutation.unexplained == ()
