"""The two hashes that bind a proof to its use, exactly as the contracts compute them.

The **context** binds a proof to one loan application: chain, gate, borrower, product, amount,
terms, the borrower's application nonce and a deadline. The **scope** names the market within which
a person has one pseudonym (the nullifier). Both are Keccak-256 over ``abi.encode`` (Solidity ABI
v2, one 32-byte word for each value), shifted right by 8 so that they are below the scalar field's
order.
"""

from __future__ import annotations

import re
from typing import Final

from Crypto.Hash import keccak

from zkcredit._internal.checks import require_uint
from zkcredit.errors import InvalidInput

__all__ = [
    "MARKET_SCOPE_LABEL",
    "address_word",
    "checksum_address",
    "field_hash",
    "keccak256",
    "market_scope",
    "proof_context",
    "words",
]

MARKET_SCOPE_LABEL: Final = "zkcredit.market"
"""The text that keeps the scopes of markets apart from every other use of the nullifier."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def words(*numbers: int) -> bytes:
    """Return numbers below 2^256 as 32-byte words: ``abi.encode`` of static values."""
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def keccak256(data: bytes) -> bytes:
    """Return Keccak-256 as Ethereum uses it: with the padding of 2011, not that of FIPS 202."""
    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest


def proof_context(
    *,
    chain_id: int,
    gate: str,
    borrower: str,
    product_id: int,
    principal: int,
    terms_hash: bytes,
    nonce: int,
    deadline: int,
) -> int:
    """Return the context of one loan application, below 2^248.

    Args:
        chain_id: EIP-155 number of the chain.
        gate: 0x-address of the gate.
        borrower: 0x-address that will be paid.
        product_id: the product's number at the market.
        principal: requested amount, in the token's smallest unit.
        terms_hash: 32 bytes: the market's hash of the product's terms.
        nonce: the borrower's application nonce, which the market counts.
        deadline: last second (Unix) at which the proof may be used.

    Raises:
        InvalidInput: if an argument has the wrong type or form.
        OutOfRange: if a number does not fit into 256 bits.
    """
    if not isinstance(terms_hash, bytes | bytearray) or len(terms_hash) != 32:
        raise InvalidInput("terms_hash must be 32 bytes")
    encoded = (
        _uint("chain_id", chain_id),
        address_word("gate", gate),
        address_word("borrower", borrower),
        _uint("product_id", product_id),
        _uint("principal", principal),
        bytes(terms_hash),
        _uint("nonce", nonce),
        _uint("deadline", deadline),
    )
    return field_hash(b"".join(encoded))


def market_scope(*, chain_id: int, market: str) -> int:
    """Return the scope of one market, below 2^248: within it a person has exactly one pseudonym.

    Args:
        chain_id: EIP-155 number of the chain.
        market: 0x-address of the market.

    Raises:
        InvalidInput: if an argument has the wrong type or form.
        OutOfRange: if the number does not fit into 256 bits.
    """
    # the head (offset of the string, two static words), then the string's length and bytes
    label = MARKET_SCOPE_LABEL.encode()
    head = words(3 * 32) + _uint("chain_id", chain_id) + address_word("market", market)
    return field_hash(head + words(len(label)) + label.ljust(32, b"\0"))


def field_hash(encoded: bytes) -> int:
    """Return Keccak-256 shifted right by 8: a number below 2^248, which every circuit holds."""
    return int.from_bytes(keccak256(encoded), "big") >> 8


def _uint(name: str, value: int) -> bytes:
    return words(require_uint(name, value, 256))


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


def _checksummed(digits: str) -> str:
    nibbles = keccak256(digits.encode()).hex()
    return "".join(
        char.upper() if int(nibble, 16) >= 8 else char
        for char, nibble in zip(digits, nibbles, strict=False)
    )
