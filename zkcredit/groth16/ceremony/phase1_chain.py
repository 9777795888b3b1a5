"""Check that the contributions to powers of tau follow from one another.

A contribution multiplies τ, α and β by secret factors. For each factor x it shows g1_s, x·g1_s and
x·g2_sp, where g2_sp is the point of G₂ that follows from the name of the factor, from the challenge
at the end of the previous step, and from the pair in G₁. The first challenge is the hash of a file
whose powers are all the generator; the last contribution's next challenge is the hash of its
response and of this file's powers. The other challenges belong to files that nobody kept, so they
are taken from this file.

``phase1`` checks that the powers are powers of the last contribution's τ, α and β. Together this
shows that the contributions follow from one another, but not that different people made them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from zkcredit.bn254.limbs import Limbs, g1_to_limbs, g2_to_limbs, to_limbs
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.errors import MalformedFile, UnsafeKey
from zkcredit.groth16.ceremony.blake2b_state import digest_from_state
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

    from zkcredit.formats.ptau import PtauContribution, PtauFile

__all__ = ["computed_first_challenge", "first_challenge", "phase1_chain"]

_PHASE: Final = "phase 1"
_G1: Final = g1_to_limbs([G1_GENERATOR])
_G2: Final = g2_to_limbs([G2_GENERATOR])
_SECRETS: Final = ("tau", "alpha", "beta")
_IN_G1: Final = (*_SECRETS, *(f"{name} {part}" for name in _SECRETS for part in ("g1_s", "g1_sx")))
_IN_G2: Final = ("tau in G2", "beta in G2", *(f"{name} g2_spx" for name in _SECRETS))
_CHUNK: Final = 1 << 14
_KNOWN: Final = {
    28: bytes.fromhex(
        "93da91920d5a54a8a0fde55cd9dc3a10c4f3eef768b62c0948741370864254b4"
        "c1920f3f29d4ebc0ef3acecf2e2db63a755713d77e1ed77347a56fbc317c7a93"
    )
}
"""The challenge that the Perpetual Powers of Tau began with: the hash of 100 GB. One of the long
tests computes it again."""


def phase1_chain(
    file: PtauFile,
    *,
    threads: int = 1,
    max_iterations: int = MAX_ITERATIONS,
    progress: Progress = no_progress,
) -> tuple[VerifiedStep, ...]:
    """Verify that the contributions to a file follow from one another, beginning with 1.

    Args:
        file: the powers of tau; ``Phase1.of`` checks that they belong to the last contribution.
        threads: number of threads.
        max_iterations: how often SHA-256 may be computed for all beacons.
        progress: a function that is told about the progress.

    Returns:
        One entry for each contribution.

    Raises:
        UnsafeKey: if they do not follow, if there are none or more than ``MAX_CONTRIBUTIONS``, or
            if a beacon asks for too many iterations; the message names the contribution.
        MalformedFile: if a hash state is invalid.
    """
    contributions = file.contributions
    count = len(contributions)
    if not count:
        raise UnsafeKey(f"{_PHASE}: nobody contributed, so that everybody knows its secrets")
    if count > MAX_CONTRIBUTIONS:
        raise UnsafeKey(f"{_PHASE}: more than {MAX_CONTRIBUTIONS} contributions are not verified")
    chain = _Chain(contributions, threads)
    chain.require_changes()
    chain.require_beacons(Beacons(max_iterations), progress)
    digests = [chain.response(i) for i in range(count)]
    if file.power == file.ceremony_power:
        ends_with = _challenge_of(file, digests[-1], progress)
        if ends_with != contributions[-1].next_challenge:
            raise UnsafeKey(f"{_PHASE}: the last challenge is not the hash of the file's powers")
    first = first_challenge(file.ceremony_power, progress)
    ratios = Ratios(_PHASE)
    for i in range(count):
        challenge = contributions[i - 1].next_challenge if i else first
        chain.add_ratios(ratios, i, challenge)
        progress(f"{_PHASE}: hashes", i + 1, count)
    ratios.require(threads, progress)
    return tuple(
        VerifiedStep(i + 1, digest, step.is_beacon, step.name)
        for i, (digest, step) in enumerate(zip(digests, contributions, strict=True))
    )


class _Chain:
    """The contributions' points, canonical: one row for each contribution.

    Attributes:
        now: τ, α and β in G₁ after each, (n, 3, 8), with the generator before the first.
        pairs: g1_s and x·g1_s of each secret, (n, 3, 2, 8).
        now2: τ and β in G₂, (n + 1, 2, 16), likewise.
        spx: x·g2_sp of each secret, (n, 3, 16).
    """

    def __init__(self, contributions: Sequence[PtauContribution], threads: int) -> None:
        self.contributions = contributions
        count = len(contributions)
        in_g1 = [
            np.concatenate([c.tau1_mont, c.alpha1_mont, c.beta1_mont, c.key_g1_mont])
            for c in contributions
        ]
        in_g2 = [np.concatenate([c.tau2_mont, c.beta2_mont, c.key_g2_mont]) for c in contributions]
        g1 = require_points(_PHASE, _IN_G1, np.concatenate(in_g1), threads).reshape(count, 9, 8)
        g2 = require_points(_PHASE, _IN_G2, np.concatenate(in_g2), threads).reshape(count, 5, 16)
        self.now = np.concatenate([np.tile(_G1, (1, 3, 1)), g1[:, :3]])
        self.pairs = g1[:, 3:].reshape(count, 3, 2, 8)
        self.now2 = np.concatenate([np.tile(_G2, (1, 2, 1)), g2[:, :2]])
        self.spx = g2[:, 2:]

    def require_changes(self) -> None:
        """Refuse a contribution whose secret factor is 1."""
        for i in range(len(self.contributions)):
            for k, name in enumerate(_SECRETS):
                if (self.now[i, k] == self.now[i + 1, k]).all():
                    raise UnsafeKey(
                        f"{_PHASE}, contribution {i + 1}: {name} does not change, so that its "
                        "secret is 1"
                    )

    def require_beacons(self, beacons: Beacons, progress: Progress) -> None:
        """Compute the keys of beacons again, and compare them."""
        import zkcredit._kernel as _kernel

        for i, step in enumerate(self.contributions):
            if not step.is_beacon:
                continue
            where = f"{_PHASE}, contribution {i + 1}"
            seeded = beacons.seeded(step.made_by, where, progress)
            secrets = to_limbs([seeded.scalar() for _ in _SECRETS])
            g1_s = np.concatenate([seeded.g1() for _ in _SECRETS])
            wanted = np.stack([g1_s, _kernel.g1_mul(g1_s, secrets)], axis=1)
            if (self.pairs[i] != wanted).any():
                raise UnsafeKey(f"{where}: the key does not follow from the beacon")

    def response(self, i: int) -> bytes:
        """Return the hash of a contribution's response, which its maker published."""
        key = big_endian(self.pairs[i].reshape(6, 8)) + big_endian(self.spx[i])
        try:
            return digest_from_state(self.contributions[i].state, key)
        except MalformedFile as error:
            raise MalformedFile(f"{_PHASE}, contribution {i + 1}: {error}") from None

    def add_ratios(self, ratios: Ratios, i: int, challenge: bytes) -> None:
        """Add the equations that one contribution must satisfy."""
        seeds = [
            hashlib.blake2b(bytes([k]) + challenge + big_endian(self.pairs[i, k])).digest()
            for k in range(3)
        ]
        for k, (name, g2_sp) in enumerate(zip(_SECRETS, g2_points(seeds), strict=True)):
            shown = (self.pairs[i, k, 0], self.pairs[i, k, 1])
            what = f"{name} does not follow by the key that it shows"
            change = (self.now[i, k], self.now[i + 1, k])
            ratios.add(i + 1, what, [shown, change], g2_sp, self.spx[i, k])
            if name == "alpha":
                continue
            before, after = self.now2[i : i + 2, k // 2]
            ratios.add(i + 1, what + ", in G2", [shown], before, after)


def first_challenge(power: int, progress: Progress = no_progress) -> bytes:
    """Return the hash with which the first contribution to powers of 2^power begins."""
    return _KNOWN.get(power) or computed_first_challenge(power, progress)


def computed_first_challenge(power: int, progress: Progress = no_progress) -> bytes:
    """Like ``first_challenge``, and compute it also if it is known."""
    n = 1 << power
    hasher = hashlib.blake2b(hashlib.blake2b().digest())
    g1, g2 = big_endian(_G1), big_endian(_G2)
    done, total = 0, 5 * n
    for point, count in ((g1, 2 * n - 1), (g2, n), (g1, n), (g1, n)):
        many = point * min(count, _CHUNK)
        for start in range(0, count, _CHUNK):
            hasher.update(many[: (count - start) * len(point)])
            done += min(_CHUNK, count - start)
        progress(f"{_PHASE}: first challenge", done, total)
    hasher.update(g2)
    return hasher.digest()


def _challenge_of(file: PtauFile, response: bytes, progress: Progress) -> bytes:
    """Return the hash of the last response and of the file's powers."""
    import zkcredit._kernel as _kernel

    hasher = hashlib.blake2b(response)
    n = 1 << file.power
    done, total = 0, 5 * n
    for name, size in (
        ("tau_g1", 2 * n - 1),
        ("tau_g2", n),
        ("alpha_tau_g1", n),
        ("beta_tau_g1", n),
        ("beta_g2", 1),
    ):
        plain = _kernel.g2_from_mont if "g2" in name else _kernel.g1_from_mont
        for start in range(0, size, _CHUNK):
            points: Limbs = file.points(name, start, min(_CHUNK, size - start))
            hasher.update(big_endian(plain(points)))
            done += len(points)
            progress(f"{_PHASE}: file's hash", done, total)
    return hasher.digest()
