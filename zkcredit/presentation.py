"""What a borrower shows: a proof and its public inputs; and how a verifier checks it.

A presentation says nothing but its public inputs: the policy, the use that it is bound to
(context), the registry root, the scope and the borrower's pseudonym within that scope. None of
them is believed: :func:`verify` compares the first four with what the verifier itself expects,
and only then looks at the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from zkcredit import documents
from zkcredit._checks import require_field
from zkcredit.errors import InvalidInput, InvalidProof, MalformedFile
from zkcredit.groth16.keys import Proof
from zkcredit.policy import Policy

if TYPE_CHECKING:
    from zkcredit.groth16.keys import VerifyingKey

__all__ = ["ELIGIBILITY", "PUBLIC_INPUTS", "Presentation", "verify"]

ELIGIBILITY: Final = "eligibility"

PUBLIC_INPUTS: Final = ("policy", "context", "registry_root", "scope", "nullifier")
"""The public inputs of ``eligibility``, in order."""

_TYPE: Final = "zkcredit/presentation/1"
_MAX_BYTES: Final = 1 << 14


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

    Raises:
        InvalidInput: a public input is no int, or the proof is no proof.
        OutOfRange: a public input is not in [0, r).
    """

    policy: int
    context: int
    registry_root: int
    scope: int
    nullifier: int
    proof: Proof

    def __post_init__(self) -> None:
        """Check types and ranges."""
        for name in PUBLIC_INPUTS:
            require_field(name, getattr(self, name))
        if not isinstance(self.proof, Proof):
            raise InvalidInput("the proof must be a Proof")

    @property
    def public_inputs(self) -> tuple[int, ...]:
        """The public inputs in the statement's order."""
        return tuple(getattr(self, name) for name in PUBLIC_INPUTS)

    def to_json(self) -> str:
        """The presentation as JSON; ``proof`` and ``publicSignals`` are as snarkjs takes them."""
        return documents.canonical(
            {
                "type": _TYPE,
                "statement": ELIGIBILITY,
                "publicSignals": [str(value) for value in self.public_inputs],
                "proof": documents.parse(self.proof.to_json(), "proof", _MAX_BYTES),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a presentation. It is not verified.

        Raises:
            MalformedFile: not exactly such a document.
            OutOfRange: a public input is not below r.
        """
        what = "presentation"
        document = documents.members(
            documents.parse(text, what, _MAX_BYTES),
            ("type", "statement", "publicSignals", "proof"),
            what,
        )
        if document["type"] != _TYPE or document["statement"] != ELIGIBILITY:
            raise MalformedFile(f"{what}: must be a {_TYPE} of the statement {ELIGIBILITY}")
        signals = document["publicSignals"]
        if not isinstance(signals, list) or len(signals) != len(PUBLIC_INPUTS):
            raise MalformedFile(f"{what}: {len(PUBLIC_INPUTS)} public signals are expected")
        values = zip(PUBLIC_INPUTS, map(_decimal, signals), strict=True)
        proof = Proof.from_json(documents.canonical(document["proof"]))
        return cls(**dict(values), proof=proof)


def verify(
    presentation: Presentation,
    *,
    policy: Policy,
    context: int,
    scope: int,
    registry_root: int,
    key: VerifyingKey,
) -> None:
    """Check that a presentation proves what this verifier demands. Returns nothing, or raises.

    Every expectation comes from the verifier, none from the presentation. What is left to the
    caller is the pseudonym: ``presentation.nullifier`` must be one that may apply.

    Args:
        presentation: what the borrower showed.
        policy: the policy, with the time ``now`` that the verifier accepts.
        context: the use that the verifier expects (:func:`zkcredit.proof_context`).
        scope: the verifier's scope (:func:`zkcredit.market_scope`).
        registry_root: a root that the verifier holds to be fresh.
        key: the verification key of the statement.

    Warns:
        UnsafeKeyWarning: somebody can forge proofs under the key.

    Raises:
        InvalidProof: the presentation is about something else, or its proof does not hold.
        InvalidInput, OutOfRange: an argument is not acceptable, or the key is another statement's.
    """
    from zkcredit.groth16.verify import verify as verify_proof

    if not isinstance(presentation, Presentation):
        raise InvalidInput("a Presentation is expected; read JSON with Presentation.from_json")
    if not isinstance(policy, Policy):
        raise InvalidInput("the policy must be a Policy")
    expected = {
        "policy": policy.pack(),
        "context": require_field("context", context),
        "registry_root": require_field("registry_root", registry_root),
        "scope": require_field("scope", scope),
    }
    for name, value in expected.items():
        if getattr(presentation, name) != value:
            raise InvalidProof(f"the presentation is for another {name} than expected")
    verify_proof(key, presentation.public_inputs, presentation.proof)


def _decimal(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 80:
        number = int(value)
        if str(number) == value:
            return number
    raise MalformedFile("presentation: a public signal must be decimal digits as text")
