"""What all requests have in common: their parts, their text for borrowers, and what they expect.

The parts determine the statement. A request that names arbiters asks for ``escrow_eligibility``, a
request that names a ledger account for ``ledger_eligibility``, a request that names a scorecard for
``scored_eligibility``, and any other request for ``eligibility``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

import zkcredit.units as units
from zkcredit._internal.checks import require_field, require_instance, require_int, require_text
from zkcredit.errors import ExpiredRequest, InvalidInput
from zkcredit.gadgets.babyjub import Point, require_prime_order
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.language import tr
from zkcredit.policy import Policy, policy_words
from zkcredit.schema import PUBLIC_INPUTS

if TYPE_CHECKING:
    from zkcredit.escrow.group import ArbiterGroup
    from zkcredit.loan.disclosure import Disclosure

__all__ = [
    "ELIGIBILITY",
    "ESCROW_ELIGIBILITY",
    "LEDGER_ELIGIBILITY",
    "SCORED_ELIGIBILITY",
    "Arbiters",
    "Parts",
    "Request",
    "require_scorecard_digest",
]

ELIGIBILITY: Final = "eligibility"
SCORED_ELIGIBILITY: Final = "scored_eligibility"
ESCROW_ELIGIBILITY: Final = "escrow_eligibility"
LEDGER_ELIGIBILITY: Final = "ledger_eligibility"

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Arbiters:
    """The arbiters to whom the borrower's reference is escrowed, as the verifier names them.

    Only the key has an effect; the names and the threshold are the verifier's claim about it. A
    borrower who has the group's description can compare the key (``ArbiterGroup.key``).

    Attributes:
        key: the arbiters' key, a point of prime order.
        threshold: how many of them can open together; 0 if the verifier does not say.
        names: the arbiters' names, in their order; empty if the verifier does not say.

    Raises:
        InvalidInput: if the key is not a point of prime order, a name is empty or not printable, or
            the threshold does not fit the names.
    """

    key: Point
    threshold: int = 0
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_prime_order(require_instance("the arbiters' key", self.key, Point), "arbiters' key")
        for name in require_instance("the arbiters' names", self.names, tuple):
            if not require_text("an arbiter's name", name, 64).strip():
                raise InvalidInput("an arbiter needs a name")
        if not 0 <= require_int("threshold", self.threshold) <= len(self.names):
            raise InvalidInput("the threshold must be 0 to the number of the arbiters' names")

    @classmethod
    def of(cls, group: ArbiterGroup) -> Arbiters:
        """Return the arbiters of a group, by its own description.

        Raises:
            InvalidInput: if the group is not an ``ArbiterGroup``.
        """
        # a caller with a group has loaded this package already; other requests need not load it
        from zkcredit.escrow.group import ArbiterGroup

        require_instance("the group", group, ArbiterGroup)
        return cls(group.key, group.threshold, group.names)

    def in_words(self) -> list[str]:
        """Return what a borrower must know before agreeing, one fact a line."""
        if not self.names:
            return [
                tr(
                    "If you default, arbiters whose names are not given here can learn who you are."
                ),
                tr("Ask for the description of their group before you agree."),
            ]
        return [
            tr(
                "If you default, {threshold} of these arbiters together can learn who you are:",
                threshold=self.threshold,
            ),
            *(f"- {name}" for name in self.names),
        ]


class Parts(TypedDict, total=False):
    """The parts of a request that depend on its statement; see ``Request``."""

    registry_root: int
    arbiters: Arbiters | None
    account: Point | None
    total: Ciphertext | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a verifier asks of a borrower; made as a ``ProofRequest`` or a ``LoanRequest``.

    Attributes:
        policy: the conditions, with the time at which the verifier judges them.
        scope: the field element within which a borrower has one pseudonym.
        registry_root: root of the registry that the verifier accepts.
        arbiters: the arbiters to whom the borrower's reference is escrowed, or None.
        account: the ledger account that the proof is about, or None.
        total: the account's ciphertext in effect, or None.
        scorecard: sha256 of the scorecard that makes the score, or None.
    """

    policy: Policy
    scope: int = 0
    registry_root: int = 0
    arbiters: Arbiters | None = None
    account: Point | None = None
    total: Ciphertext | None = None
    scorecard: str | None = None

    if TYPE_CHECKING:  # fields of one kind of request, properties of the other

        @property
        def verifier(self) -> str:
            """Who asks, in words."""

        @property
        def purpose(self) -> str:
            """What the verifier may use the proof for, in words."""

        @property
        def expires_at(self) -> int:
            """Last second of use, Unix."""

        @property
        def context(self) -> int:
            """The public input that binds a proof to this request, below 2^248."""

    @property
    def statement(self) -> str:
        """The statement that answers this request."""
        if self.arbiters is not None:
            return ESCROW_ELIGIBILITY
        if self.account is not None:
            return LEDGER_ELIGIBILITY
        return ELIGIBILITY if self.scorecard is None else SCORED_ELIGIBILITY

    def expected(self) -> dict[str, int]:
        """Return the public inputs that an answer must have, by name, without the nullifier.

        Raises:
            InvalidInput: if the account's total is not set yet.
        """
        inputs = {"policy": self.policy.pack(), "context": self.context}
        if self.account is not None:
            if self.total is None:
                raise InvalidInput("the request does not say which total of the account counts")
            points = (*self.account, *self.total.c1, *self.total.c2)
            names = PUBLIC_INPUTS[LEDGER_ELIGIBILITY][len(inputs) :]
            return inputs | dict(zip(names, points, strict=True))
        inputs |= {"registry_root": self.registry_root, "scope": self.scope}
        if self.arbiters is not None:
            inputs |= {"arbiters_x": self.arbiters.key.x, "arbiters_y": self.arbiters.key.y}
        return inputs

    def costs(self) -> Disclosure | None:
        """Return what the loan costs that the request is for; None if it is not for a loan."""
        return None

    def require_arbiters(self, group: ArbiterGroup) -> None:
        """Require that the request escrows to a group that the borrower knows.

        Raises:
            InvalidInput: if the key, the names or the threshold differ, or the request does not
                name arbiters.
        """
        if self.arbiters != Arbiters.of(group):
            raise InvalidInput("the request names other arbiters than the group that you know")

    def require_open(self, now: int) -> None:
        """Require that the request has not expired.

        Raises:
            ExpiredRequest: if ``now`` (Unix seconds) is after the last second of use.
        """
        if require_int("now", now) > self.expires_at:
            raise ExpiredRequest(
                f"the request was valid until {moment(self.expires_at)}; ask for a new one"
            )

    def in_words(self) -> str:
        """Return what a borrower reads before agreeing, one fact a line."""
        lines = [
            tr("Shown to: {verifier}", verifier=self.verifier),
            *self._origin_in_words(),
            tr("For: {purpose}", purpose=self.purpose),
            *self._terms_in_words(),
            tr("Until: {time}", time=moment(self.expires_at)),
            tr("They learn that:"),
            *(f"- {fact}" for fact in self._proved_in_words()),
        ]
        if self.scorecard is not None:
            words = "Your score is computed from signed data by scorecard {digest}."
            lines.append(tr(words, digest=self.scorecard))
        if self.account is not None:
            lines += [
                tr(
                    "They also get your ledger account, the same for everybody: what you prove "
                    "about it here can be linked to all that you prove about it elsewhere."
                ),
                tr("They learn no amount and no score."),
            ]
        else:
            lines += [
                tr("They also get a pseudonym of yours, the same each time you show them a proof."),
                self._hidden_in_words(),
            ]
        if self.arbiters is not None:
            lines += self.arbiters.in_words()
        return "\n".join(lines)

    @property
    def _currency(self) -> int:
        """ISO 4217 number in which amounts are stated if the policy asks for none; 0 if unknown."""
        return 0

    def _proved_in_words(self) -> list[str]:
        nothing_else = tr("you hold a valid credential, and nothing else")
        return policy_words(self.policy, self._currency) or [nothing_else]

    def _hidden_in_words(self) -> str:
        return tr("They learn no amount, no score, no name, and not which credential it was.")

    def _origin_in_words(self) -> list[str]:
        return []

    def _terms_in_words(self) -> list[str]:
        return []

    def _require_parts(self) -> None:
        """Check types and ranges, and that the parts belong to one statement."""
        require_instance("the policy", self.policy, Policy)
        if self.policy.now == 0:
            raise InvalidInput("the policy has no time; use policy.at(now)")
        require_field("scope", self.scope)
        require_field("registry_root", self.registry_root)
        if self.arbiters is not None:
            require_instance("the arbiters", self.arbiters, Arbiters)
        if self.scorecard is not None:
            require_scorecard_digest(self.scorecard)
        if sum(part is not None for part in (self.arbiters, self.account, self.scorecard)) > 1:
            raise InvalidInput("arbiters, account and scorecard belong to different statements")
        if self.total is not None and self.account is None:
            raise InvalidInput("a request with a total must name its account")
        if self.account is not None:
            require_prime_order(require_instance("the account", self.account, Point), "account")
            if self.scope or self.registry_root:
                raise InvalidInput("a request about a ledger account has no scope and no registry")
        if self.total is not None:
            require_instance("the total", self.total, Ciphertext)


def moment(seconds: int) -> str:
    """Return a time in words; a contract's deadline can be any number below 2^256."""
    return units.format_time(seconds) if seconds <= units.MAX_TIME else tr("the end of time")


def require_scorecard_digest(digest: str) -> None:
    """Check that a scorecard is named by its digest.

    Raises:
        InvalidInput: if the digest is not 64 hexadecimal digits.
    """
    if not _DIGEST.fullmatch(require_text("scorecard", digest)):
        raise InvalidInput("a scorecard is named by the 64 hexadecimal digits of its sha256")
