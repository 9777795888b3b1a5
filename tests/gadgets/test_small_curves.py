"""The curve gadgets on curves with a few dozen points: all pairs, all hints, compared with the
group law. The bounds of the long multiplications are shown to be the last that hold."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.gadgets.exhaustion import relation, same, study
from support.gadgets.toy_curve import reduce_challenges, toy_curve

from zkcredit.gadgets import (
    babyjub,
    challenge,
    eddsa_circuit,
    edwards,
    fixed_base,
    montgomery,
    poseidon,
    signed_windows,
    variable_base,
)
from zkcredit.gadgets.babyjub import IDENTITY, Point
from zkcredit.gadgets.edwards import EdwardsSignals
from zkcredit.gadgets.montgomery import MontgomeryPoint
from zkcredit.gadgets.table_point import select_point

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ORDERS = [5, 7, 11, 13]


def uv(point: Point) -> tuple[int, int]:
    return babyjub.to_montgomery(point)


def rows(table: Iterable[Sequence[int]]) -> Any:
    found = list(table)
    return np.unique(np.array(found, np.int32), axis=0) if found else np.zeros((0, 1), np.int32)


def pairs(points: Sequence[Sequence[int]]) -> Any:
    return rows([(*p, *q) for p in points for q in points])


@pytest.mark.parametrize("order", ORDERS)
def test_both_curve_equations_accept_the_points_and_nothing_else(order: int) -> None:
    curve = toy_curve(order)
    with curve.in_place_of_babyjub():
        found = study(
            lambda api, u, v: montgomery.assert_on_curve(api, MontgomeryPoint(u, v)) and None,
            2,
            curve.p,
        )
        assert same(found.rows, curve.affine())
        found = study(
            lambda api, x, y: edwards.assert_on_curve(api, EdwardsSignals(x, y)), 2, curve.p
        )
        assert same(found.rows, rows(curve.points))


@pytest.mark.parametrize("order", ORDERS)
def test_addition_of_different_points_is_the_group_law(order: int) -> None:
    curve = toy_curve(order)
    with curve.in_place_of_babyjub():
        points = [q for q in curve.points if q != IDENTITY]
        given = pairs([uv(q) for q in points])
        expected = rows(
            (*uv(p), *uv(q), *uv(babyjub.add(p, q)))
            for p, q in product(points, points)
            if uv(p)[0] != uv(q)[0]
        )
        for name in ("add_incomplete", "add_distinct"):

            def define(api: Any, *x: Any, name: str = name) -> Any:
                add = getattr(montgomery, name)
                return add(api, MontgomeryPoint(*x[:2]), MontgomeryPoint(*x[2:]))

            found = study(define, 4, curve.p, given)
            distinct = found.rows[found.rows[:, 0] != found.rows[:, 2]]
            assert same(distinct, expected)
            same_u = found.rows[found.rows[:, 0] == found.rows[:, 2]]
            if name == "add_distinct":
                assert len(same_u) == 0
            else:  # never for opposite points, and every slope for equal ones
                assert np.array_equal(same_u[:, 1], same_u[:, 3])
                assert len(same_u) > len(points) * curve.p // 2


@pytest.mark.parametrize("order", ORDERS)
def test_doubling_conversion_and_the_proof_of_prime_order(order: int) -> None:
    curve = toy_curve(order)
    with curve.in_place_of_babyjub():
        points = [q for q in curve.points if q not in (IDENTITY, Point(0, curve.p - 1))]
        given = curve.affine()
        found = study(
            lambda api, *x: montgomery.double(api, MontgomeryPoint(*x)), 2, curve.p, given
        )
        assert same(found.rows, rows((*uv(q), *uv(babyjub.double(q))) for q in points))
        found = study(
            lambda api, *x: montgomery.to_edwards(api, MontgomeryPoint(*x)),
            2,
            curve.p,
            rows(map(uv, points)),
        )
        assert same(found.rows, rows((*uv(q), *q) for q in points))
        # All pairs of the field as the root: on the curve or not, with torsion or not.
        found = study(
            lambda api, *x: montgomery.prime_order_point(api, MontgomeryPoint(*x)), 2, curve.p
        )
        eighths = [(q, babyjub.mul(8, q)) for q in points]
        assert same(found.rows, rows((*uv(q), *uv(e)) for q, e in eighths if e != IDENTITY))
        assert found.unique


@pytest.mark.parametrize("order", ORDERS)
def test_edwards_addition_is_complete(order: int) -> None:
    curve = toy_curve(order)
    with curve.in_place_of_babyjub():

        def define(api: Any, *x: Any) -> Any:
            return edwards.add(api, EdwardsSignals(*x[:2]), EdwardsSignals(*x[2:]))

        found = study(define, 4, curve.p, pairs(curve.points))
        sums = ((*p, *q, *babyjub.add(p, q)) for p, q in product(curve.points, curve.points))
        assert same(found.rows, rows(sums))
        assert found.unique


@pytest.mark.parametrize("count", [4, 8])
def test_a_window_offers_its_points_and_their_opposites(count: int) -> None:
    curve = toy_curve(29, 232)
    with curve.in_place_of_babyjub():
        table = [uv(q) for q in curve.subgroup()[1 : count + 1]]
        found = study(
            lambda api: select_point(api, api.shadow(0), api.shadow(1), table).point, 0, curve.p
        )
        assert same(found.rows, rows((u, s * v % curve.p) for u, v in table for s in (1, -1)))
        assert found.unique


def _windows(order: int, windows: int) -> Any:
    curve = toy_curve(order)
    with curve.in_place_of_babyjub() as patch:
        patch.setattr(signed_windows, "MAX_WINDOWS", windows)

        def define(api: Any) -> Any:
            bits = [api.shadow(0)] * (3 * windows)
            proved = signed_windows.signed_windows(api, babyjub.BASE8, bits)
            return [*proved.product, *proved.digits]

        found = study(define, 0, curve.p)
        return found, [
            (*uv(babyjub.mul(n, babyjub.BASE8)), *(d % curve.p for d in digits))
            for digits in product((-7, -5, -3, -1, 1, 3, 5, 7), repeat=windows)
            if (n := sum(d * 8**i for i, d in enumerate(digits))) % order
        ]


@pytest.mark.parametrize(("order", "windows"), [(11, 1), (13, 1), (67, 2), (71, 2)])
def test_signed_windows_are_exact_up_to_their_bound(order: int, windows: int) -> None:
    assert 8**windows <= order < 8 ** (windows + 1)
    found, expected = _windows(order, windows)
    assert same(found.rows, rows(expected))
    assert found.unique


@pytest.mark.parametrize(("order", "windows"), [(11, 2), (13, 2)])
def test_one_window_more_lets_the_prover_choose_the_product(order: int, windows: int) -> None:
    found, expected = _windows(order, windows)
    assert len(found.rows) > 8**windows >= len(expected)


def _chain(order: int, digits: int) -> tuple[Any, Any]:
    curve = toy_curve(order)

    def walks(u: int, v: int, c: int) -> list[int] | None:
        if c >= 2**digits:
            return None
        k = 2
        for i in reversed(range(digits)):
            sign = 1 if c >> i & 1 else -1
            if not (k + sign) % order or not (2 * k + sign) % order:
                return None
            k = 2 * k + sign
        return list(uv(babyjub.mul(k, babyjub.from_montgomery(u, v))))

    with curve.in_place_of_babyjub() as patch:
        patch.setattr(variable_base, "MAX_DIGITS", digits)

        def define(api: Any, u: Any, v: Any, c: Any) -> Any:
            bits = [api.shadow(0)] * digits
            return variable_base.signed_chain(api, MontgomeryPoint(u, v), bits, 2 * c).product

        given = rows(uv(q) for q in curve.subgroup()[1:4])
        found = study(define, 3, curve.p, given)
        return found, relation(walks, 3, curve.p, given)


@pytest.mark.parametrize("order", [13, 29, 31, 53])
def test_sign_chains_are_exact_up_to_their_bound(order: int) -> None:
    digits = order.bit_length()
    assert 3 * 2 ** (digits - 1) < 2 * order - 1
    for shorter in range(1, digits + 1):
        found, expected = _chain(order, shorter)
        assert same(found.rows, expected)
        assert found.unique


@pytest.mark.parametrize("order", [11, 13, 29, 37])
def test_the_bound_of_a_sign_chain_is_on_the_safe_side(order: int) -> None:
    """A step could begin at 2l ± 1 only after one that ended at l, which is unsatisfiable."""
    found, expected = _chain(order, order.bit_length() + 1)
    assert same(found.rows, expected)
    assert found.unique


def test_every_challenge_multiplies_exactly_or_is_refused() -> None:
    curve = toy_curve(29, 232)
    with curve.in_place_of_babyjub() as patch:
        reduce_challenges(patch, curve.p, curve.order)
        bases = curve.subgroup()[1:3]

        def exact(u: int, v: int, h: int) -> list[int] | None:
            if not challenge.is_provable(h):
                return None
            return list(uv(babyjub.mul(h, babyjub.from_montgomery(u, v))))

        given = rows(map(uv, bases))
        found = study(
            lambda api, u, v, h: challenge.multiply_by_challenge(api, MontgomeryPoint(u, v), h),
            3,
            curve.p,
            given,
        )
        expected = relation(exact, 3, curve.p, given)
        assert same(found.rows, expected)
        assert len(expected) > curve.p // 2


def _shorten_fixed_base(patch: pytest.MonkeyPatch, order: int) -> None:
    top = 16
    wrap = order + top + 1
    assert 6 * top < order < 7 * top
    for name, value in {
        "_WINDOWS": 1, "_TOP": top, "_WRAP": wrap, "_LAST_TERMS": (top, 3 * top, 5 * top, wrap),
    }.items():  # fmt: skip
        patch.setattr(fixed_base, name, value)


@pytest.mark.slow
def test_the_fixed_base_reaches_every_multiple_but_the_identity() -> None:
    curve = toy_curve(103, 824)
    with curve.in_place_of_babyjub() as patch:
        _shorten_fixed_base(patch, curve.order)
        found = study(lambda api: fixed_base.multiply_base8(api, api.shadow(1)), 0, curve.p)
        assert same(found.rows, rows(map(uv, curve.subgroup()[1:])))


@pytest.mark.slow
def test_a_whole_signature_verifies_exactly_where_the_equation_has_a_scalar() -> None:
    """`verify_gadget` on a curve of 824 points, for every point R8 and a few keys and messages."""
    curve = toy_curve(103, 824)
    with curve.in_place_of_babyjub() as patch:
        _shorten_fixed_base(patch, curve.order)
        reduce_challenges(patch, curve.p, curve.order)
        subgroup = curve.subgroup()
        logarithm = {point: k for k, point in enumerate(subgroup)}

        @cache
        def hashed(*state: int) -> int:
            return poseidon.permute([0, *state])[0]

        def holds(t: Point, message: int, r8: Point) -> bool:
            key = babyjub.mul(8, t)
            if key == IDENTITY or r8 not in logarithm or r8 == IDENTITY:
                return False
            h = hashed(*r8, *key, message)
            s = (logarithm[r8] + 8 * h * logarithm[key]) % curve.order
            degenerate = not s or logarithm[r8] == 2 * s % curve.order
            return challenge.is_provable(h) and not degenerate

        torsion = next(q for q in curve.points if babyjub.mul(8, q) == IDENTITY and q.x)
        roots = [subgroup[1], babyjub.add(subgroup[7], torsion), torsion]
        off_curve = [Point(q.x, (q.y + 1) % curve.p) for q in subgroup]
        candidates = [*curve.points, *(q for q in off_curve if q not in curve.points)]
        cases = list(product(roots, (5,), candidates))

        def define(api: Any, *x: Any) -> None:
            eddsa_circuit.verify_gadget(
                api, key_eighth=x[:2], message=x[2], nonce_point=x[3:], scalar=api.shadow(1)
            )

        accepted = 0
        for part in range(0, len(cases), 300):  # so many at once fit into memory
            some = cases[part : part + 300]
            found = study(define, 5, curve.p, rows((*uv(t), m, *r8) for t, m, r8 in some))
            expected = [(*uv(t), m, *r8) for t, m, r8 in some if holds(t, m, r8)]
            assert same(found.rows, rows(expected))
            accepted += len(expected)
        assert accepted > len(subgroup)
