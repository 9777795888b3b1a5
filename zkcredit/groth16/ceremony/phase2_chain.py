"""Check that the contributions to a key follow from one another, and lead to the key's δ.

Contribution i, with the secret factor x, shows g1_s, g1_sx = x·g1_s, g2_spx = x·g2_sp and
δᵢ = x·δᵢ₋₁, where δ₀ is the generator. ``transcript`` is the hash of the circuit hash, of all
earlier contributions, and of g1_s and g1_sx; g2_sp is the point of G₂ that follows from it
(``seeded``). Whoever shows these knows x, because nobody can reuse the proof of an earlier
transcript. A beacon's x, g1_s and g1_sx follow from its bytes.

This shows that the contributions follow from one another, but not that different people made them.
No hash covers the names, nor whether a contribution calls itself a beacon.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from zkcredit.bn254.limbs import Limbs, g1_to_limbs, to_limbs
from zkcredit.bn254.points import G1_GENERATOR
from zkcredit.errors import UnsafeKey
from zkcredit.groth16.ceremony.circuit_hash import big_endian
from zkcredit.groth16.ceremony.seeded import g2_points
from zkcredit.groth16.ceremony.steps import (
    MAX_CONTRIBUTIONS,
    MAX_ITERATIONS,
    Beacons,
    Progress,
    Ratios,
    VerifiedStep,
    no_progress,
    require_points,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.formats.zkey import Contribution

__all__ = ["Phase2Chain", "contribution_digest", "phase2_chain", "transcript_of"]

_PHASE: Final = "phase 2"
_GENERATOR: Final = g1_to_limbs([G1_GENERATOR])[0]
_POINTS: Final = ("delta", "g1_s", "g1_sx")


class Phase2Chain(NamedTuple):
    """Contributions that follow from one another.

    Attributes:
        steps: one entry for each contribution.
        delta1: δ after the last contribution, (8,), canonical.
        state: the hash of the circuit hash and of all contributions, with which the next begins.
    """

    steps: tuple[VerifiedStep, ...]
    delta1: Limbs
    state: hashlib.blake2b


def phase2_chain(
    circuit_hash: bytes,
    contributions: Sequence[Contribution],
    *,
    threads: int = 1,
    max_iterations: int = MAX_ITERATIONS,
    progress: Progress = no_progress,
) -> Phase2Chain:
    """Verify that contributions follow from one another, beginning with δ = 1.

    Args:
        circuit_hash: the hash with which the first contribution begins.
        contributions: the contributions of a ``.zkey``.
        threads: number of threads.
        max_iterations: how often SHA-256 may be computed for all beacons.
        progress: a function that is told about the progress.

    Raises:
        UnsafeKey: if they do not follow, there are more than ``MAX_CONTRIBUTIONS``, or a beacon
            asks for too many iterations; the message names the contribution.
    """
    state = hashlib.blake2b(circuit_hash)
    count = len(contributions)
    if not count:
        return Phase2Chain((), _GENERATOR.copy(), state)
    if count > MAX_CONTRIBUTIONS:
        raise UnsafeKey(f"{_PHASE}: more than {MAX_CONTRIBUTIONS} contributions are not verified")
    in_g1 = [(c.delta_after_mont, c.g1_s_mont, c.g1_sx_mont) for c in contributions]
    g1 = require_points(_PHASE, _POINTS, np.array(in_g1).reshape(-1, 8), threads).reshape(-1, 3, 8)
    in_g2 = np.array([c.g2_spx_mont for c in contributions])
    g2_spx = require_points(_PHASE, ["g2_spx"], in_g2, threads)
    before = np.concatenate([_GENERATOR[None], g1[:-1, 0]])
    steps = []
    for i, step in enumerate(contributions):
        where = f"{_PHASE}, contribution {i + 1}"
        if transcript_of(state, g1[i, 1:]) != step.transcript:
            raise UnsafeKey(f"{where}: the transcript is not the hash of what was there before")
        if (g1[i, 0] == before[i]).all():
            raise UnsafeKey(f"{where}: delta does not change, so that its secret is 1")
        key = _hashed(g1[i], g2_spx[i], step.transcript)
        state.update(key)
        digest = hashlib.blake2b(key).digest()
        steps.append(VerifiedStep(i + 1, digest, step.is_beacon, step.name))
    _require_beacons(contributions, g1, Beacons(max_iterations), progress)
    ratios = Ratios(_PHASE)
    for start in range(0, count, 64):
        part = contributions[start : start + 64]
        for i, g2_sp in enumerate(g2_points(c.transcript for c in part), start):
            delta, g1_s, g1_sx = g1[i]
            pairs = [(g1_s, g1_sx), (before[i], delta)]
            ratios.add(i + 1, "delta does not follow by the key that it shows", pairs, g2_sp,
                       g2_spx[i])  # fmt: skip
        progress(f"{_PHASE}: hashes", start + len(part), count)
    ratios.require(threads, progress)
    return Phase2Chain(tuple(steps), g1[-1, 0].copy(), state)


def transcript_of(state: hashlib.blake2b, pair: Limbs) -> bytes:
    """Return the transcript of a step after ``state``, with g1_s and g1_sx, (2, 8)."""
    hasher = state.copy()
    hasher.update(big_endian(pair))
    return hasher.digest()


def contribution_digest(g1: Limbs, g2_spx: Limbs, transcript: bytes) -> bytes:
    """Return the hash that a contributor publishes.

    Args:
        g1: δ, g1_s and g1_sx, (3, 8), canonical.
        g2_spx: (16,).
        transcript: the contribution's transcript.
    """
    return hashlib.blake2b(_hashed(g1, g2_spx, transcript)).digest()


def _hashed(g1: Limbs, g2_spx: Limbs, transcript: bytes) -> bytes:
    return big_endian(g1) + big_endian(g2_spx.reshape(1, 16)) + transcript


def _require_beacons(
    contributions: Sequence[Contribution], g1: Limbs, beacons: Beacons, progress: Progress
) -> None:
    import zkcredit._kernel as _kernel

    for i, step in enumerate(contributions):
        if not step.is_beacon:
            continue
        where = f"{_PHASE}, contribution {i + 1}"
        seeded = beacons.seeded(step.made_by, where, progress)
        secret = to_limbs([seeded.scalar()])
        g1_s = seeded.g1()
        wanted = np.concatenate([g1_s, _kernel.g1_mul(g1_s, secret)])
        if (g1[i, 1:] != wanted).any():
            raise UnsafeKey(f"{where}: the key does not follow from the beacon")
