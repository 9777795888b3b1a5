"""Signatures of Ethereum accounts (ECDSA on secp256k1) over 32-byte digests, without a chain.

A signature is 65 bytes: r, s and v, as ``ecrecover`` takes them. Where libraries diverge: some take
v of 0 and 1 too, some take the second signature (r, n - s) of the same key and message, some take
r + n, or recover (0, 0) where the key is the point at infinity. Here a digest and a key have one
signature form: v is 27 or 28, 0 < r < n, 0 < s ≤ n / 2. eth-keys computes them, with coincurve
where that is installed; it comes with the extra ``chain``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from zkcredit._internal.evm import checksum_address, keccak256, words
from zkcredit._internal.extras import extra
from zkcredit.errors import InvalidInput

__all__ = ["SIGNATURE_BYTES", "address_of", "sign", "signer_of"]

SIGNATURE_BYTES: Final = 65
"""Length of a signature."""

_N: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_V: Final = 27  # v of an even y


def address_of(key: bytes) -> str:
    """Return the EIP-55 address of a private key.

    Raises:
        InvalidInput: if it is not a private key. The text never contains it.
        MissingExtra: if the extra ``zkcredit[chain]`` is not installed.
    """
    checked = _checked(key)
    return _address(_keys().PrivateKey(checked).public_key)


def sign(digest: bytes, key: bytes) -> bytes:
    """Return a private key's signature of a digest. It is the same each time (RFC 6979).

    Raises:
        InvalidInput: if it is not a private key. The text never contains it.
        MissingExtra: if the extra ``zkcredit[chain]`` is not installed.
    """
    checked = _checked(key)
    made = _keys().PrivateKey(checked).sign_msg_hash(digest)
    return words(made.r, made.s) + bytes([made.v + _V])


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """Return the EIP-55 address of whoever signed a digest; None if it is not a signature.

    Raises:
        MissingExtra: if the extra ``zkcredit[chain]`` is not installed.
    """
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
        return None
    return _recovered(digest, signature)


@lru_cache(maxsize=256)
def _recovered(digest: bytes, signature: bytes) -> str | None:
    r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
    parity = signature[64] - _V
    if parity not in (0, 1) or not 0 < r < _N or not 0 < s <= _N // 2:
        return None
    keys = _keys()
    from eth_keys.exceptions import BadSignature

    try:
        return _address(keys.Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest))
    except BadSignature:  # r is not a point's coordinate, or the key is the point at infinity
        return None


def _keys() -> Any:
    with extra("chain", "an account's signature"):
        from eth_keys import KeyAPI
    return KeyAPI()


def _address(key: Any) -> str:
    return checksum_address("the account", "0x" + keccak256(key.to_bytes())[-20:].hex())


def _checked(key: bytes) -> bytes:
    if not isinstance(key, bytes) or len(key) != 32 or not 0 < int.from_bytes(key, "big") < _N:
        raise InvalidInput("a private key must be 32 bytes, above 0 and below the curve's order")
    return key
