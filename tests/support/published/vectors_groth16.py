"""Groth16 proofs made with known trapdoors, so that what is valid is known without any pairing."""

from __future__ import annotations

import json
import re
from functools import cache

from support.groth16.groth16_toy import (
    Mutant,
    random_mutants,
    rerandomised,
    structured_mutants,
    words_of,
)
from support.published.vector_files import Group, document, number
from support.published.vectors_bn254 import words

from zkcredit.bn254.curve import in_subgroup, is_canonical, is_on_curve, mul
from zkcredit.bn254.fields import R
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR, G1Point, G2Point
from zkcredit.groth16 import Proof, VerifyingKey

NOTES = {
    "Rerandomised": "another proof of the same statement: replay protection is not on its bytes",
    "EdgeValue": "public inputs of 0 or r - 1",
    "CoordinateOutOfRange": "a coordinate is q or more",
    "NotOnCurve": "a point is not on its curve",
    "OutsideSubgroup": "B is on the twist and not in the subgroup",
    "Infinity": "a point of the proof is infinity",
    "InputOutOfRange": "a public input is r or more: x + r names the same statement as x",
    "WrongNumberOfInputs": "too few or too many public inputs",
    "WrongProof": "all points are in their groups, and the equation does not hold",
    "OtherKey": "a proof under another key",
}


class Trapdoor:
    """A key whose secrets are published: it is for tests alone."""

    def __init__(self, n_public: int) -> None:
        self.label = f"groth16/{n_public}"
        self.alpha, self.beta, self.gamma, self.delta = (
            number(f"{self.label}/{name}", R) for name in ("alpha", "beta", "gamma", "delta")
        )
        self.ic = [number(f"{self.label}/ic/{i}", R) for i in range(n_public + 1)]
        self.key = VerifyingKey(
            mul(self.alpha, G1_GENERATOR),
            *(mul(k, G2_GENERATOR) for k in (self.beta, self.gamma, self.delta)),
            tuple(mul(k, G1_GENERATOR) for k in self.ic),
        )

    def prove(self, public: list[int]) -> Proof:
        """a·b = αβ + γ·ic(x) + δ·c, solved for c."""
        a, b = (number(f"{self.label}/{name}/{public}", R) for name in "ab")
        ic = self.ic[0] + sum(k * x for k, x in zip(self.ic[1:], public, strict=True))
        c = (a * b - self.alpha * self.beta - self.gamma * ic) * pow(self.delta, -1, R) % R
        return Proof(mul(a, G1_GENERATOR), mul(b, G2_GENERATOR), mul(c, G1_GENERATOR))


def proofs() -> str:
    """`groth16_bn254_verify.json`."""
    trapdoors = [Trapdoor(n) for n in (0, 1, 2, 5)]
    return document(
        "Groth16", "groth16_verify",
        "Groth16 over BN254; proof: A, B, C as EIP-197 encodes them; the keys' trapdoors are known",
        NOTES, [_group(t, trapdoors[(i + 1) % 4]) for i, t in enumerate(trapdoors)],
    )  # fmt: skip


_in_subgroup = cache(in_subgroup)


def _group(trapdoor: Trapdoor, other: Trapdoor) -> Group:
    key, n = trapdoor.key, len(trapdoor.ic) - 1
    exported = json.loads(key.to_json())
    exported.pop("zkcredit")  # what only our own documents have
    group = Group("Groth16Verify", verificationKey=exported)

    def put(comment: str, *flags: str, proof: list[int], public: list[int], valid: bool) -> None:
        fields = {"publicInputs": [str(x) for x in public], "proof": words(proof)}
        group.add(comment, *flags, valid=valid, **fields)

    inputs = [[number(f"{trapdoor.label}/x/{i}/{j}", R) for j in range(n)] for i in range(8)]
    edges = [[0] * n, [R - 1] * n] if n else []
    for public in [*inputs[: 8 if n else 1], *edges]:
        proof = trapdoor.prove(public)
        flags = ["EdgeValue"] if public in edges else []
        put("a proof", *flags, proof=words_of(proof), public=public, valid=True)
    public, proof = inputs[0], trapdoor.prove(inputs[0])
    for k, m in ((1, 1), (2, 0), (R - 1, 0), (3, 5)):
        again = rerandomised(key, proof, k, m)
        put(f"re-randomised by {k}, {m}", "Rerandomised",
            proof=words_of(again), public=public, valid=True)  # fmt: skip
    stranger = other.prove([1] * (len(other.ic) - 1))
    put("a proof under another key", "OtherKey",
        proof=words_of(stranger), public=public, valid=False)  # fmt: skip
    mutants = structured_mutants(proof, public)
    mutants += random_mutants(30, seed=5, proof=proof, public=public)
    for mutant in mutants:
        encodable = all(0 <= v < 2**256 for v in (*mutant.words, *mutant.public))
        if encodable and (mutant.words, mutant.public) != (words_of(proof), public):
            name = re.sub(r"^random \d+$", "random change", mutant.name)
            put(name, _reason(mutant, n), proof=mutant.words, public=mutant.public, valid=False)
    return group


def _reason(mutant: Mutant, n: int) -> str:
    """Why a verifier refuses it, the first reason that applies."""
    points: tuple[G1Point | G2Point, ...] = (mutant.proof.a, mutant.proof.b, mutant.proof.c)
    if len(mutant.public) != n:
        return "WrongNumberOfInputs"
    if any(x >= R for x in mutant.public):
        return "InputOutOfRange"
    if not all(map(is_canonical, points)):
        return "CoordinateOutOfRange"
    if any(p in (G1Point(0, 0), G2Point((0, 0), (0, 0))) for p in points):
        return "Infinity"
    if not all(map(is_on_curve, points)):
        return "NotOnCurve"
    return "WrongProof" if all(map(_in_subgroup, points)) else "OutsideSubgroup"
