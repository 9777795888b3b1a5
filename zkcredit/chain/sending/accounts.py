"""Accounts that sign transactions. The private key never appears in a repr, log or message."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NoReturn

from zkcredit._internal.evm import checksum_address, keccak256
from zkcredit.errors import ChainError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eth_account.signers.local import LocalAccount

__all__ = ["ColdAccount", "Signer", "typed_data_digest"]

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Signer:
    """A secp256k1 key that signs Ethereum transactions and EIP-712 messages.

    Attributes:
        address: EIP-55 address of the key.
    """

    __slots__ = ("_account", "address")

    def __init__(self, private_key: bytes) -> None:
        """Take a private key.

        Args:
            private_key: 32 bytes.

        Raises:
            InvalidInput: if it is not a private key of secp256k1.
        """
        from eth_account import Account

        if not isinstance(private_key, bytes) or len(private_key) != 32:
            raise InvalidInput("a private key must be 32 bytes")
        if not 0 < int.from_bytes(private_key, "big") < _ORDER:
            raise InvalidInput("a private key must be above 0 and below the order of secp256k1")
        self._account: LocalAccount = Account.from_key(private_key)
        self.address: str = self._account.address

    @classmethod
    def generate(cls) -> Signer:
        """Return a new account from the operating system's randomness."""
        return cls((secrets.randbelow(_ORDER - 1) + 1).to_bytes(32, "big"))

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def __getstate__(self) -> object:
        raise TypeError("a signer cannot be pickled; save it with zkcredit.chain.sending.keystore")

    def private_key_unsafe(self) -> bytes:
        """Return the 32-byte private key; ``unsafe`` because whoever sees it owns the account."""
        return bytes(self._account.key)

    def sign_transaction(self, fields: Mapping[str, Any]) -> tuple[bytes, str]:
        """Sign an EIP-1559 transaction, and return its raw bytes and 0x-prefixed hash."""
        signed = self._account.sign_transaction(dict(fields))
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    def sign_typed_data(self, message: Mapping[str, Any]) -> bytes:
        """Sign a full EIP-712 message (types, primaryType, domain, message); return r‖s‖v."""
        signed = self._account.sign_typed_data(full_message=dict(message))
        return bytes(signed.signature)


class ColdAccount:
    """An account whose key is on another machine: it has an address, and signs nothing here.

    Attributes:
        address: its EIP-55 address.
    """

    __slots__ = ("address",)

    def __init__(self, address: str) -> None:
        self.address = checksum_address("the account", address)

    def __repr__(self) -> str:
        return f"ColdAccount({self.address})"

    def sign_transaction(self, _: Mapping[str, Any]) -> NoReturn:
        """Refuse to sign.

        Raises:
            ChainError: always.
        """
        raise ChainError(
            f"the key of {self.address} is not on this machine; prepare another file, and sign it "
            "where the key is"
        )


def typed_data_digest(message: Mapping[str, Any]) -> bytes:
    """Return the digest that is signed of a full EIP-712 message."""
    from eth_account.messages import encode_typed_data

    encoded = encode_typed_data(full_message=dict(message))
    return keccak256(b"\x19" + encoded.version + encoded.header + encoded.body)
