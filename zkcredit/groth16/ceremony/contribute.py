"""A contribution to phase 2: δ times a secret, C and H divided by it, and a proof of the secret.

The files are those of ``snarkjs zkey contribute`` and ``zkey beacon``, in both directions.

The secret is the product of a number from the operating system and of a number that follows from
what the contributor typed. Each factor alone makes it unknown. The first factor, the secret and its
inverse exist only in arrays that are overwritten when the contribution is made. Python cannot
overwrite copies on the kernel's stack and in freed memory, and pages that the system wrote to the
disk. To be sure, end the process, or switch the machine off.
"""

from __future__ import annotations

import hashlib
import os
from concurrent import futures
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from zkcredit._internal.checks import require_instance, require_text, require_uint
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, g1_from_limbs, g1_to_limbs, g2_to_limbs, to_limbs
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.formats.binfile import Contributor, first_not_below
from zkcredit.formats.zkey import Contribution, ZKeyFile
from zkcredit.groth16 import keyfile
from zkcredit.groth16.ceremony.phase1 import same_ratio
from zkcredit.groth16.ceremony.phase2_chain import (
    contribution_digest,
    phase2_chain,
    transcript_of,
)
from zkcredit.groth16.ceremony.seeded import Seeded, g2_points
from zkcredit.groth16.ceremony.steps import MAX_ITERATIONS, Beacons, no_progress
from zkcredit.groth16.kernel import kernel_errors, memory_errors, thread_count
from zkcredit.groth16.trust import DEV_ALPHA1

if TYPE_CHECKING:
    from zkcredit.groth16.ceremony.steps import Progress

__all__ = ["Contributed", "apply_beacon", "contribute", "extended"]

_G1: Final = g1_to_limbs([G1_GENERATOR])
_G2: Final = g2_to_limbs([G2_GENERATOR])
_NAME_LIMIT: Final = 64
_LEAST_ITERATIONS: Final = 10
_CHUNK: Final = 1 << 12


class Contributed(NamedTuple):
    """A key after one more contribution.

    Attributes:
        key: the content of the new ``.zkey``.
        digest: 64 bytes, which the contributor publishes, and which name the contribution.
    """

    key: ZKeyFile
    digest: bytes


def contribute(
    key: ZKeyFile,
    *,
    name: str = "",
    entropy: bytes = b"",
    threads: int | None = None,
    progress: Progress = no_progress,
) -> Contributed:
    """Contribute to a key's phase 2 with a new secret, and forget it.

    Args:
        key: the key that ``initial_zkey`` or the previous party made.
        name: the contributor's name, for readers; nothing depends on it.
        entropy: what the contributor typed; the operating system's random numbers are mixed in.
        threads: number of threads; all processors by default.
        progress: a function that is told about the progress.

    Raises:
        UnsafeKey: if the contributions so far do not follow from one another or do not lead to the
            key's δ, a point is not in its group, or it is a dev key.
        InvalidInput: if the name has more than 64 characters, or an argument has another type.
        OutOfMemory: if the machine has too little memory.
    """
    require_text("the contributor's name", name, _NAME_LIMIT)
    require_instance("what was typed", entropy, bytes)
    secret = np.zeros((1, 4), dtype=np.uint64)
    try:
        _draw(secret, entropy)
        g1_s = Seeded(os.urandom(32)).g1()
        return extended(
            key, secret, g1_s, Contributor(False, name), threads=threads, progress=progress
        )
    finally:
        secret[:] = 0


def apply_beacon(
    key: ZKeyFile,
    beacon: bytes,
    iterations: int,
    *,
    name: str = "",
    threads: int | None = None,
    progress: Progress = no_progress,
) -> Contributed:
    """End a key's phase 2 with a random beacon, which everybody can compute again.

    Args:
        key: the key after the last contribution.
        beacon: bytes that nobody knew or could choose during the contributions.
        iterations: SHA-256 is applied to them 2^iterations times, from 10 to 24.
        name: a name for readers; nothing depends on it.
        threads: number of threads; all processors by default.
        progress: a function that is told about the progress.

    Raises:
        UnsafeKey: if ``contribute`` raises it.
        InvalidInput: if the beacon does not have 1 to 255 bytes, the iterations are out of range,
            the name is too long, or an argument has another type.
        OutOfMemory: if the machine has too little memory.
    """
    require_text("the beacon's name", name, _NAME_LIMIT)
    if not 0 < len(require_instance("the beacon", beacon, bytes)) <= 255:
        raise InvalidInput("a beacon has 1 to 255 bytes")
    require_uint("the iterations", iterations, 8)
    if not _LEAST_ITERATIONS <= iterations <= MAX_ITERATIONS.bit_length() - 1:
        raise InvalidInput(
            f"a beacon takes 2^{_LEAST_ITERATIONS} to 2^{MAX_ITERATIONS.bit_length() - 1} "
            "iterations, so that everybody can compute it again"
        )
    made_by = Contributor(True, name, beacon, iterations)
    seeded = Beacons().seeded(made_by, "phase 2", progress)
    secret = to_limbs([seeded.scalar()])
    return extended(key, secret, seeded.g1(), made_by, threads=threads, progress=progress)


