"""Ethereum's words: Keccak-256, addresses and their checksums."""

from __future__ import annotations

import re

from Crypto.Hash import keccak

from zkcredit.errors import InvalidInput

__all__ = [
    "address_word",
    "checksum_address",
    "keccak256",
]

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def keccak256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (the padding of 2011, not that of FIPS 202)."""
    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest


def address_word(name: str, value: str) -> bytes:
    """An address as one ABI word.

    Raises:
        InvalidInput: not 0x and 40 hexadecimal digits, or a mixed-case one whose EIP-55
            checksum is wrong. The text calls the argument ``name``.
    """
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise InvalidInput(f"{name} must be an address: 0x and 40 hexadecimal digits")
    # A mixed-case address carries a checksum (EIP-55); a wrong one is a typing mistake.
    digits = value[2:]
    if digits not in (digits.lower(), digits.upper()) and digits != _checksummed(digits.lower()):
        raise InvalidInput(f"{name} fails its EIP-55 checksum; check for a mistyped digit")
    return bytes.fromhex(digits).rjust(32, b"\0")


def checksum_address(name: str, value: str) -> str:
    """The EIP-55 spelling of an address. InvalidInput: as in :func:`address_word`."""
    return "0x" + _checksummed(address_word(name, value)[-20:].hex())


def _checksummed(digits: str) -> str:
    nibbles = keccak256(digits.encode()).hex()
    return "".join(
        char.upper() if int(nibble, 16) >= 8 else char
        for char, nibble in zip(digits, nibbles, strict=False)
    )
