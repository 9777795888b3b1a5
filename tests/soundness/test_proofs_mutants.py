"""One proof has one encoding, and a damaged one is refused by every verifier alike.

Incidents: snarkjs accepted 45 of 297 mutated proofs (all coordinates + q among them), py_ecc's
pairing takes points outside the subgroup, Semaphore took public inputs ≥ r.
"""

from __future__ import annotations

from typing import Any

import pytest
from support.groth16 import groth16_toy as g
from support.soundness import proof_rounds
from support.soundness.proof_rounds import outcome

from zkcredit.bn254 import Q, R
from zkcredit.bn254.curve import neg
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import InvalidInput, InvalidProof, MalformedFile, OutOfRange
from zkcredit.formats import calldata
from zkcredit.groth16 import Proof, prove, reference, verify

MUTANTS = g.structured_mutants()


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_both_verifiers_refuse_the_mutant_for_the_same_reason(mutant: g.Mutant) -> None:
    native = outcome(verify, mutant.proof, mutant.public)
    assert native is not None
    assert native is outcome(reference.verify, mutant.proof, mutant.public)
    if mutant.public == g.PUBLIC:
        assert native is InvalidProof
    elif len(mutant.public) != 3:
        assert native is InvalidInput
    elif not all(0 <= value < R for value in mutant.public):
        assert native is OutOfRange


@pytest.mark.slow
def test_random_mutants_are_refused_alike() -> None:
    mutants = list(g.random_mutants(300, seed=7))
    for mutant in mutants:
        native = outcome(verify, mutant.proof, mutant.public)
        assert native is InvalidProof, mutant.name
        assert native is outcome(reference.verify, mutant.proof, mutant.public), mutant.name


@pytest.mark.slow
@pytest.mark.parametrize("work", [proof_rounds.toy, proof_rounds.eligibility])
def test_a_round_of_mutants_is_refused_alike(work: Any) -> None:
    """`make long PART=mutants-toy` and `PART=mutants-eligibility` take ten thousand each."""
    assert work(1) == {"InvalidProof": proof_rounds.ROUND}


def test_a_round_notices_a_verifier_that_accepts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "verify", lambda *_: None)
    with pytest.raises(AssertionError, match="word 0"):
        proof_rounds.refused_alike(proof_rounds.toy_claim(), MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_calldata_and_json_with_numbers_out_of_range_are_refused_when_read(
    mutant: g.Mutant,
) -> None:
    if all(0 <= word < Q for word in mutant.words):
        assert calldata.to_words((mutant.proof.a, mutant.proof.b, mutant.proof.c)) == mutant.words
        return
    with pytest.raises(MalformedFile):
        Proof.from_words(mutant.words)
    with pytest.raises((MalformedFile, OutOfRange)):
        Proof.from_json(mutant.proof.to_json())


@pytest.mark.parametrize("slot", ["a", "b", "c"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        0,
        "point",
        (),
        (1, 2),
        G1Point(1.0, 2),  # type: ignore[arg-type]
        G1Point("1", "2"),  # type: ignore[arg-type]
        G1Point(True, 2),
        G1Point(None, None),  # type: ignore[arg-type]
        G1Point((1, 2), (3, 4)),  # type: ignore[arg-type]
        G2Point(1, 2),  # type: ignore[arg-type]
        G2Point((1,), (2,)),  # type: ignore[arg-type]
        G2Point((1, 2, 3), (4, 5, 6)),  # type: ignore[arg-type]
        G2Point((1.0, 2.0), (3.0, 4.0)),  # type: ignore[arg-type]
        G2Point((True, False), (1, 2)),
        G2Point("12", "34"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_point_is_an_invalid_proof(slot: str, value: Any) -> None:
    points = {"a": g.PROOF.a, "b": g.PROOF.b, "c": g.PROOF.c, slot: value}
    for verifier in (verify, reference.verify):
        assert outcome(verifier, Proof(**points), g.PUBLIC) is InvalidProof


@pytest.mark.slow
@pytest.mark.parametrize(("k", "m"), [(1, 1), (2, 0), (R - 1, 0), (3, 5), (12345, R - 2)])
def test_a_rerandomised_proof_verifies_so_its_bytes_identify_nothing(k: int, m: int) -> None:
    other = g.rerandomised(g.verifying_key(), g.PROOF, k, m)
    assert other != g.PROOF
    verify(g.verifying_key(), g.PUBLIC, other)
    reference.verify(g.verifying_key(), g.PUBLIC, other)


def test_both_signs_of_a_and_b_are_one_of_these() -> None:
    flipped = Proof(neg(g.PROOF.a), neg(g.PROOF.b), g.PROOF.c)
    assert flipped == g.rerandomised(g.verifying_key(), g.PROOF, R - 1, 0)


@pytest.mark.parametrize("index", range(3))
def test_every_public_input_matters(index: int) -> None:
    proof = prove(g.ceremony_key(), g.WITNESS)
    for change in (1, R - 1, 2**64, R // 2):
        public = list(g.PUBLIC)
        public[index] = (public[index] + change) % R
        assert outcome(verify, proof, public) is InvalidProof
