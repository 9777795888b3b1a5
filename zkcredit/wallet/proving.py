"""The witness that answers a request.

This module computes the values of a statement's fields from a credential or from a ledger account.
``Wallet.prove`` makes the presentation from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit.errors import InvalidInput
from zkcredit.ledger.entry import require_eligible
from zkcredit.record import CreditRecord
from zkcredit.registry import RegistrySnapshot
from zkcredit.request.asked_history import HISTORY, HISTORY_ELIGIBILITY
from zkcredit.request.base import LEDGER_ELIGIBILITY
from zkcredit.request.loan_request import LoanRequest
from zkcredit.schema import PUBLIC_INPUTS
from zkcredit.scoring.scored_record import ScoredRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.circuits.history import HistoryWitness
    from zkcredit.credential import Credential
    from zkcredit.gadgets.elgamal import AccountKey
    from zkcredit.history import HistoryTree
    from zkcredit.ledger.account import LedgerAccount
    from zkcredit.r1cs import Circuit
    from zkcredit.registry import Membership
    from zkcredit.request.asked_history import AskedHistory
    from zkcredit.request.base import Request
    from zkcredit.scoring.scorecard import Scorecard

    Values = Mapping[str, int | Sequence[int]]

__all__ = [
    "credential_witness",
    "eligibility_witness",
    "history_witness",
    "ledger_witness",
    "public_inputs",
]


def credential_witness(
    request: Request,
    secret: int,
    credential: Credential,
    registry: RegistrySnapshot,
    scorecard: Scorecard | None,
    *,
    history: HistoryTree | None = None,
) -> tuple[Circuit, Values]:
    """Return the circuit that answers a request from a credential, and the values of its fields.

    Every reason for which the proof would fail is found here, and only the borrower sees it.

    Args:
        request: the verifier's request.
        secret: the holder's secret. This function neither keeps nor shows it.
        credential: a credential of this holder.
        registry: the issuers that the verifier accepts, with the root that the request names.
        scorecard: the one that the request asks for, or None (``scorecard_of``).
        history: the tree with the holder's record, if the request asks about it.

    Raises:
        ExpiredCredential: if the credential is not valid at the policy's time.
        NotEligible: if the attributes do not meet the policy; the error says by how much.
        UnknownIssuer: if the registry does not have the credential's issuer.
        RevokedCredential: if the issuer revoked the credential.
        InvalidInput: if the registry has another root than the request, the credential has the
            wrong kind, or the scorecard reads other features.
    """
    # numpy and the kernel are loaded by the first proof, not when a wallet is opened
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.escrow_eligibility import EscrowWitness
    from zkcredit.gadgets.hashed_elgamal import fresh_escrow_scalar
    from zkcredit.scoring.model_circuit import circuit_of, witness_of

    require_instance("the registry", registry, RegistrySnapshot)
    if registry.root != request.registry_root:
        raise InvalidInput(
            "the request asks for another registry than this one; "
            "get the newest registry, or ask for a new request"
        )
    credential.require_valid(request.policy.now)
    record = credential.record
    request.policy.check(_judged(record, scorecard), credential.issued_at, credential.expires_at)
    plain = eligibility_witness(secret, credential, registry.membership(credential), record)
    public = {
        "policy": request.policy.pack(),
        "context": request.context,
        "registry_root": request.registry_root,
        "scope": request.scope,
    }
    if scorecard is not None and isinstance(record, ScoredRecord):
        scored = witness_of(plain, record.features, scorecard)
        return circuit_of(scorecard), scored.inputs(**public)
    circuit = get_circuit(request.statement)
    if request.arbiters is not None:
        escrow = EscrowWitness(plain, fresh_escrow_scalar())
        return circuit, escrow.inputs(**public, arbiters=request.arbiters.key)
    if request.statement == HISTORY_ELIGIBILITY:
        from zkcredit.circuits.history_eligibility import HistoryEligibilityWitness

        asked, witness = _record_of(request, secret, history)
        both = HistoryEligibilityWitness(plain, witness)
        return circuit, both.inputs(**public, **asked.expected())
    return circuit, plain.inputs(**public)


def eligibility_witness(
    secret: int,
    credential: Credential,
    membership: Membership,
    record: CreditRecord | ScoredRecord,
) -> EligibilityWitness:
    """Return what every statement about a credential takes; ``record`` is what it says."""
    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.gadgets.eddsa_circuit import signature_inputs

    return EligibilityWitness(
        secret=secret,
        revocation_id=credential.revocation_id,
        issued_at=credential.issued_at,
        expires_at=credential.expires_at,
        attributes=record.values(),
        signature=signature_inputs(credential.issuer, credential.signature),
        gap=membership.gap,
        registry_path=membership.registry_path,
    )


def ledger_witness(
    request: Request, key: AccountKey, account: LedgerAccount
) -> tuple[Circuit, Values]:
    """Return the circuit that answers a request about a ledger account, and the values of its
    fields.

    Args:
        request: the verifier's request, which names the account and its total.
        key: the account's key. This function neither keeps nor shows it.
        account: the account with its opened entries.

    Raises:
        LedgerError: if an entry cannot be used, or entries are missing.
        NotEligible: if the totals do not meet the policy; the error says by how much.
        InvalidInput: if the request is about another account or does not say which total counts, or
            the policy has a condition on an attribute that ledgers do not have.
    """
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.ledger_eligibility import LedgerWitness

    if request.account != key.public:
        raise InvalidInput("the request is about another account than this wallet's")
    if request.total is None:
        raise InvalidInput("the request does not say which total of the account counts")
    account.check(key, request.total)
    totals = account.totals()
    require_eligible(request.policy, totals)
    witness = LedgerWitness(key=key, ciphertext=request.total, slots=totals.slots())
    values = witness.inputs(policy=request.policy.pack(), context=request.context)
    return get_circuit(LEDGER_ELIGIBILITY), values


def history_witness(
    request: Request, secret: int, history: HistoryTree | None
) -> tuple[Circuit, Values]:
    """Return the circuit that answers a request about a record alone, and its fields' values.

    Args:
        request: the market's request.
        secret: the holder's secret. This function neither keeps nor shows it.
        history: the tree with the holder's record, with the root that the request names.

    Raises:
        NotEligible: if the record does not meet the terms; the error says by how much.
        InvalidInput: if the tree has another root or no record of this holder.
    """
    from zkcredit.circuits import get_circuit

    asked, witness = _record_of(request, secret, history)
    values = witness.inputs(context=request.context, scope=request.scope, **asked.expected())
    return get_circuit(HISTORY), values


def _record_of(
    request: Request, secret: int, history: HistoryTree | None
) -> tuple[AskedHistory, HistoryWitness]:
    from zkcredit.circuits.hashes import nullifier
    from zkcredit.circuits.history import HistoryWitness
    from zkcredit.history import HistoryTerms, HistoryTree

    asked = request.history if isinstance(request, LoanRequest) else None
    if asked is None:
        raise InvalidInput("the request asks about no record")
    tree = require_instance("the history", history, HistoryTree)
    if tree.root != asked.root:
        raise InvalidInput(
            "the request names another state of the history tree than this copy has; read the "
            "tree again, or make a new request"
        )
    pseudonym = nullifier(secret, asked.scope)
    record = tree.record(pseudonym)
    if record is None:
        raise InvalidInput(
            "the history tree has no record of this wallet: repay a first loan at a member of its "
            "bureau, or, if one was started, wait until the tree is advanced"
        )
    HistoryTerms.unpack(asked.terms).check(record)
    return asked, HistoryWitness(secret, record.pack(), tree.path(pseudonym))


def public_inputs(statement: str, values: Values) -> tuple[int, ...]:
    """Return the public inputs among a statement's values, in the statement's order."""
    found = tuple(values[name] for name in PUBLIC_INPUTS[statement])
    return tuple(value for value in found if isinstance(value, int))


def _judged(record: CreditRecord | ScoredRecord, scorecard: Scorecard | None) -> CreditRecord:
    # the record that the policy judges, with the score that a scorecard gives
    if isinstance(record, CreditRecord):
        if scorecard is not None:
            raise InvalidInput(
                "the request asks for a score by a scorecard, but this credential has a signed "
                "score and no features"
            )
        return record
    if scorecard is None:
        raise InvalidInput(
            "the request asks for a signed score, but this credential has features instead"
        )
    return record.judged_by(scorecard)
