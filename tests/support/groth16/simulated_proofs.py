"""Proofs of anything, made with the trapdoor, so that batches have many different public inputs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from zkcredit import _kernel as k
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs

if TYPE_CHECKING:
    from collections.abc import Sequence

Rows = tuple[Any, Any, Any, Any]  # a (n, 8), b (n, 16), c (n, 8), public (n * n_public, 4)


def simulate(
    trapdoor: Sequence[int], ic: Any, publics: Sequence[Sequence[int]], seed: int = 1
) -> Rows:
    """A = aG, B = bG, C = ((ab - alpha beta) G - gamma IC(x)) / delta for random a, b."""
    rng = random.Random(seed)
    _, alpha, beta, gamma, delta = trapdoor
    inverse = pow(delta, -1, R)
    a, b = ([rng.randrange(1, R) for _ in publics] for _ in range(2))
    constant = [(x * y - alpha * beta) * inverse % R for x, y in zip(a, b, strict=True)]
    sums = np.array([k.g1_msm(ic, to_limbs([1, *x])) for x in publics], np.uint64).reshape(-1, 8)
    inputs = k.g1_mul(sums, to_limbs([-gamma * inverse % R] * len(publics)))
    return (
        k.g1_mul_generator(to_limbs(a)),
        k.g2_mul_generator(to_limbs(b)),
        k.g1_add(k.g1_mul_generator(to_limbs(constant)), inputs),
        to_limbs([value for x in publics for value in x]),
    )


def random_publics(count: int, width: int, seed: int = 1) -> list[list[int]]:
    """Public inputs for `count` claims."""
    rng = random.Random(seed)
    return [[rng.randrange(R) for _ in range(width)] for _ in range(count)]
