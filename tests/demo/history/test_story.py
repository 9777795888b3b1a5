"""The history story: a small loan, repaid, opens a larger one elsewhere; a bad one never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zkcredit.demo.history.cast import (
    LARGE,
    SMALL,
    TERMS,
    Conduct,
    clean_product,
    larger_product,
    newcomers,
    record_product,
    small_product,
)
from zkcredit.errors import NotEligible
from zkcredit.history import HistoryRecord, HistoryTerms
from zkcredit.policy import Policy

if TYPE_CHECKING:
    from support.demo.telling import Telling

TOKEN = TREE = "0x" + "11" * 20

STORY = "history"


def test_each_conduct_is_that_of_one_person_without_a_past() -> None:
    cast = newcomers()
    assert sorted(one.conduct for one in cast) == sorted(Conduct)
    assert {(one.record.score, one.record.history_months) for one in cast} == {(0, 0)}
    bad = {one.conduct for one in cast if not one.really_good}
    assert bad == {Conduct.LATE, Conduct.STOPS}


def test_everybody_qualifies_in_the_village_and_for_nothing_larger_without_a_cycle() -> None:
    for one in newcomers():
        small_product(TOKEN).policy_for(SMALL, 100).check(one.record, 50, 1_000)
        if one.conduct is Conduct.MEMBER:
            larger_product(TOKEN).policy_for(LARGE, 100).check(one.record, 50, 1_000)
    assert (small_product(TOKEN).max_principal, larger_product(TOKEN).min_cycle) == (SMALL, 1)


def test_the_city_asks_for_a_record_and_nothing_else() -> None:
    for product in (record_product(TOKEN, TREE), clean_product(TOKEN, TREE)):
        assert product.policy == Policy()
        assert product.history_source == TREE
        terms = HistoryTerms.unpack(product.history_terms)
        for bad in (HistoryRecord(1, late=1), HistoryRecord(1, defaults=1)):
            with pytest.raises(NotEligible):
                terms.check(bad)
    TERMS.check(HistoryRecord(1, repaid=1, on_time=3))


@pytest.mark.slow
class TestTold:
    """What came of it."""

    def test_a_repaid_loan_counts_in_two_blocks_and_openly_in_one(
        self, document: dict[str, Any]
    ) -> None:
        assert document["private_blocks"] <= 2
        assert document["open_blocks"] <= 1

    def test_the_records_are_those_of_what_people_did(self, document: dict[str, Any]) -> None:
        counted = document["counted"]
        fields = ("repaid", "on_time", "late", "defaults")
        assert {who: tuple(found[one] for one in fields) for who, found in counted.items()} == {
            "Ana": (1, 3, 0, 0),
            "Dia": (2, counted["Dia"]["on_time"], 0, 0),
            "Ben": (1, 2, 1, 0),
            "Cid": (0, 1, 2, 1),
        }
        assert counted["Dia"]["on_time"] >= 3
        best = sorted(counted, key=lambda who: -counted[who]["reputation"])
        assert (best[0], best[2:]) == ("Dia", ["Ben", "Cid"])

    def test_only_those_who_paid_in_time_borrow_more(self, document: dict[str, Any]) -> None:
        large = [one for one in document["applicants"] if one["principal"] == LARGE]
        numbers = {one.number for one in newcomers() if one.really_good}
        assert {one["number"] for one in large} == numbers
        assert {one["state"] for one in large} == {"repaid"}
        assert {one["fees"] for one in large} == {0}

    def test_every_attempt_is_refused_with_its_own_error(self, document: dict[str, Any]) -> None:
        refused = [(r["by"], r["contract_error"] or r["error"]) for r in document["refusals"]]
        assert refused == [
            ("wallet", "InvalidInput"),
            ("contract", "PseudonymTaken"),
            ("wallet", "NotEligible"),
            ("wallet", "NotEligible"),
            ("contract", "ProofInvalid"),
            ("wallet", "NotEligible"),
            ("contract", "ProofInvalid"),
            ("wallet", "NotEligible"),
            ("wallet", "NotEligible"),
            ("contract", "PseudonymTaken"),
        ]

    def test_money_is_neither_lost_nor_made(self, document: dict[str, Any]) -> None:
        funds = document["funds"]
        assert sum(funds["before"].values()) == sum(funds["after"].values()) == funds["minted"]
        assert funds["after"]["market"] == funds["held"]

    def test_the_story_is_told_in_stages(self, telling: Telling) -> None:
        heard = telling.heard
        assert len(heard.stages) == len(set(heard.stages)) == 6
        assert "Ana borrows 1500.00 EUR in the city, 2 blocks after" in heard.text
        assert "Dia borrows 1500.00 EUR at the cooperative, 1 block after" in heard.text
        assert "the city learns: loans that you repaid: 1 or more" in heard.text
        assert [sheet.title for sheet in telling.result.sheets()][1] == "What the bureau counted"
        assert "counted elsewhere 2 blocks later" in telling.result.closing()
