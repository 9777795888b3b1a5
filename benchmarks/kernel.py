"""How long the kernel's parts take in each instruction-set unit, and a lower bound for each.

The lower bound (floor) counts only field products, with the time of one product alone in the same
run (101 instructions for eight lanes, one a cycle). A batch-affine addition has six of them in G1
and seventeen in G2, and a transform of n values has n/2 log n. Products and additions are repeated
on the same rows, so that the conversion from and to numbers does not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from typing import Any

import numpy as np
from measure import arguments, report, timed
from tools import units_here

from zkcredit import _kernel as k
from zkcredit.circuits import get_circuit
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.published.samples import samples

PRODUCTS, POINTS = 1 << 12, 1 << 11  # so few that they stay in the second cache
TIMES = 200
WINDOWS, HALF = 17, 1 << 14  # digits of a scalar and buckets, at windows of 15 bits

options = arguments(__doc__, repeat=15)


def numbers(count: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """Return uniform integers below 2^253."""
    rows = np.random.default_rng(seed).integers(0, 2**64, (count, 4), dtype=np.uint64)
    rows[:, 3] &= np.uint64((1 << 61) - 1)
    return rows


def measure() -> dict[str, dict[str, float]]:
    """Measure this process's unit."""
    out = {}
    a, b = numbers(PRODUCTS, 1), numbers(PRODUCTS, 2)
    products = timed(lambda: k.fr_mul_repeated(a, b, TIMES), options.repeat)
    out["field_product"] = per_ns(products, PRODUCTS * TIMES)
    for group, add, multiply in (
        ("g1", k.g1_add_repeated, k.g1_mul_generator),
        ("g2", k.g2_add_repeated, k.g2_mul_generator),
    ):
        p, q = multiply(numbers(POINTS, 5)), multiply(numbers(POINTS, 6))
        sums = timed(partial(add, p, q, TIMES), options.repeat)
        out[f"addition_{group}"] = per_ns(sums, POINTS * TIMES)
    for size in (1 << 13, 1 << 14):
        scalars = numbers(size, 3)
        g1 = k.G1Bases(k.g1_mul_generator(numbers(size, 4)), 1 << 26)
        out[f"msm_g1_{size}"] = timed(partial(g1.msm, scalars), options.repeat)
    g2 = k.G2Bases(k.g2_mul_generator(numbers(1 << 13, 4)), 1 << 26)
    scalars = numbers(1 << 13, 3)
    out[f"msm_g2_{1 << 13}"] = timed(partial(g2.msm, scalars), options.repeat)
    circuit = get_circuit("eligibility")
    witness = circuit.witness(next(iter(samples("eligibility").satisfied.values())))
    key = load_or_create_dev_key(circuit).resident
    # Six transforms, and the products of two matrices with the witness.
    out["quotient_8192"] = timed(partial(key.quotient, witness), options.repeat)
    return out


def per_ns(row: dict[str, float], count: int) -> dict[str, float]:
    """Return the nanoseconds of one operation, from the milliseconds of many."""
    return {name.replace("ms", "ns"): round(value * 1e6 / count, 2) for name, value in row.items()}


def msm_additions(size: int) -> int:
    """Return the additions of a sum: one for each digit, and two sums over the buckets."""
    return size * WINDOWS + 2 * HALF


def floor(products: int, product_ns: float) -> float:
    """Return the milliseconds of this number of products."""
    return round(products * product_ns / 1e6, 3)


def main() -> None:
    """Measure every unit that this machine has, each in its own process."""
    if os.environ.get("ZKCREDIT_BENCH_UNIT"):
        print(json.dumps(measure()))
        return
    units = units_here()
    results: dict[str, Any] = {}
    for unit in units:
        done = subprocess.run(
            [sys.executable, __file__, "--repeat", str(options.repeat)],
            env={**os.environ, "ZKCREDIT_KERNEL": unit, "ZKCREDIT_BENCH_UNIT": unit},
            check=True,
            capture_output=True,
            text=True,
        )
        measured = json.loads(done.stdout)
        results |= {f"{unit} {name}": value for name, value in measured.items()}
        product = measured["field_product"]["min_ns"]
        results |= {
            f"{unit}_floor_msm_g1_8192_ms": floor(6 * msm_additions(1 << 13), product),
            f"{unit}_floor_msm_g1_16384_ms": floor(6 * msm_additions(1 << 14), product),
            f"{unit}_floor_msm_g2_8192_ms": floor(17 * msm_additions(1 << 13), product),
            f"{unit}_floor_quotient_8192_ms": floor(6 * 13 * (1 << 12), product),
        }
    for fast in [unit for unit in ("ifma", "avx2") if unit in units and "adx" in units]:
        for name in [title.partition(" ")[2] for title in results if title.startswith("adx ")]:
            here, slow = results[f"{fast} {name}"], results[f"adx {name}"]
            least = next(title for title in here if title.startswith("min"))
            results[f"adx_over_{fast}_{name}"] = round(slow[least] / here[least], 2)
    report("the kernel's parts by instruction-set unit, one thread", results, options.json)


main()
