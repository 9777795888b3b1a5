"""Ed25519 (RFC 8032), by which people sign messages outside any circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from Crypto.Signature import eddsa

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from Crypto.PublicKey.ECC import EccKey

__all__ = ["KEY_BYTES", "SIGNATURE_BYTES", "holds", "private_key", "public_bytes", "public_key",
           "sign"]  # fmt: skip

KEY_BYTES: Final = 32
"""Length of a public key, and of the seed of a private key."""

SIGNATURE_BYTES: Final = 64


def public_key(data: bytes, what: str) -> EccKey:
    """Read a public key.

    Raises:
        InvalidInput: if it does not have 32 bytes, or is not acceptable.
    """
    try:
        return eddsa.import_public_key(data)
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput(f"{what} is not acceptable") from None


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
