"""Proving keys that go from a file into the kernel, for processes that prove from files.

The points and coefficients of the file never become arrays of Python, so nothing here loads numpy.
``keyfile.load_proving_key`` reads the same file into a ``ProvingKey``, which can also be compared,
changed and written.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal import files
from zkcredit._internal.refused.file_errors import in_file
from zkcredit.bn254 import packed
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.formats import zkey
from zkcredit.groth16 import checked_keys as checked
from zkcredit.groth16.kernel import kernel_errors, memory_errors, thread_count
from zkcredit.groth16.key_checks import require_safe_stored_points
from zkcredit.groth16.keyfile import MAX_KEY_BYTES, verifying_key_of
from zkcredit.groth16.proofs import proof_of
from zkcredit.groth16.trust import warn_of

if TYPE_CHECKING:
    from pathlib import Path

    import zkcredit._kernel as _kernel
    from zkcredit.formats.zkey import ZKeySections
    from zkcredit.groth16.keys import Proof, VerifyingKey

__all__ = ["ResidentKey", "load_resident_key", "load_verifying_key", "loads"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ResidentKey:
    """A proving key in the kernel's memory, whose points were checked.

    Attributes:
        verifying_key: the matching verification key.
        n_wires: number of wires, the constant wire included.
        kernel: the key in the kernel's memory.
    """

    verifying_key: VerifyingKey
    n_wires: int
    kernel: _kernel.ProvingKey

    def __repr__(self) -> str:
        return f"ResidentKey(n_wires={self.n_wires}, origin={self.verifying_key.origin!r})"

    def prove(self, witness: bytes | memoryview, threads: int | None = None) -> Proof:
        """Prove like ``zkcredit.groth16.prove``, from the bytes of ``formats.wtns.values``.

        Warns:
            UnsafeKeyWarning: if somebody can forge proofs under the key.

        Raises:
            InvalidInput: if the witness has another number of values.
            UnsatisfiedWitness: if the witness breaks a constraint.
            OutOfMemory: if the machine has too little memory.
        """
        workers = thread_count(threads)
        count = len(witness) // packed.NUMBER_BYTES
        if count != self.n_wires:
            raise InvalidInput(
                f"the witness has {count} wires, the key's circuit has {self.n_wires}: they belong "
                "to different circuits"
            )
        warn_of(self.verifying_key.origin)
        return proof_of(self.kernel, self.verifying_key, witness, workers)


def load_resident_key(path: str | Path, threads: int | None = None) -> ResidentKey:
    """Read a proving key into the kernel, with the checks of ``keyfile.load_proving_key``.

    Args:
        path: a ``.zkey`` file.
        threads: threads that check and load the points; by default all of this process.

    Raises:
        InvalidInput: if the file does not exist.
        MalformedFile: if the file is not a key.
        UnsafeKey: if the key is forgeable or broken.
        OutOfMemory: if the machine has too little memory.
    """
    workers = thread_count(threads)
    with memory_errors():
        return _resident(*_read(path, workers), workers)


def load_verifying_key(path: str | Path, threads: int | None = None) -> VerifyingKey:
    """Read the verification key in a proving key's file, after all checks of the proving key.

    Raises:
        InvalidInput: if the file does not exist.
        MalformedFile: if the file is not a key.
        UnsafeKey: if the key is forgeable or broken.
        OutOfMemory: if the machine has too little memory.
    """
    with memory_errors():
        return _read(path, thread_count(threads))[1]


def loads(data: bytes | memoryview, threads: int | None = None) -> ResidentKey:
    """Decode and check a proving key, whether or not its bytes were checked before.

    Raises:
        MalformedFile: if the bytes are not a key.
        UnsafeKey: if the key is forgeable or broken.
        OutOfMemory: if the machine has too little memory.
    """
    workers = thread_count(threads)
    with memory_errors():
        return _resident(*_checked(data, workers), workers)


def _read(path: str | Path, threads: int) -> tuple[ZKeySections, VerifyingKey]:
    data = files.read_limited(path, MAX_KEY_BYTES)
    digest = hashlib.sha256(data).hexdigest()
    with in_file(path):
        if checked.is_known(digest):
            file = zkey.sections(data)
            return file, verifying_key_of(file)
        found = _checked(data, threads)
    checked.remember(digest)
    return found


def _checked(data: bytes | memoryview, threads: int) -> tuple[ZKeySections, VerifyingKey]:
    file = zkey.sections(data)
    verifying_key = verifying_key_of(file)
    require_safe_stored_points(
        file, beta2=verifying_key.beta2, delta2=verifying_key.delta2, threads=threads
    )
    return file, verifying_key


def _resident(file: ZKeySections, verifying_key: VerifyingKey, threads: int) -> ResidentKey:
    import zkcredit._kernel as _kernel

    try:
        with kernel_errors():
            key = _kernel.ProvingKey.from_file(
                file.n_wires,
                file.n_public,
                file.domain_size,
                file.coefficients,
                file.alpha1,
                file.beta1,
                file.beta2,
                file.delta1,
                file.delta2,
                file.a,
                file.b1,
                file.b2,
                file.c,
                file.h,
                threads,
            )
    except InvalidInput as error:
        raise UnsafeKey(f"the proving key is broken: {error}") from error
    return ResidentKey(verifying_key, file.n_wires, key)
