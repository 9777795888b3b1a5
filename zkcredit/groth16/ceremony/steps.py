"""What the contributions of both phases have in common, and the check of many at once.

A contribution with the secret factor x shows a pair (s, x·s) in G₁ and, for a point p of G₂ that
follows from everything before, x·p. The factor is the same in two pairs if e(P, x·p) = e(x·P, p)
holds for both. All such equations of a ceremony are checked together: each is raised to a random
power of 128 bits, and the product must be one. A wrong equation passes with a probability of about
2⁻¹²⁸.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent import futures
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from zkcredit.errors import UnsafeKey
from zkcredit.groth16.ceremony.phase1 import random_weights
from zkcredit.groth16.ceremony.seeded import Seeded

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs
    from zkcredit.formats.binfile import Contributor

__all__ = [
    "MAX_CONTRIBUTIONS",
    "MAX_ITERATIONS",
    "Beacons",
    "Progress",
    "Ratios",
    "VerifiedStep",
    "no_progress",
    "require_points",
]

MAX_CONTRIBUTIONS: Final = 10_000
"""Maximum number of contributions of one phase: some 30 seconds of work."""

MAX_ITERATIONS: Final = 1 << 24
"""Default limit of SHA-256 computations for all beacons of one phase: some 10 seconds."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""A function that is told the present work, how much of it is done, and how much there is."""

_AT_ONCE: Final = 64


def no_progress(what: str, done: int, total: int) -> None:
    """Ignore the progress."""


@dataclass(frozen=True, slots=True)
class VerifiedStep:
    """One contribution of a verified chain.

    Attributes:
        number: its place, counted from 1.
        digest: 64 bytes, which its maker published: snarkjs's contribution hash in phase 2, and the
            hash of the response in phase 1.
        is_beacon: whether it comes from a public beacon, which has no secret and does not count.
        name: the name in its record, which no hash covers.
    """

    number: int
    digest: bytes
    is_beacon: bool
    name: str


class Ratios:
    """Equations e(P, x·p) = e(x·P, p) in groups: one p and x·p, one or two pairs in G₁."""

    def __init__(self, phase: str) -> None:
        self._phase = phase
        self._first: list[tuple[Limbs, Limbs]] = []
        self._then: list[tuple[Limbs, Limbs]] = []
        self._second: list[tuple[Limbs, Limbs]] = []
        self._of: list[tuple[int, str]] = []

    def add(
        self,
        number: int,
        what: str,
        pairs: Sequence[tuple[Limbs, Limbs]],
        point: Limbs,
        multiple: Limbs,
    ) -> None:
        """Add a group of equations.

        Args:
            number: the contribution's number.
            what: the fault if the group does not hold, in words.
            pairs: P and x·P, once or twice, (8,) each.
            point: p, (16,).
            multiple: x·p, (16,).
        """
        none = np.zeros(8, dtype=np.uint64)
        self._first.append(pairs[0])
        self._then.append(pairs[1] if len(pairs) > 1 else (none, none))
        self._second.append((point, multiple))
        self._of.append((number, what))

    def require(self, threads: int, progress: Progress = no_progress) -> None:
        """Check all equations.

        Raises:
            UnsafeKey: if an equation does not hold; the message names the first contribution.
        """
        starts = range(0, len(self._of), _AT_ONCE)
        wrong: list[int] = []
        with futures.ThreadPoolExecutor(threads) as pool:
            parts = pool.map(lambda start: self._hold(start, start + _AT_ONCE), starts)
            for start, holds in zip(starts, parts, strict=True):
                end = min(start + _AT_ONCE, len(self._of))
                if not holds:
                    wrong += [i for i in range(start, end) if not self._hold(i, i + 1)]
                progress(f"{self._phase}: pairings", end, len(self._of))
        if wrong:
            number, what = self._of[wrong[0]]
            raise UnsafeKey(f"{self._phase}, contribution {number}: {what}")

    def _hold(self, start: int, end: int) -> bool:
        import zkcredit._kernel as _kernel

        part = slice(start, end)
        pairs = np.array([self._first[part], self._then[part]])  # 2 sets, n, 2 sides, 8 limbs
        n = pairs.shape[1]
        weighted = _kernel.g1_mul(
            np.ascontiguousarray(pairs.transpose(2, 0, 1, 3)).reshape(-1, 8),
            np.tile(random_weights(2 * n), (2, 1)),
        ).reshape(2, 2, n, 8)
        before, after = (_kernel.g1_add(side[0].copy(), side[1].copy()) for side in weighted)
        second = np.array(self._second[part])
        return _kernel.pairing_product_is_one(
            np.concatenate([before, _kernel.g1_neg(after)]),
            np.concatenate([second[:, 1], second[:, 0]]),
        )


class Beacons:
    """Computes the secrets of public beacons again, with a limit of the work for one phase."""

    def __init__(self, most: int = MAX_ITERATIONS) -> None:
        self._left = most

    def seeded(self, made_by: Contributor, where: str, progress: Progress) -> Seeded:
        """Return the stream from which a beacon's secrets come.

        Raises:
            UnsafeKey: if this phase's beacons ask for more iterations than the limit.
        """
        if made_by.iterations >= 64 or 1 << made_by.iterations > self._left:
            raise UnsafeKey(
                f"{where}: the beacon asks for 2^{made_by.iterations} iterations of SHA-256, which "
                "is more than the limit for the beacons of one phase"
            )
        count = 1 << made_by.iterations
        self._left -= count
        value = made_by.beacon
        sha256 = hashlib.sha256
        for done in range(0, count, 1 << 20):
            for _ in range(min(1 << 20, count - done)):
                value = sha256(value).digest()
            progress(f"{where}: beacon", min(done + (1 << 20), count), count)
        return Seeded(value)


def require_points(phase: str, names: Sequence[str], points: Limbs, threads: int) -> Limbs:
    """Return canonical points of G₁ or G₂, after a check of each.

    Args:
        phase: the phase's name for the error.
        names: the names of the points of one contribution.
        points: (contributions · names, 8) or (…, 16), Montgomery form, below the modulus.
        threads: number of threads.

    Raises:
        UnsafeKey: if one is infinity, off its curve or, in G₂, off its subgroup.
    """
    import zkcredit._kernel as _kernel

    if points.shape[1] == 16:
        found = _kernel.g2_from_mont(points)
        bad = _kernel.g2_first_invalid(found, threads)
    else:
        found = _kernel.g1_from_mont(points)
        bad = _kernel.g1_first_invalid(found)
    infinite = np.flatnonzero(~found.any(axis=1))
    if infinite.size and not 0 <= bad < infinite[0]:
        bad = int(infinite[0])
    if bad >= 0:
        step, name = bad // len(names) + 1, names[bad % len(names)]
        raise UnsafeKey(f"{phase}, contribution {step}: {name} is not a point of its group")
    return found
