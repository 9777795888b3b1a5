"""Each block of memory that the kernel asks for is refused once: MemoryError, the process lives.

The blocks are those of `new`, which cpp/check/guard_new.cpp replaces. A call is repeated with its
first block refused, then its second, and so on until it needs no more (some are left out where
there are many); the process must be able to do the whole call afterwards. Where the refused block
was a thread's, the call may succeed with fewer threads.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.kernel.kernel_cases import MODULE_PATH, units_here

CPP = Path(__file__).parents[2] / "cpp"

HEAD = """
import ctypes
import numpy as np
from support.kernel.kernel_cases import R, chain, g1, g2, keys, numbers, proving_key
from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs

refuse = ctypes.CDLL(None).zkc_refuse_block_after
refuse.argtypes, refuse.restype = [ctypes.c_long], ctypes.c_long
NEVER = 2**62

def same(a, b):
    if isinstance(a, dict):
        a, b = list(a.values()), list(b.values())
    pairs = zip(a, b, strict=True) if isinstance(a, list | tuple) else [(a, b)]
    return all(np.array_equal(x, y) for x, y in pairs)

def attempts(call):
    "Refuse each block in turn; how many were refused and how many of them made the call fail."
    wanted, refused, failed, n = call(), 0, 0, 0
    while True:
        refuse(n)
        try:
            got = call()
        except MemoryError:
            got = None
        left = refuse(NEVER)
        assert (left < 0) or got is not None
        refused, failed = refused + (left < 0), failed + (got is None)
        assert got is None or same(got, wanted), "a wrong result"
        if left >= 0:
            return refused, failed
        n += 1 + n // 40
        if refused % 16 == 0:
            assert same(call(), wanted), "a wrong result after a refusal"

key = keys(130, 3)
toy, points = key.toy, key.points
witness, public = to_limbs(toy.witness), to_limbs(toy.public)
scalars = to_limbs(numbers(R, 100, 1))
r, s = to_limbs(numbers(R, 2, 2))
rows = g1(numbers(R, 100, 3))
pairs = g2(numbers(R, 20, 4))
proof = key.proving.prove_with_blinding_unsafe(witness, r, s)
many = [np.repeat(part[None], 5, axis=0) for part in proof]
inputs = np.repeat(public[None], 5, axis=0).reshape(-1, 4)
verifying = ("alpha1", "beta2", "gamma2", "delta2", "ic")

def fresh_proof(threads):
    proving = proving_key(toy, points)
    return [
        part
        for _ in range(2)  # by the bases alone, then by tables
        for part in proving.prove_with_blinding_unsafe(witness, r, s, threads)
    ]

CALLS = {
    "products": lambda: k.fr_mul(scalars, scalars),
    "repeated products": lambda: k.fr_mul_repeated(scalars, scalars, 2),
    "transform": lambda: k.ntt(scalars[:64], False, 2),
    "sum": lambda: k.g1_msm(rows, scalars, 2),
    "sum in G2": lambda: k.g2_msm(pairs, scalars[:20]),
    "additions": lambda: k.g1_add_repeated(rows, rows[::-1].copy(), 2),
    "sum by tables": lambda: k.G1Bases(rows, 20_000, 2).msm(scalars, 2),
    "multiples": lambda: k.g2_mul_generator(scalars[:9], 2),
    "pairings": lambda: k.pairing_product_is_one(rows[:2], pairs[:2]),
    "constraints": lambda: toy.r1cs().first_unsatisfied(witness),
    "setup": lambda: k.groth16_setup(toy.r1cs(), to_limbs(key.toxic), 2),
    "proofs": lambda: fresh_proof(1),
    "proofs on two threads": lambda: fresh_proof(2),
    "verification": lambda: k.VerifyingKey(*(points[n] for n in verifying)).verify(*proof, public),
    "verification of many": lambda: key.verifying.verify_many(*many, inputs, 2),
}
"""
TAIL = """
for name in CALLS:
    refused, failed = attempts(CALLS[name])
    assert 0 < failed <= refused, name
    print(name, refused, failed)
"""


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("c++")
    assert compiler is not None
    out = tmp_path_factory.mktemp("guard") / "guard_new.so"
    source = CPP / "check" / "guard_new.cpp"
    command = [compiler, "-std=c++20", "-O1", "-fPIC", "-shared", str(source), "-o", str(out)]
    subprocess.run(command, check=True)
    return out


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4))
def test_each_refused_block_is_a_memory_error(guard: Path, place: int) -> None:
    for unit in units_here()[place : place + 1]:
        done = subprocess.run(
            [sys.executable, "-c", HEAD + TAIL],
            env=os.environ
            | {"LD_PRELOAD": str(guard), "ZKCREDIT_KERNEL": unit, "PYTHONPATH": MODULE_PATH},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert len(done.stdout.splitlines()) == HEAD.count("lambda:")
