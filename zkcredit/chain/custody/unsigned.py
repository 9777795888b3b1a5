"""The two files of a transaction that is signed on a machine without a network.

A file is known by its digest, which both machines print. The key signs the digest, too, so that
nobody changes a file's expiry or words afterwards. Numbers that may exceed 2^53 are text.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import checksum_address, keccak256
from zkcredit._internal.json import (
    canonical,
    decimal,
    hex_bytes,
    integer,
    members,
    open_document,
    typed_members,
)
from zkcredit._internal.secp256k1 import signer_of
from zkcredit.chain.custody.described import DescribedCall, Unit, group_digits
from zkcredit.chain.sending.accounts import typed_data_digest
from zkcredit.chain.sending.transactions import signed_fields
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.units import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SignedTransaction", "UnsignedTransaction", "endorsement_of"]

_UNSIGNED: Final = "zkcredit-unsigned/1"
_SIGNED: Final = "zkcredit-signed/1"
_MOST_BYTES: Final = 1 << 18
_MOST_DATA: Final = 1 << 16
_TEXTS: Final = ("max_fee_per_gas", "max_priority_fee_per_gas", "value", "fee_limit")
_NUMBERS: Final = ("chain_id", "nonce", "gas", "expires")
_WIDTHS: Final = {
    "chain_id": 63, "nonce": 63, "gas": 40, "expires": 40, "max_fee_per_gas": 96,
    "max_priority_fee_per_gas": 96, "value": 128, "fee_limit": 128,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedTransaction:
    """Everything about a transaction that somebody else is to sign.

    Attributes:
        chain_id: EIP-155 chain id.
        genesis: hash of the chain's first block, in hexadecimal digits.
        sender: EIP-55 address of the account that signs.
        nonce: its transaction number.
        gas: gas limit.
        max_fee_per_gas: wei.
        max_priority_fee_per_gas: wei.
        to: EIP-55 address of the payee or the contract.
        value: wei that go along.
        data: call data; empty for a payment.
        call: the decoded call; None for a payment.
        fee_limit: the most wei that the gas may cost.
        expires: Unix seconds, after which nobody signs or sends the file.
        unit: what the token calls its unit, as the node said; None if it is not a token's call.

    Raises:
        InvalidInput: if a part is malformed, the fees exceed the limit, or the call is not that of
            the data.
        OutOfRange: if a number is outside its range.
    """

    chain_id: int
    genesis: str
    sender: str
    nonce: int
    gas: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    to: str
    value: int
    data: bytes
    call: DescribedCall | None
    fee_limit: int
    expires: int
    unit: Unit | None = None

    def __post_init__(self) -> None:
        for name, bits in _WIDTHS.items():
            require_uint(name.replace("_", " "), getattr(self, name), bits)
        hex_bytes(self.genesis, 32, "genesis")
        for name in ("sender", "to"):
            if checksum_address(name, getattr(self, name)) != getattr(self, name):
                raise InvalidInput(f"the address {name!r} must have its EIP-55 capitals")
        if not isinstance(self.data, bytes) or len(self.data) > _MOST_DATA:
            raise InvalidInput(f"the data must be at most {_MOST_DATA} bytes")
        if (self.call is None) != (self.data == b""):
            raise InvalidInput("data without a call, or a call without data: nothing to show")
        if self.max_priority_fee_per_gas > self.max_fee_per_gas:
            raise InvalidInput("the priority fee is above the whole fee")
        if self.gas * self.max_fee_per_gas > self.fee_limit:
            raise InvalidInput(
                f"the gas may cost {self.gas * self.max_fee_per_gas} wei, and the file's limit is "
                f"{self.fee_limit}"
            )

    @property
    def network(self) -> str:
        """Chain id and genesis hash, as ``Node.network``."""
        return f"{self.chain_id}:{self.genesis}"

    @property
    def digest(self) -> bytes:
        """Keccak-256 of the file's canonical text; another byte gives another digest."""
        return keccak256(canonical(self.document()).encode())

    @property
    def transaction(self) -> dict[str, Any]:
        """The fields of the transaction, in the form of ``Signer.sign_transaction``."""
        return {
            "type": 2, "chainId": self.chain_id, "nonce": self.nonce, "gas": self.gas,
            "maxFeePerGas": self.max_fee_per_gas, "value": self.value, "data": self.data,
            "maxPriorityFeePerGas": self.max_priority_fee_per_gas, "to": self.to,
        }  # fmt: skip

    def in_words(self) -> str:
        """Return what is signed, line by line: payee, amount, call, account, chain, fee, expiry."""
        lines = []
        if self.call is None or self.value:
            lines.append(f"Pay {group_digits(self.value)} wei of the chain's coin to {self.to}.")
        if self.call is not None:
            lines += self.call.in_words(self.to, self.unit).splitlines()
        return "\n".join(
            [
                *lines,
                f"From {self.sender}, as its transaction {self.nonce}, on chain {self.chain_id} "
                f"(genesis {self.genesis[:16]}…).",
                f"Gas for at most {group_digits(self.gas * self.max_fee_per_gas)} wei besides.",
                f"The file expires at {format_time(self.expires)}.",
                f"Digest of the file: {self.digest.hex()}",
            ]
        )

    def require_valid(self, now: int) -> None:
        """Refuse the file after its expiry.

        Raises:
            InvalidInput: if ``now`` (Unix seconds) is later than the expiry.
        """
        if now > self.expires:
            raise InvalidInput(
                f"the file expired at {format_time(self.expires)}; prepare another one"
            )

    def document(self) -> dict[str, Any]:
        """Return the file's JSON document."""
        told: dict[str, Any] = {"type": _UNSIGNED, "genesis": self.genesis, "sender": self.sender}
        told |= {name: getattr(self, name) for name in _NUMBERS}
        told |= {name: str(getattr(self, name)) for name in _TEXTS}
        told |= {"to": self.to, "data": self.data.hex()}
        if self.call is not None:
            told["call"] = self.call.document()
        if self.unit is not None:
            told["unit"] = {"symbol": self.unit.symbol, "decimals": self.unit.decimals}
        return told

    def to_json(self) -> str:
        """Return the file's canonical text."""
        return canonical(self.document())

    @classmethod
    def from_json(cls, text: str | bytes) -> UnsignedTransaction:
        """Read a file, and decode its call again.

        Raises:
            MalformedFile: if it is malformed, its words are not those of its data, or it was made
                with another ABI.
            InvalidInput: if the call cannot be decoded, or the fees exceed the limit.
        """
        return _unsigned(open_document(text, "unsigned transaction", _UNSIGNED, _NAMES,
                                       _MOST_BYTES, optional=_OPTIONAL))  # fmt: skip


