"""First round: each arbiter commits to a polynomial and proves that it knows the constant term.

The group's key is the sum of the constant terms' points. Without the proof, a dealer who speaks
last could choose C_0 as its own point minus all others and hold the key alone (a rogue key). The
proof is Schnorr's, bound to the list and the dealer's number, as in FROST's key generation (Komlo,
Goldberg, "FROST: Flexible round-optimized Schnorr threshold signatures", 2020, §5.1, figure 1).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal import ed25519, json
from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import keccak256
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange, WrongShare
from zkcredit.escrow.curve import (
    challenge,
    is_sum,
    point_from_text,
    require_scalar,
    scalar_from_text,
    scalar_text,
    tag,
)
from zkcredit.escrow.group import ArbiterGroup
from zkcredit.escrow.polynomial import commit
from zkcredit.escrow.roster import MOST_ARBITERS, Roster
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import (
    BASE8,
    IDENTITY,
    SUBGROUP_ORDER,
    Point,
    fresh_scalar,
    require_prime_order,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Commitment", "FirstRound"]

_TYPE: Final = "zkcredit/arbiter-commitment/1"
_MEMBERS: Final = ("roster", "dealer", "points", "proof", "signature")
_MOST_BYTES: Final = 1 << 13
_KNOWLEDGE: Final = tag("knowledge")


@dataclass(frozen=True, slots=True)
class Commitment:
    """One dealer's message of the first round.

    Attributes:
        roster: digest of the list of arbiters.
        dealer: the dealer's number.
        points: C_0 … C_{m−1}.
        proof: proof of knowledge of a_0: a point A and a scalar z with z·B8 = A + c·C_0.
        signature: the dealer's Ed25519 signature over everything else.
    """

    roster: bytes
    dealer: int
    points: tuple[Point, ...]
    proof: tuple[Point, int]
    signature: bytes

    __repr__ = short_repr

    @classmethod
    def make(
        cls, roster: Roster, dealer: int, coefficients: Sequence[int], signing_seed: bytes
    ) -> Self:
        """Commit to a polynomial. Coefficients and seed are secret."""
        points, nonce = commit(coefficients), fresh_scalar()
        announced = babyjub.mul(nonce, BASE8)
        asked = _asked(roster.digest, dealer, points[0], announced)
        answer = (nonce + asked * coefficients[0]) % SUBGROUP_ORDER
        unsigned = cls(roster.digest, dealer, points, (announced, answer), b"")
        key = ed25519.private_key(signing_seed)
        return replace(unsigned, signature=ed25519.sign(key, unsigned.body()))

    def check(self, roster: Roster) -> None:
        """Check that the dealer may go on with this commitment.

        Raises:
            InvalidInput: if the commitment is for another list, or its dealer is not on the list
                or did not sign it. Nobody on the list is at fault then.
            WrongShare: if the dealer signed it, but it does not have m points of prime order, or
                does not prove knowledge of the constant term.
        """
        if self.roster != roster.digest:
            raise InvalidInput("this commitment is for another list of arbiters")
        name = roster.card(self.dealer).name
        if not roster.verify(self.dealer, self.body(), self.signature):
            raise InvalidInput(f"this commitment names {name}, who did not sign it")
        announced, answer = self.proof
        try:
            for point in (*self.points, announced):
                require_prime_order(point, "a point of the commitment")
            require_scalar(answer, "the proof's scalar")
            sound = len(self.points) == roster.threshold
        except InvalidInput:
            sound = False
        if not sound:
            raise WrongShare(
                f"the commitment of {name} is not {roster.threshold} points of prime order",
                self.dealer,
                name,
            )
        asked = _asked(self.roster, self.dealer, self.points[0], announced)
        if not is_sum(announced, asked, self.points[0], babyjub.mul(answer, BASE8)):
            raise WrongShare(
                f"{name} does not prove knowledge of the committed secret", self.dealer, name
            )

    def body(self) -> bytes:
        """Return what is signed."""
        return json.canonical(self._members()).encode()

    def to_json(self) -> str:
        """Return the commitment as JSON."""
        return json.canonical({**self._members(), "signature": self.signature.hex()})

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a commitment; ``check`` decides whether it is acceptable.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            OutOfRange: if a number is out of range.
        """
        what = "arbiter commitment"
        document = json.open_document(text, what, _TYPE, _MEMBERS, _MOST_BYTES)
        points = json.items(document["points"], f"{what}: points")
        if not 1 <= len(points) <= MOST_ARBITERS:
            raise MalformedFile(f"{what}: 1 to {MOST_ARBITERS} points are expected")
        proof = json.members(document["proof"], ("point", "scalar"), what)
        scalar = scalar_from_text(proof["scalar"], "scalar")
        return cls(
            roster=json.hex_bytes(document["roster"], 32, "roster"),
            dealer=json.integer(document["dealer"], "dealer"),
            signature=json.hex_bytes(document["signature"], 64, "signature"),
            points=tuple(point_from_text(point, "points") for point in points),  # the costly part
            proof=(point_from_text(proof["point"], "point"), scalar),
        )

    def _members(self) -> dict[str, Any]:
        announced, answer = self.proof
        return {
            "type": _TYPE,
            "roster": self.roster.hex(),
            "dealer": self.dealer,
            "points": [to_text(point) for point in self.points],
            "proof": {"point": to_text(announced), "scalar": scalar_text(answer)},
        }


class FirstRound:
    """The checked commitments of all arbiters; equal for everybody who has the same commitments.

    Attributes:
        roster: the list.
        commitments: the commitments, in the order of their dealers' numbers.
        transcript: Keccak-256 of the list and all commitments.
    """

    def __init__(self, roster: Roster, commitments: Sequence[Commitment]) -> None:
        """Check every commitment.

        Raises:
            InvalidInput: if a commitment is missing, for another list, or not signed.
            WrongShare: if a dealer's commitment is wrong, or a dealer made two different ones.
        """
        require_instance("the roster", roster, Roster)
        for commitment in commitments:
            require_instance("a commitment", commitment, Commitment).check(roster)
        counts = Counter(commitment.dealer for commitment in set(commitments))
        for dealer, count in counts.items():
            if count > 1:
                name = roster.card(dealer).name
                raise WrongShare(f"{name} signed two different commitments", dealer, name)
        missing = [card.name for i, card in enumerate(roster.cards, 1) if i not in counts]
        if missing:
            raise InvalidInput(f"the commitments of {', '.join(missing)} are missing")
        self.roster = roster
        self.commitments = {commitment.dealer: commitment for commitment in commitments}
        hashes = [keccak256(self.commitments[i].body()) for i in range(1, roster.size + 1)]
        self.transcript = keccak256(b"".join([roster.digest, *hashes]))

    def group(self) -> ArbiterGroup:
        """Return the group that these commitments make if every share is right.

        Raises:
            OutOfRange: if the sums are degenerate; the arbiters must then begin again.
        """
        sums = [IDENTITY] * self.roster.threshold
        for commitment in self.commitments.values():
            sums = [babyjub.add(*pair) for pair in zip(sums, commitment.points, strict=True)]
        if IDENTITY in sums:
            raise OutOfRange("the commitments cancel out; begin again with new arbiters' files")
        cards = self.roster.cards
        names, accounts = (tuple(getattr(c, what) for c in cards) for what in ("name", "account"))
        return ArbiterGroup(names, tuple(sums), self.transcript, accounts)


def _asked(roster: bytes, dealer: int, secret: Point, announced: Point) -> int:
    return challenge(_KNOWLEDGE, int.from_bytes(roster, "big"), dealer, *secret, *announced, *BASE8)
