"""EIP-712 messages that a group of signers signs, and their signatures in the contract's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import account_address, checksum_address, keccak256
from zkcredit._internal.json import hex_bytes, items
from zkcredit._internal.secp256k1 import signer_of
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.chain.sending.accounts import Signer

__all__ = [
    "PER_SIGNER",
    "Domain",
    "Signatures",
    "account_signer",
    "any_hex",
    "packed_signatures",
    "require_signatures",
    "signature_by",
    "signatures_from",
    "signatures_in_hex",
    "signers_of_group",
    "typed_data",
    "with_signature",
]

Signatures = tuple[tuple[bytes, bytes], ...]
"""Signers (ERC-7913: an account's 20 bytes, or a verifier with a key) and their signatures, by
rising Keccak-256 of the signer."""

PER_SIGNER: Final = 110_000
"""Gas to store one signer of a group."""

_ACCOUNT_BYTES: Final = 20
_SIGNATURE_BYTES: Final = 65
_MOST_SIGNATURES: Final = 64
_LONGEST_SIGNATURE: Final = 8_192
_DOMAIN: Final = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)


class Domain(NamedTuple):
    """Where a message counts: at one contract of one chain. Its version is "1".

    Attributes:
        name: the domain's name.
        chain_id: EIP-155 chain id.
        contract: EIP-55 address of the contract that takes the message.
    """

    name: str
    chain_id: int
    contract: str


def typed_data(
    domain: Domain, kind: str, members: Mapping[str, str], message: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a full EIP-712 message.

    Args:
        domain: where it counts.
        kind: name of the struct.
        members: its members with their types, in order.
        message: their values.
    """
    return {
        "types": {
            "EIP712Domain": [{"name": one, "type": type_} for one, type_ in _DOMAIN],
            kind: [{"name": one, "type": type_} for one, type_ in members.items()],
        },
        "primaryType": kind,
        "domain": {
            "name": domain.name,
            "version": "1",
            "chainId": require_uint("chain id", domain.chain_id, 63, minimum=1),
            "verifyingContract": domain.contract,
        },
        "message": dict(message),
    }


def account_signer(address: str) -> bytes:
    """Return an account as a signer of a group.

    Raises:
        InvalidInput: if it is not an address, or the address 0.
    """
    return bytes.fromhex(account_address("the signer", address)[2:])


def signers_of_group(accounts: Sequence[str], threshold: int) -> list[bytes]:
    """Return accounts as the signers of a group.

    Args:
        accounts: their addresses.
        threshold: how many of them must sign, two at least.

    Raises:
        InvalidInput: if the threshold is below two or above the number of signers, or a signer is
            not an address, is the address 0, or is named twice.
    """
    raw = [account_signer(one) for one in accounts]
    if not 2 <= threshold <= len(raw):
        raise InvalidInput(f"the threshold must be at least 2 and at most the {len(raw)} signers")
    if len(set(raw)) != len(raw):
        raise InvalidInput("a signer is named twice")
    return raw


def signature_by(digest: bytes, message: Mapping[str, Any], signer: Signer) -> tuple[bytes, bytes]:
    """Sign a message by an account, and check the signature of what was signed.

    Raises:
        InvalidInput: if the signature is not of this digest.
    """
    signature = signer.sign_typed_data(message)
    if signer_of(digest, signature) != signer.address:
        raise InvalidInput("what was signed is not the message's digest")
    return account_signer(signer.address), signature


def packed_signatures(signatures: Signatures) -> bytes:
    """Return signatures as the contracts take them: ``abi.encode(signers, signatures)``."""
    from eth_abi import encode

    ordered = sorted(signatures, key=lambda pair: keccak256(pair[0]))
    return encode(["bytes[]", "bytes[]"], [[s for s, _ in ordered], [s for _, s in ordered]])


def require_signatures(signatures: Signatures, digest: bytes) -> None:
    """Check what can be checked of signatures without a chain.

    Raises:
        InvalidInput: if a signer signs twice, there are too many, a part has a wrong length, or an
            account did not sign this digest.
    """
    signers = [signer for signer, _ in signatures]
    if len(set(signers)) != len(signers):
        raise InvalidInput("a signer signed twice")
    if len(signers) > _MOST_SIGNATURES:
        raise InvalidInput(f"there are more than {_MOST_SIGNATURES} signatures")
    for signer, signature in signatures:
        if len(signer) < _ACCOUNT_BYTES or len(signature) > _LONGEST_SIGNATURE:
            raise InvalidInput("a signer or a signature has a wrong length")
        # another length is that of a contract's own signature, which only the chain can check
        if len(signer) == _ACCOUNT_BYTES and len(signature) == _SIGNATURE_BYTES:
            address = checksum_address("the signer", "0x" + signer.hex())
            if signer_of(digest, signature) != address:
                raise InvalidInput(f"{address} did not sign this message")


def with_signature(signatures: Signatures, pair: tuple[bytes, bytes]) -> Signatures:
    """Return signatures with one more, in the place of one that the signer made before."""
    others = (one for one in signatures if one[0] != pair[0])
    return tuple(sorted((*others, pair), key=lambda one: keccak256(one[0])))


def signatures_in_hex(signatures: Signatures) -> list[list[str]]:
    """Return signatures as files hold them."""
    return [[signer.hex(), signature.hex()] for signer, signature in signatures]


def signatures_from(document: object) -> Signatures:
    """Read the result of ``signatures_in_hex``.

    Raises:
        MalformedFile: if it is something else.
    """
    pairs = []
    for one in items(document, "signatures"):
        if len(items(one, "signature")) != 2:
            raise MalformedFile("signature: a signer and a signature are expected")
        pairs.append((any_hex(one[0], "signer"), any_hex(one[1], "signature")))
    return tuple(pairs)


def any_hex(value: object, what: str) -> bytes:
    """Return bytes of any number, written as hexadecimal digits.

    Raises:
        MalformedFile: if the value is something else.
    """
    length = len(value) // 2 if isinstance(value, str) else 0
    return hex_bytes(value, length, what)
