"""What stands between a record and a proof is said in a sentence: which, since when, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import taken_back
from support.history.town import DAY, LAG, HistoryTown

from zkcredit.chain.history.bureau import HistoryTreeClient
from zkcredit.chain.history.outlook import outlook_of, record_in_words
from zkcredit.history import HistoryRecord, HistoryTerms, reputation

if TYPE_CHECKING:
    from collections.abc import Iterator

ANA = 1_001


@pytest.fixture(scope="module")
def built() -> Iterator[HistoryTown]:
    town = HistoryTown()
    with town.node:
        yield town


@pytest.fixture
def town(built: HistoryTown) -> Iterator[HistoryTown]:
    with taken_back(built) as town:
        yield town


@pytest.fixture
def tree(town: HistoryTown) -> HistoryTreeClient:
    return HistoryTreeClient(town.node, town.tree)


def obstacles(tree: HistoryTreeClient, **more: object) -> str:
    return " ".join(outlook_of(tree, ANA, **more).obstacles)  # type: ignore[arg-type]


def test_a_stranger_has_nothing_to_prove(tree: HistoryTreeClient) -> None:
    found = outlook_of(tree, ANA)
    assert found.known == ("No loan was started under this pseudonym.",)
    assert found.reputation == 500
    assert "repay a first loan" in obstacles(tree)


def test_a_good_record_has_no_obstacle(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA, 70_000)
    town.report("progress", ANA, 3, 0, town.node.now() + 60 * DAY)
    town.report("close", ANA, 0)
    town.advance([ANA] * 3)
    in_tree = town.copy.record(ANA)
    found = outlook_of(tree, ANA, in_tree=in_tree, terms=HistoryTerms(min_repaid=1, max_late=0))
    assert found.obstacles == ()
    assert found.reputation == reputation(found.record) == 500 + 3 * 8 + 20
    assert any("the largest of 700.00 EUR" in line for line in found.known)
    assert found.learned[1:] == (
        "that you repaid 1 loans or more",
        "that 0 rows at most were late",
    )


def test_an_older_record_in_the_tree_is_named(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    town.advance([ANA] * 3)
    in_tree = town.copy.record(ANA)
    assert obstacles(tree, in_tree=in_tree) == ""
    town.report("progress", ANA, 1, 0, town.node.now() + 60 * DAY)
    assert "history advance" in obstacles(tree, in_tree=in_tree)


def test_a_loan_that_waits_for_too_long_is_named_with_its_time(
    town: HistoryTown, tree: HistoryTreeClient
) -> None:
    town.start(ANA)
    town.node.advance(LAG)
    assert obstacles(tree) == ""
    town.node.advance(1)
    said = obstacles(tree)
    assert "waits for the tree since 20" in said
    assert "history advance" in said


def test_an_expired_record_says_pay(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    town.advance([ANA] * 3)
    town.node.advance(34 * DAY)
    assert obstacles(tree) == ""
    town.node.advance(DAY)
    said = obstacles(tree)
    assert "expired on" in said
    assert "pay what is due" in said


def test_a_default_says_pay_the_debt(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    town.report("close", ANA, 1)
    assert "in default since" in obstacles(tree)
    town.report("close", ANA, 2)
    assert "default" not in obstacles(tree)
    assert any("1 were paid afterwards" in line for line in outlook_of(tree, ANA).known)


def test_a_removed_member_is_named(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.report("reserve", ANA, town.node.now() + DAY)
    town.send("CreditBureau", "removeMember", town.member)
    assert "withdraw it, and apply at another member" in obstacles(tree)


def test_a_loan_at_a_removed_member_goes_on(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    town.send("CreditBureau", "removeMember", town.member)
    assert "what you pay is still counted" in obstacles(tree)


def test_terms_that_are_not_met_say_by_how_much(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    said = obstacles(tree, terms=HistoryTerms(min_repaid=2, min_on_time=5))
    assert "min_repaid by 2" in said
    assert "min_on_time by 5" in said


def test_a_record_is_told_in_days() -> None:
    days = {"good_until": 20_000, "first_day": 19_000, "last_bad_day": 19_500}
    said = " ".join(record_in_words(HistoryRecord(1, late=1, open=1, **days), 0))
    for day in ("2022-01-08", "2023-05-23", "2024-10-04"):
        assert day in said
