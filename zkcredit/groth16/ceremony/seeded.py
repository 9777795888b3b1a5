"""Scalars and points that are derived from 32 bytes, like those of snarkjs.

The bytes are the key of a ChaCha20 stream with counter and nonce 0, each group of four bytes
big-endian. An element is eight words of the stream, as four numbers of 64 bits with the higher word
first and the lowest number first, cut to 254 bits, and drawn again while it is not below the
modulus. The result is in Montgomery form: the element is that number times 2⁻²⁵⁶.

A point is x, and one more word whose lowest bit selects the root y; both are drawn again while
x³ + b is not a square. The roots are distinguished by comparing y with (q − 1)/2, in F_q² by its
second coordinate unless that is 0.
In G₂ the result is multiplied by the cofactor 2q − r, so that it lies in the subgroup.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.limbs import Limbs, g1_to_limbs, g2_to_limbs, to_limbs
from zkcredit.bn254.points import G1Point, G2Point

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Seeded", "g2_points"]

_MASK: Final = (1 << 254) - 1
_FROM_MONT: Final = {modulus: pow(1 << 256, -1, modulus) for modulus in (Q, R)}
_HALF: Final = (Q - 1) // 2
_B2: Final = (27 * pow(82, -1, Q) % Q, -3 * pow(82, -1, Q) % Q)
"""3/(9 + u), the constant of the twist."""
_COFACTOR_REST: Final = 2 * (Q - R)
"""The cofactor minus r. The two parts are multiplied apart, because scalars are below r."""


class Seeded:
    """The stream of one seed; only its first 32 bytes are used."""

    def __init__(self, seed: bytes) -> None:
        from Crypto.Cipher import ChaCha20

        key = struct.pack("<8I", *struct.unpack(">8I", seed[:32]))
        self._stream = ChaCha20.new(key=key, nonce=bytes(8))

    def scalar(self) -> int:
        """Return the next element of F_r."""
        return self._element(R)

    def g1(self) -> Limbs:
        """Return the next point of G₁, (1, 8)."""
        while True:
            x, greater = self._element(Q), self._bit()
            y = _root(x * x * x + 3)
            if y is not None:
                return g1_to_limbs([G1Point(x, y if (y > _HALF) == greater else Q - y)])

    def twist(self) -> G2Point:
        """Return the next point of the twist, before the cofactor."""
        while True:
            x, greater = (self._element(Q), self._element(Q)), self._bit()
            y = _root_of_pair(_curve(x))
            if y is not None:
                if ((y[1] or y[0]) > _HALF) != greater:
                    y = (-y[0] % Q, -y[1] % Q)
                return G2Point(x, y)

    def _element(self, modulus: int) -> int:
        while True:
            w: tuple[int, ...] = struct.unpack("<8I", self._stream.encrypt(bytes(32)))
            value = sum((w[2 * i] << 32 | w[2 * i + 1]) << 64 * i for i in range(4)) & _MASK
            if value < modulus:
                return value * _FROM_MONT[modulus] % modulus

    def _bit(self) -> bool:
        return bool(self._stream.encrypt(bytes(4))[0] & 1)


def g2_points(seeds: Iterable[bytes]) -> Limbs:
    """Return the first point of G₂ of each seed, (n, 16)."""
    import zkcredit._kernel as _kernel

    points = g2_to_limbs([Seeded(seed).twist() for seed in seeds])
    whole, rest = (
        _kernel.g2_mul(points, np.repeat(to_limbs([times]), len(points), axis=0))
        for times in (R - 1, _COFACTOR_REST)
    )
    return _kernel.g2_add(_kernel.g2_add(whole, points), rest)


def _curve(x: tuple[int, int]) -> tuple[int, int]:
    a, b = x
    return (a * (a * a - 3 * b * b) + _B2[0]) % Q, (b * (3 * a * a - b * b) + _B2[1]) % Q


def _root(value: int) -> int | None:
    root = pow(value, (Q + 1) // 4, Q)
    return root if (root * root - value) % Q == 0 else None


def _root_of_pair(value: tuple[int, int]) -> tuple[int, int] | None:
    """A square root in F_q², by the norm: x² = (a ± √(a² + b²))/2 and 2xy = b."""
    a, b = value
    norm = _root(a * a + b * b)
    if norm is None:
        return None
    half = (Q + 1) // 2
    for s in (norm, -norm):
        x = _root((a + s) * half)
        if x:
            return x, b * pow(2 * x, -1, Q) % Q
    y = _root(-a)  # b = 0, and a is not a square
    return None if y is None else (0, y)
