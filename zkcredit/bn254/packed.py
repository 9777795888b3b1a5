"""Numbers and points as bytes, for the kernel and from files: what needs no numpy.

A number has 32 bytes, little-endian. A G1 point is x and y, a G2 point x.c0, x.c1, y.c0 and y.c1;
infinity is all zeros. ``rows`` shows such bytes to the kernel's functions that take arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zkcredit.bn254.fields import Q
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "NUMBER_BYTES",
    "from_numbers",
    "from_stored",
    "g1_bytes",
    "g1_points",
    "g2_bytes",
    "g2_points",
    "numbers",
    "rows",
]

NUMBER_BYTES: Final = 32
_FROM_STORED: Final = pow(1 << 256, -1, Q)


def numbers(values: Iterable[int], modulus: int = 1 << 256) -> bytes:
    """Pack integers in [0, modulus).

    Raises:
        OutOfRange: if an integer is negative or not below ``modulus``.
    """
    checked = [int(value) for value in values]
    if checked and not (min(checked) >= 0 and max(checked) < modulus):
        raise OutOfRange(f"every value must lie in [0, {modulus})")
    return b"".join(value.to_bytes(NUMBER_BYTES, "little") for value in checked)


def from_numbers(data: bytes | memoryview) -> list[int]:
    """Unpack integers."""
    return [
        int.from_bytes(data[start : start + NUMBER_BYTES], "little")
        for start in range(0, len(data), NUMBER_BYTES)
    ]


def from_stored(data: bytes | memoryview) -> bytes:
    """Return the coordinates of points in a file, which are below q and times 2^256 mod q."""
    return numbers(value * _FROM_STORED % Q for value in from_numbers(data))


def g1_bytes(points: Iterable[G1Point]) -> bytes:
    """Pack G1 points.

    Raises:
        OutOfRange: if a coordinate is not canonical.
    """
    return numbers((c for point in points for c in point), Q)


def g2_bytes(points: Iterable[G2Point]) -> bytes:
    """Pack G2 points.

    Raises:
        OutOfRange: if a coordinate is not canonical.
    """
    return numbers((c for point in points for xy in point for c in xy), Q)


def g1_points(data: bytes | memoryview) -> list[G1Point]:
    """Unpack G1 points. The curve is not checked."""
    values = from_numbers(data)
    return [G1Point(values[i], values[i + 1]) for i in range(0, len(values), 2)]


def g2_points(data: bytes | memoryview) -> list[G2Point]:
    """Unpack G2 points. The curve is not checked."""
    values = from_numbers(data)
    return [
        G2Point((values[i], values[i + 1]), (values[i + 2], values[i + 3]))
        for i in range(0, len(values), 4)
    ]


def rows(data: bytes, numbers_in_row: int = 0) -> Any:
    """Return the bytes as the kernel's functions take them: a row of limbs, or at least one row.

    Args:
        data: packed numbers.
        numbers_in_row: 0 for one row alone; 1 for numbers, 2 for G1 and 4 for G2 points.
    """
    view = memoryview(data)
    if not numbers_in_row:
        return view.cast("Q")
    size = NUMBER_BYTES * numbers_in_row
    return view.cast("Q", shape=[len(data) // size, size // 8])
