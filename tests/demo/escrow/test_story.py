"""The escrow story: sealed loans, nothing opened early, one default opened by three of five."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zkcredit.demo.escrow.arbiters import ARBITERS, CHEAT

if TYPE_CHECKING:
    from support.demo.telling import Telling

pytestmark = pytest.mark.slow

STORY = "escrow"


def test_one_default_is_opened_to_the_right_reference(document: dict[str, Any]) -> None:
    opened = document["opened"]
    defaulted = [p for p in document["applicants"] if p["state"] == "defaulted"]
    assert [person["loan_id"] for person in defaulted] == [opened["loan_id"]]
    assert opened["person"] == f"applicant {defaulted[0]['number']}"
    assert opened["reference"] % 1_000 == defaulted[0]["number"]
    assert len(opened["arbiters"]) == document["threshold"] == 3
    assert set(opened["arbiters"]) <= set(document["arbiters"]) == set(ARBITERS)


def test_the_one_who_defaults_is_one_whose_real_credit_went_bad(document: dict[str, Any]) -> None:
    eligible = [person for person in document["applicants"] if person["eligible"]]
    assert len(eligible) >= 5
    for person in eligible:
        assert (person["state"] == "defaulted") == (not person["really_good"])
        assert person["state"] in {"defaulted", "repaid"}


def test_every_attempt_is_refused_with_its_own_error(document: dict[str, Any]) -> None:
    refused = [(r["by"], r["contract_error"] or r["error"]) for r in document["refusals"]]
    assert refused == [
        ("arbiter", "WrongShare"),
        ("client", "InvalidProof"),
        ("contract", "ProofInvalid"),
        ("arbiter", "NotInDefault"),
        ("contract", "LoanNotInDefault"),
        ("contract", "AlreadyAccused"),
        ("arbiter", "InvalidInput"),
        ("contract", "SignatureInvalid"),
        ("combiner", "TooFewOpenings"),
        ("combiner", "WrongOpening"),
        ("combiner", "WrongOpening"),
        ("contract", "OpeningInvalid"),
        ("arbiter", "InvalidInput"),
    ]
    assert CHEAT in document["refusals"][0]["message"]


def test_money_is_neither_lost_nor_made(document: dict[str, Any]) -> None:
    funds = document["funds"]
    assert sum(funds["before"].values()) == sum(funds["after"].values()) == funds["minted"]
    assert funds["flows"]["funding"] == funds["flows"]["drawing"]
    assert funds["held"] == funds["after"]["market"]


def test_the_story_names_cheats_and_has_its_stages(telling: Telling) -> None:
    heard = telling.heard
    assert len(heard.stages) == len(set(heard.stages)) == 8
    assert any(CHEAT in line for line in heard.lines)
    assert any("the bar association" in line and "block" in line for line in heard.lines)


def test_the_closing_tables(telling: Telling) -> None:
    result = telling.result
    people, opened = result.sheets()
    assert len(people.rows) == len(result.applicants)
    assert str(result.opened.reference) in opened.rows[0]
    assert "1 reference" in result.closing()
