"""Mistakes in gadgets on points: membership, cofactor, incomplete addition, unbound digits."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.gadgets.toy_curve import reduce_challenges
from support.soundness.seeded_bugs import SeededBug

from zkcredit.gadgets import babyjub, challenge, edwards, elgamal_circuit, montgomery
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, TORSION
from zkcredit.gadgets.edwards import EdwardsSignals
from zkcredit.gadgets.montgomery import MontgomeryPoint
from zkcredit.gadgets.table_point import select_point
from zkcredit.gadgets.variable_base import signed_chain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from zkcredit.r1cs import Api, Signal

P, Q = babyjub.mul(7, BASE8), babyjub.mul(11, BASE8)
uv = babyjub.to_montgomery
LOW_ORDER = [uv(point) for point in TORSION[1:]]


def _root(api: Api, u: Signal, v: Signal) -> Any:
    return montgomery.prime_order_point(api, MontgomeryPoint(u, v))


def _root_off_curve(api: Api, u: Signal, v: Signal) -> Any:
    point = MontgomeryPoint(u, v)
    for _ in range(3):
        point = montgomery.double(api, point)
    return point


def _root_itself(api: Api, u: Signal, v: Signal) -> Any:
    montgomery.assert_on_curve(api, MontgomeryPoint(u, v))
    return [u, v]


def _root_doubled_twice(api: Api, u: Signal, v: Signal) -> Any:
    point = MontgomeryPoint(u, v)
    twice = montgomery.double(api, point, montgomery.assert_on_curve(api, point))
    return montgomery.double(api, twice)


def _key(api: Api, u: Signal, v: Signal, x: Signal, y: Signal) -> None:
    elgamal_circuit.assert_prime_order(api, (u, v), EdwardsSignals(x, y))


def _key_on_curve(api: Api, u: Signal, v: Signal, x: Signal, y: Signal) -> None:
    montgomery.assert_on_curve(api, MontgomeryPoint(u, v))
    edwards.assert_on_curve(api, EdwardsSignals(x, y))


def _sum(api: Api, *x: Signal) -> Any:
    return montgomery.add_distinct(api, MontgomeryPoint(*x[:2]), MontgomeryPoint(*x[2:]))


def _sum_incomplete(api: Api, *x: Signal) -> Any:
    return montgomery.add_incomplete(api, MontgomeryPoint(*x[:2]), MontgomeryPoint(*x[2:]))


def _edwards_sum(api: Api, *x: Signal) -> Any:
    return edwards.add(api, EdwardsSignals(*x[:2]), EdwardsSignals(*x[2:]))


def _edwards_sum_without_y(api: Api, *x: Signal) -> Any:
    x1, y1, x2, y2 = map(api.shadow, x)
    t = x1 * y2 * y1 * x2 * babyjub.EDWARDS_D
    total_x = api.witness((x1 * y2 + y1 * x2) * (t + 1).inverse())
    total_y = api.witness((y1 * y2 - x1 * x2 * babyjub.EDWARDS_A) * (1 - t).inverse())
    alpha, beta = x[0] * x[3], x[1] * x[2]
    gamma = alpha * beta
    api.assert_product(total_x, 1 + babyjub.EDWARDS_D * gamma, alpha + beta)
    return [total_x, total_y]


def _converted(api: Api, u: Signal, v: Signal) -> Any:
    return montgomery.to_edwards(api, MontgomeryPoint(u, v))


def _converted_without_y(api: Api, u: Signal, v: Signal) -> Any:
    su, sv = api.shadow(u), api.shadow(v)
    x, y = api.witness(su * sv.inverse()), api.witness((su - 1) * (su + 1).inverse())
    api.assert_product(x, v, u)
    return [x, y]


def _table() -> list[tuple[int, int]]:
    return [uv(babyjub.mul(k, babyjub.BASE8)) for k in (1, 2, 3, 4)]


def _window(api: Api, index: Signal) -> Any:
    point = select_point(api, api.shadow(index), api.shadow(1), _table()).point
    api.assert_equal(index, api.witness(api.shadow(index)))
    return [point.u, point.v * point.v]


def _window_without_curve(api: Api, index: Signal) -> Any:
    s = api.shadow(index)
    u, v = (api.witness(s.lookup(list(column))) for column in zip(*_table(), strict=True))
    (a, b, c, d) = (u - root for root, _ in _table())
    api.assert_product(a * b, c * d, api.constant(0))
    api.assert_equal(index, api.witness(s))
    return [u, v * v]


def _multiple(api: Api, u: Signal, v: Signal, c: Signal) -> Any:
    return signed_chain(api, MontgomeryPoint(u, v), api.shadow(c).bits(3), 2 * c).product


def _multiple_of_a_hint(api: Api, u: Signal, v: Signal, c: Signal) -> Any:
    doubled = api.witness(api.shadow(2 * c))
    return signed_chain(api, MontgomeryPoint(u, v), api.shadow(c).bits(3), doubled).product


def _challenged(api: Api, u: Signal, v: Signal, h: Signal) -> Any:
    return challenge.multiply_by_challenge(api, MontgomeryPoint(u, v), h)


def _challenged_without_window(api: Api, u: Signal, v: Signal, h: Signal) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(challenge, "assert_at_most", lambda *_: None)
        return _challenged(api, u, v, h)


def _affine() -> list[tuple[int, int]]:
    """The affine points of the subgroup of the curve of the moment."""
    order = babyjub.SUBGROUP_ORDER
    return [uv(babyjub.mul(k, babyjub.BASE8)) for k in range(1, order)]


def _pairs() -> Any:
    return np.array([(*p, *q) for p, q in product(_affine(), _affine())])


def _edwards_pairs() -> Any:
    points = [babyjub.from_montgomery(*p) for p in _affine()]
    return np.array([(*p, *q) for p, q in product(points, points)])


def _keys() -> Any:
    order = babyjub.SUBGROUP_ORDER
    points = [babyjub.mul(k, babyjub.BASE8) for k in range(order)]
    return np.array([(*uv(root), *point) for root, point in product(points[1:], points)])


def _bug(
    name: str,
    mistake: str,
    sound: Any,
    broken: Any,
    honest: Sequence[int],
    refused: Sequence[Sequence[int]] = (),
    order: int = 7,
    **more: Any,
) -> SeededBug:
    return SeededBug(
        name, mistake, sound, broken, lambda: honest, lambda: refused, order=order, **more
    )


ROOT = uv(babyjub.eighth(P))
CURVE_BUGS = [
    _bug(
        "key-not-on-the-curve",
        "the root of a key is multiplied without being checked to be a point",
        _root,
        _root_off_curve,
        ROOT,
        [[2, 3], [5, 1]],
    ),
    _bug(
        "missing-cofactor",
        "a key is a point of the curve, of any order (Panther, eERC)",
        _root,
        _root_itself,
        ROOT,
        LOW_ORDER,
    ),
    _bug(
        "half-a-cofactor",
        "a root is doubled twice, not three times: order 8 passes",
        _root,
        _root_doubled_twice,
        ROOT,
        LOW_ORDER,
    ),
    _bug(
        "identity-as-a-key",
        "a key is on the curve, and nothing refuses the identity",
        _key,
        _key_on_curve,
        [*ROOT, *P],
        [[*ROOT, *IDENTITY], [*ROOT, *Q]],
        given=_keys,
    ),
    _bug(
        "exceptional-addition",
        "points that a stranger chose are added by formulas for different points",
        _sum,
        _sum_incomplete,
        [*uv(P), *uv(Q)],
        [[*uv(P), *uv(P)]],
        given=_pairs,
    ),
    _bug(
        "sum-without-y",
        "the second coordinate of a sum is a hint",
        _edwards_sum,
        _edwards_sum_without_y,
        [*P, *Q],
        given=_edwards_pairs,
    ),
    _bug(
        "conversion-without-y",
        "the second coordinate of a converted point is a hint",
        _converted,
        _converted_without_y,
        uv(P),
        given=lambda: np.array(_affine()),
    ),
    _bug(
        "window-off-the-curve",
        "the ordinate of a table's point is a hint",
        _window,
        _window_without_curve,
        [2],
        order=11,
    ),
    _bug(
        "digits-of-another-scalar",
        "the digits of a multiplication are compared with a hint, not with the scalar",
        _multiple,
        _multiple_of_a_hint,
        [*uv(P), 5],
        [[*uv(P), 9]],
        order=13,
        given=lambda: np.array(_affine()[:3]),
    ),
    _bug(
        "challenge-without-window",
        "a hash is reduced without a bound, so that h + r passes for h",
        _challenged,
        _challenged_without_window,
        [*uv(P), 2**200 + 1],
        order=29,
        given=lambda: np.array(_affine()[:1]),
        prepare=lambda patch: reduce_challenges(patch, 229, 29),
    ),
]
