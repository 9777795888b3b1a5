"""One way from a key in the kernel and a witness to a proof that was verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254 import packed
from zkcredit.errors import UnsatisfiedWitness
from zkcredit.groth16.kernel import kernel_errors
from zkcredit.groth16.keys import Proof

if TYPE_CHECKING:
    import zkcredit._kernel as _kernel
    from zkcredit.groth16.keys import VerifyingKey

__all__ = ["proof_of"]

_POINTS = 2 * packed.NUMBER_BYTES, 6 * packed.NUMBER_BYTES
"""Where B and C begin in the bytes of a proof."""


def proof_of(
    proving_key: _kernel.ProvingKey,
    verifying_key: VerifyingKey,
    witness: bytes | memoryview,
    threads: int,
) -> Proof:
    """Prove, and verify the proof before it is returned. Does not warn.

    Args:
        proving_key: the proving key in the kernel's memory.
        verifying_key: its verification key.
        witness: the value of every wire, 32 bytes each, wire 0 = 1 first.
        threads: threads that the kernel may use.

    Raises:
        InvalidInput: if the number of values is wrong, a value is not below r, or the first is not
            one.
        UnsatisfiedWitness: if the proof does not hold, because the witness breaks a constraint.
        OutOfMemory: if the machine has too little memory.
    """
    size = packed.NUMBER_BYTES
    with kernel_errors():
        made = proving_key.prove_bytes(witness, threads)
        inputs = witness[size : size * (verifying_key.n_public + 1)]
        holds = verifying_key.resident.verify_bytes(made, inputs, threads)
    if not holds:
        raise UnsatisfiedWitness(
            "the proof does not hold: the witness breaks a constraint; it may belong to another "
            "circuit than the key, or to another version of it"
        )
    b, c = _POINTS
    return Proof(
        packed.g1_points(made[:b])[0],
        packed.g2_points(made[b:c])[0],
        packed.g1_points(made[c:])[0],
    )
