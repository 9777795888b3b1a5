"""Points, scalars and challenges as the arbiters' messages carry them.

A point is circomlib's packed form in hexadecimal; every point that is read is on the curve, of
prime order, and not the identity. A scalar is below l. A challenge is the upper half of Keccak-256
over 32-byte words, the first of which names the use: 128 bits, so that no reduction modulo l is
needed and a contract computes the same one from ``abi.encode``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal import json
from zkcredit._internal.evm import keccak256
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
    "words",
]

_CHALLENGE_SHIFT: Final = 128


def tag(name: str) -> int:
    """The first word of what is hashed for one use."""
    return int.from_bytes(keccak256(f"zkcredit.escrow.{name}/1".encode()), "big")


def words(*numbers: int) -> bytes:
    """Numbers below 2^256 as 32-byte words: ``abi.encode`` of static values."""
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def challenge(*numbers: int) -> int:
    """A Fiat-Shamir challenge below 2^128 over words, the first of which is a :func:`tag`."""
    return int.from_bytes(keccak256(words(*numbers)), "big") >> _CHALLENGE_SHIFT


def is_sum(left: Point, scalar: int, right: Point, result: Point) -> bool:
    """Whether ``left + scalar·right = result``, all on the curve."""
    return babyjub.add(left, babyjub.mul(scalar, right)) == result


def point_from_text(value: object, what: str) -> Point:
    """Read a point of prime order. MalformedFile: another notation, or no such point."""
    point = babyjub.from_text(value, what)
    if not babyjub.has_prime_order(point):
        raise MalformedFile(f"{what}: not a point of prime order")
    return point


def scalar_text(scalar: int) -> str:
    """A scalar below l as text."""
    return json.field_text(scalar)


def scalar_from_text(value: object, what: str) -> int:
    """Read a scalar below l. MalformedFile: another notation. OutOfRange: not below l."""
    return require_scalar(json.field(value, what), what)


def require_scalar(value: object, what: str) -> int:
    """Return the value when it is an int in [0, l). OutOfRange, never with the value: it is not."""
    if type(value) is not int or not 0 <= value < SUBGROUP_ORDER:
        raise OutOfRange(f"{what} must be an int of at least 0 and below the subgroup's order")
    return value


def flat(points: Sequence[Point]) -> list[int]:
    """The coordinates of points, one after the other."""
    return [coordinate for point in points for coordinate in point]
