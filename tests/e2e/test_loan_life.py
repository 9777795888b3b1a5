"""Loans from application to the last withdrawal, through the clients, on the embedded chain."""

from __future__ import annotations

import pytest
from support.chain.market_world import DAY, ROOT, TERMS, UNIT, mock_present

from zkcredit.chain.contracts.events import LateFeesCharged, LoanRepaid
from zkcredit.chain.contracts.flow import flow_of_funds
from zkcredit.chain.contracts.market_state import LoanStatus, PseudonymState
from zkcredit.errors import TransactionReverted


def schedule(principal=100_000):
    return TERMS.schedule(principal)


def test_a_loan_is_released_repaid_and_paid_out_to_the_unit(world):
    before = world.money()
    loan = world.released(world.product.product_id)
    assert loan.status is LoanStatus.ACTIVE
    assert loan.started_at == world.node.now()
    assert loan.instalment == schedule().level
    assert world.money()["borrower"] - before["borrower"] == 100_000 * UNIT

    for amount in schedule().amounts:
        world.node.advance(30 * DAY)
        world.market.repay(loan.loan_id, amount, by=world.borrower)
    loan = world.market.loan(loan.loan_id)
    assert loan.status is LoanStatus.REPAID
    assert loan.received == schedule().total
    assert world.market.pseudonym(loan.nullifier).state is PseudonymState.NONE

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
    assert flow.total("funding") == flow.total("release") == 100_000 * UNIT
    assert flow.total("repayment") == flow.total("withdrawal") == schedule().total * UNIT
    assert [m.kind for m in flow.movements] == [
        "funding", "funding", "release", "repayment", "repayment", "repayment",
        "withdrawal", "withdrawal",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_late_instalment_costs_the_fee_once(world):
    loan = world.released(world.product.product_id)
    world.node.advance(35 * DAY + 10)
    quote = world.market.quote(loan.loan_id)
    assert (quote.overdue, quote.fees) == (schedule().amounts[0], TERMS.late_fee)
    receipt = world.market.repay(loan.loan_id, schedule().amounts[0], by=world.borrower)
    charged = [e for e in world.market.events_of(receipt) if isinstance(e, LateFeesCharged)]
    assert [(e.first, e.count, e.fees) for e in charged] == [(0, 1, TERMS.late_fee)]
    world.node.advance(DAY)
    rest = world.market.quote(loan.loan_id).remaining
    assert rest == sum(schedule().amounts[1:]) + TERMS.late_fee
    receipt = world.market.repay(loan.loan_id, rest, by=world.borrower)
    assert any(isinstance(event, LoanRepaid) for event in world.market.events_of(receipt))
    assert world.market.loan(loan.loan_id).received == schedule().total + TERMS.late_fee


@pytest.mark.slow
def test_paying_within_grace_costs_no_fee(world):
    loan = world.released(world.product.product_id)
    world.node.advance(34 * DAY)
    world.market.repay(loan.loan_id, schedule().amounts[0], by=world.borrower)
    assert world.market.loan(loan.loan_id).fees_owed == 0


@pytest.mark.slow
def test_settling_early_saves_the_interest_of_later_periods(world):
    loan = world.released(world.product.product_id)
    world.node.advance(DAY)
    price = world.market.quote(loan.loan_id).settlement
    assert price == 100_000 + 2_000
    world.market.settle(loan.loan_id, price, by=world.borrower)
    assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID
    assert flow_of_funds(world.market, loan.loan_id).total("settlement") == price * UNIT


def test_settling_above_the_limit_is_refused(world):
    loan = world.released(world.product.product_id)
    with pytest.raises(TransactionReverted) as caught:
        world.market.settle(loan.loan_id, 1, by=world.borrower)
    assert caught.value.error == "SettlementAboveLimit"
    assert caught.value.arguments["limit"] == 1


@pytest.mark.slow
def test_anybody_may_declare_default_when_due_and_nobody_earlier(world):
    loan = world.released(world.product.product_id)
    world.node.advance(90 * DAY - 10)
    assert not world.market.quote(loan.loan_id).defaultable
    with pytest.raises(TransactionReverted) as caught:
        world.market.mark_default(loan.loan_id, by=world.stranger)
    assert caught.value.error == "DefaultNotDue"
    world.node.advance(20)
    world.market.mark_default(loan.loan_id, by=world.stranger)
    loan = world.market.loan(loan.loan_id)
    assert loan.status is LoanStatus.DEFAULTED
    assert world.market.pseudonym(loan.nullifier).state is PseudonymState.BLOCKED


@pytest.mark.slow
def test_a_defaulter_cannot_return_under_another_address(world):
    loan = world.released(world.product.product_id)
    world.node.advance(91 * DAY)
    world.market.mark_default(loan.loan_id, by=world.stranger)
    request = world.market.request(world.product.product_id, 20_000, world.stranger.address)
    with pytest.raises(TransactionReverted) as caught:
        world.market.apply(request, mock_present(request, loan.nullifier), by=world.stranger)
    assert caught.value.error == "PseudonymIsBlocked"


def test_a_defaulted_loan_is_recovered_and_paid_out(world):
    before = world.money()
    loan = world.released(world.product.product_id)
    world.node.advance(91 * DAY)
    world.market.mark_default(loan.loan_id, by=world.stranger)
    debt = world.market.loan(loan.loan_id).recovery_owed
    world.market.repay(loan.loan_id, debt // 3, by=world.borrower)
    world.market.withdraw(1, by=world.lender)
    world.market.repay(loan.loan_id, debt, by=world.borrower)  # takes what is owed, no more
    loan = world.market.loan(loan.loan_id)
    assert (loan.status, loan.received) == (LoanStatus.RECOVERED, debt)
    world.market.withdraw(1, by=world.lender)
    world.market.withdraw(2, by=world.second)
    after = world.money()
    assert after["market"] == 0
    assert sum(after.values()) == sum(before.values())
    assert flow_of_funds(world.market, loan.loan_id).total("recovery") == debt * UNIT


def test_an_unfilled_application_gives_the_money_back(world):
    before = world.money()
    loan = world.requested(world.product.product_id)
    world.market.fund(loan.loan_id, 30_000, by=world.lender)
    with pytest.raises(TransactionReverted) as caught:
        world.market.cancel(loan.loan_id, by=world.stranger)
    assert caught.value.error == "NotBorrower"
    world.node.advance(7 * DAY + 1)
    world.market.cancel(loan.loan_id, by=world.stranger)
    world.market.withdraw(1, by=world.lender)
    assert world.money() == before
    assert world.market.loan(loan.loan_id).status is LoanStatus.CANCELLED
    assert world.market.pseudonym(loan.nullifier).state is PseudonymState.NONE


def test_the_borrower_may_cancel_and_apply_again(world):
    loan = world.requested(world.product.product_id)
    world.market.cancel(loan.loan_id, by=world.borrower)
    again = world.requested(world.product.product_id)
    assert again.loan_id == loan.loan_id + 1


def test_funding_takes_no_more_than_is_missing(world):
    loan = world.requested(world.product.product_id)
    position = world.market.fund(loan.loan_id, 400_000, by=world.lender)
    assert position.amount == 100_000
    assert world.market.loan(loan.loan_id).status is LoanStatus.ACTIVE


@pytest.mark.slow
def test_a_withdrawal_may_go_to_another_address(world):
    loan = world.released(world.product.product_id)
    world.market.repay(loan.loan_id, 1_000, by=world.borrower)
    world.market.withdraw(1, by=world.lender, to=world.stranger.address)
    assert world.money()["stranger"] == 400 * UNIT


@pytest.mark.slow
def test_repaying_for_somebody_else_is_welcome(world):
    loan = world.released(world.product.product_id)
    world.market.repay(loan.loan_id, 1_000, by=world.second)
    assert world.market.loan(loan.loan_id).credit == 1_000


@pytest.mark.slow
def test_one_intention_pays_once(world):
    loan = world.released(world.product.product_id)
    for _ in range(3):
        world.market.repay(
            loan.loan_id, 1_000, by=world.borrower, idempotency_key=f"loan {loan.loan_id}, 1"
        )
    assert world.market.loan(loan.loan_id).received == 1_000


@pytest.mark.slow
def test_a_repeated_intention_is_not_tried_again_on_the_new_state(world):
    loan = world.released(world.product.product_id)
    price = world.market.quote(loan.loan_id).settlement
    first = world.market.settle(loan.loan_id, price, by=world.borrower, idempotency_key="end")
    assert (
        world.market.settle(loan.loan_id, price, by=world.borrower, idempotency_key="end") == first
    )
    with pytest.raises(TransactionReverted) as caught:
        world.market.settle(loan.loan_id, price, by=world.borrower, idempotency_key="end again")
    assert caught.value.error == "LoanStatusInvalid"


def test_history_tells_roots_and_nonces(world):
    assert world.registry.current_root() == ROOT
    assert world.registry.latest_posting().root == ROOT
    assert world.market.application_nonce(world.borrower.address) == 0
    world.requested(world.product.product_id)
    assert world.market.application_nonce(world.borrower.address) == 1
    accepted = world.gate.events()[-1]
    assert (accepted.borrower, accepted.nullifier) == (world.borrower.address, 7)


@pytest.mark.slow
@pytest.mark.parametrize("instalments", [1, 12, 120])
def test_long_schedules_fit_into_the_stated_gas(world, instalments):
    from dataclasses import replace

    terms = replace(TERMS, instalments=instalments)
    product = world.offer(terms=terms)
    loan = world.released(product.product_id, 500_000)
    world.node.advance(35 * DAY * instalments)
    world.market.repay(loan.loan_id, 1_000, by=world.borrower)
    world.market.mark_default(loan.loan_id, by=world.stranger) if instalments > 3 else None
    assert world.market.loan(loan.loan_id).received == 1_000
