"""Signatures of people: RFC 8032's first vector, and what is refused."""

from __future__ import annotations

import pytest

from zkcredit._internal import ed25519
from zkcredit.errors import InvalidInput

# RFC 8032 §7.1, TEST 2: one byte is signed.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_it_is_the_standard():
    key = ed25519.private_key(SEED)
    assert ed25519.public_bytes(key) == PUBLIC
    assert ed25519.sign(key, b"\x72") == SIGNATURE
    assert ed25519.holds(PUBLIC, b"\x72", SIGNATURE)
    assert (len(PUBLIC), len(SIGNATURE)) == (ed25519.KEY_BYTES, ed25519.SIGNATURE_BYTES)


@pytest.mark.parametrize(
    "claim",
    [
        (PUBLIC, b"\x73", SIGNATURE),
        (PUBLIC, b"\x72", SIGNATURE[:-1]),
        (PUBLIC, b"\x72", bytes(64)),
        (ed25519.public_bytes(ed25519.private_key(bytes(32))), b"\x72", SIGNATURE),
        (bytes([255]) * 32, b"\x72", SIGNATURE),
        (b"", b"\x72", SIGNATURE),
        (None, b"\x72", SIGNATURE),
        (PUBLIC, b"\x72", None),
    ],
)
def test_nothing_else_holds(claim):
    assert not ed25519.holds(*claim)


@pytest.mark.parametrize("key", [b"", bytes([255]) * 32, PUBLIC[:-1], None, PUBLIC.hex()])
def test_unacceptable_keys_are_refused(key):
    with pytest.raises(InvalidInput, match="the arbiter's key is not acceptable"):
        ed25519.public_key(key, "the arbiter's key")
