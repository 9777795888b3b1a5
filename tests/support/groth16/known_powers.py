"""Powers-of-tau files with secrets that the test chooses: quickly made, worth nothing."""

from __future__ import annotations

import dataclasses
import struct
from typing import Any

import numpy as np

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, to_limbs
from zkcredit.formats.binfile import Contributor
from zkcredit.formats.ptau import PtauContribution, PtauFile

TAU, ALPHA, BETA = 1234567890123456789, 3**80, 5**60


def g1(scalars: Limbs) -> Limbs:
    return _kernel.g1_to_mont(_kernel.g1_mul_generator(scalars, 2))


def g2(scalars: Limbs) -> Limbs:
    return _kernel.g2_to_mont(_kernel.g2_mul_generator(scalars, 2))


def contribution(tau: int = TAU, alpha: int = ALPHA, beta: int = BETA) -> PtauContribution:
    """A record that claims these secrets; its key and hashes are those of nobody."""
    tau1, alpha1, beta1 = (g1(to_limbs([s])) for s in (tau, alpha, beta))
    tau2, beta2 = g2(to_limbs([tau])), g2(to_limbs([beta]))
    key_g1, key_g2 = np.concatenate([tau1] * 6), np.concatenate([tau2] * 3)
    points = (tau1, tau2, alpha1, beta1, beta2, key_g1, key_g2)
    raw = b"".join(p.tobytes() for p in points) + bytes(216 + 64) + struct.pack("<II", 0, 0)
    return PtauContribution(*points, bytes(216), bytes(64), Contributor(False, ""), raw)


def known_powers(
    power: int,
    tau: int = TAU,
    alpha: int = ALPHA,
    beta: int = BETA,
    *,
    prepared: bool = True,
    beyond: int = 0,
    **changes: Any,
) -> PtauFile:
    """A consistent file of 2^power rows.

    Args:
        power: of the file.
        tau: and alpha, beta: the secrets.
        prepared: whether the Lagrange forms are there.
        beyond: what stands for τ^(2N−1) in the doubled domain: 0 where snarkjs prepared the file.
        changes: attributes that are replaced.
    """
    size = 1 << power
    exponents = [pow(tau, i, R) for i in range(2 * size - 1)]
    powers = to_limbs(exponents)
    multiples = {"alpha": alpha, "beta": beta}
    times = {
        name: _kernel.fr_mul(powers[:size], to_limbs([secret] * size))
        for name, secret in multiples.items()
    }
    file = PtauFile(
        power=power,
        ceremony_power=power,
        tau_g1_mont=g1(powers),
        tau_g2_mont=g2(powers[:size]),
        alpha_tau_g1_mont=g1(times["alpha"]),
        beta_tau_g1_mont=g1(times["beta"]),
        beta_g2_mont=g2(to_limbs([beta])),
        contributions=(contribution(tau, alpha, beta),),
    )
    if prepared:
        domains = [1 << k for k in range(power + 1)]

        def forms(scalars: Limbs) -> Limbs:
            return np.concatenate([_kernel.ntt(scalars[:m], True) for m in domains])

        doubled = np.concatenate([powers, to_limbs([beyond])])
        file = dataclasses.replace(
            file,
            tau_g1_lagrange_mont=g1(np.concatenate([forms(powers), _kernel.ntt(doubled, True)])),
            tau_g2_lagrange_mont=g2(forms(powers)),
            alpha_tau_g1_lagrange_mont=g1(forms(times["alpha"])),
            beta_tau_g1_lagrange_mont=g1(forms(times["beta"])),
        )
    return dataclasses.replace(file, **changes)
