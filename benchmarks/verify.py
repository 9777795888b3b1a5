"""How long the verification of one proof of `eligibility` takes, natively and by py_ecc."""

from __future__ import annotations

import warnings

from measure import arguments, report, timed

from zkcredit.circuits import get_circuit
from zkcredit.circuits.samples import samples
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key, prove, verify
from zkcredit.groth16.reference import verify as verify_by_reference

options = arguments(__doc__, repeat=100)
warnings.simplefilter("ignore", UnsafeKeyWarning)

circuit = get_circuit("eligibility")
key = load_or_create_dev_key(circuit)
values = next(iter(samples("eligibility").satisfied.values()))
public: list[int] = [int(str(values[name])) for name in circuit.public_names]
proof = prove(key, circuit.witness(values))
vk = key.verifying_key
report(
    "eligibility: verification of one proof",
    {
        "public_inputs": len(public),
        "native": timed(lambda: verify(vk, public, proof), options.repeat),
        "py_ecc": timed(lambda: verify_by_reference(vk, public, proof), 1),
    },
    options.json,
)
