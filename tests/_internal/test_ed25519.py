"""Signatures of people: RFC 8032's first vector, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zkcredit._internal import ed25519
from zkcredit.errors import InvalidInput
from zkcredit.escrow.roster import ArbiterCard

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


# --- keys that convict nobody ---------------------------------------------------------------------

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def added(p: Point, q: Point) -> Point:
    """The sum of two points of -x² + y² = 1 + D·x²·y²."""
    (a, b), (c, d) = p, q
    t = D * a * b * c * d
    return (a * d + b * c) * pow(1 + t, -1, P) % P, (b * d + a * c) * pow(1 - t, -1, P) % P


def times(k: int, p: Point) -> Point:
    total: Point = (0, 1)
    for bit in f"{k:b}":
        total = added(total, total)
        if bit == "1":
            total = added(total, p)
    return total


def point_of(data: bytes) -> Point:
    y = int.from_bytes(data, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0
    return (x if x & 1 == data[31] >> 7 else -x % P), y


def encoded(p: Point) -> bytes:
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def torsion() -> list[Point]:
    """The eight points of small order, from a point of order 8."""
    y = 3
    while True:
        try:
            found = times(ORDER, point_of(y.to_bytes(32, "little")))
        except AssertionError:
            found = (0, 1)
        if times(4, found) != (0, 1):
            return [times(k, found) for k in range(8)]
        y += 1


TORSION = torsion()


def test_there_are_eight_points_of_small_order():
    assert len(set(TORSION)) == 8
    assert all(times(8, point) == (0, 1) for point in TORSION)


@pytest.mark.parametrize("k", range(8))
def test_a_key_of_small_order_is_refused(k):
    with pytest.raises(InvalidInput, match="not acceptable"):
        ed25519.public_key(encoded(TORSION[k]), "the arbiter's key")
    assert not ed25519.holds(encoded(TORSION[k]), b"\x72", encoded(TORSION[k]) + bytes(32))


@pytest.mark.parametrize("k", range(1, 8))
def test_a_key_with_a_part_of_small_order_is_refused(k):
    mixed = encoded(added(point_of(PUBLIC), TORSION[k]))
    with pytest.raises(InvalidInput, match="order is not the prime one"):
        ed25519.public_key(mixed, "the arbiter's key")


@pytest.mark.parametrize("y", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_that_is_not_canonical_is_refused(y, sign):
    data = (P + y | sign << 255).to_bytes(32, "little")
    with pytest.raises(InvalidInput, match="not acceptable"):
        ed25519.public_key(data, "the arbiter's key")


@pytest.mark.parametrize("k", range(8))
def test_no_roster_has_an_arbiter_with_such_a_key(k):
    card = ArbiterCard.of_seeds("one", bytes(range(32)), SEED)
    with pytest.raises(InvalidInput, match="the signing key of one is not acceptable"):
        replace(card, signing_key=encoded(TORSION[k]))
    document = card.members() | {"signingKey": encoded(TORSION[k]).hex()}
    with pytest.raises(InvalidInput, match="the signing key of one is not acceptable"):
        ArbiterCard.from_members(document)
