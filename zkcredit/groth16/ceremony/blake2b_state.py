"""BLAKE2b (RFC 7693) from an intermediate state, which ``hashlib`` does not offer.

For each contribution, a ``.ptau`` has the state of the hash of its response before the public key:
128 bytes that are not compressed yet, eight words, the number of compressed bytes, the number of
waiting bytes, and eight bytes without a meaning. State and key give the hash that the contributor
published.
"""

from __future__ import annotations

import struct
from typing import Final

from zkcredit.errors import MalformedFile

__all__ = ["STATE_BYTES", "digest_from_state"]

STATE_BYTES: Final = 216

_BLOCK: Final = 128
_WORD: Final = (1 << 64) - 1
_IV: Final = (
    0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
    0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
)  # fmt: skip
_SIGMA: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
_MIXED: Final = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip


def digest_from_state(state: bytes, rest: bytes) -> bytes:
    """Return the hash, 64 bytes, of the bytes behind ``state`` followed by ``rest``.

    Raises:
        MalformedFile: if the state is not one that the hash reaches.
    """
    *words, compressed, waiting = struct.unpack_from("<10Q", state, _BLOCK)
    if waiting > _BLOCK or compressed % _BLOCK or compressed >> 62:
        raise MalformedFile("a contribution's hash state is not a state of BLAKE2b")
    data = state[:waiting] + rest
    last = max(0, len(data) - 1) // _BLOCK * _BLOCK
    for i in range(0, last, _BLOCK):
        words = _compressed(words, data[i : i + _BLOCK], compressed + i + _BLOCK, final=False)
    end = data[last:].ljust(_BLOCK, b"\0")
    words = _compressed(words, end, compressed + len(data), final=True)
    return struct.pack("<8Q", *words)


def _compressed(words: list[int], block: bytes, count: int, *, final: bool) -> list[int]:
    m = struct.unpack("<16Q", block)
    v = [*words, *_IV]
    v[12] ^= count
    if final:
        v[14] ^= _WORD
    for number in range(12):
        order = _SIGMA[number % 10]
        for i, (a, b, c, d) in enumerate(_MIXED):
            v[a] = (v[a] + v[b] + m[order[2 * i]]) & _WORD
            v[d] = _rotated(v[d] ^ v[a], 32)
            v[c] = (v[c] + v[d]) & _WORD
            v[b] = _rotated(v[b] ^ v[c], 24)
            v[a] = (v[a] + v[b] + m[order[2 * i + 1]]) & _WORD
            v[d] = _rotated(v[d] ^ v[a], 16)
            v[c] = (v[c] + v[d]) & _WORD
            v[b] = _rotated(v[b] ^ v[c], 63)
    return [h ^ low ^ high for h, low, high in zip(words, v[:8], v[8:], strict=True)]


def _rotated(word: int, by: int) -> int:
    return (word >> by | word << (64 - by)) & _WORD
