"""What a borrower gives to one issuer, so that the issuer can write to the borrower's account.

The card is signed with the account's key and names the issuer. Otherwise somebody could hand in
another person's account, so that a bank would write a stranger's debts there, or could pass on a
card that was meant for another issuer. Within one issuer, ``zkcredit.ledger.LedgerBook`` keeps one
account for each person.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal import hpke, json
from zkcredit._internal.evm import checksum_address, field_hash, keccak256, words
from zkcredit._internal.text import short_repr
from zkcredit.bn254.fields import R
from zkcredit.credential import key_from_text, signature_from_text, signature_text
from zkcredit.errors import InvalidInput, InvalidSignature
from zkcredit.gadgets import babyjub, eddsa
from zkcredit.gadgets.babyjub import BASE8, COFACTOR, SUBGROUP_ORDER, Point, to_text
from zkcredit.gadgets.eddsa import Signature
from zkcredit.gadgets.elgamal import require_account_key

if TYPE_CHECKING:
    from zkcredit.gadgets.elgamal import AccountKey

__all__ = ["LedgerCard", "account_number"]

_CARD: Final = "zkcredit/ledger-card/1"
_LABEL: Final = b"zkcredit/v1/ledger-card"


def account_number(account: Point) -> int:
    """Return the number of an account: keccak256 of its key's coordinates, shifted right by 8.

    Raises:
        InvalidInput: if the key is not a point.
        OutOfRange: if a coordinate is not below 2^256.
    """
    return field_hash(words(*_coordinates(account)))


@dataclass(frozen=True, slots=True)
class LedgerCard:
    """Where one issuer's entries about one borrower go. Not secret.

    The account is the same for every issuer, so whoever sees the ledger sees which issuers write
    to one account.

    Attributes:
        account: the borrower's account key.
        envelope_key: X25519 public key, 32 bytes (RFC 7748), to which amounts are sealed.
        issuer: address that the issuer posts from, in EIP-55 spelling; the card is for this
            issuer only.
        signature: EdDSA-Poseidon signature by the account's key over the other three.

    Raises:
        InvalidInput: if a part is malformed or not acceptable.
        InvalidSignature: if the account's key did not make the signature.
    """

    account: Point
    envelope_key: bytes
    issuer: str
    signature: Signature

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not isinstance(self.signature, Signature):
            raise InvalidInput("the signature must be a Signature")
        message = _message(self.account, self.envelope_key, self.issuer)
        if self.issuer != checksum_address("the issuer", self.issuer):
            raise InvalidInput("the issuer's address must be in EIP-55 spelling")
        try:
            eddsa.verify(self.account, message, self.signature)
        except InvalidSignature:
            raise InvalidSignature("the owner of the account did not sign the card") from None

    @classmethod
    def make(cls, key: AccountKey, envelope_key: bytes, issuer: str) -> LedgerCard:
        """Make the owner's card for one issuer.

        Args:
            key: the account's secret key; it signs deterministically.
            envelope_key: the owner's X25519 public key.
            issuer: address that the issuer posts from.

        Raises:
            InvalidInput: if the envelope key or the address is not acceptable.
        """
        message = _message(key.public, envelope_key, issuer)
        return cls(
            key.public, envelope_key, checksum_address("the issuer", issuer), _signed(key, message)
        )

    @property
    def number(self) -> int:
        """The account's number on the ledger."""
        return account_number(self.account)

    def to_json(self) -> str:
        """Return the card as JSON."""
        return json.canonical(
            {
                "type": _CARD,
                "account": to_text(self.account),
                "envelopeKey": self.envelope_key.hex(),
                "issuer": self.issuer,
                "signature": signature_text(self.signature),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> LedgerCard:
        """Read a card.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidInput: if a part is not acceptable.
            InvalidSignature: if the account's key did not sign it.
        """
        names = ("account", "envelopeKey", "issuer", "signature")
        document = json.open_document(text, "ledger card", _CARD, names, 2048)
        return cls(
            envelope_key=json.hex_bytes(document["envelopeKey"], 32, "envelopeKey"),
            issuer=document["issuer"],
            signature=signature_from_text(document["signature"], "signature"),
            account=key_from_text(document["account"], "account"),  # last, because it is slow
        )


def _coordinates(key: Point) -> tuple[int, int]:
    if not isinstance(key, tuple) or len(key) != 2 or not all(type(v) is int for v in key):
        raise InvalidInput("an account key must be a point")
    if not all(0 <= value < 1 << 256 for value in key):
        raise InvalidInput("a coordinate of an account key must be at least 0 and below 2^256")
    return key[0], key[1]


def _message(account: Point, envelope_key: bytes, issuer: str) -> int:
    hpke.public_key(envelope_key)
    place = words(*_coordinates(account))
    require_account_key(account)
    address = bytes.fromhex(checksum_address("the issuer", issuer)[2:])
    parts = (_LABEL, place, envelope_key, address)
    return int.from_bytes(keccak256(b"".join(parts)), "big") % R


def _signed(key: AccountKey, message: int) -> Signature:
    # The nonce comes from the secret and the message, as in `eddsa.sign`, so that bad randomness
    # cannot leak the key. (A SigningKey cannot be used: an account's scalar has its own form.)
    seed = _LABEL + b"/nonce\0" + key.seed + message.to_bytes(32, "big")
    nonce = int.from_bytes(hashlib.sha512(seed).digest(), "little") % SUBGROUP_ORDER
    r8 = babyjub.mul(nonce, BASE8)
    challenge = eddsa.challenge(r8, key.public, message)
    return Signature(r8, (nonce + COFACTOR * challenge * key.scalar) % SUBGROUP_ORDER)
