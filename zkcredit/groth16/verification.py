"""Verify a proof, in about a millisecond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit.bn254 import packed
from zkcredit.bn254.fields import R
from zkcredit.bn254.points import G1Point, G2Point, finite_coordinates
from zkcredit.errors import InvalidInput, InvalidProof, OutOfRange
from zkcredit.groth16.kernel import kernel_errors, thread_count
from zkcredit.groth16.keys import Proof, VerifyingKey
from zkcredit.groth16.trust import warn_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["verify"]


def verify(
    verifying_key: VerifyingKey,
    public_inputs: Iterable[int],
    proof: Proof,
    threads: int | None = None,
) -> None:
    """Check that the proof is valid for the public inputs. Return only if it is.

    The proof's points must be canonical, on their curves, in their subgroups and not infinity, and
    public inputs must be below r, so each proof and each input has only one encoding.

    Args:
        verifying_key: the key.
        public_inputs: the public inputs, in the circuit's order.
        proof: the proof.
        threads: threads of the kernel, of which it uses two at most; by default all of this
            process. A server that verifies on many threads of its own gives 1.

    Warns:
        UnsafeKeyWarning: if somebody can forge proofs under the key.

    Raises:
        InvalidInput: if the number of public inputs is wrong, or one is not an integer; or if the
            number of threads is not 1 to 1024.
        OutOfRange: if a public input is not in [0, r).
        InvalidProof: if the proof is invalid.
    """
    require_instance("the key", verifying_key, VerifyingKey)
    inputs = checked_public_inputs(verifying_key, public_inputs)
    if not isinstance(proof, Proof):
        raise InvalidInput("the proof must be a zkcredit.groth16.Proof")
    warn_of(verifying_key.origin)
    if not holds(verifying_key, inputs, proof, threads):
        raise InvalidProof("the proof does not hold for these public inputs")


def checked_public_inputs(
    verifying_key: VerifyingKey, public_inputs: Iterable[int]
) -> tuple[int, ...]:
    """Return the public inputs, after the checks of number, type and range in ``verify``."""
    try:
        inputs = tuple(public_inputs)
    except TypeError as error:
        raise InvalidInput("public inputs must be a sequence of integers") from error
    if len(inputs) != verifying_key.n_public:
        raise InvalidInput(
            f"{verifying_key.n_public} public inputs are expected, not {len(inputs)}"
        )
    for i, value in enumerate(inputs):
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput(f"public input {i} is not an integer")
        if not 0 <= value < R:
            raise OutOfRange(f"public input {i} is not in [0, r)")
    return inputs


def holds(
    verifying_key: VerifyingKey,
    public_inputs: Sequence[int],
    proof: Proof,
    threads: int | None = None,
) -> bool:
    """Return whether the proof is valid for checked public inputs. Does not warn."""
    workers = thread_count(threads)
    for point, kind in ((proof.a, G1Point), (proof.b, G2Point), (proof.c, G1Point)):
        if finite_coordinates(point, kind) is None:
            return False
    points = packed.g1_bytes([proof.a]) + packed.g2_bytes([proof.b]) + packed.g1_bytes([proof.c])
    with kernel_errors():
        return verifying_key.resident.verify_bytes(
            points, packed.numbers(public_inputs, R), workers
        )
