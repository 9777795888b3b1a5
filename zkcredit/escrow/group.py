"""The arbiters' group as everybody sees it: key, public shares, threshold, names.

Everything follows from the summed commitments C_0 … C_{m−1} of the key generation: the key is C_0,
the threshold m, and arbiter i's public share Σ i^k·C_k. So a description cannot name shares that
do not belong to the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal import json
from zkcredit._internal.checks import require_text
from zkcredit._internal.evm import keccak256
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.escrow.curve import flat, point_from_text, tag, words
from zkcredit.escrow.polynomial import evaluate_commitments
from zkcredit.escrow.roster import MOST_ARBITERS
from zkcredit.gadgets.babyjub import IDENTITY, require_prime_order, to_text

if TYPE_CHECKING:
    from zkcredit.gadgets.babyjub import Point

__all__ = ["ArbiterGroup"]

_TYPE: Final = "zkcredit/arbiter-group/1"
_MOST_BYTES: Final = 1 << 15
_GROUP: Final = tag("group")
_HEAD_WORDS: Final = 4  # of the digest: tag, size, record, offset of the array


@dataclass(frozen=True, slots=True)
class ArbiterGroup:
    """A group of n arbiters of whom m open. Public.

    Attributes:
        names: of the arbiters; the first has the number 1.
        commitments: C_0 … C_{m−1}, points of prime order.
        transcript: 32 bytes that name the key generation.
        shares: the public shares P_1 … P_n.

    Raises:
        InvalidInput: a point is not of prime order, or numbers, names or transcript do not fit.
    """

    names: tuple[str, ...]
    commitments: tuple[Point, ...]
    transcript: bytes
    shares: tuple[Point, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check all parts and derive the public shares."""
        if not 2 <= len(self.commitments) <= len(self.names) <= MOST_ARBITERS:
            raise InvalidInput(f"m of n arbiters: 2 ≤ m ≤ n ≤ {MOST_ARBITERS}")
        for name in self.names:
            if not require_text("an arbiter's name", name, 64).strip():
                raise InvalidInput("an arbiter needs a name")
        if len(set(self.names)) != len(self.names):
            raise InvalidInput("two arbiters have the same name")
        if not isinstance(self.transcript, bytes) or len(self.transcript) != 32:
            raise InvalidInput("the transcript must be 32 bytes")
        for point in self.commitments:
            require_prime_order(point, "a commitment of the group")
        shares = tuple(evaluate_commitments(self.commitments, i) for i in range(1, self.size + 1))
        if IDENTITY in shares:  # sums of points of prime order have prime order or are this
            raise InvalidInput("a public share is not a point of prime order")
        object.__setattr__(self, "shares", shares)

    @property
    def key(self) -> Point:
        """P, to which references are sealed."""
        return self.commitments[0]

    @property
    def threshold(self) -> int:
        """m: how many open."""
        return len(self.commitments)

    @property
    def size(self) -> int:
        """n: how many there are."""
        return len(self.names)

    @property
    def record(self) -> bytes:
        """Keccak-256 of transcript and names: what a contract keeps of both."""
        return keccak256(self.transcript + json.canonical(list(self.names)).encode())

    @property
    def digest(self) -> int:
        """What names this group in every challenge, below 2^256.

        Keccak-256 of ``abi.encode(bytes32 tag, uint256 size, bytes32 record, Point[]
        commitments)``, so that the contract computes it too.
        """
        head = words(_GROUP, self.size, int.from_bytes(self.record, "big"), 32 * _HEAD_WORDS)
        array = words(self.threshold, *flat(self.commitments))
        return int.from_bytes(keccak256(head + array), "big")

    def share_of(self, index: int) -> Point:
        """P_i. InvalidInput: there is no such arbiter."""
        self.name_of(index)
        return self.shares[index - 1]

    def name_of(self, index: int) -> str:
        """The name of an arbiter, 1 to n. InvalidInput: there is no such arbiter."""
        if type(index) is not int or not 1 <= index <= self.size:
            raise InvalidInput(f"there is no arbiter {index}; they are numbered 1 to {self.size}")
        return self.names[index - 1]

    def to_json(self) -> str:
        """The group as JSON, with what follows from the commitments for other readers."""
        return json.canonical(self._members())

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a group.

        Raises:
            MalformedFile: not exactly such a document, or its members contradict each other.
            InvalidInput: numbers or names do not fit.
        """
        what = "arbiter group"
        names = ("threshold", "key", "arbiters", "commitments", "transcript")
        document = json.open_document(text, what, _TYPE, names, _MOST_BYTES)
        lists = [
            json.items(document[name], f"{what}: {name}") for name in ("arbiters", "commitments")
        ]
        arbiters = [json.members(entry, ("name", "share"), what) for entry in lists[0]]
        transcript = json.hex_bytes(document["transcript"], 32, "transcript")
        # before any point is looked at: each costs a multiplication, or two
        stated = [document["threshold"], document["key"]]
        if not lists[1] or stated != [len(lists[1]), lists[1][0]]:
            raise MalformedFile(f"{what}: threshold or key are not the commitments'")
        if not len(lists[1]) <= len(arbiters) <= MOST_ARBITERS:
            raise InvalidInput(f"m of n arbiters: 2 ≤ m ≤ n ≤ {MOST_ARBITERS}")
        group = cls(
            tuple(entry["name"] for entry in arbiters),
            tuple(point_from_text(point, "commitments") for point in lists[1]),
            transcript,
        )
        if document != group._members():
            raise MalformedFile(f"{what}: threshold, key or shares are not the commitments'")
        return group

    def _members(self) -> dict[str, Any]:
        pairs = zip(self.names, self.shares, strict=True)
        return {
            "type": _TYPE,
            "threshold": self.threshold,
            "key": to_text(self.key),
            "arbiters": [{"name": name, "share": to_text(share)} for name, share in pairs],
            "commitments": [to_text(point) for point in self.commitments],
            "transcript": self.transcript.hex(),
        }
