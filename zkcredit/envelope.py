"""How a credential travels: sealed to one borrower, so that only that borrower's wallet opens it.

An envelope is HPKE (see ``_internal.hpke``). The associated data bind issuer and holder, so that
nobody can pass an envelope off as another issuer's, or as meant for another holder. The envelope
does not authenticate the sender; the credential inside is signed. The plaintext is padded with
spaces to a multiple of 2 KiB, so that its length does not show the number of digits of an income.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal import hpke, json
from zkcredit._internal.checks import require_instance, require_int
from zkcredit._internal.evm import words
from zkcredit._internal.text import short_repr
from zkcredit.bn254.fields import R
from zkcredit.credential import Credential, key_from_text
from zkcredit.errors import CredentialError, InvalidInput, OutOfRange
from zkcredit.gadgets.babyjub import to_text

if TYPE_CHECKING:
    from Crypto.PublicKey.ECC import EccKey

    from zkcredit.gadgets.babyjub import Point

__all__ = ["Envelope", "HolderCard"]

_INFO: Final = b"zkcredit/v1/envelope"
_BLOCK: Final = 2048
_MAX_BYTES: Final = 1 << 17
_CARD: Final = "zkcredit/holder-card/1"
_ENVELOPE: Final = "zkcredit/envelope/1"


@dataclass(frozen=True, slots=True)
class HolderCard:
    """What a borrower gives to an issuer, so that the issuer can send credentials. Not secret.

    The card is the same for every issuer, so issuers who compare cards recognise the borrower.
    Verifiers never see it.

    Attributes:
        holder: hash of the borrower's secret.
        envelope_key: X25519 public key, 32 bytes (RFC 7748).

    Raises:
        InvalidInput: if the key does not have 32 bytes, or is not acceptable.
        OutOfRange: if the holder is 0 or not a field element.
    """

    holder: int
    envelope_key: bytes

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not 0 < require_int("holder", self.holder) < R:
            raise OutOfRange("the holder must be a non-zero field element")
        hpke.public_key(self.envelope_key)

    def to_json(self) -> str:
        """Return the card as JSON."""
        return json.canonical(
            {
                "type": _CARD,
                "holder": json.field_text(self.holder),
                "envelopeKey": self.envelope_key.hex(),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> HolderCard:
        """Read a card.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidInput: if the envelope key is not acceptable.
            OutOfRange: if the holder is 0.
        """
        document = json.open_document(text, "holder card", _CARD, ("holder", "envelopeKey"), 1024)
        return cls(
            json.field(document["holder"], "holder"),
            json.hex_bytes(document["envelopeKey"], 32, "envelopeKey"),
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed credential.

    Attributes:
        issuer: the issuer that the envelope names; ``open`` compares it with the credential's.
        encapsulated: HPKE's ``enc``, 32 bytes.
        ciphertext: the sealed credential with its tag.
    """

    issuer: Point
    encapsulated: bytes
    ciphertext: bytes

    __repr__ = short_repr

    @classmethod
    def seal(cls, credential: Credential, to: HolderCard) -> Envelope:
        """Seal a credential to its holder.

        Raises:
            InvalidInput: if the credential belongs to another holder.
        """
        require_instance("to", to, HolderCard)
        if require_instance("the credential", credential, Credential).holder != to.holder:
            raise InvalidInput("the credential does not belong to the holder of this card")
        plaintext = credential.to_json().encode()
        padded = plaintext.ljust(-(-len(plaintext) // _BLOCK) * _BLOCK)
        bound = _bound(credential.issuer, to.holder)
        enc, ciphertext = hpke.seal(to.envelope_key, padded, info=_INFO, bound=bound)
        return cls(credential.issuer, enc, ciphertext)

    def open(self, key: EccKey, holder: int) -> Credential:
        """Open the envelope and verify the credential's signature.

        Args:
            key: the borrower's X25519 private key.
            holder: the borrower's holder.

        Raises:
            CredentialError: if the envelope was changed, is not for this holder, or holds a
                credential of another issuer or holder.
            MalformedFile: if the content is not a credential.
            InvalidInput: if a value of the credential has the wrong type.
            OutOfRange: if a value of the credential is outside its range.
            InvalidSignature: if the credential's signature does not verify.
        """
        bound = _bound(self.issuer, holder)
        plaintext = hpke.unseal(key, self.encapsulated, self.ciphertext, info=_INFO, bound=bound)
        if plaintext is None:
            raise CredentialError(
                "the envelope does not open: it was changed, or it is for another wallet"
            )
        credential = Credential.from_json(plaintext)
        if (credential.issuer, credential.holder) != (self.issuer, holder):
            raise CredentialError("the credential in the envelope has another issuer or holder")
        credential.verify()
        return credential

    def to_json(self) -> str:
        """Return the envelope as JSON."""
        return json.canonical(
            {
                "type": _ENVELOPE,
                "issuer": to_text(self.issuer),
                "enc": json.base64_text(self.encapsulated),
                "ciphertext": json.base64_text(self.ciphertext),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Envelope:
        """Read an envelope.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidSignature: if the issuer's key is not acceptable.
        """
        names = ("issuer", "enc", "ciphertext")
        document = json.open_document(text, "envelope", _ENVELOPE, names, _MAX_BYTES)
        return cls(
            encapsulated=json.base64_bytes(document["enc"], "enc"),
            ciphertext=json.base64_bytes(document["ciphertext"], "ciphertext"),
            issuer=key_from_text(document["issuer"], "issuer"),  # last, because it is the slow one
        )


def _bound(issuer: Point, holder: int) -> bytes:
    return words(issuer.x, issuer.y, holder)
