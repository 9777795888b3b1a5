"""Multi-scalar sums of every shape by each instruction-set unit, in a process of its own each."""

from __future__ import annotations

import os
import subprocess
import sys

from support.kernel.kernel_cases import MODULE_PATH, units_here

HEAD = """
import hashlib
import random
import sys
import numpy as np
from support.kernel.kernel_cases import Q, R, edges, g1, g2, keys, numbers, proving_key
from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs
digest = hashlib.sha256()
def note(*arrays):
    for array in arrays:
        digest.update(array.tobytes())
"""
TAIL = "\nprint(k.kernel_name(), digest.hexdigest())\n"
SUMS = """
for rows, msm, neg, Bases in (
    (g1, k.g1_msm, k.g1_neg, k.G1Bases), (g2, k.g2_msm, k.g2_neg, k.G2Bases)
):
    rng = random.Random({seed})
    count = {count} if rows is g1 else {count} // 4
    base = rows(numbers(R, count, 2 * {seed} + 4))
    full = to_limbs(numbers(R, count, 2 * {seed} + 3))
    note(msm(base, full), msm(base, full, 3))
    one = np.repeat(base[:1], count, axis=0)
    pairs = np.concatenate([base, neg(base)])
    holes = base.copy()
    holes[::3] = 0
    few = base[[rng.randrange(5) for _ in range(count)]]
    row = rows(range(1, count + 1))
    shapes = {{
        "full": full,
        "equal": np.repeat(full[:1], count, axis=0),
        "zero": np.zeros_like(full),
        "one": to_limbs([1] * count),
        "minus one": to_limbs([R - 1] * count),
        "bits": to_limbs([rng.randrange(2) for _ in range(count)]),
        "small": to_limbs([rng.randrange(-9, 9) % R for _ in range(count)]),
        "middle": to_limbs([(R - 1) // 2 + rng.randrange(2) for _ in range(count)]),
        "edges": to_limbs([rng.choice(edges(R)) for _ in range(count)]),
        "digits": to_limbs([(1 << rng.randrange(253)) - rng.randrange(2) for _ in range(count)]),
    }}
    for name, scalars in shapes.items():
        for points in (base, one, holes, few, row, np.zeros_like(base)):
            note(msm(points, scalars), msm(points, scalars, 2))
            for memory in (20_000, 10_000_000):  # some windows in the table, all of them
                note(Bases(points, memory).msm(scalars, 2))
        note(msm(pairs, np.concatenate([scalars, scalars]), 2))
"""


def run(text: str, unit: str) -> list[str]:
    """What the text prints in one unit, then the unit and the digest of what it noted."""
    result = subprocess.run(
        [sys.executable, "-c", HEAD + text + TAIL],
        env={**os.environ, "ZKCREDIT_KERNEL": unit, "PYTHONPATH": MODULE_PATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def agree(text: str) -> None:
    """Assert that every unit notes the same."""
    results = {unit: run(text, unit) for unit in units_here()}
    assert [result[0] for result in results.values()] == list(units_here())
    assert len({result[1] for result in results.values()}) == 1, results


def round_of(number: int) -> dict[str, int]:
    """Sums of 6,000 terms, of others in each round."""
    agree(SUMS.format(count=6_000, seed=number))
    return {"units": len(units_here())}
