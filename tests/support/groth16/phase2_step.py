"""One contribution to phase 2 with a secret that the test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, to_limbs
from zkcredit.groth16 import ProvingKey, keyfile
from zkcredit.groth16.keys import verifying_key_from_arrays

if TYPE_CHECKING:
    from zkcredit.formats.zkey import ZKeyFile


def contributed(key: ZKeyFile, delta: int = 77) -> ProvingKey:
    """What a contribution with this secret makes of an initial key."""
    inverse = to_limbs([pow(delta, -1, R)])

    def divided(points: Limbs) -> Limbs:
        plain = keyfile.g1(points)
        return _kernel.g1_mul(plain, np.repeat(inverse, len(plain), axis=0))

    return ProvingKey(
        verifying_key=verifying_key_from_arrays(
            keyfile.g1(key.alpha1_mont),
            keyfile.g2(key.beta2_mont),
            keyfile.g2(key.gamma2_mont),
            _kernel.g2_mul_generator(to_limbs([delta])),
            keyfile.g1(key.ic_mont),
            origin="single-party",
            circuit_digest=None,
        ),
        n_wires=key.n_wires,
        domain_size=key.domain_size,
        coefficients=keyfile.coefficients_of(key),
        beta1=keyfile.g1(key.beta1_mont)[0],
        delta1=_kernel.g1_mul_generator(to_limbs([delta]))[0],
        a=keyfile.g1(key.a_mont),
        b1=keyfile.g1(key.b1_mont),
        b2=keyfile.g2(key.b2_mont),
        c=divided(key.c_mont),
        h=divided(key.h_mont),
        circuit_hash=key.circuit_hash,
    )
