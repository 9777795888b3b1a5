"""The season story: harvests, a holiday, hail, and nobody who farms needs a coin for gas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zkcredit.demo.season.cast import Weather, dear_product, farmers, recovery_product
from zkcredit.demo.season.cast import season_product as offered
from zkcredit.loan import Kind, disclose
from zkcredit.units import DAY
from zkcredit.wallet import CostLimits

if TYPE_CHECKING:
    from support.demo.telling import Telling

TOKEN = "0x" + "11" * 20
NOW = 1_790_000_000

STORY = "season"


def test_each_weather_hits_one_farmer_who_qualifies() -> None:
    cast = farmers()
    assert [farmer.weather for farmer in cast] == list(Weather)
    product = offered(TOKEN, TOKEN, NOW)
    for farmer in cast:
        policy = product.policy_for(farmer.applicant.principal, 100)
        policy.check(farmer.applicant.record, 50, 1_000)


def test_the_season_asks_after_harvests_alone() -> None:
    product = offered(TOKEN, TOKEN, NOW)
    assert product.table.dues == (184 * DAY, 245 * DAY)
    assert [row.kind for row in product.table.rows] == [Kind.SHARE, Kind.REST]
    assert product.holidays == 1


def test_after_hail_nothing_is_asked_for_half_a_year() -> None:
    table = recovery_product(TOKEN, NOW).table
    assert [row.kind for row in table.rows] == [Kind.DEFER, Kind.SHARE, Kind.REST]
    assert table.rows[0].due == 180 * DAY


def test_only_the_dealer_is_above_a_wallets_limit() -> None:
    limits = CostLimits()
    limits.require_within(disclose(offered(TOKEN, TOKEN, NOW), 50_000))
    assert limits.ear is not None
    assert disclose(dear_product(TOKEN, TOKEN), 50_000).ear > 2 * limits.ear


@pytest.mark.slow
class TestTold:
    """What came of it."""

    def test_every_loan_is_repaid(self, document: dict[str, Any]) -> None:
        states = {person["number"]: person["state"] for person in document["applicants"]}
        assert set(states.values()) == {"repaid"}
        assert len(states) == 3

    def test_only_the_farmer_in_arrears_pays_a_fee(self, document: dict[str, Any]) -> None:
        weather = {int(number): what for number, what in document["weather"].items()}
        fees = {weather[one["number"]]: one["fees"] for one in document["applicants"]}
        assert fees == {Weather.GOOD.value: 0, Weather.LATE.value: 0, Weather.HAIL.value: 500}

    def test_the_holiday_and_the_hail_cost_interest(self, document: dict[str, Any]) -> None:
        costs = {one["number"]: one["paid"] / one["principal"] for one in document["applicants"]}
        good, late, hail = (costs[farmer.applicant.number] for farmer in farmers())
        assert 1 < good < late < hail

    def test_every_attempt_is_refused_with_its_own_error(self, document: dict[str, Any]) -> None:
        refused = [(r["by"], r["contract_error"] or r["error"]) for r in document["refusals"]]
        assert refused == [
            ("wallet", "CostAboveLimit"),
            ("contract", "ConsentInvalid"),
            ("contract", "HolidaysUsedUp"),
            ("contract", "HolidayTooLate"),
            ("contract", "NotOwner"),
            ("contract", "ConsentsIncomplete"),
            ("contract", "ConsentInvalid"),
            ("contract", "ConsentUsed"),
        ]

    def test_money_is_neither_lost_nor_made(self, document: dict[str, Any]) -> None:
        funds = document["funds"]
        assert sum(funds["before"].values()) == sum(funds["after"].values()) == funds["minted"]
        flows = funds["flows"]
        assert flows["funding"] == flows["drawing"] + flows["fee"]
        assert flows["repayment"] + flows["prepayment"] == flows["withdrawal"]
        assert funds["after"]["market"] == funds["held"] == 0

    def test_the_story_is_told_in_stages(self, telling: Telling) -> None:
        heard = telling.heard
        assert len(heard.stages) == len(set(heard.stages)) == 8
        assert "effective annual rate" in heard.text
        assert "postpones the first row by 184 days" in heard.text
        assert "your wallet's limit is 60.00 %" in heard.text
        assert "no farmer needed a coin" in telling.result.closing()
        assert [sheet.title for sheet in telling.result.sheets()][1] == "What the season did"
