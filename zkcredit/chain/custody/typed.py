"""EIP-712 messages that a group of signers signs, and their signatures in the contract's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import address_word, keccak256
from zkcredit._internal.secp256k1 import signer_of
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.chain.sending.accounts import Signer

__all__ = [
    "Domain",
    "Signatures",
    "account_signer",
    "packed_signatures",
    "signature_by",
    "typed_data",
]

Signatures = tuple[tuple[bytes, bytes], ...]
"""Signers (ERC-7913: an account's 20 bytes, or a verifier with a key) and their signatures, by
rising Keccak-256 of the signer."""

_ACCOUNT_BYTES: Final = 20
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
        InvalidInput: if it is not an address.
    """
    return address_word("the signer", address)[-_ACCOUNT_BYTES:]


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
