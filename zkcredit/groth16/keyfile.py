"""Read and write proving keys as ``.zkey`` files.

The origin of a key follows from the file's contributions, and our mark in the file can only lower
it. A key is "claimed" if it has two or more contributions (random beacons add no secret and do not
count) and the last δ is the key's. Otherwise one party could know δ, and it is "single-party". This
module does not check that the contributions follow from one another: ``verify_ceremony`` does,
given the circuit and the powers of tau.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Final

from zkcredit._internal import files
from zkcredit._internal.json import parse
from zkcredit._internal.refused.file_errors import in_file
from zkcredit.bn254 import packed
from zkcredit.errors import MalformedFile
from zkcredit.formats import zkey
from zkcredit.groth16 import checked_keys as checked
from zkcredit.groth16.kernel import kernel_errors
from zkcredit.groth16.keys import ProvingKey, VerifyingKey
from zkcredit.groth16.trust import ORIGINS, Origin

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.bn254.limbs import Limbs
    from zkcredit.formats.zkey import ZKeyFile, ZKeySections
    from zkcredit.groth16.coefficients import Coefficients

__all__ = [
    "MAX_KEY_BYTES",
    "coefficients_of",
    "dumps",
    "g1",
    "g2",
    "load_proving_key",
    "loads",
    "save_proving_key",
    "verifying_key_of",
]

MAX_KEY_BYTES: Final = 1 << 32
"""Largest key file read: a domain of about 2^22."""


def load_proving_key(path: str | Path, *, check_points: bool = True) -> ProvingKey:
    """Read a proving key.

    The points of a file are checked only once, because the check takes longer than a proof: the
    user's cache remembers the digest of a file that passed (see ``checked_keys``).

    Raises:
        InvalidInput: if the file does not exist.
        MalformedFile: if the file is not a key.
        UnsafeKey: if the key is forgeable or broken.
    """
    data = files.read_limited(path, MAX_KEY_BYTES)
    if not check_points:
        with in_file(path):
            return loads(data, check_points=False)
    digest = hashlib.sha256(data).hexdigest()
    known = checked.is_known(digest)
    with in_file(path):
        key = loads(data, check_points=not known)
    if not known:
        checked.remember(digest)
    return key


def save_proving_key(path: str | Path, proving_key: ProvingKey) -> None:
    """Write a proving key to a file; write all of it, or nothing."""
    files.write_atomic(path, dumps(proving_key))


def loads(data: bytes | memoryview, *, check_points: bool = True) -> ProvingKey:
    """Decode and check a proving key.

    Args:
        data: a Groth16 ``.zkey`` file.
        check_points: whether to check that every point is in its group. Set it to False only for
            the bytes of a key that was checked before.

    Raises:
        MalformedFile: if the bytes are not a key.
        UnsafeKey: if the key is forgeable or broken.
    """
    parts = zkey.sections(data)
    verifying_key = verifying_key_of(parts)
    file = zkey.arrays(parts)
    with kernel_errors():
        key = ProvingKey(
            verifying_key=verifying_key,
            n_wires=file.n_wires,
            domain_size=file.domain_size,
            coefficients=coefficients_of(file),
            beta1=g1(file.beta1_mont)[0],
            delta1=g1(file.delta1_mont)[0],
            a=g1(file.a_mont),
            b1=g1(file.b1_mont),
            b2=g2(file.b2_mont),
            c=g1(file.c_mont),
            h=g1(file.h_mont),
            circuit_hash=file.circuit_hash,
            contributions=file.contributions,
        )
    if check_points:
        key.require_safe()
    return key


def verifying_key_of(file: ZKeySections) -> VerifyingKey:
    """Return the verification key in a file, with the file's origin and circuit digest.

    Raises:
        MalformedFile: if our mark in the file is damaged, or the last contribution has another δ
            than the key.
        UnsafeKey: if the key is forgeable or broken.
    """
    claimed, digest = _read_mark(file.mark)
    return VerifyingKey(
        alpha1=packed.g1_points(packed.from_stored(file.alpha1))[0],
        beta2=packed.g2_points(packed.from_stored(file.beta2))[0],
        gamma2=packed.g2_points(packed.from_stored(file.gamma2))[0],
        delta2=packed.g2_points(packed.from_stored(file.delta2))[0],
        ic=tuple(packed.g1_points(packed.from_stored(file.ic))),
        origin=_origin(file, claimed),
        circuit_digest=digest,
    )


def dumps(proving_key: ProvingKey) -> bytes:
    """Encode a proving key as a ``.zkey``, with its origin and circuit digest as our mark.

    Raises:
        UnsafeKey: if the key is forgeable or broken.
    """
    import zkcredit._kernel as _kernel
    from zkcredit.bn254.limbs import g1_to_limbs, g2_to_limbs

    vk = proving_key.verifying_key
    vk.require_safe()
    mark: dict[str, str] = {"origin": vk.origin}
    if vk.circuit_digest is not None:
        mark["circuit"] = vk.circuit_digest
    with kernel_errors():
        return zkey.dumps(
            zkey.ZKeyFile(
                n_wires=proving_key.n_wires,
                n_public=proving_key.n_public,
                domain_size=proving_key.domain_size,
                alpha1_mont=_kernel.g1_to_mont(g1_to_limbs([vk.alpha1]))[0],
                beta1_mont=_kernel.g1_to_mont(proving_key.beta1.reshape(1, 8))[0],
                beta2_mont=_kernel.g2_to_mont(g2_to_limbs([vk.beta2]))[0],
                gamma2_mont=_kernel.g2_to_mont(g2_to_limbs([vk.gamma2]))[0],
                delta1_mont=_kernel.g1_to_mont(proving_key.delta1.reshape(1, 8))[0],
                delta2_mont=_kernel.g2_to_mont(g2_to_limbs([vk.delta2]))[0],
                ic_mont=_kernel.g1_to_mont(g1_to_limbs(vk.ic)),
                matrix=proving_key.coefficients.matrix,
                row=proving_key.coefficients.row,
                wire=proving_key.coefficients.wire,
                value_mont2=_kernel.fr_to_mont(_kernel.fr_to_mont(proving_key.coefficients.value)),
                a_mont=_kernel.g1_to_mont(proving_key.a),
                b1_mont=_kernel.g1_to_mont(proving_key.b1),
                b2_mont=_kernel.g2_to_mont(proving_key.b2),
                c_mont=_kernel.g1_to_mont(proving_key.c),
                h_mont=_kernel.g1_to_mont(proving_key.h),
                circuit_hash=proving_key.circuit_hash,
                contributions=proving_key.contributions,
                mark=json.dumps(mark, sort_keys=True).encode(),
            )
        )


def _origin(file: ZKeySections, claimed: Origin | None) -> Origin:
    parties = sum(not step.made_by.is_beacon for step in file.contributions)
    derived: Origin = "single-party"
    if parties >= 2:
        if file.contributions[-1].delta_after != file.delta1:
            raise MalformedFile(".zkey file: the last contribution has another δ than the key")
        derived = "claimed"
    # ORIGINS begins with the least trustworthy.
    return derived if claimed is None else min(claimed, derived, key=ORIGINS.index)


def _read_mark(mark: bytes) -> tuple[Origin | None, str | None]:
    if not mark:
        return None, None
    members = parse(mark, ".zkey file: our mark", len(mark))
    if not isinstance(members, dict) or not members.keys() <= {"origin", "circuit"}:
        raise MalformedFile(".zkey file: our mark has unknown members")
    origin, digest = members.get("origin"), members.get("circuit")
    if not isinstance(origin, str) or origin not in ORIGINS:
        raise MalformedFile(".zkey file: our mark names an unknown origin")
    if digest is not None and not (
        isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest)
    ):
        raise MalformedFile(".zkey file: our mark does not contain a valid circuit digest")
    return origin, digest


def coefficients_of(file: ZKeyFile) -> Coefficients:
    """Return the coefficients of A and B in the file's order."""
    import zkcredit._kernel as _kernel
    from zkcredit.groth16.coefficients import Coefficients

    value = _kernel.fr_from_mont(_kernel.fr_from_mont(file.value_mont2))
    return Coefficients(file.matrix, file.row, file.wire, value)


def g1(points: Limbs) -> Limbs:
    """Return points of G1 from a file's encoding as canonical rows, (n, 8)."""
    import zkcredit._kernel as _kernel

    return _kernel.g1_from_mont(_aligned(points).reshape(-1, 8))


def g2(points: Limbs) -> Limbs:
    """Return points of G2 from a file's encoding as canonical rows, (n, 16)."""
    import zkcredit._kernel as _kernel

    return _kernel.g2_from_mont(_aligned(points).reshape(-1, 16))


def _aligned(points: Limbs) -> Limbs:
    import numpy as np

    # A section without padding can begin at any address of the file.
    return np.require(points, dtype=np.uint64, requirements=["A", "C"])
