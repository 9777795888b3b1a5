"""``escrow_eligibility``: ``eligibility``, and an identity reference that is escrowed to arbiters.

The public inputs, in this order, are policy, context, registry_root, scope, nullifier (those of
``eligibility``), then arbiters_x, arbiters_y, sealed_x, sealed_y, sealed_value: the arbiters' key P
and the escrowed reference, which is a point R and a masked value. The relation is that of
``eligibility``, and:

6. P = 8·T for a point T of the curve, and P is not the identity: P has prime order;
7. R = k·B8 for a secret k that the prover knows, odd and between 2^249 and 3·2^249;
8. sealed_value = subject_ref + H(k·P, context), where subject_ref is the signed attribute and is
   below 2^64.

Whoever holds x with P = x·B8 opens the reference: k·P = x·R. The arbiters hold shares of x, so a
number of them open it together, and fewer learn nothing. The context is the label: a reference
escrowed for one application does not open for another. The verifier takes P from its own
configuration. Only the prover would know the x of a P that the prover chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zkcredit.circuits.eligibility import SUBJECT_REF, Eligibility
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.hashed_elgamal import assert_escrowed, encrypt
from zkcredit.gadgets.montgomery import EdwardsSignals
from zkcredit.r1cs import Statement
from zkcredit.schema import PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.r1cs import Api, Inputs

__all__ = ["EscrowEligibility", "EscrowWitness", "escrow_fields"]


class EscrowEligibility(Statement):
    """The statement; the module's text is its specification."""

    name = "escrow_eligibility"
    public: ClassVar[Mapping[str, int]] = dict.fromkeys(PUBLIC_INPUTS[name], 1)
    private: ClassVar[Mapping[str, int]] = {**Eligibility.private, "arbiters_eighth": 2}
    advice: ClassVar[Mapping[str, int]] = {**Eligibility.advice, "seal_scalar": 1}

    def define(self, api: Api, x: Inputs) -> None:
        """Constrain the relation of the module's text, in its order."""
        Eligibility().define(api, x)
        assert_escrowed(
            api,
            public=EdwardsSignals(x.arbiters_x, x.arbiters_y),
            public_eighth=x.arbiters_eighth,
            point=EdwardsSignals(x.sealed_x, x.sealed_y),
            masked=x.sealed_value,
            label=x.context,
            value=x.attributes[SUBJECT_REF],
            scalar=x.seal_scalar,
        )


@dataclass(frozen=True, slots=True, repr=False)
class EscrowWitness:
    """What the holder knows.

    Attributes:
        eligibility: the witness of the part that is ``eligibility``.
        seal_scalar: k, from ``hashed_elgamal.fresh_escrow_scalar``: new for every proof.
    """

    eligibility: EligibilityWitness
    seal_scalar: int

    def inputs(
        self, *, policy: int, context: int, registry_root: int, scope: int, arbiters: Point
    ) -> dict[str, int | Sequence[int]]:
        """Return the values for ``Circuit.witness``, with the nullifier and the escrowed reference.

        Raises:
            InvalidInput: if the arbiters' key is not a point of prime order.
            OutOfRange: if a value is not a field element, subject_ref is not below 2^64, or k does
                not have its form.
        """
        return {
            **self.eligibility.inputs(
                policy=policy, context=context, registry_root=registry_root, scope=scope
            ),
            **escrow_fields(
                self.eligibility.attributes[SUBJECT_REF], context, arbiters, self.seal_scalar
            ),
        }


def escrow_fields(
    subject_ref: int, context: int, arbiters: Point, scalar: int
) -> dict[str, int | Sequence[int]]:
    """Return the fields that the statement has beside those of ``eligibility``.

    Raises:
        InvalidInput: if the arbiters' key is not a point of prime order.
        OutOfRange: if subject_ref is not below 2^64, the context is not a field element, or the
            scalar does not have its form.
    """
    sealed = encrypt(arbiters, subject_ref, context, scalar)
    return {
        "arbiters_x": arbiters.x,
        "arbiters_y": arbiters.y,
        "sealed_x": sealed.point.x,
        "sealed_y": sealed.point.y,
        "sealed_value": sealed.masked,
        "arbiters_eighth": babyjub.to_montgomery(babyjub.eighth(arbiters)),
        "seal_scalar": scalar,
    }
