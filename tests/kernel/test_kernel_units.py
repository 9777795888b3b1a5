"""The instruction-set units against each other: same bits on random, repeated and opposite bases.

Each unit runs in a process of its own, because the unit is chosen once per process.
"""

from __future__ import annotations

import pytest
from support.kernel.unit_sums import SUMS, agree, run

from zkcredit import _kernel as k

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


def test_sums_agree() -> None:
    agree(SUMS.format(count=160, seed=0))


@pytest.mark.slow
def test_proofs_agree_with_and_without_tables() -> None:
    agree(PROOFS)


@pytest.mark.slow
def test_large_sums_agree() -> None:
    """`make long PART=sums` takes larger ones, and others each time."""
    agree(SUMS.format(count=1_500, seed=0))


GROWING = """
key = keys(150, 10)
witness = to_limbs(key.toy.witness)
blinding = to_limbs(numbers(R, 2, 5))
sizes, proofs = [key.proving.table_bytes], set()
other = proving_key(key.toy, key.points)
other.prepare()
while sizes[-1] != other.table_bytes and len(sizes) < 300:
    proof = key.proving.prove_with_blinding_unsafe(witness, *blinding, 1 + len(sizes) % 2)
    proofs.add(b"".join(part.tobytes() for part in proof))
    sizes.append(key.proving.table_bytes)
assert len(proofs) == 1
print(*sizes)
"""


def test_tables_grow_by_a_little_with_each_proof() -> None:
    """First to a few multiples, then to all, with the same proof at every size."""
    sizes = [int(size) for size in run(GROWING, k.kernel_name())[:-2]]
    steps = [size for size, before in zip(sizes[1:], sizes, strict=False) if size != before]
    assert sizes[0] == 0
    assert sizes[1] == steps[0]
    assert sizes.count(steps[0]) >= 2  # the second proof has the smallest tables too
    assert steps == sorted(steps)
    assert len(steps) == 5  # twice the tail's table, then the others
    assert len(sizes) < 300


def test_tables_are_built_on_demand() -> None:
    text = """
key = keys(700, 30)
witness = to_limbs(key.toy.witness)
sizes = []
for memory in (0, 10**6, None, 0):
    key.proving.prepare(memory, 2)
    sizes.append(key.proving.table_bytes)
    for _ in range(3):
        key.proving.prove(witness)
        assert key.proving.table_bytes == sizes[-1]  # proofs leave a chosen size alone
print(*sizes)
"""
    least, million, default, last = (int(size) for size in run(text, k.kernel_name())[:4])
    assert 0 < least == last < million <= 10**6 < default


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
