"""Why equal points of IC are refused, and that they are, wherever a key is read."""

from __future__ import annotations

import dataclasses
import json
from itertools import combinations

import pytest
from support.published.vectors_groth16 import Trapdoor
from support.published.vectors_groth16_keys import exported, points_of

from zkcredit.bn254.curve import add, mul, neg, pairing_product_is_one
from zkcredit.bn254.fields import R
from zkcredit.bn254.points import G1_GENERATOR, G1Point
from zkcredit.errors import UnsafeKey
from zkcredit.groth16 import Proof, VerifyingKey
from zkcredit.groth16.key_checks import require_safe_verifying_key


def holds(trapdoor: Trapdoor, public: list[int], proof: Proof) -> bool:
    """The equation, with whatever key."""
    key = trapdoor.key
    ic = mul(trapdoor.ic[0], G1_GENERATOR)
    for factor, value in zip(trapdoor.ic[1:], public, strict=True):
        ic = add(ic, mul(factor * value % R, G1_GENERATOR))
    return pairing_product_is_one(
        [
            (neg(proof.a), proof.b),
            (key.alpha1, key.beta2),
            (ic, key.gamma2),
            (proof.c, key.delta2),
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize("sign", [1, -1])
def test_with_equal_or_opposite_points_a_proof_holds_for_other_inputs(sign: int) -> None:
    trapdoor = Trapdoor(3)
    trapdoor.ic[2] = sign * trapdoor.ic[1] % R
    proof = trapdoor.prove([5, 7, 9])
    assert holds(trapdoor, [5, 7, 9], proof)
    assert holds(trapdoor, [5 + 100, (7 - sign * 100) % R, 9], proof)
    assert holds(trapdoor, [7, 5, 9], proof) == (sign == 1)
    assert not holds(trapdoor, [5, 9, 7], proof)


@pytest.mark.parametrize(("i", "j"), combinations(range(4), 2))
def test_equal_and_opposite_points_are_refused(i: int, j: int) -> None:
    points = points_of(3)
    point: G1Point = points["ic"][i]
    for related in (point, neg(point)):
        points["ic"][j] = related
        with pytest.raises(UnsafeKey, match=rf"ic\[{i}\] = ±ic\[{j}\]"):
            require_safe_verifying_key(**points)


def test_a_key_object_with_equal_points_cannot_be_made() -> None:
    key = Trapdoor(2).key
    with pytest.raises(UnsafeKey, match="also holds for others"):
        dataclasses.replace(key, ic=(key.ic[0], key.ic[1], key.ic[1]))


def test_a_file_with_equal_points_cannot_be_read() -> None:
    points = points_of(2)
    assert VerifyingKey.from_json(json.dumps(exported(points))).ic == tuple(points["ic"])
    points["ic"][2] = neg(points["ic"][0])
    with pytest.raises(UnsafeKey, match="also holds for others"):
        VerifyingKey.from_json(json.dumps(exported(points)))