def extended(
    key: ZKeyFile,
    secret: Limbs,
    g1_s: Limbs,
    made_by: Contributor,
    *,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> Contributed:
    """Return a key after a contribution with a given secret.

    Args:
        key: the previous key.
        secret: (1, 4), canonical, not zero; the caller overwrites it.
        g1_s: (1, 8), canonical.
        made_by: the contributor, for the record.
        threads: number of threads; all processors by default.
        progress: a function that is told about the progress.

    Raises:
        UnsafeKey: if ``contribute`` raises it.
        InvalidInput: if the record cannot hold ``made_by``, or the key has another type.
        OutOfMemory: if the machine has too little memory.
    """
    import zkcredit._kernel as _kernel

    require_instance("the key", key, ZKeyFile)
    workers = thread_count(threads)
    with memory_errors(), kernel_errors():
        delta1, delta2 = keyfile.g1(key.delta1_mont), keyfile.g2(key.delta2_mont)
        chain = phase2_chain(
            key.circuit_hash, key.contributions, threads=workers, progress=progress
        )
        if g1_from_limbs(keyfile.g1(key.alpha1_mont)) == [DEV_ALPHA1]:
            raise UnsafeKey("a dev key stays one: everybody knows its other secrets")
        if _kernel.g2_first_invalid(delta2) >= 0:
            raise UnsafeKey("delta2 is not in its group")
        if (chain.delta1 != delta1[0]).any() or not same_ratio(_G1, delta1, _G2, delta2):
            raise UnsafeKey("the contributions do not lead to the key's delta")
        g1_sx = _kernel.g1_mul(g1_s, secret)
        pair = np.concatenate([g1_s, g1_sx])
        transcript = transcript_of(chain.state, pair)
        g2_spx = _kernel.g2_mul(g2_points([transcript]), secret)
        delta1, delta2 = _kernel.g1_mul(delta1, secret), _kernel.g2_mul(delta2, secret)
        inverse = _kernel.fr_inv(secret)
        try:
            divided = {
                name: _divided(name, points, inverse, workers, progress)
                for name, points in (("C", key.c_mont), ("H", key.h_mont))
            }
        finally:
            inverse[:] = 0
        g1 = np.concatenate([delta1, pair])
        step = Contribution.of_parts(
            _kernel.g1_to_mont(g1), _kernel.g2_to_mont(g2_spx)[0], transcript, made_by
        )
        made = replace(
            key,
            delta1_mont=_kernel.g1_to_mont(delta1)[0],
            delta2_mont=_kernel.g2_to_mont(delta2)[0],
            c_mont=divided["C"],
            h_mont=divided["H"],
            contributions=(*key.contributions, step),
            mark=b"",
        )
        return Contributed(made, contribution_digest(g1, g2_spx, transcript))


def _draw(secret: Limbs, entropy: bytes) -> None:
    """Write a new secret into an array of zeros, (1, 4)."""
    import zkcredit._kernel as _kernel

    typed = hashlib.blake2b(entropy, salt=os.urandom(16)).digest()
    factor = to_limbs([int.from_bytes(typed, "big") % (R - 1) + 1])
    drawn = np.zeros((1, 4), dtype=np.uint64)
    try:
        while not drawn.any() or first_not_below(drawn, R) >= 0:
            _fill(drawn)
            drawn[0, 3] &= np.uint64((1 << 62) - 1)
        product = _kernel.fr_mul(drawn, factor)
        secret[:] = product
        product[:] = 0
    finally:
        drawn[:] = 0


def _fill(array: Limbs) -> None:
    """Fill an array with random bytes; if the system has a device for them, no copy is made."""
    fresh = os.urandom(1)  # waits until the system has collected enough
    try:
        with open("/dev/urandom", "rb", buffering=0) as device:
            device.readinto(array.data.cast("B"))
    except OSError:
        fresh = os.urandom(array.nbytes)
        array[:] = np.frombuffer(fresh, dtype=np.uint64).reshape(array.shape)


def _divided(name: str, points: Limbs, inverse: Limbs, threads: int, progress: Progress) -> Limbs:
    """Return points of a file times a scalar, in the file's encoding, after a check of each."""
    import zkcredit._kernel as _kernel

    plain = keyfile.g1(points)
    if len(plain) and _kernel.g1_first_invalid(plain) >= 0:
        raise UnsafeKey(f"a point of {name} is not on its curve")
    made = np.zeros_like(plain)

    def part(start: int) -> None:
        rows = slice(start, start + _CHUNK)
        scalars = np.repeat(inverse, len(plain[rows]), axis=0)
        made[rows] = _kernel.g1_to_mont(_kernel.g1_mul(plain[rows], scalars))
        scalars[:] = 0

    starts = range(0, len(plain), _CHUNK)
    with futures.ThreadPoolExecutor(threads) as pool:
        for start, _ in zip(starts, pool.map(part, starts), strict=True):
            progress(f"dividing {name}", min(start + _CHUNK, len(plain)), len(plain))
    return made
