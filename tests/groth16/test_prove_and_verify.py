from __future__ import annotations

import os
import threading
import warnings
from typing import Any

import numpy as np
import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g

from zkcredit import _kernel
from zkcredit.bn254 import R, packed
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import (
    InternalError,
    InvalidInput,
    InvalidProof,
    OutOfMemory,
    OutOfRange,
    UnsafeKey,
    UnsatisfiedWitness,
)
from zkcredit.formats import r1cs
from zkcredit.groth16 import (
    DevKeyWarning,
    SinglePartyKeyWarning,
    keyfile,
    prove,
    reference,
    verify,
)
from zkcredit.groth16.kernel import default_threads, kernel_errors
from zkcredit.r1cs.system import ConstraintSystem, Matrix

BOTH = pytest.mark.parametrize("verifier", [verify, reference.verify], ids=["native", "py_ecc"])


def with_wire(index: int, value: int) -> np.ndarray[Any, Any]:
    witness = g.WITNESS.copy()
    witness[index] = to_limbs([value])[0]
    return witness


@pytest.mark.slow
@BOTH
def test_a_proof_by_snarkjs_verifies(verifier: Any) -> None:
    verifier(g.verifying_key(), g.PUBLIC, g.PROOF)


@BOTH
@pytest.mark.parametrize("key", [g.ceremony_key, g.dev_key], ids=["ceremony", "dev"])
def test_our_proof_verifies(verifier: Any, key: Any) -> None:
    proof = prove(key(), g.WITNESS, system=g.SYSTEM)
    verifier(key().verifying_key, g.PUBLIC, proof)


@pytest.mark.slow
@BOTH
def test_a_proof_does_not_verify_under_another_key(verifier: Any) -> None:
    with pytest.raises(InvalidProof):
        verifier(g.dev_key().verifying_key, g.PUBLIC, g.PROOF)


def test_two_proofs_of_one_witness_are_unrelated() -> None:
    first, second = (prove(g.ceremony_key(), g.WITNESS) for _ in range(2))
    assert len({*g.words_of(first), *g.words_of(second)}) == 16


def test_a_witness_may_be_integers() -> None:
    proof = prove(g.ceremony_key(), from_limbs(g.WITNESS))
    verify(g.verifying_key(), g.PUBLIC, proof)


@pytest.mark.parametrize("threads", [1, 2, 3, None])
def test_any_number_of_threads(threads: int | None) -> None:
    verify(g.verifying_key(), g.PUBLIC, prove(g.ceremony_key(), g.WITNESS, threads))


def test_one_key_serves_many_threads_at_once() -> None:
    proofs: list[Any] = []

    def work() -> None:
        proofs.append(prove(g.ceremony_key(), g.WITNESS, threads=1))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(proofs) == 8
    for proof in proofs:
        verify(g.verifying_key(), g.PUBLIC, proof)


@pytest.mark.parametrize("index", range(1, 11))
@pytest.mark.parametrize("system", [g.SYSTEM, None], ids=["with system", "without"])
def test_a_wrong_wire_gives_no_proof(index: int, system: ConstraintSystem | None) -> None:
    witness = with_wire(index, from_limbs(g.WITNESS[index])[0] + 1)
    with pytest.raises(UnsatisfiedWitness) as caught:
        prove(g.ceremony_key(), witness, system=system)
    assert (caught.value.constraint >= 0) == (system is not None)


@pytest.mark.parametrize(
    "witness",
    [
        [],
        from_limbs(g.WITNESS)[:-1],
        [*from_limbs(g.WITNESS), 0],
        [2, *from_limbs(g.WITNESS)[1:]],
        [R + 1, *from_limbs(g.WITNESS)[1:]],
        [-1, *from_limbs(g.WITNESS)[1:]],
        [True, *from_limbs(g.WITNESS)[1:]],
        [1.0, *from_limbs(g.WITNESS)[1:]],
        ["1", *from_limbs(g.WITNESS)[1:]],
        g.WITNESS[:-1],
        g.WITNESS.astype(np.int64),
        g.WITNESS.astype(np.float64),
        g.WITNESS.reshape(-1),
        with_wire(0, 0),
        with_wire(3, R),
        with_wire(3, 2**256 - 1),
        None,
        7,
        "witness",
    ],
)
@pytest.mark.parametrize("system", [g.SYSTEM, None], ids=["with system", "without"])
def test_what_is_no_witness_gives_the_typed_error(witness: Any, system: Any) -> None:
    with pytest.raises(InvalidInput):
        prove(g.ceremony_key(), witness, system=system)


@pytest.mark.parametrize("threads", [-1, 1.5, "2", True, 10**6])
def test_a_strange_number_of_threads_is_refused(threads: Any) -> None:
    with pytest.raises(InvalidInput):
        prove(g.ceremony_key(), g.WITNESS, threads)


