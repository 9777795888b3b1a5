"""From a secret and what it opens to a presentation: a credential, or an account at a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.presentation import ELIGIBILITY, PUBLIC_INPUTS, Presentation

if TYPE_CHECKING:
    from zkcredit.credential import Credential
    from zkcredit.gadgets.elgamal import AccountKey, Ciphertext
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.ledger.entry import LedgerTotals
    from zkcredit.ledger.presentation import LedgerPresentation
    from zkcredit.policy import Policy
    from zkcredit.registry import Membership

__all__ = ["prove_eligibility", "prove_ledger_eligibility"]


def prove_eligibility(
    secret: int,
    credential: Credential,
    membership: Membership,
    *,
    policy: Policy,
    context: int,
    scope: int,
    key: ProvingKey,
    threads: int | None = None,
) -> Presentation:
    """Make one presentation of the statement ``eligibility``, verified before it is returned.

    Args:
        secret: the holder's secret. Nothing here keeps it or shows it.
        credential: a credential of this holder.
        membership: from the registry that the verifier accepts.
        policy: with its time.
        context, scope: field elements.
        key: the statement's proving key.
        threads: how many to prove with; all where None.

    Warns:
        UnsafeKeyWarning: somebody can forge proofs under the key.

    Raises:
        UnsafeKey: the key is broken or another statement's.
        UnsatisfiedWitness: the statement does not hold; a wallet asks before it comes here.
        OutOfRange, InvalidInput: context or scope is no field element.
    """
    # numpy and the kernel are loaded by the first proof, not by the first look at a wallet
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.gadgets.eddsa_circuit import signature_inputs
    from zkcredit.groth16.prove import prove, require_circuit

    circuit = get_circuit(ELIGIBILITY)
    require_circuit(key, circuit.system)
    values = EligibilityWitness(
        secret=secret,
        revocation_id=credential.revocation_id,
        issued_at=credential.issued_at,
        expires_at=credential.expires_at,
        attributes=credential.record.values(),
        signature=signature_inputs(credential.issuer, credential.signature),
        gap=membership.gap,
        registry_path=membership.registry_path,
    ).inputs(policy=policy.pack(), context=context, registry_root=membership.root, scope=scope)
    witness = circuit.witness(values)
    # prove() verifies what it made before it lets it out
    proof = prove(key, witness, threads)
    public = {name: _number(values[name]) for name in PUBLIC_INPUTS}
    return Presentation(**public, proof=proof)


def prove_ledger_eligibility(
    account: AccountKey,
    total: Ciphertext,
    totals: LedgerTotals,
    *,
    policy: Policy,
    context: int,
    key: ProvingKey,
    threads: int | None = None,
) -> LedgerPresentation:
    """Make one presentation of ``ledger_eligibility``, verified before it is returned.

    Args:
        account: the account's key. Nothing here keeps it or shows it.
        total: the ledger's ciphertext.
        totals: what it holds.
        policy: with its time.
        context: a field element.
        key: the statement's proving key.
        threads: how many to prove with; all where None.

    Warns:
        UnsafeKeyWarning: somebody can forge proofs under the key.

    Raises:
        UnsafeKey: the key is broken or another statement's.
        UnsatisfiedWitness: the statement does not hold; a wallet asks before it comes here.
        InvalidInput: nothing can be proved about the ciphertext.
    """
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.ledger_eligibility import LedgerWitness
    from zkcredit.groth16.prove import prove, require_circuit
    from zkcredit.ledger.presentation import LEDGER_ELIGIBILITY, LedgerPresentation

    circuit = get_circuit(LEDGER_ELIGIBILITY)
    require_circuit(key, circuit.system)
    values = LedgerWitness(key=account, ciphertext=total, slots=totals.slots()).inputs(
        policy=policy.pack(), context=context
    )
    proof = prove(key, circuit.witness(values), threads)
    return LedgerPresentation(policy.pack(), context, account.public, total, proof)


def _number(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101  # public inputs are declared with length 1
    return value
