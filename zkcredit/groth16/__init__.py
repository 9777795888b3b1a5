"""Groth16 over BN254: keys, setup, proving, verification.

Jens Groth, "On the Size of Pairing-based Non-interactive Arguments", EUROCRYPT 2016, with
iden3's conventions for files, domains and public inputs, so that keys, witnesses and proofs can be
exchanged with circom and snarkjs.
"""

from __future__ import annotations

from zkcredit.groth16.batch.prove_many import prove_many
from zkcredit.groth16.batch.verify_many import verify_many
from zkcredit.groth16.ceremony.contribute import Contributed, apply_beacon, contribute
from zkcredit.groth16.ceremony.phase1 import load_ptau
from zkcredit.groth16.ceremony.phase2_check import require_made_from
from zkcredit.groth16.ceremony.phase2_start import initial_zkey
from zkcredit.groth16.ceremony.steps import VerifiedStep
from zkcredit.groth16.ceremony.verified import (
    Endorsement,
    VerifiedCeremony,
    verify_ceremony,
)
from zkcredit.groth16.deployable import require_deployable
from zkcredit.groth16.keyfile import load as load_proving_key
from zkcredit.groth16.keyfile import save as save_proving_key
from zkcredit.groth16.keys import Proof, ProvingKey, VerifyingKey
from zkcredit.groth16.prove import prove
from zkcredit.groth16.setup import dev_setup, load_or_create_dev_key
from zkcredit.groth16.trust import (
    DevKeyWarning,
    Origin,
    SinglePartyKeyWarning,
    UnsafeKeyWarning,
)
from zkcredit.groth16.verify import verify

__all__ = [
    "Contributed",
    "DevKeyWarning",
    "Endorsement",
    "Origin",
    "Proof",
    "ProvingKey",
    "SinglePartyKeyWarning",
    "UnsafeKeyWarning",
    "VerifiedCeremony",
    "VerifiedStep",
    "VerifyingKey",
    "apply_beacon",
    "contribute",
    "dev_setup",
    "initial_zkey",
    "load_or_create_dev_key",
    "load_proving_key",
    "load_ptau",
    "prove",
    "prove_many",
    "require_deployable",
    "require_made_from",
    "save_proving_key",
    "verify",
    "verify_ceremony",
    "verify_many",
]
