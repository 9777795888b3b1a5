"""How long a proof of `eligibility` takes, with the key resident, and what comes before it."""

from __future__ import annotations

import time
import warnings

from measure import arguments, report, timed

from zkcredit.circuits import get_circuit
from zkcredit.circuits.samples import samples
from zkcredit.groth16 import UnsafeKeyWarning, dev_setup, load_or_create_dev_key, prove

options = arguments(__doc__, repeat=10)
warnings.simplefilter("ignore", UnsafeKeyWarning)

circuit = get_circuit("eligibility")
values = next(iter(samples("eligibility").satisfied.values()))

start = time.perf_counter()
dev_setup(circuit.system, options.threads)
setup_ms = (time.perf_counter() - start) * 1000

key = load_or_create_dev_key(circuit)
witness = circuit.witness(values)
report(
    "eligibility: proof, key resident; witness; dev setup",
    {
        "threads": options.threads,
        "constraints": circuit.system.n_constraints,
        "prove": timed(lambda: prove(key, witness, options.threads), options.repeat),
        "prove_one_thread": timed(lambda: prove(key, witness, 1), options.repeat),
        "witness": timed(lambda: circuit.witness_unchecked(values), options.repeat),
        "witness_and_check": timed(lambda: circuit.witness(values), options.repeat),
        "dev_setup_ms": round(setup_ms, 1),
    },
    options.json,
)
