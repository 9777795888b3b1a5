"""The choice of one point of a constant table, or its opposite, without booleans.

The abscissa u is a root of a polynomial whose roots are the table's abscissas; the ordinate is
either root of v² = u³ + A·u² + u. So a table of n points offers 2n of them: each with its opposite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets.babyjub import MONTGOMERY_A
from zkcredit.gadgets.montgomery import MontgomeryPoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = ["TablePoint", "monic", "select_point"]


class TablePoint(NamedTuple):
    """What ``select_point`` proves.

    Attributes:
        point: a point of the table, or its opposite.
        square: u².
        cube: u³.
    """

    point: MontgomeryPoint[Signal]
    square: Signal
    cube: Signal


def select_point(
    api: Api, index: Shadow, sign: Shadow, table: Sequence[tuple[int, int]]
) -> TablePoint:
    """Return the point ±table[index].

    Adds 3 + n/4 constraints for n = 4 or 8 abscissas.

    u² and u³ are wires. Eight abscissas are the roots of two monic quartics q₁·q₂, and q₂ - q₁ is a
    combination of u³, u², u and 1. So q₁ = (u² + αu + β)(u² + γu + δ) is one constraint, q₁·q₂ = 0
    is another, and v² = u³ + A·u² + u is the fifth. For four abscissas
    (u² + αu + β)(u² + γu + δ) = 0 alone is enough.

    Args:
        index: hint for the place of an honest choice.
        sign: hint, 1 or -1, by which the ordinate is multiplied.
        table: Montgomery coordinates; entries may share an abscissa.

    Raises:
        CircuitError: if the table has neither four nor eight abscissas.
    """
    roots = list(dict.fromkeys(point[0] for point in table))
    if len(roots) not in (4, 8):
        raise CircuitError(f"a table must have four or eight abscissas, not {len(roots)}")
    u = api.witness(index.lookup([point[0] for point in table]))
    v = api.witness(sign * index.lookup([point[1] for point in table]))
    square = u * u
    cube = square * u
    low, high = _quadratics(api, roots[:4], u, square)
    if len(roots) == 4:
        api.assert_product(low, high, api.constant(0))
    else:
        first = low * high
        gap = [b - a for a, b in zip(monic(roots[:4]), monic(roots[4:]), strict=True)]
        rest = api.linear([(gap[3], cube), (gap[2], square), (gap[1], u)], gap[0])
        api.assert_product(first, first + rest, api.constant(0))
    api.assert_product(v, v, cube + MONTGOMERY_A * square + u)
    return TablePoint(MontgomeryPoint(u, v), square, cube)


def _quadratics(api: Api, roots: Sequence[int], u: Signal, square: Signal) -> tuple[Signal, Signal]:
    a, b, c, d = roots
    low = api.linear([(1, square), (-a - b, u)], a * b)
    high = api.linear([(1, square), (-c - d, u)], c * d)
    return low, high


def monic(roots: Sequence[int]) -> list[int]:
    """Return the coefficients of Π (x - root) mod r, the constant first."""
    coefficients = [1]
    for root in roots:
        shifted = [0, *coefficients]
        scaled = [*(-root * k for k in coefficients), 0]
        coefficients = [(a + b) % R for a, b in zip(shifted, scaled, strict=True)]
    return coefficients
