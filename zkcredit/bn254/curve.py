"""Slow and simple BN254 group and pairing operations: a typed layer over py_ecc.

This is the oracle that the kernel and the verifier are compared with; nothing else in the library
calls it, so py_ecc comes with the extra ``oracle``. What needs it raises ``MissingExtra`` without
it. A call costs between microseconds and (for a pairing) most of a second.

py_ecc checks only that points are on the curve: its pairing accepts G2 points outside the
subgroup. Here every operation first checks the coordinates and the curve, and the pairing also
checks the subgroup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import (
    G1_GENERATOR,
    G1_INFINITY,
    G2_GENERATOR,
    G2_INFINITY,
    Fq2,
    G1Point,
    G2Point,
)
from zkcredit.errors import InvalidInput, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "G1_GENERATOR",
    "G1_INFINITY",
    "G2_GENERATOR",
    "G2_INFINITY",
    "Fq2",
    "G1Point",
    "G2Point",
    "add",
    "in_subgroup",
    "is_canonical",
    "is_on_curve",
    "mul",
    "neg",
    "pairing_product_is_one",
]

Point = TypeVar("Point", G1Point, G2Point)


def is_canonical(point: G1Point | G2Point) -> bool:
    """Return whether every coordinate is an integer in [0, q)."""
    return all(0 <= c < Q for c in _flat(point))


def is_on_curve(point: G1Point | G2Point) -> bool:
    """Return whether the coordinates are canonical and the point is on its curve.

    Infinity is on the curve.
    """
    if not is_canonical(point):
        return False
    if not any(_flat(point)):
        return True
    if isinstance(point, G1Point):
        return (point.y * point.y - point.x**3 - 3) % Q == 0
    ecc = _py_ecc()
    return bool(ecc.is_on_curve(_to_py_ecc(point), ecc.b2))


def in_subgroup(point: G1Point | G2Point) -> bool:
    """Return whether the point is on its curve and its order divides r.

    Infinity is in the subgroup.
    """
    if not is_on_curve(point):
        return False
    if isinstance(point, G1Point):
        return True  # the cofactor of G1 is 1
    ecc = _py_ecc()
    return bool(ecc.is_inf(ecc.multiply(_to_py_ecc(point), R)))


def neg(point: Point) -> Point:
    """Return the opposite point.

    Raises:
        InvalidInput: if the point is not on the curve.
    """
    _require_on_curve(point)
    if isinstance(point, G1Point):
        return G1Point(point.x, -point.y % Q)
    return G2Point(point.x, (-point.y[0] % Q, -point.y[1] % Q))


def add(p: Point, q: Point) -> Point:
    """Return p + q for any two points, equal and opposite ones included.

    Raises:
        InvalidInput: if a point is not on the curve.
    """
    _require_on_curve(p)
    _require_on_curve(q)
    result: Point = _from_py_ecc(_py_ecc().add(_to_py_ecc(p), _to_py_ecc(q)), type(p))
    return result


def mul(scalar: int, point: Point) -> Point:
    """Return scalar·point for any integer scalar, negative ones included.

    The point may lie outside the subgroup, so the scalar is not reduced modulo r.

    Raises:
        InvalidInput: if the point is not on the curve.
    """
    _require_on_curve(point)
    base: Point = point if scalar >= 0 else neg(point)
    multiple = _py_ecc().multiply(_to_py_ecc(base), abs(scalar))
    result: Point = _from_py_ecc(multiple, type(point))
    return result


def pairing_product_is_one(pairs: Iterable[tuple[G1Point, G2Point]]) -> bool:
    """Return whether Π e(pᵢ, qᵢ) = 1, as the EVM's precompile 8 decides it (EIP-197).

    Raises:
        InvalidInput: if a point is not canonical, not on its curve, or not in its subgroup.
    """
    ecc = _py_ecc()
    product = ecc.FQ12.one()
    for p, q in pairs:
        if not in_subgroup(p) or not in_subgroup(q):
            raise InvalidInput("a point of the pairing is not in its group")
        product *= ecc.pairing(_to_py_ecc(q), _to_py_ecc(p), final_exponentiate=False)
    return bool(ecc.final_exponentiate(product) == ecc.FQ12.one())


def _py_ecc() -> Any:
    try:
        from py_ecc import optimized_bn128
    except ImportError:
        line = "pip install 'zkcredit[oracle]'"
        text = f"slow BN254 is not available without the extra 'oracle': {line}"
        raise MissingExtra(text, "oracle") from None
    return optimized_bn128


def _flat(point: G1Point | G2Point) -> tuple[int, ...]:
    return tuple(point) if isinstance(point, G1Point) else (*point.x, *point.y)


def _require_on_curve(point: G1Point | G2Point) -> None:
    if not is_on_curve(point):
        raise InvalidInput(f"not a point of the curve: {point}")


def _to_py_ecc(point: G1Point | G2Point) -> Any:
    # py_ecc: projective (x, y, z) with z = 0 for infinity; its FQ2 coefficients are c0, c1.
    ecc = _py_ecc()
    if isinstance(point, G1Point):
        return (ecc.FQ(point.x), ecc.FQ(point.y), ecc.FQ(1)) if any(point) else ecc.Z1
    return (ecc.FQ2(point.x), ecc.FQ2(point.y), ecc.FQ2.one()) if any(_flat(point)) else ecc.Z2


def _from_py_ecc(point: Any, kind: type[G1Point] | type[G2Point]) -> Any:
    ecc = _py_ecc()
    if ecc.is_inf(point):
        return G1_INFINITY if kind is G1Point else G2_INFINITY
    x, y = ecc.normalize(point)
    if kind is G1Point:
        return G1Point(int(x.n), int(y.n))
    return G2Point(_coefficients(x), _coefficients(y))


def _coefficients(value: Any) -> Fq2:
    c0, c1 = (int(c) for c in value.coeffs)
    return c0, c1
