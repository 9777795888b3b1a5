"""From inputs to a proof, with a circuit's program and its key: snarkjs's ``groth16 fullprove``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254 import packed
from zkcredit.circom.program import MEMORY_LIMIT, TIME_LIMIT, CircomProgram
from zkcredit.errors import InvalidInput
from zkcredit.groth16.resident_key import ResidentKey, load_resident_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zkcredit.groth16.keys import Proof

__all__ = ["full_prove"]


def full_prove(
    inputs: object,
    program: CircomProgram | str | Path,
    proving_key: ResidentKey | str | Path,
    *,
    threads: int | None = None,
    log: Callable[[str], None] | None = None,
    memory_limit: int = MEMORY_LIMIT,
    time_limit: float = TIME_LIMIT,
) -> tuple[Proof, list[int]]:
    """Compute the witness of some inputs, prove it, and verify the proof.

    To prove often, load both once: ``CircomProgram.load`` and
    ``zkcredit.groth16.resident_key.load_resident_key``.

    Args:
        inputs: the values of the circuit's input signals, see ``CircomProgram.witness``.
        program: the circuit's program, or its ``.wasm`` file.
        proving_key: the circuit's proving key, or its ``.zkey`` file.
        threads: threads that the kernel may use; by default all processors of this process.
        log: gets each line of the circuit's ``log()``, which may hold a secret.
        memory_limit: bytes that the program may have.
        time_limit: seconds that the program may take.

    Returns:
        The proof and the public inputs, the circuit's outputs first.

    Warns:
        UnsafeKeyWarning: if somebody can forge proofs under the key.

    Raises:
        InvalidInput: if an input signal is missing, unknown, or has another number of values; if
            program and key belong to different circuits; or a limit is reached.
        OutOfRange: if a number is not in (−r, r).
        MalformedFile: if a file is something else, or over another field.
        UnsatisfiedWitness: if the circuit refuses the inputs, or the witness breaks a constraint.
        UnsafeKey: if the key is forgeable or broken.
        MissingExtra: if the extra ``zkcredit[circom]`` is not installed.
    """
    loaded = program if isinstance(program, CircomProgram) else CircomProgram.load(program)
    values = loaded.witness(inputs, log=log, memory_limit=memory_limit, time_limit=time_limit)
    if not isinstance(proving_key, ResidentKey):
        proving_key = load_resident_key(proving_key, threads)
    count = len(values) // packed.NUMBER_BYTES
    if count != proving_key.n_wires:
        raise InvalidInput(
            f"the program computes {count} wires, the key's circuit has {proving_key.n_wires}: "
            "they belong to different circuits, or to different versions of one"
        )
    proof = proving_key.prove(values, threads)
    after_inputs = packed.NUMBER_BYTES * (proving_key.verifying_key.n_public + 1)
    return proof, packed.from_numbers(values[packed.NUMBER_BYTES : after_inputs])
