"""HPKE (RFC 9180), by which a message travels to one holder of an X25519 key.

Base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM. ``info`` names the use, and
the associated data bind the message to its place, so that it does not open at another. Base mode
does not authenticate the sender; each caller says what does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from Crypto.Protocol import HPKE
from Crypto.Protocol.DH import import_x25519_private_key, import_x25519_public_key

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from Crypto.PublicKey.ECC import EccKey

__all__ = ["ENC_BYTES", "KEY_BYTES", "TAG_BYTES", "private_key", "public_bytes", "public_key",
           "seal", "unseal"]  # fmt: skip

KEY_BYTES: Final = 32
"""Length of a public key, and of the seed of a private key."""

ENC_BYTES: Final = 32
"""Length of what is sent before the ciphertext, HPKE's ``enc``."""

_P: Final = 2**255 - 19
_SMALL_ORDER: Final = {
    0,
    1,
    _P - 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
}
"""The canonical u of points of order 1, 2, 4 and 8, on the curve and on its twist."""

TAG_BYTES: Final = 16
"""By how many bytes a ciphertext is longer than its plaintext."""


def public_key(data: bytes, what: str = "the envelope key") -> EccKey:
    """Read an X25519 public key (RFC 7748).

    RFC 7748 takes u ≥ p and a set top bit, so one key would have several spellings. Here it has
    one.

    Raises:
        InvalidInput: if it does not have 32 bytes, or is not acceptable: not canonical, or of
            small order.
    """
    if not isinstance(data, bytes) or len(data) != KEY_BYTES:
        raise InvalidInput(f"{what} must be {KEY_BYTES} bytes")
    u = int.from_bytes(data, "little")
    if u >= _P or u in _SMALL_ORDER:
        raise InvalidInput(f"{what} is not an acceptable X25519 public key")
    try:
        return import_x25519_public_key(data)
    except ValueError:
        raise InvalidInput(f"{what} is not an acceptable X25519 public key") from None


def private_key(seed: bytes) -> EccKey:
    """Return the X25519 private key of a secret seed.

    Raises:
        InvalidInput: if the seed does not have 32 bytes.
    """
    if not isinstance(seed, bytes) or len(seed) != KEY_BYTES:
        raise InvalidInput(f"an X25519 private key must be {KEY_BYTES} bytes")
    return import_x25519_private_key(seed)


def public_bytes(key: EccKey) -> bytes:
    """Return the public key, of a private or public one, as 32 bytes."""
    return bytes(key.public_key().export_key(format="raw"))


def seal(receiver: bytes, plaintext: bytes, *, info: bytes, bound: bytes) -> tuple[bytes, bytes]:
    """Seal a message.

    Args:
        receiver: the receiver's public key.
        plaintext: the message.
        info: names the use.
        bound: the associated data.

    Returns:
        HPKE's ``enc`` and the ciphertext with its tag.

    Raises:
        InvalidInput: if ``public_key`` refuses the key.
    """
    cipher = HPKE.new(receiver_key=public_key(receiver), aead_id=HPKE.AEAD.AES256_GCM, info=info)
    ciphertext = cipher.seal(plaintext, bound)
    return bytes(cipher.enc), bytes(ciphertext)


def unseal(
    key: EccKey, enc: bytes, ciphertext: bytes, *, info: bytes, bound: bytes
) -> bytes | None:
    """Return the message, or None if it does not open.

    It does not open if it was changed, or if it is for another key, use or place.

    Args:
        key: the receiver's private key.
        enc: HPKE's ``enc``.
        ciphertext: the sealed message with its tag.
        info: names the use.
        bound: the associated data.
    """
    try:
        cipher = HPKE.new(receiver_key=key, enc=enc, aead_id=HPKE.AEAD.AES256_GCM, info=info)
        return bytes(cipher.unseal(ciphertext, bound))
    except ValueError:
        return None
