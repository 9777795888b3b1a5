"""The one place where a point of unknown origin becomes numbers."""

from __future__ import annotations

from zkcredit.bn254.fields import Q
from zkcredit.bn254.points import G1Point, G2Point

__all__ = ["finite_coordinates"]


def finite_coordinates(
    point: object, kind: type[G1Point] | type[G2Point]
) -> tuple[int, ...] | None:
    """The point's coordinates, or None unless all are integers in [0, q) and not all are zero.

    Whether they satisfy the curve's equation is not looked at. A bool is not an integer here.
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
