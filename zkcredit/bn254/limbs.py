"""Integers and points as the arrays that cross the kernel's boundary.

A vector of n field elements is a C-contiguous uint64 array of shape (n, 4): little-endian
limbs, canonical, not in Montgomery form. A vector of n G1 points has shape (n, 8), x before y; a
vector of n G2 points has shape (n, 16), in the order x.c0, x.c1, y.c0, y.c1. A row of zeros is
infinity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from zkcredit.bn254 import packed
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.bn254.points import G1Point, G2Point

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


def to_limbs(values: Iterable[int], modulus: int = 1 << 256) -> Limbs:
    """Pack integers in [0, modulus) into an array of shape (n, 4).

    Raises:
        OutOfRange: if an integer is negative or not below ``modulus``.
    """
    return _array(packed.numbers(values, modulus))


def from_limbs(array: Limbs) -> list[int]:
    """Unpack an array whose last axis is 4 limbs per integer, flattened to one list.

    Raises:
        InvalidInput: if the array is not of uint64 or its size is not a multiple of 4.
    """
    if array.dtype != np.uint64 or array.size % 4:
        raise InvalidInput("an array of limbs must be of uint64, with four limbs a number")
    return packed.from_numbers(_bytes(array))


def g1_to_limbs(points: Iterable[G1Point]) -> Limbs:
    """Pack G1 points into an array of shape (n, 8).

    Raises:
        OutOfRange: if a coordinate is not canonical.
    """
    return _array(packed.g1_bytes(points)).reshape(-1, 8)


def g1_from_limbs(array: Limbs) -> list[G1Point]:
    """Unpack an array whose last axis is 8 limbs per point. The curve is not checked."""
    return packed.g1_points(_coordinates(array, 8))


def g2_to_limbs(points: Iterable[G2Point]) -> Limbs:
    """Pack G2 points into an array of shape (n, 16).

    Raises:
        OutOfRange: if a coordinate is not canonical.
    """
    return _array(packed.g2_bytes(points)).reshape(-1, 16)


def g2_from_limbs(array: Limbs) -> list[G2Point]:
    """Unpack an array whose last axis is 16 limbs per point. The curve is not checked."""
    return packed.g2_points(_coordinates(array, 16))


def _array(data: bytes) -> Limbs:
    # A copy, because an array over bytes is read-only.
    return np.frombuffer(data, dtype="<u8").reshape(-1, 4).astype(np.uint64)


def _bytes(array: Limbs) -> bytes:
    return np.ascontiguousarray(array, dtype="<u8").tobytes()


def _coordinates(array: Limbs, width: int) -> bytes:
    if array.dtype != np.uint64 or array.size % width:
        raise InvalidInput(f"an array of points must be of uint64, with {width} limbs a point")
    return _bytes(array)
