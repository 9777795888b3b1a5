"""One entry as an issuer posts it: the ciphertext, and an envelope with the amounts.

The envelope is HPKE (see ``_internal.hpke``). It holds the five amounts, each in five bytes. Its
associated data bind it to account, issuer and ciphertext: with another entry, or from another
issuer, it does not open. It always has 73 bytes, so that its length says nothing. It does not
authenticate the sender; the ledger does, and the ciphertext shows whether the amounts are true.

The borrower needs the amounts and not the encryption's randomness, which nobody keeps.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal import hpke, json
from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import checksum_address, words
from zkcredit._internal.text import short_repr
from zkcredit.credential import key_from_text
from zkcredit.errors import EnvelopeUnreadable, InvalidInput, MalformedFile
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import to_text
from zkcredit.gadgets.elgamal import (
    Ciphertext,
    encrypt,
    fresh_randomness,
    require_account_key,
    require_ciphertext,
)
from zkcredit.ledger.card import LedgerCard, account_number
from zkcredit.ledger.entry import LedgerEntry

if TYPE_CHECKING:
    from Crypto.PublicKey.ECC import EccKey

    from zkcredit.gadgets.babyjub import Point

__all__ = ["ENVELOPE_BYTES", "SealedEntry", "open_envelope", "seal_entry", "seal_with"]

ENVELOPE_BYTES: Final = 73
"""Length of every envelope: 32 bytes of HPKE's ``enc``, 25 of amounts, and 16 of the tag."""

_INFO: Final = b"zkcredit/v1/ledger-envelope"
_SEALED: Final = "zkcredit/sealed-entry/1"


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry ready to be posted. Everything in it becomes public.

    Attributes:
        account: the borrower's account key.
        issuer: address that posts the entry, in EIP-55 spelling.
        ciphertext: the amounts, encrypted to the account's key.
        envelope: the amounts sealed to the borrower's wallet.

    Raises:
        InvalidInput: if a part is malformed or not acceptable.
    """

    account: Point
    issuer: str
    ciphertext: Ciphertext
    envelope: bytes

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_account_key(self.account)
        if self.issuer != checksum_address("the issuer", self.issuer):
            raise InvalidInput("the issuer's address must be in EIP-55 spelling")
        require_ciphertext(require_instance("the ciphertext", self.ciphertext, Ciphertext))
        if not isinstance(self.envelope, bytes) or len(self.envelope) != ENVELOPE_BYTES:
            raise InvalidInput(f"an envelope must have {ENVELOPE_BYTES} bytes")

    @property
    def number(self) -> int:
        """The account's number on the ledger."""
        return account_number(self.account)

    def to_json(self) -> str:
        """Return the entry as JSON."""
        return json.canonical(
            {
                "type": _SEALED,
                "account": to_text(self.account),
                "issuer": self.issuer,
                "ciphertext": [babyjub.to_text(point) for point in self.ciphertext],
                "envelope": json.base64_text(self.envelope),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> SealedEntry:
        """Read an entry.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidInput: if a part is not acceptable.
            InvalidSignature: if the account's key is not acceptable.
        """
        what = "sealed entry"
        names = ("account", "issuer", "ciphertext", "envelope")
        document = json.open_document(text, what, _SEALED, names, 4096)
        points = json.items(document["ciphertext"], f"{what}: ciphertext")
        if len(points) != 2:
            raise MalformedFile(f"{what}: a ciphertext has two points")
        return cls(
            issuer=document["issuer"],
            envelope=json.base64_bytes(document["envelope"], "envelope"),
            account=key_from_text(document["account"], "account"),  # last, because it is slow
            ciphertext=Ciphertext(*(babyjub.from_text(point, "ciphertext") for point in points)),
        )


def seal_entry(entry: LedgerEntry, to: LedgerCard) -> SealedEntry:
    """Encrypt an entry to the account of a card, and seal its amounts to the card's owner.

    A ledger takes an entry with its proof only: ``prove_entry``.

    This function draws the randomness of the encryption, uses it once and forgets it, so that
    nobody can use it again.

    Raises:
        InvalidInput: if an argument has the wrong type.
    """
    require_instance("the entry", entry, LedgerEntry)
    require_instance("the card", to, LedgerCard)
    return seal_with(entry, to, fresh_randomness())


def seal_with(entry: LedgerEntry, to: LedgerCard, randomness: int) -> SealedEntry:
    """Do what ``seal_entry`` does, with randomness from ``fresh_randomness``, which is used here
    and in the entry's proof and nowhere else.

    Raises:
        OutOfRange: if the randomness is not in 1 .. l-1.
    """
    ciphertext = encrypt(to.account, entry.slots(), randomness)
    bound = _bound(to.account, to.issuer, ciphertext)
    enc, sealed = hpke.seal(to.envelope_key, entry.to_bytes(), info=_INFO, bound=bound)
    return SealedEntry(to.account, to.issuer, ciphertext, enc + sealed)


def open_envelope(
    key: EccKey, *, account: Point, issuer: str, ciphertext: Ciphertext, envelope: bytes
) -> LedgerEntry:
    """Open the envelope of an entry, without comparing its amounts with the ciphertext.

    Args:
        key: the borrower's X25519 private key.
        account: the entry's account.
        issuer: address of the issuer that posted the entry.
        ciphertext: the entry's ciphertext.
        envelope: the envelope that was posted with it.

    Raises:
        EnvelopeUnreadable: if the envelope has another length or form, was changed, or is for
            another wallet, account, issuer or ciphertext.
    """
    if len(envelope) == ENVELOPE_BYTES:
        enc, sealed = envelope[: hpke.ENC_BYTES], envelope[hpke.ENC_BYTES :]
        bound = _bound(account, issuer, ciphertext)
        plaintext = hpke.unseal(key, enc, sealed, info=_INFO, bound=bound)
        if plaintext is not None:
            with contextlib.suppress(InvalidInput):  # the amounts are out of range
                return LedgerEntry.from_bytes(plaintext)
    raise EnvelopeUnreadable(
        f"the envelope of the entry of {issuer} does not open: it is missing, was changed, or "
        "belongs to something else; ask the issuer to replace the entry, or recover the amounts",
        issuer,
    )


def _bound(account: Point, issuer: str, ciphertext: Ciphertext) -> bytes:
    c1, c2 = ciphertext
    return words(*account, *c1, *c2) + bytes.fromhex(checksum_address("the issuer", issuer)[2:])
