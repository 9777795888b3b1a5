"""Sums and proofs over very few bases, for which the windows are the narrowest."""

from __future__ import annotations

import numpy as np
import pytest
from support.kernel.kernel_cases import R, edges, g1, g2, keys, proving_key

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("group", ["g1", "g2"])
def test_sums_of_very_few_bases_reach_half_of_the_field(group: str, count: int) -> None:
    """Digits of two bits reach a third of 2^254 only: scalars near r / 2 need one window more."""
    rows, msm, bases = (g1, k.g1_msm, k.G1Bases) if group == "g1" else (g2, k.g2_msm, k.G2Bases)
    points = rows(range(1, count + 1))
    tables = [bases(points, memory) for memory in (0, 500, 50_000)]
    for value in [*edges(R), R >> 1, (R >> 1) - 1, (R >> 1) + 1, 2**254 // 3, 2**254 // 3 + 1]:
        scalars = to_limbs([value] * count)
        want = msm(points, scalars)
        assert all(np.array_equal(table.msm(scalars), want) for table in tables), value


@pytest.mark.parametrize("constraints", [1, 2])
def test_proofs_of_the_smallest_systems_verify(constraints: int) -> None:
    for seed in range(1, 13):
        key = keys(constraints, 1, seed)
        proving = proving_key(key.toy, key.points)
        public = to_limbs(key.toy.public)
        witness = to_limbs(key.toy.witness)
        for memory in (0, None):
            proving.prepare(memory)
            assert key.verifying.verify(*proving.prove(witness), public)
