"""Signatures of Ethereum accounts (ECDSA on secp256k1) over 32-byte digests, without a chain.

A signature is 65 bytes: r, s and v, as ``ecrecover`` takes them. Where libraries diverge: some take
v of 0 and 1 too, some take the second signature (r, n - s) of the same key and message, py_ecc
takes r + n and recovers (0, 0) where the key is the point at infinity. Here a digest and a key have
one signature form: v is 27 or 28, 0 < r < n, 0 < s ≤ n / 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from zkcredit._internal.evm import checksum_address, keccak256, words
from zkcredit.errors import InvalidInput

__all__ = ["SIGNATURE_BYTES", "address_of", "sign", "signer_of"]

SIGNATURE_BYTES: Final = 65
"""Length of a signature."""

_N: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def address_of(key: bytes) -> str:
    """Return the EIP-55 address of a private key.

    Raises:
        InvalidInput: if it is not a private key. The text never contains it.
    """
    from py_ecc.secp256k1.secp256k1 import privtopub

    return _address(*privtopub(_checked(key)))


def sign(digest: bytes, key: bytes) -> bytes:
    """Return a private key's signature of a digest. It is the same each time (RFC 6979).

    Raises:
        InvalidInput: if it is not a private key. The text never contains it.
    """
    from py_ecc.secp256k1.secp256k1 import ecdsa_raw_sign

    v, r, s = ecdsa_raw_sign(digest, _checked(key))
    return words(r, s) + bytes([v])


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """Return the EIP-55 address of whoever signed a digest; None if it is not a signature."""
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
        return None
    return _recovered(digest, signature)


@lru_cache(maxsize=256)
def _recovered(digest: bytes, signature: bytes) -> str | None:
    from py_ecc.secp256k1.secp256k1 import ecdsa_raw_recover

    r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
    v = signature[64]
    if v not in (27, 28) or not 0 < r < _N or not 0 < s <= _N // 2:
        return None
    try:
        x, y = ecdsa_raw_recover(digest, (v, r, s))
    except ValueError:  # r is not a point's coordinate
        return None
    return None if (x, y) == (0, 0) else _address(x, y)


def _address(x: int, y: int) -> str:
    return checksum_address("the account", "0x" + keccak256(words(x, y))[-20:].hex())


def _checked(key: bytes) -> bytes:
    if not isinstance(key, bytes) or len(key) != 32 or not 0 < int.from_bytes(key, "big") < _N:
        raise InvalidInput("a private key must be 32 bytes, above 0 and below the curve's order")
    return key
