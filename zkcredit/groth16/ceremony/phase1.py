"""The part of a ceremony's phase 1 that a circuit's key needs, and its checks.

A ``.ptau`` file claims to contain τⁱ, α·τⁱ and β·τⁱ times the generators, with secrets that nobody
knows. This module checks, for the part that a circuit needs, that:

* every point is canonical, on its curve, in its subgroup and not infinity;
* the powers are powers of one τ, in both groups and in the multiples by α and β, and β is one: for
  random weights ρ, e(Σ ρᵢ·Pᵢ, τ·G₂) = e(Σ ρᵢ·Pᵢ₊₁, G₂), and likewise in G₂ (Bowe, Gabizon and
  Miers, "Scalable Multi-party Computation for zk-SNARK Parameters in the Random Beacon Model",
  2017);
* the Lagrange forms belong to the powers: Σ ρᵢ·τⁱ = Σ NTT(ρ)ⱼ·Lⱼ for random weights ρ, because
  τⁱ = Σ ωⁱʲ·Lⱼ(τ);
* the last contribution claims the τ, α and β that the file has, and none of them is 1.

Weights have 128 bits and come from the operating system: a wrong file passes with a probability of
about 2⁻¹²⁸.

This module does not check that each contribution follows from the previous one, nor that a beacon
was random; ``phase1_chain`` checks the first, and computes beacons again.

Every power of the doubled domain is checked, also the highest one, which no honest proof uses:
phase 2 divides all of H by δ, and any other point in that place would be a trapdoor. It must be
infinity or the true power.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from zkcredit._internal import files
from zkcredit._internal.refused.file_errors import in_file
from zkcredit.bn254.limbs import Limbs, g1_to_limbs, g2_to_limbs
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey
from zkcredit.formats import ptau
from zkcredit.groth16.kernel import kernel_errors, memory_errors, thread_count

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.formats.ptau import PtauFile

__all__ = ["Phase1", "load_ptau", "random_weights", "same_ratio"]

_G1: Final = g1_to_limbs([G1_GENERATOR])
_G2: Final = g2_to_limbs([G2_GENERATOR])


def load_ptau(path: str | Path) -> PtauFile:
    """Map a ``.ptau`` file into memory, so that only the points that are used are read.

    Nobody may shorten the file while it is in use: see ``files.map_readonly``.

    Raises:
        InvalidInput: if the file does not exist.
        MalformedFile: if it is not a ``.ptau`` file (see ``formats.ptau``).
    """
    with in_file(path):
        return ptau.loads(files.map_readonly(path))


@dataclass(frozen=True, eq=False, repr=False)
class Phase1:
    """The checked part of a phase-1 file for circuits of one domain of n = 2^power points.

    Points are canonical arrays (see ``bn254.limbs``); Lⱼ is a Lagrange polynomial of the domain.

    Attributes:
        power: the exponent of the domain's size.
        tau: τⁱ·G₁ for i < 2n, or for i < 2n − 1 if the file's powers end there.
        alpha1: α·G₁, (1, 8); likewise beta1; beta2 is (1, 16).
        tau_g1: Lⱼ(τ)·G₁, (n, 8); alpha_g1 and beta_g1 are the same times α and β; tau_g2 is
            (n, 16).
        h: Lⱼ(τ)·G₁ of the doubled domain, odd j only, (n, 8): section 9 of a ``.zkey``.
    """

    power: int
    tau: Limbs
    alpha1: Limbs
    beta1: Limbs
    beta2: Limbs
    tau_g1: Limbs
    tau_g2: Limbs
    alpha_g1: Limbs
    beta_g1: Limbs
    h: Limbs

    @classmethod
    def of(cls, file: PtauFile, power: int, threads: int | None = None) -> Phase1:
        """Read and check what circuits of a domain of 2^power points need.

        The memory that this needs grows with the points that it reads, not with the file.

        Args:
            file: the file.
            power: the exponent of the domain's size, from 1 to the file's.
            threads: number of threads; all processors by default.

        Raises:
            InvalidInput: if the file is too small, or not prepared for phase 2.
            MalformedFile: if a point is not in its group, powers are not powers of one secret, or
                a Lagrange form or the last contribution does not belong to them.
            UnsafeKey: if the file has no contribution, or a secret is 1.
        """
        if not 1 <= power <= file.power:
            raise InvalidInput(
                f"the circuit needs powers of tau for 2^{power} rows; this file has 2^{file.power}"
            )
        with memory_errors(), kernel_errors():
            return _Reader(file, power, thread_count(threads)).read()


class _Reader:
    def __init__(self, file: PtauFile, power: int, threads: int) -> None:
        self.file, self.power, self.threads = file, power, threads

    def read(self) -> Phase1:
        n = 1 << self.power
        self._require_contributions()
        tau = self._points("tau_g1", 0, min(2 * n, len(self.file.tau_g1_mont)))
        self._require_start(tau)
        tau_g2 = self._points("tau_g2", 0, n)
        if (tau_g2[0] != _G2[0]).any():
            raise MalformedFile(".ptau file: the first power in G2 is not the generator")
        self._require_ratio_g2(tau[1:2], tau_g2)
        step = tau_g2[1:2]
        self._require_ratio("tau_g1", tau, step)
        lagrange_g2 = self._lagrange("tau_g2", tau_g2)
        del tau_g2
        first: dict[str, Limbs] = {}
        multiples: dict[str, Limbs] = {}
        for name in ("alpha_tau_g1", "beta_tau_g1"):
            powers = self._points(name, 0, n)
            self._require_ratio(name, powers, step)
            first[name] = powers[:1].copy()
            if (first[name] == _G1).all():
                raise UnsafeKey(f".ptau file: {name[:-7]} is 1, so everybody knows it")
            multiples[name] = self._lagrange(name, powers)
        beta2 = self._points("beta_g2", 0, 1)
        if not same_ratio(_G1, first["beta_tau_g1"], _G2, beta2):
            raise MalformedFile(".ptau file: beta differs between G1 and G2")
        return Phase1(
            power=self.power,
            tau=tau,
            alpha1=first["alpha_tau_g1"],
            beta1=first["beta_tau_g1"],
            beta2=beta2,
            tau_g1=self._lagrange("tau_g1", tau[:n]),
            tau_g2=lagrange_g2,
            alpha_g1=multiples["alpha_tau_g1"],
            beta_g1=multiples["beta_tau_g1"],
            h=self._doubled(tau, step),
        )

    def _points(self, name: str, start: int, count: int) -> Limbs:
        import zkcredit._kernel as _kernel

        points = self.file.points(name, start, count)
        if "g2" in name:
            points = _kernel.g2_from_mont(points)
            bad = _kernel.g2_first_invalid(points, self.threads)
        else:
            points = _kernel.g1_from_mont(points)
            bad = _kernel.g1_first_invalid(points)
        if bad >= 0:
            raise MalformedFile(f".ptau file: {name}[{start + bad}] is not a point of its group")
        return points

    def _require_contributions(self) -> None:
        steps = self.file.contributions
        if not steps:
            raise UnsafeKey(".ptau file: nobody contributed, so everybody knows its secrets")
        last = steps[-1]
        for name, claimed, index in (
            ("tau_g1", last.tau1_mont, 1),
            ("tau_g2", last.tau2_mont, 1),
            ("alpha_tau_g1", last.alpha1_mont, 0),
            ("beta_tau_g1", last.beta1_mont, 0),
            ("beta_g2", last.beta2_mont, 0),
        ):
            if (self.file.points(name, index, 1) != claimed).any():
                raise MalformedFile(
                    f".ptau file: the last contribution claims another {name}[{index}]"
                )

    def _require_start(self, tau: Limbs) -> None:
        if (tau[0] != _G1[0]).any():
            raise MalformedFile(".ptau file: the first power in G1 is not the generator")
        if (tau[1:] == _G1).all(axis=1).any():
            raise UnsafeKey(".ptau file: tau is a root of unity, so everybody knows it")

    def _require_ratio(self, name: str, powers: Limbs, step: Limbs) -> None:
        import zkcredit._kernel as _kernel

        weights = random_weights(len(powers) - 1)
        low = _kernel.g1_msm(powers[:-1], weights, self.threads).reshape(1, 8)
        high = _kernel.g1_msm(powers[1:], weights, self.threads).reshape(1, 8)
        if not same_ratio(low, high, _G2, step):
            raise MalformedFile(f".ptau file: {name} are not powers of one tau")

    def _require_ratio_g2(self, step: Limbs, powers: Limbs) -> None:
        import zkcredit._kernel as _kernel

        weights = random_weights(len(powers) - 1)
        low = _kernel.g2_msm(powers[:-1], weights, self.threads).reshape(1, 16)
        high = _kernel.g2_msm(powers[1:], weights, self.threads).reshape(1, 16)
        if not same_ratio(_G1, step, low, high):
            raise MalformedFile(".ptau file: tau_g2 are not powers of the tau in G1")

    def _lagrange(self, name: str, powers: Limbs) -> Limbs:
        """Return the Lagrange form of 2^k powers, checked against them."""
        import zkcredit._kernel as _kernel

        size = len(powers)
        points = self._points(f"{name}_lagrange", size - 1, size)
        msm = _kernel.g2_msm if "g2" in name else _kernel.g1_msm
        weights = random_weights(size)
        left = msm(powers, weights, self.threads)
        right = msm(points, _kernel.ntt(weights, False, self.threads), self.threads)
        if (left != right).any():
            raise MalformedFile(f".ptau file: {name}_lagrange is not the Lagrange form of {name}")
        return points

    def _doubled(self, tau: Limbs, step: Limbs) -> Limbs:
        """Return the odd half of the Lagrange form over the doubled domain."""
        import zkcredit._kernel as _kernel

        size = 2 << self.power
        if len(tau) == size:
            return self._lagrange("tau_g1", tau)[1::2].copy()
        points = self._points("tau_g1_lagrange", size - 1, size)
        weights = random_weights(size)
        left = _kernel.g1_msm(tau, weights[:-1], self.threads).reshape(1, 8)
        right = _kernel.g1_msm(points, _kernel.ntt(weights, False, self.threads), self.threads)
        rest = _kernel.g1_add(right.reshape(1, 8), _kernel.g1_neg(left))
        last = _kernel.g1_mul(tau[-1:], weights[-1:])
        # rest is the last weight times Y: infinity, or the first power after the file's end
        if rest.any() and not same_ratio(last, rest, _G2, step):
            raise MalformedFile(
                ".ptau file: tau_g1_lagrange is not the Lagrange form of tau_g1, doubled domain"
            )
        return points[1::2].copy()


def same_ratio(p: Limbs, q: Limbs, g: Limbs, h: Limbs) -> bool:
    """Return whether e(p, h) = e(q, g): q is to p as h is to g. Rows of one point."""
    import zkcredit._kernel as _kernel

    if not (p.any() and q.any() and g.any() and h.any()):
        return False  # honest points are never infinity, and infinity would pass any check
    pair = np.concatenate([p, _kernel.g1_neg(q)])
    return _kernel.pairing_product_is_one(pair, np.concatenate([h, g]))


def random_weights(count: int) -> Limbs:
    """Return random integers of 128 bits, none of them zero, (count, 4)."""
    weights = np.zeros((count, 4), dtype=np.uint64)
    weights[:, :2] = np.frombuffer(os.urandom(16 * count), dtype=np.uint64).reshape(count, 2)
    weights[:, 0] |= np.uint64(1)
    return weights
