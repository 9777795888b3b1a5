"""snarkjs's hash of a key before any contribution, with which phase 2 begins.

``snarkjs zkey verify`` computes it again from the circuit and the powers of tau, and accepts no
other. It is BLAKE2b of the key's points: coordinates big-endian, infinity as zeros, the length of
each list before it. In place of H it hashes τ^(n+i) − τ^i for i < n − 1 (times the generator),
where n is the size of the domain. For these, this module must repeat two faults of snarkjs (0.7.6,
``zkey_new.js``):

* It works in chunks of 2¹⁴ and does not shorten the last one, so if there are two chunks or more,
  it hashes one more difference.
* If the file's powers end at this domain, it reads the 64 bytes of τ^(2n − 1) after the end of
  section 2: the head of section 3 and the beginning of the generator of G₂. It adds them as if they
  were a point, with arithmetic that accepts numbers below 2²⁵⁶ and reduces them once.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from zkcredit.bn254.fields import Q
from zkcredit.bn254.limbs import Limbs, from_limbs, g2_to_limbs, to_limbs
from zkcredit.bn254.points import G2_GENERATOR

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["big_endian", "snarkjs_circuit_hash"]

_CHUNK: Final = 1 << 14
_WORD: Final = 1 << 256
_INVERSE: Final = pow(-Q, -1, _WORD)


def snarkjs_circuit_hash(
    elements: Sequence[Limbs], lists: Sequence[Limbs], tau: Limbs, domain_size: int
) -> bytes:
    """Return the 64 bytes in section 10 of a ``.zkey``. Points are canonical arrays.

    Args:
        elements: α₁, β₁, β₂, γ₂, δ₁ and δ₂, one row each.
        lists: IC, C, A, B₁ and B₂.
        tau: τⁱ·G₁ for i < 2n, or for i < 2n − 1 if the file's powers end there.
        domain_size: n.
    """
    digest = hashlib.blake2b()
    for point in elements:
        digest.update(big_endian(point))
    for number, points in enumerate(lists):
        digest.update(struct.pack(">I", len(points)) + big_endian(points))
        if number == 0:
            digest.update(struct.pack(">I", domain_size - 1) + _differences(tau, domain_size))
    return digest.digest()


def big_endian(points: Limbs) -> bytes:
    """Return canonical points as snarkjs hashes them: x before y, second coordinates first."""
    width = points.shape[1] * 4
    return points.astype("<u8").view(np.uint8).reshape(-1, 2, width)[:, :, ::-1].tobytes()


def _differences(tau: Limbs, n: int) -> bytes:
    import zkcredit._kernel as _kernel

    count = n if n > _CHUNK else n - 1
    low, high = tau[:n], tau[n : n + count]
    points = _kernel.g1_add(high, _kernel.g1_neg(low[: len(high)]))
    return big_endian(points) + (_beyond(low[-1], n) if len(high) < count else b"")


def _beyond(last: Limbs, n: int) -> bytes:
    """Return the bytes after section 2, read as a point, minus ``last``."""
    import zkcredit._kernel as _kernel

    generator = _kernel.g2_to_mont(g2_to_limbs([G2_GENERATOR])).tobytes()
    read = struct.pack("<IQ", 3, 128 * n) + generator
    x1, y1 = (int.from_bytes(read[i : i + 32], "little") for i in (0, 32))
    x2, y2 = (_product(c, _WORD * _WORD % Q) for c in from_limbs(last))
    # "addition-add-1998-cmo-2" without Z, in the order of wasmcurves.
    h, dy = _difference(x2, x1), _difference(Q - y2, y1)
    hh = _product(h, h)
    hh2 = _sum(hh, hh)
    i = _sum(hh2, hh2)
    j, v = _product(h, i), _product(x1, i)
    r = _sum(dy, dy)
    x3 = _difference(_difference(_product(r, r), j), _sum(v, v))
    y1_j = _product(y1, j)
    y3 = _difference(_product(_difference(v, x3), r), _sum(y1_j, y1_j))
    z = pow(_sum(h, h), -1, Q)
    # The form's factor 2^256 stands in all three: once in x3·z^-2 it is (2^256)^-1, and likewise.
    x, y = x3 * z * z * _WORD % Q, y3 * z * z * z * _WORD * _WORD % Q
    return big_endian(to_limbs([x, y]).reshape(1, 8))


def _sum(a: int, b: int) -> int:
    total = a + b
    return (total - Q) % _WORD if total >= Q else total


def _difference(a: int, b: int) -> int:
    return a - b if a >= b else (a - b + Q) % _WORD


def _product(a: int, b: int) -> int:
    """Return a·b·2⁻²⁵⁶ by Montgomery's reduction, with one conditional subtraction."""
    product = a * b
    total = (product + product * _INVERSE % _WORD * Q) // _WORD
    return (total - Q) % _WORD if total >= Q else total