_OPTIONAL: Final = ("call", "unit")
_NAMES: Final = tuple(one.name for one in fields(UnsignedTransaction) if one.name not in _OPTIONAL)


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction that was signed elsewhere, with the file that was shown there.

    Attributes:
        unsigned: the file.
        raw: the signed transaction.
        endorsement: the same key's signature of the file's digest.

    Raises:
        InvalidInput: if the bytes are not the file's transaction, or the file's account did not
            sign both.
    """

    unsigned: UnsignedTransaction
    raw: bytes
    endorsement: bytes

    def __post_init__(self) -> None:
        unsigned = require_instance("unsigned", self.unsigned, UnsignedTransaction)
        if self._fields() != unsigned.transaction:
            raise InvalidInput("the signed bytes are not the transaction of the file")
        if self._sender() != unsigned.sender:
            raise InvalidInput(f"the transaction was not signed by {unsigned.sender}")
        if signer_of(_endorsed(unsigned), self.endorsement) != unsigned.sender:
            raise InvalidInput(
                f"{unsigned.sender} did not sign this file: something in it was changed since"
            )

    @property
    def hash(self) -> str:
        """The transaction's hash, 0x-prefixed."""
        return "0x" + keccak256(self.raw).hex()

    def _fields(self) -> Mapping[str, Any] | None:
        if not isinstance(self.raw, bytes) or self.raw[:1] != b"\x02":
            return None
        try:
            return signed_fields(self.raw)
        except Exception:
            return None

    def _sender(self) -> str | None:
        from eth_account import Account

        try:
            return str(Account.recover_transaction(self.raw))
        except Exception:
            return None

    def to_json(self) -> str:
        """Return the signed file's text."""
        return canonical(
            {
                "type": _SIGNED,
                "unsigned": self.unsigned.document(),
                "raw": self.raw.hex(),
                "endorsement": self.endorsement.hex(),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> SignedTransaction:
        """Read a signed file, and check everything in it.

        Raises:
            MalformedFile: if it is malformed.
            InvalidInput: if anything was changed since it was signed.
        """
        names = ("unsigned", "raw", "endorsement")
        document = open_document(text, "signed transaction", _SIGNED, names, 2 * _MOST_BYTES)
        inner = typed_members(document["unsigned"], "unsigned transaction", _UNSIGNED, _NAMES,
                              optional=_OPTIONAL)  # fmt: skip
        return cls(
            _unsigned(inner),
            _any_hex(document["raw"], "raw"),
            hex_bytes(document["endorsement"], 65, "endorsement"),
        )


def endorsement_of(unsigned: UnsignedTransaction) -> dict[str, Any]:
    """Return the EIP-712 message by which an account signs a file's digest."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
            ],
            "File": [{"name": "digest", "type": "bytes32"}],
        },
        "primaryType": "File",
        "domain": {"name": _UNSIGNED, "version": "1", "chainId": unsigned.chain_id},
        "message": {"digest": unsigned.digest},
    }


def _endorsed(unsigned: UnsignedTransaction) -> bytes:
    return typed_data_digest(endorsement_of(unsigned))


def _unsigned(document: dict[str, Any]) -> UnsignedTransaction:
    parts: dict[str, Any] = {name: integer(document[name], name) for name in _NUMBERS}
    parts |= {name: decimal(document[name], name) for name in _TEXTS}
    for name in ("genesis", "sender", "to"):
        if not isinstance(document[name], str):
            raise MalformedFile(f"{name}: text is expected")
        parts[name] = document[name]
    data = _any_hex(document["data"], "data")
    call = DescribedCall.stated(document["call"], data) if "call" in document else None
    unit = None
    if "unit" in document:
        said = members(document["unit"], ("symbol", "decimals"), "unit")
        unit = Unit(said["symbol"], said["decimals"])
    return UnsignedTransaction(data=data, call=call, unit=unit, **parts)


def _any_hex(value: object, what: str) -> bytes:
    length = len(value) // 2 if isinstance(value, str) else 0
    return hex_bytes(value, length, what)
