"""How long a proof of `eligibility` takes: key resident, from files, and what comes before it."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import arguments, report, timed

from zkcredit.circuits import get_circuit
from zkcredit.circuits.samples import samples
from zkcredit.formats import wtns
from zkcredit.groth16 import (
    UnsafeKeyWarning,
    dev_setup,
    load_or_create_dev_key,
    prove,
    save_proving_key,
)

options = arguments(__doc__, repeat=10, threads=2)
warnings.simplefilter("ignore", UnsafeKeyWarning)

circuit = get_circuit("eligibility")
values = next(iter(samples("eligibility").satisfied.values()))
key = load_or_create_dev_key(circuit)
witness = circuit.witness(values)
few = min(options.repeat, 3)  # of what takes a second

with TemporaryDirectory() as name:
    folder = Path(name)
    save_proving_key(folder / "key.zkey", key)
    (folder / "witness.wtns").write_bytes(wtns.dumps(witness))
    command = [sys.executable, "-m", "zkcredit.cli", "groth16", "prove"]
    command += ["key.zkey", "witness.wtns", "proof.json", "public.json"]
    command += ["--threads", str(options.threads)]

    report(
        "eligibility: proof, witness, dev setup",
        {
            "threads": options.threads,
            "constraints": circuit.system.n_constraints,
            "domain": key.domain_size,
            "prove": timed(lambda: prove(key, witness, options.threads), options.repeat),
            "prove_one_thread": timed(lambda: prove(key, witness, 1), options.repeat),
            "witness": timed(lambda: circuit.witness_unchecked(values), options.repeat),
            "witness_and_check": timed(lambda: circuit.witness(values), options.repeat),
            "dev_setup": timed(lambda: dev_setup(circuit.system, options.threads), few),
            "whole_process_from_files": timed(
                lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True), few
            ),
        },
        options.json,
    )
