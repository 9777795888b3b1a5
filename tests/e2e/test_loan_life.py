"""Loans from application to the last withdrawal, through the clients, on the embedded chain."""

from __future__ import annotations

import pytest
from support.chain.loan_world import PRODUCT, TABLE
from support.chain.market_world import DAY, ROOT, UNIT, mock_present

from zkcredit.chain.loans.loan_events import LoanStepped, StandingChanged
from zkcredit.chain.loans.loan_flow import flow_of_funds
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.errors import TransactionReverted
from zkcredit.loan import Burden, consumer, months
from zkcredit.units import parts_per_billion


def schedule(principal=100_000):
    return TABLE.schedule(principal)


def test_a_loan_is_released_repaid_and_paid_out_to_the_unit(world):
    before = world.money()
    loan = world.released(world.product.address)
    assert loan.status is LoanStatus.ACTIVE
    assert loan.running.started_at <= world.node.now()
    assert world.money()["borrower"] - before["borrower"] == 100_000 * UNIT

    for amount in schedule().amounts:
        world.node.advance(30 * DAY)
        world.market.repay(loan, amount, by=world.borrower)
    loan = world.market.loan(loan.loan_id)
    assert loan.status is LoanStatus.REPAID
    assert loan.received == schedule().total
    assert world.pseudonym(loan.nullifier) == "free"

    world.market.withdraw(1, by=world.lender)
    world.market.withdraw(2, by=world.second)
    after = world.money()
    interest = (schedule().total - 100_000) * UNIT
    assert after["market"] == before["market"] == 0
    assert sum(after.values()) == sum(before.values())
    assert before["borrower"] - after["borrower"] == interest
    gains = [after[name] - before[name] for name in ("lender", "second")]
    assert sum(gains) == interest
    assert gains[0] == interest * 2 // 5

    flow = flow_of_funds(world.market, loan.loan_id)
    assert flow.held == 0
    assert flow.total("funding") == flow.total("drawing") == 100_000 * UNIT
    assert flow.total("repayment") == flow.total("withdrawal") == schedule().total * UNIT
    assert [m.kind for m in flow.movements] == [
        "funding", "funding", "drawing", "repayment", "repayment", "repayment",
        "withdrawal", "withdrawal",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_late_instalment_costs_the_fee_once(world):
    loan = world.released(world.product.address)
    world.node.advance(35 * DAY + 10)
    quote = world.market.quote(loan.loan_id)
    assert (quote.overdue, quote.fees) == (schedule().amounts[0], PRODUCT.late_fee)
    receipt = world.market.repay(loan, schedule().amounts[0], by=world.borrower)
    steps = [e for e in world.market.events_of(receipt) if isinstance(e, LoanStepped)]
    assert [(e.late, e.fees) for e in steps] == [(1, PRODUCT.late_fee)]
    world.node.advance(DAY)
    rest = world.market.quote(loan.loan_id).remaining
    assert rest == sum(schedule().amounts[1:]) + PRODUCT.late_fee
    receipt = world.market.repay(loan, rest, by=world.borrower)
    assert any(isinstance(event, StandingChanged) for event in world.market.events_of(receipt))
    assert world.market.loan(loan.loan_id).received == schedule().total + PRODUCT.late_fee


@pytest.mark.slow
def test_paying_within_grace_costs_no_fee(world):
    loan = world.released(world.product.address)
    world.node.advance(34 * DAY)
    world.market.repay(loan, schedule().amounts[0], by=world.borrower)
    assert world.market.loan(loan.loan_id).fees_owed == 0


@pytest.mark.slow
def test_settling_early_saves_the_interest_of_later_periods(world):
    loan = world.released(world.product.address)
    world.node.advance(DAY)
    price = world.market.quote(loan.loan_id).settlement
    assert price == 100_000 + 2_000
    world.market.settle(loan, price, by=world.borrower)
    assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID
    assert flow_of_funds(world.market, loan.loan_id).total("settlement") == price * UNIT


def test_settling_above_the_limit_is_refused(world):
    loan = world.released(world.product.address)
    with pytest.raises(TransactionReverted) as caught:
        world.market.settle(loan, 1, by=world.borrower)
    assert caught.value.error == "SettlementAboveLimit"
    assert caught.value.arguments["limit"] == 1


@pytest.mark.slow
def test_anybody_may_declare_default_when_due_and_nobody_earlier(world):
    loan = world.released(world.product.address)
    world.node.advance(90 * DAY - 10)
    assert not world.market.quote(loan.loan_id).defaultable
    with pytest.raises(TransactionReverted) as caught:
        world.market.mark_default(loan, by=world.stranger)
    assert caught.value.error == "DefaultNotYet"
    world.node.advance(20)
    world.market.mark_default(loan, by=world.stranger)
    loan = world.market.loan(loan.loan_id)
    assert loan.status is LoanStatus.DEFAULTED
    assert world.pseudonym(loan.nullifier) == "defaulted"


@pytest.mark.slow
def test_a_defaulter_cannot_return_under_another_address(world):
    loan = world.released(world.product.address)
    world.node.advance(91 * DAY)
    world.market.mark_default(loan, by=world.stranger)
    request = world.market.request(world.product.address, 20_000, world.stranger.address)
    with pytest.raises(TransactionReverted) as caught:
        world.market.apply(request, mock_present(request, loan.nullifier), by=world.stranger)
    assert caught.value.error == "PseudonymTaken"


def test_a_defaulted_loan_is_recovered_and_paid_out(world):
    before = world.money()
    loan = world.released(world.product.address)
    world.node.advance(91 * DAY)
    world.market.mark_default(loan, by=world.stranger)
    debt = world.market.loan(loan.loan_id).recovery_owed
    world.market.repay(loan, debt // 3, by=world.borrower)
    world.market.withdraw(1, by=world.lender)
    world.market.repay(loan, debt, by=world.borrower)  # takes what is owed, no more
    loan = world.market.loan(loan.loan_id)
    assert (loan.status, loan.received) == (LoanStatus.RECOVERED, debt)
    world.market.withdraw(1, by=world.lender)
    world.market.withdraw(2, by=world.second)
    after = world.money()
    assert after["market"] == 0
    assert sum(after.values()) == sum(before.values())
    assert flow_of_funds(world.market, loan.loan_id).total("repayment") == debt * UNIT


def test_an_unfilled_application_gives_the_money_back(world):
    before = world.money()
    loan = world.requested(world.product.address)
    world.market.fund(loan, 30_000, by=world.lender)
    with pytest.raises(TransactionReverted) as caught:
        world.market.cancel(loan.loan_id, by=world.stranger)
    assert caught.value.error == "NotBorrower"
    world.node.advance(7 * DAY + 1)
    world.market.cancel(loan.loan_id, by=world.stranger)
    world.market.withdraw(1, by=world.lender)
    assert world.money() == before
    assert world.market.loan(loan.loan_id).status is LoanStatus.CANCELLED
    assert world.pseudonym(loan.nullifier) == "free"


def test_the_borrower_may_cancel_and_apply_again(world):
    loan = world.requested(world.product.address)
    world.market.cancel(loan.loan_id, by=world.borrower)
    again = world.requested(world.product.address)
    assert again.loan_id == loan.loan_id + 1


def test_funding_takes_no_more_than_is_missing(world):
    loan = world.requested(world.product.address)
    position = world.market.fund(loan, 400_000, by=world.lender)
    assert position.amount == 100_000
    assert world.market.loan(loan.loan_id).status is LoanStatus.ACTIVE


@pytest.mark.slow
def test_a_withdrawal_may_go_to_another_address(world):
    loan = world.released(world.product.address)
    world.market.repay(loan, 1_000, by=world.borrower)
    world.market.withdraw(1, by=world.lender, to=world.stranger.address)
    assert world.money()["stranger"] == 400 * UNIT


@pytest.mark.slow
def test_repaying_for_somebody_else_is_welcome(world):
    loan = world.released(world.product.address)
    world.market.repay(loan, 1_000, by=world.second)
    assert world.market.loan(loan.loan_id).running.credit == 1_000


@pytest.mark.slow
def test_one_intention_pays_once(world):
    loan = world.released(world.product.address)
    for _ in range(3):
        world.market.repay(
            loan, 1_000, by=world.borrower, idempotency_key=f"loan {loan.loan_id}, 1"
        )
    assert world.market.loan(loan.loan_id).received == 1_000


@pytest.mark.slow
def test_a_repeated_intention_is_not_tried_again_on_the_new_state(world):
    loan = world.released(world.product.address)
    price = world.market.quote(loan.loan_id).settlement
    first = world.market.settle(loan, price, by=world.borrower, idempotency_key="end")
    assert world.market.settle(loan, price, by=world.borrower, idempotency_key="end") == first
    with pytest.raises(TransactionReverted) as caught:
        world.market.settle(loan, price, by=world.borrower, idempotency_key="end again")
    assert caught.value.error == "NotRunning"


def test_history_tells_roots_and_nonces(world):
    assert world.registry.current_root() == ROOT
    assert world.registry.latest_posting().root == ROOT
    assert world.market.application_nonce(world.borrower.address) == 0
    world.requested(world.product.address)
    assert world.market.application_nonce(world.borrower.address) == 1
    accepted = world.gate.events()[-1]
    assert (accepted.borrower, accepted.nullifier) == (world.borrower.address, 7)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 12, 120])
def test_long_tables_fit_into_the_stated_gas(world, rows):
    market = world.market
    table = consumer(parts_per_billion("12"), months(rows))
    product = world.offer(table=table, burden=Burden.AVERAGE, holidays=12)
    loan = world.released(product.address, 500_000)
    world.node.advance(DAY)
    market.take_holiday(loan, by=world.borrower)
    world.node.advance(30 * DAY)
    market.prepay(loan, 50_000, by=world.borrower)
    world.node.advance(35 * DAY * rows)
    market.repay(loan, 1_000, by=world.borrower)
    world.node.advance(90 * DAY)
    market.mark_default(loan, by=world.stranger)
    debt = market.loan(loan.loan_id).recovery_owed
    market.repay(loan, debt, by=world.borrower)
    assert market.loan(loan.loan_id).received == 51_000 + debt
