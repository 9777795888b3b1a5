"""The ledger's story: encrypted entries, every attempt refused, no amount on the chain in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zkcredit.demo.ledger.cast import Institution, Role, households, ledger_product
from zkcredit.demo.loan.cast import applicants

if TYPE_CHECKING:
    from support.demo.telling import Telling

ROLES = {household.number: household.role for household in households()}

STORY = "ledger"


def test_the_parts_add_up_and_nobody_knows_all() -> None:
    for household in households():
        record, totals = household.applicant.record, household.totals()
        assert totals.score_points == record.score
        assert totals.monthly_income == record.monthly_income * 17_893
        assert totals.monthly_debt_service == record.monthly_debt_service * 17_893
        assert household.entries.keys() == set(Institution)
        for entry in household.entries.values():
            assert entry.slots() != totals.slots()


def test_what_is_looked_for_is_distinctive() -> None:
    for household in households():
        for entry in (*household.entries.values(), household.hidden_debt()):
            amounts = entry.slots()[1:4]
            assert all(amount == 0 or 10**7 < amount < 2**40 for amount in amounts)
            assert household.principal not in amounts


def test_the_product_asks_what_a_ledger_knows() -> None:
    product = ledger_product("0x" + "11" * 20)
    demanded = product.policy.conditions().keys()
    assert not demanded & {"min_history_months", "currency", "min_issued_at"}
    assert product.max_credential_age == 0
    assert {household.principal % 100_000_00 for household in households()} == {0}


@pytest.mark.slow
class TestTold:
    """What came of it."""

    def test_three_issuers_wrote_about_everybody(self, document: dict[str, Any]) -> None:
        assert document["issuers"] == [institution.value for institution in Institution]
        assert document["entries"] == 3 * len(applicants()) + 2
        assert len(document["applicants"]) == 24

    def test_every_attempt_is_refused_with_its_own_error(self, document: dict[str, Any]) -> None:
        refused = {
            (refusal["by"], refusal["contract_error"] or refusal["error"])
            for refusal in document["refusals"]
        }
        assert refused == {
            ("wallet", "NotEligible"),
            ("wallet", "LedgerError"),
            ("wallet", "EnvelopeUnreadable"),
            ("verifier", "InvalidProof"),
            ("client", "InvalidInput"),
            ("client", "InvalidProof"),
            ("issuer", "InvalidSignature"),
            ("issuer", "CredentialError"),
            ("contract", "ProofInvalid"),
            ("contract", "NoSnapshot"),
            ("contract", "NotInPlaceOf"),
            ("prover", "UnsatisfiedWitness"),
            ("contract", "AccessControlUnauthorizedAccount"),
            ("contract", "PseudonymTaken"),
        }

    def test_loans_end_as_the_story_says(self, document: dict[str, Any]) -> None:
        expected = {Role.DEFAULTS: "defaulted", Role.HIDES: "hidden debt"}
        states = {p["number"]: p["state"] for p in document["applicants"] if p["eligible"]}
        assert states == {number: expected.get(ROLES[number], "repaid") for number in states}
        assert {ROLES[number] for number in states} == set(Role)

    def test_money_is_neither_lost_nor_made(self, document: dict[str, Any]) -> None:
        funds = document["funds"]
        assert sum(funds["before"].values()) == sum(funds["after"].values()) == funds["minted"]
        assert funds["flows"]["funding"] == funds["flows"]["drawing"] > 0
        paid = funds["flows"]["repayment"] + funds["flows"]["settlement"]
        assert paid == funds["flows"]["withdrawal"] + funds["held"]
        assert sum(person["paid"] for person in document["applicants"]) == paid

    def test_no_amount_is_on_the_chain_in_clear(self, document: dict[str, Any]) -> None:
        found = document["scan"]
        assert found["findings"] == []
        assert found["amounts"] > 100
        assert found["searched"].keys() == {"calldata", "events", "storage"}
        assert min(found["searched"].values()) > 10_000

    def test_balances_tell_nothing_of_incomes(self, document: dict[str, Any]) -> None:
        before = document["funds"]["before"]
        borrowers = {v for name, v in before.items() if name.startswith("applicant") and v}
        assert len(borrowers) == 1

    def test_the_story_is_told_in_stages(self, telling: Telling) -> None:
        result, heard = telling.result, telling.heard
        assert len(heard.stages) == len(set(heard.stages)) == 9
        assert "none was found" in heard.text
        assert [sheet.title for sheet in result.sheets()][1].startswith("Searched for")
        assert "encrypted entries of 3 issuers" in result.closing()
