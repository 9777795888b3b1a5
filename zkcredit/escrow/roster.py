"""Who the arbiters are: the card of each, and the list that all agree on before they begin.

A card belongs to one key generation, because proving a complaint discloses its envelope key. The
list's order gives the numbers 1 to n. Its digest is in every message, so that messages of two lists
cannot be mixed.

A card names the arbiter's account, which signs every opening. The account signs the card, so an
arbiter cannot list somebody else's account. Nobody can replace an arbiter's account either: each
arbiter looks for its own whole card on the list before it signs a commitment for that list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from zkcredit._internal import ed25519, hpke, json, secp256k1
from zkcredit._internal.checks import require_instance, require_int, require_text
from zkcredit._internal.evm import keccak256
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput
from zkcredit.escrow.signed import account_from_text, account_key, card_digest, require_account

__all__ = ["MOST_ARBITERS", "ArbiterCard", "Roster"]

MOST_ARBITERS: Final = 32
"""The largest group that the contract for openings can take in one transaction."""

_CARD: Final = "zkcredit/arbiter-card/2"
_ROSTER: Final = "zkcredit/arbiter-roster/1"
_MOST_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class ArbiterCard:
    """What an arbiter shows to the others. Not secret.

    Attributes:
        name: the arbiter's name, which errors use.
        envelope_key: X25519 public key (RFC 7748), to which shares are sealed.
        signing_key: Ed25519 public key (RFC 8032), with which messages are checked.
        account: EIP-55 address of the account that signs this arbiter's openings.
        account_signature: the account's signature of the name and both keys, 65 bytes.

    Raises:
        InvalidInput: if the name is empty or not printable, a key is not acceptable, or the account
            did not sign the card.
    """

    name: str
    envelope_key: bytes
    signing_key: bytes
    account: str
    account_signature: bytes

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not require_text("the arbiter's name", self.name, 64).strip():
            raise InvalidInput("an arbiter's name must not be empty")
        hpke.public_key(self.envelope_key, f"the envelope key of {self.name}")
        ed25519.public_key(self.signing_key, f"the signing key of {self.name}")
        require_account(f"the account of {self.name}", self.account)
        digest = card_digest(self.name, self.envelope_key, self.signing_key)
        if secp256k1.signer_of(digest, self.account_signature) != self.account:
            raise InvalidInput(f"the account of {self.name} did not sign the card")

    @classmethod
    def of_seeds(cls, name: str, envelope: bytes, signing: bytes) -> Self:
        """Return the card of the arbiter that has these two secret seeds of 32 bytes."""
        sealed_to = hpke.public_bytes(hpke.private_key(envelope))
        signed_by = ed25519.public_bytes(ed25519.private_key(signing))
        key = account_key(signing)
        signature = secp256k1.sign(card_digest(name, sealed_to, signed_by), key)
        return cls(name, sealed_to, signed_by, secp256k1.address_of(key), signature)

    def members(self) -> dict[str, str]:
        """Return the members of the JSON object."""
        return {
            "type": _CARD,
            "name": self.name,
            "envelopeKey": self.envelope_key.hex(),
            "signingKey": self.signing_key.hex(),
            "account": self.account,
            "accountSignature": self.account_signature.hex(),
        }

    def to_json(self) -> str:
        """Return the card as JSON."""
        return json.canonical(self.members())

    @classmethod
    def from_members(cls, document: object) -> Self:
        """Read a card from the members of a JSON object.

        Raises:
            MalformedFile: if they are not exactly those of such an object.
            InvalidInput: if the name or a key is not acceptable, or the account did not sign.
        """
        names = ("name", "envelopeKey", "signingKey", "account", "accountSignature")
        found = json.typed_members(document, "arbiter card", _CARD, names)
        return cls(
            found["name"],
            json.hex_bytes(found["envelopeKey"], 32, "envelopeKey"),
            json.hex_bytes(found["signingKey"], 32, "signingKey"),
            account_from_text(found["account"], "account"),
            json.hex_bytes(found["accountSignature"], 65, "accountSignature"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a card.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidInput: if the name or a key is not acceptable, or the account did not sign.
        """
        return cls.from_members(json.parse(text, "arbiter card", 1 << 11))


@dataclass(frozen=True, slots=True)
class Roster:
    """The list of the arbiters of one key generation, with the threshold.

    Attributes:
        threshold: m, the number of arbiters that can open together; at least 2.
        cards: n cards, at least m; the first arbiter has the number 1.

    Raises:
        InvalidInput: if the threshold is out of range, or two arbiters have the same name, key or
            account.
    """

    threshold: int
    cards: tuple[ArbiterCard, ...]

    __repr__ = short_repr

    def __post_init__(self) -> None:
        size = len(self.cards)
        if not 2 <= require_int("the threshold", self.threshold) <= size <= MOST_ARBITERS:
            raise InvalidInput(
                f"m of n arbiters: 2 ≤ m ≤ n ≤ {MOST_ARBITERS}, not {self.threshold} of {size}"
            )
        for card in self.cards:
            require_instance("a card", card, ArbiterCard)
        for what in ("name", "envelope_key", "signing_key", "account"):
            if len({getattr(card, what) for card in self.cards}) != size:
                raise InvalidInput(f"two arbiters have the same {what.replace('_', ' ')}")

    @property
    def size(self) -> int:
        """n, the number of arbiters."""
        return len(self.cards)

    @property
    def digest(self) -> bytes:
        """Keccak-256 of the list's JSON, which identifies the list."""
        return keccak256(self.to_json().encode())

    def card(self, index: int) -> ArbiterCard:
        """Return the card of an arbiter, 1 to n.

        Raises:
            InvalidInput: if there is no arbiter with this number.
        """
        if type(index) is not int or not 1 <= index <= self.size:
            raise InvalidInput(f"there is no arbiter {index}; they are numbered 1 to {self.size}")
        return self.cards[index - 1]

    def index_of(self, card: ArbiterCard) -> int:
        """Return the number of a card.

        Raises:
            InvalidInput: if the card is not on the list.
        """
        if card not in self.cards:
            raise InvalidInput(f"the list of arbiters does not have this card of {card.name}")
        return self.cards.index(card) + 1

    def verify(self, index: int, message: bytes, signature: bytes) -> bool:
        """Return whether the arbiter signed the message."""
        return ed25519.holds(self.card(index).signing_key, message, signature)

    def to_json(self) -> str:
        """Return the list as JSON."""
        cards = [card.members() for card in self.cards]
        return json.canonical({"type": _ROSTER, "threshold": self.threshold, "arbiters": cards})

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a list.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidInput: if the threshold, a name or a key is not acceptable.
        """
        what = "arbiter roster"
        names = ("threshold", "arbiters")
        document = json.open_document(text, what, _ROSTER, names, _MOST_BYTES)
        cards = json.items(document["arbiters"], f"{what}: arbiters")
        return cls(
            json.integer(document["threshold"], "threshold"),
            tuple(ArbiterCard.from_members(card) for card in cards),
        )
