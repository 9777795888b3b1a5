"""The public description of the arbiters' group: key, public shares, threshold, names, accounts.

Everything follows from the summed commitments C_0 … C_{m−1} of the key generation: the key is C_0,
the threshold is m, and arbiter i's public share is Σ i^k·C_k. So a description cannot contain
shares that do not belong to the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal import json
from zkcredit._internal.checks import require_text
from zkcredit._internal.evm import address_word, keccak256, words
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.escrow.curve import flat, point_from_text, tag
from zkcredit.escrow.polynomial import evaluate_commitments
from zkcredit.escrow.roster import MOST_ARBITERS
from zkcredit.escrow.signed import account_from_text, require_account
from zkcredit.gadgets.babyjub import IDENTITY, require_prime_order, to_text

if TYPE_CHECKING:
    from zkcredit.gadgets.babyjub import Point

__all__ = ["ArbiterGroup"]

_TYPE: Final = "zkcredit/arbiter-group/2"
_MOST_BYTES: Final = 1 << 16
_GROUP: Final = tag("group", 2)
_HEAD_WORDS: Final = 4  # of the digest: tag, record, offsets of the two arrays


@dataclass(frozen=True, slots=True)
class ArbiterGroup:
    """A group of n arbiters, of whom m can open together. Public.

    Attributes:
        names: the arbiters' names; the first arbiter has the number 1.
        commitments: C_0 … C_{m−1}, points of prime order.
        transcript: 32 bytes that identify the key generation.
        accounts: EIP-55 addresses of the accounts that sign the arbiters' openings.
        shares: the public shares P_1 … P_n.

    Raises:
        InvalidInput: if a point is not of prime order, or numbers, names, accounts or transcript
            are not acceptable.
    """

    names: tuple[str, ...]
    commitments: tuple[Point, ...]
    transcript: bytes
    accounts: tuple[str, ...]
    shares: tuple[Point, ...] = field(init=False, repr=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not 2 <= len(self.commitments) <= len(self.names) <= MOST_ARBITERS:
            raise InvalidInput(f"m of n arbiters: 2 ≤ m ≤ n ≤ {MOST_ARBITERS}")
        for name in self.names:
            if not require_text("an arbiter's name", name, 64).strip():
                raise InvalidInput("an arbiter needs a name")
        if len(set(self.names)) != len(self.names):
            raise InvalidInput("two arbiters have the same name")
        for account in self.accounts:
            require_account("an arbiter's account", account)
        if not len(set(self.accounts)) == len(self.accounts) == len(self.names):
            raise InvalidInput("each arbiter needs an account of its own")
        if not isinstance(self.transcript, bytes) or len(self.transcript) != 32:
            raise InvalidInput("the transcript must be 32 bytes")
        for point in self.commitments:
            require_prime_order(point, "a commitment of the group")
        shares = tuple(evaluate_commitments(self.commitments, i) for i in range(1, self.size + 1))
        if IDENTITY in shares:  # a sum of points of prime order has prime order or is the identity
            raise InvalidInput("a public share is not a point of prime order")
        object.__setattr__(self, "shares", shares)

    @property
    def key(self) -> Point:
        """P, the key to which references are encrypted."""
        return self.commitments[0]

    @property
    def threshold(self) -> int:
        """m, the number of arbiters that can open together."""
        return len(self.commitments)

    @property
    def size(self) -> int:
        """n, the number of arbiters."""
        return len(self.names)

    @property
    def record(self) -> bytes:
        """Keccak-256 of transcript and names, which a contract stores."""
        return keccak256(self.transcript + json.canonical(list(self.names)).encode())

    @property
    def digest(self) -> int:
        """The number that identifies this group in every challenge and signature, below 2^256.

        Keccak-256 of ``abi.encode(bytes32 tag, bytes32 record, Point[] commitments, address[]
        accounts)``, so that the contract computes it too.
        """
        points = words(self.threshold, *flat(self.commitments))
        first = 32 * _HEAD_WORDS
        head = words(_GROUP, int.from_bytes(self.record, "big"), first, first + len(points))
        addresses = (address_word("an arbiter's account", account) for account in self.accounts)
        tail = words(self.size) + b"".join(addresses)
        return int.from_bytes(keccak256(head + points + tail), "big")

    def share_of(self, index: int) -> Point:
        """Return the public share P_i of arbiter i, 1 to n.

        Raises:
            InvalidInput: if there is no arbiter with this number.
        """
        self.name_of(index)
        return self.shares[index - 1]

    def name_of(self, index: int) -> str:
        """Return the name of an arbiter, 1 to n.

        Raises:
            InvalidInput: if there is no arbiter with this number.
        """
        if type(index) is not int or not 1 <= index <= self.size:
            raise InvalidInput(f"there is no arbiter {index}; they are numbered 1 to {self.size}")
        return self.names[index - 1]

    def account_of(self, index: int) -> str:
        """Return the address of the account that signs an arbiter's openings.

        Raises:
            InvalidInput: if there is no arbiter with this number.
        """
        self.name_of(index)
        return self.accounts[index - 1]

    def to_json(self) -> str:
        """Return the group as JSON; for other readers it includes what the commitments give."""
        return json.canonical(self._members())

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a group.

        Raises:
            MalformedFile: if the text is not exactly such a document, or its members contradict
                each other.
            InvalidInput: if numbers, names or accounts are not acceptable.
        """
        what = "arbiter group"
        names = ("threshold", "key", "arbiters", "commitments", "transcript")
        document = json.open_document(text, what, _TYPE, names, _MOST_BYTES)
        lists = [
            json.items(document[name], f"{what}: {name}") for name in ("arbiters", "commitments")
        ]
        arbiters = [json.members(entry, ("name", "account", "share"), what) for entry in lists[0]]
        transcript = json.hex_bytes(document["transcript"], 32, "transcript")
        # before reading any point, because each costs a multiplication or two
        stated = [document["threshold"], document["key"]]
        if not lists[1] or stated != [len(lists[1]), lists[1][0]]:
            raise MalformedFile(f"{what}: the threshold or the key contradicts the commitments")
        if not len(lists[1]) <= len(arbiters) <= MOST_ARBITERS:
            raise InvalidInput(f"m of n arbiters: 2 ≤ m ≤ n ≤ {MOST_ARBITERS}")
        group = cls(
            tuple(entry["name"] for entry in arbiters),
            tuple(point_from_text(point, "commitments") for point in lists[1]),
            transcript,
            tuple(account_from_text(entry["account"], "account") for entry in arbiters),
        )
        if document != group._members():
            raise MalformedFile(
                f"{what}: the threshold, the key or a share contradicts the commitments"
            )
        return group

    def _members(self) -> dict[str, Any]:
        rows = zip(self.names, self.accounts, self.shares, strict=True)
        return {
            "type": _TYPE,
            "threshold": self.threshold,
            "key": to_text(self.key),
            "arbiters": [
                {"name": name, "account": account, "share": to_text(share)}
                for name, account, share in rows
            ],
            "commitments": [to_text(point) for point in self.commitments],
            "transcript": self.transcript.hex(),
        }
