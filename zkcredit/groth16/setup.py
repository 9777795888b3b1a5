"""Make dev keys, which are UNSAFE on purpose: everybody can forge proofs under them.

A dev key needs no ceremony and is the same on every machine: its trapdoor comes from a public
text. All dev keys share τ, α and β, so α identifies a dev key even if its mark was removed; γ and
δ depend on the circuit. Tests, demonstrations and local chains use dev keys.

Keys that protect money come from a ceremony of several parties. ``phase2_start.initial_zkey`` makes
the first file, the parties use ``snarkjs zkey contribute`` or a compatible tool, and
``keyfile.load_proving_key`` reads the result.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from typing import TYPE_CHECKING, Final

from zkcredit._internal import files
from zkcredit._internal.cache import cache_folder
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.errors import InvalidInput, MachineError, MalformedFile, UnsafeKey
from zkcredit.formats import r1cs
from zkcredit.groth16 import keyfile
from zkcredit.groth16.coefficients import Coefficients
from zkcredit.groth16.kernel import kernel_errors, memory_errors, resident, thread_count
from zkcredit.groth16.keys import ProvingKey, verifying_key_from_arrays
from zkcredit.r1cs.system import ConstraintSystem

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.r1cs.circuit import Circuit

__all__ = ["dev_cache_folder", "dev_setup", "dev_trapdoor", "load_or_create_dev_key"]

_LOG: Final = logging.getLogger(__name__)
_LABEL: Final = "zkcredit/dev-setup/unsafe/v1"


def dev_setup(system: ConstraintSystem, threads: int | None = None) -> ProvingKey:
    """UNSAFE: make the dev key of a circuit, under which everybody can forge proofs.

    Equal circuits have equal dev keys on every machine.

    Raises:
        OutOfMemory: if the machine has too little memory.
    """
    import zkcredit._kernel as _kernel

    with memory_errors():
        digest = r1cs.digest(system)
        with kernel_errors():
            points = _kernel.groth16_setup(
                resident(system), to_limbs(dev_trapdoor(digest), R), thread_count(threads)
            )
        return ProvingKey(
            verifying_key=verifying_key_from_arrays(
                points["alpha1"],
                points["beta2"],
                points["gamma2"],
                points["delta2"],
                points["ic"],
                origin="dev",
                circuit_digest=digest,
            ),
            n_wires=system.n_wires,
            domain_size=len(points["h"]),
            coefficients=Coefficients.of(system),
            beta1=points["beta1"],
            delta1=points["delta1"],
            a=points["a"],
            b1=points["b1"],
            b2=points["b2"],
            c=points["c"],
            h=points["h"],
        )


def dev_trapdoor(circuit_digest: str) -> list[int]:
    """Return the public "secrets" τ, α, β, γ, δ of the dev key of a circuit, each in [1, r)."""
    seeds = [f"{_LABEL}/{name}" for name in ("tau", "alpha", "beta")]
    seeds += [f"{_LABEL}/{name}/{circuit_digest}" for name in ("gamma", "delta")]
    return [1 + int.from_bytes(hashlib.sha512(s.encode()).digest()) % (R - 1) for s in seeds]


def load_or_create_dev_key(circuit: Circuit | ConstraintSystem) -> ProvingKey:
    """UNSAFE: return the dev key of a circuit from this user's cache, or make it and cache it.

    A cached file that is damaged or cannot be read is made again. If the cache cannot be written,
    the key is made each time.

    Raises:
        OutOfMemory: if the machine has too little memory.
    """
    system = circuit if isinstance(circuit, ConstraintSystem) else circuit.system
    digest = r1cs.digest(system)
    path = dev_cache_folder() / f"unsafe-dev-{digest}.key"
    with contextlib.suppress(InvalidInput, UnsafeKey):
        cached = _read_cached(path, digest)
        _LOG.debug("read the dev key of circuit %s from the cache", digest)
        return cached
    start = time.perf_counter()
    key = dev_setup(system)
    _LOG.info("made the dev key of circuit %s in %.1f s", digest, time.perf_counter() - start)
    with contextlib.suppress(InvalidInput, MachineError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        data = keyfile.dumps(key)
        files.write_atomic(path, data + hashlib.sha256(data).digest())
    return key


def dev_cache_folder() -> Path:
    """Return the folder of cached dev keys; the variable ZKCREDIT_CACHE moves it."""
    return cache_folder("keys")


def _read_cached(path: Path, digest: str) -> ProvingKey:
    data = files.read_limited(path, keyfile.MAX_KEY_BYTES)
    body, checksum = memoryview(data)[:-32], data[-32:]
    if hashlib.sha256(body).digest() != checksum:
        raise MalformedFile(f"{path} is damaged")
    # The checksum replaces the check of points; whoever can change both files can forge anyway.
    key = keyfile.loads(body, check_points=False)
    if key.origin != "dev" or key.circuit_digest != digest:
        raise MalformedFile(f"{path} is the key of another circuit")
    return key
