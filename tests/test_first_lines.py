"""The first lines that anybody writes with zkcredit: issue, receive, ask, prove, verify."""

from __future__ import annotations

from zkcredit import (
    CreditRecord,
    Issuer,
    Policy,
    ProofRequest,
    RegistrySnapshot,
    Wallet,
    unsafe_dev_key,
    verify,
)

NOW = 1_790_000_000


def test_issue_receive_ask_prove_verify(tmp_path):
    issuer = Issuer.create(tmp_path / "bureau", password="the bureau's")
    wallet = Wallet.create(tmp_path / "wallet", password="the borrower's")
    record = CreditRecord(
        score=720,
        monthly_income=300_000,
        monthly_expenses=120_000,
        monthly_debt_service=30_000,
        delinquencies_24m=0,
        history_months=36,
        currency=978,
    )

    envelope = issuer.issue(record, person="customer 17", to=wallet.card, now=NOW)
    credential = wallet.receive(envelope)
    registry = RegistrySnapshot.of(issuer.publish(now=NOW))

    request = ProofRequest.new(
        verifier="a lender",
        purpose="a loan of 800.00 EUR",
        policy=Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500),
        scope=5678,
        registry_root=registry.root,
        valid_for=600,
        now=NOW + 60,
    )
    key = unsafe_dev_key("eligibility")
    presentation = wallet.prove(
        request, credential, registry=registry, proving_key=key, now=NOW + 61
    )

    verify(presentation, request, key.verifying_key, now=NOW + 62)
