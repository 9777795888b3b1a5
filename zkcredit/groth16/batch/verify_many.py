"""Verify many proofs under one key, in a fraction of the time that single proofs take.

The kernel draws random 128-bit weights and checks one combination of all equations (Bellare,
Garay, Rabin, "Fast batch verification for modular exponentiation and digital signatures",
EUROCRYPT 1998, §3): n + 3 Miller loops and one final exponentiation. The weights prevent the errors
of two bad proofs from cancelling; a batch with a bad proof passes with probability 2⁻¹²⁸.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.bn254.points import G1Point, G2Point, finite_coordinates
from zkcredit.errors import InvalidInput, InvalidProof, OutOfRange
from zkcredit.groth16.kernel import kernel_errors, memory_errors, thread_count
from zkcredit.groth16.keys import Proof, VerifyingKey
from zkcredit.groth16.trust import warn_of
from zkcredit.groth16.verification import checked_public_inputs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["verify_many"]

_SHOWN: Final = 10


def verify_many(
    verifying_key: VerifyingKey,
    claims: Iterable[tuple[Iterable[int], Proof]],
    threads: int | None = None,
) -> None:
    """Check that every proof is valid for its public inputs. Return only if all are.

    Args:
        verifying_key: the verification key of all proofs.
        claims: (public inputs, proof) pairs, as for ``verify``; an empty list passes.
        threads: threads that the kernel may use; by default all processors of this process.

    Warns:
        UnsafeKeyWarning: if somebody can forge proofs under the key.

    Raises:
        InvalidInput: if a claim is not a pair, or ``verify`` refuses its parts; the message begins
            with its index.
        OutOfRange: if a public input is not in [0, r).
        InvalidProof: if proofs are invalid; ``indices`` has the indices of all of them.
        OutOfMemory: if the machine has too little memory.
    """
    require_instance("the key", verifying_key, VerifyingKey)
    workers = thread_count(threads)
    warn_of(verifying_key.origin)
    with memory_errors():
        _verify_many(verifying_key, claims, workers)


def _verify_many(
    key: VerifyingKey, claims: Iterable[tuple[Iterable[int], Proof]], threads: int
) -> None:
    coordinates: list[int] = []
    inputs: list[int] = []
    kept: list[int] = []  # indices of the proofs that the kernel checks
    bad: list[int] = []
    try:
        pairs = enumerate(claims)
    except TypeError as error:
        raise InvalidInput("claims must be pairs of public inputs and a proof") from error
    for i, claim in pairs:
        public, proof = _read(key, i, claim)
        if proof is None:
            bad.append(i)
            continue
        kept.append(i)
        inputs.extend(public)
        coordinates.extend(proof)
    total = len(kept) + len(bad)
    bad.extend(kept[i] for i in _find_invalid(key, coordinates, inputs, threads))
    if bad:
        raise InvalidProof(_text(sorted(bad), total), tuple(sorted(bad)))


def _read(
    key: VerifyingKey, index: int, claim: tuple[Iterable[int], Proof]
) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Return the public inputs and the proof's coordinates; None for a proof with bad points."""
    try:
        public_inputs, proof = claim
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"claim {index} is not a pair of public inputs and a proof") from error
    if not isinstance(proof, Proof):
        raise InvalidInput(f"claim {index}: the proof must be a zkcredit.groth16.Proof")
    try:
        public = checked_public_inputs(key, public_inputs)
    except InvalidInput as error:
        kind = OutOfRange if isinstance(error, OutOfRange) else InvalidInput
        raise kind(f"claim {index}: {error}") from error
    a = finite_coordinates(proof.a, G1Point)
    b = finite_coordinates(proof.b, G2Point)
    c = finite_coordinates(proof.c, G1Point)
    return public, None if a is None or b is None or c is None else a + b + c


def _find_invalid(
    key: VerifyingKey, coordinates: list[int], inputs: list[int], threads: int
) -> list[int]:
    points = to_limbs(coordinates).reshape(-1, 32)
    a, b, c = (points[:, s].copy() for s in (slice(8), slice(8, 24), slice(24, 32)))
    with kernel_errors():
        found = key.resident.verify_many(a, b, c, to_limbs(inputs, R), threads)
    return [int(i) for i in found]


def _text(bad: list[int], total: int) -> str:
    shown = ", ".join(map(str, bad[:_SHOWN])) + (", …" if len(bad) > _SHOWN else "")
    return f"{len(bad)} of {total} proofs do not hold for their public inputs: {shown}"
