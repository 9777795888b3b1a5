"""What an arbiter's account signs: its card, and each of its openings with the block it relies on.

m arbiters together can compute the share of any other, so a proof that a part was made with a share
does not say who made it. What convicts an arbiter is a signature of its account, whose key follows
from the seed of its signing key and from nothing that is dealt. The signatures are those of EIP-712
over the types below; ``OpeningVerifier`` computes the digest of an opening too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from zkcredit._internal import json
from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import address_word, checksum_address, keccak256, words
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from zkcredit.gadgets.babyjub import Point

__all__ = [
    "SeenDefault",
    "account_from_text",
    "account_key",
    "card_digest",
    "opening_digest",
    "require_account",
]

_NAME: Final = keccak256(b"zkcredit escrow")
_VERSION: Final = keccak256(b"1")
_CARDS: Final = keccak256(b"EIP712Domain(string name,string version)")
_OPENINGS: Final = keccak256(b"EIP712Domain(string name,string version,uint256 chainId)")
_CARD: Final = keccak256(b"ArbiterCard(string name,bytes32 envelopeKey,bytes32 signingKey)")
_OPENING: Final = keccak256(
    b"Opening(uint256 group,address market,uint256 loanId,uint256 context,uint256 arbiter,"
    b"uint256 partX,uint256 partY,uint256 blockNumber,bytes32 blockHash)"
)
_SALT: Final = b"zkcredit.escrow.account/1"
_SEEN: Final = ("chainId", "market", "loan", "block", "blockHash")
_NOBODY: Final = "0x" + "0" * 40


@dataclass(frozen=True, slots=True)
class SeenDefault:
    """Where an arbiter saw a loan in default: the loan, and a block after which it was in default.

    Attributes:
        chain_id: EIP-155 chain id.
        market: the loan market's address, EIP-55.
        loan_id: the loan's number.
        block: number of the block.
        block_hash: hash of the block, 32 bytes. If the block is not on the chain any more, the
            signature convicts nobody.

    Raises:
        InvalidInput: if a number is out of range, or the address or the hash is malformed.
    """

    chain_id: int
    market: str
    loan_id: int
    block: int
    block_hash: bytes

    def __post_init__(self) -> None:
        require_uint("the chain id", self.chain_id, 63, minimum=1)
        object.__setattr__(self, "market", checksum_address("the market", self.market))
        require_uint("the loan's number", self.loan_id, 256, minimum=1)
        require_uint("the block's number", self.block, 63)
        if not isinstance(self.block_hash, bytes) or len(self.block_hash) != 32:
            raise InvalidInput("the block's hash must be 32 bytes")

    def members(self) -> dict[str, Any]:
        """Return the members of the JSON object."""
        return {
            "chainId": self.chain_id,
            "market": self.market,
            "loan": self.loan_id,
            "block": self.block,
            "blockHash": self.block_hash.hex(),
        }

    @classmethod
    def from_members(cls, document: object) -> Self:
        """Read the members of a JSON object.

        Raises:
            MalformedFile: if they are not exactly those of such an object.
            OutOfRange: if a number is out of range.
        """
        found = json.members(document, _SEEN, "the default that was seen")
        return cls(
            json.integer(found["chainId"], "chainId"),
            account_from_text(found["market"], "market"),
            json.integer(found["loan"], "loan"),
            json.integer(found["block"], "block"),
            json.hex_bytes(found["blockHash"], 32, "blockHash"),
        )


def account_key(signing_seed: bytes) -> bytes:
    """Return the private key of an arbiter's account, from the seed of its signing key. Secret."""
    key = HKDF(signing_seed, 32, _SALT, SHA256)
    assert isinstance(key, bytes)  # noqa: S101  # one key asked for, one returned
    return key


def card_digest(name: str, envelope_key: bytes, signing_key: bytes) -> bytes:
    """Return what an arbiter's account signs to show that the arbiter owns it."""
    content = _CARD + keccak256(name.encode()) + envelope_key + signing_key
    return _typed(keccak256(_CARDS + _NAME + _VERSION), content)


def opening_digest(group: int, seen: SeenDefault, context: int, arbiter: int, part: Point) -> bytes:
    """Return what an arbiter's account signs when the arbiter opens a loan's reference."""
    domain = keccak256(_OPENINGS + _NAME + _VERSION + words(seen.chain_id))
    content = b"".join(
        [
            _OPENING + words(group) + address_word("the market", seen.market),
            words(seen.loan_id, context, arbiter, *part, seen.block) + seen.block_hash,
        ]
    )
    return _typed(domain, content)


def require_account(name: str, value: str) -> str:
    """Return an address if it is one, in its EIP-55 spelling, and not zero.

    Raises:
        InvalidInput: if it is not.
    """
    if checksum_address(name, value) != value or value == _NOBODY:
        raise InvalidInput(f"{name} must be an address other than zero, in the spelling of EIP-55")
    return value


def account_from_text(value: object, what: str) -> str:
    """Read an address.

    Raises:
        MalformedFile: if it is not an address other than zero, in the spelling of EIP-55.
    """
    try:
        return require_account(what, value)  # type: ignore[arg-type]  # it checks the type
    except InvalidInput as error:
        raise MalformedFile(str(error)) from None


def _typed(domain: bytes, content: bytes) -> bytes:
    return keccak256(b"\x19\x01" + domain + keccak256(content))
