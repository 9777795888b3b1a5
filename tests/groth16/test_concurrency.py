"""Very many proofs at the same time: each is right, and none is another's."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.circuits.eligibility_case import Case
from support.groth16 import squares

from zkcredit.bn254 import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.errors import InvalidProof, UnsatisfiedWitness
from zkcredit.groth16 import dev_setup, load_or_create_dev_key, prove, prove_many, verify_many

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16 import Proof

SIZE = 6


def starts(count: int) -> list[int]:
    rng = random.Random(1)
    return [rng.randrange(R) for _ in range(count)]


def public_of(witness: Limbs, n_public: int = 1) -> list[int]:
    return from_limbs(witness[1 : n_public + 1])


def test_proofs_come_in_the_order_of_the_witnesses() -> None:
    key = dev_setup(squares.system(SIZE))
    witnesses = [squares.witness(SIZE, start) for start in starts(30)]
    with ThreadPoolExecutor(5) as pool:
        for executor in (None, pool):
            proofs = prove_many(key, witnesses, executor)
            claims = [(public_of(w), p) for w, p in zip(witnesses, proofs, strict=True)]
            verify_many(key.verifying_key, claims)
            claims[4], claims[9] = (claims[4][0], claims[9][1]), (claims[9][0], claims[4][1])
            with pytest.raises(InvalidProof) as caught:
                verify_many(key.verifying_key, claims)
            assert caught.value.indices == (4, 9)


@pytest.mark.slow
def test_a_thousand_concurrent_proofs_are_right() -> None:
    key = dev_setup(squares.system(SIZE))
    witnesses = [squares.witness(SIZE, start) for start in starts(1000)]
    gate = threading.Barrier(50)
    proofs: list[Proof | None] = [None] * 1000
    wrong: list[BaseException] = []

    def work(first: int) -> None:
        gate.wait()
        try:
            for i in range(first, 1000, 50):
                proofs[i] = prove(key, witnesses[i], threads=1 + i % 3)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    found = [proof for proof in proofs if proof is not None]
    claims = [(public_of(w), p) for w, p in zip(witnesses, found, strict=True)]
    verify_many(key.verifying_key, claims)
    assert len({proof.a for proof in found}) == 1000


@pytest.mark.slow
def test_dozens_of_people_prove_at_once_and_the_ineligible_are_found() -> None:
    circuit = get_circuit("eligibility")
    key = load_or_create_dev_key(circuit)
    cases = [Case(secret=1000 + i, scope=2**200 + i) for i in range(24)]
    witnesses = [circuit.witness(case.values()) for case in cases]
    with ThreadPoolExecutor(12) as pool:
        proofs = list(pool.map(lambda w: prove(key, w, threads=2), witnesses))
        claims = [(public_of(w, key.n_public), p) for w, p in zip(witnesses, proofs, strict=True)]
        verify_many(key.verifying_key, claims)
        bad = circuit.witness_unchecked(Case(prover_secret=5).values())
        outcomes = [pool.submit(prove, key, w) for w in [*witnesses[:5], bad, *witnesses[5:9]]]
        errors = [future.exception() for future in outcomes]
    assert [type(error) for error in errors if error] == [UnsatisfiedWitness]
    assert isinstance(errors[5], UnsatisfiedWitness)
