"""How long the verification of a proof of ``eligibility`` takes: alone, by py_ecc, in a batch.

The batch repeats one proof, which costs the same as different proofs; times are for each proof.
"""

from __future__ import annotations

import warnings

from measure import arguments, report, timed

from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key, prove, verify, verify_many
from zkcredit.groth16.reference import verify as verify_by_reference
from zkcredit.published.samples import samples

options = arguments(__doc__, repeat=100, threads=2)
BATCH = 1000
warnings.simplefilter("ignore", UnsafeKeyWarning)

circuit = get_circuit("eligibility")
key = load_or_create_dev_key(circuit)
witness = circuit.witness(next(iter(samples("eligibility").satisfied.values())))
public = from_limbs(witness[1 : key.n_public + 1])
proof = prove(key, witness)
vk = key.verifying_key
few = min(options.repeat, 3)  # of the slow twin and of the batch
batch = timed(lambda: verify_many(vk, [(public, proof)] * BATCH, options.threads), few)
report(
    "eligibility: verification of a proof, key prepared",
    {
        "threads": options.threads,
        "public_inputs": len(public),
        "native": timed(lambda: verify(vk, public, proof), options.repeat),
        "py_ecc": timed(lambda: verify_by_reference(vk, public, proof), few),
        f"each_of_{BATCH}": {name: round(ms / BATCH, 4) for name, ms in batch.items()},
    },
    options.json,
)
