"""``eligibility``: a policy holds over a credential that an accepted issuer signed. Unlinkable.

The public inputs, in this order, are policy, context, registry_root, scope, nullifier. The
relation:

1. holder = H(secret) and nullifier = H(secret, scope);
2. the issuer's key A = 8·T signed H(header, holder, attributes). A is in the prime-order subgroup
   and is not the identity, because the circuit shows that T is a point of the curve and doubles it
   three times;
3. the revocation id lies strictly inside a gap (lo, hi) under the revocation root, and
   H(A, revocation root) stands under registry_root;
4. the policy word unpacks into thresholds, and every condition holds;
5. the context takes part in a constraint, so a proof for one context does not serve for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zkcredit.circuits.conditions import (
    assert_coverage,
    assert_currency,
    assert_debt_to_income,
    assert_delinquencies,
    assert_freshness,
    assert_history,
    assert_score,
    unpack_policy,
)
from zkcredit.circuits.hashes import (
    CREDENTIAL_TAG,
    HOLDER_TAG,
    ISSUER_NODE_TAG,
    ISSUER_TAG,
    NULLIFIER_TAG,
    credential_inputs,
    issuer_inputs,
    nullifier,
    nullifier_inputs,
)
from zkcredit.gadgets.eddsa_circuit import verify_gadget
from zkcredit.gadgets.gaps import gap_root
from zkcredit.gadgets.merkle import ARITY, assert_member
from zkcredit.gadgets.poseidon import assert_poseidon, poseidon_gadget
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import Statement
from zkcredit.schema import (
    AMOUNT_BITS,
    ATTRIBUTE_NAMES,
    COUNT_BITS,
    CREDENTIAL_HEADER,
    ID_BITS,
    N_ATTRIBUTES,
    PUBLIC_INPUTS,
    REGISTRY_DEPTH,
    REVOCATION_DEPTH,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.gadgets.eddsa_circuit import SignatureInputs
    from zkcredit.gadgets.gaps import Gap
    from zkcredit.r1cs import Api, Inputs, Signal

__all__ = ["Eligibility", "EligibilityWitness"]

SCORE = ATTRIBUTE_NAMES.index("score")
SUBJECT_REF = ATTRIBUTE_NAMES.index("subject_ref")


class Eligibility(Statement):
    """The statement; the module's text is its specification."""

    name = "eligibility"
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {
        "secret": 1,
        **dict.fromkeys(CREDENTIAL_HEADER, 1),
        "attributes": N_ATTRIBUTES,
        "issuer_key_eighth": 2,
        "signature_nonce": 2,
        "gap_lo": 1,
        "gap_hi": 1,
        "revocation_path": REVOCATION_DEPTH * ARITY,
        "registry_path": REGISTRY_DEPTH * ARITY,
    }
    advice: ClassVar[Mapping[str, int]] = {"signature_scalar": 1}

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of the module's text, in its order."""
        attributes: dict[str, Signal] = dict(zip(ATTRIBUTE_NAMES, x.attributes, strict=True))

        with api.gadget("holder"):
            holder = poseidon_gadget(api, [x.secret], HOLDER_TAG)
        with api.gadget("nullifier"):
            assert_poseidon(api, nullifier_inputs(x.secret, x.scope), x.nullifier, NULLIFIER_TAG)

        with api.gadget("credential"):
            header = [getattr(x, name) for name in CREDENTIAL_HEADER]
            signed = credential_inputs(header, holder, x.attributes)
            message = poseidon_gadget(api, signed, CREDENTIAL_TAG)
        key = verify_gadget(
            api,
            key_eighth=x.issuer_key_eighth,
            nonce_point=x.signature_nonce,
            scalar=x.signature_scalar,
            message=message,
        )

        with api.gadget("revocation"):
            revocation_id = range_check(api, x.revocation_id, ID_BITS)
            path = _levels(x.revocation_path)
            revocation_root = gap_root(api, revocation_id, x.gap_lo, x.gap_hi, path)
        with api.gadget("registry"):
            leaf = poseidon_gadget(api, issuer_inputs(*key, revocation_root), ISSUER_TAG)
            path = _levels(x.registry_path)
            assert_member(api, leaf, path, x.registry_root, ISSUER_NODE_TAG)

        terms = unpack_policy(api, x.policy)
        with api.gadget("attributes"):
            income, expenses, debt_service = (
                range_check(api, attributes[f"monthly_{name}"], AMOUNT_BITS)
                for name in ("income", "expenses", "debt_service")
            )
            delinquencies = range_check(api, attributes["delinquencies_24m"], COUNT_BITS)
        score = self.score(api, x)
        with api.gadget("conditions"):
            assert_score(api, terms, score)
            assert_coverage(api, terms, income, expenses, debt_service)
            assert_debt_to_income(api, terms, income, debt_service)
            assert_delinquencies(api, terms, delinquencies)
            assert_history(api, terms, attributes["history_months"])
            assert_currency(api, terms, attributes["currency"])
            assert_freshness(api, terms, x.issued_at, x.expires_at)

        with api.gadget("context"):
            # A constraint that only an equal copy satisfies; a square would also allow −context.
            api.assert_equal(x.context, api.witness(api.shadow(x.context)))

    def score(self, _: Api, x: Inputs) -> Signal:
        """Return the score that the policy's range is about: here the signed attribute itself."""
        score: Signal = x.attributes[SCORE]
        return score


@dataclass(frozen=True, slots=True, repr=False)
class EligibilityWitness:
    """What the holder knows: everything private of the statement, in the protocol's own types.

    Attributes:
        secret: the holder's secret, a field element.
        revocation_id: from the credential's header.
        issued_at: from the credential's header.
        expires_at: from the credential's header.
        attributes: the twelve attributes in the order of the schema.
        signature: the issuer's key and signature (``eddsa_circuit.signature_inputs``).
        gap: the gap around the revocation id in the issuer's current gap tree.
        registry_path: the path of the issuer's leaf in the registry tree, bottom up.
    """

    secret: int
    revocation_id: int
    issued_at: int
    expires_at: int
    attributes: Sequence[int]
    signature: SignatureInputs
    gap: Gap
    registry_path: Sequence[Sequence[int]]

    def inputs(
        self, *, policy: int, context: int, registry_root: int, scope: int
    ) -> dict[str, int | Sequence[int]]:
        """Return the values for ``Circuit.witness``, with the nullifier computed.

        Raises:
            OutOfRange: if the secret or the scope is not a field element.
        """
        return {
            "policy": policy,
            "context": context,
            "registry_root": registry_root,
            "scope": scope,
            "nullifier": nullifier(self.secret, scope),
            "secret": self.secret,
            "revocation_id": self.revocation_id,
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "attributes": tuple(self.attributes),
            "issuer_key_eighth": self.signature.key_eighth,
            "signature_nonce": self.signature.nonce_point,
            "signature_scalar": self.signature.scalar,
            "gap_lo": self.gap.lo,
            "gap_hi": self.gap.hi,
            "revocation_path": _flat(self.gap.path),
            "registry_path": _flat(self.registry_path),
        }


def _levels(path: Sequence[Signal]) -> list[Sequence[Signal]]:
    return [path[i : i + ARITY] for i in range(0, len(path), ARITY)]


def _flat(path: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(child for level in path for child in level)
