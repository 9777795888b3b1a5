"""Check that contributions to phase 2 changed nothing in a key but δ, C and H.

A contribution multiplies δ by a factor and divides C and H by it; everything else stays as in the
initial key. The initial key is computed again (``phase2_start``) and compared: all other elements
must be equal, and e(Σ ρᵢ·Cᵢ, δ) = e(Σ ρᵢ·Cᵢ⁰, G₂) must hold for random weights ρ of 128 bits, and
the same for H.

This module does not check that each contributor knew the factor by which δ changed;
``phase2_chain`` does that.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from zkcredit._internal.checks import require_instance
from zkcredit.bn254.limbs import Limbs, g1_to_limbs, g2_to_limbs
from zkcredit.bn254.points import G2_GENERATOR
from zkcredit.errors import UnsafeKey
from zkcredit.formats.zkey import ZKeyFile
from zkcredit.groth16 import keyfile
from zkcredit.groth16.ceremony.phase1 import random_weights, same_ratio
from zkcredit.groth16.kernel import kernel_errors, memory_errors, thread_count
from zkcredit.groth16.keys import ProvingKey

__all__ = ["require_made_from"]

_G2: Final = g2_to_limbs([G2_GENERATOR])


def require_made_from(
    proving_key: ProvingKey, initial: ZKeyFile, threads: int | None = None
) -> None:
    """Refuse a key that contributions alone cannot have made from an initial key.

    Args:
        proving_key: the key, whose points have been checked (``load_proving_key`` does this).
        initial: the key that ``initial_zkey`` makes from the circuit and the powers of tau.
        threads: number of threads; all processors by default.

    Raises:
        InvalidInput: if an argument has another type.
        UnsafeKey: if an element differs that contributions do not change, or C and H are not those
            of the initial key divided by δ.
    """
    import zkcredit._kernel as _kernel

    require_instance("the key", proving_key, ProvingKey)
    require_instance("the initial key", initial, ZKeyFile)
    threads = thread_count(threads)
    with memory_errors(), kernel_errors():
        _require_equal(proving_key, initial)
        delta = g2_to_limbs([proving_key.verifying_key.delta2])
        for name, now, before in (
            ("C", proving_key.c, keyfile.g1(initial.c_mont)),
            ("H", proving_key.h, keyfile.g1(initial.h_mont)),
        ):
            if not len(now):
                continue
            weights = random_weights(len(now))
            sum_now, sum_before = (
                _kernel.g1_msm(points, weights, threads).reshape(1, 8) for points in (now, before)
            )
            if not (sum_now.any() or sum_before.any()):
                continue  # every point of this circuit's C is infinity
            if not same_ratio(sum_now, sum_before, _G2, delta):
                raise UnsafeKey(f"{name} differs from the initial key's divided by delta")


def _require_equal(key: ProvingKey, initial: ZKeyFile) -> None:
    vk = key.verifying_key
    if (key.n_wires, vk.n_public, key.domain_size) != (
        initial.n_wires,
        initial.n_public,
        initial.domain_size,
    ):
        raise UnsafeKey("the key is for a circuit of another size")
    pairs: dict[str, tuple[Limbs, Limbs]] = {
        "alpha": (g1_to_limbs([vk.alpha1]), keyfile.g1(initial.alpha1_mont)),
        "beta": (key.beta1.reshape(1, 8), keyfile.g1(initial.beta1_mont)),
        "beta in G2": (g2_to_limbs([vk.beta2]), keyfile.g2(initial.beta2_mont)),
        "gamma": (g2_to_limbs([vk.gamma2]), keyfile.g2(initial.gamma2_mont)),
        "IC": (g1_to_limbs(vk.ic), keyfile.g1(initial.ic_mont)),
        "A": (key.a, keyfile.g1(initial.a_mont)),
        "B": (key.b1, keyfile.g1(initial.b1_mont)),
        "B in G2": (key.b2, keyfile.g2(initial.b2_mont)),
    }
    for name, (now, before) in pairs.items():
        if not np.array_equal(now, before):
            raise UnsafeKey(f"{name} differs from the initial key's")
    if not key.coefficients.same_as(keyfile.coefficients_of(initial)):
        raise UnsafeKey("the coefficients differ from the circuit's")
    if key.circuit_hash != initial.circuit_hash:
        raise UnsafeKey("the circuit hash differs from the initial key's")
