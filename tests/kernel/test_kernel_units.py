"""The instruction-set units against each other: same bits on random, repeated and opposite bases.

Each unit runs in a process of its own, because the unit is chosen once per process.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.kernel.kernel_cases import MODULE_PATH, units_here

from zkcredit import _kernel as k

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
    rng = random.Random(7)
    count = {count} if rows is g1 else {count} // 4
    base = rows(numbers(R, count, 4))
    full = to_limbs(numbers(R, count, 3))
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
PROOFS = """
for constraints, n_public in ((100, 1), (700, 30)):
    key = keys(constraints, n_public)
    witness = to_limbs(key.toy.witness)
    blinding = to_limbs(numbers(R, 2, 5))
    for change in ({}, {"a": np.zeros_like(key.points["a"])},
                   {"h": np.repeat(key.points["h"][:1], len(key.points["h"]), axis=0)}):
        proving = proving_key(key.toy, key.points, **change)
        for threads in (1, 2, 3):  # the bases alone, then tables
            note(*proving.prove_with_blinding_unsafe(witness, *blinding, threads))
        for memory in (0, 300_000, None):
            proving.prepare(memory)
            note(*proving.prove_with_blinding_unsafe(witness, *blinding, 2))
"""


def run(text: str, unit: str) -> list[str]:
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
    results = {unit: run(text, unit) for unit in units_here()}
    assert [result[0] for result in results.values()] == units_here()
    assert len({result[1] for result in results.values()}) == 1, results


def test_sums_agree() -> None:
    agree(SUMS.format(count=160))


def test_proofs_agree_with_and_without_tables() -> None:
    agree(PROOFS)


@pytest.mark.slow
def test_large_sums_agree() -> None:
    agree(SUMS.format(count=6000))


def test_tables_grow_with_use_and_on_demand() -> None:
    text = """
key = keys(700, 30)
witness = to_limbs(key.toy.witness)
sizes = [key.proving.table_bytes]
for _ in range(3):
    key.proving.prove(witness)
    sizes.append(key.proving.table_bytes)
for memory in (0, 10**6, None, 0):
    key.proving.prepare(memory, 2)
    sizes.append(key.proving.table_bytes)
    key.proving.prove(witness)
    assert key.proving.table_bytes == sizes[-1]
print(*sizes)
"""
    sizes = [int(size) for size in run(text, k.kernel_name())[:8]]
    if k.kernel_name() != "ifma":
        assert not any(sizes)
        return
    none, first, second, third, least, million, default, last = sizes
    assert none == 0
    assert 0 < first < second == third == default
    assert first == least == last
    assert first < million <= 10**6


@pytest.mark.parametrize("memory", [-1, "1", 1.5])
def test_a_bad_budget_is_refused(memory: object) -> None:
    text = f"""
key = keys(60, 5)
try:
    key.proving.prepare({memory!r})
except (TypeError, ValueError) as error:
    print(type(error).__name__)
"""
    assert run(text, "")[0] in {"TypeError", "ValueError"}
