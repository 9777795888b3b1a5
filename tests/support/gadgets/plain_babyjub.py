"""BabyJubJub, Poseidon and EdDSA-Poseidon written down as in the papers: the slow twins.

Textbook formulas and rounds, and none of the code in `zkcredit.gadgets` but the generator of
Poseidon's constants, which has tests of its own.
"""

from __future__ import annotations

from functools import cache

from zkcredit.bn254.fields import R
from zkcredit.gadgets.poseidon_constants import FULL_ROUNDS, PARTIAL_ROUNDS, _grain

A, D = 168700, 168696
ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041
IDENTITY = (0, 1)
BASE8 = (
    5299619240641551281634865583518297030282874472190772894086521144482721001553,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)
GENERATOR = (
    995203441582195749578291179787384436505546430278305826713579947235728471134,
    5472060717959818805561601436314318772137091100104008585924551046643952123905,
)
"""EIP-2494's generator of all 8·l points."""

Point = tuple[int, int]


def on_curve(p: Point) -> bool:
    """a·x² + y² = 1 + d·x²·y² with canonical coordinates."""
    x, y = p
    return 0 <= x < R and 0 <= y < R and (A * x * x + y * y - 1 - D * x * x * y * y) % R == 0


def add(p: Point, q: Point) -> Point:
    """Bernstein and others 2008, §6."""
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % R
    inverse = pow(1 - t * t, -1, R)
    x = (x1 * y2 + y1 * x2) * (1 - t) * inverse
    y = (y1 * y2 - A * x1 * x2) * (1 + t) * inverse
    return x % R, y % R


def mul(k: int, p: Point) -> Point:
    """Double and add, highest bit first, in projective coordinates (add-2008-bbjlp)."""
    total = (0, 1, 1)
    for bit in f"{k:b}":
        total = _projective_sum(total, total)
        if bit == "1":
            total = _projective_sum(total, (*p, 1))
    x, y, z = total
    inverse = pow(z, -1, R)
    return x * inverse % R, y * inverse % R


def _projective_sum(p: tuple[int, int, int], q: tuple[int, int, int]) -> tuple[int, int, int]:
    (x1, y1, z1), (x2, y2, z2) = p, q
    z, xx, yy = z1 * z2 % R, x1 * x2 % R, y1 * y2 % R
    square, e = z * z % R, D * xx * yy % R
    f, g = square - e, square + e
    x3 = z * f % R * ((x1 + y1) * (x2 + y2) - xx - yy) % R
    return x3, z * g % R * (yy - A * xx) % R, f * g % R


def neg(p: Point) -> Point:
    """(-x, y)."""
    return -p[0] % R, p[1]


@cache
def torsion() -> list[Point]:
    """The eight points of order 1, 2, 4 and 8."""
    order8 = mul(ORDER, GENERATOR)
    return [mul(k, order8) for k in range(8)]


@cache
def has_prime_order(p: Point) -> bool:
    """On the curve, of order l, and so not the identity."""
    return on_curve(p) and p != IDENTITY and mul(ORDER, p) == IDENTITY


def encode(p: Point) -> bytes:
    """y little-endian, the top bit set where x > (r-1)/2."""
    return (p[1] | (p[0] > R // 2) << 255).to_bytes(32, "little")


def decode(data: bytes) -> Point | None:
    """The only point with this encoding."""
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    negative = data[31] >> 7 == 1
    if y >= R:
        return None
    square = (1 - y * y) * pow(A - D * y * y, -1, R) % R
    found = [p for x in _square_roots(square) if encode(p := (x, y)) == data]
    return found[0] if found and (square or not negative) else None


def _square_roots(n: int) -> set[int]:
    # Cipolla: (k + √(k² - n))^((r+1)/2) in F_r², with k² - n no square.
    if not n or pow(n, (R - 1) // 2, R) != 1:
        return {0} if not n else set()
    k = next(k for k in range(1, 99) if pow(k * k - n, (R - 1) // 2, R) == R - 1)
    w = (k * k - n) % R

    def times(p: Point, q: Point) -> Point:
        return (p[0] * q[0] + p[1] * q[1] % R * w) % R, (p[0] * q[1] + p[1] * q[0]) % R

    root, power = (1, 0), (k, 1)
    for bit in reversed(f"{(R + 1) // 2:b}"):
        if bit == "1":
            root = times(root, power)
        power = times(power, power)
    assert root[0] * root[0] % R == n
    return {root[0], -root[0] % R}


_constants = cache(_grain)


@cache
def poseidon(inputs: tuple[int, ...], domain: int = 0) -> int | None:
    """The hash; None where the number of inputs or a value is out of range."""
    state = [domain, *inputs]
    if not 1 <= len(inputs) <= 16 or not all(0 <= value < R for value in state):
        return None
    partial = PARTIAL_ROUNDS[len(state) - 2]
    rounds, mix = _constants(len(state), partial)
    for i, constants in enumerate(rounds):
        state = [(a + k) % R for a, k in zip(state, constants, strict=True)]
        full = not FULL_ROUNDS // 2 <= i < FULL_ROUNDS // 2 + partial
        state = [pow(a, 5, R) if full or not j else a for j, a in enumerate(state)]
        state = [sum(m * a for m, a in zip(row, state, strict=True)) % R for row in mix]
    return state[0]


def challenge(r8: Point, key: Point, message: int) -> int:
    """h, each input reduced: for making signatures that strict verifiers refuse."""
    digest = poseidon(tuple(v % R for v in (*r8, *key, message)))
    assert digest is not None
    return digest


def verifies(key: Point, message: int, r8: Point, s: int) -> bool:
    """Strict verification: S·B8 = R8 + 8h·A, everything canonical and of prime order."""
    if not (has_prime_order(key) and has_prime_order(r8) and 0 <= s < ORDER and 0 <= message < R):
        return False
    right = add(r8, mul(8 * challenge(r8, key, message), key))
    return mul(s, BASE8) == right
