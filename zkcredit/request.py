"""What a borrower agrees to before a proof is made: who will see it, what for, until when.

A proof carries one number for its use, the public input ``context``. A consent says in words what
that number stands for, and hashes to it. Two kinds, one mechanism: a verifier without a chain asks
with a :class:`Consent`; at a market the gate computes the context of a :class:`LoanConsent` from
its own storage. Neither side takes the context from the presentation.

The context of a :class:`Consent` is EIP-712's ``hashStruct`` of ::

    ZkcreditConsent(string verifier,string purpose,uint256 expiresAt,uint256 nonce)

shifted right by 8. Its first word is the hash of that line, so it is no context of a loan, whose
first word is the number of a chain.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, Self

import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_instance, require_int, require_text, require_uint
from zkcredit._internal.evm import keccak256, proof_context
from zkcredit.errors import ExpiredConsent, InvalidInput, MalformedFile, OutOfRange
from zkcredit.policy_words import policy_words

if TYPE_CHECKING:
    from zkcredit.policy import Policy

__all__ = ["CONSENT_TYPE", "Consent", "LoanConsent", "require_consent"]

CONSENT_TYPE: Final = (
    "ZkcreditConsent(string verifier,string purpose,uint256 expiresAt,uint256 nonce)"
)
"""The struct whose EIP-712 hash is the context of a consent without a chain."""

NONCE_BITS: Final = 128
_TYPE: Final = "zkcredit/consent/1"
_MAX_BYTES: Final = 1 << 13
_LONGEST: Final = 256


class _Stated(Protocol):
    @property
    def verifier(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def expires_at(self) -> int: ...


class _Use:
    """What both kinds share: words, and an end."""

    __slots__ = ()

    def require_open(self: _Stated, now: int) -> None:
        """Raise ExpiredConsent where ``now`` (Unix seconds) is after the last second of use."""
        if require_int("now", now) > self.expires_at:
            raise ExpiredConsent(
                f"the consent was good until {_moment(self.expires_at)}; ask for a new one"
            )

    def in_words(self: _Stated, policy: Policy | None = None, *, statement: str = "") -> str:
        """What a borrower reads before agreeing; one fact a line.

        Args:
            policy: what is to be proved; left out where None.
            statement: how the score comes about, where that is to be told.

        Raises:
            InvalidInput: the policy is none, or the statement no printable text.
        """
        lines = [
            f"Shown to: {self.verifier}",
            f"For: {self.purpose}",
            f"Until: {_moment(self.expires_at)}",
        ]
        if policy is not None:
            proved = policy_words(policy) or ["nothing but that you hold a valid credential"]
            lines += ["They learn that:", *(f"- {fact}" for fact in proved)]
        if require_text("statement", statement):
            lines.append(statement)
        lines.append(
            "They also get a pseudonym of yours, the same each time you show them a proof."
        )
        lines.append("They learn no amount, no score, no name, and not which credential it was.")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Consent(_Use):
    """A use of one proof, without a chain. Not secret between borrower and verifier.

    The verifier makes it (:meth:`ask`), keeps it, and sends it; the borrower's wallet proves for
    it. The policy, the scope and the registry are public inputs of their own.

    Attributes:
        verifier: who will see the proof, in words that the borrower knows them by.
        purpose: what they may use it for.
        expires_at: last second of use, Unix.
        nonce: makes it unlike every other; the verifier accepts it once. Below 2^128.

    Raises:
        InvalidInput: a text is empty, too long, has control characters or spaces at its ends, or
            is not in Unicode's normal form C, so that two spellings of it would differ.
        OutOfRange: a number is out of its range.
    """

    verifier: str
    purpose: str
    expires_at: int
    nonce: int

    def __post_init__(self) -> None:
        """Check every field: what is hashed is what is read."""
        for name in ("verifier", "purpose"):
            _require_words(name, getattr(self, name))
        if not 0 < require_int("expires_at", self.expires_at) <= units.MAX_TIME:
            raise OutOfRange(f"expires_at must be above 0 and at most {units.MAX_TIME}")
        require_uint("nonce", self.nonce, NONCE_BITS)

    @classmethod
    def ask(cls, verifier: str, purpose: str, *, valid_for: int, now: int | None = None) -> Self:
        """What a verifier asks for, with a nonce from the operating system.

        Args:
            verifier, purpose: as the class.
            valid_for: seconds.
            now: Unix seconds; the present where None.

        Raises:
            InvalidInput, OutOfRange: as the class, or ``valid_for`` is below 1.
        """
        require_uint("valid_for", valid_for, 40, minimum=1)
        start = units.now() if now is None else require_int("now", now)
        return cls(verifier, purpose, start + valid_for, secrets.randbits(NONCE_BITS))

    def context(self) -> int:
        """The public input that binds a proof to this use, below 2^248."""
        words = (
            keccak256(CONSENT_TYPE.encode()),
            keccak256(self.verifier.encode()),
            keccak256(self.purpose.encode()),
            self.expires_at.to_bytes(32, "big"),
            self.nonce.to_bytes(32, "big"),
        )
        return int.from_bytes(keccak256(b"".join(words)), "big") >> 8

    def to_json(self) -> str:
        """The consent as JSON, always the same text for the same consent."""
        return json.canonical(
            {
                "type": _TYPE,
                "verifier": self.verifier,
                "purpose": self.purpose,
                "expiresAt": units.format_time(self.expires_at),
                "nonce": f"{self.nonce:032x}",
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a consent.

        Raises:
            MalformedFile: not exactly such a document.
            InvalidInput, OutOfRange: as the class.
        """
        what = "consent"
        document = json.members(
            json.parse(text, what, _MAX_BYTES),
            ("type", "verifier", "purpose", "expiresAt", "nonce"),
            what,
        )
        if document["type"] != _TYPE:
            raise MalformedFile(f"{what}: the type must be {_TYPE}")
        nonce = json.hex_bytes(document["nonce"], NONCE_BITS // 8, "nonce")
        return cls(
            document["verifier"],
            document["purpose"],
            units.parse_time(document["expiresAt"]),
            int.from_bytes(nonce, "big"),
        )


@dataclass(frozen=True, slots=True)
class LoanConsent(_Use):
    """The use of a proof in one application at a market, as the gate computes its context.

    Attributes:
        chain_id, gate, borrower, product_id, principal, terms_hash, nonce, deadline: as
            :func:`zkcredit.proof_context`; the deadline is the last second of use.

    Raises:
        InvalidInput, OutOfRange: as :func:`zkcredit.proof_context`.
    """

    chain_id: int
    gate: str
    borrower: str
    product_id: int
    principal: int
    terms_hash: bytes
    nonce: int
    deadline: int

    def __post_init__(self) -> None:
        """Check every field by hashing them."""
        self.context()

    @property
    def verifier(self) -> str:
        """The gate, by its address."""
        return f"the loan market's gate {self.gate} on chain {self.chain_id}"

    @property
    def purpose(self) -> str:
        """The loan that is applied for."""
        return (
            f"a loan of {self.principal} minor units from product {self.product_id}, "
            f"paid to {self.borrower}"
        )

    @property
    def expires_at(self) -> int:
        """The deadline."""
        return self.deadline

    def context(self) -> int:
        """The public input that binds a proof to this application, below 2^248."""
        return proof_context(
            chain_id=self.chain_id,
            gate=self.gate,
            borrower=self.borrower,
            product_id=self.product_id,
            principal=self.principal,
            terms_hash=self.terms_hash,
            nonce=self.nonce,
            deadline=self.deadline,
        )


def require_consent(value: object) -> Consent | LoanConsent:
    """Return the value when it is a consent of either kind. InvalidInput: it is none."""
    if isinstance(value, LoanConsent):
        return value
    return require_instance("the consent", value, Consent)


def _require_words(name: str, value: object) -> None:
    text = require_text(name, value, _LONGEST)
    if not text or text != text.strip() or text != unicodedata.normalize("NFC", text):
        raise InvalidInput(
            f"{name} must not be empty, have spaces at its ends, or be other than Unicode's NFC"
        )


def _moment(seconds: int) -> str:
    # a contract takes any number of 256 bits as a deadline
    return units.format_time(seconds) if seconds <= units.MAX_TIME else "the end of time"
