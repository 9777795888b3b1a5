"""Proving eligibility with the reference sealed to arbiters; used by `zkcredit.Wallet`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zkcredit.units as units
from zkcredit._internal.checks import require_field, require_instance
from zkcredit.errors import InvalidInput
from zkcredit.escrow.presentation import ESCROW_ELIGIBILITY, SealedPresentation
from zkcredit.gadgets.babyjub import require_prime_order
from zkcredit.policy import Policy
from zkcredit.record import CreditRecord
from zkcredit.registry import RegistrySnapshot
from zkcredit.request import require_consent
from zkcredit.wallet.log import ConsentEntry

if TYPE_CHECKING:
    from zkcredit.credential import Credential
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.request import Consent, LoanConsent

__all__ = ["prove_sealed"]


def prove_sealed(
    secret: int,
    credential_id: str,
    credential: Credential,
    policy: Policy,
    *,
    consent: Consent | LoanConsent,
    scope: int,
    registry: RegistrySnapshot,
    arbiters: Point,
    key: ProvingKey,
    threads: int | None = None,
) -> tuple[SealedPresentation, ConsentEntry]:
    """Make one presentation of `escrow_eligibility`, and the log's entry about it.

    Args:
        secret: the holder's secret. Nothing here keeps it or shows it.
        credential_id: for the log.
        credential: of this holder, with a signed score.
        policy, consent, scope, registry, arbiters, key, threads: as `Wallet.prove_sealed`.

    Raises:
        as `Wallet.prove_sealed`.
    """
    # numpy and the kernel are loaded by the first proof, not by the first look at a wallet
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.circuits.escrow_eligibility import EscrowWitness
    from zkcredit.gadgets.eddsa_circuit import signature_inputs
    from zkcredit.gadgets.hashed_elgamal import fresh_escrow_scalar
    from zkcredit.groth16.prove import prove, require_circuit

    context = require_consent(consent).context()
    require_field("scope", scope)
    require_instance("the policy", policy, Policy)
    require_instance("the registry", registry, RegistrySnapshot)
    require_prime_order(arbiters, "the arbiters' key")
    if policy.now == 0:
        raise InvalidInput("the policy has no time; use policy.at(now)")
    record = credential.record
    if not isinstance(record, CreditRecord):
        raise InvalidInput("a reference is sealed with a signed score; this credential has none")
    consent.require_open(policy.now)
    credential.require_valid(policy.now)
    policy.check(record, credential.issued_at, credential.expires_at)
    membership = registry.membership(credential)
    circuit = get_circuit(ESCROW_ELIGIBILITY)
    require_circuit(key, circuit.system)
    plain = EligibilityWitness(
        secret=secret,
        revocation_id=credential.revocation_id,
        issued_at=credential.issued_at,
        expires_at=credential.expires_at,
        attributes=record.values(),
        signature=signature_inputs(credential.issuer, credential.signature),
        gap=membership.gap,
        registry_path=membership.registry_path,
    )
    values = EscrowWitness(plain, fresh_escrow_scalar()).inputs(
        policy=policy.pack(),
        context=context,
        registry_root=membership.root,
        scope=scope,
        arbiters=arbiters,
    )
    proof = prove(key, circuit.witness(values), threads)
    inputs = tuple(_number(values[name]) for name in circuit.public_names)
    presentation = SealedPresentation.from_inputs(inputs, proof)
    entry = ConsentEntry(
        time=units.now(),
        verifier=consent.verifier,
        purpose=f"{consent.purpose}; your reference is sealed to arbiters, to open on default",
        credential_id=credential_id,
        conditions=policy.conditions(),
        context=context,
        scope=scope,
        nullifier=presentation.nullifier,
        expires_at=consent.expires_at,
    )
    return presentation, entry


def _number(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101  # public inputs are declared with length 1
    return value
