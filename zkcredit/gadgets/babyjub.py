"""BabyJubJub: the curve inside the circuit field, on integers.

Parameter card (EIP-2494; circomlib and zk-kit use the same curve and base point):

==============  =====================================================================
field           F_r, the scalar field of BN254, so points are pairs of circuit values
equation        a·x² + y² = 1 + d·x²·y² with a = 168700 (a square) and d = 168696 (not)
order           8·l, cyclic 2-part; l = ``SUBGROUP_ORDER`` is prime, 251 bits
base point      ``BASE8``, of order l (eight times EIP-2494's generator of the whole curve)
identity        (0, 1)
Montgomery      v² = u³ + A·u² + u with A = 168698; u = (1+y)/(1-y), v = u/x
==============  =====================================================================

Because a is a square and d is not, the addition law below has no exceptional case (Bernstein,
Birkner, Joye, Lange, Peters, "Twisted Edwards curves", 2008, §6).

Where encodings diverge: RFC 8032 takes the parity of x as the sign bit; circomlib, zk-kit and
``encode`` take x > (r-1)/2. circomlib's decoder accepts y ≥ r, and a sign bit on x = 0; ``decode``
refuses both.

Not constant time: Python integers leak timing. Issuers sign on a machine that they control.
"""

from __future__ import annotations

import secrets
from typing import Final, NamedTuple

from zkcredit._internal import json
from zkcredit.bn254.fields import R, square_root
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange

__all__ = [
    "BASE8",
    "COFACTOR",
    "EDWARDS_A",
    "EDWARDS_D",
    "IDENTITY",
    "MONTGOMERY_A",
    "SUBGROUP_ORDER",
    "TORSION",
    "Point",
    "add",
    "decode",
    "double",
    "eighth",
    "encode",
    "fresh_scalar",
    "from_montgomery",
    "from_text",
    "has_prime_order",
    "in_subgroup",
    "is_on_curve",
    "mul",
    "neg",
    "odd_multiples",
    "require_in_subgroup",
    "require_prime_order",
    "to_montgomery",
    "to_text",
]

EDWARDS_A: Final = 168700
EDWARDS_D: Final = 168696
MONTGOMERY_A: Final = 168698
"""2(a+d)/(a-d); the Montgomery form's other coefficient 4/(a-d) is 1."""

COFACTOR: Final = 8
SUBGROUP_ORDER: Final = 2736030358979909402780800718157159386076813972158567259200215660948447373041
"""l, a prime between 2^250 and 2^251."""

_ENCODED_BYTES: Final = 32
_SIGN_BIT: Final = 1 << 255
_WINDOW_BITS: Final = 4


class Point(NamedTuple):
    """An affine point in Edwards form, with coordinates in [0, r)."""

    x: int
    y: int


IDENTITY: Final = Point(0, 1)
BASE8: Final = Point(
    5299619240641551281634865583518297030282874472190772894086521144482721001553,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)

_Extended = tuple[int, int, int, int]
"""(X, Y, T, Z) with x = X/Z, y = Y/Z, T = X·Y/Z (Hisil, Wong, Carter, Dawson, 2008)."""

_EXTENDED_IDENTITY: Final[_Extended] = (0, 1, 0, 1)


def is_on_curve(point: Point) -> bool:
    """Return whether the coordinates are integers in [0, r) and satisfy the curve equation."""
    x, y = point
    if not (type(x) is int and type(y) is int and 0 <= x < R and 0 <= y < R):
        return False
    xx, yy = x * x % R, y * y % R
    return (EDWARDS_A * xx + yy - 1 - EDWARDS_D * xx * yy) % R == 0


def in_subgroup(point: Point) -> bool:
    """Return whether the point is on the curve and its order divides l; the identity is in."""
    return is_on_curve(point) and mul(SUBGROUP_ORDER, point) == IDENTITY


def has_prime_order(point: Point) -> bool:
    """Return whether the point generates the subgroup of order l: in it, and not the identity."""
    return point != IDENTITY and in_subgroup(point)


