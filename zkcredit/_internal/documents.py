"""Numbers, addresses and bytes as members of documents, each with its width."""

from __future__ import annotations

import re
from typing import Final

from zkcredit._internal.evm import checksum_address
from zkcredit._internal.json import decimal, integer
from zkcredit.errors import InvalidInput, MalformedFile

__all__ = ["address_in", "bytes_in", "large_number_in", "number_in"]

_HEX: Final = re.compile("([0-9a-f]{2}){0,4096}")


def number_in(value: object, name: str, bits: int, what: str) -> int:
    """Read a number.

    Args:
        value: the member.
        name: its name.
        bits: how many it has at most.
        what: name of the document in error messages.

    Raises:
        MalformedFile: if it is not an integer of so many bits.
    """
    number = integer(value, f"{what}: {name}")
    if not 0 <= number < 1 << bits:
        raise MalformedFile(f"{what}: {name} is not a number of at most {bits} bits")
    return number


def large_number_in(value: object, name: str, what: str) -> int:
    """Read a number of at most 256 bits, which is text, because JSON readers round large numbers.

    Raises:
        MalformedFile: if it is something else.
    """
    return number_in(decimal(value, f"{what}: {name}"), name, 256, what)


def address_in(value: object, name: str, what: str) -> str:
    """Read an address, and return it in the spelling of EIP-55.

    Raises:
        MalformedFile: if it is something else.
    """
    try:
        return checksum_address(name, value)  # type: ignore[arg-type]  # it checks the type
    except InvalidInput as error:
        raise MalformedFile(f"{what}: {error}") from None


def bytes_in(value: object, name: str, what: str) -> bytes:
    """Read at most 4,096 bytes in hexadecimal digits.

    Raises:
        MalformedFile: if it is something else.
    """
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise MalformedFile(f"{what}: {name} is in hexadecimal digits")
    return bytes.fromhex(value)
