"""The kernel on older processors, which QEMU emulates.

On each, the unit must be the expected one; every function of the kernel that takes arrays must
return what it returns here; a proof of ``eligibility`` must verify; and a unit that the processor
lacks must be refused if it is forced. Needs ``qemu-x86_64`` (Debian's package qemu-user). The exit
code is 1 if something differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from measure import report

TESTS = Path(__file__).parent.parent / "tests"
GUARD_RUN = TESTS / "support" / "kernel" / "guard_run.py"
PROCESSORS = {
    "Nehalem": ("portable", "adx"),  # 2008: SSE4.2
    "IvyBridge": ("portable", "avx2"),  # 2012: AVX
    "Haswell": ("avx2", "adx"),  # 2013: AVX2, FMA and BMI2, but no ADX
    "Broadwell": ("avx2", "ifma"),  # 2014
}
NUMPY = {"OPENBLAS_CORETYPE": "Nehalem"}  # its BLAS asks Nehalem by XGETBV, which that one lacks
PROVE = """
import warnings
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.published.samples import samples
from zkcredit.groth16 import load_or_create_dev_key, prove, verify
warnings.simplefilter("ignore")
circuit = get_circuit("eligibility")
key = load_or_create_dev_key(circuit)
witness = circuit.witness(next(iter(samples("eligibility").satisfied.values())))
public = from_limbs(witness[1 : key.n_public + 1])
proof = prove(key, witness, system=circuit.system, threads=1)
verify(key.verifying_key, public, proof)
print("verified")
"""


def run(command: list[str], forced: str = "") -> subprocess.CompletedProcess[str]:
    """Return a process with the tests' helpers on its path."""
    return subprocess.run(
        command,
        env={**os.environ, **NUMPY, "ZKCREDIT_KERNEL": forced, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )


def every_entry(emulator: list[str]) -> list[str]:
    """Return the unit and the digest of all results."""
    done = run([*emulator, sys.executable, str(GUARD_RUN), "plain"])
    return done.stdout.split()[:2] or [done.stderr[-500:], ""]


def on(emulator: str, processor: str, digest: str) -> dict[str, Any]:
    """Return the results on one processor."""
    unit, lacking = PROCESSORS[processor]
    command = [emulator, "-cpu", processor]
    found, same = every_entry(command)
    proof = run([*command, sys.executable, "-c", PROVE])
    use = "from zkcredit import _kernel; _kernel.kernel_name()"
    refused = run([*command, sys.executable, "-c", use], lacking)
    return {
        "unit": found,
        "as_expected": found == unit,
        "same_results": same == digest,
        "proof_verifies": proof.stdout == "verified\n",
        "lacking_unit_refused": f"KernelUnavailable: ZKCREDIT_KERNEL={lacking} does not run"
        in refused.stderr,
    }


def main() -> int:
    """Test every processor, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        parser.error("qemu-x86_64 is not installed (Debian: apt-get install qemu-user)")
    run([sys.executable, "-c", PROVE])  # makes the key, which takes long when emulated
    _, digest = every_entry([])
    results = {name: on(emulator, name, digest) for name in PROCESSORS}
    report("the kernel on emulated processors", results, options.json)
    return 0 if all(all(row.values()) for row in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