def require_in_subgroup(point: object, what: str) -> Point:
    """Return the point if it is in the subgroup of order l.

    Raises:
        InvalidInput: if it is not a point of the curve, or has a torsion part.
    """
    if not (isinstance(point, tuple) and len(point) == 2 and in_subgroup(Point(*point))):
        raise InvalidInput(f"{what} is not in the prime-order subgroup")
    return Point(*point)


def require_prime_order(point: object, what: str) -> Point:
    """Return the point if it generates the subgroup of order l.

    Raises:
        InvalidInput: if it is not a point of the curve, has a torsion part, or is the identity.
    """
    if not (isinstance(point, tuple) and len(point) == 2 and has_prime_order(Point(*point))):
        raise InvalidInput(f"{what} is not a point of prime order")
    return Point(*point)


def fresh_scalar() -> int:
    """Draw a secret number from 1 to l - 1, from the operating system's randomness."""
    return 1 + secrets.randbelow(SUBGROUP_ORDER - 1)


def odd_multiples(point: Point, count: int) -> list[Point]:
    """Return the multiples 1, 3, 5 … of a point, ``count`` of them.

    Raises:
        InvalidInput: if the point is not on the curve.
    """
    twice = double(point)
    multiples = [point]
    while len(multiples) < count:
        multiples.append(add(multiples[-1], twice))
    return multiples


def neg(point: Point) -> Point:
    """Return the opposite point, (-x, y)."""
    return Point(-point.x % R, point.y)


def add(p: Point, q: Point) -> Point:
    """Return p + q, for every pair of points of the curve.

    Raises:
        InvalidInput: if a point is not on the curve.
    """
    _require_on_curve(p)
    _require_on_curve(q)
    return _to_affine(_add(_to_extended(p), _to_extended(q)))


def double(point: Point) -> Point:
    """Return 2·point.

    Raises:
        InvalidInput: if the point is not on the curve.
    """
    return add(point, point)


