from __future__ import annotations

import pytest

from zkcredit.bn254 import (
    G1_GENERATOR,
    G1_INFINITY,
    G2_GENERATOR,
    G2_INFINITY,
    G1Point,
    G2Point,
    Q,
    R,
    curve,
)
from zkcredit.errors import InvalidInput

OFF_CURVE = [
    G1Point(1, 3),
    G1Point(0, 1),
    G1Point(1 + Q, 2),
    G1Point(1, -2),
    G2Point((1, 0), (2, 0)),
    G2Point(G2_GENERATOR.x, (G2_GENERATOR.y[0] + Q, G2_GENERATOR.y[1])),
    G2Point(G2_GENERATOR.x[::-1], G2_GENERATOR.y[::-1]),  # the EVM's coordinate order
]


def _outside_the_subgroup() -> G2Point:
    # On the curve by construction: solve y² = x³ + b2 for the first x that has a root.
    from py_ecc.bn128 import FQ2, b2

    for c0 in range(1, 100):
        x = FQ2([c0, 0])
        square = x**3 + b2
        root = square ** ((Q**2 + 15) // 32)  # q² ≡ 9 mod 16
        for unit in range(16):
            y = root * FQ2([9, 1]) ** (unit * (Q**2 - 1) // 16)
            if y * y == square:
                point = G2Point((c0, 0), (int(y.coeffs[0].n), int(y.coeffs[1].n)))
                if not curve.in_subgroup(point):
                    return point
    raise AssertionError("no point found")


def test_generators_have_order_r() -> None:
    for generator, infinity in ((G1_GENERATOR, G1_INFINITY), (G2_GENERATOR, G2_INFINITY)):
        assert curve.in_subgroup(generator)
        assert curve.mul(R, generator) == infinity
        assert curve.mul(R - 1, generator) == curve.neg(generator)


def test_addition_is_complete() -> None:
    for g, infinity in ((G1_GENERATOR, G1_INFINITY), (G2_GENERATOR, G2_INFINITY)):
        assert curve.add(g, infinity) == g
        assert curve.add(infinity, infinity) == infinity
        assert curve.add(g, curve.neg(g)) == infinity
        assert curve.add(g, g) == curve.mul(2, g)
        assert curve.neg(infinity) == infinity
        assert curve.mul(-3, g) == curve.neg(curve.add(g, curve.mul(2, g)))


def test_known_double_of_the_g1_generator() -> None:
    # EIP-196's test vectors use this point.
    assert curve.mul(2, G1_GENERATOR) == G1Point(
        1368015179489954701390400359078579693043519447331113978918064868415326638035,
        9918110051302171585080402603319702774565515993150576347155970296011118125764,
    )


@pytest.mark.parametrize("point", OFF_CURVE)
def test_points_off_the_curve_are_refused(point: G1Point | G2Point) -> None:
    assert not curve.is_on_curve(point)
    assert not curve.in_subgroup(point)
    with pytest.raises(InvalidInput):
        curve.neg(point)
    with pytest.raises(InvalidInput):
        curve.mul(2, point)
    with pytest.raises(InvalidInput):
        curve.add(point, point)


def test_a_g2_point_outside_the_subgroup_is_on_the_curve_and_refused_by_the_pairing() -> None:
    point = _outside_the_subgroup()
    assert curve.is_on_curve(point)
    assert not curve.in_subgroup(point)
    with pytest.raises(InvalidInput):
        curve.pairing_product_is_one([(G1_INFINITY, point)])


@pytest.mark.slow
def test_the_pairing_is_bilinear_and_not_degenerate() -> None:
    p, q = curve.mul(5, G1_GENERATOR), curve.mul(3, G2_GENERATOR)
    minus = curve.mul(-15, G1_GENERATOR)
    assert curve.pairing_product_is_one([(p, q), (minus, G2_GENERATOR)])
    assert not curve.pairing_product_is_one([(p, q), (curve.neg(minus), G2_GENERATOR)])
    assert not curve.pairing_product_is_one([(G1_GENERATOR, G2_GENERATOR)])
    assert curve.pairing_product_is_one([(G1_INFINITY, q), (p, G2_INFINITY)])
    assert curve.pairing_product_is_one([])
