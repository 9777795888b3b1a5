"""Points of BabyJubJub's Montgomery form in a circuit: v² = u³ + A·u² + u.

The additions here are **incomplete**. If u₁ = u₂, the slope equation reads 0·λ = v₂ - v₁. No λ
satisfies it for opposite points (sound), and *every* λ satisfies it for equal ones (forgeable). So
each caller states why its two points never coincide, or pays for ``add_distinct``. The identity has
no affine form, so a ``MontgomeryPoint`` on the curve is never the identity.

Facts that the proofs below use, each recomputed by tests/gadgets/test_montgomery.py: A² - 4 is not
a square, so u² + A·u + 1 has no root, and (0, 0) is the only affine point with v = 0. A - 2 is not
a square, so no point has u = -1, where u³ + A·u² + u = A - 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from zkcredit.gadgets.babyjub import MONTGOMERY_A

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Signal

__all__ = [
    "EdwardsSignals",
    "MontgomeryPoint",
    "add_distinct",
    "add_incomplete",
    "assert_edwards",
    "assert_on_curve",
    "double",
    "negate",
    "prime_order_point",
    "to_edwards",
]

Coordinate = TypeVar("Coordinate")


class MontgomeryPoint(NamedTuple, Generic[Coordinate]):
    """Affine Montgomery coordinates, usually signals."""

    u: Coordinate
    v: Coordinate


class EdwardsSignals(NamedTuple):
    """Affine Edwards coordinates as signals."""

    x: Signal
    y: Signal


def negate(point: MontgomeryPoint[Signal]) -> MontgomeryPoint[Signal]:
    """Return the opposite point. Adds no constraints."""
    return MontgomeryPoint(point.u, -point.v)


def assert_on_curve(api: Api, point: MontgomeryPoint[Signal]) -> Signal:
    """Constrain v² = u³ + A·u² + u, and return u².

    Adds 3 constraints.
    """
    with api.gadget("on_curve"):
        square = point.u * point.u
        cube = square * point.u
        api.assert_product(point.v, point.v, cube + MONTGOMERY_A * square + point.u)
        return square


def add_incomplete(
    api: Api, p: MontgomeryPoint[Signal], q: MontgomeryPoint[Signal]
) -> MontgomeryPoint[Signal]:
    """Return p + q for points with different u.

    Adds 3 constraints: λ(u₂ - u₁) = v₂ - v₁, λ² = u₃ + A + u₁ + u₂ and λ(u₁ - u₃) = v₃ + v₁.

    The caller proves that p = q cannot occur; see the module's text. p = -q is unsatisfiable.
    """
    run = api.shadow(q.u - p.u)
    slope = api.witness(api.shadow(q.v - p.v) * run.inverse())
    api.assert_product(slope, q.u - p.u, q.v - p.v)
    return _third_point(api, slope, p, q.u)


def add_distinct(
    api: Api, p: MontgomeryPoint[Signal], q: MontgomeryPoint[Signal]
) -> MontgomeryPoint[Signal]:
    """Return p + q, and prove that p ≠ ±q.

    Adds 4 constraints: (u₂ - u₁)·w = 1, and those of ``add_incomplete``.
    """
    difference = q.u - p.u
    inverse = api.witness(api.shadow(difference).inverse())
    api.assert_product(difference, inverse, api.constant(1))
    slope = inverse * (q.v - p.v)
    return _third_point(api, slope, p, q.u)


def double(
    api: Api, point: MontgomeryPoint[Signal], square: Signal | None = None
) -> MontgomeryPoint[Signal]:
    """Return 2·point.

    Adds 4 - s constraints, where s is 1 if the caller has u² already, else 0.

    2v·λ = 3u² + 2A·u + 1, λ² = u₃ + A + 2u and λ(u - u₃) = v₃ + v. For a point on the curve the
    result is unique: v = 0 only at (0, 0), where the slope equation reads 0 = 1. (0, 0) is also the
    only affine point whose double is the identity, so doubling refuses it.
    """
    uu = point.u * point.u if square is None else square
    numerator = 3 * uu + 2 * MONTGOMERY_A * point.u + 1
    slope = api.witness(api.shadow(numerator) * api.shadow(2 * point.v).inverse())
    api.assert_product(slope, 2 * point.v, numerator)
    return _third_point(api, slope, point, point.u)


def prime_order_point(api: Api, root: MontgomeryPoint[Signal]) -> MontgomeryPoint[Signal]:
    """Return A = 8·root, and prove that A has prime order l.

    Adds 14 constraints.

    The curve has order 8·l with l prime, so 8·T has order 1 or l for every T on it. The affine
    result is not the identity: a torsion point T meets (0, 0) on its way to the identity, because
    the 2-part is cyclic and (0, 0) is the only point of order 2, and the next doubling refuses
    (0, 0). The identity itself has no affine coordinates. Every A of order l has such a T;
    ``babyjub.eighth`` computes it.
    """
    with api.gadget("prime_order"):
        point = double(api, root, assert_on_curve(api, root))
        return double(api, double(api, point))


def to_edwards(api: Api, point: MontgomeryPoint[Signal]) -> EdwardsSignals:
    """Return the Edwards form x = u/v, y = (u-1)/(u+1).

    Adds 2 constraints.

    The form is unique for points on the curve other than (0, 0), which the caller excludes (a point
    of prime order is never (0, 0)): then v ≠ 0, and u ≠ -1 always; see the module's text.
    """
    u, v = api.shadow(point.u), api.shadow(point.v)
    result = EdwardsSignals(api.witness(u * v.inverse()), api.witness((u - 1) * (u + 1).inverse()))
    assert_edwards(api, point, result)
    return result


def assert_edwards(api: Api, point: MontgomeryPoint[Signal], edwards: EdwardsSignals) -> None:
    """Constrain ``edwards`` to be the Edwards form of ``point``, as ``to_edwards`` does.

    Adds 2 constraints.
    """
    api.assert_product(edwards.x, point.v, point.u)
    api.assert_product(edwards.y, point.u + 1, point.u - 1)


def _third_point(
    api: Api, slope: Signal, p: MontgomeryPoint[Signal], other_u: Signal
) -> MontgomeryPoint[Signal]:
    # The result gets wires of its own, not the products: sums of sums would otherwise grow.
    s, u1 = api.shadow(slope), api.shadow(p.u)
    u_shadow = s * s - MONTGOMERY_A - u1 - api.shadow(other_u)
    u3 = api.witness(u_shadow)
    v3 = api.witness(s * (u1 - u_shadow) - api.shadow(p.v))
    api.assert_product(slope, slope, u3 + MONTGOMERY_A + p.u + other_u)
    api.assert_product(slope, p.u - u3, v3 + p.v)
    return MontgomeryPoint(u3, v3)
