"""The point types of BN254: plain coordinates, no arithmetic, nothing heavy to import.

``finite_coordinates`` is the one place where a point of unknown origin becomes numbers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from zkcredit.bn254.fields import Q

__all__ = [
    "G1_GENERATOR",
    "G1_INFINITY",
    "G2_GENERATOR",
    "G2_INFINITY",
    "Fq2",
    "G1Point",
    "G2Point",
    "finite_coordinates",
]

Fq2 = tuple[int, int]
"""An element c0 + c1·u of F_q², as (c0, c1)."""


class G1Point(NamedTuple):
    """An affine point of G1; (0, 0) is infinity."""

    x: int
    y: int


class G2Point(NamedTuple):
    """An affine point of G2; all zeros is infinity."""

    x: Fq2
    y: Fq2


G1_INFINITY: Final = G1Point(0, 0)
G2_INFINITY: Final = G2Point((0, 0), (0, 0))

G1_GENERATOR: Final = G1Point(1, 2)

# EIP-197, "Definition of the groups", written there in the order (c1, c0).
G2_GENERATOR: Final = G2Point(
    (
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
    ),
    (
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
    ),
)


def finite_coordinates(
    point: object, kind: type[G1Point] | type[G2Point]
) -> tuple[int, ...] | None:
    """Return the coordinates if all are integers in [0, q) and not all are 0; otherwise None.

    This does not check the curve's equation. A bool is not an integer here.
    """
    if not isinstance(point, kind):
        return None
    coordinates: list[object] = []
    for part in tuple(point):
        if kind is G1Point:
            coordinates.append(part)
        elif isinstance(part, tuple) and len(part) == 2:
            coordinates.extend(part)
        else:
            return None
    numbers = tuple(
        c for c in coordinates if isinstance(c, int) and not isinstance(c, bool) and 0 <= c < Q
    )
    return numbers if len(numbers) == len(coordinates) and any(numbers) else None
