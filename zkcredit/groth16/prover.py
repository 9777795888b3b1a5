"""Prove: make a proof, which is three points, from a key and a witness."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from zkcredit._internal.checks import require_instance
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.errors import InvalidInput, OutOfRange, UnsafeKey, UnsatisfiedWitness
from zkcredit.formats import r1cs
from zkcredit.formats.binfile import first_not_below
from zkcredit.groth16.coefficients import Coefficients
from zkcredit.groth16.kernel import kernel_errors, memory_errors, resident, thread_count
from zkcredit.groth16.keys import ProvingKey
from zkcredit.groth16.proofs import proof_of
from zkcredit.groth16.trust import warn_of
from zkcredit.r1cs.system import ConstraintSystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16.keys import Proof

__all__ = ["prove", "require_circuit"]

_LOG: Final = logging.getLogger(__name__)

Witness: TypeAlias = "Limbs | Sequence[int]"

_circuits: WeakKeyDictionary[ProvingKey, ConstraintSystem] = WeakKeyDictionary()
"""The circuit to which each key was last found to belong."""


def prove(
    proving_key: ProvingKey,
    witness: Witness,
    threads: int | None = None,
    system: ConstraintSystem | None = None,
) -> Proof:
    """Prove that the witness satisfies the key's circuit.

    The proof is blinded with randomness from the operating system: two proofs of one witness are
    unrelated. The proof is verified before it is returned (a millisecond), because a wrong proof
    from a faulty machine or a damaged key could reveal something about the witness.

    Args:
        proving_key: the proving key.
        witness: the value of every wire, wire 0 = 1 first: an array (n_wires, 4) or integers.
        threads: threads that the kernel may use; by default all processors of this process.
        system: the circuit. If it is given, the error names the failing constraint.

    Warns:
        UnsafeKeyWarning: if somebody can forge proofs under the key.

    Raises:
        InvalidInput: if the witness has another number of values, or its first value is not 1.
        OutOfRange: if a value is not in [0, r).
        UnsafeKey: if the key is broken, or is not the key of ``system``.
        UnsatisfiedWitness: if the witness breaks a constraint.
        OutOfMemory: if the machine has too little memory.
    """
    require_instance("the key", proving_key, ProvingKey)
    workers = thread_count(threads)
    with memory_errors():
        values = checked_witness(witness, proving_key.n_wires)
        if system is not None:
            _require_satisfied(proving_key, values, system)
        warn_of(proving_key.origin)
        start = time.perf_counter()
        proof = prove_checked(proving_key, values, workers)
    spent = 1_000 * (time.perf_counter() - start)
    _LOG.debug("proved %d wires on %d threads in %.1f ms", len(values), workers, spent)
    return proof


def prove_checked(proving_key: ProvingKey, values: Limbs, threads: int) -> Proof:
    """Prove a witness that ``checked_witness`` returned, like ``prove`` but without a warning."""
    with memory_errors():
        return proof_of(
            proving_key.resident,
            proving_key.verifying_key,
            values.data.cast("B"),
            threads,
        )


def _require_satisfied(key: ProvingKey, values: Limbs, system: ConstraintSystem) -> None:
    require_circuit(key, system)
    with kernel_errors():
        failing = resident(system).first_unsatisfied(values)
    if failing >= 0:
        raise UnsatisfiedWitness(
            f"constraint {failing} does not hold, so there is nothing to prove",
            constraint=failing,
        )


def require_circuit(proving_key: ProvingKey, system: ConstraintSystem) -> None:
    """Require that the key belongs to this circuit.

    The key's matrices are compared with the circuit's, entry by entry, once for each pair, and so
    is the circuit digest if the key has one. Keys do not contain the matrix C, so a key without a
    digest could belong to a circuit that differs only in C: its proofs would not verify.

    Raises:
        UnsafeKey: if the key belongs to another circuit.
    """
    require_instance("the key", proving_key, ProvingKey)
    require_instance("the system", system, ConstraintSystem)
    if _circuits.get(proving_key) is system:
        return
    if proving_key.circuit_digest not in {None, r1cs.digest(system)}:
        raise UnsafeKey("the proving key is not for this circuit: the circuit digests differ")
    if (proving_key.n_wires, proving_key.n_public) != (system.n_wires, system.n_public):
        raise UnsafeKey("the proving key is not for this circuit: the numbers of wires differ")
    if not proving_key.coefficients.same_as(Coefficients.of(system)):
        raise UnsafeKey("the proving key is not for this circuit: the constraints differ")
    _circuits[proving_key] = system


def checked_witness(witness: Witness, n_wires: int) -> Limbs:
    """Return the witness as an array, after the checks that ``prove`` makes."""
    if not isinstance(witness, np.ndarray):
        try:
            values = list(witness)
        except TypeError as error:
            raise InvalidInput("a witness must be an array or a sequence of integers") from error
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
            raise InvalidInput("a witness must contain integers")
        witness = to_limbs(values, R)
    if witness.dtype != np.uint64 or witness.ndim != 2 or witness.shape[1] != 4:
        raise InvalidInput("a witness must be a uint64 array of four limbs a wire, shape (n, 4)")
    if len(witness) != n_wires:
        raise InvalidInput(
            f"the witness has {len(witness)} wires, the key's circuit has {n_wires}: they belong "
            "to different circuits"
        )
    if first_not_below(witness, R) >= 0:
        raise OutOfRange("a witness must have values in [0, r)")
    if witness[0].tolist() != [1, 0, 0, 0]:
        raise InvalidInput("the first value of a witness must be 1")
    return np.ascontiguousarray(witness)
