"""Who the arbiters are: a card of each, and the list that they all agree on before they begin.

A card belongs to one key generation: its envelope key may have to be shown to prove a complaint.
The list's order gives the numbers 1 to n. Its digest is in every message, so that messages of two
lists cannot be mixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from Crypto.Signature import eddsa

from zkcredit._internal import hpke, json
from zkcredit._internal.checks import require_instance, require_int, require_text
from zkcredit._internal.evm import keccak256
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from Crypto.PublicKey.ECC import EccKey

__all__ = ["MOST_ARBITERS", "ArbiterCard", "Roster", "sign"]

MOST_ARBITERS: Final = 32
"""Largest group: what the contract that checks openings takes in one transaction."""

_CARD: Final = "zkcredit/arbiter-card/1"
_ROSTER: Final = "zkcredit/arbiter-roster/1"
_MOST_BYTES: Final = 1 << 15


@dataclass(frozen=True, slots=True)
class ArbiterCard:
    """What an arbiter shows to the others. Not secret.

    Attributes:
        name: how errors call the arbiter.
        envelope_key: X25519 public key (RFC 7748): shares are sealed to it.
        signing_key: Ed25519 public key (RFC 8032): messages are signed with it.

    Raises:
        InvalidInput: the name is empty or not printable, or a key not acceptable.
    """

    name: str
    envelope_key: bytes
    signing_key: bytes

    def __post_init__(self) -> None:
        """Check all parts."""
        if not require_text("the arbiter's name", self.name, 64).strip():
            raise InvalidInput("an arbiter needs a name")
        hpke.public_key(self.envelope_key, f"the envelope key of {self.name}")
        self.open_signing_key()

    @classmethod
    def of_seeds(cls, name: str, envelope: bytes, signing: bytes) -> Self:
        """The card of whoever has these two secret seeds of 32 bytes."""
        public = hpke.public_bytes(hpke.private_key(envelope))
        key = eddsa.import_private_key(signing).public_key().export_key(format="raw")
        return cls(name, public, bytes(key))

    def open_signing_key(self) -> EccKey:
        """The key as the library takes it."""
        try:
            return eddsa.import_public_key(self.signing_key)
        except (ValueError, TypeError, AttributeError):
            raise InvalidInput(f"the signing key of {self.name} is not acceptable") from None

    def members(self) -> dict[str, str]:
        """As JSON members."""
        return {
            "type": _CARD,
            "name": self.name,
            "envelopeKey": self.envelope_key.hex(),
            "signingKey": self.signing_key.hex(),
        }

    def to_json(self) -> str:
        """The card as JSON."""
        return json.canonical(self.members())

    @classmethod
    def from_members(cls, document: object) -> Self:
        """From JSON members. MalformedFile, InvalidInput: not exactly such an object."""
        names = ("name", "envelopeKey", "signingKey")
        found = json.typed_members(document, "arbiter card", _CARD, names)
        return cls(
            found["name"],
            json.hex_bytes(found["envelopeKey"], 32, "envelopeKey"),
            json.hex_bytes(found["signingKey"], 32, "signingKey"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a card. MalformedFile, InvalidInput: not exactly such a document."""
        return cls.from_members(json.parse(text, "arbiter card", 1024))


@dataclass(frozen=True, slots=True)
class Roster:
    """The arbiters of one key generation, and how many of them open.

    Attributes:
        threshold: m, at least 2.
        cards: n cards, at least m; the first has the number 1.

    Raises:
        InvalidInput: the threshold does not fit, or two arbiters have a name or a key in common.
    """

    threshold: int
    cards: tuple[ArbiterCard, ...]

    def __post_init__(self) -> None:
        """Check the numbers, and that all are different."""
        size = len(self.cards)
        if not 2 <= require_int("the threshold", self.threshold) <= size <= MOST_ARBITERS:
            raise InvalidInput(
                f"m of n arbiters: 2 ≤ m ≤ n ≤ {MOST_ARBITERS}, not {self.threshold} of {size}"
            )
        for card in self.cards:
            require_instance("a card", card, ArbiterCard)
        for what in ("name", "envelope_key", "signing_key"):
            if len({getattr(card, what) for card in self.cards}) != size:
                raise InvalidInput(f"two arbiters have the same {what.replace('_', ' ')}")

    @property
    def size(self) -> int:
        """Number of arbiters, n."""
        return len(self.cards)

    @property
    def digest(self) -> bytes:
        """What names this list: Keccak-256 of its JSON."""
        return keccak256(self.to_json().encode())

    def card(self, index: int) -> ArbiterCard:
        """The card of an arbiter, 1 to n. InvalidInput: there is no such arbiter."""
        if type(index) is not int or not 1 <= index <= self.size:
            raise InvalidInput(f"there is no arbiter {index}; they are numbered 1 to {self.size}")
        return self.cards[index - 1]

    def index_of(self, card: ArbiterCard) -> int:
        """The number of a card. InvalidInput: it is not on the list."""
        if card not in self.cards:
            raise InvalidInput(f"{card.name} is not on this list with this card")
        return self.cards.index(card) + 1

    def verify(self, index: int, message: bytes, signature: bytes) -> bool:
        """Whether the arbiter signed the message."""
        verifier = eddsa.new(self.card(index).open_signing_key(), "rfc8032")
        try:
            verifier.verify(message, signature)
        except ValueError:
            return False
        return True

    def to_json(self) -> str:
        """The list as JSON."""
        cards = [card.members() for card in self.cards]
        return json.canonical({"type": _ROSTER, "threshold": self.threshold, "arbiters": cards})

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a list. MalformedFile, InvalidInput: not exactly such a document."""
        what = "arbiter roster"
        names = ("threshold", "arbiters")
        document = json.open_document(text, what, _ROSTER, names, _MOST_BYTES)
        cards = json.items(document["arbiters"], f"{what}: arbiters")
        return cls(
            json.integer(document["threshold"], "threshold"),
            tuple(ArbiterCard.from_members(card) for card in cards),
        )


def sign(seed: bytes, message: bytes) -> bytes:
    """Sign with an Ed25519 key (RFC 8032). The seed is secret."""
    return bytes(eddsa.new(eddsa.import_private_key(seed), "rfc8032").sign(message))
