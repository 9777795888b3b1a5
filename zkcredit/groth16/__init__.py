"""Groth16 over BN254: keys, setup, proving, verification.

Jens Groth, "On the Size of Pairing-based Non-interactive Arguments", EUROCRYPT 2016, with
iden3's conventions for files, domains and public inputs, so that keys, witnesses and proofs can be
exchanged with circom and snarkjs.

Names are loaded when they are first used, so that a process that only proves or verifies does not
load the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
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
    from zkcredit.groth16.keyfile import load_proving_key, save_proving_key
    from zkcredit.groth16.keys import Proof, ProvingKey, VerifyingKey
    from zkcredit.groth16.prover import prove
    from zkcredit.groth16.setup import dev_setup, load_or_create_dev_key
    from zkcredit.groth16.trust import (
        DevKeyWarning,
        Origin,
        SinglePartyKeyWarning,
        UnsafeKeyWarning,
    )
    from zkcredit.groth16.verification import verify

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

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Contributed": "ceremony.contribute",
        "DevKeyWarning": "trust",
        "Endorsement": "ceremony.verified",
        "Origin": "trust",
        "Proof": "keys",
        "ProvingKey": "keys",
        "SinglePartyKeyWarning": "trust",
        "UnsafeKeyWarning": "trust",
        "VerifiedCeremony": "ceremony.verified",
        "VerifiedStep": "ceremony.steps",
        "VerifyingKey": "keys",
        "apply_beacon": "ceremony.contribute",
        "contribute": "ceremony.contribute",
        "dev_setup": "setup",
        "initial_zkey": "ceremony.phase2_start",
        "load_or_create_dev_key": "setup",
        "load_proving_key": "keyfile",
        "load_ptau": "ceremony.phase1",
        "prove": "prover",
        "prove_many": "batch.prove_many",
        "require_deployable": "deployable",
        "require_made_from": "ceremony.phase2_check",
        "save_proving_key": "keyfile",
        "verify": "verification",
        "verify_ceremony": "ceremony.verified",
        "verify_many": "batch.verify_many",
    },
)
