"""The freedom that a circuit declares for its prover, with the reason and the test.

An annotation says that the prover may choose the points of a fixed-base multiplication, because
the statement claims only that *some* scalar exists (a field of advice). It cannot excuse any other
wire: the analysis applies it only to points that the constraints confine to a table of multiples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["ANNOTATIONS", "Annotation"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A gadget whose table points the prover chooses.

    Attributes:
        gadget: dotted name of the gadget, as in the labels of constraints.
        reason: why the choice does not allow a forgery.
        test: the test, below ``tests/``, that would fail if it did.
    """

    gadget: str
    reason: str
    test: str

    def covers(self, label: str) -> bool:
        """Return whether a constraint with this label belongs to the gadget."""
        return label == self.gadget or label.startswith(self.gadget + ".")


ANNOTATIONS: Final = (
    Annotation(
        "eddsa.nonce.fixed_base",
        "the signature's scalar S is advice: the relation says that some S exists with "
        "S·B8 = R8 + 8h·A, and R8, h and A are determined without it; every choice of digits is "
        "such an S, and another S is a forgery only if it is found without the issuer's key",
        "gadgets/test_eddsa_circuit.py::test_another_scalar_is_refused",
    ),
    Annotation(
        "seal.point.scalar.windows",
        "the randomness k of the escrowed value is advice: the public point R = k·B8 determines k, "
        "because k is an integer below l, but by a discrete logarithm that no rule computes",
        "gadgets/test_hashed_elgamal.py::test_another_scalar_and_aliases_are_refused",
    ),
)
"""The wires of the statements that the audit does not prove, each with the reason why."""
