"""A point of one's choice in the place of τ^(2n−1) in a powers-of-tau file's doubled domain."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import Limbs, from_limbs, to_limbs

if TYPE_CHECKING:
    from zkcredit.formats.ptau import PtauFile


def roots(n: int) -> list[int]:
    """ω^j for all j < 2n, ω being the root of the doubled domain."""
    return from_limbs(_kernel.ntt(to_limbs([0, 1] + [0] * (2 * n - 2))))


def with_point(file: PtauFile, point: Limbs) -> PtauFile:
    """The file with ``point`` (1, 8) added to what stands in the place of τ^(2n−1)."""
    size = 2 << file.power
    shares = to_limbs([w * pow(size, -1, R) % R for w in roots(size // 2)])  # ω^(−(2n−1)j) = ωʲ
    array = np.array(file.tau_g1_lagrange_mont)
    last = _kernel.g1_from_mont(array[size - 1 :].copy())
    more = _kernel.g1_mul(np.repeat(point, size, axis=0), shares)
    array[size - 1 :] = _kernel.g1_to_mont(_kernel.g1_add(last, more))
    return dataclasses.replace(file, tau_g1_lagrange_mont=array)