def mul(scalar: int, point: Point) -> Point:
    """Return scalar·point for any integer.

    The scalar is not reduced, since the point may have torsion.

    Raises:
        InvalidInput: if the point is not on the curve.
    """
    _require_on_curve(point)
    base = _to_extended(point if scalar >= 0 else neg(point))
    table = [_EXTENDED_IDENTITY, base]
    while len(table) < 1 << _WINDOW_BITS:
        table.append(_add(table[-1], base))
    result = _EXTENDED_IDENTITY
    magnitude = abs(scalar)
    windows = -(-magnitude.bit_length() // _WINDOW_BITS)
    for window in reversed(range(windows)):
        for _ in range(_WINDOW_BITS):
            result = _double(result)
        result = _add(result, table[magnitude >> window * _WINDOW_BITS & len(table) - 1])
    return _to_affine(result)


def eighth(point: Point) -> Point:
    """Return the point T of the prime-order subgroup with 8·T = point.

    A circuit shows such a T to prove that a key has prime order.

    Raises:
        InvalidInput: if the point is not in the prime-order subgroup.
    """
    return mul(pow(COFACTOR, -1, SUBGROUP_ORDER), require_in_subgroup(point, "the point"))


def to_montgomery(point: Point) -> tuple[int, int]:
    """Return the Montgomery coordinates (u, v) of a point.

    Raises:
        InvalidInput: if the point is not on the curve, or is the identity, which has no such
            coordinates.
    """
    _require_on_curve(point)
    if point == IDENTITY:
        raise InvalidInput("the identity does not have an affine Montgomery form")
    if point.x == 0:  # (0, -1), the point of order 2
        return 0, 0
    u = (1 + point.y) * pow(1 - point.y, -1, R) % R
    return u, u * pow(point.x, -1, R) % R


def from_montgomery(u: int, v: int) -> Point:
    """Return the Edwards form of an affine Montgomery point.

    Raises:
        InvalidInput: if the pair is not on the Montgomery curve.
    """
    canonical = 0 <= u < R and 0 <= v < R
    if not canonical or (v * v - u * (u * u + MONTGOMERY_A * u + 1)) % R:
        raise InvalidInput("the pair is not a point of the Montgomery form")
    if u == 0:
        return Point(0, R - 1)
    # A² - 4 is not a square, so v = 0 only for u = 0; nor is A - 2, so u = -1 never.
    return Point(u * pow(v, -1, R) % R, (u - 1) * pow(u + 1, -1, R) % R)


def encode(point: Point) -> bytes:
    """Return the 32-byte form of circomlib and zk-kit: y little-endian, top bit set if x > (r-1)/2.

    Raises:
        InvalidInput: if the point is not on the curve.
    """
    _require_on_curve(point)
    sign = _SIGN_BIT if point.x > R // 2 else 0
    return (point.y | sign).to_bytes(_ENCODED_BYTES, "little")


def decode(data: bytes) -> Point:
    """Return the point of a 32-byte form. Exactly one byte string decodes to each point.

    The point may lie outside the prime-order subgroup: ask ``in_subgroup``.

    Raises:
        InvalidInput: if there are not 32 bytes, or no point of the curve has this form.
        OutOfRange: if y is not below r.
    """
    if len(data) != _ENCODED_BYTES:
        raise InvalidInput(f"an encoded point must have {_ENCODED_BYTES} bytes, not {len(data)}")
    number = int.from_bytes(data, "little")
    y = number & (_SIGN_BIT - 1)
    if y >= R:
        raise OutOfRange("the y coordinate of an encoded point must be below r")
    # x² = (1 - y²)/(a - d·y²); the denominator is not 0, because a/d is not a square.
    yy = y * y % R
    x = square_root((1 - yy) * pow(EDWARDS_A - EDWARDS_D * yy, -1, R) % R)
    if x is None:
        raise InvalidInput("no point of the curve has this y coordinate")
    negative = number >= _SIGN_BIT
    if x == 0 and negative:
        raise InvalidInput("an encoded point with x = 0 must not have a sign")
    return Point(R - x if (x > R // 2) != negative else x, y)


def to_text(point: Point) -> str:
    """Write the 32-byte form as 64 hexadecimal digits."""
    return encode(point).hex()


def from_text(value: object, what: str) -> Point:
    """Read what ``to_text`` writes. The point may lie outside the prime-order subgroup.

    Raises:
        MalformedFile: if the notation is another one, or no point has this form.
    """
    data = json.hex_bytes(value, _ENCODED_BYTES, what)
    try:
        return decode(data)
    except InvalidInput as error:
        raise MalformedFile(f"{what}: {error}") from None


def _require_on_curve(point: Point) -> None:
    if not is_on_curve(point):
        raise InvalidInput("the point is not on BabyJubJub")


def _to_extended(point: Point) -> _Extended:
    x, y = point
    return x, y, x * y % R, 1


def _to_affine(point: _Extended) -> Point:
    x, y, _, z = point
    inverse = pow(z, -1, R)
    return Point(x * inverse % R, y * inverse % R)


def _add(p: _Extended, q: _Extended) -> _Extended:
    # add-2008-hwcd: unified, and complete for square a and non-square d.
    x1, y1, t1, z1 = p
    x2, y2, t2, z2 = q
    a = x1 * x2 % R
    b = y1 * y2 % R
    c = EDWARDS_D * t1 * t2 % R
    d = z1 * z2 % R
    e = ((x1 + y1) * (x2 + y2) - a - b) % R
    f = d - c
    g = d + c
    h = (b - EDWARDS_A * a) % R
    return e * f % R, g * h % R, e * h % R, f * g % R


def _double(p: _Extended) -> _Extended:
    # dbl-2008-hwcd.
    x, y, _, z = p
    a = x * x % R
    b = y * y % R
    d = EDWARDS_A * a
    e = ((x + y) * (x + y) - a - b) % R
    g = (d + b) % R
    f = g - 2 * z * z
    h = d - b
    return e * f % R, g * h % R, e * h % R, f * g % R


def _torsion() -> tuple[Point, ...]:
    # A point of order 8: l times EIP-2494's generator. Tests recompute it.
    order8 = Point(
        4342719913949491028786768530115087822524712248835451589697801404893164183326,
        4826523245007015323400664741523384119579596407052839571721035538011798951543,
    )
    points = [IDENTITY]
    while len(points) < COFACTOR:
        points.append(_to_affine(_add(_to_extended(points[-1]), _to_extended(order8))))
    return tuple(points)


TORSION: Final = _torsion()
"""The eight points whose order divides 8; ``TORSION[i]`` is i times one of order 8."""
