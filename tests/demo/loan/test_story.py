"""The demo: real people, real proofs, every fraud refused, every cent accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zkcredit.demo.loan.cast import Part, applicants, product

if TYPE_CHECKING:
    from support.demo.telling import Telling

pytestmark = pytest.mark.slow

STORY = "loan"


def test_at_least_twenty_apply_and_some_qualify(document: dict[str, Any]) -> None:
    people = document["applicants"]
    assert len(people) >= 20
    assert 0 < sum(person["eligible"] for person in people) < len(people)


def test_every_refused_applicant_knows_why(document: dict[str, Any]) -> None:
    for person in document["applicants"]:
        assert person["eligible"] == (not person["missed"])
        assert all(shortfall > 0 for shortfall in person["missed"].values())
        assert person["eligible"] or person["loan_id"] is None


def test_loans_end_as_the_story_says(document: dict[str, Any]) -> None:
    parts = {member.number: member.part for member in applicants()}
    states = {
        person["number"]: person["state"] for person in document["applicants"] if person["eligible"]
    }
    expected = {Part.DEFAULTS: "defaulted", Part.EXPIRES: "credential expired",
                Part.REVOKED: "credential revoked"}  # fmt: skip
    assert states == {number: expected.get(parts[number], "repaid") for number in states}
    assert sorted(parts[number] for number in states if parts[number] is not Part.PAYS) == sorted(
        set(Part) - {Part.PAYS}
    )


def test_only_the_late_borrower_pays_a_fee(document: dict[str, Any]) -> None:
    parts = {member.number: member.part for member in applicants()}
    fees = {p["number"]: p["fees"] for p in document["applicants"] if p["fees"]}
    assert {parts[number] for number in fees} == {Part.LATE, Part.DEFAULTS}
    late = next(number for number in fees if parts[number] is Part.LATE)
    assert fees[late] == product("0x" + "11" * 20).late_fee


def test_every_fraud_is_refused_with_its_own_error(document: dict[str, Any]) -> None:
    refused = {
        (refusal["by"], refusal["contract_error"] or refusal["error"])
        for refusal in document["refusals"]
    }
    assert refused == {
        ("wallet", "NotEligible"),
        ("prover", "UnsatisfiedWitness"),
        ("verifier", "InvalidProof"),
        ("contract", "ProofInvalid"),
        ("contract", "PseudonymTaken"),
        ("wallet", "ExpiredCredential"),
        ("contract", "ClockNotFresh"),
        ("wallet", "RevokedCredential"),
        ("contract", "RootNotFresh"),
        ("contract", "DefaultNotYet"),
    }


def test_money_is_neither_lost_nor_made(document: dict[str, Any]) -> None:
    funds = document["funds"]
    assert sum(funds["before"].values()) == sum(funds["after"].values()) == funds["minted"]
    flows = funds["flows"]
    assert flows["funding"] == flows["drawing"]
    paid = flows["repayment"] + flows["settlement"]
    assert paid == flows["withdrawal"] + funds["held"]
    assert funds["held"] == funds["after"]["market"]
    assert sum(person["paid"] for person in document["applicants"]) == paid


def test_what_borrowers_paid_is_what_lenders_gained(document: dict[str, Any]) -> None:
    funds = document["funds"]
    change = {name: funds["after"][name] - before for name, before in funds["before"].items()}
    assert sum(change.values()) == 0
    assert funds["before"]["market"] == 0


def test_the_story_is_told_in_stages(telling: Telling) -> None:
    heard = telling.heard
    assert len(heard.stages) == 7
    assert len(set(heard.stages)) == 7
    assert any("late fee" in line for line in heard.lines)


def test_the_report_names_model_chain_and_product(document: dict[str, Any]) -> None:
    assert document["auc_bps"] > 7_500
    assert document["chain_id"] == 31337
    assert len(document["product"]["table"]["rows"]) == 6
    assert document["proofs"] > 12
