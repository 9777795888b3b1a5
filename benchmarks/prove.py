"""How long a proof of ``eligibility`` takes: key in memory, from files, and the steps before it.

The first proof under a key works without window tables, and the next ones grow them, each by a
little: ``first_proof``, ``growing`` (the first proofs under a key that nobody prepared) and
``tables`` (all at once). All other rows have them. ``tables_from_disk_at_least`` reads and hashes a
file of their size, the least work for any cache of the tables. The other statements follow.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from measure import arguments, report, timed

from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.formats import wtns
from zkcredit.groth16 import (
    ProvingKey,
    UnsafeKeyWarning,
    dev_setup,
    load_or_create_dev_key,
    load_proving_key,
    prove,
    save_proving_key,
)
from zkcredit.published.samples import samples

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs

options = arguments(__doc__, repeat=10, threads=2)
warnings.simplefilter("ignore", UnsafeKeyWarning)
few = min(options.repeat, 3)  # of what takes a second
GROWING = 40  # proofs of a new key, enough for its first larger tables


def proofs(key: ProvingKey, witness: Limbs) -> tuple[dict[str, float], dict[str, float]]:
    """Return times with all threads and with one, with window tables."""
    key.resident.prepare(threads=options.threads)
    return (
        timed(partial(prove, key, witness, options.threads), options.repeat),
        timed(partial(prove, key, witness, 1), options.repeat),
    )


def statement(name: str) -> dict[str, dict[str, float] | int]:
    """Rows of a statement beside ``eligibility``."""
    circuit = get_circuit(name)
    values = next(iter(samples(name).satisfied.values()))
    many, one = proofs(load_or_create_dev_key(circuit), circuit.witness(values))
    return {
        f"{name}_constraints": circuit.system.n_constraints,
        f"{name}_prove": many,
        f"{name}_prove_one_thread": one,
        f"{name}_witness": timed(partial(circuit.witness_unchecked, values), options.repeat),
    }


circuit = get_circuit("eligibility")
values = next(iter(samples("eligibility").satisfied.values()))
key = load_or_create_dev_key(circuit)
witness = circuit.witness(values)

with TemporaryDirectory() as folder:
    path = Path(folder)
    save_proving_key(path / "key.zkey", key)
    (path / "witness.wtns").write_bytes(wtns.dumps(witness))
    command = [sys.executable, "-m", "zkcredit.cli", "groth16", "prove"]
    command += ["key.zkey", "witness.wtns", "proof.json", "public.json"]
    command += ["--threads", str(options.threads)]
    fresh = iter([load_proving_key(path / "key.zkey") for _ in range(few + 2)])
    first = timed(lambda: prove(next(fresh), witness, options.threads), few)
    growing = timed(partial(prove, next(fresh), witness, options.threads), GROWING)
    tables = timed(lambda: key.resident.prepare(threads=options.threads), few)
    (path / "tables").write_bytes(bytes(key.resident.table_bytes))
    read = timed(lambda: hashlib.sha256((path / "tables").read_bytes()).digest(), few)
    many, one = proofs(key, witness)

    report(
        "eligibility: proof, witness, dev setup; the other statements",
        {
            "threads": options.threads,
            "constraints": circuit.system.n_constraints,
            "domain": key.domain_size,
            "prove": many,
            "prove_one_thread": one,
            "first_proof": first,
            "growing": growing,
            "tables": tables,
            "tables_from_disk_at_least": read,
            "tables_mib": round(key.resident.table_bytes / (1 << 20)),
            "witness": timed(lambda: circuit.witness_unchecked(values), options.repeat),
            "witness_and_check": timed(lambda: circuit.witness(values), options.repeat),
            "dev_setup": timed(lambda: dev_setup(circuit.system, options.threads), few),
            "whole_process_from_files": timed(
                lambda: subprocess.run(command, cwd=path, check=True, capture_output=True), few
            ),
            **{
                title: row
                for name in circuit_names()
                if name != "eligibility"
                for title, row in statement(name).items()
            },
        },
        options.json,
    )
