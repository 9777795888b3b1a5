"""A loan's life, step by step: who pays what, what a relief changes, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.loan.table_cases import DAY, MONTH, level_product, monthly

from zkcredit.errors import InvalidInput, LoanError, OutOfRange
from zkcredit.loan.life import Action, quote, rehabilitated_at, run
from zkcredit.loan.running import Standing, release, walk

START = 1_790_000_000
PRODUCT = level_product(late_fee=500, late_fee_cap=1_200, holidays=2)
LOAN = release(PRODUCT, 100_000, START)
EDUCATION = release(replace(PRODUCT, table=monthly("DDD" + "L" * 5 + "R")), 100_000, START)


def at(periods, extra=0):
    return START + periods * MONTH + extra


def repay(loan, amount, now):
    return run(Action.REPAY, loan, amount, now)[0]


def ahead(loan):
    return [step.open for step in walk(loan)]


# --- repayment ------------------------------------------------------------------------------------


def test_paying_each_due_closes_the_loan():
    loan = LOAN
    for k in range(12):
        assert quote(loan, at(k + 1)).overdue == quote(loan, at(k + 1) - 1).overdue + 8_885 - (
            k == 11
        )
        loan = repay(loan, 8_885 - (k == 11), at(k + 1))
    assert (loan.standing, loan.received, loan.fees_charged) == (Standing.REPAID, 106_619, 0)
    assert quote(loan, at(50)) == (0, 0, 0, 0, 0, False)


def test_a_payment_is_kept_as_credit_until_it_covers_a_row():
    loan = repay(LOAN, 5_000, at(0, 5))
    assert (loan.paid, loan.credit, loan.balance) == (0, 5_000, 100_000)
    loan = repay(loan, 5_000, at(0, 6))
    assert (loan.paid, loan.credit, loan.balance) == (1, 1_115, 92_115)


def test_more_than_the_debt_is_not_taken():
    loan, outcome = run(Action.REPAY, LOAN, 10**9, at(0, 1))
    assert (outcome.taken, loan.standing) == (106_619, Standing.REPAID)


@pytest.mark.parametrize(("extra", "charged"), [(5 * DAY, 0), (5 * DAY + 1, 500)])
def test_a_fee_is_charged_a_second_after_the_grace(extra, charged):
    loan, outcome = run(Action.REPAY, LOAN, 8_885, at(1, extra))
    assert (outcome.charged, outcome.late, loan.fees_owed) == (charged, charged // 500, charged)
    assert loan.paid == 1  # the row comes before the fee


def test_a_row_is_late_once_and_fees_end_at_the_cap():
    loan = LOAN
    for now, charged in ((at(2), 500), (at(2, 1), 0), (at(3), 500), (at(4), 200), (at(5), 0)):
        loan, outcome = run(Action.REPAY, loan, 1, now)
        assert outcome.charged == charged
    assert loan.fees_charged == 1_200


def test_fees_are_paid_after_rows_that_have_begun_and_before_later_ones():
    loan = repay(LOAN, 2 * 8_885, at(1, 6 * DAY))
    assert (loan.paid, loan.fees_owed, loan.credit) == (2, 500, 0)
    loan = repay(loan, 600, at(1, 7 * DAY))
    assert (loan.fees_owed, loan.credit) == (0, 100)


def test_rows_that_ask_for_nothing_pass_by_themselves_and_are_never_late():
    loan, outcome = run(Action.REPAY, EDUCATION, 1, at(3, 20 * DAY))
    assert (loan.paid, loan.balance, loan.credit) == (3, 103_030, 1)
    assert (outcome.late, loan.fees_owed) == (0, 0)
    assert quote(EDUCATION, at(2)).next_due_at == at(4)


def test_a_small_payment_in_a_moratorium_does_not_add_interest_before_its_time():
    loan = repay(EDUCATION, 7_000, at(0, 1))
    assert (loan.paid, loan.balance, loan.credit) == (0, 100_000, 7_000)
    assert quote(loan, at(0, 1)).settlement == 101_000 - 7_000
    loan = repay(loan, 50_000, at(0, 2))
    assert loan.paid == 6  # what covers rows after the moratorium takes its interest along
    assert loan.received == 57_000


# --- settling -------------------------------------------------------------------------------------


def test_settling_saves_the_interest_of_rows_that_have_not_begun():
    assert quote(LOAN, at(0)).settlement == 101_000
    assert quote(LOAN, at(1) - 1).settlement == 101_000
    assert quote(LOAN, at(1)).settlement == 100_000 + 1_000 + 921
    loan, outcome = run(Action.SETTLE, LOAN, 101_000, at(0, 5))
    assert (outcome.taken, loan.standing, loan.balance) == (101_000, Standing.REPAID, 0)


def test_settling_pays_fees_and_uses_credit():
    loan = repay(LOAN, 1_000, at(0, 5))
    loan, outcome = run(Action.SETTLE, loan, 2**47, at(1, 6 * DAY))
    assert outcome.taken == 101_921 - 1_000 + 500
    assert loan.standing is Standing.REPAID


def test_settling_stops_at_the_limit():
    with pytest.raises(LoanError, match="settling costs 101000"):
        run(Action.SETTLE, LOAN, 100_999, at(0, 5))


# --- prepayment -----------------------------------------------------------------------------------


def test_a_prepayment_pays_the_running_interest_and_lowers_the_level():
    loan, outcome = run(Action.PREPAY, LOAN, 51_000, at(0, DAY))
    assert (outcome.taken, loan.balance, loan.credit, loan.received) == (
        51_000,
        50_000,
        500,
        51_000,
    )
    assert quote(loan, at(0, DAY)).settlement == 50_000
    assert ahead(loan)[:2] == [4_443 - 500, 4_443]
    assert sum(ahead(loan)) + loan.credit == 50_000 + sum(s.result.interest for s in walk(loan))


def test_a_second_prepayment_in_a_period_pays_its_interest_once():
    loan = run(Action.PREPAY, LOAN, 51_000, at(0, DAY))[0]
    loan = run(Action.PREPAY, loan, 10_000, at(0, 2 * DAY))[0]
    assert quote(loan, at(0, 2 * DAY)).settlement == 40_000


def test_a_prepayment_scales_the_shares():
    table = monthly("SSR", shares=(4 * 10**8, 4 * 10**8))
    loan = release(replace(PRODUCT, table=table), 100_000, START)
    loan = run(Action.PREPAY, loan, 51_000, at(0, DAY))[0]
    assert loan.base == 50_000
    assert ahead(loan) == [20_000, 20_300, 10_100]  # the first row's interest is paid


def test_a_prepayment_after_paying_ahead_pays_no_interest():
    loan = repay(LOAN, 2 * 8_885, at(0, 1))
    before = loan.balance
    loan = run(Action.PREPAY, loan, 10_000, at(0, 2))[0]
    assert (loan.balance, loan.credit) == (before - 10_000, 0)


def test_a_prepayment_in_a_row_of_interest_pays_that_row():
    loan = release(replace(PRODUCT, table=monthly("IIR")), 100_000, START)
    loan = run(Action.PREPAY, loan, 51_000, at(0, DAY))[0]
    assert (loan.paid, loan.credit, ahead(loan)) == (1, 0, [500, 50_500])


@pytest.mark.parametrize(
    ("loan", "amount", "now", "says"),
    [
        (LOAN, 5_000, at(1), "without arrears"),
        (LOAN, 5_000, at(3), "without arrears"),
        (LOAN, 1_000, at(0, 1), "pay more than 1000"),
        (LOAN, 101_000, at(0, 1), "settle the loan"),
        (LOAN, 10**9, at(0, 1), "settle the loan"),
        (repay(LOAN, 8_885, at(1, 6 * DAY)), 5_000, at(1, 7 * DAY), "without arrears"),
    ],
)
def test_prepayments_out_of_their_time_are_refused(loan, amount, now, says):
    with pytest.raises(LoanError, match=says):
        run(Action.PREPAY, loan, amount, now)


# --- holidays -------------------------------------------------------------------------------------


def test_a_holiday_postpones_every_row_and_defers_the_interest():
    loan = run(Action.HOLIDAY, LOAN, 0, at(0, 5))[0]
    assert (loan.balance, loan.due_at(0), loan.due_at(11)) == (101_000, at(2), at(13))
    assert ahead(loan)[0] == 8_974
    assert quote(loan, at(1)).overdue == 0
    assert quote(loan, at(1) - 1).settlement == 101_000  # this period's interest, and no more
    assert quote(loan, at(2) - 1).settlement == 102_010


def test_a_holiday_takes_the_credit_into_account():
    loan = repay(LOAN, 400, at(0, 1))
    loan = run(Action.HOLIDAY, loan, 0, at(0, 5))[0]
    assert (loan.balance, loan.credit) == (100_600, 0)


def test_the_second_before_the_last_day_is_the_last_for_a_holiday():
    assert run(Action.HOLIDAY, LOAN, 0, at(1) - DAY)[0].holidays == 1
    with pytest.raises(LoanError, match="at least a day before the due"):
        run(Action.HOLIDAY, LOAN, 0, at(1) - DAY + 1)


def test_a_holiday_is_possible_in_the_second_in_which_its_row_begins():
    assert run(Action.HOLIDAY, LOAN, 0, START)[0].holidays == 1
    loan = repay(LOAN, 8_885, at(0, 1))
    assert run(Action.HOLIDAY, loan, 0, at(1))[0].holidays == 1
    with pytest.raises(LoanError, match="not running yet"):
        run(Action.HOLIDAY, loan, 0, at(1) - 1)


def test_holidays_are_not_taken_in_a_row_nor_more_often_than_promised():
    loan = run(Action.HOLIDAY, LOAN, 0, at(0, 5))[0]
    with pytest.raises(LoanError, match="two holidays in a row"):
        run(Action.HOLIDAY, loan, 0, at(1, 5))
    loan = repay(loan, 8_974, at(2))
    loan = run(Action.HOLIDAY, loan, 0, at(2, 5))[0]
    loan = repay(loan, 9_100, at(4))
    with pytest.raises(LoanError, match="gives 2 holidays, and all are taken"):
        run(Action.HOLIDAY, loan, 0, at(4, 5))


@pytest.mark.parametrize(
    ("loan", "now", "says", "possible_at"),
    [
        (replace(LOAN, product=replace(PRODUCT, holidays=0)), at(0, 5), "gives 0 holidays", None),
        (LOAN, at(1, 5), "without arrears", None),
        (repay(LOAN, 8_885, at(0, 1)), at(0, 5), "not running yet", at(1)),
        (repay(LOAN, 3 * 8_885, at(0, 1)), at(0, 5), "not running yet", at(3)),
        (EDUCATION, at(0, 5), "asks for nothing", at(1)),
        (repay(LOAN, 10**9, at(0, 1)), at(0, 5), "is repaid", None),
    ],
)
def test_holidays_out_of_their_time_name_the_rule_and_the_time(loan, now, says, possible_at):
    with pytest.raises(LoanError, match=says) as caught:
        run(Action.HOLIDAY, loan, 0, now)
    assert caught.value.possible_at == possible_at


# --- restructuring --------------------------------------------------------------------------------


def test_restructuring_makes_the_settlement_the_new_balance():
    late = repay(LOAN, 100, at(1, 6 * DAY))
    longer = replace(PRODUCT, table=monthly("L" * 23 + "R"))
    debt = quote(late, at(2)).settlement
    loan, outcome = run(Action.RESTRUCTURE, late, 0, at(2), longer)
    assert outcome.taken == 0
    assert (loan.balance, loan.base, loan.principal, loan.received) == (debt, debt, 100_000, 100)
    assert (loan.fees_owed, loan.paid, loan.restructured, loan.started_at) == (0, 0, 1, at(2))
    assert sum(ahead(loan)) == longer.schedule(debt).total


@pytest.mark.parametrize(
    ("product", "error", "says"),
    [
        (replace(PRODUCT, token="0x" + "cd" * 20), InvalidInput, "keeps its token"),
        (replace(PRODUCT, token_unit=5), InvalidInput, "keeps its token and its unit"),
        (replace(PRODUCT, max_principal=5_000), OutOfRange, "the debt is 101000"),
        (replace(PRODUCT, min_principal=500_000), OutOfRange, "lends 500000 to"),
        (None, InvalidInput, "needs a product"),
        ("product", InvalidInput, "product"),
    ],
)
def test_restructurings_that_cannot_be_are_refused(product, error, says):
    with pytest.raises(error, match=says):
        run(Action.RESTRUCTURE, LOAN, 0, at(0, 5), product)


# --- default and recovery -------------------------------------------------------------------------


def test_default_is_possible_a_second_after_its_time():
    with pytest.raises(LoanError, match="unpaid for longer") as caught:
        run(Action.DEFAULT, LOAN, 0, at(1, 60 * DAY))
    assert caught.value.possible_at == at(1, 60 * DAY + 1)
    loan = run(Action.DEFAULT, LOAN, 0, at(1, 60 * DAY + 1))[0]
    # four rows have begun, and two are late by more than their grace
    assert loan.recovery_owed == 100_000 + 1_000 + 921 + 842 + 761 + 2 * 500
    assert (loan.standing, loan.fees_owed) == (Standing.DEFAULTED, 0)


def test_a_debt_is_recovered_and_rehabilitated():
    loan = run(Action.DEFAULT, LOAN, 0, at(4))[0]
    assert rehabilitated_at(loan, 90 * DAY) is None
    owed = loan.recovery_owed
    assert quote(loan, at(40)).remaining == owed
    loan = repay(loan, 1, at(5))
    loan, outcome = run(Action.REPAY, loan, 10**9, at(6))
    assert (outcome.taken, loan.standing, loan.received) == (owed - 1, Standing.RECOVERED, owed)
    assert rehabilitated_at(loan, 90 * DAY) == at(6, 90 * DAY)
    assert rehabilitated_at(loan, 0) is None


def test_an_unpaid_fee_is_a_default_after_the_last_row():
    loan = repay(LOAN, 8_885, at(1, 6 * DAY))
    for k in range(1, 11):
        loan = repay(loan, 8_885, at(k + 1))
    loan = repay(loan, 8_884, at(12))
    assert (loan.standing, loan.fees_owed) == (Standing.ACTIVE, 500)
    with pytest.raises(LoanError):
        run(Action.DEFAULT, loan, 0, at(12, 60 * DAY))
    assert run(Action.DEFAULT, loan, 0, at(12, 60 * DAY + 1))[0].recovery_owed == 500
    assert repay(loan, 500, at(12, 5)).standing is Standing.REPAID


# --- what never works -----------------------------------------------------------------------------


@pytest.mark.parametrize("action", Action)
def test_a_repaid_loan_allows_nothing_more(action):
    loan = repay(LOAN, 10**9, at(0, 1))
    amount = 5 if action in (Action.REPAY, Action.PREPAY, Action.SETTLE) else 0
    product = PRODUCT if action is Action.RESTRUCTURE else None
    with pytest.raises(LoanError, match="is repaid"):
        run(action, loan, amount, at(1), product)


@pytest.mark.parametrize("action", [one for one in Action if one is not Action.REPAY])
def test_a_defaulted_loan_allows_only_repayment(action):
    loan = run(Action.DEFAULT, LOAN, 0, at(4))[0]
    amount = 5 if action in (Action.PREPAY, Action.SETTLE) else 0
    product = PRODUCT if action is Action.RESTRUCTURE else None
    with pytest.raises(LoanError, match="is defaulted"):
        run(action, loan, amount, at(5), product)


@pytest.mark.parametrize(
    ("action", "amount", "now", "error"),
    [
        (Action.REPAY, 0, START, InvalidInput),
        (Action.REPAY, -1, START, OutOfRange),
        (Action.REPAY, 2**48, START, OutOfRange),
        (Action.REPAY, 1.5, START, InvalidInput),
        (Action.REPAY, 5, START - 1, OutOfRange),
        (Action.REPAY, 5, 2**40, OutOfRange),
        (Action.SETTLE, 0, START, InvalidInput),
        (Action.PREPAY, 0, START, InvalidInput),
        (Action.HOLIDAY, 5, START, InvalidInput),
        (Action.DEFAULT, 5, START, InvalidInput),
        ("repay", 5, START, InvalidInput),
    ],
)
def test_malformed_steps_are_refused(action, amount, now, error):
    with pytest.raises(error):
        run(action, LOAN, amount, now)


def test_other_steps_take_no_product():
    with pytest.raises(InvalidInput, match="no other step"):
        run(Action.REPAY, LOAN, 5, START, PRODUCT)


def test_only_a_default_is_rehabilitated():
    with pytest.raises(InvalidInput, match="defaulted"):
        rehabilitated_at(LOAN, 5)


@pytest.mark.parametrize("principal", [999, 10**9 + 1, 0, None])
def test_a_loan_outside_the_offer_is_not_released(principal):
    with pytest.raises(InvalidInput, match="principal"):
        release(PRODUCT, principal, START)
