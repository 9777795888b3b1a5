"""Sealed messages open for one key, one use and one place, and otherwise give nothing."""

from __future__ import annotations

import pytest

from zkcredit._internal import hpke
from zkcredit.errors import InvalidInput

KEY = hpke.private_key(bytes(range(32)))
PUBLIC = hpke.public_bytes(KEY)
ENC, CIPHERTEXT = hpke.seal(PUBLIC, b"twelve bytes", info=b"use", bound=b"place")


def opened(key=KEY, enc=ENC, ciphertext=CIPHERTEXT, info=b"use", bound=b"place"):
    return hpke.unseal(key, enc, ciphertext, info=info, bound=bound)


def test_what_is_sealed_opens():
    assert opened() == b"twelve bytes"
    assert (len(ENC), len(CIPHERTEXT)) == (hpke.ENC_BYTES, 12 + hpke.TAG_BYTES)


def test_sealing_again_gives_other_bytes():
    again = hpke.seal(PUBLIC, b"twelve bytes", info=b"use", bound=b"place")
    assert again[0] != ENC
    assert again[1] != CIPHERTEXT


@pytest.mark.parametrize(
    "change",
    [
        {"key": hpke.private_key(bytes(32))},
        {"enc": hpke.public_bytes(hpke.private_key(bytes(32)))},
        {"enc": b""},
        {"enc": bytes(32)},
        {"ciphertext": CIPHERTEXT[:-1]},
        {"ciphertext": b""},
        {"ciphertext": bytes([CIPHERTEXT[0] ^ 1]) + CIPHERTEXT[1:]},
        {"info": b"another use"},
        {"bound": b"another place"},
    ],
)
def test_nothing_else_opens(change):
    assert opened(**change) is None


@pytest.mark.parametrize("key", [b"", PUBLIC[:-1], PUBLIC + b"\0", PUBLIC.hex(), None, bytes(32)])
def test_unacceptable_public_keys_are_refused(key):
    with pytest.raises(InvalidInput, match="the reader's key"):
        hpke.public_key(key, "the reader's key")


P = 2**255 - 19


@pytest.mark.parametrize("u", [*range(P, 2**255), int.from_bytes(PUBLIC, "little") | 1 << 255])
def test_a_second_spelling_of_a_key_is_refused(u):
    with pytest.raises(InvalidInput, match="not an acceptable"):
        hpke.public_key(u.to_bytes(32, "little"))


def doubled(x: int, z: int) -> tuple[int, int]:
    """X/Z of twice a point of y² = x³ + 486662·x² + x (RFC 7748), also on its twist."""
    return (x * x - z * z) ** 2 % P, 4 * x * z * (x * x + 486662 * x * z + z * z) % P


@pytest.mark.parametrize("u", sorted(hpke._SMALL_ORDER))
def test_a_key_of_small_order_is_refused(u):
    point = (u, 1)
    for _ in range(3):
        point = doubled(*point)
    assert point[1] == 0  # eight times the point is at infinity
    with pytest.raises(InvalidInput, match="not an acceptable"):
        hpke.public_key(u.to_bytes(32, "little"))


@pytest.mark.parametrize("seed", [b"", bytes(31), "0" * 32, None])
def test_a_private_key_is_32_bytes(seed):
    with pytest.raises(InvalidInput, match="32 bytes"):
        hpke.private_key(seed)
