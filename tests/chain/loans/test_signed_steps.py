"""The document of a signed step: what is written is read, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from zkcredit.chain.contracts.gates import Evidence
from zkcredit.chain.contracts.token import Permit
from zkcredit.chain.loans.consents import SignedConsent
from zkcredit.chain.loans.signed_steps import (
    SignedApplication,
    SignedHoliday,
    SignedPayment,
    SignedStep,
    consent_from,
    consent_members,
)
from zkcredit.errors import MalformedFile
from zkcredit.gadgets import babyjub

ONE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TWO = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
CONSENT = SignedConsent(ONE, 1 << 200, 1_790_000_500, bytes(range(65)))
EVIDENCE = Evidence(
    tuple((1 << 255) + k for k in range(8)), 1 << 250, 7, 1_790_000_000, 1_790_000_400, b"\1\2"
)
APPLICATION = SignedApplication(TWO, 90_000, 3, EVIDENCE, CONSENT)
HOLIDAY = SignedHoliday(7, CONSENT)
PAYMENT = SignedPayment(7, Permit(ONE, TWO, 1 << 100, 1_790_000_300, bytes(65)))
STEPS = {
    "application": APPLICATION,
    "account": replace(APPLICATION, account=babyjub.BASE8),
    "holiday": HOLIDAY,
    "payment": PAYMENT,
}


def document(step: Any) -> SignedStep:
    return SignedStep(31337, TWO, step)


def changed(name: str, path: str, value: object) -> str:
    """The document with one member set; the last part of the path may be a place in a list."""
    content = json.loads(document(STEPS[name]).to_json())
    *outer, last = path.split(".")
    inside: Any = content
    for part in outer:
        inside = inside[part]
    if isinstance(inside, list):
        inside[int(last)] = value
    else:
        inside[last] = value
    return json.dumps(content)


@pytest.mark.parametrize("name", STEPS)
def test_what_is_written_is_read(name: str) -> None:
    made = document(STEPS[name])
    assert made.kind == name.replace("account", "application")
    assert SignedStep.from_json(made.to_json()) == made
    assert SignedStep.from_json(made.to_json()).digest == made.digest


def test_each_document_has_a_digest_of_its_own() -> None:
    documents = [document(step) for step in STEPS.values()]
    documents += [replace(documents[0], chain_id=1), replace(documents[0], market=ONE)]
    documents.append(document(replace(PAYMENT, loan_id=8)))
    assert len({one.digest for one in documents}) == len(documents)


def test_until_when_it_can_be_carried() -> None:
    assert APPLICATION.deadline == EVIDENCE.deadline
    late = replace(APPLICATION, evidence=EVIDENCE._replace(deadline=CONSENT.deadline + 1))
    assert late.deadline == CONSENT.deadline
    assert HOLIDAY.deadline == CONSENT.deadline
    assert PAYMENT.deadline == 1_790_000_300
    assert {one.signer for one in STEPS.values()} == {ONE}


WRONG = [
    ("holiday", "type", "zkcredit/signed-step/2"), ("holiday", "chain_id", "1"),
    ("holiday", "chain_id", True), ("holiday", "chain_id", 1 << 63), ("holiday", "market", "0x1"),
    ("holiday", "kind", "payment"), ("holiday", "kind", "gift"), ("holiday", "kind", None),
    ("holiday", "kind", ["holiday"]), ("holiday", "step", []), ("holiday", "step", None),
    ("holiday", "more", 1), ("holiday", "step.more", 1), ("holiday", "step.loan", "7"),
    ("holiday", "step.loan", -1), ("holiday", "step.loan", 1 << 63),
    ("holiday", "step.consent", None), ("holiday", "step.consent.signer", ONE.swapcase()),
    ("holiday", "step.consent.nonce", 5), ("holiday", "step.consent.nonce", "05"),
    ("holiday", "step.consent.nonce", str(1 << 256)), ("holiday", "step.consent.deadline", "1"),
    ("holiday", "step.consent.deadline", 1 << 40), ("holiday", "step.consent.signature", ""),
    ("holiday", "step.consent.signature", "0x00"), ("holiday", "step.consent.signature", "AB"),
    ("holiday", "step.consent.signature", "00" * 4_097), ("holiday", "step.consent.more", 1),
    ("payment", "step.loan", None), ("payment", "step.permit", []),
    ("payment", "step.permit.owner", 7), ("payment", "step.permit.spender", ""),
    ("payment", "step.permit.tokens", 5), ("payment", "step.permit.tokens", "-5"),
    ("payment", "step.permit.tokens", str(1 << 256)), ("payment", "step.permit.deadline", 1 << 40),
    ("payment", "step.permit.signature", "00" * 64), ("payment", "step.permit.signature", 5),
    ("payment", "step.permit.nonce", 1), ("payment", "kind", "holiday"),
    ("application", "step.product", TWO.lower()[:-1]), ("application", "step.principal", 1 << 48),
    ("application", "step.principal", "90000"), ("application", "step.purpose", 1 << 16),
    ("application", "step.evidence", []), ("application", "step.evidence.proof", "1"),
    ("application", "step.evidence.proof", ["1"] * 7),
    ("application", "step.evidence.proof", ["1"] * 9), ("application", "step.evidence.proof.0", 1),
    ("application", "step.evidence.registry_root", 0),
    ("application", "step.evidence.nullifier", str(1 << 256)),
    ("application", "step.evidence.policy_now", "1"),
    ("application", "step.evidence.deadline", 1 << 40),
    ("application", "step.evidence.extra", None), ("application", "step.evidence.extra", "0"),
    ("application", "step.evidence.more", ""), ("application", "step.consent.nonce", None),
    ("application", "step.account", []), ("application", "step.account", ["1", "2", "3"]),
    ("application", "step.account", ["0", "1"]), ("application", "step.account", [0, 1]),
    ("account", "step.account.0", "1"), ("account", "step.account.1", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value"), WRONG)
def test_a_changed_document_is_refused(name: str, path: str, value: object) -> None:
    with pytest.raises(MalformedFile):
        SignedStep.from_json(changed(name, path, value))


def _paths(content: object, before: str = "") -> list[str]:
    if not isinstance(content, dict):
        return []
    return [
        path
        for name, value in content.items()
        for path in (f"{before}{name}", *_paths(value, f"{before}{name}."))
    ]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (name, path)
        for name, step in STEPS.items()
        for path in _paths(json.loads(document(step).to_json()))
        if path != "type"  # what has no type is read by its members
    ],
)
def test_a_document_without_a_member_is_refused(name: str, path: str) -> None:
    content = json.loads(document(STEPS[name]).to_json())
    *outer, last = path.split(".")
    inside = content
    for part in outer:
        inside = inside[part]
    del inside[last]
    with pytest.raises(MalformedFile):
        SignedStep.from_json(json.dumps(content))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", b"\xff", '{"min_score": 3}'])
def test_what_is_no_such_document_is_refused(text: str | bytes) -> None:
    with pytest.raises(MalformedFile):
        SignedStep.from_json(text)


def test_a_consent_is_read_with_the_name_of_its_document() -> None:
    assert consent_from(consent_members(CONSENT), "letter") == CONSENT
    with pytest.raises(MalformedFile, match=r"^letter: a consent: lacks nonce"):
        consent_from({"signer": ONE, "deadline": 1, "signature": "00"}, "letter")
    with pytest.raises(MalformedFile, match=r"^letter: "):
        consent_from({**consent_members(CONSENT), "signer": 5}, "letter")
