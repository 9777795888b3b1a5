"""Every applicant of ``credit_data`` with an income, at a market, and judged by plain Python.

The plain judgement knows the row, the product's figures and the score alone: its arithmetic is that
of fractions, and it shares nothing with the library's policy, the circuit or the contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Final

import pytest
from support.chain.loan_world import World
from support.protocol.nouns import seed, signing_key

from zkcredit.chain.deploying import deploy_system
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.circuits import get_circuit
from zkcredit.credential import Credential, holder_of
from zkcredit.errors import NotEligible, TransactionReverted, UnsatisfiedWitness
from zkcredit.groth16 import load_or_create_dev_key, prove
from zkcredit.loan import Burden, consumer, months
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.record import CreditRecord
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request.base import ELIGIBILITY
from zkcredit.schema import PUBLIC_INPUTS
from zkcredit.scoring.credit_data import FEATURES, Loan, load_credit_data
from zkcredit.scoring.fitting import fit
from zkcredit.units import DAY, parts_per_billion
from zkcredit.wallet.proving import credential_witness, eligibility_witness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.request import LoanRequest

__all__ = ["ROUNDS", "applicants", "judged", "plainly", "round_of"]

ROUNDS: Final = 24
_MINOR: Final = 100  # minor units in the unit of the source
_LEAST_SCORE: Final = 600
_COVERAGE: Final = Fraction(5, 4)
_MOST_OF_INCOME: Final = Fraction(2, 5)
_A_YEAR: Final = "18"  # per cent
_MONTHLY: Final = Fraction(18, 1_200)
_POLICY: Final = Policy(
    min_score=_LEAST_SCORE, coverage_bps=12_500, max_dti_bps=4_000, max_delinquencies=0,
    currency=978,
)  # fmt: skip


@dataclass(frozen=True)
class Applicant:
    """A row, and the score that the model of the benchmark gives it."""

    row: Loan
    score: int


@cache
def applicants() -> tuple[Applicant, ...]:
    """All rows that state an income."""
    rows = load_credit_data()
    card = fit(rows, [row.good for row in rows], FEATURES).scorecard
    return tuple(Applicant(row, card.score(row)) for row in rows if row.income)


def plainly(who: Applicant) -> bool:
    """Whether the policy is met, by the row's own figures."""
    row, growth = who.row, 1 + _MONTHLY
    exact = row.amount * _MINOR * _MONTHLY / (1 - growth**-row.months)
    instalment = ceil(exact)
    income, expenses = row.income * _MINOR, row.expenses * _MINOR
    return (
        who.score >= _LEAST_SCORE
        and row.records == "no"
        and income - expenses >= _COVERAGE * instalment
        and instalment <= _MOST_OF_INCOME * income
    )


class _Market:
    """A market with the real verifier, and a product for each length of loan."""

    def __init__(self, node: RevmNode, key: ProvingKey) -> None:
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        self.key = key
        self.world = World(node, deploy_system(node, key.verifying_key, by=operator))
        self.now = node.now()
        listed = RevocationList.sign(signing_key(), [], self.now)
        self.registry = RegistrySnapshot.of(listed)
        self.world.post_root(self.registry.root)
        self._products: dict[int, str] = {}

    def product(self, length: int) -> str:
        if length not in self._products:
            offered = self.world.offer(
                table=consumer(parts_per_billion(_A_YEAR), months(length)), policy=_POLICY,
                min_principal=10_000, max_principal=10**6, burden=Burden.LEVEL,
            )  # fmt: skip
            self._products[length] = offered.address
        return self._products[length]

    def judge(self, who: Applicant) -> bool:
        """Whether the market takes the application, by a proof or by the lack of one."""
        row, world = who.row, self.world
        request = world.market.request(
            self.product(row.months), row.amount * _MINOR, world.borrower.address
        )  # it compares the contract's policy word with the library's
        credential = Credential.sign(
            signing_key(), _record(who), holder=holder_of(seed().holder_secret),
            revocation_id=1 + row.number, issued_at=self.now - DAY, expires_at=self.now + 90 * DAY,
        )  # fmt: skip
        try:
            circuit, values = credential_witness(
                request, seed().holder_secret, credential, self.registry, None
            )
        except NotEligible:
            self._cannot_be_proved(request, credential)
            return False
        world.market.require_acceptable(request, self._shown(values, request))
        assert circuit is get_circuit(ELIGIBILITY)
        return True

    def _cannot_be_proved(self, request: LoanRequest, credential: Credential) -> None:
        """Require that circuit and gate refuse, too, whatever the library's policy says."""
        known = eligibility_witness(
            seed().holder_secret, credential, self.registry.membership(credential),
            credential.record,
        )  # fmt: skip
        public = {
            "context": request.context, "registry_root": request.registry_root,
            "scope": request.scope,
        }  # fmt: skip
        with pytest.raises(UnsatisfiedWitness) as caught:
            get_circuit(ELIGIBILITY).witness(known.inputs(policy=request.policy.pack(), **public))
        assert caught.value.gadget.startswith("conditions")
        # the best that the applicant can prove, shown as what was asked for
        neutral = Policy(now=request.policy.now)
        values = known.inputs(policy=neutral.pack(), **public)
        with pytest.raises(TransactionReverted) as refused:
            self.world.market.require_acceptable(request, self._shown(values, request))
        assert refused.value.error == "ProofInvalid"

    def _shown(self, values: dict[str, object], request: LoanRequest) -> Presentation:
        circuit = get_circuit(ELIGIBILITY)
        proof = prove(self.key, circuit.witness(values))
        shown = {**values, "policy": request.policy.pack()}
        inputs = tuple(int(str(shown[name])) for name in PUBLIC_INPUTS[ELIGIBILITY])
        return Presentation(ELIGIBILITY, inputs, proof)


def _record(who: Applicant) -> CreditRecord:
    row = who.row
    return CreditRecord(
        score=who.score, monthly_income=row.income * _MINOR, monthly_expenses=row.expenses * _MINOR,
        monthly_debt_service=0, delinquencies_24m=int(row.records == "yes"),
        history_months=12 * row.seniority_years, currency=978,
        employment_months=12 * row.seniority_years, dependants=0, open_accounts=1,
        subject_ref=row.number, person_tag=row.number,
    )  # fmt: skip


def judged(some: Iterable[Applicant]) -> dict[str, int]:
    """Let a market and plain Python judge applicants.

    Raises:
        AssertionError: if they differ about one.
    """
    counts = {"applicants": 0, "accepted": 0}
    key = load_or_create_dev_key(get_circuit(ELIGIBILITY))
    with RevmNode() as node:
        market = _Market(node, key)
        for who in some:
            wanted = plainly(who)
            assert market.judge(who) == wanted, f"row {who.row.number}: plainly {wanted}"
            counts["applicants"] += 1
            counts["accepted"] += wanted
    return counts


def round_of(number: int) -> dict[str, int]:
    """Judge one applicant in 24, from another one on."""
    return judged(applicants()[number::ROUNDS])
