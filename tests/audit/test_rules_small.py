"""The rules over small fields and a toy curve, where everything can be tried.

What a rule claims is compared with all that any prover can have accepted: with every constraint
in place, with each one left out, and for bounds of random tables.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.gadgets.circomlib_gadgets import baby_add, baby_check, bits_of, chosen, strict_bits
from support.gadgets.exhaustion import study
from support.gadgets.small_field import PRIMES, small_field
from support.gadgets.toy_curve import toy_curve

from zkcredit.audit.analysis import analyse
from zkcredit.audit.determinism import Determinism
from zkcredit.audit.rules import multiples, thresholds
from zkcredit.audit.rules.edwards import EdwardsRule
from zkcredit.audit.rules.points import PointRule
from zkcredit.audit.rules.signs import SignRule
from zkcredit.audit.rules.thresholds import Summand, limits
from zkcredit.bn254.fields import R
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.montgomery import EdwardsSignals, MontgomeryPoint, add_incomplete
from zkcredit.r1cs import Builder, ConstraintSystem, Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Define = Callable[..., "Sequence[Any] | None"]
WIDE = [p for p in PRIMES if p > 128]
"""Eight bits have two readings of some values, and sums of four pairs of them stay below p."""


def system(define: Define, inputs: int, drop: int | None = None) -> ConstraintSystem:
    builder = Builder(inputs)
    define(builder, *(builder.input() for _ in range(inputs)))
    rows = [row for i, row in enumerate(builder.constraints) if i != drop]
    matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
    return ConstraintSystem(len(builder.wire_registers), 0, *matrices)


def without(define: Define, drop: int) -> Define:
    def run(api: Builder, *inputs: Any) -> Sequence[Any] | None:
        outputs = define(api, *inputs)
        del api.constraints[drop]
        return outputs

    return run


# --- comparisons with a constant ----------------------------------------------------------------


def strict(constant: int) -> Define:
    def define(api: Any, x: Any) -> None:
        strict_bits(api, x, 8, constant, 5)

    return define


def proved(define: Define, inputs: int, drop: int | None = None) -> bool:
    made = system(define, inputs, drop)
    return not analyse(made, range(1, inputs + 1)).unproved


@pytest.mark.parametrize("p", WIDE)
def test_bits_up_to_p_minus_1_are_unique_and_proved_to_be(p: int) -> None:
    with small_field(p):
        assert study(strict(p - 1), 1, p).unique
        assert proved(strict(p - 1), 1)


@pytest.mark.slow
@pytest.mark.parametrize("p", WIDE)
def test_bits_up_to_p_or_more_are_not_proved(p: int) -> None:
    with small_field(p):
        for constant in range(p, 256, 17):
            assert not study(strict(constant), 1, p).unique
            assert not proved(strict(constant), 1)
        assert not proved(lambda api, x: bits_of(api, x, 8) and None, 1)


@pytest.mark.slow
@pytest.mark.parametrize("p", [131, 193, 251])
def test_no_constraint_of_the_comparison_can_be_left_out(p: int) -> None:
    with small_field(p):
        count = system(strict(p - 1), 1).n_constraints
        for drop in range(count):
            assert not proved(strict(p - 1), 1, drop), drop


@pytest.mark.slow
@pytest.mark.parametrize("p", [131, 193, 251])
def test_what_is_proved_without_a_constraint_is_unique_indeed(p: int) -> None:
    with small_field(p):
        for constant in (p - 1, p - 2, p // 2, 0):
            for drop in range(system(strict(constant), 1).n_constraints):
                if proved(strict(constant), 1, drop):
                    assert study(without(strict(constant), drop), 1, p).unique


def reached(parts: Sequence[Summand], constant: int, weights: Sequence[tuple[int, int]]) -> int:
    """The greatest integer that satisfies the equation modulo the patched R; -1 for none."""
    p = thresholds.R
    right = {sum(m * o for (m, _), o in zip(weights, choice, strict=True)) % p
             for choice in product(*(range(most + 1) for _, most in weights))}  # fmt: skip
    top = max(part.end for part in parts)
    left = [
        sum(part.values[n >> part.first & len(part.values) - 1] for part in parts) + constant
        for n in range(1 << top)
    ]
    return max((n for n, value in enumerate(left) if value % p in right), default=-1)


def tables(generator: random.Random) -> Iterator[list[int]]:
    """Tables of which each looks like one of a comparison, or nearly so."""
    for place in range(3):
        middle, weight = 1 << generator.choice((3, 4)), 1 << place
        equal = generator.randrange(4)
        values = [weight if v < equal else middle - weight if v > equal else 0 for v in range(4)]
        for _ in range(generator.choice((0, 0, 1))):
            values[generator.randrange(4)] += generator.choice((-1, 1, middle, -middle))
        yield values


@pytest.mark.parametrize("seed", range(40))
def test_no_integer_is_above_a_bound(seed: int) -> None:
    generator = random.Random(seed)
    found = tight = 0
    with small_field(generator.choice([p for p in PRIMES if p > 60])):
        for _ in range(60):
            parts = [Summand(2 * i, values) for i, values in enumerate(tables(generator))]
            bits = sorted(generator.sample(range(6), generator.randrange(2, 6)))
            weights = [(1 << bit, generator.choice((1, 1, 1, 2))) for bit in bits]
            constant = generator.choice((0, 0, 0, 0, -1, -2, 1))
            bounds = list(limits(parts, constant, weights))
            highest = reached(parts, constant, weights)
            assert all(bound >= highest for bound in bounds)
            found += bool(bounds)
            tight += bool(bounds) and min(bounds) < 63
    assert found
    assert seed not in range(5) or tight  # the seeds do not all pass for want of bounds


# --- complete addition --------------------------------------------------------------------------


class NoTables:
    tables: tuple[()] = ()


def determined(made: ConstraintSystem, inputs: int) -> bool:
    """The rules on points alone, with the engine: tables of roots need F_r."""
    state = Determinism(made, range(inputs + 1))
    points = PointRule(state, NoTables(), SignRule(state))
    rules = (points, EdwardsRule(state, points))
    state.run()
    while sum(rule.apply() for rule in rules):
        state.run()
    return not state.undetermined()


def added(api: Any, *coordinates: Any) -> None:
    """(P + Q) + P, both checked."""
    p, q = EdwardsSignals(*coordinates[:2]), EdwardsSignals(*coordinates[2:])
    for point in (p, q):
        baby_check(api, point)
    baby_add(api, baby_add(api, p, q), p)


@pytest.mark.parametrize("order", [3, 5])
def test_sums_of_checked_points_are_unique_and_proved_to_be(order: int) -> None:
    curve = toy_curve(order)
    with curve.in_place_of_babyjub():
        pairs = np.array([(*p, *q) for p in curve.points for q in curve.points])
        assert study(added, 4, curve.p, pairs).unique
        assert determined(system(added, 4), 4)


def test_what_is_proved_of_sums_without_a_constraint_is_unique_indeed() -> None:
    curve = toy_curve(3)
    with curve.in_place_of_babyjub():
        count = system(added, 4).n_constraints
        for drop in range(count):
            assert not determined(system(added, 4, drop), 4), drop
        everything = np.indices((curve.p,) * 4).reshape(4, -1).T[::101]
        unchecked = without(without(added, 0), 0)
        assert not study(unchecked, 4, curve.p, everything).unique


def test_a_denominator_with_another_coefficient_is_not_taken_for_one() -> None:
    curve = toy_curve(3)

    def wrong(api: Any, *coordinates: Any, factor: int) -> None:
        p, q = EdwardsSignals(*coordinates[:2]), EdwardsSignals(*coordinates[2:])
        for point in (p, q):
            baby_check(api, point)
        tau = (p.x * q.y) * (p.y * q.x)
        below = 1 + factor * tau
        api.assert_product(below, api.witness(api.shadow(below).inverse()), p.x)

    with curve.in_place_of_babyjub():
        d = (curve.montgomery_a - 2) % curve.p
        pairs = np.array([(*p, *q) for p in curve.points for q in curve.points])
        for factor in range(1, curve.p):

            def define(api: Any, *xs: Any, factor: int = factor) -> None:
                wrong(api, *xs, factor=factor)

            claimed = determined(system(define, 4), 4)
            assert claimed == (factor in (d, curve.p - d))
            assert not claimed or study(define, 4, curve.p, pairs).unique


# --- windows of bits ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("order", [29, 101])
def test_a_chain_of_windows_is_proved_only_where_no_two_points_meet(order: int) -> None:
    curve = toy_curve(order)
    proved_of: set[int] = set()
    with curve.in_place_of_babyjub() as patch:
        # multiples of a base of small order have many numbers, and chains of them wrap
        patch.setattr(multiples, "_LONGEST", 6)
        affine = [babyjub.to_montgomery(q) for q in curve.subgroup()[1:]]

        def define(api: Any, x: Any, start: int) -> None:
            bits = bits_of(api, x, 4)
            point = MontgomeryPoint(*map(api.constant, affine[start - 1]))
            for place in (0, 2):
                own = [*bits[place : place + 2], api.constant(0)]
                table = [affine[((digit + 1) << place) % order - 1] for digit in range(8)]
                point = add_incomplete(api, point, chosen(api, own, table))

        for start in range(1, order):

            def chain(api: Any, x: Any, start: int = start) -> None:
                define(api, x, start)

            unique = study(chain, 1, curve.p).unique
            if determined(system(chain, 1), 1):
                proved_of.add(start)
                assert unique, start
    assert order == 29 or len(proved_of) > 20
    assert proved_of.isdisjoint(range(1, 5))  # the first window meets them


def test_the_field_is_restored() -> None:
    assert thresholds.R == R
