"""How long the verification of one proof of `eligibility` takes, natively and by py_ecc."""

from __future__ import annotations

import warnings

from measure import arguments, report, timed

from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.circuits.samples import samples
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key, prove, verify
from zkcredit.groth16.reference import verify as verify_by_reference

options = arguments(__doc__, repeat=100)
warnings.simplefilter("ignore", UnsafeKeyWarning)

circuit = get_circuit("eligibility")
key = load_or_create_dev_key(circuit)
witness = circuit.witness(next(iter(samples("eligibility").satisfied.values())))
public = from_limbs(witness[1 : key.n_public + 1])
proof = prove(key, witness)
vk = key.verifying_key
few = min(options.repeat, 3)  # of the slow twin
report(
    "eligibility: verification of one proof, key prepared",
    {
        "public_inputs": len(public),
        "native": timed(lambda: verify(vk, public, proof), options.repeat),
        "py_ecc": timed(lambda: verify_by_reference(vk, public, proof), few),
    },
    options.json,
)
