"""How time and memory of a proof grow with the circuit, from 2^12 to 2^20 constraints.

``first_read_s`` is what ``zkcredit groth16 export`` takes for a key that it has not seen before:
every point is checked, on all threads.

The circuit is a chain of squares whose wires are all full-size, the worst case for the sums. Each
size is proved by a fresh process that reads key and witness from files, as a service would; its
peak of memory is the whole process, Python included. The dev setup runs in another process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import report, timed

from zkcredit.bn254 import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.formats import wtns
from zkcredit.groth16 import (
    UnsafeKeyWarning,
    dev_setup,
    load_proving_key,
    prove,
    save_proving_key,
)
from zkcredit.groth16.resident_key import load_verifying_key
from zkcredit.r1cs.system import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs


def squares(constraints: int) -> tuple[ConstraintSystem, Limbs]:
    """Return the circuit that squares wire 2 repeatedly; the result is the public wire 1."""
    start = np.arange(2, constraints + 2, dtype=np.uint32)
    end = np.append(start[1:], np.uint32(1))
    indptr = np.arange(constraints + 1, dtype=np.uint32)
    ones = np.zeros((constraints, 4), dtype=np.uint64)
    ones[:, 0] = 1
    left = Matrix(indptr, start, ones)
    values = [R - 3]
    for _ in range(constraints):
        values.append(values[-1] * values[-1] % R)
    right = Matrix(indptr, end, ones)
    return (
        ConstraintSystem(constraints + 2, 1, left, left, right),
        to_limbs([1, values[-1], *values[:-1]]),
    )


def make(folder: Path, log_size: int) -> dict[str, Any]:
    """Write key and witness of a circuit that fills a domain of this size."""
    system, witness = squares((1 << log_size) - 2)
    (folder / "witness.wtns").write_bytes(wtns.dumps(witness))
    start = time.perf_counter()
    key = dev_setup(system)
    taken = time.perf_counter() - start
    save_proving_key(folder / "key.zkey", key)
    return {"dev_setup_s": round(taken, 2)}


def read(folder: Path, threads: int) -> dict[str, Any]:
    """Read and check the key's file as if for the first time."""
    os.environ["ZKCREDIT_CACHE"] = str(folder / "cache")
    start = time.perf_counter()
    load_verifying_key(folder / "key.zkey", threads)
    return {"first_read_s": round(time.perf_counter() - start, 2)}


def measure(folder: Path, log_size: int, repeat: int, threads: int) -> dict[str, Any]:
    """Prove from the files."""
    key = load_proving_key(folder / "key.zkey", check_points=False)
    witness = wtns.loads((folder / "witness.wtns").read_bytes())
    times = timed(lambda: prove(key, witness, threads), repeat)
    peak = _peak_mib()
    per = 1 << log_size
    return {
        **times,
        "us_per_constraint": round(times["min_ms"] * 1000 / per, 3),
        "peak_mib": round(peak),
        "bytes_per_constraint": round(peak * (1 << 20) / per),
    }


def main() -> None:
    """Measure and report."""
    options = _options()
    warnings.simplefilter("ignore", UnsafeKeyWarning)
    if options.step:
        folder, log_size = Path(options.folder), options.sizes[0]
        if options.step == "make":
            print(json.dumps(make(folder, log_size)))
        elif options.step == "read":
            print(json.dumps(read(folder, options.threads)))
        else:
            print(json.dumps(measure(folder, log_size, options.repeat, options.threads)))
        return
    results: dict[str, Any] = {"threads": options.threads}
    for log_size in options.sizes:
        with TemporaryDirectory() as name:
            row: dict[str, Any] = {}
            for step in ("make", "read", "measure"):
                command = [sys.executable, __file__, "--step", step, "--folder", name]
                command += ["--sizes", str(log_size), "--repeat", str(options.repeat)]
                command += ["--threads", str(options.threads)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                row = json.loads(done.stdout) | row
            results[f"2^{log_size}"] = row
    report("a chain of squares: proof by size", results, options.json)


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--repeat", type=int, default=3, help="measured runs")
    parser.add_argument("--threads", type=int, default=2, help="threads of the kernel")
    parser.add_argument("--sizes", type=int, nargs="*", default=[12, 14, 16, 18, 20], help="log2")
    parser.add_argument("--step", choices=("make", "read", "measure"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
