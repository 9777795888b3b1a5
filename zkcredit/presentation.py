"""What a borrower shows: a proof and its public inputs; and how a verifier checks it.

A presentation says nothing but its public inputs: the policy, the use that it is bound to
(context), the registry root, the scope and the borrower's pseudonym within that scope. None of
them is believed: :func:`verify` compares the first four with what the verifier itself expects,
and only then looks at the proof. Verifier, purpose and expiry are not in it at all: the verifier's
own :class:`zkcredit.Consent` hashes to the context, or it does not.

There are two statements with these public inputs: `eligibility`, and `scored_eligibility`, which
also names the model that made the score.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import zkcredit.presented as presented
import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_field
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.groth16.keys import Proof
from zkcredit.policy import Policy
from zkcredit.request import require_consent

if TYPE_CHECKING:
    from zkcredit.groth16.keys import VerifyingKey
    from zkcredit.request import Consent, LoanConsent

__all__ = ["ELIGIBILITY", "PUBLIC_INPUTS", "SCORED_ELIGIBILITY", "Presentation", "verify"]

ELIGIBILITY: Final = "eligibility"
SCORED_ELIGIBILITY: Final = "scored_eligibility"

PUBLIC_INPUTS: Final = ("policy", "context", "registry_root", "scope", "nullifier")
"""The public inputs of both statements, in order."""

_MODEL: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Presentation:
    """A proof of eligibility with its public inputs. Everything in it may be seen by anybody.

    The bytes of the proof identify nothing (anybody can re-randomise it); the nullifier does.

    Attributes:
        policy: the packed policy word.
        context: the use that the proof is bound to.
        registry_root: root of the registry of accepted issuers.
        scope: where the nullifier is a pseudonym.
        nullifier: the borrower's pseudonym within the scope.
        proof: three points.
        model: sha256 (hex) of the scorecard that made the score
            (:meth:`zkcredit.scoring.Scorecard.digest`); None where the issuer signed it.

    Raises:
        InvalidInput: a public input is no int, the proof is no proof, or the model no digest.
        OutOfRange: a public input is not in [0, r).
    """

    policy: int
    context: int
    registry_root: int
    scope: int
    nullifier: int
    proof: Proof
    model: str | None = None

    def __post_init__(self) -> None:
        """Check types and ranges."""
        for name in PUBLIC_INPUTS:
            require_field(name, getattr(self, name))
        if not isinstance(self.proof, Proof):
            raise InvalidInput("the proof must be a Proof")
        if self.model is not None:
            require_model(self.model)

    @property
    def statement(self) -> str:
        """The statement that the proof is of."""
        return ELIGIBILITY if self.model is None else SCORED_ELIGIBILITY

    @property
    def public_inputs(self) -> tuple[int, ...]:
        """The public inputs in the statement's order."""
        return tuple(getattr(self, name) for name in PUBLIC_INPUTS)

    def to_json(self) -> str:
        """The presentation as JSON; ``proof`` and ``publicSignals`` are as snarkjs takes them."""
        more = {} if self.model is None else {"model": self.model}
        return presented.write(self.statement, self.public_inputs, self.proof, **more)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a presentation. It is not verified.

        Raises:
            MalformedFile: not exactly such a document.
            OutOfRange: a public input is not below r.
        """
        document = json.parse(text, "presentation", presented.MAX_BYTES)
        scored = isinstance(document, dict) and document.get("statement") == SCORED_ELIGIBILITY
        statement = SCORED_ELIGIBILITY if scored else ELIGIBILITY
        names = ("model",) if scored else ()
        signals, proof, more = presented.read(document, statement, len(PUBLIC_INPUTS), *names)
        if scored and not _is_model(more["model"]):
            raise MalformedFile("presentation: the model must be 64 lower-case hexadecimal digits")
        policy, context, root, scope, nullifier = signals
        return cls(policy, context, root, scope, nullifier, proof, more.get("model"))


def verify(
    presentation: Presentation,
    *,
    policy: Policy,
    consent: Consent | LoanConsent | None = None,
    context: int | None = None,
    scope: int,
    registry_root: int,
    key: VerifyingKey,
    model: str | None = None,
    now: int | None = None,
) -> None:
    """Check that a presentation proves what this verifier demands. Returns nothing, or raises.

    Every expectation comes from the verifier, none from the presentation. What is left to the
    caller is what was seen before: the consent's nonce must be one that is still open, and
    ``presentation.nullifier`` a pseudonym that may apply.

    Args:
        presentation: what the borrower showed.
        policy: the policy, with the time ``now`` that the verifier accepts.
        consent: the use that the verifier asked for, as it kept it.
        context: in place of a consent: the field element that it would hash to.
        scope: the verifier's scope (:func:`zkcredit.market_scope`).
        registry_root: a root that the verifier holds to be fresh.
        key: the verification key of the statement.
        model: digest of the scorecard that the verifier relies on; None for the statement
            `eligibility`. That the key is that model's: :func:`zkcredit.scoring.model_circuit`.
        now: Unix seconds by which the consent must not have expired; the present where None.

    Warns:
        UnsafeKeyWarning: somebody can forge proofs under the key.

    Raises:
        ExpiredConsent: the time to use it is over.
        InvalidProof: the presentation is about something else (another verifier, purpose, model
            …), or its proof does not hold.
        InvalidInput, OutOfRange: an argument is not acceptable, or the key is another statement's.
    """
    from zkcredit.groth16.verify import verify as verify_proof

    if not isinstance(presentation, Presentation):
        raise InvalidInput("a Presentation is expected; read JSON with Presentation.from_json")
    if not isinstance(policy, Policy):
        raise InvalidInput("the policy must be a Policy")
    if (consent is None) == (context is None):
        raise InvalidInput("give the consent that was asked for, or its context, not both")
    if consent is not None:
        require_consent(consent).require_open(units.now() if now is None else now)
        context = consent.context()
    expected = {
        "policy": policy.pack(),
        "context": require_field("context", context),
        "registry_root": require_field("registry_root", registry_root),
        "scope": require_field("scope", scope),
        "model": None if model is None else require_model(model),
    }
    words = "context" if consent is None else presented.CONSENTED
    presented.require_expected(presentation, expected, words)
    verify_proof(key, presentation.public_inputs, presentation.proof)


def require_model(value: object) -> str:
    """Return the digest of a model. InvalidInput: not 64 lower-case hexadecimal digits."""
    if not _is_model(value):
        raise InvalidInput("a model is named by the 64 hexadecimal digits of its sha256")
    return str(value)


def _is_model(value: object) -> bool:
    return isinstance(value, str) and _MODEL.fullmatch(value) is not None
