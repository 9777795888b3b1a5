"""Batches through the public API: which proofs are named, what is refused before pairing."""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

import pytest
from support.groth16 import groth16_toy as g
from support.groth16.simulated_proofs import random_publics, simulate

from zkcredit.bn254 import Q, R
from zkcredit.bn254.limbs import g1_from_limbs, g1_to_limbs, g2_from_limbs
from zkcredit.bn254.points import G1Point, G2Point
from zkcredit.errors import InvalidInput, InvalidProof, OutOfRange
from zkcredit.groth16 import DevKeyWarning, Proof, verify, verify_many
from zkcredit.groth16.setup import dev_trapdoor

Claim = tuple[list[int], Proof]


@cache
def _claims(count: int) -> tuple[Claim, ...]:
    key = g.dev_key().verifying_key
    assert key.circuit_digest is not None
    publics = random_publics(count, key.n_public)
    a, b, c, _ = simulate(dev_trapdoor(key.circuit_digest), g1_to_limbs(key.ic), publics)
    points = zip(g1_from_limbs(a), g2_from_limbs(b), g1_from_limbs(c), strict=True)
    return tuple((x, Proof(*abc)) for x, abc in zip(publics, points, strict=True))


def claims(count: int) -> list[Claim]:
    return list(_claims(count))


def bad_ones(batch: list[Any], threads: int | None = None) -> tuple[int, ...]:
    with pytest.raises(InvalidProof) as caught:
        verify_many(g.dev_key().verifying_key, batch, threads)
    return caught.value.indices


def test_a_batch_of_good_proofs_passes() -> None:
    verify_many(g.dev_key().verifying_key, claims(30))
    verify_many(g.dev_key().verifying_key, iter(claims(30)), threads=1)
    for public, proof in claims(3):
        verify(g.dev_key().verifying_key, public, proof)


def test_no_proofs_hold() -> None:
    verify_many(g.dev_key().verifying_key, [])


def test_proofs_by_snarkjs_pass() -> None:
    verify_many(g.verifying_key(), [(g.PUBLIC, g.PROOF)] * 3)


def test_all_bad_proofs_are_named() -> None:
    batch = claims(30)
    for i in (0, 7, 29):
        public, proof = batch[i]
        batch[i] = ([(public[0] + 1) % R, *public[1:]], proof)
    assert bad_ones(batch) == (0, 7, 29)
    assert bad_ones(batch, threads=1) == (0, 7, 29)


def test_a_long_list_of_bad_proofs_is_cut_in_the_text_only() -> None:
    batch: list[Any] = [(public[::-1], proof) for public, proof in claims(30)]
    with pytest.raises(InvalidProof, match=r"30 of 30 .*: 0, 1, .* 9, …$") as caught:
        verify_many(g.dev_key().verifying_key, batch)
    assert caught.value.indices == tuple(range(30))


def test_indices_survive_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(InvalidProof("no", (1, 5))))
    assert (str(error), error.indices) == ("no", (1, 5))
    assert InvalidProof("no").indices == ()


@pytest.mark.parametrize("mutant", g.structured_mutants(), ids=lambda m: m.name)
def test_every_mutant_is_refused_as_by_verify(mutant: g.Mutant) -> None:
    key = g.verifying_key()
    batch = [(g.PUBLIC, g.PROOF), (mutant.public, mutant.proof), (g.PUBLIC, g.PROOF)]
    with pytest.raises((InvalidProof, InvalidInput)) as alone:
        verify(key, mutant.public, mutant.proof)
    with pytest.raises(alone.type) as caught:
        verify_many(key, batch)
    assert caught.type is alone.type
    if isinstance(caught.value, InvalidProof):
        assert caught.value.indices == (1,)
    else:
        assert str(caught.value).startswith("claim 1: ")


@pytest.mark.parametrize(
    "proof",
    [
        Proof(G1Point(0, 0), g.PROOF.b, g.PROOF.c),
        Proof(g.PROOF.a, G2Point((0, 0), (0, 0)), g.PROOF.c),
        Proof(g.PROOF.a, g.PROOF.b, G1Point(g.PROOF.c.x + Q, g.PROOF.c.y)),
        Proof(g.PROOF.a, g.PROOF.b, G1Point(-1, 2)),
        Proof(g.PROOF.a, g.PROOF.b, G1Point(2**300, 2)),
        Proof(g.PROOF.a, g.PROOF.b, G1Point(1.5, 2)),  # type: ignore[arg-type]
        Proof(g.PROOF.a, g.PROOF.b, G1Point(True, 2)),
        Proof(g.PROOF.a, g.PROOF.b, (1, 2)),  # type: ignore[arg-type]
        Proof(g.PROOF.b, g.PROOF.a, g.PROOF.c),  # type: ignore[arg-type]
    ],
)
def test_points_that_are_none_are_bad_proofs(proof: Proof) -> None:
    batch = claims(5)
    batch[3] = (batch[3][0], proof)
    assert bad_ones(batch) == (3,)


def test_mixed_counts_of_inputs_are_refused_by_index() -> None:
    for wrong in ([], batch_inputs()[:-1], [*batch_inputs(), 0]):
        batch = claims(4)
        batch[2] = (wrong, batch[2][1])
        with pytest.raises(InvalidInput, match=r"^claim 2: 3 public inputs are expected"):
            verify_many(g.dev_key().verifying_key, batch)


def batch_inputs() -> list[int]:
    return claims(1)[0][0]


@pytest.mark.parametrize("value", [-1, R, 2**256])
def test_inputs_out_of_range_are_refused_by_index(value: int) -> None:
    batch = claims(4)
    batch[1] = ([value, *batch[1][0][1:]], batch[1][1])
    with pytest.raises(OutOfRange, match=r"^claim 1: public input 0 "):
        verify_many(g.dev_key().verifying_key, batch)


@pytest.mark.parametrize("claim", [None, 5, (), ([1, 2, 3],), ([1, 2, 3], None), ([1], 2, 3), "ab"])
def test_what_is_no_claim_is_refused_by_index(claim: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^claim 1"):
        verify_many(g.dev_key().verifying_key, [claims(1)[0], claim])


@pytest.mark.parametrize("value", ["1", 1.0, None, True])
def test_inputs_of_other_types_are_refused(value: Any) -> None:
    public, proof = claims(1)[0]
    with pytest.raises(InvalidInput, match=r"^claim 0: public input 0 is not an integer"):
        verify_many(g.dev_key().verifying_key, [([value, *public[1:]], proof)])


@pytest.mark.parametrize("threads", [0, -1, 1.5, True])
def test_other_numbers_of_threads_are_refused(threads: Any) -> None:
    with pytest.raises(InvalidInput, match="threads"):
        verify_many(g.dev_key().verifying_key, claims(1), threads)


def test_arguments_of_other_types_are_refused() -> None:
    for arguments in ((None, []), (g.dev_key(), []), (g.verifying_key(), None)):
        with pytest.raises(InvalidInput):
            verify_many(*arguments)  # type: ignore[arg-type]


def test_an_unsafe_key_is_warned_of_once() -> None:
    with pytest.warns(DevKeyWarning) as caught:
        verify_many(g.dev_key().verifying_key, claims(3))
    assert len(caught) == 1
    assert caught[0].filename == __file__
