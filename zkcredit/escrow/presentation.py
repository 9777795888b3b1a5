"""A proof of eligibility with the borrower's reference sealed in it, and how it is checked.

A presentation names the key that it was sealed to. That is not believed: whoever verifies takes
the key from its own configuration (a market's gate does), because a prover could name a key that
nobody, or only a friend, can open with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import zkcredit.presented as presented
import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_field, require_instance
from zkcredit.gadgets.babyjub import Point, require_prime_order
from zkcredit.gadgets.hashed_elgamal import EscrowedValue
from zkcredit.groth16.keys import Proof, VerifyingKey
from zkcredit.policy import Policy
from zkcredit.request import require_consent

if TYPE_CHECKING:
    from zkcredit.request import Consent, LoanConsent

__all__ = ["ESCROW_ELIGIBILITY", "SealedPresentation", "verify_sealed"]

ESCROW_ELIGIBILITY: Final = "escrow_eligibility"

_SIGNALS: Final = 10


@dataclass(frozen=True, slots=True)
class SealedPresentation:
    """A proof of `escrow_eligibility` with its public inputs. Anybody may see everything in it.

    Attributes:
        policy: the packed policy word.
        context: the use that proof and seal are bound to.
        registry_root: root of the registry of accepted issuers.
        scope: where the nullifier is a pseudonym.
        nullifier: the borrower's pseudonym within the scope.
        arbiters: the key that the reference is sealed to.
        sealed: the sealed reference.
        proof: three points.

    Raises:
        InvalidInput: a part is of the wrong type.
        OutOfRange: a public input is not in [0, r).
    """

    policy: int
    context: int
    registry_root: int
    scope: int
    nullifier: int
    arbiters: Point
    sealed: EscrowedValue
    proof: Proof

    def __post_init__(self) -> None:
        """Check types and ranges."""
        require_instance("the arbiters' key", self.arbiters, Point)
        require_instance("the seal", self.sealed, EscrowedValue)
        require_instance("the seal's point", self.sealed.point, Point)
        for value in self.public_inputs:
            require_field("a public input", value)
        require_instance("the proof", self.proof, Proof)

    @property
    def public_inputs(self) -> tuple[int, ...]:
        """The public inputs in the statement's order."""
        first = (self.policy, self.context, self.registry_root, self.scope, self.nullifier)
        return (*first, *self.arbiters, *self.sealed.point, self.sealed.masked)

    @classmethod
    def from_inputs(cls, inputs: tuple[int, ...], proof: Proof) -> Self:
        """From the public inputs in the statement's order. Raises as the class."""
        policy, context, root, scope, nullifier, px, py, rx, ry, masked = inputs
        sealed = EscrowedValue(Point(rx, ry), masked)
        return cls(policy, context, root, scope, nullifier, Point(px, py), sealed, proof)

    def to_json(self) -> str:
        """The presentation as JSON; ``proof`` and ``publicSignals`` are as snarkjs takes them."""
        return presented.write(ESCROW_ELIGIBILITY, self.public_inputs, self.proof)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a presentation. It is not verified.

        Raises:
            MalformedFile: not exactly such a document.
            OutOfRange: a public input is not below r.
        """
        document = json.parse(text, "presentation", presented.MAX_BYTES)
        signals, proof, _ = presented.read(document, ESCROW_ELIGIBILITY, _SIGNALS)
        return cls.from_inputs(tuple(signals), proof)


def verify_sealed(
    presentation: SealedPresentation,
    *,
    policy: Policy,
    consent: Consent | LoanConsent,
    scope: int,
    registry_root: int,
    arbiters: Point,
    key: VerifyingKey,
    now: int | None = None,
) -> None:
    """Check that a presentation proves what this verifier demands. Returns nothing, or raises.

    Args:
        presentation: what the borrower showed.
        policy: the policy, with the time ``now`` that the verifier accepts.
        consent: the use that the verifier asked for, as it kept it.
        scope: the verifier's scope.
        registry_root: a root that the verifier holds to be fresh.
        arbiters: the arbiters' key, from the verifier's own configuration.
        key: the verification key of the statement.
        now: Unix seconds; the present where None.

    Warns:
        UnsafeKeyWarning: somebody can forge proofs under the key.

    Raises:
        ExpiredConsent: the time to use it is over.
        InvalidProof: the presentation is about something else, or its proof does not hold.
        InvalidInput, OutOfRange: an argument is not acceptable, or the key is another statement's.
    """
    from zkcredit.groth16.verify import verify as verify_proof

    require_instance("the presentation", presentation, SealedPresentation)
    require_instance("the policy", policy, Policy)
    require_consent(consent).require_open(units.now() if now is None else now)
    expected = {
        "policy": policy.pack(),
        "context": consent.context(),
        "registry_root": require_field("registry_root", registry_root),
        "scope": require_field("scope", scope),
        "arbiters": require_prime_order(arbiters, "the arbiters' key"),
    }
    presented.require_expected(presentation, expected)
    verify_proof(key, presentation.public_inputs, presentation.proof)