def other_systems() -> dict[str, ConstraintSystem]:
    rows = [[dict(row) for row in m.rows] for m in (g.SYSTEM.a, g.SYSTEM.b, g.SYSTEM.c)]

    def make(n_wires: int = g.SYSTEM.n_wires, n_public: int = 3, c: Any = None) -> ConstraintSystem:
        a, b = (Matrix.from_rows(matrix) for matrix in rows[:2])
        return ConstraintSystem(n_wires, n_public, a, b, c or Matrix.from_rows(rows[2]))

    systems = {"more wires": make(n_wires=12), "fewer public": make(n_public=2)}
    rows[0][0] = {w: k + 1 for w, k in rows[0][0].items()}
    systems["another coefficient"] = make()
    return systems


@pytest.mark.parametrize("name", other_systems())
def test_the_key_of_another_circuit_is_refused(name: str) -> None:
    with pytest.raises(UnsafeKey, match="not for this circuit"):
        prove(g.ceremony_key(), g.WITNESS, system=other_systems()[name])


def test_a_circuit_that_differs_in_c_alone_is_told_by_the_digest() -> None:
    c = Matrix.from_rows([{0: 1}] * g.SYSTEM.n_constraints)
    system = ConstraintSystem(g.SYSTEM.n_wires, 3, g.SYSTEM.a, g.SYSTEM.b, c)
    assert r1cs.digest(system) != r1cs.digest(g.SYSTEM)
    with pytest.raises(UnsafeKey, match="digest"):
        prove(g.dev_key(), g.WITNESS, system=system)


@BOTH
@pytest.mark.parametrize(
    "public",
    [
        None, 5, "123", [True, *g.PUBLIC[1:]], [71.0, *g.PUBLIC[1:]],
        ["71", *g.PUBLIC[1:]], [None, *g.PUBLIC[1:]], np.array([1, 2, 3]),
    ],
)  # fmt: skip
def test_public_inputs_are_integers(verifier: Any, public: Any) -> None:
    with pytest.raises(InvalidInput):
        verifier(g.verifying_key(), public, g.PROOF)


@BOTH
def test_a_public_input_out_of_range_is_its_own_error(verifier: Any) -> None:
    for bad in (R, -1, g.PUBLIC[0] + R, 2**256):
        with pytest.raises(OutOfRange):
            verifier(g.verifying_key(), [bad, *g.PUBLIC[1:]], g.PROOF)


@BOTH
@pytest.mark.parametrize("proof", [None, "proof", (g.PROOF.a, g.PROOF.b, g.PROOF.c), 0])
def test_what_is_no_proof_gives_the_typed_error(verifier: Any, proof: Any) -> None:
    with pytest.raises(InvalidInput):
        verifier(g.verifying_key(), g.PUBLIC, proof)


def test_who_made_the_key_is_said_aloud_when_it_is_used() -> None:
    single = keyfile.loads(toy.data("single.zkey"))
    for key, category in ((single, SinglePartyKeyWarning), (g.dev_key(), DevKeyWarning)):
        with pytest.warns(category) as caught:
            proof = prove(key, g.WITNESS)
        assert caught[0].filename == __file__
        with pytest.warns(category) as caught:
            verify(key.verifying_key, g.PUBLIC, proof)
        assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verify(g.verifying_key(), g.PUBLIC, prove(g.ceremony_key(), g.WITNESS))


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (MemoryError(), OutOfMemory),
        (ValueError("x"), InvalidInput),
        (TypeError("x"), InvalidInput),
        (RuntimeError("x"), InternalError),
        (UnsafeKey("x"), UnsafeKey),
    ],
)
def test_what_the_kernel_raises_becomes_ours(raised: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected), kernel_errors():
        raise raised


def test_out_of_memory_while_proving_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Starved:
        def prove_bytes(self, *_: object) -> None:
            raise MemoryError

    key = keyfile.loads(toy.data("ceremony.zkey"))
    monkeypatch.setattr(type(key), "resident", Starved())
    with pytest.raises(OutOfMemory):
        prove(key, g.WITNESS)


def test_a_faulty_proof_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    key = keyfile.loads(toy.data("ceremony.zkey"))
    good = key.resident

    class Faulty:
        def prove_bytes(self, *arguments: Any) -> bytes:
            made = good.prove_bytes(*arguments)
            c = packed.rows(made[-64:], 2)
            return made[:-64] + _kernel.g1_neg(c).tobytes()

    monkeypatch.setattr(type(key), "resident", Faulty())
    with pytest.raises(UnsatisfiedWitness):
        prove(key, g.WITNESS)


def test_threads_are_those_that_this_process_may_use() -> None:
    assert default_threads() == len(os.sched_getaffinity(0))
