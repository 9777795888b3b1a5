"""Integers and points as the arrays that cross the kernel's boundary.

A vector of n field elements is a C-contiguous uint64 array of shape (n, 4): little-endian
limbs, canonical, not in Montgomery form. A vector of n G1 points has shape (n, 8), x before y; a
vector of n G2 points has shape (n, 16), in the order x.c0, x.c1, y.c0, y.c1. A row of zeros is
infinity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from zkcredit.bn254.fields import Q
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import InvalidInput, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Limbs",
    "from_limbs",
    "g1_from_limbs",
    "g1_to_limbs",
    "g2_from_limbs",
    "g2_to_limbs",
    "to_limbs",
]

Limbs = npt.NDArray[np.uint64]
"""An array of 64-bit limbs; the last axis is 4 limbs for each coordinate."""

_BYTES: Final = 32


def to_limbs(values: Iterable[int], modulus: int = 1 << 256) -> Limbs:
    """Pack integers in [0, modulus) into an array of shape (n, 4).

    Raises:
        OutOfRange: if an integer is negative or not below ``modulus``.
    """
    checked = [int(value) for value in values]
    if checked and not (min(checked) >= 0 and max(checked) < modulus):
        raise OutOfRange(f"every value must lie in [0, {modulus})")
    data = b"".join(value.to_bytes(_BYTES, "little") for value in checked)
    # A copy, because an array over bytes is read-only.
    return np.frombuffer(data, dtype="<u8").reshape(-1, 4).astype(np.uint64)


def from_limbs(array: Limbs) -> list[int]:
    """Unpack an array whose last axis is 4 limbs per integer, flattened to one list.

    Raises:
        InvalidInput: if the array is not of uint64 or its size is not a multiple of 4.
    """
    if array.dtype != np.uint64 or array.size % 4:
        raise InvalidInput("an array of limbs must be of uint64, with four limbs a number")
    data = np.ascontiguousarray(array, dtype="<u8").tobytes()
    return [
        int.from_bytes(data[start : start + _BYTES], "little")
        for start in range(0, len(data), _BYTES)
    ]


def g1_to_limbs(points: Iterable[G1Point]) -> Limbs:
    """Pack G1 points into an array of shape (n, 8).

    Raises:
        OutOfRange: if a coordinate is not canonical.
    """
    return to_limbs((c for point in points for c in point), Q).reshape(-1, 8)


def g1_from_limbs(array: Limbs) -> list[G1Point]:
    """Unpack an array whose last axis is 8 limbs per point. The curve is not checked."""
    values = _coordinates(array, 8)
    return [G1Point(values[i], values[i + 1]) for i in range(0, len(values), 2)]


def g2_to_limbs(points: Iterable[G2Point]) -> Limbs:
    """Pack G2 points into an array of shape (n, 16).

    Raises:
        OutOfRange: if a coordinate is not canonical.
    """
    return to_limbs((c for point in points for xy in point for c in xy), Q).reshape(-1, 16)


def g2_from_limbs(array: Limbs) -> list[G2Point]:
    """Unpack an array whose last axis is 16 limbs per point. The curve is not checked."""
    values = _coordinates(array, 16)
    return [
        G2Point((values[i], values[i + 1]), (values[i + 2], values[i + 3]))
        for i in range(0, len(values), 4)
    ]


def _coordinates(array: Limbs, width: int) -> list[int]:
    if array.size % width:
        raise InvalidInput(f"a point has {width} limbs")
    return from_limbs(array)
