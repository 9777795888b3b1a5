"""Second round: each dealer seals a share to each arbiter; and how a wrong one is proved.

A share travels by HPKE (see ``_internal.hpke``) under the receiver's envelope
key of this key generation, bound to the transcript, dealer and receiver, and the dealer signs the
sealed message. So a wrong share is provable: the receiver shows the sealed message and the
envelope key, and everybody opens it. That costs the receiver's shares of this key generation,
which is void anyhow: the arbiters begin anew, with new files and without the dealer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal import hpke, json
from zkcredit._internal.checks import require_instance
from zkcredit.errors import EscrowError, InvalidInput, WrongShare
from zkcredit.escrow.curve import words
from zkcredit.escrow.polynomial import evaluate_commitments
from zkcredit.escrow.roster import sign
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER

if TYPE_CHECKING:
    from zkcredit.escrow.commitment import FirstRound

__all__ = ["Complaint", "Deal", "Verdict"]

_INFO: Final = b"zkcredit/v1/escrow-share"
_DEAL: Final = "zkcredit/arbiter-deal/1"
_COMPLAINT: Final = "zkcredit/arbiter-complaint/1"
_MEMBERS: Final = ("transcript", "dealer", "receiver", "enc", "ciphertext", "signature")
_MOST_BYTES: Final = 1 << 12
_SHARE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Deal:
    """One dealer's sealed share for one arbiter.

    Attributes:
        transcript: of the first round that the dealer saw.
        dealer, receiver: numbers.
        encapsulated: HPKE's ``enc``.
        ciphertext: with its tag.
        signature: Ed25519, the dealer's, over all of it.
    """

    transcript: bytes
    dealer: int
    receiver: int
    encapsulated: bytes
    ciphertext: bytes
    signature: bytes

    @classmethod
    def seal(
        cls, first: FirstRound, dealer: int, receiver: int, share: int, signing_seed: bytes
    ) -> Self:
        """Seal f(receiver). Share and seed are secret."""
        key = first.roster.card(receiver).envelope_key
        bound = _bound(first.transcript, dealer, receiver)
        plaintext = share.to_bytes(_SHARE_BYTES, "big")
        enc, ciphertext = hpke.seal(key, plaintext, info=_INFO, bound=bound)
        unsigned = cls(first.transcript, dealer, receiver, enc, ciphertext, b"")
        return replace(unsigned, signature=sign(signing_seed, unsigned.body()))

    def open(self, first: FirstRound, receiver: int, envelope_seed: bytes) -> int:
        """The share, checked against the dealer's commitments. Secret.

        Raises:
            InvalidInput: it is for another arbiter, from nobody on the list, or not signed by the
                dealer that it names: nobody on the list is to blame.
            EscrowError: the dealer saw other commitments than these. Somebody published two
                different ones; which of them shows when all are compared.
            WrongShare: the dealer signed it, and sealed no share, or one that the commitments do
                not give.
        """
        name = first.roster.card(self.dealer).name
        if self.receiver != receiver:
            raise InvalidInput(f"this share of {name} is for another arbiter")
        if not first.roster.verify(self.dealer, self.body(), self.signature):
            raise InvalidInput(f"this share is not signed by {name}, whom it names")
        if self.transcript != first.transcript:
            raise EscrowError(
                f"{name} dealt over other commitments than these: compare all commitments"
            )
        share = self._opened(envelope_seed)
        commitments = first.commitments[self.dealer].points
        expected = evaluate_commitments(commitments, receiver)
        if share is None or babyjub.mul(share, BASE8) != expected:
            raise WrongShare(
                f"{name} sealed something else than the share that {name} committed to",
                self.dealer,
                name,
            )
        return share

    def body(self) -> bytes:
        """What is signed."""
        return json.canonical(self._members()).encode()

    def members(self) -> dict[str, Any]:
        """As JSON members."""
        return {**self._members(), "signature": self.signature.hex()}

    def to_json(self) -> str:
        """As JSON."""
        return json.canonical(self.members())

    @classmethod
    def from_members(cls, document: object) -> Self:
        """From JSON members. MalformedFile: not exactly such an object."""
        found = json.typed_members(document, "arbiter deal", _DEAL, _MEMBERS)
        return cls(
            json.hex_bytes(found["transcript"], 32, "transcript"),
            json.integer(found["dealer"], "dealer"),
            json.integer(found["receiver"], "receiver"),
            json.hex_bytes(found["enc"], 32, "enc"),
            json.base64_bytes(found["ciphertext"], "ciphertext"),
            json.hex_bytes(found["signature"], 64, "signature"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read one; :meth:`open` judges it. MalformedFile: not exactly such a document."""
        return cls.from_members(json.parse(text, "arbiter deal", _MOST_BYTES))

    def _opened(self, envelope_seed: bytes) -> int | None:
        key = hpke.private_key(envelope_seed)
        bound = _bound(self.transcript, self.dealer, self.receiver)
        plaintext = hpke.unseal(key, self.encapsulated, self.ciphertext, info=_INFO, bound=bound)
        if plaintext is None:
            return None
        share = int.from_bytes(plaintext, "big")
        return share if len(plaintext) == _SHARE_BYTES and share < SUBGROUP_ORDER else None

    def _members(self) -> dict[str, Any]:
        return {
            "type": _DEAL,
            "transcript": self.transcript.hex(),
            "dealer": self.dealer,
            "receiver": self.receiver,
            "enc": self.encapsulated.hex(),
            "ciphertext": json.base64_text(self.ciphertext),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who is at fault after a complaint.

    Attributes:
        arbiter: the number.
        name: the name.
        reason: in words.
    """

    arbiter: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Complaint:
    """A receiver's proof that a dealer's signed share is wrong. Publishing it ends the generation.

    Attributes:
        deal: the sealed share, as signed.
        envelope_seed: the receiver's envelope key of this key generation, given away by this.
    """

    deal: Deal
    envelope_seed: bytes

    def judge(self, first: FirstRound) -> Verdict:
        """Open the share as the receiver did, and say who is at fault: dealer or complainer.

        Raises:
            InvalidInput: the dealer did not sign this share, or the key is not the receiver's:
                it proves nothing.
            EscrowError: the share belongs to other commitments than these.
        """
        deal = require_instance("the complaint's deal", self.deal, Deal)
        receiver = first.roster.card(deal.receiver)
        if hpke.public_bytes(hpke.private_key(self.envelope_seed)) != receiver.envelope_key:
            raise InvalidInput(f"the complaint's key is not that of {receiver.name}")
        try:
            deal.open(first, deal.receiver, self.envelope_seed)
        except WrongShare as error:
            return Verdict(error.dealer, error.name, str(error))
        reason = f"the share of {first.roster.card(deal.dealer).name} is right"
        return Verdict(deal.receiver, receiver.name, reason)

    def to_json(self) -> str:
        """As JSON."""
        return json.canonical(
            {
                "type": _COMPLAINT,
                "deal": self.deal.members(),
                "envelopeSeed": self.envelope_seed.hex(),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read one. MalformedFile: not exactly such a document."""
        names = ("deal", "envelopeSeed")
        document = json.open_document(text, "arbiter complaint", _COMPLAINT, names, _MOST_BYTES)
        return cls(
            Deal.from_members(document["deal"]),
            json.hex_bytes(document["envelopeSeed"], 32, "envelopeSeed"),
        )


def _bound(transcript: bytes, dealer: int, receiver: int) -> bytes:
    return transcript + words(dealer, receiver)
