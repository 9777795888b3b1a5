"""What stands between a record and a proof is said in a sentence: which, since when, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import taken_back
from support.history.town import DAY, LAG, HistoryTown

from zkcredit.chain.history.bureau import HistoryTreeClient
from zkcredit.chain.history.outlook import outlook_of, record_in_words
from zkcredit.errors import InvalidInput, NotEligible
from zkcredit.history import HistoryRecord, HistoryTerms, HistoryTree, reputation
from zkcredit.request.asked_history import AskedHistory

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


def asks(tree: HistoryTreeClient, **terms: int) -> AskedHistory:
    """What a lender asks for today."""
    today = {"today": tree.node.now() // DAY}
    return AskedHistory(HistoryTerms(**today | terms).pack(), tree.root(), tree.bureau.scope)


def obstacles(tree: HistoryTreeClient, **more: object) -> str:
    return " ".join(outlook_of(tree, ANA, **more).obstacles)  # type: ignore[arg-type]


def test_a_stranger_has_nothing_to_prove(tree: HistoryTreeClient) -> None:
    found = outlook_of(tree, ANA)
    assert found.known == ("No loan was started under this pseudonym.",)
    assert found.reputation == 500
    said = obstacles(tree)
    assert f"The bureau {tree.bureau.address} has no record of this wallet" in said
    assert "records of other bureaus do not count here: repay a first loan" in said
    with pytest.raises(InvalidInput, match="repay a first loan"):
        found.require_provable()


def test_a_good_record_has_no_obstacle(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA, 70_000)
    town.report("progress", ANA, 3, 0, town.node.now() + 60 * DAY)
    town.report("close", ANA, 0)
    town.advance([ANA] * 3)
    asked = asks(tree, min_repaid=1, max_late=0)
    found = outlook_of(tree, ANA, copy=town.copy, asked=asked)
    assert found.obstacles == found.notices == ()
    found.require_provable()
    assert found.reputation == reputation(found.record) == 500 + 3 * 8 + 20
    assert any("the largest of 700.00 EUR" in line for line in found.known)
    assert found.learned == tuple(asked.in_words(978))
    assert found.learned[1:3] == (
        "loans that you repaid: 1 or more",
        "rows that you paid late: at most 0",
    )


def test_an_older_record_in_the_tree_is_named(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    town.advance([ANA] * 3)
    assert obstacles(tree, copy=town.copy) == ""
    town.report("progress", ANA, 1, 0, town.node.now() + 60 * DAY)
    assert "history advance --own" in obstacles(tree, copy=town.copy)
    # where the older record is enough, it is in nobody's way
    assert obstacles(tree, copy=town.copy, asked=asks(tree, max_late=0)) == ""
    assert "history advance --own" in obstacles(
        tree, copy=town.copy, asked=asks(tree, min_on_time=1)
    )
    # and where the new one is not enough either, nobody is sent to the tree in vain
    assert "missed by 1" in obstacles(tree, copy=town.copy, asked=asks(tree, min_on_time=2))


def test_a_loan_that_the_tree_does_not_have_yet_is_named(
    town: HistoryTown, tree: HistoryTreeClient
) -> None:
    town.start(ANA)
    said = obstacles(tree, copy=HistoryTree())
    assert "does not have your loan of 20" in said
    assert "history advance" in said
    assert obstacles(tree) == "", "what the tree has is not known"


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
    said = " ".join(outlook_of(tree, ANA).notices)
    assert f"{town.member} has not been a member of the bureau since 20" in said
    assert "withdraw it, and apply at another member" in said


def test_a_loan_at_a_removed_member_goes_on(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    town.send("CreditBureau", "removeMember", town.member)
    found = outlook_of(tree, ANA)
    assert "what you pay is still counted" in found.notices[1]
    assert found.obstacles == (), "the record is proved as before"


def test_terms_that_are_not_met_say_by_how_much(town: HistoryTown, tree: HistoryTreeClient) -> None:
    town.start(ANA)
    found = outlook_of(tree, ANA, asked=asks(tree, min_repaid=2, min_on_time=5))
    assert found.shortfalls == {"min_repaid": 2, "min_on_time": 5}
    (said,) = found.obstacles
    assert "loans that you repaid: 2 or more (missed by 2)" in said
    assert "rows that you paid in time: 5 or more (missed by 5)" in said
    with pytest.raises(NotEligible) as caught:
        found.require_provable()
    assert caught.value.shortfalls == found.shortfalls


def test_what_is_in_the_way_of_everybody_comes_before_the_terms(
    town: HistoryTown, tree: HistoryTreeClient
) -> None:
    town.start(ANA)
    town.node.advance(LAG + 1)
    found = outlook_of(tree, ANA, asked=asks(tree, min_repaid=2))
    assert len(found.obstacles) == 1
    with pytest.raises(InvalidInput, match="waits for the tree since"):
        found.require_provable()


def test_a_record_is_told_in_days() -> None:
    days = {"good_until": 20_000, "first_day": 19_000, "last_bad_day": 19_500}
    said = " ".join(record_in_words(HistoryRecord(1, late=1, open=1, **days), 0))
    for day in ("2022-01-08", "2023-05-23", "2024-10-04"):
        assert day in said
