"""Try the known forgeries under an unchecked key: if a forged proof verifies, the key is unsafe.

``key_checks`` refuses keys with certain relations between their elements. This module shows why: it
makes the forged proof without a witness, and checks it. Everywhere else, the library accepts only
keys that have passed ``key_checks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.limbs import g1_from_limbs, g1_to_limbs, g2_from_limbs, g2_to_limbs, to_limbs
from zkcredit.bn254.points import G1_INFINITY, G1Point, G2Point
from zkcredit.groth16.kernel import kernel_errors
from zkcredit.groth16.keys import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkcredit.formats.snarkjs import VerificationKeyDocument
    from zkcredit.formats.zkey import ZKeyFile

__all__ = ["FORGERIES", "UncheckedKey", "forged"]

FORGERIES = ("delta = gamma", "delta = -gamma", "beta = delta", "beta = -delta", "beta = ±gamma")
"""The relations whose forgeries are tried, in this order."""


@dataclass(frozen=True)
class UncheckedKey:
    """The elements of a verification key as they stand in a file."""

    alpha1: G1Point
    beta2: G2Point
    gamma2: G2Point
    delta2: G2Point
    ic: tuple[G1Point, ...]

    @classmethod
    def of_document(cls, document: VerificationKeyDocument) -> UncheckedKey:
        """From ``verification_key.json``."""
        d = document
        return cls(d.alpha1, d.beta2, d.gamma2, d.delta2, d.ic)

    @classmethod
    def of_zkey(cls, file: ZKeyFile) -> UncheckedKey:
        """Return the elements of a ``.zkey`` file's verification key.

        Raises:
            InvalidInput: if a coordinate is not below q.
        """
        import numpy as np

        import zkcredit._kernel as _kernel

        twos = np.array([file.beta2_mont, file.gamma2_mont, file.delta2_mont], dtype=np.uint64)
        with kernel_errors():
            alpha = _kernel.g1_from_mont(np.array(file.alpha1_mont).reshape(1, 8))
            ic = _kernel.g1_from_mont(np.array(file.ic_mont).reshape(-1, 8))
            beta, gamma, delta = g2_from_limbs(_kernel.g2_from_mont(twos.reshape(3, 16)))
        return cls(g1_from_limbs(alpha)[0], beta, gamma, delta, tuple(g1_from_limbs(ic)))


def forged(key: UncheckedKey, public: Sequence[int]) -> tuple[str, Proof] | None:
    """Return a relation and a proof forged by it, or None if no forgery verifies.

    Args:
        key: the key, whose points are on their curves.
        public: any field elements, one for each public input; they need not have a witness.

    Raises:
        InvalidInput: if a point is not on its curve.
    """
    commitment = _commitment(key, public)
    for name, proof in zip(FORGERIES, _candidates(key, commitment), strict=True):
        if _holds(key, commitment, proof):
            return name, proof
    return None


def _commitment(key: UncheckedKey, public: Sequence[int]) -> G1Point:
    """Return IC₀ + Σ publicᵢ·ICᵢ."""
    import zkcredit._kernel as _kernel

    scalars = to_limbs([1, *public], R)
    with kernel_errors():
        return g1_from_limbs(_kernel.g1_msm(g1_to_limbs(key.ic), scalars).reshape(1, 8))[0]


def _candidates(key: UncheckedKey, commitment: G1Point) -> Iterator[Proof]:
    import zkcredit._kernel as _kernel

    minus = _neg(commitment)
    yield Proof(key.alpha1, key.beta2, minus)
    yield Proof(key.alpha1, key.beta2, commitment)
    yield Proof(commitment, key.gamma2, _neg(key.alpha1))
    yield Proof(commitment, key.gamma2, key.alpha1)
    same = key.beta2 == key.gamma2
    # e(α ± IC, β + δ) = e(α, β)·e(IC, γ)·e(α ± IC, δ)
    with kernel_errors():
        a = _kernel.g1_add(*map(g1_to_limbs, ([key.alpha1], [commitment if same else minus])))
        b = _kernel.g2_add(*map(g2_to_limbs, ([key.beta2], [key.delta2])))
    (left,), (right,) = g1_from_limbs(a), g2_from_limbs(b)
    yield Proof(left, right, left)


def _neg(point: G1Point) -> G1Point:
    return point if point == G1_INFINITY else G1Point(point.x, -point.y % Q)


def _holds(key: UncheckedKey, commitment: G1Point, proof: Proof) -> bool:
    """Return whether the equation of Groth 2016, §3.2, holds, without any check of the key."""
    import zkcredit._kernel as _kernel

    left = [_neg(proof.a), key.alpha1, commitment, proof.c]
    right = [proof.b, key.beta2, key.gamma2, key.delta2]
    with kernel_errors():
        return _kernel.pairing_product_is_one(g1_to_limbs(left), g2_to_limbs(right))
