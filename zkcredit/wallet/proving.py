"""From a secret and what it opens to a presentation: a credential, or an account at a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.errors import InvalidInput
from zkcredit.presentation import ELIGIBILITY, PUBLIC_INPUTS, Presentation
from zkcredit.record import CreditRecord
from zkcredit.scoring.scored_record import ScoredRecord

if TYPE_CHECKING:
    from zkcredit.credential import Credential
    from zkcredit.gadgets.elgamal import AccountKey, Ciphertext
    from zkcredit.gadgets.scorecard import ScoreTable
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.ledger.entry import LedgerTotals
    from zkcredit.ledger.presentation import LedgerPresentation
    from zkcredit.policy import Policy
    from zkcredit.registry import Membership

__all__ = ["judged", "prove_eligibility", "prove_ledger_eligibility", "table_for"]


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
    table: ScoreTable | None = None,
) -> Presentation:
    """Make one presentation of a statement about a credential, verified before it is returned.

    Args:
        secret: the holder's secret. Nothing here keeps it or shows it.
        credential: a credential of this holder; one with features proves `scored_eligibility`.
        membership: from the registry that the verifier accepts.
        policy: with its time.
        context, scope: field elements.
        key: the statement's proving key.
        threads: how many to prove with; all where None.
        table: of the model that judges features (:func:`table_for`).

    Warns:
        UnsafeKeyWarning: somebody can forge proofs under the key.

    Raises:
        UnsafeKey: the key is broken or another statement's or model's.
        UnsatisfiedWitness: the statement does not hold; a wallet asks before it comes here.
        OutOfRange, InvalidInput: context or scope is no field element, or the model reads other
            features.
    """
    # numpy and the kernel are loaded by the first proof, not by the first look at a wallet
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.circuits.scored_eligibility import ScoredWitness
    from zkcredit.gadgets.eddsa_circuit import signature_inputs
    from zkcredit.groth16.prove import prove, require_circuit
    from zkcredit.scoring.model_circuit import circuit_of

    table = table_for(credential, table)
    circuit = get_circuit(ELIGIBILITY) if table is None else circuit_of(table)
    require_circuit(key, circuit.system)
    plain = EligibilityWitness(
        secret=secret,
        revocation_id=credential.revocation_id,
        issued_at=credential.issued_at,
        expires_at=credential.expires_at,
        attributes=credential.record.values(),
        signature=signature_inputs(credential.issuer, credential.signature),
        gap=membership.gap,
        registry_path=membership.registry_path,
    )
    statement: EligibilityWitness | ScoredWitness = plain
    if table is not None and isinstance(credential.record, ScoredRecord):
        statement = ScoredWitness(plain, credential.record.features.codes, table)
    values = statement.inputs(
        policy=policy.pack(), context=context, registry_root=membership.root, scope=scope
    )
    witness = circuit.witness(values)
    # prove() verifies what it made before it lets it out
    proof = prove(key, witness, threads)
    public = {name: _number(values[name]) for name in PUBLIC_INPUTS}
    return Presentation(**public, proof=proof, model=None if table is None else table.model)


def table_for(credential: Credential, table: ScoreTable | None) -> ScoreTable | None:
    """The table of the model that judges a credential: None where the issuer signed a score.

    Args:
        credential: whose features.
        table: the model that was asked for; the bundled one where None.

    Raises:
        InvalidInput: a model for a credential without features, or one that reads others.
    """
    if isinstance(credential.record, ScoredRecord):
        table = BUNDLED_SCORECARD if table is None else table
        credential.record.judged_by(table)
    elif table is not None:
        raise InvalidInput("the credential has no features for a scorecard: its score is signed")
    return table


def judged(credential: Credential, table: ScoreTable | None) -> CreditRecord:
    """What a policy speaks about: the record, with the score that a model gives where it does."""
    if isinstance(credential.record, CreditRecord):
        return credential.record
    return credential.record.judged_by(BUNDLED_SCORECARD if table is None else table)


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
