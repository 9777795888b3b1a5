"""The slow twin of ``verify``, which makes the same decision with py_ecc's pairing and integers.

It shares no code with the kernel and no check with ``verify``. A proof takes about a second. It
does not warn about the key's origin. py_ecc comes with the extra ``oracle``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.curve import (
    G1_INFINITY,
    add,
    in_subgroup,
    mul,
    neg,
    pairing_product_is_one,
)
from zkcredit.bn254.fields import R
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import InvalidInput, InvalidProof, OutOfRange
from zkcredit.groth16.keys import Proof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.groth16.keys import VerifyingKey

__all__ = ["verify"]


def verify(verifying_key: VerifyingKey, public_inputs: Sequence[int], proof: Proof) -> None:
    """Check a proof exactly as ``zkcredit.groth16.verify`` does, with the same errors, but slowly.

    Raises:
        InvalidInput: if the number of public inputs is wrong, or one is not an integer.
        OutOfRange: if a public input is not in [0, r).
        InvalidProof: if the proof is invalid, or one of its points is not a finite canonical
            element of its group.
        MissingExtra: if py_ecc is not installed.
    """
    try:
        inputs = list(public_inputs)
    except TypeError as error:
        raise InvalidInput("public inputs are not a sequence") from error
    if not isinstance(proof, Proof):
        raise InvalidInput("not a proof")
    if len(inputs) != len(verifying_key.ic) - 1:
        raise InvalidInput(
            f"{len(verifying_key.ic) - 1} public inputs are expected, not {len(inputs)}"
        )
    for value in inputs:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput("a public input is not an integer")
        if value < 0 or value >= R:
            raise OutOfRange("a public input is not in [0, r)")
    for point, kind in ((proof.a, G1Point), (proof.b, G2Point), (proof.c, G1Point)):
        if not _is_finite_element(point, kind):
            raise InvalidProof("a point of the proof is not a finite element of its group")
    ic = verifying_key.ic[0]
    for value, point in zip(inputs, verifying_key.ic[1:], strict=True):
        ic = add(ic, mul(value, point) if value else G1_INFINITY)
    if not pairing_product_is_one(
        [
            (neg(proof.a), proof.b),
            (verifying_key.alpha1, verifying_key.beta2),
            (ic, verifying_key.gamma2),
            (proof.c, verifying_key.delta2),
        ]
    ):
        raise InvalidProof("the proof does not hold for these public inputs")


def _is_finite_element(point: object, kind: type[G1Point] | type[G2Point]) -> bool:
    if not isinstance(point, kind):
        return False
    x, y = point
    try:
        coordinates: list[object] = [x, y] if kind is G1Point else [*_pair(x), *_pair(y)]
    except (TypeError, ValueError):
        return False
    if any(isinstance(c, bool) or not isinstance(c, int) for c in coordinates):
        return False
    return any(coordinates) and in_subgroup(point)


def _pair(value: object) -> tuple[object, object]:
    if not isinstance(value, tuple):
        raise TypeError
    c0, c1 = value
    return c0, c1
