"""Second round: each dealer seals a share to each arbiter; a receiver can prove that it is wrong.

A share is sealed by HPKE (see ``_internal.hpke``) to the receiver's envelope key of this key
generation, bound to transcript, dealer and receiver. The dealer signs the sealed message, so that a
wrong share can be proved: the receiver shows the sealed message and the envelope key, and everybody
can open it. This discloses the receiver's shares of the key generation, but it has failed anyway:
the arbiters begin again, with new files and without the dealer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal import ed25519, hpke, json
from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import words
from zkcredit._internal.text import short_repr
from zkcredit.errors import EscrowError, InvalidInput, WrongShare
from zkcredit.escrow.polynomial import evaluate_commitments
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.escrow.commitment import FirstRound

__all__ = ["Complaint", "Deal", "Verdict", "deal_for", "deals_from_json", "deals_to_json"]

_INFO: Final = b"zkcredit/v1/escrow-share"
_DEAL: Final = "zkcredit/arbiter-deal/1"
_DEALS: Final = "zkcredit/arbiter-deals/1"
_COMPLAINT: Final = "zkcredit/arbiter-complaint/1"
_MEMBERS: Final = ("transcript", "dealer", "receiver", "enc", "ciphertext", "signature")
_MOST_BYTES: Final = 1 << 12
_MOST_BYTES_OF_ALL: Final = 1 << 20
_SHARE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Deal:
    """One dealer's sealed share for one arbiter.

    Attributes:
        transcript: transcript of the first round that the dealer saw.
        dealer: the dealer's number.
        receiver: the receiver's number.
        encapsulated: HPKE's ``enc``.
        ciphertext: the sealed share with its tag.
        signature: the dealer's Ed25519 signature over everything else.
    """

    transcript: bytes
    dealer: int
    receiver: int
    encapsulated: bytes
    ciphertext: bytes
    signature: bytes

    __repr__ = short_repr

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
        signing_key = ed25519.private_key(signing_seed)
        return replace(unsigned, signature=ed25519.sign(signing_key, unsigned.body()))

    def open(self, first: FirstRound, receiver: int, envelope_seed: bytes) -> int:
        """Return the share, checked against the dealer's commitments. Secret.

        Raises:
            InvalidInput: if the share is for another arbiter, or its dealer is not on the list or
                did not sign it. Nobody on the list is at fault then.
            EscrowError: if the dealer saw other commitments than these. Then somebody published
                two different ones; comparing all commitments shows who.
            WrongShare: if the dealer signed it, but it does not contain a share, or contains one
                that does not match the commitments.
        """
        name = first.roster.card(self.dealer).name
        if self.receiver != receiver:
            raise InvalidInput(f"this share of {name} is for another arbiter")
        if not first.roster.verify(self.dealer, self.body(), self.signature):
            raise InvalidInput(f"this share names {name}, who did not sign it")
        if self.transcript != first.transcript:
            raise EscrowError(
                f"{name} dealt for other commitments than these: compare all commitments"
            )
        share = self._opened(envelope_seed)
        commitments = first.commitments[self.dealer].points
        expected = evaluate_commitments(commitments, receiver)
        if share is None or babyjub.mul(share, BASE8) != expected:
            raise WrongShare(
                f"{name} sealed something that does not match the commitments of {name}",
                self.dealer,
                name,
            )
        return share

    def body(self) -> bytes:
        """Return the bytes that are signed."""
        return json.canonical(self._members()).encode()

    def members(self) -> dict[str, Any]:
        """Return the members of the JSON object."""
        return {**self._members(), "signature": self.signature.hex()}

    def to_json(self) -> str:
        """Return the share as JSON."""
        return json.canonical(self.members())

    @classmethod
    def from_members(cls, document: object) -> Self:
        """Read a share from the members of a JSON object.

        Raises:
            MalformedFile: if they are not exactly those of such an object.
        """
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
        """Read a share; ``open`` decides whether it is acceptable.

        Raises:
            MalformedFile: if the text is not exactly such a document.
        """
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


def deals_to_json(deals: Sequence[Deal]) -> str:
    """Return what one arbiter dealt to all others, as one JSON document."""
    return json.canonical({"type": _DEALS, "deals": [one.members() for one in deals]})


def deals_from_json(text: str | bytes) -> list[Deal]:
    """Read what one arbiter dealt to all others.

    Raises:
        MalformedFile: if the text is not exactly such a document.
    """
    what = "arbiter deals"
    document = json.open_document(text, what, _DEALS, ("deals",), _MOST_BYTES_OF_ALL)
    return [Deal.from_members(one) for one in json.items(document["deals"], what)]


def deal_for(deals: Sequence[Deal], receiver: int) -> Deal:
    """Return the share for one arbiter among those that one dealer dealt.

    Raises:
        InvalidInput: if there is no share for this arbiter, or more than one.
    """
    found = [one for one in deals if one.receiver == receiver]
    if len(found) != 1:
        raise InvalidInput(f"there are {len(found)} shares for arbiter {receiver}, not one")
    return found[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who is at fault after a complaint.

    Attributes:
        arbiter: the number of the arbiter at fault.
        name: the arbiter's name.
        reason: the reason, in words.
    """

    arbiter: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Complaint:
    """A receiver's proof that a dealer's signed share is wrong.

    Publishing it ends the key generation.

    Attributes:
        deal: the sealed share with the dealer's signature.
        envelope_seed: the receiver's envelope key of this key generation, which becomes public.
    """

    deal: Deal
    envelope_seed: bytes

    def judge(self, first: FirstRound) -> Verdict:
        """Open the share as the receiver did, and decide who is at fault: dealer or receiver.

        Raises:
            InvalidInput: if the dealer did not sign this share, or the key is not the receiver's.
                The complaint then proves nothing.
            EscrowError: if the share belongs to other commitments than these.
        """
        deal = require_instance("the complaint's deal", self.deal, Deal)
        receiver = first.roster.card(deal.receiver)
        if hpke.public_bytes(hpke.private_key(self.envelope_seed)) != receiver.envelope_key:
            raise InvalidInput(f"the complaint's key is not the envelope key of {receiver.name}")
        try:
            deal.open(first, deal.receiver, self.envelope_seed)
        except WrongShare as error:
            return Verdict(error.dealer, error.name, str(error))
        reason = f"the share of {first.roster.card(deal.dealer).name} is right"
        return Verdict(deal.receiver, receiver.name, reason)

    def to_json(self) -> str:
        """Return the complaint as JSON."""
        return json.canonical(
            {
                "type": _COMPLAINT,
                "deal": self.deal.members(),
                "envelopeSeed": self.envelope_seed.hex(),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a complaint.

        Raises:
            MalformedFile: if the text is not exactly such a document.
        """
        names = ("deal", "envelopeSeed")
        document = json.open_document(text, "arbiter complaint", _COMPLAINT, names, _MOST_BYTES)
        return cls(
            Deal.from_members(document["deal"]),
            json.hex_bytes(document["envelopeSeed"], 32, "envelopeSeed"),
        )


def _bound(transcript: bytes, dealer: int, receiver: int) -> bytes:
    return transcript + words(dealer, receiver)
