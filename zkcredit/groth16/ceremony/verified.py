"""Verify a key's whole ceremony: phase 1, phase 2, and that the key comes from them.

This shows exactly that n contributions follow from one another in each phase. It cannot show that
their makers are different: one person can make a thousand of them. So a deployer vouches for a
contribution by its hash, which its maker published: for their own, or for that of somebody whom
they trust (``Endorsement``). Beacons have no secret, and do not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance
from zkcredit.bn254.limbs import g1_to_limbs, g2_to_limbs
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.formats import r1cs
from zkcredit.formats.ptau import PtauFile
from zkcredit.groth16.ceremony.phase1 import same_ratio
from zkcredit.groth16.ceremony.phase1_chain import phase1_chain
from zkcredit.groth16.ceremony.phase2_chain import phase2_chain
from zkcredit.groth16.ceremony.phase2_check import require_made_from
from zkcredit.groth16.ceremony.phase2_start import initial_zkey
from zkcredit.groth16.ceremony.steps import MAX_ITERATIONS, VerifiedStep, no_progress
from zkcredit.groth16.kernel import kernel_errors, memory_errors, thread_count
from zkcredit.groth16.keys import ProvingKey, VerifyingKey
from zkcredit.groth16.trust import ORIGINS
from zkcredit.r1cs.system import ConstraintSystem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.groth16.ceremony.steps import Progress
    from zkcredit.groth16.trust import Origin

__all__ = ["Endorsement", "VerifiedCeremony", "verify_ceremony"]

_HEX: Final = re.compile(r"[0-9a-f]{128}")
_MOST_STOOD_FOR: Final = 32


@dataclass(frozen=True, slots=True)
class VerifiedCeremony:
    """The result of ``verify_ceremony``.

    Attributes:
        verifying_key: the verification key with the verified origin, the lower of both phases.
        phase1: the contributions to the powers of tau.
        phase2: the contributions to the key.
    """

    verifying_key: VerifyingKey
    phase1: tuple[VerifiedStep, ...]
    phase2: tuple[VerifiedStep, ...]

    @property
    def origin(self) -> Origin:
        """Who can forge under the key; see ``trust``."""
        return self.verifying_key.origin

    @property
    def parties(self) -> tuple[int, int]:
        """The number of contributions to phase 1 and to phase 2, without beacons."""
        return _parties(self.phase1), _parties(self.phase2)

    def is_of(self, verifying_key: VerifyingKey) -> bool:
        """Return whether this is the ceremony of a key, whatever origin the key claims."""
        mine, other = self.verifying_key, verifying_key
        return all(
            getattr(mine, name) == getattr(other, name)
            for name in ("alpha1", "beta2", "gamma2", "delta2", "ic")
        )

    def in_words(self) -> str:
        """Return what verification shows, and what it does not."""
        first, second = self.parties
        return (
            f"phase 1: {_contributions(first)}; phase 2: {_contributions(second)}; "
            "that their makers are different is not shown"
        )


@dataclass(frozen=True, slots=True)
class Endorsement:
    """Contributions of a verified ceremony that somebody vouches for, at least one in each phase.

    Attributes:
        ceremony: the ceremony.
        contributions: their hashes, 64 bytes each, as their makers published them.
    """

    ceremony: VerifiedCeremony
    contributions: tuple[bytes, ...]

    def __post_init__(self) -> None:
        require_instance("the ceremony", self.ceremony, VerifiedCeremony)
        if len(self.contributions) > _MOST_STOOD_FOR:
            raise InvalidInput(f"an endorsement has at most {_MOST_STOOD_FOR} contributions")
        for digest in self.contributions:
            self._require_known(digest)
        for number, found in ((1, self.phase1), (2, self.phase2)):
            if not found:
                raise UnsafeKey(
                    f"no contribution to phase {number} that you vouch for is named: name the hash "
                    "of your own, or of one by somebody whom you trust"
                )

    @classmethod
    def of(cls, ceremony: VerifiedCeremony, hashes: Iterable[str]) -> Endorsement:
        """Return the endorsement of contributions by their hashes in hexadecimal digits.

        Args:
            ceremony: the ceremony.
            hashes: 128 digits each; white space and the case of letters do not matter.

        Raises:
            InvalidInput: if a hash has another form, or is not one of the ceremony's.
            UnsafeKey: if a hash is a beacon's, or one of the phases has none.
        """
        found = []
        for text in hashes:
            digits = "".join(require_instance("a contribution's hash", text, str).split()).lower()
            digits = digits.removeprefix("0x")
            if not _HEX.fullmatch(digits):
                raise InvalidInput("a contribution's hash has 128 hexadecimal digits")
            found.append(bytes.fromhex(digits))
        return cls(ceremony, tuple(dict.fromkeys(found)))

    @property
    def phase1(self) -> tuple[VerifiedStep, ...]:
        """The contributions to phase 1 that somebody vouches for."""
        return tuple(step for step in self.ceremony.phase1 if step.digest in self.contributions)

    @property
    def phase2(self) -> tuple[VerifiedStep, ...]:
        """The contributions to phase 2 that somebody vouches for."""
        return tuple(step for step in self.ceremony.phase2 if step.digest in self.contributions)

    def _require_known(self, digest: bytes) -> None:
        steps = [*self.ceremony.phase1, *self.ceremony.phase2]
        found = [step for step in steps if step.digest == digest]
        if not found:
            raise InvalidInput(f"the ceremony has no contribution {digest.hex()[:16]}…")
        if any(step.is_beacon for step in found):
            raise UnsafeKey("a beacon hides no secret: vouch for a contribution that a party made")


def verify_ceremony(
    proving_key: ProvingKey,
    system: ConstraintSystem,
    ptau: PtauFile,
    *,
    threads: int | None = None,
    max_iterations: int = MAX_ITERATIONS,
    progress: Progress = no_progress,
) -> VerifiedCeremony:
    """Verify that a key comes from a circuit, powers of tau, and the contributions to both phases.

    Args:
        proving_key: the key; ``load_proving_key`` reads it.
        system: the key's circuit.
        ptau: the powers of tau from which the key was made, prepared for phase 2.
        threads: number of threads; all processors by default.
        max_iterations: how often SHA-256 may be computed for the beacons of one phase.
        progress: a function that is told about the progress.

    Returns:
        The contributions, and the key with the origin that follows from them.

    Raises:
        UnsafeKey: if the key does not come from them, a contribution does not follow from the
            previous one, or no party contributed to a phase.
        MalformedFile: if the powers of tau are inconsistent.
        InvalidInput: if the powers are too few or not prepared, or an argument has another type.
        OutOfMemory: if the machine has too little memory.
    """
    key = require_instance("the key", proving_key, ProvingKey)
    require_instance("the circuit", system, ConstraintSystem)
    require_instance("the powers of tau", ptau, PtauFile)
    if isinstance(max_iterations, bool) or not isinstance(max_iterations, int):
        raise InvalidInput("the limit of iterations is an integer")
    workers = thread_count(threads)
    digest = r1cs.digest(system)
    if key.circuit_digest not in {None, digest}:
        raise UnsafeKey("the key names another circuit")
    if not key.contributions:
        raise UnsafeKey("phase 2: nobody contributed, so that everybody can forge under the key")
    with memory_errors(), kernel_errors():
        # the cheap part first, because it finds most damage
        chain = phase2_chain(
            key.circuit_hash,
            key.contributions,
            threads=workers,
            max_iterations=max_iterations,
            progress=progress,
        )
        delta1, delta2 = key.delta1.reshape(1, 8), g2_to_limbs([key.verifying_key.delta2])
        one1, one2 = g1_to_limbs([G1_GENERATOR]), g2_to_limbs([G2_GENERATOR])
        if (chain.delta1 != key.delta1).any() or not same_ratio(one1, delta1, one2, delta2):
            raise UnsafeKey("phase 2: the last contribution does not lead to the key's delta")
        key.require_safe(workers)
        steps1 = phase1_chain(
            ptau, threads=workers, max_iterations=max_iterations, progress=progress
        )
        progress("key", 0, 2)
        initial = initial_zkey(system, ptau, workers)
        progress("key", 1, 2)
        require_made_from(key, initial, workers)
        progress("key", 2, 2)
    origin = min(_origin(1, steps1), _origin(2, chain.steps), key=ORIGINS.index)
    if key.origin != "claimed":  # the file's own mark may lower it
        origin = min(origin, key.origin, key=ORIGINS.index)
    verifying_key = replace(key.verifying_key, origin=origin, circuit_digest=digest)
    return VerifiedCeremony(verifying_key, steps1, chain.steps)


def _parties(steps: Iterable[VerifiedStep]) -> int:
    return sum(not step.is_beacon for step in steps)


def _origin(phase: int, steps: Iterable[VerifiedStep]) -> Origin:
    count = _parties(steps)
    if not count:
        raise UnsafeKey(f"phase {phase}: beacons alone, so that everybody knows its secrets")
    return "ceremony" if count >= 2 else "single-party"


def _contributions(count: int) -> str:
    if count == 1:
        return "1 contribution, of one party"
    return f"{count} contributions follow from one another"
