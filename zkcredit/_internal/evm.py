"""Ethereum's words: Keccak-256, ABI words, addresses and their checksums."""

from __future__ import annotations

import re
from functools import lru_cache

from Crypto.Hash import keccak

from zkcredit.errors import InvalidInput, MalformedFile

__all__ = [
    "account_address",
    "address_in",
    "address_word",
    "checksum_address",
    "field_hash",
    "keccak256",
    "words",
]

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def words(*numbers: int) -> bytes:
    """Return numbers below 2^256 as 32-byte words: ``abi.encode`` of static values."""
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def keccak256(data: bytes) -> bytes:
    """Return Keccak-256 as Ethereum uses it: with the padding of 2011, not that of FIPS 202."""
    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest


def field_hash(encoded: bytes) -> int:
    """Return Keccak-256 shifted right by 8: a number below 2^248, which fits a field element."""
    return int.from_bytes(keccak256(encoded), "big") >> 8


def address_word(name: str, value: str) -> bytes:
    """Return an address as one ABI word.

    Raises:
        InvalidInput: if the text is not 0x and 40 hexadecimal digits, or is in mixed case with a
            wrong EIP-55 checksum. The error calls the argument ``name``.
    """
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise InvalidInput(f"{name} must be an address: 0x and 40 hexadecimal digits")
    # An address in mixed case carries a checksum (EIP-55); a wrong one is a typing mistake.
    digits = value[2:]
    if digits not in (digits.lower(), digits.upper()) and digits != _checksummed(digits.lower()):
        raise InvalidInput(f"{name} fails its EIP-55 checksum; check for a mistyped digit")
    return bytes.fromhex(digits).rjust(32, b"\0")


def checksum_address(name: str, value: str) -> str:
    """Return the EIP-55 spelling of an address.

    Raises:
        InvalidInput: if the text is not an address, as in ``address_word``.
    """
    return "0x" + _checksummed(address_word(name, value)[-20:].hex())


def account_address(name: str, value: str) -> str:
    """Return the EIP-55 spelling of an account's address: of somebody who can act.

    Raises:
        InvalidInput: if the text is not an address, as in ``address_word``, or is the address 0.
    """
    spelt = checksum_address(name, value)
    if not int(spelt, 16):
        raise InvalidInput(f"{name} must not be the address 0, which nobody has")
    return spelt


def address_in(value: object, name: str, what: str) -> str:
    """Read an address, and return it in the spelling of EIP-55.

    Raises:
        MalformedFile: if it is something else.
    """
    try:
        return checksum_address(name, value)  # type: ignore[arg-type]  # it checks the type
    except InvalidInput as error:
        raise MalformedFile(f"{what}: {error}") from None


@lru_cache(maxsize=4096)
def _checksummed(digits: str) -> str:
    nibbles = keccak256(digits.encode()).hex()
    return "".join(
        char.upper() if int(nibble, 16) >= 8 else char
        for char, nibble in zip(digits, nibbles, strict=False)
    )
