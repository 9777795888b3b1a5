"""The key that phase 2 of a ceremony begins with: made from phase 1, and FORGEABLE.

γ = δ = 1 until somebody contributes, so everybody can forge proofs under it (see ``key_checks``).
Therefore it is not a ``ProvingKey``: it exists only as a file, for ``snarkjs zkey contribute`` and
similar tools. Loading, proving, verifying and deploying refuse it. It is the same file that
``snarkjs groth16 setup`` writes, including the circuit hash, so ``snarkjs zkey verify`` accepts the
keys that are made from it.

Lⱼ are the Lagrange polynomials of the circuit's domain, and Aⱼ, Bⱼ, Cⱼ row j of its matrices (Groth
2016, §3.2): A = Σ Aⱼ·Lⱼ(τ), likewise B, and IC and C = Σ (β·Aⱼ + α·Bⱼ + Cⱼ)·Lⱼ(τ).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zkcredit._internal.checks import require_instance
from zkcredit.bn254.limbs import g1_to_limbs, g2_to_limbs
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.formats import r1cs
from zkcredit.formats.ptau import PtauFile
from zkcredit.formats.zkey import ZKeyFile
from zkcredit.groth16.ceremony.circuit_hash import snarkjs_circuit_hash
from zkcredit.groth16.ceremony.phase1 import Phase1
from zkcredit.groth16.ceremony.sparse_sums import SparseTerms, sparse_sums
from zkcredit.groth16.coefficients import Coefficients
from zkcredit.groth16.kernel import kernel_errors, memory_errors, thread_count
from zkcredit.r1cs.system import ConstraintSystem

if TYPE_CHECKING:
    from zkcredit.r1cs.system import Matrix

__all__ = ["initial_zkey"]


def initial_zkey(
    system: ConstraintSystem,
    ptau: PtauFile,
    threads: int | None = None,
    *,
    written_as: bytes | None = None,
) -> ZKeyFile:
    """FORGEABLE: make the key of a circuit before any contribution to phase 2.

    The powers that the key needs are checked first, but not who contributed to them: see
    ``phase1``.

    Args:
        system: the circuit.
        ptau: powers of tau, prepared for phase 2, of at least the circuit's size.
        threads: number of threads; all processors by default.
        written_as: the ``.r1cs`` file that the circuit was read from; by default the output of
            ``formats.r1cs.dumps``. snarkjs requires this file's order of terms, and circom has an
            order of its own.

    Returns:
        The content of the ``.zkey`` that ``snarkjs groth16 setup`` writes.

    Raises:
        InvalidInput: if the powers are too few for the circuit, or not prepared, or ``written_as``
            is another circuit.
        MalformedFile, UnsafeKey: if ``Phase1.of`` refuses the powers.
        OutOfMemory: if the machine has too little memory.
    """
    import zkcredit._kernel as _kernel

    require_instance("the circuit", system, ConstraintSystem)
    require_instance("the powers of tau", ptau, PtauFile)
    threads = thread_count(threads)
    power = max(1, (system.n_constraints + system.n_public).bit_length())
    phase1 = Phase1.of(ptau, power, threads)
    with memory_errors(), kernel_errors():
        coefficients = Coefficients.as_written(
            system, r1cs.dumps(system) if written_as is None else written_as
        )
        a, b = (_of_matrix(coefficients, number) for number in (0, 1))
        key_a = sparse_sums(phase1.tau_g1, a, system.n_wires, threads)
        key_b1 = sparse_sums(phase1.tau_g1, b, system.n_wires, threads)
        key_b2 = sparse_sums(phase1.tau_g2, b, system.n_wires, threads)
        key_c = sparse_sums(
            np.concatenate([phase1.beta_g1, phase1.alpha_g1, phase1.tau_g1]),
            SparseTerms.stacked((a, b, _terms(system.c)), 1 << power),
            system.n_wires,
            threads,
        )
        split = system.n_public + 1
        g1, g2 = g1_to_limbs([G1_GENERATOR]), g2_to_limbs([G2_GENERATOR])
        circuit_hash = snarkjs_circuit_hash(
            [phase1.alpha1, phase1.beta1, phase1.beta2, g2, g1, g2],
            [key_c[:split], key_c[split:], key_a, key_b1, key_b2],
            phase1.tau,
            1 << power,
        )
        return ZKeyFile(
            n_wires=system.n_wires,
            n_public=system.n_public,
            domain_size=1 << power,
            alpha1_mont=_kernel.g1_to_mont(phase1.alpha1)[0],
            beta1_mont=_kernel.g1_to_mont(phase1.beta1)[0],
            beta2_mont=_kernel.g2_to_mont(phase1.beta2)[0],
            gamma2_mont=_kernel.g2_to_mont(g2)[0],
            delta1_mont=_kernel.g1_to_mont(g1)[0],
            delta2_mont=_kernel.g2_to_mont(g2)[0],
            ic_mont=_kernel.g1_to_mont(key_c[:split]),
            matrix=coefficients.matrix,
            row=coefficients.row,
            wire=coefficients.wire,
            value_mont2=_kernel.fr_to_mont(_kernel.fr_to_mont(coefficients.value)),
            a_mont=_kernel.g1_to_mont(key_a),
            b1_mont=_kernel.g1_to_mont(key_b1),
            b2_mont=_kernel.g2_to_mont(key_b2),
            c_mont=_kernel.g1_to_mont(key_c[split:]),
            h_mont=_kernel.g1_to_mont(phase1.h),
            circuit_hash=circuit_hash,
        )


def _of_matrix(coefficients: Coefficients, number: int) -> SparseTerms:
    chosen = np.flatnonzero(coefficients.matrix == number)
    return SparseTerms(
        coefficients.row[chosen].astype(np.int64),
        coefficients.wire[chosen].astype(np.int64),
        coefficients.value[chosen],
    )


def _terms(matrix: Matrix) -> SparseTerms:
    return SparseTerms(matrix.row_of_entry, matrix.wires.astype(np.int64), matrix.coefficients)
