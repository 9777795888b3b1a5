"""The first lines that anybody writes with zkcredit: issue, receive, prove, verify."""

from __future__ import annotations

from zkcredit import Consent, CreditRecord, Issuer, Policy, RegistrySnapshot, Wallet, verify
from zkcredit.circuits import get_circuit
from zkcredit.groth16.setup import load_or_create_dev_key

NOW = 1_790_000_000


def test_issue_receive_prove_verify(tmp_path):
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
    credential_id = wallet.receive(envelope)

    policy = (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(NOW + 60)
    registry = RegistrySnapshot.of(issuer.publish(now=NOW))
    consent = Consent.ask("a lender", "a loan of 800.00 EUR", valid_for=600)
    use = {"consent": consent, "scope": 5678}
    key = load_or_create_dev_key(get_circuit("eligibility"))
    presentation = wallet.prove(credential_id, policy, **use, registry=registry, key=key)

    verify(presentation, policy=policy, **use, registry_root=registry.root, key=key.verifying_key)
