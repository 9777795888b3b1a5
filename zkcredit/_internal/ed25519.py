"""Ed25519 (RFC 8032), by which people sign messages outside any circuit.

Where libraries diverge: some read y ≥ p, and some accept a key of small order, under which one
signature holds for every message, or a key with a part of small order, on whose signatures the
equations with and without the cofactor differ. A key here is canonical and has prime order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from Crypto.Signature import eddsa

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from Crypto.PublicKey.ECC import EccKey, EccPoint

__all__ = ["KEY_BYTES", "SIGNATURE_BYTES", "holds", "private_key", "public_bytes", "public_key",
           "sign"]  # fmt: skip

KEY_BYTES: Final = 32
"""Length of a public key, and of the seed of a private key."""

SIGNATURE_BYTES: Final = 64


_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""The prime order of the base point (RFC 8032, section 5.1)."""


def public_key(data: bytes, what: str) -> EccKey:
    """Read a public key.

    Raises:
        InvalidInput: if it does not have 32 bytes, or is not acceptable: off the curve, not
            canonical, or not of prime order.
    """
    try:
        key = eddsa.import_public_key(data)
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput(f"{what} is not acceptable") from None
    if int.from_bytes(data, "little") & (2**255 - 1) >= _P:
        raise InvalidInput(f"{what} is not acceptable: its y is not below p")
    # not is_point_at_infinity, which looks at x alone and takes (0, -1) for (0, 1)
    if _is_neutral(key.pointQ) or not _is_neutral(key.pointQ * _ORDER):
        raise InvalidInput(f"{what} is not acceptable: its order is not the prime one")
    return key


def _is_neutral(point: EccPoint) -> bool:
    return (int(point.x), int(point.y)) == (0, 1)


def private_key(seed: bytes) -> EccKey:
    """Return the private key of a secret seed of 32 bytes."""
    return eddsa.import_private_key(seed)


def public_bytes(key: EccKey) -> bytes:
    """Return the public key, of a private or public one, as 32 bytes."""
    return bytes(key.public_key().export_key(format="raw"))


def sign(key: EccKey, message: bytes) -> bytes:
    """Return a private key's signature of a message, 64 bytes."""
    return bytes(eddsa.new(key, "rfc8032").sign(message))


def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a public key signed a message; False also for a key that is not acceptable."""
    try:
        eddsa.new(public_key(public, "the key"), "rfc8032").verify(message, signature)
    except (ValueError, TypeError):
        return False
    return True
