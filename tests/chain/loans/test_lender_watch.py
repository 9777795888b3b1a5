"""A lender's watch: who is late, which defaults are due, and money that is drawn once."""

from __future__ import annotations

import pytest
from support.chain.loan_world import MONTH
from support.chain.market_world import DAY

from zkcredit.chain.loans.lender_watch import LenderWatch
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import InvalidInput, NodeUnavailable, TransactionReverted

WAIT = 90 * DAY


def watch(world, by=None):
    return LenderWatch(world.market, by=by or world.lender)


def test_who_funds_nothing_sees_nothing(world):
    world.released(world.product.address)
    assert watch(world, world.stranger).look() == []


def test_a_loan_in_time_is_not_late(world):
    world.released(world.product.address)
    (seen,) = watch(world).look()
    assert (seen.late_since, seen.can_default, sum(seen.withdrawable.values())) == (None, False, 0)
    assert seen.default_from == seen.quote.next_due_at + world.product.product.default_after + 1


def test_lateness_is_named_from_the_due_on(world):
    world.released(world.product.address)
    due = watch(world).look()[0].quote.next_due_at
    world.node.advance(due - world.node.now() - 5)
    assert watch(world).look()[0].late_since is None
    world.node.advance(10)
    (seen,) = watch(world).look()
    assert (seen.late_since, seen.can_default) == (due, False)


def test_a_default_is_declared_once_and_not_early(world):
    world.released(world.product.address)
    own = watch(world)
    (seen,) = own.look()
    with pytest.raises(TransactionReverted) as caught:
        own.mark_default(seen)
    assert caught.value.error == "DefaultNotYet"
    world.node.advance(seen.default_from - world.node.now() + 5)
    (seen,) = own.look()
    assert seen.can_default
    sent = own.mark_default(seen)
    assert own.mark_default(seen) == sent  # under its key it is the same transaction
    (seen,) = own.look()
    assert (seen.loan.status, seen.can_default) == (LoanStatus.DEFAULTED, False)
    assert seen.default_from is None
    with pytest.raises(InvalidInput, match="not running"):
        own.mark_default(seen)


def test_somebody_may_be_faster(world):
    world.released(world.product.address)
    world.node.advance(10 * MONTH)
    own, other = watch(world), watch(world, world.second)
    (mine,), (theirs,) = own.look(), other.look()
    other.mark_default(theirs)
    with pytest.raises(TransactionReverted) as caught:
        own.mark_default(mine)
    assert caught.value.error == "NotRunning"


def test_each_repayment_is_drawn_once(world):
    loan = world.released(world.product.address)
    own, before = watch(world), world.token.balance_of(world.lender.address)
    total = 0
    for amount in (1_000, 2_500):
        world.market.repay(loan, amount, by=world.borrower)
        (seen,) = own.look()
        ((position, tokens),) = seen.withdrawable.items()
        assert tokens > 0
        first = own.withdraw(seen, position)
        assert own.withdraw(seen, position) == first
        total += tokens
        assert world.token.balance_of(world.lender.address) == before + total
        (seen,) = own.look()
        assert seen.withdrawable[position] == 0


def test_a_watch_that_was_stopped_before_its_receipt_pays_once(world, monkeypatch, tmp_path):
    loan = world.released(world.product.address)
    world.market.repay(loan, 5_000, by=world.borrower)
    signer = next(one for one in world.node.accounts if one.address == world.lender.address)
    before = world.token.balance_of(world.lender.address)
    with Outbox(tmp_path / "outbox") as outbox, monkeypatch.context() as patch:
        by = TransactionSender(world.node, signer, outbox)
        own = LenderWatch(world.market, by=by)
        (seen,) = own.look()
        ((position, tokens),) = seen.withdrawable.items()

        broadcast = type(world.node).broadcast

        def broken(node, raw):
            broadcast(node, raw)
            raise NodeUnavailable("the connection broke")

        patch.setattr(type(world.node), "broadcast", broken)
        with pytest.raises(NodeUnavailable):
            own.withdraw(seen, position)
    with Outbox(tmp_path / "outbox") as outbox:
        by = TransactionSender(world.node, signer, outbox)
        by.resume()
        own = LenderWatch(world.market, by=by)
        seen_again = own.look()
        assert all(not any(one.withdrawable.values()) for one in seen_again)
        own.withdraw(seen, position)  # the old look, once more
    assert world.token.balance_of(world.lender.address) == before + tokens


def test_money_goes_where_it_is_sent(world):
    loan = world.released(world.product.address)
    world.market.repay(loan, 5_000, by=world.borrower)
    own = watch(world)
    (seen,) = own.look()
    ((position, tokens),) = seen.withdrawable.items()
    before = world.token.balance_of(world.stranger.address)
    own.withdraw(seen, position, world.stranger.address)
    assert world.token.balance_of(world.stranger.address) == before + tokens
    with pytest.raises(InvalidInput):
        own.withdraw(seen, position, "nobody")


def test_a_loan_that_is_over_is_seen_until_its_money_is_drawn(world):
    loan = world.released(world.product.address)
    world.market.repay(loan, 10**6, by=world.borrower)
    own = watch(world)
    (seen,) = own.look()
    assert seen.loan.status is LoanStatus.REPAID
    own.withdraw(seen, next(iter(seen.withdrawable)))
    assert own.look() == []


def test_an_application_that_ended_gives_its_money_back(world):
    asked = world.requested(world.product.address)
    world.market.fund(asked, 30_000, by=world.lender)
    own = watch(world)
    assert own.look()[0].loan.status is LoanStatus.REQUESTED
    world.market.cancel(asked.loan_id, by=world.borrower)
    (seen,) = own.look()
    ((position, tokens),) = seen.withdrawable.items()
    own.withdraw(seen, position)
    assert own.look() == []
    assert tokens > 0


def test_positions_of_a_chain_that_was_reorganised_are_found_again(world):
    world.requested(world.product.address)
    own, snapshot = watch(world), world.node.snapshot()
    asked = world.market.loan(1)
    world.market.fund(asked, 30_000, by=world.lender)
    world.market.fund(asked, 10_000, by=world.second)
    assert len(own.look()[0].withdrawable) == 1
    world.node.restore(snapshot)
    world.new_senders()
    world.market.fund(asked, 10_000, by=world.second)
    world.market.fund(asked, 20_000, by=world.lender)
    world.market.fund(asked, 5_000, by=world.lender)
    own_again = LenderWatch(world.market, by=world.lender)
    assert [*own.look()[0].withdrawable] == [*own_again.look()[0].withdrawable] == [2, 3]


def test_the_market_is_a_market(world):
    with pytest.raises(InvalidInput):
        LenderWatch(world.node, by=world.lender)
