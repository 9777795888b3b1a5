"""Points, scalars and challenges in the arbiters' messages.

A point is circomlib's packed form in hexadecimal; every point that is read must be on the curve, of
prime order, and not the identity. A scalar is below l. A challenge is the upper half of Keccak-256
over 32-byte words, of which the first names the use. It has 128 bits, so it needs no reduction
modulo l, and a contract computes the same challenge from ``abi.encode``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal import json
from zkcredit._internal.evm import keccak256, words
from zkcredit.errors import MalformedFile, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "challenge",
    "flat",
    "is_sum",
    "point_from_text",
    "require_scalar",
    "scalar_from_text",
    "scalar_text",
    "tag",
]

_CHALLENGE_SHIFT: Final = 128


def tag(name: str, version: int = 1) -> int:
    """Return the first word of everything that is hashed for one use, in one version of it."""
    return int.from_bytes(keccak256(f"zkcredit.escrow.{name}/{version}".encode()), "big")


def challenge(*numbers: int) -> int:
    """Return a Fiat-Shamir challenge below 2^128 over words, the first of which is a ``tag``."""
    return int.from_bytes(keccak256(words(*numbers)), "big") >> _CHALLENGE_SHIFT


def is_sum(left: Point, scalar: int, right: Point, result: Point) -> bool:
    """Return whether ``left + scalar·right = result``, all on the curve."""
    return babyjub.add(left, babyjub.mul(scalar, right)) == result


def point_from_text(value: object, what: str) -> Point:
    """Read a point of prime order.

    Raises:
        MalformedFile: if the notation is another one, or the point is not of prime order.
    """
    point = babyjub.from_text(value, what)
    if not babyjub.has_prime_order(point):
        raise MalformedFile(f"{what}: not a point of prime order")
    return point


def scalar_text(scalar: int) -> str:
    """Return a scalar below l as text."""
    return json.field_text(scalar)


def scalar_from_text(value: object, what: str) -> int:
    """Read a scalar below l.

    Raises:
        MalformedFile: if the notation is another one.
        OutOfRange: if the scalar is not below l.
    """
    return require_scalar(json.field(value, what), what)


def require_scalar(value: object, what: str) -> int:
    """Return the value if it is an int in [0, l).

    Raises:
        OutOfRange: if it is not. The text never contains the value.
    """
    if type(value) is not int or not 0 <= value < SUBGROUP_ORDER:
        raise OutOfRange(f"{what} must be an int of at least 0 and below the subgroup's order")
    return value


def flat(points: Sequence[Point]) -> list[int]:
    """Return the coordinates of points, one after another."""
    return [coordinate for point in points for coordinate in point]
