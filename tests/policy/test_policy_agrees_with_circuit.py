"""Policy.check and the constraints of ``eligibility`` give the same verdict, case by case.

The verdict of the circuit is taken from its constraints alone, without a proof.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.protocol.nouns import EXPIRES, ISSUED, NOW, credential, record, seed, signing_key

from zkcredit.circuits import get_circuit
from zkcredit.circuits.eligibility import EligibilityWitness
from zkcredit.errors import NotEligible, UnsatisfiedWitness
from zkcredit.gadgets.eddsa_circuit import signature_inputs
from zkcredit.policy import Policy
from zkcredit.registry import MAX_ISSUERS, RegistrySnapshot, RevocationList
from zkcredit.request.base import ELIGIBILITY
from zkcredit.schema import PUBLIC_INPUTS, REGISTRY_DEPTH

SNAPSHOT = RegistrySnapshot.of(RevocationList.sign(signing_key(), [], NOW))
TOP_48 = 2**48 - 1


def circuit_accepts(policy: Policy, who, issued=ISSUED, expires=EXPIRES) -> bool:
    signed = credential(record=who, issued_at=issued, expires_at=expires)
    member = SNAPSHOT.membership(signed)
    witness = EligibilityWitness(
        secret=seed().holder_secret,
        revocation_id=signed.revocation_id,
        issued_at=signed.issued_at,
        expires_at=signed.expires_at,
        attributes=who.values(),
        signature=signature_inputs(signed.issuer, signed.signature),
        gap=member.gap,
        registry_path=member.registry_path,
    )
    values = witness.inputs(policy=policy.pack(), context=1, registry_root=member.root, scope=2)
    refused_by = None
    try:
        get_circuit(ELIGIBILITY).witness(values)
    except UnsatisfiedWitness as error:
        refused_by = error.gadget
    assert refused_by is None or refused_by.startswith("conditions")
    return refused_by is None


def check_accepts(policy: Policy, who, issued=ISSUED, expires=EXPIRES) -> bool:
    try:
        policy.check(who, issued, expires)
    except NotEligible:
        return False
    return True


def agree(policy: Policy, who, issued=ISSUED, expires=EXPIRES) -> bool:
    verdict = check_accepts(policy, who, issued, expires)
    assert circuit_accepts(policy, who, issued, expires) is verdict
    return verdict


def test_the_declarations_are_the_same():
    assert MAX_ISSUERS == 8**REGISTRY_DEPTH
    assert get_circuit(ELIGIBILITY).public_names == PUBLIC_INPUTS[ELIGIBILITY]


HOPELESS = record(
    score=0,
    monthly_income=0,
    monthly_expenses=TOP_48,
    monthly_debt_service=TOP_48,
    delinquencies_24m=65_535,
    history_months=0,
)
RICH = record(
    score=65_535,
    monthly_income=TOP_48,
    monthly_expenses=0,
    monthly_debt_service=0,
    delinquencies_24m=0,
    history_months=65_535,
)


@pytest.mark.parametrize(
    ("policy", "who", "verdict"),
    [
        (Policy(), HOPELESS, True),
        (Policy(), RICH, True),
        (Policy(coverage_bps=1), HOPELESS, False),
        (Policy(coverage_bps=1), record(monthly_income=150_000), True),
        (Policy(coverage_bps=1), record(monthly_income=149_999), False),
        (Policy(max_dti_bps=65_534), HOPELESS, False),
        (Policy(max_dti_bps=0), RICH, True),
        (Policy(max_dti_bps=0, instalment=1), RICH, False),
        (Policy(coverage_bps=2**20 - 1, instalment=TOP_48), RICH, False),
        (Policy(coverage_bps=10_000, instalment=TOP_48), RICH, True),
        (Policy(coverage_bps=10_001, instalment=TOP_48), RICH, False),
        (Policy(max_dti_bps=10_000, instalment=TOP_48), RICH, True),
        (Policy(max_dti_bps=9_999, instalment=TOP_48), RICH, False),
        (Policy(instalment=100_000, coverage_bps=15_000), record(), True),
        (Policy(instalment=100_000, coverage_bps=15_001), record(), False),
        (Policy(instalment=30_000, max_dti_bps=2_000), record(), True),
        (Policy(instalment=30_000, max_dti_bps=1_999), record(), False),
        (Policy(min_score=720, max_score=720), record(), True),
        (Policy(min_score=721), record(), False),
        (Policy(max_score=719), record(), False),
        (Policy(max_delinquencies=1), record(), True),
        (Policy(max_delinquencies=0), record(), False),
        (Policy(min_history_months=36), record(), True),
        (Policy(min_history_months=37), record(), False),
        (Policy(currency=978), record(), True),
        (Policy(currency=840), record(), False),
        (Policy(currency=65_535), record(), False),
    ],
)
def test_both_give_the_verdict_at_every_edge(policy, who, verdict):
    assert agree(policy.at(NOW), who) is verdict


@pytest.mark.parametrize(
    ("policy", "issued", "expires", "verdict"),
    [
        (Policy(now=NOW), NOW, NOW + 1, True),
        (Policy(now=NOW), NOW + 1, NOW + 2, False),
        (Policy(now=NOW), NOW - 1, NOW, False),
        (Policy(now=NOW, min_issued_at=ISSUED), ISSUED, EXPIRES, True),
        (Policy(now=NOW, min_issued_at=ISSUED + 1), ISSUED, EXPIRES, False),
        (Policy(now=0), 0, 1, True),
        (Policy(now=0), 1, 2, False),
    ],
)
def test_both_judge_time_alike(policy, issued, expires, verdict):
    assert agree(policy, record(), issued, expires) is verdict


near = st.integers(-2, 2)


@pytest.mark.slow
@given(
    who=st.builds(
        record,
        score=st.integers(0, 65_535),
        monthly_income=st.integers(0, TOP_48),
        monthly_expenses=st.integers(0, TOP_48),
        monthly_debt_service=st.integers(0, TOP_48),
        delinquencies_24m=st.integers(0, 65_535),
        history_months=st.integers(0, 65_535),
    ),
    policy=st.builds(
        Policy,
        instalment=st.integers(0, TOP_48),
        coverage_bps=st.integers(0, 2**20 - 1),
        max_dti_bps=st.integers(0, 65_535),
        now=st.just(NOW),
    ),
    offsets=st.tuples(near, near, near, near),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_give_the_same_verdict_near_the_edges(who, policy, offsets):
    # thresholds moved to within two of the borrower's own values
    score, delinquencies, history, capacity = (
        value + offset
        for value, offset in zip(
            (
                who.score,
                who.delinquencies_24m,
                who.history_months,
                who.monthly_income - who.monthly_expenses - who.monthly_debt_service,
            ),
            offsets,
            strict=True,
        )
    )

    def within(value: int, top: int) -> int:
        return min(max(value, 0), top)

    agree(
        replace(
            policy,
            min_score=within(score, 65_535),
            max_delinquencies=within(delinquencies, 65_535),
            min_history_months=within(history, 65_535),
        ),
        who,
    )
    agree(replace(policy, coverage_bps=10_000, instalment=within(capacity, TOP_48)), who)
    agree(replace(policy, min_score=0), who)
