"""What a loan costs: worked examples of the law, an oracle on enclosures, and refusals."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest
from support.loan.rate_oracle import worth_between, worth_exactly
from support.loan.table_cases import DAY, MONTH, level_product, monthly, random_table

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan import Burden
from zkcredit.loan.disclosure import (
    RATE_UNIT,
    YEAR,
    Payment,
    UnitPayment,
    annual_percentage_rate,
    disclose,
    effective_annual_rate,
    unit_periods,
)

PRODUCT = level_product(currency=978)


def percent(rate):
    """A rate in 10^-8 as per cent, rounded half up to two decimals."""
    return (rate + 5_000) // 10_000 / 100


# --- worked examples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "payments", "ear"),
    [
        (1_000, [(546, 1_200)], 12.96),
        (950, [(546, 1_200)], 16.90),
        (1_000, [(365, 600), (730, 600)], 13.07),
    ],
)
def test_examples_of_the_european_directive(net, payments, ear):
    """Directive 98/7/EC, annex III, on a calendar basis: the first three examples."""
    given = [Payment(day * DAY, 100 * amount) for day, amount in payments]
    assert percent(effective_annual_rate(100 * net, given)) == ear


def test_the_example_of_the_european_directive_in_months():
    """Directive 98/7/EC, annex III, on the basis of equal months: the fourth example."""
    given = [Payment(3, 27_200), Payment(6, 27_200), Payment(12, 54_400)]
    assert percent(effective_annual_rate(100_000, given, year=12)) == 13.19


SIX, MONTHLY = Fraction(2), Fraction(12)


@pytest.mark.parametrize(
    ("net", "payments", "first", "odd", "in_a_year", "apr"),
    [
        (500_000, [23_000] * 24, 1, Fraction(0), MONTHLY, 9.69),
        (600_000, [20_000] * 36, 1, Fraction(19, 30), MONTHLY, 11.82),
        (500_000, [21_917] * 24, 0, Fraction(6, 15), Fraction(24), 10.34),
        (1_000_000, [38_500] * 40, 1, Fraction(39, 90), Fraction(4), 8.97),
        (50_000, [1_760] * 30, 4, Fraction(4, 7), Fraction(52), 14.96),
        (500_000, [25_000] + [23_000] * 23, 1, Fraction(0), MONTHLY, 10.08),
        (40_000, [3_950] + [3_831] * 11, 1, Fraction(5, 28), Fraction(13), 28.50),
        (500_000, [23_000] * 23 + [28_000], 1, Fraction(0), MONTHLY, 10.50),
        (20_000, [950] * 19 + [3_000], 0, Fraction(8, 14), Fraction(26), 12.22),
        (500_000, [25_000] + [23_000] * 22 + [28_000], 1, Fraction(0), MONTHLY, 10.90),
        (800_000, [44_936] + [46_500] * 18 + [20_000], 0, Fraction(52, 60), Fraction(6), 7.30),
        (100_000, [108_000], 1, Fraction(0), Fraction(365, 255), 11.45),
        (100_000, [104_400], 1, Fraction(0), SIX, 8.80),
        (100_000, [113_519], 1, Fraction(1, 2), Fraction(1), 8.76),
    ],
)
def test_examples_of_regulation_z(net, payments, first, odd, in_a_year, apr):
    """12 CFR part 1026, appendix J, (c)(1) to (c)(5), as the regulation states them."""
    flows = [UnitPayment(first + k, odd, amount) for k, amount in enumerate(payments)]
    assert percent(annual_percentage_rate(net, flows, in_a_year)) == apr


@pytest.mark.parametrize(
    ("dues", "periods", "odd", "in_a_year"),
    [
        ([31, 59, 90, 120], [1, 2, 3, 4], 0, 12),
        ([30, 60, 90], [1, 2, 3], 0, 12),
        ([91, 182 + 1, 274, 365], [1, 2, 3, 4], 0, 4),
        ([45, 75, 106], [1, 2, 3], Fraction(15, 30), 12),
        ([180, 210, 240], [6, 7, 8], 0, 12),
        ([7, 14, 21], [1, 2, 3], 0, 52),
        ([32, 39, 46], [4, 5, 6], Fraction(4, 7), 52),
        ([33, 61, 89], [1, 2, 3], Fraction(5, 28), 13),
        ([255], [1], 0, Fraction(365, 255)),
        ([547], [1], Fraction(182, 365), 1),
        ([10, 20, 30, 45], [1, 2, 3, 4], None, Fraction(365, 10)),
    ],
)
def test_unit_periods_follow_the_calendar_of_the_payments(dues, periods, odd, in_a_year):
    flows, count = unit_periods([Payment(day * DAY, 5) for day in dues])
    assert count == in_a_year
    assert [flow.periods for flow in flows] == periods
    if odd is not None:
        assert {flow.fraction for flow in flows} == {odd}


# --- against an oracle ----------------------------------------------------------------------------


def drawn(draw: random.Random):
    """A principal, and what is paid for it when, of one table after another that has a schedule."""
    while True:
        table, principal = random_table(draw, longest=10), draw.randrange(10_000, 10**7)
        try:
            schedule = table.schedule(principal)
        except InvalidInput:
            continue
        entries = zip(table.rows, schedule.instalments, strict=True)
        yield principal, [Payment(row.due, entry.amount) for row, entry in entries if entry.amount]


@pytest.mark.parametrize("chunk", range(10))
def test_a_thousand_rates_are_the_rounded_solutions(chunk):
    draw = random.Random(f"zkcredit/rates/{chunk}")
    for principal, dues in islice(drawn(draw), 100):
        payments = [Payment(due // MONTH + 1, amount) for due, amount in dues]
        net = principal - draw.choice((0, principal // 50))
        rate = effective_annual_rate(net, payments, year=12)
        half = Fraction(1, 2 * RATE_UNIT)
        exact = Fraction(rate, RATE_UNIT)
        assert worth_between(payments, exact + half)[0] < net or not rate
        if rate:
            assert worth_between(payments, exact - half)[1] >= net


@pytest.mark.parametrize("chunk", range(5))
def test_annual_percentage_rates_are_the_rounded_solutions(chunk):
    """The equation of appendix J has whole exponents, so fractions decide it exactly."""
    for principal, payments in islice(drawn(random.Random(f"zkcredit/aprs/{chunk}")), 60):
        flows, in_a_year = unit_periods(payments)
        rate = annual_percentage_rate(principal, flows, in_a_year)
        half = Fraction(1, 2)
        assert worth_exactly(flows, (rate + half) / (RATE_UNIT * in_a_year)) < principal or not rate
        if rate:
            assert worth_exactly(flows, (rate - half) / (RATE_UNIT * in_a_year)) >= principal


def test_the_unit_of_the_dues_does_not_matter():
    months = [Payment(k, 8_885) for k in range(1, 13)]
    rate = effective_annual_rate(100_000, months, year=12)
    for unit in (1, 7, YEAR // 12):
        given = [Payment(due * unit, amount) for due, amount in months]
        assert effective_annual_rate(100_000, given, year=12 * unit) == rate


# --- disclosures ----------------------------------------------------------------------------------


def test_the_disclosure_of_a_thousand_at_twelve_per_cent():
    found = disclose(PRODUCT, 100_000)
    assert (found.net, found.total, found.cost) == (100_000, 106_619, 6_619)
    assert (found.level, found.peak, found.average) == (8_885, 8_885, 8_885)
    assert (percent(found.ear), percent(found.apr)) == (12.87, 12.00)
    assert found.payments[0] == (MONTH, 8_885)
    assert (found.worst_total, found.worst_due) == (106_619, 360 * DAY)


def test_a_fee_is_not_paid_out_and_raises_the_rates():
    product = replace(PRODUCT, origination_bps=200, fee_recipient="0x" + "cd" * 20)
    found = disclose(product, 100_000)
    assert (found.net, found.total, found.cost) == (98_000, 106_619, 8_619)
    assert found.ear > disclose(PRODUCT, 100_000).ear
    assert percent(found.apr) == 15.86


def test_the_worst_case_has_every_fee_and_holiday():
    product = replace(PRODUCT, late_fee=500, late_fee_cap=2_000, holidays=2)
    found = disclose(product, 100_000)
    assert found.worst_due == 14 * MONTH
    # 1 000 of deferred interest, and more interest on it; 4 of 12 fees
    assert found.worst_total == 108_672 + 2_000


def test_a_moratorium_has_no_payments():
    found = disclose(replace(PRODUCT, table=monthly("D" * 6 + "L" * 11 + "R")), 100_000)
    assert (len(found.payments), found.payments[0].due) == (12, 7 * MONTH)
    assert percent(found.ear) == 12.87


def test_a_disclosure_in_words():
    words = disclose(replace(PRODUCT, holidays=1), 100_000).in_words()
    assert words[0] == "You receive 1000.00 EUR of a loan of 1000.00 EUR."
    assert words[1] == (
        "You pay 1066.19 EUR in 12 payments: the first is 88.85 EUR after 30 days, the last "
        "88.84 EUR after 360 days, and the largest 88.85 EUR."
    )
    assert words[2] == (
        "The credit costs 66.19 EUR: 12.87 % a year (effective annual rate), or 12.00 % (annual "
        "percentage rate of Regulation Z)."
    )
    assert words[3].startswith("With every late fee and holiday you would pay 10")


def test_a_free_loan_costs_nothing():
    found = disclose(replace(PRODUCT, table=monthly("L" * 11 + "R", rate=0)), 120_000)
    assert (found.cost, found.ear, found.apr) == (0, 0, 0)


def test_burdens_are_those_of_the_policy():
    product = replace(PRODUCT, table=monthly("IIIIIR"), burden=Burden.PEAK)
    assert disclose(product, 100_000).peak == product.policy_for(100_000, 5).instalment


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: disclose(PRODUCT, 999), OutOfRange, "principal"),
        (lambda: disclose(PRODUCT.table, 5_000), InvalidInput, "product"),
        (lambda: effective_annual_rate(0, [Payment(DAY, 5)]), InvalidInput, "above 0"),
        (lambda: effective_annual_rate(5.0, [Payment(DAY, 5)]), InvalidInput, "net"),
        (lambda: effective_annual_rate(6, [Payment(DAY, 5)]), InvalidInput, "less is paid back"),
        (lambda: effective_annual_rate(5, []), InvalidInput, "less is paid back"),
        (lambda: effective_annual_rate(5, [Payment(DAY, -5)]), InvalidInput, "negative"),
        (lambda: effective_annual_rate(5, [Payment(-DAY, 6)]), InvalidInput, "order"),
        (lambda: effective_annual_rate(5, [Payment(0, 6)]), InvalidInput, "after release"),
        (lambda: effective_annual_rate(5, [Payment(2, 6), Payment(1, 6)]), InvalidInput, "order"),
        (lambda: effective_annual_rate(5, [Payment(DAY, 9)]), OutOfRange, "100 million per cent"),
        (lambda: annual_percentage_rate(6, [UnitPayment(1, Fraction(0), 5)], MONTHLY),
         InvalidInput, "less is paid back"),
        (lambda: unit_periods([]), InvalidInput, "at least one payment"),
        (lambda: unit_periods([Payment(5, 5), Payment(5, 5)]), InvalidInput, "order"),
        (lambda: unit_periods([Payment(0, 5)]), InvalidInput, "order"),
    ],
)  # fmt: skip
def test_what_has_no_rate_is_refused(ask, error, says):
    with pytest.raises(error, match=says):
        ask()


def test_a_year_has_365_days():
    assert YEAR == 365 * DAY
