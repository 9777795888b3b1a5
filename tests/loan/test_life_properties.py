"""What holds after any order of payments, holidays, prepayments, restructurings and lateness."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.loan.life_cases import START, random_step, released
from support.loan.table_cases import DAY

from zkcredit.errors import InvalidInput, LoanError
from zkcredit.loan.life import Action, quote, run
from zkcredit.loan.running import RunningLoan, Standing, walk

seeds = st.integers(0, 2**32)


def stepped(draw: random.Random, loan: RunningLoan, now: int) -> RunningLoan:
    action, amount, product = random_step(draw, loan, now)
    try:
        after, outcome = run(action, loan, amount, now, product)
    except (LoanError, InvalidInput):
        return loan
    assert after.received == loan.received + outcome.taken >= loan.received
    return after


def judged(loan: RunningLoan, now: int) -> None:
    """The engine's part of the invariants of a loan."""
    steps = list(walk(loan))
    assert loan.fees_charged <= loan.product.late_fee_cap  # L7
    if loan.standing is not Standing.ACTIVE:
        return
    # L4: rows sum to balance and interest; what is open of them is that less the credit
    asked = sum(step.result.amount for step in steps)
    assert asked == loan.balance + sum(step.result.interest for step in steps)
    assert sum(step.open for step in steps) == asked - loan.credit
    costs = quote(loan, now)
    assert costs.overdue + costs.fees <= costs.remaining
    assert costs.settlement <= costs.remaining  # settling never costs more than paying to the end
    # L5: paying the quote closes, in both ways
    paid, outcome = run(Action.REPAY, loan, costs.remaining, now)
    assert (paid.standing, outcome.taken) == (Standing.REPAID, costs.remaining)
    if costs.settlement:
        paid, outcome = run(Action.SETTLE, loan, costs.settlement, now)
        assert (paid.standing, outcome.taken) == (Standing.REPAID, costs.settlement)
    # L8: a payment of one unit is possible in every state
    assert run(Action.REPAY, loan, 1, now)[1].taken == 1


@given(seeds)
@settings(max_examples=150, deadline=None)
def test_rows_sum_to_balance_and_interest_after_any_order(seed):
    draw = random.Random(seed)
    loan, now = released(draw), START
    for _ in range(12):
        now += draw.choice((1, DAY, draw.randrange(40 * DAY), draw.randrange(150 * DAY)))
        loan = stepped(draw, loan, now)
        judged(loan, now)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_a_step_never_changes_the_state_that_it_is_given(seed):
    draw = random.Random(seed)
    loan = released(draw)
    before = replace(loan)
    stepped(draw, loan, START + draw.randrange(90 * DAY))
    assert loan == before


@given(seeds)
@settings(max_examples=100, deadline=None)
def test_being_late_never_costs_less(seed):
    draw = random.Random(seed)
    loan = released(draw)
    punctual = late = loan
    delay = 0
    for step in walk(loan):
        if not step.open:
            continue
        due = loan.due_at(step.number)
        punctual = run(Action.REPAY, punctual, step.open, due)[0]
        delay = max(delay, draw.choice((0, 1, draw.randrange(30 * DAY))))
        late = run(Action.REPAY, late, step.open, due + delay)[0]
    assert punctual.standing is Standing.REPAID
    assert late.received + quote(late, loan.due_at(len(loan.product.table.rows) - 1) + delay
                                 ).remaining >= punctual.received  # fmt: skip
    # settling at any time costs no less than settling it before
    now = START + draw.randrange(200 * DAY)
    later = now + draw.randrange(60 * DAY)
    if quote(loan, now).settlement:
        assert quote(loan, later).settlement >= quote(loan, now).settlement


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_a_holiday_costs_its_interest_and_moves_every_due(seed):
    draw = random.Random(seed)
    loan = released(draw)
    now = START + draw.randrange(60 * DAY)
    try:
        after = run(Action.HOLIDAY, loan, 0, now)[0]
    except (LoanError, InvalidInput):
        return
    assert after.balance >= loan.balance
    gap = after.shift - loan.shift
    assert gap >= DAY
    assert after.due_at(after.paid) == loan.due_at(after.paid) + gap
    # what closes the loan now is what closed it before
    assert quote(after, now).settlement == quote(loan, now).settlement


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_a_prepayment_lowers_the_settlement_by_itself(seed):
    draw = random.Random(seed)
    loan = released(draw)
    now = START + draw.randrange(40 * DAY)
    amount = draw.randrange(1, loan.principal)
    try:
        after = run(Action.PREPAY, loan, amount, now)[0]
    except (LoanError, InvalidInput):
        return
    assert quote(after, now).settlement == quote(loan, now).settlement - amount


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_orders(seed):
    draw = random.Random(f"zkcredit/orders/{seed}")
    for _ in range(100):
        loan, now = released(draw), START
        for _ in range(25):
            now += draw.choice((1, DAY, draw.randrange(40 * DAY), draw.randrange(150 * DAY)))
            loan = stepped(draw, loan, now)
            judged(loan, now)
