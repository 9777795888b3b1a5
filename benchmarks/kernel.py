"""How long the kernel's parts take in each instruction-set unit, beside what the hardware allows.

The floor counts field products only, at the 3.42 ns a lane that the product takes on its own on the
machine of docs/explanation (101 instructions for eight lanes, one a cycle): a batch-affine addition
is six of them in G1, and seventeen in G2.
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

from zkcredit import _kernel as k

PRODUCT_NS = 3.42
WINDOWS, HALF = 17, 1 << 14  # digits of a scalar and buckets, at windows of 15 bits

options = arguments(__doc__, repeat=15)


def numbers(count: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """Uniform integers below 2^253."""
    rows = np.random.default_rng(seed).integers(0, 2**64, (count, 4), dtype=np.uint64)
    rows[:, 3] &= np.uint64((1 << 61) - 1)
    return rows


def measure() -> dict[str, dict[str, float]]:
    """This process's unit."""
    out = {}
    a, b = numbers(1 << 17, 1), numbers(1 << 17, 2)
    product = k.fr_lane_product if k.kernel_name() == "ifma" else k.fr_mul
    out["field_products_131072_with_conversion"] = timed(lambda: product(a, b), options.repeat)
    for size in (1 << 13, 1 << 14):
        scalars = numbers(size, 3)
        g1 = k.G1Bases(k.g1_mul_generator(numbers(size, 4)), 1 << 26)
        out[f"msm_g1_{size}"] = timed(partial(g1.msm, scalars), options.repeat)
    g2 = k.G2Bases(k.g2_mul_generator(numbers(1 << 13, 4)), 1 << 26)
    scalars = numbers(1 << 13, 3)
    out[f"msm_g2_{1 << 13}"] = timed(partial(g2.msm, scalars), options.repeat)
    return out


def floor(size: int, products: int) -> float:
    """Milliseconds of the products of a sum: the digits, and two sums over the buckets."""
    additions = size * WINDOWS + 2 * HALF
    return round(additions * products * PRODUCT_NS / 1e6, 3)


def main() -> None:
    """Measure every unit that this machine has, each in a process of its own."""
    if os.environ.get("ZKCREDIT_BENCH_UNIT"):
        print(json.dumps(measure()))
        return
    every = ["ifma", "adx", "portable"]
    units = every[every.index(k.kernel_name()) :]
    results: dict[str, Any] = {
        "floor_msm_g1_8192_ms": floor(1 << 13, 6),
        "floor_msm_g1_16384_ms": floor(1 << 14, 6),
        "floor_msm_g2_8192_ms": floor(1 << 13, 17),
    }
    for unit in units:
        done = subprocess.run(
            [sys.executable, __file__, "--repeat", str(options.repeat)],
            env={**os.environ, "ZKCREDIT_KERNEL": unit, "ZKCREDIT_BENCH_UNIT": unit},
            check=True,
            capture_output=True,
            text=True,
        )
        results |= {f"{unit}_{name}": value for name, value in json.loads(done.stdout).items()}
    if {"ifma", "adx"} <= set(units):
        for name in ("msm_g1_8192", "msm_g1_16384", "msm_g2_8192"):
            slow, fast = results[f"adx_{name}"], results[f"ifma_{name}"]
            results[f"adx_over_ifma_{name}"] = round(slow["min_ms"] / fast["min_ms"], 2)
    report("the kernel's parts by instruction-set unit, one thread", results, options.json)


main()
